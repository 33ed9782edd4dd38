"""Functions of itertools over what loops take, and those of operator that are operators."""

from __future__ import annotations

import ast
import itertools
import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NoReturn

import numpy as np

from pullback import refusals
from pullback.frontend import generators, inline, iteration, operators, ranges, rows, walks
from pullback.frontend.frame import Frame
from pullback.frontend.iteration import items_of
from pullback.frontend.lowering import (
    BUILTINS,
    Builtin,
    Keywords,
    apply,
    as_atom,
    builtin,
    made,
    size_of,
)
from pullback.frontend.operators import LONGEST, apply_binary
from pullback.frontend.sequences import (
    COLLECT,
    after_first,
    arguments,
    listed,
    ranged,
    refuse_empty,
    short,
)
from pullback.frontend.values import Static, Stream, Tup, Value, Walk
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array

# How many items at a time combinations and permutations take: there is a loop for each.
MOST_LOOPS = 8
ACCUMULATE = """
for item in source:
    total = function(total, item)
    out.append(total)
"""


def _generator(frame: Frame, node: ast.AST, text: str, first: Value, **given: Value) -> Stream:
    """A generator that is written in Python, of which ``first`` is what the outer loop runs over."""
    parsed = ast.parse(text, mode="eval")
    used = dict.fromkeys(n.id for n in ast.walk(parsed) if isinstance(n, ast.Name))
    names = inline.distinct(frame, {name: name for name in used})
    expression = inline.placed(parsed, names, node)
    assert isinstance(expression, ast.Expression)
    assert isinstance(expression.body, ast.GeneratorExp)
    given |= {"range": Static(range)} if "range" in used else {}
    frame.env |= {names[name]: value for name, value in given.items()}
    return Stream(expression.body, first)


@builtin(itertools.product)
def product(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """All rows of items: the last iterable runs fastest."""
    times = keywords.get("repeat", Const(1))
    if keywords.keys() - {"repeat"} or not isinstance(times, Const) or not args:
        _refuse(frame, node, "product", "iterables and a constant repeat")
    sources = [_taken_now(frame, node, a) for a in args] * times.value
    known = [iteration.known_items(s) for s in sources]
    if all(k is not None for k in known):
        rows = [Tup(row) for row in itertools.product(*(k.items for k in known if k is not None))]
        if len(rows) <= LONGEST:
            return Tup(tuple(rows))
    loops = " ".join(f"for item{k} in source{k}" for k in range(len(sources)))
    items = ", ".join(f"item{k}" for k in range(len(sources)))
    given = {f"source{k}": source for k, source in enumerate(sources)}
    return _generator(frame, node, f"(({items},) {loops})", sources[0], **given)


def _taken_now(frame: Frame, node: ast.AST, value: Value) -> Value:
    """A list of the items that an iterable has by now, of its own."""
    found = listed(frame, node, value)
    return rows.copied(frame, found) if found is value and rows.is_listed(found) else found


@builtin(np.ndindex)
def indices(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """All indices of an array of a shape, the last running fastest."""
    sizes = [*args[0].items] if len(args) == 1 and isinstance(args[0], Tup) else args
    if keywords or not sizes:
        _refuse(frame, node, "np.ndindex", "a shape, or sizes")
    return product(frame, node, [apply(frame, node, Static(range), [n], {}) for n in sizes], {})


@builtin(np.ndenumerate)
def enumerated(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """The elements of an array, each with its index."""
    match args:
        case [Var(type=Array(ndim=ndim)) as x] if ndim and not keywords:
            pass
        case _:
            _refuse(frame, node, "np.ndenumerate", "an array")
    ranges = [apply(frame, node, Static(range), [size_of(frame, x, axis)], {}) for axis in range(ndim)]
    loops = " ".join(f"for i{k} in range{k}" for k in range(ndim))
    index = ", ".join(f"i{k}" for k in range(ndim))
    given: dict[str, Value] = {f"range{k}": r for k, r in enumerate(ranges)}
    return _generator(frame, node, f"((({index},), x[{index}]) {loops})", ranges[0], x=x, **given)


@builtin(itertools.combinations)
def combinations(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    behind = lambda k: f"for i{k} in range(i{k - 1} + 1, size)"
    return _arranged(frame, node, args, keywords, itertools.combinations, behind)


@builtin(itertools.permutations)
def permutations(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    def others(k: int) -> str:
        return f"for i{k} in range(size) if " + " and ".join(f"i{k} != i{j}" for j in range(k))

    return _arranged(frame, node, args, keywords, itertools.permutations, others)


def _arranged(
    frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords, function: Any,
    loop: Callable[[int], str],
) -> Value:  # fmt: skip
    """What a function gives that takes some of the items of an iterable at a time, by loops over their
    places: the ``loop`` over those of all items but the first."""
    required = 1 if function is itertools.permutations else 2
    source, count = arguments(frame, node, args, keywords, function.__name__, "iterable r", required)
    assert source is not None
    if count is None:
        source = listed(frame, node, source) if isinstance(source, Walk | Stream) else source
        count = BUILTINS[len](frame, node, [source], {})
    if not (isinstance(count, Const) and 1 <= count.value <= MOST_LOOPS):
        _refuse(frame, node, function.__name__, f"an iterable and a constant from 1 to {MOST_LOOPS}")
    if (few := short(frame, node, source)) is not None:
        rows = list(function(few.items, count.value))
        if len(rows) <= LONGEST:
            return Tup(tuple(map(Tup, rows)))
    held = _taken_now(frame, node, source)
    size = BUILTINS[len](frame, node, [held], {})
    items = ", ".join(f"source[i{k}]" for k in range(count.value))
    places = BUILTINS[range](frame, node, [size], {})
    every = " ".join(["for i0 in places", *map(loop, range(1, count.value))])
    return _generator(frame, node, f"(({items},) {every})", places, source=held, size=size)


@builtin(itertools.zip_longest)
def zip_longest(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    if not args or keywords.keys() - {"fillvalue"}:
        _refuse(frame, node, "zip_longest", "iterables and a fillvalue")
    fill = keywords.get("fillvalue", Static(None))
    sources = [_taken_now(frame, node, a) for a in args]
    known = [iteration.known_items(s) for s in sources]
    if all(k is not None for k in known):
        columns = (k.items for k in known if k is not None)
        return Tup(tuple(map(Tup, itertools.zip_longest(*columns, fillvalue=fill))))
    sizes = [BUILTINS[len](frame, node, [s], {}) for s in sources]
    longest = sizes[0] if len(sizes) == 1 else BUILTINS[max](frame, node, sizes, {})
    items = ", ".join(f"source{k}[i] if i < size{k} else fill" for k in range(len(sources)))
    given = {f"source{k}": s for k, s in enumerate(sources)}
    given |= {f"size{k}": s for k, s in enumerate(sizes)}
    places = BUILTINS[range](frame, node, [longest], {})
    return _generator(frame, node, f"(({items},) for i in places)", places, fill=fill, **given)


@builtin(itertools.pairwise)
def pairwise(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    (source,) = arguments(frame, node, args, keywords, "pairwise", "iterable")
    assert source is not None
    held, runs = walks.watched(frame, source), walks.runs_code(source)
    items = ranged(frame, node, source)
    if isinstance(items, Tup):
        known = Tup(tuple(map(Tup, itertools.pairwise(items.items))))
        return walks.kept(frame, node, known, held, runs)

    def pair(i: Atom) -> Value:
        after = as_atom(frame, apply_binary(frame, node, ast.Add, i, items.step), node)
        return Tup((items.item(i), items.item(after)))

    stop = as_atom(frame, apply_binary(frame, node, ast.Sub, items.stop, items.step), node)
    pairs = replace(items, stop=stop, item=pair, plain=False)
    return walks.kept(frame, node, pairs, held, runs)


@builtin(itertools.accumulate)
def accumulate(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """All partial results, computed here: so nothing may change on the way."""
    source, function, start = arguments(
        frame, node, args, keywords, "accumulate", "iterable func initial"
    )
    assert source is not None
    step = function or Static(operator.add)
    held, runs = walks.watched(frame, source), function is not None or walks.runs_code(source)
    with ranges.without_effects(frame, node, refusals.EFFECT_BEFORE_TURN):
        found = _accumulated_list(frame, node, source, step, None if start == Static(None) else start)
    return walks.kept(frame, node, found, held, runs)


def _accumulated_list(
    frame: Frame, node: ast.Call, source: Value, step: Value, start: Value | None
) -> Value:
    if start is not None:
        out = made(frame, (start,), True)
        return inline.expand(
            frame, node, ACCUMULATE, "out", source=source, total=start, function=step, out=out
        )
    items = items_of(frame, listed(frame, node, source), node)
    if isinstance(items, Tup):
        return made(frame, list(_accumulated(frame, node, items.items, step)), True)
    total, out = items.item(Const(0)), made(frame, (), True)
    refuse_empty(frame, node, items, "ValueError", "nothing to accumulate")
    rest = after_first(frame, node, items, items.item)
    out = inline.expand(frame, node, "out.append(total)", "out", out=out, total=total)
    return inline.expand(
        frame, node, ACCUMULATE, "out", source=rest, total=total, function=step, out=out
    )


def _accumulated(
    frame: Frame, node: ast.Call, items: Sequence[Value], step: Value
) -> Iterator[Value]:
    total: Value | None = None
    for item in items:
        total = item if total is None else apply(frame, node, step, [total, item], {})
        yield total


@builtin(itertools.chain)
def chain(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    known = [iteration.known_items(a) for a in args]
    fixed = [k.items for k in known if k is not None]
    if len(fixed) == len(args):
        items = Tup(tuple(itertools.chain(*fixed)))
        return walks.kept(frame, node, items, walks.watched(frame, *args), False)
    held, runs = walks.watched(frame, *args), any(map(walks.runs_code, args))
    out: Value = made(frame, (), True)
    with ranges.without_effects(frame, node, refusals.EFFECT_BEFORE_TURN):
        for source in args:
            out = inline.expand(frame, node, COLLECT, "out", source=source, out=out)
    return walks.kept(frame, node, out, held, runs)


COUNT = """
def counted():
    number = start
    while True:
        yield number
        number = number + step
"""
TAKE = """
def taken():
    for item in source:
        if not function(item):
            return
        yield item
"""
SLICE = """
def sliced():
    place = 0
    if place < stop:
        for item in source:
            if place >= start:
                yield item
            place = place + 1
            if place >= stop:
                return
"""
# Those that Python's reference writes as generators: their arguments, and the generator.
WRITTEN = {
    itertools.dropwhile: ("function source", """
def left():
    dropping = True
    for item in source:
        if dropping:
            dropping = bool(function(item))
        if not dropping:
            yield item
"""),
    itertools.filterfalse: ("function source", """
def left():
    for item in source:
        if not function(item):
            yield item
"""),
    itertools.starmap: ("function source", """
def applied():
    for item in source:
        yield function(*item)
"""),
    itertools.compress: ("data selectors", """
def selected():
    for item, wanted in zip(data, selectors):
        if wanted:
            yield item
"""),
    itertools.repeat: ("item times", """
def again():
    for k in range(times):
        yield item
"""),
    itertools.chain.from_iterable: ("sources", """
def all_of():
    for source in sources:
        for item in source:
            yield item
"""),
}  # fmt: skip


@builtin(itertools.count)
def counting(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    start, step = arguments(frame, node, args, keywords, "count", "start step", 0)
    return generators.written(frame, node, COUNT, start=start or Const(0), step=step or Const(1))


@builtin(itertools.takewhile)
def take_while(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    if len(args) != 2 or keywords:
        _refuse(frame, node, "takewhile", "a function and an iterable")
    return generators.written(frame, node, TAKE, function=args[0], source=args[1])


@builtin(itertools.islice)
def islice(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    if len(args) not in (2, 3) or keywords or Static(None) in args:
        _refuse(frame, node, "islice", "an iterable and where it starts and ends")
    start = args[1] if len(args) == 3 else Const(0)
    return generators.written(frame, node, SLICE, source=args[0], start=start, stop=args[-1])


def _written(name: str, names: str, text: str) -> Builtin:
    def handler(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
        known = names.split()
        given = dict(zip(known, args, strict=False)) | keywords
        if len(args) > len(known) or given.keys() != {*known}:
            _refuse(frame, node, name, " and ".join(known))
        return generators.written(frame, node, text, **given)

    return handler


BUILTINS |= {
    f: _written(getattr(f, "__name__", ""), names, text) for f, (names, text) in WRITTEN.items()
}


def _refuse(frame: Frame, node: ast.AST, name: str, what: str) -> NoReturn:
    frame.reject(refusals.BUILTIN_ARGUMENTS, node, name=name, arguments=what)


def _operator(op: type) -> Any:
    def handler(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
        if len(args) != 2 or keywords:
            _refuse(frame, node, "an operator", "two values")
        return apply_binary(frame, node, op, *args)

    return handler


BUILTINS |= {
    getattr(operator, name): _operator(op)
    for op, name in {
        **operators.BINARY, ast.Div: "truediv", ast.BitAnd: "and_", ast.BitOr: "or_",
    }.items()
}  # fmt: skip
