"""Kinks, poles and zeros: the conventions of rows, in every mode; and guards by np.where."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest

import pullback
from pullback.rules.table import ROWS
from pullback.testing import GradientError, battery
from pullback.testing.subjects import Subject
from tests.programs import checks
from tests.rules.generated import spelled, subjects_of_rows, written

A = np.array
INF = np.inf
HEADER = "import math\nimport numpy as np\nimport pullback\n"

# name, body, arguments, and the gradients of its sum there
POINTS: dict[str, tuple[str, tuple[Any, ...], tuple[Any, ...]]] = {
    "maximum_tie": ("np.maximum(x, y)", (A([1.0, 2.0]), A([1.0, 3.0])), (A([0.5, 0]), A([0.5, 1]))),
    "minimum_tie": ("np.minimum(x, y)", (A([1.0, 2.0]), A([1.0, 3.0])), (A([0.5, 1]), A([0.5, 0]))),
    "maximum_number": ("np.maximum(x, 0.0)", (0.0,), (0.5,)),
    "relu": ("np.maximum(0, x)", (A([-1.0, 0.0, 2.0]),), (A([0.0, 0.5, 1.0]),)),
    "maximum_itself": ("np.maximum(x, x)", (A([1.0, 2.0]),), (A([1.0, 1.0]),)),
    "fmax_tie": (
        "np.fmax(x, y)", (A([1.0, np.nan, 2.0, 5.0]), A([1.0, 3.0, np.nan, 1.0])),
        (A([0.5, 0.0, 1.0, 1.0]), A([0.5, 1.0, 0.0, 0.0])),
    ),
    "heaviside_zero": (
        "np.heaviside(x, y)", (A([-1.0, 0.0, 2.0]), A([3.0, 4.0, 5.0])),
        (A([0.0, 0, 0]), A([0.0, 1.0, 0.0])),
    ),
    "nan_to_num_of_nan": (
        "np.nan_to_num(x, nan=2.0)", (A([1.0, np.nan, np.inf]),), (A([1.0, 0.0, 0.0]),)
    ),
    "sinc_zero": ("np.sinc(x)", (A([0.0, 1.0]),), (A([0.0, -1.0]),)),
    "max_tie": ("np.max(x)", (A([3.0, 1.0, 3.0]),), (A([0.5, 0, 0.5]),)),
    "min_tie": ("np.min(x)", (A([1.0, 1.0, 1.0, 3.0]),), (A([1 / 3, 1 / 3, 1 / 3, 0]),)),
    "max_axis": ("np.max(x, axis=1)", (A([[2.0, 2.0], [1.0, 4.0]]),), (A([[0.5, 0.5], [0, 1]]),)),
    "max_kept": (
        "np.max(x, axis=0, keepdims=True)",
        (A([[2.0, 2.0], [2.0, 4.0]]),),
        (A([[0.5, 0], [0.5, 1]]),),
    ),
    "sqrt_array": ("np.sqrt(x)", (A([0.0, 4.0]),), (A([INF, 0.25]),)),
    "sqrt_number": ("np.sqrt(x)", (0.0,), (INF,)),
    "sqrt_math": ("math.sqrt(x)", (0.0,), (INF,)),
    "root_array": ("x ** 0.5", (A([0.0, 4.0]),), (A([INF, 0.25]),)),
    "root_number": ("x ** 0.5", (0.0,), (INF,)),
    "root_math": ("math.pow(x, 0.5)", (0.0,), (INF,)),
    "std_constant": ("np.std(x)", (A([2.0, 2.0, 2.0]),), (A([0.0, 0, 0]),)),
    "std_zeros": ("np.std(x)", (A([0.0, 0.0]),), (A([0.0, 0]),)),
    "std_one": ("np.std(x)", (A([5.0]),), (A([0.0]),)),
    "std_axis": (
        "np.std(x, axis=1)", (A([[1.0, 3.0], [2.0, 2.0]]),), (A([[-0.5, 0.5], [0.0, 0.0]]),)
    ),
    "power_zero": ("x ** 0.0", (A([0.0, 2.0]),), (A([0.0, 0.0]),)),
    "power_zero_int": ("x ** 0", (A([0.0, 2.0]),), (A([0.0, 0.0]),)),
    "power_zero_number": ("x ** 0.0", (0.0,), (0.0,)),
    "power_zeros": ("x ** y", (A([0.0, 0.0]), A([0.0, 2.0])), (A([0.0, 0.0]), A([0.0, 0.0]))),
    "power_numbers": ("x ** y", (0.0, 0.0), (0.0, 0.0)),
    "power_one": ("x ** y", (A([0.0]), A([1.0])), (A([1.0]), A([0.0]))),
    "prod_zero": ("np.prod(x)", (A([2.0, 0.0, 3.0]),), (A([0.0, 6.0, 0.0]),)),
    "prod_zeros": ("np.prod(x)", (A([0.0, 0.0, 3.0]),), (A([0.0, 0.0, 0.0]),)),
    "prod_axis": (
        "np.prod(x, axis=0)", (A([[2.0, 0.0], [0.0, 0.0]]),), (A([[0.0, 0.0], [2.0, 0.0]]),)
    ),
    "cbrt_zero": ("np.cbrt(x)", (A([0.0, 8.0]),), (A([INF, 1 / 12]),)),
    "cbrt_math": ("math.cbrt(x)", (0.0,), (INF,)),
    "arcsin_ends": ("np.arcsin(x)", (A([-1.0, 0.0, 1.0]),), (A([INF, 1.0, INF]),)),
    "arcsin_math": ("math.asin(x)", (1.0,), (INF,)),
    "arccos_end": ("np.arccos(x)", (1.0,), (-INF,)),
    "arccosh_end": ("np.arccosh(x)", (A([1.0]),), (A([INF]),)),
    "arccosh_math": ("math.acosh(x)", (1.0,), (INF,)),
    "arctanh_end": ("np.arctanh(x)", (A([1.0, 0.0]),), (A([INF, 1.0]),)),
    "log1p_end": ("np.log1p(x)", (A([-1.0, 0.0]),), (A([INF, 1.0]),)),
    "log1p_near_end": ("np.log1p(x)", (-1.0 + 2.0**-52,), (2.0**52,)),
    "reciprocal_zero": ("np.reciprocal(x)", (0.0,), (-INF,)),
    "hypot_origin": (
        "np.hypot(x, y)", (A([0.0, 3.0]), A([0.0, 4.0])), (A([0.0, 0.6]), A([0.0, 0.8]))
    ),
    "hypot_math": ("math.hypot(x, y)", (0.0, 0.0), (0.0, 0.0)),
    "hypot_tiny": ("np.hypot(x, y)", (3e-200, 4e-200), (0.6, 0.8)),
    "arctan2_origin": (
        "np.arctan2(x, y)", (A([0.0, 0.0]), A([0.0, 2.0])), (A([0.0, 0.5]), A([0.0, 0]))
    ),
    "arctan2_math": ("math.atan2(x, y)", (0.0, 0.0), (0.0, 0.0)),
    "arctan2_tiny": ("1e-200 * np.arctan2(x, y)", (0.0, 2e-200), (0.5, 0.0)),
    "clip_bounds": (
        "np.clip(x, y, z)", (A([-1.0, 0.0, 0.5, 1.0, 2.0]), 0.0, 1.0),
        (A([0.0, 1, 1, 1, 0]), 1.0, 1.0),
    ),
    "clip_crossed": ("np.clip(x, y, z)", (A([-1.0, 0.5, 3.0]), 1.0, 0.0), (A([0.0, 0, 0]), 0.0, 3.0)),
    "clip_number": ("np.clip(x, 0.0, 1.0)", (1.0,), (1.0,)),
    "norm_zero": ("np.linalg.norm(x)", (A([0.0, 0.0]),), (A([0.0, 0.0]),)),
    "norm_zero_row": (
        "np.linalg.norm(x, axis=1)", (A([[0.0, 0.0], [3.0, 4.0]]),), (A([[0.0, 0.0], [0.6, 0.8]]),)
    ),
    "norm_one": ("np.linalg.norm(x, 1)", (A([0.0, -2.0]),), (A([0.0, -1.0]),)),
    "norm_three": ("np.linalg.norm(x, 3)", (A([0.0, 0.0]),), (A([0.0, 0.0]),)),
    "norm_largest": ("np.linalg.norm(x, np.inf)", (A([2.0, -2.0, 1.0]),), (A([0.5, -0.5, 0.0]),)),
    "max_of_initial": ("np.max(x, initial=2.0)", (A([2.0, 1.0]),), (A([0.5, 0]),)),
    "std_of_equal": (
        "np.std(x, where=np.array([True, True, False]))", (A([2.0, 2.0, 3.0]),), (A([0.0, 0, 0]),)
    ),
    "nanmax_tie": ("np.nanmax(x)", (A([3.0, np.nan, 3.0]),), (A([0.5, 0, 0.5]),)),
    "nanmin_number": ("np.nanmin(x)", (2.0,), (1.0,)),
    "nanstd_constant": ("np.nanstd(x)", (A([2.0, np.nan, 2.0]),), (A([0.0, 0, 0]),)),
    "ptp_of_equal": ("np.ptp(x)", (A([1.0, 1.0]),), (A([0.0, 0.0]),)),
    "median_of_equal": ("np.median(x)", (A([1.0, 1.0, 1.0]),), (A([0.0, 1.0, 0.0]),)),
    "interp_at_points": (
        "np.interp(x, np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0, 3.0]))",
        (A([0.0, 1.0, 3.0, 4.0]),), (A([2.0, 0.5, 0.5, 0.0]),),
    ),
    "unwrap_jump": ("np.unwrap(x)", (A([0.0, 4.0, -1.0]),), (A([1.0, 1.0, 1.0]),)),
    "var_constant": ("np.var(x)", (A([2.0, 2.0, 2.0]),), (A([0.0, 0, 0]),)),
    "cumprod_zero": ("np.cumprod(x)", (A([2.0, 0.0, 3.0]),), (A([1.0, 8.0, 0.0]),)),
    "cumprod_zeros": ("np.cumprod(x)", (A([0.0, 0.0, 3.0]),), (A([1.0, 0.0, 0.0]),)),
    "sort_ties": (
        "np.sort(x, kind='stable') * np.array([1.0, 2.0, 4.0])", (A([3.0, 1.0, 1.0]),),
        (A([4.0, 1.0, 2.0]),),
    ),
    "det_singular": (
        "np.linalg.det(x)", (A([[1.0, 2.0], [2.0, 4.0]]),), (A([[4.0, -2.0], [-2.0, 1.0]]),)
    ),
    "det_zero": ("np.linalg.det(x)", (np.zeros((2, 2)),), (np.zeros((2, 2)),)),
    "det_empty": ("np.linalg.det(x)", (np.zeros((0, 0)),), (np.zeros((0, 0)),)),
    "repeated_indices": ("np.take(x, [1, 1, 0])", (A([1.0, 2.0]),), (A([1.0, 2.0]),)),
    "root_of_positive_part": ("np.sqrt(np.maximum(x, 0.0))", (A([-1.0, 4.0]),), (A([0.0, 0.25]),)),
    "square_root_of_square": ("np.sqrt(x * x)", (A([3.0, -2.0]),), (A([1.0, -1.0]),)),
}  # fmt: skip

# name, guarded, the same with the operand guarded as well, and the arguments
GUARDS: dict[str, tuple[str, str, tuple[Any, ...]]] = {
    "sqrt": (
        "np.where(x > 0, np.sqrt(x), 2.0)",
        "np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 2.0)",
        (A([-1.0, 0.0, 2.0]),),
    ),
    "log": (
        "np.where(x > 0, np.log(x), x - 1)",
        "np.where(x > 0, np.log(np.where(x > 0, x, 1.0)), x - 1)",
        (A([-1.0, 0.0, 2.0]),),
    ),
    "division": (
        "np.where(x != 0, np.sin(x) / x, 1.0)",
        "np.where(x != 0, np.sin(x) / np.where(x != 0, x, 1.0), 1.0)",
        (A([-1.0, 0.0, 2.0]),),
    ),
    "missing_square": (
        "np.where(np.isnan(x), 0.0, (x - y) ** 2)",
        "np.where(np.isnan(x), 0.0, (np.where(np.isnan(x), 0.0, x) - y) ** 2)",
        (A([1.0, np.nan, 2.0]), A([0.4, 0.7, 1.1])),
    ),
    "missing_product": (
        "np.nansum(x * y * y)",
        "np.sum(np.where(np.isnan(x), 0.0, x) * y * y)",
        (A([1.0, np.nan, 2.0]), A([0.4, 0.7, 1.1])),
    ),
    "not_finite": (
        "np.where(np.isfinite(x), (x * y) ** 2, y)",
        "np.where(np.isfinite(x), (np.where(np.isfinite(x), x, 1.0) * y) ** 2, y)",
        (A([1.0, np.inf, 2.0]), A([0.4, 0.7, 1.1])),
    ),
    "reciprocal": (
        "np.where(x == 0, x + 1, 1 / x)",
        "np.where(x == 0, x + 1, 1 / np.where(x == 0, 1.0, x))",
        (A([-1.0, 0.0, 2.0]),),
    ),
    "power": (
        "np.where(x > 0, x ** 0.5, x + 3)",
        "np.where(x > 0, np.where(x > 0, x, 1.0) ** 0.5, x + 3)",
        (A([-1.0, 0.0, 2.0]),),
    ),
    "negative_power": (
        "np.where(x > 0, x ** -1.5, 1.0)",
        "np.where(x > 0, np.where(x > 0, x, 1.0) ** -1.5, 1.0)",
        (A([-1.0, 0.0, 2.0]),),
    ),
    "both_in_power": (
        "np.where(x > 0, x ** y, y)",
        "np.where(x > 0, np.where(x > 0, x, 1.0) ** y, y)",
        (A([-1.0, 0.0, 2.0]), A([0.5, -0.5, 1.5])),
    ),
    "two_divided": (
        "np.where(y == 0, x, x / y)",
        "np.where(y == 0, x, x / np.where(y == 0, 1.0, y))",
        (A([-1.0, 0.0, 2.0]), A([0.0, 0.0, 1.5])),
    ),
    "chain": (
        "np.where(x > 0, np.exp(np.sqrt(x) * np.log(x)), x)",
        "np.where(x > 0, np.exp(np.sqrt(np.where(x > 0, x, 1.0))"
        " * np.log(np.where(x > 0, x, 1.0))), x)",
        (A([-1.0, 0.0, 2.0]),),
    ),
    "nested": (
        "np.where(x > 0, np.where(x > 1, np.log(x - 1), np.sqrt(x)), 1.0)",
        "np.where(x > 0, np.where(x > 1, np.log(np.where(x > 1, x - 1, 1.0)),"
        " np.sqrt(np.where(x > 0, x, 1.0))), 1.0)",
        (A([-1.0, 0.0, 1.0, 2.0]),),
    ),
    "sigmoid": (
        "np.where(x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x)))",
        "np.where(x >= 0, 1 / (1 + np.exp(-np.where(x >= 0, x, 0.0))),"
        " np.exp(np.where(x < 0, x, 0.0)) / (1 + np.exp(np.where(x < 0, x, 0.0))))",
        (A([-1000.0, -0.5, 2.0, 1000.0]),),
    ),
    "overflow": (
        "np.where(x < 9, np.log1p(np.expm1(x)) * np.exp2(x) + np.sinh(x) * np.cosh(x), x)",
        "np.where(x < 9, np.log1p(np.expm1(np.where(x < 9, x, 1.0))) * np.exp2(np.where(x < 9, x, 1.0))"
        " + np.sinh(np.where(x < 9, x, 1.0)) * np.cosh(np.where(x < 9, x, 1.0)), x)",
        (A([-2.0, 0.5, 1100.0]),),
    ),
    "broken_power": (
        "np.where(x > 0, x ** 1.5 * np.sin(x), x)",
        "np.where(x > 0, np.where(x > 0, x, 1.0) ** 1.5 * np.sin(np.where(x > 0, x, 1.0)), x)",
        (A([-2.0, 0.0, 1.5]),),
    ),
    "log2": (
        "np.where(x > 0, np.log2(x), x)",
        "np.where(x > 0, np.log2(np.where(x > 0, x, 1.0)), x)",
        (A([-1.0, 0.0, 2.0]),),
    ),
    "log10": (
        "np.where(x > 0, np.log10(x), 2.0)",
        "np.where(x > 0, np.log10(np.where(x > 0, x, 1.0)), 2.0)",
        (A([-1.0, 0.0, 2.0]),),
    ),
    "log1p": (
        "np.where(x > -1, np.log1p(x), x)",
        "np.where(x > -1, np.log1p(np.where(x > -1, x, 1.0)), x)",
        (A([-2.0, -1.0, 2.0]),),
    ),
    "arcsin": (
        "np.where(np.abs(x) < 1, np.arcsin(x), x)",
        "np.where(np.abs(x) < 1, np.arcsin(np.where(np.abs(x) < 1, x, 0.5)), x)",
        (A([-1.0, 0.5, 2.0]),),
    ),
    "arccos": (
        "np.where(np.abs(x) < 1, np.arccos(x) * np.exp(x), x)",
        "np.where(np.abs(x) < 1, np.arccos(np.where(np.abs(x) < 1, x, 0.5))"
        " * np.exp(np.where(np.abs(x) < 1, x, 0.5)), x)",
        (A([-1.0, 0.5, 2.0]),),
    ),
    "arccosh": (
        "np.where(x > 1, np.arccosh(x), x)",
        "np.where(x > 1, np.arccosh(np.where(x > 1, x, 2.0)), x)",
        (A([0.0, 1.0, 2.0]),),
    ),
    "arctanh": (
        "np.where(np.abs(x) < 1, np.arctanh(x), x)",
        "np.where(np.abs(x) < 1, np.arctanh(np.where(np.abs(x) < 1, x, 0.5)), x)",
        (A([-1.0, 0.5, 2.0]),),
    ),
    "reciprocal_function": (
        "np.where(x != 0, np.reciprocal(x), x)",
        "np.where(x != 0, np.reciprocal(np.where(x != 0, x, 1.0)), x)",
        (A([-1.0, 0.0, 2.0]),),
    ),
    "cbrt": (
        "np.where(x > 0, np.cbrt(x), x)",
        "np.where(x > 0, np.cbrt(np.where(x > 0, x, 1.0)), x)",
        (A([-1.0, 0.0, 2.0]),),
    ),
    "hypot": (
        "np.where(x != 0, y / np.hypot(x, x), y)",
        "np.where(x != 0, y / np.hypot(np.where(x != 0, x, 1.0), np.where(x != 0, x, 1.0)), y)",
        (A([-1.0, 0.0, 2.0]), A([0.5, 1.5, 0.7])),
    ),
    "norm": (
        "np.where(np.sum(x * x, axis=1) > 0, x[:, 0] / np.linalg.norm(x, axis=1), 0.0)",
        "np.where(np.sum(x * x, axis=1) > 0, x[:, 0] / np.linalg.norm("
        "np.where(np.sum(x * x, axis=1, keepdims=True) > 0, x, 1.0), axis=1), 0.0)",
        (A([[0.0, 0.0], [3.0, 4.0]]),),
    ),
    "clipped": (
        "np.sqrt(np.clip(x, 0.0, 3.0))",
        "np.where(x > 0, np.sqrt(np.where(x > 0, np.clip(x, 0.0, 3.0), 1.0)), 0.0)",
        (A([-1.0, 1.5, 4.0]),),
    ),
    "singular_times_singular": (
        "np.sqrt(np.maximum(x, 0.0)) * np.log(np.maximum(x, 1e-300))",
        "np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)) * np.log(np.where(x > 0, x, 1.0)), 0.0)",
        (A([-1.0, 1.5, 4.0]),),
    ),
    "product": (
        "np.where(x < 10, x * x * x * x, 0.0)",
        "np.where(x < 10, np.where(x < 10, x, 0.0) ** 4, 0.0)",
        (A([-1.0, 1e200, 2.0]),),
    ),
    "functions_of_product": (
        "np.minimum(np.tan(np.square(x) * x) * np.hypot(x * x * x, x), 9.0) * (x < 10)",
        "np.minimum(np.tan(np.where(x < 10, x, 0.0) ** 3) * np.hypot(np.where(x < 10, x, 1.0) ** 3,"
        " np.where(x < 10, x, 1.0)), 9.0) * (x < 10)",
        (A([-1.0, 0.5]),),
    ),
    "product_of_stack": (
        "np.where(np.abs(x) < 10, np.outer(x, x)[0] * x * x, x)",
        "np.where(np.abs(x) < 10, np.where(np.abs(x) < 10, x, 0.0)[0] * x ** 3, x)",
        (A([1.0, 1e100, 2.0]),),
    ),
    "product_by_mask": (
        "(x * x * x * x)[x < 10]",
        "x[x < 10] ** 4",
        (A([-1.0, 1e200, 2.0]),),
    ),
    "product_written_over": (
        "np.putmask(y := x * x * x * x, x > 10, 1.0) or y",
        "np.where(x < 10, np.where(x < 10, x, 0.0) ** 4, 1.0)",
        (A([-1.0, 1e200, 2.0]),),
    ),
    "selected_by_index": (
        "np.sqrt(x)[1:]",
        "np.sqrt(x[1:])",
        (A([0.0, 1.0, 2.0]),),
    ),
    "selected_by_max": (
        "np.max(np.sqrt(x))",
        "np.sqrt(np.max(x))",
        (A([0.0, 1.0, 2.0]),),
    ),
}  # fmt: skip


def subjects(module: str, bodies: dict[str, str], counts: dict[str, int]) -> dict[str, Subject]:
    parts = [(f"{module}_{n}", body, list("xyz"[: counts[n]])) for n, body in bodies.items()]
    found = written(module, HEADER, parts)
    return {name: found[f"{module}_{name}"] for name in bodies}


KINKS = subjects(
    "kink", {n: p[0] for n, p in POINTS.items()}, {n: len(p[1]) for n, p in POINTS.items()}
)
COUNTS = {n: len(g[2]) for n, g in GUARDS.items()}
GUARDED = subjects("guarded", {n: g[0] for n, g in GUARDS.items()}, COUNTS)
SAFE = subjects("safe", {n: g[1] for n, g in GUARDS.items()}, COUNTS)
ABSOLUTES = [row for row in ROWS.values() if row.sympy == "Abs" and not row.math]
ABS = subjects_of_rows("absolutes", ABSOLUTES, lambda row: 1)
PRODUCTS = written(
    "products",
    HEADER,  # the weighed subject is half the square: the product itself, and a constant
    [("shifted_product", "np.sqrt(2.0 * (np.prod(x) + 5.0))", ["x"])],
)

# name, body, and a matrix at which there is no derivative, though there is a value
SQUARE, TALL = A([[1.0, 2.0], [2.0, 4.0]]), A([[1.0, 0.0], [0.0, 0.0], [2.0, 0.0]])
NO_DERIVATIVE: dict[str, tuple[str, Any]] = {
    "logarithm": ("np.linalg.slogdet(x)[1]", SQUARE),
    "logarithms": ("np.sum(np.linalg.slogdet(x).logabsdet)", np.stack([SQUARE, np.eye(2)])),
    "factor": ("np.sum(np.linalg.qr(x)[0])", TALL),
    "triangle": ("np.sum(np.linalg.qr(x, mode='r'))", TALL),
    "wide_factors": ("np.sum(np.linalg.qr(x)[1])", np.ones((2, 3))),
    "condition": ("np.linalg.cond(x, 1)", SQUARE),
    "exponential": ("np.sum(scipy.linalg.expm(x))", A([[1.0, np.nan], [0.0, 1.0]])),
    "root": ("np.sum(np.abs(scipy.linalg.sqrtm(x + 0j)))", A([[1.0, np.nan], [0.0, 1.0]])),
    "lower_upper": ("np.sum(scipy.linalg.lu_factor(x)[0])", SQUARE),
}
SINGULAR = written(
    "singular",
    f"{HEADER}import scipy.linalg\n",
    [(n, body, ["x"]) for n, (body, _) in NO_DERIVATIVE.items()]
    + [("determinant", "np.linalg.det(x)", ["x"])],
)

levels = pytest.mark.parametrize("level", [0, 1, 2])


@levels
@pytest.mark.parametrize("name", POINTS)
def test_gradient_at_a_kink(name: str, level: int) -> None:
    _, args, expected = POINTS[name]
    value, pull = pullback.vjp(KINKS[name].function, *args, optimize=level)
    checks.identical(value, KINKS[name].function(*args), name)
    found = pull(np.ones(np.shape(value))[()])
    checks.close(found, expected, f"gradient of {name}", 1e-14)


@levels
@pytest.mark.parametrize("name", POINTS)
def test_tangent_at_a_kink(name: str, level: int) -> None:
    """Forward mode follows the same convention, argument by argument and element by element."""
    _, args, expected = POINTS[name]
    still = tuple(np.zeros(np.shape(a))[()] if np.ndim(a) else 0.0 for a in args)
    for k, gradient in enumerate(expected):
        for place in np.ndindex(np.shape(gradient)):
            moved = np.zeros(np.shape(gradient))
            moved[place] = 1.0
            direction = (*still[:k], moved if moved.ndim else 1.0, *still[k + 1 :])
            _, tangent = pullback.jvp(KINKS[name].function, args, direction, optimize=level)
            partial = np.asarray(gradient)[place]
            reached = np.asarray(tangent)[np.asarray(tangent) != 0]
            if np.isinf(partial):
                assert np.isinf(reached).any(), name
                continue
            found = float(np.sum(reached[np.isfinite(reached)]))
            checks.close(found, float(partial), f"tangent {k} {place} of {name}", 1e-14)


@pytest.mark.parametrize("row", ABSOLUTES, ids=lambda row: row.name)
@pytest.mark.parametrize("zero", [0.0, -0.0, np.zeros(()), np.zeros(2), np.float32(0)], ids=repr)
def test_absolute_value_at_zero(row: Any, zero: Any) -> None:
    function = ABS[row.name].function
    value, pull = pullback.vjp(function, zero)
    (found,) = pull(np.ones(np.shape(value))[()])
    checks.like_argument(found, zero, spelled(row, ["x"]))
    assert np.all(found == 0)
    _, tangent = pullback.jvp(function, (zero,), (zero + 1,))
    assert np.all(tangent == 0)


@pytest.mark.parametrize(
    "name",
    ["std_constant", "std_axis", "std_of_equal", "nanstd_constant", "norm_zero", "sqrt_math"],
)
def test_second_order_at_a_kink(name: str) -> None:
    """All mixes of modes follow one convention, and none raises."""
    with np.errstate(all="ignore"):
        battery.second_order(KINKS[name], POINTS[name][1], name, smooth=False)


HESSIANS = {
    "no_zero": (A([1.0, 2.0, 3.0]), A([[0, 3.0, 2.0], [3.0, 0, 1.0], [2.0, 1.0, 0]])),
    "one_zero": (A([2.0, 0.0, 3.0]), A([[0, 3.0, 0], [3.0, 0, 2.0], [0, 2.0, 0]])),
    "two_zeros": (A([0.0, 0.0, 3.0]), A([[0, 3.0, 0], [3.0, 0, 0], [0, 0, 0]])),
    "all_zeros": (A([0.0, 0.0, 0.0]), np.zeros((3, 3))),
}


@pytest.mark.parametrize("name", HESSIANS)
def test_second_order_of_a_product_with_zeros(name: str) -> None:
    x, hessian = HESSIANS[name]
    subject = PRODUCTS["shifted_product"]
    (found,) = battery.second_order(subject, (x,), name)
    (direction,) = checks.directions(battery.rng_of(name, 3), (x,), (0,))
    checks.close(found, hessian @ direction, name, 1e-9, 1e-9)


@pytest.mark.parametrize("a", [np.diag([2.0, 0.0, 3.0]), np.diag([2.0, 0.0, 0.0]), np.ones((3, 3))])
def test_second_order_of_a_determinant(a: Any) -> None:
    """Which is a polynomial in each element, also where no inverse is there to write it by."""
    found = pullback.hessian(SINGULAR["determinant"].function)(a)
    checks.close(found, _minors(a), "second derivatives of the determinant", 1e-13)


def _minors(a: Any) -> Any:
    """What is left of a determinant without two rows and two columns, 0 where these are one."""
    found = np.zeros((3, 3, 3, 3))
    for i, j, k, l in itertools.product(range(3), repeat=4):
        if i != k and j != l:
            sign = (-1) ** (i + j + k + l) * (1 if (i < k) == (j < l) else -1)
            found[i, j, k, l] = sign * a[3 - i - k, 3 - j - l]
    return found


@pytest.mark.parametrize("name", NO_DERIVATIVE)
def test_no_derivative_is_nan(name: str) -> None:
    """What takes singular matrices, or numbers that are none, has a derivative that does not raise."""
    _, a = NO_DERIVATIVE[name]
    f = SINGULAR[name].function
    with np.errstate(all="ignore"):
        found = [g(a) for g in (pullback.grad(f), pullback.jacfwd(f), pullback.hessian(f))]
    assert all(np.isnan(g).any() for g in found)
    with np.errstate(invalid="raise", divide="ignore"), pytest.raises(FloatingPointError):
        pullback.grad(f)(a)


@levels
@pytest.mark.parametrize("name", GUARDS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_guard_at_first_order(name: str, level: int) -> None:
    """What the guard did not select gives no nan: as if its operand had been guarded as well."""
    args = GUARDS[name][2]
    value, pull = pullback.vjp(GUARDED[name].function, *args, optimize=level)
    plain, reference = pullback.vjp(SAFE[name].function, *args)
    checks.close(value, plain, name)
    cotangent = battery.random_like(battery.rng_of(name), value)
    found = pull(cotangent)
    assert all(np.isfinite(g).all() for g in found)
    checks.close(found, reference(cotangent), f"guarded {name}", 1e-13)


@pytest.mark.parametrize("name", GUARDS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_guard_at_second_order(name: str) -> None:
    """The four mixes agree, without nan, with the function whose operand is guarded as well."""
    args = GUARDS[name][2]
    found = battery.second_order(GUARDED[name], args, name, smooth=False)
    assert all(np.isfinite(g).all() for g in found)
    expected = battery.second_order(SAFE[name], args, name, smooth=False, every_mix=False)
    checks.close(found, expected, f"guarded {name}", 1e-11)


# ---- a wrong row is found

WRONG = written(
    "wrong_rows",
    HEADER,
    [
        ("wrong_sine", "np.sin(x) * y", ["x", "y"]),
        ("wrong_product", "x * y", ["x", "y"]),
        ("wrong_sum", "np.sum(np.exp(x), axis=0)", ["x"]),
        ("wrong_second", "np.cos(x)", ["x"]),
    ],
)


def replace_row(monkeypatch: pytest.MonkeyPatch, name: str, **rules: Any) -> None:
    monkeypatch.setitem(ROWS, name, dataclasses.replace(ROWS[name], **rules))


@pytest.mark.parametrize("mode", ["fwd", "rev"])
def test_wrong_partial_fails_the_checker(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    replace_row(monkeypatch, "sin", partials=lambda x, y: [y])
    args = (A([0.3, 1.1]), A([1.0, 2.0]))
    with pytest.raises(GradientError, match=f"{mode} derivative of wrong_sine in argument 0 is"):
        pullback.check_grads(WRONG["wrong_sine"].function, *args, modes=[mode])


def test_wrong_second_partial_names_the_second_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    replace_row(monkeypatch, "mul", partials=lambda x, y, out: [y, y])
    args = (A([0.3, 1.1]), A([1.0, 2.0]))
    with pytest.raises(GradientError, match="in argument 1 is wrong"):
        pullback.check_grads(WRONG["wrong_product"].function, *args, modes=["rev"])


def test_wrong_transpose_fails_the_checker(monkeypatch: pytest.MonkeyPatch) -> None:
    right = ROWS["sum"].transpose[0]
    replace_row(monkeypatch, "sum", transpose=(lambda g, x, p: right(g, x, p) * 1.001,))
    x = np.arange(6.0).reshape(2, 3) / 3
    pullback.check_grads(WRONG["wrong_sum"].function, x, modes=["fwd"])
    with pytest.raises(GradientError, match="in argument 0 is wrong"):
        pullback.check_grads(WRONG["wrong_sum"].function, x, modes=["rev"])


def test_wrong_second_order_fails_the_checker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that is right itself, but whose partial is made of a wrong one."""
    replace_row(monkeypatch, "sin", partials=lambda x, y: [y])
    pullback.check_grads(WRONG["wrong_second"].function, A([0.3, 1.1]))
    with pytest.raises(GradientError):
        pullback.check_grads(WRONG["wrong_second"].function, A([0.3, 1.1]), order=2)
