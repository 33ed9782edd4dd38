"""For the tests of emitted text: functions from IR text, and what is emitted for them."""

from __future__ import annotations

import textwrap
from typing import Any

import pullback.rules  # noqa: F401  (fills the table)
from pullback.backend.load import load
from pullback.backend.numpy_ import emit_numpy
from pullback.ir.core import Func, walk
from pullback.ir.text import from_text
from pullback.ir.verify import verify


def function(text: str) -> Func:
    """A function from IR text, which may leave out the flags of loops."""
    text = textwrap.dedent(text).strip().replace(")\n->", ") ->")
    func = verify(from_text(text + "\n"))
    for op in walk(func.block):
        if op.name in ("for", "while"):
            op.params = {"exits": False, "reverse": False, **op.params}
    return func


def emitted(text: str) -> str:
    """The functions of the emitted text, without its imports."""
    found = emit_numpy(function(text)).text
    return found[found.index("def ") :]


def check(text: str, expected: str) -> None:
    assert emitted(text) == textwrap.dedent(expected).lstrip()


def run(text: str, *args: Any) -> Any:
    return load(emit_numpy(function(text)), "<test emit>")(*args)
