"""What notebooks show: derivatives beside the user's functions, a ``Func`` as its IR.

Importing it enters what makes the HTML in ``hooks.HTML``; Pygments is imported when something is shown.
The HTML is complete in itself, needs no scripts, and is readable where its style is taken away.
"""

from pullback.along import Along
from pullback.derivative import Derivative
from pullback.display.derivative import derivative_html, half_html
from pullback.display.page import ir_html
from pullback.hooks import HTML
from pullback.ir.core import Func
from pullback.jacobians import AlongGradient
from pullback.linear import Pullback, Pushforward
from pullback.split import Backward, Forward

HTML |= {Derivative: derivative_html, Func: ir_html}
HTML |= dict.fromkeys((Pullback, Pushforward, Forward, Backward, Along, AlongGradient), half_html)

__all__ = ["derivative_html", "half_html", "ir_html"]
