"""What a rule of the user's gives, held against what it is of: cotangents and tangents have shapes.

A cotangent has the shape of its argument, or of the result that the argument was broadcast to; a tangent
has that of the result. Numbers of dimensions are known here, sizes are compared when it runs.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from types import FunctionType

from pullback import refusals
from pullback.frontend.conditions import raise_where
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import simple_op, sizes_of
from pullback.frontend.values import Value
from pullback.frontend.walking import describe
from pullback.ir.build import shape_of
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import differentiable, is_complex, is_many


def accepts(function: FunctionType, count: int) -> bool:
    """Whether a function can be called with so many arguments by position."""
    code = function.__code__
    defaults, named = function.__defaults__ or (), function.__kwdefaults__ or {}
    by_name = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    enough = code.co_argcount - len(defaults) <= count and all(name in named for name in by_name)
    return enough and (count <= code.co_argcount or bool(code.co_flags & inspect.CO_VARARGS))


def parameters(function: FunctionType) -> str:
    """The parameters of a function, as its head has them."""
    code = function.__code__
    names = [*code.co_varnames[: code.co_argcount]]
    if code.co_flags & inspect.CO_VARARGS:
        names.append("*" + code.co_varnames[code.co_argcount + code.co_kwonlyargcount])
    return ", ".join(names)


def cotangents(
    frame: Frame, name: str, parts: Sequence[Value], args: Sequence[Value], y: Atom
) -> list[Value]:
    """What a rule gives as cotangents; what is none of its argument is refused, now or when it runs."""
    found = []
    for k, (part, a) in enumerate(zip(parts, args, strict=True)):
        if isinstance(part, Var | Const) and isinstance(a, Var) and differentiable(a.type):
            what = f"the cotangent of argument {k}"
            _refuse_form(frame, name, part, a, shape_of(y), what)
            part = _of_sizes(frame, part, a, f"{what} that the rule of {name} gives", stretched=True)
        found.append(part)
    return found


def tangent(frame: Frame, name: str, part: Atom, y: Var) -> Atom:
    """What a rule gives as the tangent of the result; what is none is refused, now or when it runs."""
    what = "the tangent of the result"
    _refuse_form(frame, name, part, y, (), what)
    return _of_sizes(frame, part, y, f"{what} that the rule of {name} gives")


def _refuse_form(
    frame: Frame, name: str, part: Atom, like: Atom, whole: Sequence[object], what: str
) -> None:
    """Refuse another number of dimensions, but that of the ``whole`` that something was stretched to,
    and complex numbers for real ones."""
    ndim, expected = len(shape_of(part)), len(shape_of(like))
    fits = ndim == expected or ndim == len(whole) > expected
    if not fits or (is_complex(part.type) and not is_complex(like.type)):
        given, wanted = describe(part), describe(like)
        frame.reject(
            refusals.RULE_SHAPE, frame.node, function=name, given=given, what=what, like=wanted
        )


def _of_sizes(
    frame: Frame, part: Atom, like: Var, what: str, stretched: bool = False
) -> Atom:
    """An array with the sizes of another one, or of what that may have been ``stretched`` to."""
    node, shape, expected = frame.node, shape_of(part), shape_of(like)
    more = len(shape) - len(expected)
    unlike = [
        axis for axis, dim in enumerate(expected)
        if shape[more + axis] != dim and not (stretched and dim == 1)
    ]  # fmt: skip
    if not unlike or not isinstance(part, Var):
        return part
    for axis in unlike:
        has, wants = sizes_of(frame, part)[more + axis], sizes_of(frame, like)[axis]
        wrong: Atom = simple_op(frame, node, "ne", has, wants)
        if stretched and not is_many(expected[axis]):
            wrong = simple_op(frame, node, "and", wrong, simple_op(frame, node, "ne", wants, Const(1)))
        raise_where(frame, node, wrong, "TypeError", f"{what} is of another shape")
    settled = (shape[more + k] == n or is_many(n) or not stretched for k, n in enumerate(expected))
    known = not more and all(settled)
    # What was compared is another value than what has the sizes for sure.
    return frame.op("reshape_like", part, like) if known else part


__all__ = ["accepts", "cotangents", "parameters", "tangent"]
