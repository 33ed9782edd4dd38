"""Errors that are caught: ``try`` with handlers, ``else``, ``finally``, in loops, calls and nested."""

import contextlib
import math

import numpy as np

from tests.programs.registry import program


class Rejected(ValueError):
    """An error of the program's own."""


class Negative(Rejected):
    def __init__(self, value, place=0):
        super().__init__(f"{value} at {place}")
        self.place = place


@program(lambda rng, n: (rng.uniform(0.5, 2, n),),
         points=(((np.array([0.3, -0.7, 1.1]),), None),))  # fmt: skip
def cholesky_or_diagonal(x):
    M = np.diag(x) + 0.01
    try:
        L = np.linalg.cholesky(M)
        ok = True
    except np.linalg.LinAlgError:
        L = M * M
        ok = False
    if ok:
        return np.sum(L**3)
    return np.sum(L)


@program(lambda rng, n: (0.7,), points=(((-0.7,), (-1.4,)), ((0.0,), (0.0,))))
def log_or_square(x):
    try:
        r = math.log(x)
    except ValueError:
        r = x * x
    return r


@program(lambda rng, n: (rng.normal(), 0.7), wrt=(0, 1), points=(((1.5, 0.0), None),))
def quotient_or_zero(a, b):
    try:
        q = a / b
    except (KeyError, ZeroDivisionError):
        q = 3.0 * a
    return q * a


@program(lambda rng, n: (rng.uniform(0.5, 2),), points=(((-0.5,), None),))
def returns_inside(x):
    try:
        return math.sqrt(x) * x
    except ValueError as error:
        print("caught", error)
        return x * x * x


@program(lambda rng, n: (rng.normal(size=n), 1),
         points=(((np.array([0.5, 2.0]), 7), None),))  # fmt: skip
def handlers_in_order(x, k):
    try:
        s = x[k] / x[0]
        t = math.log(x[1] ** 2)
    except IndexError:
        s, t = x[0] ** 3, 1.0
    except ValueError:
        s, t = x[0], x[1]
    except Exception:
        s, t = 0.0, x[1]
    return s * t


@program(lambda rng, n: (0.4, 2), points=(((0.4, 0), None), ((-0.4, 1), None), ((-0.4, 2), None)))
def several_errors(x, k):
    try:
        y = math.log(x) * (1.0 / k)
    except ZeroDivisionError:
        y = x * x
    except ValueError:
        y = x * x * x
    else:
        y = y * x
    return y


@program(lambda rng, n: (rng.uniform(0.5, 1, 2),),
         points=(((np.array([0.6, -0.5]),), None),))  # fmt: skip
def partial_writes(x):
    y = np.zeros(3)
    try:
        y[0] = x[0] ** 2
        y[1] = math.sqrt(x[1])
        y[2] = y[0] * y[1]
    except ValueError:
        y[1] = x[1] * y[0]
    return np.sum(y * y)


@program(lambda rng, n: (rng.uniform(0.5, 1, 3),),
         points=(((np.array([0.6, -0.5, 0.3]),), None),
                 ((np.array([0.6, 0.5, -0.3]),), None)))  # fmt: skip
def progress_is_seen(x):
    a = x[0] * 2
    b = a
    try:
        a = a * math.log(x[1] + a * 0.01)
        b = b * a
        a = a * math.sqrt(x[2])
        b = b + a
    except ValueError:
        b = b * 3.0
    return a * b


@program(lambda rng, n: (rng.uniform(0.5, 2, n),),
         points=(((np.array([0.5, 1.5, -1.0, 3.0]),), None),
                 ((np.array([-1.0, 2.0]),), None)))  # fmt: skip
def loop_until_error(x):
    s = 1.0
    try:
        for v in x:
            s += math.log(v) * s
    except ValueError:
        s = s * s
    return s


@program(lambda rng, n: (rng.uniform(0.5, 2, n),),
         points=(((np.array([0.5, -1.5, 1.0, -3.0]),), None),
                 ((np.array([-1.0, 2.0]),), None)))  # fmt: skip
def skip_in_a_loop(x):
    s = 1.0
    for v in x:
        try:
            s = s * math.sqrt(v)
        except ValueError:
            continue
        s += v
    return s


@program(lambda rng, n: (rng.uniform(0.5, 2, n),),
         points=(((np.array([0.5, 1.5, -1.0, -3.0]),), None),
                 ((np.array([-1.0, 2.0]),), None)))  # fmt: skip
def break_in_a_loop(x):
    s = 1.0
    for v in x:
        try:
            t = math.log(v)
            if t > 0.6:
                break
        except ValueError:
            s = s + v * v
            break
        else:
            s = s * (t + v)
    return s * x[0]


@program(lambda rng, n: (rng.normal(size=n),),
         points=(((np.array([0.5, 1.5, 0.1]),), None),))  # fmt: skip
def walk_off_the_end(x):
    s = 0.0
    i = 0
    try:
        while x[i] < 10.0:
            s += x[i] ** 2 * (i + 1)
            i += 1
    except IndexError:
        s = s * x[i - 1]
    return s


@program(lambda rng, n: (rng.normal(size=n),),
         points=(((np.array([0.5, 15.0, 0.1]),), None),))  # fmt: skip
def walk_to_a_mark(x):
    s = 0.0
    i = 0
    try:
        while True:
            if x[i] > 10.0:
                return s * 7
            s += x[i] ** 2
            i += 1
    except IndexError:
        pass
    return s * s


def root(x, depth):
    if depth == 0:
        return math.sqrt(x)
    return root(x - 0.4, depth - 1) * x


@program(lambda rng, n: (2.0, 2), points=(((1.0, 3), None), ((0.7, 2), None)))
def error_in_recursion(x, depth):
    try:
        y = root(x, depth)
    except ValueError:
        y = x * x
    return y * x


def checked(v, place):
    if v < 0:
        raise Negative(v, place)
    return v * v


@program(lambda rng, n: (rng.uniform(0.5, 1, 3),),
         points=(((np.array([1.0, 2.0, -3.0]),), None),))  # fmt: skip
def class_of_its_own(x):
    total = 0.0
    try:
        for k in range(3):
            total += checked(x[k], k)
    except Rejected as problem:
        print(f"rejected: {problem}")
        total = total * x[0]
    return total


@program(lambda rng, n: (rng.uniform(0.5, 1, 3),),
         points=(((np.array([1.0, 2.0, -3.0]),), None),))  # fmt: skip
def raised_here(x):
    try:
        if x[2] < 0:
            raise ValueError("negative")
        y = x**2
    except ValueError:
        y = x**3
    return np.sum(y)


@program(lambda rng, n: (rng.normal(size=n),), numba=True)
def finally_runs(x):
    y = x * 1.0
    try:
        y *= 2
    finally:
        y += x
    return np.sum(y**2)


@program(lambda rng, n: (0.7,), points=(((-0.7,), None), ((-3.0,), None)))
def finally_behind_returns(x):
    count = 0.0
    for k in range(3):
        try:
            if k == 2:
                return math.log(x) * count
            count += math.sqrt(x + 1)
        except ValueError:
            if x < -2:
                break
            return count * x
        finally:
            count = count + x
            print("once", k)
    return count


@program(lambda rng, n: (0.7, 0.2), wrt=(0, 1), points=(((-0.7, 0.2), None), ((0.7, 0.0), None),
                                                       ((-0.7, 0.0), None)))  # fmt: skip
def nested_tries(x, y):
    r = x
    try:
        try:
            r = r * math.log(x)
        except ValueError:
            r = r / y
        s = x / y
    except ZeroDivisionError:
        s = 2 * y + r
    return r * s


@program(lambda rng, n: (0.7,), points=(((-0.7,), None),))
def raised_again(x):
    y = x
    try:
        try:
            y = y * math.log(x)
        except ValueError as error:
            y = y * y
            raise ArithmeticError("no logarithm") from error
    except ArithmeticError:
        return y * 3.0
    return y


@program(lambda rng, n: (0.7,), points=(((-0.7,), None),))
def passed_on(x):
    y = x
    try:
        try:
            y = math.log(x)
        except Exception:
            y = y * y
            raise
        finally:
            y = y * 2.0
    except ValueError:
        return y * 3.0
    return y


@program(lambda rng, n: (rng.uniform(0.5, 2, n), 2),
         points=(((np.array([0.5, -1.0, 2.0, 3.0]), 2), None),))  # fmt: skip
def list_so_far(x, k):
    found = []
    try:
        for v in x:
            found.append(math.log(v) * v)
    except ValueError:
        found.append(x[0])
    total = 0.0
    for f in found:
        total += f * f
    return total * found[0]


@program(lambda rng, n: (rng.uniform(0.5, 2, (3, n)),),
         points=(((np.array([[0.5, -1.0], [1.0, 2.0], [-2.0, 1.0]]),), None),))  # fmt: skip
def rows_in_a_loop(X):
    out = np.zeros(3)
    for i in range(3):
        try:
            for v in X[i]:
                out[i] += math.sqrt(v)
        except ValueError:
            out[i] *= X[i, 0]
    return np.sum(out * out)


@program(lambda rng, n: (rng.uniform(0.5, 1, 3), 1),
         points=(((np.array([0.5, 0.7, 0.9]), 9), None),))  # fmt: skip
def assertion_caught(x, k):
    try:
        assert k < 3, "too far"
        return x[k] ** 2
    except AssertionError as error:
        print(str(error))
    return np.sum(x)


@program(lambda rng, n: (rng.uniform(0.5, 1, n),))
def key_is_missing(x):
    scales = {"a": 2.0}
    try:
        k = scales["b"]
    except KeyError:
        k = 3.0
    return np.sum(x) ** 2 * k


@program(lambda rng, n: (rng.uniform(0.5, 1, 2), rng.uniform(0.5, 1, (2, 2)) + np.eye(2)), wrt=(0, 1),
         points=(((np.array([0.5, 0.7]), np.ones((2, 2))), None),))  # fmt: skip
def solve_or_scale(b, A):
    try:
        return np.sum(np.linalg.solve(A, b) ** 2)
    except np.linalg.LinAlgError:
        pass
    return np.sum((A @ b) ** 2)


@program(lambda rng, n: (1.3,), points=(((0.2,), None),))
def newton_that_may_fail(x):
    steps = 0
    y = x
    while steps < 6:
        try:
            y = y - (math.log(y) - 0.3) * y
        except ValueError:
            y = 0.5 * x + 1.0
        steps += 1
    return y * x


@program(lambda rng, n: (rng.uniform(0.5, 1, 3),),
         points=(((np.array([1.0, -2.0, 3.0]),), None),))  # fmt: skip
def branches_with_errors(x):
    y = np.zeros(2)
    s = x[0]
    try:
        if x[0] > 0.2:
            y[0] = s * 2
            s = s * math.sqrt(x[1])
        else:
            s = math.log(x[2])
            y[1] = s
        y[1] = s * s
    except ValueError:
        s = s + y[0]
    return s * np.sum(y) + s


X, Y = np.array([0.5, -0.7, 0.9]), np.array([0.5, 0.7, -0.9])
FAILING = (((X,), None), ((Y,), None), ((-X,), None))


@program(lambda rng, n: (rng.uniform(0.5, 1, 3),), points=FAILING)
def error_behind_an_append(x):
    out = []
    n = 0
    try:
        for v in x:
            out.append(v * v)
            n += 1
            out.append(math.sqrt(v))
    except ValueError:
        out.append(x[0])
    s = 0.0
    for k in range(len(out)):
        s += out[k] * (k + 1)
    return s * n


@program(lambda rng, n: (rng.uniform(0.5, 1, 3),), points=FAILING)
def only_the_error_counts(x):
    try:
        math.log(x[1])
        y = x[0] ** 2
        math.sqrt(x[2])
    except ValueError:
        y = x[0] ** 3
    return y


@program(lambda rng, n: (rng.uniform(0.5, 1, 3),), points=FAILING)
def assigned_at_once(x):
    a, b = x[0], x[1]
    p = (x[0], x[1])
    try:
        a, b = b, math.log(x[1])
        p = (p[1], b)
        a, b = b * 2, a + math.sqrt(x[2])
        p = (p[0] * p[1], math.log(x[2]))
    except ValueError:
        a, p = a * 3, (p[0], p[1] * 2.0)
    return a * b + p[0] * p[1]


@program(lambda rng, n: (rng.uniform(0.5, 1, 3),), points=FAILING)
def error_before_a_write(x):
    y = x * 3.0
    try:
        t = math.log(x[1])
        y[0] = x[2] * 2.0
        z = t * 2.0
    except ValueError:
        z = y[0]
    return z * y[0]


@program(lambda rng, n: (rng.uniform(0.5, 1, 3),), points=FAILING)
def writes_in_a_loop(x):
    y = np.zeros(3)
    for i in range(3):
        y[i] += x[i]
        try:
            y[i] *= 2.0
            y[0] += math.log(x[i]) * y[i]
            y *= x[0]
        except ValueError:
            y[i] = y[i] * y[i]
    return np.sum(y * y)


@program(lambda rng, n: (rng.uniform(0.5, 1, 3),), points=FAILING)
def until_the_end(x):
    s = x[0]
    k = 0
    while True:
        try:
            s = s + math.log(x[k]) * s
            k += 1
        except ValueError:
            s = s * 2.0
            k += 1
        except IndexError:
            break
    return s


@program(lambda rng, n: (rng.uniform(0.5, 1, 3),), points=FAILING)
def finally_in_finally(x):
    s = x[0]
    try:
        try:
            s = s + 1.0
            try:
                s = s * math.log(x[1])
            finally:
                s = s * x[2]
                print("inner")
        finally:
            s = s * x[2] + 0.5
            print("outer")
    except ValueError:
        s = s * s
    return s


@program(lambda rng, n: (rng.uniform(0.5, 1, 3),), points=FAILING)
def left_by_finally(x):
    s = x[0]
    for v in x:
        try:
            s = s * math.sqrt(v)
        except ValueError:
            s = s - 1.0
            return s * x[2]
        finally:
            s = s + 0.1 * v
            if s > 0.9:
                break
        s = s * 1.5
    return s * s


@program(lambda rng, n: (rng.uniform(0.5, 1, 3),), points=FAILING)
def error_in_a_handler(x):
    s = x[0]
    try:
        try:
            s = s * math.log(x[1])
        except ValueError:
            s = s + math.sqrt(x[2])
            s = s * math.sqrt(x[0])
        else:
            s = s + math.sqrt(x[2])
    except ValueError:
        s = s * x[1]
    return s * s


def safe(v):
    try:
        return math.log(v)
    except ValueError:
        return v * v


@program(lambda rng, n: (rng.uniform(0.5, 1, 3),), points=FAILING)
def caught_in_a_comprehension(x):
    return sum([safe(v) * (k + 1) for k, v in enumerate(x)]) * x[0]


@program(lambda rng, n: (rng.uniform(0.5, 1, 3),), points=FAILING)
def best_so_far(x):
    best = None
    for v in x:
        try:
            r = math.log(v)
            if best is None or r < best:
                best = r
        except ValueError:
            continue
    return x[1] if best is None else best * x[0]


@program(lambda rng, n: (rng.uniform(0.5, 1, 3),), points=FAILING)
def invariants_stay_inside(x):
    s = x[0]
    t = 0.0
    try:
        for i in range(3):
            t = t + s
            s += math.log(x[1]) * i
    except ValueError:
        s = s + t
    for i in range(3):
        try:
            s += math.sqrt(x[2])
        except ValueError:
            s += i * x[1]
    return s * s


@program(lambda rng, n: (rng.uniform(0.5, 1, 3),), points=FAILING)
def suppressed(x):
    s = x[0]
    with contextlib.suppress(ValueError, KeyError):
        s = s * math.log(x[1])
        s = s + math.sqrt(x[2])
    for v in x:
        with contextlib.suppress(ValueError):
            s += math.sqrt(v)
            s *= v
    return s * s


@program(lambda rng, n: (rng.uniform(0.5, 1, 3),), points=FAILING)
def arithmetic_raises(x):
    y = x * 2.0
    try:
        with np.errstate(invalid="raise"):
            y = y * x[0]
            z = np.sqrt(x)
            y = y + z
    except FloatingPointError as e:
        print(e)
        y = y + 1.0
    s = np.sum(y * y)
    with np.errstate(all="raise"):
        for v in x:
            try:
                s = s * 3.0
                s = s * np.sqrt(v)
            except FloatingPointError:
                s = s - v
    return s


@program(lambda rng, n: (rng.uniform(0.5, 1, 3),), points=FAILING)
def context_in_a_try(x):
    s = x[0]
    try:
        with np.errstate(all="ignore"):
            s = s * 2.0
            s = s * math.log(x[1])
        s = s * math.sqrt(x[2])
    except ValueError:
        s = s * s
    return s


@program(lambda rng, n: (rng.uniform(0.5, 1, 3),), points=FAILING)
def entries_of_a_dict(x):
    d = {"a": x[0], "b": x[1]}
    try:
        d["a"] = d["b"] * 2.0
        d["b"] = math.log(x[1])
    except ValueError:
        d["b"] = d["a"] * x[2]
    total = {"n": 0.0, "s": 1.0}
    for v in x:
        try:
            total["n"] += v
            total["s"] *= math.sqrt(v)
        except ValueError:
            total["s"] += total["n"]
    return d["a"] * d["b"] + total["n"] * total["s"]


@program(lambda rng, n: (rng.uniform(0.5, 1, 3),), points=FAILING)
def views_in_a_try(x):
    y = x * 2.0
    v = y[1:]
    try:
        v[0] = x[0] * x[1]
        v[1] = math.sqrt(x[1])
        y[0] = 3.0 * x[2]
    except ValueError:
        v[1] = y[1] * y[1]
    return np.sum(y**3)


@program(lambda rng, n: (1.5, "twice"), points=(((-0.5, "twice"), (4.0,)),))
def changed_twice_in_a_known_branch(x, mode):
    """What is known while compiling is no reason to take two statements for one."""
    y = x
    try:
        if mode == "twice":
            y = y * 2
            y = y * math.log(x)
    except ValueError:
        y = -y * y
    return y


@program(lambda rng, n: (rng.uniform(0.5, 1, 4),), points=(((np.array([0.5, 0.2, -0.3, 0.7]),), None),))
def written_twice_before_an_error(x):
    y = np.zeros(len(x))
    i = 0
    try:
        while True:
            y[i] = x[i] * 2.0
            y[i] += math.sqrt(x[i + 1]) * x[i]
            i += 1
    except IndexError:
        y[0] += 1.0
    except ValueError:
        y[i] *= 5.0
    return np.sum(y * y)


@program(lambda rng, n: (rng.uniform(0.5, 1, 4), 2),
         points=(((np.array([0.5, 0.2, -0.3, 0.7]), 0), None),))  # fmt: skip
def raised_in_any_case_behind_a_change(x, n):
    """Where the body always raises, what follows it never runs."""
    y = x[0]
    try:
        y /= 1.0 + x[1]
        raise IndexError
    except (IndexError, ValueError):
        y += n * x[2]
    else:
        return np.sum(x)
    return float(y * x[3])


@program(lambda rng, n: (1.5, 3), points=(((0.5, 0), None),))
def raised_in_any_case_by_a_handler(x, n):
    y = x
    try:
        y *= x
        try:
            y /= y + 1.0
            raise KeyError
        except KeyError:
            y += n * x
            raise ValueError from None
        y *= 3.0
    except KeyError:
        y *= 100.0
    except ValueError:
        y *= x
    else:
        y *= 7.0
    return y


@program(lambda rng, n: (0.8, 0.5), wrt=(0, 1), points=(((0.3, 0.5), None),))
def chosen_by_where_where_caught(a, b):
    """The cotangents of the numbers are numbers on both ways, though np.where makes an array."""
    y = a
    try:
        if y <= b:
            raise IndexError
        y += b
    except IndexError:
        y = float(np.where(b >= a, b, y * a))
    return y


@program(lambda rng, n: (rng.uniform(0.5, 1, 3), 1),
         points=(((np.array([0.5, 0.2, 0.7]), 4), None),
                 ((np.array([0.5, 0.2, -0.3]), 3), None)))  # fmt: skip
def several_targets_of_which_one_raises(x, k):
    """Each is assigned before the next one may raise."""
    y = np.zeros(3)
    total = x[0]
    try:
        total, y[k], y[0] = total + x[1], x[0], total
        y[0], y[k - 1] = y[k - 1], y[0]
        (y[1], total), y[k - 2] = (total, x[k + 1]), x[2]
    except IndexError:
        total = total * 2
    return total + np.sum(y * y)


@program(lambda rng, n: (rng.uniform(0.5, 1, 3), 1),
         points=(((np.array([0.5, 0.2, 0.7]), 4), None),
                 ((np.array([-0.5, 0.2, 0.3]), 3), None)))  # fmt: skip
def updated_by_what_raises_in_parts(x, k):
    """A branch or a sum in the value does not change the name any earlier."""
    total = x[0]
    try:
        total += x[1] if total > 0 else x[k]
        total -= sum(x[k] * e for e in x)
        total *= sorted(x)[k + 1] + max([x[k + 1] - e for e in x])
    except IndexError:
        total = total * total
    return total


def first_halved(y, k):
    found = y[k]
    y[0] *= 0.5
    return found


@program(lambda rng, n: (rng.uniform(0.5, 1, 3), 1), points=(((np.array([0.5, 0.2, 0.7]), 3), None),))
def written_by_a_function_that_raises_before(x, k):
    y = x * 1.0
    total = x[0]
    try:
        total *= first_halved(y, k)
        total = first_halved(y, k + 1)
    except IndexError:
        total = total * y[0]
    return total + np.sum(y * y)


@program(lambda rng, n: (rng.normal(size=n),))
def none_where_numbers_are_needed(x):
    """What Python raises for None and for numbers is caught."""
    first, second = (x[0], None) if x[1] > 0 else (None, x[1])
    total = x[2]
    for v in (first, second):
        try:
            total += v * x[3]
        except TypeError:
            total *= x[0]
    items = [x[0]] if x[1] > 0 else None
    try:
        items.append(x[2])
    except AttributeError:
        items = [x[3]]
    other = x if x[1] > 0 else x[2]
    try:
        total *= len(other)
    except TypeError:
        total *= x[1]
    return total * sum(items)


@program(lambda rng, n: (rng.normal(size=n),))
def items_changed_behind_tries(x):
    """What was read from a list in a ``try`` is one with the item behind it."""
    entries = [{"value": v, "seen": 0.0} for v in x]
    items = iter(entries)
    while True:
        try:
            entry = next(items)
        except StopIteration:
            break
        entry["seen"] = entry["value"] ** 2
    for k in (1, len(x)):
        try:
            entry = entries[k]
        except IndexError:
            entry = entries[0]
        entry["seen"] *= entry["value"] + k
    return sum(e["seen"] * e["value"] for e in entries)


@program(lambda rng, n: (rng.normal(size=n),))
def values_that_do_not_fit(x):
    """What does not move is not written where it does not fit, nor is its tangent."""
    a = x.copy()
    try:
        a[:2] = np.ones(3)
    except ValueError:
        a[0] *= 3
    try:
        a[1] = np.zeros(2)
    except ValueError:
        a[1] *= x[0]
    try:
        a[:2] = np.ones(2)
    except ValueError:
        a[0] = x[1]
    return np.sum(a * a * x)
