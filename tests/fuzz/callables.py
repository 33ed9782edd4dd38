"""Random functions as values: made inside with statements of their own, chosen, kept, passed on.

A function that is made inside sees the names around it as they are when it is called, and changes them:
what it assigns of them is declared ``nonlocal``, but for some, which it has for itself.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator

from tests.fuzz.control import Control
from tests.fuzz.elements import element
from tests.fuzz.scope import Scope

CALLERS = ("outer", "act", "source", "grower")
CALLED = (*CALLERS, "local", "maker", "functions", "named")


class Callables(Control):
    """Each method makes functions, or calls them in a way of its own."""

    # ---- functions with statements

    @element("closures", 4)
    def closure(self, depth: int) -> None:
        """A function of a number, of an array that it may write to, or of nothing, with statements."""
        kind = self.choice("local", "outer", "outer", "act", "source")
        parameters = {"act": {"z": "array"}, "source": {}}.get(kind, {"q": "number"})
        default = f", r={self.variable().text}" if "q" in parameters and self.chance(0.3) else ""
        at, scope = len(self.lines), self.inner_scope(parameters, kind != "local")
        if default:
            scope.define("r", "number")
        self.function_body(scope, depth, "name" if kind == "source" else "squashed")
        if words(self.lines[at:]) & set(self.scope.names("list", "rows", "objects")):
            kind = "grower"  # may not be called where a list is looped over
        name = self.free(kind)
        head = f"def {name}({', '.join(parameters)}{default}):"
        self.lines.insert(at, "    " * self.indent + head)
        self.scope.define(name, kind)
        if kind == "grower" and "q" not in parameters:
            self.scope.forget(name)

    def inner_scope(self, parameters: dict[str, str], calls: bool = False) -> Scope:
        """What is seen inside: some names are not, and are others if they are assigned there.

        Functions call functions made inside that call none themselves, so that none calls itself.
        """
        scope = self.scope.copy()
        hidden = [name for name in scope.names("number", "array") if self.chance(0.2) and len(name) > 1]
        if self.chance(0.6):
            hidden += scope.names("list", "rows", "objects")
        for name in [*hidden, *scope.names(*(CALLERS if calls else CALLED))]:
            scope.forget(name)
        for name, kind in parameters.items():
            scope.define(name, kind)
        return scope

    def function_body(self, scope: Scope, depth: int, gives: str) -> None:
        """Statements and a return, with the names from outside that they assign declared first."""
        seen = set(scope.kinds) - {"q", "r", "z"}
        kept = self.gives, self.loops, self.repeated
        self.gives, self.loops, self.repeated = gives, 0, True
        at = len(self.lines)
        with self.inside(scope):
            self.block(self.rng.randint(1, 3), depth + 1)
            self.emit(f"return {self.result()}")
            if written := sorted(assigned(self.lines[at:]) & seen):
                self.lines.insert(at, "    " * self.indent + f"nonlocal {', '.join(written)}")
                self.used.add("nonlocal")
        self.gives, self.loops, self.repeated = kept

    def function_value(self) -> str:
        """A function of a number that calls no other that may be rebound."""
        locals_ = self.scope.names("local")
        if locals_ and self.chance(0.5):
            return self.rng.choice(locals_)
        if self.chance(0.15):
            return self.choice("np.sin", "np.tanh", "np.cos")
        scope = self.inner_scope({"q": "number"})
        outer, self.scope = self.scope, scope
        body = self.squashed(self.number(1)).text
        self.scope = outer
        default = f", r={self.variable().text}" if self.chance(0.3) else ""
        return f"lambda q{default}: " + (f"{body} * r" if default else body)

    @element("nonlocal", 2)
    def change_outside(self) -> None:
        """A counter, an accumulator, a buffer that is filled: what functions inside are for."""
        s, e = self.some_number(), self.small().text
        name = self.free("local")
        match self.rng.randint(0, 3):
            case 0:
                lines = [f"nonlocal {s}", f"{s} {self.choice('+=', '*=', '-=')} np.sin(by) * {e}"]
            case 1:
                u = self.some_array()
                lines = [f"{u}[{self.index()}] {self.choice('=', '+=', '*=')} np.tanh(by * {e})"]
            case 2:
                u = self.some_array()
                new = self.choice(f"np.tanh({u} * by)", f"{u}[::-1] * {e}", f"np.sin({u} + by)")
                names = f"{u}, {s}" if "." not in u + s else u
                lines = [f"nonlocal {names}"] * ("." not in u) + [f"{u} = {new}"]
                lines += [f"{s} = {s} + {u}[0]"] * ("." not in s and "." not in u)
            case _:
                lines = [f"nonlocal {s}", f"if by > {self.leaf().text}:", f"    {s} = by * {e}"]
        if "." in s:
            lines = [line for line in lines if line != f"nonlocal {s}"]
        self.emit(f"def {name}(by):")
        with self.inside(self.scope.copy()):
            for line in lines:
                self.emit(line)
            self.emit(f"return {self.choice('by * 0.5', f'np.tanh({s})', 'np.sin(by)')}")
        self.scope.define(name, "local")
        form = self.choice("{0} += {1}", "{0} = {1} + {0}", "{0} = {0} * 0.5 + {1} * {1}")
        self.emit(form.format(self.some_number(), f"{name}({self.number(1).text})"))

    @element("makers", 2)
    def maker(self) -> None:
        """A function that makes functions, which have variables of their own."""
        makers = self.scope.names("maker")
        if makers and self.chance(0.6):
            self.define("local", f"{self.rng.choice(makers)}({self.number(1).text})")
            return
        name = self.free("maker")
        s = self.variable().text
        self.emit(f"def {name}(p):")
        with self.inside(self.scope.copy()):
            if self.chance(0.5):
                inner = self.choice("np.sin(q) * p", f"np.tanh(q + p * {s})", "q if q > p else p * 0.5")
                self.emit(f"return lambda q: {inner}")
            else:
                self.emit(f"state = {self.choice('p', '0.0', f'np.sin(p) * {s}')}")
                self.emit("def inner(q):")
                self.emit("    nonlocal state")
                self.emit(f"    state = {self.choice('np.tanh(state + q)', 'state * 0.5 + np.sin(q)')}")
                self.emit(f"    return {self.choice('state', 'state * p', 'np.sin(state) + p')}")
                self.emit("return inner")
        self.scope.define(name, "maker")
        self.define("local", f"{name}({self.number(1).text})")

    @element("chosen functions", 2)
    def chosen_function(self) -> None:
        """Data choose which function a name stands for."""
        f, g = self.function_value(), self.function_value()
        text = f"({f}) if {self.condition()} else ({g})"
        self.define("local", text)

    @element("tables", 2)
    def table_of_functions(self) -> None:
        """Functions in lists and dicts, called one after the other or by index and key."""
        lists, dicts = self.scope.names("functions"), self.scope.names("named")
        if (not lists and not dicts) or self.chance(0.2):
            f, g = self.function_value(), self.function_value()
            if self.chance(0.6):
                over = self.choice("x", "w", "range(3)")
                form = self.choice(
                    f"[{f}, {g}]", f"[{f}, {g}]", f"[lambda q, r=r: np.sin(q) * r for r in {over}]",
                    f"[lambda q, r=r: np.tanh(q + r) for r in {over}]",
                )  # fmt: skip
                self.define("functions", form)
                if self.chance(0.5):
                    self.table_of_functions()
            else:
                self.define("named", f"{{'f': {f}, 'g': {g}}}")
            return
        s = self.some_number()
        match self.rng.randint(0, 2):
            case 0 if lists:
                self.emit(f"for fn in {self.rng.choice(lists)}:")
                call = self.choice("{0} = np.tanh(fn({0}))", "{0} += fn({1})", "{0} = {0} * fn({1}) + a")
                self.emit("    " + call.format(s, self.leaf().text))
            case 1 if lists:
                fs = self.rng.choice(lists)
                self.emit(f"if len({fs}) > 1:")
                self.emit(f"    {s} += {fs}[{self.choice('0', '-1', 'n % 2')}]({self.leaf().text})")
            case 2 if lists and not self.loops:
                self.emit(f"{self.rng.choice(lists)}.append({self.function_value()})")
            case _ if dicts:
                key = self.choice("'f'", "'g'", f"'f' if {self.condition()} else 'g'")
                self.emit(f"{s} += {self.rng.choice(dicts)}[{key}]({self.leaf().text})")

    @element("higher", 2)
    def higher_order(self) -> None:
        """map, filter, reduce, partial, and keys of sorting, with functions made inside."""
        s, u, g = self.some_number(), self.array_name(), self.function_value()
        start = self.number(1).text
        step = self.choice("np.tanh(p * q)", "np.sin(p) + q * {0}", "p if p > q else q * {0}",
                           "p * 0.5 + q").format(self.variable().text)  # fmt: skip
        match self.rng.randint(0, 5):
            case 0:
                self.emit(f"{s} += np.tanh(sum(map({g}, {u})))")
            case 1:
                self.emit(f"{s} = np.tanh(functools.reduce(lambda p, q: {step}, {u}, {start}))")
            case 2:
                two = f"lambda p, q: {step}"
                bound = self.choice(
                    f"functools.partial({two}, {start})", f"functools.partial({two}, p={start})"
                )
                call = "({})" if "p=" not in bound else "(q={})"
                self.emit(f"{s} -= {bound}{call.format(self.leaf().text)}")
            case 3:
                self.define("local", f"functools.partial(lambda p, q: {step}, {start})")
            case 4:
                form = self.choice("max", "min")
                key = f"lambda e: np.sin(e * {self.leaf().text})"
                self.emit(f"{s} += {form}({u}, key={key}, default=0.5)")
            case _:
                test = f"q > {self.leaf().text}"
                self.emit(f"{s} += np.tanh(sum(filter(lambda q: {test}, {u})))")

    # ---- calls of what has been made

    @element("callbacks", 2)
    def call_function(self) -> None:
        """Calls as statements of what writes to its argument, hands out an array or grows a list."""
        acts, sources = self.scope.names("act"), self.scope.names("source")
        growers = self.scope.names("grower")
        if acts and self.chance(0.6):
            self.emit(f"{self.some_number()} += {self.rng.choice(acts)}({self.array_argument()})")
        elif growers and self.chance(0.5):
            self.emit(f"{self.some_number()} -= {self.rng.choice(growers)}({self.leaf().text})")
        elif sources:
            name = self.define("array", f"{self.rng.choice(sources)}()")
            self.use(name, self.some_array())
        else:
            self.closure(2)

    def array_argument(self) -> str:
        names = self.scope.own("array") or ["x.copy()"]
        return self.rng.choice([*names, *names, f"{names[0]}[::-1]", f"({names[-1]} * 0.5)"])

    @element("generators", 2)
    def generator(self, depth: int) -> None:
        """A loop over what a generator yields, which runs in turns with the loop."""
        name = self.choice("items", "walk")
        scope = self.inner_scope({"z": "array"})
        for other in scope.names("list", "rows", "grower"):
            scope.forget(other)
        e = self.choice("e", "r")
        self.emit(f"def {name}(z):")
        with self.inside(scope):
            carried = self.define("number", f"{self.number(1).text} + 0.0", "carried")
            self.emit(f"for {e} in {self.choice('z', 'z[::-1]', 'z[1:]')}:")
            with self.inside(scope.copy()):
                self.emit(f"{carried} = np.tanh({carried} * {e} + {self.variable().text})")
                if self.chance(0.3):
                    self.emit(f"if {carried} > {self.leaf().text}:")
                    self.emit(f"    {self.choice('continue', 'return', 'yield a')}")
                self.emit(f"yield {self.choice(carried, e, f'{carried} * {e}')}")
        call = f"{name}({self.array_argument()})"
        if self.chance(0.3):
            forms = f"sum({call})", f"max({call}, default=0.5)", f"min({call}, default=0.5)"
            self.emit(f"{self.some_number()} += np.tanh({self.choice(*forms)})")
            return
        if self.chance(0.2):
            self.define("list", f"list({call})")
            return
        inner = self.scope.copy()
        for other in inner.names("list", "rows", "grower"):
            inner.forget(other)
        inner.define(given := self.free("number"), "number")
        self.emit(f"for {given} in {call}:")
        self.body(inner, depth)


def words(lines: list[str]) -> set[str]:
    """Names that these lines of a function read or write."""
    return {n.id for n in ast.walk(_function(lines)) if isinstance(n, ast.Name)}


def assigned(lines: list[str]) -> set[str]:
    """Names that are assigned by these lines themselves, not by functions or comprehensions in them."""
    function = _function(lines)
    return {name for child in ast.iter_child_nodes(function) for name in _stored(child)}


def _function(lines: list[str]) -> ast.AST:
    return ast.parse(
        textwrap.dedent("\n".join(["    def _():", *(f"    {line}" for line in lines)]))
    ).body[0]


def _stored(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name):
            yield name
            return
        case ast.Lambda() | ast.ListComp() | ast.GeneratorExp() | ast.DictComp():
            yield from (n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr))
            return
        case ast.Name(id=name, ctx=ast.Store()) | ast.MatchAs(name=str(name)):
            yield name
    for child in ast.iter_child_nodes(node):
        yield from _stored(child)
