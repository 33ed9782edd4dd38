"""Statements and control flow."""

from pullback.errors import Refusal

PATHS_WITHOUT_VALUE = Refusal(
    "some paths return a value and others do not", "return a value on all paths"
)
NO_CONDITION = Refusal("{value} cannot be a condition", "write a comparison")
TRUTH_MAY_CHANGE = Refusal("the truth of {value} may change", "pass a bool")
