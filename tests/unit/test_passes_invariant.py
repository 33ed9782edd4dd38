"""Outputs of loops and branches that are equal to a value from outside are replaced by it."""

from __future__ import annotations

from pullback.passes.invariant import drop_invariant
from tests.unit.passes_helper import becomes, stays

LOOP = """
    %p: float, %q: float, %r: float = for %i: int = 0, %n, 1 carry (CARRIES) {
      %e: float = mul %s, %t
      %f: float = mul %e, %w
      yield YIELDS
    }
    %g: float = mul %p, %q
    return %g: float, %r: float
"""
CARRIES = "%s: float = %a, %t: float = 2.0, %w: float = %a"


def loop(yields: str) -> str:
    return LOOP.replace("CARRIES", CARRIES).replace("YIELDS", yields)


def test_carries_that_stay() -> None:
    after = """
        %r: float = for %i: int = 0, %n, 1 carry (%w: float = %a) {
          %e: float = mul %a, 2.0
          %f: float = mul %e, %w
          yield %f
        }
        %g: float = mul %a, 2.0
        return %g: float, %r: float
    """
    becomes(drop_invariant, loop("%s, %t, %f"), after)
    becomes(drop_invariant, loop("%a, 2.0, %f"), after)


def test_carries_that_change() -> None:
    stays(drop_invariant, loop("%e, %f, %f"))
    stays(drop_invariant, loop("%t, %s, %e"))  # swapped
    stays(drop_invariant, loop("%e, -2.0, %f"))


def test_one_carry_that_stays_lets_another_stay() -> None:
    before = loop("%w, %e, %w")
    after = """
        %q: float = for %i: int = 0, %n, 1 carry (%t: float = 2.0) {
          %e: float = mul %a, %t
          %f: float = mul %e, %a
          yield %e
        }
        %g: float = mul %a, %q
        return %g: float, %a: float
    """
    becomes(drop_invariant, before, after)


def test_an_inner_loop_lets_the_outer_carry_stay() -> None:
    before = """
        %p: float = for %i: int = 0, %n, 1 carry (%q: float = %a) {
          %r: float = for %j: int = 0, %n, 1 carry (%s: float = %q) {
            print %s
            yield %s
          }
          yield %r
        }
        return %p: float
    """
    after = """
        for %i: int = 0, %n, 1 {
          for %j: int = 0, %n, 1 {
            print %a
          }
        }
        return %a: float
    """
    becomes(drop_invariant, before, after)


def test_the_condition_of_a_while_sees_the_value() -> None:
    before = """
        %p: float, %q: int = while carry (%s: float = %a, %k: int = 0) {
          %g: bool = lt %k, %s
          yield %g
        } do (%t: float, %l: int) {
          %m: int = add %l, 1
          yield %t, %m
        }
        return %p: float, %q: int
    """
    after = """
        %q: int = while carry (%k: int = 0) {
          %g: bool = lt %k, %a
          yield %g
        } do (%l: int) {
          %m: int = add %l, 1
          yield %m
        }
        return %a: float, %q: int
    """
    becomes(drop_invariant, before, after)


def test_exits_are_no_carries() -> None:
    before = """
        %p: float, %q: float = for %i: int = 0, 9, 1 carry (%s: float = %a, %t: float = 1.0) exits {
          %e: float = mul %s, %t
          %g: bool = lt %e, 9.0
          yield %g, %s, %e
        }
        return %p: float, %q: float
    """
    after = """
        %q: float = for %i: int = 0, 9, 1 carry (%t: float = 1.0) exits {
          %e: float = mul %a, %t
          %g: bool = lt %e, 9.0
          yield %g, %e
        }
        return %a: float, %q: float
    """
    becomes(drop_invariant, before, after)


BRANCH = """
    %p: float, %q: float, %r: bool = if %c {
      %e: float = mul %a, 2.0
      yield LEFT
    } else {
      %f: float = mul %a, 2.0
      yield RIGHT
    }
    return %p: float, %q: float, %r: bool
"""


def branch(left: str, right: str) -> str:
    return BRANCH.replace("LEFT", left).replace("RIGHT", right)


def test_both_branches_yield_the_same() -> None:
    after = """
        %q: float = if %c {
          %e: float = mul %a, 2.0
          yield %e
        } else {
          %f: float = mul %a, 2.0
          yield %f
        }
        return %a: float, %q: float, %c: bool
    """
    becomes(drop_invariant, branch("%a, %e, True", "%a, %f, False"), after)
    after = after.replace("%c: bool", "True: bool").replace("return %a", "return 1.0")
    becomes(drop_invariant, branch("1.0, %e, True", "1.0, %f, True"), after)


def test_branches_that_differ() -> None:
    stays(drop_invariant, branch("0.0, %e, False", "-0.0, 1.0, True"))


ORDERED = """
    %y = for %k: int = 0, %n, 1 carry (%p: float64[n0!] = BEFORE) {
      %q: float64[n0!] = in_c_order %p
      %r: float64[n0!] = add_at THERE, 1.0, %k {path=(('i',),)}
      yield LEFT
    }
    return %y: float64[n0!]
"""


def ordered(before: str, there: str, left: str = "%r") -> str:
    return ORDERED.replace("BEFORE", before).replace("THERE", there).replace("LEFT", left)


def test_arrays_are_laid_out_before_a_loop() -> None:
    params = "%n: int, %x: float64[n0!]"
    loop = ordered("BEFORE", "%p").replace("%p", "%p.1").replace("BEFORE", "%p")
    after = f"%p: float64[n0!] = in_c_order %x\n{loop}"
    becomes(drop_invariant, ordered("%x", "%q"), after, params=params)


def test_what_is_laid_out_anew_in_each_pass() -> None:
    other = ORDERED.replace("yield LEFT", "%t: float64[n0!] = sin %r\n      yield %t")
    body = other.replace("BEFORE", "%x").replace("THERE", "%q")
    stays(drop_invariant, body, params="%n: int, %x: float64[n0!]")
