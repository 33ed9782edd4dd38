"""Sizes as polynomials: what is written equal is equal, at any values of the symbols."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pullback.ir import sizes
from pullback.ir.core import Block, Func, Var
from pullback.ir.sizes import Dim, Size, Sym
from pullback.ir.text import from_text, to_text
from pullback.ir.types import Array

SYMBOLS = [Sym(0), Sym(1, many=True), Sym(2), Sym(1, many=True, less=1), Sym(2, less=3)]
VALUES = st.fixed_dictionaries(
    {0: st.integers(0, 6), 1: st.sampled_from([0, 2, 3, 4, 5]), 2: st.integers(0, 6)}
)
numbers = st.integers(-4, 4).map(lambda n: Size((), n))
polynomials = st.recursive(
    st.one_of(numbers, st.sampled_from(SYMBOLS).map(sizes.value_of)),
    lambda inner: st.tuples(inner, inner, st.sampled_from(["add", "sub", "mul"])).map(
        lambda t: {
            "add": lambda: sizes.add(t[0], t[1]),
            "sub": lambda: sizes.add(t[0], t[1], -1),
            "mul": lambda: sizes.multiply(t[0], t[1]),
        }[t[2]]()
    ),
    max_leaves=5,
)


def number(n: Dim, values: dict[int, int]) -> int:
    """The size at certain values of the symbols."""
    if isinstance(n, int):
        return n
    if isinstance(n, Sym):
        return max(values[n.id] - n.less, 0) if n.less else values[n.id]
    total = n.plus
    for product, k in n.terms:
        for s in product:
            k *= number(s, values)
        total += k
    return total


def known(n: Dim) -> bool:
    """Whether a size is made of the symbols of this test, not a fresh one."""
    return all(s.id <= 2 for s in sizes.symbols(n))


@given(polynomials, polynomials, VALUES)
def test_arithmetic(a: Size, b: Size, values: dict[int, int]) -> None:
    x, y = number(a, values), number(b, values)
    assert number(sizes.add(a, b), values) == x + y
    assert number(sizes.add(a, b, -1), values) == x - y
    assert number(sizes.multiply(a, b), values) == x * y
    assert sizes.add(sizes.add(a, b), b, -1) == a


@given(polynomials, VALUES)
def test_as_a_size(a: Size, values: dict[int, int]) -> None:
    """Where making the array does not raise, its size is the value."""
    n, value = sizes.dim_of(a), number(a, values)
    if known(n) and value >= 0:
        assert number(n, values) == value
    if sizes.never_negative(a):
        assert value >= 0
    if known(n) and value >= 0 and sizes.is_many(n):
        assert value != 1


@given(polynomials, st.integers(0, 4), VALUES)
def test_shrunk(a: Size, k: int, values: dict[int, int]) -> None:
    n = sizes.dim_of(a)
    small = sizes.shrunk_exactly(n, k)
    if known(n) and number(n, values) >= 0 and small is not None:
        assert number(small, values) == max(number(n, values) - k, 0)


@given(polynomials, polynomials, VALUES)
def test_quotient(a: Size, b: Size, values: dict[int, int]) -> None:
    found = sizes.quotient(sizes.multiply(a, b), b)
    if found is not None and number(b, values) != 0:
        assert number(found, values) == number(a, values)


@given(polynomials, st.lists(polynomials, min_size=3, max_size=3), VALUES)
def test_substituted(a: Size, given: list[Size], values: dict[int, int]) -> None:
    """Other sizes in the place of symbols, as a call gives them to its callee."""
    inner = [sizes.dim_of(g) for g in given]
    there = {k: number(n, values) for k, n in enumerate(inner) if known(n)}
    n = sizes.dim_of(a)
    if not known(n) or len(there) < 3 or min(there.values()) < 0:
        return
    found = sizes.substituted(n, lambda s: inner[s.id])
    if found is not None and known(found) and number(n, there) >= 0:
        assert number(found, values) == number(n, there)


@given(polynomials, st.lists(polynomials, min_size=3, max_size=3), VALUES)
def test_rewritten(a: Size, given: list[Size], values: dict[int, int]) -> None:
    """The same for the exact values of integers, which may be below 0."""
    inner = [sizes.dim_of(g) for g in given]
    if not all(map(known, inner)) or min(number(n, values) for n in inner) < 0:
        return
    there = {k: number(n, values) for k, n in enumerate(inner)}
    found = sizes.rewritten(a, lambda s: inner[s.id])
    if found is not None:
        assert number(found, values) == number(a, there)


@settings(max_examples=50)
@given(st.lists(polynomials.map(sizes.dim_of), min_size=1, max_size=3))
def test_text(dims: list[Dim]) -> None:
    """What is printed reads back as it was."""
    x = Var(Array("float", "float64", tuple(dims)), "x")
    func = Func("f", Block([x], [], [x]))
    text = to_text(func)
    assert to_text(from_text(text)) == text


N, M = Sym(0), Sym(1, many=True)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([N], (N,)),
        ([sizes.add(sizes.value_of(N), Size((), 1))], ("n0+1",)),
        ([sizes.add(sizes.value_of(N), Size((), -1))], (Sym(0, less=1),)),
        ([-1], ("2*n0*n1!",)),
        ([N, -1], (N, "2*n1!")),
        ([-1, M], ("2*n0", M)),
        ([2, N, -1], (2, N, M)),
        ([2, N, M], (2, N, M)),
        ([-1, 1], ("2*n0*n1!", 1)),
    ],
    ids=str,
)
def test_shapes_that_integers_spell(given: list[Any], expected: tuple[Any, ...]) -> None:
    total = sizes.product_of([2, N, M])
    found = sizes.dims_of([sizes.value_of(g) if not isinstance(g, Size) else g for g in given], total)
    assert tuple(repr(n) if isinstance(n, Size) else n for n in found) == expected


@pytest.mark.parametrize("given", [[3, -1], [-1, -1], [None, -1]], ids=str)
def test_what_is_not_known_is_a_symbol_of_its_own(given: list[Any]) -> None:
    total = sizes.product_of([N, M])
    found = sizes.dims_of([None if g is None else Size((), g) for g in given], total)
    assert not known(found[1])
