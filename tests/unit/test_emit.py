"""The text of expressions, names and writes: exact for small functions, and what it computes."""

from __future__ import annotations

import re

import numpy as np
import pytest

from pullback.backend.numpy_ import emit_numpy
from pullback.backend.text import wrap
from pullback.ir.text import from_text
from tests.unit.emit_text import check, emitted, function, run

# ---- expressions


def test_values_used_once_are_nested() -> None:
    check(
        """
        func @loss(%w: float64[n0], %X: float64[n1, n0], %y: float64[n1]) -> (np.float64) {
          %z: float64[n1] = matmul %X, %w {spelling='operator'}
          %0: float64[n1] = logaddexp 0, %z
          %1: float64[n1] = mul %y, %z
          %2: float64[n1] = sub %0, %1
          %3: np.float64 = mean %2 {axis=None, keepdims=False}
          return %3
        }
        """,
        """
        def loss(w, X, y):
            z = X @ w
            return np.mean(np.logaddexp(0, z) - y * z)
        """,
    )


@pytest.mark.parametrize(
    ("ops", "expected"),
    [
        ("%0: float = add %x, %y\n%1: float = mul %0, %y", "(x + y) * y"),
        ("%0: float = mul %x, %y\n%1: float = add %0, %y", "x * y + y"),
        ("%0: float = sub %x, %y\n%1: float = sub %0, %y", "x - y - y"),
        ("%0: float = sub %x, %y\n%1: float = sub %y, %0", "y - (x - y)"),
        ("%0: float = neg %x\n%1: float = pow %0, 2", "(-x) ** 2"),
        ("%0: float = pow %x, 2\n%1: float = neg %0", "-x ** 2"),
        ("%0: float = pow %x, %y\n%1: float = pow %y, %0", "y ** (x ** y)"),
        ("%1: float = pow %x, -2", "x ** -2"),
        ("%1: float = pow -2.0, %x", "(-2.0) ** x"),
        ("%0: float = mul %x, %y\n%1: float = neg %0", "-x * y"),
        ("%0: float = neg %y\n%1: float = add %x, %0", "x - y"),
        ("%0: float = add %x, %y\n%1: float = neg %0", "-(x + y)"),
        ("%0: float = div %x, %y\n%1: float = div %x, %0", "x / (x / y)"),
        ("%0: bool = lt %x, %y\n%1: bool = not %0", "not x < y"),
        ("%0: bool = eq %x, %y\n%1: bool = not %0", "x != y"),
        ("%0: bool = lt %x, %y\n%1: bool = eq %0, True", "(x < y) == True"),
        ("%1: float = math.sin %x", "math.sin(x)"),
        ("%1: float = mul %x, inf", "x * np.inf"),
        ("%1: np.float32 = cast %x {dtype='float32'}", "np.float32(x)"),
        ("%1: np.float64 = masked_mul %x, %y", "x * y if x else 0.0"),
    ],
)  # fmt: skip
def test_operators(ops: str, expected: str) -> None:
    result = "bool" if "%1: bool" in ops else ops.rpartition("%1: ")[2].partition(" ")[0]
    text = f"func @f(%x: float, %y: float) -> ({result}) {{\n{ops}\nreturn %1\n}}"
    func = from_text(text)
    assert emit_numpy(func).text.rstrip().endswith(f"return {expected}")


ARRAYS = "%a: float64[n0, n1], %b: float64[n1], %i: int, %idx: int64[n2], %s: float"


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        ("%1: float64[n3, n1] = getitem %a, %i {path=((('s', True, False, False),),)}", "a[i:]"),
        ("%1: float64[n1] = getitem %a, %i {path=(('i',),)}", "a[i]"),
        ("%1: float64[n2, n1] = getitem %a, %idx {path=(('a',),)}", "a[idx]"),
        ("%1: float64[1, n0, n1] = getitem %a {path=(('n', 'e'),)}", "a[None, ...]"),
        ("%1: float64[n1] = getitem %a, %i, 1 {path=(('i',), (('s', True, False, False),))}",
         "a[i][1:]"),
        ("%1: float64[n0] = sum %a {axis=1, keepdims=False}", "np.sum(a, axis=1)"),
        ("%1: float64[n0] = sum %a {axis=1, keepdims=False, spelling='method'}", "a.sum(axis=1)"),
        ("%1: float64[n1, n0] = transpose %a {axes=None, spelling='T'}", "a.T"),
        ("%1: float64[n1, n0] = transpose %a {axes=(1, 0)}", "np.transpose(a, axes=(1, 0))"),
        ("%1: float64[n1, n0] = transpose %a {axes=(1, 0), spelling='method'}",
         "a.transpose(1, 0)"),
        ("%1: float64[2, n3] = reshape %a, 2, -1 {spelling='method'}", "a.reshape(2, -1)"),
        ("%1: float64[n3] = reshape %a, -1", "np.reshape(a, -1)"),
        ("%1: float64[2, n3] = reshape %a, 2, -1", "np.reshape(a, (2, -1))"),
        ("%1: float32[2, n3] = zeros 2, %i {dtype='float32'}", "np.zeros((2, i), dtype=np.float32)"),
        ("%1: float64[2, n1] = stack %b, %b {axis=0}", "np.stack([b, b])"),
        ("%1: float64[2] = array %s, %s {nested=True}", "np.array([s, s])"),
        ("%1: float64[] = array %s", "np.array(s)"),
        ("%1: int64[n3] = arange 1, %i", "np.arange(1, i)"),
        ("%1: float64[n1] = unbroadcast %a, %b", "np.sum(a, axis=0)"),
        ("%1: np.float64 = unbroadcast %a, %s", "np.sum(a)"),
        ("%1: float64[n2] = unbroadcast %a, %idx", "unbroadcast(a, idx.shape)"),
        ("%1: float64[n0, n1] = broadcast_like %b, %a", "np.broadcast_to(b, a.shape)"),
        ("%1: float32[n1] = cast %b {dtype='float32'}", "b.astype(np.float32)"),
        ("%1: float64[n0, n1] = masked_mul %a, %b", "masked_mul(a, b)"),
        ("%1: int = dim %a {axis=1}", "a.shape[1]"),
        ("%1: int = dim %a {axis=0, spelling='len'}", "len(a)"),
        ("%1: float64[n1] = copy %b", "b.copy()"),
        ("%1: bool[n2] = last_written %a, %idx {path=(('a',),)}", "last_written(a, idx)"),
        ("%1: bool[n2] = last_written %a, %idx {path=((('s', False, False, False), 'a'),)}",
         "last_written(a, np.s_[:, idx])"),
        ("%1: text = format %s {template=('s is ', ('', '.3f'), '!')}", 'f"s is {s:.3f}!"'),
    ],
)  # fmt: skip
def test_functions(op: str, expected: str) -> None:
    result = op[len("%1: ") : op.index(" = ")]
    func = from_text(f"func @f({ARRAYS}) -> ({result}) {{\n{op}\nreturn %1\n}}")
    assert emit_numpy(func).text.rstrip().endswith(f"return {expected}")


def test_a_spread_number_that_is_copied_is_filled_in() -> None:
    check(
        """
        func @f(%x: float64[n0], %g: np.float64) -> (float64[n0]) {
          %0: float64[n0] = broadcast_like %g, %x
          %1: float64[n0] = copy %0
          return %1
        }
        """,
        """
        def f(x, g):
            return np.full_like(x, g)
        """,
    )


def test_long_expressions_get_temporaries_and_lines_stay_short() -> None:
    names = [f"a_rather_long_name_{k}" for k in range(12)]
    lines = [f"%0: float = mul %{names[0]}, %{names[1]}"]
    lines += [f"%{k}: float = add %{k - 1}, %{names[k + 1]}" for k in range(1, 11)]
    params = ", ".join(f"%{n}: float" for n in names)
    text = f"func @f({params}) -> (float) {{\n" + "\n".join(lines) + "\nreturn %10\n}"
    found = emit_numpy(from_text(text)).text
    assert max(map(len, found.splitlines())) <= 100
    values = [float(k) for k in range(12)]
    assert run(text, *values) == sum(values[2:])


# ---- names


def test_a_carry_its_start_and_its_result_are_one_variable() -> None:
    check(
        """
        func @logistic(%x: float, %r: float, %n: int) -> (float) {
          %x.3 = for %i: int = 0, %n, 1 carry (%x.1: float = %x) {
            %0: float = mul %r, %x.1
            %1: float = sub 1, %x.1
            %x.2: float = mul %0, %1
            yield %x.2
          }
          return %x.3
        }
        """,
        """
        def logistic(x, r, n):
            for _ in range(n):
                x = r * x * (1 - x)
            return x
        """,
    )


def test_swapped_carries_are_assigned_at_once() -> None:
    check(
        """
        func @fib(%n: int, %x: float) -> (float) {
          %a, %b = for %i: int = 0, %n, 1 carry (%a.1: float = 0.0, %b.1: float = %x) {
            %b.2: float = add %a.1, %b.1
            yield %b.1, %b.2
          }
          return %a
        }
        """,
        """
        def fib(n, x):
            a = 0.0
            b = x
            for _ in range(n):
                a, b = b, a + b
            return a
        """,
    )


def test_versions_that_live_at_once_get_suffixes() -> None:
    check(
        """
        func @f(%x: float) -> (float, float) {
          %x.1: float = math.sin %x
          %x.2: float = math.cos %x
          print %x.1
          %x.3: float = add %x.1, %x.2
          return %x.3, %x
        }
        """,
        """
        def f(x):
            x_1 = math.sin(x)
            x_2 = math.cos(x)
            print(x_1)
            x_1 += x_2
            return x_1, x
        """,
    )


def test_a_users_own_x_bar_is_not_the_adjoint_of_x() -> None:
    check(
        """
        func @f(%x: float) -> (float) {
          %x_bar: float = mul %x, %x
          print %x_bar, %x_bar
          mark {text='backward'}
          %x_bar.1: float = mul 2, %x
          print %x_bar.1, %x_bar.1
          return %x_bar.1
        }
        """,
        """
        def f(x):
            x_bar = x * x
            print(x_bar, x_bar)
            # backward
            x_bar_1 = 2 * x
            print(x_bar_1, x_bar_1)
            return x_bar_1
        """,
    )


@pytest.mark.parametrize("name", ["np", "range", "unbroadcast", "f", "ValueError", "math"])
def test_names_that_the_text_needs_are_not_taken(name: str) -> None:
    text = f"""
        func @f(%x: float64[n0]) -> (float64[n0], int) {{
          %{name}: float64[n0] = sin %x
          print %{name}
          %n: int = for %i: int = 0, 3, 1 carry (%k: int = 0) {{
            %k.1: int = add %k, %i
            yield %k.1
          }}
          return %{name}, %n
        }}
        """
    y, n = run(text, np.ones(2))
    assert n == 3
    assert np.array_equal(y, np.sin(np.ones(2)))
    assert f"{name}_1 = np.sin(x)" in emitted(text)


def test_odd_names_become_identifiers() -> None:
    found = emitted("func @'<lambda>'(%'params.W': float) -> (float) {\nreturn %'params.W'\n}")
    assert found == "def _lambda_(params_W):\n    return params_W\n"


# ---- writes


def test_writes_are_in_place() -> None:
    check(
        """
        func @f(taken %x: float64[n0], %i: int, %idx: int64[n1], %v: float) -> (float64[n0]) {
          %x.1: float64[n0] = setitem %x, %v, %i {path=(('i',),)}
          %x.2: float64[n0] = add_at %x.1, %v, 1 {path=((('s', True, False, False),),)}
          %0: float = neg %v
          %x.3: float64[n0] = add_at %x.2, %0, %i {path=(('i',),)}
          %x.4: float64[n0] = add_at %x.3, %v, %idx {path=(('a',),)}
          %x.5: float64[n0] = accumulate %x.4, %v
          %1: float = neg %v
          %x.6: float64[n0] = accumulate %x.5, %1
          %x.7: float64[n0] = setitem %x.6, 0.0 {path=()}
          return %x.7
        }
        """,
        """
        def f(x, i, idx, v):
            x[i] = v
            x[1:] += v
            x[i] -= v
            np.add.at(x, idx, v)
            x += v
            x -= v
            x[...] = 0.0
            return x
        """,
    )


def test_lists() -> None:
    check(
        """
        func @f(taken %xs: list[float], %l: list[float64[n0]], %v: float, %a: float64[n0])
        -> (float, list[float], list[float64[n0]]) {
          %xs.1: list[float] = list_push %xs, %v
          %xs.2: list[float] = list_set %xs.1, 0, %v
          %xs.3: list[float] = list_add_at %xs.2, 1, %v
          %l.1: list[float64[n0]] = list_add_at %l, 0, %a
          %0: float = list_get %xs.3, 0
          %xs.4: list[float], %1: float = list_pop %xs.3
          %2: float = mul %0, %1
          return %2, %xs.4, %l.1
        }
        """,
        """
        def f(xs, l, v, a):
            xs.append(v)
            xs[0] = v
            xs[1] += v
            l[0] = l[0] + a
            t = xs[0]
            t1 = xs.pop()
            return t * t1, xs, l
        """,
    )


def test_a_read_stays_before_the_write_that_changes_it() -> None:
    text = """
        func @f(taken %x: float64[n0]) -> (np.float64, float64[n0]) {
          %0: np.float64 = getitem %x, 0 {path=(('i',),)}
          %x.1: float64[n0] = setitem %x, 5.0, 0 {path=(('i',),)}
          %1: np.float64 = mul %0, 2.0
          return %1, %x.1
        }
        """
    assert run(text, np.array([1.0, 2.0]))[0] == 2.0


def test_a_line_knows_the_places_of_all_that_is_computed_in_it() -> None:
    found = emit_numpy(
        function(
            """
            func @f(%x: float) -> (float) {  // model.py:1
              %0: float = mul %x, %x  // model.py:2
              %1: float = add %0, 1.0  // model.py:3
              %y: float = mul %1, 2.0  // model.py:4
              return %y
            }
            """
        )
    )
    assert found.text == "def f(x):\n    y = (x * x + 1.0) * 2.0\n    return y\n"
    places = {k: [loc.line for loc in locs] for k, locs in found.lines.items()}
    assert places == {1: [1], 2: [4, 3, 2], 3: [4]}


def test_functions_beside_another_share_what_they_call() -> None:
    text = """
        func @NAME(%x: float) -> (float) {
          %0: float = call @square(%x)
          return %0
        }
        func @square(%x: float) -> (float) {
          %0: float = math.exp %x
          return %0
        }
        """
    main, other = (function(text.replace("NAME", name)) for name in ("main", "other"))
    (call,) = other.block.ops
    call.params = {"callee": main.block.ops[0].params["callee"]}
    found = emit_numpy(main, beside=[other])
    assert found.entry == "main"
    assert re.findall(r"^(?:def|import) (\w+)", found.text, re.M) == ["math", "square", "other", "main"]


@pytest.mark.parametrize("words", [1, 8, 30, 60])
def test_wrapping_loses_nothing(words: int) -> None:
    """A string that is longer than a line stays whole."""
    text = f'told(x, "{"word " * words}", {{"a + b": t}}, y)'
    lines = wrap(text, 8)
    assert "".join(line.strip() + " " for line in lines).split() == text.split()
