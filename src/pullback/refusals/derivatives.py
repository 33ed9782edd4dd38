"""Derivatives."""

from pullback.errors import Refusal

NO_GRADIENT = Refusal(
    "argument {name!r} is {kind}, which has no gradient",
    "differentiate with respect to floats or float arrays",
)
NO_GRADIENT_OF_RESULT = Refusal(
    "the result of {function} is {kind}, which has no gradient", "return a real number{instead}"
)
COMPLEX_RESULT = Refusal(
    "the result of {function} is {kind}, which has no gradient",
    "return its real part or absolute value; of a holomorphic function write grad(f, holomorphic=True)",
)
NOT_HOLOMORPHIC = Refusal(
    "the result of {function} is {kind}, where holomorphic=True needs a complex number",
    "leave holomorphic out",
)
HOLOMORPHIC_OF_REAL = Refusal(
    "an argument of {function} is real, where holomorphic=True needs complex ones",
    "leave holomorphic out, or make it complex: complex(x), x.astype(complex)",
)
COMPLEX_JACOBIAN = Refusal(
    "{mode} of {function}, which has {value} here, would not tell all of its derivative",
    "of a holomorphic function write {mode}(f, holomorphic=True); {instead}",
)
COMPLEX_SEED = Refusal("a complex {what} for {value}", "give its real part, t.real")
SEED_OF_OTHER_FORM = Refusal(
    "a {what} that is {given} for a value that is {like}",
    "give one of the same containers, numbers and shapes as the value: np.ones_like(y)",
)
MOVED_IN_STEPS = Refusal(
    "a tangent other than 0 for a value that is {like}", "make that a float, or floats; else give 0"
)
NOT_DIFFERENTIABLE = Refusal("{function} is not differentiable in its argument", "{instead}")
FIXED_ARGUMENT = Refusal("{function} has no derivative in its argument {name}", "{instead}")
NO_ARGUMENTS_NAMED = Refusal(
    "argnums names no argument", "give the position of one, counted from 0, or its name"
)
NO_ARGUMENT_OF_NAME = Refusal(
    "{function} has no argument {name!r} to differentiate",
    "give the position of one, counted from 0, or its name",
)
NEEDS_FUNCTION = Refusal("{transform} needs a function", "write {transform}(f)(x)")
NO_OPTION = Refusal(
    "{transform} has no parameter {name!r}", "give the function, argnums and has_aux only"
)
CHECKPOINT_TAKES = Refusal("checkpoint takes a function, and nothing else", "write checkpoint(f)(x)")
SNAPSHOT_COUNT = Refusal(
    "checkpoint of {transform} is no whole number from 1",
    "tell how many passes of a loop to keep, as in {transform}(f, checkpoint=100)",
)
CHECKPOINTED_GENERATOR = Refusal(
    "{function} is a generator, which cannot be checkpointed",
    "checkpoint a function that is called for each item",
)
CHECKPOINTED_EFFECT = Refusal(
    "an effect {where} of a function that is checkpointed, which cannot be run again without it",
    "put it outside of that function",
)
MAP_TAKES = Refusal(
    "{function} takes {count} {what}", "give it one for each, of the form and shapes of the value"
)
RESIDUALS_OF_ANOTHER = Refusal(
    "{function} takes residuals of the forward function that it was made with, not {given}",
    "write y, residuals = forward(x) and backward(residuals, y_bar), of one split(f)",
)
NEEDS_PAIR = Refusal(
    "{function} returns {result}, where has_aux needs a pair of a {what} and anything else",
    "return value, aux",
)
DIFFERENTIATED_INSIDE_ITSELF = Refusal(
    "a function is differentiated inside itself", "use a helper function"
)
CANNOT_BE_DIFFERENTIATED = Refusal("{value} cannot be differentiated", "give it a function")
ARGUMENTS_BY_NAME = Refusal(
    "keywords of {transform} is {given}, where it takes a dict", 'write keywords={{"name": value}}'
)
JVP_ARGUMENTS = Refusal(
    "{transform} takes a function, a tuple of arguments and a tuple of tangents",
    "write {transform}(f, (x,), (x_dot,))",
)
JVP_TANGENTS = Refusal(
    "{transform} needs a tangent for each argument", "give None for an argument that is held fixed"
)
NO_JACOBIAN = Refusal(
    "a Jacobian is of numbers and arrays, and {function} has {value} here",
    "{instead}",
)
