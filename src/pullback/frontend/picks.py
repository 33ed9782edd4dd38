"""What picks elements at random: ``choice``, ``permutation`` and ``shuffle``.

The positions are drawn, which takes the same numbers from the generator, and the elements read as by
``x[positions]``. So they are differentiable in the elements.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Sequence

import numpy as np

from pullback import refusals
from pullback.frontend import (
    changing,
    conditions,
    effects,
    inline,
    list_reads,
    lists,
    members,
    subscripts,
)
from pullback.frontend.effects import Callee, Picker
from pullback.frontend.frame import Frame
from pullback.frontend.iteration import items_of
from pullback.frontend.lowering import (
    BUILTINS,
    Builtin,
    Keywords,
    element,
    made,
    simple_op,
    size_of,
    static,
)
from pullback.frontend.rows import runtime_list
from pullback.frontend.values import NONE, Method, Static, Tup, Value
from pullback.frontend.walking import describe, plain
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array, List, Scalar
from pullback.rules.effects import Signature
from pullback.rules.ops import along

_CHOICE = Signature("int", ("a", "size", "replace", "p"), "", ("shuffle",))
_PERMUTATION = Signature("int", ("size",))
_RANDRANGE = Signature("int", ("start",))
# The population comes as the range of its positions.
_PLACES = Signature("list:int", ("range", "weights", "cum_weights", "k"))
SHUFFLE = """
for i in reversed(range(1, size)):
    j = draw(i + 1)
    held = target[i]
    target[i] = target[j]
    target[j] = held
"""


def bound(
    frame: Frame, node: ast.Call, callee: Callee, names: str, args: Sequence[Value], keywords: Keywords
) -> dict[str, Value]:
    """Arguments by name."""
    known = names.split()
    found = dict(zip(known, args, strict=False))
    unknown = [k for k in keywords if k not in known or k in found]
    if len(args) > len(known) or unknown or known[0] not in found | keywords:
        frame.reject(
            refusals.DRAW_ARGUMENTS, node, function=callee.title_at_home, parameters=", ".join(known)
        )
    return found | keywords


def axis_of(
    frame: Frame, node: ast.AST, callee: Callee, x: Var, given: dict[str, Value]
) -> int:
    """The axis along which elements are picked."""
    assert isinstance(x.type, Array)
    axis = static(frame, node, given["axis"]) if "axis" in given else 0
    if type(axis) is not int or not -x.type.ndim <= axis < x.type.ndim:
        function = callee.title_at_home
        frame.reject(refusals.NO_AXIS, node, function=function, value=describe(x), axis=axis)
    return axis % x.type.ndim


def picked(frame: Frame, node: ast.AST, x: Var, axis: int, positions: Atom) -> Var:
    """The elements at positions along an axis."""
    entry = "i" if isinstance(positions.type, Scalar) else "a"
    return simple_op(frame, node, "getitem", x, positions, path=(along(axis, entry),))


def permutation(
    frame: Frame, node: ast.Call, callee: Callee, args: Sequence[Value], keywords: Keywords
) -> Value:
    """The integers below n, or the elements of an array along an axis, in a random order."""
    axes = " axis" if callee.home == "np.random.Generator" else ""
    given = bound(frame, node, callee, "x" + axes, args, keywords)
    x = subscripts.array_like(frame, node, given["x"])
    if not isinstance(x, Var) or not isinstance(x.type, Array):
        return effects.perform(frame, node, callee, _PERMUTATION, [x], {})
    axis = axis_of(frame, node, callee, x, given)
    return picked(frame, node, x, axis, _order(frame, node, callee, x, axis))


def _order(frame: Frame, node: ast.AST, callee: Callee, x: Var, axis: int) -> Atom:
    """The positions along an axis in a random order."""
    draw = Callee(callee.name.removesuffix(callee.title) + "permutation", callee.owner)
    order = effects.perform(frame, node, draw, _PERMUTATION, [size_of(frame, x, axis)], {})
    assert isinstance(order, Var)
    return order


def choice(
    frame: Frame, node: ast.Call, callee: Callee, args: Sequence[Value], keywords: Keywords
) -> Value:
    """Integers below n, or elements of an array along an axis, drawn with or without replacement."""
    more = " axis shuffle" if callee.home == "np.random.Generator" else ""
    given = bound(frame, node, callee, "a size replace p" + more, args, keywords)
    x = subscripts.array_like(frame, node, given.pop("a"))
    if not isinstance(x, Var) or not isinstance(x.type, Array):
        return effects.perform(frame, node, callee, _CHOICE, [x], given)
    if not more and x.type.ndim != 1:
        frame.reject(
            refusals.CHOSEN_FROM_MATRIX, node, function=callee.title_at_home, value=describe(x)
        )
    axis = axis_of(frame, node, callee, x, given)
    given.pop("axis", None)
    positions = effects.perform(frame, node, callee, _CHOICE, [size_of(frame, x, axis)], given)
    assert isinstance(positions, Var)
    return picked(frame, node, x, axis, positions)


def shuffle(
    frame: Frame, node: ast.Call, callee: Callee, args: Sequence[Value], keywords: Keywords
) -> Value:
    """The elements of an array along an axis, put into a random order in place."""
    axes = " axis" if callee.home == "np.random.Generator" else ""
    given = bound(frame, node, callee, "x" + axes, args, keywords)
    x = given["x"]
    if _is_list(x) or (isinstance(x, Tup) and x.is_list):
        return _shuffled_list(frame, node, callee, x)
    if not (isinstance(x, Var) and isinstance(x.type, Array)):
        frame.reject(refusals.SHUFFLED, node, value=describe(x))
    axis = axis_of(frame, node, callee, x, given)
    order = _order(frame, node, callee, x, axis)
    shuffled = picked(frame, node, x, axis, order)
    changing.overwrite(frame, node, x, "setitem", shuffled, path=(("e",),))
    return NONE


def _shuffled_list(frame: Frame, node: ast.Call, callee: Callee, x: Value) -> Value:
    """NumPy takes the same numbers for lists and for arrays."""
    target = lists.Changed(frame, node, node, x)
    draw = Callee(callee.name.removesuffix(callee.title) + "permutation", callee.owner)
    order = effects.perform(frame, node, draw, _PERMUTATION, [target.size], {})
    with members.moving(frame, target.value):
        return target.becomes(_items(frame, node, target.value, order))


def _items(frame: Frame, node: ast.AST, source: Value, places: Value) -> Value:
    """A list of the items at places."""
    every, out = items_of(frame, places, node), made(frame, (), True)
    return inline.expand(frame, node, list_reads.PICK, "out", source=source, places=every, out=out)


def python_shuffle(
    frame: Frame, node: ast.Call, callee: Callee, args: Sequence[Value], keywords: Keywords
) -> Value:
    """The items of a list, swapped as Python's own code does."""
    bound(frame, node, callee, "x", args, keywords)
    x = args[0] if args else keywords["x"]
    if isinstance(x, Var) and not _is_list(x):
        frame.reject(refusals.SHUFFLED, node, value=describe(x))
    target = lists.Changed(frame, node, node, x)
    draw = _randrange(node, callee)
    size = target.size
    with members.moving(frame, target.value):
        inline.expand(frame, node, SHUFFLE, "target", target=target.value, size=size, draw=draw)
    return NONE


def _is_list(value: Value) -> bool:
    return isinstance(value, Var) and isinstance(value.type, List)


def _randrange(node: ast.Call, callee: Callee) -> Value:
    """The function that draws an integer below another."""
    if callee.owner is None:
        return Static(random.randrange)
    assert isinstance(node.func, ast.Attribute)
    return Method(callee.owner, "randrange", node.func)


def sample(
    frame: Frame, node: ast.Call, callee: Callee, args: Sequence[Value], keywords: Keywords
) -> Value:
    """Some items of a list, none of them twice."""
    given = bound(frame, node, callee, "population k", args, keywords)
    return _drawn_items(frame, node, callee, given.pop("population"), given)


def choices(
    frame: Frame, node: ast.Call, callee: Callee, args: Sequence[Value], keywords: Keywords
) -> Value:
    """Items of a list, drawn with replacement."""
    given = bound(frame, node, callee, "population weights cum_weights k", args, keywords)
    return _drawn_items(frame, node, callee, given.pop("population"), given)


def _drawn_items(
    frame: Frame, node: ast.AST, callee: Callee, population: Value, given: dict[str, Value]
) -> Value:
    items = _sequence_of_python(frame, node, population)
    listed = isinstance(items.type, List)
    n = frame.op("list_len", items) if listed else size_of(frame, items, 0)
    places = effects.perform(frame, node, callee, _PLACES, [n], given)
    return _items(frame, node, items, places)


def _sequence_of_python(frame: Frame, node: ast.AST, value: Value) -> Var:
    """A run-time list, or a vector."""
    items = plain(value)
    if isinstance(items, Tup):
        items = runtime_list(frame, items) or items
    if not isinstance(items, Var) or not isinstance(items.type, List | Array):
        mixed = isinstance(items, Tup)
        what = "items that differ in kind" if mixed else describe(items)
        frame.reject(refusals.CHOSEN_FROM, node, value=what)
    return items


def python_choice(
    frame: Frame, node: ast.Call, callee: Callee, args: Sequence[Value], keywords: Keywords
) -> Value:
    """An element of a list or a vector."""
    given = bound(frame, node, callee, "seq", args, keywords)
    fixed = plain(given["seq"])
    known = len(fixed.items) if isinstance(fixed, Tup) else None
    items = _sequence_of_python(frame, node, fixed)
    listed = isinstance(items.type, List)
    n: Atom = Const(known)
    if known is None:
        n = frame.op("list_len", items) if listed else size_of(frame, items, 0)
    _demand_some(frame, node, n)
    draw = Callee(callee.name.removesuffix("choice") + "randrange", callee.owner)
    position = effects.perform(frame, node, draw, _RANDRANGE, [n], {})
    assert isinstance(position, Var)
    return element(frame, node, items, position) if listed else picked(frame, node, items, 0, position)


def _demand_some(frame: Frame, node: ast.AST, n: Atom) -> None:
    """What Python raises where there is nothing to choose from."""
    if isinstance(n, Const) and n.value > 0:
        return
    empty = simple_op(frame, node, "eq", n, Const(0))
    conditions.raise_where(frame, node, empty, "IndexError", "Cannot choose from an empty sequence")


_PYTHON: dict[str, Picker] = {
    "choice": python_choice, "shuffle": python_shuffle, "sample": sample, "choices": choices,
}  # fmt: skip
OF_NUMPY: dict[str, Picker] = {"permutation": permutation, "choice": choice, "shuffle": shuffle}
effects.PICKERS.update({
    "np.random.Generator": OF_NUMPY, "np.random.RandomState": OF_NUMPY,
    "random.Random": _PYTHON,
})  # fmt: skip


def _entered(picker: Picker, name: str) -> Builtin:
    def handler(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
        return picker(frame, node, Callee(name), args, keywords)

    return handler


for _name, _picker in _PYTHON.items():
    BUILTINS[getattr(random, _name)] = _entered(_picker, f"random.{_name}")
for _name, _picker in OF_NUMPY.items():
    BUILTINS[getattr(np.random, _name)] = _entered(_picker, f"np.random.{_name}")
