"""The kinds of values: what Python does with a value is decided by its kind, sizes only optimise.

A type is immutable and comparable. A dimension of an array is an ``int`` where the source or the
signature fixes it (a signature fixes only 1), else a symbol or made of symbols (see ``ir.sizes``).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.sizes import Dim as Dim
from pullback.ir.sizes import Sym as Sym
from pullback.ir.sizes import fresh_sym as fresh_sym
from pullback.ir.sizes import is_many as is_many
from pullback.ir.sizes import renamed as renamed
from pullback.ir.sizes import shrunk as shrunk

CLASSES = ("bool", "int", "float", "complex")
# The classes of numbers that join others.
SMALLER: dict[str, tuple[str, ...]] = {
    "bool": (), "int": ("bool",), "float": ("int", "bool"), "complex": ("float", "int", "bool"),
}  # fmt: skip
_KINDS = {"b": "bool", "i": "int", "u": "int", "f": "float", "c": "complex"}
_SAMPLES: dict[str, Any] = {"bool": True, "int": 1, "float": 1.0, "complex": 1j}
DEFAULTS = {"bool": "bool", "int": "int64", "float": "float64", "complex": "complex128"}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number. ``origin`` tells Python numbers from NumPy scalars; "any" is the join of both."""

    cls: str
    origin: str = "py"
    dtype: str | None = None

    def __repr__(self) -> str:
        if self.origin == "np" and self.dtype:
            return f"np.{self.dtype}"
        return self.cls if self.origin == "py" else f"{self.origin}.{self.cls}"


@dataclass(frozen=True, slots=True)
class Array:
    """A NumPy array of known number of dimensions; ``dtype`` is None where only its class is known."""

    cls: str
    dtype: str | None
    shape: tuple[Dim, ...]

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __repr__(self) -> str:
        return f"{self.dtype or self.cls}[{', '.join(map(repr, self.shape))}]"


@dataclass(frozen=True, slots=True)
class List:
    """A run-time list whose elements share one type (None while it is still empty and unknown).

    It is a ``deque`` if it changes at both ends, and then holds no more than ``most`` items.
    """

    elem: Type | None
    deque: bool = False
    most: int | None = None

    def __repr__(self) -> str:
        kind = f"deque<{self.most}>" if self.most else "deque" if self.deque else "list"
        return f"{kind}[{self.elem!r}]" if self.elem is not None else f"{kind}[?]"

    def holding(self, v: Type | None, depth: int = 0) -> List:
        """A list like this one whose items are of another type; so many lists further down."""
        if depth:
            inner = self.elem if isinstance(self.elem, List) else List(None)
            v = inner.holding(v, depth - 1)
        return replace(self, elem=v)

    def is_like(self, other: List) -> bool:
        """Whether both change at the same ends."""
        return (self.deque, self.most) == (other.deque, other.most)


@dataclass(frozen=True, slots=True)
class Record:
    """Residuals of one call, packed: nominal, so that those of a recursive function are typed."""

    name: str

    def __repr__(self) -> str:
        return f"record<{self.name}>"


@dataclass(frozen=True, slots=True)
class Text:
    """A string or None: a static value that an effect such as print takes."""

    def __repr__(self) -> str:
        return "text"


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a table, each with its place in the order in which they were put in."""

    def __repr__(self) -> str:
        return "keys"


@dataclass(frozen=True, slots=True)
class Object:
    """What only functions with effects take and give, such as a random generator or a logger.

    ``name`` is its class, as generated code spells it.
    """

    name: str

    def __repr__(self) -> str:
        return f"object<{self.name}>"


Type = Scalar | Array | List | Record | Text | Keys | Object

PY_BOOL, PY_INT, PY_FLOAT = Scalar("bool"), Scalar("int"), Scalar("float")
PY_COMPLEX = Scalar("complex")
_PYTHON_NUMBERS = {bool: PY_BOOL, int: PY_INT, float: PY_FLOAT, complex: PY_COMPLEX}


def spelled(t: Type) -> str:
    """A type as error messages name it: sizes are ``:``, for their symbols mean nothing to users."""
    match t:
        case Array():
            sizes = ", ".join(str(n) if isinstance(n, int) else ":" for n in t.shape)
            return f"{t.dtype or t.cls}[{sizes}]"
        case List(elem) if elem is not None:
            return f"{'deque' if t.deque else 'list'}[{spelled(elem)}]"
        case Object(name):
            return f"an object of class {name}"
    return repr(t)


def differentiable(t: Type | None) -> bool:
    """Whether values of this type can carry a derivative."""
    if isinstance(t, Scalar | Array):
        return t.cls in ("float", "complex")
    if isinstance(t, List):
        return t.elem is None or differentiable(t.elem)
    return isinstance(t, Record)


def is_complex(t: Type | None) -> bool:
    """Whether values are complex numbers, or arrays or lists of such."""
    if isinstance(t, List):
        return is_complex(t.elem)
    return isinstance(t, Scalar | Array) and t.cls == "complex"


def real_dtype(dtype: str) -> str:
    """The dtype of the parts of complex numbers of a dtype."""
    return str(np.zeros((), dtype).real.dtype.name)


def complex_dtype(dtype: str | None) -> str:
    """The dtype of complex numbers whose parts are of a dtype, or that are."""
    return str(np.result_type(dtype or "float64", np.complex64).name)


def in_complex(t: Type) -> Type:
    """The type of complex numbers as wide as real ones of a type."""
    if not isinstance(t, Scalar | Array) or is_complex(t):
        return t
    return replace(t, cls="complex", dtype=t.dtype and complex_dtype(t.dtype))


def loosened(t: Type) -> Type:
    """The type of derivatives of a value: those of Python floats may be NumPy's."""
    if isinstance(t, Scalar) and t.cls in ("float", "complex"):
        return Scalar(t.cls, "any")
    if isinstance(t, List) and t.elem is not None:
        return t.holding(loosened(t.elem))
    return t


_IN_MEMORY = (Array, List, Record, Keys)


def has_memory(t: Type) -> bool:
    """Whether values of this type can be written to in place, hence can be aliased."""
    return isinstance(t, _IN_MEMORY)


def holds_floats(t: Type | None) -> bool:
    """Whether values are lists of Python floats or complex numbers, or lists of such lists."""
    return isinstance(t, List) and (t.elem in (PY_FLOAT, PY_COMPLEX) or holds_floats(t.elem))


def is_python_number(t: Type) -> bool:
    """Whether values may be Python numbers, on which arithmetic raises where NumPy's gives inf."""
    return isinstance(t, Scalar) and t.origin != "np"


def is_numpy_bool(t: Type) -> bool:
    return isinstance(t, Scalar | Array) and t.cls == "bool" and not is_python_number(t)


def max_class(classes: Sequence[str]) -> str:
    return max(classes, key=CLASSES.index)


def class_of(dtype: Any) -> str | None:
    """The class of a NumPy dtype, None for those that hold no numbers."""
    return _KINDS.get(np.dtype(dtype).kind)


def type_of(value: Any) -> Type | None:
    """The type of a constant that stands in the source, None where it has none in the IR."""
    if (found := _PYTHON_NUMBERS.get(type(value))) is not None:
        return found
    if value is None or isinstance(value, str):
        return Text()
    if isinstance(value, np.generic) and (cls := class_of(value.dtype)):
        return Scalar(cls, "np", value.dtype.name)
    return None


def join(a: Type, b: Type) -> Type | None:
    """The smallest type that holds both, None where Python would treat their values differently."""
    if a == b:
        return a
    match a, b:
        case Scalar(), Scalar():
            origin = a.origin if a.origin == b.origin else "any"
            dtype = a.dtype if a.dtype == b.dtype and origin == "np" else None
            return Scalar(max_class([a.cls, b.cls]), origin, dtype)
        case Array(), Array() if a.ndim == b.ndim and a.cls == b.cls:
            shape = tuple(join_dims(m, n) for m, n in zip(a.shape, b.shape, strict=True))
            return Array(a.cls, a.dtype if a.dtype == b.dtype else None, shape)
        case List(), List() if not a.is_like(b):
            return None
        case List(None), List():
            return b
        case List(), List(None):
            return a
        case List(), List() if a.elem is not None and b.elem is not None:
            elem = join(a.elem, b.elem)
            return None if elem is None else a.holding(elem)
    return None


def join_dims(m: Dim, n: Dim) -> Dim:
    return m if m == n else fresh_sym(is_many(m) and is_many(n))


def same_up_to_sizes(a: Type | None, b: Type | None) -> bool:
    """Whether two types differ at most in symbols of sizes, as types inferred twice may."""
    match a, b:
        case Array(), Array():
            return (a.cls, a.dtype, a.ndim) == (b.cls, b.dtype, b.ndim)
        case List(), List():
            return a.is_like(b) and same_up_to_sizes(a.elem, b.elem)
    return a == b


def broadcast_dims(m: Dim, n: Dim) -> Dim:
    """One dimension of the result of broadcasting two, given that it does not raise."""
    if m == n or n == 1:
        return m
    if m == 1:
        return n
    for d in (m, n):
        if isinstance(d, int):
            return d
    for d in (m, n):
        if is_many(d):
            return d
    return fresh_sym()


def broadcast_shapes(*shapes: tuple[Dim, ...]) -> tuple[Dim, ...]:
    """The shape that arrays of these shapes broadcast to."""
    ndim = max(map(len, shapes))
    out: list[Dim] = [1] * ndim
    for shape in shapes:
        for axis, dim in enumerate(shape, start=ndim - len(shape)):
            out[axis] = broadcast_dims(out[axis], dim)
    return tuple(out)


def broadcast_may_raise(*shapes: tuple[Dim, ...]) -> bool:
    """Whether broadcasting may fail: some axis has two sizes that are neither equal nor 1."""
    ndim = max(map(len, shapes), default=0)
    for axis in range(1, ndim + 1):
        if len({s[-axis] for s in shapes if len(s) >= axis} - {1}) > 1:
            return True
    return False


def summed_axes(
    source: tuple[Dim, ...], target: tuple[Dim, ...]
) -> tuple[int, tuple[int, ...]] | None:
    """The axes over which a shape is summed back to one that was broadcast to it.

    How many there are in front, and those behind where the target has size 1; None if only the sizes
    at run time tell.
    """
    lead = len(source) - len(target)
    ones = []
    for k, (m, n) in enumerate(zip(source[max(lead, 0) :], target, strict=False), start=lead):
        if n == 1 and m != 1:
            ones.append(k)
        elif m != n and not is_many(n):
            return None
    return None if lead < 0 else (lead, tuple(ones))


def resized(t: Type, size: Callable[[Dim], Dim]) -> Type:
    """A type with its sizes mapped."""
    if isinstance(t, Array):
        return Array(t.cls, t.dtype, tuple(map(size, t.shape)))
    if isinstance(t, List) and t.elem is not None:
        return t.holding(resized(t.elem, size))
    return t


def match_sizes(param: Type | None, given: Type | None, sizes: dict[Sym, Dim]) -> None:
    """Enter what the sizes of a parameter are in a call: two calls may differ in them."""
    match param, given:
        case Array(), Array() if param.ndim == given.ndim:
            for m, n in zip(param.shape, given.shape, strict=True):
                if isinstance(m, Sym) and not m.less:
                    sizes.setdefault(m, n)
        case List(), List():
            match_sizes(param.elem, given.elem, sizes)


def renaming(sizes: dict[Sym, Dim]) -> Callable[[Sym], Dim]:
    """Symbols by what they are in ``sizes``, unknown ones by fresh ones, which are entered."""
    return lambda s: sizes.setdefault(s, fresh_sym(s.many))


def with_sizes(t: Type, sizes: dict[Sym, Dim]) -> Type:
    """A type with its symbols replaced, unknown ones by fresh ones, which are entered."""
    return resized(t, lambda n: renamed(n, renaming(sizes)))


def sample(t: Type) -> Any:
    """A tiny value of this type, to ask NumPy itself what an operation gives."""
    if isinstance(t, Scalar) and t.origin == "py":
        return _SAMPLES[t.cls]
    if isinstance(t, Scalar):
        return np.dtype(t.dtype or DEFAULTS[t.cls]).type(1)
    if isinstance(t, Array):
        return np.ones((1,) * t.ndim, t.dtype or DEFAULTS[t.cls])
    raise Unsupported(refusals.NEEDS_NUMBERS)


def _result_of(func: Callable[..., Any], types: tuple[Type, ...]) -> Any:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return func(*map(sample, types))


def elementwise_type(func: Callable[..., Any], types: Sequence[Type]) -> Type:
    """The type of ``func`` applied elementwise, found by applying it to one sample of each type."""
    found = _kind_of_result(func, tuple(map(_one_sized, types)))
    shapes = [t.shape for t in types if isinstance(t, Array)]
    if isinstance(found, Array) and shapes:
        return Array(found.cls, found.dtype, broadcast_shapes(*shapes))
    return found


@lru_cache(4096)
def _kind_of_result(func: Callable[..., Any], types: tuple[Type, ...]) -> Array | Scalar:
    """The type for operands of which each axis has one element."""
    result = _result_of(func, types)
    arrays = [t for t in types if isinstance(t, Array)]
    scalars = [t for t in types if isinstance(t, Scalar)]
    unknown = any(t.dtype is None for t in arrays) or any(
        t.dtype is None and t.origin != "py" for t in scalars
    )
    operands: list[Array | Scalar] = [*arrays, *scalars]
    if unknown and _wide(result) and any(t.dtype == "float64" for t in operands):
        unknown = any(t.dtype is None and t.cls == "complex" for t in operands)
    if isinstance(result, np.ndarray):
        dtype = None if unknown else result.dtype.name
        return Array(_KINDS[result.dtype.kind], dtype, result.shape)
    found = type_of(result)
    if not isinstance(found, Scalar):
        raise TypeError(f"{func} gives {type(result).__name__}, which is no number")
    python_apart = not isinstance(func, np.ufunc)
    if unknown and python_apart and _takes_floats(types):
        return Scalar(found.cls, "any")
    if unknown and found.origin != "py":  # a Python number of a NumPy one, as `not` gives, is known
        numpy_known = any(t.origin == "np" for t in scalars) or bool(arrays)
        return Scalar(found.cls, "any" if python_apart and not numpy_known else "np")
    return found


def _takes_floats(types: Sequence[Type]) -> bool:
    """Whether the first operand may be a complex number of Python's: for it a float64 of NumPy's is a
    float, and 1j times one is Python's, while one times 1j is NumPy's."""
    first, *rest = types
    floats = [t for t in rest if isinstance(t, Scalar) and t.cls != "complex"]
    return isinstance(first, Scalar) and first.cls == "complex" and first.origin != "np" and bool(floats)




def _wide(result: Any) -> bool:
    """Whether a result is of float64, which no narrower operand of unknown width can change."""
    return getattr(result, "dtype", None) == np.float64


def _one_sized(t: Type) -> Type:
    return Array(t.cls, t.dtype, (1,) * t.ndim) if isinstance(t, Array) else t
