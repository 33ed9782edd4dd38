"""The way a program goes from its lowered form to source: named phases, in order, on one page.

Every phase takes and gives the same IR and is verified; ``Compiled.stages`` keeps its text, so each
can be printed. ``optimize`` 0 runs only what is needed for right code, 1 drops what is not needed,
2 does all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from pullback import rules as _rules  # noqa: F401  (fills the table)
from pullback.backend.numba_ import emit_numba
from pullback.backend.numpy_ import Emitted, emit_numpy
from pullback.ir.core import Func, reachable
from pullback.ir.text import to_text
from pullback.ir.types import differentiable
from pullback.ir.verify import verify
from pullback.passes.algebra import algebra
from pullback.passes.cse import cse
from pullback.passes.dce import dce
from pullback.passes.fold import fold
from pullback.passes.hoist import hoist
from pullback.passes.inline import inline, small_or_single
from pullback.passes.inplace import own_memory
from pullback.passes.invariant import drop_invariant
from pullback.passes.latest import latest_versions, shapes_of_params
from pullback.passes.retype import retype
from pullback.passes.views import compose_views
from pullback.transforms.activity import Mask
from pullback.transforms.expand import expand
from pullback.transforms.split import Split, split

Pass = Callable[[Func], None]

# The optimisations, by the name that switches them off, with the level from which they run.
PASSES: dict[str, tuple[int, Pass]] = {
    "views": (2, compose_views),
    "shapes": (2, shapes_of_params),
    "retype": (2, retype),
    "fold": (2, fold),
    "algebra": (2, algebra),
    "invariant": (2, drop_invariant),
    "hoist": (2, hoist),
    "cse": (2, cse),
    "dce": (1, dce),
}
ROUNDS = 3
BACKENDS = {"numpy": emit_numpy, "numba": emit_numba}


@dataclass(frozen=True)
class Options:
    """What to run: the level, passes switched off by name, and how the text is to be."""

    optimize: int = 2
    without: frozenset[str] = frozenset()
    standalone: bool = False
    header: str = ""
    backend: str = "numpy"

    def runs(self, name: str) -> bool:
        level = PASSES[name][0] if name in PASSES else 1
        return self.optimize >= level and name not in self.without


@dataclass
class Stages:
    """The text of the program after each named phase, made when asked for the first time."""

    texts: dict[str, str] = field(default_factory=dict)

    def record(self, name: str, main: Func) -> None:
        verify(main)
        self.texts[name] = to_text(main)


def simplify(func: Func, options: Options, names: Collection[str] = PASSES.keys()) -> None:
    """Optimise a function and all that it calls until the rounds are over."""
    if options.runs("inline"):
        inline_calls(func)
    for _ in range(ROUNDS):
        for name in names:
            if options.runs(name):
                for f in reachable(func):
                    PASSES[name][1](f)


def inline_calls(main: Func) -> None:
    """Put small functions, and those called once, in place of their calls."""
    should = small_or_single(main)
    for f in reachable(main):
        inline(f, should)


def compile_main(main: Func, options: Options, stages: Stages) -> Emitted:
    """Run all phases on a lowered program."""
    stages.record("lowered", main)
    expand(main, lambda f: simplify(f, options))
    stages.record("vjp", main)
    return finish(main, options, stages)


def finish(main: Func, options: Options, stages: Stages) -> Emitted:
    """The phases behind the transforms: optimise, own memory, emit."""
    simplify(main, options)
    stages.record("optimised", main)
    own(main)
    stages.record("owned", main)
    return BACKENDS[options.backend](main, options.standalone, options.header)


def halves(main: Func, wrt: Mask, options: Options, stages: Stages) -> Split:
    """The phases up to the split derivative of a program, for the public ``vjp``."""
    stages.record("lowered", main)
    expand(main, lambda f: simplify(f, options))
    simplify(main, options)
    wanted = tuple(differentiable(r.type) for r in main.results)
    return split(main, wrt, wanted, public=True)


def own(main: Func) -> None:
    """Make every write in place right: see ``passes.inplace``."""
    for f in reachable(main):
        latest_versions(f)
        own_memory(f, copy_results=f is main)


__all__ = ["PASSES", "Options", "Stages", "compile_main", "simplify"]
