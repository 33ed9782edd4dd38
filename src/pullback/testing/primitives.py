"""The systematic tests of the table's own rows, run on a function with a rule of the user's."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pullback.along import jvp
from pullback.custom import Primitive
from pullback.errors import ArgumentError, PullbackError, SourceError
from pullback.linear import vjp
from pullback.testing import battery, comparing
from pullback.testing.comparing import GradientError
from pullback.testing.subjects import Subject, subject_of

SHAPES: Sequence[tuple[int, ...]] = ((), (3,), (1, 3), (2, 1), (2, 3), (0,))


def check_primitive(
    function: Callable[..., Any], *args: Any, elementwise: bool | None = None, smooth: bool = True,
    order: int = 2,
) -> list[str]:  # fmt: skip
    """Run the systematic tests of pullback's own rules on a function with a rule of yours.

    `function` is a `primitive`, or a function under `custom_vjp` or `custom_jvp`, and `args` are
    numbers and arrays at which its rule is checked; derivatives are taken in those that are floats.
    Checked is that it changes no argument and gives the same at each call; that derivatives give its
    value, bit for bit; reverse mode against forward mode in random directions, and against central
    differences, unless it is not `smooth` there; that a pullback is linear; kinds, shapes and dtypes of
    tangents and cotangents, which share memory with nothing; second derivatives by all mixes of modes,
    if the `order` is 2; all of that with and without optimisation, and at `float32`. If it works
    `elementwise`, which is known of ufuncs, Python numbers and shapes that are broadcast against each
    other follow, with numbers drawn from those in `args`.

    Returns what was checked, a line for each, with the mode that a rule does not have. Raises
    `GradientError` with all that fails, and `ArgumentError` if no argument holds floats.
    """
    if order not in (1, 2):
        raise ArgumentError(f"order is 1 or 2, not {order!r}")
    moving = [k for k, a in enumerate(args) if comparing.is_active(a)]
    name = str(getattr(function, "__name__", function))
    if not moving:
        raise ArgumentError(f"none of the arguments given to {name} is a float or an array of floats")
    if elementwise is None:
        by_formula = getattr(function, "expression", None) is not None
        elementwise = by_formula or (isinstance(function, Primitive) and function.is_elementwise)
    case = _Case(function, name, args, moving, smooth, order)
    case.run("it is a function of its arguments, which it does not change", case.stays)
    if not case.failed:
        case.derivatives(elementwise)
    if case.failed:
        tried = len(case.failed) + len(case.passed)
        told = f"{name} fails {len(case.failed)} of {tried} checks:"
        raise GradientError("\n".join([told, *case.failed]))
    return case.passed


@dataclass
class _Case:
    """A function with its arguments, and what has been found of it."""

    function: Callable[..., Any]
    name: str
    args: tuple[Any, ...]
    moving: Sequence[int]
    smooth: bool
    order: int
    passed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    forward: bool = True

    def run(self, what: str, check: Callable[[], object]) -> None:
        """Make a check, and note what becomes of it."""
        try:
            check()
        except (PullbackError, AssertionError) as error:
            self.failed.append(f"{what}: {error}")
        except Exception as error:
            self.failed.append(f"{what}: {type(error).__name__}: {error}")
        else:
            self.passed.append(what)

    def stays(self) -> None:
        """Calls change no argument, and give the same."""
        given = comparing.fresh(self.args)
        value = comparing.fresh(self.function(*given))
        comparing.identical(given, self.args, f"the arguments of {self.name} after a call")
        comparing.identical(self.function(*given), value, f"a second call of {self.name}")

    def derivatives(self, elementwise: bool) -> None:
        self.forward = self.has_tangents()
        self.run("first derivatives", lambda: self.first(self.args))
        self.run("a pullback that is linear", self.linear)
        if self.order > 1:
            self.run("second derivatives", lambda: self.second(self.args))
        narrow = tuple(map(_narrow, self.args))
        if any(a is not b for a, b in zip(narrow, self.args, strict=True)) and self.takes(narrow):
            self.run("float32", lambda: self.narrowed(narrow))
        for what, args in self.elements() if elementwise else ():
            self.run(what, lambda args=args: self.first(args, (2,)))  # type: ignore[misc]

    def subject(self, args: tuple[Any, ...]) -> tuple[Subject, tuple[Any, ...]]:
        """The function of the arguments that move, and these."""
        return subject_of(self.function, args, self.moving), tuple(args[k] for k in self.moving)

    def has_tangents(self) -> bool:
        """Whether the rule gives tangents, or has a transpose that does."""
        subject, args = self.subject(self.args)
        rng = battery.rng_of(self.name)
        try:
            jvp(subject.function, args, comparing.directions(rng, args, range(len(args))))
        except SourceError as error:
            vjp(subject.function, *args)  # where reverse mode is refused as well, that is what is told
            self.passed.append(f"forward mode is refused: {error.message}")
            return False
        except Exception:
            return True  # which the checks tell
        return True

    def takes(self, args: tuple[Any, ...]) -> bool:
        """Whether the function itself takes arguments of other kinds."""
        try:
            self.function(*comparing.fresh(args))
        except TypeError:
            self.passed.append("float32 is none of the kinds that it takes")
            return False
        return True

    def first(self, args: tuple[Any, ...], levels: Sequence[int] = battery.LEVELS) -> None:
        subject, given = self.subject(args)
        battery.first_order(
            subject.function, given, self.name, smooth=self.smooth, levels=levels, forward=self.forward
        )

    def linear(self) -> None:
        """A pullback of a large cotangent is that of a small one, so much larger."""
        subject, given = self.subject(self.args)
        value, pull = vjp(subject.function, *given)
        small = battery.random_like(battery.rng_of(self.name), value)
        scaled = tuple(1024 * bar for bar in pull(small))
        what = f"1024 times the cotangents of {self.name}"
        comparing.close(pull(_like(value, 1024 * small)), scaled, what, 1e-6, 1e-6)

    def second(self, args: tuple[Any, ...]) -> None:
        subject, given = self.subject(args)
        battery.second_order(subject, given, self.name, smooth=self.smooth, forward=self.forward)

    def narrowed(self, args: tuple[Any, ...]) -> None:
        """At single precision the cotangents are those of double, in the dtype of each argument."""
        self.first(args, (2,))
        (wide, moving), (narrow, given) = self.subject(self.args), self.subject(args)
        value, pull = vjp(wide.function, *moving)
        cotangent = battery.random_like(battery.rng_of(self.name), value)
        expected = pull(cotangent)
        value, pull = vjp(narrow.function, *given)
        found = pull(_like(value, cotangent))
        single, double = ([np.asarray(bar, float) for bar in bars] for bars in (found, expected))
        comparing.close(single, double, f"{self.name} at float32 against float64", 2e-3, 2e-4)

    def elements(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Arguments of an elementwise function: Python numbers, and shapes that are broadcast."""
        rng = battery.rng_of(self.name)
        pools = [np.ravel(self.args[k]) for k in self.moving]

        def drawn(shapes: Sequence[tuple[int, ...] | None]) -> tuple[Any, ...]:
            args = list(self.args)
            for k, pool, shape in zip(self.moving, pools, shapes, strict=True):
                picked = rng.choice(pool, () if shape is None else shape)
                args[k] = float(picked) if shape is None else np.asarray(picked)
            return tuple(args)

        yield "Python numbers", drawn([None] * len(pools))
        for some in itertools.product(SHAPES, repeat=min(len(pools), 2)):
            shapes = [*some, *[()] * (len(pools) - len(some))]
            if _fit(shapes):
                yield f"shapes {', '.join(map(str, shapes))}", drawn(shapes)


def _fit(shapes: Sequence[tuple[int, ...]]) -> bool:
    """Whether arrays of some shapes can be broadcast against each other."""
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return False
    return True


def _like(value: Any, cotangent: Any) -> Any:
    """A cotangent in the kind of another value."""
    if isinstance(value, np.ndarray):
        return np.asarray(cotangent, value.dtype)
    return value.dtype.type(cotangent) if isinstance(value, np.generic) else float(cotangent)


def _narrow(arg: Any) -> Any:
    """An array or a number of NumPy at single precision; anything else as it is."""
    if isinstance(arg, np.ndarray | np.generic) and arg.dtype == np.float64:
        return arg.astype(np.float32)
    return arg


__all__ = ["check_primitive"]
