"""Who has the stage: one decision every 40 ms, from probabilities of speech alone.

A challenger takes the stage when the arguments for it add up to more than nothing and the holder
has had it for the preset's minimum stay. Nobody speaks: the holder stays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import mul
from typing import Final

import numpy as np

from lapwing.spaces.stage.preset import ARGUMENTS, CALM, SNAPPY, Preset
from lapwing.spaces.stage.turns import STEP_FRAMES, Turns
from lapwing.spaces.stage.voice import FloatArray, Voices

NOBODY: Final = -1
_JUST_SPOKE_FRAMES: Final = 6
"""Only who has been heard in these last frames can take the stage."""
_START_FRAMES: Final = 15.0
_LONG_FRAMES: Final = 75.0
"""Turns longer than 1.5 s tell nothing more."""
_SECOND_FRAMES: Final = 50.0
_LONG_AGO: Final = 1_000_000


@dataclass(frozen=True)
class Because:
    """What a seat took the stage for: how long it had spoken in this turn, how long the holder had
    not, and each argument's weight (above 0 for it), by `ARGUMENTS`."""

    turn_frames: int
    silent_frames: int
    arguments: dict[str, float]


class Picker:
    """The stage of one room by one preset, seats by number."""

    def __init__(self, seats: int, preset: Preset) -> None:
        self.preset = preset
        self.turns = Turns(seats, preset)
        self.holder = NOBODY
        self.stay_frames = _LONG_AGO
        self.because: Because | None = None

    def hear(self, speech: FloatArray) -> int:
        """Probabilities of speech by seat, 40 ms after the ones before: who has the stage now,
        or `NOBODY` while nobody has spoken."""
        self.turns.hear(speech)
        self.stay_frames += STEP_FRAMES
        if self.stay_frames >= self.preset.stay_frames:
            best, most = NOBODY, 0.0
            for seat in self.challengers():
                score = self.score(seat)
                if score > most:
                    best, most = seat, score
            if best != NOBODY:
                self.because = self._because(best)
                self.holder, self.stay_frames = best, 0
        return self.holder

    def offer(self, seat: int) -> None:
        """This seat has the stage until somebody speaks: without a minimum stay."""
        self.holder, self.stay_frames, self.because = seat, _LONG_AGO, None

    def clear(self, seat: int) -> None:
        """This seat is empty, muted or somebody else's now; if it had the stage, nobody has."""
        self.turns.clear(seat)
        if self.holder == seat:
            self.offer(NOBODY)

    def challengers(self) -> Iterator[int]:
        for seat in np.flatnonzero(self.turns.silent_frames <= _JUST_SPOKE_FRAMES).tolist():
            if seat != self.holder:
                yield seat

    def coming(self) -> int:
        """The seat that is half way to the stage, or `NOBODY`: time to ask for its key frame."""
        half = self.preset.weights[0] / 2
        scores = [(self.score(seat), seat) for seat in self.challengers()]
        score, seat = max(scores, default=(-math.inf, NOBODY))
        return seat if score > half else NOBODY

    def score(self, seat: int) -> float:
        """The sum of the arguments for giving this seat the stage now; above 0 it may have it."""
        return math.fsum(map(mul, self.preset.weights, self.circumstances(seat)))

    def _because(self, seat: int) -> Because:
        weighed = map(mul, self.preset.weights, self.circumstances(seat))
        silent = 0.0 if self.holder == NOBODY else float(self.turns.silent_frames[self.holder])
        turn = float(self.turns.turn_frames[seat])
        return Because(round(turn), int(silent), dict(zip(ARGUMENTS, weighed, strict=True)))

    def circumstances(self, seat: int) -> tuple[float, ...]:
        """What the weights weigh, in the order of `ARGUMENTS`: 0 to 1, the turn in seconds."""
        turns, holder = self.turns, self.holder
        turn_frames = float(turns.turn_frames[seat])
        held = holder != NOBODY
        return (
            1.0,
            min(turn_frames, _START_FRAMES) / _START_FRAMES,
            min(turn_frames, _LONG_FRAMES) / _SECOND_FRAMES,
            float(turns.now[seat]),
            float(turns.lately[seat]),
            float(turns.now[holder]) if held else 0.0,
            float(turns.lately[holder]) if held else 0.0,
            self._third(seat),
        )

    def _third(self, seat: int) -> float:
        """How much whoever else speaks most has spoken just before."""
        lately: list[float] = self.turns.lately.tolist()
        others = (share for at, share in enumerate(lately) if at not in (seat, self.holder))
        return max(others, default=0.0)


def stage_picker(speakers: int) -> Callable[[Sequence[int]], int]:
    """Takes one level per speaker each 20 ms, and says who is on stage (-1: nobody yet)."""
    return _picker(speakers, CALM)


def ring_picker(speakers: int) -> Callable[[Sequence[int]], int]:
    """As `stage_picker`, for the ring around whoever talks: quicker, and less calm."""
    return _picker(speakers, SNAPPY)


def _picker(speakers: int, preset: Preset) -> Callable[[Sequence[int]], int]:
    voices, picker, heard = Voices(speakers), Picker(speakers, preset), 0

    def pick(levels: Sequence[int]) -> int:
        nonlocal heard
        voices.hear(levels)
        heard += 1
        if heard % STEP_FRAMES == 0:
            picker.hear(voices.speech())
        return picker.holder

    return pick
