"""Where views in lists cannot be kept by how they are read (see ``readings``): lowering starts over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from pullback.errors import Loc
from pullback.frontend.session import StartOver, Told
from pullback.frontend.values import Reading, Ref, Rows, Value
from pullback.frontend.walking import references_in, trees

if TYPE_CHECKING:
    from pullback.frontend.heap import State
    from pullback.ir.core import Atom, Var


def _inside(value: Value) -> Iterator[Reading]:
    """The readings in a value, and of items of lists in it."""
    for tree in trees(value):
        if isinstance(tree, Reading):
            yield tree
        if isinstance(tree, Rows):
            yield from _inside(tree.pattern)


def is_kept(value: Value) -> bool:
    """Whether a value holds views by how they are read."""
    return any(True for _ in _inside(value))


def demand_inside(
    value: Value, state: State | None = None, known: Collection[Atom] = ()
) -> None:
    """Give up to keep readings where a value leaves the function, or the block with a state, in which
    the arrays are known that they are of, or are not ``known`` outside, too; so with references, and
    lists, where a block is left."""
    found = (r for r in _inside(value) if r.root not in known)
    _give_up(r for r in found if state is None or r.root in state.local)
    if state is not None:
        _give_up(r for r in references_in(value) if not state.local.isdisjoint(r.lists))


def demand_whole(value: Value) -> None:
    """Give up to keep references in a value that a function knows from around it."""
    _give_up(references_in(value))


def demand_one_form(*values: Value) -> None:
    """Give up to keep readings where not all of them are alike."""
    _give_up(r for value in values for r in _inside(value))


def demand_kept(told: Told, loc: Loc | None, *values: Value) -> None:
    """Keep readings at a place, too, or nowhere, if one of some lists has them and another has not."""
    place = frozenset([loc])
    if any(map(is_kept, values)) and not place <= told.followed | told.apart:
        raise StartOver(Told(followed=place))
    demand_one_form(*values)


def demand_places(root: Var, values: Iterable[Value]) -> None:
    """Give up to keep readings of the items of a list, which are to be others."""
    _give_up(r for value in values for r in _inside(value) if r.root is root)


def _give_up(found: Iterable[Reading | Ref]) -> None:
    places = frozenset(r.loc for r in found)
    if places:
        raise StartOver(Told(apart=places))
