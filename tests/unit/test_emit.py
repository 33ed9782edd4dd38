"""The text that the NumPy backend emits: exact for small functions, and what it computes when run."""

from __future__ import annotations

import math
import textwrap
from typing import Any

import numpy as np
import pytest

import pullback.rules  # noqa: F401  (fills the table)
from pullback.backend.load import load
from pullback.backend.numpy_ import emit_numpy
from pullback.ir.core import Const, Func, Var, walk
from pullback.ir.text import from_text
from pullback.ir.types import PY_FLOAT, Array, fresh_sym
from pullback.ir.verify import verify


def function(text: str) -> Func:
    """A function from IR text, which may leave out the flags of loops."""
    text = textwrap.dedent(text).strip().replace(")\n->", ") ->")
    func = verify(from_text(text + "\n"))
    for op in walk(func.block):
        if op.name in ("for", "while"):
            op.params = {"exits": False, "reverse": False, **op.params}
    return func


def emitted(text: str) -> str:
    """The functions of the emitted text, without its imports."""
    found = emit_numpy(function(text)).text
    return found[found.index("def ") :]


def check(text: str, expected: str) -> None:
    assert emitted(text) == textwrap.dedent(expected).lstrip()


def run(text: str, *args: Any) -> Any:
    return load(emit_numpy(function(text)), "<test emit>")(*args)


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


# ---- control flow


def test_range_forms() -> None:
    def loop(start: str, stop: str, step: str, flags: str = "") -> str:
        text = f"""
            func @f(%a: int, %n: int, %s: int) -> () {{
              for %i: int = {start}, {stop}, {step} {flags} {{
                print %i
              }}
            }}
            """
        return emitted(text).splitlines()[1].strip()

    assert loop("0", "%n", "1") == "for i in range(n):"
    assert loop("%a", "%n", "1") == "for i in range(a, n):"
    assert loop("0", "%n", "2") == "for i in range(0, n, 2):"
    assert loop("0", "%n", "1", "reverse") == "for i in range(n - 1, -1, -1):"
    assert loop("0", "10", "1", "reverse") == "for i in range(9, -1, -1):"
    assert loop("%a", "%n", "1", "reverse") == "for i in range(n - 1, a - 1, -1):"
    assert loop("%n", "%a", "-1", "reverse") == "for i in range(a + 1, n + 1):"
    assert loop("%a", "%n", "%s", "reverse") == "for i in reversed(range(a, n, s)):"


def test_break_in_a_last_branch() -> None:
    check(
        """
        func @find(%x: float, %n: int) -> (float) {
          %s = for %i: int = 0, %n, 1 carry (%s.1: float = 0.0) exits {
            %s.2: float = add %s.1, %x
            %0: bool = gt %s.2, 10.0
            %go: bool, %s.4: float = if %0 {
              yield False, %s.2
            } else {
              %s.3: float = mul %s.2, %x
              yield True, %s.3
            }
            yield %go, %s.4
          }
          return %s
        }
        """,
        """
        def find(x, n):
            s = 0.0
            for _ in range(n):
                s += x
                if s > 10.0:
                    break
                s *= x
            return s
        """,
    )


def test_a_branch_that_leaves_comes_first() -> None:
    found = emitted(
        """
        func @find(%x: float, %n: int) -> (float) {
          %s = for %i: int = 0, %n, 1 carry (%s.1: float = 0.0) exits {
            %0: bool = lt %s.1, 10.0
            %go: bool, %s.4: float = if %0 {
              %s.3: float = add %s.1, %x
              yield True, %s.3
            } else {
              yield False, %s.1
            }
            yield %go, %s.4
          }
          return %s
        }
        """
    )
    assert "        if not s < 10.0:\n            break\n        s += x\n" in found


def test_a_flag_is_tested_with_the_values_before_the_moves() -> None:
    """What decides was computed from a carry that the end of the pass changes."""
    text = """
        func @f(%n: int) -> (int, int) {
          %a, %k = for %i: int = 0, %n, 1 carry (%a.1: int = 3, %k.1: int = 0) exits {
            %0: bool = lt %i, %a.1
            %k.2: int = add %k.1, 1
            yield %0, 0, %k.2
          }
          return %a, %k
        }
        """
    assert run(text, 5) == (0, 2)


def test_while_with_a_plain_condition() -> None:
    check(
        """
        func @newton(%a: float, %x0: float) -> (float) {
          %x.3 = while carry (%x: float = %x0) {
            %0: float = mul %x, %x
            %1: float = sub %0, %a
            %2: bool = gt %1, 1e-09
            yield %2
          } do (%x.1: float) {
            %3: float = div %a, %x.1
            %4: float = add %x.1, %3
            %x.2: float = mul 0.5, %4
            yield %x.2
          }
          return %x.3
        }
        """,
        """
        def newton(a, x0):
            x = x0
            while x * x - a > 1e-09:
                x = 0.5 * (x + a / x)
            return x
        """,
    )


def test_while_with_statements_in_its_condition() -> None:
    check(
        """
        func @f(%x: float) -> (float) {
          %x.3 = while carry (%x.1: float = %x) {
            %y: float = mul %x.1, 2.0
            print %y
            %2: bool = lt %y, 9.0
            yield %2
          } do (%x.4: float) {
            %x.2: float = add %x.4, 1.0
            yield %x.2
          }
          return %x.3
        }
        """,
        """
        def f(x):
            while True:
                y = x * 2.0
                print(y)
                if not y < 9.0:
                    break
                x += 1.0
            return x
        """,
    )


def test_early_returns_and_elif() -> None:
    check(
        """
        func @f(%x: float, %n: int) -> (float) {
          %0: bool = eq %n, 0
          %r: float = if %0 {
            yield 1.0
          } else {
            %1: int = sub %n, 1
            %2: float = call @f(%x, %1)
            %3: float = mul %x, %2
            yield %3
          }
          return %r
        }
        """,
        """
        def f(x, n):
            if n == 0:
                return 1.0
            return x * f(x, n - 1)
        """,
    )
    check(
        """
        func @g(%x: float, %n: int) -> (float) {
          %0: bool = eq %n, 0
          %y: float = if %0 {
            %y.1: float = math.sin %x
            yield %y.1
          } else {
            %1: bool = eq %n, 1
            %y.2: float = if %1 {
              %y.3: float = math.cos %x
              yield %y.3
            } else {
              yield %x
            }
            yield %y.2
          }
          print %y
          return %y
        }
        """,
        """
        def g(x, n):
            if n == 0:
                y = math.sin(x)
            elif n == 1:
                y = math.cos(x)
            else:
                y = x
            print(y)
            return y
        """,
    )


def test_conditional_expressions() -> None:
    def select(then: str, orelse: str) -> str:
        text = f"""
            func @f(%x: float, %c: bool, %d: bool) -> (bool) {{
              %y: bool = if %c {{
                yield {then}
              }} else {{
                yield {orelse}
              }}
              print %x
              return %y
            }}
            """
        return emitted(text).splitlines()[1].strip()

    assert select("%d", "False") == "y = c and d"
    assert select("True", "%d") == "y = c or d"
    assert select("False", "True") == "y = not c"
    assert select("False", "%d") == "y = False if c else d"


def test_a_branch_without_a_first_side_is_turned_round() -> None:
    check(
        """
        func @f(%x: float, %c: bool) -> (float) {
          %x.2: float = if %c {
            yield %x
          } else {
            %x.1: float = math.sin %x
            yield %x.1
          }
          print %x.2
          return %x.2
        }
        """,
        """
        def f(x, c):
            if not c:
                x = math.sin(x)
            print(x)
            return x
        """,
    )


def test_raise_assert_and_print() -> None:
    check(
        """
        func @f(%x: float, %c: bool) -> (float) {
          if %c {
            %0: text = format %x {template=('bad: ', ('!r', ''))}
            raise %0 {exception='ValueError'}
          } else {
          }
          %1: bool = gt %x, 0.0
          assert %1, 'positive'
          print 'x', %x {end=''}
          return %x
        }
        """,
        """
        def f(x, c):
            if c:
                raise ValueError(f"bad: {x!r}")
            assert x > 0.0, "positive"
            print("x", x, end="")
            return x
        """,
    )


def test_an_error_stays_before_an_effect() -> None:
    text = """
        func @f(%x: float, %y: float) -> (float) {
          %0: float = div %x, %y
          print %x
          %1: float = add %0, %x
          return %1
        }
        """
    check(
        text,
        """
        def f(x, y):
            t = x / y
            print(x)
            return t + x
        """,
    )


# ---- values that may be undefined

SLOT = """
    func @f(%x: float, %c: bool) -> (float) {{
      %h: float = if %c {{
        %h.1: float = math.exp %x
        yield %h.1
      }} else {{
        %0: float = undef
        yield %0
      }}
      {use}
    }}
    """


def test_a_slot_that_only_the_same_branch_reads_needs_no_none() -> None:
    use = """
      %1: float = if %c {
        %2: float = mul %h, %x
        yield %2
      } else {
        yield %x
      }
      return %1
    """
    check(
        SLOT.format(use=use),
        """
        def f(x, c):
            if c:
                h = math.exp(x)
            if c:
                return h * x
            return x
        """,
    )


def test_what_looks_at_an_undefined_value_sees_none() -> None:
    use = """
      defined %h {name='h'}
      return %h
    """
    found = emitted(SLOT.format(use=use))
    assert "    else:\n        h = None\n    if h is None:\n        raise UnboundLocalError(" in found
    with pytest.raises(UnboundLocalError, match="h"):
        run(SLOT.format(use=use), 1.0, False)
    assert run(SLOT.format(use=use), 1.0, True) == math.e


# ---- functions


def test_calls_pack_and_unpack() -> None:
    check(
        """
        func @main(%x: float) -> (float, float) {
          %y: float, %residuals: record<f> = call @f_forward(%x)
          %x_bar: float = call @f_backward(%residuals, %y)
          print %x_bar
          return %y, %x_bar
        }
        func @f_backward(%residuals: record<f>, %y_bar: float) -> (float) {
          %x: float, %t: float, %0: text = unpack %residuals
          %1: float = mul %y_bar, %x
          return %1
        }
        func @f_forward(%x: float) -> (float, record<f>) {
          %0: float = math.sin %x
          %residuals: record<f> = pack %x, %0, None
          return %0, %residuals
        }
        """,
        """
        def f_forward(x):
            t = math.sin(x)
            return t, (x, t, None)


        def f_backward(residuals, y_bar):
            x, _, _ = residuals
            return y_bar * x


        def main(x):
            y, residuals = f_forward(x)
            x_bar = f_backward(residuals, y)
            print(x_bar)
            return y, x_bar
        """,
    )


def test_trees_of_arguments_and_results() -> None:
    func = function(
        """
        func @f(%a: float, %b: float, %W1: float, %unused: float, %c: float) -> (float, float) {
          %0: float = mul %a, %b
          %1: float = add %W1, %c
          return %0, %1
        }
        """
    )
    a, b, W1, unused, c = func.params
    func.arguments = [("w", (a, (b, unused))), ("params", {"W1": W1, "c": [c]}), ("mode", Const("m"))]
    func.returns = {"first": 0, "rest": [1, Const(0)]}
    func.doc = "What it does."
    found = emit_numpy(func)
    assert (
        found.text
        == textwrap.dedent(
            """
        def f(w, params, mode):
            \"\"\"What it does.\"\"\"
            a, (b, _) = w
            W1 = params["W1"]
            (c,) = params["c"]
            return {"first": a * b, "rest": [W1 + c, 0]}
        """
        ).lstrip()
    )
    got = load(found, "<trees>")((2.0, (3.0, 0.0)), {"W1": 1.0, "c": [4.0]}, "m")
    assert got == {"first": 6.0, "rest": [5.0, 0]}


def test_comments_name_the_users_line_in_the_backward_sweep() -> None:
    found = emit_numpy(
        function(
            """
            func @f(%x: float) -> (float) {  // model.py:1
              %y: float = mul %x, %x  // model.py:2
              print %y  // model.py:2
              mark {text='backward'}
              %a: float = mul %y, 2.0  // model.py:3
              %b: float = mul %a, %a  // model.py:3
              print %b, %b, %a  // model.py:4
              return %b
            }
            """
        ),
        header="made by hand",
    )
    assert (
        found.text
        == textwrap.dedent(
            """
        # made by hand


        def f(x):
            y = x * x
            print(y)
            # backward
            a = y * 2.0  # line 3
            b = a * a
            print(b, b, a)  # line 4
            return b
        """
        ).lstrip()
    )
    places = {k: loc.line for k, loc in found.lines.items()}
    assert places == {4: 1, 5: 2, 6: 2, 8: 3, 9: 3, 10: 4, 11: 4}


def test_only_what_is_used_is_imported() -> None:
    n = fresh_sym()
    x = Var(Array("float", "float64", (n,)), "x")
    from pullback.ir.build import Builder
    from pullback.ir.core import Block

    b = Builder()
    with b.block([x]) as block:
        block.results = [b.one("masked_mul", x, x)]
    func = Func("f", block)
    imported = emit_numpy(func)
    assert imported.text.startswith("from pullback.backend.runtime import masked_mul\n\n\ndef f(x):")
    assert imported.helpers == ("masked_mul",)
    pasted = emit_numpy(func, standalone=True)
    assert "pullback" not in pasted.text
    assert pasted.text.startswith("import numpy as np\n\n\ndef masked_mul(g, p):\n")
    namespace: dict[str, Any] = {}
    exec(pasted.text, namespace)
    assert np.array_equal(namespace["f"](np.array([0.0, 2.0])), [0.0, 4.0])
    assert "import" not in emit_numpy(Func("g", Block([y := Var(PY_FLOAT, "y")], [], [y]))).text
