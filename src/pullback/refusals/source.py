"""The source of functions."""

from pullback.errors import Refusal

_NOT_FOUND = "cannot find the source of {function}: "

TYPED_AT_PROMPT = Refusal(
    _NOT_FOUND + "it was typed at a prompt ({file}), which keeps no text",
    "define it in a file or a notebook cell",
)
MADE_FROM_STRING = Refusal(
    _NOT_FOUND + "it was made from a string ({file}), by exec, a dataclass, %%time or the like",
    "define it in a file or a notebook cell",
)
FILE_GONE = Refusal(
    _NOT_FOUND + "{file} cannot be read: it was deleted, moved or emptied since import",
    "restore the file, or import it from where it is now",
)
NO_LONGER_COMPILES = Refusal(
    _NOT_FOUND + "{file} was edited since import, and no longer compiles ({complaint})",
    "mend the file and import it again",
)
NESTED_TOO_DEEP = Refusal(
    _NOT_FOUND + "{file} holds an expression nested too deep for its syntax tree",
    "split the expression, or move it elsewhere",
)
EDITED = Refusal(
    _NOT_FOUND + "{file} was edited since import, or its byte code was instrumented",
    "import it again, without tools that change byte code",
)
DEFINED_ANEW = Refusal(
    _NOT_FOUND + "{file} was edited, and its module reloaded, since this {name} was defined",
    "take the {name} that the module has now, and make its derivative anew",
)
IMPORT_HOOK = Refusal(
    _NOT_FOUND + "{file} was loaded by the import hook {hook}, which may have changed its code, or "
    "was edited since import",
    "turn the hook off for this module",
)
REWRITTEN_BY_PYTEST = Refusal(
    _NOT_FOUND + "pytest rewrote the assert statements in it",
    "move it to a module that pytest does not rewrite, or run pytest --assert=plain",
)
WITHOUT_COLUMNS = Refusal(
    _NOT_FOUND + "its byte code was compiled without columns (PYTHONNODEBUGRANGES)",
    "remove __pycache__ and import it again",
)
AMBIGUOUS = Refusal(
    _NOT_FOUND + "several functions on line {line} compile to the same code",
    "write each of them on a line of its own",
)
NO_PLAIN_FUNCTION = Refusal(
    _NOT_FOUND + "it is not a plain def or lambda, but an async def, comprehension or class body",
    "write it with def or lambda",
)
NESTED_CODE = Refusal(
    "code is nested too deep", "split the expression, or have fewer functions call each other"
)
