"""``functools.cache`` and ``lru_cache``: a table of results by arguments, as the function keeps it.

    @cache                     memory = {}
    def f(n): ..               def cached(n):
                                   if n in memory: return memory[n]
                                   found = f(n)
                                   memory[n] = found
                                   return found

The table of a function from outside begins empty with each call of what is differentiated. What is
called with other arguments than numbers and texts that do not vary is computed anew each time: the
values are the same, or the call is refused, for what the function reads has changed since. A cache that
forgets results for others is taken for one that does not, on the same condition.

A method keeps its results in its object, by a name that no attribute of the user's has: so they are told
apart by the object, and outlive what changes in it, as in Python.
"""

from __future__ import annotations

import ast
import functools
import types
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast

from pullback import refusals
from pullback.frontend import inline, ranges, structs, targets
from pullback.frontend.alternatives import may_miss
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import Keywords, apply, builtin
from pullback.frontend.scopes import free_names
from pullback.frontend.session import StartOver, Told
from pullback.frontend.values import MISSING, Dct, Local, Partial, Static, Struct, Tree, Value
from pullback.ir.core import Const, Var
from pullback.ir.types import Scalar

FEW = 128  # so many results lru_cache keeps if it is not told
FOUND, FUNCTION = "%%found", "%%function"  # names that no parameter has
TEXT = """
def cached({parameters}):
    if {key} in {memory}:
        return {memory}[{key}]
    {found} = {function}({parameters})
    {memory}[{key}] = {found}
    return {found}
"""
IN_OBJECT = """
def cached({parameters}):
    if {key} in {owner}.memory:
        return {owner}.memory[{key}]
    {found} = {function}({parameters})
    {owner}.memory[{key}] = {found}
    return {found}
"""


@builtin(functools.cache, functools.lru_cache)
def cache(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """A decorator, which may be called with how much is kept before."""
    if keywords.keys() - {"maxsize", "typed"} or len(args) > 2:
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="lru_cache", arguments="maxsize, typed")
    match args:
        case [Local() as function]:
            known = frame.session.computed_anew
            for key in [key for key in known if key[1] is function.node]:
                del known[key]  # it is another function, which has kept nothing
            name = f"%{function.name}.memory"
            if _is_repeated(frame.node, node):  # each time it has another table: it does without
                return Partial(Static(call_without), (function,), {})
            frame.env[name] = Dct({})
            size = keywords.get("maxsize", args[1] if len(args) > 1 else None)
            return _with_memory(frame, function, name, function.name, _forgets(size))
    limits = {k: v for k, v in (("maxsize", args[0] if args else None),) if v is not None}
    return Partial(Static(functools.cache), (), limits | keywords)


def _forgets(size: Value | None) -> bool:
    """Whether results of so few calls are kept that more may well be asked for."""
    number = getattr(size, "value", None)
    return isinstance(number, int) and number < FEW


def _is_repeated(around: ast.AST, node: ast.AST) -> bool:
    """Whether a piece of syntax stands in a loop."""
    loops = (n for n in ast.walk(around) if isinstance(n, ast.For | ast.While))
    place = (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
    inside = (n for loop in loops for n in ast.walk(loop) if hasattr(n, "lineno"))
    return any((n.lineno, n.col_offset) == place for n in inside)  # type: ignore[attr-defined]


def from_outside(frame: Frame, wrapper: Any) -> Value:
    """What a function with a cache that was made outside stands for: its table is kept by what is
    differentiated."""
    function = wrapper.__wrapped__
    root = frame.outermost()
    name = f"%{function.__name__}.memory"
    if name not in root.env:
        raise StartOver(Told(memories=frozenset([name])))
    size = Static(wrapper.cache_parameters()["maxsize"])
    return _with_memory(root, Static(function), name, function.__name__, _forgets(size))


def _with_memory(
    home: Frame, function: Local | Static, memory: str, name: str, forgets: bool
) -> Value:
    """A function that looks its results up in a table, which ``home`` knows by a name."""
    target = _target(function)
    a = target.node.args
    names = tuple(x.arg for x in (*a.posonlyargs, *a.args))
    if not names or a.vararg or a.kwarg or a.kwonlyargs:
        return Partial(Static(call_without), (function,), {})
    node = _remembering(target.node, names, memory)
    cached = Local(node, home, name, {}, home, {FUNCTION: function})
    return Partial(Static(call_cached), (function, cached, Const(forgets)), {})


def call_cached(function: Any, cached: Any, forgets: bool, *args: Any, **keywords: Any) -> Any:
    """What a call of a function with a cache stands for."""
    return cached(*args, **keywords)


@builtin(call_cached)
def call(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    function, cached, forgets, *given = args
    assert isinstance(function, Local | Static)
    target = _target(function)
    bound = targets.bind(frame, node, target, given, keywords)
    names = [x.arg for x in (*target.node.args.posonlyargs, *target.node.args.args)]
    places = [bound.get(name) for name in names]
    owner = places[0] if places else None
    keys = [v for v in places if v is not None and _is_key(v)]
    if isinstance(owner, Struct) and isinstance(function, Static):
        if forgets == Const(True):
            return without(frame, node, [function, *given], keywords)
        keys = keys if _is_key(owner) else [owner, *keys]
        memory = structs.table_of(function.value, f"{len(given)}, {', '.join(keywords)})")
        return _call_in_object(frame, node, function.value, owner, names, keys, memory)
    if forgets == Const(True):
        _demand_kept(frame, node, function, given)
    if len(keys) < len(places):
        return without(frame, node, [function, *given], keywords)
    return apply(frame, node, cached, keys, {})


def call_without(function: Any, *args: Any, **keywords: Any) -> Any:
    """What a call of a function stands for whose results are not looked up."""
    return function(*args, **keywords)


@builtin(call_without)
def without(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    function, *given = args
    assert isinstance(function, Local | Static)
    _demand_kept(frame, node, function, [*given, *keywords.values()])
    return apply(frame, node, function, given, keywords)


def _demand_kept(
    frame: Frame, node: ast.Call, function: Local | Static, given: Sequence[Value]
) -> None:
    """Refuse to compute anew what Python may remember, if what the function reads around it, or an
    object that it is given, has changed since."""
    held: dict[object, Any] = {}
    if isinstance(function, Local):
        for name in sorted(free_names(function.node)):
            value = function.scope.get(name) or (function.frame and frame.around(function.frame, name))
            if isinstance(value, Tree | Var | Const):
                held[name] = ranges.stood(frame, cast("Value", value))
    held |= {v.identity: ranges.stood(frame, v) for v in given if isinstance(v, Struct)}
    target = _target(function)
    for key, value in held.items():
        known = frame.session.computed_anew.setdefault((frame, target.node, key), value)
        if known != value:
            frame.reject(refusals.KEPT_BY_WHAT_VARIES, node, function=target.name)


def _call_in_object(
    frame: Frame, node: ast.Call, function: types.FunctionType, owner: Struct, names: list[str],
    given: list[Value], memory: str,
) -> Value:  # fmt: skip
    """A call of a function that keeps what it gives for an object in that, under a name."""
    _demand_identity(frame, node, function, owner)
    if len(given) < len(names):
        frame.reject(refusals.KEPT_BY_WHAT_VARIES, node, function=function.__name__)
    held = owner.items.get(memory, MISSING)
    if memory not in frame.session.told.kept:
        raise StartOver(Told(kept=frozenset([memory])))
    if may_miss(held):
        held = frame.decided(held)
    if held is MISSING:
        structs.store(frame, node, owner, memory, Dct({}))
    node_of = _target(Static(function)).node
    remembering = _remembering_in_object(node_of, tuple(names), memory)
    scope: dict[str, Value] = {FUNCTION: Static(function)}
    cached = Local(remembering, frame.outermost(), function.__name__, {}, None, scope)
    return apply(frame, node, cached, [frame.latest(owner), *given[1:]], {})


def _demand_identity(
    frame: Frame, node: ast.Call, function: types.FunctionType, owner: Struct
) -> None:
    """Demand that objects are equal to themselves alone."""
    found = structs.stored(frame, owner.cls, "__hash__")
    held = found and found.held
    if held is None:
        frame.raises("TypeError", f"unhashable type: {owner.cls.__name__!r}")
    if held is not object.__hash__:
        frame.reject(refusals.CACHED_METHOD, node, name=function.__name__, cls=owner.cls.__name__)


def _target(function: Local | Static) -> targets.Target:
    if isinstance(function, Local):
        return targets.local_target(function)
    return targets.python_target(function.value)


def _is_key(value: Value) -> bool:
    """Whether results are found by a value: one of few, which have no derivative."""
    if isinstance(value, Const):
        return type(value.value) in (int, bool, str, float)
    if isinstance(value, Static):
        return isinstance(value.value, str)
    return isinstance(value, Var) and isinstance(value.type, Scalar) and value.type.cls == "int"


@lru_cache(maxsize=256)
def _remembering(node: ast.AST, names: tuple[str, ...], memory: str) -> ast.FunctionDef:
    """The function with a table, the same one for the same function."""
    return _parsed(node, TEXT, names, names, memory)


@lru_cache(maxsize=256)
def _remembering_in_object(
    node: ast.AST, names: tuple[str, ...], memory: str
) -> ast.FunctionDef:
    """The function with a table that the first of its parameters has under a name."""
    function = _parsed(node, IN_OBJECT, names, names[1:], memory)
    for n in ast.walk(function):
        if isinstance(n, ast.Attribute):
            n.attr = memory
    return function


def _parsed(
    node: ast.AST, text: str, names: tuple[str, ...], keys: tuple[str, ...], memory: str
) -> ast.FunctionDef:
    """One of the texts above, which stands for a function; no keys are the key 0. Its own names are told
    apart from the parameters."""
    parameters = ", ".join(names)
    key = f"({', '.join(keys)})" if len(keys) > 1 else next(iter(keys), "0")
    longest = max(names, key=len)
    own = {name: f"{longest}_{name}" for name in ("memory", "found", "function")}
    text = text.format(parameters=parameters, key=key, owner=names[0], **own)
    renamed = zip(own.values(), (memory, FOUND, FUNCTION), strict=True)
    return inline.function_of(text, node, **dict(renamed))
