"""What can be lowered to a Func, with its parameters, defaults and body, and how a call binds them."""

from __future__ import annotations

import ast
import functools
import inspect
import types
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pullback import refusals
from pullback.frontend import conditions, stmts, structs
from pullback.frontend.bound import title
from pullback.frontend.constants import constant_value
from pullback.frontend.desugar import desugared
from pullback.frontend.frame import Frame
from pullback.frontend.guards import Source
from pullback.frontend.liveness import stored
from pullback.frontend.lowering import apply, lower
from pullback.frontend.scopes import (
    class_around,
    free_names,
    given_attributes,
    separated,
    with_private_names,
    yields,
)
from pullback.frontend.session import MEMORY
from pullback.frontend.source import find_source
from pullback.frontend.values import (
    ATTRIBUTES,
    Cell,
    Dct,
    Derived,
    Env,
    Linear,
    Local,
    Method,
    Partial,
    Poison,
    Static,
    Struct,
    Tup,
    Value,
)
from pullback.frontend.walking import Field, describe, function_name
from pullback.marked import REGISTERED, REGISTRY, RULED, is_checkpointed
from pullback.rules.table import lookup
from pullback.tree import found_in_class, is_named_tuple


def local_defaults(frame: Frame, node: ast.FunctionDef | ast.Lambda) -> dict[str, Value]:
    """Default values of a function defined inside, evaluated where it is defined."""
    a = node.args
    positional = [*a.posonlyargs, *a.args]
    found = {}
    for arg, default in zip(positional[len(positional) - len(a.defaults) :], a.defaults, strict=True):
        found[arg.arg] = lower(frame, default)
    for arg, kw in zip(a.kwonlyargs, a.kw_defaults, strict=True):
        if kw is not None:
            found[arg.arg] = lower(frame, kw)
    return found


Body = Callable[[Frame, Env], Value]
# What is run of a function with a rule of the user's, and of one that a primitive is registered for: a
# call of it that keeps the rule (``customs``).
RUN_RULED: dict[str, Callable[[Any, Frame, Env], Value]] = {}


@dataclass(frozen=True, eq=False, slots=True)
class Target:
    """Something that can be lowered to a Func: where it is, its parameters and its body.

    ``one_kind`` says that its result must be of one kind, as that of what is differentiated must;
    one that ``remembers`` keeps the tables of functions that have a cache outside; ``checkpoint`` that
    a call of it is run again by the reverse sweep; ``scope`` holds values of names from around it.
    It is ``apart`` if it is differentiated by its arguments alone, not by what it knows from around,
    though that may be the same array.
    """

    name: str
    node: ast.FunctionDef | ast.Lambda
    file: str
    python: types.FunctionType | None
    parent: Frame | None
    defaults: dict[str, Value | Source]
    identity: Any
    body: Body
    one_kind: bool = False
    remembers: bool = False
    checkpoint: bool = False
    scope: dict[str, Value] = field(default_factory=dict)
    apart: bool = False


def python_target(function: types.FunctionType) -> Target:
    """A Python function, read from its source."""
    source = find_source(function)
    node = desugared(separated(with_private_names(source.node, class_around(function.__code__))))
    defaults = _object_defaults(function, node)
    body = run_body
    for kind, ruled in (("body", RULED.get(function)), ("call", REGISTRY[REGISTERED].get(function))):
        if ruled is not None:
            body = functools.partial(RUN_RULED[kind], ruled)
    return Target(
        title(function), node, source.file, function, None, defaults, function, body,
        checkpoint=is_checkpointed(function),
    )  # fmt: skip


def _object_defaults(
    function: types.FunctionType, node: ast.FunctionDef | ast.Lambda
) -> dict[str, Value | Source]:
    """Defaults as they are on the function object (those in the source may have been rebound)."""
    a = node.args
    positional = [*a.posonlyargs, *a.args]
    given = function.__defaults__ or ()
    found = zip(positional[len(positional) - len(given) :], enumerate(given), strict=True)
    by_name = (function.__kwdefaults__ or {}).items()
    places: list[tuple[str, tuple[str, Any], Any]]
    places = [(arg.arg, ("__defaults__", k), v) for arg, (k, v) in found]
    places += [(name, ("__kwdefaults__", name), v) for name, v in by_name]
    return {name: _default(function, name, place, v) for name, place, v in places}


def _default(
    function: types.FunctionType, name: str, place: tuple[str, Any], held: Any
) -> Value | Source:
    """A default: what may change in place is read when the function is called."""
    value = constant_value(held)
    attribute, key = place
    changes = isinstance(value, Poison)
    return Source(function, name, (Field(attribute), key)) if changes else value


def local_target(local: Local) -> Target:
    home = local.home
    return Target(
        local.name, local.node, home.file, home.python, local.frame, {**local.defaults}, local,
        run_body, scope=local.scope | local.siblings,
    )  # fmt: skip


def target_of(
    frame: Frame, function: Value, node: ast.AST, args: Sequence[Value], keywords: Iterable[str] = ()
) -> Target:
    """What a value that is called stands for, as something to lower."""
    match function:
        case Local():
            return local_target(function)
        case Static(types.FunctionType() as python) if lookup(python) is None:
            return python_target(python)
    return _wrapper(frame, function, node, args, list(keywords))


_CALLED = "%called"


def _wrapper(
    frame: Frame, function: Value, node: ast.AST, args: Sequence[Value], keywords: Sequence[str]
) -> Target:
    """A function that only calls another value, such as a derivative or a primitive."""
    if not isinstance(function, Static | Derived | Linear | Partial):
        frame.reject(refusals.CANNOT_BE_DIFFERENTIATED, node, value=describe(function))
    names = parameter_names(function, len(args))
    named = [ast.arg(n) for n in keywords]
    plain = [ast.arg(n) for n in names]
    arguments = ast.arguments([], plain, None, named, [None] * len(named), None, [])
    holder = ast.Lambda(arguments, ast.Constant(None))
    ast.copy_location(holder, node)
    call = node if isinstance(node, ast.Call) else ast.Call(ast.Constant(None), [], [])
    ast.copy_location(call, node)

    def body(inner: Frame, env: Env) -> Value:
        inner.env = env
        given = {n: env[n] for n in keywords}
        return apply(inner, call, env[_CALLED], [env[n] for n in names], given)

    return Target(
        function_name(function), holder, frame.file, frame.python, None, {}, ("calls", node), body,
        scope={_CALLED: function},
    )  # fmt: skip


def parameter_names(function: Value, count: int) -> list[str]:
    """The names of the parameters of what is called, as far as it has any."""
    match function:
        case Derived(function=inner):
            return parameter_names(inner, count)
        case Static(value) if (derived := getattr(type(value), "__pullback_derived__", None)):
            return parameter_names(derived(value), count)
        case Local(node=node):
            found = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
        case Static(types.FunctionType() as python):
            found = list(python.__code__.co_varnames[: python.__code__.co_argcount])
        case _:
            found = []
    return (found + [f"x{k}" for k in range(count)])[:count] if len(found) < count else found[:count]


def positional_names(function: Value) -> list[str] | None:
    """The parameters that a function has to be given, by position or by name; None where that is not
    known, or it takes more than these."""
    match function:
        case Local(node=node):
            a = node.args
            return None if a.vararg or a.defaults else [x.arg for x in (*a.posonlyargs, *a.args)]
        case Static(types.FunctionType() as python):
            code = python.__code__
            more = code.co_flags & inspect.CO_VARARGS or python.__defaults__
            return None if more else list(code.co_varnames[: code.co_argcount])
        case Static(type() as cls) if is_named_tuple(cls):
            return None if cls._field_defaults else list(cls._fields)  # type: ignore[attr-defined]
        case Static(type() as cls):
            names = positional_names(Static(found_in_class(cls, "__init__")))
            return names and names[1:]
        case Method(owner=Struct(), function=Static() as inner):
            names = positional_names(inner)
            return names and names[1:]
    return None


def bind(
    frame: Frame, node: ast.AST, target: Target, args: Sequence[Value], keywords: dict[str, Value]
) -> Env:
    """Arguments by parameter name, as Python binds them."""
    a = target.node.args
    positional = [x.arg for x in (*a.posonlyargs, *a.args)]
    bound: Env = dict(zip(positional, args, strict=False))
    rest = dict(keywords)
    extra = tuple(args[len(positional) :])
    if a.vararg is not None:
        bound[a.vararg.arg] = Tup(extra)
    elif extra:
        frame.reject(
            refusals.TOO_MANY_ARGUMENTS, node, function=target.name, count=len(positional),
            given=len(args), parameters=parameters(a),
        )  # fmt: skip
    for name in [x.arg for x in (*a.args, *a.kwonlyargs)]:
        if name in rest:
            if name in bound:
                frame.reject(refusals.ARGUMENT_TWICE, node, function=target.name, name=name)
            bound[name] = rest.pop(name)
    if a.kwarg is not None:
        bound[a.kwarg.arg] = Dct(rest)
    elif rest:
        frame.reject(
            refusals.NO_PARAMETER, node, function=target.name, name=next(iter(rest)),
            parameters=parameters(a),
        )  # fmt: skip
    for name in [*positional, *(x.arg for x in a.kwonlyargs)]:
        if name not in bound:
            if name not in target.defaults:
                frame.reject(refusals.ARGUMENT_MISSING, node, function=target.name, name=name)
            default = target.defaults[name]
            if not isinstance(default, Source):  # which the function itself reads
                bound[name] = default
    return bound | target.scope


def defaults_from_outside(frame: Frame, target: Target, bound: Env) -> Env:
    """Defaults that may change in place, which belong to the function object."""
    missing = {n: d for n, d in target.defaults.items() if isinstance(d, Source) and n not in bound}
    return {name: frame.outside.value(source, name) for name, source in missing.items()}


def gathered(a: ast.arguments) -> list[str]:
    """The parameters that take all arguments that are left."""
    return [x.arg for x in (a.vararg, a.kwarg) if x is not None]


def parameters(a: ast.arguments) -> str:
    """The names of all parameters, for messages."""
    return ", ".join(x.arg for x in (*a.posonlyargs, *a.args, *a.kwonlyargs))


def run_body(frame: Frame, env: Env) -> Value:
    """Lower the statements of a function (or the expression of a lambda)."""
    frame.env = env
    if (place := yields(frame.node)) is not None:
        frame.reject(refusals.GENERATOR, place, function=getattr(frame.node, "name", ""))
    frame.open_cells()
    if frame.outermost() is frame:
        memories = sorted(frame.session.told.memories)
        frame.env |= {f"{MEMORY}{label}.{form}": Dct({}) for label, form in memories}
    if isinstance(frame.node, ast.Lambda):
        stmts.begin(frame)
        return conditions.value_of(frame, frame.node.body)
    return stmts.function_body(frame, frame.node.body)


def made_inside(frame: Frame, node: ast.FunctionDef | ast.Lambda, name: str) -> Local:
    """A function defined here: its names are those of the innermost function that has any of them."""
    defaults, reads = local_defaults(frame, node), free_names(node)
    around = frame
    while around.parent is not None and reads.isdisjoint({*around.local_names, *around.env}):
        around = around.parent
    scope: Env = {}
    if name in given_attributes(frame.node):
        scope[ATTRIBUTES] = frame.displayed(Struct(structs.function, {}))
    return Local(node, frame, name, defaults, around, scope)


@stmts.handles(ast.FunctionDef)
def define(frame: Frame, s: ast.FunctionDef) -> None:
    """A function, behind its decorators, the last of which is called first."""
    decorators = [lower(frame, node) for node in s.decorator_list]
    value: Value = made_inside(frame, s, s.name)
    for node, decorator in zip(reversed(s.decorator_list), reversed(decorators), strict=True):
        call = ast.copy_location(ast.Call(node, [], []), node)
        value = apply(frame, call, decorator, [value], {})
    frame.bind(s.name, value, s)


@stmts.handles(ast.Nonlocal)
def declare_nonlocal(frame: Frame, s: ast.Nonlocal) -> None:
    """Names of a function around: that must be one which is lowered as well."""
    for name in s.names:
        if not isinstance(frame.find(name), Cell):
            frame.reject(refusals.NONLOCAL_OUTSIDE, s, name=name)


@stmts.handles(ast.Global)
def declare_global(frame: Frame, s: ast.Global) -> None:
    """Global names are read without this; to assign to them would change what is not ours."""
    for name in s.names:
        if name in stored(frame.node.body if isinstance(frame.node, ast.FunctionDef) else []):
            frame.reject(refusals.GLOBAL_WRITTEN, s, name=name)
