"""What users see where a derivative fails, warns or is stepped through."""

from __future__ import annotations

import inspect
import io
import pdb  # noqa: T100
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pullback
from pullback import api, dispatch
from pullback.backend import load
from pullback.errors import InternalError
from tests.unit import debugged


def line_of(function: Callable[..., Any], mark: str) -> int:
    """The line of a function that is marked by a comment."""
    lines, first = inspect.getsourcelines(function)
    return first + next(k for k, line in enumerate(lines) if f"# {mark}" in line)


# ---- exceptions


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize(
    ("function", "place", "mark"),
    [
        (debugged.picked, debugged.picked, "picked"),
        (debugged.in_loop, debugged.in_loop, "in the loop"),
        (debugged.through_helper, debugged.helper, "in the helper"),
    ],
)
def test_exceptions_carry_the_line(function: Any, place: Any, mark: str, backend: str) -> None:
    """Also those of Numba, which keeps no lines."""
    if backend == "numba" and function is debugged.through_helper:
        with pytest.raises(pullback.SourceError):
            pullback.grad(function, backend=backend)(np.ones(3), 7)
        return
    for _ in range(2):  # the first call comes by another way
        with pytest.raises(IndexError) as caught:
            pullback.grad(function, backend=backend)(np.ones(3), 7)
        (note,) = caught.value.__notes__
        assert f"debugged.py:{line_of(place, mark)}: " in note
        assert mark not in note or "return" in note or "s +=" in note


def test_traceback_shows_both_sources() -> None:
    with pytest.raises(IndexError) as caught:
        pullback.grad(debugged.picked)(np.ones(3), 7)
    text = "".join(traceback.format_exception(caught.value))
    assert "<pullback picked_grad" in text
    assert "y_bar[i] = 3.0" in text
    assert "return y[i] * 3" in text


def test_refusals_do_not_show_the_compiler() -> None:
    """Some ten entries of a traceback, and no earlier error."""
    with pytest.raises(pullback.SourceError) as caught:
        pullback.grad(debugged.refused)(np.ones(3))
    text = "".join(traceback.format_exception(caught.value))
    assert text.count("  File ") < 12
    assert "During handling" not in text
    assert "frontend" not in text


def test_a_sweep_that_fails_alone_is_our_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """The forward sweep passed: the report has the function, the kinds and the IR."""
    run = load._run

    def broken(emitted: Any, text: str, filename: str, module: str) -> Any:
        return run(emitted, text.replace("np.cos(x)", "np.cos(x)[:2]"), filename, module)

    monkeypatch.setattr(load, "_run", broken)
    x = np.ones(3)
    f = lambda x: np.sum(np.sin(x) * x)
    with pytest.raises(InternalError) as caught:
        pullback.grad(f)(x)
    assert isinstance(caught.value.__cause__, ValueError)
    assert "fails where the function does not" in str(caught.value)
    for part in ("x: f64[:]", "np.sin(x) * x", "sin %x", "could not be broadcast"):
        assert part in caught.value.report
    _, back = pullback.vjp(f, x)
    with pytest.raises(InternalError):
        back(1.0)


def test_errors_of_the_function_are_its_own() -> None:
    """Raised from within the reverse sweep, where only that needs the value."""
    with pytest.raises(IndexError):
        pullback.grad(debugged.in_loop)(np.ones(3), 5)
    with pytest.raises(ZeroDivisionError):
        pullback.grad(debugged.quotient)(1.0)


# ---- warnings


def warned(call: Callable[[], Any]) -> list[Any]:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        call()
    return found


@pytest.mark.parametrize(
    ("function", "x", "mark", "message"),
    [
        (debugged.roots, np.array([0.0, 1.0]), "root", "divide by zero"),
        (debugged.logarithms, np.array([1.0, 800.0]), "logarithm", "invalid value"),
    ],
)
def test_warnings_name_the_line(function: Any, x: Any, mark: str, message: str) -> None:
    """Those of the reverse sweep too; the generated line is told beside it."""
    found = warned(lambda: pullback.grad(function)(x))
    assert found
    for w in found:
        assert (w.filename, w.lineno) == (debugged.__file__, line_of(function, mark))
        assert "<pullback " in w.line
    assert any(message in str(w.message) for w in found)
    shown = warnings.formatwarning(w.message, w.category, w.filename, w.lineno, w.line)
    assert shown.startswith(f"{debugged.__file__}:{w.lineno}: RuntimeWarning: ")
    _, back = pullback.vjp(function, x)
    for w in warned(lambda: back(1.0)):
        assert (w.filename, w.lineno) == (debugged.__file__, line_of(function, mark))


def test_filters_of_warnings() -> None:
    """By module, as for the function itself; errors that they become carry the line."""
    call = lambda: pullback.grad(debugged.roots)(np.array([0.0, 1.0]))
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", module=r"tests\.unit\.debugged")
        call()
    assert not found
    with warnings.catch_warnings():
        warnings.filterwarnings("error", module=r"tests\.unit\.debugged")
        with pytest.raises(RuntimeWarning) as caught:
            call()
    assert f"debugged.py:{line_of(debugged.roots, 'root')}: " in caught.value.__notes__[0]


# ---- pdb


def session(call: Callable[[], Any], *commands: str) -> str:
    """What pdb says when a call is stepped into, with our own modules skipped."""
    out = io.StringIO()
    script = io.StringIO("\n".join([*commands, "continue", ""]))
    debugger = pdb.Pdb(stdin=script, stdout=out, skip=["pullback.*"], nosigint=True, readrc=False)
    debugger.use_rawinput = False
    debugger.runcall(call)
    return out.getvalue()


def test_pdb_steps_through_generated_source() -> None:
    df, x = pullback.grad(debugged.stepped), np.array([1.0, 2.0, 3.0])
    df(x)
    first = next(k for k, s in enumerate(df.source.split("\n"), 1) if "x_bar[k] +=" in s)
    said = session(
        lambda: df(x), "step", "list", "next", "next", "p n", f"break {first}", "continue", "p k",
        "next", "where",
    )  # fmt: skip
    assert "(4)stepped_grad()\n-> def stepped_grad(x):" in said
    assert "x_bar = np.zeros_like(x)" in said  # listed
    assert "Breakpoint 1 at <pullback stepped_grad" in said
    assert f"({first})stepped_grad()\n-> x_bar[k] +=" in said
    assert "for k in range(" in said


def test_post_mortem() -> None:
    with pytest.raises(IndexError) as caught:
        pullback.grad(debugged.picked)(np.ones(3), 7)
    out, script = io.StringIO(), io.StringIO("list\np i\nup\nquit\n")
    debugger = pdb.Pdb(stdin=script, stdout=out, nosigint=True, readrc=False)
    debugger.use_rawinput = False
    debugger.reset()
    debugger.interaction(None, caught.value.__traceback__)
    assert "->\t    y_bar[i] = 3.0" in out.getvalue()
    assert "(Pdb) 7" in out.getvalue()


def test_our_frames_are_skipped_by_name() -> None:
    entry = dispatch.Specialisation.__init__.__globals__["__name__"]
    assert entry.startswith("pullback.")
    assert api.__name__.startswith("pullback.")
