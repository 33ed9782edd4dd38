"""Reading the textual form of the IR, whose grammar stands in ``pullback.ir.text``.

One statement a line. What leaves here is made of fresh variables and symbols, and not verified:
form and scopes are checked, types are believed.
"""

from __future__ import annotations

import ast
import re
from collections import ChainMap
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, NoReturn, TypeVar

import numpy as np

from pullback.errors import Loc, PullbackError
from pullback.ir import prims as _prims  # noqa: F401  (registers the primitives)
from pullback.ir import sizes
from pullback.ir import types as ty
from pullback.ir.alias import loop_params
from pullback.ir.core import PRIMS, Atom, Block, Const, Func, Op, Var
from pullback.ir.sizes import Size

NAME = r"[^\W\d]\w*"
_STRING = r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\""
_LABEL = rf"(?:\d+|(?:{NAME}|{_STRING})(?:\.\d+)?)"
_TOKEN = re.compile(
    rf"(?P<newline>\n)|(?P<space>[^\S\n]+)|(?P<comment>//[^\n]*)|(?P<var>%{_LABEL})"
    rf"|(?P<func>@{_LABEL})|(?P<string>{_STRING})|(?P<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?j?)"
    rf"|(?P<word>{NAME}(?:\.{NAME})*)|(?P<mark>->|[-+*(){{}}\[\]<>=:,?!])|(?P<bad>.)"
)
_PLACE = re.compile(r"// (.*):(\d+)\s*")
_WORDS = {"None": None, "True": True, "False": False, "inf": float("inf"), "nan": float("nan")}
_DTYPES = {np.dtype(c).name: cls for c in np.typecodes["All"] if (cls := ty.class_of(c))}
_BLOCKS = {"if": 2, "try": 1, "for": 1, "while": 2}
FLAGS = ("exits", "reverse")
BETWEEN_BLOCKS = {"if": "else", "while": "do"}
T = TypeVar("T")


class _Token(NamedTuple):
    kind: str
    text: str
    line: int

    def __str__(self) -> str:
        return {"newline": "the end of the line", "end": "the end"}.get(self.kind, repr(self.text))


_Declared = tuple[_Token, ty.Type]


def from_text(text: str) -> Func:
    """The first function of a text, linked to the others; a PullbackError names the bad line."""
    return _Parser(text).module()


def _tokens(text: str) -> Iterator[_Token]:
    """The tokens; newlines stand only after something, comments only at the end of a statement."""
    line, before = 1, "newline"
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "bad"
        if kind != "space" and not (before == "newline" and kind in ("newline", "comment")):
            yield _Token(kind, match.group(), line)
            before = kind
        line += kind == "newline"
    if before != "newline":
        yield _Token("newline", "\n", line)
    yield _Token("end", "", line)


class _Parser:
    def __init__(self, text: str) -> None:
        self.source = text.split("\n")
        self.tokens = list(_tokens(text))
        self.position = 0
        self.funcs: dict[str, Func] = {}
        self.awaited: dict[str, _Token] = {}
        self.syms: dict[str, ty.Sym] = {}
        self.scope: ChainMap[str, Var] = ChainMap()
        self.defined: set[str] = set()

    # ---- tokens

    @property
    def peek(self) -> _Token:
        return self.tokens[self.position]

    def next(self, kind: str = "") -> _Token:
        """The token that is due; ``kind`` is what it must be."""
        token = self.peek
        if kind not in ("", token.kind):
            self.fail(f"a {kind} is due where {token} stands")
        self.position += token.kind != "end"
        return token

    def accept(self, text: str) -> bool:
        found = self.peek.text == text
        self.position += found
        return found

    def expect(self, text: str) -> None:
        if not self.accept(text):
            self.fail(f"{text!r} is due where {self.peek} stands")

    def fail(self, message: str, token: _Token | None = None) -> NoReturn:
        line = (token or self.peek).line
        shown = f"{message}\n  {line} | {self.source[line - 1].strip()}"
        raise PullbackError(f"bad IR text, line {line}: {shown}")

    def end_line(self) -> Loc | None:
        """Past the end of the line; the place in the user's source that its comment names."""
        comment = self.next().text if self.peek.kind == "comment" else ""
        self.next("newline")
        place = _PLACE.fullmatch(comment)
        return Loc(place[1], int(place[2])) if place else None

    def several(self, item: Callable[[], T], close: str = "") -> list[T]:
        """Items between commas; with ``close``, none or more up to it, one comma more at will."""
        found: list[T] = []
        while not (close and self.accept(close)):
            found.append(item())
            if not self.accept(","):
                if close:
                    self.expect(close)
                break
        return found

    # ---- functions and blocks

    def module(self) -> Func:
        entry = self.func()
        while self.peek.kind != "end":
            self.func()
        for label, token in self.awaited.items():
            self.fail(f"{label} is not defined", token)
        return entry

    def func(self) -> Func:
        self.expect("func")
        token = self.next("func")
        func = self.callee(token)
        if self.awaited.pop(token.text, None) is None:
            self.fail(f"{token.text} is defined twice", token)
        self.scope, self.defined = ChainMap(), set()
        self.expect("(")
        params = self.several(lambda: (self.accept("taken"), self.declared()), ")")
        self.expect("->")
        self.expect("(")
        types = self.several(self.type, ")")
        func.block, func.loc = self.block([p for _, p in params], "return")
        func.taken = frozenset(i for i, (taken, _) in enumerate(params) if taken)
        self.end_line()
        if [r.type for r in func.results] != types:
            self.fail(f"{token.text} does not return the types that it declares", token)
        return func

    def callee(self, token: _Token) -> Func:
        """The function of a label; it may be defined further down."""
        if token.text not in self.funcs:
            self.funcs[token.text] = Func(self.name(token), Block([], [], []))
            self.awaited[token.text] = token
        return self.funcs[token.text]

    def block(self, declared: list[_Declared], final: str = "yield") -> tuple[Block, Loc | None]:
        """A block with its braces, and the place that its first line names."""
        self.expect("{")
        loc = self.end_line()
        self.scope = self.scope.new_child()
        block = Block([self.define(*d) for d in declared], [], [])
        while self.peek.text not in (final, "}"):
            block.ops.append(self.op())
        if self.accept(final):
            block.results = self.atoms()
            self.end_line()
        self.expect("}")
        self.scope = self.scope.parents
        return block, loc

    # ---- variables and constants

    def declared(self) -> _Declared:
        token = self.next("var")
        self.expect(":")
        return token, self.type()

    def define(self, token: _Token, t: ty.Type) -> Var:
        if token.text in self.defined:
            self.fail(f"{token.text} is defined twice", token)
        self.defined.add(token.text)
        var = self.scope[token.text] = Var(t, self.name(token))
        return var

    def atoms(self) -> list[Atom]:
        """Values between commas, if there are any: what follows them is never the start of one."""
        kind, text, _ = self.peek
        starts = kind in ("var", "number", "string") or text in (*_WORDS, "-", "complex")
        return self.several(self.atom) if starts or text.startswith("np.") else []

    def atom(self) -> Atom:
        token = self.peek
        if token.kind == "var":
            if token.text not in self.scope:
                self.fail(f"{token.text} is not defined here")
            return self.scope[self.next().text]
        value = self.literal()
        t = self.type() if self.accept(":") else ty.type_of(value)
        if t is None:
            self.fail(f"no constant can hold {value!r}", token)
        return Const(value, t)

    # ---- ops

    def op(self) -> Op:
        outputs = self.several(self.output) if self.peek.kind == "var" else []
        if outputs:
            self.expect("=")
        token = self.next("word")
        if token.text not in PRIMS:
            self.fail(f"no primitive is called {token.text!r}", token)
        op = Op(PRIMS[token.text], ())
        declared = self.operands(op)
        op.params = {**op.params, **self.params(op)}
        op.checked = self.accept("checked")
        op.loc = self.blocks(op, declared)
        if len(op.blocks) != _BLOCKS.get(op.name, len(op.blocks)):
            self.fail(f"{op.name} takes {_BLOCKS[op.name]} block(s)", token)
        op.outputs = self.outputs(op, outputs)
        return op

    def output(self) -> tuple[_Token, ty.Type | None]:
        return self.next("var"), self.type() if self.accept(":") else None

    def outputs(self, op: Op, written: list[tuple[_Token, ty.Type | None]]) -> tuple[Var, ...]:
        """Define what an op gives; a loop gives its carries, whose types need not be said again."""
        carried = loop_params(op, op.blocks[-1]) if op.name in ("for", "while") else []
        found: list[Var] = []
        for k, (token, t) in enumerate(written):
            if t is None and k >= len(carried):
                self.fail(f"{token.text} has no type", token)
            found.append(self.define(token, t or carried[k].type))
        return tuple(found)

    def operands(self, op: Op) -> list[_Declared]:
        """Set what an op takes; the parameters of its first block, where they stand beside."""
        if op.name == "for":
            index = self.declared()
            self.expect("=")
            bounds = self.atoms()
            if len(bounds) != 3:
                self.fail("a for takes a start, a stop and a step")
            return [index, *self.carries(op, bounds)]
        if op.name == "while":
            return self.carries(op, [])
        if self.peek.kind == "func":
            op.params = {"callee": self.callee(self.next())}
            self.expect("(")
            op.inputs = tuple(self.several(self.atom, ")"))
        else:
            op.inputs = tuple(self.atoms())
        return []

    def carries(self, op: Op, bounds: list[Atom]) -> list[_Declared]:
        carried: list[tuple[_Declared, Atom]] = []
        if self.accept("carry"):
            self.expect("(")
            carried = self.several(lambda: self.assigned(self.declared, self.atom), ")")
        op.inputs = (*bounds, *(init for _, init in carried))
        return [declared for declared, _ in carried]

    def assigned(self, left: Callable[[], Any], right: Callable[[], Any]) -> tuple[Any, Any]:
        found = left()
        self.expect("=")
        return found, right()

    def params(self, op: Op) -> dict[str, Any]:
        """The flags of loops, and ``{axis=0, keepdims=True}``: a brace that ends no line."""
        loop = op.name in ("for", "while")
        found: dict[str, Any] = {flag: True for flag in FLAGS if loop and self.accept(flag)}
        if self.tokens[self.position + 1].kind == "word" and self.accept("{"):
            key = lambda: self.next("word").text
            found.update(self.several(lambda: self.assigned(key, self.literal), "}"))
        return found

    def blocks(self, op: Op, declared: list[_Declared]) -> Loc | None:
        """Read the blocks of an op to the end of the last line; the place of its first line."""
        found: list[tuple[Block, Loc | None]] = []
        between = BETWEEN_BLOCKS.get(op.name)
        while self.peek.text in ("(", "{"):
            if self.accept("("):
                declared = self.several(self.declared, ")")
            found.append(self.block(declared))
            declared = []
            if between and not self.accept(between):
                break
        op.blocks = tuple(block for block, _ in found)
        loc = self.end_line()
        return found[0][1] if found else loc

    # ---- types

    def type(self) -> ty.Type:
        token = self.next("word")
        match token.text:
            case "text":
                return ty.Text()
            case "keys":
                return ty.Keys()
            case "record":
                return self.record()
            case "object" if self.accept("<"):
                name = self.next("word").text
                self.expect(">")
                return ty.Object(name)
            case "list" | "deque":
                most = None
                if self.accept("<"):
                    most = int(self.next("word").text)
                    self.expect(">")
                self.expect("[")
                elem = None if self.accept("?") else self.type()
                self.expect("]")
                return ty.List(elem, token.text == "deque", most)
        origin, _, name = token.text.rpartition(".")
        cls, dtype = self.numbers(token, name)
        if not origin and self.accept("["):
            return ty.Array(cls, dtype, tuple(self.several(self.dim, "]")))
        if origin == "np":
            return ty.Scalar(cls, "np", dtype)
        if origin not in ("", "any") or name not in ty.CLASSES:
            self.fail(f"{token.text!r} is no type", token)
        return ty.Scalar(cls, origin or "py")

    def numbers(self, token: _Token, name: str) -> tuple[str, str | None]:
        """Class and dtype that a name stands for: ``bool`` is both, ``bool?`` only the class."""
        if name in ty.CLASSES and (name != "bool" or self.accept("?")):
            return name, None
        if name not in _DTYPES:
            self.fail(f"{token.text!r} is no type", token)
        return _DTYPES[name], name

    def record(self) -> ty.Record:
        self.expect("<")
        token = self.next("string" if self.peek.kind == "string" else "word")
        self.expect(">")
        return ty.Record(
            self.evaluated(token, token.text) if token.kind == "string" else token.text
        )

    def dim(self) -> ty.Dim:
        """A sum of products; ``n0-1`` alone is a size that is not below 0."""
        total = Size((), 0)
        sign = -1 if self.accept("-") else 1
        while True:
            total = sizes.add(total, self.product(), sign)
            if self.accept("+"):
                sign = 1
            elif self.accept("-"):
                sign = -1
            else:
                return sizes.dim_of(total)

    def product(self) -> Size:
        factors = [self.factor()]
        while self.accept("*"):
            factors.append(self.factor())
        return sizes.product_of(factors)

    def factor(self) -> ty.Dim:
        if self.accept("("):
            inner = self.dim()
            self.expect(")")
            return inner
        token = self.next()
        if token.text.isdecimal():
            return int(token.text)
        if not re.fullmatch(r"n\d+", token.text):
            self.fail(f"{token} is no size", token)
        many = self.accept("!")
        sym = self.syms.setdefault(token.text, ty.fresh_sym(many))
        if sym.many != many:
            self.fail(f"{token.text} stands with and without '!'", token)
        return sym

    # ---- literals

    def literal(self) -> Any:
        token = self.next()
        if token.kind in ("number", "string"):
            return self.evaluated(token, token.text)
        if token.kind == "func":
            return self.callee(token)
        if token.text in _WORDS:
            return _WORDS[token.text]
        if token.text == "(":
            return self.parenthesised()
        if token.text == "[":
            return self.several(self.literal, "]")
        if token.text == "complex" or token.text.startswith("np."):
            self.expect("(")
            return self.made(token, self.several(self.literal, ")"))
        if token.text == "-" and (self.peek.kind == "number" or self.peek.text == "inf"):
            return -self.literal()
        self.fail(f"{token} is no literal", token)

    def parenthesised(self) -> Any:
        """As in Python, one thing is a tuple only with a comma after it."""
        items = self.several(self.literal, ")")
        comma = self.tokens[self.position - 2].text == ","
        return items[0] if len(items) == 1 and not comma else tuple(items)

    def made(self, token: _Token, values: Sequence[Any]) -> Any:
        """A complex number or a NumPy scalar, which are written as calls."""
        name = token.text.removeprefix("np.")
        if token.text != "complex" and name not in _DTYPES:
            self.fail(f"{token.text!r} is no type of numbers", token)
        make = complex if token.text == "complex" else np.dtype(name).type
        try:
            return make(*values)
        except (TypeError, ValueError, OverflowError) as error:
            self.fail(f"{token.text} takes no such value ({error})", token)

    def evaluated(self, token: _Token, text: str) -> Any:
        """The value of a Python literal that is one token, or a part of one."""
        try:
            return ast.literal_eval(text)
        except (SyntaxError, ValueError):
            self.fail(f"{token} is no literal", token)

    def name(self, token: _Token) -> str:
        """The name in ``%x``, ``%x.1``, ``%'a b'.1`` and, none, in ``%0``."""
        label = token.text[1:]
        if label[0] in "'\"":
            return str(self.evaluated(token, label[: label.rindex(label[0]) + 1]))
        return "" if label.isdecimal() else label.partition(".")[0]
