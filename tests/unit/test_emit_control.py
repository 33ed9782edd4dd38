"""The text of control flow and of whole functions: exact for small ones, and what it computes."""

from __future__ import annotations

import math
import textwrap
from typing import Any

import numpy as np
import pytest

from pullback.backend.load import load
from pullback.backend.numpy_ import emit_numpy
from pullback.ir.build import Builder
from pullback.ir.core import Block, Const, Func, Var
from pullback.ir.types import PY_FLOAT, Array, fresh_sym
from tests.unit.emit_text import check, emitted, function, run

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
    places = {k: [loc.line for loc in locs] for k, locs in found.lines.items()}
    assert places == {4: [1], 5: [2], 6: [2], 8: [3], 9: [3], 10: [4], 11: [4]}


def test_only_what_is_used_is_imported() -> None:
    n = fresh_sym()
    x = Var(Array("float", "float64", (n,)), "x")
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
