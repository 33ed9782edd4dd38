"""The subscripts of einsum: what each axis of the operands and of the result is called."""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pullback import refusals
from pullback.errors import Unsupported
from pullback.ir.types import Dim, broadcast_dims


@dataclass(frozen=True, slots=True)
class Labels:
    """One letter for each axis of each operand, and of the result."""

    inputs: tuple[str, ...]
    output: str


def parse(text: str, ndims: Sequence[int]) -> Labels:
    """Subscripts with the ellipsis and the result of the implicit form written out.

    Raises TypeError for what does not fit operands of these numbers of dimensions.
    """
    if not isinstance(text, str):
        raise Unsupported(refusals.SUBSCRIPTS_TEXT)
    left, arrow, right = text.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(ndims):
        raise Unsupported(refusals.SUBSCRIPT_TERMS, terms=len(terms), operands=len(ndims))
    extra = max(n - len(_named(term)) for term, n in zip(terms, ndims, strict=True))
    spare = "".join(_unused(text, max(extra, 0)))
    inputs = tuple(_written_out(term, n, spare) for term, n in zip(terms, ndims, strict=True))
    if arrow:
        output = right.replace("...", spare)
    else:
        letters = sorted(label for label in set(_named(left)) if left.count(label) == 1)
        output = (spare if "..." in left else "") + "".join(letters)
    _check(output, inputs)
    return Labels(inputs, output)


def _named(term: str) -> str:
    return term.replace("...", "").replace(",", "")


def _unused(text: str, count: int) -> Iterator[str]:
    free = [c for c in string.ascii_uppercase + string.ascii_lowercase if c not in text]
    yield from free[:count]


def _written_out(term: str, ndim: int, spare: str) -> str:
    """A term with letters for the axes of its ellipsis, which are lined up at their end."""
    missing = ndim - len(_named(term))
    if missing < 0 or (missing > 0 and "..." not in term):
        raise Unsupported(refusals.SUBSCRIPT_AXES, term=term, axes=ndim)
    return term.replace("...", spare[len(spare) - missing :])


def _check(output: str, inputs: Sequence[str]) -> None:
    known = set("".join(inputs))
    if not all(label.isalpha() for label in (*known, *output)):
        raise Unsupported(refusals.SUBSCRIPT_LETTERS)
    if len(set(output)) < len(output) or not known.issuperset(output):
        raise Unsupported(refusals.SUBSCRIPT_OF_RESULT)


def sizes(inputs: Sequence[str], shapes: Sequence[tuple[Dim, ...]]) -> dict[str, Dim]:
    """The size of each label; sizes of 1 are stretched."""
    found: dict[str, Dim] = {}
    for labels, shape in zip(inputs, shapes, strict=True):
        for label, n in zip(labels, shape, strict=True):
            found[label] = broadcast_dims(found[label], n) if label in found else n
    return found


def unrepeated(labels: str, others: str) -> tuple[str, list[tuple[str, str, int]]]:
    """The labels of an operand with new letters for those that stand in it again.

    Gives for each of these the first letter, the new one and its axis.
    """
    free = _unused(labels + others, len(labels))
    out, twins = "", []
    for axis, label in enumerate(labels):
        new = next(free) if label in out else label
        if new != label:
            twins.append((label, new, axis))
        out += new
    return out, twins
