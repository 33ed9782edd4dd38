"""Tables: dicts and sets whose keys are computed.

    d[k] += v                     d_values[places[k]] += v

A table is which keys there are with the place of each, and run-time lists of keys and of values in the
order of these places. So all but finding the place is reading and changing lists. Nothing is removed.
"""

from __future__ import annotations

import ast
import builtins
import collections
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeGuard

from pullback import refusals
from pullback.frontend import (
    comprehensions,
    conditions,
    entries,
    indexing,
    inline,
    iteration,
    members,
    permits,
    rows,
)
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import (
    ON_TABLES,
    Keywords,
    apply,
    as_atom,
    builtin,
    element,
    item_at,
    length_of,
    simple_op,
)
from pullback.frontend.rows import Listed
from pullback.frontend.values import NONE, Dct, Items, Method, Partial, Static, Table, Tup, Value
from pullback.frontend.walking import describe, is_function, leaves, plain
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import PY_BOOL, Scalar, Text

COUNT = """
for item in source:
    target[item] += 1
"""
MISSES = """se:
    raise KeyError("the key is not in the dict")
"""
ZERO = Const(0)
# What classes give that are called without arguments.
_EMPTY: dict[Any, Callable[[], Value]] = {
    float: lambda: Const(0.0), int: lambda: ZERO, list: lambda: Tup((), is_list=True),
}  # fmt: skip


# ---- keys


def is_computed(key: Value) -> bool:
    """Whether a key is known only where the code runs."""
    return isinstance(key, Var) or (isinstance(key, Tup) and any(map(is_computed, key.items)))


def key_of(frame: Frame, node: ast.AST, value: Value) -> Value:
    """A number, a string or a tuple of them, as the lists of a table hold it."""
    value = plain(frame.decided(value))
    if isinstance(value, Tup) and not value.is_list and value.items:
        return Tup(tuple(key_of(frame, node, item) for item in value.items))
    if isinstance(value, Static) and isinstance(value.value, str):
        return Const(value.value)
    if not (isinstance(value, Var | Const) and isinstance(value.type, Scalar | Text)):
        frame.reject(refusals.KEY_OF_TABLE, node, value=describe(value))
    return value


def _one_key(frame: Frame, node: ast.AST, key: Value) -> Atom:
    """A key that is no tuple."""
    if isinstance(key, Tup):
        frame.reject(refusals.TABLE_OF_UNLIKE_ITEMS, node)
    return key  # type: ignore[return-value]


# ---- parts


def opened(
    frame: Frame, node: ast.AST, owner: Dct | Table, key: Value, item: Value, held: ast.AST
) -> Table:
    """A dict or set as a table; ``key`` and ``item`` are what an empty one is to hold."""
    table = as_opened(frame, node, owner, key, item, held)
    if table is None:
        frame.reject(refusals.TABLE_OF_UNLIKE_ITEMS, node)
    return table


def as_opened(
    frame: Frame, node: ast.AST, owner: Dct | Table, key: Value, item: Value, held: ast.AST
) -> Table | None:
    """A dict or set as a table, None if its entries differ in kind."""
    if isinstance(owner, Table) and owner.held:
        return owner
    table = rows.as_table(frame, owner, key, item, frame.name_of(owner))
    if table is None:
        return None
    if isinstance(owner, Dct):
        indexing.refuse_held(frame, node, owner, list(owner.items.values()))
    if owner.identity not in frame.foreign_trees or not isinstance(node, ast.Subscript):
        frame.change(owner, table, held)
    return table


def names(frame: Frame, table: Table) -> Listed:
    """The list of its keys as it is by now."""
    held = frame.latest(table.held[1])
    assert rows.is_listed(held)
    return held


def contents(frame: Frame, table: Table) -> Listed:
    """The list of its values as it is by now."""
    held = frame.latest(table.held[2])
    assert rows.is_listed(held)
    return held


def has(frame: Frame, table: Table, key: Value) -> Atom:
    """Whether a key is there, a constant where a condition around has told."""
    question = (*map(frame.heap.now, leaves(table.held[0])), *leaves(key))
    for asked, answer in frame.facts.items():
        if isinstance(asked, Var) and frame.asked.get(asked) == question:
            return Const(answer)
    found = frame.op("keys_has", *question)
    frame.asked[found] = question
    return found


def _there(frame: Frame, table: Table, key: Value) -> Value:
    """A key that a loop over a table has come to: it is there, as long as the table keeps its keys."""
    known = Var(PY_BOOL)
    frame.asked[known] = (*map(frame.heap.now, leaves(table.held[0])), *leaves(key))
    frame.learn(known, True)
    return key


def _where(
    frame: Frame, node: ast.AST, table: Table, key: Value, there: Callable[[], None],
    missing: Callable[[], None],
) -> None:  # fmt: skip
    """Lower one thing where a key is in a table, another where it is not."""
    truth = has(frame, table, key)
    if isinstance(truth, Const):
        (there if truth.value else missing)()
    else:
        conditions.branch(frame, truth, there, missing, dict(frame.env), frame.loc(node))


def _nothing() -> None:
    """What there is to do for a key that is there."""


def place_of(frame: Frame, node: ast.AST, table: Table, key: Value, checked: bool = False) -> Var:
    """Where a key stands, which raises a KeyError where there is none."""
    _refuse_unlike(frame, node, names(frame, table), key)
    place = frame.op("keys_find", *leaves(table.held[0]), *leaves(key))
    frame.b.ops[-1].checked = checked
    return place


def _refuse_unlike(frame: Frame, node: ast.AST, owner: Listed, item: Value) -> None:
    if not rows.holds(owner, item):
        frame.reject(refusals.CANNOT_HOLD, node, owner=describe(owner), value=describe(item))


# ---- reading


def read(frame: Frame, node: ast.Subscript, owner: Dct | Table, key: Value) -> Value:
    """``d[key]``."""
    key = key_of(frame, node.slice, key)
    if isinstance(owner, Table) and owner.default is not None:
        if owner.kind == "Counter":
            return got(frame, node, owner, key, ZERO)
        owner = ensured(frame, node, owner, key, _factory(frame, node, owner), node.value)
    if not (owner.held if isinstance(owner, Table) else owner.items):
        frame.raises("KeyError", "the key is not in the dict")
    if _holds_unlike_functions(owner, frame):
        return _function_at(_place_among(frame, node, owner, key, MISSES), owner)
    table = as_opened(frame, node, owner, key, NONE, node.value)
    if table is None and isinstance(owner, Dct):
        return entries.read(frame, node, owner, _one_key(frame, node, key))
    assert table is not None
    place = place_of(frame, node, table, key)
    kept = isinstance(frame.latest(owner), Dct)  # what comes from outside stays as it is
    if kept:
        indexing.keep_lists(frame, contents(frame, table), refusals.WRITTEN_FROM_OUTSIDE)
    item = item_at(frame, node, contents(frame, table), place, checked=True)
    if kept:
        members.kept_as_they_are(frame, item)
    return item


def _holds_unlike_functions(owner: Dct | Table, frame: Frame) -> TypeGuard[Dct]:
    """Whether a dict holds functions that no list can hold, so that it can be no table."""
    if not isinstance(owner, Dct) or not all(map(is_function, owner.items.values())):
        return False
    return rows.runtime(frame, Tup(tuple(owner.parts), True)) is None


def _place_among(frame: Frame, node: ast.AST, owner: Dct, key: Value, otherwise: str) -> Value:
    """The place of a key in a dict of constant keys, by comparing them one by one."""
    keys: Any = {f"key{n}": rows.key_of(k) for n, k in enumerate(owner.items)}
    tests = [f"if key == {name}:\n    place = {n}\nel" for n, name in enumerate(keys)]
    return inline.expand(frame, node, "".join(tests) + otherwise, "place", key=key, **keys)


def _function_at(place: Value, owner: Dct) -> Value:
    """The function at a place of a dict."""
    return Partial(Static(indexing.call_nth), (place, Tup(tuple(owner.parts))), {})


def _function_got(frame: Frame, node: ast.AST, owner: Dct, key: Value, default: Value) -> Value:
    """``d.get(key, default)`` of a dict of functions."""
    place = as_atom(frame, _place_among(frame, node, owner, key, "se:\n    place = -1"), node)
    missing = simple_op(frame, node, "lt", place, ZERO)
    return conditions.either_of(frame, missing, default, _function_at(place, owner))


def _factory(frame: Frame, node: ast.Subscript, owner: Table) -> Callable[[], Value]:
    """What makes values for keys that are not there."""
    factory = owner.default
    assert factory is not None

    def make() -> Value:
        if isinstance(factory, Static) and factory.value in _EMPTY:
            return _EMPTY[factory.value]()
        return apply(frame, ast.copy_location(ast.Call(node.value, [], []), node), factory, [], {})

    return make


def ensured(
    frame: Frame, node: ast.AST, owner: Dct | Table, key: Value, make: Callable[[], Value],
    held: ast.AST,
) -> Table:  # fmt: skip
    """A key that is not there yet gets what is made for it."""

    def add() -> None:
        grow(frame, node, table, key, make())

    item: Value = NONE
    if not (owner.held if isinstance(owner, Table) else owner.items):
        with frame.b.block():
            item = make()
    table = opened(frame, node, owner, key, item, held)
    _where(frame, node, table, key, _nothing, add)
    return table


def got(frame: Frame, node: ast.AST, owner: Dct | Table, key: Value, default: Value) -> Value:
    """``d.get(key, default)``."""
    key = key_of(frame, node, key)
    if not (owner.held if isinstance(owner, Table) else owner.items):
        return default
    if _holds_unlike_functions(owner, frame):
        return _function_got(frame, node, owner, key, default)
    table = opened(frame, node, owner, key, NONE, node)

    def found() -> None:
        place = place_of(frame, node, table, key, checked=True)
        frame.env["%choice"] = item_at(frame, node, contents(frame, table), place, checked=True)

    def missing() -> None:
        frame.env["%choice"] = default

    _where(frame, node, table, key, found, missing)
    return conditions.take(frame, "%choice", node)


def contains(frame: Frame, node: ast.AST, owner: Table, key: Value) -> Value:
    """``key in d``."""
    key = key_of(frame, node, key)
    if not owner.held:
        return Const(False)
    _refuse_unlike(frame, node, names(frame, owner), key)
    return has(frame, owner, key)


# ---- changing


def put(frame: Frame, node: ast.AST, owner: Dct | Table, key: Value, item: Value, held: ast.AST) -> None:
    """``d[key] = item``."""
    key = key_of(frame, node, key)
    opening = as_opened(frame, node, owner, key, item, held)
    if opening is None and isinstance(owner, Dct):
        return entries.put(frame, node, owner, _one_key(frame, node, key), item, held)
    assert opening is not None
    table = opening
    _refuse_unlike(frame, node, names(frame, table), key)

    def change() -> None:
        place = place_of(frame, node, table, key, checked=True)
        indexing.set_item(frame, node, contents(frame, table), place, item)

    def add() -> None:
        grow(frame, node, table, key, item)

    _where(frame, node, table, key, change, add)


def grow(frame: Frame, node: ast.AST, table: Table, key: Value, item: Value | None = None) -> None:
    """A key that is not there is put in."""
    _refuse_unlike(frame, node, names(frame, table), key)
    (places,) = leaves(table.held[0])
    assert isinstance(places, Var)
    root = frame.heap.root(places)
    permits.may_write(frame, root, node)
    out = frame.op("keys_add", places, *leaves(key), names=(root.name,))
    frame.heap.write(root, out)
    indexing.change_list(frame, node, names(frame, table), "list_push", value=key)
    if item is not None:
        value = rows.suited(frame, contents(frame, table), indexing.as_item(frame, item, node))
        _refuse_unlike(frame, node, contents(frame, table), value)
        indexing.change_list(frame, node, contents(frame, table), "list_push", value=value)


def update(
    frame: Frame, s: ast.AST, target: ast.Subscript, owner: Dct | Table, key: Value,
    augmented: Callable[[Value], Value | None],
) -> None:  # fmt: skip
    """``d[key] op= v``."""
    key = key_of(frame, target.slice, key)
    if isinstance(owner, Table) and owner.default is not None:
        owner = ensured(frame, target, owner, key, _factory(frame, target, owner), target.value)
    if not (owner.held if isinstance(owner, Table) else owner.items):
        frame.raises("KeyError", "the key is not in the dict")
    table = as_opened(frame, s, owner, key, NONE, target.value)
    if table is None and isinstance(owner, Dct):
        known = _one_key(frame, target, key)
        return entries.update(frame, target, owner, known, target.value, augmented)
    assert table is not None
    place = place_of(frame, target, table, key)
    new = augmented(item_at(frame, s, contents(frame, table), place, checked=True))
    if new is not None:
        indexing.set_item(frame, s, contents(frame, table), place, new)


# ---- methods


def call_method(
    frame: Frame, node: ast.Call, m: Method, owner: Dct | Table, args: Sequence[Value],
    keywords: Keywords,
) -> Value:  # fmt: skip
    """A method of a table."""
    name, held = m.name, m.node.value
    is_set = isinstance(owner, Table) and owner.kind == "set"
    if name in ("pop", "popitem", "clear", "remove", "discard"):
        frame.reject(refusals.ENTRY_REMOVED, node, value=describe(owner))
    if keywords or (is_set and name not in ("add", "copy")):
        frame.reject(refusals.METHOD_OF_DICT, node, name=name)
    table = owner if isinstance(owner, Table) else None
    match name, list(args):
        case "add", [key] if is_set and table is not None:
            return _added(frame, node, table, key_of(frame, node, key), held)
        case "get", [key]:
            return got(frame, node, owner, key, NONE)
        case "get", [key, default]:
            return got(frame, node, owner, key, default)
        case "setdefault", [key, default]:
            key = key_of(frame, node, key)
            table = ensured(frame, node, owner, key, lambda: default, held)
            place = place_of(frame, node, table, key, checked=True)
            return item_at(frame, node, contents(frame, table), place, checked=True)
        case "keys" | "values" | "items" | "copy", [] if table is not None and not table.held:
            return Tup(()) if name != "copy" else Table(table.kind, (), table.default)
        case "keys", [] if table is not None:
            return names(frame, table)
        case "values", [] if table is not None:
            return contents(frame, table)
        case "items", [] if table is not None:
            return _entries(frame, node, table)
        case "copy", [] if table is not None:
            return copied(frame, table)
    frame.reject(refusals.METHOD_OF_DICT, node, name=name)


def _entries(frame: Frame, node: ast.Call, table: Table) -> Value:
    """``d.items()``."""
    pairs = iteration.zip_(frame, node, [names(frame, table), contents(frame, table)], {})
    assert isinstance(pairs, Items)

    def pair(i: Atom) -> Value:
        found = pairs.item(i)
        assert isinstance(found, Tup)
        _there(frame, table, found.items[0])
        return found

    return replace(pairs, item=pair)


def _added(frame: Frame, node: ast.AST, owner: Table, key: Value, held: ast.AST) -> Value:
    table = opened(frame, node, owner, key, NONE, held)
    add = lambda: grow(frame, node, table, key)
    _where(frame, node, table, key, _nothing, add)
    return NONE


def copied(frame: Frame, table: Table) -> Table:
    """Another table of the same entries."""
    lists = [rows.copied(frame, l) for l in table.held[1:] if rows.is_listed(l)]
    return Table(table.kind, (frame.op("copy", *leaves(table.held[0])), *lists), table.default)


def in_order(frame: Frame, node: ast.AST, table: Table) -> Items | Tup:
    """What a loop over a table runs over: the keys, those of a set in the order that it has."""
    if not table.held:
        return Tup(())
    keys = names(frame, table)
    if table.kind != "set":
        items = iteration.items_of(frame, keys, node)
        assert isinstance(items, Items)
        return replace(items, item=lambda i: _there(frame, table, items.item(i)))
    order = frame.op("keys_of_set", *leaves(table.held[0]))

    def read(i: Atom) -> Value:
        place = element(frame, node, order, i, checked=True)
        return item_at(frame, node, keys, place, checked=True)

    return Items(ZERO, frame.op("list_len", order), Const(1), read, (*table.held, order))


def length(frame: Frame, table: Table) -> Atom:
    return length_of(frame, names(frame, table)) if table.held else ZERO


# ---- what makes them


@builtin(collections.defaultdict)
def default_dict(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    if len(args) != 1 or keywords:
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="defaultdict", arguments="a factory")
    return Table("defaultdict", (), args[0])


@builtin(collections.Counter)
def counter(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    if len(args) > 1 or keywords:
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="Counter", arguments="an iterable")
    empty = Table("Counter", (), Static(builtins.int))
    if not args:
        return empty
    return inline.expand(frame, node, COUNT, "target", target=empty, source=args[0])


@builtin(builtins.set)
def set_of(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """A set, which is one of constants if all of them are known here."""
    if len(args) > 1 or keywords:
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="set", arguments="iterable")
    empty = Table("set", ())
    if not args:
        return empty
    items = comprehensions.fixed(frame, node, args[0])
    if isinstance(items, Tup) and not any(map(is_computed, items.items)):
        return comprehensions.set_of(frame, node, items.items)
    return inline.expand(frame, node, comprehensions.FILL, "target", target=empty, source=items)


ON_TABLES |= {
    "is_computed": is_computed, "read": read, "put": put, "update": update, "contains": contains,
    "length": length, "in_order": in_order,
}  # fmt: skip
