"""``jacobian(f)(x)`` and its like: the derivatives of all elements of what a function returns."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from pullback import refusals
from pullback.frontend import derivatives
from pullback.frontend.derivatives import Site
from pullback.frontend.frame import Frame
from pullback.frontend.values import Derived, Tree, Tup, Value
from pullback.frontend.walking import anew, describe, leaves
from pullback.ir.build import shape_of
from pullback.ir.core import Const, Var
from pullback.ir.types import Array, List, Type, differentiable, is_complex, loosened

_ARRAY = "use an array, np.array(values); vjp and jvp take lists"
_PARTS = (
    "use their real and imaginary parts; of one complex number there is grad(f, holomorphic=True), of "
    "any there are vjp and jvp"
)
MODES = ("jacrev", "jacfwd", "jacobian", "hessian")


def call_jacobian(
    frame: Frame, node: ast.Call, derived: Derived, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """A tree like the result of the function, whose leaves are trees like the chosen arguments.

    The Hessian is the Jacobian of the gradient.
    """
    if derived.mode == "hessian":
        gradient = replace(derived, mode="grad", identity=object())
        derived = replace(derived, function=gradient)
    site = derivatives.site_of(frame, node, derived, args, keywords)
    if derived.has_aux:
        derivatives.check_pair(frame, node, site.target.name, site.returned, number=False)
    of = _value(derived, site.returned)
    rows = _rows(frame, node, site, of)
    aux = derived.has_aux
    primal, found = derivatives.differentiated(
        frame, site, derived.mode, aux, len(leaves(of)) if aux else 0, _types(derived, site, rows)
    )
    rest = iter(found)
    blocks = {r: [next(rest) for _ in site.active] for r in rows}
    made = {r: _by_argument(frame, derived, site, r, bars) for r, bars in blocks.items()}
    jacobian = _tree(of, made)
    return Tup((jacobian, primal.items[1])) if aux and isinstance(primal, Tup) else jacobian


derivatives.CALLED |= dict.fromkeys(MODES, call_jacobian)


def _value(derived: Derived, returned: Value) -> Value:
    """What is differentiated of what a function returns."""
    return returned.items[0] if derived.has_aux and isinstance(returned, Tup) else returned


def _rows(frame: Frame, node: ast.AST, site: Site, value: Value) -> list[Var]:
    """The parts of the result that have a derivative, all of which must be real numbers or arrays."""
    found = [r for r in leaves(value) if isinstance(r, Var) and differentiable(r.type)]
    for v in (*found, *site.active):
        if isinstance(v.type, List) or is_complex(v.type):
            of_list = isinstance(v.type, List)
            instead = _ARRAY if of_list else _PARTS
            frame.reject(refusals.NO_JACOBIAN, node, function=site.target.name, value=describe(v),
                         instead=instead)  # fmt: skip
    if not found:
        frame.reject(refusals.NO_JACOBIAN, node, function=site.target.name, value=describe(value),
                     instead="return floats, or arrays of floats")  # fmt: skip
    return found


def _types(derived: Derived, site: Site, rows: Sequence[Var]) -> list[Type]:
    """The types of all blocks: the axes of a result, then those of an argument."""
    types = derivatives.primal_types(site.lowered, site.inputs)
    known = dict(zip(leaves(site.returned), types, strict=True))
    return [_block(known[r], a.type) for r in rows for a in site.active]


def _block(r: Type, a: Type) -> Type:
    if not isinstance(r, Array) or not r.shape:
        return loosened(a)
    shape = (*r.shape, *(a.shape if isinstance(a, Array) else ()))
    return Array("float", a.dtype if isinstance(a, Array) else None, shape)


def _by_argument(
    frame: Frame, derived: Derived, site: Site, row: Var, bars: Sequence[Var]
) -> Value:
    """The derivatives of one part of the result, as trees of the arguments."""
    if not shape_of(row):
        return derivatives.by_argument(frame, derived, site, bars)
    return derivatives.trees_of(derived, site, dict(zip(site.active, bars, strict=True)))


def _tree(value: Value, made: Mapping[Var, Value]) -> Value:
    """The result, with trees in place of its numbers and arrays; 0 for those that have none."""
    match value:
        case Tree():
            return anew(cast("Value", value.remade(_tree(v, made) for v in value.parts)))
        case Var():
            return made.get(value, Const(0))
        case Const():
            return Const(0)
    return value
