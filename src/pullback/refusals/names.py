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
