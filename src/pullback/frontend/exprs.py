"""Lowering of expressions: one handler for each syntax form, found by the type of the node."""

from __future__ import annotations

import ast
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.errors import Loc
from pullback.frontend import calls, indexing
from pullback.frontend.frame import Frame, Source, Unreachable
from pullback.frontend.merge import merge, runtime_list
from pullback.frontend.values import (
    Dct,
    Env,
    Items,
    Local,
    Method,
    Poison,
    Static,
    Tup,
    Unset,
    Value,
    describe,
)
from pullback.ir.core import Atom, Block, Const, Var
from pullback.ir.types import PY_INT, Array, List, Scalar, type_of
from pullback.rules.table import BY_METHOD

HANDLERS: dict[type, Callable[[Frame, Any], Value]] = {}
BINARY = {
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
}
UNARY = {ast.USub: "neg", ast.UAdd: "pos", ast.Not: "not", ast.Invert: "invert"}
COMPARE = {
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Eq: "eq",
    ast.NotEq: "ne",
}


def handles(*nodes: type) -> Callable[[Callable[[Frame, Any], Value]], Callable[[Frame, Any], Value]]:
    def enter(handler: Callable[[Frame, Any], Value]) -> Callable[[Frame, Any], Value]:
        for node in nodes:
            HANDLERS[node] = handler
        return handler

    return enter


def lower(frame: Frame, node: ast.expr) -> Value:
    """The value of an expression, its ops appended to the frame's builder."""
    handler = HANDLERS.get(type(node))
    if handler is None:
        frame.reject(
            f"{type(node).__name__} expressions are not supported", node, "write it as a loop"
        )
    with frame.b.at(frame.loc(node)):
        return handler(frame, node)


def atom(frame: Frame, node: ast.expr, what: str = "a number or array") -> Atom:
    """An expression that must be an IR value."""
    return as_atom(frame, lower(frame, node), node, what)


def as_atom(frame: Frame, value: Value, node: ast.AST, what: str = "a number or array") -> Atom:
    if isinstance(value, Var | Const):
        return value
    if isinstance(value, Static) and isinstance(value.value, str):
        return Const(value.value)
    frame.reject(f"{describe(value)} where {what} is needed", node)


def simple_op(frame: Frame, node: ast.AST, name: str, *inputs: Atom, **params: Any) -> Var:
    """An op whose types may not fit: NumPy's own complaint becomes an error at the line."""
    try:
        out = frame.op(name, *inputs, **params)
    except (TypeError, ValueError, IndexError) as error:
        kinds = ", ".join(repr(a.type) for a in inputs)
        frame.reject(f"{name} cannot take {kinds}: {error}", node)
    if isinstance(out.type, Scalar | Array) and out.type.cls == "complex":
        frame.reject("complex numbers are not supported yet", node)
    return out


@handles(ast.Constant)
def constant(frame: Frame, node: ast.Constant) -> Value:
    if node.value is None or isinstance(node.value, str) or node.value is Ellipsis:
        return Static(node.value)
    if isinstance(node.value, complex) or type_of(node.value) is None:
        frame.reject(f"constants of type {type(node.value).__name__} are not supported", node)
    return Const(node.value)


@handles(ast.Name)
def name(frame: Frame, node: ast.Name) -> Value:
    return frame.read(node.id, node)


@handles(ast.BinOp)
def binary(frame: Frame, node: ast.BinOp) -> Value:
    a, b = lower(frame, node.left), lower(frame, node.right)
    return apply_binary(frame, node, type(node.op), a, b)


def apply_binary(frame: Frame, node: ast.AST, op: type, a: Value, b: Value) -> Value:
    if isinstance(a, Tup) and isinstance(b, Tup) and op is ast.Add and a.is_list == b.is_list:
        return Tup(a.items + b.items, a.is_list)
    if isinstance(a, Tup) and isinstance(b, Const) and op is ast.Mult and type(b.value) is int:
        return Tup(a.items * b.value, a.is_list)
    if op not in BINARY:
        frame.reject(f"operator {op.__name__} is not supported", node)
    x, y = as_atom(frame, a, node), as_atom(frame, b, node)
    if isinstance(x.type, List) or isinstance(y.type, List):
        frame.reject(
            "operators on lists are not supported", node, "append to the list, or use an array"
        )
    folded = _fold_ints(op, x, y)
    if folded is not None:
        return folded
    if op is ast.MatMult:
        return simple_op(frame, node, "matmul", x, y, spelling="operator")
    out = simple_op(frame, node, BINARY[op], x, y)
    if op is ast.Pow:
        _check_power(frame, out, x, y)
    return out


def _fold_ints(op: type, x: Atom, y: Atom) -> Const | None:
    """Sums, differences and products of integer constants, so that axes and sizes stay known."""
    functions: dict[type, Callable[[int, int], int]] = {
        ast.Add: int.__add__,
        ast.Sub: int.__sub__,
        ast.Mult: int.__mul__,
    }
    known = [a.value for a in (x, y) if isinstance(a, Const) and type(a.value) is int]
    return Const(functions[op](*known)) if op in functions and len(known) == 2 else None


def _check_power(frame: Frame, out: Var, x: Atom, y: Atom) -> None:
    """Python's (-2.0) ** 0.5 is complex, and 2 ** -1 a float: a kind that depends on values."""
    python = all(isinstance(a.type, Scalar) and a.type.origin != "np" for a in (x, y))
    if not python or not isinstance(out.type, Scalar):
        return
    integral = isinstance(y, Const) and float(y.value) == int(y.value)
    positive = isinstance(x, Const) and x.value > 0
    if out.type.cls == "int" and not (isinstance(y, Const) and y.value >= 0):
        frame.b.emit("check_real", [out], expected="int")
    elif out.type.cls == "float" and not integral and not positive:
        frame.b.emit("check_real", [out], expected="float")


@handles(ast.UnaryOp)
def unary(frame: Frame, node: ast.UnaryOp) -> Value:
    value = lower(frame, node.operand)
    if isinstance(node.op, ast.Not):
        truth = condition_of(frame, value, node.operand)
        return Const(not truth) if isinstance(truth, bool) else simple_op(frame, node, "not", truth)
    x = as_atom(frame, value, node)
    if isinstance(x, Const) and isinstance(node.op, ast.USub) and not isinstance(x.value, bool):
        return Const(-x.value)
    return simple_op(frame, node, UNARY[type(node.op)], x)


@handles(ast.Compare)
def compare(frame: Frame, node: ast.Compare) -> Value:
    left = lower(frame, node.left)
    result: Value | None = None
    if len(node.ops) == 1:
        right = lower(frame, node.comparators[0])
        return compare_two(frame, node, node.ops[0], left, right)
    parts = [node.left, *node.comparators]
    middle: list[Value] = [left]

    def part(k: int) -> Value:
        middle.append(lower(frame, parts[k + 1]))
        return compare_two(frame, node, node.ops[k], middle[k], middle[k + 1])

    result = part(0)
    for k in range(1, len(node.ops)):
        result = short_circuit(frame, node, True, result, lambda k=k: part(k))  # type: ignore[misc]
    return result


def compare_two(frame: Frame, node: ast.Compare, op: ast.cmpop, a: Value, b: Value) -> Value:
    if isinstance(op, ast.Is | ast.IsNot):
        return Const(_same_object(frame, node, a, b) is isinstance(op, ast.Is))
    if isinstance(a, Static) and isinstance(b, Static):
        return _compare_static(frame, node, op, a.value, b.value)
    if isinstance(op, ast.In | ast.NotIn):
        return _contains(frame, node, op, a, b)
    if isinstance(a, Tup) and isinstance(b, Tup) and isinstance(op, ast.Eq):
        return _equal_trees(frame, node, a, b)
    if isinstance(a, Static | Tup | Dct) or isinstance(b, Static | Tup | Dct):
        if isinstance(op, ast.Eq | ast.NotEq):
            return Const(isinstance(op, ast.NotEq))
        frame.reject(f"{describe(a)} is compared with {describe(b)}", node)
    x, y = as_atom(frame, a, node), as_atom(frame, b, node)
    return simple_op(frame, node, COMPARE[type(op)], x, y)


def _same_object(frame: Frame, node: ast.AST, a: Value, b: Value) -> bool:
    """``is``, where it can be decided: between static objects, and of a value with None."""
    if isinstance(a, Static) and isinstance(b, Static):
        return a.value is b.value
    if (isinstance(a, Static) and a.value is None) or (isinstance(b, Static) and b.value is None):
        return False
    frame.reject("`is` is only supported with None and other constants", node, "write ==")


def _compare_static(frame: Frame, node: ast.AST, op: ast.cmpop, a: Any, b: Any) -> Value:
    match op:
        case ast.Eq():
            return Const(bool(a == b))
        case ast.NotEq():
            return Const(bool(a != b))
        case ast.In():
            return Const(a in b)
        case ast.NotIn():
            return Const(a not in b)
    frame.reject(f"{a!r} and {b!r} cannot be ordered", node)


def _contains(frame: Frame, node: ast.AST, op: ast.cmpop, a: Value, b: Value) -> Value:
    if isinstance(b, Dct) and isinstance(a, Const | Static):
        return Const((a.value in b.items) is isinstance(op, ast.In))
    if isinstance(b, Tup) and all(isinstance(x, Const | Static) for x in (a, *b.items)):
        known = [x.value for x in b.items]  # type: ignore[union-attr]
        return Const((a.value in known) is isinstance(op, ast.In))  # type: ignore[union-attr]
    frame.reject("`in` is only supported for keys of dicts and constants", node, "write a loop")


def _equal_trees(frame: Frame, node: ast.Compare, a: Tup, b: Tup) -> Value:
    """Tuples of numbers are equal if all parts are."""
    if len(a.items) != len(b.items):
        return Const(False)
    result: Value = Const(True)
    for x, y in zip(a.items, b.items, strict=True):
        both = compare_two(frame, node, ast.Eq(), x, y)
        result = short_circuit(frame, node, True, result, lambda both=both: both)  # type: ignore[misc]
    return result


# ---- conditions


def condition(frame: Frame, node: ast.expr) -> Atom | bool:
    """An expression as a condition: a bool where it is known here."""
    return condition_of(frame, lower(frame, node), node)


def condition_of(frame: Frame, value: Value, node: ast.AST) -> Atom | bool:
    match value:
        case Const():
            return bool(value.value)
        case Static():
            return bool(value.value)
        case Tup() | Dct():
            return bool(value.items)
        case Var(type=List()):
            return simple_op(frame, node, "gt", frame.op("list_len", value), Const(0))
        case Var(type=Array() as t) if t.ndim > 0:
            return simple_op(frame, node, "bool", value)
        case Var():
            return value
        case Local():
            return True
    frame.reject(f"{describe(value)} cannot be a condition", node)


def short_circuit(
    frame: Frame, node: ast.AST, wanted: bool, first: Value, second: Callable[[], Value]
) -> Value:
    """``first and second`` (wanted True) or ``first or second`` (wanted False)."""
    truth = condition_of(frame, first, node)
    if isinstance(truth, bool):
        return second() if truth is wanted else first
    name = "%circuit"
    before = dict(frame.env)

    def go_on() -> None:
        frame.env[name] = second()

    def stop() -> None:
        frame.env[name] = Const(not wanted) if _is_bool(first) else first

    branch(frame, truth, go_on if wanted else stop, stop if wanted else go_on, before, frame.loc(node))
    return take(frame, name, node)


def _is_bool(value: Value) -> bool:
    return isinstance(value, Var | Const) and value.type == Scalar("bool", *_origin(value))


def _origin(value: Var | Const) -> tuple[str, str | None]:
    t = value.type
    return (t.origin, t.dtype) if isinstance(t, Scalar) else ("py", None)


def branch(
    frame: Frame,
    cond: Atom,
    then: Callable[[], None],
    orelse: Callable[[], None],
    before: dict[str, Value],
    loc: Loc,
) -> bool:
    """Lower both sides of an ``if`` and join them; False if control comes back from neither."""
    sides: list[tuple[Block, Env | None]] = []
    for side in (then, orelse):
        with frame.scope(before), frame.b.block() as block:
            try:
                side()
                sides.append((block, frame.env))
            except Unreachable:
                sides.append((block, None))
    return merge(frame, cond, sides, before, loc)


def take(frame: Frame, name: str, node: ast.AST) -> Value:
    """Take a value out of the environment under which a branch left it."""
    value = frame.env.pop(name, Unset())
    if isinstance(value, Poison):
        frame.reject(f"the value {value.reason}", node, value.hint)
    return value


@handles(ast.BoolOp)
def boolean(frame: Frame, node: ast.BoolOp) -> Value:
    wanted = isinstance(node.op, ast.And)
    result = lower(frame, node.values[0])
    for operand in node.values[1:]:
        result = short_circuit(frame, operand, wanted, result, lambda o=operand: lower(frame, o))  # type: ignore[misc]
    return result


@handles(ast.IfExp)
def conditional(frame: Frame, node: ast.IfExp) -> Value:
    truth = condition(frame, node.test)
    if isinstance(truth, bool):
        return lower(frame, node.body if truth else node.orelse)
    name = "%choice"

    def choose(side: ast.expr) -> Callable[[], None]:
        def run() -> None:
            frame.env[name] = lower(frame, side)

        return run

    if not branch(
        frame, truth, choose(node.body), choose(node.orelse), dict(frame.env), frame.loc(node)
    ):
        raise Unreachable
    return take(frame, name, node)


# ---- trees


@handles(ast.Tuple, ast.List)
def sequence(frame: Frame, node: ast.Tuple | ast.List) -> Value:
    items: list[Value] = []
    for element in node.elts:
        if isinstance(element, ast.Starred):
            value = lower(frame, element.value)
            if not isinstance(value, Tup):
                frame.reject("only tuples and fixed lists can be unpacked here", element)
            items += value.items
        else:
            items.append(lower(frame, element))
    made = Tup(tuple(items), isinstance(node, ast.List))
    return frame.own(made) if made.is_list else made


@handles(ast.Dict)
def dictionary(frame: Frame, node: ast.Dict) -> Value:
    items: dict[Any, Value] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            inner = lower(frame, value)
            if not isinstance(inner, Dct):
                frame.reject("only dicts can be unpacked here", value)
            items |= inner.items
            continue
        items[constant_key(frame, lower(frame, key), key)] = lower(frame, value)
    return frame.own(Dct(items))


def constant_key(frame: Frame, key: Value, node: ast.AST) -> Any:
    if isinstance(key, Const | Static):
        return key.value
    if isinstance(key, Tup):
        return tuple(constant_key(frame, item, node) for item in key.items)
    frame.reject("keys of dicts must be constants", node, "use a list or an array")


@handles(ast.JoinedStr)
def format_string(frame: Frame, node: ast.JoinedStr) -> Value:
    template: list[Any] = []
    inputs: list[Atom] = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            template.append(part.value)
            continue
        assert isinstance(part, ast.FormattedValue)
        value = lower(frame, part.value)
        if isinstance(value, Static):
            template.append(str(value.value))
            continue
        inputs.append(as_atom(frame, value, part))
        template.append((_conversion(part), _format_spec(frame, part)))
    return simple_op(frame, node, "format", *inputs, template=tuple(template))


def _conversion(part: ast.FormattedValue) -> str:
    return "" if part.conversion < 0 else f"!{chr(part.conversion)}"


def _format_spec(frame: Frame, part: ast.FormattedValue) -> str:
    spec = part.format_spec
    if spec is None:
        return ""
    assert isinstance(spec, ast.JoinedStr)
    if not all(isinstance(v, ast.Constant) for v in spec.values):
        frame.reject("computed format specifications are not supported", part)
    return "".join(str(v.value) for v in spec.values if isinstance(v, ast.Constant))


@handles(ast.Lambda)
def anonymous(frame: Frame, node: ast.Lambda) -> Value:
    return Local(node, frame, "<lambda>", calls.local_defaults(frame, node))


@handles(ast.NamedExpr)
def walrus(frame: Frame, node: ast.NamedExpr) -> Value:
    value = lower(frame, node.value)
    frame.env[node.target.id] = value
    return value


# ---- attributes, subscripts and calls


@handles(ast.Attribute)
def attribute(frame: Frame, node: ast.Attribute) -> Value:
    owner = lower(frame, node.value)
    match owner:
        case Static(types.ModuleType() as module):
            return _module_attribute(frame, node, module)
        case Static():
            frame.reject(
                f"attribute {node.attr!r} of {describe(owner)} is not supported", node,
                "pass what it holds as an argument",
            )  # fmt: skip
        case Var() | Const() | Tup() | Dct():
            return value_attribute(frame, node, owner)
    frame.reject(f"attribute {node.attr!r} of {describe(owner)} is not supported", node)


def _module_attribute(frame: Frame, node: ast.Attribute, module: types.ModuleType) -> Value:
    if not hasattr(module, node.attr):
        frame.reject(f"module {module.__name__!r} has no attribute {node.attr!r}", node)
    found = getattr(module, node.attr)
    if module.__name__.partition(".")[0] in ("numpy", "scipy", "math", "pullback"):
        constant = type(found) in (int, float, bool)
        return Const(found) if constant else Static(found)
    return frame.outside(Source(module, node.attr), node.attr)


def value_attribute(frame: Frame, node: ast.Attribute, owner: Value) -> Value:
    """An attribute of an array or number, or a method of any value."""
    if isinstance(owner, Var) and isinstance(owner.type, Array):
        t = owner.type
        match node.attr:
            case "shape":
                return Tup(tuple(size_of(frame, owner, axis) for axis in range(t.ndim)))
            case "ndim":
                return Const(t.ndim)
            case "size":
                return simple_op(frame, node, "size", owner)
            case "T":
                if t.ndim < 2:
                    return owner
                return simple_op(frame, node, "transpose", owner, axes=None, spelling="T")
            case "dtype" if t.dtype:
                return Static(np.dtype(t.dtype))
    methods = ("append", "pop", "copy", "keys", "values", "items", "get", "item", "tolist", "fill",
               "sort", "astype", "extend", "flatten")  # fmt: skip
    if node.attr in BY_METHOD or node.attr in methods:
        return Method(owner, node.attr, node)
    frame.reject(f"attribute {node.attr!r} of {describe(owner)} is not supported", node)


def size_of(frame: Frame, x: Var, axis: int) -> Atom:
    assert isinstance(x.type, Array)
    n = x.type.shape[axis]
    return Const(n) if isinstance(n, int) else frame.op("dim", x, axis=axis)


@handles(ast.Subscript)
def subscript(frame: Frame, node: ast.Subscript) -> Value:
    owner = lower(frame, node.value)
    return indexing.read(frame, owner, node)


@handles(ast.Call)
def call(frame: Frame, node: ast.Call) -> Value:
    return calls.call(frame, node)


# ---- iteration


def items_of(frame: Frame, value: Value, node: ast.AST) -> Items | Tup:
    """What a loop over a value runs over; a Tup is run through item by item."""
    match value:
        case Items():
            return value
        case Tup():
            runtime = runtime_list(frame, value) if value.items else None
            return value if runtime is None else items_of(frame, runtime, node)
        case Dct():
            return Tup(tuple(key_value(k) for k in value.items))
        case Var(type=Array() as t) if t.ndim > 0:
            n = size_of(frame, value, 0)
            return Items(
                Const(0), n, Const(1), lambda i: frame.op("getitem", value, i, path=(("i",),))
            )
        case Var(type=List()):
            n = frame.op("list_len", value)
            return Items(Const(0), n, Const(1), lambda i: frame.op("list_get", value, i))
    frame.reject(f"{describe(value)} cannot be looped over", node)


def key_value(key: Any) -> Value:
    return Static(key) if key is None or isinstance(key, str) else Const(key)


__all__ = ["PY_INT", "atom", "condition", "items_of", "lower"]
