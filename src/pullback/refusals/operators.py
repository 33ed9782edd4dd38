"""Operators and comparisons."""

from pullback.errors import Refusal

OPERATOR_ON_LIST = Refusal("operators on lists are not supported", "append to the list, or use an array")
REPEATED = Refusal("{value} is repeated a computed number of times", "append in a loop")
NO_ORDER = Refusal("{a} and {b} cannot be ordered", "compare numbers that they hold")
COMPARED_LISTS = Refusal("lists are compared", "compare their elements in a loop")
COMPARED_RECORDS = Refusal("{a} is compared with {b}", "compare their fields")
COMPARED_OBJECTS = Refusal("{a} is compared with {b}", "write `is`")
COMPARED_UNLIKE = Refusal("{a} is compared with {b}", "`is None` tells None apart")
IDENTITY = Refusal(
    "whether {a} is the same object as {b} is not known here",
    "number the objects, and compare the numbers",
)
IDENTITY_OF_NUMBERS = Refusal("`is` compares numbers or texts: equal ones may be two", "write ==")
MEMBER_OF_OBJECT = Refusal(
    "`in` {value} is not supported", "write a tuple, or a frozenset, which cannot change"
)
CANNOT_BE_MEMBER = Refusal("{value} cannot be in {container}", "leave it out: Python raises a TypeError")
MEMBER_OF_VALUES = Refusal("`in` is only supported for keys of dicts and constants", "write a loop")
ADDED_TO_INTEGERS = Refusal(
    "{value} is added in place to an array of {cls}s", "make it an array of floats"
)
MATMUL_IN_PLACE = Refusal(
    "an array is multiplied in place by what is no matrix", "write x = x @ y, which makes a new array"
)
