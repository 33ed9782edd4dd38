"""Builtins that ask what a value is, and what it has: decided here, by its kind."""

from __future__ import annotations

import ast
import builtins
import collections
import functools

import numpy as np

from pullback import refusals
from pullback.frontend import exprs, rows, structs
from pullback.frontend.alternatives import may_miss
from pullback.frontend.constants import KnownSet, is_fixed
from pullback.frontend.frame import ON_OPS, Frame
from pullback.frontend.liveness import MUTATORS
from pullback.frontend.lowering import builtin, only, static
from pullback.frontend.values import (
    MISSING,
    Dct,
    Either,
    Ordered,
    Rows,
    Sparse,
    Static,
    Struct,
    Table,
    Tup,
    Value,
)
from pullback.frontend.walking import describe, is_function
from pullback.frontend.writing import IN_PLACE
from pullback.ir.core import Atom, Const, Op, Var
from pullback.ir.types import SMALLER, Array, List, Scalar, Text
from pullback.tree import found_in_class


@builtin(builtins.hasattr)
def has_attribute(
    frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """``hasattr``: what a property computes is asked for, for what that does."""
    found = _has_attribute(frame, node, args, keywords)
    name = static(frame, node, args[1])
    classes = classes_of(frame, node, args[0]) if isinstance(args[0], Struct | Either) else ()
    if found == Const(True) and any(_is_computed(cls, name) for cls in classes):
        _read(frame, node, args[0], name)
    return found


def _is_computed(cls: type, name: str) -> bool:
    """Whether reading an attribute calls a function of the class."""
    return isinstance(found_in_class(cls, name), property | functools.cached_property)


def _read(frame: Frame, node: ast.Call, owner: Value, name: str) -> Value:
    attribute = ast.copy_location(ast.Attribute(node.args[0], name, ast.Load()), node)
    return exprs.attribute_of(frame, attribute, owner)


def _has_attribute(
    frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """Whether there is an attribute, where the kind of a value decides it."""
    if len(args) != 2 or keywords or not isinstance(name := static(frame, node, args[1]), str):
        what = "a value and the name of an attribute"
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="hasattr", arguments=what)
    owner = args[0]
    given = structs.attributes_of(frame, owner)
    holder = given or owner
    if isinstance(holder, Struct) and name in holder.items:
        held = holder.items[name]
        if not may_miss(held) or frame.decided(held) is not MISSING:
            return Const(True)
    if given is not None and not name.startswith("__"):
        return Const(False)
    answers = {any(name in vars(c) for c in cls.__mro__) for cls in classes_of(frame, node, owner)}
    if len(answers) > 1 or (isinstance(owner, Static) and not is_fixed(owner.value)):
        frame.reject(refusals.CLASS_IS_UNKNOWN, node, value=describe(owner))
    return Const(answers.pop())


@builtin(builtins.getattr)
def get_attribute(
    frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """``getattr`` of a name that is known here."""
    known = len(args) in (2, 3) and not keywords
    if not known or not isinstance(name := static(frame, node, args[1]), str):
        what = "a value, the name of an attribute and a default"
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="getattr", arguments=what)
    if name in (MUTATORS | {*IN_PLACE, "shuffle"}):  # which changes a name is found from the syntax
        frame.reject(refusals.BUILTIN, node, name="getattr", instead=f"write .{name}(...)")
    if len(args) == 3 and _has_attribute(frame, node, args[:2], {}) == Const(False):
        return args[2]
    return _read(frame, node, args[0], name)


@builtin(builtins.callable)
def is_callable(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    return Const(is_function(only(frame, node, args)))


@builtin(builtins.type)
def class_of(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    found = set(classes_of(frame, node, only(frame, node, args)))
    if len(found) > 1:
        frame.reject(refusals.CLASS_DEPENDS_ON_CALL, node, value=describe(args[0]))
    frame.session.decided.update(_smaller(frame, args[0]))
    return Static(found.pop())


@builtin(builtins.issubclass)
def is_subclass(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    classes = [static(frame, node, a) for a in args]
    if len(args) != 2 or keywords or not all(isinstance(c, type) for c in classes):
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="issubclass", arguments="two classes")
    return Const(issubclass(*classes))


_SCALARS: dict[str, tuple[type, ...]] = {
    "bool": (bool, np.bool_), "int": (int, np.int64), "float": (float, np.float64, np.float32),
    "complex": (complex, np.complex128, np.complex64),
}  # fmt: skip


def _of_origin(cls: str, origin: str) -> tuple[type, ...]:
    python, *numpy = _SCALARS[cls]
    return {"py": (python,), "np": tuple(numpy), "any": _SCALARS[cls]}[origin]


@builtin(builtins.isinstance)
def is_instance(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    """``isinstance``, where the kind of a value decides it."""
    if len(args) != 2 or keywords:
        frame.reject(refusals.ISINSTANCE_ARGUMENTS, node)
    wanted = static(frame, node, args[1])
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    if not all(isinstance(w, type) for w in wanted):
        frame.reject(refusals.ISINSTANCE_CLASS, node)
    answers = {issubclass(c, wanted) for c in classes_of(frame, node, args[0])}
    if len(answers) > 1:
        frame.reject(refusals.CLASS_DEPENDS_ON_CALL, node, value=describe(args[0]))
    smaller = [c for name in _smaller(frame, args[0]) for c in _SCALARS[name]]
    if {issubclass(c, wanted) for c in smaller} - answers:
        frame.session.decided.update(_smaller(frame, args[0]))
    return Const(answers.pop())


def _smaller(frame: Frame, value: Value) -> tuple[str, ...]:
    """The classes that an item of a list may turn out to be of when others are put in."""
    if isinstance(value, Var) and value in frame.items and isinstance(value.type, Scalar):
        return SMALLER[value.type.cls]
    return ()


def note(frame: Frame, op: Op) -> None:
    """Enter the classes of numbers that are put into lists, and what is read from such: an int among
    floats stays one."""
    match op.name:
        case "list_new" | "list_push" | "list_set":
            given = op.inputs if op.name == "list_new" else op.inputs[-1:]
            found = {c for a in given for c in _classes_within(frame, a)}
            if not found.isdisjoint(frame.session.decided):
                raise refusals.CLASS_DEPENDS_ON_CALL.at(op.loc, value="an item of a list")
            frame.session.listed |= found
        case "list_get" | "list_pop":
            v = op.outputs[-1]
            if isinstance(v.type, Scalar) and v.type.cls in SMALLER:
                frame.items.add(v)
                if not frame.session.listed.isdisjoint(SMALLER[v.type.cls]):
                    frame.mixed.add(v)


def _classes_within(frame: Frame, a: Atom) -> tuple[str, ...]:
    """The classes that a number may be of at run time, none for what is no number."""
    if not isinstance(a.type, Scalar):
        return ()
    return (a.type.cls, *(SMALLER[a.type.cls] if a in frame.mixed else ()))


ON_OPS.append(note)


def classes_of(frame: Frame, node: ast.AST, value: Value) -> tuple[type, ...]:
    """The classes that a value of this kind may have at run time."""
    match value:
        case Static(KnownSet()):
            return (set,)
        case Static(held):
            return (type(held),)
        case Const():
            return (type(value.value),)
        case Tup():
            return (list if value.is_list else tuple,)
        case Ordered():
            return (collections.OrderedDict,)
        case Dct() | Sparse():
            return (dict,)
        case Struct():
            return (value.cls,)
        case Table():
            known = {"set": set, "dict": dict}
            return (known.get(value.kind) or getattr(collections, value.kind),)
        case Var(type=Array()):
            return (np.ndarray,)
        case Var(type=Text()):
            return (str,)
        case Var(type=List()) as l if not frame.of(l).own.isdisjoint(_columns(frame)):
            return (tuple,)
        case Rows() | Var(type=List()):
            return (collections.deque if rows.is_deque(value) else list,)
        case Var(type=Scalar(cls, origin, dtype)) if cls in _SCALARS:
            if origin == "np" and dtype:
                return (np.dtype(dtype).type,)
            held = [cls, *SMALLER[cls]] if value in frame.mixed else [cls]
            return tuple(c for name in held for c in _of_origin(name, origin))
    frame.reject(refusals.CLASS_IS_UNKNOWN, node, value=describe(value))


def _columns(frame: Frame) -> set[Var]:
    """The tuples of a length known at run time only: those that ``zip(*pairs)`` gives."""
    return {v for v, row in frame.owners.items() if row is refusals.CHANGED_COLUMN}
