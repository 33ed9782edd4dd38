"""What NumPy broadcasts anyway, and sums that undo it: rules of algebra about shapes.

The transforms spell out that a number is given to each element of an array, that a cotangent is summed
back to the shape of its input, and how axes come and go. Here ``np.broadcast_to(1.0, y.shape) * x``
becomes one broadcast of ``x``, and sums are taken over the axes that types show.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from pullback.ir import index
from pullback.ir.build import Value, shape_of
from pullback.ir.core import Atom, Block, Func, Op, walk
from pullback.ir.types import Array, Scalar, is_many, summed_axes
from pullback.passes.constants import evaluated, number
from pullback.passes.fold import Fold, Found
from pullback.passes.sizes import EqualSizes, Shape
from pullback.rules.table import ROWS

_LIFTED = frozenset(("neg", "add", "sub", "mul", "div"))
_REDUCTIONS = frozenset(("sum", "mean", "max", "min", "prod"))
# Views of an array of equal elements, which has equal elements as well.
_REARRANGED = frozenset(("transpose", "swapaxes", "moveaxis", "reshape", "reshape_like", "ravel"))


class Shapes(Fold):
    """Folding that knows which sizes are equal where it stands, and how often values are read."""

    def __init__(self, func: Func) -> None:
        super().__init__(func)
        self.equal = EqualSizes()
        self.uses = uses(func.block)

    def block(self, block: Block) -> Block:
        self.equal.enter()
        new = super().block(block)
        self.equal.leave()
        return new

    def append(self, op: Op) -> None:
        super().append(op)
        self.equal.learn(op)

    def same_shape(self, a: Atom, b: Atom) -> bool:
        return self.equal.same(shape_of(a), shape_of(b))

    def build(self, op: Op, name: str, *inputs: Atom, like: Op | None = None) -> Found:
        """Another op in place of this one, with the params and the check of ``like``."""
        params = dict(like.params) if like else {}
        checked = bool(like and like.checked)
        return self.instead(op, lambda: self.b.emit(name, inputs, checked=checked, **params)[0])

    def rule(self, op: Op) -> Found:
        return check_without_new_axes(self, op) if op.name == "check_shapes" else super().rule(op)

    def with_input(self, op: Op, k: int, a: Atom) -> Found:
        """The op with another value for one of its inputs."""
        return self.build(op, op.name, *op.inputs[:k], a, *op.inputs[k + 1 :], like=op)


def uses(block: Block) -> Counter[Atom]:
    """How often each value is read in a block and in those inside."""
    found = Counter(block.results)
    for op in walk(block):
        found.update(op.inputs)
        for inner in op.blocks:
            found.update(inner.results)
    return found


# ---- values that are spread


def spread(r: Shapes, op: Op) -> Found:
    """``mul (broadcast_like g, x), y => mul g, y`` where another input has the shape of ``x``"""
    row = ROWS.get(op.name)
    if row is None or not row.broadcasts:
        return None
    for k, a in enumerate(op.inputs):
        others = [b for j, b in enumerate(op.inputs) if j != k]
        less = _less(r, a, others)
        if less is not None and (found := r.with_input(op, k, less)) is not None:
            return found
    return None


def _less(r: Shapes, a: Atom, others: Sequence[Atom]) -> Atom | None:
    """What may stand for an operand beside others, as NumPy will broadcast it."""
    if (inner := _without_new_axes(r, a)) is not None and len(shape_of(a)) in _ndims(others):
        return inner
    if not any(r.same_shape(a, b) for b in others):
        return None
    op = r.definition(a, "broadcast_like")
    return op.inputs[0] if op is not None else _number_everywhere(r, a)


def check_without_new_axes(r: Shapes, op: Op) -> Found:
    """``check_shapes (x[None, :]), y => check_shapes x, y``"""
    for k, a in enumerate(op.inputs):
        others = [b for j, b in enumerate(op.inputs) if j != k]
        inner = _without_new_axes(r, a)
        if inner is not None and len(shape_of(a)) in _ndims(others):
            r.b.emit("check_shapes", [*op.inputs[:k], inner, *op.inputs[k + 1 :]])
            return []
    return None


def _ndims(atoms: Sequence[Atom]) -> set[int]:
    return {len(shape_of(a)) for a in atoms}


def _without_one(r: Shapes, a: Atom) -> Atom | None:
    """The ``x`` without dimensions of ``1.0 * x``, which is a number, or of ``np.array(x)``."""
    op = r.definition(a, "mul", "array")
    if op is None or shape_of(a):
        return None
    if op.name == "array":
        return op.inputs[0] if len(op.inputs) == 1 and not shape_of(op.inputs[0]) else None
    x, y = op.inputs
    return next((b for c, b in ((x, y), (y, x)) if number(c) == 1 and isinstance(b.type, Array)), None)


def _without_new_axes(r: Shapes, a: Atom) -> Atom | None:
    """The ``x`` of ``x[None, :]``, whose new axes all come first."""
    op = r.definition(a, "getitem")
    if op is None or len(op.params["path"]) != 1 or not isinstance(op.inputs[0].type, Array):
        return None
    (subscript,) = op.params["path"]
    lead = len(shape_of(a)) - op.inputs[0].type.ndim
    rest = subscript[lead:]
    plain = subscript[:lead] == ("n",) * lead and all(e in ("e", index.FULL) for e in rest)
    return op.inputs[0] if lead > 0 and plain else None


def _number_everywhere(r: Shapes, a: Atom) -> Atom | None:
    """The number that all elements of an array are, if it was made from one."""
    op = r.definition(a)
    if op is None or not isinstance(a.type, Array):
        return None
    if op.name == "broadcast_like" and isinstance(op.inputs[0].type, Scalar):
        return op.inputs[0]
    whole = op.name == "getitem" and all(
        e in ("n", "e", index.FULL) for subscript in op.params["path"] for e in subscript
    )
    again = whole or op.name in _REARRANGED or op.name in ("broadcast_like", "copy")
    return _number_everywhere(r, op.inputs[0]) if again else None


def lifted(r: Shapes, op: Op) -> Found:
    """``div (broadcast_like g, x), y => broadcast_like (div g, y), x`` for ``y`` in ``x``"""
    if op.name not in _LIFTED:
        return None
    spreads = [r.definition(a, "broadcast_like") for a in op.inputs]
    like = next((s.inputs[1] for s in spreads if s is not None), None)
    if like is None:
        return None
    if not all(r.same_shape(a, op.out) for a, s in zip(op.inputs, spreads, strict=True) if s):
        return None
    inner = [s.inputs[0] if s else a for a, s in zip(op.inputs, spreads, strict=True)]

    def build() -> Atom | None:
        small: Atom | None = r.b.one(op.name, *inner)
        if all(number(a) is not None for a in inner):
            small = evaluated(r.b.ops.pop())
        if small is None or any(new.may_raise() for new in r.b.ops):
            return None
        return r.b.emit("broadcast_like", [small, like], checked=not op.may_raise())[0]

    return r.instead(op, build)


def spread_into(r: Shapes, op: Op) -> Found:
    """``accumulate b, (broadcast_like g, x) => accumulate b, g``; so what is written to a place"""
    v, place = op.inputs[1], _place(op)
    inner = _without_new_axes(r, v) if len(place) == len(shape_of(v)) else None
    if inner is None and r.equal.same(place, shape_of(v)):
        op_of = r.definition(v, "broadcast_like")
        inner = op_of.inputs[0] if op_of is not None else _number_everywhere(r, v)
    inner = inner or _without_one(r, v)
    return None if inner is None else r.with_input(op, 1, inner)


def _place(op: Op) -> Shape:
    """The shape of what an op writes to."""
    t = op.inputs[0].type
    if op.name != "accumulate" and isinstance(t, Array):
        t = index.select(t, op.params["path"], op.inputs[2:])
    return t.shape if isinstance(t, Array) else ()


def added_to_spread(r: Shapes, op: Op) -> Found:
    """``accumulate (broadcast_like g, x), v => add g, v``, spread again if ``v`` is of no full shape"""
    a, v = op.inputs
    first, second = r.definition(a, "broadcast_like"), r.definition(v, "broadcast_like")
    if first is None:
        return None
    if second is None and r.same_shape(a, v):
        return r.build(op, "add", first.inputs[0], v)
    inner = second.inputs[0] if second else v

    def build() -> Atom:
        total = r.b.one("add", first.inputs[0], inner)
        return r.b.emit("broadcast_like", [total, first.inputs[1]], checked=op.checked)[0]

    return r.instead(op, build)


# ---- what comes behind one another


def spread_again(r: Shapes, op: Op) -> Found:
    """``broadcast_like (broadcast_like g, y), x => broadcast_like g, x``; so new axes and copies"""
    g, x = op.inputs
    if r.same_shape(g, x) and isinstance(x.type, Array):
        return r.instead(op, partial(_same, g))
    inner = _number_everywhere(r, g) or _without_new_axes(r, g)
    if inner is None and (before := r.definition(g, "broadcast_like", "copy")) is not None:
        inner = before.inputs[0]
    inner = inner or _without_one(r, g)
    return None if inner is None else r.with_input(op, 0, inner)


def arrays_of_arrays(r: Shapes, op: Op) -> Found:
    """``array (array x) => array x``, and ``=> x`` for the adjoint of an array without dimensions"""
    if op.inputs[0].type == op.out.type and len(op.inputs) == 1:
        return r.same(op, op.inputs[0])
    before = r.definition(op.inputs[0], "array")
    same = before is not None and before.params == op.params and before.out.type == op.out.type
    return r.build(op, "array", *before.inputs, like=before) if before is not None and same else None


def reshaped_again(r: Shapes, op: Op) -> Found:
    """``reshape_like (reshape g, ..), x => reshape_like g, x``, and ``=> g`` if it has that shape"""
    g, x = op.inputs
    if (equal := _number_everywhere(r, g)) is not None:
        return r.build(op, "broadcast_like", equal, x)
    if r.same_shape(g, x):
        return r.instead(op, partial(_same, g))
    before = r.definition(g, "reshape_like", "reshape", "ravel")
    return None if before is None else r.with_input(op, 0, before.inputs[0])


def of_negative(r: Shapes, op: Op) -> Found:
    """``getitem (neg x), i => neg (getitem x, i)``, so that an adjoint grows by ``-=``"""
    before = r.definition(op.inputs[0], "neg")
    if before is None or r.uses[before.out] != 1 or not op.views():
        return None
    rest = op.inputs[1:]

    def build() -> Atom:
        (view,) = r.b.emit(op.name, [before.inputs[0], *rest], checked=op.checked, **op.params)
        return r.b.one("neg", view)

    return r.instead(op, build)


# ---- sums


def counted(r: Shapes, op: Op) -> Found:
    """``unbroadcast (broadcast_like g, y), x => broadcast_like (g * n), x``, so many there are of each

    Only along axes that ``g`` has itself is there anything to sum.
    """
    spread_g, x = op.inputs
    equal = _number_everywhere(r, spread_g)
    like = r.definition(spread_g, "broadcast_like")
    axes = summed_axes(shape_of(spread_g), shape_of(x))
    if axes is None or (equal is None and like is None):
        return None
    g = equal or (like.inputs[0] if like else spread_g)
    new = len(shape_of(spread_g)) - len(shape_of(g))
    along = (*range(axes[0]), *axes[1])
    own = [k - new for k in along if k >= new and shape_of(g)[k - new] != 1]
    times = [k for k in along if k - new not in own]
    if not along or not all(_is_whole(r, g, spread_g, k, new) for k in own):
        return None
    whole = r.b.wrap(like.inputs[1] if like else spread_g)
    return r.instead(op, lambda: _as_often(r, g, own, _count(whole, times), op))


def _is_whole(r: Shapes, g: Atom, spread_g: Atom, k: int, new: int) -> bool:
    """Whether an axis of ``g`` has the size that it was spread to."""
    n, m = shape_of(g)[k], shape_of(spread_g)[k + new]
    return is_many(n) or r.equal.find(n) == r.equal.find(m)


def _count(x: Value, axes: Sequence[int]) -> Value | None:
    """How many elements there are along some axes of an array, None for none."""
    if not axes:
        return None
    if len(axes) == x.ndim:
        return x.apply("size").apply("float")
    n = x.apply("dim", axis=axes[0])
    for k in axes[1:]:
        n = n * x.apply("dim", axis=k)
    return n.apply("float")


def _as_often(r: Shapes, g: Atom, own: Sequence[int], n: Value | None, op: Op) -> Atom:
    """The sum of ``g`` over its ``own`` axes, ``n`` times that, in the type of ``op``."""
    x, total = r.b.wrap(op.inputs[1]), r.b.wrap(g)
    if own:
        every = len(own) == total.ndim or not x.ndim
        axis = None if every else own[0] if len(own) == 1 else tuple(own)
        total = total.apply("sum", axis=axis, keepdims=bool(x.ndim))
    if (lead := total.ndim - x.ndim) > 0:
        entries = ("i",) * lead + (index.FULL,) * x.ndim
        total = total.apply("getitem", *[0] * lead, path=(entries,))
    if n is not None:
        total = n if number(g) == 1 else total * n
    if x.ndim:
        return total.broadcast_like(x).atom
    if isinstance(x.type, Array):
        return total.apply("array").atom
    dtype = getattr(op.out.type, "dtype", None)
    return r.b.one("cast", total.atom, dtype=dtype) if dtype else total.atom


def summed(r: Shapes, op: Op) -> Found:
    """``unbroadcast g, x => sum g {axis}`` where types show which axes these are"""
    g, x = op.inputs
    axes = summed_axes(shape_of(g), shape_of(x))
    if axes is None or not isinstance(g.type, Array):
        return None
    lead, ones = axes
    if not lead and not ones:
        return r.instead(op, partial(_same, g))
    return r.instead(op, lambda: _sum(r.b.wrap(g), x, lead, ones).atom)


def _sum(g: Value, x: Atom, lead: int, ones: Sequence[int]) -> Value:
    axes = (*range(lead), *ones)
    axis = None if len(axes) == g.ndim else axes[0] if len(axes) == 1 else axes
    if not shape_of(x):
        total = g.apply("sum", axis=None, keepdims=False)
        return total.apply("array") if isinstance(x.type, Array) else total
    if not lead or axis is None:
        total = g.apply("sum", axis=axis, keepdims=bool(ones))
        first = total.apply("getitem", *[0] * lead, path=(("i",) * lead,)) if lead else total
        return first if ones else total
    total = g.apply("sum", axis=axis, keepdims=False)
    entries = tuple("n" if lead + k in ones else index.FULL for k in range(g.ndim - lead))
    return total.apply("getitem", path=(entries,)) if ones else total


def axes_of_sums(r: Shapes, op: Op) -> Found:
    """``(sum x {axis=1, keepdims=True})[:, 0] => sum x {axis=1}``, and the reverse for ``[:, None]``"""
    before = r.definition(op.inputs[0], *_REDUCTIONS)
    if before is None or r.uses[before.out] != 1 or len(op.params["path"]) != 1:
        return None
    x, axis = before.inputs[0], before.params.get("axis")
    if not isinstance(x.type, Array) or axis is None:
        return None
    (subscript,) = op.params["path"]
    kept = bool(before.params.get("keepdims"))
    mark = "i" if kept else "n"
    axes = {k % x.type.ndim for k in (axis if isinstance(axis, tuple) else (axis,))}
    whole = tuple(mark if k in axes else index.FULL for k in range(x.type.ndim))
    if subscript != whole or any(number(i) != 0 for i in op.inputs[1:]):
        return None
    if not kept and 0 in axes and len(axes) == 1:  # an axis in front goes by itself
        return None
    params = {**before.params, "keepdims": not kept}
    checked = before.checked
    return r.instead(op, lambda: r.b.emit(before.name, [x], checked=checked, **params)[0])


def axes_again(r: Shapes, op: Op) -> Found:
    """``x[:, 0][:, None] => x`` for an axis of size 1; so whatever only adds and drops such axes"""
    before: Op | None = op
    while before is not None and _only_axes(before):
        x = before.inputs[0]
        if r.same_shape(x, op.out):
            return r.instead(op, partial(_same, x))
        before = r.definition(x, "getitem")
    return None


def _same(x: Atom) -> Atom:
    return x


def _only_axes(op: Op) -> bool:
    """Whether subscripts only add axes and drop some of size 1."""
    t, rest = op.inputs[0].type, op.inputs[1:]
    for subscript in op.params["path"]:
        axes = [e for e in subscript if e != "n"]
        if not isinstance(t, Array) or any(e not in ("i", index.FULL) for e in axes):
            return False
        dropped = [n for e, n in zip(axes, t.shape, strict=False) if e == "i"]
        if any(n != 1 for n in dropped):
            return False
        t = index.select(t, (subscript,), rest[: len(dropped)])
        rest = rest[len(dropped) :]
    return all(number(i) == 0 for i in op.inputs[1:])


Handler = Callable[[Shapes, Op], Found]
SPREADING: dict[str, tuple[Handler, ...]] = {
    "accumulate": (added_to_spread, spread_into),
    "setitem": (spread_into,),
    "add_at": (spread_into,),
    "array": (arrays_of_arrays,),
    "broadcast_like": (spread_again,),
    "reshape_like": (reshaped_again, of_negative),
    "unbroadcast": (counted, summed),
    "getitem": (axes_again, axes_of_sums, of_negative),
    "transpose": (of_negative,),
}

__all__ = ["SPREADING", "Shapes", "lifted", "spread", "uses"]
