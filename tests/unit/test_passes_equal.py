"""Carries of loops that are equal in every pass become one."""

from __future__ import annotations

from pullback.passes.equal import merge_equal
from tests.unit.passes_helper import becomes, stays

L, LL = "list[float]", "list[list[float]]"


def saved(second: str, items: str = "%item") -> str:
    """Two lists that a loop in a loop fills, of ITEMS, and two of these; the second begins so."""
    return f"""
        %l: {LL} = list_new
        %m: {LL} = list_new
        %k: {LL}, %q: {LL} = for %i: int = 0, %n, 1 carry (%s: {LL} = %l, %t: {LL} = %m) {{
          %first: {L} = list_new
          %second: {L} = list_new{second}
          %e: {L}, %f: {L} = for %j: int = 0, %n, 1 carry (%g1: {L} = %first, %h1: {L} = %second) {{
            %item: float = mul %a, 2.0
            %fresh: float = mul %a, 3.0
            %g: {L} = list_push %g1, %item
            %h: {L} = list_push %h1, {items}
            yield %g, %h
          }}
          %o: {LL} = list_push %s, %e
          %p: {LL} = list_push %t, %f
          yield %o, %p
        }}
        return %k: {LL}, %q: {LL}
    """


def test_lists_that_begin_and_grow_alike() -> None:
    after = f"""
        %l: {LL} = list_new
        %m: {LL} = list_new
        %k: {LL} = for %i: int = 0, %n, 1 carry (%s: {LL} = %l) {{
          %first: {L} = list_new
          %second: {L} = list_new
          %e: {L} = for %j: int = 0, %n, 1 carry (%g1: {L} = %first) {{
            %item: float = mul %a, 2.0
            %fresh: float = mul %a, 3.0
            %g: {L} = list_push %g1, %item
            %h: {L} = list_push %g1, %item
            yield %g
          }}
          %o: {LL} = list_push %s, %e
          %p: {LL} = list_push %s, %e
          yield %o
        }}
        return %k: {LL}, %k: {LL}
    """
    becomes(merge_equal, saved(""), after)


def test_lists_that_differ() -> None:
    stays(merge_equal, saved(" %a"))
    stays(merge_equal, saved("", "%fresh"))


def test_numbers_by_way_of_each_other() -> None:
    before = """
        %r: float, %s: float = for %i: int = 0, %n, 1 carry (%p: float = %a, %q: float = %a) {
          %e: float = mul %q, 2.0
          %f: float = mul %p, 2.0
          yield %e, %f
        }
        return %r: float, %s: float
    """
    after = """
        %r: float = for %i: int = 0, %n, 1 carry (%p: float = %a) {
          %e: float = mul %p, 2.0
          %f: float = mul %p, 2.0
          yield %e
        }
        return %r: float, %r: float
    """
    becomes(merge_equal, before, after)
