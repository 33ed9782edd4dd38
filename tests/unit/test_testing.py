"""check_grads: what it compares, and what it refuses to be asked."""

from typing import Any

import numpy as np
import pytest

import pullback
from pullback.testing import GradientError, compare_grads

A = np.array


def energy(x: Any, k: Any) -> Any:
    return 0.5 * k * np.sum(x * x)


def rounded(x: Any) -> Any:
    y = np.zeros(2, dtype=np.float32)
    y[:] = 0.5 * x * x
    return y


def coarse(x: Any) -> Any:
    return x * np.floor(1e6 * x)


def flattened(x: Any) -> Any:
    y = x + 1.0
    y.reshape(-1)[:2] *= 3.0
    return np.sum(y * x)


def test_comparisons_are_one_for_each_argument_mode_and_order() -> None:
    found = list(compare_grads(energy, A([1.0, 2.0]), 3.0, order=3))
    assert all(c.agrees and c.difference <= c.allowed for c in found)
    first = [(c.argument, c.place, c.mode) for c in found if c.order == 1]
    assert first == [("x", 0, "fwd"), ("x", 0, "rev"), ("k", 1, "fwd"), ("k", 1, "rev")]
    of = lambda order: {c.function for c in found if c.order == order}
    assert of(2) == {"jvp of energy", "grad of energy"}
    assert of(3) == {"jvp of jvp of energy", "jvp of grad of energy", "grad of jvp of energy"}


def test_only_arguments_with_floats_are_compared() -> None:
    assert [c.argument for c in compare_grads(energy, A([1.0, 2.0]), 3, modes=["rev"])] == ["x"]


def test_difference_is_told_in_numbers() -> None:
    (found,) = compare_grads(coarse, 0.3, modes=["fwd"])
    assert not found.agrees
    assert found.difference == abs(found.found - found.expected) > found.allowed
    with pytest.raises(GradientError) as caught:
        pullback.check_grads(coarse, 0.3)
    assert str(caught.value) == str(found)
    assert str(found).startswith("fwd derivative of coarse in argument 0 is wrong: ")


def test_steps_are_for_the_coarsest_number_that_takes_part() -> None:
    pullback.check_grads(energy, A([1.0, 2.0], dtype=np.float32), 3.0)
    pullback.check_grads(energy, A([1.0, 2.0]), np.float32(3.0), order=2)
    pullback.check_grads(rounded, A([1.0, 2.0]))


@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_are_moved_as_they_are_laid_out(order: Any) -> None:
    """By a reshape of one that is in C order writes reach it, of others they do not."""
    pullback.check_grads(flattened, np.ones((2, 3), order=order))


def test_nan_agrees_with_nothing() -> None:
    with np.errstate(invalid="ignore"), pytest.raises(GradientError, match="nan"):
        pullback.check_grads(lambda x: np.sum(np.sqrt(x)), A([-1.0]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"modes": ["fwd", "both"]}, "modes are 'fwd' and 'rev', not 'both'"),
        ({"modes": "fwd"}, "modes are 'fwd' and 'rev', not 'f', 'w', 'd'"),
        ({"modes": []}, "modes are 'fwd' and 'rev', not none"),
        ({"order": 0}, "order is 1, 2, 3 or more, not 0"),
        ({"order": 1.5}, "order is 1, 2, 3 or more, not 1.5"),
        ({"order": True}, "order is 1, 2, 3 or more, not True"),
    ],
)
def test_wrong_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(pullback.ArgumentError) as caught:
        pullback.check_grads(energy, A([1.0]), 1.0, **options)
    assert str(caught.value) == message


def test_nothing_to_check_is_an_error() -> None:
    message = "none of the arguments given to energy is a float or holds floats"
    with pytest.raises(pullback.ArgumentError, match=message):
        pullback.check_grads(energy, A([1, 2]), 3)
