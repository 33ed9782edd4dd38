"""All of the math module: each function has a row with a derivative, has none and why, or is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.special

import pullback
from pullback.backend.runtime import polygamma
from pullback.frontend.lowering import BUILTINS
from pullback.rules.table import REFUSED, ROWS, lookup
from tests.rules import math_functions
from tests.rules.generated import written

FUNCTIONS = sorted(n for n in dir(math) if callable(getattr(math, n)) and not n.startswith("_"))
STEPS = written(
    "math_steps",
    "import math\nimport numpy as np\nimport pullback\n",
    [
        (f"step_{n}", f"math.{n}({', '.join(map(str, args))}) * x" if isinstance(args[0], int)
         else f"math.{n}({', '.join(['x', *map(str, args[1:])])}) * x", ["x"])
        for n, args in math_functions.STEPS.items()
    ],
)  # fmt: skip
REFUSALS = written(
    "math_refusals",
    "import math\nimport numpy as np\nimport pullback\n",
    [(f"refused_{n}", f"math.{n}(x, x)" if n == "nextafter" else f"math.{n}(x)", ["x"])
     for n in math_functions.REFUSALS if n in FUNCTIONS],
)  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_decided(name: str) -> None:
    """A row that the systematic tests enumerate, or one of the two lists below."""
    row = lookup(getattr(math, name))
    if name in math_functions.REFUSALS:
        assert getattr(math, name) in REFUSED or (row is not None and not row.steps_only)
    elif name in math_functions.STEPS:
        assert row is not None
        assert row.kind == "inert"
    elif name in math_functions.LOWERED:
        assert getattr(math, name) in BUILTINS
    else:
        assert row is not None
        assert row is ROWS[f"math.{name}"]
        assert row.kind in ("elementwise", "linear", "special")


@pytest.mark.parametrize("name", math_functions.STEPS)
def test_steps(name: str) -> None:
    x = 1.3
    function = STEPS[f"step_{name}"].function
    expected = function(x) / x
    assert pullback.grad(function)(x) == pytest.approx(float(expected), rel=1e-14)
    assert pullback.jvp(function, (x,), (1.0,))[1] == pytest.approx(float(expected), rel=1e-14)


@pytest.mark.parametrize("name", [n for n in math_functions.REFUSALS if n in FUNCTIONS])
def test_refusals(name: str) -> None:
    function = REFUSALS[f"refused_{name}"].function
    with pytest.raises(pullback.SourceError) as caught:
        pullback.grad(function)(1.3)
    assert f"math.{name}" in caught.value.message
    assert math_functions.REFUSALS[name] in caught.value.hint
    assert caught.value.loc is not None


LOG3 = math.log(3.0)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (math_functions.log_of_base, (0.5 / LOG3, -math.log(2.0) / (3.0 * LOG3 * LOG3))),
        (math_functions.hypot_of_three, (2.0 / math.sqrt(14.0), 3.0 / math.sqrt(14.0))),
        (math_functions.product_of_three, (24.0, 8.0)),
    ],
)  # fmt: skip
def test_other_numbers_of_arguments(function, expected) -> None:
    value, gradient = pullback.value_and_grad(function, (0, 1))(2.0, 3.0)
    assert value == function(2.0, 3.0)
    assert gradient == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("n", range(4))
def test_derivatives_of_the_gamma_function(n: int) -> None:
    """Against SciPy, also at negative numbers; near the zeros of digamma to a few 1e-16."""
    above = np.concatenate([np.linspace(0.02, 30.0, 500), 10.0 ** np.arange(-6, 9)])
    places = np.concatenate([above, -np.linspace(0.1, 15.3, 97)]) if n < 2 else above
    expected = [float(scipy.special.polygamma(n, x)) for x in above]
    expected += [_below(n, x) for x in places[len(above) :]]
    found = [polygamma(x, n) for x in places]
    np.testing.assert_allclose(found, expected, rtol=4e-15, atol=2e-15)


def _below(n: int, x: float) -> float:
    """By recurrence from a positive number."""
    steps = np.arange(int(np.ceil(-x)) + 1)
    whole = scipy.special.polygamma(n, x + len(steps))
    return float(math.fsum([whole, *(-1 / (x + steps) if n == 0 else 1 / (x + steps) ** 2)]))


@pytest.mark.parametrize("x", [math.inf, -math.inf, math.nan, 1e-308, 1e300])
def test_derivatives_of_the_gamma_function_never_raise(x: float) -> None:
    for n in range(3):
        assert type(polygamma(x, n)) is float


def test_constant_arguments_are_taken() -> None:
    assert pullback.grad(math_functions.keeps_constant)(2.0) == 24.0


def test_they_take_numbers_only() -> None:
    with pytest.raises(pullback.SourceError, match=r"math\.sin cannot take float64"):
        pullback.grad(written_sine)(np.ones(3))


written_sine = written(
    "math_of_arrays", "import math\nimport numpy as np\nimport pullback\n",
    [("sine_of_array", "math.sin(x)", ["x"])],
)["sine_of_array"].function  # fmt: skip
