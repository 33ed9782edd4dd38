"""What the tests of passes share: a pass turns one text of IR into another."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable

from pullback import rules as _rules  # noqa: F401  (fills the table)
from pullback.ir.core import Func
from pullback.ir.text import from_text, to_text
from pullback.ir.verify import verify

Pass = Callable[[Func], None]
V, N = "float64[n0!]", "np.float64"
PARAMS = f"%x: {V}, %y: {V}, %u: {N}, %v: {N}, %a: float, %n: int, %c: bool"


def program(body: str, head: str = "@f", params: str = PARAMS) -> str:
    """A function with the usual parameters; its last line is ``return %x: type, ..``."""
    lines = textwrap.dedent(body).strip().splitlines()
    items = re.split(r",(?![^\[]*\])", lines[-1].strip().removeprefix("return"))
    given = [item.split(":") for item in items if item]
    values = ", ".join(value for value, _ in given)
    types = ", ".join(t.strip() for _, t in given)
    final = [f"return {values}"] if values else []
    return "\n".join([f"func {head}({params}) -> ({types}) {{", *lines[:-1], *final, "}", ""])


def becomes(apply: Pass, before: str, after: str, head: str = "@f", params: str = PARAMS) -> None:
    """Assert that a pass turns one body into the other, and leaves that alone."""
    func = verify(from_text(program(before, head, params)))
    expected = to_text(verify(from_text(program(after, head, params))))
    for _ in range(2):
        apply(func)
        assert to_text(verify(func)) == expected


def stays(apply: Pass, body: str, head: str = "@f", params: str = PARAMS) -> None:
    """Assert that a pass leaves a body as it is."""
    becomes(apply, body, body, head, params)
