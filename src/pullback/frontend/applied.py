"""Functions of NumPy that call a function: of slices, axis by axis, on parts of an array, on grids."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.frontend import conditions, inline, subscripts
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import (
    Keywords,
    apply,
    as_atom,
    as_number,
    builtin,
    only,
    simple_op,
    size_of,
    static,
)
from pullback.frontend.values import Partial, Static, Tup, Value
from pullback.frontend.walking import describe, is_function, plain
from pullback.ir.build import shape_of
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array, List, Scalar


def call_of_elements() -> None:
    """Stands for what ``np.vectorize`` makes of a dtype and a function."""


def _array(frame: Frame, node: ast.AST, title: str, value: Value) -> Var:
    if not (isinstance(value, Var) and isinstance(value.type, Array) and value.type.ndim):
        frame.reject(refusals.NEEDS_ARRAY_OF_SLICES, node, function=title, value=describe(value))
    return value


def _called(count: int, keywords: Keywords) -> str:
    """The text of further arguments, each under a name of its own."""
    return "".join([f", a{k}" for k in range(count)] + [f", {k}=k_{k}" for k in keywords])


def _given(args: Sequence[Value], keywords: Keywords) -> dict[str, Value]:
    return {f"a{k}": v for k, v in enumerate(args)} | {f"k_{k}": v for k, v in keywords.items()}


# ---- of slices


@builtin(np.apply_along_axis)
def apply_along_axis(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """A function of the vectors along an axis; what it gives stands where the axis was."""
    if len(args) < 3:
        frame.reject(
            refusals.BUILTIN_ARGUMENTS, node, name="np.apply_along_axis", arguments="func1d, axis, arr"
        )
    function, axis, value, *further = args
    x = _array(frame, node, "np.apply_along_axis", value)
    k, ndim = static(frame, node, axis), len(shape_of(x))
    given: dict[str, Value] = {"f": function, "x": x, "np": Static(np)} | _given(further, keywords)
    call = f"f({{}}{_called(len(further), keywords)})"
    if ndim == 1:
        whole = f"out = np.asarray({call.format('x')})"
        return inline.expand(frame, node, whole, "out", None, None, **given)
    sizes = [size_of(frame, x, j) for j in range(ndim) if j != k % ndim]
    for size in sizes:
        empty = simple_op(frame, node, "eq", size, Const(0))
        message = "Cannot apply_along_axis when any iteration dimensions are 0"
        conditions.raise_where(frame, node, empty, "ValueError", message)
    rows = f"np.moveaxis(x, {k}, -1)" + ("" if ndim == 2 else ".reshape(-1, x.shape[{k}])")
    text = f"rows = {rows.format(k=k)}\nfound = [{call.format('row')} for row in rows]"
    found = inline.expand(frame, node, text, "found", None, None, **given)
    return _arranged(frame, node, as_atom(frame, found, node), sizes, k % ndim)


def _arranged(frame: Frame, node: ast.AST, found: Atom, sizes: Sequence[Atom], axis: int) -> Value:
    """The results in an array, their own axes where the one was that they are made of."""
    elem = found.type.elem if isinstance(found.type, List) else None
    if not isinstance(elem, Array) and getattr(elem, "origin", "") != "np":
        frame.reject(refusals.RESULTS_OF_NUMPY, node, function="np.apply_along_axis")
    out = simple_op(frame, node, "array", found)
    own = elem.ndim if isinstance(elem, Array) else 0
    if len(sizes) > 1:
        rest = [size_of(frame, out, 1 + j) for j in range(own)]
        out = simple_op(frame, node, "reshape", out, *sizes, *rest)
    if not own or axis == len(sizes):
        return out
    source, target = tuple(range(-own, 0)), tuple(range(axis, axis + own))
    if own == 1:
        return simple_op(frame, node, "moveaxis", out, source=-1, destination=axis)
    return simple_op(frame, node, "moveaxis", out, source=source, destination=target)


@builtin(np.apply_over_axes)
def apply_over_axes(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """A function of an array and an axis, for one axis after the other; axes that go are put back."""
    if len(args) != 3 or keywords:
        frame.reject(
            refusals.BUILTIN_ARGUMENTS, node, name="np.apply_over_axes", arguments="func, a, axes"
        )
    function, value, given = args
    x = _array(frame, node, "np.apply_over_axes", value)
    ndim, axes = len(shape_of(x)), static(frame, node, given)
    for axis in axes if isinstance(axes, tuple) else (axes,):
        k = axis % ndim
        found = as_atom(frame, apply(frame, node, function, [x, Const(k)], {}), node)
        if len(shape_of(found)) != ndim:
            found = simple_op(frame, node, "expand_dims", found, axis=k)
        x = _array(frame, node, "np.apply_over_axes", found)
    return x


# ---- on parts of an array


@builtin(np.piecewise)
def piecewise(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """Each function, or number, where its condition holds; the last one where none does."""
    if len(args) < 3:
        frame.reject(
            refusals.BUILTIN_ARGUMENTS, node, name="np.piecewise", arguments="x, condlist, funclist"
        )
    value, conds, functions, *further = map(plain, args)
    x = _array(frame, node, "np.piecewise", value)
    several = isinstance(conds, Tup) and not all(isinstance(c, Const) for c in conds.items)
    masks: list[Value] = list(conds.items) if isinstance(conds, Tup) and several else [conds]
    pieces = list(functions.items) if isinstance(functions, Tup) else []
    if len(pieces) - len(masks) not in (0, 1):
        frame.reject(refusals.PIECES, node)
    given = _given(further, keywords)
    given |= {"x": x, "np": Static(np)}
    given |= {f"c{k}": v for k, v in enumerate(masks)}
    given |= {f"f{k}": v for k, v in enumerate(pieces)}
    lines = ["out = np.zeros_like(x)"]
    lines += [f"m{k} = np.asarray(c{k}, dtype=bool)" for k in range(len(masks))]
    if len(pieces) > len(masks):
        lines.append(f"m{len(masks)} = ~({' | '.join(f'm{k}' for k in range(len(masks)))})")
    call = _called(len(further), keywords)
    for k, piece in enumerate(pieces):
        lines += _piece(k, call) if is_function(piece) else [f"out[m{k}] = f{k}"]
    return inline.expand(frame, node, "\n".join(lines), "out", None, None, **given)


def _piece(k: int, call: str) -> list[str]:
    """NumPy calls no function of nothing."""
    return [f"v{k} = x[m{k}]", f"if v{k}.size > 0:", f"    out[m{k}] = f{k}(v{k}{call})"]


# ---- on grids


@builtin(np.fromfunction)
def fromfunction(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """A function of the grids of indices."""
    if len(args) != 2:
        frame.reject(
            refusals.BUILTIN_ARGUMENTS, node, name="np.fromfunction", arguments="function, shape"
        )
    function, shape = args
    further = {k: v for k, v in keywords.items() if k != "dtype"}
    dtype = np.dtype(static(frame, node, keywords["dtype"]) if "dtype" in keywords else float).name
    given = plain(shape)
    sizes = [as_atom(frame, v, node) for v in (given.items if isinstance(given, Tup) else (given,))]
    grids = simple_op(frame, node, "indices", *sizes, dimensions=(None,) * len(sizes), dtype=dtype)
    axes = [
        simple_op(frame, node, "getitem", grids, Const(k), path=(("i",),)) for k in range(len(sizes))
    ]
    return apply(frame, node, function, [*axes], further)


# ---- of elements

OPTIONS = ("otypes", "doc", "excluded", "cache", "signature")
VECTORIZED = "a function, otypes and excluded, which calls it by numbers: write a loop over rows"


@builtin(np.vectorize)
def vectorize(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """A function of elements, called by Python's numbers, whose results have a dtype that is told."""
    told = dict(zip(OPTIONS, args[1:], strict=False)) | keywords
    said = {name: static(frame, node, value) for name, value in told.items()}
    if not args or said.keys() - {*OPTIONS} or said.get("cache") or said.get("signature") is not None:
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="np.vectorize", arguments=VECTORIZED)
    return _vectorized(frame, node, args[0], said.get("otypes"), said.get("excluded") or ())


def from_outside(frame: Frame, node: ast.Call, value: np.vectorize) -> Value:
    """One that was made outside."""
    if value.signature is not None or value.cache:
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="np.vectorize", arguments=VECTORIZED)
    return _vectorized(frame, node, Static(value.pyfunc), value.otypes, value.excluded)


def _vectorized(
    frame: Frame, node: ast.Call, function: Value, otypes: Any, excluded: Collection[int | str]
) -> Value:
    types = list(otypes or ())
    if len(types) > 1 or (types and np.dtype(types[0]).kind not in "biufc"):
        frame.reject(refusals.OTYPES, node)
    dtype = np.dtype(types[0]) if types else None
    whole = Static(frozenset(excluded))
    return Partial(Static(call_of_elements), (Static(dtype), whole, function), {})


def of_first_dtype() -> None:
    """Stands for what is demanded of a result from which ``np.vectorize`` takes the dtype."""


@builtin(of_first_dtype)
def demand_one_dtype(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """A result as it is, of which all others are of the same class."""
    found = as_number(frame, plain(only(frame, node, args)))
    if not isinstance(found, Var | Const) or not isinstance(found.type, Scalar) or found in frame.mixed:
        frame.reject(refusals.OTYPES, node)
    return found


def _array_class(frame: Frame, node: ast.AST, value: Value) -> str:
    """The class of Python's numbers that elements become."""
    found = as_atom(frame, subscripts.array_like(frame, node, value), node)
    return str(getattr(found.type, "cls", "float"))


@builtin(call_of_elements)
def of_elements(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    dtype, excluded, function, *given = args
    assert isinstance(excluded, Static)
    taken = [k for k in range(len(given)) if k not in excluded.value]
    if keywords.keys() - excluded.value or not taken:
        frame.reject(
            refusals.BUILTIN_ARGUMENTS, node, name="np.vectorize", arguments="arrays by position"
        )
    wanted = static(frame, node, dtype)
    kind = wanted and {"b": "bool", "f": "float", "c": "complex"}.get(wanted.kind, "int")
    arrays, items = [f"b{k}" for k in taken], [f"v{k}" for k in taken]
    lines = [f"{', '.join(arrays)} = np.broadcast_arrays({', '.join(f'x{k}' for k in taken)})"]
    if len(taken) == 1:
        lines = [f"{arrays[0]} = np.asarray(x{taken[0]})"]
    flat = ", ".join(f"{b}.ravel()" for b in arrays)
    source = flat if len(taken) == 1 else f"zip({flat})"
    numbers = [f"{_array_class(frame, node, x)}(v{k})" if k in taken else f"x{k}"
               for k, x in enumerate(given)]  # fmt: skip
    called = f"f({', '.join(numbers)}{_called(0, keywords)})"
    if kind is None:
        lines += _for_the_dtype(called, items, arrays)
    call = f"{kind or 'one'}({called})"
    lines.append(f"found = [{call} for {', '.join(items)} in {source}]")
    shape = f"{arrays[0]}.shape"
    lines.append(f"out = np.array(found{', dtype=dtype' * (kind is not None)}).reshape({shape})")
    known: dict[str, Value] = {"f": function, "np": Static(np)} | _given((), keywords)
    known |= {"dtype": dtype} if kind else {"one": Static(of_first_dtype)}
    known |= {f"x{k}": x for k, x in enumerate(given)}
    return inline.expand(frame, node, "\n".join(lines), "out", None, None, **known)


def _for_the_dtype(called: str, items: Sequence[str], arrays: Sequence[str]) -> list[str]:
    """The function is called of the first elements once more, to see what it gives."""
    message = "cannot call `vectorize` on size 0 inputs unless `otypes` is set"
    firsts = ", ".join(f"{b}.ravel()[0]" for b in arrays)
    check = [f"if {arrays[0]}.size == 0:", f"    raise ValueError({message!r})"]
    return [*check, f"{', '.join(items)} = {firsts}", called]
