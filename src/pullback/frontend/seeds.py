"""Tangents and cotangents that code hands to derivatives: in the kinds of the values they belong to."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from pullback import refusals
from pullback.frontend import conditions
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import as_atom, length_of, simple_op, sizes_of
from pullback.frontend.values import NONE, Dct, Static, Tree, Value
from pullback.frontend.walking import describe, is_function, leaves
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import CLASSES, Array, List, Scalar, Type, differentiable, is_complex


def sizes(frame: Frame, a: Atom) -> list[Atom]:
    """What a tangent or cotangent of a value has as well: sizes of an array, the length of a list."""
    if isinstance(a, Var) and isinstance(a.type, Array):
        return sizes_of(frame, a)
    return [length_of(frame, a)] if isinstance(a, Var) and isinstance(a.type, List) else []


def count(t: Type) -> int:
    """How many sizes that are."""
    return t.ndim if isinstance(t, Array) else int(isinstance(t, List))


def pairs(
    frame: Frame, node: ast.AST, what: str, like: Value, given: Value, known: bool = False
) -> Iterator[tuple[Atom, Value]]:
    """The leaves of a value that have a derivative, each with what is given for it. None stands for the
    tangents of what is held fixed, and for no derivative of a function. Other leaves do not move, which
    may be ``known``."""
    left_out = isinstance(given, Static) and given.value is None
    match like:
        case _ if left_out and is_function(like):
            return
        case Tree() if left_out and what == "tangent":
            for inner in like.parts:
                yield from pairs(frame, node, what, inner, given, known)
        case Dct(items) if isinstance(given, Dct) and given.items.keys() == items.keys():
            for key, inner in items.items():
                yield from pairs(frame, node, what, inner, given.items[key], known)
        case Tree():
            if not isinstance(given, Tree) or given.form != like.form:
                frame.reject(refusals.SEED_OF_OTHER_FORM, node, what=what, given=describe(given),
                             like=describe(like))  # fmt: skip
            for inner, part in zip(like.parts, given.parts, strict=True):
                yield from pairs(frame, node, what, inner, part, known)
        case Var() if differentiable(like.type):
            yield like, NONE if left_out and what == "tangent" else given
        case Var() | Const() if what == "tangent" and not (known or left_out):
            _demand_still(frame, node, like, frame.decided(given))


def _demand_still(frame: Frame, node: ast.AST, like: Atom, given: Value) -> None:
    """Refuse a tangent of what changes in steps only; of a number it may be that a run knows it."""
    if isinstance(given, Var) and isinstance(given.type, Scalar):
        moved = simple_op(frame, node, "ne", given, Const(0))
        message = f"a tangent other than 0 for {describe(like)}"
        conditions.raise_where(frame, node, moved, "TypeError", message)
    elif moves(given):
        frame.reject(refusals.MOVED_IN_STEPS, node, like=describe(like))


def moves(given: Value) -> bool:
    """Whether a tangent, or a part of it, is not known to be 0."""
    return any(a.value if isinstance(a, Const) else differentiable(a.type) for a in leaves(given))


def zero(frame: Frame, node: ast.AST, like: Atom, has: Sequence[Atom]) -> Atom:
    """The tangent of a value that is held fixed and has these sizes."""
    t = like.type
    if isinstance(t, Array):
        return frame.op("zeros", *has, dtype=t.dtype)
    if not isinstance(t, Scalar):
        frame.reject(refusals.SEED_OF_OTHER_FORM, node, what="tangent", given="None",
                     like=describe(like))  # fmt: skip
    return _in_kind(frame, Const(0.0), t)


def seed(
    frame: Frame, node: ast.AST, what: str, like: Atom, has: Sequence[Atom], given: Value
) -> Atom:
    """A tangent or cotangent of a value that has these sizes, in its kind; no other shape is one."""
    t = like.type
    given = frame.decided(given)
    found = None if isinstance(given, Tree | Static) else as_atom(frame, given, node)
    if found is None or not _fits(t, found.type):
        frame.reject(refusals.SEED_OF_OTHER_FORM, node, what=what, given=describe(given),
                     like=describe(like))  # fmt: skip
    if is_complex(found.type) and not is_complex(t):
        frame.reject(refusals.COMPLEX_SEED, node, what=what, value=describe(like))
    for expected, size in zip(has, sizes(frame, found), strict=False):
        conditions.demand(frame, node, size, expected, f"a {what} of another shape than its value",
                          "TypeError")  # fmt: skip
    return _in_kind(frame, found, t)


def _fits(t: Type, found: Type) -> bool:
    """Whether a tangent or cotangent of this type is one of a value of type ``t``, up to sizes."""
    if isinstance(t, Array):
        return t.ndim == (found.ndim if isinstance(found, Array) else 0) and not isinstance(found, List)
    return type(found) is type(t)


def _in_kind(frame: Frame, found: Atom, t: Type) -> Atom:
    """A number in the class, or an array in the dtype, of a value; an array for one of no axes."""
    if not (isinstance(t, Scalar | Array) and isinstance(found.type, Scalar | Array)):
        return found
    if isinstance(found.type, Scalar) and CLASSES.index(found.type.cls) < CLASSES.index(t.cls):
        found = frame.op(t.cls, found)
    if isinstance(t, Array) and not t.ndim and isinstance(found.type, Scalar):
        found = frame.op("array", found)
    if isinstance(t, Array) and t.dtype and getattr(found.type, "dtype", None) != t.dtype:
        found = frame.op("cast", found, dtype=t.dtype)
    return found
