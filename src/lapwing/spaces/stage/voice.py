"""Is this speech? One probability per seat, from RFC 6464 levels alone.

A level (0 loudest .. 127 silence, in -dBov) comes every 20 ms. Eleven running figures tell speech
from what also makes noise: a key click is over after two levels, a bump is rough, laughter beats,
an echo is another seat's level again, further down. A small network of eight hidden units, fitted
on annotated meetings, weighs them (`docs/stage.md`, which also says how it was fitted).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lapwing.spaces.stage.voice_weights import HIDDEN, HIDDEN_BIAS, OUTPUT, OUTPUT_BIAS

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

FRAME_MS: Final = 20
"""A level every so often."""

SILENCE: Final = 127
QUIET: Final = 50.0
"""Levels are cut off here: what is quieter is nobody's speech, and its details tell nothing."""
STILL: Final = 49.2
"""A seat whose middle level is above this has said nothing for a while, and is not judged."""
LOUD: Final = 45.0
SPOKEN: Final = 42.0

FIGURES: Final = (
    "level now", "level of 40 ms", "level of 120 ms", "level of 0.5 s", "change of level",
    "change of change", "above the loudest other", "usual level", "spread", "long change of level",
    "share of loud levels",
)  # fmt: skip
"""What the network is shown, in the order of `HIDDEN`'s rows."""

_RATES: Final = np.array([0.4, 0.15, 0.04, 0.15, 0.15, 0.15, 0.04, 0.15])[:, None]
_LEVEL, _CHANGE, _BEND, _SPREAD, _LONG_CHANGE, _SHARE = slice(0, 3), 3, 4, 5, 6, 7
_USUAL_AT_FIRST: Final = 30.0
_USUAL_SLOWEST: Final = 0.001
_USUAL_WORTH: Final = 30.0


class Voices:
    """What has been heard of each seat. `hear` every 20 ms; `speech` whenever it is asked."""

    def __init__(self, seats: int) -> None:
        self._seats = seats
        self._level = np.full(seats, QUIET)
        self._change = np.zeros(seats)
        self._usual = np.full(seats, _USUAL_AT_FIRST)
        self._spoken = np.zeros(seats)
        self._running = np.zeros((len(_RATES), seats))
        self._running[_LEVEL] = QUIET
        self._news = np.zeros((len(_RATES), seats))
        self._figures = np.zeros((len(FIGURES), seats))

    def clear(self, seat: int) -> None:
        """Somebody else sits here now."""
        self._level[seat] = QUIET
        self._change[seat] = 0.0
        self._usual[seat] = _USUAL_AT_FIRST
        self._spoken[seat] = 0.0
        self._running[:, seat] = 0.0
        self._running[_LEVEL, seat] = QUIET

    def hear(self, levels: Sequence[int] | FloatArray) -> None:
        """One level per seat, 20 ms after the ones before."""
        level = np.minimum(np.asarray(levels, dtype=np.float64), QUIET)
        change = level - self._level
        news, running = self._news, self._running
        news[_LEVEL] = level
        np.abs(change, out=news[_CHANGE])
        np.abs(change - self._change, out=news[_BEND])
        np.square(level - running[2], out=news[_SPREAD])
        news[_LONG_CHANGE] = news[_CHANGE]
        np.less(level, LOUD, out=news[_SHARE], casting="unsafe")
        running += _RATES * (news - running)
        self._level, self._change = level, change
        spoken = level < SPOKEN
        if spoken.any():
            self._spoken += spoken
            rate = np.maximum(_USUAL_SLOWEST, 1.0 / (self._spoken + _USUAL_WORTH))
            self._usual += spoken * rate * (level - self._usual)

    def speech(self) -> FloatArray:
        """The probability of each seat, 0..1, that what comes from it now is speech."""
        awake = self._running[1] < STILL
        if not awake.any():
            return np.zeros(self._seats)
        hidden = np.tanh(HIDDEN @ self.figures() + HIDDEN_BIAS)
        speech: FloatArray = awake / (1.0 + np.exp(-(OUTPUT @ hidden + OUTPUT_BIAS)))
        return speech

    def figures(self) -> FloatArray:
        """(figures, seats): what the network is shown, as `FIGURES` names it. Overwritten by the
        next call."""
        figures, running = self._figures, self._running
        figures[0] = self._level
        figures[1:6] = running[:5]
        np.subtract(running[1], _loudest_others(running[1]), out=figures[6])
        figures[7] = self._usual
        np.sqrt(running[_SPREAD], out=figures[8])
        figures[9:11] = running[_LONG_CHANGE:]
        return figures


def _loudest_others(levels: FloatArray) -> FloatArray:
    """For each seat the loudest level of the others (small is loud)."""
    if len(levels) == 1:
        return np.full(1, QUIET)
    loudest = int(levels.argmin())
    others = np.full(len(levels), levels[loudest])
    others[loudest] = np.partition(levels, 1)[1]
    return others
