"""What rooms above add to objects of rooms below them, which know nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# How notebooks show the objects of a class: the room ``display`` enters what makes the HTML.
HTML: dict[type, Callable[[Any], str]] = {}


class Shown:
    """Base of what notebooks show as HTML; elsewhere it is shown as its ``repr``."""

    __slots__ = ()

    def _repr_html_(self) -> str | None:
        html = HTML.get(type(self))
        return None if html is None else html(self)


__all__ = ["HTML", "Shown"]
