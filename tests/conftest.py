"""What holds for all tests: how they are shared out, and what the collector of garbage leaves alone."""

from __future__ import annotations

import gc
from typing import Any

import pytest


def pytest_collection_finish() -> None:
    """Modules and tests stay to the end: a collection that walks all of them takes a quarter of a
    second, and compiling sets off many."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Each process takes tests that follow each other, for those of one program share what was compiled;
    one that is done takes half of what another has left."""
    if config.getvalue("dist") != "load":
        return None
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)
