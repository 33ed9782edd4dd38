"""The partials of elementwise rows against SymPy's derivatives of the functions' formulas.

Gradients of calls are compared, so that what the rules give goes through passes and emission as well.
"""

import cmath
import math

import numpy as np
import pytest
import sympy

from pullback.errors import remember_text
from pullback.formulas import prove
from tests.rules.generated import ROWS

# What SymPy has no formula for, and why.
APART = {
    "complex": {"real", "imag", "complex_of"},
    "another spelling": {"clip_from", "clip_to"},
}
NAMES = "x y z"
PROVABLE = [
    name
    for name, row in ROWS.items()
    if row.kind == "elementwise"
    and not name.startswith("cmath.")
    and not any(name in names for names in APART.values())
]
OPERATORS = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**", "mod": "%", "neg": "-", "pos": "+",
}  # fmt: skip


def function_of(row):
    """A function that calls a row's, or writes its operator."""
    args = NAMES.split()[: len(row.domain)]
    if row.prim.path:
        value = f"{row.prim.path}({', '.join(args)})"
    else:
        value = OPERATORS[row.name].join(["", *args][-2:])
    file = f"<formula of {row.name}>"
    text = f"def f({', '.join(args)}):\n    return {value}\n"
    remember_text(file, text)
    namespace = {"np": np, "math": math, "cmath": cmath}
    exec(compile(text, file, "exec"), namespace)
    return namespace["f"]


def symbols_of(row):
    """A symbol for each argument, with the sign that it has all over the domain."""
    pairs = zip(NAMES.split(), row.domain, strict=False)
    return {n: sympy.Symbol(n, real=True, positive=True if low > 0 else None) for n, (low, _) in pairs}


@pytest.mark.parametrize("name", PROVABLE)
def test_partials_are_the_derivatives_of_the_formula(name):
    row = ROWS[name]
    found = prove(function_of(row), **symbols_of(row))
    assert found.verdict == "proved", str(found)
