"""What time it is. The demo and the tests have clocks of their own."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware UTC. Never goes back by more than the machine's clock does."""
        ...

    @property
    def speed(self) -> float:
        """Seconds of this clock that pass in one second of the machine's: 1 but in a replay."""
        ...
