"""The table of primitives: one row says all there is to know about a function's derivative.

A row has a kind. *Elementwise* rows give partial derivatives, *linear* rows transposes, *special* rows
one of ``jvp`` and ``vjp`` (the other is derived by transposition), *composite* rows a definition in
terms of others, *inert* rows the reason why there is no derivative. Rules receive IR values with
operators and build IR; broadcasting, dtypes and accumulation are the engine's business.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pullback.errors import InternalError
from pullback.ir.build import Builder, Value
from pullback.ir.core import PRIMS, Infer, Op, Prim, define
from pullback.ir.prims import elementwise_infer, shapes_may_clash
from pullback.ir.types import Array, differentiable

Params = Mapping[str, Any]
Rule = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Scatter:
    """A contribution to some elements of an adjoint, accumulated in place: the adjoint of a read."""

    prim: str
    inputs: tuple[Any, ...]
    params: Params = field(default_factory=dict)


@dataclass(frozen=True, eq=False, slots=True)
class Row:
    """One primitive with its derivative.

    ``singular`` rows (or ops, if it is a function of the op) have partials that may be infinite, as
    those of exp are where it overflows, or undefined: a cotangent that is exactly zero because a guard
    such as ``np.where`` did not select its place stays zero through them. ``broadcasts`` says that
    inputs are stretched to a common shape. ``selects`` names inputs whose cotangent is zero in places
    that were not selected. ``spec`` lists the arguments of the function as a call binds them (see
    ``rules.spec``), ``hint`` says what to write instead of a call that it does not cover. ``domain``
    gives one interval per input to sample in tests, ``kink`` the convention at special points.

    Rules of functions with several results take and give tuples of them: ``y``, ``g`` (None where
    there is no cotangent), and the results of ``jvp`` (None for no tangent) and of ``definition``.
    ``covers`` says that computing the cotangent of the first input raises whenever the op does.
    ``without`` names the rows that stand for calls without an argument, or with None for it.
    ``beyond`` names the rows that stand for calls with further arguments, given by name.
    ``lengths`` are those that the last axes of inputs must have when it is called.
    ``fixed`` are inputs in which the derivative has no closed form: refused where they vary.
    ``gives(types, p)`` tells results that are no outputs: it lists places among the outputs, constants,
    and refusals of what is of no known kind.
    ``math`` is the module, "math" or "cmath", whose functions partials are written with.
    """

    prim: Prim
    kind: str
    spec: str = ""
    partials: Rule | None = None
    linear_in: tuple[int, ...] = ()
    transpose: tuple[Rule, ...] = ()
    jvp: Rule | None = None
    vjp: Rule | None = None
    definition: Rule | None = None
    why: str = ""
    steps_only: bool = True
    singular: bool | Callable[[Op], bool] = False
    grows: bool | Callable[[Op], bool] = False
    broadcasts: bool = False
    selects: tuple[int, ...] = ()
    covers: bool = False
    fixed: tuple[int, ...] = ()
    methods: tuple[str, ...] = ()
    domain: tuple[tuple[float, float], ...] = ()
    sympy: str = ""
    kink: str = ""
    math: str = ""
    hint: str = ""
    lengths: tuple[int, ...] = ()
    gives: Rule | None = None
    without: Mapping[str, str] = field(default_factory=dict)
    beyond: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.prim.name

    def is_singular(self, op: Op) -> bool:
        """Whether a partial of this op may be infinite or undefined."""
        return self.singular(op) if callable(self.singular) else self.singular

    def may_overflow(self, op: Op) -> bool:
        """Whether arrays that this op gives may hold inf where none of its inputs do."""
        t = op.outputs[0].type
        if not isinstance(t, Array) or not differentiable(t):
            return False
        return self.grows(op) if callable(self.grows) else self.grows


ROWS: dict[str, Row] = {}
BY_FUNCTION: dict[Any, Row] = {}
BY_METHOD: dict[str, Row] = {}
# Functions that are refused by name: why, and what to write instead.
REFUSED: dict[Any, tuple[str, str]] = {}
# Packages that need not be there, and the modules of their rows, which are entered when a function is
# looked for in vain and the package has been imported.
LATER = {f"scipy.{name}": f"pullback.rules.scipy_.{name}" for name in ("linalg", "special", "stats")}


def register(row: Row, functions: Sequence[Any] = ()) -> Row:
    """Enter a row; functions (compared by identity) and methods are looked up in it by the front end."""
    if row.name in ROWS:
        raise InternalError(f"two rows for {row.name!r}")
    _check(row)
    ROWS[row.name] = row
    for f in (row.prim.func, *functions):
        if f is not None:
            BY_FUNCTION.setdefault(f, row)
    for method in row.methods:
        BY_METHOD[method] = row
    return row


def _check(row: Row) -> None:
    """A row without a derivative needs a reason, an elementwise one a domain to sample."""
    rules = [row.partials, row.jvp, row.vjp, row.definition, row.transpose or None]
    if row.kind == "inert":
        if not row.why or any(rules):
            raise InternalError(f"inert row {row.name!r} needs a reason and no rule")
    elif sum(rule is not None for rule in rules) != 1:
        raise InternalError(f"row {row.name!r} needs exactly one rule")
    if row.kind == "elementwise" and not row.domain:
        raise InternalError(f"row {row.name!r} needs a domain to sample")


def lookup(function: Any) -> Row | None:
    """The row of a function object, None where there is none."""
    try:
        row = BY_FUNCTION.get(function)
    except TypeError:  # unhashable: no function of ours
        return None
    if row is not None or not LATER.keys() & sys.modules.keys():
        return row
    for package, module in sorted(LATER.copy().items()):
        if package in sys.modules:
            importlib.import_module(module)  # which waits for another thread that does so
            LATER.pop(package, None)
    return BY_FUNCTION.get(function)


def refuse(function: Any, why: str, hint: str) -> None:
    """Enter a function without a row, why it has none and what to write instead."""
    REFUSED[function] = (why, hint)


def instead_of(function: Any) -> str:
    """What to write instead of a function without a row, or of calling an object of a class without
    one; "" where nothing is known."""
    of_class = REFUSED.get(type(function)) if not isinstance(function, np.ufunc) else None
    try:
        found = REFUSED.get(function, of_class)
    except TypeError:  # unhashable
        found = of_class
    return found[1] if found else ""


def elementwise(
    name: str,
    func: Callable[..., Any] | None,
    partials: Rule,
    domain: Sequence[tuple[float, float]],
    path: str = "",
    **facts: Any,
) -> Row:
    """A function applied element by element. ``partials(*xs, y)`` lists its partial derivatives."""
    raises = facts.pop("raises", shapes_may_clash)
    functions, cheap = facts.pop("functions", ()), facts.pop("cheap", False)
    views = facts.pop("views", ())
    infer = facts.pop("infer", None)
    if name in PRIMS:
        prim = PRIMS[name]
    else:
        assert func is not None
        prim = define(
            name,
            infer or elementwise_infer(func),
            func=func,
            path=path or f"np.{name}",
            raises=raises,
            cheap=cheap,
            views=views,
        )
    spec = facts.pop("spec", " ".join("xyz"[: len(domain)]))
    row = Row(prim, "elementwise", spec, partials, domain=tuple(domain), broadcasts=True, **facts)
    return register(row, functions)


def new_prim(name: str, func: Any, infer: Infer, facts: dict[str, Any]) -> Prim:
    """The primitive of a row; facts about the primitive are taken out of ``facts``."""
    keys = ("raises", "effect", "writes", "views", "shape_only", "keywords", "cheap", "path", "several")
    own = {k: facts.pop(k) for k in keys if k in facts}
    own.setdefault("path", f"np.{name}" if func is not None else "")
    return define(name, infer, func=func, **own)


def _prim(name: str, func: Any, infer: Infer | None, facts: dict[str, Any]) -> Prim:
    """The primitive of a row: one of the IR's own, or a new one."""
    if name in PRIMS:
        return PRIMS[name]
    if infer is None:
        raise InternalError(f"row {name!r} needs a type function")
    return new_prim(name, func, infer, facts)


def linear(
    name: str, func: Any, infer: Infer | None, transpose: Sequence[Rule], spec: str, **facts: Any
) -> Row:
    """A function linear in each input that ``linear_in`` names (by default the first; () for all).

    ``transpose`` has one rule ``(g, *inputs, p)`` for each of these, giving its contribution.
    """
    functions = facts.pop("functions", ())
    prim = _prim(name, func, infer, facts)
    linear_in = facts.pop("linear_in", (0,))
    row = Row(prim, "linear", spec, linear_in=linear_in, transpose=tuple(transpose), **facts)
    return register(row, functions)


def special(name: str, func: Any, infer: Infer | None, spec: str, **facts: Any) -> Row:
    """A row with a ``jvp(xs, ts, y, p)`` or a ``vjp(g, xs, y, p)`` of its own; the other is derived."""
    functions = facts.pop("functions", ())
    prim = _prim(name, func, infer, facts)
    return register(Row(prim, "special", spec, **facts), functions)


def composite(name: str, func: Any, definition: Rule, spec: str, **facts: Any) -> Row:
    """A row differentiated as the ops that ``definition(*inputs, p)`` builds.

    These also tell its types, and whether it may raise, unless ``infer`` and ``raises`` do.
    """
    functions = facts.pop("functions", ())
    facts.setdefault("raises", lambda op: any(o.may_raise() for o in built(definition, op)[1]))
    infer = facts.pop("infer", lambda op: [v.type for v in built(definition, op)[0]])
    prim = _prim(name, func, infer, facts)
    row = Row(prim, "composite", spec, definition=definition, **facts)
    return register(row, functions)


def built(definition: Rule, op: Op) -> tuple[list[Value], list[Op]]:
    """What a definition gives for an op, and the ops that it builds."""
    b = Builder(op.loc)
    return _results(definition(*as_values(op, b), op.params)), b.ops


def definition_of(row: Row, op: Op, b: Builder) -> list[Value]:
    """The results of a composite op, one for each output, built as its definition has it."""
    assert row.definition is not None
    return _results(row.definition(*as_values(op, b), op.params))


def _results(found: Any) -> list[Value]:
    return list(found) if isinstance(found, list | tuple) else [found]


def inert(name: str, func: Any, infer: Infer | None, why: str, spec: str = "", **facts: Any) -> Row:
    """A row without a derivative, and why. ``steps_only`` False: refused when an input is active."""
    functions = facts.pop("functions", ())
    prim = _prim(name, func, infer, facts)
    return register(Row(prim, "inert", spec, why=why, **facts), functions)


def row_of(op: Op) -> Row:
    """The row of an op's primitive."""
    row = ROWS.get(op.name)
    if row is None:
        raise InternalError(f"no row for primitive {op.name!r}")
    return row


def as_values(op: Op, builder: Any) -> list[Value]:
    """The inputs of an op as values for its rule."""
    math = row_of(op).math
    return [Value(builder, a, math) for a in op.inputs]
