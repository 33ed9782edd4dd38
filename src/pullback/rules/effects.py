"""Which functions and methods have an effect: their parameters, and what they give.

Each line of a table is a name, what it gives (``-`` for nothing) and its parameters in order. ``size``
is a shape, ``dtype`` the kind of the elements; a default is not told, for arguments are handed on as the
user gave them.
"""

from __future__ import annotations

import logging
import random
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from pullback.ir.core import Atom, Op
from pullback.ir.types import Object

# Classes of objects that only functions with effects take, and how generated code spells them.
NAMES: dict[type, str] = {
    np.random.Generator: "np.random.Generator",
    np.random.RandomState: "np.random.RandomState",
    np.random.SeedSequence: "np.random.SeedSequence",
    np.random.PCG64: "np.random.PCG64",
    np.random.PCG64DXSM: "np.random.PCG64DXSM",
    np.random.MT19937: "np.random.MT19937",
    np.random.Philox: "np.random.Philox",
    np.random.SFC64: "np.random.SFC64",
    random.Random: "random.Random",
    logging.Logger: "logging.Logger",
    logging.RootLogger: "logging.Logger",
}


@dataclass(frozen=True, slots=True)
class Signature:
    """What a call gives, and the names of its parameters: those by position, ``rest`` for all further
    ones, and those by keyword alone."""

    gives: str
    parameters: tuple[str, ...]
    rest: str = ""
    keywords: tuple[str, ...] = ()


def _signature(gives: str, *names: str) -> Signature:
    star = next((k for k, name in enumerate(names) if name.startswith("*")), len(names))
    rest = "".join(names[star : star + 1])[1:]
    return Signature(gives.strip("-"), names[:star], rest, names[star + 1 :])


def _table(text: str) -> dict[str, Signature]:
    lines = (line.split() for line in text.splitlines())
    return {line[0]: _signature(*line[1:]) for line in lines if line}


_DISTRIBUTIONS = """
    normal float loc scale size
    uniform float low high size
    exponential float scale size
    laplace float loc scale size
    logistic float loc scale size
    gumbel float loc scale size
    lognormal float mean sigma size
    rayleigh float scale size
    gamma float shape scale size
    beta float a b size
    chisquare float df size
    noncentral_chisquare float df nonc size
    f float dfnum dfden size
    noncentral_f float dfnum dfden nonc size
    standard_cauchy float size
    standard_t float df size
    pareto float a size
    weibull float a size
    power float a size
    triangular float left mode right size
    vonmises float mu kappa size
    wald float mean scale size
    poisson int lam size
    binomial int n p size
    negative_binomial int n p size
    geometric int p size
    hypergeometric int ngood nbad nsample size
    logseries int p size
    zipf int a size
    multivariate_normal float mean cov size check_valid tol method
    multinomial int n pvals size
    dirichlet float alpha size
"""
# Draws of whole vectors, which are as long as one of the parameters.
VECTORS = {"multivariate_normal": "mean", "multinomial": "pvals", "dirichlet": "alpha"}
_GENERATOR = _table(_DISTRIBUTIONS + """
    random float size dtype
    standard_normal float size dtype
    standard_exponential float size dtype method
    standard_gamma float shape size dtype
    integers np.int64 low high size dtype endpoint
""")  # fmt: skip
_STATE = _table(_DISTRIBUTIONS + """
    random float size
    random_sample float size
    rand float *size
    randn float *size
    standard_normal float size
    standard_exponential float size
    standard_gamma float shape size
    randint int low high size dtype
    seed - seed
""")  # fmt: skip
_PYTHON = _table("""
    random float
    uniform float a b
    gauss float mu sigma
    normalvariate float mu sigma
    lognormvariate float mu sigma
    expovariate float lambd
    triangular float low high mode
    betavariate float alpha beta
    gammavariate float alpha beta
    vonmisesvariate float mu kappa
    paretovariate float alpha
    weibullvariate float alpha beta
    randint int a b
    randrange int start stop step
    getrandbits int k
    seed - a
""")
_LOGGING = _table("""
    debug - msg *args exc_info stack_info stacklevel
    info - msg *args exc_info stack_info stacklevel
    warning - msg *args exc_info stack_info stacklevel
    error - msg *args exc_info stack_info stacklevel
    critical - msg *args exc_info stack_info stacklevel
    exception - msg *args exc_info stack_info stacklevel
    log - level msg *args exc_info stack_info stacklevel
""")
_LOGGER = _LOGGING | _table("""
    isEnabledFor bool level
    getEffectiveLevel int
    setLevel - level
""")
_CLOCK = _table("""
    perf_counter float
    perf_counter_ns int
    process_time float
    process_time_ns int
    monotonic float
    time float
    time_ns int
    sleep - seconds
""")
METHODS: Mapping[str, Mapping[str, Signature]] = {
    "np.random.Generator": _GENERATOR,
    "np.random.RandomState": _STATE,
    "random.Random": _PYTHON,
    "logging.Logger": _LOGGER,
}


# Functions of modules share a hidden object.
_MODULES = {
    np.random: ("np.random", _STATE), random: ("random", _PYTHON), logging: ("logging", _LOGGING),
    time: ("time", _CLOCK),
}  # fmt: skip
_BY_NAME = dict(_MODULES.values())


def _functions() -> dict[Any, tuple[str, Signature]]:
    """Functions by the object, with how generated code spells them."""
    found = {}
    for module, (path, table) in _MODULES.items():
        for name, signature in table.items():
            found[getattr(module, name)] = (f"{path}.{name}", signature)
    for cls, path in NAMES.items():
        if not path.startswith("logging"):
            found[cls] = (path, _signature(f"object:{path}", "seed"))
    maker = _signature("object:np.random.Generator", "seed")
    found[np.random.default_rng] = ("np.random.default_rng", maker)
    found[logging.getLogger] = ("logging.getLogger", _signature("object:logging.Logger", "name"))
    found[warnings.warn] = ("warnings.warn", _signature("-", "message", "category", "stacklevel"))
    return found


FUNCTIONS = _functions()
# Packages all other functions of which are refused, rather than lowered from their source.
PACKAGES = frozenset(("logging", "random", "time", "warnings"))


# ---- draws that are differentiated in their parameters


@dataclass(frozen=True, slots=True)
class Family:
    """Draws that are a function of a standard draw, ``standard`` with the parameters in ``kept``.

    ``form`` names the function: ``low + (high - low) * z``, ``loc + scale * z`` or ``z / scale``, of the
    ``parameters``.
    """

    standard: str
    form: str
    parameters: tuple[str, ...]
    kept: tuple[str, ...] = ()


_NUMPY_FAMILIES = {
    "normal": Family("standard_normal", "shifted", ("loc", "scale")),
    "uniform": Family("random", "between", ("low", "high")),
    "exponential": Family("standard_exponential", "scaled", ("scale",)),
    "laplace": Family("laplace", "shifted", ("loc", "scale")),
    "logistic": Family("logistic", "shifted", ("loc", "scale")),
    "gumbel": Family("gumbel", "shifted", ("loc", "scale")),
    "rayleigh": Family("rayleigh", "scaled", ("scale",)),
    "gamma": Family("standard_gamma", "scaled", ("scale",), ("shape",)),
}
_PYTHON_FAMILIES = {
    "uniform": Family("random", "between", ("a", "b")),
    "gauss": Family("gauss", "shifted", ("mu", "sigma")),
    "normalvariate": Family("normalvariate", "shifted", ("mu", "sigma")),
    "expovariate": Family("expovariate", "divided", ("lambd",)),
}


@dataclass(frozen=True, slots=True)
class Performed:
    """What a ``perform`` op does: module or class, function, signature, and arguments by name."""

    home: str
    name: str
    signature: Signature
    given: dict[str, tuple[Any, tuple[Atom, ...]]]

    @property
    def family(self) -> Family | None:
        """How the draw follows from a standard one, None if nothing is known of that."""
        python = self.home.startswith("random")
        found = (_PYTHON_FAMILIES if python else _NUMPY_FAMILIES).get(self.name)
        return found if found is not None and (python or _is_exact(self.home, self.name)) else None


def performed(op: Op) -> Performed | None:
    """A ``perform`` op taken apart; None for what makes an object."""
    name, inputs = op.params["function"], list(op.inputs)
    if op.params["method"]:
        owner = inputs.pop(0).type
        assert isinstance(owner, Object)
        home, table = owner.name, METHODS[owner.name]
    else:
        home, _, name = name.rpartition(".")
        table = _BY_NAME.get(home, {})
    if name not in table:
        return None
    given = {}
    for k, (keyword, nesting) in enumerate(op.params["arguments"]):
        count = 1 if nesting is None else len(nesting)
        given[keyword or table[name].parameters[k]] = (nesting, tuple(inputs[:count]))
        del inputs[:count]
    return Performed(home, name, table[name], given)


@lru_cache(None)
def _is_exact(home: str, name: str) -> bool:
    """Whether this NumPy computes the draw in the two roundings that Python's arithmetic has: compilers
    for some processors make one of them."""
    make: Any = np.random.default_rng if home == "np.random.Generator" else np.random.RandomState
    family = _NUMPY_FAMILIES[name]
    first, scale = 0.3, 1.7
    kept = [2.3] * len(family.kept)
    z = getattr(make(5), family.standard)(*kept, size=256)
    numbers = [scale] if family.form == "scaled" else [first, scale]
    drawn = getattr(make(5), name)(*kept, *numbers, size=256)
    match family.form:
        case "shifted":
            return np.array_equal(drawn, first + scale * z)
        case "between":
            return np.array_equal(drawn, first + (scale - first) * z)
    return np.array_equal(drawn, scale * z)
