"""The public transforms for results of more than one element: Jacobians, Hessians, their products."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import FunctionType
from typing import Any

from pullback.along import Along, along
from pullback.api import check_argnums, grad, options_of, transform
from pullback.asked import snapshot_count
from pullback.derivative import Argnums
from pullback.dispatch import kept_on
from pullback.frontend import calls


def _made(
    mode: str, function: Any, argnums: Argnums, has_aux: bool, options: Any, holomorphic: bool = False
) -> Any:
    return transform(function, mode, argnums, options_of(**options), has_aux, holomorphic)


def jacrev(
    function: Callable[..., Any] | None = None, argnums: Argnums = 0, *, has_aux: bool = False,
    holomorphic: bool = False, **options: Any,
) -> Any:  # fmt: skip
    """The Jacobian of a function, row by row in reverse mode, as a function of the same arguments.

    For an argument of shape `(n,)` and a result of shape `(m,)` it is an array of shape `(m, n)`; in
    general its axes are those of the result, then those of the argument, and it has the dtype of the
    argument. Where the function returns a tuple, list or dict, the Jacobian is one, and so it is of
    the arguments: for `argnums=(0, 1)` and a dict as result it is a dict of pairs. Of lists of floats
    whose length only the run knows there are lists; one in the result needs one argument, named by
    itself, which is a number, an array or such a list.

    It is one generated function: the forward sweep runs once, the backward sweep once for each
    element of the result. So it costs a small multiple of the function for each row.

    `argnums`, `has_aux` and the options (`optimize`, `without`, `backend`, `fast`, `debug_nans`) are
    those of `grad`, as is `checkpoint`. Raises what `grad` raises, and refuses lists of arrays whose
    length only the run knows.

    Complex arguments have the convention of `grad`. A complex result is refused, unless `holomorphic`
    says that the function is: then both must be complex. `jacfwd` takes functions of real arguments
    with complex results.
    """
    return _made("jacrev", function, argnums, has_aux, options, holomorphic)


def jacfwd(
    function: Callable[..., Any] | None = None, argnums: Argnums = 0, *, has_aux: bool = False,
    holomorphic: bool = False, **options: Any,
) -> Any:  # fmt: skip
    """The Jacobian of a function, column by column in forward mode.

    Like `jacrev`, but the forward sweep is followed by one sweep of tangents for each element of the
    argument: the cheaper way where arguments have fewer elements than results. With `checkpoint` nothing
    is kept for these sweeps, and the function runs again in each.
    """
    return _made("jacfwd", function, argnums, has_aux, options, holomorphic)


def jacobian(
    function: Callable[..., Any] | None = None, argnums: Argnums = 0, *, has_aux: bool = False,
    holomorphic: bool = False, **options: Any,
) -> Any:  # fmt: skip
    """The Jacobian of a function by whichever takes fewer sweeps: rows like `jacrev`, or columns.

    The generated function holds both, behind the same forward sweep, and counts elements when it
    runs; where the result or the only argument is a number it holds one.
    """
    return _made("jacobian", function, argnums, has_aux, options, holomorphic)


def hessian(
    function: Callable[..., Any] | None = None, argnums: Argnums = 0, *, has_aux: bool = False,
    holomorphic: bool = False, **options: Any,
) -> Any:  # fmt: skip
    """The matrix of second derivatives of a function with a real result of size 1.

    For an argument of shape `(n,)` it has the shape `(n, n)`; for several arguments, or containers, it
    is a tree like the arguments, of trees like the arguments. The gradient runs once, and is then
    differentiated for each of its elements. With `checkpoint` it runs again for each, and the memory is
    that of an `hvp`.
    """
    return _made("hessian", function, argnums, has_aux, options, holomorphic)


def elementwise_grad(
    function: Callable[..., Any] | None = None, argnums: Argnums = 0, *, has_aux: bool = False,
    **options: Any,
) -> Any:  # fmt: skip
    """The derivative of a function that works element by element, at each element of its argument.

    It is the gradient of the sum of the results: where each element of the result depends on one of
    the argument, as in `np.tanh(x) * x`, it is an array of the derivatives. Nothing checks that this
    is so; of other functions it gives the sums of the columns of the Jacobian.
    """
    return _made("elementwise_grad", function, argnums, has_aux, options)


def hvp(
    function: Callable[..., Any] | None = None, primals: Sequence[Any] | None = None,
    tangents: Sequence[Any] | None = None, *, argnums: Argnums = 0,
    keywords: Mapping[str, Any] | None = None, has_aux: bool = False, optimize: int = 2,
    fast: bool = False, debug_nans: bool = False, checkpoint: int | None = None,
) -> Any:  # fmt: skip
    """The product of the Hessian with a vector: how the gradient changes in the direction `tangents`.

    The same as `jvp(grad(function, argnums), primals, tangents)[1]`, at a small multiple of the cost
    of the gradient, whatever the number of arguments. With `has_aux` the function returns a pair
    `(value, aux)`, and the result is `(product, aux)`. `checkpoint` is that of `grad`; `keywords`,
    `optimize`, `fast`, `debug_nans` and errors are those of `jvp`, as is what it gives without primals
    and tangents.
    """
    __tracebackhide__ = True
    check_argnums(argnums)
    snapshot_count(checkpoint)
    flags = bool(has_aux), optimize, bool(fast), bool(debug_nans)
    asked = ("hvp", type(argnums), argnums, *flags, checkpoint)
    return along(AlongGradient, function, primals, tangents, keywords, asked)


class AlongGradient(Along):
    """``hvp(f)``: it takes primals and tangents, and gives what ``hvp`` does."""

    def differentiated(self) -> Any:
        """The gradient, which is one and the same each time, for a plain function."""
        _, _, argnums, has_aux, *_, checkpoint = self.asked
        made = partial(grad, self.primal, argnums, has_aux=has_aux, checkpoint=checkpoint)
        if type(self.primal) is not FunctionType:
            return made()
        return kept_on(self.primal, ("gradient", *self.asked[1:4], checkpoint), made)


calls.TRANSFORMS |= {f: f.__name__ for f in (jacrev, jacfwd, jacobian, hessian, hvp, elementwise_grad)}
