"""pullback: a source-to-source differentiation compiler for Python."""

from typing import TYPE_CHECKING, Any

from pullback import display as _display  # noqa: F401  (enters itself in hooks.HTML)
from pullback.along import jvp
from pullback.api import grad, value_and_grad
from pullback.blocks import gradient_of
from pullback.checkpoints import checkpoint
from pullback.custom import Primitive, custom_jvp, custom_vjp, primitive, stop_gradient
from pullback.derivative import Derivative
from pullback.errors import ArgumentError, PullbackError, SourceError
from pullback.jacobians import elementwise_grad, hessian, hvp, jacfwd, jacobian, jacrev
from pullback.linear import linearize, vjp
from pullback.split import Residuals, split
from pullback.switches import debug_nans
from pullback.testing import check_grads, check_primitive

if TYPE_CHECKING:
    from pullback.formulas import Proof, Symbolic, primitive_from_sympy, prove, symbolic

__version__ = "0.1.0"
__all__ = [
    "ArgumentError",
    "Derivative",
    "Primitive",
    "Proof",
    "PullbackError",
    "Residuals",
    "SourceError",
    "Symbolic",
    "check_grads",
    "check_primitive",
    "checkpoint",
    "custom_jvp",
    "custom_vjp",
    "debug_nans",
    "elementwise_grad",
    "grad",
    "gradient_of",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "primitive",
    "primitive_from_sympy",
    "prove",
    "split",
    "stop_gradient",
    "symbolic",
    "value_and_grad",
    "vjp",
]


def __getattr__(name: str) -> Any:
    """What needs SymPy, which importing this does not load."""
    if name in ("Proof", "Symbolic", "primitive_from_sympy", "prove", "symbolic"):
        from pullback import formulas

        return getattr(formulas, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
