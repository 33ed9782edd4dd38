"""What expressions stand for while they are lowered: IR atoms, trees of them, and static objects.

Trees (tuples, fixed lists, dicts with constant keys) cost nothing in the IR: only their leaves exist
there. A value that the IR cannot hold (a function, a module, a string) is static: known while lowering.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pullback.errors import Loc
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import spelled


@dataclass(frozen=True, eq=False, slots=True)
class Tup:
    """A tuple, or a list whose length is known here (``is_list``)."""

    items: tuple[Value, ...]
    is_list: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Dct:
    """A dict whose keys are constants."""

    items: dict[Any, Value]


@dataclass(frozen=True, eq=False, slots=True)
class Static:
    """An object known while lowering: a module, function, class, string, dtype, None."""

    value: Any


@dataclass(frozen=True, eq=False, slots=True)
class Local:
    """A function defined inside the function that is lowered; ``frame`` is where its names live."""

    node: ast.FunctionDef | ast.Lambda
    frame: Any
    name: str
    defaults: dict[str, Value]


@dataclass(frozen=True, eq=False, slots=True)
class Derived:
    """``grad(f)`` and its like met in the code: a transform applied to a function."""

    mode: str
    function: Value
    argnums: Any


@dataclass(frozen=True, eq=False, slots=True)
class Method:
    """A method looked up on a value, not called yet."""

    owner: Value
    name: str
    node: ast.Attribute


@dataclass(frozen=True, eq=False, slots=True)
class Items:
    """What a loop runs over: a range of an index, and what each index stands for."""

    start: Atom
    stop: Atom
    step: Atom
    item: Callable[[Atom], Value]
    plain: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Unset:
    """A name without a value; ``loc`` is where one was last removed or not set."""

    loc: Loc | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Poison:
    """A name whose value cannot be known here; the reason is told to whoever reads it."""

    reason: str
    loc: Loc | None = None
    hint: str = ""


Value = (
    Var | Const | Tup | Dct | Static | Local | Derived | Method | Items | Unset | Poison
)
Env = dict[str, Value]
NONE = Static(None)
UNSET = Unset()


def leaves(value: Value) -> list[Atom]:
    """The IR atoms in a value, in order."""
    match value:
        case Var() | Const():
            return [value]
        case Tup():
            return [leaf for item in value.items for leaf in leaves(item)]
        case Dct():
            return [leaf for item in value.items.values() for leaf in leaves(item)]
    return []


def rebuild(value: Value, atoms: Sequence[Atom]) -> Value:
    """The same tree with other leaves."""
    rest = list(atoms)

    def build(v: Value) -> Value:
        match v:
            case Var() | Const():
                return rest.pop(0)
            case Tup():
                return Tup(tuple(build(item) for item in v.items), v.is_list)
            case Dct():
                return Dct({k: build(item) for k, item in v.items.items()})
        return v

    return build(value)


def describe(value: Value) -> str:
    """How an error message names a value."""
    match value:
        case Var() | Const():
            return spelled(value.type)
        case Tup():
            return "a list" if value.is_list else "a tuple"
        case Dct():
            return "a dict"
        case Static(None):
            return "None"
        case Static(v):
            return f"{type(v).__name__} {getattr(v, '__name__', v)!r}"
        case Local() | Derived():
            return "a function"
        case Method():
            return f"method {value.name!r}"
    return "no value"
