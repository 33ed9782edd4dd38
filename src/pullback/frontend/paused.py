"""Generators that are asked for their items one by one: objects that keep what is read behind ``yield``.

    g = items(x)        g = Paused(x, after=None, done=False)
    a = next(g)         a = items(g, None)
                        if a is g.end: raise StopIteration

The function is that of ``pausing``. All else asks such an object as it asks other iterators.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any, cast

from pullback import refusals
from pullback.frontend import functions, inline, signatures, targets
from pullback.frontend.asking import Paused
from pullback.frontend.frame import Frame
from pullback.frontend.generators import place_in
from pullback.frontend.iteration import normal
from pullback.frontend.lowering import ON_LISTS, ON_WALKS, Keywords, builtin, entered, simple_op
from pullback.frontend.pausing import (
    CURSOR,
    DONE,
    END,
    GIVEN,
    MORE,
    SELF,
    SENT,
    TAKEN,
    Pausing,
    Unfit,
    pausing,
)
from pullback.frontend.ranges import begun, opened
from pullback.frontend.rows import is_listed
from pullback.frontend.values import (
    NONE,
    Dct,
    Generator,
    Items,
    Lazy,
    Local,
    Static,
    Struct,
    Tup,
    Value,
    Walk,
)
from pullback.frontend.walking import bound_here, describe
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array, Scalar

OF = "items"
NO_MORE = object()  # what the function gives where the generator ends
NEXT = """
item = source.resume(sent)
if item is source.end:
    raise StopIteration
"""
AHEAD = """
source.item = source.resume(None)
more = source.item is not source.end
"""


class Described:
    """What ``zip``, ``enumerate``, ``map`` and ``range`` give, as something that can be kept."""


# ---- making them


@entered(ON_WALKS, "paused")
def paused(frame: Frame, node: ast.AST, value: Value) -> Value:
    """A generator that can be kept, and asked for its items one by one, also where one is among several
    arguments; other values as they are."""
    if isinstance(value, Tup | Dct) and any(isinstance(part, Lazy) for part in value.parts):
        return value.remade([paused(frame, node, part) for part in value.parts])
    if not isinstance(value, Lazy):
        return value
    generator = ON_LISTS[ast.GeneratorExp](frame, node, value)
    assert isinstance(generator, Generator)
    function = _function(generator.target)
    held: dict[str, Value] = {OF: function, END: Static(NO_MORE), DONE: Const(False)}
    for name in _parameters(generator.target):
        if (item := generator.bound.get(name)) is not None:
            held[name] = paused(frame, node, item)
            if bound_here(held[name]):
                frame.reject(refusals.ITERATOR_ARGUMENT, node, value=describe(item))
    held |= dict.fromkeys(_plan(generator.target).states, NONE)
    return Struct(Paused, held)


def _function(target: targets.Target) -> Local | Static:
    """The function whose call made a generator."""
    return target.identity if isinstance(target.identity, Local) else Static(target.python)


def _parameters(target: targets.Target) -> list[str]:
    return [a.arg for a in ast.walk(target.node.args) if isinstance(a, ast.arg)]


def _plan(target: targets.Target) -> Pausing:
    assert isinstance(target.node, ast.FunctionDef)
    try:
        return pausing(target.node)
    except Unfit as unfit:
        raise unfit.row.at(place_in(target, unfit.place)) from None


# ---- asking them


@builtin(Paused.resume)
def resumed(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """The next item of a generator, or that there is none."""
    owner, sent = args
    assert isinstance(owner, Struct)
    function = frame.decided(owner.items[OF])
    if isinstance(function, Local):
        target = targets.local_target(function)
    else:
        target = targets.python_target(cast("Static", function).value)
    identity = ("paused", signatures.identity_of(target))
    renewed = replace(target, node=_plan(target).node, identity=identity)
    helpers = {CURSOR: Static(cursor), MORE: Static(more), TAKEN: Static(taken)}
    given = {SELF: owner, SENT: sent, **helpers}
    assert tuple(given) == GIVEN
    return functions.call_bound(frame, node, renewed, given | target.scope)


@builtin(Paused.__next__, Paused.send)
def following(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """``next(g)`` and ``g.send(value)``."""
    if not 1 <= len(args) <= 2 or keywords:
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="send", arguments="a value")
    owner, sent = (*args, NONE)[:2]
    end = Static(StopIteration)
    return inline.expand(frame, node, NEXT, "item", source=owner, sent=sent, StopIteration=end)


@builtin(Paused.close)
def closed(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """``g.close()``."""
    inline.expand(frame, node, f"source.{DONE} = out = True", "out", source=args[0])
    return NONE


@builtin(Paused.__iter__)
def itself(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    return args[0]


# ---- loops in them


def cursor(source: Any) -> Any:
    """What stands for the beginning of a loop in a generator."""


def more(source: Any, place: int) -> bool:
    """What stands for whether such a loop has an item at a place."""
    raise NotImplementedError


def taken(source: Any, place: int) -> Any:
    """What stands for that item."""


@builtin(cursor)
def _cursor(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    (source,) = args
    return _described(frame, node, begun(frame, node, source))


def _described(frame: Frame, node: ast.AST, value: Value) -> Value:
    """What a loop goes through, if it may be kept and has items at places."""
    if isinstance(value, Walk) and value.kind in ("range", "zip", "map", "enumerate") and not value.at:
        first = value.sources[:1] if value.kind == "map" else ()  # the function
        rest = (s if _is_number(s) else _described(frame, node, s) for s in value.sources[len(first) :])
        sources = (*first, *rest)
        return Struct(Described, {"kind": Static(value.kind), "sources": Tup(sources)})
    if _has_places(value):
        return value
    frame.reject(refusals.PAUSED_LOOP, node, value=describe(value))


def _is_number(value: Value) -> bool:
    return isinstance(value, Const) or (isinstance(value, Var) and isinstance(value.type, Scalar))


def _has_places(value: Value) -> bool:
    is_array = isinstance(value, Var) and isinstance(value.type, Array)
    return is_array or is_listed(value) or isinstance(value, Tup)


def _walk(frame: Frame, node: ast.AST, value: Value) -> Value:
    if not (isinstance(value, Struct) and value.cls is Described):
        return value
    kind, sources = value.items["kind"], value.items["sources"]
    assert isinstance(kind, Static)
    assert isinstance(sources, Tup)
    return Walk(kind.value, tuple(_walk(frame, node, s) for s in sources.items), node)


def _items(frame: Frame, node: ast.AST, source: Value) -> Items:
    items = opened(frame, node, _walk(frame, node, source))
    if items is None:
        frame.reject(refusals.PAUSED_LOOP, node, value="items of several kinds")
    return normal(frame, node, items)


def _is_a(value: Value, cls: type) -> bool:
    return isinstance(value, Struct) and value.cls is cls


@builtin(more)
def _more(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    source, place = args
    if _is_a(source, Described):
        return simple_op(frame, node, "lt", cast("Atom", place), _items(frame, node, source).stop)
    if _is_a(source, Paused):
        return inline.expand(frame, node, AHEAD, "more", source=source)
    _described(frame, node, source)
    return inline.expand(frame, node, "more = place < len(source)", "more", source=source, place=place)


@builtin(taken)
def _taken(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    source, place = args
    if _is_a(source, Described):
        return _items(frame, node, source).item(cast("Atom", place))
    if _is_a(source, Paused):
        return inline.expand(frame, node, "item = source.item", "item", source=source)
    return inline.expand(frame, node, "item = source[place]", "item", source=source, place=place)
