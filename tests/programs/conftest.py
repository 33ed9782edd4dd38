"""The tests of one program follow each other, so that the process that compiled it runs them all."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests of this directory by their program, and leave the others where they are."""
    places = [k for k, item in enumerate(items) if "program" in _params(item)]
    ordered = sorted((items[k] for k in places), key=lambda item: str(_params(item)["program"]))
    for k, item in zip(places, ordered, strict=True):
        items[k] = item


def _params(item: pytest.Item) -> dict[str, object]:
    callspec = getattr(item, "callspec", None)
    return {} if callspec is None else callspec.params
