"""What is checked of a function: itself, and what second order needs beside it.

Beside a function ``f`` stand ``f_weighed`` (a number made of it), ``f_along`` (a directional derivative
of that), ``f_gradient`` and ``f_slope`` (the gradient's product with a direction), of which the four
mixes of second order are made. They are text, for they have as many arguments as the function has.
"""

from __future__ import annotations

import itertools
import keyword
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pullback.errors import remember_text

IMPORTS = "import numpy as np\nimport pullback\n"
TEMPLATE = '''

def {f}({names}):
    return {body}


def {f}_weighed({names}):
    y = {f}({names})
    return 0.5 * np.sum({square})


def {f}_along({names}, {dots}):
    return pullback.jvp({f}_weighed, ({names},), ({dots},))[1]


{f}_gradient = pullback.grad({f}_weighed, tuple(range({count})))


def {f}_slope({names}, {dots}):
    {bars}, = {f}_gradient({names})
    return {slope}
'''
_numbers = itertools.count()


@dataclass(frozen=True, eq=False)
class Subject:
    """A function under test, with what second order needs of it."""

    name: str
    count: int
    function: Callable[..., Any]
    weighed: Callable[..., Any]
    along: Callable[..., Any]
    gradient: Any
    slope: Callable[..., Any]


def text_of(name: str, body: str, names: Sequence[str], of_complex: bool = False) -> str:
    """The functions of a subject; those of complex numbers are weighed by the real parts of products."""
    bars = [f"{n}_bar" for n in names]
    product = "({} * {}).real" if of_complex else "{} * {}"
    return TEMPLATE.format(
        f=name,
        names=", ".join(names),
        body=body,
        dots=", ".join(f"{n}_dot" for n in names),
        bars=", ".join(bars),
        count=len(names),
        square=product.format("y", "y"),
        slope=" + ".join(f"np.sum({product.format(f'{n}_bar', f'{n}_dot')})" for n in names),
    )


def subject_in(names: Mapping[str, Any], name: str, count: int) -> Subject:
    """The subject whose functions have been defined in a module."""
    parts = ("", "_weighed", "_along", "_gradient", "_slope")
    return Subject(name, count, *(names[name + part] for part in parts))


def subject_of(function: Callable[..., Any], args: Sequence[Any], moving: Sequence[int]) -> Subject:
    """A function as one of the arguments that are ``moving``; the others stay as they are."""
    names = [f"x{k}" for k in moving]
    held = {f"held{k}": a for k, a in enumerate(args) if k not in moving}
    given = [f"x{k}" if k in moving else f"held{k}" for k in range(len(args))]
    known = str(getattr(function, "__name__", ""))
    name = known if known.isidentifier() and not keyword.iskeyword(known) else "subject"
    text = IMPORTS + text_of("checked", f"{name}({', '.join(given)})", names)
    file = f"<pullback check {next(_numbers)}>"
    remember_text(file, text)
    module = {"__name__": "__main__", **held, name: function}
    exec(compile(text, file, "exec"), module)
    return subject_in(module, "checked", len(names))


__all__ = ["Subject", "subject_in", "subject_of", "text_of"]
