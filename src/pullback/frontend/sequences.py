"""Python's builtins over iterables: sums, extremes, questions, orders, maps and filters.

Each is lowered as the Python that its documentation says it is equivalent to.
"""

from __future__ import annotations

import ast
import builtins
import collections
import functools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from pullback import refusals
from pullback.errors import SourceError
from pullback.frontend import comprehensions, conditions, inline, iteration, rows
from pullback.frontend.building import Unreachable
from pullback.frontend.frame import Frame
from pullback.frontend.iteration import items_of
from pullback.frontend.lowering import (
    BUILTINS,
    ON_LISTS,
    ON_OBJECTS,
    ON_TABLES,
    ON_WALKS,
    Keywords,
    apply,
    as_atom,
    builtin,
    constant_key,
    entered,
    lower,
    made,
    simple_op,
    undecided,
)
from pullback.frontend.operators import apply_binary
from pullback.frontend.ranges import begun
from pullback.frontend.rows import is_listed
from pullback.frontend.values import (
    NONE,
    Dct,
    DictView,
    Generator,
    Items,
    Lazy,
    Ordered,
    Rows,
    Static,
    Stream,
    Table,
    Tup,
    Value,
    Walk,
)
from pullback.frontend.walking import plain
from pullback.frontend.walks import collected, each, known, taken
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
ENTRIES = """
for key, value in source:
    target[key] = value
"""
FROM_KEYS = "made = {key: item for key in keys}"
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
    value = plain(ON_OBJECTS["iterated"](frame, node, value))
    match value:
        case Stream():
            return comprehensions.collected(frame, value.node, value.first)
        case Tup():
            return made(frame, value.items, True)
        case Rows() | Var(type=List()):
            return value
        case Var(type=Array(shape=(_,))):
            return frame.op("unstack", value, axis=0)
        case Generator():
            return inline.expand(frame, node, COLLECT, "out", source=value, out=made(frame, (), True))
    if isinstance(value, Walk) and (found := collected(frame, node, value)) is not None:
        return found
    if isinstance(value, Dct | DictView) and (steps := known(frame, node, value)) is not None:
        return made(frame, [*steps], True)
    if isinstance(found := ON_TABLES["entries"](frame, node, value), Var | Rows):
        return found
    items = items_of(frame, value, node)
    if isinstance(items, Tup):
        return made(frame, items.items, True)
    return inline.expand(frame, node, COLLECT, "out", source=items, out=made(frame, (), True))


def short(frame: Frame, node: ast.AST, value: Value) -> Tup | None:
    """The items of an iterable that is gone through item by item, for the code names its items."""
    steps = each(frame, node, value)
    return None if steps is None else Tup(tuple(steps))


def run(frame: Frame, node: ast.AST, value: Value) -> Value:
    """An iterator as what a loop over it runs over, so that it can be asked what its items are."""
    return items_of(frame, value, node) if isinstance(value, Walk | DictView) else value


def ranged(frame: Frame, node: ast.AST, value: Value) -> Items | Tup:
    """The items of an iterable, each of which can be asked for again."""
    value = ON_OBJECTS["iterated"](frame, node, value)
    if (few := short(frame, node, value)) is not None:
        return few
    if not isinstance(value, Lazy):
        items = items_of(frame, value, node)
        if not (isinstance(items, Items) and items.computed):
            return items
        value = items
    value = listed(frame, node, value)
    return short(frame, node, value) or items_of(frame, value, node)


def refuse_empty(frame: Frame, node: ast.AST, items: Items, exception: str, message: str) -> None:
    """Raise where there are no items (of a range, fewer than none)."""
    none = simple_op(frame, node, "lt", iteration.range_length(frame, node, items), Const(1))
    conditions.raise_where(frame, node, none, exception, message)


def after_first(frame: Frame, node: ast.AST, items: Items, item: Callable[[Atom], Value]) -> Items:
    second = as_atom(frame, apply_binary(frame, node, ast.Add, items.start, items.step), node)
    return replace(items, start=second, item=item, plain=False)


# ---- sums and folds


@builtin(builtins.sum)
def total(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    source, start = arguments(frame, node, args, keywords, "sum", "iterable start")
    assert source is not None
    source = ON_OBJECTS["iterated"](frame, node, source)
    start = Const(0) if start is None else start
    if isinstance(source, Lazy) and isinstance(start, Const):
        if (found := _numbers_summed(frame, node, source, start)) is not None:
            return found
        source = listed(frame, node, source)
    if (few := each(frame, node, source)) is not None:
        for item in few:
            start = apply_binary(frame, node, ast.Add, start, item)
        return start
    source = run(frame, node, source)
    if not isinstance(source, Lazy) and isinstance(start, Const):
        items = items_of(frame, source, node)
        if isinstance(items, Items) and _gives_arrays(frame, items):
            start, source = _first_array(frame, node, start, items)
    return inline.expand(frame, node, TOTAL, "total", source=source, total=start)


def _numbers_summed(frame: Frame, node: ast.AST, source: Lazy, start: Value) -> Value | None:
    """The sum of what a generator produces if that are numbers, else None."""

    def added() -> Value:
        return inline.expand(frame, node, TOTAL, "total", source=source, total=start)

    def is_number(found: Value) -> bool:
        return isinstance(found, Var | Const) and isinstance(found.type, Scalar)

    # An error is told again, if there is no other way to add it up.
    return frame.on_trial(added, SourceError, is_number)


def _gives_arrays(frame: Frame, items: Items) -> bool:
    with frame.scope(frame.env), frame.b.block():
        try:
            item = items.item(items.start)
        except Unreachable:  # nothing was put into it so far: there is no item, and the sum is the start
            return False
    return isinstance(item, Var) and isinstance(item.type, Array)


def _first_array(frame: Frame, node: ast.AST, start: Value, items: Items) -> tuple[Value, Items]:
    """A sum of arrays begins with the first: that of none would be a number."""
    message = "the sum of no arrays is a number: give the start as an array"
    refuse_empty(frame, node, items, "ValueError", message)
    first = apply_binary(frame, node, ast.Add, start, items.item(items.start))
    return first, after_first(frame, node, items, items.item)


def reduce(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    names = "function iterable initial"
    function, source, start = arguments(frame, node, args, keywords, "reduce", names, 2)
    assert function is not None
    assert source is not None
    empty = ("TypeError", "reduce() of empty iterable with no initial value")
    source = ON_OBJECTS["iterated"](frame, node, source)
    if (few := each(frame, node, source)) is not None:
        for item in few:
            start = item if start is None else apply(frame, node, function, [start, item], {})
        if start is None:
            frame.raises(*empty)
        return start
    if start is None:
        items = ranged(frame, node, source)
        if isinstance(items, Tup):
            return reduce(frame, node, [function, items], {})
        refuse_empty(frame, node, items, *empty)
        start, source = items.item(items.start), after_first(frame, node, items, items.item)
    return inline.expand(
        frame, node, FOLD, "total", source=source, total=start, function=function
    )


BUILTINS[functools.reduce] = reduce


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
    items = _one_by_one(frame, node, source)
    known = frame.on_trial(lambda: _circuit(frame, node, items, wanted), comprehensions.Computed)
    if isinstance(source, Stream):
        comprehensions.forget_bound(frame, source.node)
    if known is not None:
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
    steps = each(frame, node, source) or taken(frame, node, source)
    if isinstance(steps, Items):
        raise comprehensions.Computed
    yield from steps


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


# ---- functions over items


def unpacked(frame: Frame, node: ast.AST, value: Value) -> Value:
    """The items of an iterator that is unpacked into names."""
    if isinstance(value, Generator):
        return listed(frame, node, value)
    items = comprehensions.fixed(frame, node, value)
    return items if isinstance(items, Tup) else listed(frame, node, items)


ON_LISTS[ast.Tuple] = unpacked


@entered(ON_LISTS, ast.Starred)
def spread(frame: Frame, node: ast.List) -> Value:
    """``[first, *rest]``: a fixed list as long as the numbers of items are known."""
    out: Value = made(frame, (), True)
    with frame.holding() as pending:
        pending.append(out)
        for part in node.elts:
            if isinstance(part, ast.Starred):
                items = listed(frame, part, lower(frame, part.value))
            else:
                items = Tup((undecided(frame, part),))
            out = frame.latest(out)
            if isinstance(items, Tup) and isinstance(out, Tup):
                out = made(frame, (*out.items, *items.items), True)
            else:
                out = inline.expand(frame, node, COLLECT, "out", source=items, out=out)
            pending[-1] = out
    return out


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
    if not isinstance(source, Items):
        source = begun(frame, node, source)
    names = inline.distinct(frame, {name: name for name in ("item", "function", "source")})
    expression = inline.placed(ast.parse(text, mode="eval"), names, node)
    assert isinstance(expression, ast.Expression)
    assert isinstance(expression.body, ast.GeneratorExp)
    frame.env[names["function"]] = function
    return Stream(expression.body, source)


ON_WALKS["stream"] = _stream


# ---- containers


@builtin(builtins.list)
def list_of(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    (source,) = arguments(frame, node, args, keywords, "list", "iterable", 0)
    if source is None:
        return made(frame, (), True)
    items = listed(frame, node, source)
    if rows.is_deque(items):
        return inline.expand(frame, node, COLLECT, "out", source=items, out=made(frame, (), True))
    known = items is source or isinstance(source, DictView)
    return rows.copied(frame, items) if known and is_listed(items) else items


@builtin(builtins.tuple)
def tuple_of(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    (source,) = arguments(frame, node, args, keywords, "tuple", "iterable", 0)
    items = Tup(()) if source is None else comprehensions.fixed(frame, node, source)
    if isinstance(items, Tup):
        return Tup(items.items)
    frame.reject(refusals.TUPLE_OF_SEQUENCE, node)


@builtin(builtins.frozenset)
def set_of(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    (source,) = arguments(frame, node, args, keywords, "set", "iterable", 0)
    items = Tup(()) if source is None else comprehensions.fixed(frame, node, source)
    if not isinstance(items, Tup) or any(map(ON_TABLES["is_computed"], items.items)):
        frame.reject(refusals.SET_OF_VALUES, node)
    return comprehensions.set_of(frame, node, items.items)


@builtin(builtins.dict)
def dict_of(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    (source,) = arguments(frame, node, args, {}, "dict", "iterable", 0)
    if isinstance(source, Dct) or source is None:
        return Dct((source.items if source else {}) | keywords)
    if isinstance(source, Table) and source.kind != "set" and not keywords:
        made: Table = ON_TABLES["copied"](frame, source)
        return replace(made, kind="dict", default=None)
    entries = comprehensions.fixed(frame, node, source)
    if not isinstance(entries, Tup) or any(map(_has_computed_key, entries.items)):
        if keywords:
            frame.reject(refusals.DICT_OF_SEQUENCE, node)
        return inline.expand(frame, node, ENTRIES, "target", target=Dct({}), source=entries)
    return Dct(dict(entry(frame, node, e) for e in entries.items) | keywords)


@builtin(collections.OrderedDict)
def ordered_of(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    made = dict_of(frame, node, args, keywords)
    if isinstance(made, Table):
        return replace(made, kind="OrderedDict")
    assert isinstance(made, Dct)
    return Ordered(made.items)


@builtin(dict.fromkeys)
def dict_from_keys(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """``dict.fromkeys(keys, value)``, which is one for all keys."""
    if not 1 <= len(args) <= 2 or keywords:
        arguments = "what can be looped over, and a value"
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="dict.fromkeys", arguments=arguments)
    keys, item = [*args, NONE][:2]
    return inline.expand(frame, node, FROM_KEYS, "made", keys=keys, item=item)


def _has_computed_key(value: Value) -> bool:
    return isinstance(value, Tup) and any(map(ON_TABLES["is_computed"], value.items[:1]))


def entry(frame: Frame, node: ast.AST, value: Value) -> tuple[Any, Value]:
    """The key and the value in an item that a dict is made of."""
    value = comprehensions.fixed(frame, node, value)
    if not (isinstance(value, Tup) and len(value.items) == 2):
        frame.reject(refusals.DICT_ENTRY, node)
    return constant_key(frame, value.items[0], node), value.items[1]
