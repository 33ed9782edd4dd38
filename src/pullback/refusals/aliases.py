"""Writes, and who may see them."""

from pullback.errors import Refusal

# What is told of memory and of containers that belong to somebody else, where they are written to.
WRITTEN_FROM_OUTSIDE = Refusal(
    "{name} comes from outside the function, and is written to",
    "pass it as an argument, or write to a copy that has another name",
)
KEPT_RESULT = Refusal(
    "{name} is what a function with a cache gave and may give again, and is written to",
    "write to a copy: {copied}",
)
CHANGED_KEPT = Refusal(
    "{name} is what a function with a cache gave and may give again, and is changed", "change a copy"
)
CHANGED_ASKED = Refusal(
    "{name} is what a function with a cache was asked for, which may forget that, and is changed",
    "write functools.cache, which forgets nothing, or keep results in the object yourself",
)
WRITTEN_ITEM_OF_TUPLE = Refusal(
    "{name} is an item of a tuple, and is written to", "make a list of the tuple, or write to a copy"
)
CHANGED_ITEM_OF_LIST = Refusal(
    "{name} is an item of a list, and is changed", "put a new one in its place: l[i] = new"
)
CHANGED_COLUMN = Refusal(
    "{name} is a tuple that zip made, and is changed", "make a list of it: list(...)"
)
CHANGED_FROM_OUTSIDE = Refusal(
    "{name} comes from outside the function, and is changed", "change a copy, or make it inside"
)
RESULTS_KEPT_OUTSIDE = Refusal(
    "{name} comes from outside the function, and is changed",
    "change a copy, or make it inside; results that do not vary may be kept by functools.cache",
)
CHANGED_ONE_OF_SEVERAL = Refusal(
    "{name} is one of several containers, and is changed",
    "change it where only one is meant, or by its place in a list: l[k].x = value",
)
SHARED_MEMORY = Refusal(
    "{name} is written to while {other} may share its memory", "write to a copy: {copied}"
)
SHARED_ITEM = Refusal(
    "{name}, which a list holds, is written to while {other} may share its memory",
    "put a copy into the list: item.copy()",
)
ITEM_HELD_TWICE = Refusal(
    "{name} is written to, and the list may hold it twice", "put copies into the list: item.copy()"
)
WRITTEN_ITEMS_SHARED = Refusal(
    "{name}, whose items are written to, is given one that something else may hold",
    "put in a copy: item.copy()",
)
SHARED_BY_ARGUMENTS = Refusal(
    "{function} writes to its argument {name!r}, which may share memory with another argument",
    "pass a copy of one of them",
)
UPDATED_AND_WRITTEN = Refusal("what is updated is written to on the right as well", "use two statements")
CONDITION_CHANGES = Refusal(
    "the condition of a loop writes to an array or changes a container",
    "do so in the body, and test what it gives",
)
ELEMENTS_ASSIGNED = Refusal(
    "elements of {value} cannot be assigned", "assign those of arrays, lists and dicts"
)
CANNOT_BE_WRITTEN = Refusal(
    "cannot write {value} here: {why}", "write what has the dtype and shape of the place"
)
CANNOT_HOLD = Refusal("{owner} cannot hold {value}", "put in values of one kind")
LIST_OF_UNLIKE_ITEMS = Refusal(
    "a list whose items differ in kind cannot be changed", "use a tuple, or items of one kind"
)
FUNCTION_ATTRIBUTE_ASSIGNED = Refusal(
    "attribute {name!r} of a function is assigned",
    "keep it in a variable around the function, with nonlocal {name}, or in an object",
)
OUTSIDE_ATTRIBUTE_ASSIGNED = Refusal(
    "attribute {name!r} of a function is assigned, which the next call would find",
    "return what it is to be, and assign it outside of the function",
)
ATTRIBUTE_ASSIGNED = Refusal("attributes cannot be assigned", "keep the value in a local name")
CLASS_ATTRIBUTE_ASSIGNED = Refusal(
    "attribute {name!r} of class {cls} is assigned, which all its objects would see",
    "assign it outside of the function, or keep it in an object, as self.{name}",
)
FIELD_ASSIGNED = Refusal(
    "attributes cannot be assigned",
    "make a new one: {name} = dataclasses.replace({name}, {field}=...)",
)
NAMED_FIELD_ASSIGNED = Refusal(
    "attributes cannot be assigned", "make a new one: {name} = {name}._replace({field}=...)"
)
WRITTEN_READ_ONLY = Refusal(
    "{name} is a view that NumPy does not let write to", "write to a copy: {copied}"
)
ITEM_BESIDE_CALL = Refusal(
    "{function} changes items of a list, of which one is read afterwards", "read it from the list again"
)
ITEMS_OF_SEVERAL = Refusal(
    "{function} changes what it puts into lists, or takes out of them, which other lists hold as well",
    "change it before, by its name, or put in a copy",
)
ITEM_IN_TWO_ARGUMENTS = Refusal(
    "{function} changes an item of a list that another argument may lead to",
    "give it numbers and arrays, or ask before whether both are one, with `is not`",
)
REFERRED_ITEMS_MOVE = Refusal(
    "the items of a list move while another list, or an object, leads to them",
    "rearrange a copy: list(...) or sorted(...)",
)

# Code that is refused for who may see a write, of whichever kind its values are.
FOR_MEMORY = frozenset({
    WRITTEN_FROM_OUTSIDE, KEPT_RESULT, CHANGED_KEPT, CHANGED_ASKED, WRITTEN_ITEM_OF_TUPLE,
    CHANGED_FROM_OUTSIDE, RESULTS_KEPT_OUTSIDE, CHANGED_ONE_OF_SEVERAL,
    SHARED_MEMORY, SHARED_ITEM, ITEM_HELD_TWICE, WRITTEN_ITEMS_SHARED, SHARED_BY_ARGUMENTS,
    ITEM_BESIDE_CALL, ITEM_IN_TWO_ARGUMENTS,
})  # fmt: skip
