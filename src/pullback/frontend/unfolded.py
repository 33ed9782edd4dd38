"""Code of one function that is lowered in another one's frame, under names of its own.

A call in a ``try`` is opened so where it may raise behind changes that handlers see: then its statements
are attempted one by one.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pullback import refusals
from pullback.frontend import calls, conditions, inline, protocols, stmts, targets
from pullback.frontend.building import Split
from pullback.frontend.desugar import Called, Elsewhere
from pullback.frontend.frame import Frame
from pullback.frontend.guards import code_guard
from pullback.frontend.liveness import EMPTY, extend, gives_nothing
from pullback.frontend.lowering import entered, handles, lower, undecided
from pullback.frontend.outside import Outside
from pullback.frontend.scopes import assigned_inside, bound_inside, is_generator, local_names
from pullback.frontend.values import NONE, UNSET, Env, Local, Method, Poison, Static, Struct, Value
from pullback.ir.core import Var

YES, NO = stmts.YES, stmts.NO
WAYS = ("%live", "%go", "%returned", "%result")


def own_names(frame: Frame, node: ast.FunctionDef) -> dict[str, str]:
    """Names in a frame for those of a function whose code is lowered there."""
    names = local_names(node) | bound_inside(node)
    return inline.distinct(frame, {n: n for n in sorted(names)})


class Unfolder(ast.NodeTransformer):
    """The body of a function with other ``names``; those that it reads from outside lead to where they
    lead for ``python``, or are those of the frame where that is None."""

    def __init__(self, names: dict[str, str], python: types.FunctionType | None, file: str) -> None:
        self.names = names
        self.python = python
        self.file = file
        self.kept: dict[int, ast.AST] = {}
        self.parameters: list[str] = []

    def body(self, node: ast.FunctionDef) -> list[ast.stmt]:
        self.parameters = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
        return [self.visit(copy.deepcopy(s, dict(self.kept))) for s in node.body]

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.stmt | ast.expr | ast.ExceptHandler):
            node.file = self.file  # type: ignore[union-attr]
        return super().visit(node)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.names:
            node.id = self.names[node.id]
            return node
        if self.python is None:
            return node
        new = ast.copy_location(Elsewhere(node.id, self.python), node)
        new.file = self.file  # type: ignore[attr-defined]
        return new

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """``super()`` with what it finds by itself where it stands."""
        match node:
            case ast.Call(ast.Name("super"), [], []) if self.python is not None and self.parameters:
                given = [ast.Name(n, ast.Load()) for n in ("__class__", self.parameters[0])]
                node.args = [ast.copy_location(n, node) for n in given]
        self.generic_visit(node)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.ExceptHandler:
        node.name = node.name and self.names[node.name]
        self.generic_visit(node)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.name = self.names[node.name]
        self.inside(node, local_names(node))
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        self.inside(node, local_names(node))
        return node

    def inside(self, node: ast.FunctionDef | ast.Lambda, local: frozenset[str]) -> None:
        """A function in the code: its own names are left to it."""
        node.args = self.visit(node.args)
        around, self.names = self.names, self.names | {n: n for n in local}
        body = node.body if isinstance(node.body, list) else [node.body]
        new = [self.visit(part) for part in body]
        node.body = new if isinstance(node.body, list) else new[0]
        self.names = around


@handles(Elsewhere)
def elsewhere(frame: Frame, node: Elsewhere) -> Value:
    """A name as another function reads it from outside."""
    outside = Outside(frame.session, node.python, frame.captured, frame.lowered.captured)
    value = outside.named(node.id)
    if value is None:
        frame.reject(refusals.NOT_DEFINED, node, name=node.id)
    return value


@contextlib.contextmanager
def unfolding(frame: Frame, functions: Sequence[object]) -> Iterator[None]:
    """Lowering stands in the code of these functions, one in the other."""
    before, frame.unfolded = frame.unfolded, tuple(functions)
    try:
        yield
    finally:
        frame.unfolded = before


def unless_caught(
    frame: Frame, s: ast.stmt, go_on: Callable[[], None], caught_there: Callable[[], None] = lambda: None
) -> None:
    """Go on behind statements that had flags of their own, but where they raised what is caught."""
    region = frame.region
    caught = NO if region is None else frame.env[region.flags[0]]
    if caught == (NO if region is None else region.nothing):
        go_on()
    elif isinstance(caught, Var):
        conditions.branch(frame, caught, caught_there, go_on, dict(frame.env), frame.loc(s))
    else:
        caught_there()


# ---- calls


def opened(frame: Frame, s: ast.stmt) -> tuple[list[ast.stmt], list[str]] | None:
    """A statement that is a call, as statements: the arguments first, what is called, its result; with
    the names that these have for themselves. None if no function is called that can be opened."""
    call = _called(s)
    if call is None or any(isinstance(n, ast.Starred | ast.NamedExpr) for n in ast.walk(call)):
        return None
    if not is_path(call.func) or any(k.arg is None for k in call.keywords):
        return None
    if any(frame.loc(n) in frame.session.told.followed and protocols.is_asked(frame, n)
           for n in ast.walk(call.func)):  # fmt: skip
        return None  # which is opened first
    found = _target(lower(frame, call.func))
    if found is None:
        return None
    target, first = found
    if is_generator(target.node) or not may_open(frame, target):
        return None
    parts = [*call.args, *(k.value for k in call.keywords)]
    hints = {f"a{k}": "argument" for k in range(len(parts))} | {"value": target.name}
    *names, result = inline.distinct(frame, hints).values()
    rebound = assigned_inside(frame.node)
    reads: list[ast.expr] = []
    pieces: list[ast.stmt] = []
    for name, part in zip(names, parts, strict=True):
        plain = isinstance(part, ast.Name | ast.Constant | Elsewhere)
        if isinstance(part, ast.Name) and part.id in rebound:
            return None
        reads.append(part if plain else ast.Name(name, ast.Load()))
        pieces += [] if plain else [ast.Assign([ast.Name(name, ast.Store())], part)]
    keywords = [k.arg for k in call.keywords if k.arg is not None]
    pieces.append(Called(call, target, first, reads, keywords, ast.Name(result, ast.Store())))
    if not isinstance(s, ast.Expr):
        pieces.append(copy.copy(s))
        pieces[-1].value = ast.copy_location(ast.Name(result, ast.Load()), call)  # type: ignore[attr-defined]
    for n in (n for piece in pieces for n in ast.walk(piece)):
        if not hasattr(n, "lineno"):
            ast.copy_location(n, s)
    return pieces, [*names, result]


def instead(frame: Frame, s: ast.stmt, rest: Sequence[ast.stmt]) -> bool:
    """Open a call that is given two parts of one array, or a list of them, and writes to one; whether
    that was done, with the statements behind it."""
    call = _called(s)
    if call is None or frame.loc(call) not in frame.session.told.followed:
        return False
    frame.stmt = s
    with frame.b.at(frame.loc(s)):
        try:
            found = opened(frame, s)
        except Split:  # what is called is of one of two kinds: the call itself is lowered for each
            found = None
    if found is None:
        return False
    pieces, names = found
    extend(frame.liveness, pieces, frame.liveness.live_after(s))
    stmts.run(frame, [*pieces, *rest])
    for name in names:
        frame.env.pop(name, None)
    return True


stmts.INSTEAD.append(instead)


def _called(s: ast.stmt) -> ast.Call | None:
    match s:
        case ast.Expr(ast.Call() as call) | ast.Return(ast.Call() as call):
            return call
        case ast.Assign(value=ast.Call() as call) | ast.AnnAssign(value=ast.Call() as call):
            return call
        case ast.AugAssign(target=ast.Name(), value=ast.Call() as call):
            return call
    return None


def is_path(node: ast.expr) -> bool:
    """Whether an expression is a name or ``super()``, or what attributes and numbers that names stand
    for lead to from one."""
    match node:
        case ast.Attribute(value=inner) | ast.Subscript(inner, ast.Name() | ast.Constant()):
            return is_path(inner)
        case ast.Call(func=ast.Name(id="super") | Elsewhere(id="super"), args=args):
            return all(map(is_path, args))
    return isinstance(node, ast.Name | Elsewhere)


def _target(function: Value) -> tuple[targets.Target, list[Value]] | None:
    """What is lowered for a call, and what it takes before the arguments."""
    match function:
        case Local() if not function.scope:
            return targets.local_target(function), []
        case Static(types.FunctionType() as python) if calls.is_lowered(python):
            return targets.python_target(python), []
        case Method(owner=Struct() as owner, function=Static(types.FunctionType() as python)):
            return targets.python_target(python), [owner]
    return None


def may_open(frame: Frame, target: targets.Target) -> bool:
    """Whether a function is one of statements, whose names from outside are known in this frame too."""
    if not isinstance(target.node, ast.FunctionDef) or target.node in frame.unfolded:
        return False
    if any(isinstance(n, ast.Nonlocal | ast.Global) for n in ast.walk(target.node)):
        return False
    return target.parent is None or target.parent is frame


@entered(stmts.TAKING, Called)
def called(frame: Frame, s: Called, rest: Sequence[ast.stmt]) -> bool:
    """The statements of a function in place of a call: what it returns goes to a name."""
    node, target = s.target.node, s.target
    assert isinstance(node, ast.FunctionDef)
    args = [undecided(frame, read) for read in s.args]  # names, which may be of two kinds
    count = len(args) - len(s.keywords)
    keywords = dict(zip(s.keywords, args[count:], strict=True))
    bound = targets.bind(frame, s.call, target, [*s.first, *args[:count]], keywords)
    bound |= targets.defaults_from_outside(frame, target, bound)
    own = own_names(frame, node)
    block = Unfolder(own, None if target.parent is frame else target.python, target.file).body(node)
    live = frame.liveness.live_after(s)
    raised = EMPTY if frame.region is None else frame.region.visible
    extend(frame.liveness, block, live, raised=raised, leaving=live)
    if target.parent is None and target.python is not None:
        frame.session.guards["code", id(target.python)] = code_guard(target.python)
    ways = {way: frame.env[way] for way in WAYS}
    given: Env = {own[n]: bound.get(n, UNSET) for n in own}
    frame.env |= given | {"%returned": NO, "%result": UNSET}
    nothing, frame.returns_none = frame.returns_none, gives_nothing(node.body)
    try:
        with unfolding(frame, (*frame.unfolded, node)):
            stmts.run(frame, block)
    finally:  # it may always raise
        gives_none, frame.returns_none = frame.returns_none, nothing

    def go_on() -> None:
        frame.env[s.result.id] = _result(frame, s, gives_none)
        frame.env |= ways

    results = {way: ways[way] for way in ("%returned", "%result")}
    unless_caught(frame, s, go_on, lambda: frame.env.update(results))
    for name in given:
        frame.env.pop(name, None)
    return False


def _result(frame: Frame, s: Called, gives_none: bool) -> Value:
    """What a function has returned."""
    result, live = frame.env["%result"], frame.env["%live"]
    if live == YES or gives_none:
        return NONE
    if isinstance(result, Poison):
        frame.unknown(result, "the result", s.call)
    return conditions.or_none(frame, live, result) if isinstance(live, Var) else result
