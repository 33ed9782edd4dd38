"""``x.flat``: elements by their place in C order, which is arithmetic on that place.

``m.flat[k]`` is ``m[k // n, k % n]`` for a matrix of n columns, also at places counted from the end, and
raises where that does. Several places give copies, and take values in turn. The iterator itself is a
walk (see ``walks``), which knows the array and sees what it holds by now; for functions it is a copy.
"""

from __future__ import annotations

import ast

from pullback import refusals
from pullback.frontend import indexing, operators, subscripts
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import (
    ON_WALKS,
    as_atom,
    entered,
    lower,
    simple_op,
    size_of,
    sizes_of,
)
from pullback.frontend.outputs import demand_apart, put
from pullback.frontend.values import Items, Value, Walk
from pullback.frontend.walking import describe
from pullback.ir.build import shape_of
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Scalar


def array_of(value: Value) -> Var | None:
    """The array whose ``flat`` a value is, None for all others."""
    if not (isinstance(value, Walk) and value.kind == "flat"):
        return None
    (x,) = value.sources
    assert isinstance(x, Var)
    return x


@entered(ON_WALKS, "flattened")
def flattened(frame: Frame, value: Value) -> Value:
    """The elements that a ``flat`` goes through as an array of its own; other values as they are."""
    x = array_of(value)
    return value if x is None else frame.op("flatten", x, spelling="method")


@entered(ON_WALKS, "flat")
def through(frame: Frame, walk: Walk) -> Items:
    """What a loop over a ``flat`` runs over."""
    x = array_of(walk)
    assert x is not None
    read = lambda i: element(frame, walk.node, x, i)
    return Items(Const(0), simple_op(frame, walk.node, "size", x), Const(1), read, (x,))


def read(frame: Frame, node: ast.Subscript, x: Var) -> Value:
    """``x.flat[...]``."""
    if isinstance(node.slice, ast.Slice):
        return indexing.read(frame, simple_op(frame, node, "flatten", x, spelling="method"), node)
    entry, (place,) = subscripts.entry_of(frame, lower(frame, node.slice), node.slice)
    if entry != "i":
        every = simple_op(frame, node, "flatten", x, spelling="method")
        return simple_op(frame, node, "getitem", every, place, path=((entry,),))
    return element(frame, node, x, place)


def element(frame: Frame, node: ast.AST, x: Var, place: Atom) -> Var:
    """The element at a place."""
    entry = "i" if isinstance(place.type, Scalar) or not shape_of(place) else "a"
    path = ((entry,) * len(shape_of(x)),)
    return simple_op(frame, node, "getitem", x, *places(frame, node, x, place), path=path)


def places(frame: Frame, node: ast.AST, x: Var, place: Atom) -> list[Atom]:
    """The index along each axis of places in C order."""
    ndim = len(shape_of(x))
    if not ndim:
        frame.reject(refusals.FLAT_NUMBER, node, value=describe(x))
    found: list[Atom] = []
    for axis in range(ndim - 1, 0, -1):
        n = size_of(frame, x, axis)
        found.append(simple_op(frame, node, "mod", place, n))
        place = simple_op(frame, node, "floordiv", place, n)
    return [place, *reversed(found)]


def write(frame: Frame, target: ast.Subscript, x: Var, value: Value) -> None:
    """``x.flat[...] = value``."""
    place = _places_written(frame, target, x)
    if shape_of(place):
        demand_apart(frame, target, "flat", [value], x)
    v = as_atom(frame, subscripts.array_like(frame, target, value), target)
    write_at(frame, target, x, place, v)


def write_at(frame: Frame, node: ast.AST, x: Var, place: Atom, v: Atom) -> None:
    """Write a value to one place, or values in turn to several."""
    several = bool(shape_of(place))
    if several and shape_of(v) != shape_of(place):
        v = in_turn(frame, node, v, size_of(frame, place, 0))  # type: ignore[arg-type]
    elif not several:
        v = _first(frame, node, v)
    path = (("a" if several else "i",) * len(shape_of(x)),)
    put(frame, node, x, v, path, places(frame, node, x, place))


def _places_written(frame: Frame, target: ast.Subscript, x: Var) -> Atom:
    if isinstance(target.slice, ast.Slice):
        every = simple_op(frame, target, "arange", simple_op(frame, target, "size", x), dtype=None)
        found = indexing.read(frame, every, target)
        assert isinstance(found, Var)
        return found
    entry, inputs = subscripts.entry_of(frame, lower(frame, target.slice), target.slice)
    if entry not in ("i", "a") or len(shape_of(inputs[0])) > 1:
        frame.reject(refusals.FLAT_PLACES, target)
    return inputs[0]


def update(frame: Frame, s: ast.AugAssign, target: ast.Subscript, x: Var) -> None:
    """``x.flat[k] op= value``."""
    place = _places_written(frame, target, x)
    if shape_of(place):
        frame.reject(refusals.FLAT_PLACES, target)
    old = element(frame, s, x, place)
    with frame.holding() as pending:
        pending += [x, old]
        value = lower(frame, s.value)
    new = operators.apply_binary(frame, s, type(s.op), old, value)
    write_at(frame, s, x, place, as_atom(frame, new, s))


def fill(frame: Frame, node: ast.AST, x: Var, value: Value) -> None:
    """``x.flat = value``: values in turn to all places."""
    v = as_atom(frame, subscripts.array_like(frame, node, value), node)
    put(frame, node, x, repeated(frame, node, v, x))


def repeated(frame: Frame, node: ast.AST, v: Atom, x: Var) -> Atom:
    """Values in turn in the shape of an array; of a single one the number."""
    if not shape_of(v) or shape_of(v) == shape_of(x):
        return v
    v = in_turn(frame, node, v, simple_op(frame, node, "size", x))
    sizes = sizes_of(frame, x)
    return simple_op(frame, node, "reshape", v, *sizes) if len(sizes) != 1 and shape_of(v) else v


def in_turn(frame: Frame, node: ast.AST, v: Atom, count: Atom) -> Atom:
    """As many values as are needed, beginning anew where there are fewer."""
    if not shape_of(v):
        return v
    if len(shape_of(v)) > 1:
        v = simple_op(frame, node, "ravel", v)
    assert isinstance(v, Var)
    if shape_of(v)[0] == 1:
        return _first(frame, node, v)
    order = simple_op(frame, node, "arange", count, dtype=None)
    turn = simple_op(frame, node, "mod", order, size_of(frame, v, 0))
    return simple_op(frame, node, "getitem", v, turn, path=(("a",),))


def _first(frame: Frame, node: ast.AST, v: Atom) -> Atom:
    """The first of values."""
    ndim = len(shape_of(v))
    return simple_op(frame, node, "getitem", v, *[Const(0)] * ndim, path=(("i",) * ndim,)) if ndim else v

