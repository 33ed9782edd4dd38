"""Where the command line prints and writes: files, pipes and terminals."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli_runs import PROGRAM, command, environment, printed, refused, run, shell


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


def test_failed_write_leaves_the_output_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
    coloured = on_terminal("grad", "prog.py:neuron", TERM="xterm-256color", NO_COLOR="")
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert on_terminal("grad", "prog.py:neuron", TERM="xterm-256color", NO_COLOR="1") == plain
    assert on_terminal("grad", "prog.py:neuron", TERM="dumb", NO_COLOR="") == plain
    ir = on_terminal("ir", "prog.py:neuron", TERM="xterm-256color", NO_COLOR="")
    assert "\x1b[" in ir
    assert re.sub(r"\x1b\[[0-9;]*m", "", ir) == run("ir", "prog.py:neuron").stdout


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
def test_what_passes_removed_and_added_has_a_colour_each(folder: Path) -> None:
    diff = on_terminal("ir", "prog.py:neuron", "--diff", TERM="xterm-256color", NO_COLOR="")
    lines = re.findall(r"^\x1b\[([0-9;]*)m([-+]) ", diff, re.M)
    assert {sign for _, sign in lines} == {"-", "+"}
    assert {(sign, colour.split(";")[0]) for colour, sign in lines} == {("-", "91"), ("+", "92")}


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
def test_terminal_gets_errors_in_colours(folder: Path) -> None:
    plain = refused("grad", "prog.py:unsupported")
    target = ("grad", "prog.py:unsupported")
    coloured = on_terminal(*target, stream="stderr", status=2, TERM="xterm-256color", NO_COLOR="")
    coloured = coloured.removeprefix("hello from prog\n")
    assert coloured.startswith("\x1b[31m\x1b[1mError:\x1b[0m ")
    assert re.search(r"\x1b\[31m\x1b\[1m +\| +\^+\x1b\[0m\n", coloured)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def on_terminal(*args: str, stream: str = "stdout", status: int = 0, **changes: str) -> str:
    """What a run prints to a stream that is a pseudo-terminal."""
    ours, theirs = os.openpty()
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: theirs}
    process = subprocess.Popen(
        command(*args), stdout=streams["stdout"], stderr=streams["stderr"], env=environment(**changes)
    )
    os.close(theirs)
    chunks = []
    try:
        while chunk := os.read(ours, 4096):
            chunks.append(chunk)
    except OSError:  # Linux says so when the other end is closed
        pass
    os.close(ours)
    assert process.wait() == status
    return b"".join(chunks).decode().replace("\r\n", "\n")
