"""Clocks: the machine's, one that runs at another speed, and one that is set by hand."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's own."""

    speed = 1.0

    def now(self) -> datetime:
        return datetime.now(UTC)


class ScaledClock:
    """Starts at an instant of its own and runs `speed` times as fast as the machine's."""

    def __init__(self, start: datetime, speed: float) -> None:
        self._start = start
        self._speed = speed
        self._begun_s = time.monotonic()

    @property
    def speed(self) -> float:
        return self._speed

    def now(self) -> datetime:
        return self._start + timedelta(seconds=(time.monotonic() - self._begun_s) * self._speed)

    def go_on(self, speed: float) -> None:
        """From now on at another speed; time never jumps."""
        self._start, self._begun_s = self.now(), time.monotonic()
        self._speed = speed


class SteppedClock:
    """Stands still until it is moved: for tests and for replays at full speed."""

    speed = 1.0

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def move_to(self, at: datetime) -> None:
        """Never back: an earlier instant leaves the clock where it is."""
        self._now = max(self._now, at)
