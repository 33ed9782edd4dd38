"""The public split form: a forward function that saves residuals, a backward one that takes them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pullback import tree
from pullback.backend.load import file_name, load
from pullback.backend.numpy_ import Emitted, emit_numpy
from pullback.dispatch import Specialisation
from pullback.errors import ArgumentError
from pullback.frontend import lowering
from pullback.frontend.derivatives import check_pair, in_python
from pullback.frontend.frame import Frame
from pullback.frontend.kinds import Kind
from pullback.frontend.lower import Main, lower_call
from pullback.frontend.session import Session
from pullback.frontend.values import Value
from pullback.hooks import Shown
from pullback.ir.build import Builder
from pullback.ir.core import Const, Func, Var
from pullback.ir.types import Array, Object, Scalar, differentiable
from pullback.pipeline import Options, Stages, finish, halves
from pullback.reports import Attempt, compiled


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Pullback(Shown):
    """A pullback: call it with a cotangent of the value, as often as you like.

    It returns a tuple with the cotangents of the arguments. Raises `ArgumentError` for a cotangent
    that has not the form and the shapes of the value.
    """

    residuals: Any
    backward: Specialisation
    like: Any

    def __call__(self, cotangent: Any) -> Any:
        if not tree.same_form(self.like, cotangent):
            raise ArgumentError("the cotangent does not have the form of the value")
        return self.backward((self.residuals, tree.mapped(_as_cotangent, cotangent, self.like)))

    @property
    def source(self) -> str:
        """The code of the backward function."""
        return self.backward.emitted.text

    def __repr__(self) -> str:
        return f"<pullback {self.backward.emitted.entry}>"


def _as_cotangent(given: Any, like: Any) -> Any:
    """A cotangent in the kind of the value, ``like``: an array of its shape, a number."""
    if (isinstance(like, _Shape) or like in (float, complex)) and not _holds_numbers(given):
        raise ArgumentError(f"a cotangent of type {type(given).__name__}: give numbers")
    if isinstance(like, _Shape):
        if np.shape(given) != like.shape:
            raise ArgumentError(
                f"a cotangent of shape {np.shape(given)} for a value of shape {like.shape}"
            )
        _check_real(given, like.dtype.kind == "c")
        array = np.asarray(given, like.dtype)
        return array if like.is_array else array[()]
    if np.ndim(given):
        raise ArgumentError(f"a cotangent of shape {np.shape(given)} for a value that is a number")
    if like in (float, complex):
        _check_real(given, like is complex)
        return like(given)
    return given


def _check_real(given: Any, may_be_complex: bool) -> None:
    if np.iscomplexobj(given) and not may_be_complex:
        raise ArgumentError("a complex cotangent for a real value: give its real part")


def _holds_numbers(given: Any) -> bool:
    try:
        return np.asarray(given).dtype.kind in "biufc"
    except (TypeError, ValueError):
        return False


class _Shape:
    """What a pullback remembers of a value (never the value itself): a leaf, hence no dataclass."""

    __slots__ = ("dtype", "is_array", "shape")

    def __init__(self, value: np.ndarray[Any, Any] | np.generic) -> None:
        self.shape = value.shape
        self.dtype = value.dtype
        self.is_array = isinstance(value, np.ndarray)


def _form(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return _Shape(value)
    return type(value)


class Forward(Specialisation):
    """The forward half of one signature, which gives the value and a pullback made with the other.

    With ``has_aux`` the function gives a pair, and the pullback is that of its first part.
    """

    backward: Specialisation
    has_aux: bool = False

    def __call__(self, args: Sequence[Any], outside: tuple[Any, ...] | None = None) -> Any:
        value, residuals = super().__call__(args, outside)
        value, *aux = value if self.has_aux else (value,)
        return value, Pullback(residuals, self.backward, tree.mapped(_form, value)), *aux

    def text(self, options: Options) -> str:
        """Both functions as one module, for NumPy."""
        forward, backward = self.main.func, self.backward.main.func
        return emit_numpy(backward, options.standalone, options.header, beside=[forward]).text


def compile_pullback(
    function: Value, innermost: Any, names: Sequence[str], kinds: Sequence[Kind], options: Options,
    name: str, chosen: Sequence[int], positional: int | None = None, has_aux: bool = False,
) -> Forward:  # fmt: skip
    """Compile the split derivative of a function for arguments of these kinds.

    ``chosen`` are the places of the arguments whose cotangents the pullback returns; ``positional``
    says how many are given by position, if others go by name.
    """
    count = len(names) if positional is None else positional

    def apply(frame: Frame, node: ast.Call, values: list[Value]) -> Value:
        by_name = dict(zip(names[count:], values[count:], strict=True))
        result = lowering.apply(frame, node, function, values[:count], by_name)
        if has_aux:
            check_pair(frame, node, name, result, number=False)
        return result

    name = name if name.isidentifier() else "lambda_"
    attempt = Attempt(name, innermost, names, kinds, options, Stages())

    def compute() -> Forward:
        main = lower_call(innermost, tuple(names), kinds, name, apply)
        attempt.func = main.func
        return _halves(main, attempt, range(count) if chosen is None else chosen, has_aux)

    return compiled(attempt, compute)


def _halves(main: Main, attempt: Attempt, chosen: Sequence[int], has_aux: bool) -> Forward:
    """Both halves of a lowered program, loaded."""
    name, options, kinds = attempt.name, attempt.options, attempt.kinds
    arguments = list(main.func.arguments or [])
    wanted = [arguments[k][1] for k in chosen]
    active = [a for t in wanted for a in tree.leaves(t)]
    active = [a for a in active if isinstance(a, Var) and differentiable(a.type)]
    if not active:
        raise ArgumentError(f"{name} has no float argument to differentiate with respect to")
    wrt = tuple(p in active for p in main.func.params)
    returned = main.func.returns
    value = returned[0] if has_aux else returned
    both = halves(main.func, wrt, set(tree.leaves(value)), options)
    forward, backward = both.forward, both.backward
    translate = dict(zip(main.func.params, forward.params, strict=True))
    forward.arguments = [(n, tree.mapped(lambda a: _param(a, translate), t)) for n, t in arguments]
    forward.returns = (returned, len(forward.results) - 1)
    _finish_backward(main, backward, value, wanted, active)
    ready = Main(forward, main.captures, main.passed, main.session)
    module = getattr(attempt.function, "__module__", "")
    half = Forward(*_loaded(ready, options, f"{name}_forward", module), kinds)
    empty = Main(backward, [], [], Session())
    half.has_aux = bool(has_aux)
    half.backward = Specialisation(*_loaded(empty, options, f"{name}_backward", module), [])
    # Where it runs, the function has not raised.
    half.backward.attempt = replace(attempt, primal=lambda args: None, func=backward)
    return half


def _param(a: Any, translate: dict[Var, Var]) -> Any:
    return translate.get(a, a) if isinstance(a, Var) else a


def _finish_backward(
    main: Main, backward: Func, value: Any, trees: Sequence[Any], active: Sequence[Var]
) -> None:
    """How the backward function looks from Python: residuals and a cotangent in, trees out."""
    record, *seeds = backward.params
    rest = list(seeds)

    def seed(leaf: Any) -> Any:
        if isinstance(leaf, int) and differentiable(main.func.results[leaf].type):
            return rest.pop(0)
        return None

    backward.arguments = [("residuals", record), ("y_bar", tree.mapped(seed, value))]
    places = {a: k for k, a in enumerate(active)}
    zero = Const(0)
    backward.returns = tuple(
        tree.mapped(lambda a: Const(None) if _has_no_zero(a) else places.get(a, zero), t)
        for t in trees
    )
    _in_kinds(backward, active)


def _has_no_zero(leaf: Any) -> bool:
    """Whether a leaf of an argument is no number: a string, None, or an object."""
    return leaf is None or (isinstance(leaf, Var) and isinstance(leaf.type, Object))


def _in_kinds(backward: Func, active: Sequence[Var]) -> None:
    """Gradients of Python floats are Python floats, those of NumPy scalars have their dtype."""
    b = Builder(backward.loc)
    results = backward.block.results
    for k, a in enumerate(active):
        if (converted := in_python(a.type)) is not None:
            name, params = converted
            results[k] = b.one(name, results[k], **params)
        elif isinstance(a.type, Array) and a.type.ndim == 0 and isinstance(results[k].type, Scalar):
            results[k] = b.one("array", results[k])
    backward.block.ops += b.ops


def _loaded(
    main: Main, options: Options, name: str, module: str
) -> tuple[Main, Emitted, Stages, Callable[..., Any]]:
    emitted = finish(main.func, options)
    return main, emitted, Stages(), load(emitted, file_name(name), module)
