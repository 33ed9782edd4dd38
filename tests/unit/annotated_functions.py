"""Annotated functions for test_annotations (a plain module: pytest changes test modules)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int, Num, Shaped
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tests.unit.elsewhere import Unknown  # type: ignore[import-not-found]

Vector = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass
class Params:
    w: Float[np.ndarray, "n"]
    b: float
    steps: int = 3
    name: str = "run"


class Layer(NamedTuple):
    W: Annotated[np.ndarray, "f64[m,n]"]
    p: Params


@dataclass
class Open:
    w: np.ndarray


def everything(
    a: float, b: int, c: bool, d: None, e: tuple[float, int], f: list[float], g: np.float32,
    h: np.float64, i: np.int64, j: "f64[n,1]", k: Annotated[np.ndarray, "f32[n]"], l: Vector,
    m: Float[np.ndarray, "n m"], n: Float32[np.ndarray, "1 #n 3"], o: Int[np.ndarray, ""],
    p: Bool[np.ndarray, "b=1 ?c _"], q: Num[np.ndarray, "n-1"], r: Params, s: Layer,
    t: Literal["relu"], u: float, v: Float64[np.ndarray, "1"], w: tuple[Layer, None],
):
    return a


def undecided(
    a: np.ndarray, b: NDArray[np.float64], c: Float[np.ndarray, "... n"], d: np.ndarray[tuple[int],
    np.dtype[np.floating]], e: Shaped[np.ndarray, "n"], f: Open, g: list, h: dict[str, float],
    i: Unknown, j: tuple[float, ...], k: object, l: Literal[1, 2], m: Float[np.ndarray, "*b n"],
    n: np.floating, o: NDArray[np.floating], p: "float |",
):
    return a


def loss(p: Params, x: Float[np.ndarray, "n"]):
    return np.sum(p.w * x) * p.b


def plain(x: np.ndarray, y: float):
    return np.sum(x) * y


def typed(x: NDArray[np.float64]):
    return np.sum(x)
