"""Trees of Python containers: tuples, lists and dicts with anything else as leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def leaves(tree: Any) -> Iterator[Any]:
    """The leaves of a tree in order; None is a leaf."""
    if isinstance(tree, tuple | list):
        for item in tree:
            yield from leaves(item)
    elif isinstance(tree, dict):
        for item in tree.values():
            yield from leaves(item)
    else:
        yield tree


def mapped(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """A tree of the same form with ``function`` applied to each leaf and those of the others there."""
    if isinstance(tree, tuple | list):
        items = [mapped(function, *parts) for parts in zip(tree, *others, strict=True)]
        return items if isinstance(tree, list) else tuple(items)
    if isinstance(tree, dict):
        return {k: mapped(function, v, *(o[k] for o in others)) for k, v in tree.items()}
    return function(tree, *others)


def same_form(a: Any, b: Any) -> bool:
    """Whether two trees differ at most in their leaves."""
    if isinstance(a, tuple | list):
        return type(a) is type(b) and len(a) == len(b) and all(map(same_form, a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(
            same_form(v, b[k]) for k, v in a.items()
        )
    return not isinstance(b, tuple | list | dict)
