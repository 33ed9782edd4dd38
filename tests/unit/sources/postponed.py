"""Annotations that are never evaluated: without the future flag the code differs."""

from __future__ import annotations


def annotated(x: Unknown = 1.0) -> Unknown:  # type: ignore[name-defined]  # noqa: F821
    def inner(y: Unknown) -> Unknown:  # type: ignore[name-defined]  # noqa: F821
        return x * y

    return inner
