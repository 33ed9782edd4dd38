"""Classes of exceptions: ops know them by names, which are those of the text where it has one."""

from __future__ import annotations

import builtins
import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from pullback.ir.core import Func, Op
from pullback.ir.index import reshapes
from pullback.ir.prims import OPERATORS
from pullback.ir.types import Array, Scalar

Classes = frozenset[type[BaseException]]

_known: dict[str, type[BaseException]] = {"np.linalg.LinAlgError": np.linalg.LinAlgError}
_names: dict[type[BaseException], str] = {cls: name for name, cls in _known.items()}


def is_builtin(cls: type) -> bool:
    return getattr(builtins, cls.__name__, None) is cls


def name_of(cls: type[BaseException]) -> str:
    """The name of a class: a class of the user's has its own, also beside others that are called so."""
    if is_builtin(cls):
        return cls.__name__
    if cls not in _names:
        name = f"{cls.__module__}.{cls.__qualname__}"
        numbered = itertools.chain([name], (f"{name}~{k}" for k in itertools.count(1)))
        _names[cls] = next(n for n in numbered if n not in _known)
        _known[_names[cls]] = cls
    return _names[cls]


def class_of(name: str) -> type[BaseException]:
    """The class that a name is for."""
    found: type[BaseException] = _known[name] if name in _known else getattr(builtins, name)
    return found


def named_by(op: Op) -> Iterator[str]:
    """The names of exceptions that an op raises or catches."""
    if op.name == "raise":
        yield op.params["exception"]
    elif op.name == "try":
        for names in op.params["catches"]:
            yield from names


# ---- what ops raise

ANY: Classes = frozenset([BaseException])
_INDEX: Classes = frozenset([IndexError])
_WRITE: Classes = frozenset([IndexError, ValueError])
_NUMBER: Classes = frozenset([ZeroDivisionError, OverflowError, ValueError])
_RAISED: dict[str, Classes] = {
    **dict.fromkeys(("getitem", "list_get", "list_push", "list_pop"), _INDEX),
    **dict.fromkeys(("keys_find", "keys_remove"), frozenset([KeyError])),
    **dict.fromkeys(("setitem", "add_at", "list_set", "list_add_at"), _WRITE),
    **dict.fromkeys(OPERATORS, _NUMBER),
    **dict.fromkeys(("int", "float"), frozenset([ValueError, OverflowError, TypeError])),
    "assert": frozenset([AssertionError]),
    "defined": frozenset([UnboundLocalError]),
    "check_shapes": frozenset([ValueError]),
    "known": frozenset([TypeError]),
    "check_finite": frozenset([FloatingPointError]),
    "check_apart": frozenset([TypeError]),
    "check_real": frozenset([TypeError]),
    **dict.fromkeys(("cholesky", "solve", "inv", "det"), frozenset([np.linalg.LinAlgError, ValueError])),
}


def caught_by(op: Op) -> list[tuple[type[BaseException], ...]]:
    """The classes that each handler of a ``try`` is for."""
    return [tuple(map(class_of, names)) for names in op.params["catches"]]


def may_be_caught(op: Op, catches: Sequence[tuple[type[BaseException], ...]]) -> bool:
    """Whether what an op may raise is, as far as is known, among the classes of some handlers."""
    wanted = tuple(cls for classes in catches for cls in classes)
    return any(issubclass(cls, wanted) or cls is BaseException for cls in raised_by(op, frozenset()))


def raised_by(op: Op, around: frozenset[Func]) -> Classes:
    """The classes of what an op may raise, ANY where that is not known.

    ``around`` are the functions that are being looked at: what recursion raises is among theirs.
    """
    if op.checked:
        return frozenset()
    inner = frozenset[type[BaseException]]().union(
        *(raised_by(o, around) for block in op.blocks for o in block.ops)
    )
    callee = op.params.get("callee")
    if op.name == "call" and isinstance(callee, Func):
        if callee in around:
            return inner
        if not callee.block.ops:  # it is being lowered
            return ANY
        return inner.union(*(raised_by(o, around | {callee}) for o in callee.block.ops))
    if op.name == "try":
        caught = tuple(map(class_of, named_by(op)))
        return frozenset(cls for cls in inner if not issubclass(cls, caught))
    if op.name == "raise":
        return frozenset([class_of(op.params["exception"])])
    if "traps" in op.params:
        inner |= {FloatingPointError}
        raises = op.prim.raises
        if not (raises(op) if callable(raises) else raises):
            return inner
    if not op.can_raise():
        return inner
    if op.name.startswith("math."):
        return inner | _NUMBER
    if op.name in ("setitem", "add_at") and _writes_number(op):
        return inner | _INDEX
    if op.name == "getitem" and reshapes(op.params["path"]):
        return inner | _WRITE
    return inner | _RAISED.get(op.name, ANY)


def _writes_number(op: Op) -> bool:
    """Whether a number is written to an array of such numbers: it fits any place."""
    array, value = (a.type for a in op.inputs[:2])
    return isinstance(array, Array) and isinstance(value, Scalar) and array.cls == value.cls


__all__ = ["caught_by", "class_of", "is_builtin", "may_be_caught", "name_of", "named_by"]
