"""Arrays and lists that a function is given and knows from around it as well are one parameter of it.

So a function that keeps its results in a table, and is called anew by what computes them, writes to one
table: the one that it was given, which the function that it calls knows from where both were made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pullback.frontend.session import Lowered
from pullback.frontend.values import Value
from pullback.frontend.walking import leaves, rebuild
from pullback.ir.core import Atom, Var
from pullback.ir.types import has_memory

if TYPE_CHECKING:
    from pullback.frontend.frame import Frame


def origin(frame: Frame, a: Atom) -> Atom:
    """What an array or list is known by in the outermost of the functions that have passed it on."""
    for caller in frame.callers():
        a = caller.heap.reference(a) if isinstance(a, Var) else a
    return frame.session.stands_for.get(a, a) if isinstance(a, Var) else a


def passed(caller: Frame, a: Atom, param: Var) -> None:
    """A parameter stands for what its function is called with."""
    found = origin(caller, a)
    if has_memory(param.type) and isinstance(found, Var):
        caller.session.stands_for[param] = found


def captured(frame: Frame, outside: Value, names: Sequence[str]) -> list[Var]:
    """Parameters for the leaves of what is read from around: what came in before is itself."""
    known_for = frame.session.stands_for
    before = [*frame.arguments, *(a for v in frame.lowered.captured.values() for a in leaves(v))]
    known = {known_for[p]: p for p in before if isinstance(p, Var) and p in known_for}
    found = []
    for a, name in zip(leaves(outside), names, strict=True):
        source = origin(frame, a)
        if source not in known:
            new = Var(a.type, name)
            passed(frame, a, new)
            known[source] = new
        found.append(known[source] if has_memory(a.type) else Var(a.type, name))
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


def inputs(frame: Frame, lowered: Lowered, pairs: Sequence[tuple[Value, Value]]) -> list[Atom]:
    """What is given for these: ``pairs`` are what the function captures, and what that is to its caller."""
    both = [p for inside, value in pairs for p in zip(leaves(inside), leaves(value), strict=False)]
    given: dict[Atom, Atom] = {}
    for param, a in both:
        if param not in lowered.own:
            given.setdefault(param, a)
    return [frame.heap.now(a) for a in given.values()]
