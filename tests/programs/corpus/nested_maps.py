"""Linear maps inside of functions that are differentiated: vjp, linearize and split, hvp."""

import numpy as np

from pullback import grad, hessian, hvp, jacrev, linearize, split, vjp
from tests.programs.registry import program


def bent(y, k):
    return np.sin(y) * k * np.sum(y**2)


def first(pull, y_bar):
    return pull(y_bar)[0]


@program(lambda rng, n: (rng.normal(size=n),), orders=3)
def pullbacks_called_again(x):
    """One of a function that captures, called twice and handed on; an int has no cotangent but 0."""
    scale = np.sum(x)
    y, pull = vjp(lambda z, k: bent(z, k) * scale, x, 2)
    z_bar, k_bar = pull(y)
    return first(pull, x) @ z_bar + k_bar + np.sum(first(pull, z_bar))


@program(lambda rng, n: (rng.normal(size=n), 1.5), wrt=(0, 1), orders=2)
def pullbacks_kept(x, rate):
    """Those of all steps are called behind the loop, last to first, as by a tape that is written out."""
    pulls = []
    y = x
    for k in range(3):
        y, pull = vjp(lambda z, r: np.tanh(z * r) * x + z * k, y, rate)
        pulls.append(pull)
    y_bar, total = y, 0.0
    while pulls:
        y_bar, r_bar = pulls.pop()(y_bar)
        total += r_bar
    return np.sum(y_bar * x) + total


@program(lambda rng, n: (rng.normal(size=n),), orders=2)
def pushed_twice(x):
    """Two linear maps, one chosen by data; what they are of is written to afterwards."""
    z = 1.5 * x
    y, push = linearize(lambda p: {"a": np.cos(p["u"]) * p["v"], "b": (np.sum(p["v"]), 3)},
                        {"u": z, "v": x})  # fmt: skip
    z[0] = 7.0
    dot = push({"u": x, "v": y["a"]})
    y, other = linearize(lambda p: {"a": p["u"] ** 3, "b": (p["u"] @ p["v"], 3)}, {"u": x, "v": z})
    chosen = push if y["b"][0] > 0 else other
    return np.sum(dot["a"] * z) + chosen({"u": z, "v": dot["a"]})["b"][0] * dot["b"][0]


class Layer:
    def __init__(self, w):
        self.w = w

    def __call__(self, x):
        return np.tanh(self.w @ x)


@program(lambda rng, n: (rng.normal(size=(2, 3, 3)), rng.normal(size=3)), wrt=(0, 1), orders=2)
def layers_in_halves(w, x):
    """A network whose backward pass is written out: residuals of each layer in a list."""
    forward, backward = split(lambda layer, h: layer(h), argnums=(0, 1))
    saved = []
    h = x
    for k in range(len(w)):
        h, residuals = forward(Layer(w[k]), h)
        saved.append(residuals)
    h_bar, total = h, 0.0
    for residuals in reversed(saved):
        layer_bar, h_bar = backward(residuals, h_bar)
        total += np.sum(layer_bar.w ** 2)
    return total + h_bar @ x


def shrunk(y, n):
    return y if n == 0 else np.sin(shrunk(y, n - 1)) * y


@program(lambda rng, n: (1.0 + rng.random(n),), orders=2)
def pullbacks_of_recursion(x):
    """Until the data say stop, of a function that calls itself, and of a pullback of a pullback."""
    z, steps = x, 0
    while np.sum(z) > 1.0 and steps < 4:
        y, pull, count = vjp(lambda q: (np.sum(shrunk(q, 2)) * x[0], steps), z, has_aux=True)
        z = z - 0.2 * pull(y)[0] - 0.1 * z
        steps = count + 1
    twice, again = vjp(lambda q: vjp(lambda p: p**3 * q, q)[1](x)[0] * z, x)
    return np.sum(again(twice)[0])


@program(lambda rng, n: (rng.normal(size=n), rng.normal(size=n)), wrt=(0, 1), orders=2)
def curvatures_inside(x, v):
    """Products with a Hessian in a loop, as conjugate gradients take them, beside dense ones."""

    def energy(z, k):
        return np.sum(np.cosh(z * v)) * k

    residual, found = v, 0.0 * x
    for _ in range(2):
        product = hvp(energy, (x, 2.0), (residual, 0.0))
        found = found + residual * (residual @ residual) / (residual @ product)
        residual = v - hvp(energy, (x,), (found,), keywords={"k": 2.0})
    dense = hessian(energy)(x, 2.0) @ x

    @grad(argnums=1)
    def scaled(z, k):
        return energy(z, k) * k

    rows = jacrev(lambda z: linearize(lambda q: q**3 * x, z)[1](v))(x)
    return found @ dense + scaled(x, 0.5) + np.sum(rows)
