"""Random expressions: numbers, arrays of one length, indices and conditions."""

from __future__ import annotations

from tests.fuzz.scope import LIMIT, USUAL, Expr, Signature, Writer


class Expressions(Writer):
    """Each method writes one form; ``depth`` bounds how deep expressions nest."""

    # ---- leaves

    def literal(self) -> Expr:
        text = self.choice("0.0", "1.0", "0.5", "-0.25", "1.5", "2", "-1", "0.1")
        return Expr(text, abs(float(text)))

    def index(self) -> str:
        """An index in range of every array that is not empty."""
        choices = ["0", "-1", "n % len(x)", "int(n > 1) - 1"]
        safe = sorted(self.scope.safe)
        choices += 3 * safe + [f"{i} - 1" for i in safe] + [f"-1 - {i}" for i in safe]
        for i in self.scope.names("counter"):
            choices += [f"({i} + 1) % len(x)", f"min({i}, len(x) - 1)"]
        if self.chance(0.1):
            choices.append(f"int(np.argmax({self.array_name()}))")
        return self.rng.choice(choices)

    def gather(self) -> str:
        """Indices of several elements, repeated ones too."""
        choices = ["[0, 0]", "[-1, 0, -1]", "np.arange(len(x)) // 2", "::-1", "::2", "len(x) // 2:"]
        choices += 2 * self.scope.names("ints")
        choices += [f"{self.array_name()} > {self.literal().text}", f"{self.index()}:"]
        return self.rng.choice(choices)

    def array_name(self) -> str:
        return self.rng.choice(self.scope.names("array"))

    def counted(self) -> Expr:
        name = self.rng.choice([*self.scope.names("counter"), "n"])
        return Expr(f"{self.choice('0.5', '0.25', '-0.1')} * {name}", 2.0)

    def variable(self) -> Expr:
        return Expr(self.rng.choice(self.scope.names("number")), USUAL)

    def element(self) -> Expr:
        matrices = self.scope.names("matrix")
        if matrices and self.chance(0.3):
            name = self.rng.choice(matrices)
            return Expr(f"{name}[{self.index()}{self.choice(', ', '][')}{self.index()}]", USUAL)
        return Expr(f"{self.array_name()}[{self.index()}]", USUAL)

    def held(self) -> Expr:
        """A number out of a list, tuple, dict or 0-d array."""
        forms = [f"{p}[0]" for p in self.scope.names("pair")]
        forms += [f"{d}['k']" for d in self.scope.names("dict")]
        forms += [f"({z} + 0.0)" for z in self.scope.names("zero")]
        counters = self.scope.names("counter")
        for r in self.scope.names("list"):
            forms += [f"({r}[-1] if len({r}) > 0 else {self.literal().text})", f"0.1 * len({r})"]
            forms += [f"({r}[{i} % len({r})] if len({r}) > 0 else a)" for i in counters]
        return Expr(self.rng.choice(forms), USUAL) if forms else self.variable()

    def leaf(self) -> Expr:
        found: Expr = self.pick({
            self.variable: 4, self.element: 2, self.literal: 1, self.counted: 1, self.held: 3,
        })  # fmt: skip
        return found

    # ---- numbers

    def squashed(self, e: Expr) -> Expr:
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
        e: Expr = self.pick({
            self.binary_number: 10, self.called: 6, self.reduced: 3, self.selected: 3,
            self.divided: 2, self.applied: 3, self.short_circuit: 1,
        }, depth)  # fmt: skip
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
            ("np.logaddexp(0.0, {})", x.bound + 1.0), ("np.square({})", x.bound**2),
        ])  # fmt: skip
        return Expr(form.format(x.text), bound)

    def called(self, depth: int) -> Expr:
        if self.chance(0.7):
            return self.smooth(self.number(depth - 1))
        x, y = self.number(depth - 1), self.number(depth - 1)
        form = self.choice("np.maximum({}, {})", "np.minimum({}, {})", "max({}, {})", "min({}, {})")
        return Expr(form.format(x.text, y.text), max(x.bound, y.bound))

    def selected(self, depth: int) -> Expr:
        x, y = self.number(depth - 1), self.number(depth - 1)
        form = self.choice("({0} if {2} else {1})", "({0} if {2} else {1})",
                           "float(np.where({2}, {0}, {1}))")  # fmt: skip
        test = self.compare() if "where" in form else self.condition()
        return Expr(form.format(x.text, y.text, test), max(x.bound, y.bound))

    def short_circuit(self, depth: int) -> Expr:
        """``and`` and ``or`` give one of their operands."""
        x, y = self.number(depth - 1), self.number(depth - 1)
        return Expr(f"({x.text} {self.choice('or', 'and')} {y.text})", max(x.bound, y.bound))

    def reduced(self, depth: int) -> Expr:
        v = self.array(depth - 1)
        form = self.rng.choice([
            "np.sum({})", "np.mean({})", "({}).sum()", "np.dot({}, x)", "(w @ ({}))", "np.std({})",
            "np.max({})", "np.min({})", "np.prod(np.cos({}))", "np.sum(({})[1:] * x[:-1])",
            "np.sum(({})[" + self.gather() + "])", "np.sum(np.outer({}, w), axis=1)[0]",
        ])  # fmt: skip
        parts = self.scope.names("part")
        if parts and self.chance(0.4):
            form = self.choice("np.sum({})", "({} * {}).sum()").replace("{}", self.rng.choice(parts))
        return Expr(form.format(v.text), 4 * v.bound)

    def applied(self, depth: int) -> Expr:
        """A call of a function of the module that gives a number, or of a local one."""
        functions = [s for s in self.functions if s.gives == "number" and s.takes[0] != "written"]
        locals_ = self.scope.names("local", "outer")
        if locals_ and self.chance(0.5):
            return Expr(f"{self.rng.choice(locals_)}({self.number(depth - 1).text})", USUAL)
        if not functions:
            return self.binary_number(depth)
        return Expr(self.call_of(self.rng.choice(functions), depth - 1), USUAL)

    def call_of(self, s: Signature, depth: int) -> str:
        given = {
            "number": lambda: self.number(depth).text, "array": lambda: self.array(depth).text,
            "count": lambda: self.choice("n", "2", "1", "0"), "slice": lambda: self.slice_of(),
            "function": lambda: self.function_value(),
        }  # fmt: skip
        texts = [given[kind]() for kind in s.takes]
        return f"{s.name}({s.form.format(*texts) if s.form else ', '.join(texts)})"

    def function_value(self) -> str:
        return self.choice("np.sin", "np.tanh", "np.cos")

    def slice_of(self) -> str:
        return self.array_name() + self.choice("", "[1:]", "[::2]", "[:0]", "[::-1]")

    # ---- arrays

    def array(self, depth: int) -> Expr:
        """An array of the length of all; a name only at depth 0."""
        if depth <= 0:
            return self.array_leaf()
        e: Expr = self.pick({
            self.array_binary: 8, self.array_called: 4, self.array_where: 2, self.array_given: 3,
        }, depth)  # fmt: skip
        return self.squashed(e)

    def array_leaf(self) -> Expr:
        forms = 3 * self.scope.names("array") + [f"{self.array_name()}[::-1]"]
        forms += [f"{p}[1]" for p in self.scope.names("pair")]
        forms += [f"{d}['v']" for d in self.scope.names("dict")]
        for m in self.scope.names("matrix"):
            forms += [f"{m}[{self.index()}]", f"{m}.T[{self.index()}]", f"{m}[:, {self.index()}]"]
        forms += [f"({r}[-1] if len({r}) > 0 else w)" for r in self.scope.names("rows")]
        return Expr(self.rng.choice(forms), USUAL)

    def array_given(self, depth: int) -> Expr:
        """From a call, a gather or a product of a matrix."""
        forms = [f"({self.array(depth - 1).text})[np.arange(len(x)) // 2]"]
        forms += [f"({m} @ {self.array(depth - 1).text})" for m in self.scope.names("matrix")]
        forms += [f"({self.array(depth - 1).text} @ {m})" for m in self.scope.names("matrix")]
        functions = [s for s in self.functions if s.gives == "array"]
        forms += [self.call_of(s, depth - 1) for s in functions]
        return Expr(self.rng.choice(forms), 3 * USUAL)

    def array_binary(self, depth: int) -> Expr:
        x = self.array(depth - 1)
        y: Expr = self.pick({self.leaf: 1, lambda: self.array(depth - 1): 1})
        return self.binary(x, y) if self.chance(0.6) else self.binary(y, x)

    def array_called(self, depth: int) -> Expr:
        x = self.array(depth - 1)
        if self.chance(0.7):
            return self.smooth(x)
        y: Expr = self.pick({self.leaf: 1, lambda: self.array(depth - 1): 1})
        name = self.choice("np.maximum", "np.minimum")
        return Expr(f"{name}({x.text}, {y.text})", max(x.bound, y.bound))

    def array_where(self, depth: int) -> Expr:
        """A selection; the root has an infinite slope where it is not taken."""
        u, y = self.array_name(), self.array(depth - 1)
        if self.chance(0.3):
            return Expr(f"np.where({u} != 0.0, np.sqrt(np.abs({u})), {y.text})", y.bound + USUAL)
        x = self.leaf()
        test = f"{u} {self.choice('>', '<', '<=', '!=')} {self.leaf().text}"
        return Expr(f"np.where({test}, {x.text}, {y.text})", max(x.bound, y.bound))

    # ---- conditions

    def compare(self) -> str:
        x, y = self.leaf().text, self.number(1).text
        return f"{x} {self.choice('<', '>', '<=', '>=')} {y}"

    def condition(self) -> str:
        counter = self.rng.choice([*self.scope.names("counter"), "n"])
        forms = 5 * [self.compare()]
        forms += [f"{self.compare()} {self.choice('and', 'or')} {self.compare()}"]
        forms += [f"not ({self.compare()})", f"-1.0 < {self.leaf().text} <= 0.5"]
        forms += [f"{counter} % 2 == 0", f"{counter} > 1", *self.scope.names("flag")]
        forms += [f"{counter} < len(x) and x[{counter}] > {self.leaf().text}"]
        forms += [f"len({r}) > 0 and {r}[-1] > {self.leaf().text}" for r in self.scope.names("list")]
        return self.rng.choice(forms)
