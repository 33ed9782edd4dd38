"""Shapes are read from what lives anyway: the newest version of an array, or a parameter.

An op that needs only the shape of an array would otherwise keep an old version of it alive, which
the next write in place would then have to copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pullback.ir.alias import attempts, carries
from pullback.ir.core import Atom, Block, Func, Op, Var, walk
from pullback.ir.prims import DTYPE_TOO
from pullback.ir.types import Array, Type
from pullback.passes.sizes import EqualSizes

Choose = Callable[[Op, Var], Var]


def latest_versions(func: Func) -> None:
    """``%y = setitem %x, ..; zeros_like %x => zeros_like %y``"""
    versions = _Versions()
    versions.enter(func.block)
    func.block = versions.block(func.block, {})


def shapes_of_params(func: Func) -> None:
    """``broadcast_like %g, %t => broadcast_like %g, %x`` for a parameter %x of the shape of %t.

    So where %t is read for its shape alone, and %x, which it was computed from, for more than that.
    What was computed for the sake of its shape is then dead.
    """
    func.block = _ByParams(func).block(func.block)


class _ByParams:
    def __init__(self, func: Func) -> None:
        self.arrays = [p for p in func.params if isinstance(p.type, Array)]
        self.equal = EqualSizes()
        self.made = {v: op for op in walk(func.block) for v in op.outputs}
        self.readers: dict[Atom, list[Op | None]] = {}
        self.read(func.block)

    def read(self, block: Block) -> None:
        """Note what reads the elements of each value; None for what a block yields."""
        for op in block.ops:
            for k, a in enumerate(op.inputs):
                if k not in shape_places(op):
                    self.readers.setdefault(a, []).append(op)
            for inner in op.blocks:
                self.read(inner)
        for a in block.results:
            self.readers.setdefault(a, []).append(None)

    def block(self, block: Block) -> Block:
        self.equal.enter()
        ops = []
        for op in block.ops:
            blocks = tuple(map(self.block, op.blocks))
            ops.append(with_shapes(op, blocks, self.choose))
            self.equal.learn(op)
        self.equal.leave()
        return Block(block.params, ops, block.results)

    def choose(self, op: Op, v: Var) -> Var:
        fitting = (p for p in self.arrays if self.fits(op, p.type, v.type))
        return v if v in self.arrays else next(fitting, None) or self.source(op, v) or v

    def source(self, op: Op, v: Var) -> Var | None:
        """What lives anyway and has the shape of a value that nothing else needs."""
        made = self.made.get(v)
        if made is None or made.blocks or self.readers.get(v):
            return None
        for a in made.inputs:
            if isinstance(a, Var) and self.fits(op, a.type, v.type):
                others = any(reader is not made for reader in self.readers.get(a, ()))
                return a if others else self.source(op, a)
        return None

    def fits(self, op: Op, a: Type, b: Type) -> bool:
        """Whether an op may read the shape of one array in place of another's."""
        if not (isinstance(a, Array) and isinstance(b, Array)):
            return False
        dtypes = a.dtype == b.dtype is not None or op.name not in DTYPE_TOO
        return dtypes and self.equal.same(a.shape, b.shape)


def with_shapes(op: Op, blocks: tuple[Block, ...], choose: Choose) -> Op:
    """The op with these blocks, and another array wherever it reads only a shape."""
    places = shape_places(op)
    inputs = tuple(
        choose(op, a) if k in places and isinstance(a, Var) and isinstance(a.type, Array) else a
        for k, a in enumerate(op.inputs)
    )
    return Op(op.prim, inputs, op.params, blocks, op.outputs, op.loc, op.checked)


def shape_places(op: Op) -> Iterable[int]:
    """The inputs that an op reads for their shape only."""
    return range(len(op.inputs)) if op.name == "check_shapes" else op.prim.shape_only


class _Versions:
    """Which arrays are versions of which: a version points to the one that it was written over."""

    def __init__(self) -> None:
        self.before: dict[Var, Var] = {}

    def root(self, a: Atom) -> Atom:
        while isinstance(a, Var) and a in self.before:
            a = self.before[a]
        return a

    def link(self, v: Var, a: Atom) -> None:
        if isinstance(v.type, Array) and isinstance(a, Var) and isinstance(a.type, Array):
            self.before[v] = a

    # ---- finding versions

    def enter(self, block: Block) -> None:
        for op in block.ops:
            for inner in op.blocks:
                self.enter(inner)
            if op.name in ("for", "while"):
                self.enter_loop(op)
            elif op.name == "if":
                self.link_alike(zip(op.outputs, *(block.results for block in op.blocks), strict=True))
            elif op.name == "try":
                self.link_alike(attempts(op))
            elif op.prim.writes is not None:
                self.link(op.outputs[0], op.inputs[op.prim.writes])

    def enter_loop(self, op: Op) -> None:
        """A carry that is a version of itself in each pass is one of its initial value."""
        for k, (init, p, y) in enumerate(zip(*carries(op), strict=True)):
            if self.root(y) is p:
                for block in op.blocks:
                    self.link(block.params[len(block.params) - len(op.outputs) + k], init)
                self.link(op.outputs[k], init)

    def link_alike(self, ways: Iterable[tuple[Var, Atom, Atom]]) -> None:
        """What is a version of the same array on either way is one as well."""
        for v, a, b in ways:
            if self.root(a) is self.root(b):
                self.link(v, self.root(a))

    # ---- using the newest

    def block(self, block: Block, newest: Mapping[Var, Var]) -> Block:
        """The block with shapes read from the newest versions; ``newest`` are those on entering."""
        current = dict(newest)
        self.found(block.params, current)
        ops = []
        for op in block.ops:
            blocks = tuple(self.block(inner, current) for inner in op.blocks)
            ops.append(with_shapes(op, blocks, lambda _, v: self.newest(v, current)))
            self.found(op.outputs, current)
        return Block(block.params, ops, block.results)

    def newest(self, v: Var, current: Mapping[Var, Var]) -> Var:
        root = self.root(v)
        return current.get(root, v) if isinstance(root, Var) else v

    def found(self, variables: Iterable[Var], current: dict[Var, Var]) -> None:
        for v in variables:
            root = self.root(v)
            if isinstance(root, Var) and root is not v:
                current[root] = v
