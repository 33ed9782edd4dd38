"""Functions that the user's own Numba has compiled: they stand for the Python that they were made of."""

from __future__ import annotations

import sys
from typing import Any


def written(value: Any) -> Any:
    """The Python function of what ``numba.njit`` gives, and ``range`` for ``prange``; all else as it is.

    Derivatives are of what the function says, as NumPy and Python run it: Numba may round otherwise, and
    with ``fastmath`` or ``parallel`` add in another order.
    """
    numba = sys.modules.get("numba")  # without it there are none
    if numba is None:
        return value
    dispatcher = sys.modules["numba.core.dispatcher"].Dispatcher
    if isinstance(value, dispatcher):
        return value.py_func
    return range if value is numba.prange else value
