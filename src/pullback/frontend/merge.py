"""Joining environments where control meets: the two sides of a branch.

Names that differ get an output of the ``if``; trees are joined leaf by leaf. What cannot be joined is
poisoned: an error only for who reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from pullback import refusals
from pullback.errors import Loc
from pullback.frontend.alternatives import make_alike, tag_name
from pullback.frontend.values import (
    Dct,
    Either,
    Env,
    Poison,
    Static,
    Struct,
    Tree,
    Tup,
    Unset,
    Value,
    describe,
    leaves,
    rebuild,
    shown,
)
from pullback.ir.core import Atom, Block, Const, Var
from pullback.ir.types import PY_BOOL, List, Type, join

if TYPE_CHECKING:
    from pullback.frontend.frame import Frame


@dataclass(eq=False)
class Slots:
    """Outputs of an ``if`` in the making: what either side yields, None where it is unset."""

    sides: tuple[list[Atom | None], list[Atom | None]] = field(default_factory=lambda: ([], []))
    names: list[str] = field(default_factory=list)
    partial: set[int] = field(default_factory=set)

    def add(self, a: Atom | None, b: Atom | None, name: str, partial: bool = False) -> Var:
        """A stand-in for the output, replaced when the ``if`` exists."""
        self.sides[0].append(a)
        self.sides[1].append(b)
        self.names.append(name)
        if partial:
            self.partial.add(len(self.names) - 1)
        known = a if a is not None else b
        assert known is not None
        stand_in = Var(known.type, name)
        self.stand_ins.append(stand_in)
        return stand_in

    stand_ins: list[Var] = field(default_factory=list)


def join_values(a: Value, b: Value, name: str, slots: Slots, one_sided: bool = False) -> Value:
    """The value of a name after a branch in which it is ``a`` on one side and ``b`` on the other.

    ``one_sided`` says that control does not come back from the side where it is unset.
    """
    if a is b or (isinstance(a, Const) and a == b):
        return a
    match a, b:
        case Unset(), Unset():
            return a
        case Unset(), known:
            return _join_one(known, 1, name, slots, one_sided)
        case known, Unset():
            return _join_one(known, 0, name, slots, one_sided)
        case (Var() | Const()), (Var() | Const()):
            return _join_atoms(a, b, name, slots)
        case Tree(), Tree() if a.form == b.form:
            names = name_parts(a, name)
            joined = [
                join_values(x, y, n, slots, one_sided)
                for x, y, n in zip(a.parts, b.parts, names, strict=True)
            ]
            return cast("Value", a.remade(joined))
        case Static(x), Static(y) if x is y or (isinstance(x, str) and x == y):
            return a
        case (Poison() as poison, _) | (_, Poison() as poison):
            return poison
    return _of_two_kinds(a, b)


def _of_two_kinds(a: Value, b: Value) -> Poison:
    return Poison(refusals.KINDS_OF_BRANCHES, {"a": describe(a), "b": describe(b)})


def _join_one(known: Value, side: int, name: str, slots: Slots, one_sided: bool) -> Value:
    """The value of a name that has one on one side only."""
    atoms = leaves(known)
    if isinstance(known, Poison) or (one_sided and (isinstance(known, Const) or not atoms)):
        return known
    if not atoms:
        return Poison(refusals.SET_IN_ONE_BRANCH)
    outs = []
    for x in atoms:
        first, second = (x, None) if side == 0 else (None, x)
        outs.append(slots.add(first, second, name, not one_sided))
    return rebuild(known, outs)


def name_parts(tree: Value, name: str) -> list[str]:
    """What variables for the items of a container are called: after keys and fields, if it has any."""
    if isinstance(tree, Dct | Struct):
        return list(map(str, tree.items))
    if isinstance(tree, Either):
        return [tag_name(tree, name), name, name]
    return [name] * len(tree.parts) if isinstance(tree, Tree) else []


def leaf_names(value: Value, name: str) -> list[str]:
    """What variables for the leaves of a value are called, if it is known by a name."""
    match value:
        case Either():
            parts = zip(value.parts, name_parts(value, name), strict=True)
            return [n for part, named in parts for n in leaf_names(part, named)]
        case Tree():
            return [n for part in value.parts for n in leaf_names(part, name)]
        case Var() | Const():
            return [name]
    return []


def _join_atoms(a: Atom, b: Atom, name: str, slots: Slots) -> Value:
    if join(a.type, b.type) is None:
        return _of_two_kinds(a, b)
    return slots.add(a, b, name)


def merge(
    frame: Frame, cond: Atom, sides: Sequence[tuple[Block, Env | None]], before: Env, loc: Loc
) -> bool:
    """Build the ``if`` from two lowered sides and set the frame's environment to the joined one.

    A side that control does not come back from has no environment. False if neither does.
    """
    (then, a), (orelse, b) = sides
    if a is not None and b is not None:
        lists_alike(frame, (then, a), (orelse, b))
        make_alike(frame, (then, a), (orelse, b))
    slots = Slots()
    joined: Env = {}
    one_sided = a is None or b is None
    for name in dict.fromkeys([*(a or b or before), *(b or {})]):
        x = a.get(name, Unset(loc)) if a is not None else Unset(loc)
        y = b.get(name, Unset(loc)) if b is not None else Unset(loc)
        if one_sided and (known := y if a is None else x) is before.get(name):
            joined[name] = known
            continue
        joined[name] = join_values(x, y, name, slots, one_sided)
    outputs = _build(frame, cond, (then, orelse), slots)
    outs = dict(zip(slots.stand_ins, _same_once(slots, outputs), strict=True))
    frame.env = {name: _replaced(v, outs) for name, v in joined.items()}
    for name, v in frame.env.items():
        versions = [env[name] for env in (a, b) if env is not None and name in env]
        kept = isinstance(v, Tree) and name in before and not name.startswith("%")
        if kept and all(frame.owns(name, version) for version in (*versions, before[name])):
            frame.own(v)
    return a is not None or b is not None


def lists_alike(frame: Frame, one: tuple[Block, Env], other: tuple[Block, Env]) -> None:
    """A list display that one side appends to is made a run-time list on the other side as well."""
    for (block, env), (_, twin) in ((one, other), (other, one)):
        for name, value in env.items():
            changed = twin.get(name)
            if isinstance(value, Tup) and isinstance(changed, Var) and isinstance(changed.type, List):
                with frame.b.block() as extra:
                    runtime = runtime_list(frame, value, name)
                block.ops += extra.ops
                if runtime is not None:
                    env[name] = runtime


def runtime_lists(frame: Frame, value: Tup, name: str = "") -> Var | None:
    """The same, of lists in lists as well."""
    if not value.items or not all(isinstance(v, Tup) and v.is_list for v in value.items):
        return runtime_list(frame, value, name)
    inner = [runtime_lists(frame, item) for item in value.items if isinstance(item, Tup)]
    known = [v for v in inner if v is not None]
    return runtime_list(frame, Tup(tuple(known), True), name) if len(known) == len(inner) else None


def runtime_list(frame: Frame, value: Tup, name: str = "") -> Var | None:
    """A run-time list of the items of a list or tuple if their kinds agree, else None."""
    if not value.items and value.is_list:
        (empty,) = frame.b.emit("list_new", types=[List(None)], names=[shown(name)])
        frame.note(frame.b.ops[-1])
        return empty
    if not value.items or not all(isinstance(item, Var | Const) for item in value.items):
        return None
    atoms = leaves(value)
    joined: Type | None = atoms[0].type
    for a in atoms[1:]:
        joined = join(joined, a.type) if joined is not None else None
    return None if joined is None else frame.op("list_new", *atoms)


def _build(frame: Frame, cond: Atom, blocks: Sequence[Block], slots: Slots) -> Sequence[Var]:
    for block, side, other in zip(blocks, slots.sides, reversed(slots.sides), strict=True):
        for value, twin in zip(side, other, strict=True):
            block.results.append(_or_undef(frame, block, value, twin))
    names = list(map(shown, slots.names))
    outputs = frame.b.branch(cond, blocks[0], blocks[1], names)
    for k, (v, *yielded) in enumerate(
        zip(outputs, blocks[0].results, blocks[1].results, strict=True)
    ):
        frame.remember(v, frame.of(yielded[0]) | frame.of(yielded[1]))
        if k in slots.partial or any(y in frame.maybe_unset for y in yielded):
            frame.maybe_unset.add(v)
    return outputs


def _same_once(slots: Slots, outputs: Sequence[Var]) -> list[Var]:
    """The outputs, bools that are the same on both sides as one of them."""
    seen: dict[tuple[Atom | None, Atom | None], Var] = {}
    return [
        seen.setdefault((x, y), v) if v.type == PY_BOOL else v
        for x, y, v in zip(*slots.sides, outputs, strict=True)
    ]


def _or_undef(frame: Frame, block: Block, value: Atom | None, twin: Atom | None) -> Atom:
    if value is not None:
        return value
    assert twin is not None
    with frame.b.block() as extra:
        unset = frame.b.undef(twin.type)
    block.ops += extra.ops
    return unset


def _replaced(value: Value, outs: dict[Var, Var]) -> Value:
    atoms = leaves(value)
    if not any(a in outs for a in atoms):
        return value
    return rebuild(value, [outs.get(a, a) if isinstance(a, Var) else a for a in atoms])
