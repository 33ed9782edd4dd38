"""Generators: loops over them, lowered as a call of the generator, which calls the body of the loop.

    for a in items(x):         def each(a):                   def items(x, each):
        if a > 1: break            nonlocal s                     for v in x:
        s += a                     if a > 1: return True              if each(v * v): return True
                                   s += a                         return False
                                   return False
                               items(x, each)

So the body stands in one place, wherever and however often the generator yields, and what it keeps from
one item to the next is in its variables. The names of the loop that outlive a pass are cells meanwhile.
``yield from`` hands ``each`` on.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import count
from typing import TypeVar

from pullback import refusals
from pullback.errors import Loc
from pullback.frontend import functions, inline, mutations, signatures, targets
from pullback.frontend.desugar import nested
from pullback.frontend.frame import Frame
from pullback.frontend.liveness import bindings, exits, lets_through
from pullback.frontend.lowering import ON_LISTS, ON_OBJECTS, ON_WALKS, handles, lower
from pullback.frontend.scopes import own_nodes
from pullback.frontend.targets import Target
from pullback.frontend.values import (
    NONE,
    UNSET,
    Cell,
    Generator,
    Items,
    Local,
    Static,
    Stream,
    Tree,
    Tup,
    Value,
)
from pullback.frontend.walking import trees
from pullback.ir.core import Const

EACH, ITEM = "%each", "%item"
LEFT, GIVEN = "%%left", "%%given"
FORWARD = """
left = False
for item in source:
    if each(item):
        left = True
        break
"""
DEEPEST = 24
N = TypeVar("N", bound=ast.AST)


class Forwarded(ast.expr):
    """Whether the loop over a generator ends at one of the items that it takes from another one; beside
    what that gives in the end, if it ``gives`` this."""

    _fields = ("source",)

    def __init__(self, source: ast.expr, stops: bool, gives: bool) -> None:
        super().__init__()
        self.source = source
        self.stops = stops
        self.gives = gives


# ---- the loop


def loop_over(frame: Frame, s: ast.For, generator: Generator) -> None:
    """A ``for`` loop over a generator that has not started yet."""
    if frame.region is not None:
        frame.reject(refusals.TRIED_OVER_GENERATOR, s)
    ways = frozenset(exits(s.body))
    names = _outliving(frame, s)
    left, kept = exit_names(s)
    results = _results(s)
    if "return" in ways:
        frame.env[left] = Const(False)
        names.append(left)
    if any(results):
        frame.env[kept] = UNSET if all(results) else NONE
        names.append(kept)
    boxed = [n for n in names if not isinstance(frame.find(n), Cell)]
    frame.env |= {n: Cell(n, frame.env.get(n, UNSET)) for n in boxed}
    each = Local(_body(s, tuple(names), ways), frame, "each", {}, frame)
    with mutations.opening(frame, s.iter):
        run(frame, s.iter, generator, each, bool(ways & {"break", "return"}))
    for n in boxed:
        cell = frame.latest(frame.env[n])
        frame.env[n] = cell.value if isinstance(cell, Cell) else cell
    if "return" in ways:
        frame.env |= {"%returned": frame.env.pop(left), "%result": frame.env.pop(kept, NONE)}


def run(
    frame: Frame, node: ast.AST, generator: Generator, each: Value, stops: bool
) -> tuple[Value, Value]:
    """Run a generator with what is called for each item; whether that ended it, and what it returns."""
    start(frame, node, generator)
    if takes_values(generator.target.node):
        generator = ON_OBJECTS["steps"](frame, node, ON_WALKS["paused"](frame, node, generator))
    target = generator.target
    pushing = _pushing(target.node, stops)
    _refuse_form(target, pushing, stops)
    if stops and _is_kept(frame, generator):
        _refuse_finally(target, pushing)
    identity = ("generator", signatures.identity_of(target), stops)
    if sum(found == identity for found, _ in frame.session.lowering) > DEEPEST:
        frame.reject(refusals.GENERATOR_OVER_ITSELF, node, function=target.name)
    renewed = replace(target, node=pushing, identity=identity)
    found = functions.call_bound(frame, node, renewed, {**generator.bound, EACH: each})
    if not gives(target.node):
        return (found, NONE) if stops else (Const(False), NONE)
    if not stops:
        return Const(False), found
    assert isinstance(found, Tup)
    return found.items[0], found.items[1]


def start(frame: Frame, node: ast.AST, generator: Generator) -> None:
    """A generator is gone through at one place only."""
    if frame.session.started.setdefault(generator.identity, node) is not node:
        frame.reject(refusals.KEPT_ITERATOR, node, value="a generator")


def _outliving(frame: Frame, s: ast.For) -> list[str]:
    """The names that a pass of a loop takes from the one before, or that are read behind it."""
    plain, augmented = bindings([s])
    live = frame.liveness.head.get(s, frozenset()) | frame.liveness.always
    live |= frame.liveness.live_after(s) | frame.nonlocal_names
    return sorted(n for n in plain | augmented if n in live or isinstance(frame.env.get(n), Cell))


def exit_names(s: ast.For) -> tuple[str, str]:
    """Names for whether the body of a loop returns, and what: loops around it have theirs."""
    used = {n.id for n in ast.walk(s) if isinstance(n, ast.Name)}
    depth = next(k for k in count() if f"%left{k}" not in used)
    return f"%left{depth}", f"%kept{depth}"


@lru_cache(maxsize=256)
def _body(s: ast.For, names: tuple[str, ...], ways: frozenset[str]) -> ast.FunctionDef:
    """The body of a loop as a function of an item, which tells whether the loop ends."""
    take = ast.Assign([s.target], ast.Name(ITEM, ast.Load()))
    body: list[ast.stmt] = [_at(s.iter, take), *Leaving(*exit_names(s)).stmts(s.body)]
    if names:
        body.insert(0, _at(s, ast.Nonlocal(list(names))))
    if ways & {"break", "return"}:
        body.append(_told(s, False))
    arguments = ast.arguments([], [_at(s.iter, ast.arg(ITEM))], None, [], [], None, [])
    return _at(s, ast.FunctionDef("each", arguments, body, []))


class Leaving(ast.NodeTransformer):
    """Exits of the body of a loop as what its function returns."""

    def __init__(self, left: str, kept: str) -> None:
        self.left, self.kept = left, kept
        self.inside = 0  # loops in the body

    def told(self, node: ast.AST, ends: bool) -> ast.stmt:
        """What tells whether the loop ends."""
        return _told(node, ends)

    def stmts(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for s in body:
            if not _leaves(s):
                found.append(s)  # the very same, for its place in the source
                continue
            new = self.visit(copy.deepcopy(s))
            found += new if isinstance(new, list) else [new]
        return found

    def visit_For(self, node: ast.For) -> ast.For:
        self.inside += 1
        self.generic_visit(node)
        self.inside -= 1
        return node

    visit_While = visit_For  # type: ignore[assignment]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        return node

    def visit_Break(self, node: ast.Break) -> ast.stmt:
        return node if self.inside else self.told(node, True)

    def visit_Continue(self, node: ast.Continue) -> ast.stmt:
        return node if self.inside else self.told(node, False)

    def visit_Return(self, node: ast.Return) -> list[ast.stmt]:
        left = ast.Assign([_name(node, self.left)], _at(node, ast.Constant(True)))
        leave = [_at(node, left), self.told(node, True)]
        if node.value is not None:
            kept = ast.Assign([_name(node, self.kept)], node.value)
            leave.insert(0, _at(node, kept))
        return leave


def _results(s: ast.For) -> list[bool]:
    """Of each ``return`` in the body of a loop whether it has a value."""
    found = [n for part in s.body for n in (part, *own_nodes(part)) if isinstance(n, ast.Return)]
    return [n.value is not None for n in found]


def _leaves(s: ast.stmt) -> bool:
    return any(isinstance(n, ast.Break | ast.Continue | ast.Return) for n in ast.walk(s))


# ---- the generator


@lru_cache(maxsize=256)
def _pushing(node: ast.FunctionDef, stops: bool) -> ast.FunctionDef:
    """A generator as a function that calls ``each`` for what it yields, and tells whether that was
    the end of it."""
    new: ast.FunctionDef = copy.copy(node)
    pushing = _Pushing(stops, gives(node))
    new.body = pushing.stmts(node.body)
    if stops:
        new.body.append(pushing.ended(node, False))
    return new


def gives(node: ast.AST) -> bool:
    """Whether a generator returns a value, for who takes its items by ``yield from``."""
    ends = (n.value for n in own_nodes(node) if isinstance(n, ast.Return))
    return any(not (v is None or (isinstance(v, ast.Constant) and v.value is None)) for v in ends)


class _Pushing(ast.NodeTransformer):
    """Statements that yield as calls; what yields in other places stays as it is."""

    def __init__(self, stops: bool, gives: bool) -> None:
        self.stops = stops
        self.gives = gives

    def ended(self, place: ast.AST, left: bool, value: ast.expr | None = None) -> ast.stmt:
        """The end of the function, which tells whether that of the loop as well, and what it gives."""
        told = ast.Constant(left)
        found: ast.expr | None = told if self.stops else None
        if self.gives:
            value = value or ast.Constant(None)
            found = ast.Tuple([told, value], ast.Load()) if self.stops else value
        return _at(place, ast.Return(found))

    def stmts(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        kinds = (ast.Yield, ast.YieldFrom, ast.Return)
        changes = [any(isinstance(n, kinds) for n in (s, *own_nodes(s))) for s in body]
        found: list[ast.stmt] = []
        for s, changed in zip(body, changes, strict=True):
            new = self.visit(copy.deepcopy(s)) if changed else s
            found += new if isinstance(new, list) else [new]
        return found

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        match node.value:
            case ast.Yield(value=value):
                given = value or _at(node, ast.Constant(None))
                each = _at(node.value, ast.Name(EACH, ast.Load()))
                call: ast.expr = ast.Call(each, [given], [])
            case ast.YieldFrom(value=value):
                call = Forwarded(value, self.stops, False)
            case _:
                return node
        _at(node.value, call)
        leave = ast.If(call, [self.ended(node, True)], [])
        return _at(node, leave if self.stops else ast.Expr(call))

    def visit_Assign(self, node: ast.Assign) -> ast.stmt | list[ast.stmt]:
        if not isinstance(node.value, ast.YieldFrom):
            return node
        forwarded: ast.expr = _at(node.value, Forwarded(node.value.value, self.stops, True))
        if not self.stops:
            return _at(node, ast.Assign(node.targets, forwarded))
        left, given = _name(node, LEFT), _name(node, GIVEN)
        both: ast.expr = _at(node, ast.Tuple([left, given], ast.Store()))
        leave = ast.If(ast.Name(LEFT, ast.Load()), [self.ended(node, True)], [])
        put = ast.Assign(node.targets, ast.Name(GIVEN, ast.Load()))
        return [_at(node, ast.Assign([both], forwarded)), _at(node, leave), _at(node, put)]

    def visit_Return(self, node: ast.Return) -> ast.stmt:
        return self.ended(node, False, node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        return node


def may_raise_by(s: ast.With) -> bool:
    """Whether errors of arithmetic may be raised where a context such as ``errstate`` is entered."""
    calls = (i.context_expr for i in s.items if isinstance(i.context_expr, ast.Call))
    given = [v for call in calls for v in (*call.args, *(k.value for k in call.keywords))]
    return not all(isinstance(v, ast.Constant) and v.value not in ("raise", "call") for v in given)


def takes_values(node: ast.AST) -> bool:
    """Whether a generator does something with what is sent to it."""
    kinds = ast.Assign | ast.AnnAssign | ast.AugAssign
    return any(isinstance(n, kinds) and isinstance(n.value, ast.Yield) for n in own_nodes(node))


def _refuse_form(target: Target, node: ast.FunctionDef, stops: bool) -> None:
    """Refuse what a loop cannot do: take values in, or stand where errors are caught."""
    for n in own_nodes(node):
        if isinstance(n, ast.Yield | ast.YieldFrom):
            raise refusals.YIELD_TAKES.at(place_in(target, n))
        if isinstance(n, ast.With) and lets_through(n) and not may_raise_by(n):
            continue  # it holds for who loops as well
        if isinstance(n, ast.Try | ast.With) and any(map(_yields, _protected(n, stops))):
            raise refusals.YIELD_PROTECTED.at(place_in(target, n))


def _is_kept(frame: Frame, generator: Generator) -> bool:
    """Whether a name still holds a generator when a loop over it was left."""
    around: Frame | None = frame
    while around is not None:
        named = (v for n, v in around.env.items() if n[:1] != "%" and isinstance(v, Tree))
        if any(t.identity is generator.identity for v in named for t in trees(v)):
            return True
        around = around.caller
    return False


def _refuse_finally(target: Target, node: ast.FunctionDef) -> None:
    """Refuse what comes ``finally`` when Python forgets the generator, later than the loop is left."""
    for n in own_nodes(node):
        if isinstance(n, ast.Try) and n.finalbody and any(map(_yields, ast.walk(n))):
            raise refusals.YIELD_FINALLY_KEPT.at(place_in(target, n))


def _protected(s: ast.Try | ast.With, stops: bool) -> Iterator[ast.AST]:
    """What must not yield in a statement: what who loops does there would be caught, or would end
    otherwise than when a generator is closed. What comes ``finally`` comes either way."""
    inside: list[ast.stmt] = s.body if isinstance(s, ast.With) and stops else []
    if isinstance(s, ast.Try):
        inside = [*(s.body if s.handlers else []), *s.finalbody]
        if exits(s.finalbody):
            inside = s.body
    for part in inside:
        yield from ast.walk(part)


def _yields(n: ast.AST) -> bool:
    called = isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == EACH
    return called or isinstance(n, Forwarded)


def place_in(target: Target, n: ast.AST) -> Loc:
    """Where a piece of syntax of a function is."""
    line = getattr(n, "lineno", 0)
    end = getattr(n, "end_lineno", line) or line
    return Loc(target.file, line, getattr(n, "col_offset", 0), end, getattr(n, "end_col_offset", 0) or 0)


def _name(place: ast.AST, name: str) -> ast.expr:
    return _at(place, ast.Name(name, ast.Store()))


def _loaded(place: ast.AST, names: Sequence[str]) -> list[ast.expr]:
    return [_at(place, ast.Name(n, ast.Load())) for n in names]


def _told(place: ast.AST, value: bool) -> ast.stmt:
    return _at(place, ast.Return(_at(place, ast.Constant(value))))


def _at(place: ast.AST, new: N) -> N:
    return ast.fix_missing_locations(ast.copy_location(new, place))


# ---- generators written in Python


def written(frame: Frame, node: ast.Call, text: str, **given: Value) -> Value:
    """A generator that stands for a call, of a function without parameters that reads what is given."""
    held = {n: of_expression(frame, node, v) for n, v in given.items()}
    function = Local(_parsed(text, node), frame, "items", {}, None, held)
    return functions.call_local(frame, node, function, [], {})


def of_expression(frame: Frame, node: ast.AST, value: Value) -> Value:
    """A generator expression as a generator, which can be given to functions; all else as it is."""
    if not isinstance(value, Stream):
        return value
    held: dict[str, Value] = {"%source": of_expression(frame, node, value.first)}
    match value.first:
        case Items(plain=True, start=start, stop=stop, step=step):
            held = {"%start": start, "%stop": stop, "%step": step, "%range": Static(range)}
    function = Local(_of_expression(value.node, tuple(held)), frame, "items", {}, frame, held)
    return functions.call_target(frame, node, targets.local_target(function), [], {})


ON_LISTS[ast.GeneratorExp] = of_expression


@lru_cache(maxsize=256)
def _of_expression(node: ast.GeneratorExp, names: tuple[str, ...]) -> ast.FunctionDef:
    """The function that a generator expression stands for."""
    first, *bounds = _loaded(node, (*names[3:], *names[:3]))
    source: ast.expr = _at(node, ast.Call(first, bounds, [])) if bounds else first
    yielded = _at(node.elt, ast.Expr(_at(node.elt, ast.Yield(node.elt))))
    body = nested(node, node.generators, source, [yielded])
    arguments = ast.arguments([], [], None, [], [], None, [])
    return _at(node, ast.FunctionDef("items", arguments, body, []))


@lru_cache(maxsize=256)
def _parsed(text: str, node: ast.AST) -> ast.FunctionDef:
    """The same function for the same place."""
    return inline.function_of(text, node)


@handles(Forwarded)
def forward(frame: Frame, node: Forwarded) -> Value:
    """``yield from``: what is called for each item is handed on."""
    source = lower(frame, node.source)
    each = frame.look(EACH, node)
    given: Value = NONE
    if isinstance(source, Generator):
        left, given = run(frame, node, source, each, node.stops)
    else:
        left = inline.expand(frame, node, FORWARD, "left", source=source, each=each)
    if not node.gives:
        return left
    return Tup((left, given)) if node.stops else given
