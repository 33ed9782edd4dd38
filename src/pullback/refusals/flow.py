"""Statements and control flow."""

from pullback.errors import Refusal

PATHS_WITHOUT_VALUE = Refusal(
    "some paths return a value and others do not", "return a value on all paths"
)
RESULT_OF_TWO_KINDS = Refusal(
    "the result is {kinds}, which only a run tells", "return a value of one kind on all paths"
)
TOO_MANY_KINDS = Refusal("too many values of two kinds are read at once", "take the statement apart")
NO_CONDITION = Refusal("{value} cannot be a condition", "write a comparison")
TRUTH_MAY_CHANGE = Refusal("the truth of {value} may change", "pass a bool")
NOTHING_TO_RAISE_AGAIN = Refusal(
    "`raise` without an exception stands in no handler", "write it in an `except` clause"
)
RAISED_WITH_KEYWORDS = Refusal(
    "exceptions are raised with positional arguments only", "leave out the keywords"
)
NO_EXCEPTION_CLASS = Refusal(
    "what is raised must be a class of exceptions, or one with arguments", "raise ValueError(...)"
)
CAUSE_OF_ERROR = Refusal(
    "the cause of an error can be None or what a handler caught", "raise ... from error"
)
NO_CLASS_TO_CATCH = Refusal(
    "a handler names classes of exceptions", "except ValueError: or except (ValueError, KeyError):"
)
RAISED_ANYWHERE = Refusal(
    "{name} may be raised anywhere, so that nobody can tell what ran before",
    "catch the error of what is computed, such as ValueError",
)
CHANGED_BEFORE_ERROR = Refusal(
    "{name!r} changes here before something that may raise, and is read where that is caught",
    "write what may raise in a statement of its own, before the change",
)
BEFORE_PROTECTED_LOOP = Refusal(
    "what a loop runs over may raise here while the loop changes what a handler reads",
    "assign it to a variable before the loop",
)
CAPTURE_OF_ALTERNATIVE = Refusal(
    "{name!r} is captured in one of several patterns, of which only a run tells which one fits",
    "write a case for each of them",
)
PARTS_OF_LIST = Refusal(
    "a pattern looks into a list whose length only a run tells", "compare its length and its items"
)
POSITIONS_OF_CLASS = Refusal(
    "the pattern has more positions than {cls} tells by __match_args__", "name the fields"
)
STATEMENT = Refusal("{form} statements are not supported", "{instead}")
STATEMENT_OUTSIDE = "write it outside of the function"
INSTEAD_OF_STATEMENT = {
    "class": "define it outside of the function",
}
IMPORT_FAILS = Refusal("the import of {name} fails: {error}", "import it outside of the function")
DELETED = Refusal(
    "only names, attributes and items of lists and dicts can be deleted",
    "make a new value without the part",
)
CONTEXT = Refusal(
    "this context manager is not supported",
    "call what it does before and after the statements: np.errstate, warnings.catch_warnings, "
    "np.printoptions, contextlib.nullcontext and those written in Python are",
)
CONTEXT_IN_ITSELF = Refusal(
    "{function} enters itself", "take what it does around the statements out of it"
)
CONTEXT_YIELDS = Refusal(
    "{function} is not the code around one `yield`, which always runs",
    "write one `yield`, outside of loops and branches, whose value is not used",
)
LEFT_FROM_SUPPRESSED = Refusal(
    "a context is named like one of the standard library's, and catches errors", "give it another name"
)
CLASS_OF_ERROR = Refusal(
    "`__exit__` reads {name!r}, and only the exception itself is known here",
    "test whether it is None, or read the second argument",
)
CONTEXT_NAMED = Refusal("what this context gives cannot be named", "leave out the name")
CONTEXT_OPTIONS = Refusal("contexts take keywords only", "name the options")
ERROR_MODE = Refusal(
    'np.errstate is only supported with "ignore", "warn" and "raise"', 'write np.errstate(all="ignore")'
)
RECORDED_WARNINGS = Refusal(
    "warnings are recorded", 'write warnings.catch_warnings() and warnings.simplefilter("ignore")'
)
SUPPRESSED = Refusal("errors are suppressed under another name", "call it suppress")
HALF_WRITTEN = Refusal(
    "an array is written to here by what may raise, which is caught when some of it is written",
    "compute it in a statement of its own, and write it behind that",
)
ARITHMETIC_CAUGHT = Refusal(
    "errors of NumPy's arithmetic are raised in code that is called, and caught",
    "test for what raises, such as a zero, before it is computed",
)
