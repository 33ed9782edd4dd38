"""``functools.cache`` and ``lru_cache``: a table of results by arguments, as the function keeps it.

    @cache                     memory = {}
    def f(n): ..               def cached(n):
                                   if n in memory: return memory[n]
                                   found = f(n)
                                   memory[n] = found
                                   return found

The table of a function from outside begins empty with each call of what is differentiated. What is
called with other arguments than numbers that count and texts is computed anew each time: the values are
the same.
"""

from __future__ import annotations

import ast
import functools
from functools import lru_cache
from typing import Any

from pullback import refusals
from pullback.frontend import inline, targets
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import Keywords, apply, builtin
from pullback.frontend.session import StartOver, Told
from pullback.frontend.values import Dct, Local, Partial, Static, Value
from pullback.ir.core import Const, Var
from pullback.ir.types import Scalar

TEXT = """
def cached({parameters}):
    if {key} in memory:
        return memory[{key}]
    found = function({parameters})
    memory[{key}] = found
    return found
"""


@builtin(functools.cache, functools.lru_cache)
def cache(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """A decorator, which may be called with how much is kept before."""
    if keywords.keys() - {"maxsize", "typed"} or len(args) > 2:
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="lru_cache", arguments="maxsize, typed")
    match args:
        case [Local() as function]:
            name = f"%{function.name}.memory"
            if _is_repeated(frame.node, node):  # each time it has another table: it does without
                return function
            frame.env[name] = Dct({})
            return _with_memory(frame, function, name, function.name)
    return Partial(Static(functools.cache), (), {})


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
    return _with_memory(root, Static(function), name, function.__name__)


def _with_memory(home: Frame, function: Local | Static, memory: str, name: str) -> Value:
    """A function that looks its results up in a table, which ``home`` knows by a name."""
    target = _target(function)
    a = target.node.args
    names = tuple(x.arg for x in (*a.posonlyargs, *a.args))
    if not names or a.vararg or a.kwarg or a.kwonlyargs:
        return function
    node = _remembering(target.node, names, memory)
    cached = Local(node, home, name, {}, home, {"function": function})
    return Partial(Static(call_cached), (function, cached), {})


def call_cached(function: Any, cached: Any, *args: Any, **keywords: Any) -> Any:
    """What a call of a function with a cache stands for."""
    return cached(*args, **keywords)


@builtin(call_cached)
def call(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    function, cached, *given = args
    assert isinstance(function, Local | Static)
    target = _target(function)
    bound = targets.bind(frame, node, target, given, keywords)
    places = [bound.get(x.arg) for x in (*target.node.args.posonlyargs, *target.node.args.args)]
    keys = [v for v in places if v is not None and _is_key(v)]
    if len(keys) < len(places):
        return apply(frame, node, function, given, keywords)
    return apply(frame, node, cached, keys, {})


def _target(function: Local | Static) -> targets.Target:
    if isinstance(function, Local):
        return targets.local_target(function)
    return targets.python_target(function.value)


def _is_key(value: Value) -> bool:
    """Whether results are found by a value: one of few, which have no derivative."""
    if isinstance(value, Const):
        return type(value.value) in (int, bool, str)
    if isinstance(value, Static):
        return isinstance(value.value, str)
    return isinstance(value, Var) and isinstance(value.type, Scalar) and value.type.cls == "int"


@lru_cache(maxsize=256)
def _remembering(node: ast.AST, names: tuple[str, ...], memory: str) -> ast.FunctionDef:
    """The function with a table, the same one for the same function."""
    parameters = ", ".join(names)
    key = parameters if len(names) == 1 else f"({parameters})"
    module = ast.parse(TEXT.format(parameters=parameters, key=key))
    used = {n.id: n.id for n in ast.walk(module) if isinstance(n, ast.Name)} | {"memory": memory}
    placed = inline.placed(module, used, node)
    assert isinstance(placed, ast.Module)
    (function,) = placed.body
    assert isinstance(function, ast.FunctionDef)
    return function
