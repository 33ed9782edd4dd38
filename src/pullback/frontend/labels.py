"""What variables for the leaves of a value are called: after the name, and after keys and fields."""

from __future__ import annotations

import re

from pullback.frontend.values import Cell, Dct, Either, Reading, Ref, Sparse, Struct, Tree, Value
from pullback.frontend.walking import describe, function_name, is_function
from pullback.ir.core import Const, Var


def tag_name(v: Either, name: str) -> str:
    """What the bool is called that tells whether a variable is the first of two kinds."""
    kind = function_name(v.first) if is_function(v.first) else re.sub("^an? ", "", describe(v.first))
    word = re.sub(r"\W.*", "", kind).lower()
    return f"{name}_is_{word}" if name and word else ""


def name_parts(tree: Value, name: str) -> list[str]:
    """What variables for the items of a container are called: after keys and fields, if it has any."""
    if isinstance(tree, Dct | Sparse | Struct):
        return list(map(str, tree.items))
    if isinstance(tree, Cell):
        return [tree.name]
    if isinstance(tree, Ref):
        return [f"{name}_at" if name else ""]
    if isinstance(tree, Either):
        return [tag_name(tree, name), name, name]
    return [name] * len(tree.parts) if isinstance(tree, Tree) else []


def leaf_names(value: Value, name: str) -> list[str]:
    """What variables for the leaves of a value are called, if it is known by a name."""
    match value:
        case Reading():
            return value.labels(name)
        case Either() | Ref():
            parts = zip(value.parts, name_parts(value, name), strict=True)
            return [n for part, named in parts for n in leaf_names(part, named)]
        case Tree():
            return [n for part in value.parts for n in leaf_names(part, name)]
        case Var() | Const():
            return [name]
    return []
