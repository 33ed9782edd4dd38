"""Calls, parameters and results."""

from pullback.errors import Refusal

CANNOT_BE_CALLED = Refusal(
    "{value} cannot be called here", "call Python functions, or NumPy functions that have a rule"
)
BUILTIN = Refusal("{name} is not supported", "{instead}")
_OUTSIDE = "call it outside of the function, and pass what it gives as an argument"
_NAMES = "write the names of the variables"
_CODE = "write the code itself: only what stands in the source can be differentiated"
_ONWARD = "go through it in a `for` loop, which `break` may leave"
_LEAVE = "raise an exception"
_IDENTITY = "number the objects, and compare the numbers"
_BYTES = "write an array of integers"
_IN_CLASS = "write it in a class, outside of the function"
INSTEAD_OF_BUILTIN = {
    "delattr": "make a new object without the attribute",
    "vars": "write the names of the variables or attributes",
    "iter": _ONWARD,
    "dir": "write the names of the variables or attributes",
    "globals": _NAMES,
    "locals": _NAMES,
    "aiter": _ONWARD,
    "anext": _ONWARD,
    "open": _OUTSIDE,
    "input": _OUTSIDE,
    "eval": _CODE,
    "exec": _CODE,
    "compile": _CODE,
    "__import__": "import it at the top of the file",
    "id": _IDENTITY,
    "hash": _IDENTITY,
    "object": "write None or a string in its place",
    "bytes": _BYTES,
    "bytearray": _BYTES,
    "memoryview": _BYTES,
    "property": _IN_CLASS,
    "classmethod": _IN_CLASS,
    "staticmethod": _IN_CLASS,
    "breakpoint": "leave it out; pdb steps through derivatives, whose source it shows",
    "help": "leave it out",
    "exit": _LEAVE,
    "quit": _LEAVE,
}
FAILS = Refusal("{function} fails: {error}", "give it what it takes")
UNPACKED_KEYWORDS = Refusal(
    "only dicts with constant keys can be unpacked into a call", "give the arguments by name"
)
ARGUMENT_MISSING = Refusal("{function} needs an argument {name!r}", "give a value for it")
TOO_MANY_ARGUMENTS = Refusal(
    "{function} takes {count} arguments, not {given}", "its parameters are {parameters}"
)
NO_PARAMETER = Refusal("{function} has no parameter {name!r}", "its parameters are {parameters}")
ARGUMENT_TWICE = Refusal("{function} is given {name!r} twice", "give it by position or by name")
DEFAULT_CHANGED = Refusal(
    "{function} changes the default of {name!r} in place, which its next call would see",
    "write {name}=None, and make a new one inside",
)
GENERATOR = Refusal(
    "{function} is a generator, which gives no value", "differentiate what goes through it in a loop"
)
YIELD_TAKES = Refusal(
    "a generator yields within an expression",
    "write `yield value`, or `name = yield value`, as a statement of its own",
)
YIELD_FROM_TAKES = Refusal(
    "a generator that is asked for items one by one uses what `yield from` gives in the end",
    "loop over it: for v in items(x): yield v; and compute beside it what it gives",
)
YIELD_PROTECTED = Refusal(
    "a generator yields inside of `try` or `with`", "yield outside of it, or write the loop itself"
)
YIELD_FINALLY_KEPT = Refusal(
    "what comes `finally` in a generator that a name holds waits until that is forgotten",
    "loop over the call itself: for item in items(...)",
)
PAUSED_FUNCTION = Refusal(
    "a function in a generator reads its variables, and the generator is asked for items one by one",
    "give the function what it reads as arguments, or make a list of the items: list(...)",
)
PAUSED_LOOP = Refusal(
    "a generator that is asked for items one by one loops over {value}",
    "loop over a list there: list(...), or make a list of the items",
)
GENERATOR_OVER_ITSELF = Refusal(
    "{function} loops over what it yields itself, deeper and deeper",
    "write `yield from` in place of the loop",
)
TRIED_OVER_GENERATOR = Refusal(
    "a loop over a generator stands where errors are caught", "make a list of it before"
)
LIST_OF_FUNCTIONS_LEAVES = Refusal(
    "a list of functions that was filled in a loop leaves the function whose variables they read",
    "give them what they read by defaults, as in lambda x, k=k: k * x",
)
LATE_IN_COMPREHENSION = Refusal(
    "{name} of the comprehension is read when all of its passes are done",
    "give the function its value by a default, as in lambda x, k=k: k * x",
)
FUNCTION_HOLDS_ITSELF = Refusal(
    "a function that leaves the one around it reads itself out of what it holds",
    "call it by its own name",
)
NONLOCAL_OUTSIDE = Refusal(
    "{name!r} is a variable of a function outside of what is differentiated",
    "return the value, and assign it outside of the function",
)
DIFFERENTIATED_CHANGES = Refusal(
    "{function}, which is differentiated here, changes variables of the function around it",
    "return the value, and assign it outside of the function",
)
GLOBAL_WRITTEN = Refusal(
    "global {name!r} is assigned to", "return the value, and assign it outside of the function"
)
RETURNS = Refusal("{function} returns {value}", "return numbers, arrays, or trees of them")
NEVER_RETURNS = Refusal("{function} never returns", "return a value")
RECURSION_STRUCTURES = Refusal(
    "a recursive function returns different structures",
    "return the same containers on all paths, and lists of one depth",
)

ONE_ARGUMENT = Refusal("one argument is needed, not {count}", "give one")
ASARRAY_KEYWORDS = Refusal(
    "np.asarray is only supported with a dtype, of arrays whose own is known, and an order",
    "write np.array(x, dtype=...)",
)
PRINT_KEYWORD = Refusal("print is not supported with {name!r}", "leave it out")
ISINSTANCE_ARGUMENTS = Refusal("isinstance takes a value and a class", "write isinstance(x, float)")
ISINSTANCE_CLASS = Refusal(
    "isinstance needs a class, or a tuple of classes", "write isinstance(x, (int, float))"
)
CLASS_DEPENDS_ON_CALL = Refusal(
    "whether {value} is one of these classes depends on the call",
    "convert it first, with float(x) or np.asarray(x)",
)
CLASS_IS_UNKNOWN = Refusal(
    "the class of {value} is not known here", "ask it of numbers, arrays and containers"
)
