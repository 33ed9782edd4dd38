"""Random control flow: branches, loops of all sorts, early exits."""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz.elements import FORMS, element
from tests.fuzz.scope import NAMES, Scope
from tests.fuzz.sequences import Sequences

NESTED = {"try", "match", "walrus", "with", "closures", "generators"}


class Control(Sequences):
    """Blocks within blocks, each with a scope of its own."""

    gives = "number"  # what the function returns, in the middle and at its end
    singles = False  # whether buffers of single precision are among its forms

    def block(self, count: int, depth: int) -> None:
        written = len(self.lines)
        for _ in range(count):
            self.statement(depth)
        if len(self.lines) == written:
            self.update_number()

    def statement(self, depth: int) -> None:
        forms = {
            self.set_number: 4, self.update_number: 4, self.write_item: 4, self.set_array: 1,
            self.write_several: 2, self.update_array: 1, self.swap: 1, self.swap_arrays: 1,
            self.matrix: 1, self.cell: 1, self.lists: 2, self.rows: 1, self.pair: 1,
            self.dicts: 1, self.set_flag: 1, self.set_late: 1, self.integers: 1,
        }  # fmt: skip
        for kind, form in self.containers().items():  # once there is one, it is used
            forms[form] += 4 * bool(self.scope.own(kind))
        if not self.loops:
            forms |= {self.function: 2}
            forms |= {self.single: 1} if self.singles else {}
        for name in self.on:
            if name in FORMS and not (name in NESTED and (depth > 2 or self.budget <= 2)):
                weight, method = FORMS[name]
                write = getattr(self, method)
                form = (lambda f=write: f(depth)) if name in NESTED else write
                forms |= {form: forms.get(form, 0) + weight}
        if depth < 3 and self.budget > 2:
            nested = {self.branch: 4, self.loop: 5, self.while_loop: 4}
            forms |= {lambda f=f: f(depth): weight for f, weight in nested.items()}  # type: ignore[misc]
        if self.loops:
            forms |= {self.leave: 5}
        if self.chance(0.04):
            forms = {self.leave_function: 1}
        self.pick(forms)

    def containers(self) -> dict[str, Callable[[], None]]:
        return {"matrix": self.matrix, "zero": self.cell, "list": self.lists, "rows": self.rows,
                "pair": self.pair, "dict": self.dicts}  # fmt: skip

    # ---- branches

    def branch(self, depth: int) -> None:
        """What every side defines is defined after it."""
        before = self.scope
        sides = [self.side(f"if {self.condition()}:", depth)]
        if self.chance(0.3):
            sides.append(self.side(f"elif {self.condition()}:", depth))
        sides.append(self.side("else:", depth) if self.chance(0.6) else before)
        self.scope = sides[0].joined(sides[1:])

    def side(self, head: str, depth: int, before: Scope | None = None) -> Scope:
        self.emit(head)
        scope = (before or self.scope).copy()
        with self.inside(scope):
            self.block(self.rng.randint(1, 3), depth + 1)
        return scope

    # ---- loops

    def counter(self) -> str | None:
        free = [i for i in NAMES["counter"] if i not in self.scope.names("counter")]
        return self.rng.choice(free) if free else None

    def loop(self, depth: int) -> None:
        name = self.counter()
        if name is None:
            return
        scope = self.scope.copy()
        head = self.for_over_values(name, scope) if self.chance(0.3) else self.for_range(name, scope)
        self.emit(head)
        self.body(scope, depth)

    def for_range(self, name: str, scope: Scope) -> str:
        header, in_range = self.rng.choice([
            ("range(len(x))", True), ("range(x.shape[0])", True), ("range(1, len(w))", True),
            ("range(len(x) - 1, -1, -1)", True), ("reversed(range(len(x)))", True),
            ("range(n)", False), ("range(n)", False), ("range(3)", False), ("range(0, 4, 2)", False),
            ("range(2, 0, -1)", False), ("range(0)", False), ("range(n, 3)", False),
        ])  # fmt: skip
        scope.define(name, "counter")
        if in_range:
            scope.safe.add(name)
        return f"for {name} in {header}:"

    def for_over_values(self, name: str, scope: Scope) -> str:
        """Elements of arrays, rows of matrices, items of lists, alone and side by side."""
        e, v = self.free("number"), self.free("array")
        u = self.array_name()
        if self.chance(0.95):  # else it may change while the loop runs over it
            scope.fixed.add(u)
        rows = [*self.scope.names("matrix"), *self.scope.names("rows")]
        if rows and self.chance(0.4):
            scope.define(v, "array")
            row = self.rng.choice(rows)
            scope.forget(row, *scope.names("grower"))
            scope.fixed.add(v)
            return f"for {v} in {row}:"
        lists = self.scope.names("list")
        scope.define(e, "number")
        if lists and self.chance(0.4):
            scope.forget(name := self.rng.choice(lists), *scope.names("grower"))
            return f"for {e} in {name}:"
        if self.chance(0.5):
            return f"for {e} in {u}{self.choice('', '[1:]', '[::-1]')}:"
        scope.define(name, "counter")
        if self.chance(0.5):
            scope.safe.add(name)
            return f"for {name}, {e} in enumerate({u}):"
        other = self.choice("x", "w", "range(n)", "w[1:]")
        kind = "counter" if other == "range(n)" else "number"
        scope.forget(name)
        second = name if kind == "counter" else self.choice("p", "r")
        scope.define(second, kind)
        return f"for {e}, {second} in zip({u}, {other}):"

    def body(self, scope: Scope, depth: int) -> None:
        """What the body defines may be unset after the loop."""
        self.loops += 1
        with self.inside(scope):
            self.block(self.rng.randint(1, 4), depth + 1)
            left = "else" in self.on and self.chance(0.3)
            if left:
                self.used.add("else")
                self.emit(f"if {self.condition()}:")
                self.emit("    break")
        self.loops -= 1
        self.scope = self.scope.joined([scope])
        if left:
            other = self.side("else:", depth)
            self.scope = self.scope.joined([other])

    def while_loop(self, depth: int) -> None:
        """A loop with a condition on data, and a counter that bounds it."""
        name = self.counter()
        if name is None:
            return
        lists = self.scope.names("list")
        if lists and self.chance(0.2):
            r = self.rng.choice(lists)
            self.emit(f"while len({r}) > {self.choice('0', '1')}:")
            with self.inside(self.scope.copy()):
                self.emit(f"{self.some_number()} += {self.choice('', 'a * ')}{r}.pop()")
            return
        self.emit(f"{name} = 0")
        bound = self.choice("2", "3", "n")
        extra = self.choice("", f" and {self.compare()}", f" and x[{name} % len(x)] > -0.5")
        endless = self.chance(0.25)
        self.emit("while True:" if endless else f"while {name} < {bound}{extra}:")
        scope = self.scope.copy()
        scope.define(name, "counter")
        with self.inside(scope):
            self.emit(f"{name} += 1")
            if endless:
                self.emit(f"if {name} > {bound}{extra.replace(' and', ' or')}:")
                with self.inside(scope.copy()):
                    self.emit("break")
        self.body(scope, depth)

    # ---- exceptions, and other statements with blocks

    @element("try", 4)
    def attempt(self, depth: int) -> None:
        """Something may be raised in the middle of a block; what came before it stands."""
        before, scope = self.scope, self.scope.copy()
        error, caught = self.rng.choice([
            ("ValueError", "ValueError"), ("ValueError", "Exception"), ("KeyError", "LookupError"),
            ("ZeroDivisionError", "ArithmeticError"), ("IndexError", "(IndexError, ValueError)"),
        ])  # fmt: skip
        self.emit("try:")
        with self.inside(scope):
            self.block(self.rng.randint(0, 1), depth + 1)
            self.raised(error)
            self.block(self.rng.randint(0, 1), depth + 1)
        sides = [scope]
        handler = self.side(f"except {caught}{self.choice('', ' as error')}:", depth, before)
        if self.chance(0.25):
            self.scope = scope
            sides[0] = self.side("else:", depth)
        self.scope = before.joined([*sides, handler])
        if self.chance(0.2):
            self.emit("finally:")
            with self.inside(self.scope):
                self.update_number()

    def raised(self, error: str) -> None:
        """An exception under a condition, raised as such or by what is computed."""
        if error == "ZeroDivisionError" and self.chance(0.5):
            self.emit(f"{self.some_number()} += 1.0 / float({self.leaf().text})")
        elif error == "IndexError" and self.chance(0.5):
            self.emit(f"{self.some_number()} += x[{self.choice('n', 'len(x)', '0')}]")
        else:
            self.emit(f"if {self.condition()}:")
            self.emit(f"    raise {error}{self.choice('', '()')}" if self.chance(0.5) else
                      f"    raise {error}('never mind')")  # fmt: skip

    @element("match", 1)
    def cases(self, depth: int) -> None:
        before = self.scope
        counter = self.rng.choice([*self.scope.names("counter"), "n"])
        self.emit(f"match {counter} % 4:")
        self.indent += 1
        sides = [self.side(f"case {self.choice('0', '1', '0 | 3')}:", depth, before)]
        if self.chance(0.5):
            sides.append(self.side(f"case {self.choice('2', '_ if a > 0.0', '1 | 2')}:", depth, before))
        sides.append(self.side("case _:", depth, before))
        self.indent -= 1
        self.scope = sides[0].joined(sides[1:])

    @element("walrus", 1)
    def assigned_in_condition(self, depth: int) -> None:
        name = self.free("number")
        head = f"if ({name} := {self.number(2).text}) {self.choice('<', '>')} {self.leaf().text}:"
        before = self.scope.copy()
        before.define(name, "number")
        self.scope = before.joined([self.side(head, depth, before)])

    @element("with", 1)
    def silenced(self, depth: int) -> None:
        self.emit("with np.errstate(divide='ignore', invalid='ignore'):")
        with self.inside(self.scope):
            self.block(self.rng.randint(1, 2), depth + 1)

    @element("draws", 1)
    def draw(self) -> None:
        if "rng" not in self.scope.kinds:
            if self.loops or self.indent > 1:
                return
            self.emit(f"rng = np.random.default_rng({self.rng.randint(0, 9)})")
            self.scope.kinds["rng"] = "generator"
        match self.rng.randint(0, 2):
            case 0:
                drawn = self.choice("normal()", "uniform(-1.0, 1.0)", "random()")
                self.emit(f"{self.some_number()} += rng.{drawn}")
            case 1:
                self.define("array", f"rng.normal(size=len(x)) * {self.array_name()}")
            case 2:
                self.emit(f"{self.some_number()} *= rng.normal() * {self.small().text}")

    # ---- exits

    def leave(self) -> None:
        self.emit(f"if {self.condition()}:")
        with self.inside(self.scope.copy()):
            if self.chance(0.3):
                self.update_number()
            if self.chance(0.15):
                self.emit(f"return {self.result()}")
            else:
                self.emit(self.choice("break", "continue"))

    def leave_function(self) -> None:
        self.emit(f"if {self.condition()}:")
        with self.inside(self.scope.copy()):
            self.emit(f"return {self.result()}")

    def result(self) -> str:
        """A result that depends on what was computed."""
        if self.gives == "array":
            return f"np.tanh({self.array(1).text})"
        if self.gives == "name":
            return self.rng.choice(self.scope.own("array") or ["x * 0.5"])
        names = self.scope.own("number")
        names += [f"np.sum({u})" for u in self.scope.own("array")]
        names += [f"np.sum({m})" for m in self.scope.own("matrix")]
        names += [f"{z} * 1.0" for z in self.scope.own("zero")]
        names += [f"{p}[0]" for p in self.scope.names("pair")]
        names += [f"{d}['k']" for d in self.scope.names("dict")]
        total = " + ".join(self.rng.sample(names, min(len(names), 5))) or "a * b"
        number = self.choice(total, f"float({total})", f"np.tanh({total}) + a * b")
        if self.gives == "squashed":
            return f"np.tanh({total})"
        if self.gives == "both":
            return f"{number}, {self.array(self.rng.randint(0, 1)).text}"
        return number
