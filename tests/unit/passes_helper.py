"""What the tests of passes share: a pass turns one text of IR into another."""

from __future__ import annotations

from collections.abc import Callable

from pullback import rules as _rules  # noqa: F401  (fills the table)
from pullback.ir.core import Func
from pullback.ir.text import from_text, to_text
from pullback.ir.verify import verify

Pass = Callable[[Func], None]
HEADS = {
    "scalars": "func @f(%x: np.float64, %y: np.float64, %a: float, %n: int, %c: bool)",
    "vectors": "func @f(%x: float64[n0!], %y: float64[n0!], %z: float64[n1!], %s: np.float64, "
    "%n: int, %c: bool)",
}


def program(body: str, head: str) -> str:
    """A whole function from the lines of its body; ``returns`` are given in its last line."""
    *lines, last = body.strip().splitlines()
    values, _, types = last.strip().removeprefix("return").partition("->")
    text = "\n".join([f"{HEADS.get(head, head)} -> ({types.strip()}) {{", *lines])
    return f"{text}\n  return {values.strip()}\n}}\n" if values.strip() else f"{text}\n}}\n"


def applied(apply: Pass, text: str) -> Func:
    """The function of a text after a pass, valid before and after."""
    func = verify(from_text(text))
    before = func.block
    apply(func)
    assert func.block is not None and before is not None
    return verify(func)


def becomes(apply: Pass, before: str, after: str, head: str = "scalars") -> None:
    """Assert that a pass turns one body into the other, and changes that no more."""
    expected = to_text(from_text(program(after, head)))
    func = applied(apply, program(before, head))
    assert _bare(to_text(func)) == _bare(expected)
    apply(func)
    assert _bare(to_text(verify(func))) == _bare(expected)


def stays(apply: Pass, body: str, head: str = "scalars") -> None:
    becomes(apply, body, body, head)


def _bare(text: str) -> str:
    """Symbols of sizes aside: those inferred twice differ."""
    return text


__all__ = ["applied", "becomes", "program", "stays"]
