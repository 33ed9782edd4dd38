"""Functions met in the code: lowered once for each signature, called, or differentiated.

A function becomes a Func with one parameter for each distinct leaf of its arguments (an array passed
twice is one parameter), followed by what it captures. Recursion is typed by a fixpoint: a call whose
result is not known yet ends its branch, until the others have told.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pullback.errors import Loc, SourceError
from pullback.frontend import calls, exprs, stmts
from pullback.frontend.frame import Frame, Generalise, Lowered, Session, Source, Unreachable, guard
from pullback.frontend.source import find_source
from pullback.frontend.values import (
    NONE,
    Dct,
    Derived,
    Env,
    Local,
    Poison,
    Static,
    Tup,
    Value,
    describe,
    leaves,
    rebuild,
)
from pullback.ir.core import Atom, Block, Const, Func, Var
from pullback.ir.types import (
    Array,
    Dim,
    List,
    Scalar,
    Sym,
    Type,
    differentiable,
    fresh_sym,
    has_memory,
    join,
    loosened,
    same_up_to_sizes,
)
from pullback.ir.types import renamed as renamed_dim
from pullback.rules.table import lookup

Body = Callable[[Frame, Env], Value]


@dataclass(frozen=True, eq=False, slots=True)
class Target:
    """Something that can be lowered to a Func: where it is, its parameters and its body."""

    name: str
    node: ast.FunctionDef | ast.Lambda
    file: str
    python: types.FunctionType | None
    parent: Frame | None
    defaults: dict[str, Value]
    identity: Any
    body: Body


# ---- targets


def python_target(function: types.FunctionType) -> Target:
    """A Python function, read from its source."""
    source = find_source(function)
    if isinstance(source.node, ast.FunctionDef):
        for n in ast.walk(source.node):
            if isinstance(n, ast.Yield | ast.YieldFrom | ast.Await):
                loc = Loc(source.file, n.lineno, n.col_offset, n.end_lineno or 0, n.end_col_offset or 0)
                raise SourceError("generators are not supported", loc, "append to a list instead")
    defaults = _object_defaults(function, source.node)
    return Target(
        function.__name__, source.node, source.file, function, None, defaults, function, run_body
    )


def _object_defaults(
    function: types.FunctionType, node: ast.FunctionDef | ast.Lambda
) -> dict[str, Value]:
    """Defaults as they are on the function object (those in the source may have been rebound)."""
    a = node.args
    positional = [*a.posonlyargs, *a.args]
    given = function.__defaults__ or ()
    found = zip(positional[len(positional) - len(given) :], given, strict=True)
    values = {arg.arg: constant_value(v) for arg, v in found}
    values |= {k: constant_value(v) for k, v in (function.__kwdefaults__ or {}).items()}
    return values


def constant_value(v: Any) -> Value:
    """A Python object as a value known while lowering."""
    if isinstance(v, tuple):
        return Tup(tuple(constant_value(x) for x in v))
    if type(v) in (bool, int, float):
        return Const(v)
    if v is None or isinstance(v, str) or callable(v):
        return Static(v)
    return Poison(f"has a default value of type {type(v).__name__}, which is not supported")


def local_target(local: Local) -> Target:
    return Target(
        local.name, local.node, local.frame.file, local.frame.python, local.frame, local.defaults,
        local, run_body,
    )  # fmt: skip


def target_of(frame: Frame, function: Value, node: ast.AST, args: Sequence[Value]) -> Target:
    """What a value that is called stands for, as something to lower."""
    match function:
        case Local():
            return local_target(function)
        case Static(types.FunctionType() as python) if lookup(python) is None:
            return python_target(python)
    return _wrapper(frame, function, node, args)


def _wrapper(frame: Frame, function: Value, node: ast.AST, args: Sequence[Value]) -> Target:
    """A function that only calls another value, such as a derivative or a primitive."""
    if not isinstance(function, Static | Derived):
        frame.reject(f"{describe(function)} cannot be differentiated", node)
    names = parameter_names(function, len(args))
    arguments = ast.arguments([], [ast.arg(n) for n in names], None, [], [], None, [])
    holder = ast.Lambda(arguments, ast.Constant(None))
    ast.copy_location(holder, node)
    call = node if isinstance(node, ast.Call) else ast.Call(ast.Constant(None), [], [])
    ast.copy_location(call, node)

    def body(inner: Frame, env: Env) -> Value:
        inner.env = env
        return calls.apply(inner, call, function, [env[n] for n in names], {})

    return Target(
        function_name(function), holder, frame.file, frame.python, None, {}, function, body
    )


def parameter_names(function: Value, count: int) -> list[str]:
    """The names of the parameters of what is called, as far as it has any."""
    match function:
        case Derived(function=inner):
            return parameter_names(inner, count)
        case Local(node=node):
            found = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
        case Static(types.FunctionType() as python):
            found = list(python.__code__.co_varnames[: python.__code__.co_argcount])
        case _:
            found = []
    return (found + [f"x{k}" for k in range(count)])[:count] if len(found) < count else found[:count]


def function_name(function: Value) -> str:
    match function:
        case Derived(mode=mode, function=inner):
            return f"{function_name(inner)}_{mode}"
        case Local(name=name):
            return name
        case Static(value):
            return str(getattr(value, "__name__", "function"))
    return "function"


# ---- binding arguments


def bind(
    frame: Frame, node: ast.AST, target: Target, args: Sequence[Value], keywords: dict[str, Value]
) -> Env:
    """Arguments by parameter name, as Python binds them."""
    a = target.node.args
    positional = [x.arg for x in (*a.posonlyargs, *a.args)]
    bound: Env = dict(zip(positional, args, strict=False))
    rest = dict(keywords)
    extra = tuple(args[len(positional) :])
    if a.vararg is not None:
        bound[a.vararg.arg] = Tup(extra)
    elif extra:
        frame.reject(f"{target.name} takes {len(positional)} arguments, not {len(args)}", node)
    for name in [x.arg for x in (*a.args, *a.kwonlyargs)]:
        if name in rest:
            if name in bound:
                frame.reject(f"{target.name} is given {name!r} twice", node)
            bound[name] = rest.pop(name)
    if a.kwarg is not None:
        bound[a.kwarg.arg] = Dct(rest)
    elif rest:
        frame.reject(f"{target.name} has no parameter {next(iter(rest))!r}", node)
    for name in [*positional, *(x.arg for x in a.kwonlyargs)]:
        if name not in bound:
            if name not in target.defaults:
                frame.reject(f"{target.name} needs an argument {name!r}", node)
            bound[name] = default_of(frame, target, name)
    return bound


def default_of(frame: Frame, target: Target, name: str) -> Value:
    """A default value; that of a function defined elsewhere comes in as an extra parameter."""
    value = target.defaults[name]
    if not isinstance(target.identity, Local) or frame is target.parent or not leaves(value):
        return value
    key = ("bound", id(target.identity), name)
    frame.session.bound[key] = (target.parent, value)
    return frame.captured(key, value)


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


def _lowered_for(frame: Frame, target: Target, bound: Env) -> tuple[Lowered, list[Atom]]:
    session = frame.session
    identity = identity_of(target)
    general = identity in session.generalised
    atoms = distinct([leaf for v in bound.values() for leaf in leaves(v)], general)
    key = (identity, signature(bound, atoms, general))
    if isinstance(target.identity, types.FunctionType):
        here = Source(types.SimpleNamespace(function=target.identity), "function")
        session.guards["code", id(target.identity)] = guard(here, target.identity)
    cached = session.functions.get(key)
    if cached is not None and not (cached.done and stale(frame, target, cached)):
        return cached, atoms
    if is_lowering(session, identity) and not general:
        raise Generalise(identity)
    func = Func(session.unique(target.name), Block([], [], []), None)
    session.functions[key] = lowered = Lowered(func)
    session.lowering.append((identity, key))
    try:
        build(session, target, bound, lowered, general)
    except Generalise:
        del session.functions[key]
        session.names[target.name] -= 1
        raise
    finally:
        session.lowering.pop()
    return lowered, atoms


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


def identity_of(target: Target) -> Any:
    return id(target.node) if isinstance(target.identity, Local) else id(target.identity)


def stale(frame: Frame, target: Target, lowered: Lowered) -> bool:
    """Whether what a local function captured has changed in kind since it was lowered."""
    for key, inside in lowered.captured.items():
        if key[0] != "local":
            continue
        now = target.parent.find(key[2]) if target.parent is not None else None
        if now is None or not same_kinds(leaves(now), leaves(inside)):
            return True
    return any(
        target.parent is not None and not same_static(target.parent.find(name), value)
        for name, value in lowered.statics.items()
    )


def same_kinds(a: Sequence[Atom], b: Sequence[Atom]) -> bool:
    return len(a) == len(b) and all(
        same_up_to_sizes(x.type, y.type) for x, y in zip(a, b, strict=True)
    )


def same_static(a: Value | None, b: Value) -> bool:
    if isinstance(a, Static) and isinstance(b, Static):
        return a.value is b.value
    return a is b


def is_parameter(a: Atom, general: bool) -> bool:
    """Whether a leaf of an argument is passed: constants are not, unless recursion changes them."""
    return isinstance(a, Var) or (general and type(a.value) in (int, float))


def distinct(atoms: Sequence[Atom], general: bool) -> list[Atom]:
    """Atoms with memory once each, all others that are passed as often as they stand there."""
    found: list[Atom] = []
    for a in atoms:
        if not is_parameter(a, general) or (has_memory(a.type) and a in found):
            continue
        found.append(a)
    return found


def signature(bound: Env, atoms: Sequence[Atom], general: bool) -> Any:
    """What of the arguments a lowered function depends on: kinds, constants, equal sizes, sharing."""
    symbols: dict[Sym, int] = {}
    places = {a: k for k, a in enumerate(atoms) if isinstance(a, Var) and has_memory(a.type)}

    def key(v: Value) -> Any:
        match v:
            case Var():
                return ("var", canonical(v.type, symbols), places.get(v))
            case Const() if is_parameter(v, general):
                return ("var", canonical(v.type, symbols), None)
            case Const():
                return ("const", *v.key())
            case Tup():
                return ("tup", v.is_list, tuple(key(x) for x in v.items))
            case Dct():
                return ("dct", tuple((k, key(x)) for k, x in v.items.items()))
            case Static(value):
                return ("static", value if isinstance(value, str) else id(value))
        return ("other", id(v))

    return tuple((name, key(v)) for name, v in bound.items())


def canonical(t: Type, symbols: dict[Sym, int]) -> Any:
    """A type with its symbols numbered in order of appearance."""
    if isinstance(t, Array):
        dims = tuple(
            d if isinstance(d, int) else (symbols.setdefault(d.whole, len(symbols)), d.many, d.less)
            for d in t.shape
        )
        return (t.cls, t.dtype, dims)
    if isinstance(t, List):
        return ("list", None if t.elem is None else canonical(t.elem, symbols))
    return t


def renamed(t: Type, names: dict[Sym, Dim]) -> Type:
    """A type with symbols replaced, unknown ones by fresh ones."""
    if isinstance(t, Array):
        shape = tuple(
            renamed_dim(d, lambda s: names.setdefault(s, fresh_sym(s.many))) for d in t.shape
        )
        return Array(t.cls, t.dtype, shape)
    if isinstance(t, List) and t.elem is not None:
        return List(renamed(t.elem, names))
    return t


def build(
    session: Session, target: Target, bound: Env, lowered: Lowered, general: bool
) -> None:
    """Lower the body until the type of the result is stable."""
    names: dict[Sym, Dim] = {}
    for _ in range(20):
        forget_dependents(session, lowered)
        frame = Frame(session, target.node, target.file, target.python, target.parent, lowered)
        params, env = parameters(frame, bound, names, general)
        lowered.func.loc = frame.loc(target.node)
        before = lowered.result
        known = set(lowered.captured)
        try:
            result = target.body(frame, env)
        except Unreachable:
            frame.reject(f"{target.name} never returns", target.node, "return a value")
        finish(frame, lowered, params, result)
        if before is not None and not changed(before, lowered) and set(lowered.captured) == known:
            lowered.done = True
            return
        if before is None and not lowered.recursive:
            lowered.done = True
            return
    frame.reject(f"the kind of what {target.name} returns does not settle", target.node)


def parameters(
    frame: Frame, bound: Env, names: dict[Sym, Dim], general: bool
) -> tuple[list[Var], Env]:
    """Parameters for the leaves of arguments; an array that is passed twice is one of them."""
    params: dict[Atom, Var] = {}
    order: list[Var] = []

    def leaf(a: Atom, name: str) -> Atom:
        if not is_parameter(a, general):
            return a
        if has_memory(a.type) and a in params:
            return params[a]
        new = params[a] = Var(renamed(a.type, names), getattr(a, "name", "") or name)
        frame.foreign(new, "is an argument of the function")
        order.append(new)
        return new

    env: Env = {}
    for name, value in bound.items():
        atoms = leaves(value)
        env[name] = rebuild(value, [leaf(a, name) for a in atoms])
        if isinstance(new := env[name], Var):
            new.name = name
    return order, env


def finish(frame: Frame, lowered: Lowered, params: list[Var], result: Value) -> None:
    """Complete the Func: parameters with captures, results, what results share with parameters."""
    if not isinstance(result, Var | Const | Tup | Dct | Static):
        frame.reject(f"{lowered.func.name} returns {describe(result)}", frame.node,
                     "return numbers, arrays, or trees of them")  # fmt: skip
    captured = [a for v in lowered.captured.values() for a in leaves(v)]
    all_params = [*params, *(a for a in captured if isinstance(a, Var))]
    results = leaves(result)
    lowered.func.block = Block(all_params, frame.b.ops, results)
    lowered.shares = [
        {k for k, p in enumerate(all_params) if not frame.of(p).reach.isdisjoint(frame.of(r).reach)}
        for r in results
    ]
    lowered.result = result if lowered.result is None else widen(frame, lowered.result, result)


def widen(frame: Frame, before: Value, now: Value) -> Value:
    """The joined result of a recursive function."""
    a, b = leaves(before), leaves(now)
    if len(a) != len(b):
        frame.reject("a recursive function returns different structures", frame.node)
    joined: list[Atom] = []
    for x, y in zip(a, b, strict=True):
        t = join(x.type, y.type)
        if t is None:
            frame.reject(
                f"a recursive function returns {x.type!r} and {y.type!r}", frame.node,
                "return values of one kind",
            )  # fmt: skip
        joined.append(y if y.type == t else Var(x.type if same_up_to_sizes(t, x.type) else t))
    return rebuild(now, joined)


def changed(before: Value, lowered: Lowered) -> bool:
    assert lowered.result is not None
    pairs = zip(leaves(before), leaves(lowered.result), strict=True)
    return not all(same_up_to_sizes(a.type, b.type) for a, b in pairs)


def run_body(frame: Frame, env: Env) -> Value:
    """Lower the statements of a function (or the expression of a lambda)."""
    frame.env = env
    if isinstance(frame.node, ast.Lambda):
        return exprs.lower(frame, frame.node.body)
    return stmts.function_body(frame, frame.node.body)


# ---- calling


def call_python(
    frame: Frame, node: ast.Call, function: types.FunctionType, args: list[Value],
    keywords: dict[str, Value],
) -> Value:  # fmt: skip
    return call_target(frame, node, python_target(function), args, keywords)


def call_local(
    frame: Frame, node: ast.Call, local: Local, args: list[Value], keywords: dict[str, Value]
) -> Value:
    return call_target(frame, node, local_target(local), args, keywords)


def call_target(
    frame: Frame, node: ast.AST, target: Target, args: Sequence[Value], keywords: dict[str, Value]
) -> Value:
    bound = bind(frame, node, target, args, keywords)
    lowered, atoms = lowered_for(frame, target, bound)
    if not lowered.done:
        depend_on(frame.session, lowered)
    if lowered.result is None:
        raise Unreachable
    inputs = [*atoms, *captures(frame, lowered)]
    out_types = result_types(lowered, inputs)
    outputs = frame.b.emit("call", inputs, types=out_types, callee=lowered.func)
    for v, shared in zip(outputs, lowered.shares, strict=False):
        frame.fresh(v)
        for k in shared:
            if k < len(inputs):
                frame.remember(v, frame.of(v) | frame.of(inputs[k]))
    return rebuild(lowered.result, outputs)


def result_types(lowered: Lowered, inputs: Sequence[Atom]) -> list[Type]:
    """Types of a call's results, the callee's sizes expressed by the caller's."""
    assert lowered.result is not None
    names: dict[Sym, Dim] = {}
    for p, a in zip(lowered.func.params, inputs, strict=False):
        match_sizes(p.type, a.type, names)
    return [renamed(r.type, names) for r in leaves(lowered.result)]


def match_sizes(p: Type, a: Type, names: dict[Sym, Dim]) -> None:
    if isinstance(p, Array) and isinstance(a, Array):
        for m, n in zip(p.shape, a.shape, strict=True):
            if isinstance(m, Sym) and not m.less:
                names.setdefault(m, n)


def captures(frame: Frame, lowered: Lowered) -> list[Atom]:
    """What a callee captures, as the caller has it (capturing it in turn if need be)."""
    atoms: list[Atom] = []
    for key, inside in lowered.captured.items():
        if lowered is frame.lowered:
            value: Value | None = inside
        elif key[0] == "bound" and frame.session.bound[key][0] is frame:
            value = frame.session.bound[key][1]
        elif key[0] == "local" and key[1] == id(frame):
            value = frame.find(key[2])
        else:
            value = frame.captured(key, inside)
        atoms += leaves(value) if value is not None else []
    return atoms


# ---- derivatives in the code


def call_derived(
    frame: Frame, node: ast.Call, derived: Derived, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """``grad(f)(x)`` and ``value_and_grad(f)(x)``: a ``derivative`` op, expanded by a later phase."""
    target = target_of(frame, derived.function, node, args)
    bound = bind(frame, node, target, apart(frame, args), keywords)
    chosen = argument_names(frame, node, target, bound, derived.argnums)
    for place in chosen:
        put(bound, place, as_float(frame, pick(bound, place)))
    lowered, atoms = lowered_for(frame, target, bound)
    if lowered.result is None:
        frame.reject("a function is differentiated inside itself", node, "use a helper function")
    inputs = [*atoms, *captures(frame, lowered)]
    active = [a for n in chosen for a in leaves(pick(bound, n)) if differentiable(a.type)]
    active = list(dict.fromkeys(a for a in active if isinstance(a, Var)))
    if not active:
        frame.reject(
            f"argument {chosen[0][0]!r} is {describe(pick(bound, chosen[0]))}, which has no gradient",
            node,
            "differentiate with respect to floats or float arrays",
        )  # fmt: skip
    wrt = tuple(atoms.index(a) for a in active)
    value = derived.mode == "value_and_grad"
    primal = result_types(lowered, inputs) if value else []
    outputs = frame.b.emit(
        "derivative", inputs, types=[*primal, *(loosened(a.type) for a in active)],
        callee=lowered.func, mode="grad", wrt=wrt, value=value,
    )  # fmt: skip
    bars = {
        a: in_kind_of(frame, a, v) for a, v in zip(active, outputs[len(primal) :], strict=True)
    }
    for v in (*outputs, *bars.values()):
        frame.fresh(v)
    gradients = [gradient_tree(pick(bound, n), bars) for n in chosen]
    single = not isinstance(derived.argnums, tuple | list)
    gradient = gradients[0] if single else Tup(tuple(gradients))
    if not value:
        return gradient
    return Tup((rebuild(lowered.result, outputs[: len(primal)]), gradient))


def in_kind_of(frame: Frame, a: Atom, bar: Var) -> Var:
    """A gradient in the kind of its argument: a float for a float, a 0-d array for one."""
    if isinstance(a.type, Scalar) and a.type.origin == "py":
        return frame.op("float", bar)
    if isinstance(a.type, Scalar) and a.type.dtype:
        return frame.op("cast", bar, dtype=a.type.dtype)
    if isinstance(a.type, Array) and a.type.ndim == 0:
        bar.type = Scalar("float", "any")
        return frame.op("array", bar)
    return bar


def as_float(frame: Frame, value: Value) -> Value:
    """A Python int that is differentiated itself is taken as a float."""
    if isinstance(value, Const) and type(value.value) in (int, float):
        return frame.op("float", Const(value.value))
    if isinstance(value, Var) and value.type == Scalar("int"):
        return frame.op("float", value)
    return value


def apart(frame: Frame, args: Sequence[Value]) -> list[Value]:
    """Arguments without a variable that stands in two of them: each has a derivative of its own."""
    seen: set[Atom] = set()

    def one(a: Atom) -> Atom:
        if isinstance(a, Var) and a in seen and differentiable(a.type):
            return frame.op("copy" if has_memory(a.type) else "pos", a)
        seen.add(a)
        return a

    return [rebuild(v, [one(a) for a in leaves(v)]) for v in args]


Place = tuple[str, int | None]


def pick(bound: Env, place: Place) -> Value:
    """The argument at a place: a parameter, or one of those that ``*args`` holds."""
    name, k = place
    value = bound[name]
    return value.items[k] if k is not None and isinstance(value, Tup) else value


def put(bound: Env, place: Place, value: Value) -> None:
    name, k = place
    held = bound[name]
    if k is not None and isinstance(held, Tup):
        value = Tup((*held.items[:k], value, *held.items[k + 1 :]))
    bound[name] = value


def argument_names(
    frame: Frame, node: ast.AST, target: Target, bound: Env, argnums: Any
) -> list[Place]:
    """The arguments that ``argnums`` (an int, a name, or a tuple of them) means."""
    wanted = list(argnums) if isinstance(argnums, tuple | list) else [argnums]
    a = target.node.args
    places: list[Place] = [(x.arg, None) for x in (*a.posonlyargs, *a.args)]
    if a.vararg is not None:
        held = bound[a.vararg.arg]
        places += [(a.vararg.arg, k) for k in range(len(held.items) if isinstance(held, Tup) else 0)]
    found: list[Place] = []
    for w in wanted:
        if isinstance(w, str) and w in bound:
            found.append((w, None))
        elif type(w) is int and -len(places) <= w < len(places):
            found.append(places[w])
        else:
            frame.reject(f"{target.name} has no argument {w!r} to differentiate", node)
    return found


def gradient_tree(value: Value, bars: Mapping[Atom, Var]) -> Value:
    """The gradient of an argument: its tree, with 0 for numbers that are not active."""
    match value:
        case Tup():
            return Tup(tuple(gradient_tree(v, bars) for v in value.items), value.is_list)
        case Dct():
            return Dct({k: gradient_tree(v, bars) for k, v in value.items.items()})
        case Var():
            return bars.get(value, Const(0))
        case Const():
            return Const(0)
    return NONE


def call_jvp(frame: Frame, node: ast.Call, args: list[Value]) -> Value:
    """``jvp(f, primals, tangents)``."""
    if len(args) != 3 or not all(isinstance(a, Tup) for a in args[1:]):
        frame.reject("jvp takes a function, a tuple of arguments and a tuple of tangents", node)
    function, primals, tangents = args
    assert isinstance(primals, Tup)
    assert isinstance(tangents, Tup)
    target = target_of(frame, function, node, primals.items)
    if len(primals.items) != len(tangents.items):
        frame.reject("jvp needs a tangent for each argument", node)
    primals = Tup(tuple(apart(frame, primals.items)))
    given = [
        as_float(frame, v) if any(differentiable(t.type) for t in leaves(d)) else v
        for v, d in zip(primals.items, tangents.items, strict=True)
    ]
    bound = bind(frame, node, target, given, {})
    lowered, atoms = lowered_for(frame, target, bound)
    if lowered.result is None:
        frame.reject("a function is differentiated inside itself", node, "use a helper function")
    dots: dict[Atom, Atom] = {}
    for value, tangent in zip(given, tangents.items, strict=True):
        for a, t in zip(leaves(value), leaves(tangent), strict=True):
            if isinstance(a, Var) and differentiable(a.type):
                dots[a] = exprs.as_atom(frame, as_float(frame, t), node)
    inputs = [*atoms, *captures(frame, lowered), *dots.values()]
    primal = result_types(lowered, inputs)
    extra = [loosened(t) for t in primal if differentiable(t)]
    outputs = frame.b.emit(
        "derivative", inputs, types=[*primal, *extra], callee=lowered.func, mode="jvp",
        wrt=tuple(atoms.index(a) for a in dots), value=True,
    )  # fmt: skip
    rest = [
        in_kind_of(frame, r, v)
        for r, v in zip((r for r in leaves(lowered.result) if differentiable(r.type)),
                        outputs[len(primal) :], strict=True)
    ]  # fmt: skip
    tangents_out: list[Atom] = [rest.pop(0) if differentiable(t) else Const(0) for t in primal]
    values = rebuild(lowered.result, outputs[: len(primal)])
    return Tup((values, rebuild(lowered.result, tangents_out)))
