"""Rows of what reads and writes memory: elements of arrays, lists, records of residuals.

The cotangent of a read is accumulated in place (``Scatter``), so that reading an element costs O(1)
in the reverse sweep as well. The cotangent of consuming (pop, unpack) is producing (push, pack), so
that the IR is closed under both transforms.
"""

from __future__ import annotations

from typing import Any

from pullback.ir import index
from pullback.ir.build import Value
from pullback.ir.core import Const
from pullback.ir.types import Array
from pullback.ir.writes import write
from pullback.rules.ops import index as take
from pullback.rules.ops import where
from pullback.rules.table import Scatter, inert, linear


def _read(g: Value, x: Value, *rest: Any) -> Value | Scatter:
    *indices, p = rest
    path = p["path"]
    if len(path) == 1 and x.ndim and all(e in ("n", "e", index.FULL) for e in path[0]):
        return _without_new_axes(g, path[0])
    g = _turned(g, path)
    return Scatter("add_at", (g, *indices), {"path": path})  # in a buffer whose reshapes are views


def _turned(g: Value, path: index.Path) -> Value:
    """The cotangent of what a path leads to: imaginary parts of adjoints count negatively."""
    return -g if "imag" in index.parts(path) else g


def _without_new_axes(g: Value, subscript: index.Subscript) -> Value:
    """The cotangent of ``x[:, None]``, which takes each element once: the axis goes again."""
    entries = tuple("i" if e == "n" else e for e in subscript)
    return take(g, entries, *(0 for e in entries if e == "i"))


def _element(g: Value, l: Value, *rest: Any) -> Scatter:
    *indices, p = rest
    return Scatter("list_add_at", (*indices, g), p)


def _erased(g: Value, x: Value, v: Value, *rest: Any) -> Value:
    """The cotangent of what was in an array before a write: zero at the place written to."""
    *indices, p = rest
    places = [i.atom for i in indices]
    return Value(g.builder, write(g.builder, "setitem", g.atom, Const(0.0), places, p["path"]))


def _written(g: Value, x: Value, v: Value, *rest: Any) -> Value:
    """The cotangent of a value written: that of its place, for the last of repeated indices."""
    *indices, p = rest
    if index.is_whole(p["path"]):
        return fitted(g, v)
    part = _turned(g.apply("getitem", *indices, path=p["path"]), p["path"])
    if index.may_repeat(p["path"]):
        last = x.apply("last_written", *indices, path=p["path"])
        part = where(last, part, 0.0)
    return fitted(part, v)


def _added(g: Value, x: Value, v: Value, *rest: Any) -> Value:
    *indices, p = rest
    return fitted(_turned(g.apply("getitem", *indices, path=p["path"]), p["path"]), v)


def fitted(part: Value, v: Value) -> Value:
    """The cotangent of a place, summed to the shape of a value that was broadcast into it."""
    extra = v.ndim - part.ndim
    if extra > 0:  # NumPy drops leading axes of size 1 of what is assigned
        return part.reshape_like(v)
    same = isinstance(part.type, Array) and isinstance(v.type, Array)
    return part if same and part.type == v.type else part.unbroadcast(v)


linear("getitem", None, None, [_read], "x", selects=(0,), covers=True)
linear("setitem", None, None, [_erased, _written], "x v", linear_in=(0, 1), selects=(0, 1))
linear("add_at", None, None, [lambda g, x, v, *rest: g, _added], "x v", linear_in=(0, 1))
linear("accumulate", None, None, [lambda g, x, v, p: g, lambda g, x, v, p: fitted(g, v)], "x v",
       linear_in=(0, 1))  # fmt: skip
linear("in_c_order", None, None, [lambda g, x, p: g], "x")
inert("last_written", None, None, "boolean output")

linear("list_get", None, None, [_element], "l i")
inert("list_len", None, None, "integer output")
inert("keys_find", None, None, "integer output")
inert("keys_len", None, None, "integer output")
inert("keys_last", None, None, "integer output")
inert("keys_places", None, None, "integer output")
inert("keys_of_set", None, None, "integer output")
inert("keys_has", None, None, "boolean output")
