"""The source of a function is found from its code, or the error names the likely cause.

The corpus lies in plain modules (``sources``), for pytest rewrites the assertions of this one.
"""

from __future__ import annotations

import ast
import importlib.util
import linecache
import math
import os
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

import pullback
from pullback import refusals
from pullback.errors import ArgumentError, Loc, Refusal, SourceError, remember_text
from pullback.frontend.source import FunctionSource, find_source
from tests.unit.sources import plain, postponed, unicode_names

Load = Callable[[str], ModuleType]


def segment(function: object) -> str:
    """The text of the function's node, dedented."""
    source = find_source(function)
    found = ast.get_source_segment(source.text, source.node, padded=True)
    assert found is not None
    return textwrap.dedent(found)


def refusal(function: object, row: Refusal) -> SourceError:
    """The error that looking up the function raises, which is of this row of the table."""
    with pytest.raises(SourceError) as caught:
        find_source(function)
    assert caught.value.refusal is row
    return caught.value


def execute(text: str, file: str) -> dict[str, Any]:
    """The names that a text defines when compiled under a file name."""
    names: dict[str, Any] = {"__name__": "executed"}
    exec(compile(text, file, "exec", dont_inherit=True), names)
    return names


def pretend_ipython(text: str, file: str) -> dict[str, Any]:
    """Run a cell as IPython does: each statement compiled alone, the text put into linecache."""
    lines = [line + "\n" for line in text.splitlines()]
    linecache.cache[file] = (len(text), None, lines, file)
    names: dict[str, Any] = {"__name__": "__main__"}
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree = compile(text, file, "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
    for statement in tree.body:
        module = ast.Module([statement], [])
        # A cell that awaits at top level evaluates to a coroutine, which is of no interest here.
        if "await" not in ast.unparse(statement):
            exec(compile(module, file, "exec", flags, dont_inherit=True), names)
    return names


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """A file for a module, forgotten by linecache afterwards."""
    file = tmp_path / "written.py"
    yield file
    linecache.cache.pop(str(file), None)


@pytest.fixture
def load(path: Path) -> Load:
    """Writes a module and imports it."""

    def load_text(text: str) -> ModuleType:
        path.write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location("written", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load_text


# Found


def test_def_with_all_fields() -> None:
    source = find_source(plain.square)
    assert isinstance(source, FunctionSource)
    assert isinstance(source.node, ast.FunctionDef)
    assert source.node.name == source.name == "square"
    assert source.file == plain.__file__
    assert source.text == Path(plain.__file__).read_text(encoding="utf-8")
    assert source.text.splitlines()[source.node.lineno - 1].startswith("def square")


def test_all_functions_of_the_corpus_are_found() -> None:
    functions = [value for value in vars(plain).values() if isinstance(value, FunctionType)]
    mine = [function for function in functions if function.__module__ == plain.__name__]
    assert len(mine) >= 10
    for function in mine:
        assert find_source(function).name == function.__code__.co_name


def test_wraps_finds_the_wrapper() -> None:
    source = find_source(plain.wrapped)
    assert plain.wrapped.__name__ == "wrapped"
    assert source.name == "wrapper"
    assert "2 * function(x)" in segment(plain.wrapped)


def test_wrapped_function_itself() -> None:
    assert "return x + 1" in segment(plain.wrapped.__wrapped__)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("function", "text"),
    [(plain.decorated, "return x + 2"), (plain.decorated_by_lambda, "return x + 3")],
)
def test_decorated_def(function: object, text: str) -> None:
    source = find_source(function)
    assert isinstance(source.node, ast.FunctionDef)
    assert text in segment(function)


def test_nested_function() -> None:
    assert segment(plain.outer(2.0)).startswith("def inner")
    assert segment(plain.outer).startswith("def outer")


def test_methods() -> None:
    assert "self.__hidden(x)" in segment(plain.Model.apply)
    assert "3 * x" in segment(vars(plain.Model)["_Model__hidden"])
    assert "5 * x" in segment(plain.Model.Inner.apply)


def test_lambda() -> None:
    assert segment(plain.one_line) == "lambda x: 7 * x"
    assert find_source(plain.one_line).name == "<lambda>"


def test_lambda_over_many_lines() -> None:
    assert isinstance(find_source(plain.many_lines).node, ast.Lambda)
    assert segment(plain.many_lines).split() == ["lambda", "x:", "(", "sin(x)", "+", "cos(x)", ")"]


def test_lambdas_on_one_line() -> None:
    nodes = [find_source(function).node for function in plain.same_line]
    columns = [node.col_offset for node in nodes]
    assert columns == sorted(set(columns))
    texts = [segment(function) for function in plain.same_line]
    assert texts == ["lambda x: x", "lambda x: x", "lambda x: sin(x)", "lambda x: cos(x)"]


def test_lambda_in_lambda() -> None:
    outer: Any = plain.in_lambda
    assert segment(outer) == "lambda x: lambda y: x * y"
    assert segment(outer(1.0)) == "lambda y: x * y"


def test_lambda_as_default() -> None:
    (default,) = plain.with_default.__defaults__ or ()
    assert segment(default) == "lambda x: x"
    assert segment(plain.with_default) == "lambda x, g=lambda x: x: g(x)"


def test_lambdas_of_a_comprehension_share_their_source() -> None:
    nodes = {find_source(function).node for function in plain.in_comprehension}
    assert len(nodes) == 1
    assert segment(plain.in_comprehension[2]) == "lambda x, k=k: k * x"


def test_lambda_in_finally() -> None:
    assert "finally:" in segment(plain.finally_twice)
    assert segment(plain.finally_twice(-1.0)) == "lambda y: y + x"


def test_lambda_as_decorator_beside_its_function(load: Load) -> None:
    text = "seen = []\n@(lambda f: seen.append(f) or (lambda x: f(x)))\ndef f(x): return x\n"
    module = load(text)
    assert segment(module.f) == "lambda x: f(x)"
    assert segment(module.seen[0]) == "def f(x): return x"


def test_assertion_in_a_plain_module() -> None:
    assert "assert x > 0" in segment(plain.asserting)


def test_future_annotations() -> None:
    assert segment(postponed.annotated).startswith("def annotated")
    assert segment(postponed.annotated()).startswith("def inner")


def test_unicode_names() -> None:
    assert segment(unicode_names.énergie) == "def énergie(ψ: float) -> float:\n    return ψ**2"
    assert segment(unicode_names.gradient_δ) == "lambda θ: θ * 2"
    assert segment(unicode_names.other) == "lambda θ: θ * 3"


def test_tabs_and_windows_line_ends(load: Load) -> None:
    module = load("class A:\r\n\tdef f(self, x):\r\n\t\treturn lambda y: x + y\r\n")
    assert segment(module.A.f).splitlines()[-1].strip() == "return lambda y: x + y"
    assert segment(module.A().f(1)) == "lambda y: x + y"


def test_encoding_cookie(path: Path) -> None:
    path.write_bytes(
        "# coding: latin-1\nf, g = (lambda x: 'é'), (lambda x: 'è')\n".encode("latin-1")
    )
    names: dict[str, Any] = {}
    exec(compile(path.read_bytes(), str(path), "exec", dont_inherit=True), names)
    assert segment(names["g"]) == "lambda x: 'è'"


def test_two_functions_of_one_name(load: Load) -> None:
    module = load("def f(x):\n    return x\n\nfirst = f\n\ndef f(x):\n    return x\n")
    assert find_source(module.first).node.lineno == 1
    assert find_source(module.f).node.lineno == 6


def test_replaced_code_is_followed() -> None:
    def f(x: float) -> float:
        return x

    f.__code__ = plain.square.__code__
    assert find_source(f).name == "square"


def test_code_read_from_a_pyc(path: Path) -> None:
    path.write_text("f, g = (lambda x: -0.0 * x in {1, 2}), (lambda x: (1e999, x, 'é'))\n")
    program = f"""
    import sys
    sys.path.insert(0, {str(path.parent)!r})
    import written
    from pullback.frontend.source import find_source
    print(find_source(written.f).node.col_offset, find_source(written.g).node.col_offset)
    """
    runs = [run_python(program) for _ in range(2)]
    assert [run.stdout for run in runs] == ["8 40\n", "8 40\n"]


def test_edited_file_with_the_function_unchanged(load: Load, path: Path) -> None:
    module = load("def f(x):\n    return x\n")
    path.write_text("def f(x):\n    return x\n\n\ndef g(x):\n    return f(x)\n")
    assert find_source(module.f).text == path.read_text()


def test_warnings_of_the_file_are_not_repeated(load: Load) -> None:
    # A second warning would be an error, as pytest is configured.
    with pytest.warns(SyntaxWarning):
        module = load("def f(x):\n    return x is 1\n")
    assert "x is 1" in segment(module.f)


def test_look_ups_share_the_parsed_file() -> None:
    assert find_source(plain.square).node is find_source(plain.square).node


def test_module_in_a_zip_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "archive.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("zipped_module.py", "def f(x):\n    return x\n")
    monkeypatch.syspath_prepend(str(archive))
    module = importlib.import_module("zipped_module")
    assert segment(module.f) == "def f(x):\n    return x"


def test_frozen_module() -> None:
    assert segment(os.path.join).startswith("def join(")


def test_defaults_and_annotations_are_no_part_of_the_code(load: Load, path: Path) -> None:
    module = load("def f(x: int = 1):\n    return x\n")
    path.write_text("def f(x: str = 2):\n    return x\n")
    assert "x: str = 2" in segment(module.f)
    assert module.f.__defaults__ == (1,)


# Notebooks


def test_ipython_cell() -> None:
    text = "import math\ndef f(x):\n    return math.sin(x)\nf(1.0)"
    name = "<ipython-input-1-0123456789ab>"
    source = find_source(pretend_ipython(text, name)["f"])
    assert source.file == name
    assert source.text == text + "\n"
    assert source.node.lineno == 2


def test_ipykernel_cell_that_awaits() -> None:
    text = "import asyncio\nawait asyncio.sleep(0)\nf, g = (lambda x: x), (lambda x: -x)\n"
    names = pretend_ipython(text, "/tmp/ipykernel_1/2.py")
    assert segment(names["g"]) == "lambda x: -x"


def test_future_flag_of_an_earlier_cell() -> None:
    text = "def f(x: Unknown):\n    return lambda y: x\n"
    name = "<ipython-input-2-0123456789ab>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    names = execute("from __future__ import annotations\n", name)
    flag = names["annotations"].compiler_flag
    exec(compile(text, name, "exec", flag, dont_inherit=True), names)
    assert segment(names["f"]).startswith("def f(x: Unknown)")


@pytest.mark.parametrize("text", ["import math\n", "from math import sin as math\n", ""])
def test_statements_of_a_cell_are_compiled_alone(text: str) -> None:
    text += "f, g = (lambda x: math.sin(x)), (lambda x: math.cos(x))\n"
    names = pretend_ipython(text, f"<ipython-input-3-{len(text)}>")
    assert segment(names["f"]) == "lambda x: math.sin(x)"
    assert segment(names["g"]) == "lambda x: math.cos(x)"


# Refused


def test_edit_of_one_name(load: Load, path: Path) -> None:
    text = "from math import cos, sin\n\ndef f(x):\n    return sin(x)\n"
    module = load(text)
    assert "sin(x)" in segment(module.f)
    path.write_text(text.replace("return sin", "return cos"))
    os.utime(path, (1, 1))
    error = refusal(module.f, refusals.EDITED)
    assert "cannot find the source of f" in str(error)
    assert f"{path} was edited since import" in str(error)
    assert "import it again" in error.hint
    assert error.loc is not None
    assert (error.loc.file, error.loc.line) == (str(path), 3)


@pytest.mark.parametrize(
    "edited",
    ["def f(x):\n    return x + 2\n", "\ndef f(x):\n    return x + 1\n", "f = lambda x: x + 1\n"],
    ids=["constant", "moved", "lambda"],
)
def test_other_edits(load: Load, path: Path, edited: str) -> None:
    module = load("def f(x):\n    return x + 1\n")
    path.write_text(edited)
    assert "edited since import" in str(refusal(module.f, refusals.EDITED))


@pytest.mark.parametrize("edited", ["def f(x:\n", "def f(x):\n    return '\0'\n"])
def test_edit_that_does_not_compile(load: Load, path: Path, edited: str) -> None:
    module = load("def f(x):\n    return x\n")
    path.write_text(edited)
    error = refusal(module.f, refusals.NO_LONGER_COMPILES)
    assert "edited since import, and no longer compiles" in str(error)


def test_edit_that_nests_too_deep(load: Load, path: Path) -> None:
    module = load("def f(x):\n    return x\n")
    path.write_text("a = 1" + "+ 1" * 20_000 + "\n")
    assert "nested too deep" in str(refusal(module.f, refusals.NESTED_TOO_DEEP))


def test_deleted_file(load: Load, path: Path) -> None:
    module = load("def f(x):\n    return x\n")
    assert find_source(module.f).name == "f"
    path.unlink()
    error = refusal(module.f, refusals.FILE_GONE)
    assert f"{path} cannot be read: it was deleted, moved or emptied since import" in str(error)


def test_executed_string() -> None:
    error = refusal(execute("def f(x):\n    return x\n", "<string>")["f"], refusals.MADE_FROM_STRING)
    assert "made from a string (<string>), by exec, a dataclass, %%time" in str(error)
    assert "define it in a file or a notebook cell" in str(error)


@pytest.mark.parametrize("prompt", ["<stdin>", "<console>", "<python-input-3>"])
def test_typed_at_a_prompt(prompt: str) -> None:
    error = refusal(execute("def f(x):\n    return x\n", prompt)["f"], refusals.TYPED_AT_PROMPT)
    assert f"typed at a prompt ({prompt}), which keeps no text" in str(error)


def test_method_made_by_dataclass() -> None:
    for function in (plain.Point.__init__, plain.Point.__eq__):
        assert "made from a string (<string>)" in str(refusal(function, refusals.MADE_FROM_STRING))


def rewritten(x: float) -> float:
    assert x > 0
    return x


def test_assertion_rewriting() -> None:
    if not any(name.startswith("@py") for name in rewritten.__code__.co_varnames):
        pytest.skip("pytest runs with --assert=plain")
    error = refusal(rewritten, refusals.REWRITTEN_BY_PYTEST)
    assert "pytest rewrote the assert statements in it" in str(error)
    assert "--assert=plain" in error.hint


def test_rewritten_module_is_found_where_nothing_was_rewritten() -> None:
    assert segment(execute).startswith("def execute")


def test_import_hook(load: Load) -> None:
    class Hook:
        """A loader that is none of Python's own."""

    module = load("def f(x):\n    return x + 1\n")
    module.__spec__.loader = Hook()  # type: ignore[union-attr]
    module.f.__code__ = module.f.__code__.replace(co_consts=(None, 2))
    error = refusal(module.f, refusals.IMPORT_HOOK)
    assert "loaded by the import hook" in str(error)
    assert "Hook" in str(error)
    assert "turn the hook off" in error.hint


def test_instrumented_code(load: Load) -> None:
    module = load("def f(x):\n    return x + 1\n")
    module.f.__code__ = module.f.__code__.replace(co_consts=(None, 2))
    assert "its byte code was instrumented" in str(refusal(module.f, refusals.EDITED))


def test_function_from_before_a_reload(load: Load, path: Path) -> None:
    text = "def f(x):\n    return x + 1\n"
    module = load(text)
    before = module.f
    path.write_text(text.replace("+ 1", "+ 2"))
    os.utime(path, (1, 1))
    assert module.__spec__ is not None
    assert module.__spec__.loader is not None
    module.__spec__.loader.exec_module(module)
    assert "x + 2" in segment(module.f)
    error = refusal(before, refusals.DEFINED_ANEW)
    assert f"{path} was edited, and its module reloaded, since this f was defined" in str(error)
    assert error.hint == "take the f that the module has now, and make its derivative anew"


def test_cells_are_named() -> None:
    assert Loc("/tmp/ipykernel_1/2.py", 3).shown_file == "cell"
    assert str(SourceError("no", Loc("/tmp/ipykernel_1/3.py", 3))) == "no\n  --> cell:3:1"


def test_async_def(load: Load) -> None:
    module = load("async def f(x):\n    return x\n")
    error = refusal(module.f, refusals.NO_PLAIN_FUNCTION)
    assert "not a plain def or lambda, but an async def" in str(error)


def test_code_of_a_generator_expression(load: Load) -> None:
    module = load("def f(x):\n    return (i for i in x)\n")
    inner = FunctionType(module.f.__code__.co_consts[1], {})
    error = refusal(inner, refusals.NO_PLAIN_FUNCTION)
    assert "comprehension" in str(error)
    assert "write it with def or lambda" in error.hint


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (len, "len is a builtin_function_or_method"),
        (math.sin, "sin is a builtin_function_or_method"),
        (plain.Model().apply, "apply is a method"),
        (plain.Model, "Model is a type"),
        (1.5, "a float"),
    ],
)
def test_not_a_python_function(value: object, text: str) -> None:
    with pytest.raises(ArgumentError, match="not a Python function") as caught:
        find_source(value)
    assert text in str(caught.value)
    assert isinstance(caught.value, TypeError)


# Interpreters without columns


def run_python(program: str, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program in another interpreter."""
    root = Path(__file__).parents[2]
    path = os.pathsep.join([str(root / "src"), str(root)])
    return subprocess.run(
        [sys.executable, *options, "-c", textwrap.dedent(program)],
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=True,
    )


WITHOUT_COLUMNS = """
import ast
from pullback.errors import SourceError
from pullback.frontend.source import find_source
from tests.unit.sources import plain

source = find_source(plain.square)
print(source.name)
for function in {functions}:
    try:
        source = find_source(function)
        print(ast.get_source_segment(source.text, source.node))
    except SourceError as error:
        print(error.message)
"""


def test_equal_lambdas_without_columns_are_refused() -> None:
    program = WITHOUT_COLUMNS.format(functions="plain.same_line[:2]")
    run = run_python(program, "-X", "no_debug_ranges", PYTHONDONTWRITEBYTECODE="1")
    assert run.stdout.startswith("square\n")
    assert run.stdout.count("several functions on line") == 2


def test_equal_lambdas_of_two_scopes_without_columns_are_refused(path: Path) -> None:
    path.write_text("f, g = (lambda: (lambda x: x)), (lambda y: (lambda x: x))\n")
    program = f"""
    import sys
    sys.path.insert(0, {str(path.parent)!r})
    import written
    from pullback.frontend.source import find_source
    print(find_source(written.f).node.col_offset, find_source(written.g).node.col_offset)
    find_source(written.f())
    """
    with pytest.raises(subprocess.CalledProcessError) as caught:
        run_python(program, "-X", "no_debug_ranges")
    assert caught.value.stdout == "8 33\n"
    assert "several functions on line 1 compile to the same code" in caught.value.stderr
    assert refusals.AMBIGUOUS.hint in caught.value.stderr


def test_byte_code_that_lost_its_columns(path: Path) -> None:
    path.write_text("def f(x):\n    return x\n")
    program = f"import sys; sys.path.insert(0, {str(path.parent)!r}); import written"
    run_python(program, "-X", "no_debug_ranges", PYTHONDONTWRITEBYTECODE="")
    look_up = "\nfrom pullback.frontend.source import find_source\nfind_source(written.f)"
    with pytest.raises(subprocess.CalledProcessError) as caught:
        run_python(program + look_up)
    assert "compiled without columns (PYTHONNODEBUGRANGES)" in caught.value.stderr
    assert refusals.WITHOUT_COLUMNS.hint in caught.value.stderr


def test_functions_that_autoreload_compiled_again(tmp_path: Path) -> None:
    """IPython's autoreload puts new code into old functions; its lines are not those of the file."""
    script = Path(__file__).with_name("reloads.py")
    run = subprocess.run(
        [sys.executable, str(script), str(tmp_path)], capture_output=True, text=True, check=True
    )
    found = [line for line in run.stdout.splitlines() if line.startswith("result: ")]
    expected = [[2.0, 6.0, 2.0], [3.0, 6.0, 2.0], [3.0, 6.0, 2.0], [3.0, 15.0, 2.0], [3.0, 15.0, 7.0]]
    assert found[:-2] == [f"result: {values}" for values in expected]
    assert "numpy.unique_values has no rule" in found[-2]
    assert "reloading.py:7:12" in found[-2]
    assert found[-1].endswith("--> In [1]:2:12")


def test_long_expressions() -> None:
    """They are trees of many levels: some hundred are lowered, and too many are refused."""
    text = "def f(x):\n    y = 2 * x\n    return {}\n"
    for terms, file in ((600, "<long sum>"), (1800, "<longer sum>")):
        remember_text(file, text.format(" + ".join(["y"] * terms)))
    assert pullback.grad(execute(text_of("<long sum>"), "<long sum>")["f"])(1.5) == 1200
    with pytest.raises(SourceError) as caught:
        pullback.grad(execute(text_of("<longer sum>"), "<longer sum>")["f"])(1.5)
    assert caught.value.refusal is refusals.NESTED_CODE
    assert caught.value.loc is not None
    assert caught.value.loc.line == 3
    assert sys.getrecursionlimit() < 6000


def text_of(file: str) -> str:
    return "".join(linecache.getlines(file))
