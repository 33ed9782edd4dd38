"""Generators in which ``yield`` stands in statements of its own, outside of what catches errors.

    total = f(x) + (yield v)           first = f(x); sent = yield v; total = first + sent

    try:                               try:
        yield g(v)                         given = g(v)
    except ValueError: ..              except ValueError: ..
                                       else:
                                           yield given

What goes before in an expression is computed before, as Python does. Errors of who loops do not come to
the generator, so its handlers are for what computes the item. Works on the AST alone.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from functools import lru_cache
from itertools import count
from typing import TypeVar

from pullback.frontend.scopes import Function, own_nodes

N = TypeVar("N", bound=ast.AST)
Block = list[ast.stmt]
PLAIN = (ast.Constant, ast.Name)
GIVES = (ast.Yield, ast.YieldFrom)
CLOSING = ("BaseException", "GeneratorExit")


@lru_cache(maxsize=256)
def apart(node: ast.FunctionDef) -> ast.FunctionDef:
    """The same generator with each ``yield`` in a statement of its own, as far as that can be."""
    new = copy.copy(node)
    new.body = _Apart().block(node.body)
    return node if all(a is b for a, b in zip(new.body, node.body, strict=False)) else new


def is_whole(s: ast.stmt) -> bool:
    """Whether a statement yields, and no more than puts what it is given somewhere."""
    kinds = ast.Expr | ast.Assign | ast.AnnAssign | ast.AugAssign
    if not isinstance(s, kinds) or not isinstance(s.value, GIVES):
        return False
    if isinstance(s, ast.AugAssign) and not isinstance(s.target, ast.Name):
        return False  # what is there is read before
    return s.value.value is None or not yields(s.value.value)


def yields(n: ast.AST) -> bool:
    """Whether a piece of syntax yields, but for functions in it."""
    return not isinstance(n, Function) and any(isinstance(part, GIVES) for part in (n, *own_nodes(n)))


class _Apart:
    """Takes the statements of one function apart."""

    def __init__(self) -> None:
        self.numbers = count()

    def block(self, body: Sequence[ast.stmt]) -> Block:
        return [new for s in body for new in (self.stmt(s) if yields(s) else [s])]

    def stmt(self, s: ast.stmt) -> Block:
        if isinstance(s, ast.FunctionDef) or is_whole(s):
            return [s]
        match s:
            case ast.Try(handlers=[_, *_]) if (split := self.tried(s)) is not None:
                return [split]
            case ast.For() | ast.If() | ast.While() | ast.With() | ast.Try():
                return self.compound(s)
            case ast.AugAssign(target=ast.Name()) | ast.Expr() | ast.Return(value=ast.expr()):
                return self.simple(s)
            case ast.Assign():
                return self.simple(s)
        return [s]

    def compound(self, s: ast.stmt) -> Block:
        """Blocks in a statement, and what is asked or gone through before them."""
        first: Block = []
        new = copy.copy(s)
        for name in ("body", "orelse", "finalbody"):
            if inner := getattr(s, name, None):
                setattr(new, name, self.block(inner))
        if isinstance(new, ast.Try):
            new.handlers = [copy.copy(h) for h in new.handlers]
            for h in new.handlers:
                h.body = self.block(h.body)
        if isinstance(new, ast.If) and yields(new.test):
            first, new.test = self.value(new.test)
        if isinstance(new, ast.For) and yields(new.iter):
            first, new.iter = self.value(new.iter)
        return [*first, new]

    def simple(self, s: ast.Assign | ast.AugAssign | ast.Expr | ast.Return) -> Block:
        assert s.value is not None
        first, value = self.value(s.value)
        new = copy.copy(s)
        new.value = value
        return [*first, _at(s, new)]

    def tried(self, s: ast.Try) -> ast.stmt | None:
        """What yields last where errors are caught: behind that, None where it does elsewhere too."""
        *before, last = s.body
        if any(map(yields, before)) or not is_whole(last) or any(map(_closes, s.handlers)):
            return None
        assert isinstance(last, ast.Expr | ast.Assign | ast.AugAssign)
        new = copy.copy(s)
        behind = copy.copy(last)
        given = last.value
        assert isinstance(given, GIVES)
        if given.value is not None:
            name = self.name()
            before = [*before, _kept(given, name, given.value)]
            behind.value = _at(given, type(given)(_name(given, name)))
        new.body = before or [_at(s, ast.Pass())]
        new.orelse = [behind, *self.block(s.orelse)]
        new.finalbody = []
        new.handlers = [copy.copy(h) for h in s.handlers]
        for h in new.handlers:
            h.body = self.block(h.body)
        return _at(s, ast.Try([new], [], [], s.finalbody)) if s.finalbody else new

    # ---- expressions

    def value(self, e: ast.expr) -> tuple[Block, ast.expr]:
        """What is done before the rest of an expression, in which nothing yields anymore."""
        if not yields(e):
            return [], e
        parts = _parts(e)
        if parts is None:
            return [], e
        new = copy.deepcopy(e)
        first: Block = []
        last = max((k for k, (_, p) in enumerate(parts) if yields(p)), default=-1)
        for k, (place, part) in enumerate(parts):
            if k > last:
                break
            own, value = self.value(part)
            if k < last and not isinstance(value, PLAIN):
                name = self.name()
                own, value = [*own, _kept(part, name, value)], _name(part, name)
            first += own
            _put(new, place, value)
        if isinstance(e, GIVES):
            name = self.name()
            return [*first, _kept(e, name, new)], _name(e, name)
        return first, new

    def name(self) -> str:
        return f"%%sent{next(self.numbers)}"


Place = tuple[str, int | None]


def _parts(e: ast.expr) -> list[tuple[Place, ast.expr]] | None:
    """The operands of an expression in the order in which they are computed, None where some may not
    be computed at all."""
    fields: dict[type, tuple[str, ...]] = {
        ast.Yield: ("value",), ast.YieldFrom: ("value",), ast.BinOp: ("left", "right"),
        ast.UnaryOp: ("operand",), ast.Tuple: ("elts",), ast.List: ("elts",),
        ast.Subscript: ("value", "slice"), ast.Attribute: ("value",),
        ast.Compare: ("left", "comparators"), ast.Call: ("func", "args"),
    }  # fmt: skip
    names = fields.get(type(e))
    if names is None or (isinstance(e, ast.Compare) and len(e.comparators) > 1):
        return None
    if isinstance(e, ast.Call) and (e.keywords or _is_method(e.func)):
        return None
    found: list[tuple[Place, ast.expr]] = []
    for name in names:
        held = getattr(e, name)
        if isinstance(held, list):
            found += [((name, k), part) for k, part in enumerate(held)]
        elif held is not None:
            found.append(((name, None), held))
    return None if any(isinstance(p, ast.Starred | ast.Slice) for _, p in found) else found


def _is_method(function: ast.expr) -> bool:
    """A method is looked up before its arguments are computed, which no variable is kept for."""
    return not isinstance(function, ast.Name)


def _put(e: ast.expr, place: Place, part: ast.expr) -> None:
    name, k = place
    if k is None:
        setattr(e, name, part)
    else:
        getattr(e, name)[k] = part


def _closes(h: ast.ExceptHandler) -> bool:
    """Whether a handler catches what tells a generator that it is not asked anymore."""
    named = [] if h.type is None else [n for n in ast.walk(h.type) if isinstance(n, ast.Name)]
    return h.type is None or any(n.id in CLOSING for n in named)


def _kept(place: ast.AST, name: str, value: ast.expr) -> ast.stmt:
    return _at(place, ast.Assign([ast.Name(name, ast.Store())], value))


def _name(place: ast.AST, name: str) -> ast.expr:
    return _at(place, ast.Name(name, ast.Load()))


def _at(place: ast.AST, new: N) -> N:
    return ast.fix_missing_locations(ast.copy_location(new, place))
