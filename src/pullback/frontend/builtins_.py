"""Python's builtins and NumPy's questions about shapes, one handler each."""

from __future__ import annotations

import ast
import builtins
from enum import EnumType

import numpy as np

from pullback import refusals
from pullback.frontend import foreign, inline, primitives, subscripts
from pullback.frontend.constants import constant_value
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import (
    ON_TABLES,
    as_atom,
    builtin,
    length_of,
    lower,
    only,
    simple_op,
    size_of,
    static,
)
from pullback.frontend.operators import apply_binary
from pullback.frontend.values import (
    Dct,
    DictView,
    Items,
    Rows,
    Sparse,
    Static,
    Table,
    Tup,
    Value,
    Walk,
)
from pullback.frontend.walking import describe, plain
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array, List, Scalar, Text, is_complex
from pullback.rules.table import lookup


@builtin(builtins.len)
def length(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    value = plain(only(frame, node, args))
    match value.owner if isinstance(value, DictView) else value:
        case Tup() | Dct() as tree:
            return Const(len(tree.items))
        case Sparse():
            frame.reject(refusals.ENTRIES_UNKNOWN, node)
        case Table() as table:
            count: Atom = ON_TABLES["length"](frame, table)
            return count
        case (Rows() | Var(type=List())) as l:
            return length_of(frame, l)
        case Static(str() | frozenset() | EnumType() as held):
            return Const(len(held))
        case Var(type=Text()) as text:
            return foreign.convert(frame, node, len, text)
        case Walk(kind="flat", sources=(Var() as x,)):
            return simple_op(frame, node, "size", x)
        case Items(plain=True) as run:
            return _range_size(frame, node, run)
        case Var(type=Array() as t) as x if t.ndim > 0:
            size = t.shape[0]
            return Const(size) if isinstance(size, int) else frame.op("dim", x, axis=0, spelling="len")
    frame.reject(refusals.NO_LENGTH, node, value=describe(args[0]))


def _range_size(frame: Frame, node: ast.AST, run: Items) -> Atom:
    bounds = [a.value for a in (run.start, run.stop, run.step) if isinstance(a, Const)]
    if len(bounds) == 3:
        return Const(len(range(*bounds)))
    return simple_op(frame, node, "range_len", run.start, run.stop, run.step)


@builtin(builtins.pow)
def power(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    a, b = _two(frame, node, args, keywords, "pow")
    return apply_binary(frame, node, ast.Pow, a, b)


@builtin(builtins.divmod)
def quotient_and_rest(
    frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]
) -> Value:
    a, b = _two(frame, node, args, keywords, "divmod")
    return Tup(tuple(apply_binary(frame, node, op, a, b) for op in (ast.FloorDiv, ast.Mod)))


def _two(
    frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value], name: str
) -> list[Value]:
    if len(args) != 2 or keywords:
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name=name, arguments="two numbers")
    return args


@builtin(complex)
def complex_(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    """``complex(z)``, or of the two parts."""
    given = dict(zip(("real", "imag"), args, strict=False)) | keywords
    if len(args) + len(keywords) != len(given) or not given or given.keys() - {"real", "imag"}:
        what = "a number, or a real and an imaginary part"
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="complex", arguments=what)
    parts = [as_atom(frame, v, node, "a number") for v in given.values()]
    if len(parts) == 1 and "real" in given:
        return simple_op(frame, node, "complex", *parts)
    first, second = (as_atom(frame, given.get(k, Const(0)), node) for k in ("real", "imag"))
    return simple_op(frame, node, "complex_of", first, second)


@builtin(np.iscomplexobj, np.isrealobj)
def is_complex_object(
    frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """Whether numbers are of a complex kind, which their type tells."""
    x = _array_like(frame, node, only(frame, node, args))
    function = lower(frame, node.func)
    asks = isinstance(function, Static) and function.value is np.iscomplexobj
    return Const(is_complex(x.type) == asks)


@builtin(np.ndim)
def ndim(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    x = _array_like(frame, node, only(frame, node, args))
    return Const(x.type.ndim if isinstance(x.type, Array) else 0)


@builtin(np.shape)
def shape(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    return Tup(_sizes(frame, _array_like(frame, node, only(frame, node, args))))


def _array_like(frame: Frame, node: ast.AST, value: Value) -> Atom:
    return as_atom(frame, subscripts.array_like(frame, node, value), node)


def _sizes(frame: Frame, x: Atom) -> tuple[Atom, ...]:
    if not (isinstance(x, Var) and isinstance(x.type, Array)):
        return ()
    return tuple(size_of(frame, x, axis) for axis in range(x.type.ndim))


@builtin(np.size)
def size(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    """The number of elements, along an axis if one is given."""
    given = dict(zip(("axis",), args[1:2], strict=False)) | keywords
    if len(args) not in (1, 2) or len(keywords) + len(args) > 2 or given.keys() - {"axis"}:
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="np.size", arguments="an array and an axis")
    x = _array_like(frame, node, args[0])
    sizes = _sizes(frame, x)
    if "axis" not in given:
        return simple_op(frame, node, "size", x) if sizes else Const(1)
    axis = static(frame, node, given["axis"])
    several = axis if isinstance(axis, tuple) else ()
    if several and all(isinstance(k, int) and -len(sizes) <= k < len(sizes) for k in several):
        found, *rest = (sizes[k] for k in several)
        for n in rest:
            found = simple_op(frame, node, "mul", found, n)
        return found
    if not isinstance(axis, int) or not -len(sizes) <= axis < len(sizes):
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="np.size", arguments="an axis that there is")
    return sizes[axis]


@builtin(np.isscalar)
def is_scalar(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    """Whether a value is a number or a string, of Python's or of NumPy's, and no array."""
    if len(args) != 1 or keywords:
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="np.isscalar", arguments="a value")
    (value,) = map(plain, args)
    known = value.value if isinstance(value, Static | Const) else None
    of_type = isinstance(value, Var) and isinstance(value.type, Scalar | Text)
    return Const(of_type or np.isscalar(known))


@builtin(np.asarray, np.asanyarray)
def asarray(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    """An array itself, unless it is asked for in another dtype, or in an order in memory."""
    given = dict(zip(("dtype", "order"), args[1:], strict=False)) | keywords
    order = static(frame, node, given.pop("order")) if "order" in given else None
    if len(args) not in (1, 2, 3) or given.keys() - {"dtype"} or order not in (None, "C", "F", "K"):
        frame.reject(refusals.ASARRAY_KEYWORDS, node)
    found = _in_dtype(frame, node, plain(args[0]), given.get("dtype"))
    if order in (None, "K") or not (isinstance(found, Var) and isinstance(found.type, Array)):
        return found
    if not found.type.ndim:
        return found
    row = lookup(np.ascontiguousarray if order == "C" else np.asfortranarray)
    assert row is not None
    return primitives.bind(frame, node, row, [found], {})


def _in_dtype(frame: Frame, node: ast.Call, value: Value, dtype: Value | None) -> Value:
    """An array itself, if it is of a dtype; else a new one."""
    if isinstance(value, Var) and isinstance(value.type, Array):
        wanted = None if dtype is None else static(frame, node, dtype)
        if wanted is None or value.type.dtype == np.dtype(wanted):
            return value
        if value.type.dtype is None:  # which may be that one
            frame.reject(refusals.ASARRAY_KEYWORDS, node)
    row = lookup(np.array)
    assert row is not None
    return primitives.bind(frame, node, row, [value], {} if dtype is None else {"dtype": dtype})


DIAGONAL = """
if rows != columns:
    raise ValueError("All dimensions of input must be of equal length")
places = diag_indices(rows)
"""


@builtin(np.diag_indices_from)
def places_on_the_diagonal(
    frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """Where the elements on the diagonal of a matrix are."""
    sizes = _sizes(frame, as_atom(frame, only(frame, node, args), node))
    if len(sizes) != 2 or keywords:
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="np.diag_indices_from", arguments="a matrix")
    return inline.expand(
        frame, node, DIAGONAL, "places", diag_indices=Static(np.diag_indices), rows=sizes[0],
        columns=sizes[1],
    )  # fmt: skip


@builtin(builtins.ord, builtins.chr, builtins.hex, builtins.oct, builtins.bin)
def of_constants(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    """Functions of constants alone, which are called here."""
    function = lower(frame, node.func)
    assert isinstance(function, Static)
    try:
        return constant_value(function.value(static(frame, node, only(frame, node, args))))
    except (TypeError, ValueError, OverflowError) as error:
        name = function.value.__name__
        frame.reject(refusals.FAILS, node, function=name, error=error)
