"""What users see where a derivative fails, warns or is stepped through."""

from __future__ import annotations

import contextlib
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
from pullback import api, dispatch, tree
from pullback.backend import load
from pullback.errors import InternalError
from tests.programs.registry import PROGRAMS, Program, by_turns
from tests.unit import debugged


def line_of(function: Callable[..., Any], mark: str) -> int:
    """The line of a function that is marked by a comment."""
    lines, first = inspect.getsourcelines(function)
    return first + next(k for k, line in enumerate(lines) if f"# {mark}" in line)


# ---- exceptions


def test_frames_of_ours_are_hidden() -> None:
    """IPython and pytest leave them out of tracebacks, where the error is one of the user's code."""
    x, index = np.ones(3), 2
    derivative = pullback.grad(debugged.picked)
    derivative(x, index)
    forward, backward = pullback.split(debugged.picked)
    value, residuals = forward(x, index)
    calls: list[Callable[[int], Any]] = [
        lambda k: derivative(x, k),
        lambda k: pullback.grad(debugged.picked)(x, k),
        lambda k: pullback.jvp(debugged.picked, (x, k), (x, None)),
        lambda k: pullback.vjp(debugged.picked, x, k),
        lambda k: pullback.linearize(debugged.picked, x, k),
        lambda k: pullback.jacobian(debugged.picked)(x, k),
        lambda k: forward(x, k),
    ]
    assert backward(residuals, value)
    for call in calls:
        with pytest.raises(IndexError) as caught:
            call(7)
        frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
        ours = [f for f in frames if f.f_globals.get("__name__", "").startswith("pullback.")]
        generated = [f for f in frames if f.f_code.co_filename.startswith("<pullback picked")]
        assert len(generated) == 1
        assert ours
        assert all(f.f_locals.get("__tracebackhide__") for f in ours if f not in generated)


def test_a_refusal_does_not_show_the_compiler() -> None:
    with pytest.raises(pullback.SourceError) as caught:
        pullback.grad(debugged.refused)(2.0)
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    assert len(frames) == 3  # this one, the call of the derivative, and where it is raised


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


def test_what_has_no_derivative_is_no_bug_of_ours() -> None:
    """Where a transpose is singular, or vectors are not determined, which only numbers tell."""
    with pytest.raises(np.linalg.LinAlgError) as caught:
        pullback.grad(debugged.solved)(np.array([[1.0, np.inf], [0.0, 1.0]]))
    assert "here it has no derivative" in caught.value.__notes__[-1]
    wide = np.random.default_rng(0).normal(size=(2, 3))
    with pytest.raises(ValueError, match="write full_matrices=False"):
        pullback.grad(debugged.all_vectors)(wide)
    with pytest.raises(ValueError, match="write full_matrices=False"):
        pullback.jvp(debugged.all_vectors, (wide,), (wide,))


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
    first = warned(lambda: back(1.0))[0]
    assert (first.filename, first.lineno) == (debugged.__file__, line_of(function, mark))


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


# ---- debug_nans

FOUND = [
    (debugged.log_in_a_loop, [2.0, 1.0], "z", debugged.log_in_a_loop,
     "z is infinite\n  y[k] = np.float64(0.0)"),
    (debugged.log_in_a_loop, [2.0, 0.5], "z", debugged.log_in_a_loop,
     "z is nan\n  y[k] = np.float64(-0.5)"),
    (debugged.in_a_branch, [1.0, 0.0, 0.0], "reciprocal", debugged.reciprocal,
     "r is infinite at [1], one of 2 such elements of 3\n  r at [1] = np.float64(0.0)"),
    (debugged.infinite_from_the_start, [1.0, 800.0], "exp", debugged.infinite_from_the_start,
     "np.exp(m) is infinite\n  m = np.float64(800.0)"),
    (debugged.written, [1.0, 0.0, 2.0], "quotient", debugged.written, "x[k] / x[k - 1] is infinite"),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("function", "x", "mark", "place", "told"), FOUND)
def test_debug_nans(function: Any, x: list[float], mark: str, place: Any, told: str) -> None:
    """The variable or expression, what it was computed from, and the line; in every mode."""
    v = np.array(x)
    calls = [
        lambda: pullback.grad(function, debug_nans=True)(v),
        lambda: pullback.value_and_grad(function, debug_nans=True)(v),
        lambda: pullback.vjp(function, v, debug_nans=True)[1](1.0),
        lambda: pullback.jvp(function, (v,), (v + 1,), debug_nans=True),
    ]
    for k, call in enumerate(calls):
        with pytest.raises(FloatingPointError) as caught:
            call()
        assert f"debugged.py:{line_of(place, mark)}: " in caught.value.__notes__[0]
        # A sweep that needs no value of the loop finds the last pass first.
        assert told.partition("\n")[0] in str(caught.value) or k > 0
        assert told in str(caught.value) or k > 0


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_debug_nans_of_adjoints() -> None:
    """The square root is finite at 0, and its derivative is not."""
    function, x = debugged.roots, np.array([1.0, 0.0])
    for call in (
        lambda: pullback.grad(function, debug_nans=True)(x),
        lambda: pullback.vjp(function, x, debug_nans=True)[1](1.0),
    ):
        with pytest.raises(FloatingPointError, match=r"(adjoint of|derivative of)") as caught:
            call()
        assert f"debugged.py:{line_of(function, 'root')}: " in caught.value.__notes__[0]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_debug_nans_for_all() -> None:
    """The context reaches derivatives that were made and called before, and leaves none of it behind."""
    df, x = pullback.grad(debugged.roots), np.array([1.0, 0.0])
    plain = df(x)
    enter, source = df._enter, df.source
    with pullback.debug_nans():
        for call in (lambda: df(x), lambda: pullback.vjp(debugged.roots, x)[1](1.0)):
            with pytest.raises(FloatingPointError):
                call()
        np.testing.assert_allclose(df(np.array([1.0, 4.0])), [2**-0.5, 8**-0.5], rtol=1e-15)
    np.testing.assert_array_equal(df(x), plain)
    assert df.source == source
    assert "check_finite" not in source
    assert df._enter == enter  # and the short way is taken again


def test_debug_nans_is_for_numpy() -> None:
    with pytest.raises(pullback.ArgumentError, match="debug_nans is not for backend='numba'"):
        pullback.grad(debugged.roots, debug_nans=True, backend="numba")


CHECKED = by_turns([p for p in PROGRAMS.values() if p.has_gradient and not p.points], 40)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("program", CHECKED)
def test_debug_nans_is_the_same_program(program: Program) -> None:
    """To the bit, unless it tells of something."""
    args = program.arguments()
    with contextlib.redirect_stdout(None):
        expected = pullback.grad(program.function, program.argnums)(*args)
        watched = pullback.grad(program.function, program.argnums, debug_nans=True)
        found = None
        with contextlib.suppress(FloatingPointError):  # which it is there to raise
            found = watched(*program.arguments())
    if found is None:
        return
    for a, b in zip(tree.leaves(expected), tree.leaves(found), strict=True):
        assert type(a) is type(b)
        np.testing.assert_array_equal(a, b)
