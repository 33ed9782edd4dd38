"""Objects made inside: by constructors, by copying, and by copying with changes."""

from __future__ import annotations

import ast
import collections
import copy
import dataclasses
import types
from collections.abc import Callable, Mapping
from typing import Any, cast

from pullback import refusals
from pullback.frontend import members, owned, references, rows, structs, table_methods
from pullback.frontend.constants import constant_value
from pullback.frontend.frame import Frame
from pullback.frontend.guards import code_guard
from pullback.frontend.lowering import Keywords, apply, builtin, only
from pullback.frontend.values import NONE, Dct, Local, Poison, Static, Struct, Table, Tree, Tup, Value
from pullback.frontend.walking import anew, describe, leaves, led_to, references_in
from pullback.ir.core import Const, Var
from pullback.ir.types import has_memory
from pullback.tree import (
    fields_of,
    found_in_class,
    is_generated,
    is_named_tuple,
    stores_its_fields,
    why_unreadable,
)


@builtin(collections.namedtuple, dataclasses.make_dataclass)
def made_inside(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """``namedtuple("Point", "x y")``: a class, which has to be there before."""
    frame.reject(refusals.CLASS_MADE, node)


def construct(
    frame: Frame, node: ast.Call, cls: type, args: list[Value], keywords: Keywords
) -> Value:
    """``Params(w, b=b)``: a new object, which ``__init__`` gives its attributes."""
    if why := why_not_made(cls):
        frame.reject(refusals.UNUSUAL_CONSTRUCTOR, node, cls=cls.__name__, why=why)
    if is_named_tuple(cls):
        return Struct(cls, _given(frame, node, cls, _maker(frame, cls, "__new__"), args, keywords))
    new = blank(frame, cls)
    found = structs.stored(frame, cls, "__init__")
    assert found is not None
    with frame.making(new):
        apply(frame, node, Static(found.held), [new, *args], keywords)
    return frame.displayed(frame.latest(new))


@builtin(types.SimpleNamespace)
def namespace(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """``SimpleNamespace(a=a)``: an object that holds what it is given by name."""
    if args:
        what = "values by name"
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="SimpleNamespace", arguments=what)
    return frame.displayed(Struct(types.SimpleNamespace, dict(keywords)))


@builtin(object.__new__)
def made_empty(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """``cls.__new__(cls)``: an object that ``__init__`` has not been called for, as copies are made."""
    match args:
        case [Static(type() as cls)] if not (keywords or is_named_tuple(cls) or why_not_made(cls)):
            return frame.displayed(blank(frame, cls))
    what = "a class of Python, whose objects are made by __init__"
    frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="__new__", arguments=what)


def blank(frame: Frame, cls: type) -> Struct:
    """A new object of no attributes of the user's."""
    return Struct(cls, structs.tables(frame, cls))


def why_not_made(cls: type) -> str:
    """Why making an instance is more than calling ``__init__``, '' where it is not."""
    if type(cls).__call__ is not type.__call__:
        return "its metaclass makes the instances"
    if getattr(cls, "__abstractmethods__", None):
        return f"its method {min(cls.__abstractmethods__)} is abstract"  # type: ignore[attr-defined]
    if is_named_tuple(cls):
        plain = stores_its_fields(cls, fields_of(cls))
        return why_unreadable(cls, ()) or ("" if plain else "it has a __new__ or __init__ of its own")
    if found_in_class(cls, "__new__") is not vars(object)["__new__"]:
        return "it has a __new__ of its own"
    if found_in_class(cls, "__del__") is not None:
        return "it has a __del__, which runs when Python forgets an instance"
    return why_unreadable(cls, fields_of(cls) if dataclasses.is_dataclass(cls) else ())


# ---- what dataclasses and named tuples generate


def _maker(frame: Frame, cls: type, name: str) -> types.FunctionType:
    found = structs.stored(frame, cls, name)
    assert found is not None
    maker: types.FunctionType = getattr(found.held, "__func__", found.held)
    return maker


def initialise(
    frame: Frame, node: ast.Call, init: types.FunctionType, args: list[Value], keywords: Keywords
) -> Value:
    """The generated constructor of a dataclass: it stores fields and calls ``__post_init__``."""
    owner, *rest = args
    assert isinstance(owner, Struct)
    cls = next(c for c in owner.cls.__mro__ if vars(c).get("__init__") is init)
    given = _given(frame, node, cls, init, rest, keywords)
    passed = [given.pop(name) for name in [*given] if name not in fields_of(cls)]
    for field in dataclasses.fields(cls):
        if not field.init and field.default_factory is not dataclasses.MISSING:
            given[field.name] = apply(frame, node, Static(field.default_factory), [], {})
        elif not field.init and field.default is not dataclasses.MISSING and "__slots__" in vars(cls):
            given[field.name] = _constant(frame, node, field.name, field.default)
    for name in fields_of(cls):
        if name in given:
            structs.store(frame, node, owner, name, given[name])
    after = structs.stored(frame, owner.cls, "__post_init__")
    if after is not None:
        structs.called(frame, node, after.held, [owner, *passed])
    return NONE


def _given(
    frame: Frame, node: ast.Call, cls: type, maker: types.FunctionType, args: list[Value],
    keywords: Keywords,
) -> dict[str, Value]:  # fmt: skip
    """The fields by name, defaults included, in the order of the generated constructor."""
    frame.session.guards["code", id(maker)] = code_guard(maker)
    positional, keyword_only, defaults = _parameters(maker)
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
            structs.no_field(frame, node, name, cls, (*positional, *keyword_only))
        given[name] = value
    for name in (*positional, *keyword_only):
        if name not in given:
            given[name] = _default(frame, node, cls, name, defaults)
    return {name: given[name] for name in (*positional, *keyword_only)}


def _parameters(
    maker: types.FunctionType,
) -> tuple[tuple[str, ...], tuple[str, ...], Mapping[str, Any]]:
    """The fields that a constructor takes by position, those by name only, and their defaults."""
    code = maker.__code__
    names = code.co_varnames[1 : code.co_argcount]
    by_name = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    given = maker.__defaults__ or ()
    defaults = dict(zip(names[len(names) - len(given) :], given, strict=True))
    return names, by_name, defaults | (maker.__kwdefaults__ or {})


def _default(
    frame: Frame, node: ast.Call, cls: type, name: str, defaults: Mapping[str, Any]
) -> Value:
    """The value of a field that is left out."""
    if name not in defaults:
        frame.reject(refusals.FIELD_MISSING, node, cls=cls.__name__, name=name)
    field = getattr(cls, "__dataclass_fields__", {}).get(name)
    if field is not None and field.default_factory is not dataclasses.MISSING:
        return apply(frame, node, Static(field.default_factory), [], {})
    return _constant(frame, node, name, defaults[name])


def _constant(frame: Frame, node: ast.AST, name: str, default: Any) -> Value:
    value = constant_value(default)
    if isinstance(value, Poison):
        frame.unknown(value, f"field {name!r}", node)
    return value


# What is done for functions that ``dataclass`` makes, by name.
GENERATED: dict[str, Callable[..., Value]] = {"__init__": initialise}


def generated(function: types.FunctionType) -> Callable[..., Value] | None:
    """What is done for a function that ``dataclass`` made, which has no source; None for others."""
    return GENERATED.get(function.__name__) if is_generated(function) else None


# ---- copies


@builtin(dataclasses.replace)
def replace(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    if len(args) != 1 or not isinstance(args[0], Struct) or not _is_dataclass(args[0]):
        frame.reject(refusals.REPLACE_ARGUMENTS, node)
    owner = owned.unheld(args[0])
    for field in dataclasses.fields(owner.cls):
        if field.init and field.name not in keywords:
            if field.name not in owner.items:
                structs.no_field(frame, node, field.name, owner.cls, owner.items)
            keywords = keywords | {field.name: owner.items[field.name]}
    return construct(frame, node, owner.cls, [], keywords)


def _is_dataclass(value: Value) -> bool:
    return isinstance(value, Struct) and dataclasses.is_dataclass(value.cls)


@builtin(dataclasses.is_dataclass)
def is_dataclass(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    value = only(frame, node, args)
    if isinstance(value, Static):
        return Const(dataclasses.is_dataclass(value.value))
    return Const(_is_dataclass(value))


@builtin(dataclasses.astuple)
def as_tuple(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    owner = _dataclass(frame, node, args, keywords)
    return opened(frame, owner, lambda s: Tup(tuple(_fields(s).values())))


@builtin(dataclasses.asdict)
def as_dict(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    return opened(frame, _dataclass(frame, node, args, keywords), lambda s: Dct(_fields(s)))


def _fields(value: Struct) -> dict[str, Value]:
    return {name: owned.unheld(value).items[name] for name in fields_of(value.cls)}


def _dataclass(
    frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords
) -> Struct:
    value = members.read_inside(frame, only(frame, node, args))
    if keywords:
        frame.reject(refusals.FACTORIES, node)
    if not isinstance(value, Struct) or not _is_dataclass(value):
        frame.reject(refusals.NO_DATACLASS, node, value=describe(value))
    return value


def opened(frame: Frame, value: Value, convert: Callable[[Struct], Tree]) -> Value:
    """A tree in which all dataclasses are converted; what it holds are copies."""
    if not isinstance(value, Tree):
        return copied(frame, value)
    inner = anew(cast("Value", value.remade(opened(frame, item, convert) for item in value.parts)))
    return cast("Value", convert(inner) if isinstance(inner, Struct) and _is_dataclass(inner) else inner)


def copied(frame: Frame, value: Value) -> Value:
    """A number, or an array as one of its own."""
    memory = isinstance(value, Var) and has_memory(value.type)
    return frame.op("copy", value) if memory else value  # type: ignore[arg-type]


@builtin(copy.copy)
def shallow(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """Another object that holds the same."""
    value = only(frame, node, args)
    _refuse_own_copy(frame, node, value, "__copy__")
    if rows.is_listed(value):
        return rows.copied(frame, value)
    if isinstance(value, Table):
        return table_methods.copied(frame, value)
    if isinstance(value, Struct):
        value = owned.unheld(structs.without_tables(value))
    if isinstance(value, Tree):
        return cast("Value", dataclasses.replace(value, identity=object()))
    return copied(frame, value)


@builtin(copy.deepcopy)
def deep(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """Other containers and arrays all the way down; what is held twice is copied once."""
    given = only(frame, node, args)
    lists = frozenset(frame.heap.root(a) for a in leaves(given) if isinstance(a, Var))
    outside = [r for r in references_in(given) if not lists.issuperset(r.lists)]
    given = members.read_inside(frame, given, [*lists])
    if references.leading_out([given], lists) is not None:
        frame.reject(refusals.COPIED_REFERENCES, node, value=describe(given))
    copies = _Copies(frame, node, lists)
    new = copies.one(given)
    if len(outside) + copies.outside > 1:  # which of these are one object is not known
        members.kept_as_they_are(frame, new)
    return led_to(new, {r: cast("Var", v) for r, v in copies.made.items() if isinstance(r, Var)})


@dataclasses.dataclass(eq=False)
class _Copies:
    """Copies of what a value holds, ``made`` once of each; items of its own ``lists`` are those of the
    copies of these. How many there are of others is counted."""

    frame: Frame
    node: ast.Call
    lists: frozenset[Var]
    made: dict[object, Value] = dataclasses.field(default_factory=dict)
    outside: int = 0

    def one(self, value: Value) -> Value:
        _refuse_own_copy(self.frame, self.node, value, "__deepcopy__")
        key = value.identity if isinstance(value, Tree) else value
        if isinstance(value, Var) and has_memory(value.type):
            key = self.frame.heap.reference(value)
        if key not in self.made:
            self.made[key] = self._deeply(value)
        return self.made[key]

    def _deeply(self, value: Value) -> Value:
        if not isinstance(value, Tree):
            return copied(self.frame, value)
        if isinstance(value, Local):  # functions are what they were
            return value
        if (item := references.item_of(self.frame, value, self.lists)) is not None:
            return item
        self.outside += value.identity in self.frame.members
        identity = value.identity
        if isinstance(value, Struct):
            value = owned.with_shared_functions(structs.without_tables(value))
        new = dataclasses.replace(value.remade(map(self.one, value.parts)), identity=object())
        members.copied(self.frame, identity, new)
        return cast("Value", new)


def _refuse_own_copy(frame: Frame, node: ast.AST, value: Value, name: str) -> None:
    """Refuse to copy an object whose class says how."""
    if not isinstance(value, Struct):
        return
    for hook in (name, "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__"):
        if isinstance(found_in_class(value.cls, hook), types.FunctionType):
            frame.reject(refusals.COPIED_BY_ITS_CLASS, node, cls=value.cls.__name__, name=hook)


def changed(frame: Frame, node: ast.Call, owner: Struct, keywords: Keywords) -> Struct:
    """``_replace`` of a named tuple: the same with other values in some fields."""
    for name in keywords:
        if name not in owner.items:
            structs.no_field(frame, node, name, owner.cls, owner.items)
    return Struct(owner.cls, owner.items | keywords)


def call_of_named_tuple(
    frame: Frame, node: ast.Call, owner: Struct, name: str, args: list[Value], keywords: Keywords
) -> Value:
    """A method that every named tuple has."""
    return changed(frame, node, owner, keywords) if name == "_replace" else Dct(dict(owner.items))


__all__ = ["blank", "call_of_named_tuple", "construct", "generated", "why_not_made"]
