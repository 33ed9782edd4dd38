"""New arrays take over the memory of temporaries that nothing needs any more."""

from __future__ import annotations

import re

import numpy as np
import pytest

import pullback
from pullback import grad, value_and_grad
from pullback.backend.load import load
from pullback.backend.numpy_ import emit_numpy
from pullback.ir.core import Func
from pullback.ir.text import from_text, to_text
from pullback.ir.types import Array
from pullback.ir.verify import verify
from pullback.passes.inplace import own_memory
from pullback.passes.reuse import Reuse
from pullback.rules.table import ROWS
from tests.programs import checks
from tests.programs.registry import PROGRAMS, Program, by_turns
from tests.unit.passes_helper import PARAMS, N, V, becomes, program, stays

W = "float64[n0!, n1!]"


def reuse(func: Func) -> None:
    own_memory(func, reuse=True)


TWO = f"%t: {V} = exp %x\n%d: {N} = sum %t {{axis=None, keepdims=False}}"


def body(op: str, types: str = V, before: str = TWO) -> str:
    """``%t`` and then ``%e``, a value of its own line, are each printed as statements."""
    return f"""
        {before}
        %1: {types} = {op}
        %f: {V} = sum %1 {{axis=0, keepdims=True}}
        return %1: {types}, %d: {N}
    """


def temporary(text: str) -> str:
    """Without the user's name."""
    return re.sub(r"%t\b", "%0", text)


def test_a_dead_temporary_is_taken_over() -> None:
    for op in ("mul %t, %x", "mul %x, %t", "sub %t, %u", "div %t, %x", "exp %t", "maximum %t, %x"):
        into = int(op.endswith("%t") and "," in op)
        before, after = body(op), body(f"{op} {{into={into}}}")
        becomes(reuse, temporary(before), temporary(after))


@pytest.mark.parametrize(
    "op",
    [
        "sub %x, %t",  # would need out=
        "neg %t",
        "mul %t, 1j",
    ],
)
def test_what_would_read_worse_or_be_of_another_kind_stays(op: str) -> None:
    types = V.replace("float64", "complex128") if "1j" in op else V
    func = from_text(program(temporary(body(op, types)).replace(f"%f: {V}", f"%f: {types}")))
    assert "into" not in owned_text(func)


def owned_text(func: Func) -> str:
    own_memory(func, reuse=True)
    return to_text(verify(func))


def chain(first: str, second: str, scale: str) -> str:
    return temporary(f"""
        {TWO}
        %1: {V} = {first}
        %2: {V} = {second}
        %f: {N} = sum %2 {{axis=None, keepdims=False}}
        return %2: {V}, {scale}: {N}, %d: {N}
    """)


def test_a_chain_of_names_and_numbers_goes_line_by_line() -> None:
    before = chain("mul %t, %x", "mul -2.0, %1", "%f")
    after = chain("mul %t, %x {into=0}", "mul -2.0, %1 {into=1}", "%f")
    becomes(reuse, before, after)


def test_other_expressions_are_not_taken_apart() -> None:
    stays(reuse, chain("mul %t, %x", "exp %1", "%f"))
    stays(reuse, chain("mul %t, %x", "sub 1.0, %1", "%f"))
    # What would be nested is noted, for a line that gets too long.
    before = chain("exp %t", "mul %1, %x", "%f")
    becomes(reuse, before, chain("exp %t", "mul %1, %x {spare=0}", "%f"))
    longer = f"""
        {TWO}
        %3: {V} = mul %x, %y
        %1: {V} = mul %t, %3 FIRST
        %2: {V} = mul -2.0, %1 SECOND
        %f: {N} = sum %2 {{axis=None, keepdims=False}}
        return %2: {V}, %f: {N}, %d: {N}
    """
    before = temporary(longer.replace("FIRST", "").replace("SECOND", ""))
    after = temporary(longer.replace("FIRST", "{spare=1}").replace("SECOND", "{spare=1}"))
    becomes(reuse, before, after)


def test_a_variable_of_the_users_keeps_its_value() -> None:
    stays(reuse, body("mul %t, %x"))


def test_what_is_read_later_stays() -> None:
    later = temporary(body("mul %t, %x")).replace(f"return %1: {V}", f"return %1: {V}, %0: {V}")
    stays(reuse, later)
    view = f"{TWO}\n%w: {V} = getitem %t {{path=(('e',),)}}"
    seen = body("mul %t, %x", before=view).replace(f"return %1: {V}", f"return %1: {V}, %w: {V}")
    stays(reuse, temporary(seen))


def test_memory_of_others_stays() -> None:
    stays(reuse, body("mul %x, %y").replace("%0", "%x"), params=PARAMS)


def test_in_a_loop_only_what_the_pass_made() -> None:
    text = f"""
        %0: {V} = exp %x
        %p: {V} = for %i: int = 0, %n, 1 carry (%q: {V} = %y) {{
          %1: {V} = tanh %q
          %d: {N} = sum %1 {{axis=None, keepdims=False}}
          %2: {V} = mul %1, %0 FIRST
          %e: {N} = sum %2 {{axis=None, keepdims=False}}
          %r: {V} = mul %0, %2 SECOND
          yield %r
        }}
        return %p: {V}
    """
    after = text.replace("FIRST", "{into=0}").replace("SECOND", "{into=1}")
    becomes(reuse, text.replace("FIRST", "").replace("SECOND", ""), after)


def test_layout_of_the_users_own_matrices_stays() -> None:
    """Which of two layouts a sum goes along shows in its last bit."""
    params = f"%x: {W}, %y: {W}, %u: float"
    text = f"""
        %0: {W} = exp %x
        %d: {N} = sum %0 {{axis=None, keepdims=False}}
        %1: {W} = mul %0, OTHER
        %f: {N} = sum %1 {{axis=None, keepdims=False}}
        return %1: {W}, %f: {N}
    """
    stays(reuse, text.replace("OTHER", "%y"), params=params)
    by_number = text.replace("OTHER", "%u")
    becomes(reuse, by_number, by_number.replace("%u\n", "%u {into=0}\n"), params=params)


# ---- values


UFUNCS = sorted(
    name for name, row in ROWS.items()
    if isinstance(row.prim.func, np.ufunc) and row.prim.func.nout == 1 and not row.prim.func.signature
)  # fmt: skip


@pytest.mark.parametrize("name", UFUNCS)
def test_numpy_computes_the_same_in_place(name: str) -> None:
    """Reuse relies on it, to the bit."""
    func = ROWS[name].prim.func
    rng = np.random.default_rng(5)
    for n in (7, 1000):
        xs = [rng.normal(size=n) for _ in range(func.nin)]
        with np.errstate(all="ignore"):
            try:
                expected = func(*xs)
            except TypeError:  # of integers only
                return
            if expected.dtype != np.float64:
                return
            for k in range(func.nin):
                given = [x.copy() for x in xs]
                func(*given, out=given[k])
                assert given[k].tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    "program", by_turns((p for p in PROGRAMS.values() if p.has_gradient), 12)
)
def test_values_and_gradients_are_the_same_bits(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if memory were reused wherever types allow."""
    args = program.arguments()
    without = value_and_grad(program.function, program.argnums, without=["reuse"])(*args)
    checks.identical(value_and_grad(program.function, program.argnums)(*args), without, str(program))
    monkeypatch.setattr(Reuse, "reads_well", lambda self, op, a: isinstance(a.type, Array))
    checks.identical(value_and_grad(program.function, program.argnums)(*args), without, str(program))


def loss(x):
    t = np.exp(x - np.max(x))
    return np.log(np.sum(t)) + np.sum(t * t)


def test_reused_results_are_of_their_own_and_repeatable() -> None:
    derivative = grad(loss)
    x = np.linspace(-1.0, 1.0, 5)
    given = x.copy()
    first = derivative(x)
    second = derivative(x)
    assert first is not second
    assert not np.shares_memory(first, second)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(x, given)
    _, pull = pullback.vjp(loss, x)
    np.testing.assert_array_equal(pull(1.0)[0], pull(1.0)[0])


def test_what_an_update_reads_keeps_its_name_until_then() -> None:
    """``x_bar = t`` stands before ``x_bar *= ..``, where the old x_bar may be read."""
    func = from_text(program(f"""
        %0: {V} = exp %x
        %e: {N} = sum %0 {{axis=None, keepdims=False}}
        mark {{text='backward'}}
        %x_bar: {V} = sin %x
        %d: {N} = sum %x_bar {{axis=None, keepdims=False}}
        %x_bar.1: {V} = mul %0, %x_bar {{into=0}}
        return %x_bar.1: {V}, %d: {N}, %e: {N}
    """, params=f"%x: {V}"))  # fmt: skip
    emitted = emit_numpy(func)
    x = np.arange(3.0)
    result, _, _ = load(emitted, "<reuse>")(x)
    np.testing.assert_array_equal(result, np.exp(x) * np.sin(x), err_msg=emitted.text)


def softmax_entropy(x):
    a = np.max(x)
    return np.log(np.sum(np.exp(x - a))) + a


def test_the_text_is_an_update_in_place() -> None:
    derivative = grad(softmax_entropy)
    derivative(np.arange(3.0))
    assert "    x_bar = t  # line" in derivative.source
    assert "    x_bar /= t1\n" in derivative.source
    plain = grad(softmax_entropy, without=["reuse"])
    plain(np.arange(3.0))
    assert "x_bar = t / t1" in plain.source
