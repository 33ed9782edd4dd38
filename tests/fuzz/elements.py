"""What a random program may be made of beside the usual: elements that can be switched.

Each names a construct. Programs are made of all of them, or of some:
``python -m tests.fuzz.run --only NAME,NAME``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ELEMENTS = {
    "names": "a second name for an array, written to by either",
    "views": "slices, rows and columns that are written to, and whose bases are",
    "shaped": "the same memory in another shape: T, reshape, ravel, a new axis",
    "rows": "loops over rows, or over arrays in a list, that write to them",
    "writers": "functions of the module that write to what they are given",
    "arguments": "writes to the arguments of the function",
    "held": "writes to arrays in lists, tuples and dicts, which have other names",
    "chosen": "a second name for one of several arrays, or of views that branches make",
    "swaps": "elements, rows and names that change places",
    "scatter": "np.add.at and its like",
    "out": "results written to an array that is there: out=, copyto, fill",
    "comprehensions": "lists, arrays and sums from comprehensions, nested and filtered",
    "reductions": "sum, min, max, sorted, any and all of lists and arrays",
    "growing": "lists that grow at both ends, are joined, turned round and sorted",
    "else": "else on loops that are left early",
    "try": "exceptions that are raised and caught, and what runs in any case",
    "match": "match statements on numbers",
    "walrus": "conditions that assign names",
    "with": "blocks under np.errstate",
    "closures": "functions with statements, made inside, that read, write and rebind what is around",
    "nonlocal": "counters, accumulators and buffers that functions made inside change",
    "makers": "functions that make functions",
    "chosen functions": "names for one of two functions, as a condition decides",
    "tables": "functions in lists and dicts, by index and key",
    "higher": "map, filter, reduce, partial, and keys of sorting",
    "callbacks": "calls of functions that write to their argument, hand out arrays, grow lists",
    "generators": "loops over what a generator yields",
    "calls": "decorators, *args, **kwargs, keywords alone, mutual recursion, functions given",
    "objects": "classes with methods that write attributes, operators, properties, inheritance",
    "objects in lists": "loops over objects, which change them",
    "records": "dataclasses and named tuples, as arguments too: fields assigned and replaced",
    "complex": "complex numbers and arrays between real ones",
    "draws": "random numbers drawn from a seeded generator",
}
ON = frozenset(ELEMENTS)
FORMS: dict[str, tuple[int, str]] = {}

Form = Callable[..., None]


def element(name: str, weight: int = 2) -> Callable[[Form], Form]:
    """Enter a method that writes the statements of an element."""
    if name not in ELEMENTS:
        raise ValueError(f"{name!r} is no element")

    def enter(form: Form) -> Form:
        def write(self: Any, *args: Any) -> None:
            self.used.add(name)
            form(self, *args)

        write.__name__, write.__doc__ = form.__name__, form.__doc__
        FORMS[name] = weight, form.__name__
        return write

    return enter
