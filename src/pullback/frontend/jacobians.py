"""``jacobian(f)(x)`` and its like: the derivatives of all elements of what a function returns."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

import numpy as np

from pullback import refusals
from pullback.frontend import derivatives, inline
from pullback.frontend.derivatives import Site
from pullback.frontend.frame import Frame
from pullback.frontend.values import Derived, Rows, Static, Tree, Tup, Value
from pullback.frontend.walking import anew, describe, leaves, trees
from pullback.ir.build import shape_of
from pullback.ir.core import Atom, Const, Var
from pullback.ir.sizes import fresh_sym
from pullback.ir.types import (
    Array,
    List,
    Scalar,
    Type,
    differentiable,
    in_complex,
    is_complex,
    loosened,
)

_ARRAY = "use an array, np.array(values); vjp and jvp take lists"
_ELSE = {"jacrev": "of real arguments there is jacfwd", "jacfwd": "of real results there is jacrev"}
MODES = ("jacrev", "jacfwd", "jacobian", "hessian")
WITH_VALUE = {f"value_and_{mode}": mode for mode in MODES}


def call_jacobian(
    frame: Frame, node: ast.Call, derived: Derived, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """A tree like the result of the function, whose leaves are trees like the chosen arguments; with the
    value of the function before it, if that is asked for. A list of numbers is taken as an array of one
    axis, and given as lists.

    The Hessian is the Jacobian of the gradient, which has the value to tell.
    """
    mode = WITH_VALUE.get(derived.mode, derived.mode)
    told = mode != derived.mode
    derived = replace(derived, mode=mode)
    if mode == "hessian":
        gradient = replace(derived, mode="grad_and_value" if told else "grad", identity=object())
        derived = replace(derived, function=gradient, has_aux=derived.has_aux or told)
    site = derivatives.site_of(frame, node, derived, args, keywords)
    if derived.has_aux:
        derivatives.check_pair(frame, node, site.target.name, site.returned, number=False)
    of = _value(derived, site.returned)
    rows = _rows(frame, node, derived, site, of)
    aux = derived.has_aux
    primal, found = derivatives.differentiated(
        frame, site, _mode(frame, node, derived, site, rows), aux or told,
        len(leaves(of)) if aux else 0, _types(site, of),
    )  # fmt: skip
    rest = iter(found)
    blocks = [(r, [next(rest) for _ in site.active]) for r in rows]
    made = [_by_argument(frame, node, derived, site, r, bars) for r, bars in blocks]
    jacobian = _tree(of, iter(made))
    behind = primal.items[1] if aux and isinstance(primal, Tup) else None
    if told:
        return Tup((behind if mode == "hessian" and behind else primal, jacobian))
    return Tup((jacobian, behind)) if behind else jacobian


derivatives.CALLED |= dict.fromkeys((*MODES, *WITH_VALUE), call_jacobian)


def _value(derived: Derived, returned: Value) -> Value:
    """What is differentiated of what a function returns."""
    return returned.items[0] if derived.has_aux and isinstance(returned, Tup) else returned


def _rows(
    frame: Frame, node: ast.AST, derived: Derived, site: Site, value: Value
) -> list[Atom]:
    """The parts of the result that have a derivative, all of which must be numbers or arrays, or lists
    of numbers."""
    found = [r for r in leaves(value) if differentiable(r.type)]
    arguments = site.arguments()
    alone = not isinstance(derived.argnums, tuple | list) and arguments[0] in site.active
    rows = [c for t in trees(Tup((value, *arguments))) if isinstance(t, Rows) for c in leaves(t)]
    for v in (*found, *site.active):
        # Each item of a list that is a result has a tree like the arguments, which must be a leaf.
        fits = _is_of_numbers(v, v in site.active) and v not in rows and (alone or v not in found)
        if isinstance(v.type, List) and not fits:
            frame.reject(refusals.NO_JACOBIAN, node, function=site.target.name, value=describe(v),
                         instead=_ARRAY)  # fmt: skip
    if not found:
        frame.reject(refusals.NO_JACOBIAN, node, function=site.target.name, value=describe(value),
                     instead="return floats, or arrays of floats")  # fmt: skip
    return found


def _is_of_numbers(v: Atom, given: bool) -> bool:
    """Whether a value is a list of real numbers, which is taken for an array of one axis; one that is
    ``given`` as an argument holds none of another width than Python's."""
    elem = v.type.elem if isinstance(v.type, List) else None
    wide = isinstance(elem, Scalar) and elem.dtype in (None, "float64")
    return isinstance(elem, Scalar) and not is_complex(elem) and (wide or not given)


def _mode(
    frame: Frame, node: ast.AST, derived: Derived, site: Site, rows: Sequence[Atom]
) -> str:
    """How the Jacobian is taken, which complex numbers may decide.

    A unit cotangent of a complex result, or a unit tangent of a complex argument, tells all there is of
    holomorphic functions alone.
    """
    taken = next((a for a in site.active if is_complex(a.type)), None)
    given = next((r for r in rows if is_complex(r.type)), None)
    mode = derived.mode
    if derived.holomorphic:
        derivatives.check_complex(frame, node, site)
        if real := next((r for r in rows if not is_complex(r.type)), None):
            frame.reject(
                refusals.NOT_HOLOMORPHIC, node, function=site.target.name, kind=describe(real)
            )
        return mode
    by = "jacfwd" if given else "jacrev" if taken else mode
    if mode not in ("jacobian", by) or (taken and given):
        instead = _ELSE.get(mode, "else use real and imaginary parts")
        value = describe(cast("Atom", given or taken))
        frame.reject(refusals.COMPLEX_JACOBIAN, node, mode=mode, function=site.target.name,
                     value=value, instead=instead)  # fmt: skip
    return by


def _types(site: Site, value: Value) -> list[Type]:
    """The types of all blocks of what stands first in the result: the axes of a part, then those of an
    argument."""
    types = derivatives.primal_types(site.lowered, site.inputs)[: len(leaves(value))]
    return [_block(t, a.type) for t in types if differentiable(t) for a in site.active]


def _block(r: Type, a: Type) -> Type:
    r, a = _in_array(r), _in_array(a)
    a = in_complex(a) if is_complex(r) else a
    assert isinstance(a, Scalar | Array)
    if not isinstance(r, Array) or not r.shape:
        return loosened(a)
    shape = (*r.shape, *(a.shape if isinstance(a, Array) else ()))
    return Array(a.cls, a.dtype, shape)


def _in_array(t: Type) -> Type:
    """The type of an array of the items of a list; other types as they are."""
    elem = t.elem if isinstance(t, List) else None
    return Array(elem.cls, elem.dtype, (fresh_sym(),)) if isinstance(elem, Scalar) else t


def _by_argument(
    frame: Frame, node: ast.Call, derived: Derived, site: Site, row: Atom, bars: Sequence[Var]
) -> Value:
    """The derivatives of one part of the result, as trees of the arguments."""
    found = [_in_lists(frame, node, row, a, d) for a, d in zip(site.active, bars, strict=True)]
    if not shape_of(row) and not isinstance(row.type, List):
        return derivatives.by_argument(frame, derived, site, found, is_complex(row.type))
    return derivatives.trees_of(derived, site, dict(zip(site.active, found, strict=True)))


def _in_lists(frame: Frame, node: ast.Call, row: Atom, arg: Var, block: Var) -> Var:
    """The derivatives of a result in an argument, in lists where one of these is a list, whose axis is
    the first of a result's and the last of an argument's."""
    of_items, in_items = isinstance(row.type, List), isinstance(arg.type, List)
    if not (of_items or in_items):
        return block
    text = "x[k]" if of_items else "x[..., k]"
    if of_items and in_items:
        text = "[float(v) for v in x[k]]"
    elif shape_of(row) or shape_of(arg):
        text = f"np.copy({text})"
    elif arg.type == Scalar("float") or in_items:
        text = f"float({text})"
    elif isinstance(arg.type, Array):
        text = f"np.array({text})"
    text = f"out = [{text} for k in range(x.shape[{0 if of_items else -1}])]"
    made = inline.expand(frame, node, text, "out", None, None, np=Static(np), x=block)
    assert isinstance(made, Var)
    return made


def _tree(value: Value, made: Iterator[Value]) -> Value:
    """The result, with trees in place of its numbers and arrays; 0 for those that have none."""
    match value:
        case Tree():
            return anew(cast("Value", value.remade([_tree(v, made) for v in value.parts])))
        case Var() | Const():
            return next(made) if differentiable(value.type) else Const(0)
    return value
