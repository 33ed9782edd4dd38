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


@program(_sequence(1), wrt=(0, 1, 2, 3))
def recurrent_network(x, W, U, b):
    """States and outputs of all times are rows of arrays."""
    T = len(x)
    h = np.zeros((T + 1, len(b)))
    for t in range(T):
        h[t + 1] = np.tanh(W @ x[t] + U @ h[t] + b)
    return np.mean(h[1:] ** 2) + h[-1].sum()


@program(_sequence(4), wrt=(0, 1, 2, 3))
def lstm(x, W, U, b):
    """Four gates are slices of one product; cell and state are written into arrays."""
    T, H = len(x), len(b) // 4
    h = np.zeros((T + 1, H))
    c = np.zeros((T + 1, H))
    for t in range(T):
        z = W @ x[t] + U @ h[t] + b
        i = sigmoid(z[:H])
        f = sigmoid(z[H : 2 * H])
        o = sigmoid(z[2 * H : 3 * H])
        g = np.tanh(z[3 * H :])
        c[t + 1] = f * c[t] + i * g
        h[t + 1] = o * np.tanh(c[t + 1])
    return np.sum(h[-1] ** 2) + np.sum(c[1:, 0])


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


def _image(rng, n):
    return rng.normal(size=(2, n, n + 1)), rng.normal(size=(3, 2, 3, 3)), rng.normal(size=3)


def conv2d(x, w, b, stride=1, pad=0):
    """Channels first; a window moves over a padded copy."""
    if pad > 0:
        padded = np.zeros((x.shape[0], x.shape[1] + 2 * pad, x.shape[2] + 2 * pad))
        padded[:, pad:-pad, pad:-pad] = x
        x = padded
    channels, k = w.shape[0], w.shape[2]
    rows = (x.shape[1] - k) // stride + 1
    columns = (x.shape[2] - k) // stride + 1
    out = np.empty((channels, rows, columns))
    for c in range(channels):
        for i in range(rows):
            for j in range(columns):
                window = x[:, i * stride : i * stride + k, j * stride : j * stride + k]
                out[c, i, j] = np.sum(window * w[c]) + b[c]
    return out


def max_pool(x, k):
    channels, rows, columns = x.shape
    out = np.zeros((channels, rows // k, columns // k))
    for c in range(channels):
        for i in range(rows // k):
            for j in range(columns // k):
                out[c, i, j] = np.max(x[c, i * k : (i + 1) * k, j * k : (j + 1) * k])
    return out


def mean_pool(x):
    channels, rows, columns = x.shape
    out = np.zeros(channels)
    for c in range(channels):
        for i in range(rows):
            for j in range(columns):
                out[c] += x[c, i, j]
        out[c] /= rows * columns
    return out


@program(_image, wrt=(0, 1, 2), sizes=(4, 5))
def convolutional_network(x, w, b):
    """Convolution with padding, rectifier in place, maxima of windows, means of channels."""
    h = conv2d(x, w, b, pad=1)
    h[h < 0] = 0.0
    h = max_pool(h, 2)
    return np.sum(mean_pool(h) * np.array([1.0, -2.0, 3.0]))


@program(_image, wrt=(0, 1, 2), sizes=(5, 6))
def strided_convolution(x, w, b):
    return np.sum(conv2d(x, w, b, stride=2) ** 2)


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


@program(lambda rng, n: (rng.normal(size=(n, 3)), rng.normal(size=3), rng.normal(size=3)), wrt=(0, 1, 2))
def batch_normalisation(x, gain, shift):
    y = x - x.mean(axis=0)
    y /= np.sqrt((y**2).mean(axis=0) + 1e-5)
    y *= gain
    y += shift
    np.maximum(y, 0.0, out=y)
    return np.sum(y * np.arange(y.size).reshape(y.shape))


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
