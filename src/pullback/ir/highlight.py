"""How printed IR is coloured: a Pygments lexer. Imported only where IR is shown in colours."""

from __future__ import annotations

from typing import ClassVar

from pygments.lexer import RegexLexer, bygroups
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Whitespace

from pullback.ir.parse import BETWEEN_BLOCKS, FLAGS

_WORDS = ("func", "for", "while", "if", "try", "carry", "return", "yield", "taken", "checked")
_KEYWORD = rf"(?:{'|'.join([*_WORDS, *BETWEEN_BLOCKS.values(), *FLAGS])})\b"
_LABEL = r"(?:[\w.]+|'[^'\n]*')+"
_SIZES = r"(?:\[(?:[^\[\]\n]|\[[^\]\n]*\])*\])?"
_TYPE = rf"(?:(?:np|any)\.)?[a-z]\w*\??(?:<[^>\n]*>)?{_SIZES}"
_STRING = r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\""


class IRLexer(RegexLexer):
    """The text that ``ir.text`` prints; its grammar stands there."""

    name = "pullback IR"
    tokens: ClassVar = {
        "root": [
            (r"\s+", Whitespace),
            (r"//.*", Comment.Single),
            (rf"%{_LABEL}", Name),
            (rf"@{_LABEL}", Name.Function),
            (rf"(:)( )({_TYPE})", bygroups(Punctuation, Whitespace, Keyword.Type)),
            (r"(->)( )(\()", bygroups(Operator, Whitespace, Punctuation), "results"),
            (_KEYWORD, Keyword),
            (r"(?:True|False|None|inf|nan)\b", Keyword.Constant),
            (_STRING, String),
            (r"-?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?j?|inf\b)", Number),
            (r"(\w+)(=)", bygroups(Name.Attribute, Operator)),
            (r"[A-Za-z_][\w.]*", Name.Builtin),
            (r"=", Operator),
            (r"[][(){},:]", Punctuation),
        ],
        "results": [
            (_TYPE, Keyword.Type),
            (r"[, ]+", Punctuation),
            (r"\)", Punctuation, "#pop"),
        ],
    }
