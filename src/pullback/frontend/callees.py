"""Functions met in the code, lowered once for each signature, and what they are to those that call them.

A function becomes a Func with one parameter for each distinct leaf of its arguments (an array passed
twice is one parameter), followed by what it captures. Recursion is typed by a fixpoint: a call whose
result is not known yet ends its branch, until the others have told.
"""

from __future__ import annotations

import itertools
import types
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from pullback import refusals
from pullback.errors import InternalError, SourceError
from pullback.frontend import (
    closures,
    conditions,
    joined,
    leaving,
    members,
    mutations,
    results,
    rows,
    tapped,
    targets,
    unkept,
)
from pullback.frontend.building import Unreachable
from pullback.frontend.frame import Frame
from pullback.frontend.guards import code_guard, registry_guard
from pullback.frontend.session import Generalise, Lengthens, Lowered, OfRecursion, Session, StartOver
from pullback.frontend.signatures import (
    distinct,
    generalised,
    identity_of,
    is_parameter,
    lengthens,
    placed,
    same_kinds,
    signature,
)
from pullback.frontend.targets import Target
from pullback.frontend.values import NONE, Env, Static, Tree, Value
from pullback.frontend.walking import describe, is_fleeting, leaves, led_to, rebuild, trees
from pullback.ir.core import Atom, Block, Const, Func, Var, free_vars
from pullback.ir.types import Dim, Sym, Type, has_memory, match_sizes, with_sizes

# ---- lowering


def lowered_for(frame: Frame, target: Target, bound: Env) -> tuple[Lowered, list[Atom]]:
    """The Func of a target for these arguments, and the distinct leaves to call it with."""
    session = frame.session
    identity = identity_of(target)
    while True:
        try:
            return _lowered_for(frame, target, bound)
        except Generalise as recursion:
            if recursion.identity != identity or is_lowering(session, identity):
                raise
            session.generalised.add(identity)


def lowered_apart(frame: Frame, target: Target, bound: Env) -> tuple[Lowered, list[Atom]]:
    """The same to be differentiated by the arguments: what it knows from around stays as it is then, be
    it the same array."""
    lowered, atoms = lowered_for(frame, target, bound)
    if joined.has_joined(lowered):
        return lowered_for(frame, replace(target, apart=True), bound)
    return lowered, atoms


def _lowered_for(frame: Frame, target: Target, bound: Env) -> tuple[Lowered, list[Atom]]:
    session = frame.session
    identity = identity_of(target)
    general = identity in session.generalised
    for value in bound.values():
        unkept.demand_inside(value)
    atoms = distinct([leaf for v in bound.values() for leaf in leaves(v)], general)
    given = signature(_by_place(frame, bound, atoms), atoms, general)
    if isinstance(target.identity, types.FunctionType):
        session.guards["code", id(target.identity)] = code_guard(target.identity)
        session.guards["registered"] = registry_guard()
    for count in itertools.count():  # one for each kind of what is captured
        key = (identity, given, count, frame.remembering())
        cached = session.functions.get(key)
        if cached is None:
            break
        runs_again = cached.once and session.inner > 0
        if not runs_again and not stale(frame, target, bound, atoms, cached):
            return cached, atoms
    if is_lowering(session, identity) and not general:
        raise Generalise(identity)
    if identity in session.called and lengthens(given, _given_before(session, identity)):
        raise Lengthens(identity)
    func = Func(session.unique(target.name), Block([], [], []), None)
    session.functions[key] = lowered = Lowered(func)
    session.lowering.append((identity, key))
    try:
        build(frame, target, bound, lowered, general)
    except (OfRecursion, StartOver, SourceError):
        forget_dependents(session, lowered)
        del session.functions[key]
        session.release(target.name)
        raise
    finally:
        session.lowering.pop()
    return lowered, atoms


def _by_place(frame: Frame, bound: Env, atoms: Sequence[Atom]) -> Env:
    """Arguments whose references lead to lists by the places that these have among the atoms."""
    places = {frame.heap.root(a): placed(k) for k, a in enumerate(atoms) if isinstance(a, Var)}
    return {name: led_to(value, places) for name, value in bound.items()}


def _given_before(session: Session, identity: Any) -> list[Any]:
    """What a function is being lowered for."""
    return [key[1] for found, key in session.lowering if found == identity]


def is_lowering(session: Session, identity: Any) -> bool:
    return any(found == identity for found, _ in session.lowering)


def depend_on(session: Session, lowered: Lowered) -> None:
    """What is being lowered inside an unsettled function is lowered anew with it."""
    lowered.recursive = True
    keys = [key for _, key in session.lowering]
    start = next(k for k, key in enumerate(keys) if session.functions.get(key) is lowered)
    lowered.dependents += keys[start + 1 :]


def forget_dependents(session: Session, lowered: Lowered) -> None:
    for key in lowered.dependents:
        if (found := session.functions.pop(key, None)) is not None:
            base = found.func.name.rstrip("0123456789").removesuffix("_")
            session.names[base] = max(session.names.get(base, 1) - 1, 0)
    lowered.dependents.clear()


def stale(
    frame: Frame, target: Target, bound: Env, atoms: Sequence[Atom], lowered: Lowered
) -> bool:
    """Whether what a local function captured has changed in kind since it was lowered, or is now among
    its arguments as it was not then, or the reverse."""
    before = lowered.around
    if not before:
        return False
    now = {key: frame.around(*key[1:]) for key in before}
    known = {key: v for key, v in now.items() if v is not None}
    if known.keys() != before.keys() or not same_kinds(known, before, lowered.own):
        return True
    given = [tree.identity for tree in mutations.all_trees(bound)]
    heaps, arrays = frame.heaps(), [a for a in atoms if has_memory(a.type)]
    passed = [object() if target.apart else joined.origin(frame.session, heaps, a) for a in arrays]
    around = [joined.origin(frame.session, heaps, a) for a in _with_memory(known)]
    own = [p for p in lowered.own if has_memory(p.type)]
    before_same = _same_ones([*lowered.trees, *_identities(before), *own, *_with_memory(before)])
    return _same_ones([*given, *_identities(known), *passed, *around]) != before_same


def _identities(around: Mapping[Any, Value]) -> list[object]:
    return [tree.identity for v in around.values() for tree in trees(v)]


def _with_memory(around: Mapping[Any, Value]) -> list[Atom]:
    return [a for v in around.values() for a in leaves(v) if has_memory(a.type)]


def _same_ones(every: Sequence[object]) -> list[int]:
    """Which of some containers, arrays and lists are the same one."""
    first: dict[object, int] = {}
    return [first.setdefault(identity, k) for k, identity in enumerate(every)]


def build(caller: Frame, target: Target, bound: Env, lowered: Lowered, general: bool) -> None:
    """Lower the body until the type of the result is stable."""
    session = caller.session
    names: dict[Sym, Dim] = {}
    symbols: dict[Dim, Dim] = {}
    for _ in range(20):
        forget_dependents(session, lowered)
        frame = Frame(session, target.node, target.file, target.python, target.parent, lowered)
        frame.is_users, frame.remembers = target.body is targets.run_body, target.remembers
        frame.caller, frame.kept = caller, tuple(target.scope)
        lowered.earlier = [*lowered.statics]
        lowered.statics.clear()
        params, env = parameters(frame, target, bound, names, symbols if general else None)
        joined.renew(lowered, params)
        lowered.func.loc = frame.loc(target.node)
        frame.arguments = params
        for key in lowered.captured:  # in earlier rounds
            frame.comes_in(key)
        before = lowered.result
        lowered.trees = [tree.identity for tree in mutations.all_trees(env)]
        env |= targets.defaults_from_outside(frame, target, bound)
        known = set(lowered.captured), leaving.shape_of_effects(lowered)
        try:
            result = target.body(frame, env)
            if target.one_kind:
                result = conditions.of_one_kind(frame, result)
        except Unreachable:
            if lowered.recursive:
                frame.reject(refusals.NEVER_RETURNS, target.node, function=target.name)
            result, lowered.raises = NONE, True
        finish(frame, lowered, params, result, target.one_kind)
        now = set(lowered.captured), leaving.shape_of_effects(lowered)
        settled = before is not None and not results.changed(before, lowered.result) and now == known
        if settled or (before is None and not lowered.recursive):
            lowered.done = True
            tapped.demand_used(lowered.func)
            return
    raise InternalError(f"the kind of what {target.name} returns does not settle")


def parameters(
    frame: Frame, target: Target, bound: Env, names: dict[Sym, Dim], symbols: dict[Dim, Dim] | None
) -> tuple[list[Var], Env]:
    """Parameters for the leaves of arguments; an array that is passed twice is one of them."""
    params: dict[Atom, Var] = {}
    order: list[Var] = []

    def leaf(a: Atom, name: str) -> Atom:
        if not is_parameter(a, symbols is not None):
            return a
        if has_memory(a.type) and a in params:
            return params[a]
        kind = a.type if symbols is None else generalised(a.type, symbols)
        new = params[a] = Var(with_sizes(kind, names), getattr(a, "name", "") or name)
        frame.given(new)
        if frame.caller is not None:
            frame.session.displays.passed(a, frame.caller.heap, new, frame.heap)
            if not target.apart:
                joined.passed(frame.session, frame.caller.heaps(), a, new)
        order.append(new)
        return new

    env: Env = {}
    for name, value in bound.items():
        env[name] = rebuild(value, [leaf(a, known) for known, a in rows.named_leaves(value, name)])
        if isinstance(new := env[name], Var):
            new.name = name
    assert frame.caller is not None
    roots = {frame.caller.heap.root(a): p for a, p in params.items() if isinstance(a, Var)}
    return order, {name: led_to(value, roots) for name, value in env.items()}


def finish(
    frame: Frame, lowered: Lowered, params: list[Var], result: Value, whole: bool = False
) -> None:
    """Complete the Func: parameters with captures, results, what results share with parameters. Items of
    lists that are arguments are given by references, unless the ``whole`` of a result is asked for."""
    if not isinstance(result, Var | Const | Tree | Static) or is_fleeting(result):
        frame.reject(
            refusals.RETURNS, frame.node, function=lowered.func.name, value=describe(result)
        )
    for _, check in frame.session.at_end.pop(frame, ()):
        check()
    known = () if whole or lowered.recursive else params
    result = closures.closed(frame, members.read_inside(frame, frame.latest(result), known))
    result = results.found(frame, lowered, result)
    for key in [key for key in lowered.captured if key[0] != "local"]:
        lowered.captured[key] = lowered.captured.pop(key)  # last, for some of these go
    left = leaving.leave(frame, lowered, params, result)
    rows.one_check(Block([], frame.b.ops, left), frame.reads)
    if not lowered.recursive:
        drop_unused(lowered, Block([], frame.b.ops, left))
    all_params = [*params, *joined.parameters(lowered)]
    lowered.func.block = Block(all_params, frame.b.ops, left)
    if lowered.raises:
        lowered.touched = _touched(frame, all_params)
    lowered.shares = [
        {k for k, p in enumerate(all_params) if not frame.of(p).reach.isdisjoint(frame.of(r).reach)}
        for r in left
    ]
    lowered.mixed = {k for k, r in enumerate(left) if r in frame.mixed}
    lowered.of_others = [frame.of_others(r) for r in left]
    reaches = [frame.of(r).reach for r in left]
    lowered.beside = [
        {j for j in range(k) if not reaches[j].isdisjoint(reach)} for k, reach in enumerate(reaches)
    ]
    handed_on = [
        locs for v, locs in frame.session.given_back.items()
        if not all(frame.of(v).own.isdisjoint(frame.of(r).own) for r in left)
    ]  # fmt: skip
    lowered.unfollowed = lowered.unfollowed.union(
        frame.unfollowed.values(), (loc for _, loc in frame.put_in), *handed_on
    )
    results.settle(frame, lowered, result)


def _touched(frame: Frame, params: Sequence[Var]) -> set[object]:
    """What was changed of what callers may know, on whichever way: the numbers of parameters, and
    containers."""
    touched = set(frame.heap.touched)
    containers = {t for t in touched if not isinstance(t, Var)}
    return containers | {k for k, p in enumerate(params) if p in touched}


def drop_unused(lowered: Lowered, body: Block) -> None:
    """What was read from outside only to be known while lowering, such as an axis, is no parameter."""
    used = free_vars(body)
    for key, value in list(lowered.captured.items()):
        if key[0] == "outside" and not any(a in used for a in leaves(value)):
            del lowered.captured[key]


# ---- for who calls


def result_types(lowered: Lowered, inputs: Sequence[Atom]) -> list[Type]:
    """Types of a call's results, the callee's sizes expressed by the caller's."""
    assert lowered.result is not None
    names: dict[Sym, Dim] = {}
    for p, a in zip(lowered.func.params, inputs, strict=False):
        match_sizes(p.type, a.type, names)
    results = leaves(lowered.result)
    behind = lowered.func.results[len(results) :]
    return [with_sizes(r.type, names) for r in (*results, *behind)]


def captured_value(frame: Frame, key: Any, inside: Value) -> Value | None:
    """What a callee captures by a name, as the caller has it."""
    if key[0] == "local" and (key[1] is frame or key in frame.lowered.around):
        return frame.around(*key[1:])
    outside = frame.caller.around(*key[1:]) if key[0] == "local" and frame.caller is not None else None
    return frame.latest(frame.captured(key, inside if outside is None else outside))


def captured_trees(frame: Frame, lowered: Lowered) -> dict[object, Value]:
    """The containers that a callee captures, by identity, as the caller has them."""
    known: dict[object, Value] = {}
    for key, inside in lowered.captured.items():
        value = captured_value(frame, key, inside)
        if lowered is frame.lowered:
            known |= {a.identity: frame.latest(cast("Value", a)) for a in trees(inside)}
        elif value is not None:
            pairs = zip(trees(inside), trees(value), strict=False)
            known |= {a.identity: cast("Value", b) for a, b in pairs}
    for key, inside in lowered.statics.items():
        value = frame.around(*key[1:])
        assert value is not None
        if frame is not key[1]:
            frame.lowered.statics.setdefault(key, inside)
        pairs = zip(trees(inside), trees(value), strict=False)
        known |= {a.identity: cast("Value", b) for a, b in pairs}
    if not lowered.done:
        found = (tree for value in frame.lowered.statics.values() for tree in trees(value))
        known = {tree.identity: cast("Value", tree) for tree in found} | known
    return known


def captures(frame: Frame, lowered: Lowered) -> list[Atom]:
    """What the leaves of what a callee captures hold by now."""
    return joined.inputs(frame.heap, lowered, captured_values(frame, lowered))


def captured_values(frame: Frame, lowered: Lowered) -> list[tuple[Value, Value]]:
    """What a callee captures, with that as the caller has it (capturing it in turn if need be)."""
    items = lowered.captured.items()
    found = ((inside, captured_value(frame, key, inside)) for key, inside in items)
    return [(inside, value) for inside, value in found if value is not None]
