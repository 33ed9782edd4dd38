"""Comprehensions and generator expressions: loops that append, or that hand on what they produce.

A comprehension over a fixed tree of items that differ in kind gives a fixed tree; all else is lowered
as the loops that Python's reference says it is.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import cast

from pullback import refusals
from pullback.frontend import assign, desugar, inline, stmts
from pullback.frontend.conditions import condition, value_of
from pullback.frontend.constants import KnownSet
from pullback.frontend.frame import Frame
from pullback.frontend.iteration import items_of
from pullback.frontend.liveness import exits
from pullback.frontend.lowering import (
    ON_OBJECTS,
    ON_TABLES,
    ON_WALKS,
    constant_key,
    handles,
    held,
    key_value,
    lower,
    made,
    unstarred,
)
from pullback.frontend.operators import LONGEST
from pullback.frontend.scopes import Comprehension, bound_by
from pullback.frontend.values import Dct, Generator, Items, Static, Stream, Table, Tup, Value
from pullback.frontend.walking import plain
from pullback.ir.core import Const

FILL = """
for item in source:
    target.add(item)
"""
ENTER = "target[key] = value"


class Computed(Exception):
    """Raised where the number of items of a comprehension is not known here."""


@handles(ast.ListComp)
def list_comprehension(frame: Frame, node: ast.ListComp) -> Value:
    first = lower(frame, node.generators[0].iter)
    return collected(frame, node, first)


@handles(ast.GeneratorExp)
def generator(frame: Frame, node: ast.GeneratorExp) -> Value:
    first = lower(frame, node.generators[0].iter)
    return Stream(node, first if isinstance(first, Items) else ON_WALKS["begun"](frame, node, first))


def collected(frame: Frame, node: ast.ListComp | ast.GeneratorExp, first: Value) -> Value:
    """A list of all that a comprehension produces."""
    fixed = fixed_items(frame, node, first, lambda: held(frame, node.elt, value_of))
    if fixed is not None:
        return made(frame, fixed, True)
    return appended(frame, node, node.generators, node.elt, first)


@handles(ast.Set)
def set_display(frame: Frame, node: ast.Set) -> Value:
    items = unstarred(frame, node.elts, "here")
    if any(map(ON_TABLES["is_computed"], items)) or is_changed(frame, node):
        source = Tup(tuple(items))
        return inline.expand(frame, node, FILL, "target", target=Table("set", ()), source=source)
    return set_of(frame, node, items)


@handles(ast.SetComp)
def set_comprehension(frame: Frame, node: ast.SetComp) -> Value:
    first = lower(frame, node.generators[0].iter)
    items = fixed_items(frame, node, first, lambda: lower(frame, node.elt), whole=True)
    if items is None or any(map(ON_TABLES["is_computed"], items)):
        return _filled(frame, node, first, Table("set", ()), "target.add(element)", element=node.elt)
    return set_of(frame, node, items)


def is_changed(frame: Frame, node: ast.AST) -> bool:
    """Whether a set of constants that is made at a node is known to be changed."""
    return frame.loc(node) in frame.session.told.changed


def set_of(frame: Frame, node: ast.AST, items: Sequence[Value]) -> Value:
    """A set of constants that nothing is added to."""
    if not all(isinstance(leaf, Const | Static) for item in items for leaf in _ends(item)):
        frame.reject(refusals.SET_OF_VALUES, node)
    return Static(KnownSet([constant_key(frame, item, node) for item in items], frame.loc(node)))


def _ends(value: Value) -> list[Value]:
    return [end for part in value.parts for end in _ends(part)] if isinstance(value, Tup) else [value]


@handles(ast.DictComp)
def dict_comprehension(frame: Frame, node: ast.DictComp) -> Value:
    """A dict; a key met again keeps its place and takes the new value."""
    first = lower(frame, node.generators[0].iter)
    entries = fixed_items(frame, node, first, lambda: Tup((
        _known_key(frame, node.key), held(frame, node.value, value_of)
    )), whole=True)  # fmt: skip
    if entries is None:
        return _filled(frame, node, first, Dct({}), ENTER, key=node.key, value=node.value)
    pairs = [(constant_key(frame, e.parts[0], node), e.parts[1]) for e in entries if isinstance(e, Tup)]
    return Dct(dict(pairs))


def _known_key(frame: Frame, node: ast.expr) -> Value:
    """A key, or ``Computed``."""
    key = plain(lower(frame, node))
    if ON_TABLES["is_computed"](key):
        raise Computed
    return key_value(constant_key(frame, key, node))


def _filled(
    frame: Frame, node: ast.SetComp | ast.DictComp, first: Value, empty: Value, text: str,
    **parts: ast.expr,
) -> Value:  # fmt: skip
    """A dict or set to which each entry is added: a piece of Python, in which ``parts`` have names."""
    hints = {n: n for n in ("source", *parts)}
    names = inline.distinct(frame, {"target": inline.title(frame, node, "target"), **hints})
    enter = [
        ast.copy_location(ast.Assign([ast.Name(names[n], ast.Store())], part), part)
        for n, part in parts.items()
    ]
    module = inline.placed(ast.parse(text), names, node)
    assert isinstance(module, ast.Module)
    source = ast.Name(names["source"], ast.Load())
    block = nested(frame, node, node.generators, source, [*enter, *module.body])
    target = names["target"]
    return inline.run(frame, node, block, {target: empty, names["source"]: first}, target)


def appended(
    frame: Frame, node: ast.expr, generators: Sequence[ast.comprehension], element: ast.expr,
    first: Value,
) -> Value:  # fmt: skip
    """The list of all elements: ``for ..: if ..: out.append(element)``."""
    names = inline.distinct(frame, {"out": inline.title(frame, node), "source": "source"})
    out, source = names["out"], names["source"]
    append = ast.Attribute(ast.Name(out, ast.Load()), "append", ast.Load())
    push = ast.copy_location(ast.Expr(ast.Call(append, [element], [])), element)
    block = nested(frame, node, generators, ast.Name(source, ast.Load()), [push])
    return inline.run(frame, node, block, {out: made(frame, (), True), source: first}, out)


def nested(
    frame: Frame, node: ast.AST, generators: Sequence[ast.comprehension], first: ast.expr,
    body: list[ast.stmt],
) -> list[ast.stmt]:  # fmt: skip
    """The loops and conditions of a comprehension around what is done for each element."""
    left = "break" in exits(body)
    body = desugar.nested(node, generators, first, body, left)
    if left and len(generators) > 1:
        return desugar.simpler(body, inline.free(frame, "left", "1"))
    return body


def loop_over(frame: Frame, s: ast.For, stream: Stream) -> None:
    """A loop over a generator: its body is that of the generator's innermost loop."""
    source = inline.free(frame, "source")
    take = ast.copy_location(ast.Assign([s.target], stream.node.elt), s.iter)
    block = nested(frame, s, stream.node.generators, ast.Name(source, ast.Load()), [take, *s.body])
    inline.enter(frame, s, block, frame.liveness.live_after(s))
    frame.env[source] = stream.first
    stmts.run(frame, block)
    frame.env.pop(source, None)


# ---- what is known here


def fixed_items(
    frame: Frame, node: Comprehension, first: Value, element: Callable[[], Value],
    whole: bool = False,
) -> list[Value] | None:  # fmt: skip
    """The items of a comprehension over fixed trees, None if their number is not known here.

    ``whole`` says that run-time lists will not do: what could be one is gone through item by item.
    """
    items = frame.on_trial(lambda: list(produced(frame, node, first, element, whole)), Computed)
    forget_bound(frame, node)
    return items


def forget_bound(frame: Frame, node: Comprehension) -> None:
    """The names that a comprehension binds are no names of the function."""
    for name in bound_by(node):
        frame.env.pop(name, None)


def produced(
    frame: Frame, node: Comprehension, first: Value, element: Callable[[], Value], whole: bool
) -> Iterator[Value]:
    """The items of a comprehension over fixed trees one after the other, or ``Computed``."""

    def taken(iterable: Value, place: ast.expr) -> Iterator[Value]:
        iterable = ON_OBJECTS["iterated"](frame, place, iterable)
        if isinstance(iterable, Stream):
            inner = iterable.node
            return produced(frame, inner, iterable.first, lambda: value_of(frame, inner.elt), whole)
        if isinstance(iterable, Generator):
            raise Computed
        steps = ON_WALKS["known" if whole else "taken"](frame, place, iterable)
        if whole and steps is None and isinstance(items := fixed(frame, place, iterable), Tup):
            return iter(items.items)
        if steps is None or isinstance(steps, Items):
            raise Computed
        return cast("Iterator[Value]", iter(steps))

    def loop(k: int, iterable: Value) -> Iterator[Value]:
        for item in taken(iterable, node.generators[k].iter):
            assign.bind(frame, node.generators[k].target, item)
            if not all(_known(frame, test) for test in node.generators[k].ifs):
                continue
            if k + 1 == len(node.generators):
                yield element()
            else:
                yield from loop(k + 1, lower(frame, node.generators[k + 1].iter))

    return loop(0, first)


def fixed(frame: Frame, node: ast.AST, value: Value) -> Value:
    """The items of an iterable as a tuple where their number is known here, else the value."""
    value = plain(value)
    if not isinstance(value, Stream) and (known := ON_WALKS["known"](frame, node, value)) is not None:
        return Tup(tuple(known))
    if isinstance(value, Stream):
        element = value.node.elt
        items = fixed_items(frame, value.node, value.first, lambda: value_of(frame, element), True)
        return value if items is None else Tup(tuple(items))
    items_ = items_of(frame, value, node)
    if isinstance(items_, Items):
        bounds = [a.value for a in (items_.start, items_.stop, items_.step) if isinstance(a, Const)]
        if len(bounds) < 3 or len(range(*bounds)) > LONGEST:
            return items_
        return Tup(tuple(items_.item(Const(k)) for k in range(*bounds)))
    return items_


def _known(frame: Frame, test: ast.expr) -> bool:
    truth = condition(frame, test)
    if not isinstance(truth, bool):
        raise Computed
    return truth
