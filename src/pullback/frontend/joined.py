"""Arrays and lists that a function is given and knows from around it as well are one parameter of it.

So a function that keeps its results in a table, and is called anew by what computes them, writes to one
table: the one that it was given, which the function that it calls knows from where both were made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pullback.frontend.heap import Heap
from pullback.frontend.session import Lowered, Session
from pullback.frontend.values import Value
from pullback.frontend.walking import leaves, rebuild
from pullback.ir.core import Atom, Var
from pullback.ir.types import has_memory


def origin(session: Session, heaps: Iterable[Heap], a: Atom) -> Atom:
    """What an array or list is known by in the outermost of the functions that have passed it on, of
    which the ``heaps`` are those of the innermost ones."""
    for heap in heaps:
        a = heap.reference(a) if isinstance(a, Var) else a
    return session.stands_for.get(a, a) if isinstance(a, Var) else a


def passed(session: Session, heaps: Iterable[Heap], a: Atom, param: Var) -> None:
    """A parameter stands for what its function is called with."""
    found = origin(session, heaps, a)
    if has_memory(param.type) and isinstance(found, Var):
        session.stands_for[param] = found


def captured(
    session: Session, heaps: Sequence[Heap], before: Iterable[Atom], outside: Value, names: Sequence[str]
) -> list[Var]:
    """Parameters for the leaves of what is read from around: what came in ``before`` is itself."""
    stands_for = session.stands_for
    known: dict[Atom, Var] = {
        stands_for[p]: p for p in before if isinstance(p, Var) and p in stands_for
    }
    found = []
    for a, name in zip(leaves(outside), names, strict=True):
        new = Var(a.type, name)
        if has_memory(a.type):
            passed(session, heaps, a, new)
            new = known.setdefault(origin(session, heaps, a), new)
        found.append(new)
    return found


def renew(lowered: Lowered, params: Sequence[Var]) -> None:
    """A function is lowered anew, with other variables for its arguments."""
    now = dict(zip(lowered.own, params, strict=False))
    for key, value in lowered.captured.items():
        atoms = leaves(value)
        if any(a in now for a in atoms):
            moved = [now.get(a, a) if isinstance(a, Var) else a for a in atoms]
            lowered.captured[key] = rebuild(value, moved)
    lowered.own = [*params]


def has_joined(lowered: Lowered) -> bool:
    """Whether an argument is known from around as well."""
    return any(a in lowered.own for v in lowered.captured.values() for a in leaves(v))


def parameters(lowered: Lowered) -> list[Var]:
    """The parameters for what is captured, behind those for arguments."""
    found = [a for v in lowered.captured.values() for a in leaves(v) if isinstance(a, Var)]
    return [a for a in dict.fromkeys(found) if a not in lowered.own]


def inputs(heap: Heap, lowered: Lowered, pairs: Sequence[tuple[Value, Value]]) -> list[Atom]:
    """What is given for these: ``pairs`` are what a function captures, each with what its caller has."""
    both = [p for inside, value in pairs for p in zip(leaves(inside), leaves(value), strict=False)]
    given: dict[Atom, Atom] = {}
    for param, a in both:
        if param not in lowered.own:
            given.setdefault(param, a)
    return [heap.now(a) for a in given.values()]
