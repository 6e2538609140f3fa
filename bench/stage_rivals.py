"""Others' ways to find who speaks, written from their papers and descriptions.

- Jitsi: I. Volfin, I. Cohen, "Dominant speaker identification for multipoint videoconferencing",
  Computer Speech & Language 27 (2013), on audio levels and with the constants that Jitsi gives it.
- LiveKit's active speakers, by the meaning and defaults of its settings.
- A picker of two windows, one for the challenger's speech and one for the holder's silence.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

Pick = Callable[[Sequence[int]], int]

FRAME_MS: Final = 20
SILENCE: Final = 127


class VolfinCohen:
    """Speech activity is scored over three lengths of time, each counting the active parts of the
    length below it; a challenger has to beat the dominant speaker in all three."""

    def __init__(self, speakers: int, every_ms: int) -> None:
        self._every = every_ms // FRAME_MS
        self._speakers = [_Activity() for _ in range(speakers)]
        self._dominant = -1
        self._heard = 0

    def __call__(self, levels: Sequence[int]) -> int:
        for speaker, level in zip(self._speakers, levels, strict=True):
            speaker.hear(SILENCE - level)
        self._heard += 1
        if self._heard % self._every == 0:
            self._decide()
        return self._dominant

    def _decide(self) -> None:
        if self._dominant < 0:
            self._dominant = 0
            return
        held = self._speakers[self._dominant].scores()
        best, most = self._dominant, 2.0
        for number, speaker in enumerate(self._speakers):
            if number == self._dominant:
                continue
            immediate, medium, long = (
                math.log(ours / theirs) for ours, theirs in zip(speaker.scores(), held, strict=True)
            )
            if immediate > 3 and medium > 2 and long > 0 and medium > most:
                best, most = number, medium
        self._dominant = best


class _Activity:
    """One speaker's loudness of the last second (0..127, latest first) and its noise floor."""

    STEPS, UNIT, PARTS, LONGS = 13, 10, 5, 10
    ACTIVE_STEP, ACTIVE_PART = 7, 4
    FLOOR_WINDOW: Final = 15_000 // FRAME_MS

    def __init__(self) -> None:
        self._loudness = deque([0] * self.PARTS * self.LONGS, self.PARTS * self.LONGS)
        self._floor = 0
        self._next_floor = 0
        self._since = 0

    def hear(self, loudness: int) -> None:
        self._loudness.appendleft(loudness)
        if loudness == 0:
            return
        if self._floor == 0 or loudness < self._floor:
            self._floor, self._next_floor, self._since = loudness, 0, 0
            return
        self._next_floor = min(self._next_floor or loudness, loudness)
        self._since += 1
        if self._since >= self.FLOOR_WINDOW:
            self._floor = int(math.sqrt(self._floor * self._next_floor))
            self._next_floor, self._since = 0, 0

    def scores(self) -> tuple[float, float, float]:
        """How much likelier speech is than none: now, over 0.1 s and over 1 s."""
        least = self._floor + self.UNIT
        steps = [one // self.UNIT if one >= least else 0 for one in self._loudness]
        active = [step > self.ACTIVE_STEP for step in steps]
        parts = [sum(active[n : n + self.PARTS]) for n in range(0, len(active), self.PARTS)]
        long = sum(part > self.ACTIVE_PART for part in parts)
        return (
            _likelihood(steps[0], self.STEPS, 0.78),
            _likelihood(parts[0], self.PARTS, 24.0),
            _likelihood(long, self.LONGS, 47.0),
        )


def _likelihood(active: int, of: int, rate: float) -> float:
    """A fair binomial of `active` parts while speaking, against an exponential while not."""
    score = math.log(math.comb(of, active)) + of * math.log(0.5) - math.log(rate) + rate * active
    return max(score, 1e-10)


class LiveKit:
    """A level of 35 or louder is active; whose levels are active for 40 % of 400 ms is; loudness
    is smoothed over two such intervals, and the loudest active speaker is on stage."""

    LEVEL, SHARE, INTERVAL, SMOOTHED = 35, 0.4, 400 // FRAME_MS, 2

    def __init__(self, speakers: int) -> None:
        self._loudness = [0.0] * speakers
        self._counts = [0] * speakers
        self._loudest = [SILENCE] * speakers
        self._heard = 0
        self._active = -1

    def __call__(self, levels: Sequence[int]) -> int:
        for number, level in enumerate(levels):
            if level <= self.LEVEL:
                self._counts[number] += 1
                self._loudest[number] = min(self._loudest[number], level)
        self._heard += 1
        if self._heard % self.INTERVAL == 0:
            self._decide()
        return self._active

    def _decide(self) -> None:
        for number, count in enumerate(self._counts):
            share = count / self.INTERVAL
            now = share * 10 ** (-self._loudest[number] / 20) if share >= self.SHARE else 0.0
            self._loudness[number] += 2 / (self.SMOOTHED + 1) * (now - self._loudness[number])
        best = max(range(len(self._loudness)), key=self._loudness.__getitem__)
        if self._loudness[best] >= 10 ** (-self.LEVEL / 20):
            self._active = best
        self._counts = [0] * len(self._counts)
        self._loudest = [SILENCE] * len(self._loudest)


class TwoWindows:
    """A frame is speech if it is well above the speaker's noise floor. A challenger needs enough of
    it in a window, a holder who has just fallen silent, and a share of what the holder said."""

    def __init__(
        self, speakers: int, *, every: int, loud: float, window: int, ratio: float, need: int,
        hold: int, silent: int,
    ) -> None:  # fmt: skip
        self._every, self._loud, self._ratio = every, loud, ratio
        self._need, self._hold, self._silent = need, hold, silent
        self._floors = [70.0] * speakers
        self._frames = [deque([False] * 8, 8) for _ in range(speakers)]
        self._spoken = [deque([False] * window, window) for _ in range(speakers)]
        self._sums = [0] * speakers
        self._heard, self._since, self._holder = 0, 1_000_000, -1

    def __call__(self, levels: Sequence[int]) -> int:
        for number, level in enumerate(levels):
            self._hear(number, level)
        self._heard += 1
        self._since += 1
        if self._heard % self._every == 0:
            self._decide()
        return self._holder

    def _hear(self, number: int, level: float) -> None:
        floor = self._floors[number]
        floor += 0.2 * (level - floor) if level > floor else -min(0.05, floor - level)
        self._floors[number] = floor = max(48.0, floor)
        frames, spoken = self._frames[number], self._spoken[number]
        frames.appendleft(level < floor - 8 and level < self._loud)
        heard = frames[0] and frames[1] and frames[2]
        self._sums[number] += heard - spoken[-1]
        spoken.appendleft(heard)

    def _decide(self) -> None:
        held = 0
        if self._holder >= 0:
            held = self._sums[self._holder]
            if any(self._frames[self._holder]):
                return
            if self._since < self._hold and held > self._silent:
                return
        best, most = -1, -1
        for number, said in enumerate(self._sums):
            recent = sum(list(self._frames[number])[:5])
            enough = said >= self._need and said > self._ratio * held - 3 and recent >= 4
            if number != self._holder and enough and said > most:
                best, most = number, said
        if best >= 0:
            self._holder, self._since = best, 0


RIVALS: Final[dict[str, Callable[[int], Pick]]] = {
    "Jitsi, every 300 ms": partial(VolfinCohen, every_ms=300),
    "Jitsi, every 100 ms": partial(VolfinCohen, every_ms=100),
    "LiveKit": LiveKit,
    "two windows, snappy": partial(
        TwoWindows, every=3, loud=45, window=50, ratio=1.0, need=1, hold=15, silent=5
    ),
    "two windows, calm": partial(
        TwoWindows, every=5, loud=43, window=75, ratio=0.7, need=20, hold=75, silent=0
    ),
}
