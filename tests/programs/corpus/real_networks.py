"""Real programs: networks written with arrays and loops: recurrent, convolutional, trained inside."""

import numpy as np

from pullback import grad
from tests.programs.registry import program


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def _sequence(gates):
    def inputs(rng, n):
        h, d = 3, 2
        return (rng.normal(size=(n, d)), 0.5 * rng.normal(size=(gates * h, d)),
                0.5 * rng.normal(size=(gates * h, h)), 0.1 * rng.normal(size=gates * h))  # fmt: skip

    return inputs


@program(_sequence(3), wrt=(0, 1, 2, 3))
def gated_recurrent_unit(x, W, U, b):
    """One state that is updated in place; outputs in a list."""
    H = len(b) // 3
    h = np.zeros(H)
    outputs = []
    for step in x:
        a = W @ step + b
        z = sigmoid(a[:H] + U[:H] @ h)
        r = sigmoid(a[H : 2 * H] + U[H : 2 * H] @ h)
        n = np.tanh(a[2 * H :] + U[2 * H :] @ (r * h))
        h *= z
        h += (1 - z) * n
        outputs.append(h.copy())
    return np.sum(np.array(outputs) ** 2)


@program(lambda rng, n: (rng.normal(size=(n + 2, n + 1)), rng.normal(size=(2, 2))), wrt=(0, 1),
         sizes=(4, 5), numba=True)  # fmt: skip
def convolution_by_six_loops(image, kernel):
    """Innermost products of numbers, added to an element."""
    rows, columns = image.shape[0] - 1, image.shape[1] - 1
    out = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            for p in range(2):
                for q in range(2):
                    out[i, j] += image[i + p, j + q] * kernel[p, q]
    s = 0.0
    for i in range(rows):
        for j in range(columns):
            s += max(out[i, j], 0.0)
    return s


def _layers(rng, n):
    sizes = (2, 4, 4, 1)
    params = [
        {"W": rng.normal(size=(m, k)) / np.sqrt(k), "b": 0.1 * rng.normal(size=m)}
        for k, m in zip(sizes[:-1], sizes[1:])
    ]
    return params, rng.normal(size=(n, 2)), rng.normal(size=n)


def predict(params, x):
    h = x.T
    for k, layer in enumerate(params):
        h = layer["W"] @ h + layer["b"][:, None]
        if k < len(params) - 1:
            np.tanh(h, out=h)
    return h[0]


@program(_layers)
def perceptron(params, X, y):
    """A list of dicts of layers; the activation overwrites what it is given."""
    return np.mean((predict(params, X) - y) ** 2)


@program(lambda rng, n: (rng.normal(size=3), rng.normal(size=(n, 3)), rng.normal(size=n), 0.1),
         wrt=(0, 3))  # fmt: skip
def trained_inside(w, X, y, rate):
    """The loss after steps of descent with momentum, as it depends on start and rate."""
    w = w.copy()
    velocity = np.zeros_like(w)
    for _ in range(5):
        residual = X @ w - y
        g = X.T @ residual / len(y)
        velocity *= 0.9
        velocity -= rate * g
        w += velocity
    return np.mean((X @ w - y) ** 2)


@program(lambda rng, n: (rng.normal(size=(n, 3)), rng.normal(size=(n, 3)), rng.normal(size=(n, 2))),
         wrt=(0, 1, 2))  # fmt: skip
def causal_attention(Q, K, V):
    """Each row attends to those before it: softmax by loops, in place."""
    n, d = Q.shape
    out = np.zeros_like(V)
    for i in range(n):
        scores = np.zeros(i + 1)
        for j in range(i + 1):
            scores[j] = Q[i] @ K[j] / np.sqrt(d)
        scores -= scores.max()
        weights = np.exp(scores)
        weights /= weights.sum()
        for j in range(i + 1):
            out[i] += weights[j] * V[j]
    return np.sum(out**2)


@program(lambda rng, n: (rng.normal(size=(5, 2)), rng.normal(size=2)), wrt=(0, 1))
def sum_of_embeddings(table, w):
    """Rows are looked up, some of them again."""
    words = [0, 3, 3, 1, 4, 0]
    vectors = [table[k] for k in words]
    context = sum(vectors) / len(vectors)
    scores = np.array([v @ context for v in vectors])
    return np.sum(np.tanh(scores)) + w @ context


def activations(parameters, x):
    """What each layer takes and gives, by parameters that are named by the number of the layer."""
    caches = []
    for l in range(1, 3):
        z = x @ parameters["W" + str(l)] + parameters["b%d" % l]
        caches.append((x, z))
        x = np.tanh(z)
    return x @ parameters[f"W{3}"], caches


def named_loss(parameters, x, y):
    out, caches = activations(parameters, x)
    size = 0.0
    for l in range(1, 4):
        size += np.sum(parameters["W" + str(l)] ** 2)
    size += 0.1 * sum(np.sum(z) for _, z in caches)
    return np.mean((out - y) ** 2) + parameters["decay"] * size


def named_parameters(rng, n):
    sizes = (3, n, n, 1)
    found = {f"W{l + 1}": rng.normal(size=sizes[l : l + 2]) for l in range(3)}
    found |= {f"b{l + 1}": rng.normal(size=sizes[l + 1]) for l in range(3)}
    return {**found, "decay": 0.1}, rng.normal(size=(5, 3)), rng.normal(size=(5, 1)), 0.05


@program(named_parameters, wrt=(0, 3), sizes=(2, 4))
def network_in_a_dict(parameters, x, y, rate):
    """Gradient descent on a dict of matrices, vectors and a number, whose keys are put together."""
    for _ in range(2):
        gradient = grad(named_loss)(parameters, x, y)
        for l in range(1, 4):
            parameters["W" + str(l)] = parameters["W" + str(l)] - rate * gradient["W" + str(l)]
            parameters[f"b{l}"] -= rate * gradient[f"b{l}"]
    return named_loss(parameters, x, y)
