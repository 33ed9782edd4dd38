"""Distributions of SciPy that hold their parameters: ``norm(loc, scale).pdf(x)``.

Their densities and distribution functions are those of the distribution with the parameters given by
name, ``norm.pdf(x, loc=loc, scale=scale)``. For all else they are made and run as they are.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from typing import Any

from pullback.frontend import foreign
from pullback.frontend.frame import Frame
from pullback.frontend.guards import Source
from pullback.frontend.lowering import Keywords, simple_op
from pullback.frontend.values import Dct, Frozen, Method, Partial, Static, Tup, Value
from pullback.frontend.walking import Field
from pullback.ir.core import Var
from pullback.ir.types import Array
from pullback.rules.spec import slots
from pullback.rules.table import Row, lookup


def frozen(
    frame: Frame, node: ast.AST, value: Any, args: Sequence[Value], keywords: Keywords
) -> Frozen | None:
    """A call of a distribution, which gives one that holds its parameters; None if it has no rows, or is
    given something else."""
    row = _density(value)
    if row is None:
        return None
    names = [name for slot in slots(row.spec)[1:] for name in slot.names]
    given = dict(zip(names, args, strict=False)) | keywords
    if len(args) > len(names) or len(given) < len(args) + len(keywords) or given.keys() - {*names}:
        return None
    return Frozen(Static(value), (), {name: _held(frame, node, name, v) for name, v in given.items()})


def _density(value: Any) -> Row | None:
    """The row of the density of a distribution of SciPy."""
    if not _is_of_scipy(value):
        return None
    return lookup(getattr(value, "pdf", None)) or lookup(getattr(value, "pmf", None))


def _held(frame: Frame, node: ast.AST, name: str, value: Value) -> Value:
    """A covariance matrix is taken apart at once: later writes to it change nothing."""
    if name == "cov" and isinstance(value, Var) and isinstance(value.type, Array):
        return simple_op(frame, node, "copy", value, order="K")
    return value


def attribute(frame: Frame, node: ast.Attribute, owner: Frozen) -> Value:
    """A method of a distribution that holds its parameters."""
    assert isinstance(owner.function, Static)
    found = _function(owner.function.value, node.attr)
    if found is not None:
        return Partial(Static(found), (), owner.keywords)
    made = foreign.call(frame, node, owner.function, [], owner.keywords)
    if node in frame.callees:
        return Method(made, node.attr, node)
    return foreign.attribute(frame, node, made, node.attr)


def _function(value: Any, name: str) -> Any:
    found = getattr(value, name, None)
    return found if lookup(found) is not None else None


def opened(frame: Frame, held: Any, name: str) -> Frozen | None:
    """A distribution that was made outside, with its parameters as inputs, for a method with a row."""
    if not _is_of_scipy(held):
        return None
    known, fields = _made_of(held)
    if _function(known, name) is None:
        return None
    values = {f: frame.outside.value(Source(held, "", (Field(f),)), f) for f in fields}
    match [*values.values()]:
        case [Tup(items=args), Dct(items=named)]:
            return frozen(frame, frame.node, known, args, {str(k): v for k, v in named.items()})
    return frozen(frame, frame.node, known, (), values)


# Where distributions of vectors hold their parameters.
_FIELDS = {"multivariate_normal": ("mean", "cov"), "dirichlet": ("alpha",)}


def _made_of(held: Any) -> tuple[Any, tuple[str, ...]]:
    """Which distribution one with parameters is of, None if it is of none that is known by name, and
    where it holds these."""
    stats = sys.modules.get("scipy.stats")
    if hasattr(held, "dist"):
        known = getattr(stats, str(held.dist.name), None)
        return known if type(known) is type(held.dist) else None, ("args", "kwds")
    name = type(held).__name__.removesuffix("_frozen")
    plain = type(getattr(held, "cov_object", None)).__name__ in ("NoneType", "CovViaPSD")
    return (getattr(stats, name, None), _FIELDS[name]) if name in _FIELDS and plain else (None, ())


def _is_of_scipy(value: Any) -> bool:
    return type(value).__module__.startswith("scipy.stats")


__all__ = ["attribute", "frozen", "opened"]
