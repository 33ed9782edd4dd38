"""Rules of the user's, for functions that pullback cannot read."""

from __future__ import annotations

import copy
import functools
import itertools
from collections.abc import Callable, Hashable
from types import FunctionType
from typing import Any, TypeVar, cast

import numpy as np

from pullback.blocks import gradient_of
from pullback.errors import ArgumentError, remember_text
from pullback.frontend import kernels
from pullback.frontend.annotations import annotated_kind, annotations_of
from pullback.frontend.customs import Custom, held, partials_of
from pullback.frontend.fitting import accepts, parameters
from pullback.frontend.kinds import kind_of
from pullback.frontend.lowering import BUILTINS
from pullback.frontend.spelling import spelled
from pullback.marked import REGISTERED, REGISTRY, RULED, WRITTEN, Ruled, twin
from pullback.rules.table import lookup, refuse

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
NUMBERS: dict[Any, Callable[[Any], Any]] = {"float": float, "int": int}


class Primitive:
    """A function with a derivative of your own; made by `primitive`.

    It is called as the function is. The result is checked against what was told of it.
    """

    def __init__(self, function: Callable[..., Any], gives: Any) -> None:
        functools.update_wrapper(self, function)
        self.primal = function
        self._gives = gives
        self._ruled = Ruled(function)

    def __call__(self, *args: Any) -> Any:
        return self._as_told(self.primal(*args), args)

    def defvjp(self, rule: Any) -> Any:
        """Give the rule by a pullback: `rule(g, y, *args)` returns the cotangents of the arguments.

        `g` is the cotangent of the result `y`. There is one cotangent for each argument, in a tuple
        if there are several, and None for what is no float. It is plain NumPy code, differentiated
        like other code for higher orders and forward mode. Works as a decorator.
        """
        return define_rule(self._ruled, self.primal, "vjp", rule)

    def defjvp(self, rule: Any) -> Any:
        """Give the rule by tangents: `rule(tangents, y, *args)` returns the tangent of the result `y`.

        `tangents` is a tuple with one for each argument: 0.0 for integers, None for what is no
        number. Reverse mode is derived from it. Works as a decorator.
        """
        return define_rule(self._ruled, self.primal, "jvp", rule)

    def defpartials(self, rule: Any) -> Any:
        """Give the rule by partial derivatives, of a function that works element by element.

        `rule(y, *args)` returns that of the result `y` in each argument, in a tuple if there are
        several, and None for what is no float (of a float that is refused). Both modes follow from it.
        Works as a decorator.
        """
        self._define("partials", rule)
        return rule

    def defcomposite(self, definition: Any) -> Any:
        """Give the rule by a `definition(*args)` in plain NumPy code that computes the same.

        The value stays that of the function, the derivative is that of the definition. Works as a
        decorator.
        """
        self._define("composite", definition)
        return definition

    def _define(self, form: str, rule: Any) -> None:
        define_rule(self._ruled, self.primal, form, rule)
        self._ruled.rule = _by_tangents(self._name, form, rule)

    def register(self) -> Primitive:
        """Have all calls of the function itself taken for calls of this primitive, until `unregister`.

        So code that is not yours, or that names the function as its library does, is differentiated by
        the rule. Raises `ArgumentError` for functions of which pullback has a rule of its own, and for
        those that another primitive is registered for.
        """
        if not isinstance(self.primal, Hashable):
            raise ArgumentError(f"{self._name} has no hash, by which calls of it would be known")
        known = REGISTRY[REGISTERED].get(self.primal)
        if known is not None and known is not self:
            raise ArgumentError(f"another primitive is registered for {self._name}: unregister it first")
        if lookup(self.primal) is not None or self.primal in BUILTINS:
            raise ArgumentError(f"pullback has a rule of its own for {self._name}: call the primitive")
        REGISTRY[REGISTERED] = {**REGISTRY[REGISTERED], self.primal: self}
        return self

    def unregister(self) -> None:
        """Undo `register`: derivatives that were compiled meanwhile are compiled anew."""
        REGISTRY[REGISTERED] = {f: p for f, p in REGISTRY[REGISTERED].items() if p is not self}

    @property
    def _name(self) -> str:
        return str(getattr(self.primal, "__name__", "primitive"))

    @property
    def is_elementwise(self) -> bool:
        """Whether it is known to work element by element, as ufuncs do."""
        return bool(self._gives == "elementwise")

    def __pullback_custom__(self) -> Custom:
        """What the front end sees when it meets this object in code that it lowers."""
        held = 0.0 if self._ruled.form == "jvp" else None
        return Custom(self, self._name, self._ruled.mode, self._ruled.rule, self._gives, held)

    def _as_told(self, y: Any, args: tuple[Any, ...]) -> Any:
        """The result in the kind that was told, sharing memory with no argument."""
        if isinstance(self._gives, int):
            if self._gives >= len(args):
                told = f"what is like its argument {self._gives}"
                raise TypeError(f"{self._name} was told to give {told}, and has {len(args)} arguments")
            like = args[self._gives]
            if np.shape(y) != np.shape(like):
                raise self._other(y, f"the shape of its argument, {np.shape(like)}")
            if isinstance(like, np.ndarray):
                y = np.asarray(y, like.dtype)
            else:
                y = NUMBERS.get(kind_of(like), type(like))(y)
        elif isinstance(self._gives, str) and self._gives in NUMBERS:
            if np.ndim(y) or isinstance(y, complex | str):
                raise self._other(y, self._gives)
            y = NUMBERS[self._gives](y)
        elif self._gives not in (None, "elementwise"):
            y = self._of_kind(y)
        if isinstance(y, np.ndarray) and any(
            np.may_share_memory(y, a) for a in args if isinstance(a, np.ndarray)
        ):
            return y.copy()
        return y

    def _of_kind(self, y: Any) -> Any:
        sort, dtype, *ones = self._gives
        if np.ndim(y) != (len(ones[0]) if ones else 0) or np.asarray(y).dtype != dtype:
            raise self._other(y, spelled(self._gives))
        return np.asarray(y) if sort == "array" else np.asarray(y)[()]

    def _other(self, y: Any, told: str) -> TypeError:
        found = f"{np.asarray(y).dtype} of shape {np.shape(y)}"
        return TypeError(f"{self._name} was told to give {told}, and gives {found}")

    def __repr__(self) -> str:
        return f"<primitive {self._name}>"


def primitive(function: Any = None, *, returns: Any = None) -> Any:
    """Make a function one that pullback calls as it is, and that has a derivative of your own.

    For functions that pullback cannot read: of C libraries, or with code that it refuses. Give the
    derivative by `defvjp`, `defjvp`, `defpartials` or `defcomposite` of the result; without one, the
    function may be called where nothing that is differentiated reaches it. It has to be a function of
    its arguments alone, which it does not change; they are numbers, arrays and constants, given by
    position.

    `returns` tells what it gives: the name or number of the argument whose kind, shape and dtype it
    has, or a kind as annotations have it (`float`, `"f64[n, m]"`); by default the annotation of its
    result. A ufunc needs none. Works as a decorator, with or without arguments.
    """
    if function is None:
        return lambda f: primitive(f, returns=returns)
    if not callable(function) or isinstance(function, Primitive):
        raise ArgumentError(f"{function!r} is no function to make a primitive of")
    return Primitive(function, _told(function, returns))


# What a rule is called with before the arguments of its function.
FIRST = {"vjp": ["g", "y"], "jvp": ["tangents", "y"], "partials": ["y"], "composite": []}
BY_PARTIALS = """import numpy as np


def {name}_jvp(tangents, y, {args}):
    {partials}, = partials_of({title!r}, rule(y, {args}), tangents, y)
    total = None
{steps}
    if total is None:
        return 0.0 * y
    return np.broadcast_to(total, y.shape) if np.ndim(y) else total
"""
BY_DEFINITION = """import pullback


def {name}_jvp(tangents, y, {args}):
    return pullback.jvp(rule, ({args},), tangents)[1]
"""
BY_PARTIAL = """    if tangents[{k}] is not None:
        total = partial{k} * tangents[{k}] if total is None else total + partial{k} * tangents[{k}]"""
_numbers = itertools.count()


def define_rule(ruled: Ruled, function: Any, form: str, rule: Any) -> Any:
    """Give a function its rule; what is no rule is refused, and a second one."""
    name = getattr(function, "__name__", "primitive")
    if not isinstance(rule, FunctionType):
        raise ArgumentError(f"def{form} takes a Python function, not {rule!r}")
    if ruled.rule is not None:
        raise ArgumentError(f"{name} has a rule already: give one")
    given, first = _parameters(function), FIRST[form]
    if given is not None and not any(accepts(rule, len(first) + n) for n in given[1]):
        takes = ", ".join([*first, given[0]])
        raise ArgumentError(f"a rule of {name}({given[0]}) takes ({takes}), not ({parameters(rule)})")
    ruled.form, ruled.rule = form, rule
    return rule


def _by_tangents(name: str, form: str, rule: FunctionType) -> FunctionType:
    """A rule in one of the other forms as one by tangents, written as the user would."""
    first = len(FIRST[form])
    names = [f"x{k}" for k in range(rule.__code__.co_argcount - first)]
    places = range(len(names))
    text = (BY_PARTIALS if form == "partials" else BY_DEFINITION).format(
        name=name if name.isidentifier() else "primitive", title=name, args=", ".join(names),
        partials=", ".join(f"partial{k}" for k in places),
        steps="\n".join(BY_PARTIAL.format(k=k) for k in places),
    )  # fmt: skip
    file = f"<pullback rule {next(_numbers)}>"
    remember_text(file, text)
    module: dict[str, Any] = {"__name__": "pullback.rule", "rule": rule, "partials_of": partials_of}
    exec(compile(text, file, "exec"), module)
    made: FunctionType = next(v for k, v in module.items() if k.endswith("_jvp"))
    WRITTEN[made] = rule
    return made


def _parameters(function: Any) -> tuple[str, range] | None:
    """The parameters of a function, and how many arguments it may be given, as far as that is known."""
    if isinstance(function, np.ufunc):
        return ", ".join(f"x{k}" for k in range(function.nin)), range(function.nin, function.nin + 1)
    if not isinstance(function, FunctionType) or not accepts(function, function.__code__.co_argcount):
        return None
    most = function.__code__.co_argcount
    return parameters(function), range(most - len(function.__defaults__ or ()), most + 1)


def custom_vjp(function: F) -> F:
    """A function whose pullback you write, though pullback can read it.

    What it computes is compiled like any code, and the rule, `rule(g, y, *args)`, takes the place of
    what would be derived of it: `g` is the cotangent of the result `y`, and there is one cotangent to
    return for each argument, in a tuple if there are several, and None for what is no float. The rule
    is plain NumPy code, which is differentiated for higher orders and forward mode. So gradients are
    clipped, scaled, or taken from a formula that rounds less:

        @custom_vjp
        def clipped(x):
            return x

        @clipped.defvjp
        def clipped_vjp(g, y, x):
            return np.clip(g, -1.0, 1.0)

    Arguments are numbers, arrays and constants; the result is a number or an array. The function reads
    nothing else that changes, and writes to nothing. Works as a decorator. Raises `ArgumentError` for
    what is not a Python function.
    """
    return cast("F", _ruled(function, "vjp"))


def custom_jvp(function: F) -> F:
    """A function whose tangent you write, though pullback can read it.

    As `custom_vjp`, with the rule given by tangents: `rule(tangents, y, *args)` returns the tangent of
    the result `y`. `tangents` is a tuple with one for each argument: 0.0 for integers, None for what is
    no number. Reverse mode is derived from it:

        @custom_jvp
        def softplus(x):
            return np.logaddexp(0.0, x)

        @softplus.defjvp
        def softplus_jvp(tangents, y, x):
            return tangents[0] * np.exp(x - y)
    """
    return cast("F", _ruled(function, "jvp"))


def stop_gradient(x: T) -> T:
    """A copy of a value, through which no derivative goes: it is held constant.

    `x` is a number, an array, or a container of such. In code that is differentiated, its tangents and
    cotangents are zero in every mode and order; else this is `copy.deepcopy`.
    """
    return copy.deepcopy(x)


BUILTINS[stop_gradient] = held
refuse(gradient_of, "is what a block begins with", "write: with gradient_of(x) as g")
for _function in (primitive, custom_vjp, custom_jvp):
    refuse(_function, "is called where a function is differentiated", "call it outside, as a decorator")


def _ruled(function: Any, mode: str) -> FunctionType:
    if not isinstance(function, FunctionType):
        raise ArgumentError(f"{function!r} is no Python function: use primitive for others")
    made: Any = twin(function)
    RULED[made] = ruled = Ruled(function, mode)

    setattr(made, f"def{mode}", functools.partial(define_rule, ruled, function, mode))
    return made  # type: ignore[no-any-return]


def _told(function: Any, returns: Any) -> Any:
    """What a function gives: a kind, the number of an argument, "elementwise" for ufuncs, or None."""
    if returns is None and isinstance(function, np.ufunc):
        if all(t.endswith("O") for t in function.types):  # np.frompyfunc made it
            raise ArgumentError(
                f"{function.__name__} gives arrays of objects: make a function that gives floats, "
                "and tell them by returns"
            )
        return "elementwise"
    names = []
    python = kernels.written(function)
    if isinstance(python, FunctionType):
        names = list(python.__code__.co_varnames[: python.__code__.co_argcount])
        returns = annotations_of(python).get("return") if returns is None else returns
    if returns is None:
        return None
    if type(returns) is int and returns >= 0 and not (names and returns >= len(names)):
        return returns
    if isinstance(returns, str) and returns in names:
        return names.index(returns)
    kind = None if isinstance(returns, int) else annotated_kind(returns)
    known = kind in ("float", "int") or (isinstance(kind, tuple) and kind[0] in ("np", "array"))
    if not known:
        raise ArgumentError(
            f'returns={returns!r} is no kind: give float, "f64[n]", or the name of an argument'
        )
    return kind


__all__ = ["Primitive", "custom_jvp", "custom_vjp", "primitive", "stop_gradient"]
