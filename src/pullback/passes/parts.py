"""Parts of arrays that are written to in place: ``t = x[1:]``, a write to ``t``, ``x[1:] = t``.

What is put back is in its place already. So a write to the part needs no copy of it if the array is not
read in between; and where it was written in place, putting it back is nothing to do (``already``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from pullback.ir.alias import attempts, carries, writes
from pullback.ir.core import Atom, Block, Func, Op, Var, walk
from pullback.ir.index import Path, gives_part, is_basic, reshapes
from pullback.ir.types import Array, Text
from pullback.passes.liveness import Live, contents, read_by, reads

Place = tuple[Path, tuple[Atom, ...]]
# Of arrays: the write to one of its parts that comes before all other uses of it, None if none does.
Next = dict[Var, Op | None]


def is_put_back(op: Op) -> bool:
    """Whether an op writes a value to a part of an array that can be a view."""
    if op.name != "setitem" or not isinstance(op.inputs[1], Var):
        return False
    return is_basic(op.params["path"]) and not reshapes(op.params["path"])


# Stands for what a function gives of which nothing is known yet, as long as recursion is looked into.
_ANY = Var(Text(), "any")
# Of each result of a function: the parameter that it is, by number.
Given = list[int | None]
_UNKNOWN = -1


# ---- which values are one array


def given_back(funcs: Sequence[Func]) -> dict[Func, Given]:
    """The parameters that functions give back; none are looked for where nothing is put back.

    A function is taken to give back what it was handed until a way is found on which it does not.
    """
    if not any(is_put_back(op) for f in funcs for op in walk(f.block)):
        return {}
    known: dict[Func, Given] = {f: [_UNKNOWN] * len(f.results) for f in funcs}
    before: dict[Func, Given] = {}
    while known != before:
        before = dict(known)
        for f in funcs:
            known[f] = _Same(known).given(f)
    return known


class _Same:
    """Which values of a function are others that were written to: ``first`` of these.

    They have the memory of these, or that of copies that were put in on the way.
    """

    def __init__(self, known: dict[Func, Given]) -> None:
        self.known = known
        self.found: dict[Var, Var] = {}
        self.read: dict[Var, Op] = {}

    def first(self, a: Atom) -> Atom:
        return self.found.get(a, a) if isinstance(a, Var) else a

    def given(self, func: Func) -> Given:
        """The parameters that a function gives back."""
        self.block(func.block)
        places = {p: k for k, p in enumerate(func.params)} | {_ANY: _UNKNOWN}
        firsts = [self.first(r) for r in func.results]
        return [places.get(r) if isinstance(r, Var) else None for r in firsts]

    def places(self, a: Atom) -> Iterator[tuple[Atom, Place]]:
        """A value as a part of itself, of the array that it was read from, and so on."""
        path: Path = ()
        indices: tuple[Atom, ...] = ()
        a = self.first(a)
        yield a, (path, indices)
        while isinstance(a, Var) and a in self.read:
            read = self.read[a]
            path, indices = read.params["path"] + path, (*read.inputs[1:], *indices)
            a = self.first(read.inputs[0])
            yield a, (path, indices)

    def block(self, block: Block) -> None:
        for op in block.ops:
            for inner in op.blocks:
                self.block(inner)
            if gives_part(op):
                self.read[op.out] = op
            for v, sources in self.sources(op):
                self.enter(v, [s for s in map(self.first, sources) if s is not _ANY])

    def enter(self, v: Var, sources: Sequence[Atom]) -> None:
        """A value is what all its sources are, if that is one; nothing is known of it without any."""
        if not sources:
            self.found[v] = _ANY
        elif isinstance(sources[0], Var) and all(s is sources[0] for s in sources):
            self.found[v] = sources[0]

    def sources(self, op: Op) -> Iterator[tuple[Var, list[Atom]]]:
        """Outputs of an op that are one of its inputs or of what its blocks yield: which of these."""
        match op.name:
            case "call":
                for v, k in zip(op.outputs, self.known[op.params["callee"]], strict=True):
                    if k is not None:
                        yield v, [op.inputs[k]] if k != _UNKNOWN else []
            case "if":
                for v, *results in zip(op.outputs, *(b.results for b in op.blocks), strict=True):
                    yield v, results
            case "try":
                for v, kept, result in attempts(op):
                    yield v, [kept, result]
            case "for" | "while":
                for v, init, p, y in zip(op.outputs, *carries(op), strict=True):
                    stays = self.first(y) in (p, _ANY)
                    yield v, [init] if stays else [v]
            case _ if op.prim.writes is not None:
                yield op.outputs[0], [op.inputs[op.prim.writes]]


# ---- before memory is owned


@dataclass(eq=False)
class Parts:
    """The parts of arrays that a function reads, and what becomes of the arrays.

    ``following`` has for each op that writes, or is a loop, what comes next of arrays behind it.
    """

    live: dict[Op, Live]
    same: _Same
    following: dict[Op, Next] = field(default_factory=dict)

    def may_write(self, op: Op, x: Atom, seeing: Collection[Var]) -> bool:
        """Whether an op may write to a part ``x`` of arrays: all that sees it are such, and its place in
        them is written to before it is read again."""
        if op not in self.following or not isinstance(x.type, Array):
            return False
        used = {*op.inputs, *reads(op.blocks)}
        first, found = self.same.first, dict(self.same.places(x))
        arrays = [(w, found.get(first(w))) for w in seeing if w not in used]
        replaced = [w for w, place in arrays if place and self._replaced(op, w, place)]
        return len(replaced) == len(seeing)

    def _replaced(self, op: Op, array: Var, place: Place) -> bool:
        """Whether the next use of an array, and the last, is a write to all of a place."""
        write = self.following[op].get(array)
        if write is None or array in self.live[write]:
            return False
        path, indices = write.params["path"], write.inputs[2:]
        return place[0][: len(path)] == path and place[1][: len(indices)] == indices


def parts_of(func: Func, live: dict[Op, Live], known: dict[Func, Given]) -> Parts:
    """The parts of arrays that a function puts back."""
    parts = Parts(live, _Same(known))
    if any(map(is_put_back, walk(func.block))):
        parts.same.block(func.block)
        _Walk(parts).block(func.block, {})
    return parts


class _Walk:
    """Walks blocks backwards, as that for liveness does."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def block(self, block: Block, after: Next) -> None:
        """Enter the ops of a block, given what comes next of arrays behind it."""
        found = after | dict.fromkeys(contents(block.results))
        for op in reversed(block.ops):
            if writes(op) or op.name in ("for", "while"):
                self.parts.following[op] = dict(found)
            inner = reads(op.blocks)
            for b in op.blocks:
                self.block(b, self.behind(op, found, inner))
            found |= dict.fromkeys([*read_by(op), *inner])
            if is_put_back(op) and op.inputs[0] is not op.inputs[1]:
                found[cast("Var", op.inputs[0])] = op

    def behind(self, op: Op, after: Next, inner: set[Var]) -> Next:
        """What comes next behind the blocks of an op: a pass of a loop may be followed by another one,
        and what raises goes on with what was there before."""
        if op.name == "if":
            return after
        return {} if op.name == "try" else after | dict.fromkeys(inner)


# ---- behind it


def settle(funcs: Sequence[Func]) -> None:
    """Mark the writes that put back parts which were written to in place, once all copies are there."""
    known = given_back(funcs)
    for f in funcs if known else ():
        same = _Same(known)
        same.block(f.block)
        for op in filter(is_put_back, walk(f.block)):
            (*_, (array, (path, indices))) = same.places(op.inputs[0])
            place = (array, (path + op.params["path"], indices + op.inputs[2:]))
            if list(same.places(op.inputs[1]))[-1] == place:
                op.params = {**op.params, "already": True}
