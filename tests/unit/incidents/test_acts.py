"""An operator's word on an incident."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lapwing.kernel.instants import minute_of, start_of, to_ms
from lapwing.kernel.refusals import Refusal
from lapwing.outages.detection.model import Confirmed, Declared, Receding, Recovered
from lapwing.outages.incidents.acts import absorb, apply_act
from lapwing.outages.incidents.model import Incident, State
from lapwing.outages.incidents.tracking import (
    Figures,
    apply_finding,
    lasting,
    open_incident,
    update_figures,
)
from lapwing.outages.journal import OperatorActed

ONSET = minute_of(datetime(2023, 12, 21, 5, 7, tzinfo=UTC))
NOW = start_of(ONSET + 120)


def acted(act: str, **details: Any) -> OperatorActed:
    return OperatorActed(to_ms(NOW), "desk", act, "x-20231221-0510", details)


def opened(service: str = "x", minute: int = ONSET + 2) -> Incident:
    return open_incident(service, Declared(0, minute, minute - 2, 20.0, 16.0, 0))


@pytest.fixture
def suspected() -> Incident:
    return opened()


@pytest.fixture
def ongoing(suspected: Incident) -> Incident:
    return lasting(apply_finding(suspected, Confirmed(0, ONSET + 4, 0)), ONSET + 20)


@pytest.fixture
def resolved(ongoing: Incident) -> Incident:
    return apply_finding(ongoing, Recovered(0, ONSET + 70, 0, ONSET + 65))


def refused(incident: Incident, act: OperatorActed, into: Incident | None = None) -> Refusal:
    with pytest.raises(Refusal) as caught:
        apply_act(incident, act, into)
    return caught.value


def test_a_confirmation_is_kept_with_who_and_when(suspected: Incident) -> None:
    changed = apply_act(suspected, acted("confirm", note="seen here too"))
    assert (changed.state, changed.confirmed_at) == (State.CONFIRMED, NOW)
    last = changed.changes[-1]
    assert (last.by, last.at, last.act, last.note) == ("desk", NOW, "confirmed", "seen here too")
    assert refused(changed, acted("confirm")).code == "incident_already_confirmed"


def test_what_is_over_can_still_be_confirmed(suspected: Incident) -> None:
    over = apply_finding(suspected, Recovered(0, ONSET + 9, 0, ONSET + 8))
    changed = apply_act(over, acted("confirm"))
    assert (changed.state, changed.confirmed_at) == (State.RESOLVED, NOW)


def test_a_dismissed_incident_is_closed_to_the_detector(ongoing: Incident) -> None:
    dismissed = apply_act(ongoing, acted("dismiss"))
    assert (dismissed.state, dismissed.ended_at) == (State.FALSE_ALARM, NOW)
    assert apply_finding(dismissed, Receding(0, ONSET + 130, 0)) is dismissed
    over = apply_finding(dismissed, Recovered(0, ONSET + 130, 0, ONSET + 125))
    assert (over.state, over.ended_at) == (State.FALSE_ALARM, NOW)
    assert refused(over, acted("dismiss")).code == "incident_not_open"


def test_a_mistaken_dismissal_is_taken_back_as_the_reports_stand(
    suspected: Incident, ongoing: Incident, resolved: Incident
) -> None:
    for before, after in (
        (suspected, State.SUSPECTED),
        (ongoing, State.ONGOING),
        (resolved, State.RESOLVED),
    ):
        changed = apply_act(apply_act(before, acted("dismiss")), acted("reopen"))
        assert (changed.state, changed.ended_at) == (after, before.ended_at)
    assert refused(ongoing, acted("reopen")).code == "incident_not_closed"


def test_an_end_by_hand_is_now_or_as_told(ongoing: Incident) -> None:
    assert apply_act(ongoing, acted("resolve")).ended_at == NOW
    told = apply_act(ongoing, acted("resolve", ended_at="2023-12-21T11:40:00+05:30", cause="DNS"))
    assert (told.state, told.cause) == (State.RESOLVED, "DNS")
    assert told.ended_at == datetime(2023, 12, 21, 6, 10, tzinfo=UTC)
    assert refused(told, acted("resolve")).code == "incident_not_open"


def test_an_edit_keeps_what_was_there_before(resolved: Incident) -> None:
    changed = apply_act(
        resolved, acted("edit", title=" Posts gone ", started_at="2023-12-21T05:05:00Z", note="log")
    )
    assert (changed.title, changed.state) == ("Posts gone", State.RESOLVED)
    assert changed.started_at == datetime(2023, 12, 21, 5, 5, tzinfo=UTC)
    assert changed.changes[-1].details == {
        "before": {"title": None, "started_at": "2023-12-21T05:07:00Z"},
        "after": {"title": "Posts gone", "started_at": "2023-12-21T05:05:00Z"},
    }
    assert apply_act(changed, acted("edit", title=None)).title is None
    assert apply_act(changed, acted("edit", title="  ")).title is None


@pytest.mark.parametrize(
    ("details", "code", "field"),
    [
        ({"title": 5}, "invalid_text", "title"),
        ({"title": "x" * 161}, "invalid_text", "title"),
        ({"cause": "a\x00b"}, "invalid_text", "cause"),
        ({"title": "two\nlines"}, "invalid_text", "title"),
        ({"started_at": "yesterday"}, "invalid_instant", "started_at"),
        ({"started_at": 5}, "invalid_instant", "started_at"),
        ({"started_at": "2023-12-21T05:05:00"}, "invalid_instant", "started_at"),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "invalid_instant", "started_at"),
        ({"ended_at": "2030-01-01T00:00:00Z"}, "invalid_instant", "ended_at"),
        ({"started_at": "2023-12-21T06:00:00Z"}, "invalid_span", "started_at"),
        ({"started_at": "1970-01-01T00:00:00Z"}, "invalid_span", "started_at"),
        ({"ended_at": "2023-12-21T05:07:00Z"}, "invalid_span", "ended_at"),
        ({"colour": "red"}, "unknown_field", "colour"),
        ({}, "nothing_to_edit", None),
        ({"ended_at": None}, "nothing_to_edit", None),
    ],
)
def test_an_edit_that_is_not_right_is_refused(
    resolved: Incident, details: dict[str, Any], code: str, field: str | None
) -> None:
    refusal = refused(resolved, acted("edit", **details))
    assert (refusal.code, refusal.field) == (code, field)


def test_an_open_incident_is_ended_by_resolving_not_by_editing(ongoing: Incident) -> None:
    refusal = refused(ongoing, acted("edit", ended_at="2023-12-21T06:00:00Z"))
    assert refusal.code == "incident_not_closed"


def test_a_note_may_have_lines_and_must_not_be_blank(ongoing: Incident) -> None:
    changed = apply_act(ongoing, acted("annotate", note="one\ntwo"))
    assert (changed.changes[-1].note, changed.state) == ("one\ntwo", ongoing.state)
    assert refused(ongoing, acted("annotate", note=" ")).code == "note_missing"


def test_an_unknown_act_is_refused(ongoing: Incident) -> None:
    assert refused(ongoing, acted("explode")).code == "unknown_act"


def test_an_incident_becomes_part_of_another(ongoing: Incident) -> None:
    other = opened(minute=ONSET - 10)
    act = acted("merge", into=other.id)
    merged = apply_act(ongoing, act, other)
    assert (merged.state, merged.merged_into) == (State.MERGED, other.id)
    assert refused(merged, acted("confirm")).code == "incident_merged"
    assert apply_act(merged, acted("annotate", note="why")).changes[-1].note == "why"


def test_the_other_spans_both_and_adds_their_figures(ongoing: Incident) -> None:
    early = update_figures(opened(minute=ONSET - 10), Figures(10, 8, NOW, 3, 9, 1.5))
    late = update_figures(ongoing, Figures(100, 80, NOW, 30, 90, 2.5, networks_seen=4))
    whole = absorb(early, late, acted("merge", into=early.id))
    assert (whole.id, whole.state) == (early.id, State.SUSPECTED)
    assert (whole.started_at, whole.ended_at) == (early.started_at, None)
    assert (whole.reports, whole.expected, whole.reports_first_20_min) == (110, 4.0, 8)
    assert (whole.peak_per_minute, whole.peak_15_min, whole.networks_seen) == (30, 90, 4)
    assert whole.confirmed_at == late.confirmed_at
    assert whole.changes[-1].details == {"merged": late.id}


def test_an_incident_that_was_over_goes_on_with_an_open_one_merged_into_it(
    resolved: Incident,
) -> None:
    late = opened(minute=ONSET + 100)
    whole = absorb(resolved, late, acted("merge", into=resolved.id))
    assert (whole.state, whole.ended_at) == (State.ONGOING, None)
    assert whole.changes[-1].act == "reopened"


def test_two_that_are_over_end_with_the_later(resolved: Incident) -> None:
    early = apply_finding(opened(minute=ONSET - 10), Recovered(0, ONSET - 1, 0, ONSET - 2))
    whole = absorb(early, resolved, acted("merge", into=early.id))
    assert (whole.state, whole.ended_at) == (State.RESOLVED, resolved.ended_at)


def test_a_merge_needs_another_live_incident_of_the_same_service(ongoing: Incident) -> None:
    act = acted("merge", into="x-1")
    other = opened(minute=ONSET - 10)
    assert refused(ongoing, act).code == "merge_target_unknown"
    assert refused(ongoing, acted("merge")).code == "merge_target_missing"
    assert refused(ongoing, act, ongoing).code == "merge_with_itself"
    assert refused(ongoing, act, opened("games")).code == "merge_other_service"
    false_alarm = apply_act(other, acted("dismiss"))
    assert refused(ongoing, act, false_alarm).code == "merge_target_closed"
    merged = apply_act(other, acted("merge", into=ongoing.id), ongoing)
    assert refused(ongoing, act, merged).code == "merge_target_closed"


def test_an_act_of_a_clock_that_went_back_ends_nothing_before_it_began(
    suspected: Incident,
) -> None:
    early = OperatorActed(
        to_ms(suspected.started_at - timedelta(hours=1)), "desk", "dismiss", suspected.id, {}
    )
    assert apply_act(suspected, early).ended_at == suspected.started_at
