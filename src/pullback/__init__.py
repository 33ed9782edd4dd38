"""pullback: a source-to-source differentiation compiler for Python."""

from pullback import display as _display  # noqa: F401  (enters itself in hooks.HTML)
from pullback.api import grad, jvp, value_and_grad
from pullback.checkpoints import checkpoint
from pullback.custom import Primitive, primitive
from pullback.derivative import Derivative
from pullback.errors import ArgumentError, PullbackError, SourceError
from pullback.jacobians import elementwise_grad, hessian, hvp, jacfwd, jacobian, jacrev
from pullback.linear import linearize, vjp
from pullback.split import Residuals, split
from pullback.switches import debug_nans
from pullback.testing import check_grads

__version__ = "0.1.0"
__all__ = [
    "ArgumentError",
    "Derivative",
    "Primitive",
    "PullbackError",
    "Residuals",
    "SourceError",
    "check_grads",
    "checkpoint",
    "debug_nans",
    "elementwise_grad",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "primitive",
    "split",
    "value_and_grad",
    "vjp",
]
