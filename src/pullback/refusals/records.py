"""Named tuples and dataclasses."""

from pullback.errors import Refusal

NO_FIELD = Refusal("{cls} has no field {name!r}", "its fields are {fields}")
TOO_MANY_FIELDS = Refusal("{cls} takes {count} fields, not {given}", "its fields are {fields}")
FIELD_MISSING = Refusal("{cls} needs the field {name!r}", "give it: {cls}(..., {name}=...)")
FIELD_TWICE = Refusal("field {name!r} of {cls} is given twice", "give it by position or by name")
ATTRIBUTE_OF_RECORD = Refusal(
    "attribute {name!r} of a {cls} is not supported", "read fields, methods and properties"
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
NO_DATACLASS = Refusal("{value} is no dataclass", "write _asdict() of a named tuple")
