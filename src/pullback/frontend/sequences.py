"""Python's builtins over iterables: sums, extremes, questions, orders, maps and filters.

Each is lowered as the Python that its documentation says it is equivalent to.
"""

from __future__ import annotations

import ast
import builtins
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pullback import refusals
from pullback.frontend import comprehensions, conditions, inline, iteration
from pullback.frontend.frame import Frame
from pullback.frontend.iteration import items_of
from pullback.frontend.lowering import (
    Keywords,
    apply,
    as_atom,
    builtin,
    constant_key,
    element,
    lower,
    made,
    simple_op,
    static,
)
from pullback.frontend.merge import runtime_list
from pullback.frontend.operators import LONGEST, apply_binary
from pullback.frontend.values import (
    NONE,
    Dct,
    Items,
    Static,
    Stream,
    Tup,
    Value,
    describe,
    plain,
)
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array, List, Scalar

TOTAL = """
for item in source:
    total = total + item
"""
FOLD = """
for item in source:
    total = function(total, item)
"""
ANY = """
found = False
for item in source:
    if item:
        found = True
        break
"""
ALL = """
found = True
for item in source:
    if not item:
        found = False
        break
"""
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
COLLECT = """
for item in source:
    out.append(item)
"""


def arguments(
    frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords, function: str, names: str,
    required: int = 1,
) -> list[Value | None]:  # fmt: skip
    """Positional and keyword arguments in the order of ``names``, None for those left out."""
    order = names.split()
    found = [*args, *(keywords.get(name) for name in order[len(args) :])]
    extra = len(args) > len(order) or not keywords.keys() <= set(order[len(args) :])
    if extra or any(v is None for v in found[:required]):
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name=function, arguments=", ".join(order))
    return found


def listed(frame: Frame, node: ast.AST, value: Value) -> Value:
    """The items of an iterable as a list: a fixed one where their number is known here."""
    value = plain(value)
    match value:
        case Stream():
            return comprehensions.collected(frame, value.node, value.first)
        case Tup():
            return made(frame, value.items, True)
        case Var(type=List()):
            return value
        case Var(type=Array(shape=(_,))):
            return frame.op("unstack", value, axis=0)
    items = items_of(frame, value, node)
    if isinstance(items, Tup):
        return made(frame, items.items, True)
    return inline.expand(frame, node, COLLECT, "out", source=items, out=made(frame, (), True))


def short(value: Value) -> Tup | None:
    """A tuple or list that is gone through item by item, for the code names its items."""
    value = plain(value)
    return value if isinstance(value, Tup) and len(value.items) <= LONGEST else None


def ranged(frame: Frame, node: ast.AST, value: Value) -> Items | Tup:
    """The items of an iterable, each of which can be asked for again."""
    if (few := short(value)) is not None:
        return few
    items = value if isinstance(value, Stream) else items_of(frame, value, node)
    if isinstance(items, Stream) or (isinstance(items, Items) and items.computed):
        value = listed(frame, node, items)
        return short(value) or items_of(frame, value, node)
    return items


def refuse_empty(frame: Frame, node: ast.AST, items: Items, empty: Callable[[], None]) -> None:
    none = simple_op(frame, node, "eq", iteration.range_length(frame, node, items), Const(0))
    conditions.branch(frame, none, empty, lambda: None, dict(frame.env), frame.loc(node))


def after_first(frame: Frame, node: ast.AST, items: Items, item: Callable[[Atom], Value]) -> Items:
    second = as_atom(frame, apply_binary(frame, node, ast.Add, items.start, items.step), node)
    return Items(second, items.stop, items.step, item, items.over)


# ---- sums and folds


@builtin(builtins.sum)
def total(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    source, start = arguments(frame, node, args, keywords, "sum", "iterable start")
    assert source is not None
    start = Const(0) if start is None else start
    if (few := short(source)) is not None:
        for item in few.items:
            start = apply_binary(frame, node, ast.Add, start, item)
        return start
    return inline.expand(frame, node, TOTAL, "total", source=source, total=start)


@builtin(functools.reduce)
def reduce(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    names = "function iterable initial"
    function, source, start = arguments(frame, node, args, keywords, "reduce", names, 2)
    assert function is not None
    assert source is not None

    def empty() -> None:
        frame.raises("TypeError", "reduce() of empty iterable with no initial value")

    if start is None:
        items = ranged(frame, node, source)
        if isinstance(items, Tup):
            if not items.items:
                empty()
            start, source = items.items[0], Tup(items.items[1:])
        else:
            refuse_empty(frame, node, items, empty)
            start, source = items.item(items.start), after_first(frame, node, items, items.item)
    if (few := short(source)) is not None:
        for item in few.items:
            start = apply(frame, node, function, [start, item], {})
        return start
    return inline.expand(
        frame, node, FOLD, "total", source=source, total=start, function=function
    )


# ---- questions


@builtin(builtins.any)
def some(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    return _asked(frame, node, args, keywords, False)


@builtin(builtins.all)
def every(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    return _asked(frame, node, args, keywords, True)


def _asked(
    frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords, wanted: bool
) -> Value:
    (source,) = arguments(frame, node, args, keywords, "all" if wanted else "any", "iterable")
    assert source is not None
    with frame.scope(frame.env), frame.b.block() as scratch:
        try:
            known = _circuit(frame, node, _one_by_one(frame, node, source), wanted)
        except comprehensions.Computed:
            known = None
    if known is not None:
        frame.b.ops += scratch.ops
        return known
    return inline.expand(frame, node, ALL if wanted else ANY, "found", source=source)


def _one_by_one(frame: Frame, node: ast.AST, source: Value) -> Iterator[Value]:
    """The items of a fixed iterable, those of a generator computed when they are asked for."""
    if isinstance(source, Stream):
        inner = source.node
        yield from comprehensions.produced(
            frame, inner, source.first, lambda: lower(frame, inner.elt), False
        )
        return
    items = short(source) or items_of(frame, source, node)
    if not isinstance(items, Tup):
        raise comprehensions.Computed
    yield from items.items


def _circuit(frame: Frame, node: ast.AST, items: Iterator[Value], wanted: bool) -> Value:
    """``a and b and ...`` (wanted True) or ``a or b or ...`` as a bool."""
    for item in items:
        truth = conditions.condition_of(frame, item, node)
        first: Value = Const(truth) if isinstance(truth, bool) else truth
        if isinstance(first, Var) and first.type != Scalar("bool"):
            first = simple_op(frame, node, "bool", first)
        return conditions.short_circuit(
            frame, node, wanted, first, lambda: _circuit(frame, node, items, wanted)
        )
    return Const(wanted)


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
    def empty() -> None:
        frame.raises("ValueError", f"{name}() arg is an empty sequence")

    items = ranged(frame, node, source)
    if isinstance(items, Items):
        refuse_empty(frame, node, items, empty)
        return _best(frame, node, items, key, name)
    if not items.items:
        empty()
    return _picked(frame, node, items.items, key, name)


def _best(frame: Frame, node: ast.Call, items: Items, key: Value, name: str) -> Value:
    """The best of at least one item: only where it stands is looked for, then it is read."""

    def weighed(k: Atom) -> Value:
        return Tup((k, _keyed(frame, node, key, items.item(k))))

    limit = _keyed(frame, node, key, items.item(items.start))
    _refuse_arrays(frame, node, limit)
    rest = after_first(frame, node, items, weighed)
    place = inline.expand(
        frame, node, BEST.replace("<", "<" if name == "min" else ">"), "place", False,
        rest=rest, best=limit, place=items.start,
    )  # fmt: skip
    return items.item(as_atom(frame, place, node))


def _keyed(frame: Frame, node: ast.Call, key: Value, item: Value) -> Value:
    """What items are compared by."""
    if isinstance(key, Static) and key.value is None:
        return item
    return apply(frame, node, key, [item], {})


def _refuse_arrays(frame: Frame, node: ast.AST, value: Value) -> None:
    a = as_atom(frame, value, node, "a number to compare by")
    if isinstance(a.type, Array | List) and (isinstance(a.type, List) or a.type.ndim):
        frame.reject(refusals.ARRAYS_COMPARED, node)


def _picked(frame: Frame, node: ast.Call, items: Sequence[Value], key: Value, name: str) -> Value:
    """The best of several values, with a branch for each but the first."""
    keys = [_keyed(frame, node, key, item) for item in items]
    best, limit = items[0], keys[0]
    _refuse_arrays(frame, node, limit)
    for item, value in zip(items[1:], keys[1:], strict=True):
        _refuse_arrays(frame, node, value)
        x, y = as_atom(frame, limit, node), as_atom(frame, value, node)
        better = simple_op(frame, node, "gt" if name == "max" else "lt", y, x)

        def choose(*pair: Value) -> Callable[[], None]:
            def run() -> None:
                frame.env |= dict(zip(("%pick", "%limit"), pair, strict=True))

            return run

        conditions.branch(
            frame, better, choose(item, value), choose(best, limit), dict(frame.env), frame.loc(node)
        )
        best, limit = (conditions.take(frame, n, node) for n in ("%pick", "%limit"))
    return best


# ---- orders


@builtin(builtins.sorted)
def ordered(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    if len(args) != 1 or not keywords.keys() <= {"key", "reverse"}:
        what = "iterable, key, reverse"
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="sorted", arguments=what)
    items = listed(frame, node, args[0])
    return in_order_of(frame, node, items, keywords)


def in_order_of(frame: Frame, node: ast.Call, items: Value, keywords: Keywords) -> Value:
    """A new list of the items of a list in order; equal ones stay in theirs."""
    reverse = bool(static(frame, node, keywords.get("reverse", Const(False))))
    key = keywords.get("key", NONE)
    if isinstance(items, Tup):
        return _fixed_order(frame, node, items, key, reverse)
    assert isinstance(items, Var)
    keys: Value = items
    if not (isinstance(key, Static) and key.value is None):
        keys = inline.expand(
            frame, node, KEYS, "keys", False, source=items, key=key, keys=made(frame, (), True)
        )
    return inline.expand(
        frame, node, GATHER, "out", source=items, order=_order(frame, node, keys, reverse),
        out=made(frame, (), True),
    )  # fmt: skip


def _order(frame: Frame, node: ast.AST, keys: Value, reverse: bool) -> Value:
    a = as_atom(frame, keys, node)
    assert isinstance(a.type, List)
    if not isinstance(a.type.elem, Scalar | None):
        frame.reject(refusals.ORDER_OF, node, value=describe(a))
    return simple_op(frame, node, "list_order", a, reverse=reverse)


def _fixed_order(frame: Frame, node: ast.Call, items: Tup, key: Value, reverse: bool) -> Value:
    """Keys that are known are put in order here, others where the code runs."""
    keys = Tup(tuple(_keyed(frame, node, key, item) for item in items.items))
    if all(isinstance(leaf, Const | Static) for leaf in keys.items):
        known = [constant_key(frame, k, node) for k in keys.items]
        try:
            order = sorted(range(len(known)), key=known.__getitem__, reverse=reverse)
        except TypeError as error:
            frame.reject(refusals.ORDER_OF, node, value=f"what gives {str(error)!r}")
        return made(frame, [items.items[k] for k in order], True)
    values, numbers = runtime_list(frame, items), runtime_list(frame, keys)
    if values is None or numbers is None:
        frame.reject(refusals.ORDER_OF_UNLIKE, node)
    places = as_atom(frame, _order(frame, node, numbers, reverse), node)
    assert isinstance(places, Var)
    positions = [element(frame, node, places, Const(k)) for k in range(len(items.items))]
    return made(frame, [element(frame, node, values, k) for k in positions], True)


# ---- functions over items


@builtin(builtins.map)
def mapped(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    if len(args) < 2 or keywords:
        what = "a function and iterables"
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="map", arguments=what)
    function, *sources = args
    if any(isinstance(source, Stream) for source in sources):
        if len(sources) > 1:
            frame.reject(refusals.MAP_OVER_GENERATORS, node)
        return _stream(frame, node, "(function(item) for item in source)", sources[0], function)
    rows = iteration.zip_(frame, node, sources, {})

    def item(row: Value) -> Value:
        assert isinstance(row, Tup)
        return apply(frame, node, function, list(row.items), {})

    if isinstance(rows, Tup):
        return Tup(tuple(map(item, rows.items)))
    assert isinstance(rows, Items)

    def called(i: Atom) -> Value:
        return item(rows.item(i))

    return Items(rows.start, rows.stop, rows.step, called, rows.over, computed=True)


@builtin(builtins.filter)
def filtered(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    function, source = arguments(frame, node, args, keywords, "filter", "function iterable", 2)
    assert function is not None
    assert source is not None
    if isinstance(function, Static) and function.value is None:
        return _stream(frame, node, "(item for item in source if item)", source, function)
    return _stream(frame, node, "(item for item in source if function(item))", source, function)


def _stream(frame: Frame, node: ast.AST, text: str, source: Value, function: Value) -> Stream:
    """A generator that stands for a call of a builtin."""
    names = {name: inline.free(frame, name) for name in ("item", "function", "source")}
    expression = inline.placed(ast.parse(text, mode="eval"), names, node)
    assert isinstance(expression, ast.Expression)
    assert isinstance(expression.body, ast.GeneratorExp)
    frame.env[names["function"]] = function
    return Stream(expression.body, source)


# ---- containers


@builtin(builtins.list)
def list_of(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    (source,) = arguments(frame, node, args, keywords, "list", "iterable", 0)
    if source is None:
        return made(frame, (), True)
    items = listed(frame, node, source)
    return frame.op("copy", items) if items is source and isinstance(items, Var) else items


@builtin(builtins.tuple)
def tuple_of(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    (source,) = arguments(frame, node, args, keywords, "tuple", "iterable", 0)
    items = Tup(()) if source is None else comprehensions.fixed(frame, node, source)
    if isinstance(items, Tup):
        return Tup(items.items)
    frame.reject(refusals.TUPLE_OF_SEQUENCE, node)


@builtin(builtins.dict)
def dict_of(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    (source,) = arguments(frame, node, args, {}, "dict", "iterable", 0)
    if isinstance(source, Dct) or source is None:
        return frame.own(Dct((source.items if source else {}) | keywords))
    entries = comprehensions.fixed(frame, node, source)
    if not isinstance(entries, Tup):
        frame.reject(refusals.DICT_OF_SEQUENCE, node)
    return frame.own(Dct(dict(entry(frame, node, e) for e in entries.items) | keywords))


def entry(frame: Frame, node: ast.AST, value: Value) -> tuple[Any, Value]:
    """The key and the value in an item that a dict is made of."""
    value = comprehensions.fixed(frame, node, value)
    if not (isinstance(value, Tup) and len(value.items) == 2):
        frame.reject(refusals.DICT_ENTRY, node)
    return constant_key(frame, value.items[0], node), value.items[1]
