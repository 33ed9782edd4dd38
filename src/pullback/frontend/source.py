"""From a function to the text it was compiled from, or to an error: never to a guess.

A function object leads astray: ``__wrapped__`` names another function, and the line number points
into a file that may have changed since. So only ``__code__`` is believed. The whole file or cell is
compiled again, and exactly one of the code objects in it must be equal to ``__code__``; comparing
less would miss that sin became cos. On leaving, the syntax tree is the one that the running code
was compiled from.
"""

from __future__ import annotations
import __future__

import ast
import contextlib
import inspect
import linecache
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import CodeType, FunctionType
from typing import Any, TypeVar

from pullback import refusals
from pullback.errors import ArgumentError, Loc, Refusal, SourceError, remember_text
from pullback.frontend import reloaded

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
# What tells most code objects of a file apart, and is the same for equal ones: name and first line.
CodeKey = tuple[str, int]
Held = TypeVar("Held")

# CO_NESTED shares its bit with the oldest future feature, and says nothing about the file.
FUTURE_FLAGS = sum(
    getattr(__future__, name).compiler_flag
    for name in __future__.all_feature_names
    if name != "nested_scopes"
)

PROMPTS = ("<stdin>", "<console>", "<input>", "<python-input")

STANDARD_LOADERS = (
    "builtins",
    "zipimport",
    "_frozen_importlib",
    "_frozen_importlib_external",
    "importlib._bootstrap_external",
)


@dataclass(frozen=True)
class FunctionSource:
    """Where a function was written.

    ``node`` has positions that are valid in ``text``, which is all of the file or cell; look-ups
    share it: read it, never change it. ``file`` is the name that linecache knows. Defaults,
    annotations and decorators are no part of a function's code, so the node's may have been edited
    since import: take their values from the function object.
    """

    node: ast.FunctionDef | ast.Lambda
    file: str
    text: str
    name: str


@dataclass(frozen=True, eq=False)
class CompiledText:
    """The text of a file or cell, what it defines, and all code objects it compiles to."""

    file: str
    text: str
    flags: int
    alone: bool
    nodes: tuple[Definition, ...]
    codes: tuple[CodeType, ...]

    @cached_property
    def nodes_by_key(self) -> Mapping[CodeKey, Sequence[Definition]]:
        """The nodes by what their code objects have."""
        return grouped((code_key(node), node) for node in self.nodes)

    @cached_property
    def places_by_key(self) -> Mapping[CodeKey, Sequence[int]]:
        """The places of the code objects."""
        return grouped((key_of(code), place) for place, code in enumerate(self.codes))


def grouped(pairs: Iterable[tuple[CodeKey, Held]]) -> dict[CodeKey, list[Held]]:
    """What goes by each key, in order."""
    groups: dict[CodeKey, list[Held]] = {}
    for key, held in pairs:
        groups.setdefault(key, []).append(held)
    return groups


def find_source(function: object) -> FunctionSource:
    """The source of a Python function, found from its ``__code__`` alone.

    Raises ArgumentError for what is no Python function (a builtin, a ufunc, a bound method), and a
    SourceError that names the likely cause where the source is gone or is not what runs.
    """
    if not isinstance(function, FunctionType):
        raise ArgumentError(f"not a Python function: {describe(function)}")
    try:
        return located(function, *read_text(function))
    except SourceError:
        for text, name in reversed(CARRIED.items()):
            with contextlib.suppress(SourceError):
                return located(function, name, text)
        raise


# Texts that came with pickles, each with its name for linecache. Only the code tells which of them a
# function is from: cloudpickle does not keep the names of files.
CARRIED: dict[str, str] = {}
PICKLED = " (pickled"


def carry(texts: Iterable[tuple[str, str]]) -> None:
    """Keep texts that came with a pickle, for functions whose file is missing or another here."""
    for file, text in texts:
        if text not in CARRIED:
            count = sum(name.startswith(f"{file}{PICKLED}") for name in CARRIED.values())
            name = f"{file}{PICKLED}{f', {count + 1}' if count else ''})"
            remember_text(name, text)
            CARRIED[text] = name


def located(function: FunctionType, file: str, text: str) -> FunctionSource:
    """The source of a function in this text."""
    code = function.__code__
    compiled, places = equal_codes(file, text, code)
    if not places:
        again = reloaded.nodes_of(parse(file, text, compiled.flags), code)
        if len(again) == 1 and isinstance(again[0], ast.FunctionDef | ast.Lambda):
            return FunctionSource(again[0], file, text, code.co_name)
        raise ambiguous(compiled, code) if again else no_match(function, compiled)
    if len(places) > 1:
        raise ambiguous(compiled, code)
    node = node_at(compiled, places[0])
    if not isinstance(node, ast.FunctionDef | ast.Lambda):
        raise refuse(refusals.NO_PLAIN_FUNCTION, file, code)
    return FunctionSource(node, file, text, code.co_name)


def read_text(function: FunctionType) -> tuple[str, str]:
    """The file's name as linecache has it, and its text as it is now."""
    file = function.__code__.co_filename
    if file.startswith("<frozen "):
        file = str(function.__globals__.get("__file__", file))
    linecache.checkcache(file)
    # Where there is no such file, the loader of the module is asked (modules inside a zip archive).
    lines = linecache.getlines(file, function.__globals__)
    if not lines:
        raise no_text(file, function.__code__)
    return file, "".join(lines)


def equal_codes(file: str, text: str, code: CodeType) -> tuple[CompiledText, list[int]]:
    """The compiled text, and the places where its code objects are equal to the one sought.

    IPython compiles each statement of a cell alone, and this shows in functions: Python 3.11 calls
    ``math.sin`` by other instructions where it sees that the module imports ``math``.
    """
    for alone in (False, True):
        compiled = compile_or_refuse(file, text, code, alone)
        like = compiled.places_by_key.get(key_of(code), ())
        places = [place for place in like if compiled.codes[place] == code]
        if places:
            break
    return compiled, places


def compile_or_refuse(file: str, text: str, code: CodeType, alone: bool) -> CompiledText:
    """The compiled text; where it does not compile it cannot be what was imported."""
    try:
        return compile_text(file, text, code.co_flags & FUTURE_FLAGS, alone)
    except (SyntaxError, ValueError) as error:
        raise refuse(refusals.NO_LONGER_COMPILES, file, code, complaint=error) from error
    except RecursionError as error:
        raise refuse(refusals.NESTED_TOO_DEEP, file, code) from error


@lru_cache(maxsize=32)
def compile_text(file: str, text: str, flags: int, alone: bool) -> CompiledText:
    """Parse and compile a text; cached by text, for each function of a file asks for all of it."""
    tree = parse(file, text, flags)
    codes = compile_codes(file, tree, flags, alone)
    return CompiledText(file, text, flags, alone, definitions(tree), codes)


def parse(file: str, text: str, flags: int) -> ast.Module:
    """A fresh syntax tree."""
    tree: ast.Module = compile_quietly(file, text, flags | ast.PyCF_ONLY_AST)
    return tree


def compile_codes(file: str, tree: ast.Module, flags: int, alone: bool) -> tuple[CodeType, ...]:
    """All code objects of a tree, each before those inside it; statements compiled alone or not."""
    units = [ast.Module([statement], []) for statement in tree.body] if alone else [tree]
    modules = (compile_quietly(file, unit, flags) for unit in units)
    return tuple(code for module in modules for code in code_tree(module))


def compile_quietly(file: str, source: str | ast.Module, flags: int) -> Any:
    """Compile as the importer or notebook did, without its warnings, which the user had already."""
    # Notebook cells may await at top level; this flag changes nothing in code that does not.
    flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(source, file, "exec", flags, dont_inherit=True)


def code_tree(code: CodeType) -> Iterator[CodeType]:
    """A code object and all those nested in it, outermost first."""
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from code_tree(const)


def definitions(tree: ast.Module) -> tuple[Definition, ...]:
    """All defs and lambdas of a tree, in an order that depends on the text alone."""
    return tuple(node for node in ast.walk(tree) if isinstance(node, Definition))


def key_of(code: CodeType) -> CodeKey:
    return code.co_name, code.co_firstlineno


def code_key(node: Definition) -> CodeKey:
    """The name and first line that the node's code object has: decorators count as well."""
    if isinstance(node, ast.Lambda):
        return "<lambda>", node.lineno
    return node.name, node.decorator_list[0].lineno if node.decorator_list else node.lineno


def node_at(compiled: CompiledText, place: int) -> Definition | None:
    """The node that the code object at a place was compiled from (None for a comprehension)."""
    found = compiled.nodes_by_key.get(key_of(compiled.codes[place]), ())
    # Two defs never begin on one line, but lambdas do.
    if len(found) > 1:
        return lambda_at(compiled, place)
    return found[0] if found else None


def lambda_at(compiled: CompiledText, place: int) -> Definition:
    """The lambda at a place, told from others on its line."""
    numbered = number_lambdas(compiled)
    # Python compiles equal lambdas of a scope to one code object if it keeps no columns.
    if len(numbered) != len(compiled.codes):
        raise ambiguous(compiled, compiled.codes[place])
    return compiled.nodes[numbered[place].co_firstlineno - 1]


@lru_cache(maxsize=32)
def number_lambdas(compiled: CompiledText) -> tuple[CodeType, ...]:
    """The same code objects in the same places, each lambda's number in ``nodes`` as its line.

    This tells lambdas in lambdas, in defaults and in decorators apart, and needs no columns.
    """
    tree = parse(compiled.file, compiled.text, compiled.flags)
    for number, node in enumerate(definitions(tree), start=1):
        if isinstance(node, ast.Lambda):
            node.lineno = node.end_lineno = number
            node.col_offset = node.end_col_offset = 0
    return compile_codes(compiled.file, tree, compiled.flags, compiled.alone)


def no_text(file: str, code: CodeType) -> SourceError:
    """The error for a function whose text cannot be read."""
    if file.startswith(PROMPTS):
        return refuse(refusals.TYPED_AT_PROMPT, file, code)
    if file.startswith("<"):
        return refuse(refusals.MADE_FROM_STRING, file, code)
    return refuse(refusals.FILE_GONE, file, code)


def no_match(function: FunctionType, compiled: CompiledText) -> SourceError:
    """The error for a function whose code is not in its file, with the likeliest cause."""
    file, code = compiled.file, function.__code__
    if rewritten_by_pytest(code):
        return refuse(refusals.REWRITTEN_BY_PYTEST, file, code)
    if not has_columns(code) and any(has_columns(found) for found in compiled.codes):
        return refuse(refusals.WITHOUT_COLUMNS, file, code)
    if defined_anew(function, compiled):
        return refuse(refusals.DEFINED_ANEW, file, code, name=function.__name__)
    hook = import_hook(function)
    if hook:
        return refuse(refusals.IMPORT_HOOK, file, code, hook=hook)
    return refuse(refusals.EDITED, file, code)


def defined_anew(function: FunctionType, compiled: CompiledText) -> bool:
    """Whether its module was reloaded, and has another function of this name, which is in the file."""
    named = inspect.unwrap(function.__globals__.get(function.__name__, function))
    return isinstance(named, FunctionType) and named.__code__ in compiled.codes


def ambiguous(compiled: CompiledText, code: CodeType) -> SourceError:
    """The error for a function that could be any of several."""
    return refuse(refusals.AMBIGUOUS, compiled.file, code)


def refuse(row: Refusal, file: str, code: CodeType, **fields: object) -> SourceError:
    """A SourceError at the line where the function began when it was compiled."""
    line = code.co_firstlineno
    loc = Loc(file, line)
    return row.at(loc, function=code.co_qualname, file=loc.shown_file, line=line, **fields)


def rewritten_by_pytest(code: CodeType) -> bool:
    """Whether assertion rewriting left its names, which no user can write."""
    names = (name for part in code_tree(code) for name in part.co_names + part.co_varnames)
    return any(name.startswith("@py") for name in names)


def has_columns(code: CodeType) -> bool:
    """Whether any instruction knows its column."""
    return any(start is not None for _, _, start, _ in code.co_positions())


def import_hook(function: FunctionType) -> str:
    """The name of the loader of the function's module if it is none of Python's own, else ''."""
    loader = type(getattr(function.__globals__.get("__spec__"), "loader", None))
    if loader.__module__ in STANDARD_LOADERS:
        return ""
    return f"{loader.__module__}.{loader.__qualname__}"


def describe(value: object) -> str:
    """The name and type of a value, without the value itself, which may be large."""
    kind = type(value).__name__
    name = getattr(value, "__name__", "")
    return f"{name} is a {kind}" if isinstance(name, str) and name else f"a {kind}"
