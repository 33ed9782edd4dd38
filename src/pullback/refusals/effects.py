"""Random draws, logging and other effects."""

from pullback.errors import Refusal

NO_SUCH_EFFECT = Refusal("{function} is not supported", "{instead}")
EFFECT_LEFT_OUT = "leave it out, or call it outside of the function"
DRAW_OF_NUMBERS = Refusal("{function} takes numbers", "draw arrays with numpy.random")
DRAW_ARGUMENTS = Refusal("{function} takes {parameters}", "write it as its documentation has it")
NO_AXIS = Refusal("{function} of {value} has no axis {axis!r}", "count axes from 0")
CHOSEN_FROM_MATRIX = Refusal(
    "{function} takes a vector, not {value}", "choose from x.ravel(), or choose indices of rows"
)
WARNING_CLASS = Refusal(
    "{function} is not supported with the class {cls}", "use one of Python's own warnings"
)
VECTOR_DRAWS = Refusal(
    "{function} is supported for one distribution, with a vector as {name}", "draw from each in a loop"
)
NUMBERS_OF_NUMPY = Refusal("{function} of NumPy's numbers is not supported", "convert them: float(x)")
DRAW_NOT_DIFFERENTIABLE = Refusal("{function} is not differentiable in its parameters", "{instead}")
STANDARD_DRAW = "draw standard numbers, and compute with them"
MULTIVARIATE = "write mean + np.linalg.cholesky(cov) @ z with a draw z of standard_normal"
LOGNORMAL = "write np.exp(mean + sigma * z) with a draw z of standard_normal"
SHUFFLED = Refusal("{value} is shuffled", "shuffle an array, or positions: rng.permutation(n)")
CHOSEN_FROM = Refusal("one of {value} is chosen", "choose from a list of items of one kind")
