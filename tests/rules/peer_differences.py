"""Where autograd and JAX give another derivative than pullback, or compute something else, and why.

Names are those of the calls that ``tests/rules/peers.py`` makes, of real or of complex numbers. That a
derivative is as pullback has it is told by central differences, which all of these calls are held
against, where it is no convention.
"""

from __future__ import annotations

from typing import NamedTuple


class Difference(NamedTuple):
    why: str
    calls: str


PEERS = ("autograd", "JAX")
# Rows of which a peer takes a call, calls that it takes, and of these how many agree, have another
# derivative, and another value.
COUNTS = {"autograd": (173, 550, 516, 32, 2), "JAX": (320, 923, 896, 12, 15)}
# Special points that a peer takes, and at how many of them it agrees.
POINTS = {"autograd": (49, 31), "JAX": (66, 44)}

WRONG_BRANCH = Difference(
    "complex `arccosh`: the root of `x**2 - 1`, on another branch where x has a negative real part",
    "arccosh",
)
# By peer: where the derivative is another one.
DIFFERENT = {
    "autograd": [
        WRONG_BRANCH,
        Difference("`x.astype(int)` passes cotangents on, though it is a step", "astype_integers"),
        Difference("`np.full` and `np.full_like`: the value gets the cotangent of one element",
                   "full_rows full_like_vector"),
        Difference("`np.tile` sums over the wrong axis", "tile_last"),
        Difference("`np.diag` is taken for that of a square matrix, on its diagonal",
                   "diag_below diag_of_wide"),
        Difference("`np.linalg.norm`: along an axis of another shape, of order inf nan",
                   "norm_rows norm_largest"),
        Difference("`np.linalg.solve` of stacks: of another shape, or wrong",
                   "solve_stack_of_one_vector solve_one_of_many"),
        Difference("complex `slogdet` and `cholesky` conjugate otherwise",
                   "slogdet_matrix cholesky_stack"),
        Difference("`np.cross` of operands that are broadcast",
                   "cross_broadcast cross_of_columns_and_vector"),
        Difference("reductions do not look at `where=`",
                   "sum_of_doubles mean_of_some var_of_some std_of_some"),
        Difference("a convention: `cholesky` as if both triangles counted, NumPy reads one",
                   "cholesky_lower"),
        Difference("`scipy.stats.dirichlet.pdf` of several points", "scipy.stats.dirichlet_0"),
    ],
    "JAX": [
        WRONG_BRANCH,
        Difference("`x.item()` is a constant", "item_of_array item_of_number items_at_places"),
        Difference("`np.arange` is constant in its start and step", "arange_of_start_and_step"),
        Difference("`np.unique` is a constant", "unique_of_matrix unique_with_places"),
        Difference("nan outside of the support of `scipy.stats.gamma`", "scipy.stats.gamma_0"),
        Difference("a convention: `cholesky` as if both triangles counted, SciPy reads one",
                   "scipy.linalg.cholesky_0"),
    ],
}  # fmt: skip

# What is not the same function with their NumPy: the values differ.
OTHER_VALUES = {
    "autograd": [
        Difference("parts of an array are no views of it", "vsplit_written"),
    ],
    "JAX": [
        Difference("parts of an array are no views of it", "vsplit_written"),
        Difference("`cholesky`, `eigh` and `eigvalsh` take the mean of both triangles, NumPy reads one",
                   "cholesky_lower eigh_of_matrix eigvalsh_of_stack"),
        Difference("`scipy.linalg.cho_factor` and `eigh` likewise",
                   "scipy.linalg.cho_factor_0 scipy.linalg.eigh_0"),
        Difference("`np.logspace` takes the real part of a complex base", "linspace_and_step"),
        Difference("eigenvalues of real matrices are complex also where all are real",
                   "eigvals_of_real_matrices"),
        Difference("`np.partition` leaves another order", "partition_vector"),
        Difference("`x.sum(initial=y)` leaves y out", "sum_of_some"),
        Difference("`np.trim_zeros` takes complex numbers without a real part for zeros",
                   "trim_zeros_of_nothing"),
    ],
}  # fmt: skip

# Special points of ``test_kinks`` where their convention is another one, or none.
CONVENTIONS = {
    "autograd": [
        Difference("nan for `std` and norms where ours is 0",
                   "std_constant std_zeros std_axis std_of_equal norm_zero norm_zero_row norm_three"),
        Difference("nan for `hypot` and `arctan2` at the origin, ours is 0",
                   "hypot_origin arctan2_origin arctan2_tiny"),
        Difference("nan for `sinc` at 0", "sinc_zero"),
        Difference("nan for products with a factor of 0", "prod_zero prod_zeros prod_axis"),
        Difference("nan behind a guard that is 0", "root_of_positive_part"),
        Difference("nan for the norm of order inf at ties", "norm_largest"),
        Difference("0 for `clip` at a bound, ours is 1", "clip_number"),
        Difference("1 for `max` where it ties with `initial`, ours is half", "max_of_initial"),
    ],
    "JAX": [
        Difference("nan for `std` and norms where ours is 0",
                   "std_constant std_zeros std_one std_axis std_of_equal nanstd_constant norm_zero "
                   "norm_zero_row norm_three"),
        Difference("half for `hypot`, nan for `arctan2` at the origin, ours is 0; nan near it",
                   "hypot_origin hypot_tiny arctan2_origin arctan2_tiny"),
        Difference("nan for `x ** 0.0` at 0, ours is 0",
                   "power_zero power_zero_number power_zeros power_numbers"),
        Difference("nan behind a guard that is 0", "root_of_positive_part"),
        Difference("half for `clip` at a bound, ours is 1", "clip_bounds clip_number"),
        Difference("1 for the norm of order 1 at 0, ours is 0", "norm_one"),
        Difference("1 in one argument of `fmax` at ties, ours is half in each", "fmax_tie"),
    ],
}  # fmt: skip
