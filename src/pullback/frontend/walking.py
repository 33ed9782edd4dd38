"""Going through values: leaves, copies with other leaves, comparisons, and how messages name them."""

from __future__ import annotations

import ast
import copy
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, cast

from pullback.frontend.constants import KnownSet
from pullback.frontend.values import (
    MISSING,
    OWNER,
    Cell,
    Dct,
    Derived,
    DictView,
    Either,
    Frozen,
    Generator,
    Items,
    Lazy,
    Linear,
    Local,
    Method,
    Ordered,
    Owner,
    Partial,
    Ref,
    Rows,
    Sparse,
    Static,
    Stream,
    Struct,
    Super,
    Table,
    Tree,
    Tup,
    Value,
    Walk,
)
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Scalar, spelled
from pullback.tree import is_named_tuple

# What flags and results of exits are called where they need a variable.
_FLAGS = {
    "%go": "go", "%live": "live", "%returned": "returned", "%result": "result", "%broke": "broke",
    "%subject": "subject",
}  # fmt: skip


def shown(name: str) -> str:
    """What a variable for a name is called: not all names are those of the user."""
    if name.startswith("%%"):
        return name.lstrip("%")
    return name if name.isidentifier() else _FLAGS.get(name.rstrip("0123456789"), "")


def text_of(node: ast.AST) -> str:
    """The text of a piece of syntax, of ours that of what it stands for."""
    node = getattr(node, "stands_for", node)
    return ast.unparse(_Written().visit(copy.deepcopy(node)))


class _Written(ast.NodeTransformer):
    """Names of a function whose statements stand elsewhere, as they are written in it."""

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = node.id.removeprefix("%%")
        return node

    def visit_Elsewhere(self, node: ast.Name) -> ast.Name:
        return ast.Name(node.id, ast.Load())


def leaves(value: Value) -> list[Atom]:
    """The IR atoms in a value, in order."""
    match value:
        case Var() | Const():
            return [value]
        case Tree():
            return [leaf for item in value.parts for leaf in leaves(item)]
    return []


def within(value: Value) -> Iterable[Value]:
    """The values that a value holds, one level down: what changes them changes it."""
    match value:
        case Tree():
            return value.parts
        case Items():
            return (value.start, value.stop, value.step, *value.over)
        case Stream():
            return (value.first,)
        case Super():
            return (value.owner,)
    return ()


def bound_here(value: Value) -> bool:
    """Whether a value is, or holds, a run over values of the function that made it."""
    if isinstance(value, Items):
        known = all(isinstance(a, Const) for a in (value.start, value.stop, value.step))
        return not (value.plain and known)
    return isinstance(value, Lazy) or is_fleeting(value) or any(map(bound_here, within(value)))


def is_fleeting(value: Value) -> bool:
    """Whether a value is, or holds, an iterator whose items were computed before they are taken."""
    return any(isinstance(t, Walk) and t.kind == "computed" for t in trees(value))


def rebuild(value: Value, atoms: Sequence[Atom]) -> Value:
    """The same tree with other leaves."""
    return _rebuilt(value, iter(atoms))


def _rebuilt(value: Value, rest: Iterator[Atom]) -> Value:
    match value:
        case Var() | Const():
            return next(rest)
        case Tree():
            return cast("Value", value.remade(_rebuilt(part, rest) for part in value.parts))
    return value


def with_parts(value: Tree, parts: Sequence[Value]) -> Value:
    """A container with these parts; the very same one if they are those that it has."""
    same = all(a is b for a, b in zip(parts, value.parts, strict=True))
    return cast("Value", value if same else value.remade(parts))


def bare(value: Value) -> Value:
    """A value but for what objects in it hold by names that are no attributes: tables of methods."""
    if isinstance(value, Struct):
        value = replace(value, items={n: v for n, v in value.items.items() if not n.startswith("%")})
    return with_parts(value, [*map(bare, value.parts)]) if isinstance(value, Tree) else value


def with_both(value: Either, first: Value, second: Value) -> Either:
    """Either of two other values, told by the same bool; the very same one if it is of these."""
    same = first is value.first and second is value.second
    return value if same else replace(value, first=first, second=second)


def trees(value: Value) -> Iterator[Tree]:
    """The containers in a value, outer before inner."""
    if isinstance(value, Tree):
        yield value
        for item in value.parts:
            yield from trees(item)


def references_in(value: Value) -> Iterator[Ref]:
    """The references in a value, and in items of lists in it."""
    for tree in trees(value):
        if isinstance(tree, Ref):
            yield tree
            yield from references_in(tree.pattern)
        elif isinstance(tree, Rows):
            yield from references_in(tree.pattern)


def led_to(value: Value, roots: Mapping[Var, Var]) -> Value:
    """A value whose references are to lists that go by other names."""
    if not isinstance(value, Tree) or next(references_in(value), None) is None:
        return value
    new = cast("Tree", value.remade([led_to(part, roots) for part in value.parts]))
    if isinstance(new, Ref):
        lists = tuple(roots.get(l, l) for l in new.lists)
        return replace(new, lists=lists, pattern=led_to(new.pattern, roots))
    if isinstance(new, Rows):
        return replace(new, pattern=led_to(new.pattern, roots))
    return cast("Value", new)


def anew(value: Value, known: Mapping[object, Value] = MappingProxyType({})) -> Value:
    """The same containers as objects of their own; those of ``known`` identities are replaced.

    What holds a container twice does so afterwards. A function that holds nothing stays the one it is.
    """
    return renewed(value, dict(known))


def renewed(value: Value, made: dict[object, Value]) -> Value:
    """The same, where a container that several values hold is one afterwards: what is ``made`` of each,
    by identity, is entered."""
    if not isinstance(value, Tree) or (isinstance(value, Local) and not value.parts):
        return value
    own = isinstance(value, Local | Method) and any(isinstance(t, Owner) for t in trees(value))
    key = (value.identity, OWNER) if own else value.identity  # as its object has it, or as it is read
    if key not in made:
        new = value.remade(renewed(item, made) for item in value.parts)
        made[key] = cast("Value", replace(new, identity=object()))
    return made[key]


def with_those(value: Value, known: Mapping[object, Value], kept: Container[object]) -> Value:
    """A value in which containers of ``kept`` identities are as they are known."""
    if not isinstance(value, Tree):
        return value
    if value.identity in kept and value.identity in known:
        return known[value.identity]
    return with_parts(value, [with_those(part, known, kept) for part in value.parts])


def substituted(value: Value, env: Mapping[Var, Atom]) -> Value:
    """A value whose leaves are looked up; the very same one if none is found."""
    atoms = leaves(value)
    found = [env.get(a, a) if isinstance(a, Var) else a for a in atoms]
    return value if found == atoms else rebuild(value, found)


def alike(a: Value, b: Value) -> bool:
    """Whether two values are the same containers around atoms and the same static objects."""
    match a, b:
        case (Var() | Const()), (Var() | Const()):
            return True
        case Tree(), Tree():
            return a.form == b.form and all(map(alike, a.parts, b.parts))
        case Static(x), Static(y):
            return x is y or (isinstance(x, str) and x == y)
    return a is b


def kinds(v: Value) -> list[Value]:
    """The values of which a value is one."""
    return [v.first, *kinds(v.second)] if isinstance(v, Either) else [v]


def has_two(v: Value) -> bool:
    """Whether a value, or one in it, is of two kinds."""
    return isinstance(v, Either) or (isinstance(v, Tree) and any(map(has_two, v.parts)))


def as_known(v: Value, facts: Mapping[Atom, bool], kept: Container[object] = ()) -> Value:
    """A value, and what it holds, of the kind that is known of it; trees of ``kept`` identities stay."""
    if not has_two(v):
        return v
    assert isinstance(v, Tree)
    if v.identity in kept:
        return v
    if isinstance(v, Either):
        known = facts.get(v.is_first)
        return v if known is None else v.first if known else as_known(v.second, facts, kept)
    return cast("Value", v.remade([as_known(part, facts, kept) for part in v.parts]))


def in_both(a: Value, b: Value) -> set[object]:
    """The identities of trees that two values have in them."""
    return {tree.identity for tree in trees(a)} & {tree.identity for tree in trees(b)}


@dataclass(frozen=True, slots=True)
class Field:
    """A step into a tree that reads an attribute; all other steps are keys and positions."""

    name: str


def steps(value: Value) -> list[tuple[Any, Value]]:
    """The items of a tree, each with the step that leads to it."""
    match value:
        case Tup():
            return list(enumerate(value.items))
        case Dct():
            return list(value.items.items())
        case Struct():
            return [(Field(name), item) for name, item in value.items.items()]
        case Method():
            return [(Field("__self__"), value.owner)]
    return []


def plain(value: Value) -> Value:
    """A named tuple as the tuple that it also is, all else as it stands."""
    if isinstance(value, Struct) and is_named_tuple(value.cls):
        return Tup(tuple(value.parts))
    return value


def is_function(value: Value) -> bool:
    """Whether a value can be called."""
    if isinstance(value, Static):
        return callable(value.value)
    return isinstance(value, Local | Derived | Linear | Partial | Method)


def function_name(function: Value) -> str:
    """What a function is called in generated code."""
    match function:
        case Derived(mode=mode, function=inner):
            return f"{function_name(inner)}_{mode}"
        case Local(name=name):
            return name
        case Linear(of=of):
            return str(of.name)
        case Static(value):
            return str(getattr(value, "__name__", "function"))
    return "function"


def describe(value: Value) -> str:
    """How an error message names a value."""
    match value:
        case Var(type=Scalar(cls, "any")):
            return f"{cls} of Python or NumPy"
        case Var() | Const():
            return spelled(value.type)
        case Cell():
            return describe(value.value)
        case Tup():
            return "a list" if value.is_list else "a tuple"
        case Table(kind="set"):
            return "a set"
        case Struct():
            return f"a {value.cls.__name__}"
        case Ref():
            return describe(value.pattern)
        case Either():
            both = f"{describe(value.first)} or {describe(value.second)}".split(" or ")
            return " or ".join(dict.fromkeys(both))
        case Rows():
            kinds = iter([spelled(c.type.elem or c.type) for c in leaves(value)])  # type: ignore[union-attr]
            return f"list[{_spelled_item(value.pattern, kinds)}]"
        case Static():
            return _describe_object(value)
        case Method():
            return f"method {value.name!r}"
        case Items():
            return "a range" if value.plain else "an iterator"
    return _DESCRIBED.get(type(value), "no value")


# What error messages call values of which nothing more is told.
_DESCRIBED: dict[type, str] = {
    Dct: "a dict", Ordered: "a dict", Table: "a dict", DictView: "a view of a dict",
    Sparse: "a dict whose entries depend on the run",
    Local: "a function", Derived: "a function", Linear: "a function", Partial: "a function",
    Frozen: "a distribution",
    Owner: "the object itself", Super: "what super() gives",
    Walk: "an iterator", Stream: "a generator", Generator: "a generator",
}  # fmt: skip


def _describe_object(value: Static) -> str:
    match value.value:
        case None:
            return "None"
        case KnownSet():
            return "a set"
        case held if value is MISSING:
            return "nothing"
        case held if cast("Any", type(held)).__repr__ is object.__repr__:
            return f"a {type(held).__name__}"
        case held:
            return f"{type(held).__name__} {getattr(held, '__name__', held)!r}"


def _spelled_item(value: Value, kinds: Iterator[str]) -> str:
    """An item of a run-time list, with the kinds of its leaves."""
    match value:
        case Var() | Const():
            return next(kinds)
        case Either():
            _, *both = [_spelled_item(part, kinds) for part in value.parts]
            return " or ".join(dict.fromkeys(both))
        case Tree():
            parts = ", ".join(_spelled_item(part, kinds) for part in value.parts)
            return f"{describe(value).split()[-1]}[{parts}]"
    return describe(value)
