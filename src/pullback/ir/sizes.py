"""Sizes of arrays: numbers, symbols, and sums of products of these.

Two sizes that are equal as written are equal at run time; two that differ may or may not be. A ``Sym``
stands for a size that is known only then. It may be a number below another one, as that of ``x[1:]``
is, and then it is not below 0: ``max(n - 1, 0)``. A ``Size`` is a polynomial in symbols, with its exact
value: ``n + 1`` of ``np.zeros(n + 1)``, ``n * m`` of ``x.ravel()``. Integers of a program that count
elements have such values too, which may be below 0 there: as a size they may not, or the op raises.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

MAX_TERMS = 6


@dataclass(frozen=True, slots=True, order=True)
class Sym:
    """A size known only at run time: ``less`` below that of a symbol, and not below 0.

    ``many`` says that the symbol itself is proved not to be 1.
    """

    id: int
    many: bool = False
    less: int = 0

    @property
    def whole(self) -> Sym:
        """The symbol that this size is ``less`` below."""
        return Sym(self.id, self.many) if self.less else self

    def __repr__(self) -> str:
        return f"n{self.id}{'!' if self.many else ''}{f'-{self.less}' if self.less else ''}"


Product = tuple[Sym, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """A sum of products of symbols, each with a factor, and of a number."""

    terms: tuple[tuple[Product, int], ...]
    plus: int

    def __repr__(self) -> str:
        return spelled(self, repr)


Dim = int | Sym | Size
_counter = itertools.count()


def fresh_sym(many: bool = False) -> Sym:
    """A symbol that equals no other."""
    return Sym(next(_counter), many)


# ---- arithmetic on exact values


def value_of(n: Dim) -> Size:
    """A size as a polynomial."""
    if isinstance(n, Size):
        return n
    return Size((), n) if isinstance(n, int) else Size((((n,), 1),), 0)


def add(a: Size, b: Size, factor: int = 1) -> Size:
    """``a + factor * b``."""
    counts = Counter(dict(a.terms))
    for product, k in b.terms:
        counts[product] += factor * k
    return Size(_sorted(counts), a.plus + factor * b.plus)


def multiply(a: Size, b: Size) -> Size:
    counts: Counter[Product] = Counter()
    for (p, j), (q, k) in itertools.product([*a.terms, ((), a.plus)], [*b.terms, ((), b.plus)]):
        counts[tuple(sorted((*p, *q)))] += j * k
    plus = counts.pop((), 0)
    return Size(_sorted(counts), plus)


def _sorted(counts: Counter[Product]) -> tuple[tuple[Product, int], ...]:
    return tuple(sorted((product, k) for product, k in counts.items() if k))


def product_of(dims: Iterable[Dim]) -> Size:
    """How many elements an array of this shape has."""
    result = Size((), 1)
    for n in dims:
        result = multiply(result, value_of(n))
    return result


def quotient(a: Size, b: Size) -> Size | None:
    """``a / b`` where both are single products and nothing is left over."""
    if len(a.terms) != 1 or a.plus or len(b.terms) + bool(b.plus) != 1:
        return None
    (p, j), (q, k) = a.terms[0], (*b.terms, ((), b.plus))[0]
    rest = Counter(p)
    rest.subtract(Counter(q))
    if min(rest.values()) < 0 or j % k:
        return None
    left = tuple(sorted(rest.elements()))
    return Size(((left, j // k),), 0) if left else Size((), j // k)


def never_negative(a: Size) -> bool:
    """Whether a value is surely not below 0."""
    return a.plus >= 0 and all(k > 0 for _, k in a.terms)


# ---- sizes


def dim_of(a: Size) -> Dim:
    """The size of an array that has this many elements, given that making it does not raise."""
    if len(a.terms) > MAX_TERMS or (not a.terms and a.plus < 0):
        return fresh_sym()
    if not a.terms:
        return a.plus
    (product, k), *others = a.terms
    if k == 1 and len(product) == 1 and not others:
        if a.plus == 0:
            return product[0]
        if a.plus < 0 and not product[0].less:
            return Sym(product[0].id, product[0].many, -a.plus)
    return a


def dims_of(given: Sequence[Size | None], total: Size | None = None) -> tuple[Dim, ...]:
    """The sizes that integers spell, None one that is not known; ``total`` elements make up a -1."""
    open_ends = [k for k, a in enumerate(given) if a == Size((), -1)]
    dims = [fresh_sym() if a is None else dim_of(a) for a in given]
    if len(open_ends) == 1 and total is not None and None not in given:
        others = product_of(n for k, n in enumerate(dims) if k not in open_ends)
        rest = quotient(total, others) if others != Size((), 1) else total
        dims[open_ends[0]] = fresh_sym() if rest is None else dim_of(rest)
    return tuple(dims)


def joined(parts: Sequence[Dim | None]) -> Dim:
    """The size of arrays of these sizes one after the other."""
    total = Size((), 0)
    for n in parts:
        if n is None:
            return fresh_sym()
        total = add(total, value_of(n))
    return dim_of(total)


def counted(ends: Iterable[Size | None]) -> Dim:
    """How many integers there are up to an end, if it is the only one given and not below 0."""
    end, *others = ends
    known = end is not None and not others and never_negative(end)
    return dim_of(end) if known and end is not None else fresh_sym()


def shrunk_exactly(n: Dim, k: int) -> Dim | None:
    """The size that is ``k`` less than another, and not below 0; None if nothing tells it."""
    if isinstance(n, int):
        return max(n - k, 0)
    if isinstance(n, Sym):
        return Sym(n.id, n.many, n.less + k)
    return dim_of(add(n, Size((), -k))) if never_negative(n) and n.plus >= k else None


def shrunk(n: Dim, k: int) -> Dim:
    """The size that is ``k`` less than another, and not below 0."""
    found = shrunk_exactly(n, k)
    return fresh_sym() if found is None else found


def symbols(n: Dim) -> Iterator[Sym]:
    """The symbols that a size is made of, as they are without what is taken off them."""
    if isinstance(n, Sym):
        yield n.whole
    elif isinstance(n, Size):
        for product, _ in n.terms:
            yield from (s.whole for s in product)


def substituted(n: Dim, replace: Callable[[Sym], Dim]) -> Dim | None:
    """A size with its symbols replaced; None if nothing tells what it then is."""
    if isinstance(n, int):
        return n
    if isinstance(n, Sym):
        return shrunk_exactly(replace(n.whole), n.less)
    value = rewritten(n, replace)
    return None if value is None else dim_of(value)


def rewritten(a: Size, replace: Callable[[Sym], Dim]) -> Size | None:
    """An exact value with its symbols replaced; None if nothing tells what it then is."""
    result = Size((), a.plus)
    for product, k in a.terms:
        factors = [substituted(s, replace) for s in product]
        if None in factors:
            return None
        result = add(result, product_of(f for f in factors if f is not None), k)
    return result


def renamed(n: Dim, replace: Callable[[Sym], Dim]) -> Dim:
    """A size with its symbols replaced."""
    found = substituted(n, replace)
    return fresh_sym() if found is None else found


def is_many(n: Dim) -> bool:
    """Whether a size is proved not to be 1."""
    if isinstance(n, int):
        return n != 1
    if isinstance(n, Sym):
        return n.many and not n.less
    if n.plus >= 2 and never_negative(n):
        return True
    # A product is 1 only if all its factors are.
    return not n.plus and len(n.terms) == 1 and (
        n.terms[0][1] != 1 or any(map(is_many, n.terms[0][0]))
    )


def spelled(n: Size, symbol: Callable[[Sym], str]) -> str:
    """``n0*n1+2*n2-1``, what is added before what is taken off, symbols by the order of their names."""
    parts: list[tuple[int, list[str]]] = []
    for product, k in sorted(n.terms, key=lambda term: term[1] < 0):
        names = [f"({symbol(s)})" if s.less else symbol(s) for s in product]
        parts.append((k, sorted(names, key=_numbers)))
    parts.sort(key=lambda part: (part[0] < 0, [_numbers(name) for name in part[1]]))
    parts.insert(0 if all(k < 0 for k, _ in parts) and n.plus > 0 else len(parts), (n.plus, []))
    text = ""
    for k, names in parts:
        shown = names if abs(k) == 1 and names else [str(abs(k)), *names]
        if k:
            text += ("-" if k < 0 else "+" if text else "") + "*".join(shown)
    return text


def _numbers(name: str) -> tuple[list[int], str]:
    """Names in the order of their numbers."""
    return [int(part) for part in re.findall(r"\d+", name)], name
