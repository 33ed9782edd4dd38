"""Calls with an effect: draws from random generators, logging, warnings.

Each becomes one ``perform`` op, which stays where the user put it and runs once. Arguments are handed on
in the form in which the user gave them.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from pullback import refusals
from pullback.frontend import subscripts
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import (
    BUILTINS,
    Builtin,
    Keywords,
    as_atom,
    as_shown,
    simple_op,
    simple_ops,
)
from pullback.frontend.values import NONE, Method, Static, Tup, Value
from pullback.frontend.walking import describe, plain
from pullback.ir.build import shape_of
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array, List, Object, Scalar, elementwise_type
from pullback.rules.effects import FUNCTIONS, METHODS, VECTORS, Signature

ELEMENTS = {"float": "float64", "int": "int64", "np.int64": "int64"}
# What Python's random computes of its arguments: NumPy's numbers among them give one of NumPy's.
_OF_NUMBERS: dict[str, Callable[..., Any]] = {
    "uniform": lambda a=0.0, b=1.0: a + (b - a) * 0.5,
    "gauss": lambda mu=0.0, sigma=1.0: mu + 0.5 * sigma,
    "normalvariate": lambda mu=0.0, sigma=1.0: mu + 0.5 * sigma,
    "expovariate": lambda lambd=1.0: 0.5 / lambd,
}
INSTEAD = {
    "permuted": "use permutation or shuffle",
    "random_integers": "use randint",
    "tomaxint": "use randint",
    "bytes": "draw integers",
    "spawn": "make the generators outside of the function",
    "multivariate_hypergeometric": "draw with hypergeometric, one kind after the other",
    **dict.fromkeys(
        ("get_state", "set_state", "bit_generator"), "keep the state outside of the function"
    ),
}


@dataclass(frozen=True, slots=True)
class Callee:
    """A function, or a method of an object, that has an effect."""

    name: str
    owner: Var | None = None

    @property
    def title(self) -> str:
        """The name without what leads to it."""
        return self.name.rpartition(".")[2]

    @property
    def home(self) -> str:
        """The class of the object, or the module."""
        if self.owner is None:
            return self.name.rpartition(".")[0]
        assert isinstance(self.owner.type, Object)
        return self.owner.type.name

    @property
    def title_at_home(self) -> str:
        """The name as messages have it."""
        return f"{self.home}.{self.title}"


Picker = Callable[[Frame, ast.Call, Callee, list[Value], Keywords], Value]
# Methods that draw positions, by the class of the object (see ``frontend.picks``).
PICKERS: dict[str, Mapping[str, Picker]] = {}


def call_method(
    frame: Frame, node: ast.Call, m: Method, owner: Var, args: list[Value], keywords: Keywords
) -> Value:
    """A method of a generator or a logger."""
    callee = Callee(m.name, owner)
    if (picker := PICKERS.get(callee.home, {}).get(m.name)) is not None:
        return picker(frame, node, callee, args, keywords)
    signature = METHODS.get(callee.home, {}).get(m.name)
    if signature is None:
        refuse(frame, node, callee)
    return perform(frame, node, callee, signature, args, keywords)


def refuse(frame: Frame, node: ast.AST, callee: Callee) -> NoReturn:
    """There is nothing to be done for this function or method."""
    instead = INSTEAD.get(callee.title, refusals.EFFECT_LEFT_OUT)
    frame.reject(refusals.NO_SUCH_EFFECT, node, function=callee.title_at_home, instead=instead)


def perform(
    frame: Frame, node: ast.AST, callee: Callee, signature: Signature, args: Sequence[Value],
    keywords: Keywords,
) -> Value:  # fmt: skip
    """Bind a call by its signature, and build the op."""
    call = _Call(frame, node, callee, signature)
    for name, keyword, value in call.bound(args, keywords):
        call.take(name, keyword, plain(value))
    call.numbers_of_python()
    call.vectors()
    outputs = simple_ops(frame, node, "perform", *call.inputs, **call.params())
    return outputs[0] if outputs else NONE


@dataclass(eq=False)
class _Call:
    """A call while it is bound: the inputs so far, and how the text names and nests them."""

    frame: Frame
    node: ast.AST
    callee: Callee
    signature: Signature
    inputs: list[Atom] = field(default_factory=list)
    arguments: list[tuple[str, Any]] = field(default_factory=list)
    extra: list[tuple[str, str]] = field(default_factory=list)
    sized: tuple[int, int] | None = None
    dtype: str = ""
    vector: int | None = None

    def __post_init__(self) -> None:
        if self.callee.owner is not None:
            self.inputs.append(self.callee.owner)
        self.gives = self.signature.gives
        self.drawn = "size" in (*self.signature.parameters, self.signature.rest)
        if self.drawn:
            self.dtype = ELEMENTS[self.gives]

    def params(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "function": self.callee.name, "method": self.callee.owner is not None, "gives": self.gives,
            "arguments": tuple(self.arguments),
        }  # fmt: skip
        if self.extra:
            found["extra"] = tuple(self.extra)
        if self.drawn:
            found |= {"dtype": self.dtype, "broadcast": True}
        if self.sized is not None:
            found["sized"] = self.sized
        if self.vector is not None:
            found["vector"] = self.vector
        return found

    def numbers_of_python(self) -> None:
        """Python's random computes with what it is given: the result is a number of its kind."""
        if not (self.callee.home.startswith("random") and self.gives == "float"):
            return
        given = self.inputs[self.callee.owner is not None :]
        if not all(isinstance(a.type, Scalar) for a in given):
            self.frame.reject(
                refusals.DRAW_OF_NUMBERS, self.node, function=self.callee.title_at_home
            )
        if all(isinstance(a.type, Scalar) and a.type.origin == "py" for a in given):
            return
        formula = _OF_NUMBERS.get(self.callee.title)
        if formula is None:
            self.frame.reject(refusals.NUMBERS_OF_NUMPY, self.node, function=self.callee.name)
        self.gives = repr(elementwise_type(formula, [a.type for a in given]))

    def vectors(self) -> None:
        """What is drawn as whole vectors has the parameters of one distribution."""
        if self.callee.title not in VECTORS or not self.drawn:
            return
        several = self.vector is None or len(shape_of(self.inputs[self.vector])) != 1
        others = [a for k, a in enumerate(self.inputs) if k != self.vector]
        if several or (self.callee.title == "multinomial" and any(map(shape_of, others))):
            self.frame.reject(
                refusals.VECTOR_DRAWS, self.node, function=self.callee.title_at_home,
                name=VECTORS[self.callee.title],
            )  # fmt: skip

    def bound(
        self, args: Sequence[Value], keywords: Keywords
    ) -> Iterator[tuple[str, str, Value]]:
        """Each argument with the name of its parameter, and that by which it is given."""
        names, rest = self.signature.parameters, self.signature.rest
        if len(args) > len(names) and not rest:
            self.frame.reject(
                refusals.TOO_MANY_ARGUMENTS, self.node, function=self.callee.title_at_home,
                count=len(names), given=len(args), parameters=", ".join(names),
            )  # fmt: skip
        for k, value in enumerate(args):
            name = names[k] if k < len(names) else rest
            yield name, name if self.extra else "", value
        for name, value in keywords.items():
            if name not in (*names, *self.signature.keywords) or name in names[: len(args)]:
                self.frame.reject(
                    refusals.NO_SUCH_ARGUMENT, self.node, function=self.callee.title_at_home,
                    arguments=repr(name), instead=refusals.OTHER_FUNCTIONS,
                )  # fmt: skip
            yield name, name, value

    def take(self, name: str, keyword: str, value: Value) -> None:
        """Enter one argument by what its parameter means."""
        if name == VECTORS.get(self.callee.title):
            self.vector = len(self.inputs)
            self.enter(keyword, self.number(value))
        elif name == "size":
            self.size(keyword, value)
        elif name == "dtype":
            self.element(value)
        elif name == "range":
            self.arguments.append(("", "range"))
            self.inputs.append(self.integer(value))
        elif isinstance(value, Static) and isinstance(value.value, type):
            self.extra.append((name, self.category(value.value)))
        elif self.drawn:
            self.enter(keyword, self.number(value))
        else:
            self.arguments.append((keyword, self.nested(value)))

    def enter(self, keyword: str, a: Atom) -> None:
        self.arguments.append((keyword, None))
        self.inputs.append(a)

    def size(self, keyword: str, value: Value) -> None:
        """A shape, or one of the sizes that ``rand`` takes one by one."""
        if isinstance(value, Static) and value.value is None:
            self.enter(keyword, Const(None))
            return
        several = value.items if isinstance(value, Tup) else None
        sizes = [self.integer(plain(v)) for v in ((value,) if several is None else several)]
        first, count = self.sized or (len(self.inputs), 0)
        self.sized = first, count + len(sizes)
        self.arguments.append((keyword, None if several is None else (None,) * len(sizes)))
        self.inputs += sizes

    def integer(self, value: Value) -> Atom:
        a = as_atom(self.frame, value, self.node, "an integer")
        if not (isinstance(a.type, Scalar) and a.type.cls == "int"):
            self.frame.reject(
                refusals.WHERE_NEEDED, self.node, value=describe(a), what="an integer"
            )
        return a

    def element(self, value: Value) -> None:
        """The dtype of what is drawn."""
        held = value.value if isinstance(value, Static) else None
        if held in (int, bool):
            self.gives = held.__name__
        try:
            self.dtype = np.dtype(held).name
        except TypeError:
            self.frame.reject(refusals.NO_DTYPE, self.node, value=held)
        if self.gives not in ("float", "int", "bool") or (self.gives == "int" and held is not int):
            self.gives = f"np.{self.dtype}"
        text = held.__name__ if held in (int, bool) else f"np.{self.dtype}"
        self.extra.append(("dtype", text))

    def category(self, cls: type) -> str:
        """The class of a warning, by its name."""
        if getattr(builtins, cls.__name__, None) is not cls:
            self.frame.reject(
                refusals.WARNING_CLASS, self.node, function=self.callee.title_at_home, cls=cls.__name__
            )
        return str(cls.__name__)

    def number(self, value: Value) -> Atom:
        """A parameter of a distribution, which may be an array."""
        if isinstance(value, Tup):
            return subscripts.array_of_list(self.frame, value, self.node)
        if isinstance(value, Var) and isinstance(value.type, List):
            return simple_op(self.frame, self.node, "array", value)
        return self.atom(value)

    def nested(self, value: Value) -> Any:
        """Anything: the inputs that it holds are entered; gives how they nest."""
        if isinstance(value, Tup):
            parts = [self.nested(plain(v)) for v in value.items]
            return parts if value.is_list else tuple(parts)
        a = self.atom(value)
        kept = isinstance(a.type, Array | List)  # by whom is not known: he must not see it change
        self.inputs.append(self.frame.op("copy", a) if kept else a)
        return None

    def atom(self, value: Value) -> Atom:
        if isinstance(value, Static) and value.value is None:
            return Const(None)
        return as_shown(self.frame, value, self.node, "a number, an array or a string")


# ---- functions of modules


def _entered(name: str, signature: Signature) -> Builtin:
    def handler(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
        return perform(frame, node, Callee(name), signature, args, keywords)

    return handler


for _function, (_name, _signature) in FUNCTIONS.items():
    BUILTINS[_function] = _entered(_name, _signature)
