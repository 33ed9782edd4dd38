"""Functions made of functions: ``functools.partial`` and ``wraps``, and the getters of ``operator``."""

from __future__ import annotations

import ast
import functools
import operator
import types
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeGuard

import numpy as np

from pullback import refusals
from pullback.frontend import applied, caches, conditions, indexing, inline, reflection, several, structs
from pullback.frontend.frame import Frame
from pullback.frontend.guards import Guard, Source
from pullback.frontend.lowering import (
    BUILTINS,
    OUT_OF_RANGE,
    Keywords,
    applies,
    apply,
    as_atom,
    builtin,
    simple_op,
    static,
)
from pullback.frontend.values import Local, Partial, Static, Tup, Value
from pullback.frontend.walking import Field, describe, plain
from pullback.ir.core import Const, Var

GETTERS = (operator.itemgetter, operator.attrgetter, operator.methodcaller)


@builtin(functools.partial)
def partial(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """A function with some of its arguments, which are evaluated here."""
    if not args:
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="partial", arguments="a function")
    return Partial(args[0], tuple(args[1:]), keywords)


@applies(Partial)
def call_partial(
    frame: Frame, node: ast.Call, function: Partial, args: list[Value], keywords: Keywords
) -> Value:
    return apply(frame, node, function.function, [*function.args, *args], function.keywords | keywords)


@builtin(functools.wraps)
def wraps(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """A decorator that gives a function the name of another one, which changes nothing else."""
    given = structs.attributes_of(frame, args[0]) if args else None
    if given is not None and given.items:
        frame.reject(refusals.FUNCTION_ATTRIBUTE_ASSIGNED, node, name=next(iter(given.items)))
    return Partial(Static(functools.update_wrapper), (), {})


@builtin(functools.update_wrapper)
def update_wrapper(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    if not args:
        frame.reject(
            refusals.BUILTIN_ARGUMENTS, node, name="update_wrapper", arguments="a function first"
        )
    return args[0]


@builtin(indexing.call_at)
def call_at(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """A call of one of several functions, of which a run tells which one it is."""
    place, held, *_ = args
    assert isinstance(held, Tup)
    count = len(held.items)
    i = as_atom(frame, place, node, "an integer")
    for op, bound in (("ge", -count), ("lt", count)):
        inside = simple_op(frame, node, op, i, Const(bound))
        conditions.raise_where(frame, node, inside, "IndexError", OUT_OF_RANGE, unless=True)
    return call_nth(frame, node, [simple_op(frame, node, "mod", i, Const(count)), *args[1:]], keywords)


@builtin(several.call_nth)
def call_nth(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """The same where the place is known to be one of them."""
    k, held, *given = args
    assert isinstance(k, Var | Const)
    assert isinstance(held, Tup)
    functions = held.items
    name = "%called"

    def only(n: int) -> None:
        value = apply(frame, node, functions[n], given, keywords)
        frame.env[name] = value  # of which a branch in the call may have made another one

    def call(n: int) -> None:
        if n + 1 == len(functions):
            only(n)
            return
        here = simple_op(frame, node, "eq", k, Const(n))
        sides = (lambda: only(n), lambda: call(n + 1))
        conditions.branch(frame, here, *sides, dict(frame.env), frame.loc(node))

    call(0)
    return conditions.take(frame, name, node)


# ---- getters


@builtin(operator.itemgetter)
def item_getter(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    names = _given(frame, node, args, keywords, "itemgetter")
    return _getter(frame, node, [f"owner[{n}]" for n in names], dict(zip(names, args, strict=True)))


@builtin(operator.attrgetter)
def attribute_getter(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    _given(frame, node, args, keywords, "attrgetter")
    paths = [static(frame, node, a) for a in args]
    if not all(isinstance(p, str) and p.replace(".", "").isidentifier() for p in paths):
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="attrgetter", arguments="names")
    return _getter(frame, node, [f"owner.{p}" for p in paths], {})


@builtin(operator.methodcaller)
def method_caller(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    _given(frame, node, args, {}, "methodcaller")
    name = static(frame, node, args[0])
    places = [f"given{k}" for k in range(1, len(args))]
    by_name = [f"{k}={k}" for k in keywords]
    text = f"owner.{name}({', '.join([*places, *by_name])})"
    return _getter(frame, node, [text], dict(zip(places, args[1:], strict=True)) | keywords)


def _given(
    frame: Frame, node: ast.Call, args: Sequence[Value], keywords: Keywords, name: str
) -> list[str]:
    if not args or keywords:
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name=name, arguments="what to get")
    return [f"given{k}" for k in range(len(args))]


def _getter(
    frame: Frame, node: ast.Call, gets: Sequence[str], held: dict[str, Value]
) -> Local:
    """A function of one argument, which holds what it needs by defaults."""
    body = gets[0] if len(gets) == 1 else f"({', '.join(gets)})"
    text = f"lambda owner, {', '.join(f'{n}=None' for n in held)}: {body}"
    return Local(_parsed(text, node), frame, "getter", held, None)


@lru_cache(maxsize=256)
def _parsed(text: str, node: ast.Call) -> ast.Lambda:
    """The same function for the same place."""
    expression = ast.parse(text, mode="eval")
    names = {n.id: n.id for n in ast.walk(expression) if isinstance(n, ast.Name)}
    placed = inline.placed(expression, names, node)
    assert isinstance(placed, ast.Expression)
    assert isinstance(placed.body, ast.Lambda)
    return placed.body


# ---- functions chosen by the class of their first argument

DISPATCHED = functools.singledispatch(lambda value: value).__code__  # type: ignore[attr-defined]


def is_dispatcher(value: Any) -> TypeGuard[types.FunctionType]:
    """Whether an object from outside is what ``functools.singledispatch`` gives."""
    return isinstance(value, types.FunctionType) and value.__code__ is DISPATCHED


def dispatched(
    frame: Frame, node: ast.AST, dispatcher: types.FunctionType, args: Sequence[Value]
) -> Static:
    """The function that is called for the class of the first argument."""
    if not args:
        name = dispatcher.__name__
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name=name, arguments="what it is chosen by")
    registry = Source(dispatcher, "", (Field("registry"),))
    known = tuple(dispatcher.registry.values())  # type: ignore[attr-defined]
    frame.session.guards["registry", id(dispatcher)] = Guard(registry, "values", known)
    choose = dispatcher.dispatch  # type: ignore[attr-defined]
    chosen = {choose(cls) for cls in reflection.classes_of(frame, node, plain(args[0]))}
    if len(chosen) > 1:
        frame.reject(refusals.CLASS_DEPENDS_ON_CALL, node, value=describe(args[0]))
    return Static(chosen.pop())


@builtin(structs.call_dispatched)
def call_dispatched(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """A call of a method that is chosen by the class of what it is given."""
    held, owner, *given = args
    assert isinstance(held, Static)
    method = dispatched(frame, node, held.value.dispatcher, given)
    return apply(frame, node, method, [owner, *given], keywords)


def opened(frame: Frame, node: ast.Call, value: Any) -> Value | None:
    """What an object from outside that was made by one of these functions stands for."""
    if isinstance(value, functools.partial):
        args = [_from_outside(frame, value, "args", k, a) for k, a in enumerate(value.args)]
        by_name = {
            k: _from_outside(frame, value, "keywords", k, a) for k, a in value.keywords.items()
        }
        return Partial(Static(value.func), tuple(args), by_name)
    if isinstance(value, np.vectorize):
        return applied.from_outside(frame, node, value)
    if isinstance(value, structs.CACHED):
        return caches.from_outside(frame, value)
    if isinstance(value, GETTERS):
        made: tuple[Any, ...] = value.__reduce__()  # type: ignore[assignment]
        if made[0] in GETTERS:
            return BUILTINS[made[0]](frame, node, [_held(a) or Static(a) for a in made[1]], {})
    return None


def _from_outside(frame: Frame, holder: Any, attribute: str, key: int | str, held: Any) -> Value:
    """What a partial function from outside holds; what can change is read when it is called."""
    source = Source(holder, "", (Field(attribute), key))
    return _held(held) or frame.outside.value(source, str(key) if isinstance(key, str) else "held")


def _held(value: Any) -> Value | None:
    """What an object from outside holds, which cannot change."""
    if type(value) in (bool, int, float):
        return Const(value)
    if value is None or isinstance(value, str) or callable(value):
        return Static(value)
    return None
