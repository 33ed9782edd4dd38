"""What stands around the function in a random module: functions called in many ways, and classes."""

from __future__ import annotations

import random
import textwrap
from collections.abc import Sequence

from tests.fuzz.classes import Classes, attributes
from tests.fuzz.scope import Scope, Signature, Writer

NUMBER = "number"
MUTUAL = """\
def {name}(q, n):
    if n <= 0:
        return {0}
    return np.tanh({name}_other({1}, n - 1) * q)


def {name}_other(q, n):
    if n <= 0:
        return {2}
    return {name}({3}, n - {4}) + 0.5 * q
"""
STARRED = """\
def {name}(first, *args, scale={0}, **more):
    total = first
    for k, e in enumerate(args):
        total {1} e * scale
    return np.tanh(total) * more.get("c", {2}) + 0.1 * len(args)
"""
KEYWORDS = """\
def {name}(p, q=0.5, /, r={0}, *, c={1}):
    return np.tanh({2})
"""
DECORATED = """\
def {name}_scaled(k):
    def wrap(fn):
        @functools.wraps(fn)
        def inner(*args, **kwargs):
            return {0}

        return inner

    return wrap


@{name}_scaled({1})
def {name}(p, q, c={2}):
    return {3}
"""
REPEATED = """\
def {name}(fn, e, n):
    for _ in range(n):
        e = {0}
    return e
"""


def calls(
    rng: random.Random, name: str, functions: list[Signature], on: Sequence[str]
) -> tuple[str, Signature, Writer]:
    """A function with parameters or callers of a special kind."""
    writer = Writer(rng, Scope(), [])
    writer.used.add("calls")
    choose = rng.choice
    small = lambda: choose(["0.5", "1.5", "-0.25"])
    match rng.randint(0, 4):
        case 0:
            text = MUTUAL.format(
                choose(["q", "0.0", "q * q"]), choose(["np.sin(q)", "q * 0.5"]),
                choose(["q", "np.cos(q)"]), choose(["np.sin(q)", "q", "-q"]),
                choose(["1", "2"]), name=name,
            )  # fmt: skip
            return text, Signature(name, (NUMBER, "count"), NUMBER), writer
        case 1:
            text = STARRED.format(small(), choose(["+=", "-="]), small(), name=name)
            forms = ["{0}", "{0}, {1}", "{0}, {1}, {2}, scale={1}", "{0}, *({1}, {2})",
                     "{0}, {1}, c={2}", "*[{0}, {1}], **{{'c': {2}}}"]  # fmt: skip
        case 2:
            body = choose(["p * q + r * c", "p - q * c if r > 0.5 else r * q", "max(p, q) * c - r"])
            text = KEYWORDS.format(small(), small(), body, name=name)
            forms = ["{0}", "{0}, {1}", "{0}, {1}, {2}", "{0}, {1}, c={2}", "{0}, r={1}, c={2}",
                     "{0}, **{{'c': {1}}}"]  # fmt: skip
        case 3:
            inner = choose(["k * np.tanh(fn(*args, **kwargs))",
                            "np.sin(fn(*args, **kwargs)) + k * args[0]",
                            "fn(args[1], args[0], **kwargs) * k"])  # fmt: skip
            body = choose(["np.tanh(p * q + c)", "np.sin(p - c) * q", "(p if p > q else q * c)"])
            text = DECORATED.format(inner, small(), small(), body, name=name)
            forms = ["{0}, {1}", "{0}, {1}, c={2}"]
        case _:
            body = choose(["fn(e)", "np.tanh(fn(e) + 0.5 * e)", "fn(fn(e)) * 0.5", "e - fn(e)"])
            text = REPEATED.format(f"np.tanh({body})", name=name)
            return text, Signature(name, ("function", NUMBER, "count"), NUMBER), writer
    return text, Signature(name, (NUMBER,) * 3, NUMBER, choose(forms)), writer


# ---- classes


BASE = """\
class Box:
    def __init__(self, p, q):
        {fields}

{step}

    def __add__(self, other):
        return Box(self.p + other.p, np.tanh(self.q - other.q))

    def __mul__(self, k):
        return type(self)({scaled}, self.q * 0.5)

    __rmul__ = __mul__

    def __call__(self, e):
        return {called}

    def __getitem__(self, k):
        return self.q[k]

    @property
    def norm(self):
        return {norm}
"""
DERIVED = """\
class Sub(Box):
{init}{step}    @property
    def norm(self):
        return {norm}
"""
INIT = """\
    def __init__(self, p, q):
        super().__init__(p * 0.5, np.sin(q))
        self.first = p

"""
STEP = """\
    def step(self, q):
        self.p = np.tanh(self.p - q)
        return super().step(q * 0.5)

"""


def classes(rng: random.Random, step: str) -> str:
    """A class with a number and an array, and one that derives from it."""
    choose = rng.choice
    base = BASE.format(
        fields=choose(["self.p, self.q = p, q", "self.p = p\n        self.q = q"]), step=step,
        scaled=choose(["self.p * k", "k * self.p"]),
        called=choose(["np.sin(self.p * e)", "self.norm * e + self.p"]),
        norm=choose(["np.tanh(np.sum(self.q * self.q))", "np.sin(self.p) + np.sum(self.q)"]),
    )  # fmt: skip
    derived = DERIVED.format(
        init=choose(["", INIT]), step=choose(["", STEP]),
        norm=choose(["super().norm * self.p", "np.sum(self.q)"]),
    )  # fmt: skip
    return f"{base}\n\n{derived}"


def method(rng: random.Random, on: Sequence[str]) -> tuple[str, Writer]:
    """A method of random statements, which read and write what the object holds."""
    kinds = attributes("self", "object") | {"q": "number"}
    writer = Classes(rng, Scope(kinds, {"q"}), [], [e for e in on if e not in BUSY])
    writer.repeated = True
    forms = [writer.update_number, writer.write_item, writer.set_number, writer.update_array,
             writer.write_several, writer.set_array, writer.swap]  # fmt: skip
    for _ in range(rng.randint(1, 3)):
        rng.choice(forms)()
    lines = [
        "def step(self, q):",
        "    x, w, a, n = self.q, self.q, self.p, 2",
        *writer.lines,
        "    return self",
    ]
    return textwrap.indent("\n".join(lines), "    "), writer


BUSY = frozenset({"objects", "objects in lists"})
