"""Errors point at the code they speak of, however it is laid out: layouts crossed with refusals."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

import pullback
from pullback.errors import columns, remember_text

# What is refused, by the name of its row, with what stands in its place in the layouts.
REFUSED = {
    "NOT_DEFINED": "missing",
    "NO_RULE": "np.unique_values(x)",
    "BUILTIN": "open('a.txt')",
    "NO_SUCH_ARGUMENT": "np.sum(x, order=True)",
    "ATTRIBUTE_OF_VALUE": "x.nothing",
    "CANNOT_TAKE": "np.linalg.inv(x)",
}
MULTILINE = {"NO_RULE": "np.unique_values(\n        x)"}
# The body of f: what is refused is put in place of HERE.
BODIES = {
    "plain": "    return HERE\n",
    "assigned": "    y = HERE\n    return y\n",
    "last of several": "    a = x; b = 2 * a; c = b + HERE\n    return c\n",
    "commented": "    return x + HERE  # (a comment)\n",
    "multi-line expression": "    return (\n        x\n        + HERE\n        + x\n    )\n",
    "argument on a line of its own": "    return np.maximum(\n        x,\n        HERE,\n    )\n",
    "continuation": "    y = x + \\\n        HERE + \\\n        x\n    return y\n",
    "tabs": "\tif x > -9:\n\t\treturn x + HERE\n\treturn x\n",
    "tab in the line": "    y =\tx\t+\tHERE\n    return y\n",
    "wide characters": '    print("漢字かな", HERE, "漢字")\n    return x\n',
    "emoji": '    print("\N{PILE OF POO}", HERE)\n    return x\n',
    "wide identifiers": "    数 = x; 値 = 数 + HERE\n    return 値\n",
    "combining marks": '    print("e\N{COMBINING ACUTE ACCENT}e\N{COMBINING DIAERESIS}", HERE)\n    return x\n',
    "accents": "    é = x; ö = é + HERE\n    return ö\n",
    "long line": f"    y = {' + '.join(['x'] * 80)} + HERE + {' + '.join(['x'] * 80)}\n    return y\n",
    "form feed": "    y = x\n\f\n    z = y + HERE\n    return z\n",
    "condition": "    if HERE > 1:\n        return x\n    return 2 * x\n",
    "conditional expression": "    return x if x > 9 else HERE\n",
    "loop": "    for k in range(3):\n        x = x + HERE\n    return x\n",
    "comprehension": "    return sum([x * k + HERE for k in range(3)])\n",
    "nested function": "    def inner(y):\n        return y + HERE\n    return inner(x)\n",
    "inner lambda": "    g = lambda y: y + HERE\n    return g(x)\n",
    "walrus": "    if (y := x + HERE) > 1:\n        return y\n    return x\n",
    "dict": "    d = {\n        'a': x,\n        'b': HERE,\n    }\n    return d['a']\n",
    "match": "    match 1:\n        case 1:\n            return HERE\n    return x\n",
    "try": "    try:\n        y = x\n    except ValueError:\n        raise\n    finally:\n        y = x + HERE\n    return y\n",
    "format string": '    print(f"{x} and {HERE}")\n    return x\n',
    "format string with wide characters": '    print(f"漢字 {x} {HERE}")\n    return x\n',
    "second format string": '    print(f"{x}" f"{HERE}")\n    return x\n',
    "triple format string": '    print(f"""\n    {x}\n    {HERE}""")\n    return x\n',
}  # fmt: skip
# What stands around the body; what is left out is a plain def.
AROUND = {
    "decorated": "def same(f): return f\n\n\n@same\n@same\ndef f(x):\n",
    "decorated over lines": "def same(k): return lambda f: f\n\n\n@same(\n    1,\n)\ndef f(x):\n",
    "in an if": "if True:\n    pass\n\ndef f(x):\n",
    "parameters over lines": "def f(\n    x,\n):\n",
    "docstring with form feed": 'def f(x):\n    """One\n\f\n    two"""\n',
    "with a docstring of line separators": 'def f(x):\n    """One\N{LINE SEPARATOR}two\x1c"""\n',
}
# Whole modules.
MODULES = {
    "lambda": "f = lambda x: x + HERE\n",
    "lambdas on one line": "g, f, h = lambda x: x, lambda x: x + HERE, lambda x: x * 2\n",
    "lambda over lines": "f = (\n    lambda x:\n        x\n        + HERE\n)\n",
    "method": "class A:\n    def g(self, x):\n        return x + HERE\n\nf = A.g.__get__(1).__func__\n"
              "f = (lambda g: lambda x: g(1, x))(f)\n",
    "static method": "class A:\n    @staticmethod\n    def g(x):\n        return x + HERE\n\nf = A.g\n",
    "closure": "def make():\n    k = 2\n    def f(x):\n        return k * x + HERE\n    return f\n\nf = make()\n",
    "helper": "def helper(x):\n    return x + HERE\n\ndef f(x):\n    return helper(x)\n",
    "class in a class": "class A:\n    class B:\n        @staticmethod\n        def g(x): return x + HERE\nf = A.B.g\n",
}  # fmt: skip
LAYOUTS = {
    **{name: f"def f(x):\n{body}" for name, body in BODIES.items()},
    **{name: f"{around}    return HERE\n" for name, around in AROUND.items()},
    **MODULES,
}
# How the text reaches the compiler.
STORED = ("file", "file with BOM", "file with CRLF", "text")


def made(text: str, stored: str, tmp_path: Path) -> FunctionType:
    """The function f of a module that is stored in some way."""
    file = str(tmp_path / "laid_out.py") if stored != "text" else "<laid out>"
    if stored == "text":
        remember_text(file, text)
    else:
        encoded = text.encode("utf-8-sig" if "BOM" in stored else "utf-8")
        Path(file).write_bytes(encoded.replace(b"\n", b"\r\n") if "CRLF" in stored else encoded)
    names: dict[str, Any] = {"__name__": "laid_out"}
    source: Any = text if stored == "text" else Path(file).read_bytes()
    exec(compile(source, file, "exec", dont_inherit=True), names)
    found: FunctionType = names["f"]
    return found


def cases() -> Iterator[Any]:
    """Each layout with each refusal; ways to store a text take turns."""
    ways = itertools.cycle(STORED)
    for (layout, text), (row, code) in itertools.product(LAYOUTS.items(), REFUSED.items()):
        yield pytest.param(text, row, code, next(ways), id=f"{layout}-{row}")
    for (layout, text), (row, code) in itertools.product(LAYOUTS.items(), MULTILINE.items()):
        if "string" not in layout and layout != "continuation":
            yield pytest.param(text, row, code, next(ways), id=f"{layout}-{row}-over lines")


@pytest.mark.parametrize(("text", "row", "code", "stored"), list(cases()))
def test_caret(text: str, row: str, code: str, stored: str, tmp_path: Path) -> None:
    whole = "import numpy as np\n\n" + text.replace("HERE", code)
    f = made(whole, stored, tmp_path)
    with pytest.raises(pullback.SourceError) as caught:
        pullback.grad(f)(1.5)
    error = caught.value
    assert error.refusal is getattr(pullback.refusals, row)
    first = code.partition("\n")[0]
    line = next(k for k, s in enumerate(whole.split("\n"), 1) if first in s)
    assert error.loc is not None
    assert error.loc.line == line
    assert pointed_at(str(error)) == first


def pointed_at(text: str) -> str:
    """What stands over the carets of an error, by columns of a terminal."""
    above, carets = next(
        (a, b) for a, b in itertools.pairwise(text.split("\n")) if set(b) <= set(" |^") and "^" in b
    )
    start, end = carets.index("^"), carets.rindex("^") + 1
    at = [columns(above[:k]) for k in range(len(above) + 1)]
    covered = "".join(c for k, c in enumerate(above) if at[k] >= start and at[k + 1] <= end)
    return unicodedata.normalize("NFC", covered)
