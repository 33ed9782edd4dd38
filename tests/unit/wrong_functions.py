"""What is no function that can be differentiated, for the tests of wrong calls."""

import numpy as np


def square(x):
    return np.sum(x * x)


async def asynchronous(x):
    return x


def generator(x):
    yield x


class Called:
    def __init__(self, x):
        self.x = x


class Plain:
    pass
