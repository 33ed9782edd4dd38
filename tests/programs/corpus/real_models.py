"""Whole models in one function, long as people write them."""

import numpy as np

from tests.programs.registry import program


def _reactor(rng, n):
    return rng.uniform(0.5, 1.0, n), rng.uniform(1.0, 1.5, n), 0.8, 0.3, 3


@program(_reactor, wrt=(0, 1, 2, 3), sizes=(3,))
def reactor_by_implicit_steps(c, T, rate, conductivity, steps):
    """Reaction and heat in a tube: each implicit step is solved by Newton, each of its systems by
    elimination with pivoting in place; steps that do not converge are halved."""
    n = len(c)
    t, dt = 0.0, 0.2
    history = []
    failed = 0
    while len(history) < steps:
        u = np.concatenate([c, T])
        start = u.copy()
        converged = False
        for _ in range(12):
            residual = np.zeros(2 * n)
            jacobian = np.zeros((2 * n, 2 * n))
            for i in range(n):
                ci, Ti = u[i], u[n + i]
                speed = rate * np.exp(-1.0 / Ti)
                left = u[n + i - 1] if i > 0 else 1.2
                right = u[n + i + 1] if i < n - 1 else Ti
                residual[i] = ci - start[i] + dt * speed * ci
                residual[n + i] = (
                    Ti - start[n + i] - dt * (speed * ci + conductivity * (left - 2 * Ti + right))
                )
                jacobian[i, i] = 1 + dt * speed
                jacobian[i, n + i] = dt * speed * ci / Ti**2
                jacobian[n + i, i] = -dt * speed
                jacobian[n + i, n + i] = 1 - dt * (speed * ci / Ti**2 - 2 * conductivity)
                if i > 0:
                    jacobian[n + i, n + i - 1] -= dt * conductivity
                if i < n - 1:
                    jacobian[n + i, n + i + 1] -= dt * conductivity
                else:
                    jacobian[n + i, n + i] -= dt * conductivity
            for k in range(2 * n):
                p = k + int(np.argmax(np.abs(jacobian[k:, k])))
                if p != k:
                    jacobian[[k, p]] = jacobian[[p, k]]
                    residual[k], residual[p] = residual[p], residual[k]
                for i, row in enumerate(jacobian[k + 1 :], k + 1):
                    factor = row[k] / jacobian[k, k]
                    row[k:] -= factor * jacobian[k, k:]
                    residual[i] -= factor * residual[k]
            for k in reversed(range(2 * n)):
                residual[k] -= jacobian[k, k + 1 :] @ residual[k + 1 :]
                residual[k] /= jacobian[k, k]
            u -= residual
            if np.max(np.abs(residual)) < 1e-13:
                converged = True
                break
        if not converged:
            dt *= 0.5
            failed += 1
            if failed > 5:
                raise ArithmeticError("no step converges")
            continue
        t += dt
        c[:], T[:] = u[:n], u[n:]
        history.append((t, T.max(), c.sum()))
        dt = min(dt * 1.5, 0.5)
    hottest = max(history, key=lambda entry: entry[1])
    return sum(w * total for w, _, total in history) + hottest[1] * 2 + c @ T


def _flock(rng, n):
    return rng.normal(size=(n, 2)), rng.normal(size=(n, 2)), 0.4, 3


@program(_flock, wrt=(0, 1, 2), sizes=(4,))
def flock_in_cells(position, velocity, radius, steps):
    """Birds that see others in cells around them: cells are a dict of lists, rows of arrays are written
    to by names, neighbours of pairs are met once."""
    size, dt = 1.0, 0.1
    names = [position[i] for i in range(len(position))]
    energy = []
    for step in range(steps):
        cells = {}
        for i in range(len(names)):
            key = (int(np.floor(position[i, 0] / size)), int(np.floor(position[i, 1] / size)))
            if key not in cells:
                cells[key] = []
            cells[key].append(i)
        force = np.zeros(position.shape)
        counted = 0
        for i in range(len(names)):
            here = (int(np.floor(position[i, 0] / size)), int(np.floor(position[i, 1] / size)))
            for dx in (-1, 0, 1):
                for dy in (-1, 0, 1):
                    around = (here[0] + dx, here[1] + dy)
                    if around not in cells:
                        continue
                    for j in cells[around]:
                        if j <= i:
                            continue
                        apart = position[j] - position[i]
                        squared = apart @ apart + 0.1
                        if squared > size**2:
                            continue
                        push = apart * (radius / squared - squared)
                        force[i] -= push
                        force[j] += push
                        force[i] += 0.1 * (velocity[j] - velocity[i])
                        counted += 1
        velocity += dt * force
        for i, name in enumerate(names):
            name += dt * velocity[i]
            for axis in range(2):
                if name[axis] > 2.0:
                    name[axis] = 4.0 - name[axis]
                    velocity[i, axis] *= -1
                elif name[axis] < -2.0:
                    name[axis] = -4.0 - name[axis]
                    velocity[i, axis] *= -1
        energy.append(0.5 * np.sum(velocity**2) + 0.01 * counted)
        if step and energy[-1] > 100 * energy[0]:
            break
    else:
        energy.append(np.sum(position**2))
    return sum(w * e for w, e in enumerate(energy, 1)) + names[0] @ names[-1]
