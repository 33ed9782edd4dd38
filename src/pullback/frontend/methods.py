"""Methods of dicts, lists and arrays; those of arrays are bound by the row that lists them."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pullback import refusals
from pullback.frontend import (
    effects,
    foreign,
    inline,
    lists,
    making,
    outputs,
    sparse,
    table_methods,
    tables,
    texts,
)
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import (
    BUILTINS,
    Keywords,
    applies,
    apply,
    builtin,
    constant_key,
    is_unknown,
    items_in,
    key_value,
    simple_op,
    static,
)
from pullback.frontend.rows import is_listed
from pullback.frontend.values import (
    NONE,
    Dct,
    DictView,
    Method,
    Ordered,
    Sparse,
    Static,
    Struct,
    Table,
    Tup,
    Value,
)
from pullback.frontend.walking import describe
from pullback.frontend.writing import IN_PLACE
from pullback.ir.core import Const, Var
from pullback.ir.types import Array, Object, Scalar
from pullback.rules.table import BY_FUNCTION, BY_METHOD


@applies(Method)
def method(
    frame: Frame, node: ast.Call, m: Method, args: list[Value], keywords: dict[str, Value]
) -> Value:
    owner = frame.latest(m.owner)
    if m.function is not None:
        return apply(frame, node, m.function, [owner, *args], keywords)
    if isinstance(owner, Struct):
        return making.call_of_named_tuple(frame, node, owner, m.name, args, keywords)
    if m.name == "_make" and isinstance(owner, Static) and isinstance(owner.value, type):
        return making.construct(frame, node, owner.value, [*items_in(frame, node, args[0], "here")], {})
    if (text := texts.method(frame, node, m, owner, args, keywords)) is not None:
        return text
    if is_unknown(owner) or isinstance(owner, Static):
        return foreign.call_method(frame, node, owner, m.name, args, keywords)
    if isinstance(owner, Var) and isinstance(owner.type, Object):
        return effects.call_method(frame, node, m, owner, args, keywords)
    if isinstance(owner, Dct | Table):
        return _of_dict(frame, node, m, owner, args, keywords)
    if isinstance(owner, Sparse):
        return sparse.call_method(frame, node, m, owner, args)
    if isinstance(owner, Tup) or is_listed(owner):
        return lists.call_method(frame, node, m, owner, args, keywords)
    return _of_array(frame, node, m, owner, args, keywords)


def _of_dict(
    frame: Frame, node: ast.Call, m: Method, owner: Dct | Table, args: list[Value], keywords: Keywords
) -> Value:
    if m.name == "update":
        return _updated(frame, node, m.node.value, owner, args, keywords)
    keyed = m.name in ("get", "setdefault", "pop", "move_to_end")
    if isinstance(owner, Table) or (keyed and any(map(tables.is_computed, args[:1]))):
        return table_methods.call_method(frame, node, m, owner, args, keywords)
    return _dict_method(frame, node, m, owner, [*args, *table_methods.with_last(m, keywords)])


def _of_array(
    frame: Frame, node: ast.Call, m: Method, owner: Value, args: list[Value], keywords: Keywords
) -> Value:
    """A method of an array or a number; of all else there is none that we know."""
    if m.name == "tolist" and isinstance(owner, Var) and not args and not keywords:
        return _as_list(frame, node, owner)
    if m.name in IN_PLACE:
        return IN_PLACE[m.name](frame, node, owner, args, keywords)
    if m.name == "compress" and isinstance(owner, Var):  # the function takes the condition first
        given = [*args[:1], owner, *args[1:]] if args else [keywords.pop("condition", NONE), owner]
        row = BY_FUNCTION[np.compress]
        return outputs.call(frame, node, np.compress, row, given, keywords)
    if m.name == "item" and isinstance(owner, Var) and args:
        owner, args = _element(frame, node, owner, args), []
    if m.name == "view" and isinstance(owner, Var):
        return _view(frame, node, owner, args, keywords)
    if _is_lacking(owner, m.name):
        instead = "write float(x) or int(x)" if m.name == "astype" else f"write np.{m.name}(x)"
        frame.reject(refusals.METHOD_OF_NUMBER, node, name=m.name, instead=instead)
    if m.name in BY_METHOD:
        row = BY_METHOD[m.name]
        if row.name == "transpose" and args:
            args = [args[0] if isinstance(args[0], Tup) else Tup(tuple(args))]
        return outputs.call(frame, node, None, row, [owner, *args], keywords, "method")
    frame.reject(refusals.METHOD_OF_VALUE, node, name=m.name, value=describe(owner))


@builtin(np.astype)
def astype(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """``np.astype(x, dtype)``, which is the method."""
    return outputs.call(frame, node, None, BY_METHOD["astype"], args, keywords, "method")


def _is_lacking(owner: Value, name: str) -> bool:
    """Whether numbers of Python have no such method, as those of NumPy do."""
    python = isinstance(owner, Var | Const) and isinstance(owner.type, Scalar)
    return (
        python
        and owner.type.origin == "py"  # type: ignore[union-attr]
        and name in BY_METHOD
        and not hasattr(float, name)
    )


def _as_list(frame: Frame, node: ast.Call, owner: Var) -> Value:
    """``x.tolist()``: numbers of Python, in a list for each axis."""
    ndim = owner.type.ndim if isinstance(owner.type, Array) else 0
    if not ndim:
        return outputs.call(frame, node, None, BY_METHOD["item"], [owner], {}, "method")
    text = f"{owner.type.cls}(x{ndim})"  # type: ignore[union-attr]
    for axis in reversed(range(ndim)):
        text = f"[{text} for x{axis + 1} in x{axis}]"
    return inline.expand(frame, node, f"out = {text}", "out", x0=owner)


def _element(frame: Frame, node: ast.Call, owner: Var, args: list[Value]) -> Var:
    """The element of ``x.item(i, j)``; one number counts through all elements."""
    places = args[0].items if isinstance(args[0], Tup) else args
    if len(places) == 1 and isinstance(owner.type, Array) and owner.type.ndim > 1:
        owner = simple_op(frame, node, "ravel", owner)
    found = inline.expand(frame, node, "out = x[places]", "out", x=owner, places=Tup(tuple(places)))
    assert isinstance(found, Var)
    return found


def _view(
    frame: Frame, node: ast.Call, owner: Var, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """``x.view()``, which is ``x[...]``."""
    if args or keywords:
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="view", arguments="no arguments")
    return simple_op(frame, node, "getitem", owner, path=(("e",),))


# What ``update`` does with another dict, or with items of a set.
_ENTRIES = "for k in source:\n    target[k] = source[k]"
_ITEMS = "for k in source:\n    target.add(k)"


def _updated(
    frame: Frame, node: ast.Call, held: ast.AST, owner: Dct | Table, args: list[Value],
    keywords: dict[str, Value],
) -> Value:  # fmt: skip
    """Entries of other dicts, pairs and keywords put into a dict, or items into a set."""
    if isinstance(owner, Table) and owner.kind == "set":
        for source in args:
            inline.expand(frame, node, _ITEMS, "target", target=owner, source=source)
        return NONE
    plain = args[:1] if args and isinstance(args[0], Table) else []
    sources = [*plain, BUILTINS[dict](frame, node, args[len(plain) :], keywords)]
    for source in sources:
        now = frame.latest(owner)
        if isinstance(now, Dct) and isinstance(source, Dct):
            frame.change(now, replace(now, items=now.items | source.items), held)
        else:
            inline.expand(frame, node, _ENTRIES, "target", target=now, source=source)
    return NONE


def _dict_method(
    frame: Frame, node: ast.Call, m: Method, owner: Dct, args: list[Value]
) -> Value:
    match m.name:
        case "keys" | "values" | "items" if not args:
            return DictView(m.name, owner)
        case "get" if args:
            key = constant_key(frame, args[0], node)
            return owner.items.get(key, args[1] if len(args) > 1 else NONE)
        case "setdefault" if args:
            key = constant_key(frame, args[0], node)
            if key not in owner.items:
                item = args[1] if len(args) > 1 else NONE
                frame.change(owner, replace(owner, items=owner.items | {key: item}), m.node.value)
                return item
            return owner.items[key]
        case "copy":
            return type(owner)(dict(owner.items))
        case "pop" if args:
            key = constant_key(frame, args[0], node)
            if key not in owner.items and len(args) > 1:
                return args[1]
            return _taken(frame, owner, m.node.value, key)
        case "move_to_end" if args and isinstance(owner, Ordered):
            key = constant_key(frame, args[0], node)
            item = _taken(frame, owner, m.node.value, key)
            rest = {k: v for k, v in owner.items.items() if k != key}
            moved = rest | {key: item} if _last(frame, node, args[1:]) else {key: item} | rest
            frame.change(owner, replace(owner, items=moved), m.node.value)
            return NONE
        case "popitem" if owner.items:
            last = _last(frame, node, args) if isinstance(owner, Ordered) else True
            key = [*owner.items][-1 if last else 0]
            return Tup((key_value(key), _taken(frame, owner, m.node.value, key)))
        case "popitem":
            frame.raises("KeyError", "popitem(): dictionary is empty")
        case "clear":
            frame.change(owner, replace(owner, items={}), m.node.value)
            return NONE
    frame.reject(refusals.METHOD_OF_DICT, node, name=m.name)


def _last(frame: Frame, node: ast.AST, args: Sequence[Value]) -> bool:
    """Whether a method of an OrderedDict means its end: the argument ``last``."""
    return bool(static(frame, node, args[0])) if args else True


def _taken(frame: Frame, owner: Dct, held: ast.AST, key: object) -> Value:
    """The value of a key, which is removed."""
    if key not in owner.items:
        frame.raises("KeyError", str(key))
    frame.change(owner, replace(owner, items={k: v for k, v in owner.items.items() if k != key}), held)
    return owner.items[key]
