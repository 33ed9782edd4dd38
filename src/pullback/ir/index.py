"""Index paths: what ``x[i, 1:][mask]`` selects, as a literal template plus run-time inputs.

A path is a tuple of subscripts applied one after the other, a subscript a tuple of entries:
``"i"`` an integer, ``"a"`` an integer array, ``"m"`` a boolean mask, ``"e"`` an ellipsis, ``"n"`` a new
axis, and ``("s", lo, hi, step)`` a slice whose parts say whether they are given. The run-time inputs
are the integers, arrays and given slice parts in the order they stand in.

Three steps that are no subscripts may stand between them, where they give views: ``("T", 1, 0)`` orders
the axes anew, ``("R", "d", "d")`` is a reshape, whose sizes are run-time inputs, and ``("P", "imag")``
is a part of complex numbers.

Through lists lead steps of one integer: ``l[i][j]`` is an element of a list of lists, and may be one of
an array held by a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pullback.errors import InternalError
from pullback.ir import sizes
from pullback.ir.core import Const, Op
from pullback.ir.types import (
    Array,
    Dim,
    List,
    Scalar,
    Type,
    broadcast_shapes,
    fresh_sym,
    real_dtype,
    shrunk,
)

Entry = Any
Subscript = tuple[Entry, ...]
Path = tuple[Subscript, ...]
FULL: Entry = ("s", False, False, False)
ITEM: Subscript = ("i",)


def entry_inputs(entry: Entry) -> int:
    if isinstance(entry, tuple):
        return sum(entry[1:])
    return 1 if entry in ("i", "a", "m", "d") else 0


def is_order(subscript: Subscript) -> bool:
    """Whether a step of a path is an order of axes."""
    return subscript[:1] == ("T",)


def is_reshape(subscript: Subscript) -> bool:
    """Whether a step of a path is a reshape."""
    return subscript[:1] == ("R",)


def is_part(subscript: Subscript) -> bool:
    """Whether a step of a path is the real or imaginary part of complex numbers."""
    return subscript[:1] == ("P",)


def parts(path: Path) -> tuple[str, ...]:
    """The parts of complex numbers that a path leads through, "real" or "imag"."""
    return tuple(step[1] for step in path if is_part(step))


def reshapes(path: Path) -> bool:
    """Whether the path holds a reshape: it gives a view only of what is laid out for it."""
    return any(map(is_reshape, path))


def leads(subscript: Subscript) -> bool:
    """Whether a subscript selects what lies together: integers, then one slice without a step."""
    rest = [e for e in subscript if e not in ("e", "n")]
    while rest and rest[0] == "i":
        del rest[0]
    first = rest[:1]
    plain = all(isinstance(e, tuple) and not e[3] for e in first)
    return plain and all(e == FULL for e in rest[1:])


def whole(path: Path, ndim: int = 1) -> Path:
    """A path that ends in a subscript, as a target must."""
    steps = is_order(path[-1]) or is_reshape(path[-1]) or is_part(path[-1]) if path else True
    return (*path, ("e",) if ndim else ()) if steps else path


def is_basic(path: Path) -> bool:
    """Whether the path gives a view or an element, never a gathered copy."""
    return not any(e in ("a", "m") for subscript in path for e in subscript)


def gives_part(op: Op) -> bool:
    """Whether an op reads a part of an array that is surely a view of it."""
    if op.name != "getitem" or not isinstance(op.out.type, Array):
        return False
    return is_basic(op.params["path"]) and not reshapes(op.params["path"])


def is_whole(path: Path) -> bool:
    """Whether the path surely selects every element of the array in its place."""
    return all(e in ("e", FULL) for subscript in path for e in subscript)


def may_repeat(path: Path) -> bool:
    """Whether the path may select the same element twice."""
    return any(e == "a" for subscript in path for e in subscript)


def may_raise(path: Path) -> bool:
    """Whether selecting may raise an IndexError (slices never do)."""
    return any(e in ("i", "a", "m") for subscript in path for e in subscript)


def through_lists(op: Op) -> Path:
    """The path of an op on a list: one item, if it says no other."""
    path: Path = op.params.get("path", (ITEM,))
    return path


def to_list(op: Op) -> Path:
    """The path of an op that makes a list longer or shorter: to the list itself, if it says no other."""
    path: Path = op.params.get("path", ())
    return path


def lists_in(t: Type, path: Path) -> int:
    """How many lists a path leads through, from a value of type ``t`` on."""
    count = 0
    found: Type | None = t
    while isinstance(found, List) and count < len(path):
        found, count = found.elem, count + 1
    return count


def leads_into_array(op: Op) -> bool:
    """Whether the path of an op on a list ends in an array that the list holds."""
    path = through_lists(op)
    return lists_in(op.inputs[0].type, path) < len(path)


def level_written(op: Op) -> int:
    """How deep in its list an op writes: 0 to the list itself, 1 to one of its items."""
    if op.name in ("list_push", "list_pop"):
        return len(to_list(op))
    if op.name not in ("list_set", "list_add_at"):
        return 0
    return lists_in(op.inputs[0].type, through_lists(op)) - (not leads_into_array(op))


def select(t: Type, path: Path, inputs: Sequence[Any]) -> Type:
    """The type of what a path selects from an array or list of type ``t``; ``inputs`` have types."""
    rest = list(inputs)
    for subscript in path:
        if isinstance(t, List) and t.elem is not None and subscript == ITEM:
            t = _any_size(t.elem)
            del rest[0]
            continue
        if not isinstance(t, Array):
            raise InternalError(f"a path indexes {t!r}")
        n = sum(map(entry_inputs, subscript))
        t = _step(t, subscript, rest[:n])
        del rest[:n]
    return t


def _any_size(t: Type) -> Type:
    """The type of one element: a list may hold arrays of different sizes."""
    if isinstance(t, Array):
        return Array(t.cls, t.dtype, tuple(fresh_sym() for _ in t.shape))
    return t


def _step(t: Array, subscript: Subscript, inputs: Sequence[Any]) -> Type:
    if is_order(subscript):
        return Array(t.cls, t.dtype, tuple(t.shape[k] for k in subscript[1:]))
    if is_reshape(subscript):
        total = sizes.product_of(t.shape)
        return Array(t.cls, t.dtype, sizes.dims_of([a.size for a in inputs], total))
    if is_part(subscript):
        return Array("float", t.dtype and real_dtype(t.dtype), t.shape)
    return _subscript(t, subscript, inputs)


def _subscript(t: Array, subscript: Subscript, inputs: Sequence[Any]) -> Type:
    entries = list(expand(subscript, t.ndim, inputs))
    shape: list[Dim] = []
    advanced: list[tuple[Dim, ...]] = []
    places: list[int] = []
    axis = 0
    for position, (entry, given) in enumerate(entries):
        if entry == "n":
            shape.append(1)
            continue
        if isinstance(entry, tuple):
            shape.append(_sliced(t.shape[axis], entry, given))
        elif entry != "i":
            advanced.append((_part(given[0]),) if entry == "m" else given[0].type.shape)
            places.append(position)
        axis += given[0].type.ndim if entry == "m" else 1
    if advanced:
        shape[slice(*_landing(entries, places))] = broadcast_shapes(*advanced)
    everything_fixed = all(entry == "i" for entry, _ in entries)
    if everything_fixed and not advanced and "e" not in subscript:  # x[0, ...] is a 0-d view
        return Scalar(t.cls, "np", t.dtype)
    return Array(t.cls, t.dtype, tuple(shape))


def _sliced(n: Dim, entry: Entry, given: list[Any]) -> Dim:
    """The size of a slice: known where it takes constants off the ends, as x[1:] and x[:-1] do, and
    where it turns an axis round."""
    bounds = [a.value for a in given if isinstance(a, Const) and type(a.value) is int]
    _, low, high, step = entry
    if step and bounds == [-1] and not (low or high):
        return n
    if step or len(bounds) < len(given):
        return _part(n, entry, *given)
    first = bounds[0] if low else 0
    last = bounds[-1] if high else -0
    if first < 0 or (high and last >= 0):
        return _part(n, entry, *given)
    return shrunk(n, first - last)


# Sizes of which only this is known: the same bounds of an axis, or the same mask, give them again.
_PARTS: dict[tuple[Any, ...], Dim] = {}
_KEYS: dict[Dim, tuple[Any, ...]] = {}
_MOST = 4096


def _part(*key: Any) -> Dim:
    """The size of a part of an axis: what selects it, a slice of so many with its bounds, or a mask."""
    size = _PARTS.get(key)
    if size is None:
        size = fresh_sym()
        _know(key, size)
        _KEYS[size] = key
    return size


def _know(key: tuple[Any, ...], size: Dim) -> None:
    if len(_PARTS) >= _MOST:  # what is forgotten counts as different
        _PARTS.clear()
        _KEYS.clear()
    _PARTS[key] = size


@contextmanager
def asked_only() -> Iterator[None]:
    """Sizes of parts that types are inferred with inside are nobody's, and forgotten again."""
    parts, keys = dict(_PARTS), dict(_KEYS)
    try:
        yield
    finally:
        for known, before in ((_PARTS, parts), (_KEYS, keys)):
            known.clear()
            known.update(before)  # type: ignore[arg-type]


def note_parts(ops: Iterable[Op]) -> None:
    """Take the sizes that reads of arrays have for those of all parts that the same bounds select.

    Copies of code have sizes and variables of their own: what is built for a copy shares its sizes.
    """
    for op in ops:
        if op.name != "getitem" or not isinstance(op.out.type, Array):
            continue
        found = select(op.inputs[0].type, op.params["path"], op.inputs[1:])
        sizes = found.shape if isinstance(found, Array) else ()
        for new, size in zip(sizes, op.out.type.shape, strict=False):
            if new != size and (key := _KEYS.get(new)):
                _know(key, size)


def _landing(entries: list[tuple[Entry, list[Any]]], places: list[int]) -> tuple[int, int]:
    """Where the dimensions of advanced indices go: in place if they stand together, else first."""
    # An integer beside an array takes part in the broadcast, as NumPy has it.
    taking_part = [k for k, (entry, _) in enumerate(entries) if entry in ("a", "m", "i")]
    together = taking_part == list(range(taking_part[0], taking_part[-1] + 1))
    start = 0
    if together:
        start = sum(isinstance(e, tuple) or e == "n" for e, _ in entries[: taking_part[0]])
    return start, start


def axes_taken(subscript: Subscript, inputs: Sequence[Any]) -> int:
    """How many axes of an array a subscript indexes: a mask has as many as it has itself."""
    rest, taken = list(inputs), 0
    for entry in subscript:
        if entry not in ("e", "n"):
            taken += rest[0].type.ndim if entry == "m" else 1
        del rest[: entry_inputs(entry)]
    return taken


def expand(
    subscript: Subscript, ndim: int, inputs: Sequence[Any]
) -> Iterator[tuple[Entry, list[Any]]]:
    """Entries with their inputs, the ellipsis and what is left out written as full slices."""
    rest = list(inputs)
    missing = ndim - axes_taken(subscript, inputs)
    if missing < 0:
        raise IndexError(f"too many indices: the array has {ndim} dimensions")
    padded = list(subscript) if "e" in subscript else [*subscript, "e"]
    for entry in padded:
        if entry == "e":
            yield from ((FULL, []) for _ in range(missing))
            continue
        n = entry_inputs(entry)
        yield entry, rest[:n]
        rest = rest[n:]
