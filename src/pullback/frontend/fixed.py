"""Fixed lists and dicts, as the run-time lists and tables that they become.

    l = [a, b]; l.append(c)           list_push(list_new(a, b), c)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pullback.frontend import assorted, growing, readings, rows, unlike
from pullback.frontend.rows import Listed
from pullback.frontend.values import NONE, Dct, Ordered, Rows, Table, Tree, Tup, Value
from pullback.frontend.walking import leaves
from pullback.ir.core import Const

if TYPE_CHECKING:
    from pullback.frontend.frame import Frame


def runtime(
    frame: Frame, value: Tup, name: str = "", first: Value | None = None, owner: Tree | None = None,
    functions: bool = False,
) -> Listed | None:  # fmt: skip
    """A run-time list of the items of a list or tuple if they are of one form, else None.

    ``first`` is an item that an empty one is to hold, ``owner`` what holds them, if not ``value``;
    unlike ``functions`` may be in it.
    """
    if (form := assorted.of(frame, value)) is not None:
        return assorted.gathered(frame, value, form, name)
    found = _runtime(frame, value, name, first, owner, functions)
    if found is not None:
        rows.stands_for(frame, value, rows.columns(found))
    return found


def _runtime(
    frame: Frame, value: Tup, name: str, first: Value | None, owner: Tree | None,
    functions: bool,
) -> Listed | None:
    items = readings.as_items(frame, tuple(assorted.as_told(frame, v) for v in value.items))
    value = Tup(items, value.is_list, value.identity)
    if value.items or first is None:
        first = None
    else:
        first = rows.as_row(frame, *readings.as_items(frame, (first,)))
    if isinstance(first, Tree):
        return rows.gathered(frame, [], first, name)
    plain = None if _is_told(frame, value) else rows.runtime_lists(frame, value, name)
    if plain is not None and rows.are_shared(frame, value, owner or value):
        frame.places.share(plain)
    if plain is not None:
        return plain
    return rows.runtime_rows(frame, unlike.in_one_form(frame, value, functions), name)


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
    keys = growing.keys_of(owner) if isinstance(owner, Dct) else []
    names = runtime(frame, Tup(tuple(keys), True), f"{name}_keys" if name else "keys", key)
    if names is None:
        return None
    places = frame.op("keys_new", names=(f"{name}_places" if name else "places",))
    for n, k in enumerate(keys):
        places = frame.op("keys_add", places, *leaves(k), Const(n), names=(places.name,))
    if isinstance(owner, Table) and owner.kind == "set":
        return Table(owner.kind, (places, names), None, owner.identity)
    held = Tup(tuple(items.values()), True, owner.identity)
    values = runtime(frame, held, name or "values", item, owner)
    kind, default = "OrderedDict" if isinstance(owner, Ordered) else "dict", None
    if isinstance(owner, Table):
        kind, default = owner.kind, owner.default
    return None if values is None else Table(kind, (places, names, values), default, owner.identity)


def grown(frame: Frame, before: Value, after: Value, name: str = "") -> Value | None:
    """A fixed list or dict as a run-time list or a table like another one."""
    if isinstance(before, Rows) and isinstance(after, Rows):
        wide = unlike.widened(before, after.pattern)
        return None if wide is None else unlike.in_form(frame, before, wide)
    if isinstance(before, Tup) and rows.is_listed(after):
        assorted.demand_alike(frame, before, after)
        return runtime(frame, before, name, rows.like(after), functions=True)
    assert isinstance(before, Dct | Table)
    if isinstance(after, Dct):
        key, item = next(zip(growing.keys_of(after), after.items.values(), strict=True), (None, None))
        return as_table(frame, before, key, item, name)
    assert isinstance(after, Table)
    firsts = [rows.like(l) if rows.is_listed(l) else None for l in (*after.held[1:], NONE)]
    return as_table(frame, before, firsts[0], firsts[1], name)
