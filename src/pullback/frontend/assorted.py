"""Run-time lists of items of several kinds, such as None until something is found.

    best = [None] * n        best_is_none = [True] * n; best = [None] * n
    best[i] = v              best_is_none[i] = False; best[i] = v

Such an item is a value of several kinds (see ``alternatives``), and a list of them has a column for each
bool that tells of which kind an item is, and for each leaf that one of the kinds has. Which kinds there
are shows where they are put in: then lowering starts over, and the list has room for all of them from
where it becomes a run-time list on (``Told.kinds``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from pullback.frontend import alternatives, rows, several
from pullback.frontend.displays import NOWHERE
from pullback.frontend.rows import Listed
from pullback.frontend.session import StartOver, Told
from pullback.frontend.values import NONE, Dct, Either, Rows, Static, Table, Tree, Tup, Value
from pullback.frontend.walking import as_known, has_two, leaves, rebuild, trees, with_parts
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import DEFAULTS, PY_BOOL, Array, List, Scalar, Text, Type

if TYPE_CHECKING:
    from pullback.errors import Loc
    from pullback.frontend.building import Facts
    from pullback.frontend.frame import Frame
    from pullback.frontend.heap import State

# ---- forms: items of which the leaves do not count


def joined(values: Sequence[Value]) -> Value | None:
    """The form of what holds each of some values; None if nothing does that a list can hold."""
    known: list[Value] = []
    for value in (k for v in values for k in alternatives.kinds(_with_texts(v))):
        for n, k in enumerate(known):
            if (both := _merged(k, value)) is not None:
                known[n] = both
                break
        else:
            known.append(value)
    if not known or not all(map(_can_stand, known)) or len(known) > alternatives.MOST_KINDS:
        return None
    known.sort(key=_rank)
    if len(known) == 1 and _is_none(known[0]):  # whose number is told by the bool alone
        known = [NONE, NONE]
    return alternatives.one_of(known) if len(known) > 1 else known[0]


def _with_texts(value: Value) -> Value:
    """A value in which strings are values, as lists hold them."""
    if isinstance(value, Tup | Either):
        return cast("Value", value.remade([_with_texts(part) for part in value.parts]))
    return rows.as_text(value)


def _rank(value: Value) -> tuple[int, int, str]:
    """Kinds come in one order, in whichever they are found: None, numbers, texts, arrays, tuples."""
    match value:
        case Var(type=Array() as t):
            return 3, t.ndim, t.cls
        case Var() | Const():
            return (1 if isinstance(value.type, Scalar) else 2), 0, ""
        case Tup():
            return 4, len(value.items), ""
    return 0, 0, ""


def _merged(a: Value, b: Value) -> Value | None:
    """The form of two values of one kind, None if they are of several."""
    if alternatives.kin(a, b):
        return a
    if isinstance(a, Tup) and isinstance(b, Tup) and a.form == b.form and not a.is_list:
        parts = [joined(pair) for pair in zip(a.parts, b.parts, strict=True)]
        return None if None in parts else cast("Value", a.remade(cast("list[Value]", parts)))
    return None


def _can_stand(value: Value) -> bool:
    """Whether a value is no more than its leaves, and a list can hold nothing in their place."""
    match value:
        case Tup(is_list=False):
            return all(map(_can_stand, value.parts))
        case Either():
            return _can_stand(value.first) and _can_stand(value.second)
        case Var() | Const():
            return isinstance(value.type, Scalar | Array | Text)
    return _is_none(value)


def _is_none(value: Value) -> bool:
    return isinstance(value, Static) and value.value is None


def size(form: Value) -> int:
    """How many kinds a form has room for, in all."""
    return sum(len({*map(id, alternatives.kinds(cast("Value", t)))}) for t in trees(form))


# ---- what lowering is told


def places_of(frame: Frame, value: Value) -> frozenset[Loc]:
    """Where a list or dict may have been made, as far as that is known."""
    known = frame.session.displays
    if rows.is_listed(value):
        return NOWHERE.union(*(known.of(frame.heap.reference(c)) for c in rows.columns(value)))
    return known.of(value.identity) if isinstance(value, Tree) else NOWHERE


def of(frame: Frame, owner: Value) -> Value | None:
    """The form that items of a list have which becomes a run-time list, where that is told."""
    told = frame.session.told
    forms = [form for loc in places_of(frame, owner) for form in told.kinds_at(loc)]
    return max(forms, key=size, default=None)


def demand(frame: Frame, owner: Value, *items: Value) -> None:
    """Start over, if a list is to hold items of other kinds, and can."""
    items = tuple(as_known(item, frame.facts) for item in items)
    _start_over(frame, places_of(frame, owner), [*_held(owner), *items])


def demand_inside(frame: Frame, owner: Listed, item: Value) -> None:
    """The same for lists in a list and one that is put there, of which items are of other kinds."""
    inner = next(iter(_held(owner)), NONE)
    if rows.is_listed(item) and rows.is_listed(inner):
        columns = map(frame.heap.reference, rows.columns(owner))
        places = NOWHERE.union(*(frame.session.displays.of(c, 1) for c in columns))
        _start_over(frame, places | places_of(frame, item), [*_held(inner), *_held(item)])


def demand_alike(frame: Frame, one: Value, other: Value) -> None:
    """The same for two lists, of which either may be what a name stands for."""
    if rows.is_list(one) and rows.is_list(other):
        places = places_of(frame, one) | places_of(frame, other)
        _start_over(frame, places, [*_held(one), *_held(other)])


def _start_over(frame: Frame, places: frozenset[Loc], items: Sequence[Value]) -> None:
    """Lower anew with what the lists of some places are to hold, if these are several kinds, which is
    news."""
    form = joined(items)
    if form is None or not has_two(form):
        return
    told = {loc for loc in places if all(size(k) < size(form) for k in frame.session.told.kinds_at(loc))}
    if told:
        raise StartOver(Told(kinds=frozenset((loc, form) for loc in told)))


def _held(owner: Value) -> Sequence[Value]:
    """What a list holds, as items of each kind."""
    if isinstance(owner, Tup | Dct):
        return [*owner.parts]
    if isinstance(owner, Table):
        owner = owner.held[2] if owner.held else Tup(())
        return _held(owner)
    if isinstance(owner, Rows):
        return [owner.pattern]
    elem = rows.kind_of(cast("Listed", owner)).elem
    return [] if elem is None else [Var(elem)]


def is_mixed(frame: Frame, value: Value) -> bool:
    """Whether a value is None, or of several kinds of which only a run tells which it is, or a tuple
    that holds such."""
    value = as_known(value, frame.facts)
    if isinstance(value, Either):
        return not alternatives.is_choice([value])
    return _is_none(value) or (isinstance(value, Tup) and any(is_mixed(frame, v) for v in value.items))


# ---- items


def form_for(frame: Frame, value: Value, owner: Value) -> Value | None:
    """The form that a value is given as an item of a list which holds several kinds; lowering starts
    over where the list is found to have to from here on."""
    form = owner.pattern if isinstance(owner, Rows) else of(frame, owner)
    if form is not None and has_two(form):
        both = joined([form, value])
        if both is not None and size(both) == size(form):
            return form
    if is_mixed(frame, value):
        demand(frame, owner, value)
    return None


def placed(frame: Frame, item: Value, form: Value, owner: Value = NONE) -> Value:
    """An item, each part of which is of one kind, in the form of those of a list."""
    types = [cast("List", c.type).elem for c in rows.columns(owner)] if isinstance(owner, Rows) else []
    kinds = dict(zip(leaves(form), types, strict=False))
    fill = lambda v: rebuild(v, [_nothing(frame, kinds.get(a) or a.type) for a in leaves(v)])
    return alternatives.fitted(frame, _with_texts(as_known(item, frame.facts)), form, fill)


def _nothing(frame: Frame, t: Type) -> Atom:
    """What stands in a column where an item is of another kind: nothing reads it, but it can be copied,
    and zeros of its form be made and added to."""
    if isinstance(t, Array):
        return frame.op("zeros", *[Const(0)] * t.ndim, dtype=t.dtype or DEFAULTS[t.cls])
    if isinstance(t, Scalar):
        zero = several.ZEROS[t.cls]
        return Const(np.dtype(t.dtype or DEFAULTS[t.cls]).type(zero) if t.origin == "np" else zero)
    return Const("")


# ---- what is known of items


def told_before(frame: Frame, item: Value, i: Atom) -> None:
    """Of which kinds an item is that was read, is known where a condition, or a write, has told it of
    the same place of the list."""
    for tag in _tags(item):
        read = next(op for op in reversed(frame.b.ops) if tag in op.outputs)
        question = (read.inputs[0], *_number(frame, i))
        for asked, answer in [*frame.facts.items()]:
            if isinstance(asked, Var) and frame.asked.get(asked) == question:
                frame.learn(tag, answer)
        frame.asked[cast("Var", tag)] = question


def was_set(frame: Frame, owner: Listed, i: Atom, item: Value) -> None:
    """An item of a list is of known kinds from here on."""
    if not isinstance(owner, Rows):
        return
    for column, tag in zip(rows.columns(owner), leaves(item), strict=True):
        if tag in _tags(item) and isinstance(tag, Const):
            _learn(frame, (frame.heap.now(column), *_number(frame, i)), tag.value)


def learn_common(frame: Frame, sides: Sequence[tuple[Facts, State]]) -> None:
    """What all sides of a branch that control comes back from have told, is known behind it."""
    found = [{} if not frame.asked else _told(frame, *side) for side in sides]
    first, *rest = found or [{}]
    known = [frame.asked.get(cast("Var", fact)) for fact in frame.facts] if first else []
    for (root, number), answer in first.items():
        question = (frame.heap.state.version(root), *number)
        if question not in known and all(other.get((root, number)) is answer for other in rest):
            _learn(frame, question, answer)


def _told(frame: Frame, facts: Facts, state: State) -> dict[tuple[Var, tuple[Any, ...]], bool]:
    """What is known at the end of a side of items of lists, as they are then."""
    found = {}
    for fact, answer in facts.items():
        version, *number = frame.asked.get(cast("Var", fact), [None])
        root = frame.heap.root(version) if isinstance(version, Var) else None
        if root is not None and isinstance(root.type, List) and state.version(root) is version:
            found[root, tuple(number)] = answer
    return found


def _learn(frame: Frame, question: tuple[Any, ...], answer: bool) -> None:
    known = Var(PY_BOOL)
    frame.asked[known] = question
    frame.learn(known, answer)


def _tags(item: Value) -> list[Atom]:
    """What tells of which kinds an item is."""
    return [tree.is_first for tree in trees(item) if isinstance(tree, Either)]


def _number(frame: Frame, a: Atom) -> tuple[Any, ...]:
    """How a number is computed from others, equal for numbers that are computed in the same way."""
    made = next((op for op in reversed(frame.b.ops) if a in op.outputs), None)
    if made is None or made.name not in ("add", "sub", "mul", "floordiv", "mod", "keys_find"):
        return (a,)
    return (made.name, *(part for b in made.inputs for part in _number(frame, b)))


# ---- lists


def gathered(frame: Frame, value: Tup, form: Value, name: str) -> Rows | None:
    """A list of known length as a run-time list of items of the form that is told of it."""
    made = rows.gathered(frame, [placed(frame, item, form) for item in value.items], form, name)
    if made is not None:
        rows.stands_for(frame, value, rows.columns(made))
    return made


def opened(frame: Frame, value: Value) -> Value:
    """A value in which lists of known length are run-time ones where they hold several kinds."""
    for tree in trees(value):
        mixed = isinstance(tree, Tup) and tree.is_list and any(is_mixed(frame, v) for v in tree.items)
        if mixed and of(frame, cast("Value", tree)) is None:
            demand(frame, cast("Value", tree))
    return as_told(frame, value)


def as_told(frame: Frame, value: Value) -> Value:
    """The same for what is told by now of the lists in a value."""
    value = frame.latest(value)
    if not isinstance(value, Tree) or rows.is_listed(value):
        return value
    if isinstance(value, Tup) and value.is_list and (form := of(frame, value)) is not None:
        return gathered(frame, value, form, "") or value
    return with_parts(value, [as_told(frame, part) for part in value.parts])
