"""Algebra rewrites derivative code alone: what the user's values depend on stays bit for bit."""

from __future__ import annotations

import pytest

from pullback.ir.text import from_text
from pullback.passes.algebra import algebra, derivative_code
from tests.unit.passes_helper import PARAMS, becomes, program, stays

V = "float64[n0!]"
MARK = "mark {text='backward'}\n"


def one(op: str, t: str) -> str:
    return f"%r: {t} = {op}\nreturn %r: {t}"


# Each before => after, where all that stands behind the mark is derivative code.
RULES = [
    ("%p: V = div 1.0, %y", "mul %x, %p", "div %x, %y"),
    ("%p: V = div 1, %y", "mul %p, %x", "div %x, %y"),
    ("%p: V = div 3.0, %y", "mul 2.0, %p", "div 6.0, %y"),
    ("%p: V = mul 3.0, %y", "mul 2.0, %p", "mul 6.0, %y"),
    ("%p: V = mul %y, 3.0", "mul %p, 2", "mul 6.0, %y"),
    ("%p: V = sin %y", "mul %p, -1", "neg %p"),
    ("%p: V = sin %y", "masked_mul %p, 2.0", "mul %p, 2.0"),
    ("%p: V = sin %y", "masked_mul 2.0, %p", "mul %p, 2.0"),
    ("%p: V = neg %y", "add %x, %p", "sub %x, %y"),
    ("%p: V = neg %y", "accumulate %p, %x", "sub %x, %y"),
    ("%p: V = broadcast_like %u, %y", "mul %p, %x", None),
    ("%p: V = broadcast_like %u, %x", "mul %p, %x", "mul %u, %x"),
    ("%p: V = broadcast_like %u, %x", "where %m, %p, %x", "where %m, %u, %x"),
    ("%p: V = broadcast_like %u, %x", "accumulate %x, %p", "accumulate %x, %u"),
]
STAY = [
    ("%p: V = div 2.0, %y", "mul %x, %p"),
    ("%p: V = div %x, %y", "mul %x, %p"),
    ("%p: V = mul 1e308, %y", "mul 1e308, %p"),  # would be inf
    ("%p: V = sin %y", "masked_mul %p, %x"),
    ("%p: V = sin %y", "masked_mul 0.0, %p"),
    ("%p: V = sin %y", "masked_mul %p, np.float64(inf)"),
    ("%p: V = neg %y", "accumulate %x, %p"),  # prints as -=
    ("%p: V = neg %y", "maximum %x, %p"),
    ("%p: V = broadcast_like %u, %x", "maximum %p, %u"),  # no other input has the shape
]


def test_complex_numbers_take_real_ones_as_they_are() -> None:
    """A cast beside complex numbers goes, and taking parts of what was turned by i or -i."""
    C = "complex128[n0!]"
    params = f"%x: {V}, %z: {C}"
    cast = f"{MARK}%p: {C} = cast %x {{dtype='complex128'}}\n"
    for op in ("mul {}, %z", "accumulate %z, {}", "mul {}, %p"):
        before, after = (cast + one(op.format(v), C) for v in ("%p", "%x"))
        becomes(algebra, before, after, params=params)
    for factor, after in (
        ("0.0, 1.0", f"%0: {V} = imag %z\n{one('neg %0', V)}"), ("-0.0, -1.0", one("imag %z", V)),
    ):  # fmt: skip
        turned = f"{MARK}%p: {C} = mul %z, complex({factor})\n"
        becomes(algebra, turned + one("real %p", V), turned + after, params=params)


@pytest.mark.parametrize(("first", "op", "after"), RULES)
def test_rules(first: str, op: str, after: str | None) -> None:
    text = f"{MARK}{first}\n{one(op, 'V')}".replace("V", V)
    rest = one(after or op, "V").replace("V", V)
    params = f"{PARAMS}, %m: bool[n0!]"
    expected = text.replace(one(op, "V").replace("V", V), rest)
    if "%p: V = broadcast_like %u, %y" in first:
        params = params.replace("%y: float64[n0!]", "%y: float64[n1!]")
        text = expected = expected.replace("n0!] = broadcast", "n1!] = broadcast")
    becomes(algebra, text, expected, params=params)


@pytest.mark.parametrize(("first", "op"), STAY)
def test_what_stays(first: str, op: str) -> None:
    stays(algebra, f"{MARK}{first}\n{one(op, 'V')}".replace("V", V))


@pytest.mark.parametrize(("first", "op", "after"), RULES[:6])
def test_the_primal_is_not_touched(first: str, op: str, after: str | None) -> None:
    text = f"{first}\n{one(op, 'V')}".replace("V", V)
    stays(algebra, text)
    stays(algebra, text.replace("%r", "%x_bar").replace("%p", "%p_dot"))  # the user's own names
    forward = text.rsplit("\n", 1)[0]
    stays(algebra, f"{forward}\n{MARK}%q: int = dim %r {{axis=0}}\nreturn %r: {V}, %q: int")


def test_negative_factors_move_out() -> None:
    before = f"""
        {MARK}
        %p: {V} = neg %y
        %q: {V} = mul %p, %x
        %s: {V} = mul 2.0, %q
        %t: {V} = div %s, %y
        return %t: {V}
    """
    after = f"""
        {MARK}
        %p: {V} = neg %y
        %0: {V} = mul %y, %x
        %q: {V} = neg %0
        %1: {V} = mul 2.0, %0
        %s: {V} = neg %1
        %2: {V} = div %1, %y
        %t: {V} = neg %2
        return %t: {V}
    """
    becomes(algebra, before, after)


def test_a_negative_summed() -> None:
    before = f"""
        {MARK}
        %p: {V} = neg %x
        %q: np.float64 = unbroadcast %p, %u
        return %q: np.float64
    """
    after = f"""
        {MARK}
        %p: {V} = neg %x
        %0: np.float64 = sum %x {{axis=None, keepdims=False}}
        %q: np.float64 = neg %0
        return %q: np.float64
    """
    becomes(algebra, before, after)


def test_one_number_for_all_elements() -> None:
    before = f"""
        {MARK}
        %p: {V} = broadcast_like %u, %x
        %q: {V} = neg %p
        %r: {V} = mul %q, %v
        return %r: {V}
    """
    after = f"""
        {MARK}
        %p: {V} = broadcast_like %u, %x
        %0: np.float64 = neg %u
        %q: {V} = broadcast_like %0, %x checked
        %1: np.float64 = mul %u, %v
        %2: np.float64 = neg %1
        %r: {V} = broadcast_like %2, %x checked
        return %r: {V}
    """
    becomes(algebra, before, after)


def test_what_is_written_need_not_be_spread() -> None:
    before = f"""
        {MARK}
        %v1: {V} = getitem %w, %n {{path=(('i',),)}}
        %p: {V} = broadcast_like %u, %v1
        %r: float64[n1, n0!] = add_at %w, %p, %n {{path=(('i',),)}}
        return %r: float64[n1, n0!]
    """
    params = f"{PARAMS}, %w: float64[n1, n0!]"
    becomes(algebra, before, before.replace("add_at %w, %p", "add_at %w, %u"), params=params)
    other = before.replace("%p, %n {path=(('i',),)}", "%p {path=(('e',),)}")
    stays(algebra, other, params=params)


M, R, C = "float64[n2!, n0!]", "float64[1, n0!]", "float64[n2!, 1]"
WIDER = f"{PARAMS}, %m: {M}, %row: {R}, %k: {C}"
ROWS_TO_COLUMN = "{path=((('s', False, False, False), 'n'),)}"
ROW = "{path=(('n', ('s', False, False, False)),)}"
# Results of these types: what stands behind the mark, before => after.
SUMS = [
    (R, "unbroadcast %m, %row", "sum %m {axis=0, keepdims=True}"),
    (C, "unbroadcast %m, %k", "sum %m {axis=1, keepdims=True}"),
    (V, "unbroadcast %m, %x", "sum %m {axis=0, keepdims=False}"),
    (V, "unbroadcast %y, %x", None),
]


@pytest.mark.parametrize(("t", "before", "after"), SUMS)
def test_sums_over_the_axes_that_types_show(t: str, before: str, after: str | None) -> None:
    text = f"{MARK}{one(before, t)}"
    expected = f"{MARK}{one(after, t)}" if after else f"{MARK}return %y: {V}"
    becomes(algebra, text, expected, params=WIDER)


def test_sizes_only_known_at_run_time_are_asked_then() -> None:
    text = f"{MARK}{one('unbroadcast %m, %s', 'float64[n3]')}"
    stays(algebra, text, params=f"{WIDER}, %s: float64[n3]")


def test_equal_elements_are_counted() -> None:
    before = f"""
        {MARK}
        %p: {M} = broadcast_like 2.0, %m
        %q: {R} = unbroadcast %p, %row
        return %q: {R}
    """
    after = f"""
        {MARK}
        %p: {M} = broadcast_like 2.0, %m
        %0: int = dim %m {{axis=0}}
        %1: float = float %0
        %2: float = mul 2.0, %1
        %q: {R} = broadcast_like %2, %row checked
        return %q: {R}
    """
    becomes(algebra, before, after, params=WIDER)


def test_a_number_passes_through_views() -> None:
    before = f"""
        {MARK}
        %p: {V} = broadcast_like %u, %x
        %q: float64[n0!, 1] = getitem %p {ROWS_TO_COLUMN}
        %s: float64[n0!, n0!] = broadcast_like %q, %w
        return %s: float64[n0!, n0!]
    """
    after = before.replace("broadcast_like %q", "broadcast_like %u")
    becomes(algebra, before, after, params=f"{PARAMS}, %w: float64[n0!, n0!]")


NEW_AXES = [
    ("mul %p, %m", "mul %x, %m"),
    ("accumulate %m, %p", "accumulate %m, %x"),
    ("broadcast_like %p, %m", "broadcast_like %x, %m"),
]


@pytest.mark.parametrize(("before", "after"), NEW_AXES)
def test_axes_in_front_come_by_themselves(before: str, after: str) -> None:
    text = f"{MARK}%p: {R} = getitem %x {ROW}\n{one(before, M)}"
    becomes(algebra, text, text.replace(before, after), params=f"{PARAMS}, %m: {M}")


def test_sums_keep_the_axes_that_are_asked_for() -> None:
    axes = "{path=((('s', False, False, False), 'i'),)}"
    before = f"""
        {MARK}
        %p: {C} = sum %m {{axis=1, keepdims=True}}
        %r: float64[n2!] = getitem %p, 0 {axes}
        return %r: float64[n2!]
    """
    after = f"""
        {MARK}
        %p: {C} = sum %m {{axis=1, keepdims=True}}
        %r: float64[n2!] = sum %m {{axis=1, keepdims=False}}
        return %r: float64[n2!]
    """
    becomes(algebra, before, after, params=f"{PARAMS}, %m: {M}")


def test_reshaped_twice() -> None:
    before = f"""
        {MARK}
        %p: float64[n0!*n2!] = ravel %m
        %q: {M} = reshape_like %p, %m
        %r: {M} = sin %q
        return %r: {M}
    """
    after = f"""
        {MARK}
        %p: float64[n0!*n2!] = ravel %m
        %r: {M} = sin %m
        return %r: {M}
    """
    becomes(algebra, before, after, params=f"{PARAMS}, %m: {M}")


def test_added_to_a_number_everywhere() -> None:
    before = f"""
        {MARK}
        %p: {V} = broadcast_like %u, %x
        %q: {V} = accumulate %p, %y
        return %q: {V}
    """
    after = before.replace("accumulate %p, %y", "add %u, %y")
    becomes(algebra, before, after)


def test_dtypes_stay() -> None:
    """A Python number spread is an array of float64, which the number itself would not make."""
    text = f"""
        {MARK}
        %p: {V} = broadcast_like %a, %h
        %r: {V} = mul %p, %h
        return %r: {V}
    """
    stays(algebra, text, params=f"{PARAMS}, %h: float32[n0!]")


def test_dead_code_waits() -> None:
    """A dead product raises nothing, the division in its place might."""
    text = f"{MARK}%p: float = div 1.0, %a\n%q: float = mul %b, %p\nreturn %p: float"
    stays(algebra, text, params=f"{PARAMS}, %b: float")


def test_sizes_that_are_equal_behind_an_op() -> None:
    before = f"""
        %d: {V} = mul %x, %w
        {MARK}
        %p: {V} = broadcast_like %u, %d
        %q: {V} = mul %p, %w
        return %q: {V}
    """
    params = f"{PARAMS}, %w: float64[n1!]"
    after = before.replace("mul %p, %w", "mul %u, %w").replace(f"%q: {V}", "%q: float64[n1!]")
    becomes(algebra, before, after, params=params)
    apart = before.replace("mul %x, %w", "mul %x, %x")
    lifted = apart.replace("%q: V = mul %p, %w".replace("V", V), f"""
        %0: float64[n1!] = mul %u, %w
        %q: {V} = broadcast_like %0, %d
    """)  # which raises as the product did
    becomes(algebra, apart, lifted, params=params)
    either = before.replace("!", "").replace("%q: float64[n0]", "%q: float64[n2]")  # may be 1
    stays(algebra, either, params=params.replace("!", ""))


def test_divisions_that_cannot_raise() -> None:
    text = f"{MARK}%p: np.float64 = divide %u, %a\nreturn %p: np.float64"
    becomes(algebra, text, text.replace("divide", "div"))
    stays(algebra, text.replace("%u", "%b"), params=f"{PARAMS}, %b: float")


# ---- what is derivative code


def names(body: str, head: str = "@f", params: str = PARAMS) -> list[str]:
    func = from_text(program(body, head, params))
    return sorted(v.name for v in derivative_code(func))


def test_behind_the_mark() -> None:
    body = f"""
        %p: {V} = sin %x
        {MARK}
        %q: {V} = for %i: int = 0, %n, 1 carry (%s: {V} = %p) {{
          %t: {V} = cos %s
          yield %t
        }}
        return %q: {V}
    """
    assert names(body) == ["i", "q", "s", "t"]


def test_backward_halves() -> None:
    body = f"%p: {V} = sin %x\nreturn %p: {V}"
    assert "p" in names(body, params=f"%k: record<r>, {PARAMS}")
    assert names(body) == []


def test_tangents_by_name_in_forward_mode() -> None:
    body = f"""
        %p: {V} = mul %x_dot, %x
        %q: {V} = mul %x, %x
        %r: int = dim %x_dot {{axis=0}}
        return %p: {V}, %q: {V}, %r: int
    """
    params = f"{PARAMS}, %x_dot: {V}"
    assert names(body, "@f_jvp", params) == ["p", "x_dot"]
    assert names(body, "@f", params) == []


def test_through_loops_and_branches() -> None:
    body = f"""
        %p: {V}, %q: {V} = for %i: int = 0, %n, 1 carry (%s: {V} = %x, %t: {V} = %x) {{
          %e: {V} = broadcast_like %u, %s
          %f: {V} = if %c {{
            yield %e
          }} else {{
            yield %y
          }}
          %g: {V} = sin %t
          yield %f, %g
        }}
        return %p: {V}, %q: {V}
    """
    assert names(body) == ["e", "f", "p", "s"]


def test_calls_give_nothing_on() -> None:
    body = f"%e: {V} = broadcast_like %u, %x\n%p: {V} = call @g(%e)\nreturn %p: {V}"
    callee = program(f"return %x: {V}", "@g", f"%x: {V}")
    func = from_text(program(body) + callee)
    assert [v.name for v in derivative_code(func)] == ["e"]
