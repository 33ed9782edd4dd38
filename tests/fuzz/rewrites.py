"""Programs of the corpus, rewritten at random, and the command that checks them.

    python -m tests.fuzz.rewrites 17            rewrite and check the program of seed 17, and print it
    python -m tests.fuzz.rewrites 0 500         check seeds 0 to 499
    python -m tests.fuzz.rewrites --minutes 10  check new seeds for ten minutes (--first SEED to say)

``--only looped,written`` takes these rewrites alone. A seed gives the same program as long as the corpus
stays as it is; a report holds all of the program.

Half of the programs are rewritten by what keeps their meaning: these must have the value and the
gradient of the original. The others must agree with themselves and with differences, as random ones do.
"""

from __future__ import annotations

import ast
import copy
import dataclasses
import functools
import itertools
import random
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from pullback import tree
from tests.fuzz import changing, extracting, holding, keeping, run
from tests.fuzz.generator import Program
from tests.fuzz.oracles import load, outcome, quiet
from tests.fuzz.rewriting import REWRITES, NotHere, Rewrite, Site
from tests.programs import checks, registry

ROOMS = (keeping, holding, extracting, changing)  # which have entered their rewrites
HELPERS = """\
import collections
import copy
import dataclasses
import functools
import itertools
import operator

import numpy as np

from tests.fuzz import boxes
"""
TRIES = 60
SHORT = 4.0  # seconds that a call of a program may take
RAISING = 0.02  # of the rewritten programs that raise, how many are checked
LARGE, MANY = 1e6, 500  # numbers and sizes of results that differences do not tell much of
PLAIN = np.ndarray | np.number | float | int | complex | str | None


def rewritten(seed: int, on: Collection[str] = frozenset(REWRITES)) -> Program:
    """The rewritten program of a seed and of a set of rewrites."""
    rng = random.Random(seed)
    again = f"tests.fuzz.rewrites {seed}"
    if set(on) != set(REWRITES):
        again += f" --only {','.join(sorted(on))}"
    while True:
        found = rewrite(rng.choice(suitable()), rng, [REWRITES[n] for n in sorted(on)])
        if found is not None:
            return dataclasses.replace(found, seed=seed, again=again)


def rewrite(p: registry.Program, rng: random.Random, table: list[Rewrite]) -> Program | None:
    """A program by some rewrites of a table, if one is found that can be called.

    If all of them keep its meaning it is held against the original, otherwise not.
    """
    alike = [r for r in table if r.keeps_meaning]
    weighted = table + [r for r in table if not r.keeps_meaning]
    for _ in range(TRIES):
        text, used = changed(p, rng, alike if alike and rng.random() < 0.5 else weighted)
        kept = all(REWRITES[name].keeps_meaning for name in used)
        if used and accepted(p, text, kept, rng):
            found = Program(0, text, (p.arguments(),), p.argnums, p.single, used=used)
            return dataclasses.replace(found, original=p.function if kept else None)
    return None


def changed(p: registry.Program, rng: random.Random, table: list[Rewrite]) -> tuple[str, frozenset[str]]:
    """The text of a program after a few rewrites, and which they were."""
    module, main = cut(p)
    number = itertools.count(1)
    used = set()
    for _ in range(rng.choice([1, 2, 2, 3, 3, 4])):
        functions = [n for n in ast.walk(module) if isinstance(n, ast.FunctionDef)]
        function = main if rng.random() < 0.7 else rng.choice(functions)
        chosen = rng.choice(table)
        try:
            chosen.apply(Site(function, rng, number))
        except NotHere:
            continue
        used.add(chosen.name)
    return text_of(module, p), frozenset(used)


def text_of(module: ast.Module, p: registry.Program) -> str:
    """The text of a module that calls its program ``f``, with what rewrites may have put in."""
    text = ast.unparse(ast.fix_missing_locations(module))
    return f"{HELPERS}\n{text}\n\nf = {p.function.__name__}\n"


def accepted(p: registry.Program, text: str, kept: bool, rng: random.Random) -> bool:
    """Whether a program has a value that can vary, the same twice; some that raise are accepted too."""
    try:
        with run.limited(SHORT), quiet(), tempfile.TemporaryDirectory() as folder:
            f = load(text, Path(folder))
            value = outcome(lambda: f(*p.arguments()))
            again = outcome(lambda: f(*p.arguments()))
            expected = outcome(lambda: p.function(*p.arguments())) if kept else value
    except (Exception, run.TooLong):  # it has become endless, or no program
        return False
    if isinstance(value, Exception):
        return not kept and rng.random() < RAISING
    return is_usual(value) and is_same(again, value) and is_same(value, expected)


def is_same(found: Any, expected: Any) -> bool:
    """Whether two values are the same bit for bit."""
    try:
        checks.identical(found, expected, "value")
    except AssertionError:
        return False
    return True


def is_usual(value: Any) -> bool:
    """Whether a value is a tree of few and finite numbers, of which some can vary."""
    try:
        found = list(tree.leaves(value))
    except Exception:  # of what is no tree
        return False
    numbers = all(isinstance(x, float | int | complex | np.ndarray | np.number) for x in found)
    return (
        numbers and any(map(checks.is_active, found)) and sum(map(np.size, found)) < MANY
        and all(np.asarray(x).dtype != object and np.max(np.abs(x), initial=0.0) < LARGE for x in found)
    )  # fmt: skip


# ---- what is rewritten


@functools.cache
def suitable() -> tuple[registry.Program, ...]:
    """The programs of the corpus that make sense by themselves, with arguments that can be printed."""
    return tuple(
        p for _, p in sorted(registry.PROGRAMS.items())
        if not p.of_derivatives and _is_plain(p.arguments())
        and not any(isinstance(p.arguments()[k], int) for k in p.argnums)
    )  # fmt: skip


def _is_plain(value: Any) -> bool:
    if type(value) in (tuple, list):
        return all(map(_is_plain, value))
    if type(value) is dict:
        return all(map(_is_plain, value.values()))
    return isinstance(value, PLAIN)


def cut(p: registry.Program) -> tuple[ast.Module, ast.FunctionDef]:
    """Of the module of a program what the program needs, and its function there."""
    module = _parsed(sys.modules[p.function.__module__].__file__ or "")
    needed, found = {p.function.__name__}, set[int]()
    while more := [k for k, s in enumerate(module.body) if k not in found and _is_needed(s, needed)]:
        found.update(more)
        needed.update(n.id for k in more for n in ast.walk(module.body[k]) if isinstance(n, ast.Name))
    module = copy.deepcopy(ast.Module([module.body[k] for k in sorted(found)], []))
    functions = [s for s in module.body if isinstance(s, ast.FunctionDef)]
    (main,) = (s for s in functions if s.name == p.function.__name__)
    return module, main


@functools.cache
def _parsed(path: str) -> ast.Module:
    """The module at a path, without what enters its programs."""
    module = ast.parse(Path(path).read_text(encoding="utf-8"))
    for s in module.body:
        if isinstance(s, ast.FunctionDef):
            s.decorator_list = [d for d in s.decorator_list if not _enters(d)]
    module.body = [s for s in module.body if not _is_future(s)]
    return module


def _enters(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Name) and called.id in ("program", "refused")


def _is_future(s: ast.stmt) -> bool:
    return isinstance(s, ast.ImportFrom) and s.module in ("__future__", "tests.programs.registry")


def _is_needed(s: ast.stmt, needed: set[str]) -> bool:
    """Whether a statement of a module makes what is needed, or changes it."""
    if isinstance(s, ast.FunctionDef | ast.ClassDef):
        return s.name in needed
    if isinstance(s, ast.Import | ast.ImportFrom):
        return any((a.asname or a.name.partition(".")[0]) in needed for a in s.names)
    names = [n for n in ast.walk(s) if isinstance(n, ast.Name)]
    stored = {n.id for n in names if isinstance(n.ctx, ast.Store)}
    return bool((stored or {n.id for n in names}) & needed - {"np", "math", "pullback"})


if __name__ == "__main__":
    sys.exit(min(run.main(sys.argv[1:], rewritten, REWRITES), 1))
