"""The text of the IR reads back as the same function, and bad text is refused with its line."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pullback.errors import Loc, PullbackError
from pullback.ir.build import Builder
from pullback.ir.core import Atom, Block, Const, Func, Op, Var, reachable, walk
from pullback.ir.text import from_text, to_text
from pullback.ir.types import (
    PY_BOOL,
    PY_FLOAT,
    PY_INT,
    Array,
    List,
    Record,
    Scalar,
    Sym,
    Text,
    Type,
    fresh_sym,
)
from pullback.ir.verify import verify

NP_FLOAT = Scalar("float", "np", "float64")
ANY_FLOAT = Scalar("float", "any")


def vector(many: bool = True) -> Array:
    return Array("float", "float64", (fresh_sym(many),))


def function(name: str, params: list[Var], builder: Builder, *results: Atom, **facts: Any) -> Func:
    return Func(name, Block(params, builder.ops, list(results)), **facts)


# ---- what reading back keeps


class Alike:
    """Asserts that two functions differ only in which variables and symbols they are made of."""

    def __init__(self) -> None:
        self.pairs: dict[Any, Any] = {}
        self.back: dict[Any, Any] = {}

    def pair(self, a: Any, b: Any) -> None:
        assert self.pairs.setdefault(a, b) == b
        assert self.back.setdefault(b, a) == a

    def module(self, f: Func, g: Func) -> None:
        for a, b in zip(reachable(f), reachable(g), strict=True):
            self.pair(a, b)
            assert (a.name, a.taken) == (b.name, b.taken)
            self.block(a.block, b.block)

    def block(self, a: Block, b: Block) -> None:
        self.atoms(a.params, b.params)
        for op, other in zip(a.ops, b.ops, strict=True):
            self.op(op, other)
        self.atoms(a.results, b.results)

    def op(self, a: Op, b: Op) -> None:
        assert (a.prim, a.checked) == (b.prim, b.checked)
        self.atoms(a.inputs, b.inputs)
        self.params(dict(a.params), dict(b.params))
        for inner, other in zip(a.blocks, b.blocks, strict=True):
            self.block(inner, other)
        self.atoms(a.outputs, b.outputs)

    def params(self, a: dict[str, Any], b: dict[str, Any]) -> None:
        assert ("callee" in a) == ("callee" in b)
        if "callee" in a:
            self.pair(a.pop("callee"), b.pop("callee"))
        key = lambda params: sorted((k, type(v), repr(v)) for k, v in params.items())
        assert key(a) == key(b)

    def atoms(self, xs: Iterable[Atom], ys: Iterable[Atom]) -> None:
        for a, b in zip(xs, ys, strict=True):
            self.type(a.type, b.type)
            if isinstance(a, Var):
                assert isinstance(b, Var)
                assert a.name == b.name
                self.pair(a, b)
            else:
                assert isinstance(b, Const)
                assert (type(a.value), repr(a.value)) == (type(b.value), repr(b.value))

    def type(self, a: Type | None, b: Type | None) -> None:
        match a, b:
            case Array(), Array():
                assert (a.cls, a.dtype) == (b.cls, b.dtype)
                for m, n in zip(a.shape, b.shape, strict=True):
                    self.dim(m, n)
            case List(), List():
                self.type(a.elem, b.elem)
            case _:
                assert a == b

    def dim(self, m: int | Sym, n: int | Sym) -> None:
        if isinstance(m, Sym):
            assert isinstance(n, Sym)
            assert m.many == n.many
            self.pair(m, n)
        else:
            assert m == n


def round_trip(func: Func) -> str:
    """The text of a function, asserted to read back as the same, valid function."""
    text = to_text(func)
    again = from_text(text)
    Alike().module(func, again)
    assert to_text(again) == text
    verify(func)
    verify(again)
    return text


def body(func: Func) -> list[str]:
    """The lines of the text between its first and its last."""
    return [line.strip() for line in round_trip(func).splitlines()[1:-1]]


# ---- structures


def test_straight_line() -> None:
    w, x = Var(vector(), "w"), Var(vector(), "x")
    b = Builder(Loc("/home/me/model.py", 12, 4, 12, 20))
    z = b.emit("mul", [x, w], names=["z"])[0]
    t = b.one("neg", z)
    b.loc = None
    (c,) = b.emit("add", [t, Const(1.0)], checked=True)
    func = function("loss", [w, x], b, c, Const(2), taken=frozenset([1]), loc=Loc("model.py", 10))
    assert round_trip(func) == "\n".join(
        [
            "func @loss(%w: float64[n0!], taken %x: float64[n1!]) -> (float64[n1!], int) {"
            "  // model.py:10",
            f"{'  %z: float64[n1!] = mul %x, %w':72}  // model.py:12",
            f"{'  %0: float64[n1!] = neg %z':72}  // model.py:12",
            "  %1: float64[n1!] = add %0, 1.0 checked",
            "  return %1, 2",
            "}",
            "",
        ]
    )


def test_nothing_taken_and_nothing_given() -> None:
    assert round_trip(function("f", [], Builder())) == "func @f() -> () {\n}\n"


def test_if() -> None:
    x, b = Var(PY_FLOAT, "x"), Builder()
    with b.block() as then:
        then.results = [b.one("mul", x, Const(2.0)), x]
    with b.block() as orelse:
        orelse.results = [Const(0.0), b.one("neg", x)]
    y, z = b.branch(b.one("lt", x, Const(1.0)), then, orelse, names=["y", "x"])
    assert body(function("f", [x], b, y, z)) == [
        "%0: bool = lt %x, 1.0",
        "%y: float, %x.1: float = if %0 {",
        "%1: float = mul %x, 2.0",
        "yield %1, %x",
        "} else {",
        "%2: float = neg %x",
        "yield 0.0, %2",
        "}",
        "return %y, %x.1",
    ]


def test_if_with_effects_only() -> None:
    c, b = Var(PY_BOOL, "c"), Builder()
    with b.block() as then:
        b.emit("print", [Const("// not a comment } { %x"), Const(None), c])
    with b.block() as orelse:
        pass
    b.branch(c, then, orelse)
    assert body(function("f", [c], b)) == [
        "if %c {",
        "print '// not a comment } { %x', None, %c",
        "} else {",
        "}",
    ]


def loop_function(**params: Any) -> Func:
    """A loop over two carries, one of them wider outside than inside."""
    n, b = Var(PY_INT, "n"), Builder(Loc("m.py", 3))
    i, s, q = Var(PY_INT, "i"), Var(PY_FLOAT, "s"), Var(PY_INT, "q")
    with b.block([i, s, q]) as block:
        total = b.emit("add", [s, i], names=["s"])[0]
        flag = [b.one("lt", total, Const(10.0))] if params.get("exits") else []
        block.results = [*flag, total, Const(1)]
    inits = [Const(0), n, Const(1), Const(0.0), Const(0)]
    outs = b.emit("for", inits, [block], [ANY_FLOAT, PY_INT], names=["s", "q"], **params)
    return function("f", [n], b, *outs)


def test_for_with_exits() -> None:
    text = round_trip(loop_function(exits=True, reverse=True))
    head = (
        "%s: any.float, %q = for %i: int = 0, %n, 1"
        " carry (%s.1: float = 0.0, %q.1: int = 0) exits reverse {"
    )
    assert f"  {head}  // m.py:3\n" in text
    assert re.search(r"^    %s\.2: float = add %s\.1, %i +// m.py:3$", text, re.M)
    assert "    yield %0, %s.2, 1\n  }\n  return %s, %q\n" in text


def test_flags_that_are_not_set_are_params() -> None:
    text = round_trip(loop_function(exits=False, reverse=True, other=1))
    assert " reverse {exits=False, other=1} {" in text


def test_for_without_carries() -> None:
    b = Builder()
    with b.block([Var(PY_INT)]) as block:
        b.emit("print", block.params)
    b.emit("for", [Const(3), Const(0), Const(-1)], [block])
    assert body(function("f", [], b)) == ["for %0: int = 3, 0, -1 {", "print %0", "}"]


def test_while() -> None:
    x, b = Var(PY_FLOAT, "x"), Builder()
    with b.block([Var(PY_FLOAT, "x")]) as cond:
        cond.results = [b.one("lt", *cond.params, Const(5.0))]
    with b.block([Var(PY_FLOAT, "x")]) as block:
        block.results = [Const(True), b.one("mul", *block.params, Const(2.0))]
    (y,) = b.emit("while", [x], [cond, block], names=["y"], exits=True)
    assert body(function("f", [x], b, y)) == [
        "%y = while carry (%x.1: float = %x) exits {",
        "%0: bool = lt %x.1, 5.0",
        "yield %0",
        "} do (%x.2: float) {",
        "%1: float = mul %x.2, 2.0",
        "yield True, %1",
        "}",
        "return %y",
    ]


def test_while_without_carries() -> None:
    b = Builder()
    with b.block() as cond:
        cond.results = [Const(False)]
    with b.block() as block:
        b.emit("print", [Const(1)])
    b.emit("while", [], [cond, block])
    assert body(function("f", [], b)) == ["while {", "yield False", "} do {", "print 1", "}"]


def test_recursive_calls_and_functions_of_one_name() -> None:
    x, y, z = Var(PY_FLOAT, "x"), Var(PY_FLOAT, "x"), Var(PY_FLOAT, "x")
    inner = function("f", [x], Builder(), x)
    recursive = function("<lambda>", [y], Builder(), y)
    b = Builder()
    b.ops = recursive.block.ops
    b.emit("call", [y], callee=recursive)
    b.emit("call", [y], callee=inner, checked=True)
    b = Builder()
    (out,) = b.emit("call", [z], callee=recursive, names=["y"])
    text = round_trip(function("f", [z], b, out))
    assert re.findall(r"^func (.*?)\(", text, re.M) == ["@f", "@'<lambda>'", "@f.1"]
    assert "%y: float = call @'<lambda>'(%x)\n" in text
    assert "%1: float = call @f.1(%x) checked\n" in text


def test_derivative_is_an_op_with_a_callee() -> None:
    x, b = Var(PY_FLOAT, "x"), Builder()
    callee = function("g", [Var(PY_FLOAT, "x")], Builder(), Const(1.0))
    (d,) = b.emit("derivative", [x], types=[PY_FLOAT], mode="vjp", callee=callee, wrt=(0,))
    assert body(function("f", [x], b, d))[0] == (
        "%0: float = derivative @g(%x) {mode='vjp', wrt=(0,)}"
    )


def test_other_ops_with_blocks() -> None:
    x, b = Var(PY_FLOAT, "x"), Builder()
    blocks = []
    for k in range(2):
        with b.block([Var(PY_INT, "k"), Var(List(PY_FLOAT))][: k * 2]) as block:
            block.results = [Const(k)]
        blocks.append(block)
    b.emit("derivative", [x], blocks, [PY_INT, List(None)], wrt=())
    b.emit("derivative", [], blocks[:1], [], checked=True)
    assert body(function("f", [x], b)) == [
        "%0: int, %1: list[?] = derivative %x {wrt=()} {",
        "yield 0",
        "} (%k: int, %2: list[float]) {",
        "yield 1",
        "}",
        "derivative checked {",
        "yield 0",
        "}",
    ]


def test_lists_and_records() -> None:
    x, b = Var(vector(), "x"), Builder()
    (xs,) = b.emit("list_new", types=[List(None)], names=["xs"])
    xs = b.one("list_push", xs, x)
    xs = b.one("list_set", xs, Const(0), x)
    v = b.one("list_get", xs, Const(-1))
    xs = b.one("list_add_at", xs, Const(0), v)
    xs, w = b.emit("list_pop", [xs])
    (record,) = b.emit("pack", [xs, w], types=[Record("f.residuals")], names=["saved"])
    b.emit("unpack", [record], types=[xs.type, w.type])
    (nested,) = b.emit("list_new", types=[List(List(Record("g")))])
    lines = body(function("f", [x], b, b.one("list_len", nested), record))
    assert lines[:2] == ["%xs: list[?] = list_new", "%0: list[float64[n0!]] = list_push %xs, %x"]
    assert "%saved: record<'f.residuals'> = pack %4, %5" in lines
    assert "%8: list[list[record<g>]] = list_new" in lines


def test_undefined_values_and_index_paths() -> None:
    x, i, b = Var(vector(), "x"), Var(PY_INT, "i"), Builder()
    mask = Var(Array("bool", "bool", (fresh_sym(),)), "mask")
    (u,) = b.emit("undef", types=[ANY_FLOAT], names=["u"])
    part = b.one("getitem", x, Const(1), mask, path=((("s", True, False, False),), ("m",)))
    new = b.one("setitem", x, part, i, path=(("e", "i", "n"),))
    lines = body(function("f", [x, i, mask], b, u, new))
    assert lines[0] == "%u: any.float = undef"
    assert lines[1].endswith("getitem %x, 1, %mask {path=((('s', True, False, False),), ('m',))}")
    assert lines[2].endswith("setitem %x, %0, %i {path=(('e', 'i', 'n'),)}")


def test_symbols_are_numbered_over_the_whole_text_and_fresh_when_read() -> None:
    t = vector()
    inner = function("g", [x := Var(t, "x")], Builder(), x)
    b, y, other = Builder(), Var(t, "y"), Var(vector(many=False), "z")
    func = function("f", [other, y], b, *b.emit("call", [y], callee=inner))
    text = round_trip(func)
    assert "func @f(%z: float64[n0], %y: float64[n1!])" in text
    assert "func @g(%x: float64[n1!])" in text
    first, second = from_text(text), from_text(text)
    assert first.params[1].type == next(iter(walk(first.block))).params["callee"].params[0].type
    assert first.params[1].type != second.params[1].type


# ---- names, types, constants, params


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("x", ["%x", "%x.1", "%x.2"]),
        ("", ["%0", "%1", "%2"]),
        ("größe_1", ["%größe_1", "%größe_1.1", "%größe_1.2"]),
        ("self.w", ["%'self.w'", "%'self.w'.1", "%'self.w'.2"]),
        ("it's \"\n7", [f"%{chr(39)}it\\'s \"\\n7'{k}" for k in ("", ".1", ".2")]),
        ("0", ["%'0'", "%'0'.1", "%'0'.2"]),
        ("for", ["%for", "%for.1", "%for.2"]),
        ("taken", ["%taken", "%taken.1", "%taken.2"]),
    ],
)
def test_names(name: str, labels: list[str]) -> None:
    params = [Var(PY_INT, name) for _ in range(3)]
    func = function(name, params, Builder(), *params)
    assert round_trip(func).splitlines()[1] == f"  return {', '.join(labels)}"


TYPES = [
    PY_BOOL,
    PY_INT,
    PY_FLOAT,
    Scalar("complex"),
    NP_FLOAT,
    Scalar("bool", "np", "bool"),
    Scalar("complex", "np", "complex64"),
    Scalar("float", "np"),
    ANY_FLOAT,
    Scalar("bool", "any"),
    Array("int", "uint8", (3, 1)),
    Array("float", None, ()),
    Array("bool", "bool", (0,)),
    List(None),
    List(List(Array("float", "float32", (2,)))),
    Record("f_residuals"),
    Text(),
]


@pytest.mark.parametrize("t", TYPES, ids=repr)
def test_types_are_written_as_they_print(t: Type) -> None:
    text = round_trip(function("f", [x := Var(t, "x")], Builder(), x))
    assert text.startswith(f"func @f(%x: {t!r}) -> ({t!r}) {{\n")


@pytest.mark.parametrize(
    ("t", "written"),
    [(Array("bool", None, (1,)), "bool?[1]"), (Scalar("bool", "np"), "np.bool?")],
)
def test_bool_of_unknown_dtype_is_told_apart(t: Type, written: str) -> None:
    assert f"%x: {written})" in round_trip(function("f", [x := Var(t, "x")], Builder(), x))


LITERALS: list[tuple[Any, str]] = [
    (0, "0"),
    (-(10**30), f"-1{'0' * 30}"),
    (0.0, "0.0"),
    (-0.0, "-0.0"),
    (1e-300, "1e-300"),
    (1.5e20, "1.5e+20"),
    (math.inf, "inf"),
    (-math.inf, "-inf"),
    (math.nan, "nan"),
    (2j, "complex(0.0, 2.0)"),
    (complex(-0.0, -math.inf), "complex(-0.0, -inf)"),
    (True, "True"),
    (None, "None"),
    ("", "''"),
    ("a'\"\\\n\u2028é", "'a\\'\"\\\\\\n\\u2028é'"),
    (np.float64(1.0), "np.float64(1.0)"),
    (np.float32(0.1), "np.float32(0.1)"),
    (np.float32(math.nan), "np.float32(nan)"),
    (np.float64(-math.inf), "np.float64(-inf)"),
    (np.int8(-3), "np.int8(-3)"),
    (np.uint64(2**64 - 1), "np.uint64(18446744073709551615)"),
    (np.bool_(True), "np.bool(True)"),
    (np.complex64(1 - 2j), "np.complex64(complex(1.0, -2.0))"),
    (np.longdouble("1.1"), f"np.{np.dtype(np.longdouble).name}('1.1')"),
]


@pytest.mark.parametrize(("value", "text"), LITERALS, ids=[text for _, text in LITERALS])
def test_constants(value: Any, text: str) -> None:
    assert body(function("f", [], Builder(), Const(value))) == [f"return {text}"]


@pytest.mark.parametrize(("value", "text"), LITERALS, ids=[text for _, text in LITERALS])
def test_params(value: Any, text: str) -> None:
    b = Builder()
    b.emit("print", a=value, b=(), c=(value,), d=((value, 1), "s"))
    assert body(function("f", [], b)) == [
        f"print {{a={text}, b=(), c=({text},), d=(({text}, 1), 's')}}"
    ]


@pytest.mark.parametrize(
    ("const", "text"),
    [
        (Const(0, PY_FLOAT), "0: float"),
        (Const(1.0, ANY_FLOAT), "1.0: any.float"),
        (Const(None, Array("bool", None, (1,))), "None: bool?[1]"),
        (Const(np.float64(2), PY_FLOAT), "np.float64(2.0): float"),
    ],
)
def test_constants_of_another_type(const: Const, text: str) -> None:
    assert body(function("f", [], Builder(), const)) == [f"return {text}"]


def test_lists_are_params() -> None:
    b = Builder()
    b.emit("print", a=[None, 2], b=([], (1,)))
    text = to_text(function("f", [], b))
    assert "{a=[None, 2], b=([], (1,))}" in text
    assert to_text(from_text(text)) == text


def test_places_keep_the_line_and_the_name_of_the_file() -> None:
    b = Builder()
    for file in ["/a b/c  d.py", "C:\\code\\m.py", "<ipython-input-3>", "a:b.py", ""]:
        with b.at(Loc(file, 7, 4, 9, 2)):
            b.emit("print", [Const(1)])
    text = round_trip(function("f", [], b))
    assert re.findall("// .*", text) == [
        "// c d.py:7",
        "// m.py:7",
        "// <ipython-input-3>:7",
        "// a:b.py:7",
        "// :7",
    ]
    assert [op.loc for op in from_text(text).block.ops][:2] == [Loc("c d.py", 7), Loc("m.py", 7)]


# ---- text that a person wrote


def test_layout_and_comments_are_free() -> None:
    func = from_text(
        """
        // a note

        func @f(%x: float,) -> (int,) {  // another
          print %x, 1   // m.py:5

          print{a=(1), b=(1,)}
        print%x,- 1
        return 2
        }
        """
    )
    assert to_text(func).splitlines() == [
        "func @f(%x: float) -> (int) {",
        f"{'  print %x, 1':72}  // m.py:5",
        "  print {a=1, b=(1,)}",
        "  print %x, -1",
        "  return 2",
        "}",
    ]


HEAD = "func @f(%x: float) -> () {\n"
BAD = [
    ("", 1, "'func' is due where the end stands"),
    ("\n\nfunction @f", 3, "'func' is due where 'function' stands"),
    ("func f() -> () {\n}", 1, "a func is due where 'f' stands"),
    ("func @f() -> (int) {\n}", 1, "@f does not return the types that it declares"),
    ("func @f() -> () {\n}\nfunc @f() -> () {\n}", 3, "@f is defined twice"),
    ("func @f() -> () { }", 1, "a newline is due where '}' stands"),
    ("func @f(%x: float, %x: int) -> () {\n}", 1, "%x is defined twice"),
    ("func @f(%x) -> () {\n}", 1, "':' is due where ')' stands"),
    (HEAD, 2, "a word is due where the end stands"),
    (HEAD + "  print %x\n  print %y\n}", 3, "%y is not defined here"),
    (HEAD + "  %x: float = neg %x\n}", 2, "%x is defined twice"),
    (HEAD + "  %y: float neg %x\n}", 2, "'=' is due where 'neg' stands"),
    (HEAD + "  %y = neg %x\n}", 2, "%y has no type"),
    (HEAD + "  %y: float = negg %x\n}", 2, "no primitive is called 'negg'"),
    (HEAD + "  print %x %x\n}", 2, "a newline is due where '%x' stands"),
    (HEAD + "  print %x,\n}", 2, "the end of the line is no literal"),
    (HEAD + "  print $\n}", 2, "a newline is due where '$' stands"),
    (HEAD + "  print 'open\n}", 2, 'a newline is due where "\'" stands'),
    (HEAD + "  print '\\x'\n}", 2, "is no literal"),
    (HEAD + "  print 007\n}", 2, "'007' is no literal"),
    (HEAD + "  print -True\n}", 2, "'-' is no literal"),
    (HEAD + "  print (1, 2)\n}", 2, "a var is due where '1' stands"),
    (HEAD + "  print {a=b}\n}", 2, "'b' is no literal"),
    (HEAD + "  print {a=1 b=2}\n}", 2, "'}' is due where 'b' stands"),
    (HEAD + "  print np.float65(1)\n}", 2, "'np.float65' is no type of numbers"),
    (HEAD + "  print np.int8(300)\n}", 2, "np.int8 takes no such value"),
    (HEAD + "  print complex('a')\n}", 2, "complex takes no such value"),
    (HEAD + "  call @g(%x)\n}", 2, "@g is not defined"),
    (HEAD + "  print %x\n  return\n  print %x\n}", 4, "'}' is due where 'print' stands"),
    (HEAD + "  if True {\n  }\n}", 2, "if takes 2 block(s)"),
    (HEAD + "  for %i: int = 0, 1 {\n  }\n}", 2, "a for takes a start, a stop and a step"),
    (HEAD + "  for %i = 0, 1, 1 {\n  }\n}", 2, "':' is due where '=' stands"),
    (HEAD + "  while carry (%i: int) {\n  }\n}", 2, "'=' is due where ')' stands"),
    (HEAD + "  for %i: int = 0, 1, 1 {\n  }\n  print %i\n}", 4, "%i is not defined here"),
    (HEAD + "  %y: flot = neg %x\n}", 2, "'flot' is no type"),
    (HEAD + "  %y: np.flot = neg %x\n}", 2, "'np.flot' is no type"),
    (HEAD + "  %y: py.float = neg %x\n}", 2, "'py.float' is no type"),
    (HEAD + "  %y: any.float32 = neg %x\n}", 2, "'any.float32' is no type"),
    (HEAD + "  %y: float64 = neg %x\n}", 2, "'float64' is no type"),
    (HEAD + "  %y: object[1] = neg %x\n}", 2, "'object' is no type"),
    (HEAD + "  %y: int[m] = neg %x\n}", 2, "'m' is no size"),
    (HEAD + "  %y: int[n0, n0!] = neg %x\n}", 2, "n0 stands with and without '!'"),
    (HEAD + "  %y: list = neg %x\n}", 2, "'[' is due where '=' stands"),
    (HEAD + "  %y: record<1> = neg %x\n}", 2, "a word is due where '1' stands"),
]


@pytest.mark.parametrize(("text", "line", "message"), BAD, ids=[message for *_, message in BAD])
def test_bad_text_is_refused_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(PullbackError) as caught:
        from_text(text)
    first, second = str(caught.value).split("\n")
    assert first.startswith(f"bad IR text, line {line}: ")
    assert message in first
    source = text.split("\n")[line - 1].strip()
    assert second == f"  {line} | {source}"


# ---- IR that is not valid still prints


def test_invalid_functions_print() -> None:
    x, b = Var(PY_FLOAT, "x"), Builder()
    block = Block([], [], [Var(PY_INT, "y")])
    for name, blocks in [("for", [block]), ("for", []), ("while", [block]), ("if", [block] * 3)]:
        b.emit(name, [x], blocks, [PY_FLOAT])
    b.emit("print", a=object, callee=None)
    text = to_text(function("f", [], b, x))
    assert "%0: float = for %x {\n    yield %y\n  }\n  %1: float = for %x\n" in text
    assert "print {a=<class 'object'>, callee=None}" in text


# ---- random functions


class Maker:
    """Builds random valid functions of arithmetic, branches and loops."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.builder = Builder()

    def pick(self, options: Iterable[Any]) -> Any:
        return self.data.draw(st.sampled_from(list(options)))

    def name(self) -> str:
        return str(self.pick(["", "x", "x_1", "y", "a b"]))

    def function(self) -> Func:
        many = vector()
        types = [
            PY_FLOAT,
            NP_FLOAT,
            ANY_FLOAT,
            many,
            vector(many=False),
            Array("float", None, (1,)),
        ]
        params = [Var(self.pick(types), self.name()) for _ in range(self.pick(range(4)))]
        scope = self.statements([*params, Const(1.0), Const(np.float32(0.5))], 0)
        results = [self.pick(scope) for _ in range(self.pick(range(3)))]
        taken = frozenset(self.pick([[], [0]])) if params else frozenset()
        return function(self.name() or "f", params, self.builder, *results, taken=taken)

    def statements(self, scope: list[Atom], depth: int) -> list[Atom]:
        """The scope with the results of a few more statements."""
        makers = [self.arithmetic, self.branch, self.loop][: 3 if depth < 2 else 1]
        for _ in range(self.pick(range(4))):
            self.builder.loc = self.pick([None, Loc("a.py", 3)])
            scope = [*scope, *self.pick(makers)(scope, depth)]
        return scope

    def arithmetic(self, scope: list[Atom], depth: int) -> tuple[Var, ...]:
        checked = self.pick([False, True])
        inputs = [self.pick(scope), self.pick(scope)]
        return self.builder.emit(
            self.pick(["add", "mul", "sub"]), inputs, checked=checked, names=[self.name()]
        )

    def branch(self, scope: list[Atom], depth: int) -> tuple[Var, ...]:
        results = self.pick(range(3))
        blocks = []
        for _ in range(2):
            with self.builder.block() as block:
                inner = self.statements(scope, depth + 1)
                block.results = [self.pick(inner) for _ in range(results)]
            blocks.append(block)
        cond = Const(self.pick([True, False]))
        return self.builder.branch(cond, *blocks, names=[self.name() for _ in range(results)])

    def loop(self, scope: list[Atom], depth: int) -> tuple[Var, ...]:
        inits = [self.pick(scope) for _ in range(self.pick(range(3)))]
        carried = [Var(init.type, self.name()) for init in inits]
        exits = self.pick([False, True])
        with self.builder.block([Var(PY_INT, "i"), *carried]) as block:
            inner = self.statements([*scope, *carried], depth + 1)
            block.results = [Const(True)] * exits + [self.pick(inner) for _ in inits]
        bounds = [Const(0), Const(3), Const(1)]
        params = {"exits": True} if exits else {}
        return self.builder.emit("for", [*bounds, *inits], [block], **params)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_random_functions_round_trip(data: st.DataObject) -> None:
    round_trip(Maker(data).function())


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_damaged_text_is_read_or_refused(data: st.DataObject) -> None:
    text = to_text(loop_function(exits=True)) + to_text(Maker(data).function()).replace("@", "@g")
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, min(len(text), start + 4)))
    damage = data.draw(st.text("(){}[]%@'\"\\:=,.-!?/1n0 \n", max_size=3))
    try:
        read = from_text(text[:start] + damage + text[stop:])
    except PullbackError as error:
        message = str(error)
    else:
        again = to_text(read)
        assert to_text(from_text(again)) == again
        return
    assert re.match(r"bad IR text, line \d+: ", message)
