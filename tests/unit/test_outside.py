"""What is not compiled runs as it is, once and in order; functions with rules of the user's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.special

import pullback
from pullback import primitive
from tests.programs.corpus.outside import rule_by_tangents, ufunc_with_rule
from tests.unit import outside_functions as f
from tests.unit.test_debugging import line_of


def test_calls_are_made_once_and_in_order() -> None:
    f.CALLS.clear()
    assert pullback.grad(f.order)(1.5) == 6.0
    loop = [(("in the loop", k), {}) for k in range(3)]
    assert [*loop, (([1.0, 2],), {"key": (None, "text"), "where": {"a": 2}})] == f.CALLS
    f.CALLS.clear()
    value, back = pullback.vjp(f.order, 1.5)
    assert len(f.CALLS) == 4
    assert (value, back(1.0), back(2.0)) == (9.0, (6.0,), (12.0,))
    assert len(f.CALLS) == 4  # a pullback calls nothing again
    f.CALLS.clear()
    assert pullback.jvp(f.order, (1.5,), (1.0,)) == (9.0, 6.0)
    assert len(f.CALLS) == 4


def test_kinds_are_checked_when_it_runs() -> None:
    assert pullback.grad(f.annotated)(1.5) == 3 * 3 * 1.5**2
    for function, told in (
        (f.wrong_kind, "an array of 1 dimensions and dtype float64 was given where a float is needed"),
        (f.wrongly_annotated, "where an array of 2 dimensions"),
        (f.sorts_its_argument, "writes to an argument"),
        (f.sorts_its_list, "writes to an argument"),
    ):
        with pytest.raises(TypeError, match=told) as caught:
            pullback.grad(function)(1.5)
        assert f"outside_functions.py:{line_of(function, 'here')}: " in caught.value.__notes__[0]


def test_arrays_that_are_given_are_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """In Python writes to them are seen outside: they are refused."""
    kept = np.zeros(3)
    monkeypatch.setitem(f.array.__globals__, "give", lambda: kept)
    with pytest.raises(pullback.SourceError, match="outside"):
        pullback.grad(f.writes_to_what_it_got)(1.5)
    assert kept.tolist() == [0, 0, 0]


def test_library_of_python() -> None:
    assert pullback.grad(f.clock)(1.5) == 3.0


# ---- primitives


def test_primitives_are_called_as_functions() -> None:
    double = primitive(lambda x: x, returns=0)
    x = np.ones(3)
    assert double(x) is not x  # never the memory of an argument
    assert np.array_equal(double(x), x)
    assert double.__name__ == "<lambda>"
    half = primitive(lambda x: x / 2, returns="float")
    assert type(half(np.float64(3.0))) is float
    rounded = primitive(lambda x: np.float32(x), returns=np.float32)
    assert type(rounded(3.0)) is np.float32


@pytest.mark.parametrize(
    ("give", "returns", "told"),
    [
        (lambda x: x[:2], 0, r"told to give the shape of its argument, \(3,\), and gives float64 of"),
        (lambda x: x, "float", r"told to give float, and gives float64 of shape \(3,\)"),
        (lambda x: x[None], "f64[n]", r"told to give f64\[:\], and gives float64 of shape \(1, 3\)"),
        (lambda x: x.astype("f4"), "f64[n]", r"told to give f64\[:\], and gives float32"),
    ],
)
def test_results_are_as_told(give: Any, returns: Any, told: str) -> None:
    with pytest.raises(TypeError, match=told):
        primitive(give, returns=returns)(np.ones(3))


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: primitive(3), "3 is no function"),
        (lambda: primitive(primitive(np.sort)), "is no function to make a primitive of"),
        (lambda: primitive(np.frompyfunc(abs, 1, 1)), "gives arrays of objects"),
        (lambda: primitive(lambda x: x, returns="y z"), "returns='y z' is no kind"),
        (lambda: primitive(np.sort).defvjp(np.sin), "defvjp takes a Python function"),
        (lambda: primitive(np.sort).defpartials(3), "defpartials takes a Python function, not 3"),
        (lambda: primitive(np.sin, returns=-1), "returns=-1 is no kind"),
        (lambda: primitive(np.sin, returns=True), "returns=True is no kind"),
        (lambda: primitive(lambda x: x, returns=1), "returns=1 is no kind"),
        (
            lambda: primitive(np.arctan2).defvjp(lambda g, y, x: g),
            r"a rule of arctan2\(x0, x1\) takes \(g, y, x0, x1\), not \(g, y, x\)",
        ),
        (
            lambda: primitive(np.sin).defpartials(lambda x: x),
            r"a rule of sin\(x0\) takes \(y, x0\), not \(x\)",
        ),
        (
            lambda: primitive(np.sin).defcomposite(lambda y, x: x),
            r"a rule of sin\(x0\) takes \(x0\), not \(y, x\)",
        ),
        (lambda: primitive(np.sin).register(), "pullback has a rule of its own for sin"),
        (lambda: primitive(f.Unhashable()).register(), "primitive has no hash"),
    ],
)
def test_wrong_uses(call: Any, told: str) -> None:
    with pytest.raises(pullback.ArgumentError, match=told):
        call()


def test_one_rule_each() -> None:
    p = primitive(scipy.special.ndtri)
    p.defvjp(lambda g, y, x: g)
    with pytest.raises(pullback.ArgumentError, match="has a rule already: give one"):
        p.defjvp(lambda t, y, x: t[0])
    assert repr(p) == "<primitive ndtri>"


def test_source_of_primitives() -> None:
    """The rule stands in the generated code, which refers to the primitive by the name it has."""
    df = pullback.grad(ufunc_with_rule)
    df(np.array([0.3, 0.6]))
    assert "import normal_quantile\n" in df.source
    assert "normal_quantile(x * x)" in df.source
    assert "np.sqrt(6.283185307179586) * np.exp(" in df.source
    df = pullback.grad(rule_by_tangents)
    df(0.7, 3)
    assert "from tests.programs.corpus.outside import product\n" in df.source


def test_fewer_arguments_than_told_of() -> None:
    with pytest.raises(TypeError, match="told to give what is like its argument 1, and has 1 arguments"):
        primitive(np.sort, returns=1)(np.ones(3))


@pytest.mark.parametrize("rule", [f.cut_cotangent, f.cut_tangent])
def test_sizes_of_what_rules_give_are_held_against_those_of_arguments(rule: Any) -> None:
    doubled = primitive(lambda x: 2 * x, returns=0)
    (doubled.defvjp if rule is f.cut_cotangent else doubled.defjvp)(rule)
    df = pullback.grad(f.summed_by(doubled))
    assert df(np.ones(2)).tolist() == [2.0, 2.0]
    with pytest.raises(TypeError, match="that the rule of <lambda> gives is of another shape") as caught:
        df(np.ones(3))
    assert "outside_functions.py" in caught.value.__notes__[0]


# ---- registered for the function itself


def test_partials_of_floats_are_not_left_out() -> None:
    with pytest.raises(pullback.SourceError, match="numbers or arrays for all floats"):
        pullback.grad(f.of_half, 1)(2.0, 3.0)


def test_primitives_are_registered_for_functions_and_unregistered_again() -> None:
    x = np.array([0.3, 0.5])
    omega = f.omega
    df = pullback.grad(f.of_library)
    with pytest.raises(pullback.SourceError, match="wrightomega has no rule"):
        df(x)
    try:
        assert omega.register() is omega.register()
        y = scipy.special.wrightomega(x)
        np.testing.assert_allclose(df(x), 2 * y * y / (1 + y), rtol=1e-14)
        with pytest.raises(pullback.ArgumentError, match="another primitive is registered"):
            primitive(scipy.special.wrightomega).register()
    finally:
        omega.unregister()
    with pytest.raises(pullback.SourceError, match="wrightomega has no rule"):
        df(x)


def test_a_python_function_has_the_rule_that_is_registered_for_it() -> None:
    derivatives = [pullback.grad(f.tripled), pullback.grad(lambda v: f.tripled(v, by=5.0))]
    assert [df(2.0) for df in derivatives] == [3.0, 5.0]
    f.wrongly_tripled.register()
    try:
        assert [df(2.0) for df in derivatives] == [300.0, 500.0]
        assert "registered primitives" in derivatives[0].why_recompiled()
    finally:
        f.wrongly_tripled.unregister()
    assert [df(2.0) for df in derivatives] == [3.0, 5.0]
