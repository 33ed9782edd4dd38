"""Estimators and models of language and of markets, as libraries have them."""

import math
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from tests.programs.registry import program

# ---- options


class Exercise(Enum):
    EUROPEAN = 0
    AMERICAN = 1


@dataclass(frozen=True)
class Contract:
    strike: float
    maturity: float
    kind: str = "put"
    exercise: Exercise = Exercise.AMERICAN

    def __post_init__(self):
        if self.kind not in ("call", "put"):
            raise ValueError(f"no option is a {self.kind}")

    def payoff(self, S):
        sign = 1.0 if self.kind == "call" else -1.0
        return np.maximum(sign * (S - self.strike), 0.0)


@dataclass
class Market:
    spot: float
    rate: float
    vol: float
    dividends: list = field(default_factory=list)

    def discount(self, t):
        return math.exp(-self.rate * t)

    def escrowed(self, maturity):
        """The spot without the dividends that are paid before maturity."""
        return self.spot - sum(d * self.discount(t) for t, d in self.dividends if t < maturity)


class BinomialTree:
    """Backward induction by Cox, Ross and Rubinstein or Jarrow and Rudd."""

    def __init__(self, steps, scheme="crr"):
        if steps < 1:
            raise ValueError("at least one step")
        self.steps, self.scheme = steps, scheme
        self.boundary = {}

    def factors(self, market, dt):
        if self.scheme == "crr":
            u = math.exp(market.vol * math.sqrt(dt))
            d = 1.0 / u
        elif self.scheme == "jr":
            drift = (market.rate - 0.5 * market.vol**2) * dt
            u = math.exp(drift + market.vol * math.sqrt(dt))
            d = math.exp(drift - market.vol * math.sqrt(dt))
        else:
            raise NotImplementedError(self.scheme)
        p = (math.exp(market.rate * dt) - d) / (u - d)
        if not 0.0 < p < 1.0:
            raise ArithmeticError(f"arbitrage: p = {p}")
        return u, d, p

    def price(self, contract, market):
        n = self.steps
        dt = contract.maturity / n
        u, d, p = self.factors(market, dt)
        df = market.discount(dt)
        S = np.empty(n + 1)
        S[0] = market.escrowed(contract.maturity) * d**n
        for j in range(1, n + 1):
            S[j] = S[j - 1] * u / d
        V = contract.payoff(S)
        first, second = [], []
        for step in range(n - 1, -1, -1):
            S = S[: step + 1] / d
            V = df * (p * V[1:] + (1 - p) * V[:-1])
            if contract.exercise is Exercise.AMERICAN:
                now = contract.payoff(S)
                better = now > V
                if np.any(better):
                    self.boundary[step] = S[better].max()
                V = np.where(better, now, V)
            if step == 2:
                second = [V[0], V[1], V[2]]
            elif step == 1:
                first = [V[0], V[1]]
        delta = (first[1] - first[0]) / (market.spot * (u - d))
        up, down = second[2] - second[1], second[1] - second[0]
        gamma = (up / (u * u - 1) - down / (1 - d * d)) / market.spot**2
        return V[0], {"delta": delta, "gamma": gamma}


@program(lambda rng, n: (rng.uniform(0.9, 1.1), 0.05, rng.uniform(0.25, 0.4), 1.02, n),
         wrt=(0, 1, 2, 3), sizes=(4, 6))  # fmt: skip
def tree_with_dividends(spot, rate, vol, strike, n):
    """Prices and greeks from two trees; where an option is exercised early is kept by step."""
    market = Market(spot, rate, vol, [(0.3, 0.02), (0.8, 0.02), (1.5, 0.02)])
    tree = BinomialTree(n)
    american, greeks = tree.price(Contract(strike, 1.0), market)
    plain = Contract(strike, 1.0, exercise=Exercise.EUROPEAN)
    european, _ = BinomialTree(n, "jr").price(plain, market)
    edge = sum(tree.boundary[s] for s in tree.boundary) / max(len(tree.boundary), 1)
    risk = greeks["delta"] + 0.1 * greeks["gamma"]
    return american + 10 * (american - european) + risk + 0.1 * edge


# ---- least squares Monte Carlo


def laguerre(x, degree):
    columns = [np.ones_like(x), 1 - x]
    for k in range(1, degree):
        columns.append(((2 * k + 1 - x) * columns[k] - k * columns[k - 1]) / (k + 1))
    return np.stack(columns[: degree + 1], axis=1)


def longstaff_schwartz(S0, K, r, sigma, T, steps, paths, degree=2, seed=0, antithetic=True):
    """American put by regression (Longstaff and Schwartz, 2001)."""
    rng = np.random.default_rng(seed)
    dt = T / steps
    if antithetic:
        half = rng.standard_normal((paths // 2, steps))
        Z = np.concatenate([half, -half])
    else:
        Z = rng.standard_normal((paths, steps))
    S = np.zeros((Z.shape[0], steps + 1))
    S[:, 0] = S0
    for t in range(steps):
        S[:, t + 1] = S[:, t] * np.exp((r - 0.5 * sigma**2) * dt + sigma * np.sqrt(dt) * Z[:, t])
    cash = np.maximum(K - S[:, -1], 0.0)
    exercised = {}
    for t in range(steps - 1, 0, -1):
        cash = cash * np.exp(-r * dt)
        itm = np.flatnonzero(S[:, t] < K)
        if itm.size <= degree + 1:
            continue
        X = laguerre(S[itm, t] / K, degree)
        beta = np.linalg.solve(X.T @ X + 1e-8 * np.eye(degree + 1), X.T @ cash[itm])
        hold = X @ beta
        now = K - S[itm, t]
        early = now > hold
        cash[itm[early]] = now[early]
        exercised[t] = int(early.sum())
    price = np.exp(-r * dt) * cash.mean()
    stderr = np.exp(-r * dt) * cash.std(ddof=1) / math.sqrt(len(cash))
    return max(price, K - S0), stderr, exercised


@program(lambda rng, n: (rng.uniform(0.95, 1.05), 0.04, rng.uniform(0.2, 0.4), n), wrt=(0, 1, 2),
         sizes=(4,))  # fmt: skip
def american_option_by_regression(S0, r, sigma, steps):
    price, error, exercised = longstaff_schwartz(S0, 1.0, r, sigma, 1.0, steps, 24, seed=7)
    early = sum(exercised.values())
    return price + 0.5 * error + (0.0 if early else sigma)


# ---- k-means


class KMeans:
    """Lloyd's algorithm, from seeds chosen as by k-means++."""

    def __init__(self, k, max_iter=20, tol=1e-10, seed=0):
        self.k, self.max_iter, self.tol, self.seed = k, max_iter, tol, seed
        self.centres_ = None
        self.history_ = []

    def _seed_centres(self, X):
        rng = np.random.default_rng(self.seed)
        chosen = [int(rng.integers(len(X)))]
        while len(chosen) < self.k:
            d2 = np.array([min(np.sum((x - X[c]) ** 2) for c in chosen) for x in X])
            draw = rng.random() * d2.sum()
            total = 0.0
            for i in range(len(X)):
                total += d2[i]
                if total >= draw:
                    break
            chosen.append(i)
        return X[chosen].copy()

    def _assign(self, X):
        labels = np.zeros(len(X), dtype=int)
        inertia = 0.0
        for i, x in enumerate(X):
            d = np.sum((self.centres_ - x) ** 2, axis=1)
            labels[i] = np.argmin(d)
            inertia += d[labels[i]]
        return labels, inertia

    def fit(self, X):
        self.centres_ = self._seed_centres(X)
        for iteration in range(self.max_iter):
            labels, inertia = self._assign(X)
            self.history_.append(inertia)
            new = np.zeros_like(self.centres_)
            counts = np.zeros(self.k)
            for x, l in zip(X, labels):
                new[l] += x
                counts[l] += 1
            for j in range(self.k):
                if counts[j] == 0:
                    apart = np.sum((X[:, None] - self.centres_) ** 2, axis=2)
                    new[j] = X[np.argmax(np.min(apart, axis=1))]
                else:
                    new[j] /= counts[j]
            shift = np.linalg.norm(new - self.centres_)
            self.centres_ = new
            if shift < self.tol:
                self.n_iter_ = iteration + 1
                break
        else:
            self.n_iter_ = self.max_iter
        self.labels_, self.inertia_ = self._assign(X)
        return self

    def silhouette(self, X):
        total = 0.0
        for i in range(len(X)):
            means = np.zeros(self.k)
            for j in range(self.k):
                same = [m for m in range(len(X)) if self.labels_[m] == j and m != i]
                if same:
                    means[j] = sum(np.linalg.norm(X[i] - X[m]) for m in same) / len(same)
            a = means[self.labels_[i]]
            b = min(means[j] for j in range(self.k) if j != self.labels_[i])
            total += (b - a) / max(a, b)
        return total / len(X)


def _clouds(rng, n):
    return (np.concatenate([rng.normal(c, 0.4, (n, 2)) for c in (-2.0, 0.0, 2.0)]),)


@program(_clouds, sizes=(3, 4))
def k_means_class(X):
    """An estimator with attributes that fit sets, seeds drawn by distance, silhouettes."""
    model = KMeans(3, seed=2).fit(X)
    falls = np.diff(np.array(model.history_))
    if np.any(falls > 1e-9):
        raise ArithmeticError("the sum of squares has grown")
    return model.inertia_ + 0.1 * model.history_[0] + model.silhouette(X) + 0.01 * model.n_iter_


# ---- a transformer


class LayerNorm:
    def __init__(self, gain, bias, eps=1e-5):
        self.gain, self.bias, self.eps = gain, bias, eps

    def __call__(self, x):
        mean = x.mean(axis=-1, keepdims=True)
        var = ((x - mean) ** 2).mean(axis=-1, keepdims=True)
        return self.gain * (x - mean) / np.sqrt(var + self.eps) + self.bias


class MultiHeadAttention:
    """Heads in one projection; keys and values are kept for the next call."""

    def __init__(self, qkv, out, heads, dropout=0.0, rng=None):
        width = out.shape[0]
        if width % heads:
            raise ValueError(f"{width} is no multiple of {heads}")
        self.qkv, self.out, self.heads, self.dropout, self.rng = qkv, out, heads, dropout, rng
        self.cache = None
        self.entropies = []

    def attend(self, q, k, v, offset):
        scores = q @ k.T / math.sqrt(q.shape[-1])
        n, m = scores.shape
        allowed = np.arange(m)[None, :] <= np.arange(n)[:, None] + offset
        scores = np.where(allowed, scores, -1e9)
        e = np.exp(scores - scores.max(axis=-1, keepdims=True))
        p = e / e.sum(axis=-1, keepdims=True)
        self.entropies.append(-np.sum(p * np.log(p + 1e-12)) / n)
        if self.dropout and self.rng is not None:
            keep = self.rng.random(p.shape) >= self.dropout
            p = p * keep / (1 - self.dropout)
        return p @ v

    def __call__(self, x, use_cache=False):
        n, width = x.shape
        d = width // self.heads
        q, k, v = np.split(x @ self.qkv, 3, axis=-1)
        offset = 0
        if use_cache:
            if self.cache is not None:
                old_k, old_v = self.cache
                offset = len(old_k)
                k, v = np.concatenate([old_k, k]), np.concatenate([old_v, v])
            self.cache = (k, v)
        heads = []
        for h in range(self.heads):
            part = np.arange(h * d, (h + 1) * d)
            heads.append(self.attend(q[:, part], k[:, part], v[:, part], offset))
        return np.concatenate(heads, axis=-1) @ self.out


def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


class Block:
    def __init__(self, attention, w1, w2, norm1, norm2):
        self.attention, self.w1, self.w2 = attention, w1, w2
        self.norm1, self.norm2 = norm1, norm2

    def __call__(self, x, **options):
        x = x + self.attention(self.norm1(x), **options)
        return x + gelu(self.norm2(x) @ self.w1) @ self.w2


def positions(n, width, start=0):
    """Sines and cosines."""
    out = np.zeros((n, width))
    for t in range(n):
        for i in range(0, width, 2):
            angle = (t + start) / 10000 ** (i / width)
            out[t, i] = math.sin(angle)
            out[t, i + 1] = math.cos(angle)
    return out


def _words(rng, n):
    draw = lambda *shape: 0.5 * rng.normal(size=shape)
    return rng.integers(0, 5, n), draw(5, 4), draw(4, 12), draw(4, 4), draw(4, 6), draw(6, 4), draw(4)


@program(_words, wrt=(1, 2, 3, 4, 5, 6), sizes=(4, 5))
def language_model_step(tokens, table, qkv, out, w1, w2, gain):
    """A block of a transformer over all words but one, then over that one with what is kept."""
    rng = np.random.default_rng(0)
    attention = MultiHeadAttention(qkv, out, heads=2, dropout=0.2, rng=rng)
    block = Block(attention, w1, w2, LayerNorm(1 + gain, 0.0 * gain), LayerNorm(1 - gain, gain))
    n = len(tokens)
    first = block(table[tokens[:-1]] + positions(n - 1, 4), use_cache=True)
    last = block(table[tokens[-1:]] + positions(1, 4, start=n - 1), use_cache=True)
    loss = 0.0
    for t, x in enumerate(first):
        logits = table @ x
        loss -= logits[tokens[t + 1]] - np.log(np.sum(np.exp(logits)))
    entropy = sum(attention.entropies) / len(attention.entropies)
    return loss / (n - 1) + 0.1 * np.sum(last**2) + 0.1 * entropy


# ---- Baum and Welch


class GaussianHMM:
    """Expectation and maximisation, scaled, for several sequences."""

    def __init__(self, start, trans, means, variances, floor=1e-3):
        self.start, self.trans = start / start.sum(), trans / trans.sum(axis=1, keepdims=True)
        self.means, self.variances, self.floor = means, variances, floor
        self.scores = []

    def densities(self, y):
        d = y[:, None] - self.means
        return np.exp(-0.5 * d**2 / self.variances) / np.sqrt(2 * np.pi * self.variances)

    def expect(self, y):
        B = self.densities(y)
        T, N = B.shape
        alpha, beta, c = np.zeros((T, N)), np.zeros((T, N)), np.zeros(T)
        for t in range(T):
            prior = self.start if t == 0 else alpha[t - 1] @ self.trans
            alpha[t] = prior * B[t]
            c[t] = alpha[t].sum()
            if c[t] <= 0:
                raise FloatingPointError(f"underflow at {t}")
            alpha[t] /= c[t]
        beta[T - 1] = 1.0
        xi = np.zeros((N, N))
        for t in range(T - 2, -1, -1):
            ahead = B[t + 1] * beta[t + 1] / c[t + 1]
            xi += alpha[t][:, None] * self.trans * ahead
            beta[t] = self.trans @ ahead
        return alpha * beta, xi, np.log(c).sum()

    def fit(self, sequences, iterations=2, tol=1e-9):
        for it in range(iterations):
            score = 0.0
            start, xi = np.zeros_like(self.start), np.zeros_like(self.trans)
            weight, first, second = (np.zeros_like(self.means) for _ in range(3))
            for y in sequences:
                gamma, pairs, loglik = self.expect(y)
                score += loglik
                start += gamma[0]
                xi += pairs
                weight += gamma.sum(axis=0)
                first += gamma.T @ y
                second += gamma.T @ y**2
            self.scores.append(score)
            self.start = start / start.sum()
            self.trans = xi / xi.sum(axis=1, keepdims=True)
            self.means = first / weight
            self.variances = np.maximum(second / weight - self.means**2, self.floor)
            if it > 0 and abs(self.scores[-1] - self.scores[-2]) < tol:
                break
        return self

    def stationary(self, tol=1e-13, limit=500):
        p = self.start
        for _ in range(limit):
            new = p @ self.trans
            if np.abs(new - p).max() < tol:
                return new
            p = new
        raise RuntimeError("the chain does not mix")


def _sequences(rng, n):
    trans = rng.uniform(0.5, 1.5, size=(2, 2))
    start, variances = rng.uniform(0.5, 1.5, 2), rng.uniform(0.5, 1.0, 2)
    return start, trans, np.array([-0.7, 0.8]), variances, [rng.normal(size=n), rng.normal(size=n + 2)]


@program(_sequences, wrt=(0, 1, 2, 3, 4))
def baum_welch_class(start, trans, means, variances, sequences):
    """A model that is fitted to a list of sequences; what it holds after that."""
    hmm = GaussianHMM(start, trans, means, variances).fit(sequences)
    _, _, loglik = hmm.expect(sequences[0])
    if hmm.scores[1] < hmm.scores[0] - 1e-9:
        raise ArithmeticError("the likelihood has fallen")
    return loglik + hmm.stationary() @ hmm.means + np.sum(hmm.variances) + 0.1 * sum(hmm.scores)
