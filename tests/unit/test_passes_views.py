"""Views of views become views of the array, unless the array is overwritten."""

from __future__ import annotations

from pullback.ir.text import from_text
from pullback.passes.views import compose_views
from tests.unit.passes_helper import becomes, program, stays

P = "%m: float64[n0!, n1!], %i: int, %j: int, %k: int64[n2], %c: bool"
ROW = "%row: float64[n1!] = getitem %m, %i {path=(('i',),)}"


def test_an_element_of_a_row() -> None:
    before = f"{ROW}\n%e: np.float64 = getitem %row, %j {{path=(('i',),)}}\nreturn %e: np.float64"
    after = (
        f"{ROW} checked\n%e: np.float64 = getitem %m, %i, %j {{path=(('i',), ('i',))}}\n"
        "return %e: np.float64"
    )
    becomes(compose_views, before, after, params=P)


def test_slices_with_inputs_keep_their_order() -> None:
    before = """
        %p: float64[n3, n1!] = getitem %m, %i {path=((('s', True, False, False),),)}
        %q: float64[n4, n1!] = getitem %p, %j, 2 {path=((('s', False, True, True),),)}
        %r: float64[n1!] = getitem %q, -1 {path=(('i',),)}
        return %r: float64[n1!]
    """
    func = from_text(program(before, params=P))
    compose_views(func)
    last = func.block.ops[-1]
    m, i, j, *_ = func.params
    assert last.inputs[:3] == (m, i, j)
    assert [len(subscript) for subscript in last.params["path"]] == [1, 1, 1]


def test_a_gather_is_no_view() -> None:
    body = """
        %p: float64[n2, n1!] = getitem %m, %k {path=(('a',),)}
        %q: float64[n1!] = getitem %p, 0 {path=(('i',),)}
        return %q: float64[n1!]
    """
    stays(compose_views, body, params=P)


def test_a_gather_from_a_view() -> None:
    before = f"{ROW}\n%e: float64[n2] = getitem %row, %k {{path=(('a',),)}}\nreturn %e: float64[n2]"
    func = from_text(program(before, params=P))
    compose_views(func)
    assert func.block.ops[-1].params["path"] == (("i",), ("a",))


def test_what_is_overwritten_is_read_as_it_was() -> None:
    body = f"""
        %t: float64[n0!, n1!] = sin %m
        {ROW.replace("%m", "%t")}
        %t.1: float64[n0!, n1!] = setitem %t, 0.0, %i {{path=(('i',),)}}
        %e: np.float64 = getitem %row, %j {{path=(('i',),)}}
        return %e: np.float64, %t.1: float64[n0!, n1!]
    """
    stays(compose_views, body, params=P)


def test_into_blocks() -> None:
    """The view stays where it may raise when the block does not run."""
    before = f"""
        {ROW}
        %e: np.float64 = if %c {{
          %f: np.float64 = getitem %row, %j {{path=(('i',),)}}
          yield %f
        }} else {{
          yield np.float64(0.0)
        }}
        return %e: np.float64
    """
    after = before.replace(
        "getitem %row, %j {path=(('i',),)}", "getitem %m, %i, %j {path=(('i',), ('i',))}"
    )
    becomes(compose_views, before, after, params=P)


def test_no_error_moves_past_an_effect() -> None:
    before = f"""
        {ROW}
        print %i
        %e: np.float64 = getitem %row, %j {{path=(('i',),)}}
        return %e: np.float64
    """
    after = before.replace(
        "getitem %row, %j {path=(('i',),)}", "getitem %m, %i, %j {path=(('i',), ('i',))}"
    )
    becomes(compose_views, before, after, params=P)  # the row is not checked: it still raises there


IN_A_LOOP = """
    %e = for %k.1: int = 0, %i, 1 carry (%s: any.float = 0.0) {
      %flat: float64[n0!*n1!] = reshape %m, -1CHECKED
      %f: np.float64 = READ
      %g: np.float64 = add %s, %f
      yield %g
    }
    return %e: any.float
"""


def test_an_element_of_a_reshape_in_a_loop() -> None:
    before = IN_A_LOOP.replace("READ", "getitem %flat, %k.1 {path=(('i',),)}")
    after = "getitem %m, -1, %k.1 {path=(('R', 'd'), ('i',))}"
    becomes(
        compose_views, before.replace("CHECKED", ""),
        IN_A_LOOP.replace("READ", after).replace("CHECKED", " checked"), params=P,
    )  # fmt: skip


def test_an_element_of_a_reshape_outside_of_loops() -> None:
    body = """
        %flat: float64[n0!*n1!] = reshape %m, -1
        %f: np.float64 = getitem %flat, %i {path=(('i',),)}
        return %f: np.float64
    """
    stays(compose_views, body, params=P)
