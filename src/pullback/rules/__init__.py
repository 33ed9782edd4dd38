"""The table of primitives: importing this room fills it."""

from pullback.rules import (
    complex_,
    contractions,
    creation,
    custom,
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
    "complex_",
    "contractions",
    "creation",
    "custom",
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
