"""Texts: what f-strings, ``str``, ``print`` and operators on strings make of values.

A text is put together of pieces that are known here and of values that are shown, which are the inputs
of one op ``format``; where all is known, so is the text. Containers are shown by their items.
"""

from __future__ import annotations

import ast
import builtins
import collections
import dataclasses
import itertools
import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from pullback import refusals
from pullback.frontend.constants import constant_value
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import (
    ON_OBJECTS,
    Keywords,
    as_shown,
    builtin,
    handles,
    in_full,
    lower,
    only,
    simple_op,
    static,
    text_of_static,
)
from pullback.frontend.values import (
    NONE,
    Dct,
    Method,
    Ordered,
    Poison,
    Static,
    Struct,
    Tup,
    Value,
)
from pullback.frontend.walking import describe
from pullback.ir.core import Atom, Const, Var
from pullback.ir.outside import ANYTHING
from pullback.ir.types import Scalar, Text
from pullback.tree import found_in_class, is_generated, is_named_tuple

# What the operator % puts in, as printf does: a key, flags, width, precision and the kind.
_PERCENT = re.compile(r"%(?:\((\w+)\))?([-+ #0]*)(\d+|\*)?(?:\.(\d+|\*))?[hlL]?(.)", re.DOTALL)
_SHOWN = {"s": "!s", "r": "!r", "a": "!a"}
_REALS, _WHOLE = "eEfFgG", "diu"


@dataclass(frozen=True, slots=True)
class Shown:
    """A value in a text, as ``f"{value!r:8}"`` shows it."""

    value: Atom
    conversion: str = ""
    specification: str = ""

    def among_others(self) -> Shown:
        """Without a conversion that makes no difference."""
        t = self.value.type
        of_python = isinstance(t, Scalar) and t.origin == "py"
        plain = (self.conversion == "!s" and t != ANYTHING) or (self.conversion == "!r" and of_python)
        return Shown(self.value, "", self.specification) if plain and not self.specification else self


@dataclass(eq=False)
class Writing:
    """A text while it is put together."""

    frame: Frame
    node: ast.AST
    pieces: list[str | Shown] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Add what is known."""
        self.pieces.append(text)

    def show(self, value: Value, conversion: str = "", specification: str = "") -> None:
        """Add a value."""
        value = self.frame.latest(self.frame.decided(value))
        if isinstance(value, Static | Const):
            self.say(_known_text(self.frame, self.node, value, conversion, specification))
        elif _is_container(value) and not specification:
            self.container(value, conversion)
        elif not conversion + specification and (pieces := self.written_before(value)):
            self.pieces += pieces
        else:
            shown = as_shown(self.frame, value, self.node, "something to print")
            self.pieces.append(Shown(shown, conversion, specification))

    def written_before(self, value: Value) -> list[str | Shown]:
        """The pieces of a text that was made just before, of which this one is to be a part.

        What it shows is then shown here, so that no array may have been written to since.
        """
        ops = self.frame.b.ops
        made = next((op for op in reversed(ops) if value in op.outputs), None)
        if made is None or made.prim.name != "format":
            return []
        if made is not ops[-1] and not all(isinstance(a.type, Scalar | Text) for a in made.inputs):
            return []
        inputs = iter(made.inputs)
        return [p if isinstance(p, str) else Shown(next(inputs), *p) for p in made.params["template"]]

    def container(self, value: Tup | Dct | Struct, conversion: str) -> None:
        """Add a tuple, list, dict or object."""
        inner = conversion if conversion == "!a" else "!r"
        if isinstance(value, Struct):
            self.object(value, conversion, inner)
        elif isinstance(value, Dct):
            self.items("{", value.items.items(), "}", inner)
        else:
            pairs = [(None, item) for item in value.items]
            closing = ")" if len(pairs) != 1 else ",)"
            self.items(*(("[", pairs, "]") if value.is_list else ("(", pairs, closing)), inner)

    def items(self, opening: str, pairs: Any, closing: str, conversion: str) -> None:
        """Add items between brackets, with their keys if there are some."""
        self.say(opening)
        for k, (key, item) in enumerate(pairs):
            self.say(", " if k else "")
            if opening == "{":
                self.show(constant_value(key), conversion)
                self.say(": ")
            elif key is not None:
                self.say(f"{key}=")
            self.show(item, conversion)
        self.say(closing)

    def object(self, value: Struct, conversion: str, inner: str) -> None:
        """Add an object: what its class says, or the fields of named tuples and dataclasses."""
        said = None if conversion else ON_OBJECTS["formatted"](self.frame, self.node, value)
        if said is not None:
            return self.show(said)
        asked = (builtins.str, builtins.repr) if conversion in ("", "!s") else (builtins.repr,)
        for function in asked:
            if (shown := _shown_fields(value.cls, f"__{function.__name__}__")) is not None:
                pairs = [(name, value.items[name]) for name in shown]
                return self.items(f"{value.cls.__qualname__}(", pairs, ")", inner)
            said = ON_OBJECTS["builtin"](self.frame, self.node, function, [value], {})
            if said is not None:
                return self.show(said)
        self.frame.reject(
            refusals.WHERE_NEEDED, self.node, value=describe(value), what="something to print"
        )

    def text(self) -> Value:
        """The text."""
        pieces = [*_joined(self.pieces)]
        if len(pieces) > 1:
            pieces = [p if isinstance(p, str) else p.among_others() for p in pieces]
        shown = [p for p in pieces if not isinstance(p, str)]
        if not shown:
            return Static("".join(map(str, pieces)))
        template = tuple(p if isinstance(p, str) else (p.conversion, p.specification) for p in pieces)
        return simple_op(self.frame, self.node, "format", *(p.value for p in shown), template=template)


def _joined(pieces: Sequence[str | Shown]) -> Iterator[str | Shown]:
    """Pieces that are known and stand beside each other as one."""
    for known, group in itertools.groupby(pieces, lambda piece: isinstance(piece, str)):
        if not known:
            yield from group
        elif text := "".join(map(str, group)):
            yield text


def _known_text(
    frame: Frame, node: ast.AST, value: Static | Const, conversion: str, specification: str
) -> str:
    try:
        return text_of_static(value, conversion, specification)
    except (TypeError, ValueError) as error:
        frame.reject(refusals.FAILS, node, function="format", error=error)


def _shown_fields(cls: type, method: str) -> list[str] | None:
    """The fields that a method shows which was made for a named tuple or a dataclass, else None."""
    found = found_in_class(cls, method)
    if is_named_tuple(cls):
        made = getattr(found, "__globals__", None) is vars(collections)
        return [*cls._fields] if made else None  # type: ignore[attr-defined]
    if not is_generated(getattr(found, "__wrapped__", None)):
        return None
    return [f.name for f in dataclasses.fields(cls) if f.repr]


# ---- what makes texts


@handles(ast.JoinedStr)
def format_string(frame: Frame, node: ast.JoinedStr) -> Value:
    writing = Writing(frame, node)
    for part in node.values:
        if isinstance(part, ast.Constant):
            writing.say(str(part.value))
            continue
        assert isinstance(part, ast.FormattedValue)
        conversion = "" if part.conversion < 0 else f"!{chr(part.conversion)}"
        writing.show(lower(frame, part.value), conversion, _specification(frame, node, part))
    return writing.text()


def _specification(frame: Frame, node: ast.AST, part: ast.FormattedValue) -> str:
    """How a value is to be formatted, of which parts may be given by constants."""
    if part.format_spec is None:
        return ""
    found = lower(frame, part.format_spec)
    if not isinstance(found, Static):
        frame.reject(refusals.COMPUTED_FORMAT, node)
    return str(found.value)


def _shown(frame: Frame, node: ast.AST, value: Value, conversion: str, specification: str = "") -> Value:
    writing = Writing(frame, node)
    writing.show(value, conversion, specification)
    return writing.text()


@builtin(builtins.str)
def text_of(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    return _shown(frame, node, only(frame, node, args), "!s") if args else Static("")


@builtin(builtins.repr)
def representation(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    return _shown(frame, node, only(frame, node, args), "!r")


@builtin(builtins.ascii)
def in_ascii(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    return _shown(frame, node, only(frame, node, args), "!a")


@builtin(builtins.format)
def formatted(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    if not 1 <= len(args) <= 2 or keywords:
        what = "a value and a format specification"
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="format", arguments=what)
    specification = static(frame, node, args[1]) if len(args) == 2 else ""
    return _shown(frame, node, args[0], "", specification)


@builtin(builtins.print)
def print_(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    params: dict[str, Any] = {}
    for k, v in keywords.items():
        if k not in ("sep", "end", "flush"):
            frame.reject(refusals.PRINT_KEYWORD, node, name=k)
        params[k] = static(frame, node, v)
    frame.b.emit("print", [_printed(frame, node, a) for a in args], **params)
    return NONE


def _is_container(value: Value) -> TypeGuard[Tup | Dct | Struct]:
    """Whether a value is shown by its items, as OrderedDicts are in several ways."""
    return isinstance(value, Tup | Dct | Struct) and not isinstance(value, Ordered)


def _printed(frame: Frame, node: ast.AST, value: Value) -> Atom:
    value = frame.decided(value)
    if _is_container(value):
        value = _shown(frame, node, value, "!s")
    if isinstance(value, Static):
        return Const(value.value if value.value is None else str(value.value))
    return as_shown(frame, value, node, "something to print")


# ---- operators and methods


def is_known(value: Value) -> TypeGuard[Static]:
    """Whether a value is a text that is known here."""
    return isinstance(value, Static) and isinstance(value.value, str)


def is_text(value: Value) -> bool:
    """Whether a value is a text, known here or not."""
    return is_known(value) or (isinstance(value, Var | Const) and isinstance(value.type, Text))


def combined(frame: Frame, node: ast.AST, op: type, a: Value, b: Value) -> Value | None:
    """``a + b``, ``a % b`` and ``a * b`` of texts; None where this is none of them."""
    if op is ast.Mod and isinstance(a, Static) and isinstance(a.value, str):
        return _filled(frame, node, a.value, b)
    if op is ast.Add and is_text(a) and is_text(b):
        writing = Writing(frame, node)
        writing.show(a)
        writing.show(b)
        return writing.text()
    match op, a, b:
        case (ast.Mult, Static(str() as text), Const(value=int() as count)):
            return Static(text * count)
        case (ast.Mult, Const(value=int() as count), Static(str() as text)):
            return Static(text * count)
    return None


def _filled(frame: Frame, node: ast.AST, template: str, given: Value) -> Value:
    """``template % given``."""
    values = list(given.items) if isinstance(given, Tup) and not given.is_list else [given]
    named = given.items if isinstance(given, Dct) else {}
    writing, end, used = Writing(frame, node), 0, 0
    for found in _PERCENT.finditer(template):
        writing.say(template[end : found.start()])
        end = found.end()
        key, flags, width, precision, kind = found.groups()
        if kind == "%":
            writing.say("%")
        elif "*" in (width, precision):
            frame.reject(refusals.COMPUTED_FORMAT, node)
        elif key is not None and key in named:
            _put_in(writing, named[key], flags, width, precision, kind)
        elif key is None and used < len(values):
            _put_in(writing, values[used], flags, width, precision, kind)
            used += 1
        else:
            frame.reject(refusals.FAILS, node, function="%", error="there are too few values")
    if used < len(values) and not named:
        frame.reject(refusals.FAILS, node, function="%", error="there are too many values")
    writing.say(template[end:])
    return writing.text()


def _put_in(
    writing: Writing, value: Value, flags: str, width: str | None, precision: str | None, kind: str
) -> None:
    """Show a value as ``%-8.3f`` says."""
    frame, node = writing.frame, writing.node
    value = frame.decided(value)
    align = "<" if "-" in flags else ">" if kind in _SHOWN and width else ""
    size = (width or "") + (f".{precision}" if precision is not None else "")
    if kind in _SHOWN:
        text = _shown(frame, node, value, _SHOWN[kind]) if align + size else value
        conversion = "" if align + size else _SHOWN[kind]
        return writing.show(text, conversion, align + size)
    number = isinstance(value, Var | Const) and isinstance(value.type, Scalar)
    cls = value.type.cls if number else ""  # type: ignore[union-attr]
    known = cls in ("float", "int", "bool") and kind in _WHOLE + _REALS
    if not known or (precision and kind in _WHOLE):
        frame.reject(refusals.FORMAT_CODE, node, code=f"%{kind}", value=describe(value))
    if kind in _WHOLE and cls == "float":
        value = simple_op(frame, node, "int", value)  # type: ignore[arg-type]
    sign = next((s for s in "+ " if s in flags), "")
    zero = "0" if "0" in flags and "-" not in flags else ""
    sharp = "#" if "#" in flags and kind in _REALS else ""
    writing.show(value, "", align + sign + sharp + zero + size + ("d" if kind in _WHOLE else kind))


def method(
    frame: Frame, node: ast.Call, m: Method, owner: Value, args: Sequence[Value], keywords: Keywords
) -> Value | None:
    """A method of a text; None where others know what is done for it."""
    known = owner.value if isinstance(owner, Static) else None
    if not isinstance(known, str):
        return None
    if m.name == "format":
        return _format(frame, node, known, args, keywords)
    if m.name == "join" and (joined := _join(frame, node, known, args)) is not None:
        return joined
    return _of_constants(known, m.name, args) if not keywords else None


def _join(frame: Frame, node: ast.Call, between: str, args: Sequence[Value]) -> Value | None:
    """``between.join(...)`` of as many texts as stand there."""
    items = in_full(frame, node, args[0]) if len(args) == 1 else None
    if not isinstance(items, Tup) or not all(map(is_text, items.items)):
        return None
    writing = Writing(frame, node)
    for k, item in enumerate(items.items):
        writing.say(between if k else "")
        writing.show(item)
    return writing.text()


def _of_constants(text: str, name: str, args: Sequence[Value]) -> Value | None:
    """What a method of a text gives for constants, if that is one as well."""
    if not all(isinstance(a, Const | Static) and isinstance(a.value, str | int | None) for a in args):
        return None
    try:
        found = getattr(text, name)(*(a.value for a in args))  # type: ignore[union-attr]
    except (AttributeError, TypeError, ValueError, LookupError):
        return None
    value = constant_value(tuple(found) if isinstance(found, list) else found)
    if isinstance(value, Tup):
        return Tup(value.items, is_list=isinstance(found, list))
    return None if isinstance(value, Poison) else value


def _format(
    frame: Frame, node: ast.Call, template: str, args: Sequence[Value], keywords: Keywords
) -> Value:
    """``template.format(...)``."""
    writing, count = Writing(frame, node), 0
    for text, name, specification, conversion in string.Formatter().parse(template):
        writing.say(text)
        if name is None:
            continue
        key = name or str(count)
        count += not name
        given: Any = keywords.get(key)
        if key.isdecimal() and int(key) < len(args):
            given = args[int(key)]
        if given is None or "{" in (specification or ""):
            frame.reject(refusals.FORMAT_FIELD, node, field=f"{{{name}}}")
        writing.show(given, f"!{conversion}" if conversion else "", specification or "")
    return writing.text()


__all__ = ["combined", "is_known", "is_text", "method"]
