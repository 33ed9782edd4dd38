"""Joining environments where control meets: the two sides of a branch.

Names that differ get an output of the ``if``; trees are joined leaf by leaf. What cannot be joined is
poisoned: an error only for who reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from pullback import refusals
from pullback.errors import Loc
from pullback.frontend import assorted, growing, references, unkept
from pullback.frontend.alternatives import compare_order, is_choice, kinds, make_alike, one_of, tags_of
from pullback.frontend.heap import View
from pullback.frontend.labels import name_parts
from pullback.frontend.reaching import anew_on_top, can_be_changed, identity_of, reachable
from pullback.frontend.sides import Side, Sides
from pullback.frontend.values import Either, Env, Poison, Rows, Static, Struct, Table, Tree, Unset, Value
from pullback.frontend.walking import (
    anew,
    as_known,
    describe,
    has_two,
    in_both,
    leaves,
    rebuild,
    references_in,
    trees,
    with_those,
)
from pullback.ir.core import Atom, Const, Op, Var
from pullback.ir.types import Array, List, has_memory, join

if TYPE_CHECKING:
    from pullback.frontend.frame import Frame

RESULT = "%result"  # which is read only where a flag tells that it was set


def merge(frame: Frame, cond: Atom, sides: Sequence[Side], before: Env, loc: Loc) -> bool:
    """Build the ``if`` from two lowered sides and set the frame's environment to the joined one.

    False if control comes back from neither.
    """
    envs = [side.env for side in sides if side.env is not None]
    if len(envs) == len(sides):
        make_alike(frame, [(side.block, side.state) for side in sides], envs, loc)
    joiner = _Joiner(frame, cond, sides[0], sides[1], before, loc)
    env = joiner.names()
    joiner.contents()
    joiner.build()
    frame.env = {name: joiner.replaced(v) for name, v in env.items()}
    joiner.settle()
    assorted.learn_common(frame, [(side.facts, side.state) for side in sides if side.env is not None])
    joiner.refuse_changes()
    return not all(side.env is None for side in sides)


class _Joiner(Sides):
    """Joins what two sides of a branch leave.

    An array that both sides know stays the one it is, and gets an output of the ``if`` for what it
    holds, if a side wrote to it. Where a name stands for different arrays on the sides, the output is
    an array of its own, which may share memory with them. ``pairs`` keeps what joined pairs became.
    """

    def __init__(
        self, frame: Frame, cond: Atom, then: Side, orelse: Side, before: Env, loc: Loc
    ) -> None:
        super().__init__(frame, cond, then, orelse, before, loc)
        self.pairs: dict[tuple[object, object], Value] = {}
        self.joined: list[tuple[Tree, tuple[object, object]]] = []
        self.written: dict[Var, Var | None] = {
            r: None for side in self.ended for r in side.state.written_since(self.heap.state)
        }
        self.changed: dict[object, Value] = {}
        self.homes: dict[Var, Value] = {}
        self.views: dict[Var, View] = {}
        self.parted: list[Var] = []
        self.inside_either = False

    # ---- names

    def names(self) -> Env:
        a, b = self.then.env, self.orelse.env
        joined: Env = {}
        for name in dict.fromkeys([*(a or b or self.before), *(b or {})]):
            x = a.get(name, Unset(self.loc)) if a is not None else Unset(self.loc)
            y = b.get(name, Unset(self.loc)) if b is not None else Unset(self.loc)
            known = y if a is None else x
            kept = self.one_sided and known is self.before.get(name)
            if self.is_left_behind(name, x, y):
                joined[name] = Poison(refusals.SET_IN_ONE_BRANCH)
                continue
            joined[name] = known if kept else self.join(x, y, name)
            self.touched(joined[name], name)
        return joined

    def is_left_behind(self, name: str, *ends: Value) -> bool:
        """Whether a name leads to an item of a list that is known on a side only, and is not read."""
        for side, end in zip(self.sides, ends, strict=True):
            if any(not side.state.local.isdisjoint(r.lists) for r in references_in(end)):
                if name in self.frame.live():
                    unkept.demand_inside(end, side.state)
                return True
        return False

    def touched(self, value: Value, name: str) -> None:
        """Outputs for the arrays in a value that were written to."""
        for a in leaves(self.frame.latest(value)):
            root = self.heap.root(a) if isinstance(a, Var) else None
            if root is not None and self.written.get(root, root) is None:
                whole = isinstance(value, Var) and root is self.heap.reference(value)
                self.written[root] = self.version(root, name if whole else root.name)

    # ---- values

    def join(self, a: Value, b: Value, name: str) -> Value:
        """The value of a name that is ``a`` on one side and ``b`` on the other."""
        if a is b or (isinstance(a, Const) and a == b):
            return a
        if is_choice([a, b]) and not self.inside_either:
            key = (identity_of(a), identity_of(b))
            self.pairs[key] = self.pairs.get(key) or self.either(a, b, name)
            return self.pairs[key]
        match a, b:
            case Unset(), Unset():
                return a
            case Unset(), known:
                return self.join_one(self.item_of_one(known, 1), 1, name)
            case known, Unset():
                return self.join_one(self.item_of_one(known, 0), 0, name)
            case (Var() | Const()), (Var() | Const()):
                return self.join_atoms(a, b, name)
            case (Tree(), Tree() | Var()) | (Var(), Tree()):
                return self.join_trees(a, b, name)
            case Static(x), Static(y) if x is y or (isinstance(x, str) and x == y):
                return a
            case (Poison() as poison, _) | (_, Poison() as poison):
                return poison
        return self.differ(a, b)

    def differ(self, a: Value, b: Value) -> Poison:
        unkept.demand_one_form(a, b)
        assorted.demand_alike(self.frame, a, b)
        return Poison(refusals.KINDS_OF_BRANCHES, {"a": describe(a), "b": describe(b)})

    def join_one(self, known: Value, side: int, name: str) -> Value:
        """The value of a name that has one on one side only."""
        atoms = leaves(known)
        end = self.sides[side]
        unkept.demand_inside(self.at(end, known), end.state)
        if isinstance(known, Poison) or (not atoms and (self.one_sided or name == RESULT)):
            return known
        if not atoms:
            return Poison(refusals.SET_IN_ONE_BRANCH)
        if has_two(known):  # of which a view is read only where the value is that one
            behind = [self.array_behind if self.is_view(x) else self.slot_of_one for x in atoms]
            return rebuild(known, [of(x, side, name) for of, x in zip(behind, atoms, strict=True)])
        if isinstance(known, Var) and self.is_view(known) and not self.one_sided:
            return self.view_of_one(self.heap.reference(known), side, name)
        return rebuild(known, [self.slot_of_one(x, side, name) for x in atoms])

    def item_of_one(self, known: Value, side: int) -> Value:
        """What has a name on one side only: items of lists that were read there are known by their
        places, and else not changed by it behind the branch."""
        local = self.sides[side].state.local
        known = references.kept(self.frame, known, local, self.loc)
        items = self.frame.members.keys() - self.known.keys()
        if not any(tree.identity in items for tree in trees(known)):
            return known
        new = anew(known)
        for tree, other in zip(trees(known), trees(new), strict=True):
            self.frame.foreign_trees[other.identity] = refusals.CHANGED_ONE_OF_SEVERAL
            self.frame.decides(self.loc, other, tree.identity)
        return new

    def view_of_one(self, r: Var, side: int, name: str) -> Var:
        """A view that has a name on one side only. Where a write depends on it, it is read behind the
        branch, by numbers that are unset on the other side."""
        view = self.heap.views[r]
        numbers = view.op.inputs[1:]
        if not numbers or self.loc not in self.frame.session.told.followed:
            found = cast("Var", self.slot_of_one(r, side, name))
            self.parted.append(found)
            return found
        parent = cast("Var", self.array_behind(view.parent, side, view.parent.name))
        new = self.view_behind(r, parent, [self.slot_of_one(a, side, "") for a in numbers], name)
        self.frame.maybe_unset.add(new)
        return new

    def view_behind(self, r: Var, parent: Var, numbers: Sequence[Value], name: str) -> Var:
        """A view of a side as it is read behind the branch."""
        view, new = self.heap.views[r], Var(r.type, name)
        inputs = (parent, *cast("Sequence[Atom]", numbers))
        op = Op(view.op.prim, inputs, view.op.params, (), view.op.outputs, view.op.loc)
        self.views[new] = View(parent, op, view.output)
        self.frame.remember(new, self.frame.of(r))
        if self.frame.is_dense(r):
            self.frame.dense.add(new)
        return new

    def slot_of_one(self, x: Atom, side: int, name: str) -> Atom:
        if self.one_sided and self.is_outside(x):
            return x
        key = (x, side)
        if key in self.pairs and has_memory(x.type):
            return cast("Var", self.pairs[key])
        found = self.now(self.sides[side], x)
        first, second = (found, None) if side == 0 else (None, found)
        out = self.pairs[key] = self.slots.add(first, second, name, not self.one_sided)
        return out

    def join_atoms(self, a: Atom, b: Atom, name: str) -> Value:
        if isinstance(a, Var) and isinstance(b, Var) and has_memory(a.type) and has_memory(b.type):
            return self.join_arrays(a, b, name)
        return self.slot(a, b, name)

    def slot(self, a: Atom, b: Atom, name: str) -> Value:
        x, y = self.now(self.then, a), self.now(self.orelse, b)
        assert x is not None
        assert y is not None
        return self.differ(x, y) if join(x.type, y.type) is None else self.slots.add(x, y, name)

    def join_arrays(self, a: Var, b: Var, name: str) -> Value:
        """The same array on both sides, the same view, or one of two arrays."""
        key = (self.heap.reference(a), self.heap.reference(b))
        if key[0] is key[1]:
            return key[0]
        for side, r in enumerate(key):
            if key[1 - side] in self.frame.undefined and self.heap.is_view(r):
                return self.array_behind(r, side, name)
        if key not in self.pairs or (self.inside_either and isinstance(self.pairs[key], Either)):
            view = self.join_views(*key, name) or self.by_layout(*key)
            self.pairs[key] = self.one_of(*key, name) if view is None else view
        return self.pairs[key]

    def by_layout(self, a: Var, b: Var) -> Value | None:
        """What is a view of an array or not, as its layout has it, stays either of the two."""
        by_layout = self.cond in self.frame.layouts and isinstance(a.type, Array)
        return self.either(a, b, "") if by_layout else None

    def either(self, a: Value, b: Value, name: str) -> Value:
        """One of the arrays that there are on the sides, with what tells which."""
        sides = [kinds(a), kinds(b)]
        values = [self.behind(v, k, name) for k in (0, 1) for v in sides[k]]
        tags = [self.slot(t, Const(False), "") for t in tags_of(a)[:-1]]
        tags += [self.cond, *(self.slot(Const(False), t, "") for t in tags_of(b))]
        return one_of(values, cast("list[Atom]", tags))

    def behind(self, a: Value, side: int, name: str) -> Value:
        """A container, or an array, of one side as it is known behind the branch: views stay views."""
        if not isinstance(a, Tree):
            return self.array_behind(cast("Atom", a), side, name)
        if a.identity in self.known:
            return a
        now = self.at(self.sides[side], a)
        if not any(tree.identity in self.known for tree in trees(now)):
            return self.join_one(now, side, name)
        assert isinstance(now, Tree)
        return cast("Value", now.remade([self.part_behind(part, side, name) for part in now.parts]))

    def part_behind(self, part: Value, side: int, name: str) -> Value:
        """What a container of one side holds, of which some is known before the branch."""
        if isinstance(part, Tree):
            return self.behind(part, side, name)
        return self.join_one(part, side, name) if leaves(part) else part

    def array_behind(self, a: Atom, side: int, name: str) -> Atom:
        r = self.heap.reference(a) if isinstance(a, Var) else a
        if not isinstance(r, Var) or r not in self.sides[side].made or r in self.views:
            return r
        if not self.heap.is_view(r):
            return self.slot_of_one(r, side, name)
        view = self.heap.views[r]
        sources = [a for a in view.sources if isinstance(a, Var)]
        self.views[r] = view.moved({a: self.array_behind(a, side, a.name) for a in sources})
        return r

    def one_of(self, a: Var, b: Var, name: str) -> Value:
        """One of two arrays: either, where a write depends on which of them it is."""
        arrays = isinstance(a.type, Array) and isinstance(b.type, Array) and a.type.ndim == b.type.ndim
        lists = isinstance(a.type, List) and isinstance(b.type, List)
        known = (arrays or lists) and not self.inside_either
        if known and self.loc in self.frame.session.told.followed:
            return self.either(a, b, name)
        found = self.slot(a, b, name)
        if known and isinstance(found, Var):
            self.parted.append(found)
        return found

    def join_views(self, a: Var, b: Var, name: str) -> Var | None:
        """A view that is read in the same way on both sides is read behind the branch, if at all.

        Numbers that it is read with may differ.
        """
        x, y = self.heap.views.get(a), self.heap.views.get(b)
        if x is None or y is None or x.op.prim is not y.op.prim or x.output != y.output:
            return None
        ours, theirs = x.op.inputs[1:], y.op.inputs[1:]
        same = x.op.params == y.op.params and [c.type for c in ours] == [c.type for c in theirs]
        parent = self.heap.reference(x.parent)
        if not same or a.type != b.type:
            return None
        if parent is not self.heap.reference(y.parent):
            joined = self.join_views(parent, self.heap.reference(y.parent), name)
            if joined is None:
                return None
            parent = joined
        numbers = [self.join(c, d, "") for c, d in zip(ours, theirs, strict=True)]
        new = self.view_behind(a, parent, numbers, name)
        self.frame.remember(new, self.frame.of(a) | self.frame.of(b))
        if not self.frame.is_dense(b):
            self.frame.dense.discard(new)
        if self.frame.is_maybe_unset(a) or self.frame.is_maybe_unset(b):
            self.frame.maybe_unset.add(new)
        return new

    # ---- containers

    def join_trees(self, a: Value, b: Value, name: str) -> Value:
        """One container that both sides know, or one of two."""
        same = isinstance(a, Tree) and isinstance(b, Tree) and a.identity is b.identity
        if same:
            return a
        key = (identity_of(a), identity_of(b))
        if key not in self.pairs and self.is_chosen(a, b):
            self.pairs[key] = self.either(a, b, name)
        if key not in self.pairs:
            ends = self.alike([self.at(self.then, a), self.at(self.orelse, b)])
            self.pairs[key] = self.join_forms(ends[0], ends[1], name)
            joined = self.pairs[key]
            if isinstance(joined, Tree):
                new = anew_on_top(joined)
                self.frame.session.unclear.add(new.identity)
                self.pairs[key] = cast("Value", new)
                self.joined.append((new, key))
                self.frame.decides(self.loc, new, *key)
        return self.pairs[key]

    def is_chosen(self, a: Value, b: Value) -> bool:
        """Whether a name stays either of some containers, for one of them is changed by it."""
        chosen = [v for value in (a, b) for v in kinds(value)]
        if self.inside_either or not all(map(can_be_changed, chosen)):
            return False
        return self.loc in self.frame.session.told.followed

    def refuse_changes(self) -> None:
        """A container that is one of two must not be changed if others still know one of the two."""
        if not self.joined:
            return
        frame, row = self.frame, refusals.CHANGED_ONE_OF_SEVERAL
        known = {*reachable(frame, frame.known()), *frame.members}
        for joined, key in self.joined:
            parts = {k for k in key if k in frame.lowered.trees}
            frame.parts[joined.identity] = parts.union(*(frame.parts.get(k, ()) for k in key))
            others = [k for k in self.pairs if k is not key and (k[0] is key[0] or k[1] is key[1])]
            rows = [frame.foreign_trees[k] for k in key if k in frame.foreign_trees]
            if row in rows or key[0] in known or key[1] in known or others:
                made = [joined, *(self.pairs[k] for k in others)]
                unclear = [tree.identity for tree in made if isinstance(tree, Tree)]
                frame.foreign_trees |= dict.fromkeys(unclear, row)
            elif rows:
                frame.foreign_trees[joined.identity] = rows[0]

    def join_forms(self, a: Value, b: Value, name: str, is_one: bool = False) -> Value:
        """What a container holds that is ``a`` on one side and ``b`` on the other; ``is_one`` says that
        they are what one container has become."""
        if growing.is_growing(a, b):
            a = self.as_runtime(self.then, a, b)
        if growing.is_growing(b, a):
            b = self.as_runtime(self.orelse, b, a)
        if is_one and isinstance(a, Rows | Table) and isinstance(b, Rows | Table) and a.form == b.form:
            return self.join_columns(a, b)
        if isinstance(a, Tree) and isinstance(b, Tree) and a.form == b.form:
            before, self.inside_either = self.inside_either, isinstance(a, Either) or self.inside_either
            parts = zip(a.parts, b.parts, name_parts(a, name), strict=True)
            joined = [self.join(x, y, n) for x, y, n in parts]
            self.inside_either = before
            return cast("Value", a.remade(joined))
        if isinstance(a, Struct) and isinstance(b, Struct) and a.cls is b.cls:
            return self.join_attributes(a, b)
        if isinstance(a, Tree) or isinstance(b, Tree):
            return self.differ(a, b)
        if isinstance(a, Var) and isinstance(b, Var):  # what a list display has become on both sides
            return self.slot(a, b, name)
        return self.join(a, b, name)

    def join_columns(self, a: Value, b: Value) -> Value:
        """One list or table, of which a column may have got another one on a side."""
        if isinstance(a, Rows | Table) and isinstance(b, Rows | Table):
            return a.remade(map(self.join_columns, a.parts, b.parts))
        assert isinstance(a, Var)
        assert isinstance(b, Var)
        return self.join(a, b, a.name) if self.heap.same(a, b) else self.slot(a, b, a.name)

    def join_attributes(self, a: Struct, b: Struct) -> Value:
        """Objects of one class that hold different attributes: only those of both are known."""
        compare_order(self.frame, a, b)
        items: dict[str, Value] = {}
        for name in dict.fromkeys([*a.items, *b.items]):
            items[name] = Poison(refusals.ATTRIBUTE_SET_IN_BRANCH)
            if name in a.items and name in b.items:
                items[name] = self.join(a.items[name], b.items[name], name)
        return Struct(a.cls, items, a.identity)

    # ---- what arrays and containers hold

    def contents(self) -> None:
        """Outputs for all that was written to or changed on a side."""
        changed = {i: None for side in self.ended for i in side.state.changed_since(self.heap.state)}
        known = self.known if changed else {}
        for identity in (i for i in changed if i in known):  # in an order that no id decides
            now = [self.at(side, known[identity]) for side in self.ended]
            kept = set() if self.one_sided else in_both(*now) - {identity}
            ends = [as_known(v, side.facts, kept) for v, side in zip(now, self.ended, strict=True)]
            for side, end in zip(self.ended, ends, strict=True):
                unkept.demand_inside(end, side.state)
            if self.one_sided:
                self.changed[identity] = self.join_one(ends[0], int(self.then.env is None), "")
            else:
                ends = self.alike([with_those(end, known, kept) for end in ends])
                self.changed[identity] = self.join_forms(ends[0], ends[1], "", is_one=True)
        for root, out in self.written.items():
            if out is None:
                self.written[root] = self.version(root, root.name)
        moved = {r: None for side in self.ended for r in side.state.moved_since(self.heap.state)}
        here = [r for r in moved if not any(r in side.made for side in self.ended)]
        self.homes = {r: self.home(r) for r in here}

    def home(self, r: Var) -> Value:
        """Where an array lives that has moved on a side."""
        sides = [side.state.homes.get(r, r) if side.env is not None else None for side in self.sides]
        if sides[0] is sides[1]:
            return cast("Value", sides[0])
        if self.loc not in self.frame.session.told.followed:
            found = self.slots.add(self.now(self.then, r), self.now(self.orelse, r), r.name)
            self.parted.append(found)
            return found
        known = [self.rooms(r, home, k) for k, home in enumerate(sides) if home is not None]
        return known[0] if self.one_sided else self.either(known[0], known[1], r.name)

    def rooms(self, r: Var, home: Value, side: int) -> Value:
        """Where an array lives on a side, as it is known behind the branch: itself in none there."""
        if isinstance(home, Either):
            tag = self.slot_of_one(home.is_first, side, "") if self.one_sided else home.is_first
            return Either(tag, self.rooms(r, home.first, side), self.rooms(r, home.second, side))
        assert isinstance(home, Var)
        if home is not r:
            return self.array_behind(home, side, home.name)
        found = self.now(self.sides[side], r)
        return self.slots.add(None if side else found, found if side else None, r.name)

    # ---- behind the branch

    def settle(self) -> None:
        """Enter what the heap holds behind the branch."""
        for root, out in self.written.items():
            assert out is not None
            self.heap.write(root, cast("Var", self.outs[out]))
        for identity, value in self.changed.items():
            self.heap.trees[identity] = self.replaced(value)
        self.heap.state.homes.update((r, self.replaced(home)) for r, home in self.homes.items())
        self.heap.leave_views({r: view.moved(self.outs) for r, view in self.views.items()})
        for found in self.parted:
            self.frame.unfollowed[cast("Var", self.outs[found])] = self.loc
