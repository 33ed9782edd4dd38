"""What runs by default of tests that take long for every row of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest


def in_turns(items: Iterable[Any], every: int, name: Callable[[Any], str]) -> list[Any]:
    """Each one in so many by default, the others with ``-m slow``."""
    return [
        pytest.param(item, id=name(item), marks=[pytest.mark.slow] if k % every else [])
        for k, item in enumerate(items)
    ]
