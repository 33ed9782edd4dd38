"""NumPy functions that have no row, and what to write instead of them.

Where nothing that is differentiated reaches a call of one, it is run as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pullback.rules.table import BY_FUNCTION, REFUSED, refuse

_OUTSIDE = "call it outside of the function, and pass what it gives as an argument"
_FILES = "read and write files outside of the function"
_TEXTS = "write an f-string, or print the value"
_KINDS = "ask for kinds outside of the function, and pass what they tell as an argument"
_SETTINGS = "set it outside of the function, or write with np.errstate(...)"
_DATES = "count days outside of the function"
_SETS = "sort the array, and compare neighbours"
_BINS = "count outside of the function, or write np.bincount(places, weights)"
_OTHER_NUMBERS = "use np.float64, np.float32, np.complex128, np.int64, np.int32 and the like, or bool"
_LOOP = "write a loop over the elements"
_ARRAYS = "use arrays, with @ for products"
_PLAIN_POLYNOMIALS = (
    "work on the coefficients, p.coeffs: with np.polyval, np.polydiv, np.polyder and np.convolve"
)
_SERIES = "work on the coefficients, p.coef, with the functions of np.polynomial.{module}"

_BY_HINT: dict[str, str] = {
    _FILES: "fromfile fromregex genfromtxt load loadtxt save savetxt savez savez_compressed",
    _TEXTS: """array2string array_repr array_str base_repr binary_repr format_float_positional
        format_float_scientific get_printoptions printoptions set_printoptions info show_config
        show_runtime typename""",
    _KINDS: """common_type isdtype min_scalar_type mintypecode isfortran iterable
        may_share_memory shares_memory get_include test broadcast_shapes""",
    _SETTINGS: "getbufsize setbufsize geterr geterrcall seterr seterrcall",
    _DATES: """busday_count busday_offset is_busday isnat datetime_as_string datetime_data busdaycalendar
        datetime64 timedelta64""",
    _SETS: "unique_all unique_counts unique_inverse unique_values",
    _BINS: "histogram2d histogramdd histogram_bin_edges",
    _OTHER_NUMBERS: """byte bytes_ character clongdouble complex256 complexfloating flexible float128
        float16 floating generic half inexact integer intc intp longdouble longlong number object_ short
        signedinteger str_ ubyte uint uintc uintp ulong ulonglong unsignedinteger ushort void""",
    _LOOP: "nditer nested_iters broadcast flatiter ufunc",
    _ARRAYS: "asmatrix bmat matrix memmap ndarray recarray record",
    _PLAIN_POLYNOMIALS: "poly1d",
}
_INSTEAD = {
    "fromiter": "write np.array of a list",
    "frombuffer": _OUTSIDE,
    "from_dlpack": _OUTSIDE,
    "fromstring": _OUTSIDE,
    "asarray_chkfinite": "write np.asarray",
    "require": "write np.ascontiguousarray",
    "sort_complex": "sort the real parts, and take the elements in that order",
    "einsum_path": "leave it out: np.einsum(..., optimize=True) looks for an order itself",
    "row_stack": "write np.vstack",
    "mask_indices": "write np.nonzero of a mask",
    "unstack": "write a loop over the array, or a, b = x",
    "packbits": "it is for bits of integers: call it outside of the function",
    "unpackbits": "it is for bits of integers: call it outside of the function",
}


# What to write instead of functions of series, with the prefix of their kind for ``poly``.
_OF_SERIES: dict[str, str] = {
    "polyline polytrim": "write the array of coefficients itself",
    "polyvander2d polyvander3d": "multiply columns of polyvander(x, n) by columns of polyvander(y, m)",
}
_OF_OTHERS: dict[str, str] = {
    "polymul polymulx polydiv polypow": "multiply and divide the values, polyval(x, a) * polyval(x, b)",
    "polyroots polycompanion": "find roots outside, or by Newton's method with polyval and polyder",
    "polyfromroots": "write the product of x - r over the roots, which are its values",
    "2poly poly2": "work with the values of the series, polyval(x, c)",
    "polypts1 polypts2 polygauss polyinterpolate": _OUTSIDE,
    "polyweight": "write the function itself",
}
_OF_POLYNOMIALS: dict[str, str] = {
    "polyroots polycompanion": "write np.roots(c[::-1])",
    "polyfromroots": "write np.poly(r)[::-1]",
    "polydiv": "write np.polydiv(a[::-1], b[::-1]), which counts from the highest power",
    "polypow": "multiply by np.polynomial.polynomial.polymul, or write polyval(x, c) ** n",
}


def _of_series(kind: str) -> Mapping[str, str]:
    """Functions of one kind of series without a row, each with what to write instead."""
    if kind == "poly":
        return _each(_OF_SERIES | _OF_POLYNOMIALS)
    found = _each(_OF_SERIES | _OF_OTHERS)
    return {_of_kind(name, kind): hint.replace("poly", kind) for name, hint in found.items()}


def _of_kind(name: str, kind: str) -> str:
    """``polyval`` as ``chebval``; what converts has the names of both."""
    converted = {"2poly": f"{kind}2poly", "poly2": f"poly2{kind}"}
    return converted.get(name) or name.replace("poly", kind, 1)


def _each(hints: Mapping[str, str]) -> dict[str, str]:
    return {name: hint for names, hint in hints.items() for name in names.split()}


def hints() -> Mapping[str, str]:
    """Names of NumPy without a row, each with what to write instead."""
    return _each({names: hint for hint, names in _BY_HINT.items()}) | _INSTEAD


def _enter(module: Any, names: Mapping[str, str]) -> None:
    for name, hint in names.items():
        function = getattr(module, name, None)  # not each version of NumPy has them all
        if function is not None and function not in BY_FUNCTION and function not in REFUSED:
            refuse(function, "has no rule", hint)


_enter(np, hints())
refuse(np.frompyfunc, "makes what gives arrays of objects",
       "write np.vectorize(f, otypes=[float]), which gives numbers")  # fmt: skip
for _module in (np.linalg, np.fft, np.random):
    _enter(_module, {"test": _KINDS})
for _name, _prefix in [("polynomial", "poly"), ("chebyshev", "cheb"), ("legendre", "leg"),
                       ("hermite", "herm"), ("hermite_e", "herme"), ("laguerre", "lag")]:  # fmt: skip
    _module = getattr(np.polynomial, _name)
    _classes = [name for name in _module.__all__ if isinstance(getattr(_module, name), type)]
    _enter(_module, {name: _SERIES.format(module=_name) for name in _classes})
    _enter(_module, _of_series(_prefix))
_enter(np.random, {
    **dict.fromkeys(("get_state", "set_state", "get_bit_generator", "set_bit_generator"),
                    "keep the state outside of the function"),
    "BitGenerator": "make the generator outside of the function, or by np.random.default_rng(seed)",
    **dict.fromkeys(("ranf", "sample"), "use np.random.random_sample"),
    "bytes": "draw integers", "random_integers": "use randint",
})  # fmt: skip
