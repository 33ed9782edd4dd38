"""The IR: structured SSA of five kinds, Var, Const, Op, Block and Func; and what a primitive is.

Control flow is ops with blocks. A block may use values of the blocks around it. Each variable is
defined once in a function, by an op or as a parameter of a block.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pullback import tree
from pullback.errors import InternalError, Loc
from pullback.hooks import Shown
from pullback.ir.sizes import Size
from pullback.ir.types import Type, type_of

_ids = itertools.count()


class Var:
    """A value defined once. ``name`` is the user's name for it, '' for a temporary.

    ``size`` is what is known of the value of an integer that counts elements, in the symbols that
    types have in its function.
    """

    __slots__ = ("id", "name", "size", "type")

    def __init__(self, type: Type, name: str = "") -> None:
        self.type = type
        self.name = name
        self.size: Size | None = None
        self.id = next(_ids)

    def __repr__(self) -> str:
        return f"%{self.name or 't'}.{self.id}"


class Const:
    """A number, string or None that stands in the program."""

    __slots__ = ("_spelled", "type", "value")

    def __init__(self, value: Any, type: Type | None = None) -> None:
        found = type or type_of(value)
        if found is None:
            raise InternalError(f"no constant can hold {value!r}")
        self.value = value
        self.type: Type = found
        self._spelled = ""

    def __repr__(self) -> str:
        return repr(self.value)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Const) and self.key() == other.key())

    def __hash__(self) -> int:
        return hash(self.key())

    @property
    def size(self) -> Size | None:
        """Its value, if it is a whole number."""
        return Size((), self.value) if type(self.value) is int else None

    def key(self) -> tuple[Any, ...]:
        """What tells constants apart: 0.0 from -0.0, True from 1."""
        self._spelled = self._spelled or repr(self.value)
        return (type(self.value).__name__, self._spelled, self.type)


Atom = Var | Const
Params = Mapping[str, Any]
Infer = Callable[["Op"], Sequence[Type]]


@dataclass(frozen=True, eq=False, slots=True)
class Prim:
    """What a primitive is, apart from its derivative.

    ``infer`` gives the output types of an op, ``func`` computes it and ``path`` is how it is spelled
    in NumPy code ('' for what has syntax of its own). ``writes`` is the index of the input whose
    memory the first output takes over, ``views`` are inputs that outputs may share memory with,
    ``shape_only`` inputs are read for their shape. ``keywords`` names the params in the order of the
    function's own signature with their defaults. ``cheap`` marks what is sooner computed again than
    stored. ``raises`` is True, False or decides from the op; ``effect`` marks what may not be dropped,
    doubled or moved. ``several`` is the class of what holds the outputs, if the function gives
    several: list, tuple or a named tuple.
    """

    name: str
    infer: Infer
    func: Callable[..., Any] | None = None
    path: str = ""
    raises: bool | Callable[[Op], bool] = False
    effect: bool = False
    writes: int | None = None
    views: tuple[int, ...] | Callable[[Op], tuple[int, ...]] = ()
    shape_only: tuple[int, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)
    cheap: bool = False
    several: type | None = None

    def __repr__(self) -> str:
        return f"<prim {self.name}>"


PRIMS: dict[str, Prim] = {}


def define(name: str, infer: Infer, **facts: Any) -> Prim:
    """Register a primitive; names are unique."""
    if name in PRIMS:
        raise InternalError(f"primitive {name!r} is defined twice")
    prim = PRIMS[name] = Prim(name, infer, **facts)
    return prim


@dataclass(eq=False, slots=True)
class Op:
    """One operation. ``checked`` says that whatever it may raise is known not to be raised here."""

    prim: Prim
    inputs: tuple[Atom, ...]
    params: Params = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()
    outputs: tuple[Var, ...] = ()
    loc: Loc | None = None
    checked: bool = False
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = self.prim.name

    @property
    def out(self) -> Var:
        """The only output."""
        (out,) = self.outputs
        return out

    @property
    def writes(self) -> int | None:
        """The input whose memory the first output takes over; ``into`` names one that is free."""
        into: int | None = self.params.get("into", self.prim.writes)
        return into

    def noting(self, **params: Any) -> Op:
        """The op with further params."""
        together = {**self.params, **params}
        return Op(self.prim, self.inputs, together, self.blocks, self.outputs, self.loc, self.checked)

    def with_blocks(self, blocks: Iterable[Block]) -> Op:
        """The op with other blocks in place of its own."""
        prim, inputs, params, outputs = self.prim, self.inputs, self.params, self.outputs
        return Op(prim, inputs, params, tuple(blocks), outputs, self.loc, self.checked)

    def may_raise(self) -> bool:
        """Whether running it (or what its blocks hold) may raise where dropping it would not."""
        if self.checked:
            return False
        return self.can_raise() or any(op.may_raise() for b in self.blocks for op in b.ops)

    def can_raise(self) -> bool:
        """Whether it may raise by itself in some place: ``checked`` is about the one it stands in."""
        if "traps" in self.params:  # errors of arithmetic are raised where it stands
            return True
        raises = self.prim.raises
        return raises(self) if callable(raises) else raises

    def views(self) -> tuple[int, ...]:
        """The inputs that its outputs may share memory with."""
        views = self.prim.views
        return views(self) if callable(views) else views

    def has_effect(self) -> bool:
        """Whether it, its blocks or its callee do something besides computing a value."""
        if self.prim.effect or any(op.has_effect() for b in self.blocks for op in b.ops):
            return True
        callee = self.params.get("callee")
        return isinstance(callee, Func) and callee.has_effect()


@dataclass(eq=False, slots=True)
class Block:
    """Parameters, ops in order, and the atoms that it yields."""

    params: list[Var]
    ops: list[Op]
    results: list[Atom]


@dataclass(eq=False, slots=True)
class Func(Shown):
    """A function: a block with a name. Calls refer to it by identity, so that it may be recursive.

    ``taken`` are parameters handed over for good, which may be written in place. ``arguments`` and
    ``returns`` say how the parameters and results look from Python: trees of ``Var`` leaves with the
    names of arguments, and a tree whose leaves are indices of results or ``Const``; both are None
    for functions that only generated code calls. ``derived`` keeps what transforms made of it, by what
    was asked for, so that all calls share one derivative and recursion finds itself. ``effect`` says
    whether calling it does something, once that is known, ``laid_out`` that some op of the program asks
    how an array lies in memory.
    """

    name: str
    block: Block
    loc: Loc | None = None
    taken: frozenset[int] = frozenset()
    arguments: Sequence[tuple[str, Any]] | None = None
    returns: Any = None
    doc: str = ""
    effect: bool | None = None
    laid_out: bool = False
    derived: dict[Any, Any] = field(default_factory=dict)

    @property
    def params(self) -> list[Var]:
        return self.block.params

    @property
    def results(self) -> list[Atom]:
        return self.block.results

    def has_effect(self) -> bool:
        """Whether calling it does something besides computing values (found once, kept)."""
        if self.effect is None:
            self.effect = any(op.prim.effect for f in reachable(self) for op in walk(f.block))
        return self.effect

    def __repr__(self) -> str:
        return f"<func {self.name}>"


def note_layouts(main: Func) -> None:
    """Mark functions of a program in which some op asks how an array lies in memory."""
    funcs = reachable(main)
    asked = any(op.name == "is_view" for f in funcs for op in walk(f.block))
    for f in funcs:
        f.laid_out = f.laid_out or asked


def walk(block: Block) -> Iterator[Op]:
    """All ops of a block and of the blocks in it, outer before inner."""
    ahead = [iter(block.ops)]
    while ahead:
        for op in ahead[-1]:
            yield op
            if op.blocks:
                ahead += [iter(inner.ops) for inner in reversed(op.blocks)]
                break
        else:
            ahead.pop()


def read_in(block: Block) -> set[Atom]:
    """What the ops of a block and of the blocks in it take, and what these blocks give."""
    every = [*walk(block)]
    blocks = [block, *(inner for op in every for inner in op.blocks)]
    return {a for op in every for a in op.inputs}.union(*(b.results for b in blocks))


def callees(func: Func) -> Iterator[Func]:
    """The functions that a function calls directly, each once."""
    seen: dict[Func, None] = {}
    for op in walk(func.block):
        if op.params and isinstance(callee := op.params.get("callee"), Func):
            seen[callee] = None
    yield from seen


def reachable(func: Func) -> list[Func]:
    """The function and all that it calls, callees before callers as far as recursion allows."""
    order: list[Func] = []
    seen = {func}
    # A stack, since an inner function that calls itself is left to the collector of garbage.
    ahead = [(func, callees(func))]
    while ahead:
        f, called = ahead[-1]
        for g in called:
            if g not in seen:
                seen.add(g)
                ahead.append((g, callees(g)))
                break
        else:
            order.append(f)
            ahead.pop()
    return order


def used(op: Op) -> Iterator[Var]:
    """The variables from outside that an op uses, with those that its blocks use."""
    for atom in op.inputs:
        if isinstance(atom, Var):
            yield atom
    for block in op.blocks:
        yield from free_vars(block)


def free_vars(block: Block) -> dict[Var, None]:
    """The variables that a block uses and does not define, in order of first use."""
    bound = set(block.params)
    free: dict[Var, None] = {}
    for op in block.ops:
        free.update((v, None) for v in used(op) if v not in bound)
        bound.update(op.outputs)
    free.update((v, None) for v in block.results if isinstance(v, Var) and v not in bound)
    return free


Env = dict[Var, Atom]


def look(env: Mapping[Var, Atom], atom: Atom) -> Atom:
    """What an atom stands for under a substitution."""
    return env.get(atom, atom) if isinstance(atom, Var) else atom


def substitute(block: Block, env: Env) -> Block:
    """The block with free variables replaced; definitions stay the same variables."""
    return Block(
        block.params,
        [substitute_op(op, env) for op in block.ops],
        [look(env, r) for r in block.results],
    )


def substitute_op(op: Op, env: Env) -> Op:
    blocks = tuple(substitute(b, env) for b in op.blocks)
    inputs = tuple(look(env, a) for a in op.inputs)
    return Op(op.prim, inputs, op.params, blocks, op.outputs, op.loc, op.checked)


def clone(block: Block, env: Env | None = None) -> Block:
    """A copy with fresh variables for all that it defines; ``env`` maps the free ones."""
    env = dict(env or {})
    params = [fresh_like(p, env) for p in block.params]
    ops = [clone_op(op, env) for op in block.ops]
    return Block(params, ops, [look(env, r) for r in block.results])


def clone_op(op: Op, env: Env) -> Op:
    """A copy of one op; ``env`` is extended with its new outputs."""
    inputs = tuple(look(env, a) for a in op.inputs)
    blocks = tuple(clone(b, env) for b in op.blocks)
    outputs = tuple(fresh_like(v, env) for v in op.outputs)
    return Op(op.prim, inputs, op.params, blocks, outputs, op.loc, op.checked)


def fresh_like(v: Var, env: Env) -> Var:
    new = Var(v.type, v.name)
    new.size = v.size
    env[v] = new
    return new


def copy_program(main: Func) -> Func:
    """A copy of a function and of all that it calls, which passes may change apart from it."""
    copies = {f: replace(f, derived={}) for f in reachable(main)}
    for f, new in copies.items():
        env: Env = {}
        new.block = clone(f.block, env)
        if f.arguments is not None:
            given = dict(zip(f.params, new.params, strict=True))
            leaf = lambda a, given=given: given.get(a, a)
            new.arguments = [(name, tree.mapped(leaf, t)) for name, t in f.arguments]
        for op in walk(new.block):
            op.params = {k: copies.get(v, v) if isinstance(v, Func) else v for k, v in op.params.items()}
    return copies[main]


def snapshot(funcs: Sequence[Func]) -> list[Any]:
    """All that passes read of functions: equal to a later one as long as nothing has changed."""
    noted: list[Any] = []
    for f in funcs:
        noted += (f, f.taken)
        _note(f.block, noted)
    return noted


def _note(block: Block, noted: list[Any]) -> None:
    _note_types(block.params, noted)
    for op in block.ops:
        noted += (op.prim, op.inputs, op.params, op.checked)
        _note_types(op.outputs, noted)
        for inner in op.blocks:
            _note(inner, noted)
    noted.append(tuple(block.results))


def _note_types(variables: Sequence[Var], noted: list[Any]) -> None:
    for v in variables:
        noted += (v, v.type, v.size)
