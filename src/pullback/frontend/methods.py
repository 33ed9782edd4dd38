"""Methods of dicts, lists and arrays; those of arrays are bound by the row that lists them."""

from __future__ import annotations

import ast

from pullback.frontend import effects, indexing, outputs, structs
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import applies, as_atom, constant_key, key_value
from pullback.frontend.values import (
    NONE,
    Dct,
    Method,
    Struct,
    Tup,
    Value,
    describe,
)
from pullback.frontend.writing import IN_PLACE
from pullback.ir.core import Var
from pullback.ir.types import List, Object, join
from pullback.rules.table import BY_METHOD

# Methods of arrays that have no row, and what to write instead.
INSTEAD = {
    "tolist": "index the array itself",
}


@applies(Method)
def method(
    frame: Frame, node: ast.Call, m: Method, args: list[Value], keywords: dict[str, Value]
) -> Value:
    owner = m.owner
    if isinstance(owner, Struct):
        return structs.call_method(frame, node, owner, m.name, args, keywords)
    if isinstance(owner, Var) and isinstance(owner.type, Object):
        return effects.call_method(frame, node, m, owner, args, keywords)
    if isinstance(owner, Dct):
        return _dict_method(frame, node, m, owner, args)
    if isinstance(owner, Tup) or (isinstance(owner, Var) and isinstance(owner.type, List)):
        return _list_method(frame, node, m, args)
    if m.name in IN_PLACE:
        return IN_PLACE[m.name](frame, node, owner, args, keywords)
    if m.name in BY_METHOD:
        row = BY_METHOD[m.name]
        if row.name == "transpose" and args:
            args = [args[0] if isinstance(args[0], Tup) else Tup(tuple(args))]
        return outputs.call(frame, node, None, row, [owner, *args], keywords, "method")
    hint = INSTEAD.get(m.name, "")
    frame.reject(f"method {m.name!r} of {describe(owner)} is not supported", node, hint)


def _dict_method(
    frame: Frame, node: ast.Call, m: Method, owner: Dct, args: list[Value]
) -> Value:
    match m.name:
        case "keys":
            return Tup(tuple(key_value(k) for k in owner.items))
        case "values":
            return Tup(tuple(owner.items.values()))
        case "items":
            return Tup(tuple(Tup((key_value(k), v)) for k, v in owner.items.items()))
        case "get" if args:
            key = constant_key(frame, args[0], node)
            return owner.items.get(key, args[1] if len(args) > 1 else NONE)
        case "copy":
            return frame.own(Dct(dict(owner.items)))
    frame.reject(f"method {m.name!r} of dicts is not supported", node)


def _list_method(frame: Frame, node: ast.Call, m: Method, args: list[Value]) -> Value:
    if m.name == "copy":
        if isinstance(m.owner, Tup):
            return frame.own(Tup(m.owner.items, m.owner.is_list))
        return frame.op("copy", as_atom(frame, m.owner, node))
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
        if owner.type == List(None):
            frame.raises("IndexError", "pop from empty list")
        frame.env[name], popped = frame.emit("list_pop", owner, names=(name,))
        return popped
    return _append(frame, node, name, owner, args)


def _append(frame: Frame, node: ast.Call, name: str, owner: Var, args: list[Value]) -> Value:
    if len(args) != 1:
        frame.reject("append takes one value", node)
    v = as_atom(frame, args[0], node)
    if join(owner.type, List(v.type)) is None:
        frame.reject(f"{describe(v)} is appended to a {describe(owner)}", node,
                     "append values of one kind")  # fmt: skip
    frame.env[name] = frame.op("list_push", owner, v, names=(name,))
    return NONE
