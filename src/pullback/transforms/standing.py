"""Elements that still stand: what a loop read from an array, or wrote to it, and nothing overwrites.

In ``for t in range(n): h[t + 1] = f(h[t])`` each element is written once. At the end of the loop the
array holds all that its passes read and wrote, so the reverse sweep reads ``h`` again and nothing is
stored. That a later pass does not overwrite an element is a dependence test on indices of the form
``variable + constant``: the distance between two passes that meet in one place is known for each
loop, and the first distance that is not zero tells which pass comes first (Allen and Kennedy,
Optimizing Compilers for Modern Architectures, 2001, chapter 2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pullback.ir import index
from pullback.ir.alias import carries
from pullback.ir.core import PRIMS, Atom, Block, Const, Op, Var, walk
from pullback.ir.types import Array


@dataclass(frozen=True, eq=False, slots=True)
class Loop:
    """A loop around an access: its index (None for ``while``) and step (0 where it is not known)."""

    index: Var | None
    step: int


Affine = tuple[Var | None, int]


@dataclass(frozen=True, eq=False, slots=True)
class Access:
    """A read of or a write to an array: where, in which loops, and when in the text of the program."""

    op: Op
    place: tuple[Affine | None, ...]
    loops: tuple[Loop, ...]
    time: int


@dataclass(frozen=True, eq=False, slots=True)
class Standing:
    """How to read a value again; ``read`` is the op that read it, if it was read."""

    again: Op
    read: Op | None = None


def standing(loop: Op, kept: Sequence[bool]) -> dict[Var, Standing]:
    """Values of a loop that can be read from its final arrays: of those carries that are ``kept``."""
    found: dict[Var, Standing] = {}
    _, params, yields = carries(loop)
    for k, out in enumerate(loop.outputs):
        if kept[k] and isinstance(out.type, Array):
            chain = _Chain(loop)
            if chain.trace(yields[k], params[k]):
                found |= chain.values(out)
    return found


class _Chain:
    """The versions that an array goes through in a loop, and all accesses to them."""

    def __init__(self, loop: Op) -> None:
        self.made: dict[Var, Op] = {}
        self.around: dict[Op, tuple[Loop, ...]] = {}
        self.indices: set[Atom] = set()
        self.varying: set[Atom] = set()
        self.least: dict[Var, int] = {}
        self.time = {op: k for k, op in enumerate(walk_op(loop))}
        self.versions: set[Atom] = set()
        self.writes: dict[Op, None] = {}
        self.home: dict[Op, Block] = {}
        self._enter(loop, ())

    def _enter(self, op: Op, loops: tuple[Loop, ...]) -> None:
        self.around[op] = loops
        self.made.update((v, op) for v in op.outputs)
        if op.name in ("for", "while"):
            loops = (*loops, self._loop(op))
        for block in op.blocks:
            self.varying.update(block.params)
            for inner in block.ops:
                self.home[inner] = block
                self._enter(inner, loops)

    def _loop(self, op: Op) -> Loop:
        if op.name == "while":
            return Loop(None, 0)
        start, stop, step = op.inputs[:3]
        i = op.blocks[-1].params[0]
        self.indices.add(i)
        if not (isinstance(step, Const) and type(step.value) is int and step.value):
            return Loop(i, 0)
        least = self._least(start) if step.value > 0 else self._least(stop, 1)
        if least is not None:
            self.least[i] = least
        return Loop(i, -step.value if op.params["reverse"] else step.value)

    # ---- indices

    def affine(self, a: Atom) -> Affine | None:
        """An index as a variable and a constant added to it: the index of a loop, or a variable from
        outside, which is the same in all passes."""
        if isinstance(a, Const):
            return (None, a.value) if type(a.value) is int else None
        op = self.made.get(a)
        if op is not None and op.name in ("add", "sub"):
            x, y = op.inputs
            if op.name == "add" and isinstance(x, Const):
                x, y = y, x
            inner = self.affine(x)
            if inner is not None and isinstance(y, Const) and type(y.value) is int:
                return inner[0], inner[1] + (y.value if op.name == "add" else -y.value)
        known = a in self.indices or not (a in self.made or a in self.varying)
        return (a, 0) if known else None

    def _least(self, a: Atom, more: int = 0) -> int | None:
        """A number that an index is never below."""
        found = self.affine(a)
        if found is None:
            return None
        base, offset = found
        least = 0 if base is None else self.least.get(base)
        return None if least is None else least + offset + more

    def place(self, op: Op, first: int) -> tuple[Affine | None, ...]:
        """The leading integer indices of an access, None for one that might count from the end."""
        entries = op.params["path"][0] if op.params["path"] else ()
        indices = []
        for entry, a in zip(entries, op.inputs[first:], strict=False):
            if entry != "i":
                break
            least = self._least(a)
            indices.append(self.affine(a) if least is not None and least >= 0 else None)
        return tuple(indices)

    def access(self, op: Op, first: int) -> Access:
        return Access(op, self.place(op, first), self.around[op], self.time[op])

    # ---- versions

    def trace(self, last: Atom, first: Var) -> bool:
        """Follow an array from its last version back to the first; False if it is not one chain."""
        while last is not first:
            self.versions.add(last)
            op = self.made.get(last) if isinstance(last, Var) else None
            if op is None:
                return False
            before = self._before(op, last)
            if before is None:
                return False
            last = before
        self.versions.add(first)
        return True

    def _before(self, op: Op, version: Atom) -> Atom | None:
        """The version that an op made this one from."""
        if op.name in ("setitem", "add_at"):
            self.writes[op] = None
            return op.inputs[0]
        k = op.outputs.index(version) if isinstance(version, Var) else 0
        if op.name in ("for", "while"):
            inits, params, yields = carries(op)
            return inits[k] if self.trace(yields[k], params[k]) else None
        if op.name == "if":
            return self._before_branch(op, k)
        return None

    def _before_branch(self, op: Op, k: int) -> Atom | None:
        starts = set()
        for block in op.blocks:
            inside = {v for inner in block.ops for v in inner.outputs}
            version: Atom | None = block.results[k]
            while isinstance(version, Var) and version in inside:
                self.versions.add(version)
                version = self._before(self.made[version], version)
            starts.add(version)
        return starts.pop() if len(starts) == 1 else None

    # ---- values

    def always_written(self, value: Var, write: Op) -> bool:
        """Whether a value is written whenever it is computed: both stand in one block."""
        made = self.made.get(value)
        return made is not None and self.home.get(made) is self.home[write]

    def values(self, final: Var) -> dict[Var, Standing]:
        """What was read from or written to the versions and stands in the final one."""
        writes = [self.access(op, 2) for op in self.writes]
        found: dict[Var, Standing] = {}
        for op in self.time:
            if op.name != "getitem" or op.inputs[0] not in self.versions:
                continue
            access = self.access(op, 1)
            if not any(overwrites(w, access) for w in writes):
                found[op.out] = Standing(_reading(op, final, op.inputs[1:], op.out), op)
        for write in writes:
            value = write.op.inputs[1]
            if not isinstance(value, Var) or value in found or not self.always_written(value, write.op):
                continue
            if _fits(write.op, value) and not any(overwrites(w, write) for w in writes):
                found[value] = Standing(_reading(write.op, final, write.op.inputs[2:], value))
        return found


def walk_op(op: Op) -> Iterator[Op]:
    """An op and all ops in it, in the order of the text."""
    yield op
    for block in op.blocks:
        yield from walk(block)


def _reading(op: Op, array: Var, indices: Sequence[Atom], value: Var) -> Op:
    return Op(PRIMS["getitem"], (array, *indices), {"path": op.params["path"]}, (), (value,), op.loc)


def _fits(write: Op, value: Var) -> bool:
    """Whether a written value is read back as it was: not cast, and not broadcast into its place."""
    path = write.params["path"]
    if write.name != "setitem" or not path or index.may_repeat(path):
        return False
    return value.type == index.select(write.inputs[0].type, path, write.inputs[2:])


def overwrites(write: Access, access: Access) -> bool:
    """Whether a write may change, after an access, the element accessed."""
    distances: dict[Var, int] = {}
    for w, a in zip(write.place, access.place, strict=False):
        if w is None or a is None or w[0] is not a[0]:
            continue
        # They meet where w's variable + w's constant = a's variable + a's constant.
        distance = a[1] - w[1]
        if w[0] is None:
            if distance:
                return False
        elif distances.setdefault(w[0], distance) != distance:
            return False
    common = [x for x, y in zip(write.loops, access.loops, strict=False) if x is y]
    if any(d and v not in {loop.index for loop in common} for v, d in distances.items()):
        return False  # the variable is the same for both
    for loop in common:
        if loop.index is None or loop.index not in distances or not loop.step:
            return True
        passes, rest = divmod(distances[loop.index], loop.step)
        if passes or rest:
            return not rest and passes > 0
    return write.time > access.time
