"""Parts of arrays that are written to and put back: in place where nothing reads the array meanwhile."""

from __future__ import annotations

import copy
import random

import numpy as np
import pytest

from pullback.ir.core import Block, Env, look, reachable, substitute, walk
from pullback.ir.verify import verify
from pullback.passes.parts import settle
from tests.unit.interp import run
from tests.unit.test_inplace import V, agree, assert_same, copies

ROW = "{path=(('i',),)}"
TAIL = "{path=((('s', True, False, False),),)}"
PARAMS = "{exits=False, reverse=False}"
CALLED = f"""
func @g(taken %t: float64[n9]) -> (float64[n9]) {{
  %r: float64[n9] = add_at %t, 1.0, 0 {ROW}
  return %r
}}
func @h(taken %t: float64[n9]) -> (float64[n9]) {{
  %r: float64[n9] = mul %t, 2.0
  return %r
}}
func @j(taken %t: float64[n9], %c: bool) -> (float64[n9]) {{
  %r: float64[n9] = if %c {{
    %a: float64[n9] = call @g(%t)
    yield %a
  }} else {{
    %b: float64[n9] = call @j(%t, True)
    yield %b
  }}
  return %r
}}"""


def written(body: str) -> tuple[list[str], int]:
    """The copies in a function of x that gives y, and how many writes put back what is there already."""
    func = agree(
        f"""
        func @f(%v: float64[n0!]) -> (float64[n0!], float64[n0!]) {{
          %x: float64[n0!] = mul %v, 2.0
          {body}
        }}{CALLED}""",
        V,
    )
    settle(reachable(func))
    return copies(verify(func)), sum("already" in op.params for op in walk(func.block))


def test_a_call_writes_to_a_part():
    assert written(f"""
        %t: float64[n1] = getitem %x, 1 {TAIL}
        %s: float64[n1] = call @g(%t)
        %y: float64[n0!] = setitem %x, %s, 1 {TAIL}
        return %y, %y""") == ([], 1)  # fmt: skip


def test_what_is_read_before_the_part_is_back_is_copied():
    assert written(f"""
        %t: float64[n1] = getitem %x, 1 {TAIL}
        %s: float64[n1] = call @g(%t)
        %z: float64[n0!] = sin %x
        %y: float64[n0!] = setitem %x, %s, 1 {TAIL}
        return %y, %z""") == (["t"], 0)  # fmt: skip


def test_an_array_that_is_read_later_as_it_was_is_copied():
    assert written(f"""
        %t: float64[n1] = getitem %x, 1 {TAIL}
        %s: float64[n1] = call @g(%t)
        %y: float64[n0!] = setitem %x, %s, 1 {TAIL}
        %z: float64[n0!] = sin %x
        return %y, %z""") == (["t", "x"], 0)  # fmt: skip


def test_a_part_that_is_put_elsewhere_is_copied():
    assert written(f"""
        %t: float64[n1] = getitem %x, 2 {TAIL}
        %s: float64[n1] = call @g(%t)
        %p: np.float64 = getitem %s, 0 {ROW}
        %y: float64[n0!] = setitem %x, %p, 1 {TAIL}
        return %y, %y""") == (["t"], 0)  # fmt: skip


def test_what_a_function_makes_anew_is_put_back():
    assert written(f"""
        %t: float64[n1] = getitem %x, 1 {TAIL}
        %s: float64[n1] = call @h(%t)
        %y: float64[n0!] = setitem %x, %s, 1 {TAIL}
        return %y, %y""") == ([], 0)  # fmt: skip


def test_recursion_gives_back_what_it_was_handed():
    assert written(f"""
        %t: float64[n1] = getitem %x, 1 {TAIL}
        %s: float64[n1] = call @j(%t, False)
        %y: float64[n0!] = setitem %x, %s, 1 {TAIL}
        return %y, %y""") == ([], 1)  # fmt: skip


def test_parts_of_parts_and_loops():
    assert written(f"""
        %t: float64[n1] = getitem %x, 1 {TAIL}
        %l: float64[n1] = for %i: int = 0, 2, 1 carry (%p: float64[n1] = %t) {PARAMS} {{
          %u: float64[n2] = getitem %p, 1 {TAIL}
          %w: float64[n2] = call @g(%u)
          %q: float64[n1] = setitem %p, %w, 1 {TAIL}
          yield %q
        }}
        %s: float64[n1] = add_at %l, 3.0, 0 {ROW}
        %y: float64[n0!] = setitem %x, %s, 1 {TAIL}
        return %y, %y""")[0] == []  # fmt: skip


# ---- at random


class _Random:
    """A text that writes to parts of arrays, puts them back, and reads what was before or after.

    All arrays of a block have one length, whatever their types say.
    """

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.count = 0

    def name(self) -> str:
        self.count += 1
        return f"%v{self.count}"

    def pick(self, arrays: list[str]) -> str:
        return arrays[-1] if self.rng.random() < 0.7 else self.rng.choice(arrays)

    def block(self, arrays: list[str], depth: int, length: int) -> tuple[list[str], str]:
        """Lines of a block, and what it gives; ``arrays`` are those that it knows."""
        lines: list[str] = []
        known = list(arrays)
        for _ in range(length):
            step = self.rng.choice(["part", "part", "part", "call", "write", "sin", "if", "for"])
            lines += self.step(step, known, depth)
        return lines, self.pick(known)

    def step(self, step: str, known: list[str], depth: int) -> list[str]:
        x, y = self.pick(known), self.name()
        lines: list[str] = []
        match step:
            case "part" if depth < 3:
                t, low = self.name(), self.rng.choice([0, 0, 1])
                inner, given = self.block([t], depth + 1, self.rng.randint(1, 3))
                if self.rng.random() < 0.15:
                    inner.append(f"{self.name()}: float64[n0!] = sin {self.pick(known)}")
                    known.append(f"%v{self.count}")
                lines = [
                    f"{t}: float64[n0!] = getitem {x}, {low} {TAIL}", *inner,
                    f"{y}: float64[n0!] = setitem {x}, {given}, {low} {TAIL}",
                ]  # fmt: skip
            case "call":
                callee = self.rng.choice(["g", "g", "h"])
                lines = [f"{y}: float64[n0!] = call @{callee}({x})"]
            case "sin":
                lines = [f"{y}: float64[n0!] = add {x}, {self.pick(known)}"]
            case "if" if depth < 3:
                sides = [self.block(known, depth + 1, self.rng.randint(0, 2)) for _ in range(2)]
                (a, r), (b, s) = sides
                head = f"{y}: float64[n0!] = if %c {{"
                lines = [head, *a, f"yield {r}", "} else {", *b, f"yield {s}", "}"]
            case "for" if depth < 3:
                i, p = self.name(), self.name()
                inner, given = self.block([*known, p], depth + 1, self.rng.randint(1, 2))
                carry = f"({p}: float64[n0!] = {x}) {PARAMS} {{"
                head = f"{y}: float64[n0!] = for {i}: int = 0, 2, 1 carry {carry}"
                lines = [head, *inner, f"yield {given}", "}"]
            case _:
                lines = [f"{y}: float64[n0!] = add_at {x}, 1.5, 0 {ROW}"]
        known.append(y)
        return lines

    def text(self) -> str:
        lines, given = self.block(["%x", "%w"], 0, 5)
        head = "func @f(%v: float64[n0!], %w: float64[n0!], %c: bool) -> (float64[n0!], float64[n0!]) {"
        return "\n".join([
            head, "%x: float64[n0!] = mul %v, 2.0", *lines, f"return {given}, %x", "}" + CALLED
        ])  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_random_programs(seed: int) -> None:
    check(seed)


def check(seed: int) -> None:
    """In place, and without what is there already, gives what copies of everything gave."""
    text = _Random(seed).text()
    args = (np.arange(4.0), np.arange(4.0) * 0.5, seed % 2 == 0)
    try:
        func = agree(text, *args, copy_results=True)
        expected = run(func, list(copy.deepcopy(args)), in_place=True)
        settle(reachable(func))
        for f in reachable(func):
            f.block = substitute(f.block, without(f.block, {}))
        assert_same(run(func, list(copy.deepcopy(args)), in_place=True), expected)
    except AssertionError as error:
        raise AssertionError(f"seed {seed}: {error}\n{text}") from error


def without(block: Block, env: Env) -> Env:
    """Drop the writes of what is there already; what stands for their outputs."""
    ops, block.ops = block.ops, []
    for op in ops:
        if "already" in op.params:
            env[op.out] = look(env, op.inputs[0])
        else:
            block.ops.append(op)
        for inner in op.blocks:
            without(inner, env)
    return env
