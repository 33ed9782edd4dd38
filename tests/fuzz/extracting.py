"""Rewrites that move statements of a function into a function inside of it."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from tests.fuzz.rewriting import NotHere, Site, keeps
from tests.fuzz.syntax import Block, bound, has, inner_blocks, outer, parameters, statements

NOT_MOVED = (
    ast.Nonlocal, ast.Global, ast.Delete, ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom,
    ast.Yield, ast.YieldFrom,
)  # fmt: skip
WRAPPERS = ("boxes.passing", "boxes.wrapping")
CALLS = ("{f}({a})", "functools.partial({f}, {a})()", "decorated")


@keeps
def part_to_function(s: Site) -> None:
    """Statements become a function that gives back what they bind, called by a partial or decorated."""
    block, first, end = s.run(6)
    moved = block[first:end]
    _require_movable(s, moved)
    if has(moved, ast.Return):
        raise NotHere
    names = bound(moved)
    taken = ", ".join(sorted(_before(s.function, moved[0]).intersection(names)))
    given = f"({', '.join(names)},)" if names else "None"
    name = s.fresh("part")
    head, call = _called(s, name, taken, (CALLS[0], *CALLS))
    text = f"{head}\n BODY\n return {given}\n{given + ' = ' if names else ''}{call}"
    block[first:end] = statements(text, BODY=moved)


@keeps
def part_to_nonlocal(s: Site) -> None:
    """Statements become a function that binds the names around it anew."""
    block, first, end = s.run(6)
    moved = block[first:end]
    _require_movable(s, moved)
    names = bound(moved)
    if has(moved, ast.Return) or not names or not _before(s.function, moved[0]).issuperset(names):
        raise NotHere
    name = s.fresh("part")
    text = f"def {name}():\n nonlocal {', '.join(names)}\n BODY\n{name}()"
    block[first:end] = statements(text, BODY=moved)


@keeps
def rest_to_function(s: Site) -> None:
    """The end of a function becomes another one, called plainly, by a partial or decorated."""
    first, moved, taken = _rest(s)
    name = s.fresh("rest")
    head, call = _called(s, name, taken, CALLS)
    text = f"{head}\n BODY\nreturn {call}"
    s.function.body[first:] = statements(text, BODY=moved)


@keeps
def rest_to_cached_function(s: Site) -> None:
    """The end of a function, where it binds nothing from before, becomes one whose result is kept."""
    first, moved, taken = _rest(s)
    if taken:
        raise NotHere
    name = s.fresh("rest")
    text = f"@functools.lru_cache(maxsize=None)\ndef {name}():\n BODY\n{name}()\nreturn {name}()"
    s.function.body[first:] = statements(text, BODY=moved)


@keeps
def rest_to_generator(s: Site) -> None:
    """The end of a function becomes a generator that yields its result."""
    first, moved, taken = _rest(s)
    last = moved[-1]
    assert isinstance(last, ast.Return)
    if has(moved[:-1], ast.Return) or last.value is None:
        raise NotHere
    name = s.fresh("rest")
    text = f"def {name}({taken}):\n BODY\n yield VALUE\nreturn next({name}({taken}))"
    s.function.body[first:] = statements(text, BODY=moved[:-1] or [ast.Pass()], VALUE=last.value)


@keeps
def result_by_lambda(s: Site) -> None:
    """The result of a function is what a lambda gives."""
    block, k, returned = s.statement(ast.Return)
    if returned.value is None or s.is_generator or has(returned.value, ast.NamedExpr):
        raise NotHere
    last = ast.Name(s.fresh("last"), ast.Load())
    block[k : k + 1] = statements("g = lambda: E\nreturn g()", g=last, E=returned.value)


@keeps
def body_to_function(s: Site) -> None:
    """All of a function becomes one inside, which takes the same arguments by keyword."""
    function, body = s.function, s.function.body[s.start :]
    a = function.args
    if a.vararg or a.kwarg or outer(body) or _calls_super(body) or s.is_generator:
        raise NotHere
    name = s.fresh("inside")
    named = [f"{x.arg}={x.arg}" for x in (*a.args, *a.kwonlyargs)]
    given = ", ".join([*(x.arg for x in a.posonlyargs), *named])
    new = statements(f"def {name}():\n BODY\nreturn {name}({given})", BODY=body)
    inside = new[0]
    assert isinstance(inside, ast.FunctionDef)
    no_defaults = [None] * len(a.kwonlyargs)
    inside.args = ast.arguments(a.posonlyargs, a.args, None, a.kwonlyargs, no_defaults, None, [])
    function.body[s.start :] = new


def _called(s: Site, name: str, taken: str, ways: Sequence[str]) -> tuple[str, str]:
    """The head of a function that takes some names, and a call of it, in one of some ways."""
    how = s.choice(ways)
    if how != "decorated":
        return f"def {name}({taken}):", how.format(f=name, a=taken)
    return f"@{s.choice(WRAPPERS)}\ndef {name}({taken}):", f"{name}({taken})"


def _rest(s: Site) -> tuple[int, Block, str]:
    """Where the end of a function begins, its statements, and what it takes."""
    body = s.function.body
    first = s.choice(range(s.start, len(body)))
    moved = body[first:]
    _require_movable(s, moved)
    if not isinstance(moved[-1], ast.Return):
        raise NotHere
    before = {*parameters(s.function), *bound(body[:first])}
    return first, moved, ", ".join(sorted(before.intersection(bound(moved))))


def _require_movable(s: Site, moved: Block) -> None:
    """Nothing that means another thing in a function inside."""
    declared = outer(s.function.body).intersection(bound(moved))
    if has(moved, *NOT_MOVED) or s.is_generator or _calls_super(moved) or declared or _leaves(moved):
        raise NotHere


def _calls_super(nodes: Block) -> bool:
    every = (n for s in nodes for n in ast.walk(s))
    return any(isinstance(n, ast.Name) and n.id in ("super", "locals") for n in every)


def _leaves(block: Block) -> bool:
    """Whether statements leave a loop that is around them."""
    for s in block:
        if isinstance(s, ast.Break | ast.Continue):
            return True
        loop = s.body if isinstance(s, ast.For | ast.While) else None
        if any(_leaves(b) for b in inner_blocks(s) if b is not loop):
            return True
    return False


def _before(function: ast.FunctionDef, statement: ast.stmt) -> set[str]:
    """The names that the function may have bound before a statement, as the text has it."""
    found = set(parameters(function))

    def enter(block: Block) -> bool:
        for s in block:
            if s is statement:
                return True
            header = [n for n in (getattr(s, "target", None), *getattr(s, "items", ())) if n is not None]
            found.update(bound(header))
            if any(enter(b) for b in inner_blocks(s)):
                return True
            found.update(bound(s))
        return False

    enter(function.body)
    return found
