"""What the room sees: who is on stage for whom, who talks, and why the stage moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why somebody came on stage."""

    FIRST = "first"
    """The first to sit down; nobody has spoken yet."""
    SPEECH = "speech"
    LEFT = "left"
    """Whoever was on stage left or muted."""
    SCREEN = "screen"
    PIN = "pin"
    BACK = "back"
    """A screen or a pin is gone, and whoever had the stage below it is seen again."""


@dataclass(frozen=True)
class Shown:
    """One picture: a speaker's shared screen, camera, or, without either, a card."""

    speaker: str
    screen: bool = False
    card: bool = False

    def same_as(self, other: Shown) -> bool:
        """The same picture, whether or not the camera went on or off."""
        return (self.speaker, self.screen) == (other.speaker, other.screen)


@dataclass(frozen=True)
class Scene:
    """What is shown now. `stage` is in order of precedence: the first is what everybody sees."""

    stage: tuple[Shown, ...] = ()
    talking: str | None = None
    """Around whom the ring is drawn."""
    coming: str | None = None
    """Who is half way to the stage: time to ask for their key frame."""

    def seen_by(self, viewer: str | None) -> Shown | None:
        """Nobody sees themselves: who is on stage sees who comes next, which is whoever was there
        before. None while there is nobody else."""
        return next((shown for shown in self.stage if shown.speaker != viewer), None)


@dataclass(frozen=True)
class Move:
    """The stage went to somebody else, and why. `turn_ms` is how long they had spoken for, and
    `silent_ms` how long whoever was on stage had not."""

    at_ms: int
    speaker: str
    before: str | None
    reason: Reason
    turn_ms: int = 0
    silent_ms: int = 0
    arguments: tuple[tuple[str, float], ...] = ()
    """What spoke for it and against it, where speech decided; they add up to more than 0."""

    def told(self, names: Mapping[str, str]) -> str:
        """One sentence for people; names by speaker."""
        name = names.get(self.speaker, self.speaker)
        before = "nobody" if self.before is None else names.get(self.before, self.before)
        match self.reason:
            case Reason.SCREEN:
                return f"{name} shares a screen."
            case Reason.PIN:
                return f"{name} was pinned by the host."
            case Reason.FIRST:
                return f"{name} is on stage until somebody speaks."
            case Reason.BACK:
                return f"{name} is on stage again."
            case Reason.LEFT:
                return f"{name} is next, as {before} left the stage."
            case Reason.SPEECH:
                return f"{name} spoke for {self.turn_ms / 1000:.1f} s{self._silence(before)}."

    def _silence(self, before: str) -> str:
        if self.before is None:
            return ""
        if self.silent_ms == 0:
            return f" while {before} still spoke"
        return f"; {before} had been silent for {self.silent_ms / 1000:.1f} s"
