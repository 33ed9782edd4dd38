"""Breaks of the rules: partials, conventions at kinks, dtypes, and what complex numbers ask for."""

from __future__ import annotations

from tests.mutation.table import Break, room

TABLE = "tests/rules/test_table.py"
KINKS = "tests/rules/test_kinks.py"
COMPLEX = "tests/rules/test_complex.py"
PROGRAMS = "tests/programs/test_programs.py"

room(
    "rules",
    arctan2_sign=Break(
        "rules/elementwise.py",
        "return [ratio(ratio(x, h), h), -ratio(ratio(y, h), h)]",
        "return [ratio(ratio(x, h), h), ratio(ratio(y, h), h)]",
        "The partial of arctan2 in its second argument has the wrong sign.",
        TABLE, "arctan2",
    ),
    ties_counted_twice=Break(
        "rules/elementwise.py",
        "where(ties, 0.5 * g, 0.0)",
        "where(ties, g, 0.0)",
        "Both arguments of maximum get the whole cotangent where they tie.",
        KINKS, "maximum",
    ),
    extremes_not_shared=Break(
        "rules/reductions.py",
        "return sum_(where(chosen, t, 0.0), **options) / sum_(chosen, **options)",
        "return sum_(where(chosen, t, 0.0), **options)",
        "Elements that are equally large each have the whole derivative of max.",
        KINKS, "max",
    ),
    clip_at_its_bounds=Break(
        "rules/elementwise.py",
        "lambda g: where((x >= low) & (x <= high), g, 0.0)",
        "lambda g: where((x > low) & (x < high), g, 0.0)",
        "At a bound clip has no derivative in its argument.",
        KINKS, "clip",
    ),
    power_at_zero=Break(
        "rules/elementwise.py",
        "return where(y.equals(0), 0.0, y * power(x, y - 1))",
        "return y * power(x, y - 1)",
        "The derivative of x ** y is nan where both are 0.",
        KINKS, "pow",
    ),
    mean_of_all=Break(
        "rules/reductions.py",
        'return spread(divide(g, count(x, p.get("axis"))), x, p)',
        "return spread(divide(g, count(x, None)), x, p)",
        "The cotangent of a mean over one axis is divided by the number of all elements.",
        TABLE, "mean",
    ),
    sort_not_undone=Break(
        "rules/ordering.py",
        'order = xs[0].apply("argsort", **given).apply("argsort", axis=p["axis"], kind=None)',
        'order = xs[0].apply("argsort", **given)',
        "The cotangent of a sorted array is sorted again, not put back.",
        PROGRAMS, "halves_written_and_sorted",
    ),
    deviation_without_ddof=Break(
        "rules/reductions.py",
        'return ratio(sum_(deviation * t, axis, keepdims), (count(x, axis) - p.get("ddof", 0)) * y)',
        "return ratio(sum_(deviation * t, axis, keepdims), count(x, axis) * y)",
        "The derivative of std forgets ddof.",
        TABLE, "std",
    ),
    running_sum_along_another_axis=Break(
        "rules/reductions.py",
        'axis = 0 if p["axis"] is None else p["axis"] % x.ndim\n    backwards',
        "axis = 0\n    backwards",
        "The cotangent of a running sum is turned round along the first axis, whichever it ran along.",
        TABLE, "cumsum",
    ),
    running_product_twice=Break(
        "rules/products.py",
        "y_bar = _moved(t * u_bar, axis, -1)",
        "y_bar = _moved(t * u_bar, axis)",
        "The second derivative of a running product is moved to the wrong side.",
        TABLE, "cumprod",
    ),
    real_part_not_taken=Break(
        "transforms/complex_.py",
        'return b.one("real", g)',
        "return g",
        "The cotangent of a real number that becomes complex is a complex number.",
        COMPLEX,
    ),
    angle_turned=Break(
        "rules/complex_.py",
        "return -(scale * 1j) * ratio(direction(z, size), size)",
        "return scale * 1j * ratio(direction(z, size), size)",
        "The derivative of the angle of a complex number has the wrong sign.",
        COMPLEX, "angle",
    ),
    variance_without_conjugate=Break(
        "rules/reductions.py",
        "deviation = conjugate(x - _mean_along(x, axis, keepdims))\n    return [expand",
        "deviation = x - _mean_along(x, axis, keepdims)\n    return [expand",
        "The derivative of the variance of complex numbers does not conjugate.",
        COMPLEX, "var",
    ),
)
