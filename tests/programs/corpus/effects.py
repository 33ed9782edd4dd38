"""Draws from seeded generators, logging and warnings: made once, in order, where they stand."""

import logging
import random

import numpy as np

from tests.programs.registry import program

LOG = logging.getLogger("tests.programs.corpus.effects")
LOG.addHandler(logging.NullHandler())
LOG.propagate = False


@program(lambda rng, n: (rng.normal(size=n),))
def noisy_square(x):
    rng = np.random.default_rng(3)
    e = rng.normal(size=x.shape)
    return ((x + 0.1 * e) ** 2).sum()


@program(lambda rng, n: (rng.normal(size=n), 3), orders=3)
def draws_in_loop(x, seed):
    rng = np.random.default_rng(seed)
    s = 0.0
    for v in x:
        s = s * rng.uniform() + v * rng.standard_normal()
    return s * s


@program(lambda rng, n: (rng.normal(size=n),))
def walk_of_random_length(x):
    """The generator decides about branches and passes as well."""
    rng = np.random.default_rng(11)
    s = 1.0
    while rng.random() < 0.8:
        k = rng.integers(0, len(x))
        if rng.random() < 0.5:
            s = s + x[k] * rng.normal()
        else:
            s = s * np.sin(x[k])
    return s


def _noise(rng, v):
    return v * rng.normal(1.0, 0.1)


@program(lambda rng, n: (rng.normal(size=n),))
def draws_in_called_function(x):
    rng = np.random.default_rng(5)
    s = 0.0
    for i in range(len(x)):
        s += _noise(rng, x[i]) ** 2 * _noise(rng, 1.0)
    return s


def _branching(x, k, rng):
    if k >= len(x):
        return 1.0
    left = x[k] * rng.random()
    return left + _branching(x, k + 1, rng) * np.cos(x[k]) * rng.exponential()


@program(lambda rng, n: (rng.normal(size=n),))
def draws_in_recursion(x):
    return _branching(x, 0, np.random.default_rng(2))


@program(lambda rng, n: (rng.normal(size=n), rng.uniform(0.5, 1, n)), wrt=(0, 1))
def reparametrised(mu, sigma):
    """Draws that follow from standard ones are differentiated in their parameters."""
    rng = np.random.default_rng(7)
    z = rng.normal(mu, sigma)
    u = rng.uniform(mu[0], high=mu + sigma[0] + 3.0)
    t = rng.exponential(sigma, size=len(mu)) + rng.laplace(scale=sigma[0])
    return np.sum(z * z + u * t)


@program(lambda rng, n: (rng.normal(size=n), rng.uniform(0.5, 1, n)), wrt=(0, 1))
def reparametrised_and_broadcast(mu, sigma):
    rng = np.random.default_rng(7)
    z = rng.normal(mu, sigma[:, None])
    u = rng.uniform(mu[:, None], mu + sigma.max() + 5.0)
    t = rng.gamma(np.array([[2.0], [3.0]]), sigma)
    one = rng.normal(mu[0], sigma[1], size=())
    return np.sum(z * u) * one + np.sum(t * t)


@program(lambda rng, n: (rng.normal(size=n), rng.uniform(0.5, 1, n)), wrt=(0, 1))
def reparametrised_numbers(mu, sigma):
    np.random.seed(4)
    random.seed(4)
    s = random.gauss(mu[0], sigma[0]) * random.uniform(mu[1], 3.0) + random.expovariate(sigma[1])
    for m, w in zip(mu, sigma):  # noqa: B905
        s = s + np.random.normal(m, w) * np.random.gamma(2.0, w) + np.random.gumbel(m) * m
    return s


@program(lambda rng, n: (rng.normal(size=n), rng.uniform(0.5, 1, n)), wrt=(0, 1))
def reparametrised_in_branches(mu, sigma):
    rng = np.random.default_rng(1)

    def draw(m, w):
        return rng.normal(m, w) if rng.random() < 0.6 else rng.logistic(m, w)

    s = 1.0
    for i in range(len(mu)):
        s = s * draw(mu[i], sigma[i]) + draw(mu[i], 1.0)
    return s


@program(lambda rng, n: (rng.normal(size=n), rng.uniform(0.5, 2)), wrt=(0, 1))
def legacy_draws(x, c):
    np.random.seed(0)
    e = np.random.randn(2, len(x))
    u = np.random.rand()
    k = np.random.randint(0, len(x), size=3)
    state = np.random.RandomState(8)
    return np.sum(e * x) * u + np.prod(x[k]) * c + state.uniform(-1, 1) * c


@program(lambda rng, n: (rng.uniform(0.5, 2),))
def python_draws(x):
    random.seed(1)
    s = x
    for _ in range(random.randint(3, 6)):
        s = s * random.random() + random.gauss(0.0, 1.0) * random.choice([x, x * x, 1.0])
    own = random.Random(3)
    return s * own.uniform(1, 2)


@program(lambda rng, n: (rng.normal(size=(n, 2)),))
def shuffled_batches(X):
    rng = np.random.default_rng(0)
    s = 0.0
    for _ in range(2):
        order = rng.permutation(len(X))
        for i in range(0, len(X), 2):
            batch = X[order[i : i + 2]]
            s += np.prod(batch) + np.sum(rng.choice(X, 2) ** 2)
    return s


@program(lambda rng, n: (rng.normal(size=n),))
def shuffled_in_place(x):
    rng = np.random.default_rng(6)
    y = np.outer(x, x)
    rng.shuffle(y)
    rng.shuffle(y, axis=1)
    z = x * 2
    np.random.seed(3)
    np.random.shuffle(z)
    return np.sum(y * np.arange(y.size).reshape(y.shape)) + np.sum(z * np.arange(len(z)))


@program(lambda rng, n: (rng.normal(size=n),))
def dropout(x):
    rng = np.random.default_rng(9)
    for _ in range(2):
        mask = rng.random(x.shape) < 0.7
        x = np.tanh(x) * mask / 0.7
        k = rng.binomial(3, 0.5)
        x = x * (k + rng.poisson(2.0, size=len(x)))
    return np.sum(x * x)


@program(lambda rng, n: (rng.normal(size=n),))
def logged(x):
    log = logging.getLogger("tests.programs.corpus.effects")
    s = 0.0
    for i, v in enumerate(x):
        LOG.info("pass %d of %d: %.3f", i, len(x), v)
        if log.isEnabledFor(logging.DEBUG):
            LOG.debug(f"{v}")
        s = s + v * v
    LOG.warning("the sum is %s", s, stacklevel=2)
    return s


@program(lambda rng, n: (rng.normal(size=n),))
def shuffled_lists(x):
    random.seed(3)
    items = [v * v for v in x]
    s = 0.0
    for _ in range(3):
        random.shuffle(items)
        s = s * 0.5 + items[0] * items[1]
    rng = np.random.default_rng(0)
    rng.shuffle(items)
    return s + items[0]


@program(lambda rng, n: (rng.normal(size=n),))
def sampled_lists(x):
    rng = random.Random(7)
    items = [v * v for v in x]
    some = rng.sample(items, 2)
    others = rng.choices(items, k=3)
    random.seed(1)
    weighed = random.choices(x, weights=[1] * len(x), k=2)
    return sum(some) * sum(others) + weighed[0] * weighed[1]


@program(lambda rng, n: (rng.normal(size=n),))
def draws_of_vectors(x):
    rng = np.random.default_rng(0)
    z = rng.multivariate_normal([0.0, 1.0], np.eye(2))
    Z = rng.multivariate_normal(np.zeros(2), np.eye(2), size=3, method="cholesky")
    p = rng.dirichlet(np.ones(len(x)), 2)
    np.random.seed(0)
    k = np.random.multinomial(5, np.ones(3) / 3, size=(2,))
    return z @ x[:2] + np.sum(Z * x[-2:]) + np.sum(p * x) * np.sum(k * x[:3])
