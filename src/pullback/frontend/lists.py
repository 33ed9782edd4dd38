"""Run-time lists: methods that read or change one, slices, and what operators make of two.

What moves items about is written in Python, as loops over the list.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from pullback import refusals
from pullback.frontend import indexing, inline, orders, sequences
from pullback.frontend.frame import Frame
from pullback.frontend.iteration import items_of
from pullback.frontend.lowering import ON_LISTS, Keywords, as_atom, element, entered, lower, made
from pullback.frontend.operators import apply_binary
from pullback.frontend.values import NONE, Items, Method, Static, Tup, Value, describe, shown
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import List, Scalar, join

Handler = Callable[[Frame, ast.Call, "Changed", list[Value], Keywords], Value]
METHODS: dict[str, Handler] = {}
READING: dict[str, Callable[[Frame, ast.Call, Value, list[Value]], Value]] = {}

EXTEND = """
for item in source:
    target.append(item)
"""
DOUBLE = """
for k in range(size):
    target.append(target[k])
"""
# The part of a list before a place, and the part from it on.
UNTIL = """
for k in range(place):
    out.append(source[k])
"""
FROM = """
for k in range(place, size):
    out.append(source[k])
"""
PICK = """
for k in places:
    out.append(source[k])
"""
CLAMPED = """
if place < 0:
    place = place + size
    if place < low:
        place = low
elif place > high:
    place = high
"""
COUNT = """
for item in source:
    if item == sought:
        count = count + 1
"""
FIND = """
found = False
place = 0
for item in source:
    if item == sought:
        found = True
        break
    place = place + 1
if not found:
    raise ValueError("the value is not in the list")
"""
MEMBER = """
found = False
for item in source:
    if item == sought:
        found = True
        break
"""


class Changed:
    """A list that a method changes."""

    def __init__(self, frame: Frame, node: ast.AST, held: ast.AST, owner: Value) -> None:
        owner = frame.latest(owner)
        if isinstance(owner, Tup):
            owner = indexing.list_variable(frame, owner, node, held)
        assert isinstance(owner, Var)
        self.frame = frame
        self.node = node
        self.root = frame.heap.root(owner)
        indexing.may_write(frame, self.root, node)
        self.name = self.root.name

    @property
    def value(self) -> Var:
        """The list as it is by now."""
        return self.frame.heap.version(self.root)

    @property
    def size(self) -> Atom:
        return self.frame.op("list_len", self.value)

    def becomes(self, value: Value) -> Value:
        """The list holds what another one does, which nothing else knows."""
        indexing.may_resize(self.frame, self.root)
        assert isinstance(value, Var)
        now = self.frame.heap.now(value)
        assert isinstance(now, Var)
        self.frame.heap.write(self.root, now)
        return NONE

    def refuse_empty(self, message: str) -> None:
        """Nothing was put into a list whose kind of items is not known."""
        if self.value.type == List(None):
            self.frame.raises("IndexError", message)


def changes(name: str) -> Callable[[Handler], Handler]:
    return entered(METHODS, name)


def taken(frame: Frame, node: ast.Call, args: list[Value], name: str, counts: range) -> list[Value]:
    """The arguments of a method, if they are as many as it takes."""
    if len(args) not in counts:
        many = " or ".join(map(str, counts)) + " arguments"
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name=name, arguments=many)
    return args


def call_method(
    frame: Frame, node: ast.Call, m: Method, owner: Value, args: list[Value], keywords: Keywords
) -> Value:
    """A method of a list."""
    if keywords and m.name != "sort":
        frame.reject(refusals.BUILTIN_ARGUMENTS, node, name=m.name, arguments="no keywords")
    if m.name in READING:
        return READING[m.name](frame, node, owner, args)
    if m.name not in METHODS:
        frame.reject(refusals.LIST_METHOD, node, name=m.name)
    return METHODS[m.name](frame, node, Changed(frame, node, m.node.value, owner), args, keywords)


# ---- at the end


@changes("append")
def append(
    frame: Frame, node: ast.Call, target: Changed, args: list[Value], keywords: Keywords
) -> Value:
    return push(frame, node, target, taken(frame, node, args, "append", range(1, 2))[0])


def push(frame: Frame, node: ast.AST, target: Changed, value: Value) -> Value:
    v, owner = indexing.as_item(frame, value, node), target.value
    if join(owner.type, List(v.type)) is None:
        frame.reject(refusals.APPENDED_UNLIKE, node, value=describe(v), owner=describe(owner))
    indexing.change_list(frame, node, owner, "list_push", v)
    return NONE


@changes("extend")
def extend(
    frame: Frame, node: ast.Call, target: Changed, args: list[Value], keywords: Keywords
) -> Value:
    (source,) = taken(frame, node, args, "extend", range(1, 2))
    return extended(frame, node, target, source)


def extended(frame: Frame, node: ast.AST, target: Changed, source: Value) -> Value:
    """The items of an iterable are appended one by one."""
    if isinstance(source, Var) and frame.heap.root(source) is target.root:
        inline.expand(frame, node, DOUBLE, "target", target=target.value, size=target.size)
        return NONE
    if (few := sequences.short(source)) is not None:
        with frame.holding() as pending:
            pending += few.items
            for item in few.items:
                push(frame, node, target, item)
        return NONE
    inline.expand(frame, node, EXTEND, "target", target=target.value, source=source)
    return NONE


@changes("pop")
def pop(
    frame: Frame, node: ast.Call, target: Changed, args: list[Value], keywords: Keywords
) -> Value:
    taken(frame, node, args, "pop", range(2))
    target.refuse_empty("pop from empty list")
    if not args:
        (popped,) = indexing.change_list(frame, node, target.value, "list_pop")
        return popped
    i = _index(frame, node, args[0])
    popped = element(frame, node, target.value, i)
    target.becomes(without(frame, node, target, i))
    return popped


def without(frame: Frame, node: ast.AST, target: Changed, i: Atom) -> Value:
    """A list without one of its items, an index that is in it."""
    size = target.size
    place = from_start(frame, node, i, size)
    after = as_atom(frame, apply_binary(frame, node, ast.Add, place, Const(1)), node)
    return spliced(frame, node, target, place, [], after, size)


def spliced(
    frame: Frame, node: ast.AST, target: Changed, place: Value, items: list[Value], after: Value,
    size: Value,
) -> Value:  # fmt: skip
    """A new list: what stands before a place, other items, and what stands from another place on."""
    source, name = target.value, shown(target.name)
    out = inline.expand(
        frame, node, UNTIL, "out", name, source=source, place=place, out=made(frame, (), True)
    )
    for item in items:
        out = inline.expand(frame, node, "out.append(item)", "out", name, out=out, item=item)
    return inline.expand(frame, node, FROM, "out", name, source=source, place=after, size=size, out=out)


def _index(frame: Frame, node: ast.AST, value: Value) -> Atom:
    i = as_atom(frame, value, node, "an integer")
    if not (isinstance(i.type, Scalar) and i.type.cls == "int"):
        frame.reject(refusals.LIST_INDEX, node, value=describe(i))
    return i


def from_start(frame: Frame, node: ast.AST, i: Atom, size: Atom) -> Atom:
    """An index that is in a list, counted from its start."""
    if isinstance(i, Const) and i.value >= 0:
        return i
    if isinstance(i, Const):
        return as_atom(frame, apply_binary(frame, node, ast.Add, size, i), node)
    return as_atom(frame, apply_binary(frame, node, ast.Mod, i, size), node)


# ---- anywhere


@changes("insert")
def insert(
    frame: Frame, node: ast.Call, target: Changed, args: list[Value], keywords: Keywords
) -> Value:
    where, item = taken(frame, node, args, "insert", range(2, 3))
    size = target.size
    place = clamped(frame, node, _index(frame, node, where), size, Const(0), size)
    return target.becomes(spliced(frame, node, target, place, [item], place, size))


@changes("remove")
def remove(
    frame: Frame, node: ast.Call, target: Changed, args: list[Value], keywords: Keywords
) -> Value:
    place = index_of(frame, node, target.value, taken(frame, node, args, "remove", range(1, 2)))
    return target.becomes(without(frame, node, target, as_atom(frame, place, node)))


@changes("clear")
def clear(
    frame: Frame, node: ast.Call, target: Changed, args: list[Value], keywords: Keywords
) -> Value:
    taken(frame, node, args, "clear", range(1))
    (empty,) = frame.b.emit("list_new", types=[target.value.type], names=[shown(target.name)])
    frame.note(frame.b.ops[-1])
    return target.becomes(empty)


@changes("reverse")
def reverse(
    frame: Frame, node: ast.Call, target: Changed, args: list[Value], keywords: Keywords
) -> Value:
    taken(frame, node, args, "reverse", range(1))
    backwards = ast.Slice(step=ast.copy_location(ast.Constant(-1), node))
    return target.becomes(sliced(frame, node, target.value, ast.copy_location(backwards, node)))


@changes("sort")
def sort(
    frame: Frame, node: ast.Call, target: Changed, args: list[Value], keywords: Keywords
) -> Value:
    taken(frame, node, args, "sort", range(1))
    return target.becomes(orders.in_order_of(frame, node, target.value, keywords))


def delete(frame: Frame, target: ast.Subscript) -> Value:
    """``del l[i]``."""
    changed = Changed(frame, target, target.value, lower(frame, target.value))
    changed.refuse_empty("list assignment index out of range")
    if isinstance(target.slice, ast.Slice):
        frame.reject(refusals.SLICE_OF_LIST_CHANGED, target)
    i = _index(frame, target, lower(frame, target.slice))
    element(frame, target, changed.value, i)  # raises where the index is out of range
    return changed.becomes(without(frame, target, changed, i))


# ---- what only reads


def copied(frame: Frame, node: ast.Call, owner: Value, args: list[Value]) -> Value:
    taken(frame, node, args, "copy", range(1))
    if isinstance(owner, Tup):
        return Tup(owner.items, owner.is_list)
    return frame.op("copy", as_atom(frame, owner, node))


def index_of(frame: Frame, node: ast.Call, owner: Value, args: list[Value]) -> Value:
    (sought,) = taken(frame, node, args, "index", range(1, 2))
    source = items_of(frame, owner, node)
    return inline.expand(frame, node, FIND, "place", source=source, sought=sought)


def count(frame: Frame, node: ast.Call, owner: Value, args: list[Value]) -> Value:
    (sought,) = taken(frame, node, args, "count", range(1, 2))
    source = items_of(frame, owner, node)
    return inline.expand(frame, node, COUNT, "count", source=source, sought=sought, count=Const(0))


READING |= {"copy": copied, "index": index_of, "count": count}


def contains(frame: Frame, node: ast.AST, source: Value, sought: Value) -> Value:
    """``sought in source`` for a run-time list."""
    return inline.expand(
        frame, node, MEMBER, "found", source=items_of(frame, source, node), sought=sought
    )


# ---- slices


def sliced(frame: Frame, node: ast.AST, owner: Var, part: ast.Slice) -> Value:
    """``l[a:b:c]``, a new list."""
    places = positions(frame, node, frame.op("list_len", owner), part)
    return inline.expand(
        frame, node, PICK, "out", source=owner, places=places, out=made(frame, (), True)
    )


def positions(frame: Frame, node: ast.AST, size: Atom, part: ast.Slice) -> Items:
    """The indices that a slice stands for, as a range."""
    first, last, step = (_bound(frame, p) for p in (part.lower, part.upper, part.step))
    by = step or Const(1)
    if not (isinstance(by, Const) and type(by.value) is int and by.value != 0):
        frame.reject(refusals.SLICE_STEP, node)
    low: Atom = Const(0)
    high = size
    if by.value < 0:
        low, high = Const(-1), as_atom(frame, apply_binary(frame, node, ast.Sub, size, Const(1)), node)
    ends = (low, high) if by.value > 0 else (high, low)
    start, stop = [
        end if v is None else clamped(frame, node, _index(frame, node, v), size, low, high)
        for v, end in zip((first, last), ends, strict=True)
    ]
    return Items(start, stop, by, lambda i: i, plain=True)


def _bound(frame: Frame, node: ast.expr | None) -> Value | None:
    value = NONE if node is None else lower(frame, node)
    return None if isinstance(value, Static) and value.value is None else value


def clamped(frame: Frame, node: ast.AST, i: Atom, size: Atom, low: Atom, high: Atom) -> Atom:
    """A bound of a slice counted from the start, and at most one beyond the ends."""
    if isinstance(i, Const) and i.value == 0 and low == Const(0):
        return i
    place = inline.expand(
        frame, node, CLAMPED, "place", "place", place=i, size=size, low=low, high=high
    )
    return as_atom(frame, place, node)


# ---- operators


def joined(frame: Frame, node: ast.AST, a: Value, b: Value) -> Value:
    """``a + b`` of lists."""
    out: Value = made(frame, (), True)
    for part in (a, b):
        out = inline.expand(frame, node, sequences.COLLECT, "out", source=part, out=out)
    return out


def repeated(frame: Frame, node: ast.AST, a: Value, n: Value) -> Value:
    """``a * n`` of a list."""
    text = "for _ in range(n):\n    for item in source:\n        out.append(item)\n"
    return inline.expand(frame, node, text, "out", source=a, n=n, out=made(frame, (), True))


def equal(frame: Frame, node: ast.AST, a: Var, b: Var) -> Value:
    """``a == b`` of lists."""
    text = """
same = len(a) == len(b)
if same:
    for k in range(len(a)):
        if a[k] != b[k]:
            same = False
            break
"""
    return inline.expand(frame, node, text, "same", a=a, b=b)


def augmented(frame: Frame, s: ast.AugAssign, old: Value, value: Value) -> Value:
    """``l += items`` and ``l *= n``, which change the list."""
    target = Changed(frame, s, s.target, old)
    if isinstance(s.op, ast.Add):
        return extended(frame, s, target, value)
    return target.becomes(repeated(frame, s, target.value, value))


ON_LISTS |= {
    ast.Add: joined, ast.Mult: repeated, ast.Eq: equal, ast.In: contains, ast.Slice: sliced,
    ast.AugAssign: augmented, ast.Delete: delete,
}  # fmt: skip
