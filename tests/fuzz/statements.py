"""Random statements: assignments of all kinds, writes to arrays, lists and trees."""

from __future__ import annotations

from tests.fuzz.expressions import Expressions
from tests.fuzz.scope import USUAL, Expr


class Statements(Expressions):
    """Each method writes one form in place of a statement, more than one where a form needs it."""

    def define(self, kind: str, text: str, name: str = "") -> str:
        """Assign to a name of a kind."""
        name = name or self.free(kind)
        self.emit(f"{name} = {text}")
        self.scope.define(name, kind)
        return name

    def small(self) -> Expr:
        return Expr(f"{self.choice('np.sin', 'np.tanh', 'np.cos')}({self.number(1).text})", 1)

    def calm(self, e: Expr) -> str:
        """What may be assigned again and again in a loop."""
        return f"np.tanh({e.text})" if e.bound > USUAL and (self.loops or self.repeated) else e.text

    # ---- numbers

    def set_number(self) -> None:
        self.define("number", self.calm(self.number(self.rng.randint(1, 3))))

    def some_number(self) -> str:
        """A local number, made if there is none."""
        names = self.scope.own("number")
        return self.rng.choice(names) if names else self.define("number", self.literal().text)

    def update_number(self) -> None:
        """``s += e`` and its like; products by small factors, or squashed at once."""
        name = self.some_number()
        match self.choice("+=", "+=", "-=", "*=", "/=", "square"):
            case "*=":
                self.emit(f"{name} *= {self.small().text}")
            case "/=":
                self.emit(f"{name} /= 1.0 + {self.small().text} ** 2")
            case "square":
                self.emit(f"{name} *= {name}")
                self.emit(f"{name} = {self.choice('np.tanh', 'np.sin')}({name})")
            case op:
                self.emit(f"{name} {op} {self.number(2).text}")

    def swap(self) -> None:
        s, t = self.some_number(), self.some_number()
        value = self.small().text if self.chance(0.5) else s
        self.emit(f"{s}, {t} = {t}, {value}")

    def set_flag(self) -> None:
        self.define("flag", self.compare())

    def set_late(self) -> None:
        """A name that is set under a condition, and read where the condition held."""
        flag = self.define("flag", self.compare())
        late = self.choice("late", "later")
        self.emit(f"if {flag}:")
        with self.inside(self.scope.copy()):
            self.emit(f"{late} = {self.number(2).text}")
        if self.chance(0.5):
            self.update_number()
        self.emit(f"if {flag}:")
        with self.inside(self.scope.copy()):
            self.emit(f"{self.some_number()} += {self.choice('{}', 'a * {}').format(late)}")

    # ---- arrays

    def set_array(self) -> None:
        """A new array, which has one name."""
        fresh = self.choice("np.zeros_like(x)", "np.zeros(len(x))", "x.copy()", "w.copy()",
                            "np.ones(len(w))", "np.arange(len(x)) * 0.5")  # fmt: skip
        text = fresh if self.chance(0.4) else f"np.tanh({self.array(self.rng.randint(1, 2)).text})"
        self.define("array", text)

    def some_array(self) -> str:
        """An array that may be written to."""
        names = self.scope.own("array")
        return self.rng.choice(names) if names else self.define("array", "x * 0.5")

    def write_item(self) -> None:
        name, index = self.some_array(), self.index()
        match self.choice("=", "=", "+=", "+=", "-=", "*="):
            case "*=":
                self.emit(f"{name}[{index}] *= {self.small().text}")
            case "=" if self.chance(0.4):
                self.emit(f"{name}[{index}] = {self.small().text} * {name}[{self.index()}]")
            case op:
                self.emit(f"{name}[{index}] {op} {self.calm(self.number(2))}")

    def write_several(self) -> None:
        """Writes to slices, through masks, and through indices that may repeat."""
        name, e = self.some_array(), self.array(1)
        value = self.leaf().text if self.chance(0.5) else f"({e.text})[1:]"
        match self.rng.randint(0, 6):
            case 0:
                self.emit(f"{name}[1:] {self.choice('=', '+=')} {value}")
            case 1:
                self.emit(f"{name}[:] = np.tanh({e.text})")
            case 2:
                self.emit(f"{name}[:-1] {self.choice('=', '-=')} {value}")
            case 3:
                self.emit(f"{name}[{name} > {self.literal().text}] = {self.leaf().text}")
            case 4:
                self.emit(f"{name}[{self.gather()}] {self.choice('=', '+=', '*=')} {self.small().text}")
            case 5:
                self.emit(f"{name}[1:] = {name}[:-1]")
            case 6:
                self.emit(f"{name}[::-1] = {self.array_name()}")

    def update_array(self) -> None:
        name = self.some_array()
        op = self.choice("+=", "-=", "*=")
        e = self.small() if op == "*=" else self.leaf() if self.chance(0.5) else self.array(1)
        self.emit(f"{name} {op} {e.text}")
        if op == "*=" and self.chance(0.3):
            self.emit(f"{name} *= {name}")
            self.define("array", f"np.tanh({name})", name)

    def swap_arrays(self) -> None:
        """``u, v = v, f(u)``: the double buffer of many schemes."""
        u, v = self.some_array(), self.some_array()
        self.emit(f"{u}, {v} = {v}, {self.choice('np.sin({})', '0.5 * {}', '{}').format(u)}")

    def matrix(self) -> None:
        """A matrix made from vectors, then written to by element, row or column."""
        names = self.scope.own("matrix")
        if not names or self.chance(0.3):
            text = self.choice("np.outer({0}, {1})", "{0}[:, None] * {1}",
                               "np.zeros((len(x), len(w)))", "{0}[:, None] + {1}[None, :]")  # fmt: skip
            text = text.format(self.array_name(), self.array_name())
            self.define("matrix", text)
            return
        name, i, j = self.rng.choice(names), self.index(), self.index()
        match self.rng.randint(0, 3):
            case 0:
                self.emit(f"{name}[{i}, {j}] {self.choice('=', '+=')} {self.calm(self.number(1))}")
            case 1:
                self.emit(f"{name}[{i}] {self.choice('=', '+=')} np.sin({self.array(1).text})")
            case 2:
                self.emit(f"{name}[:, {j}] *= {self.small().text}")
            case 3:
                self.emit(f"{name}[{i}] -= {self.small().text} * {name}[{j}]")

    def cell(self) -> None:
        """A 0-d array, which augmented assignment changes in place."""
        names = self.scope.own("zero")
        if names and self.chance(0.7):
            name = self.rng.choice(names)
            self.emit(f"{name} {self.choice('+=', '*=')} {self.small().text}")
        else:
            self.define("zero", f"np.array({self.calm(self.number(1))} + 0.0)")

    def integers(self) -> None:
        """An array of indices."""
        text = self.choice("np.arange(len(x)) // 2", "np.arange(len(x))[::-1]",
                           "np.array([0, -1, 0])", "np.zeros(2, dtype=int)")  # fmt: skip
        self.define("ints", text)

    def single(self) -> None:
        """A float32 buffer, to which writes round."""
        name = self.choice("h", "h2")
        self.emit(f"{name} = np.zeros(len(x), dtype=np.float32)")
        self.emit(f"{name}[{self.choice(':', '1:')}] = {self.number(1).text}")
        if self.chance(0.5):
            self.emit(f"{name} *= {self.small().text}")
        self.define("array", f"{self.array_name()} * {name} + {name}[{self.index()}]")

    # ---- lists, tuples, dicts

    def lists(self) -> None:
        """A list of numbers: made, grown, changed, popped from."""
        names = self.scope.names("list")
        if not names or self.chance(0.15):
            text = self.choice("[]", "[a]", "[b, 0.5]") if not self.loops else "[a]"
            name = self.define("list", text)
            if text == "[]":
                self.emit(f"{name}.append({self.calm(self.number(1))})")
            return
        name = self.rng.choice(names)
        match self.rng.randint(0, 5):
            case 0 | 1 | 2:
                self.emit(f"{name}.append({self.calm(self.number(2))})")
            case 3:
                self.emit(f"if len({name}) > {self.choice('0', '1')}:")
                with self.inside(self.scope.copy()):
                    self.define("number", f"{name}.pop()")
            case 4:
                self.emit(f"if len({name}) > 0:")
                with self.inside(self.scope.copy()):
                    place = self.choice("0", "-1", f"n % len({name})")
                    op = self.choice("=", "+=", "*=")
                    self.emit(f"{name}[{place}] {op} {self.small().text}")
            case 5:
                self.emit(f"if len({name}) == len(x):")
                with self.inside(self.scope.copy()):
                    self.emit(f"{self.some_number()} += np.sum(np.array({name}) * w)")

    def rows(self) -> None:
        """A list of vectors, stacked or summed."""
        names = self.scope.names("rows")
        if not names:
            self.define("rows", "[x * 0.5]" if self.chance(0.5) else "[w.copy(), x + b]")
            return
        name = self.rng.choice(names)
        match self.rng.randint(0, 4):
            case 0 | 1:
                self.emit(f"{name}.append(np.sin({self.array(1).text}))")
            case 2:
                stacked = self.choice("np.stack({})", "np.array({})", "np.concatenate({})")
                self.emit(f"{self.some_number()} += np.sum({stacked.format(name)} ** 2)")
            case 3:
                self.emit(f"if len({name}) > 1:")
                with self.inside(self.scope.copy()):
                    self.define("array", f"{name}.pop() + 0.0")
            case 4:
                self.define("array", f"{name}[{self.choice('0', '-1')}] * {self.leaf().text}")

    def pair(self) -> None:
        names = self.scope.names("pair")
        if names and self.chance(0.5):
            self.unpack(self.rng.choice(names))
        else:
            value = self.calm(self.number(1))
            self.define("pair", f"({value} + 0.0, np.cos({self.array(1).text}))")

    def unpack(self, pair: str) -> None:
        s, u = self.free("number"), self.free("array")
        self.emit(f"{s}, {u} = {pair}")
        self.scope.define(s, "number")
        self.scope.define(u, "array")
        if "held" not in self.on:
            self.scope.fixed.add(u)

    def dicts(self) -> None:
        names = self.scope.own("dict")
        if names and self.chance(0.7):
            name = self.rng.choice(names)
            new = f"np.cos({self.array(1).text})"
            match self.rng.randint(0, 1):
                case 0:
                    self.emit(f"{name}['k'] = {self.calm(self.number(1))} + 0.0 * a")
                case 1:
                    self.emit(f"{name}['v'] = {new}")
        else:
            value = self.calm(self.number(1))
            self.define("dict", f"{{'k': {value} + 0.0 * a, 'v': {self.array_name()} * 0.5}}")

    def function(self) -> None:
        """A function made inside, which sees later values of what it captures."""
        name = self.free("local")
        s = self.variable().text
        body = self.choice("np.sin(q) * {0}", "q * q - {0}", "(q if q > {0} else {0} * 0.5)",
                           "np.tanh(q) + {0} * {1}")  # fmt: skip
        body = body.format(s, self.element().text if self.chance(0.5) else "a")
        if self.chance(0.5):
            self.emit(f"{name} = lambda q: {body}")
        else:
            self.emit(f"def {name}(q{self.choice('', f', r={s}')}):")
            with self.inside(self.scope.copy()):
                self.emit(f"return np.tanh({body})")
        self.scope.define(name, "local")
