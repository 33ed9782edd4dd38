"""A tiny interpreter of the IR, and random programs, for the tests of the text that is emitted.

Values are never changed in place here: a write makes a new array or list. What runs is therefore what
the IR means, whatever the backend does with memory. A value left undefined is None.
"""

from __future__ import annotations

import math
import operator
import random
from typing import Any

import numpy as np

from pullback.backend import runtime
from pullback.ir.alias import carries, loop_params
from pullback.ir.build import Builder
from pullback.ir.core import Atom, Block, Const, Func, Op, Var
from pullback.ir.exceptions import class_of
from pullback.ir.index import entry_inputs, through_lists, to_list
from pullback.ir.types import PY_BOOL, PY_INT, Array, List, Record, Scalar

# ---- interpreter


def interpret(func: Func, args: list[Any], out: list[str] | None = None) -> list[Any]:
    """The results of a function; what it prints is appended to ``out``."""
    return _Run(out if out is not None else []).func(func, args)


class _Run:
    def __init__(self, out: list[str]) -> None:
        self.out = out
        self.env: dict[Var, Any] = {}

    def func(self, func: Func, args: list[Any]) -> list[Any]:
        outer, self.env = self.env, dict(zip(func.params, args, strict=True))
        try:
            return self.block(func.block)
        finally:
            self.env = outer

    def value(self, a: Atom) -> Any:
        return a.value if isinstance(a, Const) else self.env[a]

    def block(self, block: Block) -> list[Any]:
        for op in block.ops:
            self.env.update(zip(op.outputs, self.op(op), strict=True))
        return [self.value(r) for r in block.results]

    def op(self, op: Op) -> list[Any]:
        xs = [self.value(a) for a in op.inputs]
        match op.name:
            case "if":
                return self.block(op.blocks[0] if xs[0] else op.blocks[1])
            case "for":
                return self.for_(op, xs)
            case "while":
                return self.while_(op, xs)
            case "try":
                return self.try_(op, xs)
            case "call":
                return self.func(op.params["callee"], xs)
        return list(getattr(self, f"do_{op.name.removeprefix('math.')}", self.apply)(op, *xs))

    def try_(self, op: Op, xs: list[Any]) -> list[Any]:
        catches = op.params["catches"]
        try:
            return [False if len(catches) == 1 else 0, None, *self.block(op.blocks[0])]
        except BaseException as error:
            for k, names in enumerate(catches):
                if isinstance(error, tuple(map(class_of, names))):
                    return [True if len(catches) == 1 else k + 1, error, *xs]
            raise

    def do_raise(self, op: Op, *xs: Any) -> list[Any]:
        raise class_of(op.params["exception"])(*xs)

    def do_reraise(self, op: Op, error: BaseException) -> list[Any]:
        raise error

    def do_assert(self, op: Op, holds: Any, *xs: Any) -> list[Any]:
        if not holds:
            raise AssertionError(*xs)
        return []

    def for_(self, op: Op, xs: list[Any]) -> list[Any]:
        _, params, _ = carries(op)
        body, values = op.blocks[0], xs[3:]
        indices = range(*xs[:3])
        for i in reversed(indices) if op.params.get("reverse") else indices:
            self.env[body.params[0]] = i
            self.env.update(zip(params, values, strict=True))
            values = self.block(body)
            if op.params.get("exits") and not values.pop(0):
                break
        return values

    def while_(self, op: Op, values: list[Any]) -> list[Any]:
        cond, body = op.blocks
        while True:
            self.env.update(zip(cond.params, values, strict=True))
            if not self.block(cond)[0]:
                return values
            self.env.update(zip(loop_params(op, body), values, strict=True))
            values = self.block(body)
            if op.params.get("exits") and not values.pop(0):
                return values

    def apply(self, op: Op, *xs: Any) -> list[Any]:
        assert op.prim.func is not None, op.name
        params = {k: v for k, v in op.params.items() if k not in ("spelling", "nested", "traps")}
        return [op.prim.func(*xs, **params)]

    def do_einsum(self, op: Op, *xs: Any) -> list[Any]:
        return [np.einsum(op.params["subscripts"], *xs)]

    def do_indices(self, op: Op, *xs: Any) -> list[Any]:
        return [np.indices(xs, dtype=op.params["dtype"])]

    def do_fsum(self, op: Op, *xs: Any) -> list[Any]:
        return [math.fsum(xs if op.params.get("nested") else xs[0])]

    def do_dist(self, op: Op, *xs: Any) -> list[Any]:
        n = len(xs) // 2
        points = xs if n == 1 and np.ndim(xs[0]) else (xs[:n], xs[n:])
        return [math.dist(*points)]

    def do_within(self, op: Op) -> list[Any]:
        return [True]

    def do_undef(self, op: Op) -> list[Any]:
        return [None]

    def do_print(self, op: Op, *xs: Any) -> list[Any]:
        self.out.append(" ".join(map(str, xs)))
        return []

    def do_pack(self, op: Op, *xs: Any) -> list[Any]:
        return [xs]

    def do_unpack(self, op: Op, x: Any) -> Any:
        return x

    def do_copy(self, op: Op, x: Any) -> list[Any]:
        return [x]

    def do_in_c_order(self, op: Op, x: Any) -> list[Any]:
        return [np.asarray(x, order="C")]

    def do_is_view(self, op: Op, x: Any, *sizes: int) -> list[Any]:
        return [np.may_share_memory(x, x.reshape(sizes) if sizes else x.ravel())]

    def do_dim(self, op: Op, x: Any) -> list[Any]:
        return [x.shape[op.params["axis"]]]

    def do_zeros_like(self, op: Op, x: Any) -> list[Any]:
        return [np.zeros_like(x)]

    def do_accumulate(self, op: Op, x: Any, g: Any) -> list[Any]:
        return [x + g]

    def do_getitem(self, op: Op, x: Any, *indices: Any) -> list[Any]:
        return [x[subscript(op.params["path"], indices)]]

    def do_setitem(self, op: Op, x: Any, v: Any, *indices: Any) -> list[Any]:
        x = x.copy()
        x[subscript(op.params["path"], indices)] = v
        return [x]

    def do_add_at(self, op: Op, x: Any, v: Any, *indices: Any) -> list[Any]:
        x = x.copy()
        np.add.at(x, subscript(op.params["path"], indices), v)
        return [x]

    def do_list_new(self, op: Op, *xs: Any) -> list[Any]:
        return [list(xs)]

    def do_list_push(self, op: Op, l: Any, *rest: Any) -> list[Any]:
        *indices, v = rest
        inner = reached(l, to_list(op), indices)
        return [with_list(l, indices, [v, *inner] if op.params.get("front") else [*inner, v])]

    def do_list_pop(self, op: Op, l: Any, *indices: Any) -> list[Any]:
        inner = reached(l, to_list(op), indices)
        at_front = op.params.get("front")
        rest, item = (inner[1:], inner[0]) if at_front else (inner[:-1], inner[-1])
        return [with_list(l, indices, rest), item]

    def do_list_get(self, op: Op, l: Any, *indices: Any) -> list[Any]:
        return [reached(l, through_lists(op), indices)]

    def do_keys_new(self, op: Op) -> list[Any]:
        return [{}]

    def do_keys_add(self, op: Op, keys: Any, *key: Any) -> list[Any]:
        *key, place = key  # type: ignore[assignment]
        return [{**keys, self.key(tuple(key)): place}]

    def do_keys_remove(self, op: Op, keys: Any, *key: Any) -> list[Any]:
        return [{k: place for k, place in keys.items() if k != self.key(key)}]

    def do_keys_len(self, op: Op, keys: Any) -> list[Any]:
        return [len(keys)]

    def do_keys_last(self, op: Op, keys: Any) -> list[Any]:
        return [list(keys.values())[0 if op.params["first"] else -1]]

    def do_keys_places(self, op: Op, keys: Any) -> list[Any]:
        return [list(keys.values())]

    def do_keys_find(self, op: Op, keys: Any, *key: Any) -> list[Any]:
        return [keys[self.key(key)]]

    def do_keys_has(self, op: Op, keys: Any, *key: Any) -> list[Any]:
        return [self.key(key) in keys]

    def do_keys_of_set(self, op: Op, keys: Any) -> list[Any]:
        return [[keys[key] for key in set(list(keys))]]  # noqa: C414 (a set of a dict has another order)

    def key(self, key: tuple[Any, ...]) -> Any:
        return key[0] if len(key) == 1 else key

    def do_list_order(self, op: Op, *columns: Any) -> list[Any]:
        keys = columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))
        return [runtime.list_order(keys, op.params["reverse"])]

    def do_floats(self, op: Op, l: Any) -> list[Any]:
        turn = complex if op.params.get("of") == "complex" else float
        return [[self.do_floats(op, v)[0] if isinstance(v, list) else turn(v) for v in l]]

    def do_list_len(self, op: Op, l: Any) -> list[Any]:
        return [len(l)]

    def do_list_set(self, op: Op, l: Any, *rest: Any) -> list[Any]:
        *indices, v = rest
        return [with_item(l, through_lists(op), indices, lambda x, key: operator.setitem(x, key, v))]

    def do_list_add_at(self, op: Op, l: Any, *rest: Any) -> list[Any]:
        *indices, v = rest
        return [with_item(l, through_lists(op), indices, lambda x, key: add_to(x, key, v))]


def with_list(l: Any, indices: Any, new: Any) -> Any:
    """A list, or one where another list stands at a path."""
    if not indices:
        return new
    path = (("i",),) * len(indices)
    return with_item(l, path, indices, lambda x, key: operator.setitem(x, key, new))


def reached(x: Any, path: Any, indices: Any) -> Any:
    """What stands at a path through lists and into an array."""
    rest = list(indices)
    for entries in path:
        count = sum(map(entry_inputs, entries))
        x = x[rest[0]] if isinstance(x, list) else x[subscript((entries,), rest[:count])]
        del rest[:count]
    return x


def with_item(x: Any, path: Any, indices: Any, change: Any) -> Any:
    """A copy of ``x`` in which the item at a path is another one."""
    (entries, *further), rest = path, list(indices)
    count = sum(map(entry_inputs, entries))
    key = rest[0] if isinstance(x, list) else subscript((entries,), rest[:count])
    x = x.copy()
    if further:
        x[key] = with_item(x[key], further, rest[count:], change)
    else:
        change(x, key)
    return x


def add_to(x: Any, key: Any, v: Any) -> None:
    """Add to an item of a list, or to elements of an array, each as often as it is named."""
    if isinstance(x, list):
        x[key] = runtime.add_trees(x[key], v)
    else:
        np.add.at(x, key, v)


def subscript(path: Any, indices: Any) -> Any:
    """The index object of a path of one subscript."""
    (entries,) = path
    rest = list(indices)
    found: list[Any] = []
    for entry in entries:
        if isinstance(entry, tuple):
            found.append(slice(*(rest.pop(0) if given else None for given in entry[1:])))
        else:
            found.append({"e": ..., "n": None}.get(entry) if entry in ("e", "n") else rest.pop(0))
    return tuple(found)


# ---- random programs

NAMES = ("", "", "", "", "", "x", "y", "s", "x_bar", "s_bar", "t", "x_1")
AT = (("i",),)
TAIL = ((("s", True, False, False),),)
SIZE = 4
INTS = Array("int", "int64", (SIZE,))


class Scope:
    """What a program may use at a place: numbers, arrays and lists that it owns, slots of branches.

    An array or list that is written, or handed to a loop or branch, is gone; its successor takes its
    place. So the promise that writes need no copies is kept.
    """

    def __init__(self, numbers: list[Atom], arrays: list[Var], lists: list[Var]) -> None:
        self.numbers = numbers
        self.arrays = arrays
        self.lists = lists
        self.views: list[tuple[Var, Var]] = []
        self.slots: list[tuple[Var, int, Var]] = []

    def inner(self) -> Scope:
        """A scope for a block: numbers of outside, no memory but what is handed in."""
        return Scope(list(self.numbers), [], [])


class Generator:
    """Makes random functions of integers, arrays and lists."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.callees: list[Func] = []
        self.budget = 0

    def pick(self, items: Any) -> Any:
        return self.random.choice(list(items))

    def name(self) -> str:
        return str(self.pick(NAMES))

    def program(self) -> Func:
        for k in range(self.random.randrange(3)):
            self.callees.append(self.function(f"f{k}", 6))
        return self.function("main", 25)

    def function(self, name: str, budget: int) -> Func:
        self.budget = budget
        params = [Var(PY_INT, n) for n in self.random.sample(["x", "y", "n", "x_bar"], 2)]
        array = Var(INTS, self.pick(["a", "", "x_bar_1"]))
        b = self.b = Builder()
        scope = Scope(list(params), [array], [])
        with b.block([*params, array]) as block:
            self.fill(scope, 0)
            block.results = self.results(scope)
        return Func(name, block, taken=frozenset([2]))

    def results(self, scope: Scope) -> list[Atom]:
        found: list[Atom] = self.random.sample(scope.numbers, min(3, len(scope.numbers)))
        return [*found, *scope.arrays, *scope.lists]

    def fill(self, scope: Scope, depth: int) -> None:
        for _ in range(self.random.randrange(1, 8 if depth == 0 else 5)):
            if self.budget > 0:
                self.budget -= 1
                self.step(scope, depth)

    def step(self, scope: Scope, depth: int) -> None:
        steps = [self.arithmetic] * 6 + [self.array_step] * 4 + [self.list_step] * 2 + [self.say]
        steps += [self.slot_use] * 5 if scope.slots else []
        if depth < 3:
            steps += [self.branch] * 3 + [self.loop] * 3 + [self.while_loop]
        if self.callees:
            steps += [self.call]
        step = self.pick(steps)
        step(scope, depth) if step in (self.branch, self.loop, self.while_loop) else step(scope)

    # ---- numbers

    def number(self, scope: Scope) -> Atom:
        if self.random.random() < 0.15:
            return Const(self.random.randrange(-2, 5))
        return self.pick(scope.numbers[-6:])  # type: ignore[no-any-return]

    def emit(self, name: str, *inputs: Atom, label: str | None = None, **params: Any) -> Var:
        out = self.b.one(name, *inputs, **params)
        out.name = self.name() if label is None else label
        return out

    def arithmetic(self, scope: Scope) -> None:
        name = self.pick(["add", "sub", "mul", "add", "neg", "floordiv", "accumulate", "mod"])
        if name == "neg":
            out = self.emit("neg", self.number(scope))
        elif name in ("floordiv", "mod"):
            divisor = self.number(scope) if self.random.random() < 0.25 else Const(3)
            out = self.emit(name, self.number(scope), divisor)
            if self.random.random() < 0.3:
                self.say(scope)
        else:
            out = self.emit(name, self.number(scope), self.number(scope))
        if name == "mul":
            out = self.emit("mod", out, Const(97))
        scope.numbers.append(out)

    def small(self, scope: Scope) -> Var:
        return self.emit("mod", self.number(scope), Const(SIZE))

    def condition(self, scope: Scope) -> Var:
        name = self.pick(["lt", "le", "eq", "ne", "gt"])
        cond = self.emit(name, self.number(scope), self.number(scope))
        return self.emit("not", cond, label="") if self.random.random() < 0.2 else cond

    def say(self, scope: Scope) -> None:
        self.b.emit("print", [self.number(scope)])

    # ---- memory

    def array_step(self, scope: Scope) -> None:
        if not scope.arrays:
            scope.arrays.append(self.emit("zeros", Const(SIZE), dtype="int64"))
            return
        k = self.random.randrange(len(scope.arrays))
        x = scope.arrays[k]
        match self.random.randrange(9):
            case 0:
                scope.arrays.append(self.emit("copy", x))
            case 1:
                scope.arrays.append(self.emit("add", x, self.pick(scope.arrays)))
            case 2:
                scope.numbers.append(self.emit("sum", self.viewed(scope, x), axis=None, keepdims=False))
            case 3:
                scope.numbers.append(self.emit("getitem", x, self.small(scope), path=AT))
            case 4:
                self.write(scope, k, "setitem", self.number(scope), self.small(scope), path=AT)
            case 5:
                self.write(scope, k, "add_at", self.number(scope), self.small(scope), path=AT)
            case 6:
                v = self.viewed(scope, x)
                total = self.emit("sum", v, axis=None, keepdims=False, label="")
                self.write(scope, k, "setitem", total, Const(1), path=TAIL)
            case 7:
                self.write(scope, k, "accumulate", self.emit("neg", self.number(scope), label=""))
            case 8:
                scope.views.append((self.emit("getitem", x, Const(1), path=TAIL), x))

    def viewed(self, scope: Scope, x: Var) -> Var:
        """An array or a view of it made now or before."""
        views = [v for v, base in scope.views if base is x]
        if views and self.random.random() < 0.7:
            return self.pick(views)  # type: ignore[no-any-return]
        return self.emit("getitem", x, Const(2), path=TAIL) if self.random.random() < 0.5 else x

    def write(self, scope: Scope, k: int, name: str, *inputs: Atom, **params: Any) -> None:
        scope.arrays[k] = self.emit(name, scope.arrays[k], *inputs, **params)

    def list_step(self, scope: Scope) -> None:
        if not scope.lists:
            scope.lists.append(self.emit("list_new", self.fresh(scope), self.fresh(scope)))
            return
        l = scope.lists[-1]
        match self.random.randrange(6):
            case 0:
                scope.lists[-1] = self.emit("list_push", l, self.fresh(scope))
            case 1:
                pushed = self.emit("list_push", l, self.fresh(scope))
                names = [self.name(), self.name()]
                scope.lists[-1], v = self.b.emit("list_pop", [pushed], names=names)
                scope.numbers.append(v)
            case 2:
                scope.numbers.append(self.emit("list_get", l, Const(0)))
            case 3:
                scope.numbers.append(self.emit("list_len", l))
            case 4:
                scope.lists[-1] = self.emit("list_set", l, Const(1), self.fresh(scope))
            case 5:
                scope.lists[-1] = self.emit("list_add_at", l, Const(-1), self.fresh(scope))

    def fresh(self, scope: Scope) -> Var:
        """A Python integer: elements of a list share one type."""
        return self.emit("int", self.number(scope))

    # ---- control flow

    def handed(self, scope: Scope) -> tuple[list[Var], list[Var]]:
        """Memory that goes into a block and comes out again."""
        arrays = [x for x in scope.arrays if self.random.random() < 0.6]
        lists = [x for x in scope.lists if self.random.random() < 0.6]
        return arrays, lists

    def returned(self, scope: Scope, gone: list[Var], back: list[Var]) -> None:
        for attr in ("arrays", "lists"):
            kept = [v for v in getattr(scope, attr) if v not in gone]
            like = List if attr == "lists" else Array
            setattr(scope, attr, kept + [v for v in back if isinstance(v.type, like)])

    def as_int(self, a: Atom) -> Atom:
        return a if a.type == PY_INT else self.emit("int", a)

    def shape(self, scope: Scope, like: list[Var], inner: Scope) -> list[Atom] | None:
        """What an inner block gives back for memory handed in, if as much is left of it."""
        arrays = sum(isinstance(v.type, Array) for v in like)
        while len(inner.arrays) < arrays:
            inner.arrays.append(self.emit("zeros", Const(SIZE), dtype="int64"))
        chosen: list[Atom] = list(self.random.sample(inner.arrays, arrays))
        return [*chosen, *inner.lists[: len(like) - arrays]]

    def branch(self, scope: Scope, depth: int) -> None:
        cond = self.condition(scope)
        arrays, lists = self.handed(scope)
        wanted = self.random.randrange(0, 3)
        slots = 1 if self.random.random() < 0.7 else 0
        blocks: list[Block] = []
        for side in range(2):
            with self.b.block() as block:
                inner = scope.inner()
                inner.arrays, inner.lists = list(arrays), list(lists)
                if self.random.random() < 0.8:
                    self.fill(inner, depth + 1)
                numbers = [self.as_int(self.number(inner)) for _ in range(wanted)]
                slot = [self.fresh(inner) if side == 0 else self.b.undef(PY_INT)] * slots
                memory = self.shape(scope, [*arrays, *lists], inner)
                block.results = [*numbers, *slot, *(memory or [])]
            blocks.append(block)
        names = [self.name() for _ in blocks[0].results]
        outs = self.b.branch(cond, blocks[0], blocks[1], names)
        scope.numbers += outs[:wanted]
        scope.slots += [(cond, 0, v) for v in outs[wanted : wanted + slots]]
        self.returned(scope, [*arrays, *lists], list(outs[wanted + slots :]))

    def slot_use(self, scope: Scope) -> None:
        """Use a value set in one branch in a later branch of the same condition, or pack it."""
        cond, side, v = self.pick(scope.slots)
        if self.random.random() < 0.3:
            packed = self.b.emit("pack", [v, Const(1)], types=[Record("r")])
            one = self.b.emit("unpack", packed, types=[PY_INT, PY_INT])[1]
            scope.numbers.append(one)
            return
        blocks = []
        for k in range(2):
            with self.b.block() as block:
                used = self.emit("add", v, Const(1)) if k == side else self.as_int(self.number(scope))
                block.results = [used]
            blocks.append(block)
        scope.numbers += self.b.branch(cond, blocks[0], blocks[1], [self.name()])

    def loop(self, scope: Scope, depth: int) -> None:
        arrays, lists = self.handed(scope)
        inits = [self.as_int(self.number(scope)) for _ in range(self.random.randrange(0, 4))]
        start, stop, step = Const(0), self.small(scope), Const(1)
        if self.random.random() < 0.4:
            start, step = Const(self.random.randrange(-1, 2)), Const(self.pick([1, 2, -1]))
        exits = self.random.random() < 0.4
        handed = [*arrays, *lists]
        index = Var(PY_INT, self.pick(["", "i", "x"]))
        carried = [Var(a.type, self.name()) for a in [*inits, *handed]]
        with self.b.block([index, *carried]) as body:
            inner = self.entered(scope, carried, len(inits))
            inner.numbers.append(index)
            self.fill(inner, depth + 1)
            yields = self.yields(scope, inner, carried, len(inits), handed)
            if exits:
                yields = self.leaving(inner, yields)
            body.results = yields
        outs = self.b.emit(
            "for", [start, stop, step, *inits, *handed], [body],
            names=[self.name() for _ in carried], exits=exits,
            reverse=self.random.random() < 0.3,
        )  # fmt: skip
        scope.numbers += outs[: len(inits)]
        self.returned(scope, handed, list(outs[len(inits) :]))

    def entered(self, scope: Scope, carried: list[Var], numbers: int) -> Scope:
        inner = scope.inner()
        inner.numbers += carried[:numbers]
        inner.arrays = [v for v in carried[numbers:] if isinstance(v.type, Array)]
        inner.lists = [v for v in carried[numbers:] if isinstance(v.type, List)]
        return inner

    def yields(
        self, scope: Scope, inner: Scope, carried: list[Var], numbers: int, handed: list[Var]
    ) -> list[Atom]:
        """Random successors of carries; often the carries themselves in another order."""
        pool: list[Atom] = [*carried[:numbers], *(a for a in inner.numbers[-4:])]
        chosen = [self.as_int(self.pick(pool)) for _ in range(numbers)]
        return [*chosen, *(self.shape(scope, handed, inner) or [])]

    def leaving(self, inner: Scope, yields: list[Atom]) -> list[Atom]:
        """The loop goes on or is left, as a branch decides; numbers may change on the way."""
        if self.random.random() < 0.2:
            return [self.condition(inner), *yields]
        cond = self.condition(inner)
        goes = [self.random.random() < 0.5]
        goes.append(not goes[0] or self.random.random() < 0.3)
        blocks = []
        for go in goes:
            with self.b.block() as block:
                numbers = [y for y in yields if y.type == PY_INT]
                if self.random.random() < 0.5:
                    self.say(inner)
                if self.random.random() < 0.5:
                    numbers = [self.as_int(self.emit("add", y, Const(1))) for y in numbers]
                block.results = [Const(go, PY_BOOL), *numbers]
            blocks.append(block)
        go_on, *changed = self.b.branch(cond, blocks[0], blocks[1])
        if self.random.random() < 0.3:
            self.say(inner)
        rest = iter(changed)
        return [go_on, *(next(rest) if y.type == PY_INT else y for y in yields)]

    def while_loop(self, scope: Scope, depth: int) -> None:
        arrays, lists = self.handed(scope)
        handed = [*arrays, *lists]
        limit = self.as_int(self.small(scope))
        inits: list[Atom] = [Const(0), self.as_int(self.number(scope))]
        heads = [Var(a.type, self.name()) for a in [*inits, *handed]]
        with self.b.block(heads) as cond:
            inner = self.entered(scope, heads, 2)
            if self.random.random() < 0.4:
                self.say(inner)
            if self.random.random() < 0.4:
                self.arithmetic(inner)
            cond.results = [self.b.one("lt", heads[0], limit)]
        carried = [Var(a.type, v.name) for a, v in zip([*inits, *handed], heads, strict=True)]
        exits = self.random.random() < 0.3
        with self.b.block(carried) as body:
            inner = self.entered(scope, carried, 2)
            self.fill(inner, depth + 1)
            one = self.emit("add", carried[0], Const(1))
            yields = [one, *self.yields(scope, inner, carried[1:], 1, handed)]
            body.results = self.leaving(inner, yields) if exits else yields
        outs = self.b.emit(
            "while", [*inits, *handed], [cond, body], names=[v.name for v in heads], exits=exits
        )
        scope.numbers += outs[:2]
        self.returned(scope, handed, list(outs[2:]))

    def call(self, scope: Scope) -> None:
        callee = self.pick(self.callees)
        if not scope.arrays:
            return
        k = self.random.randrange(len(scope.arrays))
        x = scope.arrays.pop(k)
        inputs = [self.as_int(self.number(scope)), self.as_int(self.number(scope)), x]
        outs = self.b.emit("call", inputs, callee=callee, names=[self.name() for _ in range(9)])
        scope.numbers += [v for v in outs if isinstance(v.type, Scalar)]
        scope.arrays += [v for v in outs if isinstance(v.type, Array)]
        scope.lists = [*(v for v in outs if isinstance(v.type, List)), *scope.lists]


def random_program(seed: int) -> Func:
    return Generator(seed).program()
