"""Calls of functions with a rule of the user's (``pullback.primitive``), which tell what they give.

The rule is plain code, lowered for the kinds of the call; what differentiates the call puts it in place.
"""

from __future__ import annotations

import ast
import copy
import types
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NoReturn

from pullback import refusals
from pullback.errors import Refusal
from pullback.frontend import callees, fitting, functions, targets
from pullback.frontend.bound import title
from pullback.frontend.foreign import Use, params_of
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import BUILTINS, Keywords, builtin, simple_op, static
from pullback.frontend.session import Lowered
from pullback.frontend.source import find_source
from pullback.frontend.values import Env, Static, Tup, Value
from pullback.frontend.walking import anew, describe, leaves, plain, rebuild
from pullback.ir.build import shape_of
from pullback.ir.core import Atom, Const, Var
from pullback.ir.outside import Ref, Rule
from pullback.ir.types import differentiable
from pullback.marked import WRITTEN, Ruled


@dataclass(frozen=True, eq=False, slots=True)
class Custom:
    """A function with a rule: the callable object that runs it, ``mode`` of the ``rule``, and what it
    gives: a kind, the number of the argument it is like, or None. What is no float has ``held`` as
    tangent."""

    target: Any
    name: str
    mode: str
    rule: types.FunctionType | None
    gives: Any
    held: float | None = 0.0


def call_custom(
    frame: Frame, node: ast.Call, custom: Custom, args: Sequence[Value], keywords: Keywords
) -> Value:
    """Call a function with a rule, which is lowered for the kinds of the arguments."""
    if keywords:
        frame.reject(refusals.PRIMITIVE_KEYWORDS, node, function=custom.name)
    function = getattr(custom.target, "primal", None)
    if isinstance(function, types.FunctionType) and not fitting.accepts(function, len(args)):
        frame.reject(
            refusals.PRIMITIVE_ARITY, node, function=custom.name, count=len(args),
            parameters=fitting.parameters(function),
        )  # fmt: skip
    use = Use(frame, node)
    arguments = _arguments(use, custom, args)
    ref = use.ref(custom.target)
    params = {
        "target": ref, "member": "", "mode": "call", "owns": False, "arguments": arguments,
        "count": len(use.inputs), **_told(frame, node, custom, use, args),
    }  # fmt: skip
    if custom.rule is None:
        return simple_op(frame, node, "outside", *use.inputs, **params)
    return _with_rule(frame, node, custom, use.inputs, params)


def _arguments(use: Use, custom: Custom, args: Sequence[Value]) -> Any:
    """The forms of arguments, which are no containers; numbers and arrays become inputs."""
    arguments = use.forms(args, {})
    if any(form is not None and not isinstance(form, Const | Ref) for _, form in arguments):
        use.frame.reject(refusals.PRIMITIVE_ARGUMENTS, use.node, function=custom.name)
    return arguments


def _with_rule(
    frame: Frame, node: ast.AST, custom: Custom, inputs: Sequence[Atom], params: dict[str, Any],
    around: Sequence[Atom] = (),
) -> Var:  # fmt: skip
    """The op that computes the value, and has the rule for it; ``around`` is what the former reads
    beside its arguments."""
    with frame.b.block():
        value = Var(frame.b.one("custom_vjp", *inputs, **params).type)
    rule, captured = _lowered_rule(frame, node, custom, params["arguments"], inputs, value)
    every = (*inputs, *captured, *around)
    return simple_op(frame, node, f"custom_{custom.mode}", *every, **params, rule=rule)


def run_ruled(ruled: Ruled, frame: Frame, env: Env) -> Value:
    """The body of a function with a rule: a call of what it computes, which is compiled like others."""
    node = frame.node
    custom = Custom(ruled.function, title(ruled.function), ruled.mode, ruled.rule, None)
    if ruled.rule is None:
        frame.reject(refusals.RULE_MISSING, node, function=custom.name, mode=ruled.mode)
    use = Use(frame, node)
    names = _names(frame)
    arguments = _arguments(use, custom, [env[name] for name in names])
    lowered = _computed(frame, custom, [form for _, form in arguments], use.inputs, names)
    params = {
        "callee": lowered.func, "arguments": arguments, "count": len(use.inputs), "told": custom.name,
    }  # fmt: skip
    around = callees.captures(frame, lowered)
    params["around"] = len(around)
    out = _with_rule(frame, node, custom, use.inputs, params, around)
    functions.share_memory(frame, lowered, [*use.inputs, *around], [out])
    return out


def run_registered(primitive: Any, frame: Frame, env: Env) -> Value:
    """The body of a function that a primitive is registered for: a call of that."""
    call = ast.copy_location(ast.Call(ast.Constant(None), [], []), frame.node)
    return call_custom(frame, call, primitive.__pullback_custom__(), [env[n] for n in _names(frame)], {})


def _names(frame: Frame) -> list[str]:
    """The parameters of a function, in the order in which its rule takes them."""
    a = frame.node.args
    every = (*a.posonlyargs, *a.args, *([a.vararg] if a.vararg else []), *a.kwonlyargs)
    return [x.arg for x in (*every, *([a.kwarg] if a.kwarg else []))]


targets.RUN_RULED |= {"body": run_ruled, "call": run_registered}


def held(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    """``stop_gradient(x)``: a copy through which no derivative goes."""
    own = anew(BUILTINS[copy.deepcopy](frame, node, args, keywords))
    moved = [isinstance(a, Var) and differentiable(a.type) for a in leaves(own)]
    atoms = [frame.op("held", a) if m else a for a, m in zip(leaves(own), moved, strict=True)]
    return rebuild(own, atoms)


def _computed(
    frame: Frame, custom: Custom, forms: Sequence[Any], inputs: Sequence[Atom], names: Sequence[str]
) -> Lowered:
    """What computes the value, for inputs of which none is another."""
    rest = iter([Var(a.type) for a in inputs])
    bound = {n: next(rest) if f is None else _constant(f) for n, f in zip(names, forms, strict=True)}
    target = targets.python_target(custom.target)
    lowered = _lowered(frame, custom, target, bound, refusals.RULED_WRITES)
    if not isinstance(lowered.result, Var) or len(lowered.func.results) > 1:
        _refuse(frame, target, refusals.RULED_RESULT, function=custom.name)
    return lowered


def _told(
    frame: Frame, node: ast.AST, custom: Custom, use: Use, args: Sequence[Value]
) -> dict[str, Any]:
    """What a function is told to give."""
    if isinstance(custom.gives, int):
        before = [v for v in args[: custom.gives] if leaves(plain(v))]
        if custom.gives < len(args) and leaves(plain(args[custom.gives])):
            return {"gives": "like", "like": len(before)}
    elif custom.gives == "elementwise":
        return {"gives": "elementwise"}
    elif custom.gives is not None and (params := params_of(custom.gives)) is not None:
        exact = {"any.float": "float", "any.int": "int"}
        return {**params, "gives": exact.get(params["gives"], params["gives"])}
    frame.reject(refusals.PRIMITIVE_RESULT, node, function=custom.name)


def _lowered(
    frame: Frame, custom: Custom, target: targets.Target, bound: Env, writes: Refusal
) -> Lowered:
    """What is compiled for a function with a rule: it may not write to what it is given.

    A rule may call the function that it is of: then this one is being lowered already.
    """
    lowered, _ = callees.lowered_apart(frame, target, bound)
    if not lowered.done:
        callees.depend_on(frame.session, lowered)
    if lowered.written or lowered.spoiled or lowered.changed:
        _refuse(frame, target, writes, function=custom.name)
    return lowered


def _lowered_rule(
    frame: Frame, node: ast.AST, custom: Custom, arguments: Any, inputs: Sequence[Atom], value: Var
) -> tuple[Rule, list[Atom]]:
    """The rule for these kinds, and what it captures."""
    assert custom.rule is not None
    stand_ins = [Var(a.type) for a in inputs]
    moved = [differentiable(v.type) for v in stand_ins]
    rest, marks = iter(stand_ins), iter(moved)
    given: list[Value] = [_constant(form) if form is not None else next(rest) for _, form in arguments]
    if custom.mode == "vjp":
        first: list[Value] = [Var(value.type), value, *given]
    else:
        held = Static(None) if custom.held is None else Const(custom.held)
        dots: list[Value] = [
            (Var(v.type) if next(marks) else held) if isinstance(v, Var) else Static(None) for v in given
        ]
        first = [Tup(tuple(dots)), value, *given]
    target = _at_the_users(targets.python_target(custom.rule))
    if not fitting.accepts(custom.rule, len(first)):
        takes = custom.rule.__code__.co_argcount - 2
        frame.reject(refusals.RULE_ARITY, node, function=custom.name, takes=takes, count=len(given))
    target = replace(target, body=partial(_checked, custom, target.body, len(first)))
    bound = targets.bind(frame, node, target, first, {})
    lowered = _lowered(frame, custom, target, bound, refusals.RULE_WRITES)
    rule: Rule = frame.session.rules.setdefault(lowered.func, Rule(lowered.func))
    if lowered.result is not None:
        rule.places = _places(frame, custom, target, arguments, lowered.result, moved)
    return rule, callees.captures(frame, lowered)


def _at_the_users(target: targets.Target) -> targets.Target:
    """A rule that was made of one in another form, placed where that returns what it gives."""
    written = None if target.python is None else WRITTEN.get(target.python)
    if written is None:
        return target
    source = find_source(written)
    returns = [n for n in ast.walk(source.node) if isinstance(n, ast.Return)]
    place = max(returns, key=lambda n: n.lineno) if returns else source.node
    node = copy.deepcopy(target.node)
    for n in ast.walk(node):
        if hasattr(n, "lineno"):
            ast.copy_location(n, place)
    return replace(target, node=node, file=source.file)


def partials_of(name: str, found: Any, tangents: Any, y: Any) -> Any:
    """Stands for what a rule by partial derivatives has to give: one for each argument, in a tuple."""


@builtin(partials_of)
def demand_partials(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
    title_, found, tangents, y = map(plain, args)
    assert isinstance(tangents, Tup)
    assert isinstance(y, Var)
    name, count = static(frame, node, title_), len(tangents.items)
    partials = Tup((found,)) if count == 1 and not isinstance(found, Tup) else found
    if not isinstance(partials, Tup) or len(partials.items) != count:
        needs = f"{count} partial derivatives, one for each argument"
        frame.reject(refusals.RULE_RESULT, node, function=name, needs=needs)
    return Tup(tuple(
        _partial(frame, node, name, plain(part), isinstance(tangent, Var), y)
        for part, tangent in zip(partials.items, tangents.items, strict=True)
    ))  # fmt: skip


def _partial(
    frame: Frame, node: ast.AST, name: str, part: Value, needed: bool, y: Var
) -> Value:
    """A partial derivative, which the result has room for; None where none is needed."""
    if isinstance(part, Static) and part.value is None and not needed:
        return part
    if not isinstance(part, Var | Const):
        needs = "numbers or arrays for all floats"
        frame.reject(refusals.RULE_RESULT, node, function=name, needs=needs)
    if len(shape_of(part)) > len(shape_of(y)):
        given, like = describe(part), describe(y)
        what = "a partial derivative of the result"
        frame.reject(refusals.RULE_SHAPE, node, function=name, given=given, what=what, like=like)
    fits = shape_of(part) in ((), shape_of(y))
    return part if fits else simple_op(frame, node, "broadcast_like", part, y)


def _checked(custom: Custom, body: targets.Body, count: int, frame: Frame, env: Env) -> Value:
    """The body of a rule: what it gives has to have the shapes of what it is of."""
    frame.is_users = True
    a = frame.node.args
    given = [env[x.arg] for x in (*a.posonlyargs, *a.args)]
    rest = env[a.vararg.arg] if a.vararg is not None else None
    _, y, *args = [*given, *(rest.items if isinstance(rest, Tup) else ())][:count]
    result = body(frame, env)
    parts = list(result.items) if isinstance(result, Tup) else [result]
    assert isinstance(y, Var)
    if custom.mode == "jvp":
        if isinstance(result, Var | Const):
            return fitting.tangent(frame, custom.name, result, y)
        return result
    if len(parts) != len(args):
        return result
    found = fitting.cotangents(frame, custom.name, parts, args, y)
    return Tup(tuple(found)) if isinstance(result, Tup) else found[0]


def _refuse(frame: Frame, target: targets.Target, row: Refusal, **fields: object) -> NoReturn:
    """Refuse a function at its head, which may be in another file than the call of it."""
    raise row.at(replace(frame.loc(target.node), file=target.file), **fields)


def _constant(form: Any) -> Value:
    """An argument that is no input."""
    return form if isinstance(form, Const) and isinstance(form.value, bool) else Static(form.value)


def _places(
    frame: Frame, custom: Custom, target: targets.Target, arguments: Any, result: Value | None,
    moved: Sequence[bool],
) -> tuple[int | None, ...]:  # fmt: skip
    """For each input, which result of the rule is its cotangent; for tangents, which inputs have one."""
    if custom.mode == "jvp":
        if not isinstance(result, Var | Const):
            needs = "the tangent"
            if custom.held is None:  # by partials, or by a definition
                needs = "numbers or arrays for all floats"
            _refuse(frame, target, refusals.RULE_RESULT, function=custom.name, needs=needs)
        return tuple(0 if m else None for m in moved)
    parts = list(result.items) if isinstance(result, Tup) else [result]
    if len(parts) != len(arguments):
        needs = f"{len(arguments)} cotangents, one for each argument (None for what has none)"
        _refuse(frame, target, refusals.RULE_RESULT, function=custom.name, needs=needs)
    found: list[int | None] = []
    count = 0
    for (_, form), part in zip(arguments, parts, strict=True):
        is_value = isinstance(part, Var | Const)
        if form is None:
            if moved[len(found)] and not is_value:
                needs = "a cotangent for each argument that is a float or an array of floats"
                _refuse(frame, target, refusals.RULE_RESULT, function=custom.name, needs=needs)
            found.append(count if is_value and moved[len(found)] else None)
        count += is_value
    return tuple(found)
