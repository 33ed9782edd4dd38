"""Binding calls of primitives by the ``spec`` of their row."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Refusal
from pullback.frontend import arranged, conditions, forms, layouts, spoken, subscripts
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import as_atom, grouped, made, simple_ops, size_of, static
from pullback.frontend.values import Poison, Static, Tup, Value
from pullback.frontend.walking import describe, plain
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array, List, Text
from pullback.rules.spec import Slot, slots
from pullback.rules.table import Row


def bind(
    frame: Frame, node: ast.AST, row: Row, args: Sequence[Value], keywords: dict[str, Value],
    spelling: str = "",
) -> Value:  # fmt: skip
    """Bind a call of a primitive by the spec of its row, and build the op."""
    if (given := arranged.taken(frame, node, row, args, keywords, spelling)) is not None:
        others, rest, order = given

        def bound(spelled: str) -> Value:
            return bind(frame, node, row, others, rest, spelled)

        return arranged.in_order(frame, node, row, order, bound) if order else bound(spelling)
    row, args, keywords = forms.fitting(row, list(args), keywords, spelling)
    call = _Call(frame, node, row, list(args), dict(keywords))
    if spelling:
        call.params["spelling"] = spelling
    for slot in slots(row.spec):
        _BINDERS[slot.kind](call, slot)
    call.finish()
    if (other := forms.other_form(frame, node, row, call.inputs, call.params)) is not None:
        return other
    call.demand_lengths()
    if row.name in ("reshape", "ravel"):
        return layouts.reshaped(frame, node, row.name, *call.inputs, **call.params)
    if row.name == "copy" and not spelling:
        call.params["order"] = "K"
    outputs = simple_ops(frame, node, row.name, *call.inputs, **call.params)
    return outputs[0] if row.prim.several is None else _held(frame, row, outputs, call.params)


def _held(frame: Frame, row: Row, outputs: Sequence[Var], params: dict[str, Any]) -> Value:
    """Several results in what the function gives them in."""
    cls = row.prim.several
    assert cls is not None
    if row.gives is None:
        return grouped(frame, cls, outputs)
    given = row.gives([v.type for v in outputs], params)
    return made(frame, [_result(outputs, v) for v in given], cls is list)


def _result(outputs: Sequence[Var], given: Any) -> Value:
    """One result: an output by its place, what is known of it, or why it cannot be read."""
    match given:
        case int():
            return outputs[given]
        case Const():
            return given
        case Refusal():
            return Poison(given)
    return Static(given)


@dataclass(eq=False)
class _Call:
    """A call while it is bound: arguments not taken yet, and the inputs and params they became."""

    frame: Frame
    node: ast.AST
    row: Row
    rest: list[Value]
    named: dict[str, Value]
    inputs: list[Atom] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return self.row.prim.path or self.row.name

    def take(self, slot: Slot) -> Value | None:
        """The argument of a slot, None if it is not given."""
        if self.rest and not slot.by_name:
            return plain(self.rest.pop(0))
        return next((plain(self.named.pop(n)) for n in slot.names if n in self.named), None)

    def need(self, slot: Slot) -> Value:
        given = self.take(slot)
        if given is None:
            self.frame.reject(
                refusals.ARGUMENT_MISSING, self.node, function=self.title,
                name=spoken.name_of(self.row, slot),
            )  # fmt: skip
        return given

    def finish(self) -> None:
        if self.rest or self.named:
            extra = ", ".join(map(repr, self.named)) or f"{len(self.rest)} more"
            self.frame.reject(
                refusals.NO_SUCH_ARGUMENT, self.node, function=self.title, arguments=extra,
                instead=self.row.hint or refusals.OTHER_FUNCTIONS,
            )  # fmt: skip
        if self.params.get("dtype") is not None:
            self.params["dtype"] = self.dtype(self.params["dtype"])

    def demand_lengths(self) -> None:
        """Check what the row demands of sizes that only a call tells."""
        for a, count in zip(self.inputs, self.row.lengths, strict=False):
            if isinstance(a, Var) and isinstance(a.type, Array) and a.type.ndim:
                last = size_of(self.frame, a, a.type.ndim - 1)
                instead = f": {self.row.hint}" if self.row.hint else ""
                message = f"{self.title} is differentiated for vectors of {count} numbers only{instead}"
                conditions.demand(self.frame, self.node, last, Const(count), message)

    def dtype(self, value: Any) -> str:
        try:
            return str(np.dtype(value).name)
        except TypeError:
            self.frame.reject(refusals.NO_DTYPE, self.node, value=value)

    def array_like(self, value: Value) -> Atom:
        """NumPy takes sequences for arrays, Python's own functions do not."""
        if "." in self.title:
            value = subscripts.array_like(self.frame, self.node, value)
        return as_atom(self.frame, value, self.node)

    def integer(self, value: Value) -> Atom:
        """An integer, or an array of them."""
        found = as_atom(self.frame, value, self.node, "an integer")
        if isinstance(found.type, Text) or getattr(found.type, "cls", "int") != "int":
            self.frame.reject(
                refusals.WHERE_NEEDED, self.node, value=describe(found), what="an integer"
            )
        return found


def _constant(call: _Call, slot: Slot) -> None:
    given = call.need(slot) if slot.required else call.take(slot)
    value = slot.default if given is None else static(call.frame, call.node, given)
    if given is not None and not _fits(slot.name, value):
        call.frame.reject(
            refusals.CONSTANT_OF_OTHER_KIND, call.node, function=call.title, name=slot.name, value=value
        )
    call.params[slot.name] = value


def _fits(name: str, value: Any) -> bool:
    """Whether a constant is of the kind that an argument of this name takes."""
    match name:
        case "axis" | "axes":
            return value is None or _counts(value)
        case "axis1" | "axis2" | "source" | "destination" | "offset" | "k" | "decimals":
            return _counts(value)
        case "keepdims" | "endpoint":
            return isinstance(value, bool)
        case "copy":
            return value is None or isinstance(value, bool)
        case "ndmin":
            return type(value) is int
        case "norm":
            return value in (None, "backward", "ortho", "forward")
        case "n":
            return type(value) is int
        case "ddof":
            return type(value) in (int, float)
    return True


def _counts(value: Any) -> bool:
    return all(map(_counts, value)) if isinstance(value, tuple) else type(value) is int


def _array(call: _Call, slot: Slot) -> None:
    given = call.need(slot) if slot.required else call.take(slot)
    left_out = isinstance(given, Static) and given.value is None
    if slot.required and left_out:
        call.frame.reject(
            refusals.ARGUMENT_IS_NONE, call.node, function=call.title,
            name=spoken.name_of(call.row, slot), instead=call.row.hint or refusals.OTHER_FUNCTIONS,
        )  # fmt: skip
    if given is not None and not left_out:
        if slot.name == "indices":
            given = subscripts.positions(call.frame, call.node, given)
        call.inputs.append(call.array_like(given))


def _integers(call: _Call, slot: Slot) -> None:
    """A shape: a tuple of integers, one integer, or (for methods) several arguments."""
    given = call.need(slot)
    sizes = given.items if isinstance(given, Tup) else (given,)
    if not isinstance(given, Tup) and call.params.get("spelling") == "method":
        sizes, call.rest = (given, *call.rest), []
    call.inputs += map(call.integer, sizes)


def _counted(call: _Call, slot: Slot) -> None:
    """Numbers in a sequence that may be left out."""
    given = call.take(slot)
    if given is None or (isinstance(given, Static) and given.value is None):
        return
    if not isinstance(given, Tup):
        call.frame.reject(
            refusals.WHERE_NEEDED, call.node, value=describe(given), what="a tuple of numbers"
        )
    call.inputs += [as_atom(call.frame, plain(item), call.node, "a number") for item in given.items]
    call.params[slot.name] = len(given.items)


def _named(call: _Call, slot: Slot) -> None:
    """An array that may be left out beside others of this kind, which stand behind all inputs."""
    given = call.take(slot)
    if given is not None and not (isinstance(given, Static) and given.value is None):
        call.inputs.append(call.array_like(given))
        call.params["given"] = (*call.params.get("given", ()), slot.name)


def _nested(call: _Call, slot: Slot) -> None:
    """An integer or array, or nested sequences: these are inputs, how they nest is a param."""
    leaf = call.integer if slot.kind == "nested" else call.array_like

    def entered(value: Value) -> Any:
        if isinstance(value, Tup):
            parts = map(entered, map(plain, value.items))
            return list(parts) if value.is_list else tuple(parts)
        call.inputs.append(leaf(value))
        return None

    call.params[slot.name] = entered(call.need(slot))


def _sequence(call: _Call, slot: Slot) -> None:
    given, name = call.need(slot), call.row.name
    if isinstance(given, Tup):
        if name == "array":
            call.params["nested"] = True
        call.inputs += map(call.array_like, given.items)
        return
    value = as_atom(call.frame, subscripts.rows_as_arrays(call.frame, call.node, given), call.node)
    if name != "array" and not isinstance(value.type, List):
        call.frame.reject(refusals.NEEDS_SEQUENCE, call.node, function=call.title)
    call.inputs.append(value)


def _arrays(call: _Call, slot: Slot) -> None:
    call.inputs += map(call.array_like, call.rest)
    call.rest = []


def _permission(call: _Call, slot: Slot) -> None:
    """The function may spoil an argument, or take memory: ours leaves what it is given as it is."""
    call.take(slot)


_BINDERS: dict[str, Callable[[_Call, Slot], None]] = {
    "constant": _constant,
    "array": _array,
    "integers": _integers,
    "counted": _counted,
    "named": _named,
    "nested": _nested,
    "blocks": _nested,
    "sequence": _sequence,
    "arrays": _arrays,
    "permission": _permission,
}
