"""Mistakes of the compiler itself are told as such, with a report to paste."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import pullback
from pullback.cli import main
from pullback.errors import InternalError
from pullback.frontend import stmts
from tests.unit.api_functions import annotated, helper


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiler that fails at each ``return``."""

    def fail(frame: Any, s: Any) -> None:
        raise KeyError("nothing there")

    monkeypatch.setitem(stmts.STATEMENTS, ast.Return, fail)


def report_of(call: Any) -> str:
    with pytest.raises(InternalError) as caught:
        call()
    error = caught.value
    assert isinstance(error.__cause__, KeyError)
    assert error.__notes__ == [error.report]
    return f"{error}\n{error.report}"


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize(
    "call",
    [
        lambda: pullback.grad(helper)(np.float32(1.5)),
        lambda: pullback.vjp(helper, np.float32(1.5)),
        lambda: pullback.jvp(helper, (np.float32(1.5),), (np.float32(1.0),)),
    ],
    ids=["grad", "vjp", "jvp"],
)
def test_report(call: Any) -> None:
    """It holds the place, the function, the kinds of the call, versions, and where we failed."""
    text = report_of(call)
    assert "fails to compile helper" in text
    assert "api_functions.py:" in text
    assert "return x * x" in text
    assert "bug in pullback, not in your code" in text
    assert f"numpy {np.__version__}" in text
    assert "x: f32" in text
    assert "def helper(x" in text
    assert "KeyError: 'nothing there'" in text


def test_report_holds_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the function was lowered, its IR is there."""

    def fail(*args: Any) -> None:
        raise KeyError("nothing there")

    monkeypatch.setattr(pullback.pipeline, "expand", fail)
    text = report_of(lambda: pullback.grad(helper)(1.75))
    assert "mul" in text.partition("IR:")[2]


@pytest.mark.usefixtures("broken")
def test_report_on_the_command_line() -> None:
    result = CliRunner().invoke(main, ["grad", f"{annotated.__code__.co_filename}:annotated"])
    assert result.exit_code == 2
    assert "This is a bug in pullback" in result.output
