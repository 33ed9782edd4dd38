"""Functions of NumPy that are a few lines of others, which are lowered in their place.

The lines are those of NumPy itself, so that values are the same to the bit.
"""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from pullback import refusals
from pullback.frontend import inline, subscripts
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import BUILTINS, Builtin, Keywords, as_atom, builtin
from pullback.frontend.values import Static, Value
from pullback.frontend.walking import describe
from pullback.frontend.writing import bound_arguments
from pullback.ir.core import Var
from pullback.ir.types import Array, is_complex

# Arguments, and lines that make ``out`` of them.
LINES: dict[Any, tuple[str, str]] = {
    np.polydiv: ("u v", """
u = np.atleast_1d(u) + 0.0
v = np.atleast_1d(v) + 0.0
m = len(u) - 1
n = len(v) - 1
scale = 1.0 / v[0]
r = u + np.zeros_like(v[:1])
q = np.repeat(np.zeros_like(r[:1]), max(m - n + 1, 1))
for k in range(m - n + 1):
    d = scale * r[k]
    q[k] = d
    r[k : k + n + 1] -= d * v
while np.allclose(r[0], 0, rtol=1e-14) and r.shape[-1] > 1:
    r = r[1:]
out = (q, r)
"""),
    np.union1d: ("ar1 ar2", """
out = np.unique(np.concatenate((np.ravel(ar1), np.ravel(ar2))))
"""),
    np.intersect1d: ("ar1 ar2", """
both = np.sort(np.concatenate((np.unique(ar1), np.unique(ar2))))
out = both[:-1][both[1:] == both[:-1]]
"""),
    np.setdiff1d: ("ar1 ar2", """
first = np.unique(ar1)
out = first[np.isin(first, ar2, invert=True)]
"""),
    np.setxor1d: ("ar1 ar2", """
both = np.sort(np.concatenate((np.unique(ar1), np.unique(ar2))))
ends = np.ones(1, dtype=bool)
new = np.concatenate((ends, both[1:] != both[:-1], ends))
out = both[new[1:] & new[:-1]] if both.size > 0 else both[:0]
"""),
}  # fmt: skip
POLYNOMIAL = """
roots = roots * 1.0
if len(roots) == 0:
    raise ValueError("np.poly of no roots is not differentiated")
out = np.ones_like(roots[:1])
one = out[0]
for root in roots:
    out = np.convolve(out, np.array([one, -root]))
"""


def _written(function: Any, names: str, lines: str) -> Builtin:
    def handler(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
        title = f"np.{function.__name__}"
        given = bound_arguments(frame, node, title, names, args, keywords)
        arrays = {name: _real(frame, node, title, value) for name, value in given.items()}
        return inline.expand(frame, node, lines, "out", None, None, np=Static(np), **arrays)

    return handler


def _real(frame: Frame, node: ast.AST, title: str, value: Value) -> Value:
    """A list of numbers as an array. Of complex numbers the dtype of the result would depend on values,
    or they would have to be ordered."""
    found = as_atom(frame, subscripts.array_like(frame, node, value), node)
    if is_complex(found.type):
        frame.reject(
            refusals.COMPLEX_FUNCTION, node, function=title, why="it has no rule for them",
            instead="take the real part first, z.real",
        )  # fmt: skip
    return found


@builtin(np.poly)
def poly(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """The coefficients of a polynomial with these roots."""
    given = bound_arguments(frame, node, "np.poly", "seq_of_zeros", args, keywords)
    roots = _real(frame, node, "np.poly", given["seq_of_zeros"])
    if not (isinstance(roots, Var) and isinstance(roots.type, Array) and roots.type.ndim == 1):
        frame.reject(
            refusals.WHERE_NEEDED, node, value=describe(roots), what="a vector of roots"
        )
    return inline.expand(frame, node, POLYNOMIAL, "out", np=Static(np), roots=roots)


@builtin(np.real_if_close)
def real_if_close(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """Real numbers as an array; of complex ones it depends on the values what comes back."""
    given = bound_arguments(frame, node, "np.real_if_close", "a tol?", args, keywords)
    x = as_atom(frame, subscripts.array_like(frame, node, given["a"]), node)
    if is_complex(x.type):
        frame.reject(
            refusals.REFUSED_FUNCTION, node, function="np.real_if_close",
            why="gives real numbers or complex ones, as the values are", instead="write z.real",
        )  # fmt: skip
    return inline.expand(frame, node, "out = np.asarray(x)", "out", np=Static(np), x=x)


BUILTINS |= {f: _written(f, names, lines) for f, (names, lines) in LINES.items()}
