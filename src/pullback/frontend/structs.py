"""Named tuples and dataclasses: made, read, and copied with changes; their methods and properties.

Fields are values of a tree. What is read from the class instead (methods, defaults) is guarded where
it is stored, so that no descriptor runs before code that reads it is compiled.
"""

from __future__ import annotations

import ast
import dataclasses
import types
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, NoReturn, cast

from pullback import refusals
from pullback.frontend import functions, targets
from pullback.frontend.frame import Frame
from pullback.frontend.guards import Guard, Source, code_guard, guard
from pullback.frontend.lowering import Keywords, apply, builtin, only
from pullback.frontend.values import (
    Dct,
    Method,
    Poison,
    Static,
    Struct,
    Tree,
    Tup,
    Value,
    anew,
    describe,
)
from pullback.ir.core import Const, Var
from pullback.ir.types import has_memory
from pullback.tree import found_in_class, is_named_tuple, why_unbuildable, why_unreadable

_METHODS = ("_replace", "_asdict")


def from_class(frame: Frame, cls: type, name: str) -> Any:
    """An attribute of a class as it is stored, under a guard (None where there is none)."""
    for c in cls.__mro__:
        source = Source(c, name)
        if name in vars(c):
            found = vars(c)[name]
            frame.session.guards[source.identity()] = guard(source, found)
            return found
        frame.session.guards["absent", *source.identity()] = Guard(source, "absent", None)
    return None


# ---- making


def construct(
    frame: Frame, node: ast.Call, cls: type, args: list[Value], keywords: Keywords
) -> Struct:
    """``Params(w, b=b)``: what the generated constructor stores."""
    refuse_unusual(frame, node, cls)
    positional, keyword_only, defaults = parameters(frame, cls)
    if len(args) > len(positional):
        frame.reject(
            refusals.TOO_MANY_FIELDS, node, cls=cls.__name__, count=len(positional), given=len(args),
            fields=", ".join(positional),
        )  # fmt: skip
    given: dict[str, Value] = dict(zip(positional, args, strict=False))
    for name, value in keywords.items():
        if name in given:
            frame.reject(refusals.FIELD_TWICE, node, name=name, cls=cls.__name__)
        if name not in (*positional, *keyword_only):
            no_field(frame, node, name, cls, (*positional, *keyword_only))
        given[name] = value
    for name in (*positional, *keyword_only):
        if name not in given:
            given[name] = default(frame, node, cls, name, defaults)
    return Struct(cls, {name: given[name] for name in (*positional, *keyword_only)})


def refuse_unusual(frame: Frame, node: ast.AST, cls: type) -> None:
    """Refuse a class whose instances are more than the fields that were given."""
    if why := why_unreadable(cls) or why_unbuildable(cls):
        frame.reject(refusals.UNUSUAL_CONSTRUCTOR, node, cls=cls.__name__, why=why)


def no_field(
    frame: Frame, node: ast.AST, name: str, cls: type, fields: Iterable[str]
) -> NoReturn:
    """Refuse a name that is none of the fields of a class."""
    frame.reject(refusals.NO_FIELD, node, name=name, cls=cls.__name__, fields=", ".join(fields))


def parameters(
    frame: Frame, cls: type
) -> tuple[tuple[str, ...], tuple[str, ...], Mapping[str, Any]]:
    """The fields that a constructor takes by position, those by name only, and their defaults."""
    maker = from_class(frame, cls, "__new__" if is_named_tuple(cls) else "__init__")
    maker = getattr(maker, "__func__", maker)
    frame.session.guards["code", id(maker)] = code_guard(maker)
    code = maker.__code__
    names = code.co_varnames[1 : code.co_argcount]
    by_name = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    given = maker.__defaults__ or ()
    defaults = dict(zip(names[len(names) - len(given) :], given, strict=True))
    return names, by_name, defaults | (maker.__kwdefaults__ or {})


def default(
    frame: Frame, node: ast.Call, cls: type, name: str, defaults: Mapping[str, Any]
) -> Value:
    """The value of a field that is left out."""
    if name not in defaults:
        frame.reject(refusals.FIELD_MISSING, node, cls=cls.__name__, name=name)
    field = getattr(cls, "__dataclass_fields__", {}).get(name)
    if field is not None and field.default_factory is not dataclasses.MISSING:
        return apply(frame, node, Static(field.default_factory), [], {})
    value = targets.constant_value(defaults[name])
    if isinstance(value, Poison):
        frame.unknown(value, f"field {name!r}", node)
    return value


@builtin(dataclasses.replace)
def replace(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    if len(args) != 1 or not isinstance(args[0], Struct) or is_named_tuple(args[0].cls):
        frame.reject(refusals.REPLACE_ARGUMENTS, node)
    return changed(frame, node, args[0], keywords)


@builtin(dataclasses.is_dataclass)
def is_dataclass(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    value = only(frame, node, args)
    if isinstance(value, Static):
        return Const(dataclasses.is_dataclass(value.value))
    return Const(isinstance(value, Struct) and not is_named_tuple(value.cls))


@builtin(dataclasses.astuple)
def as_tuple(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    return opened(frame, _dataclass(frame, node, args, keywords), lambda s: Tup(tuple(s.items.values())))


@builtin(dataclasses.asdict)
def as_dict(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    return opened(frame, _dataclass(frame, node, args, keywords), lambda s: Dct(dict(s.items)))


def _dataclass(
    frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords
) -> Struct:
    value = only(frame, node, args)
    if keywords:
        frame.reject(refusals.FACTORIES, node)
    if not isinstance(value, Struct) or is_named_tuple(value.cls):
        frame.reject(refusals.NO_DATACLASS, node, value=describe(value))
    return value


def opened(frame: Frame, value: Value, convert: Callable[[Struct], Tree]) -> Value:
    """A tree in which all dataclasses are converted; what it holds are copies."""
    if not isinstance(value, Tree):
        memory = isinstance(value, Var) and has_memory(value.type)
        return frame.op("copy", value) if memory else value  # type: ignore[arg-type]
    inner = anew(cast("Value", value.remade(opened(frame, item, convert) for item in value.parts)))
    convertible = isinstance(inner, Struct) and not is_named_tuple(inner.cls)
    return cast("Value", convert(inner) if isinstance(inner, Struct) and convertible else inner)


def changed(frame: Frame, node: ast.Call, owner: Struct, keywords: Keywords) -> Struct:
    """The same with other values in some fields."""
    refuse_unusual(frame, node, owner.cls)
    for name in keywords:
        if name not in owner.items:
            no_field(frame, node, name, owner.cls, owner.items)
    return Struct(owner.cls, owner.items | keywords)


# ---- reading


def attribute(frame: Frame, node: ast.Attribute, owner: Struct) -> Value:
    """A field, a method, or what a property computes."""
    if node.attr in owner.items:
        return owner.items[node.attr]
    if is_named_tuple(owner.cls) and node.attr in _METHODS:
        return Method(owner, node.attr, node)
    match from_class(frame, owner.cls, node.attr):
        case types.FunctionType():
            return Method(owner, node.attr, node)
        case property(fget=types.FunctionType() as getter):
            call = ast.copy_location(ast.Call(node, [], []), node)
            return functions.call_python(frame, call, getter, [owner], {})
        case staticmethod() as plain:
            return Static(plain.__func__)
        case str() | bool() | int() | float() as found:
            return targets.constant_value(found)
        case None:
            no_field(frame, node, node.attr, owner.cls, owner.items)
    frame.reject(
        refusals.ATTRIBUTE_OF_RECORD, node, name=node.attr, cls=owner.cls.__name__
    )


def field_of(frame: Frame, target: ast.Attribute, owner: Value) -> Value:
    """A field that is to be assigned, as it is before."""
    check_field(frame, target, owner)
    assert isinstance(owner, Struct)
    return owner.items[target.attr]


def assign_field(frame: Frame, target: ast.Attribute, owner: Value, value: Value) -> None:
    """``owner.field = value``."""
    check_field(frame, target, owner)
    assert isinstance(owner, Struct)
    new = dataclasses.replace(owner, items=owner.items | {target.attr: value})
    frame.change(owner, new, target.value)


def check_field(frame: Frame, target: ast.Attribute, owner: Value) -> None:
    """Refuse targets that are no fields of plain dataclasses that may be changed."""
    if isinstance(owner, Struct):
        if target.attr not in owner.items:
            no_field(frame, target, target.attr, owner.cls, owner.items)
        named = is_named_tuple(owner.cls)
        if not (named or owner.cls.__dataclass_params__.frozen or _sets_attributes(owner.cls)):  # type: ignore[attr-defined]
            return
        name = ast.unparse(target.value)
        if named:
            frame.reject(refusals.NAMED_FIELD_ASSIGNED, target, name=name, field=target.attr)
        frame.reject(refusals.FIELD_ASSIGNED, target, name=name, field=target.attr)
    frame.reject(refusals.ATTRIBUTE_ASSIGNED, target)


def _sets_attributes(cls: type) -> bool:
    """Whether a class of the user's has a say in what assigning attributes does."""
    return any("__setattr__" in vars(c) for c in cls.__mro__[:-1])


def class_attribute(frame: Frame, node: ast.Attribute, cls: type) -> Value:
    """``Mode.SQUARE`` of an enumeration, or a constant or function of a class."""
    if issubclass(cls, Enum) and node.attr in cls.__members__:
        return Static(cls[node.attr])
    if node.attr == "__name__":
        return Static(cls.__name__)
    match from_class(frame, cls, node.attr):
        case types.FunctionType() as function:
            return Static(function)
        case staticmethod() as plain:
            return Static(plain.__func__)
        case str() | bool() | int() | float() as found:
            return targets.constant_value(found)
    frame.reject(
        refusals.ATTRIBUTE_OF_OBJECT, node, name=node.attr, owner=f"class {cls.__name__}"
    )


def call_method(
    frame: Frame, node: ast.Call, owner: Struct, name: str, args: list[Value], keywords: Keywords
) -> Value:
    """A method of the user's, or one that every named tuple has."""
    if is_named_tuple(owner.cls) and name in _METHODS:
        return changed(frame, node, owner, keywords) if name == "_replace" else Dct(dict(owner.items))
    function = found_in_class(owner.cls, name)
    return functions.call_python(frame, node, function, [owner, *args], keywords)
