"""``jvp(f, primals, tangents)`` and ``hvp`` met in the code: derivatives in given directions."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from pullback import refusals
from pullback.frontend import derivatives, mutations, seeds, targets
from pullback.frontend.bound import taken_apart
from pullback.frontend.derivatives import APPLIED
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import static
from pullback.frontend.values import NONE, Derived, Tree, Tup, Value
from pullback.frontend.walking import anew, leaves, rebuild
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import differentiable, loosened

_KNOWN = ("has_aux", "keywords")


def _jvp(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    has_aux = derivatives.options(frame, node, "jvp", keywords, _KNOWN).get("has_aux", False)
    by_name = derivatives.held_fixed(frame, node, "jvp", keywords)
    return call_jvp(frame, node, args, by_name, has_aux)


def _hvp(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    """The tangent of the gradient."""
    known = ("argnums", "has_aux", "keywords", "checkpoint")
    has_aux = derivatives.options(frame, node, "hvp", keywords, known).get("has_aux", False)
    by_name = derivatives.held_fixed(frame, node, "hvp", keywords)
    argnums = static(frame, node, keywords.get("argnums", Const(0)))
    kept = derivatives.snapshots(frame, node, "hvp", keywords)
    gradient = Derived("grad", args[0], argnums, has_aux, checkpoint=kept)
    return picked(call_jvp(frame, node, [gradient, *args[1:]], by_name, has_aux, "hvp"), "hvp")


APPLIED |= {"jvp": _jvp, "hvp": _hvp}
# What others give of what jvp does of a gradient, which is (gradient, derivative, aux).
_PARTS = {"jvp": (0, 1, 2), "hvp": (1, 2), "value_and_hvp": (2, 1)}


def picked(found: Tup, of: str) -> Value:
    """What ``jvp`` gives, or of that what ``hvp`` does, or the value, which is aux, and then that."""
    parts = [found.items[k] for k in _PARTS[of] if k < len(found.items)]
    return parts[0] if len(parts) == 1 else Tup(tuple(parts))


def call_jvp(
    frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value], has_aux: bool,
    name: str = "jvp", known: bool = False,
) -> Tup:  # fmt: skip
    """``jvp(f, primals, tangents)``, for arguments by name that are held fixed. Tangents may be
    ``known`` to have the shapes of the arguments."""
    if len(args) != 3 or not all(isinstance(a, Tup) for a in args[1:]):
        frame.reject(refusals.JVP_ARGUMENTS, node, transform=name)
    function, primals, tangents = args
    assert isinstance(primals, Tup)
    assert isinstance(tangents, Tup)
    function, first = taken_apart(frame, function)
    primals = Tup((*first, *primals.items))
    tangents = Tup((*[NONE] * len(first), *tangents.items))
    target = targets.target_of(frame, function, node, primals.items, keywords)
    if len(primals.items) != len(tangents.items):
        frame.reject(refusals.JVP_TANGENTS, node, transform=name)
    values = [
        derivatives.as_float(frame, v) if isinstance(v, Tree) or seeds.moves(d) else v
        for v, d in zip(derivatives.apart(frame, primals.items), tangents.items, strict=True)
    ]
    bound = targets.bind(frame, node, target, values, keywords)
    lowered, returned, atoms, inputs = derivatives.primal_of(frame, node, target, bound)
    if has_aux:
        derivatives.check_pair(frame, node, target.name, returned, number=False)
    dots = _tangents(frame, node, values, tangents.items, known)
    inputs += dots.values()
    primal = derivatives.primal_types(lowered, inputs)
    outputs = frame.b.emit(
        "derivative", inputs, types=[*primal, *(loosened(t) for t in primal if differentiable(t))],
        callee=mutations.pure(lowered), mode="jvp", wrt=tuple(atoms.index(a) for a in dots), value=True,
    )  # fmt: skip
    moves = tangents_of(frame, returned, outputs[len(primal) :])
    result = anew(rebuild(returned, outputs[: len(primal)]))
    if has_aux and isinstance(result, Tup) and isinstance(moves, Tup):
        return Tup((result.items[0], moves.items[0], result.items[1]))
    return Tup((result, moves))


def _tangents(
    frame: Frame, node: ast.AST, values: Sequence[Value], tangents: Sequence[Value], known: bool
) -> dict[Atom, Atom]:
    """The tangents of all that moves; an argument whose tangent is None is held fixed."""
    dots: dict[Atom, Atom] = {}
    for value, tangent in zip(values, tangents, strict=True):
        for a, t in seeds.pairs(frame, node, "tangent", value, tangent, known):
            if t is not NONE:
                sizes = [] if known else seeds.sizes(frame, a)
                dots[a] = seeds.seed(frame, node, "tangent", a, sizes, t)
    return dots


def tangents_of(frame: Frame, value: Value, found: Sequence[Var]) -> Value:
    """A value with tangents in place of what has a derivative, and 0 in place of other numbers."""
    rest = list(found)

    def tangent(a: Atom) -> Atom:
        return derivatives.in_kind_of(frame, a.type, rest.pop(0)) if differentiable(a.type) else Const(0)

    return anew(rebuild(value, [tangent(a) for a in leaves(value)]))
