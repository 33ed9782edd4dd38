"""Run-time lists, and those of tuples and the like: a list for each leaf.

    pairs = []                        us = []; vs = []
    pairs.append((u, v))              us.append(u); vs.append(v)

All that is done to such a list is done to its columns alike, so that they are of one length.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, TypeGuard, cast

from pullback.frontend import readings, references, several
from pullback.frontend.labels import leaf_names
from pullback.frontend.values import (
    NONE,
    Dct,
    Derived,
    Either,
    Linear,
    Local,
    Method,
    Owner,
    Partial,
    Reading,
    Ref,
    Rows,
    Static,
    Struct,
    Tree,
    Tup,
    Value,
)
from pullback.frontend.walking import anew, is_function, leaves, rebuild, shown, trees
from pullback.ir.core import Atom, Const, Op, Var, walk
from pullback.ir.types import PY_INT, List, Type, has_memory, join, type_of
from pullback.tree import is_frozen

if TYPE_CHECKING:
    from pullback.frontend.frame import Frame
    from pullback.ir.core import Block

Listed = Var | Rows


# ---- lists of numbers, arrays and lists


def key_of(key: Any) -> Value:
    """A key that is known here, as lists hold it; they do not hold an ellipsis or the like."""
    if isinstance(key, tuple):
        return Tup(tuple(map(key_of, key)))
    return Static(key) if type_of(key) is None else Const(key)


def common_type(atoms: Sequence[Atom]) -> Type | None:
    """The kind of list items that atoms have in common."""
    joined: Type | None = atoms[0].type
    for a in atoms[1:]:
        joined = join(joined, a.type) if joined is not None else None
    return joined


def is_listed(value: Value) -> TypeGuard[Listed]:
    """Whether a value is a run-time list."""
    return isinstance(value, Rows) or (isinstance(value, Var) and isinstance(value.type, List))


def is_list(value: Value) -> bool:
    """Whether a value is a list, of a length known here or not."""
    return is_listed(value) or (isinstance(value, Tup) and value.is_list)


def like(value: Listed) -> Value | None:
    """An item of a list of containers, None for other lists."""
    return value.pattern if isinstance(value, Rows) else None


def runtime_lists(frame: Frame, value: Tup, name: str = "") -> Var | None:
    """A run-time list of the items of a list, of lists in lists as well."""
    found = _runtime_lists(frame, value, name)
    if found is not None:
        frame.leave_to_others(found, frame.foreign_trees.get(value.identity))
    return found


def _runtime_lists(frame: Frame, value: Tup, name: str) -> Var | None:
    fixed = [isinstance(v, Tup) and v.is_list for v in value.items]
    listed = [isinstance(v, Var) and isinstance(v.type, List) for v in value.items]
    if not any(fixed) or not all(map(operator.or_, fixed, listed)):
        return runtime_list(frame, replace(value, items=tuple(map(as_text, value.items))), name)
    inner = [_opened(frame, v) if isinstance(v, Tup) else cast("Var", v) for v in value.items]
    known = [v for v in inner if v is not None]
    if len(known) < len(inner):
        return None
    return runtime_list(frame, Tup(tuple(known), True), name)


def _opened(frame: Frame, value: Tup) -> Var | None:
    """A run-time list of the items of a list in a list."""
    found = runtime_lists(frame, value)
    if found is not None:
        stands_for(frame, value, [found])
    return found


def stands_for(frame: Frame, value: Tree, lists: Iterable[Var]) -> None:
    """A list or dict is run-time lists from here on."""
    displays = frame.session.displays
    for column in lists:
        displays.enter(frame.heap.reference(column), displays.of(value.identity))


def are_shared(frame: Frame, value: Tup, but: Tree | None) -> bool:
    """Whether a list may hold a list twice; where ``but`` is given, or one that something else does."""
    items = [t.identity for item in value.items for t in trees(item) if isinstance(t, Tup) and t.is_list]
    others = () if but is None else (v for _, v in frame.others())
    held = {t.identity for v in others for t in _beside(v, but)}
    return len(set(items)) < len(items) or not held.isdisjoint(items)


def _beside(value: Value, but: Tree | None) -> Iterator[Tree]:
    """The containers in a value, without one and what it holds."""
    if isinstance(value, Tree) and (but is None or value.identity is not but.identity):
        yield value
        for part in value.parts:
            yield from _beside(part, but)


def runtime_list(frame: Frame, value: Tup, name: str = "") -> Var | None:
    """A run-time list of the items of a list or tuple if their kinds agree, else None."""
    if not value.items and value.is_list:
        return _empty(frame, name)
    if not value.items or not all(isinstance(item, Var | Const) for item in value.items):
        return None
    return _list_of(frame, leaves(value), "")


def _empty(frame: Frame, name: str, kind: Type | None = None) -> Var:
    (empty,) = frame.b.emit("list_new", types=[kind or List(None)], names=[shown(name)])
    frame.note(frame.b.ops[-1])
    return empty


def _list_of(frame: Frame, atoms: Sequence[Atom], name: str) -> Var | None:
    return None if common_type(atoms) is None else frame.op("list_new", *atoms, names=(name,))


def repeated(frame: Frame, a: Atom, count: Atom, name: str = "", kind: List | None = None) -> Var:
    """A list, of a kind, that holds one thing so many times."""
    return pushed(frame, count, (kind or List(None)).holding(a.type), lambda i: [a], name)


def pushed(
    frame: Frame, n: Atom, kind: Type, items: Callable[[Var], Sequence[Atom]], name: str = ""
) -> Var:
    """A new list of the items that each index below a number has."""
    empty, i, grown = _empty(frame, name, kind), Var(PY_INT), Var(kind, name)
    with frame.b.block([i, grown]) as body:
        last = grown
        for item in items(i):
            last = frame.b.one("list_push", last, item)
        body.results = [last]
    header = [Const(0), n, Const(1), empty]
    (out,) = frame.b.emit("for", header, [body], names=[name], exits=False, reverse=False)
    frame.fresh(out)
    return out


# ---- lists of containers


def runtime_rows(frame: Frame, value: Tup, name: str = "") -> Rows | None:
    """A run-time list of the items of a list or tuple if they are containers of one form."""
    items = _of_one_form(frame, [as_row(frame, item) for item in value.items])
    if not items or not all(isinstance(item, Tree) for item in items):
        return None
    first = items[0]
    if first is None or any(not several.fits(first, item) for item in items) or not leaves(first):
        return None
    return gathered(frame, items, first, name)


def _of_one_form(frame: Frame, items: Sequence[Value | None]) -> list[Value | None]:
    """Empty lists among lists of containers are to hold such, too."""
    full = next((item for item in items if isinstance(item, Rows)), None)
    return [item if full is None or item is None else _like(frame, full, item) for item in items]


def _like(frame: Frame, full: Rows, item: Value) -> Value:
    """An empty list as one that is to hold what another one does, all else as it is."""
    empty = isinstance(item, Var) and isinstance(item.type, List) and item.type.elem is None
    return (gathered(frame, [], full.pattern, "") or item) if empty else item


def deque_of(frame: Frame, like: Value | None, name: str, kind: List) -> Listed:
    """An empty list that changes at both ends; ``like`` is an item, if it is to hold containers."""
    made = _empty(frame, name, kind) if like is None else gathered(frame, [], like, name, kind)
    assert made is not None
    return made


def gathered(
    frame: Frame, items: Sequence[Value | None], like: Value, name: str, kind: List | None = None
) -> Rows | None:
    """Items of one form as columns, new lists of a kind if there are none."""
    atoms = [leaves(item) for item in items if item is not None]
    names = column_names(like, name)
    if not atoms:
        return Rows(like, tuple(_empty(frame, n, kind) for n in names))
    given = zip(zip(*atoms, strict=True), names, strict=True)
    lists = [_list_of(frame, column, n) for column, n in given]
    known = tuple(l for l in lists if l is not None)
    for item in items:
        put(frame, frame.stmt or frame.node, item or NONE, known)
    return Rows(like, known) if len(known) == len(lists) else None


def put(frame: Frame, node: ast.AST, value: Value, lists: Iterable[Var]) -> None:
    """A value is put into lists: where it is an item of others, items of all of them are not changed."""
    value = references.referred(frame, value)
    lists = [*lists]
    if any(t.identity in frame.copies for t in trees(value)):  # it may be an item of a list of a caller
        frame.lowered.taken |= {*lists}
    known = [frame.members[t.identity] for t in trees(value) if t.identity in frame.members]
    known = [member for member in known if frame.moving.isdisjoint(member.lists)]
    if known or any(t.identity in frame.foreign_trees for t in trees(value)):
        references.share(frame, node, {*lists, *(root for member in known for root in member.lists)})


def column_names(item: Value, name: str) -> list[str]:
    """What the columns are called: after fields, what was put in first, or by their number; that of the
    places at which functions stand is called as the list is."""
    if isinstance(item, Reading):
        return item.labels(name or "items")
    if isinstance(item, Ref):
        return [f"{name or 'items'}_at"]
    if isinstance(item, Either):
        return leaf_names(item, name or "items")
    if several.is_view_of_several(item):
        name = name or "items"
        return [f"{name}_of", *(f"{name}_at_{k}" for k in range(len(leaves(item)) - 1))]
    if several.is_one_of(item):
        rest = [*named_leaves(item)][1:]
        return [name, *(f"{name}_{field or getattr(a, 'name', '')}" for field, a in rest)]
    stems = [field or getattr(a, "name", "") for field, a in named_leaves(item)]
    made = any(not stem or stem[-1].isdigit() for stem in stems) or len({*stems}) < len(stems)
    if made:
        return [f"{name or 'items'}_{k}" for k in range(len(stems))]
    return [f"{name}_{stem}" if name else f"{stem}s" for stem in stems]


def named_leaves(item: Value, field: str = "") -> Iterator[tuple[str, Atom]]:
    """The leaves of a value, each with the field or key that it is known by."""
    if isinstance(item, Dct | Struct):
        for key, part in item.items.items():
            yield from named_leaves(part, str(key) if str(key).isidentifier() else field)
    elif isinstance(item, Tree):
        for part in item.parts:
            yield from named_leaves(part, field)
    else:
        yield from ((field, a) for a in leaves(item))


def as_row(frame: Frame, value: Value) -> Value | None:
    """An item as columns take it, by a reference if it is one of another list; None if they cannot."""
    return in_form_of_row(frame, references.referred(frame, value))


def in_form_of_row(frame: Frame, value: Value) -> Value | None:
    """An item as columns take it: strings are leaves, lists in it are run-time lists, and a function
    that holds nothing is told by a place; None if they cannot hold it."""
    if several.is_one_of(value):
        return value
    if is_function(value) and not leaves(value):
        return several.one_of(Const(0), [value])
    return _part_of_row(frame, value)


def _part_of_row(frame: Frame, value: Value) -> Value | None:
    match value:
        case Var() | Const() | Ref():
            return value
        case Static():
            return as_text(value)
        case Either():
            return None
        case Local() if not leaves(value):  # which holds nothing by which it could be counted
            return replace(value, scope={"%": Const(0)})
        case Tup(is_list=True) if (inner := _inner(frame, value)) is not None:
            return inner
        case Tree():
            parts = [_part_of_row(frame, part) for part in value.parts]
            known = [part for part in parts if part is not None]
            return cast("Value", value.remade(known)) if len(known) == len(parts) else None
    return None


def as_text(value: Value) -> Value:
    """A string as lists hold it, all else as it is."""
    text = isinstance(value, Static) and isinstance(value.value, str)
    return Const(value.value) if text else value  # type: ignore[union-attr]


def _inner(frame: Frame, value: Tup) -> Listed | None:
    """A list in a list as a run-time list, but for one of items that can be changed in place."""
    form = readings.form_told(frame, named=True)
    if not value.items and form is not None:
        return gathered(frame, [], form, "")
    found = _opened(frame, value)
    if found is not None and are_shared(frame, value, None):
        frame.places.share(found)
    fixed = any(next(changeable(item), None) is not None for item in value.items)
    return runtime_rows(frame, value) if found is None and not fixed else found


def holds(owner: Listed, item: Value) -> bool:
    """Whether a list can take an item in."""
    if isinstance(owner, Rows) and not several.fits(owner.pattern, item):
        return False
    atoms = leaves(item) if isinstance(owner, Rows) or isinstance(item, Var | Const) else []
    pairs = zip_longest([cast("List", l.type) for l in columns(owner)], atoms)
    return all(a is not None and join(t, t.holding(a.type)) is not None for t, a in pairs)


def suited(frame: Frame, owner: Listed, item: Value) -> Value:
    """An item for a list; an empty list among lists of containers is to hold such, too."""
    inner = like(owner)
    return _like(frame, inner, item) if isinstance(inner, Rows) else item


def columns(owner: Listed) -> list[Var]:
    """The run-time lists that a list is made of."""
    return [owner] if isinstance(owner, Var) else [cast("Var", l) for l in owner.columns]


def kind_of(owner: Listed) -> List:
    """What kind of list a run-time list is: all of its columns are of one, but for what they hold."""
    return cast("List", columns(owner)[0].type)


def is_deque(value: Value) -> TypeGuard[Listed]:
    """Whether a value is a list that changes at both ends."""
    return is_listed(value) and kind_of(value).deque


def is_unknown(owner: Listed) -> bool:
    """Whether nothing is known of what a list is to hold."""
    return all(cast("List", l.type).elem is None for l in columns(owner))


def copied(frame: Frame, owner: Listed) -> Listed:
    """Another list of the same items."""
    if isinstance(owner, Var):
        return frame.op("copy", owner)
    if is_referred_to(owner, frame):
        size = frame.op("list_len", columns(owner)[0])
        return references_to(frame, owner, pushed(frame, size, List(PY_INT), lambda i: [i]))
    copy = cast("Rows", anew(owner.remade([frame.op("copy", l) for l in columns(owner)])))
    if next(changeable(owner.pattern), None) is not None:
        lists = map(frame.heap.root, [*columns(owner), *columns(copy)])
        references.share(frame, frame.stmt or frame.node, {*lists})
    return copy


def is_referred_to(owner: Listed, frame: Frame) -> TypeGuard[Rows]:
    """Whether another list of the items of a list holds their places where lowering stands."""
    objects = isinstance(owner, Rows) and next(changeable(owner.pattern), None) is not None
    return objects and references.are_kept(frame)


def references_to(frame: Frame, owner: Rows, index: Var) -> Rows:
    """A list of the items of another one at some places."""
    lists = tuple(map(frame.heap.root, columns(owner)))
    return Rows(Ref(lists, owner.pattern, Const(0), frame.b.loc), (index,))


def emptied(frame: Frame, owner: Listed) -> Listed:
    """A list of no items that is to hold what another one does."""
    made = [_empty(frame, l.name, l.type) for l in columns(owner)]
    return made[0] if isinstance(owner, Var) else cast("Rows", anew(owner.remade(made)))


def item_of(owner: Listed, atoms: Sequence[Atom]) -> Value:
    """An item with what stands in the columns at its place."""
    return atoms[0] if isinstance(owner, Var) else anew(rebuild(owner.pattern, atoms))


_FIXED = Either | Method | Owner | Local | Derived | Linear | Partial | Reading | Ref


def changeable(value: Value) -> Iterator[Tree]:
    """The containers in a value that can be changed in place."""
    for tree in trees(value):
        frozen = isinstance(tree, _FIXED) or (isinstance(tree, Struct) and is_frozen(tree.cls))
        if not frozen and not (isinstance(tree, Tup) and not tree.is_list):
            yield tree


def the_only_item(frame: Frame, value: Tup) -> Value | None:
    """What stands at all places of a list or tuple, if it can be changed: ``[[0.0] * n] * m`` holds one
    list."""
    first, *rest = value.items or (Const(0),)
    if isinstance(first, Var):
        others = [item for item in rest if isinstance(item, Var)]
        same = has_memory(first.type) and len(others) == len(rest)
        same = same and all(frame.heap.same(first, item) for item in others)
    else:
        same = next(changeable(first), None) is first and all(
            isinstance(item, Tree) and item.identity is first.identity for item in rest
        )
    return first if same and rest else None


# ---- reads of whole items


def one_check(block: Block, reads: Sequence[Sequence[Op]]) -> None:
    """Of reads of several columns at one place, those that nothing uses need not tell that it exists."""
    used = {a for op in walk(block) for a in op.inputs}
    used |= {a for op in walk(block) for inner in op.blocks for a in inner.results} | {*block.results}
    for group in reads:
        idle = [op for op in group if op.out not in used]
        for op in idle if len(idle) < len(group) else idle[1:]:
            op.checked = True
