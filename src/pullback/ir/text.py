"""The textual form of the IR: what ``pullback ir`` shows, and what reads back as the same function.

    func @loss(%w: float64[n0!], taken %x: float64[n1!, n0!]) -> (float) {         // model.py:10
      %z: float64[n1!] = matmul %x, %w                                             // model.py:12
      %s = for %i: int = 0, 3, 1 carry (%s.1: float = 0.0) exits reverse {         // model.py:13
        %0: np.float64 = getitem %z, %i {path=(('i',),)} checked
        %s.2: float, %go: bool = call @step(%s.1, %0)
        yield %go, %s.2
      }
      return %s
    }

The entry comes first, callers before callees. Names are the user's, told apart by ``.1``, ``.2``;
a temporary is a number; what is no identifier stands in quotes. Symbols of sizes are numbered in
the whole text as they appear, ``!`` says many; sizes are sums of products of them, ``n0!*n1+1``,
and ``n0-1`` alone is not below 0. ``else`` stands between the blocks of an ``if``,
``do`` between those of a ``while``; other ops with blocks write parameters before each brace. The
outputs of a loop have the types of its carries where none is written. A constant is a Python
literal, with a type if it has another one than such a literal has. ``bool?`` is the class bool
without a dtype.

Reading back keeps structure, names, types, constants, params, ``checked`` and ``taken``. A place
keeps its line and the last part of its file's name, which is what a reader needs; columns, and what
a function says of itself to Python (arguments, returns, doc), are not written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pullback.errors import Loc
from pullback.ir.alias import loop_params
from pullback.ir.core import Atom, Block, Func, Op, Var, reachable
from pullback.ir.parse import BETWEEN_BLOCKS, FLAGS, NAME, from_text
from pullback.ir.sizes import Size, spelled
from pullback.ir.types import Array, Dim, List, Record, Scalar, Sym, Type, type_of

__all__ = ["Printer", "from_text", "to_text"]

_COMMENT_COLUMN = 72


def to_text(func: Func) -> str:
    """The function and all that it calls, also of IR that the verifier would refuse."""
    return Printer().program(func)


def _words(*words: str) -> str:
    return " ".join(filter(None, words))


def _label(name: str) -> str:
    return name if re.fullmatch(NAME, name) else repr(name)


class _Labels:
    """Labels of variables or functions: x, x.1, x.2 for those of one name, 0, 1, 2 without one."""

    def __init__(self, sigil: str) -> None:
        self.sigil = sigil
        self.known: dict[Var | Func, str] = {}
        self.count: Counter[str] = Counter()

    def __getitem__(self, item: Var | Func) -> str:
        if item not in self.known:
            number = str(self.count[item.name])
            self.count[item.name] += 1
            parts = [_label(item.name)] if item.name else []
            parts += [number] if number != "0" or not parts else []
            self.known[item] = self.sigil + ".".join(parts)
        return self.known[item]


class Printer:
    """Writes functions one after the other; labels are given in the order in which they appear.

    What one printer writes again has the labels that it had, so that texts of a program before and
    after a pass differ where the pass changed something.
    """

    def __init__(self) -> None:
        self.funcs = _Labels("@")
        self.vars = _Labels("%")
        self.known: dict[Func, _Labels] = {}
        self.syms: dict[Sym, str] = {}
        self.lines: list[str] = []

    def program(self, func: Func) -> str:
        """The text of a function and of all that it calls."""
        return "\n".join(self.func(f) for f in reversed(reachable(func)))

    def func(self, func: Func) -> str:
        self.vars, self.lines = self.known.setdefault(func, _Labels("%")), []
        params = [
            _words("taken" if k in func.taken else "", self.declared(p))
            for k, p in enumerate(func.params)
        ]
        head = f"func {self.funcs[func]}({', '.join(params)})"
        types = ", ".join([self.type(r.type) for r in func.results])
        self.line(0, f"{head} -> ({types}) {{", func.loc)
        self.block(func.block, 1, "return")
        self.line(0, "}")
        return "\n".join(self.lines) + "\n"

    def line(self, depth: int, text: str, loc: Loc | None = None) -> None:
        text = "  " * depth + text
        if loc is not None:
            file = " ".join(loc.short_file.split())
            text = f"{text:<{_COMMENT_COLUMN}}  // {file}:{loc.line}"
        self.lines.append(text)

    def block(self, block: Block, depth: int, final: str = "yield") -> None:
        for op in block.ops:
            self.op(op, depth)
        if block.results:
            self.line(depth, f"{final} {self.atoms(block.results)}")

    # ---- ops

    def op(self, op: Op, depth: int) -> None:
        loop = _is_regular_loop(op)
        outputs = ", ".join(self.outputs(op, loop))
        head = self.loop(op) if loop else self.simple(op)
        text = _words(outputs, "=" if outputs else "", head, *self.tail(op, loop))
        for k, block in enumerate(op.blocks):
            if k > 0:
                text = _words("}", BETWEEN_BLOCKS.get(op.name, ""))
            beside = loop and k == 0
            params = "" if beside else ", ".join(map(self.declared, block.params))
            text = _words(text, f"({params})" if params else "", "{")
            self.line(depth, text, None if k else op.loc)
            self.block(block, depth + 1)
        if op.blocks:
            self.line(depth, "}")
        else:
            self.line(depth, text, op.loc)

    def outputs(self, op: Op, loop: bool) -> list[str]:
        """The outputs of an op; those of a loop with their types where its carries have others."""
        implied = [p.type for p in loop_params(op, op.blocks[-1])] if loop else []
        return [
            self.vars[v] if [v.type] == implied[k : k + 1] else self.declared(v)
            for k, v in enumerate(op.outputs)
        ]

    def loop(self, op: Op) -> str:
        """``for %i: int = 0, %n, 1 carry (%s: float = 0.0)`` or the same of a ``while``."""
        head, params, inits = op.name, op.blocks[0].params, op.inputs
        if op.name == "for":
            head = f"for {self.declared(params[0])} = {self.atoms(inits[:3])}"
            params, inits = params[1:], inits[3:]
        pairs = zip(params, inits, strict=True)
        carries = [f"{self.declared(p)} = {self.atom(init)}" for p, init in pairs]
        return f"{head} carry ({', '.join(carries)})" if carries else head

    def simple(self, op: Op) -> str:
        """The name of an op and what it takes: ``add %a, %b``, or ``call @f(%a, %b)``."""
        callee = op.params.get("callee")
        inputs = self.atoms(op.inputs)
        if isinstance(callee, Func):
            return f"{op.name} {self.funcs[callee]}({inputs})"
        return _words(op.name, inputs)

    def tail(self, op: Op, loop: bool) -> list[str]:
        """What follows the inputs: flags of a loop, other params, ``checked``."""
        written = [flag for flag in FLAGS if loop and op.params.get(flag) is True]
        flags = list(written)
        if isinstance(op.params.get("callee"), Func) and not loop:
            written.append("callee")
        rest = {k: v for k, v in op.params.items() if k not in written}
        return [*flags, self.params(rest) if rest else "", "checked" if op.checked else ""]

    def params(self, params: Mapping[str, Any]) -> str:
        return "{" + ", ".join(f"{k}={self.literal(v)}" for k, v in params.items()) + "}"

    # ---- values and types

    def atoms(self, atoms: Sequence[Atom]) -> str:
        return ", ".join(map(self.atom, atoms))

    def atom(self, atom: Atom) -> str:
        if isinstance(atom, Var):
            return self.vars[atom]
        text = self.literal(atom.value)
        return text if atom.type == type_of(atom.value) else f"{text}: {self.type(atom.type)}"

    def declared(self, v: Var) -> str:
        return f"{self.vars[v]}: {self.type(v.type)}"

    def type(self, t: Type) -> str:
        match t:
            case Array():
                name = t.dtype or ("bool?" if t.cls == "bool" else t.cls)
                return f"{name}[{', '.join(map(self.dim, t.shape))}]"
            case List():
                kind = repr(t).partition("[")[0]
                return f"{kind}[?]" if t.elem is None else f"{kind}[{self.type(t.elem)}]"
            case Record():
                return f"record<{_label(t.name)}>"
            case Scalar("bool", "np", None):
                return "np.bool?"
        return repr(t)

    def dim(self, n: Dim) -> str:
        if isinstance(n, int):
            return str(n)
        if isinstance(n, Size):
            return spelled(n, self.dim)
        name = self.syms.setdefault(n.whole, f"n{len(self.syms)}{'!' if n.many else ''}")
        return f"{name}-{n.less}" if n.less else name

    def literal(self, value: Any) -> str:
        match value:
            case Func():
                return self.funcs[value]
            case tuple():
                items = [self.literal(v) for v in value]
                return f"({', '.join(items)}{',' * (len(items) == 1)})"
            case str():
                return str.__repr__(value)
            case np.generic():
                return _numpy_literal(value)
            case complex():
                return f"complex({value.real!r}, {value.imag!r})"
        return repr(value)


def _numpy_literal(value: np.generic) -> str:
    """``np.float32(0.1)``: the shortest number that gives the same value back."""
    number = value.item()
    if isinstance(number, complex):
        text = f"complex({number.real!r}, {number.imag!r})"
    elif isinstance(number, np.generic):  # wider than any number of Python's
        text = repr(str(value))
    elif isinstance(number, float) and type(value)(str(value)) == value:
        text = str(value)
    else:
        text = repr(number)
    return f"np.{value.dtype.name}({text})"


def _is_regular_loop(op: Op) -> bool:
    """Whether a loop can be written as one, its initial values beside the carries."""
    params = op.blocks[0].params if op.blocks else []
    match op.name:
        case "for":
            return len(op.blocks) == 1 and len(op.inputs) == len(params) + 2 > 2
        case "while":
            return len(op.blocks) == 2 and len(op.inputs) == len(params)
    return False
