"""Calls: their arguments, and what is done for the Python object that is called."""

from __future__ import annotations

import ast
import builtins
import types
from collections.abc import Sequence
from enum import EnumType
from typing import Any, cast, get_origin

from pullback import refusals
from pullback.errors import SourceError
from pullback.frontend import (
    customs,
    derivatives,
    distributions,
    foreign,
    functions,
    functools_,
    iteration,
    kernels,
    making,
    outputs,
    readings,
    spoken,
    targets,
    walks,
)
from pullback.frontend.bound import taken_apart
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import (
    BUILTINS,
    ON_OBJECTS,
    Keywords,
    applies,
    apply,
    handles,
    in_full,
    in_order,
    is_unknown,
    items_in,
    lower,
    spread_out,
    static,
    undecided,
)
from pullback.frontend.values import Dct, Method, Partial, Rows, Static, Tup, Value
from pullback.frontend.walking import describe, function_name, leaves
from pullback.ir.core import Atom, Var
from pullback.marked import REGISTERED, REGISTRY
from pullback.rules.effects import PACKAGES
from pullback.rules.table import REFUSED, lookup
from pullback.tree import is_bound_method, is_object

TRANSFORMS: dict[Any, str] = {}
IN_DIRECTIONS = ("jvp", "hvp")  # transforms that take primals and tangents, too


def transform_named(name: str) -> Any:
    """The transform of a name."""
    return next(transform for transform, known in TRANSFORMS.items() if known == name)


@handles(ast.Call)
def call(frame: Frame, node: ast.Call) -> Value:
    frame.callees.add(node.func)
    function = lower(frame, node.func)
    match function, node.args, node.keywords:
        case Static(builtins.zip), [ast.Starred() as starred], []:
            return _zip_of_items(frame, node, starred)
    with frame.holding() as pending:
        pending.append(function)
        args, keywords = arguments(frame, node, function)
    return apply(frame, node, function, args, keywords)


def _zip_of_items(frame: Frame, node: ast.Call, starred: ast.Starred) -> Value:
    """``zip(*rows)``, which takes the columns apart if the rows are a run-time list."""
    source = lower(frame, starred.value)
    if isinstance(source, Rows):
        return iteration.transposed(frame, starred, source)
    if isinstance(source, Var) and walks.holds_rows(source):
        return walks.columns(frame, node, source)
    given = list(items_in(frame, starred, source, "into a call"))
    return BUILTINS[zip](frame, node, given, {})


def arguments(frame: Frame, node: ast.Call, function: Value) -> tuple[list[Value], Keywords]:
    alone = len(node.args) == 1 and isinstance(node.args[0], ast.Starred)
    stood: list[Sequence[Atom]] = []

    def evaluate(frame: Frame, n: ast.expr) -> Value:
        # CPython takes the items of a list that stands alone behind the keywords.
        if _is_put_in(function) and not isinstance(n, ast.Starred):
            value = readings.undecided(frame, undecided(frame, n))
        elif alone and isinstance(n, ast.Starred):
            value = lower(frame, n.value)
        else:
            value = spread_out(frame, n)
        stood.append(_versions(frame, value))
        return value

    values = in_order(frame, node.args, evaluate)
    keywords: Keywords = {}
    with frame.holding() as pending:
        pending += values
        given = in_order(frame, node.keywords, _keyword)
    values = [frame.latest(value) for value in values]
    for k, value in zip(node.keywords, given, strict=True):
        if k.arg is None and not isinstance(value, Dct):
            frame.reject(refusals.UNPACKED_KEYWORDS, k.value)
        more = {k.arg: value} if k.arg is not None else cast("Dct", value).items
        for name in keywords.keys() & more.keys():
            title = function_name(function)
            frame.reject(refusals.ARGUMENT_TWICE, k.value, function=title, name=name)
        keywords |= more
    for n, value, before in zip(node.args, values, stood, strict=True):
        later = isinstance(n, ast.Starred) and not alone and before != _versions(frame, value)
        if later and not isinstance(value, Tup):
            frame.reject(refusals.UNPACKED_AND_CHANGED, n, name=ast.unparse(n))
    return _positional(frame, node, function, values), keywords


def _is_put_in(function: Value) -> bool:
    """Whether a method puts its argument into a list as it is."""
    return isinstance(function, Method) and function.name in ("append", "appendleft")


def _keyword(frame: Frame, node: ast.keyword) -> Value:
    """The value of a keyword; ``**d`` gives what is in the dict before the next one is evaluated."""
    value = lower(frame, node.value)
    return Dct(dict(value.items)) if node.arg is None and isinstance(value, Dct) else value


def _positional(
    frame: Frame, node: ast.Call, function: Value, values: Sequence[Value]
) -> list[Value]:
    """Positional arguments. How many items of a sequence there have to be is told by the parameters of
    what is called, where nothing else can take them."""
    parts: list[Sequence[Value] | None] = []
    for n, value in zip(node.args, values, strict=True):
        few = in_full(frame, n, frame.decided(value)) if isinstance(n, ast.Starred) else Tup((value,))
        parts.append(few.items if isinstance(few, Tup) else None)
    names = targets.positional_names(function)
    if parts.count(None) == 1 and names is not None:
        given = sum(len(part) for part in parts if part is not None)
        rest = len(names) - given - len({k.arg for k in node.keywords} & {*names})
        k = parts.index(None)
        if rest > 0:
            message = f"{function_name(function)}() takes {rest} of the values that are unpacked"
            parts[k] = iteration.as_many(frame, node.args[k], values[k], rest, message)
    found: list[Value] = []
    for n, part in zip(node.args, parts, strict=True):
        if part is None:
            frame.reject(refusals.UNPACKED_ITEMS, n, where="into a call")
        found += part
    return found


def _versions(frame: Frame, value: Value) -> list[Atom]:
    """What the arrays and lists in a value hold by now."""
    return [frame.heap.version(a) if isinstance(a, Var) else a for a in leaves(value)]


@applies(Static)
def apply_object(
    frame: Frame, node: ast.Call, function: Static, args: list[Value], keywords: Keywords
) -> Value:
    """Call a Python object: a primitive, a builtin, a transform or a function with source."""
    for called in (_entered, _standing_for_another, _with_row, _made_by_us, _with_source):
        if (found := called(frame, node, function, args, keywords)) is not None:
            return found
    refuse_builtin(frame, node, function.value)
    if callable(function.value):
        return foreign.call(frame, node, function, args, keywords)
    frame.reject(refusals.CANNOT_BE_CALLED, node, value=describe(function))


def _entered(
    frame: Frame, node: ast.Call, function: Static, args: list[Value], keywords: Keywords
) -> Value | None:
    """A call of what the tables of builtins and transforms have, or an object has its own answer to."""
    value = function.value
    if not (callable(value) and _hashable(value)):
        return None
    if value in foreign.CONVERSIONS and [*map(is_unknown, args)] == [True]:
        return foreign.convert(frame, node, value, args[0])
    if (said := ON_OBJECTS["builtin"](frame, node, value, args, keywords)) is not None:
        return cast("Value", said)
    if value in BUILTINS:
        return BUILTINS[value](frame, node, *spoken.in_place(value, args, keywords))
    if value not in TRANSFORMS:
        return None
    args, keywords = spoken.placed(value, args, keywords)
    name = TRANSFORMS[value]
    decorates = not args and keywords  # a decorator with arguments
    if decorates or (len(args) == 1 and name in IN_DIRECTIONS and "keywords" not in keywords):
        return Partial(function, tuple(args), keywords)
    return derivatives.derive(frame, node, name, args, keywords)


def _standing_for_another(
    frame: Frame, node: ast.Call, function: Static, args: list[Value], keywords: Keywords
) -> Value | None:
    """A call of what stands for a member, or for another function or class."""
    value = function.value
    if isinstance(value, EnumType) and len(args) == 1 and not keywords:
        return _member(frame, node, value, args[0])
    if functools_.is_dispatcher(value):
        return apply(frame, node, functools_.dispatched(frame, node, value, args), args, keywords)
    if isinstance(origin := get_origin(value), type):  # Stack[float] makes what Stack does
        return apply(frame, node, Static(origin), args, keywords)
    if (made := functools_.opened(frame, node, value)) is not None:
        return apply(frame, node, made, args, keywords)
    if (python := kernels.written(value)) is not value and value not in REGISTRY[REGISTERED]:
        return apply(frame, node, Static(python), args, keywords)
    return None


def _with_row(
    frame: Frame, node: ast.Call, function: Static, args: list[Value], keywords: Keywords
) -> Value | None:
    """A call of a function with a rule, of ours or registered, and of a class of the user's; functions
    whose refusal has a reason are refused."""
    value = function.value
    if (row := lookup(value)) is not None:
        return outputs.call(frame, node, value, row, args, keywords)
    if (held := distributions.frozen(frame, node, value, args, keywords)) is not None:
        return held
    if isinstance(value, type) and is_object(value):
        return making.construct(frame, node, value, args, keywords)
    is_python = isinstance(value, types.FunctionType)  # of which the call keeps names and defaults
    if not is_python and callable(value) and _hashable(value) and value in REGISTRY[REGISTERED]:
        return apply(frame, node, Static(REGISTRY[REGISTERED][value]), args, keywords)
    if callable(value) and _hashable(value) and value in REFUSED:
        why, instead = REFUSED[value]
        name = f"{value.__module__}.{value.__name__}"
        if why != "has no rule":
            frame.reject(refusals.REFUSED_FUNCTION, node, function=name, why=why, instead=instead)
    return None


def _made_by_us(
    frame: Frame, node: ast.Call, function: Static, args: list[Value], keywords: Keywords
) -> Value | None:
    """A call of a derivative, or of a function with a rule of the user's."""
    value = function.value
    derived = getattr(type(value), "__pullback_derived__", None)
    if derived is not None:
        return apply(frame, node, derived(value), args, keywords)
    custom = getattr(type(value), "__pullback_custom__", None)
    if custom is not None:
        return customs.call_custom(frame, node, custom(value), args, keywords)
    return None


def _with_source(
    frame: Frame, node: ast.Call, function: Static, args: list[Value], keywords: Keywords
) -> Value | None:
    """A call of a function or bound method that is written in Python."""
    value = function.value
    package = (getattr(value, "__module__", "") or "").partition(".")[0]
    if package in PACKAGES:
        name = f"{value.__module__}.{getattr(value, '__name__', value)}"
        frame.reject(refusals.NO_SUCH_EFFECT, node, function=name, instead=refusals.EFFECT_LEFT_OUT)
    if is_bound_method(value):
        free, given = taken_apart(frame, function)
        return apply(frame, node, free, [*given, *args], keywords)
    if isinstance(value, types.FunctionType):
        if (generated := making.generated(value)) is not None:
            return generated(frame, node, value, args, keywords)
        if not foreign.is_outside(value, [*args, *keywords.values()]):
            return _call_python(frame, node, value, args, keywords)
    return None


def _member(frame: Frame, node: ast.AST, members: EnumType, value: Value) -> Value:
    """``Mode("relu")``: the member of an enumeration that has a value."""
    try:
        return Static(members(static(frame, node, value)))
    except ValueError as error:
        frame.raises("ValueError", str(error))


def _call_python(
    frame: Frame, node: ast.Call, function: types.FunctionType, args: list[Value], keywords: Keywords
) -> Value:
    """Call a function by its source. One of a library that cannot be read is run as it is where nothing
    that is differentiated can reach it, and else refused at the user's line."""

    def lower_it() -> Value:
        return functions.call_python(frame, node, function, args, keywords)

    if foreign.is_library(frame.file) or not foreign.is_library(function.__code__.co_filename):
        return lower_it()
    if not foreign.may_be_active([*args, *keywords.values()]):
        found = frame.on_trial(lower_it, SourceError)
        return foreign.call(frame, node, Static(function), args, keywords) if found is None else found
    try:
        return lower_it()
    except SourceError as error:
        if error.loc is None or not foreign.is_library(error.loc.file):
            raise
        name = f"{function.__module__}.{function.__name__}"
        refused = refusals.OF_A_LIBRARY.at(frame.loc(node), function=name, complaint=error.message)
        refused.add_note(f"met at {error.loc}: {error.loc.text().strip()}")
        raise refused from None


@applies(Var)
def apply_given(
    frame: Frame, node: ast.Call, function: Var, args: list[Value], keywords: Keywords
) -> Value:
    """Call what a call outside has given."""
    if not is_unknown(function):
        frame.reject(refusals.CANNOT_BE_CALLED, node, value=describe(function))
    return foreign.call(frame, node, function, args, keywords)


def is_lowered(function: types.FunctionType) -> bool:
    """Whether what a call of a Python function does is told by its source."""
    package = (function.__module__ or "").partition(".")[0]
    known = function in BUILTINS or function in TRANSFORMS or function in REFUSED
    return not known and lookup(function) is None and package not in ("numpy", "scipy", *PACKAGES)


def refuse_builtin(frame: Frame, node: ast.AST, value: Any) -> None:
    """Refuse a builtin with what to write instead of it."""
    for name, instead in refusals.INSTEAD_OF_BUILTIN.items():
        if vars(builtins).get(name) is value:
            frame.reject(refusals.BUILTIN, node, name=name, instead=instead)


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True
