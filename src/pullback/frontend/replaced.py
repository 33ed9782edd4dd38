"""Containers in a container that a loop changes: those that a pass puts in place of others.

``d["s"] = [b, c]`` in a loop leaves in ``d`` the list from before or one that a pass made. So behind the
loop, and in each pass, it is a list of its own; nothing changes it where others may know one of the two.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from pullback import refusals
from pullback.frontend.reaching import reachable
from pullback.frontend.values import Ref, Tree, Value
from pullback.frontend.walking import alike, trees

if TYPE_CHECKING:
    from pullback.errors import Loc, Refusal
    from pullback.frontend.frame import Frame


def places(before: Value, after: Value) -> set[int]:
    """Where in a container of one form others stand than before, as ``trees`` counts them."""
    if not alike(before, after):
        return set()
    pairs = enumerate(zip(trees(before), trees(after), strict=True))
    return {
        k for k, (a, b) in pairs if k and a.identity is not b.identity and not isinstance(a, Ref)
    }


def known_elsewhere(
    frame: Frame, owner: Value, found: Collection[int], others: Iterable[Value]
) -> bool:
    """Whether something else knows one of the containers at some places, or the owner has it twice."""
    inside = [tree.identity for tree in trees(owner)]
    mine = {inside[k] for k in found if k < len(inside)}
    count = Counter(inside)
    beside = reachable(frame, others, but=owner)
    return any(i in beside or i in frame.members or count[i] > 1 for i in mine)


def apart(
    frame: Frame, owner: Value, found: Mapping[int, dict[object, None]], unclear: bool,
    foreign: Mapping[int, Refusal], loc: Loc,
) -> Value:  # fmt: skip
    """The owner with containers of their own at some places, which may be those of the identities that
    are told there; ``unclear`` ones are not changed, nor are those at ``foreign`` places. The loop at a
    place decides which containers these are."""
    if not found:
        return owner
    count = itertools.count()
    made: list[object] = []

    def renewed(value: Value) -> Value:
        if not isinstance(value, Tree):
            return value
        place = next(count)
        new: Tree = value.remade([renewed(part) for part in value.parts])
        if place in found:
            new = replace(new, identity=object())  # type: ignore[type-var]
            made.append(new.identity)
            frame.decides(loc, new, *found[place])
            if place in foreign:
                frame.foreign_trees[new.identity] = foreign[place]
            frame.parts[new.identity] = found[place].keys() & frame.lowered.trees
        return cast("Value", new)

    new = renewed(owner)
    frame.session.unclear.update(made)
    if unclear:
        frame.foreign_trees |= dict.fromkeys(made, refusals.CHANGED_ONE_OF_SEVERAL)
    return new


__all__ = ["apart", "known_elsewhere", "places"]
