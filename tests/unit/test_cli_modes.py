"""The commands beside ``grad``: jvp, vjp and ir."""

import inspect
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pullback
from pullback.cli import main
from tests.unit.cli_runs import functions, refused, run

W, X_ROW = (2.0, 1.0), 0.5
FIELD = """\
import numpy as np

def scaled(x: "f64[n]", A: "f64[m,n]", power: int = 2):
    y = np.tanh(x) ** power
    return A @ y, np.sum(y)

def table(d):
    return d["a"] * d["b"][0]
"""


@pytest.fixture
def field(folder: Path) -> Any:
    (folder / "field.py").write_text(FIELD)
    names: dict[str, Any] = {}
    exec(compile(FIELD, str(folder / "field.py"), "exec"), names)
    return names["scaled"]


def neuron(w: tuple[float, float], x: float) -> float:
    return 1 / (1 + math.exp(-(w[0] * x + w[1])))


def test_jvp_takes_a_tangent_for_each_argument(folder: Path) -> None:
    (function,) = functions("jvp", "prog.py:neuron")
    assert list(inspect.signature(function).parameters) == ["w", "x", "w_dot", "x_dot"]
    w_dot, x_dot = (0.3, -1.2), 0.7
    found = function(W, X_ROW, w_dot, x_dot)
    assert found == pytest.approx(pullback.jvp(neuron, (W, X_ROW), (w_dot, x_dot)))
    assert type(found[1]) is float


def test_jvp_with_arguments_held_fixed(folder: Path) -> None:
    (function,) = functions("jvp", "prog.py:neuron", "--wrt", "x")
    assert list(inspect.signature(function).parameters) == ["w", "x", "x_dot"]
    fixed = pullback.jvp(neuron, (W, X_ROW), ((0.0, 0.0), 0.7))
    assert function(W, X_ROW, 0.7) == pytest.approx(fixed)


def test_jvp_has_no_tangent_for_what_holds_no_float(field: Any) -> None:
    (function,) = functions("jvp", "field.py:scaled")
    assert list(inspect.signature(function).parameters) == ["x", "A", "power", "x_dot", "A_dot"]


def test_jvp_in_an_argument_that_is_an_int(folder: Path) -> None:
    (function,) = functions("jvp", "prog.py:neuron", "--arg", "x=int", "--wrt", "x")
    assert function(W, 1, 0.5) == pytest.approx(pullback.jvp(neuron, (W, 1.0), ((0.0, 0.0), 0.5)))


def test_vjp_is_a_forward_and_a_backward_function(field: Any) -> None:
    forward, backward = functions("vjp", "field.py:scaled")
    assert (forward.__name__, backward.__name__) == ("scaled_forward", "scaled_backward")
    rng = np.random.default_rng(0)
    x, A, y_bar = rng.normal(size=3), rng.normal(size=(4, 3)), (rng.normal(size=4), 1.5)
    value, residuals = forward(x, A, 2)
    found = backward(residuals, y_bar)
    expected_value, pull = pullback.vjp(user_scaled, x, A)
    np.testing.assert_array_equal(value[0], expected_value[0])
    assert len(found) == 2
    for one, expected in zip(found, pull(y_bar), strict=True):
        np.testing.assert_allclose(one, expected)


def user_scaled(x: Any, A: Any) -> Any:
    y = np.tanh(x) ** 2
    return A @ y, np.sum(y)


@pytest.mark.parametrize("command", ["grad", "vjp", "hvp", "hessian", "jacobian"])
def test_snapshots_of_loops(folder: Path, command: str) -> None:
    text = "def steps(x, n):\n    for _ in range(n):\n        x = x * (1 - x)\n    return x\n"
    (folder / "steps.py").write_text(text)
    told = (command, "steps.py:steps", "--call", "0.3, 5", "--standalone")
    results = []
    for options in ((), ("--checkpoint", "2")):
        names: dict[str, Any] = {}
        exec(run(*told, *options).stdout, names)
        assert ("snapshot_distance" in names) == bool(options)
        if command == "vjp":
            _, residuals = names["steps_forward"](0.3, 9)
            results.append(names["steps_backward"](residuals, 1.0))
        else:
            name = next(name for name in names if name.startswith("steps_"))
            results.append(names[name](0.3, 9, *[1.0] * (command == "hvp")))
    np.testing.assert_allclose(results[1], results[0], rtol=1e-13)


def test_what_rules_check_is_pasted(folder: Path) -> None:
    text = "import scipy.linalg\n\n\ndef factors(a):\n    return scipy.linalg.lu_factor(a)[0].sum()\n"
    (folder / "factors.py").write_text(text)
    *_, gradient = functions("grad", "factors.py:factors", "--arg", "a=f64[:, :]", "--standalone")
    np.testing.assert_allclose(gradient(np.diag([2.0, 5.0])), [[1.0, 1.0], [0.5, 1.0]])
    with pytest.raises(ValueError, match="not square"):
        gradient(np.arange(6.0).reshape(2, 3))


def test_no_number_of_snapshots(folder: Path) -> None:
    assert "--checkpoint" in refused("grad", "prog.py:neuron", "--checkpoint", "0")


def test_vjp_in_chosen_arguments(field: Any) -> None:
    forward, backward = functions("vjp", "field.py:scaled", "--wrt", "A", "--standalone")
    _, residuals = forward(np.ones(3), np.ones((2, 3)), 2)
    (A_bar,) = backward(residuals, (np.array([1.0, 3.0]), 0.0))
    np.testing.assert_allclose(A_bar, np.outer([1.0, 3.0], np.tanh(np.ones(3)) ** 2))


def test_linearize_is_a_forward_and_a_tangent_function(field: Any) -> None:
    forward, tangents = functions("linearize", "field.py:scaled", "--standalone")
    assert list(inspect.signature(tangents).parameters) == ["residuals", "x_dot", "A_dot"]
    rng = np.random.default_rng(0)
    x, A, x_dot, A_dot = (rng.normal(size=s) for s in ((3,), (4, 3), (3,), (4, 3)))
    value, residuals = forward(x, A, 2)
    expected_value, expected = pullback.jvp(field, (x, A, 2), (x_dot, A_dot, 0))
    np.testing.assert_array_equal(value[0], expected_value[0])
    for one, other in zip(tangents(residuals, x_dot, A_dot), expected, strict=True):
        np.testing.assert_allclose(one, other)
    _, tangents = functions("linearize", "field.py:scaled", "--wrt", "A")
    assert list(inspect.signature(tangents).parameters) == ["residuals", "A_dot"]
    text = run("linearize", "field.py:scaled").stdout
    assert text.startswith("# scaled in two: forward, and tangents along (x_dot, A_dot), ")


@pytest.mark.parametrize("mode", ["jvp", "vjp"])
def test_text_tells_what_it_computes_and_imports_once(field: Any, mode: str) -> None:
    text = run(mode, "field.py:scaled").stdout
    assert text.startswith(
        {
            "jvp": "# scaled and its derivative along (x_dot, A_dot), ",
            "vjp": "# scaled in two: forward, and backward from y_bar to ",
        }[mode]
    )
    assert "# for x: f64[:], A: f64[:, :], power: int\n" in text
    assert max(map(len, text.splitlines())) <= 100
    assert text.count("import numpy") == 1


@pytest.mark.parametrize("mode", ["jvp", "vjp"])
def test_refusals_of_the_other_modes(folder: Path, mode: str) -> None:
    message = refused(mode, "prog.py:keyword", "--arg", "x=float")
    assert message.startswith("Error: keyword has arguments that only keywords give: factor, n\n")
    message = refused(mode, "prog.py:neuron", "--arg", "w=int", "--arg", "x=int")
    assert message == "Error: neuron takes no float argument to differentiate with respect to\n"
    assert '|     with open("file") as file:\n' in refused(mode, "prog.py:unsupported")


@pytest.mark.parametrize("mode", ["jvp", "vjp"])
def test_arguments_without_floats_are_not_chosen(folder: Path, mode: str) -> None:
    (folder / "modes.py").write_text("def f(mode, x: float, y: float):\n    return x * y\n")
    call = ("modes.py:f", "--call", "'a', 2.0, 3.0")
    message = refused(mode, *call, "--wrt", "mode")
    assert message == "Error: --wrt mode: this argument holds no floats\n  help: it has x, y\n"
    assert run(mode, *call, "--wrt", "x,x", "--wrt", "1").stdout == run(mode, *call, "--wrt", "x").stdout


@pytest.mark.parametrize("mode", ["jvp", "vjp"])
def test_output_file_of_the_other_modes(folder: Path, mode: str) -> None:
    text = run(mode, "prog.py:neuron").stdout
    assert run(mode, "prog.py:neuron", "-o", "out.py").stdout == ""
    assert (folder / "out.py").read_text() == text
    refused(mode, "prog.py:unsupported", "-o", "out.py")
    assert (folder / "out.py").read_text() == text


@pytest.mark.parametrize("stage", ["lowered", "vjp", "optimised", "owned"])
def test_ir(folder: Path, stage: str) -> None:
    result = run("ir", "prog.py:neuron", "--stage", stage)
    assert result.exit_code == 0
    assert result.stdout.startswith("func @")
    assert ("derivative @neuron" in result.stdout) == (stage == "lowered")


def test_diff_shows_what_passes_changed(folder: Path) -> None:
    result = run("ir", "prog.py:neuron", "--diff")
    assert result.exit_code == 0
    heads = [line for line in result.stdout.splitlines() if ", round " in line]
    assert heads
    assert all(re.match(r"\w+, round \d, \w+: \d+ (moved|removed|added)", head) for head in heads)
    assert run("ir", "prog.py:neuron", "-O", "0", "--diff").stdout == "no pass changed anything\n"


def test_after_shows_the_ir_behind_a_pass(folder: Path) -> None:
    result = run("ir", "prog.py:neuron", "--after", "dce")
    assert result.stdout == run("ir", "prog.py:neuron").stdout
    assert "did not run" in refused("ir", "prog.py:neuron", "-O", "1", "--after", "fold")
    assert "exclude" in refused("ir", "prog.py:neuron", "--diff", "--after", "fold")


def test_fast_allows_what_changes_rounding(folder: Path) -> None:
    (folder / "cancel.py").write_text(
        "import numpy as np\ndef cancel(x: 'f64[n]'):\n    return np.sum(np.log(np.exp(x)))\n"
    )
    assert "np.exp" in run("grad", "cancel.py:cancel").stdout
    for command in ("grad", "jvp", "vjp"):
        assert "np.exp" not in run(command, "cancel.py:cancel", "--fast").stdout


def curve(x: np.ndarray) -> Any:
    return np.tanh(x[1:]) * x[:-1]


CURVE = "import numpy as np\n\n\ndef curve(x):\n    return np.tanh(x[1:]) * x[:-1]\n"
WAVES = """\
import numpy as np


def energy(x, a):
    y = np.tanh(a * x)
    for _ in range(4):
        y = y + 0.5 * y * x
    return np.sum(y * x)
"""
ENERGY = "\n\ndef energy(x):\n    return np.sum(np.tanh(x[1:]) * x[:-1])\n"


@pytest.mark.parametrize("by", ["rows", "columns", "fewer"])
def test_jacobian(folder: Path, by: str) -> None:
    (folder / "curve.py").write_text(CURVE)
    (function,) = functions("jacobian", "curve.py:curve", "--arg", "x=f64[n]", "--by", by)
    x = np.array([0.3, -1.2, 0.5, 2.0])
    columns = [pullback.jvp(curve, (x,), (e,))[1] for e in np.eye(4)]
    assert function(x) == pytest.approx(np.stack(columns, 1))


HELD = """class Spring:
    def __init__(self):
        self.k = 2.0

    def energy(self, x):
        return self.k * x**3


spring = Spring()
"""


def test_hessian_and_its_products(folder: Path) -> None:
    (folder / "curve.py").write_text(CURVE + ENERGY)
    (hessian,) = functions("hessian", "curve.py:energy", "--arg", "x=f64[n]")
    (product,) = functions("hvp", "curve.py:energy", "--arg", "x=f64[n]")
    x, v = np.array([0.3, -1.2, 0.5, 2.0]), np.array([1.0, 2.0, -1.0, 0.5])
    energy = lambda x: np.sum(np.tanh(x[1:]) * x[:-1])
    assert product(x, v) == pytest.approx(hessian(x) @ v)
    (folder / "held.py").write_text(HELD)
    (of_method,) = functions("hvp", "held.py:spring.energy", "--arg", "x=float")
    assert "x_dot" in of_method.__code__.co_varnames
    assert hessian(x) == pytest.approx(pullback.hessian(energy)(x))


DERIVATIVES = ("jacobian", "hessian", "hvp")


def test_options_of_grad_are_those_of_the_others() -> None:
    named = lambda command: {(o.name, *o.opts) for o in main.commands[command].params}
    for command in DERIVATIVES:
        assert named("grad") <= named(command), command


OPTIONS: tuple[tuple[str, ...], ...] = (
    (), ("--standalone", "-O0"), ("--fast", "--without", "cse"), ("--checkpoint", "2"),
)  # fmt: skip


@pytest.mark.parametrize("told", OPTIONS, ids=" ".join)
@pytest.mark.parametrize("command", DERIVATIVES)
def test_the_value_before_the_derivative(folder: Path, command: str, told: tuple[str, ...]) -> None:
    """It is the function's own, and comes from the sweep that the derivative starts with."""
    (folder / "waves.py").write_text(WAVES)
    names: dict[str, Any] = {}
    exec(WAVES, names)
    energy, x, v = names["energy"], np.array([0.3, -1.2, 0.5]), np.array([1.0, 2.0, -1.0])
    to = [v] * (command == "hvp")
    options = ("waves.py:energy", "--call", "np.ones(3), 2.0", "--wrt", "x", *told)
    *_, alone = functions(command, *options)  # behind those that it calls
    *_, both = functions(command, *options, "--value")
    assert both.__name__ == f"energy_value_and_{command}"
    value, derivative = both(x, 2.0, *to)
    assert value == energy(x, 2.0) or "--fast" in told  # bit for bit
    np.testing.assert_allclose(value, energy(x, 2.0), rtol=1e-14)
    np.testing.assert_allclose(derivative, alone(x, 2.0, *to), rtol=1e-13)
    text = run(command, *options, "--value").stdout
    what = {"jacobian": "d energy / d x", "hessian": "d d energy / d x"}
    along = "the derivative of d energy / d x along x_dot"
    assert text.startswith(f"# energy and {what.get(command, along)}, written by pullback from waves")
    if not told:
        assert text.count("np.tanh(") == 1, text


def test_the_value_of_the_function_before_a_tree_of_jacobians(folder: Path) -> None:
    two = "\n\ndef two(x, a):\n    return {'y': a * curve(x), 'n': 3, 'a': a}\n"
    (folder / "curve.py").write_text(CURVE + two)
    call = ("curve.py:two", "--call", "np.ones(3), 2.0", "--wrt", "x,a")
    x = np.array([0.3, -1.2, 0.5])
    for by in ("rows", "columns", "fewer"):
        (function,) = functions("jacobian", *call, "--value", "--by", by)
        value, jacobian = function(x, 2.0)
        assert value["n"] == 3
        assert value["a"] == 2.0
        np.testing.assert_array_equal(value["y"], 2.0 * curve(x))
        np.testing.assert_allclose(jacobian["y"][0], 2.0 * pullback.jacobian(curve)(x))
        np.testing.assert_allclose(jacobian["y"][1], curve(x))
        assert jacobian["n"] == (0, 0) or jacobian["n"] == 0


def test_hessian_needs_a_number(folder: Path) -> None:
    (folder / "curve.py").write_text("def curve(x):\n    return 2 * x\n")
    error = refused("hessian", "curve.py:curve", "--arg", "x=f64[n]")
    assert "use jacobian" in error
