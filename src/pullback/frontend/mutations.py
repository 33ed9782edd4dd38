"""What a call leaves in its arguments: arrays that the callee wrote to, containers that it changed.

A Func gives what these hold in the end behind its results (see ``leaving``), and the caller takes that
for a write of its own. A result that is an argument, or a view of one, is read from the argument by the
caller, so that a write to it is one to the argument.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

from pullback import refusals
from pullback.errors import Loc, SourceError
from pullback.frontend import changing, members, permits, places, readings, references, sided
from pullback.frontend.frame import Frame
from pullback.frontend.leaving import news_in, parts_of
from pullback.frontend.reaching import reachable
from pullback.frontend.session import Lowered, Seen, StartOver, Told
from pullback.frontend.values import Env, Tree, Value
from pullback.frontend.walking import bare, describe, leaves, led_to, rebuild, renewed, trees
from pullback.ir.core import Atom, Block, Const, Func, Var, clone, free_vars
from pullback.ir.types import List, has_memory


def all_trees(env: Env) -> list[Tree]:
    """The containers in the arguments of a call, in order."""
    return [tree for value in env.values() for tree in trees(value)]


def reach_around(lowered: Lowered, count: int) -> bool:
    """Whether a function of so many arguments changes what it reads from around it."""
    return any(k >= count for k in lowered.written) or any(
        i not in lowered.trees for i, _ in lowered.changed
    )


def pure(lowered: Lowered) -> Func:
    """The function without what it leaves in its arguments, to be differentiated."""
    func = lowered.func
    count = len(leaves(lowered.result)) if lowered.result is not None else 0
    if len(func.results) == count and not func.taken:
        return func
    if lowered.pure is None:
        block = clone(Block(func.params, func.block.ops, func.results[:count]))
        lowered.pure = Func(func.name, block, func.loc, doc=func.doc)
    return lowered.pure


# ---- at the call


@contextmanager
def opening(frame: Frame, node: ast.AST) -> Iterator[None]:
    """Where a call is refused for who may see what it changes, or would give up views in lists that it
    knows, lowering starts over to see it as the statements of the function."""
    try:
        yield
    except SourceError as error:
        if error.refusal in refusals.FOR_MEMORY:
            open_call(frame, node)
        raise
    except StartOver as told:
        if told.told.apart:
            open_call(frame, node)
        raise


def open_call(frame: Frame, node: ast.AST) -> None:
    """Start over to see a call as the statements of the function, unless it was tried."""
    place = frozenset([frame.loc(node)])
    if not place <= frame.session.told.followed:
        raise StartOver(Told(followed=place)) from None


def permit(
    frame: Frame, node: ast.AST, lowered: Lowered, inputs: Sequence[Atom], bound: Env
) -> None:
    """Refuse a call that writes to what something else may know."""
    with opening(frame, node):
        may_write(frame, node, lowered, inputs)
        refuse_overlap(frame, node, lowered, inputs)
        refuse_items(frame, node, lowered, inputs, bound)


def refuse_overlap(
    frame: Frame, node: ast.AST, lowered: Lowered, inputs: Sequence[Atom]
) -> None:
    """An array that the callee writes to must be known to it by one argument only."""
    for k in (*lowered.written, *lowered.spoiled):
        given = cast("Var", inputs[k])
        within = k in lowered.deep or places.is_item(frame, given)
        mine = frame.of(given).reach if within else frame.of(frame.heap.root(given)).own
        for j, other in enumerate(inputs):
            if j != k and not mine.isdisjoint(frame.of(other).reach):
                name = lowered.func.params[k].name or "an argument"
                frame.ask(mine)
                frame.reject(
                    refusals.SHARED_BY_ARGUMENTS, node, function=lowered.func.name, name=name
                )
    demand_apart(frame, lowered, inputs)


def may_write(frame: Frame, node: ast.AST, lowered: Lowered, inputs: Sequence[Atom]) -> None:
    """Refuse a call that writes to what is not ours, or what something else may share."""
    for k in lowered.written:
        given = cast("Var", inputs[k])
        root, is_item = frame.heap.root(given), places.is_item(frame, given)
        if is_item or k in lowered.deep:
            permits.may_write_items(frame, root, node, given.name if is_item else "")
        if not is_item:
            permits.may_write(frame, root, node)
    for k in lowered.spoiled:
        permits.may_spoil(frame, cast("Var", inputs[k]), node)


def refuse_items(
    frame: Frame, node: ast.AST, lowered: Lowered, inputs: Sequence[Atom], bound: Env
) -> None:
    """An item of a list that the callee changes must be known to it by one argument only."""
    known = dict(zip(lowered.trees, all_trees(bound), strict=True))
    changed = [known[i] for i, _ in lowered.changed if i in known]
    used = free_vars(Block([], lowered.func.block.ops, lowered.func.results))
    read = [a for p, a in pairs_of(lowered, inputs) if p in used or not lowered.done]
    members.refuse_mixed(frame, node, changed, bound.values(), read, lowered.func.name)


def demand_apart(frame: Frame, lowered: Lowered, inputs: Sequence[Atom]) -> None:
    """Arguments of the whole program must not overlap if one is written to; found out at run time."""
    if frame.session.lowering:
        return
    for k in sorted({*lowered.written, *lowered.reached}):
        others = [a for j, a in enumerate(inputs) if j != k and has_memory(a.type)]
        if others or isinstance(inputs[k].type, List):
            name = lowered.func.params[k].name or "an argument"
            frame.b.emit("check_apart", [inputs[k], *others], name=name)


def taken_over(
    frame: Frame, node: ast.AST, lowered: Lowered, inputs: Sequence[Atom], outputs: Sequence[Var],
    bound: Env, captured: dict[object, Value],
) -> Value:  # fmt: skip
    """Enter what a call left in its arguments; its result.

    ``captured`` are the containers that the callee knows from around it, by identity there.
    """
    assert lowered.result is not None
    values = [lowered.result, *(value for _, value in lowered.changed)]
    count = sum(len(leaves(value)) for value in values)
    _take_written(frame, node, lowered, inputs, outputs[count:])
    sides = [place for value in values for place in sided.places(value)]
    given_back = zip(_untouched(lowered, inputs, outputs), lowered.seen, sides, strict=False)
    atoms: list[Atom] = [
        out if seen is None else _read_again(frame, lowered, seen, inputs, outputs, place)
        for out, seen, place in given_back
    ]
    atoms = [atoms[k] for k in lowered.first]  # one array or list is one variable
    given = all_trees(bound)
    pairs = pairs_of(lowered, inputs)
    _take_rewritten(frame, node, lowered, pairs)
    for root, locs in _shared(frame, lowered, inputs, atoms).items():
        references.share(frame, node, {root}, locs)
    known = captured | {i: cast("Value", tree) for i, tree in zip(lowered.trees, given, strict=True)}
    roots = {p: frame.heap.root(a) for p, a in pairs if isinstance(a, Var)}
    given_roots = zip(lowered.roots, atoms, strict=False)
    roots |= {r: frame.heap.root(a) for r, a in given_roots if r is not None and isinstance(a, Var)}
    own = [*zip((a for value in values for a in leaves(value)), atoms, strict=False), *pairs]
    arrays = {p: frame.heap.reference(a) for p, a in own if isinstance(p, Var) and isinstance(a, Var)}
    result, *finals = (readings.moved(led_to(v, roots), arrays) for v in _filled(values, atoms))
    twins = dict(known)  # what the callee left in containers and gives as well is one object
    left = _enter_changed(frame, node, lowered, finals, known, twins)
    result = renewed(result, twins)
    made = [*news_in([result], _identities(known))]
    _enter_made(frame, node, lowered, made)
    lists = [*pairs, *zip(lowered.roots, atoms, strict=False)]
    _share_items(frame, node, lowered, known, lists, [*made, *left])
    for value in [value for i, value in known.items() if i in lowered.asked]:
        members.asked(frame, bare(frame.latest(value)))
    return result


def _enter_made(frame: Frame, node: ast.AST, lowered: Lowered, made: Sequence[Tree]) -> None:
    """Enter which of the containers that a call gives it has made, and who else may know the others."""
    frame.made_here(tree for k, tree in enumerate(made) if k not in lowered.held)
    row = refusals.CHANGED_ONE_OF_SEVERAL
    frame.foreign_trees |= {made[k].identity: row for k in lowered.held}
    frame.foreign_trees |= {made[k].identity: row for k, row in lowered.foreign.items()}
    frame.chosen |= {made[k].identity: loc for k, loc in lowered.chosen.items()}
    for k in lowered.held:
        frame.decides(frame.loc(node), made[k], made[k].identity)


def _take_written(
    frame: Frame, node: ast.AST, lowered: Lowered, inputs: Sequence[Atom], finals: Sequence[Var]
) -> None:
    """Enter what a call wrote to the arrays and lists that it was given."""
    for k, out in zip(lowered.written, finals, strict=False):
        others = [a for a in inputs if a is not inputs[k]]
        apart = all(frame.of(inputs[k]).reach.isdisjoint(frame.of(a).reach) for a in others)
        _written(frame, node, cast("Var", inputs[k]), out, k in lowered.separate and apart)


def _take_rewritten(
    frame: Frame, node: ast.AST, lowered: Lowered, pairs: Sequence[tuple[Var, Atom]]
) -> None:
    """Enter of which lists a call changed or moved items."""
    rewritten = {frame.heap.root(cast("Var", a)) for p, a in pairs if p in lowered.rewritten}
    with opening(frame, node):
        members.refuse_changed_by_call(frame, node, rewritten, lowered.func.name)
        resettled = {frame.heap.root(cast("Var", a)) for p, a in pairs if p in lowered.resettled}
        members.resettle(frame, resettled, node)
    references.rewrite(frame, node, rewritten)


def _shared(
    frame: Frame, lowered: Lowered, inputs: Sequence[Atom], atoms: Sequence[Atom]
) -> dict[Var, set[Loc | None]]:
    """The lists whose items may be items of others by now, with where these were put there."""
    known = frame.session.shared
    pairs = [*pairs_of(lowered, inputs), *zip(lowered.roots, atoms, strict=False)]
    found: dict[Var, set[Loc | None]] = {}
    for inside, a in pairs:
        if inside in known and isinstance(a, Var):
            found.setdefault(frame.heap.root(a), set()).update(known[inside])
    return found


def _identities(known: dict[object, Value]) -> set[object]:
    """What the containers that a callee knows are to its caller."""
    return {cast("Tree", value).identity for value in known.values()}


def _enter_changed(
    frame: Frame, node: ast.AST, lowered: Lowered, finals: Sequence[Value],
    known: dict[object, Value], twins: dict[object, Value],
) -> list[Tree]:  # fmt: skip
    """Enter what the callee left in containers, and who may not change what is in these any more;
    ``twins`` are what its containers are to the caller, known ones and new ones. Gives the new ones that
    are in others."""
    inside: list[Value] = []
    before = reachable(frame, frame.known()) if frame.heap.state.homes else {}
    for (i, _), final in zip(lowered.changed, finals, strict=True):
        owner = cast("Tree", known[i])
        new = _same_object(owner, final, twins)
        new = _as_before(frame, before.get(owner.identity, new), new)
        frame.change(owner, new, node)
        inside += parts_of(new)
    news = [*news_in(inside, _identities(known))]
    frame.made_here(tree for k, tree in enumerate(news) if k not in lowered.held_inside)
    _refuse_later_changes(frame, node, lowered, news, known)
    _refuse_parted(frame, node, lowered, known)
    _refuse_held(frame, node, lowered, known)
    return news


def _refuse_later_changes(
    frame: Frame, node: ast.AST, lowered: Lowered, inside: Sequence[Tree], known: dict[object, Value]
) -> None:
    """Containers that the callee left in others may be some that are known by other ways as well."""
    beside = reachable(frame, frame.known()) if lowered.held_inside else {}
    for k, parts in lowered.held_inside.items():
        mine = {cast("Tree", known[i]).identity for i in parts or () if i in known}
        frame.parts[inside[k].identity] = mine.intersection(frame.lowered.trees)
        if parts is None or not mine.isdisjoint(beside):
            frame.foreign_trees[inside[k].identity] = refusals.CHANGED_ONE_OF_SEVERAL
            frame.decides(frame.loc(node), inside[k])


def _refuse_parted(
    frame: Frame, node: ast.AST, lowered: Lowered, known: dict[object, Value]
) -> None:
    """A container that the callee may have changed as one of two must not be known by another way."""
    mine = {cast("Tree", known[i]).identity for i in lowered.parted if i in known}
    if mine and not mine.isdisjoint(reachable(frame, frame.known())):
        frame.reject(refusals.CHANGED_ONE_OF_SEVERAL, node, name=lowered.func.name)
    frame.lowered.parted |= mine.intersection(frame.lowered.trees)


def _refuse_held(
    frame: Frame, node: ast.AST, lowered: Lowered, known: dict[object, Value]
) -> None:
    """A container that the callee has moved into a list must not be known by another way."""
    moved = [value for i, value in known.items() if i in lowered.moved]
    mine = {cast("Tree", tree).identity: tree for tree in moved}
    held = reachable(frame, (value for _, value in frame.others())) if mine else {}
    for identity, value in mine.items():
        if identity in held:
            if identity in frame.members:
                open_call(frame, node)
            frame.reject(refusals.HELD_CONTAINER, node, value=describe(value))
    frame.lowered.moved |= mine.keys()


def _share_items(
    frame: Frame, node: ast.AST, lowered: Lowered, known: dict[object, Value],
    lists: Iterable[tuple[Atom | None, Atom]], made: Iterable[Tree],
) -> None:  # fmt: skip
    """What the callee has moved from a list into another one is an item of both; what it took out of one
    that shares its items is still one of the others: lowering starts over where that is changed."""
    found = ((p, a) for p, a in lists if isinstance(a, Var) and isinstance(a.type, List))
    pairs = [(p, frame.heap.root(a)) for p, a in found]
    taken = {root for p, root in pairs if p in lowered.taken}
    frame.lowered.taken |= taken
    frame.lowered.alters |= lowered.alters
    moved = (cast("Tree", value) for i, value in known.items() if i in lowered.moved)
    items = [frame.members[tree.identity] for tree in moved if tree.identity in frame.members]
    several = {l for item in items if frame.moving.isdisjoint(item.lists) for l in item.lists}
    if not taken.isdisjoint(frame.session.shared):
        several |= taken
    identities = [tree.identity for tree in made] if lowered.taken else []
    frame.copies |= dict.fromkeys(identities, tuple(several | taken))
    if not several:
        return
    loc = frame.loc(node)
    if not lowered.recursive and (lowered.alters or loc in frame.session.told.linked):
        open_call(frame, node)
    if lowered.alters:
        frame.reject(refusals.ITEMS_OF_SEVERAL, node, function=lowered.func.name)
    references.share(frame, node, several.union(root for _, root in pairs), [loc])
    frame.foreign_trees |= dict.fromkeys(identities, refusals.CHANGED_ITEM_OF_LIST)


def _untouched(lowered: Lowered, inputs: Sequence[Atom], outputs: Sequence[Var]) -> list[Atom]:
    """The outputs of a call, of which numbers that came in as arguments are those of the caller."""
    if not lowered.done:
        return [*outputs]
    given = {p: a for p, a in pairs_of(lowered, inputs) if not has_memory(p.type) and p.type == a.type}
    pairs = zip(lowered.func.results, outputs, strict=True)
    return [given.get(r, out) if isinstance(r, Var) else out for r, out in pairs]


def pairs_of(lowered: Lowered, inputs: Sequence[Atom]) -> list[tuple[Var, Atom]]:
    """The parameters of a Func with what is given for them."""
    return list(zip(lowered.func.params, inputs, strict=False))


def _written(frame: Frame, node: ast.AST, given: Var, out: Var, separate: bool) -> None:
    """An argument holds what the callee left in it; whether that is each item once, if it was."""
    root = frame.heap.root(given)
    out.name = out.name or (root.name if root is frame.heap.reference(given) else "")
    if isinstance(given.type, List):
        places.replace(frame, given, out, separate)
    elif root is frame.heap.reference(given):
        frame.heap.write(root, out)
    else:
        changing.overwrite(frame, node, given, "setitem", out, path=())


def _read_again(
    frame: Frame, lowered: Lowered, seen: Seen, inputs: Sequence[Atom], outputs: Sequence[Var],
    is_sided: bool,
) -> Atom:  # fmt: skip
    """A result as the caller reads it from its own argument; where it is used, if it is there on one
    side only."""
    if is_sided:
        with frame.heap.block(), frame.b.block():
            a = _read_again(frame, lowered, seen, inputs, outputs, False)
        frame.heap.keep(a)
        return a
    a = inputs[lowered.func.params.index(seen.root)]
    for op, output, numbers in seen.chain:
        given = [n if isinstance(n, Var | Const) else outputs[n] for n in numbers]
        a = frame.emit(op.prim.name, a, *given, **op.params)[output]
        if frame.b.loc not in frame.session.told.apart:
            frame.sure_view(frame.b.ops[-1])
    return frame.heap.reference(a) if isinstance(a, Var) else a


def _filled(values: Sequence[Value], atoms: Sequence[Atom]) -> list[Value]:
    """The same trees with other leaves, taken one after the other."""
    rest = list(atoms)
    filled = []
    for value in values:
        n = len(leaves(value))
        filled.append(rebuild(value, rest[:n]))
        del rest[:n]
    return filled


def _as_before(frame: Frame, owner: Value, new: Value) -> Value:
    """What a container holds, of which items that live in others and stay are as they were."""
    old = leaves(owner)
    if len(old) != len(leaves(new)) or not frame.heap.state.homes:
        return new
    pairs = zip(old, leaves(new), strict=True)
    return rebuild(new, [a if frame.settled(a) is b else b for a, b in pairs])


def _same_object(given: Tree, final: Value, twins: dict[object, Value]) -> Value:
    """The new form of a container that the caller knows."""
    if not isinstance(final, Tree):
        return final
    made = final.remade(renewed(item, twins) for item in final.parts)
    return cast("Value", replace(made, identity=given.identity))


__all__ = ["permit", "pure", "refuse_overlap", "taken_over"]
