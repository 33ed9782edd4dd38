"""Help, version, and completion in shells."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import pullback
from pullback.cli import main
from tests.unit.cli_runs import environment, run

COMMANDS = sorted(main.commands)


def test_version() -> None:
    assert run("--version").stdout == f"pullback, version {pullback.__version__}\n"


def test_help_lists_every_command_in_one_line() -> None:
    text = run("--help").stdout
    assert run("-h").stdout == text
    assert "pullback grad examples/neuron.py:neuron" in text
    listed = re.findall(r"^  (\w+)  +\S.*\.$", text[text.index("Commands:") :], re.M)
    assert listed == COMMANDS == [
        "check", "completion", "grad", "hessian", "hvp", "ir", "jacobian", "jvp", "linearize", "prove",
        "vjp",
    ]  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_has_examples_and_explains_all_options(name: str) -> None:
    text = run(name, "--help").stdout
    examples = re.findall(rf"pullback {name} .*", text[text.index("Examples:") : text.index("Options:")])
    assert len(examples) >= 2
    for option in main.commands[name].params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            assert re.search(rf"^  .*{option.opts[0]}\b", text, re.M)


@pytest.mark.parametrize("module", ["pullback", "pullback.cli"])
def test_module_runs_as_the_command_does(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, "gard"], capture_output=True, text=True, check=False,
        env=environment(),
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Usage: pullback" in done.stderr
    assert "No such command 'gard'" in done.stderr


# ---- completion


def completions(*words: str) -> list[str]:
    """What bash is offered for the last word."""
    environ = {
        "_PULLBACK_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["pullback", *words]),
        "COMP_CWORD": str(len(words)),
    }
    result = CliRunner().invoke(main, [], prog_name="pullback", env=environ)
    return [line.partition(",")[2] for line in result.stdout.splitlines() if line]


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_completion_script(name: str) -> None:
    text = run("completion", name).stdout
    assert f"_PULLBACK_COMPLETE={name}_complete" in text
    assert ("COMP_WORDBREAKS" in text) == (name == "bash")


def test_commands_and_options_are_completed() -> None:
    assert completions("c") == ["check", "completion"]
    assert "--standalone" in completions("jvp", "--s")
    assert completions("completion", "z") == ["zsh"]


def test_files_and_their_functions_are_completed(folder: Path) -> None:
    (folder / "lib").mkdir()
    (folder / "lib" / "model.py").write_text("def energy(x, k=2, *rest, mass):\n    return x\n")
    assert completions("grad", "") == ["prog.py:", "lib/"]
    assert completions("grad", "prog.py:s") == ["prog.py:scaled"]
    assert completions("grad", "l") == ["lib/model.py:energy"]
    assert completions("grad", "lib/model.py:x") == []
    assert completions("grad", "nothere") == []


def test_a_single_file_is_completed_to_its_functions(folder: Path) -> None:
    assert completions("vjp", "pr")[:2] == ["prog.py:neuron", "prog.py:loss"]


def test_arguments_are_completed(folder: Path) -> None:
    assert completions("grad", "prog.py:keyword", "--wrt", "") == ["x", "factor", "n"]
    assert completions("check", "prog.py:keyword", "--arg", "f") == ["factor="]
    assert completions("grad", "prog.py:nothing", "--wrt", "") == []


def test_completion_runs_nothing(folder: Path) -> None:
    (folder / "loud.py").write_text("raise SystemExit(3)\ndef f(x):\n    return x\n")
    assert completions("grad", "loud.py:") == ["loud.py:f"]
    (folder / "loud.py").write_text("def f(x:\n")
    assert completions("grad", "loud.py:") == []
