"""The command line: the text of gradients, the kinds of arguments, and how the module is run."""

import math
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pullback
from pullback.frontend.kinds import kind_of
from pullback.frontend.spelling import parse_kind, spelled
from tests.unit.cli_runs import derivative, printed, refused, run, shell


def test_annotations_tell_the_kinds(folder: Path) -> None:
    text = printed("prog.py:neuron")
    assert text.startswith(
        "# d neuron / d w, written by pullback from prog.py\n# for w: (float, float), x: float\n"
    )
    y = 1 / (1 + math.exp(-7.0))
    assert derivative("prog.py:neuron")((2.0, 1.0), 3.0) == pytest.approx((3 * y * (1 - y), y * (1 - y)))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], "w"),
        (["--wrt", "x"], "x"),
        (["--wrt", "1"], "x"),
        (["--wrt", "-1"], "x"),
        (["--wrt", "w, x"], "(w, x)"),
        (["--wrt", "x", "--wrt", "0"], "(x, w)"),
    ],
)
def test_wrt(folder: Path, options: list[str], expected: str) -> None:
    assert f"# d neuron / d {expected}, " in printed("prog.py:neuron", *options)


def test_several_arguments_give_a_tuple(folder: Path) -> None:
    w_bar, x_bar = derivative("prog.py:neuron", "--wrt", "w,x")((2.0, 1.0), 3.0)
    assert x_bar == pytest.approx(2 * w_bar[1])


def test_value(folder: Path) -> None:
    text = printed("prog.py:cube", "--value")
    assert text.startswith("# cube and d cube / d x, ")
    assert derivative("prog.py:cube", "--value")(2.0) == (8.0, 12.0)


def test_decorated_function_is_the_one_inside(folder: Path) -> None:
    assert derivative("prog.py:cube")(2.0) == 12.0


def test_function_in_a_class(folder: Path) -> None:
    assert derivative("prog.py:Model.energy")(2.0) == 4.0
    assert derivative("prog.py:Model.scaled")(None, 2.0, 5.0) == 20.0
    call = ["--call", "Model(2.0), 3.0", "--wrt", "x"]
    for target in (["prog.py:Model.loss", *call], ["prog.py:model.loss"]):
        assert "def loss_grad(self, x):\n    w = self.w\n" in printed(*target)
    for command, name in (("jvp", "loss_jvp(self, x, x_dot)"), ("vjp", "loss_forward(self, x)")):
        assert f"def {name}:" in run(command, "prog.py:model.loss").output


def test_function_with_some_of_its_arguments(folder: Path) -> None:
    call = ["--call", "np.ones((2, 3)), np.ones(2)"]
    text = printed("prog.py:partial", *call)
    assert "def loss_grad(w, X, y)" in text
    assert "# d partial / d X, " in text


def test_kinds_from_options(folder: Path) -> None:
    text = printed("prog.py:loss", "--arg", "w=f64[n]", "--arg", "X=f64[m,n]", "--arg", "y=f64[m]")
    assert "# for w: f64[:], X: f64[:, :], y: f64[:]\n" in text


def test_kinds_from_an_example_call(folder: Path) -> None:
    call = "start, np.ones((4, 3)), y=np.ones((4, math.floor(1)))[:, 0]"
    function = derivative("prog.py:loss", "--call", call)
    X, y = np.arange(6.0).reshape(2, 3), np.ones(2)
    expected = pullback.grad(user_loss)(np.ones(3), X, y)
    np.testing.assert_array_equal(function(np.ones(3), X, y), expected)
    assert printed("prog.py:loss", "--call", f"loss({call})") == printed("prog.py:loss", "--call", call)


def user_loss(w: Any, X: Any, y: Any) -> Any:
    z = X @ w
    return np.mean(np.logaddexp(0, z) - y * z)


def test_arg_comes_before_call_and_call_before_annotation(folder: Path) -> None:
    text = printed("prog.py:keyword", "--arg", "x=float", "--call", "start, n=2.0")
    assert "# for x: float, factor: float, n: float\n" in text


def test_keyword_only_arguments(folder: Path) -> None:
    assert derivative("prog.py:keyword", "--arg", "x=float")(1.0, 5.0, 7) == 35.0


def test_extra_positional_arguments(folder: Path) -> None:
    text = printed("prog.py:scaled", "--call", "1.0, 3.0, power=2")
    assert "for x: float, rest: (float), power: int\n" in text


def test_standalone_needs_numpy_only(folder: Path) -> None:
    assert "from pullback" in printed("prog.py:guarded")
    text = printed("prog.py:guarded", "--standalone")
    assert not re.search(r"^(from|import) pullback", text, re.M)
    check = "\nimport sys\nprint(guarded_grad(np.array([4.0, -1.0])), 'pullback' in sys.modules)\n"
    done = subprocess.run(
        [sys.executable, "-c", text + check], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[0.25 0.  ] False\n"


def test_optimisation_can_be_left_out(folder: Path) -> None:
    texts = {
        printed("prog.py:neuron", *options)
        for options in ([], ["-O0"], ["-O", "1"], ["--without", "inline"])
    }
    assert len(texts) == 4


@pytest.mark.parametrize(
    "text",
    [
        "float", "int", "bool", "f64", "f32", "i64", "f64[]", "f64[:]", "f32[:, 1]", "i64[1]",
        "bool[:]", "(float, f64[:])", "list[float]", "((float, int), bool)",
    ],
)  # fmt: skip
def test_kinds_are_spelled_as_they_are_read(text: str) -> None:
    assert spelled(parse_kind(text)) == text


def test_kinds_that_cannot_be_written_are_spelled_too() -> None:
    assert spelled(kind_of({"a": 1.0, "b": np.ones(2)})) == "{'a': float, 'b': f64[:]}"
    assert spelled(kind_of([1.0, np.ones((1, 2))])) == "[float, f64[1, :]]"
    assert spelled(kind_of(None)) == "None"
    assert spelled(kind_of(len)) == "len"


# ---- how the module is run


def test_what_the_module_prints_goes_to_stderr(folder: Path) -> None:
    text = "import os\nprint('one', flush=True)\nos.system('echo two')\n"
    (folder / "loud.py").write_text(text + "def f(x: float):\n    return x\n")
    done = shell("grad", "loud.py:f")
    assert done.returncode == 0
    assert done.stdout.startswith("# d f / d x")
    assert "one" not in done.stdout
    assert "two" not in done.stdout
    assert done.stderr == "one\ntwo\n"


def test_module_by_dotted_name_comes_from_this_folder(folder: Path) -> None:
    (folder / "package").mkdir()
    (folder / "package" / "__init__.py").touch()
    (folder / "package" / "inner.py").write_text("def square(x):\n    return x * x\n")
    text = "from .inner import square\ndef f(x: float):\n    return square(x)\n"
    (folder / "package" / "outer.py").write_text(text)
    done = shell("grad", "package.outer:f")
    assert "# d f / d x, written by pullback from package.outer\n" in done.stdout
    message = refused("grad", "package/outer.py:f")
    assert "cannot import package/outer.py: ImportError: attempted relative import" in message
    assert "help: write package.module:FUNC" in message


def test_module_runs_as_a_script_does(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "helper.py").write_text("def square(x):\n    return x * x\n")
    text = """\
import os, sys
os.chdir("/")
sys.path.append("/nowhere")
assert sys.argv == ["sub/script.py"], sys.argv
assert __name__ == "script"
from helper import square
def f(x: float):
    return square(x)
"""
    (folder / "sub" / "script.py").write_text(text)
    path, argv = sys.path[:], sys.argv[:]
    assert derivative("sub/script.py:f")(3.0) == 6.0
    assert (os.getcwd(), sys.path, sys.argv) == (str(folder), path, argv)
    assert not (folder / "sub" / "__pycache__" / "script.cpython-311.pyc").exists()


def test_module_may_be_called_as_another(folder: Path) -> None:
    (folder / "click.py").write_text("def f(x: float):\n    return x * x\n")
    assert derivative("click.py:f")(3.0) == 6.0
    assert sys.modules["click"].__file__ != str(folder / "click.py")


def test_trees_by_arg(tmp_path: Path) -> None:
    """Dicts, named tuples and dataclasses of the module; what annotations leave open is told."""
    path = tmp_path / "trees.py"
    path.write_text(
        "from dataclasses import dataclass\nimport numpy as np\n\n\n"
        "@dataclass\nclass Params:\n    w: np.ndarray\n    b: float\n\n\n"
        "def loss(p: Params, x: np.ndarray, mode):\n"
        "    return np.sum(p.w * x['a']) * p.b if mode == 'sum' else p.b\n"
    )
    args = ["--arg", "p=Params(w: f64[n], b: float)", "--arg", "x={a: f64[n]}", "--arg", "mode='sum'"]
    text = printed(f"{path}:loss", *args)
    assert "return Params(w=" in text
    assert "from trees import Params" in text
    assert "p: Params(w: f64[:], b: float), x: {'a': f64[:]}, mode: 'sum'" in text
    told = refused("grad", f"{path}:loss", "--arg", "mode='sum'")
    assert "the annotation x: np.ndarray does not tell the dtype and the number of" in told
