"""Programs that must be refused, at their line and with what to write instead."""

import logging
import random
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pullback import grad
from tests.programs.registry import refused

HISTORY = []
TABLE = np.array([1.0, 2.0])


@refused("comes from outside", "TABLE[0]", lambda rng, n: (1.5,), hint="pass it as an argument")
def write_to_global(x):
    TABLE[0] = x  # refused
    return TABLE[0]


@refused("HISTORY comes from outside the function, and is changed", "HISTORY",
         lambda rng, n: (1.5,),
         hint="change a copy")  # fmt: skip
def append_to_global(x):
    HISTORY.append(x)  # refused
    return x


@refused("open is not supported", "open(\"log.txt\")", lambda rng, n: (1.5,),
         hint="call it outside of the function")  # fmt: skip
def with_statement(x):
    with open("log.txt") as log:  # refused
        log.write("x")
    return x


@refused("global 'HISTORY' is assigned to", "global HISTORY", lambda rng, n: (1.5,),
         hint="assign it outside")  # fmt: skip
def global_statement(x):
    global HISTORY  # refused
    HISTORY = [x]
    return x


@refused("generator is a generator, which gives no value", "yield x", lambda rng, n: (1.5,),
         hint="in a loop")  # fmt: skip
def generator(x):
    yield x  # refused


@refused("numpy.unique_values has no rule", "np.unique_values(x)", lambda rng, n: (rng.normal(size=n),),
         hint="compare neighbours")  # fmt: skip
def function_without_rule(x):
    return np.sum(np.unique_values(x))  # refused


@refused("'y' is read before it is set", "y", lambda rng, n: (1.5,), hint="set it on every path")
def read_before_set(x):
    z = y * x  # refused # noqa: F821
    y = z
    return y


@refused("name 'unknown' is not defined", "unknown", lambda rng, n: (1.5,),
         hint="define or import it")  # fmt: skip
def undefined_name(x):
    return unknown * x  # refused # noqa: F821


@refused("some paths return a value and others do not", "def some_paths_return(x):",
         lambda rng, n: (1.5,), hint="return a value on all paths")  # fmt: skip
def some_paths_return(x):  # refused
    """What is of two kinds itself is not one of two kinds."""
    last = None
    for k in range(3):
        if x > k:
            last = x * k
    if x > 2:
        return (x, last)


@refused("argument 'k' is int64[:], which has no gradient", "grad(lambda k: x * np.sum(k))(n)",
         lambda rng, n: (1.5, np.arange(3)), any_mode=False, hint="floats or float arrays")  # fmt: skip
def integer_array_gradient(x, n):
    return np.sum(grad(lambda k: x * np.sum(k))(n))  # refused


@refused("attributes cannot be assigned", "box.value", lambda rng, n: (1.5, {"a": 1.0}),
         hint="local name")  # fmt: skip
def attribute_write(x, box):
    box.value = x  # refused
    return x


@refused("float cannot be unpacked", "first, *rest", lambda rng, n: (1.5,),
         hint="unpack a tuple, a list or an array")  # fmt: skip
def starred(x):
    first, *rest = x  # refused
    return first


@refused("'y' is a range in one branch and float64[:] in the other", "y",
         lambda rng, n: (rng.normal(size=n),), hint="same kind of value")  # fmt: skip
def kinds_differ(x):
    """A range is no value that a run could choose."""
    if np.sum(x) > 0:
        y = range(len(x))
    else:
        y = x
    return sum(v for v in y)  # refused


@refused("the result is float64[:] or float, which only a run tells", "def results_differ(x):",
         lambda rng, n: (rng.normal(size=n),), hint="one kind on all paths")  # fmt: skip
def results_differ(x):  # refused
    if x[0] > 0:
        return x
    return 1.0


@refused("too many values of two kinds are read at once", "total = a + b + c + d + e",
         lambda rng, n: (rng.normal(size=n),), hint="take the statement apart")  # fmt: skip
def many_of_two_kinds(x):
    a = x if x[0] > 0 else 1.0
    b = x if x[1] > 0 else 2.0
    c = x if x[2] > 0 else 3.0
    d = x if x[3] > 0 else 4.0
    e = x if x[0] > x[1] else 5.0
    total = a + b + c + d + e  # refused
    return np.sum(total)


@refused("changes while the loop runs over it", "values", lambda rng, n: (1.5,), hint="indices")
def list_changed_in_loop(x):
    values = []
    values.append(x)
    for v in values:  # refused
        values.append(v)
    return values[0]


@refused("'y' changes in the loop from float64[:] or a tuple to a tuple", "y",
         lambda rng, n: (rng.normal(size=n),),
         hint="start it with a value of the kind")  # fmt: skip
def kind_never_settles(x):
    y = x
    for _ in range(3):
        y = (y, y)  # refused
    return np.sum(x)


@refused("is differentiated inside itself", "grad(self_derivative)(x)", lambda rng, n: (1.5,),
         hint="helper")  # fmt: skip
def self_derivative(x):
    return grad(self_derivative)(x)  # refused


@refused("keys of dicts must be constants", "key", lambda rng, n: (1.5,),
         hint="use a list or an array")  # fmt: skip
def function_as_key(x):
    def key():
        return x

    table = {key: x}  # refused
    return x


@refused("cannot index a list", "values[x]", lambda rng, n: ([1.0, 2.0], 1.0), wrt=(0, 1),
         hint="int()")  # fmt: skip
def list_indexed_by_float(values, x):
    return values[x] * 2  # refused


@refused("`is` compares numbers or texts: equal ones may be two", "x is y",
         lambda rng, n: (1.5, 2.5), hint="write ==")  # fmt: skip
def identity(x, y):
    return x if x is y else x * y  # refused


def helper_with_global(x):
    global HISTORY  # refused
    HISTORY = x
    return x


@refused("global 'HISTORY' is assigned to", "global HISTORY", lambda rng, n: (1.5,),
         inside=helper_with_global,
         hint="assign it outside")  # fmt: skip
def error_in_helper(x):
    """The line is that of the helper, where the form stands."""
    return helper_with_global(x)


@dataclass
class Weights:
    w: np.ndarray
    b: float = 0.0


class Pair(NamedTuple):
    a: float
    b: float


def draw_weights(rng, n):
    return (Weights(rng.normal(size=n)), 1.5)


@refused("attributes cannot be assigned", "p.a", lambda rng, n: (Pair(1.5, 0.5),),
         hint="make a new one: p = p._replace(a=...)")  # fmt: skip
def field_update(p):
    p.a += p.b  # refused
    return p.a


@refused("Weights has no field 'v'", "p.v", draw_weights, wrt=(0, 1), hint="its fields are w, b")
def missing_field(p, x):
    return np.sum(p.v) * x  # refused


@refused("Weights needs the field 'w'", "Weights(b=x)", lambda rng, n: (1.5,),
         hint="Weights(..., w=...)")  # fmt: skip
def incomplete_record(x):
    p = Weights(b=x)  # refused
    return p.b


@refused("Weights has no field 'c'", "Weights(x, c=x)", lambda rng, n: (1.5,),
         hint="its fields are w, b")  # fmt: skip
def unknown_field(x):
    p = Weights(x, c=x)  # refused
    return p.w


@refused("a Weights cannot be looped over", "p", draw_weights, wrt=(0, 1),
         hint="loop over an array")  # fmt: skip
def looped_record(p, x):
    for v in p:  # refused
        x = x + np.sum(v)
    return x


# ---- memory with more than one way to it


def vector(rng, n):
    return (rng.normal(size=n),)


@refused("'c' is written to while 'b' may share its memory", "c += 1", vector, hint="c.copy()")
def bound_in_a_loop(x):
    c = x * 2
    for _ in range(1):
        b = c
    c += 1  # refused
    return np.sum(b)


@refused("a list is repeated a computed number of times", "[[u]] * n",
         lambda rng, n: (rng.normal(size=n), n), hint="append in a loop", any_mode=False)  # fmt: skip
def one_row_many_times(x, n):
    """All items would be one list."""
    u = x * 2
    rows = [[u]] * n  # refused
    return np.sum(rows[0][0])


CHANGING = {"sin"}


@refused("`in` set", "'sin' in CHANGING".replace("'", '"'), vector, hint="frozenset")
def member_of_a_set(x):
    return np.sum(np.sin(x) if "sin" in CHANGING else x)  # refused


@refused("the truth of set", "CHANGING", vector, hint="pass a bool")
def truth_of_a_set(x):
    return np.sum(np.sin(x) if CHANGING else x)  # refused


@refused("np.random.Generator.permuted is not supported", "rng.permuted(x)",
         lambda rng, n: (rng.normal(size=n),), hint="permutation or shuffle")  # fmt: skip
def permuted(x):
    rng = np.random.default_rng(0)
    return np.sum(rng.permuted(x))  # refused


@refused("logging.basicConfig is not supported", "logging.basicConfig()",
         lambda rng, n: (1.5,), hint="outside of the function")  # fmt: skip
def configured_logging(x):
    logging.basicConfig()  # refused
    return x


@refused("np.random.Generator.normal is not supported with argument 'sigma'", "rng.normal(x, sigma=1.0)",
         lambda rng, n: (1.5,), hint="leave it out")  # fmt: skip
def draw_with_unknown_argument(x):
    rng = np.random.default_rng(0)
    return rng.normal(x, sigma=1.0)  # refused


@refused("random.betavariate of NumPy's numbers", "random.betavariate(1.0, x[0])",
         lambda rng, n: (rng.uniform(1, 2, n),), hint="float(x)")  # fmt: skip
def python_draw_of_numpy_number(x):
    return random.betavariate(1.0, x[0])  # refused


@refused("beta is not differentiable in its parameters", "rng.beta(x, 1.0)",
         lambda rng, n: (1.5,), hint="draw standard numbers")  # fmt: skip
def draw_of_shape(x):
    rng = np.random.default_rng(0)
    return rng.beta(x, 1.0)  # refused


@refused("a tuple is shuffled", "rng.shuffle(items)", lambda rng, n: (1.5,),
         hint="rng.permutation(n)")  # fmt: skip
def shuffled_tuple(x):
    rng = np.random.default_rng(0)
    items = (x, x * x)
    rng.shuffle(items)  # refused
    return items[0]


@refused("one of items that differ in kind is chosen", "random.choice((x, np.ones(2)))",
         lambda rng, n: (1.5,), hint="items of one kind")  # fmt: skip
def chosen_of_mixed(x):
    return random.choice((x, np.ones(2)))  # refused


@refused("np.sin writes to float", "np.sin(x, out=y)", lambda rng, n: (rng.normal(size=n),),
         hint="give it an array")  # fmt: skip
def result_written_to_number(x):
    y = 1.0
    np.sin(x, out=y)  # refused
    return y


@refused("np.multiply gives float64[:], which NumPy does not write to int64[:]",
         "np.multiply(x, x, out=k)", lambda rng, n: (rng.normal(size=n),),
         hint="the same dtype")  # fmt: skip
def result_written_to_integers(x):
    k = np.zeros(len(x), int)
    np.multiply(x, x, out=k)  # refused
    return np.sum(k * x)


@refused("np.log with where leaves places undefined", "np.log(x, where=x > 0)",
         lambda rng, n: (rng.uniform(1, 2, n),), hint="np.where(mask, f(x), other)")  # fmt: skip
def result_at_mask_alone(x):
    return np.sum(np.log(x, where=x > 0))  # refused


@refused("where is float64[:] for float64[:]", "np.log(x, out=y, where=x)",
         lambda rng, n: (rng.uniform(1, 2, n),), hint="a boolean array")  # fmt: skip
def result_at_numbers(x):
    y = np.zeros_like(x)
    np.log(x, out=y, where=x)  # refused
    return np.sum(y)


@refused("np.put takes integers", "np.put(y, x, 1.0)", lambda rng, n: (rng.normal(size=n),),
         hint="give it integers")  # fmt: skip
def put_at_numbers(x):
    y = x * 1.0
    np.put(y, x, 1.0)  # refused
    return np.sum(y)


@refused("np.add.at is not supported for bool[:]", "np.add.at(b, [0, 0], True)",
         lambda rng, n: (rng.normal(size=n),), hint="a loop over the indices")  # fmt: skip
def added_to_bools(x):
    b = x > 0
    np.add.at(b, [0, 0], True)  # refused
    return np.sum(b * x)


@refused("resize is not supported", "y.resize(2)", lambda rng, n: (rng.normal(size=n),),
         hint="a new array")  # fmt: skip
def resized(x):
    y = x * 1.0
    y.resize(2)  # refused
    return np.sum(y)


@refused("flat of float64[] is not supported", "z.flat[0]", lambda rng, n: (1.5,), hint="x[()]")
def flat_number(x):
    z = np.array(x)
    return z.flat[0]  # refused


@refused("flat is only written to at integers", "y.flat[y > 0]",
         lambda rng, n: (rng.normal(size=(2, n)),), hint="x.ravel()[mask]")  # fmt: skip
def flat_mask(x):
    y = x * 1.0
    y.flat[y > 0] = 1.0  # refused
    return np.sum(y)


@refused("np.random.Generator.multinomial is supported for one distribution",
         "rng.multinomial([5, 6], [[0.2, 0.8], [0.5, 0.5]])", lambda rng, n: (1.5,),
         hint="a loop")  # fmt: skip
def draws_of_several_distributions(x):
    rng = np.random.default_rng(0)
    return x * rng.multinomial([5, 6], [[0.2, 0.8], [0.5, 0.5]]).sum()  # refused


@refused("multivariate_normal is not differentiable in its parameters",
         "rng.multivariate_normal(x, np.eye(4))", lambda rng, n: (rng.normal(size=4),),
         hint="np.linalg.cholesky(cov)")  # fmt: skip
def draw_of_vector_parameters(x):
    rng = np.random.default_rng(0)
    return np.sum(rng.multivariate_normal(x, np.eye(4)))  # refused


@refused("np.place may write to what it still has to read", "np.place(y, y > 0, y[:2])",
         lambda rng, n: (rng.normal(size=n),), hint="a copy")  # fmt: skip
def placed_from_itself(x):
    y = x * 1.0
    np.place(y, y > 0, y[:2])  # refused
    return np.sum(y)


@refused("flat may write to what it still has to read", "y.flat[1:3]",
         lambda rng, n: (rng.normal(size=n),), hint="a copy")  # fmt: skip
def flat_from_itself(x):
    y = x * 1.0
    y.flat[1:3] = y[:2]  # refused
    return np.sum(y)


@refused("np.concatenate may write to what it still has to read",
         "np.concatenate([y[2:], y[:2]], out=y)", lambda rng, n: (rng.normal(size=n),),
         hint="a copy")  # fmt: skip
def joined_into_itself(x):
    y = x * 1.0
    np.concatenate([y[2:], y[:2]], out=y)  # refused
    return np.sum(y)
