"""``grad(f)(x)`` and its like met in the code: ``derivative`` ops, expanded by a later phase."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from pullback import refusals
from pullback.frontend import callees, functions, mutations, targets
from pullback.frontend.bound import taken_apart
from pullback.frontend.frame import Frame
from pullback.frontend.guards import Source
from pullback.frontend.lowering import applies, static
from pullback.frontend.session import Lowered
from pullback.frontend.values import NONE, Dct, Derived, Env, Ref, Static, Tree, Tup, Value
from pullback.frontend.walking import anew, describe, has_two, is_function, leaves, rebuild, trees
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import (
    Array,
    List,
    Object,
    Scalar,
    Type,
    differentiable,
    has_memory,
    holds_floats,
    in_complex,
    is_complex,
    loosened,
)

# What the derivative of the whole is compiled with holds for those inside it, too.
_IN_EFFECT = ("optimize", "without", "backend", "fast", "debug_nans")
# What takes more than a function and options, by the name of the transform.
APPLIED: dict[str, Callable[[Frame, ast.Call, list[Value], dict[str, Value]], Value]] = {}


def derive(
    frame: Frame, node: ast.Call, mode: str, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """``grad(f, argnums)`` met in the code; ``jvp(f, primals, tangents)`` is applied at once."""
    if not args:
        frame.reject(refusals.NEEDS_FUNCTION, node, transform=mode)
    if mode in APPLIED:
        return APPLIED[mode](frame, node, args, keywords)
    argnums = keywords.get("argnums", args[1] if len(args) > 1 else Const(0))
    known = ["argnums", "has_aux", *["holomorphic"] * (mode != "elementwise_grad")]
    known += ["checkpoint"] * (mode != "elementwise_grad")
    flags = options(frame, node, mode, keywords, known)
    has_aux, holomorphic = (flags.get(k, False) for k in ("has_aux", "holomorphic"))
    kept = snapshots(frame, node, mode, keywords)
    return Derived(mode, args[0], static(frame, node, argnums), has_aux, holomorphic, kept)


def options(
    frame: Frame, node: ast.AST, mode: str, keywords: Mapping[str, Value], known: Collection[str]
) -> dict[str, bool]:
    """The flags among the keywords of a transform, which has no others than those that are ``known``."""
    if unknown := keywords.keys() - {*known, *_IN_EFFECT}:
        frame.reject(refusals.NO_OPTION, node, transform=mode, name=min(unknown))
    flags = [k for k in ("has_aux", "holomorphic") if k in keywords]
    return {k: bool(static(frame, node, keywords[k])) for k in flags}


def snapshots(
    frame: Frame, node: ast.AST, mode: str, keywords: Mapping[str, Value]
) -> int:
    """How many snapshots of loops a transform is to keep, 0 if they are plain."""
    found = static(frame, node, keywords.get("checkpoint", NONE))
    if found is not None and (type(found) is not int or found < 1):
        frame.reject(refusals.SNAPSHOT_COUNT, node, transform=mode)
    return found or 0


def held_fixed(
    frame: Frame, node: ast.AST, mode: str, keywords: Mapping[str, Value]
) -> dict[str, Value]:
    """The arguments by name that a transform is given as ``keywords``."""
    given = keywords.get("keywords", NONE)
    if isinstance(given, Static) and given.value is None:
        return {}
    if not isinstance(given, Dct):
        frame.reject(refusals.ARGUMENTS_BY_NAME, node, transform=mode, given=describe(given))
    return {str(k): v for k, v in given.items.items()}


def _checkpointed(
    frame: Frame, node: ast.Call, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """``checkpoint(f)`` met in the code."""
    if keywords or len(args) > 1:
        frame.reject(refusals.CHECKPOINT_TAKES, node)
    return Derived("checkpoint", args[0], ())


APPLIED["checkpoint"] = _checkpointed

# What calls the derivatives of a mode, for those that call_derived does not.
CALLED: dict[str, Callable[..., Value]] = {}


@applies(Derived)
def call_derived(
    frame: Frame, node: ast.Call, derived: Derived, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """``grad(f)(x)`` and its like: a ``derivative`` op, expanded by a later phase."""
    free, given = taken_apart(frame, derived)
    assert isinstance(free, Derived)
    called = CALLED.get(derived.mode, _gradient)
    return called(frame, node, free, [*given, *args], keywords)


def _call_checkpointed(
    frame: Frame, node: ast.Call, derived: Derived, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """``checkpoint(f)(x)``: a call of ``f`` that the reverse sweep runs again."""
    target = targets.target_of(frame, derived.function, node, args, keywords)
    return functions.call_target(frame, node, replace(target, checkpoint=True), args, keywords)


CALLED["checkpoint"] = _call_checkpointed


def _gradient(
    frame: Frame, node: ast.Call, derived: Derived, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """``grad(f)(x)``, ``value_and_grad(f)(x)`` and ``elementwise_grad(f)(x)``.

    What is ``grad_and_value`` gives the value behind the gradient, as what else a function has to tell.
    """
    mode = "elementwise_grad" if derived.mode == "elementwise_grad" else "grad"
    site = site_of(frame, node, derived, args, keywords)
    if derived.holomorphic:
        mode = "holomorphic_grad"
        check_complex(frame, node, site)
    if derived.has_aux:
        check_pair(frame, node, site.target.name, site.returned)
    _check_number(site, derived)
    value = derived.mode in ("value_and_grad", "grad_and_value")
    primal, rest = differentiated(
        frame, site, mode, value or derived.has_aux, int(derived.has_aux),
        [loosened(a.type) for a in site.active],
    )  # fmt: skip
    gradient = by_argument(frame, derived, site, rest)
    if value:
        return Tup((primal, gradient) if derived.mode == "value_and_grad" else (gradient, primal))
    if derived.has_aux and isinstance(primal, Tup):
        return Tup((gradient, primal.items[1]))
    return gradient


def check_complex(frame: Frame, node: ast.AST, site: Site) -> None:
    """Refuse to take a function of real numbers for a holomorphic one."""
    if not all(is_complex(a.type) for a in site.active):
        frame.reject(refusals.HOLOMORPHIC_OF_REAL, node, function=site.target.name)


def _instead(returned: Value) -> str | None:
    """What there is for a result that has no gradient, None for one that may have one."""
    match returned:
        case Var(type=List()):
            return "; of a list there are vjp and jvp"
        case Var(type=Scalar() | Array() as t) | Const(type=t) if not differentiable(t):
            return ": what is whole changes in steps only"
        case Var() | Const():
            return None
        case Tree() if any(differentiable(a.type) for a in leaves(returned)):
            return f"; of {describe(returned)} there are jacobian, vjp and jvp"
    return ""


def _check_number(site: Site, derived: Derived) -> None:
    """Refuse results that are no numbers and no arrays of such, with the transform that takes them."""
    returned = site.returned
    if derived.has_aux and isinstance(returned, Tup):
        returned = returned.items[0]
    if (instead := _instead(returned)) is None:
        return
    name, loc = site.target.name, site.lowered.func.loc
    kind = describe(returned)
    raise refusals.NO_GRADIENT_OF_RESULT.at(loc, function=name, kind=kind, instead=instead)


@dataclass(frozen=True, eq=False, slots=True)
class Site:
    """A call of a derivative: what is differentiated, its result, its inputs and active arguments."""

    target: targets.Target
    bound: Env
    chosen: Sequence[Place]
    lowered: Lowered
    returned: Value
    inputs: list[Atom]
    active: list[Var]
    wrt: tuple[int, ...]
    snapshots: int

    def arguments(self) -> list[Value]:
        """The arguments that are differentiated."""
        return [pick(self.bound, place) for place in self.chosen]

    def kept(self) -> dict[str, Any]:
        """The param that says how many snapshots loops keep, if they keep any."""
        return {"snapshots": self.snapshots} if self.snapshots else {}


def site_of(
    frame: Frame, node: ast.Call, derived: Derived, args: list[Value], keywords: dict[str, Value],
    ints: bool = True,
) -> Site:  # fmt: skip
    """Lower what a derivative that is called is of. Arguments that are ``ints`` may count as floats."""
    target = targets.target_of(frame, derived.function, node, args, keywords)
    bound = targets.bind(frame, node, target, apart(frame, args), keywords)
    chosen = argument_names(frame, node, target, bound, derived.argnums)
    for place in chosen:
        if ints or not _is_int(pick(bound, place)):
            put(bound, place, as_float(frame, pick(bound, place)))
    lowered, returned, atoms, inputs = primal_of(frame, node, target, bound)
    active = active_leaves(frame, node, bound, chosen)
    wrt = tuple(atoms.index(a) for a in active)
    return Site(target, bound, chosen, lowered, returned, inputs, active, wrt, derived.checkpoint)


def _is_int(value: Value) -> bool:
    return isinstance(value, Var | Const) and value.type == Scalar("int")


def differentiated(
    frame: Frame, site: Site, mode: str, value: bool, aux: int, types: Sequence[Type], **params: Any
) -> tuple[Value, list[Var]]:
    """The ``derivative`` op: what the function returns, as a new value, if that is asked for, and the
    derivatives, which have these types."""
    primal = primal_types(site.lowered, site.inputs) if value else []
    outputs = frame.b.emit(
        "derivative", site.inputs, types=[*primal, *types], callee=mutations.pure(site.lowered),
        mode=mode, wrt=site.wrt, value=value, aux=aux, **site.kept(), **params,
    )  # fmt: skip
    for v in outputs:
        frame.fresh(v)
    given, rest = outputs[: len(primal)], outputs[len(primal) :]
    functions.share_memory(frame, site.lowered, site.inputs, given)
    return anew(rebuild(site.returned, given)) if value else site.returned, list(rest)


def by_argument(
    frame: Frame, derived: Derived, site: Site, bars: Sequence[Var], of_complex: bool = False
) -> Value:
    """The derivatives in the active variables as trees of the chosen arguments, complex if they are of
    a complex value."""
    kinds = [in_complex(a.type) if of_complex else a.type for a in site.active]
    made = [in_kind_of(frame, t, v) for t, v in zip(kinds, bars, strict=True)]
    found: dict[Atom, Var] = dict(zip(site.active, made, strict=True))
    for v in found.values():
        frame.fresh(v)
    return trees_of(derived, site, found)


def trees_of(derived: Derived, site: Site, bars: Mapping[Atom, Var]) -> Value:
    """What belongs to the active variables as trees of the chosen arguments."""
    trees = [gradient_tree(value, bars) for value in site.arguments()]
    return Tup(tuple(trees)) if isinstance(derived.argnums, tuple | list) else trees[0]


def primal_of(
    frame: Frame, node: ast.AST, target: targets.Target, bound: Env
) -> tuple[Lowered, Value, list[Atom], list[Atom]]:
    """What is differentiated: a function, its result, the leaves of its arguments, all its inputs."""
    lowered, atoms = callees.lowered_apart(frame, target, bound)
    if lowered.result is not None and _is_unclear(lowered.result):
        lowered, atoms = callees.lowered_apart(frame, replace(target, one_kind=True), bound)
    if mutations.reach_around(lowered, len(atoms)) and frame.session.told.memories:
        target = replace(target, remembers=True)
        lowered, atoms = callees.lowered_apart(frame, target, bound)
    if lowered.result is None:
        frame.reject(refusals.DIFFERENTIATED_INSIDE_ITSELF, node)
    if lowered.raises:
        functions.call_bound(frame, node, target, bound)
    inputs = [*atoms, *callees.captures(frame, lowered)]
    if mutations.reach_around(lowered, len(atoms)):
        frame.reject(refusals.DIFFERENTIATED_CHANGES, node, function=target.name)
    if frame.caller is None:
        refuse_changed_defaults(frame, target, bound, lowered, atoms)
    mutations.refuse_overlap(frame, node, lowered, inputs)
    return lowered, lowered.result, atoms, inputs


def _is_unclear(result: Value) -> bool:
    """Whether a result is of two kinds, or holds items of lists by references."""
    return has_two(result) or any(isinstance(tree, Ref) for tree in trees(result))


def refuse_changed_defaults(
    frame: Frame, target: targets.Target, bound: Env, lowered: Lowered, atoms: Sequence[Atom]
) -> None:
    """Refuse to change a default in place, which the next call of the function would see."""
    changed = {identity for identity, _ in lowered.changed}
    written = {atoms[k] for k in (*lowered.written, *lowered.spoiled)}
    for name, default in target.defaults.items():
        value = bound.get(name, NONE)
        held = {tree.identity for tree in trees(value)}
        if isinstance(default, Source) and (held & changed or written & {*leaves(value)}):
            frame.reject(refusals.DEFAULT_CHANGED, target.node, function=target.name, name=name)


def primal_types(lowered: Lowered, inputs: list[Atom]) -> list[Type]:
    """The types of what a function returns."""
    assert lowered.result is not None
    return callees.result_types(lowered, inputs)[: len(leaves(lowered.result))]


def active_leaves(frame: Frame, node: ast.AST, bound: Env, chosen: Sequence[Place]) -> list[Var]:
    """The variables in the chosen arguments that have a gradient, each once."""
    found = [a for n in chosen for a in leaves(pick(bound, n)) if differentiable(a.type)]
    active = list(dict.fromkeys(a for a in found if isinstance(a, Var)))
    if not chosen:
        frame.reject(refusals.NO_ARGUMENTS_NAMED, node)
    if not active:
        first = describe(pick(bound, chosen[0]))
        frame.reject(refusals.NO_GRADIENT, node, name=chosen[0][0], kind=first)
    return active


def check_pair(
    frame: Frame, node: ast.AST, function: str, result: Value, number: bool = True
) -> None:
    """Refuse a function that does not return a value (a ``number``) and what else it has to tell."""
    match result:
        case Tup((value, _), is_list=False) if isinstance(value, Var | Const) or not number:
            return
    what = "number" if number else "value"
    frame.reject(refusals.NEEDS_PAIR, node, function=function, result=describe(result), what=what)


def in_kind_of(frame: Frame, t: Type, bar: Var) -> Var:
    """A gradient in the kind of its argument: a float for a float, a 0-d array for one."""
    converted = in_python(t)
    if converted is not None:
        name, params = converted
        return frame.op(name, bar, **params)
    if isinstance(t, Array) and t.ndim == 0:
        bar.type = Scalar(t.cls, "any")
        made = frame.op("array", bar)
        same = not t.dtype or getattr(made.type, "dtype", None) == t.dtype
        return made if same else frame.op("cast", made, dtype=t.dtype)
    return bar


def in_python(t: Type) -> tuple[str, dict[str, Any]] | None:
    """The op that makes a derivative one of Python's numbers, or of NumPy's in a dtype, or a list of
    Python's; None where it is as it should be."""
    if isinstance(t, Scalar) and t.origin == "py":
        return ("complex" if is_complex(t) else "float"), {}
    if isinstance(t, Scalar) and t.dtype:
        return "cast", {"dtype": t.dtype}
    if holds_floats(t):
        return "floats", {"of": "complex"} if is_complex(t) else {}
    return None


def as_float(frame: Frame, value: Value) -> Value:
    """What is differentiated varies, also where its value is known: a Python int that is an argument
    itself is taken as a float, and floats in containers are no constants."""
    if isinstance(value, Const) and type(value.value) is int:
        return frame.op("float", value)
    if isinstance(value, Var) and value.type == Scalar("int"):
        return frame.op("float", value)
    found = leaves(value)
    known = [isinstance(a, Const) and type(a.value) in (float, complex) for a in found]
    if not any(known):
        return value
    return rebuild(value, [
        frame.op(type(a.value).__name__, a) if isinstance(a, Const) and k else a
        for a, k in zip(found, known, strict=True)
    ])  # fmt: skip


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
    frame: Frame, node: ast.AST, target: targets.Target, bound: Env, argnums: Any
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
        elif type(w) is int and -len(places) <= w < len(places) and places[w][0] in bound:
            found.append(places[w])
        else:
            frame.reject(refusals.NO_ARGUMENT_OF_NAME, node, function=target.name, name=w)
    return found


def gradient_tree(value: Value, bars: Mapping[Atom, Var]) -> Value:
    """The gradient of an argument: its tree, with 0 for numbers that are not active."""
    match value:
        case Tree() if not is_function(value):
            return anew(cast("Value", value.remade(gradient_tree(v, bars) for v in value.parts)))
        case Var() if not isinstance(value.type, Object):
            return bars.get(value, Const(0))
        case Const():
            return Const(0)
    return NONE
