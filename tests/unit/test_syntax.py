"""Every kind of syntax is differentiated or refused at its own line: enumerated from ``ast``.

What is refused stands on the line marked ``# here``. No error is one of our own.
"""

from __future__ import annotations

import ast
import contextlib
import itertools
from types import FunctionType
from typing import Any

import numpy as np
import pytest

import pullback
from pullback.errors import remember_text

# A function for each kind of node, or several.
SNIPPETS: dict[str, list[str]] = {
    "FunctionDef": ["def f(x):\n    def g(y):\n        return x * y\n    return g(x)"],
    "AsyncFunctionDef": ["def f(x):\n    async def g(y):  # here\n        return y\n    return x"],
    "ClassDef": ["def f(x):\n    class A:  # here\n        y = 1\n    return x"],
    "Return": ["def f(x):\n    return x"],
    "Delete": ["def f(x):\n    y = [x, x]\n    del y[0]\n    z = x\n    del z\n    return y[0]"],
    "Assign": ["def f(x):\n    a = b = x\n    return a * b"],
    "AugAssign": ["def f(x):\n    x += 1\n    x *= x\n    return x"],
    "AnnAssign": ["def f(x):\n    y: float = x\n    z: int\n    return y"],
    "For": ["def f(x):\n    for k in range(3):\n        x = x * 2\n    else:\n        x = x + 1\n    return x"],
    "AsyncFor": ["async def f(x):  # here\n    async for k in x:\n        pass\n    return x"],
    "While": ["def f(x):\n    while x < 10:\n        x = x * 2\n    return x"],
    "If": ["def f(x):\n    if x > 0:\n        return x\n    elif x > -1:\n        return 2 * x\n    return x"],
    "With": [
        "import numpy as np\ndef f(x):\n    with np.errstate(all='ignore'):\n        y = x\n    return y",
        "def f(x):\n    with x:  # here\n        y = x\n    return y",
    ],
    "AsyncWith": ["async def f(x):  # here\n    async with x:\n        pass\n    return x"],
    "Match": ["def f(x):\n    match x:\n        case 1:\n            return x\n    return 2 * x"],
    "Raise": ["def f(x):\n    if x < 0:\n        raise ValueError('negative') from None\n    return x"],
    "Try": ["def f(x):\n    try:\n        y = 1 / x\n    except ZeroDivisionError:\n        y = x\n"
            "    else:\n        y = y * 2\n    finally:\n        x = x + 1\n    return x * y"],
    "TryStar": ["def f(x):\n    try:  # here\n        y = x\n    except* ValueError:\n        y = x\n    return y"],
    "ExceptHandler": ["def f(x):\n    try:\n        return x\n    except (ValueError, TypeError) as e:\n"
                      "        return 2 * x"],
    "Assert": ["def f(x):\n    assert x > 0, f'{x}'\n    return x"],
    "Import": ["def f(x):\n    import math as m\n    return m.sin(x)"],
    "ImportFrom": ["def f(x):\n    from math import sin as s\n    return s(x)"],
    "Global": ["def f(x):\n    global g  # here\n    g = x\n    return x"],
    "Nonlocal": [
        "def f(x):\n    k = 0\n    def g():\n        nonlocal k  # maybe\n        k = k + 1\n    g()\n    return x * k"
    ],
    "Expr": ["def f(x):\n    'text'\n    x\n    return x"],
    "Pass": ["def f(x):\n    pass\n    return x"],
    "Break": ["def f(x):\n    while True:\n        break\n    return x"],
    "Continue": ["def f(x):\n    for k in range(3):\n        if k == 1:\n            continue\n        x = x * k + 1\n    return x"],
    "TypeAlias": ["def f(x):\n    type A = int  # here\n    return x"],
    "BoolOp": ["def f(x):\n    return (x and 2 * x) or x"],
    "NamedExpr": ["def f(x):\n    return (y := x) * y"],
    "BinOp": ["def f(x):\n    return x * x"],
    "UnaryOp": ["def f(x):\n    return -x"],
    "Lambda": ["f = lambda x: x * x"],
    "IfExp": ["def f(x):\n    return x if x > 0 else -x"],
    "Dict": ["def f(x):\n    d = {'a': x, **{'b': 2 * x}}\n    return d['a'] * d['b']"],
    "Set": ["def f(x):\n    return x * len({1, 2})"],
    "ListComp": ["def f(x):\n    return sum([x * k for k in range(3) if k])"],
    "SetComp": ["def f(x):\n    return x * len({k % 2 for k in range(3)})"],
    "DictComp": ["def f(x):\n    d = {k: x * k for k in range(3)}\n    return d[2]"],
    "GeneratorExp": ["def f(x):\n    return sum(x * k for k in range(3))"],
    "comprehension": ["def f(x):\n    return sum(x * k * m for k in range(3) for m in range(k) if m)"],
    "Await": ["async def f(x):  # here\n    return await x"],
    "Yield": ["def f(x):\n    yield x  # here"],
    "YieldFrom": ["def f(x):\n    yield from x  # here"],
    "Compare": ["def f(x):\n    return x if 0 < x < 9 else 2 * x"],
    "Call": ["def f(x):\n    def g(a, *b, c=1, **d):\n        return a * c\n    return g(x, *(1, 2), c=x, **{'e': 3})"],
    "keyword": ["def f(x):\n    return round(x, ndigits=2) + x"],
    "FormattedValue": ["def f(x):\n    print(f'{x!r:>{10}}')  # maybe\n    return x"],
    "JoinedStr": ["def f(x):\n    print(f'{x}' f'{x:.3f}')\n    return x"],
    "TemplateStr": ["def f(x):\n    t = t'{x}'  # here\n    return x"],
    "Interpolation": ["def f(x):\n    t = t'{x}'  # here\n    return x"],
    "Constant": [
        "def f(x):\n    a, b, c, d = 1, 'a', None, True\n    return x * a",
        "def f(x):\n    y = b'bytes'  # maybe\n    return x",
        "def f(x):\n    y = ...  # maybe\n    return x",
    ],
    "Attribute": ["import numpy as np\ndef f(x):\n    return np.array([x, x]).T.size * x"],
    "Subscript": ["def f(x):\n    return [x, 2 * x][1]"],
    "Starred": ["def f(x):\n    a, *b = x, 2 * x, 3 * x\n    return a * [*b, 1][1]"],
    "Name": ["def f(x):\n    return x"],
    "List": ["def f(x):\n    [a, b] = [x, x]\n    return a * b"],
    "Tuple": ["def f(x):\n    (a, b) = (x, x)\n    return a * b"],
    "Slice": ["import numpy as np\ndef f(x):\n    return np.sum(np.array([x, x, x])[0:3:2])"],
    "Load": ["def f(x):\n    return x"],
    "Store": ["def f(x):\n    y = x\n    return y"],
    "Del": ["def f(x):\n    y = x\n    del y\n    return x"],
    "And": ["def f(x):\n    return x and 2 * x"],
    "Or": ["def f(x):\n    return x or 2 * x"],
    "MatchValue": ["def f(x):\n    match 2:\n        case 2:\n            return x\n    return 2 * x"],
    "MatchSingleton": ["def f(x):\n    match None:\n        case None:\n            return x\n    return 2 * x"],
    "MatchSequence": ["def f(x):\n    match [x, 2 * x]:\n        case [a, b]:\n            return a * b\n    return x"],
    "MatchMapping": ["def f(x):\n    match {'a': x}:\n        case {'a': y, **rest}:\n            return y * y\n    return x"],
    "MatchClass": ["def f(x):\n    match x:\n        case float():\n            return x\n    return 2 * x"],
    "MatchStar": ["def f(x):\n    match [x, 2 * x]:\n        case [a, *b]:\n            return a * b[0]\n    return x"],
    "MatchAs": ["def f(x):\n    match x:\n        case y:\n            return y * y"],
    "MatchOr": ["def f(x):\n    match 2:\n        case 1 | 2:\n            return x\n    return 2 * x"],
    "TypeVar": ["def f(x):\n    def g[T](y: T):  # here\n        return y\n    return g(x)"],
    "ParamSpec": ["def f(x):\n    def g[**P](y):  # here\n        return y\n    return g(x)"],
    "TypeVarTuple": ["def f(x):\n    def g[*T](y):  # here\n        return y\n    return g(x)"],
}  # fmt: skip
BINARY = {"Add": "+", "Sub": "-", "Mult": "*", "MatMult": "@", "Div": "/", "Mod": "%", "Pow": "**",
          "LShift": "<<", "RShift": ">>", "BitOr": "|", "BitXor": "^", "BitAnd": "&",
          "FloorDiv": "//"}  # fmt: skip
UNARY = {"Invert": "~", "Not": "not ", "UAdd": "+", "USub": "-"}
COMPARED = {"Eq": "==", "NotEq": "!=", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=", "Is": "is",
            "IsNot": "is not", "In": "in", "NotIn": "not in"}  # fmt: skip
# No nodes of what a module's text parses to, or bases of others.
OTHERS = {
    "AST", "mod", "stmt", "expr", "expr_context", "boolop", "operator", "unaryop", "cmpop", "pattern",
    "excepthandler", "type_ignore", "type_param", "Module", "Interactive", "Expression", "FunctionType",
    "TypeIgnore", "arguments", "arg", "alias", "withitem", "match_case", "slice", "Index", "ExtSlice",
    "Suite", "AugLoad", "AugStore", "Param", "Num", "Str", "Bytes", "NameConstant", "Ellipsis",
    "Constant",
}  # fmt: skip


def test_all_nodes_are_there() -> None:
    nodes = {n for n, c in vars(ast).items() if isinstance(c, type) and issubclass(c, ast.AST)}
    assert nodes - OTHERS <= {*SNIPPETS, *BINARY, *UNARY, *COMPARED}


CASES = [
    pytest.param(text, id=f"{name}{k or ''}")
    for name, texts in SNIPPETS.items()
    if hasattr(ast, name)
    for k, text in enumerate(texts)
]


def made(text: str) -> FunctionType:
    file = f"<syntax {hash(text)}>"
    remember_text(file, text + "\n")
    names: dict[str, Any] = {"__name__": "syntax"}
    exec(compile(text + "\n", file, "exec", dont_inherit=True), names)
    found: FunctionType = names["f"]
    return found


@pytest.mark.parametrize("text", CASES)
def test_syntax(text: str) -> None:
    f = made(text)
    lines = [k for k, line in enumerate(text.split("\n"), 1) if "# here" in line or "# maybe" in line]
    told, found = attempt(pullback.value_and_grad(f))
    if told == "is refused":
        assert found.refusal is not None
        assert [found.loc.line] == lines
        return
    assert told == "gives", found
    assert "# here" not in text
    value, slope = found
    assert ("gives", value) == attempt(f)
    difference = (attempt(f, 1.7 + 1e-6)[1] - attempt(f, 1.7 - 1e-6)[1]) / 2e-6
    np.testing.assert_allclose(slope, difference, rtol=1e-6, atol=1e-8)


# ---- operators on all kinds of operands

OPERANDS = {
    "float": "x", "int": "(2)", "bool": "True", "computed bool": "(x > 0)", "None": "(None)", "str": "'ab'",
    "array": "a", "integers": "np.arange(3)", "mask": "(a > 0)", "list": "[1, 2]", "list of floats": "[x, x]",
    "tuple": "(x, 1)", "dict": "{'a': x}", "set": "{1, 2}", "range": "range(3)", "function": "np.sin",
    "lambda": "(lambda y: y)", "class": "float", "module": "np", "slice": "a[1:]", "matrix": "a[:, None]",
    "grown list": "grown", "text": "f'{x}'", "bytes": "b'a'", "ellipsis": "...",
}  # fmt: skip
OPERATORS = {**{o: f"A {o} B" for o in (*BINARY.values(), *COMPARED.values())}, "and": "A and B",
             "or": "A or B", "subscript": "A[B]", "if": "(A if B else A)", "call": "A(B)"}  # fmt: skip
AUGMENTED = {f"{o}=": f"{o}=" for o in BINARY.values()}
RAISED = (AssertionError, TypeError, ValueError, IndexError, KeyError, ZeroDivisionError, AttributeError, OverflowError)


def attempt(f: Any, x: float = 1.7) -> tuple[str, Any]:
    """What a function or a derivative gives or raises."""
    with contextlib.redirect_stdout(None), np.errstate(all="ignore"):
        try:
            return "gives", f(x)
        except pullback.SourceError as error:
            return "is refused", error
        except RAISED as error:
            return "raises", error


def program(lines: str) -> str:
    return (
        "import numpy as np\n\ndef f(x):\n    a = np.array([x, 2 * x, -x])\n    grown = []\n"
        f"    for k in range(3):\n        grown.append(x * k)\n{lines}    return x * x\n"
    )


def check(text: str) -> None:
    """The program is refused at its line, raises as the function does, or has the right derivative."""
    f = made(text)
    told, found = attempt(f)
    told_here, found_here = attempt(pullback.grad(f))
    if told_here == "is refused":
        assert found_here.refusal is not None
        never = found_here.refusal is pullback.refusals.NEVER_RETURNS and told == "raises"
        assert never or "# here" in found_here.loc.text()
        return
    assert told_here == told, (found_here, found)
    if told == "raises":
        assert type(found_here) is type(found)
    else:
        assert found_here == pytest.approx(2 * 1.7)


PAIRS = [
    pytest.param(o, a, marks=() if k % 40 == 0 else (pytest.mark.slow,), id=f"{name} {operand}")
    for k, ((name, o), (operand, a)) in enumerate(
        itertools.product(OPERATORS.items(), OPERANDS.items())
    )
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("operator", "first"), PAIRS)
def test_operators(operator: str, first: str) -> None:
    for second in OPERANDS.values():
        expression = operator.replace("A", first).replace("B", second)
        check(program(f"    y = {expression}  # here\n"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("first", OPERANDS.values(), ids=OPERANDS)
def test_other_places(first: str) -> None:
    """Unary operators, augmented assignment, loops, unpacking, writes, conditions."""
    for symbol, second in itertools.product(AUGMENTED, ("x", "2", "a", "[x]", "'a'")):
        check(program(f"    y = {first}  # here\n    y {symbol} {second}  # here\n"))
    for line in (
        *(f"y = {o}{first}" for o in UNARY.values()),
        f"y, z = {first}", f"y, *z = {first}", f"a[0] = {first}", f"a[{first}] = x",
        f"y = [v for v in {first}]", f"y = len({first})", f"y = float({first})", f"y = np.sin({first})",
        f"y = {first}.real", f"y = {first}.foo", f"y = {first}.sum()", f"y = {first}[0]",
        f"y = {first}[0:1]", f"{first}[0] = x", f"assert {first}", f"print({first})",
        f"y = sum({first})", f"y = max({first})", f"y = np.array({first})", f"y = np.zeros({first})",
        f"y = np.sum(a, axis={first})", f"y = range({first})", f"y = abs({first})",
        f"y = str({first})", f"y = isinstance({first}, float)", f"y = np.stack({first})",
        f"y = dict(a={first})", f"y = list({first})", f"y = tuple({first})", f"y = sorted({first})",
    ):
        check(program(f"    {line}  # here\n"))
    for block in (f"for v in {first}:  # here\n        x = x * 1\n", f"while {first}:  # here\n        break\n",
                  f"if {first}:  # here\n        x = x * 1\n"):
        check(program(f"    {block}"))
