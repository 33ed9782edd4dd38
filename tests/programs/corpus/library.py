"""Programs with heaps, sorted lists and what else Python's library has in C."""

import bisect
import heapq
import itertools
import math

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (rng.uniform(0.1, 1.0, size=(n, n)),), sizes=(3, 5))
def shortest_path(w):
    """Dijkstra's algorithm, from the first node to the last."""
    n = len(w)
    dist = [math.inf] * n
    dist[0] = 0.0
    heap = [(0.0, 0)]
    while heap:
        d, u = heapq.heappop(heap)
        if d > dist[u]:
            continue
        for v in range(n):
            if v != u:
                nd = d + w[u, v]
                if nd < dist[v]:
                    dist[v] = nd
                    heapq.heappush(heap, (nd, v))
    return dist[n - 1] + 0.5 * sum(dist)


@program(lambda rng, n: (rng.normal(size=n),), sizes=(5, 8))
def running_medians(x):
    """Two heaps: the smaller half, negated, and the larger one."""
    low, high = [], []
    total = 0.0
    for v in x:
        heapq.heappush(low, -heapq.heappushpop(high, v))
        if len(low) > len(high):
            heapq.heappush(high, -heapq.heappop(low))
        total = total * 0.9 + (high[0] if len(high) > len(low) else 0.5 * (high[0] - low[0]))
    return total


@program(lambda rng, n: (rng.normal(size=n),), sizes=(4, 7))
def selected_by_heaps(x):
    items = list(x * 2)
    heapq.heapify(items)
    total = items[0] * items[-1]
    for k in range(3):
        total += heapq.heapreplace(items, x[k] * k) * 0.5**k
    return total + sum(heapq.nlargest(2, items)) * heapq.nsmallest(1, items, key=abs)[0]


@program(lambda rng, n: (rng.normal(size=n), 0.3), sizes=(4, 7), wrt=(0, 1))
def kept_in_order(x, level):
    kept = []
    for v in x:
        bisect.insort(kept, v * v)
    k = bisect.bisect_left(kept, level)
    total = 0.0
    for v in kept:
        total = total * level + v
    return total * (1 + k) + bisect.bisect(kept, -level)


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=3)), sizes=(2, 5), wrt=(0, 1))
def added_polynomials(p, q):
    both = [a + 2 * b for a, b in itertools.zip_longest(p, q, fillvalue=0.5)]
    total = 0.0
    for c, d in itertools.zip_longest(both, [1.0, 2.0], fillvalue=0.1):
        total = total * d + c
    return total


@program(lambda rng, n: (rng.normal(size=n), {"a": 1.3, "b": -0.4, "c": 2.0}), sizes=(6, 3), wrt=(0, 1))
def settings_tried(x, settings):
    """A loop over a dict in a ``try``, which is left by errors, ``break`` and ``continue``."""
    total, place = 0.0, 0
    for turn in range(3):
        try:
            for name, v in settings.items():
                place += 1
                if name == "c" and turn == 1:
                    break
                if v < 0:
                    continue
                total = total * 2 + v * x[place]
            total += 1
        except IndexError:
            total = total * 3 + place
        else:
            total = total - x[1]
    return total


@program(lambda rng, n: (rng.normal(size=6), n), sizes=(3, 4))
def cut_evenly(x, n):
    """What the loop runs over may raise, behind changes that the handler sees."""
    total, count = 0.0, 0
    try:
        for row in np.exp(x).reshape(n, -1):
            count += 1
            total += np.sum(row**2) / count
    except ValueError:
        total = total + x[0] * 3 + count
    return total


@program(lambda rng, n: (1.0, 1.5), wrt=(0, 1), orders=2)
def queue_of_events(arrivals, service):
    """A counter with one clerk: events by time, those at one time by what they are, then by number."""
    rng = np.random.default_rng(0)
    events = [(0.0, "arrive", 0), (0.0, "open", 0)]
    free_at, waited, served, kinds = 0.0, 0.0, 0, []
    while events and served < 8:
        now, kind, number = heapq.heappop(events)
        kinds.append(kind)
        if kind == "arrive":
            start = max(now, free_at)
            waited += start - now
            free_at = start + rng.exponential() / service
            heapq.heappush(events, (free_at, "leave", number))
            heapq.heappush(events, (now + rng.exponential() / arrivals, "arrive", number + 1))
        elif kind >= "o":
            free_at = now + 0.2 * service
        else:
            served += 1
            waited += 0.01 * now if kind > "l" else now
    first, last = min(kinds), max(kinds)
    return waited if first < last <= "zero" and sorted(kinds)[0] == first else 0.0 * waited
