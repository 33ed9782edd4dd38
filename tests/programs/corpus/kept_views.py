"""Views that names, lists, closures and functions keep while they or what they are of is written to."""

import numpy as np

from tests.programs.registry import program


@program(lambda rng, n: (rng.normal(size=n + 1), rng.normal(size=n)), wrt=(0, 1), orders=2)
def parts_of_a_view_behind_a_write(x, w):
    """A part of a view is written to after the view has changed, by a path from the array itself."""
    tail = x[1:]
    half = np.array_split(tail, 2)[1]
    row = np.atleast_2d(tail)
    x[0] = w[1]
    half[0] = w[0] * x[1]
    row[0, :1] *= half[0]
    return np.sum(np.cos(x) * x[0]) + np.sum(tail * half[0])


@program(lambda rng, n: (rng.normal(size=(n, n)), rng.normal(size=n)), wrt=(0, 1), orders=2)
def last_of_the_views_that_a_loop_binds(A, w):
    """Views without numbers, and parts by their count, are followed behind the loop."""
    for turned in [A.T]:
        A[0] *= w[0]
    for part in [np.split(A[:2], 2)[1]]:
        part[0, 0] *= w[1]
    turned[0] += w
    part *= turned[1, 0]
    A[1] += 0.5 * A[0]
    return np.sum(A * A) + np.sum(turned[0] * part[0])


@program(lambda rng, n: (rng.normal(size=(n, n)), rng.normal(size=n)), wrt=(0, 1), orders=2)
def reshape_in_a_closure(A, w):
    """Whether it is a view is known at run time, and the view is given to functions."""

    def flat():
        return line

    def first(part):
        part[0] *= w[1]
        return part[1:]

    A = A.T if w[0] > 0 else A
    line = A.reshape(-1)[1:]
    flat()[0] = w[0]
    A[0] *= 1.5
    rest = first(flat())
    rest[0] += line[0]
    return np.sum(np.cos(A) * A[0]) + np.sum(flat() * flat())


@program(lambda rng, n: (rng.normal(size=(n, n)), rng.normal(size=n), 2), wrt=(0, 1), orders=2)
def choice_given_to_functions(A, w, k):
    """A view is read where the condition holds that it is chosen by, and nowhere else."""

    def scaled(part):
        part[0] = w[0] * part[1]
        return part

    below = A[k] if k < len(A) else w[1:]
    beyond = A[k + 90] if k + 90 < len(A) else w[1:]
    part = scaled(below)
    part[1] += A[1, 1]
    again = scaled(beyond)
    again *= below[0]
    return np.sum(np.cos(A) * A[0]) + np.sum(below * below) + np.sum(again * w[0])
