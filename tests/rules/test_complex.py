"""Every row of the table with complex arguments: it holds for them, or is refused.

What differentiates is held against central differences in complex directions, which is what the
function does to pairs of real numbers. Nothing here says which rows hold: ``rules.fields`` does.
"""

from __future__ import annotations

import cmath
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pytest

import pullback
from pullback.rules.fields import REFUSED, TAKE_COMPLEX
from pullback.rules.table import Row
from pullback.testing import battery
from tests.programs import checks
from tests.rules.examples.registry import CALLS, INTERNAL, Example
from tests.rules.generated import ROWS, SYMBOLS, subjects_of_calls, subjects_of_rows
from tests.rules.test_table import EXAMPLES, MODULES, examples, levels_by_default
from tests.rules.turns import in_turns

# Those of SciPy have tests of their own.
OWN = {name for name in TAKE_COMPLEX if not name.startswith("scipy.")}
ELEMENTWISE = [row for row in ROWS.values() if row.kind == "elementwise" and row.prim.path]
ELEMENTWISE += [row for row in ROWS.values() if row.kind == "elementwise" and row.name in SYMBOLS]
TAKING = [row for row in ELEMENTWISE if row.name in TAKE_COMPLEX]
REFUSING = [row for row in ELEMENTWISE if row.name in REFUSED]
OF_ARRAYS = [row for row in TAKING if not row.math]
INERT = [
    row
    for row in ROWS.values()
    if row.kind == "inert" and row.name in REFUSED and row.spec in ("x", "x y", "x axis=None")
    and (row.prim.path or row.name in SYMBOLS)
]  # fmt: skip
# What compares elements.
ORDERING = frozenset(
    """
    where_arrays where_broadcast where_number getitem_mask setitem_mask take_along_last
    take_along_middle delete_places diff_of_signs interp_inside interp_outside interp_periodic
    multiply_reduced
    """.split()  # noqa: SIM905
)
# Real at complex arguments, where they take no whole arrays, or where only one argument is a number.
REAL_ONLY = {"complex_of"}


def count(row: Row) -> int:
    return len(row.domain) or len(row.spec.split())


SUBJECTS = subjects_of_rows("complex_rows", ELEMENTWISE, count, of_complex=True)
STEPS = subjects_of_rows("complex_steps", INERT, lambda row: 1 + (row.spec == "x y"), of_complex=True)
CALLED = subjects_of_calls("complex_calls", EXAMPLES, MODULES, of_complex=True)


def drawn(row: Row, shapes: tuple[Any, ...]) -> tuple[Any, ...]:
    """Complex arrays off the real axis, where branch cuts lie, in all four quadrants."""
    rng = battery.rng_of(row.name)
    found = []
    for k, shape in enumerate(shapes):
        real = rng.choice([-1, 1], shape) * rng.uniform(0.2, 1.4, shape)
        imaginary = rng.choice([-1, 1], shape) * rng.uniform(0.3, 1.2, shape)
        found.append(real if row.name in REAL_ONLY else real + 1j * imaginary * (1 + k))
    return tuple(found)


def python_numbers(row: Row) -> tuple[Any, ...]:
    return tuple(np.asarray(z).item() for z in drawn(row, ((),) * count(row)))


def made_complex(args: tuple[Any, ...], rng: np.random.Generator) -> tuple[Any, ...]:
    """Arguments with imaginary parts."""

    def turned(leaf: Any) -> Any:
        if not checks.is_active(leaf):
            return leaf
        found = leaf + 1j * (rng.normal(size=np.shape(leaf)) if np.ndim(leaf) else float(rng.normal()))
        return found if np.ndim(leaf) or isinstance(leaf, float) else np.asarray(found)

    return tuple(map(turned, args))


def raises(function: Any, args: tuple[Any, ...]) -> bool:
    """Whether NumPy does not take complex numbers there, or makes them real with a warning."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            function(*args)
    except (TypeError, np.exceptions.ComplexWarning):
        return True
    return False


def one_in_three(rows: Iterable[Any]) -> list[Any]:
    """Of what hangs less on the single row."""
    return in_turns(rows, 3, lambda row: row.name)


def mixtures(args: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Arguments of which some are real."""
    if len(args) < 2:
        return []
    real = tuple(np.abs(a) if np.ndim(a) else abs(a) for a in args)
    return [(args[0], *real[1:]), (real[0], *args[1:])]


# ---- the tables


def test_every_row_is_decided() -> None:
    assert ROWS.keys() == OWN | REFUSED.keys()
    assert not TAKE_COMPLEX & REFUSED.keys()
    assert all(why and instead for why, instead in REFUSED.values())


def test_what_holds_is_tested() -> None:
    """A row that holds is elementwise, has an example, is built by the engine alone, or has no
    derivative."""
    tested = {row.name for row in TAKING} | CALLS.keys() | INTERNAL.keys()
    assert {name for name in OWN - tested if ROWS[name].kind != "inert"} == set()


# ---- elementwise rows


@pytest.mark.parametrize("row", TAKING, ids=lambda row: row.name)
def test_numbers(row: Row) -> None:
    """Python's complex numbers, also beside real ones."""
    args = python_numbers(row)
    for given in (args, *mixtures(args)):
        battery.first_order(SUBJECTS[row.name].function, given, row.name)


@pytest.mark.parametrize("row", OF_ARRAYS, ids=lambda row: row.name)
def test_arrays(row: Row) -> None:
    args = drawn(row, ((2, 3), (3,))[: count(row)])
    for given in (args, *mixtures(args)):
        battery.first_order(SUBJECTS[row.name].function, given, row.name)


@pytest.mark.parametrize("row", one_in_three(TAKING))
def test_second_order_of_numbers(row: Row) -> None:
    args = python_numbers(row)
    for given in (args, *mixtures(args)):
        battery.second_order(SUBJECTS[row.name], given, row.name, every_mix=False)


@pytest.mark.parametrize("row", one_in_three(OF_ARRAYS))
def test_second_order_of_arrays(row: Row) -> None:
    args = drawn(row, ((2, 3), (3,))[: count(row)])
    battery.second_order(SUBJECTS[row.name], args, row.name, every_mix=False)


@pytest.mark.slow
@pytest.mark.parametrize("row", TAKING, ids=lambda row: row.name)
def test_every_mix_of_rows(row: Row) -> None:
    args = python_numbers(row)
    for given in (args, *mixtures(args)):
        battery.second_order(SUBJECTS[row.name], given, row.name)
    if not row.math:
        battery.second_order(SUBJECTS[row.name], drawn(row, ((2, 3), (3,))[: count(row)]), row.name)


@pytest.mark.parametrize("row", one_in_three(OF_ARRAYS))
def test_single_precision(row: Row) -> None:
    subject = SUBJECTS[row.name]
    args = tuple(a.astype(np.complex64) for a in drawn(row, ((2, 3), (3,))[: count(row)]))
    battery.first_order(subject.function, args, row.name)
    for mixed in mixtures(args):
        assert checks.is_single(*mixed)
        battery.first_order(subject.function, mixed, row.name)
    numbers = tuple(np.complex64(z) for z in python_numbers(row))
    battery.first_order(subject.function, numbers, row.name)


@pytest.mark.parametrize("row", [r for r in TAKING if count(r) == 1], ids=lambda row: row.name)
def test_against_pairs(row: Row) -> None:
    """The gradient is df/dx - i df/dy of the function of two real numbers."""
    (z,) = python_numbers(row)
    subject = SUBJECTS[row.name]
    gradient = pullback.grad(subject.weighed)(z)
    h = 1e-6
    by_x = (subject.weighed(z + h) - subject.weighed(z - h)) / (2 * h)
    by_y = (subject.weighed(z + 1j * h) - subject.weighed(z - 1j * h)) / (2 * h)
    assert type(gradient) is complex
    assert cmath.isclose(gradient, by_x - 1j * by_y, rel_tol=1e-6, abs_tol=1e-7)


@pytest.mark.parametrize("row", [*REFUSING, *INERT], ids=lambda row: row.name)
def test_others_are_refused(row: Row) -> None:
    subject = (SUBJECTS | STEPS)[row.name]
    n = subject.count
    for z in (1.5 - 0.5j, np.array([1.5 - 0.5j, 2.0])):
        with pytest.raises(pullback.SourceError) as caught:
            pullback.vjp(subject.function, *[z] * n)
        assert caught.value.loc is not None
        assert caught.value.hint


# ---- all other rows


def refused(example: Example, args: tuple[Any, ...]) -> bool:
    ordering = example.row in REFUSED or example.name in ORDERING
    return ordering or raises(CALLED[f"call_{example.name}"].function, args)


@examples
def test_call(example: Example) -> None:
    """An example of a row with imaginary parts added to its arguments; one of each row meets the level
    without passes as well."""
    first_order_of_call(example, levels_by_default(example))


@pytest.mark.slow
@examples
def test_call_without_passes(example: Example) -> None:
    first_order_of_call(example, battery.LEVELS)


def first_order_of_call(example: Example, levels: Sequence[int]) -> None:
    rng = battery.rng_of(example.name)
    args = made_complex(example.inputs(rng), rng)
    subject = CALLED[f"call_{example.name}"]
    if refused(example, args):
        with pytest.raises(pullback.SourceError):
            pullback.vjp(subject.function, *args)
        return
    rtol = 2e-4 if example.single else 1e-9
    battery.first_order(
        subject.function, args, example.name, smooth=example.smooth, rtol=rtol, levels=levels
    )


@pytest.mark.parametrize("example", one_in_three(EXAMPLES))
def test_call_at_second_order(example: Example) -> None:
    second_order_of_call(example, every_mix=False)


@pytest.mark.slow
@examples
def test_every_mix_of_calls(example: Example) -> None:
    second_order_of_call(example, every_mix=True)


def second_order_of_call(example: Example, every_mix: bool) -> None:
    rng = battery.rng_of(example.name)
    args = made_complex(example.inputs(rng), rng)
    if refused(example, args):
        return
    subject, rtol = CALLED[f"call_{example.name}"], 2e-3 if example.single else 1e-8
    battery.second_order(
        subject, args, example.name, smooth=example.smooth, rtol=rtol, every_mix=every_mix
    )
