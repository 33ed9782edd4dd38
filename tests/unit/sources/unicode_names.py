"""Identifiers and strings whose columns differ in bytes and in characters."""

é, gradient_δ, other = "αβγ", (lambda θ: θ * 2), (lambda θ: θ * 3)


def énergie(ψ: float) -> float:
    return ψ**2
