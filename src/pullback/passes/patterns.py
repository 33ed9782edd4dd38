"""Rewrites of expressions, written as ``before => after`` in Python's own notation.

    x * (1 / y)  =>  x / y

One letter stands for a value, the same letter for the same value; ``c`` and ``k`` stand for real
constants, numbers for themselves. An operator matches the operator and the NumPy function of that
name, a call the primitive so called. Sums and products match in either order. On the right, what is
computed from constants alone is evaluated, and an op that has a namesake on the left is spelled as it
is, carries its check, and is told in warnings by its line.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pullback.ir.build import Builder
from pullback.ir.core import Atom, Const, Op
from pullback.ir.types import is_complex
from pullback.passes.constants import evaluated, number

_OPERATORS: dict[type[ast.AST], tuple[str, ...]] = {
    ast.Add: ("add",), ast.Sub: ("sub", "subtract"), ast.Mult: ("mul", "multiply"),
    ast.Div: ("div", "divide"), ast.FloorDiv: ("floordiv",), ast.Pow: ("pow", "power"),
    ast.USub: ("neg", "negative"), ast.UAdd: ("pos",),
}  # fmt: skip
_COMMUTATIVE = frozenset(("add", "mul"))
_CONSTANTS = frozenset("ck")
_QUIET = frozenset(("add", "sub", "mul", "neg", "pos"))  # of which nobody asks where they come from


@dataclass(frozen=True, slots=True)
class Node:
    """An op of a pattern: the primitives that it matches, the first of which is built."""

    names: tuple[str, ...]
    operands: tuple[Node | str | float, ...]


Pattern = Node | str | float


@dataclass(eq=False, slots=True)
class Match:
    """What a pattern was found to stand for: values by letter, and the ops from the outermost in.

    ``constants`` are the numbers that its own stood for.
    """

    values: dict[str, Atom] = field(default_factory=dict)
    ops: list[Op] = field(default_factory=list)
    constants: list[float] = field(default_factory=list)

    def bound(self, letter: str, a: Atom) -> Match | None:
        """This match with a letter bound, if it may stand for that."""
        known = self.values.get(letter)
        if known is not None:
            return self if known == a else None
        if letter in _CONSTANTS and number(a) is None:
            return None
        return Match({**self.values, letter: a}, self.ops, self.constants)


Definition = Callable[[Atom], Op | None]


@dataclass(frozen=True)
class Rewrite:
    """One row of a table. ``once`` says that it pays only if the inner ops serve nothing else, ``real``
    that it holds for real numbers alone."""

    text: str
    before: Node
    after: Pattern
    once: bool
    real: bool = False

    @cached_property
    def inner(self) -> tuple[tuple[str, ...], ...]:
        """The ops of which each has to have made an operand."""
        return tuple(o.names for o in self.before.operands if isinstance(o, Node))

    @cached_property
    def has_number(self) -> bool:
        """Whether an operand has to be a constant."""
        return any(not isinstance(o, Node) and (o in _CONSTANTS or not isinstance(o, str))
                   for o in self.before.operands)  # fmt: skip

    def matches(self, op: Op, made_by: Definition, swapped: bool = False) -> Iterator[Match]:
        """How an op, or with its operands ``swapped`` one that is commutative, is the left side."""
        if self.real and any(is_complex(a.type) for a in (*op.inputs, *op.outputs)):
            return iter(())
        return _op(self.before, op, Match(), made_by, swapped)


def rewrite(text: str, once: bool = False, real: bool = False) -> Rewrite:
    """Read ``before => after``."""
    before, _, after = text.partition("=>")
    root = _pattern(ast.parse(before.strip(), mode="eval").body)
    assert isinstance(root, Node)
    return Rewrite(text, root, _pattern(ast.parse(after.strip(), mode="eval").body), once, real)


def table(text: str, once: bool = False, real: bool = False) -> tuple[Rewrite, ...]:
    """Read one rewrite a line; what follows ``#`` is a comment."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return tuple(rewrite(line, once, real) for line in lines if line)


def by_root(rows: Sequence[Rewrite]) -> Mapping[str, Sequence[Rewrite]]:
    """The rows that may apply to an op, by its name."""
    found: dict[str, list[Rewrite]] = {}
    for row in rows:
        for name in row.before.names:
            found.setdefault(name, []).append(row)
    return found


def possible(rows: Sequence[Rewrite], op: Op, made_by: Definition) -> list[Rewrite]:
    """The rows that an op may be the left side of, by a glance at what made its inputs."""
    if not rows:
        return []
    makers = {maker.name for a in op.inputs if (maker := made_by(a)) is not None}
    constant = any(isinstance(a, Const) for a in op.inputs)
    return [
        row
        for row in rows
        if (constant or not row.has_number)
        and not any(makers.isdisjoint(names) for names in row.inner)
    ]


def _pattern(node: ast.expr) -> Pattern:
    match node:
        case ast.Name(id=letter):
            return letter
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
        case ast.UnaryOp(op=op, operand=operand):
            return Node(_OPERATORS[type(op)], (_pattern(operand),))
        case ast.BinOp(left=left, op=op, right=right):
            return Node(_OPERATORS[type(op)], (_pattern(left), _pattern(right)))
        case ast.Call(func=ast.Name(id=name), args=args):
            return Node((name,), tuple(map(_pattern, args)))
    raise ValueError(f"no pattern: {ast.unparse(node)}")


# ---- matching


def _op(
    node: Node, op: Op, found: Match, made_by: Definition, swapped: bool
) -> Iterator[Match]:
    fits = op.name in node.names and len(op.inputs) == len(node.operands)
    if fits and (not swapped or node.names[0] in _COMMUTATIVE):
        inputs = op.inputs[::-1] if swapped else op.inputs
        here = Match(found.values, [*found.ops, op], found.constants)
        yield from _all(node.operands, inputs, here, made_by)


def _all(
    operands: Sequence[Pattern], inputs: Sequence[Atom], found: Match, made_by: Definition
) -> Iterator[Match]:
    if not operands:
        yield found
        return
    for match in _atom(operands[0], inputs[0], found, made_by):
        yield from _all(operands[1:], inputs[1:], match, made_by)


def _atom(pattern: Pattern, a: Atom, found: Match, made_by: Definition) -> Iterator[Match]:
    match pattern:
        case Node():
            if (op := made_by(a)) is not None:
                yield from _op(pattern, op, found, made_by, False)
                yield from _op(pattern, op, found, made_by, True)
        case str():
            if (bound := found.bound(pattern, a)) is not None:
                yield bound
        case _:
            if (value := number(a)) is not None and value == pattern:
                yield Match(found.values, found.ops, [*found.constants, value])


# ---- building


def build(b: Builder, pattern: Pattern, match: Match) -> Atom | None:
    """The value of a pattern; None where a constant would be none that one writes."""
    match pattern:
        case str():
            return match.values[pattern]
        case int() | float():
            return Const(pattern)
    operands = [build(b, operand, match) for operand in pattern.operands]
    inputs = [a for a in operands if a is not None]
    if len(inputs) < len(operands):
        return None
    if pattern.names[0] == "zeros_like":
        return b.zeros(inputs[0])
    if all(number(a) is not None for a in inputs):
        b.emit(pattern.names[0], inputs)
        return evaluated(b.ops.pop())
    namesake = next((op for op in match.ops if op.name in pattern.names), None)
    if namesake is None:
        return b.one(pattern.names[0], *inputs)
    with b.at(None if namesake.name in _QUIET else namesake.loc):
        (out,) = b.emit(namesake.name, inputs, checked=namesake.checked, **namesake.params)
    return out
