"""Checks of derivatives: of a function against differences, of a rule in all ways that it is used."""

from pullback.testing.comparing import GradientError
from pullback.testing.gradients import Comparison, check_grads, compare_grads
from pullback.testing.primitives import check_primitive

__all__ = ["Comparison", "GradientError", "check_grads", "check_primitive", "compare_grads"]
