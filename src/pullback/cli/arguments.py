"""Which arguments to differentiate, and of what kinds all of them are."""

from __future__ import annotations

import ast
import contextlib
import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from pullback.cli.failure import Failure, suggestion
from pullback.cli.target import Target
from pullback.errors import ArgumentError
from pullback.frontend.annotations import annotated_kind, left_open, shown
from pullback.frontend.kinds import Kind, kind_of
from pullback.frontend.spelling import parse_kind

UNKNOWN = inspect.Parameter.empty
VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def chosen_arguments(target: Target, wrt: Sequence[str]) -> tuple[str, ...]:
    """The names of the arguments that ``--wrt`` names, in order and once."""
    names = [n for n, p in target.parameters.items() if p.kind not in VARIADIC]
    if not names:
        raise Failure(f"{target.name} takes no argument to differentiate with respect to")
    wanted = [part.strip() for text in wrt for part in text.split(",") if part.strip()]
    return tuple(dict.fromkeys(chosen_argument(target.name, names, w) for w in wanted))


def chosen_argument(function: str, names: Sequence[str], wanted: str) -> str:
    if wanted in names:
        return wanted
    with contextlib.suppress(ValueError, IndexError):
        return names[int(wanted)]
    hint = suggestion(wanted, names)
    raise Failure(f"--wrt {wanted}: {function} has no such argument", hint)


def float_arguments(names: Sequence[str], kinds: Sequence[Kind]) -> tuple[str, ...]:
    """The names of arguments that hold floats."""
    return tuple(name for name, kind in zip(names, kinds, strict=True) if has_float(kind))


def has_float(kind: Kind) -> bool:
    """Whether arguments of a kind hold floats, in whatever containers."""
    match kind:
        case "float" | "complex":
            return True
        case ("np", dtype) | ("array", dtype, _):
            return str(dtype).startswith(("float", "complex"))
        case ("elements", inner):
            return has_float(inner)
        case ("tuple" | "list", inner):
            return any(map(has_float, inner))
        case ("dict", items) | ("struct", _, items):
            return any(has_float(inner) for _, inner in items)
    return False


def argument_kinds(target: Target, arg: Sequence[str], call: str | None) -> inspect.BoundArguments:
    """The kinds of all arguments: from --arg, else --call, else annotations and defaults."""
    bound = example(target, call or "", kind_of)
    read = lambda text: parse_kind(text, classes=vars(target.module))
    return completed(target, bound, arg, read, known_kind)


def argument_values(
    target: Target, arg: Sequence[str], call: str | None, draw: Callable[[Kind], Any]
) -> inspect.BoundArguments:
    """All arguments: drawn for --arg, else from --call, else defaults, else drawn for annotations.

    What is drawn has a kind with sizes as they were written.
    """
    bound = example(target, call or "", lambda value: value)
    read = lambda text: draw(parse_kind(text, str.strip, vars(target.module)))
    return completed(target, bound, arg, read, lambda parameter: known_value(parameter, draw))


def completed(
    target: Target, bound: inspect.BoundArguments, arg: Sequence[str],
    read: Callable[[str], Any], known: Callable[[inspect.Parameter], Any],
) -> inspect.BoundArguments:  # fmt: skip
    """Arguments as ``--arg`` writes them, for ``read``, and where nothing tells, as ``known`` says."""
    written = dict(written_argument(target, text, read) for text in arg)
    missing = []
    for name, parameter in target.parameters.items():
        if name in written:
            bound.arguments[name] = written[name]
        elif name not in bound.arguments and parameter.kind not in VARIADIC:
            bound.arguments[name] = known(parameter)
            if bound.arguments[name] is UNKNOWN:
                missing.append(name)
    if missing:
        raise missing_kinds(target, missing)
    return bound


def written_argument(target: Target, text: str, read: Callable[[str], Any]) -> tuple[str, Any]:
    """The name of one ``--arg``, and what is read from its kind."""
    name, equals, kind = text.partition("=")
    name = name.strip()
    if not equals:
        raise Failure(f"--arg {text}: there is no '='", "write it as in --arg 'x=f64[n,3]'")
    parameter = target.parameters.get(name)
    if parameter is None:
        hint = suggestion(name, target.parameters)
        raise Failure(f"--arg {text}: {target.name} has no argument {name!r}", hint)
    if parameter.kind in VARIADIC:
        hint = "give an example call with --call"
        raise Failure(f"--arg {text}: {name} takes any number of arguments", hint)
    try:
        return name, read(kind)
    except ArgumentError as error:
        raise Failure(f"--arg {text}: {error}") from error


def example(target: Target, call: str, of: Callable[[Any], Any]) -> inspect.BoundArguments:
    """The arguments of an example call, or something of each."""
    args, keywords = example_arguments(target, call)
    try:
        found = [of(a) for a in args]
        by_name = {name: of(a) for name, a in keywords.items()}
        return inspect.signature(target.function).bind_partial(*found, **by_name)
    except TypeError as error:  # an ArgumentError is one, too
        raise Failure(f"--call: {error}") from error


def example_arguments(target: Target, call: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Evaluate ``np.ones(3), b=2.0``; the whole call, with the function's name, may be written."""
    try:
        node = ast.parse(f"_({call}\n)", mode="eval").body
        if not isinstance(node, ast.Call):
            raise SyntaxError("these are no arguments")
        inner = node.args[0] if len(node.args) == 1 and not node.keywords else None
        if isinstance(inner, ast.Call) and ast.unparse(inner.func) == target.name:
            node = inner
        node.func = ast.copy_location(ast.Name("__arguments__", ast.Load()), node.func)
        names = {"np": np, "math": math, **vars(target.module)}
        names["__arguments__"] = lambda *args, **keywords: (args, keywords)
        found: tuple[tuple[Any, ...], dict[str, Any]]
        found = eval(compile(ast.Expression(node), "<--call>", "eval"), names)
    except SyntaxError as error:
        hint = "write arguments as in a call: --call 'np.ones(3), b=2.0'"
        raise Failure(f"--call {call!r}: {error.msg}", hint) from error
    except Exception as error:
        raise Failure(f"--call {call!r}: {type(error).__name__}: {error}") from error
    return found


def known_kind(parameter: inspect.Parameter) -> Kind:
    """The kind that an annotation or else a default tells."""
    with argument_failures(parameter):
        if parameter.annotation is not parameter.empty:
            kind = annotated_kind(parameter.annotation)
            if kind is not None:
                return kind
        return UNKNOWN if parameter.default is UNKNOWN else kind_of(parameter.default)


def known_value(parameter: inspect.Parameter, draw: Callable[[Kind], Any]) -> Any:
    """A default, or what is drawn for an annotation."""
    if parameter.default is not UNKNOWN or parameter.annotation is parameter.empty:
        return parameter.default
    with argument_failures(parameter):
        kind = annotated_kind(parameter.annotation, str.strip)
        return UNKNOWN if kind is None else draw(kind)


@contextlib.contextmanager
def argument_failures(parameter: inspect.Parameter) -> Iterator[None]:
    """What is wrong with a kind names the argument."""
    try:
        yield
    except ArgumentError as error:
        raise Failure(f"argument {parameter.name!r}: {error}") from error


def missing_kinds(target: Target, names: Sequence[str]) -> Failure:
    """The error for arguments of which nothing tells the kind."""
    annotations = {n: target.parameters[n].annotation for n in names}
    told = [
        f"the annotation {n}: {shown(a)} {left_open(a)}"
        for n, a in annotations.items() if a is not inspect.Parameter.empty
    ]  # fmt: skip
    listed = ", ".join(names[:-1]) + " and " * (len(names) > 1) + names[-1]
    what = "arguments" if len(names) > 1 else "argument"
    holder = "self" in names and target.name.rpartition(".")[0].rpartition(".")[2]
    kinds = {"self": f"{holder}(attribute: KIND)"} if holder else {}
    options = " ".join(f"--arg '{name}={kinds.get(name, 'KIND')}'" for name in names)
    example = f"{holder}(...), 2.0" if holder else "np.ones(3), 2.0"
    hint = (
        f"write {options}, with float, int, f64[n,3] or another KIND,\n"
        f"        or an example call, as in --call '{example}', or annotate the function"
    )
    message = f"{target.name} does not tell the kind of its {what} {listed}"
    return Failure("\n  ".join([message, *told]), hint)
