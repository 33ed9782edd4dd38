"""The names that comprehensions bind: they live in scopes of their own, inside that of the function.

On leaving ``separated`` no name that a comprehension binds means anything else where it can be read:
a comprehension can then be lowered in the environment of its function.

What is found out about a function is kept: it is lowered for each signature and each transform, and its
syntax stays as it is.
"""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType
from typing import TypeVar

from pullback.tree import private_name

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
Definition = TypeVar("Definition", bound=ast.FunctionDef | ast.Lambda)
Names = frozenset[str]


def bound_by(node: Comprehension) -> Names:
    """The names that the loops of a comprehension bind."""
    stored = (n for g in node.generators for n in ast.walk(g.target))
    return frozenset(n.id for n in stored if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))


@lru_cache(maxsize=4096)
def bound_inside(node: ast.AST) -> Names:
    """The names that any comprehension in a piece of syntax binds."""
    found = (bound_by(n) for n in ast.walk(node) if isinstance(n, Comprehension))
    return frozenset[str]().union(*found)


@lru_cache(maxsize=1024)
def local_names(node: ast.FunctionDef | ast.Lambda) -> Names:
    """Names that Python makes local to the function."""
    arguments = node.args
    names = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    names |= {a.arg for a in (arguments.vararg, arguments.kwarg) if a is not None}
    body = node.body if isinstance(node.body, list) else [node.body]
    todo: list[ast.AST] = list(body)
    while todo:
        n = todo.pop()
        if isinstance(n, ast.FunctionDef):
            names.add(n.name)
            continue
        if isinstance(n, ast.Lambda):
            continue
        if isinstance(n, ast.ExceptHandler) and n.name:
            names.add(n.name)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store | ast.Del):
            names.add(n.id)
        todo.extend(ast.iter_child_nodes(n))
    return frozenset(names) - bound_inside(node) - declared(node)


Function = ast.FunctionDef | ast.Lambda


def declared(node: ast.AST, *kinds: type) -> Names:
    """The names that a function declares not to be its own, ``nonlocal`` ones and ``global`` ones."""
    found = (n for n in own_nodes(node) if isinstance(n, kinds or (ast.Nonlocal, ast.Global)))
    return frozenset(name for n in found for name in n.names)  # type: ignore[attr-defined]


@lru_cache(maxsize=1024)
def nonlocal_names(node: ast.AST) -> Names:
    """The names of functions around it that a function assigns to."""
    return declared(node, ast.Nonlocal)


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """The syntax of a function but for that of functions inside it, which are given themselves."""
    todo = list(ast.iter_child_nodes(node))
    while todo:
        n = todo.pop()
        yield n
        if not isinstance(n, Function):
            todo.extend(ast.iter_child_nodes(n))


def functions_inside(node: ast.AST) -> list[Function]:
    """The functions that are defined in one, not those inside of these."""
    return [n for n in own_nodes(node) if isinstance(n, Function)]


def made_in_loop(node: ast.AST, inner: Function) -> bool:
    """Whether a function that is defined in another one may be made more than once by a call of that."""
    loops = (n for n in own_nodes(node) if isinstance(n, ast.For | ast.While | Comprehension))
    return any(n is inner for loop in loops for n in ast.walk(loop))


@lru_cache(maxsize=1024)
def assigned_inside(node: Function) -> Names:
    """The names of a function that functions inside it assign to."""
    return local_names(node) & _assigned(node)


@lru_cache(maxsize=1024)
def given_attributes(node: ast.AST) -> Names:
    """The names in a function, and in those inside of it, that are given attributes."""
    found = (n for n in ast.walk(node) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store))
    return frozenset(n.value.id for n in found if isinstance(n.value, ast.Name))


def _assigned(node: Function) -> Names:
    inner = (nonlocal_names(n) | (_assigned(n) - local_names(n)) for n in functions_inside(node))
    return frozenset[str]().union(*inner)


@lru_cache(maxsize=1024)
def yields(node: ast.AST) -> ast.Yield | ast.YieldFrom | None:
    """A place where a function yields, None where calling it makes no generator."""
    return next((n for n in own_nodes(node) if isinstance(n, ast.Yield | ast.YieldFrom)), None)


def is_generator(node: ast.AST) -> bool:
    """Whether calling a function makes a generator."""
    return yields(node) is not None


def free_names(node: Function) -> Names:
    """The names that a function, and what is defined in it, reads from around it."""
    own = own_nodes(node)
    read = {n.id for n in own if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    inner = frozenset[str]().union(*map(free_names, functions_inside(node)))
    return (inner | read | nonlocal_names(node)) - local_names(node) - bound_inside(node)


@lru_cache(maxsize=1024)
def separated(node: Definition) -> Definition:
    """The same function with other names in comprehensions where these mean something else as well."""
    if not bound_inside(node):
        return node
    own: Definition = _Separator(frozenset(_outer_names(node, frozenset()))).visit(copy.deepcopy(node))
    return own


def _outer_names(node: ast.AST, bound: Names) -> Iterator[str]:
    """All names in a piece of syntax but those that comprehensions bind, where they are bound."""
    if isinstance(node, Comprehension):
        yield from _outer_names(node.generators[0].iter, bound)
        bound |= bound_by(node)
    match node:
        case ast.Name(id=name) | ast.arg(arg=name) | ast.FunctionDef(name=name):
            if name not in bound:
                yield name
        case ast.alias(name=module, asname=name):
            yield name or module.partition(".")[0]
    for child in ast.iter_child_nodes(node):
        yield from _outer_names(child, bound)


# ---- names that belong to a class


def class_around(code: CodeType) -> str:
    """The name of the class whose body a function stands in, also inside of a method; '' for others."""
    names = code.co_qualname.split(".")
    classes = [n for n, inner in itertools.pairwise(names) if "<locals>" not in (n, inner)]
    return classes[-1] if classes else ""


@lru_cache(maxsize=1024)
def with_private_names(node: Definition, cls: str) -> Definition:
    """The same function with the private names that it has in a class."""
    named = (name for n in ast.walk(node) for name in _names_of(n).values())
    if not cls or all(private_name(name, cls) == name for name in named):
        return node
    own: Definition = copy.deepcopy(node)
    for n in ast.walk(own):
        for field, name in _names_of(n).items():
            setattr(n, field, private_name(name, cls))
    return own


def _names_of(node: ast.AST) -> dict[str, str]:
    found = {field: getattr(node, field, None) for field in ("id", "attr", "arg", "name")}
    return {field: name for field, name in found.items() if isinstance(name, str)}


class _Separator(ast.NodeTransformer):
    """Renames what comprehensions bind wherever it would hide a name that is taken."""

    def __init__(self, taken: Names) -> None:
        self.taken = taken
        self.renamed: dict[str, str] = {}

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self.renamed.get(node.id, node.id)
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        node.args = self.visit(node.args)  # the defaults, outside of the parameters' scope
        a = node.args
        parameters = [x for x in (*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg) if x]
        outside = self.renamed
        own = {x.arg for x in parameters}
        self.renamed = {old: new for old, new in outside.items() if old not in own}
        node.body = self.visit(node.body)
        self.renamed = outside
        return node

    def _comprehension(self, node: Comprehension) -> Comprehension:
        outside, taken = self.renamed, self.taken
        new = {name: self._free(name) for name in sorted(bound_by(node))}
        self.taken |= frozenset(new.values())
        first = node.generators[0].iter = self.visit(node.generators[0].iter)
        self.renamed = outside | new
        node.generators[0].iter = ast.Constant(None)  # seen already, in the outer scope
        self.generic_visit(node)
        node.generators[0].iter = first
        self.renamed, self.taken = outside, taken
        return node

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def _free(self, name: str) -> str:
        candidate, count = name, 0
        while candidate in self.taken:
            count += 1
            candidate = f"{name}_{count}"
        return candidate
