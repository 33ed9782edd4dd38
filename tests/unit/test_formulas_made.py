"""Functions made from expressions: right to the last digits, also where the expression overflows."""

import mpmath
import numpy as np
import pytest
import sympy
from sympy import Abs, Piecewise, Rational, cos, exp, log, sin, sqrt

import pullback
from pullback import ArgumentError, primitive_from_sympy

x, y = sympy.symbols("x y", real=True)
p = sympy.Symbol("p", positive=True)
MADE = {
    "softplus": log(1 + exp(x)),
    "sigmoid": 1 / (1 + exp(-x)),
    "silu": x / (1 + exp(-x)),
    "gauss": exp(-(x**2) / 2),
    "versine": (1 - cos(x)) / x**2,
    "entropy": -p * log(p) - (1 - p) * log(1 - p),
    "huber": Piecewise((x**2 / 2, Abs(x) < 1), (Abs(x) - Rational(1, 2), True)),
    "length": sqrt(x**2 + y**2),
    "soft_maximum": log(exp(x) + exp(y)),
}
POINTS = [1e-6, -1e-4, 0.2, 0.8, -0.6, 3.0, -4.0, 40.0, -37.0, 800.0, -900.0]
# The derivative of (1 - cos(x)) / x**2 cancels near 0 in every way that is tried.
LOSES = {"versine": 2e-3}


@pytest.fixture(scope="module")
def made():
    return {name: primitive_from_sympy(name, e) for name, e in MADE.items()}


def exact(expression, symbols, at):
    with mpmath.workdps(1200):
        found = mpmath.mpmathify(sympy.lambdify(symbols, expression, "mpmath")(*map(mpmath.mpf, at)))
        return found if isinstance(found, mpmath.mpf) else None


def cases(name):
    """Points where the expression is real, and the exact value and partials."""
    expression = MADE[name]
    symbols = sorted(expression.free_symbols, key=str)
    for k, first in enumerate(POINTS):
        at = [first, POINTS[(3 * k + 1) % len(POINTS)]][: len(symbols)]
        value = exact(expression, symbols, at)
        if value is not None:
            yield at, value, [exact(sympy.diff(expression, s), symbols, at) for s in symbols]


@pytest.mark.parametrize("name", MADE)
def test_value_and_partials_are_right_to_the_last_digits(made, name):
    count = len(MADE[name].free_symbols)
    derivative = pullback.value_and_grad(made[name], tuple(range(count)))
    for at, value, partials in cases(name):
        with np.errstate(all="ignore"):
            found, gradient = derivative(*at)
        for a, b in zip([found, *gradient], [value, *partials], strict=True):
            rtol = LOSES.get(name, 1e-12) if a is not found else 1e-12
            assert a == pytest.approx(float(b), rel=rtol, abs=1e-300), at


@pytest.mark.parametrize("name", ["softplus", "silu", "length", "huber"])
def test_both_modes_and_second_order(made, name):
    count = len(MADE[name].free_symbols)
    arrays = [np.array([0.3, -0.7, 1.9]), np.array([1.1, 0.4, -0.2])][:count]
    pullback.check_grads(lambda *args: np.sum(made[name](*args) ** 2), *arrays, order=2)


def test_the_text_is_what_the_gradient_is_made_of(made):
    assert "np.logaddexp(0, x)" in made["softplus"].text
    assert made["softplus"].expression == MADE["softplus"]
    source = pullback.grad(made["softplus"]).compile(["float"]).source
    assert "softplus(" not in source
    assert "1 / (1 + np.exp(-x))" in source


def test_symbols_give_the_order_of_arguments():
    ratio = primitive_from_sympy("ratio", sin(y) / x, y, x)
    assert ratio(0.5, 2.0) == np.sin(0.5) / 2.0
    assert pullback.grad(ratio, 1)(0.5, 2.0) == pytest.approx(-np.sin(0.5) / 4)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("two words", x), "is no name for a function"),
        (("one", sympy.Integer(1)), "is no expression with symbols"),
        (("left", x * y, x), "y is no argument: name all symbols"),
        (("unknown", sympy.Function("q")(x)), r"q\(x\) is no function that NumPy has"),
        (("taken", sympy.Symbol("value") ** 2), "the symbol value is no name for an argument"),
        (("special", sympy.polylog(2, x)), "NumPy cannot compute"),
        (("nowhere", sqrt(-1 - x**2)), "is a real number at few points"),
    ],
)
def test_what_cannot_be_made_is_refused(args, message):
    with pytest.raises(ArgumentError, match=message):
        primitive_from_sympy(*args)
