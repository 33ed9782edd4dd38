"""What is refused for one of the kinds of a value: its side of the branch raises when it runs.

Of None and of numbers, Python as a rule raises there itself. Other errors tell what to write instead;
where a handler of the user's would take one for an error of the code, the code is refused at once.
"""

from __future__ import annotations

from typing import NoReturn

from pullback import refusals
from pullback.errors import SourceError
from pullback.frontend import alternatives
from pullback.frontend.frame import Frame
from pullback.frontend.values import Value
from pullback.ir.core import Const, Var
from pullback.ir.types import Scalar

# What is refused at once: it is no matter of one kind, or Python takes what a list is to hold.
AT_ONCE = refusals.FOR_MEMORY | {
    refusals.TOO_MANY_KINDS, refusals.CANNOT_HOLD, refusals.APPENDED_UNLIKE, refusals.PUT_INTO_LIST,
    refusals.HELD_CONTAINER, refusals.LIST_OF_UNLIKE_ITEMS,
}  # fmt: skip
# What Python refuses as well, and what it raises: if the value is a number or None, and if it is None.
_OF_NUMBERS = dict.fromkeys((
    refusals.NO_LENGTH, refusals.CANNOT_BE_LOOPED_OVER, refusals.CANNOT_BE_UNPACKED,
    refusals.CANNOT_BE_CALLED, refusals.ELEMENTS_ASSIGNED,
), "TypeError")  # fmt: skip
_OF_NONE = {
    **_OF_NUMBERS,
    **dict.fromkeys((refusals.WHERE_NEEDED, refusals.NO_ORDER, refusals.CANNOT_BE_INDEXED), "TypeError"),
    **dict.fromkeys((
        refusals.ATTRIBUTE_OF_OBJECT, refusals.ATTRIBUTE_OF_VALUE, refusals.ATTRIBUTE_ASSIGNED,
        refusals.METHOD_OF_VALUE,
    ), "AttributeError"),
}  # fmt: skip



def raise_there(frame: Frame, error: SourceError, kind: Value) -> NoReturn:
    """Control ends here at run time: code is refused for this kind of a value."""
    exception = _raised_by_python(error, kind)
    if exception is not None:
        frame.raises(exception, error.message)
    if frame.catches(TypeError):
        raise error
    frame.raises("TypeError", f"{error.message}: {error.hint}" if error.hint else error.message)


def _raised_by_python(error: SourceError, kind: Value) -> str | None:
    if error.refusal is None:
        return None
    if alternatives.is_nothing(kind):
        return _OF_NONE.get(error.refusal)
    number = isinstance(kind, Var | Const) and isinstance(kind.type, Scalar)
    return _OF_NUMBERS.get(error.refusal) if number else None
