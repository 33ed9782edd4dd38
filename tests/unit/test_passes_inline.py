"""A call becomes the ops of its callee, with names and sizes of the caller."""

from __future__ import annotations

from pullback.ir.core import Func, callees, reachable
from pullback.ir.text import from_text, to_text
from pullback.ir.verify import verify
from pullback.passes.inline import inline, is_recursive, small_or_single
from tests.unit.passes_helper import PARAMS, program

V = "float64[n0!]"
CALL = f"%p: {V} = call @g(%x, 2.0)\n%q: {V} = call @g(%p, %a)\nreturn %q: {V}"
CALLEE = program(
    f"%e: {V} = mul %x, %b\nmark {{text='backward'}}\n%f: {V} = sin %e\nreturn %f: {V}",
    "@g",
    f"%x: {V}, %b: float",
)


def inlined(text: str) -> Func:
    func = verify(from_text(text))
    inline(func, lambda _: True)
    return verify(func)


def test_the_body_takes_the_place_of_the_call() -> None:
    func = inlined(program(CALL) + CALLEE)
    expected = f"""
        %e: {V} = mul %x, 2.0
        %p: {V} = sin %e
        %e.1: {V} = mul %p, %a
        %q: {V} = sin %e.1
        return %q: {V}
    """
    assert to_text(func) == to_text(from_text(program(expected)))


def test_the_callee_stays() -> None:
    func = from_text(program(CALL) + CALLEE)
    (callee,) = callees(func)
    before = to_text(callee)
    inline(func, lambda _: True)
    assert to_text(callee) == before


def test_a_parameter_that_is_returned_keeps_its_name() -> None:
    callee = program(f"return %x: {V}", "@g", f"%x: {V}, %b: float")
    func = inlined(program(CALL) + callee)
    assert to_text(func) == to_text(from_text(program(f"return %x: {V}")))


def test_two_calls_have_sizes_of_their_own() -> None:
    """One callee on arrays of two sizes: its symbol for the size stands for either."""
    body = """
        %p: float64[n0!] = call @g(%x)
        %q: float64[n0!] = call @g(%y)
        return %p: float64[n0!], %q: float64[n0!]
    """
    params = "%x: float64[n1!], %y: float64[n2!]"
    part = "getitem %f, 1 {path=((('s', True, False, False),),)}"
    callee = program(
        f"%f: float64[n0!] = sin %x\n%h: float64[n3] = {part}\n%i: float64[n3] = sin %h\n"
        "%s: float = sum %i {axis=None, keepdims=False}\n"
        "%t: float64[n0!] = mul %f, %s\nreturn %t: float64[n0!]",
        "@g",
        "%x: float64[n0!]",
    ).replace("%s: float ", "%s: np.float64 ")
    func = inlined(program(body, params=params) + callee)
    shapes = {
        v.name: v.type.shape for op in func.block.ops for v in op.outputs if "[" in repr(v.type)
    }
    p, q = (r.type.shape for r in func.results)  # type: ignore[union-attr]
    assert (p, q) == tuple(v.type.shape for v in func.params)  # type: ignore[union-attr]
    assert shapes["h"] == shapes["i"] not in (p, q)


def test_in_blocks_and_with_blocks() -> None:
    body = """
        %p: float = for %i: int = 0, %n, 1 carry (%q: float = %a) {
          %r: float = call @g(%q, %c)
          yield %r
        }
        return %p: float
    """
    callee = """
        %f: float = if %c {
          %g: float = mul %b, %b
          yield %g
        } else {
          yield %b
        }
        return %f: float
    """
    text = program(body) + program(callee, "@g", "%b: float, %c: bool")
    func = inlined(text)
    after = """
        %p: float = for %i: int = 0, %n, 1 carry (%q: float = %a) {
          %r: float = if %c {
            %g: float = mul %q, %q
            yield %g
          } else {
            yield %q
          }
          yield %r
        }
        return %p: float
    """
    assert to_text(func) == to_text(from_text(program(after)))


def test_only_what_is_wanted() -> None:
    func = from_text(program(CALL) + CALLEE)
    before = to_text(func)
    inline(func, lambda _: False)
    assert to_text(func) == before


# ---- the criterion

SELF = program("%r: float = call @g(%a)\nreturn %r: float", "@g", "%a: float")
LARGE = program(
    "\n".join(f"%{k}: float = math.exp %a" for k in range(31)) + "\nreturn %a: float",
    "@g",
    "%a: float",
)
ONCE = program("%r: float = call @g(%a)\nreturn %r: float")
TWICE = program("%r: float = call @g(%a)\n%s: float = call @g(%r)\nreturn %s: float")


def wanted(text: str) -> bool:
    main = from_text(text)
    (callee,) = [f for f in reachable(main) if f.name == "g"]
    return small_or_single(main)(callee)


def test_small_or_called_once() -> None:
    small = program("return %a: float", "@g", "%a: float")
    assert wanted(ONCE + small)
    assert wanted(TWICE + small)
    assert wanted(ONCE + LARGE)
    assert not wanted(TWICE + LARGE)


def test_recursive_functions_are_not() -> None:
    assert not wanted(ONCE + SELF)
    mutual = SELF.replace("@g(%a)\n", "@h(%a)\n") + SELF.replace("func @g", "func @h")
    assert not wanted(ONCE + mutual)
    main = from_text(ONCE + mutual)
    assert [is_recursive(f) for f in reachable(main)] == [True, True, False]


def test_memory_that_is_handed_over() -> None:
    callee = program(
        f"%y: {V} = setitem %x, 0.0, 0 {{path=(('i',),)}}\nreturn %y: {V}", "@g", f"taken %x: {V}"
    )
    func = inlined(program(f"%q: {V} = call @g(%x)\nreturn %q: {V}", params=PARAMS) + callee)
    assert [op.name for op in func.block.ops] == ["setitem"]
    assert func.block.ops[0].inputs[0] is func.params[0]
