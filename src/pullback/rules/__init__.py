"""The table of primitives: importing this room fills it."""

from pullback.rules import elementwise, linalg, memory, reductions, shapes, sizes

__all__ = ["elementwise", "linalg", "memory", "reductions", "shapes", "sizes"]
