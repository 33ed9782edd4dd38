"""The helpers that generated code may call, and loading that code."""

from __future__ import annotations

import inspect
import linecache
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pullback.backend import runtime
from pullback.backend.load import annotate, load
from pullback.backend.numpy_ import Emitted
from pullback.errors import Loc


@pytest.fixture(autouse=True)
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize(
    ("source", "target"),
    [((2, 3), (3,)), ((2, 3), (1, 3)), ((2, 3), (2, 1)), ((4, 2, 3), (1, 3)), ((2, 3), ()),
     ((2, 3), (1, 1)), ((3,), (3,)), ((0, 3), (3,)), ((0, 3), (1, 3)), ((2, 3), (1,)), ((), ())],
)  # fmt: skip
def test_unbroadcast_is_the_transpose_of_broadcasting(
    source: tuple[int, ...], target: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(0)
    g, x = rng.normal(size=source), rng.normal(size=target)
    found = runtime.unbroadcast(g, target)
    assert isinstance(found, np.ndarray)
    assert found.shape == target
    assert np.isclose(np.sum(np.broadcast_to(x, source) * g), np.sum(x * found))


def test_masked_mul() -> None:
    g, p = np.array([0.0, 2.0, 0.0]), np.array([np.inf, 3.0, np.nan])
    assert np.array_equal(runtime.masked_mul(g, p), [0.0, 6.0, 0.0])
    assert np.array_equal(runtime.masked_mul(0.0, p), [0.0, 0.0, 0.0])
    assert np.array_equal(runtime.masked_mul(g, np.inf), [0.0, np.inf, 0.0])
    assert runtime.masked_mul(np.float64(0.0), np.inf) == 0.0
    assert runtime.masked_mul(np.ones((2, 1)), np.ones(3)).shape == (2, 3)
    assert runtime.masked_mul(1.0, np.ones(2, np.float32)).dtype == np.float32


@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 1), (0, 2)])
def test_prod_others(axis: int | tuple[int, ...] | None) -> None:
    x = np.random.default_rng(1).normal(size=(2, 3, 4))
    x[0, 1, 2] = x[1, 0, 0] = 0.0
    found = runtime.prod_others(x, axis)
    for place in np.ndindex(x.shape):
        others = x.copy()
        others[place] = 1.0
        whole = np.prod(others, axis=axis, keepdims=True)
        assert np.isclose(np.broadcast_to(whole, x.shape)[place], found[place])


def running(x: np.ndarray, axis: int) -> np.ndarray:
    """The Jacobian of np.cumprod, by taking each factor out."""
    columns = []
    for place in np.ndindex(x.shape):
        others, chosen = x.copy(), np.zeros_like(x)
        others[place], chosen[place] = 1.0, 1.0
        behind = np.cumsum(chosen, axis=axis)
        columns.append((np.cumprod(others, axis=axis) * behind).ravel())
    return np.array(columns).T


@pytest.mark.parametrize("zeros", [(), (2,), (0,), (5,), (1, 3), (0, 1, 4)])
@pytest.mark.parametrize("shape", [(6,), (2, 3), (6, 1), (1, 6)])
@pytest.mark.parametrize("axis", [0, -1])
def test_running_products(zeros: tuple[int, ...], shape: tuple[int, ...], axis: int) -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=shape)
    x.ravel()[list(zeros)] = 0.0
    t, y, jacobian = rng.normal(size=shape), np.cumprod(x, axis=axis), running(x, axis)
    tangent = runtime.cumprod_tangent(t, x, y, axis)
    adjoint = runtime.cumprod_adjoint(t, x, y, axis)
    np.testing.assert_allclose(tangent.ravel(), jacobian @ t.ravel(), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(adjoint.ravel(), t.ravel() @ jacobian, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 7, 8])
def test_recurrences(n: int, reverse: bool) -> None:
    a, b = np.random.default_rng(4).normal(size=(2, 2, n))
    expected = a.copy()
    for i in range(n - 2, -1, -1) if reverse else range(1, n):
        j = i + 1 if reverse else i
        expected[:, i] += b[:, j] * expected[:, i + 1 if reverse else i - 1]
    np.testing.assert_allclose(runtime.recurrence(a, b, 1, reverse), expected, rtol=1e-13)


def test_recurrences_whose_factors_overflow_together() -> None:
    a = np.array([1.0, 0.0, 0.0, 0.0])
    b = np.array([0.0, 1e200, 1e200, 1e-300])
    assert np.array_equal(runtime.recurrence(1e-200 * a, b, 0, False), [1e-200, 1.0, 1e200, 1e-100])
    assert np.array_equal(runtime.recurrence(0.0 * a, b, 0, False), np.zeros(4))


@pytest.mark.parametrize("shape", [(0,), (1,), (2, 0), (1, 1)])
def test_prod_others_of_few(shape: tuple[int, ...]) -> None:
    assert np.array_equal(runtime.prod_others(np.full(shape, 2.0), -1), np.ones(shape))


@pytest.mark.parametrize(
    "index",
    [np.array([0, 2, 0, 1, 2]), np.array([], int), np.array([[0, 1], [1, 0]]),
     (slice(None), np.array([0, 0, 1])), (np.array([1, 1]), np.array([0, 0])), np.array([-1, 2])],
)  # fmt: skip
def test_last_written_values_are_those_that_stand(index: object) -> None:
    x = np.zeros((3, 3))
    values = np.arange(1.0, 1.0 + x[index].size).reshape(x[index].shape)  # type: ignore[index]
    x[index] = values  # type: ignore[index]
    assert np.array_equal(runtime.last_written(x, index), x[index] == values)  # type: ignore[index]


def test_trees() -> None:
    tree = [1.5, (np.ones(2), 3, None, "mode"), [np.float32(2.0)], True]
    zero = runtime.zeros_tree(tree)
    assert zero[0] == 0.0
    assert zero[2] == [np.float32(0.0)]
    assert zero[2][0].dtype == np.float32
    assert zero[1][1:] == (0, None, None)
    assert np.array_equal(zero[1][0], [0.0, 0.0])
    total = runtime.add_trees([1.0, (np.ones(2), None)], [2.0, (np.ones(2), 4.0)])
    assert total[0] == 3.0
    assert np.array_equal(total[1][0], [2.0, 2.0])
    assert total[1][1] == 4.0
    copied = runtime.copy_tree(tree)
    assert copied[1][0] is not tree[1][0]  # type: ignore[index]
    assert copied[1][1:] == tree[1][1:]  # type: ignore[index]


def test_parts_of_arrays() -> None:
    g = np.arange(10.0).reshape(5, 2)
    parts = runtime.split_like(g, [np.ones((2, 2)), np.ones((3, 2))], axis=0)
    assert [p.tolist() for p in parts] == [g[:2].tolist(), g[2:].tolist()]
    assert not any(np.shares_memory(p, g) for p in parts)
    rows = runtime.unstack(g, axis=1)
    assert [r.tolist() for r in rows] == [g[:, 0].tolist(), g[:, 1].tolist()]
    assert not any(np.shares_memory(r, g) for r in rows)
    assert runtime.unstack(np.array([1.0, 2.0]), axis=0) == [1.0, 2.0]


def test_casts_of_numbers() -> None:
    assert runtime.cast_like(1.5, np.float32(0)).dtype == np.float32
    assert runtime.cast_like(np.float64(1.5), np.ones(2, np.float32)).dtype == np.float32
    assert type(runtime.cast_like(np.float64(1.5), 2.0)) is float


def test_checks() -> None:
    runtime.check_one(np.ones((1, 1)), "f")
    runtime.check_one(3.0, "f")
    with pytest.raises(TypeError, match=r"result of f has shape \(2,\).*use jacobian, elementwise"):
        runtime.check_one(np.ones(2), "f")
    runtime.check_real(2.0)
    with pytest.raises(TypeError, match="real number was expected"):
        runtime.check_real((-2.0) ** 0.5)
    runtime.check_int(4)
    with pytest.raises(TypeError, match="integer was expected"):
        runtime.check_int(2**-1)


def test_helpers_can_be_pasted() -> None:
    """Each stands alone: a definition on one line, and no names but NumPy and itself."""
    for name, function in runtime.HELPERS.items():
        first = inspect.getsource(function).splitlines()[0]
        assert first.startswith(f"def {name}("), name
        assert first.endswith(":"), name
        assert set(function.__code__.co_names).isdisjoint(set(runtime.HELPERS) - {name}), name


# ---- loading

TEXT = "import math\n\n\ndef f(x):\n    y = 1.0\n    return math.sqrt(x)\n"


def test_tracebacks_show_the_generated_line_and_the_users(tmp_path: Path) -> None:
    source = tmp_path / "model.py"
    source.write_text("def f(x):\n    return math.sqrt(x)\n")
    emitted = Emitted(TEXT, "f", (), {6: (Loc(str(source), 2),)})
    f = load(emitted, "<generated f>")
    linecache.checkcache()
    assert f(4.0) == 2.0
    with pytest.raises(ValueError, match=r"math domain|expected") as caught:
        f(-1.0)
    annotate(caught.value, emitted, "<generated f>")
    annotate(caught.value, emitted, "<generated f>")
    shown = "".join(traceback.format_exception(caught.value))
    assert 'File "<generated f>", line 6, in f\n    return math.sqrt(x)\n' in shown
    assert caught.value.__notes__ == [f"from {source}:2: return math.sqrt(x)"]


def test_errors_from_elsewhere_get_no_note() -> None:
    emitted = Emitted(TEXT, "f", (), {6: (Loc("model.py", 2),)})
    with pytest.raises(KeyError) as caught:
        raise KeyError("elsewhere")
    annotate(caught.value, emitted, "<generated f>")
    assert not hasattr(caught.value, "__notes__")
