"""Ops that are statements: updates in place, checks, effects, and values that are unpacked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from pullback.backend.compiled import is_mask
from pullback.backend.exprs import SPECIAL, Exprs
from pullback.backend.text import Prec, literal, quoted
from pullback.ir import index
from pullback.ir.core import Atom, Const, Op, Var
from pullback.ir.prims import INFIX
from pullback.ir.types import Array, List, Record, Scalar, Type, is_complex

IsRead = Callable[[Var], bool]
Handler = Callable[[Exprs, Op, IsRead], list[str]]


def augmented(e: Exprs, target: str, symbol: str, value: Atom, to: Type, into: Atom) -> str:
    """``target += value``, or ``-=`` of what is negated, to what has the type ``to``, in the memory of
    ``into``. In compiled code what shares memory with the target is added before that is written to."""
    positive = e.negative(value, to if is_complex(to) else value.type)
    if symbol in "+-" and positive is not None:
        symbol, value = "-+"[symbol == "-"], positive
    if not e.overlap(value, into):
        return f"{target} {symbol}= {e.atom(value)}"
    place = f"{target}[:]" if target.isidentifier() else target
    return f"{place} = {target} {symbol} {e.atom(value).at(Prec.UNARY)}"


def _updated(e: Exprs, op: Op) -> list[str]:
    """A first line where the new version could not be the same variable as the old one."""
    old, new = e.atom(op.inputs[0]).text, e.name(op.outputs[0])
    return [] if old == new else [f"{new} = {old}"]


def _setitem(e: Exprs, op: Op, is_read: IsRead) -> list[str]:
    x, v = e.name(op.outputs[0]), e.atom(op.inputs[1])
    path = op.params["path"] or (("e",),)
    made = None if e.module.typed else _made_by_ufunc(e, op)
    if path == (("e",),) and made is not None:
        return [*_updated(e, op), f"{e.function(made).text[:-1]}, out={x})"]
    if e.module.typed and is_mask(op):
        return [*_updated(e, op), e.helper("set_where", x, e.atom(op.inputs[2]), v).text]
    target = e.element(x, path, op.inputs[2:])
    if (times := _scaling(e, op)) is not None:
        target = x if path == (("e",),) else target
        symbol, by = INFIX[times.name], times.inputs[1]
        return [*_updated(e, op), augmented(e, target, symbol, by, times.out.type, op.inputs[0])]
    return [*_updated(e, op), f"{target} = {v}"]


def _scaling(e: Exprs, op: Op) -> Op | None:
    """The product or quotient that is written, where its first operand is what stood there:
    ``x[i] *= y``."""
    x, v, *indices = op.inputs
    made = e.plan.nested.get(v) if isinstance(v, Var) else None
    if made is None or made.name not in ("mul", "div"):
        return None
    if not isinstance(x.type, Array) or x.type.dtype is None or x.type.dtype != _dtype(made.out.type):
        return None
    before = made.inputs[0]
    if before is x:
        return made if made.out.type == x.type else None
    read = e.plan.nested.get(before) if isinstance(before, Var) else None
    if read is None or read.name != "getitem" or read.inputs != (x, *indices):
        return None
    return made if read.params["path"] == op.params["path"] else None


def _dtype(t: Type) -> str | None:
    return t.dtype if isinstance(t, Array | Scalar) else None


def _made_by_ufunc(e: Exprs, op: Op) -> Op | None:
    """The call of a NumPy function that computes an array element by element, and that is written."""
    x, v = op.inputs[:2]
    made = e.plan.nested.get(v) if isinstance(v, Var) else None
    if made is None or not isinstance(made.prim.func, np.ufunc) or v.type != x.type:
        return None
    return made if made.name not in SPECIAL and not made.params.get("spelling") else None


def _add_at(e: Exprs, op: Op, is_read: IsRead) -> list[str]:
    _, v, *indices = op.inputs
    path = op.params["path"]
    if path and index.may_repeat(path[-1:]):
        place = e.place(op, path, indices)
        if e.module.typed:
            return [*_updated(e, op), e.helper("np_add_at", *place, e.atom(v)).text]
        return [*_updated(e, op), f"np.add.at({', '.join(place)}, {e.atom(v)})"]
    if e.module.typed and is_mask(op):
        texts = (e.name(op.outputs[0]), e.atom(indices[0]), e.atom(v))
        return [*_updated(e, op), e.helper("add_where", *texts).text]
    target = e.element(e.name(op.outputs[0]), path, indices)
    to = v.type if index.parts(path) else op.out.type
    return [*_updated(e, op), augmented(e, target, "+", v, to, op.inputs[0])]


def _repeated(function: str) -> Handler:
    """``np.multiply.at(y, i, v)``."""

    def handler(e: Exprs, op: Op, is_read: IsRead) -> list[str]:
        place = ", ".join(e.place(op, op.params["path"], op.inputs[2:]))
        return [*_updated(e, op), f"np.{function}.at({place}, {e.atom(op.inputs[1])})"]

    return handler


def _accumulate(e: Exprs, op: Op, is_read: IsRead) -> list[str]:
    x, g = op.inputs
    target = e.name(op.outputs[0])
    if isinstance(x, Var) and not isinstance(x.type, Scalar):
        return [*_updated(e, op), augmented(e, target, "+", g, x.type, x)]
    if e.atom(x).text == target:
        return [augmented(e, target, "+", g, x.type, x)]
    return [f"{target} = {e.op(op)}"]


def reused(e: Exprs, op: Op, k: int) -> list[str]:
    """``t *= x`` or ``np.exp(t, out=t)``: an op whose result takes the place of an input."""
    old, new = e.atom(op.inputs[k]).text, e.name(op.outputs[0])
    if op.name not in INFIX:
        if e.module.typed:
            return [f"{new} = {e.op(op)}"]
        target = "" if old == new else f"{new} = "
        return [f"{target}{e.function(op).text[:-1]}, out={old})"]
    moved = [] if old == new else [f"{new} = {old}"]
    return [*moved, augmented(e, new, INFIX[op.name], op.inputs[1 - k], op.out.type, op.inputs[k])]


def _list_push(e: Exprs, op: Op, is_read: IsRead) -> list[str]:
    _, *indices, v = op.inputs
    method = "appendleft" if op.params.get("front") else "append"
    item = e.atom(v).text if indices else e.item(v, op.outputs[0].type)
    return [*_updated(e, op), f"{_grown(e, op, indices)}.{method}({item})"]


def _grown(e: Exprs, op: Op, indices: Sequence[Atom]) -> str:
    """The list that an op makes longer or shorter."""
    name, path = e.name(op.outputs[0]), index.to_list(op)
    return e.element(name, path, indices) if path else name


def _keys_add(e: Exprs, op: Op, is_read: IsRead) -> list[str]:
    _, *key, place = op.inputs
    return [*_updated(e, op), f"{e.name(op.outputs[0])}[{e.key(key)}] = {e.atom(place)}"]


def _keys_remove(e: Exprs, op: Op, is_read: IsRead) -> list[str]:
    return [*_updated(e, op), f"del {e.name(op.outputs[0])}[{e.key(op.inputs[1:])}]"]


def _list_pop(e: Exprs, op: Op, is_read: IsRead) -> list[str]:
    last = op.outputs[1]
    target = f"{e.name(last)} = " if is_read(last) else ""
    method = "popleft" if op.params.get("front") else "pop"
    return [*_updated(e, op), f"{target}{_grown(e, op, op.inputs[1:])}.{method}()"]


def _list_set(e: Exprs, op: Op, is_read: IsRead) -> list[str]:
    _, *indices, v = op.inputs
    place = e.element(e.name(op.outputs[0]), index.through_lists(op), indices)
    item = e.item(v, op.out.type) if len(indices) == 1 else e.atom(v).text
    return [*_updated(e, op), f"{place} = {item}"]


def _list_add_at(e: Exprs, op: Op, is_read: IsRead) -> list[str]:
    *indices, v = op.inputs[1:]
    path = index.through_lists(op)
    in_array = index.leads_into_array(op)
    if in_array and index.may_repeat(path[-1:]):
        return [*_updated(e, op), f"np.add.at({', '.join(e.place(op, path, indices))}, {e.atom(v)})"]
    if in_array and path[-1] == ("e",) and index.lists_in(op.inputs[0].type, path) == len(path) - 1:
        path = path[:-1]  # arrays are changed in place by ``l[i] += v``, too
    place = e.element(e.name(op.outputs[0]), path, indices)
    if in_array or isinstance(v.type, Scalar):
        return [*_updated(e, op), augmented(e, place, "+", v, op.out.type, op.inputs[0])]
    if isinstance(v.type, List | Record):
        total = e.helper("add_trees", place, e.atom(v)).text
    else:
        total = f"{place} + {e.atom(v).at(Prec.TERM)}"
    return [*_updated(e, op), f"{place} = {total}"]


def _unpack(e: Exprs, op: Op, is_read: IsRead) -> list[str]:
    if not any(map(is_read, op.outputs)):
        return []
    targets = [e.name(v) if is_read(v) else "_" for v in op.outputs]
    pattern = f"({targets[0]},)" if len(targets) == 1 else ", ".join(targets)
    return [f"{pattern} = {e.atom(op.inputs[0])}"]


def _raise(e: Exprs, op: Op, is_read: IsRead) -> list[str]:
    texts = e.all(op.inputs)
    cause = {"": "", "none": " from None"}.get(op.params.get("cause", ""))
    cause = f" from {texts.pop()}" if cause is None else cause
    arguments = f"({', '.join(texts)})" if texts else ""
    return [f"raise {e.module.exception(op.params['exception'])}{arguments}{cause}"]


def _reraise(e: Exprs, op: Op, is_read: IsRead) -> list[str]:
    return [f"raise {e.atom(op.inputs[0])}"]


def _assert(e: Exprs, op: Op, is_read: IsRead) -> list[str]:
    return [f"assert {', '.join(e.all(op.inputs))}"]


def _print(e: Exprs, op: Op, is_read: IsRead) -> list[str]:
    options = [f"{k}={literal(v)}" for k, v in op.params.items()]
    return [f"print({', '.join([*e.all(op.inputs), *options])})"]


def _defined(e: Exprs, op: Op, is_read: IsRead) -> list[str]:
    message = f"cannot access local variable {op.params['name']!r}: it is not set on this path"
    text = e.atom(op.inputs[0])
    return [f"if {text} is None:", f"    raise UnboundLocalError({quoted(message)})"]


def _check_one(e: Exprs, op: Op, is_read: IsRead) -> list[str]:
    return [e.helper("check_one", e.atom(op.inputs[0]), quoted(op.params.get("name", "f"))).text]


def _check_apart(e: Exprs, op: Op, is_read: IsRead) -> list[str]:
    name = quoted(op.params["name"])
    return [e.helper("check_apart", name, *e.all(op.inputs)).text]


def _check_real(e: Exprs, op: Op, is_read: IsRead) -> list[str]:
    if e.module.typed:  # what computes the power has seen to it
        return []
    name = "check_int" if op.params.get("expected") == "int" else "check_real"
    return [e.helper(name, *e.all(op.inputs)).text]


def _check_shapes(e: Exprs, op: Op, is_read: IsRead) -> list[str]:
    shapes = [f"{e.owner(a)}.shape" for a in op.inputs if isinstance(a.type, Array)]
    return [f"np.broadcast_shapes({', '.join(shapes)})"] if len(shapes) > 1 else []


def _check_finite(e: Exprs, op: Op, is_read: IsRead) -> list[str]:
    value, *operands = e.all(op.inputs)
    pairs: dict[str, str] = {}
    for a, name in zip(operands, op.params["operands"], strict=True):
        pairs[a if not name or name in pairs else name] = a
    named = ", ".join(f"{quoted(name)}: {a}" for name, a in pairs.items())
    return [e.helper("check_finite", value, quoted(op.params["what"]), f"{{{named}}}").text]


STATEMENTS: dict[str, Handler] = {
    "setitem": _setitem,
    "add_at": _add_at,
    "mul_at": _repeated("multiply"),
    "div_at": _repeated("divide"),
    "max_at": _repeated("maximum"),
    "min_at": _repeated("minimum"),
    "accumulate": _accumulate,
    "list_push": _list_push,
    "keys_add": _keys_add,
    "keys_remove": _keys_remove,
    "list_pop": _list_pop,
    "list_set": _list_set,
    "list_add_at": _list_add_at,
    "unpack": _unpack,
    "raise": _raise,
    "reraise": _reraise,
    "assert": _assert,
    "print": _print,
    "defined": _defined,
    "check_apart": _check_apart,
    "check_one": _check_one,
    "check_real": _check_real,
    "check_shapes": _check_shapes,
    "check_finite": _check_finite,
}
__all__ = ["STATEMENTS", "Const", "augmented"]
