"""Expressions and attributes."""

from pullback.errors import Refusal

BYTES = Refusal("constants of type {cls} are not supported", "write a string or numbers")
COMPLEX_FUNCTION = Refusal("{function} is not supported of complex numbers: {why}", "{instead}")
COMPLEX_INTO_REAL = Refusal(
    "{value} is written into an array of real numbers",
    "write its real part, z.real, or make the array complex: np.zeros(n, dtype=complex)",
)
COMPUTED_FORMAT = Refusal(
    "computed format specifications are not supported", "write width and precision as numbers"
)
FORMAT_CODE = Refusal("{code} shows no {value} here", "write %s, or an f-string")
FORMAT_FIELD = Refusal("the field {field} of a format is not supported", "write an f-string")
UNPACKED_INTO_DICT = Refusal(
    "only dicts can be unpacked here", "write its items out: {{'a': p.a, 'b': p.b}}"
)
ATTRIBUTE_OF_OBJECT = Refusal(
    "attribute {name!r} of {owner} is not supported", "pass what it holds as an argument"
)
ATTRIBUTE_OF_VALUE = Refusal("attribute {name!r} of {owner} is not supported", "{instead}")
OTHER_ATTRIBUTE = "compute it with functions that have a rule"
_OUTSIDE = "read it outside of the function, and pass it as an argument"
INSTEAD_OF_ATTRIBUTE = {
    "mT": "it needs a matrix, or a stack of matrices",
    "view": "write x[...]",
    **dict.fromkeys(
        """
        nbytes itemsize strides flags base nonzero data ctypes device tobytes tofile dump dumps byteswap
        getfield setfield setflags to_device
        """.split(),  # noqa: SIM905
        _OUTSIDE,
    ),
}
WHERE_NEEDED = Refusal("{value} where {what} is needed", "give {what}")
NEEDS_CONSTANT = Refusal("an argument such as axis must be a constant", "write the number itself")
EXPRESSION = Refusal("{form} expressions are not supported", "write it in other words")
