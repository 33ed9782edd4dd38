"""The table of refusals against the code: each use tells what the texts of its row speak of."""

from __future__ import annotations

import ast
import builtins
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import pullback
from pullback import refusals
from pullback.errors import Refusal
from pullback.frontend.lowering import BUILTINS
from pullback.rules.table import lookup

SOURCES = Path(pullback.__file__).parent
ROWS = {name: row for group in refusals.GROUPS for name, row in refusals.rows(group).items()}
TREES = {path: ast.parse(path.read_text()) for path in sorted(SOURCES.rglob("*.py"))}
CALLS = {
    f"{path.relative_to(SOURCES)}:{call.lineno}:{call.col_offset}": call
    for path, tree in TREES.items()
    for call in ast.walk(tree)
    if isinstance(call, ast.Call)
}
# What the function tells that is given the row: of values that cannot be known, of sources, of methods.
IMPLIED = {
    "Poison": {"name"},
    "refuse": {"function", "file", "line"},
    "_refused": {"function"},
    "complain": {"function"},
}


def row_of(node: ast.expr) -> str:
    """The name of the row that an expression is, "" if it is none."""
    match node:
        case ast.Attribute(value=ast.Name(id="refusals"), attr=name) if name in ROWS:
            return name
    return ""


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def used(call: ast.Call) -> str:
    """The row that a call refuses by, "" if it does not."""
    if called(call) == "at" and isinstance(call.func, ast.Attribute):
        return row_of(call.func.value)
    return row_of(call.args[0]) if call.args else ""


USES = {place: call for place, call in CALLS.items() if used(call)}


def fields(row: Refusal) -> set[str]:
    """The fields of both texts."""
    texts = (row.message, row.hint)
    return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}


def told(call: ast.Call) -> Iterator[str | None]:
    """The fields that a use tells; None for what is not written out."""
    if called(call) == "Poison" and len(call.args) > 1:
        assert isinstance(call.args[1], ast.Dict)
        yield from (getattr(key, "value", None) for key in call.args[1].keys)
    yield from (keyword.arg for keyword in call.keywords)


@pytest.mark.parametrize("call", USES.values(), ids=USES)
def test_fields_are_told(call: ast.Call) -> None:
    wanted, given = fields(ROWS[used(call)]), list(told(call))
    assert len(set(given)) == len(given)
    implied = IMPLIED.get(called(call), set())
    assert wanted - implied == set(given) - (implied - wanted)


REFUSING = ("reject", "SourceError", "Unsupported", "Poison")


def test_no_text_stands_elsewhere() -> None:
    """What refuses takes a row, or is given one; only ``errors.py`` makes an error of its texts."""
    texts = [
        place
        for place, call in CALLS.items()
        if called(call) in REFUSING and call.args and not place.startswith("errors.py")
        if isinstance(call.args[0], ast.Constant | ast.JoinedStr | ast.BinOp)
    ]
    assert texts == []


def test_every_row_is_used() -> None:
    """Rows of memory that belongs to somebody else are kept with it until it is written to."""
    nodes = (node for tree in TREES.values() for node in ast.walk(tree))
    named = {row_of(node) for node in nodes if isinstance(node, ast.expr)}
    assert named >= set(ROWS)


def test_names_are_of_one_row() -> None:
    assert len(ROWS) == sum(len(refusals.rows(group)) for group in refusals.GROUPS)
    assert all(getattr(refusals, name) is row for name, row in ROWS.items())


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_texts(row: Refusal) -> None:
    """What was met and what to write, as parts of one sentence each."""
    assert row.hint
    for text in (row.message, row.hint):
        assert text == text.strip()
        assert not text.endswith(".")
        assert text[0] in "{`" or text[0].islower() or text.startswith("NumPy ")


def test_rows_of_sources_are_tested() -> None:
    """They are about functions that no module of the corpus can hold."""
    tests = ast.parse(Path(__file__).with_name("test_source.py").read_text())
    named = {row_of(node) for node in ast.walk(tests) if isinstance(node, ast.expr)}
    assert named >= refusals.rows(refusals.source).keys()


def test_rows_keep_their_error() -> None:
    row = Refusal("{a} is met", "write {b!r}")
    error = row.at(None, a="x", b="y")
    assert (error.message, error.hint, error.refusal) == ("x is met", "write 'y'", row)


def test_builtins_have_a_meaning_or_something_to_write_instead() -> None:
    no_functions = {"__loader__", "__build_class__", "copyright", "credits", "license"}
    left_out = {
        name
        for name, value in vars(builtins).items()
        if callable(value) and not (isinstance(value, type) and issubclass(value, BaseException))
        if value not in BUILTINS and lookup(value) is None
    }
    assert left_out - no_functions <= set(refusals.INSTEAD_OF_BUILTIN)
