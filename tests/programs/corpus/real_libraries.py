"""Networks and statistical models as libraries have them."""

import math
from typing import NamedTuple

import numpy as np

from tests.programs.registry import program

# ---- recurrent networks


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


class LSTMCell:
    """Gates in one matrix: input, forget, cell, output."""

    def __init__(self, W, U, b, hidden):
        if W.shape[0] != 4 * hidden:
            raise ValueError(f"W has {W.shape[0]} rows, expected {4 * hidden}")
        self.W, self.U, self.b = W, U, b
        self.hidden = hidden

    def __call__(self, x, state):
        h, c = state
        z = self.W @ x + self.U @ h + self.b
        i, f, g, o = np.split(z, 4)
        c = sigmoid(f + 1.0) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        return h, (h, c)

    def initial(self):
        return np.zeros(self.hidden), np.zeros(self.hidden)


class RNNCell:
    def __init__(self, W, U, b):
        self.W, self.U, self.b = W, U, b
        self.hidden = len(b)

    def __call__(self, x, state):
        h = np.tanh(self.W @ x + self.U @ state + self.b)
        return h, h

    def initial(self):
        return np.zeros(self.hidden)


def unroll(cell, xs, lengths=None, reverse=False, zoneout=0.0, seed=0):
    """Outputs of all steps in one array; ``lengths`` are those of each sequence of a batch."""
    steps, batch, _ = xs.shape
    out = np.zeros((steps, batch, cell.hidden))
    rng = np.random.default_rng(seed)
    finals = []
    for b in range(batch):
        last = steps if lengths is None else lengths[b]
        state = cell.initial()
        order = range(last - 1, -1, -1) if reverse else range(last)
        for t in order:
            h, new = cell(xs[t, b], state)
            if zoneout and t > 0 and rng.random() < zoneout:
                h = out[t - 1, b].copy() if not reverse else h
            out[t, b] = h
            state = new
        finals.append(h)
    return out, np.stack(finals)


def _recurrent(rng, n):
    d, h = 2, 3
    draw = lambda *shape: 0.5 * rng.normal(size=shape)
    weights = draw(4 * h, d), draw(4 * h, h), draw(4 * h), draw(h, h), draw(h, h), draw(h)
    return *weights, rng.normal(size=(n, 2, d))


@program(_recurrent, wrt=(0, 1, 2, 3, 4, 5, 6), sizes=(3, 4))
def stacked_recurrent_networks(W, U, b, V, S, c, xs):
    """An LSTM under a plain network that runs backwards; sequences of two lengths."""
    lengths = [len(xs), len(xs) - 1]
    first, last = unroll(LSTMCell(W, U, b, 3), xs, lengths, zoneout=0.3, seed=3)
    second, _ = unroll(RNNCell(V, S, c), first, lengths, reverse=True)
    loss, count = 0.0, 0
    for k, length in enumerate(lengths):
        logits = second[:length, k]
        shifted = logits - logits.max(axis=1, keepdims=True)
        logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        for t in range(length):
            loss -= logp[t, (t + k) % 3]
            count += 1
    return loss / count + np.sum(last**2)


# ---- convolutional networks by loops


def conv2d(x, w, b, stride=1, pad=0, dilation=1):
    """x: (N, C, H, W), w: (F, C, KH, KW)."""
    N, C, H, W = x.shape
    F, C2, KH, KW = w.shape
    assert C == C2, f"{C} channels, {C2} in the filter"
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    OH = (H + 2 * pad - dilation * (KH - 1) - 1) // stride + 1
    OW = (W + 2 * pad - dilation * (KW - 1) - 1) // stride + 1
    out = np.zeros((N, F, OH, OW))
    for n in range(N):
        for f in range(F):
            for i in range(OH):
                for j in range(OW):
                    hs, ws = i * stride, j * stride
                    he, we = hs + dilation * KH, ws + dilation * KW
                    patch = xp[n, :, hs:he:dilation, ws:we:dilation]
                    out[n, f, i, j] = np.sum(patch * w[f]) + b[f]
    return out


def max_pool(x, size=2, mode="max"):
    N, C, H, W = x.shape
    out = np.empty((N, C, H // size, W // size))
    for i in range(H // size):
        for j in range(W // size):
            window = x[:, :, i * size : (i + 1) * size, j * size : (j + 1) * size]
            if mode == "max":
                out[:, :, i, j] = window.max(axis=(2, 3))
            else:
                out[:, :, i, j] = window.mean(axis=(2, 3))
    return out


class BatchNorm:
    def __init__(self, gamma, beta, momentum=0.9, eps=1e-5):
        self.gamma, self.beta, self.momentum, self.eps = gamma, beta, momentum, eps
        self.running_mean = None
        self.running_var = None

    def __call__(self, x, training=True):
        if training:
            mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
            if self.running_mean is None:
                self.running_mean, self.running_var = mean, var
            else:
                m = self.momentum
                self.running_mean = m * self.running_mean + (1 - m) * mean
                self.running_var = m * self.running_var + (1 - m) * var
        else:
            mean, var = self.running_mean, self.running_var
        shape = (1, -1, 1, 1)
        xhat = (x - mean.reshape(shape)) / np.sqrt(var.reshape(shape) + self.eps)
        return self.gamma.reshape(shape) * xhat + self.beta.reshape(shape)


def _images(rng, n):
    return (rng.normal(size=(2, 1, n + 1, n + 1)), 0.5 * rng.normal(size=(2, 1, 2, 2)),
            0.1 * rng.normal(size=2), rng.uniform(0.5, 1.5, 2), rng.normal(size=(3, 2)),
            np.array([2, 0]))  # fmt: skip


@program(_images, wrt=(0, 1, 2, 3, 4), sizes=(3, 5))
def convolutional_classifier(x, w, b, gamma, V, labels):
    """Convolution, normalisation, rectification, pooling and a softmax, in training and after it."""
    norm = BatchNorm(gamma, 0.1 * b)
    total = 0.0
    for training in (True, True, False):
        h = conv2d(x, w, b, stride=1, pad=1)
        h = norm(h, training=training)
        h[h < 0] *= 0.1
        h = max_pool(h, mode="max" if training else "mean")
        scores = h.mean(axis=(2, 3)) @ V.T
        scores -= scores.max(axis=1, keepdims=True)
        logp = scores - np.log(np.sum(np.exp(scores), axis=1, keepdims=True))
        total -= logp[np.arange(len(labels)), labels].mean()
    return total + np.sum(conv2d(x, w, b, dilation=2)) * 0.01


# ---- optimisation of small models


class Result(NamedTuple):
    x: np.ndarray
    fun: float
    nit: int
    success: bool
    message: str


def levenberg_marquardt(residuals, jacobian, x0, args=(), ftol=1e-12, xtol=1e-10, lam=1e-2, max_nfev=60):
    """Damped least squares by Nielsen's rule for the damping."""
    x = x0.copy()
    r = residuals(x, *args)
    cost = 0.5 * r @ r
    J = jacobian(x, *args)
    mu = lam * np.max(np.sum(J * J, axis=0))
    nu = 2.0
    nit, nfev = 0, 1
    message = "too many evaluations"
    while nfev < max_nfev:
        g = J.T @ r
        if np.max(np.abs(g)) < 1e-13:
            message = "gradient"
            break
        A = J.T @ J
        step = -np.linalg.solve(A + mu * np.eye(len(x)), g)
        if np.linalg.norm(step) < xtol * (xtol + np.linalg.norm(x)):
            message = "xtol"
            break
        new_r = residuals(x + step, *args)
        nfev += 1
        new_cost = 0.5 * new_r @ new_r
        predicted = 0.5 * step @ (mu * step - g)
        rho = (cost - new_cost) / predicted
        if rho > 0:
            done = abs(cost - new_cost) < ftol * cost
            x, r, cost = x + step, new_r, new_cost
            J = jacobian(x, *args)
            mu *= max(1 / 3, 1 - (2 * rho - 1) ** 3)
            nu = 2.0
            nit += 1
            if done:
                message = "ftol"
                break
        else:
            mu *= nu
            nu *= 2
    return Result(x, cost, nit, message != "too many evaluations", message)


def decay(p, t, y):
    return p[0] * np.exp(-p[1] * t) + p[2] - y


def decay_jacobian(p, t, y):
    e = np.exp(-p[1] * t)
    return np.column_stack([e, -p[0] * t * e, np.ones_like(t)])


def _decaying(rng, n):
    t = np.linspace(0.0, 2.0, n + 3)
    return 2.0 * np.exp(-1.3 * t) + 0.5 + 0.05 * rng.normal(size=n + 3), t, np.array([1.5, 1.0, 0.2])


@program(_decaying, wrt=(0,))
def fit_by_levenberg_marquardt(y, t, start):
    """What fitted parameters and the cost at them owe to the data."""
    fit = levenberg_marquardt(decay, decay_jacobian, start, args=(t, y), ftol=1e-6, max_nfev=30)
    if not fit.success:
        raise RuntimeError(fit.message)
    J = decay_jacobian(fit.x, t, y)
    dof = len(y) - len(start)
    cov = np.linalg.inv(J.T @ J) * 2 * fit.fun / dof
    return fit.x @ np.array([1.0, 2.0, -1.0]) + np.sqrt(np.diag(cov)).sum()


# ---- a library for networks


class Module:
    training = True

    def __call__(self, x):
        return self.forward(x)

    def parameters(self):
        return []

    def zero_grad(self):
        for p in self.parameters():
            p.grad[...] = 0.0


class Parameter:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)

    @property
    def shape(self):
        return self.data.shape


class Dense(Module):
    def __init__(self, n_in, n_out, rng):
        bound = math.sqrt(6.0 / (n_in + n_out))
        self.W = Parameter(rng.uniform(-bound, bound, size=(n_in, n_out)))
        self.b = Parameter(np.zeros(n_out))

    def parameters(self):
        return [self.W, self.b]

    def forward(self, x):
        self.x = x
        return x @ self.W.data + self.b.data

    def backward(self, g):
        self.W.grad += self.x.T @ g
        self.b.grad += g.sum(axis=0)
        return g @ self.W.data.T


class Tanh(Module):
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, g):
        return g * (1 - self.y**2)


class Sequential(Module):
    def __init__(self, *modules):
        self.modules = modules

    def parameters(self):
        found = []
        for m in self.modules:
            found.extend(m.parameters())
        return found

    def forward(self, x):
        for m in self.modules:
            x = m(x)
        return x

    def backward(self, g):
        for m in reversed(self.modules):
            g = m.backward(g)
        return g


class SGD:
    def __init__(self, parameters, lr, momentum=0.0, weight_decay=0.0):
        self.parameters = list(parameters)
        self.lr, self.momentum, self.weight_decay = lr, momentum, weight_decay
        self.velocity = [np.zeros(p.shape) for p in self.parameters]

    def step(self):
        for p, v in zip(self.parameters, self.velocity):
            g = p.grad + self.weight_decay * p.data
            v *= self.momentum
            v -= self.lr * g
            p.data += v


@program(lambda rng, n: (rng.normal(size=(n, 2)), rng.normal(size=(n, 1)), 0.1, 0.8, 0.01),
         wrt=(0, 1, 2, 3, 4))  # fmt: skip
def backpropagation_by_hand(X, Y, lr, momentum, weight_decay):
    """A library that keeps its own gradients in buffers, differentiated through its training."""
    rng = np.random.default_rng(4)
    net = Sequential(Dense(2, 3, rng), Tanh(), Dense(3, 1, rng))
    opt = SGD(net.parameters(), lr, momentum=momentum, weight_decay=weight_decay)
    history = []
    for epoch in range(3):
        net.zero_grad()
        error = net(X) - Y
        history.append(float(np.mean(error**2)))
        net.backward(2 * error / error.size)
        opt.step()
        if history[-1] < 1e-9:
            break
    return np.mean((net(X) - Y) ** 2) + 0.1 * sum(history)
