"""Every public name of NumPy is in one list: it has a row, is lowered otherwise, or is refused by name.

A name that a new version of NumPy brings, and that nobody has decided about, fails here.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial

from pullback.frontend.effects import INSTEAD
from pullback.frontend.exprs import METHODS, PARTS
from pullback.frontend.lowering import BUILTINS
from pullback.frontend.picks import OF_NUMPY
from pullback.refusals import INSTEAD_OF_ATTRIBUTE
from pullback.rules import effects
from pullback.rules.table import BY_FUNCTION, BY_METHOD, REFUSED
from pullback.rules.ufuncs import METHODS as OF_UFUNCS
from pullback.rules.ufuncs import every_ufunc

# What is no function: contexts, and classes that annotations and isinstance name.
OTHERS = {"errstate", "Generator", "RandomState", "LinAlgError"}
# Attributes of arrays that are told without a row.
ATTRIBUTES = {"shape", "ndim", "size", "T", "mT", "flat", "dtype", *PARTS, "view"}


def public(owner: Any) -> list[str]:
    return [name for name in dir(owner) if not name.startswith("_") and name not in OTHERS]


def is_decided(function: Any) -> bool:
    """Whether one of the lists has a function."""
    return any(function in table for table in (BY_FUNCTION, BUILTINS, REFUSED, effects.FUNCTIONS))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("module", [np, np.linalg, np.fft, np.random], ids=lambda m: m.__name__)
def test_every_function_is_decided(module: ModuleType) -> None:
    functions = {name: getattr(module, name) for name in public(module)}
    assert [n for n, f in functions.items() if callable(f) and not is_decided(f)] == []


SERIES = [polynomial, chebyshev, legendre, hermite, hermite_e, laguerre]


@pytest.mark.parametrize("module", SERIES, ids=lambda m: m.__name__)
def test_every_function_of_series_is_decided(module: ModuleType) -> None:
    functions = {name: getattr(module, name) for name in module.__all__}
    assert [n for n, f in functions.items() if callable(f) and not is_decided(f)] == []


@pytest.mark.parametrize("method", OF_UFUNCS)
def test_every_method_of_ufuncs_is_decided(method: str) -> None:
    assert [f.__name__ for f in every_ufunc() if not is_decided(getattr(f, method))] == []


def test_every_method_of_arrays_is_decided() -> None:
    known = {*BY_METHOD, *METHODS, *ATTRIBUTES, *INSTEAD_OF_ATTRIBUTE}
    assert set(public(np.ndarray)) - known == set()


@pytest.mark.parametrize("cls", [np.random.Generator, np.random.RandomState])
def test_every_method_of_generators_is_decided(cls: type) -> None:
    known = effects.METHODS[f"np.random.{cls.__name__}"]
    assert set(public(cls)) - {*known, *OF_NUMPY, *INSTEAD} == set()


def test_what_is_refused_says_what_to_write() -> None:
    assert all(why and hint for why, hint in REFUSED.values())
    assert not BY_FUNCTION.keys() & REFUSED.keys()
    assert [f for f in REFUSED if f in BUILTINS] == []
