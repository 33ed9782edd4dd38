"""Building IR: a builder types each op as it is made; values with operators make rules read as maths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pullback.errors import Loc
from pullback.ir import prims as _prims  # noqa: F401  (registers the primitives)
from pullback.ir import sizes
from pullback.ir.core import PRIMS, Atom, Block, Const, Op, Var
from pullback.ir.sizes import Size
from pullback.ir.types import PY_INT, Array, Dim, Scalar, Type, is_many, join

# What is known of integers that count elements.
COUNTS: dict[str, Callable[[Op], Size | None]] = {
    "dim": lambda op: sizes.value_of(shape_of(op.inputs[0])[op.params["axis"]]),
    "size": lambda op: sizes.product_of(shape_of(op.inputs[0])),
    "add": lambda op: _combined(sizes.add, op),
    "sub": lambda op: _combined(lambda a, b: sizes.add(a, b, -1), op),
    "mul": lambda op: _combined(sizes.multiply, op),
}


def _combined(arithmetic: Callable[[Size, Size], Size], op: Op) -> Size | None:
    a, b = (x.size for x in op.inputs)
    found = None if a is None or b is None else arithmetic(a, b)
    return found if found is not None and len(found.terms) <= sizes.MAX_TERMS else None


class Builder:
    """Appends typed ops to a list; what it is asked to build is folded only where that is exact."""

    def __init__(self, loc: Loc | None = None) -> None:
        self.ops: list[Op] = []
        self.loc = loc

    def emit(
        self,
        prim: str,
        /,
        inputs: Sequence[Atom] = (),
        blocks: Sequence[Block] = (),
        types: Sequence[Type] | None = None,
        names: Sequence[str] = (),
        checked: bool = False,
        **params: Any,
    ) -> tuple[Var, ...]:
        """Append an op; ``types`` are given only where the primitive cannot infer them."""
        op = Op(PRIMS[prim], tuple(inputs), params, tuple(blocks), (), self.loc, checked)
        if types is None:
            types = op.prim.infer(op)
        labels = [*names, *[""] * len(types)]
        op.outputs = tuple(Var(t, label) for t, label in zip(types, labels, strict=False))
        if prim in COUNTS and op.outputs[0].type == PY_INT:
            op.outputs[0].size = COUNTS[prim](op)
        self.ops.append(op)
        return op.outputs

    def one(self, prim: str, /, *inputs: Atom, **params: Any) -> Var:
        """Append an op with one output."""
        (out,) = self.emit(prim, inputs, **params)
        return out

    def undef(self, t: Type, name: str = "") -> Var:
        """A value that is never used where it is not set."""
        return self.emit("undef", types=[t], names=[name])[0]

    def branch(
        self, cond: Atom, then: Block, orelse: Block, names: Sequence[str] = ()
    ) -> tuple[Var, ...]:
        """An ``if``; its outputs have the joined types of what the two blocks yield."""
        types = []
        for a, b in zip(then.results, orelse.results, strict=True):
            joined = join(a.type, b.type)
            types.append(a.type if joined is None else joined)
        return self.emit("if", [cond], [then, orelse], types, names)

    def context(self, block: Block, names: Sequence[str] = (), **params: Any) -> tuple[Var, ...]:
        """A branch that always runs, in a context; its other side stands for nothing."""
        (token,) = self.emit("within", context=params["context"])
        with self.block() as never:
            never.results = [self.undef(r.type) for r in block.results]
        types = [r.type for r in block.results]
        return self.emit("if", [token], [block, never], types, names, **params)

    def at(self, loc: Loc | None) -> _Placed:
        """Ops built inside belong to this place in the user's source."""
        return _Placed(self, loc)

    def block(self, params: Sequence[Var] = ()) -> _Inside:
        """Ops built inside go to a new block, which the caller completes with results."""
        return _Inside(self, Block(list(params), [], []))

    def wrap(self, atom: Atom, math: str = "") -> Value:
        return Value(self, atom, math)

    def zeros(self, like: Atom) -> Atom:
        """A zero adjoint or tangent of a value."""
        if isinstance(like.type, Scalar):
            return Const(0.0)
        if isinstance(like.type, Array):
            return self.one("zeros_like", like)
        return self.one("zeros_tree", like)


# Both are entered for each expression and for each block of each pass: generators would take thrice
# as long.


class _Placed:
    """The context of ``Builder.at``."""

    __slots__ = ("before", "builder", "loc")

    def __init__(self, builder: Builder, loc: Loc | None) -> None:
        self.builder = builder
        self.loc = loc

    def __enter__(self) -> None:
        self.before = self.builder.loc
        self.builder.loc = self.loc or self.before

    def __exit__(self, *_: object) -> None:
        self.builder.loc = self.before


class _Inside:
    """The context of ``Builder.block``."""

    __slots__ = ("before", "builder", "new")

    def __init__(self, builder: Builder, new: Block) -> None:
        self.builder = builder
        self.new = new

    def __enter__(self) -> Block:
        self.before = self.builder.ops
        self.builder.ops = self.new.ops
        return self.new

    def __exit__(self, *_: object) -> None:
        self.builder.ops = self.before


class Value:
    """An IR value with operators, so that a rule written as maths builds IR.

    ``math`` names the module whose functions are applied to it, "math" or "cmath" ('' for NumPy's):
    derivatives of ``math.sin`` stay with Python floats.
    """

    __slots__ = ("atom", "builder", "math")

    def __init__(self, builder: Builder, atom: Atom, math: str = "") -> None:
        self.builder = builder
        self.atom = atom
        self.math = math

    @property
    def type(self) -> Type:
        return self.atom.type

    @property
    def ndim(self) -> int:
        return self.type.ndim if isinstance(self.type, Array) else 0

    def apply(self, name: str, *others: Any, **params: Any) -> Value:
        """The result of a primitive on this value and others (values or Python numbers)."""
        atoms = [self.lift(o) for o in others]
        return Value(self.builder, self.builder.one(name, self.atom, *atoms, **params), self.math)

    def lift(self, other: Any) -> Atom:
        return other.atom if isinstance(other, Value) else Const(other)

    def _from(self, other: Any) -> Value:
        return Value(self.builder, self.lift(other), self.math)

    def __add__(self, other: Any) -> Value:
        return self.apply("add", other)

    def __radd__(self, other: Any) -> Value:
        return self._from(other).apply("add", self)

    def __sub__(self, other: Any) -> Value:
        return self.apply("sub", other)

    def __rsub__(self, other: Any) -> Value:
        return self._from(other).apply("sub", self)

    def __mul__(self, other: Any) -> Value:
        factor = self.lift(other)
        if isinstance(self.atom, Const) and isinstance(factor, Const):
            return Value(self.builder, Const(self.atom.value * factor.value), self.math)
        if self.is_const(1) and not _made_float(factor, self.atom):
            return self._from(other)
        if self.is_const(-1) and not _made_float(factor, self.atom):
            return -self._from(other)
        stays = _is_one(other) and not _made_float(self.atom, factor)
        return self if stays else self.apply("mul", other)

    def __rmul__(self, other: Any) -> Value:
        return self._from(other) * self

    def __truediv__(self, other: Any) -> Value:
        return self if _is_one(other) and not _is_whole(self.atom) else self.apply("div", other)

    def __rtruediv__(self, other: Any) -> Value:
        return self._from(other).apply("div", self)

    def __pow__(self, other: Any) -> Value:
        return self.apply("pow", other)

    def __neg__(self) -> Value:
        if isinstance(self.atom, Const):
            return Value(self.builder, Const(-self.atom.value), self.math)
        return self.apply("neg")

    def __lt__(self, other: Any) -> Value:
        return self.apply("lt", other)

    def __le__(self, other: Any) -> Value:
        return self.apply("le", other)

    def __gt__(self, other: Any) -> Value:
        return self.apply("gt", other)

    def __ge__(self, other: Any) -> Value:
        return self.apply("ge", other)

    def __and__(self, other: Any) -> Value:
        return self.apply("and", other)

    def __or__(self, other: Any) -> Value:
        return self.apply("or", other)

    def equals(self, other: Any) -> Value:
        return self.apply("eq", other)

    def is_const(self, number: float) -> bool:
        """Whether this is the constant, as a real number."""
        a = self.atom
        return isinstance(a, Const) and type(a.value) in (int, float) and a.value == number

    def broadcast_like(self, x: Value) -> Value:
        """This value in the shape of ``x``, the same value where types show that it has it."""
        if not isinstance(x.type, Array) or shape_of(self.atom) == shape_of(x.atom):
            return self
        whole = isinstance(self.atom, Const) and type(self.atom.value) is int
        number = self._from(float(self.atom.value)) if whole else self  # type: ignore[union-attr]
        # It does not raise where what it is the derivative of did not.
        (out,) = self.builder.emit("broadcast_like", [number.atom, x.atom], checked=True)
        return Value(self.builder, out, self.math)

    def unbroadcast(self, x: Value) -> Value:
        """Summed over the axes along which ``x`` was broadcast to the shape of this value."""
        if never_broadcast(x.atom, self.atom):
            return self
        return self.apply("unbroadcast", x)

    def reshape_like(self, x: Value) -> Value:
        """The same elements in the shape of ``x``."""
        if shape_of(self.atom) == shape_of(x.atom):
            return self
        return self.apply("reshape_like", x)


def _is_one(other: Any) -> bool:
    return other.is_const(1) if isinstance(other, Value) else type(other) in (int, float) and other == 1


def _is_whole(a: Atom) -> bool:
    return isinstance(a.type, Scalar | Array) and a.type.cls in ("int", "bool")


def _made_float(x: Atom, factor: Atom) -> bool:
    """Whether a factor makes floats of NumPy's ints or bools. These are no derivatives, even of one:
    they wrap, and floats that are written to them lose what is behind the point."""
    numpy = isinstance(x.type, Array) or getattr(x.type, "origin", "") == "np"
    return numpy and _is_whole(x) and not _is_whole(factor)


def shape_of(atom: Atom) -> tuple[Dim, ...]:
    """The shape of an array, () for numbers."""
    return atom.type.shape if isinstance(atom.type, Array) else ()


def never_broadcast(x: Atom, out: Atom) -> bool:
    """Whether an elementwise op surely did not stretch ``x``: as many axes, none of them size 1."""
    xs, ys = shape_of(x), shape_of(out)
    return len(xs) == len(ys) and all(m == n or is_many(m) for m, n in zip(xs, ys, strict=True))
