"""Comparisons, identity and membership."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from enum import Enum, EnumType, Flag
from typing import Any, cast

from pullback import refusals
from pullback.frontend import alternatives, conditions, constants, foreign, members, sparse, texts
from pullback.frontend.constants import KnownSet, is_fixed
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import (
    ON_LISTS,
    ON_OBJECTS,
    ON_TABLES,
    ON_WALKS,
    as_atom,
    as_number,
    handles,
    is_unknown,
    key_value,
    simple_op,
    undecided,
)
from pullback.frontend.operators import beside_array, negated
from pullback.frontend.rows import is_list, is_listed
from pullback.frontend.scopes import made_in_loop
from pullback.frontend.values import (
    Dct,
    DictView,
    Either,
    Items,
    Local,
    Ordered,
    Poison,
    Ref,
    Rows,
    Sparse,
    Static,
    Struct,
    Table,
    Tree,
    Tup,
    Value,
    Walk,
)
from pullback.frontend.walking import describe, is_function, leaves, plain
from pullback.ir.alias import NONE
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array, List, Scalar, Text, has_memory

SYMBOLS = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
COMPARE = {
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Eq: "eq",
    ast.NotEq: "ne",
}
# What decides between items of tuples that differ, and between lengths where none do.
STRICT: dict[type, tuple[type[ast.cmpop], Callable[[int, int], bool]]] = {
    ast.Lt: (ast.Lt, operator.lt), ast.LtE: (ast.Lt, operator.le),
    ast.Gt: (ast.Gt, operator.gt), ast.GtE: (ast.Gt, operator.ge),
}  # fmt: skip


@handles(ast.Compare)
def compare(frame: Frame, node: ast.Compare) -> Value:
    """``a < b < c`` is ``a < b and b < c``, with b evaluated once."""

    def link(k: int, left: Value) -> Value:
        with frame.holding() as pending:
            pending.append(left)
            right = undecided(frame, node.comparators[k])
        left = frame.latest(left)
        first = compare_two(frame, node, node.ops[k], left, right)
        if k == len(node.ops) - 1:
            return first
        return conditions.short_circuit(frame, node, True, first, lambda: link(k + 1, right))

    return link(0, undecided(frame, node.left))


def compare_two(frame: Frame, node: ast.Compare, op: ast.cmpop, a: Value, b: Value) -> Value:
    a, b = _led_to(frame, a, b)
    if is_unknown(a) or is_unknown(b):
        objects = all(isinstance(v, Static | Const) or is_unknown(v) for v in (a, b))
        if objects or isinstance(op, ast.Is | ast.IsNot):
            return foreign.compare(frame, node, SYMBOLS[type(op)], a, b)
        a, b = as_number(frame, a), as_number(frame, b)
    if isinstance(op, ast.Is | ast.IsNot):
        return _identical(frame, node, a, b, isinstance(op, ast.Is))
    a, b = _keys_as_set(frame.decided(a)), _keys_as_set(frame.decided(b))
    if isinstance(b, Poison):
        frame.unknown(b, repr(ast.unparse(node.comparators[0])), node)
    if isinstance(op, ast.In | ast.NotIn):
        return _contains(frame, node, op, plain(a), b)
    said: Value | None = ON_OBJECTS["compare"](frame, node, op, a, b)
    if said is not None:
        return said
    a, b = plain(a), plain(b)
    a, b = _as_text(a, b), _as_text(b, a)
    if not (isinstance(a, Static) and isinstance(b, Static)) or type(op) in STRICT:
        a, b = constants.as_number(a), constants.as_number(b)
    a, b = beside_array(frame, node, a, b), beside_array(frame, node, b, a)
    if all(isinstance(v, Var | Const) for v in (a, b)):
        return _compare_atoms(frame, node, op, a, b)
    if isinstance(a, Tup) and isinstance(b, Tup) and type(op) in STRICT and a.is_list == b.is_list:
        return _in_order(frame, node, op, a.items, b.items)
    if type(op) in STRICT and texts.is_known(a) and texts.is_known(b):
        return Const(bool(getattr(operator, COMPARE[type(op)])(a.value, b.value)))
    if not isinstance(op, ast.Eq | ast.NotEq):
        frame.reject(refusals.NO_ORDER, node, a=describe(a), b=describe(b))
    equal = _equal(frame, node, a, b)
    return equal if isinstance(op, ast.Eq) else negated(frame, equal, node)


def _led_to(frame: Frame, a: Value, b: Value) -> tuple[Value, Value]:
    """Two values as what they are, where items of tuples are references."""
    return members.read(frame, a), members.read(frame, b)


def _keys_as_set(value: Value) -> Value:
    """The keys of a dict are compared as sets are."""
    if isinstance(value, DictView) and value.name == "keys" and isinstance(value.owner, Dct):
        return Static(KnownSet(value.owner.items))
    return value


def _as_text(value: Value, beside: Value) -> Value:
    """A string that is compared with one that a list held."""
    text = isinstance(value, Static) and isinstance(value.value, str)
    if text and isinstance(beside, Var) and isinstance(beside.type, Text):
        return Const(cast("Static", value).value)
    return value


def _compare_atoms(frame: Frame, node: ast.AST, op: ast.cmpop, a: Value, b: Value) -> Value:
    x, y = as_atom(frame, a, node), as_atom(frame, b, node)
    if isinstance(x.type, List) and isinstance(y.type, List) and isinstance(op, ast.Eq | ast.NotEq):
        equal = ON_LISTS[ast.Eq](frame, node, x, y)
        return equal if isinstance(op, ast.Eq) else negated(frame, equal, node)
    if isinstance(x.type, List) or isinstance(y.type, List):
        frame.reject(refusals.COMPARED_LISTS, node)
    name = COMPARE[type(op)]
    if isinstance(x, Const) and isinstance(y, Const):  # so that len(shape) == 2 chooses its branch
        return Const(bool(getattr(operator, name)(x.value, y.value)))
    return simple_op(frame, node, name, x, y)


def _equal(frame: Frame, node: ast.Compare, a: Value, b: Value) -> Value:
    """``a == b``, where one of them is a container or a static object."""
    if is_list(a) and is_list(b) and (isinstance(a, Rows) or isinstance(b, Rows)):
        return ON_LISTS[ast.Eq](frame, node, a, b)
    match a, b:
        case Static(), Static():
            plainly = all(cast("Any", type(v)).__eq__ is object.__eq__ for v in (a.value, b.value))
            known = plainly or (is_fixed(a.value) and is_fixed(b.value))
            if not known and a.value is not b.value:
                frame.reject(refusals.COMPARED_OBJECTS, node, a=describe(a), b=describe(b))
            return Const(bool(a.value == b.value))
        case Tup(), Tup():
            same = a.is_list == b.is_list and len(a.items) == len(b.items)
            return _all_equal(frame, node, a.items, b.items) if same else Const(False)
        case Dct(), Dct():
            if a.items.keys() != b.items.keys():
                return Const(False)
            ordered = isinstance(a, Ordered) and isinstance(b, Ordered)
            if ordered and [*a.items] != [*b.items]:
                return Const(False)
            return _all_equal(frame, node, [*a.items.values()], [b.items[k] for k in a.items])
    if is_function(a) and is_function(b):
        return Const(_same_object(frame, node, a, b))
    one, other = (b, a) if isinstance(a, Var | Const) else (a, b)
    number = isinstance(other, Var | Const) and isinstance(other.type, Scalar)
    if number and isinstance(one, Tree) and cast("Scalar", cast("Var", other).type).origin != "py":
        number = False  # which NumPy compares with each of the items
    unlike = Sparse | Table | DictView | Walk
    unknown = isinstance(one, Struct | unlike) or isinstance(other, unlike)
    odd = isinstance(one, Static) and (isinstance(one.value, int | float) or not is_fixed(one.value))
    if unknown or odd:
        frame.reject(refusals.COMPARED_RECORDS, node, a=describe(a), b=describe(b))
    if number or not isinstance(other, Var | Const | Struct):
        return Const(False)  # a number, a string and containers of two sorts are never equal
    frame.reject(refusals.COMPARED_UNLIKE, node, a=describe(a), b=describe(b))


def _in_order(
    frame: Frame, node: ast.Compare, op: ast.cmpop, these: Sequence[Value], those: Sequence[Value],
    is_first: bool = True,
) -> Value:  # fmt: skip
    """``a < b`` of tuples: the first items that differ decide, or the lengths."""
    if not these or not those:
        order = STRICT[type(op)][1](len(these), len(those))
        return Const(bool(order))
    rest = lambda: _in_order(frame, node, op, these[1:], those[1:], False)
    if not is_first and _has_no_order(frame, node, op, *(pair := _led_to(frame, these[0], those[0]))):
        return _unless_they_differ(frame, node, op, *pair, rest)
    if len(these) == len(those) == 1:
        return compare_two(frame, node, op, these[0], those[0])
    first = compare_two(frame, node, STRICT[type(op)][0](), these[0], those[0])

    def behind() -> Value:
        same = compare_two(frame, node, ast.Eq(), these[0], those[0])
        return conditions.short_circuit(frame, node, True, same, rest)

    return conditions.short_circuit(frame, node, False, first, behind)


def _has_no_order(frame: Frame, node: ast.Compare, op: ast.cmpop, a: Value, b: Value) -> bool:
    """Whether two values are objects or dicts of which nothing tells which is less."""
    objects = all(isinstance(v, Struct | Dct) and plain(v) is v for v in (a, b))
    return objects and not ON_OBJECTS["ordered"](frame, node, op, a, b)


def _unless_they_differ(
    frame: Frame, node: ast.Compare, op: ast.cmpop, a: Value, b: Value, rest: Callable[[], Value]
) -> Value:
    """What the items behind two objects without an order tell: others than one raise where they are
    compared, as the last items of ``(cost, number, job)`` seldom are."""
    same = _are_equal(frame, node, a, b)
    name = "%order"

    def go_on() -> None:
        frame.env[name] = rest()

    def fail() -> None:
        classes = " and ".join(repr(v.cls.__name__ if isinstance(v, Struct) else "dict") for v in (a, b))
        symbol = SYMBOLS[type(op)]
        frame.raises("TypeError", f"{symbol!r} not supported between instances of {classes}")

    if isinstance(same, bool):
        (go_on if same else fail)()
    else:
        conditions.branch(frame, same, go_on, fail, dict(frame.env), frame.loc(node))
    return conditions.take(frame, name, node)


def _all_equal(
    frame: Frame, node: ast.Compare, these: Sequence[Value], those: Sequence[Value]
) -> Value:
    result: Value = Const(True)
    for x, y in zip(these, those, strict=True):
        if _is_same_array(frame, x, y):  # items that are one object are not compared
            continue
        both = compare_two(frame, node, ast.Eq(), x, y)
        result = conditions.short_circuit(frame, node, True, result, lambda both=both: both)  # type: ignore[misc]
    return result


def _is_same_array(frame: Frame, x: Value, y: Value) -> bool:
    array = isinstance(x, Var) and isinstance(y, Var) and isinstance(x.type, Array)
    return array and frame.heap.same(x, y)  # type: ignore[arg-type]


def _are_equal(frame: Frame, node: ast.Compare, a: Value, b: Value) -> bool | Atom:
    """Whether two objects without an order are equal. Those that are equal only if they are one are
    taken to differ where nothing tells."""
    if isinstance(a, Dct) or isinstance(b, Dct) or ON_OBJECTS["ordered"](frame, node, ast.Eq(), a, b):
        return conditions.condition_of(frame, compare_two(frame, node, ast.Eq(), a, b), node)
    x, y = cast("Tree", a).identity, cast("Tree", b).identity
    one, other = frame.members.get(x), frame.members.get(y)
    found = members.apart(frame, one, other) if one is not None and other is not None else None
    return x is y or (found if isinstance(found, Var) else found is False)


def _identical(frame: Frame, node: ast.AST, a: Value, b: Value, wanted: bool) -> Value:
    """``a is b``; ``wanted`` is False for ``is not``."""
    if isinstance(b, Either) and not isinstance(a, Either):
        a, b = b, a
    b = frame.decided(b)
    if not isinstance(a, Either) or frame.the_one(a) is not None:
        same = _same_object(frame, node, frame.decided(a), b)
        if isinstance(same, Var):
            return same if wanted else negated(frame, same, node)
        return Const(same is wanted)
    known = alternatives.kinds(a)
    if not isinstance(b, Static) and any(isinstance(v, Ref) for v in known):
        return _identical(frame, node, frame.decided(a), b, wanted)
    answers = [_same_object(frame, node, v, b) for v in known]
    if any(isinstance(found, Var) for found in answers):
        return _identical(frame, node, frame.decided(a), b, wanted)
    return _told_by(frame, node, a, [found is wanted for found in answers])


def _told_by(frame: Frame, node: ast.AST, value: Value, answers: Sequence[bool]) -> Value:
    """A bool where each kind of a value has an answer."""
    if not isinstance(value, Either) or len({*answers}) == 1:
        return Const(answers[0])
    tag = value.is_first
    if len({*answers[1:]}) == 1:
        return tag if answers[0] else negated(frame, tag, node)
    rest = lambda: _told_by(frame, node, value.second, answers[1:])
    first = tag if answers[0] else negated(frame, tag, node)
    return conditions.short_circuit(frame, node, not answers[0], first, rest)


_MARKS = (type(None), type(NotImplemented), object)  # of whose instances nothing else is one


def _same_object(frame: Frame, node: ast.AST, a: Value, b: Value) -> bool | Atom:
    """``is``, where it can be decided: between static objects, and of a value with None or a mark."""
    if isinstance(a, Static) and isinstance(b, Static):
        return a.value is b.value
    if any(isinstance(v, Static) and type(v.value) in _MARKS for v in (a, b)):
        return False
    if is_function(a) and is_function(b):
        known: bool | Atom | None = _one_function(a, b)
    elif _are_unlike(a, b):
        known = False
    elif _is_array(a) and _is_array(b):
        known = _one_array(frame, cast("Var", a), cast("Var", b))
    else:
        known = _one_container(frame, a, b)
    if known is None:
        if _is_number(a) and _is_number(b):
            frame.reject(refusals.IDENTITY_OF_NUMBERS, node)
        frame.reject(refusals.IDENTITY, node, a=describe(a), b=describe(b))
    return known


def _are_unlike(a: Value, b: Value) -> bool:
    """Whether one is an array, one a number and one a container or another object."""
    kinds = [(_is_array(v), _is_number(v), isinstance(v, Tree)) for v in (a, b)]
    return kinds[0] != kinds[1] and all(map(any, kinds))


def _is_array(value: Value) -> bool:
    return isinstance(value, Var) and isinstance(value.type, Array)


def _is_number(value: Value) -> bool:
    return isinstance(value, Var | Const) and isinstance(value.type, Scalar | Text)


def _one_array(frame: Frame, a: Var, b: Var) -> bool | None:
    """Whether two arrays are one: those by one name are, and those that share no memory are not, if one
    of them was made here."""
    if frame.heap.same(a, b):
        return None if frame.session.turned else True
    apart = frame.of(a).own.isdisjoint(frame.of(b).own)
    return False if apart and (_is_made_here(frame, a) or _is_made_here(frame, b)) else None


def _is_made_here(frame: Frame, v: Var) -> bool:
    """Whether an array is neither an argument nor from around, of which two may be one."""
    around = (a for value in frame.lowered.captured.values() for a in leaves(value))
    given = NONE.union(*(frame.of(a).reach for a in (*frame.arguments, *around)))
    own = frame.of(v).own
    return bool(own) and own.isdisjoint(given)


def _one_function(a: Value, b: Value) -> bool | None:
    """Whether two functions are one, None if that is not known: one that is made in a loop is another in
    each pass."""
    if not (isinstance(a, Local | Static) and isinstance(b, Local | Static)):
        return None
    if isinstance(a, Local) and isinstance(b, Local) and a.node is b.node:
        once = a.identity is b.identity and not made_in_loop(a.home.node, a.node)
        return True if once else None
    return False


def _one_container(frame: Frame, a: Value, b: Value) -> bool | Atom | None:
    """Whether two objects, lists or dicts are one: a bool, or what tells at run time; None if nothing
    does."""
    if not all(isinstance(v, Struct | Dct) or (isinstance(v, Tup) and v.is_list) for v in (a, b)):
        return None
    x, y = cast("Tree", a).identity, cast("Tree", b).identity
    if x is y or type(a) is not type(b):
        return x is y
    unclear = [v for v in (a, b) if _is_unclear(frame, cast("Tree", v))]
    if unclear:
        frame.choose(cast("list[Tree]", unclear))
        return None
    one, other = frame.members.get(x), frame.members.get(y)
    if one is not None and other is not None:
        found = members.apart(frame, one, other)
        return not found if isinstance(found, bool) else found
    if x in frame.session.given and y in frame.session.given:
        frame.session.matters = True
    return False


def _is_unclear(frame: Frame, tree: Tree) -> bool:
    """Whether a container may be one with others."""
    several = (refusals.CHANGED_ONE_OF_SEVERAL, refusals.CHANGED_KEPT)
    known = frame.foreign_trees.get(tree.identity) in several
    return known or tree.identity in frame.session.unclear


def _contains(frame: Frame, node: ast.Compare, op: ast.cmpop, a: Value, b: Value) -> Value:
    known: Any = None
    b = ON_WALKS["shown"](frame, node, b)
    said: Value | None = ON_OBJECTS["contains"](frame, node, b, a)
    if said is not None:
        found = said if isinstance(op, ast.In) else negated(frame, said, node)
        return _truth_of(frame, node, found)
    known_set = isinstance(b, Static) and isinstance(b.value, frozenset)
    keyed = isinstance(b, Dct | Sparse | Table) or known_set
    if (keyed and _cannot_be_key(a)) or _misses_text(a, b):
        frame.reject(refusals.CANNOT_BE_MEMBER, node, value=describe(a), container=describe(b))
    match b := plain(ON_OBJECTS["iterated"](frame, node, b)):
        case Table():
            found = ON_TABLES["contains"](frame, node, b, a)
            return found if isinstance(op, ast.In) else negated(frame, found, node)
        case Dct() if isinstance(a, Const | Static):
            known = b.items
        case Sparse() if isinstance(a, Const | Static):
            return Const(sparse.has(frame, node, b, a) is isinstance(op, ast.In))
        case Sparse():
            frame.reject(refusals.ENTRIES_UNKNOWN, node)
        case Tup() if all(isinstance(x, Const | Static) for x in (a, *b.items)):
            known = [x.value for x in b.items]  # type: ignore[union-attr]
        case Static(str() | bytes() | frozenset() | range()) if isinstance(a, Const | Static):
            known = b.value
        case Static(frozenset()):
            pass
        case Static(EnumType() as members) if isinstance(a, Static) and isinstance(a.value, Enum):
            known = [*members]
        case Static(Flag() as held) if isinstance(a, Static) and type(a.value) is type(held):
            known = held
        case Static():
            frame.reject(refusals.MEMBER_OF_OBJECT, node, value=describe(b))
    if known is not None:
        return Const((a.value in known) is isinstance(op, ast.In))  # type: ignore[union-attr]
    found = _found(frame, node, a, b)
    return found if isinstance(op, ast.In) else negated(frame, found, node)


def _truth_of(frame: Frame, node: ast.AST, value: Value) -> Value:
    truth = conditions.condition_of(frame, value, node)
    return Const(truth) if isinstance(truth, bool) else truth


def _cannot_be_key(a: Value) -> bool:
    """Whether a value has no hash."""
    if isinstance(a, Tup):
        return a.is_list
    known_set = isinstance(a, Static) and isinstance(a.value, KnownSet)
    return known_set or isinstance(a, Tree) or (isinstance(a, Var) and has_memory(a.type))


def _misses_text(a: Value, b: Value) -> bool:
    """Whether something else is sought in a string."""
    sought = isinstance(b, Static) and isinstance(b.value, str)
    text = isinstance(a, Static) and isinstance(a.value, str)
    return sought and not text and not (isinstance(a, Var | Const) and isinstance(a.type, Text))


def _found(frame: Frame, node: ast.Compare, a: Value, b: Value) -> Value:
    """``a in b`` where the answer is not known here."""
    if isinstance(b, Items) and b.plain and b.step == Const(1):
        low = compare_two(frame, node, ast.LtE(), b.start, a)
        return conditions.short_circuit(
            frame, node, True, low, lambda: compare_two(frame, node, ast.Lt(), a, b.stop)
        )
    if isinstance(b, Var) and isinstance(b.type, Array):
        number = isinstance(a, Const) or (isinstance(a, Var) and isinstance(a.type, Scalar))
        if not number or b.type.ndim != 1:
            frame.reject(refusals.MEMBER_OF_VALUES, node)
        return ON_LISTS[ast.In](frame, node, b, a)
    if is_listed(b):
        return ON_LISTS[ast.In](frame, node, b, a)
    items = [key_value(k) for k in b.items] if isinstance(b, Dct) else None
    if isinstance(b, Tup):
        items = [*b.items]
    if isinstance(b, Static) and isinstance(b.value, frozenset):
        items = [key_value(k) for k in b.value]
    if items is None:
        frame.reject(refusals.MEMBER_OF_VALUES, node)
    result: Value = Const(False)
    for item in items:
        same = compare_two(frame, node, ast.Eq(), a, item)
        result = conditions.short_circuit(frame, node, False, result, lambda same=same: same)  # type: ignore[misc]
    return result
