"""Objects of the user's classes: what their attributes are, and what assigning them does.

What an object holds itself are values of a tree. What is read from its class instead (methods,
properties, constants) is looked up as Python does, and guarded where it is stored, so that no
descriptor runs before code that reads it is compiled.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
import functools as functools_
import types
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, NoReturn, cast

from pullback import refusals
from pullback.frontend import owned
from pullback.frontend.alternatives import lose_order, may_miss
from pullback.frontend.constants import constant_value
from pullback.frontend.frame import ON_CHANGES, Frame
from pullback.frontend.guards import Guard, Source, guard
from pullback.frontend.lowering import Keywords, apply, builtin
from pullback.frontend.values import (
    ATTRIBUTES,
    MISSING,
    NONE,
    Dct,
    Local,
    Method,
    Partial,
    Poison,
    Static,
    Struct,
    Super,
    Tree,
    Value,
)
from pullback.frontend.walking import describe, is_function, trees
from pullback.ir.core import Var
from pullback.tree import found_in_class, has_dict, is_frozen, is_named_tuple, slots_in

CACHED = type(functools_.cache(lambda: None))
_METHODS = ("_replace", "_asdict")
_OWN_TYPES = (
    types.FunctionType, staticmethod, classmethod, property, functools_.cached_property,
    functools_.singledispatchmethod, CACHED,
)  # fmt: skip


# ---- looking things up in classes


@dataclass(frozen=True, slots=True)
class Stored:
    """What a class, or one that it inherits from, has under a name, and where."""

    source: Source
    held: Any


def stored(frame: Frame, cls: type, name: str, behind: type | None = None) -> Stored | None:
    """An attribute of a class as it is stored, looked for ``behind`` another class if one is given."""
    order = cls.__mro__ if behind is None else cls.__mro__[cls.__mro__.index(behind) + 1 :]
    for c in order:
        source = Source(c, name)
        if name in vars(c):
            held = vars(c)[name]
            if isinstance(held, _OWN_TYPES):
                frame.session.guards[source.identity()] = guard(source, held)
            return Stored(source, held)
        frame.session.guards["absent", *source.identity()] = Guard(source, "absent", None)
    return None


def function_of(frame: Frame, cls: type, name: str) -> types.FunctionType | None:
    """A method that is written in Python, such as ``__add__``; None where there is none."""
    found = stored(frame, cls, name)
    return found.held if found is not None and isinstance(found.held, types.FunctionType) else None


def called(frame: Frame, node: ast.AST, function: Any, args: list[Value]) -> Value:
    """What a method gives that Python calls by itself."""
    call = ast.copy_location(ast.Call(ast.Constant(None), [], []), node)
    ast.fix_missing_locations(call)
    call.stands_for = getattr(node, "stands_for", node)  # type: ignore[attr-defined]
    return apply(frame, call, Static(function), args, {})


def no_field(
    frame: Frame, node: ast.AST, name: str, cls: type, fields: Iterable[str]
) -> NoReturn:
    """An attribute that there is not: an error that handlers may wait for, or that another run does not
    raise, else refused."""
    message = f"{cls.__name__!r} object has no attribute {name!r}"
    if name in fields:
        frame.raises("AttributeError", message)
    frame.raises_if_caught(AttributeError, message)
    frame.reject(refusals.NO_FIELD, node, name=name, cls=cls.__name__, fields=", ".join(fields))


# ---- reading


def attribute(frame: Frame, node: ast.Attribute, owner: Struct) -> Value:
    """What an object holds, a method, or what a property computes."""
    name = node.attr
    held = known(frame, node, owner.items.get(name, MISSING), name)
    if may_miss(held) or owned.is_chosen(held):
        held = frame.decided(held)
    if held is not MISSING:
        return owned.read(owner, held)
    if name == "__class__":
        return Static(owner.cls)
    if name == "__dict__" and has_dict(owner.cls):
        return as_dict(frame, node, owner)
    if is_named_tuple(owner.cls) and name in _METHODS:
        return Method(owner, name, node)
    found = stored(frame, owner.cls, name)
    if found is None:
        if isinstance(found_in_class(owner.cls, "__getattr__"), types.FunctionType):
            frame.reject(refusals.ATTRIBUTE_OF_RECORD, node, name=name, cls=owner.cls.__name__)
        no_field(frame, node, name, owner.cls, owner.items)
    return bound(frame, node, owner, owner.cls, found)


def known(frame: Frame, node: ast.AST, value: Value, name: str) -> Value:
    """A value, which must be known here."""
    if isinstance(value, Poison):
        frame.unknown(value, repr(name), node)
    return value


def bound(frame: Frame, node: ast.Attribute, owner: Value, cls: type, found: Stored) -> Value:
    """What stands in a class, as it is read from an instance."""
    name, held = node.attr, found.held
    match held:
        case types.FunctionType() | types.WrapperDescriptorType() | types.MethodDescriptorType():
            return Method(owner, name, node, Static(held))
        case held if isinstance(held, CACHED):
            return Method(owner, name, node, Static(held))
        case property(fget=getter) if isinstance(getter, types.FunctionType | CACHED):
            return called(frame, node, getter, [owner])
        case functools_.cached_property(func=types.FunctionType() as getter):
            value = called(frame, node, getter, [owner])
            owner = frame.latest(owner)
            assert isinstance(owner, Struct)
            store(frame, node, owner, name, value)
            return value
        case functools_.singledispatchmethod():
            return Partial(Static(call_dispatched), (Static(held), owner), {})
    return from_class(frame, node, cls, found)


def call_dispatched(held: Any, owner: Any, *args: Any, **keywords: Any) -> Any:
    """What a method stands for that is chosen by the class of its first argument."""
    return held.__get__(owner)(*args, **keywords)


def from_class(frame: Frame, node: ast.Attribute, cls: type, found: Stored) -> Value:
    """What stands in a class, as it is read where it does not matter of which instance."""
    match found.held:
        case staticmethod(__func__=function):
            return Static(function)
        case classmethod(__func__=function):
            return Method(Static(cls), node.attr, node, Static(function))
        case held if isinstance(held, CACHED):
            return Static(held)
        case held if hasattr(type(held), "__get__"):
            frame.reject(refusals.ATTRIBUTE_OF_RECORD, node, name=node.attr, cls=cls.__name__)
    return known(frame, node, frame.outside.value(found.source, node.attr), node.attr)


def class_attribute(frame: Frame, node: ast.Attribute, cls: type) -> Value:
    """``Mode.SQUARE`` of an enumeration, or a constant or function of a class."""
    if issubclass(cls, Enum) and node.attr in cls.__members__:
        return Static(cls[node.attr])
    if node.attr in ("__name__", "__qualname__"):
        return Static(getattr(cls, node.attr))
    if is_named_tuple(cls) and node.attr == "_make":
        return Method(Static(cls), node.attr, node)
    found = stored(frame, cls, node.attr)
    if found is None or found_in_class(type(cls), node.attr) is not found_in_class(type, node.attr):
        frame.reject(
            refusals.ATTRIBUTE_OF_OBJECT, node, name=node.attr, owner=f"class {cls.__name__}"
        )
    if isinstance(found.held, types.FunctionType | types.WrapperDescriptorType):
        return Static(found.held)
    return from_class(frame, node, cls, found)


def member_attribute(frame: Frame, node: ast.Attribute, member: Enum) -> Value:
    """The name, the value or a method of a member of an enumeration."""
    if node.attr == "name":
        return Static(member.name)
    if node.attr == "value":
        return known(frame, node, constant_value(member.value), "value")
    found = stored(frame, type(member), node.attr)
    if found is None:
        frame.reject(refusals.ATTRIBUTE_OF_OBJECT, node, name=node.attr, owner=describe(Static(member)))
    return bound(frame, node, Static(member), type(member), found)


@builtin(builtins.vars)
def variables(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """``vars(owner)``."""
    match args:
        case [Struct() as owner] if not keywords and has_dict(owner.cls):
            return as_dict(frame, node, owner)
    frame.reject(refusals.BUILTIN, node, name="vars", instead=refusals.INSTEAD_OF_BUILTIN["vars"])


def as_dict(frame: Frame, node: ast.AST, owner: Struct) -> Value:
    """The attributes of an object as a dict: what is put into it, the object has from then on.

    It follows the object, but not by other names that this may have. So it is used in expressions where
    it is asked for, and nowhere else.
    """
    if owner.cls in frame.session.unordered:
        frame.reject(refusals.ORDER_OF_ATTRIBUTES, node, cls=owner.cls.__name__)
    around = {*frame.session.looping, *([None] if frame.is_called else [])}
    frame.session.gone_through.setdefault(owner.cls, set()).update(around)
    made = Dct(attributes(frame, owner))
    frame.session.dicts[made.identity] = owner
    return made


def attributes(frame: Frame, owner: Struct) -> dict[Hashable, Value]:
    """What an object holds by now, but for what stands in slots."""
    items = owned.unheld(owner).items
    held = {n: frame.decided(v) if may_miss(v) else v for n, v in items.items()}
    return {n: v for n, v in held.items() if _is_in_dict(owner.cls, n) and v is not MISSING}


def _is_in_dict(cls: type, name: object) -> bool:
    return isinstance(name, str) and name not in slots_in(cls) and not name.startswith("%")


def _change_owner(frame: Frame, tree: Tree, new: Value, node: ast.AST) -> None:
    """What is put into the dict of an object, the object has from then on."""
    held = frame.session.dicts.get(tree.identity)
    if held is None:
        return
    owner = frame.latest(cast("Struct", held))
    assert isinstance(owner, Struct)
    if not isinstance(new, Dct) or not all(_is_in_dict(owner.cls, key) for key in new.items):
        frame.reject(refusals.DICT_OF_OBJECT, node)
    beside = {n: v for n, v in owner.items.items() if not _is_in_dict(owner.cls, n)}
    with frame.making(tree):
        own = {n: owned.held(frame, owner, v) for n, v in new.items.items()}
        frame.change(owner, dataclasses.replace(owner, items=beside | own), node)


def _change_dicts(frame: Frame, owner: Tree, new: Value, node: ast.AST) -> None:
    """What an object is given, its dicts hold from then on, but for the one by which it is done."""
    for identity, held in frame.session.dicts.items():
        if held.identity is owner.identity and identity not in frame.made:
            assert isinstance(new, Struct)
            frame.heap.change(identity, Dct(attributes(frame, new), identity))


ON_CHANGES += [_change_owner, _change_dicts]


@contextmanager
def lending_dicts(frame: Frame, s: ast.stmt) -> Iterator[None]:
    """Dicts of objects that a statement asks for are gone behind it."""
    before = dict(frame.session.dicts)
    yield
    refuse_dicts(frame, s, frame.env.values())
    frame.session.dicts = before


def refuse_dicts(frame: Frame, node: ast.AST, values: Iterable[Value]) -> None:
    """Refuse to keep dicts of objects, in names or as arguments."""
    if not frame.session.dicts:
        return
    for tree in (tree for value in values for tree in trees(frame.latest(value))):
        if tree.identity in frame.session.dicts:
            frame.reject(refusals.DICT_OF_OBJECT, node)


# ---- tables of methods with a cache


def table_of(function: types.FunctionType, spelling: str = "") -> str:
    """The name by which an object has the table of what a method gave for it, called in one way:
    ``f(1, 2)`` and ``f(1, by=2)`` are kept apart."""
    return f"%{function.__module__}.{function.__qualname__}({spelling}"


def tables(frame: Frame, cls: type) -> dict[str, Value]:
    """Tables of methods that are called, empty, for an object that is made."""
    told = frame.session.told.kept
    if not told:
        return {}
    held = [h.fget if isinstance(h, property) else h for c in cls.__mro__ for h in vars(c).values()]
    functions = [h.__wrapped__ for h in held if isinstance(h, CACHED)]
    begin = tuple(table_of(f) for f in functions if isinstance(f, types.FunctionType))
    return {name: Dct({}) for name in sorted(told) if name.startswith(begin)}


def without_tables(owner: Struct) -> Struct:
    """An object as the user knows it, which a copy of it begins with."""
    own = {n: v for n, v in owner.items.items() if not n.startswith("%")}
    return dataclasses.replace(owner, items=own)


# ---- super


@builtin(builtins.super)
def super_(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """``super()``, or ``super(Class, self)``: attributes behind a class in the order of inheritance."""
    inside = frame.python is not None and "__class__" in frame.python.__code__.co_freevars
    if inside and not args and not keywords:
        parameters = (*frame.node.args.posonlyargs, *frame.node.args.args)
        args = [frame.read(name, node) for name in ("__class__", *(p.arg for p in parameters[:1]))]
    match args:
        case [Static(type() as cls), (Struct() | Static(type())) as owner]:
            return Super(owner, cls)
    frame.reject(refusals.SUPER_ARGUMENTS, node)


def super_attribute(frame: Frame, node: ast.Attribute, owner: Super) -> Value:
    of = frame.latest(owner.owner)
    cls: type = of.cls if isinstance(of, Struct) else owner.owner.value  # type: ignore[union-attr]
    found = stored(frame, cls, node.attr, behind=owner.behind)
    if found is None:
        no_field(frame, node, node.attr, cls, of.items if isinstance(of, Struct) else ())
    if isinstance(of, Struct):
        return bound(frame, node, of, cls, found)
    if isinstance(found.held, types.FunctionType):
        return Static(found.held)
    return from_class(frame, node, cls, found)


# ---- assigning


class function:  # as error messages name it
    """What the attributes of a function that is defined inside are kept in."""


def attributes_of(frame: Frame, owner: Value) -> Struct | None:
    """The attributes of a function that is defined inside, if it is given any."""
    held = owner.scope.get(ATTRIBUTES) if isinstance(owner, Local) else None
    return None if held is None else cast("Struct", frame.latest(held))


def field_of(frame: Frame, target: ast.Attribute, owner: Value) -> Value:
    """An attribute that is to be assigned, as it is before."""
    owner = attributes_of(frame, owner) or owner
    if not isinstance(owner, Struct):
        _refuse_assigned(frame, target, owner)
    if is_frozen(owner.cls):
        _refuse_frozen(frame, target, owner)
    return frame.latest(attribute(frame, target, owner))


def assign_field(frame: Frame, target: ast.Attribute, owner: Value, value: Value) -> None:
    """``owner.field = value``, as the class has it."""
    owner = attributes_of(frame, owner) or owner
    if not isinstance(owner, Struct):
        _refuse_assigned(frame, target, owner)
    if is_frozen(owner.cls):
        _refuse_frozen(frame, target, owner)
    setter = function_of(frame, owner.cls, "__setattr__")
    if setter is not None:
        called(frame, target, setter, [owner, Static(target.attr), value])
    else:
        assign_plainly(frame, target, owner, target.attr, value)


def assigns_by_code(frame: Frame, owner: Value, name: str) -> bool:
    """Whether more happens where an attribute is assigned than that the object holds it."""
    if not isinstance(owner, Struct):
        return False
    held = found_in_class(owner.cls, name)
    computed = hasattr(type(held), "__set__") and not isinstance(held, types.MemberDescriptorType)
    return computed or function_of(frame, owner.cls, "__setattr__") is not None


def assign_plainly(
    frame: Frame, node: ast.AST, owner: Struct, name: str, value: Value
) -> None:
    """What ``object.__setattr__`` does: it asks descriptors first."""
    held = found_in_class(owner.cls, name)
    match held:
        case property(fset=types.FunctionType() as setter):
            stored(frame, owner.cls, name)
            called(frame, node, setter, [owner, value])
        case types.MemberDescriptorType() if owner.cls is not slice:
            store(frame, node, owner, name, value)
        case held if hasattr(type(held), "__set__") or owner.cls is slice:
            frame.reject(refusals.COMPUTED_ASSIGNED, node, name=name, cls=owner.cls.__name__)
        case held if not has_dict(owner.cls):
            no_field(frame, node, name, owner.cls, slots_in(owner.cls))
        case _:
            store(frame, node, owner, name, value)


def store(frame: Frame, node: ast.AST, owner: Struct, name: str, value: Value) -> None:
    """The object itself holds something under a name from here on."""
    now = known(frame, node, frame.latest(owner), owner.cls.__name__)
    assert isinstance(now, Struct)
    owner = now
    if isinstance(value, Var) and not value.name:
        value.name = name
    if may_miss(owner.items.get(name, NONE)) and name != [*owner.items][-1]:
        lose_order(frame, owner.cls)
    new = dataclasses.replace(owner, items=owner.items | {name: owned.held(frame, owner, value)})
    frame.change(owner, new, node.value if isinstance(node, ast.Attribute) else node)


def delete_field(frame: Frame, target: ast.Attribute, owner: Value) -> None:
    """``del owner.field``."""
    if not isinstance(owner, Struct) or is_frozen(owner.cls):
        frame.reject(refusals.DELETED, target)
    if function_of(frame, owner.cls, "__delattr__") is not None:
        frame.reject(refusals.DELETED, target)
    held = owner.items.get(target.attr, MISSING)
    if held is MISSING or (may_miss(held) and frame.decided(held) is MISSING):
        no_field(frame, target, target.attr, owner.cls, owner.items)
    kept = {n: v for n, v in owner.items.items() if n != target.attr}
    frame.change(owner, dataclasses.replace(owner, items=kept), target.value)


def _refuse_assigned(frame: Frame, target: ast.Attribute, owner: Value) -> NoReturn:
    if isinstance(owner, Static) and isinstance(owner.value, type):
        frame.reject(
            refusals.CLASS_ATTRIBUTE_ASSIGNED, target, name=target.attr, cls=owner.value.__name__
        )
    if is_function(owner):
        outside = isinstance(owner, Static)
        row = refusals.OUTSIDE_ATTRIBUTE_ASSIGNED if outside else refusals.FUNCTION_ATTRIBUTE_ASSIGNED
        frame.reject(row, target, name=target.attr)
    frame.reject(refusals.ATTRIBUTE_ASSIGNED, target)


def _refuse_frozen(frame: Frame, target: ast.Attribute, owner: Struct) -> NoReturn:
    name = ast.unparse(target.value)
    if is_named_tuple(owner.cls):
        frame.reject(refusals.NAMED_FIELD_ASSIGNED, target, name=name, field=target.attr)
    frame.reject(refusals.FIELD_ASSIGNED, target, name=name, field=target.attr)


@builtin(builtins.setattr)
def set_attribute(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """``setattr(owner, "name", value)``, which is ``owner.name = value``."""
    owner, name, value = _set_arguments(frame, node, args, keywords)
    target = ast.copy_location(ast.Attribute(node.args[0], name, ast.Store()), node)
    assign_field(frame, target, owner, value)
    return NONE


@builtin(object.__setattr__)
def set_plainly(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """By which frozen objects write to themselves."""
    owner, name, value = _set_arguments(frame, node, args, keywords)
    assign_plainly(frame, node, owner, name, value)
    return NONE


def _set_arguments(
    frame: Frame, node: ast.AST, args: list[Value], keywords: Keywords
) -> tuple[Struct, str, Value]:
    match args:
        case [Struct() as owner, Static(str() as name), value] if not keywords:
            return owner, name, value
    what = "an object, the name of an attribute and a value"
    frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="setattr", arguments=what)


@builtin(object.__init__)
def nothing(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """What ends a chain of ``super().__init__()``."""
    if len(args) != 1 or keywords:
        frame.reject(refusals.ONE_ARGUMENT, node, count=len(args))
    return NONE
