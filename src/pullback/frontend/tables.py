"""Tables: dicts and sets whose keys are computed.

    d[k] += v                     d_values[places[k]] += v

A table is which keys there are with the place of each, and run-time lists of keys and of values in the
order of these places. So all but finding the place is reading and changing lists. What goes through the
entries, and what removes them, is in ``table_methods``.
"""

from __future__ import annotations

import ast
import builtins
import collections
from collections.abc import Callable
from typing import Any, TypeGuard

from pullback import refusals
from pullback.frontend import (
    assorted,
    changing,
    comprehensions,
    conditions,
    entries,
    fixed,
    indexing,
    inline,
    members,
    permits,
    references,
    rows,
    several,
    unkept,
)
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import (
    BUILTINS,
    ON_TABLES,
    Keywords,
    apply,
    as_atom,
    builtin,
    item_at,
    length_of,
    replayed,
    simple_op,
)
from pullback.frontend.rows import Listed
from pullback.frontend.values import NONE, Dct, Static, Table, Tup, Value
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


def key_of(frame: Frame, node: ast.AST, value: Value, inside: bool = False) -> Value:
    """A number, a string or a tuple of them, as the lists of a table hold it; ``inside`` of a tuple an
    empty one as well."""
    value = plain(frame.decided(value))
    if isinstance(value, Tup) and not value.is_list and (value.items or inside):
        return Tup(tuple(key_of(frame, node, item, inside=True) for item in value.items))
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
    table = fixed.as_table(frame, owner, key, assorted.opened(frame, item), frame.name_of(owner))
    if table is None:
        return None
    if isinstance(owner, Dct):
        changing.refuse_held(frame, node, owner, list(owner.items.values()))
    reads = isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load)
    if not reads or not (owner.identity in frame.foreign_trees or frame.asks_again):
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


def there(frame: Frame, table: Table, key: Value) -> Value:
    """A key that a loop over a table has come to: it is there, as long as the table keeps its keys."""
    known = Var(PY_BOOL)
    frame.asked[known] = (*map(frame.heap.now, leaves(table.held[0])), *leaves(key))
    frame.learn(known, True)
    return key


def where(
    frame: Frame, node: ast.AST, table: Table, key: Value, there: Callable[[], None],
    missing: Callable[[], None],
) -> None:  # fmt: skip
    """Lower one thing where a key is in a table, another where it is not."""
    truth = has(frame, table, key)
    if isinstance(truth, Const):
        (there if truth.value else missing)()
    else:
        conditions.branch(frame, truth, there, missing, dict(frame.env), frame.loc(node))


def nothing() -> None:
    """What there is to do for a key that is there."""


def place_of(frame: Frame, node: ast.AST, table: Table, key: Value, checked: bool = False) -> Var:
    """Where a key stands, which raises a KeyError where there is none."""
    _refuse_unlike(frame, node, names(frame, table), key)
    place = frame.op("keys_find", *leaves(table.held[0]), *leaves(key))
    frame.b.ops[-1].checked = checked
    return place


def _refuse_unlike(frame: Frame, node: ast.AST, owner: Listed, item: Value) -> None:
    if not rows.holds(owner, item):
        unkept.demand_kept(frame.session.told, frame.b.loc, owner, item)
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
    return fixed.runtime(frame, Tup(tuple(owner.parts), True)) is None


def _place_among(frame: Frame, node: ast.AST, owner: Dct, key: Value, otherwise: str) -> Value:
    """The place of a key in a dict of constant keys, by comparing them one by one."""
    keys: Any = {f"key{n}": rows.key_of(k) for n, k in enumerate(owner.items)}
    tests = [f"if key == {name}:\n    place = {n}\nel" for n, name in enumerate(keys)]
    return inline.expand(frame, node, "".join(tests) + otherwise, "place", key=key, **keys)


def _function_at(place: Value, owner: Dct) -> Value:
    """The function at a place of a dict."""
    return several.one_of(place, owner.parts)


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
    if isinstance(item, Table) or (isinstance(item, Dct) and not item.items):
        frame.reject(refusals.PUT_INTO_LIST, node, value=describe(item))
    table = opened(frame, node, owner, key, item, held)
    where(frame, node, table, key, nothing, add)
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

    where(frame, node, table, key, found, missing)
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
    key, item = key_of(frame, node, key), references.referred(frame, item)
    if assorted.is_mixed(frame, item):
        assorted.demand(frame, frame.latest(owner), item)
    opening = as_opened(frame, node, owner, key, item, held)
    if opening is None and isinstance(owner, Dct):
        return entries.put(frame, node, owner, _one_key(frame, node, key), item, held)
    assert opening is not None
    table = opening
    _refuse_unlike(frame, node, names(frame, table), key)
    changing.widen(frame, node, contents(frame, table), item)
    rows.put(frame, node, item, map(frame.heap.root, rows.columns(contents(frame, table))))

    def change() -> None:
        place = place_of(frame, node, table, key, checked=True)
        changing.set_item(frame, node, contents(frame, table), place, item)

    def add() -> None:
        grow(frame, node, table, key, item)

    where(frame, node, table, key, change, add)


def change_keys(frame: Frame, node: ast.AST, table: Table, prim: str, *inputs: Atom) -> None:
    """The keys of a table are others from here on."""
    (places,) = leaves(table.held[0])
    assert isinstance(places, Var)
    root = frame.heap.root(places)
    permits.may_write(frame, root, node)
    given = (places, *inputs) if inputs else ()
    out = frame.op(prim, *given, names=(root.name,), checked=True)
    frame.heap.write(root, out)


def grow(frame: Frame, node: ast.AST, table: Table, key: Value, item: Value | None = None) -> None:
    """A key that is not there is put in."""
    _refuse_unlike(frame, node, names(frame, table), key)
    place = length_of(frame, (names if item is None else contents)(frame, table))
    change_keys(frame, node, table, "keys_add", *leaves(key), place)
    changing.change_list(frame, node, names(frame, table), "list_push", value=key)
    if item is not None:
        held = contents(frame, table)
        value = changing.as_item(frame, item, node, held)
        _, value = changing.taking(frame, node, held, value)
        _refuse_unlike(frame, node, contents(frame, table), value)
        changing.change_list(frame, node, contents(frame, table), "list_push", value=value)


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
    read = lambda: item_at(frame, s, contents(frame, table), place, checked=True)
    new = augmented(replayed(frame, read))
    if new is not None:
        changing.set_item(frame, s, contents(frame, table), place, new)


# ---- what makes them


@builtin(collections.defaultdict)
def default_dict(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    if len(args) not in (1, 2):
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="defaultdict", arguments="a factory")
    factory, *entries = args
    held = BUILTINS[dict](frame, node, entries, keywords)
    assert isinstance(held, Dct | Table)
    if isinstance(factory, Static) and factory.value is None:
        return held
    if isinstance(held, Dct) and held.items:
        table = fixed.as_table(frame, held, None, None)
        if table is None:
            frame.reject(refusals.TABLE_OF_UNLIKE_ITEMS, node)
        held = table
    parts = held.held if isinstance(held, Table) else ()
    return Table("defaultdict", parts, factory)


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
    known = isinstance(items, Tup) and not any(map(is_computed, items.items))
    if isinstance(items, Tup) and known and not comprehensions.is_changed(frame, node):
        return comprehensions.set_of(frame, node, items.items)
    return inline.expand(frame, node, comprehensions.FILL, "target", target=empty, source=items)


ON_TABLES |= {
    "is_computed": is_computed, "read": read, "put": put, "update": update, "contains": contains,
}  # fmt: skip
