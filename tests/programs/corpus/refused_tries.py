"""Programs that must be refused for what they catch or raise."""

import math

import numpy as np

from tests.programs.registry import refused


@refused("`raise` without an exception stands in no handler", "raise", lambda rng, n: (1.5,),
         hint="write it in an `except` clause")  # fmt: skip
def raise_nothing(x):
    if x < 0:
        raise  # refused  # noqa: PLE0704
    return x


@refused("exceptions are raised with positional arguments only", 'raise OSError("bad", code=3)',
         lambda rng, n: (1.5,), hint="leave out the keywords")  # fmt: skip
def raise_with_keyword(x):
    if x < 0:
        raise OSError("bad", code=3)  # refused
    return x


@refused("what is raised must be a class of exceptions, or one with arguments", "raise x",
         lambda rng, n: (1.5,), hint="raise ValueError(...)")  # fmt: skip
def raise_a_number(x):
    if x < 0:
        raise x  # refused
    return x


@refused("the cause of an error can be None or what a handler caught", "KeyError(3)",
         lambda rng, n: (1.5,), hint="raise ... from error")  # fmt: skip
def raise_from_another(x):
    if x < 0:
        raise ValueError("bad") from KeyError(3)  # refused
    return x


@refused("a handler names classes of exceptions", "x", lambda rng, n: (1.5,),
         hint="except ValueError: or except (ValueError, KeyError):")  # fmt: skip
def catch_a_number(x):
    try:
        return math.log(x)
    except x:  # refused
        return x


@refused("RecursionError may be raised anywhere, so that nobody can tell what ran before",
         "RecursionError", lambda rng, n: (1.5,),
         hint="catch the error of what is computed, such as ValueError")  # fmt: skip
def catch_anything_deep(x):
    try:
        return math.log(x)
    except RecursionError:  # refused
        return x


def halve_the_first(y):
    y[0] *= 0.5
    return y[0]


@refused("'y' changes here before something that may raise, and is read where that is caught",
         "total = halve_the_first(y) * y[k]", lambda rng, n: (1.5,),
         hint="write what may raise in a statement of its own, before the change")  # fmt: skip
def changed_in_one_statement(x):
    y = np.zeros(2) + x
    k = len(y)
    try:
        total = halve_the_first(y) * y[k]  # refused
    except IndexError:
        total = x * 2
    return total + y[0]


class Rows:
    def __init__(self, rows):
        self.rows = rows

    @property
    def last(self):
        return self.rows[len(self.rows)]


@refused("what a loop runs over may raise here while the loop changes what a handler reads",
         "for v in box.last:", lambda rng, n: (rng.normal(size=(2, 3)),),
         hint="assign it to a variable before the loop")  # fmt: skip
def loop_over_what_may_raise(rows):
    box, total = Rows(rows), 0.0
    try:
        for v in box.last:  # refused
            total += 1.0 / v + rows[2, 0]
    except IndexError:
        total = total * 2
    return total


@refused("attribute 'args' of text is not supported", "error.args", lambda rng, n: (1.5,),
         hint="functions that have a rule")  # fmt: skip
def look_into_an_exception(x):
    try:
        y = math.log(x)
    except ValueError as error:
        y = x * len(error.args)  # refused
    return y


@refused("'steps' is made in a `try`, which it cannot leave", "steps",
         lambda rng, n: (rng.normal(size=n),), hint="make it before")  # fmt: skip
def range_from_a_try(x):
    try:
        steps = range(len(x / 2) + 1)
        if x[0] > 5:
            raise ValueError
    except ValueError:
        return 1.0
    for _ in steps:  # refused
        x = x * 2
    return np.sum(x)


@refused("an array is written to here by what may raise", "y /= x - x",
         lambda rng, n: (rng.normal(size=n),), hint="in a statement of its own")  # fmt: skip
def half_divided(x):
    """NumPy has written to the array when it raises."""
    y = x * 1.0
    try:
        with np.errstate(invalid="raise"):
            y /= x - x  # refused
    except FloatingPointError:
        y[0] = 1.0
    return np.sum(y)


@refused("an array is written to here by what may raise", "np.put(y, [0, 100], 3.0)",
         lambda rng, n: (rng.normal(size=n),), hint="in a statement of its own")  # fmt: skip
def half_put(x):
    y = x * 1.0
    try:
        np.put(y, [0, 100], 3.0)  # refused
    except IndexError:
        y[0] = 1.0
    return np.sum(y)


@refused("'a' changes here before something that may raise", "a += step(0.5)",
         lambda rng, n: (rng.normal(size=n),), hint="in a statement of its own")  # fmt: skip
def updated_by_what_rebinds(x):
    """Python reads the old value before the call binds another."""
    v = x
    a = x[1]
    try:

        def step(by):
            nonlocal v, a
            v = v + by
            a = v[0]
            return by

        a += step(0.5)  # refused
    except IndexError:
        v[:] = 0.5
    return a


@refused("method 'append' of float64[:] is not supported", "y.append(x[2])",
         lambda rng, n: (rng.normal(size=n),), hint="call a function that has a rule")  # fmt: skip
def refused_of_one_kind_where_it_is_caught(x):
    """Of an array Python raises an AttributeError, which the handler does not wait for."""
    y = [x[0], x[1]] if x[0] > 0 else x * 2
    try:
        y.append(x[2])  # refused
    except TypeError:
        return x[3]
    return sum(y)
