"""Programs of some length that are written with classes."""

import math
from dataclasses import dataclass, field

import numpy as np

from pullback import grad
from tests.programs.registry import program

# ---- a ray tracer of spheres


class Vec:
    def __init__(self, x, y, z):
        self.x, self.y, self.z = x, y, z

    def __add__(self, other):
        return Vec(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other):
        return Vec(self.x - other.x, self.y - other.y, self.z - other.z)

    def __mul__(self, k):
        return Vec(self.x * k, self.y * k, self.z * k)

    __rmul__ = __mul__

    def dot(self, other):
        return self.x * other.x + self.y * other.y + self.z * other.z

    @property
    def norm(self):
        return math.sqrt(self.dot(self))

    def unit(self):
        return self * (1.0 / self.norm)


@dataclass(frozen=True)
class Ray:
    origin: Vec
    direction: Vec

    def at(self, t):
        return self.origin + self.direction * t


class Sphere:
    def __init__(self, centre, radius, colour, mirror=0.0):
        self.centre = centre
        self.radius = radius
        self.colour = colour
        self.mirror = mirror

    def hit(self, ray):
        """How far away the ray meets the sphere, None if it does not."""
        between = ray.origin - self.centre
        b = between.dot(ray.direction)
        root = b * b - between.dot(between) + self.radius**2
        if root <= 0.0:
            return None
        t = -b - math.sqrt(root)
        return t if t > 1e-6 else None

    def normal(self, point):
        return (point - self.centre).unit()


class Scene:
    def __init__(self, spheres, light, ambient=0.1):
        self.spheres = spheres
        self.light = light
        self.ambient = ambient
        self.rays = 0

    def trace(self, ray, depth=0):
        self.rays += 1
        nearest, colour = 1e6, self.ambient
        for sphere in self.spheres:
            t = sphere.hit(ray)
            if t is None or t >= nearest:
                continue
            nearest = t
            point = ray.at(t)
            normal = sphere.normal(point)
            shade = max(normal.dot((self.light - point).unit()), 0.0)
            colour = sphere.colour * (self.ambient + shade)
            if depth < 1:
                bounced = ray.direction - 2.0 * ray.direction.dot(normal) * normal
                seen = self.trace(Ray(point, bounced), depth + 1)
                colour = (1.0 - sphere.mirror) * colour + sphere.mirror * seen
        return colour


@program(lambda rng, n: (0.6, Vec(2.0, 3.0, -1.0), n), wrt=(0, 1), sizes=(3, 4))
def ray_tracer(radius, light, n):
    scene = Scene(
        [Sphere(Vec(0.0, 0.0, 3.0), 1.0, 0.8, 0.3), Sphere(Vec(0.9, 0.3, 2.0), radius, 0.5)], light
    )
    image = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            aim = Vec((i + 0.5) / n - 0.5, (j + 0.5) / n - 0.5, 1.0)
            image[i, j] = scene.trace(Ray(Vec(0.0, 0.0, 0.0), aim.unit()))
    return np.sum(image**2) / scene.rays


# ---- a small library for neural networks


class Layer:
    def parameters(self):
        return []

    def __call__(self, x):
        return self.forward(x)


class Linear(Layer):
    def __init__(self, W, b):
        self.W, self.b = W, b

    def parameters(self):
        return [self.W, self.b]

    def forward(self, x):
        return x @ self.W + self.b


class Tanh(Layer):
    def forward(self, x):
        return np.tanh(x)


class Scaled(Layer):
    """A layer around a layer."""

    def __init__(self, inner, factor):
        self.inner = inner
        self.factor = factor

    def parameters(self):
        return self.inner.parameters()

    def forward(self, x):
        return self.inner(x) * self.factor


class Sequential(Layer):
    def __init__(self, *layers):
        self.layers = list(layers)
        self.calls = 0

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]

    def forward(self, x):
        self.calls += 1
        for layer in self.layers:
            x = layer(x)
        return x

    def loss(self, x, y):
        error = self(x) - y
        return np.mean(error**2)


class Optimizer:
    def __init__(self, lr):
        self.lr = lr
        self.steps = 0

    def step(self, parameters, gradients):
        self.steps += 1
        for k, (p, g) in enumerate(zip(parameters, gradients)):
            p -= self.change(k, g)


class Momentum(Optimizer):
    def __init__(self, lr, beta=0.9):
        super().__init__(lr)
        self.beta = beta
        self.velocity = None

    def step(self, parameters, gradients):
        if self.velocity is None:
            self.velocity = [np.zeros_like(p) for p in parameters]
        super().step(parameters, gradients)

    def change(self, k, g):
        self.velocity[k] = self.beta * self.velocity[k] + g
        return self.lr * self.velocity[k]


class Adam(Optimizer):
    def __init__(self, lr, parameters):
        super().__init__(lr)
        self.m = [np.zeros_like(p) for p in parameters]
        self.v = [np.zeros_like(p) for p in parameters]

    def change(self, k, g):
        self.m[k] = 0.9 * self.m[k] + 0.1 * g
        self.v[k] = 0.99 * self.v[k] + 0.01 * g**2
        m = self.m[k] / (1 - 0.9**self.steps)
        return self.lr * m / (np.sqrt(self.v[k] / (1 - 0.99**self.steps)) + 0.01)


def draw_data(rng, n):
    W, b = rng.normal(size=(3, 2)), rng.normal(size=2)
    return W, b, 0.1, rng.normal(size=(n, 3)), rng.normal(size=(n, 2))


def make_net(W, b):
    return Sequential(Linear(W, b), Tanh(), Scaled(Linear(np.ones((2, 2)), np.zeros(2)), 0.5))


@program(draw_data, wrt=(0, 1, 2), sizes=(4, 8))
def trained_by_momentum(W, b, lr, x, y):
    net = make_net(W.copy(), b.copy())
    optimizer = Momentum(lr)
    for _ in range(3):
        gradient = grad(Sequential.loss)(net, x, y)
        optimizer.step(net.parameters(), gradient.parameters())
    return net.loss(x, y) + net.calls * b[0]


@program(draw_data, wrt=(0, 1, 2), sizes=(4, 8))
def trained_by_adam(W, b, lr, x, y):
    net = make_net(W.copy(), b.copy())
    optimizer = Adam(lr, net.parameters())
    for _ in range(3):
        gradient = grad(Sequential.loss)(net, x, y)
        optimizer.step(net.parameters(), gradient.parameters())
    return net.loss(x, y) * optimizer.steps


@program(
    lambda rng, n: (make_net(rng.normal(size=(3, 2)), rng.normal(size=2)), *draw_data(rng, n)[3:]),
    wrt=(0, 1),
)  # fmt: skip
def network_as_argument(net, x, y):
    return net.loss(x, y)


# ---- filters and controllers


class Kalman:
    def __init__(self, F, Q, R):
        self.F, self.Q, self.R = F, Q, R
        self.x = np.zeros(len(F))
        self.P = np.eye(len(F))
        self.likelihood = 0.0

    def predict(self):
        self.x = self.F @ self.x
        self.P = self.F @ self.P @ self.F.T + self.Q

    def update(self, z):
        h = np.array([1.0, 0.0])
        s = h @ self.P @ h + self.R
        gain = self.P @ h / s
        error = z - h @ self.x
        self.x += gain * error
        self.P -= np.outer(gain, h @ self.P)
        self.likelihood -= 0.5 * (error**2 / s + np.log(s))
        return self

    @classmethod
    def constant_velocity(cls, dt, q, r):
        return cls(np.array([[1.0, dt], [0.0, 1.0]]), q * np.eye(2), r)


@program(lambda rng, n: (0.5, 0.1, 0.3, rng.normal(size=n)), wrt=(0, 1, 2, 3), orders=2)
def kalman_filter_class(dt, q, r, measurements):
    kalman = Kalman.constant_velocity(dt, q, r)
    for z in measurements:
        kalman.predict()
        kalman.update(z)
    return kalman.likelihood + kalman.x[1]


@dataclass
class PID:
    kp: float
    ki: float
    kd: float
    limit: float = 2.0
    integral: float = 0.0
    last: float | None = None
    history: list = field(default_factory=list)

    def control(self, error, dt):
        self.integral += error * dt
        slope = 0.0 if self.last is None else (error - self.last) / dt
        self.last = error
        u = self.kp * error + self.ki * self.integral + self.kd * slope
        u = min(max(u, -self.limit), self.limit)
        self.history.append(u)
        return u


@program(lambda rng, n: (PID(2.0, 0.5, 0.1), 0.7, n), wrt=(0, 1))
def pid_controller(pid, target, n):
    x, v, cost = 0.0, 0.0, 0.0
    for _ in range(n):
        u = pid.control(target - x, 0.1)
        v += 0.1 * (u - 0.3 * v)
        x += 0.1 * v
        cost += (target - x) ** 2 + 0.01 * u**2
    return cost + sum(pid.history) * pid.integral


# ---- polynomials


class Polynomial:
    def __init__(self, coefficients):
        self.coefficients = coefficients

    def __len__(self):
        return len(self.coefficients)

    def __getitem__(self, k):
        return self.coefficients[k] if k < len(self) else 0.0

    def __add__(self, other):
        if not isinstance(other, Polynomial):
            other = Polynomial([other])
        return Polynomial([self[k] + other[k] for k in range(max(len(self), len(other)))])

    __radd__ = __add__

    def __mul__(self, other):
        if not isinstance(other, Polynomial):
            return Polynomial([c * other for c in self.coefficients])
        total = [0.0] * (len(self) + len(other) - 1)
        for i, a in enumerate(self.coefficients):
            for j, b in enumerate(other.coefficients):
                total[i + j] += a * b
        return Polynomial(total)

    __rmul__ = __mul__

    def __call__(self, x):
        value = 0.0
        for c in reversed(self.coefficients):
            value = value * x + c
        return value

    def derivative(self):
        return Polynomial([k * c for k, c in enumerate(self.coefficients)][1:])

    def root(self, x):
        slope = self.derivative()
        for _ in range(20):
            step = self(x) / slope(x)
            x = x - step
            if abs(step) < 1e-12:
                break
        return x


@program(lambda rng, n: (-2.0, 0.3, 1.5), wrt=(0, 1, 2), orders=2)
def polynomial_class(a, b, x):
    p = Polynomial([a, b, 1.0])
    q = 2.0 * p * p + x + 1.0
    return q(x) * p.root(x) + p.derivative()[1]


# ---- particles


class Particle:
    def __init__(self, x, v, mass=1.0):
        self.x = x
        self.v = v
        self.mass = mass

    def push(self, force, dt):
        self.v = self.v + force / self.mass * dt

    def drift(self, dt):
        self.x = self.x + self.v * dt

    @property
    def energy(self):
        return 0.5 * self.mass * np.sum(self.v**2)


class World:
    def __init__(self, stiffness):
        self.particles = []
        self.stiffness = stiffness

    def add(self, particle):
        self.particles.append(particle)

    def step(self, dt):
        for a in self.particles:
            for b in self.particles:
                if a is not b:
                    a.push(-self.stiffness * (a.x - b.x), dt)
        for p in self.particles:
            p.drift(dt)


@program(lambda rng, n: (0.7, rng.normal(size=(3, 2)), n), wrt=(0, 1))
def three_particles(stiffness, positions, n):
    world = World(stiffness)
    for k in (0, 1, 2):
        world.add(Particle(positions[k], np.zeros(2), 1.0 + k))
    for _ in range(n):
        world.step(0.1)
    first = world.particles[0]
    first.v = first.v * 2.0
    return sum(p.energy for p in world.particles) + np.sum(first.x * world.particles[-1].x)
