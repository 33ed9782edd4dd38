"""What expressions stand for while they are lowered: IR atoms, trees of them, and static objects.

Trees (tuples, fixed lists, dicts with constant keys) cost nothing in the IR: only their leaves exist
there. A value that the IR cannot hold (a function, a module, a string) is static: known while lowering.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, cast

from pullback.errors import Loc, Refusal
from pullback.frontend.constants import KnownSet
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Scalar, spelled
from pullback.tree import is_named_tuple


class Tree:
    """A container whose form is known here: its items are values, its leaves alone exist in the IR.

    ``identity`` tells containers apart that may be changed in place. A change makes another ``Tree``
    of the same identity.
    """

    __slots__ = ()
    identity: object

    @property
    def parts(self) -> Sequence[Value]:
        """The items, in order."""
        raise NotImplementedError

    @property
    def form(self) -> Hashable:
        """All of it but the items: equal for trees that hold other items at the same places."""
        raise NotImplementedError

    def remade(self, parts: Iterable[Value]) -> Tree:
        """The same container with other items."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False, slots=True)
class Tup(Tree):
    """A tuple, or a list whose length is known here (``is_list``)."""

    items: tuple[Value, ...]
    is_list: bool = False
    identity: object = field(default_factory=object)

    @property
    def parts(self) -> Sequence[Value]:
        return self.items

    @property
    def form(self) -> Hashable:
        return ("list" if self.is_list else "tuple", len(self.items))

    def remade(self, parts: Iterable[Value]) -> Tup:
        return Tup(tuple(parts), self.is_list, self.identity)


@dataclass(frozen=True, eq=False, slots=True)
class Dct(Tree):
    """A dict whose keys are constants."""

    items: dict[Any, Value]
    identity: object = field(default_factory=object)

    @property
    def parts(self) -> Sequence[Value]:
        return list(self.items.values())

    @property
    def form(self) -> Hashable:
        return ("dict", tuple(self.items))

    def remade(self, parts: Iterable[Value]) -> Dct:
        return Dct(dict(zip(self.items, parts, strict=True)), self.identity)


@dataclass(frozen=True, eq=False, slots=True)
class Struct(Tree):
    """An object of a class of the user's: its class and what it holds itself, by name."""

    cls: type
    items: dict[str, Value]
    identity: object = field(default_factory=object)

    @property
    def parts(self) -> Sequence[Value]:
        return list(self.items.values())

    @property
    def form(self) -> Hashable:
        return (self.cls, tuple(self.items))

    def remade(self, parts: Iterable[Value]) -> Struct:
        return Struct(self.cls, dict(zip(self.items, parts, strict=True)), self.identity)


@dataclass(frozen=True, eq=False, slots=True)
class Either(Tree):
    """One of two values of different kinds; ``is_first`` tells at run time which of them."""

    is_first: Atom
    first: Value
    second: Value
    identity: object = field(default_factory=object)

    @property
    def parts(self) -> Sequence[Value]:
        return (self.is_first, self.first, self.second)

    @property
    def form(self) -> Hashable:
        return ("either",)

    def remade(self, parts: Iterable[Value]) -> Either:
        is_first, first, second = parts
        return Either(cast("Atom", is_first), first, second)


@dataclass(frozen=True, eq=False, slots=True)
class Rows(Tree):
    """A list of containers of one form whose length is known at run time only.

    It is kept by ``columns``: a run-time list for each leaf of an item, all of one length. ``pattern``
    is an item of which the leaves do not count.
    """

    pattern: Value
    columns: tuple[Value, ...]
    identity: object = field(default_factory=object)

    @property
    def parts(self) -> Sequence[Value]:
        return self.columns

    @property
    def form(self) -> Hashable:
        return ("rows", skeleton(self.pattern))

    def remade(self, parts: Iterable[Value]) -> Rows:
        return Rows(self.pattern, tuple(parts), self.identity)


@dataclass(frozen=True, eq=False, slots=True)
class Table(Tree):
    """A dict or set whose keys are computed, see ``tables``.

    ``held`` are the places of the keys, the list of the keys, and that of the values, which sets have
    not; nothing while it is empty and of no kind. ``default`` makes values for keys that are not there.
    """

    kind: str
    held: tuple[Value, ...]
    default: Value | None = None
    identity: object = field(default_factory=object)

    @property
    def parts(self) -> Sequence[Value]:
        return self.held

    @property
    def form(self) -> Hashable:
        return ("table", self.kind, len(self.held), self.default and skeleton(self.default))

    def remade(self, parts: Iterable[Value]) -> Table:
        return Table(self.kind, tuple(parts), self.default, self.identity)


@dataclass(frozen=True, eq=False, slots=True)
class Cell(Tree):
    """A variable that functions inside assign to (``nonlocal``): one object, known to all of them."""

    name: str
    value: Value
    identity: object = field(default_factory=object)

    @property
    def parts(self) -> Sequence[Value]:
        return (self.value,)

    @property
    def form(self) -> Hashable:
        return ("cell",)

    def remade(self, parts: Iterable[Value]) -> Cell:
        (value,) = parts
        return Cell(self.name, value, self.identity)


@dataclass(frozen=True, eq=False, slots=True)
class Local(Tree):
    """A function defined inside the function that is lowered, ``home`` being the frame of that.

    Names that it reads from around are looked up in ``frame`` when it is called. Once the function
    there has returned, what they held is kept in ``scope``, and ``frame`` is the next one outwards.
    Functions that know each other keep one scope: ``siblings`` are those, each ``within`` the scope.
    """

    node: ast.FunctionDef | ast.Lambda
    home: Any
    name: str
    defaults: dict[str, Value]
    frame: Any
    scope: dict[str, Value] = field(default_factory=dict)
    siblings: dict[str, Value] = field(default_factory=dict)
    within: bool = False
    identity: object = field(default_factory=object)

    @property
    def parts(self) -> Sequence[Value]:
        return [*self.defaults.values(), *self.scope.values(), *self.siblings.values()]

    @property
    def form(self) -> Hashable:
        names = tuple(map(tuple, (self.defaults, self.scope, self.siblings)))
        return (self.node, self.home.python, self.frame, self.within, names)

    def remade(self, parts: Iterable[Value]) -> Local:
        rest = iter(parts)
        taken = [{name: next(rest) for name in d} for d in (self.defaults, self.scope, self.siblings)]
        return replace(self, defaults=taken[0], scope=taken[1], siblings=taken[2])

    def opened(self, held: Mapping[str, Value]) -> Local:
        """A function within a scope, as a function with that scope."""
        own = {n: v for n, v in held.items() if isinstance(v, Local) and v.within}
        rest = {n: v for n, v in held.items() if n not in own}
        siblings = cast("dict[str, Value]", own)
        return replace(self, scope=rest, siblings=siblings, within=False, identity=object())


@dataclass(frozen=True, eq=False, slots=True)
class Partial(Tree):
    """A function with some of its arguments."""

    function: Value
    args: tuple[Value, ...]
    keywords: dict[str, Value]
    identity: object = field(default_factory=object)

    @property
    def parts(self) -> Sequence[Value]:
        return [self.function, *self.args, *self.keywords.values()]

    @property
    def form(self) -> Hashable:
        return ("partial", len(self.args), tuple(self.keywords))

    def remade(self, parts: Iterable[Value]) -> Partial:
        function, *given = parts
        count = len(self.args)
        keywords = dict(zip(self.keywords, given[count:], strict=True))
        return replace(self, function=function, args=tuple(given[:count]), keywords=keywords)


@dataclass(frozen=True, eq=False, slots=True)
class Generator(Tree):
    """A generator that was called and has not started yet: what it is lowered from, its arguments."""

    target: Any
    bound: dict[str, Value]
    identity: object = field(default_factory=object)

    @property
    def parts(self) -> Sequence[Value]:
        return list(self.bound.values())

    @property
    def form(self) -> Hashable:
        return (self.target.node, self.target.parent, self.target.python, tuple(self.bound))

    def remade(self, parts: Iterable[Value]) -> Generator:
        return replace(self, bound=dict(zip(self.bound, parts, strict=True)))


@dataclass(frozen=True, eq=False, slots=True)
class Static:
    """An object known while lowering: a module, function, class, string, dtype, None."""

    value: Any


@dataclass(frozen=True, eq=False, slots=True)
class Derived(Tree):
    """``grad(f)`` and its like met in the code: a transform applied to a function."""

    mode: str
    function: Value
    argnums: Any
    has_aux: bool = False
    holomorphic: bool = False
    identity: object = field(default_factory=object)

    @property
    def parts(self) -> Sequence[Value]:
        return (self.function,)

    @property
    def form(self) -> Hashable:
        return (self.mode, self.argnums, self.has_aux, self.holomorphic)

    def remade(self, parts: Iterable[Value]) -> Derived:
        (function,) = parts
        return replace(self, function=function)


NOWHERE = ast.Attribute(ast.Constant(None), "", ast.Load())


@dataclass(frozen=True, eq=False, slots=True)
class Method(Tree):
    """A method looked up on a value, not called yet.

    Of objects it is known which ``function`` takes the value as its first argument.
    """

    owner: Value
    name: str
    node: ast.Attribute = NOWHERE
    function: Static | None = None
    identity: object = field(default_factory=object)

    @property
    def parts(self) -> Sequence[Value]:
        return (self.owner,)

    @property
    def form(self) -> Hashable:
        return ("method", self.name, self.function and id(self.function.value))

    def remade(self, parts: Iterable[Value]) -> Method:
        (owner,) = parts
        return Method(owner, self.name, self.node, self.function, self.identity)


@dataclass(frozen=True, eq=False, slots=True)
class Super:
    """An object or class, of which attributes are looked for behind another class."""

    owner: Struct | Static
    behind: type


@dataclass(frozen=True, eq=False, slots=True)
class Items:
    """What a loop runs over: a range of an index, what each index stands for, and ``over`` what is
    read then. ``plain`` says that it is the range itself, ``computed`` that a function is called
    for each item, ``known`` are the same items where their number is known here."""

    start: Atom
    stop: Atom
    step: Atom
    item: Callable[[Atom], Value]
    over: tuple[Value, ...] = ()
    plain: bool = False
    computed: bool = False
    known: Tup | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Stream:
    """A generator that has produced nothing yet; ``first`` is what its outermost loop runs over."""

    node: ast.GeneratorExp
    first: Value


@dataclass(frozen=True, eq=False, slots=True)
class Unset:
    """A name without a value; ``loc`` is where one was last removed or not set."""

    loc: Loc | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Poison:
    """A name whose value cannot be known here: what is refused where it is read, told its ``name``."""

    row: Refusal
    fields: Mapping[str, object] = field(default_factory=dict)


Value = (
    Var | Const | Tup | Dct | Struct | Either | Rows | Table | Cell | Static | Local | Derived | Partial
    | Generator | Method | Super | Items | Stream | Unset | Poison
)
Lazy = Stream | Generator  # what makes items when it is gone through, once
Env = dict[str, Value]
NONE = Static(None)
UNSET = Unset()


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
    return isinstance(value, Lazy) or any(map(bound_here, within(value)))


def rebuild(value: Value, atoms: Sequence[Atom]) -> Value:
    """The same tree with other leaves."""
    rest = list(atoms)

    def build(v: Value) -> Value:
        match v:
            case Var() | Const():
                return rest.pop(0)
            case Tree():
                return cast("Value", v.remade(map(build, v.parts)))
        return v

    return build(value)


def trees(value: Value) -> Iterator[Tree]:
    """The containers in a value, outer before inner."""
    if isinstance(value, Tree):
        yield value
        for item in value.parts:
            yield from trees(item)


def anew(value: Value, known: Mapping[object, Value] = MappingProxyType({})) -> Value:
    """The same containers as objects of their own; those of ``known`` identities are replaced.

    What holds a container twice does so afterwards.
    """
    return _renewed(value, dict(known))


def _renewed(value: Value, made: dict[object, Value]) -> Value:
    if not isinstance(value, Tree):
        return value
    if value.identity not in made:
        new = value.remade(_renewed(item, made) for item in value.parts)
        made[value.identity] = cast("Value", replace(new, identity=object()))
    return made[value.identity]


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


def skeleton(value: Value) -> Hashable:
    """All of a container but its leaves, equal for others that hold leaves at the same places."""
    match value:
        case Tree():
            return (value.form, tuple(map(skeleton, value.parts)))
        case Static(held):
            return held if isinstance(held, str) else id(held)
    return None


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
    return isinstance(value, Local | Derived | Partial | Method)


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
        case Dct() | Table():
            return "a dict"
        case Struct():
            return f"a {value.cls.__name__}"
        case Either():
            return f"{describe(value.first)} or {describe(value.second)}"
        case Rows():
            kinds = iter([spelled(c.type.elem or c.type) for c in leaves(value)])  # type: ignore[union-attr]
            return f"list[{_spelled_item(value.pattern, kinds)}]"
        case Static(None):
            return "None"
        case Static(KnownSet()):
            return "a set"
        case Static(v) if cast("Any", type(v)).__repr__ is object.__repr__:
            return f"a {type(v).__name__}"
        case Static(v):
            return f"{type(v).__name__} {getattr(v, '__name__', v)!r}"
        case Local() | Derived() | Partial():
            return "a function"
        case Method():
            return f"method {value.name!r}"
        case Super():
            return "what super() gives"
        case Items():
            return "a range" if value.plain else "an iterator"
        case Stream() | Generator():
            return "a generator"
    return "no value"


def _spelled_item(value: Value, kinds: Iterator[str]) -> str:
    """An item of a run-time list, with the kinds of its leaves."""
    match value:
        case Var() | Const():
            return next(kinds)
        case Tree():
            parts = ", ".join(_spelled_item(part, kinds) for part in value.parts)
            return f"{describe(value).split()[-1]}[{parts}]"
    return describe(value)
