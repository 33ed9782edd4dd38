"""Functions met in the code: lowered once for each signature, called, or differentiated.

A function becomes a Func with one parameter for each distinct leaf of its arguments (an array passed
twice is one parameter), followed by what it captures. Recursion is typed by a fixpoint: a call whose
result is not known yet ends its branch, until the others have told.
"""

from __future__ import annotations

import ast
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
    lengths,
    members,
    mutations,
    references,
    results,
    rows,
    sided,
    structs,
    tapped,
    targets,
    unkept,
    yielding,
)
from pullback.frontend.building import Unreachable
from pullback.frontend.frame import Frame
from pullback.frontend.guards import code_guard, registry_guard
from pullback.frontend.liveness import loaded_once
from pullback.frontend.lowering import ON_LISTS, ON_WALKS, applies
from pullback.frontend.scopes import is_generator
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
from pullback.frontend.values import NONE, Env, Generator, Lazy, Local, Rows, Static, Tree, Value
from pullback.frontend.walking import bound_here, describe, is_fleeting, leaves, led_to, rebuild, trees
from pullback.ir.alias import Memory
from pullback.ir.core import Atom, Block, Const, Func, Params, Var, free_vars
from pullback.ir.types import (
    Dim,
    List,
    Sym,
    Type,
    has_memory,
    match_sizes,
    with_sizes,
)

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


# ---- calling


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
    if identity in session.lengthened or is_lowering(session, identity):
        bound = results.lengthened(frame, node, bound) if identity in session.lengthened else bound
        return *lowered_for(frame, target, bound), bound
    session.called.add(identity)
    try:
        return *lowered_for(frame, target, bound), bound
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
        depend_on(frame.session, lowered)
        for _, around, name in lowered.earlier:  # what is read behind the recursive call
            frame.from_around(around, name)
    if lowered.result is None:
        raise Unreachable
    captured = captured_values(frame, lowered)
    with sided.readings(frame, [value for _, value in captured]):
        inputs = [*atoms, *joined.inputs(frame.heap, lowered, captured)]
        sizes = lengths.before(frame, lowered, inputs)
        mutations.permit(frame, node, lowered, inputs, bound)
        out_types = result_types(lowered, inputs)
        again: Params = {"checkpoint": True} if target.checkpoint else {}
        outputs = frame.b.emit("call", inputs, types=out_types, callee=lowered.func, **again)
    share_memory(frame, lowered, inputs, outputs)
    for v, root in zip(outputs, lowered.roots, strict=False):
        if root is not None:
            frame.session.displays.same(root, v)
    frame.mixed |= {outputs[k] for k in lowered.mixed if k < len(outputs)}
    may_open(frame, node, lowered, outputs)
    known = captured_trees(frame, target, lowered)  # which this function depends on, too
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


def captured_trees(frame: Frame, target: Target, lowered: Lowered) -> dict[object, Value]:
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
