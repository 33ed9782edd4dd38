"""One function as text: what each statement of its plan looks like.

Lines carry the user's place that they stand for; in the backward sweep a comment tells it as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pullback.backend import updates
from pullback.backend.exprs import Exprs, Module, unread_value
from pullback.backend.handlers import into_clauses
from pullback.backend.naming import Naming, assign
from pullback.backend.nest import Nester, into_moves
from pullback.backend.plan import (
    Break,
    Do,
    For,
    If,
    Move,
    Return,
    Stmt,
    Test,
    Try,
    While,
    With,
    ends,
    everywhere,
    plan,
)
from pullback.backend.text import (
    WIDTH,
    Prec,
    call,
    free_name,
    identifier,
    infix,
    literal,
    row,
    wrap,
)
from pullback.backend.undefined import left_undefined, needed_none
from pullback.errors import InternalError, Loc
from pullback.ir import alias
from pullback.ir.core import Atom, Const, Func, Op, Var
from pullback.ir.prims import INFIX
from pullback.ir.types import Scalar, Text
from pullback.tree import Instance

ERROR = "_error"  # what an exception is bound to whose variable is read behind its handler


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, and the user's places that it stands for: its statement's, then those of values
    in it. ``parts`` are expressions in it with their places."""

    text: str
    places: tuple[Loc, ...] = ()
    parts: tuple[tuple[str, Loc], ...] = ()


@dataclass(eq=False)
class Function:
    """Prints one function."""

    func: Func
    module: Module
    reserved: frozenset[str]
    lines: list[Line] = field(default_factory=list)
    depth: int = 1
    backward: bool = False
    last_line: int = 0
    handling: list[Var] = field(default_factory=list)

    def run(self) -> list[Line]:
        self.plan = plan(self.func)
        into_clauses(self.plan)
        self.nester = Nester(self.plan, self.module, alias.analyse(self.func))
        self.nester.run()
        head, fixed = self.signature()
        self.named = self.naming(fixed)
        self.exprs = Exprs(self.plan, self.module, self.named.name, aliases=self.nester.aliases)
        self.none = needed_none(self.plan, self.named)
        if self.module.typed:
            self.none |= {v for v in left_undefined(self.plan) if unread_value(v.type)}
        self.backward = self.func.name.endswith("_backward")
        for part in wrap(head, 0):
            self.lines.append(Line(part, _known(self.func.loc)))
        if self.func.doc:
            self.put(f'"""{self.func.doc}"""')
        for name, tree in self.trees:
            self.unpack(tree, name)
        self.prologue = len(self.lines)
        self.stmts(self.plan.stmts)
        if len(self.lines) == 1:
            self.put("pass")
        return self.lines

    def naming(self, fixed: dict[Var, str]) -> Naming:
        """Names; values that could not share a name with the move that takes them are nested in it."""
        named = assign(self.plan, fixed, self.reserved, self.module.typed)
        wanted = {
            a
            for move in everywhere(self.plan.stmts)
            if isinstance(move, Move)
            for _, a in named.visible(move)
            if isinstance(a, Var) and a not in self.plan.undefined and a not in self.plan.nested
            and (not a.name or named.name(a) != identifier(a.name))
        }  # fmt: skip
        if wanted and into_moves(self.plan, self.nester, wanted):
            return assign(self.plan, fixed, self.reserved, self.module.typed)
        return named

    def signature(self) -> tuple[str, dict[Var, str]]:
        """The ``def`` line, and the names of what arrives; trees are unpacked after it."""
        arguments = self.func.arguments
        if arguments is None:
            arguments = [(p.name or "x", p) for p in self.func.params]
        fixed: dict[Var, str] = {}
        self.trees: list[tuple[str, Any]] = []
        for name, tree in arguments:
            plain = isinstance(tree, Var) and tree not in fixed
            key = tree if plain else Var(Text(), name)
            fixed[key] = free_name(identifier(name, "x"), {*self.reserved, *fixed.values()})
            if not plain and not isinstance(tree, Var | Const):
                self.trees.append((fixed[key], tree))
        return f"def {self.module.functions[self.func]}({', '.join(fixed.values())}):", fixed

    def unpack(self, tree: Any, path: str) -> None:
        """Lines that take a tree of arguments apart, as far as its leaves are used."""
        if isinstance(tree, Var):
            if self.arrives(tree):
                self.put(f"{self.named.name(tree)} = {path}")
        elif isinstance(tree, dict):
            for key, item in tree.items():
                self.unpack(item, f"{path}[{literal(key)}]")
        elif isinstance(tree, Instance):
            for name, item in tree.items.items():
                self.unpack(item, f"{path}.{name}")
        elif isinstance(tree, tuple | list):
            if any(map(_has_keys, tree)):
                for k, item in enumerate(tree):
                    self.unpack(item, f"{path}[{k}]")
            elif any(map(self.arrives, _leaves(tree))):
                pattern = self.pattern(tree)
                self.put(f"{pattern[1:-1] if len(tree) > 1 else pattern} = {path}")

    def pattern(self, tree: Any) -> str:
        if isinstance(tree, tuple | list):
            return row([self.pattern(t) for t in tree])
        return self.named.name(tree) if isinstance(tree, Var) and self.arrives(tree) else "_"

    def arrives(self, v: Var) -> bool:
        return self.named.classes.find(v) in self.named.live_in

    # ---- lines

    def put(self, text: str, loc: Loc | None = None, reads: Sequence[Atom] = ()) -> None:
        """Append a statement that reads these atoms, on several lines if it is long."""
        parts = wrap(text, 4 * self.depth)
        loc = loc or next(filter(None, self.plan.places(reads)), None)
        if self.backward and loc is not None and loc.line != self.last_line:
            self.last_line = loc.line
            note = f"  # line {loc.line}"
            if len(parts) == 1 and 4 * self.depth + len(parts[0] + note) <= WIDTH:
                parts[0] += note
        places = tuple(dict.fromkeys(_known(loc, *self.plan.places(reads))))
        indent, told = " " * 4 * self.depth, tuple(self.exprs.parts)
        self.lines += [Line(indent + part, places, told) for part in parts]

    def block(self, stmts: Sequence[Stmt], first: str = "") -> None:
        self.depth += 1
        before = len(self.lines)
        if first:
            self.put(first)
        self.stmts(stmts)
        if len(self.lines) == before:
            self.put("pass")
        self.depth -= 1

    def stmts(self, stmts: Sequence[Stmt]) -> None:
        for s in stmts:
            self.stmt(s)

    def stmt(self, s: Stmt) -> None:
        self.exprs.parts.clear()
        match s:
            case Do():
                for line in self.do(s.op):
                    self.put(line, s.loc, s.op.inputs)
            case Move():
                self.move(s)
            case If():
                self.branch(s, "if")
            case Try():
                self.attempt(s)
            case With():
                self.within(s)
            case For():
                self.for_(s)
            case While():
                self.while_(s)
            case Test():
                self.put(f"if {self.exprs.negated(s.cond)}:", s.loc, [s.cond])
                self.block([Break(s.loc)])
            case Break():
                self.put("break", s.loc)
            case Return():
                self.put(self.returned(s), s.loc, s.results)

    # ---- single statements

    def do(self, op: Op) -> list[str]:
        """The lines of one op."""
        if op.name == "mark":
            self.backward, self.last_line = True, 0
            return [f"# {op.params['text']}"] if len(self.lines) > self.prologue else []
        if op.name == "reraise" and op.inputs[0] in self.handling[-1:]:
            return ["raise"]
        if "into" in op.params:
            return updates.reused(self.exprs, op, op.params["into"])
        if op.name in updates.STATEMENTS:
            return updates.STATEMENTS[op.name](self.exprs, op, self.named.is_read)
        if len(op.outputs) != 1:
            targets = [self.target(v) for v in op.outputs]
            text = self.exprs.op(op).text
            if any(map(self.named.is_read, op.outputs)):
                text = f"{self.results_pattern(op, targets)} = {text}"
            return [text]
        (v,) = op.outputs
        if not self.named.is_read(v) and not v.name:
            return [self.exprs.op(op).text]
        return [self.assignment(self.named.name(v), op)]

    def target(self, v: Var) -> str:
        return self.named.name(v) if self.named.is_read(v) else "_"

    def results_pattern(self, op: Op, targets: Sequence[str]) -> str:
        """What the results of a call are unpacked into."""
        tree = op.params["callee"].returns if op.name == "call" else None
        if tree is None:
            return ", ".join(targets)
        if _has_keys(tree):
            raise InternalError("a call of a function that returns a dict or a dataclass")
        return _filled(tree, targets)

    def assignment(self, target: str, op: Op) -> str:
        """``x = x + y`` of numbers is written as ``x += y``."""
        plain = "raising" not in op.params and not self.exprs.checked(op)
        scalar = isinstance(op.outputs[0].type, Scalar)
        if plain and scalar and op.name in ("add", "sub", "mul", "div", "accumulate"):
            first, second = op.inputs
            if isinstance(first.type, Scalar) and self.exprs.atom(first).text == target:
                symbol = INFIX.get(op.name, "+")
                return updates.augmented(self.exprs, target, symbol, second, op.out.type, first)
        return f"{target} = {self.exprs.op(op)}"

    def returned(self, s: Return) -> str:
        tree = self.func.returns
        if tree is None:
            texts = self.exprs.all(s.results) or ["None"]
            return f"return {', '.join(texts)}"
        leaf = lambda k: self.exprs.atom(s.results[k])
        text = self.exprs.tree(tree, leaf).text
        bare = isinstance(tree, tuple) and len(tree) > 1
        return f"return {text[1:-1] if bare else text}"

    def move(self, s: Move) -> None:
        """Assignments at once: one line each where that is the same, else as tuples."""
        pairs = [
            (v, a) for v, a in self.named.visible(s) if a not in self.plan.undefined or v in self.none
        ]
        if not pairs:
            return
        targets = [self.named.name(v) for v, _ in pairs]
        reads = [set(map(self.named.name, self.plan.leaves([a]))) for _, a in pairs]
        apart = all(t not in r for k, t in enumerate(targets) for r in reads[k + 1 :])
        crossed = any(t in r for k, t in enumerate(targets) for m, r in enumerate(reads) if k != m)
        sources = [self.exprs.atom(a).text for _, a in pairs]
        together = f"{', '.join(targets)} = {', '.join(sources)}"
        if not apart or (crossed and len(together) < 70):
            self.put_move(together, s, [a for _, a in pairs])
            return
        for target, (_, a), source in zip(targets, pairs, sources, strict=True):
            nested = self.plan.nested.get(a) if isinstance(a, Var) else None
            text = self.assignment(target, nested) if nested else f"{target} = {source}"
            self.put_move(text, s, [a])

    def put_move(self, text: str, s: Move, reads: Sequence[Atom]) -> None:
        """A carry belongs to what it is computed by, and only if to nothing, to the loop."""
        self.put(text, next(filter(None, self.plan.places(reads)), s.loc), reads)

    # ---- control flow

    def shown(self, stmts: Sequence[Stmt]) -> list[Stmt]:
        """The statements that have text."""
        return [s for s in stmts if self.has_text(s)]

    def has_text(self, s: Stmt) -> bool:
        match s:
            case Move():
                return any(
                    a not in self.plan.undefined or v in self.none for v, a in self.named.visible(s)
                )
            case Do(op=op):
                return op.name != "unpack" or any(map(self.named.is_read, op.outputs))
            case With():
                return bool(self.shown(s.body))
            case If():
                return bool(self.shown(s.then) or self.shown(s.orelse)) or self.cond_raises(s)
        return True

    def cond_raises(self, s: If) -> bool:
        """Whether testing the condition may raise: then it is evaluated, whatever follows."""
        op = self.plan.nested.get(s.cond) if isinstance(s.cond, Var) else None
        return op is not None and self.plan.may_raise(op)

    def branch(self, s: If, word: str) -> None:
        then, orelse = self.shown(s.then), self.shown(s.orelse)
        if not then and not orelse:
            if self.cond_raises(s):
                self.put(self.exprs.atom(s.cond).text, s.loc, [s.cond])
            return
        turned = not then or (bool(orelse) and ends(orelse) and not ends(then))
        cond = self.exprs.negated(s.cond) if turned else self.exprs.atom(s.cond)
        if turned:
            then, orelse = orelse, then
        self.put(f"{word} {cond}:", s.loc, [s.cond])
        self.block(then)
        if orelse and word == "if" and ends(then):
            self.stmts(orelse)
        elif len(orelse) == 1 and isinstance(orelse[0], If):
            self.branch(orelse[0], "elif")
        elif orelse:
            self.put("else:")
            self.block(orelse)

    def attempt(self, s: Try) -> None:
        self.put("try:", s.loc)
        self.block(s.body)
        name = self.named.name(s.error)
        for names, handler in zip(s.op.params["catches"], s.handlers, strict=True):
            outlives = s in self.named.liveness.outlived
            bound = f" as {ERROR if outlives else name}" if self.named.is_read(s.error) else ""
            self.put(f"except {self.caught(names)}{bound}:".replace("except :", "except:"))
            # Python forgets the name that it binds at the end of the handler.
            self.handling.append(s.error)
            self.block(handler, f"{name} = {ERROR}" if outlives and bound else "")
            self.handling.pop()
        if s.orelse and all(map(ends, s.handlers)):
            self.stmts(s.orelse)
        elif orelse := self.shown(s.orelse):
            self.put("else:")
            self.block(orelse)

    def caught(self, names: Sequence[str]) -> str:
        """The classes of a handler; compiled code knows no other than these."""
        if self.module.typed:
            return "Exception" if "BaseException" not in names else ""
        classes = [self.module.exception(n) for n in names]
        return classes[0] if len(classes) == 1 else row(classes)

    def within(self, s: With) -> None:
        """The body in its context; in none where nothing has to be entered, as in compiled code."""
        context = str(s.op.params["context"])
        if not context or self.module.typed:
            self.stmts(s.body)
            return
        if not context.startswith("np."):
            self.module.imports[context.partition(".")[0]] = None
        self.put(f"with {context}:", s.loc)
        self.depth += 1
        for line in s.op.params["first"]:
            self.put(line, s.loc)
        self.depth -= 1
        self.block(s.body)

    def for_(self, s: For) -> None:
        index = self.named.name(s.index) if self.named.is_read(s.index) else "_"
        reverse = bool(s.op.params.get("reverse"))
        runs = self.backwards(s.op) if reverse else self.range(*s.op.inputs[:3])
        self.put(f"for {index} in {runs}:", s.loc, s.op.inputs[:3])
        self.block(s.body)

    def range(self, start: Atom, stop: Atom, step: Atom) -> str:
        texts = self.exprs.all([start, stop, step])
        if texts[2] == "1":
            texts = texts[1:2] if texts[0] == "0" else texts[:2]
        return call("range", texts).text

    def backwards(self, op: Op) -> str:
        """The range of a loop that runs from its last pass to its first."""
        start, stop, step = op.inputs[:3]
        by = step.value if isinstance(step, Const) else None
        if by not in (1, -1) and self.module.typed:
            return self.stepping_back(start, stop, step)
        if by not in (1, -1):
            return f"reversed({self.range(start, stop, step)})"
        first, last = self.exprs.shifted(stop, -by), self.exprs.shifted(start, -by)
        if by == 1:
            return call("range", [first, last, "-1"]).text
        return call("range", [last] if first.text == "0" else [first, last]).text

    def stepping_back(self, start: Atom, stop: Atom, step: Atom) -> str:
        """What ``reversed`` makes of a range, which compiled code has not."""
        known = [a.value for a in (start, stop, step) if isinstance(a, Const)]
        if len(known) == 3:
            back = range(*known)[::-1]
            return call("range", [str(back.start), str(back.stop), str(back.step)]).text
        first, by = self.exprs.atom(start), self.exprs.atom(step)
        before = f"-{by.at(Prec.UNARY)}" if start == Const(0) else infix("-", first, by).text
        last = f"{before} + len({self.range(start, stop, step)}) * {by.at(Prec.TERM)}"
        return call("range", [last, before, f"-{by.at(Prec.UNARY)}"]).text

    def while_(self, s: While) -> None:
        body = self.shown(s.body)
        if body and isinstance(body[0], Test):
            self.put(f"while {self.exprs.atom(body[0].cond)}:", s.loc, [body[0].cond])
            self.block(body[1:])
        else:
            self.put("while True:", s.loc)
            self.block(body)


def _known(*places: Loc | None) -> tuple[Loc, ...]:
    return tuple(place for place in places if place is not None)


def _has_keys(tree: Any) -> bool:
    """Whether a tree has parts that no pattern of an assignment takes apart."""
    if isinstance(tree, tuple | list):
        return any(map(_has_keys, tree))
    return isinstance(tree, dict | Instance)


def _leaves(tree: Any) -> list[Var]:
    if isinstance(tree, tuple | list):
        return [v for t in tree for v in _leaves(t)]
    return [tree] if isinstance(tree, Var) else []


def _filled(tree: Any, targets: Sequence[str]) -> str:
    if isinstance(tree, tuple | list):
        return row([_filled(t, targets) for t in tree])
    return targets[tree] if isinstance(tree, int) else "_"
