"""What Numba would compute otherwise than Python: by which helpers it is computed instead.

It gives nan, infinities and whatever a register holds for numbers that ``math`` refuses, for powers of
Python's floats that are too large, and for integers of more than 64 bits. The helpers stand in
``backend.jitted``.
"""

from __future__ import annotations

from collections.abc import Container

from pullback.ir.core import Op, Var
from pullback.ir.types import PY_FLOAT

# Functions of one number by the error for what they are not defined at or give no number for.
DOMAINS = (
    "acos", "acosh", "asin", "atanh", "cos", "log", "log10", "log1p", "log2", "sin", "sqrt", "tan",
)  # fmt: skip
OVERFLOWS = ("cosh", "exp", "exp2", "expm1", "sinh")
ROUNDING = ("floor", "ceil", "trunc")
_MATH = {f"math.{name}": f"math_{name}" for name in (*DOMAINS, *OVERFLOWS, "pow", *ROUNDING)}


_SUMS = {"add": "plus", "sub": "minus", "mul": "times"}


def checked_by(op: Op, wide: Container[Var]) -> str:
    """The helper that computes an op as Python does, "" where the op itself does.

    ``wide`` are the sums and products of integers that may take more than 64 bits.
    """
    if op.outputs and op.outputs[0] in wide:
        return _SUMS[op.name]
    x = op.inputs[0].type if op.inputs else None
    if op.name == "int":
        return "int_of" if getattr(x, "cls", "") == "float" else ""
    if op.name == "pow":
        return "power" if x == PY_FLOAT and op.out.type == PY_FLOAT else ""
    return _MATH.get(op.name, "")


__all__ = ["DOMAINS", "OVERFLOWS", "ROUNDING", "checked_by"]
