"""Kinds from annotations and as they are spelled, with what they leave open."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pullback import ArgumentError, grad
from pullback.frontend.annotations import annotated_kind, annotations_of
from pullback.frontend.kinds import kind_of
from pullback.frontend.spelling import parse_kind, spelled
from tests.unit import annotated_functions as f

DECIDED = annotations_of(f.everything)
EXPECTED: dict[str, str] = {
    "a": "float", "b": "int", "c": "bool", "d": "None", "e": "(float, int)", "f": "list[float]",
    "g": "f32", "h": "f64", "i": "i64", "j": "f64[:, 1]", "k": "f32[:]", "l": "f64[:]",
    "m": "f64[:, :]", "n": "f32[1, :, :]", "o": "i64[]", "p": "bool[1, :, :]", "q": "f64[:]",
    "r": "Params(w: f64[:], b: float, steps: int, name: 'run')",
    "s": "Layer(W: f64[:, :], p: Params(w: f64[:], b: float, steps: int, name: 'run'))",
    "t": "'relu'", "u": "float", "v": "f64[1]",
    "w": "(Layer(W: f64[:, :], p: Params(w: f64[:], b: float, steps: int, name: 'run')), None)",
}  # fmt: skip


@pytest.mark.parametrize("name", DECIDED)
def test_annotations_that_decide(name: str) -> None:
    kind = annotated_kind(DECIDED[name])
    assert kind is not None
    assert spelled(kind) == EXPECTED[name]
    assert parse_kind(spelled(kind), classes=vars(f)) == kind


@pytest.mark.parametrize("name", annotations_of(f.undecided))
def test_annotations_that_leave_something_open(name: str) -> None:
    assert annotated_kind(annotations_of(f.undecided)[name]) is None


def test_names_of_sizes_are_handed_on() -> None:
    kind = annotated_kind(DECIDED["n"], str)
    assert kind == ("array", "float32", ("1", "n", "3"))


def test_source_before_a_call() -> None:
    source = grad(f.loss, (0, 1)).source
    assert "return Params(w=" in source
    g = grad(f.loss, (0, 1))
    _ = g.source
    g(f.Params(np.ones(3), 2.0), np.ones(3))
    assert len(g.sources) == 1


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (f.plain, "the annotation x: np.ndarray does not tell the dtype and the number of dimensions\n"),
        (f.typed, r"\n  the annotation x: NDArray\[np.float64\] does not tell the number of dimensions\n"
                  r"  help: call it once, or annotate as in x: .*\"f64\[n, m\]\""),
    ],
)
def test_what_is_left_open_is_told(function: Any, told: str) -> None:
    with pytest.raises(ArgumentError, match=told):
        _ = grad(function).source


VALUES = [
    1j, np.complex64(1j), np.ones((2, 1), complex),
    1.0, 2, True, None, "a, b: c", np.float32(1.0), np.ones((2, 1)), np.ones(()), (1.0, (2, "x")),
    [1.0, "x"], [1.0, 2.0], {"w": np.ones(3), 1: 2.0, "two words": (False,)}, (), {}, [],
    f.Layer(np.ones((2, 2)), f.Params(np.ones(2), 1.0)),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda v: spelled(kind_of(v)))
def test_kinds_of_values_are_read_as_they_are_spelled(value: Any) -> None:
    kind = kind_of(value)
    assert parse_kind(spelled(kind), classes=vars(f)) == kind


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("f64[", "cannot read the kind"),
        ("(float]", "cannot read the kind"),
        ("real", "cannot read the kind 'real'"),
        ("f128[n]", "unknown element type 'f128'"),
        ("list[float, int]", "unknown element type 'list'"),
        ("{w f64[n]}", "'w f64.n.' in .* is no pair: write name: kind"),
        ("{2x: float}", "cannot read the constant 2x"),
        ("'relu", "cannot read the constant"),
        ("Other(w: float)", "'Other' in .* is no class of the module"),
        ("Params(w: float)", "does not tell the fields w, b, steps, name"),
    ],
)
def test_kinds_that_cannot_be_read(text: str, told: str) -> None:
    with pytest.raises(ArgumentError, match=told):
        parse_kind(text, classes=vars(f))
