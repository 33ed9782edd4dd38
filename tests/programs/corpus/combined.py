"""Programs in which features meet: writes, views, errors that are caught, draws, targets of loops."""

import numpy as np

from tests.programs.registry import program


def vector(rng, n):
    return (rng.normal(size=n),)


@program(vector)
def items_taken_into_an_array(x):
    """What a loop's target is indexed with is read at each pass."""
    y = x * 1.0
    i = 1
    for y[i] in x[:2]:
        i = 2
    return np.sum(y * np.arange(len(y)))


@program(vector, points=(((np.array([0.5, 1.0]),), (np.array([4.5, 0.0]),)),))
def raised_through_finally(x):
    """A body that surely raises, by a way through ``finally``, comes to the handler."""
    y = x[0]
    try:
        try:
            raise ValueError("always")
        finally:
            y = y * 3.0
    except TypeError:
        y = 1.0
    except ValueError:
        y = y * y * 0.5
    return y


@program(vector, points=(((np.array([0.5, 1.0]),), (np.array([9.0, 0.0]),)),))
def raised_again_in_a_handler(x):
    y = x[0]
    try:
        try:
            raise ValueError("always")
        except ValueError:
            y = y * 3.0
            raise
    except ValueError:
        y = y * y
    return y


@program(vector)
def raised_in_each_pass(x):
    y = x[0]
    for _ in range(3):
        try:
            try:
                raise ValueError("always")
            finally:
                y = y * 3.0
        except ValueError:
            y = np.sin(y)
            continue
        y = 5.0
    return y


@program(vector)
def drawn_behind_an_index(x):
    """The target of ``op=`` is read before the right side: where that raises, nothing is drawn."""
    y = x * 1.0
    rng = np.random.default_rng(3)
    for k in (1, 50):
        try:
            y[k] *= rng.normal()
            y[[0, k]] -= rng.normal()
        except IndexError:
            y[1] += y[0]
    return np.sum(y * y) * rng.normal()


@program(vector, sizes=(4, 1))
def views_of_one_number(x):
    y = x[:1] * 1.0
    z = y.reshape(())
    z *= x[-1]
    z += y[0]
    w = np.squeeze(x[None] * 2.0)
    w[...] = w * y
    return np.sum(y) + np.sum(w * w)


def fortran(rng, n):
    return (np.asfortranarray(rng.normal(size=(2, n, 3))),)


@program(fortran)
def arrays_in_another_order(t):
    """A sum goes along the layout: copies of the compiler's keep it, and so does `np.copy`."""
    y = np.copy(t)
    y[0, 0] = t[1, 1]
    z = t.transpose(2, 0, 1)
    z[0, 0, 0] = z[1, 1, 0] * 2
    w = t.copy()
    w[0] += y[0]
    return np.sum(t * t) + np.sum(y) * np.sum(w)


def set_item(a, i, v):
    a[i] = v


@program(vector, sizes=(4, 5))
def first_of_two_errors(x):
    """The place is computed before what is put there, whatever stands in one line in the end."""
    y = x * 1.0
    try:
        set_item(y, 3 % (len(x) - 4), y[50])
    except ZeroDivisionError:
        y = y * 3.0
    except IndexError:
        y = y * 4.0
    return np.sum(y * y)


def far_apart(rng, n):
    return (np.linspace(-1, 1, n) + rng.uniform(0.1, 0.2, n),)


@program(far_apart, orders=2, points=(((-np.arange(1.0, 5.0),), None),))
def positions_that_may_be_none(x):
    """Lists of positions and of numbers that stay empty where nothing is found."""
    places = [i for i in range(len(x)) if x[i] > 0]
    y = x * x
    y[places] *= 2.0
    np.put(y, places, y[places] + x[places])
    m = np.outer(x, y)
    found = [v for v in y if v > 0.5]
    return np.sum(y) + np.sum(np.take(x, places)) + np.sum(m[np.ix_(places, places)]) * np.prod(found)


def filled(l, v):
    l.append(v)
    return l


@program(vector, numba=True)
def lists_handed_back(x):
    """What a function returns is the very list that it was given, or that it knows from around it."""
    a, b = [x[0]], []

    def around():
        return b

    def further():
        return around()

    c = filled(a, x[1])
    c.append(2.0)
    filled(b, x[0]).append(x[1])
    d = around()
    d.append(3.0 * x[1])
    e = further()
    b.append(x[0] * x[1])
    return sum(a) * sum(b) * len(d) + sum(e)


@program(vector, numba=True)
def sizes_of_what_grows(x):
    """A function inside that calls another is lowered anew where what that one reads has changed."""
    found = []

    def count():
        return len(found)

    def more():
        return count() + 1

    n = more()
    found.append(x[0])
    return x[0] * x[1] * (n + 10 * more())
