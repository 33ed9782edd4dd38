"""The corpus in the Numba backend: what it takes gives the same, the rest is refused by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pullback import SourceError, grad, refusals, tree, value_and_grad
from pullback.backend import jitted
from pullback.backend.numba_ import CONDITIONS, PLAIN, REFUSED, SCALAR_FUNCTIONS, SPELLED
from pullback.frontend.kinds import kind_of
from pullback.ir.core import PRIMS
from tests.golden import functions
from tests.programs import raising
from tests.programs.registry import PROGRAMS, Program, by_turns

SCALAR = [name for name, p in PROGRAMS.items() if p.has_gradient]
# Of programs whose gradient alone is compiled for NumPy as well (test_programs), which is then lowered;
# what each row of the table is compiled to is met in tests/rules.
TURNS = [
    case
    for numba in (True, False)
    for case in by_turns((PROGRAMS[n] for n in SCALAR if PROGRAMS[n].numba == numba), 6, 2)
]
LEAST = 500  # programs of the corpus that are taken


@pytest.mark.parametrize("program", TURNS)
def test_taken_or_refused(program: Program) -> None:
    """What is marked is taken, and what is not taken is refused by the backend's own rows."""
    assert is_taken(program) or not program.numba


def is_taken(program: Program) -> bool:
    derivative = grad(program.function, program.argnums, backend="numba")
    try:
        text = derivative.compile([kind_of(a) for a in program.arguments()]).source
    except SourceError as error:
        refused = error
    else:
        assert "@njit(boundscheck=True" in text
        return True
    assert refused.refusal in refusals.rows(refusals.numba).values()
    assert refused.loc is not None
    return False


@pytest.mark.slow
def test_most_are_taken() -> None:
    assert sum(is_taken(PROGRAMS[name]) for name in SCALAR) >= LEAST


def from_its_own_end(x: Any) -> Any:
    """The adjoint of ``y`` is subtracted from itself, read from the other end."""
    y = x.copy()
    np.subtract(y, y[::-1], out=y)
    return np.sum(y * np.arange(len(x)))


def replaced_twice(x: Any) -> Any:
    """Numba's name for the second x, x.1, must not meet one of ours."""
    x[0] = x[1] * x[2]
    x *= x[3]
    return np.sum(x**2)


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (functions.logistic_map, (0.3, 3.2, 50)),
        (functions.pendulum, (1.0, 2.0, 50)),
        (functions.index_loop, (np.linspace(-1.0, 1.0, 7),)),
        (from_its_own_end, (np.linspace(-1.0, 1.0, 5),)),
        (replaced_twice, (np.linspace(-1.0, 1.0, 5),)),
    ],
)
def test_few_same_as_numpy(function: Any, arguments: Any) -> None:
    """Compiling is slow, so that few run here; the marked test runs all."""
    found = grad(function, backend="numba")(*arguments)
    np.testing.assert_allclose(found, grad(function)(*arguments), rtol=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("name", SCALAR)
def test_all_same_as_numpy(name: str) -> None:
    program = PROGRAMS[name]
    if not is_taken(program):
        return
    arguments = program.arguments()
    expected = grad(program.function, program.argnums)(*arguments)
    try:
        found = grad(program.function, program.argnums, backend="numba")(*arguments)
    except SourceError as error:
        refusal = error.refusal
    else:
        same(found, expected)
        return
    assert refusal is refusals.NUMBA_ITSELF


def same(found: Any, expected: Any) -> None:
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-13)


def test_helpers_of_compiled_code() -> None:
    """They do what those of the runtime do."""
    rng = np.random.default_rng(0)
    memory = np.zeros((6, 7, 5))
    for turn in range(200):
        a, b = (memory[_some_slices(rng, memory.shape)] for _ in range(2))
        a, b = a[:: (-1) ** turn], b[:, ::-2].T if turn % 3 == 0 else b
        if np.may_share_memory(a, b):
            with pytest.raises(TypeError, match="x is written to, and may share memory with another"):
                jitted.check_apart("x", a, np.zeros(3), b)
        else:
            jitted.check_apart("x", a, np.zeros(3), b)


@pytest.mark.parametrize("name", raising.IN_COMPILED_CODE)
def test_raises_where_python_does_and_beyond_64_bits(name: str) -> None:
    function, good, bad, error = raising.IN_COMPILED_CODE[name]
    compiled = grad(function, backend="numba")
    assert compiled(2.0, good) == grad(function)(2.0, good)
    with pytest.raises(error):
        compiled(2.0, bad)


def _some_slices(rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(slice(*sorted(rng.integers(0, n + 1, 2).tolist())) for n in shape)


def test_arguments_that_are_written_to() -> None:
    """They are copied, by slices too, and must not overlap."""
    x, w = np.random.default_rng(0).normal(size=(2, 6))
    derivative = grad(functions.written_by_slices, (0, 1), backend="numba")
    pairs = zip(derivative(x, w), grad(functions.written_by_slices, (0, 1))(x, w), strict=True)
    for found, expected in pairs:
        np.testing.assert_allclose(found, expected, rtol=1e-13)
    with pytest.raises(TypeError, match="may share memory"):
        derivative(x, x[::-1])


def test_prints_once_where_it_raises(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="above"):
        grad(raising.prints_and_raises, backend="numba")(1.5)
    assert capsys.readouterr().out == "before 1.5\n"


def test_a_bad_index_raises() -> None:
    with pytest.raises(IndexError):
        grad(functions.reads_beyond, backend="numba")(np.ones(3), 5)


def test_division_by_zero() -> None:
    """Numba divides as NumPy does what are scalars of NumPy, and raises for numbers of Python."""
    function, x = raising.divides_elements, np.array([4.0, 0.0, 0.0, 2.0])
    compiled, expected = (value_and_grad(function, (0, 1), backend=b) for b in ("numba", "numpy"))
    for given, n in [(x, -2), (x + 1, 3)]:
        with np.errstate(all="ignore"):
            found, wanted = compiled(given, 2.0, n), expected(given, 2.0, n)
        for a, b in zip(tree.leaves(found), tree.leaves(wanted), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-13)
    for h, n in [(0.0, 1), (1.0, 0)]:
        with pytest.raises(ZeroDivisionError) as caught:
            compiled(x, h, n)
        assert "raising.py:" in caught.value.__notes__[0]


def test_tables_name_primitives() -> None:
    assert set(PLAIN) | set(SCALAR_FUNCTIONS) | set(REFUSED) | set(SPELLED) <= set(PRIMS)
    assert set(CONDITIONS) <= set(PLAIN)
