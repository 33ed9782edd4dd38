"""What operators and builtins do with objects whose classes say so.

    a + b      type(a).__add__(a, b), and type(b).__radd__(b, a) where that gives NotImplemented
    a[i]       type(a).__getitem__(a, i)
    len(a)     type(a).__len__(a)
    a(x)       type(a).__call__(a, x)

Methods are looked up in the class alone, as Python does. What a class does not say is left to who asks.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
import math
import types
from collections.abc import Sequence
from typing import Any, TypeGuard

from pullback import refusals
from pullback.frontend import conditions, making, structs
from pullback.frontend.asking import is_iterator
from pullback.frontend.comparisons import compare_two
from pullback.frontend.frame import Frame
from pullback.frontend.guards import guard
from pullback.frontend.lowering import ON_OBJECTS, Keywords, applies, apply, entered
from pullback.frontend.operators import negated
from pullback.frontend.values import Dct, Ref, Static, Struct, Tup, Value
from pullback.frontend.walking import describe
from pullback.ir.core import Const, Var
from pullback.ir.types import PY_BOOL, Array, Scalar
from pullback.tree import found_in_class, is_named_tuple

BINARY: dict[type, tuple[str, str]] = {
    ast.Add: ("+", "add"), ast.Sub: ("-", "sub"), ast.Mult: ("*", "mul"), ast.Div: ("/", "truediv"),
    ast.FloorDiv: ("//", "floordiv"), ast.Mod: ("%", "mod"), ast.Pow: ("**", "pow"),
    ast.MatMult: ("@", "matmul"), ast.BitAnd: ("&", "and"), ast.BitOr: ("|", "or"),
    ast.BitXor: ("^", "xor"), ast.LShift: ("<<", "lshift"), ast.RShift: (">>", "rshift"),
}  # fmt: skip
UNARY: dict[type, str] = {ast.USub: "__neg__", ast.UAdd: "__pos__", ast.Invert: "__invert__"}
# Each comparison with the one that says the same of the operands the other way round.
COMPARE: dict[type, tuple[str, str]] = {
    ast.Lt: ("__lt__", "__gt__"), ast.Gt: ("__gt__", "__lt__"), ast.LtE: ("__le__", "__ge__"),
    ast.GtE: ("__ge__", "__le__"), ast.Eq: ("__eq__", "__eq__"), ast.NotEq: ("__ne__", "__ne__"),
}  # fmt: skip
BUILTINS: dict[Any, str] = {
    builtins.abs: "__abs__", builtins.len: "__len__", builtins.float: "__float__",
    builtins.int: "__int__", builtins.round: "__round__", builtins.reversed: "__reversed__",
    builtins.complex: "__complex__", builtins.str: "__str__", builtins.repr: "__repr__",
    math.floor: "__floor__", math.ceil: "__ceil__", math.trunc: "__trunc__",
}  # fmt: skip
# By which NumPy takes an object for an array.
_LIKE_ARRAYS = ("__getitem__", "__array__", "__array_interface__", "__array_struct__", "__buffer__")


def special(frame: Frame, node: ast.AST, value: Value, name: str) -> types.FunctionType | None:
    """The method by which the class of a value takes part in something, None if it does not."""
    if not isinstance(value, Struct):
        return None
    found = structs.stored(frame, value.cls, name)
    if found is None or isinstance(found.held, types.WrapperDescriptorType | types.MethodDescriptorType):
        return None
    if isinstance(found.held, types.FunctionType):
        return found.held
    frame.reject(refusals.ATTRIBUTE_OF_RECORD, node, name=name, cls=value.cls.__name__)


def ask(frame: Frame, node: ast.AST, value: Value, name: str, *args: Value) -> Value | None:
    """What a method of a value gives, None if its class has none."""
    function = special(frame, node, value, name)
    if function is None:
        return None
    return frame.decided(structs.called(frame, node, function, [value, *args]))


def _is_not_implemented(value: Value) -> bool:
    return isinstance(value, Static) and value.value is NotImplemented


# ---- operators


@entered(ON_OBJECTS, "binary")
def binary(frame: Frame, node: ast.AST, op: type, a: Value, b: Value) -> Value | None:
    """``a + b``; None where neither class says what it is."""
    symbol, name = BINARY[op]
    left, right = special(frame, node, a, f"__{name}__"), special(frame, node, b, f"__r{name}__")
    if left is None and right is None:
        return None
    if right is not None and not isinstance(a, Struct):
        a = beside_numpy(frame, node, a, b, symbol)
    for function, args in _in_turn(a, b, left, right, reflects=False):
        result = frame.decided(structs.called(frame, node, function, args))
        if not _is_not_implemented(result):
            return result
    if isinstance(b, Var) and _is_of_numpy(b):
        frame.reject(refusals.OBJECT_BESIDE_ARRAY, node, value=describe(b), cls=describe(a),
                     operator=symbol)  # fmt: skip
    frame.reject(refusals.NO_OPERATOR, node, a=describe(a), b=describe(b), operator=symbol)


def _in_turn(
    a: Value, b: Value, left: Any, right: Any, reflects: bool
) -> Sequence[tuple[Any, list[Value]]]:
    """The methods that are asked, in order. The right operand comes first where its class is derived
    from the other's; of one class it is asked only in comparisons, which it ``reflects``."""
    tries = [(left, [a, b])] if left is not None else []
    both = isinstance(a, Struct) and isinstance(b, Struct)
    same = both and a.cls is b.cls  # type: ignore[union-attr]
    if right is not None and (reflects or not same):
        derived = both and not same and issubclass(b.cls, a.cls)  # type: ignore[union-attr]
        inherited = derived and not reflects and found_in_class(a.cls, right.__name__) is right  # type: ignore[union-attr]
        tries.insert(0 if derived and not inherited else len(tries), (right, [b, a]))
    return tries


def _is_of_numpy(a: Value) -> bool:
    """Whether a value is an array, or may be a scalar of NumPy's: NumPy then comes first."""
    if not isinstance(a, Var):
        return False
    return isinstance(a.type, Array) or (isinstance(a.type, Scalar) and a.type.origin != "py")


def beside_numpy(frame: Frame, node: ast.AST, a: Value, b: Value, symbol: str) -> Value:
    """What the reflected method of an object gets of a left operand.

    NumPy leaves the operation to classes that say ``__array_ufunc__ = None``. Other objects it takes for
    a single element, which it combines with the number as one of Python's, or for an array.
    """
    assert isinstance(b, Struct)
    if not isinstance(a, Var) or not _is_of_numpy(a):
        return a
    said = structs.stored(frame, b.cls, "__array_ufunc__")
    if said is not None and said.held is None:
        frame.session.guards[said.source.identity()] = guard(said.source, None)
        return a
    like_array = any(structs.stored(frame, b.cls, name) is not None for name in _LIKE_ARRAYS)
    if said is not None or isinstance(a.type, Array) or like_array or a.type.cls not in _PYTHON:  # type: ignore[union-attr]
        frame.reject(refusals.OBJECT_BESIDE_ARRAY, node, value=describe(a), cls=describe(b),
                     operator=symbol)  # fmt: skip
    return frame.op(_PYTHON[a.type.cls], a)  # type: ignore[union-attr]


_PYTHON = {"float": "float", "int": "int"}


@entered(ON_OBJECTS, "augmented")
def augmented(frame: Frame, node: ast.AST, op: type, a: Value, b: Value) -> Value | None:
    """``a += b`` by a method for it; None where the class has none, and ``a + b`` is meant."""
    result = ask(frame, node, a, f"__i{BINARY[op][1]}__", b)
    return None if result is None or _is_not_implemented(result) else result


@entered(ON_OBJECTS, "unary")
def unary(frame: Frame, node: ast.AST, op: type, value: Value) -> Value | None:
    return ask(frame, node, value, UNARY[op]) if op in UNARY else None


@entered(ON_OBJECTS, "compare")
def compare(frame: Frame, node: ast.Compare, op: ast.cmpop, a: Value, b: Value) -> Value | None:
    """``a < b``; None where neither class says what it is."""
    name, reflected = COMPARE[type(op)]
    left, right = special(frame, node, a, name), special(frame, node, b, reflected)
    if right is not None and not isinstance(a, Struct):
        a = beside_numpy(frame, node, a, b, "==")
    for function, args in _in_turn(a, b, left, right, reflects=True):
        result = frame.decided(structs.called(frame, node, function, args))
        if not _is_not_implemented(result):
            return result
    if isinstance(op, ast.NotEq) and left is None:
        equal = compare(frame, node, ast.Eq(), a, b)
        return None if equal is None else negated(frame, equal, node)
    if isinstance(op, ast.Eq | ast.NotEq) and _is_namespace(a) and _is_namespace(b):
        return compare_two(frame, node, op, *(Dct(structs.attributes(frame, v)) for v in (a, b)))
    if isinstance(op, ast.Eq | ast.NotEq) and _by_identity(a, b):
        return compare_two(frame, node, ast.Is() if isinstance(op, ast.Eq) else ast.IsNot(), a, b)
    if left is None and right is None:
        return None
    frame.reject(refusals.NO_ORDER, node, a=describe(a), b=describe(b))


@entered(ON_OBJECTS, "ordered")
def has_order(frame: Frame, node: ast.AST, op: ast.cmpop, a: Value, b: Value) -> bool:
    """Whether the class of one of two values says which is less."""
    name, reflected = COMPARE[type(op)]
    found = special(frame, node, a, name), special(frame, node, b, reflected)
    return found != (None, None)


def _is_namespace(value: Value) -> TypeGuard[Struct]:
    """Whether a value is an object that is compared by what it holds."""
    return isinstance(value, Struct) and value.cls is types.SimpleNamespace


def _by_identity(a: Value, b: Value) -> bool:
    """Whether two objects are equal only if they are one."""
    return all(isinstance(v, Struct) and not is_named_tuple(v.cls) for v in (a, b))


def compared(
    frame: Frame, node: ast.Compare, function: types.FunctionType, args: list[Value], keywords: Keywords
) -> Value:
    """The generated comparisons of dataclasses: of the fields as tuples, if the classes are one."""
    a, b = args
    assert isinstance(a, Struct)
    if not isinstance(b, Struct) or b.cls is not a.cls:
        return Static(NotImplemented)
    op = next(op for op, (name, _) in COMPARE.items() if name == function.__name__)
    if a.identity is b.identity and op is ast.Eq:
        return Const(True)
    fields = [f.name for f in dataclasses.fields(a.cls) if f.compare]
    these, those = (Tup(tuple(v.items[name] for name in fields)) for v in (a, b))
    place = ast.copy_location(ast.Compare(ast.Constant(None), [op()], [ast.Constant(None)]), node)
    return compare_two(frame, place, op(), these, those)


making.GENERATED |= dict.fromkeys((name for name, _ in COMPARE.values()), compared)


# ---- builtins, subscripts and calls


@entered(ON_OBJECTS, "truth")
def truth(frame: Frame, node: ast.AST, value: Value) -> Any:
    """Whether an object is true: a bool, or what tells it at run time; None where others know."""
    for name in ("__bool__", "__len__"):
        if (found := ask(frame, node, value, name)) is None:
            continue
        if name == "__bool__" and isinstance(found, Var | Const) and found.type != PY_BOOL:
            frame.raises("TypeError", "__bool__ should return bool")
        return conditions.condition_of(frame, found, node)
    return True if isinstance(value, Struct) and not is_named_tuple(value.cls) else None


@entered(ON_OBJECTS, "builtin")
def of_builtin(
    frame: Frame, node: ast.AST, function: Any, args: list[Value], keywords: Keywords
) -> Value | None:
    """``len(a)`` and its like, None where the class of the first argument has no say in it."""
    if function is bool and len(args) == 1 and isinstance(args[0], Struct):
        found = truth(frame, node, args[0])
        return Const(found) if isinstance(found, bool) else found
    if not args or not isinstance(args[0], Struct) or keywords or function not in BUILTINS:
        return None
    return ask(frame, node, args[0], BUILTINS[function], *args[1:])


@entered(ON_OBJECTS, "iterator")
def iterator(frame: Frame, node: ast.AST, value: Value) -> Value:
    """What ``__iter__`` of an object gives; all other values as they are."""
    while isinstance(value, Struct) and not is_named_tuple(value.cls):
        found = ask(frame, node, value, "__iter__")
        if found is not None and is_iterator(frame, found):
            return found
        if found is None or (isinstance(found, Struct) and found.cls is value.cls):
            frame.reject(refusals.CANNOT_BE_LOOPED_OVER, node, value=describe(value))
        value = found
    return value


@entered(ON_OBJECTS, "iterated")
def iterated(frame: Frame, node: ast.AST, value: Value) -> Value:
    """What a loop over an object runs over; all other values as they are."""
    found: Value = iterator(frame, node, value)
    if is_iterator(frame, found):
        found = ON_OBJECTS["steps"](frame, node, found)
    return found


@entered(ON_OBJECTS, "read")
def read(frame: Frame, node: ast.AST, owner: Value, key: Value) -> Value | None:
    return ask(frame, node, owner, "__getitem__", key)


def is_asked(frame: Frame, e: ast.AST) -> bool:
    """Whether an expression is a subscript that a method of an object is asked for."""
    if not isinstance(e, ast.Subscript) or not isinstance(e.ctx, ast.Load):
        return False
    if any(isinstance(n, ast.Slice) for n in ast.walk(e.slice)):
        return False
    owner = _held(frame, e.value)
    return owner is not None and special(frame, e, owner, "__getitem__") is not None


def _held(frame: Frame, path: ast.expr) -> Value | None:
    """What names and attributes lead to without a call, None where there is more to it."""
    held: Value | None = None
    match path:
        case ast.Name(id=name):
            held = frame.env.get(name)
        case ast.Attribute(value=inner, attr=name):
            owner = _held(frame, inner)
            held = owner.items.get(name) if isinstance(owner, Struct) else None
    held = frame.latest(held) if held is not None else None
    return held.pattern if isinstance(held, Ref) else held


@entered(ON_OBJECTS, "write")
def write(frame: Frame, node: ast.AST, owner: Value, key: Value, value: Value) -> Value | None:
    return ask(frame, node, owner, "__setitem__", key, value)


@entered(ON_OBJECTS, "delete")
def delete(frame: Frame, node: ast.AST, owner: Value, key: Value) -> Value | None:
    return ask(frame, node, owner, "__delitem__", key)


@entered(ON_OBJECTS, "formatted")
def formatted(frame: Frame, node: ast.AST, owner: Value) -> Value | None:
    """What a class of the user's says instead of ``str``, where an object stands in a text."""
    return ask(frame, node, owner, "__format__", Static(""))


@entered(ON_OBJECTS, "contains")
def contains(frame: Frame, node: ast.AST, owner: Value, item: Value) -> Value | None:
    return ask(frame, node, owner, "__contains__", item)


@applies(Struct)
def call(frame: Frame, node: ast.Call, owner: Struct, args: list[Value], keywords: Keywords) -> Value:
    """``model(x)``."""
    function = special(frame, node, owner, "__call__")
    if function is None:
        frame.reject(refusals.CANNOT_BE_CALLED, node, value=describe(owner))
    return apply(frame, node, Static(function), [owner, *args], keywords)
