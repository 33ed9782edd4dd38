"""The public split form: a forward function, and a backward one that may run later and elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import NoneType
from typing import Any

from pullback import tree
from pullback.api import check_argnums, check_function, options_of
from pullback.derivative import Argnums, Transformed, chain_of, free
from pullback.dispatch import Specialisation
from pullback.errors import ArgumentError
from pullback.frontend import calls
from pullback.frontend.bound import as_method, title
from pullback.frontend.kinds import Kind
from pullback.halves import Division, Halves, compile_halves
from pullback.inspected import Inspected
from pullback.seeds import as_cotangent, form_of, has_inexact
from pullback.switches import watching

Key = tuple[tuple[str, ...], int]


class Residuals:
    """What the forward function of a `split` saved for the backward one.

    They hold arrays, numbers and lists of these, share no memory with arguments or the value, are not
    changed by the backward function, and can be pickled. `saved` is the tuple that the generated
    functions hand over.
    """

    __slots__ = ("_halves", "_key", "_kinds", "_like", "_of", "_stamp", "saved")

    def __init__(self, saved: Any, value: Any, of: str, key: Key, halves: Halves) -> None:
        self.saved = saved
        self._like = tree.mapped(form_of, value)
        self._of = of
        self._key = key
        self._kinds = halves.kinds
        self._halves: Halves | None = halves
        self._stamp = ""

    @property
    def stamp(self) -> str:
        """What tells the code that made these, and can take them."""
        if not self._stamp and self._halves is not None:
            self._stamp = self._halves.stamp
        return self._stamp

    def __getstate__(self) -> tuple[Any, ...]:
        return self.saved, self._like, self._of, self._key, self._kinds, self.stamp

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.saved, self._like, self._of, self._key, self._kinds, self._stamp = state
        self._halves = None

    def __repr__(self) -> str:
        return f"<residuals of {self._of}>"


class Forward(Transformed):
    """The forward function of a `split`: it gives the value and residuals."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        if watching() and not self._options.debug_nans:
            return self._watching()(*args, **kwargs)
        names, values, positional = self._bound(args, kwargs)
        values = self._in_floats(names, positional, values)
        key = (names, positional)
        found, outside = self._cache.find(key, values, names)
        value, saved, *aux = found(values, outside)
        assert isinstance(found, Halves)
        return value, Residuals(saved, value, self.title, key, found), *aux

    def __repr__(self) -> str:
        return f"<forward of {self.title}>"

    @property
    def title(self) -> str:
        """The function, by where it is from."""
        return f"{self._function.__module__}.{self._function.__qualname__}"

    def _in_floats(self, names: Sequence[str], positional: int, values: Sequence[Any]) -> Sequence[Any]:
        """Ints that are differentiated are taken as floats; without ``argnums``, if all would be."""
        places = self._places(names, positional)
        if self.argnums is None and any(has_inexact(values[k]) for k in places):
            return values
        return [float(v) if k in places and type(v) is int else v for k, v in enumerate(values)]

    def _places(self, names: Sequence[str], positional: int) -> list[int]:
        """The arguments that are differentiated: those of ``argnums``, else all positional ones."""
        count = len(self._given)
        if self.argnums is None:
            return list(range(count, positional))
        told = self.argnums if isinstance(self.argnums, tuple) else (self.argnums,)
        return [self._place(names, argnum) for argnum in told]

    def _specialise(self, key: Key, kinds: Sequence[Kind]) -> Specialisation:
        names, positional = key
        if self.argnums is not None:
            self._check_chosen(names, kinds)
        division = Division(
            free(self.primal), self._function, chain_of(self.primal), title(self.primal), names,
            self._places(names, positional), positional, self.has_aux,
            alone=not isinstance(self.argnums, tuple | NoneType),
        )  # fmt: skip
        return compile_halves(division, kinds, self._options)

    def halves(self, residuals: Residuals) -> Halves:
        """Those that made residuals, or that make the same in another process."""
        held = residuals._halves
        if held is not None and any(held in one._cache.met for one in (self, self._watched) if one):
            return held
        if residuals._of == self.title:
            signature = (residuals._key, residuals._kinds)
            for found in self._cache.found.get(signature, ()):
                if isinstance(found, Halves) and found.stamp == residuals.stamp:
                    break
            else:
                found = self._cache.compile(*signature, residuals._key[0])
            if isinstance(found, Halves) and found.stamp == residuals.stamp:
                self._cache.met.add(found)
                residuals._halves = found
                return found
        raise ArgumentError(
            f"residuals of {residuals._of} that this backward function of {self.title} cannot take: "
            "the function, what it reads from outside, argnums or options are not those that they were "
            "made with"
        )


class Backward(Inspected):
    """The backward function of a `split`: from residuals and a cotangent to cotangents of arguments."""

    __pullback_map__ = "split"

    def __init__(self, forward: Forward) -> None:
        self._forward = forward
        self.__name__ = f"{forward.primal.__name__}_backward"

    def __call__(self, residuals: Residuals, cotangent: Any) -> Any:
        __tracebackhide__ = True
        if not isinstance(residuals, Residuals):
            raise ArgumentError(f"{self.__name__} takes residuals that the forward function gave, first")
        second = self._forward.halves(residuals).second
        if not tree.same_form(residuals._like, cotangent):
            raise ArgumentError("the cotangent does not have the form of the value")
        return second((residuals.saved, tree.mapped(as_cotangent, cotangent, residuals._like)))

    def _compiled(self) -> Specialisation:
        found = self._forward._compiled()
        assert isinstance(found, Halves)
        return found.second

    def __reduce__(self) -> Any:
        return Backward, (self._forward,)

    def __repr__(self) -> str:
        return f"<backward of {self._forward.title}>"


def split(
    function: Callable[..., Any], argnums: Argnums | None = None, *, has_aux: bool = False,
    optimize: int = 2, without: Sequence[str] = (), fast: bool = False, debug_nans: bool = False,
    checkpoint: int | None = None,
) -> tuple[Forward, Backward]:  # fmt: skip
    """The derivative in two functions, `forward, backward = split(f)`, for what runs them apart.

    `forward` is called as the function is, and gives the value and residuals. `backward(residuals,
    cotangent)` takes a cotangent with the form and shapes of the value, and gives a tuple with one for
    each positional argument; for those that `argnums` names, as `grad` does. Residuals may be kept,
    pickled and sent elsewhere, and used any number of times; they are what custom gradients of other
    frameworks ask for. They fit the function as it was: where it has changed since, `backward` refuses
    them.

    The function may have any result. With `has_aux` it returns a pair, and `forward` gives `(value,
    residuals, aux)`. The options are those of `grad`, but for `backend`. Both functions have `source`
    and `ir`.

    Raises what `vjp` raises, and `ArgumentError` for residuals of something else.
    """
    options = options_of(optimize, without, "numpy", fast, debug_nans, checkpoint)
    if argnums is not None:
        check_argnums(argnums)
    function = as_method(function)
    check_function(function)
    forward = Forward(function, "split", argnums, options, bool(has_aux))
    return forward, Backward(forward)


calls.TRANSFORMS[split] = "split"
