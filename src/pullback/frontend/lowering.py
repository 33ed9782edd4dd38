"""What all handlers of the front end stand on: tables from syntax, and from what is called, to handlers.

The rooms that lower syntax know each other only through these tables: ``EXPRESSIONS`` by the type of
a node, ``CALLABLES`` by the type of the value that is called, ``BUILTINS`` by the Python object. Each
room enters its own handlers; ``frontend.lower`` imports them all.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from pullback import refusals
from pullback.frontend import assorted, constants, members, readings, rows
from pullback.frontend.frame import Frame
from pullback.frontend.values import DictView, Rows, Static, Struct, Tup, Value, Walk
from pullback.frontend.walking import describe, plain
from pullback.ir.build import shape_of
from pullback.ir.core import Atom, Const, Var
from pullback.ir.outside import ANYTHING
from pullback.ir.prims import title_of
from pullback.ir.types import Array, List
from pullback.rules import fields
from pullback.tree import is_named_tuple

Keywords = dict[str, Value]
Expression = Callable[[Frame, Any], Value]
Applier = Callable[[Frame, ast.Call, Any, list[Value], Keywords], Value]
Builtin = Callable[[Frame, ast.Call, list[Value], Keywords], Value]
H = TypeVar("H")
RESIZED = "dictionary changed size during iteration"
OUT_OF_RANGE = "list index out of range"
EXPRESSIONS: dict[type, Expression] = {}
CALLABLES: dict[type, Applier] = {}
BUILTINS: dict[Any, Builtin] = {}
ON_TABLES: dict[str, Callable[..., Any]] = {}  # what is done with dicts whose keys are computed
ON_OBJECTS: dict[str, Callable[..., Any]] = {}  # what the classes of objects have a say in
ON_WALKS: dict[str, Callable[..., Any]] = {}  # how iterators and views of dicts are gone through
ON_LISTS: dict[type, Callable[..., Value]] = {}  # what operators and slices of run-time lists give


def entered(table: dict[Any, H], *keys: Any) -> Callable[[H], H]:
    """A decorator that enters a handler in a table."""

    def enter(handler: H) -> H:
        table.update((key, handler) for key in keys)
        return handler

    return enter


def handles(*nodes: type) -> Callable[[Expression], Expression]:
    """Enter a handler for types of expressions."""
    return entered(EXPRESSIONS, *nodes)


def applies(*values: type) -> Callable[[Applier], Applier]:
    """Enter a handler for calls of values of these types."""
    return entered(CALLABLES, *values)


def builtin(*objects: Any) -> Callable[[Builtin], Builtin]:
    """Enter a handler for calls of these Python objects."""
    return entered(BUILTINS, *objects)


def lower(frame: Frame, node: ast.expr) -> Value:
    """The value of an expression, its ops appended to the frame's builder."""
    return frame.decided(undecided(frame, node))


def undecided(frame: Frame, node: ast.expr) -> Value:
    """The value of an expression, which may be one of two kinds."""
    if isinstance(node, ast.Name):
        return members.read(frame, frame.look(node.id, node))
    handler = EXPRESSIONS.get(type(node))
    if handler is None:
        frame.reject(refusals.EXPRESSION, node, form=type(node).__name__)
    with frame.b.at(frame.loc(node)):
        return replayed(frame, lambda: members.read(frame, frame.latest(handler(frame, node))))


_PLACE = ("lineno", "col_offset", "end_lineno", "end_col_offset", "file")


class Evaluated(ast.expr):
    """An expression that has been evaluated."""

    _fields = ("source",)

    def __init__(self, source: ast.expr, value: Value) -> None:
        super().__init__()
        self.source = source
        self.value = value
        vars(self).update({n: v for n, v in vars(source).items() if n in _PLACE})


@handles(Evaluated)
def evaluated(frame: Frame, node: Evaluated) -> Value:
    return node.value


# Keys made of these alone change nothing when they are evaluated.
_SIMPLE = (
    ast.Name, ast.Constant, ast.UnaryOp, ast.BinOp, ast.Tuple, ast.Slice, ast.operator, ast.unaryop,
    ast.expr_context, Evaluated,
)  # fmt: skip


def keyed(frame: Frame, node: ast.Subscript, owner: Value) -> tuple[ast.Subscript, Value]:
    """A subscript with a key that is evaluated, if that may change what is indexed; and what is indexed
    as it is then."""
    if all(isinstance(n, _SIMPLE) for n in ast.walk(node.slice)):
        return node, owner
    with frame.holding() as pending:
        pending.append(owner)
        key = _key_evaluated(frame, node.slice)
    new = copy.copy(node)
    new.slice = key
    return new, frame.latest(owner)


def _key_evaluated(frame: Frame, node: ast.expr) -> ast.expr:
    """A key of which the parts are evaluated in order."""
    match node:
        case ast.Slice():
            bounds = [p and Evaluated(p, lower(frame, p)) for p in (node.lower, node.upper, node.step)]
            return ast.copy_location(ast.Slice(*bounds), node)
        case ast.Starred():
            return node
        case ast.Tuple():
            parts = [_key_evaluated(frame, part) for part in node.elts]
            return ast.copy_location(ast.Tuple(parts, node.ctx), node)
    return Evaluated(node, lower(frame, node))


def replayed(frame: Frame, evaluate: Callable[[], Value]) -> Value:
    """The value of an expression, which it may have had before its statement was taken up anew."""
    replay = frame.replay
    if replay.ops is not frame.b.ops:
        return evaluate()
    number = replay.count
    replay.count += 1
    if number not in replay.found:
        value = evaluate()
        replay.found[number] = (value, replay.count)
    value, replay.count = replay.found[number]
    return frame.latest(value)


def in_order(
    frame: Frame, nodes: Sequence[Any], evaluate: Expression = lower
) -> list[Value]:
    """The values of expressions, or of what holds them; later ones may change what the containers of
    earlier ones hold."""
    values: list[Value] = []
    with frame.holding() as pending:
        for node in nodes:
            values.append(evaluate(frame, node))
            pending.append(values[-1])
    return [frame.latest(value) for value in values]


def held(frame: Frame, node: ast.expr, evaluate: Expression = undecided) -> Value:
    """The value of an expression that is put into a container: a generator is one that can be kept."""
    value: Value = ON_WALKS["paused"](frame, node, evaluate(frame, node))
    return value


def made(frame: Frame, items: Sequence[Value], is_list: bool) -> Value:
    """A new tuple or list."""
    return frame.displayed(Tup(tuple(items), is_list))


def grouped(frame: Frame, cls: type, items: Sequence[Value]) -> Value:
    """Several results in what a function gives them in."""
    if is_named_tuple(cls):
        return Struct(cls, dict(zip(cls._fields, items, strict=True)))  # type: ignore[attr-defined]
    return made(frame, items, cls is list)


def unstarred(
    frame: Frame, nodes: Sequence[ast.expr], where: str, evaluate: Expression = lower
) -> list[Value]:
    """The values of expressions in order, starred ones given as their items."""
    values: list[Value] = []
    found = in_order(frame, nodes, lambda frame, node: spread_out(frame, node, evaluate))
    for node, value in zip(nodes, found, strict=True):
        values += items_in(frame, node, value, where) if isinstance(node, ast.Starred) else [value]
    return values


def spread_out(frame: Frame, node: ast.expr, evaluate: Expression = lower) -> Value:
    """The value of an expression; a starred one gives the items that it has before the next one is
    evaluated, which may change what it was read from."""
    if not isinstance(node, ast.Starred):
        return evaluate(frame, node)
    value = in_full(frame, node, lower(frame, node.value))
    return Tup(value.items) if isinstance(value, Tup) else value


def in_full(frame: Frame, node: ast.AST, value: Value) -> Value:
    """The items of an iterator, or of a view of a dict, as a tuple if it is known how many there are;
    other values as they are, named tuples as tuples."""
    known = isinstance(value, Walk | DictView) and ON_WALKS["known"](frame, node, value)
    return Tup(tuple(known)) if known else plain(value)


def items_in(frame: Frame, node: ast.AST, value: Value, where: str) -> Sequence[Value]:
    """The items of a starred value, whose number must be known."""
    value = in_full(frame, node, frame.decided(value))
    if not isinstance(value, Tup):
        frame.reject(refusals.UNPACKED_ITEMS, node, where=where)
    return value.items


def atom(frame: Frame, node: ast.expr, what: str = "a number or array") -> Atom:
    """An expression that must be an IR value."""
    return as_atom(frame, lower(frame, node), node, what)


def is_unknown(value: Value) -> bool:
    """Whether a value is what a call outside has given, of a kind that is not known."""
    return isinstance(value, Var) and value.type == ANYTHING


def as_shown(frame: Frame, value: Value, node: ast.AST, what: str) -> Atom:
    """What is printed, logged or formatted may be an object."""
    if is_unknown(value):
        return cast("Atom", value)
    return as_atom(frame, value, node, what)


def as_number(frame: Frame, value: Value) -> Value:
    """An object where a number is needed: it is a float, or an error when it runs. What goes through
    the elements of an array is a copy of them."""
    if not is_unknown(value):
        return cast("Value", ON_WALKS["flattened"](frame, value)) if isinstance(value, Walk) else value
    assert isinstance(value, Var)
    return frame.op("known", value, gives="any.float")


def as_atom(frame: Frame, value: Value, node: ast.AST, what: str = "a number or array") -> Atom:
    value = constants.as_number(as_number(frame, frame.decided(value)))
    if isinstance(value, Var | Const):
        return value
    if isinstance(value, Static) and isinstance(value.value, str):
        return Const(value.value)
    frame.reject(refusals.WHERE_NEEDED, node, value=describe(value), what=what)


def simple_op(frame: Frame, node: ast.AST, name: str, *inputs: Atom, **params: Any) -> Var:
    """An op with one output."""
    (out,) = simple_ops(frame, node, name, *inputs, **params)
    return out


def simple_ops(
    frame: Frame, node: ast.AST, name: str, *inputs: Atom, **params: Any
) -> tuple[Var, ...]:
    """An op whose types may not fit: NumPy's own complaint becomes an error at the line."""
    try:
        outputs = frame.emit(name, *inputs, **params)
    except (TypeError, ValueError, IndexError) as error:
        if (refused := fields.refusal(name, inputs, frame.loc(node))) is not None:
            raise refused from None
        given = {v for op in frame.b.ops if op.name == "known" for v in op.outputs}
        if not given.isdisjoint(a for a in inputs if isinstance(a, Var)):
            frame.reject(refusals.KIND_FROM_OUTSIDE, node, function=title_of(name))
        kinds = ", ".join(describe(a) for a in inputs) or "no arrays"
        frame.reject(
            refusals.CANNOT_TAKE, node, function=title_of(name), kinds=kinds, why=error,
            instead=getattr(error, "hint", refusals.FITTING),
        )  # fmt: skip
    return outputs


def element(frame: Frame, node: ast.AST, l: Var, i: Atom, checked: bool = False) -> Var:
    """An element of a list; ``checked`` says that the index is known to be in range.

    Nothing was put into a list whose kind of items is not known.
    """
    assert isinstance(l.type, List)
    if l.type.elem is None:
        frame.raises("IndexError", OUT_OF_RANGE)
    return simple_op(frame, node, "list_get", l, i, checked=checked)


def item_at(frame: Frame, node: ast.AST, l: Var | Rows, i: Atom, checked: bool = False) -> Value:
    """An item of a list, from all of its columns: what is done to it is done to the list."""
    found = [element(frame, node, column, i, checked) for column in rows.columns(l)]
    if not checked:
        frame.reads.append(frame.b.ops[-len(found) :])
    item = rows.item_of(l, found)
    assorted.told_before(frame, item, i)
    members.enter(frame, l, i, item, checked)
    return members.read(frame, readings.read(frame, item))


def length_of(frame: Frame, l: Var | Rows) -> Var:
    """The length of a list."""
    return frame.op("list_len", rows.columns(l)[0])


def constant_key(frame: Frame, key: Value, node: ast.AST) -> Any:
    if isinstance(key, Const | Static):
        return key.value
    if isinstance(key, Tup):
        return tuple(constant_key(frame, item, node) for item in key.items)
    frame.reject(refusals.COMPUTED_KEY, node)


def sizes_of(frame: Frame, x: Var) -> list[Atom]:
    """The size of each axis of an array."""
    return [size_of(frame, x, axis) for axis in range(len(shape_of(x)))]


def size_of(frame: Frame, x: Var, axis: int) -> Atom:
    assert isinstance(x.type, Array)
    n = x.type.shape[axis]
    return Const(n) if isinstance(n, int) else frame.op("dim", x, axis=axis)


def key_value(key: Any) -> Value:
    """A key of a dict, or an item of a set, as a value."""
    if isinstance(key, tuple):
        return Tup(tuple(map(key_value, key)))
    return Static(key) if key is None or isinstance(key, str) else Const(key)


def apply(
    frame: Frame, node: ast.Call, function: Value, args: list[Value], keywords: Keywords
) -> Value:
    """Call a value."""
    applier = CALLABLES.get(type(function))
    if applier is None:
        frame.reject(refusals.CANNOT_BE_CALLED, node, value=describe(function))
    return applier(frame, node, function, args, keywords)


_CONVERSIONS: dict[str, Callable[[Any], str]] = {"!s": str, "!r": repr, "!a": ascii}


def text_of_static(value: Static | Const, conversion: str, specification: str) -> str:
    """What a format string makes of a value that is known here."""
    held = _CONVERSIONS[conversion](value.value) if conversion else value.value
    return format(held, specification) if specification else str(held)


def static(frame: Frame, node: ast.AST, value: Value) -> Any:
    """An argument such as axis that must be known here."""
    value = constants.as_number(value)
    if isinstance(value, Const | Static):
        return value.value
    value = plain(value)
    if isinstance(value, Tup):
        return tuple(static(frame, node, item) for item in value.items)
    if isinstance(value, Var) and (pinned := frame.outside.pinned(value)) is not None:
        return pinned
    frame.reject(refusals.NEEDS_CONSTANT, node)


def only(frame: Frame, node: ast.AST, args: list[Value]) -> Value:
    if len(args) != 1:
        frame.reject(refusals.ONE_ARGUMENT, node, count=len(args))
    return args[0]
