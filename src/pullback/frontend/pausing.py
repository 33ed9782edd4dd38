"""Generators that are asked for their items one by one, as functions that go on where they yielded last.

    def items(x):              def items(self, sent):
        total = 0.0                if self.after is None: total = 0.0; k = 0
        for v in x:                else: total, k = self.after
            total += v             while k < len(self.x):
            yield total                v = self.x[k]; k += 1
                                       total += v
                                       self.after = (total, k)
                                       return total
                                   return self.end

What is read behind a ``yield`` waits in a tuple, one for each place that yields. Where all that follows
is the rest of a pass, the function begins with that, and goes on with the next pass. Other places are
found again: what stands before them is skipped while ``at`` tells which of them is looked for.

Works on the AST alone. On leaving, no ``yield`` is left.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from pullback import refusals
from pullback.errors import Refusal
from pullback.frontend import yielding
from pullback.frontend.liveness import Liveness, exits, liveness
from pullback.frontend.scopes import free_names, functions_inside, local_names, own_nodes

SELF, SENT, AT = "%self", "%sent", "%%at"
CURSOR, MORE, TAKEN = "%cursor", "%more", "%taken"  # how loops go through things, see ``paused``
GIVEN = (SELF, SENT, CURSOR, MORE, TAKEN)
END, DONE = "end", "done"
SENT_TOO_EARLY = "can't send non-None value to a just-started generator"
N = TypeVar("N", bound=ast.AST)
Block = list[ast.stmt]


class Unfit(Exception):
    """A generator that cannot be asked for its items one by one, and why: a row and a place."""

    def __init__(self, row: Refusal, place: ast.AST) -> None:
        super().__init__(row.message)
        self.row = row
        self.place = place


@dataclass(frozen=True, slots=True)
class Pausing:
    """A function that gives the next item of a generator. ``states`` are the attributes for what it
    keeps, one for each place that yields."""

    node: ast.FunctionDef
    states: tuple[str, ...]


@lru_cache(maxsize=256)
def pausing(node: ast.FunctionDef) -> Pausing:
    """A generator as a function of the object that keeps its state, and of what is sent to it."""
    node = yielding.apart(node)
    parameters = [a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)]
    names = (n for n in own_nodes(node) if isinstance(n, ast.Name))
    stored = {n.id for n in names if not isinstance(n.ctx, ast.Load)}
    plain: ast.FunctionDef = copy.copy(node)
    plain.body = _Loops(frozenset(stored)).block(node.body)
    _refuse_form(plain)
    steady = [n for n in parameters if n not in stored]
    changing = [n for n in parameters if n in stored]
    building = _Building(liveness(plain), local_names(plain) - {*steady})
    body = building.function(plain.body, changing)
    arguments = ast.arguments([], [ast.arg(n) for n in GIVEN], None, [], [], None, [])
    first = [*_declarations(node), *(_kept(node, n) for n in steady)]
    made = ast.FunctionDef(node.name, arguments, [*first, *body], [])
    return Pausing(_at(node, made), tuple(building.states))


def _refuse_form(node: ast.FunctionDef) -> None:
    """Refuse what is no place to go on from: ``yield`` in an expression, or where errors are caught."""
    statements = [n for n in own_nodes(node) if isinstance(n, ast.stmt) and yielding.is_whole(n)]
    whole = {id(_yielded(n)) for n in statements}
    for n in own_nodes(node):
        if isinstance(n, ast.Yield | ast.YieldFrom) and id(n) not in whole:
            taken = isinstance(n, ast.YieldFrom)
            raise Unfit(refusals.YIELD_FROM_TAKES if taken else refusals.YIELD_TAKES, n)
        if isinstance(n, ast.Try | ast.With) and _points([n]):
            raise Unfit(refusals.YIELD_PROTECTED, n)
    for inner in functions_inside(node):
        if free_names(inner) & local_names(node):
            raise Unfit(refusals.PAUSED_FUNCTION, inner)


def _declarations(node: ast.FunctionDef) -> Iterator[ast.stmt]:
    for n in own_nodes(node):
        if isinstance(n, ast.Nonlocal | ast.Global):
            yield n


# ---- loops


class _Loops:
    """Loops around a ``yield`` as ``while`` loops that know their place; ``yield from`` as a loop."""

    def __init__(self, stored: frozenset[str]) -> None:
        self.stored = stored
        self.count = 0

    def block(self, body: Sequence[ast.stmt]) -> Block:
        return [new for s in body for new in (self.stmt(s) if _points([s]) else [s])]

    def stmt(self, s: ast.stmt) -> Block:
        match s:
            case ast.Expr(ast.YieldFrom(value=source)):
                item = f"%%item{self.count}"
                given = ast.Expr(_at(s, ast.Yield(_name(item))))
                return self.stmt(_at(s, ast.For(_name(item, ast.Store()), source, [_at(s, given)], [])))
            case ast.For():
                return self.loop(s)
            case ast.If() | ast.While():
                new = copy.copy(s)
                new.body, new.orelse = self.block(s.body), self.block(s.orelse)
                return [new]
        return [s]

    def loop(self, s: ast.For) -> Block:
        """``for v in x``: what is gone through, and the number of the item that is next."""
        source, place = f"%%source{self.count}", f"%%place{self.count}"
        self.count += 1
        first: Block = []
        if isinstance(s.iter, ast.Name) and s.iter.id not in self.stored:
            source = s.iter.id  # which always holds the same
        else:
            first = [_set(s.iter, source, _call(CURSOR, s.iter))]
        first.append(_set(s.iter, place, ast.Constant(0)))
        both = [_name(source), _name(place)]
        take = ast.Assign([s.target], _call(TAKEN, *both))
        step = ast.AugAssign(_name(place, ast.Store()), ast.Add(), ast.Constant(1))
        ahead = [_at(s.iter, take), _at(s.iter, step)]
        more = _at(s.iter, _call(MORE, *copy.deepcopy(both)))
        return [*first, _at(s, ast.While(more, [*ahead, *self.block(s.body)], []))]


# ---- the function


class _Building:
    """The function of a generator whose loops are ``while`` loops."""

    def __init__(self, live: Liveness, names: frozenset[str]) -> None:
        self.live = live
        self.names = names
        self.states: list[str] = []
        self.numbers: dict[ast.stmt, int] = {}

    def function(self, body: Sequence[ast.stmt], changing: Sequence[str]) -> Block:
        points = _points(body)
        self.numbers = {s: k for k, s in enumerate(points, 1)}
        self.states = ["after" if len(points) == 1 else f"after{k}" for k in self.numbers.values()]
        place = points[0]
        fresh = [_nothing_sent(place), *(_kept(place, n) for n in changing)]
        around = _resumable(body)
        built = self.rotated(body, around, fresh) if around else self.found_again(body, fresh)
        return [*_begun(place), *built, _end(place)]

    # -- a loop that goes on

    def rotated(self, body: Sequence[ast.stmt], loop: ast.While, fresh: Block) -> Block:
        """One loop around all that yields: what is left of a pass, and the passes behind it."""
        at = body.index(loop)
        choice: Block = [*fresh, *body[:at]]
        for s in reversed(_points(loop.body)):
            rest = loop.body[loop.body.index(s) + 1 :] if s in loop.body else []
            choice = [_if(s, self.waits(s), [*self.restored(s), *self.left(rest)], choice)]
        return [*choice, *self.passes(loop), *self.left(body[at + 1 :])]

    def passes(self, loop: ast.While) -> Block:
        """The passes of a loop up to one that yields: the first, if each does."""
        direct = [s for s in loop.body if s in self.numbers]
        body = loop.body[: loop.body.index(direct[0]) + 1] if direct else loop.body
        paused = self.paused(body)
        if not direct or exits(body) - {"return"}:
            again = copy.copy(loop)
            again.body = paused
            return [again]
        return paused if _is_true(loop.test) else [_if(loop, loop.test, paused, [])]

    def paused(self, body: Sequence[ast.stmt]) -> Block:
        """Statements that leave where they yield, and do not come back there."""
        found: Block = []
        for s in body:
            if s in self.numbers:
                found += self.leaving(s)
            elif _points([s]):
                new = copy.copy(s)
                assert isinstance(new, ast.If)
                new.body, new.orelse = self.paused(new.body), self.paused(new.orelse)
                found.append(new)
            else:
                found += self.left([s])
        return found

    # -- places that are found again

    def found_again(self, body: Sequence[ast.stmt], fresh: Block) -> Block:
        first = next(iter(self.numbers))
        choice: Block = [_set(first, AT, ast.Constant(0)), *fresh]
        for s, k in reversed(self.numbers.items()):
            there = [*self.restored(s, sent=False), _set(s, AT, ast.Constant(k))]
            choice = [_if(s, self.waits(s), there, choice)]
        return [*choice, *self.sequence(body)]

    def sequence(self, body: Sequence[ast.stmt]) -> Block:
        """Statements of which those before the place that is looked for are skipped."""
        found: Block = []
        for k, s in enumerate(body):
            own, later = self.inside([s]), self.inside(body[k + 1 :])
            part = self.part(s) if own else self.left([s])
            if not later:
                found += part
                continue
            test = self.looked_for([0, *own])
            before = found[-1] if found and not own else None
            if isinstance(before, ast.If) and ast.dump(before.test) == ast.dump(test):
                before.body += part
            else:
                found.append(_if(s, test, part, []))
        return found

    def part(self, s: ast.stmt) -> Block:
        """A statement that yields, or in which something does."""
        if s in self.numbers:
            leave = _if(s, self.looked_for([0]), self.leaving(s), [])
            return [leave, _set(s, AT, ast.Constant(0)), *_received(s)]
        new = copy.copy(s)
        assert isinstance(new, ast.If | ast.While)
        then, otherwise = self.inside(new.body), self.inside(new.orelse)
        if then and not _is_true(new.test):
            test = new.test
            if otherwise:
                test = ast.BoolOp(ast.And(), [self.looked_for([0]), test])
            new.test = _at(s, ast.BoolOp(ast.Or(), [self.looked_for(then), test]))
        elif not then:
            new.test = _at(s, ast.BoolOp(ast.And(), [self.looked_for([0]), new.test]))
        new.body, new.orelse = self.sequence(new.body), self.sequence(new.orelse)
        return [new]

    def inside(self, body: Sequence[ast.stmt]) -> list[int]:
        return [self.numbers[s] for s in _points(body)]

    def looked_for(self, numbers: Sequence[int]) -> ast.expr:
        """Whether one of some places is looked for, where 0 stands for none."""
        tests: list[ast.expr] = [ast.Compare(_name(AT), [ast.Eq()], [ast.Constant(k)]) for k in numbers]
        return tests[0] if len(tests) == 1 else ast.BoolOp(ast.Or(), tests)

    # -- what waits

    def state(self, s: ast.stmt, context: ast.expr_context) -> ast.expr:
        return ast.Attribute(_name(SELF), self.states[self.numbers[s] - 1], context)

    def waiting(self, s: ast.stmt) -> list[str]:
        """The names that are read behind a ``yield``."""
        names = [n for r in _received(s) for n in ast.walk(r) if isinstance(n, ast.Name)]
        adds = isinstance(s, ast.AugAssign)  # whose target is read as well
        stored = {n.id for n in names if isinstance(n.ctx, ast.Store) and not adds}
        read = {n.id for n in names if isinstance(n.ctx, ast.Load) or adds}
        return sorted(((self.live.live_after(s) - stored) | read) & self.names)

    def waits(self, s: ast.stmt) -> ast.expr:
        return ast.Compare(self.state(s, ast.Load()), [ast.IsNot()], [ast.Constant(None)])

    def restored(self, s: ast.stmt, sent: bool = True) -> Block:
        """What waited at a place has its names again."""
        names: list[ast.expr] = [_name(n, ast.Store()) for n in self.waiting(s)]
        found: Block = []
        if names:
            found = [_at(s, ast.Assign([ast.Tuple(names, ast.Store())], self.state(s, ast.Load())))]
        found.append(_at(s, ast.Assign([self.state(s, ast.Store())], ast.Constant(None))))
        return [*found, *(_received(s) if sent else [])]

    def leaving(self, s: ast.stmt) -> Block:
        """It waits at a place, and gives the item."""
        given = _yielded(s)
        assert given is not None
        item = "%%given"
        names: list[ast.expr] = [_name(n) for n in self.waiting(s)]
        keep = ast.Assign([self.state(s, ast.Store())], ast.Tuple(names, ast.Load()))
        open_ = ast.Assign([ast.Attribute(_name(SELF), DONE, ast.Store())], ast.Constant(False))
        first = _set(given, item, given.value or ast.Constant(None))
        return [first, _at(s, keep), _at(s, open_), _at(s, ast.Return(_name(item)))]

    def left(self, body: Sequence[ast.stmt]) -> Block:
        """Statements without a ``yield``, in which a ``return`` is the end."""
        return [_Ending().visit(copy.deepcopy(s)) if _returns(s) else s for s in body]


class _Ending(ast.NodeTransformer):
    def visit_Return(self, node: ast.Return) -> ast.stmt:
        return _end(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        return node


# ---- pieces


def _begun(place: ast.AST) -> Block:
    """A generator that is done stays so; it counts as done while it runs, in case it raises."""
    done = ast.Attribute(_name(SELF), DONE, ast.Load())
    run = ast.Assign([ast.Attribute(_name(SELF), DONE, ast.Store())], ast.Constant(True))
    return [_if(place, done, [_end(place)], []), _at(place, run)]


def _nothing_sent(place: ast.AST) -> ast.stmt:
    """Before the first item nothing takes what is sent."""
    test = ast.Compare(_name(SENT), [ast.IsNot()], [ast.Constant(None)])
    error = ast.Call(_name(TypeError.__name__), [ast.Constant(SENT_TOO_EARLY)], [])
    return _if(place, test, [_at(place, ast.Raise(error))], [])


def _end(place: ast.AST) -> ast.stmt:
    return _at(place, ast.Return(ast.Attribute(_name(SELF), END, ast.Load())))


def _kept(place: ast.AST, name: str) -> ast.stmt:
    return _set(place, name, ast.Attribute(_name(SELF), name, ast.Load()))


def _received(s: ast.stmt) -> Block:
    """What becomes of what is sent to a place that yields."""
    if isinstance(s, ast.Expr):
        return []
    new = copy.deepcopy(s)
    new.value = _at(s, _name(SENT))  # type: ignore[attr-defined]
    return [new]


def _yielded(s: ast.stmt) -> ast.Yield | None:
    """The ``yield`` that a statement is, apart from where it puts what is sent."""
    match s:
        case ast.Expr(ast.Yield() as given) | ast.Assign(value=ast.Yield() as given):
            return given
        case ast.AnnAssign(value=ast.Yield() as given) | ast.AugAssign(value=ast.Yield() as given):
            return given
    return None


def _points(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements that yield, in order; of those that do so in an expression, the whole."""
    found: list[ast.stmt] = []
    for s in body:
        inner = [getattr(s, f, []) for f in ("body", "orelse", "finalbody")]
        inner += [h.body for h in getattr(s, "handlers", [])]
        if isinstance(s, ast.FunctionDef):
            continue
        nested = [p for part in inner for p in _points(part)]
        found += nested or ([s] if yielding.yields(s) else [])
    return found


def _resumable(body: Sequence[ast.stmt]) -> ast.While | None:
    """The loop around all that yields, where what follows each place is the rest of the pass."""
    loops = [s for s in body if _points([s])]
    if len(loops) != 1 or not isinstance(loops[0], ast.While):
        return None
    (loop,) = loops
    assert isinstance(loop, ast.While)
    points = _points(loop.body)
    if all(_is_last(loop.body, s) for s in points):
        return loop
    rest = loop.body[loop.body.index(points[0]) + 1 :] if points[0] in loop.body else None
    if len(points) > 1 or rest is None or exits(rest) - {"return"}:
        return None
    return loop


def _is_last(body: Sequence[ast.stmt], s: ast.stmt) -> bool:
    """Whether a pass is over behind a statement."""
    if not body or not _points(body[-1:]):
        return False
    last = body[-1]
    if last is s:
        return True
    return isinstance(last, ast.If) and (_is_last(last.body, s) or _is_last(last.orelse, s))


def _is_true(test: ast.expr) -> bool:
    return isinstance(test, ast.Constant) and bool(test.value)


def _returns(s: ast.stmt) -> bool:
    return any(isinstance(n, ast.Return) for n in (s, *own_nodes(s)))


def _call(function: str, *args: ast.expr) -> ast.expr:
    return ast.Call(_name(function), list(args), [])


def _name(name: str, context: ast.expr_context | None = None) -> ast.Name:
    return ast.Name(name, context or ast.Load())


def _set(place: ast.AST, name: str, value: ast.expr) -> ast.stmt:
    return _at(place, ast.Assign([_name(name, ast.Store())], value))


def _if(place: ast.AST, test: ast.expr, body: Block, orelse: Block) -> ast.If:
    return _at(place, ast.If(test, body, orelse))


def _at(place: ast.AST, new: N) -> N:
    return ast.fix_missing_locations(ast.copy_location(new, place))
