"""The reverse sweep: adjoints by variable, and walking the ops of a block backwards.

Adjoints that nobody has contributed to are symbolic zeros (absent). Adjoints of arrays that are
indexed are buffers that later reads accumulate into. What a simple op contributes is in its row; ops
with blocks, calls and containers have handlers in ``REVERSE``, entered by the rooms that know them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pullback.ir import alias
from pullback.ir.alias import Aliases, Buffers, loop_params
from pullback.ir.bars import bar_name
from pullback.ir.build import Builder, Value
from pullback.ir.core import Atom, Block, Const, Env, Func, Op, Var, reachable, substitute, walk
from pullback.ir.index import gives_part, is_whole, note_parts, reshapes
from pullback.ir.types import PY_INT, Array, List, Record, Scalar
from pullback.ir.unset import maybe_unset
from pullback.ir.writes import write
from pullback.rules.table import ROWS, Scatter, as_values, definition_of, row_of
from pullback.transforms.activity import Varied, active
from pullback.transforms.complex_ import in_class_of, in_width_of
from pullback.transforms.draws import pathwise
from pullback.transforms.rules import (
    Contribution,
    applied_at,
    applied_jvp,
    applied_vjp,
    contributions,
    is_told,
)
from pullback.transforms.standing import Standing

Handler = Callable[["Reverse", Op], list[Op]]
# By what an adjoint may be zero (see ``Reverse``), where it is by anything.
MASKED, GUARDED = 1, 2
# By name of the primitive: reverses an op; gives what the forward sweep runs in its place.
REVERSE: dict[str, Handler] = {}


def reverses(*names: str) -> Callable[[Handler], Handler]:
    """Enter a handler for ops of these primitives."""

    def enter(handler: Handler) -> Handler:
        REVERSE.update((name, handler) for name in names)
        return handler

    return enter


@dataclass(eq=False)
class Reverse:
    """The state of a reverse sweep: adjoints by variable, and which of them may be zero by a guard.

    ``masked`` holds adjoints that are exactly zero where a branch was not selected; through what follows
    from a singular op (``tainted``) they must not meet its nan or inf. Nor may those that are so by a
    condition, and no slice (``guarded``), meet what follows from a product that may overflow
    (``grown``). ``erasures`` are adjoints of overwritten arrays, zeroed at the written place only when
    next needed: until then the cotangent read from that place needs no copy. ``later`` are the buffers
    that ops write to which run after what is being reversed (``after``: after the op as a whole),
    ``escaping`` those that callers may write to; ``standing`` are values that final arrays of loops
    still hold, ``finals`` what loops gave that nothing overwrites. ``unset`` are variables that may have
    no value, and adjoints of such, which may have any shape. ``parts`` are the parts of arrays that the
    block being reversed reads, by the ops that do. ``repeats`` says that the forward sweep runs for the
    reverse one alone.
    """

    b: Builder
    active: set[Atom]
    aliases: Aliases
    cover: bool
    bars: dict[Var, Atom] = field(default_factory=dict)
    masked: set[Atom] = field(default_factory=set)
    guarded: set[Atom] = field(default_factory=set)
    tainted: set[Var] = field(default_factory=set)
    grown: set[Var] = field(default_factory=set)
    erasures: dict[Var, Callable[[], None]] = field(default_factory=dict)
    later: Buffers = frozenset()
    after: Buffers = frozenset()
    escaping: Buffers = frozenset()
    standing: dict[Var, Standing] = field(default_factory=dict)
    finals: set[Var] = field(default_factory=set)
    unset: set[Var] = field(default_factory=set)
    parts: dict[Var, Op] = field(default_factory=dict)
    repeats: bool = False

    def __post_init__(self) -> None:
        self.newest = Var(PY_INT).id

    # ---- adjoints

    def bar(self, v: Atom) -> Atom | None:
        """The adjoint so far, None for a symbolic zero."""
        if not isinstance(v, Var):
            return None
        if v in self.erasures:
            self.erasures.pop(v)()
        return self.bars.get(v)

    def bar_or_zero(self, v: Atom) -> Atom:
        found = self.bar(v)
        if found is None:
            found = self.zeros(v)
            self.masked.add(found)
        return found

    def zeros(self, v: Atom) -> Atom:
        """A zero adjoint."""
        found = self.zero(v)
        self.label(found, v)
        return found

    def zero(self, v: Atom) -> Atom:
        """A zero adjoint without a name; of an array, or an item of a list, that may have no value it is
        a number then."""
        if v in self.unset and isinstance(v.type, Array):
            return self.b.one("zeros_like", v, maybe=True)
        if v in self.unset and isinstance(v.type, List):
            return self.b.one("zeros_tree", v, maybe=True)
        return self.b.zeros(v)

    def settle(self) -> None:
        """Make every adjoint one that blocks inside can use."""
        for v in list(self.erasures):
            self.bar(v)

    def zero_by(self, bar: Atom) -> int:
        """By what an adjoint may be zero: nothing, what selects, or a condition of the program."""
        return GUARDED if bar in self.guarded else MASKED if bar in self.masked else 0

    def mark(self, bar: Atom, zero: int) -> None:
        """Enter by what an adjoint may be zero."""
        if zero:
            self.masked.add(bar)
        if zero == GUARDED:
            self.guarded.add(bar)

    def add(self, v: Atom, c: Contribution, zero: int = 0) -> None:
        """Accumulate a contribution to the adjoint of a value, which may be zero by something."""
        if c is None or not isinstance(v, Var) or v not in self.active:
            return
        existing = self.bar(v)
        if isinstance(c, Scatter):
            before = self.bar_or_zero(v)
            inputs = [i.atom if isinstance(i, Value) else i for i in c.inputs]
            total: Atom = scattered(self.b, c, before, inputs)
            by_condition = zero == GUARDED and (existing is None or existing in self.guarded)
            zero = GUARDED if by_condition else min(MASKED, self.zero_by(before))
        else:
            first = self.fitted(v, c.atom)
            total = first if existing is None else self.accumulate(existing, first, v in self.unset)
            zero = zero if existing is None else min(zero, self.zero_by(existing))
        self.label(total, v)
        self.bars[v] = total
        self.mark(total, zero)

    def accumulate(self, a: Atom, b: Atom, maybe: bool = False) -> Atom:
        """The sum of two adjoints, of which one of nothing ``maybe`` is None."""
        tree = isinstance(a.type, List | Record) or (maybe and isinstance(a.type, Array))
        return self.b.one("add_trees" if tree else "accumulate", a, b)

    def fitted(self, v: Var, g: Atom) -> Atom:
        """A contribution in the class and dtype of its value; an array for a 0-d one, which may be
        written to, and a number for a number."""
        if isinstance(v.type, List) and isinstance(g.type, List) and not v.type.is_like(g.type):
            return self.b.one("add_trees", self.b.zeros(v), g)  # a deque, as the value is one
        g = in_class_of(self.b, g, v)
        if isinstance(v.type, Array) and not isinstance(g.type, Array) and not v.type.ndim:
            g = self.b.one("array", g)
        elif isinstance(v.type, Scalar) and isinstance(g.type, Array):
            g = self.b.one("getitem", g, path=((),))
        want = v.type.dtype if isinstance(v.type, Array | Scalar) else None
        have = g.type.dtype if isinstance(g.type, Array | Scalar) else None
        if isinstance(v.type, Array | Scalar) and getattr(v.type, "origin", "np") == "np":
            if want is None and have != want and isinstance(g.type, Array):
                return self.b.one("cast_like", g, v, **({"maybe": True} if v in self.unset else {}))
            if want is not None and have is not None and want != have and g.type.cls == v.type.cls:  # type: ignore[union-attr]
                return self.b.one("cast", g, dtype=want)
        return g

    def in_width(self, v: Var) -> Atom:
        """The adjoint of a parameter, in its dtype also where that of the adjoint is not known."""
        return in_width_of(self.b, self.bar_or_zero(v), v)

    def label(self, bar: Atom, v: Atom) -> None:
        """Name an adjoint after its value, unless it is a value of the forward sweep itself."""
        ours = isinstance(bar, Var) and not bar.name and bar.id > self.newest
        if ours and isinstance(bar, Var) and isinstance(v, Var) and v.name:
            bar.name = bar_name(v)

    def may_be_overwritten(self, v: Atom) -> bool:
        """Whether the memory of a value may be written to before the reverse sweep reads it."""
        return v not in self.finals and not self.later.isdisjoint(self.aliases.of(v).reach)

    # ---- ops

    def block(self, ops: Sequence[Op]) -> list[Op]:
        """Reverse ops in order; gives what the forward sweep runs in their place."""
        around, self.parts = self.parts, {op.out: op for op in ops if gives_part(op)}
        forward = [self.op(op) for op in reversed(ops)]
        self.parts = around
        return [op for replaced in reversed(forward) for op in replaced]

    def op(self, op: Op) -> list[Op]:
        """Reverse one op; gives what the forward sweep runs in its place."""
        self.after = self.later
        self.later |= self.aliases.written_by(op)
        if not any(v in self.bars or v in self.erasures for v in op.outputs):
            return [op]
        with applied_at(self.b, op):
            handler = REVERSE.get(op.name)
            return [self.simple(op)] if handler is None else handler(self, op)

    def take(self, op: Op) -> list[Atom | None]:
        """The adjoints of an op's outputs, which nothing needs afterwards."""
        bars = [self.bar(v) for v in op.outputs]
        for v in op.outputs:
            self.bars.pop(v, None)
        return bars

    def simple(self, op: Op) -> Op:
        bars = self.take(op)
        row = row_of(op)
        if row.kind == "composite" or row.jvp is not None:
            self.through_ops(op, bars)
            return op
        wanted = [a in self.active for a in op.inputs]
        if row.vjp is not None:
            gs = [None if bar is None else Value(self.b, bar) for bar in bars]
            parts = applied_vjp(row, op, gs, as_values(op, self.b), wanted)
            return self.given(op, parts, self.all_zero_by(bars))
        (bar,) = bars
        assert bar is not None
        g, zero = Value(self.b, bar), self.zero_by(bar)
        if op.name == "setitem":
            self.setitem(op, g)
            return op
        tainted = any(v in self.tainted for v in (*op.inputs, op.out))
        tainted |= zero == GUARDED and any(v in self.grown for v in op.inputs)
        found = contributions(self.b, op, g, wanted, zero > 0, tainted)
        return self.given(op, found, zero)

    def all_zero_by(self, bars: Sequence[Atom | None]) -> int:
        return min((self.zero_by(bar) for bar in bars if bar is not None), default=GUARDED)

    def given(self, op: Op, found: Sequence[Contribution], zero: int) -> Op:
        """Add contributions to the inputs of an op; gives what the forward sweep runs."""
        row = row_of(op)
        for k, (a, c) in enumerate(zip(op.inputs, found, strict=False)):
            self.add(a, c, max(zero, _selection(op)) if k in row.selects else zero)
        # What the reverse sweep checks again need not be checked in the forward sweep.
        covers = self.cover and row.covers and "traps" not in op.params
        if covers and op.inputs[0] in self.active and found[0] is not None:
            return Op(op.prim, op.inputs, op.params, (), op.outputs, op.loc, checked=True)
        return op

    def setitem(self, op: Op, g: Value) -> None:
        """The cotangent of the place goes to the value; the rest, later zeroed there, to the array.

        Of a write to all elements nothing is left to the array.
        """
        array, value = op.inputs[:2]
        _, read = row_of(op).transpose
        inputs = [Value(self.b, a) for a in op.inputs]
        if value in self.active:
            self.add(value, read(g, *inputs, op.params), _selection(op))
        if isinstance(array, Var) and array in self.active and not is_whole(op.params["path"]):
            other = self.bar(array)  # with what another write to the same version is to erase
            self.bars.pop(array, None)
            self.erasures[array] = lambda: self.erase(op, array, g, other)

    def erase(self, op: Op, array: Var, g: Value, other: Atom | None) -> None:
        """The adjoint of an array before a write, added to what later uses of it contributed."""
        erase, _ = row_of(op).transpose
        inputs = [Value(self.b, a) for a in op.inputs]
        with self.b.at(op.loc):
            self.add(array, erase(g, *inputs, op.params), _selection(op))
            if other is not None:
                self.add(array, Value(self.b, other))

    def through_ops(self, op: Op, bars: Sequence[Atom | None]) -> None:
        """Reverse an op as the ops of its definition, or by transposing its tangent rule."""
        row = row_of(op)
        seeds: dict[Var, Atom] = {}
        with self.b.block() as scratch:
            results: Sequence[Value | None]
            if row.definition is not None:
                results = definition_of(row, op, self.b)
            else:
                ts = [Value(self.b, self.placeholder(a, seeds)) for a in op.inputs]
                results = applied_jvp(row, op, [Value(self.b, a) for a in op.inputs], ts)
        check(scratch)
        taint(scratch, self.tainted)
        grow(scratch, self.grown)
        varied = Varied([*seeds, *(a for a in op.inputs if row.definition and a in self.active)])
        varied.block(scratch)
        before = self.active
        self.active = varied.found  # a tangent rule is transposed in the tangents alone
        zero = self.all_zero_by(bars)
        with self.b.block() as backward:
            for result, bar in zip(results, bars, strict=True):
                if result is not None and bar is not None:
                    self.add(result.atom, Value(self.b, bar), self.zero_by(bar))
            forward = self.block(scratch.ops)
        self.active = before
        # Of a tangent rule the reverse sweep uses only shapes, and tangents have those of primals.
        env: Env = dict(seeds)
        self.b.ops += substitute(Block([], forward + backward.ops, []), env).ops
        for placeholder, a in seeds.items():
            bar = self.bars.pop(placeholder, None)
            if bar is not None:
                self.add(a, Value(self.b, bar), GUARDED if row.selects else zero)

    def placeholder(self, a: Atom, seeds: dict[Var, Atom]) -> Atom:
        """A variable for the tangent of an input, so that its tangent rule can be transposed."""
        if a not in self.active:
            return self.b.zeros(a) if isinstance(a.type, Array | Scalar) else Const(0.0)
        seed = Var(a.type)
        seeds[seed] = a
        return seed


def _selection(op: Op) -> int:
    """By what cotangents of an op that selects are zero: a condition, or a slice or indices."""
    by_condition = "path" not in op.params or any("m" in subscript for subscript in op.params["path"])
    return GUARDED if by_condition else MASKED


def scattered(b: Builder, c: Scatter, before: Atom, inputs: Sequence[Atom]) -> Var:
    """A buffer behind a contribution to some of its elements."""
    if reshapes(c.params.get("path", ())):
        return write(b, c.prim, before, inputs[0], inputs[1:], c.params["path"])
    return b.one(c.prim, before, *inputs, **c.params)


def check(block: Block) -> None:
    """Mark ops of a rule: the op that they stand for has raised what they would, but for errors that the
    rule itself tells."""
    for op in walk(block):
        op.checked = not is_told(op)


def sweep(
    b: Builder, func: Func, wrt: Sequence[bool], wanted: Sequence[bool], cover: bool,
    before: Func | None = None,
) -> Reverse:  # fmt: skip
    """A reverse sweep over (a copy of) the body of a function; ``before`` makes residuals it takes."""
    func.block = pathwise(func.block, [p for p, w in zip(func.params, wrt, strict=True) if w])
    note_parts(walk(func.block))
    rev = Reverse(b, active(func, tuple(wrt), tuple(wanted)), alias.analyse(func), cover)
    taint(func.block, rev.tainted)
    grow(func.block, rev.grown)
    rev.unset = maybe_unset([*reachable(func), *(reachable(before) if before else ())])
    rev.repeats = before is not None
    return rev


def taint(block: Block, found: set[Var]) -> None:
    """Enter what follows from ops whose results may be infinite or undefined where partials are, and
    from what the program itself asks of whether it is nan."""
    found.update(_asked_of(list(walk(block))))
    _spread(block, found, lambda op: op.name in ROWS and ROWS[op.name].is_singular(op))


def grow(block: Block, found: set[Var]) -> None:
    """Enter what follows from products of arrays, which may overflow."""
    _spread(block, found, lambda op: op.name in ROWS and ROWS[op.name].may_overflow(op))


def _spread(block: Block, found: set[Var], starts: Callable[[Op], bool]) -> None:
    """Enter what ops that start it give, and what follows from that."""
    size = -1
    while size != len(found):
        size = len(found)
        for op in walk(block):
            if any(a in found for a in op.inputs) or starts(op):
                found.update(op.outputs)
            for inner in op.blocks:
                pairs = zip(inner.results[-len(op.outputs) :], op.outputs, strict=False)
                found.update(v for r, v in pairs if r in found)
                if op.name in ("for", "while"):
                    found.update(p for p, v in zip(loop_params(op, inner), op.outputs, strict=True)
                                 if v in found)  # fmt: skip


def _asked_of(ops: Sequence[Op]) -> set[Var]:
    """What is asked of whether it is nan or infinite, and what elementwise ops made it of."""
    found: set[Var] = set()
    for op in reversed(ops):
        elementwise = op.name in ROWS and ROWS[op.name].kind == "elementwise"
        if _tells_of_nan(op) or (elementwise and op.out in found):
            found.update(v for v in op.inputs if isinstance(v, Var))
    return found


def _tells_of_nan(op: Op) -> bool:
    return op.name in ("isnan", "isfinite", "isinf") or op.name.startswith("nan")
