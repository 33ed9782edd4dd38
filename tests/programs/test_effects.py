"""Effects are made once and in order, in every mode and at every level; generators of the caller are
left as the function leaves them."""

from __future__ import annotations

import logging
import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pullback
from pullback.rules import effects
from pullback.testing import check_grads
from tests.programs import effectful

LEVELS = pytest.mark.parametrize("level", [0, 1, 2])
x0 = np.array([0.3, -0.7, 1.1, 0.5])


def generator(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def state(rng: Any) -> str:
    return str(rng.getstate() if isinstance(rng, random.Random) else rng.bit_generator.state)


def slopes(f: Callable[[Any], float], x: Any) -> Any:
    """Central differences."""
    steps = np.eye(len(x)) * 1e-6
    return np.array([(f(x + h) - f(x - h)) / 2e-6 for h in steps])


@LEVELS
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("program", [effectful.gamble, effectful.unused])
def test_generator_of_the_caller(program: Any, seed: int, level: int) -> None:
    """It is advanced once, in all modes; value and derivative are those of its draws."""
    rng = generator(seed)
    expected, after = program(x0, rng), state(rng)

    rng = generator(seed)
    value, gradient = pullback.value_and_grad(program, optimize=level)(x0, rng)
    assert (value, state(rng)) == (expected, after)

    rng = generator(seed)
    value, pull = pullback.vjp(program, x0, rng, optimize=level)
    assert (value, state(rng)) == (expected, after)
    pulled, nothing = pull(1.0)
    assert nothing is None
    np.testing.assert_allclose(pulled, gradient, rtol=1e-12)
    np.testing.assert_array_equal(pull(1.0)[0], pulled)
    assert state(rng) == after

    rng = generator(seed)
    value, tangent = pullback.jvp(program, (x0, rng), (x0, None), optimize=level)
    assert (value, state(rng)) == (expected, after)
    np.testing.assert_allclose(tangent, gradient @ x0, rtol=1e-10)

    numeric = slopes(lambda x: program(x, generator(seed)), x0)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("seed", range(4))
def test_second_order(seed: int) -> None:
    def gradient(x: Any) -> Any:
        return pullback.grad(effectful.gamble)(x, generator(seed))

    inner = pullback.grad(effectful.gamble)
    direction = generator(9).normal(size=4)
    hessian = pullback.jvp(inner, (x0, generator(seed)), (direction, None))[1]
    numeric = (gradient(x0 + 1e-6 * direction) - gradient(x0 - 1e-6 * direction)) / 2e-6
    np.testing.assert_allclose(hessian, numeric, rtol=1e-4, atol=1e-6)


def test_captured_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    """A generator from outside is the one that is there at each call."""
    gradient = pullback.value_and_grad(effectful.captured)
    for seed in range(3):
        monkeypatch.setattr(effectful, "RNG", generator(seed))
        expected, after = effectful.captured(x0), state(effectful.RNG)
        monkeypatch.setattr(effectful, "RNG", generator(seed))
        assert gradient(x0)[0] == expected
        assert state(effectful.RNG) == after
    assert len(gradient.sources) == 1


def test_generator_of_python() -> None:
    for seed in range(3):
        rng = random.Random(seed)
        expected, after = effectful.of_python(1.3, rng), state(rng)
        rng = random.Random(seed)
        value, gradient = pullback.value_and_grad(effectful.of_python)(1.3, rng)
        assert (value, state(rng)) == (expected, after)
        high, low = (effectful.of_python(1.3 + h, random.Random(seed)) for h in (1e-6, -1e-6))
        assert gradient == pytest.approx((high - low) / 2e-6, rel=1e-6)


@LEVELS
@pytest.mark.parametrize("mode", ["call", "grad", "vjp", "jvp", "second"])
def test_in_order_and_once(
    mode: str, level: int, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    f, x = effectful.told, np.array([2.0, 3.0])
    runs: dict[str, Callable[[], Any]] = {
        "call": lambda: f(x),
        "grad": lambda: pullback.grad(f, optimize=level)(x),
        "vjp": lambda: pullback.vjp(f, x, optimize=level)[1](1.0),
        "jvp": lambda: pullback.jvp(f, (x,), (x,), optimize=level),
        "second": lambda: pullback.jvp(pullback.grad(f, optimize=level), (x,), (x,)),
    }
    with warnings.catch_warnings(record=True) as warned, caplog.at_level(logging.INFO):
        warnings.simplefilter("always")
        runs[mode]()
    assert capsys.readouterr().out.split("\n") == ["begin", "end of 0", "end of 1", ""]
    assert [r.getMessage() for r in caplog.records] == ["pass 0: [2. 3.]", "pass 1: [4. 9.]"]
    assert [str(w.message) for w in warned] == ["warned of 0", "warned of 1"]


@LEVELS
def test_texts_are_those_of_the_function(level: int, capsys: pytest.CaptureFixture[str]) -> None:
    f, args = effectful.described, (0.75, np.array([0.5, -1.25]), 3)
    f(*args)
    expected = capsys.readouterr().out
    gradient = pullback.grad(f, optimize=level)(*args)
    assert capsys.readouterr().out == expected
    assert gradient == 2 * np.sum(args[1])
    pullback.jvp(pullback.grad(f, optimize=level), args, (1.0, args[1], 0))
    assert capsys.readouterr().out == expected


@LEVELS
@pytest.mark.parametrize("x", [[2.0, 3.0], [2.0, 3.0, 1.0, 4.0], [5.0, 1.0, 1.0, 2.0]])
def test_managers_in_order_and_once(
    x: list[float], level: int, capsys: pytest.CaptureFixture[str]
) -> None:
    f, given = effectful.told_by_managers, np.array(x)
    runs: list[Callable[[], Any]] = [
        lambda: f(given),
        lambda: pullback.grad(f, optimize=level)(given),
        lambda: pullback.vjp(f, given, optimize=level)[1](1.0),
        lambda: pullback.jvp(f, (given,), (given,), optimize=level),
    ]
    texts = []
    for run in runs:
        try:
            run()
        except IndexError as error:
            print(type(error).__name__)
        texts.append(capsys.readouterr().out)
    assert len(set(texts)) == 1
    assert texts[0].count("exit") == texts[0].count("enter")


def test_effects_of_mutual_recursion(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        pullback.grad(effectful.told_in_turns)(1.5, 6)
    assert [r.getMessage() for r in caplog.records] == ["4", "2", "0"]


@pytest.mark.parametrize("program", [effectful.negative_scale, effectful.inverted_range])
def test_bad_parameters_raise(program: Any) -> None:
    """A derivative in the parameters raises what the draw itself raises."""
    with pytest.raises(ValueError, match=r".") as expected:
        program(1.5, generator())
    with pytest.raises(ValueError, match=r".") as found:
        pullback.grad(program)(1.5, generator())
    assert str(found.value) == str(expected.value)


def test_seeds_of_hidden_generators() -> None:
    value, gradient = pullback.value_and_grad(effectful.seeded)(2.0)
    after = random.random(), np.random.rand()
    assert value == effectful.seeded(2.0)
    assert (random.random(), np.random.rand()) == after
    assert gradient == pytest.approx(value / 2.0, rel=1e-14)


def test_refused_where_rounding_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where NumPy computes draws in one rounding, arithmetic would not give the same bits."""
    monkeypatch.setattr(effects, "_is_exact", lambda home, name: False)
    with pytest.raises(pullback.SourceError, match="not differentiable in its parameters"):
        pullback.grad(lambda x, rng: rng.normal(x, 1.0))(1.0, generator())


def test_every_draw_is_bound() -> None:
    """Names and results of the table are those of NumPy and Python."""
    for cls, methods in effects.METHODS.items():
        known = next(c for c, name in effects.NAMES.items() if name == cls)
        for name in methods:
            assert callable(getattr(known, name)), f"{cls}.{name}"


def test_kind_of_a_generator_is_annotated() -> None:
    gradient = pullback.grad(effectful.annotated)
    assert "rng.standard_normal()" in gradient.source
    assert gradient(1.5, generator()) == pytest.approx(2 * 1.5 + generator().normal())
    assert len(gradient.sources) == 1


def test_checked_against_differences() -> None:
    """Each call draws from copies, so that all see the same numbers."""
    rng = generator()
    before = state(rng)
    check_grads(effectful.annotated, 1.5, rng, order=3)
    check_grads(effectful.gamble, x0, rng)
    assert state(rng) == before


def test_generator_in_a_field() -> None:
    model = effectful.Model(np.ones(3), generator())
    noise = generator().normal(size=3)
    gradient = pullback.grad(effectful.noisy)(model, x0[:3])
    assert gradient.rng is None
    np.testing.assert_allclose(gradient.w, 2 * (model.w + noise) * x0[:3], rtol=1e-12)
