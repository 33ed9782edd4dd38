"""The tests of one program follow each other, so that the process that compiled it runs them all; so do
those of one module of the corpus, whose text is then read and parsed once."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests of this directory by module and program, and leave the others where they are."""
    places = [k for k, item in enumerate(items) if "program" in _params(item)]
    ordered = sorted((items[k] for k in places), key=_place)
    for k, item in zip(places, ordered, strict=True):
        items[k] = item


def _place(item: pytest.Item) -> tuple[str, str]:
    program = _params(item)["program"]
    return getattr(program, "group", ""), str(program)


def _params(item: pytest.Item) -> dict[str, object]:
    callspec = getattr(item, "callspec", None)
    return {} if callspec is None else callspec.params
