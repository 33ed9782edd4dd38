"""What must hold of the derivatives of a random program, whatever it computes.

Modes and levels are compared with each other tightly, and with central differences loosely, the
latter only where differences to both sides agree, so not at kinks and ties. Where the function
raises, its derivatives must raise as well.
"""

from __future__ import annotations

import contextlib
import copy
import importlib.util
import io
import itertools
import pickle
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import pullback
from pullback import refusals, tree
from pullback.errors import ArgumentError, SourceError
from tests.fuzz.generator import Program
from tests.programs import checks, mixes

LEVELS = (2, 0, 1)
THIRDS = (
    "vjp", "level", "split", "order", "kept", "dense", "linear", "order", "region", "level", "products",
)  # fmt: skip
SMALL = 1200  # characters of a program that is split, linearised or derived twice
STEP = 1e-6
ROUGH = 1e-3
STEEP = 1e5  # across a pole, or two equal jumps, differences to both sides agree
Args = tuple[Any, ...]
_modules = itertools.count()
_NUMBERED = re.compile(r"%\w+\.\d+|\bn\d+!?|'\w+'|-?\d+(\.\d+)?(e-\d+)?")


class Mismatch(AssertionError):
    """Two oracles that disagree."""


@dataclass(frozen=True)
class Finding:
    """What went wrong with a program: the kind of error, the error, and the oracle that saw it."""

    kind: str
    error: Exception
    refusal: bool = False


def load(text: str, folder: Path) -> Callable[..., Any]:
    """The function ``f`` of a module written to a file of its own."""
    name = f"fuzzed_{next(_modules)}"
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Callable[..., Any] = module.f
    return function


def examine(p: Program, folder: Path, extended: bool = False) -> Finding | None:
    """Check a program: what is wrong with its derivatives.

    A refusal is a ``SourceError`` with a place at the first derivative that is asked for, before
    anything else has accepted the program. ``extended`` adds what is slow: Numba.
    """
    f = load(p.text, folder)
    check = Check(f, p)
    with quiet():
        try:
            for args in p.inputs:
                check.at(args)
            if extended:
                check.numba()
        except Exception as error:
            accepted = check.accepted or not isinstance(error, SourceError) or error.loc is None
            return Finding(kind_of(error), error, not accepted)
    return None


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without what programs print, and warnings of arithmetic."""
    with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def is_number(value: Any) -> bool:
    """Whether ``grad`` takes a result as it is."""
    return isinstance(value, float | np.floating)


def kind_of(error: Exception) -> str:
    """Errors of one kind may have one cause: what a shrunk program must keep."""
    if isinstance(error, AssertionError):
        return str(error).partition(":")[0]
    first = str(error).partition("\n")[0].partition(" (/")[0]
    return f"{type(error).__name__}: {_NUMBERED.sub('_', first)}"


def outcome(run: Callable[[], Any]) -> Any:
    """What a call gives, or the exception that it raises; pullback's own are no outcome."""
    try:
        return run()
    except (SourceError, ArgumentError, pullback.errors.InternalError):
        raise
    except Exception as error:
        return error


class Check:
    """All oracles for one program; ``accepted`` once a derivative of it has been compiled."""

    def __init__(self, f: Callable[..., Any], p: Program) -> None:
        self.f = f
        self.p = p
        self.rng = np.random.default_rng([p.seed, 2])
        self.rtol = 2e-3 if p.single else 1e-9
        self.accepted = False
        # Compiling is what takes time: each program has one level for reverse mode and another for
        # forward mode, which are held against each other; some have a third derivative, each its turn.
        turn = p.seed // len(LEVELS)
        self.reverse = LEVELS[p.seed % len(LEVELS)]
        self.level = LEVELS[(p.seed + 1 + turn % 2) % len(LEVELS)]
        self.third = THIRDS[turn % len(THIRDS)]
        self.snapshots = 1 + p.seed % 3  # of loops, fewer than they have passes

    @property
    def is_small(self) -> bool:
        return len(self.p.text) < SMALL

    def at(self, args: Args) -> None:
        """Compare all modes and levels at some arguments."""
        self.args = args
        self.given = copy.deepcopy(args)
        self.expected = outcome(lambda: self.f(*copy.deepcopy(args)))
        if isinstance(self.expected, Exception):
            self.raises_alike()
            return
        self.direction = checks.directions(self.rng, args, self.p.active)
        if is_number(self.expected):
            self.number_result()
        else:
            self.tree_result()

    # ---- results that are one number

    def number_result(self) -> None:
        found = self.gradient(self.reverse)
        forward = self.forward(self.level)
        self.products(forward, found, 1.0)
        self.differences(forward, 1.0)
        self.like_original(found, type(self.expected)(1.0))
        match self.third:
            case "level":
                other = self.gradient(self.level)
                self.agree(other, found, f"gradients of levels {self.reverse} and {self.level} differ")
            case "vjp":
                backward = self.pulled_back(self.level, type(self.expected)(-0.5))
                self.agree(tree.mapped(lambda g: g * -2, backward), found, "vjp and grad differ")
            case "kept":
                again = self.gradient(self.level, self.snapshots)
                self.agree(again, found, "gradients with snapshots and without differ")
            case "split" if self.is_small:
                self.apart(found, type(self.expected)(1.0))
            case "linear" if self.is_small:
                self.linear(forward)
            case "dense" if self.is_small:
                self.dense(found)
            case "region" if self.is_small:
                self.region(found)
            case "products" if self.is_small:
                self.hessian_products()
            case "order" if self.is_small:
                self.second_order()

    def apart(self, expected: Args, cotangent: Any) -> None:
        """The two halves, between which what was saved may be sent elsewhere, against the whole."""
        forward, backward = pullback.split(self.f, self.p.active, optimize=self.level)
        value, residuals = forward(*self.args)
        checks.identical(value, self.expected, "value of split")
        checks.identical(self.args, self.given, "arguments after split")
        found = backward(pickle.loads(pickle.dumps(residuals)), cotangent)
        self.agree(found, expected, "split and grad differ")
        checks.identical(backward(residuals, cotangent), found, "second use of residuals")

    def linear(self, expected: Any) -> None:
        """The linear map of a point against the tangent."""
        value, push = pullback.linearize(self.f, *self.args, optimize=self.level)
        checks.identical(value, self.expected, "value of linearize")
        found = push(*self.direction)
        self.agree((found,), (expected,), "linearize and jvp differ")
        checks.identical(push(*self.direction), found, "second call of a linear map")

    def dense(self, expected: Args) -> None:
        """The Jacobian of a number, column by column, and what is meant for each element."""
        for transform in (pullback.jacfwd, pullback.elementwise_grad):
            try:
                found = transform(self.f, self.p.active, optimize=self.level)(*self.args)
            except SourceError as error:
                if error.refusal is not refusals.NO_JACOBIAN:
                    raise
            else:
                self.agree(found, expected, f"{transform.__name__} and grad differ")

    def region(self, expected: Args) -> None:
        """The function as a region that runs again."""
        again = pullback.grad(mixes.region(self.f), self.p.active, optimize=self.level)
        try:
            self.agree(again(*self.args), expected, "regions that run again differ")
        except SourceError as error:
            if error.refusal not in (refusals.CHECKPOINTED_EFFECT, refusals.CHECKPOINTED_GENERATOR):
                raise

    def hessian_products(self) -> None:
        """The product of the Hessian with a direction, against reverse mode twice."""
        one = pullback.hvp(self.f, self.args, self.direction, argnums=self.p.active, optimize=self.level)
        along = mixes.slope_of_gradient(self.f, self.p.active)
        v = tuple(self.direction[k] for k in self.p.active)
        found = pullback.grad(along, optimize=self.level)(self.args, v)
        other = tuple(found[k] for k in self.p.active)
        if _finite(one) and _finite(other):
            self.agree(other, one, "hvp and reverse mode twice differ")

    def gradient(self, level: int, checkpoint: int | None = None) -> Args:
        """The gradient at a level; checks its form, the value, a second call, and the arguments."""
        derivative = pullback.value_and_grad(
            self.f, self.p.active, optimize=level, checkpoint=checkpoint
        )
        value, found = derivative(*self.args)
        self.accepted = True
        checks.identical(self.args, self.given, f"arguments after level {level}")
        checks.identical(value, self.expected, f"value of level {level}")
        for g, k in zip(found, self.p.active, strict=True):
            checks.like_argument(g, self.args[k], f"form of level {level}")
        checks.owned(found, self.args, f"memory of level {level}")
        checks.identical(derivative(*self.args), (value, found), f"second call of level {level}")
        gradients: Args = found
        return gradients

    # ---- results of any form

    def tree_result(self) -> None:
        """A pullback and the tangent, with a random cotangent."""
        cotangent = tree.mapped(checks.normals(self.rng), self.expected)
        pulled = self.pulled_back(self.reverse, cotangent)
        forward = self.forward(self.level)
        self.products(forward, pulled, cotangent)
        self.differences(forward, cotangent)
        self.like_original(pulled, cotangent)
        if self.third == "split" and self.is_small:
            self.apart(pulled, cotangent)
        if self.third == "kept":
            again = self.pulled_back(self.level, cotangent, self.snapshots)
            self.agree(again, pulled, "pullbacks with snapshots and without differ")

    def forward(self, level: int) -> Any:
        value, tangent = pullback.jvp(self.f, self.args, self.direction, optimize=level)
        self.accepted = True
        checks.identical(value, self.expected, "value of jvp")
        checks.identical(self.args, self.given, "arguments after jvp")
        return tangent

    def pulled_back(self, level: int, cotangent: Any, checkpoint: int | None = None) -> Args:
        """The gradient by a pullback that is called twice."""
        value, pull = pullback.vjp(self.f, *self.args, optimize=level, checkpoint=checkpoint)
        self.accepted = True
        checks.identical(value, self.expected, "value of vjp")
        checks.owned(value, self.args, "memory of the value of vjp")
        first, second = pull(cotangent), pull(cotangent)
        checks.identical(second, first, "second call of a pullback")
        checks.identical(self.args, self.given, "arguments after vjp")
        checks.owned(first, self.args, "memory of a pullback's result")
        return tuple(first[k] for k in self.p.active)

    # ---- comparisons

    def agree(self, found: Args, expected: Args, what: str) -> None:
        """All gradients together set the scale, for those of zero carry the others' rounding."""
        active = [g for g in tree.leaves(expected) if checks.is_active(g)]
        scale = max((float(np.max(np.abs(g), initial=0.0)) for g in active), default=0.0)
        scale = scale if np.isfinite(scale) else 1.0
        checks.close(found, expected, what, self.rtol, self.rtol * (1.0 + scale))

    def products(self, forward: Any, gradients: Args, cotangent: Any) -> None:
        """The tangent against the cotangent is the gradient against the direction, where there is a
        value: the mean of no elements has a tangent that is nan, and a gradient of no elements."""
        if np.isnan(checks.inner(cotangent, self.expected)):
            return
        ahead = checks.inner(cotangent, forward)
        direction = tuple(self.direction[k] for k in self.p.active)
        backward = checks.inner(gradients, direction)
        scale = 1.0 + checks.inner(_absolute(gradients), _absolute(direction))
        scale += checks.inner(_absolute(cotangent), _absolute(forward))
        if not np.isclose(ahead, backward, rtol=0.0, atol=self.rtol * scale, equal_nan=True):
            raise Mismatch(f"forward and reverse differ: {ahead!r} is not {backward!r}")

    def differences(self, forward: Any, cotangent: Any) -> None:
        """Central differences, where those to both sides agree.

        What stops a gradient does not stop them.
        """
        if self.p.single or "stop_gradient(" in self.p.text:
            return
        ahead = checks.inner(cotangent, forward)
        at = [self.moved(k * STEP, cotangent) for k in (-1, 0, 1)]
        if None in at:
            return
        left, right = (at[1] - at[0]) / STEP, (at[2] - at[1]) / STEP
        central = (at[2] - at[0]) / (2 * STEP)
        scale = 1.0 + abs(central)
        smooth = abs(central) < STEEP and abs(left - right) <= 0.1 * ROUGH * scale
        wrong = smooth and not abs(ahead - central) <= ROUGH * scale
        if wrong and not self.at_a_jump(cotangent, central):
            raise Mismatch(f"central differences differ: {ahead!r} is not {central!r}")

    def at_a_jump(self, cotangent: Any, central: float) -> bool:
        """Whether the tangents to both sides are what differences say: this point alone branches off.

        So it is for ``x and y`` at x = y = 0, where the result is x, and y everywhere around.
        """
        if self.args is self.p.inputs[0]:
            return False
        sides = []
        for step in (-STEP, STEP):
            args = checks.moved(copy.deepcopy(self.args), self.direction, step)
            _, tangent = pullback.jvp(self.f, args, self.direction, optimize=self.level)
            sides.append(checks.inner(cotangent, tangent))
        return all(abs(side - central) <= ROUGH * (1.0 + abs(central)) for side in sides)

    def moved(self, step: float, cotangent: Any) -> Any:
        """The value against the cotangent at moved arguments, None where the function raises."""
        there = outcome(lambda: self.f(*checks.moved(copy.deepcopy(self.args), self.direction, step)))
        return None if isinstance(there, Exception) else checks.inner(cotangent, there)

    def like_original(self, found: Args, cotangent: Any) -> None:
        """A rewritten program that means the same has the value and the gradient of the original."""
        if self.p.original is None:
            return
        value, pull = pullback.vjp(self.p.original, *self.args)
        checks.identical(value, self.expected, "value of the original")
        expected = pull(cotangent)
        self.agree(found, tuple(expected[k] for k in self.p.active), "gradients of the original differ")

    # ---- errors, higher orders, the other backend

    def raises_alike(self) -> None:
        """Each derivative raises (of two errors in one expression, perhaps the other one)."""
        derivative = pullback.value_and_grad(self.f, self.p.active, optimize=self.level)
        tangents = tree.mapped(checks.normals(self.rng), self.args)
        runs: dict[str, Callable[[], Any]] = {
            "vjp": lambda: pullback.vjp(self.f, *self.args, optimize=self.level),
            "jvp": lambda: pullback.jvp(self.f, self.args, tangents, optimize=self.level),
        }
        if self.returns_number():
            runs["grad"] = lambda: derivative(*self.args)
        for name, run in runs.items():
            found = outcome(run)
            self.accepted = True
            if not isinstance(found, Exception):
                raise Mismatch(f"{name} does not raise as the function: {self.expected!r}")

    def returns_number(self) -> bool:
        value = outcome(lambda: self.f(*copy.deepcopy(self.p.inputs[0])))
        return is_number(value)

    def second_order(self) -> None:
        """The Hessian in one direction, by forward over reverse and by reverse over forward."""
        gradient = pullback.grad(self.f, self.p.active, optimize=self.level)
        _, one = pullback.jvp(gradient, self.args, self.direction, optimize=self.level)
        slope = pullback.grad(mixes.slope(self.f), optimize=self.level)
        other = slope(self.args, self.direction)
        other = tuple(other[k] for k in self.p.active)
        if _finite(one) and _finite(other):  # np.std of equal elements has no second derivative
            self.agree(other, one, "mixes of second order differ")

    def numba(self) -> None:
        """The Numba backend gives the same where it takes the program."""
        for args in self.p.inputs:
            if not is_number(outcome(lambda args=args: self.f(*copy.deepcopy(args)))):
                return
            plain = pullback.grad(self.f, self.p.active)(*args)
            fast = pullback.grad(self.f, self.p.active, backend="numba")
            try:
                found = fast(*args)
            except SourceError as error:
                if "Numba backend" not in error.message:
                    raise
                return
            self.agree(found, plain, "backends differ")


def _finite(trees: Any) -> bool:
    return all(bool(np.all(np.isfinite(g))) for g in tree.leaves(trees) if checks.is_active(g))


def _absolute(trees: Any) -> Any:
    return tree.mapped(lambda g: np.abs(g) if checks.is_active(g) else g, trees)
