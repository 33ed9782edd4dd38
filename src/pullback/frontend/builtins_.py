"""Python's builtins and NumPy's questions about shapes, one handler each."""

from __future__ import annotations

import ast
import builtins
from typing import Any

import numpy as np

from pullback import refusals
from pullback.frontend import primitives
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import as_atom, builtin, only, simple_op, size_of, static
from pullback.frontend.operators import apply_binary
from pullback.frontend.values import (
    NONE,
    Dct,
    Items,
    KnownSet,
    Static,
    Struct,
    Tup,
    Value,
    describe,
    is_fixed,
    plain,
)
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array, List, Scalar
from pullback.rules.table import lookup


@builtin(builtins.len)
def length(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    match plain(only(frame, node, args)):
        case Tup() | Dct() as tree:
            return Const(len(tree.items))
        case Var(type=List()) as l:
            return frame.op("list_len", l)
        case Static(str() | frozenset() as held):
            return Const(len(held))
        case Items(plain=True) as run:
            return _range_size(frame, node, run)
        case Var(type=Array() as t) as x if t.ndim > 0:
            size = t.shape[0]
            return Const(size) if isinstance(size, int) else frame.op("dim", x, axis=0, spelling="len")
    frame.reject(refusals.NO_LENGTH, node, value=describe(args[0]))


def _range_size(frame: Frame, node: ast.AST, run: Items) -> Atom:
    bounds = [a.value for a in (run.start, run.stop, run.step) if isinstance(a, Const)]
    if len(bounds) == 3:
        return Const(len(range(*bounds)))
    return simple_op(frame, node, "range_len", run.start, run.stop, run.step)


@builtin(builtins.pow)
def power(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    a, b = _two(frame, node, args, keywords, "pow")
    return apply_binary(frame, node, ast.Pow, a, b)


@builtin(builtins.divmod)
def quotient_and_rest(
    frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]
) -> Value:
    a, b = _two(frame, node, args, keywords, "divmod")
    return Tup(tuple(apply_binary(frame, node, op, a, b) for op in (ast.FloorDiv, ast.Mod)))


def _two(
    frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value], name: str
) -> list[Value]:
    if len(args) != 2 or keywords:
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name=name, arguments="two numbers")
    return args


@builtin(builtins.hasattr)
def has_attribute(
    frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """``hasattr``, where the kind of a value decides it."""
    if len(args) != 2 or keywords or not isinstance(name := static(frame, node, args[1]), str):
        what = "a value and the name of an attribute"
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="hasattr", arguments=what)
    owner = args[0]
    if isinstance(owner, Struct) and name in owner.items:
        return Const(True)
    answers = {hasattr(c, name) for c in _classes(frame, node, owner)}
    if len(answers) > 1 or (isinstance(owner, Static) and not is_fixed(owner.value)):
        frame.reject(refusals.CLASS_IS_UNKNOWN, node, value=describe(owner))
    return Const(answers.pop())


@builtin(np.ndim)
def ndim(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    x = as_atom(frame, only(frame, node, args), node)
    return Const(x.type.ndim if isinstance(x.type, Array) else 0)


@builtin(np.shape)
def shape(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    x = as_atom(frame, only(frame, node, args), node)
    if not (isinstance(x, Var) and isinstance(x.type, Array)):
        return Tup(())
    return Tup(tuple(size_of(frame, x, axis) for axis in range(x.type.ndim)))


@builtin(np.asarray)
def asarray(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    value = only(frame, node, args)
    if keywords:
        frame.reject(refusals.ASARRAY_KEYWORDS, node)
    if isinstance(value, Var) and isinstance(value.type, Array):
        return value
    row = lookup(np.array)
    assert row is not None
    return primitives.bind(frame, node, row, args, keywords)


@builtin(builtins.print)
def print_(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    params: dict[str, Any] = {}
    for k, v in keywords.items():
        if k not in ("sep", "end"):
            frame.reject(refusals.PRINT_KEYWORD, node, name=k)
        params[k] = static(frame, node, v)
    inputs = [_printed(frame, node, a) for a in args]
    frame.b.emit("print", inputs, **params)
    return NONE


@builtin(builtins.str)
def text_of(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    value = only(frame, node, args)
    if isinstance(value, Static):
        return Static(str(value.value))
    return simple_op(frame, node, "format", _printed(frame, node, value), template=(("", ""),))


def _printed(frame: Frame, node: ast.AST, value: Value) -> Atom:
    if isinstance(value, Static):
        return Const(value.value if value.value is None else str(value.value))
    return as_atom(frame, value, node, "something to print")


# ---- classes

_SCALARS: dict[str, tuple[type, ...]] = {
    "bool": (bool, np.bool_), "int": (int, np.int64), "float": (float, np.float64, np.float32),
}  # fmt: skip


@builtin(builtins.isinstance)
def is_instance(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    """``isinstance``, where the kind of a value decides it."""
    if len(args) != 2 or keywords:
        frame.reject(refusals.ISINSTANCE_ARGUMENTS, node)
    wanted = static(frame, node, args[1])
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    if not all(isinstance(w, type) for w in wanted):
        frame.reject(refusals.ISINSTANCE_CLASS, node)
    answers = {issubclass(c, wanted) for c in _classes(frame, node, args[0])}
    if len(answers) > 1:
        frame.reject(refusals.CLASS_DEPENDS_ON_CALL, node, value=describe(args[0]))
    return Const(answers.pop())


def _classes(frame: Frame, node: ast.AST, value: Value) -> tuple[type, ...]:
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
        case Dct():
            return (dict,)
        case Struct():
            return (value.cls,)
        case Var(type=Array()):
            return (np.ndarray,)
        case Var(type=List()):
            return (list,)
        case Var(type=Scalar(cls, origin, dtype)) if cls in _SCALARS:
            if origin == "np" and dtype:
                return (np.dtype(dtype).type,)
            python, *numpy = _SCALARS[cls]
            return {"py": (python,), "np": tuple(numpy), "any": _SCALARS[cls]}[origin]
    frame.reject(refusals.CLASS_IS_UNKNOWN, node, value=describe(value))
