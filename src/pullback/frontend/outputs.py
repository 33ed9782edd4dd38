"""``out=`` and ``where=`` of NumPy's functions: the value is computed, then written to the target.

NumPy computes as if inputs that overlap the target were copied before, so that this is the same. Of an
elementwise function with ``where`` only the places that are selected are computed.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NoReturn

import numpy as np

from pullback import refusals
from pullback.frontend import changing, conditions, primitives, spoken, subscripts
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import Keywords, as_atom, simple_op, size_of, sizes_of, static
from pullback.frontend.values import Static, Tup, Value
from pullback.frontend.walking import describe
from pullback.ir.build import shape_of
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array, Scalar, Type, class_of
from pullback.rules.table import Row

# Functions without a signature that can be asked.
_PLACES = {np.dot: 2, np.concatenate: 2}
# Functions that do not mind whether an input overlaps the target.
_READS_ON = ("concatenate", "stack")
_ORDER = ("bool", "int", "float", "complex")


def call(
    frame: Frame, node: ast.AST, function: Any, row: Row, args: Sequence[Value], keywords: Keywords,
    spelling: str = "",
) -> Value:  # fmt: skip
    """A call of a function that has a row."""
    if not spelling:
        keywords = spoken.by_slots(frame, node, function, row, keywords)
    args, keywords, out = _split(row.prim.func if spelling else function, args, keywords, spelling)
    elementwise = isinstance(function, np.ufunc) and function.signature is None
    if elementwise:
        args, keywords = _as_told(frame, node, function, args, keywords)
    where = keywords.pop("where", None) if elementwise else None
    if where == Const(True):
        where = None
    if out is None:
        if where is not None:
            frame.reject(refusals.WHERE_WITHOUT_OUT, node, function=row.prim.path)
        return primitives.bind(frame, node, row, args, keywords, spelling)
    if not (isinstance(out, Var) and isinstance(out.type, Array)):
        frame.reject(refusals.OUT_IS_NO_ARRAY, node, function=row.prim.path, value=describe(out))
    if where is not None:
        return _selected(frame, node, row, args, keywords, out, where)
    if row.name in _READS_ON:
        demand_apart(frame, node, row.prim.path, args, out)
    value = primitives.bind(frame, node, row, args, keywords, spelling)
    assert isinstance(value, Var)
    _check(frame, node, row, value, out, elementwise)
    return put(frame, node, out, value)


def _as_told(
    frame: Frame, node: ast.AST, function: np.ufunc, args: Sequence[Value], keywords: Keywords
) -> tuple[list[Value], Keywords]:
    """How a ufunc is told to compute: in a dtype its operands are cast to it. What says what is so
    anyway is left out."""
    rest = {
        k: v for k, v in keywords.items()
        if k not in _SAID_ANYWAY or static(frame, node, v) not in _SAID_ANYWAY[k]
    }  # fmt: skip
    given = rest.get("dtype")
    if given is None or (isinstance(given, Static) and given.value is None):
        return list(args), {k: v for k, v in rest.items() if k != "dtype"}
    dtype = np.dtype(static(frame, node, given))
    same = dtype.char * function.nin + "->" + dtype.char * function.nout
    operands = [as_atom(frame, subscripts.array_like(frame, node, a), node) for a in args]
    to = Scalar(class_of(dtype.name) or "float", "np", dtype.name)
    if same not in function.types or not all(castable(a.type, to) for a in operands):
        return list(args), rest
    del rest["dtype"]
    return [_in_dtype(frame, node, a, to) for a in operands], rest


_SAID_ANYWAY = {"subok": (True, False), "casting": ("same_kind",), "order": ("K",)}


def _in_dtype(frame: Frame, node: ast.AST, x: Atom, to: Scalar) -> Atom:
    if getattr(x.type, "dtype", None) == to.dtype:
        return x
    if isinstance(x.type, Array):
        return simple_op(frame, node, "astype", x, dtype=to.dtype, spelling="method")
    return simple_op(frame, node, f"np.{to.dtype}", x)


def _split(
    function: Any, args: Sequence[Value], keywords: Keywords, spelling: str
) -> tuple[list[Value], Keywords, Value | None]:
    """The arguments without the target, and the target."""
    place, behind = _place_of_out(function)
    args, keywords = list(args), dict(keywords)
    out = keywords.pop("out", None) if _takes_out(function) else None
    if place is not None and len(args) > place and not spelling:
        out, rest = args[place], args[place + 1 :]
        keywords |= dict(zip(behind, rest, strict=False))
        args = [*args[:place], *rest[len(behind) :]]
    if isinstance(out, Tup) and len(out.items) == 1:
        out = out.items[0]
    return args, keywords, None if isinstance(out, Static) and out.value is None else out


@lru_cache(None)
def _takes_out(function: Any) -> bool:
    """Whether a function writes to a target that is given by keyword."""
    if isinstance(function, np.ufunc) or function in _PLACES:
        return True
    try:
        return "out" in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False


@lru_cache(None)
def _place_of_out(function: Any) -> tuple[int | None, tuple[str, ...]]:
    """At which position the target may stand, and the parameters behind it."""
    if isinstance(function, np.ufunc):
        return function.nin, ()
    if function in _PLACES:
        return _PLACES[function], ()
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None, ()
    names = tuple(p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD)
    alone = not any(p.kind is p.VAR_POSITIONAL for p in parameters)
    if "out" not in names or not alone:
        return None, ()
    place = names.index("out")
    return place, names[place + 1 :]


def _check(
    frame: Frame, node: ast.AST, row: Row, value: Var, out: Var, elementwise: bool
) -> None:
    """What NumPy refuses to write, or would compute otherwise if the target asks for it."""
    same = value.type.cls == out.type.cls and value.type.dtype == out.type.dtype  # type: ignore[union-attr]
    fits = castable(value.type, out.type) if elementwise else same and out.type.dtype  # type: ignore[union-attr]
    ndim, room = len(shape_of(value)), len(shape_of(out))
    if not fits or (ndim > room if elementwise else ndim != room):
        refuse_kind(frame, node, row.prim.path, value, out)
    if not elementwise:
        demand_shape(frame, node, value, out)


def castable(t: Type, to: Type) -> bool:
    """Whether NumPy casts one to the other where it asks for the same kind, numbers of Python weakly."""
    assert isinstance(t, Scalar | Array)
    assert isinstance(to, Scalar | Array)
    if t.cls not in _ORDER or _ORDER.index(t.cls) > _ORDER.index(to.cls):
        return False
    return t.dtype is None or to.dtype is None or np.can_cast(t.dtype, to.dtype, "same_kind")


def demand_castable(frame: Frame, node: ast.AST, function: str, value: Atom, out: Var) -> None:
    """Refuse a value that NumPy does not write to a target."""
    if not castable(value.type, out.type):
        refuse_kind(frame, node, function, value, out)


def refuse_kind(frame: Frame, node: ast.AST, function: str, value: Atom, out: Var) -> NoReturn:
    """A value is of a kind that the target cannot take."""
    frame.reject(
        refusals.OUT_OF_OTHER_KIND, node, function=function, value=describe(value),
        target=describe(out),
    )  # fmt: skip


def demand_shape(frame: Frame, node: ast.AST, value: Var, out: Var) -> None:
    """Only elementwise functions stretch their result to the target."""
    for k, (m, n) in enumerate(zip(shape_of(value), shape_of(out), strict=True)):
        if m != n:
            size, wanted = size_of(frame, value, k), size_of(frame, out, k)
            conditions.demand(frame, node, size, wanted, "output array does not have the right shape")


def demand_apart(frame: Frame, node: ast.AST, function: str, values: Sequence[Value], out: Var) -> None:
    """Refuse what reads and writes the same memory element by element."""
    own = frame.memory(out)
    if any(not own.isdisjoint(frame.memory(v)) for v in values):
        frame.reject(refusals.OVERLAPS, node, function=function)


def put(
    frame: Frame, node: ast.AST, out: Var, value: Atom, path: Any = None, inputs: Sequence[Atom] = (),
    prim: str = "setitem",
) -> Value:  # fmt: skip
    """Write to an array; gives the array as it is then."""
    assert isinstance(out.type, Array)
    changing.refuse_half_written(frame, node)
    if path is None:
        path = (("e",) if out.type.ndim else (),)
    changing.overwrite(frame, node, out, prim, value, inputs, path=path)
    return out


def _selected(
    frame: Frame, node: ast.AST, row: Row, args: Sequence[Value], keywords: Keywords, out: Var,
    where: Value,
) -> Value:  # fmt: skip
    """``y[mask] = f(x[mask])``: only the places that are selected are computed."""
    mask = mask_of(frame, node, where, out)
    chosen = [at_mask(frame, node, a, mask, out) for a in args]
    value = primitives.bind(frame, node, row, chosen, keywords)
    assert isinstance(value, Var)
    demand_castable(frame, node, row.prim.path, value, out)
    return put(frame, node, out, value, (("m",),), [mask])


def mask_of(frame: Frame, node: ast.AST, where: Value, out: Var) -> Var:
    """A mask in the shape of the target."""
    mask = subscripts.array_like(frame, node, where)
    assert isinstance(out.type, Array)
    fits = isinstance(mask, Var) and isinstance(mask.type, Array) and mask.type.cls == "bool"
    if not fits or not out.type.ndim or not shape_of(mask):  # type: ignore[arg-type]
        frame.reject(refusals.WHERE_IS_NO_MASK, node, value=describe(mask), target=describe(out))
    assert isinstance(mask, Var)
    return spread(frame, node, mask, out)


def at_mask(frame: Frame, node: ast.AST, value: Value, mask: Var, out: Var) -> Value:
    """An operand at the places that are selected; numbers are the same at all."""
    value = subscripts.array_like(frame, node, value)
    if not (isinstance(value, Var) and isinstance(value.type, Array) and value.type.ndim):
        return value
    return simple_op(frame, node, "getitem", spread(frame, node, value, out), mask, path=(("m",),))


def spread(frame: Frame, node: ast.AST, x: Var, like: Var) -> Var:
    """An array stretched to the shape of another."""
    if shape_of(x) == shape_of(like):
        return x
    return simple_op(frame, node, "broadcast_to", x, *sizes_of(frame, like))
