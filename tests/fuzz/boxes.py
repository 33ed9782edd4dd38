"""What rewritten programs put values into, give them to, and are wrapped in: see ``rewrites``."""

import contextlib
import dataclasses
import functools


class Holder:
    """An object of no attributes yet."""


class Box:
    """A value that can be asked for in several ways."""

    def __init__(self, v):
        self.v = v

    def get(self):
        return self.v

    @property
    def value(self):
        return self.v

    def put(self, v):
        self.v = v
        return self

    def __call__(self):
        return self.v


class Sub(Box):
    def __init__(self, v):
        super().__init__(v)


@dataclasses.dataclass
class Cell:
    v: object = None


class Slots:
    __slots__ = ("v", "w")


class Turns:
    """An iterator that asks another one."""

    def __init__(self, items):
        self.items = iter(items)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.items)


class Items:
    """What can be gone through, by a generator of its own."""

    def __init__(self, items):
        self.items = items

    def __iter__(self):
        for item in self.items:  # noqa: UP028
            yield item


class Counted:
    """A context that counts how often it is open."""

    def __init__(self):
        self.open = 0

    def __enter__(self):
        self.open += 1
        return self

    def __exit__(self, *_):
        self.open -= 1
        return False


@contextlib.contextmanager
def given(v):
    yield v


def same(v):
    return v


def viewed(a):
    return a[:]


def halved(a):
    a[0] = a[0] * 0.5 + 0.25
    return a


def applied(function, *args):
    return function(*args)


def yielded(items):
    for item in items:  # noqa: UP028
        yield item


def delegated(items):
    yield from items


def passing(function):
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def wrapping(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        result = function(*args, **kwargs)
        return result

    return wrapper
