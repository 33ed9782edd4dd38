"""The table of primitives: importing this room fills it."""

from pullback.rules import (
    contractions,
    creation,
    elementwise,
    joining,
    linalg,
    math_,
    memory,
    ordering,
    products,
    reductions,
    shapes,
    sizes,
    updates,
    without,
)

__all__ = [
    "contractions",
    "creation",
    "elementwise",
    "joining",
    "linalg",
    "math_",
    "memory",
    "ordering",
    "products",
    "reductions",
    "shapes",
    "sizes",
    "updates",
    "without",
]
