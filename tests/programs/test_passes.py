"""Passes change no derivative: none of them, each alone and all together, on the whole corpus.

The default run takes one of the settings for one in four programs, so that each setting meets some;
``-m slow`` runs the full cross.
"""

from __future__ import annotations

import functools
from typing import Any

import pytest

import pullback
from pullback import tree
from pullback.dispatch import Cache
from pullback.frontend import targets
from pullback.frontend.values import Static
from pullback.halves import Division, compile_halves
from pullback.pipeline import SWITCHES, Options
from pullback.seeds import as_cotangent, form_of
from tests.programs import checks
from tests.programs.raising import RAISING
from tests.programs.registry import PROGRAMS, Program, by_turns
from tests.programs.test_programs import every_input, tolerance

EVERY = frozenset(SWITCHES)
# Nothing, each pass alone, all but each one, and all.
SETTINGS: dict[str, Options] = {
    "none": Options(0),
    **{name: Options(2, EVERY - {name}) for name in SWITCHES},
    **{f"no {name}": Options(2, frozenset([name])) for name in SWITCHES},
    "all": Options(2),
}
NAMES = list(SETTINGS)
# Of every other program one setting, in every other round of all settings.
EACH = [
    (p, NAMES[k % len(NAMES)])
    for k, p in enumerate(list(PROGRAMS.values())[::2])
    if k // len(NAMES) % 2 == 0
]
label = lambda v: v.name if isinstance(v, Program) else v


@functools.cache
def reverse(program: Program, setting: str, size: int) -> tuple[Any, Any]:
    """The value and the gradients (cotangents, of a value that has no gradient)."""
    args = every_input(program, floats=True)[size]
    options = SETTINGS[setting]
    if program.has_gradient:
        given = checks.fresh(args)
        derivative = pullback.value_and_grad(
            program.function, program.argnums, optimize=options.optimize, without=[*options.without]
        )
        return derivative(*given)
    names = targets.parameter_names(Static(program.function), len(args))
    division = Division(
        Static(program.function), program.function, (), program.name, names, range(len(args)), len(args)
    )
    halves, outside = Cache(lambda _, kinds: compile_halves(division, kinds, options)).find(
        None, args, names
    )
    value, residuals = halves(args, outside)
    cotangent = tree.mapped(checks.normals(program.rng(1)), value)
    seed = tree.mapped(as_cotangent, cotangent, tree.mapped(form_of, value))
    pulled = halves.second((residuals, seed))
    return value, tuple(pulled[k] for k in program.argnums)


def agree(program: Program, setting: str) -> None:
    for size in range(len(program.sizes)):
        args = every_input(program, floats=True)[size]
        value, gradient = reverse(program, setting, size)
        what = f"{program} with passes {setting!r}"
        checks.same_value(value, program.function(*checks.fresh(args)), program)
        _, plain = reverse(program, "none", size)
        rtol = tolerance(program)
        checks.close(gradient, plain, f"the gradient of {what}", rtol, rtol)


@pytest.mark.parametrize(("program", "setting"), EACH, ids=label)
def test_a_covering_choice(program: Program, setting: str) -> None:
    agree(program, setting)


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=label)
def test_the_full_cross(program: Program) -> None:
    for setting in NAMES:
        agree(program, setting)


def test_every_setting_meets_programs() -> None:
    met = {name: sum(name == other for _, other in EACH) for name in NAMES}
    assert min(met.values()) >= len(PROGRAMS) // 4 // len(NAMES) > 5


@pytest.mark.parametrize("program", by_turns((p for p in PROGRAMS.values() if p.smooth), 12, 6))
def test_fast_changes_rounding_only(program: Program) -> None:
    """At drawn inputs all is finite."""
    if not program.has_gradient:
        return
    args = every_input(program, floats=True)[0]
    derivative = pullback.value_and_grad(program.function, program.argnums, fast=True)
    rtol = 1e-3 if program.single else 1e-8
    expected = reverse(program, "none", 0)
    checks.close(derivative(*checks.fresh(args)), expected, f"{program} with fast=True", rtol, rtol)


@pytest.mark.parametrize("function", RAISING, ids=lambda f: f.__name__)
@pytest.mark.parametrize("setting", [*NAMES, "fast"])
def test_a_derivative_raises_where_the_function_does(function: Any, setting: str) -> None:
    """Whether or not its value is needed, and whatever the passes move and drop."""
    options = SETTINGS.get(setting, Options(2, fast=True))
    runs, fails, error = RAISING[function]
    function(*runs)
    with pytest.raises(error):
        function(*fails)
    derivative = pullback.grad(
        function, optimize=options.optimize, without=[*options.without], fast=options.fast
    )
    derivative(*runs)
    with pytest.raises(error):
        derivative(*fails)
