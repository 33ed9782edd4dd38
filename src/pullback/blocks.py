"""``with gradient_of(x) as g:``, as plain Python sees it: a block that is skipped.

A function that is not differentiated has no adjoints, so its blocks must do nothing. Python has no way
to leave out the body of a ``with`` but to raise in it before its first step, which a trace function of
the frame may do; whatever traced the thread before, as debuggers do, is put back at once.
"""

from __future__ import annotations

import sys
from types import FrameType, TracebackType
from typing import Any, Self


class _Skipped(BaseException):
    """Raised where the body of a block begins."""


class gradient_of:
    """In a function that is differentiated: what to do with the adjoint of a value.

    `x` is a local name that holds a float or an array of floats, or an attribute or item that holds an
    array. The body runs in the reverse sweep, at that place: `g` is the adjoint of `x`, of all that the
    function does with it behind the block. The body may read it, print it, write to it, or bind `g` to
    another of the same shape, and the reverse sweep goes on with what `g` is in the end:

        with gradient_of(h) as g:
            print(np.linalg.norm(g))
            g = np.clip(g, -1.0, 1.0)

    What else it reads is as it was in the forward sweep, and the names that it assigns are its own. A
    function that is called without being differentiated skips the block, and so does forward mode,
    which refuses a block that replaces the adjoint.
    """

    __slots__ = ("_before", "_frame")

    def __init__(self, x: Any) -> None:
        self._frame: FrameType | None = None
        self._before: tuple[Any, Any, bool] = (None, None, False)

    def __enter__(self) -> Self:
        frame = self._frame = sys._getframe(1)
        self._before = sys.gettrace(), frame.f_trace, frame.f_trace_opcodes
        sys.settrace(_trace_nothing)
        frame.f_trace, frame.f_trace_opcodes = _skip, True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> bool:
        assert self._frame is not None
        trace, self._frame.f_trace, self._frame.f_trace_opcodes = self._before
        self._frame = None
        sys.settrace(trace)
        return kind is _Skipped


def _trace_nothing(frame: FrameType, event: str, given: Any) -> None:
    return None


def _skip(frame: FrameType, event: str, given: Any) -> Any:
    raise _Skipped


__all__ = ["gradient_of"]
