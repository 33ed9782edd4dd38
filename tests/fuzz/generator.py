"""Random programs: the source text of a Python function, and arguments for it, from a seed.

Functions take two arrays of one length, two floats and an int, and return a float. They mix what
users mix: arithmetic on numbers and arrays, nested branches on data, loops of few or no trips that
are left early, self-updates, arrays written in place, names that generated code would like to have.
Numbers stay small, so that central differences mean something: an expression knows a rough bound of
its value, and one that may be large is squashed where it is assigned.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

PARAMETERS = "x, w, a, b, n"
ACTIVE = (0, 1, 2, 3)
NUMBERS = ("s", "t", "acc", "x_bar", "saved", "y", "a_dot", "stack", "count")
ARRAYS = ("u", "v", "w_bar", "out", "u_s")
INDICES = ("i", "j", "k")
LIMIT = 8.0
USUAL = 3.0


@dataclass(frozen=True)
class Program:
    """The text of a module that defines ``f``, and tuples of arguments to call it with."""

    seed: int
    text: str
    inputs: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Expr:
    """An expression and a rough bound of its values."""

    text: str
    bound: float


@dataclass
class Scope:
    """Names that surely have a value, and indices that are in range for every array."""

    numbers: list[str] = field(default_factory=lambda: ["a", "b"])
    arrays: list[str] = field(default_factory=lambda: ["x", "w"])
    counters: list[str] = field(default_factory=list)
    indices: list[str] = field(default_factory=list)

    def copy(self) -> Scope:
        return Scope(*map(list, (self.numbers, self.arrays, self.counters, self.indices)))

    def local_numbers(self) -> list[str]:
        return [name for name in self.numbers if name in NUMBERS]

    def local_arrays(self) -> list[str]:
        return [name for name in self.arrays if name in ARRAYS]


def program(seed: int) -> Program:
    """The program of a seed: always the same one."""
    return Program(seed, Generator(seed).module(), inputs(seed))


def inputs(seed: int) -> tuple[tuple[Any, ...], ...]:
    """Arguments away from ties, and ones with ties, zeros and no trips."""
    rng = np.random.default_rng([seed, 1])
    size = int(rng.integers(2, 5))
    usual = (
        rng.uniform(-1.5, 1.5, size), rng.uniform(-1.5, 1.5, size),
        float(rng.uniform(-1.5, 1.5)), float(rng.uniform(-1.5, 1.5)), int(rng.integers(1, 4)),
    )  # fmt: skip
    tied = float(rng.choice([0.0, 0.5, -0.5]))
    size = int(rng.integers(1, 4))
    ties = (np.full(size, tied), rng.choice([0.0, tied, 1.0], size), tied, 0.5, 0)
    return usual, ties


class Generator:
    """Writes one function, statement by statement; each method writes one form."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.lines: list[str] = []
        self.scope = Scope()
        self.indent = 1
        self.loops = 0
        self.budget = self.rng.randint(8, 22)

    def module(self) -> str:
        self.define_all()
        self.block(self.rng.randint(4, 7), 0)
        while self.budget > 0:
            self.statement(0)
        self.emit(f"return {self.result()}")
        head = ["import numpy as np", "", "", f"def f({PARAMETERS}):"]
        return "\n".join([*head, *self.lines]) + "\n"

    def define_all(self) -> None:
        """A few variables that branches and loops below can change."""
        for name in self.rng.sample(NUMBERS, self.rng.randint(1, 3)):
            self.assign_number(name, self.pick([self.literal, lambda: self.number(1)]))
        for name in self.rng.sample(ARRAYS, self.rng.randint(1, 2)):
            self.assign_array(name)

    def result(self) -> str:
        """A result that depends on what was computed."""
        names = self.scope.local_numbers()
        names += [f"np.sum({u})" for u in self.scope.local_arrays()]
        total = " + ".join(self.rng.sample(names, len(names)))
        return self.rng.choice([total, f"float({total})", f"np.tanh({total}) + a * b"])

    # ---- writing

    def emit(self, line: str) -> None:
        self.lines.append("    " * self.indent + line)
        self.budget -= 1

    def pick(self, choices: list[Callable[[], Any]]) -> Any:
        return self.rng.choice(choices)()

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    @contextmanager
    def inside(self, scope: Scope) -> Iterator[None]:
        """An indented block with names of its own."""
        outer, self.scope = self.scope, scope
        self.indent += 1
        yield
        self.indent -= 1
        self.scope = outer

    def block(self, count: int, depth: int) -> None:
        for _ in range(count):
            self.statement(depth)

    # ---- expressions

    def literal(self) -> Expr:
        text = self.rng.choice(["0.0", "1.0", "0.5", "-0.25", "1.5", "2", "-1", "0.1"])
        return Expr(text, abs(float(text)))

    def index(self) -> str:
        """An index in range of every array."""
        choices = ["0", "-1", "n % len(x)"]
        choices += 3 * self.scope.indices
        choices += [f"{i} - 1" for i in self.scope.indices]
        choices += [f"({i} + 1) % len(x)" for i in self.scope.counters]
        choices += [f"min({i}, len(w) - 1)" for i in self.scope.counters]
        return self.rng.choice(choices)

    def counted(self) -> Expr:
        name = self.rng.choice([*self.scope.counters, "n"])
        return Expr(f"{self.rng.choice(['0.5', '0.25', '-0.1'])} * {name}", 2.0)

    def leaf(self) -> Expr:
        numbers = [lambda: Expr(self.rng.choice(self.scope.numbers), USUAL)] * 4
        element = lambda: Expr(f"{self.rng.choice(self.scope.arrays)}[{self.index()}]", USUAL)
        return self.pick([*numbers, element, element, self.literal, self.counted])

    def squashed(self, e: Expr, array: bool = False) -> Expr:
        """The expression, surely small."""
        if e.bound <= LIMIT:
            return e
        if e.bound > 10 * LIMIT:
            return Expr(f"np.tanh(0.1 * ({e.text}))", 1.0)
        forms = ["np.tanh({})", "np.sin({})", "np.tanh(0.3 * ({}))", "np.cos({})"]
        return Expr(self.rng.choice(forms).format(e.text), 1.0)

    def number(self, depth: int) -> Expr:
        if depth <= 0 or self.chance(0.15):
            return self.leaf()
        forms = [self.binary_number] * 5 + [self.called] * 3
        forms += [self.reduced, self.selected, self.divided]
        e: Expr = self.rng.choice(forms)(depth)
        return self.squashed(e)

    def binary(self, x: Expr, y: Expr) -> Expr:
        match self.rng.choice("+-**"):
            case "*":
                return Expr(f"({x.text} * {y.text})", x.bound * y.bound)
            case op:
                return Expr(f"({x.text} {op} {y.text})", x.bound + y.bound)

    def binary_number(self, depth: int) -> Expr:
        return self.binary(self.number(depth - 1), self.number(depth - 1))

    def divided(self, depth: int) -> Expr:
        x, y = self.number(depth - 1), self.number(depth - 1)
        return Expr(f"({x.text} / (1.0 + {y.text} * {y.text}))", x.bound)

    def smooth(self, x: Expr) -> Expr:
        """A function of a number or an array."""
        form, bound = self.rng.choice([
            ("np.sin({})", 1.0), ("np.cos({})", 1.0), ("np.tanh({})", 1.0),
            ("np.exp(-abs({}))", 1.0), ("np.exp(np.sin({}))", 2.8), ("np.abs({})", x.bound),
            ("abs({})", x.bound), ("np.sqrt(np.abs({}) + 0.1)", x.bound + 0.3), ("(-{})", x.bound),
            ("np.sqrt(1.0 + ({}) ** 2)", x.bound + 1.0), ("({}) ** 2", x.bound**2),
            ("np.tanh({}) ** 3", 1.0), ("np.log(1.0 + ({}) ** 2)", x.bound),
        ])  # fmt: skip
        return Expr(form.format(x.text), bound)

    def called(self, depth: int) -> Expr:
        if self.chance(0.7):
            return self.smooth(self.number(depth - 1))
        x, y = self.number(depth - 1), self.number(depth - 1)
        form = self.rng.choice(
            ["np.maximum({}, {})", "np.minimum({}, {})", "max({}, {})", "min({}, {})"]
        )
        return Expr(form.format(x.text, y.text), max(x.bound, y.bound))

    def selected(self, depth: int) -> Expr:
        x, y = self.number(depth - 1), self.number(depth - 1)
        form = self.rng.choice(["({0} if {2} else {1})", "float(np.where({2}, {0}, {1}))"])
        test = self.compare() if "where" in form else self.condition()
        return Expr(form.format(x.text, y.text, test), max(x.bound, y.bound))

    def reduced(self, depth: int) -> Expr:
        v = self.array(depth - 1)
        form = self.rng.choice([
            "np.sum({})", "np.mean({})", "({}).sum()", "np.dot({}, x)", "(w @ ({}))",
            "np.max({})", "np.sum(({})[1:] * x[:-1])",
        ])  # fmt: skip
        return Expr(form.format(v.text), 4 * v.bound)

    def array(self, depth: int) -> Expr:
        """An array of the length of all; a name only at depth 0."""
        if depth <= 0:
            return Expr(self.rng.choice(self.scope.arrays), USUAL)
        forms = [self.array_binary] * 4 + [self.array_called] * 2 + [self.array_where]
        e: Expr = self.rng.choice(forms)(depth)
        return self.squashed(e)

    def array_binary(self, depth: int) -> Expr:
        x, y = self.array(depth - 1), self.pick([self.leaf, lambda: self.array(depth - 1)])
        pair = (x, y) if self.chance(0.6) else (y, x)
        return self.binary(*pair)

    def array_called(self, depth: int) -> Expr:
        x = self.array(depth - 1)
        if self.chance(0.7):
            return self.smooth(x)
        y = self.pick([self.leaf, lambda: self.array(depth - 1)])
        name = self.rng.choice(["np.maximum", "np.minimum"])
        return Expr(f"{name}({x.text}, {y.text})", max(x.bound, y.bound))

    def array_where(self, depth: int) -> Expr:
        u, y = self.array(0), self.array(depth - 1)
        x = self.pick([self.leaf, lambda: Expr(f"np.sqrt(np.abs({u.text}))", USUAL)])
        test = f"{u.text} {self.rng.choice(['>', '<', '<=', '!='])} "
        test += "0.0" if "sqrt" in x.text else self.leaf().text
        if "sqrt" in x.text:
            test = f"{u.text} != 0.0"
        return Expr(f"np.where({test}, {x.text}, {y.text})", max(x.bound, y.bound))

    # ---- conditions

    def compare(self) -> str:
        x, y = self.leaf().text, self.number(1).text
        return f"{x} {self.rng.choice(['<', '>', '<=', '>='])} {y}"

    def condition(self) -> str:
        forms = [self.compare] * 5
        forms += [lambda: f"{self.compare()} {self.rng.choice(['and', 'or'])} {self.compare()}"]
        forms += [lambda: f"not ({self.compare()})", lambda: f"-1.0 < {self.leaf().text} <= 0.5"]
        counter = self.rng.choice([*self.scope.counters, "n"])
        forms += [lambda: f"{counter} % 2 == 0", lambda: f"{counter} > 1"]
        return str(self.pick(forms))

    # ---- statements

    def statement(self, depth: int) -> None:
        forms = [self.set_number] * 4 + [self.update_number] * 4
        forms += [self.write_item] * 4 + [self.set_array, self.write_slice, self.update_array]
        forms += [self.swap]
        if depth < 3 and self.budget > 2:
            forms += [lambda: self.branch(depth)] * 3 + [lambda: self.loop(depth)] * 4
            forms += [lambda: self.while_loop(depth)]
        if self.loops:
            forms += [self.leave] * 2
        if self.chance(0.03):
            forms = [self.leave_function]
        self.pick(forms)

    def assign_number(self, name: str, e: Expr) -> None:
        self.emit(f"{name} = {e.text}")
        if name not in self.scope.numbers:
            self.scope.numbers.append(name)

    def set_number(self) -> None:
        e = self.number(self.rng.randint(1, 3))
        if e.bound > USUAL and self.loops:
            e = Expr(f"np.tanh({e.text})", 1.0)
        self.assign_number(self.rng.choice(NUMBERS), e)

    def update_number(self) -> None:
        """``s += e`` and its like; products by small factors, or squashed at once."""
        names = self.scope.local_numbers()
        name = self.rng.choice(names)
        match self.rng.choice(["+=", "+=", "-=", "*=", "/=", "square"]):
            case "*=":
                self.emit(f"{name} *= {self.small().text}")
            case "/=":
                self.emit(f"{name} /= 1.0 + {self.small().text} ** 2")
            case "square":
                self.emit(f"{name} *= {name}")
                self.emit(f"{name} = {self.rng.choice(['np.tanh', 'np.sin'])}({name})")
            case op:
                self.emit(f"{name} {op} {self.number(2).text}")

    def small(self) -> Expr:
        return Expr(f"{self.rng.choice(['np.sin', 'np.tanh', 'np.cos'])}({self.number(1).text})", 1)

    def swap(self) -> None:
        names = self.scope.local_numbers()
        s, t = self.rng.choice(names), self.rng.choice(names)
        self.emit(f"{s}, {t} = {t}, {self.pick([self.small, lambda: Expr(s, USUAL)]).text}")

    def set_array(self) -> None:
        self.assign_array(self.rng.choice(ARRAYS))

    def assign_array(self, name: str) -> None:
        """A new array, which has one name."""
        fresh = ["np.zeros_like(x)", "np.zeros(len(x))", "x.copy()", "w.copy()", "np.ones(len(w))"]
        e = self.array(self.rng.randint(1, 2))
        text = self.rng.choice(fresh) if self.chance(0.5) else f"np.tanh({e.text})"
        self.emit(f"{name} = {text}")
        if name not in self.scope.arrays:
            self.scope.arrays.append(name)

    def write_item(self) -> None:
        name, index = self.rng.choice(self.scope.local_arrays()), self.index()
        match self.rng.choice(["=", "=", "+=", "+=", "-=", "*="]):
            case "*=":
                self.emit(f"{name}[{index}] *= {self.small().text}")
            case "=" if self.chance(0.4):
                old = f"{name}[{self.index()}]"
                self.emit(f"{name}[{index}] = {self.small().text} * {old}")
            case op:
                self.emit(f"{name}[{index}] {op} {self.number(2).text}")

    def write_slice(self) -> None:
        name, e = self.rng.choice(self.scope.local_arrays()), self.array(1)
        value = self.pick([self.leaf, lambda: Expr(f"({e.text})[1:]", 1)]).text
        self.pick([
            lambda: self.emit(f"{name}[1:] {self.rng.choice(['=', '+='])} {value}"),
            lambda: self.emit(f"{name}[:] = np.tanh({e.text})"),
            lambda: self.emit(f"{name}[:-1] {self.rng.choice(['=', '-='])} {value}"),
            lambda: self.emit(f"{name}[{name} > {self.literal().text}] = {self.leaf().text}"),
        ])  # fmt: skip

    def update_array(self) -> None:
        name = self.rng.choice(self.scope.local_arrays())
        op = self.rng.choice(["+=", "-=", "*="])
        e = self.small() if op == "*=" else self.pick([self.leaf, lambda: self.array(1)])
        self.emit(f"{name} {op} {e.text}")
        if op == "*=" and self.chance(0.3):
            self.emit(f"{name} *= {name}")
            self.emit(f"{name} = np.tanh({name})")

    # ---- control flow

    def branch(self, depth: int) -> None:
        """What every side defines is defined after it."""
        before = self.scope
        sides = [self.side(f"if {self.condition()}:", depth)]
        if self.chance(0.3):
            sides.append(self.side(f"elif {self.condition()}:", depth))
        sides.append(self.side("else:", depth) if self.chance(0.6) else before)
        self.scope = before.copy()
        self.scope.numbers = [n for n in sides[0].numbers if all(n in s.numbers for s in sides)]
        self.scope.arrays = [n for n in sides[0].arrays if all(n in s.arrays for s in sides)]

    def side(self, head: str, depth: int) -> Scope:
        self.emit(head)
        scope = self.scope.copy()
        with self.inside(scope):
            self.block(self.rng.randint(1, 3), depth + 1)
        return scope

    def loop(self, depth: int) -> None:
        free = [i for i in INDICES if i not in self.scope.counters]
        if not free:
            return
        name = self.rng.choice(free)
        header, in_range = self.rng.choice([
            ("range(len(x))", True), ("range(x.shape[0])", True), ("range(1, len(w))", True),
            ("range(len(x) - 1, -1, -1)", True), ("range(n)", False), ("range(n)", False),
            ("range(3)", False), ("range(0, 4, 2)", False), ("range(2, 0, -1)", False),
            ("range(0)", False), ("range(n, 3)", False), ("values", False),
        ])  # fmt: skip
        scope = self.scope.copy()
        if header == "values":
            element = self.rng.choice(NUMBERS)
            self.emit(f"for {element} in {self.rng.choice(['x', 'w'])}:")
            scope.numbers += [element] if element not in scope.numbers else []
        else:
            self.emit(f"for {name} in {header}:")
            scope.counters.append(name)
            scope.indices += [name] if in_range else []
        self.body(scope, depth)

    def body(self, scope: Scope, depth: int) -> None:
        self.loops += 1
        with self.inside(scope):
            self.block(self.rng.randint(1, 4), depth + 1)
        self.loops -= 1

    def while_loop(self, depth: int) -> None:
        """A loop with a condition on data, and a counter that bounds it."""
        free = [i for i in INDICES if i not in self.scope.counters]
        if not free:
            return
        name = self.rng.choice(free)
        self.emit(f"{name} = 0")
        extra = f" and {self.compare()}" if self.chance(0.5) else ""
        self.emit(f"while {name} < {self.rng.choice(['2', '3', 'n'])}{extra}:")
        scope = self.scope.copy()
        scope.counters.append(name)
        with self.inside(scope):
            self.emit(f"{name} += 1")
        self.body(scope, depth)

    def leave(self) -> None:
        self.emit(f"if {self.condition()}:")
        with self.inside(self.scope.copy()):
            if self.chance(0.3):
                self.update_number()
            self.emit(self.rng.choice(["break", "continue"]))

    def leave_function(self) -> None:
        self.emit(f"if {self.condition()}:")
        with self.inside(self.scope.copy()):
            self.emit(f"return {self.number(2).text} + a")
