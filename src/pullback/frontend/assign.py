"""Assignment to names, elements and parts of tuples, plain and augmented."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

from pullback import refusals
from pullback.errors import InternalError
from pullback.frontend import (
    changing,
    conditions,
    flat,
    foreign,
    indexing,
    inline,
    members,
    operators,
    readings,
    rows,
    sparse,
    stmts,
    structs,
    subscripts,
    unpacking,
)
from pullback.frontend.frame import Frame
from pullback.frontend.liveness import read_once
from pullback.frontend.lowering import (
    BUILTINS,
    ON_LISTS,
    ON_OBJECTS,
    ON_TABLES,
    ON_WALKS,
    as_atom,
    atom,
    constant_key,
    item_at,
    keyed,
    lower,
    replayed,
    simple_op,
    size_of,
    undecided,
)
from pullback.frontend.rows import is_list, is_listed
from pullback.frontend.values import (
    Dct,
    Either,
    Rows,
    Sparse,
    Struct,
    Table,
    Tree,
    Tup,
    Unset,
    Value,
)
from pullback.frontend.walking import describe, has_two, is_fleeting, shown
from pullback.ir import index
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import CLASSES, Array, Scalar, differentiable, is_complex
from pullback.tree import is_named_tuple


@stmts.handles(ast.Assign)
def assign(frame: Frame, s: ast.Assign) -> None:
    value = undecided(frame, s.value)
    if len(s.targets) > 1:
        value = ON_WALKS["paused"](frame, s, value)
    if len(s.targets) == 1:
        bind(frame, s.targets[0], value)
        return
    for target in s.targets:
        _bind_next(frame, target, lambda: frame.latest(value))


def _bind_next(frame: Frame, target: ast.expr, value: Callable[[], Value]) -> None:
    """Assign to one of several targets: what is one of two kinds is told apart here, for code of the
    targets before has run."""
    conditions.attempt(frame, lambda: bind(frame, target, value()), frame.loc(target))


@stmts.handles(ast.AnnAssign)
def annotated(frame: Frame, s: ast.AnnAssign) -> None:
    if s.value is not None:
        value = undecided(frame, s.value)
        bind(frame, s.target, foreign.annotated(frame, s.annotation, value))


def bind(frame: Frame, target: ast.expr, value: Value) -> None:
    """Assign a value to a target."""
    if is_fleeting(value) and not isinstance(target, ast.Tuple | ast.List):
        frame.reject(refusals.KEPT_ITERATOR, target, value=describe(value))
    value = members.read(frame, value)
    match target:
        case ast.Name(id=name):
            if not name.startswith("%") and not read_once(frame.node, name):
                value = ON_WALKS["paused"](frame, target, value)
            label(value, shown(name))
            frame.bind(name, value, target)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            items = unpacking.unpacked(frame, target, elements, frame.decided(value))
            # What is not bound yet is still read: writes in between must not change it.
            for k, (element, item) in enumerate(zip(elements, items, strict=True)):
                with frame.holding() as pending:
                    pending += items[k + 1 :]
                    inner = element.value if isinstance(element, ast.Starred) else element
                    if k and not isinstance(inner, ast.Name):
                        _bind_next(frame, inner, lambda item=item: item)  # type: ignore[misc]
                    else:
                        bind(frame, inner, item)
        case ast.Subscript():
            value = readings.undecided(frame, value)
            _bind_item(frame, target, ON_WALKS["paused"](frame, target, value))
        case ast.Attribute():
            value = ON_WALKS["paused"](frame, target, value)
            _bind_attribute(frame, target, lower(frame, target.value), value)
        case _:
            raise InternalError(f"{type(target).__name__} is a target")


def label(value: Value, name: str) -> None:
    """Name the temporaries of a value after what they are assigned to."""
    if isinstance(value, Var) and not value.name:
        value.name = name
    if isinstance(value, Tup):
        for k, item in enumerate(value.items):
            label(item, f"{name}_{k}")
    if isinstance(value, Rows) and has_two(value.pattern):
        names = rows.column_names(value.pattern, name)
        for column, named in zip(rows.columns(value), names, strict=True):
            column.name = column.name or named
    if isinstance(value, Struct):
        for field, item in value.items.items():
            label(item, field)


def _bind_attribute(frame: Frame, target: ast.Attribute, owner: Value, value: Value) -> None:
    """``owner.field = value``, and ``z.real = value`` of an array of complex numbers."""
    if target.attr == "flat" and isinstance(owner, Var) and isinstance(owner.type, Array):
        flat.fill(frame, target, owner, value)
        return
    part = _part(frame, target, owner)
    if part is None:
        structs.assign_field(frame, target, owner, value)
        return
    assert isinstance(part.type, Array)
    v = as_atom(frame, subscripts.array_like(frame, target, value), target)
    changing.overwrite(frame, target, part, "setitem", v, path=(("e",) if part.type.ndim else (),))


def _part(frame: Frame, target: ast.Attribute, owner: Value) -> Var | None:
    """The real or imaginary part that an attribute of an array is, None for anything else."""
    if isinstance(owner, Var) and isinstance(owner.type, Array) and is_complex(owner.type):
        return frame.op(target.attr, owner) if target.attr in ("real", "imag") else None
    return None


def _bind_item(frame: Frame, target: ast.Subscript, value: Value) -> None:
    with frame.holding() as pending:
        pending.append(value)
        owner = lower(frame, target.value)
        if (x := flat.array_of(owner)) is not None:
            flat.write(frame, target, x, frame.latest(value))
            return
        target, owner = keyed(frame, target, owner)
    indexing.write(frame, target, owner, frame.latest(value))


@stmts.handles(ast.AugAssign)
def augmented(frame: Frame, s: ast.AugAssign) -> None:
    match s.target:
        case ast.Name(id=name):
            old = frame.read(name, s.target)
            new = _augmented(frame, s, old)
            if new is not None:
                label(new, shown(name))
                frame.bind(name, new, s.target)
            elif not _is_still(frame, old, frame.read(name, s.target)):
                frame.reject(refusals.UPDATED_AND_WRITTEN, s)
        case ast.Subscript() as target:
            owner = lower(frame, target.value)
            if (x := flat.array_of(owner)) is not None:
                flat.update(frame, s, target, x)
                return
            _augment_item(frame, s, *keyed(frame, target, owner))
        case ast.Attribute() as target:
            owner = lower(frame, target.value)
            old = replayed(
                frame, lambda: _part(frame, target, owner) or structs.field_of(frame, target, owner)
            )
            new = _augmented(frame, s, old)
            if new is not None:
                structs.assign_field(frame, target, frame.latest(owner), new)
            elif structs.assigns_by_code(frame, owner, target.attr):
                structs.assign_field(frame, target, frame.latest(owner), frame.latest(old))
            elif isinstance(owner, Struct) and not _is_still(
                frame, old, structs.field_of(frame, target, frame.latest(owner))
            ):
                frame.reject(refusals.UPDATED_AND_WRITTEN, s)


def _is_still(frame: Frame, old: Value, now: Value) -> bool:
    """Whether a place holds the object that ``op=`` has updated, and the right side has put no other
    one there: Python would put the updated one back."""
    old, now = (_as_far_as_known(frame, v) for v in (old, now))
    if isinstance(old, Var) and isinstance(now, Var):
        return frame.heap.same(old, now)
    return isinstance(old, Tree) and isinstance(now, Tree) and old.identity is now.identity


def _as_far_as_known(frame: Frame, value: Value) -> Value:
    """A value as it is by now; of two kinds, the one that it is known to be."""
    value = frame.latest(value)
    known = frame.the_one(value) if isinstance(value, Either) else None
    return value if known is None else _as_far_as_known(frame, known)


def _augmented(frame: Frame, s: ast.AugAssign, old: Value) -> Value | None:
    """The new value of a target after ``op=``; None for an array or list, which is changed."""
    old = frame.decided(old)
    value = _beside(frame, s, old)
    said: Value | None = ON_OBJECTS["augmented"](frame, s, type(s.op), frame.latest(old), value)
    if said is not None:
        return said
    if is_list(old) and isinstance(value, Var) and isinstance(value.type, Array):
        frame.reject(refusals.OPERATOR_ON_LIST, s)  # which gives an array
    if is_list(old) and isinstance(s.op, ast.Add | ast.Mult):
        ON_LISTS[ast.AugAssign](frame, s, frame.latest(old), value)
        return None
    if isinstance(s.op, ast.BitOr) and operators.is_dict(frame.latest(old)):
        inline.expand(frame, s, "old.update(value)", "old", old=frame.latest(old), value=value)
        return None
    if isinstance(old, Var) and isinstance(old.type, Array):
        _update(frame, s, old, (), [], value)
        return None
    return operators.apply_binary(frame, s, type(s.op), old, value)


def _beside(frame: Frame, s: ast.AugAssign, old: Value) -> Value:
    """The right side of ``op=``, while what it is combined with is still to be used."""
    with frame.holding() as pending:
        pending.append(old)
        return lower(frame, s.value)


def _augment_item(
    frame: Frame, s: ast.AugAssign, target: ast.Subscript, owner: Value
) -> None:
    """``owner[...] op= v``."""
    now = frame.latest(owner)
    if isinstance(target.slice, ast.Slice) and is_list(now):
        _augment_slice(frame, s, target, now)
        return
    owner = indexing.changeable(frame, owner, target)
    if isinstance(owner, Var) and isinstance(owner.type, Array):
        _augment_elements(frame, s, target, owner)
    elif is_listed(owner):
        i = atom(frame, target.slice, "an integer")
        new = _augmented(frame, s, replayed(frame, lambda: item_at(frame, s, owner, i)))
        if new is not None:
            changing.set_item(frame, s, owner, i, new)
    elif isinstance(owner, Dct | Table) and _is_entry(owner, key := lower(frame, target.slice)):
        ON_TABLES["update"](frame, s, target, owner, key, lambda old: _augmented(frame, s, old))
    elif isinstance(owner, Struct) and not is_named_tuple(owner.cls):
        key = lower(frame, target.slice)
        item = replayed(frame, lambda: ON_OBJECTS["read"](frame, target, owner, key))
        new = None if item is None else _augmented(frame, s, item)
        new = item if new is None else new
        if new is None or ON_OBJECTS["write"](frame, target, frame.latest(owner), key, new) is None:
            frame.reject(refusals.ELEMENTS_ASSIGNED, target, value=describe(owner))
    elif isinstance(owner, Dct | Sparse | Tup):
        old = replayed(frame, lambda: indexing.read(frame, owner, target))
        new = _augmented(frame, s, old)
        if new is not None:
            indexing.write(frame, target, owner, new)
        elif not _is_still(frame, old, indexing.read(frame, frame.latest(owner), target)):
            frame.reject(refusals.UPDATED_AND_WRITTEN, s)
    else:
        frame.reject(refusals.ELEMENTS_ASSIGNED, target, value=describe(owner))


def _augment_slice(frame: Frame, s: ast.AugAssign, target: ast.Subscript, owner: Value) -> None:
    """``l[a:b] op= v`` of a list."""
    old = indexing.read(frame, owner, target)
    value = _beside(frame, s, old)
    if isinstance(s.op, ast.Add):
        value = BUILTINS[list](frame, cast("ast.Call", target), [value], {})
    indexing.write(frame, target, owner, operators.apply_binary(frame, s, type(s.op), old, value))


def _augment_elements(frame: Frame, s: ast.AugAssign, target: ast.Subscript, owner: Var) -> None:
    """``x[...] op= v`` of an array."""
    entries, inputs = subscripts.of_array(frame, target, owner)
    before = frame.heap.version(owner)
    if _raises_first(frame, s, (entries,)):
        simple_op(frame, s, "getitem", owner, *inputs, path=(entries,))
    value = _beside(frame, s, owner)
    if frame.heap.version(owner) is not before:
        frame.reject(refusals.UPDATED_AND_WRITTEN, s)
    _update(frame, s, owner, (entries,), inputs, value)


def _is_entry(owner: Dct | Table, key: Value) -> bool:
    """Whether a key of a dict is found at run time."""
    return isinstance(owner, Table) or ON_TABLES["is_computed"](key)


def _raises_first(frame: Frame, s: ast.AugAssign, path: index.Path) -> bool:
    """Whether a handler may see that the target of ``op=`` is read before the right side is called."""
    called = any(isinstance(n, ast.Call) for n in ast.walk(s.value))
    return called and index.may_raise(path) and bool(frame.session.catching)


def _update(
    frame: Frame, s: ast.AugAssign, owner: Var, path: index.Path, inputs: list[Atom], value: Value
) -> None:
    """``x[...] op= v``: sums accumulate, all else reads, computes and writes."""
    v = as_atom(frame, subscripts.array_like(frame, s, value), s)
    _refuse_truncation(frame, s, owner, path, inputs, v)
    assert isinstance(owner.type, Array)
    if isinstance(index.select(owner.type, path, inputs), Array):
        changing.refuse_half_written(frame, s)
    # x - 0.0 differs from x + -0.0 where x is complex.
    exact = isinstance(s.op, ast.Add) or is_complex(owner.type) == is_complex(v.type)
    sums = isinstance(s.op, ast.Add | ast.Sub) and exact
    if sums and differentiable(owner.type) and index.is_basic(path):
        if isinstance(s.op, ast.Sub):
            v = Const(-v.value) if isinstance(v, Const) else simple_op(frame, s, "neg", v)
        changing.overwrite(frame, s, owner, "add_at", v, inputs, path=path)
        return
    old = simple_op(frame, s, "getitem", owner, *inputs, path=path) if path else owner
    if isinstance(s.op, ast.MatMult):
        _demand_same_shape(frame, s, old, v)
    new = as_atom(frame, operators.apply_binary(frame, s, type(s.op), old, v), s)
    everywhere = ("e",) if owner.type.ndim else ()
    changing.overwrite(frame, s, owner, "setitem", new, inputs, path=path or (everywhere,))


def _demand_same_shape(frame: Frame, s: ast.AST, old: Var, v: Atom) -> None:
    """``x @= y`` is for products of the shape of x: another one is an error, and never broadcast."""
    fits = isinstance(old.type, Array) and old.type.ndim in (1, 2)
    if not (fits and isinstance(v, Var) and isinstance(v.type, Array) and v.type.ndim == 2):
        frame.reject(refusals.MATMUL_IN_PLACE, s)
    assert isinstance(old.type, Array)
    if old.type.shape[-1] != v.type.shape[1]:
        last = size_of(frame, old, old.type.ndim - 1)
        conditions.demand(frame, s, size_of(frame, v, 1), last, "x @= y where x @ y has another shape")


def _refuse_truncation(
    frame: Frame, s: ast.AugAssign, owner: Var, path: index.Path, inputs: Sequence[Atom], v: Atom
) -> None:
    """NumPy adds no floats to integers in place; a number read from an array is written back."""
    if not isinstance(v.type, Array | Scalar):
        frame.reject(refusals.WHERE_NEEDED, s, value=describe(v), what="a number or array")
    if path and isinstance(index.select(owner.type, path, inputs), Scalar):
        return
    assert isinstance(owner.type, Array)
    changing.refuse_complex(frame, s, owner, v)
    classes = [v.type.cls, "float" if isinstance(s.op, ast.Div) else "bool"]
    if max(map(CLASSES.index, classes)) > CLASSES.index(owner.type.cls):
        frame.reject(refusals.ADDED_TO_INTEGERS, s, value=describe(v), cls=owner.type.cls)


@stmts.handles(ast.Delete)
def delete(frame: Frame, s: ast.Delete) -> None:
    for target in s.targets:  # each by itself: what is deleted before another is met stays so
        conditions.attempt(frame, lambda t=target: _delete(frame, t), frame.loc(target))  # type: ignore[misc]


def _delete(frame: Frame, target: ast.expr) -> None:
    if isinstance(target, ast.Subscript):
        _delete_item(frame, target)
    elif isinstance(target, ast.Attribute):
        structs.delete_field(frame, target, frame.latest(lower(frame, target.value)))
    elif isinstance(target, ast.Name):
        frame.read(target.id, target)
        frame.bind(target.id, Unset(frame.loc(target)), target)
    else:
        frame.reject(refusals.DELETED, target)


def _delete_item(frame: Frame, target: ast.Subscript) -> None:
    """``del d["k"]`` of a dict with constant keys, or an item of a list."""
    target, owner = keyed(frame, target, lower(frame, target.value))
    if isinstance(owner, Struct):
        key = lower(frame, target.slice)
        if ON_OBJECTS["delete"](frame, target, owner, key) is not None:
            return
    if isinstance(owner, Sparse):
        sparse.delete(frame, target.slice, owner, lower(frame, target.slice), target.value)
        return
    if not isinstance(owner, Dct | Table):
        if not is_list(owner):
            frame.reject(refusals.DELETED, target)
        ON_LISTS[ast.Delete](frame, target, owner)
        return
    given = lower(frame, target.slice)
    if isinstance(owner, Table) or ON_TABLES["is_computed"](given):
        ON_TABLES["delete"](frame, target, owner, given)
        return
    key = constant_key(frame, given, target.slice)
    if key not in owner.items:
        frame.raises("KeyError", str(key))
    kept = {k: v for k, v in owner.items.items() if k != key}
    frame.change(owner, replace(owner, items=kept), target.value)
