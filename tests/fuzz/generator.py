"""Random programs: the source text of a Python module, and arguments for its function, from a seed.

The function takes two arrays of one length, two floats and an int, some also a matrix, a tree or a
0-d array. Programs mix what users mix, and what compilers get wrong: loops of few or no trips that
are left early, arrays that are overwritten after they were read, views and second names, repeated
indices, names that are set on one path only, helper functions, recursion, lists. Numbers stay small,
so that central differences mean something: an expression knows a rough bound of its value, and one
that may be large is squashed where it is assigned.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.fuzz.classes import Classes, attributes
from tests.fuzz.elements import ON
from tests.fuzz.given import Pair, Rec
from tests.fuzz.modules import calls, classes, method
from tests.fuzz.scope import Scope, Signature, Writer

EXTRAS = ("matrix", "pair", "dict", "zero", "single", "record", "named tuple")
NAMED = {"matrix": "B", "pair": "given", "dict": "known", "zero": "c0", "single": "h32",
         "record": "r0", "named tuple": "t0"}  # fmt: skip
IMPORTS = """\
import dataclasses
import functools

import numpy as np

from tests.fuzz.given import Pair, Rec


"""


@dataclass(frozen=True)
class Program:
    """The text of a module that defines ``f``, and tuples of arguments to call it with.

    ``active`` are the arguments to differentiate in. ``single`` says that some numbers are of single
    precision. ``on`` are the elements that it might be made of, ``used`` those that it is. ``again`` is
    the command that makes it, ``original`` the function whose value and gradients it must have.
    """

    seed: int
    text: str
    inputs: tuple[tuple[Any, ...], ...]
    active: tuple[int, ...] = (0, 1, 2, 3)
    single: bool = False
    on: frozenset[str] = ON
    used: frozenset[str] = frozenset()
    again: str = ""
    original: Callable[..., Any] | None = None


def program(seed: int, on: Collection[str] = ON) -> Program:
    """The program of a seed and of a set of elements: always the same one.

    Three of the elements are met more often, so that they meet each other.
    """
    rng = random.Random(seed)
    elements = sorted(on)
    elements += 4 * rng.sample(elements, min(3, len(elements)))
    extra = rng.choice(EXTRAS) if rng.random() < 0.35 else None
    singles = extra == "single" or rng.random() < 0.06
    text, used = module(rng, extra, singles, elements)
    active = (0, 1, 2, 3) if extra is None else (0, 1, 2, 3, 5)
    again = f"tests.fuzz.run {seed}" + ("" if set(on) == ON else f" --only {','.join(sorted(on))}")
    return Program(seed, text, inputs(seed, extra), active, singles, frozenset(on), used, again)


# ---- arguments


def inputs(seed: int, extra: str | None) -> tuple[tuple[Any, ...], ...]:
    """Arguments away from ties; ones with ties, zeros and no trips; size 1; now and then size 0."""
    rng = np.random.default_rng([seed, 1])
    tied = float(rng.choice([0.0, 0.5, -0.5]))
    usual = arguments(rng, extra, int(rng.integers(2, 5)), int(rng.integers(1, 4)), None)
    ties = arguments(rng, extra, int(rng.integers(2, 4)), 0, tied)
    small = arguments(rng, extra, int(rng.integers(0, 2)), 2, None)
    return (usual, ties, small) if seed % 8 == 0 else (usual, ties)


def arguments(
    rng: np.random.Generator, extra: str | None, size: int, n: int, tied: float | None
) -> tuple[Any, ...]:
    def draw(*shape: int) -> Any:
        if tied is None:
            return rng.uniform(-1.5, 1.5, shape)
        return rng.choice([0.0, tied, tied, 1.0], shape)

    first = draw(size) if tied is None else np.full(size, tied)
    numbers = (float(draw()), float(draw())) if tied is None else (tied, 0.5)
    more: dict[str, Any] = {
        "matrix": draw(size, size), "pair": (float(draw()), draw(size)),
        "dict": {"k": float(draw()), "v": draw(size)}, "zero": np.array(draw()),
        "single": draw(size).astype(np.float32), "record": Rec(float(draw()), draw(size)),
        "named tuple": Pair(float(draw()), draw(size)),
    }  # fmt: skip
    return (first, draw(size), *numbers, n, *([] if extra is None else [more[extra]]))


# ---- text

Helper = tuple[str, Signature, Writer]


def module(
    rng: random.Random, extra: str | None, singles: bool, on: Sequence[str]
) -> tuple[str, frozenset[str]]:
    """Helper functions, which may call those before them, and the function itself."""
    functions: list[Signature] = []
    parts: list[str] = []
    used: set[str] = set()
    forms = [helper, helper, recursive, over_slices, number_only]
    kinds = [rng.choice(forms) for _ in range(rng.choice([0, 0, 1, 1, 2]))]
    kinds += [changing] * (on.count("writers") > 0 and rng.random() < 0.15 + 0.2 * on.count("writers"))
    kinds += [calls] * (on.count("calls") > 0 and rng.random() < 0.2 * on.count("calls") - 0.1)
    for k, write in enumerate(kinds):
        text, signature, writer = write(rng, f"helper{k}", functions, on)
        parts.append(text)
        functions.append(signature)
        used |= writer.used
    text, writer = main(rng, functions, extra, singles, on)
    used |= writer.used
    if used & {"objects", "objects in lists"}:
        body, writer = method(rng, on)
        parts.insert(0, classes(rng, body))
        used |= writer.used
    return IMPORTS + "\n\n".join([*parts, text]), frozenset(used)


def text_of(head: str, writer: Writer) -> str:
    return "\n".join([head, *writer.lines]) + "\n"


def main(
    rng: random.Random, functions: list[Signature], extra: str | None, singles: bool, on: Sequence[str]
) -> tuple[str, Writer]:
    kinds = {"x": "array", "w": "array", "a": "number", "b": "number"}
    parameters = "x, w, a, b, n"
    if extra is not None:
        parameters += f", {NAMED[extra]}"
        if extra != "single":
            kinds |= attributes(NAMED[extra], extra)
    writer = Classes(rng, Scope(kinds, set(kinds)), functions, on)
    open_arguments(writer)
    writer.singles = singles
    writer.gives = "both" if rng.random() < 0.1 else "number"
    writer.budget = rng.randint(4, 13)
    if extra == "single":
        writer.define("array", "x * h32 + np.sum(h32)")
    write_body(writer)
    return text_of(f"def f({parameters}):", writer), writer


def open_arguments(writer: Classes) -> None:
    """Let arguments be written to."""
    if writer.chance(min(0.1 + 0.2 * writer.on.count("arguments"), 0.9)) and "arguments" in writer.on:
        writer.used.add("arguments")
        names = [name for name in sorted(writer.scope.fixed) if not name.startswith("t0.")]
        writer.scope.fixed -= {name for name in names if writer.chance(0.7)}


def write_body(writer: Classes) -> None:
    for _ in range(writer.rng.randint(1, 3)):
        writer.set_number()
    writer.set_array()
    if writer.chance(0.4):
        writer.rng.choice([*writer.containers().values()])()
    writer.block(writer.rng.randint(1, 4), 0)
    while writer.budget > 0:
        writer.statement(0)
    writer.emit(f"return {writer.result()}")


def helper(rng: random.Random, name: str, functions: list[Signature], on: Sequence[str]) -> Helper:
    """A function of arrays and numbers, of the same forms as the main one."""
    gives = rng.choice(["number", "array"])
    scope = Scope({"x": "array", "w": "array", "a": "number", "b": "number"}, set("xwab"))
    writer = Classes(rng, scope, functions, on)
    open_arguments(writer)
    writer.gives = "array" if gives == "array" else "squashed"
    writer.budget = rng.randint(3, 8)
    write_body(writer)
    text = text_of(f"def {name}(x, w, a, b, n):", writer)
    return text, Signature(name, ("array", "array", "number", "number", "count"), gives), writer


def number_only(rng: random.Random, name: str, functions: list[Signature], on: Sequence[str]) -> Helper:
    """A small function of numbers, with a default and an early return."""
    writer = Classes(rng, Scope({"a": "number", "b": "number"}, set("ab")), [])
    writer.emit(f"if a {writer.choice('<', '>=')} {writer.literal().text}:")
    writer.emit(f"    return {writer.choice('b', 'np.sin(b) * a', '0.0', 'abs(a)')}")
    writer.emit(f"return {writer.choice('a * b * c', 'np.tanh(a - c * b)', 'max(a, b)')}")
    text = text_of(f"def {name}(a, b, c={writer.literal().text}):", writer)
    return text, Signature(name, ("number", "number"), "number"), writer


def recursive(rng: random.Random, name: str, functions: list[Signature], on: Sequence[str]) -> Helper:
    """Recursion with a counter, once or twice in each call."""
    writer = Classes(rng, Scope({"x": "array", "a": "number"}, set("xa")), [])
    again = f"{name}({{}}, {{}}, n - 1)"
    arrays = ("x", "np.sin(x)", "x[::-1]")
    numbers = ("a", "0.5 * a", "x[0]", "np.sin(a) + x[n % len(x)]")
    calls = [again.format(rng.choice(arrays), rng.choice(numbers)) for _ in range(rng.choice([1, 1, 2]))]
    writer.emit("if n <= 0:")
    writer.emit(f"    return {writer.choice('a', 'np.sum(x) * a', '0.0')}")
    if writer.chance(0.4):
        writer.emit(f"if a > {writer.literal().text}:")
        writer.emit(f"    return np.tanh({calls[-1]} * a)")
    writer.emit(f"below = {' - '.join(calls)}")
    writer.emit(f"return np.tanh({writer.choice('below * x[0]', 'below + a * x[-1]', 'a * below')})")
    text = text_of(f"def {name}(x, a, n):", writer)
    return text, Signature(name, ("array", "number", "count"), "number"), writer


def over_slices(rng: random.Random, name: str, functions: list[Signature], on: Sequence[str]) -> Helper:
    """Recursion over what is left of an array, which in the end is empty."""
    writer = Classes(rng, Scope(), [])
    rest = writer.choice("x[1:]", "x[:-1]", "x[2:]")
    writer.emit("if len(x) == 0:")
    writer.emit(f"    return {writer.choice('a', '0.0', 'a * a')}")
    writer.emit(f"head = {writer.choice('x[0]', 'np.sin(x[-1])', 'x[0] * x[len(x) // 2]')}")
    form = writer.choice("np.tanh(head * {0})", "np.tanh(head + {0})", "max(np.sin(head), {0})",
                         "np.tanh({0} if head > a else head)")  # fmt: skip
    carried = writer.choice("a", "a * 0.5", "head")
    writer.emit(f"return {form.format(f'{name}({rest}, {carried})')}")
    return text_of(f"def {name}(x, a):", writer), Signature(name, ("slice", "number"), "number"), writer


def changing(rng: random.Random, name: str, functions: list[Signature], on: Sequence[str]) -> Helper:
    """A function that writes to the vector it is given, whatever its length, and may hand it back."""
    writer = Classes(rng, Scope({"q": "part", "c": "number"}, {"c"}), [], on)
    for _ in range(rng.randint(1, 2)):
        match rng.randint(0, 3):
            case 0:
                change = writer.choice("= np.tanh(q[k] * c)", "+= 0.5 * c", "*= np.sin(q[-1 - k])")
                writer.emit("for k in range(len(q)):")
                writer.emit(f"    q[k] {change}")
            case 1:
                place = writer.choice("[1:]", "", "[::-1]")
                change = writer.choice("*= 0.5", "-= np.tanh(c)")
                writer.emit(f"if {writer.choice('c > 0.5', 'len(q) > 1', 'np.sum(q) < c')}:")
                writer.emit(f"    q{place} {change}")
            case 2:
                writer.emit("if len(q) > 1:")
                writer.emit(f"    {writer.choice('q[0], q[-1] = q[-1], q[0]', 'q[1:] += 0.3 * q[:-1]')}")
            case _:
                writer.emit(f"q {writer.choice('+=', '*=')} np.{writer.choice('sin', 'cos')}(c)")
    results = {"": "nothing", "np.sum(q * q)": "number", "q": "part", "q[1:]": "part"}
    result = rng.choice(list(results))
    if result:
        writer.emit(f"return {result}")
    signature = Signature(name, ("written", "number"), results[result])
    return text_of(f"def {name}(q, c):", writer), signature, writer


__all__ = ["Program", "program"]
