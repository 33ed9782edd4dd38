"""NumPy, math and the builtins as generated code finds them when it runs on symbols.

What a function is in SymPy is told by its row of the table of primitives; here stand those that
choose, round, or make arrays. All others are NumPy's own, which runs on arrays of objects.
"""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import sympy

from pullback.errors import ArgumentError
from pullback.formulas.numbers import Cond, Floor, Sym, exact, lifted, sign
from pullback.formulas.paths import decide
from pullback.rules.table import lookup

X, Y = sympy.symbols("x y", real=True)


@lru_cache(None)
def _formula(text: str) -> Callable[..., sympy.Expr]:
    """What a row's ``sympy`` says: the name of a function, or an expression in x and y."""
    found = sympy.sympify(text, {"x": X, "y": Y})
    if isinstance(found, type | sympy.FunctionClass) or not hasattr(found, "free_symbols"):
        return found  # type: ignore[no-any-return]
    return lambda *args: found.subs(dict(zip((X, Y), args, strict=False)), simultaneous=True)


def _of_formula(text: str) -> Callable[..., Any]:
    apply = _formula(text)
    return lambda *args: lifted(lambda *xs: Sym(apply(*map(exact, xs))), *args)


def _chosen(better: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    return lambda x, y: lifted(lambda a, b: Sym(exact(a if better(a, b) else b)), x, y)


def _where(condition: Any, x: Any, y: Any) -> Any:
    return lifted(lambda c, a, b: Sym(exact(a if c else b)), condition, x, y)


def _clip(x: Any, low: Any = None, high: Any = None) -> Any:
    if low is not None:
        x = _chosen(operator.gt)(x, low)
    return x if high is None else _chosen(operator.lt)(x, high)


def _of_expression(apply: Callable[[sympy.Expr], Any]) -> Callable[..., Any]:
    return lambda x: lifted(lambda v: Sym(apply(exact(v))), x)


def _constant(value: Any) -> Callable[..., Any]:
    return lambda x: lifted(lambda _: value, x)


def _heaviside(x: Any, at_zero: Any) -> Any:
    return lifted(lambda v: 1.0 if v > 0 else 0.0, x)


def _truncated(x: sympy.Expr) -> sympy.Expr:
    return Floor(x) if decide(sympy.Gt(x, 0)) else -Floor(-x)


def _nearest(x: sympy.Expr) -> sympy.Expr:
    return Floor(x + sympy.Rational(1, 2))


def _remainder(to_integer: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda x, y: lifted(lambda a, b: Sym(a - b * to_integer(a / b)), *_expressions(x, y))


def _expressions(*xs: Any) -> list[Any]:
    return [lifted(exact, x) for x in xs]


def _made(make: Callable[..., Any]) -> Callable[..., Any]:
    """A function that makes an array: of objects, where it would be of floats."""

    def run(*args: Any, **keywords: Any) -> Any:
        found = make(*args, **{k: v for k, v in keywords.items() if k not in ("dtype", "order")})
        wanted = np.dtype(keywords.get("dtype", found.dtype))
        return found.astype(object if wanted.kind == "f" else wanted)

    return run


def _array(x: Any, dtype: Any = None, **_: Any) -> Any:
    if isinstance(x, Sym | Cond):
        return x
    found = np.array(x)
    kind = np.dtype(dtype if dtype is not None else found.dtype).kind
    return found.astype(object) if kind in "fO" and found.ndim else np.array(x, dtype)


def _like(make: Callable[..., Any]) -> Callable[..., Any]:
    def run(x: Any, *args: Any, **_: Any) -> Any:
        return make(np.shape(x), *args).astype(object) if np.ndim(x) else make((), *args)[()]

    return run


_OPERATORS: Mapping[str, Callable[..., Any]] = {
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv,
    "true_divide": operator.truediv, "power": operator.pow, "float_power": operator.pow,
    "floor_divide": operator.floordiv, "remainder": operator.mod, "mod": operator.mod,
    "negative": operator.neg, "positive": operator.pos, "less": operator.lt, "less_equal": operator.le,
    "greater": operator.gt, "greater_equal": operator.ge, "equal": operator.eq, "not_equal": operator.ne,
    "logical_not": operator.not_, "logical_and": operator.and_, "logical_or": operator.or_,
}  # fmt: skip

# What makes arrays, which symbols may be put into later.
MAKERS: Mapping[str, Callable[..., Any]] = {
    **{name: _made(getattr(np, name)) for name in ("zeros", "ones", "empty", "full", "eye", "linspace")},
    "array": _array, "asarray": _array,
    "zeros_like": _like(np.zeros), "ones_like": _like(np.ones), "empty_like": _like(np.zeros),
    "full_like": _like(np.full),
}  # fmt: skip

NUMPY: Mapping[str, Callable[..., Any]] = {
    **_OPERATORS,
    "where": _where, "clip": _clip, "heaviside": _heaviside,
    "maximum": _chosen(operator.gt), "fmax": _chosen(operator.gt),
    "minimum": _chosen(operator.lt), "fmin": _chosen(operator.lt),
    "sign": _of_expression(sign), "floor": _of_expression(Floor),
    "ceil": _of_expression(lambda x: -Floor(-x)), "trunc": _of_expression(_truncated),
    "fix": _of_expression(_truncated), "rint": _of_expression(_nearest),
    "round": _of_expression(_nearest), "fmod": _remainder(_truncated),
    "nan_to_num": _of_expression(lambda x: x),
    "isnan": _constant(False), "isinf": _constant(False), "isfinite": _constant(True),
    "copysign": lambda x, y: lifted(lambda a, b: abs(a) if b > 0 else -abs(a), x, y),
}  # fmt: skip

MATH: Mapping[str, Callable[..., Any]] = {
    **{name: NUMPY[name] for name in ("isnan", "isinf", "isfinite", "copysign", "fmod")},
    "pow": operator.pow, "remainder": _remainder(_nearest), "fsum": sum, "prod": math.prod,
}  # fmt: skip

# What helpers of generated code compute, whose text is for floats.
HELPERS: Mapping[str, Callable[..., Any]] = {
    "polygamma": lambda x, n: Sym(sympy.polygamma(n, exact(x))),
    "sinc_slope": lambda x, n: Sym(sympy.diff(sympy.sinc(sympy.pi * X), X, n).subs(X, exact(x))),
    "bessel_i1": lambda x: Sym(sympy.besseli(1, exact(x))),
}


class _Real(type):
    """The class of a class of floats that symbols are taken for instances of."""

    def __call__(cls, x: Any = 0.0) -> Any:
        return x if isinstance(x, Sym) else cls.__base__(x)  # type: ignore[misc]

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, (cls.__base__, Sym))  # type: ignore[arg-type]


def _numbers(base: type) -> type:
    return _Real(base.__name__, (base,), {})


class Module:
    """A module some of whose functions take symbols."""

    def __init__(self, module: Any, known: Mapping[str, Callable[..., Any]]) -> None:
        self._module = module
        self._known = known

    def __getattr__(self, name: str) -> Any:
        plain = getattr(self._module, name)
        if plain is np.float64:
            return _numbers(plain)
        if self._module is np and name in MAKERS:
            return MAKERS[name]
        row = lookup(plain) if callable(plain) else None
        symbolic = self._known.get(name) or (_of_formula(row.sympy) if row and row.sympy else None)
        if symbolic is None and not (callable(plain) and row is not None):
            return plain
        return _either(f"{self._module.__name__}.{name}", plain, symbolic)


def _either(name: str, plain: Callable[..., Any], symbolic: Callable[..., Any] | None) -> Any:
    """The function itself, or what stands for it where an argument holds symbols."""

    def run(*args: Any, **keywords: Any) -> Any:
        if not any(map(_holds, args)):
            return plain(*args, **keywords)
        if symbolic is not None:
            return symbolic(*args, **keywords)
        if any(isinstance(a, Sym | Cond) for a in args):
            raise ArgumentError(f"{name} has no expression in SymPy")
        return plain(*args, **keywords)

    return run


def _holds(x: Any) -> bool:
    """Whether an argument is symbolic, or an array that may hold what is."""
    return isinstance(x, Sym | Cond) or (isinstance(x, np.ndarray) and x.dtype == object)


_SHIMS = {"numpy": Module(np, NUMPY), "math": Module(math, MATH)}


def _import(name: str, *rest: Any) -> Any:
    return _SHIMS.get(name) or builtins.__import__(name, *rest)


NAMESPACE = {"__builtins__": {**vars(builtins), "__import__": _import, "float": _numbers(float)}}


def run_text(text: str, entry: str) -> Callable[..., Any]:
    """The function of a standalone text, that takes symbols."""
    namespace: dict[str, Any] = dict(NAMESPACE)
    exec(compile(text, "<symbolic>", "exec", dont_inherit=True), namespace)
    namespace |= {name: f for name, f in HELPERS.items() if name in namespace}
    found: Callable[..., Any] = namespace[entry]
    return found


__all__ = ["run_text"]
