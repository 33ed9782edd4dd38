"""Functions of numbers as expressions of SymPy, proofs of their derivatives, and functions made from
expressions."""

from pullback.formulas.expressions import Symbolic, symbolic
from pullback.formulas.made import primitive_from_sympy
from pullback.formulas.proofs import Proof, prove

__all__ = ["Proof", "Symbolic", "primitive_from_sympy", "prove", "symbolic"]
