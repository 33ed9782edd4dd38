"""Random objects: small classes with methods of random statements, dataclasses and named tuples.

Attributes are names like others: where there is an object ``box``, ``box.p`` is a number and ``box.q``
an array, which all other statements read and write.
"""

from __future__ import annotations

from tests.fuzz.callables import Callables
from tests.fuzz.elements import element

CLASSES = ("Box", "Sub")


def attributes(name: str, kind: str) -> dict[str, str]:
    """The kinds of a name and of what can be read from it."""
    fields = {f"{name}.p": "number", f"{name}.q": "array"}
    return {name: kind} | (fields if kind in ("object", "record", "named tuple") else {})


class Classes(Callables):
    """Each method makes objects, or uses them as objects."""

    def make(self, kind: str, text: str) -> str:
        """An object with a name, whose attributes are names as well."""
        name = self.define(kind, text)
        for attribute, of_kind in attributes(name, kind).items():
            self.scope.define(attribute, of_kind)
        if kind == "named tuple":
            self.scope.fixed |= {f"{name}.p", f"{name}.q"}
        return name

    def field_values(self) -> str:
        number, array = self.calm(self.number(1)), self.array(1).text
        held = self.rng.choice([array, array, *self.scope.own("array")])
        return f"{number} + 0.0 * a, {held}"

    @element("objects", 4)
    def objects(self) -> None:
        """Objects of a class of the module: made, changed by methods, added, given a second name."""
        names = self.scope.names("object")
        if not names or self.chance(0.2):
            self.make("object", f"{self.rng.choice(CLASSES)}({self.field_values()})")
            names = self.scope.names("object")
            if self.chance(0.3):
                return
        o, other, s = self.rng.choice(names), self.rng.choice(names), self.some_number()
        step = f"{o}.step({self.calm(self.number(1))})"
        match self.rng.randint(0, 9):
            case 0 | 1:
                self.emit(step)
            case 2:
                self.emit(f"{s} += {step}.p")
            case 3:
                self.make(
                    "object",
                    self.choice(f"{o} + {other}", f"float({self.small().text}) * {o}", f"{o} * 0.5"),
                )
            case 4:
                self.make("object", o)
            case 5:
                forms = f"{o}.norm", f"{o}({self.leaf().text})", f"{o}[{self.index()}]"
                self.emit(f"{s} += {self.choice(*forms)}")
            case 6:
                self.emit(f"if isinstance({o}, Sub):")
                self.emit(f"    {s} *= {self.small().text}")
            case 7:
                self.emit(f"{o}.q = {self.choice(self.some_array(), f'np.tanh({self.array(1).text})')}")
            case 8:
                self.define("array", f"{o}.q")
            case _:
                self.make("object", f"{o} if {self.condition()} else {other}")

    @element("objects in lists", 2)
    def list_of_objects(self) -> None:
        lists, names = self.scope.names("objects"), self.scope.names("object")
        if not lists:
            new = [f"Box({self.field_values()})" for _ in range(2)]
            new[0] = names[0] if names and self.chance(0.5) else new[0]
            lists = [self.define("objects", f"[{', '.join(new)}]")]
        r, s = self.rng.choice(lists), self.some_number()
        match self.rng.randint(0, 4):
            case 0:
                self.emit(f"for each in {r}:")
                form = self.choice("each.step({0})", "each.p *= {0}", "each.q[0] = {0}")
                self.emit(f"    {form.format(self.small().text)}")
            case 1:
                self.emit(f"{s} += np.tanh(sum(each.p * each.norm for each in {r}))")
            case 2 if not self.loops and not self.repeated:
                self.emit(f"{r}.append(Box({self.field_values()}))")
            case 3:
                self.make("object", f"{r}[{self.choice('0', '-1', 'n % 2')}]")
            case _:
                self.emit(f"{s} -= {r}[{self.choice('0', '-1')}].step({self.leaf().text}).p")

    @element("records", 3)
    def records(self) -> None:
        """Dataclasses, whose fields are assigned, and named tuples, which are replaced."""
        names, tuples = self.scope.names("record"), self.scope.names("named tuple")
        if not (names or tuples) or self.chance(0.3):
            kind = self.choice("record", "named tuple")
            self.make(kind, f"{'Rec' if kind == 'record' else 'Pair'}({self.field_values()})")
            names, tuples = self.scope.names("record"), self.scope.names("named tuple")
            if self.chance(0.4):
                return
        match self.rng.randint(0, 4):
            case 0 if tuples:
                new = self.choice(f"p={self.calm(self.number(1))} + 0.0 * a", f"q={self.array(1).text}")
                self.make("named tuple", f"{self.rng.choice(tuples)}._replace({new})")
            case 1 if tuples:
                self.unpack(self.rng.choice(tuples))
            case 2 if names:
                self.emit(f"{self.some_number()} += {self.rng.choice(names)}.area({self.leaf().text})")
            case 3 if names:
                self.make("record", self.rng.choice(names))
            case _ if names:
                new = self.choice(f"p={self.calm(self.number(1))} + 0.0 * a", f"q={self.array(1).text}")
                self.make("record", f"dataclasses.replace({self.rng.choice(names)}, {new})")

    @element("complex", 3)
    def complex_numbers(self) -> None:
        """Complex numbers and arrays on the way from real ones to real ones."""
        numbers, waves = self.scope.own("complex"), self.scope.own("waves")
        turn = self.choice("np.exp(1j * {0})", "(1.0 + 0.5j * {0})", "({0} - 2j)")
        if not (numbers or waves) or self.chance(0.2):
            if self.chance(0.4):
                forms = (turn.format(self.small().text), f"complex(np.cos(a), {self.small().text})")
                self.define("complex", self.choice(*forms))
            else:
                self.define("waves", f"{turn.format(self.array_name())} * np.tanh({self.array(1).text})")
            return
        s = self.some_number()
        match self.rng.randint(0, 5):
            case 0 if numbers:
                z = self.rng.choice(numbers)
                self.emit(f"{z} {self.choice('*=', '+=', '=')} np.exp(1j * {self.number(1).text})")
                if self.loops or self.repeated:
                    self.emit(f"{z} = {z} / (1.0 + abs({z}))")
            case 1 if numbers:
                z = self.rng.choice(numbers)
                form = self.choice("{z}.real", "{z}.imag", "abs({z}) ** 2",
                                   "np.real({z} * np.conj({z}))", "np.sin(abs({z} + 3.0))",
                                   "np.tanh(({z} ** 2).real)")  # fmt: skip
                self.emit(f"{s} += {form.format(z=z)}")
            case 2 if waves:
                v = self.rng.choice(waves)
                place = self.choice("", "[0]", "[1:]", "[::-1]")
                factors = ["1j", "(0.5 - 0.5j)", self.small().text, *numbers]
                self.emit(f"{v}{place} *= {self.rng.choice(factors)}")
            case 3 if waves:
                v = self.rng.choice(waves)
                form = self.choice("np.sum(np.abs({v}) ** 2)", "np.sum({v}.imag * x)",
                                   "np.vdot({v}, {v}).real", "np.abs(np.sum({v}) + 2j)",
                                   "np.real({v}[{i}])", "np.sum({v}).real")  # fmt: skip
                self.emit(f"{s} += np.tanh({form.format(v=v, i=self.index())})")
            case 4 if waves:
                form = self.choice(
                    "{v}.real", "np.imag({v})", "np.abs({v} + 2.0)", "np.real({v} * np.conj({v}))"
                )
                self.define("array", form.format(v=self.rng.choice(waves)))
            case _ if waves:
                self.emit(f"{self.rng.choice(waves)}[{self.index()}] = {turn.format(self.leaf().text)}")
