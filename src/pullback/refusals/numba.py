"""The Numba backend."""

from pullback.errors import Refusal

NUMBA_CANNOT_TAKE = Refusal(
    "the Numba backend cannot take {function!r}: {why}", 'leave out backend="numba"'
)
NUMBA_ITSELF = Refusal(
    "the Numba backend cannot compile the derivative: {why}", 'leave out backend="numba"'
)
NUMBA_ARGUMENT = Refusal(
    "the Numba backend cannot take argument {name!r}: it is no number or array",
    'leave out backend="numba"',
)
NUMBA_RESULT = Refusal(
    "the Numba backend returns numbers, arrays and tuples of them only", 'leave out backend="numba"'
)
