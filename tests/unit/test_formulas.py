"""Expressions of functions, and what proofs say of right and of wrong gradients."""

import functools
import math
import subprocess
import sys

import numpy as np
import pytest
import sympy
from click.testing import CliRunner

import pullback
from pullback.cli import main
from pullback.errors import ArgumentError
from pullback.rules.table import ROWS
from tests.unit import formula_functions as functions

x, y = sympy.symbols("x y", real=True)


EXPRESSIONS = {
    "damped": sympy.exp(-x * x) * sympy.sin(y) + x / 10,
    "series": x + x**2 / 2 + x**3 / 6,
    "guarded": sympy.Piecewise((sympy.sqrt(x), x > 0), (x**2, True)),
    "written": sum(
        a**2
        for a in (x, x * sympy.tanh(x), x * sympy.tanh(x * sympy.tanh(x)),
                  x * sympy.tanh(x * sympy.tanh(x * sympy.tanh(x))))
    ),
    "recursive": sympy.sin(sympy.sin(x) + x) + x,
}  # fmt: skip
GIVEN = {"series": {"n": 4}, "recursive": {"n": 2}}
PROVED = ["damped", "series", "stairs", "guarded", "clipped", "rounded", "written", "grown",
          "black_scholes", "recursive", "sorted_sum"]  # fmt: skip


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_the_expression_is_the_function(name):
    found = pullback.symbolic(getattr(functions, name), **GIVEN.get(name, {}))
    assert sympy.simplify(found.expression - EXPRESSIONS[name]) == 0
    if len(found.symbols) == 1:
        expected = sympy.diff(EXPRESSIONS[name], x)
        assert sympy.simplify(found.derivative - expected) == 0


@pytest.mark.parametrize("name", PROVED)
def test_gradients_are_proved(name):
    found = pullback.prove(getattr(functions, name), **GIVEN.get(name, {}))
    assert found
    assert str(found).startswith("proved: ")


def test_branches_that_exclude_each_other_are_no_cases():
    assert len(pullback.symbolic(functions.stairs).pieces) == 4
    assert str(pullback.symbolic(functions.stairs)).count("x >") == 3


def test_floats_are_symbols_unless_they_are_given():
    found = pullback.symbolic(functions.black_scholes)
    assert [str(s) for s in found.symbols] == ["s", "k", "r", "sigma", "t"]
    found = pullback.symbolic(functions.black_scholes, k=100.0, r=0.05, sigma=0.2, t=1.0)
    assert [str(s) for s in found.symbols] == ["s"]
    at = found.derivative.subs(found.symbols[0], 110)
    expected = pullback.grad(functions.black_scholes)(110.0)
    assert float(at) == pytest.approx(expected, rel=1e-12)


def test_a_symbol_brings_its_assumptions():
    p = sympy.Symbol("p", positive=True)
    assert pullback.symbolic(functions.guarded, x=p).expression == sympy.sqrt(p)


def test_a_notebook_shows_a_formula():
    shown = pullback.symbolic(functions.guarded)._repr_latex_()
    assert shown.startswith(r"$\displaystyle \operatorname{guarded}(x) = \begin{cases}")


@pytest.mark.parametrize(
    ("name", "partials", "told"),
    [
        ("math.exp", lambda x, y: [y * (1 + 1e-9)], "the gradient in x is"),
        ("sin", lambda x, y: [x.apply("sin")], "the gradient in y is"),
    ],
)
def test_wrong_rules_are_refuted(monkeypatch, name, partials, told):
    row = ROWS[name]
    kept = row.partials
    object.__setattr__(row, "partials", partials)
    try:
        found = pullback.prove(wrongly(name))
    finally:
        object.__setattr__(row, "partials", kept)
    assert not found
    assert told in str(found)


def wrongly(name):
    """A fresh function for each broken rule, so that no derivative of it is kept."""
    if name == "sin":
        return lambda x, y: x * np.sin(y)
    return lambda x, y: math.exp(x * 0.5) * y


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("series", {}, "range of float"),
        ("series", {"m": 3}, "there is no argument 'm': there are x, n"),
        ("series", {"n": 3, "x": 1.0}, "there is no symbol"),
        ("newton", {}, "a loop whose end depends on the symbols"),
        ("sized", {}, "sizes and trips must not depend on the symbols"),
        ("of_vector", {}, "'x' is no float: give a value for it"),
        ("branching", {}, "ways through the branches"),
    ],
)
def test_what_has_no_expression_is_refused(name, given, message):
    with pytest.raises((ArgumentError, pullback.SourceError), match=message):
        pullback.symbolic(getattr(functions, name), **given)


def test_methods_are_refused():
    with pytest.raises(ArgumentError, match="write a function that calls it"):
        pullback.prove(functools.partial(functions.damped, y=1.0))


def test_importing_pullback_does_not_load_sympy():
    code = "import sys, pullback; sys.exit('sympy' in sys.modules or 'mpmath' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


FILE = functions.__file__


@pytest.mark.parametrize(
    ("args", "status", "told"),
    [
        (["series", "--given", "n=4"], 0, ["series(x) = x**3/6 + x**2/2 + x", "proved: the gradient"]),
        (["guarded"], 0, ["proved: the gradient of guarded", "in each of 2 cases"]),
        (["series", "--given", "n"], 2, ["--given n: there is no value", "write it as in --given n=3"]),
        (["series", "--given", "m=4"], 2, ["series has no argument 'm'"]),
        (["newton"], 2, ["a loop whose end depends on the symbols"]),
        (["missing"], 2, ["missing"]),
    ],
)
def test_the_command_proves(args, status, told):
    name, *options = args
    found = CliRunner().invoke(main, ["prove", f"{FILE}:{name}", *options])
    assert found.exit_code == status, found.output
    for text in told:
        assert text in found.output
