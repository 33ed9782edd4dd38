"""What operators make of run-time lists: written in Python, as loops over them."""

from __future__ import annotations

import ast

from pullback.frontend import inline, sequences
from pullback.frontend.frame import Frame
from pullback.frontend.list_reads import refuse_deques
from pullback.frontend.lists import Changed, extended, grows_once, longer
from pullback.frontend.lowering import ON_LISTS, made
from pullback.frontend.values import Value


def joined(frame: Frame, node: ast.AST, a: Value, b: Value) -> Value:
    """``a + b`` of lists."""
    refuse_deques(frame, node, a, b)
    out: Value = made(frame, (), True)
    for part in (a, b):
        out = inline.expand(frame, node, sequences.COLLECT, "out", source=part, out=out)
    return out


def repeated(frame: Frame, node: ast.AST, a: Value, n: Value) -> Value:
    """``a * n`` of a list."""
    refuse_deques(frame, node, a)
    text = "for _ in range(n):\n    for item in source:\n        out.append(item)\n"
    return inline.expand(frame, node, text, "out", source=a, n=n, out=made(frame, (), True))


def equal(frame: Frame, node: ast.AST, a: Value, b: Value) -> Value:
    """``a == b`` of lists."""
    refuse_deques(frame, node, a, b)
    text = """
same = len(a) == len(b)
if same:
    for k in range(len(a)):
        if a[k] != b[k]:
            same = False
            break
"""
    return inline.expand(frame, node, text, "same", a=a, b=b)


def augmented(frame: Frame, s: ast.AugAssign, old: Value, value: Value) -> Value:
    """``l += items`` and ``l *= n``, which change the list."""
    if isinstance(s.op, ast.Add) and grows_once(frame, old, value):
        return longer(frame, old, value, s.target)
    target = Changed(frame, s, s.target, old)
    if isinstance(s.op, ast.Mult):
        refuse_deques(frame, s, old)
    if isinstance(s.op, ast.Add):
        return extended(frame, s, target, value)
    return target.becomes(repeated(frame, s, target.value, value))


ON_LISTS |= {ast.Add: joined, ast.Mult: repeated, ast.Eq: equal, ast.AugAssign: augmented}
