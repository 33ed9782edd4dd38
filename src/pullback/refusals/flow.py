"""Statements and control flow."""

from pullback.errors import Refusal

PATHS_WITHOUT_VALUE = Refusal(
    "some paths return a value and others do not", "return a value on all paths"
)
RESULT_OF_TWO_KINDS = Refusal(
    "the result is {kinds}, which only a run tells", "return a value of one kind on all paths"
)
TOO_MANY_KINDS = Refusal(
    "too many values of two kinds are read at once", "take the statement apart"
)
NO_CONDITION = Refusal("{value} cannot be a condition", "write a comparison")
TRUTH_MAY_CHANGE = Refusal("the truth of {value} may change", "pass a bool")
