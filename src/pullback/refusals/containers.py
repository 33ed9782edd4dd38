"""Tuples, lists, dicts and what loops run over."""

from pullback.errors import Refusal

NO_LENGTH = Refusal("{value} has no length", "arrays, lists, tuples and dicts have one")
CANNOT_BE_UNPACKED = Refusal("{value} cannot be unpacked", "unpack a tuple, a list or an array")
VALUES_FOR_NAMES = Refusal("{count} values for {names} names", "write a name for each value")
VALUES_FOR_STARRED_NAMES = Refusal(
    "{count} values for at least {names} names", "write at most one name for each value"
)
UNPACKED_AND_CHANGED = Refusal(
    "{name} is unpacked into a call, of which a later argument changes it",
    "compute the later argument in a statement of its own, before or after",
)
UNPACKED_ITEMS = Refusal(
    "only tuples and fixed lists can be unpacked {where}", "write the items one by one: x[0], x[1]"
)
COMPUTED_KEY = Refusal("keys of dicts must be constants", "use a list or an array")
CANNOT_BE_LOOPED_OVER = Refusal(
    "{value} cannot be looped over", "loop over an array, a list, a tuple or a range"
)
RANGE_ARGUMENTS = Refusal(
    "range takes one to three integers", "write range(n) or range(start, stop, step)"
)
RANGE_OF = Refusal("range of {value}", "convert it with int()")
STRICT_ZIP = Refusal(
    "zip(strict=True) {where}", "leave strict out, and compare the lengths first"
)
UNLIKE_ITEMS = Refusal(
    "a loop over {count} items of different kinds", "put items of one kind into the sequence"
)
TRIED_AMONG_UNLIKE_ITEMS = Refusal(
    "a loop over items of different kinds stands where errors are caught",
    "put items of one kind into the sequence",
)
CHANGES_WHILE_LOOPED_OVER = Refusal(
    "{name!r} changes while the loop runs over it", "loop over its indices, or over a copy"
)

# ---- subscripts and methods

INDEX_TRICK = Refusal("np.{name}[...] is not supported with these entries", "{instead}")
INSTEAD_OF_TRICK = {
    "r_": "write np.concatenate([a, b], axis=0), of arrays",
    "c_": "write np.column_stack([a, b]), or np.concatenate([a, b], axis=-1)",
    "mgrid": 'write np.mgrid[0:n, 0:m], or np.meshgrid(np.arange(n), np.arange(m), indexing="ij")',
    "ogrid": "write np.ogrid[0:n, 0:m], or np.arange(n)[:, None] and np.arange(m)[None, :]",
}
ENDLESS_RANGE = Refusal("a range needs an end here", "write np.r_[0:n], with both ends")
CANNOT_BE_INDEXED = Refusal("{value} cannot be indexed", "index arrays, lists, tuples and dicts")
TOO_MANY_INDICES = Refusal("too many indices: {told}", "index it by no more than it has axes")
NO_KEY = Refusal("the dict has no key {key!r}", "its keys are {keys}")
OUT_OF_RANGE = Refusal("index {index} is out of range", "the tuple has {count} items")
COMPUTED_INDEX_OF_UNLIKE_ITEMS = Refusal(
    "a tuple whose items differ in kind is indexed by a computed number",
    "use constants as indices, or put items of one kind into it",
)
COMPUTED_SLICE_OF_TUPLE = Refusal(
    "slices of tuples must be constant", "write the bounds as numbers, or slice a list or an array"
)
INDEX_OF_ARRAY = Refusal("{value} cannot be an index", "use integers, slices or boolean masks")
BOUND_OF_SLICE = Refusal("{value} cannot bound a slice", "use an integer")
ARRAY_OF_NOTHING = Refusal("an array of an empty list has no kind", "write np.zeros(0)")
METHOD_OF_DICT = Refusal(
    "method {name!r} of dicts is not supported",
    "use keys, values, items, get, setdefault, update, pop, popitem, clear, copy and d[key] = value",
)
METHOD_OF_NUMBER = Refusal("numbers of Python have no {name}", "{instead}")
METHOD_OF_VALUE = Refusal(
    "method {name!r} of {value} is not supported", "call a function that has a rule"
)
