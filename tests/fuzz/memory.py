"""Random writes to memory that has several names: views, arguments, elements of containers."""

from __future__ import annotations

from tests.fuzz.elements import element
from tests.fuzz.scope import Signature
from tests.fuzz.statements import Statements


class Memory(Statements):
    """Each method makes another name for memory, or writes where another name may look."""

    # ---- writes, and reads of what they may have changed

    def targets(self) -> list[str]:
        """Vectors of any length that can be written to, as names and as views without one."""
        arrays, matrices = self.scope.own("array"), self.scope.own("matrix")
        found = [*arrays, *arrays, *self.scope.own("part")]
        found += [f"{u}{self.choice('[1:]', '[::-1]', '[::2]', '[:-1]')}" for u in arrays]
        for m in matrices:
            found += [f"{m}[{self.index()}]", f"{m}[:, {self.index()}]", f"{m}.T[{self.index()}]"]
        return found or [self.define("array", "w * 0.5")]

    def write_to(self, target: str) -> None:
        """Write to a vector of unknown length, perhaps none."""
        e = self.small().text
        match self.rng.randint(0, 6):
            case 0 | 1:
                place = "[...]" if target.endswith("[1]") else ""  # no item of a tuple is assigned
                self.emit(f"{target}{place} {self.choice('+=', '-=', '*=')} {e}")
            case 2:
                self.emit(f"{target}[:1] {self.choice('=', '+=', '*=')} {e}")
            case 3:
                self.emit(f"{target}[1:] += 0.3 * {target}[:-1]")
            case 4:
                self.emit(f"{target}[{self.choice(':', '...', '::2')}] = {e}")
            case 5:
                self.emit(f"{target}[{target} > {self.literal().text}] *= {e}")
            case 6:
                self.emit(f"{target}[:] = np.tanh({target} * {e})")

    def read(self, name: str) -> None:
        """Read memory that may just have changed."""
        form = self.choice("np.sum({0} * {0})", "np.sum(np.sin({0}))", "a * np.sum({0})")
        self.emit(f"{self.some_number()} += {form.format(name)}")

    def use(self, *names: str) -> None:
        """Write to some of the names for one memory, in between read others."""
        for _ in range(self.rng.randint(1, 2)):
            if self.chance(0.8):
                self.write_to(self.rng.choice(names))
            if self.chance(0.6):
                self.read(self.rng.choice(names))

    # ---- other names

    @element("names", 3)
    def second_name(self) -> None:
        kind = self.choice("array", "array", "matrix", "part")
        bases = self.scope.own(kind) or [self.some_array()]
        kind = kind if self.scope.own(kind) else "array"
        base, name = self.rng.choice(bases), self.free(kind)
        if self.chance(0.2):
            self.emit(f"{name} = {base} = {base} * 1.0")
        elif name != base:
            self.emit(f"{name} = {base}")
        self.scope.define(name, kind)
        self.use(name, base)

    @element("chosen", 2)
    def chosen_name(self) -> None:
        if self.chance(0.6):
            self.chosen_view()
            return
        u, v, name = self.some_array(), self.some_array(), self.free("array")
        if name in (u, v):
            return
        self.define("array", f"{u} if {self.condition()} else {v}", name)
        self.use(name, u, v)

    def chosen_view(self) -> None:
        """Each branch makes a view or an array of its own, perhaps one none."""
        name, bases = self.free("part"), self.scope.own("array")
        places = [p for p in self.targets() if p != name] + ["w * 0.5"]
        found = [self.rng.choice(places) for _ in range(self.rng.randint(2, 3))]
        or_none = self.chance(0.15)
        if or_none:
            self.emit(f"{name} = None")
        heads = [f"if {self.condition()}:", *(f"elif {self.condition()}:" for _ in found[1:])]
        if not or_none:
            heads[-1] = "else:"
        for head, place in zip(heads, found, strict=True):
            self.emit(head)
            with self.inside(self.scope.copy()):
                self.emit(f"{name} = {place}")
        names = [name, *self.rng.sample(bases, min(len(bases), 2))]
        if not or_none:
            self.scope.define(name, "part")
            self.use(*names)
            return
        self.emit(f"if {name} is not None:")
        with self.inside(self.scope.copy()):
            self.scope.define(name, "part")
            self.use(*names)
            self.read(name)
        self.scope.forget(name)

    @element("views", 4)
    def view(self) -> None:
        arrays, matrices, parts = map(self.scope.own, ("array", "matrix", "part"))
        u = self.some_array() if not arrays else self.rng.choice(arrays)
        forms = [("part", u, f"{u}[{s}]") for s in ("1:", ":-1", "::2", "1::2", f"{self.index()}:")]
        forms += [("array", u, f"{u}[{s}]") for s in ("::-1", ":", "...")]
        for m in matrices:
            i = self.index()
            rows = (f"[{i}]", f"[:, {i}]", f".T[{i}]", f"[::-1][{i}]")
            forms += [("array", m, f"{m}{s}") for s in rows]
            forms += [("matrix", m, f"{m}[::-1]"), ("matrix", m, f"{m}[:, ::-1]")]
            forms += [("grid", m, f"{m}[1:]"), ("grid", m, f"{m}[:, 1:]"), ("part", m, f"{m}[{i}, 1:]")]
        forms += [("part", p, f"{p}[{s}]") for p in parts for s in ("1:", "::-1", ":2")]
        self.named_view(*self.rng.choice(forms))

    def named_view(self, kind: str, base: str, text: str) -> None:
        name = self.free(kind)
        if name != base:
            self.define(kind, text, name)
            self.use(name, base)

    @element("shaped", 3)
    def other_shape(self) -> None:
        arrays, matrices, grids = map(self.scope.own, ("array", "matrix", "grid"))
        u = self.some_array() if not arrays else self.rng.choice(arrays)
        forms = [("grid", u, f"{u}{s}") for s in (
            ".reshape(1, -1)", ".reshape(-1, 1)", "[:, None]", "[None, :]", ".reshape((len(x), 1))"
        )]  # fmt: skip
        for m in matrices:
            forms += 2 * [("matrix", m, f"{m}{s}") for s in (".T", ".transpose()")]
            forms += [("part", m, f"{m}{s}") for s in (
                ".ravel()", ".reshape(-1)", ".T.reshape(-1)", ".T.ravel()", ".flatten()"
            )]  # fmt: skip
            forms += [("matrix", m, f"np.swapaxes({m}, 0, 1)")]
        forms += [("part", g, f"{g}.ravel()") for g in grids] + [("grid", g, f"{g}.T") for g in grids]
        self.named_view(*self.rng.choice(forms))

    @element("rows")
    def rows_written(self) -> None:
        """The name of the loop is a view of each row in turn, or one of several arrays."""
        matrices, rows = self.scope.own("matrix"), self.scope.own("rows")
        over = [f"{m}{s}" for m in matrices for s in ("", ".T", "[1:]", "[::-1]")] + rows
        if self.scope.own("array") and self.chance(0.2):
            over = [f"({self.some_array()}, {self.some_array()})"]
        if not over:
            self.define("matrix", f"np.outer({self.array_name()}, {self.array_name()})")
            return
        base, name = self.rng.choice(over), self.choice("row", "line")
        head = self.choice("for {0} in {1}:", "for {0} in {1}:", "for at, {0} in enumerate({1}):",
                           "for {0}, e in zip({1}, x):")  # fmt: skip
        self.emit(head.format(name, base))
        scope = self.scope.copy()
        scope.define(name, "array")
        if "zip" in head:
            scope.define("e", "number")
        self.loops += 1
        with self.inside(scope):
            self.write_to(name)
            if self.chance(0.4):
                self.write_item()
            if self.chance(0.4):
                self.read(name)
        self.loops -= 1
        self.scope = self.scope.joined([scope])
        self.scope.forget(name)

    # ---- writes by others

    def written_functions(self) -> list[Signature]:
        return [s for s in self.functions if s.takes[0] == "written"]

    @element("writers", 3)
    def call_writer(self) -> None:
        functions = self.written_functions()
        if not functions:
            return
        s, target = self.rng.choice(functions), self.rng.choice(self.targets())
        call = f"{s.name}({target}, {self.calm(self.number(1))})"
        match s.gives:
            case "nothing":
                self.emit(call)
            case "number":
                form = self.choice("{0}", "{0} * np.sum({1})", "np.sum({1}) * {0}",
                                   "np.sum({1}) - {0} + np.sum({1})")  # fmt: skip
                self.emit(f"{self.some_number()} += np.tanh({form.format(call, target)})")
            case _:
                name = self.free("part")
                if name != target:
                    self.define("part", call, name)
                    self.use(name, target)
        if self.chance(0.5):
            self.read(target)

    @element("held")
    def held_written(self) -> None:
        """Arrays in lists, tuples and dicts: written there, and by the names they came from."""
        rows, dicts, pairs = map(self.scope.names, ("rows", "dict", "pair"))
        forms = [f"{r}[{i}]" for r in rows for i in ("0", "-1")]
        forms += [f"{d}['v']" for d in dicts] + [f"{p}[1]" for p in pairs]
        u = self.some_array()
        match self.rng.randint(0, 3) if forms else 0:
            case 0:
                kind = self.choice("rows", "pair", "dict")
                text = {"rows": self.choice("[{0}]", "[{0}, {1}]"), "pair": "(a * 0.5, {0})",
                        "dict": "{{'k': a * 0.5, 'v': {0}}}"}[kind]  # fmt: skip
                name = self.define(kind, text.format(u, self.some_array()))
                place = {"rows": f"{name}[0]", "pair": f"{name}[1]", "dict": f"{name}['v']"}[kind]
                self.use(u, place)
            case 1 if rows:
                r = self.rng.choice(rows)
                self.emit(f"{r}.append({u})")
                self.use(u, f"{r}[-1]")
            case 2:
                place = self.rng.choice(forms)
                self.named_view("array", place, place)
            case _:
                self.use(self.rng.choice(forms))

    # ---- places that change

    @element("swaps")
    def exchange(self) -> None:
        """Elements, rows, slices: the right-hand side is read before anything is written."""
        u, i, j = self.some_array(), self.index(), self.index()
        forms = [f"{u}[{i}], {u}[{j}] = {u}[{j}], {u}[{i}]"] * 2
        forms += [f"{u}[[{i}, {j}]] = {u}[[{j}, {i}]]", f"{u}[:] = {u}[::-1].copy()",
                  f"{u}[{i}], {self.some_number()} = {self.leaf().text}, {u}[{i}]"]  # fmt: skip
        for m in self.scope.own("matrix"):
            forms += [f"{m}[[{i}, {j}]] = {m}[[{j}, {i}]]", f"{m}[:, [{i}, {j}]] = {m}[:, [{j}, {i}]]",
                      f"{m}[{i}], {m}[{j}] = {m}[{j}].copy(), {m}[{i}].copy()",
                      f"{m}[{i}], {m}[{j}] = {m}[{j}], {m}[{i}]"]  # fmt: skip
        for r in self.scope.own("rows"):
            forms += [f"{r}[0], {r}[-1] = {r}[-1], {r}[0]"]
        self.emit(self.rng.choice(forms))

    @element("scatter")
    def scatter(self) -> None:
        u = self.some_array()
        places = ["[0, 0]", "[-1, 0, -1]", "np.arange(len(x)) // 2", "np.arange(len(x))[::-1]", "[0]"]
        place = self.rng.choice(places + 2 * self.scope.names("ints"))
        e = self.small().text
        if "arange" in place and self.chance(0.5):
            e = f"np.sin({self.array(1).text})"
        self.emit(f"np.{self.choice('add', 'add', 'subtract')}.at({u}, {place}, {e})")

    @element("out")
    def write_result(self) -> None:
        u, e, f = self.some_array(), self.array(1).text, self.array(1).text
        forms = [
            f"np.{self.choice('sin', 'tanh', 'cos')}({e}, out={u})", f"np.copyto({u}, np.tanh({e}))",
            f"np.{self.choice('add', 'subtract', 'maximum', 'minimum')}({e}, {f}, out={u})",
            f"np.multiply({u}, {self.small().text}, out={u})", f"{u}.fill({self.small().text})",
            f"np.negative({u}, out={u})", f"np.tanh({u}, {u})",
            f"np.add({u}[1:], {u}[:-1], out={u}[1:])",
            f"np.copyto({u}, {self.small().text}, where={u} > {self.literal().text})",
        ]  # fmt: skip
        for m in self.scope.names("matrix"):
            forms += [f"np.mean({m}, axis={self.choice('0', '1')}, out={u})"]
            forms += [f"np.dot({m}, {e}, out={u})"]
        for m in self.scope.own("matrix"):
            forms += [f"np.sin({m}, out={m})", f"np.multiply({m}, {u}, out={m})"]
        self.emit(self.rng.choice(forms))
