"""Derivatives in the class and dtype of their values: complex numbers, and what has no rule for them.

An adjoint or tangent is of the class of its value. A real value may have gone into a complex one, as
the number ``x + 0j``; the transpose of that is taking the real part. A real result of a complex value
has as its tangent the real part of ``p * t``. So both modes take real parts here, in one place, and
rules need not know.
"""

from __future__ import annotations

from pullback.ir.build import Builder
from pullback.ir.core import Atom, Func, reachable
from pullback.ir.types import Array, Scalar, is_complex
from pullback.rules.fields import refuse


def in_class_of(b: Builder, g: Atom, like: Atom) -> Atom:
    """A derivative in the class of its value: a real one of a real value, and of complex arrays, which
    may be written to, a complex array. A complex number may have a real one."""
    if not isinstance(g.type, Scalar | Array) or not isinstance(like.type, Scalar | Array):
        return g
    if is_complex(g.type) and not is_complex(like.type):
        return b.one("real", g)
    if isinstance(g.type, Array) and is_complex(like.type) and not is_complex(g.type):
        dtype = like.type.dtype
        return b.one("cast", g, dtype=dtype) if dtype else b.one("cast_like", g, like)
    return g


def in_width_of(b: Builder, g: Atom, like: Atom) -> Atom:
    """A derivative in the dtype of its value, where both are arrays and that is known."""
    if not isinstance(like.type, Array) or not isinstance(g.type, Array) or not like.type.dtype:
        return g
    return g if g.type.dtype == like.type.dtype else b.one("cast", g, dtype=like.type.dtype)


def refuse_complex(main: Func) -> None:
    """Refuse complex numbers in a program where a function is not known to hold for them."""
    for func in reachable(main):
        refuse(func.block.ops)


__all__ = ["in_class_of", "in_width_of", "refuse_complex"]
