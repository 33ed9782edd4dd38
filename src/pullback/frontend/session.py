"""One compilation: what it reads from outside, and the functions lowered so far.

The exceptions are those that start the lowering of a function over.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import Any

from pullback.errors import Loc, Refusal
from pullback.frontend.displays import Displays
from pullback.frontend.guards import Guard, Source
from pullback.frontend.kinds import Kind
from pullback.frontend.values import Tree, Value
from pullback.frontend.walking import leaves, trees
from pullback.ir.alias import Memory
from pullback.ir.core import Atom, Func, Op, Var
from pullback.ir.types import SMALLER, List, Scalar, Type

MEMORY = "%memory."  # what the names of tables of functions with a cache begin with


@dataclass(eq=False)
class Session:
    """One compilation: what it captures and depends on, and the functions lowered so far.

    ``lowering`` are identity and key of the functions being lowered, innermost last; ``generalised``
    those whose number arguments are parameters even where they are constants, since recursion changes
    them, ``lengthened`` those whose list arguments are run-time lists, since it makes these longer;
    ``called`` are those of which a call around may start over with such; ``origins`` tell where
    captured numbers are read from; ``catching`` are the bodies of ``try`` statements around what is
    being lowered, in this function and those that call it. ``told`` is why
    lowering was started over so far;
    ``given`` are the identities of containers that come from outside, which must all be different
    objects if it ``matters``; vectors are ``turned`` if their ``.T``, other objects in Python, are they
    themselves here; ``unclear`` are those of containers that may be one with others.
    ``shared`` are lists whose items may be items of others, with where these were put there.
    ``dicts`` are those of the attributes of objects, by identity, with the objects; ``gone_through`` are
    the classes of these, with the loops around, None for functions that are called: what was lowered
    there runs again. ``unordered`` are those whose attributes are in an order that a run decides;
    ``given_back`` are results of calls that may be views which are not followed, with their places.
    ``rules`` are those of the user's, by the function that each was lowered to. ``started`` tells where
    generators are gone through, by their identities, ``computed_anew`` what functions with a cache read
    around them where they were called without it, ``at_end`` what is to be demanded where a
    function that is around one ends, by the function with the cache, ``looked_up`` the ways in which
    those that forget were called. ``inner`` counts the loops and branches around what is lowered, in
    this function and those that call it, and ``block`` is a token of the innermost; ``looping`` are the
    places of the loops, ``displays`` those where lists and dicts were made. ``opened`` tells where lists
    of a known length became run-time lists, ``unlike`` are those that stay what they are. ``frames`` are
    all that were made.
    ``listed`` are the classes of the numbers that lists hold, ``decided`` those of which an item of a
    list was taken not to be.
    """

    guards: dict[Any, Guard] = field(default_factory=dict)
    captures: dict[tuple[Any, ...], tuple[Source, Kind]] = field(default_factory=dict)
    origins: dict[Var, Source] = field(default_factory=dict)
    functions: dict[Any, Lowered] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    lowering: list[tuple[Any, Any]] = field(default_factory=list)
    generalised: set[Any] = field(default_factory=set)
    called: set[Any] = field(default_factory=set)
    lengthened: set[Any] = field(default_factory=set)
    catching: list[Any] = field(default_factory=list)
    told: Told = field(default_factory=lambda: Told())
    given: set[object] = field(default_factory=set)
    matters: bool = False
    turned: bool = False
    shared: dict[Var, set[Loc | None]] = field(default_factory=dict)
    unclear: set[object] = field(default_factory=set)
    dicts: dict[object, Tree] = field(default_factory=dict)
    gone_through: dict[type, set[Loc | None]] = field(default_factory=dict)
    unordered: set[type] = field(default_factory=set)
    given_back: dict[Var, set[Loc | None]] = field(default_factory=dict)
    rules: dict[Func, Any] = field(default_factory=dict)
    started: dict[object, ast.AST] = field(default_factory=dict)
    computed_anew: dict[tuple[Any, ast.AST, object], Any] = field(default_factory=dict)
    at_end: dict[Any, list[tuple[ast.AST, Callable[[], None]]]] = field(default_factory=dict)
    looked_up: dict[str, set[ast.AST]] = field(default_factory=dict)
    inner: int = 0
    block: object = field(default_factory=object)
    displays: Displays = field(default_factory=Displays)
    stands_for: dict[Var, Var] = field(default_factory=dict)
    looping: list[Loc] = field(default_factory=list)
    opened: dict[Var, Loc | None] = field(default_factory=dict)
    unlike: set[object] = field(default_factory=set)
    frames: list[object] = field(default_factory=list)
    listed: set[str] = field(default_factory=set)
    decided: set[str] = field(default_factory=set)

    def close(self) -> None:
        """All is lowered. Frames and what they are made of refer to each other: emptied, they and the
        ops that they hold go at once, and are not left to the collector of garbage."""
        for frame in self.frames:
            vars(frame).clear()

    @contextmanager
    def within(self, loop: Loc | None = None) -> Iterator[None]:
        """What is lowered meanwhile runs in a loop, or on one side of a branch."""
        around, self.block = self.block, object()
        before = self.looping
        self.looping = [*before, loop] if loop is not None else before
        self.inner += 1
        try:
            yield
        finally:
            self.inner -= 1
            self.looping = before
            self.block = around

    def enter(self, value: Value) -> Value:
        """Note the containers of a value from outside; lists of floats may hold ints as well."""
        self.given |= {tree.identity for tree in trees(value)}
        for a in leaves(value):
            held: Type | None = a.type
            while isinstance(held, List):
                held = held.elem
            if isinstance(a.type, List) and isinstance(held, Scalar):
                self.listed.update(SMALLER[held.cls])
        return value

    def unique(self, name: str) -> str:
        """A name for a Func that no other of this session has."""
        clean = _identifier(name)
        count = self.names[clean] = self.names.get(clean, 0) + 1
        return clean if count == 1 else f"{clean}_{count}"

    def link(self, lists: Iterable[Var]) -> None:
        """Start over, if items of lists that are changed were put into others and are no references."""
        known = (self.shared[root] for root in lists if root in self.shared)
        places = frozenset(place for found in known for place in found)
        if not places <= self.told.linked | self.told.apart:
            raise StartOver(Told(linked=places))

    def keep_lengths(self, *places: Loc | None) -> None:
        """Start over, if a list is given items of unlike kinds at places where its length could stay
        known."""
        found = frozenset((*places, *self.looping))
        if not found <= self.told.unlike:
            raise StartOver(Told(unlike=found))

    def changes(self, func: Func) -> bool:
        """Whether a function changes containers that its callers know, or anything before it raises."""
        known = (found for found in self.functions.values() if found.func is func)
        return any(found.changed or found.touched for found in known)

    def release(self, name: str) -> None:
        """The name last given for this one is free again."""
        self.names[_identifier(name)] -= 1


def _identifier(name: str) -> str:
    return name if name.isidentifier() else "lambda_"


@dataclass(eq=False)
class Lowered:
    """A function lowered for one signature: its Func, what it returns, and what it captures.

    ``result`` is None while a recursive function has not been seen to return. ``own`` are the
    parameters for its arguments. ``captured`` are keys
    whose values callers pass after the arguments, ``statics`` those that are known while lowering
    (``earlier``: in the last round);
    ``dependents`` keys of functions that were lowered
    while the result of this one was not settled.

    Of parameters that are ``written`` to, and of containers that are ``changed`` (by the identity that
    they have in it), the Func gives what they hold in the end behind its results. Results
    that are arguments, or views of them, are ``seen`` in these by the caller. What is the same array
    or list as an earlier one has the place of that in ``first``; ``beside`` are those before each that
    it may share memory with. ``rewritten`` are lists that items were changed in, ``resettled`` those of
    which items stand elsewhere by now, ``roots`` what the leaves of what it gives are known by in it,
    ``parted`` are containers among the arguments that one was changed for which may be another,
    ``asked`` those that caches were asked for which may have forgotten them,
    ``moved`` those that became items of lists, ``held`` the places
    among the containers in the result of those that something else holds as well, ``foreign`` of
    those that are not to be changed for other reasons, ``chosen`` of those
    that are each one of several, with where that was decided. ``held_inside``
    has the same for those in what was changed, with the arguments that each may be (None: other things).

    Parameters are ``deep`` if items of theirs are written to, and ``reached`` if they may share memory
    with anything that is, ``resized`` if lists change in length: they themselves (True), or lists in
    them; ``spoiled`` may be written to in a way that is not followed. ``separate`` are parameters that
    hold each item once behind the call if they do before,
    ``alone`` results that do. A function that ``raises`` does so on all of its paths, behind changes
    of what is ``touched``: the numbers of parameters, and containers. One that ``alters`` items has
    changed some that are in lists, or were; ``taken`` are the lists that they were in, or are by now.
    One that is
    ``once`` was lowered for calls that run once: lists that it appends to keep a known length. One that
    ``gives_lists`` gives run-time lists alone. Results that are ``mixed`` may be of a smaller class than
    their type, as ints that join floats are. ``of_others`` tells of
    each what says that it, and what it holds, may be known by others.
    """

    func: Func
    result: Value | None = None
    own: list[Var] = field(default_factory=list)
    captured: dict[Any, Value] = field(default_factory=dict)
    statics: dict[Any, Value] = field(default_factory=dict)
    earlier: list[Any] = field(default_factory=list)
    shares: list[set[int]] = field(default_factory=list)
    unfollowed: set[Loc | None] = field(default_factory=set)
    written: list[int] = field(default_factory=list)
    changed: list[tuple[object, Value]] = field(default_factory=list)
    seen: list[Seen | None] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    beside: list[set[int]] = field(default_factory=list)
    trees: list[object] = field(default_factory=list)
    rewritten: set[Var] = field(default_factory=set)
    resettled: set[Var] = field(default_factory=set)
    roots: list[Var | None] = field(default_factory=list)
    parted: set[object] = field(default_factory=set)
    asked: set[object] = field(default_factory=set)
    moved: set[object] = field(default_factory=set)
    held: list[int] = field(default_factory=list)
    foreign: dict[int, Refusal] = field(default_factory=dict)
    chosen: dict[int, Loc] = field(default_factory=dict)
    held_inside: dict[int, set[object] | None] = field(default_factory=dict)
    reached: set[int] = field(default_factory=set)
    resized: dict[int, bool] = field(default_factory=dict)
    deep: list[int] = field(default_factory=list)
    spoiled: list[int] = field(default_factory=list)
    taken: set[Var] = field(default_factory=set)
    alters: bool = False
    once: bool = False
    raises: bool = False
    touched: set[object] = field(default_factory=set)
    separate: set[int] = field(default_factory=set)
    alone: set[int] = field(default_factory=set)
    mixed: set[int] = field(default_factory=set)
    of_others: list[Memory] = field(default_factory=list)
    pure: Func | None = None
    done: bool = False
    recursive: bool = False
    gives_lists: bool = False
    dependents: list[Any] = field(default_factory=list)

    @property
    def around(self) -> dict[Any, Value]:
        """What it reads from the functions around it, as they know it when it is called."""
        return {k: v for k, v in self.captured.items() if k[0] == "local"} | self.statics


@dataclass(frozen=True, eq=False, slots=True)
class Seen:
    """A result that is an argument, or a view of one: its parameter, and the ops that read it, with
    their numbers as places among all that the Func gives."""

    root: Var
    chain: tuple[tuple[Op, int, tuple[Atom | int, ...]], ...] = ()


class OfRecursion(Exception):
    """Raised at a recursive call, to start over with the function of this identity."""

    def __init__(self, identity: Any) -> None:
        super().__init__(identity)
        self.identity = identity


class Generalise(OfRecursion):
    """Constants are others than before: they are to be parameters."""


class Lengthens(OfRecursion):
    """A list is longer than before: lists are to be run-time lists."""


@dataclass(frozen=True, slots=True)
class Told:
    """Places in the source that turned out to matter, and what more is needed.

    ``followed`` are reshapes of which a run has to tell whether they are views, and items that are read
    from run-time lists or put into them, of which a write depends on it that both names are followed.
    Items that are ``apart`` are not: while they are still read, their lists come to hold others.
    ``memories`` are functions with a cache, each with a way in which it is called, for its tables;
    ``bounded`` those of which it matters what they forget; ``kept`` names of
    attributes in which objects have the tables of methods. ``forms`` are items of
    lists that are empty where a list of lists is given them, if these are containers. ``thinned`` are
    the kinds of tables of which entries are removed, "dict" and "set", ``changed`` the places of sets of
    constants that do not stay so. Lists whose length is known are run-time lists from where a loop is
    ``looped`` over them that changes them. Where objects that are items of one list are put into others,
    these are ``linked`` to it; lists of known length that hold such are run-time lists from statements
    on where they are ``listed``, by the ways that lead to them. Lists that are made at places of
    ``kinds`` come to hold items of several kinds, for which the form has room. Those that are given
    items of ``unlike`` kinds keep a length that is known where they can, and loops over short lists
    there are gone through item by item.
    """

    followed: frozenset[Loc | None] = frozenset()
    apart: frozenset[Loc | None] = frozenset()
    memories: frozenset[tuple[str, str]] = frozenset()
    bounded: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    forms: frozenset[tuple[Loc | None, Value]] = frozenset()
    thinned: frozenset[str] = frozenset()
    changed: frozenset[Loc] = frozenset()
    looped: frozenset[Loc] = frozenset()
    linked: frozenset[Loc | None] = frozenset()
    listed: frozenset[tuple[Loc, tuple[Any, ...]]] = frozenset()
    kinds: frozenset[tuple[Loc, Value]] = frozenset()
    unlike: frozenset[Loc | None] = frozenset()

    def __or__(self, other: Told) -> Told:
        return Told(*(getattr(self, f.name) | getattr(other, f.name) for f in fields(self)))

    def form_at(self, loc: Loc | None) -> Value | None:
        """An item of the empty lists that are put into a list at a place, if it is a container."""
        return next((form for place, form in self.forms if place == loc), None)

    def kinds_at(self, loc: Loc) -> list[Value]:
        """What items of several kinds are found to need that are put into the list made at a place."""
        return [form for place, form in self.kinds if place == loc]


class StartOver(Exception):
    """Raised where more was found out that code met before depends on, to lower all anew."""

    def __init__(self, told: Told) -> None:
        super().__init__(told)
        self.told = told
