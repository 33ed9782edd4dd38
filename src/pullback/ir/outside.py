"""Calls of what is not compiled: functions without rule or source, and those with a rule of the user's.

``outside`` does one of the things of ``MODES`` with an object: its first input, if it ``owns`` one, else
``target``. The other inputs are arguments in order; ``arguments`` holds a keyword ('' by position) and a
form for each: None for the next input, a ``Ref``, a ``Made``, a constant, a tuple, list or dict of
forms. ``member`` is the name of the attribute or method, or an operator. It runs once, where it stands.
``known`` takes what such a call has given for a value of a kind, which is checked when it runs.

What they give is told by ``gives``: a number such as ``float``, ``text``, ``object`` for anything,
``items`` for a list of the items of an object,
``array`` with ``dtype`` and ``ndim``, ``like`` for what is as the input of that number, ``elementwise``
for what the function, a ufunc, gives of inputs of these kinds.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pullback.ir.effects import number
from pullback.ir.sizes import fresh_sym
from pullback.ir.types import Array, Object, Text, Type, class_of, elementwise_type

ANYTHING = Object("object")
MODES = ("call", "method", "attribute", "item", "compare")


@dataclass(frozen=True, slots=True, eq=False)
class Ref:
    """A Python object that a program refers to by a name, in a module of the user's if one has it.

    It is known by identity.
    """

    value: Any
    name: str
    module: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ref) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)

    def __repr__(self) -> str:
        return repr(self.name)


@dataclass(frozen=True, slots=True)
class Made:
    """A function that is made for a call, by an object that is given what it captures (forms again)."""

    maker: Ref
    values: tuple[Any, ...]


@dataclass(eq=False, slots=True)
class Rule:
    """A rule of the user's as a Func of the cotangent, or the tangents, the value, and the arguments.

    ``places`` says for each input which of the results is its cotangent, or if it has a tangent.
    ``linear`` tells whether it is linear in the cotangent, once that has been asked.
    """

    func: Any
    places: tuple[int | None, ...] = ()
    linear: bool | None = None

    def __repr__(self) -> str:
        return repr(self.func.name)


def imported_from(held: Any, name: str = "", home: str = "") -> tuple[str, str] | None:
    """The module and the name by which an import finds an object, None if none does.

    It may have a name in the module where it was met.
    """
    if name and vars(sys.modules.get(home, builtins)).get(name) is held and home in sys.modules:
        return home, name
    of_ufuncs = ("numpy", "scipy.special") if isinstance(held, np.ufunc) else ()
    for module in (*of_ufuncs, getattr(held, "__module__", None) or "builtins"):
        for found in (getattr(held, k, None) for k in ("__qualname__", "__name__")):
            if isinstance(found, str) and vars(sys.modules.get(module, builtins)).get(found) is held:
                return module, found
    return None


def title(op: Any) -> str:
    """What an op calls, as messages name it."""
    held, name = op.params["target"], op.params["member"]
    if held is None:
        return name or "what an object gives"
    ufunc = getattr(held.value, "__self__", None)
    if isinstance(ufunc, np.ufunc):
        module, found = imported_from(ufunc) or ("numpy", ufunc.__name__)
        return f"{module}.{found}.{held.name}"
    module, found = imported_from(held.value) or (held.module or "builtins", held.name)
    whole = found if module in ("builtins", "__main__") else f"{module}.{found}"
    return f"{whole}.{name}" if name else whole


def given(op: Any) -> Sequence[Type]:
    """The type of what comes back."""
    p, inputs = op.params, op.inputs[: op.params.get("count")]
    if "callee" in p:
        return [p["callee"].results[0].type]
    match p["gives"]:
        case "object" | "items":
            return [ANYTHING]
        case "text":
            return [Text()]
        case "like":
            return [inputs[p["like"]].type]
        case "elementwise":
            return [elementwise_type(p["target"].value, [a.type for a in inputs])]
        case "array":
            shape = tuple(fresh_sym(False) for _ in range(p["ndim"]))
            return [Array(class_of(p["dtype"]) or "float", p["dtype"], shape)]
    return [number(p["gives"])]
