"""Tangents and cotangents that code hands to derivatives: in the kinds of the values they belong to."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from pullback import refusals
from pullback.frontend import conditions
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import as_atom, length_of, sizes_of
from pullback.frontend.values import Dct, Static, Tree, Value
from pullback.frontend.walking import describe, is_function
from pullback.ir.core import Atom, Var
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
    frame: Frame, node: ast.AST, what: str, like: Value, given: Value
) -> Iterator[tuple[Atom, Value]]:
    """The leaves of a value that have a derivative, each with what is given for it. None stands for a
    tangent of what is held fixed, and for no derivative of a function."""
    left_out = isinstance(given, Static) and given.value is None
    match like:
        case _ if left_out and (what == "tangent" or is_function(like)):
            return
        case Dct(items) if isinstance(given, Dct) and given.items.keys() == items.keys():
            for key, inner in items.items():
                yield from pairs(frame, node, what, inner, given.items[key])
        case Tree():
            if not isinstance(given, Tree) or given.form != like.form:
                frame.reject(refusals.SEED_OF_OTHER_FORM, node, what=what, given=describe(given),
                             like=describe(like))  # fmt: skip
            for inner, part in zip(like.parts, given.parts, strict=True):
                yield from pairs(frame, node, what, inner, part)
        case Var() if differentiable(like.type):
            yield like, given


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
