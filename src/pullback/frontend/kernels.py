"""Functions that the user's own Numba has compiled: they stand for the Python that they were made of."""

from __future__ import annotations

import sys
from typing import Any


def written(value: Any) -> Any:
    """The Python function of what ``numba.njit`` gives, and ``range`` for ``prange``; all else as it is.

    Derivatives are of what the function says, as NumPy and Python run it: Numba may round otherwise, and
    with ``fastmath`` or ``parallel`` add in another order.
    """
    compiled = sys.modules.get("numba.core.dispatcher")  # without it there are none
    if compiled is None:
        return value
    if isinstance(value, compiled.Dispatcher):
        return value.py_func
    return range if value is sys.modules["numba"].prange else value
