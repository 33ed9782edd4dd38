"""Comprehensions, and builtins over iterables."""

from pullback.errors import Refusal

BUILTIN_ARGUMENTS = Refusal(
    "{name} is called with arguments that are not supported", "it takes {arguments}"
)
DICT_OF_SEQUENCE = Refusal(
    "a dict of keywords and of keys that are not known before the code runs",
    "put the entries into a dict one by one: d[key] = value",
)
SET_OF_VALUES = Refusal(
    "a frozenset of values that are not known before the code runs", "use a set"
)
SET_CHANGED = Refusal(
    "method {name!r} of sets is not supported", "begin with set(), and add to it"
)
MOVED_TO_FRONT = Refusal(
    "an entry of an OrderedDict is moved to its front", "make a new one in the order that is wanted"
)
DEQUE_AS_LIST = Refusal(
    "deques are not sliced, repeated, joined, compared or shortened inside",
    "make a list of it: list(q)",
)
LIMIT_OF_DEQUE = Refusal(
    "the maxlen of a deque must be a positive constant",
    "write the number itself, or `if len(q) == n: q.popleft()` before each append",
)
DICT_ENTRY = Refusal("a dict is made of pairs of a key and a value", "write (key, value)")
TUPLE_OF_SEQUENCE = Refusal(
    "the number of items of this tuple is not known before the code runs", "make it a list"
)
MAP_OVER_GENERATORS = Refusal(
    "map over several generators is not supported", "make lists of them: [... for ...]"
)
GENERATOR_AS_ITEMS = Refusal("{value} cannot be gone through here", "make a list of it: [... for ...]")
KEPT_ITERATOR = Refusal(
    "{value} is kept under a name, and can be gone through once only",
    "make a list of it: list(...), or [... for ...]",
)
EFFECT_IN_ZIP = Refusal(
    "a function that changes something is called for an item that zip takes and may leave over",
    "make a list of what the function gives before: list(map(...))",
)
EFFECT_BEFORE_TURN = Refusal(
    "a function that changes something is called for items before they are taken",
    "write a loop that calls it and puts what it gives into a list",
)
NO_ITERATOR = Refusal("next of {value}, which is no iterator", "write next(iter(value))")
NEXT_OF_ITERATOR = Refusal(
    "next of an iterator over so many items as only a run tells", "loop over it, or over a list of it"
)
ITERATOR_ARGUMENT = Refusal(
    "{value} is given to a function", "give it a list: list(...), or [... for ...]"
)
ITERATOR_FROM_AROUND = Refusal(
    "{name} is a range or an iterator of the function around", "make it inside, or use a list"
)
LIST_METHOD = Refusal(
    "method {name!r} of a list or deque is not supported", "use append, pop and a loop"
)
APPENDED_UNLIKE = Refusal("{value} is appended to a {owner}", "append values of one kind")
HELD_CONTAINER = Refusal(
    "{value} is put into a list while something else may hold it",
    "put in a copy: row.copy(), dict(row) or dataclasses.replace(row)",
)
PUT_INTO_LIST = Refusal(
    "a list cannot hold {value}", "put in numbers, arrays, and tuples, dicts or dataclasses of them"
)
KEY_OF_TABLE = Refusal(
    "{value} is a computed key of a dict or set", "use numbers, strings and tuples of them"
)
ORDER_OF_THINNED_SET = Refusal(
    "a set of which items are removed is gone through, in an order that its history decides",
    "go through sorted(...) of it",
)
TABLE_OF_UNLIKE_ITEMS = Refusal(
    "a dict whose entries differ in kind has computed keys",
    "use keys of one kind, and values of one kind",
)
LIST_INDEX = Refusal("{value} cannot index a list", "convert it with int()")
SLICE_STEP = Refusal("the step of a slice of a list must be a constant", "write the number itself")
SLICE_OF_LIST_CHANGED = Refusal(
    "slices of lists cannot be changed", "make a new list: l = l[:a] + items + l[b:]"
)
ARRAYS_COMPARED = Refusal("min and max compare numbers, not arrays", "use np.minimum")
ORDER_OF = Refusal("{value} cannot be put in order", "give a key that is a number")
ORDER_OF_UNLIKE = Refusal(
    "items of different kinds are put in order", "put items of one kind into the list"
)
