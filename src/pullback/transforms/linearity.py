"""Whether a rule of the user's is linear in the cotangent: only then has it a transpose, which is what
forward mode and linear maps are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pullback import refusals
from pullback.ir.alias import Aliases, carries, loop_params
from pullback.ir.build import Builder, Value
from pullback.ir.core import Atom, Const, Func, Op, Var, clone, walk
from pullback.ir.outside import Rule, title
from pullback.ir.types import differentiable
from pullback.transforms.activity import Varied
from pullback.transforms.adjoints import Reverse


def check_rules(funcs: Iterable[Func]) -> None:
    """Refuse what has a rule without a transpose, in functions of which tangents are asked."""
    for op in (op for f in funcs for op in walk(f.block)):
        check_rule(op)


def check_rule(op: Op) -> None:
    """Refuse an op whose rule has no transpose."""
    if op.name == "custom_vjp" and not is_linear(op.params["rule"]):
        name = op.params.get("told") or title(op)
        raise refusals.RULE_NOT_LINEAR.at(op.loc, function=name)


def is_linear(rule: Rule) -> bool:
    """Whether the results of a rule are linear in its first argument, as far as can be seen."""
    if rule.linear is None:
        rule.linear = _linear(rule.func, 0)
    return rule.linear


def _linear(func: Func, k: int) -> bool:
    """Whether the transpose in a parameter needs nothing of what was computed of it but shapes, and
    nothing is added to what depends on it."""
    body = clone(func.block)
    given = body.params[k]
    varied = Varied([given])
    varied.block(body)
    b = Builder(func.loc)
    rev = Reverse(b, varied.found, Aliases(), False)
    with b.block() as backward:
        for r in body.results:
            if r in varied.found:
                rev.add(r, Value(b, Var(r.type)))
        forward = rev.block(body.ops)
        total = rev.bar(given)
    depends = _Depends(given, varied.found)
    followed = depends.block(forward) and all(map(depends.scales, body.results))
    return followed and not any(map(depends.read_by, _needed(backward.ops, {total})))


def _needed(ops: Sequence[Op], live: set[Atom | None]) -> Iterator[Op]:
    """The ops that some values need, for more than their shapes, with those in their blocks."""
    for op in reversed(ops):
        if not live.isdisjoint(op.outputs):
            live.update(a for i, a in enumerate(op.inputs) if i not in op.prim.shape_only)
            for block in op.blocks:
                live.update(block.results)
                yield from _needed(block.ops, live)
            yield op


class _Depends:
    """What is computed of a parameter, and what is zero."""

    def __init__(self, given: Var, varied: set[Atom]) -> None:
        self.found: set[Atom] = {given}
        self.zeros: set[Atom] = set()
        self.varied = varied

    def scales(self, a: Atom) -> bool:
        """Whether an atom grows with the parameter: it is no constant but zero."""
        if isinstance(a, Const):
            return not a.value
        return a in self.found or a in self.zeros or not differentiable(a.type)

    def read_by(self, op: Op) -> bool:
        """Whether an op reads more than the shape of what depends on the parameter."""
        return any(a in self.found and i not in op.prim.shape_only for i, a in enumerate(op.inputs))

    def block(self, ops: Sequence[Op]) -> bool:
        """Enter what ops make; False if derivatives do not follow it, or something is added to it."""
        followed = [self.follow(op) for op in ops]  # each of them enters something
        return all(followed)

    def follow(self, op: Op) -> bool:
        match op.name:
            case "if":
                sides = [self.block(inner.ops) for inner in op.blocks]
                joined = self.joined(op, [inner.results for inner in op.blocks])
                return all(sides) and joined and not self.read_by(op)
            case "for" | "while":
                return self.loop(op)
        if not self.read_by(op):
            same = op.name in ZEROS_OF and all(map(self.is_zero, op.inputs[:1]))
            self.zeros.update(op.outputs if op.name in ZEROS or same else ())
            return not any(self.read_by(o) for inner in op.blocks for o in inner.ops)
        self.found.update(op.outputs)
        summed = op.name not in SUMS or all(map(self.scales, _terms(op)))
        return summed and any(v in self.varied for v in op.outputs)

    def loop(self, op: Op) -> bool:
        """Through the passes, until no carry is found any more to depend on the parameter."""
        inits, _, yields = carries(op)
        count, followed = -1, [True]
        while count != len(self.found):
            count = len(self.found)
            for inner in op.blocks:
                every = zip(inits, loop_params(op, inner), yields, strict=True)
                self.found.update(p for a, p, b in every if a in self.found or b in self.found)
            followed = [self.block(inner.ops) for inner in op.blocks]
        read = any(a in self.found for a in op.inputs[: len(op.inputs) - len(inits)])
        return self.joined(op, [inits, yields]) and all(followed) and not read

    def joined(self, op: Op, ways: Sequence[Sequence[Atom]]) -> bool:
        """Enter results that are one of several values; False if not all of these scale."""
        right = True
        for v, *atoms in zip(op.outputs, *ways, strict=False):
            if not self.found.isdisjoint(atoms):
                self.found.add(v)
                right = right and all(map(self.scales, atoms))
        return right

    def is_zero(self, a: Atom) -> bool:
        return a in self.zeros or (isinstance(a, Const) and not a.value)


ZEROS = {"zeros", "zeros_like", "zeros_tree", "list_new"}
ZEROS_OF = {"copy", "float", "cast", "broadcast_to", "broadcast_like", "reshape"}
# Ops whose results are sums of their operands, or hold them side by side.
SUMS = {
    "add", "sub", "np.add", "subtract", "setitem", "add_at", "where", "choose", "concatenate", "stack",
    "array", "list_push", "list_set",
}  # fmt: skip


def _terms(op: Op) -> Sequence[Atom]:
    """The operands that are summed, or stand side by side."""
    if op.name in ("where", "choose"):
        return op.inputs[1:]
    return op.inputs[:2] if op.name in ("setitem", "add_at", "list_push", "list_set") else op.inputs


__all__ = ["check_rule", "check_rules", "is_linear"]
