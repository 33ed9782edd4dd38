"""The entry of the front end: a function and the kinds of a call become the main Func.

The main Func takes the leaves of the arguments and what the code captures from outside, and applies
the transform that was asked for, an op for a later phase to expand.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MethodType
from typing import Any

from pullback.errors import ArgumentError, InternalError
from pullback.frontend import (  # noqa: F401  (fill the tables of handlers)
    applied,
    assign,
    builtins_,
    calls,
    comparisons,
    composed,
    comprehensions,
    conditions,
    contexts,
    deques,
    derivatives,
    exprs,
    extracted,
    hoisted,
    imports,
    iteration,
    iterators,
    itertools_,
    jacobians,
    library,
    list_operators,
    list_slices,
    loops,
    maps,
    matching,
    math_,
    members,
    methods,
    operator_,
    operators,
    orders,
    paused,
    picks,
    protocols,
    raising,
    reflection,
    sequences,
    series,
    series_calculus,
    targets,
    tries,
    ufuncs,
)
from pullback.frontend.building import Unreachable
from pullback.frontend.frame import Frame
from pullback.frontend.guards import Guard, Source
from pullback.frontend.kinds import Kind, value_of
from pullback.frontend.session import Lowered, Session, StartOver, Told
from pullback.frontend.values import (
    NONE,
    Dct,
    Derived,
    Method,
    Ordered,
    Owner,
    Rows,
    Sparse,
    Static,
    Struct,
    Table,
    Tree,
    Tup,
    Value,
)
from pullback.frontend.walking import describe, is_function, leaves
from pullback.ir.core import Block, Const, Func, Var, free_vars
from pullback.ir.types import List
from pullback.tree import Instance


@dataclass(frozen=True, eq=False, slots=True)
class Main:
    """A lowered program: the main Func, what it captures (of which ``passed`` says where its last
    parameters come from), and what to guard. ``apart`` says that all containers that come from outside
    must be different objects."""

    func: Func
    captures: Sequence[tuple[Source, Kind]] = ()
    passed: Sequence[Source] = ()
    guards: Sequence[Guard] = ()
    apart: bool = False


def lower_call(
    function: Any, names: Sequence[str], kinds: Sequence[Kind], name: str,
    apply: Callable[[Frame, ast.Call, list[Value]], Value],
) -> Main:  # fmt: skip
    """Lower a call with arguments of these kinds; ``apply`` says what is done with them.

    Where a write is met that depends on whether reshapes are views, or names items of lists, all is
    lowered anew, with these found out at run time or followed; and where a function with a cache is
    met, with a table for it.
    """
    told = Told()
    while True:
        try:
            return _lower_call(function, names, kinds, name, apply, told)
        except StartOver as found:
            if told == (told | found.told):
                raise InternalError("lowering starts over with nothing new") from None
            told |= found.told


def _lower_call(
    function: Any, names: Sequence[str], kinds: Sequence[Kind], name: str,
    apply: Callable[[Frame, ast.Call, list[Value]], Value], told: Told,
) -> Main:  # fmt: skip
    session = Session(told=told)
    try:
        main = _lowered_in(session, function, names, kinds, name, apply)
    except StartOver:
        session.close()
        raise
    session.close()  # not after other errors: a report reads of the frames where it failed
    return main


def _lowered_in(
    session: Session, function: Any, names: Sequence[str], kinds: Sequence[Kind], name: str,
    apply: Callable[[Frame, ast.Call, list[Value]], Value],
) -> Main:  # fmt: skip
    session.names[name] = 1
    node = ast.Lambda(
        ast.arguments([], [ast.arg(n) for n in names], None, [], [], None, []), ast.Constant(None)
    )
    call = ast.Call(ast.Constant(None), [], [])
    home = targets.python_target(function) if not isinstance(function, Derived) else None
    for n in (node, call):
        ast.copy_location(n, home.node if home is not None else node)
    func = Func(name, Block([], [], []))
    lowered = Lowered(func)
    file = home.file if home is not None else ""
    frame = Frame(session, node, file, None, None, lowered)
    func.loc = frame.loc(node) if home is not None else None
    values = [session.enter(value_of(k, n)) for k, n in zip(kinds, names, strict=True)]
    for v in values:
        for a in leaves(v):
            if isinstance(a, Var):
                frame.given(a)
    try:
        result = members.read_inside(frame, apply(frame, call, values))
        result = conditions.of_one_kind(frame, result)
    except Unreachable:  # the function raises whatever its arguments of these kinds are
        result = NONE
    return _finish(session, frame, lowered, names, values, result)


def _finish(
    session: Session, frame: Frame, lowered: Lowered, names: Sequence[str],
    values: Sequence[Value], result: Value,
) -> Main:  # fmt: skip
    func = lowered.func
    results = [frame.heap.now(a) for a in leaves(result)]
    passed: list[tuple[Source, Value]] = []
    used = free_vars(Block([], frame.b.ops, results))
    for key, inside in lowered.captured.items():
        if key[0] != "outside":
            raise InternalError(f"the main function captures {key!r}")
        if any(a in used for a in leaves(inside)):
            passed.append((session.captures[key[1:]][0], inside))
    labelled = [*zip(names, values, strict=True), *((s.key, v) for s, v in passed)]
    params = [a for _, v in labelled for a in leaves(v) if isinstance(a, Var)]
    func.block = Block(params, frame.b.ops, results)
    func.arguments = [(n, as_tree(v)) for n, v in labelled]
    func.returns = result_tree(result)
    captures, guards = list(session.captures.values()), list(session.guards.values())
    return Main(func, captures, [s for s, _ in passed], guards, session.matters)


def as_tree(value: Value) -> Any:
    """A value as Python containers with variables as leaves."""
    match value:
        case Static() | Method(owner=Owner()):
            return None
        case Tree():
            return python_tree(value, [as_tree(v) for v in value.parts])
    return value


def python_tree(value: Tree, parts: Sequence[Any]) -> Any:
    """A container like that of a value, with these items."""
    match value:
        case Struct():
            return Instance(value.cls, dict(zip(value.items, parts, strict=True)))
        case Method():
            return Instance(MethodType, {"__self__": parts[0]})
        case Dct():
            return dict(zip(value.items, parts, strict=True))
        case Tup() if value.is_list:
            return list(parts)
    return tuple(parts)


def result_tree(value: Value) -> Any:
    """A result as Python containers with positions of results as leaves."""
    count = 0

    def build(v: Value) -> Any:
        nonlocal count
        match v:
            case Tree() if not is_function(v):
                if isinstance(v, Rows | Sparse | Table):
                    raise ArgumentError(
                        f"the function returns {describe(v)}, which has to be built at run time: "
                        "return a list or an array for each item"
                    )
                if isinstance(v, Struct) and any(name.startswith("%") for name in v.items):
                    raise ArgumentError(
                        f"the function returns {describe(v)}, a method of which has a cache: "
                        "return what is needed of it"
                    )
                if isinstance(v, Struct) and v.cls is slice:
                    raise ArgumentError("the function returns a slice: return where it starts and stops")
                if isinstance(v, Ordered):
                    raise ArgumentError("the function returns an OrderedDict: return dict(d)")
                return python_tree(v, [build(x) for x in v.parts])
            case Static(held) if held is None or isinstance(held, str):
                return Const(held)
            case Var(type=List(deque=True)):
                raise ArgumentError("the function returns a deque: return list(q)")
            case Var() | Const():
                count += 1
                return count - 1
        raise ArgumentError(f"the function returns {describe(v)}")

    return build(value)

