"""Context managers written in Python, lowered as the statements that they stand for.

    with timer(a) as t:     start = clock()     # the body of the function that ``contextmanager`` made
        BODY                t = start           # one of, in which BODY stands where it yields; exits of
                            BODY                # BODY wait until the rest of it has run
                            print(clock() - start)

    with Timer(a) as t:     manager = Timer(a)
        BODY                entered = manager.__enter__()
                            try:
                                t = entered
                                BODY
                            finally: manager.__exit__(None, None, None)

Where BODY raises, ``__exit__`` takes the exception, which is raised again unless that returns True.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import types
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from pullback import refusals
from pullback.frontend import inline, stmts, targets
from pullback.frontend.desugar import Entered, Resumed, Suspended
from pullback.frontend.frame import Frame
from pullback.frontend.guards import code_guard
from pullback.frontend.liveness import extend
from pullback.frontend.lowering import Keywords
from pullback.frontend.structs import function_of
from pullback.frontend.unfolded import WAYS, Unfolder, own_names, unfolding
from pullback.frontend.values import UNSET, Env, Method, Static, Struct, Value
from pullback.tree import found_in_class

_MADE = contextlib.contextmanager(lambda: iter(())).__code__


def generator_of(frame: Frame, function: Value) -> tuple[types.FunctionType, list[Value]] | None:
    """The generator function that ``contextlib.contextmanager`` made a function of, and what it takes
    before the arguments of a call."""
    first: list[Value] = []
    match function:
        case Static(types.FunctionType() as python):
            found = python
        case Method(owner=owner, function=Static(types.FunctionType() as python)):
            found, first = python, [owner]
        case _:
            return None
    if found.__code__ is not _MADE or found.__closure__ is None:
        return None
    frame.session.guards["code", id(found)] = code_guard(found)
    inner = found.__closure__[0].cell_contents
    return (inner, first) if isinstance(inner, types.FunctionType) else None


def enter_generator(
    frame: Frame, s: ast.With, call: ast.Call, generator: types.FunctionType, args: list[Value],
    keywords: Keywords,
) -> None:  # fmt: skip
    """A ``with`` of one item, which calls a function that ``contextmanager`` made."""
    if generator in frame.unfolded:
        frame.reject(refusals.CONTEXT_IN_ITSELF, call, function=generator.__name__)
    frame.session.guards["code", id(generator)] = code_guard(generator)
    target = targets.python_target(generator)
    assert isinstance(target.node, ast.FunctionDef)
    bound = targets.bind(frame, call, target, args, keywords)
    yielding = _only_yield(frame, call, target.node)
    own = own_names(frame, target.node)
    ways = inline.distinct(frame, {way: f"left.{way[1:]}" for way in WAYS})
    suspended = partial(_suspended, s, list(ways.values()), frame.unfolded)
    block = _Around(own, generator, target.file, yielding, suspended).body(target.node)
    resume = Resumed(_names(s, list(ways.values()), ast.Load()))
    given: Env = {ways[way]: frame.env[way] for way in WAYS}
    given |= {own[n]: bound.get(n, UNSET) for n in own}
    with unfolding(frame, (*frame.unfolded, generator)):
        _run(frame, s, [*block, ast.copy_location(resume, s)], given)


def _run(frame: Frame, s: ast.With, block: Sequence[ast.stmt], given: Env) -> None:
    """Run statements in place of a ``with``, with names of their own."""
    extend(frame.liveness, block, *frame.liveness.ways[s])
    frame.env |= given
    stmts.run(frame, block)
    for name in given:
        frame.env.pop(name, None)


def _taken(item: ast.withitem, value: ast.expr) -> ast.stmt:
    """What a context gives goes to the name behind ``as``, if there is one."""
    first: ast.stmt = ast.Expr(value)
    if item.optional_vars is not None:
        first = ast.Assign([item.optional_vars], value)
    return ast.copy_location(first, item.context_expr)


def _names(place: ast.AST, names: Sequence[str], context: ast.expr_context) -> list[ast.Name]:
    return [ast.copy_location(ast.Name(n, context), place) for n in names]


# ---- generators


def _only_yield(frame: Frame, call: ast.Call, node: ast.FunctionDef) -> ast.stmt:
    """The statement that yields: one that runs once, whatever comes."""
    found = list(_yielding(node.body))
    inside = [n for n in ast.walk(node) if isinstance(n, ast.Yield | ast.YieldFrom)]
    returns = any(isinstance(n, ast.Return) for n in ast.walk(node))
    if len(found) != 1 or len(inside) != 1 or returns:
        frame.reject(refusals.CONTEXT_YIELDS, call, function=node.name)
    return found[0]


def _yielding(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that yield, of those that run one after the other."""
    for s in body:
        match s:
            case ast.Expr(ast.Yield()):
                yield s
            case ast.Try() | ast.With():
                yield from _yielding(s.body)


class _Around(Unfolder):
    """The body of a generator, around the statements of a ``with``."""

    def __init__(
        self, names: dict[str, str], python: types.FunctionType, file: str, yielding: ast.stmt,
        suspended: Callable[[ast.expr | None], ast.stmt],
    ) -> None:  # fmt: skip
        super().__init__(names, python, file)
        self.kept = {id(yielding): yielding}
        self.yielding = yielding
        self.suspended = suspended

    def visit(self, node: ast.AST) -> Any:
        if node is not self.yielding:
            return super().visit(node)
        assert isinstance(node, ast.Expr)
        assert isinstance(node.value, ast.Yield)
        given = node.value.value
        return self.suspended(None if given is None else self.visit(copy.deepcopy(given)))


def _suspended(
    s: ast.With, ways: list[str], around: tuple[object, ...], given: ast.expr | None
) -> ast.stmt:
    """What stands where a generator yields."""
    value = ast.copy_location(ast.Constant(None), s) if given is None else given
    first = _taken(s.items[0], value)
    return ast.copy_location(Suspended([first, *s.body], _names(s, ways, ast.Store()), around), s)


# ---- classes


def is_manager(cls: type) -> bool:
    """Whether entering and leaving instances of a class runs Python code."""
    names = ("__enter__", "__exit__")
    return all(isinstance(found_in_class(cls, n), types.FunctionType) for n in names)


def enter_object(frame: Frame, s: ast.With, owner: Struct) -> None:
    """A ``with`` of one item, which is an object of a class of the user's."""
    (item,) = s.items
    place = item.context_expr
    leaving = function_of(frame, owner.cls, "__exit__")
    assert leaving is not None
    node = targets.python_target(leaving).node
    assert isinstance(node, ast.FunctionDef)
    swallows = _may_suppress(node)
    manager, given, error = inline.distinct(
        frame, {"manager": "manager", "entered": "entered", "error": "error"}
    ).values()
    enter = _method(place, manager, "__enter__", [])
    first = _taken(item, ast.copy_location(ast.Name(given, ast.Load()), place))
    leave = _method(place, manager, "__exit__", [ast.Constant(None)] * 3)
    failed = _method(place, manager, "__exit__", [ast.Name(error, ast.Load()) for _ in range(3)])
    failing: list[ast.stmt] = [ast.Expr(failed), ast.Raise()]
    if swallows:
        failing = [ast.If(ast.UnaryOp(ast.Not(), failed), [ast.Raise()], [])]
    told = _looks_at_error(frame, place, node) or swallows
    block: list[ast.stmt] = [
        ast.Assign([ast.Name(given, ast.Store())], enter),
        Entered([first, *s.body], [ast.Expr(leave)], failing, error, told),
    ]
    for n in (n for part in block for n in _made(part, s.body)):
        ast.copy_location(n, place)
    _run(frame, s, block, {manager: owner, given: UNSET, error: UNSET})


def _made(node: ast.AST, kept: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """A piece of syntax and all in it but what has a place of its own."""
    if any(node is s for s in kept) or hasattr(node, "lineno"):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _made(child, kept)


def _method(place: ast.AST, owner: str, name: str, args: list[ast.expr]) -> ast.Call:
    return ast.Call(ast.Attribute(ast.Name(owner, ast.Load()), name, ast.Load()), args, [])


def _may_suppress(node: ast.FunctionDef) -> bool:
    """Whether ``__exit__`` may return True, so that what was raised is not raised again."""
    values = [n.value for n in ast.walk(node) if isinstance(n, ast.Return)]
    return not all(v is None or (isinstance(v, ast.Constant) and not v.value) for v in values)


def _looks_at_error(frame: Frame, place: ast.AST, node: ast.FunctionDef) -> bool:
    """Whether ``__exit__`` asks what was raised. Of the class and the traceback it may ask whether there
    is one: only the exception itself is known here."""
    a = node.args
    names = [x.arg for x in (*a.posonlyargs, *a.args)][1:]
    known = names[1:2]
    hidden = [n for n in (*names, a.vararg and a.vararg.arg) if n and n not in known]
    asked = {id(n) for m in ast.walk(node) for n in _asked(m)}
    loads = [n for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in (*known, *hidden)]
    for n in loads:
        if n.id in hidden and id(n) not in asked:
            frame.reject(refusals.CLASS_OF_ERROR, place, name=n.id)
    return bool(loads)


def _asked(node: ast.AST) -> Sequence[ast.expr]:
    """The parts of a piece of syntax of which it only matters whether they are None."""
    match node:
        case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(None)]):
            return [left]
        case ast.If(test=test) | ast.IfExp(test=test):
            return [test]
        case ast.UnaryOp(ast.Not(), operand):
            return [operand]
    return []
