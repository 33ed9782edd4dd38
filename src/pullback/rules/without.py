"""NumPy functions that have no row, and what to write instead of them."""

from __future__ import annotations

import numpy as np

from pullback.rules.table import BY_FUNCTION, refuse

_OUTSIDE = "call it outside of the function, and pass what it gives as an argument"
_INSTEAD = {
    "piecewise": "write np.where(a, x, np.where(b, y, z))",
    "polyfit": "solve the normal equations with np.linalg.solve",
    "unique": _OUTSIDE,
    "histogram": _OUTSIDE,
    "bincount": "write np.add.at(counts, places, weights)",
}
for _module, _table in ((np, _INSTEAD),):
    for _name, _hint in _table.items():
        _function = getattr(_module, _name, None)  # not each version of NumPy has them all
        if _function is not None and _function not in BY_FUNCTION:
            refuse(_function, "has no rule", _hint)
