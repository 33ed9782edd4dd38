"""Kinds that are written down: on the command line, and in messages."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any

from pullback.errors import ArgumentError
from pullback.frontend.kinds import Kind
from pullback.rules.effects import NAMES
from pullback.tree import fields_of, has_fields, is_object

SHORT = {"f64": "float64", "f32": "float32", "i64": "int64", "i32": "int32", "bool": "bool",
         "c128": "complex128", "c64": "complex64"}  # fmt: skip
# Of two classes of one name, the common one.
_OBJECTS = {name: cls for cls, name in reversed(NAMES.items())}
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def is_one(size: str) -> bool:
    """What a kind says of a size."""
    return size == "1"


Size = Callable[[str], Any]


def parse_kind(text: str, size: Size = is_one, classes: Mapping[str, Any] | None = None) -> Kind:
    """The kind spelled ``float``, ``f64``, ``f64[n,3]``, ``(float, f64[n])``, ``list[float]``,
    ``{'w': f64[n]}``, ``Params(w: f64[n], b: float)``, ``'relu'``, ``True`` or ``None``.

    ``size`` gives what stands in it for each size as written; ``classes`` tells which named tuples
    and dataclasses there are.
    """
    return _Reader(size, classes or {}).kind(text.strip())


class _Reader:
    """Reads kinds; ``size`` and ``classes`` are as ``parse_kind`` has them."""

    def __init__(self, size: Size, classes: Mapping[str, Any]) -> None:
        self.size = size
        self.classes = classes

    def kind(self, text: str) -> Kind:
        if text in ("float", "int", "bool", "complex"):
            return text
        if text in SHORT:
            return ("np", SHORT[text])
        if text in _OBJECTS:
            return ("object", _OBJECTS[text])
        if text in ("None", "True", "False") or text[:1] in ("'", '"'):
            return ("static", _literal(text))
        if match := re.fullmatch(r"(\w*)([(\[{])(.*)([)\]}])", text, re.DOTALL):
            head, opening, inner, closing = match.groups()
            if closing == _CLOSING[opening]:
                return self.bracketed(head, opening, _split_top(inner), text)
        raise ArgumentError(
            f"cannot read the kind {text!r}: write float, int, bool, f64[n,3] or (float, f64[n])"
        )

    def bracketed(self, head: str, opening: str, parts: list[str], text: str) -> Kind:
        match head, opening:
            case "", "(":
                return ("tuple", tuple(map(self.kind, parts)))
            case "", "[":
                return ("list", tuple(map(self.kind, parts)))
            case "", "{":
                pairs = (_pair(part, text) for part in parts)
                return ("dict", tuple((_key(name), self.kind(kind)) for name, kind in pairs))
            case "list", "[" if len(parts) == 1:
                return ("elements", self.kind(parts[0]))
            case "tuple", "[":
                return ("tuple", tuple(map(self.kind, parts)))
            case _, "[" if head in SHORT:
                return ("array", SHORT[head], tuple(map(self.size, parts)))
            case _, "(":
                return self.struct(head, parts, text)
        raise ArgumentError(f"unknown element type {head!r} in {text!r}: use {', '.join(SHORT)}")

    def struct(self, name: str, parts: list[str], text: str) -> Kind:
        """An object with the kinds of its attributes, for named tuples and dataclasses all of them."""
        cls = self.classes.get(name)
        if not (isinstance(cls, type) and is_object(cls)):
            raise ArgumentError(f"{name!r} in {text!r} is no class of the module in Python")
        given = dict(_pair(part, text) for part in parts)
        names = fields_of(cls) if has_fields(cls) else [*given]
        if {*given} != {*names}:
            raise ArgumentError(f"{text!r} does not tell the fields {', '.join(names)}")
        return ("struct", cls, tuple((name, self.kind(given[name])) for name in names))


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        raise ArgumentError(f"cannot read the constant {text}") from None


def _pair(part: str, text: str) -> tuple[str, str]:
    """The name and the kind in ``name: kind``."""
    name, colon, kind = part.partition(":")
    if not colon:
        raise ArgumentError(f"{part!r} in {text!r} is no pair: write name: kind")
    return name.strip(), kind.strip()


def _key(text: str) -> Any:
    """A key as a literal; plain names need no quotes."""
    return text if text.isidentifier() else _literal(text)


def _split_top(text: str) -> list[str]:
    """The parts between commas outside all brackets."""
    parts, depth = [""], 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts if part.strip()]


def difference(source: str, before: Kind, now: Kind) -> str:
    """How something changed in kind, '' if it did not; two classes may have one name."""
    if before == now:
        return ""
    was, is_now = spelled(before), spelled(now)
    another = " of another class or object of that name" if was == is_now else ""
    return f"{source} was {was}, and is {is_now}{another}"


def spelled(kind: Kind) -> str:
    """A kind as ``--arg`` takes it, as far as it can be written there."""
    match kind:
        case ("array", dtype, ones):
            return f"{_short(dtype)}[{', '.join('1' if one else ':' for one in ones)}]"
        case ("np", dtype):
            return _short(dtype)
        case ("elements", inner):
            return f"list[{spelled(inner)}]"
        case ("dict", items):
            return "{" + ", ".join(f"{key!r}: {spelled(item)}" for key, item in items) + "}"
        case ("struct", cls, tuple(kinds)):
            return f"{cls.__name__}({', '.join(f'{n}: {spelled(k)}' for n, k in kinds)})"
        case ("method", function, owner):
            return f"{spelled(owner)}.{function.__name__}"
        case ("own", function):
            return f"self.{function.__name__}"
        case ("object", cls):
            return NAMES[cls]
        case ("static", value):
            return str(getattr(value, "__name__", repr(value)))
        case ("list", tuple(kinds)):
            return f"[{', '.join(map(spelled, kinds))}]"
        case ("tuple", tuple(kinds)) | tuple(kinds):
            return f"({', '.join(map(spelled, kinds))})"
    return str(kind)


def _short(dtype: str) -> str:
    return re.sub(r"^(float|int|complex)(?=\d)", lambda found: found[0][0], dtype)


__all__ = ["is_one", "parse_kind", "spelled"]
