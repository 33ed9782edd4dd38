"""Functions with a rule of the user's that cannot be taken."""

import numpy as np

from pullback import custom_jvp, custom_vjp, jvp, linearize, primitive
from tests.programs.registry import refused


def vector(rng, n):
    return (rng.normal(size=n),)


@custom_jvp
def without_rule(x):  # refused
    return x * x


@custom_vjp
def ruled_writer(x):  # refused
    x[0] = 1.0
    return x * 2


@custom_vjp
def ruled_pair(x):  # refused
    return x, x


@ruled_writer.defvjp
@ruled_pair.defvjp
def ruled_vjp(g, y, x):
    return g


@custom_vjp
def clipped(x):  # refused
    return x


@clipped.defvjp
def clipped_vjp(g, y, x):
    return np.clip(g, -1.0, 1.0)


@custom_vjp
def shifted(x):  # refused
    return x * 2


@shifted.defvjp
def shifted_vjp(g, y, x):
    return 2 * g + 1e-3 * x


@primitive(returns="x")
def weighed_outside(x, k):
    return np.multiply(x, k)


@weighed_outside.defpartials
def weighed_outside_partials(y, x, k):
    return k, x, y  # refused


@primitive(returns="x")
def summed_outside(x, k):
    return np.multiply(x, k)


@summed_outside.defpartials
def summed_outside_partials(y, x, k):
    return k, np.outer(x, x)  # refused


@primitive(returns="x")
def composed_outside(x):
    return np.multiply(x, 2.0)


@composed_outside.defcomposite
def composed_outside_definition(x):
    return np.sum(2.0 * x)  # refused


@refused("without_rule has no rule yet", "def without_rule(x):", vector,
         hint="give it one: without_rule.defjvp(rule)", inside=without_rule)  # fmt: skip
def rule_that_is_missing(x):
    return np.sum(without_rule(x))


@refused("ruled_writer, which has a rule of its own, writes", "def ruled_writer(x):", vector,
         hint="make new arrays", inside=ruled_writer)  # fmt: skip
def ruled_function_that_writes(x):
    return np.sum(ruled_writer(x))


@refused("ruled_pair, which has a rule of its own, gives no number", "def ruled_pair(x):", vector,
         hint="return one", inside=ruled_pair)  # fmt: skip
def ruled_function_of_two_results(x):
    return np.sum(ruled_pair(x)[0])


@refused("the rule of clipped is not linear in the cotangent", "def clipped(x):", vector,
         hint="use reverse mode", inside=clipped)  # fmt: skip
def tangent_through_a_rule_that_clips(x):
    return jvp(lambda v: np.sum(clipped(v)), (x,), (x,))[1]


@refused("the rule of shifted is not linear in the cotangent", "def shifted(x):", vector,
         hint="use reverse mode", inside=shifted)  # fmt: skip
def tangent_through_a_rule_that_adds(x):
    return linearize(lambda v: np.sum(shifted(v)), x)[1](x)


@refused("custom_jvp is called where a function is differentiated", "custom_jvp(lambda v: v * 2)",
         vector, hint="call it outside")  # fmt: skip
def rule_given_inside(x):
    return np.sum(custom_jvp(lambda v: v * 2)(x))  # refused


ordered = primitive(np.sort, returns=0)


@ordered.defvjp
def ordered_vjp(g, y, x, axis):
    return g, None


@primitive(returns="x")
def scaled(x, factor):
    return np.multiply(x, factor)


@scaled.defvjp
def scaled_vjp(g, y, x, factor):  # refused
    return np.sum(g) * factor, np.sum(g * x)


@custom_jvp
def doubled(x):
    return 2 * x


@doubled.defjvp
def doubled_jvp(tangents, y, x):  # refused
    return 2j * tangents[0]


@refused("the rule of sort is for 2 arguments, and sort is given 1", "ordered(x)", vector,
         hint="a parameter for each argument")  # fmt: skip
def rule_of_too_many_arguments(x):
    return np.sum(ordered(x))  # refused


@refused("the rule of scaled gives np.float64 as the cotangent of argument 0, which is float64[:]",
         "def scaled_vjp(g, y, x, factor):", vector, hint="np.zeros_like(x)",
         inside=scaled_vjp)  # fmt: skip
def rule_of_another_shape(x):
    return np.sum(scaled(x, 2.0))


@refused("the rule of doubled gives complex128[:] as the tangent of the result",
         "def doubled_jvp(tangents, y, x):", vector, hint="in that form",
         inside=doubled_jvp)  # fmt: skip
def rule_of_complex_tangents(x):
    return np.sum(doubled(x))


@refused("scaled is given 1 arguments, and takes x, factor", "scaled(x)", vector, hint="by position")
def primitive_of_too_few_arguments(x):
    return np.sum(scaled(x))  # refused


@refused("weighed_outside has to return 2 partial derivatives", "return k, x, y", vector,
         hint="in this order", inside=weighed_outside_partials)  # fmt: skip
def rule_of_three_partials(x):
    return np.sum(weighed_outside(x, x))


@refused("as a partial derivative of the result, which is float64[:]", "return k, np.outer(x, x)",
         vector, hint="in that form and shape", inside=summed_outside_partials)  # fmt: skip
def rule_of_a_matrix_of_partials(x):
    return np.sum(summed_outside(x, x))


@refused("gives np.float64 as the tangent of the result", "return np.sum(2.0 * x)", vector,
         hint="in that form and shape", inside=composed_outside_definition)  # fmt: skip
def definition_of_a_sum(x):
    return np.sum(composed_outside(x))
