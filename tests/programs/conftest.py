"""The tests of one program follow each other, so that the process that compiled it runs them all; so do
those of one module of the corpus, whose text is then read and parsed once. Behind its last test what was
compiled of a program goes, or memory would fill with it."""

from __future__ import annotations

import pytest

from tests.programs.registry import Program


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests of this directory by module and program, and leave the others where they are."""
    places = [k for k, item in enumerate(items) if "program" in _params(item)]
    ordered = sorted((items[k] for k in places), key=_place)
    for k, item in zip(places, ordered, strict=True):
        items[k] = item


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Drop what was compiled of a program that no other test here is to meet."""
    program = _params(item).get("program")
    if isinstance(program, Program) and (
        nextitem is None or _params(nextitem).get("program") is not program
    ):
        program.function.__dict__.pop("__pullback__", None)


def _place(item: pytest.Item) -> tuple[str, str]:
    program = _params(item)["program"]
    return getattr(program, "group", ""), str(program)


def _params(item: pytest.Item) -> dict[str, object]:
    callspec = getattr(item, "callspec", None)
    return {} if callspec is None else callspec.params
