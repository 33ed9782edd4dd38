"""Classes of arguments of random programs, which import them from here."""

import dataclasses
from typing import NamedTuple

import numpy as np


@dataclasses.dataclass
class Rec:
    """A number and an array, which programs assign."""

    p: float
    q: np.ndarray

    def area(self, r: float) -> float:
        return np.sum(self.q) * self.p + r


class Pair(NamedTuple):
    """A number and an array, which programs replace."""

    p: float
    q: np.ndarray
