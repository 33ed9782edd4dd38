"""Derivatives inside of functions, results without gradients, and the Numba backend."""

import numpy as np
import scipy.special

from pullback import checkpoint, grad, jacobian, jvp, linearize, split, vjp
from tests.programs.registry import refused


def number(rng, n):
    return (1.5,)


def vector(rng, n):
    return (rng.normal(size=n),)


@refused("the result of words is a tuple, which has no gradient", "def words(x):", number,
         hint="; of a tuple there are jacobian, vjp and jvp", any_mode=False)  # fmt: skip
def words(x):  # refused
    return x, 2 * x


@refused("the result of word is str 'a', which has no gradient", "def word(x):", number,
         hint="return a real number", any_mode=False)  # fmt: skip
def word(x):  # refused
    return "a"


@refused("the result of forgotten is None, which has no gradient", "def forgotten(x):", number,
         hint="return a real number", any_mode=False)  # fmt: skip
def forgotten(x):  # refused
    y = 2 * x


@refused("the result of rounded is int, which has no gradient", "def rounded(x):", number,
         hint="what is whole changes in steps only", any_mode=False)  # fmt: skip
def rounded(x):  # refused
    return int(x)


@refused("a Jacobian is of numbers and arrays, and <lambda> has str 'a' here",
         'jacobian(lambda y: "a")(x)', number, hint="return floats, or arrays of floats")  # fmt: skip
def jacobian_of_a_word(x):
    return len(jacobian(lambda y: "a")(x)) * x  # refused


@refused("np.nextafter is not differentiable in its argument", "np.nextafter(x, 2.0)", number,
         hint="write x itself")  # fmt: skip
def neighbour_of_a_number(x):
    return np.nextafter(x, 2.0)  # refused


@refused("scipy.special.jv has no derivative in its argument n", "scipy.special.jv(x, 2.0)", number,
         hint="keep it fixed")  # fmt: skip
def order_of_a_bessel_function(x):
    return scipy.special.jv(x, 2.0)  # refused


@refused("argnums names no argument", "grad(np.sin, ())(x)", number, hint="counted from 0")
def no_argument_named(x):
    return grad(np.sin, ())(x)  # refused


@refused("has no argument 1 to differentiate", "grad(np.sin, 1)(x)", number, hint="counted from 0")
def argument_that_is_not_there(x):
    return grad(np.sin, 1)(x)  # refused


@refused("grad needs a function", "grad()", number, hint="write grad(f)(x)")
def gradient_of_nothing(x):
    return grad()(x)  # refused


@refused("grad has no parameter 'allow_int'", "grad(np.sin, allow_int=True)", number,
         hint="argnums and has_aux only")  # fmt: skip
def unknown_option(x):
    return grad(np.sin, allow_int=True)(x)  # refused


@checkpoint
def _pair(x):
    yield x
    yield x * x


@refused("_pair is a generator, which cannot be checkpointed", "_pair(x)", number, hint="for each item")
def generator_again(x):
    total = 0.0
    for v in _pair(x):  # refused
        total += v
    return total


@refused("checkpoint of grad is no whole number from 1", "grad(np.sum, checkpoint=0)", number,
         hint="as in grad(f, checkpoint=100)")  # fmt: skip
def no_snapshots(x):
    return grad(np.sum, checkpoint=0)(x)  # refused


@refused("checkpoint takes a function, and nothing else", "checkpoint(np.sin, 3)", number,
         hint="write checkpoint(f)(x)")  # fmt: skip
def region_with_options(x):
    return checkpoint(np.sin, 3)(x)  # refused


@checkpoint
def _walk(x):
    rng = np.random.default_rng(11)
    while rng.random() < 0.8:  # refused
        x = x * 0.5
    return x


@refused("an effect in the condition of a loop of a function that is checkpointed",
         "while rng.random() < 0.8:", number, hint="put it outside", inside=_walk,
         any_mode=False)  # fmt: skip
def draws_in_a_condition_again(x):
    return _walk(x)


@checkpoint
def _attempt(x):
    rng = np.random.default_rng(11)
    try:  # refused
        y = x * rng.random()
        if y > 100.0:
            raise ValueError
    except ValueError:
        y = x
    return y


@refused("an effect inside of try of a function that is checkpointed", "try:", number,
         hint="put it outside", inside=_attempt, any_mode=False)  # fmt: skip
def draws_in_a_try_again(x):
    return _attempt(x)


@refused("sin_backward takes 1 cotangent", "pull(x, x)", number, hint="give it one for each")
def cotangents_too_many(x):
    _, pull = vjp(np.sin, x)
    return pull(x, x)[0]  # refused


@refused("a cotangent that is a tuple for a value that is float64[:]", "pull((x, x))", vector,
         hint="np.ones_like(y)")  # fmt: skip
def cotangent_of_another_form(x):
    _, pull = vjp(np.sin, x)
    return np.sum(pull((x, x))[0])  # refused


@refused("a tangent other than 0 for a value that is int", "jvp(scaled_by, (p,), (p,))", number,
         hint="make that a float")  # fmt: skip
def tangent_of_a_whole_number(x):
    def scaled_by(p):
        return p["n"] * p["x"]

    p = {"n": 2, "x": x}
    return jvp(scaled_by, (p,), (p,))[1]  # refused


@refused("a tangent that is np.float64 for a value that is float64[:]", "jvp(np.sin, (x,), (x[0],))",
         vector, hint="np.ones_like(y)")  # fmt: skip
def tangent_of_another_shape(x):
    return np.sum(jvp(np.sin, (x,), (x[0],))[1])  # refused


@refused("keywords of linearize is float, where it takes a dict",
         "linearize(np.sin, x, keywords=x)", number, hint='write keywords={"name": value}')  # fmt: skip
def keywords_that_are_none(x):
    return linearize(np.sin, x, keywords=x)[0]  # refused


@refused("cos_backward takes residuals of the forward function that it was made with, not a function",
         "backward(residuals, x)", number, hint="of one split(f)")  # fmt: skip
def residuals_of_another_function(x):
    forward, _ = split(np.sin)
    _, backward = split(np.cos)
    _, residuals = forward(x)
    return backward(residuals, x)[0]  # refused


@refused("sin returns np.float64, where has_aux needs a pair", "grad(np.sin, has_aux=True)(x)", number,
         hint="return value, aux")  # fmt: skip
def aux_without_a_pair(x):
    return grad(np.sin, has_aux=True)(x)  # refused


@refused("float cannot be differentiated", "grad(x)(x)", number, hint="give it a function")
def gradient_of_a_number(x):
    return grad(x)(x)  # refused


@refused("jvp takes a function, a tuple of arguments", "jvp(np.sin, x, 1.0)", number,
         hint="write jvp(f, (x,), (x_dot,))")  # fmt: skip
def jvp_of_numbers(x):
    return jvp(np.sin, x, 1.0)[1]  # refused


@refused("jvp needs a tangent for each argument", "jvp(np.multiply, (x, x), (1.0,))", number,
         hint="None for an argument")  # fmt: skip
def tangent_missing(x):
    return jvp(np.multiply, (x, x), (1.0,))[1]  # refused


# ---- the Numba backend


@refused("the Numba backend cannot take 'np.fft.fft': it has no Fourier transforms", "np.fft.fft(x)",
         lambda rng, n: (rng.normal(size=n),), hint="leave out backend", any_mode=False,
         options={"backend": "numba"})  # fmt: skip
def transform_in_numba(x):
    return np.sum(np.abs(np.fft.fft(x)))  # refused


@refused("the Numba backend cannot take 'np.errstate': it has no state of errors",
         'with np.errstate(divide="raise"):',
         lambda rng, n: (rng.normal(size=n),), hint="leave out backend", any_mode=False,
         options={"backend": "numba"})  # fmt: skip
def context_in_numba(x):
    with np.errstate(divide="raise"):  # refused
        return np.log(x[0])


@refused("the Numba backend cannot take 'dict': dicts are gone through from their beginning only",
         "found.popitem()", lambda rng, n: (rng.normal(size=n),), hint="leave out backend",
         any_mode=False, options={"backend": "numba"})  # fmt: skip
def last_entry_in_numba(x):
    found = {}
    for i in range(len(x)):
        found[i % 2] = x[i]
    return found.popitem()[1]  # refused


@refused("the Numba backend cannot compile the derivative: Cannot infer the type of variable 'found'",
         "def never_filled_in_numba(x):", lambda rng, n: (rng.normal(size=n),),
         hint="leave out backend", any_mode=False, options={"backend": "numba"})  # fmt: skip
def never_filled_in_numba(x):  # refused
    found = []
    for i in range(0):
        found.append(x[i])
    return x[0] * (1 + len(found))


@refused("the Numba backend cannot take 'try': errors that are caught have no name", "try:",
         lambda rng, n: (rng.normal(size=n),), hint="leave out backend", any_mode=False,
         options={"backend": "numba"})  # fmt: skip
def named_error_in_numba(x):
    y = x[0]
    try:  # refused
        y = y * x[7]
    except Exception as error:
        print(error)
    return y


@refused("the Numba backend cannot take argument 'p'", "def dict_in_numba(p):",
         lambda rng, n: ({"a": 1.5},), hint="leave out backend", any_mode=False,
         options={"backend": "numba"})  # fmt: skip
def dict_in_numba(p):  # refused
    return p["a"] * 2


@refused("the Numba backend returns numbers, arrays and tuples", "def result_in_numba(x):", number,
         hint="leave out backend", any_mode=False,
         options={"backend": "numba", "has_aux": True})  # fmt: skip
def result_in_numba(x):  # refused
    return x * x, {"half": x / 2}


@refused("a Jacobian is of numbers and arrays, and doubled has list[float] here",
         "jacobian(doubled, (0,))(x, 3)", number, hint="use an array")  # fmt: skip
def jacobian_of_a_list(x):
    def doubled(x, n):
        found = [x]
        for _ in range(n):
            found.append(2 * found[-1])
        return found

    return jacobian(doubled, (0,))(x, 3)[0][0]  # refused


@refused("the Numba backend cannot take '+': narrow integers", "(x[0] > 0) + (x[1] > 0)",
         lambda rng, n: (rng.normal(size=n),), hint="leave out backend", any_mode=False,
         options={"backend": "numba"})  # fmt: skip
def sum_of_bools_in_numba(x):
    return x[0] * ((x[0] > 0) + (x[1] > 0))  # refused


@refused("the Numba backend cannot take 'for': a list holds ints first and floats later",
         "for i in range(3):", lambda rng, n: (rng.normal(size=n),), hint="leave out backend",
         any_mode=False, options={"backend": "numba"})  # fmt: skip
def ints_that_become_floats_in_numba(x):
    found = [0] * 3
    for i in range(3):  # refused
        found[i] = x[i] * 2
    return found[0] * found[2]


def squared(x):
    return x * x


_, PULLED = vjp(squared, np.ones(4))


@refused("PULLED has no rule, and what is differentiated reaches it", "PULLED(x)", vector,
         hint="call vjp in what is differentiated: what it made outside is fixed")  # fmt: skip
def pullback_from_outside(x):
    return np.sum(PULLED(x)[0] * x)  # refused
