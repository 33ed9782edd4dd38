"""The functions of ``operator`` that stand for syntax: calls of them are lowered as that."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from pullback import refusals
from pullback.frontend import inline, outputs
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import BUILTINS, Keywords, apply, builtin
from pullback.frontend.values import Value
from pullback.ir.core import Const, Var
from pullback.rules.table import lookup

BINARY = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "matmul": "@", "and_": "&", "or_": "|", "xor": "^", "lshift": "<<", "rshift": ">>", "lt": "<",
    "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=", "is_": "is", "is_not": "is not",
    "concat": "+",
}  # fmt: skip
IN_PLACE = {
    "iadd": "+", "isub": "-", "imul": "*", "itruediv": "/", "ifloordiv": "//", "imod": "%",
    "ipow": "**", "imatmul": "@", "iand": "&", "ior": "|", "ixor": "^", "iconcat": "+",
}  # fmt: skip
UNARY = {"neg": "-a", "pos": "+a", "invert": "~a", "inv": "~a", "abs": "abs(a)", "not_": "not a",
         "truth": "bool(a)"}  # fmt: skip
# The text for each function, how many arguments it has, and which name then holds what it gives.
TEXTS = {
    **{name: (f"out = {text}", 1, "out") for name, text in UNARY.items()},
    **{name: (f"out = a {symbol} b", 2, "out") for name, symbol in BINARY.items()},
    **{name: (f"a {symbol}= b", 2, "a") for name, symbol in IN_PLACE.items()},
    "getitem": ("out = a[b]", 2, "out"),
    "contains": ("out = b in a", 2, "out"),
    "countOf": ("out = a.count(b)", 2, "out"),
    "indexOf": ("out = a.index(b)", 2, "out"),
    "setitem": ("a[b] = c\nout = None", 3, "out"),
    "delitem": ("del a[b]\nout = None", 2, "out"),
}


def _called(
    function: Callable[..., Any], text: str, count: int, wanted: str
) -> Callable[[Frame, ast.Call, list[Value], Keywords], Value]:
    """What is done for a call of a function that stands for a piece of syntax."""

    def call(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
        row = lookup(function)
        if row is not None and all(isinstance(a, Var | Const) for a in args):
            return outputs.call(frame, node, function, row, args, keywords)
        if len(args) != count or keywords:
            what = ("one value", "two values", "three values")[count - 1]
            name = f"operator.{function.__name__}"
            frame.reject(refusals.BUILTIN_ARGUMENTS, node, name=name, arguments=what)
        given = dict(zip("abc", args, strict=False))
        return inline.expand(frame, node, text, wanted, None, None, **given)

    return call


@builtin(operator.call)
def call(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    if not args:
        frame.reject(
            refusals.BUILTIN_ARGUMENTS, node, name="operator.call", arguments="what is called"
        )
    return apply(frame, node, args[0], args[1:], keywords)


for name, entry in TEXTS.items():
    BUILTINS[getattr(operator, name)] = _called(getattr(operator, name), *entry)
