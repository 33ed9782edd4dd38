"""The primitives that the IR itself is made of: arithmetic, memory, lists, records, control flow.

What they compute and how they are typed is here; their derivatives are rows of ``pullback.rules``,
those of control flow belong to ``pullback.transforms``. All other primitives are made by the table.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from pullback.errors import InternalError
from pullback.ir import index, outside
from pullback.ir.alias import TRIED, carries
from pullback.ir.core import PRIMS, Const, Op, define
from pullback.ir.effects import performed
from pullback.ir.types import (
    PY_BOOL,
    PY_COMPLEX,
    PY_FLOAT,
    PY_INT,
    Array,
    Keys,
    List,
    Scalar,
    Text,
    Type,
    broadcast_may_raise,
    class_of,
    elementwise_type,
    fresh_sym,
    is_many,
    is_python_number,
    join,
)

# ---- arithmetic


def elementwise_infer(func: Callable[..., Any]) -> Callable[[Op], Sequence[Type]]:
    """The type function of what NumPy applies element by element."""
    return lambda op: [elementwise_type(func, [a.type for a in op.inputs])]


def shapes_may_clash(op: Op) -> bool:
    """Whether broadcasting the inputs may raise."""
    return broadcast_may_raise(*(a.type.shape for a in op.inputs if isinstance(a.type, Array)))


def _divides_python_numbers(op: Op) -> bool:
    by = op.inputs[1]
    python = all(is_python_number(a.type) for a in op.inputs)
    return (python and not (isinstance(by, Const) and by.value != 0)) or shapes_may_clash(op)


def _powers_python_numbers(op: Op) -> bool:
    integers = all(a.type.cls in ("int", "bool") for a in op.inputs)  # type: ignore[union-attr]
    python = all(is_python_number(a.type) for a in op.inputs)
    return python or integers or shapes_may_clash(op)


def _shifts_python_numbers(op: Op) -> bool:
    by = op.inputs[1]
    python = all(is_python_number(a.type) for a in op.inputs)
    return (python and not (isinstance(by, Const) and by.value >= 0)) or shapes_may_clash(op)


_RAISES = {
    "lshift": _shifts_python_numbers,
    "rshift": _shifts_python_numbers,
    "div": _divides_python_numbers,
    "floordiv": _divides_python_numbers,
    "mod": _divides_python_numbers,
    "pow": _powers_python_numbers,
}
OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "pow": operator.pow,
    "neg": operator.neg,
    "pos": operator.pos,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "eq": operator.eq,
    "ne": operator.ne,
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
    "lshift": operator.lshift,
    "rshift": operator.rshift,
    "invert": operator.invert,
    "not": operator.not_,
}


# How they are spelled.
INFIX = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=",
    "and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>",
}  # fmt: skip
PREFIX = {"neg": "-", "pos": "+", "invert": "~", "not": "not "}


def title_of(name: str) -> str:
    """How code spells a primitive."""
    return INFIX.get(name) or PREFIX.get(name, "").strip() or PRIMS[name].path or name


def _compared(func: Callable[..., Any]) -> Callable[[Op], Sequence[Type]]:
    """Strings are compared as well as numbers."""
    numbers = elementwise_infer(func)

    def infer(op: Op) -> Sequence[Type]:
        texts = all(isinstance(a.type, Text) for a in op.inputs)
        return [PY_BOOL] if texts else numbers(op)

    return infer


for _name, _func in OPERATORS.items():
    define(
        _name,
        _compared(_func) if _name in ("eq", "ne", "lt", "le", "gt", "ge") else elementwise_infer(_func),
        func=_func,
        raises=_RAISES.get(_name, shapes_may_clash),
        cheap=True,
    )

# ---- shapes and copies


def same(position: int) -> Callable[[Op], Sequence[Type]]:
    """The type function of what is like one of its inputs."""
    return lambda op: [op.inputs[position].type]


def _number(cls: str) -> Callable[[Op], Sequence[Type]]:
    return lambda op: [Scalar(cls)]


_NUMPY_OF_PYTHON = {"complex": "complex128", "float": "float64", "int": "int64"}


def _shaped_like(op: Op) -> Sequence[Type]:
    """The elements of the first input in the shape of the second."""
    g, x = (a.type for a in op.inputs)
    if not isinstance(g, Scalar | Array):
        raise InternalError(f"{op.name} of {g!r}")
    python = isinstance(g, Scalar) and g.origin == "py"
    dtype = _NUMPY_OF_PYTHON.get(g.cls) if python else g.dtype
    if isinstance(x, Array):
        return [Array(g.cls, dtype, x.shape)]
    return [Scalar(g.cls, "np", dtype)]


def _accumulated(op: Op) -> Sequence[Type]:
    x, g = (a.type for a in op.inputs)
    return [elementwise_type(operator.add, [x, g]) if isinstance(x, Scalar) else x]


def _cast(op: Op) -> Sequence[Type]:
    x, dtype = op.inputs[0].type, op.params["dtype"]
    cls = class_of(dtype) or "float"
    return [Array(cls, dtype, x.shape) if isinstance(x, Array) else Scalar(cls, "np", dtype)]


def _cast_like(op: Op) -> Sequence[Type]:
    x, like = (a.type for a in op.inputs)
    cls, dtype = getattr(like, "cls", "float"), getattr(like, "dtype", None)
    return [Array(cls, dtype, x.shape) if isinstance(x, Array) else Scalar(cls, "np", dtype)]


def _floats(op: Op) -> Sequence[Type]:
    """Nested lists of numbers as the same lists of Python floats, or of its complex numbers."""

    def turned(t: Type) -> Type:
        if isinstance(t, List) and t.elem is not None:
            return t.holding(turned(t.elem))
        return PY_COMPLEX if op.params.get("of") == "complex" else PY_FLOAT

    return [turned(op.inputs[0].type)]


def _not_real(op: Op) -> bool:
    """float() of a number that is not complex never raises."""
    t = op.inputs[0].type
    return not isinstance(t, Scalar) or t.cls == "complex"



def _of_array(op: Op) -> bool:
    """complex() of a number never raises."""
    return not isinstance(op.inputs[0].type, Scalar)


define("dim", _number("int"), shape_only=(0,), cheap=True)
define("size", _number("int"), shape_only=(0,), cheap=True)
define("copy", same(0))
define("in_c_order", same(0), views=(0,))
# Whether an array in other sizes, or raveled, is a view of it, as it lies in memory.
define("is_view", _number("bool"), raises=True)
# Of what these are given for its shape, they read the dtype as well.
DTYPE_TOO = frozenset(("zeros_like", "zeros_made", "ones_like", "empty_like", "full_like", "cast_like"))
define("zeros_like", same(0), shape_only=(0,), cheap=True)
define("zeros_tree", same(0))
define("unbroadcast", _shaped_like, shape_only=(1,), views=(0,))
define("broadcast_like", _shaped_like, shape_only=(1,), views=(0,), raises=shapes_may_clash)
define("reshape_like", _shaped_like, shape_only=(1,), views=(0,))
define("add_trees", same(0))
define("accumulate", _accumulated, writes=0)
define("cast", _cast, cheap=True)
define("cast_like", _cast_like, shape_only=(1,), cheap=True)
define("float", _number("float"), func=float, path="float", raises=_not_real, cheap=True)
define("floats", _floats, cheap=True)
define("complex", _number("complex"), func=complex, path="complex", raises=_of_array, cheap=True)
define("int", _number("int"), func=int, path="int", raises=True, cheap=True)
define("bool", _number("bool"), func=bool, path="bool", raises=True, cheap=True)

# ---- elements of arrays


def _selected(op: Op) -> Sequence[Type]:
    return [index.select(op.inputs[0].type, op.params["path"], op.inputs[1:])]


def _written(op: Op) -> Sequence[Type]:
    """The array that is written to, if it has such a place."""
    index.select(op.inputs[0].type, op.params["path"], op.inputs[2:])
    return [op.inputs[0].type]


def _index_may_raise(op: Op) -> bool:
    return index.may_raise(op.params["path"])


def write_may_raise(op: Op) -> bool:
    """Writing raises at a bad index, and where the value does not fit the place."""
    x, v, *indices = op.inputs
    place = index.select(x.type, op.params["path"], indices)
    if index.may_raise(op.params["path"]):
        return True
    return isinstance(v.type, Array) and (
        not isinstance(place, Array)
        or v.type.ndim > place.ndim
        or any(
            n not in (1, m) for m, n in zip(place.shape[::-1], v.type.shape[::-1], strict=False)
        )
    )


def _getitem_views(op: Op) -> tuple[int, ...]:
    return (0,) if index.is_basic(op.params["path"]) else ()


define("getitem", _selected, raises=_index_may_raise, views=_getitem_views, cheap=True)
define("setitem", _written, raises=write_may_raise, writes=0)
define("add_at", _written, raises=write_may_raise, writes=0)
# Which written values are still there: False where a later one of a repeated index wins.
define("last_written", lambda op: [_last_written(op)], shape_only=(0,))


def _last_written(op: Op) -> Type:
    place = index.select(op.inputs[0].type, op.params["path"], op.inputs[1:])
    return Array("bool", "bool", place.shape if isinstance(place, Array) else ())


# ---- lists


def _elem(t: Type) -> Type:
    if not isinstance(t, List) or t.elem is None:
        raise InternalError(f"no element type in {t!r}")
    return t.elem


def _list_new(op: Op) -> Sequence[Type]:
    if not op.inputs:
        return [v.type for v in op.outputs]
    elem: Type | None = op.inputs[0].type
    for a in op.inputs[1:]:
        elem = join(elem, a.type) if elem is not None else None
    return [List(elem)]


def _taking(op: Op) -> Sequence[Type]:
    """The type of a list that takes in a value, the last input, or whose item does."""
    l, v = op.inputs[0].type, op.inputs[-1].type
    joined = join(l, l.holding(v, len(index.to_list(op)))) if isinstance(l, List) else None
    if joined is None:
        raise InternalError(f"{op.inputs[-1].type!r} is put into {l!r}")
    return [joined]


def _popped(op: Op) -> Sequence[Type]:
    """The types of a list, and of what it, or its item, gave away."""
    found = op.inputs[0].type
    for _ in index.to_list(op):
        found = _elem(found)
    return [op.inputs[0].type, _elem(found)]


def _item(op: Op) -> Sequence[Type]:
    _elem(op.inputs[0].type)
    return [index.select(op.inputs[0].type, index.through_lists(op), op.inputs[1:])]


def _item_views(op: Op) -> tuple[int, ...]:
    return (0,) if index.is_basic(index.through_lists(op)) else ()


def _with_item(op: Op) -> Sequence[Type]:
    """The type of a list of which an item, or an item of an item, is another value."""
    l, v = op.inputs[0].type, op.inputs[-1].type
    if index.leads_into_array(op):
        return _with_part(op)
    depth = len(index.through_lists(op)) - 1
    joined = join(l, l.holding(v, depth)) if isinstance(l, List) else None
    if joined is None:
        raise InternalError(f"{op.inputs[-1].type!r} is put into {l!r}")
    return [joined]


def _with_part(op: Op) -> Sequence[Type]:
    """The type of a list of which a part of an array it holds is written to, if it has such a part."""
    index.select(op.inputs[0].type, index.through_lists(op), op.inputs[1:-1])
    return [op.inputs[0].type]


def _last(op: Op) -> tuple[int, ...]:
    return (len(op.inputs) - 1,)


def _put_in(op: Op) -> tuple[int, ...]:
    return () if index.leads_into_array(op) else _last(op)


define("list_new", _list_new, views=lambda op: tuple(range(len(op.inputs))))
# Items are found by a path (``index.through_lists``), whose inputs stand behind the list, and lists that
# grow or shrink likewise (``index.to_list``), at the ``front`` if they say so; what is put in or added
# comes last.
define("list_push", _taking, writes=0, views=_last, raises=lambda op: bool(index.to_list(op)))
define("list_pop", _popped, writes=0, raises=True)
define("list_get", _item, views=_item_views, raises=True, cheap=True)
define("list_set", _with_item, writes=0, views=_put_in, raises=True)
define("list_add_at", same(0), writes=0, raises=True)
define("list_len", _number("int"), cheap=True)

# ---- keys of tables: a key of several parts is given by all of them

define("keys_new", lambda op: [Keys()])
define("keys_add", same(0), writes=0)  # its place comes last
define("keys_remove", same(0), writes=0, raises=True)
define("keys_len", _number("int"))
define("keys_last", _number("int"), raises=True)  # the place of the key added last, or first
define("keys_find", _number("int"), raises=True)
define("keys_has", _number("bool"))
# The places in the order of the keys, and in that of a set of them.
define("keys_places", lambda op: [List(PY_INT)])
define("keys_of_set", lambda op: [List(PY_INT)])

# ---- records of residuals


def _declared(op: Op) -> Sequence[Type]:
    """Types that only the maker of the op knows."""
    return [v.type for v in op.outputs]


define("pack", _declared, views=lambda op: tuple(range(len(op.inputs))))
define("unpack", _declared, views=(0,))

# ---- control flow


def _joined(op: Op) -> Sequence[Type]:
    """What either branch yields; a branch that leaves a value undefined does not count."""
    out: list[Type] = []
    for a, b, v in zip(*(block.results for block in op.blocks), op.outputs, strict=True):
        joined = join(a.type, b.type)
        out.append(v.type if joined is None else joined)
    return out


def _tried(op: Op) -> Sequence[Type]:
    """What was caught, the exception, and of each value the joined type of either way out."""
    caught = PY_BOOL if len(op.params["catches"]) == 1 else PY_INT
    out: list[Type] = [caught, Text()]
    for a, b, v in zip(op.inputs, op.blocks[0].results, op.outputs[TRIED:], strict=True):
        joined = join(a.type, b.type)
        out.append(v.type if joined is None else joined)
    return out


def _carried(op: Op) -> Sequence[Type]:
    """What carries take, but for sizes that change from pass to pass."""
    return [left_by(p.type, init.type, y.type) for init, p, y in zip(*carries(op), strict=True)]


def left_by(taken: Type, init: Type, yielded: Type) -> Type:
    """The type of a carry behind its loop, which may have run for any number of passes."""
    match taken, init, yielded:
        case Array(), Array(), Array() if taken.ndim == init.ndim == yielded.ndim:
            dims = zip(taken.shape, init.shape, yielded.shape, strict=True)
            return Array(taken.cls, taken.dtype, tuple(
                t if t == i == y else fresh_sym(is_many(i) and is_many(y)) for t, i, y in dims
            ))  # fmt: skip
    return taken


def _called(op: Op) -> Sequence[Type]:
    return [r.type for r in op.params["callee"].results]


define("undef", _declared)
define("if", _joined)
# Runs its block. Where an exception leaves it that one of ``catches`` names, the values are those of
# the inputs instead of what the block yields: of what the block did nothing is seen. The first output
# says which was caught, the second is the exception.
define("try", _tried)
# The condition of a branch that runs in a context: always true.
define("within", _number("bool"), cheap=True)
define("for", _carried)
define("while", _carried)
define("call", _called, raises=True)
define("derivative", _declared, raises=True)

# ---- effects and checks


def _nothing(op: Op) -> Sequence[Type]:
    return []


# A comment in the emitted text; kept like what may raise, yet no effect.
define("mark", _nothing, raises=True)
define("print", _nothing, effect=True)
define("perform", performed, effect=True, raises=True)
define("known", outside.given, raises=True)
define("raise", _nothing, raises=True)
define("reraise", _nothing, raises=True)
define("assert", _nothing, raises=True)
define("defined", _nothing, raises=lambda op: not isinstance(op.inputs[0], Const))
define("check_one", _nothing, raises=True)
define("check_apart", _nothing, raises=True)
define("check_real", _nothing, raises=True)
define("check_shapes", _nothing, raises=True)
define("check_finite", _nothing, raises=True)
define("format", lambda op: [Text()], cheap=True)
