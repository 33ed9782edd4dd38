"""Rules that replace what would be derived, and values that are held constant."""

import numpy as np
import pytest

import pullback
from pullback import ArgumentError, custom_jvp, custom_vjp
from tests.unit import ruled_functions as functions

x = np.array([0.3, -0.5, 0.9])


@pytest.mark.parametrize("optimize", [0, 1, 2])
def test_a_rule_is_used_instead_of_what_would_be_derived(optimize):
    found = pullback.grad(functions.through_clipped, optimize=optimize)(x)
    assert np.array_equal(found, 2 * x)
    found = pullback.grad(functions.of_tripled, optimize=optimize)(x)
    assert np.allclose(found, 2 * 7 * x * 3, rtol=1e-15)
    _, along = pullback.jvp(functions.of_tripled, (x,), (x,), optimize=optimize)
    assert np.isclose(along, np.sum(2 * 7 * x * 3 * x), rtol=1e-15)


@pytest.mark.parametrize("optimize", [0, 1, 2])
def test_what_is_held_has_no_derivative_in_any_order(optimize):
    found = pullback.grad(functions.held_partly, optimize=optimize)(x)
    assert np.array_equal(found, x)
    second = pullback.hessian(functions.held_partly, optimize=optimize)(x)
    assert np.array_equal(second, np.zeros((3, 3)))


def test_the_function_with_a_rule_can_be_what_is_differentiated():
    assert pullback.grad(functions.clipped)(2.0) == 1.0
    assert pullback.grad(functions.tripled)(2.0, 5) == 3.0
    assert pullback.grad(lambda v: functions.tripled(v, 5) ** 2)(2.0) == 2 * 10.0 * 3.0


def test_rules_take_arguments_in_the_order_of_the_function() -> None:
    found = pullback.grad(lambda x, b: functions.shifted(x, b=b), (0, 1))(3.0, 5.0)
    assert found == (1.0, 1.0)
    assert pullback.grad(lambda a, b: functions.shifted(3.0, b=b, a=a), (0, 1))(4.0, 5.0) == (3.0, 1.0)


def test_the_function_stays_what_it_was():
    assert functions.clipped(2.0) == 2.0
    assert functions.clipped.__name__ == "clipped"
    assert functions.clipped.__doc__ == "Gives what it is given, and bounds the cotangent."
    held = {"a": [x, 1.0]}
    copy = pullback.stop_gradient(held)
    assert copy["a"][0] is not x
    assert np.array_equal(copy["a"][0], x)


def test_a_rule_that_clips_has_no_tangents():
    jacobian = pullback.jacfwd(functions.through_clipped)
    for asked in (jacobian, lambda v: pullback.jvp(functions.clipped, (v,), (v,))):
        with pytest.raises(pullback.SourceError, match="not linear in the cotangent"):
            asked(x)


@pytest.mark.parametrize("made", [custom_vjp, custom_jvp])
def test_wrong_uses_say_what_is_wrong(made):
    with pytest.raises(ArgumentError, match="is no Python function: use primitive"):
        made(np.sin)
    function = made(lambda v: v * 2)
    define = function.defvjp if made is custom_vjp else function.defjvp
    with pytest.raises(ArgumentError, match="takes a Python function"):
        define(3)
    define(lambda g, y, v: g)
    with pytest.raises(ArgumentError, match="has a rule already"):
        define(lambda g, y, v: g)
