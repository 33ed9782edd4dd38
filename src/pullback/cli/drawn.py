"""Arguments drawn at random for their kinds, with sizes for the names in these."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pullback.cli.failure import Failure
from pullback.errors import ArgumentError
from pullback.frontend.kinds import Kind

SMALLEST = 3  # the first size that is made up: not 1, which is special, and 2 hides mistakes


def given_sizes(options: Sequence[str]) -> dict[str, int]:
    """The sizes that ``--size n=10`` options tell."""
    found: dict[str, int] = {}
    for part in (part for text in options for part in text.split(",")):
        match = re.fullmatch(r"\s*([^\W\d]\w*)\s*=\s*(\d+)\s*", part)
        if match is None:
            raise Failure(f"--size {part}: this is no size", "write it as in --size n=10")
        found[match[1]] = int(match[2])
    return found


@dataclass
class Drawing:
    """Draws arguments; a name has the same size wherever it stands, different names different ones."""

    rng: np.random.Generator
    sizes: dict[str, int] = field(default_factory=dict)
    met: set[str] = field(default_factory=set)

    def draw(self, kind: Kind) -> Any:
        """A value of a kind: floats from the normal distribution, small ints that may be indices."""
        match kind:
            case "float":
                return float(self.rng.normal())
            case "complex":
                return complex(*self.rng.normal(size=2))
            case "int":
                return int(self.rng.integers(1, SMALLEST))
            case "bool":
                return bool(self.rng.integers(2))
            case ("np", dtype):
                return self.array(dtype, ())[()]
            case ("array", dtype, sizes):
                return self.array(dtype, tuple(map(self.size, sizes)))
            case ("elements", inner):
                return [self.draw(inner) for _ in range(SMALLEST)]
            case ("tuple", kinds):
                return tuple(map(self.draw, kinds))
            case ("dict", items):
                return {key: self.draw(inner) for key, inner in items}
            case ("list", kinds):
                return list(map(self.draw, kinds))
            case ("struct", cls, kinds):
                return cls(**{name: self.draw(inner) for name, inner in kinds})
            case ("static", value):
                return value
        raise ArgumentError(f"nothing can be drawn for the kind {kind!r}: give a value with --call")

    def array(self, dtype: str, shape: tuple[int, ...]) -> Any:
        if dtype.startswith("float"):
            return self.rng.normal(size=shape).astype(dtype)
        if dtype.startswith("complex"):
            return (self.rng.normal(size=shape) + 1j * self.rng.normal(size=shape)).astype(dtype)
        return self.rng.integers(2 if dtype == "bool" else SMALLEST, size=shape).astype(dtype)

    def check_sizes(self) -> None:
        """Raise the error for a size of a name that stands in no kind."""
        for name in self.sizes.keys() - self.met:
            raise Failure(f"--size {name}={self.sizes[name]}: no kind has a size {name}")

    def size(self, written: str) -> int:
        """The size that a name, a number or ``:`` in a kind stands for."""
        if written.isdigit():
            return int(written)
        if written in ("", ":"):
            return SMALLEST
        if not written.isidentifier():
            raise ArgumentError(f"the size {written!r} is neither a name nor a number")
        self.met.add(written)
        if written not in self.sizes:
            taken = self.sizes.values()
            self.sizes[written] = next(n for n in itertools.count(SMALLEST) if n not in taken)
        return self.sizes[written]
