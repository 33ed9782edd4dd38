"""Forward mode: beside each varied value its tangent, through blocks, loops and calls as they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pullback.ir.alias import Aliases, attempts, carries, loop_params
from pullback.ir.bars import dot_name
from pullback.ir.build import Builder, Value
from pullback.ir.core import Atom, Block, Env, Func, Op, Var, clone, look, substitute, walk
from pullback.ir.types import Array, Scalar, differentiable, join, loosened
from pullback.rules.table import as_values, definition_of, row_of
from pullback.transforms import containers
from pullback.transforms.activity import Mask, Varied, varied_results
from pullback.transforms.adjoints import Reverse, check, taint
from pullback.transforms.complex_ import in_class_of, in_width_of
from pullback.transforms.draws import pathwise
from pullback.transforms.linearity import check_rule
from pullback.transforms.residuals import is_undef
from pullback.transforms.rules import applied_at, applied_vjp, is_told, tangents

QUIET = 'np.errstate(all="ignore")'


@dataclass(eq=False)
class Forward:
    """The state of a forward sweep: tangents of varied variables (absent is zero).

    ``masked`` holds values whose tangents are exactly zero where nothing was selected: they stay
    zero through singular ops, and through what follows from such (``tainted``).
    """

    b: Builder
    varied: set[Atom]
    dots: dict[Var, Any] = field(default_factory=dict)
    masked: set[Var] = field(default_factory=set)
    tainted: set[Var] = field(default_factory=set)

    def dot(self, v: Atom) -> Atom | None:
        return self.dots.get(v) if isinstance(v, Var) else None

    def dot_or_zero(self, v: Atom) -> Atom:
        found = self.dot(v)
        return self.b.zeros(v) if found is None else found

    def narrowed(self, v: Var, dot: Atom) -> Atom:
        """A tangent in the kind of its value, where the rule gave it in a wider one."""
        dot = in_class_of(self.b, dot, v)
        if isinstance(v.type, Scalar) and isinstance(dot.type, Array):
            return self.b.one("pos", dot)  # makes a number of a 0-d array
        want, have = getattr(v.type, "dtype", None), getattr(dot.type, "dtype", None)
        arrays = isinstance(v.type, Array) and isinstance(dot.type, Array)
        differs = arrays and want is not None and have is not None and want != have
        return self.b.one("cast", dot, dtype=want) if differs else dot

    def param(self, v: Var) -> Var:
        """A parameter for the tangent of a parameter."""
        new = Var(loosened(v.type), dot_name(v))
        self.dots[v] = new
        return new

    def set(self, v: Var, dot: Atom | None) -> None:
        if dot is None:
            return
        if isinstance(dot, Var):
            dot.name = dot.name or dot_name(v)
        self.dots[v] = dot

    def block(self, ops: Sequence[Op]) -> None:
        """Append the ops with their tangents to the builder."""
        for op in ops:
            with applied_at(self.b, op):
                self.op(op)

    def op(self, op: Op) -> None:
        if not any(v in self.varied for v in op.outputs):
            self.b.ops.append(op)
            return
        match op.name:
            case "if":
                self.branch(op)
            case "try":
                self.attempt(op)
            case "for" | "while":
                self.loop(op)
            case "call":
                self.call(op)
            case name if name in containers.CONTAINERS:
                self.b.ops.append(op)
                dots = containers.forward(self.b, op, [self.dot(a) for a in op.inputs])
                for v, dot in zip(op.outputs, dots, strict=True):
                    self.set(v, dot if v in self.varied else None)
            case _ if "traps" in op.params:
                self.quietly(op)
            case _:
                self.simple(op)

    def simple(self, op: Op) -> None:
        if row_of(op).definition is not None:
            self.through_definition(op)
            return
        if row_of(op).vjp is not None:
            self.through_transpose(op)
            return
        ts = [None if (t := self.dot(a)) is None else Value(self.b, t) for a in op.inputs]
        # A tangent is written before its value is: so it may be made of what the latter replaces.
        # That of what does not move is a zero, which fits everywhere: there the value tells first.
        written = op.prim.writes is not None and row_of(op).kind == "linear" and not _is_fixed(op, ts)
        if not written:
            self.b.ops.append(op)
        moving = [a for a, t in zip(op.inputs, ts, strict=True) if t is not None]
        guard = all(a in self.masked for a in moving)
        if guard or row_of(op).selects:
            self.masked.update(op.outputs)
        tainted = any(v in self.tainted for v in (*op.inputs, *op.outputs))
        for v, dot in zip(op.outputs, tangents(self.b, op, ts, guard, tainted), strict=True):
            self.set(v, None if dot is None else self.narrowed(v, dot.atom))
        if written:
            self.write(op)

    def write(self, op: Op) -> None:
        """A write behind that of its tangent, which tells of a bad index: of adjoints, values are often
        needed for nothing else."""
        tangent = self.b.ops[-1] if self.b.ops else op
        if tangent.name == op.name and tangent.inputs[2:] == op.inputs[2:] and _is_of(self, tangent, op):
            tangent.checked, op.checked = op.checked, True
        self.b.ops.append(op)

    def quietly(self, op: Op) -> None:
        """The tangents of an op whose errors are raised: none of theirs are."""
        with self.b.block() as new:
            self.simple(op)
        new.ops.remove(op)
        self.b.ops.append(op)
        moving = [v for v in op.outputs if v in self.dots]
        new.results = [self.dots[v] for v in moving]
        quiet = {"context": QUIET, "behind": QUIET, "first": ()}
        for v, dot in zip(moving, self.b.context(new, **quiet), strict=True):
            self.set(v, dot)

    def through_definition(self, op: Op) -> None:
        """The tangent of a composite is that of its definition; its value stays the user's call."""
        with self.b.block() as scratch:
            results = definition_of(row_of(op), op, self.b)
            check(scratch)
        varied = Varied(self.dots)
        varied.block(scratch)
        self.varied |= varied.found
        self.b.ops.append(op)
        self.block(scratch.ops)
        for v, result in zip(op.outputs, results, strict=True):
            self.set(v, self.dot(result.atom))

    def through_transpose(self, op: Op) -> None:
        """The tangent of a row that gives only a vjp: that rule is linear in the cotangent, and its
        transpose is the jvp."""
        check_rule(op)
        self.b.ops.append(op)
        cotangents = [Var(v.type) for v in op.outputs]
        with self.b.block() as scratch:
            gs = [Value(self.b, v) for v in cotangents]
            wanted = [self.dot(a) is not None for a in op.inputs]
            parts = applied_vjp(row_of(op), op, gs, as_values(op, self.b), wanted)
        varied = Varied(cotangents)
        varied.block(scratch)
        rev = Reverse(self.b, varied.found, Aliases(), False)
        with self.b.block() as backward:
            for a, part in zip(op.inputs, parts, strict=True):
                dot = self.dot(a)
                if dot is not None and part is not None:
                    rev.add(part.atom, Value(self.b, dot))
            forward = rev.block(scratch.ops)
            totals = [rev.bar(v) for v in cotangents]
        # Of the rule's own values only shapes are used, and cotangents have those of the results.
        env: Env = dict(zip(cotangents, op.outputs, strict=True))
        made = substitute(Block([], forward + backward.ops, []), env)
        if op.name != "custom_vjp":  # which may raise what it likes
            for each in walk(made):
                each.checked = each.checked or not is_told(each)
        self.b.ops += made.ops
        for v, total in zip(op.outputs, totals, strict=True):
            self.set(v, None if total is None else look(env, total))

    def branch(self, op: Op) -> None:
        varied = [v for v in op.outputs if v in self.varied]
        blocks: list[Block] = []
        for inner in op.blocks:
            if blocks and "context" in op.params:
                blocks.append(self.never(inner, blocks[0].results[len(op.outputs) :]))
                continue
            with self.b.block() as new:
                self.block(inner.ops)
                extra: list[Atom] = [
                    self.dot_or_zero(r)
                    for v, r in zip(op.outputs, inner.results, strict=True)
                    if v in self.varied
                ]
            new.results = [*inner.results, *extra]
            blocks.append(new)
        known = len(op.outputs)
        tangents = zip(*(block.results[known:] for block in blocks), strict=True)
        for v, (a, b) in zip(varied, tangents, strict=True):
            self.param(v).type = join(a.type, b.type) or loosened(v.type)
        outputs = (*op.outputs, *(self.dots[v] for v in varied))
        self.b.ops.append(Op(op.prim, op.inputs, op.params, tuple(blocks), outputs, op.loc))

    def never(self, block: Block, dots: Sequence[Atom]) -> Block:
        """The other side of a context, which never runs, with as many results."""
        with self.b.block() as new:
            self.b.ops += block.ops
            new.results = [*block.results, *(self.b.undef(t.type) for t in dots)]
        return new

    def attempt(self, op: Op) -> None:
        """The tangents of what the block yields beside it; none of their ops raises."""
        moving = [(v, a, b) for v, a, b in attempts(op) if v in self.varied]
        undefined = {a for _, a, _ in moving if is_undef(Block([], self.b.ops, []), a)}
        with self.b.block() as new:
            self.block(op.blocks[0].ops)
            dots = [self.dot_or_zero(b) for _, _, b in moving]
        new.results = [*op.blocks[0].results, *dots]
        kept = []
        for (v, a, _), dot in zip(moving, dots, strict=True):
            kept.append(self.b.undef(dot.type) if a in undefined else self.dot_or_zero(a))
            self.param(v).type = join(kept[-1].type, dot.type) or loosened(v.type)
        outputs = (*op.outputs, *(self.dots[v] for v, _, _ in moving))
        inputs = (*op.inputs, *kept)
        self.b.ops.append(Op(op.prim, inputs, op.params, (new,), outputs, op.loc))

    def loop(self, op: Op) -> None:
        inits, params, yields = carries(op)
        varied = [k for k, p in enumerate(params) if p in self.varied]
        starts = [self.dot_or_zero(inits[k]) for k in varied]
        body = op.blocks[-1]
        dots = [self.param(params[k]) for k in varied]
        with self.b.block([*body.params, *dots]) as new:
            self.block(body.ops)
            ends = [self.dot_or_zero(yields[k]) for k in varied]
        new.results = [*body.results, *ends]
        blocks = [new]
        if op.name == "while":
            spare = [Var(d.type, d.name) for d in dots]
            cond = op.blocks[0]
            blocks.insert(0, Block([*loop_params(op, cond), *spare], cond.ops, cond.results))
        outputs = (*op.outputs, *(self.param(op.outputs[k]) for k in varied))
        inputs = (*op.inputs, *starts)
        self.b.ops.append(Op(op.prim, inputs, op.params, tuple(blocks), outputs, op.loc))

    def call(self, op: Op) -> None:
        callee: Func = op.params["callee"]
        mask = tuple(self.dot(a) is not None for a in op.inputs)
        pushed = pushforward(callee, mask)
        inputs = (*op.inputs, *(t for a in op.inputs if (t := self.dot(a)) is not None))
        varied = varied_results(callee, mask)
        dots = [self.param(v) for v, w in zip(op.outputs, varied, strict=True) if w]
        outputs = (*op.outputs, *dots)
        params = {**op.params, "callee": pushed}
        self.b.ops.append(Op(op.prim, inputs, params, (), outputs, op.loc))


def _is_fixed(op: Op, tangents: Sequence[Value | None]) -> bool:
    """Whether an array is written that has no tangent."""
    return isinstance(op.inputs[1].type, Array) and tangents[1] is None


def _is_of(forward: Forward, tangent: Op, op: Op) -> bool:
    """Whether an op makes the tangent of what another one does."""
    return len(op.outputs) == 1 and forward.dot(op.out) in tangent.outputs


def pushforward(func: Func, wrt: Mask) -> Func:
    """A function with parameters for tangents where ``wrt`` says, and tangents of varied results."""
    key = ("jvp", wrt)
    if key not in func.derived:
        func.derived[key] = new = Func(f"{func.name}_jvp", Block([], [], []), func.loc)
        new.block, new.taken = _build(func, wrt, varied_results(func, wrt))
    found: Func = func.derived[key]
    return found


def _build(func: Func, wrt: Mask, wanted: Mask) -> tuple[Block, frozenset[int]]:
    block = clone(func.block)
    seeds = [p for p, w in zip(block.params, wrt, strict=True) if w]
    block = pathwise(block, seeds)
    activity = Varied(seeds)
    activity.block(block)
    b = Builder(func.loc)
    state = Forward(b, activity.found)
    taint(block, state.tainted)
    dots = [state.param(p) for p in seeds]
    state.block(block.ops)
    results = [r for r, w in zip(block.results, wanted, strict=True) if w]
    ends = [in_width_of(b, state.dot_or_zero(r), r) for r in results]
    params = [*block.params, *dots]
    places = {p: k for k, p in enumerate(params)}
    taken = {places[block.params[i]] for i in func.taken}
    taken |= {places[d] for i in func.taken if isinstance(d := state.dot(block.params[i]), Var)
              and d in places}  # fmt: skip
    return Block(params, b.ops, [*block.results, *ends]), frozenset(taken)


def jvp(func: Func, wrt: Sequence[int]) -> Func:
    """Values and tangents: parameters of ``func`` then a tangent for each in ``wrt``; results of
    ``func`` then a tangent for each differentiable result."""
    mask = tuple(i in wrt for i in range(len(func.params)))
    wanted = tuple(differentiable(r.type) for r in func.results)
    block, _ = _build(func, mask, wanted)
    return Func(f"{func.name}_jvp", block, func.loc, doc=func.doc)
