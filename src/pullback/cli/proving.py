"""``pullback prove``: the gradient of a function of numbers against SymPy's derivative."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pullback.cli.arguments import example_arguments
from pullback.cli.derivatives import Request, opened
from pullback.cli.failure import Failure, suggestion
from pullback.cli.target import Target

if TYPE_CHECKING:
    from pullback.formulas import Proof


def proof(target: str, given: Sequence[str], seed: int) -> Proof:
    """What comes of comparing them."""
    from pullback.formulas import prove  # it loads SymPy

    with opened(Request(target)) as found:
        values = dict(value_of(found, text) for text in given)
        return prove(found.function, seed=seed, **values)


def value_of(target: Target, text: str) -> tuple[str, Any]:
    """The name of one ``--given``, and its value."""
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not value:
        raise Failure(f"--given {text}: there is no value", "write it as in --given n=3")
    if name not in target.parameters:
        hint = suggestion(name, target.parameters)
        raise Failure(f"--given {text}: {target.name} has no argument {name!r}", hint)
    (found,), _ = example_arguments(target, f"({value})")
    return name, found
