"""Dense Jacobians and Hessians of the corpus, against products by the other transforms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pullback
from pullback import refusals, tree
from pullback.cli.derivatives import Request, hessian_product
from tests.programs import checks
from tests.programs.registry import PROGRAMS, Program, by_turns
from tests.programs.test_programs import chosen, tolerance, with_floats

Transform = Callable[..., Any]


def products(jacobian: Any, value: Any, args: tuple[Any, ...], v: tuple[Any, ...]) -> list[Any]:
    """The Jacobian times a direction, for each leaf of the value: axes of the arguments are summed."""
    items = tree.children(value)
    if items is not None:
        inner = tree.children(jacobian) or {}
        return [p for k, x in items.items() for p in products(inner[k], x, args, v)]
    if jacobian is None or type(jacobian) is int:  # of what has no derivative
        return [jacobian]
    pairs = zip(tree.leaves(jacobian), tree.leaves(v), strict=True)
    pairs = [(b, m) for b, m in pairs if not isinstance(m, str | None)]
    return [sum(np.tensordot(b, m, np.ndim(m)) if np.ndim(m) else b * m for b, m in pairs)]


def jacobian_of(program: Program, args: tuple[Any, ...], transform: Transform) -> Any:
    """The Jacobian; None where the program is refused for its lists or complex numbers."""
    try:
        return transform(program.function, program.argnums)(*args)
    except pullback.SourceError as error:
        if error.refusal not in (refusals.NO_JACOBIAN, refusals.COMPLEX_JACOBIAN):
            raise
    return None


@pytest.mark.parametrize("program", by_turns(PROGRAMS.values(), 12, 4))
def test_jacobians(program: Program) -> None:
    """By rows, by columns and by the fewer: the same, and what jvp gives along a direction."""
    args = with_floats(program, program.arguments())
    direction = checks.directions(program.rng(21), args, program.argnums)
    value, along = pullback.jvp(program.function, args, direction)
    v, rtol = chosen(program, direction), tolerance(program)
    expected = list(tree.leaves(along))
    for transform in (pullback.jacrev, pullback.jacfwd, pullback.jacobian):
        found = jacobian_of(program, args, transform)
        if found is None:
            continue
        made = products(found, value, args, v)
        # Of complex arguments and a real result the pairing is the real part.
        made = [m if np.iscomplexobj(e) else np.real(m) for m, e in zip(made, expected, strict=True)]
        checks.close(made, expected, f"{transform.__name__} of {program} along v", rtol, rtol)


@pytest.mark.parametrize("program", by_turns((p for p in PROGRAMS.values() if p.has_gradient), 24, 4))
def test_hessians(program: Program) -> None:
    """The Hessian along a direction is what hvp gives, and it is symmetric."""
    args = with_floats(program, program.arguments())
    direction = checks.directions(program.rng(22), args, program.argnums)
    v, rtol = chosen(program, direction), max(tolerance(program), 1e-8)
    found = jacobian_of(program, args, pullback.hessian)
    if found is None:
        return
    product = pullback.hvp(program.function, args, direction, argnums=program.argnums)
    made = products(found, chosen(program, args), args, v)
    checks.close(made, list(tree.leaves(product)), f"the Hessian of {program} along v", rtol, rtol)


class Spring:
    def __init__(self, stiffness: float) -> None:
        self.stiffness = stiffness

    def energy(self, x: Any) -> Any:
        return self.stiffness * np.sum(x**3)


def test_equal_products_share_what_was_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """``hvp`` and ``jvp(grad(f), ..)`` in a loop compile once, for all objects of a method."""
    compiled = []
    compile = pullback.along.compile_program

    def counted(*args: Any) -> Any:
        compiled.append(args)
        return compile(*args)

    monkeypatch.setattr(pullback.along, "compile_program", counted)
    x, v = np.array([1.0, 2.0]), np.array([1.0, -1.0])
    for stiffness in (1.0, 2.0, 3.0):
        energy = Spring(stiffness).energy
        expected = 6 * stiffness * x * v
        checks.close(pullback.hvp(energy, (x,), (v,)), expected, "hvp of a method")
        along = pullback.jvp(pullback.grad(energy), (x,), (v,))[1]
        checks.close(along, expected, "jvp of its gradient")
    assert len(compiled) == 2  # hvp gives the second alone


def scaled(x, b):  # type: ignore[no-untyped-def]
    return np.tanh(x * b)


def test_single_precision_beside_python_numbers() -> None:
    """What is of an array of 32 bits stays so, whichever way it is made."""
    x = np.array([0.5, 1.0], np.float32)
    for transform in (pullback.jacrev, pullback.jacfwd, pullback.jacobian):
        assert [a.dtype for a in transform(scaled, (0, 1))(x, 0.5)] == [np.float32, np.float32]


def test_products_keep_no_adjoints_that_nothing_reads() -> None:
    """Of what is only added to in the backward sweep there are tangents alone."""
    sizes = ("W=f64[3,3]", "xs=f64[n,3]", "h0=f64[3]")
    text = hessian_product(Request("tests.programs.corpus.arrays:rnn", ("xs",), sizes))
    assert "xs_bar_dot[t] +=" in text, text
    assert "xs_bar[" not in text, text
