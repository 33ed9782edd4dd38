"""Example calls of the rows that are not elementwise, with the inputs beside each.

Every row with a derivative is either elementwise, or has an example in a module of this package, or is
in ``INTERNAL`` with the reason why no call in user code builds it. The modules are plain ones, whose
source the compiler can read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Inputs = Callable[[np.random.Generator], tuple[Any, ...]]


@dataclass(frozen=True, eq=False)
class Example:
    """A function that builds the op of a row, and how to draw its arguments (floats or arrays)."""

    row: str
    function: Callable[..., Any]
    inputs: Inputs
    smooth: bool = True
    single: bool = False

    @property
    def name(self) -> str:
        return self.function.__name__


CALLS: dict[str, list[Example]] = {}
INTERNAL = {
    "masked_mul": "products with partials that may be infinite, in adjoints alone",
    "choose": "np.where of numbers, in adjoints alone",
    "add_at": "the cotangent of reading elements",
    "accumulate": "sums of cotangents",
    "cofactors": "the derivative of a determinant",
    "cofactors_along": "the second derivative of a determinant",
    "inv_or_nan": "derivatives of what does not invert",
    "solve_or_nan": "derivatives of what does not solve",
    "prod_others": "the derivative of a product",
    "cumprod_tangent": "the tangent of a running product",
    "cumprod_adjoint": "the cotangent of a running product",
    "polygamma": "derivatives of the gamma function",
    "sinc_slope": "derivatives of np.sinc",
    "bessel_i1": "the derivative of np.i0",
    "recurrence": "second derivatives of running products",
    "unstack": "the cotangent of stacking a list",
    "custom_vjp": "functions with a rule of the user's, see the programs called outside",
    "custom_jvp": "functions with a rule of the user's, see the programs called outside",
    "gradient_of": "blocks for adjoints, see the programs with them",
    "passed": "what a block for an adjoint leaves in the forward sweep",
    "floats": "gradients of lists of floats in their kind",
    "split_like": "the cotangent of joining a list",
    "broadcast_like": "the tangent and cotangent of what was broadcast",
    "unbroadcast": "the cotangent of what was broadcast",
    "reshape_like": "the cotangent of a reshape",
    "of_square": "what derivatives of factors of square matrices are made of",
    "in_c_order": "cotangents that are written to through a reshape",
    "cast": "cotangents in the dtype of their argument",
    "cast_like": "cotangents in the dtype of their argument",
}


def example(row: str, inputs: Inputs, *, smooth: bool = True, single: bool = False) -> Any:
    """Enter a function as an example of a row; the function itself stays as it is.

    ``single`` says that it rounds to single precision on its way.
    """

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        CALLS.setdefault(row, []).append(Example(row, function, inputs, smooth, single))
        return function

    return enter


def normal(*shapes: tuple[int, ...]) -> Inputs:
    """Arrays of these shapes with normal random numbers."""
    return lambda rng: tuple(np.asarray(rng.normal(size=s)) for s in shapes)


def distinct(*shapes: tuple[int, ...]) -> Inputs:
    """Arrays whose elements lie well apart, for kinks at ties."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        drawn = [rng.permutation(int(np.prod(s))) * 0.5 - 1.1 for s in shapes]
        return tuple(np.reshape(d, s) for d, s in zip(drawn, shapes, strict=True))

    return draw


def ordered(*shapes: tuple[int, ...]) -> Inputs:
    """A vector whose elements go upwards, and other arrays as drawn."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        first, *rest = normal(*shapes)(rng)
        return np.cumsum(0.4 + np.abs(first)), *rest

    return draw


def numbers(rng: np.random.Generator) -> tuple[Any, ...]:
    return float(rng.normal()), float(rng.normal())


def spread(*shapes: tuple[int, ...]) -> Inputs:
    """Square matrices with a strong diagonal, well away from singular ones; other shapes as drawn."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        drawn = [np.asarray(rng.normal(size=s)) for s in shapes]
        square = [a.ndim > 1 and a.shape[-1] == a.shape[-2] for a in drawn]
        return tuple(
            a + 3.0 * np.eye(a.shape[-1]) if s else a for a, s in zip(drawn, square, strict=True)
        )

    return draw
