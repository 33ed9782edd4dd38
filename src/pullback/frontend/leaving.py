"""What a function that is called inside leaves to its caller, beside what it returns.

That is what it wrote to arrays and has changed of containers, and how a result is read from an argument;
``mutations`` takes it over where the function is called.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence

from pullback import refusals
from pullback.frontend import joined, references, sided, tapped, unkept
from pullback.frontend.closures import closed
from pullback.frontend.frame import Frame
from pullback.frontend.session import Lowered, Seen, StartOver, Told
from pullback.frontend.values import Tree, Value
from pullback.frontend.walking import leaves, trees
from pullback.ir.core import Atom, Op, Var
from pullback.ir.types import PY_BOOL, has_memory, resized


def leave(frame: Frame, lowered: Lowered, params: Sequence[Var], result: Value) -> list[Atom]:
    """All that the Func gives: leaves of the result and of changed containers, what written arrays
    hold, and the numbers by which results are views of arguments."""
    heap = frame.heap
    around = [tree.identity for value in lowered.around.values() for tree in trees(value)]
    changed = [i for i in dict.fromkeys((*lowered.trees, *around)) if i in heap.trees]
    lowered.changed = [(i, closed(frame, frame.latest(heap.trees[i]))) for i in changed]
    values = [result, *(value for _, value in lowered.changed)]
    atoms = [a for value in values for a in leaves(value)]
    lowered.roots = [heap.root(a) if isinstance(a, Var) else None for a in atoms]
    _demand_arrays(lowered, values, [*params, *atoms])
    _demand_roots(frame, values, lowered.roots, params)
    everything = [*params, *joined.parameters(lowered)]
    _enter_written(frame, lowered, everything)
    lowered.alone = {
        k for k, a in enumerate(atoms)
        if isinstance(a, Var) and heap.reference(a) in frame.places.separate
    }  # fmt: skip
    with sided.readings(frame, values):
        given = [heap.now(a) for a in (*atoms, *(everything[k] for k in lowered.written))]
    lowered.seen = [_seen(frame, everything, a, given) for a in atoms]
    first_by_reference: dict[Atom, int] = {}
    lowered.first = [
        first_by_reference.setdefault(heap.reference(a), k)
        if isinstance(a, Var) and (has_memory(a.type) or a.type == PY_BOOL) else k
        for k, a in enumerate(atoms)
    ]  # fmt: skip
    _enter_held(frame, lowered, result, {*lowered.trees, *around})
    lowered.func.taken = frozenset(lowered.written)
    return given


def _enter_written(frame: Frame, lowered: Lowered, everything: Sequence[Atom]) -> None:
    """Enter what was done to parameters, and what is known of them in the end."""
    lowered.written = [
        k for k, p in enumerate(everything)
        if isinstance(p, Var) and (_is_changed(frame, p) or p in frame.heap.state.homes)
    ]  # fmt: skip
    inside = frame.places.written | frame.places.changed
    memory = {k: frame.of(p) for k, p in enumerate(everything)}
    lowered.resized = {
        k: not frame.resized.isdisjoint(m.own)
        for k, m in memory.items() if not frame.resized.isdisjoint(m.reach)
    }  # fmt: skip
    lowered.deep = [k for k in lowered.written if everything[k] in inside]
    lowered.spoiled = [k for k, m in memory.items() if not frame.spoiled.isdisjoint(m.reach)]
    lowered.separate = {k for k, p in enumerate(everything) if p in frame.places.separate}


def _demand_arrays(lowered: Lowered, values: Sequence[Value], given: Sequence[Atom]) -> None:
    """Do without readings of arrays that callers do not get."""
    around = [a for key, v in lowered.captured.items() if key[0] == "local" for a in leaves(v)]
    for value in values:
        unkept.demand_inside(value, known=() if lowered.recursive else (*given, *around))


def _demand_roots(
    frame: Frame, values: Sequence[Value], roots: Sequence[Var | None], params: Sequence[Var]
) -> None:
    """Do without references that lead to lists which callers do not get."""
    lost = references.leading_out(values, {*params, *(r for r in roots if r is not None)})
    if lost is not None and frame.is_called:
        raise StartOver(Told(apart=frozenset([lost.loc])))


def _is_changed(frame: Frame, given: Var) -> bool:
    """Whether an array that was given holds something else in the end."""
    version = frame.heap.state.version(given)
    if version is given:
        return False
    return given not in frame.tapped or not tapped.is_as_given(frame.b.ops, given, version)


def _enter_held(frame: Frame, lowered: Lowered, result: Value, own: set[object]) -> None:
    """Enter which containers in the result, and in what was changed, may be known by other ways; those
    that are its ``own`` the caller knows."""
    several = {i for i, row in frame.foreign_trees.items() if row is refusals.CHANGED_ONE_OF_SEVERAL}
    known = several.union(frame.members)
    parts = {i: found for i, found in frame.parts.items() if found}
    unclear = known.union(frame.session.unclear, parts)
    news = [tree.identity for tree in news_in([result], own)]
    lowered.held = [k for k, i in enumerate(news) if i in unclear]
    lowered.foreign = {
        k: frame.foreign_trees[i] for k, i in enumerate(news)
        if i in frame.foreign_trees and i not in unclear
    }  # fmt: skip
    lowered.chosen = {k: frame.chosen[i] for k, i in enumerate(news) if i in frame.chosen}
    changed = [part for _, value in lowered.changed for part in parts_of(value)]
    inside = [tree.identity for tree in news_in(changed, own)]
    lowered.held_inside = {
        k: None if i in known else parts[i]
        for k, i in enumerate(inside) if i in known or i in parts
    }  # fmt: skip


def news_in(values: Iterable[Value], known: Container[object]) -> Iterator[Tree]:
    """The containers in values, but for those that are known and what is in these."""
    for value in values:
        if isinstance(value, Tree) and value.identity not in known:
            yield value
            yield from news_in(value.parts, known)


def parts_of(value: Value) -> Sequence[Value]:
    """What a container holds, nothing for all else."""
    return [*value.parts] if isinstance(value, Tree) else []


def _seen(
    frame: Frame, params: Sequence[Atom], a: Atom, given: list[Atom]
) -> Seen | None:
    """How a result is read from an argument; numbers that are needed for it are given as well."""
    if not isinstance(a, Var) or not has_memory(a.type):
        return None
    root = frame.heap.root(a)
    if root not in params or root in frame.tapped:
        return None
    chain: list[tuple[Op, int, tuple[Atom | int, ...]]] = []
    r = frame.heap.reference(a)
    while r in frame.heap.views:
        view = frame.heap.views[r]
        numbers: list[Atom | int] = []
        for i in view.op.inputs[1:]:
            if isinstance(i, Var):
                given.append(i)
            numbers.append(len(given) - 1 if isinstance(i, Var) else i)
        chain.insert(0, (view.op, view.output, tuple(numbers)))
        r = frame.heap.reference(view.parent)
    return Seen(root, tuple(chain))


def shape_of_effects(lowered: Lowered) -> object:
    """What of the effects must settle where recursion is lowered again."""
    seen = [None if s is None else len(s.chain) for s in lowered.seen]
    moved = [k for k, i in enumerate(lowered.trees) if i in lowered.moved]
    changed = [(i, len(leaves(v))) for i, v in lowered.changed]
    taken = bool(lowered.taken), lowered.alters, moved
    kinds = [resized(a.type, lambda _: 0) for a in lowered.func.results]
    effects = lowered.written, lowered.deep, lowered.resized, lowered.spoiled
    return effects, taken, changed, seen, kinds


__all__ = ["leave", "news_in", "parts_of", "shape_of_effects"]
