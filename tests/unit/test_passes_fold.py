"""Folding is exact: what is constant is evaluated, what changes nothing goes, all else stays."""

from __future__ import annotations

import pytest

from pullback.ir.text import from_text
from pullback.passes.fold import fold
from tests.unit.passes_helper import becomes, program, stays


def one(op: str, t: str) -> str:
    return f"%r: {t} = {op}\nreturn %r: {t}"


@pytest.mark.parametrize(
    ("op", "t", "value"),
    [
        ("add 2, 3", "int", "5"),
        ("mul 0.1, 3", "float", repr(0.1 * 3)),
        ("div 1, 3", "float", repr(1 / 3)),
        ("floordiv 7, 2", "int", "3"),
        ("mod -7, 3", "int", "2"),
        ("pow 2, 10", "int", "1024"),
        ("neg 0.0", "float", "-0.0"),
        ("lt 1, 2.5", "bool", "True"),
        ("eq 0.0, -0.0", "bool", "True"),
        ("not True", "bool", "False"),
        ("float 2", "float", "2.0"),
        ("int 2.5", "int", "2"),
    ],
)
def test_constants_are_evaluated(op: str, t: str, value: str) -> None:
    becomes(fold, one(op, t), f"return {value}: {t}")


@pytest.mark.parametrize(
    ("op", "t"),
    [
        ("div 1.0, 0", "float"),  # raises
        ("mod 1, 0", "int"),
        ("pow 2, -1", "int"),  # of another kind than the type says
        ("pow -2.0, 0.5", "float"),
        ("mul 1e308, 10.0", "float"),  # inf has no literal
        ("pow 64, 64", "int"),  # larger than one would write
        ("pow 10, 1000000000", "int"),
        ("add np.float64(1.0), 2", "np.float64"),
    ],
)
def test_constants_that_stay(op: str, t: str) -> None:
    stays(fold, one(op, t))


@pytest.mark.parametrize(
    ("op", "t", "value"),
    [
        ("mul %a, 1", "float", "%a"),
        ("mul 1.0, %u", "np.float64", "%u"),
        ("mul %u, 1.0", "np.float64", "%u"),
        ("div %a, 1", "float", "%a"),
        ("add %n, 0", "int", "%n"),
        ("add 0, %n", "int", "%n"),
        ("add %u, -0.0", "np.float64", "%u"),
        ("sub %n, 0", "int", "%n"),
        ("sub %u, 0.0", "np.float64", "%u"),
        ("floordiv %n, 1", "int", "%n"),
        ("pos %u", "np.float64", "%u"),
        ("accumulate 0.0, %a", "float", "%a"),
        ("accumulate %u, 0.0", "np.float64", "%u"),
    ],
)
def test_identities(op: str, t: str, value: str) -> None:
    becomes(fold, one(op, t), f"return {value}: {t}")


@pytest.mark.parametrize(
    ("op", "t"),
    [
        ("add %u, 0.0", "np.float64"),  # -0.0 + 0.0 is 0.0
        ("add %u, 0", "np.float64"),
        ("sub %u, -0.0", "np.float64"),
        ("mul %u, 0", "np.float64"),  # nan and inf
        ("mul %n, 1.0", "float"),  # the type changes
        ("div %n, 1", "float"),
        ("mul %c, 1", "int"),
        ("floordiv %u, 1", "np.float64"),
        ("sub 0, %a", "float"),
        ("div 1, %a", "float"),
        ("eq %u, %u", "np.bool"),  # nan
        ("mul %x, 1", "float64[n0!]"),  # a result shares no memory with a parameter
        ("pos %x", "float64[n0!]"),
    ],
)
def test_what_would_change_values_stays(op: str, t: str) -> None:
    stays(fold, one(op, t))


def test_arrays_that_nobody_writes_to() -> None:
    before = """
        %p: float64[n0!] = mul %x, 1.0
        %q: float64[n0!] = mul %p, %y
        return %q: float64[n0!]
    """
    after = """
        %q: float64[n0!] = mul %x, %y
        return %q: float64[n0!]
    """
    becomes(fold, before, after)


def test_arrays_that_are_written_to_stay_apart() -> None:
    body = """
        %p: float64[n0!] = pos %x
        %q: float64[n0!] = setitem %p, 0.0, 0 {path=(('i',),)}
        %r: float64[n0!] = mul %q, %x
        return %r: float64[n0!]
    """
    stays(fold, body)


def test_double_negative() -> None:
    before = """
        %p: float = neg %a
        %q: float = neg %p
        %r: float = mul %q, %p
        return %r: float
    """
    after = """
        %p: float = neg %a
        %r: float = mul %a, %p
        return %r: float
    """
    becomes(fold, before, after)


def test_the_name_goes_to_what_has_none() -> None:
    before = """
        %0: float = exp %a
        %r: float = mul %0, 1
        return %r: float
    """
    before = before.replace("exp", "math.exp")
    becomes(fold, before, "%r: float = math.exp %a\nreturn %r: float")


def test_adding_to_new_zeros() -> None:
    before = """
        %z: float64[n0!] = zeros_like %x
        %g: float64[n0!] = mul %x, %y
        %r: float64[n0!] = accumulate %z, %g
        return %r: float64[n0!]
    """
    after = """
        %z: float64[n0!] = zeros_like %x
        %g: float64[n0!] = mul %x, %y
        return %g: float64[n0!]
    """
    becomes(fold, before, after)
    stays(fold, before.replace("%z, %g", "%z, %u"))  # u is not of the shape of z


# ---- shapes


def test_sizes_that_types_fix() -> None:
    before = """
        %m: float64[1, 3] = zeros 1, 3
        %p: int = dim %m {axis=1}
        %q: int = size %m
        %r: int = size %x
        return %p: int, %q: int, %r: int
    """
    after = """
        %m: float64[1, 3] = zeros 1, 3
        %r: int = size %x
        return 3: int, 3: int, %r: int
    """
    becomes(fold, before, after)


def test_casts_and_views_that_change_nothing() -> None:
    before = """
        %p: float64[n0!] = mul %x, %y
        %q: float64[n0!] = cast %p {dtype='float64'}
        %r: float64[n0!] = broadcast_like %q, %x
        %s: float64[n0!] = unbroadcast %r, %x
        %t: float64[n0!] = broadcast_like %u, %x
        return %s: float64[n0!], %t: float64[n0!]
    """
    after = """
        %p: float64[n0!] = mul %x, %y
        %t: float64[n0!] = broadcast_like %u, %x
        return %p: float64[n0!], %t: float64[n0!]
    """
    becomes(fold, before, after)


# ---- structure


def test_a_constant_condition() -> None:
    before = """
        %c1: bool = lt 1, 2
        %r: float = if %c1 {
          %p: float = mul %a, 2.0
          yield %p
        } else {
          yield %a
        }
        return %r: float
    """
    becomes(fold, before, "%p: float = mul %a, 2.0\nreturn %p: float")
    becomes(fold, before.replace("1, 2", "2, 1"), "return %a: float")
    stays(fold, before.replace("%c1: bool = lt 1, 2", "").replace("%c1", "%c"))


LOOP = """
    %r: float = for %i: int = START, STOP, STEP carry (%p: float = %a) {
      %q: float = math.exp %p
      yield %q
    }
    return %r: float
"""


@pytest.mark.parametrize("bounds", [("3", "3", "1"), ("0", "4", "-1"), ("5", "0", "1")])
def test_an_empty_range(bounds: tuple[str, ...]) -> None:
    becomes(fold, _bounded(bounds), "return %a: float")


@pytest.mark.parametrize("bounds", [("0", "1", "1"), ("0", "0", "0"), ("0", "%n", "1")])
def test_a_range_that_may_run_or_raise(bounds: tuple[str, ...]) -> None:
    stays(fold, _bounded(bounds))


def _bounded(bounds: tuple[str, ...]) -> str:
    text = LOOP
    for word, bound in zip(("START", "STOP", "STEP"), bounds, strict=True):
        text = text.replace(word, bound)
    return text


WHILE = """
    %r: float = while carry (%p: float = %a) {
      %d: float = div %p, %a
      yield GO
    } do (%q: float) {
      %s: float = math.exp %q
      yield %s
    }
    return %r: float
"""


def test_a_while_that_never_runs_tests_once() -> None:
    after = "%d: float = div %a, %a\nreturn %a: float"
    becomes(fold, WHILE.replace("GO", "False"), after)
    stays(fold, WHILE.replace("GO", "True"))


def test_packed_and_unpacked() -> None:
    before = """
        %p: float64[n1] = sin %x
        %k: record<r> = pack %p, %a
        %q: float64[n2!], %b: float = unpack %k
        %r: float64[n2!] = mul %q, %b
        return %r: float64[n2!], %k: record<r>
    """
    after = """
        %p: float64[n1!] = sin %x
        %k: record<r> = pack %p, %a
        %r: float64[n1!] = mul %p, %a
        return %r: float64[n1!], %k: record<r>
    """
    becomes(fold, before, after)  # two names for one size become one


def test_unpacked_from_elsewhere() -> None:
    body = """
        %q: float64[n2!], %b: float = unpack %k
        return %b: float
    """
    stays(fold, body, params="%k: record<r>")


def test_a_function_gets_a_new_block_where_something_is_folded() -> None:
    func = from_text(program("%r: float = add 1.0, 2.0\nreturn %r: float"))
    block = func.block
    fold(func)
    assert func.block is not block
    assert func.params == block.params
    folded = func.block
    fold(func)
    assert func.block is folded


def test_a_condition_that_has_raised_is_known_behind() -> None:
    def text(outer: str, inner: str) -> str:
        return f"""
            if %c {{
              raise {{exception='ValueError'}}
            }} else {{
            }}
            {outer}
            %p: float = for %i: int = 0, %n, 1 carry (%q: float = %a) {{
              {inner}
              %r: float = mul %q, {"2.0" if "if" not in inner else "%s"}
              yield %r
            }}
            return %p: float
        """

    branch = "%s: float = if %c {\n yield 3.0\n } else {\n yield 2.0\n }"
    becomes(fold, text("", branch), text("", ""))


def test_a_condition_that_may_not_have_been_met_is_not_known() -> None:
    stays(fold, """
        for %i: int = 0, %n, 1 {
          if %c {
            raise {exception='ValueError'}
          } else {
          }
        }
        %s: float = if %c {
          yield 3.0
        } else {
          yield 2.0
        }
        return %s: float
    """)


def test_a_condition_is_known_within_its_branch() -> None:
    text = """
        %r: float = if %c {
          %s: float = if %c {
            yield %a
          } else {
            yield 1.0
          }
          yield %s
        } else {
          %t: float = if %c {
            yield 2.0
          } else {
            yield 3.0
          }
          yield %t
        }
        return %r: float
    """
    expected = """
        %r: float = if %c {
          yield %a
        } else {
          yield 3.0
        }
        return %r: float
    """
    becomes(fold, text, expected)
