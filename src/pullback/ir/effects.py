"""Calls that have an effect: draws from generators, what is logged, and the objects that they take.

``perform`` calls ``function``, or with ``method`` the method of that name of its first input. The other
inputs are its arguments in order: for each one, ``arguments`` holds its keyword ('' by position) and how
it nests (see ``rules.spec``), ``range`` for the end of a range; ``extra`` are keywords with what stands
behind them, as text.

``gives`` is what comes back: '' for nothing, an ``Object`` as ``object:`` and its class, ``list:`` and
what a list holds, or a number, such as ``float`` or ``np.int64``. Where it may be an array of these,
``dtype`` is that of its elements: ``sized`` are the place and the number of the inputs that spell its
shape, ``broadcast`` says that otherwise arrays among the inputs do. What is drawn as whole vectors is as
long as the input at the place ``vector``.
"""

from __future__ import annotations

from collections.abc import Sequence

from pullback.ir.core import Op
from pullback.ir.sizes import dims_of
from pullback.ir.types import Array, List, Object, Scalar, Type, broadcast_shapes, class_of

_PYTHON = ("float", "int")


def performed(op: Op) -> Sequence[Type]:
    """The type of what a call gives, if it gives something."""
    gives, dtype = op.params["gives"], op.params.get("dtype", "")
    if not gives:
        return []
    if gives.startswith("object:"):
        return [Object(gives.removeprefix("object:"))]
    if gives.startswith("list:"):
        return [List(number(gives.removeprefix("list:")))]
    sized, vector = op.params.get("sized"), op.params.get("vector")
    if dtype and (sized is not None or vector is not None):
        first, count = sized or (0, 0)
        dims = dims_of([a.size for a in op.inputs[first : first + count]], None)
        if vector is not None:
            dims = (*dims, op.inputs[vector].type.shape[-1])  # type: ignore[union-attr]
        return [Array(class_of(dtype) or "float", dtype, dims)]
    shapes = [a.type.shape for a in op.inputs if isinstance(a.type, Array)]
    if dtype and op.params.get("broadcast") and any(shapes):
        return [Array(class_of(dtype) or "float", dtype, broadcast_shapes(*shapes))]
    return [number(gives)]


def number(name: str) -> Scalar:
    """The type of a number by its name: ``float`` is Python's, ``np.float64`` NumPy's."""
    origin, _, kind = name.rpartition(".")
    if not origin or kind in _PYTHON:
        return Scalar(kind, origin or "py")
    return Scalar(class_of(kind) or "float", "np", kind)
