"""Functions called in a `try` that may raise behind what they have changed already."""

import math
from dataclasses import dataclass

import numpy as np

from tests.programs.registry import program


def step(state, k, scale=1.5):
    state[k] *= scale
    if state[k] > 2:
        raise ValueError("too large")
    state[k + 1] += state[k]
    return state[k] * state[k + 1]


@dataclass
class Sum:
    total: float
    count: int = 0

    def add(self, v):
        self.count += 1
        self.total += v * v
        if v > 0.5:
            raise ValueError("too large")
        return self.total


@program(lambda rng, n: (rng.normal(size=n),), orders=2)
def steps_that_fail(x):
    """What a step did before it failed is seen by the handlers."""
    y, s, total = x.copy(), 0.0, Sum(0.0)
    for k in range(len(x) + 1):
        try:
            s += step(y, k)
            total.add(y[k])
        except ValueError as error:
            print(error)
            y[k] *= 0.5
        except IndexError:
            s *= y[0]
        finally:
            s += total.total * total.count
    return s + np.sum(y * y)


def first_above(y, low):
    for i in range(len(y)):
        y[i] *= 1.1
        if y[i] > low:
            if i == 2:
                raise KeyError("the second")
            return i
    return -1


def grow(y):
    y[0] += 1
    if y[1] > 0:
        raise ValueError
    y[1] *= 3


def grow_twice(y):
    y[2] *= 2
    grow(y)
    y[1] += 0.2
    try:
        grow(y)
    except ValueError:
        y[3] *= y[1]
        raise


@program(lambda rng, n: (rng.normal(size=n),), sizes=(5, 7), orders=2)
def functions_that_fail(x):
    """They return from loops, call and catch themselves, and change lists and captured arrays."""
    y, s, log = x.copy(), 0.0, []

    def shrink(i):
        log.append(i)
        y[i] /= 2
        if y[i] > 0.3:
            raise ValueError
        y[i] = y[i] ** 2
        return 1.0 / (i - 1)

    for low in (0.1, 0.5, 0.7):
        try:
            i = first_above(y, low)
            s += y[i]
        except KeyError:
            s += y[1] ** 2
    try:
        grow_twice(y)
    except ValueError:
        y[4] *= y[0]
    for i in range(3):
        try:
            q = shrink(i)
        except (ValueError, ZeroDivisionError):
            q = len(log) * 1.0
        s += y[i] * q
    return s + np.sum(y * y)


class Meter:
    def __init__(self, level):
        self.level = level

    def step(self, by):
        self.level = self.level * by
        if self.level > 3.0:
            raise ValueError("full")
        return self

    @property
    def reading(self):
        return self.level * 2


class Damped(Meter):
    def step(self, by):
        self.level = self.level - 0.1 * by
        return super().step(by * 0.5)

    @property
    def reading(self):
        return super().reading * self.level


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), points=[((np.array([4.0, 3.0, 2.5]),), None)])
def caught_in_methods_behind_super(x):
    meter = Damped(x[0])
    total = x[1]
    for v in x:
        try:
            meter.step(v * 2.0)
            total = total + meter.reading
        except ValueError:
            other = Damped(v)
            other.step(0.5)
            total = total * other.reading
    return total


def at_most(v, limit):
    if v > limit:
        raise ValueError(f"{limit} at most")
    return v


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n),), points=[((np.array([0.2, 3.0, 0.5]),), None)])
def told_by_their_text(x):
    """What str makes of an exception is compared with strings, also behind its handler."""
    message, total = "", 0.0
    for v in x:
        try:
            total = total + at_most(v, 2) ** 2
        except ValueError as error:
            message = str(error)
            total = total + (v if message == "2 at most" else v * 3)
    return total * (2.0 if message == "2 at most" else 0.5)


class Wallet:
    def __init__(self, held):
        self.held, self.spent = held, 0

    def spend(self, price):
        self.held = self.held * price
        self.spent += 1
        if price > 1.0:
            raise KeyError(price)
        return self.spent * price

    def spend_quietly(self, price):
        try:
            self.spend(price)
        except KeyError:
            pass
        return self

    def refuse(self, price):
        self.spent += 2
        self.held[0] *= price
        raise ValueError("always")


@program(lambda rng, n: (np.array([0.6, 1.3, 0.8]),), points=(((np.array([1.2, 1.3, 0.9]),), None),))
def what_calls_change_before_they_raise(x):
    """Handlers see it, and so does who knows it by other names: the caller, and functions around."""
    wallet, total, kept = Wallet(x * 1.0), 0.0, [x[0]]

    def known(price, values):
        try:
            kept[0] += price
            values[1] *= 3.0
            math.sqrt(1.0 - price)
        except ValueError:
            return
        kept.append(price)

    for price in x:
        try:
            total += wallet.spend(price)
        except KeyError:
            total += wallet.held[0] * wallet.spent
        known(price, x)
    try:
        wallet.refuse(x[2])
    except ValueError:
        total *= wallet.spent
    wallet.spend_quietly(x[1]).spend_quietly(0.5 * x[0])
    return total + np.sum(wallet.held * x) + sum(kept) * wallet.spent


@program(lambda rng, n: (np.array([0.6, 1.3, 0.8]),), points=(((np.array([1.2, 0.4, 0.9]),), None),))
def more_indices_than_axes(x):
    """An array may be indexed by too many numbers where that is not reached, or is caught."""
    y, k = x * 2.0, 0
    if x[0] > 5.0:
        k = (0, 1)
    y[k] *= 5.0
    try:
        scale = x[0] if x[0] > 1.0 else x[0, 2]
    except IndexError:
        scale = x[1] * 3.0
    return np.sum(y * y) * scale
