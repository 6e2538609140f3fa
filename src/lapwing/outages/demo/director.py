"""Plays the demo: the weeks before at full speed, then the outage before the visitor's eyes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import groupby
from typing import Protocol

from lapwing.kernel.instants import MS_PER_MINUTE, from_ms, to_ms
from lapwing.outages.demo.background import Background
from lapwing.outages.demo.facts import ReferenceFacts
from lapwing.outages.model import ReportRow

Take = Callable[[list[ReportRow], datetime], Awaitable[object]]
"""Puts reports that were received at an instant into the journal."""

Teach = Callable[[list[ReportRow]], None]
"""Counts some hours of the past, in the order of time."""

QUIET_BEFORE = timedelta(minutes=12)
"""The demo's clock stands so long before the outage when the page can be opened."""
_WAITING_UNTIL = timedelta(minutes=3)
"""While nobody looks, the clock goes on at the ordinary speed up to so long before it."""
_QUIET_SHARE = 0.09
"""Of the show's length, the quiet board at its beginning."""
_OUTAGE_AND_END = timedelta(minutes=96)
"""From the outage's beginning until its end is sure."""
_LONGEST = timedelta(minutes=180)
_TICK_S = 0.1
_FAR = datetime(2200, 1, 1, tzinfo=UTC)


class ShowClock(Protocol):
    """A clock that stands still until it is moved. The director moves it only behind the reports,
    so that a slow machine makes the show longer, never the counts wrong."""

    def now(self) -> datetime: ...

    def move_to(self, at: datetime) -> None: ...


class DemoDirector:
    """`fill` first, then `play` beside the server; `open_curtain` when somebody looks."""

    def __init__(
        self,
        *,
        take: Take,
        teach: Teach,
        clock: ShowClock,
        background: Background,
        event: Iterable[ReportRow],
        facts: ReferenceFacts,
        is_over: Callable[[], bool],
        show_s: float = 90.0,
    ) -> None:
        """`is_over` says whether the outage has been found to be over; `show_s` is how long the
        show takes from the first visitor to there, about."""
        self._take = take
        self._teach = teach
        self._clock = clock
        self._background = background
        self._event = event
        self._facts = facts
        self._is_over = is_over
        self._show_s = show_s
        self._somebody_looks = asyncio.Event()
        self._rows: Iterator[ReportRow] = iter(())
        self._next: ReportRow | None = None

    @property
    def opening_at(self) -> datetime:
        """Where the clock stands when the server starts."""
        return self._facts.started_at - QUIET_BEFORE

    def open_curtain(self) -> None:
        """Somebody looks; again is harmless."""
        self._somebody_looks.set()

    async def fill(self, days: int, advance: Callable[[datetime], None]) -> None:
        """The ordinary days before the opening; `advance` hears how far it is. Whoever waits for
        the loop gets a turn after each day."""
        start_at = self.opening_at - timedelta(days=days)
        for rows in self._background.between(start_at, self.opening_at):
            self._teach(rows)
            if rows:
                advance(from_ms(rows[-1].at_ms))
            await asyncio.sleep(0)
        self._clock.move_to(self.opening_at)
        later = (row for day in self._background.between(self.opening_at, _FAR) for row in day)
        self._rows = merge(later, self._event, key=lambda row: row.at_ms)
        self._next = next(self._rows, None)

    async def play(self) -> None:
        """Waits for somebody to look, shows the outage, then goes on at the ordinary speed."""
        started_at = self._facts.started_at
        await self._go_on(
            1.0,
            until=started_at - _WAITING_UNTIL,
            or_when=self._somebody_looks.is_set,
        )
        await self._somebody_looks.wait()
        quiet_s = self._show_s * _QUIET_SHARE
        await self._go_on((started_at - self._clock.now()) / timedelta(seconds=quiet_s), started_at)
        outage_s = self._show_s - quiet_s
        await self._go_on(
            _OUTAGE_AND_END / timedelta(seconds=outage_s),
            until=started_at + _LONGEST,
            or_when=self._is_over,
        )
        await self._go_on(1.0, until=_FAR)

    async def _go_on(
        self, speed: float, until: datetime, or_when: Callable[[], bool] = lambda: False
    ) -> None:
        """Lets the time pass `speed` times as fast as the machine's."""
        loop = asyncio.get_running_loop()
        before_s = loop.time()
        while self._clock.now() < until and not or_when():
            await asyncio.sleep(_TICK_S)
            now_s = loop.time()
            at = self._clock.now() + timedelta(seconds=(now_s - before_s) * speed)
            before_s = now_s
            await self._feed(min(at, until))

    async def _feed(self, until: datetime) -> None:
        """Reports up to an instant, each in its own minute; then the clock follows."""
        until_ms = to_ms(until)
        due: list[ReportRow] = []
        while self._next is not None and self._next.at_ms <= until_ms:
            due.append(self._next)
            self._next = next(self._rows, None)
        for _, rows in groupby(due, key=_minute):
            part = list(rows)
            await self._take(part, from_ms(part[-1].at_ms))
        self._clock.move_to(until)


def _minute(row: ReportRow) -> int:
    return row.at_ms // MS_PER_MINUTE
