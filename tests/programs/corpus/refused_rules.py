"""Calls of functions that have a row, but not for these arguments."""

import json
import math
from decimal import Decimal

import numpy as np
import scipy.linalg
import scipy.special

from pullback import primitive
from tests.programs.registry import refused


def vector(rng, n):
    return (rng.normal(size=n),)


def matrix(rng, n):
    return (rng.normal(size=(n, n)),)


@refused("there is no norm of order 'largest'", 'np.linalg.norm(x, "largest")', matrix,
         hint="give a number")  # fmt: skip
def norm_of_unknown_order(x):
    return np.linalg.norm(x, "largest")  # refused


@refused("this way of padding has no rule", 'np.pad(x, 1, "empty")', vector,
         hint="concatenate the borders")  # fmt: skip
def padding_with_anything(x):
    return np.sum(np.pad(x, 1, "empty")[1:-1] ** 2)  # refused


@refused("there is no mode 'around'", 'np.take(x, 5, mode="around")', vector, hint="'raise', 'wrap'")
def places_in_an_unknown_mode(x):
    return np.take(x, 5, mode="around")  # refused


@refused("split cannot take float64", "np.split(x, len(x) // 2)", vector,
         hint="give the places to split at")  # fmt: skip
def computed_number_of_parts(x):
    return np.sum(np.split(x, len(x) // 2)[0])  # refused


@refused("squeeze cannot take float64", "np.squeeze(x[1:])", vector,
         hint="name the axis")  # fmt: skip
def squeeze_of_unknown_size(x):
    return np.sum(np.squeeze(x[1:]))  # refused


@refused("an argument such as axis must be a constant", "np.roll(x, 1, axis=n)",
         lambda rng, n: (rng.normal(size=n), 0), hint="write the number itself")  # fmt: skip
def computed_axis(x, n):
    return np.sum(np.roll(x, 1, axis=n))  # refused


@refused("einsum cannot take float64", 'np.einsum("ij,j->i", x, x)', vector,
         hint="a letter for each axis")  # fmt: skip
def subscripts_that_do_not_fit(x):
    return np.sum(np.einsum("ij,j->i", x, x))  # refused


@refused("np.clip is not supported with a_max=None", "np.clip(x, None, None)", vector,
         hint="give it a bound")  # fmt: skip
def clip_without_bounds(x):
    return np.sum(np.clip(x, None, None))  # refused


@refused("order 'A' asks for the layout in memory", 'x.ravel("A")', matrix, hint="order='C'")
def order_in_memory(x):
    return np.sum(x.ravel("A"))  # refused


@refused("the arrays of a list that grows are joined along an axis",
         "np.concatenate(rows, axis=None)", matrix, hint="append ravelled arrays")  # fmt: skip
def growing_list_joined_flat(x):
    rows = []
    for i in range(len(x)):
        rows.append(x[i])
    return np.sum(np.concatenate(rows, axis=None))  # refused


@refused("np.median is not supported with argument 'overwrite_input'",
         "np.median(x, overwrite_input=True)", vector, hint="leave it out")  # fmt: skip
def median_that_overwrites(x):
    return np.median(x, overwrite_input=True)  # refused


@refused("it takes real weights", "np.cov(x, aweights=x[0] + 1j)", matrix, hint="w.real")
def complex_weights(x):
    return np.sum(np.cov(x, aweights=x[0] + 1j).real)  # refused


# ---- arguments that do not fit


@refused("'decimal' is no dtype", "np.zeros(2, dtype=kind)", lambda rng, n: (1.5, "decimal"),
         hint="write np.float64")  # fmt: skip
def dtype_of_no_such_name(x, kind):
    return np.sum(np.zeros(2, dtype=kind)) + x  # refused


@refused("np.stack needs a list or tuple of arrays", "np.stack(x)", vector,
         hint="put them into a list: np.stack([a, b])")  # fmt: skip
def stack_of_one_array(x):
    return np.sum(np.stack(x))  # refused


@refused("np.cumsum cannot take float: it needs an array", "np.cumsum(x)", lambda rng, n: (1.5,),
         hint="np.array([x])")  # fmt: skip
def running_sum_of_a_number(x):
    return np.cumsum(x)[0]  # refused


@refused("np.tensordot cannot take float, float64[:]: it needs arrays", "np.tensordot(2.0, x, 0)",
         vector, hint="write * for products with numbers")  # fmt: skip
def tensordot_with_a_number(x):
    return np.sum(np.tensordot(2.0, x, 0))  # refused


@refused("it needs arrays of one dimension or more", "2.0 @ x", vector,
         hint="write * for products with numbers")  # fmt: skip
def matmul_with_a_number(x):
    return np.sum(2.0 @ x)  # refused


@refused("np.cumulative_sum cannot take float64[:, :]: it needs an axis", "np.cumulative_sum(x)", matrix,
         hint="ravel the array first")  # fmt: skip
def running_sum_without_an_axis(x):
    return np.sum(np.cumulative_sum(x))  # refused


@refused("not solved for the kind of matrix 'banded'", 'scipy.linalg.solve(x, x[0], assume_a="banded")',
         matrix, hint="leave assume_a out")  # fmt: skip
def kind_of_matrix(x):
    return np.sum(scipy.linalg.solve(x, x[0], assume_a="banded"))  # refused


@refused("np.polyval cannot take float64[:, :], float: it needs vectors", "np.polyval(x, 2.0)", matrix,
         hint="ravel them first")  # fmt: skip
def polynomials_in_a_matrix(x):
    return np.sum(np.polyval(x, 2.0))  # refused


@refused("it needs arrays of vectors of three numbers", "np.cross(x, x)", lambda rng, n: (1.5,),
         hint="np.array([x, y, z])")  # fmt: skip
def cross_of_numbers(x):
    return np.sum(np.cross(x, x))  # refused


@refused("it needs a matrix, or a stack of matrices", "np.tril(x)", vector, hint="with reshape")
def triangle_of_a_vector(x):
    return np.sum(np.tril(x))  # refused


@refused("it needs a vector or a matrix on the right", "np.linalg.solve(x, 1.0)", matrix,
         hint="np.full(len(a), b)")  # fmt: skip
def solve_for_a_number(x):
    return np.sum(np.linalg.solve(x, 1.0))  # refused


def stack(rng, n):
    return (rng.normal(size=(2, 3, 3)),)


@refused("it needs a vector or a matrix", "np.diag(x)", stack, hint="np.diagonal(x")
def diagonals_of_a_stack(x):
    return np.sum(np.diag(x))  # refused


@refused("its two axes are one", "np.trace(x, axis1=1)", stack, hint="axis1=0, axis2=1")
def diagonal_of_one_axis(x):
    return np.sum(np.trace(x, axis1=1))  # refused


@refused("a norm of order 1 is one of vectors or matrices", "np.linalg.norm(x[:, None, None], 1)",
         vector, hint="axis=(-2, -1)")  # fmt: skip
def norm_of_stack(x):
    return np.linalg.norm(x[:, None, None], 1)  # refused


@refused("2 numbers of points are given for 1 axes", "np.fft.fftn(x, s=(2, 3), axes=(0,))", vector,
         hint="one for each axis")  # fmt: skip
def points_for_other_axes(x):
    return np.sum(np.abs(np.fft.fftn(x, s=(2, 3), axes=(0,))))  # refused


@refused("np.put_along_axis needs an axis", "np.put_along_axis(y, np.array([0]), 1.0, None)", matrix,
         hint="np.arange(len(x))")  # fmt: skip
def places_without_axis(x):
    y = x.copy()
    np.put_along_axis(y, np.array([0]), 1.0, None)  # refused
    return np.sum(y)


@refused("takes the dtype from the first result", "np.apply_along_axis(lambda v: 1.0, 0, x)", matrix,
         hint="np.float64(...)")  # fmt: skip
def results_of_python(x):
    return np.sum(np.apply_along_axis(lambda v: 1.0, 0, x) * x)  # refused


@refused("np.piecewise needs an array with axes, not float", "np.piecewise(x, [True], [np.sin])",
         lambda rng, n: (1.5,), hint="call the function itself")  # fmt: skip
def piece_of_a_number(x):
    return np.sum(np.piecewise(x, [True], [np.sin]))  # refused


@refused("a function or number for each condition", "np.piecewise(x, [x > 0], [1.0, 2.0, 3.0])", vector,
         hint="in lists")  # fmt: skip
def pieces_without_conditions(x):
    return np.sum(np.piecewise(x, [x > 0], [1.0, 2.0, 3.0]))  # refused


@refused("np.vectorize is called with arguments that are not supported",
         'np.vectorize(np.sum, signature="(n)->()")', vector, hint="write a loop over rows")  # fmt: skip
def vectorized_over_rows(x):
    return np.sum(np.vectorize(np.sum, signature="(n)->()")(np.stack([x, x])))  # refused


@refused("makes what gives arrays of objects", "np.frompyfunc(abs, 1, 1)", vector,
         hint="write np.vectorize(f, otypes=[float])")  # fmt: skip
def arrays_of_objects(x):
    return np.sum(np.frompyfunc(abs, 1, 1)(x))  # refused


@refused("1 sizes of windows for 2 axes", "np.lib.stride_tricks.sliding_window_view(x, 2)", matrix,
         hint="give a size for each axis, or name the axes")  # fmt: skip
def windows_of_no_axis(x):
    return np.sum(np.lib.stride_tricks.sliding_window_view(x, 2))  # refused


@refused("it compares whole rows", "np.unique(x, axis=0)", matrix, hint="ravel the array")
def unlike_rows(x):
    return np.sum(np.unique(x, axis=0))  # refused


@refused("an array of counts needs an axis", "np.repeat(x, counts)",
         lambda rng, n: (rng.normal(size=(2, 2)), np.array([1, 2, 1, 2])),
         hint="ravel the array first", any_mode=False)  # fmt: skip
def counts_without_an_axis(x, counts):
    return np.sum(np.repeat(x, counts))  # refused


@refused("widths are an integer, a pair, or a pair for each axis", "np.pad(x, (1, 2, 3))", vector,
         hint="write ((before, after), ...)")  # fmt: skip
def three_widths(x):
    return np.sum(np.pad(x, (1, 2, 3)))  # refused


@refused("2 pairs of widths for 1 axes", "np.pad(x, ((1, 1), (2, 2)))", vector,
         hint="one for each axis")  # fmt: skip
def too_many_pairs_of_widths(x):
    return np.sum(np.pad(x, ((1, 1), (2, 2))))  # refused


@refused("it needs an axis, and as many dimensions in both arrays",
         "np.take_along_axis(x, places, 0)", lambda rng, n: (rng.normal(size=(2, 2)), np.array([1, 0])),
         hint="index the array instead", any_mode=False)  # fmt: skip
def fewer_dimensions_in_the_places(x, places):
    return np.sum(np.take_along_axis(x, places, 0))  # refused


@refused("numbers of Python have no astype", "x.astype(int)", lambda rng, n: (1.5,),
         hint="write float(x) or int(x)")  # fmt: skip
def astype_of_a_number(x):
    return x * x.astype(int)  # refused


@refused("it has no numbers of this dtype", "x.astype(str)", vector,
         hint="use a dtype of floats")  # fmt: skip
def astype_text(x):
    return np.sum(x) * len(x.astype(str))  # refused


@refused("the subscripts must be a string", "np.einsum(0, x)", vector, hint="write them as letters")
def subscripts_as_numbers(x):
    return np.einsum(0, x)  # refused


@refused("1 terms of subscripts for 2 operands", 'np.einsum("i", x, x)', vector,
         hint="one for each operand")  # fmt: skip
def too_few_terms(x):
    return np.einsum("i", x, x)  # refused


@refused("subscripts are letters", 'np.einsum("1->1", x)', vector, hint="write letters")
def subscripts_of_digits(x):
    return np.sum(np.einsum("1->1", x))  # refused


@refused("a subscript of the result stands in it twice", 'np.einsum("i->ij", x)', vector,
         hint="write each once")  # fmt: skip
def subscript_of_no_operand(x):
    return np.sum(np.einsum("i->ij", x))  # refused


@refused("its axes are no order of 1 axes", "np.transpose(x, (0, 0))", vector,
         hint="name each axis once")  # fmt: skip
def transposed_twice_by_an_axis(x):
    return np.sum(np.transpose(x, (0, 0)))  # refused


@refused("its axes are no order of 3 axes", "np.transpose(x, (1, 0))",
         lambda rng, n: (rng.normal(size=(2, 3, 4)),), hint="name each axis once")  # fmt: skip
def transposed_by_too_few_axes(x):
    return np.sum(np.transpose(x, (1, 0)))  # refused


@refused("its axes are no order of 2 axes", "np.moveaxis(x, (0, 1), (0, 0))", matrix,
         hint="name each axis once")  # fmt: skip
def axes_moved_to_one_place(x):
    return np.sum(np.moveaxis(x, (0, 1), (0, 0)))  # refused


@refused("np.transpose cannot take float64[:]: axis 1 is out of bounds", "np.transpose(x, (0, 1))",
         vector, hint="whose shapes and dtypes fit")  # fmt: skip
def transposed_by_an_axis_that_is_not_there(x):
    return np.sum(np.transpose(x, (0, 1)))  # refused


@refused("np.sum cannot take axis='rows'", 'np.sum(x, axis="rows")', matrix,
         hint="the documentation of NumPy")  # fmt: skip
def axis_by_a_name(x):
    return np.sum(np.sum(x, axis="rows"))  # refused


@refused("np.sum is not supported with argument 1 more", "np.sum(x, 0, np.float32)", matrix,
         hint="leave it out")  # fmt: skip
def dtype_by_position(x):
    """``keepdims`` is not the third argument of ``np.sum``."""
    return np.sum(np.sum(x, 0, np.float32))  # refused


@refused("its counts or indices must be integers", "np.take(x, x[0])", vector,
         hint="convert them, with int()")  # fmt: skip
def taken_by_floats(x):
    return np.take(x, x[0])  # refused


@refused("np.sum cannot take float64[:, :]: an axis is given twice", "np.sum(x, axis=(0, 0))", matrix,
         hint="give each axis once")  # fmt: skip
def axis_given_twice(x):
    return np.sum(x, axis=(0, 0))  # refused


@refused("float where an integer is needed", "np.zeros(x)", lambda rng, n: (1.5,),
         hint="give an integer")  # fmt: skip
def zeros_of_a_float(x):
    return x + np.sum(np.zeros(x))  # refused


@refused("np.sin is not supported with argument 1 more", "np.sin(x, y, x)", vector, hint="leave it out")
def more_arguments_than_there_are(x):
    y = np.zeros(len(x))
    np.sin(x, y, x)  # refused
    return np.sum(y)


@refused("math.modf cannot take float64[:]: it takes a number", "math.modf(x)", vector,
         hint="of the elements")  # fmt: skip
def parts_of_an_array(x):
    return math.modf(x)[0]  # refused


@refused("scipy.special.ellipk has no rule, and what is differentiated reaches it",
         "scipy.special.ellipk(x)", lambda rng, n: (rng.uniform(0.2, 0.8, n),),
         hint="give it one with pullback.primitive")  # fmt: skip
def ufunc_without_rule(x):
    return np.sum(scipy.special.ellipk(x))  # refused


@refused("Decimal does not tell the kind of what is given", "Decimal", vector, hint="write float, int")
def annotation_of_no_kind(x):
    scale: Decimal = json.loads("3.0")  # refused
    return np.sum(x * scale)


sorted_copy = primitive(np.sort)
doubled = primitive(lambda x: 2 * x, returns=0)
written = primitive(lambda x: 2 * x, returns=0)
halved = primitive(lambda x, y: x / 2, returns=0)


@doubled.defvjp
def doubled_vjp(g, y, x):
    return 2 * g


@written.defvjp
def written_vjp(g, y, x):  # refused
    g *= 2
    return g


@halved.defvjp
def halved_vjp(g, y, x, z):  # refused
    return g / 2


@refused("and is given arguments by name", "doubled(x=x)", vector, hint="by position")
def primitive_by_name(x):
    return np.sum(doubled(x=x))  # refused


@refused("has a rule of its own, and is given a container", "doubled([x, x])", vector, hint="arrays")
def primitive_of_a_list(x):
    return np.sum(doubled([x, x]))  # refused


@refused("what sort gives is not told", "sorted_copy(x)", vector, hint="annotate its result")
def primitive_of_unknown_kind(x):
    return np.sum(sorted_copy(x))  # refused


@refused("writes to its arguments", "def written_vjp(g, y, x):", vector, hint="make new arrays",
         inside=written_vjp)  # fmt: skip
def rule_that_writes(x):
    return np.sum(written(x))


@refused("has to return 2 cotangents, one for each argument", "def halved_vjp(g, y, x, z):", vector,
         hint="return it", inside=halved_vjp)  # fmt: skip
def rule_that_returns_too_few(x):
    return np.sum(halved(x, 3.0))


@refused("json.dumps cannot be differentiated: ", "json.dumps([x[0], 2.0])", vector,
         hint="give it one with pullback.primitive")  # fmt: skip
def function_of_the_library(x):
    return x[0] * len(json.dumps([x[0], 2.0]))  # refused


@refused("weights in the shape of the array", "np.average(x, weights=x[0, :2])", matrix,
         hint="broadcast them first")  # fmt: skip
def weights_of_another_shape(x):
    return np.average(x, weights=x[0, :2])  # refused


@refused("weights in the shape of the array", "np.average(x, axis=(1, 0), weights=x.T)", matrix,
         hint="broadcast them first")  # fmt: skip
def weights_along_axes_in_another_order(x):
    return np.average(x, axis=(1, 0), weights=x.T)  # refused


@refused("there is no method 'between'", 'np.quantile(x, 0.3, method="between")', vector,
         hint="'linear'")  # fmt: skip
def quantile_of_unknown_method(x):
    return np.quantile(x, 0.3, method="between")  # refused


@refused("one spacing, or one for each of 1 axes", "np.gradient(x, 0.5, 2.0)", vector,
         hint="give numbers")  # fmt: skip
def spacings_without_axes(x):
    return np.sum(np.gradient(x, 0.5, 2.0))  # refused


@refused("complex numbers have no order", "np.interp(x * 1j, x, x)", vector,
         hint="interpolate over real numbers")  # fmt: skip
def interpolated_at_complex(x):
    return np.sum(np.interp(x * 1j, x, x)).real  # refused


@refused("the mode 'half' is none of", 'np.convolve(x, x, mode="half")', vector,
         hint="give one of these")  # fmt: skip
def convolved_by_half(x):
    return np.sum(np.convolve(x, x, mode="half"))  # refused


@refused("it puts values in at one place", "np.insert(x, [[0, 1]], x[:2])", vector,
         hint="ravel the places")  # fmt: skip
def inserted_at_a_matrix_of_places(x):
    return np.sum(np.insert(x, [[0, 1]], x[:2]) ** 2)  # refused


@refused("a list of choices, and one for each condition", "np.select([x > 0, x < 0], [x])", vector,
         hint="nested calls of np.where")  # fmt: skip
def conditions_without_choices(x):
    return np.sum(np.select([x > 0, x < 0], [x]))  # refused


@refused("its lists are not nested to one depth", "np.block([[x, x], x])", vector,
         hint="into as many lists")  # fmt: skip
def blocks_of_two_depths(x):
    return np.sum(np.block([[x, x], x]))  # refused


@refused("it takes differences once or more", "np.diff(x, -1)", vector, hint="leave the call out")
def differences_taken_back(x):
    return np.sum(np.diff(x, -1))  # refused


@refused("no triangle is named by UPLO='X'", 'np.linalg.eigvalsh(x, "X")', matrix, hint="'L' or 'U'")
def eigenvalues_of_no_triangle(x):
    return np.sum(np.linalg.eigvalsh(x, "X"))  # refused


@refused("vectors that belong to no singular value have no derivative",
         "np.linalg.svd(np.reshape(x[:4, :3], (6, 2)))", lambda rng, n: (rng.normal(size=(4, 3)),),
         hint="write full_matrices=False")  # fmt: skip
def full_singular_vectors(x):
    return np.sum(np.linalg.svd(np.reshape(x[:4, :3], (6, 2)))[0])  # refused


@refused("the mode 'raw' has no rule", 'np.linalg.qr(x, "raw")', matrix,
         hint="leave it out")  # fmt: skip
def raw_qr(x):
    return np.sum(np.linalg.qr(x, "raw")[1])  # refused


@refused("np.sum is not supported with argument 'x'", "np.sum(x=x)", vector, hint="its name is 'a'")
def sum_by_another_name(x):
    return np.sum(x=x)  # refused


@refused("np.exp is not supported with argument 'x'", "np.exp(x=x)", vector, hint="by position")
def by_a_name_that_it_has_not(x):
    return np.sum(np.exp(x=x))  # refused


@refused("np.stack cannot take no arrays: it needs at least one array", "np.stack([])", vector,
         hint="fit")  # fmt: skip
def stack_of_nothing(x):
    return np.sum(np.stack([])) * x[0]  # refused


@refused("they have different numbers of dimensions", "np.array([[x[0], [x[1]]]])", vector, hint="fit")
def array_of_numbers_and_lists(x):
    return np.sum(np.array([[x[0], [x[1]]]]))  # refused
