"""Functions of numbers as expressions of SymPy, and proofs of their derivatives."""

from pullback.formulas.expressions import Symbolic, symbolic
from pullback.formulas.proofs import Proof, prove

__all__ = ["Proof", "Symbolic", "prove", "symbolic"]
