"""How adjoints and tangents are named after their values: ``x_bar`` and ``x_dot``."""

from __future__ import annotations

from pullback.ir.core import Var

BAR, DOT = "_bar", "_dot"


def bar_name(v: Var) -> str:
    """What the adjoint of a variable is called; "" if that has no name."""
    return v.name and v.name + BAR


def dot_name(v: Var) -> str:
    """What the tangent of a variable is called; "" if that has no name."""
    return v.name and v.name + DOT


def is_derived(name: str) -> bool:
    """Whether a name is of the kind that the transforms give."""
    return name.endswith((BAR, DOT))


def as_tangent(name: str) -> str:
    """The adjoint of an adjoint is a tangent."""
    return name.removesuffix(BAR + BAR) + DOT if name.endswith(BAR + BAR) else name
