"""All of the math module: each function has a row with a derivative, has none and why, or is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

import pullback
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
    else:
        assert row is not None
        assert row is ROWS[f"math.{name}"]
        assert row.kind in ("elementwise", "linear")


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


def test_other_numbers_of_arguments() -> None:
    with pytest.raises(pullback.SourceError, match="not supported with argument 1 more") as caught:
        pullback.grad(math_functions.log_of_base)(2.0, 10.0)
    assert "math.log(x) / math.log(base)" in caught.value.hint
    with pytest.raises(pullback.SourceError, match="not supported with argument 1 more") as caught:
        pullback.grad(math_functions.hypot_of_three)(2.0, 10.0)
    assert "np.linalg.norm" in caught.value.hint


def test_constant_arguments_are_taken() -> None:
    assert pullback.grad(math_functions.keeps_constant)(2.0) == 24.0


def test_they_take_numbers_only() -> None:
    with pytest.raises(pullback.SourceError, match=r"math\.sin cannot take float64"):
        pullback.grad(written_sine)(np.ones(3))


written_sine = written(
    "math_of_arrays", "import math\nimport numpy as np\nimport pullback\n",
    [("sine_of_array", "math.sin(x)", ["x"])],
)["sine_of_array"].function  # fmt: skip
