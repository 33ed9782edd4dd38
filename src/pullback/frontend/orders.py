"""The best of several values, and values in order: min, max, sorted and the sort of lists."""

from __future__ import annotations

import ast
import builtins
import dataclasses
import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

from pullback import refusals
from pullback.frontend import (
    conditions,
    inline,
    iteration,
    members,
    nones,
    places,
    ranges,
    references,
    structs,
    texts,
    walks,
)
from pullback.frontend.fixed import runtime
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import (
    ON_OBJECTS,
    ON_TABLES,
    Keywords,
    apply,
    as_atom,
    builtin,
    constant_key,
    element,
    item_at,
    made,
    simple_op,
    static,
)
from pullback.frontend.rows import Listed, columns, is_listed, like, runtime_list
from pullback.frontend.sequences import after_first, listed, ranged, refuse_empty
from pullback.frontend.values import NONE, DictView, Items, Static, Struct, Tup, Value
from pullback.frontend.walking import describe, plain, text_of, trees
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array, List, Scalar, Text
from pullback.tree import is_generated

BEST = """
for k, value in rest:
    if value < best:
        place, best = k, value
"""
KEYS = """
for item in source:
    keys.append(key(item))
"""
GATHER = """
for k in order:
    out.append(source[k])
"""


# ---- extremes


@builtin(builtins.min)
def smallest(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    return extreme(frame, node, args, keywords, "min")


@builtin(builtins.max)
def largest(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    return extreme(frame, node, args, keywords, "max")


def extreme(
    frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords, name: str
) -> Value:
    """min and max: the first of equal ones, as Python has it."""
    if not args or not keywords.keys() <= {"key", "default"}:
        what = "numbers or an iterable, key, default"
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name=name, arguments=what)
    key = keywords.get("key", NONE)
    source = args[0] if len(args) == 1 else Tup(tuple(args))
    if "default" in keywords:
        return _or_default(frame, node, source, key, keywords["default"], name)
    return _extreme(frame, node, source, key, name)


def _or_default(
    frame: Frame, node: ast.Call, source: Value, key: Value, default: Value, name: str
) -> Value:
    items = ranged(frame, node, source)
    if isinstance(items, Tup):
        return _extreme(frame, node, items, key, name) if items.items else default

    def set_to(value: Callable[[], Value]) -> Callable[[], None]:
        def run() -> None:
            frame.env["%choice"] = value()

        return run

    some_ = simple_op(frame, node, "gt", iteration.range_length(frame, node, items), Const(0))
    conditions.branch(
        frame, some_, set_to(lambda: _best(frame, node, items, key, name)),
        set_to(lambda: default), dict(frame.env), frame.loc(node),
    )  # fmt: skip
    return conditions.take(frame, "%choice", node)


def _extreme(frame: Frame, node: ast.Call, source: Value, key: Value, name: str) -> Value:
    empty = ("ValueError", f"{name}() arg is an empty sequence")
    source = ON_OBJECTS["iterated"](frame, node, source)
    one_by_one = walks.each(frame, node, source)
    items = ranged(frame, node, source) if one_by_one is None else Tup(())
    if isinstance(items, Items):
        refuse_empty(frame, node, items, *empty)
        return _best(frame, node, items, key, name)
    found = [(item, _keyed(frame, node, key, item)) for item in one_by_one or items.items]
    if not found:
        frame.raises(*empty)
    return _picked(frame, node, found, name)


def _best(frame: Frame, node: ast.Call, items: Items, key: Value, name: str) -> Value:
    """The best of at least one item: only where it stands is looked for, then it is read."""

    def weighed(k: Atom) -> Value:
        return Tup((k, _keyed(frame, node, key, items.item(k))))

    watched = Tup((*items.over, *cast("tuple[Value, ...]", items.sources)))
    before = ranges.stood(frame, watched)
    limit = _keyed(frame, node, key, items.item(items.start))
    _refuse_arrays(frame, node, limit)
    rest = after_first(frame, node, items, weighed)
    place = inline.expand(
        frame, node, BEST.replace("<", "<" if name == "min" else ">"), "place", "place",
        rest=rest, best=limit, place=items.start,
    )  # fmt: skip
    if before != ranges.stood(frame, watched):  # it is read once more
        frame.reject(refusals.CHANGES_WHILE_LOOPED_OVER, node, name=text_of(node.args[0]))
    return items.item(as_atom(frame, place, node))


def _keyed(frame: Frame, node: ast.Call, key: Value, item: Value) -> Value:
    """What items are compared by."""
    if isinstance(key, Static) and key.value is None:
        return item
    return apply(frame, node, key, [item], {})


def _refuse_arrays(frame: Frame, node: ast.AST, value: Value) -> None:
    if isinstance(value := plain(value), Struct) or texts.is_known(value):
        return
    if isinstance(value, Tup):
        for item in value.items:
            _refuse_arrays(frame, node, item)
        return
    a = as_atom(frame, value, node, "a number to compare by")
    if isinstance(a.type, Array | List) and (isinstance(a.type, List) or a.type.ndim):
        frame.reject(refusals.ARRAYS_COMPARED, node)


def _picked(
    frame: Frame, node: ast.Call, found: Sequence[tuple[Value, Value]], name: str
) -> Value:
    """The best of several values, each with what it is compared by: a branch for each but the first."""
    best, limit = found[0]
    _refuse_arrays(frame, node, limit)
    for item, value in found[1:]:
        _refuse_arrays(frame, node, value)
        better = _is_better(frame, node, value, limit, name)

        def choose(*pair: Value) -> Callable[[], None]:
            def run() -> None:
                frame.env |= dict(zip(("%pick", "%limit"), pair, strict=True))

            return run

        conditions.branch(
            frame, better, choose(item, value), choose(best, limit), dict(frame.env), frame.loc(node)
        )
        best, limit = (conditions.take(frame, n, node) for n in ("%pick", "%limit"))
    return best


def _is_better(frame: Frame, node: ast.AST, value: Value, limit: Value, name: str) -> Atom:
    """Whether a value takes the place of the best so far; the classes of objects say it, and of tuples
    the first items that differ."""
    if isinstance(value, Var | Const) and isinstance(limit, Var | Const):
        return simple_op(frame, node, "gt" if name == "max" else "lt", value, limit)
    text = f"out = bool(value {'>' if name == 'max' else '<'} limit)"
    said = inline.expand(frame, node, text, "out", "", value=value, limit=limit)
    return as_atom(frame, said, node)


# ---- orders


@builtin(builtins.sorted)
def ordered(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    if len(args) != 1 or not keywords.keys() <= {"key", "reverse"}:
        what = "iterable, key, reverse"
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="sorted", arguments=what)
    if isinstance(args[0], DictView) and args[0].name == "items" and "key" not in keywords:
        keywords = keywords | {"key": Static(operator.itemgetter(0))}  # no two of which are equal
    source = args[0] if "key" in keywords else ON_TABLES["in_any_order"](frame, node, args[0])
    return in_order_of(frame, node, listed(frame, node, source), keywords)


def compared_fields(item: Any) -> Any:
    """What dataclasses are put in order by; code calls it that is lowered."""
    raise NotImplementedError


@builtin(compared_fields)
def fields_of_item(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    item = cast("Struct", args[0])
    compared = [f.name for f in dataclasses.fields(item.cls) if f.compare]
    return Tup(tuple(item.items[name] for name in compared))


def _are_in_order_by_fields(frame: Frame, items: Value) -> bool:
    """Whether the items of a list are dataclasses of one class, which is made with ``order=True``."""
    of = items.items if isinstance(items, Tup) else [like(cast("Listed", items))]
    classes = {item.cls if isinstance(item, Struct) else None for item in of}
    cls = next(iter(classes), None)
    if len(classes) != 1 or cls is None or not dataclasses.is_dataclass(cls):
        return False
    return is_generated(structs.function_of(frame, cls, "__lt__"))


def in_order_of(frame: Frame, node: ast.Call, items: Value, keywords: Keywords) -> Value:
    """A new list of the items of a list in order; equal ones stay in theirs."""
    reverse = bool(static(frame, node, keywords.get("reverse", Const(False))))
    key = keywords.get("key", NONE)
    if isinstance(key, Static) and key.value is None and _are_in_order_by_fields(frame, items):
        key = Static(compared_fields)
    if isinstance(items, Tup):
        return _fixed_order(frame, node, items, key, reverse)
    assert is_listed(items)
    if isinstance(key, Static) and key.value is None:
        items = cast("Listed", nones.left_out(frame, node, items))
    keys: Value = items
    if not (isinstance(key, Static) and key.value is None):
        before = ranges.stood(frame, items)
        keys = inline.expand(
            frame, node, KEYS, "keys", "keys", source=items, key=key, keys=made(frame, (), True)
        )
        if before != ranges.stood(frame, items):  # Python has copied them before
            place = node.args[0] if node.args else cast("ast.Attribute", node.func).value
            frame.reject(refusals.CHANGES_WHILE_LOOPED_OVER, node, name=text_of(place))
    order = iteration.items_of(frame, _order(frame, node, keys, reverse), node)
    assert isinstance(order, Items)
    at = order.item
    counted = replace(order, item=lambda i: places.count(frame, as_atom(frame, at(i), node)))
    out = made(frame, (), True)
    return inline.expand(frame, node, GATHER, "out", source=items, order=counted, out=out)


def _order(frame: Frame, node: ast.AST, keys: Value, reverse: bool) -> Value:
    if isinstance(keys, Tup):  # which is empty
        keys = runtime_list(frame, keys) or keys
    keys = nones.left_out(frame, node, keys)
    assert is_listed(keys)
    held = [l.type.elem for l in columns(keys) if isinstance(l.type, List)]
    item = like(keys)
    tuples = item is None or all(isinstance(plain(t), Tup) for t in trees(item))  # type: ignore[arg-type]
    if not tuples or not all(isinstance(elem, Scalar | Text | None) for elem in held):
        frame.reject(refusals.ORDER_OF, node, value=describe(keys))
    return simple_op(frame, node, "list_order", *columns(keys), reverse=reverse)


def _fixed_order(frame: Frame, node: ast.Call, items: Tup, key: Value, reverse: bool) -> Value:
    """Keys that are known are put in order here, others where the code runs."""
    keys = Tup(tuple(_keyed(frame, node, key, item) for item in items.items))
    if all(isinstance(leaf, Const | Static) for leaf in keys.items):
        known = [constant_key(frame, k, node) for k in keys.items]
        try:
            in_order = sorted(range(len(known)), key=known.__getitem__, reverse=reverse)
        except TypeError as error:
            frame.reject(refusals.ORDER_OF, node, value=f"what gives {str(error)!r}")
        return made(frame, [items.items[k] for k in in_order], True)
    values, numbers = runtime(frame, items), runtime(frame, keys)
    if values is None or numbers is None:
        frame.reject(refusals.ORDER_OF_UNLIKE, node)
    order = as_atom(frame, _order(frame, node, numbers, reverse), node)
    assert isinstance(order, Var)
    positions = [element(frame, node, order, Const(k)) for k in range(len(items.items))]
    found = made(frame, [item_at(frame, node, values, k) for k in positions], True)
    members.kept_as_they_are(frame, Tup(cast("Tup", found).items))
    references.chosen_from(frame, items, cast("Tup", found).items)
    return found
