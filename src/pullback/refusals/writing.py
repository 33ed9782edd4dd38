"""Results written into arrays: out=, where=, and functions that work in place."""

from pullback.errors import Refusal

OUT_IS_NO_ARRAY = Refusal("{function} writes to {value}", "give it an array to write to")
OUT_OF_OTHER_KIND = Refusal(
    "{function} gives {value}, which NumPy does not write to {target}",
    "write to an array of the same dtype and number of dimensions",
)
WHERE_WITHOUT_OUT = Refusal(
    "{function} with where leaves places undefined", "give it out=, or write np.where(mask, f(x), other)"
)
WHERE_IS_NO_MASK = Refusal(
    "where is {value} for {target}", "give it a boolean array of the shape of the result"
)
IN_PLACE_TAKES = Refusal("{function} takes {what}, not {value}", "give it {what}")
OPTION_IN_PLACE = Refusal(
    "{function} is not supported with {name}={value!r}", "write it as an assignment: x[...] = value"
)
REPEATED_UPDATES = Refusal(
    "{function} is not supported for {target}", "write it as a loop over the indices"
)
OVERLAPS = Refusal(
    "{function} may write to what it still has to read", "give it a copy of what it reads"
)
FLAT_NUMBER = Refusal("flat of {value} is not supported", "write x[()]")
FLAT_PLACES = Refusal(
    "flat is only written to at integers, vectors of integers and slices", "write x.ravel()[mask]"
)
RESIZED = Refusal("{function} is not supported", "make a new array, and copy what stays")
