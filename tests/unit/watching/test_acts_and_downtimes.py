"""Downtimes, clocks that step back, and operators' acts on incidents that are not the latest."""

from __future__ import annotations

import pytest
from tests.unit.watching.lived import START, Lived

from lapwing.kernel.instants import minute_of
from lapwing.kernel.refusals import Refusal
from lapwing.outages.incidents.model import State
from lapwing.outages.journal import OperatorActed


def test_an_outage_through_a_short_downtime_keeps_its_counts_in_their_minutes() -> None:
    lived = Lived()
    lived.live(60)
    incident = lived.outage()
    down_at = lived.minute
    lived.jump(30)
    lived.live(5, 30)
    series = lived.watch.records.series_of(incident.id)
    assert series is not None
    counts = dict(enumerate(series.counts, series.start_minute))
    assert [counts[minute] for minute in range(down_at, down_at + 30)] == [0] * 30
    assert [counts[minute] for minute in range(down_at + 30, down_at + 35)] == [30] * 5
    assert max(counts) == lived.minute - 1
    assert lived.now(incident).reports == 25 * 30


def test_reports_count_at_once_while_the_clock_is_behind() -> None:
    lived = Lived()
    lived.live(180, 1)
    lived.minute -= 150
    lived.report(7)
    assert lived.watch.history == {}
    assert lived.watch.open_minute is not None
    assert sum(row.at_ms > 0 for row in lived.watch.open_minute.rows) == 7


def test_merging_old_incidents_leaves_the_open_one_the_latest() -> None:
    lived = Lived()
    lived.live(60)
    first = lived.outage()
    lived.calm(180)
    second = lived.outage()
    lived.calm(180)
    third = lived.outage()
    assert len({first.id, second.id, third.id}) == 3
    lived.act("merge", second, into=first.id)
    open_now = lived.watch.records.open_incident_of("x")
    assert open_now is not None
    assert open_now.id == third.id
    lived.calm()
    assert lived.now(third).state is State.RESOLVED


def test_merging_the_open_one_into_an_old_one_goes_on_counting_there() -> None:
    lived = Lived()
    lived.live(60)
    first = lived.outage()
    lived.calm(180)
    second = lived.outage(10)
    lived.act("merge", second, into=first.id)
    lived.live(10, 30)
    whole = lived.now(first)
    assert whole.state in {State.ONGOING, State.SUSPECTED}
    assert whole.reports == 40 * 30
    lived.calm()
    assert lived.now(first).state is State.RESOLVED
    series = lived.watch.records.series_of(first.id)
    assert series is not None
    assert sum(series.counts) == 40 * 30


def test_a_reopened_incident_is_counted_again_and_ends_again() -> None:
    lived = Lived()
    lived.live(60)
    incident = lived.outage()
    lived.calm(180)
    lived.act("reopen", incident)
    lived.live(20, 30)
    again = lived.now(incident)
    assert again.ended_at is None
    assert again.reports == 40 * 30
    lived.calm()
    assert lived.now(incident).state is State.RESOLVED


def test_an_older_incident_that_is_reopened_is_the_one_that_is_shown_and_ends() -> None:
    lived = Lived()
    lived.live(60)
    first = lived.outage()
    lived.calm(180)
    lived.outage()
    lived.calm(180)
    lived.act("reopen", first)
    open_now = lived.watch.records.open_incident_of("x")
    assert open_now is not None
    assert open_now.id == first.id
    lived.calm()
    assert lived.now(first).state is State.RESOLVED


def test_no_incident_is_reopened_beside_an_open_one() -> None:
    lived = Lived()
    lived.live(60)
    first = lived.outage()
    lived.calm(180)
    lived.outage()
    reopening = OperatorActed(lived.minute * 60_000, "ada", "reopen", first.id, {})
    with pytest.raises(Refusal) as refused:
        lived.watch.records.check_act(reopening)
    assert refused.value.code == "another_incident_open"


def test_an_onset_before_what_is_logged_is_not_taken_for_the_first_logged_minute() -> None:
    lived = Lived()
    lived.live(300)
    incident = lived.outage()
    peak_at = incident.peak_at
    lived.act("edit", incident, started_at="2023-12-20T12:00:00Z")
    edited = lived.now(incident)
    assert minute_of(edited.started_at) < START
    assert edited.peak_at == peak_at
    assert edited.reports_first_20_min == 0
