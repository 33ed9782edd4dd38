"""``pullback check``: derivatives beside central differences, as a table."""

from __future__ import annotations

import math
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click
import numpy as np

from pullback import tree
from pullback.cli.arguments import argument_values
from pullback.cli.derivatives import Request, opened
from pullback.cli.drawn import Drawing, given_sizes
from pullback.cli.failure import Failure
from pullback.cli.target import Target, place_of
from pullback.errors import PullbackError
from pullback.testing import Comparison, compare_grads

HEAD = ("order", "function", "argument", "mode", "derivative", "difference", "allowed", "")
RIGHT = (4, 5, 6)


@dataclass(frozen=True)
class Checks:
    """What to check, and how closely."""

    modes: str
    order: int
    seed: int
    size: tuple[str, ...]
    rtol: float
    atol: float


def report(request: Request, checks: Checks) -> tuple[str, bool]:
    """The table with what was checked above it, and whether all agrees."""
    with opened(request) as target:
        drawing = Drawing(np.random.default_rng(checks.seed), given_sizes(checks.size))
        bound = argument_values(target, request.arg, request.call, drawing.draw)
        drawing.check_sizes()
        if bound.kwargs:
            raise Failure(
                f"{target.name} has arguments that only keywords give: {', '.join(bound.kwargs)}",
                "write a function of positional arguments that calls this, and check it",
            )
        found = compared(target, bound.args, checks)
        head = heading(target, bound.arguments, checks.seed)
        return f"{head}\n\n{table(found)}\n\n{verdict(found)}\n", all(c.agrees for c in found)


def compared(target: Target, args: Sequence[Any], checks: Checks) -> list[Comparison]:
    """All comparisons; what the function raises at these arguments is a message."""
    modes = tuple(part.strip() for part in checks.modes.split(",") if part.strip())
    with np.errstate(all="ignore"):  # the table shows what is not finite
        try:
            return list(
                compare_grads(
                    target.function, *args, modes=modes, order=checks.order, seed=checks.seed,
                    rtol=checks.rtol, atol=checks.atol,
                )
            )  # fmt: skip
        except PullbackError:
            raise
        except Exception as error:
            raise raised(target, error) from error


def raised(target: Target, error: Exception) -> Failure:
    """The message for an exception of the function or of a derivative; others are bugs of ours."""
    frames = traceback.extract_tb(error.__traceback__)
    users = [f for f in frames if f.filename == target.python.__code__.co_filename]
    if not users and not any(f.filename.startswith("<pullback ") for f in frames):
        raise error
    who = target.name if users else f"a derivative of {target.name}"
    notes = "".join(f"\n{note}" for note in getattr(error, "__notes__", ()))
    return Failure(
        f"{who} raises {type(error).__name__} at these arguments: {error}{notes}",
        "give others: sizes with --size, values with --call, draws with --seed",
        place_of(users[-1]) if users else None,
    )


def heading(target: Target, arguments: Mapping[str, Any], seed: int) -> str:
    """What is checked, at which arguments."""
    listed = ", ".join(f"{n}: {summary(arguments[n])}" for n in target.parameters if n in arguments)
    return f"{target.name}, --seed {seed}\n{listed}"


def summary(value: Any) -> str:
    """A number as it is, an array as its dtype and shape, trees of them."""
    items = tree.children(value)
    if items is None:
        return leaf_summary(value)
    if tree.is_object(type(value)) or isinstance(value, dict):
        name = "" if isinstance(value, dict) else type(value).__name__
        return f"{name}({', '.join(f'{key}: {summary(item)}' for key, item in items.items())})"
    left, right = "[]" if isinstance(value, list) else "()"
    return f"{left}{', '.join(map(summary, items.values()))}{right}"


def leaf_summary(value: Any) -> str:
    match value:
        case np.ndarray():
            return f"{value.dtype}[{', '.join(map(str, value.shape))}]"
        case float() | np.floating():
            return f"{value:.6g}"
    return str(getattr(value, "__name__", repr(value)))


def table(found: Iterable[Comparison]) -> str:
    """The comparisons in columns."""
    rows = [HEAD, *map(cells, found)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(HEAD))]
    return "\n".join(line(row, widths) for row in rows)


def cells(c: Comparison) -> tuple[str, ...]:
    numbers = (f"{c.found:.8g}", f"{c.difference:.1e}", f"{c.allowed:.1e}")
    return (str(c.order), c.function, c.argument, c.mode, *numbers, "ok" if c.agrees else "WRONG")


def line(row: Sequence[str], widths: Sequence[int]) -> str:
    """One row, its words to the left and its numbers to the right."""
    *cells, mark = row
    parts = [
        text.rjust(width) if k in RIGHT else text.ljust(width)
        for k, (text, width) in enumerate(zip(cells, widths, strict=False))
    ]
    mark = click.style(mark, fg="green" if mark == "ok" else "red", bold=mark != "ok") if mark else ""
    return "  ".join([*parts, mark]).rstrip()


def verdict(found: Sequence[Comparison]) -> str:
    """The result in a sentence."""
    wrong = [c for c in found if not c.agrees]
    if not wrong:
        return "all agree with central differences"
    text = f"wrong in {len(wrong)} of {len(found)} comparisons"
    if any(not math.isfinite(c.expected) for c in wrong):
        text += "\nthe function is not finite at these arguments: --call gives others"
    return text
