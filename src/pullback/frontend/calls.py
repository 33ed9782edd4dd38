"""Calls: primitives bound by their row, methods, builtins, Python functions, and derivatives."""

from __future__ import annotations

import ast
import builtins
import math
import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback.errors import SourceError
from pullback.frontend import exprs, functions, indexing
from pullback.frontend.frame import Frame
from pullback.frontend.values import (
    NONE,
    Dct,
    Derived,
    Items,
    Local,
    Method,
    Static,
    Tup,
    Value,
    describe,
)
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import PY_INT, Array, List, Scalar, join
from pullback.rules.table import BY_METHOD, Row, lookup

Args = tuple[list[Value], dict[str, Value]]
BUILTINS: dict[Any, Callable[[Frame, ast.Call, list[Value], dict[str, Value]], Value]] = {}
TRANSFORMS: dict[Any, str] = {}


def builtin(*functions_: Any) -> Callable[[Any], Any]:
    def enter(handler: Any) -> Any:
        for f in functions_:
            BUILTINS[f] = handler
        return handler

    return enter


def call(frame: Frame, node: ast.Call) -> Value:
    function = exprs.lower(frame, node.func)
    args, keywords = arguments(frame, node)
    return apply(frame, node, function, args, keywords)


def arguments(frame: Frame, node: ast.Call) -> Args:
    args: list[Value] = []
    for a in node.args:
        if isinstance(a, ast.Starred):
            value = exprs.lower(frame, a.value)
            if not isinstance(value, Tup):
                frame.reject("only tuples and fixed lists can be unpacked into a call", a)
            args += value.items
        else:
            args.append(exprs.lower(frame, a))
    keywords: dict[str, Value] = {}
    for k in node.keywords:
        value = exprs.lower(frame, k.value)
        if k.arg is not None:
            keywords[k.arg] = value
        elif isinstance(value, Dct):
            keywords |= value.items
        else:
            frame.reject("only dicts with constant keys can be unpacked into a call", k.value)
    return args, keywords


def apply(
    frame: Frame, node: ast.Call, function: Value, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """Call a value."""
    match function:
        case Method():
            return method(frame, node, function, args, keywords)
        case Local():
            return functions.call_local(frame, node, function, args, keywords)
        case Derived():
            return functions.call_derived(frame, node, function, args, keywords)
        case Static(value):
            return apply_object(frame, node, value, args, keywords)
    frame.reject(f"{describe(function)} is called", node)


def apply_object(
    frame: Frame, node: ast.Call, value: Any, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """Call a Python object: a primitive, a builtin, a transform or a function with source."""
    if callable(value) and _hashable(value):
        if value in BUILTINS:
            return BUILTINS[value](frame, node, args, keywords)
        if value in TRANSFORMS:
            return derive(frame, node, TRANSFORMS[value], args, keywords)
    if (row := lookup(value)) is not None:
        return bind(frame, node, row, args, keywords)
    derived = getattr(type(value), "__pullback_derived__", None)
    if derived is not None:
        mode, inner, argnums = derived(value)
        return functions.call_derived(frame, node, Derived(mode, Static(inner), argnums), args, keywords)
    module = getattr(value, "__module__", "") or ""
    if isinstance(value, np.ufunc) or module.partition(".")[0] in ("numpy", "scipy"):
        name = getattr(value, "__name__", repr(value))
        frame.reject(
            f"{module.partition('.')[0] or 'numpy'} function {name!r} has no rule", node,
            "write it with functions that have one",
        )  # fmt: skip
    if isinstance(value, types.FunctionType):
        return functions.call_python(frame, node, value, args, keywords)
    frame.reject(f"{describe(Static(value))} cannot be called here", node,
                 "call Python functions, or NumPy functions that have a rule")  # fmt: skip


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


# ---- primitives


def bind(
    frame: Frame, node: ast.AST, row: Row, args: Sequence[Value], keywords: dict[str, Value],
    spelling: str = "",
) -> Value:  # fmt: skip
    """Bind a call of a primitive by the spec of its row, and build the op."""
    tokens = row.spec.split()
    rest, named = list(args), dict(keywords)
    inputs: list[Atom] = []
    params: dict[str, Any] = {"spelling": spelling} if spelling else {}
    for token in tokens:
        name, _, default = token.partition("=")
        plain = name.strip("*?.")
        given = rest.pop(0) if rest else named.pop(plain, None)
        if default:
            params[name] = ast.literal_eval(default) if given is None else static(frame, node, given)
            continue
        if token.endswith("..."):
            inputs += _shape(frame, node, row, given, rest)
            rest = []
        elif token.startswith("*"):
            inputs += _sequence(frame, node, row, given, params)
        elif given is not None:
            inputs.append(_array_like(frame, node, given))
        elif not token.endswith("?"):
            frame.reject(f"{row.name} needs an argument {plain!r}", node)
    if rest or named:
        extra = ", ".join(map(repr, named)) or f"{len(rest)} more"
        frame.reject(f"{row.name} is not supported with argument {extra}", node)
    if "dtype" in params and params["dtype"] is not None:
        params["dtype"] = _dtype(frame, node, params["dtype"])
    return exprs.simple_op(frame, node, row.name, *inputs, **params)


def _array_like(frame: Frame, node: ast.AST, value: Value) -> Atom:
    """NumPy takes sequences for arrays."""
    if isinstance(value, Tup):
        return indexing.array_of_list(frame, value, node)
    if isinstance(value, Var) and isinstance(value.type, List):
        return exprs.simple_op(frame, node, "array", value)
    return exprs.as_atom(frame, value, node)


def _shape(
    frame: Frame, node: ast.AST, row: Row, given: Value | None, rest: Sequence[Value]
) -> list[Atom]:
    """A shape: a tuple of integers, one integer, or (for methods) several arguments."""
    if given is None:
        frame.reject(f"{row.name} needs a shape", node)
    sizes = given.items if isinstance(given, Tup) else (given, *rest)
    return [exprs.as_atom(frame, s, node, "an integer") for s in sizes]


def _sequence(
    frame: Frame, node: ast.AST, row: Row, given: Value | None, params: dict[str, Any]
) -> list[Atom]:
    if given is None:
        frame.reject(f"{row.name} needs arrays", node)
    if isinstance(given, Tup):
        if row.name == "array":
            params["nested"] = True
        return [_array_like(frame, node, item) for item in given.items]
    value = exprs.as_atom(frame, given, node)
    if row.name != "array" and not isinstance(value.type, List):
        frame.reject(f"{row.name} needs a list or tuple of arrays", node)
    return [value]


def static(frame: Frame, node: ast.AST, value: Value) -> Any:
    """An argument such as axis that must be known here."""
    if isinstance(value, Const | Static):
        return value.value
    if isinstance(value, Tup):
        return tuple(static(frame, node, item) for item in value.items)
    frame.reject("an argument such as axis must be a constant", node, "write the number itself")


def _dtype(frame: Frame, node: ast.AST, value: Any) -> str:
    try:
        return str(np.dtype(value).name)
    except TypeError:
        frame.reject(f"{value!r} is no dtype", node)


# ---- methods


def method(
    frame: Frame, node: ast.Call, m: Method, args: list[Value], keywords: dict[str, Value]
) -> Value:
    owner = m.owner
    if isinstance(owner, Dct):
        return _dict_method(frame, node, m, owner, args)
    if isinstance(owner, Tup) or (isinstance(owner, Var) and isinstance(owner.type, List)):
        return _list_method(frame, node, m, args)
    if m.name in BY_METHOD:
        row = BY_METHOD[m.name]
        if row.name == "transpose" and args:
            args = [args[0] if isinstance(args[0], Tup) else Tup(tuple(args))]
        return bind(frame, node, row, [owner, *args], keywords, "method")
    frame.reject(f"method {m.name!r} of {describe(owner)} is not supported", node)


def _dict_method(
    frame: Frame, node: ast.Call, m: Method, owner: Dct, args: list[Value]
) -> Value:
    match m.name:
        case "keys":
            return Tup(tuple(exprs.key_value(k) for k in owner.items))
        case "values":
            return Tup(tuple(owner.items.values()))
        case "items":
            return Tup(tuple(Tup((exprs.key_value(k), v)) for k, v in owner.items.items()))
        case "get" if args:
            key = exprs.constant_key(frame, args[0], node)
            return owner.items.get(key, args[1] if len(args) > 1 else NONE)
        case "copy":
            return frame.own(Dct(dict(owner.items)))
    frame.reject(f"method {m.name!r} of dicts is not supported", node)


def _list_method(frame: Frame, node: ast.Call, m: Method, args: list[Value]) -> Value:
    if m.name == "copy":
        if isinstance(m.owner, Tup):
            return frame.own(Tup(m.owner.items, m.owner.is_list))
        return frame.op("copy", exprs.as_atom(frame, m.owner, node))
    if m.name not in ("append", "pop"):
        frame.reject(f"method {m.name!r} of lists is not supported", node, "use append and pop")
    if not isinstance(m.node.value, ast.Name):
        frame.reject("only a local list with a name can be changed", node)
    name = m.node.value.id
    owner = frame.env.get(name)
    if owner is None:
        frame.reject(f"list {name!r} comes from outside the function and is changed", node)
    if isinstance(owner, Tup):
        owner = indexing.list_variable(frame, name, owner, node)
    assert isinstance(owner, Var)
    indexing.may_write(frame, name, owner, node)
    if m.name == "pop":
        if args:
            frame.reject("pop is only supported from the end of a list", node)
        frame.env[name], popped = frame.emit("list_pop", owner, names=(name,))
        return popped
    return _append(frame, node, name, owner, args)


def _append(frame: Frame, node: ast.Call, name: str, owner: Var, args: list[Value]) -> Value:
    if len(args) != 1:
        frame.reject("append takes one value", node)
    v = exprs.as_atom(frame, args[0], node)
    if join(owner.type, List(v.type)) is None:
        frame.reject(f"{v.type!r} is appended to a {owner.type!r}", node,
                     "append values of one kind")  # fmt: skip
    frame.env[name] = frame.op("list_push", owner, v, names=(name,))
    return NONE


# ---- builtins


def _one(frame: Frame, node: ast.AST, args: list[Value]) -> Value:
    if len(args) != 1:
        frame.reject("one argument is needed", node)
    return args[0]


@builtin(builtins.len)
def length(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    match _one(frame, node, args):
        case Tup() | Dct() as tree:
            return Const(len(tree.items))
        case Var(type=List()) as l:
            return frame.op("list_len", l)
        case Var(type=Array() as t) as x if t.ndim > 0:
            size = t.shape[0]
            return Const(size) if isinstance(size, int) else frame.op("dim", x, axis=0, spelling="len")
    frame.reject(f"{describe(args[0])} has no length", node)


@builtin(np.ndim)
def ndim(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    x = exprs.as_atom(frame, _one(frame, node, args), node)
    return Const(x.type.ndim if isinstance(x.type, Array) else 0)


@builtin(np.shape)
def shape(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    x = exprs.as_atom(frame, _one(frame, node, args), node)
    if not (isinstance(x, Var) and isinstance(x.type, Array)):
        return Tup(())
    return Tup(tuple(exprs.size_of(frame, x, axis) for axis in range(x.type.ndim)))


@builtin(np.asarray)
def asarray(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    value = _one(frame, node, args)
    if keywords:
        frame.reject("np.asarray is only supported without keywords", node)
    if isinstance(value, Var) and isinstance(value.type, Array):
        return value
    row = lookup(np.array)
    assert row is not None
    return bind(frame, node, row, args, keywords)


@builtin(builtins.range)
def range_(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    if not 1 <= len(args) <= 3:
        frame.reject("range takes one to three integers", node)
    atoms = [exprs.as_atom(frame, a, node, "an integer") for a in args]
    for a in atoms:
        if not (isinstance(a.type, Scalar) and a.type.cls in ("int", "bool")):
            frame.reject(f"range of {a.type!r}", node, "convert it with int()")
    if len(atoms) == 1:
        atoms.insert(0, Const(0))
    step = atoms[2] if len(atoms) == 3 else Const(1)
    return Items(atoms[0], atoms[1], step, lambda i: i, plain=True)


@builtin(builtins.enumerate)
def enumerate_(
    frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]
) -> Value:
    start = keywords.get("start", args[1] if len(args) > 1 else Const(0))
    first = exprs.as_atom(frame, start, node)
    inner = exprs.items_of(frame, args[0], node)
    if isinstance(inner, Tup):
        if not isinstance(first, Const):
            frame.reject("enumerate from a computed start is not supported here", node)
        return Tup(tuple(Tup((Const(first.value + k), v)) for k, v in enumerate(inner.items)))

    def item(i: Atom) -> Value:
        number = exprs.apply_binary(frame, node, ast.Add, position(frame, node, inner, i), first)
        if first == Const(0):
            number = position(frame, node, inner, i)
        return Tup((number, inner.item(i)))

    return Items(inner.start, inner.stop, inner.step, item)


def position(frame: Frame, node: ast.AST, items: Items, i: Atom) -> Atom:
    """How many items come before the one of index i."""
    if items.start == Const(0) and items.step == Const(1):
        return i
    offset = exprs.simple_op(frame, node, "sub", i, items.start)
    return offset if items.step == Const(1) else exprs.simple_op(
        frame, node, "floordiv", offset, items.step
    )


def _normal(frame: Frame, node: ast.AST, items: Items) -> Items:
    """The same items with indices that count from 0."""
    if items.start == Const(0) and items.step == Const(1):
        return items
    n = range_length(frame, node, items)

    def item(k: Atom) -> Value:
        scaled = exprs.apply_binary(frame, node, ast.Mult, k, items.step)
        if items.step == Const(1):
            scaled = k
        i = exprs.apply_binary(frame, node, ast.Add, items.start, scaled)
        return items.item(exprs.as_atom(frame, i, node))

    return Items(Const(0), n, Const(1), item)


def range_length(frame: Frame, node: ast.AST, items: Items) -> Atom:
    """len(range(start, stop, step)), not below 0."""
    if items.start == Const(0) and items.step == Const(1):
        return items.stop
    return exprs.simple_op(frame, node, "range_len", items.start, items.stop, items.step)


@builtin(builtins.zip)
def zip_(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    parts = [exprs.items_of(frame, a, node) for a in args]
    if keywords:
        frame.reject("zip is only supported without keywords", node)
    if all(isinstance(p, Tup) for p in parts):
        rows = zip(*(p.items for p in parts if isinstance(p, Tup)), strict=False)
        return Tup(tuple(Tup(tuple(row)) for row in rows))
    if not all(isinstance(p, Items) for p in parts):
        frame.reject("zip of a fixed tuple and a run-time sequence is not supported", node)
    normal = [_normal(frame, node, p) for p in parts if isinstance(p, Items)]
    stop = normal[0].stop
    for p in normal[1:]:
        if not same_size(stop, p.stop, frame):
            stop = exprs.simple_op(frame, node, "min_int", stop, p.stop)
    return Items(Const(0), stop, Const(1), lambda i: Tup(tuple(p.item(i) for p in normal)))


def same_size(a: Atom, b: Atom, frame: Frame) -> bool:
    """Whether two sizes are the same value, or the same dimension."""
    return a is b or (isinstance(a, Const) and a == b)


@builtin(builtins.reversed)
def reversed_(
    frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]
) -> Value:
    inner = exprs.items_of(frame, _one(frame, node, args), node)
    if isinstance(inner, Tup):
        return Tup(inner.items[::-1])
    one = inner.step == Const(1)
    if one:
        last = exprs.apply_binary(frame, node, ast.Sub, inner.stop, Const(1))
        before = exprs.apply_binary(frame, node, ast.Sub, inner.start, Const(1))
        assert isinstance(last, Var | Const)
        assert isinstance(before, Var | Const)
        return Items(last, before, Const(-1), inner.item, inner.plain)
    normal = _normal(frame, node, inner)

    def item(k: Atom) -> Value:
        n = exprs.simple_op(frame, node, "sub", normal.stop, Const(1))
        return normal.item(exprs.simple_op(frame, node, "sub", n, k))

    return Items(Const(0), normal.stop, Const(1), item)


@builtin(builtins.min)
def smallest(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    return extreme(frame, node, args, keywords, False)


@builtin(builtins.max)
def largest(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    return extreme(frame, node, args, keywords, True)


def extreme(
    frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value], largest: bool
) -> Value:
    """min and max of several numbers: the first of equal ones, as Python has it."""
    if len(args) == 1 and isinstance(args[0], Tup):
        args = list(args[0].items)
    if len(args) < 2 or keywords:
        frame.reject("min and max are supported for two or more numbers", node, "use np.min")
    best = args[0]
    for other in args[1:]:
        best = _pick(frame, node, best, other, largest)
    return best


def _pick(frame: Frame, node: ast.AST, best: Value, other: Value, largest: bool) -> Value:
    x, y = exprs.as_atom(frame, best, node), exprs.as_atom(frame, other, node)
    for a in (x, y):
        if isinstance(a.type, Array) and a.type.ndim:
            frame.reject("min and max compare numbers, not arrays", node, "use np.minimum")
    better = exprs.simple_op(frame, node, "gt" if largest else "lt", y, x)

    def choose(v: Atom) -> Callable[[], None]:
        def run() -> None:
            frame.env["%pick"] = v

        return run

    exprs.branch(frame, better, choose(y), choose(x), dict(frame.env), frame.loc(node))
    return exprs.take(frame, "%pick", node)


@builtin(builtins.tuple)
def tuple_of(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    return sequence_of(frame, node, args, False)


@builtin(builtins.list)
def list_of(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    return frame.own(sequence_of(frame, node, args, True))


def sequence_of(frame: Frame, node: ast.Call, args: list[Value], is_list: bool) -> Value:
    value = _one(frame, node, args) if args else Tup((), is_list)
    if isinstance(value, Tup):
        return Tup(value.items, is_list)
    if is_list and isinstance(value, Var) and isinstance(value.type, List):
        return frame.op("copy", value)
    frame.reject(f"{describe(value)} cannot be turned into a sequence here", node, "write a loop")


@builtin(builtins.dict)
def dict_of(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    start = args[0] if args else Dct({})
    if not isinstance(start, Dct):
        frame.reject("dict of this is not supported", node, "write a dict display")
    return frame.own(Dct(start.items | keywords))


@builtin(builtins.print)
def print_(frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    params: dict[str, Any] = {}
    for k, v in keywords.items():
        if k not in ("sep", "end"):
            frame.reject(f"print is not supported with {k!r}", node)
        params[k] = static(frame, node, v)
    inputs = [_printed(frame, node, a) for a in args]
    frame.b.emit("print", inputs, **params)
    return NONE


def _printed(frame: Frame, node: ast.AST, value: Value) -> Atom:
    if isinstance(value, Static):
        return Const(value.value if value.value is None else str(value.value))
    return exprs.as_atom(frame, value, node, "something to print")


# ---- derivatives


def derive(
    frame: Frame, node: ast.Call, mode: str, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """``grad(f, argnums)`` met in the code; ``jvp(f, primals, tangents)`` is applied at once."""
    if not args:
        frame.reject(f"{mode} needs a function", node)
    if mode == "jvp":
        return functions.call_jvp(frame, node, args)
    argnums = keywords.get("argnums", args[1] if len(args) > 1 else Const(0))
    return Derived(mode, args[0], static(frame, node, argnums))


def local_defaults(frame: Frame, node: ast.FunctionDef | ast.Lambda) -> dict[str, Value]:
    """Default values of a function defined inside, evaluated where it is defined."""
    a = node.args
    positional = [*a.posonlyargs, *a.args]
    found = {}
    for arg, default in zip(positional[len(positional) - len(a.defaults) :], a.defaults, strict=True):
        found[arg.arg] = exprs.lower(frame, default)
    for arg, kw in zip(a.kwonlyargs, a.kw_defaults, strict=True):
        if kw is not None:
            found[arg.arg] = exprs.lower(frame, kw)
    return found


__all__ = ["PY_INT", "SourceError", "apply", "call", "math"]
