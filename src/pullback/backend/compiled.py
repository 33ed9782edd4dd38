"""Which call forms of functions Numba has, and which are helpers of ours that it compiles.

``native`` are calls that Numba takes as they stand; of a function with a helper the others are printed
as calls of that, with the same arguments: ``np_max(x, axis=0)`` (see ``backend.jitted``). Functions that
are defined by others, and are neither, are replaced by their definitions before they are printed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pullback.ir.core import Op
from pullback.ir.types import Array, List, Scalar
from pullback.rules.table import ROWS

Test = Callable[[Op], bool]
OTHERWISE = "it has no such call"
WIDE = (None, "float64", "complex128", "int64", "bool")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _rank(op: Op, k: int = 0) -> int:
    t = op.inputs[k].type
    return t.ndim if isinstance(t, Array) else 0


def _options(op: Op) -> dict[str, object]:
    """The params that a call was given, other than None and False."""
    return {k: v for k, v in op.params.items() if k != "spelling" and v is not None and v is not False}


def always(op: Op) -> bool:
    return True


def never(op: Op) -> bool:
    return False


def plain(op: Op) -> bool:
    """Without options."""
    return not _options(op)


def along_one(op: Op) -> bool:
    """With no option but one axis."""
    given = _options(op)
    return given.keys() <= {"axis"} and not isinstance(given.get("axis"), tuple)


def of_matrices(op: Op) -> bool:
    """Of matrices alone, as most of linear algebra."""
    return _rank(op) == 2


def _of_floats(op: Op) -> bool:
    types = [a.type for a in op.inputs]
    return all(isinstance(t, Array | Scalar) and t.cls in ("float", "complex") for t in types)


def _of_numbers(op: Op) -> bool:
    """Made of numbers, with no other options but how many and of which type."""
    numbers = all(isinstance(a.type, Scalar) for a in op.inputs)
    return numbers and _options(op).keys() <= {"dtype", "nested"}


def _of_a_number(op: Op) -> bool:
    """In the shape of an array, with no other option but the type."""
    return isinstance(op.inputs[1].type, Scalar) and _options(op).keys() <= {"dtype"}


def _of_parts(op: Op) -> bool:
    """An array of numbers, or of arrays without a change of their type."""
    return _of_numbers(op) or _options(op).keys() <= {"nested"}


def _in_rows(op: Op) -> bool:
    """In the order of rows."""
    return op.params.get("order") in (None, "C")


def _padded(op: Op) -> bool:
    """With one number, or a vector by its own elements."""
    p = op.params
    mirrored = p["mode"] in ("edge", "reflect", "symmetric", "wrap") and _rank(op) == 1
    even = p.get("reflect_type", "even") == "even"
    one_number = p["mode"] == "constant" and not isinstance(p["constant_values"], tuple)
    return (mirrored and even) or one_number


def _of_main_axes(op: Op) -> bool:
    """Along a diagonal of matrices as they stand."""
    p = op.params
    return of_matrices(op) and (p["axis1"], p["axis2"], p.get("dtype")) == (0, 1, None)


def _without_order(op: Op) -> bool:
    return len(op.inputs) == 2


def _at_places(op: Op) -> bool:
    """Of all elements in their order, at places that there are."""
    return op.params.get("axis") is None and op.params.get("mode", "raise") == "raise"


def _by_letters(op: Op) -> bool:
    """With a letter for each axis."""
    return not op.params.get("optimize") and "." not in str(op.params["subscripts"])


def _norm_of_vectors(op: Op) -> bool:
    """Of an order that Numba has, along an axis of an array."""
    return op.params["ord"] in (None, "fro", 1, 2, np.inf, -np.inf)


def _of_floats_alone(op: Op) -> bool:
    return all(getattr(a.type, "cls", "") == "float" for a in op.inputs)


def _from_ends(op: Op) -> bool:
    return all(isinstance(a.type, Scalar) for a in op.inputs) and op.params.get("endpoint") is not False


def _joins_arrays(op: Op) -> bool:
    """Given one by one, of as many axes each."""
    alike = len({_rank(op, k) for k in range(len(op.inputs))}) == 1 and _rank(op) > 0
    return alike and not isinstance(op.inputs[0].type, List) and op.params.get("axis", 0) is not None


def _last_axes(op: Op) -> bool:
    """Of vectors along the last axes."""
    return all(v in (None, -1) for k, v in op.params.items() if k != "spelling")


def _as_blas(op: Op) -> bool:
    """Of matrices and vectors of one sort of numbers."""
    classes = {getattr(a.type, "cls", "") for a in op.inputs}
    return _of_floats(op) and len(classes) == 1 and all(1 <= _rank(op, k) <= 2 for k in (0, 1))


# Functions of elements that Numba has for numbers and for arrays, and others that it has for arrays.
OF_NUMBERS = frozenset(_words("""
    exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan arcsin arccos arctan sinh cosh tanh
    arcsinh arccosh arctanh arctan2 hypot degrees radians deg2rad rad2deg reciprocal copysign fmod
    logaddexp absolute fabs square maximum minimum sign floor ceil trunc rint isnan isinf isfinite
    divide negative less less_equal greater greater_equal equal not_equal logical_and logical_or
    logical_xor logical_not real imag conj angle
"""))  # fmt: skip
ELEMENTS = OF_NUMBERS | frozenset(_words("""
    logaddexp2 fmax fmin positive add subtract multiply power float_power where clip clip_from clip_to
    signbit np.add np.mod floor_divide
"""))  # fmt: skip
# Calls that Numba takes as they stand, of arrays of any number of axes if nothing else is said.
NATIVE: dict[str, Test] = {
    **dict.fromkeys(ELEMENTS, plain),
    **dict.fromkeys(_words("mean max min prod any all median ptp cumprod"), plain),
    "roll": plain,
    **dict.fromkeys(_words("full arange"), _of_numbers),
    "full_like": _of_a_number,
    "array": _of_parts,
    **dict.fromkeys(_words("ravel flatten"), _in_rows),
    "norm": lambda op: plain(op) and _rank(op) <= 2,
    "repeat": lambda op: op.params.get("axis") is None,
    **dict.fromkeys(_words("tril triu"), of_matrices),
    "trace": _of_main_axes,
    "linspace": _from_ends,
    "cross": _last_axes,
    **dict.fromkeys(_words("concatenate stack hstack vstack dstack column_stack"), _joins_arrays),
    "tensordot": lambda op: _of_floats(op) and isinstance(op.params["axes"], tuple),
    **dict.fromkeys(_words("sum argmax argmin cumsum"), along_one),
    **dict.fromkeys(_words("""
        outer kron flipud fliplr copy ascontiguousarray asfortranarray broadcast_to
        zeros ones empty ones_like empty_like zeros_made zeros_like eye identity
        diag astype in_c_order last_written
        nonzero flatnonzero argwhere bincount convolve isclose invert and or xor floordiv mod
        unstack split_like add_trees
        transpose swapaxes moveaxis broadcast_like item size allclose array_equal
        interp cast
        unbroadcast masked_mul cast_like prod_others cumprod_tangent cumprod_adjoint recurrence
        cofactors cofactors_along inv_or_nan solve_or_nan
        reshape_like squeeze expand_dims
    """), always),
    "searchsorted": _without_order,
    "take": _at_places,
    **dict.fromkeys(("matmul", "dot"), _as_blas),
    "solve": lambda op: of_matrices(op) and _as_blas(op),
    "cholesky": lambda op: of_matrices(op) and plain(op),
    **dict.fromkeys(_words("""
        inv det slogdet lstsq eig eigvals svd qr pinv
    """), of_matrices),
    **dict.fromkeys(("eigh", "eigvalsh"), lambda op: of_matrices(op) and op.params["UPLO"] == "L"),
}  # fmt: skip
# Calls that are helpers where Numba does not take them as they stand.
LOWERED: dict[str, Test] = {
    **dict.fromkeys(_words("""
        sum mean max min prod any all argmax argmin count_nonzero std var sort argsort
        flip roll repeat tile diagonal inv det solve rot90 rollaxis matrix_transpose
    """), always),
    "cumprod": along_one,
    "einsum": _by_letters,
    "norm": _norm_of_vectors,
    **dict.fromkeys(("polyval", "nan_to_num"), _of_floats_alone),
    "cholesky": plain,
    "pad": _padded,
    "reshape": _in_rows,
    "svdvals": of_matrices,
    **dict.fromkeys(("matmul", "dot", "tensordot"), _of_floats),
    **dict.fromkeys(("concatenate", "stack"), always),
}  # fmt: skip


# Methods of arrays that Numba has; others are printed as functions.
METHODS = frozenset(_words("""
    all any argmax argmin astype conj conjugate copy cumprod cumsum dot flatten item max mean min prod
    ravel repeat sum take transpose
"""))  # fmt: skip


# What has a helper for numbers as well.
NUMBERS = frozenset(_words("sum mean max min prod clip"))


def is_native(op: Op) -> bool:
    """Whether Numba takes a call as it stands."""
    return NATIVE.get(op.name, never)(op)


def is_mask(op: Op) -> bool:
    """Whether a path is a mask of all axes, of which Numba takes those of vectors, and only to read."""
    x, mask = op.inputs[0].type, op.inputs[-1].type
    ranks = [t.ndim for t in (x, mask) if isinstance(t, Array)]
    several = op.name != "getitem" or ranks[-1] > 1
    return op.params["path"] == (("m",),) and ranks[0] == ranks[-1] and several


def helper_of(op: Op) -> str:
    """The helper that a call is printed as, "" for none."""
    if not (_on_arrays(op) or op.name in NUMBERS) or is_native(op):
        return ""
    if not LOWERED.get(op.name, never)(op):
        return ""
    return (op.prim.path or op.name).replace(".", "_")


def by_definition(op: Op) -> bool:
    """Whether a call is replaced by what its row defines it as."""
    row = ROWS.get(op.name)
    if row is None or row.kind != "composite" or not (_on_arrays(op) or op.name.startswith("scipy.")):
        return False
    return not (is_native(op) or helper_of(op))


def _on_arrays(op: Op) -> bool:
    return any(isinstance(a.type, Array | List) for a in (*op.inputs, *op.outputs))


def why_not(name: str) -> str:
    """Why there is neither a call of Numba's nor a helper in the form that is met."""
    path = ROWS[name].prim.path if name in ROWS else ""
    if path.startswith("np.fft."):
        return "it has no Fourier transforms"
    if path.startswith("np.linalg."):
        return "it has no such call, or matrices have to be taken one by one"
    if path.startswith("scipy."):
        return "it has no functions of SciPy"
    if path.count(".") == 2:
        return "it has no methods of functions"
    return OTHERWISE


__all__ = [
    "LOWERED",
    "METHODS",
    "NATIVE",
    "OF_NUMBERS",
    "OTHERWISE",
    "WIDE",
    "by_definition",
    "helper_of",
    "is_mask",
    "is_native",
    "why_not",
]
