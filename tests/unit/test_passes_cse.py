"""What was computed is not computed again, where nobody can tell."""

from __future__ import annotations

import pytest

from pullback.ir.text import from_text
from pullback.passes.cse import cse
from tests.unit.passes_helper import becomes, program, stays

V = "float64[n0!]"


def twice(first: str, second: str, t: str = V) -> str:
    return f"%p: {t} = {first}\n%q: {t} = {second}\n%r: {t} = add %p, %q\nreturn %r: {t}"


@pytest.mark.parametrize(
    ("op", "t"),
    [
        ("sin %x", V),
        ("mul %u, 2.0", "np.float64"),
        ("getitem %x, %n {path=(('i',),)}", "np.float64"),
        ("zeros_like %x", V),
        ("div %a, %a", "float"),  # raises the first time
    ],
)
def test_the_same_op_is_merged(op: str, t: str) -> None:
    after = f"%p: {t} = {op}\n%r: {t} = add %p, %p\nreturn %r: {t}"
    becomes(cse, twice(op, op, t), after)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("mul %x, 0.0", "mul %x, -0.0"),
        ("mul %x, 1", "mul %x, 1.0"),
        ("mul %x, 1", "mul %x, True"),
        ("sub %x, %y", "sub %y, %x"),
        ("transpose %x {axes=(0,)}", "transpose %x {axes=None}"),
    ],
)
def test_different_ops_are_not(first: str, second: str) -> None:
    stays(cse, twice(first, second))


def test_how_it_is_spelled_does_not_matter() -> None:
    before = twice("mul %x, %y {spelling='operator'}", "mul %x, %y {spelling='method'}")
    after = f"%p: {V} = mul %x, %y {{spelling='operator'}}\n%r: {V} = add %p, %p\nreturn %r: {V}"
    becomes(cse, before, after)


def test_the_first_name_stays_or_the_second_is_taken() -> None:
    named = twice("sin %x", "sin %x")
    unnamed = named.replace("%p", "%0")
    after = f"%q: {V} = sin %x\n%r: {V} = add %q, %q\nreturn %r: {V}"
    becomes(cse, unnamed, after)


def test_checked_only_if_both_are() -> None:
    op = "getitem %x, %n {path=(('i',),)}"
    for first, second in [("", ""), (" checked", ""), ("", " checked"), (" checked", " checked")]:
        func = from_text(program(twice(op + first, op + second, "np.float64")))
        cse(func)
        assert func.block.ops[0].checked == bool(first and second)


def test_effects_allocations_and_writes_stay() -> None:
    stays(cse, twice("undef", "undef"))
    stays(cse, "print %x\nprint %x\nreturn")
    body = f"""
        %p: {V} = setitem %x, 0.0, 0 {{path=(('i',),)}}
        %q: {V} = setitem %x, 0.0, 0 {{path=(('i',),)}}
        return %p: {V}, %q: {V}
    """
    stays(cse, body)
    lists = "%p: list[float] = list_new %a\n%q: list[float] = list_new %a\n"
    stays(cse, f"{lists}return %p: list[float], %q: list[float]")


def test_fresh_memory_that_is_written_stays_apart() -> None:
    body = f"""
        %p: {V} = zeros_like %x
        %q: {V} = zeros_like %x
        %r: {V} = setitem %p, 1.0, 0 {{path=(('i',),)}}
        %s: {V} = add %r, %q
        return %s: {V}
    """
    stays(cse, body)


def test_elements_that_are_added_to_in_place_stay_apart() -> None:
    body = f"""
        %p: {V} = zeros_like %x
        %q: {V} = zeros_like %x
        %l: list[{V}] = list_new %p, %q
        %m: list[{V}] = list_add_at %l, 0, %y
        %r: {V} = list_get %m, 1
        %s: {V} = sin %r
        return %s: {V}
    """
    stays(cse, body)


def test_results_stay_apart() -> None:
    stays(cse, f"%p: {V} = sin %x\n%q: {V} = sin %x\nreturn %p: {V}, %q: {V}")
    three = f"%p: {V} = sin %x\n%q: {V} = sin %x\n%r: {V} = sin %x\n"
    after = f"%p: {V} = sin %x\n%r: {V} = sin %x\nreturn %p: {V}, %r: {V}"
    becomes(cse, f"{three}return %q: {V}, %r: {V}", after)


VIEWS = """
    %d: float64[n1] = getitem %x, 1 {path=((('s', True, False, False),),)}
    %w: float64[n1] = getitem %x, 1 {path=((('s', True, False, False),),)}
    %m: float64[n1] = mul %d, %w
"""


def test_views_of_what_stays_are_merged() -> None:
    after = VIEWS.replace(VIEWS.strip().splitlines()[1].strip(), "").replace("%d, %w", "%d, %d")
    becomes(cse, f"{VIEWS}return %m: float64[n1]", f"{after}return %m: float64[n1]")


def test_views_of_what_is_overwritten_are_not() -> None:
    """Holding a view longer would force a copy."""
    body = f"""
        %z: {V} = sin %x
        %d: float64[n1] = getitem %z, 1 {{path=((('s', True, False, False),),)}}
        %s: np.float64 = sum %d {{axis=None, keepdims=False}}
        %w: float64[n1] = getitem %z, 1 {{path=((('s', True, False, False),),)}}
        %t: np.float64 = max %w {{axis=None, keepdims=False}}
        %z1: {V} = setitem %z, %t, 0 {{path=(('i',),)}}
        return %z1: {V}, %s: np.float64
    """
    stays(cse, body)


def test_elements_of_one_version_are_merged_those_of_two_are_not() -> None:
    get = "getitem %z, 0 {path=(('i',),)}"
    body = f"""
        %z: {V} = sin %x
        %p: np.float64 = {get}
        %q: np.float64 = {get}
        %z1: {V} = setitem %z, %q, 1 {{path=(('i',),)}}
        %r: np.float64 = {get.replace("%z", "%z1")}
        %s: np.float64 = add %p, %r
        return %s: np.float64
    """
    after = body.replace(f"%q: np.float64 = {get}\n", "").replace("%z, %q", "%z, %p")
    becomes(cse, body, after)


def test_from_outside_into_blocks_but_not_out_of_them() -> None:
    before = """
        %p: np.float64 = sin %u
        %r: np.float64 = if %c {
          %q: np.float64 = sin %u
          %s: np.float64 = cos %u
          %t: np.float64 = add %q, %s
          yield %t
        } else {
          %s.1: np.float64 = cos %u
          yield %s.1
        }
        %w: np.float64 = cos %u
        %e: np.float64 = mul %w, %r
        return %e: np.float64
    """
    after = before.replace("%q: np.float64 = sin %u\n", "").replace("add %q", "add %p")
    becomes(cse, before, after)


def test_sizes_become_one() -> None:
    """Once merged, what types call n1 and n2 is one size, and no clash is feared any more."""
    slices = "getitem %x, 1 {path=((('s', True, False, False),),)}"
    text = f"""
        %d: float64[n1] = {slices}
        %w: float64[n2] = {slices}
        %p: float64[n1] = sin %d
        %q: float64[n2] = sin %w
        %r: float64[n1] = add %q, %w
        return %r: float64[n1]
    """
    func = from_text(program(text))
    cse(func)
    assert not any(op.may_raise() for op in func.block.ops)
