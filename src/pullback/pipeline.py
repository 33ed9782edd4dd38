"""The way a program goes from its lowered form to source: named phases, in order, on one page.

Every phase takes and gives the same IR and is verified. ``optimize`` 0 runs only what is needed for
right code, 1 drops what is not needed, 2 does all. ``Stages`` tells what each phase and pass made of a
program, for which all of them run once more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property

from pullback import rules as _rules  # noqa: F401  (fills the table)
from pullback.backend.compiled import by_definition
from pullback.backend.numba_ import emit_numba
from pullback.backend.numpy_ import Emitted, emit_numpy
from pullback.ir.core import Func, copy_program, note_layouts, reachable, snapshot
from pullback.ir.diff import changes, summary
from pullback.ir.text import Printer, to_text
from pullback.ir.types import differentiable
from pullback.ir.unset import maybe_unset
from pullback.ir.verify import verify
from pullback.passes.algebra import algebra, fast_algebra
from pullback.passes.branches import join_branches
from pullback.passes.cse import cse
from pullback.passes.dce import dce
from pullback.passes.defined import define_calls
from pullback.passes.equal import merge_equal
from pullback.passes.fold import fold
from pullback.passes.hoist import hoist
from pullback.passes.inline import inline, small_or_single
from pullback.passes.inplace import own_memory
from pullback.passes.invariant import drop_invariant
from pullback.passes.latest import latest_versions, shapes_of_params
from pullback.passes.parts import given_back, settle
from pullback.passes.retype import retype
from pullback.passes.views import compose_views
from pullback.passes.watched import watch_values
from pullback.transforms.activity import Mask
from pullback.transforms.blocks import skip_blocks
from pullback.transforms.complex_ import refuse_complex
from pullback.transforms.expand import expand
from pullback.transforms.revolve import mark_loops
from pullback.transforms.settled import without_rules
from pullback.transforms.split import split
from pullback.transforms.tangents import linearized, pruned

Pass = Callable[[Func], None]
# Is told of each step: its name, the round, the function.
Watch = Callable[[str, int, Func], None]

# The optimisations, by the name that switches them off, with the level from which they run.
PASSES: dict[str, tuple[int, Pass]] = {
    "views": (2, compose_views),
    "shapes": (2, shapes_of_params),
    "retype": (2, retype),
    "branches": (2, join_branches),
    "fold": (2, fold),
    "algebra": (2, algebra),
    "invariant": (2, drop_invariant),
    "hoist": (2, hoist),
    "cse": (2, cse),
    "equal": (2, merge_equal),
    "dce": (1, dce),
}
# What stands for a pass under ``fast=True``.
FAST: dict[str, Pass] = {"algebra": fast_algebra}
# What runs once, before the rounds and behind them.
APART = {"inline": 1, "reuse": 2}
# Every pass, in order, by the name that leaves it out and that asks for the form behind it.
SWITCHES = ("inline", *PASSES, "reuse")
ROUNDS = 3
PHASES = ("lowered", "vjp", "optimised", "owned")
BACKENDS = {"numpy": emit_numpy, "numba": emit_numba}


@dataclass(frozen=True)
class Options:
    """What to run: the level, passes switched off by name, and how the text is to be.

    ``fast`` allows what changes the last bits of the user's own values, and what holds only if all
    values are finite. ``debug_nans`` looks at all values. Of loops that are reversed the outermost keep
    ``checkpoint`` snapshots; with 0 all are plain.
    """

    optimize: int = 2
    without: frozenset[str] = frozenset()
    standalone: bool = False
    header: str = ""
    backend: str = "numpy"
    fast: bool = False
    debug_nans: bool = False
    checkpoint: int = 0

    def runs(self, name: str) -> bool:
        level = PASSES[name][0] if name in PASSES else APART[name]
        return self.optimize >= level and name not in self.without

    def apply(self, name: str, func: Func) -> None:
        """Run a pass on a function."""
        _, plain = PASSES[name]
        (FAST.get(name, plain) if self.fast else plain)(func)


@dataclass(frozen=True)
class Step:
    """What a program was behind a phase or a pass.

    ``text`` is its IR, ``lines`` the same with labels that stay from step to step, ``before`` the lines
    of the step before. Passes have a round from 1, phases 0; ``main`` says that it is the whole program
    and no function that a derivative is taken of.
    """

    name: str
    round: int
    func: str
    main: bool
    text: str
    lines: str
    before: str

    def changes(self) -> str:
        """What a pass changed, under a line that says what it did; '' if nothing."""
        if self.round == 0 or self.lines == self.before:
            return ""
        head = f"{self.name}, round {self.round}, {self.func}: {summary(self.before, self.lines)}"
        return f"{head}\n{changes(self.before, self.lines)}\n"


@dataclass(eq=False)
class Stages:
    """The steps of one compilation.

    They are not recorded: a copy of the lowered program is kept, and goes through all phases again, by
    ``run``, when it is asked for.
    """

    program: Func | None = None
    options: Options = field(default_factory=lambda: Options())
    run: Callable[[Func, Options, Watch], object] | None = None

    @cached_property
    def steps(self) -> list[Step]:
        """Every phase and every run of a pass, in order."""
        recorder = _Recorder()
        if self.program is not None:
            (self.run or transform)(copy_program(self.program), self.options, recorder)
        return recorder.steps

    @property
    def texts(self) -> dict[str, str]:
        """The text of the program after each named phase."""
        return {step.name: step.text for step in self.steps if step.main and step.name in PHASES}

    def text(self, phase: str) -> str | None:
        """The text of the program after one phase, None if there is no such phase."""
        if phase == "lowered" and self.program is not None:
            return to_text(self.program)
        return self.texts.get(phase)

    def after(self, name: str, round: int | None = None) -> str | None:
        """The text of the whole program after a pass, in its last round or another one."""
        found = [s for s in self.steps if s.main and s.name == name and round in (None, s.round)]
        return found[-1].text if found else None

    def changes(self) -> str:
        """What each pass changed, pass by pass."""
        return "\n".join(filter(None, (step.changes() for step in self.steps)))


def verified(name: str, round: int, func: Func) -> None:
    """What a compilation does at each step: phases are verified."""
    if name in PHASES:
        verify(func)


class _Recorder:
    """Notes the steps of a compilation; ``main`` is what went through the last phase."""

    def __init__(self) -> None:
        self.main: Func | None = None
        self.steps: list[Step] = []
        self.printer = Printer()
        self.last: dict[Func, str] = {}

    def __call__(self, name: str, round: int, func: Func) -> None:
        if name in PHASES:
            self.main = func
        lines = self.printer.program(func)
        before = self.last.get(func, "")
        self.last[func] = lines
        step = Step(name, round, func.name, func is self.main, to_text(func), lines, before)
        self.steps.append(step)


def simplify(
    func: Func, options: Options, watch: Watch = verified, names: Collection[str] = PASSES.keys()
) -> None:
    """Optimise a function and all that it calls until the rounds are over."""
    watch("start", 0, func)
    note_layouts(func)
    if options.runs("inline"):
        inline_calls(func)
        watch("inline", 1, func)
    funcs = reachable(func)
    state = snapshot(funcs)
    seen: dict[str, object] = {}
    for round in range(1, ROUNDS + 1):
        for name in filter(options.runs, names):
            if seen.get(name) != state:  # a pass that met this very program would do the same again
                seen[name] = state
                for f in funcs:
                    options.apply(name, f)
                funcs = reachable(func)
                state = snapshot(funcs)
            watch(name, round, func)


def inline_calls(main: Func) -> None:
    """Put small functions, and those called once, in place of their calls."""
    should = small_or_single(main)
    for f in reachable(main):
        inline(f, should)


def compile_main(main: Func, options: Options, stages: Stages) -> Emitted:
    """Run all phases on a lowered program."""
    stages.program, stages.options = copy_program(main), options
    transform(main, options, verified)
    return BACKENDS[options.backend](main, options.standalone, options.header)


def transform(main: Func, options: Options, watch: Watch) -> None:
    """The phases from a lowered program to one that a backend prints."""
    watch("lowered", 0, main)
    refuse_complex(main)
    expand(main, lambda f: simplify(f, options, watch))
    watch("vjp", 0, main)
    optimise(main, options, watch)


def optimise(
    main: Func, options: Options, watch: Watch = verified, before: Func | None = None
) -> None:
    """The phases behind the transforms: optimise, own memory. ``before`` is the function whose residuals
    it takes, if it is the second half of something."""
    without_rules(main)
    if options.backend == "numba":
        define_calls(main, by_definition)
    simplify(main, options, watch)
    watch("optimised", 0, main)
    if options.debug_nans:
        for func in reachable(main):
            watch_values(func)
    reuse = options.runs("reuse")
    own(main, reuse, before)
    if reuse:
        watch("reuse", 1, main)
    watch("owned", 0, main)


@dataclass(frozen=True)
class Cut:
    """How a program is cut in two: the parameters ``wrt`` that, and the results ``of`` that, are
    differentiated (those of them that can be); the second half takes cotangents, or is ``linear`` in
    tangents."""

    wrt: Mask
    of: frozenset[int]
    linear: bool = False


def halves(main: Func, cut: Cut, options: Options, watch: Watch = verified) -> tuple[Func, Func]:
    """The phases up to the two halves of a program, for ``vjp``, ``split`` and ``linearize``."""
    watch("lowered", 0, main)
    refuse_complex(main)
    expand(main, lambda f: simplify(f, options, watch), options.checkpoint)
    simplify(main, options, watch)
    if cut.linear:
        skip_blocks(reachable(main))
    if options.checkpoint and not cut.linear:
        mark_loops(main, options.checkpoint)
    wanted = tuple(k in cut.of and differentiable(r.type) for k, r in enumerate(main.results))
    made = split(main, cut.wrt, wanted, use="public")
    return linearized(made) if cut.linear else (made.forward, made.backward)


def optimise_halves(
    forward: Func, second: Func, options: Options, watch: tuple[Watch, Watch] = (verified, verified)
) -> None:
    """The phases behind that. What the second half does not read in the end is not saved."""
    watch[1]("vjp", 0, second)
    optimise(second, options, watch[1], forward)
    pruned(forward, second)
    watch[0]("vjp", 0, forward)
    optimise(forward, options, watch[0])


def own(main: Func, reuse: bool = False, before: Func | None = None) -> None:
    """Make every write in place right: see ``passes.inplace``."""
    funcs = reachable(main)
    unset = maybe_unset([*funcs, *(reachable(before) if before else ())])
    note_layouts(main)
    known = given_back(funcs)
    for f in funcs:
        latest_versions(f)
        own_memory(f, copy_results=f is main, reuse=reuse, unset=unset, known=known)
    settle(funcs)


__all__ = ["PASSES", "SWITCHES", "Options", "Stages", "compile_main", "simplify"]
