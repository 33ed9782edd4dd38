"""Names that a loop binds to one view of an array after another.

    prev = m[0]                    prev_at = 0
    for i in range(1, n):          for i in range(1, n):
        m[i] += prev                   m[i] += m[prev_at]
        prev = m[i]                    prev_at = i

Where a write depends on it, the loop hands the numbers on that such a name is read with, not what it
reads. So it stays a view, as in NumPy. For that each pass must end with a view of the same array, read
in the same way.
"""

from __future__ import annotations

from pullback.frontend.frame import Frame
from pullback.frontend.values import Reading, Value
from pullback.ir.core import Var
from pullback.ir.types import Array


def is_view(frame: Frame, value: Value) -> bool:
    """Whether a value is a view of an array."""
    if not isinstance(value, Var) or frame.heap.reference(value) not in frame.heap.views:
        return False
    return isinstance(frame.heap.root(value).type, Array)


def reading_of(frame: Frame, value: Value) -> Value:
    """How a view is read; any other value as it stands."""
    if not is_view(frame, value):
        return value
    assert isinstance(value, Var)
    heap = frame.heap
    steps = [heap.views[r] for r in heap.chain(value) if r in heap.views][::-1]
    numbers = [a for s in steps for a in s.op.inputs[1:]]
    return Reading(value, heap.root(value), tuple(steps), tuple(numbers))


def read(frame: Frame, value: Value, name: str) -> Value:
    """The view that a reading gives where lowering stands; any other value as it stands."""
    if not isinstance(value, Reading):
        return value
    found, rest = value.root, [*value.numbers]
    for step in value.steps:
        numbers, rest = rest[: len(step.op.inputs) - 1], rest[len(step.op.inputs) - 1 :]
        outputs = frame.emit(step.op.name, found, *numbers, checked=True, **step.op.params)
        found = outputs[step.output]
    found.name = name
    return found
