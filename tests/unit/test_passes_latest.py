"""Shapes are asked of the newest version in scope, or of a parameter."""

from __future__ import annotations

from pullback.passes.latest import latest_versions, shapes_of_params
from tests.unit.passes_helper import becomes, stays

V = "float64[n0!]"
WRITE = "{path=(('i',),)}"
SHAPE = f"%z: {V} = zeros_like %h\nreturn %z: {V}"


def newest(body: str, name: str) -> None:
    """Assert that a shape asked of %h is then asked of another."""
    becomes(latest_versions, f"{body}\n{SHAPE}", f"{body}\n{SHAPE.replace('%h', name)}")


def test_after_a_write() -> None:
    newest(f"%h: {V} = sin %x\n%h1: {V} = setitem %h, 0.0, 0 {WRITE}", "%h1")
    newest(f"%h: {V} = sin %x\n%h1: {V} = accumulate %h, %y", "%h1")
    newest(f"%h: {V} = sin %x\n%h1: {V} = mul %h, 2.0", "%h")


def test_only_shapes() -> None:
    body = f"%h: {V} = sin %x\n%h1: {V} = setitem %h, 0.0, 0 {WRITE}"
    stays(latest_versions, f"{body}\n%z: {V} = mul %h, 2.0\nreturn %z: {V}")
    stays(latest_versions, f"{body}\n%z: {V} = broadcast_like %h, %x\nreturn %z: {V}")


def test_not_of_what_comes_later() -> None:
    body = f"""
        %h: {V} = sin %x
        %z: {V} = zeros_like %h
        %h1: {V} = setitem %h, 0.0, 0 {WRITE}
        return %z: {V}, %h1: {V}
    """
    stays(latest_versions, body)


LOOP = f"""
%h: {V} = sin %x
%h1: {V} = for %i: int = 0, %n, 1 carry (%h2: {V} = %h) {{
  %d: int = dim DIM {{axis=0}}
  %h3: {V} = setitem %h2, %d, %i {WRITE}
  %e: int = dim DIM2 {{axis=0}}
  print %e
  yield YIELD
}}
"""


def loop(dim: str, dim2: str, result: str) -> str:
    return LOOP.replace("DIM2", dim2).replace("DIM", dim).replace("YIELD", result)


def test_through_a_loop() -> None:
    before = f"{loop('%h', '%h', '%h3')}\n{SHAPE}"
    after = f"{loop('%h2', '%h3', '%h3')}\n{SHAPE.replace('%h', '%h1')}"
    becomes(latest_versions, before, after)


def test_a_carry_that_is_replaced_is_no_version() -> None:
    before = f"{loop('%h', '%h2', '%x')}\n{SHAPE}"
    after = f"{loop('%h', '%h3', '%x')}\n{SHAPE}"
    becomes(latest_versions, before, after)


def test_a_while() -> None:
    text = f"""
        %h: {V} = sin %x
        %h1: {V} = while carry (%h2: {V} = %h) {{
          %d: int = dim A {{axis=0}}
          %g: bool = lt %d, %n
          yield %g
        }} do (%h3: {V}) {{
          %h4: {V} = setitem %h3, 0.0, 0 {WRITE}
          yield %h4
        }}
        %z: {V} = zeros_like B
        return %z: {V}
    """
    after = text.replace("A", "%h2").replace("B", "%h1")
    becomes(latest_versions, text.replace("A", "%h").replace("B", "%h"), after)


BRANCH = f"""
%h: {V} = sin %x
%h1: {V} = if %c {{
  %h2: {V} = setitem %h, 0.0, 0 {WRITE}
  %d: int = dim DIM {{axis=0}}
  print %d
  yield %h2
}} else {{
  yield OTHER
}}
"""


def test_through_a_branch() -> None:
    before = BRANCH.replace("DIM", "%h").replace("OTHER", "%h") + SHAPE
    after = BRANCH.replace("DIM", "%h2").replace("OTHER", "%h") + SHAPE.replace("%h", "%h1")
    becomes(latest_versions, before, after)


def test_a_branch_that_yields_another_array() -> None:
    before = BRANCH.replace("DIM", "%h").replace("OTHER", "%x") + SHAPE
    becomes(latest_versions, before, before.replace("dim %h", "dim %h2"))


# ---- shapes of parameters


def test_what_was_computed_for_its_shape() -> None:
    before = f"""
        %h: {V} = sin %x
        %p: {V} = broadcast_like 1.0, %h
        %q: {V} = zeros_like %h
        check_shapes %h, %y
        return %p: {V}, %q: {V}
    """
    after = before.replace("1.0, %h", "1.0, %x").replace("like %h", "like %x")
    becomes(shapes_of_params, before, after.replace("shapes %h", "shapes %x"))


def test_another_size_or_dtype() -> None:
    part = "getitem %x, 1 {path=((('s', True, False, False),),)}"
    size = f"%h: float64[n1] = {part}\n%p: float64[n1] = zeros_like %h\nreturn %p: float64[n1]"
    stays(shapes_of_params, size)
    dtype = "%h: float32[n0!] = cast %x {dtype='float32'}\n%p: float32[n0!] = zeros_like %h\n"
    stays(shapes_of_params, f"{dtype}return %p: float32[n0!]")
