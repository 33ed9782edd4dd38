"""``split`` and ``linearize``: halves that run apart, residuals that travel, maps that are linear."""

from __future__ import annotations

import importlib.util
import pickle
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import pullback
from pullback import ArgumentError, Residuals, grad, jvp, linearize, split, vjp
from pullback.hooks import HTML
from tests.programs import checks
from tests.unit import split_functions as f

X, Y = np.array([0.5, -1.0, 2.0]), np.array([1.5, 0.25, -0.5])
ONE = {"x": np.array([1.0, -2.0, 0.5]), "n": 0}


def test_both_halves() -> None:
    forward, backward = split(f.product)
    value, residuals = forward(X, Y)
    checks.identical(value, f.product(X, Y), "the value")
    assert isinstance(residuals, Residuals)
    assert repr(residuals) == "<residuals of tests.unit.split_functions.product>"
    expected = vjp(f.product, X, Y, 2)[1](ONE)
    checks.identical(backward(residuals, ONE), expected, "the cotangents")
    other = forward(Y, X, n=3)[1]
    checks.identical(backward(other, ONE), vjp(f.product, Y, X, 3)[1](ONE), "those of another call")
    checks.identical(backward(residuals, ONE), expected, "the cotangents again")


def test_argnums() -> None:
    by_x, by_y, _ = vjp(f.product, X, Y, 2)[1](ONE)
    for argnums, expected in ((0, by_x), ("y", by_y), ((1, 0), (by_y, by_x)), ((-2,), (by_y,))):
        forward, backward = split(f.product, argnums)
        checks.close(backward(forward(X, Y)[1], ONE), expected, f"argnums {argnums}", 1e-14)
    forward, backward = split(f.cube, 0)
    assert backward(forward(2)[1], 1.0) == 12.0  # an int that is named is taken as a float
    forward, backward = split(f.cube)
    assert backward(forward(2)[1], 1.0) == (12.0,)  # or that is alone


def test_aux_names_and_methods() -> None:
    forward, backward = split(f.told, has_aux=True)
    value, residuals, aux = forward(3.0)
    assert (value, aux, backward(residuals, 2.0)) == (9.0, {"x": 3.0, "name": "square"}, (12.0,))
    forward, backward = split(f.by_name)
    assert backward(forward(3.0, factor=2.0)[1], 1.0) == (12.0,)
    forward, backward = split(f.Spring(2.0).energy)
    checks.close(backward(forward(X)[1], 1.0), (6 * X * X,), "a method")
    forward, backward = split(grad(f.cube))
    assert backward(forward(2.0)[1], 1.0) == (12.0,)


@pytest.mark.parametrize("level", [0, 1, 2])
def test_forms_and_text(level: int) -> None:
    forward, backward = split(f.cube, optimize=level)
    with pytest.raises(ArgumentError, match="cube has not been called yet"):
        _ = backward.source
    forward(2.0)
    assert "def cube_forward(x):" in forward.source
    assert "def cube_backward(residuals, y_bar):" in backward.source
    for half, name in ((forward, "cube_forward"), (backward, "cube_backward")):
        assert half.ir("lowered").startswith("func @cube(")
        for stage in ("vjp", "optimised", "owned"):
            assert half.ir(stage).startswith(f"func @{name}(")
        assert name in HTML[type(half)](half)
    _, push = linearize(f.cube, 2.0, optimize=level)
    assert push.ir().startswith("func @cube_tangents(%residuals")
    assert "pushforward cube_tangents" in HTML[type(push)](push)


def test_what_only_one_half_read_is_not_kept() -> None:
    forward, _ = split(f.cube)
    assert forward(2.0)[1].saved == (2.0,)


# ---- residuals that are kept


def test_residuals_do_not_see_later_changes() -> None:
    x = X.copy()
    forward, backward = split(f.product, 0)
    value, residuals = forward(x, Y)
    expected = backward(residuals, ONE)
    x[:] = value["x"][:] = 0.0
    backward(residuals, ONE)[:] = 0.0
    checks.identical(backward(residuals, ONE), expected, "the cotangent")


def test_residuals_of_what_was_outside_then(monkeypatch: pytest.MonkeyPatch) -> None:
    forward, backward = split(f.scaled)
    (_, twice) = forward(1.0)
    sent = pickle.dumps(twice)
    monkeypatch.setattr(f, "SCALE", "thrice")
    (_, thrice) = forward(1.0)
    assert (backward(twice, 1.0), backward(thrice, 1.0)) == ((4.0,), (6.0,))
    assert backward(pickle.loads(sent), 1.0) == (4.0,)
    f.scaled.__dict__.clear()
    _, fresh = split(f.scaled)
    with pytest.raises(ArgumentError, match=r"residuals of .*\.scaled that this backward function of"):
        fresh(pickle.loads(sent), 1.0)
    assert backward(twice, 1.0) == (4.0,)


def test_residuals_of_something_else() -> None:
    _, backward = split(f.cube)
    for other in (split(f.told)[0](2.0)[1], split(f.cube, "x")[0](2.0)[1]):
        with pytest.raises(ArgumentError, match=r"that this backward function of .*\.cube cannot take"):
            backward(other, 1.0)
    with pytest.raises(ArgumentError, match="cube_backward takes residuals that the forward function"):
        backward((2.0,), 1.0)  # type: ignore[arg-type]


def test_equal_halves_take_residuals_of_each_other() -> None:
    (forward, _), (_, backward) = split(f.cube), split(f.cube)
    assert backward(forward(2.0)[1], 1.0) == (12.0,)
    again = pickle.loads(pickle.dumps((forward, backward)))
    assert again[1](forward(2.0)[1], 1.0) == (12.0,)
    assert backward(again[0](2.0)[1], 1.0) == (12.0,)


def test_in_another_process() -> None:
    forward, backward = split(f.product)
    _, residuals = forward(X, Y)
    code = (
        "import pickle, sys; backward, residuals, y_bar = pickle.load(sys.stdin.buffer)\n"
        "sys.stdout.buffer.write(pickle.dumps(backward(residuals, y_bar)))"
    )
    sent = pickle.dumps((backward, residuals, ONE))
    run = subprocess.run([sys.executable, "-c", code], input=sent, capture_output=True, check=True)
    checks.identical(pickle.loads(run.stdout), backward(residuals, ONE), "what came back")


def read(path: Path, text: str) -> ModuleType:
    path.write_text(text)
    spec = importlib.util.spec_from_file_location("kept_program", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_residuals_fit_the_code_they_were_made_by(tmp_path: Path) -> None:
    """Lines may move and comments change; what is computed may not."""
    text = "def f(x):\n    return x * x\n"
    forward, _ = split(read(tmp_path / "one.py", text).f)
    sent = pickle.dumps(forward(3.0)[1])
    _, moved = split(read(tmp_path / "two.py", f"# moved\n\n\n{text}").f)
    assert moved(pickle.loads(sent), 1.0) == (6.0,)
    _, changed = split(read(tmp_path / "three.py", text.replace("x * x", "x * x * x")).f)
    with pytest.raises(ArgumentError, match="are not those that they were made with"):
        changed(pickle.loads(sent), 1.0)


# ---- linearize


def test_linearize_runs_the_function_once(capsys: pytest.CaptureFixture[str]) -> None:
    value, push = linearize(f.noisy, 3.0, np.random.default_rng(1))
    tangents = [push(t, None) for t in (1.0, 2.0, -1.0)]
    assert capsys.readouterr().out == "once\n"
    np.testing.assert_allclose(tangents, np.array([1.0, 2.0, -1.0]) * value * 2 / 3, rtol=1e-14)


def test_linearize_takes_what_jvp_takes() -> None:
    value, push = linearize(f.product, X, Y, 2)
    expected = jvp(f.product, (X, Y, 2), (Y, X, 0))
    checks.close((value, push(Y, X, 0)), expected, "the tangent", 1e-14)
    value, push, aux = linearize(f.told, 3.0, has_aux=True)
    assert (value, push(2), aux) == (9.0, 12.0, {"x": 3.0, "name": "square"})
    assert linearize(f.by_name, 3.0, keywords={"factor": 2.0})[1](1.0) == 12.0
    assert linearize(f.cube, 2)[1](1.0) == 12.0
    assert linearize(grad(f.cube), 2.0)[1](1.0) == 12.0
    checks.close(linearize(f.Spring(2.0).energy, X)[1](Y), 6 * X * X @ Y, "a method")


@pytest.mark.parametrize(
    ("tangents", "message"),
    [
        ((X,), "the tangents do not have the form of the arguments"),
        ((X, np.ones(2), 0), r"a tangent of shape \(2,\) for an argument of shape \(3,\)"),
        ((X, "a", 0), "a tangent of type str: give numbers"),
        ((X, Y, 1.0), "a tangent other than 0 for int"),
        ((X, Y * 1j, 0), "a tangent that is complex for a real value"),
    ],
)
def test_wrong_tangents(tangents: Any, message: str) -> None:
    _, push = linearize(f.product, X, Y, 2)
    with pytest.raises(ArgumentError, match=message):
        push(*tangents)


@pytest.mark.parametrize("transform", [split, linearize])
def test_what_is_no_function(transform: Any) -> None:
    with pytest.raises(ArgumentError, match="3 is not a Python function"):
        transform(3)
    forward, _ = split(f.cube)
    with pytest.raises(ArgumentError, match="is not a Python function: give one that calls it"):
        grad(forward)


def test_values_that_are_looked_at() -> None:
    forward, backward = split(f.root)
    with pullback.debug_nans():
        _, residuals = forward(4.0)
        _, at_zero = forward(0.0)
        with pytest.raises(FloatingPointError, match="infinite"):
            backward(at_zero, 1.0)
    assert backward(residuals, 1.0) == (0.25,)


def test_the_tangent_map_is_one_loop_that_reads_residuals() -> None:
    _, push = linearize(f.product, X, Y, 4)
    assert push.source.count("for ") == 1
    assert "append" not in push.source
    assert ".pop()" not in push.source
