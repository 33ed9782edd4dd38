"""Rows of padding: with constants, with elements near the border, with what is made of each line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.build import Value
from pullback.ir.core import Atom, Const, Op
from pullback.ir.types import Array, Dim, fresh_sym
from pullback.rules.ops import FULL, along, along_axis, dim, index, part, where
from pullback.rules.sizes import arranged
from pullback.rules.spec import count as count_of
from pullback.rules.table import Params, composite, special

# ---- with constants


def _pad_widths(p: Params, atoms: Sequence[Atom], ndim: int) -> list[tuple[Atom, Atom]]:
    """The widths before and after along each axis, from one, a pair, or a pair for each axis."""
    given = _nested(p["pad_width"], list(atoms))
    if not isinstance(given, list):
        return [(given, given)] * ndim
    pairs = list(map(_pair, given if any(isinstance(w, list) for w in given) else [given]))
    if len(pairs) not in (1, ndim):
        raise Unsupported(refusals.PAD_PAIRS, pairs=len(pairs), axes=ndim)
    return pairs * ndim if len(pairs) == 1 else pairs


def _nested(nesting: Any, atoms: list[Atom]) -> Any:
    return atoms.pop(0) if nesting is None else [_nested(n, atoms) for n in nesting]


def _pair(widths: Any) -> tuple[Atom, Atom]:
    if not isinstance(widths, list) or not 1 <= len(widths) <= 2:
        raise Unsupported(refusals.PAD_WIDTHS)
    return widths[0], widths[-1]


def _pad_shape(op: Op, x: Array) -> tuple[Dim, ...]:
    _pad_widths(op.params, op.inputs[1:], x.ndim)
    return tuple(fresh_sym() for _ in x.shape)


def _pad_vjp(g: Value, xs: list[Value], y: Value, p: Params) -> list[Any]:
    """The cotangent of what is inside the border."""
    x, *widths = xs
    ends: list[Value] = []
    for axis, pair in enumerate(_pad_widths(p, [w.atom for w in widths], x.ndim)):
        before, after = map(x.builder.wrap, pair)
        counted = isinstance(after.atom, Const) and after.atom.value > 0
        ends += [before, -after if counted else before + dim(x, axis)]
    entries = (("s", True, True, False),) * x.ndim
    return [index(g, entries, *ends) if entries else g, *[None] * len(widths)]


def _in_dtype_of(v: Value, x: Value) -> Value:
    """NumPy casts the numbers."""
    if getattr(v.type, "dtype", None) in (None, getattr(x.type, "dtype", None)):
        return v
    found: Value = v.apply("cast_like", x)
    return found


def _padded_with_definition(x: Value, *rest: Any) -> Value:
    """Numbers on both sides along one axis after the other: later ones reach into the corners."""
    *inputs, p = rest
    known = count_of(p["pad_width"])
    widths = _pad_widths(p, [v.atom for v in inputs[:known]], x.ndim)
    values = {"pad_width": p["constant_values"]}
    numbers = _pad_widths(values, [_in_dtype_of(v, x).atom for v in inputs[known:]], x.ndim)
    for axis, (pair, given) in enumerate(zip(widths, numbers, strict=True)):
        before, after, first, last = map(x.builder.wrap, (*pair, *given))
        n = dim(x, axis)
        place = (before + n + after).apply("arange") - before
        inside = place.apply("clip", 0, n - 1)
        low, high = (along_axis(v, axis, x.ndim) for v in (place < 0, place >= n))
        x = where(low, first, where(high, last, index(x, along(axis, "a"), inside)))
    return x


# ---- with what is in the array

MIRRORS = ("edge", "reflect", "symmetric", "wrap")
STATISTICS = {"mean": "mean", "maximum": "max", "minimum": "min", "median": "median"}


def _filled_shape(op: Op, x: Array) -> tuple[Dim, ...]:
    p = op.params
    if p["mode"] not in (*MIRRORS, *STATISTICS, "linear_ramp") or x.ndim < 1:
        raise Unsupported(refusals.PAD_MODE)
    return _pad_shape(op, x)


def _filled_definition(x: Value, *rest: Any) -> Value:
    """One axis after the other, so that later ones see what was put there for those before."""
    *widths, p = rest
    for axis, pair in enumerate(_pad_widths(p, [w.atom for w in widths], x.ndim)):
        before, after = map(x.builder.wrap, pair)
        x = _MODES.get(p["mode"], _mirrored)(x, axis, before, after, p)
    return x


def _mirrored(x: Value, axis: int, before: Value, after: Value, p: Params) -> Value:
    """The elements at the places that places padded in the same way tell."""
    if p["reflect_type"] == "odd" and p["mode"] in ("reflect", "symmetric"):
        return _turned(x, axis, before, after, p["mode"] == "reflect")
    places = dim(x, axis).apply("arange").apply("pad", before, after, pad_width=(None, None),
                                                mode=p["mode"], constant_values=0)  # fmt: skip
    return index(x, along(axis, "a"), places)


def _turned(x: Value, axis: int, before: Value, after: Value, about_edges: bool) -> Value:
    """Each side turned by half round its end, again and again: after a period of twice the line it has
    risen by twice what the line does."""
    n, gap = dim(x, axis), 0 if about_edges else 1
    period = (2 * (n - 1 + gap)).apply("maximum", 1)
    place = (before + n + after).apply("arange") - before
    rounds, rest = place.apply("floordiv", period), place.apply("mod", period)
    back = rest >= n
    own = index(x, along(axis, "a"), where(back, period - gap - rest, rest))
    sign, rises, turn = (
        along_axis(v, axis, x.ndim) for v in (where(back, -1.0, 1.0), 2 * rounds, where(back, 2.0, 0.0))
    )
    first, last = part(x, axis, 0, 1), part(x, axis, -1, None)
    found: Value = own * sign + rises * (last - first) + turn * last
    return found


def _sides(given: Any, axis: int, ndim: int) -> tuple[Any, Any]:
    """What a number, a pair, or a pair for each axis says of both sides of one."""
    before, after = np.broadcast_to(np.asarray(given), (ndim, 2))[axis].tolist()
    return before, after


def _statistic(x: Value, axis: int, before: Value, after: Value, p: Params) -> Value:
    """What is made of each line, or of as much of it as is asked for, on both sides of it."""
    lengths = (None, None) if p["stat_length"] is None else _sides(p["stat_length"], axis, x.ndim)
    sides = []
    for n, start, stop in ((before, None, lengths[0]), (after, lengths[1] and -lengths[1], None)):
        line = x if start is None and stop is None else part(x, axis, start, stop)
        found = line.apply(STATISTICS[p["mode"]], axis=axis, keepdims=True)
        sides.append(found.apply("repeat", n, axis=axis))
    return sides[0].apply("concatenate", x, sides[1], axis=axis)


def _ramp(x: Value, axis: int, before: Value, after: Value, p: Params) -> Value:
    """From a value at the border evenly to the elements at the edge."""
    borders = _sides(p["end_values"], axis, x.ndim)
    sides: list[Value] = []
    new = ("n",) * (x.ndim - 1 - axis)
    for edge, count, border in ((0, before, borders[0]), (-1, after, borders[1])):
        steps = count.apply("arange") / count
        if edge:
            steps = 1 - (count.apply("arange") + 1) / count
        line = index(x, along(axis, "i"), edge)
        if x.ndim > 1:
            line = index(line, along(axis, "n"))
        sides.append(border + (line - border) * (index(steps, (FULL, *new)) if new else steps))
    return sides[0].apply("concatenate", x, sides[1], axis=axis)


_MODES: dict[str, Callable[..., Value]] = {**dict.fromkeys(STATISTICS, _statistic), "linear_ramp": _ramp}
PAD = "x pad_width[] mode='constant' *"
special("pad", np.pad, arranged(_pad_shape), f"{PAD} constant_values=0 stat_length=None end_values=0 "
        "reflect_type='even'", vjp=_pad_vjp, raises=True)  # fmt: skip
composite("padded_with", None, _padded_with_definition, f"{PAD} constant_values[*]",
          infer=arranged(_pad_shape), raises=True, path="np.pad")  # fmt: skip
composite("padded", None, _filled_definition, f"{PAD} stat_length=None end_values=0 reflect_type='even'",
          infer=arranged(_filled_shape), raises=True, path="np.pad",
          kink="of equal extremes split evenly")  # fmt: skip
