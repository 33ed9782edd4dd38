"""The Numba backend: the same text, each function compiled by Numba with bounds checks.

For programs that spend their time in Python loops and scalar indexing. What Numba would compute
otherwise than NumPy, or not at all, is refused by name and line: every primitive is in one of the
tables below (a test demands it).
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Container
from typing import Any

from pullback import refusals
from pullback.backend.compiled import (
    LOWERED,
    NATIVE,
    OF_NUMBERS,
    OTHERWISE,
    WIDE,
    helper_of,
    is_mask,
    is_native,
    why_not,
)
from pullback.backend.numpy_ import Decoration, Emitted, emit_numpy
from pullback.backend.widths import may_overflow
from pullback.ir import index
from pullback.ir.build import shape_of
from pullback.ir.core import Atom, Const, Func, Op, Var, reachable, read_in, walk
from pullback.ir.types import PY_INT, Array, List, Scalar
from pullback.rules.table import ROWS

DECORATION = Decoration(
    "from numba import njit", "@njit(boundscheck=True)", "pullback.backend.jitted",
    '@njit(boundscheck=True, error_model="numpy")',
)  # fmt: skip
# What divides numbers of Python where Numba divides as NumPy does.
RAISING = {"div": "divided", "floordiv": "floor_divided", "mod": "remainder"}

# Control flow, and what works on numbers and on elements of arrays as it does in Python.
PLAIN = frozenset(
    """
    add sub mul div neg pos abs lt le gt ge eq ne not if for while call mark accumulate float int bool
    getitem setitem add_at dim size copy zeros_like list_new list_push list_pop list_get list_len
    masked_mul choose range_len min_int cast zeros ones empty full complex complex_of conjugate
    list_set list_add_at check_apart check_shapes unbroadcast floordiv mod pow broadcast_like undef
    snapshot_distance power check_real zeros_tree raise assert print try within
    math.floor math.ceil math.trunc keys_new keys_add keys_remove keys_find keys_has keys_len keys_places
    """.split()  # noqa: SIM905
)
# Functions of a number that Numba has; on whole arrays they stay with NumPy.
SCALAR_FUNCTIONS = OF_NUMBERS | frozenset(
    """
    np.complex128 np.complex64
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
    "perform": "it has an effect", "reraise": "it catches no errors by their kinds",
    **dict.fromkeys(("outside", "known"), "Python objects are not supported"),
    **dict.fromkeys(("custom_vjp", "custom_jvp"), "functions with a rule are not compiled"),
    "check_finite": "it does not watch values",
    "format": "strings are not supported", "defined": "unset names are not supported",
    "list_order": "lists are not sorted", "partition": "it leaves the parts in another order",
    **dict.fromkeys(
        ("pack", "unpack"), "what is saved of a function that is not put in place of its call, as in "
        "recursion and wherever optimize=0, is a Python object",
    ),
    "keys_last": "dicts are gone through from their beginning only",
    "keys_of_set": "sets have another order",
    **dict.fromkeys(("derivative", "gradient_of", "passed"), "it was not expanded"),
}  # fmt: skip


# How users write what has a name of its own in the IR.
SPELLED = {
    "reraise": "raise", "custom_vjp": "primitive", "custom_jvp": "primitive", "format": "str",
    "list_order": "sorted", "pack": "call", "unpack": "call", "getitem": "x[...]",
    "setitem": "x[...] = y", "add_at": "x[...] += y", "list_set": "l[i] = x", "list_add_at": "l[i] += x",
    "floordiv": "//", "mod": "%", "pow": "**", "lshift": "<<", "rshift": ">>", "copy": "copy",
    "add": "+", "sub": "-", "mul": "*", "neg": "-", "pos": "+",
    **dict.fromkeys(
        ("keys_new", "keys_add", "keys_remove", "keys_find", "keys_has", "keys_len", "keys_last",
         "keys_places"), "dict",
    ), "keys_of_set": "set",
}  # fmt: skip


def verdict(name: str) -> str:
    """ "" if the backend takes a primitive on numbers, else why it does not."""
    return "" if name in PLAIN or name in SCALAR_FUNCTIONS else REFUSED.get(name) or why_not(name)


def stated(name: str) -> str:
    """How a function is taken: of arrays ("yes"), some call forms by a helper, by its definition, or of
    numbers only; else why it is not."""
    if name in NATIVE:
        return "yes"
    if name in LOWERED:
        return "helper"
    row = ROWS.get(name)
    transforms = row is not None and row.prim.path.startswith("np.fft.")  # which are defined by others
    if row is not None and row.kind == "composite" and not transforms and name not in SCALAR_FUNCTIONS:
        return "definition"
    why = verdict(name)
    return f"no: {why}" if why else "numbers"


def emit_numba(main: Func, standalone: bool = False, header: str = "") -> Emitted:
    """The text of a function and of all that it calls, to be compiled by Numba."""
    for func in reachable(main):
        _check_messages(func)
        for op in walk(func.block):
            _check(op)
    _check_signature(main)
    by_numpy = {func for func in reachable(main) if _divide_as_numpy(func)}
    wide = may_overflow(main)
    emitted = emit_numpy(main, standalone, header, DECORATION, by_numpy=by_numpy, wide=wide)
    if standalone and emitted.helpers:
        why = "the helpers of compiled code need pullback"
        raise refusals.NUMBA_CANNOT_TAKE.at(main.loc, function="standalone", why=why)
    if missing := [name for name in emitted.helpers if name not in _helpers()]:
        why = "it is not compiled"
        raise refusals.NUMBA_CANNOT_TAKE.at(main.loc, function=missing[0], why=why)
    if emitted.nones:
        why = "values that are not set on each way are not supported"
        raise refusals.NUMBA_CANNOT_TAKE.at(emitted.nones[0], function="None", why=why)
    return emitted


def _helpers() -> Container[str]:
    """The helpers of compiled code: Numba is an extra."""
    from pullback.backend import jitted

    return vars(jitted)


def _divide_as_numpy(func: Func) -> bool:
    """Whether a function divides scalars of NumPy, which give infinity or nan where a number of Python
    raises. Then Numba divides in that way, and what divides numbers of Python, or what may be either,
    is told to raise."""
    divisions = [op for op in walk(func.block) if op.name in RAISING and _may_be_by_zero(op)]
    of_python = [op for op in divisions if not _is_of_numpy(op)]
    if len(of_python) == len(divisions):
        return False
    for op in of_python:
        op.params = {**op.params, "raising": RAISING[op.name]}
    return True


def _may_be_by_zero(op: Op) -> bool:
    by = op.inputs[1]
    return _on_numbers(op) and not (isinstance(by, Const) and by.value != 0)


def _is_of_numpy(op: Op) -> bool:
    return any(isinstance(a.type, Scalar) and a.type.origin == "np" for a in op.inputs)


def _check(op: Op) -> None:
    if helper_of(op) or (is_native(op) and not _on_numbers(op)):
        if why := _unlike_numpy(op):
            raise refusals.NUMBA_CANNOT_TAKE.at(op.loc, function=_title(op), why=why)
        return
    why = verdict(op.name)
    takes, otherwise = CONDITIONS.get(op.name, (_on_numbers, OTHERWISE))
    if not why and (op.name in CONDITIONS or op.name in SCALAR_FUNCTIONS) and not takes(op):
        why = otherwise
    if not why and len(op.inputs) != FIXED.get(op.name, len(op.inputs)):
        why = "not with so many arguments"
    if not why and _changes_items(op):
        why = "a list holds ints first and floats later"
    if why:
        raise refusals.NUMBA_CANNOT_TAKE.at(op.loc, function=_title(op), why=why)


def _changes_items(op: Op) -> bool:
    """Whether a list of ints becomes one of floats, which compiled code would cut to ints."""
    pairs: list[tuple[Atom, Atom]] = []
    for block in op.blocks:
        pairs += zip(op.inputs[::-1], block.params[::-1], strict=False)
        pairs += zip(block.results[::-1], op.outputs[::-1], strict=False)
    if op.name == "call":
        pairs += zip(op.inputs, op.params["callee"].params, strict=False)
    if op.writes is not None and op.outputs:
        pairs.append((op.inputs[op.writes], op.outputs[0]))
    return any(_class_held(a) != _class_held(v) for a, v in pairs if _class_held(a) and _class_held(v))


def _class_held(a: Atom) -> str:
    """The class of the numbers in a list, "" of other values."""
    elem = a.type.elem if isinstance(a.type, List) else None
    return elem.cls if isinstance(elem, Scalar) else ""


def _check_messages(func: Func) -> None:
    """Refuse what reads an error that was caught."""
    errors = {op.outputs[1]: op for op in walk(func.block) if op.name == "try"}
    read = read_in(func.block)
    for error, op in errors.items():
        if error in read:
            why = "errors that are caught have no name"
            raise refusals.NUMBA_CANNOT_TAKE.at(op.loc, function="try", why=why)


def _title(op: Op) -> str:
    """How the user calls it."""
    if op.name == "perform":
        return str(op.params["function"])
    if op.name == "within":
        return str(op.params["context"]).partition("(")[0]
    return op.prim.path or SPELLED.get(op.name, op.name)


def _on_numbers(op: Op) -> bool:
    return all(isinstance(a.type, Scalar) for a in (*op.inputs, *op.outputs))


def _is_read(op: Op) -> bool:
    """Whether a path consists of subscripts and orders of axes. Masks are vectors, or stand alone."""
    path: index.Path = op.params["path"]
    subscripts = [step for step in path if not index.is_order(step)]
    plain = all(e in ("i", "e", "n", "a", "m") or e[:1] == ("s",) for s in subscripts for e in s)
    return plain and all(subscripts) and all(s == ("m",) for s in subscripts if "m" in s)


def _is_part(op: Op) -> bool:
    """Whether it is no view of all of a matrix, either."""
    whole = ("e",) in op.params["path"] and len(shape_of(op.inputs[0])) > 1
    return _is_read(op) and not whole


def _is_written(op: Op) -> bool:
    """Whether what a path selects can be written to."""
    path: index.Path = op.params["path"]
    last = path[-1] if path else ()
    if op.name == "add_at" and "a" in last:
        return _is_read(op) and "e" not in last and "n" not in last
    numbers = isinstance(op.inputs[1].type, Scalar)
    return _is_read(op) and ("m" not in last or is_mask(op) or (numbers and op.name == "setitem"))


def _in_lists(op: Op) -> bool:
    """Whether a write to a list, or to an array in it, is one of a single value by integers."""
    path = index.through_lists(op)
    numbers = all(entry == "i" for step in path for entry in step)
    return numbers and isinstance(op.inputs[-1].type, Scalar)


def _divides_alike(op: Op) -> bool:
    """Whether one is an array of floats, or both are integers: Python's, for dividing by a zero of
    NumPy's does not raise."""
    x, y = op.inputs
    if isinstance(op.out.type, Array):
        return op.out.type.cls == "float"
    known = isinstance(y, Const) and y.value != 0
    integers = all(isinstance(a.type, Scalar) and a.type.cls == "int" for a in (x, y))
    return integers and (known or all(a.type == PY_INT for a in (x, y)))


def _in_64_bits(op: Op) -> bool:
    """Whether no operand or result is an integer of fewer bits, nor a sum one of bools of NumPy."""
    types = [a.type for a in (*op.inputs, *op.outputs) if isinstance(a.type, Scalar | Array)]
    narrow = any(t.cls == "int" and t.dtype not in (None, "int64") for t in types)
    return not narrow and not (op.name == "add" and op.out.type.cls == "bool")  # type: ignore[union-attr]


def _unlike_numpy(op: Op) -> str:
    """What of the arrays makes a call of functions that Numba has differ from NumPy's."""
    if op.name in PLAIN or (op.name == "sum" and is_native(op)):
        return ""
    types = [a.type for a in (*op.inputs, *op.outputs)]
    if not all(t.dtype in WIDE for t in types if isinstance(t, Array | Scalar)):
        return "it takes 64 bits only"
    if any(isinstance(t, Array) and not t.shape for t in types):
        return "arrays of no dimensions become numbers"
    return ""


def _is_power(op: Op) -> bool:
    """Whether it is a power of floats, by a natural number in the text if it is not known whether they
    are numbers of Python or of NumPy: a power of a negative number is complex there, and nan here."""
    x, n = op.inputs
    if isinstance(op.out.type, Array):
        return op.out.type.dtype == "float64"
    natural = isinstance(n, Const) and type(n.value) is int and n.value >= 0
    if not isinstance(x.type, Scalar | Array) or x.type.cls != "float":
        return False
    known = isinstance(op.out.type, Scalar) and op.out.type.origin in ("py", "np")
    return natural or (known and isinstance(n.type, Scalar) and n.type.cls in ("int", "float"))


def _is_known_error(op: Op) -> bool:
    """Whether an exception of Python's own is raised with a text that is known."""
    known = all(isinstance(a, Const) for a in op.inputs)
    return known and "cause" not in op.params and hasattr(builtins, str(op.params["exception"]))


def _tells_known_text(op: Op) -> bool:
    return all(isinstance(a, Const) for a in op.inputs[1:])


def _is_shown_alike(op: Op) -> bool:
    """Whether all that is printed are texts that are known, and numbers."""
    known = all(isinstance(a, Const) or isinstance(a.type, Scalar) for a in op.inputs)
    return known and not op.params


def _catches_all(op: Op) -> bool:
    """Whether a ``try`` has one handler, for errors of any kind."""
    catches = op.params["catches"]
    return len(catches) == 1 and not {"Exception", "BaseException"}.isdisjoint(catches[0])


def _raises_nothing(op: Op) -> bool:
    """Whether a context is one of errors of arithmetic that does not make exceptions of them."""
    context = str(op.params["context"])
    told = {"raise", "call", "log"}.intersection(re.findall(r"\w+", context))
    return not context or (context.startswith("np.errstate(") and not told)


def _by_numbers(op: Op) -> bool:
    """Whether a key is a number, or a tuple of them."""
    key = op.inputs[1:-1] if op.name == "keys_add" else op.inputs[1:]
    return all(isinstance(a.type, Scalar) and a.type.cls in ("int", "float") for a in key)


# What backends that compile take only under a condition, and what is said where it does not hold.
CONDITIONS: dict[str, tuple[Callable[[Op], bool], str]] = {
    "full": (lambda op: all(isinstance(a.type, Scalar) for a in op.inputs), "one number fills it"),
    "getitem": (_is_part, "a mask stands by itself, and a reshape has a name"),
    **dict.fromkeys(
        ("setitem", "add_at"), (_is_written, "a mask is one of all axes, and no reshape is written to")
    ),
    **dict.fromkeys(
        ("list_set", "list_add_at"), (_in_lists, "only numbers are written to lists and arrays in them")
    ),
    **dict.fromkeys(
        ("list_push", "list_pop"),
        (lambda op: not op.params, "lists grow and shrink at their own end only"),
    ),
    **dict.fromkeys(("floordiv", "mod"), (_divides_alike, "it divides otherwise")),
    "list_new": (
        lambda op: not getattr(op.out.type, "deque", False), "deques are not supported"
    ),
    "zeros_tree": (lambda op: isinstance(op.out.type, List), OTHERWISE),
    "raise": (_is_known_error, "only Python's errors are raised, with texts that are known"),
    "assert": (_tells_known_text, "only texts that are known are told"),
    "print": (_is_shown_alike, "only numbers and texts that are known are printed, one line a call"),
    "try": (_catches_all, "it catches no errors by their kinds"),
    "within": (_raises_nothing, "it has no state of errors and warnings"),
    **dict.fromkeys(
        ("keys_add", "keys_remove", "keys_find", "keys_has"),
        (_by_numbers, "keys of dicts are numbers or tuples of them"),
    ),
    **dict.fromkeys(
        ("add", "sub", "mul", "neg", "pos", "abs"),
        (_in_64_bits, "narrow integers and sums of bools become integers of 64 bits"),
    ),
    **dict.fromkeys(
        ("pow", "power"), (_is_power, "integers wrap at 64 bits, and a negative base is nan")
    ),
    "check_real": (lambda op: op.params.get("expected") == "float", "integers wrap at 64 bits"),
    "check_apart": (
        lambda op: all(isinstance(a.type, Array) for a in op.inputs),
        "lists are not taken",
    ),
}


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
