"""Names and values from outside."""

from pullback.errors import Refusal

# What is told of a value that cannot be known: {name} is what reads it.
UNKNOWN_DEFAULT = Refusal(
    "{name} has a default value of type {cls}, which is not supported", "give a value for it"
)
MODULE_HAS_NO_ATTRIBUTE = Refusal(
    "module {module!r} has no attribute {name!r}",
    "check the name; a submodule has to be imported by its own name",
)
COMPUTED_BY_MODULE = Refusal(
    "{name!r} is computed by {module!r} each time it is read",
    "read it once, outside: {name} = {expression}",
)
UNKNOWN_FROM_OUTSIDE = Refusal(
    "{name} has a value from outside that is not supported: {complaint}",
    "convert it outside, or pass what is needed of it as an argument",
)
SET_IN_ONE_BRANCH = Refusal("{name} is set in one branch only", "set it in both branches")
KINDS_OF_BRANCHES = Refusal(
    "{name} is {a} in one branch and {b} in the other",
    "use two names, or make both branches give the same kind of value",
)
ENTRY_ADDED_IN_LOOP = Refusal(
    "{name} is given an entry {key!r} in the loop, beside entries of other kinds",
    "put in all entries before the loop, as in d = {{k: 0.0 * v for k, v in p.items()}}",
)
ENTRIES_UNKNOWN = Refusal(
    "which entries a dict has depends on the run, and all of them are asked for",
    "put in all entries before the loop or branch, as in d = {{k: 0.0 * v for k, v in p.items()}}",
)
CHANGES_IN_LOOP = Refusal(
    "{name} changes in the loop from {before} to {after}",
    "start it with a value of the kind that the loop gives it",
)
NESTED_IN_LOOP = Refusal(
    "{name} is {value} in which the loop puts or finds others of its class, to a depth that data tell",
    "keep the objects in a list, and in each of them the places of those that it leads to",
)
READ_BEFORE_SET = Refusal("{name!r} is read before it is set", "set it on every path that leads here")
NOT_DEFINED = Refusal("name {name!r} is not defined", "define or import it")
MADE_IN_TRY = Refusal("{name} is made in a `try`, which it cannot leave", "make it before")
