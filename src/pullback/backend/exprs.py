"""Ops as Python expressions: operators, and functions by the spec of their row.

What has a syntax of its own has a handler in ``SPECIAL``, which ``backend.syntax`` fills.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pullback.backend.classes import spelled_alike
from pullback.backend.compiled import METHODS, helper_of
from pullback.backend.plan import Plan
from pullback.backend.raising import checked_by
from pullback.backend.text import Expr, Prec, call, infix, literal, prefix, row
from pullback.errors import InternalError, Loc
from pullback.ir import index
from pullback.ir.alias import Aliases
from pullback.ir.core import Atom, Const, Func, Op, Prim, Var
from pullback.ir.exceptions import class_of
from pullback.ir.outside import Made, Ref
from pullback.ir.prims import INFIX, PREFIX
from pullback.ir.types import PY_INT, Array, List, Scalar, Text, Type, is_complex
from pullback.rules.spec import count, fill, slots
from pullback.rules.table import ROWS
from pullback.tree import Instance, is_named_tuple, stores_its_fields

NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
# A branch that has become a conditional expression: inputs are the condition and both values.
SELECT = Prim("select", lambda op: [op.outputs[0].type], raises=True)
_META = ("spelling", "nested", "given", "into", "spare", "traps")
SPECIAL: dict[str, Callable[[Exprs, Op], Expr]] = {}


@dataclass(eq=False)
class Module:
    """What the functions of one text share: their names, and what it has to import.

    In a ``typed`` one a variable has one type, and integers have 64 bits, which those of ``wide`` may
    exceed; ``nones`` are the places of functions that set one to
    None where it is undefined.
    """

    functions: Mapping[Func, str]
    classes: Mapping[Any, str] = field(default_factory=dict)
    helpers: dict[str, None] = field(default_factory=dict)
    imports: dict[str, None] = field(default_factory=dict)
    nones: list[Loc | None] = field(default_factory=list)
    typed: bool = False
    wide: Container[Var] = ()

    def exception(self, name: str) -> str:
        """How the text spells the class of an exception."""
        return name if spelled_alike(name) else self.classes[class_of(name)]


@dataclass(eq=False)
class Exprs:
    """Prints atoms and pure ops; ``name`` says what a variable is called.

    ``parts`` are the expressions printed since it was last emptied, with the user's places.
    """

    plan: Plan
    module: Module
    name: Callable[[Var], str]
    parts: list[tuple[str, Loc]] = field(default_factory=list)
    aliases: Aliases = field(default_factory=Aliases)

    def overlap(self, a: Atom, b: Atom) -> bool:
        """Whether one array may share memory with another, of which compiled code takes no care."""
        if not self.module.typed or not isinstance(a.type, Array):
            return False
        return not self.aliases.of(a).own.isdisjoint(self.aliases.of(b).reach)

    def atom(self, a: Atom) -> Expr:
        if isinstance(a, Const):
            real = isinstance(a.type, Scalar) and a.type.cls == "float" and type(a.value) is int
            return literal(float(a.value) if real else a.value)
        if a in self.plan.undefined:
            return self.undefined(a.type)
        nested = self.plan.nested.get(a)
        return Expr(self.name(a)) if nested is None else self.op(nested)

    def undefined(self, t: Type) -> Expr:
        """What a variable is set to where nothing reads it: in compiled code a value of its type."""
        text = unread_value(t) if self.module.typed else ""
        if not text:
            self.module.nones.append(self.plan.func.loc)
        return Expr(text or "None")

    def op(self, op: Op) -> Expr:
        """The expression of an op with one output."""
        found = self._op(op)
        # A sign is printed inside of a quotient; it is the quotient that may warn.
        inner = self.plan.nested.get(op.inputs[0]) if op.name == "neg" else None  # type: ignore[arg-type]
        if (loc := (inner or op).loc) is not None:
            self.parts.append((found.text, loc))
        return found

    def _op(self, op: Op) -> Expr:
        if name := self.checked(op):
            return self.helper(name, *self.all(op.inputs))
        if self.module.typed and (name := helper_of(op)):
            return self.function(op, name)
        if op.name in INFIX:
            return self.infix(op)
        if op.name in PREFIX:
            return self.prefix(op)
        if op.name in SPECIAL:
            return SPECIAL[op.name](self, op)
        return self.function(op)

    def checked(self, op: Op) -> str:
        """The helper that compiled code computes an op by, as Python does."""
        return checked_by(op, self.module.wide) if self.module.typed else ""

    def all(self, atoms: Sequence[Atom]) -> list[str]:
        return [self.atom(a).text for a in atoms]

    def item(self, a: Atom, held: Type) -> str:
        """An item of a list; in compiled code, whose lists hold one type, floats among floats."""
        elem = held.elem if isinstance(held, List) else None
        if not (self.module.typed and isinstance(elem, Scalar) and isinstance(a.type, Scalar)):
            return self.atom(a).text
        if elem.cls != "float" or a.type.cls not in ("int", "bool"):
            return self.atom(a).text
        return literal(float(a.value)).text if isinstance(a, Const) else f"float({self.atom(a)})"

    def owner(self, a: Atom) -> str:
        """An operand that an attribute or a subscript follows."""
        return self.atom(a).at(Prec.ATOM)

    def ref(self, ref: Ref) -> str:
        """An object of the user's, by its name."""
        return self.module.classes.get(ref) or ref.name

    def form(self, form: Any, leaves: Iterator[str]) -> str:
        """An argument of a call that is not compiled, see ``ir.outside``."""
        match form:
            case None:
                return next(leaves)
            case Const(value=value):
                return literal(value).text
            case Ref():
                return self.ref(form)
            case Made(maker=maker, values=values):
                return str(call(self.ref(maker), [self.form(part, leaves) for part in values]))
            case tuple():
                return row([self.form(part, leaves) for part in form])
            case list():
                return f"[{', '.join([self.form(part, leaves) for part in form])}]"
        pairs = [f"{literal(key)}: {self.form(part, leaves)}" for key, part in form.items()]
        return f"{{{', '.join(pairs)}}}"

    def key(self, parts: Sequence[Atom]) -> str:
        """A key of a table as it stands in a subscript."""
        return ", ".join(map(str, self.all(parts)))

    def helper(self, name: str, *arguments: Expr | str) -> Expr:
        self.module.helpers[name] = None
        return call(name, arguments)

    def nested(self, a: Atom, name: str) -> Op | None:
        """The op nested into an operand, if it is of this kind."""
        op = self.plan.nested.get(a) if isinstance(a, Var) else None
        return op if op is not None and op.name == name else None

    def negative(self, a: Atom, beside: Type) -> Atom | None:
        """What an operand is the negative of, where adding it is subtracting that, to the bit."""
        if is_complex(beside) and not is_complex(a.type):  # -0j + 0 is 0j, and -0j - 0 is -0j
            return None
        if isinstance(a, Const):  # small integers wrap, and -1 is none of the unsigned ones
            exact = type(a.value) is float or (type(a.value) is int and _never_wraps(beside))
            return Const(-a.value, a.type) if exact and a.value < 0 else None
        op = self.nested(a, "neg")
        return op.inputs[0] if op is not None and _never_wraps(op.inputs[0].type) else None

    # ---- operators

    def infix(self, op: Op) -> Expr:
        left, right = op.inputs
        if "raising" in op.params:
            return self.helper(op.params["raising"], self.atom(left), self.atom(right))
        symbol = INFIX[op.name]
        if op.name in ("add", "sub") and (positive := self.negative(right, left.type)) is not None:
            symbol, right = "-+"[op.name == "sub"], positive
        return infix(symbol, self.atom(left), self.atom(right))

    def prefix(self, op: Op) -> Expr:
        operand = op.inputs[0]
        if op.name == "not":
            return self.negated(operand)
        if op.name == "neg" and isinstance(operand, Const) and type(operand.value) in (int, float):
            return literal(-operand.value)
        product = self.nested(operand, "mul") or self.nested(operand, "div")
        plain = product is not None and "raising" not in product.params
        real = product is not None and plain and not is_complex(product.out.type)
        if op.name == "neg" and product is not None and real and _is_float(product.inputs[0].type):
            first = self.atom(product.inputs[0])  # -a * b is -(a * b), to the bit
            if first.prec >= Prec.POWER and not isinstance(product.inputs[0], Const):
                right = self.atom(product.inputs[1])
                return infix(INFIX[product.name], prefix("-", first), right)
        return prefix(PREFIX[op.name], self.atom(operand))

    def negated(self, cond: Atom) -> Expr:
        """``not cond``, as a careful person writes it."""
        op = self.plan.nested.get(cond) if isinstance(cond, Var) else None
        if op is not None and op.name == "not":
            return self.atom(op.inputs[0])
        if op is not None and INFIX.get(op.name) in NEGATED and _turns_round(op):
            left, right = op.inputs
            return infix(NEGATED[INFIX[op.name]], self.atom(left), self.atom(right))
        return prefix("not ", self.atom(cond))

    def shifted(self, a: Atom, by: int) -> Expr:
        """``a + by`` with constants taken together."""
        if isinstance(a, Const):
            return literal(a.value + by)
        op = self.nested(a, "add") or self.nested(a, "sub")
        if op is not None and isinstance(last := op.inputs[1], Const) and type(last.value) is int:
            a, by = op.inputs[0], by + (last.value if op.name == "add" else -last.value)
        if by == 0:
            return self.atom(a)
        return infix("+" if by > 0 else "-", self.atom(a), literal(abs(by)))

    # ---- functions

    def function(self, op: Op, helper: str = "") -> Expr:
        """A call of the function or method that a primitive stands for, or of a helper in its place."""
        spec = ROWS[op.name].spec if op.name in ROWS else ""
        path, inputs = op.prim.path, list(op.inputs)
        spelling = "" if helper else op.params.get("spelling")
        if helper:
            self.module.helpers[path := helper] = None
        elif spelling == "method" and self.has_method(op):
            path = f"{self.owner(inputs.pop(0))}.{_method_name(op)}"
            spec = spec.partition(" ")[2]
        elif path == "abs" and self.module.typed and isinstance(inputs[0].type, Array):
            path = "np.abs"  # Numba's own is one of numbers
        elif not path:
            raise InternalError(f"no text for primitive {op.name!r}")
        else:
            self.imported(path)
        bound = len(inputs) < len(op.inputs)
        text = call(path, list(self.arguments(op, inputs, spec, bound)))
        return Expr(f"{text}[0]") if op.prim.several and len(op.outputs) == 1 else text

    def has_method(self, op: Op) -> bool:
        return not (self.module.typed and op.prim.path) or _method_name(op) in METHODS

    def imported(self, path: str) -> None:
        module = path.rpartition(".")[0]
        while module.startswith("scipy.") and module not in sys.modules:  # the method of an object
            module = module.rpartition(".")[0]
        if module and not module.startswith("np"):
            self.module.imports[module] = None

    def arguments(self, op: Op, inputs: list[Atom], spec: str, method: bool) -> Iterator[str]:
        """The arguments of a call in the order of the row's spec."""
        keywords = []
        known = set(_META)
        for slot in slots(spec):
            given = op.params.get(slot.name)
            match slot.kind:
                case "constant":
                    known.add(slot.name)
                    if slot.required:
                        yield constant_text(slot.name, given)
                    elif slot.name in op.params:
                        keywords += self.keyword(slot.name, given, slot.default)
                case "integers":
                    yield self.integers(inputs, method)
                    inputs = []
                case "named":
                    if slot.name in op.params.get("given", ()):
                        keywords.append(f"{slot.name}={self.atom(inputs.pop(0))}")
                case "counted":
                    known.add(slot.name)
                    if given is not None:
                        keywords.append(f"{slot.name}={row(self.all(inputs[:given]))}")
                        inputs = inputs[given:]
                case "nested" | "blocks":
                    known.add(slot.name)
                    text, inputs = self.filled(given, inputs)
                    if slot.by_name:
                        keywords.append(f"{slot.name}={text}")
                    else:
                        yield text
                case "sequence":
                    yield self.sequence(op, inputs)
                    inputs = []
                case "array" if inputs:
                    yield self.atom(inputs.pop(0)).text
        yield from self.all(inputs)
        yield from keywords
        for name in (n for n in op.params if n not in known):
            yield from self.keyword(name, op.params[name], None)

    def integers(self, inputs: Sequence[Atom], method: bool) -> str:
        """Integers as one argument, or as arguments of a method each."""
        items = self.all(inputs)
        plain = len(items) == 1 or (method and items)
        return ", ".join(items) if plain else row(items)

    def filled(self, form: Any, inputs: list[Atom]) -> tuple[str, list[Atom]]:
        """A nested sequence, and the inputs that are not in it."""
        taken = count(form)
        return fill(form, iter(self.all(inputs[:taken])), sequence), inputs[taken:]

    def sequence(self, op: Op, inputs: Sequence[Atom]) -> str:
        single = len(inputs) == 1 and not op.params.get("nested")
        alone = op.name in ("array", "math.fsum", "statistics.mean")
        if single and (alone or isinstance(inputs[0].type, List)):
            return self.atom(inputs[0]).text
        if self.module.typed and op.name != "array":  # arrays of several types are no list there
            return row(self.all(inputs))
        return f"[{', '.join(self.all(inputs))}]"

    def keyword(self, name: str, value: Any, default: Any) -> list[str]:
        if type(value) is type(default) and value == default:
            return []
        return [f"{name}={constant_text(name, value)}"]

    def called(self, op: Op) -> Expr:
        """A call of a function of the same text."""
        callee: Func = op.params["callee"]
        name = self.module.functions[callee]
        if callee.arguments is None:
            return call(name, self.all(op.inputs))
        given = dict(zip(callee.params, op.inputs, strict=True))
        trees = (tree for _, tree in callee.arguments)
        return call(name, [self.tree(t, lambda v: self.atom(given[v])) for t in trees])

    def tree(self, tree: Any, leaf: Callable[[Any], Expr]) -> Expr:
        """A tuple, list or dict display with leaves filled in."""
        match tree:
            case Const():
                return literal(tree.value)
            case tuple():
                return Expr(row([self.tree(t, leaf) for t in tree]))
            case list():
                return Expr(f"[{', '.join(self.tree(t, leaf).text for t in tree)}]")
            case Instance():
                return self.instance(tree, leaf)
            case dict():
                items = (f"{literal(k)}: {self.tree(t, leaf)}" for k, t in tree.items())
                return Expr(f"{{{', '.join(items)}}}")
        return leaf(tree)

    def instance(self, tree: Instance, leaf: Callable[[Any], Expr]) -> Expr:
        """An object, made by field names where its constructor only stores them."""
        cls, items = tree.cls, {name: self.tree(t, leaf).text for name, t in tree.items.items()}
        fields = [f"{name}={text}" for name, text in items.items()]
        if stores_its_fields(cls, items):
            return call(self.module.classes[cls], fields)
        if is_named_tuple(cls):
            return call("tuple.__new__", [self.module.classes[cls], row([*items.values()])])
        return self.helper("instance", self.module.classes[cls], *fields)

    # ---- elements

    def element(self, base: str, path: index.Path, inputs: Sequence[Atom]) -> str:
        """``base[i][1:]``: what a path selects."""
        return self.walked(base, path, list(inputs))

    def walked(self, base: str, path: index.Path, rest: list[Atom]) -> str:
        """``base.T[i]``: the steps of a path; inputs are taken from the front of ``rest``."""
        for step in path:
            base += self.step(step, rest)
        return base

    def step(self, step: index.Subscript, rest: list[Atom]) -> str:
        if index.is_order(step):
            order = step[1:]
            reverse = order == tuple(range(len(order)))[::-1]
            return ".T" if reverse else f".transpose({', '.join(map(str, order))})"
        if index.is_part(step):
            return f".{step[1]}"
        if index.is_reshape(step):
            return f".reshape({', '.join(self.atom(rest.pop(0)).text for _ in step[1:]) or '()'})"
        return f"[{self.subscript(step, rest)}]"

    def subscript(self, subscript: index.Subscript, rest: list[Atom]) -> str:
        """What stands between the brackets; inputs are taken from the front of ``rest``."""
        if not subscript:
            return "()"
        texts = [self.entry(entry, rest) for entry in subscript]
        return ", ".join(texts)

    def entry(self, entry: index.Entry, rest: list[Atom]) -> str:
        if isinstance(entry, tuple):
            lo, hi, step = (self.bound(rest) if given else "" for given in entry[1:])
            return f"{lo}:{hi}" + (f":{step}" if step else "")
        if entry in ("e", "n"):
            return {"e": "...", "n": "None"}[entry]
        return self.atom(rest.pop(0)).text

    def bound(self, rest: list[Atom]) -> str:
        return self.atom(rest.pop(0)).at(Prec.OR)

    def index_object(self, subscript: index.Subscript, rest: list[Atom]) -> str:
        """A subscript as an argument of a function."""
        if self.module.typed and len(subscript) > 1:
            return row([self.entry_object(entry, rest) for entry in subscript])
        slices = any(isinstance(entry, tuple) for entry in subscript)
        text = self.subscript(subscript, rest)
        if slices:
            return f"np.s_[{text}]"
        return text if len(subscript) == 1 else f"({text})"

    def entry_object(self, entry: index.Entry, rest: list[Atom]) -> str:
        if not isinstance(entry, tuple):
            return self.entry(entry, rest)
        parts = [self.atom(rest.pop(0)).text if given else "None" for given in entry[1:]]
        return f"slice({', '.join(parts if entry[3] else parts[:2])})"

    def place(self, op: Op, path: index.Path, inputs: Sequence[Atom]) -> tuple[str, str]:
        """The array that the last subscript of a path applies to, and that subscript."""
        *before, last = path
        rest = list(inputs)
        base = self.walked(self.owner(op.inputs[0]), tuple(before), rest)
        return base, self.index_object(last, rest)


def repeated(op: Op) -> tuple[int, ...]:
    """Operands whose text stands more than once in that of the op, or must be a name."""
    if op.name == "masked_mul" and all_numbers(op):
        return (0,)
    if op.name == "list_add_at" and not isinstance(op.inputs[-1].type, Scalar):
        return tuple(range(len(op.inputs) - 1))
    written = op.writes
    return () if written is None else (written,)


def evaluates_lazily(op: Op) -> bool:
    """Whether the first operand decides if the others are evaluated."""
    return op.prim is SELECT or op.name == "choose" or (op.name == "masked_mul" and all_numbers(op))


def all_numbers(op: Op) -> bool:
    return all(isinstance(a.type, Scalar) for a in op.inputs)


def _is_float(t: Type) -> bool:
    return isinstance(t, Scalar | Array) and t.cls in ("float", "complex")


def _never_wraps(t: Type) -> bool:
    return _is_float(t) or t == PY_INT


def _turns_round(op: Op) -> bool:
    """Whether the opposite comparison is the same as ``not``: in an order with nan it is not."""
    if op.name in ("eq", "ne"):
        return all_numbers(op) or all(isinstance(a.type, Text) for a in op.inputs)
    return all(a.type == PY_INT for a in op.inputs)


def _method_name(op: Op) -> str:
    methods = ROWS[op.name].methods
    if not methods:  # of a row that stands for others
        return op.prim.path.rpartition(".")[2] or op.name
    return op.name if op.name in methods else methods[0]


def sequence(items: Sequence[str], is_list: bool) -> str:
    return f"[{', '.join(items)}]" if is_list else row(items)


def constant_text(name: str, value: Any) -> str:
    """How a param is written: a dtype by its name in NumPy."""
    return dtype_text(value) if name == "dtype" else str(literal(value))


def unread_value(t: Type) -> str:
    """A value of the type of a number or array; "" for other types."""
    match t:
        case Scalar():
            return {"float": "0.0", "int": "0", "bool": "False", "complex": "0j"}[t.cls]
        case Array(dtype=dtype) if dtype is not None:
            sizes = "0" if t.ndim == 1 else str((0,) * t.ndim)
            return f"np.empty({sizes}{'' if dtype == 'float64' else f', {dtype_text(dtype)}'})"
    return ""


def dtype_text(value: Any) -> str:
    return "None" if value is None else "np.bool_" if value == "bool" else f"np.{value}"
