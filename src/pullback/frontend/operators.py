"""Operators of arithmetic, on numbers, arrays, texts, lists and dicts."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import replace
from enum import Flag
from typing import Any, TypeGuard

from pullback import refusals
from pullback.frontend import assorted, conditions, inline, subscripts, texts
from pullback.frontend.fixed import runtime
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import (
    ON_LISTS,
    ON_OBJECTS,
    as_atom,
    as_number,
    handles,
    in_order,
    lower,
    made,
    simple_op,
)
from pullback.frontend.rows import changeable, is_list, is_listed, pushed, runtime_list
from pullback.frontend.values import Dct, Ordered, Sparse, Static, Table, Tup, Value
from pullback.frontend.walking import describe, plain
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import PY_INT, Array, List, Scalar, Text

UNITED = ("dict", "defaultdict", "OrderedDict")  # kinds of tables
LONGEST = 32  # items of a list whose length stays known
BINARY: dict[type, str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.BitXor: "xor",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
}
# What members of a flag give that are known: one of it. Of an ``IntFlag`` they are numbers as well.
FLAGS: dict[type, Callable[[Any, Any], Any]] = {
    ast.BitAnd: operator.and_, ast.BitOr: operator.or_, ast.BitXor: operator.xor,
}  # fmt: skip
UNARY = {ast.USub: "neg", ast.UAdd: "pos", ast.Not: "not", ast.Invert: "invert"}


@handles(ast.BinOp)
def binary(frame: Frame, node: ast.BinOp) -> Value:
    a, b = in_order(frame, [node.left, node.right])
    if isinstance(node.op, ast.BitOr) and is_dict(a) and is_dict(b):
        return _united(frame, node, a, b)
    return apply_binary(frame, node, type(node.op), a, b)


def apply_binary(frame: Frame, node: ast.AST, op: type, a: Value, b: Value) -> Value:
    said: Value | None = ON_OBJECTS["binary"](frame, node, op, a, b)
    if said is not None:
        return said
    if op in FLAGS and is_flag(a) and is_flag(b) and type(a.value) is type(b.value):
        return Static(FLAGS[op](a.value, b.value))
    a, b = as_number(frame, plain(a)), as_number(frame, plain(b))
    if isinstance(a, Tup) and isinstance(b, Tup) and op is ast.Add and a.is_list == b.is_list:
        return made(frame, a.items + b.items, a.is_list)
    if (text := texts.combined(frame, node, op, a, b)) is not None:
        return text
    if is_list(a) and is_list(b) and op is ast.Add:
        return ON_LISTS[op](frame, node, a, b)
    if op is ast.Mult and PY_INT in (getattr(a, "type", None), getattr(b, "type", None)):
        number, other = (a, b) if getattr(a, "type", None) == PY_INT else (b, a)
        if isinstance(other, Tup):
            return repeated(frame, node, other, as_atom(frame, number, node))
        if is_list(other):
            return ON_LISTS[op](frame, node, other, number)
    a, b = beside_array(frame, node, a, b), beside_array(frame, node, b, a)
    x, y = as_atom(frame, a, node), as_atom(frame, b, node)
    if isinstance(x.type, List) or isinstance(y.type, List):
        frame.reject(refusals.OPERATOR_ON_LIST, node)
    folded = _fold_ints(op, x, y)
    if folded is not None:
        return folded
    if op is ast.MatMult:
        return simple_op(frame, node, "matmul", x, y, spelling="operator")
    out = simple_op(frame, node, BINARY[op], x, y)
    if op is ast.Pow:
        _check_power(frame, out, x, y)
    return out


def is_flag(value: Value) -> TypeGuard[Static]:
    """Whether a value is a member of a flag, or several in one."""
    if not (isinstance(value, Static) and isinstance(value.value, Flag)):
        return False
    own = (getattr(type(value.value), name) for name in ("__and__", "__or__", "__xor__", "__invert__"))
    return all(function.__module__ == "enum" for function in own)


def beside_array(frame: Frame, node: ast.AST, value: Value, other: Value) -> Value:
    """A list or tuple is taken for an array by operators of arrays; other values as they are."""
    is_array = isinstance(other, Var) and isinstance(other.type, Array)
    listed = isinstance(value, Tup) or is_listed(value)
    return subscripts.array_like(frame, node, value) if is_array and listed else value


def is_dict(value: Value) -> bool:
    """Whether a value is a dict that ``|`` puts entries of others into."""
    return isinstance(value, Dct | Sparse) or (isinstance(value, Table) and value.kind in UNITED)


def _united(frame: Frame, node: ast.AST, a: Value, b: Value) -> Value:
    """``a | b`` of dicts: a copy of the first with the entries of the second."""
    if isinstance(a, Dct) and isinstance(b, Dct):
        made = Ordered if isinstance(a, Ordered) or isinstance(b, Ordered) else Dct
        return made(a.items | b.items)
    if _own_union(b) and _own_union(b) != _own_union(a):  # whose class decides what comes of it
        frame.reject(refusals.WHERE_NEEDED, node, value=describe(b), what="a dict")
    text = "out = a.copy()\nout.update(b)"
    return inline.expand(frame, node, text, "out", a=a, b=b)


def _own_union(value: Value) -> str:
    """The class of a dict that is none of Python's plain ones."""
    if isinstance(value, Ordered):
        return "OrderedDict"
    return value.kind if isinstance(value, Table) and value.kind != "dict" else ""


def repeated(frame: Frame, node: ast.AST, a: Tup, n: Atom) -> Value:
    """``[0.0] * n``: a run-time list where the count is not known, or large. An array in it is one
    array, which may be read."""
    if isinstance(n, Const) and (not a.is_list or len(a.items) * n.value <= LONGEST):
        return made(frame, a.items * n.value, a.is_list)
    numbers = [v for v in a.items if isinstance(v, Var | Const) and isinstance(v.type, Scalar)]
    once = runtime_list(frame, a) if a.is_list and a.items and len(numbers) == len(a.items) else None
    if once is not None:
        return pushed(frame, n, once.type, lambda i: numbers)
    if a.is_list and any(assorted.is_mixed(frame, item) for item in a.items):
        assorted.demand(frame, a, *a.items)
    if (form := assorted.of(frame, a)) is not None:
        name = inline.title(frame, node)
        out = assorted.gathered(frame, replace(a, items=()), form, name)
        assert out is not None
        text = "for _ in range(n):\n" + "".join(f"    out.append(x{k})\n" for k in range(len(a.items)))
        items: dict[str, Any] = {f"x{k}": item for k, item in enumerate(a.items)}
        return inline.expand(frame, node, text, "out", name, out=out, n=n, **items)
    fixed = a.is_list and not any(next(changeable(item), None) for item in a.items)
    several = runtime(frame, a) if fixed else None  # which holds each item more than once
    if several is None:
        frame.reject(refusals.REPEATED, node, value=describe(a))
    return ON_LISTS[ast.Mult](frame, node, several, n)


def _fold_ints(op: type, x: Atom, y: Atom) -> Const | None:
    """Sums, products and rests of integer constants, so that axes and sizes stay known, and powers
    that are floats, of which the kind would depend on values."""
    functions: dict[type, Callable[[int, int], int]] = {
        ast.Add: int.__add__,
        ast.Sub: int.__sub__,
        ast.Mult: int.__mul__,
        ast.FloorDiv: int.__floordiv__,
        ast.Mod: int.__mod__,
    }
    if op in (ast.FloorDiv, ast.Mod) and y == Const(0):
        return None
    known = [a.value for a in (x, y) if isinstance(a, Const) and type(a.value) is int]
    if op is ast.Pow and len(known) == 2 and known[0] != 0 > known[1]:
        return Const(known[0] ** known[1])
    return Const(functions[op](*known)) if op in functions and len(known) == 2 else None


def _check_power(frame: Frame, out: Var, x: Atom, y: Atom) -> None:
    """Python's (-2.0) ** 0.5 is complex, and 2 ** -1 a float: a kind that depends on values."""
    python = all(isinstance(a.type, Scalar) and a.type.origin != "np" for a in (x, y))
    if not python or not isinstance(out.type, Scalar) or out.type.cls == "complex":
        return
    integral = isinstance(y, Const) and float(y.value) == int(y.value)
    positive = isinstance(x, Const) and x.value > 0
    if out.type.cls == "int" and not (isinstance(y, Const) and y.value >= 0):
        frame.b.emit("check_real", [out], expected="int")
    elif out.type.cls == "float" and not integral and not positive:
        frame.b.emit("check_real", [out], expected="float")


def negated(frame: Frame, value: Value, node: ast.AST) -> Value:
    """``not value``."""
    truth = conditions.condition_of(frame, value, node)
    if isinstance(truth, bool):
        return Const(not truth)
    out = simple_op(frame, node, "not", truth)
    frame.implied[out] = (frame.following(truth, False), frame.following(truth, True))
    return out


@handles(ast.UnaryOp)
def unary(frame: Frame, node: ast.UnaryOp) -> Value:
    value = lower(frame, node.operand)
    if isinstance(node.op, ast.Not):
        return negated(frame, value, node.operand)
    said: Value | None = ON_OBJECTS["unary"](frame, node, type(node.op), value)
    if said is not None:
        return said
    if isinstance(node.op, ast.Invert) and is_flag(value):
        return Static(~value.value)
    x = as_atom(frame, value, node)
    if isinstance(x.type, Text):
        frame.reject(refusals.WHERE_NEEDED, node, value=describe(x), what="a number or array")
    if isinstance(x, Const) and isinstance(node.op, ast.USub) and not isinstance(x.value, bool):
        return Const(-x.value)
    return simple_op(frame, node, UNARY[type(node.op)], x)
