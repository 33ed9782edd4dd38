"""Which ops give views, and the path of subscripts that a view selects from its parent.

Only what is a view for sure, whatever comes at run time, is an exact view here: a reshape depends on
how the array lies in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import cast

from pullback.frontend.heap import Heap
from pullback.ir import index
from pullback.ir.build import Builder
from pullback.ir.core import Atom, Const, Op, Var
from pullback.ir.types import Array
from pullback.rules.shapes import permutation, same_array, squeezed_axes, turned_by
from pullback.rules.sizes import axes_given
from pullback.rules.table import ROWS, definition_of, row_of

Path = tuple[index.Path, tuple[Atom, ...]]
# Whether an array is known to lie in C order without gaps.
Dense = Callable[[Atom], bool]

_ORDERS = frozenset(("transpose", "swapaxes", "moveaxis", "rollaxis", "matrix_transpose"))
_FLIPS = {"flip": None, "flipud": 0, "fliplr": 1}
_SHAPED = frozenset(("reshape", "ravel"))
_READ_ONLY = frozenset((
    "broadcast_to", "broadcast_arrays", "diag", "diagonal", "sliding_window_view",
))  # fmt: skip
_CONVERSIONS = frozenset(("np.float64", "np.float32", "np.complex128", "np.complex64"))
_EXACT = _ORDERS | _FLIPS.keys() | {"getitem", "squeeze", "expand_dims", "rot90"}
# New arrays in C order, whatever they are made of.
_IN_ORDER = frozenset((
    "zeros", "ones", "full", "empty", "eye", "identity", "arange", "linspace", "outer", "flatten",
    "ravel",
))  # fmt: skip


def is_exact(op: Op, dense: Dense) -> bool:
    """Whether all outputs are views of the first input at run time, too."""
    if not op.inputs or not isinstance(op.inputs[0].type, Array):
        return False
    if not isinstance(op.inputs[0], Var) or not all(isinstance(v.type, Array) for v in op.outputs):
        return False
    if op.name == "getitem":  # a 0-d array as an index makes a copy
        numbers = not any(isinstance(a.type, Array) for a in op.inputs[1:])
        return index.is_basic(op.params["path"]) and numbers
    if op.name in _CONVERSIONS:
        return bool(same_array(op)) and op.inputs[0].type.dtype is not None
    if op.name in _SHAPED:
        flat = op.name == "reshape" and op.inputs[0].type.ndim == 1
        return flat or dense(op.inputs[0])
    return op.name in _EXACT or _is_defined(op)


def _is_defined(op: Op) -> bool:
    """Whether an op gives views that its row defines by ops of which this is known."""
    row = ROWS.get(op.name)
    return row is not None and row.definition is not None and bool(op.views())


def is_reshape(op: Op) -> bool:
    """Whether an op gives a view or a copy, as the layout of the array has it."""
    given = op.inputs and isinstance(op.inputs[0], Var) and isinstance(op.inputs[0].type, Array)
    return op.name in _SHAPED and bool(given)


def is_read_only(op: Op) -> bool:
    """Whether NumPy refuses to write to the view that an op gives."""
    given = any(isinstance(a, Var) and isinstance(a.type, Array) for a in op.inputs)
    return op.name in _READ_ONLY and bool(op.views()) and given


# What gives the same of a part as of the whole: elements and views of a part are parts of such.
OF_PARTS = _ORDERS | _FLIPS.keys() | {"getitem", "squeeze", "expand_dims"}


def is_part(op: Op) -> bool:
    """Whether an op gives the real or imaginary parts of an array, which are views of it."""
    return op.name in ("real", "imag") and isinstance(op.out.type, Array)


def is_contiguous(op: Op, dense: Dense) -> bool:
    """Whether the array that an op gives surely lies in C order without gaps."""
    if len(op.outputs) != 1 or not isinstance(op.out.type, Array):
        return False
    if op.name in _IN_ORDER or (op.name == "copy" and op.params.get("spelling") == "method"):
        return True
    if op.name == "array":
        return not any(isinstance(a.type, Array) for a in op.inputs) or len(op.inputs) > 1
    if op.name in ("reshape", "squeeze", "expand_dims"):
        return dense(op.inputs[0])
    if op.name == "getitem":
        return dense(op.inputs[0]) and all(map(index.leads, op.params["path"]))
    row = ROWS.get(op.name)
    arrays = [a for a in op.inputs if isinstance(a.type, Array)]
    return row is not None and row.kind == "elementwise" and bool(arrays) and all(
        dense(a) and a.type.shape == op.out.type.shape for a in arrays  # type: ignore[union-attr]
    )


def path_of(heap: Heap, b: Builder, op: Op, output: int) -> Path:
    """The subscripts that select the same elements from the first input, with their inputs."""
    x = op.inputs[0]
    if op.name == "list_get":
        return index.through_lists(op), op.inputs[1:]
    assert isinstance(x.type, Array)
    ndim = x.type.ndim
    if op.name in _ORDERS:
        return (("T", *permutation(op, ndim)),), ()
    if op.name in _CONVERSIONS:
        return (("e",),), ()
    if is_part(op):
        return (("P", op.name),), ()
    match op.name:
        case "getitem":
            return op.params["path"], op.inputs[1:]
        case "reshape":
            return (("R", *["d"] * len(op.inputs[1:])),), op.inputs[1:]
        case "ravel":
            return (("R", "d"),), (Const(-1),)
        case "squeeze":
            gone = squeezed_axes(op, x.type)
            first = (Const(0),) * len(gone)
            number = ("e",) if len(gone) == ndim else ()  # which would be no view
            return ((*("i" if k in gone else index.FULL for k in range(ndim)), *number),), first
        case "expand_dims":
            axis = op.params["axis"]
            new = axes_given(axis, ndim + (len(axis) if isinstance(axis, tuple) else 1))
            return (tuple("n" if k in new else index.FULL for k in range(ndim + len(new))),), ()
        case "rot90":
            order, turned = turned_by(op, ndim)
            steps, given = _flipped(turned, ndim)
            return (("T", *order), *steps), given
    if _is_defined(op):
        return _by_definition(heap, b, op, output)
    axis = _FLIPS[op.name] if op.name != "flip" else op.params["axis"]
    return _flipped(range(ndim) if axis is None else axes_given(axis, ndim), ndim)


def _flipped(turned: Collection[int], ndim: int) -> Path:
    backwards = ("s", False, False, True)
    return (tuple(backwards if k in turned else index.FULL for k in range(ndim)),), (
        Const(-1),
    ) * len(turned)


def _by_definition(heap: Heap, b: Builder, op: Op, output: int) -> Path:
    """What the definition of a function takes out of its first input, step by step."""
    first, source = len(b.ops), heap.reference(cast("Var", op.inputs[0]))
    atom: Atom = definition_of(row_of(op), op, b)[output].atom
    made: dict[Atom, Op] = {v: o for o in b.ops[first:] for v in o.outputs}
    steps: index.Path = ()
    given: tuple[Atom, ...] = ()
    # Up to the first input, which by now may be another version of the array, or be read anew.
    while atom in made and heap.reference(cast("Var", atom)) is not source:
        path, inputs = path_of(heap, b, made[atom], 0)
        steps, given = path + steps, inputs + given
        atom = made[atom].inputs[0]
    return steps or (("e",),), given


def path_to(heap: Heap, b: Builder, target: Var) -> Path:
    """The path from the root of a view to the view, with its inputs."""
    view = heap.views.get(heap.reference(target))
    if view is None:
        return (), ()
    steps, inputs = path_to(heap, b, view.parent)
    path, given = path_of(heap, b, view.op, view.output)
    return steps + path, inputs + given
