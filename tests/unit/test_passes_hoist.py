"""Loop invariants are computed before the loop, where nobody can tell."""

from __future__ import annotations

import numpy as np
import pytest

from pullback import grad
from pullback.passes.hoist import hoist
from tests.unit.passes_helper import PARAMS, V, becomes, stays


def loop(body: str, head: str = "for %i: int = 0, %n, 1") -> str:
    """A loop with one carry, which the body yields as ``%r``."""
    return f"""
        %p: float = {head} carry (%q: float = %a) {{
          {body}
          yield %r
        }}
        return %p: float
    """


def moved(before: str, *body: str, head: str = "for %i: int = 0, %n, 1") -> str:
    """What is computed first, then the loop."""
    return before + loop("\n".join(body), head)


PRODUCT = "%e: float = mul %a, %a"
SUM = "%r: float = add %q, %e"


def test_arithmetic_on_numbers() -> None:
    becomes(hoist, loop(f"{PRODUCT}\n{SUM}"), moved(PRODUCT, SUM))


def test_what_depends_on_the_loop_stays() -> None:
    stays(hoist, loop(f"%e: float = mul %a, %q\n{SUM}"))
    stays(hoist, loop(f"%e: float = mul %a, %i\n{SUM}"))


def test_indices_and_sizes_move_only_along() -> None:
    stays(hoist, loop("%e: int = add %n, 1\n%f: int = dim %x {axis=0}\n%g: int = mul %e, %f\n"
                      "%h: int = add %g, %i\n%r: float = add %q, %h"))  # fmt: skip
    chain = "%e: int = add %n, 1\n%f: float = mul %e, %a"
    rest = "%g: int = mul %e, %i\n%h: float = add %g, %f\n%r: float = add %q, %h"
    becomes(hoist, loop(f"{chain}\n{rest}"), moved(chain, rest))


def test_what_may_raise_stays_where_the_loop_may_not_run() -> None:
    stays(hoist, loop("%e: float = div %a, %a\n%r: float = add %q, %e"))
    stays(hoist, loop("%e: float = div %a, %a checked\n%r: float = add %q, %e"))


DIVISION = "%e: float = div %a, %a"


@pytest.mark.parametrize("head", ["for %i: int = 0, 3, 1", "for %i: int = 3, 0, -1"])
def test_what_may_raise_moves_where_the_loop_runs(head: str) -> None:
    becomes(hoist, loop(f"{DIVISION}\n{SUM}", head), moved(DIVISION, SUM, head=head))


def test_a_loop_over_an_empty_range_never_runs() -> None:
    stays(hoist, loop(f"{DIVISION}\n{SUM}", "for %i: int = 3, 3, 1"))


@pytest.mark.parametrize("first", ["%f: float = div 1.0, %q", "print %q"])
def test_errors_stay_behind_errors_and_effects(first: str) -> None:
    stays(hoist, loop(f"{first}\n{DIVISION}\n{SUM}", "for %i: int = 0, 3, 1"))
    cheap = loop(f"{first}\n{PRODUCT}\n{SUM}", "for %i: int = 0, 3, 1")
    becomes(hoist, cheap, moved(PRODUCT, first, SUM, head="for %i: int = 0, 3, 1"))


def test_arrays_leave_only_loops_that_run() -> None:
    square = f"%e: {V} = mul %x, %x"
    total = "%f: np.float64 = sum %e {axis=None, keepdims=False}\n%r: float = add %q, %a"
    stays(hoist, loop(f"{square}\n{total}"))
    body, _, rest = total.partition("\n")
    before, head = f"{square}\n{body}", "for %i: int = 0, 3, 1"
    becomes(hoist, loop(f"{square}\n{total}", head), moved(before, rest, head=head))


def test_out_of_branches_goes_what_costs_nothing() -> None:
    before = loop("""%r: float = if %c {
        %e: float = mul %a, %a
        %f: float = add %e, %q
        yield %f
      } else {
        %g: float = div %a, %a
        yield %g
      }""")
    after = """
        %e: float = mul %a, %a
        """ + loop("""%r: float = if %c {
        %f: float = add %e, %q
        yield %f
      } else {
        %g: float = div %a, %a
        yield %g
      }""")
    becomes(hoist, before, after)


def test_out_of_all_loops() -> None:
    def nested(outer: str, middle: str, inner: str) -> str:
        return f"""
            {outer}
            %p: float = for %i: int = 0, %n, 1 carry (%q: float = %a) {{
              {middle}
              %s: float = for %j: int = 0, %i, 1 carry (%t: float = %q) {{
                {inner}
                %w: float = mul %f, %t
                yield %w
              }}
              yield %s
            }}
            return %p: float
        """

    by_q = "%f: float = mul %e, %q"
    becomes(hoist, nested("", "", f"{PRODUCT}\n{by_q}"), nested(PRODUCT, by_q, ""))


def test_the_condition_of_a_while_runs_at_least_once() -> None:
    def loops(outer: str, cond: str, body: str) -> str:
        return f"""
            {outer}
            %p: float = while carry (%q: float = %a) {{
              {cond}
              %g: bool = lt %q, %e
              yield %g
            }} do (%s: float) {{
              {body}
              %t: float = add %s, %f
              yield %t
            }}
            return %p: float
        """

    by_two, inverse = "%f: float = mul %a, 2.0", "%f: float = div 2.0, %a"
    becomes(hoist, loops("", DIVISION, by_two), loops(f"{DIVISION}\n{by_two}", "", ""))
    becomes(hoist, loops("", PRODUCT, inverse), loops(PRODUCT, "", inverse))


UNSET = """
    %z: float = if %c {
      yield %a
    } else {
      %d: float = undef
      yield %d
    }
"""


def test_what_may_be_unset_is_not_touched_before_its_time() -> None:
    product = "%e: float = mul %z, %a"
    stays(hoist, UNSET + loop(f"{product}\n{SUM}"))
    guarded = loop(f"print %q\n{product}\n{SUM}", "for %i: int = 0, 3, 1")
    stays(hoist, UNSET + guarded)
    becomes(hoist, UNSET + loop(f"{product}\n{SUM}", "for %i: int = 0, 3, 1"),
            UNSET + moved(product, SUM, head="for %i: int = 0, 3, 1"))  # fmt: skip


@pytest.mark.parametrize(
    "use",
    [
        "%f: V = setitem %e, %a, %i {path=(('i',),)}",
        "%g: list[V] = list_push %l, %e",
        "%g: list[V] = list_new %e",
    ],
)
def test_memory_that_is_written_or_kept_is_made_in_each_pass(use: str) -> None:
    text = """
        %p: list[V] = for %i: int = 0, 3, 1 carry (%l: list[V] = %k) {
          %e: V = zeros_like %x
          USE
          yield %l
        }
        return %p: list[V]
    """
    params = f"{PARAMS}, %k: list[{V}]"
    stays(hoist, text.replace("USE", use).replace("V", V), params=params)


# ---- in whole programs


def repeated(x, a, b, n):
    total = 0.0
    for _ in range(n):
        total += a / b * x
    return total


def guarded(x, a, b, n):
    total = 0.0
    for _ in range(n):
        if b != 0.0:
            total += a / b * x
        total += x
    return total


def sometimes_set(x, flag, n):
    if flag:
        z = x * 2.0
    total = x
    for _ in range(n):
        if flag:
            total = total + z * 3.0
    return total


def wide(x, w):
    total = 0.0
    for k in range(3):
        total += np.sum(np.exp(w) * x) * k
    return total


def test_errors_come_when_the_function_raises_and_only_then() -> None:
    derivative = grad(repeated)
    assert derivative(2.0, 1.0, 4.0, 3) == 0.75
    assert derivative(2.0, 1.0, 0.0, 0) == 0.0
    with pytest.raises(ZeroDivisionError):
        derivative(2.0, 1.0, 0.0, 1)
    assert grad(guarded)(2.0, 1.0, 0.0, 2) == 2.0


def test_unset_variables_stay_unread() -> None:
    derivative = grad(sometimes_set)
    assert [derivative(1.0, True, 2), derivative(1.0, False, 2)] == [13.0, 1.0]


def test_an_invariant_of_the_user_is_computed_once() -> None:
    derivative = grad(wide)
    x = np.arange(3.0)
    np.testing.assert_allclose(derivative(x, x), 3 * np.exp(x))
    assert derivative.source.count("np.exp") == 1
    assert derivative.source.index("np.exp") < derivative.source.index("for ")
