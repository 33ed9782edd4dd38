"""Objects: named tuples, dataclasses and other classes."""

from pullback.errors import Refusal

NO_FIELD = Refusal("{cls} has no field {name!r}", "its fields are {fields}")
TOO_MANY_FIELDS = Refusal("{cls} takes {count} fields, not {given}", "its fields are {fields}")
FIELD_MISSING = Refusal("{cls} needs the field {name!r}", "give it: {cls}(..., {name}=...)")
FIELD_TWICE = Refusal("field {name!r} of {cls} is given twice", "give it by position or by name")
ATTRIBUTE_OF_RECORD = Refusal(
    "attribute {name!r} of a {cls} is not supported", "read fields, methods and properties"
)
CACHED_METHOD = Refusal(
    "{name!r} keeps its results by objects of {cls}, which has a __hash__ of its own",
    "keep them in the object: self.known = {{}} in __init__, and look them up there",
)
KEPT_BY_WHAT_VARIES = Refusal(
    "{function!r} may give a result that it has kept, though what it reads may have changed since",
    "take its cache away, or keep results in the object yourself",
)
KEPT_WITH_EFFECT = Refusal(
    "{function!r} may give a result that it has kept, and then does not draw, print or log",
    "take its cache away, or do so outside of it",
)
UNUSUAL_CONSTRUCTOR = Refusal(
    "a {cls} cannot be made here: {why}",
    "make it outside, or use a plain dataclass, named tuple or dict",
)
REPLACE_ARGUMENTS = Refusal(
    "dataclasses.replace takes one dataclass, and fields by name",
    "write dataclasses.replace(p, field=value); of a named tuple, p._replace(field=value)",
)
FACTORIES = Refusal(
    "factories for the containers are not supported", "convert the dict or tuple that is returned"
)
CLASS_MADE = Refusal("a class is made inside of the function", "define it outside of the function")
NO_DATACLASS = Refusal("{value} is no dataclass", "write _asdict() of a named tuple")
COMPUTED_ASSIGNED = Refusal(
    "attribute {name!r} of a {cls} cannot be assigned", "give its property a setter"
)
SUPER_ARGUMENTS = Refusal(
    "super needs the class and the object of the method that it stands in",
    "write super() in a method, or super(Class, self)",
)
COPIED_BY_ITS_CLASS = Refusal(
    "a {cls} cannot be copied here: it has a {name} of its own", "make the copy by its constructor"
)
COPIED_REFERENCES = Refusal(
    "a copy of {value} would have copies of objects in a list that is no part of it",
    "copy the list along: copy.deepcopy((objects, springs))",
)
NO_OPERATOR = Refusal(
    "{a} {operator} {b} is not said by their classes", "give one of them a method for it"
)
OBJECT_BESIDE_ARRAY = Refusal(
    "NumPy decides what {value} {operator} {cls} is, and takes the object for an element or an array",
    "write the object first, or give its class __array_ufunc__ = None",
)
ATTRIBUTE_SET_IN_LOOP = Refusal(
    "{name} is given the attribute {attribute!r} in the loop, or loses it there",
    "set it before, in __init__",
)
ATTRIBUTE_SET_IN_BRANCH = Refusal(
    "attribute {name} is set in one branch only", "set it in both branches, or in __init__"
)
DICT_OF_OBJECT = Refusal(
    "the dict of an object is kept under a name, in a container or by a call, and follows the object",
    "copy it, dict(vars(owner)), or read and write the attributes of the object",
)
ORDER_OF_ATTRIBUTES = Refusal(
    "the attributes of {cls} are set in an order that a run decides, and all of them are asked for",
    "set them in one order, in __init__",
)
HOLDS_ITSELF = Refusal(
    "{value} comes to hold itself, or what holds it",
    "give what needs it as an argument, or keep a number that tells where it is",
)
