"""Which fixed lists and dicts become run-time lists and tables where something is put into them."""

from __future__ import annotations

from collections.abc import Sequence

from pullback.frontend import rows, several, unlike
from pullback.frontend.values import Dct, Rows, Table, Tup, Value
from pullback.frontend.walking import leaves


def is_growing(before: Value, after: Value) -> bool:
    """Whether a fixed list or dict is a run-time list or a table later on."""
    if isinstance(before, Rows):
        return isinstance(after, Rows) and unlike.widened(before, after.pattern) is not None
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
    keys, items = ([*part(a), *part(b)] for part in (keys_of, lambda d: d.items.values()))
    return _of_one_kind(keys) and _of_one_kind(items)


def keys_of(owner: Dct) -> list[Value]:
    """The keys of a dict, as lists hold them."""
    return [rows.key_of(k) for k in owner.items]


def _of_one_kind(values: Sequence[Value]) -> bool:
    """Whether the columns of one list can hold these values, and none of them can be changed."""
    first = values[0]
    if not leaves(first) or not all(several.fits(first, v) for v in values):
        return False
    if any(next(rows.changeable(v), None) for v in values):
        return False
    return all(rows.common_type(column) is not None for column in zip(*map(leaves, values), strict=True))
