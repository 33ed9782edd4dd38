"""Lowering of expressions: one handler for each syntax form, found by the type of the node."""

from __future__ import annotations

import ast
import types
from enum import Enum
from typing import Any, NoReturn

import numpy as np

from pullback import refusals
from pullback.errors import Loc
from pullback.frontend import (
    distributions,
    dtypes,
    flat,
    foreign,
    indexing,
    inline,
    primitives,
    rows,
    structs,
    targets,
)
from pullback.frontend.constants import KnownSet, constant_value
from pullback.frontend.frame import Frame
from pullback.frontend.guards import Source
from pullback.frontend.lowering import (
    BUILTINS,
    ON_LISTS,
    ON_TABLES,
    constant_key,
    handles,
    held,
    in_order,
    is_unknown,
    keyed,
    lower,
    made,
    simple_op,
    size_of,
    undecided,
    unstarred,
)
from pullback.frontend.session import StartOver, Told
from pullback.frontend.values import (
    Dct,
    Frozen,
    Local,
    Method,
    Poison,
    Rows,
    Sparse,
    Static,
    Struct,
    Super,
    Table,
    Tup,
    Value,
    Walk,
)
from pullback.frontend.walking import describe
from pullback.frontend.writing import IN_PLACE
from pullback.ir.core import Const, Var
from pullback.ir.types import Array, Object, Scalar, type_of
from pullback.rules.table import BY_METHOD, ROWS, lookup
from pullback.rules.ufuncs import METHODS as OF_UFUNCS

# Attributes of numbers that have one.
PARTS = ("real", "imag")
# Methods that have no row.
METHODS = frozenset(
    """
    append pop copy keys values items get item tolist astype extend flatten insert remove reverse
    clear index count setdefault popitem move_to_end update appendleft popleft compress
    """.split()  # noqa: SIM905
).union(IN_PLACE)


@handles(ast.Constant)
def constant(frame: Frame, node: ast.Constant) -> Value:
    if node.value is None or isinstance(node.value, str) or node.value is Ellipsis:
        return Static(node.value)
    if type_of(node.value) is None:
        frame.reject(refusals.BYTES, node, cls=type(node.value).__name__)
    return Const(node.value)


# ---- trees


@handles(ast.Tuple, ast.List)
def sequence(frame: Frame, node: ast.Tuple | ast.List) -> Value:
    if isinstance(node, ast.List) and any(isinstance(n, ast.Starred) for n in node.elts):
        spread: Value = ON_LISTS[ast.Starred](frame, node)
        return spread
    return made(frame, unstarred(frame, node.elts, "here", held), isinstance(node, ast.List))


@handles(ast.Dict)
def dictionary(frame: Frame, node: ast.Dict) -> Value:
    entries = in_order(frame, [*zip(node.keys, node.values, strict=True)], _entry)
    known = [entry.items for entry in entries if isinstance(entry, Dct)]
    if len(known) == len(entries):
        return frame.displayed(Dct({k: v for items in known for k, v in items.items()}))
    text = ""
    given: dict[str, Any] = {}
    for k, entry in enumerate(entries):
        if isinstance(entry, Tup):
            text += f"target[key{k}] = value{k}\n"
            given[f"key{k}"], given[f"value{k}"] = entry.items
        else:
            text += f"target.update(entries{k})\n"
            given[f"entries{k}"] = entry
    return inline.expand(frame, node, text, "target", target=Dct({}), **given)


def _entry(frame: Frame, node: tuple[ast.expr | None, ast.expr]) -> Value:
    """An entry of a dict, as a pair if its key is computed; ``**d`` gives those that the dict has before
    the next one is evaluated."""
    key, value = node
    if key is not None:
        given = frame.decided(lower(frame, key))
        with frame.holding() as pending:
            pending.append(given)
            item = held(frame, value)
        if ON_TABLES["is_computed"](given):
            return Tup((given, item))
        return Dct({constant_key(frame, given, key): item})
    entries = lower(frame, value)
    if not isinstance(entries, Dct):
        frame.reject(refusals.UNPACKED_INTO_DICT, value)
    return Dct(dict(entries.items))


@handles(ast.Lambda)
def anonymous(frame: Frame, node: ast.Lambda) -> Value:
    return targets.made_inside(frame, node, "<lambda>")


@handles(ast.NamedExpr)
def walrus(frame: Frame, node: ast.NamedExpr) -> Value:
    value = undecided(frame, node.value)
    frame.bind(node.target.id, value, node)
    return value


# ---- attributes, subscripts and calls


@handles(ast.Attribute)
def attribute(frame: Frame, node: ast.Attribute) -> Value:
    return attribute_of(frame, node, lower(frame, node.value))


def attribute_of(frame: Frame, node: ast.Attribute, owner: Value) -> Value:
    match owner:
        case Static():
            return _attribute_of_object(frame, node, owner)
        case Super():
            return structs.super_attribute(frame, node, owner)
        case Var() if is_unknown(owner):
            if node in frame.callees:
                return Method(owner, node.attr, node)
            return foreign.attribute(frame, node, owner, node.attr)
        case Struct():
            return structs.attribute(frame, node, owner)
        case Local() if (given := structs.attributes_of(frame, owner)) and node.attr in given.items:
            return structs.attribute(frame, node, given)
        case Table() | Sparse():
            return Method(owner, node.attr, node)
        case Frozen():
            return distributions.attribute(frame, node, owner)
        case Var() | Const() | Tup() | Dct() | Rows():
            return value_attribute(frame, node, owner)
    _no_attribute(frame, node, owner)


def _attribute_of_object(frame: Frame, node: ast.Attribute, owner: Static) -> Value:
    match owner:
        case Static(types.ModuleType() as module):
            return module_attribute(frame, node, module)
        case Static(value) if (found := _method_with_row(value, node.attr)) is not None:
            return Static(found)
        case Static(value) if (made := distributions.opened(frame, value, node.attr)) is not None:
            return distributions.attribute(frame, node, made)
        case Static(type() as cls) if node in frame.callees and foreign.is_compiled(cls):
            return Method(owner, node.attr, node)
        case Static(type() as cls):
            return structs.class_attribute(frame, node, cls)
        case Static(Enum() as member):
            return structs.member_attribute(frame, node, member)
        case Static(told) if (known := dtypes.attribute(told, node.attr)) is not None:
            return known
        case Static(np.ufunc() as function) if node.attr in OF_UFUNCS:
            return Static(getattr(function, node.attr))
        case Static(KnownSet(loc=Loc() as loc)) if node.attr in ("add", "remove", "discard", "clear"):
            raise StartOver(Told(changed=frozenset([loc])))
        case Static(KnownSet()):
            frame.reject(refusals.SET_CHANGED, node, name=node.attr)
        case Static(None):
            frame.raises_if_caught(AttributeError, f"'NoneType' object has no attribute {node.attr!r}")
            frame.reject(refusals.ATTRIBUTE_OF_OBJECT, node, name=node.attr, owner="None")
        case Static(held) if isinstance(held, structs.CACHED) and node.attr.startswith("cache_"):
            what = "a function with a cache"
            frame.reject(refusals.ATTRIBUTE_OF_OBJECT, node, name=node.attr, owner=what)
    if node in frame.callees:
        return Method(owner, node.attr, node)
    return foreign.attribute(frame, node, owner, node.attr)


def _method_with_row(value: Any, name: str) -> Any:
    """A method of a compiled class, or of a distribution of SciPy, that is known as functions are."""
    of_scipy = type(value).__module__.startswith("scipy.stats")
    if not of_scipy and not (isinstance(value, type) and foreign.is_compiled(value)):
        return None
    found = getattr(value, name, None)
    return found if lookup(found) is not None or _is_handled(found) else None


def _is_handled(function: Any) -> bool:
    return isinstance(function, types.BuiltinMethodType) and function in BUILTINS


def module_attribute(frame: Frame, node: ast.Attribute, module: types.ModuleType) -> Value:
    """An attribute of a module; those of the packages whose functions have rules are not guarded."""
    if not hasattr(module, node.attr):
        frame.reject(refusals.MODULE_HAS_NO_ATTRIBUTE, node, module=module.__name__, name=node.attr)
    if module.__name__.partition(".")[0] in ("numpy", "scipy", "math", "cmath", "pullback"):
        found = getattr(module, node.attr)
        constant = type(found) in (int, float, bool, complex)
        return Const(found) if constant else Static(found)
    if node.attr not in vars(module):
        frame.reject(
            refusals.COMPUTED_BY_MODULE, node, name=node.attr, module=module.__name__,
            expression=ast.unparse(node),
        )  # fmt: skip
    found = frame.outside.value(Source(vars(module), node.attr), node.attr)
    if isinstance(found, Poison):
        frame.unknown(found, repr(node.attr), node)
    return found


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
                    frame.session.turned = True
                    return owner
                return simple_op(frame, node, "transpose", owner, axes=None, spelling="T")
            case "mT" if t.ndim > 1:
                return simple_op(frame, node, "matrix_transpose", owner)
            case "flat":
                return Walk("flat", (owner,), node)
            case "dtype" if t.dtype:
                return Static(np.dtype(t.dtype))
    if isinstance(owner, Var) and isinstance(owner.type, Scalar) and owner.type.origin == "np":
        match node.attr:
            case "shape":
                return Tup(())
            case "ndim" | "size":
                return Const(int(node.attr == "size"))
            case "T":
                return owner
            case "dtype" if owner.type.dtype:
                return Static(np.dtype(owner.type.dtype))
    if node.attr in PARTS and isinstance(getattr(owner, "type", None), Scalar | Array):
        return primitives.bind(frame, node, ROWS[node.attr], [owner], {})
    if node.attr == "maxlen" and rows.is_deque(owner):
        return constant_value(rows.kind_of(owner).most)
    if isinstance(owner, Dct) and node.attr not in METHODS:
        frame.reject(refusals.METHOD_OF_DICT, node, name=node.attr)
    known = node.attr in BY_METHOD or node.attr in METHODS
    known = known or (node.attr == "view" and isinstance(owner.type, Array))  # type: ignore[union-attr]
    if known or (isinstance(owner, Var) and isinstance(owner.type, Object)):
        return Method(owner, node.attr, node)
    _no_attribute(frame, node, owner)


def _no_attribute(frame: Frame, node: ast.Attribute, owner: Value) -> NoReturn:
    instead = refusals.INSTEAD_OF_ATTRIBUTE.get(node.attr, refusals.OTHER_ATTRIBUTE)
    frame.reject(
        refusals.ATTRIBUTE_OF_VALUE, node, name=node.attr, owner=describe(owner), instead=instead
    )


@handles(ast.Subscript)
def subscript(frame: Frame, node: ast.Subscript) -> Value:
    owner = frame.settled(lower(frame, node.value))
    if (x := flat.array_of(owner)) is not None:
        return flat.read(frame, node, x)
    node, owner = keyed(frame, node, owner)
    with frame.holding() as pending:
        pending.append(owner)
        return indexing.read(frame, owner, node)
