"""Checking derivatives against central differences, in random directions."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np

from pullback import tree
from pullback.along import jvp
from pullback.api import grad
from pullback.asked import named_arguments, no_function
from pullback.derivative import innermost
from pullback.errors import ArgumentError
from pullback.frontend import targets
from pullback.frontend.bound import as_method, object_of, unbound
from pullback.frontend.values import Static
from pullback.linear import vjp
from pullback.rules.effects import NAMES
from pullback.testing.comparing import GradientError, inner, is_active, moved, normals, still

MODES = ("fwd", "rev")
Function = Callable[..., Any]


@dataclass(frozen=True)
class Comparison:
    """What a mode says of one argument, in a random direction, beside its central difference.

    ``function`` is what was differentiated: the user's function, or at orders above 1 a derivative
    of it. ``found`` and ``expected`` are inner products with a random cotangent of the value, and may
    differ by ``allowed``.
    """

    function: str
    order: int
    place: int
    argument: str
    mode: str
    found: float
    expected: float
    allowed: float

    @property
    def difference(self) -> float:
        return abs(self.found - self.expected)

    @property
    def agrees(self) -> bool:
        return self.difference <= self.allowed  # not of a nan

    def __str__(self) -> str:
        return (
            f"{self.mode} derivative of {self.function} in argument {self.place} is "
            f"{'right' if self.agrees else 'wrong'}: {self.found:.8g} where central differences give "
            f"{self.expected:.8g} (difference {self.difference:.3g})"
        )


def check_grads(
    function: Function, *args: Any, keywords: Mapping[str, Any] | None = None,
    modes: Sequence[str] = MODES, order: int = 1, seed: int = 0, rtol: float = 1e-5, atol: float = 1e-6,
) -> None:  # fmt: skip
    """Check the derivatives of a function at some arguments against central differences.

    Each argument with floats is moved alone in a random direction, drawn from `seed`, and the
    change of the value, of any form, is compared with what the `modes` say: "fwd" (`jvp`) and "rev"
    (`vjp`). The two may differ by `atol + rtol * scale`, where the scale is the larger of the two and
    at least 1, and by a thousand times that for `float32`. Orders above 1 check the directional
    derivative likewise, and the gradient if there is one, ten times less strictly for each order.
    `keywords` are arguments by name, which stay as they are.

    Returns nothing. Raises `GradientError`, which names the argument and how far apart both are,
    and `ArgumentError` for other modes or orders and where no argument has floats. The function
    should be smooth at the arguments: at a kink a correct derivative may differ from central
    differences. Generators among the arguments stay as they are: each call draws from copies.
    """
    for found in compare_grads(
        function, *args, keywords=keywords, modes=modes, order=order, seed=seed, rtol=rtol, atol=atol
    ):
        if not found.agrees:
            raise GradientError(f"{found}")


def compare_grads(
    function: Function, *args: Any, keywords: Mapping[str, Any] | None = None,
    modes: Sequence[str] = MODES, order: int = 1, seed: int = 0, rtol: float = 1e-5, atol: float = 1e-6,
) -> Iterator[Comparison]:  # fmt: skip
    """The comparisons that ``check_grads`` makes, whether they agree or not."""
    wrong = [repr(mode) for mode in modes if mode not in MODES]
    if wrong or not modes:
        raise ArgumentError(f"modes are 'fwd' and 'rev', not {', '.join(wrong) or 'none'}")
    if type(order) is not int or order < 1:
        raise ArgumentError(f"order is 1, 2, 3 or more, not {order!r}")
    name = getattr(unbound(function), "__name__", repr(function))
    function = as_method(function)
    given = len(object_of(innermost(function)))
    python = unbound(innermost(function))
    if not isinstance(python, FunctionType):
        raise no_function(function)
    names = targets.parameter_names(Static(python), given + len(args))[given:]
    subject = _Subject(function, name, tuple(names), args, named_arguments(keywords))
    if not subject.active:
        raise ArgumentError(f"none of the arguments given to {name} is a float or holds floats")
    return _compared(subject, tuple(modes), order, 1, seed, rtol, atol)


@dataclass(frozen=True)
class _Subject:
    """A function at some arguments."""

    function: Function
    name: str
    names: tuple[str, ...]
    args: Sequence[Any]
    keywords: Mapping[str, Any]

    def at(self, args: Sequence[Any]) -> Any:
        """The value for other arguments in their place."""
        return self.function(*args, **self.keywords)

    @property
    def active(self) -> tuple[int, ...]:
        """The places of arguments that hold floats."""
        return tuple(k for k, a in enumerate(self.args) if any(map(is_active, tree.leaves(a))))

    @functools.cached_property
    def value(self) -> Any:
        return self.at(_fresh(self.args))

    @functools.cached_property
    def is_coarse(self) -> bool:
        """Whether anything that goes in or comes out has fewer digits than a Python float."""
        dtypes = (getattr(leaf, "dtype", None) for leaf in tree.leaves([*self.args, self.value]))
        inexact = (dtype for dtype in dtypes if dtype is not None and dtype.kind in "fc")
        return any(np.finfo(dtype).eps > np.finfo(float).eps for dtype in inexact)


def _compared(
    subject: _Subject, modes: Sequence[str], orders: int, order: int, seed: int, rtol: float,
    atol: float,
) -> Iterator[Comparison]:  # fmt: skip
    rng = np.random.default_rng(seed)
    for k in subject.active:
        for mode in modes:
            yield _comparison(subject, k, mode, order, rng, rtol, atol)
    if order < orders:
        for derivative in _derivatives(subject, rng):
            yield from _compared(derivative, modes, orders, order + 1, seed + 1, rtol * 10, atol * 10)


def _derivatives(subject: _Subject, rng: np.random.Generator) -> Iterator[_Subject]:
    """First derivatives as functions to check: a directional one, and the gradient if there is one."""
    function, args, keywords = subject.function, subject.args, subject.keywords

    def along(primals: Any, tangents: Any) -> Any:
        return jvp(function, primals, tangents, keywords=keywords)[1]

    directions = tuple(tree.mapped(normals(rng), a) for a in args)
    names = ("primals", "tangents")
    yield _Subject(along, f"jvp of {subject.name}", names, [tuple(args), directions], {})
    value = subject.value
    if tree.children(value) is None and np.shape(value) == () and not np.iscomplexobj(value):
        yield _Subject(grad(function, subject.active), f"grad of {subject.name}", subject.names, args,
                       keywords)  # fmt: skip


def _fresh(args: Sequence[Any]) -> tuple[Any, ...]:
    """Arguments with generators of their own, which draw the same at each call."""
    fresh: tuple[Any, ...] = tree.mapped(
        lambda leaf: copy.deepcopy(leaf) if type(leaf) in NAMES else leaf, tuple(args)
    )
    return fresh


def _comparison(
    subject: _Subject, k: int, mode: str, order: int, rng: np.random.Generator, rtol: float,
    atol: float,
) -> Comparison:  # fmt: skip
    """One argument's derivative, and a central difference in a random direction."""
    direction = tree.mapped(normals(rng), subject.args[k])
    step, slack = (1e-2, 1e3) if subject.is_coarse else (1e-6, 1.0)
    ends = []
    for h in (step, -step):
        args = _fresh(subject.args)
        ends.append(subject.at([*args[:k], moved(args[k], direction, h), *args[k + 1 :]]))
    up, down = ends
    cotangent = tree.mapped(normals(rng), up)
    expected = (_weighted(cotangent, up) - _weighted(cotangent, down)) / (2 * step)
    found = _found(subject, k, mode, direction, cotangent)
    allowed = slack * (atol + rtol * max(abs(expected), abs(found), 1.0))
    return Comparison(subject.name, order, k, subject.names[k], mode, found, expected, allowed)


def _weighted(cotangent: Any, value: Any) -> float:
    """The sum of all numbers of a value, each times its cotangent; of complex ones the real part."""
    pairs = zip(tree.leaves(cotangent), tree.leaves(value), strict=True)
    return sum(float(np.sum(c * np.asarray(v)).real) for c, v in pairs if is_active(v))


def _found(subject: _Subject, k: int, mode: str, direction: Any, cotangent: Any) -> float:
    """What a mode says of the derivative in one argument."""
    function, args = subject.function, _fresh(subject.args)
    if mode == "rev":
        _, pullback = vjp(function, *args, keywords=subject.keywords)
        return inner(pullback(cotangent)[k], direction)
    zero = tree.mapped(still, args)
    tangents = (*zero[:k], direction, *zero[k + 1 :])
    _, y_dot = jvp(function, args, tangents, keywords=subject.keywords)
    return inner(cotangent, y_dot)


__all__ = ["Comparison", "check_grads", "compare_grads"]
