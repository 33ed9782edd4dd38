"""What nothing depends on goes; errors, effects and checks stay."""

from __future__ import annotations

import pytest

from pullback.ir.text import from_text, to_text
from pullback.ir.verify import verify
from pullback.passes.dce import dce
from tests.unit.passes_helper import PARAMS, becomes, program, stays

V = "float64[n0!]"
APART = PARAMS.replace("%y: float64[n0!]", "%y: float64[n1!]")


@pytest.mark.parametrize(
    "op",
    [
        f"%p: {V} = sin %x",
        f"%p: {V} = add %x, %y",
        f"%p: {V} = setitem %x, 0.0 {{path=(('e',),)}}",
        "%p: float = div %a, 2",
        "%p: np.float64 = getitem %x, %n {path=(('i',),)} checked",
        "%p: list[float] = list_new %a",
        f"%p: {V} = undef",
    ],
)
def test_unused_values_go(op: str) -> None:
    becomes(dce, f"{op}\nreturn %a: float", "return %a: float")


@pytest.mark.parametrize(
    "op",
    [
        "%p: float = div %a, %n",
        "%p: float = math.log %a",
        "%p: np.float64 = getitem %x, %n {path=(('i',),)}",
        "print %a",
        "raise {text='ValueError()'}",
        "assert %c",
        "defined %a",
        "check_one %x",
        "%p: int = pow %n, %n",
    ],
)
def test_errors_and_effects_stay(op: str) -> None:
    stays(dce, f"{op}\nreturn %a: float")


@pytest.mark.parametrize("op", ["add %x, %y", "div %x, %y", "pow %x, %y", "maximum %x, %y"])
def test_of_a_clash_of_shapes_the_check_stays(op: str) -> None:
    before = f"%p: float64[n2!] = {op}\n%q: float64[n2!] = sin %p\nreturn %a: float"
    becomes(dce, before, "check_shapes %x, %y\nreturn %a: float", params=APART)
    used = before.replace("return %a: float", "return %q: float64[n2!]")
    stays(dce, used, params=APART)


def test_checks_are_made_once_and_of_arrays_of_several_shapes() -> None:
    before = """
        %p: float64[n2!] = add %x, %y
        %q: float64[n2!] = mul %x, %y
        %r: float64[n2!] = where %m, %x, %y
        %s: float64[n0!] = where %m, %x, %u
        return %a: float
    """
    after = "check_shapes %x, %y\nreturn %a: float"
    becomes(dce, before, after, params=f"{APART}, %m: bool[n0!]")


def test_integer_powers_raise_for_other_reasons() -> None:
    params = "%i: int64[n0!], %j: int64[n1!]"
    stays(dce, "%p: int64[n2!] = pow %i, %j\nreturn", params=params)


def test_a_check_that_another_op_makes() -> None:
    before = """
        %p: float64[n2!] = add %x, %y
        %q: float64[n2!] = mul %x, %y
        return %q: float64[n2!]
    """
    after = "%q: float64[n2!] = mul %x, %y\nreturn %q: float64[n2!]"
    becomes(dce, before, after, params=APART)
    printed = before.replace("%q:", "print %a\n%q:", 1)
    after = f"check_shapes %x, %y\nprint %a\n{after}"
    becomes(dce, printed, after, params=APART)  # nothing may be printed before the error


DIVIDE = "%p: float = div %a, %b\n{between}%q: float = div 1.0, %b\nreturn RESULT: float"


def divisions(result: str, between: str = "") -> str:
    return DIVIDE.replace("RESULT", result).replace("{between}", between)


def test_one_division_is_enough_for_the_error() -> None:
    params = f"{PARAMS}, %b: float"
    p, q, _ = divisions("%q").splitlines()
    becomes(dce, divisions("%q"), f"{q}\nreturn %q: float", params=params)
    becomes(dce, divisions("%p"), f"{p}\nreturn %p: float", params=params)
    becomes(dce, divisions("%a"), f"{p}\nreturn %a: float", params=params)
    stays(dce, divisions("%q", "print %a\n"), params=params)
    stays(dce, divisions("%q").replace("div %a, %b", "div %a, %n"), params=params)


def test_sines_and_cosines_raise_alike() -> None:
    sine, cosine = "%p: float = math.sin %a", "%q: float = math.cos %a"
    becomes(dce, f"{sine}\n{cosine}\nreturn %q: float", f"{cosine}\nreturn %q: float")
    stays(dce, f"{sine}\n{cosine.replace('cos', 'exp')}\nreturn %q: float")


def test_a_division_in_a_block_does_not_answer_for_one_outside() -> None:
    body = """
        %p: float = div %a, %b
        %r: float = if %c {
          %q: float = div 1.0, %b
          yield %q
        } else {
          yield 0.0
        }
        return %r: float
    """
    stays(dce, body, params=f"{PARAMS}, %b: float")
    outside = body.replace("yield %q", "yield %a").replace("return %r", "return %p")
    becomes(dce, outside, "%p: float = div %a, %b\nreturn %p: float", params=f"{PARAMS}, %b: float")


# ---- branches


def test_unused_outputs_of_a_branch() -> None:
    before = """
        %p: float, %q: float = if %c {
          %r: float = mul %a, 2.0
          %s: float = mul %a, 3.0
          yield %r, %s
        } else {
          yield %a, 0.0
        }
        return %q: float
    """
    after = """
        %q: float = if %c {
          %s: float = mul %a, 3.0
          yield %s
        } else {
          yield 0.0
        }
        return %q: float
    """
    becomes(dce, before, after)


def test_a_branch_without_use() -> None:
    body = """
        %p: float = if %c {
          %r: float = mul %a, 2.0
          yield %r
        } else {
          yield 0.0
        }
        return %a: float
    """
    becomes(dce, body, "return %a: float")
    after = "if %c {\n  print %a\n} else {\n}\nreturn %a: float"
    becomes(dce, body.replace("yield %r", "print %a\n yield %r"), after)
    check = "%b: bool = bool %m\nreturn %a: float"
    func = from_text(program(body.replace("if %c", "if %m"), params=f"{PARAMS}, %m: bool[n0!]"))
    dce(func)
    expected = from_text(program(check.replace("%b", "%0"), params=f"{PARAMS}, %m: bool[n0!]"))
    assert to_text(verify(func)) == to_text(expected)


# ---- loops

LOOP = """
    %p: float, %q: float = for %i: int = 0, %n, 1 carry (%r: float = %a, %s: float = 1.0) {
      %e: float = mul %r, 2.0
      %f: float = mul %s, %r
      yield %e, %f
    }
    return RESULT: float
"""


def test_a_carry_that_only_feeds_itself() -> None:
    after = """
        %p: float = for %i: int = 0, %n, 1 carry (%r: float = %a) {
          %e: float = mul %r, 2.0
          yield %e
        }
        return %p: float
    """
    becomes(dce, LOOP.replace("RESULT", "%p"), after)
    stays(dce, LOOP.replace("RESULT", "%q"))
    becomes(dce, LOOP.replace("RESULT", "%a"), "return %a: float")


def test_a_dead_cycle_of_carries() -> None:
    before = LOOP.replace("yield %e, %f", "yield %f, %e").replace("RESULT", "%a")
    becomes(dce, before, "return %a: float")


def test_the_condition_to_go_on_is_live() -> None:
    body = """
        %p: float = for %i: int = 0, %n, 1 carry (%r: float = %a, %s: float = 1.0) exits {
          %f: float = mul %s, 2.0
          %g: bool = lt %f, %a
          %e: float = mul %r, 2.0
          yield %g, %e, %f
        }
        return %p: float
    """
    stays(dce, body.replace("%p: float =", "%p: float, %q: float ="))


def test_a_loop_kept_for_its_errors() -> None:
    body = """
        %p: float = for %i: int = 0, %n, 1 carry (%r: float = %a) {
          %g: np.float64 = getitem %x, %i {path=(('i',),)}
          %e: float = mul %r, 2.0
          yield %e
        }
        return %a: float
    """
    after = """
        for %i: int = 0, %n, 1 {
          %g: np.float64 = getitem %x, %i {path=(('i',),)}
        }
        return %a: float
    """
    becomes(dce, body, after)


def test_a_while_stays_with_what_ends_it() -> None:
    before = """
        %p: float, %q: float, %r: int = while carry (%d: float = %a, %e: float = %a, %k: int = 0) {
          %g: bool = lt %k, %n
          yield %g
        } do (%d.1: float, %e.1: float, %k.1: int) {
          %h: float = mul %d.1, 2.0
          %j: float = mul %e.1, %d.1
          %l: int = add %k.1, 1
          yield %h, %j, %l
        }
        return %p: float
    """
    after = """
        %p: float, %r: int = while carry (%d: float = %a, %k: int = 0) {
          %g: bool = lt %k, %n
          yield %g
        } do (%d.1: float, %k.1: int) {
          %h: float = mul %d.1, 2.0
          %l: int = add %k.1, 1
          yield %h, %l
        }
        return %p: float
    """
    becomes(dce, before, after)
    func = from_text(program(before.replace("return %p: float", "return %a: float")))
    dce(func)
    (loop,) = verify(func).block.ops
    assert [v.name for v in loop.outputs] == ["r"]


def test_a_stack_that_is_never_read() -> None:
    before = """
        %l: T = list_new
        %p: float, %m: T = for %i: int = 0, 9, 1 carry (%r: float = %a, %s: T = %l) {
          %e: float = mul %r, 2.0
          %t: T = list_push %s, %e
          yield %e, %t
        }
        return %p: float
    """
    after = """
        %p: float = for %i: int = 0, 9, 1 carry (%r: float = %a) {
          %e: float = mul %r, 2.0
          yield %e
        }
        return %p: float
    """
    becomes(dce, before.replace(": T", ": list[float]"), after)


# ---- calls and marks


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("%r: float = mul %a, %a\nreturn %r: float", False),
        ("%r: float = math.log %a\nreturn %r: float", True),
        ("print %a\nreturn %a: float", True),
        ("%r: float = call @g(%a)\nreturn %r: float", True),  # may never return
        ("%r: float = call @h(%a)\nreturn %r: float", False),
        ("mark {text='backward'}\nreturn %a: float", False),
        ("while {\n yield %c\n} do {\n}\nreturn %a: float", True),
    ],
)
def test_unused_calls(body: str, kept: bool) -> None:
    params = "%a: float, %c: bool" if "%c" in body else "%a: float"
    given = "%a, %c" if "%c" in body else "%a"
    main = program(f"%r: float = call @g({given})\nreturn %a: float")
    helper = program("return %a: float", "@h", "%a: float") if "@h" in body else ""
    func = verify(from_text(main + program(body, "@g", params) + helper))
    dce(func)
    assert bool(verify(func).block.ops) == kept


def test_the_mark_goes_if_nothing_follows() -> None:
    before = f"%p: {V} = sin %x\nmark {{text='backward'}}\n%q: {V} = cos %x\nreturn %p: {V}"
    becomes(dce, before, f"%p: {V} = sin %x\nreturn %p: {V}")
    stays(dce, before.replace("return %p", "return %q").replace(f"%p: {V} = sin %x\n", ""))
