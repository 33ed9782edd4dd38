"""``functools.cache`` and ``lru_cache``: a table of results by arguments, as the function keeps it.

    @cache                     memory = {}
    def f(n): ..               def cached(n):
                                   if n in memory: return memory[n]
                                   found = f(n)
                                   memory[n] = found
                                   return found

There is a table for each way in which a function is called, for Python keeps ``f(1)``, ``f(n=1)`` and
``f(1.0)`` apart. The tables of a function from outside begin empty with each call of what is
differentiated. What is called with other arguments than numbers and texts that do not vary is computed
anew each time, where nobody can tell (``recomputed``). A cache that forgets results for others is taken
for one that does not on the same condition; where that does not hold, what was asked for last stands
last in its table, and the first goes.

A method keeps its results in its object, by a name that no attribute of the user's has: so they are told
apart by the object, and outlive what changes in it, as in Python.
"""

from __future__ import annotations

import ast
import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

from pullback import refusals
from pullback.errors import Refusal
from pullback.frontend import inline, recomputed, structs, targets
from pullback.frontend.alternatives import may_miss
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import Keywords, apply, builtin, static
from pullback.frontend.session import MEMORY, StartOver, Told
from pullback.frontend.values import (
    MISSING,
    Dct,
    Local,
    Partial,
    Rows,
    Static,
    Struct,
    Table,
    Tup,
    Value,
)
from pullback.ir.core import Const, Var
from pullback.ir.types import Array, List, Scalar
from pullback.tree import is_named_tuple

FEW = 128  # so many results lru_cache keeps if it is not told
ITSELF = "itself"  # the way of calling by one argument that Python looks up by itself
FOUND, FUNCTION, OLDEST = "%%found", "%%function", "%%oldest"  # names that no parameter has
TEXT = """
def cached({parameters}):
    if {key} in {memory}:
        return {memory}[{key}]
    {found} = {function}({parameters})
    {memory}[{key}] = {found}
    return {found}
"""
BOUNDED = """
def cached({parameters}):
    if {key} in {memory}:
        {found} = {memory}.pop({key})
        {memory}[{key}] = {found}
        return {found}
    {found} = {function}({parameters})
    if {key} not in {memory}:
        {memory}[{key}] = {found}
        if len({memory}) > {size}:
            for {oldest} in {memory}:
                break
            del {memory}[{oldest}]
    return {found}
"""
IN_OBJECT = """
def cached({parameters}):
    if {key} in {owner}.memory:
        return {owner}.memory[{key}]
    {found} = {function}({parameters})
    {owner}.memory[{key}] = {found}
    return {found}
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """How a function keeps what it gives: by which label its tables go ('' if it has none), the ways of
    calling it that have one, how many results are kept (None: all), and whether types matter."""

    label: str
    forms: tuple[str, ...]
    size: int | None
    typed: bool


# ---- where a cache is made


@builtin(functools.cache)
def cache(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """A decorator."""
    return _kept(frame, node, args, None, False)


@builtin(functools.lru_cache)
def bounded_cache(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """A decorator, or what gives one."""
    if keywords.keys() - {"maxsize", "typed"} or len(args) > 2:
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="lru_cache", arguments="maxsize, typed")
    if args and isinstance(args[0], Local):
        return _kept(frame, node, args, FEW, False)
    given = dict(zip(("maxsize", "typed"), args, strict=False)) | keywords
    limits = (given.get("maxsize", Const(FEW)), given.get("typed", Const(False)))
    return Partial(Static(limited), limits, {})


def limited(size: int | None, typed: bool, function: Any) -> Any:
    """What ``lru_cache(size, typed)`` gives, called with a function."""
    return functools.lru_cache(size, typed)(function)


@builtin(limited)
def limit(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    size, typed, *function = args
    return _kept(frame, node, function, static(frame, node, size), bool(static(frame, node, typed)))


def _kept(
    frame: Frame, node: ast.Call, args: Sequence[Value], size: int | None, typed: bool
) -> Value:
    """A function that is defined inside, with a cache."""
    if len(args) != 1 or not isinstance(function := args[0], Local):
        known = "one function, which is defined here"
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="lru_cache", arguments=known)
    recomputed.forget(frame.session, function.node)
    if _is_repeated(frame.node, node):  # each time it has another table: it does without
        return _remembering(frame, function, Kept("", (), size, typed), {})
    label = f"{function.name}:{function.node.lineno}:{function.node.col_offset}"
    told = (form for name, form in frame.session.told.memories if name == label)
    forms = tuple(sorted({_usual(function), *told}))
    names = (f"{MEMORY}{function.name}{k or ''}" for k in itertools.count())
    name = next(n for n in names if f"{n}.{forms[0]}" not in frame.env)
    tables = {form: f"{name}.{form}" for form in forms}
    for table in tables.values():
        frame.env[table] = made = Dct({})
        frame.session.displays.enter(made.identity, frozenset([frame.loc(node)]))
    return _remembering(frame, function, Kept(label, forms, size, typed), tables)


def _usual(function: Local) -> str:
    """The way of calling a function with what it needs, by position."""
    count = len(_parameters(function)) - len(function.defaults)
    return ITSELF if count == 1 else ", ".join("_" * count)


def _is_repeated(around: ast.AST, node: ast.AST) -> bool:
    """Whether a piece of syntax stands in a loop."""
    loops = (n for n in ast.walk(around) if isinstance(n, ast.For | ast.While))
    place = (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
    inside = (n for loop in loops for n in ast.walk(loop) if hasattr(n, "lineno"))
    return any((n.lineno, n.col_offset) == place for n in inside)  # type: ignore[attr-defined]


def from_outside(frame: Frame, wrapper: Any) -> Value:
    """What a function with a cache that was made outside stands for: its tables are kept by what is
    differentiated."""
    function = Static(wrapper.__wrapped__)
    label = f"{wrapper.__wrapped__.__name__}.{id(wrapper)}"
    forms = tuple(sorted(form for name, form in frame.session.told.memories if name == label))
    limits = wrapper.cache_parameters()
    kept = Kept(label, forms, limits["maxsize"], limits["typed"])
    tables = {form: f"{MEMORY}{label}.{form}" for form in forms}
    return _remembering(frame.outermost(), function, kept, tables)


def _remembering(
    home: Frame, function: Local | Static, kept: Kept, tables: Mapping[str, str]
) -> Value:
    """A function that looks its results up in tables, which ``home`` knows by their names."""
    target, names = _target(function), _parameters(function)
    size = kept.size if kept.label in home.session.told.bounded else None
    scope: dict[str, Value] = {FUNCTION: function}
    nodes = [_looking_up(target.node, names, tables[form], size) for form in kept.forms]
    cached = (Local(node, home, target.name, {}, home, scope) for node in nodes)
    return Partial(Static(call_cached), (function, Static(_the_same(kept)), *cached), {})


@functools.cache
def _the_same(kept: Kept) -> Kept:
    """One for all that are equal: what is static is told apart by identity."""
    return kept


def _parameters(function: Local | Static) -> tuple[str, ...]:
    """The parameters of a function that may be given by position."""
    a = _target(function).node.args
    return tuple(x.arg for x in (*a.posonlyargs, *a.args))


# ---- where it is called


def call_cached(function: Any, kept: Kept, *args: Any, **keywords: Any) -> Any:
    """What a call of a function with a cache stands for. Its first arguments are functions that look in
    the tables of ``kept``, one for each way of calling it."""
    return function(*args[len(kept.forms) :], **keywords)


@builtin(call_cached)
def call(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    function, held = map(frame.decided, args[:2])  # which may be one of two
    assert isinstance(function, Local | Static)
    assert isinstance(held, Static)
    rest = args[2:]
    kept: Kept = held.value
    given = rest[len(kept.forms) :]
    if kept.size is not None and kept.size <= 0:
        return apply(frame, node, function, given, keywords)  # nothing is kept
    places = _places(frame, node, function, given, keywords)
    for value in (*given, *keywords.values()):
        _demand_hashable(frame, node, function, value)
    form = _form(given, keywords, kept.typed)
    if form is None or places is None:
        return _anew(frame, node, function, given, keywords)
    in_object = bool(places) and isinstance(places[0], Struct) and isinstance(function, Static)
    if not all(map(_is_key, places[in_object:])):
        return _anew(frame, node, function, given, keywords)
    if in_object:
        return _call_in_object(frame, node, function, kept, form, places)
    if not kept.label:
        return _anew(frame, node, function, given, keywords)
    if form not in kept.forms:
        raise StartOver(Told(memories=frozenset([(kept.label, form)])))
    found = frame.decided(rest[kept.forms.index(form)])
    assert isinstance(found, Local)
    return _look_up(frame, node, function, kept, found, places)


def _places(
    frame: Frame, node: ast.Call, function: Local | Static, given: list[Value], keywords: Keywords
) -> list[Value] | None:
    """The arguments of a call in the order of the parameters, if all of these have a place."""
    target = _target(function)
    bound = targets.bind(frame, node, target, given, keywords)
    a = target.node.args
    names = _parameters(function)
    placed = not (a.vararg or a.kwarg or a.kwonlyargs) and all(name in bound for name in names)
    return [bound[name] for name in names] if placed else None


def _form(given: Sequence[Value], keywords: Keywords, typed: bool) -> str | None:
    """What Python keeps apart: how many arguments are given by position, which by name, in which order,
    and of which classes, if these matter; None if that is not known."""
    alone = len(given) == 1 and not keywords and not typed
    if alone and _class_of(given[0]) in ("int", "str"):
        return ITSELF
    every = [*given, *keywords.values()]
    if (typed or alone) and "" in map(_class_of, every):
        return None
    kinds = [_class_of(v) if typed else "_" for v in every]
    by_name = (f"{k}={kind}" for k, kind in zip(keywords, kinds[len(given) :], strict=True))
    return ", ".join([*kinds[: len(given)], *by_name])


def _class_of(value: Value) -> str:
    """The class of an argument, '' for a number that is of Python or of NumPy."""
    if isinstance(value, Const | Static):
        return type(value.value).__name__
    if isinstance(value, Var) and isinstance(value.type, Scalar):
        return "" if value.type.origin == "any" else repr(value.type)
    return value.cls.__name__ if isinstance(value, Struct) else type(value).__name__


def _demand_hashable(
    frame: Frame, node: ast.Call, function: Local | Static, value: Value
) -> None:
    """End where Python raises since an argument has no hash."""
    match value:
        case Var(type=Array()):
            frame.raises("TypeError", "unhashable type: 'numpy.ndarray'")
        case Tup(is_list=True) | Rows() | Var(type=List()):
            frame.raises("TypeError", "unhashable type: 'list'")
        case Dct() | Table(kind="dict"):
            frame.raises("TypeError", "unhashable type: 'dict'")
        case Table():
            frame.raises("TypeError", "unhashable type: 'set'")
        case Struct() if not is_named_tuple(value.cls):
            _demand_identity(frame, node, function, value)
        case Tup() | Struct():
            for item in value.parts:
                _demand_hashable(frame, node, function, item)


def _demand_identity(
    frame: Frame, node: ast.Call, function: Local | Static, value: Struct
) -> None:
    """Demand that an object is equal to itself alone."""
    found = structs.stored(frame, value.cls, "__hash__")
    held = found and found.held
    if held is None:
        frame.raises("TypeError", f"unhashable type: {value.cls.__name__!r}")
    if held is not object.__hash__:
        name = _target(function).name
        frame.reject(refusals.CACHED_METHOD, node, name=name, cls=value.cls.__name__)


def _look_up(
    frame: Frame, node: ast.Call, function: Local | Static, kept: Kept, cached: Local,
    places: list[Value],
) -> Value:  # fmt: skip
    """A call that looks in its table."""
    bounded, target = frame.session.told.bounded, _target(function)

    def compute() -> Value:
        return apply(frame, node, cached, places, {})

    def forgets(row: Refusal) -> NoReturn:
        raise StartOver(Told(bounded=frozenset([kept.label])))

    if isinstance(function, Static) or (kept.size is not None and kept.label not in bounded):
        complain = _refuse(frame, node, target) if isinstance(function, Static) else forgets
        return recomputed.call(frame, function, target, [], compute, complain)
    if kept.size is not None:
        _demand_one_way(frame, node, target, kept, cached)
    return compute()


def _demand_one_way(
    frame: Frame, node: ast.Call, target: targets.Target, kept: Kept, cached: Local
) -> None:
    """Refuse to call a function in two ways, of which each makes it forget what the other gave."""
    ways = frame.session.looked_up.setdefault(kept.label, set())
    ways.add(cached.node)
    if len(ways) > 1:
        frame.reject(refusals.KEPT_BY_WHAT_VARIES, node, function=target.name)


def _anew(
    frame: Frame, node: ast.Call, function: Local | Static, given: list[Value], keywords: Keywords
) -> Value:
    """A call that looks nowhere."""
    target = _target(function)

    def compute() -> Value:
        return apply(frame, node, function, given, keywords)

    every = [*given, *keywords.values()]
    return recomputed.call(frame, function, target, every, compute, _refuse(frame, node, target))


def _refuse(
    frame: Frame, node: ast.Call, target: targets.Target
) -> Callable[[Refusal], NoReturn]:
    """Refuses to compute what Python may know from before."""
    return lambda row: frame.reject(row, node, function=target.name)


# ---- objects that are given first


def _call_in_object(
    frame: Frame, node: ast.Call, function: Local | Static, kept: Kept, form: str, places: list[Value]
) -> Value:
    """A call of a function that keeps what it gives for an object in that, under a name."""
    owner = places[0]
    assert isinstance(owner, Struct)
    assert isinstance(function, Static)
    memory = structs.table_of(function.value, form)
    held = owner.items.get(memory, MISSING)
    if memory not in frame.session.told.kept:
        raise StartOver(Told(kept=frozenset([memory])))
    if may_miss(held):
        held = frame.decided(held)
    if held is MISSING:  # all at once: what is asked for may have to stay as it is
        for name, table in structs.tables(frame, owner.cls).items():
            if name == memory or name not in owner.items:
                structs.store(frame, node, owner, name, table)
    target = _target(function)
    looking_up = _looking_up_in_object(target.node, _parameters(function), memory)
    scope: dict[str, Value] = {FUNCTION: function}
    cached = Local(looking_up, frame.outermost(), target.name, {}, None, scope)

    def compute() -> Value:
        return apply(frame, node, cached, [frame.latest(owner), *places[1:]], {})

    complain = _refuse(frame, node, target)
    if kept.size is not None:
        computed = lambda: recomputed.unchanged(frame, owner, compute, complain)
        return recomputed.call(frame, function, target, [], computed, complain)
    if owner.identity in frame.session.given:
        return recomputed.call(frame, function, target, [], compute, complain)
    return compute()


# ---- what looks up


def _target(function: Local | Static) -> targets.Target:
    if isinstance(function, Local):
        return targets.local_target(function)
    return targets.python_target(function.value)


def _is_key(value: Value) -> bool:
    """Whether results are found by a value: one of few, which have no derivative."""
    if isinstance(value, Const):
        return type(value.value) in (int, bool, str, float)
    if isinstance(value, Static):
        return isinstance(value.value, str)
    return isinstance(value, Var) and isinstance(value.type, Scalar) and value.type.cls == "int"


@lru_cache(maxsize=256)
def _looking_up(
    node: ast.AST, names: tuple[str, ...], memory: str, size: int | None
) -> ast.FunctionDef:
    """The function with a table, of a size (None: any), the same one for the same function."""
    return _parsed(node, TEXT if size is None else BOUNDED, names, names, memory, size)


@lru_cache(maxsize=256)
def _looking_up_in_object(
    node: ast.AST, names: tuple[str, ...], memory: str
) -> ast.FunctionDef:
    """The function with a table that the first of its parameters has under a name."""
    function = _parsed(node, IN_OBJECT, names, names[1:], memory)
    for n in ast.walk(function):
        if isinstance(n, ast.Attribute):
            n.attr = memory
    return function


def _parsed(
    node: ast.AST, text: str, names: tuple[str, ...], keys: tuple[str, ...], memory: str,
    size: int | None = None,
) -> ast.FunctionDef:  # fmt: skip
    """One of the texts above, which stands for a function; no keys are the key 0. Its own names are told
    apart from the parameters."""
    parameters = ", ".join(names)
    key = f"({', '.join(keys)})" if len(keys) > 1 else next(iter(keys), "0")
    longest = max(names, key=len, default="")
    own = {name: f"{longest}_{name}" for name in ("memory", "found", "function", "oldest")}
    given = {"parameters": parameters, "key": key, "owner": "".join(names[:1]), "size": size}
    text = text.format(**given, **own)
    renamed = dict(zip(own.values(), (memory, FOUND, FUNCTION, OLDEST), strict=True))
    return inline.function_of(text, node, **renamed)
