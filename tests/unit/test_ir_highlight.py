"""The lexer of IR text knows all that is printed, and changes nothing; every stage reads back."""

import pytest
from pygments.token import Comment, Error, Keyword, Name, Number, String

import pullback
from pullback.ir.highlight import IRLexer
from pullback.ir.text import from_text, to_text
from tests.golden.test_golden import CASES

STAGES = ("lowered", "vjp", "optimised", "owned")


@pytest.mark.parametrize("name", CASES)
def test_stages_are_lexed_whole_and_read_back(name: str) -> None:
    function, argnums, args = CASES[name]
    derivative = pullback.grad(function, argnums)
    derivative(*args)
    for text in map(derivative.ir, STAGES):
        tokens = list(IRLexer(stripnl=False, ensurenl=False).get_tokens(text))
        assert [value for kind, value in tokens if kind is Error] == []
        assert "".join(value for _, value in tokens) == text
        assert to_text(from_text(text)) == text


def test_kinds_of_tokens() -> None:
    text = """\
func @'a b'(taken %x.1: list[float64[n0!-1, 3]], %0: np.bool?) -> (record<f>, float) {  // f.py:1
  for %i: int = 0, -2.5e-3, 1 carry (%s: float = nan) exits {
    %'%': float = call @f.1(%x.1) {axis=(0,), text='a\\'b', flag=True} checked
  } do {
    yield %go
"""
    found = [(kind, value) for kind, value in IRLexer().get_tokens(text) if value.strip()]
    of = lambda *kinds: [value for kind, value in found if kind in kinds]
    assert of(Keyword.Type) == ["list[float64[n0!-1, 3]]", "np.bool?", "record<f>", "float",
                                "int", "float", "float"]  # fmt: skip
    assert of(Keyword) == ["func", "taken", "for", "carry", "exits", "checked", "do", "yield"]
    assert of(Name) == ["%x.1", "%0", "%i", "%s", "%'%'", "%x.1", "%go"]
    assert of(Name.Function) == ["@'a b'", "@f.1"]
    assert of(Name.Builtin) == ["call"]
    assert of(Name.Attribute) == ["axis", "text", "flag"]
    assert of(Number) == ["0", "-2.5e-3", "1", "0"]
    assert of(String) == ["'a\\'b'"]
    assert of(Keyword.Constant) == ["nan", "True"]
    assert of(Comment.Single) == ["// f.py:1"]
    assert of(Error) == []


def test_what_is_no_ir_is_marked() -> None:
    assert (Error, "$") in IRLexer().get_tokens("$")
