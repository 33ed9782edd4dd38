"""What builtins make of iterables: walks, of which nothing is taken before they are gone through.

    m = zip(l, map(f, w))          a walk, which knows the list l itself
    l[0] = x                       is seen by the loop
    for u, v in m: ...             f is called here, an item of each at a time

A walk is gone through once, see ``steps`` for how. Views of dicts are no walks: they show what the dict
holds whenever they are looked at.
"""

from __future__ import annotations

import ast
import builtins
from dataclasses import replace
from typing import cast

from pullback import refusals
from pullback.frontend import changing, generators, inline, iteration, operators
from pullback.frontend.asking import is_iterator
from pullback.frontend.frame import Frame
from pullback.frontend.iteration import items_of
from pullback.frontend.lowering import (
    ON_OBJECTS,
    ON_TABLES,
    ON_WALKS,
    Keywords,
    as_atom,
    builtin,
    entered,
    length_of,
    only,
    static,
)
from pullback.frontend.ranges import begun, demand_kept, opened, stood, usable
from pullback.frontend.rows import is_deque, is_listed
from pullback.frontend.steps import Steps, steps_of
from pullback.frontend.values import (
    Dct,
    DictView,
    Generator,
    Items,
    Lazy,
    Stream,
    Struct,
    Tree,
    Tup,
    Value,
    Walk,
)
from pullback.frontend.walking import plain
from pullback.ir.core import Const, Var
from pullback.ir.types import Array, List

ENUMERATED = """
def enumerated():
    number = start
    for item in source:
        yield (number, item)
        number = number + 1
"""
COLUMNS = """
columns = []
width = len(rows[0]) if len(rows) > 0 else 0
for row in rows:
    if len(row) < width:
        width = len(row)
for k in range(width):
    columns.append([row[k] for row in rows])
"""


# ---- making them


def watched(frame: Frame, *sources: Value) -> Tup:
    """What items are taken of, by whichever walks."""
    parts = [containers(frame, s) if isinstance(s, Walk | Stream) else (s,) for s in sources]
    return Tup(cast("tuple[Value, ...]", tuple(part for found in parts for part in found)))


def kept(frame: Frame, node: ast.AST, items: Value, sources: Tup, runs: bool) -> Walk:
    """An iterator over items that were taken of what is ``watched`` already: that must stay as it is. If
    code was run for them, they are used at once."""
    return Walk("computed" if runs else "kept", (items, sources), node, stood(frame, sources))


def runs_code(value: Value) -> bool:
    """Whether functions are called, or expressions evaluated, where a value is gone through."""
    held = (value, *value.sources) if isinstance(value, Walk) else (value,)
    maps = any(isinstance(v, Walk) and v.kind == "map" for v in held)
    return maps or isinstance(value, Lazy | Struct) or any(map(runs_code, held[1:]))


def _is_generator(value: Value) -> bool:
    """Whether a value is a generator, but for those that have an item for each one that they take."""
    return isinstance(value, Generator) or (isinstance(value, Stream) and not iteration.is_single(value))


@builtin(builtins.zip)
def zip_(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    strict = static(frame, node, keywords.pop("strict", Const(False)))
    if keywords:
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="zip", arguments="iterables and strict")
    args = [begun(frame, node, a) for a in args]
    if any(_is_generator(a) or is_iterator(frame, a) for a in args):
        if strict:
            frame.reject(refusals.STRICT_ZIP, node, where="of a generator")
        return iteration.zip_lazy(frame, node, args)
    return Walk("strict" if strict else "zip", tuple(args), node)


def holds_rows(source: Var) -> bool:
    """Whether a list holds lists or arrays, or an array has several axes."""
    t = source.type
    if isinstance(t, List):
        return isinstance(t.elem, List | Array)
    return isinstance(t, Array) and len(t.shape) > 1


def columns(frame: Frame, node: ast.AST, source: Var) -> Walk:
    """``zip(*rows)`` of rows of which a run tells how many there are."""
    watching = watched(frame, source)
    found = inline.expand(frame, node, COLUMNS, "columns", rows=source)
    assert isinstance(found, Var)
    frame.owners |= dict.fromkeys(frame.of(found).held, refusals.CHANGED_COLUMN)
    return kept(frame, node, found, watching, runs=False)


@builtin(builtins.map)
def mapped(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    if len(args) < 2 or keywords:
        what = "a function and iterables"
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="map", arguments=what)
    function, *sources = args
    sources = [begun(frame, node, source) for source in sources]
    if any(isinstance(source, Lazy) for source in sources):
        if len(sources) > 1:
            frame.reject(refusals.MAP_OVER_GENERATORS, node)
        text = "(function(item) for item in source)"
        return cast("Value", ON_WALKS["stream"](frame, node, text, sources[0], function))
    if any(is_iterator(frame, source) for source in sources):
        steps = [
            ON_OBJECTS["steps"](frame, node, s) if is_iterator(frame, s) else s for s in sources
        ]
        return mapped(frame, node, [function, *steps], keywords)
    return Walk("map", (function, *sources), node)


@builtin(builtins.enumerate)
def enumerate_(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    start = keywords.get("start", args[1] if len(args) > 1 else Const(0))
    first = as_atom(frame, start, node)
    source = begun(frame, node, args[0])
    if is_iterator(frame, source):
        source = ON_OBJECTS["steps"](frame, node, source)
    if _is_generator(source):
        return generators.written(frame, node, ENUMERATED, source=source, start=first)
    return Walk("enumerate", (first, source), node)


@builtin(builtins.reversed)
def reversed_(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    source = begun(frame, node, only(frame, node, args))
    backwards = ("range", "entries", "kept")
    if isinstance(source, Lazy) or (isinstance(source, Walk) and source.kind not in backwards):
        frame.reject(refusals.CANNOT_BE_LOOPED_OVER, node, value="an iterator from its end")
    known = plain(source)
    if isinstance(known, Tup):
        return Walk("reversed", (source,), node, len(known.items))
    if is_listed(source):
        return Walk("reversed", (source, length_of(frame, source)), node, stood(frame, source))
    return Walk("reversed", (source,), node)


# ---- going through them


@entered(ON_WALKS, "taken")
def taken(frame: Frame, node: ast.AST, value: Value) -> Items | Steps:
    """What a loop over a value runs over, or how its items are taken one by one."""
    if frame.loc(node) in frame.session.told.looped:
        for tree in containers(frame, value):
            if isinstance(tree, Tup) and tree.is_list and tree.items:
                changing.list_variable(frame, tree, node)
    value = frame.latest(value)
    if not isinstance(value, Walk | DictView | Dct):
        found = items_of(frame, value, node)
        return found if isinstance(found, Items) else cast("Steps", steps_of(frame, node, value))
    walk = begun(frame, node, value)
    sources = containers(frame, walk)
    items = opened(frame, node, walk)
    steps = steps_of(frame, node, walk, mixed=True) if items is None else None
    _spend(frame, node, walk)
    if items is not None:
        return replace(items, sources=sources)
    assert steps is not None
    return steps


@entered(ON_WALKS, "items")
def gone_through(frame: Frame, node: ast.AST, value: Value) -> Items | Tup:
    """The items of a walk, all of which are taken now if they are taken one by one."""
    found = taken(frame, node, value)
    return found if isinstance(found, Items) else Tup(tuple(found))


@entered(ON_WALKS, "each")
def each(frame: Frame, node: ast.AST, value: Value) -> Steps | None:
    """How the items of a short iterable are taken one by one; None where only a run tells how many
    there are, or where there are many."""
    if isinstance(value, Lazy):
        return None
    steps = steps_of(frame, node, value)
    if steps is None or steps.count > operators.LONGEST:
        return None
    _spend(frame, node, value)
    return steps


def collected(frame: Frame, node: ast.AST, value: Walk) -> Value | None:
    """The items of a walk as the list in which they are already, None of others."""
    walk = usable(frame, node, value)
    if walk.kind not in ("kept", "computed") or walk.at:
        return None
    items = frame.latest(walk.sources[0])
    if isinstance(items, Tup):
        return Tup(tuple(cast("Steps", known(frame, node, value))), is_list=True)
    if not is_listed(items) or is_deque(items):
        return None
    demand_kept(frame, walk, walk.sources[1])
    _spend(frame, node, value)
    return items


@entered(ON_WALKS, "shown")
def shown(frame: Frame, node: ast.AST, value: Value) -> Value:
    """What a view of a dict shows by now: the dict itself for its keys. Other values as they are."""
    if not isinstance(value, DictView):
        return value
    if value.name == "keys":
        return value.owner
    return iteration.known_items(value) or cast("Value", ON_TABLES["entries"](frame, node, value))


@entered(ON_WALKS, "known")
def known(frame: Frame, node: ast.AST, value: Value) -> Steps | None:
    """How the items of an iterable of known length are taken one by one, None for others."""
    steps = steps_of(frame, node, value)
    if steps is not None:
        _spend(frame, node, value)
    return steps


def _spend(frame: Frame, node: ast.AST, value: Value) -> None:
    """Nothing can be taken any more of a walk, and of those that it takes items of."""
    if not isinstance(value, Walk):
        return
    now = frame.latest(value)
    assert isinstance(now, Walk)
    if now.kind == "spent":
        frame.reject(refusals.KEPT_ITERATOR, node, value="an iterator")
    frame.change(now, replace(now, kind="spent", sources=(), since=None, at=0), node)
    for source in value.sources:
        _spend(frame, node, source)


def following(frame: Frame, node: ast.AST, value: Walk) -> Value | None:
    """What ``next`` takes of a walk, None behind its last item."""
    walk = usable(frame, node, value)
    steps = steps_of(frame, node, walk, mixed=True)
    if steps is None:
        frame.reject(refusals.NEXT_OF_ITERATOR, node)
    own = tuple(map(_own, walk.sources))
    for source in walk.sources:
        _spend(frame, node, source)
    frame.change(walk, replace(walk, at=walk.at + 1, sources=own), node)
    return steps.at(0)


def _own(value: Value) -> Value:
    """A walk for one that takes items of it alone."""
    if not isinstance(value, Walk):
        return value
    return replace(value, sources=tuple(map(_own, value.sources)), identity=object())


def containers(frame: Frame, value: Value) -> tuple[Tree, ...]:
    """The lists, tuples and dicts that items are taken of, as they are by now."""
    match value := frame.latest(value):
        case Walk():
            found = [containers(frame, s) for s in value.sources[value.kind == "map" :]]
            return tuple(tree for trees in found for tree in trees)
        case Stream():
            return containers(frame, value.first)
        case Tup() | Dct() | DictView(owner=Dct()):
            return (value,)
    return ()
