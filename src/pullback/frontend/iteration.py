"""What loops run over: ranges, arrays, lists, and the builtins that combine them."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import EnumType
from typing import cast

from pullback import refusals
from pullback.frontend import (
    assign,
    conditions,
    fixed,
    foreign,
    generators,
    members,
    operators,
    readings,
    rows,
)
from pullback.frontend.asking import asking, is_iterator
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import (
    ON_LISTS,
    ON_OBJECTS,
    ON_TABLES,
    ON_WALKS,
    as_atom,
    builtin,
    is_unknown,
    item_at,
    key_value,
    length_of,
    lower,
    simple_op,
    size_of,
)
from pullback.frontend.operators import LONGEST
from pullback.frontend.rows import Listed, runtime_list
from pullback.frontend.values import (
    Dct,
    DictView,
    Generator,
    Items,
    Lazy,
    Ref,
    Rows,
    Sparse,
    Static,
    Stream,
    Table,
    Tree,
    Tup,
    Value,
    Walk,
)
from pullback.frontend.walking import describe, leaves, plain, trees
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array, List, Scalar

ZIPPED = """
def zipped():
    place = 0
    if place < {before}:
        for item in source:
            if place >= {after}:
                return
{taken}
            yield ({row},)
            place = place + 1
            if place >= {before}:
                return
"""


def items_of(frame: Frame, value: Value, node: ast.AST) -> Items | Tup:
    """What a loop over a value runs over; a Tup is run through item by item."""
    match value := plain(ON_OBJECTS["iterated"](frame, node, value)):
        case Items():
            return value
        case Walk() | DictView() | Dct():
            found: Items | Tup = ON_WALKS["items"](frame, node, value)
            return found
        case Tup():
            runtime = listed_items(frame, value)
            if runtime is None:
                return value
            items = items_of(frame, runtime, node)
            return items if isinstance(items, Tup) else replace(items, sources=(value,))
        case Table():
            keys: Items | Tup = ON_TABLES["in_order"](frame, node, value)
            return keys
        case Static(str() | frozenset() | EnumType()):
            known = known_items(value)
            assert known is not None
            return known
        case Var() | Rows() if (counted := _counted(frame, value, node)) is not None:
            return counted
        case Stream() if is_single(value):
            return _streamed(frame, value, node)
        case Sparse():
            frame.reject(refusals.ENTRIES_UNKNOWN, node)
        case Stream() | Generator():
            frame.reject(refusals.GENERATOR_AS_ITEMS, node, value=describe(value))
    frame.reject(refusals.CANNOT_BE_LOOPED_OVER, node, value=describe(value))


def _counted(frame: Frame, value: Var | Rows, node: ast.AST) -> Items | None:
    """The items of an array, a run-time list or an unknown object, by their indices."""
    item: Callable[[Atom], Value]
    match value:
        case Var(type=Array() as t) if t.ndim > 0:
            n = size_of(frame, value, 0)
            item = lambda i: frame.op("getitem", value, i, path=(("i",),), checked=True)
            return Items(Const(0), n, Const(1), item, (value,))
        case Var() if is_unknown(value):
            held = foreign.listed(frame, value)
            count = foreign.convert(frame, node, len, held)
            return Items(
                Const(0), count, Const(1), lambda i: foreign.item(frame, node, held, i), (held,)
            )
        case Rows() | Var(type=List()):
            if isinstance(value, Rows) and (span := _span(frame, value)) is not None:
                return span
            n = length_of(frame, value)
            item = lambda i: item_at(frame, node, value, i, checked=True)
            return Items(Const(0), n, Const(1), item, (value,))
    return None


def _span(frame: Frame, value: Rows) -> Items | None:
    """A loop over what a list of references leads to, if their places are known for a range."""
    ref, held = value.pattern, frame.spans.get(frame.heap.version(rows.columns(value)[0]))
    if held is None or not isinstance(ref, Ref):
        return None
    item = lambda i: members.read(frame, ref.remade([i]))
    return replace(cast("Items", held), item=item, over=(value,), plain=False)


def is_single(stream: Stream) -> bool:
    """Whether a generator expression has an item for each one that its one loop takes."""
    match stream.node.generators:
        case [ast.comprehension(ifs=[])]:
            return not isinstance(stream.first, Lazy)
    return False


def listed_items(frame: Frame, value: Tup) -> Listed | None:
    """A tuple or list as a run-time list, if a loop over it is one: containers are gone through one by
    one, as far as that is allowed."""
    if len(value.items) > LONGEST:
        members.kept_as_they_are(frame, Tup(value.items))
        return fixed.runtime(frame, value, functions=True)
    if not value.items or readings.are_unlike(frame, value.items):
        return None
    if rows.the_only_item(frame, value) is not None:
        return None
    kept = readings.as_items(frame, value.items) is not value.items
    return fixed.runtime(frame, value) if kept else runtime_list(frame, value)


def _streamed(frame: Frame, stream: Stream, node: ast.AST) -> Items | Tup:
    """A generator with one loop and no condition as what that loop runs over, item by item."""
    inner = items_of(frame, stream.first, node)
    if any(isinstance(n, ast.NamedExpr) for n in ast.walk(stream.node)):
        frame.reject(refusals.GENERATOR_AS_ITEMS, node, value=describe(stream))
    if isinstance(inner, Tup):
        return Tup(tuple(produced(frame, stream, item) for item in inner.items))
    item = inner.item
    return replace(
        inner, item=lambda i: produced(frame, stream, item(i)), plain=False, computed=True
    )


def produced(frame: Frame, stream: Stream, item: Value) -> Value:
    """What a generator with one loop and no condition produces for an item."""
    assign.bind(frame, stream.node.generators[0].target, item)
    return lower(frame, stream.node.elt)


@builtin(builtins.range)
def range_(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    if not 1 <= len(args) <= 3:
        frame.reject(refusals.RANGE_ARGUMENTS, node)
    atoms = [as_atom(frame, a, node, "an integer") for a in args]
    for a in atoms:
        if not (isinstance(a.type, Scalar) and a.type.cls in ("int", "bool")):
            frame.reject(refusals.RANGE_OF, node, value=describe(a))
    if len(atoms) == 1:
        atoms.insert(0, Const(0))
    step = atoms[2] if len(atoms) == 3 else Const(1)
    return Items(atoms[0], atoms[1], step, lambda i: i, plain=True)


def position(frame: Frame, node: ast.AST, items: Items, i: Atom) -> Atom:
    """How many items come before the one of index i."""
    if items.start == Const(0) and items.step == Const(1):
        return i
    offset = simple_op(frame, node, "sub", i, items.start)
    return offset if items.step == Const(1) else simple_op(
        frame, node, "floordiv", offset, items.step
    )


def normal(frame: Frame, node: ast.AST, items: Items) -> Items:
    """The same items with indices that count from 0."""
    if items.start == Const(0) and items.step == Const(1):
        return items
    n = range_length(frame, node, items)

    def item(k: Atom) -> Value:
        one = items.step == Const(1)
        scaled = k if one else operators.apply_binary(frame, node, ast.Mult, k, items.step)
        i = operators.apply_binary(frame, node, ast.Add, items.start, scaled)
        return items.item(as_atom(frame, i, node))

    return Items(
        Const(0), n, Const(1), item, items.over, computed=items.computed, whole=items.whole
    )


def range_length(frame: Frame, node: ast.AST, items: Items) -> Atom:
    """len(range(start, stop, step)); where that is 0 it may be below, as ``stop`` may."""
    if items.start == Const(0) and items.step == Const(1):
        return items.stop
    return simple_op(frame, node, "range_len", items.start, items.stop, items.step)


def zip_lazy(frame: Frame, node: ast.Call, args: Sequence[Value]) -> Value:
    """A generator beside sequences that have places: it goes on as long as those before it do, and takes
    one item more than those behind it have. Of objects that give their items, another one is asked."""
    first = min(k for k, a in enumerate(args) if isinstance(a, Lazy) or is_iterator(frame, a))
    args = [a if k == first else ON_WALKS["paused"](frame, node, a) for k, a in enumerate(args)]
    asked = [k for k, a in enumerate(args) if is_iterator(frame, a)]
    at = first
    names = {k: f"s{k}" for k in range(len(args)) if k != at}
    given = {n: args[k] if k in asked else _placed(frame, node, args[k]) for k, n in names.items()}
    taken = [asking(args[k], names[k], f"i{k}", "return", 3) for k in asked if k != at]
    text = _zipped(at, names, asked, "".join(taken))
    source = ON_OBJECTS["steps"](frame, node, args[at]) if at in asked else args[at]
    functions = {"len": Static(len), "min": Static(min), "StopIteration": Static(StopIteration)}
    return generators.written(frame, node, text, source=source, **given, **functions)


def _zipped(at: int, names: dict[int, str], asked: Sequence[int], taken: str) -> str:
    """The generator that goes through several iterables, of which the one at a place is looped over."""
    items = {k: f"i{k}" if k in asked else f"{n}[place]" for k, n in names.items()} | {at: "item"}
    placed = {k: n for k, n in names.items() if k not in asked}
    sizes = [
        ", ".join(f"len({n})" for k, n in placed.items() if (k < at) is first) for first in (True, False)
    ]
    before, after = (f"min([{size}])" if size else "place + 1" for size in sizes)
    row = ", ".join(item for _, item in sorted(items.items()))
    return ZIPPED.format(before=before, after=after, taken=taken, row=row)


def _placed(frame: Frame, node: ast.AST, value: Value) -> Value:
    """What has items at places: arrays, lists and tuples, all else as a list of its items."""
    has_places = isinstance(value, Tup | Rows) or (
        isinstance(value, Var) and isinstance(value.type, Array | List)
    )
    if any(isinstance(t, Walk) and t.kind == "map" for t in trees(value)):
        frame.reject(refusals.GENERATOR_AS_ITEMS, node, value="map beside a generator")
    return value if has_places else ON_LISTS[ast.Tuple](frame, node, value)


def transposed(frame: Frame, node: ast.AST, source: Rows) -> Tup:
    """``zip(*rows)``: lists of what stands at each place of the rows. Of none it would be empty."""
    pattern = plain(source.pattern)
    if not isinstance(pattern, Tup) or not all(map(leaves, pattern.items)):
        frame.reject(refusals.CANNOT_BE_LOOPED_OVER, node, value=describe(pattern))
    none = simple_op(frame, node, "eq", length_of(frame, source), Const(0))
    conditions.raise_where(frame, node, none, "ValueError", "zip of the items of an empty list")
    copy = rows.columns(rows.copied(frame, source))
    for column in copy:
        frame.owners |= dict.fromkeys(frame.of(column).own, refusals.CHANGED_COLUMN)
    parts: list[Value] = []
    for part in pattern.items:
        count = len(leaves(part))
        own, copy = tuple(copy[:count]), copy[count:]
        parts.append(Rows(part, own) if isinstance(part, Tree) else own[0])
    return Tup(tuple(parts))


def known_items(value: Value) -> Tup | None:
    """The items of an iterable whose number is known here."""
    match value := plain(value):
        case Tup():
            return value
        case Dct():
            return Tup(tuple(key_value(k) for k in value.items))
        case DictView(name="keys", owner=Dct() as owner):
            return known_items(owner)
        case DictView(name="values", owner=Dct() as owner):
            return Tup(tuple(owner.items.values()))
        case DictView(owner=Dct() as owner):
            return Tup(tuple(Tup((key_value(k), v)) for k, v in owner.items.items()))
        case Static(str() as text):
            return Tup(tuple(map(Static, text)))
        case Static(frozenset() as items):
            return Tup(tuple(map(key_value, items)))
        case Static(EnumType() as members):
            return Tup(tuple(map(Static, members)))
    return None


def as_many(
    frame: Frame, node: ast.AST, value: Value, count: int, message: str
) -> Sequence[Value] | None:
    """The items of an iterable, a number of them; else it raises. None if they have no places."""
    if isinstance(value, Lazy):
        value = ON_LISTS[ast.Tuple](frame, node, value)
    items = items_of(frame, value, node)
    if isinstance(items, Tup):
        if len(items.items) != count:
            frame.raises("TypeError", message)
        return items.items
    if items.start != Const(0) or items.step != Const(1):
        return None
    other = simple_op(frame, node, "ne", items.stop, Const(count))
    conditions.raise_where(frame, node, other, "TypeError", message)
    return [items.item(Const(k)) for k in range(count)]


def same_size(a: Atom, b: Atom, frame: Frame) -> bool:
    """Whether two sizes are the same value, or the same dimension."""
    return a is b or (isinstance(a, Const) and a == b)


def backwards(frame: Frame, node: ast.AST, inner: Items) -> Items:
    """What a loop runs over, from its end."""
    if inner.step == Const(1):
        last = operators.apply_binary(frame, node, ast.Sub, inner.stop, Const(1))
        before = operators.apply_binary(frame, node, ast.Sub, inner.start, Const(1))
        assert isinstance(last, Var | Const)
        assert isinstance(before, Var | Const)
        return replace(inner, start=last, stop=before, step=Const(-1))
    run = normal(frame, node, inner)

    def item(k: Atom) -> Value:
        n = simple_op(frame, node, "sub", run.stop, Const(1))
        return run.item(simple_op(frame, node, "sub", n, k))

    return replace(run, item=item)
