"""Writes by paths to arrays that may lie in memory otherwise than the one that a path was made for.

A path through a reshape writes where that is a view. Tangents and cotangents are laid out for it first;
where no order of axes will do, the reshape is written as an array of its own, and put back.
"""

from __future__ import annotations

from collections.abc import Sequence

from pullback.ir import index
from pullback.ir.build import Builder
from pullback.ir.core import Atom, Var
from pullback.ir.types import Array, Type


def write(
    b: Builder, prim: str, x: Atom, v: Atom, indices: Sequence[Atom], path: index.Path
) -> Var:
    """``setitem x, v, indices`` or ``add_at``, whatever the layout of ``x``."""
    if not index.reshapes(path):
        return b.one(prim, x, v, *indices, path=path)
    order, unsure = _fitting(x.type, path, indices)
    if unsure is not None:
        return _apart(b, prim, x, v, indices, path, unsure)
    return b.one(prim, _in_order(b, x, order), v, *indices, path=path)


def _fitting(
    t: Type, path: index.Path, indices: Sequence[Atom]
) -> tuple[tuple[int, ...], int | None]:
    """The order of axes in which an array is to lie, and the first step that may be no view then."""
    order = tuple(range(t.ndim if isinstance(t, Array) else 0))
    dense, start, rest = True, True, list(indices)
    for k, step in enumerate(path):
        ndim = t.ndim if isinstance(t, Array) else 0
        if index.is_order(step):
            order = tuple(order[axis] for axis in step[1:]) if start else order
            dense = dense and (start or ndim < 2)
        elif index.is_reshape(step):
            if not dense and ndim > 1:
                return order, k
        else:
            dense = dense and index.leads(step)
        start = start and index.is_order(step)
        count = sum(map(index.entry_inputs, step))
        t = index.select(t, (step,), rest[:count])
        del rest[:count]
    return order, None


def _in_order(b: Builder, x: Atom, order: tuple[int, ...]) -> Var:
    """An array that in this order of axes lies in C order."""
    if order == tuple(range(len(order))):
        found = b.one("in_c_order", x)
    else:
        back = tuple(order.index(axis) for axis in range(len(order)))
        found = _turned(b, b.one("in_c_order", _turned(b, x, order)), back)
    found.name = x.name if isinstance(x, Var) else ""
    return found


def _turned(b: Builder, x: Atom, order: tuple[int, ...]) -> Var:
    backwards = order == tuple(range(len(order)))[::-1]
    return b.one("transpose", x, axes=None if backwards else order)


def _apart(
    b: Builder, prim: str, x: Atom, v: Atom, indices: Sequence[Atom], path: index.Path, k: int
) -> Var:
    """The write to a reshape that is the step ``k`` of a path, and what it gives put back."""
    before, reshaped, behind = path[:k], path[: k + 1], path[k + 1 :]
    count = sum(index.entry_inputs(entry) for step in before for entry in step)
    inner = sum(index.entry_inputs(entry) for step in reshaped for entry in step)
    part = b.one("getitem", x, *indices[:inner], path=reshaped)
    written = write(b, prim, part, v, indices[inner:], behind)
    place = b.one("getitem", x, *indices[:count], path=before)
    back = b.one("reshape_like", written, place)
    return write(b, "setitem", x, back, indices[:count], index.whole(before))


__all__ = ["write"]
