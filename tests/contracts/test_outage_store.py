"""What every outage store does."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime, timedelta

import pytest

from lapwing.adapters.memory_store import MemoryOutageStore
from lapwing.adapters.sql.database import Database
from lapwing.adapters.sql.outage_store import SqlOutageStore
from lapwing.outages.events import IncidentChanged, MinuteClosed
from lapwing.outages.incidents.model import Change, Incident, SliceShare, State
from lapwing.outages.model import Dimension, Slice
from lapwing.outages.store import (
    Checkpoint,
    ExpectedCount,
    ExpectedRow,
    IncidentSeries,
    OutageStore,
    Progress,
    Retention,
    RollupRow,
    SliceCount,
    SliceSeries,
)

HOUR = 28_385_640
"""A minute that begins an hour."""
NOON = datetime(2023, 12, 21, 12, tzinfo=UTC)
X = Slice("x")
DELHI = Slice("x", Dimension.CITY, "1273294")
GAMES = Slice("games")
RETENTION = Retention(minutes_min=60, quarters_min=240, hours_min=600)


@pytest.fixture
def store(database: Database | None) -> OutageStore:
    return MemoryOutageStore() if database is None else SqlOutageStore(database)


def _incident(id_: str, detected_at: datetime, state: State = State.CONFIRMED) -> Incident:
    change = Change(detected_at, "desk", "edited", state, "ok", {"before": {"title": None}})
    share = SliceShare("city", "1273294", "Delhi", 412, 3.5, 0.4)
    return Incident(
        id=id_,
        service="x",
        state=state,
        started_at=detected_at - timedelta(minutes=3),
        detected_at=detected_at,
        leading=(share,),
        cause="<b>'none'; DROP TABLE incidents\x00 ☃",
        changes=(change,),
    )


async def _all_compacted(store: OutageStore, now: int, retention: Retention = RETENTION) -> int:
    steps = 0
    while await store.compact(now, retention):
        steps += 1
        assert steps < 1000
    return steps


async def test_an_empty_store_begins_at_the_beginning(store: OutageStore) -> None:
    assert await store.load_checkpoint() == Checkpoint(0, {}, 0)
    assert await store.load_incidents() == []
    assert await store.read_rollups("x", 0, HOUR) == []
    assert await store.read_expected("x", 0, HOUR) == []
    assert await store.read_incident_series("x-20231221-0509") is None
    assert await store.read_events(10) == []
    assert not await store.compact(HOUR, RETENTION)


async def test_counts_are_added_to_those_of_the_same_minute(store: OutageStore) -> None:
    first = [SliceCount(X, HOUR, 3), SliceCount(DELHI, HOUR, 2), SliceCount(GAMES, HOUR, 1)]
    later = [SliceCount(X, HOUR, 4), SliceCount(X, HOUR + 1, 9)]
    assert await store.save(Progress(0, 10, counts=first))
    assert await store.save(Progress(10, 20, counts=later))
    assert await store.read_rollups("x", HOUR, HOUR + 2) == [
        RollupRow(Dimension.CITY, "1273294", HOUR, 1, 2),
        RollupRow(Dimension.SERVICE, "", HOUR, 1, 7),
        RollupRow(Dimension.SERVICE, "", HOUR + 1, 1, 9),
    ]


async def test_what_was_saved_is_not_saved_again(store: OutageStore) -> None:
    progress = Progress(
        0, 10, counts=[SliceCount(X, HOUR, 3)], events=[MinuteClosed(HOUR)], checkpoint={"a": b"1"}
    )
    assert await store.save(progress)
    assert not await store.save(progress)
    assert not await store.save(Progress(0, 5, counts=[SliceCount(X, HOUR, 1)]))
    assert [row.reports for row in await store.read_rollups("x", HOUR, HOUR + 1)] == [3]
    assert len(await store.read_events(10)) == 1


@pytest.mark.parametrize("after", [0, 9, 11])
async def test_progress_that_would_lose_or_double_counts_is_an_error(
    store: OutageStore, after: int
) -> None:
    await store.save(Progress(0, 10))
    with pytest.raises(ValueError, match="does not follow"):
        await store.save(Progress(after, 20, counts=[SliceCount(X, HOUR, 3)]))
    assert await store.read_rollups("x", HOUR, HOUR + 1) == []
    assert await store.save(Progress(10, 20, counts=[SliceCount(X, HOUR, 3)]))


async def test_a_checkpoint_takes_the_place_of_the_last_as_a_whole(store: OutageStore) -> None:
    await store.save(Progress(0, 10, checkpoint={"live": b"\x00\xff", "caps": b""}))
    await store.save(Progress(10, 20))
    expected = Checkpoint(10, {"live": b"\x00\xff", "caps": b""}, 20)
    assert await store.load_checkpoint() == expected
    await store.save(Progress(20, 30, checkpoint={"live": b"new"}))
    assert await store.load_checkpoint() == Checkpoint(30, {"live": b"new"}, 30)


async def test_incidents_come_back_whole_and_by_detection(store: OutageStore) -> None:
    late, early = _incident("x-2", NOON), _incident("x-1", NOON - timedelta(days=1))
    await store.save(Progress(0, 10, incidents=[late, early], checkpoint={"watch": b"1"}))
    assert await store.load_incidents() == [early, late]
    resolved = _incident("x-1", NOON - timedelta(days=1), State.RESOLVED)
    await store.save(Progress(10, 20, incidents=[resolved], checkpoint={"watch": b"2"}))
    assert await store.load_incidents() == [resolved, late]


async def test_incidents_are_loaded_as_they_were_at_the_checkpoint(store: OutageStore) -> None:
    at_checkpoint = _incident("x-1", NOON)
    await store.save(Progress(0, 10, incidents=[at_checkpoint], checkpoint={"watch": b"1"}))
    for after, state in ((10, State.RECOVERING), (20, State.RESOLVED)):
        changed = _incident("x-1", NOON, state)
        await store.save(Progress(after, after + 10, incidents=[changed, _incident("x-2", NOON)]))
        assert await store.load_incidents() == [at_checkpoint]
    await store.save(Progress(30, 40, checkpoint={"watch": b"2"}))
    assert [one.state for one in await store.load_incidents()] == [State.RESOLVED, State.CONFIRMED]


async def test_a_saved_position_can_be_told_anew_but_brings_no_counts(store: OutageStore) -> None:
    await store.save(Progress(0, 10, counts=[SliceCount(X, HOUR, 3)]))
    anew = Progress(10, 10, incidents=[_incident("x-1", NOON)], checkpoint={"watch": b"1"})
    assert await store.save(anew)
    assert await store.save(anew)
    assert await store.load_incidents() == [_incident("x-1", NOON)]
    assert await store.load_checkpoint() == Checkpoint(10, {"watch": b"1"}, 10)
    assert not await store.save(Progress(9, 9, checkpoint={"watch": b"old"}))
    with pytest.raises(ValueError, match="no entry after 10"):
        Progress(10, 10, counts=[SliceCount(X, HOUR, 3)])


async def test_an_incident_keeps_its_own_series(store: OutageStore) -> None:
    series = IncidentSeries(
        HOUR, (1, 70_000), (0.5, 0.25), (3.0, 2.0), (SliceSeries("city", "1273294", (0, 9)),)
    )
    await store.save(Progress(0, 10, series={"x-1": series}))
    assert await store.read_incident_series("x-1") == series
    longer = IncidentSeries(HOUR, (1, 2, 3), (0.5,) * 3, (1.0,) * 3)
    await store.save(Progress(10, 20, series={"x-1": longer}))
    assert await store.read_incident_series("x-1") == longer


async def test_events_wait_in_their_order_until_they_are_dropped(store: OutageStore) -> None:
    changed = IncidentChanged("x-1", "x", None, "suspected")
    await store.save(Progress(0, 10, events=[MinuteClosed(1), changed, MinuteClosed(2)]))
    first = await store.read_events(2)
    assert [event for _, event in first] == [MinuteClosed(1), changed]
    await store.drop_events(first[-1][0])
    await store.save(Progress(10, 20, events=[MinuteClosed(3)]))
    rest = await store.read_events(10)
    assert [event for _, event in rest] == [MinuteClosed(2), MinuteClosed(3)]
    await store.drop_events(rest[-1][0])
    await store.save(Progress(20, 30, events=[MinuteClosed(4)]))
    ((number, _),) = await store.read_events(10)
    assert number > rest[-1][0]


async def test_rollups_are_read_by_service_span_and_dimension(store: OutageStore) -> None:
    counts = [SliceCount(key, HOUR + at, 1) for at in range(4) for key in (X, DELHI, GAMES)]
    await store.save(Progress(0, 10, counts=counts))
    rows = await store.read_rollups("x", HOUR + 1, HOUR + 3, Dimension.CITY)
    assert [(row.value, row.minute) for row in rows] == [
        ("1273294", HOUR + 1),
        ("1273294", HOUR + 2),
    ]
    assert len(await store.read_rollups("x", HOUR + 1, HOUR + 3)) == 4
    assert await store.read_rollups("nobody", HOUR, HOUR + 9) == []


async def test_text_of_any_kind_is_only_text_in_a_slice(store: OutageStore) -> None:
    odd = Slice("x", Dimension.NETWORK, "'); DROP TABLE slices;-- <b>☃")
    await store.save(Progress(0, 10, counts=[SliceCount(odd, HOUR, 2)]))
    (row,) = await store.read_rollups("x", HOUR, HOUR + 1)
    assert (row.value, row.reports) == (odd.value, 2)


async def test_examined_history_takes_the_place_of_what_was_there(store: OutageStore) -> None:
    counts = [SliceCount(key, HOUR + at, 1) for at in (-1, 0, 59, 60) for key in (X, GAMES)]
    await store.save(Progress(0, 10, counts=counts, expected=[ExpectedCount("x", HOUR, 1.0, 4.0)]))
    for _ in range(2):
        await store.replace_rollups(
            "x",
            HOUR,
            HOUR + 60,
            [SliceCount(DELHI, HOUR + 5, 7)],
            [ExpectedCount("x", HOUR + 5, 0.5, 2.0)],
        )
    rows = await store.read_rollups("x", HOUR - 60, HOUR + 120)
    assert [(row.minute, row.reports) for row in rows] == [
        (HOUR - 1, 1),
        (HOUR + 5, 7),
        (HOUR + 60, 1),
    ]
    expected = await store.read_expected("x", HOUR, HOUR + 60)
    assert expected == [ExpectedRow(HOUR + 5, 1, 0.5, 2.0)]
    assert len(await store.read_rollups("games", HOUR - 60, HOUR + 120)) == 4


async def test_how_far_a_service_was_examined_is_kept_with_its_counts(store: OutageStore) -> None:
    late = [SliceCount(X, HOUR, 1)]
    await store.replace_rollups("x", HOUR, HOUR + 60, late, examined=70)
    await store.replace_rollups("x", HOUR, HOUR + 60, late)
    await store.replace_rollups("games", HOUR, HOUR + 60, [], examined=90)
    assert (await store.load_checkpoint()).examined == {"x": 70, "games": 90}
    await store.save(Progress(0, 100, checkpoint={"watch": b"1"}))
    assert (await store.load_checkpoint()).examined == {"x": 70, "games": 90}
    with pytest.raises(ValueError, match="whole hours"):
        await store.replace_rollups("x", HOUR, HOUR + 1, late, examined=99)
    assert (await store.load_checkpoint()).examined["x"] == 70


async def test_history_is_replaced_by_whole_hours_only(store: OutageStore) -> None:
    with pytest.raises(ValueError, match="whole hours"):
        await store.replace_rollups("x", HOUR, HOUR + 59, [])


async def test_old_minutes_become_quarters_then_hours_and_no_report_is_lost(
    store: OutageStore,
) -> None:
    counts = [SliceCount(key, HOUR + at, 2) for at in range(0, 420, 5) for key in (X, GAMES)]
    await store.save(Progress(0, 10, counts=counts))
    assert await _all_compacted(store, HOUR + 420) > 0
    rows = await store.read_rollups("x", HOUR, HOUR + 420)
    assert sum(row.reports for row in rows) == 2 * 84
    steps = {row.minute: row.step_min for row in rows}
    assert {steps[minute] for minute in steps if minute < HOUR + 180} == {60}
    assert {steps[m] for m in steps if HOUR + 180 <= m < HOUR + 360} == {15}
    assert {steps[minute] for minute in steps if minute >= HOUR + 360} == {1}
    assert not await store.compact(HOUR + 420, RETENTION)


async def test_reports_that_come_late_join_their_coarse_row(store: OutageStore) -> None:
    await store.save(Progress(0, 10, counts=[SliceCount(X, HOUR + 3, 2)]))
    await _all_compacted(store, HOUR + 120)
    await store.save(Progress(10, 20, counts=[SliceCount(X, HOUR + 7, 5)]))
    await _all_compacted(store, HOUR + 120)
    assert await store.read_rollups("x", HOUR, HOUR + 60) == [
        RollupRow(Dimension.SERVICE, "", HOUR, 15, 7)
    ]


async def test_a_span_reads_every_row_that_reaches_into_it(store: OutageStore) -> None:
    await store.save(Progress(0, 10, counts=[SliceCount(X, HOUR + 16, 2)]))
    await _all_compacted(store, HOUR + 120)
    assert len(await store.read_rollups("x", HOUR + 29, HOUR + 40)) == 1
    assert await store.read_rollups("x", HOUR + 30, HOUR + 40) == []


async def test_what_was_expected_adds_up_and_its_band_by_the_root_of_squares(
    store: OutageStore,
) -> None:
    expected = [ExpectedCount("x", HOUR + at, 1.0, 5.0) for at in range(60)]
    await store.save(Progress(0, 10, expected=expected))
    assert len(await store.read_expected("x", HOUR, HOUR + 60)) == 60
    await _all_compacted(store, HOUR + 120)
    rows = await store.read_expected("x", HOUR, HOUR + 60)
    assert [(row.minute, row.step_min) for row in rows] == [
        (HOUR + at, 15) for at in (0, 15, 30, 45)
    ]
    assert rows[0].expected == pytest.approx(15.0)
    assert rows[0].upper == pytest.approx(15.0 + 4.0 * math.sqrt(15))


async def test_counts_are_forgotten_at_the_end_of_their_time(store: OutageStore) -> None:
    await store.save(
        Progress(
            0,
            10,
            counts=[SliceCount(X, HOUR, 2), SliceCount(X, HOUR + 900, 1)],
            expected=[ExpectedCount("x", HOUR, 1.0, 2.0)],
        )
    )
    await _all_compacted(store, HOUR + 901, Retention(60, 240, None))
    assert len(await store.read_rollups("x", HOUR, HOUR + 999)) == 2
    await _all_compacted(store, HOUR + 901)
    assert [row.minute for row in await store.read_rollups("x", HOUR, HOUR + 999)] == [HOUR + 900]
    assert await store.read_expected("x", HOUR, HOUR + 999) == []


async def test_saving_and_reading_side_by_side_loses_nothing(store: OutageStore) -> None:
    async def save_all() -> None:
        for at in range(20):
            await store.save(Progress(at, at + 1, counts=[SliceCount(X, HOUR + at, 1)]))

    async def read_on() -> None:
        for _ in range(20):
            await store.read_rollups("x", HOUR, HOUR + 60)
            await store.compact(HOUR, RETENTION)

    await asyncio.gather(save_all(), read_on())
    assert len(await store.read_rollups("x", HOUR, HOUR + 60)) == 20
