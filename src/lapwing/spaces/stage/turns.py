"""Whose turn is it? Running figures of each seat's speech, updated every 40 ms."""

from __future__ import annotations

from typing import Final

import numpy as np

from lapwing.spaces.stage.preset import Preset
from lapwing.spaces.stage.voice import FloatArray

STEP_FRAMES: Final = 2
_NEVER: Final = 1000.0
_SURE: Final = 0.5


class Turns:
    """What each seat has said of late. All figures are arrays by seat."""

    def __init__(self, seats: int, preset: Preset) -> None:
        self._gap_frames = preset.gap_frames
        self._rates = np.array([preset.now_rate, preset.lately_rate])[:, None]
        self._shares = np.zeros((2, seats))
        self.now, self.lately = self._shares
        """Running means of the probability of speech, the second a little slower."""
        self.turn_frames = np.zeros(seats)
        """How long this turn has been so far; only speech is counted, short gaps are bridged."""
        self.silent_frames = np.full(seats, _NEVER)

    def clear(self, seat: int) -> None:
        """Somebody else sits here now, or this seat has fallen silent for good."""
        self._shares[:, seat] = 0.0
        self.turn_frames[seat] = 0.0
        self.silent_frames[seat] = _NEVER

    def hear(self, speech: FloatArray) -> None:
        """Probabilities of speech by seat, 40 ms after the ones before."""
        self._shares += self._rates * (speech - self._shares)
        self.silent_frames += STEP_FRAMES
        self.silent_frames[speech > _SURE] = 0.0
        self.turn_frames[self.silent_frames > self._gap_frames] = 0.0
        self.turn_frames += STEP_FRAMES * speech
