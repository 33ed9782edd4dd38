"""Functions as the users' guides of SciPy, NumPy and scikit-learn show them, written out anew.

They keep the manner of the guides: module-level settings, chained assignments, masks, in-place steps.
"""

import numpy as np
from numpy import cosh, zeros_like
from scipy.linalg import cho_solve, cholesky

from tests.programs.registry import program


@program(lambda rng, n: (rng.normal(size=n), 100.0, 1.0), wrt=(0, 1, 2), sizes=(4, 5))
def rosenbrock(x, a, b):
    """SciPy, optimization: the builtin sum of an array expression."""
    return sum(a * (x[1:] - x[:-1] ** 2.0) ** 2.0 + (1 - x[:-1]) ** 2.0) + b


def reaction(x, u):
    return x[0] * (u**2 + x[1] * u) / (u**2 + x[2] * u + x[3])


def reaction_residuals(x, u, y):
    return reaction(x, u) - y


@program(lambda rng, n: (rng.uniform(1.0, 2.0, 4), rng.uniform(0.1, 4.0, n), rng.normal(size=n)),
         numba=True)  # fmt: skip
def enzymatic_reaction(x, u, y):
    """SciPy, least squares: residuals of a model in other functions."""
    return 0.5 * np.sum(reaction_residuals(x, u, y) ** 2)


nx, ny = 7, 5
hx, hy = 1.0 / (nx - 1), 1.0 / (ny - 1)
P_left, P_right = 0, 0
P_top, P_bottom = 1, 0


@program(lambda rng, n: (rng.normal(size=(nx, ny)),), sizes=(1, 2))
def integrodifferential(P):
    """SciPy, large root finding: second differences by slices, ints of the module at the edges."""
    d2x = zeros_like(P)
    d2y = zeros_like(P)

    d2x[1:-1] = (P[2:]   - 2*P[1:-1] + P[:-2]) / hx/hx  # fmt: skip
    d2x[0]    = (P[1]    - 2*P[0]    + P_left)/hx/hx  # fmt: skip
    d2x[-1]   = (P_right - 2*P[-1]   + P[-2])/hx/hx  # fmt: skip

    d2y[:, 1:-1] = (P[:, 2:] - 2*P[:, 1:-1] + P[:, :-2])/hy/hy  # fmt: skip
    d2y[:, 0]    = (P[:, 1]  - 2*P[:, 0]    + P_bottom)/hy/hy  # fmt: skip
    d2y[:, -1]   = (P_top    - 2*P[:, -1]   + P[:, -2])/hy/hy  # fmt: skip

    return d2x + d2y + 5 * cosh(P).mean() ** 2


def pendulum(y, t, b, c):
    theta, omega = y
    dydt = [omega, -b * omega - c * np.sin(theta)]
    return dydt


@program(lambda rng, n: ([rng.normal(), 0.0], tuple(rng.uniform(0.2, 2.0, 2)), 5 * n), wrt=(0, 1))
def damped_pendulum(y, args, steps):
    """SciPy, odeint: a right side that takes and returns lists, with its parameters by ``*args``."""
    for k in range(steps):
        d = pendulum(y, 0.05 * k, *args)
        y = [yi + 0.05 * di for yi, di in zip(y, d)]
    return y[0]


def relu(x):
    return (x >= 0) * x


def relu2deriv(output):
    return output >= 0


def _digits(rng, n):
    images, labels = rng.normal(size=(n, 4)), rng.normal(size=(n, 2))
    return rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), images, labels, rng.integers(2, size=(n, 3))


@program(_digits, wrt=(0, 1), sizes=(2, 3))
def digits_epoch(weights_1, weights_2, training_images, training_labels, masks):
    """NumPy, deep learning from scratch: an epoch that trains its weights in place, with dropout."""
    training_loss = 0.0
    for i in range(len(training_images)):
        layer_0 = training_images[i]
        layer_1 = np.dot(layer_0, weights_1)
        layer_1 = relu(layer_1)
        dropout_mask = masks[i]
        layer_1 *= dropout_mask * 2
        layer_2 = np.dot(layer_1, weights_2)
        training_loss += np.sum((training_labels[i] - layer_2) ** 2)
        layer_2_delta = training_labels[i] - layer_2
        layer_1_delta = np.dot(weights_2, layer_2_delta) * relu2deriv(layer_1)
        layer_1_delta *= dropout_mask
        weights_1 += 0.1 * np.outer(layer_0, layer_1_delta)
        weights_2 += 0.1 * np.outer(layer_1, layer_2_delta)
    return training_loss


def _rewards(rng, n):
    return rng.normal(size=n) * (np.arange(n) % 3 == 1) + (np.arange(n) == 0), 0.9


@program(_rewards, wrt=(1,), sizes=(5, 7))
def discounted_rewards(r, gamma):
    """NumPy, Pong from pixels: an int that becomes a float, standardised in place."""
    discounted_r = np.zeros_like(r)
    running_add = 0
    for t in range(len(r) - 1, -1, -1):
        if r[t] != 0:
            running_add = 0
        running_add = running_add * gamma + r[t]
        discounted_r[t] = running_add
    discounted_r -= np.mean(discounted_r)
    discounted_r /= np.std(discounted_r)
    return discounted_r


@program(lambda rng, n: (rng.normal(size=3), rng.normal(size=(n, 3))), wrt=(0, 1))
def vector_quantisation(observation, codes):
    """NumPy, broadcasting: the distance to the nearest code."""
    diff = codes - observation
    dist = np.sqrt(np.sum(diff**2, axis=-1))
    return dist[np.argmin(dist)]


def _poles(rng, n):
    return *rng.normal(size=(3, 3)), rng.uniform(1.0, 2.0)


@program(_poles, wrt=(0, 1, 2, 3))
def static_equilibrium(pole_base, pole_top, wire, tension):
    """NumPy, static equilibrium: the reaction and the moment of a guyed pole."""
    pole_direction = pole_top - pole_base
    wire_direction = (wire - pole_top) / np.linalg.norm(wire - pole_top)
    F = tension * wire_direction
    M = np.cross(pole_direction, F)
    return -F, -M


@program(lambda rng, n: (np.sign(rng.normal(size=n)), 2.0 * rng.normal(size=n)), wrt=(1,), sizes=(6, 9))
def modified_huber_loss(y_true, y_pred):
    """scikit-learn, stochastic gradient descent: pieces of a loss written by masks."""
    z = y_pred * y_true
    loss = -4 * z
    loss[z >= -1] = (1 - z[z >= -1]) ** 2
    loss[z >= 1.0] = 0
    return loss


@program(lambda rng, n: (rng.normal(size=(n, 2)), rng.normal(size=(n + 1, 2))), wrt=(0, 1))
def own_kernel(X, Y):
    """scikit-learn, support vectors: a kernel of one's own."""
    M = np.array([[2, 0], [0, 1.0]])
    return np.dot(np.dot(X, M), Y.T)


def _labelled(rng, n):
    return rng.normal(size=n), rng.normal(size=(6, n - 1)), np.sign(rng.normal(size=6)), 0.1


@program(_labelled, wrt=(0, 1, 3), sizes=(4, 5))
def penalised_logistic(w, X, y, alpha):
    """scikit-learn, linear models: an intercept at the end of the weights, if there is one."""
    intercept = 0.0
    if w.size == X.shape[1] + 1:
        intercept = w[-1]
        w = w[:-1]
    z = np.dot(X, w)
    z += intercept
    yz = y * z
    out = np.log1p(np.exp(-np.abs(yz)))
    out[yz <= 0] -= yz[yz <= 0]
    return np.sum(out) + 0.5 * alpha * np.dot(w, w)


def rotate(points, rot_vecs):
    theta = np.linalg.norm(rot_vecs, axis=1)[:, np.newaxis]
    with np.errstate(invalid="ignore"):
        v = rot_vecs / theta
        v = np.nan_to_num(v)
    dot = np.sum(points * v, axis=1)[:, np.newaxis]
    cos_theta = np.cos(theta)
    sin_theta = np.sin(theta)
    return cos_theta * points + sin_theta * np.cross(v, points) + dot * (1 - cos_theta) * v


def project(points, camera_params):
    points_proj = rotate(points, camera_params[:, :3])
    points_proj += camera_params[:, 3:6]
    points_proj = -points_proj[:, :2] / points_proj[:, 2, np.newaxis]
    f = camera_params[:, 6]
    k1 = camera_params[:, 7]
    k2 = camera_params[:, 8]
    n = np.sum(points_proj**2, axis=1)
    r = 1 + k1 * n + k2 * n**2
    points_proj *= (r * f)[:, np.newaxis]
    return points_proj


def _observed(rng, n):
    cameras, points = rng.integers(0, 2, 6), rng.integers(0, n, 6)
    cameras[:2] = 0, 1
    return rng.normal(size=18 + 3 * n), 2, n, cameras, points, rng.normal(size=(6, 2))


@program(_observed, sizes=(3, 4))
def bundle_adjustment(params, n_cameras, n_points, camera_indices, point_indices, points_2d):
    """SciPy, optimization: what cameras see of points, against what was observed."""
    camera_params = params[: n_cameras * 9].reshape((n_cameras, 9))
    points_3d = params[n_cameras * 9 :].reshape((n_points, 3))
    points_proj = project(points_3d[point_indices], camera_params[camera_indices])
    return (points_proj - points_2d).ravel()


@program(lambda rng, n: (rng.normal(size=2), rng.normal(size=(n, 2)), rng.normal(size=(n, 1)), 0.1),
         wrt=(0, 3), sizes=(4, 5))  # fmt: skip
def log_marginal_likelihood(theta, X, y, alpha):
    """scikit-learn, Gaussian processes: of a squared exponential kernel."""
    length_scale = np.exp(theta[1])
    d = np.sum((X[:, np.newaxis] - X[np.newaxis]) ** 2, axis=-1) / length_scale**2
    K = np.exp(theta[0]) * np.exp(-0.5 * d)
    K[np.diag_indices_from(K)] += alpha
    L = cholesky(K, lower=True, check_finite=False)
    weights = cho_solve((L, True), y, check_finite=False)
    lml = -0.5 * np.einsum("ik,ik->k", y, weights)
    lml -= np.log(np.diag(L)).sum()
    lml -= K.shape[0] / 2 * np.log(2 * np.pi)
    return lml.sum(axis=-1)


@program(lambda rng, n: (rng.normal(size=n + 4), 3), sizes=(4, 6))
def smooth(x, window_len):
    """SciPy, signals: a window moved along a signal, reflected at its ends."""
    if x.ndim != 1:
        raise ValueError("smooth only accepts 1 dimension arrays.")
    if x.size < window_len:
        raise ValueError("Input vector needs to be bigger than window size.")
    s = np.r_[x[window_len - 1 : 0 : -1], x, x[-2 : -window_len - 1 : -1]]
    w = np.ones(window_len, "d")
    return np.convolve(w / w.sum(), s, mode="valid")
