"""Patterns and statements that must be refused."""

import contextlib
import dataclasses
import threading
import warnings

import numpy as np

from tests.programs.registry import refused


def number(rng, n):
    return (1.5,)


@refused("'a' is captured in one of several patterns", "(0.0, a)", number, hint="a case for each")
def capture_of_an_alternative(x):
    match (x, 2.0):
        case (0.0, a) | (a, 3.0):  # refused
            return a
    return x


@refused("a pattern looks into a list whose length only a run tells", "[1.0, *rest]",
         lambda rng, n: ([1.0, 2.0],), hint="compare its length")  # fmt: skip
def pattern_of_a_list(values):
    match values:
        case [1.0, *rest]:  # refused
            return rest[0]
    return values[0]


@dataclasses.dataclass
class Named:
    a: object
    b: object = dataclasses.field(default=0.0, kw_only=True)


@refused("the pattern has more positions than Named tells", "Named(a, b)",
         lambda rng, n: (Named(1.5, b=0.5),), hint="name the fields")  # fmt: skip
def positions_of_a_class(record):
    match record:
        case Named(a, b):  # refused
            return a * b
    return np.pi


@refused("what this context gives cannot be named", "old", number, hint="leave out the name")
def named_context(x):
    with np.errstate(all="ignore") as old:  # refused
        return np.exp(x) if old else x


@refused("contexts take keywords only", "np.printoptions(*options)", number, hint="name the options")
def positional_options(x):
    options = ()
    with np.printoptions(*options):  # refused
        return x * x


@refused("np.errstate is only supported with", 'np.errstate(all="print")', number, hint="ignore")
def printed_errors(x):
    with np.errstate(all="print"):  # refused
        return np.exp(x)


@refused("warnings are recorded", "warnings.catch_warnings(record=True)", number, hint="simplefilter")
def recorded_warnings(x):
    with warnings.catch_warnings(record=True):  # refused
        return np.exp(x)


ignoring = contextlib.suppress


@refused("errors are suppressed under another name", "ignoring(ZeroDivisionError)", number,
         hint="call it suppress")  # fmt: skip
def suppressed_errors(x):
    with ignoring(ZeroDivisionError):  # refused
        x = 1 / x
    return x


def inverse(x):
    return 1.0 / x


@refused("errors of NumPy's arithmetic are raised in code that is called, and caught",
         'np.errstate(divide="raise")', lambda rng, n: (rng.normal(size=n),),
         hint="test for")  # fmt: skip
def caught_arithmetic(x):
    try:
        with np.errstate(divide="raise"):  # refused
            y = inverse(x)
    except FloatingPointError:
        y = x
    return np.sum(y)


@refused("the import of no_such_package fails: No module named 'no_such_package'",
         "import no_such_package", number, hint="import it outside of the function")  # fmt: skip
def import_of_what_is_not_there(x):
    import no_such_package  # refused

    return no_such_package.sine(x)


LOCK = threading.Lock()


@refused("this context manager is not supported", "LOCK", number, hint="before and after the statements")
def context_of_another_kind(x):
    with LOCK:  # refused
        return x * x


@contextlib.contextmanager
def entering_itself(depth):
    with entering_itself(depth - 1):  # refused
        yield


@refused("entering_itself enters itself", "entering_itself(depth - 1)", number,
         inside=entering_itself.__wrapped__, hint="out of it")  # fmt: skip
def context_in_itself(x):
    with entering_itself(3):
        return x * x


@contextlib.contextmanager
def yielding_in_a_branch(x):
    if x > 0:
        yield x


@refused("yielding_in_a_branch is not the code around one `yield`", "yielding_in_a_branch(x)", number,
         hint="outside of loops and branches")  # fmt: skip
def context_of_a_branch(x):
    with yielding_in_a_branch(x) as y:  # refused
        return y * y


@contextlib.contextmanager
def nullcontext():
    try:
        yield
    except ValueError:
        pass


@refused("a context is named like one of the standard library's", "nullcontext()", number,
         hint="give it another name")  # fmt: skip
def misnamed_context(x):
    with nullcontext():  # refused
        if x < 0:
            raise ValueError("negative")
        return x
    return x * x


@dataclasses.dataclass
class Choosing:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        return kind is ValueError


@refused("`__exit__` reads 'kind', and only the exception itself is known here", "Choosing()", number,
         hint="test whether it is None")  # fmt: skip
def class_of_an_error(x):
    with Choosing():  # refused
        return x * x
