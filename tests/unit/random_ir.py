"""Random IR programs over arrays, lists and records, with views, branches, loops and calls."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import pullback.rules.elementwise  # registers the rows that are used here
import pullback.rules.shapes  # noqa: F401
from pullback.ir.build import Builder
from pullback.ir.core import Atom, Block, Const, Func, Var
from pullback.ir.types import PY_INT, Array, List, Record, Type, fresh_sym

SIZE = fresh_sym(True)
VECTOR = Array("float", "float64", (SIZE,))
MATRIX = Array("float", "float64", (SIZE, SIZE))
INDICES = Array("int", "int64", (SIZE,))
LIST = List(VECTOR)
NEST = List(LIST)
RECORD = Record("r")
FIELDS: tuple[Type, ...] = (VECTOR, LIST, NEST, VECTOR)
TYPES: dict[str, Type] = {"v": VECTOR, "m": MATRIX, "l": LIST, "n": NEST, "r": RECORD}
FULL = ("s", False, False, False)
STEP = ("s", False, False, True)
ROW = (("i",),)
COLUMN = ((FULL, "i"),)
EVERYTHING = ((FULL,),)
LIST_STEPS = ("push", "push", "pop", "pop", "get", "set", "add", "new", "inner", "copy")


def kind(v: Atom) -> str:
    match v.type:
        case Array("float"):
            return "v" if v.type.ndim == 1 else "m"
        case List():
            return "n" if isinstance(v.type.elem, List) else "l"
        case Record():
            return "r"
    return ""


class Generator:
    """Builds one program; ``low`` are the lengths that lists have at least."""

    def __init__(self, rng: random.Random, callees: Sequence[Func] = ()) -> None:
        self.rng = rng
        self.b = Builder()
        self.scope: list[Var] = []
        self.low: dict[Var, int] = {}
        self.conditions: list[Atom] = [Const(True)]
        self.counts: list[Atom] = [Const(0), Const(1), Const(2), Const(3)]
        self.callees = list(callees)
        self.depth = 0
        # Programs differ in what they are full of: what is rare in all of them meets too seldom.
        self.weights = [1, *(rng.choice([0, 1, 4]) for _ in range(8))]
        self.list_steps = rng.choices(LIST_STEPS, k=3)
        self.kinds = rng.choices("vvmlnr", k=3)

    def enter(self, v: Var, low: int = 1) -> Var:
        if kind(v):
            self.scope.append(v)
            self.low[v] = low
        return v

    def pick(self, k: str, low: int = 0) -> Var:
        found = [v for v in self.scope if kind(v) == k and self.low[v] >= low]
        if not found or self.rng.random() < 0.05:
            return self.make(k)
        if self.rng.random() < 0.6:
            return found[-1 - min(int(self.rng.expovariate(1.0)), len(found) - 1)]
        return self.rng.choice(found)

    def make(self, k: str) -> Var:
        """A new value of a kind, of what is at hand."""
        b, new = self.b, None
        match k:
            case "v" | "m":
                (like,) = [v for v in self.scope if kind(v) == k][:1]
                new = b.one("mul", like, Const(0.5))
            case "l" | "n":
                items = [self.pick("v" if k == "l" else "l", 1) for _ in range(2)]
                (new,) = b.emit("list_new", items, types=[TYPES[k]])
            case "r":
                fields = [self.pick(kind(Var(t)), 1) for t in FIELDS]
                (new,) = b.emit("pack", fields, types=[RECORD])
        assert new is not None
        return self.enter(new, 2)

    # ---- ops

    def some_ops(self, count: int) -> None:
        steps: list[Callable[[], Any]] = [
            self.arithmetic,
            self.view,
            self.write,
            self.accumulate,
            self.list_op,
            self.record_op,
            self.branch,
            self.loop,
            self.call,
        ]
        for _ in range(count):
            (step,) = self.rng.choices(steps, self.weights)
            step()

    def arithmetic(self) -> None:
        k = self.rng.choice("vm")
        name = self.rng.choice(["add", "sub", "zeros_like", "copy"])
        inputs = [self.pick(k)] + ([self.pick(k)] if name in ("add", "sub") else [])
        self.enter(self.b.one(name, *inputs))

    def view(self) -> None:
        b = self.b
        match self.rng.randrange(6):
            case 0:
                self.enter(b.one("getitem", self.pick("v"), Const(-1), path=((STEP,),)))
            case 1:
                path = self.rng.choice([ROW, COLUMN])
                self.enter(b.one("getitem", self.pick("m"), self.position(), path=path))
            case 2:
                self.enter(b.one("transpose", self.pick("m")))
            case 3:
                self.enter(b.one("reshape_like", self.pick("v"), self.pick("v")))
            case 4:
                self.enter(b.one("broadcast_like", self.pick("v"), self.pick("m")))
            case 5:
                self.enter(b.one("getitem", self.pick("v"), path=EVERYTHING))

    def position(self) -> Const:
        return Const(self.rng.choice([0, 1, 2, -1]))

    def write(self) -> None:
        name = self.rng.choice(["setitem", "add_at"])
        x, path, value = self.rng.choice(
            [
                ("v", ROW, ""),
                ("v", EVERYTHING, "v"),
                ("v", ((STEP,),), "v"),
                ("v", (("a",),), "v"),
                ("m", ROW, "v"),
                ("m", COLUMN, "v"),
                ("m", (("i",), ("i",)), ""),
                ("m", (("a",),), "m"),
            ]
        )
        given = self.pick(value) if value else Const(self.rng.choice([0.0, 1.5, -2.0]))
        places: list[Atom] = [self.position() for e in path for part in e if part == "i"]
        if path == ((STEP,),):
            places = [Const(-1)]
        if path == (("a",),):
            places = [self.indices]
        self.enter(self.b.one(name, self.pick(x), given, *places, path=path))

    def accumulate(self) -> None:
        x, g = self.rng.choice(["vv", "mm", "mv"])
        self.enter(self.b.one("accumulate", self.pick(x), self.pick(g)))

    def list_op(self) -> None:
        b, k = self.b, self.rng.choice("lln")
        l, item = self.pick(k, 1), "v" if k == "l" else "l"
        match self.rng.choice(self.list_steps):
            case "push":
                self.enter(b.one("list_push", l, self.pick(item, 1)), self.low[l] + 1)
            case "pop":
                rest, last = b.emit("list_pop", [l])
                self.enter(rest, self.low[l] - 1)
                self.enter(last)
            case "get":
                self.enter(b.one("list_get", l, Const(self.rng.choice([0, -1]))))
            case "set":
                args = (Const(self.rng.choice([0, -1])), self.pick(item, 1))
                self.enter(b.one("list_set", l, *args), self.low[l])
            case "add":
                l = self.pick("l", 1)
                self.enter(b.one("list_add_at", l, Const(0), self.pick("v")), self.low[l])
            case "inner":
                l = self.pick("n", 1)
                grown = b.one("list_push", l, Const(-1), self.pick("v"), path=(("i",),))
                self.enter(grown, self.low[l])
                rest, last = b.emit("list_pop", [grown, Const(-1)], path=(("i",),))
                self.enter(rest, self.low[l])
                self.enter(last)
            case "copy":
                self.enter(b.one("copy", l), self.low[l])
            case "new":
                self.make(k)

    def record_op(self) -> None:
        if self.rng.random() < 0.5:
            self.make("r")
        else:
            for v in self.b.emit("unpack", [self.pick("r")], types=FIELDS):
                self.enter(v)

    # ---- control flow

    def body(self, count: int) -> None:
        self.depth += 1
        self.some_ops(count)
        self.depth -= 1

    def branch(self) -> None:
        if self.depth > 2:
            return
        kinds = self.rng.choices(self.kinds, k=self.rng.randint(1, 3))
        sides: list[Block] = []
        lows = []
        for _ in range(2):
            around = list(self.scope)
            with self.b.block() as side:
                self.body(self.rng.randint(0, 3))
                side.results = [self.pick(k) for k in kinds]
            lows.append([self.low[r] for r in side.results])  # type: ignore[index]
            self.scope = around
            sides.append(side)
        outputs = self.b.branch(self.rng.choice(self.conditions), *sides)
        for v, low in zip(outputs, map(min, *lows), strict=True):
            self.enter(v, low)

    def loop(self) -> None:
        if self.depth > 2:
            return
        rng, b = self.rng, self.b
        kinds = rng.choices(self.kinds, k=rng.randint(1, 4))
        inits: list[Atom] = [self.pick(k, 1) for k in kinds]
        around, conditions = list(self.scope), list(self.conditions)
        counting = rng.random() < 0.25
        index = Var(PY_INT, "i")
        params = [Var(TYPES[k], k) for k in kinds]
        exits = not counting and rng.random() < 0.2
        with b.block([index, *params]) as body:
            for p in params:
                self.enter(p)
            self.conditions.append(b.one("lt", index, Const(1)))
            self.body(rng.randint(1, 5))
            body.results = self.yields(params)
            if counting:
                body.results.insert(0, b.one("add", index, Const(1)))
            elif exits:
                body.results.insert(0, b.one("lt", index, Const(1)))
        self.scope, self.conditions = list(around), conditions
        stop = rng.choice(self.counts)
        if counting:
            spare = [Var(p.type) for p in params]
            with b.block([Var(PY_INT), *spare]) as test:
                for p in spare:
                    self.enter(p)
                self.body(rng.randrange(3))
                self.scope = list(around)
                test.results = [b.one("lt", test.params[0], stop)]
            _, *outputs = b.emit("while", [Const(0), *inits], [test, body])
        else:
            bounds = [Const(0), stop, Const(1)]
            outputs = [*b.emit("for", [*bounds, *inits], [body], exits=exits)]
        for v in outputs:
            self.enter(v)

    def yields(self, params: Sequence[Var]) -> list[Atom]:
        """Random values, or the carries themselves, perhaps swapped."""
        found: list[Atom] = []
        for p in params:
            same = [q for q in params if kind(q) == kind(p)]
            swapped = self.rng.random() < 0.15
            found.append(self.rng.choice(same) if swapped else self.pick(kind(p), 1))
        return found

    # ---- functions

    def call(self) -> None:
        if not self.callees:
            return
        callee = self.rng.choice(self.callees)
        args: list[Atom] = []
        for p in callee.params:
            if p.type == PY_INT:
                args.append(Const(self.rng.randrange(3)))
            else:
                args.append(self.pick(kind(p), 1) if kind(p) else self.indices)
        for v in self.b.emit("call", args, callee=callee):
            self.enter(v)

    def func(self, name: str, kinds: str, results: str, size: int, taken: bool) -> Func:
        """A function of an index array, a flag, a count and values of some kinds."""
        rng = self.rng
        self.indices = Var(INDICES, "idx")
        params = [Var(TYPES[k], f"{k}{i}") for i, k in enumerate(kinds)]
        for p in params:
            self.enter(p)
        count = Var(PY_INT, "n")
        self.counts.append(count)
        first = [self.indices, count]
        with self.b.block([*first, *params]) as block:
            self.conditions.append(self.b.one("lt", count, Const(1)))
            self.some_ops(size)
            block.results = [self.pick(k, 1) for k in results]
        func = Func(name, block)
        if taken:
            chosen = (k for k in range(2, len(block.params)) if rng.random() < 0.5)
            func.taken = frozenset(chosen)
        return func


def recursive(rng: random.Random, name: str, kinds: str, size: int, callees: list[Func]) -> Func:
    """A function that calls itself while its count is positive; its results are of its kinds."""
    g = Generator(rng, callees)
    func = g.func(name, kinds, kinds, size, True)
    block = func.block
    (count,) = [p for p in block.params if p.type == PY_INT]
    b = g.b
    with b.block() as rest:
        with b.block() as then:
            less = b.one("sub", count, Const(1))
            inputs = [g.indices, less, *block.results]
            types = [p.type for p in block.params[2:]]
            then.results = list(b.emit("call", inputs, types=types, callee=func))
        with b.block() as orelse:
            orelse.results = list(block.results)
        more = b.one("gt", count, Const(0))
        outputs = b.emit("if", [more], [then, orelse], types)
    block.ops += rest.ops
    block.results = list(outputs)
    return func


def program(seed: int) -> Func:
    """A random program; its parameters are an index array, a count, two vectors and a matrix."""
    rng = random.Random(seed)
    callees: list[Func] = []
    for k in range(rng.randrange(3)):
        kinds = "vm" + "".join(rng.choices("vmlr", k=rng.randrange(3)))
        if rng.random() < 0.3:
            callees.append(recursive(rng, f"r{k}", kinds, rng.randint(2, 6), callees))
        else:
            results = "".join(rng.choices("vvmlnr", k=rng.randint(1, 3)))
            g = Generator(rng, callees)
            callees.append(g.func(f"f{k}", kinds, results, rng.randint(2, 8), True))
    results = "".join(rng.choices("vvmln", k=rng.randint(2, 6)))
    return Generator(rng, callees).func("main", "vvml", results, rng.randint(4, 16), False)
