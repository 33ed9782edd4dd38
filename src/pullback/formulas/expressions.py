"""A function of numbers as an expression of SymPy, found by running what is compiled on symbols."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from pullback.api import check_function
from pullback.derivative import Derivative
from pullback.errors import ArgumentError
from pullback.formulas.modules import run_text
from pullback.formulas.numbers import Floor, Sym, exact
from pullback.formulas.paths import explore
from pullback.frontend.annotations import annotated_kind, annotations_of
from pullback.frontend.bound import as_method, named_of, object_of, unbound
from pullback.frontend.kinds import Kind, kind_of
from pullback.pipeline import Options


@dataclass(frozen=True)
class Piece:
    """What the compiled derivative gives where some conditions hold."""

    conditions: tuple[Any, ...]
    value: sympy.Expr
    gradient: tuple[sympy.Expr, ...]

    @property
    def condition(self) -> Any:
        return sympy.And(*self.conditions).simplify()


@dataclass(frozen=True)
class Symbolic:
    """A function of numbers as an expression; made by `symbolic`.

    `expression` is a `Piecewise` where the function has branches. A notebook shows it as a formula.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    pieces: tuple[Piece, ...]

    @property
    def name(self) -> str:
        return str(getattr(self.function, "__name__", "f"))

    @property
    def symbols(self) -> tuple[sympy.Symbol, ...]:
        """Those among the arguments, in their order."""
        return tuple(v for v in self.arguments if isinstance(v, sympy.Symbol))

    @property
    def expression(self) -> sympy.Expr:
        """The function's value."""
        return pieced([(p.value, p.condition) for p in self.pieces])

    @property
    def derivative(self) -> Any:
        """SymPy's derivative of the expression: one, or a tuple with one for each symbol."""
        found = [
            pieced([(sympy.diff(p.value, s), p.condition) for p in self.pieces]) for s in self.symbols
        ]
        return found[0] if len(found) == 1 else tuple(found)

    def _repr_latex_(self) -> str:
        arguments = ", ".join(map(sympy.latex, self.symbols))
        name = self.name.replace("_", r"\_")
        head = rf"\operatorname{{{name}}}({arguments})"
        return f"$\\displaystyle {head} = {sympy.latex(self.expression)}$"

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.symbols))}) = {self.expression}"


def pieced(pairs: Sequence[tuple[sympy.Expr, Any]]) -> sympy.Expr:
    """One expression from those of several conditions that together always hold."""
    (*first, (last, _)) = [(expr.replace(Floor, sympy.floor), c) for expr, c in pairs]
    if all(expr == last for expr, _ in first):
        return last
    return sympy.Piecewise(*first, (last, True))


def symbolic(function: Callable[..., Any], **given: Any) -> Symbolic:
    """A scalar function's expression, and the derivative of it that SymPy takes.

    The function is compiled, and what comes of it runs on symbols: so loops with constant trips,
    branches (which become a `Piecewise`), and functions that it calls need no rewriting. Every
    argument that is a float is a real symbol; `given` has values for the others (`n=3`), for floats
    that are to be constants, or a symbol with other assumptions (`x=Symbol("x", positive=True)`).

    Raises `SourceError` for code that cannot be differentiated, and `ArgumentError` where there is
    no expression: sizes or trips that depend on symbols, and functions that SymPy does not have.
    """
    function = as_method(function)
    check_function(function)
    if object_of(function) or named_of(function):
        raise ArgumentError("methods and partials hold arguments: write a function that calls it")
    arguments = _arguments(function, given)
    wrt = tuple(k for k, v in enumerate(arguments) if isinstance(v, sympy.Symbol))
    if not wrt:
        raise ArgumentError("all arguments are given: there is no symbol to differentiate by")
    text, entry = _compiled(function, wrt, arguments)
    run = run_text(text, entry)
    args = [Sym(v) if k in wrt else v for k, v in enumerate(arguments)]
    pieces = [
        Piece(tuple(path.relations), exact(value), tuple(map(exact, gradient)))
        for path, (value, gradient) in explore(lambda: run(*args))
    ]
    return Symbolic(function, arguments, tuple(pieces))


def _compiled(function: Any, wrt: tuple[int, ...], arguments: Sequence[Any]) -> tuple[str, str]:
    """The standalone text of ``value_and_grad``, and the name of its function."""
    kinds: list[Kind] = ["float" if k in wrt else kind_of(v) for k, v in enumerate(arguments)]
    derivative = Derivative(function, "value_and_grad", wrt, Options(standalone=True))
    emitted = derivative.compile(kinds).emitted
    return emitted.text, emitted.entry


def _arguments(function: Any, given: dict[str, Any]) -> tuple[Any, ...]:
    """The arguments in order: symbols, and values that are given or defaults."""
    parameters = inspect.signature(function, follow_wrapped=False).parameters
    for name in given:
        if name not in parameters:
            raise ArgumentError(f"there is no argument {name!r}: there are {', '.join(parameters)}")
    hints = annotations_of(unbound(function))
    return tuple(_argument(p, given, hints) for p in parameters.values())


def _argument(p: inspect.Parameter, given: dict[str, Any], hints: dict[str, Any]) -> Any:
    if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD, p.KEYWORD_ONLY):
        raise ArgumentError(f"{p.name!r} is no positional argument: write a function that calls this")
    kind = annotated_kind(hints[p.name]) if p.name in hints else None
    if p.name in given:
        return given[p.name]
    if kind in (None, "float") and (p.default is p.empty or isinstance(p.default, float)):
        return sympy.Symbol(p.name, real=True)
    if p.default is not p.empty:
        return p.default
    raise ArgumentError(f"{p.name!r} is no float: give a value for it, {p.name}=..")


__all__ = ["Piece", "Symbolic", "symbolic"]
