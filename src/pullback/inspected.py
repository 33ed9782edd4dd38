"""What was compiled, to be looked at: its source and its intermediate forms."""

from __future__ import annotations

from pullback.backend.numpy_ import Emitted
from pullback.dispatch import Specialisation
from pullback.errors import ArgumentError
from pullback.hooks import Shown
from pullback.ir.core import Func
from pullback.ir.text import from_text
from pullback.pipeline import SWITCHES, Stages


class Inspected(Shown):
    """Base of what is compiled for each kind of arguments; all is told of what ran last."""

    __slots__ = ()

    def _compiled(self) -> Specialisation:
        """What ran last."""
        raise NotImplementedError

    @property
    def emitted(self) -> Emitted:
        """The code that the last call ran, with the user's places that its lines stand for."""
        found: Emitted = self._compiled().emitted
        return found

    @property
    def source(self) -> str:
        """The code that the last call ran.

        Before the first call it is compiled for the kinds that annotations and defaults tell.
        Raises `ArgumentError` where they do not.
        """
        return self.emitted.text

    def ir(self, stage: str = "optimised", *, after: str | None = None, round: int | None = None) -> str:
        """The intermediate form after a named phase, as text.

        The phases are "lowered" (the function as read), "vjp" (with its derivative), "optimised"
        (after all passes) and "owned" (with the copies that writes in place need). `after` names a
        pass instead, as `without` does: the form is that behind its last run, or behind the one in
        `round`, from 1. Nothing but "lowered" is recorded while compiling: the first question is
        answered by compiling once more. Raises `ArgumentError` for another name.
        """
        stages = self._compiled().stages
        if after is not None:
            return _after(stages, after, round)
        text = stages.text(stage)
        if text is None:
            raise ArgumentError(f"no stage {stage!r}: there are {', '.join(stages.texts)}")
        return text

    def ir_changes(self) -> str:
        """What each pass removed, added and moved in the IR, pass by pass."""
        return self._compiled().stages.changes()

    def func(
        self, stage: str = "optimised", *, after: str | None = None, round: int | None = None
    ) -> Func:
        """What `ir` gives as text, as an object, which notebooks show in colours."""
        return from_text(self.ir(stage, after=after, round=round))


def _after(stages: Stages, name: str, round: int | None) -> str:
    if name not in SWITCHES:
        raise ArgumentError(f"no pass {name!r}: there are {', '.join(SWITCHES)}")
    text = stages.after(name, round)
    if text is None:
        when = "" if round is None else f" in round {round}"
        raise ArgumentError(f"pass {name!r} did not run{when}: optimize, without and round decide")
    return text
