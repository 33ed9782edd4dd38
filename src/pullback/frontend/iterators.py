"""``iter`` and ``next``, and loops over objects that give their items one by one.

    it = iter(x)             it = Positions(x)
    first = next(it)         first = it.__next__()
    for v in it:             while True:
        ...                      try: v = it.__next__()
                                 except StopIteration: break
                                 ...
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Sequence

from pullback import refusals
from pullback.frontend import generators, inline, protocols, walks
from pullback.frontend.asking import Positions, asking, is_iterator
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import ON_OBJECTS, Keywords, builtin, entered
from pullback.frontend.ranges import begun
from pullback.frontend.rows import is_listed
from pullback.frontend.values import (
    UNSET,
    Dct,
    DictView,
    Generator,
    Static,
    Stream,
    Struct,
    Tup,
    Value,
    Walk,
)
from pullback.frontend.walking import describe
from pullback.ir.core import Const, Var
from pullback.ir.types import Array

STEPS = """
def items():
    while True:
{asked}
        yield item
"""
FIRST = """
found = False
for item in source:
    first = item
    found = True
    break
"""
MISSES = """
if not found:
    raise StopIteration
"""


@entered(ON_OBJECTS, "steps")
def steps(frame: Frame, node: ast.Call, value: Struct) -> Value:
    """A loop over an iterator, which goes on from where it stands."""
    text = STEPS.format(asked=asking(value, "source", "item", "return", 2))
    known = {"len": Static(len), "StopIteration": Static(StopIteration)}
    return generators.written(frame, node, text, source=value, **known)


@builtin(builtins.iter)
def iterator(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """``iter(source)``: of a sequence, an object that knows its place."""
    if len(args) != 1 or keywords:
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="iter", arguments="an iterable")
    value: Value = protocols.iterator(frame, node, frame.decided(args[0]))
    if isinstance(value, Generator | Walk) or is_iterator(frame, value):
        return value
    if isinstance(value, Dct | DictView):
        found: Value = begun(frame, node, value)
        return found
    match frame.stmt:
        case ast.Return(value=returned) if returned is node and frame.node.name == "__iter__":  # type: ignore[union-attr]
            return value
    is_array = isinstance(value, Var) and isinstance(value.type, Array)
    if is_array or is_listed(value) or isinstance(value, Tup):
        return Struct(Positions, {"source": value, "place": Const(0)})
    frame.reject(refusals.BUILTIN, node, name="iter", instead=refusals.INSTEAD_OF_BUILTIN["iter"])


@builtin(builtins.next)
def following(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """``next(it)`` and ``next(it, default)``; of a generator that nothing else has, its first item."""
    if not 1 <= len(args) <= 2 or keywords:
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name="next", arguments="an iterator, a default")
    source, *default = args
    source = frame.decided(source)
    if isinstance(source, Stream | Generator):
        return _first(frame, node, source, default)
    if isinstance(source, Walk):
        return _of_walk(frame, node, source, default)
    if not is_iterator(frame, source):
        frame.reject(refusals.NO_ITERATOR, node, value=describe(source))
    if default:
        text = asking(source, "source", "item", "item = default")
        return inline.expand(frame, node, text, "item", source=source, default=default[0])
    if isinstance(source, Struct) and source.cls is Positions:
        text = asking(source, "source", "item", "raise StopIteration")
        return inline.expand(frame, node, text, "item", source=source)
    found = protocols.ask(frame, node, source, "__next__")
    assert found is not None
    return found


def _of_walk(frame: Frame, node: ast.Call, source: Walk, default: Sequence[Value]) -> Value:
    """The next item of what a builtin made, if their number is known here."""
    item = walks.following(frame, node, source)
    if item is None and not default:
        frame.raises("StopIteration", "")
    return default[0] if item is None else item


def _first(frame: Frame, node: ast.Call, source: Value, default: Sequence[Value]) -> Value:
    """The first item of a generator, which makes no other."""
    if default:
        return inline.expand(frame, node, FIRST, "first", source=source, first=default[0])
    return inline.expand(frame, node, FIRST + MISSES, "first", source=source, first=UNSET)
