"""``--watch``: again after each change, errors shown, a clean end."""

import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pullback.cli import watch
from tests.unit.cli_runs import PROGRAM, environment

SQUARE = "from helper import power\ndef f(x: float):\n    return power(x)\n"


class Watched:
    """A run with ``--watch``; what it prints goes to files."""

    def __init__(self, process: subprocess.Popen[bytes], out: Path, err: Path) -> None:
        self.process = process
        self.out = out
        self.err = err

    def waits(self, times: int) -> None:
        """Return when it has waited for a change that often."""
        eventually(lambda: self.err.read_text().count("Ctrl-C ends") >= times)

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)


def eventually(test: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not test():
        assert time.monotonic() < end
        time.sleep(0.02)


# A shell starts what runs in the background with SIGINT ignored, and children inherit this.
INTERRUPTIBLE = """
import signal
from pullback.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
main(prog_name="pullback")
"""


@contextmanager
def watched(*args: str) -> Iterator[Watched]:
    out, err = Path("stdout.txt"), Path("stderr.txt")
    with out.open("w") as stdout, err.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", INTERRUPTIBLE, *args, "--watch"],
            stdout=stdout, stderr=stderr, env=environment(),
        )  # fmt: skip
        try:
            yield Watched(process, out, err)
        finally:
            process.kill()
            process.wait()


def replace(path: Path, text: str) -> None:
    """Write as editors do: another file takes the place of the old one."""
    other = path.with_suffix(".new")
    other.write_text(text)
    os.replace(other, path)


def test_prints_again_shows_errors_and_ends(folder: Path) -> None:
    (folder / "helper.py").write_text("def power(x):\n    return x * x\n")
    replace(folder / "prog.py", SQUARE)
    with watched("grad", "prog.py:f") as run:
        run.waits(1)
        replace(folder / "helper.py", "def power(x):\n    return x * x * x\n")
        run.waits(2)
        replace(folder / "prog.py", SQUARE.replace("power(x)", "power(x"))
        run.waits(3)
        (folder / "prog.py").unlink()
        run.waits(4)
        replace(folder / "prog.py", SQUARE.replace("power(x)", "5.0 * x"))
        run.waits(5)
        assert run.interrupt() == 0
    text, errors = run.out.read_text(), run.err.read_text()
    assert text.count("# d f / d x, written by pullback") == 3
    assert text.endswith("return 5.0\n")
    assert "Error: cannot import prog.py: SyntaxError: '(' was never closed" in errors
    assert "Error: there is no file prog.py" in errors
    assert "Traceback" not in errors


def test_writes_the_file_again_only_when_it_can(folder: Path) -> None:
    with watched("jvp", "prog.py:neuron", "-o", "out.py") as run:
        run.waits(1)
        first = (folder / "out.py").read_text()
        replace(folder / "prog.py", PROGRAM.replace("math.exp(-", "math.nothing(-"))
        run.waits(2)
        assert (folder / "out.py").read_text() == first
        replace(folder / "prog.py", PROGRAM.replace("math.exp(-", "math.tanh(-"))
        run.waits(3)
        assert "math.tanh" in (folder / "out.py").read_text()
        assert run.interrupt() == 0


def test_a_check_that_fails_is_no_end(folder: Path) -> None:
    with watched("check", "prog.py:neuron", "--rtol", "0", "--atol", "0") as run:
        run.waits(1)
        assert run.process.poll() is None
        assert run.interrupt() == 0
    assert "wrong in 4 of 4" in run.out.read_text()


def test_modules_of_the_user_are_imported_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(folder))
    with watch.forgotten_modules() as files:
        importlib.import_module("prog")
        minidom = importlib.import_module("xml.dom.minidom")
    assert files == {str(folder / "prog.py")}
    assert "prog" not in sys.modules
    assert sys.modules["xml.dom.minidom"] is minidom


def test_state_tells_files_that_come_and_go(folder: Path) -> None:
    path = str(folder / "prog.py")
    before = watch.state([path, "nothere.py"])
    assert before["nothere.py"] is None
    (folder / "prog.py").unlink()
    assert watch.state(before) != before
    assert watch.expected_files("a.b") == [
        str(folder / "a" / "b.py"), str(folder / "a" / "b" / "__init__.py")
    ]  # fmt: skip
