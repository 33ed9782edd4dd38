"""NumPy functions.

What a rule refuses is told behind ``CANNOT_TAKE``, which names the function and what it was given.
"""

from pullback.errors import Refusal

NO_RULE = Refusal("{function} has no rule, and what is differentiated reaches it", "{instead}")
GIVEN_OUTSIDE = Refusal(
    "{function} is not compiled, and is given a function that cannot be handed on",
    "put the call into a function of numbers and arrays, and give that a rule with pullback.primitive",
)
GIVEN_WHAT_CHANGES = Refusal(
    "{function} is not compiled, and is given a function that reads {name!r}, which changes",
    "give the function its value by a default, as in lambda t, k=k: k * t",
)
OF_A_LIBRARY = Refusal(
    "{function} cannot be differentiated: {complaint}",
    "write it with functions that have rules, or give it one with pullback.primitive",
)
PRIMITIVE_KEYWORDS = Refusal(
    "{function} has a rule of its own, and is given arguments by name", "give them by position"
)
PRIMITIVE_ARGUMENTS = Refusal(
    "{function} has a rule of its own, and is given a container", "give it numbers, arrays and constants"
)
PRIMITIVE_RESULT = Refusal(
    "what {function} gives is not told",
    'annotate its result (-> float, "f64[n]"), or write pullback.primitive(returns=...)',
)
RULE_WRITES = Refusal("the rule of {function} writes to its arguments", "make new arrays")
RULE_RESULT = Refusal("the rule of {function} has to return {needs}", "return it in this order")
RULE_ARITY = Refusal(
    "the rule of {function} is for {takes} arguments, and {function} is given {count}",
    "give the rule a parameter for each argument, behind those that come first",
)
RULE_SHAPE = Refusal(
    "the rule of {function} gives {given} as {what}, which is {like}",
    "give it in that form and shape: np.zeros_like(x) where there is none",
)
PRIMITIVE_ARITY = Refusal(
    "{function} is given {count} arguments, and takes {parameters}", "give one for each, by position"
)
RULE_MISSING = Refusal(
    "{function} has no rule yet", "give it one: {function}.def{mode}(rule), or @{function}.def{mode}"
)
RULE_NOT_LINEAR = Refusal(
    "the rule of {function} is not linear in the cotangent, so no tangent can be made of it",
    "use reverse mode (grad, vjp), or give the rule by tangents",
)
RULED_WRITES = Refusal(
    "{function}, which has a rule of its own, writes to its arguments", "make new arrays"
)
BLOCK_FORM = Refusal(
    "gradient_of takes one value, and its adjoint a name",
    "write: with gradient_of(x) as g, one block for each value",
)
BLOCK_OF = Refusal(
    "gradient_of takes floats and arrays of floats, not {value}",
    "leave the block out, or name a float that is computed of it",
)
BLOCK_OF_OTHERS = Refusal(
    "{value} is nothing that this function has a name for",
    "give it a name first: h = {value}, and use h behind the block",
)
BLOCK_OF_ITEM = Refusal(
    "{value} is a value of its own where it is read, so no adjoint comes to what is read here",
    "give it a name first: h = {value}, and use h behind the block",
)
BLOCK_RENAMED = Refusal("gradient_of goes by another name here", "call it gradient_of")
BLOCK_ASSIGNS = Refusal(
    "a block for an adjoint assigns to {name}, which the function knows outside of it",
    "use another name in the block, which runs in the reverse sweep",
)
BLOCK_LEFT = Refusal(
    "a block for an adjoint is left here, or not gone through to its end",
    "let it end where its statements end",
)
BLOCK_WRITES = Refusal(
    "a block for an adjoint changes what the function knows by other names",
    "change the adjoint alone; append what it is to a list from outside of the function",
)
BLOCK_UNUSED = Refusal(
    "nothing in {function} depends on {name} behind the block, so no adjoint comes to it",
    "put the block before the uses; of an argument, return it and use what the function returns",
)
BLOCK_REPLACES = Refusal(
    "a block replaces the adjoint of {name}, which tangents have nothing of",
    "use reverse mode (grad, vjp, jacrev), or leave the adjoint as it is",
)
RULED_RESULT = Refusal(
    "{function}, which has a rule of its own, gives no number or array", "return one, and not several"
)
KIND_FROM_OUTSIDE = Refusal(
    "{function} is given what was computed outside, of which the kind is not known",
    'annotate it, v: "f64[n]" = ..., or give what computes it a rule with pullback.primitive',
)
KIND_NOT_TOLD = Refusal(
    "{annotation} does not tell the kind of what is given",
    'write float, int, bool, np.float64, or "f64[n]" for arrays',
)
REFUSED_FUNCTION = Refusal("{function} {why}", "{instead}")
CANNOT_TAKE = Refusal("{function} cannot take {kinds}: {why}", "{instead}")
FITTING = "give it arrays whose shapes and dtypes fit"
NO_SUCH_ARGUMENT = Refusal("{function} is not supported with argument {arguments}", "{instead}")
CONSTANT_OF_OTHER_KIND = Refusal(
    "{function} cannot take {name}={value!r}", "give it what the documentation of NumPy asks for"
)
ARGUMENT_IS_NONE = Refusal("{function} is not supported with {name}=None", "{instead}")
OTHER_FUNCTIONS = "leave it out, or write it with other functions"
NO_DTYPE = Refusal("{value!r} is no dtype", "write np.float64, np.float32, np.int64 or bool")
NEEDS_SEQUENCE = Refusal(
    "{function} needs a list or tuple of arrays", "put them into a list: {function}([a, b])"
)

# ---- what rules have no type for

NEEDS_NUMBERS = Refusal("it takes numbers and arrays of numbers", "convert them first, with float(x)")
NEEDS_NUMBER = Refusal("it takes a number", "call it of the elements, in a loop")
AXIS_TWICE = Refusal("an axis is given twice", "give each axis once")
MADE_REAL = Refusal(
    "it would make real numbers of complex ones", "take the real parts first, z.real, or abs(z)"
)
NEEDS_ARRAY = Refusal("it needs an array", "make one of it first, as in np.array([x])")
NEEDS_ARRAYS = Refusal("it needs arrays", "write * for products with numbers")
NEEDS_DIMENSIONS = Refusal(
    "it needs arrays of one dimension or more", "write * for products with numbers"
)
NEEDS_INTEGERS = Refusal(
    "its counts or indices must be integers", "convert them, with int() or .astype(int)"
)
NEEDS_AXIS = Refusal("it needs an axis", "ravel the array first")
PLACES_OF_WRITE = Refusal(
    "np.put_along_axis needs an axis, and as many dimensions in both arrays",
    "write to x[np.arange(len(x)), indices]",
)
MODE_OF_PLACES = Refusal("there is no mode {mode!r}", "give 'raise', 'wrap' or 'clip'")
NEEDS_ARRAY_OF_SLICES = Refusal(
    "{function} needs an array with axes, not {value}", "call the function itself"
)
RESULTS_OF_NUMPY = Refusal(
    "{function} takes the dtype from the first result, and needs arrays or numbers of NumPy",
    "write np.float64(...) of what it gives, or call it in a loop",
)
OTYPES = Refusal(
    "np.vectorize takes the dtype from the first result, whatever others are",
    "tell it, np.vectorize(f, otypes=[float]), or call the function on the whole array",
)
PIECES = Refusal(
    "it needs a function or number for each condition, and may have one more", "write them in lists"
)
UNIQUE_ALONG_AXIS = Refusal("it compares whole rows", "ravel the array first, and leave axis out")
POINTS_FOR_AXES = Refusal(
    "{points} numbers of points are given for {axes} axes", "give one for each axis, as s and axes"
)
NO_ORDER_OF_AXES = Refusal("its axes are no order of {count} axes", "name each axis once")
KIND_OF_MATRIX = Refusal(
    "equations are not solved for the kind of matrix {kind!r}", "leave assume_a out"
)
NEEDS_VECTORS = Refusal("it needs vectors", "ravel them first")
NEEDS_TRIPLES = Refusal(
    "it needs arrays of vectors of three numbers", "put the numbers into arrays: np.array([x, y, z])"
)
NEEDS_MATRICES = Refusal(
    "it needs a matrix, or a stack of matrices", "make one of it first, with reshape or x[:, None]"
)
ONE_MATRIX = Refusal(
    "it needs one matrix", "write a loop over a stack of matrices, or use functions of np.linalg"
)
NEEDS_RIGHT_SIDE = Refusal(
    "it needs a vector or a matrix on the right", "fill a vector with the number: np.full(len(a), b)"
)
DIAGONALS_OF_STACKS = Refusal(
    "it needs a vector or a matrix", "write np.diagonal(x, axis1=-2, axis2=-1) of a stack"
)
DIAGONAL_OF_ONE_AXIS = Refusal("its two axes are one", "name two axes: axis1=0, axis2=1")
NORM_ORDER = Refusal(
    "there is no norm of order {order!r}", "give a number, or 'fro' or 'nuc' of a matrix"
)
NORM_OF_STACK = Refusal(
    "a norm of order {order!r} is one of vectors or matrices", "name the axes, as in axis=(-2, -1)"
)
NEEDS_REAL_POINTS = Refusal(
    "complex numbers have no order", "interpolate over real numbers: z.real, or abs(z)"
)
NEEDS_REAL_WEIGHTS = Refusal("it takes real weights", "take their real parts, w.real")
WEIGHTS_ALONG_AXIS = Refusal(
    "it takes weights in the shape of the array, or a vector along one axis", "broadcast them first"
)
QUANTILE_METHOD = Refusal(
    "there is no method {method!r}", "write 'linear', or one of the others that NumPy has"
)
MODE_OF_CONVOLUTION = Refusal(
    "the mode {mode!r} is none of 'full', 'same' and 'valid'", "give one of these"
)
INSERTED = Refusal(
    "it puts values in at one place, or at those of a vector", "ravel the places, and name the axis"
)
CHOICES = Refusal(
    "it needs a list of choices, and one for each condition", "write nested calls of np.where"
)
BLOCKS = Refusal("its lists are not nested to one depth", "put each block into as many lists")
ORDER_OF_DIFFERENCES = Refusal("it takes differences once or more", "leave the call out, or n=1")
TRIANGLE = Refusal("no triangle is named by UPLO={name!r}", "give 'L' or 'U'")
FULL_MATRICES = Refusal(
    "vectors that belong to no singular value have no derivative", "write full_matrices=False"
)
NEEDS_FACTORS = Refusal(
    "it needs the pair that scipy.linalg.{function} gives",
    "write scipy.linalg.{solve}(scipy.linalg.{function}(a), b)",
)
SQUARES_OF_VECTOR = Refusal(
    "of one vector the squares that are left are a number or an empty array, as the rank is",
    "give a matrix of one column, b[:, None]",
)
SOLUTION_ALONE = Refusal(
    "with lapack_driver='gelsy' only the solution has a rule", "leave lapack_driver out"
)
DERIVATIVE_ALONE = Refusal(
    "of two results it has no rule", "write compute_expm=False, and call scipy.linalg.expm besides"
)
ROOT_OF_REAL = Refusal(
    "of real matrices it gives real or complex ones, as the numbers are",
    "give it complex ones, and take the real part: scipy.linalg.sqrtm(a + 0j).real",
)
MODE_OF_QR = Refusal("the mode {mode!r} has no rule", "leave it out")
SPACINGS = Refusal(
    "it needs one spacing, or one for each of {count} axes", "give numbers, or the points as vectors"
)
POINTS_OF_ONE_FORM = Refusal(
    "math.dist takes two tuples of one length, or two vectors",
    "write np.linalg.norm(p - q) of arrays",
)
LIST_NEEDS_AXIS = Refusal(
    "the arrays of a list that grows are joined along an axis", "append ravelled arrays instead"
)
ORDER_IN_MEMORY = Refusal(
    "order {order!r} asks for the layout in memory", "write order='C' or order='F'"
)
COUNTS_WITHOUT_AXIS = Refusal("an array of counts needs an axis", "ravel the array first")
PAD_WIDTHS = Refusal(
    "widths are an integer, a pair, or a pair for each axis", "write ((before, after), ...)"
)
PAD_PAIRS = Refusal("{pairs} pairs of widths for {axes} axes", "give one pair, or one for each axis")
WINDOWS_AND_AXES = Refusal(
    "{windows} sizes of windows for {axes} axes", "give a size for each axis, or name the axes"
)
PAD_MODE = Refusal("this way of padding has no rule", "concatenate the borders")
COMPUTED_PARTS = Refusal("the number of parts must be a constant", "give the places to split at")
PLACES_ALONG_AXIS = Refusal(
    "it needs an axis, and as many dimensions in both arrays",
    "index the array instead: x[np.arange(len(x)), indices]",
)
SQUEEZED_AXES = Refusal("which sizes are 1 is only known at run time", "name the axis")
SQUEEZED_POINTS = Refusal(
    "it squeezes what it gives, and which sizes are 1 is only known at run time",
    "give it whole arrays, not parts of them, or points one by one",
)
ASTYPE_DTYPE = Refusal("it has no numbers of this dtype", "use a dtype of floats, integers or bools")
SUBSCRIPTS_TEXT = Refusal(
    "the subscripts must be a string", "write them as letters: np.einsum('ij,j->i', a, b)"
)
SUBSCRIPT_TERMS = Refusal(
    "{terms} terms of subscripts for {operands} operands", "write one for each operand, with commas"
)
SUBSCRIPT_AXES = Refusal(
    "subscripts {term!r} for an operand of {axes} dimensions",
    "write a letter for each axis, or ... for several",
)
SUBSCRIPT_LETTERS = Refusal("subscripts are letters", "write letters, and ... for several axes")
SUBSCRIPT_OF_RESULT = Refusal(
    "a subscript of the result stands in it twice, or in no operand",
    "write each once, and only such as the operands have",
)
