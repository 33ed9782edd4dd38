"""What tells functions apart, and what of its arguments a function is lowered for."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pullback.frontend.targets import Target
from pullback.frontend.values import Env, Local, Static, Tree, Value
from pullback.frontend.walking import alike, leaves
from pullback.ir.core import Atom, Const, Var
from pullback.ir.sizes import fresh_sym, substituted
from pullback.ir.types import PY_INT, Array, Dim, List, Sym, Type, has_memory, resized

SOME_CALLS = 4


def identity_of(target: Target) -> Any:
    """What tells functions apart: of those made inside, each call of what is around makes its own."""
    local = isinstance(target.identity, Local)
    identity = (target.node, target.parent, target.python) if local else target.identity
    identity = (identity, "one kind") if target.one_kind else identity
    identity = (identity, "apart") if target.apart else identity
    return (identity, "remembers") if target.remembers else identity


def is_parameter(a: Atom, general: bool) -> bool:
    """Whether a leaf of an argument is passed: constants are not, unless recursion changes them."""
    return isinstance(a, Var) or (general and type(a.value) in (int, float))


def distinct(atoms: Sequence[Atom], general: bool) -> list[Atom]:
    """Atoms with memory once each, all others that are passed as often as they stand there."""
    found: list[Atom] = []
    for a in atoms:
        if not is_parameter(a, general) or (has_memory(a.type) and a in found):
            continue
        found.append(a)
    return found


@functools.cache
def placed(k: int) -> Var:
    """What stands, in what arguments are, for the list that is the one of this number among them."""
    return Var(PY_INT, f"argument {k}")


def signature(bound: Env, atoms: Sequence[Atom], general: bool) -> Any:
    """What of the arguments a lowered function depends on: kinds, constants, equal sizes, sharing. Their
    references lead to lists by place."""
    symbols: dict[Dim, int] = {}
    identities: dict[object, int] = {}
    places = {a: k for k, a in enumerate(atoms) if isinstance(a, Var) and has_memory(a.type)}

    def key(v: Value) -> Any:
        match v:
            case Var():
                return ("var", canonical(v.type, symbols, general), places.get(v))
            case Const() if is_parameter(v, general):
                return ("var", canonical(v.type, symbols, general), None)
            case Const():
                return ("const", *v.key())
            case Tree():
                number = identities.setdefault(v.identity, len(identities))
                return ("tree", v.form, number, tuple(map(key, v.parts)))
            case Static(value):
                return ("static", value if isinstance(value, str) else Same(value))
        return ("other", v)

    return tuple((name, key(v)) for name, v in bound.items())


@dataclass(frozen=True, slots=True)
class Same:
    """An object compared by identity. It is kept, so that no other can take its place."""

    value: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


def lengthens(given: Any, before: Sequence[Any]) -> bool:
    """Whether an argument is a longer list than a function was given several times before. A few calls
    that end by themselves, as those over a tree of known form do, may have lists of unlike items."""
    return sum(_is_longer(given, known) for known in before) >= SOME_CALLS


def _is_longer(given: Any, before: Any) -> bool:
    pairs = zip(before, given, strict=False)
    return any(0 <= _length(a) < _length(b) for (_, a), (_, b) in pairs)


def _length(key: Any) -> int:
    """The length of an argument if that is a list, else -1."""
    match key:
        case ("tree", ("list", int() as count), *_):
            return count
    return -1


def canonical(t: Type, symbols: dict[Dim, int], general: bool = False) -> Any:
    """A type with its symbols numbered in order of appearance."""

    def number(s: Dim) -> int:
        return symbols.setdefault(s, len(symbols))

    def size(d: Dim) -> Any:
        if general and recursion_changes(d):
            return number(d)
        return ("size", substituted(d, lambda s: Sym(number(s), s.many)))

    if isinstance(t, Array):
        return (t.cls, t.dtype, tuple(map(size, t.shape)))
    if isinstance(t, List):
        elem = None if t.elem is None else canonical(t.elem, symbols, general)
        return ("list", elem, t.deque, t.most)
    return t


def same_kinds(a: Mapping[Any, Value], b: Mapping[Any, Value], own: Sequence[Var]) -> bool:
    """Whether the same code fits both: containers, static objects, and kinds with their sizes. Those of
    a function's ``own`` parameters among ``b`` are known to fit."""
    if not all(alike(a[name], b[name]) for name in a):
        return False
    pairs = [p for name in a for p in zip(leaves(a[name]), leaves(b[name]), strict=True)]
    symbols: dict[Dim, int] = {}
    before: dict[Dim, int] = {}
    return all(
        canonical(x.type, symbols) == canonical(y.type, before) for x, y in pairs if y not in own
    )


def recursion_changes(d: Dim) -> bool:
    """Whether a size is one that recursion over slices makes smaller at each call."""
    match d:
        case int():
            return d != 1
        case Sym():
            return d.less > 0
    return True


def generalised(t: Type, symbols: dict[Dim, Dim]) -> Type:
    """A type with a symbol for each size that recursion changes."""
    return resized(t, lambda d: symbols.setdefault(d, fresh_sym()) if recursion_changes(d) else d)
