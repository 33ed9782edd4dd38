"""What a compiled derivative depends on: changes are noticed at the next call, and told in words."""

from __future__ import annotations

import builtins
import gc
import re
import threading
import weakref
from typing import Any

import numpy as np
import pytest

from pullback import ArgumentError, SourceError, dispatch, grad, jvp, linearize, value_and_grad, vjp
from pullback.errors import InternalError
from tests.programs import checks
from tests.unit import guards_functions as f
from tests.unit import guards_other

X = np.array([0.5, -1.0, 2.0])


def gradients(function: Any, *args: Any) -> list[float]:
    """What grad, vjp and jvp say of a function at some arguments, each through its own cache."""
    reverse, pull = vjp(function, *args)
    _, forward = jvp(function, args, (1.0, *(0.0 for _ in args[1:])))
    return [grad(function)(*args), pull(np.ones_like(reverse)[()])[0], forward]


# Name of the global (or dotted place), its new value, a function, its slope at 3.0 before and after,
# and what why_recompiled says.
CHANGES: list[tuple[Any, str, Any, str, float, float, str]] = [
    (f, "helper", f.cube, "calls_helper", 6.0, 27.0, "global 'helper' of tests.unit.guards_functions"),
    (f, "MODE", "cube", "mode", 6.0, 27.0, "global 'MODE' .* was 'square', and is 'cube'"),
    (f, "FLAG", False, "flag", 6.0, 27.0, "global 'FLAG' .*False"),
    (f, "FLAG", 0, "flag", 6.0, 27.0, "global 'FLAG' .*"),
    (f, "NOTHING", 1.0, "nothing", 6.0, 27.0, "global 'NOTHING' .*1.0"),
    (f, "CONFIG", ("cube", {"n": 2}), "config", 6.0, 27.0, r"CONFIG.* was \('square', {'n': int}\)"),
    (f, "NUMBER", np.float32(4.0), "number", 2.0, 4.0, "'NUMBER' .* was float, and is f32"),
    (f, "NUMBER", 3, "number", 2.0, 3.0, "'NUMBER' .* was float, and is int"),
    (f, "ARRAY", np.ones(1), "array", 3.0, 1.0, r"'ARRAY' .* was f64\[:\], and is f64\[1\]"),
    (f, "AXIS", 1, "axis", 72.0, 108.0, "'AXIS' .* was 0, and is 1"),
    (f, "CHOICE", f.Mode.CUBE, "choice", 6.0, 27.0, "'CHOICE' .* is another object: .*CUBE"),
    (guards_other, "rate", 3, "module_number", 2.0, 3.0, "global 'rate' of tests.unit.guards_other"),
    (guards_other, "rate", 3, "module_function", 2.0, 3.0, "'rate' .* was float, and is int"),
    (guards_other, "name", "tanh", "module_name", 6.0, 27.0, "'name' .* was 'relu', and is 'tanh'"),
    (guards_other, "scaled", f.cube, "module_function", 2.0, 27.0, "'scaled' .* is another object"),
    (f, "abs", f.square, "absolute", 6.0, 27.0, "global 'abs' .* is there now"),
    (f, "helper", f.cube, "inner_derivative", 2.0, 18.0, "'helper' .* is another object"),
]


@pytest.mark.parametrize(
    ("holder", "name", "new", "function", "before", "after", "told"), CHANGES,
    ids=[f"{c[3]}-{c[1]}-{c[2]!r:.10}" for c in CHANGES],
)  # fmt: skip
def test_changes_are_noticed(
    monkeypatch: pytest.MonkeyPatch, holder: Any, name: str, new: Any, function: str, before: float,
    after: float, told: str,
) -> None:  # fmt: skip
    function = getattr(f, function)
    df = grad(function)
    assert df(3.0) == pytest.approx(before)
    checks.close(gradients(function, 3.0), [before] * 3, "before")
    assert df.why_recompiled() == ""
    monkeypatch.setattr(holder, name, new, raising=False)
    assert df(3.0) == pytest.approx(after)
    checks.close(gradients(function, 3.0), [after] * 3, "after")
    assert re.search(told, df.why_recompiled()), df.why_recompiled()
    monkeypatch.undo()
    assert df(3.0) == pytest.approx(before)


@pytest.mark.parametrize(
    ("holder", "name", "new", "function", "before", "after"), [c[:6] for c in CHANGES],
    ids=[f"{c[3]}-{c[1]}-{c[2]!r:.10}" for c in CHANGES],
)  # fmt: skip
def test_what_was_lowered_for_other_options_is_guarded(
    monkeypatch: pytest.MonkeyPatch, holder: Any, name: str, new: Any, function: str, before: float,
    after: float,
) -> None:  # fmt: skip
    function = getattr(f, function)
    assert grad(function)(3.0) == pytest.approx(before)
    monkeypatch.setattr(holder, name, new, raising=False)
    assert grad(function, optimize=0)(3.0) == pytest.approx(after)
    monkeypatch.undo()
    assert grad(function, optimize=1)(3.0) == pytest.approx(before)


def test_other_options_take_what_was_lowered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one derivative, and of all that a function is cut into."""

    def number(x: float) -> float:
        return x * x * x

    grad(number)(3.0)
    vjp(number, 3.0)
    monkeypatch.delattr(dispatch, "lower_call")
    assert grad(number, optimize=0)(3.0) == 27.0
    assert grad(number, backend="numba").compile(["float"]).source
    _, pull = vjp(number, 3.0, optimize=1)
    assert pull(1.0) == (27.0,)
    _, push = linearize(number, 3.0)
    assert push(1.0) == 27.0
    with pytest.raises(InternalError):
        value_and_grad(number)(3.0)


def test_items_of_a_global_dict(monkeypatch: pytest.MonkeyPatch) -> None:
    df = grad(f.settings)
    assert df(3.0) == 0.5
    monkeypatch.setitem(f.SETTINGS, "rate", 4.0)
    assert df(3.0) == 4.0
    assert len(df.sources) == 1
    monkeypatch.setitem(f.SETTINGS, "mode", "other")
    assert df(3.0) == 1.0
    assert "SETTINGS" in df.why_recompiled()


def test_builtins(monkeypatch: pytest.MonkeyPatch) -> None:
    df = grad(f.absolute)
    assert df(3.0) == 6.0
    monkeypatch.setattr(builtins, "abs", f.cube)
    assert df(3.0) == 4 * 27.0
    assert "global 'abs' of builtins is another object" in df.why_recompiled()


def test_a_global_that_hides_a_builtin(monkeypatch: pytest.MonkeyPatch) -> None:
    df = grad(f.absolute)
    assert df(3.0) == 6.0
    monkeypatch.setattr(f, "abs", f.cube, raising=False)
    assert df(3.0) == 4 * 27.0
    monkeypatch.undo()
    assert df(3.0) == 6.0


# ---- functions


@pytest.fixture
def restored() -> Any:
    """Functions that a test gives other code or defaults."""
    functions = [f.square, f.with_default, f.with_keyword]
    before = [(g.__code__, g.__defaults__, dict(g.__kwdefaults__ or {})) for g in functions]
    yield
    for g, (code, defaults, keywords) in zip(functions, before, strict=True):
        g.__code__, g.__defaults__ = code, defaults
        g.__kwdefaults__ = keywords or None


@pytest.mark.usefixtures("restored")
def test_code_replaced_in_the_same_function() -> None:
    """As autoreload does."""
    direct, through = grad(f.square), grad(f.calls_helper)
    assert (direct(3.0), through(3.0)) == (6.0, 6.0)
    f.square.__code__ = f.cube.__code__
    assert (direct(3.0), through(3.0)) == (27.0, 27.0)
    checks.close(gradients(f.square, 3.0), [27.0] * 3, "direct")
    assert "the code of function" in through.why_recompiled()
    f.square.__code__ = f.other_names.__code__
    assert direct(3.0) == 7.0
    assert direct(a=3.0) == 7.0


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("new", [2, True, 1.0, 2.0], ids=repr)
def test_changed_defaults(new: Any) -> None:
    direct, through = grad(f.with_default), grad(f.calls_with_default)
    assert (direct(3.0), through(3.0)) == (1.0, 1.0)
    f.with_default.__defaults__ = (new,)
    assert (direct(3.0), through(3.0)) == (float(new), float(new))
    assert len(through.sources) == 2
    assert "the default values of function 'with_default' changed" in through.why_recompiled()
    value, _ = value_and_grad(f.calls_with_default)(3.0)
    assert value == f.calls_with_default(3.0)


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("new", [2, True, 1.0, 2.0], ids=repr)
def test_changed_keyword_defaults(new: Any) -> None:
    direct, through = grad(f.with_keyword), grad(f.calls_with_keyword)
    assert (direct(3.0), through(3.0)) == (1.0, 1.0)
    assert f.with_keyword.__kwdefaults__ is not None
    f.with_keyword.__kwdefaults__["n"] = new
    assert (direct(3.0), through(3.0)) == (float(new), float(new))
    assert len(through.sources) == 2
    assert "the default values of function 'with_keyword' changed" in through.why_recompiled()


def test_cells() -> None:
    inner, set_a = f.made(2.0)
    df = grad(inner)
    assert df(1.0) == 2.0
    set_a(3.0)
    assert df(1.0) == 3.0
    assert len(df.sources) == 1
    set_a(4)
    assert df(1.0) == 4.0
    assert df.why_recompiled() == "'a' of the enclosing function was float, and is int"


def test_wrappers_are_what_they_do() -> None:
    """A wrapper has copied what the wrapped function carried, its caches too."""
    checks.close(gradients(f.wrapped, 3.0), [6.0] * 3, "wrapped")
    copied = f.wrapping(f.wrapped)
    assert "__pullback__" in copied.__dict__
    with pytest.raises(SourceError):
        grad(f.doubled_wrapped)([1.0])
    value, _ = vjp(copied, 3.0)
    assert value == 18.0


# ---- classes


def test_methods(monkeypatch: pytest.MonkeyPatch) -> None:
    df = grad(f.method, 1)
    p = f.Derived(3.0)
    assert df(p, 1.0) == 6.0
    monkeypatch.setattr(f.Base, "scale", 3.0)
    assert df(p, 1.0) == 9.0
    assert df.why_recompiled() == ""
    monkeypatch.setattr(f.Base, "scale", 4)
    assert df(p, 1.0) == 12.0
    assert df.why_recompiled() == "'scale' of class Base was float, and is int"
    monkeypatch.setattr(f.Base, "energy", f.with_self)
    assert df(p, 2.0) == 4.0
    assert "'energy' of class Base is another object" in df.why_recompiled()


def test_a_method_found_earlier_in_the_order_of_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    df = grad(f.method, 1)
    p = f.Derived(3.0)
    assert df(p, 1.0) == 6.0
    monkeypatch.setattr(f.Derived, "energy", f.with_self, raising=False)
    assert df(p, 2.0) == 4.0
    assert df.why_recompiled() == "'energy' of class Derived is there now"


def test_no_guard_evaluates_a_property() -> None:
    df = grad(f.reads_property, 1)
    p = f.Derived(3.0)
    with pytest.raises(SourceError):  # it counts, which is a write to a class
        df(p, 1.0)
    asked, evaluated = f.Counting.asked, f.Base.evaluated
    dm = grad(f.method, 1)
    for x in (1.0, 2.0, 3.0):
        dm(p, x)
    assert (f.Counting.asked, f.Base.evaluated) == (asked, evaluated)


def test_rebound_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    df = grad(f.makes)
    assert df(2.0) == 3.0
    maker = f.Derived.__dict__["__init__"]
    monkeypatch.setattr(maker, "__defaults__", (5.0,))
    assert df(2.0) == 3.0
    assert "the default values of function" in df.why_recompiled()
    monkeypatch.undo()
    monkeypatch.setattr(f, "Derived", f.Other)
    assert df(2.0) == 1.0
    assert "global 'Derived' of tests.unit.guards_functions is another" in df.why_recompiled()


def test_attributes_that_a_module_computes_are_refused() -> None:
    with pytest.raises(SourceError, match=r"(?s)'computed' is computed by .*read it once, outside"):
        grad(f.module_computed)(1.0)


# ---- signatures


def test_reasons_name_the_argument() -> None:
    df = grad(f.with_default)
    df(1.0, 2)
    df(1.0, 2.0)
    assert df.why_recompiled() == "argument 'n' was int, and is float"
    df(np.float32(1.0), np.ones(1))
    told = "argument 'x' was float, and is f32; argument 'n' was float, and is f64[1]"
    assert df.why_recompiled() == told
    df(1.0, n=2)
    assert df.why_recompiled() == told
    assert df.signatures == ["(float, int)", "(float, float)", "(f32, f64[1])"]
    assert len(df.sources) == 3


def test_sizes_do_not_recompile() -> None:
    df = grad(f.array_sum)
    for n in (2, 3, 5, 0):
        df(np.ones(n), np.ones(n))
    assert df.signatures == ["(f64[:], f64[:])"]
    df(np.ones(1), np.ones(5))
    assert df.why_recompiled() == "argument 'x' was f64[:], and is f64[1]"


def test_modes_that_alternate_compile_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    df = grad(f.mode)
    for _ in range(3):
        for name, slope in (("square", 6.0), ("cube", 27.0)):
            monkeypatch.setattr(f, "MODE", name)
            assert df(3.0) == slope
    assert len(df.sources) == 2


def test_kinds_with_equal_but_other_objects() -> None:
    """A dtype from a pickle is equal to NumPy's own, and need not be the same object."""
    df = grad(f.array_sum)
    x = np.ones(3)
    first = df(x, x)
    metadata = np.ones(3, np.dtype("f8", metadata={"unit": "m"}))
    checks.close(df(metadata, x), first, "the gradient")
    assert len(df.sources) == 1


def test_wrong_counts_of_arguments_after_a_first_call() -> None:
    df = grad(f.square)
    df(1.0)
    for args in ((), (1.0, 2.0)):
        with pytest.raises(TypeError, match="argument"):
            df(*args)
    with pytest.raises(ArgumentError, match=r"builtins\.object is not supported"):
        df(object())


def test_the_same_kinds_by_position_and_by_name() -> None:
    df = grad(f.variadic, 0)
    assert df(1.0, b=2.0) == 2.0 * 10
    assert df(1.0, 2.0) == 2.0
    assert df(1.0, b=3.0) == 3.0 * 10
    assert df(1.0, 3.0) == 3.0


def test_defaults_and_names_meet_the_same_code() -> None:
    df = grad(f.with_default)
    assert [df(3.0), df(3.0, 1), df(3.0, n=1), df(x=3.0)] == [1.0] * 4
    assert len(df.sources) == 1
    df.compile(["float", "float"])
    assert df(3.0) == 1.0
    assert df.source == df.sources[0]


def test_attributes_in_another_order() -> None:
    df = value_and_grad(f.attributes_in_order, 1)
    for first, second in (("a", "b"), ("b", "a"), ("a", "b")):
        held = f.Held()
        setattr(held, first, 1.0)
        setattr(held, second, 5.0)
        assert df(held, 2.0) == (f.attributes_in_order(held, 2.0), getattr(held, second))


def test_errors_of_the_function_are_not_those_of_guards() -> None:
    """A TypeError or KeyError that the function raises goes out, and is raised once."""
    df = grad(f.raises)
    for _ in range(2):
        with pytest.raises(ValueError, match="negative"):
            df(-1.0)
    assert df(2.0) == 4.0


def test_threads_with_signatures_that_alternate() -> None:
    df = grad(f.number)
    wrong: list[Any] = []

    def work(k: int) -> None:
        for n in range(200):
            x = 3.0 if (n + k) % 2 else np.float32(3.0)
            if df(x) != 2.0 or type(df(x)) is not type(x):
                wrong.append((k, n))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong
    assert len(df.sources) == 2


def test_caches_die_with_their_function() -> None:
    inner, _ = f.made(2.0)
    df = grad(inner)
    df(1.0)
    gradients(inner, 1.0)
    dead = weakref.ref(inner)
    del inner, df, _
    gc.collect()
    assert dead() is None
