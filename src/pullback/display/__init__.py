"""What notebooks show: a derivative beside the user's function, a ``Func`` as its IR.

Importing it enters both in ``hooks.HTML``. Pygments is imported when something is shown. The HTML is
complete in itself, needs no scripts, and is readable where its style is taken away.
"""

from pullback.api import Derivative
from pullback.display.derivative import derivative_html
from pullback.display.page import ir_html
from pullback.hooks import HTML
from pullback.ir.core import Func

HTML |= {Derivative: derivative_html, Func: ir_html}

__all__ = ["derivative_html", "ir_html"]
