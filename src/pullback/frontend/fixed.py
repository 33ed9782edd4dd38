"""Fixed lists and dicts, as the run-time lists and tables that they become.

    l = [a, b]; l.append(c)           list_push(list_new(a, b), c)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pullback.frontend import readings, rows
from pullback.frontend.rows import Listed
from pullback.frontend.values import NONE, Dct, Ordered, Rows, Table, Tree, Tup, Value
from pullback.frontend.walking import leaves
from pullback.ir.core import Const

if TYPE_CHECKING:
    from pullback.frontend.frame import Frame


def runtime(
    frame: Frame, value: Tup, name: str = "", first: Value | None = None, owner: Tree | None = None,
    unlike: bool = False,
) -> Listed | None:  # fmt: skip
    """A run-time list of the items of a list or tuple if they are of one form, else None.

    ``first`` is an item that an empty one is to hold, ``owner`` what holds them, if not ``value``;
    ``unlike`` functions may be in it.
    """
    value = Tup(readings.as_items(frame, value.items), value.is_list, value.identity)
    if value.items or first is None:
        first = None
    else:
        first = rows.as_row(frame, *readings.as_items(frame, (first,)))
    if isinstance(first, Tree):
        return rows.gathered(frame, [], first, name)
    plain = None if _is_told(frame, value) else rows.runtime_lists(frame, value, name)
    if plain is not None and rows.are_shared(frame, value, owner or value):
        frame.places.share(plain)
    return rows.runtime_rows(frame, value, name, unlike) if plain is None else plain


def _is_told(frame: Frame, value: Tup) -> bool:
    """Whether lists in a list that are empty here are known to hold containers later on."""
    empty = any(isinstance(v, Tup) and v.is_list and not v.items for v in value.items)
    return empty and frame.session.told.form_at(frame.b.loc) is not None


def as_table(
    frame: Frame, owner: Dct | Table, key: Value | None, item: Value | None, name: str = ""
) -> Table | None:
    """A dict of entries of one kind, or one that is empty, as a table; ``key`` and ``item`` are what an
    empty one is to hold."""
    items = owner.items if isinstance(owner, Dct) else {}
    keys = _keys(owner) if isinstance(owner, Dct) else []
    names = runtime(frame, Tup(tuple(keys), True), f"{name}_keys" if name else "keys", key)
    if names is None:
        return None
    places = frame.op("keys_new", names=(f"{name}_places" if name else "places",))
    for n, k in enumerate(keys):
        places = frame.op("keys_add", places, *leaves(k), Const(n), names=(places.name,))
    if isinstance(owner, Table) and owner.kind == "set":
        return Table(owner.kind, (places, names), None, owner.identity)
    values = runtime(frame, Tup(tuple(items.values()), True), name or "values", item, owner)
    kind, default = "OrderedDict" if isinstance(owner, Ordered) else "dict", None
    if isinstance(owner, Table):
        kind, default = owner.kind, owner.default
    return None if values is None else Table(kind, (places, names, values), default, owner.identity)


def is_growing(before: Value, after: Value) -> bool:
    """Whether a fixed list or dict is a run-time list or a table later on."""
    if isinstance(before, Rows):
        return isinstance(after, Rows) and rows.widened(before, after.pattern) is not None
    if isinstance(before, Tup):
        return before.is_list and rows.is_listed(after)
    if isinstance(before, Dct) and isinstance(after, Dct):
        return _makes_table(before, after)
    unopened = isinstance(before, Dct) or (isinstance(before, Table) and not before.held)
    return unopened and isinstance(after, Table) and bool(after.held)


def _makes_table(a: Dct, b: Dct) -> bool:
    """Whether two dicts have other keys, and a table can hold the entries of either."""
    if a.items.keys() == b.items.keys():
        return False
    keys, items = ([*part(a), *part(b)] for part in (_keys, lambda d: d.items.values()))
    return _of_one_kind(keys) and _of_one_kind(items)


def _keys(owner: Dct) -> list[Value]:
    return [rows.key_of(k) for k in owner.items]


def _of_one_kind(values: Sequence[Value]) -> bool:
    """Whether the columns of one list can hold these values, and none of them can be changed."""
    first = values[0]
    if not leaves(first) or not all(rows.fits(first, v) for v in values):
        return False
    if any(next(rows.changeable(v), None) for v in values):
        return False
    return all(rows.common_type(column) is not None for column in zip(*map(leaves, values), strict=True))


def grown(frame: Frame, before: Value, after: Value, name: str = "") -> Value | None:
    """A fixed list or dict as a run-time list or a table like another one."""
    if isinstance(before, Rows) and isinstance(after, Rows):
        wide = rows.widened(before, after.pattern)
        return None if wide is None else rows.in_form(frame, before, wide)
    if isinstance(before, Tup) and rows.is_listed(after):
        return runtime(frame, before, name, rows.like(after), unlike=True)
    assert isinstance(before, Dct | Table)
    if isinstance(after, Dct):
        key, item = next(zip(_keys(after), after.items.values(), strict=True), (None, None))
        return as_table(frame, before, key, item, name)
    assert isinstance(after, Table)
    firsts = [rows.like(l) if rows.is_listed(l) else None for l in (*after.held[1:], NONE)]
    return as_table(frame, before, firsts[0], firsts[1], name)
