"""What all that changes an array or a run-time list in place goes through.

Here it is asked whether that may be done, and what is put into a list gets the form of its items.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from pullback import refusals
from pullback.frontend import (
    assorted,
    fixed,
    looped,
    members,
    permits,
    places,
    readings,
    references,
    rows,
    several,
    structs,
    unkept,
    unlike,
    views,
)
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import as_atom, simple_op
from pullback.frontend.reaching import reachable
from pullback.frontend.rows import Listed, is_listed
from pullback.frontend.values import Dct, Ref, Rows, Static, Tree, Tup, Value
from pullback.frontend.walking import describe, is_function, leaves
from pullback.ir import index
from pullback.ir.alias import Buffers
from pullback.ir.core import Atom, Var
from pullback.ir.types import is_complex


def overwrite(
    frame: Frame, node: ast.AST, target: Var, prim: str, v: Atom, inputs: Sequence[Atom] = (),
    **params: Any,
) -> None:  # fmt: skip
    """Write to the array that a value stands for: all that leads to it sees the array as it is then.

    ``prim`` takes the array, the value ``v`` and further inputs, and takes over the array's memory.
    A view is written through where the op takes a path; else it is computed, and put in its place.
    """
    refuse_complex(frame, node, target, v)
    target = cast("Var", frame.settled(target))
    root = frame.heap.root(target)
    for seen in frame.heap.chain(target):
        if seen in frame.owners:
            permits.not_ours(frame, seen, seen, node)
    if places.is_item(frame, target):
        places.overwrite(frame, node, target, prim, v, inputs, **params)
        return
    permits.may_write(frame, root, node)
    steps, numbers = views.path_to(frame.heap, frame.b, target)
    through = prim in ("setitem", "add_at") or not (index.reshapes(steps) or index.parts(steps))
    if steps and not ("path" in params and through):
        v = simple_op(frame, node, prim, frame.op("copy", target), v, *inputs, **params)
        prim, inputs, params = "setitem", (), {"path": ()}
    if "path" in params:
        all_of_it = steps and params["path"] == (("e",),)
        path = steps if all_of_it else (*steps, *params["path"])
        params |= {"path": index.whole(path, target.type.ndim) if steps else path}  # type: ignore[union-attr]
    try:
        (out,) = frame.emit(prim, root, v, *numbers, *inputs, names=(root.name,), **params)
    except (TypeError, ValueError, IndexError) as error:
        frame.reject(refusals.CANNOT_BE_WRITTEN, node, value=describe(v), why=error)
    frame.heap.write(root, out)


def refuse_complex(frame: Frame, node: ast.AST, target: Var, v: Atom) -> None:
    """Refuse complex numbers that are written to an array of real ones."""
    if is_complex(v.type) and not is_complex(target.type):
        frame.reject(refusals.COMPLEX_INTO_REAL, node, value=describe(v))


def refuse_half_written(frame: Frame, node: ast.AST) -> None:
    """NumPy's arithmetic writes what it found before it raises: not so where that would be seen."""
    if frame.trapping and frame.catches(FloatingPointError):
        frame.reject(refusals.HALF_WRITTEN, node)


def set_item(frame: Frame, node: ast.AST, owner: Listed, index_: Atom, value: Value) -> None:
    """Change an element of a list."""
    owner, v = taking(frame, node, owner, as_item(frame, value, node, owner))
    if not rows.holds(owner, v):
        unkept.demand_kept(frame.session.told, frame.b.loc, owner, v)
        assorted.demand_inside(frame, owner, v)
        assorted.demand(frame, owner, v)
        frame.reject(refusals.CANNOT_HOLD, node, owner=describe(owner), value=describe(v))
    change_list(frame, node, owner, "list_set", index_, value=v)
    assorted.was_set(frame, owner, index_, v)
    rows.put(frame, node, value, map(frame.heap.root, rows.columns(owner)))


def taking(frame: Frame, node: ast.AST, owner: Listed, item: Value) -> tuple[Listed, Value]:
    """A list that takes an item in, and the item in the form of its items: a list gets columns for one
    that is unlike those that it holds."""
    item = rows.suited(frame, owner, item)
    wide = unlike.widened(owner, item)
    if wide is not None:
        assert isinstance(owner, Rows)
        members.told_otherwise(frame, owner)
        for column in rows.columns(owner):
            may_resize(frame, column)
        new = unlike.in_form(frame, owner, wide)
        frame.change(owner, new, node)
        owner = new
    fits = isinstance(owner, Rows) and several.fits(owner.pattern, item)
    return owner, unlike.placed(frame, item, owner.pattern) if fits else item  # type: ignore[union-attr]


def widen(frame: Frame, node: ast.AST, owner: Listed, value: Value) -> None:
    """A list is to take a value in, if that is a view, or has some, that are read in another way."""
    (item,) = readings.as_items(frame, (value,))
    if item is not value:
        taking(frame, node, owner, item)


def as_item(
    frame: Frame, value: Value, node: ast.AST, owner: Value, stands: bool = False
) -> Value:
    """A value that is put into a list; what can be changed in place, and nothing else holds, is moved
    into it, also what else is known if it ``stands`` there from now on for all who know it."""
    (value,) = readings.as_items(frame, (references.referred(frame, value),))
    if (form := assorted.form_for(frame, value, owner)) is not None:
        return assorted.placed(frame, _decided(frame, value), form, owner)
    if rows.is_deque(owner) and isinstance(value, Static) and value.value is None:
        frame.reject(refusals.CANNOT_HOLD, node, owner=describe(owner), value=describe(value))
    if not isinstance(value, Tree) and not is_function(value):
        return as_atom(frame, value, node)
    structs.refuse_dicts(frame, node, [value])
    kept = list(rows.changeable(value))
    held = reachable(frame, (v for _, v in frame.others())) if kept else {}
    for tree in kept:
        if tree.identity in held and not stands:
            frame.choose([tree])
            references.link(frame, tree)
            references.demand_list(frame, tree)
            frame.reject(refusals.HELD_CONTAINER, node, value=describe(cast("Value", tree)))
    frame.lowered.moved |= {tree.identity for tree in kept}
    (value,) = readings.as_items(frame, (assorted.opened(frame, value),))
    item = rows.as_row(frame, _decided(frame, value))
    if item is None or not leaves(item):
        frame.reject(refusals.PUT_INTO_LIST, node, value=describe(value))
    return item


def _decided(frame: Frame, value: Value) -> Value:
    """A container of which each item is the one of two kinds that it is where control is."""
    if isinstance(value, Ref):
        return value
    value = frame.decided(value)
    if not isinstance(value, Tree):
        return value
    return cast("Value", value.remade([_decided(frame, part) for part in value.parts]))


def change_list(
    frame: Frame, node: ast.AST, owner: Listed, prim: str, *inputs: Atom, value: Value | None = None,
    **params: Any,
) -> Sequence[Var]:  # fmt: skip
    """Change a run-time list in place, each of its columns; gives what the ops give beside the lists."""
    given: list[Var] = []
    found = rows.columns(owner)
    whole = [frame.heap.root(column) for column in found if not places.is_item(frame, column)]
    members.resettled(frame, whole, prim == "list_push" and not params)
    atoms = [[]] * len(found) if value is None else [[a] for a in leaves(value)]
    with frame.holding() as pending:
        pending.append(owner)  # an item may hold one array in several columns
        for k, (column, last) in enumerate(zip(found, atoms, strict=True)):
            if prim != "list_set":
                may_resize(frame, column)
            elif k:  # they are of one length
                params["checked"] = True
            if places.is_item(frame, column):
                given += places.change_inside(frame, node, prim, column, *inputs, *last, **params)
                continue
            root = frame.heap.root(column)
            permits.may_write(frame, root, node)
            given += places.change(frame, prim, root, *inputs, *last, **params)
    return given


def may_resize(frame: Frame, l: Var) -> None:
    """Refuse to change a list in length while a loop runs over it."""
    resize(frame, frame.of(l).own, frame.heap.root(l).name or l.name)


def resize(frame: Frame, lists: Buffers, name: str) -> None:
    """Lists change in length, which is refused while a loop runs over one; whoever calls is told."""
    frame.resized |= lists
    for seen, node in frame.watched.items():
        if isinstance(seen, Var) and not lists.isdisjoint(frame.of(seen).own):
            frame.reject(refusals.CHANGES_WHILE_LOOPED_OVER, node, name=name or "a list")


@contextmanager
def same_length(frame: Frame, values: Sequence[Value], node: ast.AST) -> Iterator[None]:
    """Refuse to change the lists among some values in length while a loop runs over them."""
    lists = {frame.heap.reference(l) for v in values if is_listed(v) for l in rows.columns(v)}
    forms = {v.identity for v in values if isinstance(v, Tup) and v.is_list}
    before = frame.watched
    frame.watched = before | dict.fromkeys(lists | forms, node)
    try:
        yield
    finally:
        frame.watched = before


def refuse_held(frame: Frame, node: ast.AST, owner: Tup | Dct, items: Sequence[Value]) -> None:
    """Refuse to move containers into a list if something else knows one, or they are there twice."""
    inner = [tree for item in items for tree in rows.changeable(item)]
    beside = reachable(frame, (v for _, v in frame.others()), owner) if inner else {}
    for tree in inner:
        if tree.identity in beside:
            references.link(frame, tree)
            if references.is_referred(frame, tree):
                continue
            frame.choose([tree])
            references.demand_list(frame, tree, owner.identity)
            references.demand_list(frame, tree)
            frame.reject(refusals.HELD_CONTAINER, node, value=describe(cast("Value", tree)))
        beside[tree.identity] = owner
    frame.lowered.moved |= {tree.identity for tree in inner}


def list_variable(
    frame: Frame, value: Tup, node: ast.AST, held: ast.AST | None = None, first: Value | None = None
) -> Listed:
    """Turn a fixed list into a run-time list, so that it can be changed; ``held`` is what reads it,
    ``first`` what an empty one is to hold."""
    refuse_held(frame, node, value, value.items)
    runtime = fixed.runtime(frame, value, frame.name_of(value), first, functions=True)
    if runtime is None:
        unkept.demand_one_form(*value.items)
        frame.session.keep_lengths(frame.b.loc)
        assorted.demand(frame, value)
        for item in value.items:
            assorted.opened(frame, item)
        frame.reject(refusals.LIST_OF_UNLIKE_ITEMS, node)
    frame.session.opened |= {frame.heap.root(column): frame.b.loc for column in rows.columns(runtime)}
    if value.identity in frame.watched:
        name, place = frame.name_of(value) or "a list", frame.watched[value.identity]
        looped.open_lists(frame, place)
        frame.reject(refusals.CHANGES_WHILE_LOOPED_OVER, place, name=name)
    frame.change(value, runtime, held or node)
    return runtime
