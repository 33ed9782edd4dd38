"""The command line: what it prints, what it refuses, and what it leaves alone."""

import math
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

import pullback
from pullback.cli import main, spelled
from pullback.frontend.kinds import kind_of, parse_kind

PROGRAM = """\
import functools
import math
import numpy as np
from pullback import grad

print("hello from", __name__)
scale = 2.0
settings = {"a": 1}
start = np.ones(3)

def neuron(w: tuple[float, float], x: float) -> float:
    return 1 / (1 + math.exp(-(w[0] * x + w[1])))

def loss(w, X, y):
    z = X @ w
    return np.mean(np.logaddexp(0, z) - y * z)

def scaled(x: float, *rest, power=2, **more):
    return scale * x ** power * rest[0]

def keyword(x, *, factor=3.0, n: int = 2):
    return x * factor * n

def guarded(x: "f64[n]"):
    return np.sum(np.where(x > 0, np.sqrt(x), 0.0))

def unsupported(x: float):
    with open("file") as file:
        return x

def constant() -> float:
    return 1.0

def opaque(x: float, y=object()):
    return x

@grad
@grad
def cube(x: float):
    return x * x * x

partial = functools.partial(loss, start)

class Model:
    @staticmethod
    def energy(x: float):
        return x * x
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to work in, with ``prog.py``; modules from it are forgotten afterwards."""
    (tmp_path / "prog.py").write_text(PROGRAM)
    (tmp_path / "notes.ipynb").touch()
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]


def run(*args: str) -> Result:
    return CliRunner().invoke(main, args, prog_name="pullback")


def refused(*args: str) -> str:
    """The message of a run that must fail; the lines are as they are shown."""
    result = run(*args)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert len(re.findall("^Error: ", result.stderr, re.M)) == 1
    return re.sub("^hello from prog_?\\n", "", result.stderr)


def printed(*args: str) -> str:
    """The source that a run prints."""
    result = run("grad", *args)
    assert result.exit_code == 0, result.output
    return result.stdout


def derivative(*args: str) -> Any:
    """The function that a run prints the source of."""
    names: dict[str, Any] = {}
    text = printed(*args)
    exec(text, names)
    return names[re.findall(r"^def (\w+)", text, re.M)[-1]]


def shell(*args: str) -> subprocess.CompletedProcess[str]:
    """A run in a process of its own."""
    return subprocess.run(
        command(*args), capture_output=True, text=True, check=False, env=environment()
    )


def command(*args: str) -> list[str]:
    code = "from pullback.cli import main; main(prog_name='pullback')"
    return [sys.executable, "-P", "-c", code, *args]


def environment(**changes: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(pullback.__file__).parents[1]), **changes}


# ---- what is printed


def test_version_and_help() -> None:
    assert pullback.__version__ in run("--version").stdout
    assert "pullback grad examples/neuron.py:neuron" in run("--help").stdout
    assert "pullback ir examples/neuron.py:neuron" in run("ir", "-h").stdout
    text = run("grad", "--help").stdout
    assert "This runs the module" in text
    assert '--arg "w=f64[n]"' in text


def test_annotations_tell_the_kinds(folder: Path) -> None:
    text = printed("prog.py:neuron")
    assert text.startswith(
        "# d neuron / d w, written by pullback from prog.py\n# for w: (float, float), x: float\n"
    )
    y = 1 / (1 + math.exp(-7.0))
    assert derivative("prog.py:neuron")((2.0, 1.0), 3.0) == pytest.approx(
        (3 * y * (1 - y), y * (1 - y))
    )


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


def test_kinds_from_options(folder: Path) -> None:
    text = printed("prog.py:loss", "--arg", "w=f64[n]", "--arg", "X=f64[m,n]", "--arg", "y=f64[m]")
    assert "# for w: f64[:], X: f64[:, :], y: f64[:]\n" in text


def test_kinds_from_an_example_call(folder: Path) -> None:
    call = "start, np.ones((4, 3)), y=np.ones((4, math.floor(1)))[:, 0]"
    function = derivative("prog.py:loss", "--call", call)
    X, y = np.arange(6.0).reshape(2, 3), np.ones(2)
    expected = pullback.grad(user_loss)(np.ones(3), X, y)
    np.testing.assert_array_equal(function(np.ones(3), X, y), expected)
    assert printed("prog.py:loss", "--call", f"loss({call})") == printed(
        "prog.py:loss", "--call", call
    )


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


@pytest.mark.parametrize("stage", ["lowered", "vjp", "optimised", "owned"])
def test_ir(folder: Path, stage: str) -> None:
    result = run("ir", "prog.py:neuron", "--stage", stage)
    assert result.exit_code == 0
    assert result.stdout.startswith("func @")
    assert ("derivative @neuron" in result.stdout) == (stage == "lowered")


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


# ---- the errors


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("prog.py", "which function of prog.py?\n  help: write prog.py:FUNC; it has neuron, "),
        ("prog", "'prog' does not name a function\n  help: write FILE.py:FUNC or package"),
        ("prog.py:", "'prog.py:' does not name a function"),
        (".prog:f", "'.prog' is no file and no module"),
        ("pro.py:f", "there is no file pro.py\n  help: did you mean prog.py?"),
        ("no/prog.py:f", "there is no file no/prog.py\n"),
        ("./:f", "./ is a folder"),
        ("notes.ipynb:f", "notes.ipynb is a notebook"),
        ("prog.py:nuron", "there is no 'nuron' in prog.py\n  help: did you mean neuron?"),
        ("prog.py:Model.q", "there is no 'q' in prog.py\n"),
        ("prog.py:settings.a", "there is no 'a' in prog.py\n"),
        ("prog.py:partial", "partial in prog.py is no Python function, but of type partial\n"),
        ("prog.py:Model", "Model in prog.py is no Python function, but of type type\n"),
        ("math:sin", "sin in math is no Python function, but of type builtin_function_or_method\n"),
        ("numpy:tanh", "tanh in numpy is no Python function, but of type ufunc\n"),
        ("prog.py:constant", "constant takes no argument to differentiate with respect to\n"),
        ("prog.py:opaque", "argument 'y': an argument of type builtins.object is not supported"),
    ],
)  # fmt: skip
def test_wrong_target(folder: Path, target: str, message: str) -> None:
    assert refused("grad", target).startswith(f"Error: {message}")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--wrt", "q"], "--wrt q: loss has no such argument\n  help: it has w, X, y"),
        (["--wrt", "3"], "--wrt 3: loss has no such argument\n"),
        (["--arg", "w"], "--arg w: there is no '='\n  help: write it as in --arg 'x=f64[n,3]'"),
        (["--arg", "v=f64"], "--arg v=f64: loss has no argument 'v'\n  help: it has w, X, y"),
        (["--arg", "w=f64[n"], "--arg w=f64[n: cannot read the kind 'f64[n'"),
        (["--call", "start, 1, 2, 3"], "--call: too many positional arguments\n"),
        (["--call", "object()"], "--call: an argument of type builtins.object is not supported"),
        (["--call", "nothing"], "--call 'nothing': NameError: name 'nothing' is not defined\n"),
        (["--call", "1, ,"], "--call '1, ,': invalid syntax\n  help: write arguments as in a call"),
        (["--call", "1) + (2"], "--call '1) + (2': these are no arguments\n"),
        (["--call", "start, 'text', start"], ""),
    ],
)
def test_wrong_options(folder: Path, options: list[str], message: str) -> None:
    assert refused("grad", "prog.py:loss", *options).startswith(f"Error: {message}")


@pytest.mark.parametrize(
    "options", [["-O", "3"], ["--without", "magic"], ["--stage", "none"], ["--nonsense"]]
)
def test_values_that_options_do_not_take(options: list[str]) -> None:
    assert options[0] in refused("ir", "prog.py:loss", *options)


def test_extra_arguments_have_no_kind_of_their_own(folder: Path) -> None:
    message = refused("grad", "prog.py:scaled", "--arg", "rest=float")
    assert "rest takes any number of arguments\n  help: give an example call" in message


def test_missing_kinds_are_named_and_explained(folder: Path) -> None:
    assert refused("grad", "prog.py:loss", "--arg", "X=f64[m,n]") == (
        "Error: loss does not tell the kind of its arguments w and y\n"
        "  help: write --arg 'w=KIND' --arg 'y=KIND', with float, int, f64[n,3] or another KIND,\n"
        "        or an example call, as in --call 'np.ones(3), 2.0', or annotate the function\n"
    )
    message = refused("grad", "prog.py:keyword")
    assert message.startswith("Error: keyword does not tell the kind of its argument x\n")


def test_unsupported_code_is_shown_with_its_line(folder: Path) -> None:
    message = refused("grad", "prog.py:unsupported")
    line = 1 + PROGRAM[: PROGRAM.index("with open")].count("\n")
    assert f"  --> {folder / 'prog.py'}:{line}:5\n" in message
    assert '|     with open("file") as file:\n' in message
    assert "|     ^^^^^^^^^" in message


@pytest.mark.parametrize(
    ("text", "reason", "place", "line"),
    [
        ("x = [1,\n  1 / 0]\n", "ZeroDivisionError: division by zero", "2:3", "^^^^^\n"),
        ("def f(:\n", "SyntaxError: invalid syntax", "1:7", "^\n"),
        ("import sys\nsys.exit(3)\n", "SystemExit: 3", "2:1", "sys.exit(3)\n"),
        ("import nothere\n", "ModuleNotFoundError: No module named 'nothere'", "1:1", ""),
        ("def g():\n    raise KeyError\ng()\n", "KeyError\n", "2:5", "raise KeyError\n"),
        ("import broken\n", "NameError: name 'y' is not defined", "1:1", "broken.py:2\n"),
    ],
)
def test_module_that_cannot_be_run(
    folder: Path, text: str, reason: str, place: str, line: str
) -> None:
    (folder / "broken.py").write_text("\ny\n")
    (folder / "bad.py").write_text(text)
    message = refused("grad", "bad.py:f")
    assert message.startswith(f"Error: cannot import bad.py: {reason}")
    assert f"  --> {folder / 'bad.py'}:{place}\n" in message
    assert line in message


def test_derivative_that_fails_at_import(folder: Path) -> None:
    (folder / "bad.py").write_text(PROGRAM + "grad(unsupported)(1.0)\n")
    assert 'with open("file") as file:\n' in refused("grad", "bad.py:loss")


def test_module_that_is_not_there(folder: Path) -> None:
    message = refused("grad", "nothere.at_all:f")
    assert message.startswith("Error: cannot import nothere.at_all: ModuleNotFoundError: ")
    assert f"help: modules are looked for in {folder} and where Python has its own" in message


# ---- files, pipes and terminals


def test_output_file(folder: Path) -> None:
    assert printed("prog.py:neuron", "-o", "out.py") == ""
    assert (folder / "out.py").read_text() == printed("prog.py:neuron")
    assert sorted(p.name for p in folder.iterdir()) == ["notes.ipynb", "out.py", "prog.py"]


def test_output_keeps_mode_and_link(folder: Path) -> None:
    (folder / "out.py").write_text("old")
    (folder / "out.py").chmod(0o640)
    (folder / "link.py").symlink_to("out.py")
    printed("prog.py:neuron", "-o", "link.py")
    assert (folder / "link.py").is_symlink()
    assert (folder / "out.py").read_text().startswith("# d neuron")
    assert stat.S_IMODE((folder / "out.py").stat().st_mode) == 0o640


@pytest.mark.parametrize(
    "options",
    ["prog.py:unsupported", "prog.py:loss", "prog.py:nuron", "prog.py:neuron --wrt q"],
)
def test_failure_leaves_the_output_as_it_was(folder: Path, options: str) -> None:
    (folder / "out.py").write_text("old")
    refused("grad", *options.split(), "-o", "out.py")
    assert (folder / "out.py").read_text() == "old"
    assert sorted(p.name for p in folder.iterdir()) == ["notes.ipynb", "out.py", "prog.py"]


def test_failed_write_leaves_the_output_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (folder / "out.py").write_text("old")
    monkeypatch.setattr(os, "replace", fail)
    message = refused("grad", "prog.py:neuron", "-o", "out.py")
    assert message == "Error: cannot write out.py: No space left on device\n"
    assert (folder / "out.py").read_text() == "old"
    assert sorted(p.name for p in folder.iterdir()) == ["notes.ipynb", "out.py", "prog.py"]


@pytest.mark.parametrize("name", ["prog.py", "./prog.py", "symlink.py", "hardlink.py"])
def test_input_is_never_overwritten(folder: Path, name: str) -> None:
    (folder / "symlink.py").symlink_to("prog.py")
    (folder / "hardlink.py").hardlink_to("prog.py")
    message = refused("grad", "prog.py:neuron", "-o", name)
    assert message == f"Error: -o {name} would overwrite the function itself\n"
    assert (folder / "prog.py").read_text() == PROGRAM


def test_output_that_is_no_file(folder: Path) -> None:
    assert "no such folder" in refused("grad", "prog.py:neuron", "-o", "no/out.py")
    assert "is a directory" in refused("grad", "prog.py:neuron", "-o", ".")
    assert "not a regular file" in refused("grad", "prog.py:neuron", "-o", os.devnull)


def test_pipe_gets_plain_text_and_may_break(folder: Path) -> None:
    assert "\x1b" not in shell("grad", "prog.py:neuron").stdout
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as stdout:
        done = subprocess.run(
            command("grad", "prog.py:neuron"), stdout=stdout, stderr=subprocess.PIPE, check=False,
            env=environment(),
        )  # fmt: skip
    assert done.stderr == b"hello from prog\n"


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
def test_terminal_gets_colours(folder: Path) -> None:
    plain = printed("prog.py:neuron")
    coloured = on_terminal(TERM="xterm-256color", NO_COLOR="")
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert on_terminal(TERM="xterm-256color", NO_COLOR="1") == plain
    assert on_terminal(TERM="dumb", NO_COLOR="") == plain


def on_terminal(**changes: str) -> str:
    """What a run prints on a pseudo-terminal."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        command("grad", "prog.py:neuron"), stdout=theirs, stderr=subprocess.DEVNULL,
        env=environment(**changes),
    )  # fmt: skip
    os.close(theirs)
    chunks = []
    try:
        while chunk := os.read(ours, 4096):
            chunks.append(chunk)
    except OSError:  # Linux says so when the other end is closed
        pass
    os.close(ours)
    assert process.wait() == 0
    return b"".join(chunks).decode().replace("\r\n", "\n")
