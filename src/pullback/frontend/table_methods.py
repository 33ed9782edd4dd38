"""The entries of tables: methods, what goes through them, and what removes them.

    del d[k]                      del places[k]

Where nothing is removed, the entries stand in their lists one by one. Else what was removed stays in
the lists, and places alone tell what is there: who removes first starts over (``Told.thinned``).
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

from pullback import refusals
from pullback.frontend import changing, conditions, inline, iteration, lists, members, rows, tables
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import (
    BUILTINS,
    ON_TABLES,
    Keywords,
    element,
    item_at,
    length_of,
    simple_op,
    static,
)
from pullback.frontend.rows import Listed
from pullback.frontend.session import StartOver, Told
from pullback.frontend.tables import contents, key_of, names, nothing, opened, place_of, there, where
from pullback.frontend.values import (
    NONE,
    Dct,
    DictView,
    Items,
    Method,
    Ordered,
    Static,
    Table,
    Tup,
    Value,
)
from pullback.frontend.walking import leaves
from pullback.ir.core import Atom, Const

ZERO, YES = Const(0), Const(True)
Handler = Callable[..., Value]
MOST_COMMON = """
out = sorted(source, key=key, reverse=True)
if count is not None:
    out = out[:count]
"""
NO_KEY = "the key is not in the dict"


def call_method(
    frame: Frame, node: ast.Call, m: Method, owner: Dct | Table, args: Sequence[Value],
    keywords: Keywords,
) -> Value:  # fmt: skip
    """A method of a table."""
    is_set = isinstance(owner, Table) and owner.kind == "set"
    handlers = _OF_SETS if is_set else _OF_DICTS
    args = [*args, *with_last(m, keywords)]
    if keywords or m.name not in handlers or len(args) not in handlers[m.name][1]:
        frame.reject(refusals.METHOD_OF_DICT, node, name=m.name)
    return handlers[m.name][0](frame, node, owner, m.node.value, *args)


def with_last(m: Method, keywords: Keywords) -> list[Value]:
    """The argument ``last`` of methods of an OrderedDict, where it is given by name."""
    named = m.name in ("popitem", "move_to_end") and "last" in keywords
    return [keywords.pop("last")] if named else []


# ---- keys one by one


def _got(
    frame: Frame, node: ast.AST, owner: Dct | Table, held: ast.AST, key: Value, default: Value = NONE
) -> Value:
    return tables.got(frame, node, owner, key, default)


def _default(
    frame: Frame, node: ast.AST, owner: Dct | Table, held: ast.AST, key: Value, default: Value
) -> Value:
    """``d.setdefault(key, default)``."""
    key = key_of(frame, node, key)
    table = tables.ensured(frame, node, owner, key, lambda: default, held)
    place = place_of(frame, node, table, key, checked=True)
    return item_at(frame, node, contents(frame, table), place, checked=True)


def _added(frame: Frame, node: ast.AST, owner: Table, held: ast.AST, key: Value) -> Value:
    """``s.add(key)``."""
    key = key_of(frame, node, key)
    table = opened(frame, node, owner, key, NONE, held)
    where(frame, node, table, key, nothing, lambda: tables.grow(frame, node, table, key))
    return NONE


# ---- all of them


def is_thinned(frame: Frame, table: Table) -> bool:
    """Whether entries of tables of this kind are removed."""
    return _kind(table) in frame.session.told.thinned


def _kind(owner: Dct | Table) -> str:
    return "set" if isinstance(owner, Table) and owner.kind == "set" else "dict"


def length(frame: Frame, table: Table) -> Atom:
    if not table.held:
        return ZERO
    if is_thinned(frame, table):
        return frame.op("keys_len", *leaves(table.held[0]))
    return length_of(frame, names(frame, table))


def in_order(frame: Frame, node: ast.AST, table: Table) -> Items | Tup:
    """What a loop over a table runs over: the keys, those of a set in the order that it has."""
    if table.held and table.kind == "set":
        if is_thinned(frame, table):
            frame.reject(refusals.ORDER_OF_THINNED_SET, node)
        return _by_places(frame, node, table, "keys_of_set", [names(frame, table)], 1)
    return _through(frame, node, table, table.held[1:2], 1)


def in_any_order(frame: Frame, node: ast.AST, value: Value) -> Value:
    """The keys of a set for whom their order is all one; other values as they are."""
    if not (isinstance(value, Table) and value.kind == "set" and value.held):
        return value
    return _through(frame, node, value, value.held[1:], 1)


def _through(
    frame: Frame, node: ast.AST, table: Table, held: Sequence[Value], keyed: int
) -> Items | Tup:
    """The entries of a table in their order, from some of its lists."""
    if not table.held:
        return Tup(())
    found = [cast("Listed", frame.latest(l)) for l in held]
    if is_thinned(frame, table):
        return _by_places(frame, node, table, "keys_places", found, keyed)
    if len(found) == 1:
        items: Value = iteration.items_of(frame, found[0], node)
    else:
        pairs = BUILTINS[zip](frame, cast("ast.Call", node), [*found], {})
        items = iteration.items_of(frame, pairs, node)
    assert isinstance(items, Items)
    return replace(items, item=_telling(frame, table, items.item, keyed))


def _by_places(
    frame: Frame, node: ast.AST, table: Table, prim: str, lists: Sequence[Listed], keyed: int
) -> Items:
    """Entries of a table in the order of a list of places."""
    order = frame.op(prim, *leaves(table.held[0]))

    def read(i: Atom) -> Value:
        place = element(frame, node, order, i, checked=True)
        found = [item_at(frame, node, l, place, checked=True) for l in lists]
        return found[0] if len(found) == 1 else Tup(tuple(found))

    over = (*table.held, order)
    telling = _telling(frame, table, read, keyed)
    return Items(ZERO, length_of(frame, order), Const(1), telling, over)


def _telling(
    frame: Frame, table: Table, read: Callable[[Atom], Value], keyed: int
) -> Callable[[Atom], Value]:
    """Reads items; of keys among them it is known that they are there: ``keyed`` is 1 for keys alone,
    2 for tuples that begin with one."""

    def telling(i: Atom) -> Value:
        found = read(i)
        if keyed:
            there(frame, table, cast("Tup", found).items[0] if keyed == 2 else found)
        return found

    return telling


def _view(name: str) -> Handler:
    """A method that gives a view of a dict."""
    return lambda frame, node, owner, held: DictView(name, owner)


def entries(frame: Frame, node: ast.AST, value: Value) -> Listed | Items | Tup | None:
    """What a view of a table shows by now: lists as they stand in the table; None for all else."""
    match value:
        case DictView(name="items", owner=Table() as table):
            return _through(frame, node, table, table.held[1:], 2)
        case DictView(name=name, owner=Table() as table):
            if table.held and not is_thinned(frame, table):
                return (names if name == "keys" else contents)(frame, table)
            if name == "keys":
                return in_order(frame, node, table)
            return _through(frame, node, table, table.held[2:], 0)
    return None


def copied(frame: Frame, table: Table) -> Table:
    """Another table of the same entries."""
    if not table.held:
        return Table(table.kind, (), table.default)
    copies = [rows.copied(frame, l) for l in table.held[1:] if rows.is_listed(l)]
    return Table(table.kind, (frame.op("copy", *leaves(table.held[0])), *copies), table.default)


def _copied(frame: Frame, node: ast.AST, owner: Table, held: ast.AST) -> Value:
    return copied(frame, owner)


# ---- removing them


def _thin(frame: Frame, owner: Dct | Table) -> None:
    """Start over, if nothing has told that entries are removed."""
    if _kind(owner) not in frame.session.told.thinned:
        raise StartOver(Told(thinned=frozenset([_kind(owner)])))


def _opened(frame: Frame, node: ast.AST, owner: Dct | Table, held: ast.AST) -> Table | None:
    """A table of which something is removed, None if nothing is in it."""
    if not (owner.held if isinstance(owner, Table) else owner.items):
        return None
    _thin(frame, owner)
    return opened(frame, node, owner, NONE, NONE, held)


def _remove(frame: Frame, node: ast.AST, table: Table, key: Value) -> None:
    """A key that is there goes."""
    for column in rows.columns(names(frame, table)):
        changing.may_resize(frame, column)
    tables.change_keys(frame, node, table, "keys_remove", *leaves(key))


def delete(frame: Frame, node: ast.Subscript, owner: Dct | Table, key: Value) -> None:
    """``del d[key]``."""
    key = key_of(frame, node.slice, key)
    table = _opened(frame, node, owner, node.value)
    if table is None:
        frame.raises("KeyError", NO_KEY)
    place_of(frame, node, table, key)
    _remove(frame, node, table, key)


def _popped(
    frame: Frame, node: ast.AST, owner: Dct | Table, held: ast.AST, key: Value,
    default: Value | None = None,
) -> Value:  # fmt: skip
    """``d.pop(key)`` and ``d.pop(key, default)``."""
    key = key_of(frame, node, key)
    table = _opened(frame, node, owner, held)
    if table is None and default is not None:
        return default
    if table is None:
        frame.raises("KeyError", NO_KEY)

    def take(checked: bool) -> Value:
        place = place_of(frame, node, table, key, checked)
        item = _taken(frame, node, table, place)
        _remove(frame, node, table, key)
        return item

    if default is None:
        return take(False)

    def found() -> None:
        frame.env["%choice"] = take(True)

    def missing() -> None:
        frame.env["%choice"] = default

    where(frame, node, table, key, found, missing)
    return conditions.take(frame, "%choice", node)


def _taken(frame: Frame, node: ast.AST, table: Table, place: Atom) -> Value:
    """The item at a place, which the table loses."""
    held = contents(frame, table)
    return members.removed(frame, held, item_at(frame, node, held, place, checked=True))


def _popped_last(
    frame: Frame, node: ast.AST, owner: Dct | Table, held: ast.AST, last: Value = YES
) -> Value:
    """``d.popitem()``, and ``popitem(last=False)`` of an OrderedDict."""
    if last != YES and not _is_ordered(owner):
        frame.reject(refusals.METHOD_OF_DICT, node, name="popitem")
    message = "popitem(): dictionary is empty"
    table = _opened(frame, node, owner, held)
    if table is None:
        frame.raises("KeyError", message)
    some = simple_op(frame, node, "gt", length(frame, table), ZERO)
    conditions.raise_where(frame, node, some, "KeyError", message, unless=True)
    place = frame.op("keys_last", *leaves(table.held[0]), first=not static(frame, node, last))
    key = item_at(frame, node, names(frame, table), place, checked=True)
    item = _taken(frame, node, table, place)
    _remove(frame, node, table, key)
    return Tup((key, item))


def _is_ordered(owner: Dct | Table) -> bool:
    return isinstance(owner, Ordered) or (isinstance(owner, Table) and owner.kind == "OrderedDict")


def _moved(
    frame: Frame, node: ast.AST, owner: Dct | Table, held: ast.AST, key: Value, last: Value = YES
) -> Value:
    """``d.move_to_end(key)`` of an OrderedDict: its key is put in anew, for the same place."""
    if not _is_ordered(owner):
        frame.reject(refusals.METHOD_OF_DICT, node, name="move_to_end")
    if not static(frame, node, last):
        frame.reject(refusals.MOVED_TO_FRONT, node)
    key = key_of(frame, node, key)
    table = _opened(frame, node, owner, held)
    if table is None:
        frame.raises("KeyError", NO_KEY)
    place = place_of(frame, node, table, key)
    _remove(frame, node, table, key)
    tables.change_keys(frame, node, table, "keys_add", *leaves(key), place)
    return NONE


def _removed(frame: Frame, node: ast.AST, owner: Table, held: ast.AST, key: Value) -> Value:
    """``s.remove(key)``."""
    key = key_of(frame, node, key)
    table = _opened(frame, node, owner, held)
    if table is None:
        frame.raises("KeyError", "the item is not in the set")
    place_of(frame, node, table, key)
    _remove(frame, node, table, key)
    return NONE


def _discarded(frame: Frame, node: ast.AST, owner: Table, held: ast.AST, key: Value) -> Value:
    """``s.discard(key)``."""
    key = key_of(frame, node, key)
    table = _opened(frame, node, owner, held)
    if table is not None:
        where(frame, node, table, key, lambda: _remove(frame, node, table, key), nothing)
    return NONE


def _most_common(
    frame: Frame, node: ast.AST, owner: Dct | Table, held: ast.AST, count: Value = NONE
) -> Value:
    """``c.most_common(n)`` of a Counter."""
    if not (isinstance(owner, Table) and owner.kind == "Counter"):
        frame.reject(refusals.METHOD_OF_DICT, node, name="most_common")
    key = Static(operator.itemgetter(1))
    items = DictView("items", owner)
    return inline.expand(frame, node, MOST_COMMON, "out", source=items, key=key, count=count)


def _cleared(frame: Frame, node: ast.AST, owner: Table, held: ast.AST) -> Value:
    """``d.clear()``."""
    if owner.held:
        tables.change_keys(frame, node, owner, "keys_new")
    for l in owner.held[1:]:
        changed = lists.Changed(frame, node, held, l)
        changed.becomes(rows.emptied(frame, changed.opened()))
    return NONE


_OF_ALL: dict[str, tuple[Handler, range]] = {"copy": (_copied, range(1)), "clear": (_cleared, range(1))}
_OF_SETS = _OF_ALL | {
    "add": (_added, range(1, 2)), "remove": (_removed, range(1, 2)),
    "discard": (_discarded, range(1, 2)),
}  # fmt: skip
_OF_DICTS = _OF_ALL | {
    "get": (_got, range(1, 3)), "setdefault": (_default, range(2, 3)), "pop": (_popped, range(1, 3)),
    "popitem": (_popped_last, range(2)), "move_to_end": (_moved, range(1, 3)),
    "most_common": (_most_common, range(2)),
    "keys": (_view("keys"), range(1)), "values": (_view("values"), range(1)),
    "items": (_view("items"), range(1)),
}  # fmt: skip
ON_TABLES |= {
    "copied": copied,
    "entries": entries, "is_thinned": is_thinned,
    "length": length, "in_order": in_order, "in_any_order": in_any_order, "delete": delete,
}  # fmt: skip
