"""check_primitive: what it finds of rules, and what it finds wrong."""

from typing import Any

import numpy as np
import pytest
import sympy

import pullback
from pullback.testing import GradientError, check_primitive
from tests.unit import checked_functions as f

X = np.array([0.2, 0.7, 0.4])
ALWAYS = [
    "it is a function of its arguments, which it does not change", "first derivatives",
    "a pullback that is linear", "second derivatives", "float32",
]  # fmt: skip
SHAPES = [
    "Python numbers", "shapes ()", "shapes (3,)", "shapes (1, 3)", "shapes (2, 1)", "shapes (2, 3)",
    "shapes (0,)",
]  # fmt: skip


def test_ufuncs_are_checked_at_numbers_and_shapes() -> None:
    assert check_primitive(f.quantile, X) == [*ALWAYS, *SHAPES]
    assert check_primitive(f.softplus, X, elementwise=True, order=1) == [
        *(c for c in ALWAYS if c != "second derivatives"), *SHAPES,
    ]  # fmt: skip


def test_arguments_that_are_no_floats_are_held() -> None:
    assert check_primitive(f.scaled, X, "sin", 3, 0.5) == ALWAYS
    assert check_primitive(f.scaled, 0.3, "cos", 3, 0.5) == ALWAYS[:-1]


def test_formulas_of_sympy_are_elementwise() -> None:
    x = sympy.Symbol("x")
    function = pullback.primitive_from_sympy("bell", sympy.exp(-(x**2)))
    assert set(SHAPES) < set(check_primitive(function, X, order=1))


def test_shapes_are_broadcast_against_each_other() -> None:
    found = check_primitive(f.angle, X, X[::-1].copy(), order=1)
    assert "shapes (2, 1), (1, 3)" in found
    assert "shapes (2, 1), (3,)" in found
    assert not any("(0,), (2, 3)" in line for line in found)


def test_a_mode_that_a_rule_does_not_have_is_told() -> None:
    first, refused, *rest = check_primitive(f.halved_once, X)
    assert refused == (
        "forward mode is refused: the rule of halved_once is not linear in the cotangent, so no tangent "
        "can be made of it"
    )
    assert [first, *rest] == ALWAYS


@pytest.mark.parametrize("case", f.WRONG)
def test_wrong_rules_are_found(case: str) -> None:
    function, told = f.WRONG[case]
    with pytest.raises(GradientError) as caught:
        check_primitive(function, X.copy())
    head, *lines = str(caught.value).splitlines()
    assert head.startswith(f"{function.__name__} fails ")
    assert any(told in line for line in lines)


def test_wrong_questions() -> None:
    with pytest.raises(pullback.ArgumentError, match="none of the arguments given to ndtri is a float"):
        check_primitive(f.quantile, 3)
    with pytest.raises(pullback.ArgumentError, match="order is 1 or 2, not 3"):
        check_primitive(f.quantile, X, order=3)
    with pytest.raises(pullback.SourceError, match="ndtri has no rule"):
        check_primitive(f.without_rule, X)


def test_results_of_one_kind_alone_are_not_narrowed() -> None:
    total: Any = pullback.primitive(lambda x: np.asarray(x).astype(x.dtype), returns="f64[n]")
    total.defvjp(lambda g, y, x: g)
    found = check_primitive(total, X)
    assert "float32 is none of the kinds that it takes" in found
