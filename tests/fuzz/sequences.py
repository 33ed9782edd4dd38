"""Random lists: comprehensions, what is computed from all items, and what changes a list."""

from __future__ import annotations

from tests.fuzz.elements import element
from tests.fuzz.memory import Memory
from tests.fuzz.scope import Scope


class Sequences(Memory):
    """Each method writes statements that make lists or reduce them."""

    def over(self) -> tuple[str, Scope]:
        """``for .. in ..`` and a scope with its names."""
        scope = self.scope.copy()
        counter, u, v = self.choice("i", "j", "k"), self.array_name(), self.array_name()
        scope.define("e", "number")
        lists = self.scope.names("list")
        forms = 2 * ["for e in {u}"] + ["for e, r in zip({u}, {v})", "for e in {u}[::-1]"]
        forms += ["for {i} in range(len({u}))", "for {i}, e in enumerate({u})", "for {i} in range(n)"]
        forms += [f"for e in {r}" for r in lists]
        form = self.rng.choice(forms)
        if "{i}" in form:
            scope.define(counter, "counter")
            if "range(n)" not in form:
                scope.safe.add(counter)
        if "e in" not in form and "e, r in" not in form:
            scope.forget("e")
        if "e, r in" in form:
            scope.define("r", "number")
        return form.format(u=u, v=v, i=counter), scope

    def item(self, scope: Scope, depth: int = 2) -> str:
        """An expression over the names of a comprehension."""
        outer, self.scope = self.scope, scope
        text = self.calm(self.number(depth))
        self.scope = outer
        return text if self.chance(0.8) or "e" not in scope.kinds else f"{text} * e"

    def test(self, scope: Scope) -> str:
        outer, self.scope = self.scope, scope
        name = self.rng.choice(["e"] if "e" in scope.kinds else scope.names("counter"))
        text = f"{name} {self.choice('<', '>', '!=')} {self.literal().text}"
        self.scope = outer
        return text

    def comprehension(self, ends: str = "") -> str:
        """What stands between the brackets."""
        head, scope = self.over()
        test = f" if {self.test(scope)}" if self.chance(0.35) else ""
        return f"{self.item(scope)}{ends} {head}{test}"

    @element("comprehensions", 4)
    def comprehended(self) -> None:
        u, v, rows = self.array_name(), self.array_name(), self.scope.names("matrix", "rows")
        match self.rng.randint(0, 7):
            case 0 | 1:
                self.define("list", f"[{self.comprehension()}]")
            case 2 | 3:
                self.emit(f"{self.some_number()} += np.tanh(sum({self.comprehension()}))")
            case 4:
                inner = self.choice("np.sin(e * r)", "e - r", "e * r if e > r else r")
                self.define("matrix", f"np.array([[{inner} for e in {u}] for r in {v}])")
            case 5:
                scope = self.scope.copy()
                scope.define("e", "number")
                self.define("array", f"np.array([{self.item(scope)} + 0.0 for e in {u}])")
            case 6:
                over = self.rng.choice(rows) if rows else "(x, w)"
                new = self.choice("row * 0.5", "np.tanh(row)", "row.copy()", "row + x")
                self.define("rows", f"[{new} for row in {over}]")
            case 7:
                test = self.choice("", " if e > r", " if e != 0.5")
                product = f"np.tanh(e - r) for e in {u} for r in {v}{test}"
                self.emit(f"{self.some_number()} -= sum({product})")

    @element("reductions", 3)
    def reduced_sequence(self) -> None:
        name = self.some_number()
        lists, u = self.scope.names("list"), self.array_name()
        if lists and self.chance(0.7):
            r = self.rng.choice(lists)
            self.emit(f"if len({r}) > 0:")
            with self.inside(self.scope.copy()):
                form = self.choice("sum({0})", "max({0})", "min({0})", "sorted({0})[0]",
                                   "sorted({0})[-1] * a", "sum({0}) / len({0})", "max({0}) - min({0})",
                                   "sorted({0}, reverse=True)[len({0}) // 2]")  # fmt: skip
                self.emit(f"{name} += {form.format(r)}")
            return
        match self.rng.randint(0, 3):
            case 0:
                self.emit(f"{name} += {self.choice('sum', 'max', 'min')}({u})")
            case 1:
                self.emit(f"{name} += sorted({u})[{self.index()}]")
            case 2:
                call = f"{self.choice('any', 'all')}(e > {self.literal().text} for e in {u})"
                self.emit(f"{name} *= 0.5 if {call} else -1.0")
            case 3:
                call = self.choice("max", "min")
                self.emit(f"{name} -= {call}([{self.comprehension()}], default=0.5)")

    @element("growing")
    def changed_list(self) -> None:
        names = self.scope.names("list")
        if not names:
            self.define("list", f"[{self.literal().text} * a, b]")
            return
        r, e = self.rng.choice(names), self.calm(self.number(1))
        match self.rng.randint(0, 6):
            case 0:
                self.emit(f"{r}.extend([{e}, a])")
            case 1:
                self.emit(f"{r} += [{e}]")
            case 2:
                self.emit(f"{r}.insert(0, {e})")
            case 3:
                self.emit(f"{r}.reverse()")
            case 4:
                self.emit(f"{r}.sort()")
            case 5:
                self.emit(f"if len({r}) > 1:")
                with self.inside(self.scope.copy()):
                    self.emit(f"{self.some_number()} += {r}.pop(0)")
            case 6:
                self.emit(f"{r} = {r} + [{e}]")
