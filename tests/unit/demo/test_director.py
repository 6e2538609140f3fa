"""The director over a clock that it moves itself; a show of half a second."""

import asyncio
from datetime import datetime, timedelta

import pytest
from demo_world import CATALOGUE, EveryCity, X

from lapwing.adapters.clocks import SteppedClock
from lapwing.kernel.instants import from_ms
from lapwing.outages.demo import REFERENCE_EVENT, Background, reference_event
from lapwing.outages.demo.director import DemoDirector
from lapwing.outages.model import ReportRow

START = REFERENCE_EVENT.started_at
OVER = timedelta(minutes=90)


class Stage:
    """Everything that the director hands out, and when."""

    def __init__(self, event: list[ReportRow], show_s: float = 0.5) -> None:
        self.clock = SteppedClock(START - timedelta(days=30))
        self.past: list[ReportRow] = []
        self.taken: list[tuple[ReportRow, datetime]] = []
        self.heard: list[datetime] = []
        self.ahead_of_clock = 0
        self.director = DemoDirector(
            take=self._take,
            teach=self.past.extend,
            clock=self.clock,
            background=Background(CATALOGUE, EveryCity()),
            event=event,
            facts=REFERENCE_EVENT,
            is_over=lambda: self.clock.now() >= START + OVER,
            show_s=show_s,
        )

    async def _take(self, rows: list[ReportRow], received_at: datetime) -> None:
        self.ahead_of_clock += sum(from_ms(row.at_ms) <= self.clock.now() for row in rows)
        self.taken += [(row, received_at) for row in rows]

    async def play_until(self, at: datetime) -> None:
        playing = asyncio.create_task(self.director.play())
        async with asyncio.timeout(20):
            while self.clock.now() < at and not playing.done():
                await asyncio.wait([playing], timeout=0.01)
        playing.cancel()


@pytest.fixture(scope="module")
def event() -> list[ReportRow]:
    """Every fiftieth report of the outage."""
    return reference_event(X, EveryCity())[::50]


@pytest.fixture
async def stage(event: list[ReportRow]) -> Stage:
    stage = Stage(event)
    await stage.director.fill(2, stage.heard.append)
    return stage


async def test_filling_teaches_the_ordinary_days_and_stops_before_the_outage(stage: Stage) -> None:
    opening_at = stage.director.opening_at
    times = [from_ms(row.at_ms) for row in stage.past]
    assert times == sorted(times)
    assert opening_at - timedelta(days=2) <= times[0]
    assert times[-1] < opening_at < START
    assert stage.heard == sorted(stage.heard)
    assert stage.clock.now() == opening_at
    assert stage.taken == []


async def test_the_outage_waits_until_somebody_looks(stage: Stage) -> None:
    playing = asyncio.create_task(stage.director.play())
    await asyncio.wait([playing], timeout=0.35)
    playing.cancel()
    assert stage.director.opening_at < stage.clock.now() < START - timedelta(minutes=3)


async def test_the_whole_outage_is_shown_once_somebody_looks(
    stage: Stage, event: list[ReportRow]
) -> None:
    stage.director.open_curtain()
    stage.director.open_curtain()
    await stage.play_until(START + OVER)
    shown = {row.id for row, _ in stage.taken}
    assert {row.id for row in event if from_ms(row.at_ms) < START + OVER} <= shown
    assert len(shown) == len(stage.taken)


async def test_reports_come_in_their_own_minute_and_before_the_clock(stage: Stage) -> None:
    stage.director.open_curtain()
    await stage.play_until(START + OVER)
    times = [from_ms(row.at_ms) for row, _ in stage.taken]
    assert times == sorted(times)
    assert stage.ahead_of_clock == 0
    for row, received_at in stage.taken:
        assert timedelta(0) <= received_at - from_ms(row.at_ms) < timedelta(minutes=1)


async def test_after_the_outage_the_time_goes_on_at_the_ordinary_speed(stage: Stage) -> None:
    stage.director.open_curtain()
    playing = asyncio.create_task(stage.director.play())
    async with asyncio.timeout(20):
        while stage.clock.now() < START + OVER:
            await asyncio.wait([playing], timeout=0.01)
    over_at = stage.clock.now()
    await asyncio.wait([playing], timeout=0.4)
    playing.cancel()
    assert timedelta(0) < stage.clock.now() - over_at < timedelta(minutes=25)
