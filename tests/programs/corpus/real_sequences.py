"""Filters, hidden states and alignments as packages have them."""

import math
from collections import namedtuple
from dataclasses import dataclass

import numpy as np

from tests.programs.registry import program

# ---- Kalman


@dataclass
class StateSpace:
    """x' = F x + w, z = H x + v."""

    F: np.ndarray
    H: np.ndarray
    Q: np.ndarray
    R: np.ndarray

    def __post_init__(self):
        n = self.F.shape[0]
        if self.F.shape != (n, n) or self.Q.shape != (n, n):
            raise ValueError("F and Q must be square and of one size")
        if self.H.shape[1] != n:
            raise ValueError(f"H has {self.H.shape[1]} columns, not {n}")


Filtered = namedtuple("Filtered", "means covs predicted_means predicted_covs loglik n_missing")


def kalman_filter(model, zs, x0=None, P0=None, joseph=True, gate=None):
    """Means and covariances of all times; nan is a missing value, ``gate`` leaves out outliers."""
    n, T = model.F.shape[0], len(zs)
    x = np.zeros(n) if x0 is None else x0
    P = np.eye(n) if P0 is None else P0
    means, covs = np.zeros((T, n)), np.zeros((T, n, n))
    pmeans, pcovs = np.zeros((T, n)), np.zeros((T, n, n))
    loglik, n_missing = 0.0, 0
    I = np.eye(n)
    for t, z in enumerate(zs):
        x = model.F @ x
        P = model.F @ P @ model.F.T + model.Q
        pmeans[t], pcovs[t] = x, P
        if np.any(np.isnan(z)):
            n_missing += 1
            means[t], covs[t] = x, P
            continue
        y = z - model.H @ x
        S = model.H @ P @ model.H.T + model.R
        Sy = np.linalg.solve(S, y)
        d2 = y @ Sy
        if gate is not None and d2 > gate:
            n_missing += 1
            means[t], covs[t] = x, P
            continue
        K = np.linalg.solve(S, model.H @ P).T
        x = x + K @ y
        if joseph:
            A = I - K @ model.H
            P = A @ P @ A.T + K @ model.R @ K.T
        else:
            P = P - K @ S @ K.T
        P = 0.5 * (P + P.T)
        loglik += -0.5 * (d2 + np.linalg.slogdet(S)[1] + len(y) * np.log(2 * np.pi))
        means[t], covs[t] = x, P
    return Filtered(means, covs, pmeans, pcovs, loglik, n_missing)


def rts_smoother(model, filtered):
    """The backward pass of Rauch, Tung and Striebel."""
    xs, Ps = filtered.means.copy(), filtered.covs.copy()
    for t in range(len(xs) - 2, -1, -1):
        C = filtered.covs[t] @ model.F.T @ np.linalg.inv(filtered.predicted_covs[t + 1])
        xs[t] += C @ (xs[t + 1] - filtered.predicted_means[t + 1])
        Ps[t] += C @ (Ps[t + 1] - filtered.predicted_covs[t + 1]) @ C.T
    return xs, Ps


def _tracking(rng, n):
    F = np.array([[1.0, 0.3], [0.0, 0.9]]) + 0.01 * rng.normal(size=(2, 2))
    zs = rng.normal(size=(n + 2, 2))
    zs[1, 0] = np.nan
    zs[n] = 50.0
    return F, np.array([[1.0, 0.0], [0.3, 1.0]]), 0.1 * np.eye(2), 0.3 * np.eye(2), zs


@program(_tracking, wrt=(0, 1, 2, 3))
def kalman_with_smoother(F, H, Q, R, zs):
    """Missing values and outliers are left out; a smoother goes back over what the filter kept."""
    model = StateSpace(F, H, Q, R)
    filtered = kalman_filter(model, zs, gate=50.0)
    plain = kalman_filter(model, zs[2:-1], P0=2 * np.eye(2), joseph=False)
    xs, Ps = rts_smoother(model, filtered)
    assert filtered.n_missing == 2
    assert plain.n_missing < 2
    return filtered.loglik + plain.loglik + np.sum(xs**2) + np.trace(Ps[0])


# ---- Viterbi


class HMM:
    """A hidden Markov model with Gaussian emissions, in logarithms."""

    def __init__(self, logits, means, log_sds, start=None):
        self.n_states = len(means)
        self.means, self.log_sds = means, log_sds
        self.log_A = logits - self._logsumexp(logits)[:, None]
        if start is None:
            start = np.full(self.n_states, -math.log(self.n_states))
        self.log_pi = start

    @staticmethod
    def _logsumexp(a, axis=-1):
        top = a.max(axis=axis)
        return top + np.log(np.exp(a - np.expand_dims(top, axis)).sum(axis=axis))

    def emission(self, y):
        z = (y[:, None] - self.means) / np.exp(self.log_sds)
        return -0.5 * z**2 - self.log_sds - 0.5 * math.log(2 * math.pi)

    def viterbi(self, y):
        """The likeliest path and its score."""
        log_B = self.emission(y)
        T = len(y)
        delta = np.full((T, self.n_states), -np.inf)
        psi = np.zeros((T, self.n_states), dtype=np.int64)
        delta[0] = self.log_pi + log_B[0]
        for t in range(1, T):
            for j in range(self.n_states):
                best, arg = -np.inf, -1
                for i in range(self.n_states):
                    score = delta[t - 1, i] + self.log_A[i, j]
                    if score > best:
                        best, arg = score, i
                delta[t, j] = best + log_B[t, j]
                psi[t, j] = arg
        path = [int(np.argmax(delta[-1]))]
        for t in range(T - 1, 0, -1):
            path.append(int(psi[t, path[-1]]))
        path.reverse()
        return path, delta[-1, path[-1]]

    def forward(self, y):
        log_B = self.emission(y)
        alpha = self.log_pi + log_B[0]
        for row in log_B[1:]:
            alpha = self._logsumexp(alpha[:, None] + self.log_A, axis=0) + row
        return self._logsumexp(alpha)

    def posterior(self, y):
        """Probabilities of the states at all times by forward and backward passes."""
        log_B = self.emission(y)
        T, N = log_B.shape
        fwd, bwd = np.zeros((T, N)), np.zeros((T, N))
        fwd[0] = self.log_pi + log_B[0]
        for t in range(1, T):
            fwd[t] = log_B[t] + self._logsumexp(fwd[t - 1] + self.log_A.T)
        for t in reversed(range(T - 1)):
            bwd[t] = self._logsumexp(self.log_A + log_B[t + 1] + bwd[t + 1])
        gamma = fwd + bwd
        gamma -= self._logsumexp(gamma)[:, None]
        return np.exp(gamma)


def segments(path):
    """Runs of one state as (state, start, stop)."""
    found = []
    start = 0
    for t in range(1, len(path) + 1):
        if t == len(path) or path[t] != path[start]:
            found.append((path[start], start, t))
            start = t
    return found


def _switching(rng, n):
    means = np.array([-1.0, 0.2, 1.5])
    return rng.normal(size=(3, 3)), means, 0.1 * rng.normal(size=3), rng.normal(size=n + 2)


@program(_switching, wrt=(0, 1, 2, 3))
def viterbi_of_a_class(logits, means, log_sds, y):
    """The best path, its runs and the evidence, by methods of a model."""
    hmm = HMM(logits, means, log_sds)
    path, score = hmm.viterbi(y)
    evidence = hmm.forward(y)
    gamma = hmm.posterior(y)
    if score > evidence:
        raise ArithmeticError("a path is likelier than all")
    penalty = 0.0
    for state, start, stop in segments(path):
        penalty += np.sum((y[start:stop] - hmm.means[state]) ** 2) / (stop - start)
    entropy = -np.sum(gamma * np.log(gamma + 1e-12))
    return score - evidence + 0.3 * penalty + entropy


# ---- dynamic time warping


def dtw(x, y, dist=None, window=None, step_pattern="symmetric1", return_path=False):
    """Dynamic time warping with a band of Sakoe and Chiba; returns distance, and the path on demand."""
    n, m = len(x), len(y)
    if n == 0 or m == 0:
        raise ValueError("empty sequence")
    if dist is None:
        dist = lambda a, b: abs(a - b)
    w = max(n, m) if window is None else max(window, abs(n - m))
    weight = {"symmetric1": 1.0, "symmetric2": 2.0}[step_pattern]
    D = np.full((n + 1, m + 1), np.inf)
    D[0, 0] = 0.0
    moves = np.zeros((n + 1, m + 1), dtype=int)
    for i in range(1, n + 1):
        for j in range(max(1, i - w), min(m, i + w) + 1):
            c = dist(x[i - 1], y[j - 1])
            choices = (D[i - 1, j - 1] + weight * c, D[i - 1, j] + c, D[i, j - 1] + c)
            k = min(range(3), key=lambda q: choices[q])
            D[i, j] = choices[k]
            moves[i, j] = k
    if not return_path:
        return D[n, m], None
    path = []
    i, j = n, m
    while i > 0 and j > 0:
        path.append((i - 1, j - 1))
        k = moves[i, j]
        if k == 0:
            i, j = i - 1, j - 1
        elif k == 1:
            i -= 1
        else:
            j -= 1
    return D[n, m], path[::-1]


def barycentre(series, centre, iterations=2):
    """Averages by DTW (Petitjean et al.): every point is the mean of what is aligned with it."""
    centre = centre.copy()
    costs = []
    for _ in range(iterations):
        assigned = [[] for _ in centre]
        total = 0.0
        for s in series:
            cost, path = dtw(centre, s, dist=lambda a, b: (a - b) ** 2, return_path=True)
            total += cost
            for i, j in path:
                assigned[i].append(s[j])
        costs.append(total)
        for i, values in enumerate(assigned):
            if values:
                centre[i] = sum(values) / len(values)
    return centre, costs


@program(lambda rng, n: ([rng.normal(size=n), rng.normal(size=n + 1)], rng.normal(size=n)), wrt=(0, 1),
         sizes=(4, 5))  # fmt: skip
def time_warping_barycentre(series, start):
    """Tables with bands, paths traced back, lists of what is aligned with each point."""
    centre, costs = barycentre(series, start)
    banded, _ = dtw(series[0], centre, window=2, step_pattern="symmetric2")
    whole, path = dtw(series[1], centre, return_path=True)
    assert path[0] == (0, 0)
    return costs[-1] + banded + whole * len(path) + centre @ start


# ---- alignment of sequences


@dataclass
class Scoring:
    match: float
    mismatch: float
    gap_open: float
    gap_extend: float
    transition: float = 0.0

    def __call__(self, a, b):
        if a == b:
            return self.match
        return self.transition if (a + b) % 2 == 0 else self.mismatch


def align_affine(a, b, scoring, local=False):
    """Gotoh's algorithm: three tables, gaps that are dear to open and cheap to go on with."""
    n, m = len(a), len(b)
    M = np.full((n + 1, m + 1), -1e9)
    X = np.full((n + 1, m + 1), -1e9)
    Y = np.full((n + 1, m + 1), -1e9)
    M[0, 0] = 0.0
    for i in range(1, n + 1):
        X[i, 0] = 0.0 if local else scoring.gap_open + (i - 1) * scoring.gap_extend
    for j in range(1, m + 1):
        Y[0, j] = 0.0 if local else scoring.gap_open + (j - 1) * scoring.gap_extend
    best, where = -np.inf, (n, m)
    for i, ca in enumerate(a, start=1):
        for j, cb in enumerate(b, start=1):
            s = scoring(ca, cb)
            M[i, j] = s + max(M[i - 1, j - 1], X[i - 1, j - 1], Y[i - 1, j - 1])
            X[i, j] = max(M[i - 1, j] + scoring.gap_open, X[i - 1, j] + scoring.gap_extend)
            Y[i, j] = max(M[i, j - 1] + scoring.gap_open, Y[i, j - 1] + scoring.gap_extend)
            if local:
                M[i, j] = max(M[i, j], 0.0)
            here = max(M[i, j], X[i, j], Y[i, j])
            if here > best:
                best, where = here, (i, j)
    if local:
        return best, where
    return max(M[n, m], X[n, m], Y[n, m]), where


def _bases(rng, n):
    return 1.3, -0.7, -1.1, -0.3, rng.integers(0, 4, n), rng.integers(0, 4, n + 1)


@program(_bases, wrt=(0, 1, 2, 3), numba=True)
def alignment_with_affine_gaps(match, mismatch, gap_open, gap_extend, a, b):
    """An edit distance with three tables, scored by a callable object; one that overwrites a row."""
    scoring = Scoring(match, mismatch, gap_open, gap_extend, transition=0.5 * mismatch)
    total, _ = align_affine(a, b, scoring)
    local, where = align_affine(a, b[1:], scoring, local=True)
    rows = list(range(len(b) + 1))
    distance = [gap_open * k for k in rows]
    for i in range(1, len(a) + 1):
        previous, distance[0] = distance[0], gap_open * i
        for j in range(1, len(b) + 1):
            change = previous + (0.0 if a[i - 1] == b[j - 1] else mismatch)
            previous = distance[j]
            distance[j] = max(change, distance[j] + gap_open, distance[j - 1] + gap_open)
    return total + 2 * local + where[0] * match + distance[-1] ** 2
