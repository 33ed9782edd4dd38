"""Statements: a function as the structured Python that will be printed, still in IR variables.

A block's end decides its form: what a function returns is returned inside the branches of a last
``if``, and a loop that is left in a branch is left there by ``break``. Values of branches and carries of
loops become moves. Naming and printing both work on this plan, so that they agree on what happens when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from pullback.errors import Loc
from pullback.ir.alias import carries, loop_params
from pullback.ir.core import Atom, Block, Const, Env, Func, Op, Var, look, used
from pullback.ir.types import has_memory


@dataclass(eq=False)
class OfOp:
    """A statement that an op is printed as, which has its place."""

    op: Op

    @property
    def loc(self) -> Loc | None:
        return self.op.loc


@dataclass(eq=False)
class Do(OfOp):
    """One op printed as a statement."""


@dataclass(eq=False)
class Move:
    """Assignments that happen at once: each variable takes the value of an atom."""

    pairs: list[tuple[Var, Atom]]
    loc: Loc | None = None


@dataclass(eq=False)
class If(OfOp):
    then: list[Stmt]
    orelse: list[Stmt]

    @property
    def cond(self) -> Atom:
        return self.op.inputs[0]


@dataclass(eq=False)
class Try(OfOp):
    """Runs its body; where one of ``op.params["catches"]`` leaves it the handler for that one follows,
    else what is in ``orelse``."""

    body: list[Stmt]
    handlers: list[list[Stmt]]
    orelse: list[Stmt] = field(default_factory=list)

    @property
    def error(self) -> Var:
        """The exception, in handlers."""
        return self.op.outputs[1]


@dataclass(eq=False)
class With(OfOp):
    """Runs its body in a context."""

    body: list[Stmt]


@dataclass(eq=False)
class For(OfOp):
    index: Var
    body: list[Stmt]


@dataclass(eq=False)
class While(OfOp):
    """Runs its body until a ``Test`` or ``Break`` in it leaves."""

    body: list[Stmt]


@dataclass(eq=False)
class Test:
    """Leaves the loop unless the condition holds."""

    cond: Atom
    loc: Loc | None = None


@dataclass(eq=False)
class Break:
    loc: Loc | None = None


@dataclass(eq=False)
class Return:
    results: list[Atom]
    loc: Loc | None = None


Stmt = Do | Move | If | Try | With | For | While | Test | Break | Return


@dataclass(eq=False)
class Plan:
    """The statements of a function.

    ``merged`` are pairs of variables that are one Python variable by nature: a carry and the loop's
    output, a written array before and after. ``nested`` are ops printed inside the expression that
    uses them, ``undefined`` outputs of ``undef``.
    """

    func: Func
    stmts: list[Stmt]
    merged: list[tuple[Var, Var]] = field(default_factory=list)
    nested: dict[Var, Op] = field(default_factory=dict)
    undefined: set[Var] = field(default_factory=set)

    def leaves(self, atoms: Sequence[Atom]) -> Iterator[Var]:
        """The variables that the text of some atoms reads."""
        for a in atoms:
            if isinstance(a, Var) and a not in self.undefined:
                if a in self.nested:
                    yield from self.leaves(self.nested[a].inputs)
                else:
                    yield a

    def places(self, atoms: Sequence[Atom]) -> Iterator[Loc | None]:
        """Where the ops stand that are printed inside the text of some atoms."""
        for a in atoms:
            if isinstance(a, Var) and (op := self.nested.get(a)) is not None:
                yield op.loc
                yield from self.places(op.inputs)

    def printed(self, s: Stmt) -> Iterator[Op]:
        """The ops that the text of a statement evaluates by itself."""
        todo = [s.op] if isinstance(s, Do) else []
        todo += [self.nested[a] for a in atoms_of(s) if isinstance(a, Var) and a in self.nested]
        while todo:
            op = todo.pop()
            yield op
            todo += [self.nested[a] for a in op.inputs if isinstance(a, Var) and a in self.nested]

    def may_raise(self, op: Op) -> bool:
        """Whether an op, or what is nested in it, may raise."""
        inner = (self.nested.get(a) for a in op.inputs if isinstance(a, Var))
        return op.may_raise() or any(self.may_raise(o) for o in inner if o is not None)


def blocks_of(s: Stmt) -> list[list[Stmt]]:
    """The statements inside a statement."""
    match s:
        case If():
            return [s.then, s.orelse]
        case Try():
            return [s.body, *s.handlers, s.orelse]
        case For() | While() | With():
            return [s.body]
    return []


def atoms_of(s: Stmt) -> Sequence[Atom]:
    """What a statement reads itself, when control comes to it."""
    match s:
        case Do():
            return s.op.inputs
        case Move():
            return [src for _, src in s.pairs]
        case For():
            return s.op.inputs[:3]
        case If() | Test():
            return [s.cond]
        case Return():
            return s.results
    return []


def everywhere(stmts: Sequence[Stmt]) -> Iterator[Stmt]:
    """All statements, outer before inner."""
    for s in stmts:
        yield s
        for inner in blocks_of(s):
            yield from everywhere(inner)


def ends(stmts: Sequence[Stmt]) -> bool:
    """Whether control never comes to the end of these statements."""
    if not stmts:
        return False
    match stmts[-1]:
        case Break() | Return():
            return True
        case Do(op=op):
            return op.name in RAISES
        case Try(body=body, handlers=handlers, orelse=orelse):
            return all(map(ends, handlers)) and (ends(body) or ends(orelse))
        case If(then=then, orelse=orelse):
            return ends(then) and ends(orelse)
        case With(body=body):
            return ends(body)
    return False


def written_in_place(op: Op) -> bool:
    """Whether the op is printed as an update of its written input."""
    return op.writes is not None and has_memory(op.inputs[op.writes].type)


def is_new_version(op: Op) -> bool:
    """Whether the op gives another version of the array that it writes to, under one name."""
    return op.prim.writes is not None and written_in_place(op)


def plan(func: Func) -> Plan:
    """The statements of a function."""
    maker = _Planner(Plan(func, []))

    def finish(results: Sequence[Atom]) -> list[Stmt]:
        return [Return(list(results), _last_loc(func.block))]

    maker.plan.stmts = maker.block(func.block.ops, func.results, finish, _has_result)
    return maker.plan


def _last_loc(block: Block) -> Loc | None:
    return block.ops[-1].loc if block.ops else None


RAISES = ("raise", "reraise")
Finish = Callable[[Sequence[Atom]], list[Stmt]]
Splits = Callable[[Op, Sequence[Atom]], bool]


def _has_result(op: Op, results: Sequence[Atom]) -> bool:
    return any(v in results for v in op.outputs)


def _never(op: Op, results: Sequence[Atom]) -> bool:
    return False


def _leaves_loop(op: Op, results: Sequence[Atom]) -> bool:
    """Whether a last ``if`` decides in one of its branches that the loop is left."""
    flag = results[0]
    if flag not in op.outputs:
        return False
    k = op.outputs.index(flag)
    for block in _run(op):
        result = block.results[k]
        if isinstance(result, Const) and not result.value:
            return True
        last = block.ops[-1] if block.ops else None
        if last is not None and last.name == "if" and _leaves_loop(last, [result]):
            return True
    return False


def _run(op: Op) -> Sequence[Block]:
    """The blocks of a branch that may run."""
    return op.blocks[:1] if "context" in op.params else op.blocks


def _branch(op: Op, sides: Sequence[list[Stmt]]) -> If | With:
    return With(op, *sides) if "context" in op.params else If(op, *sides)


@dataclass(eq=False)
class _Planner:
    plan: Plan

    def block(
        self, ops: Sequence[Op], results: Sequence[Atom], finish: Finish, splits: Splits
    ) -> list[Stmt]:
        """Statements of ops, then what is to be done with the results."""
        raising = [k for k, op in enumerate(ops) if op.name in RAISES]
        if raising:
            return self.stmts(ops[: raising[0] + 1])
        ops = _deciding_last(ops, results, splits)
        if not (ops and ops[-1].name == "if" and splits(ops[-1], results)):
            return [*self.stmts(ops), *finish(results)]
        last = ops[-1]
        sides = []
        for inner in _run(last):
            env: Env = dict(zip(last.outputs, inner.results, strict=True))
            sides.append(self.block(inner.ops, [look(env, r) for r in results], finish, splits))
        return [*self.stmts(ops[:-1]), _branch(last, sides)]

    def stmts(self, ops: Sequence[Op]) -> list[Stmt]:
        return [s for op in ops for s in self.op(op)]

    def op(self, op: Op) -> list[Stmt]:
        match op.name:
            case "within":
                return []
            case "undef":
                self.plan.undefined.update(op.outputs)
                return []
            case "if":
                return [self.branch(op)]
            case "try":
                return self.attempt(op)
            case "for":
                return self.loop(op, [For(op, op.blocks[0].params[0], self.body(op))])
            case "while":
                return self.loop(op, [While(op, self.body(op))])
        if is_new_version(op):
            written = op.inputs[op.writes or 0]
            if isinstance(written, Var):
                self.plan.merged.append((op.outputs[0], written))
            if "already" in op.params:  # what is to be written stands there
                return _moves(op.outputs, [written], op.loc)
        return [Do(op)]

    def branch(self, op: Op) -> If | With:
        finish = lambda results: _moves(op.outputs, results, op.loc)
        sides = [self.block(b.ops, b.results, finish, _never) for b in _run(op)]
        return _branch(op, sides)

    def attempt(self, op: Op) -> list[Stmt]:
        """A ``try`` behind the moves that say what its values are where it raises."""
        caught, _, *values = op.outputs
        several = len(op.params["catches"]) > 1
        codes = [Const(k + 1 if several else True) for k in range(len(op.params["catches"]))]
        none = Const(0 if several else False)
        finish = lambda results: _moves([caught, *values], [none, *results], op.loc)
        body = self.block(op.blocks[0].ops, op.blocks[0].results, finish, _never)
        handlers: list[list[Stmt]] = [_moves([caught], [code], op.loc) for code in codes]
        return [*_moves(values, op.inputs, op.loc), Try(op, body, handlers)]

    def loop(self, op: Op, loop: list[Stmt]) -> list[Stmt]:
        """A loop behind the moves that initialise its carries."""
        inits, params, _ = carries(op)
        for v, p in zip(op.outputs, params, strict=True):
            self.plan.merged.append((v, p))
        return [*_moves(params, inits, op.loc), *loop]

    def body(self, op: Op) -> list[Stmt]:
        block, params = op.blocks[-1], loop_params(op, op.blocks[-1])
        head: list[Stmt] = []
        if op.name == "while":
            cond = op.blocks[0]
            head = [*self.stmts(cond.ops), Test(cond.results[0], op.loc)]
            self.plan.merged += zip(cond.params, params, strict=True)
        if not op.params.get("exits"):
            finish: Finish = lambda results: _moves(params, results, op.loc)
            return head + self.block(block.ops, block.results, finish, _never)
        leave: Finish = lambda results: _leave(params, results, op.loc)
        return head + self.block(block.ops, block.results, leave, _leaves_loop)


def _moves(targets: Sequence[Var], sources: Sequence[Atom], loc: Loc | None) -> list[Stmt]:
    pairs = [(v, a) for v, a in zip(targets, sources, strict=True) if v is not a]
    return [Move(pairs, loc)] if pairs else []


def _leave(params: Sequence[Var], results: Sequence[Atom], loc: Loc | None) -> list[Stmt]:
    """The end of a pass that may be the last: its first result says whether to go on.

    What decides takes part in the moves: it may be computed from carries, which these change.
    """
    go, *yields = results
    moves = _moves(params, yields, loc)
    if isinstance(go, Const):
        return moves if go.value else [*moves, Break(loc)]
    if not moves:
        return [Test(go, loc)]
    kept = Var(go.type)
    return [*_moves([kept, *params], results, loc), Test(kept, loc)]


def _deciding_last(ops: Sequence[Op], results: Sequence[Atom], splits: Splits) -> Sequence[Op]:
    """The ops with those behind a deciding ``if`` before it, if they have nothing to do with it.

    Reverse mode counts passes and pushes residuals there.
    """
    for k in range(len(ops) - 1, -1, -1):
        op = ops[k]
        if op.name == "if":
            apart = splits(op, results) and all(_independent(o, op) for o in ops[k + 1 :])
            return [*ops[:k], *ops[k + 1 :], op] if apart else ops
        if op.blocks:
            break
    return ops


def _independent(op: Op, decision: Op) -> bool:
    """Whether an op may as well run before the ``if`` that it follows."""
    if op.blocks or op.may_raise() or op.has_effect() or "callee" in op.params:
        return False
    elsewhere: list[Atom] = list(used(decision))
    if op.writes is not None and (op.name != "list_push" or op.inputs[0] in elsewhere):
        return False
    return not any(v in decision.outputs for v in op.inputs)
