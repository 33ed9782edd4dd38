"""Functions made from expressions of SymPy: the value, and the derivative as a rule.

An expression may be written in many ways that are equal, and that round or overflow differently. Several
are tried at points all over the line and held against as many digits as it takes; the text with the
least error is taken (the idea is that of Herbie: Panchekha, Sanchez-Stern, Wilcox and Tatlock,
"Automatically improving accuracy for floating point expressions", 2015).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import mpmath
import numpy as np
import sympy
from sympy.codegen.numpy_nodes import logaddexp
from sympy.codegen.rewriting import optimize, optims_numpy
from sympy.core.function import AppliedUndef
from sympy.printing.numpy import NumPyPrinter
from sympy.printing.precedence import precedence

from pullback.custom import custom_jvp
from pullback.errors import ArgumentError, remember_text

DIGITS = (50, 300, 5000)
LARGE = 20  # operations in an expression that is not simplified
POINTS = (1e-8, 1e-5, 1e-3, 0.02, 0.1, 0.3, 0.5, 0.75, 0.95, 1.0, 1.5, 2.5, 7.0, 30.0, 300.0, 1e4)
FEWEST = 6  # points at which an expression has to be real
VALUE = "value"  # what a rule calls the value
_numbers = itertools.count()


class _Printer(NumPyPrinter):  # type: ignore[misc]
    """NumPy as pullback reads it."""

    def _print_Piecewise(self, expr: Any) -> str:
        *first, (last, _) = expr.args
        text: str = self._print(last)
        for value, condition in reversed(first):
            text = f"numpy.where({self._print(condition)}, {self._print(value)}, {text})"
        return text

    def _print_Pow(self, expr: Any, rational: bool = False) -> str:
        if expr.exp == -1:
            return f"1 / {self.parenthesize(expr.base, precedence(expr))}"
        return str(super()._print_Pow(expr, rational=rational))

    def _print_Relational(self, expr: Any) -> str:
        return f"{self._print(expr.lhs)} {expr.rel_op} {self._print(expr.rhs)}"

    def _print_And(self, expr: Any) -> str:
        return " & ".join(f"({self._print(a)})" for a in expr.args)

    def _print_Or(self, expr: Any) -> str:
        return " | ".join(f"({self._print(a)})" for a in expr.args)


def primitive_from_sympy(name: str, expression: Any, *symbols: Any) -> Callable[..., Any]:
    """A function of numbers and arrays, element by element, that computes an expression of SymPy.

    Its arguments are `symbols`, by default those of the expression by their names. It is a function
    under `custom_jvp`: the partial derivatives that SymPy takes are its rule, and both the value and
    the partials are written in the way, of several that are equal, that rounds and overflows least.
    The result has its `expression`, and its `text`, which is NumPy code.

        softplus = primitive_from_sympy("softplus", log(1 + exp(x)))

    Raises `ArgumentError` for a name that is none, for symbols that are left over, for an expression
    that NumPy cannot compute, and for one that is real nearly nowhere.
    """
    expression = sympy.sympify(expression)
    chosen = tuple(symbols) or tuple(sorted(expression.free_symbols, key=str))
    _check(name, expression, chosen)
    value = _best(Writing(chosen), expression)
    rule = Writing(chosen, sympy.Symbol(VALUE), expression, value)
    partials = [_best(rule, sympy.diff(expression, s)) for s in chosen]
    text = _text(name, list(map(str, chosen)), value, partials)
    file = f"<pullback formula {next(_numbers)}>"
    remember_text(file, text)
    namespace: dict[str, Any] = {"np": np, "__name__": "pullback.formula"}
    exec(compile(text, file, "exec", dont_inherit=True), namespace)
    made: Any = custom_jvp(namespace[name])
    made.defjvp(namespace[f"{name}_jvp"])
    made.expression, made.text = expression, text
    found: Callable[..., Any] = made
    return found


def _check(name: str, expression: sympy.Expr, symbols: Sequence[Any]) -> None:
    if not name.isidentifier():
        raise ArgumentError(f"{name!r} is no name for a function")
    if not isinstance(expression, sympy.Expr) or not symbols:
        raise ArgumentError(f"{expression} is no expression with symbols")
    if unknown := expression.atoms(AppliedUndef):
        raise ArgumentError(f"{', '.join(sorted(map(str, unknown)))} is no function that NumPy has")
    if left := expression.free_symbols - set(symbols):
        raise ArgumentError(f"{', '.join(sorted(map(str, left)))} is no argument: name all symbols")
    for s in symbols:
        taken = (VALUE, "tangents", "np", name)
        if not isinstance(s, sympy.Symbol) or not str(s).isidentifier() or str(s) in taken:
            raise ArgumentError(f"the symbol {s} is no name for an argument: rename it")


def _text(name: str, arguments: Sequence[str], value: str, partials: Sequence[str]) -> str:
    given = ", ".join(arguments)
    terms = " + ".join(f"tangents[{k}] * ({p})" for k, p in enumerate(partials))
    return (
        f"def {name}({given}):\n    return {value}\n\n\n"
        f"def {name}_jvp(tangents, {VALUE}, {given}):\n    return {terms}\n"
    )


class Writing:
    """In which names an expression may be written, and the points at which writings are compared.

    In a rule, a symbol stands for the value of an ``expression``, computed as ``text`` says.
    """

    def __init__(
        self, symbols: Sequence[sympy.Symbol], value: sympy.Symbol | None = None,
        expression: Any = None, text: str = "",
    ) -> None:  # fmt: skip
        self.symbols = symbols
        self.value = value
        self.expression = expression
        ends = [p * side for p in POINTS for side in (1.0, -1.0)]
        grids = [[e for e in ends if _may_be(s, e)] for s in symbols]
        # Each grid is gone through at a pace of its own, so that points meet in many ways.
        count = len(ends) * (1 if len(symbols) == 1 else 8)
        self.points = [
            [grid[(i * (2 * k + 1) + i // len(grid) * k) % len(grid)] for k, grid in enumerate(grids)]
            for i in range(count)
        ]
        self.computed = _called(text, [*map(str, symbols)]) if text else None

    def columns(self) -> list[Any]:
        """The arguments at all points, and the value that a rule is given."""
        columns = list(np.array(self.points, dtype=float).T)
        with np.errstate(all="ignore"):
            return [*columns, self.computed(*columns)] if self.computed else columns

    def names(self) -> list[str]:
        return [*map(str, self.symbols), *([VALUE] if self.value is not None else [])]


def _may_be(s: sympy.Symbol, number: float) -> bool:
    return not ((s.is_positive and number < 0) or (s.is_negative and number > 0))


def _best(writing: Writing, expression: sympy.Expr) -> str:
    """The text of the way to write an expression that has the least error."""
    compute = sympy.lambdify(writing.symbols, expression, "mpmath")
    exact = [_exact(compute, point) for point in writing.points]
    known = [k for k, e in enumerate(exact) if e is not None]
    if len(known) < min(FEWEST, len(exact)):
        why = "is a real number at few points: give symbols with assumptions"
        raise ArgumentError(f"{expression} {why}")
    texts = dict.fromkeys(_written(e, writing) for e in _ways(expression, writing))
    found = [t for t in texts if t is not None]
    if not found:
        raise ArgumentError(f"NumPy cannot compute {expression}")
    columns = writing.columns()
    return min(found, key=lambda t: (round(_error(t, writing, columns, exact, known), 1), len(t)))


def _exact(compute: Callable[..., Any], point: Sequence[float]) -> Any:
    """The value at a point, once more digits do not change it; None if it is not real."""
    before = None
    for digits in DIGITS:
        with mpmath.workdps(digits):
            found = _real(compute, point)
            if found is None or (before is not None and abs(found - before) <= 1e-20 * abs(found)):
                return found
        before = found
    return None


def _real(compute: Callable[..., Any], point: Sequence[float]) -> Any:
    """The value at a point, None if it is not real or beyond what floats hold."""
    try:
        found = mpmath.mpmathify(compute(*map(mpmath.mpf, point)))
    except (ZeroDivisionError, ValueError, TypeError, OverflowError):
        return None
    return found if isinstance(found, mpmath.mpf) and abs(found) < 1e300 else None


def _error(
    text: str, writing: Writing, columns: Sequence[Any], exact: Sequence[Any], known: Sequence[int]
) -> float:
    """The mean of the bits that are wrong; all of them where a text gives no number."""
    with np.errstate(all="ignore"):
        try:
            found = np.broadcast_to(_called(text, writing.names())(*columns), len(exact))
        except (TypeError, ValueError):
            return math.inf
    return float(np.mean([_bits(found[k], exact[k]) for k in known]))


def _bits(found: float, exact: Any) -> float:
    if not np.isfinite(found):
        return 53.0
    scale = max(abs(exact), mpmath.mpf(2) ** -1022)
    return float(min(53, max(0, mpmath.log(1 + abs(found - exact) / scale * mpmath.mpf(2) ** 53, 2))))


def _called(text: str, names: Sequence[str]) -> Callable[..., Any]:
    found: Callable[..., Any] = eval(f"lambda {', '.join(names)}: {text}", {"np": np})
    return found


def _ways(e: sympy.Expr, writing: Writing) -> Iterator[sympy.Expr]:
    """Several expressions that are equal."""
    first = [e, sympy.factor(e), sympy.together(e), sympy.expand(e), _simplified(e)]
    first.append(sympy.cancel(e.replace(sympy.cos, lambda w: 1 - 2 * sympy.sin(w / 2) ** 2)))
    ways = [*first, *(w for way in first for w in (*_over_exponentials(way), *_term_by_term(way)))]
    if writing.value is not None:
        ways += [way.subs(writing.expression, writing.value) for way in ways]
        ways += [_simplified(way) for way in ways if writing.value in way.free_symbols]
    w = sympy.Wild("w")
    ways += [way.replace(sympy.log(1 + sympy.exp(w)), logaddexp(0, w)) for way in ways]
    yield from dict.fromkeys([*ways, *(optimize(way, optims_numpy) for way in dict.fromkeys(ways))])


def _simplified(e: sympy.Expr) -> sympy.Expr:
    return sympy.simplify(e) if sympy.count_ops(e) < LARGE else e


def _term_by_term(e: sympy.Expr) -> Iterator[sympy.Expr]:
    """Sums with the fractions in them written otherwise, each for itself."""
    terms = [[*_over_exponentials(term), term] for term in sympy.Add.make_args(e)]
    if len(terms) > 1:
        for k in range(max(map(len, terms)) - 1):
            yield sympy.Add(*(ways[min(k, len(ways) - 1)] for ways in terms))


def _over_exponentials(e: sympy.Expr) -> Iterator[sympy.Expr]:
    """A fraction with both parts divided by an exponential in it, against overflow."""
    above, below = sympy.fraction(sympy.together(e))
    for part in sympy.expand(below).atoms(sympy.exp) | sympy.expand(above).atoms(sympy.exp):
        divided = [sympy.powsimp(sympy.expand(sympy.expand(x) / part)) for x in (above, below)]
        yield divided[0] / divided[1]
        yield sympy.powsimp(sympy.expand(above) / part) / sympy.factor(divided[1])


def _written(e: sympy.Expr, writing: Writing) -> str | None:
    """An expression as NumPy code, None if it has something that NumPy lacks."""
    printer = _Printer({"fully_qualified_modules": True, "allow_unknown_functions": False})
    try:
        text = str(printer.doprint(e))
    except Exception:
        return None
    return None if "# Not supported" in text or "scipy." in text else text.replace("numpy.", "np.")
