"""Functions of Python's library that are written in C, as functions in Python that can be compiled.

They do what Python's own do, with the same comparisons in the same order, so that lists end up in the
same order also where items are equal. ``heapq`` keeps in ``heap[k]`` what is not larger than what is in
``heap[2 * k + 1]`` and ``heap[2 * k + 2]`` (Williams, Algorithm 232: heapsort, 1964).
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"
from __future__ import annotations

import ast
import bisect
import heapq
from collections.abc import Callable
from typing import Any

from pullback.errors import SourceError
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import BUILTINS, Builtin, Keywords, apply
from pullback.frontend.values import Static, Value


def heappush(heap, item):
    heap.append(item)
    _rise(heap, 0, len(heap) - 1)


def heappop(heap):
    last = heap.pop()
    if not heap:
        return last
    first = heap[0]
    heap[0] = last
    _sink(heap, 0)
    return first


def heapreplace(heap, item):
    first = heap[0]
    heap[0] = item
    _sink(heap, 0)
    return first


def heappushpop(heap, item):
    if heap and heap[0] < item:
        first = heap[0]
        heap[0] = item
        _sink(heap, 0)
        return first
    return item


def heapify(heap):
    for k in reversed(range(len(heap) // 2)):
        _sink(heap, k)


def _rise(heap, top, place):
    """Move an item up to ``top`` at most, past all that are larger."""
    item = heap[place]
    while place > top:
        above = (place - 1) // 2
        if not item < heap[above]:
            break
        heap[place] = heap[above]
        place = above
    heap[place] = item


def _sink(heap, top):
    """Move an item down past the smaller one of each two below, to the end, and from there up."""
    item, place, below = heap[top], top, 2 * top + 1
    while below < len(heap):
        if below + 1 < len(heap) and not heap[below] < heap[below + 1]:
            below = below + 1
        heap[place] = heap[below]
        place = below
        below = 2 * place + 1
    heap[place] = item
    _rise(heap, top, place)


def nsmallest(n, iterable, key=None):
    return sorted(iterable, key=key)[: max(n, 0)]


def nlargest(n, iterable, key=None):
    return sorted(iterable, key=key, reverse=True)[: max(n, 0)]


def bisect_left(a, x, lo=0, hi=None, *, key=None):
    return _place(a, lo, hi, key, lambda found: not found < x)


def bisect_right(a, x, lo=0, hi=None, *, key=None):
    return _place(a, lo, hi, key, lambda found: x < found)


def _place(a, lo, hi, key, is_behind):
    """The first place of an item that is behind what is looked for."""
    if lo < 0:
        raise ValueError("lo must be non-negative")
    start, end = lo, len(a) if hi is None else hi
    while start < end:
        middle = (start + end) // 2
        if is_behind(a[middle] if key is None else key(a[middle])):
            end = middle
        else:
            start = middle + 1
    return start


def insort_left(a, x, lo=0, hi=None, *, key=None):
    a.insert(bisect_left(a, x if key is None else key(x), lo, hi, key=key), x)


def insort_right(a, x, lo=0, hi=None, *, key=None):
    a.insert(bisect_right(a, x if key is None else key(x), lo, hi, key=key), x)


def called(function: Callable[..., Any]) -> Builtin:
    """Calls one that is written in Python instead; what is refused in it is told where it is called."""

    def handler(frame: Frame, node: ast.Call, args: list[Value], keywords: Keywords) -> Value:
        try:
            return apply(frame, node, Static(function), args, keywords)
        except SourceError as error:
            if error.loc is None or error.loc.file != function.__code__.co_filename:
                raise
            raise SourceError(error.message, frame.loc(node), error.hint, error.refusal) from None

    return handler


BUILTINS |= {
    heapq.heappush: called(heappush),
    heapq.heappop: called(heappop),
    heapq.heapreplace: called(heapreplace),
    heapq.heappushpop: called(heappushpop),
    heapq.heapify: called(heapify),
    heapq.nsmallest: called(nsmallest),
    heapq.nlargest: called(nlargest),
    bisect.bisect_left: called(bisect_left),
    bisect.bisect_right: called(bisect_right),
    bisect.insort_left: called(insort_left),
    bisect.insort_right: called(insort_right),
}
