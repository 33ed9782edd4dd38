"""Rows of integer helpers that only the compiler builds."""

from __future__ import annotations

from pullback.ir.types import PY_INT
from pullback.rules.table import inert

inert("range_len", None, lambda op: [PY_INT], "integer output", cheap=True)
inert("min_int", None, lambda op: [PY_INT], "integer output", cheap=True, path="min")
