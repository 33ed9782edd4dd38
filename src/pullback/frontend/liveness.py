"""Which names may still be read after each statement, and what statements assign and how they exit.

Works on the AST alone. A name read in a nested function counts as read everywhere.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from pullback.errors import Loc
from pullback.frontend.desugar import Entered, Suspended
from pullback.frontend.scopes import Function, bound_inside, free_names, functions_inside

Names = frozenset[str]
EMPTY: Names = frozenset()
_THROUGH = frozenset(("errstate", "printoptions", "catch_warnings", "nullcontext"))
MUTATORS = frozenset((
    "add", "append", "appendleft", "pop", "popleft", "popitem", "extend", "insert", "clear", "remove",
    "discard", "setdefault", "sort", "reverse",
))  # fmt: skip


@dataclass(eq=False)
class Liveness:
    """Names live after each statement, and at the head of each loop.

    Nodes are the keys, so that they are kept: the id of one that is gone may be that of another.

    ``ways`` are, for each ``with``, the names live behind it and where it breaks, continues, raises
    and returns. ``handled`` are those read where the body of a ``try`` raises, ``final`` those read
    in its ``finally`` and behind it. While statements are looked at, ``raised`` are the names read
    where one of them raises, ``leaving`` those read where one returns.
    """

    after: dict[ast.AST, Names] = field(default_factory=dict)
    head: dict[ast.AST, Names] = field(default_factory=dict)
    always: Names = EMPTY
    ways: dict[ast.AST, tuple[Names, ...]] = field(default_factory=dict)
    handled: dict[ast.AST, Names] = field(default_factory=dict)
    final: dict[ast.AST, Names] = field(default_factory=dict)
    raised: Names = EMPTY
    leaving: Names = EMPTY

    def live_after(self, stmt: ast.AST) -> Names:
        return self.after.get(stmt, EMPTY) | self.always

    def later(self, stmt: ast.AST, loc: Loc | None) -> Names:
        """The names that a statement reads behind one of its expressions, in the order of the text."""
        if loc is None or not hasattr(stmt, "lineno"):
            return EMPTY
        end, value = (loc.end_line, loc.end_col), getattr(stmt, "value", None)
        if isinstance(value, ast.AST) and end <= (value.lineno, value.col_offset):  # type: ignore[attr-defined]
            return EMPTY  # all is read, and it is stored
        return frozenset(name for place, name in _read_at(stmt) if place >= end)


def liveness(node: ast.FunctionDef | ast.Lambda) -> Liveness:
    """Liveness of all statements of a function, to be extended by those that stand in for some."""
    found = _liveness(node)
    return replace(
        found, after=dict(found.after), head=dict(found.head), ways=dict(found.ways),
        handled=dict(found.handled), final=dict(found.final),
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _liveness(node: ast.FunctionDef | ast.Lambda) -> Liveness:
    found = Liveness()
    if isinstance(node, ast.FunctionDef):
        found.always = EMPTY.union(*map(free_names, functions_inside(node)))
        _block(found, node.body, EMPTY, EMPTY, EMPTY)
    return found


def extend(
    found: Liveness, stmts: Sequence[ast.stmt], out: Names, brk: Names = EMPTY, cont: Names = EMPTY,
    raised: Names = EMPTY, leaving: Names = EMPTY,
) -> None:  # fmt: skip
    """Enter statements that stand in for others, with the names that are live behind these, and where
    they break, continue, raise and return."""
    before = found.raised, found.leaving
    found.raised, found.leaving = raised, leaving
    _block(found, stmts, out, brk, cont)
    found.raised, found.leaving = before


def loads(node: ast.AST | None) -> Names:
    """All names read in a piece of syntax, but those that comprehensions in it bind themselves, and what
    is local to functions that are made in it."""
    if node is None:
        return EMPTY
    parts = [node] if isinstance(node, ast.Name) else ast.iter_child_nodes(node)
    return frozenset(name for part in parts for name in _reads(part)) - bound_inside(node)


def _reads(node: ast.AST) -> Iterator[str]:
    """The names read in a part of a piece of syntax: of a function that is made there, those from around
    it, and those in defaults, annotations and decorators."""
    inside: Sequence[ast.AST] = ()
    if isinstance(node, Function):
        yield from free_names(node)
        inside = node.body if isinstance(node.body, list) else [node.body]
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load | ast.Del):
        yield node.id
    for part in ast.iter_child_nodes(node):
        if part not in inside:
            yield from _reads(part)


def bound(target: ast.AST) -> Names:
    """The names that assigning to a target binds (not those it writes through)."""
    return frozenset(
        n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    )


def _block(found: Liveness, stmts: Sequence[ast.stmt], out: Names, brk: Names, cont: Names) -> Names:
    for s in reversed(stmts):
        found.after[s] = found.after.get(s, EMPTY) | out | found.raised
        out = _stmt(found, s, out, brk, cont) | found.raised
    return out


def _stmt(found: Liveness, s: ast.stmt, out: Names, brk: Names, cont: Names) -> Names:
    match s:
        case ast.If():
            return (
                loads(s.test)
                | _block(found, s.body, out, brk, cont)
                | _block(found, s.orelse, out, brk, cont)
            )
        case ast.While():
            return _while(found, s, out) | _block(found, s.orelse, out, brk, cont)
        case ast.For():
            return _for(found, s, out) | _block(found, s.orelse, out, brk, cont)
        case ast.With():
            return _with(found, s, out, brk, cont)
        case ast.Try():
            return _try(found, s, out, brk, cont)
        case Suspended():
            leaving = found.leaving
            found.leaving = anywhere = out | brk | cont | leaving
            body = _block(found, s.body, anywhere, anywhere, anywhere)
            found.leaving = leaving
            return body
        case ast.Return():
            return loads(s.value) | found.leaving
        case ast.Break():
            return brk
        case ast.Continue():
            return cont
        case ast.AugAssign():
            return out | loads(s.value) | loads(s.target) | bound(s.target)
        case ast.Assign():
            written = frozenset().union(*(bound(t) for t in s.targets))
            return (out - written) | loads(s)
        case ast.FunctionDef():
            return (out - {s.name}) | frozenset(_reads(s))
    return out | loads(s)


def _while(found: Liveness, s: ast.While, out: Names) -> Names:
    head = EMPTY
    for _ in range(2):
        head |= loads(s.test) | _block(found, s.body, head, out, head) | out
    found.head[s] = head
    return head


def _for(found: Liveness, s: ast.For, out: Names) -> Names:
    head = out
    for _ in range(2):
        head |= _block(found, s.body, head, out, head) - bound(s.target)
        head |= loads(s.target) | _read_late(s.iter)
    found.head[s] = head
    return head | loads(s.iter)


def _with(found: Liveness, s: ast.With, out: Names, brk: Names, cont: Names) -> Names:
    raised = found.raised
    found.ways[s] = (out, brk, cont, raised, found.leaving)
    if suppresses(s):
        found.handled[s] = found.raised = raised | out
    named = EMPTY.union(*(bound(i.optional_vars) for i in s.items if i.optional_vars))
    body = (_block(found, s.body, out, brk, cont) - named) | found.raised
    found.raised = raised
    return body.union(*(loads(i.context_expr) for i in s.items))


def _read_late(iterable: ast.expr) -> Names:
    """Names that a generator expression reads each time an item is taken from it."""
    nodes = (n for n in ast.walk(iterable) if isinstance(n, ast.GeneratorExp))
    return EMPTY.union(*map(loads, nodes))


def _try(found: Liveness, s: ast.Try, out: Names, brk: Names, cont: Names) -> Names:
    raised, leaving = found.raised, found.leaving
    if s.finalbody:  # whichever way leads there
        behind = out | brk | cont | raised | leaving
        final = _block(found, s.finalbody, behind, brk, cont)
        if isinstance(s, Entered):
            final |= _block(found, s.failing, behind, brk, cont)
        found.final[s] = final
        out = brk = cont = found.raised = found.leaving = final
    handled = found.raised
    for handler in s.handlers:
        bound_here = {handler.name} if handler.name else EMPTY
        handled |= (_block(found, handler.body, out, brk, cont) - bound_here) | loads(handler.type)
    orelse = _block(found, s.orelse, out, brk, cont)
    found.handled[s] = found.raised = handled
    live = _block(found, s.body, orelse, brk, cont)
    found.raised, found.leaving = raised, leaving
    return live | handled


def stored(stmts: Iterable[ast.stmt]) -> list[str]:
    """Names that statements may assign or change in place, in order of appearance."""
    names: dict[str, None] = {}
    for s in stmts:
        own = bound_inside(s)
        for n in ast.walk(s):
            for name in _stores(n):
                if name not in own:
                    names[name] = None
    return list(names)


def _stores(n: ast.AST) -> list[str]:
    match n:
        case ast.Name(ctx=ast.Store() | ast.Del()):
            return [n.id]
        case ast.Subscript(ctx=ast.Store() | ast.Del()) | ast.Attribute(ctx=ast.Store()):
            base = n.value
            while isinstance(base, ast.Subscript | ast.Attribute):
                base = base.value
            return [base.id] if isinstance(base, ast.Name) else []
        case ast.Call(func=ast.Attribute(attr="shuffle"), args=[ast.Name() as shuffled, *_]):
            return [shuffled.id]
        case ast.Call(func=ast.Attribute(value=ast.Name() as owner, attr=attr)):
            return [owner.id] if attr in MUTATORS else []
        case ast.FunctionDef():
            return [n.name]
        case ast.ExceptHandler(name=str() as name):
            return [name]
        case ast.With() if is_gradient_block(n):
            (item,) = n.items
            return [a.id for a in getattr(item.context_expr, "args", ()) if isinstance(a, ast.Name)]
    return []


@lru_cache(maxsize=4096)
def _read_at(s: ast.AST) -> tuple[tuple[tuple[int, int], str], ...]:
    """Where names are read in a statement, but in targets that it stores to in the end."""
    stored = set[ast.AST]()
    if isinstance(s, ast.Assign):
        stored = {n for target in s.targets for n in ast.walk(target)}
    read = (n for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
    return tuple(((n.lineno, n.col_offset), n.id) for n in read if n not in stored)


def read_once(function: ast.AST, name: str) -> bool:
    """Whether a name is set in one place, and read in one that is run as often as that."""
    found = _places(function).get(name, [])
    return [type(n.ctx) for n, _ in found] == [ast.Store, ast.Load] and found[0][1] == found[1][1]


def loaded_once(function: ast.AST, name: str) -> bool:
    """Whether a parameter is read in one place, which runs once, and never assigned to."""
    found = _places(function).get(name, [])
    return [type(n.ctx) for n, _ in found] == [ast.Load] and found[0][1] == (function,)


Place = tuple[ast.Name, tuple[ast.AST, ...]]


@lru_cache(maxsize=256)
def _places(function: ast.AST) -> dict[str, list[Place]]:
    """Where each name stands, with what is run another number of times around it."""
    found: dict[str, list[Place]] = {}

    def visit(node: ast.AST, around: tuple[ast.AST, ...]) -> None:
        if isinstance(node, ast.Name):
            found.setdefault(node.id, []).append((node, around))
        same = _run_once(node)
        for child in ast.iter_child_nodes(node):
            visit(child, around if same is None or child in same else (*around, node))

    visit(function, ())
    return found


def _run_once(node: ast.AST) -> list[ast.AST] | None:
    """The parts of a piece of syntax that are run as often as itself; None if all are."""
    match node:
        case ast.For():
            return [node.iter, *node.orelse]
        case ast.While():
            return []
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return [node.generators[0]]
        case ast.comprehension():
            return [node.iter]
        case ast.Lambda() | ast.FunctionDef():
            return [node.args]
    return None


def bindings(stmts: Iterable[ast.stmt]) -> tuple[Names, Names]:
    """The names that statements bind, and those that they assign to by ``op=``."""
    nodes = [n for s in stmts for n in ast.walk(s)]
    targets = [n.target for n in nodes if isinstance(n, ast.AugAssign)]
    names = [t for t in targets if isinstance(t, ast.Name)]
    skipped = set(names)
    plain = {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)
             and n not in skipped}  # fmt: skip
    plain |= {n.name for n in nodes if isinstance(n, ast.FunctionDef)}
    return frozenset(plain), frozenset(t.id for t in names)


# ---- exits


def exits(stmts: Iterable[ast.stmt], in_loop: bool = True) -> set[str]:
    """The ways in which statements may leave: "break", "continue" (of this loop), "return"."""
    found: set[str] = set()
    for s in stmts:
        match s:
            case ast.Return():
                found.add("return")
            case ast.Break() if in_loop:
                found.add("break")
            case ast.Continue() if in_loop:
                found.add("continue")
            case ast.If():
                found |= exits(s.body, in_loop) | exits(s.orelse, in_loop)
            case ast.For() | ast.While():
                found |= exits(s.body, False) | exits(s.orelse, in_loop)
            case ast.With() | Suspended():
                found |= exits(s.body, in_loop)
            case ast.Try():
                for part in (s.body, *(h.body for h in s.handlers), s.orelse, s.finalbody):
                    found |= exits(part, in_loop)
    return found


def gives_nothing(stmts: Sequence[ast.stmt]) -> bool:
    """Whether all that the statements of a function ever return is None."""
    todo: list[ast.AST] = list(stmts)
    while todo:
        n = todo.pop()
        if isinstance(n, ast.Return) and n.value is not None and not _is_none(n.value):
            return False
        if not isinstance(n, ast.FunctionDef | ast.Lambda):
            todo += ast.iter_child_nodes(n)
    return True


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def suppresses(s: ast.With) -> bool:
    """Whether a ``with`` catches errors, by the name of what it enters."""
    return "suppress" in _entered(s)


def lets_through(s: ast.With) -> bool:
    """Whether a ``with`` catches nothing, by the names of what it enters."""
    return _THROUGH.issuperset(_entered(s))


def is_gradient_block(s: ast.With) -> bool:
    """Whether a ``with`` is a block of the reverse sweep, by the name of what it enters: a number of
    which the adjoint is taken has a new name behind it."""
    return _entered(s) == ["gradient_of"]


def _entered(s: ast.With) -> list[str]:
    functions = [getattr(i.context_expr, "func", None) for i in s.items]
    return [str(getattr(f, "attr", None) or getattr(f, "id", "")) for f in functions]


def always_exits(stmts: Sequence[ast.stmt]) -> bool:
    """Whether control never reaches the end of the statements."""
    for s in stmts:
        match s:
            case ast.Return() | ast.Break() | ast.Continue() | ast.Raise():
                return True
            case ast.If() if always_exits(s.body) and always_exits(s.orelse):
                return True
            case ast.With() if always_exits(s.body) and lets_through(s):
                return True
            case ast.Try() if always_exits(s.finalbody):
                return True
            case ast.Try() if always_exits([*s.body, *s.orelse]):
                if all(always_exits(h.body) for h in s.handlers):
                    return True
            case ast.While(test=ast.Constant(value=test)) if test and "break" not in exits(s.body):
                return True
    return False
