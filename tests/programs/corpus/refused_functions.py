"""Functions inside functions that are refused."""

import functools
import math
from collections import defaultdict
from dataclasses import dataclass

from scipy.integrate import quad

from pullback import grad
from tests.programs.registry import refused

HISTORY = []


def number(rng, n):
    return (1.5,)


def vector(rng, n):
    return (rng.normal(size=n),)


@refused("class statements are not supported", "class Local:", number,
         hint="outside of the function")  # fmt: skip
def class_inside(x):
    class Local:  # refused
        pass

    return x


def counter():
    count = 0.0

    def tally(x):
        nonlocal count  # refused
        count += 1
        return x * count

    return tally


tally = refused(
    "'count' is a variable of a function outside of what is differentiated", "nonlocal count", number,
    hint="assign it outside",
)(counter())  # fmt: skip


@refused("f, which is differentiated here, changes variables of the function around it", "grad(f)(x)",
         number, hint="return the value")  # fmt: skip
def differentiated_with_effects(x):
    total = 0.0

    def f(v):
        nonlocal total
        total = total + v
        return v * v

    return grad(f)(x) + total  # refused


def late_functions(x):  # refused
    functions = []
    for v in x:
        functions.append(lambda g: g * v)
    return functions


@refused("a list of functions that was filled in a loop leaves the function whose variables they read",
         "def late_functions(x):", vector, inside=late_functions, hint="by defaults")  # fmt: skip
def late_functions_leave(x):
    return late_functions(x)[0](x[1])


@refused("'k' of the comprehension is read when all of its passes are done", "k", vector,
         hint="by a default")  # fmt: skip
def late_in_comprehension(x):
    functions = [
        lambda v: v * k  # refused
        for k in x
    ]
    return functions[0](x[0])


def make_power(x):  # refused
    def power(n):
        return 1.0 if n == 0 else functions[0](n - 1) * x

    functions = [power, power]
    return power


@refused("reads itself out of what it holds", "def make_power(x):", number, inside=make_power,
         hint="by its own name")  # fmt: skip
def function_that_holds_itself(x):
    return make_power(x)(2)


@refused("changes the default of 'into' in place", "def default_changed(x, into=HISTORY):", number,
         hint="into=None", any_mode=False)  # fmt: skip
def default_changed(x, into=HISTORY):  # refused
    into.append(x)
    return into[0] * x


@dataclass
class Tagged:
    value: float
    tags: frozenset = frozenset()


@refused("has a default value of type frozenset", "Tagged(x)", number, hint="give a value for it")
def field_with_unknown_default(x):
    return Tagged(x).value  # refused


def sent(x):
    got = x > 0 and (yield x)  # refused
    yield got


@refused("a generator yields within an expression", "yield x", number, inside=sent,
         hint="a statement of its own")  # fmt: skip
def generator_that_takes_values(x):
    return sum(v for v in sent(x))


def scaled_items(x, k):
    for v in x:
        scale = lambda u: u * k * v  # refused
        yield scale(v)


@refused("the generator is asked for items one by one", "lambda u: u * k * v", vector,
         inside=scaled_items, hint="as arguments")  # fmt: skip
def function_in_a_paused_generator(x):
    g = scaled_items(x, 2.0)
    return next(g) * next(g)


def values_of(d):
    for v in d.values():  # refused
        yield v


@refused("loops over an iterator", "d.values()", lambda rng, n: ({"a": 1.0, "b": 2.0},),
         inside=values_of, hint="loop over a list")  # fmt: skip
def paused_generator_over_a_dict(d):
    g = values_of(d)
    return next(g) * next(g)


def careful(x):
    try:  # refused
        yield x
        x = math.log(x)
    except ValueError:
        x = 0.0


@refused("a generator yields inside of `try` or `with`", "try:", number, inside=careful,
         hint="outside of it")  # fmt: skip
def generator_that_is_protected(x):
    total = 0.0
    for v in careful(x):
        total += v
    return total


def logged_at_the_end(x, log):
    try:  # refused
        yield from x
    finally:
        log.append(x[0])


@refused("what comes `finally` in a generator that a name holds", "try:", vector,
         inside=logged_at_the_end, hint="for item in items(...)")  # fmt: skip
def end_of_a_generator_that_a_name_holds(x):
    log = [1.0]
    items = logged_at_the_end(x, log)
    total = 0.0
    for v in items:
        total += v
        break
    return total * sum(log)


def in_the_end(x):
    yield x
    return x * x


def with_the_end(x):
    total = yield from in_the_end(x)  # refused
    yield total


@refused("uses what `yield from` gives in the end", "yield from in_the_end(x)", number,
         inside=with_the_end, hint="loop over it")  # fmt: skip
def end_of_a_generator_that_is_kept(x):
    g = with_the_end(x)
    return next(g) * next(g)


def doubled(x, n):
    if n == 0:
        yield x
    else:
        for v in doubled(x, n - 1):  # refused
            yield v * 2


@refused("doubled loops over what it yields itself", "doubled(x, n - 1)", number, inside=doubled,
         hint="`yield from`")  # fmt: skip
def generator_in_itself(x):
    total = 0.0
    for n in range(3):
        for v in doubled(x, n):
            total += v
    return total


def thrice(x):
    for k in range(3):
        yield k * x


@refused("a loop over a generator stands where errors are caught",
         "for k, v in enumerate(thrice(x)):", number, hint="make a list")  # fmt: skip
def tried_over_generator(x):
    total, weights = 0.0, [1.0, 2.0]
    try:
        for k, v in enumerate(thrice(x)):  # refused
            total += v * weights[k]
    except IndexError:
        total = total * 2
    return total


@refused("quad has no rule, and what is differentiated reaches it",
         "quad(lambda t: math.exp(-x * t), 0, 1)", number, hint="pullback.primitive")  # fmt: skip
def integral_of_what_varies(x):
    return quad(lambda t: math.exp(-x * t), 0, 1)[0]  # refused


@refused("quad is not compiled, and is given a function that reads 'k', which changes",
         "quad(lambda t: k * t, 0, 1)", number, hint="by a default")  # fmt: skip
def integrals_in_a_loop(x):
    s = 0.0
    for k in range(3):
        s += x * quad(lambda t: k * t, 0, 1)[0]  # refused
    return s


@refused("quad is not compiled, and is given a function that cannot be handed on",
         "quad(functools.partial(lambda k, t: k * t, 2.0), 0, 1)", number,
         hint="give that a rule with pullback.primitive")  # fmt: skip
def integral_of_a_partial(x):
    return x * quad(functools.partial(lambda k, t: k * t, 2.0), 0, 1)[0]  # refused


@refused("a function is appended to a list[?]", 'handlers["a"].append(scaled)', vector,
         hint="one kind")  # fmt: skip
def functions_under_keys(x):
    handlers = defaultdict(list)

    def scaled(v):
        return v * x[0]

    handlers["a"].append(scaled)  # refused
    return handlers["a"][0](x[1])


def remembered(v, held=[]):  # noqa: B006
    held.append(v)  # refused
    return sum(held)


@refused("held comes from outside the function, and is changed", "held", vector, inside=remembered,
         hint="change a copy")  # fmt: skip
def default_that_changes(x):
    return remembered(x[0]) + remembered(x[1])


def counted(v):
    counted.calls += 1  # refused
    return v * v


counted.calls = 0


@refused("attribute 'calls' of a function is assigned, which the next call would find", "counted.calls",
         vector, hint="assign it outside of the function", inside=counted)  # fmt: skip
def function_that_counts_for_good(x):
    return counted(x[0])


@refused("attribute 'rate' of a function is assigned", "functools.wraps(plain)", vector,
         hint="with nonlocal rate")  # fmt: skip
def attributes_copied_to_a_wrapper(x):
    def plain(v):
        return v * x[0]

    plain.rate = x[1]

    @functools.wraps(plain)  # refused
    def wrapper(v):
        return plain(v)

    return wrapper(x[2]) * wrapper.rate


@refused("scaled is given 'by' twice", "2.0", vector, hint="by position or by name")
def keyword_given_twice(x):
    def scaled(v, **more):
        return v * more["by"]

    given = {"by": x[1]}
    return scaled(x[0], **given, by=2.0)  # refused
