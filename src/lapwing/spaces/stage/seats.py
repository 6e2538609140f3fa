"""The speakers of a room: what each has switched on, and the level that is heard of each now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final

from lapwing.spaces.stage.voice import FRAME_MS, SILENCE

LOST_AFTER_MS: Final = 2 * FRAME_MS
"""Without a packet for so long a seat counts as silent; a single lost packet is bridged."""


@dataclass
class Seat:
    """One speaker. `number` is the column in the running figures."""

    speaker: str
    number: int
    camera: bool = False
    muted: bool = False
    _level: int = SILENCE
    _heard_at_ms: int = -LOST_AFTER_MS
    _loudest: int | None = None

    def hear(self, level: int, at_ms: int) -> None:
        """A packet's RFC 6464 level, 0 (loudest) to 127; others are taken for the nearest. Of
        packets that arrive together the loudest counts."""
        level = min(max(level, 0), SILENCE)
        self._level, self._heard_at_ms = level, at_ms
        self._loudest = level if self._loudest is None else min(self._loudest, level)

    def level(self, at_ms: int) -> int:
        """The level of the frame that ends now; asked once per frame."""
        loudest, self._loudest = self._loudest, None
        if self.muted or at_ms - self._heard_at_ms >= LOST_AFTER_MS:
            return SILENCE
        return self._level if loudest is None else loudest


class Seats:
    """Seats by speaker. Numbers of those who left are given again."""

    def __init__(self) -> None:
        self._by_speaker: dict[str, Seat] = {}
        self._by_number: dict[int, Seat] = {}

    def __iter__(self) -> Iterator[Seat]:
        """In the order in which they joined."""
        return iter(self._by_speaker.values())

    def __len__(self) -> int:
        return len(self._by_speaker)

    def __contains__(self, speaker: str) -> bool:
        return speaker in self._by_speaker

    def find(self, speaker: str) -> Seat | None:
        return self._by_speaker.get(speaker)

    def of_number(self, number: int) -> Seat | None:
        return self._by_number.get(number)

    def add(self, speaker: str, *, camera: bool, muted: bool) -> Seat:
        number = next(n for n in count() if n not in self._by_number)
        seat = Seat(speaker, number, camera, muted)
        self._by_speaker[speaker] = self._by_number[number] = seat
        return seat

    def remove(self, seat: Seat) -> None:
        del self._by_speaker[seat.speaker], self._by_number[seat.number]
