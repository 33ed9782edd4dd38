"""All that is refused, in one table: how each error reads, and what to write instead.

A row is a ``Refusal``, and its name says at its uses what was met: ``frame.reject(refusals.NO_RULE,
node, function=...)``. There is a module for each heading of the table, the first line of which is
the heading. Tests demand that each use tells the fields that the texts of its row have, and that a
program of the corpus is refused by each row, with its message, line, caret and hint. The page of
errors is made from the table.
"""

from types import ModuleType

from pullback.errors import Refusal
from pullback.refusals import (
    aliases,
    calls,
    containers,
    derivatives,
    effects,
    expressions,
    flow,
    functions,
    names,
    numba,
    operators,
    records,
    sequences,
    source,
    writing,
)
from pullback.refusals.aliases import *
from pullback.refusals.calls import *
from pullback.refusals.containers import *
from pullback.refusals.derivatives import *
from pullback.refusals.effects import *
from pullback.refusals.expressions import *
from pullback.refusals.flow import *
from pullback.refusals.functions import *
from pullback.refusals.names import *
from pullback.refusals.numba import *
from pullback.refusals.operators import *
from pullback.refusals.records import *
from pullback.refusals.sequences import *
from pullback.refusals.source import *
from pullback.refusals.writing import *

GROUPS = (
    names,
    expressions,
    containers,
    aliases,
    records,
    operators,
    sequences,
    flow,
    calls,
    functions,
    writing,
    effects,
    derivatives,
    numba,
    source,
)


def heading(group: ModuleType) -> str:
    """What the rows of a module have in common."""
    return str(group.__doc__).partition("\n")[0].rstrip(".")


def rows(group: ModuleType) -> dict[str, Refusal]:
    """The rows of a module by name."""
    return {name: row for name, row in vars(group).items() if isinstance(row, Refusal)}
