"""Many services fail at once: each is soon told where, a few at a time, and a restart is exact."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.unit.watching.lived import Lived, fresh_watch

from lapwing.outages.checkpoint import packed, restore
from lapwing.outages.incidents.localising_turns import MOST_AT_ONCE
from lapwing.outages.incidents.model import Incident
from lapwing.outages.journal import ReportsTaken, TimePassed
from lapwing.outages.watch import Watch

SERVICES = [f"s{number}" for number in range(3 * MOST_AT_ONCE)]
CITIES = range(8)


@cache
def _storm() -> tuple[dict[str, bytes], tuple[Incident, ...], int]:
    """The state when all are declared, and the minute that is open."""
    lived = Lived()
    lived.jump(1)
    while len(lived.watch.records.incidents) < len(SERVICES):
        rows = [
            row
            for slug in SERVICES
            for city in CITIES
            for row in lived.rows(4, lived.minute, service=slug, city=city)
        ]
        lived.tell(ReportsTaken(lived.minute * 60_000 + 59_000, rows))
        lived.jump(1)
    return packed(lived.watch), tuple(lived.watch.records.incidents.values()), lived.minute


def _restored(blobs: dict[str, bytes], incidents: tuple[Incident, ...]) -> Watch:
    watch = fresh_watch()
    assert restore(watch, blobs, list(incidents))
    return watch


def _tick(watch: Watch, at_ms: int) -> None:
    watch.apply(watch.position + 1, TimePassed(at_ms))


def _answered(watch: Watch) -> int:
    return sum(bool(one.localised) for one in watch.records.incidents.values())


def _digest(watch: Watch) -> dict[str, Any]:
    return {**packed(watch), "known": watch.records.incidents}


def test_between_minutes_one_that_waits_has_its_turn_each_second() -> None:
    blobs, incidents, minute = _storm()
    watch, start_ms = _restored(blobs, incidents), minute * 60_000
    before = _answered(watch)
    assert MOST_AT_ONCE <= before < len(SERVICES) - 2
    assert watch.has_look_due(start_ms + 2_000)

    _tick(watch, start_ms + 2_000)
    _tick(watch, start_ms + 2_900)
    assert _answered(watch) == before + 1
    assert not watch.has_look_due(start_ms + 2_900)
    _tick(watch, start_ms + 3_000)
    assert _answered(watch) == before + 2


def test_all_are_answered_before_any_is_looked_at_again() -> None:
    blobs, incidents, minute = _storm()
    watch = _restored(blobs, incidents)
    for second in range(2, 2 + len(SERVICES)):
        _tick(watch, minute * 60_000 + second * 1_000)

    assert _answered(watch) == len(SERVICES)
    assert not watch.records.some_wait
    assert not watch.has_look_due(minute * 60_000 + 59_000)


def test_a_look_is_no_harm_to_slices_that_are_first_reported_from_in_that_minute() -> None:
    blobs, incidents, minute = _storm()
    watch, lived = _restored(blobs, incidents), Lived(minute)
    new = lived.rows(3, minute, service="new", city=99, network="never seen")
    for slug in ("new", *SERVICES):
        new += lived.rows(3, minute, service=slug, city=99, network="never seen")
    before = _answered(watch)
    watch.apply(watch.position + 1, ReportsTaken(minute * 60_000 + 2_000, new))
    assert _answered(watch) == before + 1


def test_a_restart_amid_the_storm_goes_on_exactly() -> None:
    blobs, incidents, minute = _storm()
    watch = _restored(blobs, incidents)
    for second in range(2, 30):
        if second == 5:
            other = _restored(packed(watch), tuple(watch.records.incidents.values()))
        _tick(watch, minute * 60_000 + second * 1_000)
        if second >= 5:
            _tick(other, minute * 60_000 + second * 1_000)
    assert _digest(other) == _digest(watch)
