"""Ops as Python expressions: one handler for what has syntax of its own, a table for functions.

An operand that is printed more than once by its handler is listed in ``repeated``: it must be a name.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pullback.backend.plan import Plan
from pullback.backend.text import Expr, Prec, call, infix, literal, prefix, quoted, row, ternary
from pullback.errors import InternalError
from pullback.ir import index
from pullback.ir.build import shape_of
from pullback.ir.core import Atom, Const, Func, Op, Prim, Var
from pullback.ir.types import PY_INT, Array, List, Record, Scalar, Type
from pullback.rules.table import ROWS

INFIX = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=",
    "and": "&", "or": "|", "xor": "^",
}  # fmt: skip
PREFIX = {"neg": "-", "pos": "+", "invert": "~", "not": "not "}
NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
# A branch that has become a conditional expression: inputs are the condition and both values.
SELECT = Prim("select", lambda op: [op.outputs[0].type], raises=True)
_META = ("spelling", "nested")


@dataclass(eq=False)
class Module:
    """What the functions of one text share: their names, and what it has to import."""

    functions: Mapping[Func, str]
    helpers: dict[str, None] = field(default_factory=dict)
    imports: dict[str, None] = field(default_factory=dict)


@dataclass(eq=False)
class Exprs:
    """Prints atoms and pure ops; ``name`` says what a variable is called."""

    plan: Plan
    module: Module
    name: Callable[[Var], str]

    def atom(self, a: Atom) -> Expr:
        if isinstance(a, Const):
            return literal(a.value)
        if a in self.plan.undefined:
            return Expr("None")
        nested = self.plan.nested.get(a)
        return Expr(self.name(a)) if nested is None else self.op(nested)

    def op(self, op: Op) -> Expr:
        """The expression of an op with one output."""
        if op.name in INFIX:
            return self.infix(op)
        if op.name in PREFIX:
            return self.prefix(op)
        if op.name in SPECIAL:
            return SPECIAL[op.name](self, op)
        return self.function(op)

    def all(self, atoms: Sequence[Atom]) -> list[str]:
        return [self.atom(a).text for a in atoms]

    def owner(self, a: Atom) -> str:
        """An operand that an attribute or a subscript follows."""
        return self.atom(a).at(Prec.ATOM)

    def helper(self, name: str, *arguments: Expr | str) -> Expr:
        self.module.helpers[name] = None
        return call(name, arguments)

    def nested(self, a: Atom, name: str) -> Op | None:
        """The op nested into an operand, if it is of this kind."""
        op = self.plan.nested.get(a) if isinstance(a, Var) else None
        return op if op is not None and op.name == name else None

    # ---- operators

    def infix(self, op: Op) -> Expr:
        left, right = op.inputs
        symbol = INFIX[op.name]
        if op.name == "add" and (negated := self.nested(right, "neg")):
            symbol, right = "-", negated.inputs[0]
        return infix(symbol, self.atom(left), self.atom(right))

    def prefix(self, op: Op) -> Expr:
        operand = op.inputs[0]
        if op.name == "not":
            return self.negated(operand)
        product = self.nested(operand, "mul") or self.nested(operand, "div")
        if op.name == "neg" and product is not None and _is_float(product.inputs[0].type):
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

    def function(self, op: Op) -> Expr:
        """A call of the function or method that the primitive stands for."""
        spec = ROWS[op.name].spec if op.name in ROWS else ""
        path, inputs = op.prim.path, list(op.inputs)
        spelling = op.params.get("spelling")
        if spelling == "method":
            path = f"{self.owner(inputs.pop(0))}.{_method_name(op)}"
            spec = spec.partition(" ")[2]
        elif not path:
            raise InternalError(f"no text for primitive {op.name!r}")
        else:
            self.imported(path)
        return call(path, list(self.arguments(op, inputs, spec, spelling == "method")))

    def imported(self, path: str) -> None:
        module = path.rpartition(".")[0]
        if module and not module.startswith("np"):
            self.module.imports[module] = None

    def arguments(
        self, op: Op, inputs: list[Atom], spec: str, method: bool
    ) -> Iterator[str]:
        """The arguments of a call in the order of the row's spec."""
        keywords = []
        known = set(_META)
        for token in spec.split():
            name, _, default = token.partition("=")
            if default:
                known.add(name)
                keywords += self.keyword(name, op.params.get(name), ast.literal_eval(default))
            elif token.endswith("..."):
                items = self.all(inputs)
                yield ", ".join(items) if method or len(items) == 1 else row(items)
                inputs = []
            elif token.startswith("*"):
                yield self.sequence(op, inputs)
                inputs = []
            elif inputs:
                yield self.atom(inputs.pop(0)).text
        yield from self.all(inputs)
        yield from keywords
        for name, value in op.params.items():
            if name not in known:
                yield from self.keyword(name, value, None)

    def sequence(self, op: Op, inputs: Sequence[Atom]) -> str:
        single = len(inputs) == 1 and not op.params.get("nested")
        if single and (op.name == "array" or isinstance(inputs[0].type, List)):
            return self.atom(inputs[0]).text
        return f"[{', '.join(self.all(inputs))}]"

    def keyword(self, name: str, value: Any, default: Any) -> list[str]:
        if type(value) is type(default) and value == default:
            return []
        return [f"{name}={_dtype(value) if name == 'dtype' else literal(value)}"]

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
            case dict():
                items = (f"{literal(k)}: {self.tree(t, leaf)}" for k, t in tree.items())
                return Expr(f"{{{', '.join(items)}}}")
        return leaf(tree)

    # ---- elements

    def element(self, base: str, path: index.Path, inputs: Sequence[Atom]) -> str:
        """``base[i][1:]``: what a path selects."""
        rest = list(inputs)
        for subscript in path:
            base += f"[{self.subscript(subscript, rest)}]"
        return base

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
        slices = any(isinstance(entry, tuple) for entry in subscript)
        text = self.subscript(subscript, rest)
        if slices:
            return f"np.s_[{text}]"
        return text if len(subscript) == 1 else f"({text})"

    def place(self, op: Op, first: int) -> tuple[str, str]:
        """The array that the last subscript of a path applies to, and that subscript."""
        *before, last = op.params["path"]
        rest = list(op.inputs[first:])
        base = self.owner(op.inputs[0])
        for subscript in before:
            base += f"[{self.subscript(subscript, rest)}]"
        return base, self.index_object(last, rest)


def repeated(op: Op) -> tuple[int, ...]:
    """Operands whose text stands more than once in that of the op, or must be a name."""
    if op.name == "masked_mul" and _all_numbers(op):
        return (0,)
    if op.name == "list_add_at" and not isinstance(op.inputs[2].type, Scalar):
        return (1,)
    written = op.prim.writes
    return () if written is None else (written,)


def _all_numbers(op: Op) -> bool:
    return all(isinstance(a.type, Scalar) for a in op.inputs)


def _is_float(t: Type) -> bool:
    return isinstance(t, Scalar | Array) and t.cls in ("float", "complex")


def _turns_round(op: Op) -> bool:
    """Whether the opposite comparison is the same as ``not``: in an order with nan it is not."""
    if op.name in ("eq", "ne"):
        return _all_numbers(op)
    return all(a.type == PY_INT for a in op.inputs)


def _method_name(op: Op) -> str:
    methods = ROWS[op.name].methods
    return op.name if op.name in methods or not methods else methods[0]


def _dtype(value: Any) -> str:
    return "None" if value is None else "np.bool_" if value == "bool" else f"np.{value}"


# ---- what has a syntax of its own


def _getitem(e: Exprs, op: Op) -> Expr:
    if not op.params["path"]:
        return e.atom(op.inputs[0])
    return Expr(e.element(e.owner(op.inputs[0]), op.params["path"], op.inputs[1:]))


def _matmul(e: Exprs, op: Op) -> Expr:
    if op.params.get("spelling") == "function":
        return e.function(op)
    return infix("@", *map(e.atom, op.inputs))


def _transpose(e: Exprs, op: Op) -> Expr:
    if op.params.get("axes") is None and op.params.get("spelling") != "method":
        return Expr(f"{e.owner(op.inputs[0])}.T")
    return e.function(op)


def _dim(e: Exprs, op: Op) -> Expr:
    if op.params.get("spelling") == "len":
        return call("len", e.all(op.inputs))
    return Expr(f"{e.owner(op.inputs[0])}.shape[{op.params['axis']}]")


def _size(e: Exprs, op: Op) -> Expr:
    if not isinstance(op.inputs[0].type, Array):
        return call("np.size", e.all(op.inputs))
    return Expr(f"{e.owner(op.inputs[0])}.size")


def _copy(e: Exprs, op: Op) -> Expr:
    x = op.inputs[0]
    if isinstance(x.type, List | Record):
        return e.helper("copy_tree", e.atom(x))
    if isinstance(x.type, Scalar):
        return e.atom(x)
    spread = e.nested(x, "broadcast_like")
    if spread and isinstance(spread.inputs[0].type, Scalar):
        return _full(e, spread, op.out.type)
    options = [] if "order" not in op.params else [f"order={quoted(op.params['order'])}"]
    return call(f"{e.owner(x)}.copy", options)


def _full(e: Exprs, op: Op, t: Type) -> Expr:
    """``broadcast_like`` of a number as an array of its own."""
    value, like = op.inputs
    known = like.type.dtype if isinstance(like.type, Array) else None
    if known is not None and known == getattr(t, "dtype", None):
        return call("np.full_like", e.all([like, value]))
    return call("np.full", [_shape(e, like), e.atom(value)])


def _shape(e: Exprs, a: Atom) -> str:
    return f"{e.owner(a)}.shape" if isinstance(a.type, Array) else f"np.shape({e.atom(a)})"


def _unbroadcast(e: Exprs, op: Op) -> Expr:
    g, x = op.inputs
    source, target = shape_of(g), shape_of(x)
    if isinstance(x.type, Scalar):
        return call("np.sum", e.all([g])) if isinstance(g.type, Array) else e.atom(g)
    lead = len(source) - len(target)
    ones = [k for k, n in enumerate(target) if n == 1 and source[lead + k] != 1] if lead >= 0 else []
    pairs = list(zip(source[lead:], target, strict=True)) if lead >= 0 else []
    rest = [pair for k, pair in enumerate(pairs) if k not in ones]
    if not target or lead < 0 or (lead > 0 and ones) or any(m != n for m, n in rest):
        return e.helper("unbroadcast", e.atom(g), _shape(e, x))
    axes = tuple(range(lead)) or tuple(ones)
    if not axes:
        return e.atom(g)
    axis = literal(axes[0] if len(axes) == 1 else axes)
    keep = ["keepdims=True"] if ones else []
    return call("np.sum", [e.atom(g), f"axis={axis}", *keep])


def _broadcast_like(e: Exprs, op: Op) -> Expr:
    return call("np.broadcast_to", [e.atom(op.inputs[0]), _shape(e, op.inputs[1])])


def _reshape_like(e: Exprs, op: Op) -> Expr:
    g, x = op.inputs
    if isinstance(g.type, Scalar):
        return e.atom(g) if isinstance(x.type, Scalar) else call("np.reshape", [e.atom(g), _shape(e, x)])
    if isinstance(x.type, Scalar):
        reshaped = "" if g.type == Array("", None, ()) or not shape_of(g) else ".reshape(())"
        return Expr(f"{e.owner(g)}{reshaped}[()]")
    return call(f"{e.owner(g)}.reshape", [_shape(e, x)])


def _cast(e: Exprs, op: Op) -> Expr:
    x, dtype = op.inputs[0], _dtype(op.params["dtype"])
    if isinstance(x.type, Array):
        return call(f"{e.owner(x)}.astype", [dtype])
    return call(dtype, [e.atom(x)])


def _cast_like(e: Exprs, op: Op) -> Expr:
    x, like = op.inputs
    if isinstance(x.type, Array) and isinstance(like.type, Array):
        return call(f"{e.owner(x)}.astype", [f"{e.owner(like)}.dtype"])
    return e.helper("cast_like", *e.all(op.inputs))


def _masked_mul(e: Exprs, op: Op) -> Expr:
    if not _all_numbers(op):
        return e.helper("masked_mul", *e.all(op.inputs))
    g, p = map(e.atom, op.inputs)
    return ternary(g, infix("*", g, p), literal(0.0))


def _zeros_like(e: Exprs, op: Op) -> Expr:
    if isinstance(op.inputs[0].type, Array):
        return call("np.zeros_like", e.all(op.inputs))
    return e.helper("zeros_tree", *e.all(op.inputs))


def _accumulate(e: Exprs, op: Op) -> Expr:
    x, g = op.inputs
    if negated := e.nested(g, "neg"):
        return infix("-", e.atom(x), e.atom(negated.inputs[0]))
    return infix("+", e.atom(x), e.atom(g))


def _select(e: Exprs, op: Op) -> Expr:
    """A conditional expression, or ``and`` and ``or`` where one side is a constant."""
    cond, a, b = op.inputs
    for value, other, symbol in ((b, a, "and"), (a, b, "or")):
        if isinstance(value, Const) and value.value is (symbol == "or") and _is_bool(cond, other):
            return infix(symbol, e.atom(cond), e.atom(other))
    if isinstance(a, Const) and isinstance(b, Const) and a.value is False and b.value is True:
        return e.negated(cond)
    return ternary(e.atom(cond), e.atom(a), e.atom(b))


def _is_bool(*atoms: Atom) -> bool:
    return all(isinstance(a.type, Scalar) and a.type.cls == "bool" for a in atoms)


def _last_written(e: Exprs, op: Op) -> Expr:
    return e.helper("last_written", *e.place(op, 1))


def _helper_with_axis(e: Exprs, op: Op) -> Expr:
    axis = f"axis={literal(op.params.get('axis'))}"
    return e.helper(op.name, *e.all(op.inputs), axis)


def _format(e: Exprs, op: Op) -> Expr:
    """An f-string; operands with quotes or backslashes go behind it."""
    texts = e.all(op.inputs)
    plain = not any(set(t) & set("\"'\\{}") for t in texts)
    rest, parts = iter(texts), []
    for part in op.params["template"]:
        if isinstance(part, str):
            parts.append(part.replace("{", "{{").replace("}", "}}"))
        else:
            conversion, spec = part or ("", "")
            shown = next(rest) if plain else ""
            parts.append(f"{{{shown}{conversion}{':' if spec else ''}{spec}}}")
    if plain:
        return Expr("f" + quoted("".join(parts)))
    return call(f"{quoted(''.join(parts))}.format", texts)


def _plain_list(e: Exprs, op: Op) -> Expr:
    return Expr(f"[{', '.join(e.all(op.inputs))}]")


SPECIAL: dict[str, Callable[[Exprs, Op], Expr]] = {
    "getitem": _getitem,
    "list_get": lambda e, op: Expr(f"{e.owner(op.inputs[0])}[{e.atom(op.inputs[1])}]"),
    "list_len": lambda e, op: call("len", e.all(op.inputs)),
    "list_new": _plain_list,
    "pack": lambda e, op: Expr(row(e.all(op.inputs))),
    "matmul": _matmul,
    "transpose": _transpose,
    "dim": _dim,
    "size": _size,
    "copy": _copy,
    "unbroadcast": _unbroadcast,
    "broadcast_like": _broadcast_like,
    "reshape_like": _reshape_like,
    "cast": _cast,
    "cast_like": _cast_like,
    "masked_mul": _masked_mul,
    "zeros_like": _zeros_like,
    "zeros_tree": lambda e, op: e.helper("zeros_tree", *e.all(op.inputs)),
    "add_trees": lambda e, op: e.helper("add_trees", *e.all(op.inputs)),
    "accumulate": _accumulate,
    "select": _select,
    "last_written": _last_written,
    "prod_others": _helper_with_axis,
    "split_like": _helper_with_axis,
    "unstack": _helper_with_axis,
    "format": _format,
    "call": Exprs.called,
}
