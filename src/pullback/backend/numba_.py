"""The Numba backend: the same text, each function compiled by Numba with bounds checks.

For programs that spend their time in Python loops and scalar indexing. What Numba would compute
otherwise than NumPy, or not at all, is refused by name and line: every primitive is in one of the
tables below (a test demands it).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pullback import refusals
from pullback.backend.numpy_ import Emitted, emit_numpy
from pullback.ir import index
from pullback.ir.core import Block, Const, Func, Op, Var, reachable
from pullback.ir.types import Array, Scalar

DECORATION = ("from numba import njit", "@njit(boundscheck=True)")

# Control flow, and what works on numbers and on elements of arrays as it does in Python.
PLAIN = frozenset(
    """
    add sub mul div neg pos abs lt le gt ge eq ne not if for while call mark accumulate float int bool
    getitem setitem add_at dim size copy zeros_like list_new list_push list_pop list_get list_len
    masked_mul choose range_len min_int cast zeros ones empty full complex complex_of conjugate
    """.split()  # noqa: SIM905
)
# Functions of a number that Numba has; on whole arrays they stay with NumPy.
SCALAR_FUNCTIONS = frozenset(
    """
    exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan arcsin arccos arctan sinh cosh tanh
    arcsinh arccosh arctanh arctan2 hypot degrees radians deg2rad rad2deg reciprocal copysign fmod
    logaddexp absolute fabs square maximum minimum sign floor ceil trunc rint isnan isinf isfinite
    divide negative less less_equal greater greater_equal equal not_equal logical_and logical_or
    logical_xor logical_not real imag conj angle np.complex128 np.complex64
    cmath.exp cmath.log cmath.log10 cmath.sqrt cmath.sin cmath.cos cmath.tan cmath.asin cmath.acos
    cmath.atan cmath.sinh cmath.cosh cmath.tanh cmath.asinh cmath.acosh cmath.atanh cmath.phase
    cmath.polar cmath.rect cmath.isfinite cmath.isinf cmath.isnan
    math.exp math.exp2 math.expm1 math.log math.log2 math.log10 math.log1p math.sqrt math.sin
    math.cos math.tan math.asin math.acos math.atan math.sinh math.cosh math.tanh math.asinh
    math.acosh math.atanh math.atan2 math.hypot math.degrees math.radians math.copysign math.fabs
    math.erf math.erfc math.pow math.isfinite math.isinf math.isnan
    """.split()  # noqa: SIM905
)
# How many arguments Numba's versions take of functions that take several numbers of them.
FIXED = {"math.log": 1, "math.hypot": 2, "cmath.log": 1}
# Everything else, and why.
REFUSED = {
    "lshift": "integers wrap at 64 bits", "rshift": "integers wrap at 64 bits",
    "floordiv": "integers wrap at 64 bits", "mod": "integers wrap at 64 bits",
    "pow": "integers wrap at 64 bits, and a negative base is nan",
    **dict.fromkeys(("math.floor", "math.ceil", "math.trunc"), "integers wrap at 64 bits"),
    "print": "it has an effect", "perform": "it has an effect",
    **dict.fromkeys(("try", "reraise"), "it catches no errors by their kinds"),
    "within": "it has no state of errors and warnings",
    **dict.fromkeys(("outside", "known"), "Python objects are not supported"),
    **dict.fromkeys(("custom_vjp", "custom_jvp"), "functions with a rule are not compiled"),
    "check_finite": "it does not watch values",
    "raise": "messages are not kept", "assert": "messages are not kept",
    "format": "strings are not supported", "defined": "unset names are not supported",
    "list_order": "lists are not sorted",
    **dict.fromkeys(("pack", "unpack"), "what is saved of a call is a Python object"),
    **dict.fromkeys(
        ("keys_new", "keys_add", "keys_remove", "keys_find", "keys_has", "keys_len", "keys_last",
         "keys_places", "keys_of_set"), "tables are not supported",
    ),
    "undef": "unset names are not supported", "derivative": "it was not expanded",
}  # fmt: skip
OTHERWISE = "whole-array code stays with the NumPy backend"


def verdict(name: str) -> str:
    """ "" if the backend takes a primitive on numbers, else why it does not."""
    return "" if name in PLAIN or name in SCALAR_FUNCTIONS else REFUSED.get(name, OTHERWISE)


def emit_numba(main: Func, standalone: bool = False, header: str = "") -> Emitted:
    """The text of a function and of all that it calls, to be compiled by Numba."""
    for func in reachable(main):
        for op in _ops(func.block):
            _check(op)
    _check_signature(main)
    return emit_numpy(main, standalone, header, DECORATION)


def _ops(block: Block) -> Iterator[Op]:
    for op in block.ops:
        yield op
        for inner in op.blocks:
            yield from _ops(inner)


def _check(op: Op) -> None:
    why = verdict(op.name)
    if not why and op.name in (*SCALAR_FUNCTIONS, "masked_mul", "cast") and not _on_numbers(op):
        why = OTHERWISE
    if not why and len(op.inputs) != FIXED.get(op.name, len(op.inputs)):
        why = "not with so many arguments"
    if not why and op.name in ("getitem", "setitem", "add_at") and not _is_element(op):
        why = "only single elements are read and written"
    if not why and op.name in ("list_push", "list_pop") and op.params:
        why = "lists grow and shrink at their own end only"
    if not why and op.name == "list_new" and getattr(op.out.type, "deque", False):
        why = "deques are not supported"
    if not why and op.name == "for" and op.params["reverse"] and op.inputs[2] != Const(1):
        why = "a range with a step is not run backwards"
    if why:
        raise refusals.NUMBA_CANNOT_TAKE.at(op.loc, function=_title(op), why=why)


def _title(op: Op) -> str:
    """How the user calls it."""
    return str(op.params["function"]) if op.name == "perform" else op.prim.path or op.name


def _on_numbers(op: Op) -> bool:
    return all(isinstance(a.type, Scalar) for a in (*op.inputs, *op.outputs))


def _is_element(op: Op) -> bool:
    path: index.Path = op.params["path"]
    return len(path) == 1 and all(entry == "i" for entry in path[0])


def _check_signature(main: Func) -> None:
    """Arguments and results are numbers and arrays, or a plain tuple of results."""
    for name, tree in main.arguments or ():
        known = isinstance(tree, Const) and isinstance(tree.type, Scalar)
        if not known and not (isinstance(tree, Var) and isinstance(tree.type, Scalar | Array)):
            raise refusals.NUMBA_ARGUMENT.at(main.loc, name=name)
    if not _is_flat(main.returns):
        raise refusals.NUMBA_RESULT.at(main.loc)


def _is_flat(tree: Any) -> bool:
    if isinstance(tree, tuple):
        return all(map(_is_flat, tree))
    return isinstance(tree, int)
