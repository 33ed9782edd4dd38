"""Writing in place is made right by copies, and only by those that are needed."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import pullback.rules.shapes  # noqa: F401  (registers the rows that are used here)
from pullback.ir.core import Func, reachable, walk
from pullback.ir.text import from_text, to_text
from pullback.ir.verify import verify
from pullback.passes.inplace import own_memory
from tests.unit.interp import run
from tests.unit.random_ir import program


def owned(text: str, copy_results: bool = False) -> Func:
    """A function from its text, with all that it calls, after the pass."""
    func = from_text(text)
    for f in reachable(func):
        own_memory(f, copy_results and f is func)
    return verify(func)


def copies(func: Func) -> list[str]:
    """The names of what is copied, callees first."""
    found = [op for f in reachable(func) for op in walk(f.block) if op.name == "copy"]
    return [op.outputs[0].name for op in found]


def names(func: Func) -> list[str]:
    return [op.name for op in walk(func.block)]


def agree(text: str, *args: Any, copy_results: bool = False) -> Func:
    """Writing in place after the pass gives what writing to copies gave; arguments stay."""
    expected = run(from_text(text), list(copy.deepcopy(args)), in_place=False)
    func = owned(text, copy_results)
    given = copy.deepcopy(args)
    assert_same(run(func, list(given), in_place=True), expected)
    assert_same(given, args)
    return func


def assert_same(a: Any, b: Any) -> None:
    if isinstance(a, np.ndarray):
        np.testing.assert_array_equal(a, b, strict=True)
    elif isinstance(a, list | tuple):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert_same(x, y)
    else:
        assert a == b


def arrays(x: Any) -> Iterator[np.ndarray[Any, Any]]:
    if isinstance(x, np.ndarray):
        yield x
    elif isinstance(x, list | tuple):
        for item in x:
            yield from arrays(item)


def lists(x: Any) -> Iterator[list[Any]]:
    if isinstance(x, list):
        yield x
        for item in x:
            yield from lists(item)


V, W = np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])
M = np.arange(9.0).reshape(3, 3)
ROW = "{path=(('i',),)}"


# ---- where no copy is needed


def test_an_array_of_its_own_is_written_in_a_loop():
    func = agree(
        f"""
        func @f(%v: float64[n0!], %n: int) -> (float64[n0!]) {{
          %x: float64[n0!] = zeros_like %v
          %y = for %i: int = 0, %n, 1 carry (%xi: float64[n0!] = %x) {{
            %t: np.float64 = getitem %v, %i {ROW}
            %x1: float64[n0!] = setitem %xi, %t, %i {ROW}
            yield %x1
          }}
          return %y
        }}""",
        V,
        3,
        copy_results=True,
    )
    assert copies(func) == []


def test_an_accumulator_passes_through_nested_loops_and_branches():
    func = agree(
        f"""
        func @f(%v: float64[n0!], %n: int) -> (float64[n0!]) {{
          %g: float64[n0!] = zeros_like %v
          %out = for %i: int = 0, %n, 1 carry (%g1: float64[n0!] = %g) {{
            %c: bool = lt %i, 1
            %g5: float64[n0!] = if %c {{
              %g2: float64[n0!] = accumulate %g1, %v
              yield %g2
            }} else {{
              %g3 = for %j: int = 0, %n, 1 carry (%g4: float64[n0!] = %g1) {{
                %g6: float64[n0!] = add_at %g4, 1.0, %j {ROW}
                yield %g6
              }}
              yield %g3
            }}
            yield %g5
          }}
          return %out
        }}""",
        V,
        3,
        copy_results=True,
    )
    assert copies(func) == []
    assert "accumulate" in names(func)


def test_two_carries_are_swapped():
    func = agree(
        f"""
        func @f(%v: float64[n0!], %n: int) -> (float64[n0!], float64[n0!]) {{
          %a: float64[n0!] = mul %v, 2.0
          %b: float64[n0!] = zeros_like %v
          %u, %un = for %i: int = 0, %n, 1 carry (%p: float64[n0!] = %a, %q: float64[n0!] = %b) {{
            %t: np.float64 = getitem %p, %i {ROW}
            %r: float64[n0!] = setitem %q, %t, %i {ROW}
            yield %r, %p
          }}
          return %u, %un
        }}""",
        V,
        3,
        copy_results=True,
    )
    assert copies(func) == []


def test_a_stack_of_arrays_is_pushed_and_popped():
    func = agree(
        """
        func @f(%v: float64[n0!], %n: int) -> (float64[n0!]) {
          %s: list[float64[n0!]] = list_new
          %g: float64[n0!] = zeros_like %v
          %h1, %s1 = for %i: int = 0, %n, 1 carry (%h: float64[n0!] = %v, %sp: LIST = %s) {
            %sq: list[float64[n0!]] = list_push %sp, %h
            %hn: float64[n0!] = mul %h, 2.0
            yield %hn, %sq
          }
          %g1, %s2 = for %j: int = 0, %n, 1 carry (%gp: float64[n0!] = %g, %st: LIST = %s1) {
            %su: list[float64[n0!]], %t: float64[n0!] = list_pop %st
            %gq: float64[n0!] = accumulate %gp, %t
            yield %gq, %su
          }
          return %g1
        }""".replace("LIST", "list[float64[n0!]]"),
        V,
        3,
    )
    assert copies(func) == []


NESTED_STACKS = """
    func @f(%v: float64[n0!], %n: int) -> (float64[n0!]) {
      %s: list[list[float64[n0!]]] = list_new
      %s1 = for %i: int = 0, %n, 1 carry (%sp: list[list[float64[n0!]]] = %s) {
        %r: list[float64[n0!]] = list_new
        %r1 = for %j: int = 0, %n, 1 carry (%rp: list[float64[n0!]] = %r) {
          %t: float64[n0!] = mul %v, %j
          %rq: list[float64[n0!]] = list_push %rp, %t
          yield %rq
        }
        %sq: list[list[float64[n0!]]] = list_push %sp, %r1
        yield %sq
      }
      %g: float64[n0!] = zeros_like %v
      %g1, %s2 = for %i2: int = 0, %n, 1
          carry (%gp: float64[n0!] = %g, %st: list[list[float64[n0!]]] = %s1) {
        %su: list[list[float64[n0!]]], %row: list[float64[n0!]] = list_pop %st
        %g2, %r2 = for %j2: int = 0, %n, 1
            carry (%gr: float64[n0!] = %gp, %rs: list[float64[n0!]] = %row) {
          %rt: list[float64[n0!]], %e: float64[n0!] = list_pop %rs
          %e1: float64[n0!] = setitem %e, 1.0, 0 {path=(('i',),)}
          %gs: float64[n0!] = accumulate %gr, %e1
          yield %gs, %rt
        }
        yield %g2, %su
      }
      return %g1
    }"""


def test_elements_that_left_a_stack_of_stacks_are_as_good_as_new():
    text = NESTED_STACKS.replace("\n          carry", " carry").replace("\n            carry", " carry")
    assert copies(agree(text, V, 3, copy_results=True)) == []


def test_a_taken_parameter_is_written_in_recursion():
    func = agree(
        f"""
        func @f(%v: float64[n0!]) -> (float64[n0!]) {{
          %z: float64[n0!] = zeros_like %v
          %r: float64[n0!] = call @g(%z, %v, 2)
          return %r
        }}
        func @g(taken %bar: float64[n0!], %v: float64[n0!], %n: int) -> (float64[n0!]) {{
          %c: bool = gt %n, 0
          %out: float64[n0!] = if %c {{
            %b1: float64[n0!] = add_at %bar, 1.0, %n {ROW}
            %m: int = sub %n, 1
            %b2: float64[n0!] = call @g(%b1, %v, %m)
            yield %b2
          }} else {{
            %b3: float64[n0!] = accumulate %bar, %v
            yield %b3
          }}
          return %out
        }}""",
        V,
        copy_results=True,
    )
    assert copies(func) == []


def test_a_branch_may_write_what_only_the_other_one_reads():
    func = agree(
        f"""
        func @f(%v: float64[n0!], %c: bool) -> (float64[n0!]) {{
          %x: float64[n0!] = mul %v, 2.0
          %y: float64[n0!] = if %c {{
            %x1: float64[n0!] = setitem %x, 0.0, 1 {ROW}
            yield %x1
          }} else {{
            %d: float64[n0!] = add %x, %x
            yield %d
          }}
          return %y
        }}""",
        V,
        True,
    )
    assert copies(func) == []


def test_only_the_shape_is_read_after_a_write():
    func = agree(
        f"""
        func @f(%v: float64[n0!]) -> (float64[n0!], float64[n0!]) {{
          %x: float64[n0!] = mul %v, 2.0
          %y: float64[n0!] = setitem %x, 0.0, 1 {ROW}
          %z: float64[n0!] = zeros_like %x
          return %y, %z
        }}""",
        V,
        copy_results=True,
    )
    assert copies(func) == []


def test_a_view_of_an_array_that_nobody_else_has_may_be_written_and_returned():
    func = agree(
        f"""
        func @f(%m: float64[n0!, n0!]) -> (float64[n0!, n0!]) {{
          %x: float64[n0!, n0!] = mul %m, 2.0
          %y: float64[n0!, n0!] = transpose %x
          %z: float64[n0!, n0!] = setitem %y, 0.0, 1 {ROW}
          return %z
        }}""",
        M,
        copy_results=True,
    )
    assert copies(func) == []


# ---- where copies are needed


def test_a_parameter_is_copied_once_before_the_loop_that_writes_to_it():
    func = agree(
        f"""
        func @f(%v: float64[n0!]) -> (float64[n0!]) {{
          %y = for %i: int = 0, 3, 1 carry (%x: float64[n0!] = %v) {{
            %x1: float64[n0!] = setitem %x, 0.0, %i {ROW}
            yield %x1
          }}
          return %y
        }}""",
        V,
    )
    assert copies(func) == ["v"]
    assert func.block.ops[0].name == "copy"


def test_one_array_for_two_written_carries_is_copied_once_a_pass():
    func = agree(
        f"""
        func @f(%v: float64[n0!]) -> (float64[n0!], float64[n0!]) {{
          %a: float64[n0!] = mul %v, 2.0
          %b: float64[n0!] = mul %v, 3.0
          %y, %z = for %i: int = 0, 3, 1 carry (%p: float64[n0!] = %a, %q: float64[n0!] = %b) {{
            %p1: float64[n0!] = add_at %p, 1.0, %i {ROW}
            %q1: float64[n0!] = add_at %q, 1.0, 0 {ROW}
            %r: float64[n0!] = add %p1, %q1
            yield %r, %r
          }}
          return %y, %z
        }}""",
        V,
    )
    (loop,) = [op for op in func.block.ops if op.name == "for"]
    assert [op.name for op in loop.blocks[0].ops].count("copy") == 1
    assert len(copies(func)) == 1


def test_an_old_version_that_is_read_later_is_kept():
    func = agree(
        f"""
        func @f(%v: float64[n0!]) -> (float64[n0!]) {{
          %x: float64[n0!] = mul %v, 2.0
          %y: float64[n0!] = setitem %x, 0.0, 1 {ROW}
          %z: float64[n0!] = add %x, %y
          return %z
        }}""",
        V,
    )
    assert copies(func) == ["x"]


def test_a_view_that_is_read_later_is_copied_in_place_of_its_base():
    func = agree(
        f"""
        func @f(%m: float64[n0!, n0!]) -> (float64[n0!, n0!], float64[n0!]) {{
          %x: float64[n0!, n0!] = mul %m, 2.0
          %row: float64[n0!] = getitem %x, 1 {ROW}
          %y: float64[n0!, n0!] = setitem %x, 0.0, 1 {ROW}
          return %y, %row
        }}""",
        M,
    )
    assert copies(func) == ["row"]


def test_an_accumulator_that_is_not_owned_is_added_to_anew():
    func = agree(
        """
        func @f(%v: float64[n0!], %w: float64[n0!]) -> (float64[n0!]) {
          %y: float64[n0!] = accumulate %v, %w
          return %y
        }""",
        V,
        W,
        copy_results=True,
    )
    assert names(func) == ["add"]


def test_an_accumulator_keeps_its_dtype():
    single = V.astype(np.float32)
    func = agree(
        """
        func @f(%v: float32[n0!], %w: float64[n0!]) -> (float32[n0!]) {
          %y: float32[n0!] = accumulate %v, %w
          return %y
        }""",
        single,
        W,
    )
    assert names(func) == ["copy", "accumulate"]


def test_numbers_are_left_alone():
    func = agree(
        """
        func @f(%a: float, %b: float) -> (float, float) {
          %c: float = accumulate %a, %b
          return %a, %c
        }""",
        1.0,
        2.0,
        copy_results=True,
    )
    assert names(func) == ["accumulate"]


def test_an_element_is_copied_while_the_list_lives():
    func = agree(
        f"""
        func @f(%l: list[float64[n0!]]) -> (float64[n0!], float64[n0!]) {{
          %a: float64[n0!] = list_get %l, 0
          %b: float64[n0!] = setitem %a, 9.0, 0 {ROW}
          return %a, %b
        }}""",
        [V, W],
    )
    assert copies(func) == ["a"]


def test_a_stack_that_the_caller_keeps_is_copied_before_it_is_popped():
    func = agree(
        """
        func @f(%r: record<r>) -> (float64[n0!]) {
          %s: list[float64[n0!]], %v: float64[n0!] = unpack %r
          %g: float64[n0!] = zeros_like %v
          %g1, %s1 = for %i: int = 0, 2, 1 carry (%gp: float64[n0!] = %g, %sp: LIST = %s) {
            %sq: list[float64[n0!]], %t: float64[n0!] = list_pop %sp
            %gq: float64[n0!] = accumulate %gp, %t
            yield %gq, %sq
          }
          return %g1
        }""".replace("LIST", "list[float64[n0!]]"),
        [[V, W], W],
    )
    assert copies(func) == ["s"]


def test_a_taken_argument_that_is_also_given_otherwise_is_copied():
    func = agree(
        """
        func @f(%v: float64[n0!]) -> (float64[n0!]) {
          %x: float64[n0!] = mul %v, 2.0
          %r: float64[n0!] = call @g(%x, %x)
          return %r
        }
        func @g(taken %a: float64[n0!], %b: float64[n0!]) -> (float64[n0!]) {
          %c: float64[n0!] = setitem %a, 0.0, 1 {path=(('i',),)}
          %d: float64[n0!] = accumulate %c, %b
          return %d
        }""",
        V,
    )
    assert copies(func) == ["x"]


def test_results_of_a_call_may_share_memory():
    func = agree(
        """
        func @f(%v: float64[n0!]) -> (float64[n0!], float64[n0!]) {
          %a: float64[n0!], %b: float64[n0!] = call @g(%v)
          %c: float64[n0!] = setitem %a, 0.0, 1 {path=(('i',),)}
          return %b, %c
        }
        func @g(%v: float64[n0!]) -> (float64[n0!], float64[n0!]) {
          %x: float64[n0!] = mul %v, 2.0
          %y: float64[n0!] = getitem %x, -1 {path=((('s', False, False, True),),)}
          return %x, %y
        }""",
        V,
    )
    assert copies(func) == ["a"]


def test_the_condition_of_a_loop_writes_to_no_carry():
    func = agree(
        f"""
        func @f(%v: float64[n0!]) -> (float64[n0!]) {{
          %x: float64[n0!] = mul %v, 2.0
          %y = while carry (%a: float64[n0!] = %x) {{
            %b: float64[n0!] = setitem %a, 0.0, 1 {ROW}
            %s: np.float64 = getitem %b, 0 {ROW}
            %c: np.bool = lt %s, 10.0
            yield %c
          }} do (%d: float64[n0!]) {{
            %e: float64[n0!] = add_at %d, 3.0, 0 {ROW}
            yield %e
          }}
          return %y
        }}""",
        V,
    )
    assert copies(func) == ["a"]


# ---- elements of lists that are not as good as new when they come out


def element_program(body: str, results: str = "%a1, %b", count: int = 2) -> str:
    """A function that makes a list %l of one array and goes on; LIST and VEC are types."""
    types = ", ".join(["VEC"] * count)
    text = f"""
        func @f(%v: VEC) -> ({types}) {{
          %x: VEC = mul %v, 2.0
          %l: LIST = list_new %x
          {body}
          return {results}
        }}"""
    return text.replace("LIST", "list[VEC]").replace("VEC", "float64[n0!]").replace("ROW", ROW)


def test_an_element_that_is_in_a_list_twice():
    body = """
          %w: VEC = list_get %l, 0
          %l1: LIST = list_push %l, %w
          %l2: LIST, %a: VEC = list_pop %l1
          %a1: VEC = setitem %a, 9.0, 0 ROW
          %b: VEC = list_get %l2, 0"""
    assert copies(agree(element_program(body), V)) == ["a"]


def test_an_element_that_was_read_before_it_was_popped():
    body = """
          %b: VEC = list_get %l, 0
          %l2: LIST, %a: VEC = list_pop %l
          %a1: VEC = setitem %a, 9.0, 0 ROW"""
    assert copies(agree(element_program(body), V)) == ["a"]


def test_an_element_that_a_copy_of_the_list_holds():
    body = """
          %c: LIST = copy %l
          %c1: LIST, %a: VEC = list_pop %c
          %a1: VEC = setitem %a, 9.0, 0 ROW
          %b: VEC = list_get %l, 0"""
    assert copies(agree(element_program(body), V)) == ["c", "a"]


def test_an_array_that_was_pushed_twice_in_the_last_pass():
    body = """
          %out = for %i: int = 0, 3, 1 carry (%p: LIST = %l) {
            %q: LIST, %a: VEC = list_pop %p
            %a2: VEC = setitem %a, 9.0, 0 ROW
            %t: VEC = mul %a2, 2.0
            %r: LIST = list_push %q, %t
            %s: LIST = list_push %r, %t
            yield %s
          }
          %out1: LIST, %a1: VEC = list_pop %out
          %b: VEC = list_get %out1, 0"""
    assert copies(agree(element_program(body), V)) == ["a"]


def test_an_element_that_somebody_keeps_while_a_loop_pops():
    body = """
          %b: VEC = list_get %l, 0
          %a1, %out = for %i: int = 0, 1, 1 carry (%d: VEC = %v, %p: LIST = %l) {
            %q: LIST, %a: VEC = list_pop %p
            %a2: VEC = setitem %a, 9.0, 0 ROW
            yield %a2, %q
          }"""
    assert copies(agree(element_program(body), V)) == ["a"]


def test_a_carry_that_goes_through_a_list():
    body = """
          %a1, %b = for %i: int = 0, 2, 1 carry (%p: VEC = %v, %d: VEC = %x) {
            %k: LIST = list_new %p
            %k1: LIST, %a: VEC = list_pop %k
            %a2: VEC = setitem %a, 9.0, %i ROW
            yield %a2, %d
          }"""
    assert len(copies(agree(element_program(body), V))) == 1


def test_lists_in_a_list_that_hold_one_array():
    body = """
          %k: LIST = list_new %x, %x
          %n: list[LIST] = list_new %k
          %n1: list[LIST], %k1: LIST = list_pop %n
          %k2: LIST, %a: VEC = list_pop %k1
          %a1: VEC = setitem %a, 9.0, 0 ROW
          %b: VEC = list_get %k2, 0"""
    assert copies(agree(element_program(body), V)) == ["a"]


def test_an_element_of_a_list_that_comes_into_a_loop():
    body = """
          %h: LIST = list_new %v
          %a1, %b, %out = for %i: int = 0, 2, 1 carry (%d: VEC = %x, %e: VEC = %x, %p: LIST = %h) {
            %a: VEC = list_get %p, 0
            %a2: VEC = setitem %a, 9.0, %i ROW
            %k: LIST = list_new %a2
            yield %a2, %d, %k
          }"""
    agree(element_program(body), V)


def test_what_a_loop_rotates_may_be_a_parameter_afterwards():
    body = """
          %a, %b = for %i: int = 0, 1, 1 carry (%p: VEC = %x, %q: VEC = %v) {
            yield %q, %p
          }
          %a1: VEC = setitem %a, 9.0, 0 ROW"""
    assert copies(agree(element_program(body), V)) == ["a"]


# ---- results at the public boundary


def test_results_share_nothing_with_arguments_or_each_other():
    func = agree(
        """
        func @f(%v: float64[n0!], %m: float64[n0!, n0!]) ->
            (float64[n0!], float64[n0!], float64[n0!], float64[n0!, n0!], float) {
          %x: float64[n0!] = mul %v, 2.0
          %b: float64[n0!, n0!] = broadcast_like %x, %m
          return %v, %x, %x, %b, 1.0
        }""".replace("->\n            ", "-> "),
        V,
        M,
        copy_results=True,
    )
    assert len(copies(func)) == 3


def test_a_list_of_what_others_hold_is_copied_with_its_elements():
    func = agree(
        """
        func @f(%v: float64[n0!]) -> (list[float64[n0!]], list[float64[n0!]]) {
          %x: float64[n0!] = mul %v, 2.0
          %y: float64[n0!] = mul %v, 3.0
          %a: list[float64[n0!]] = list_new %v, %x
          %b: list[float64[n0!]] = list_new %y
          return %a, %b
        }""",
        V,
        copy_results=True,
    )
    (op,) = [op for op in func.block.ops if op.name == "copy"]
    assert op.params == {"deep": True}
    assert op.inputs[0] in func.block.ops[2].outputs


def test_owned_parameters_may_be_written_and_returned():
    func = from_text(
        f"""
        func @f(%v: float64[n0!], %w: float64[n0!]) -> (float64[n0!], float64[n0!]) {{
          %x: float64[n0!] = setitem %v, 0.0, 1 {ROW}
          %y: float64[n0!] = setitem %w, 0.0, 1 {ROW}
          return %x, %y
        }}"""
    )
    own_memory(func, True, frozenset([0]))
    assert copies(func) == ["w"]


# ---- random programs


def arguments() -> list[Any]:
    rng = np.random.default_rng(0)
    v, w, u = (rng.integers(-4, 5, 3).astype(float) for _ in range(3))
    return [np.array([0, 0, 2]), 2, v, w, rng.standard_normal((3, 3)), [u, w]]


@pytest.mark.parametrize("chunk", range(20))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_random_programs_agree(chunk: int):
    for seed in range(50 * chunk, 50 * chunk + 50):
        check_random_program(seed)


def check_random_program(seed: int) -> None:
    func = verify(program(seed))
    text = to_text(func)
    expected = run(func, arguments(), in_place=False)
    for f in reachable(func):
        own_memory(f, copy_results=f is func)
    verify(func)
    given = arguments()
    found = run(func, given, in_place=True)
    try:
        assert_same(found, expected)
        assert_same(given, arguments())
        assert_unshared(found, given)
    except AssertionError as error:
        raise AssertionError(f"seed {seed}: {error}\n{text}\n{to_text(func)}") from error


def assert_unshared(results: list[Any], given: list[Any]) -> None:
    """Results are writable and share no memory with each other nor with arguments."""
    found = list(arrays(results))
    others = list(arrays(given))
    for x in found:
        assert x.flags.writeable
        assert not any(np.shares_memory(x, y) for y in others)
        others.append(x)
    containers = [id(x) for x in [*lists(results), *lists(given)]]
    assert len(containers) == len(set(containers))
