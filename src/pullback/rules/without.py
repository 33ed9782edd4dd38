"""NumPy functions that have no row, and what to write instead of them."""

from __future__ import annotations

import numpy as np

from pullback.rules.table import BY_FUNCTION, refuse

_OUTSIDE = "call it outside of the function, and pass what it gives as an argument"
_POLYNOMIAL = "write Horner's rule as a loop over the coefficients"
_INSTEAD = {
    "cumulative_sum": "write np.cumsum(x)",
    "cumulative_prod": "write np.cumprod(x)",
    "select": "write np.where(a, x, np.where(b, y, z))",
    "piecewise": "write np.where(a, x, np.where(b, y, z))",
    "convolve": "write it as a loop over the shorter one, with slices of the longer one",
    "correlate": "write it as a loop over the shorter one, with slices of the longer one",
    "polyval": _POLYNOMIAL,
    "polyfit": "solve the normal equations with np.linalg.solve",
    "block": "write np.concatenate of rows that are np.concatenate of columns",
    "insert": "write np.concatenate of the parts",
    "delete": "write np.concatenate of the parts",
    "unique": _OUTSIDE,
    "nonzero": _OUTSIDE,
    "argwhere": _OUTSIDE,
    "flatnonzero": _OUTSIDE,
    "histogram": _OUTSIDE,
    "bincount": "write np.add.at(counts, places, weights)",
    "tril_indices": _OUTSIDE,
    "triu_indices": _OUTSIDE,
    "real": "leave it out: all numbers are real here",
    "conj": "leave it out: all numbers are real here",
    "conjugate": "leave it out: all numbers are real here",
}
_OF_MATRICES = {
    "matrix_power": "multiply by @ in a loop",
    "multi_dot": "multiply by @",
    "lstsq": "solve the normal equations with np.linalg.solve",
    "pinv": "solve the normal equations with np.linalg.solve",
}
for _module, _table in ((np, _INSTEAD), (np.linalg, _OF_MATRICES)):
    for _name, _hint in _table.items():
        _function = getattr(_module, _name, None)  # not each version of NumPy has them all
        if _function is not None and _function not in BY_FUNCTION:
            refuse(_function, "has no rule", _hint)
