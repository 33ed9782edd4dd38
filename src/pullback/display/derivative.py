"""Derivatives in a notebook: the user's function on one side, its derivative on the other."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from pullback.backend.numpy_ import Emitted
from pullback.derivative import Derivative, innermost
from pullback.display.originals import Original, completed, original
from pullback.display.page import Message, Pane, page
from pullback.errors import Loc, PullbackError
from pullback.frontend.bound import unbound
from pullback.inspected import Inspected

MODES = {"grad": "gradient", "value_and_grad": "value and gradient"}
Place = tuple[str, int]


def derivative_html(derivative: Derivative) -> str:
    """Both sides; in place of one that is not to be had, why, and what to do."""
    title = title_of(derivative)
    function = unbound(innermost(derivative))
    try:
        user = original(function)
    except PullbackError as error:
        return page([[Message(function.__name__, f"{error}")], [_derivative_alone(derivative, title)]])
    try:
        emitted = derivative.emitted
    except PullbackError as error:
        return page([[_user_pane(user, {})], [Message(title, f"{error}")]])
    return _both_sides([user], title, emitted, note_of(derivative))


def half_html(half: Inspected) -> str:
    """One of two functions that a derivative is cut into, beside the functions that it comes from."""
    title = repr(half).strip("<>")
    try:
        return _both_sides([], title, half.emitted, "")
    except PullbackError as error:
        return page([[Message(title, f"{error}")]])


def _both_sides(known: Sequence[Original], title: str, emitted: Emitted, note: str) -> str:
    places = [loc for locs in emitted.lines.values() for loc in locs]
    originals = completed(known, places)
    keys = keys_of(places, originals)
    left = [_user_pane(o, keys) for o in originals]
    return page([left, [_derivative_pane(title, emitted, keys, note)]])


def keys_of(places: Sequence[Loc], originals: Sequence[Original]) -> dict[Place, int]:
    """A key for each line of the user's that is shown and has a part in the derivative."""
    shown = {(loc.file, loc.line) for loc in places if any(o.holds(loc) for o in originals)}
    return {place: k for k, place in enumerate(sorted(shown))}


def _user_pane(user: Original, keys: Mapping[Place, int]) -> Pane:
    places = {k: (user.file, user.first + k - 1) for k in range(1, len(user.lines) + 1)}
    tied = {k: [keys[place]] for k, place in places.items() if place in keys}
    return Pane(user.name, "\n".join(user.lines), user.where, keys=tied, number=user.first)


def _derivative_pane(title: str, emitted: Emitted, keys: Mapping[Place, int], note: str) -> Pane:
    tied = {}
    for k, locs in emitted.lines.items():
        found = dict.fromkeys((loc.file, loc.line) for loc in locs)
        tied[k] = [keys[place] for place in found if place in keys]
    return Pane(title, emitted.text.rstrip("\n"), note, keys=tied)


def _derivative_alone(derivative: Derivative, title: str) -> Pane | Message:
    try:
        return _derivative_pane(title, derivative.emitted, {}, note_of(derivative))
    except PullbackError as error:
        return Message(title, f"{error}")


def title_of(derivative: Derivative) -> str:
    """``gradient of loss in w``, ``gradient of gradient of f in x``."""
    return f"{_modes(derivative)} in {', '.join(argument_names(derivative))}"


def _modes(function: Any) -> str:
    if isinstance(function, Derivative):
        return f"{MODES.get(function.mode, function.mode)} of {_modes(function.primal)}"
    return str(function.__name__)


def argument_names(derivative: Derivative) -> list[str]:
    """The arguments that it differentiates in."""
    wrt = derivative.argnums
    names = list(inspect.signature(derivative).parameters)
    chosen = wrt if isinstance(wrt, tuple) else (wrt,)
    return [names[n] if isinstance(n, int) and -len(names) <= n < len(names) else str(n) for n in chosen]


def note_of(derivative: Derivative) -> str:
    count = len(derivative.sources)
    return f"last used of {count} compiled" if count > 1 else ""
