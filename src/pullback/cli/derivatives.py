"""What the commands compile: a request is opened on its function, and gives a derivative's text."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pullback.along import jvp_program
from pullback.cli.arguments import argument_kinds, chosen_arguments, float_arguments
from pullback.cli.failure import Failure, failures, suggestion
from pullback.cli.output import check_output, header
from pullback.cli.target import Target, find_function, running_as_script, split_target, stdout_to_stderr
from pullback.derivative import Derivative, chain_of, free
from pullback.dispatch import compile_program
from pullback.frontend.bound import named_of, object_of, title
from pullback.frontend.kinds import Kind, kind_of
from pullback.frontend.targets import parameter_names
from pullback.frontend.values import Static
from pullback.halves import Division, compile_halves
from pullback.ir.bars import BAR, DOT
from pullback.pipeline import Options


@dataclass(frozen=True)
class Request:
    """What the options of a command ask for."""

    target: str
    wrt: tuple[str, ...] = ()
    arg: tuple[str, ...] = ()
    call: str | None = None
    value: bool = False
    optimize: str = "2"
    without: tuple[str, ...] = ()
    standalone: bool = False
    output: str | None = None
    fast: bool = False
    checkpoint: int | None = None
    mode: str = "grad"

    def options(self, head: str) -> Options:
        without = frozenset(self.without)
        return Options(
            int(self.optimize), without, self.standalone, head, fast=self.fast,
            checkpoint=self.checkpoint or 0,
        )  # fmt: skip


@contextlib.contextmanager
def opened(request: Request) -> Iterator[Target]:
    """The function that is asked for, while its module's surroundings are as for a script."""
    place, name = split_target(request.target)
    with running_as_script(place), stdout_to_stderr(), failures():
        target = find_function(place, name)
        if request.output is not None:
            check_output(request.output, target)
        yield target


def gradient(request: Request) -> Derivative:
    """What ``grad``, ``jacobian`` and ``hessian`` give, or that behind the value."""
    with opened(request) as target:
        wrt = with_respect_to(target, request)
        kinds = argument_kinds(target, request.arg, request.call)
        of = f"d {target.name}" if request.mode != "hessian" else f"d d {target.name}"
        what = f"{of} / d {listed(wrt)}"
        what = f"{target.name} and {what}" if request.value else what
        mode = f"value_and_{request.mode}" if request.value else request.mode
        argnums = wrt[0] if len(wrt) == 1 else wrt
        found = {n: kinds.arguments[n] for n in target.parameters if n in kinds.arguments}
        options = request.options(header(what, target, found))
        derivative = Derivative(target.function, mode, argnums, options)
        return derivative.compile(kinds.args, kinds.kwargs)


def with_respect_to(target: Target, request: Request) -> tuple[str, ...]:
    """The arguments that --wrt names, by default the first."""
    return chosen_arguments(target, request.wrt) or chosen_arguments(target, ["0"])


def form(request: Request, stage: str, after: str | None) -> str:
    """The intermediate form of a gradient behind a phase, or behind a pass."""
    derivative = gradient(request)
    with failures():
        return derivative.ir(stage, after=after)


def changes(request: Request) -> str:
    """What each pass changed of a gradient."""
    return gradient(request).ir_changes() or "no pass changed anything"


def pushforward(request: Request) -> str:
    """The text of what ``jvp`` runs."""
    with opened(request) as target:
        names, kinds, wrt = positional(target, request)
        what = f"{target.name} and its derivative along {dotted(names, wrt)}"
        head = header(what, target, dict(zip(names, kinds, strict=True)))
        given, held = held_kinds(target)
        first = len(given)
        every = [k + first for k in wrt]
        program = jvp_program(target.function, first + len(kinds), every, tuple(held))
        tangents = ["float" if kinds[k] == "int" else kinds[k] for k in wrt]
        found = [*given, *kinds, *tangents, *held.values()]
        return compile_program(program, found, request.options(head)).emitted.text


def hessian_product(request: Request) -> str:
    """The text of what ``hvp`` runs."""
    with opened(request) as target:
        names, kinds, _ = positional(target, request)
        chosen = with_respect_to(target, request)
        wrt = [names.index(name) for name in chosen]
        what = f"the derivative of d {target.name} / d {listed(chosen)} along {dotted(names, wrt)}"
        what = f"{target.name} and {what}" if request.value else what
        head = header(what, target, dict(zip(names, kinds, strict=True)))
        options = request.options(head)
        argnums = wrt[0] if len(wrt) == 1 else tuple(wrt)
        gradient, of = ("grad_and_value", "value_and_hvp") if request.value else ("grad", "hvp")
        derivative = Derivative(target.function, gradient, argnums, options)
        kinds = ["float" if k in wrt and kind == "int" else kind for k, kind in enumerate(kinds)]
        given, held = held_kinds(target)
        first = len(given)
        every = [k + first for k in wrt]
        program = jvp_program(derivative, first + len(kinds), every, tuple(held), request.value, of)
        found = [*given, *kinds, *(kinds[k] for k in wrt), *held.values()]
        return compile_program(program, found, options).emitted.text


def dotted(names: Sequence[str], wrt: Sequence[int]) -> str:
    """The names of tangents."""
    return listed([names[k] + DOT for k in wrt])


def pulled_back(request: Request) -> str:
    """The text of the two functions that ``vjp`` and ``split`` run."""
    return in_halves(request, linear=False)


def linearized(request: Request) -> str:
    """The text of the two functions that ``linearize`` runs."""
    return in_halves(request, linear=True)


def in_halves(request: Request, linear: bool) -> str:
    """The text of the forward function, and of what takes its residuals."""
    with opened(request) as target:
        names, kinds, wrt = positional(target, request)
        kinds = ["float" if k in wrt and kind == "int" else kind for k, kind in enumerate(kinds)]
        bars = listed([names[k] + BAR for k in wrt])
        second = f"tangents along {dotted(names, wrt)}" if linear else f"backward from y_bar to {bars}"
        what = f"{target.name} in two: forward, and {second}"
        options = request.options(header(what, target, dict(zip(names, kinds, strict=True))))
        function, (given, held) = target.function, held_kinds(target)
        first = len(given)
        every = (*parameter_names(Static(target.python), first), *names, *held)
        chosen, count = [k + first for k in wrt], first + len(names)
        division = Division(
            free(function), target.python, chain_of(function), title(function), every, chosen, count,
            linear=linear,
        )  # fmt: skip
        return compile_halves(division, [*given, *kinds, *held.values()], options).text(options)


def held_kinds(target: Target) -> tuple[list[Kind], dict[str, Kind]]:
    """Kinds of what a method or a function with some of its arguments holds, in front and by name."""
    held = {name: kind_of(v) for name, v in named_of(target.function).items()}
    return list(map(kind_of, object_of(target.function))), held


def positional(target: Target, request: Request) -> tuple[list[str], list[object], list[int]]:
    """Names and kinds of the arguments, all positional, and the places of those with a derivative."""
    bound = argument_kinds(target, request.arg, request.call)
    if bound.kwargs:
        raise Failure(
            f"{target.name} has arguments that only keywords give: {', '.join(bound.kwargs)}",
            "jvp and vjp take functions of positional arguments; write one that calls this",
        )
    names = argument_names(bound)
    floats = float_arguments(names, bound.args)
    chosen = chosen_arguments(target, request.wrt) or floats
    if not chosen:
        raise Failure(f"{target.name} takes no float argument to differentiate with respect to")
    for name in chosen:
        if name not in floats and bound.arguments[name] != "int":
            raise Failure(f"--wrt {name}: this argument holds no floats", suggestion(name, floats))
    return names, list(bound.args), [names.index(name) for name in chosen]


def argument_names(bound: inspect.BoundArguments) -> list[str]:
    """A name for each positional argument, numbered where ``*args`` takes them."""
    names: list[str] = []
    for name, parameter in bound.signature.parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            names += [f"{name}_{k}" for k in range(len(bound.arguments.get(name, ())))]
        else:
            names.append(name)
    return names[: len(bound.args)]


def listed(names: Sequence[str]) -> str:
    """One name, or several as a tuple."""
    return names[0] if len(names) == 1 else f"({', '.join(names)})"
