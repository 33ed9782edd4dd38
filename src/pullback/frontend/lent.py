"""Functions that are made inside, and given to what is not compiled: ``quad(lambda t: f(t, b), 0, 1)``.

There they are functions of Python, of the code that Python itself made for them; the generated code
makes one of the values that it captures. What calls it may keep it. So these must not change afterwards:
names that are bound once, to numbers, constants, and arrays, which are copied and cannot be written to.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np

from pullback import refusals
from pullback.frontend.frame import Frame
from pullback.frontend.values import Local, Static, Tup, Unset, Value
from pullback.ir.core import Const, Var
from pullback.ir.outside import Made, Ref
from pullback.ir.types import Array, Scalar, Text

_LOOPS = (ast.For, ast.While, ast.comprehension)


class Use(Protocol):
    """A call of what is not compiled, and how its arguments are entered."""

    frame: Frame
    node: ast.AST

    def form(self, value: Value) -> Any:
        """How an argument is made."""


def lent(use: Use, function: Local) -> Made:
    """How a function is made for a call: by a function of what it captures, and of its defaults."""
    frame = use.frame
    python, root = _outermost(frame if function.home is None else function.home)
    code = _code_of(python, function.node) if python is not None else None
    if python is None or code is None:
        frame.reject(refusals.GIVEN_OUTSIDE, use.node, function=_title(use))
    values = [_captured(use, function, root, name) for name in code.co_freevars]
    values += function.defaults.values()
    forms = [use.form(_kept(use, value)) for value in values]
    return Made(Ref(_maker(python, code, function), _name(function)), tuple(forms))


def _title(use: Use) -> str:
    called = getattr(use.node, "func", use.node)
    return ast.unparse(called)


def _name(function: Local) -> str:
    return "function" if isinstance(function.node, ast.Lambda) else function.name


def _outermost(frame: Frame) -> tuple[types.FunctionType | None, ast.AST]:
    """The function of Python that a frame is in, and its syntax."""
    while frame.python is None and frame.parent is not None:
        frame = frame.parent
    return frame.python, frame.node


def _captured(use: Use, function: Local, root: ast.AST, name: str) -> Value:
    """What a name from around stands for, which has to be bound once."""
    frame = use.frame
    if name in function.scope:
        return function.scope[name]
    found = frame.find(name) if function.frame is frame else frame.from_around(function.frame, name)
    if found is None or isinstance(found, Unset):
        frame.reject(refusals.GIVEN_OUTSIDE, use.node, function=_title(use))
    if _may_change(root, name):
        frame.reject(refusals.GIVEN_WHAT_CHANGES, use.node, function=_title(use), name=name)
    return found


def _kept(use: Use, value: Value) -> Value:
    """What may be kept: numbers, arrays (as copies), constants, other functions and tuples of them."""
    value = use.frame.decided(value)
    match value:
        case Static() | Local():
            return value
        case Tup(is_list=False):
            return Tup(tuple(_kept(use, item) for item in value.items))
        case (Var() | Const()) if isinstance(value.type, Scalar | Text | Array):
            return value
    use.frame.reject(refusals.GIVEN_OUTSIDE, use.node, function=_title(use))


def _may_change(root: ast.AST, name: str) -> bool:
    """Whether a name is bound more than once, in a loop or behind ``nonlocal``."""
    parts = [*root.body, root.args] if isinstance(root, ast.FunctionDef) else [root]
    nodes = [n for part in parts for n in ast.walk(part)]
    stores = [n for n in nodes if _binds(n, name)]
    loops = (n for n in nodes if isinstance(n, _LOOPS))
    return len(stores) > 1 or any(_binds(n, name) for loop in loops for n in ast.walk(loop))


def _binds(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Name(id=found, ctx=ast.Store() | ast.Del()) | ast.arg(arg=found):
            return found == name
        case ast.FunctionDef(name=found):
            return found == name
        case ast.Nonlocal(names=names):
            return name in names
    return False


# ---- code


def _code_of(python: types.FunctionType, node: ast.FunctionDef | ast.Lambda) -> types.CodeType | None:
    """The code of a function that is defined in another one, by its place in the file."""
    name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
    body = node.body if isinstance(node, ast.Lambda) else node.body[-1]
    found = [c for c in _inside(python.__code__) if c.co_name == name and _stands_at(c, body)]
    return found[0] if len(found) == 1 else None


def _inside(code: types.CodeType) -> Iterator[types.CodeType]:
    for held in code.co_consts:
        if isinstance(held, types.CodeType):
            yield held
            yield from _inside(held)


def _stands_at(code: types.CodeType, body: ast.AST) -> bool:
    """Whether code was compiled from a piece of syntax: something in it begins where that does."""
    place = (getattr(body, "lineno", None), getattr(body, "col_offset", None))
    end = (getattr(body, "end_lineno", None), getattr(body, "end_col_offset", None))
    spans = [(p[0], p[2], p[1], p[3]) for p in code.co_positions() if p[0] is not None]
    return any((line, column) == place and (last, to) <= end for line, column, last, to in spans)


def _maker(
    python: types.FunctionType, code: types.CodeType, function: Local
) -> Callable[..., types.FunctionType]:
    """What makes the function from the values that it captures, and its defaults behind them."""
    count = len(code.co_freevars)
    keywords = {a.arg for a in function.node.args.kwonlyargs}
    names = list(function.defaults)

    def make(*values: Any) -> types.FunctionType:
        held = [_fixed(value) for value in values]
        given = dict(zip(names, held[count:], strict=True))
        cells = tuple(map(types.CellType, held[:count]))
        defaults = tuple(v for name, v in given.items() if name not in keywords)
        made = types.FunctionType(code, python.__globals__, code.co_name, defaults, cells)
        made.__kwdefaults__ = {name: v for name, v in given.items() if name in keywords}
        return made

    return make


def _fixed(value: Any) -> Any:
    """A value that neither the function nor we can change."""
    if not isinstance(value, np.ndarray):
        return value
    copied = np.copy(value, order="K")
    copied.flags.writeable = False
    return copied


__all__ = ["lent"]
