"""A function in two halves: forward, which saves residuals, and what takes them later.

The second half takes residuals and a cotangent, and gives cotangents of arguments, as ``vjp`` and
``split`` need it, or residuals and tangents, and gives the tangent of the value, as ``linearize`` does.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from pullback import tree
from pullback.backend.load import file_name, load
from pullback.backend.numpy_ import Emitted, emit_numpy
from pullback.dispatch import Program, Specialisation
from pullback.errors import ArgumentError
from pullback.frontend import lowering
from pullback.frontend.derivatives import check_pair, in_python
from pullback.frontend.frame import Frame
from pullback.frontend.kinds import Kind
from pullback.frontend.lower import Main
from pullback.frontend.values import Value
from pullback.ir.bars import DOT
from pullback.ir.build import Builder
from pullback.ir.core import Const, Func, Var, copy_program
from pullback.ir.types import Array, Object, Scalar, Type, differentiable
from pullback.pipeline import BACKENDS, Cut, Options, Stages, Watch, halves, optimise_halves, verified
from pullback.reports import Attempt, compiled


@dataclass(frozen=True)
class Division:
    """What is cut in two: a function, which is an ``innermost`` one or the derivatives of a ``chain`` of
    that, with the names of its arguments, of which ``positional`` go by
    position and the others by name. ``chosen`` are the places of the arguments that are
    differentiated, whose derivatives come as a tuple, or ``alone``. With ``has_aux`` the function
    gives a pair, whose first part is differentiated. The second half takes cotangents, or is
    ``linear`` in tangents."""

    function: Value
    innermost: Any
    chain: tuple[Any, ...]
    name: str
    names: Sequence[str]
    chosen: Sequence[int]
    positional: int
    has_aux: bool = False
    linear: bool = False
    alone: bool = False

    def program(self) -> Program:
        """The call of the function, which is lowered alike for all that it is cut into."""
        asked = ("halves", self.positional, self.has_aux, self.chain)
        return Program(self.innermost, tuple(self.names), self.name, self.apply, asked)

    def apply(self, frame: Frame, node: ast.Call, values: list[Value]) -> Value:
        """The call of the function, lowered."""
        count = self.positional
        by_name = dict(zip(self.names[count:], values[count:], strict=True))
        result = lowering.apply(frame, node, self.function, values[:count], by_name)
        if self.has_aux:
            check_pair(frame, node, self.name, result, number=False)
        return result


class Halves(Specialisation):
    """The forward half of one signature, with the ``second``: it gives the value (and what else the
    function has to tell), and residuals."""

    second: Specialisation
    has_aux: bool = False

    def __call__(self, args: Sequence[Any], outside: tuple[Any, ...] | None = None) -> Any:
        __tracebackhide__ = True
        value, residuals = super().__call__(args, outside)
        value, *aux = value if self.has_aux else (value,)
        return value, residuals, *aux

    def text(self, options: Options) -> str:
        """Both functions as one module, for NumPy."""
        forward, second = self.main.func, self.second.main.func
        return emit_numpy(second, options.standalone, options.header, beside=[forward]).text

    @cached_property
    def stamp(self) -> str:
        """What tells this code from other code, wherever its lines come from."""
        both = self.emitted.text, self.second.emitted.text
        trees = [ast.dump(ast.parse(text)) for text in both]
        return hashlib.sha256("\n".join(trees).encode()).hexdigest()


def compile_halves(division: Division, kinds: Sequence[Kind], options: Options) -> Halves:
    """Compile both halves of a function for arguments of these kinds."""
    __tracebackhide__ = True
    name = division.name if division.name.isidentifier() else "lambda_"
    division = replace(division, name=name)
    program = division.program()
    attempt = Attempt(name, division.innermost, division.names, kinds, options, Stages())

    def compute() -> Halves:
        main = program.lowered(kinds)
        attempt.func = main.func
        made = _Compilation(division, main, attempt).run()
        program.keep(kinds, made)
        return made

    return compiled(attempt, compute)


@dataclass(eq=False)
class _Compilation:
    """From a lowered program to both halves, loaded."""

    division: Division
    main: Main
    attempt: Attempt

    def run(self) -> Halves:
        division, func, options = self.division, self.main.func, self.attempt.options
        cut = Cut(self.wrt(), frozenset(tree.leaves(self.value())), division.linear)
        program = copy_program(func)
        self.attempt.stages = Stages(program, options)
        types = _types_of_second(func, cut)
        forward, second = _cut(cut, types, func, options)
        self.describe(forward, second)
        optimise_halves(forward, second, options)
        forms = [Stages(program, options, partial(_half, k, cut, types)) for k in (0, 1)]
        ready = replace(self.main, func=forward)
        made = Halves(*self.loaded(ready, forms[0]), self.attempt.kinds)
        made.has_aux = division.has_aux
        made.second = Specialisation(*self.loaded(Main(second), forms[1]), [])
        # Where it runs, the function has not raised.
        made.second.attempt = replace(self.attempt, primal=lambda args: None, func=second)
        return made

    def value(self) -> Any:
        """The part of the result that is differentiated."""
        returned = self.main.func.returns
        return returned[0] if self.division.has_aux else returned

    def arguments(self) -> list[tuple[str, Any]]:
        """Those that are differentiated: names and trees."""
        arguments = list(self.main.func.arguments or [])
        return [arguments[k] for k in self.division.chosen]

    def wrt(self) -> tuple[bool, ...]:
        found = [a for _, t in self.arguments() for a in tree.leaves(t)]
        active = {a for a in found if isinstance(a, Var) and differentiable(a.type)}
        if not active:
            name = self.division.name
            raise ArgumentError(f"{name} has no float argument to differentiate with respect to")
        return tuple(p in active for p in self.main.func.params)

    def describe(self, forward: Func, second: Func) -> None:
        """How both functions look from Python."""
        func = self.main.func
        translate = dict(zip(func.params, forward.params, strict=True))
        param = lambda a: translate.get(a, a) if isinstance(a, Var) else a
        forward.arguments = [(n, tree.mapped(param, t)) for n, t in func.arguments or []]
        forward.returns = (func.returns, len(forward.results) - 1)
        describe = self.describe_tangents if self.division.linear else self.describe_backward
        describe(second)

    def describe_backward(self, backward: Func) -> None:
        """Residuals and a cotangent in, trees like the arguments out."""
        record, *seeds = backward.params
        results = self.main.func.results

        def seed(leaf: Any) -> Any:
            known = isinstance(leaf, int) and differentiable(results[leaf].type)
            return seeds.pop(0) if known else None

        backward.arguments = [("residuals", record), ("y_bar", tree.mapped(seed, self.value()))]
        active = (p for p, a in zip(self.main.func.params, self.wrt(), strict=True) if a)
        places = {a: k for k, a in enumerate(active)}
        bar = lambda a: Const(None) if _has_no_zero(a) else places.get(a, Const(0))
        bars = tuple(tree.mapped(bar, t) for _, t in self.arguments())
        backward.returns = bars[0] if self.division.alone else bars

    def describe_tangents(self, tangents: Func) -> None:
        """Residuals and tangents in, a tree like the value out."""
        record, *dots = tangents.params
        params = self.main.func.params
        given = dict(zip((p for p, a in zip(params, self.wrt(), strict=True) if a), dots, strict=True))
        dot = lambda a: given.get(a) if isinstance(a, Var) else None
        trees = [(name + DOT, tree.mapped(dot, t)) for name, t in self.arguments()]
        tangents.arguments = [("residuals", record), *trees]
        moving = (k for k, r in enumerate(self.main.func.results) if differentiable(r.type))
        of = set(tree.leaves(self.value()))
        places = {r: k for k, r in enumerate(r for r in moving if r in of)}
        move = lambda leaf: places.get(leaf, Const(0)) if isinstance(leaf, int) else leaf
        tangents.returns = tree.mapped(move, self.value())

    def loaded(self, main: Main, stages: Stages) -> tuple[Main, Emitted, Stages, Callable[..., Any]]:
        options = self.attempt.options
        emitted = BACKENDS[options.backend](main.func, options.standalone, options.header)
        module = getattr(self.division.innermost, "__module__", "")
        return main, emitted, stages, load(emitted, file_name(main.func.name), module)


def _types_of_second(func: Func, cut: Cut) -> list[Type]:
    """The types of what the second half gives derivatives for, or of."""
    if cut.linear:
        return [r.type for k, r in enumerate(func.results) if k in cut.of and differentiable(r.type)]
    return [p.type for p, a in zip(func.params, cut.wrt, strict=True) if a]


def _cut(
    cut: Cut, types: Sequence[Type], main: Func, options: Options, *watch: Watch
) -> tuple[Func, Func]:
    """Both halves, the second with results in the kinds of ``types``."""
    forward, second = halves(main, cut, options, *watch)
    _in_kinds(second, types)
    return forward, second


def _half(k: int, cut: Cut, types: Sequence[Type], main: Func, options: Options, watch: Watch) -> None:
    """All phases of one half, watched."""
    forward, second = _cut(cut, types, main, options, watch)
    optimise_halves(forward, second, options, (verified, watch) if k else (watch, verified))


def _has_no_zero(leaf: Any) -> bool:
    """Whether a leaf of an argument is no number: a string, None, or an object."""
    return leaf is None or (isinstance(leaf, Var) and isinstance(leaf.type, Object))


def _in_kinds(second: Func, types: Sequence[Type]) -> None:
    """Derivatives of Python floats are Python floats, those of NumPy scalars have their dtype."""
    b = Builder(second.loc)
    results = second.block.results
    for k, t in enumerate(types):
        if (converted := in_python(t)) is not None:
            name, params = converted
            results[k] = b.one(name, results[k], **params)
        elif isinstance(t, Array) and t.ndim == 0 and isinstance(results[k].type, Scalar):
            results[k] = b.one("array", results[k])
    second.block.ops += b.ops
