"""Objects that give their items one by one, and the Python that asks one of them for its next item."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from pullback.frontend.frame import Frame
from pullback.frontend.structs import function_of
from pullback.frontend.values import Struct, Value
from pullback.ir.core import Var
from pullback.ir.types import Array

METHOD = """
try:
    {item} = {source}.__next__()
except StopIteration:
    {otherwise}
"""
PLACE = """
if {source}.place < len({source}.source):
    {source}.place += 1
    {item} = {source}.source[{source}.place - 1]
else:
    {otherwise}
"""
# Who has seen the end of a list finds nothing more, also where it grows behind that.
AT_END = "{source}.place = {far}\n    "
FAR = 2**62
RESUMED = """
{item} = {source}.resume(None)
if {item} is {source}.end:
    {otherwise}
"""


class Positions:
    """What ``iter`` gives of a sequence."""

    def __init__(self, source: Sequence[Any]) -> None:
        self.source = source
        self.place = 0

    def __iter__(self) -> Positions:
        return self

    def __next__(self) -> Any:
        if self.place >= len(self.source):
            raise StopIteration
        self.place += 1
        return self.source[self.place - 1]


class Paused:
    """A generator that has been asked for some of its items. What its methods do is in ``paused``."""

    def __iter__(self) -> Paused:
        return self

    def __next__(self) -> Any:
        return self.send(None)

    def send(self, value: Any) -> Any:
        """The next item, raising StopIteration behind the last."""

    def resume(self, value: Any) -> Any:
        """The next item, or ``end`` behind the last."""

    def close(self) -> None:
        """There is no next item."""


Paused.__name__ = "generator"  # in messages


def is_iterator(frame: Frame, value: Value) -> bool:
    """Whether a value is an object that gives its items one by one."""
    return isinstance(value, Struct) and function_of(frame, value.cls, "__next__") is not None


def asking(value: Value, source: str, item: str, otherwise: str, depth: int = 0) -> str:
    """Statements that take an item of an iterator known as ``source``, or do something else."""
    text = RESUMED if isinstance(value, Struct) and value.cls is Paused else METHOD
    if isinstance(value, Struct) and value.cls is Positions:
        held = value.items["source"]
        text = PLACE
        if not (isinstance(held, Var) and isinstance(held.type, Array)):
            otherwise = AT_END.format(source=source, far=FAR) + otherwise
    return textwrap.indent(text.format(source=source, item=item, otherwise=otherwise), "    " * depth)
