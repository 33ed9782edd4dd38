"""Every transform asked for in every way: ``argnums``, ``has_aux``, trees, float32, as a decorator."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pullback
from pullback import tree
from tests.unit import transform_functions as functions

X, Y = np.array([0.4, -1.2, 2.0]), np.array([1.5, 0.3, -0.7])
P = {"u": (0.7, np.array([1.0, -0.5])), "name": "p"}
Q = {"k": 2.0}
Maker = Callable[..., Any]
# By argnums: those of numbers, and those of anything.
OF_NUMBERS: list[Maker] = [pullback.grad, pullback.value_and_grad, pullback.hessian]
OF_ANYTHING: list[Maker] = [
    pullback.jacrev, pullback.jacfwd, pullback.jacobian, pullback.elementwise_grad,
]  # fmt: skip
named = lambda f: f.__name__


def derivative(transform: Maker, found: Any) -> Any:
    """What a transform gives, without the value beside it."""
    return found[1] if transform is pullback.value_and_grad else found


def function_of(transform: Maker) -> Maker:
    return functions.number_of_arrays if transform in OF_NUMBERS else functions.of_arrays


def close(a: Any, b: Any, rtol: float = 1e-10) -> None:
    for u, v in zip(tree.leaves(a), tree.leaves(b), strict=True):
        if not isinstance(u, str | None):
            np.testing.assert_allclose(u, v, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("transform", [*OF_NUMBERS, *OF_ANYTHING], ids=named)
def test_argnums(transform: Maker) -> None:
    """A number, a name, one from the end, and tuples of them."""
    f = function_of(transform)
    first, second = (derivative(transform, transform(f, k)(X, Y)) for k in (0, 1))
    for told in ("y", -2, 1):
        close(derivative(transform, transform(f, told)(X, Y, n=2)), second)
    both = derivative(transform, transform(f, ("x", 1))(X, y=Y))
    if transform is not pullback.hessian:
        close(both, (first, second))
        close(derivative(transform, transform(f, (0,))(X, Y)), (first,))
    else:
        close((both[0][0], both[1][1]), (first, second))
        close(both[0][1], np.transpose(both[1][0]))


@pytest.mark.parametrize("transform", [*OF_NUMBERS, *OF_ANYTHING], ids=named)
def test_aux(transform: Maker) -> None:
    """What else a function tells comes beside the derivative."""
    alone = transform(function_of(transform))(X, Y)
    paired = functions.number_and_more if transform in OF_NUMBERS else functions.of_arrays_and_more
    found = transform(paired, has_aux=True)(X, Y)
    if transform is pullback.value_and_grad:
        (value, aux), gradient = found
        close((value, gradient), alone)
    else:
        made, aux = found
        close(made, alone)
    assert aux == {"told": "aux"}


@pytest.mark.parametrize("transform", [*OF_NUMBERS, *OF_ANYTHING], ids=named)
def test_single_precision(transform: Maker) -> None:
    """Derivatives have the dtype of their argument."""
    f = function_of(transform)
    x, y = X.astype(np.float32), Y.astype(np.float32)
    found = derivative(transform, transform(f, (0, 1))(x, y))
    assert {leaf.dtype for leaf in tree.leaves(found)} == {np.dtype(np.float32)}
    close(found, derivative(transform, transform(f, (0, 1))(X, Y)), 1e-5)


@pytest.mark.parametrize("transform", OF_ANYTHING[:3], ids=named)
def test_trees(transform: Maker) -> None:
    """Trees like the result of trees like the arguments: what is no float has 0, a text None."""
    found = transform(functions.of_trees, (0, 1))(P, Q)
    assert found["t"][1] == 0
    of_p, of_q = found["s"]
    assert of_p["name"] is None
    assert of_q == {"k": 1.0}
    close(of_p["u"], (1.0, np.array([0.7, 0.0])))
    b = P["u"][1]
    close(found["t"][0][0]["u"], (np.cos(b), np.diag(-np.sin(b) * 0.7)))


@pytest.mark.parametrize("transform", OF_NUMBERS, ids=named)
def test_trees_of_arguments(transform: Maker) -> None:
    found = derivative(transform, transform(functions.number_of_trees, (0, 1))(P, Q))
    gradient = found if transform is not pullback.hessian else found[0]["u"][0]
    assert gradient[0]["name"] is None
    assert set(gradient[1]) == {"k"}
    v = {"u": (1.0, np.zeros(2)), "name": None}
    _, along = pullback.jvp(functions.number_of_trees, (P, Q), (v, None))
    if transform is not pullback.hessian:
        assert gradient[0]["u"][0] == pytest.approx(along)


@pytest.mark.parametrize("transform", [*OF_NUMBERS, *OF_ANYTHING], ids=named)
def test_decorators(transform: Maker) -> None:
    """With arguments and without, and with the texts of what ran."""
    f = function_of(transform)
    for made in (transform(f), transform()(f), transform(argnums=0)(f), transform(optimize=1)(f)):
        close(made(X, Y), transform(f)(X, Y))
        assert made.__name__ == f.__name__
        assert "def " in made.source
        assert made.ir().startswith("func ")


@pytest.mark.parametrize("single", [False, True], ids=["float64", "float32"])
def test_maps(single: bool) -> None:
    """vjp, linearize, jvp and split agree, with what else is told, on arrays of either width."""
    x, y = (a.astype(np.float32) if single else a for a in (X, Y))
    rtol = 1e-5 if single else 1e-10
    value, pull, aux = pullback.vjp(functions.of_arrays_and_more, x, y, has_aux=True)
    same, push, other = pullback.linearize(functions.of_arrays_and_more, x, y, has_aux=True)
    along = pullback.jvp(functions.of_arrays_and_more, (x, y), (y, x), has_aux=True)
    forward, backward = pullback.split(functions.of_arrays_and_more, argnums=(0, 1), has_aux=True)
    again, residuals, told = forward(x, y)
    close((same, again, along[0]), (value, value, value))
    assert aux == other == told == along[2] == {"told": "aux"}
    dot = push(y, x)
    close(dot, along[1], rtol)
    bars = pull(x)
    close(backward(residuals, x), bars, rtol)
    assert np.sum(dot * x) == pytest.approx(np.sum(bars[0] * y + bars[1] * x), rel=rtol)
    assert {a.dtype for a in (*bars, dot, value)} == {x.dtype}
    for made in (pull, push, forward, backward):
        assert "def " in made.source
        assert made.ir().startswith("func ")


def test_products_of_trees() -> None:
    """hvp is how the gradient changes, along a tree like the arguments."""
    v = {"u": (0.5, np.array([1.0, 2.0])), "name": None}
    found = pullback.hvp(functions.number_of_trees, (P, Q), (v, None), argnums=(0, 1))
    _, expected = pullback.jvp(pullback.grad(functions.number_of_trees, (0, 1)), (P, Q), (v, None))
    close(found, expected)
    assert found[1] == {"k": 0.0}


def test_products_of_functions_that_tell_more() -> None:
    along = (X, Y)
    found, aux = pullback.hvp(functions.number_and_more, (X, Y), along, argnums=(0, 1), has_aux=True)
    close(found, pullback.hvp(functions.number_of_arrays, (X, Y), along, argnums=(0, 1)))
    assert aux == {"told": "aux"}
    product, slope = functions.product_inside(X, Y)
    close(product, pullback.hvp(functions.number_of_arrays, (X, Y), along))
    assert slope == pullback.jvp(lambda x: functions.product_inside(x, Y)[0] @ X, (X,), (Y,))[1]


def test_what_is_asked_of_products_counts_by_type() -> None:
    """True is no number of an argument, nor of snapshots, also after a call with 1."""
    args = functions.number_of_arrays, (X, Y), (X, Y)
    pullback.hvp(*args, argnums=(1,), checkpoint=1)
    for wrong in ({"argnums": (True,)}, {"argnums": (1,), "checkpoint": True}, {"argnums": True}):
        with pytest.raises(pullback.ArgumentError, match=next(reversed(wrong))):
            pullback.hvp(*args, **wrong)


@pytest.mark.parametrize("transform", OF_ANYTHING[:3], ids=named)
@pytest.mark.parametrize("number", [np.float32(0.5), np.array(0.5, "f4"), 0.5], ids=["np", "0-d", "py"])
def test_numbers_in_single_precision_beside_arrays(transform: Maker, number: Any) -> None:
    """A Jacobian has the dtype of the argument, whatever that of the result is."""
    for f in (functions.of_arrays, functions.number_of_arrays):
        by_number, by_array = transform(f, (0, 1))(number, Y)
        assert np.asarray(by_number).dtype == np.asarray(number).dtype
        assert by_array.dtype == Y.dtype
        expected = pullback.jvp(f, (float(number), Y), (1.0, None))[1]
        close(by_number, expected, 1e-6)


def test_directions_as_decorators() -> None:
    """Without primals and tangents, of functions and methods: functions of these, with their texts."""
    f, x, y = functions.of_arrays, X, Y
    for made in (pullback.jvp(f), pullback.jvp()(f), pullback.jvp(optimize=1)(f)):
        close(made((x, y), (y, None)), pullback.jvp(f, (x, y), (y, None)))
        assert made.__name__ == f.__name__
    assert "def of_arrays_jvp(x, y, x_dot):" in made.source
    assert made.ir().startswith("func @of_arrays_jvp")
    assert functions.product.primal.__name__ == "product"
    along = ((x, y), (y, x))
    found, aux = functions.product(*along)
    close(found, pullback.hvp(functions.number_of_arrays, *along, argnums=(0, 1)))
    assert aux == {"told": "aux"}
    assert "def product_hvp(x, y, x_dot, y_dot):" in functions.product.source
    of_method = pullback.hvp(functions.Held(3.0).energy)
    close(of_method((x,), (y,)), 18.0 * x * y)
    again = pickle.loads(pickle.dumps(functions.product))
    assert again is functions.product
    other = pickle.loads(pickle.dumps(pullback.hvp(functions.number_of_arrays)))
    close(other(*along), pullback.hvp(functions.number_of_arrays, *along))
    assert "hvp of" in (functions.product._repr_html_() or "")


def test_directions_in_code_that_is_compiled() -> None:
    """Those that are made there, and objects from outside."""
    pullback.check_grads(functions.directions_inside, X, Y, order=2)
    f = functions.of_arrays
    _, along = pullback.jvp(f, (X, Y), (X, Y))
    _, by_x = pullback.jvp(f, (X, Y), (Y, None))
    by_y = pullback.hvp(functions.number_of_arrays, (X, Y), (X, Y), argnums=1)
    known = 2 * X**6 + 54 * X**2 + 6 * X[0] * X**2
    expected = np.sum(known + by_x * along + by_y)
    assert pullback.value_and_grad(functions.directions_inside)(X, Y)[0] == pytest.approx(expected)


def test_directions_that_are_wrong() -> None:
    for call, told in WRONG_DIRECTIONS.items():
        with pytest.raises(pullback.ArgumentError, match=call):
            told()


WRONG_DIRECTIONS: dict[str, Any] = {
    "has not been called yet": lambda: pullback.jvp(functions.of_arrays).source,
    "optimize is 0, 1 or 2": lambda: pullback.jvp(functions.of_arrays, optimize=3),
    "is not a Python function": lambda: pullback.hvp(np.sin),
    "argnums must be": lambda: pullback.hvp(functions.of_arrays, argnums=()),
    "takes tuples of primals": lambda: pullback.jvp(functions.of_arrays, keywords={"n": 2}),
    "give one that calls it": lambda: pullback.grad(pullback.jvp(functions.of_arrays)),
}


@pytest.mark.parametrize("transform", OF_ANYTHING[:3], ids=named)
@pytest.mark.parametrize("level", [0, 2])
def test_jacobians_of_lists(transform: Maker, level: int) -> None:
    """A list of numbers counts as an array of one axis, and there are lists of it."""
    x = [0.4, -1.2, 2.0]
    found = transform(functions.of_lists, optimize=level)(x)
    columns = [pullback.jvp(functions.of_lists, (x,), (e.tolist(),))[1] for e in np.eye(3)]
    close(found["all"], [[c["all"][k] for c in columns] for k in range(3)])
    close(found["sum"], [c["sum"] for c in columns])
    assert {type(v) for row in (*found["all"], found["sum"]) for v in row} == {float}
    by_items, by_array = transform(functions.weighed, (0, 1), optimize=level)(x, Y)
    close(by_items, [Y, 0.0 * Y, 2.0 * x[-1] * np.sum(Y) * np.ones(3)])
    close(by_array, x[0] * np.eye(3) + x[-1] ** 2)
    of_array = transform(functions.as_list, optimize=level)(X)
    close(of_array, [*(X[0] * np.eye(3) + np.outer(X, [1.0, 0.0, 0.0]))])
    assert isinstance(of_array, list)
    of_number = transform(lambda s: [s * v for v in functions.as_list(X)])(2.0)
    close(of_number, [*(X * X[0])])
    with pytest.raises(pullback.SourceError, match=r"has list\[float\] here"):
        transform(functions.as_list, (0,))(x)


def test_hessians_of_lists() -> None:
    x = [0.4, -1.2, 2.0]
    found = pullback.hessian(functions.number_of_lists)(x, 0.5)
    products = [pullback.hvp(functions.number_of_lists, (x, 0.5), (e.tolist(), 0.0)) for e in np.eye(3)]
    close(found, products)
    pullback.check_grads(functions.lists_inside, X, order=2)
