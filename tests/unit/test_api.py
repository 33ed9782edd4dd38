"""The public transforms: arguments, results, trees, errors, what is read anew, threads, imports."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import pickle
import subprocess
import sys
import threading
from collections import deque
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from pullback import (
    ArgumentError,
    PullbackError,
    SourceError,
    check_grads,
    grad,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linearize,
    value_and_grad,
    vjp,
)
from pullback.errors import Refusal, Unsupported
from pullback.rules.table import ROWS
from tests.programs import checks
from tests.unit import api_functions as f

X = np.array([1.0, 2.0, 3.0])


# ---- source and stages


def test_source_before_a_call_needs_annotations() -> None:
    with pytest.raises(ArgumentError, match="product has not been called yet, and\\n  argument 'x'"):
        _ = grad(f.product).source
    with pytest.raises(ArgumentError, match="argument 'y' has no annotation"):
        _ = grad(f.half_annotated).source


def test_source_from_annotations() -> None:
    assert "def annotated_grad(x, n):" in grad(f.annotated).source
    assert "def annotated_array_grad(x, y):" in grad(f.annotated_array).source


def test_source_is_that_of_the_last_call() -> None:
    g = grad(f.product)
    g(1.0, 2.0)
    first = g.source
    g(X[:1], 2.0)
    second = g.source
    assert first != second
    g(3.0, 4.0)
    assert g.source == first
    assert set(g.sources) == {first, second}


def test_stages() -> None:
    g = grad(f.product)
    g(1.0, 2.0)
    texts = [g.ir(stage) for stage in ("lowered", "vjp", "optimised", "owned")]
    assert all("func @product_grad" in text for text in texts)
    assert "derivative" in texts[0]
    assert "derivative" not in texts[1]
    assert g.ir() == g.ir("optimised")
    with pytest.raises(ArgumentError, match="no stage 'final': there are lowered, vjp, "):
        g.ir("final")


def test_name_docstring_and_signature_are_kept() -> None:
    for transform in (grad, value_and_grad):
        g = transform(f.product)
        assert g.__name__ == "product"
        assert g.__doc__ == "The product of two numbers."
        assert g.__module__ == f.__name__
        assert inspect.signature(g) == inspect.signature(f.product)
        assert g.primal is f.product
    assert repr(grad(f.product)) == "<grad of product>"


# ---- argnums


@pytest.mark.parametrize(
    ("argnums", "expected"),
    [
        (0, 12.0),
        (1, 8.0),
        ("c", 6.0),
        (-1, 6.0),
        (-3, 12.0),
        ((0, 2), (12.0, 6.0)),
        ((2, 0), (6.0, 12.0)),
        (("c", "a"), (6.0, 12.0)),
        ((0, "b", -1), (12.0, 8.0, 6.0)),
        ((1,), (8.0,)),
    ],
)
def test_argnums(argnums: Any, expected: Any) -> None:
    checks.identical(grad(f.many, argnums)(2.0, 3.0, 4.0), expected, f"argnums {argnums}")
    value, gradient = value_and_grad(f.many, argnums)(2.0, 3.0, 4.0)
    assert value == 24.0
    checks.identical(gradient, expected, f"argnums {argnums}")


@pytest.mark.parametrize("argnums", [3, -4, "z", (0, 7)], ids=str)
def test_argnums_name_arguments(argnums: Any) -> None:
    with pytest.raises(ArgumentError, match=r"many has no argument .*: it has"):
        grad(f.many, argnums)(2.0, 3.0, 4.0)


@pytest.mark.parametrize("argnums", [[0, 1], (), True, (0, True), 1.0], ids=str)
def test_argnums_are_ints_and_names(argnums: Any) -> None:
    with pytest.raises(ArgumentError, match="an int, a name, or a tuple of them"):
        grad(f.many, argnums)


def test_integer_arrays_have_no_gradient() -> None:
    with pytest.raises(ArgumentError, match="an array of int64, which has no gradient"):
        grad(f.many)(np.arange(3), 3.0, 4.0)


@pytest.mark.parametrize(
    ("primal", "tangent", "message"),
    [
        (1.0, "a", "type str"),
        (np.ones(3), np.ones(2), "shape"),
        ((1.0, 2), (1.0, 1), "other than 0 for int:"),
        (np.arange(3), np.ones(3), "other than 0 for ndarray:"),
        (1.0, 1j, "complex for a real value"),
        (np.ones(3), np.full(3, 1j), "complex for a real value"),
    ],
)
def test_tangents_fit(primal: Any, tangent: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        jvp(lambda x: x, (primal,), (tangent,))


def test_what_does_not_move_may_be_none() -> None:
    """None stands for zeros, also for those of an array or of a container, as JAX's float0 does."""
    still = np.zeros(2, np.dtype([("float0", "V")]))
    numbers, two = np.array([3, 4]), {"a": 3.0, "s": "mode"}

    expected = (18.0, 9.0)
    for tangents in [(1.0, None, None), (1.0, still, {"a": None, "s": None}), (1.0, 0 * numbers, None)]:
        assert jvp(f.scaled_by_both, (2.0, numbers, two), tangents) == expected
        assert linearize(f.scaled_by_both, 2.0, numbers, two)[1](*tangents) == expected[1]
    with pytest.raises(ArgumentError, match="form"):
        jvp(f.scaled_by_both, (2.0, numbers, two), (1.0, None))


def test_an_int_that_moves_is_a_float() -> None:
    assert jvp(lambda x, y: x * y, (2.0, 3), (1.0, 1)) == (6.0, 5.0)


# ---- decorators and calls


def test_decorators() -> None:
    assert f.plain_decorated(3.0) == 6.0
    assert f.plain_decorated.__doc__ == "Doubled."
    assert f.decorated(2.0, 3.0) == 12.0
    assert f.decorated_pair(2.0, 3.0) == (6.0, (3.0, 2.0))
    assert f.plain_decorated.primal(3.0) == 9.0


def test_keyword_and_default_arguments() -> None:
    assert grad(f.keywords)(3.0) == 12.0
    assert grad(f.keywords)(3.0, scale=5.0) == 30.0
    assert grad(f.keywords, "scale")(3.0, scale=5.0) == 9.0
    assert grad(f.defaults)(2.0) == 12.0
    assert grad(f.defaults)(2.0, 2) == 4.0
    assert grad(f.defaults)(2.0, scale=2.0) == 24.0
    assert grad(f.defaults)(x=2.0, power=2) == 4.0
    assert grad(f.defaults, "scale")(2.0, scale=2.0) == 8.0
    assert grad(f.product, 1)(y=5.0, x=2.0) == 2.0
    assert grad(f.variadic)(2.0, 3.0, 4.0) == 12.0


def test_wrong_calls_fail_as_the_function_does() -> None:
    for args, kwargs in [((1.0,), {}), ((1.0, 2.0, 3.0), {}), ((1.0,), {"z": 2.0})]:
        with pytest.raises(TypeError) as own:
            f.product(*args, **kwargs)
        with pytest.raises(TypeError) as found:
            grad(f.product)(*args, **kwargs)
        assert type(own.value) is type(found.value)


@pytest.mark.parametrize(
    "thing",
    [np.sin, len, f.Model, 3.0],
    ids=["ufunc", "builtin", "class", "number"],
)
def test_only_python_functions(thing: Any) -> None:
    for transform in (grad, value_and_grad):
        with pytest.raises(ArgumentError, match="is not a Python function"):
            transform(thing)
    with pytest.raises(ArgumentError, match="is not a Python function"):
        vjp(thing, 1.0)
    with pytest.raises(ArgumentError, match="is not a Python function"):
        jvp(thing, (1.0,), (1.0,))


def test_threads() -> None:
    """Eight threads that meet at a derivative nobody has called yet."""
    g = grad(f.slow_to_compile)
    expected = grad(f.slow_to_compile)(X)
    barrier, found, errors = threading.Barrier(8), [None] * 8, []

    def run(k: int) -> None:
        try:
            barrier.wait()
            found[k] = g(X)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert errors == []
    for gradient in found:
        checks.identical(gradient, expected, "the gradient of a thread")
    assert len(g.sources) == 1


# ---- what is read anew at each call


def test_a_rebound_helper_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    g = grad(f.by_helper)
    assert g(2.0) == 4.0
    _, pull = vjp(f.by_helper, 2.0)
    monkeypatch.setattr(f, "helper", f.cube_helper)
    assert g(2.0) == 12.0
    assert vjp(f.by_helper, 2.0)[1](1.0) == (12.0,)
    assert jvp(f.by_helper, (2.0,), (1.0,)) == (8.0, 12.0)
    assert pull(1.0) == (4.0,)


def test_a_rebound_global_number_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    g = grad(f.by_factor)
    assert g(2.0) == 3.0
    assert vjp(f.by_factor, 2.0)[1](1.0) == (3.0,)
    assert jvp(f.by_factor, (2.0,), (1.0,)) == (6.0, 3.0)
    for value in (5.0, 7, np.float32(2.0)):
        monkeypatch.setattr(f, "FACTOR", value)
        assert g(2.0) == value
        assert vjp(f.by_factor, 2.0)[1](1.0) == (value,)
        assert jvp(f.by_factor, (2.0,), (1.0,)) == (2 * value, value)
    monkeypatch.setattr(f, "FACTOR", np.array([2.0]))
    assert g(2.0) == 2.0


def test_a_rebound_mode_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    g = grad(f.by_mode)
    assert g(2.0) == 4.0
    assert vjp(f.by_mode, 2.0)[1](1.0) == (4.0,)
    monkeypatch.setattr(f, "MODE", "cube")
    assert g(2.0) == 12.0
    assert vjp(f.by_mode, 2.0)[1](1.0) == (12.0,)
    monkeypatch.setattr(f, "MODE", "square")
    assert g(2.0) == 4.0


def test_a_rebound_cell_counts() -> None:
    scaled, rebind = f.closing_over(3.0)
    g = grad(scaled)
    assert g(2.0) == 3.0
    assert vjp(scaled, 2.0)[1](1.0) == (3.0,)
    rebind(5.0)
    assert g(2.0) == 5.0
    assert vjp(scaled, 2.0)[1](1.0) == (5.0,)
    assert jvp(scaled, (2.0,), (1.0,)) == (10.0, 5.0)
    other, _ = f.closing_over(7.0)
    assert grad(other)(2.0) == 7.0


# ---- kinds of results


def test_a_gradient_has_the_kind_of_its_argument() -> None:
    checks.identical(grad(f.squares)(3.0), 6.0, "float")
    checks.identical(grad(f.squares)(np.float64(3)), np.float64(6), "np.float64")
    checks.identical(grad(f.squares)(np.float32(3)), np.float32(6), "np.float32")
    checks.identical(grad(f.squares)(np.array(3.0)), np.array(6.0), "0-d array")
    single = X.astype(np.float32)
    checks.identical(grad(f.sum_of_squares)(single), 2 * single, "float32")
    checks.identical(grad(f.sum_of_squares)(X), 2 * X, "float64")
    checks.identical(grad(f.sum_of_squares)(np.zeros(0)), np.zeros(0), "empty")


def test_a_gradient_of_complex_arguments_is_complex() -> None:
    def weighed(z: Any) -> Any:
        return np.sum((f.squares(z) * 1j).real)

    z = np.array([1.0 + 2.0j, 0.5 - 1.0j])
    checks.identical(grad(weighed)(1.0 + 2.0j), -4.0 + 2.0j, "complex")
    checks.identical(grad(weighed)(np.complex64(1 + 2j)), np.complex64(-4 + 2j), "np.complex64")
    checks.identical(grad(weighed)(z), 2j * z, "complex128")
    checks.identical(grad(weighed)(z.astype(np.complex64)), (2j * z).astype(np.complex64), "complex64")
    checks.identical(vjp(f.squares, 2j)[1](1), (4j,), "an integer cotangent")
    checks.identical(jvp(f.squares, (2j,), (1,)), (-4 + 0j, 4j), "an integer tangent")


def test_the_derivative_of_a_holomorphic_function() -> None:
    z = 1.0 + 2.0j
    checks.identical(grad(f.squares, holomorphic=True)(z), 2 * z, "complex")
    value, slope = value_and_grad(f.squares, holomorphic=True)(np.complex64(z))
    checks.identical((value, slope), (np.complex64(z * z), np.complex64(2 * z)), "complex64")
    for transform in (jacrev, jacfwd, jacobian):
        checks.identical(transform(f.squares, holomorphic=True)(z), 2 * z, "a number")
        found = transform(f.squares, holomorphic=True)(np.array([z, 1j], "complex64"))
        checks.identical(found, np.diag([2 * z, 2j]).astype("complex64"), "complex64")
    checks.identical(jacfwd(lambda x: x * 1j)(np.float32(2)), np.complex64(1j), "of a real number")
    second = grad(grad(f.squares, holomorphic=True), holomorphic=True)
    checks.identical(second(z), 2 + 0j, "second")
    checks.identical(pickle.loads(pickle.dumps(second))(z), 2 + 0j, "pickled")
    inside = grad(lambda x: abs(grad(f.squares, holomorphic=True)(x + 1j)))
    checks.close(inside(0.75), 2 * 0.75 / 1.25, "inside")


@pytest.mark.parametrize("value", [2.0, np.float64(2.0), np.ones(2)], ids=repr)
def test_cotangents_of_real_values_are_real(value: Any) -> None:
    with pytest.raises(ArgumentError, match="a complex cotangent for a real value"):
        vjp(f.squares, value)[1](value * 1j)


def test_an_integer_named_itself_is_taken_as_a_float() -> None:
    checks.identical(grad(f.squares)(3), 6.0, "int")
    checks.identical(value_and_grad(f.squares)(3), (9.0, 6.0), "int")
    checks.identical(grad(f.product, (0, 1))(3, 2.0), (2.0, 3.0), "int")


@pytest.mark.parametrize("x", [np.arange(3), np.array([True, False]), np.int64(2)], ids=repr)
def test_integer_arrays_are_refused(x: Any) -> None:
    with pytest.raises((ArgumentError, SourceError), match=r"int|bool"):
        grad(f.sum_of_squares)(x)
    with pytest.raises(ArgumentError, match="has no float argument"):
        vjp(f.sum_of_squares, x)


@pytest.mark.parametrize("name", ["one_element", "one_by_one"])
def test_results_of_size_one(name: str) -> None:
    function = getattr(f, name)
    expected = np.array([2.0, 0, 0]) if name == "one_element" else 2 * X
    checks.identical(grad(function)(X), expected, name)
    value, gradient = value_and_grad(function)(X)
    checks.identical(value, function(X), name)
    checks.identical(gradient, expected, name)


def test_larger_results_are_refused() -> None:
    with pytest.raises(TypeError) as error:
        grad(f.squares)(X)
    assert "jacobian" in str(error.value)
    assert "vjp" in str(error.value)
    assert grad(f.squares)(X[:1]) == 2 * X[:1]
    with pytest.raises(TypeError, match="vjp"):
        grad(f.squares)(np.zeros(0))


@pytest.mark.parametrize(
    ("name", "args", "told"),
    [
        ("count", (2.5,), "int"),
        ("largest", (X,), "int"),
        ("two_results", (1.0, 2.0), "tuple"),
        ("text", (1.0,), "str|text|'a'"),
    ],
)
def test_results_of_no_number_are_refused(name: str, args: Any, told: str) -> None:
    for transform in (grad, value_and_grad):
        with pytest.raises(PullbackError, match=told):
            transform(getattr(f, name))(*args)


def test_a_constant_result_has_a_zero_gradient() -> None:
    checks.identical(grad(f.rounded)(2.5), 0.0, "floor")


def test_results_share_no_memory() -> None:
    for function in (f.shared, f.scaled_sum):
        y = X + 1
        gradients = grad(function, (0, 1))(X, y)
        checks.owned(gradients, (X, y), "gradients")
        value, pull = vjp(function, X, y)
        checks.owned((value, pull(1.0), pull(1.0)), (X, y), "value and pullbacks")
    value, pull = vjp(f.squares, X)
    seed = np.ones(3)
    checks.owned((value, pull(seed)), (X, seed), "value and pullback")


# ---- unsupported arguments


class Subclass(np.ndarray):
    """An array with rules of its own, as np.matrix has them."""


@pytest.mark.parametrize(
    "x",
    [
        X.view(Subclass),
        np.ma.masked_array([1.0, 2.0]),
        np.array([1.0, None], dtype=object),
        np.array(["a"]),
        np.array(["2020-01-01"], dtype="datetime64[D]"),
        {1.0, 2.0},
        b"bytes",
    ],
    ids=lambda x: type(x).__name__ + str(getattr(x, "dtype", "")),
)
def test_unsupported_arguments(x: Any) -> None:
    with pytest.raises(ArgumentError, match="not supported"):
        grad(f.sum_of_squares)(x)
    with pytest.raises(ArgumentError, match="not supported"):
        vjp(f.sum_of_squares, x)
    with pytest.raises(ArgumentError, match="not supported"):
        jvp(f.sum_of_squares, (x,), (x,))


@pytest.mark.parametrize(
    ("x", "instead"),
    [
        (deque([1.0]), r"list\(x\), and make a deque"),
        (MappingProxyType({"a": 1.0}), r"dict\(x\)"),
        (range(3), "start, stop and step"),
    ],
    ids=["deque", "mappingproxy", "range"],
)
def test_what_to_give_instead_of_containers(x: Any, instead: str) -> None:
    with pytest.raises(ArgumentError, match=f"is not supported: give .*{instead}"):
        grad(f.sum_of_squares)(x)


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_matrices_are_refused() -> None:
    with pytest.raises(ArgumentError, match=r"numpy\.matrix is not supported"):
        grad(f.sum_of_squares)(np.matrix([[1.0, 2.0]]))


# ---- trees


def test_trees() -> None:
    y = X + 1
    checks.identical(grad(f.pair)((X, y)), (y, X), "tuple")
    checks.identical(grad(f.pair)([X, y]), [y, X], "list of arrays")
    checks.identical(grad(f.listed)([2.0, 3.0, 4.0]), [3.0, 2.0, 1.0], "list")
    checks.identical(
        grad(f.named)({"w": X, "x": y, "b": 2.0}), {"w": y, "x": X, "b": 1.0}, "dict"
    )
    given = {"layer": (X, 3.0), "rest": [{"deep": 1.0}, 5.0]}
    expected = {"layer": (6 * X, 14.0), "rest": [{"deep": 1.0}, 0.0]}
    checks.identical(grad(f.nested)(given), expected, "nested")
    value, (pulled,) = (r := vjp(f.nested, given))[0], r[1](1.0)
    assert value == 43.0
    checks.identical(pulled, expected, "nested, by vjp")


def test_numbers_in_trees_that_are_no_floats_give_zero() -> None:
    assert grad(f.with_integer)((2.0, 3)) == (12.0, 0)
    assert vjp(f.with_integer, (2.0, 3))[1](1.0) == ((12.0, 0),)


def test_the_order_of_keys_does_not_matter() -> None:
    y = X + 1
    found = grad(f.named)({"b": 2.0, "x": y, "w": X})
    assert list(found) == ["b", "x", "w"]
    checks.identical(found, {"b": 1.0, "x": X, "w": y}, "dict")


# ---- vjp and jvp


def test_of_switches_only_the_truth_is_asked() -> None:
    """Also of those that could be no key of what is kept."""
    off: Any = {"fast": [], "debug_nans": {}}
    for _ in range(2):
        assert jvp(f.cube_helper, (2.0,), (1.0,), has_aux=off["fast"], **off) == (8.0, 12.0)
        assert hvp(f.cube_helper, (2.0,), (1.0,), **off) == 12.0


def test_a_pullback_may_be_called_again() -> None:
    value, pull = vjp(f.squares, X)
    seed = np.array([1.0, -1.0, 0.5])
    first = pull(seed)
    checks.identical(first, (2 * X * seed,), "the first call")
    first[0][...] = 99.0
    value[...] = 99.0
    checks.identical(pull(seed), (2 * X * seed,), "the second call")
    checks.identical(seed, np.array([1.0, -1.0, 0.5]), "the cotangent")
    assert "def squares_backward(" in pull.source


def test_a_pullback_remembers_its_arguments() -> None:
    x, y = X.copy(), X + 1
    _, pull = vjp(f.scaled_sum, x, y)
    expected = pull(1.0)
    x *= 0
    y += 100
    checks.identical(pull(1.0), expected, "the pullback after a change of its arguments")


@pytest.mark.parametrize("cotangent", [np.ones(2), np.ones((3, 1)), 1.0, np.ones((1, 3))], ids=str)
def test_cotangents_of_a_wrong_shape(cotangent: Any) -> None:
    _, pull = vjp(f.squares, X)
    with pytest.raises(ArgumentError, match=r"a cotangent of shape .* for a value of shape \(3,\)"):
        pull(cotangent)


def test_cotangents_of_a_wrong_form() -> None:
    _, pull = vjp(f.two_results, 2.0, 3.0)
    assert pull((1.0, {"sum": 10.0})) == (13.0, 12.0)
    for wrong in (1.0, (1.0, 1.0), [1.0, {"sum": 1.0}], (1.0, {"other": 1.0}), (1.0,)):
        with pytest.raises(ArgumentError, match="does not have the form of the value"):
            pull(wrong)


def test_an_array_is_no_cotangent_of_a_number() -> None:
    _, pull = vjp(f.product, 2.0, 3.0)
    with pytest.raises(ArgumentError, match=r"a cotangent of shape \(2,\)"):
        pull(np.ones(2))


def test_tangents_of_a_wrong_form_or_shape() -> None:
    with pytest.raises(ArgumentError, match="do not have the form of the primals"):
        jvp(f.product, (1.0, 2.0), (1.0,))
    with pytest.raises(ArgumentError, match="do not have the form of the primals"):
        jvp(f.pair, ((X, X),), ([X, X],))
    with pytest.raises(ArgumentError, match=r"of shape \(2,\) for an argument of shape \(3,\)"):
        jvp(f.squares, (X,), (np.ones(2),))


def test_an_array_is_no_tangent_of_a_number() -> None:
    with pytest.raises(ArgumentError, match=r"a tangent of shape \(2,\)"):
        jvp(f.squares, (2.0,), (np.ones(2),))


def test_jvp() -> None:
    assert jvp(f.product, (2.0, 3.0), (1.0, 10.0)) == (6.0, 23.0)
    value, tangent = jvp(f.squares, (X,), (np.ones(3, int),))
    checks.identical((value, tangent), (X * X, 2 * X), "an integer tangent")
    single = X.astype(np.float32)
    checks.identical(jvp(f.squares, (single,), (X,))[1], 2 * single * single, "float32")
    value, tangent = jvp(f.two_results, (2.0, 3.0), (1.0, 0.0))
    assert (value, tangent) == ((6.0, {"sum": 5.0}), (3.0, {"sum": 1.0}))


def test_one_function_in_many_kinds() -> None:
    g = grad(f.product, (0, 1))
    assert g(2.0, 3.0) == (3.0, 2.0)
    checks.identical(g(X[:1], 3.0), (np.array([3.0]), 1.0), "array and float")
    checks.identical(g(2.0, X[:1]), (1.0, np.array([2.0])), "float and array")
    assert g(2.0, 3.0) == (3.0, 2.0)
    assert len(g.sources) == 3


def test_levels_give_the_same() -> None:
    found = [grad(f.scaled_sum, (0, 1), optimize=k)(X, X + 1) for k in (0, 1, 2)]
    found.append(grad(f.scaled_sum, (0, 1), without=["dce", "cse"])(X, X + 1))
    for other in found[1:]:
        checks.close(other, found[0], "levels")


# ---- options


def test_jvp_takes_tuples_of_arguments() -> None:
    with pytest.raises(ArgumentError, match=r"write jvp\(f, \(x,\), \(v,\)\)"):
        jvp(f.product, X, X)


# ---- imports


def test_importing_pullback_is_light() -> None:
    heavy = ("sympy", "numba", "scipy", "rich", "click", "hypothesis", "pytest")
    code = (
        "import sys, time, numpy\n"
        "start = time.perf_counter()\n"
        "import pullback\n"
        "spent = time.perf_counter() - start\n"
        f"print([m for m in {heavy!r} if m in sys.modules])\n"
        "print(f'{spent * 1e3:.0f} ms', file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "[]", f"imported in {done.stderr}"


@pytest.mark.parametrize("transform", [grad, lambda g: lambda x: jvp(g, (x,), (1.0,))])
def test_what_a_rule_has_no_type_for_is_refused_at_the_line(monkeypatch, transform) -> None:
    def partials(x: Any, y: Any) -> Any:
        raise Unsupported(Refusal("its cosine has no type", "write np.cos"))

    monkeypatch.setitem(ROWS, "sin", dataclasses.replace(ROWS["sin"], partials=partials))
    with pytest.raises(SourceError, match=r"np\.sin cannot take float: its cosine") as caught:
        transform(f.sine_for_one_test)(0.5)
    assert caught.value.hint == "write np.cos"
    assert caught.value.loc is not None
    assert "np.sin(x)" in caught.value.loc.text()


def test_refusals_inside_a_lambda() -> None:
    with pytest.raises(SourceError):
        grad(f.refused_lambda)(2.0)


def test_two_classes_of_one_name_are_told_apart() -> None:
    derivative = grad(f.weighted)
    for _ in range(2):
        derivative(f.made_again()(1.0))
    reason = derivative.why_recompiled()
    assert reason.endswith("is Q(w: float) of another class or object of that name")


def test_partial_functions() -> None:
    """What they hold is given before all other arguments, or by name, as it is at each call."""
    weights = np.array([1.0, 2.0])
    loss = functools.partial(f.annotated_array, y=3.0)
    assert grad(loss)(weights).tolist() == [3.0, 3.0]
    assert grad(loss)(weights, y=4.0).tolist() == [4.0, 4.0]
    first = functools.partial(f.product, 2.0)
    g = grad(first)
    assert (g(3.0), grad(g.primal, "x")(3.0), grad(grad(first))(3.0)) == (2.0, 3.0, 0.0)
    value, pull = vjp(first, 3.0)
    assert (value, pull(1.0), jvp(first, (3.0,), (1.0,))) == (6.0, (2.0,), (6.0, 2.0))
    held = functools.partial(f.annotated_array, weights)
    g = grad(held)
    assert g(1.0) == 3.0
    weights[0] = 5.0
    assert g(1.0) == 7.0
    assert pickle.loads(pickle.dumps(grad(first)))(3.0) == 2.0
    check_grads(first, 3.0, order=2)
    with pytest.raises(ArgumentError, match="has no argument 1"):
        grad(first, 1)(3.0)


def test_bound_methods() -> None:
    """The object is an argument before all others, which ``argnums`` does not count."""
    method = f.Method(2.0)
    g = grad(method.energy)
    assert g(3.0) == grad(f.Method.energy, 1)(method, 3.0) == 12.0
    assert grad(method.energy, "self")(3.0) == f.Method(9.0)
    assert grad(grad(method.energy))(3.0) == 4.0
    assert grad(method)(3.0) == 12.0
    method.factor = 5.0
    assert g(3.0) == value_and_grad(method.energy, (-1,))(3.0)[1][0] == 30.0
    assert grad(f.Method.energy)(method, 3.0) == f.Method(9.0)
    value, pull = vjp(method.energy, 3.0)
    assert (value, pull(1.0), jvp(method.energy, (3.0,), (1.0,))) == (45.0, (30.0,), (45.0, 30.0))
    check_grads(method.energy, 3.0, order=2)
    assert pickle.loads(pickle.dumps(g))(1.0) == 10.0
    assert "def Method_call_grad(self, x)" in _source(grad(method), 1.0)
    with pytest.raises(ArgumentError, match="energy has no argument 1"):
        grad(method.energy, 1)(3.0)


def _source(derivative: Any, *args: Any) -> str:
    derivative(*args)
    text: str = derivative.source
    return text


def test_gradients_through_lists_are_floats_of_python() -> None:
    found = grad(f.through_a_list, (0, 1))(0.3, 0.5)
    assert [type(g) for g in found] == [float, float]
