"""Solvers of linear and nonlinear systems as numerical codes have them: checks, options, reports."""

import warnings
from dataclasses import dataclass, field

import numpy as np

from tests.programs.registry import program


def _well(rng, n):
    """A matrix far from singular, a random right-hand side and random weights."""
    return rng.normal(size=(n, n)) + 3.0 * np.eye(n), rng.normal(size=n), rng.normal(size=n)


def _positive(rng, n):
    B = rng.normal(size=(n, n))
    return B @ B.T + n * np.eye(n)


# ---- elimination


class SingularMatrixError(ValueError):
    """Raised where a pivot vanishes."""


def swap_rows(M, i, j):
    """Exchange two rows in place."""
    if i != j:
        M[[i, j]] = M[[j, i]]


def forward_eliminate(M, n, pivoting="scaled", tol=1e-12):
    """Reduce the augmented matrix to upper triangular form, in place.

    Parameters
    ----------
    M : (n, n + k) array, overwritten
    pivoting : {"none", "partial", "scaled"}

    Returns
    -------
    sign : of the permutation
    order : list of row indices
    """
    order = list(range(n))
    sign = 1
    scale = np.max(np.abs(M[:, :n]), axis=1)
    if np.any(scale == 0):
        raise SingularMatrixError("a row of zeros")
    for k in range(n):
        if pivoting == "none":
            p = k
        elif pivoting == "partial":
            p = k + int(np.argmax(np.abs(M[k:, k])))
        elif pivoting == "scaled":
            p = k
            best = abs(M[k, k]) / scale[k]
            for i in range(k + 1, n):
                ratio = abs(M[i, k]) / scale[i]
                if ratio > best:
                    p, best = i, ratio
        else:
            raise ValueError(f"unknown pivoting {pivoting!r}")
        if abs(M[p, k]) < tol:
            raise SingularMatrixError(f"zero pivot in column {k}")
        if p != k:
            swap_rows(M, k, p)
            scale[k], scale[p] = scale[p], scale[k]
            order[k], order[p] = order[p], order[k]
            sign = -sign
        for i in range(k + 1, n):
            factor = M[i, k] / M[k, k]
            if factor == 0.0:
                continue
            M[i, k] = 0.0
            for j in range(k + 1, M.shape[1]):
                M[i, j] -= factor * M[k, j]
    return sign, order


def back_substitute(U, B):
    n, m = B.shape
    X = np.zeros((n, m))
    for c in range(m):
        for i in range(n - 1, -1, -1):
            s = B[i, c]
            for j in range(i + 1, n):
                s -= U[i, j] * X[j, c]
            X[i, c] = s / U[i, i]
    return X


def gauss_solve(A, b, pivoting="scaled", refine=0, full_output=False):
    """Solve ``A x = b``; with ``full_output`` also a dict that tells how it went."""
    A = np.asarray(A, dtype=float)
    b = np.asarray(b, dtype=float)
    if A.ndim != 2 or A.shape[0] != A.shape[1]:
        raise ValueError("expected a square matrix, got %s" % (A.shape,))
    n = A.shape[0]
    vector = b.ndim == 1
    B = b[:, np.newaxis] if vector else b
    if B.shape[0] != n:
        raise ValueError(f"shapes {A.shape} and {b.shape} do not fit")
    M = np.hstack((A, B))
    sign, order = forward_eliminate(M, n, pivoting=pivoting)
    X = back_substitute(M[:, :n], M[:, n:])
    residuals = []
    for _ in range(refine):
        R = B - A @ X
        residuals.append(np.linalg.norm(R))
        if residuals[-1] < 1e-300:
            break
        again = np.hstack((A, R))
        forward_eliminate(again, n, pivoting)
        X = X + back_substitute(again[:, :n], again[:, n:])
    x = X[:, 0] if vector else X
    if not full_output:
        return x
    info = {"det": sign * np.prod(np.diag(M)), "order": order, "residuals": residuals,
            "growth": np.max(np.abs(M[:, :n])) / np.max(np.abs(A))}  # fmt: skip
    return x, info


@program(_well, wrt=(0, 1, 2), sizes=(3, 5))
def gauss_with_scaled_pivots(A, b, w):
    """Elimination as a textbook's package has it: what it reports is used, one failure is caught."""
    try:
        gauss_solve(np.zeros((2, 2)), b[:2])
    except SingularMatrixError as error:
        message = str(error)
    X, info = gauss_solve(A, np.column_stack((b, w)), refine=1, full_output=True)
    assert sorted(info["order"]) == list(range(len(b)))
    if message != "a row of zeros":
        raise AssertionError(message)
    return w @ X[:, 0] + 0.01 * info["det"] + 0.1 * info["growth"] + np.sum(X**2)


# ---- LU


@dataclass
class LU:
    """Doolittle's factors in one array, with the order of the rows."""

    packed: np.ndarray
    piv: np.ndarray
    sign: int = 1
    norm: float = 0.0

    @classmethod
    def factor(cls, A, overwrite=False):
        lu = A if overwrite else A.copy()
        n = lu.shape[0]
        piv = np.arange(n)
        self = cls(lu, piv, norm=np.abs(A).sum(axis=0).max())
        for k in range(n - 1):
            p = k + np.abs(lu[k:, k]).argmax()
            if lu[p, k] == 0:
                raise np.linalg.LinAlgError("Singular matrix")
            if p != k:
                lu[k], lu[p] = lu[p].copy(), lu[k].copy()
                piv[k], piv[p] = piv[p], piv[k]
                self.sign *= -1
            lu[k + 1 :, k] /= lu[k, k]
            lu[k + 1 :, k + 1 :] -= np.outer(lu[k + 1 :, k], lu[k, k + 1 :])
        return self

    @property
    def L(self):
        return np.tril(self.packed, -1) + np.eye(len(self.piv))

    @property
    def U(self):
        return np.triu(self.packed)

    def logdet(self):
        d = np.diag(self.packed)
        return self.sign * np.prod(np.sign(d)), np.sum(np.log(np.abs(d)))

    def solve(self, b, trans=False):
        """Solve for one right-hand side, with A or its transpose."""
        lu, n = self.packed, len(self.piv)
        if not trans:
            x = b[self.piv]
            for i in range(n):
                x[i] -= lu[i, :i] @ x[:i]
            for i in reversed(range(n)):
                x[i] = (x[i] - lu[i, i + 1 :] @ x[i + 1 :]) / lu[i, i]
            return x
        y = b.copy()
        for i in range(n):
            y[i] = (y[i] - lu[:i, i] @ y[:i]) / lu[i, i]
        for i in range(n - 1, -1, -1):
            y[i] -= lu[i + 1 :, i] @ y[i + 1 :]
        x = np.empty_like(y)
        x[self.piv] = y
        return x

    def inverse(self):
        columns = [self.solve(e) for e in np.eye(len(self.piv))]
        return np.stack(columns, axis=1)

    def condition(self):
        return self.norm * np.abs(self.inverse()).sum(axis=0).max()


@program(_well, wrt=(0, 1, 2), sizes=(3, 5))
def lu_class(A, b, w):
    """Factors that are used for both systems, the determinant, the inverse and the condition number."""
    lu = LU.factor(A)
    x = lu.solve(b)
    y = lu.solve(w, trans=True)
    sign, logdet = lu.logdet()
    with np.errstate(divide="ignore"):
        ill = lu.condition()
    if ill > 1e12:
        warnings.warn("ill-conditioned")
    kept = np.linalg.norm(lu.L @ lu.U - A[lu.piv])
    again = LU.factor(A, overwrite=True).solve(x)
    return x @ y + sign * logdet + 0.01 * ill + kept + np.sum(again**2) + A[0, 0]


# ---- Cholesky


def cholesky(A, lower=True, jitter=0.0, max_tries=4):
    """The factor of a symmetric matrix by loops; jitter is added where it is not positive definite."""
    n = A.shape[0]
    if A.shape != (n, n):
        raise ValueError("not square")
    if not np.allclose(A, A.T):
        raise ValueError("not symmetric")
    for attempt in range(max_tries):
        L = np.zeros_like(A)
        ok = True
        for i in range(n):
            for j in range(i + 1):
                s = A[i, j] + (jitter if i == j else 0.0)
                for k in range(j):
                    s -= L[i, k] * L[j, k]
                if i == j:
                    if s <= 0.0:
                        ok = False
                        break
                    L[i, i] = np.sqrt(s)
                else:
                    L[i, j] = s / L[j, j]
            if not ok:
                break
        if ok:
            return (L if lower else L.T), jitter, attempt
        jitter = max(10 * jitter, 1e-2 * np.trace(A) / n)
    raise np.linalg.LinAlgError(f"not positive definite after {max_tries} tries")


def gp_log_likelihood(X, y, length, amplitude, noise):
    """Gaussian process regression: returns likelihood and what prediction needs."""
    n = len(X)
    K = np.empty((n, n))
    for i in range(n):
        for j in range(i, n):
            d = (X[i] - X[j]) / length
            K[i, j] = amplitude**2 * np.exp(-0.5 * np.dot(d, d))
            if i != j:
                K[j, i] = K[i, j]
    K[np.diag_indices(n)] += noise**2
    L, jitter, tries = cholesky(K)
    z = np.zeros(n)
    for i in range(n):
        z[i] = (y[i] - L[i, :i] @ z[:i]) / L[i, i]
    alpha = z.copy()
    for i in range(n - 1, -1, -1):
        alpha[i] = (alpha[i] - L[i + 1 :, i] @ alpha[i + 1 :]) / L[i, i]
    loglik = -0.5 * z @ z - np.log(L.diagonal()).sum() - 0.5 * n * np.log(2 * np.pi)
    return loglik, {"alpha": alpha, "L": L, "jitter": jitter, "tries": tries}


@program(
    lambda rng, n: (rng.normal(size=(n, 2)), rng.normal(size=n), 0.8, 1.2, 0.3), wrt=(0, 1, 2, 3, 4),
    points=[((np.ones((3, 2)), np.arange(3.0), 1.0, 1.0, 0.0), None)],
)  # fmt: skip
def gaussian_process_by_loops(X, y, length, amplitude, noise):
    """Cholesky's factor with jitter where it is needed, likelihood and a prediction."""
    loglik, fit = gp_log_likelihood(X, y, length, amplitude, noise)
    new = np.array([0.3, -0.2])
    k = np.array([amplitude**2 * np.exp(-0.5 * np.sum(((x - new) / length) ** 2)) for x in X])
    v = np.linalg.solve(fit["L"], k)
    spread = np.sqrt(amplitude**2 - v @ v)
    return loglik + k @ fit["alpha"] + spread + fit["jitter"] + fit["tries"]


# ---- tridiagonal systems


def thomas(a, b, c, d, overwrite=False):
    """Solve a tridiagonal system; a[0] and c[-1] are not used."""
    n = len(d)
    for name, v in (("a", a), ("b", b), ("c", c)):
        if len(v) != n:
            raise ValueError(f"{name} has length {len(v)}, not {n}")
    if not overwrite:
        b, d = b.copy(), d.copy()
    for i in range(1, n):
        if b[i - 1] == 0:
            raise ZeroDivisionError("pivoting needed")
        w = a[i] / b[i - 1]
        b[i] -= w * c[i - 1]
        d[i] -= w * d[i - 1]
    d[-1] /= b[-1]
    for i in range(n - 2, -1, -1):
        d[i] = (d[i] - c[i] * d[i + 1]) / b[i]
    return d


def cyclic_thomas(a, b, c, d):
    """The same with corners ``a[0]`` and ``c[-1]``, by Sherman and Morrison."""
    n = len(b)
    if n < 3:
        raise ValueError("too small")
    gamma = -b[0]
    bb = b.copy()
    bb[0] = b[0] - gamma
    bb[n - 1] = b[n - 1] - c[n - 1] * a[0] / gamma
    u = np.zeros(n)
    u[0], u[-1] = gamma, c[-1]
    x = thomas(a, bb, c, d)
    z = thomas(a, bb, c, u)
    fact = (x[0] + a[0] * x[-1] / gamma) / (1.0 + z[0] + a[0] * z[-1] / gamma)
    return x - fact * z


def crank_nicolson(u, kappa, dt, steps, theta=0.5, bc="periodic"):
    """Implicit diffusion on a line or a ring; kappa at the faces."""
    u = np.array(u, dtype=float)
    n = u.size
    lower = np.zeros(n)
    upper = np.zeros(n)
    for i in range(n):
        lower[i] = -theta * dt * kappa[i]
        upper[i] = -theta * dt * kappa[(i + 1) % n]
    if bc == "fixed":
        lower[[0, -1]] = upper[[0, -1]] = 0.0
    diag = 1.0 - lower - upper
    mass = []
    for step in range(steps):
        flux = kappa * (u - np.roll(u, 1))
        rhs = u + (1 - theta) * dt * (np.roll(flux, -1) - flux)
        if bc == "fixed":
            rhs[0], rhs[-1] = u[0], u[-1]
            thomas(lower, diag.copy(), upper, rhs, overwrite=True)
            u = rhs
        elif bc == "periodic":
            u = cyclic_thomas(lower, diag, upper, rhs)
        else:
            raise NotImplementedError(bc)
        mass.append(u.sum())
    return u, np.array(mass)


@program(lambda rng, n: (rng.normal(size=n + 1), rng.uniform(0.5, 1.5, n + 1), 0.1), wrt=(0, 1, 2))
def diffusion_on_a_ring(u0, kappa, dt):
    """Crank and Nicolson by Thomas' algorithm, on a ring and between fixed ends."""
    ring, mass = crank_nicolson(u0, kappa, dt, 3)
    line, other = crank_nicolson(u0, kappa, dt, 3, theta=1.0, bc="fixed")
    drift = np.ptp(mass)
    if drift > 1e-8 * max(1.0, abs(mass[0])):
        raise RuntimeError("mass is not conserved")
    return np.sum(ring**2) + line @ np.arange(len(line)) + other[-1] * mass[0]


# ---- conjugate gradients


class ConvergenceError(Exception):
    pass


@dataclass
class Report:
    converged: bool = False
    iterations: int = 0
    history: list[float] = field(default_factory=list)


def pcg(matvec, b, x0=None, precond=None, rtol=1e-10, maxiter=None, callback=None):
    """Preconditioned conjugate gradients, as in Barrett et al., Templates."""
    n = b.shape[0]
    x = np.zeros(n) if x0 is None else x0.copy()
    maxiter = 10 * n if maxiter is None else maxiter
    report = Report()
    r = b - matvec(x)
    target = rtol * np.linalg.norm(b)
    p = None
    rho_old = None
    for k in range(maxiter):
        norm = np.linalg.norm(r)
        report.history.append(norm)
        if norm <= target:
            report.converged = True
            break
        z = r if precond is None else precond(r)
        rho = r @ z
        if p is None:
            p = z.copy()
        else:
            p = z + (rho / rho_old) * p
        q = matvec(p)
        alpha = rho / (p @ q)
        x += alpha * p
        r -= alpha * q
        rho_old = rho
        report.iterations = k + 1
        if callback is not None:
            callback(x)
    return x, report


@program(lambda rng, n: (_positive(rng, n), rng.normal(size=n), rng.normal(size=n)), wrt=(0, 1, 2),
         sizes=(3, 5))  # fmt: skip
def preconditioned_conjugate_gradients(A, b, guess):
    """A solver that takes functions and gives a report; the callback keeps what it is shown."""
    A = 0.5 * (A + A.T)
    diagonal = np.diag(A)
    seen = []
    x, report = pcg(
        lambda v: A @ v, b, precond=lambda r: r / diagonal, callback=lambda v: seen.append(v[0])
    )
    if not report.converged:
        raise ConvergenceError(f"residual {report.history[-1]:.2e} after {report.iterations}")
    y, other = pcg(A.dot, x, x0=guess, maxiter=2)
    return np.sum(np.sin(x)) + seen[0] + y @ b + sum(other.history) + other.iterations
