"""Functions that IPython's autoreload compiled again, each alone from its unparsed node.

Their code knows no line of the file. It is compared with what the functions of the file, as it is now,
compile to in the same way, so that a text is believed only if its code is equal.
"""

from __future__ import annotations

import ast
import copy
import sys
import textwrap
import warnings
from collections.abc import Iterator
from types import CodeType

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.Lambda
# In a class of this name autoreload compiles methods.
HOLDER = "__autoreload_class__"
AUTORELOAD = "IPython.extensions.autoreload"


def nodes_of(tree: ast.Module, code: CodeType) -> list[Definition]:
    """The nodes of a file that may be what a code object was compiled from by autoreload."""
    if AUTORELOAD not in sys.modules:
        return []
    found: dict[Definition, None] = {}
    for node, is_method in _functions(tree.body, False):
        for undecorated in (True, False) if node.decorator_list else (False,):
            if (match := _match(node, is_method, undecorated, code)) is not None:
                found[match] = None
    return list(found)


def _functions(body: list[ast.stmt], in_class: bool) -> Iterator[tuple[Function, bool]]:
    """The functions of a module and the methods of its classes; whether each is a method."""
    for statement in body:
        if isinstance(statement, Function):
            yield statement, in_class
        elif isinstance(statement, ast.ClassDef):
            yield from _functions(statement.body, True)


def _match(node: Function, is_method: bool, undecorated: bool, code: CodeType) -> Definition | None:
    """The node, or one inside it, whose code is equal if it is compiled as autoreload does."""
    text = ast.unparse(node)
    if is_method:
        text = f"class {HOLDER}:\n{textwrap.indent(text, '    ')}"
    again, original = ast.parse(text), copy.copy(node)
    holder = again.body[0]
    inner = holder.body[0] if isinstance(holder, ast.ClassDef) else holder
    assert isinstance(inner, Function)
    if undecorated:
        inner.decorator_list = original.decorator_list = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = compile(again, code.co_filename, "exec", dont_inherit=True)
    if code not in _codes(module):
        return None
    pairs = zip(_definitions(original), _definitions(inner), strict=True)
    fitting = [old for old, new in pairs if _key(new) == (code.co_name, code.co_firstlineno)]
    if len(fitting) != 1:  # lambdas of one line
        return None
    return node if fitting[0] is original else fitting[0]


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _codes(const)


def _definitions(node: ast.AST) -> list[Definition]:
    return [n for n in ast.walk(node) if isinstance(n, Definition)]


def _key(node: Definition) -> tuple[str, int]:
    if isinstance(node, ast.Lambda):
        return "<lambda>", node.lineno
    return node.name, node.decorator_list[0].lineno if node.decorator_list else node.lineno
