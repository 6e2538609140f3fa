"""History that is examined while the service lives on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.watching.lived import START, Lived, fresh_watch

from lapwing.adapters.memory_store import MemoryOutageStore
from lapwing.kernel.instants import minute_of
from lapwing.kernel.refusals import Unavailable
from lapwing.outages import backfill
from lapwing.outages.backfill import MOST_LOOKS, Backfills
from lapwing.outages.detection.rule import Rule
from lapwing.outages.incidents.model import State
from lapwing.outages.journal import BackfillEnded
from lapwing.outages.model import Dimension
from lapwing.outages.saving import ProgressSaver
from lapwing.outages.store import RollupRow
from lapwing.outages.watch import Watch


class BusyStore(MemoryOutageStore):
    """Something happens while it reads for the first time, or before it writes."""

    meanwhile: Callable[[], None] | None = None
    before_writing: Callable[[], None] | None = None
    answer_is_lost = False

    async def replace_rollups(self, *args: Any, **named: Any) -> None:
        if self.before_writing is not None:
            self.before_writing()
        await super().replace_rollups(*args, **named)
        if self.answer_is_lost:
            self.answer_is_lost = False
            raise Unavailable("The connection is gone.")

    async def read_rollups(
        self, service: str, start_minute: int, end_minute: int, dimension: Dimension | None = None
    ) -> list[RollupRow]:
        found = await super().read_rollups(service, start_minute, end_minute, dimension)
        if self.meanwhile is not None:
            self.meanwhile()
            self.meanwhile = None
        return found


def _fresh() -> Watch:
    return fresh_watch(midstream=True, rule=Rule(warm_up=720))


class Examined:
    def __init__(self, lived: Lived) -> None:
        self.lived = lived
        self.store = BusyStore()
        self.saver = ProgressSaver(lived.watch, self.store, 0)
        self.backfills = Backfills(lived.watch, self.store, _fresh, self.saver.save_all)

    async def examine(self) -> None:
        self.lived.tell(BackfillEnded(self.lived.minute * 60_000, ["x"]))
        await self.backfills.wait()

    async def saved(self) -> int:
        """Reports of the service in the store."""
        await self.saver.save_all()
        rows = await self.store.read_rollups("x", 0, START + 100_000, Dimension.SERVICE)
        return sum(row.reports for row in rows)


def days_of_history(lived: Lived, days: int = 1) -> int:
    """Two reports in every hour, told late. Of the first half day is only learnt."""
    before = lived.minute // 60 * 60
    minutes = range(before - days * 1440, before - 60, 30)
    for minute in minutes:
        lived.late(1, minute)
    return len(minutes)


async def test_a_slice_that_is_new_in_the_open_minute_does_not_stop_an_examination() -> None:
    lived = Lived()
    lived.live(61)
    days_of_history(lived)
    examined = Examined(lived)
    examined.store.before_writing = lambda: lived.report(1, country="FR", platform="tv")
    await examined.examine()
    assert not lived.watch.history
    lived.live(2, 1)


async def test_no_count_is_lost_where_the_hour_turns_during_an_examination() -> None:
    lived = Lived()
    lived.live(55, 2)
    told = days_of_history(lived)
    examined = Examined(lived)
    examined.store.meanwhile = lambda: lived.live(10, 3)
    await examined.examine()
    assert await examined.saved() == 55 * 2 + told + 10 * 3
    totals = lived.watch.windows.totals(0, START, lived.minute)
    assert totals.sum() == 55 * 2 + 10 * 3


async def test_history_of_the_last_day_is_seen_though_the_server_is_younger() -> None:
    lived = Lived()
    lived.live(61)
    for minute in range(START - 600, START - 500):
        lived.late(1, minute)
    await Examined(lived).examine()
    assert lived.watch.windows.totals(0, START - 600, START - 500).sum() == 100


async def test_an_open_incident_whose_beginning_comes_late_stays_one_and_ends() -> None:
    lived = Lived(START + 70)
    days_of_history(lived)
    known = lived.outage()
    for minute in range(START + 30, START + 60):
        lived.late(30, minute)
    examined = Examined(lived)
    await examined.examine()
    found = list(lived.watch.records.incidents_of("x"))
    assert [one.id for one in found] == [known.id]
    assert minute_of(found[0].started_at) in range(START + 28, START + 33)
    lived.live(3, 30)
    series = lived.watch.records.series_of(known.id)
    assert series is not None
    assert sum(series.counts) >= (30 + 20 + 3) * 30
    lived.calm(120)
    assert lived.now(known).state is State.RESOLVED


async def test_an_open_incident_that_history_does_not_bear_out_ends_all_the_same() -> None:
    lived = Lived()
    lived.live(60)
    known = lived.outage(8)
    lived.live(60 - lived.minute % 60, 30)
    for minute in range(START - 600, START, 10):  # so that it is only learnt from
        lived.late(1, minute)
    await Examined(lived).examine()
    lived.calm(180)
    assert lived.now(known).state is State.RESOLVED


async def test_two_outages_that_were_known_as_one_are_both_kept() -> None:
    lived = Lived()
    days_of_history(lived)
    lived.live(60)
    first = lived.outage()
    lived.calm(180)
    second = lived.outage()
    lived.calm(180)
    start = first.started_at.isoformat()
    lived.act("edit", second, started_at=start)
    lived.live(60 - lived.minute % 60)
    lived.late(1, START - 10)
    await Examined(lived).examine()
    assert {one.id for one in lived.watch.records.incidents_of("x")} == {first.id, second.id}


async def test_where_a_known_outage_was_is_still_told() -> None:
    lived = Lived()
    days_of_history(lived)
    lived.live(60)
    incident = lived.outage()
    lived.calm(180)
    told = lived.now(incident).localised
    assert told
    lived.live(60 - lived.minute % 60)
    lived.late(1, START - 10)
    await Examined(lived).examine()
    assert lived.now(incident).localised == told


async def test_what_an_operator_dismissed_is_not_found_again() -> None:
    lived = Lived()
    days_of_history(lived)
    lived.live(60)
    incident = lived.outage()
    lived.act("dismiss", incident)
    lived.live(120)
    lived.late(1, START - 10)
    await Examined(lived).examine()
    (only,) = lived.watch.records.incidents_of("x")
    assert only.state is State.FALSE_ALARM
    lived.live(5)


async def test_what_comes_during_an_examination_waits_until_it_is_all_there() -> None:
    lived = Lived()
    lived.live(61)
    days_of_history(lived)
    examined = Examined(lived)
    examined.store.before_writing = lambda: lived.late(1, START - 100)
    await examined.examine()
    assert len(lived.watch.history["x"]) == 1
    examined.store.before_writing = None
    await examined.examine()
    assert not lived.watch.history


async def test_history_whose_keeping_was_not_answered_is_kept_once() -> None:
    lived = Lived()
    lived.live(61)
    told = days_of_history(lived)
    examined = Examined(lived)
    examined.store.answer_is_lost = True
    with pytest.raises(Unavailable):
        await examined.examine()
    lived.late(2, START - 100)
    await examined.examine()
    assert await examined.saved() == told + 2


async def test_late_reports_that_never_cease_are_examined_now_and_then() -> None:
    lived = Lived()
    lived.live(61)
    examined = Examined(lived)
    worked = []
    for _ in range(MOST_LOOKS):
        lived.late(1, START - 100)
        worked.append(await examined.backfills.step())
    assert worked == [False] * (MOST_LOOKS - 1) + [True]


async def test_very_many_late_reports_are_examined_while_others_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backfill, "MOST_ROWS", 30)
    lived = Lived()
    lived.live(61)
    examined = Examined(lived)
    worked = []
    for _ in range(3):
        lived.late(12, START - 100)
        worked.append(await examined.backfills.step())
    assert worked == [False, False, True]
    assert lived.watch.history == {}
    assert lived.watch.windows.totals(0, START - 100, START - 99).sum() == 36


async def test_a_stop_gives_an_examination_up_and_loses_nothing() -> None:
    lived = Lived()
    lived.live(61)
    told = days_of_history(lived, days=40)
    examined = Examined(lived)
    examining = asyncio.create_task(examined.examine())
    await asyncio.sleep(0)
    examined.backfills.stop()
    with pytest.raises(Unavailable):
        await examining
    assert len(lived.watch.history["x"]) == told
    assert await examined.saved() == 0
