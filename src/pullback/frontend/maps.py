"""``vjp``, ``linearize`` and ``split`` met in the code: a function is called once, and the linear maps
that take its residuals any number of times.

Both are ``derivative`` ops. That of the call gives what the function does, and a record of residuals;
that of a map takes the record with cotangents or tangents. What a map is of stands in its ``Linear``, a
value like other functions: it may be kept in lists, passed on, returned, and chosen by data.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import cast

from pullback import refusals
from pullback.frontend import derivatives, mutations, seeds
from pullback.frontend.bound import taken_apart
from pullback.frontend.derivatives import APPLIED, CALLED, Site
from pullback.frontend.directions import tangents_of
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import applies, static
from pullback.frontend.values import NONE, Derived, Linear, Tup, Value, skeleton
from pullback.frontend.walking import alike, anew, describe, function_name, leaves
from pullback.ir.core import Atom, Func, Var
from pullback.ir.types import Array, Record, Type, differentiable, loosened

_TRANSPOSED = ("vjp", "split")


@dataclass(frozen=True, eq=False, slots=True)
class Map:
    """What residuals are of, and how they are used: ``vjp``, ``linearize`` or ``split``.

    ``wrt`` are the parameters of ``callee`` that are differentiated, ``aux`` says of how many of its
    results. ``value`` is that part of what it returned, ``arguments`` are those that are differentiated,
    whose derivatives come as a tuple, or ``alone``; of the variables in both only the types count.
    """

    mode: str
    function: Value
    callee: Func
    record: Record
    wrt: tuple[int, ...]
    aux: int
    value: Value
    arguments: tuple[Value, ...]
    active: tuple[Var, ...]
    alone: bool
    snapshots: int

    @property
    def form(self) -> tuple[Hashable, ...]:
        trees = (skeleton(self.value), *map(skeleton, self.arguments))
        active: list[Atom] = [*self.active]
        places = [active.index(a) if a in active else -1 for a in leaves(Tup(self.arguments))]
        asked = (self.mode, self.callee, self.wrt, self.aux, self.alone, self.snapshots)
        return (*asked, trees, tuple(places))

    @property
    def linear(self) -> bool:
        """Whether it takes tangents, and no cotangents."""
        return self.mode not in _TRANSPOSED

    @property
    def name(self) -> str:
        return f"{function_name(self.function)}_{'tangents' if self.linear else 'backward'}"


# ---- the function is called


def _called_once(
    frame: Frame, node: ast.Call, mode: str, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """``vjp(f, *primals)`` and ``linearize(f, *primals)``: the value, and a linear map."""
    known = ["has_aux", "keywords", *["checkpoint"] * (mode == "vjp")]
    flags = derivatives.options(frame, node, mode, keywords, known)
    by_name = derivatives.held_fixed(frame, node, mode, keywords)
    function, *primals = args
    kept = derivatives.snapshots(frame, node, mode, keywords)
    derived = Derived(mode, function, (), flags.get("has_aux", False), checkpoint=kept)
    return _forward(frame, node, derived, primals, by_name)


def _vjp(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    return _called_once(frame, node, "vjp", args, keywords)


def _linearize(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    return _called_once(frame, node, "linearize", args, keywords)


def _forward(
    frame: Frame, node: ast.Call, derived: Derived, args: Sequence[Value], keywords: dict[str, Value]
) -> Value:
    """The value of a function, its map, and what else it returns; of all positional arguments, if no
    ``argnums`` say of which."""
    function, first = taken_apart(frame, derived.function)
    every = tuple(range(len(first), len(first) + len(args)))
    argnums = derived.argnums if derived.argnums != () else every
    derived = replace(derived, function=function, argnums=argnums)
    ints = argnums is not every or not any(map(_is_inexact, args))
    site = derivatives.site_of(frame, node, derived, [*first, *args], keywords, ints)
    if derived.has_aux:
        derivatives.check_pair(frame, node, site.target.name, site.returned, number=False)
    of = _map(derived, site)
    primal, (residuals,) = derivatives.differentiated(
        frame, site, f"{derived.mode} forward", True, of.aux, [of.record], record=of.record
    )
    aux = [cast("Tup", primal).items[1]] if derived.has_aux else []
    value = cast("Tup", primal).items[0] if derived.has_aux else primal
    like = Tup(of.arguments) if of.linear else value
    sizes = [n for a in leaves(like) if differentiable(a.type) for n in seeds.sizes(frame, a)]
    return Tup((value, Linear(of, residuals, tuple(sizes)), *aux))


def _is_inexact(value: Value) -> bool:
    """Whether an argument holds floats, or is an array: ints beside one are no floats."""
    return any(differentiable(a.type) or isinstance(a.type, Array) for a in leaves(value))


def _map(derived: Derived, site: Site) -> Map:
    """What the residuals of a call are of."""
    returned = site.returned
    value = returned.items[0] if derived.has_aux and isinstance(returned, Tup) else returned
    aux = len(leaves(value)) if derived.has_aux else 0
    callee = mutations.pure(site.lowered)
    key = ("record", derived.mode, site.wrt, aux, site.snapshots)
    if key not in callee.derived:
        callee.derived[key] = Record(f"{callee.name}.{len(callee.derived)}")
    return Map(
        derived.mode, derived.function, callee, callee.derived[key], site.wrt, aux, value,
        tuple(site.arguments()), tuple(site.active), not isinstance(derived.argnums, tuple | list),
        site.snapshots,
    )  # fmt: skip


# ---- the maps


@applies(Linear)
def _apply(
    frame: Frame, node: ast.Call, linear: Linear, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """``pull(y_bar)`` and ``push(x_dot)``."""
    of: Map = linear.of
    if of.mode == "split":
        frame.reject(refusals.CANNOT_BE_CALLED, node, value=describe(linear))
    count = len(of.arguments) if of.linear else 1
    if keywords or len(args) != count:
        frame.reject(refusals.MAP_TAKES, node, function=of.name, count=count,
                     what="tangent" if of.linear else "cotangent")  # fmt: skip
    if of.linear:
        return _tangents(frame, node, linear, args)
    return _cotangents(frame, node, linear, args[0])


def _tangents(frame: Frame, node: ast.AST, linear: Linear, args: Sequence[Value]) -> Value:
    of: Map = linear.of
    primal = leaves(of.value)
    types = [loosened(a.type) for a in primal if differentiable(a.type)]
    found = _second(frame, node, linear, Tup(of.arguments), Tup(tuple(args)), types)
    return tangents_of(frame, of.value, found)


def _cotangents(frame: Frame, node: ast.AST, linear: Linear, y_bar: Value) -> Value:
    of: Map = linear.of
    types = [loosened(a.type) for a in of.active]
    found = _second(frame, node, linear, of.value, y_bar, types)
    bars: dict[Atom, Var] = {
        a: derivatives.in_kind_of(frame, a.type, v) for a, v in zip(of.active, found, strict=True)
    }
    trees = tuple(derivatives.gradient_tree(value, bars) for value in of.arguments)
    return anew(trees[0] if of.alone else Tup(trees))


def _second(
    frame: Frame, node: ast.AST, linear: Linear, like: Value, args: Value, types: Sequence[Type]
) -> list[Var]:
    """The ``derivative`` op of a map: derivatives of these types."""
    of: Map = linear.of
    what = "tangent" if of.linear else "cotangent"
    sizes = leaves(Tup(linear.sizes))
    taken = []
    for a, t in seeds.pairs(frame, node, what, like, args):
        count = seeds.count(a.type)
        if t is NONE and of.linear:
            taken.append(seeds.zero(frame, node, a, sizes[:count]))
        else:
            taken.append(seeds.seed(frame, node, what, a, sizes[:count], t))
        del sizes[:count]
    (record,) = leaves(linear.residuals)
    outputs = frame.b.emit(
        "derivative", [record, *taken], types=types, callee=of.callee, mode=f"{of.mode} second",
        wrt=of.wrt, value=False, aux=of.aux, record=of.record, snapshots=of.snapshots,
    )  # fmt: skip
    for v in outputs:
        frame.fresh(v)
    return list(outputs)


# ---- split


def _split(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    """``forward, backward = split(f)``."""
    flags = derivatives.options(frame, node, "split", keywords, ("argnums", "has_aux", "checkpoint"))
    told = keywords.get("argnums", args[1] if len(args) > 1 else Tup(()))
    argnums = static(frame, node, told)
    argnums = () if argnums is None else argnums
    has_aux = flags.get("has_aux", False)
    kept = derivatives.snapshots(frame, node, "split", keywords)
    return Tup(tuple(
        Derived(f"split {half}", args[0], argnums, has_aux, checkpoint=kept) for half in _HALVES
    ))  # fmt: skip


_HALVES = ("forward", "backward")


def _split_forward(
    frame: Frame, node: ast.Call, derived: Derived, args: list[Value], keywords: dict[str, Value]
) -> Value:
    return _forward(frame, node, replace(derived, mode="split"), args, keywords)


def _split_backward(
    frame: Frame, node: ast.Call, derived: Derived, args: list[Value], keywords: dict[str, Value]
) -> Value:
    name = f"{function_name(derived.function)}_backward"
    if keywords or len(args) != 2:
        frame.reject(refusals.MAP_TAKES, node, function=name, count="residuals and 1", what="cotangent")
    residuals, y_bar = args
    same = isinstance(residuals, Linear) and alike(residuals.of.function, derived.function)
    if not (isinstance(residuals, Linear) and same and residuals.of.mode == "split"):
        frame.reject(
            refusals.RESIDUALS_OF_ANOTHER, node, function=name, given=describe(residuals)
        )
    return _cotangents(frame, node, residuals, y_bar)


APPLIED |= {"vjp": _vjp, "linearize": _linearize, "split": _split}
CALLED |= {"split forward": _split_forward, "split backward": _split_backward}
