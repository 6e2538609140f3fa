"""A circuit breaker with a deadline, for every call to something that may not answer.

After some failures in a row it is not asked any more for a while, so that nobody waits for what
is known to be away; then one call tries again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic

from lapwing.kernel.refusals import Unavailable


class Breaker:
    """`failures` in a row open it for `pause_s` seconds."""

    def __init__(
        self, failures: int = 3, pause_s: float = 5.0, clock: Callable[[], float] = monotonic
    ) -> None:
        self._most = failures
        self._pause_s = pause_s
        self._clock = clock
        self._failed = 0
        self._closed_again_s = 0.0

    @property
    def is_open(self) -> bool:
        return self._failed >= self._most and self._clock() < self._closed_again_s

    @asynccontextmanager
    async def guarding(self, patience_s: float) -> AsyncIterator[None]:
        """What is done within fails after `patience_s` with `Unavailable`, and at once while the
        breaker is open."""
        if self.is_open:
            left_s = self._closed_again_s - self._clock()
            raise Unavailable("This does not answer at present.", retry_after_s=left_s)
        try:
            async with asyncio.timeout(patience_s):
                yield
        except (Unavailable, TimeoutError) as error:
            self._failed += 1
            self._closed_again_s = self._clock() + self._pause_s
            if isinstance(error, TimeoutError):
                raise Unavailable("This did not answer in time.") from error
            raise
        self._failed = 0
