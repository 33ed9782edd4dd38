"""Every row of the table, by what the row itself says: inputs are drawn from its domain."""

from __future__ import annotations

import inspect
import itertools
import re
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

import pullback
from pullback.frontend import lowering
from pullback.frontend.kinds import kind_of
from pullback.frontend.lower import lower_call
from pullback.frontend.values import Static
from pullback.ir.text import to_text
from pullback.rules.spec import slots
from pullback.rules.table import BY_FUNCTION, Row
from pullback.testing import battery
from tests.programs import checks
from tests.rules.examples import (
    arranging,
    complex_,
    creation,
    differences,
    elements,
    fourier,
    joining,
    matrices,
    ordering,
    placing,
    polynomials,
    products,
    reductions,
    selected,
    spectra,
    statistics,
    ufuncs,
    updates,
)
from tests.rules.examples.registry import CALLS, INTERNAL, Example
from tests.rules.generated import ROWS, SYMBOLS, subjects_of_calls, subjects_of_rows

SHAPES = [(), (3,), (1, 3), (2, 1), (2, 3), (0,)]
# What gives complex numbers is in test_complex.
ELEMENTWISE = [
    row for row in ROWS.values() if row.kind == "elementwise" and row.math != "cmath"
]
OF_ARRAYS = [row for row in ELEMENTWISE if not row.math]
BINARY = [row for row in OF_ARRAYS if len(row.domain) == 2]
STEPS = [
    row
    for row in ROWS.values()
    if row.kind == "inert" and row.steps_only and row.spec in ("x", "x y")
    and row.why != "of integers"
    and (isinstance(row.prim.func, np.ufunc) or row.name in SYMBOLS)
]  # fmt: skip
MODULES = (
    arranging, complex_, creation, differences, elements, fourier, joining, matrices, ordering, placing,
    polynomials, products, reductions, selected, spectra, statistics, ufuncs, updates,
)  # fmt: skip
EXAMPLES = [e for row in CALLS.values() for e in row]

SUBJECTS = subjects_of_rows("elementwise_rows", ELEMENTWISE, lambda row: len(row.domain))
INERT = subjects_of_rows("inert_rows", STEPS, lambda row: len(row.spec.split()))
CALLED = subjects_of_calls("example_calls", EXAMPLES, MODULES)

every_row = pytest.mark.parametrize("row", ELEMENTWISE, ids=lambda row: row.name)
array_rows = pytest.mark.parametrize("row", OF_ARRAYS, ids=lambda row: row.name)
binary_rows = pytest.mark.parametrize("row", BINARY, ids=lambda row: row.name)
step_rows = pytest.mark.parametrize("row", STEPS, ids=lambda row: row.name)
examples = pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.row}-{e.name}")


def shape_cases() -> list[tuple[Row, tuple[Any, ...]]]:
    """Each row with shapes for its inputs: pairwise, further inputs being numbers."""
    cases = []
    for row in OF_ARRAYS:
        n = len(row.domain)
        for shapes in itertools.product(SHAPES, repeat=min(n, 2)):
            cases.append((row, (*shapes, *[()] * (n - 2))))
    return cases


def draw(row: Row, shapes: tuple[Any, ...], dtypes: tuple[Any, ...] = ()) -> tuple[Any, ...]:
    """Arrays of these shapes from the domain of a row."""
    rng = battery.rng_of(row.name)
    kinds = dtypes or ("float64",) * len(shapes)
    return tuple(
        np.asarray(rng.uniform(*interval, shape)).astype(dtype)
        for interval, shape, dtype in zip(row.domain, shapes, kinds, strict=True)
    )


def draw_numbers(row: Row) -> tuple[float, ...]:
    return tuple(float(x) for x in draw(row, ((),) * len(row.domain)))


def integers(row: Row, k: int, count: int) -> np.ndarray:
    """Whole numbers in the domain of an input."""
    low, high = row.domain[k]
    return battery.rng_of(row.name).integers(int(np.ceil(low)), int(np.floor(high)) + 1, count)


# ---- elementwise rows


# Shapes meet the level without passes in turns, examples of one row once; all of them with ``-m slow``.
PLAIN = {(row.name, shapes) for row, shapes in shape_cases()[::5]}
every_shape = pytest.mark.parametrize(
    ("row", "shapes"), shape_cases(), ids=lambda v: v.name if isinstance(v, Row) else str(v)
)


@every_shape
def test_shapes(row: Row, shapes: tuple[Any, ...]) -> None:
    with_shapes(row, shapes, battery.LEVELS if (row.name, shapes) in PLAIN else (2,))


@pytest.mark.slow
@every_shape
def test_shapes_without_passes(row: Row, shapes: tuple[Any, ...]) -> None:
    with_shapes(row, shapes, battery.LEVELS)


def with_shapes(row: Row, shapes: tuple[Any, ...], levels: Sequence[int]) -> None:
    function = SUBJECTS[row.name].function
    args = draw(row, shapes)
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        with pytest.raises(ValueError, match="broadcast"):
            pullback.vjp(function, *args)
        with pytest.raises(ValueError, match="broadcast"):
            pullback.jvp(function, args, args)
    else:
        battery.first_order(function, args, row.name, levels=levels)


@every_row
def test_numbers(row: Row) -> None:
    """Python floats in: the value and the derivatives that Python gives, as floats."""
    args = draw_numbers(row)
    battery.first_order(SUBJECTS[row.name].function, args, row.name)
    gradient = pullback.grad(SUBJECTS[row.name].function, tuple(range(len(args))))(*args)
    assert [type(g) for g in gradient] == [float] * len(args)


@binary_rows
def test_number_and_array(row: Row) -> None:
    function = SUBJECTS[row.name].function
    rest = draw(row, ((),) * (len(row.domain) - 2)) if len(row.domain) > 2 else ()
    x, y = draw(row, ((3,), (3,)))
    battery.first_order(function, (float(x[0]), y, *rest), row.name)
    battery.first_order(function, (x, float(y[0]), *rest), row.name)
    battery.first_order(function, (x[0], y[0], *rest), row.name)


@array_rows
def test_dtypes(row: Row) -> None:
    """A gradient has the dtype of its argument, also next to an argument of another."""
    function = SUBJECTS[row.name].function
    n = len(row.domain)
    for dtypes in itertools.product(["float64", "float32"], repeat=n):
        args = draw(row, ((2, 3), (3,), ())[:n], dtypes)
        battery.first_order(function, args, row.name)
        wide = tuple(a.astype(np.float64) for a in args)
        cotangent = np.ones_like(function(*args))
        narrow_bars = pullback.vjp(function, *args)[1](cotangent)
        wide_bars = pullback.vjp(function, *wide)[1](cotangent.astype(np.float64))
        for found, expected in zip(narrow_bars, wide_bars, strict=True):
            checks.close(found.astype(np.float64), expected, f"{row.name} in {dtypes}", 2e-4, 2e-5)


@array_rows
def test_narrow_numbers(row: Row) -> None:
    """NumPy's float32 numbers, and next to a Python float."""
    function = SUBJECTS[row.name].function
    args = tuple(np.float32(a) for a in draw_numbers(row))
    battery.first_order(function, args, row.name)
    if len(args) > 1:
        battery.first_order(function, (args[0], float(args[1]), *args[2:]), row.name)


@binary_rows
@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_integers(row: Row, place: int, dtype: str) -> None:
    """One operand is an array of integers or a Python int, which has no derivative."""
    function = SUBJECTS[row.name].function
    floats = draw(row, ((3,), (3,)), (dtype, dtype))
    array = integers(row, place, 3)
    for other in (array, int(array[0])):
        args = list(floats)
        args[place] = other
        battery.first_order(function, tuple(args), row.name)
        bars = pullback.vjp(function, *args)[1](np.ones_like(function(*args)))
        assert np.all(bars[place] == 0)


@every_row
def test_second_order_of_numbers(row: Row) -> None:
    battery.second_order(SUBJECTS[row.name], draw_numbers(row), row.name, every_mix=False)


@array_rows
def test_second_order_of_arrays(row: Row) -> None:
    second_order_of_arrays(row, every_mix=False)


def second_order_of_arrays(row: Row, every_mix: bool) -> None:
    shapes = ((2, 3), (3,), ())[: len(row.domain)]
    battery.second_order(SUBJECTS[row.name], draw(row, shapes), row.name, every_mix=every_mix)


@pytest.mark.slow
@every_row
def test_every_mix_of_numbers(row: Row) -> None:
    battery.second_order(SUBJECTS[row.name], draw_numbers(row), row.name)


@pytest.mark.slow
@array_rows
def test_every_mix_of_arrays(row: Row) -> None:
    second_order_of_arrays(row, every_mix=True)


@pytest.mark.parametrize("row", [r for r in ELEMENTWISE if r.sympy], ids=lambda row: row.name)
def test_sympy(row: Row) -> None:
    """First and second partial derivatives against SymPy at sampled points."""
    function = SUBJECTS[row.name].function
    symbols = sympy.symbols("x y z", real=True)[: len(row.domain)]
    expression = sympy.sympify(row.sympy, locals=dict(zip("xyz", symbols, strict=False)))
    if not isinstance(expression, sympy.Expr):
        expression = expression(*symbols)
    for point in zip(*draw(row, ((4,),) * len(symbols)), strict=True):
        args = tuple(map(float, point))
        at = dict(zip(symbols, args, strict=True))
        gradient = pullback.grad(function, tuple(range(len(args))))(*args)
        for partial, s in zip(gradient, symbols, strict=True):
            expected = float(sympy.diff(expression, s).evalf(30, subs=at))
            checks.close(partial, expected, f"{row.name} at {args}", 1e-11)
        if len(args) == 1:
            _, (second,) = pullback.jvp(pullback.grad(function, (0,)), args, (1.0,))
            expected = float(sympy.diff(expression, symbols[0], 2).subs(at).evalf(30))
            checks.close(second, expected, f"second of {row.name} at {args}", 1e-10)


# ---- inert rows


@step_rows
def test_steps_have_no_gradient(row: Row) -> None:
    """A function that is piecewise constant scales what it is multiplied with, and no more."""
    function = INERT[row.name].function
    args = tuple(np.array([0.3, -1.7, 2.2]) + k for k in range(len(row.spec.split())))
    if row.name == "isfinite":
        assert np.all(function(*args))
    weighed = np.sum(np.multiply(function(*args), 1.0) ** 2) / 2
    every = tuple(range(len(args)))
    value, gradient = pullback.value_and_grad(INERT[row.name].weighed, every)(*args)
    if np.asarray(function(*args)).dtype != bool:
        assert value == weighed
    for g, x in zip(gradient, args, strict=True):
        checks.identical(g, np.zeros_like(x), row.name)
    value, tangent = pullback.jvp(function, args, args)
    checks.identical(value, function(*args), row.name)
    assert np.all(np.equal(tangent, 0))


# ---- all other rows


# One example of each row by default, all of them with ``-m slow``.
FIRST = {e.row: e.name for e in reversed(EXAMPLES)}
first_examples = pytest.mark.parametrize(
    "example",
    [
        pytest.param(
            e, id=f"{e.row}-{e.name}", marks=() if FIRST[e.row] == e.name else (pytest.mark.slow,)
        )
        for e in EXAMPLES
    ],
)


def levels_by_default(example: Example) -> Sequence[int]:
    """One example of each row meets the level without passes as well."""
    return battery.LEVELS if FIRST[example.row] == example.name else (2,)


@examples
def test_call(example: Example) -> None:
    first_order_of_call(example, levels_by_default(example))


@pytest.mark.slow
@examples
def test_call_without_passes(example: Example) -> None:
    first_order_of_call(example, battery.LEVELS)


def first_order_of_call(example: Example, levels: Sequence[int]) -> None:
    battery.first_order(
        CALLED[f"call_{example.name}"].function, example.inputs(battery.rng_of(example.name)),
        example.name, smooth=example.smooth, rtol=2e-4 if example.single else 1e-9, levels=levels,
    )  # fmt: skip


@first_examples
def test_call_in_single_precision(example: Example) -> None:
    turn = zlib.crc32(example.name.encode()) % 4
    single_precision_of_call(example, (2,) if turn else battery.LEVELS)


def single_precision_of_call(example: Example, levels: Sequence[int]) -> None:
    function = CALLED[f"call_{example.name}"].function
    args = example.inputs(battery.rng_of(example.name))
    single = tuple(a.astype(np.float32) if isinstance(a, np.ndarray) else a for a in args)
    battery.first_order(function, single, example.name, smooth=example.smooth, levels=levels)


@pytest.mark.slow
@examples
def test_call_in_single_precision_without_passes(example: Example) -> None:
    single_precision_of_call(example, battery.LEVELS)


@first_examples
def test_call_at_second_order(example: Example) -> None:
    second_order_of_call(example, every_mix=False)


@pytest.mark.slow
@examples
def test_every_mix_of_calls(example: Example) -> None:
    second_order_of_call(example, every_mix=True)


def second_order_of_call(example: Example, every_mix: bool) -> None:
    args, rtol = example.inputs(battery.rng_of(example.name)), 2e-4 if example.single else 1e-8
    battery.second_order(
        CALLED[f"call_{example.name}"], args, example.name, smooth=example.smooth, rtol=rtol,
        every_mix=every_mix,
    )  # fmt: skip


@examples
def test_call_builds_the_op_of_its_row(example: Example) -> None:
    function = CALLED[f"call_{example.name}"].function
    kinds = [kind_of(a) for a in example.inputs(battery.rng_of(example.name))]
    names = [f"x{k}" for k in range(len(kinds))]
    call = lambda frame, node, values: lowering.apply(frame, node, Static(function), values, {})
    lowered = to_text(lower_call(function, names, kinds, "called", call).func)
    assert re.search(rf"= {re.escape(example.row)} ", lowered)


# ---- the table and these tests


def test_every_row_with_a_derivative_is_tested() -> None:
    others = {name for name, row in ROWS.items() if row.kind not in ("elementwise", "inert")}
    assert others - CALLS.keys() - INTERNAL.keys() == set(), "rows without a call"
    assert CALLS.keys() - ROWS.keys() == set(), "calls without a row"
    assert INTERNAL.keys() - others == set(), "internal rows that are none"
    assert CALLS.keys() & INTERNAL.keys() == set()
    assert all(INTERNAL.values())


def test_every_call_is_its_own() -> None:
    names = [e.name for e in EXAMPLES]
    assert len(set(names)) == len(names)
    functions = {e.function for e in EXAMPLES}
    unused = [
        name
        for module in MODULES
        for name, f in vars(module).items()
        if getattr(f, "__module__", "") == module.__name__ and "_" in name and f not in functions
    ]
    assert unused == []


def test_internal_rows_cannot_be_called() -> None:
    for name in INTERNAL:
        assert ROWS[name].prim.func is None, name


def test_names_of_tests_are_unique() -> None:
    """A second function of a name would hide the first from collection."""
    source = Path(__file__).read_text(encoding="utf-8")
    names = re.findall(r"^def (test_\w+)", source, re.MULTILINE)
    assert len(set(names)) == len(names)


def test_as_many_cases_as_the_table_implies() -> None:
    """Marks are made from lists that the table makes; each holds each row once for each choice."""
    module = sys.modules[__name__]
    count = {
        name: len(mark.args[1])
        for name, test in vars(module).items()
        if name.startswith("test_")
        for mark in getattr(test, "pytestmark", [])
        if mark.name == "parametrize" and "row" in mark.args[0]
    }
    unary = sum(len(r.domain) == 1 for r in ROWS.values() if r.kind == "elementwise" and not r.math)
    more = sum(len(r.domain) > 1 for r in ROWS.values() if r.kind == "elementwise" and not r.math)
    scalar = sum(r.math == "math" for r in ROWS.values() if r.kind == "elementwise")
    assert unary >= 12
    assert more >= 12
    assert count["test_shapes"] == unary * len(SHAPES) + more * len(SHAPES) ** 2
    assert count["test_numbers"] == unary + more + scalar
    assert count["test_second_order_of_numbers"] == unary + more + scalar
    assert count["test_second_order_of_arrays"] == unary + more
    assert count["test_dtypes"] == unary + more
    assert count["test_sympy"] == sum(bool(r.sympy) for r in ROWS.values())


def positions() -> list[Any]:
    """The arguments by position of all functions that tell their signature."""
    found = []
    for function, row in BY_FUNCTION.items():
        try:
            parameters = inspect.signature(function).parameters.values()
        except (TypeError, ValueError):
            continue
        names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        if names and row.name != "arange":  # whose signature depends on how many are given
            found.append(pytest.param(names, row, id=f"{row.name}-{function.__name__}"))
    return found


@pytest.mark.parametrize(("names", "row"), positions())
def test_constants_stand_where_the_function_takes_them(names: list[str], row: Row) -> None:
    """A third argument of np.sum is a dtype, whatever the row leaves out between."""
    for name, slot in zip(names, slots(row.spec), strict=False):
        if slot.kind == "constant" and not slot.by_name:
            assert name in slot.names


# Calls that give the argument itself, and that their rows refuse.
REFUSED_CALLS = {
    ("diff", (0,)), ("nan_to_num", (0,)), ("fft.fftn", ()), ("fft.ifftn", ()),
}  # fmt: skip


def calls_of_functions() -> list[Any]:
    """Functions of NumPy with a row, and what may stand behind an array."""
    rests: list[tuple[Any, ...]] = [(), (0,), (1,), (2,), (0, 1), (1.5,)]
    return [
        pytest.param(f, row, rest, id=f"{row.name}-{rest}")
        for f, row in BY_FUNCTION.items()
        for rest in rests
        if row.prim.path.startswith("np.") and (row.name, rest[:1]) not in REFUSED_CALLS
    ]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("function", "row", "rest"), calls_of_functions())
def test_views_are_told(function: Any, row: Row, rest: tuple[Any, ...]) -> None:
    """What gives its argument, or a view of it, says so: others may write to what it gives."""
    for x in (np.ones((3, 3)), np.ones(4), np.array(2.0), np.ones((1, 1)), np.ones((2, 2)) * 1j):
        try:
            found = function(x, *rest)
        except Exception:  # which does not take such arguments
            continue
        parts = found if isinstance(found, tuple | list) else [found]
        shared = any(isinstance(v, np.ndarray) and np.shares_memory(v, x) for v in parts)
        assert row.prim.views or not shared
