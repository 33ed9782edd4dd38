"""What expressions stand for while they are lowered: IR atoms, trees of them, and static objects.

Trees (tuples, fixed lists, dicts with constant keys) cost nothing in the IR: only their leaves exist
there. A value that the IR cannot hold (a function, a module, a string) is static: known while lowering.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self, cast

from pullback.errors import Loc, Refusal
from pullback.ir.core import Atom, Const, Var


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
class Keyed(Tree):
    """What has a value for each of some constants; ``sort`` tells classes of it apart."""

    items: dict[Any, Value]
    sort: ClassVar[str]
    identity: object = field(default_factory=object)

    @property
    def parts(self) -> Sequence[Value]:
        return list(self.items.values())

    @property
    def form(self) -> Hashable:
        return (self.sort, tuple(self.items))

    def remade(self, parts: Iterable[Value]) -> Self:
        return type(self)(dict(zip(self.items, parts, strict=True)), self.identity)


class Dct(Keyed):
    """A dict whose keys are constants."""

    __slots__ = ()
    sort = "dict"


class Ordered(Dct):
    """A ``collections.OrderedDict`` whose keys are constants."""

    __slots__ = ()
    sort = "ordered"


class Sparse(Keyed):
    """A dict whose keys are constants, of which a run tells which there are (see ``sparse``)."""

    __slots__ = ()
    sort = "sparse"


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


ATTRIBUTES = "%attributes"  # what a function is given, in its scope


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
class Frozen(Partial):
    """A distribution with its parameters, by name."""


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
class DictView(Tree):
    """``d.keys()``, ``d.values()`` or ``d.items()``: it shows what the dict holds by now."""

    name: str
    owner: Value
    identity: object = field(default_factory=object)

    @property
    def parts(self) -> Sequence[Value]:
        return (self.owner,)

    @property
    def form(self) -> Hashable:
        return ("view", self.name)

    def remade(self, parts: Iterable[Value]) -> DictView:
        (owner,) = parts
        return replace(self, owner=owner)


@dataclass(frozen=True, eq=False, slots=True)
class Walk(Tree):
    """An iterator that the builtin ``kind`` has made at a ``node``: items of its ``sources`` are taken
    when it is gone through, but for ``at`` of them, which were taken by ``next``. ``since`` is what
    sources were where it was made, if that matters. What was gone through is "spent". See ``walks``.
    """

    kind: str
    sources: tuple[Value, ...]
    node: ast.AST
    since: Any = None
    at: int = 0
    identity: object = field(default_factory=object)

    @property
    def parts(self) -> Sequence[Value]:
        return self.sources

    @property
    def form(self) -> Hashable:
        return ("walk", self.kind, len(self.sources), self.since, self.at)

    def remade(self, parts: Iterable[Value]) -> Walk:
        return replace(self, sources=tuple(parts))


@dataclass(frozen=True, eq=False, slots=True)
class Reading(Tree):
    """How ``view`` is read from the array ``root``: in ``steps`` of views, by ``numbers``.

    ``loc`` is where it was taken for that.
    """

    view: Var
    root: Var
    steps: tuple[Any, ...]
    numbers: tuple[Atom, ...]
    loc: Loc | None
    identity: object = field(default_factory=object)

    @property
    def parts(self) -> Sequence[Value]:
        return self.numbers

    @property
    def form(self) -> Hashable:
        """Params of views, such as paths and axes, are hashable."""
        ops = ((s.op.name, s.output, s.fixed, *sorted(s.op.params.items())) for s in self.steps)
        return (self.root, *ops)

    def remade(self, parts: Iterable[Value]) -> Reading:
        return replace(self, numbers=tuple(cast("Iterable[Atom]", parts)))

    def labels(self, name: str) -> list[str]:
        """What variables for the numbers of a name are called."""
        count = len(self.numbers)
        return [f"{name}_at" + (f"_{k}" if count > 1 else "") if name else "" for k in range(count)]


@dataclass(frozen=True, eq=False, slots=True)
class Ref(Tree):
    """What stands at an ``index`` of a run-time list, or in what stands there: its leaves are those of
    the ``lists``, its form that of a ``pattern``. ``loc`` is where it was put into another list.
    """

    lists: tuple[Var, ...]
    pattern: Value
    index: Atom
    loc: Loc | None
    identity: object = field(default_factory=object)

    @property
    def parts(self) -> Sequence[Value]:
        return (self.index,)

    @property
    def form(self) -> Hashable:
        return ("ref", self.lists)

    def remade(self, parts: Iterable[Value]) -> Ref:
        (index,) = parts
        return replace(self, index=cast("Atom", index), identity=object())


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
    checkpoint: int = 0
    identity: object = field(default_factory=object)

    @property
    def parts(self) -> Sequence[Value]:
        return (self.function,)

    @property
    def form(self) -> Hashable:
        return (self.mode, self.argnums, self.has_aux, self.holomorphic, self.checkpoint)

    def remade(self, parts: Iterable[Value]) -> Derived:
        (function,) = parts
        return replace(self, function=function)


@dataclass(frozen=True, eq=False, slots=True)
class Linear(Tree):
    """What ``vjp``, ``linearize`` or a forward function of ``split`` gave: residuals of one call.

    ``of`` says what they are of, and how they are used; ``sizes`` are those of what it takes.
    """

    of: Any
    residuals: Value
    sizes: tuple[Value, ...]
    identity: object = field(default_factory=object)

    @property
    def parts(self) -> Sequence[Value]:
        return (self.residuals, *self.sizes)

    @property
    def form(self) -> Hashable:
        return ("linear", len(self.sizes), *self.of.form)

    def remade(self, parts: Iterable[Value]) -> Linear:
        residuals, *sizes = parts
        return replace(self, residuals=residuals, sizes=tuple(sizes))


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
class Owner(Tree):
    """The object in which this stands, in what that holds (see ``owned``)."""

    identity: object = field(default_factory=object)

    @property
    def parts(self) -> Sequence[Value]:
        return ()

    @property
    def form(self) -> Hashable:
        return ("owner",)

    def remade(self, parts: Iterable[Value]) -> Owner:
        return self


OWNER = Owner()


@dataclass(frozen=True, eq=False, slots=True)
class Super:
    """An object or class, of which attributes are looked for behind another class."""

    owner: Struct | Static
    behind: type


@dataclass(frozen=True, eq=False, slots=True)
class Items:
    """What a loop runs over: a range of an index, what each index stands for, and ``over`` what is
    read then. ``plain`` says that it is the range itself, ``computed`` that a function is called
    for each item; ``sources`` are containers of which the items were read where the loop begins. What
    is ``whole`` is not left before its end."""

    start: Atom
    stop: Atom
    step: Atom
    item: Callable[[Atom], Value]
    over: tuple[Value, ...] = ()
    plain: bool = False
    computed: bool = False
    sources: tuple[Tree, ...] = ()
    whole: bool = False


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
    Var
    | Const
    | Tup
    | Dct
    | Sparse
    | Struct
    | Either
    | Rows
    | Table
    | Cell
    | Static
    | Owner
    | Local
    | Derived
    | Linear
    | Partial
    | Generator
    | DictView
    | Walk
    | Reading | Ref
    | Method
    | Super
    | Items
    | Stream
    | Unset
    | Poison
)
Lazy = Stream | Generator  # what makes items when it is gone through, once
Env = dict[str, Value]
NONE = Static(None)
MISSING = Static(type("Missing", (), {})())  # what stands for an attribute that may not be there
UNSET = Unset()


def skeleton(value: Value) -> Hashable:
    """All of a container but its leaves, equal for others that hold leaves at the same places."""
    match value:
        case Tree():
            return (value.form, tuple(map(skeleton, value.parts)))
        case Static(held):
            return held if isinstance(held, str) else id(held)
    return None
