"""What the command line refuses: one message, status 2, nothing on stdout."""

import os
from pathlib import Path

import pytest

from tests.unit.cli_runs import PROGRAM, refused


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
        ("prog.py:Model", "Model in prog.py is no Python function, but of type type\n"
         "  help: name a method: Model.energy, Model.scaled, Model.loss\n"),
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


def test_missing_kinds_of_objects_are_explained_by_their_class(folder: Path) -> None:
    message = refused("grad", "prog.py:Model.loss")
    assert "--arg 'self=Model(attribute: KIND)'" in message
    assert "--call 'Model(...), 2.0'" in message


def test_unsupported_code_is_shown_with_its_line(folder: Path) -> None:
    message = refused("grad", "prog.py:unsupported")
    line = 1 + PROGRAM[: PROGRAM.index("with open")].count("\n")
    assert f"  --> prog.py:{line}:10\n" in message
    assert '|     with open("file") as file:\n' in message
    assert "|          ^^^^^^^^^^^^" in message


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
def test_module_that_cannot_be_run(folder: Path, text: str, reason: str, place: str, line: str) -> None:
    (folder / "broken.py").write_text("\ny\n")
    (folder / "bad.py").write_text(text)
    message = refused("grad", "bad.py:f")
    assert message.startswith(f"Error: cannot import bad.py: {reason}")
    assert f"  --> bad.py:{place}\n" in message
    assert line in message


def test_places_are_told_from_the_folder_that_the_user_is_in(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "bad.py").write_text("import os\nos.chdir('/')\nnothing\n")
    assert f"  --> sub{os.sep}bad.py:3:1\n" in refused("grad", "sub/bad.py:f")
    os.chdir(folder / "sub")
    assert f"  --> {folder / 'prog.py'}:" in refused("grad", "../prog.py:unsupported")


def test_derivative_that_fails_at_import(folder: Path) -> None:
    (folder / "bad.py").write_text(PROGRAM + "grad(unsupported)(1.0)\n")
    assert 'with open("file") as file:\n' in refused("grad", "bad.py:loss")


def test_module_that_is_not_there(folder: Path) -> None:
    message = refused("grad", "nothere.at_all:f")
    assert message.startswith("Error: cannot import nothere.at_all: ModuleNotFoundError: ")
    assert f"help: modules are looked for in {folder} and where Python has its own" in message
