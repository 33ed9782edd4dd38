"""Calls of what is not compiled, and what they give.

A callable that has neither a rule nor source is run as it is, once, where it stands; it is refused where
what is differentiated reaches it. Of what it gives, the kind is seldom known: it is an object, of which
items, attributes and methods are such objects again, until it is used as a number, or an annotation
tells its kind. That is checked when it runs.
"""

from __future__ import annotations

import ast
import sys
import sysconfig
import types
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import SourceError
from pullback.frontend.annotations import annotated_kind
from pullback.frontend.frame import Frame
from pullback.frontend.kinds import Kind
from pullback.frontend.lent import lent
from pullback.frontend.lowering import Keywords, as_atom, is_unknown, simple_op
from pullback.frontend.source import find_source
from pullback.frontend.values import Dct, Local, Static, Tree, Tup, Value
from pullback.frontend.walking import is_function, leaves, plain
from pullback.ir.core import Atom, Const, Var
from pullback.ir.outside import Ref, imported_from
from pullback.ir.types import Array, Scalar, differentiable

_LIBRARY = sysconfig.get_path("stdlib")
# Functions that give an array of the shape of the first argument, or a number for a number.
LIKE_FIRST = [np.interp]
WHAT = "a number, an array or an object from outside"
# What builtins make of an object, by the builtin.
CONVERSIONS: dict[Any, str] = {
    float: "float", int: "int", bool: "bool", str: "text", len: "int", np.float64: "np.float64",
}  # fmt: skip


def is_outside(function: types.FunctionType, args: Sequence[Value]) -> bool:
    """Whether a function is run as it is: it has no source, or is one of NumPy's or SciPy's without a
    rule, or one of Python's own library that is given nothing that may be differentiated."""
    if package_of(function) in ("numpy", "scipy"):
        return True
    if is_of_python(function):
        return not may_be_active(args)
    try:
        find_source(function)
    except SourceError as error:
        return error.refusal in (refusals.TYPED_AT_PROMPT, refusals.MADE_FROM_STRING)
    return False


def package_of(function: types.FunctionType) -> str:
    return (function.__module__ or "").partition(".")[0]


def is_of_python(function: types.FunctionType) -> bool:
    """Whether a function is of Python's own library, and no wrapper of the user's made by it."""
    own = function.__globals__.get("__name__") == function.__module__
    return own and package_of(function) in sys.stdlib_module_names


def is_library(file: str) -> bool:
    """Whether a file is one of Python's own, or of a package that is installed."""
    return "site-packages" in Path(file).parts or Path(file).is_relative_to(_LIBRARY)


def may_be_active(values: Sequence[Value]) -> bool:
    """Whether something that is differentiated may be among values, or in what they lead to."""
    return any(map(_may_be_active, values))


def _may_be_active(value: Value) -> bool:
    match value:
        case Static(held):
            return isinstance(held, types.FunctionType)
        case Var() | Const() | Tree():
            return any(isinstance(a, Var) and differentiable(a.type) for a in leaves(value))
    return True


def is_compiled(cls: type) -> bool:
    """Whether a class is none of Python's making."""
    heap_type = 1 << 9
    return cls is not object and not cls.__flags__ & heap_type


@dataclass(eq=False)
class Use:
    """Something done with an object: the inputs so far, and how arguments are made of them."""

    frame: Frame
    node: ast.AST
    inputs: list[Atom] = field(default_factory=list)

    def form(self, value: Value) -> Any:
        """How an argument is made; what it holds is entered."""
        value = self.frame.latest(value)
        match value:
            case Static(held) if held is None or isinstance(held, str | bytes | bool):
                return Const(held) if not isinstance(held, bytes) else Ref(held, repr(held))
            case Static(held):
                return self.ref(held)
            case Local():
                return lent(self, value)
            case Tup():
                parts = [self.form(v) for v in value.items]
                return parts if value.is_list else tuple(parts)
            case Dct():
                return {key: self.form(v) for key, v in value.items.items()}
        if is_function(value):
            called = ast.unparse(getattr(self.node, "func", self.node))
            self.frame.reject(refusals.GIVEN_OUTSIDE, self.node, function=called)
        atom = value if is_unknown(value) else as_atom(self.frame, plain(value), self.node, WHAT)
        self.inputs.append(atom)  # type: ignore[arg-type]
        return None

    def ref(self, held: Any) -> Ref:
        """An object by its own name, or by that which the user calls it by."""
        if imported_from(held) is not None:
            return Ref(held, held.__name__)
        called = getattr(self.node, "func", self.node)
        if isinstance(called, ast.Attribute):
            called = called.value
        name = called.id if isinstance(called, ast.Name) else getattr(held, "__name__", "")
        frame = self.frame
        while frame.python is None and frame.parent is not None:
            frame = frame.parent
        home = getattr(frame.python, "__module__", "")
        return Ref(held, str(name) or type(held).__name__.lower(), home)

    def forms(self, args: Sequence[Value], keywords: Keywords) -> tuple[Any, ...]:
        """Arguments, each with its keyword."""
        pairs = [*(("", v) for v in args), *keywords.items()]
        return tuple((keyword, self.form(v)) for keyword, v in pairs)

    def op(
        self, mode: str, target: Value, name: str, gives: str, arguments: Any, **more: Any
    ) -> Var:
        owner = isinstance(target, Var)
        held = None if owner else self.ref(target.value)  # type: ignore[union-attr]
        inputs = [target, *self.inputs] if isinstance(target, Var) else self.inputs
        return simple_op(
            self.frame, self.node, "outside", *inputs, mode=mode, target=held, owns=owner,
            member=name, gives=gives, arguments=arguments, **more,
        )  # fmt: skip


def call(
    frame: Frame, node: ast.AST, function: Value, args: Sequence[Value], keywords: Keywords,
    gives: str = "object",
) -> Var:  # fmt: skip
    """Call an object as it is."""
    use = Use(frame, node)
    arguments = use.forms(args, keywords)
    held = function.value if isinstance(function, Static) else None
    numeric = all(isinstance(a.type, Scalar | Array) for a in use.inputs)
    plain_call = not keywords and all(form is None for _, form in arguments)
    if numeric and plain_call and gives == "object" and _gives_numbers(held):
        gives = "elementwise"
    elif held in LIKE_FIRST and use.inputs and arguments[0][1] is None:
        first = use.inputs[0].type
        if isinstance(first, Array) and first.dtype == "float64":
            return use.op("call", function, "", "like", arguments, like=0)
        gives = "np.float64" if isinstance(first, Scalar) and first.cls == "float" else gives
    return use.op("call", function, "", gives, arguments)


def _gives_numbers(held: Any) -> bool:
    """Whether a function of elements is one of numbers, and none that np.frompyfunc has made."""
    numbers = isinstance(held, np.ufunc) and any(not t.endswith("O") for t in held.types)
    return numbers and held.nout == 1


def call_method(
    frame: Frame, node: ast.AST, owner: Value, name: str, args: Sequence[Value], keywords: Keywords
) -> Var:
    """Call a method of an object."""
    use = Use(frame, node)
    return use.op("method", owner, name, "object", use.forms(args, keywords))


def attribute(frame: Frame, node: ast.AST, owner: Value, name: str) -> Var:
    """``o.name``"""
    return Use(frame, node).op("attribute", owner, name, "object", ())


def item(frame: Frame, node: ast.AST, owner: Value, key: Value) -> Var:
    """``o[key]``"""
    use = Use(frame, node)
    return use.op("item", owner, "", "object", use.forms([key], {}))


def convert(frame: Frame, node: ast.AST, function: Any, value: Value) -> Var:
    """``float(o)`` and the like, which tell the kind."""
    return call(frame, node, Static(function), [value], {}, CONVERSIONS[function])


def listed(frame: Frame, value: Var) -> Var:
    """The items of an object as a list: an error when it runs for what is gone through once."""
    return frame.op("known", value, gives="items")


def compare(frame: Frame, node: ast.AST, symbol: str, a: Value, b: Value) -> Var:
    """``o == b`` and ``o is None``, as a bool."""
    use = Use(frame, node)
    forms = use.forms([a, b], {})
    if symbol.startswith("is"):
        return use.op("compare", Static(None), symbol, "bool", forms)
    return frame.op("known", use.op("compare", Static(None), symbol, "object", forms), gives="bool")


# ---- kinds


def annotated(frame: Frame, annotation: ast.expr, value: Value) -> Value:
    """An object to which an annotation gives a kind."""
    if not is_unknown(value):
        return value
    kind = annotated_kind(_evaluated(frame, annotation))
    if kind is None:
        frame.reject(refusals.KIND_NOT_TOLD, annotation, annotation=ast.unparse(annotation))
    params = params_of(kind)
    if params is None:
        frame.reject(refusals.KIND_NOT_TOLD, annotation, annotation=ast.unparse(annotation))
    assert isinstance(value, Var)
    found = frame.op("known", value, **params)
    if isinstance(found.type, Array):
        frame.leave_to_others(found, refusals.WRITTEN_FROM_OUTSIDE)
    return found


def _evaluated(frame: Frame, annotation: ast.expr) -> Any:
    """What an annotation of a local variable, which Python does not evaluate, would be."""
    if isinstance(annotation, ast.Constant):
        return annotation.value
    names = {**vars(__import__("builtins")), **(frame.python.__globals__ if frame.python else {})}
    try:
        return eval(ast.unparse(annotation), names)
    except Exception:
        return None


def params_of(kind: Kind) -> dict[str, Any] | None:
    """How an op tells that it gives a value of this kind; None for what cannot be told."""
    match kind:
        case "float" | "int" | "bool":
            return {"gives": f"any.{kind}" if kind != "bool" else "bool"}
        case ("np", dtype):
            return {"gives": f"np.{dtype}"}
        case ("array", dtype, ones):
            return {"gives": "array", "dtype": dtype, "ndim": len(ones)}
    return None


__all__ = ["CONVERSIONS", "call", "compare", "convert", "is_outside"]
