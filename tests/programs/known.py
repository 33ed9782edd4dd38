"""Functions whose derivatives textbooks print (a plain module: pytest changes test modules)."""

import math

import numpy as np


def sum_times(x, y, z):
    return (x + y) * z


def neuron(w, x):
    activation = w[0] * x[0] + w[1] * x[1] + w[2]
    return 1 / (1 + math.exp(-activation))


def network(W0, W1, x0, y):
    x1 = W0 @ x0
    x2 = np.tanh(x1)
    x3 = W1 @ x2
    loss = np.sum((x3 - y) ** 2) / 2
    return loss, x3
