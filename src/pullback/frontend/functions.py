"""Calls of functions met in the code: what they are given, and what they leave in that."""

from __future__ import annotations

import ast
import types
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from pullback import refusals
from pullback.frontend import (
    callees,
    joined,
    lengths,
    members,
    mutations,
    references,
    results,
    sided,
    structs,
    targets,
    unkept,
    yielding,
)
from pullback.frontend.building import Unreachable
from pullback.frontend.frame import Frame
from pullback.frontend.guards import code_guard
from pullback.frontend.liveness import loaded_once
from pullback.frontend.lowering import ON_LISTS, ON_WALKS, applies
from pullback.frontend.scopes import is_generator
from pullback.frontend.session import Lengthens, Lowered
from pullback.frontend.signatures import identity_of
from pullback.frontend.targets import Target
from pullback.frontend.values import Env, Generator, Lazy, Local, Rows, Value
from pullback.frontend.walking import bound_here, describe, leaves, rebuild
from pullback.ir.alias import Memory
from pullback.ir.core import Atom, Params, Var
from pullback.ir.types import List, Type


def call_python(
    frame: Frame, node: ast.Call, function: types.FunctionType, args: list[Value],
    keywords: dict[str, Value],
) -> Value:  # fmt: skip
    return call_target(frame, node, targets.python_target(function), args, keywords)


@applies(Local)
def call_local(
    frame: Frame, node: ast.Call, local: Local, args: list[Value], keywords: dict[str, Value]
) -> Value:
    return call_target(frame, node, targets.local_target(local), args, keywords)


def call_target(
    frame: Frame, node: ast.AST, target: Target, args: Sequence[Value], keywords: dict[str, Value]
) -> Value:
    bound = targets.bind(frame, node, target, args, keywords)
    if is_generator(target.node) and frame.caller is not None:
        if target.checkpoint:
            frame.reject(refusals.CHECKPOINTED_GENERATOR, node, function=target.name)
        if target.python is not None:
            frame.session.guards["code", id(target.python)] = code_guard(target.python)
        assert isinstance(target.node, ast.FunctionDef)
        return Generator(replace(target, node=yielding.apart(target.node)), bound)
    return call_bound(frame, node, target, bound)


def call_bound(frame: Frame, node: ast.AST, target: Target, bound: Env) -> Value:
    """A call of which the arguments have their names."""
    structs.refuse_dicts(frame, node, bound.values())
    for name, value in list(bound.items()):
        once = isinstance(value, Lazy) and loaded_once(target.node, name)
        if once:
            value = bound[name] = ON_LISTS[ast.GeneratorExp](frame, node, value)
        elif isinstance(value, Lazy) or name in targets.gathered(target.node.args):
            value = bound[name] = ON_WALKS["paused"](frame, node, value)
        if bound_here(value) and not once:
            frame.reject(refusals.ITERATOR_ARGUMENT, node, value=describe(value))
    if any(map(unkept.is_kept, bound.values())):
        mutations.open_call(frame, node)
    with sided.readings(frame, bound.values()):
        bound = {name: references.passed(frame, members.read(frame, v)) for name, v in bound.items()}
        bound = {name: current(frame, v) for name, v in bound.items()}
        bound |= _owners(frame, bound)
        return _called(frame, node, target, bound)


def _lowered_and_bound(
    frame: Frame, node: ast.AST, target: Target, bound: Env
) -> tuple[Lowered, list[Atom], Env]:
    """What a call needs; lists that a recursion makes longer are run-time lists from here on."""
    session, identity = frame.session, identity_of(target)
    if identity in session.lengthened or callees.is_lowering(session, identity):
        bound = results.lengthened(frame, node, bound) if identity in session.lengthened else bound
        return *callees.lowered_for(frame, target, bound), bound
    session.called.add(identity)
    try:
        return *callees.lowered_for(frame, target, bound), bound
    except Lengthens as found:
        if found.identity != identity:
            raise
    finally:
        session.called.discard(identity)
    session.lengthened.add(identity)
    return _lowered_and_bound(frame, node, target, bound)


def _called(frame: Frame, node: ast.AST, target: Target, bound: Env) -> Value:
    """A call of which the arguments are as they are by now."""
    with mutations.opening(frame, node):
        lowered, atoms, bound = _lowered_and_bound(frame, node, target, bound)
    if not lowered.done:
        callees.depend_on(frame.session, lowered)
        for _, around, name in lowered.earlier:  # what is read behind the recursive call
            frame.from_around(around, name)
    if lowered.result is None:
        raise Unreachable
    captured = callees.captured_values(frame, lowered)
    with sided.readings(frame, [value for _, value in captured]):
        inputs = [*atoms, *joined.inputs(frame.heap, lowered, captured)]
        sizes = lengths.before(frame, lowered, inputs)
        mutations.permit(frame, node, lowered, inputs, bound)
        out_types = callees.result_types(lowered, inputs)
        again: Params = {"checkpoint": True} if target.checkpoint else {}
        outputs = frame.b.emit("call", inputs, types=out_types, callee=lowered.func, **again)
    share_memory(frame, lowered, inputs, outputs)
    for v, root in zip(outputs, lowered.roots, strict=False):
        if root is not None:
            frame.session.displays.same(root, v)
    frame.mixed |= {outputs[k] for k in lowered.mixed if k < len(outputs)}
    may_open(frame, node, lowered, outputs)
    known = callees.captured_trees(frame, lowered)  # which this function depends on, too
    if lowered.raises:
        _touch(frame, lowered, inputs, bound)
        raise Unreachable
    result = mutations.taken_over(frame, node, lowered, inputs, outputs, bound, known)
    lengths.demand_same(frame, node, sizes)
    return result


def _touch(frame: Frame, lowered: Lowered, inputs: Sequence[Atom], bound: Env) -> None:
    """Handlers see what a call has changed that does not return."""
    known = {i: tree.identity for i, tree in zip(lowered.trees, mutations.all_trees(bound), strict=True)}
    for k in lowered.touched:
        a = inputs[k] if isinstance(k, int) else None
        frame.heap.touched.append(frame.heap.root(a) if isinstance(a, Var) else known.get(k, k))


def _owners(frame: Frame, bound: Env) -> Env:
    """The lists that references among the arguments of a call lead to and that are no arguments."""
    found: Env = {}
    while True:
        values = [*bound.values(), *found.values()]
        known = {frame.heap.root(a) for v in values for a in leaves(v) if isinstance(a, Var)}
        lost = references.leading_out(values, known)
        if lost is None:
            return found
        found[f"%list{len(found)}"] = current(frame, Rows(lost.pattern, lost.lists))


def current(frame: Frame, value: Value) -> Value:
    """An argument as it is by now; one array is one variable."""
    value = frame.latest(value)
    atoms = leaves(value)
    now = [frame.heap.now(cast("Atom", frame.settled(a))) for a in atoms]
    return value if all(a is b for a, b in zip(atoms, now, strict=True)) else rebuild(value, now)


def may_open(frame: Frame, node: ast.AST, lowered: Lowered, outputs: Sequence[Var]) -> None:
    """A call is opened where a write depends on what it gives, or has put into containers: what shares
    memory with other arrays in a way that the caller does not see."""
    given_back = frame.session.given_back
    for v, seen in zip(outputs, lowered.seen, strict=False):
        if v in given_back and seen is None:
            given_back[v] = given_back[v] | {frame.loc(node)}


def share_memory(
    frame: Frame, lowered: Lowered, inputs: Sequence[Atom], outputs: Sequence[Var]
) -> None:
    """Enter which memory the results of a call share with what it was given."""
    whole = zip(outputs, lowered.shares, lowered.beside, strict=False)
    for place, (v, shared, beside) in enumerate(whole):
        frame.given(v, place in lowered.alone and not shared and not beside)
        for a in (*(outputs[k] for k in beside), *(inputs[k] for k in shared if k < len(inputs))):
            frame.remember(v, frame.of(v) | _seen_from(v.type, a.type, frame.of(a)))
        if place < len(lowered.of_others):
            frame.share_with_others(v, lowered.of_others[place])
        if beside or any(k < len(inputs) for k in shared):
            frame.session.given_back[v] = lowered.unfollowed


def _seen_from(result: Type, given: Type, memory: Memory) -> Memory:
    """The memory of a result that leads to some of the memory of something given: a list holds an array,
    and is none."""
    if isinstance(result, List):
        return Memory(memory.own if isinstance(given, List) else frozenset(), memory.reach)
    return Memory(memory.held if isinstance(given, List) else memory.reach)
