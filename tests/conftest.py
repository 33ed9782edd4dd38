"""What holds for all tests: how they are shared out, and what the collector of garbage leaves alone."""

from __future__ import annotations

import gc
import os
from typing import Any

import pytest

# Before NumPy is imported, and for the processes that are started from here: each core has a process of
# its own, and threads of BLAS that wait for others take the time of those.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
# Looking for garbage as often as Python does takes a fifth of the time of all tests.
gc.set_threshold(100_000, 20, 20)


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
