"""HTML that is complete in itself: panes of highlighted code, lines tied across them by CSS alone.

Hovering or focusing a tied line marks those of the other side that share a key with it. The colours
follow the page's theme where it tells one (JupyterLab and its exports, VS Code, Sphinx and mkdocs
themes), else the reader's preference. Where styles are stripped, plain preformatted text is left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from pullback.ir.core import Func
from pullback.ir.text import to_text

Keys = Mapping[int, Sequence[int]]


@dataclass(frozen=True)
class Pane:
    """Code under a title. ``keys`` tie lines, which count from 1 in the text, to lines elsewhere."""

    title: str
    text: str
    note: str = ""
    language: str = "python"
    keys: Keys = field(default_factory=dict)
    number: int | None = None


@dataclass(frozen=True)
class Message:
    """What is said where there is no code."""

    title: str
    text: str


Side = Sequence[Pane | Message]


def ir_html(func: Func) -> str:
    """The IR of a function and of all that it calls."""
    return page([[Pane(f"IR of {func.name}", to_text(func).rstrip("\n"), language="ir")]])


def page(sides: Sequence[Side]) -> str:
    """Sides beside each other, below each other where there is no room."""
    body = "".join(
        f'<div class="pb-side pb-side{k}">{"".join(map(_pane, side))}</div>'
        for k, side in enumerate(sides)
    )
    scope = f"pb-{hashlib.sha256(body.encode()).hexdigest()[:10]}"
    keys = sorted({key for side in sides for pane in side for key in _keys(pane)})
    style = f"<style>{STYLE}{_ties(scope, keys)}</style>"
    return f'<div class="pb {scope}">{style}<div class="pb-sides pb-of{len(sides)}">{body}</div></div>'


def _keys(pane: Pane | Message) -> Iterable[int]:
    return (k for ks in pane.keys.values() for k in ks) if isinstance(pane, Pane) else ()


def _ties(scope: str, keys: Sequence[int]) -> str:
    """The rule that marks lines of one side while one of the other is pointed at."""
    selectors = [
        f".{scope}:has(.pb-side{one} .pb-k{key}:is(:hover,:focus)) .pb-side{other} .pb-k{key}"
        for key in keys
        for one, other in ((0, 1), (1, 0))
    ]
    return f"{','.join(selectors)}{{background:var(--pb-mark)}}" if selectors else ""


def _pane(pane: Pane | Message) -> str:
    if isinstance(pane, Message):
        return _titled(pane.title, "", f'<pre class="pb-code pb-message">{escape(pane.text)}</pre>')
    lines = highlighted(pane.text, pane.language)
    width = 0 if pane.number is None else len(str(pane.number + len(lines)))
    rows = "".join(_line(pane, k, width, line) for k, line in enumerate(lines))
    return _titled(pane.title, pane.note, f'<pre class="pb-code"><code>{rows}</code></pre>')


def _titled(title: str, note: str, code: str) -> str:
    """Plain elements: pages have ideas of their own about what a figure looks like."""
    head = f"<strong>{escape(title)}</strong>{f' <small>{escape(note)}</small>' if note else ''}"
    return f'<div class="pb-pane"><div class="pb-title">{head}</div>{code}</div>'


def _line(pane: Pane, k: int, width: int, html: str) -> str:
    """One line; those with numbers, the user's, are reached by the tab key where they are tied."""
    keys = pane.keys.get(k + 1, ())
    classes = " ".join(["pb-line", *(["pb-tied"] if keys else []), *(f"pb-k{key}" for key in keys)])
    focus = f' tabindex="{-1 if pane.number is None else 0}"' if keys else ""
    number = f"{pane.number + k:>{width}}" if pane.number is not None else ""
    number = f'<span class="pb-number">{number}  </span>' if number else ""
    return f'<span class="{classes}"{focus}>{number}{html}\n</span>'


def highlighted(text: str, language: str) -> list[str]:
    """The lines of a text as HTML, each complete in itself."""
    # Not imported with pullback: it takes longer than all that is shown.
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    from pullback.ir.highlight import IRLexer

    lexer = (IRLexer if language == "ir" else PythonLexer)(stripnl=False, ensurenl=False)
    formatter = HtmlFormatter(nowrap=True, classprefix="pb-")
    return highlight(text, lexer, formatter).removesuffix("\n").split("\n")


# Each colour is given for light and dark pages; ``color-scheme`` chooses.
STYLE = """
.pb{color-scheme:light dark;container-type:inline-size;margin:.5em 0;text-align:left;
--pb-mark:light-dark(#ffeeb5,#4a3d10)}
[data-jp-theme-light=true] .pb,.vscode-light .pb,[data-md-color-scheme=default] .pb,
[data-theme=light] .pb{color-scheme:light}
[data-jp-theme-light=false] .pb,.vscode-dark .pb,[data-md-color-scheme=slate] .pb,
[data-theme=dark] .pb{color-scheme:dark}
.pb .pb-sides{display:grid;gap:.75em;grid-template-columns:minmax(0,1fr);align-items:start}
@container (min-width:56em){.pb .pb-of2{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}
.pb .pb-of2 .pb-side0{position:sticky;top:.5em;max-height:90vh;overflow-y:auto}}
.pb .pb-side{display:grid;gap:.75em;min-width:0}
.pb .pb-pane{min-width:0;overflow:hidden;border:1px solid light-dark(#d1d9e0,#3d444d);
border-radius:6px;background:light-dark(#fbfcfd,#1a1e24);color:light-dark(#1f2328,#d8dee6)}
.pb .pb-title{padding:.35em .8em;font:13px/1.5 system-ui,sans-serif;
background:light-dark(#f0f3f6,#252b33);border-bottom:1px solid light-dark(#d1d9e0,#3d444d)}
.pb .pb-title small{float:right;color:light-dark(#59636e,#9198a1)}
.pb .pb-pane .pb-code,.pb .pb-pane .pb-code code{margin:0;border:0;white-space:pre;background:none;
color:inherit;font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.pb .pb-pane .pb-code{padding:.4em 0;overflow-x:auto}
.pb .pb-pane .pb-code code{display:block;padding:0;min-width:max-content}
.pb .pb-pane .pb-message{padding:.8em;white-space:pre-wrap}
.pb .pb-line{display:block;padding:0 .8em;outline-offset:-1px}
.pb .pb-tied{cursor:default}
.pb .pb-tied:is(:hover,:focus){background:var(--pb-mark)}
.pb .pb-number{color:light-dark(#6e7781,#8b949e);user-select:none}
.pb :is(.pb-c1,.pb-ch,.pb-sd){color:light-dark(#59636e,#9198a1);font-style:italic}
.pb :is(.pb-k,.pb-kn,.pb-kc,.pb-ow,.pb-nd){color:light-dark(#cf222e,#ff7b72)}
.pb .pb-kt{color:light-dark(#0a6b50,#6fd0ae)}
.pb :is(.pb-s1,.pb-s2,.pb-s,.pb-sa,.pb-se,.pb-si){color:light-dark(#0a3069,#a5d6ff)}
.pb :is(.pb-mi,.pb-mf,.pb-m,.pb-mh){color:light-dark(#0550ae,#79c0ff)}
.pb :is(.pb-nf,.pb-fm){color:light-dark(#6639ba,#d2a8ff)}
.pb .pb-nb{color:light-dark(#953800,#ffa657)}
.pb .pb-na{color:light-dark(#59636e,#9198a1)}
"""
