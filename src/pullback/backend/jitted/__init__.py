"""Helpers that code compiled by Numba may call.

Only such code imports this room, for Numba is an optional extra. ``numbers`` holds what Numba would
compute otherwise than Python. The other modules hold functions of NumPy in the call forms that Numba has
not: ``np_max(x, axis=0)`` is ``np.max(x, axis=0)``. In plain Python each calls NumPy, or the helper of
``runtime`` of that name; what Numba compiles for it is written for the types and constants of the call.
"""

from pullback.backend.jitted import (
    along,
    contractions,
    indexing,
    joining,
    matrices,
    numbers,
    shapes,
)
from pullback.backend.jitted.entered import HELPERS

globals().update({name: value for name, value in vars(numbers).items() if not name.startswith("_")})
globals().update(HELPERS)

__all__ = ["HELPERS", "along", "contractions", "indexing", "joining", "matrices", "numbers", "shapes"]
