"""The tables of identities: each row holds as far as it says, and each is applied."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback
from pullback import grad, value_and_grad
from pullback.ir.build import Builder
from pullback.ir.core import Block, Const, Func, Var, walk
from pullback.ir.types import PY_INT, Array, Scalar, fresh_sym
from pullback.ir.verify import verify
from pullback.passes.algebra import algebra, fast_algebra
from pullback.passes.fold import fold
from pullback.passes.identities import EXACT, FINITE, ROUNDED
from pullback.passes.patterns import Match, Node, Pattern, Rewrite, build, rewrite

FUNCTIONS: dict[str, Any] = {
    **{name: getattr(np, name) for name in ("exp", "log", "sqrt", "square", "absolute", "zeros_like")},
    "sum": np.sum,
    "mean": np.mean,
    "real": np.real,
    "imag": np.imag,
    "accumulate": np.add,
    "masked_mul": np.multiply,
    "unbroadcast": lambda g, x: np.sum(g) if np.ndim(x) == 0 else g,
}


def rows(table: Any) -> list[Rewrite]:
    """Each row once, though it may stand under several names of its root."""
    return list(dict.fromkeys(row for found in table.values() for row in found))


def letters(p: Pattern) -> set[str]:
    if isinstance(p, Node):
        return set().union(*map(letters, p.operands))
    return {p} if isinstance(p, str) else set()


def sides(row: Rewrite, values: dict[str, Any]) -> tuple[Any, Any]:
    before, _, after = row.text.partition("=>")
    with np.errstate(all="ignore"):
        return eval(before, FUNCTIONS, values), eval(after, FUNCTIONS, values)


SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.5, 5e-324, 1.7e308, 0.1]


@pytest.mark.parametrize("row", rows(EXACT), ids=lambda row: row.text)
def test_exact_rows_keep_every_bit(row: Rewrite) -> None:
    integers = {"x": np.array([0, 1, -7, 2**62])}
    if "//" in row.text:  # of integers only
        before, after = sides(row, integers)
    else:
        before, after = sides(row, {"x": np.array(SPECIAL[1 if "+ 0" in row.text else 0 :])})
        if "+ 0" in row.text:  # only as x + -0.0
            before = np.array(SPECIAL[1:]) + -0.0
    assert before.tobytes() == after.tobytes()


@pytest.mark.parametrize("row", rows(ROUNDED), ids=lambda row: row.text)
def test_rounded_rows_keep_infinities_and_nan(row: Rewrite) -> None:
    values = np.array([0.0, np.inf, -np.inf, np.nan, 1.0, -1.5, 0.1])
    x, y = (m.ravel() for m in np.meshgrid(values, values))
    given = {"x": x, "y": y, "g": x, "c": 3.0, "k": 0.7}
    if "unbroadcast" in row.text:
        given["x"] = x
    before, after = sides(row, given)
    np.testing.assert_allclose(after, before, rtol=1e-14)


@pytest.mark.parametrize("row", rows(FINITE), ids=lambda row: row.text)
def test_finite_rows_hold_where_all_is_defined(row: Rewrite) -> None:
    rng = np.random.default_rng(11)
    given = {name: rng.uniform(0.5, 2.0, 9) for name in "xyz"} | {"c": 3.0, "k": 0.7}
    before, after = sides(row, given)
    np.testing.assert_allclose(after, before, rtol=1e-13)


OF_COMPLEX = [row for row in [*rows(FINITE), *rows(ROUNDED)] if not row.real]
OF_REAL = [row for row in rows(FINITE) if row.real]


@pytest.mark.parametrize("row", OF_COMPLEX, ids=lambda row: row.text)
def test_rows_hold_of_complex_numbers(row: Rewrite) -> None:
    """In all four quadrants, where logarithms and roots have other branches."""
    rng = np.random.default_rng(12)
    given: dict[str, Any] = {
        name: rng.uniform(-3, 3, 40) + 4j * rng.uniform(-3, 3, 40) for name in "xyzg"
    }
    before, after = sides(row, given | {"c": 3.0, "k": 0.7})
    np.testing.assert_allclose(after, before, rtol=1e-12)


@pytest.mark.parametrize("row", OF_REAL, ids=lambda row: row.text)
def test_rows_of_real_numbers_leave_complex_ones_alone(row: Rewrite) -> None:
    given = {"x": np.array([-1.0 - 4.0j, -2.0j])}
    before, after = sides(row, given)
    assert not np.allclose(before, after)
    func = function(row, "complex")
    untouched = root(func)
    fast_algebra(func)
    assert root(verify(func)) == untouched


def function(row: Rewrite, kind: str) -> Func:
    """The left side of a row, as code of the user's (or behind the mark of a backward sweep)."""
    shape = (fresh_sym(many=True),)
    types: Any = {
        "array": Array("float", "float64", shape), "int": PY_INT,
        "number": Scalar("float", "np", "float64"), "complex": Array("complex", "complex128", shape),
    }  # fmt: skip
    used = sorted(letters(row.before))
    params = {v: Var(types[kind], v) for v in used if v not in "ck"}
    values: dict[str, Any] = params | {"c": Const(3.0), "k": Const(0.7)}
    b = Builder()
    if kind == "array":
        b.emit("mark", text="backward")
    if "unbroadcast" in row.text:
        values["x"] = params["x"] = Var(Scalar("float", "np", "float64"), "x")
    result = build(b, row.before, Match(values))
    assert isinstance(result, Var)
    return verify(Func("f", Block(list(params.values()), b.ops, [result])))


def root(func: Func) -> tuple[str, tuple[Any, ...]]:
    ops = {v: op for op in walk(func.block) for v in op.outputs}
    (result,) = func.results
    return (ops[result].name, ops[result].inputs) if result in ops else ("", (result,))


EVERY = [(row, fast_algebra, "array") for row in rows(FINITE)]
EVERY += [(row, algebra, "array") for row in rows(ROUNDED)]
INTEGERS = ("x // 1", "x + 0")
EVERY += [(row, fold, "int" if row.text.startswith(INTEGERS) else "number") for row in rows(EXACT)]


@pytest.mark.parametrize(("row", "apply", "kind"), EVERY, ids=lambda v: getattr(v, "text", ""))
def test_every_row_is_applied(row: Rewrite, apply: Any, kind: str) -> None:
    func = function(row, kind)
    before = root(func)
    apply(func)
    assert root(verify(func)) != before


@pytest.mark.parametrize("row", [*rows(FINITE), *rows(ROUNDED)], ids=lambda row: row.text)
def test_the_users_own_values_are_left_alone(row: Rewrite) -> None:
    func = function(row, "array")
    func.block.ops = [op for op in func.block.ops if op.name != "mark"]
    if any(op.name in ("accumulate", "unbroadcast", "masked_mul") for op in func.block.ops):
        return  # only derivatives are made of these
    before = root(func)
    algebra(func)
    assert root(verify(func)) == before


def test_patterns_that_make_no_sense_are_refused() -> None:
    for text in ("x @ y => x", "x < y => x", "x => x"):
        with pytest.raises((KeyError, ValueError, AssertionError)):
            rewrite(text)


# ---- the option


def cancelling(x, y):
    return np.sum(np.log(np.exp(x)) * y + x * 0.0 + (x - x))


def divides(x, y):
    return (x - x) / y + y * 0.0


def test_fast_changes_values_and_text() -> None:
    x, y = np.array([1.0, 800.0]), np.array([2.0, 3.0])
    with np.errstate(all="ignore"):
        value, gradient = value_and_grad(cancelling)(x, y)
        assert not np.isfinite(value)
        assert value.tobytes() == cancelling(x, y).tobytes()
    derivative = value_and_grad(cancelling, fast=True)
    value, gradient = derivative(x, y)
    assert value == 2402.0
    np.testing.assert_array_equal(gradient, y)
    assert "exp" not in derivative.source


def test_fast_in_the_other_modes() -> None:
    x = np.array([800.0])
    value, pull = pullback.vjp(cancelling, x, x, fast=True)
    assert value == 640000.0
    np.testing.assert_array_equal(pull(1.0)[0], x)
    value, tangent = pullback.jvp(cancelling, (x, x), (x * 0 + 1, x * 0), fast=True)
    assert (value, tangent) == (640000.0, 800.0)


def test_fast_still_raises_where_the_function_does() -> None:
    for derivative in (grad(divides, fast=True), grad(divides)):
        assert derivative(1.0, 2.0) == 0.0
        with pytest.raises(ZeroDivisionError):
            derivative(1.0, 0.0)


def test_the_level_decides_as_well() -> None:
    x = np.array([800.0])
    derivative = grad(cancelling, fast=True, optimize=0)
    with np.errstate(all="ignore"):
        derivative(x, x)
    assert "exp" in derivative.source
