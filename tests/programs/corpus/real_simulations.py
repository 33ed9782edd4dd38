"""Integrators and fields as simulation codes have them: classes, diagnostics, adaptive steps."""

import math
from dataclasses import dataclass, field

import numpy as np

from tests.programs.registry import program

# ---- Runge and Kutta, with tableaus and adaptive steps


TABLEAUS = {
    "heun": ([0.0, 1.0], [[], [1.0]], [0.5, 0.5]),
    "rk4": (
        [0.0, 0.5, 0.5, 1.0], [[], [0.5], [0.0, 0.5], [0.0, 0.0, 1.0]], [1 / 6, 1 / 3, 1 / 3, 1 / 6]
    ),
}


def rk_step(f, t, y, h, method, args=()):
    """One explicit step by a tableau."""
    try:
        c, a, b = TABLEAUS[method]
    except KeyError:
        raise ValueError(f"unknown method {method!r}") from None
    k = []
    for i in range(len(c)):
        yi = y.copy()
        for j, aij in enumerate(a[i]):
            if aij:
                yi += h * aij * k[j]
        k.append(f(t + c[i] * h, yi, *args))
    return y + h * sum(bi * ki for bi, ki in zip(b, k))


def odeint(f, y0, ts, args=(), method="rk4", substeps=1, events=None):
    """Integrate over given times; stops where an event changes sign."""
    ts = np.asarray(ts, dtype=float)
    if np.any(np.diff(ts) <= 0):
        raise ValueError("times must increase")
    y = np.array(y0, dtype=float)
    out = np.zeros((len(ts), y.size))
    out[0] = y
    nfev, status = 0, "finished"
    last = len(ts) - 1
    for n in range(len(ts) - 1):
        h = (ts[n + 1] - ts[n]) / substeps
        for s in range(substeps):
            y = rk_step(f, ts[n] + s * h, y, h, method, args)
            nfev += 4 if method == "rk4" else 2
        out[n + 1] = y
        if events is not None:
            before, after = events(ts[n], out[n]), events(ts[n + 1], y)
            if before * after < 0:
                status, last = "event", n + 1
                break
    return {"t": ts[: last + 1], "y": out[: last + 1], "nfev": nfev, "status": status}


def lorenz(t, u, sigma, rho, beta):
    x, y, z = u
    return np.array([sigma * (y - x), x * (rho - z) - y, x * y - beta * z])


@program(lambda rng, n: (np.array([1.0, 0.5, 2.0]), 10.0, 28.0, 8 / 3, n), wrt=(0, 1, 2, 3))
def lorenz_by_runge_kutta(u0, sigma, rho, beta, n):
    """Steps by two tableaus, one of them to the first change of a sign."""
    ts = np.linspace(0.0, 0.1, n + 1)
    fine = odeint(lorenz, u0, ts, args=(sigma, rho, beta), substeps=2)
    coarse = odeint(lorenz, u0, ts, (sigma, rho, beta), "heun", events=lambda t, u: u[2] - 2.05)
    error = np.linalg.norm(fine["y"][: len(coarse["t"])] - coarse["y"], axis=1)
    assert fine["status"] == "finished"
    assert fine["nfev"] == 8 * n
    return np.sum(fine["y"][-1] ** 2) + error.max() + coarse["y"][-1, 0] * coarse["nfev"]


# ---- an adaptive implicit integrator for stiff equations


@dataclass
class StepControl:
    rtol: float = 1e-4
    atol: float = 1e-6
    safety: float = 0.9
    smallest: float = 0.2
    largest: float = 5.0
    accepted: int = 0
    rejected: int = 0
    sizes: list = field(default_factory=list)

    def norm(self, error, y, new):
        scale = self.atol + self.rtol * np.maximum(np.abs(y), np.abs(new))
        return np.sqrt(np.mean((error / scale) ** 2))

    def resize(self, h, err, order):
        factor = self.largest if err == 0 else self.safety * err ** (-1.0 / (order + 1))
        return h * min(self.largest, max(self.smallest, factor))


def robertson(y, k1, k2, k3):
    a, b, c = y
    f = np.empty(3)
    f[0] = -k1 * a + k3 * b * c
    f[2] = k2 * b * b
    f[1] = -f[0] - f[2]
    J = np.array([[-k1, k3 * c, k3 * b], [k1, -k3 * c - 2 * k2 * b, -k3 * b], [0.0, 2 * k2 * b, 0.0]])
    return f, J


def rosenbrock23(fun, y0, t_end, control, h=1e-3, max_steps=200, args=()):
    """The pair of second and third order of Shampine and Reichelt, with a step control."""
    d = 1.0 / (2.0 + math.sqrt(2.0))
    e32 = 6.0 + math.sqrt(2.0)
    t, y = 0.0, y0.copy()
    identity = np.eye(len(y))
    for _ in range(max_steps):
        if t >= t_end:
            break
        h = min(h, t_end - t)
        f0, J = fun(y, *args)
        W = identity - h * d * J
        k1 = np.linalg.solve(W, f0)
        f1, _ = fun(y + 0.5 * h * k1, *args)
        k2 = np.linalg.solve(W, f1 - k1) + k1
        new = y + h * k2
        f2, _ = fun(new, *args)
        k3 = np.linalg.solve(W, f2 - e32 * (k2 - f1) - 2 * (k1 - f0))
        err = control.norm(h / 6 * (k1 - 2 * k2 + k3), y, new)
        if err > 1.0:
            control.rejected += 1
            h = control.resize(h, err, 2)
            continue
        t, y = t + h, new
        control.accepted += 1
        control.sizes.append(h)
        h = control.resize(h, err, 2)
    else:
        raise RuntimeError(f"t = {t:g} after {max_steps} steps")
    return y


@program(lambda rng, n: (np.array([1.0, 0.1, 0.2]), 0.04, 30.0, 10.0, 0.2 * n), wrt=(0, 1, 2, 3))
def stiff_reactions(y0, k1, k2, k3, t_end):
    """Steps that are taken again where their error is too large; sizes follow from errors."""
    control = StepControl(rtol=1e-2, atol=1e-4)
    y = rosenbrock23(robertson, y0, t_end, control, h=0.3, args=(k1, k2, k3))
    mean = sum(control.sizes) / len(control.sizes)
    return y @ np.array([1.0, 50.0, -2.0]) + 0.1 * mean + 0.01 * control.rejected / control.accepted


# ---- bodies


class Body:
    """A point mass in the plane."""

    def __init__(self, mass, position, velocity):
        if mass <= 0:
            raise ValueError("masses are positive")
        self.mass = mass
        self.x = np.array(position)
        self.v = np.array(velocity)
        self.force = np.zeros(2)

    @property
    def momentum(self):
        return self.mass * self.v

    def kinetic(self):
        return 0.5 * self.mass * self.v @ self.v

    def __repr__(self):
        return f"Body({self.mass:.3f})"


class NBody:
    """Bodies that attract each other, by leapfrog in the form of kicks and drifts."""

    softening = 0.05

    def __init__(self, bodies, G=1.0, dt=0.02):
        self.bodies = bodies
        self.G = G
        self.dt = dt
        self.time = 0.0
        self.log = {"energy": [], "closest": []}
        self.forces()

    def pairs(self):
        for i, a in enumerate(self.bodies):
            for b in self.bodies[i + 1 :]:
                yield a, b

    def forces(self):
        closest = np.inf
        for body in self.bodies:
            body.force[:] = 0.0
        for i in range(len(self.bodies)):
            a = self.bodies[i]
            for j in range(i):
                b = self.bodies[j]
                d = b.x - a.x
                r2 = d @ d + self.softening**2
                pull = self.G * a.mass * b.mass * d / r2**1.5
                a.force += pull
                b.force -= pull
                closest = min(closest, math.sqrt(r2))
        return closest

    def energy(self):
        total = sum(body.kinetic() for body in self.bodies)
        for a, b in self.pairs():
            total -= self.G * a.mass * b.mass / np.sqrt(np.sum((a.x - b.x) ** 2) + self.softening**2)
        return total

    def step(self):
        for body in self.bodies:
            body.v += 0.5 * self.dt * body.force / body.mass
            body.x += self.dt * body.v
        closest = self.forces()
        for body in self.bodies:
            body.v += 0.5 * self.dt * body.force / body.mass
        self.time += self.dt
        self.log["energy"].append(self.energy())
        self.log["closest"].append(closest)

    def run(self, steps, limit=1e3):
        start = self.energy()
        for k in range(steps):
            self.step()
            if abs(self.log["energy"][-1] - start) > limit * abs(start):
                return False
        return True


def _planets(rng, n):
    return rng.uniform(0.5, 1.5, 3), rng.normal(size=(3, 2)), 0.3 * rng.normal(size=(3, 2)), 1.1, n


@program(_planets, wrt=(0, 1, 2, 3), sizes=(3, 4))
def solar_system(masses, positions, velocities, G, steps):
    """N-body by classes: generators over pairs, forces in place, a log of dicts of lists."""
    bodies = [Body(m, x, v) for m, x, v in zip(masses, positions, velocities)]
    system = NBody(bodies, G=G)
    stable = system.run(steps)
    if not stable:
        raise RuntimeError(f"unstable at {system.time}")
    momentum = sum((body.momentum for body in system.bodies), np.zeros(2))
    energies = np.array(system.log["energy"])
    closest = min(system.log["closest"])
    return energies.std() + closest + momentum @ np.array([1.0, 2.0]) + energies[-1] * system.time


# ---- leapfrog with constraints, as molecules are moved


@dataclass
class Cell:
    length: float
    cutoff: float

    def wrap(self, d):
        return d - self.length * np.round(d / self.length)


def lennard_jones(x, cell, epsilon=1.0, sigma=1.0, shift=True):
    """Energy, forces and virial of particles in a periodic cell."""
    n = len(x)
    forces = np.zeros_like(x)
    energy, virial, pairs = 0.0, 0.0, 0
    rc6 = (sigma / cell.cutoff) ** 6
    ecut = 4 * epsilon * (rc6 * rc6 - rc6) if shift else 0.0
    for i in range(n - 1):
        for j in range(i + 1, n):
            d = cell.wrap(x[i] - x[j])
            r2 = np.sum(d * d)
            if r2 >= cell.cutoff**2:
                continue
            s6 = (sigma**2 / r2) ** 3
            energy += 4 * epsilon * s6 * (s6 - 1) - ecut
            ff = 48 * epsilon * s6 * (s6 - 0.5) / r2
            forces[i] += ff * d
            forces[j] -= ff * d
            virial += ff * r2
            pairs += 1
    return energy, forces, {"virial": virial, "pairs": pairs}


def velocity_verlet(x, v, cell, steps, dt=0.005, thermostat=None, **potential):
    """Yields what each step gives."""
    energy, f, info = lennard_jones(x, cell, **potential)
    for step in range(steps):
        v += 0.5 * dt * f
        x += dt * v
        x -= cell.length * np.floor(x / cell.length)
        energy, f, info = lennard_jones(x, cell, **potential)
        v += 0.5 * dt * f
        kinetic = 0.5 * np.sum(v**2)
        if thermostat is not None:
            wanted = 0.5 * thermostat * v.size
            v *= np.sqrt(1 + 0.1 * (wanted / kinetic - 1))
        yield step, energy + kinetic, info


def _fluid(rng, n):
    x = np.array([[i % 2, i // 2] for i in range(n)]) * 1.2 + 0.1 * rng.normal(size=(n, 2)) + 0.3
    return x, 0.3 * rng.normal(size=(n, 2)), 1.05, 0.9


@program(_fluid, wrt=(0, 1, 2, 3))
def molecules_in_a_cell(x, v, sigma, temperature):
    """Positions and velocities are changed in place by a generator, and wrapped round a cell."""
    cell = Cell(length=4.0, cutoff=1.9)
    trace = []
    pressure = 0.0
    for step, total, info in velocity_verlet(x, v, cell, 4, thermostat=temperature, sigma=sigma):
        trace.append(total)
        if step >= 2:
            pressure += info["virial"] / (2 * cell.length**2) / max(info["pairs"], 1)
    drift = trace[-1] - trace[0]
    return drift + pressure + 0.1 * np.sum(x * v) + sum(t**2 for t in trace) / len(trace)


# ---- the heat equation


class Grid:
    """A rectangle with borders of ghosts."""

    def __init__(self, nx, ny, lx=1.0, ly=1.0):
        self.shape = (nx + 2, ny + 2)
        self.dx, self.dy = lx / nx, ly / ny

    def zeros(self):
        return np.zeros(self.shape)

    def inside(self, u):
        return u[1:-1, 1:-1]


class HeatSolver:
    """Explicit heat conduction with a choice of borders and a source; stops when it is steady."""

    def __init__(self, grid, kappa, bc=("fixed", "insulated"), cfl=0.2):
        self.grid, self.kappa, self.bc = grid, kappa, bc
        self.dt = cfl * min(grid.dx, grid.dy) ** 2 / np.max(kappa)
        self.t, self.steps = 0.0, 0
        self.changes = []

    def fill_ghosts(self, u, walls):
        for axis, kind in enumerate(self.bc):
            v = u if axis == 0 else u.T
            if kind == "fixed":
                v[0] = 2 * walls[0] - v[1]
                v[-1] = 2 * walls[1] - v[-2]
            elif kind == "insulated":
                v[0], v[-1] = v[1], v[-2]
            elif kind == "periodic":
                v[0] = v[-2]
                v[-1] = v[1]
            else:
                raise ValueError(f"border {kind!r}")

    def step(self, u, source, walls):
        self.fill_ghosts(u, walls)
        g = self.grid
        fx = (u[1:, 1:-1] - u[:-1, 1:-1]) / g.dx
        fy = (u[1:-1, 1:] - u[1:-1, :-1]) / g.dy
        du = self.kappa * (np.diff(fx, axis=0) / g.dx + np.diff(fy, axis=1) / g.dy) + source
        inside = g.inside(u)
        inside += self.dt * du
        self.t += self.dt
        self.steps += 1
        self.changes.append(np.abs(du).max())

    def run(self, u, source, walls, max_steps=4, tol=1e-8):
        while self.steps < max_steps:
            self.step(u, source, walls)
            if self.changes[-1] < tol:
                return True
        return False


def _plate(rng, n):
    return rng.normal(size=(n, 3)), rng.uniform(0.5, 1.5, size=(n, 3)), np.array([0.3, 0.7])


@program(_plate, wrt=(0, 1, 2), sizes=(4, 5))
def heat_solver_class(source, kappa, walls):
    """Ghost cells filled through views and their transposes, fluxes, a history, a stop when steady."""
    grid = Grid(*source.shape)
    u = grid.zeros()
    u[1:-1, 1:-1] = source**2
    solver = HeatSolver(grid, kappa)
    done = solver.run(u, source, walls)
    ring = HeatSolver(grid, kappa.mean(), bc=("periodic", "fixed"))
    w = u.copy()
    ring.run(w, 0.0, walls, max_steps=2)
    if done:
        raise RuntimeError("steady at once")
    return np.sum(grid.inside(u) ** 2) + solver.changes[-1] + ring.t * np.sum(grid.inside(w) * source)
