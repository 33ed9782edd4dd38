"""Named tuples and dataclasses as arguments, results, gradients and globals; exact types only."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

from pullback import ArgumentError, SourceError, check_grads, grad, jvp, tree, value_and_grad, vjp
from tests.programs import checks
from tests.unit import tree_functions as f

X = np.array([0.5, -1.0, 2.0])


def params(**changes: Any) -> f.Params:
    return dataclasses.replace(f.Params(np.array([1.0, 2.0, -0.5])), **changes)


# ---- gradients


def test_a_gradient_has_the_class_of_its_argument() -> None:
    g = grad(f.energy)(params(), X)
    assert type(g) is f.Params
    assert (g.steps, g.name, g.on, g.extra) == (0, None, 0, None)
    assert type(g.b) is float
    scale = 4 * 0.5**3
    checks.close(g.w, scale * X * (params().w * X + 0.5), "w")
    checks.close(g.b, float(scale * np.sum(params().w * X + 0.5)), "b")


def test_fields_of_other_kinds_at_a_later_call() -> None:
    df = grad(f.energy)
    df(params(), X)
    g = df(params(b=np.full(3, 0.5)), X)
    checks.close(g.b, 4 * 0.5**3 * (params().w * X + 0.5), "b")


def test_frozen_and_nested_dataclasses() -> None:
    g = grad(f.nested)(f.Frozen(params(), 1.5), X)
    assert type(g) is f.Frozen
    assert type(g.p) is f.Params
    checks.close(g.a, 2 * f.energy(params(), X), "a")


def test_slots_and_subclasses_of_named_tuples() -> None:
    assert grad(f.slotted)(f.Slotted(3.0, 2.0)) == f.Slotted(12.0, 9.0)
    g = grad(f.extended)(f.Extended(3.0, 4.0))
    assert type(g) is f.Extended
    checks.close(tuple(g), (3 / 5 * 4, 5.0 + 4 / 5 * 4), "x and y")


@pytest.mark.parametrize("function", [f.energy, f.gradient_step], ids=lambda g: g.__name__)
def test_second_order(function: Any) -> None:
    check_grads(function, params(), X, order=2)


def test_other_modes() -> None:
    check_grads(f.make, 0.7)
    check_grads(f.nested, f.Frozen(params(), 1.5), X)
    value, pull = vjp(f.make, 2.0)
    assert [type(v) for v in value] == [f.Params, f.Plain]
    checks.close(pull(value), (3 * 2.0 + 2.0 + 2.0,), "the pullback")
    value, tangent = jvp(f.energy, (params(), X), (params(steps=0, on=False), X * 0))
    assert value == f.energy(params(), X)
    assert type(tangent) is type(value)


def test_tangents_and_cotangents_have_the_class_of_what_they_belong_to() -> None:
    with pytest.raises(ArgumentError, match="form of the primals"):
        jvp(f.first_field, (f.WithHiddenField(1.0),), (f.Slotted(1.0),))
    _, pull = vjp(f.make, 2.0)
    with pytest.raises(ArgumentError, match="form of the value"):
        pull((f.Plain(1.0), f.Plain(1.0)))


def test_source_makes_the_gradient_by_field_names() -> None:
    g = grad(f.slotted)
    g(f.Slotted(3.0, 2.0))
    assert "from tests.unit.tree_functions import Slotted\n" in g.source
    assert "return Slotted(a=" in g.source
    namespace: dict[str, Any] = {}
    exec(g.source, namespace)
    assert namespace["slotted_grad"](f.Slotted(3.0, 2.0)) == f.Slotted(12.0, 9.0)


def test_a_class_that_no_import_finds() -> None:
    Local = dataclasses.make_dataclass("Local", [("w", float)])
    g = grad(f.first_field)
    assert g(Local(3.0)) == Local(6.0)
    assert "# Local is the class types.Local" in g.source


def test_two_classes_of_one_name() -> None:
    Slotted = dataclasses.make_dataclass("Slotted", [("w", float)])

    g = grad(f.made_of_two)
    p, q = g((Slotted(2.0), f.Slotted(3.0)))
    assert type(p) is Slotted
    assert type(q) is f.Slotted
    assert (p.w, q.a) == (3.0, 2.0)


def test_dataclasses_as_dicts_and_tuples() -> None:
    g = grad(f.converted)(f.Frozen(params(w=1.0), 1.5), 2.0)
    assert (g.p.b, g.a, g.p.w) == (3.5, 0.5, 0.0)


UNUSUAL = [
    f.WithPostInit(1.0), f.WithInit(1.0), f.WithInitVar(1.0), f.WithHiddenField(1.0), f.WithNew(1.0),
    f.Plainest(1.0), f.Private(1.0), f.PrivateSlots(1.0), f.Made(1.0),
]  # fmt: skip


@pytest.mark.parametrize("value", UNUSUAL, ids=lambda v: type(v).__name__)
def test_gradients_are_made_without_constructors(value: Any) -> None:
    """Whatever else the constructor of a class does is not done for its gradient."""
    for found in (grad(f.first_field)(value), vjp(f.first_field, value)[1](1.0)[0]):
        assert type(found) is type(value)
        assert found.w == 2 * value.w
        assert tree.held_by(found) == tree.held_by(value)
    check_grads(f.first_field, value, order=2)


def test_source_makes_unusual_objects_by_a_helper() -> None:
    g = grad(f.first_field)
    g(f.Plainest(1.5))
    assert "return instance(Plainest, w=" in g.source
    g(f.WithNew(1.5))
    assert "tuple.__new__(WithNew, (" in g.source


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (f.Computed(1.0), "it has a __getitem__ of its own"),
        (f.Intercepted(1.0), "it has a __getattribute__ of its own"),
    ],
    ids=lambda v: type(v).__name__,
)
def test_classes_whose_fields_are_computed(value: Any, why: str) -> None:
    with pytest.raises(ArgumentError, match=why):
        grad(f.first_field)(value)


def test_an_attribute_that_hides_a_method() -> None:
    p = params()
    g = grad(f.energy, 1)
    g(p, X)
    p.linear = f.doubled  # type: ignore[method-assign]
    checks.close(g(p, X), 8 * X * f.Params.unit * 0.5**3, "the function in its place")


def test_a_field_without_a_value() -> None:
    p = params()
    del p.w
    with pytest.raises(SourceError, match="Params has no field 'w'"):
        grad(f.energy)(p, X)


def test_fields_are_named_in_errors() -> None:
    with pytest.raises(ArgumentError, match="attribute 'w' of a Params: arrays of dtype object"):
        grad(f.energy)(params(w=np.array([None])), X)
    loop = f.Plainest(None)
    loop.w = [loop]
    with pytest.raises(ArgumentError, match="attribute 'w' of a Plainest: it is an object around it"):
        grad(f.first_field)(loop)


def test_enum_members_are_constants() -> None:
    g = grad(f.mode)
    assert g(3.0, f.Mode.SQUARE) == 6.0
    assert g(3.0, f.Mode.CUBE) == 27.0


def test_trees_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    g = grad(f.reads_global)
    checks.close(g(2.0), 3.0 + 0.25 * 6, "first")
    monkeypatch.setattr(f.GLOBAL, "b", 1.0)
    checks.close(g(2.0), 3.0 + 6.0, "a field is read anew")
    monkeypatch.setattr(f, "PAIR", (1.0, {"k": 1.0}))
    checks.close(g(2.0), 4.0, "a global tuple is read anew")
    monkeypatch.setattr(f, "PAIR", (np.float32(1.0), {"k": 2}))
    checks.close(g(2.0), 5.0, "also in another kind")


def test_results_may_be_arguments() -> None:
    p = params()
    value, pull = vjp(f.identity, p)
    checks.identical(value, p, "the value")
    checks.owned(value, p, "the value")
    checks.close(pull(p)[0].w, p.w, "the pullback")


def test_value_and_grad() -> None:
    value, g = value_and_grad(f.slotted)(f.Slotted(3.0, 2.0))
    assert (value, g) == (18.0, f.Slotted(12.0, 9.0))


def test_trees_are_rebuilt_without_constructors() -> None:
    given = (f.WithPostInit(1.0), [f.WithNew(3.0)], {"k": f.Slotted(1.0, 2.0)})
    doubled = tree.mapped(lambda x: 2 * x, given)
    assert list(tree.leaves(doubled)) == [2.0, 12.0, 2.0, 4.0]
    assert tree.same_form(doubled, given)
    assert not tree.same_form(doubled, (*given[:2], {"k": f.Params(1.0)}))


@pytest.mark.parametrize("function", [f.moves_first, f.told_apart], ids=lambda g: g.__name__)
def test_one_object_in_two_places(function: Any) -> None:
    """Where it matters that they are different ones, one that comes in twice is refused."""
    p, q = f.Plainest(2.0), f.Plainest(3.0)
    g = grad(function)
    expected = 3.0
    for _ in range(2):
        assert g(p, q).w == expected
        calls = [lambda: g(p, p), lambda: vjp(function, p, p), lambda: jvp(function, (p, p), (p, p))]
        for call in calls:
            with pytest.raises(ArgumentError, match="stands in two places of the arguments"):
                call()
    assert (p.w, q.w) == (2.0, 3.0)
    assert jvp(function, (p, q), (p, q))[0] == function(f.Plainest(2.0), q)


# ---- exact types only


class Subclass(np.ndarray):
    pass


class Frame:
    """As data frames are: a table with a method that gives its values."""

    def to_numpy(self, dtype: Any = None) -> Any:
        return np.ones(3)


class Real(float):
    pass


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (np.ones(3).view(Subclass), r"np.asarray\(x\)"),
        (np.ma.masked_array([1.0, 2.0], [True, False]), r"x.filled\(0.0\)"),
        (np.ones((1, 2)).view(np.matrix), r"np.asarray\(x\)"),
        (np.array([1.0, None]), r"dtype object.*x.astype\(float\)"),
        (np.array(["a"]), r"x.astype\(float\)"),
        (np.array(["2020-01-01"], "datetime64[D]"), "dtype datetime64"),
        (np.zeros(2, [("a", float), ("b", float)]), r"x\['a'\], x\['b'\]"),
        (np.zeros(2, [("a", float)])[0], "give its fields as floats"),
        (np.zeros(2, [("a", float)]).view(np.recarray), r"np.asarray\(x\)"),
        (Frame(), r"x.to_numpy\(dtype=float\)"),
        (Real(1.0), r"give float\(x\)"),
        (OrderedDict(a=1.0), r"give dict\(x\)"),
        (object(), "give floats, plain NumPy arrays"),
        ({1.0, 2.0}, "builtins.set is not supported"),
        (range(3), "builtins.range is not supported"),
        (b"bytes", "builtins.bytes is not supported"),
    ],
    ids=lambda v: "" if isinstance(v, str) else type(v).__name__,
)
def test_only_exact_types_are_taken(value: Any, told: str) -> None:
    for call in (
        lambda: grad(f.identity)(value),
        lambda: vjp(f.identity, value),
        lambda: grad(f.identity)([value]),
        lambda: grad(f.identity)(params(w=value)),
    ):
        with pytest.raises(ArgumentError, match=told) as caught:
            call()
        assert isinstance(caught.value, TypeError)
