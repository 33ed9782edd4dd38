"""Loops with snapshots: which passes are kept, how often passes run, memory, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback
from pullback import ArgumentError, grad, hvp, value_and_grad, vjp
from pullback.backend.runtime import snapshot_distance
from tests.programs import checks, costs
from tests.unit import snapshot_functions as f


def optimum(n: int, s: int) -> int:
    """The fewest passes that lead to the states of n passes, with s snapshots (Griewank and Walther)."""
    r = repetitions(n, s)
    return r * n - binomial(s + 1, r - 1)


def binomial(s: int, r: int) -> int:
    found = 1
    for k in range(1, r + 1):
        found = found * (s + k) // k
    return found if r >= 0 else 0


def repetitions(n: int, s: int) -> int:
    """How often a pass is run again at most, where that is as seldom as possible."""
    r = 0
    while binomial(s, r) < n:
        r += 1
    return r


def kept_for(n: int, s: int) -> list[int]:
    """The snapshots that a loop of n passes leaves, as generated code does."""
    steps: list[int] = []
    due = 0
    for i in range(n):
        if i == due:
            steps.append(i)
            due += snapshot_distance(n - i, s - len(steps))
    return steps


def kept_online(n: int, s: int) -> list[int]:
    """The same where the number of passes is not known."""
    levels, steps, due = [2**62], [0], 1 if s > 1 else 2**62
    for count in range(n):
        if count == due:
            if len(steps) == s:
                level = levels[-1] + 1
                while levels[-1] < level:
                    levels.pop()
                    steps.pop()
            else:
                level = 0
            levels.append(level)
            steps.append(count)
            due = count + (level + 2 if len(steps) == s else 1)
            assert len(steps) <= s
    return steps


def run_again(steps: list[int], n: int, s: int) -> list[int]:
    """How often each pass is run on the way to others, where they are reversed in order."""
    steps, runs = list(steps), [0] * n
    for i in range(n - 1, -1, -1):
        due = steps.pop()
        assert due <= i
        for j in range(due, i):
            if j == due:
                steps.append(j)
                assert len(steps) <= s
                due += snapshot_distance(i + 1 - j, s - len(steps))
            runs[j] += 1
    assert not steps
    return runs


@pytest.mark.parametrize("s", range(1, 13))
def test_the_fewest_passes(s: int) -> None:
    """From one snapshot, and behind a sweep, which is more by what leads to the last pass."""
    for n in range(1, 201):
        assert sum(run_again([0], n, s)) == optimum(n, s)
        kept = kept_for(n, s)
        assert sum(run_again(kept, n, s)) + n - 1 <= optimum(n, s) + repetitions(n, s)


@pytest.mark.parametrize("s", range(1, 13))
def test_no_pass_runs_more_often_where_the_number_is_not_known(s: int) -> None:
    for n in range(1, 201):
        assert max(run_again(kept_online(n, s), n, s)) <= repetitions(n, s)


@pytest.mark.parametrize("s", [1, 2, 5, 100])
@pytest.mark.parametrize("n", [0, 1, 2, 30])
def test_generated_code_runs_as_many_passes(s: int, n: int) -> None:
    """Each pass forward, what leads to it again, and once more before its reverse."""
    f.RUNS.clear()
    grad(f.counted, checkpoint=s)(1.0, n)
    again = run_again(kept_for(n, s), n, s)
    assert sorted(f.RUNS) == sorted(k for k in range(n) for _ in range(2 + again[k]))


@pytest.mark.parametrize("s", [1, 2, 5, 100])
def test_generated_code_runs_as_many_passes_of_unknown_number(s: int) -> None:
    for n in (1, 2, 30):
        f.RUNS.clear()
        grad(f.counted_until, checkpoint=s)(1.0, n)
        again = run_again(kept_online(n, s), n, s)
        assert sorted(f.RUNS) == sorted(k for k in range(n) for _ in range(2 + again[k]))


@pytest.mark.parametrize("function", [f.relaxed, f.relaxed_until])
def test_memory_is_that_of_the_snapshots(function: Any) -> None:
    x = np.linspace(0.0, 1.0, 2_000)
    plain, kept = grad(function), grad(function, checkpoint=4)
    checks.close(kept(x, 60), plain(x, 60), "the gradient", 1e-13)
    assert costs.memory(kept, (x, 60)) < 16 * x.nbytes
    assert costs.memory(plain, (x, 60)) > 60 * x.nbytes


def test_states_that_are_written_are_copied_and_no_others() -> None:
    x, frame = np.linspace(0.5, 1.0, 5), np.linspace(0.0, 1.0, 5)
    kept = grad(f.written, checkpoint=2)
    checks.close(kept(x, frame, 9), grad(f.written)(x, frame, 9), "the gradient", 1e-13)
    assert "us.append(u.copy())" in kept.source
    assert "frame" in kept.source
    assert "frames" not in kept.source
    assert ".copy()" not in kept.source.replace("us.append(u.copy())", "").replace("u = x.copy()", "")


@pytest.mark.parametrize("level", [0, 1, 2])
def test_effects_happen_once(level: int, capsys: pytest.CaptureFixture[str]) -> None:
    found = []
    for n in (None, 1, 3):
        rng = np.random.default_rng(3)
        result = grad(f.noisy, optimize=level, checkpoint=n)(np.ones(3), 7, rng)
        found.append((result, rng.random(), capsys.readouterr().out))
    for result, *rest in found[1:]:
        checks.close(result, found[0][0], "the gradient", 1e-12)
        assert rest == list(found[0][1:])


def test_second_order() -> None:
    args, along = (np.array([0.3, 0.5]), 8), (np.array([1.0, -2.0]), 0)
    expected = hvp(f.relaxed, args, along)
    checks.close(hvp(f.relaxed, args, along, checkpoint=2), expected, "the product", 1e-12)


def test_inside_of_functions_that_are_differentiated() -> None:
    x, v = np.array([0.3, 0.5]), np.array([1.0, -2.0])
    expected = grad(f.relaxed)(x, 8)
    (found,) = vjp(f.product_inside, x, 8, v)[1](np.ones(2))[2:]
    checks.close(found, hvp(f.relaxed, (x, 8), (np.ones(2), 0)), "the product inside", 1e-12)
    value, pull = vjp(f.gradients_inside, x, 8)
    checks.close(value, (expected,) * 3, "gradients inside", 1e-13)
    assert np.all(np.isfinite(pull((v, v, v))[0]))
    once = grad(f.curvature_inside)(x, 8)
    checks.close(once, 2 * hvp(f.relaxed, (x, 8), (expected, 0)), "the derivative of one", 1e-12)


def test_the_other_transforms_take_it() -> None:
    x = np.array([0.3, 0.5])
    expected = grad(f.relaxed)(x, 8)
    assert value_and_grad(f.relaxed, checkpoint=2)(x, 8)[0] == f.relaxed(x, 8)
    checks.close(vjp(f.relaxed, x, 8, checkpoint=2)[1](1.0)[0], expected, "by vjp", 1e-13)
    forward, backward = pullback.split(f.relaxed, 0, checkpoint=2)
    checks.close(backward(forward(x, 8)[1], 1.0), expected, "by split", 1e-13)
    checks.close(pullback.jacrev(f.relaxed, checkpoint=2)(x, 8), expected, "by jacrev", 1e-13)


@pytest.mark.parametrize("wrong", [0, -1, True, 2.0, "sqrt"])
def test_what_is_no_number_of_snapshots(wrong: Any) -> None:
    with pytest.raises(ArgumentError, match=r"checkpoint is a whole number from 1, not .*: how many"):
        grad(f.relaxed, checkpoint=wrong)


@pytest.mark.parametrize("transform", [pullback.jacfwd, pullback.jacobian, pullback.hessian])
def test_dense_derivatives_keep_no_stacks(transform: Any) -> None:
    """Nor do they within what is differentiated again."""
    x = np.array([0.3, 0.5])
    expected = transform(f.relaxed)(x, 8)
    made = transform(f.relaxed, checkpoint=2)
    checks.close(made(x, 8), expected, "with snapshots", 1e-13)
    assert made.source.count("snapshot_distance(") <= 2
    third = grad(lambda x, n: np.sum(transform(f.relaxed, checkpoint=2)(x, n) ** 2))(x, 8)
    plain = grad(lambda x, n: np.sum(transform(f.relaxed)(x, n) ** 2))(x, 8)
    checks.close(third, plain, "differentiated", 1e-12)


def test_draws_are_made_once_for_all_columns() -> None:
    x = np.array([0.3, 0.5])
    for transform in (pullback.jacfwd, pullback.jacobian, pullback.hessian):
        made = [transform(f.shaken, checkpoint=n)(x, np.random.default_rng(3)) for n in (None, 2)]
        checks.close(made[1], made[0], "with draws", 1e-13)


def test_linearize_takes_none() -> None:
    with pytest.raises(ArgumentError, match="linearize takes no checkpoint"):
        pullback.linearize(f.relaxed, np.array([0.3, 0.5]), 8, checkpoint=2)


@pytest.mark.parametrize(("inner", "outer"), [(None, 10), (10, None), (10, 10)])
def test_reverse_over_reverse(inner: int | None, outer: int | None) -> None:
    """Snapshots around are kept inside as well; inside of what stores all there are none."""

    def second(inner: int | None, outer: int | None) -> Any:
        first = grad(f.relaxed, checkpoint=inner)
        return grad(lambda x, n: np.sum(first(x, n) ** 2), checkpoint=outer)

    found, plain, args = second(inner, outer), second(None, None), (np.ones(500) / 3, 100)
    checks.close(found(*args), plain(*args), "second order", 1e-12)
    assert costs.memory(found, args) < costs.memory(plain, args) * (0.3 if outer else 1.1)
