"""Pages that are made from the code: conventions, supported functions, refusals.

Each function gives Markdown, which a hidden block of a page prints (see ``generate.py``), so that a
row of the table of primitives or a refused program is described by itself alone.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import itertools
import linecache
import re
import string
import textwrap
from collections.abc import Iterable, Iterator
from types import ModuleType

import numpy as np
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial

from pullback import refusals as table_of_refusals
from pullback.backend.exprs import INFIX, PREFIX
from pullback.backend.numba_ import REFUSED as REFUSED_BY_NUMBA
from pullback.backend.numba_ import stated as taken_by_numba
from pullback.errors import Refusal as RefusalRow
from pullback.errors import render
from pullback.frontend.lowering import BUILTINS
from pullback.ir.core import PRIMS
from pullback.rules.creation import CONSTANT
from pullback.rules.effects import FUNCTIONS, METHODS
from pullback.rules.fields import REAL, TAKE_COMPLEX
from pullback.rules.fields import REFUSED as REFUSED_OF_COMPLEX
from pullback.rules.scipy_ import linalg, stats  # noqa: F401  (enter rows of SciPy)
from pullback.rules.spec import Slot, slots
from pullback.rules.table import REFUSED, ROWS, Row
from tests.mutation.table import BREAKS, ROOMS
from tests.programs.lengths import lines, whole_algorithms
from tests.programs.registry import REFUSALS, Refusal
from tests.rules import accuracy, peer_differences


def special_points() -> str:
    """What the rows state of ties, kinks and poles."""
    facts: dict[str, dict[str, None]] = {}  # several rows may be for one function
    for row in public_rows():
        if row.kink:
            facts.setdefault(row.kink, {})[spelled(row)] = None
    rows = ((", ".join(names), fact) for fact, names in facts.items())
    return table(("function", "derivative there"), rows)


def may_be_infinite() -> str:
    """Functions with partials that may be infinite or undefined."""
    return ", ".join(spelled(row) for row in public_rows() if row.singular) + "."


def without_derivative() -> str:
    """Functions that contribute nothing to a derivative, and why."""
    return reasons(row for row in public_rows() if row.kind == "inert" and row.steps_only)


def refused_where_varied() -> str:
    """Functions that are refused where an argument depends on what is differentiated, and why."""
    return reasons(row for row in public_rows() if row.kind == "inert" and not row.steps_only)


def reasons(rows: Iterable[Row]) -> str:
    """Functions without a derivative, by the reason that their rows state."""
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.why, []).append(spelled(row))
    return "\n".join(f"- {why}: {', '.join(names)}" for why, names in found.items())


def of_real_numbers() -> str:
    """Functions that are refused where an argument is complex, by the reason."""
    found: dict[str, list[str]] = {}
    for row in public_rows():
        sizes = row.why == CONSTANT or row.name == "min_int"  # which are never complex
        if row.name in REFUSED_OF_COMPLEX and not sizes and not row.prim.path.startswith("math."):
            found.setdefault(REFUSED_OF_COMPLEX[row.name][0], []).append(spelled(row))
    found[REAL].append("all of `math`")
    return "\n".join(f"- {why}: {', '.join(dict.fromkeys(names))}" for why, names in found.items())


def functions() -> str:
    """What can be called, with the arguments that are understood."""
    rows = sorted((row for row in public_rows() if row.kind != "inert"), key=lambda row: row.prim.path)
    sections = []
    for title, wanted in [
        ("NumPy", "np."), ("SciPy", "scipy."), ("math", "math."), ("cmath", "cmath."),
    ]:  # fmt: skip
        calls = merged(row for row in rows if row.prim.path.startswith(wanted))
        if calls:
            sections.append(f"**{title}.** " + ", ".join(calls) + ".")
    methods = sorted(method for row in ROWS.values() for method in row.methods)
    sections.append("**Methods of arrays.** " + ", ".join(f"`{name}`" for name in methods) + ".")
    sections.append("**Lowered as other code.** " + ", ".join(lowered()) + ".")
    return "\n\n".join([*sections, *effects()])


def lowered() -> list[str]:
    """Functions that have no row: calls of them are lowered as loops, or as calls of others."""
    found = []
    for title, module in {"np": np, "itertools": itertools, "functools": functools}.items():
        known = ((name, f) for name, f in sorted(vars(module).items()) if not name.startswith("_"))
        found += [f"`{title}.{name}`" for name, f in known if callable(f) and f in BUILTINS]
    for module in (polynomial, chebyshev, legendre, hermite, hermite_e, laguerre):
        path = module.__name__.replace("numpy", "np", 1)
        known = ((name, getattr(module, name)) for name in sorted(module.__all__))
        found += [f"`{path}.{name}`" for name, f in known if callable(f) and f in BUILTINS]
    return found


def coverage() -> str:
    """What holds for each function: how its row states the derivative, and where that holds."""
    head = (
        "function", "derivative", "modes", "tested in", "complex", "at special points", "error", "Numba",
    )  # fmt: skip
    found: dict[str, tuple[str, ...]] = {}
    for row in sorted(public_rows(), key=lambda row: row.prim.path):
        if row.prim.path.startswith(("np.", "math.", "cmath.", "scipy.")):
            found.setdefault(row.prim.path, covered(row))  # others stand for further arguments
    return table(head, found.values())


STATED = {
    "elementwise": "partials", "linear": "transpose", "composite": "definition", "inert": "none",
}  # fmt: skip


def covered(row: Row) -> tuple[str, ...]:
    """A line of the table: one name, and what its row says."""
    special = "jvp" if row.jvp is not None else "vjp"
    stated = STATED.get(row.kind, special)
    if row.kind == "inert":
        stated = f"none: {row.why}" if row.steps_only else f"refused: {row.why}"
    domain = " x ".join(f"[{low:g}, {high:g}]" for low, high in row.domain)
    takes = "yes" if row.name in TAKE_COMPLEX else "no"
    modes = "" if row.kind == "inert" else "both"
    numba = taken_by_numba(row.name)
    return f"`{row.prim.path}`", stated, modes, domain, takes, row.kink, exactness(row), numba


def exactness(row: Row) -> str:
    """How many units the partials of an elementwise row may be off."""
    if row.name in accuracy.LOSSES:
        return f"{accuracy.limit(row.name)} of its terms"
    if row.name in accuracy.APART:
        return "0"
    return str(accuracy.limit(row.name)) if row in accuracy.MEASURED else ""


def losses() -> str:
    """Rows whose partials may be further off than four units of their own, and why."""
    found: dict[str, list[str]] = {}
    for name, loss in accuracy.LOSSES.items():
        found.setdefault(loss.why, []).append(spelled(ROWS[name]))
    return table(("function", "why"), ((", ".join(names), why) for why, names in found.items()))


def peers() -> str:
    """How many calls of other tools were compared, and how many of them agree."""
    head = (
        "tool", "rows", "calls", "agree", "another derivative", "another value", "special points",
        "agree there",
    )  # fmt: skip
    figures = {peer: (*peer_differences.COUNTS[peer], *peer_differences.POINTS[peer])
               for peer in peer_differences.PEERS}  # fmt: skip
    return table(head, ((peer, *map(str, found)) for peer, found in figures.items()))


def differences(found: dict[str, list[peer_differences.Difference]]) -> str:
    """What is different in other tools, by the reason."""
    rows = ((peer, why, calls) for peer, all_ in found.items() for why, calls in all_)
    return table(
        ("tool", "what is different", "calls"),
        ((peer, why, ", ".join(f"`{call}`" for call in calls.split())) for peer, why, calls in rows),
    )


def effects() -> list[str]:
    """Functions and methods with effects."""
    paths = sorted({path for path, _ in FUNCTIONS.values() if path.rpartition(".")[2][0].islower()})
    sections = ["**Functions with effects.** " + ", ".join(f"`{path}`" for path in paths) + "."]
    for cls, methods in METHODS.items():
        names = ", ".join(f"`{name}`" for name in sorted(methods))
        sections.append(f"**Methods of `{cls}`.** {names}.")
    return sections


def refusals() -> str:
    """The table of refusals, each row with a program of the tests that is refused by it."""
    return "\n\n".join(map(refused_group, table_of_refusals.GROUPS))


def refused_group(group: ModuleType) -> str:
    rows = table_of_refusals.rows(group).items()
    about = inspect.cleandoc(group.__doc__ or "").partition("\n")[2].strip()
    parts = [f"## {table_of_refusals.heading(group)}", *([about] if about else [])]
    return "\n\n".join([*parts, *(refused_row(name, row) for name, row in rows)])


def refused_row(name: str, row: RefusalRow) -> str:
    """A row under its name: its texts, and the error of the first program that is refused by it."""
    title = name.replace("_", " ").capitalize()
    texts = f"{shown(row.message)}\n" + (f"  help: {shown(row.hint)}\n" if row.hint else "")
    examples = [r for r in REFUSALS.values() if r.rows and r.rows[-1] is row]
    parts = [f"### {title}", f"```text\n{texts}```", *map(refused_program, examples[:1])]
    lists = {"REFUSED_FUNCTION": refused_functions, "NUMBA_CANNOT_TAKE": refused_by_numba}
    if name in lists:
        parts.append(lists[name]())
    return "\n\n".join(parts)


def shown(template: str) -> str:
    """The text of a row, with its fields in angle brackets."""
    parts = string.Formatter().parse(template)
    return "".join(
        text + ("" if name is None else f"'<{name}>'" if conversion == "r" else f"<{name}>")
        for text, name, _, conversion in parts
    )


def refused_program(refused: Refusal) -> str:
    """A refused program with its error."""
    text = textwrap.dedent(inspect.getsource(refused.inside))
    text = text[re.search(r"^def ", text, re.MULTILINE).start() :]  # the decorator enters the program
    text = re.sub(r" *# (refused|noqa).*", "", text)
    return f"```python\n{text.rstrip()}\n```\n\n```text\n{error_of(refused, text)}\n```"


def refused_functions() -> str:
    """Functions that are refused by name, and what to write instead."""
    names = {id(f): f"`{title}.{n}`" for title, m in MODULES.items() for n, f in vars(m).items()}
    found: dict[str, dict[str, None]] = {}
    for f, (_, hint) in REFUSED.items():
        of_ufunc = isinstance(getattr(f, "__self__", None), np.ufunc)
        name = f"`{f.__name__}` of other ufuncs" if of_ufunc else names.get(id(f))
        if name:
            found.setdefault(hint, {})[name] = None
    return table(("function", "instead"), ((", ".join(all_), hint) for hint, all_ in found.items()))


MODULES = {"np.random": np.random, "np.fft": np.fft, "np.linalg": np.linalg, "np": np}


def refused_by_numba() -> str:
    """What the Numba backend refuses besides functions of the table above, by the reason."""
    found: dict[str, list[str]] = {}
    for name, why in REFUSED_BY_NUMBA.items():
        found.setdefault(why, []).append(f"`{PRIMS[name].path or name}`")
    lines = [f"- {why}: {', '.join(names)}" for why, names in found.items()]
    return "\n".join(lines)


def error_of(refused: Refusal, text: str) -> str:
    """The error as it reads where the function stands alone in a file."""
    error = refused.error
    assert error is not None
    loc = error.loc
    assert loc is not None
    lines = text.splitlines(keepends=True)
    above = line_of(refused) - 1
    file = f"{refused.inside.__name__}.py"
    linecache.cache[file] = (len(text), None, lines, file)
    placed = dataclasses.replace(loc, file=file, line=loc.line - above, end_line=loc.end_line - above)
    return render(error.message, placed, error.hint)


def line_of(refused: Refusal) -> int:
    """The line of the program's ``def``."""
    lines, first = inspect.getsourcelines(refused.inside)
    return first + next(k for k, line in enumerate(lines) if line.startswith("def "))


def breaks() -> str:
    """The deliberate breaks of the compiler by room, and how many of them no test noticed at first."""
    missed = sum(row.unnoticed for row in BREAKS.values())
    told = (
        f"There are {len(BREAKS)} such breaks. When they were chosen, those of the tests that reach "
        f"the broken place and were tried did not notice {missed} of them: what does now was written "
        "for them (marked *)."
    )
    rows = (
        (title, f"{row.what}{' *' if row.unnoticed else ''}", f"`{row.file}`")
        for title, room in ROOMS.items()
        for row in room.values()
    )
    return f"{told}\n\n{table(('room', 'what is broken', 'where'), rows)}"


def algorithms(shortest: int = 35) -> str:
    """The whole algorithms of the corpus by their length, counted with what they use."""
    counted = {p: lines(p) for p in whole_algorithms()}
    long = {p: n for p, n in counted.items() if n >= shortest}
    told = (
        f"Of {len(counted)} such programs {sum(n >= 20 for n in counted.values())} have 20 lines or "
        f"more, and {len(long)} of these {shortest} to {max(long.values())}:"
    )
    cells = [f"`{name}` {n}" for n, name in sorted((n, p.name) for p, n in long.items())]
    cells += [""] * (-len(cells) % 3)
    return f"{told}\n\n{table(('program, lines', '', ''), zip(*[iter(cells)] * 3, strict=True))}"


def public_rows() -> Iterator[Row]:
    """The rows of functions and operators that users write; those of SciPy by name, for they are
    entered as they are first looked up."""
    late = lambda row: row.prim.path if row.prim.path.startswith("scipy.") else ""
    public = (row for row in ROWS.values() if row.prim.path or row.name in INFIX | PREFIX)
    return iter(sorted(public, key=late))


def spelled(row: Row) -> str:
    """A function by its name, an operator between or before its operands."""
    if row.prim.path:
        return f"`{row.prim.path}`"
    return f"`x {INFIX[row.name]} y`" if row.name in INFIX else f"`{PREFIX[row.name]}x`"


def called(row: Row, further: Iterable[Slot]) -> str:
    """A function with the arguments that a call of it may have; further ones are given by name."""
    parts = [(slot.by_name, argument(slot)) for slot in slots(row.spec)]
    parts += [(True, argument(slot)) for slot in further]
    shown = [text for named, text in parts if not named]
    shown += ["*"] * any(named for named, _ in parts) + [text for named, text in parts if named]
    return f"`{row.prim.path}({', '.join(shown)})`"


def merged(rows: Iterable[Row]) -> list[str]:
    """A call for each function, with the arguments that any of its rows takes."""
    by_path: dict[str, list[Row]] = {}
    for row in rows:
        by_path.setdefault(row.prim.path, []).append(row)
    found = []
    for alike in by_path.values():
        first, *others = sorted(alike, key=lambda row: -len(slots(row.spec)))
        named = {name for slot in slots(first.spec) for name in slot.names}
        rest = [slot for row in others for slot in slots(row.spec) if named.isdisjoint(slot.names)]
        found.append(called(first, {slot.name: slot for slot in rest}.values()))
    return found


def argument(slot: Slot) -> str:
    """An argument as a signature shows it."""
    if slot.kind == "constant" and not slot.required:
        return f"{slot.name}={slot.default!r}"
    return f"*{slot.name}" if slot.kind == "arrays" else slot.name + "=..." * (not slot.required)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
