"""An incident's life, as the detector's findings lead it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from lapwing.kernel.instants import minute_of, start_of
from lapwing.outages.detection.model import Confirmed, Declared, Receding, Recovered, Relapsed
from lapwing.outages.incidents.model import Incident, SliceShare, State
from lapwing.outages.incidents.tracking import (
    TRANSITIONS,
    Figures,
    Step,
    absorb_or_open,
    apply_finding,
    check_transitions,
    lasting,
    open_incident,
    update_figures,
)

ONSET = minute_of(datetime(2023, 12, 21, 5, 7, tzinfo=UTC))


def declared(minute: int, onset: int | None = None) -> Declared:
    return Declared(0, minute, minute - 2 if onset is None else onset, 21.5, 16.0, 0)


def acts(incident: Incident) -> list[str]:
    return [change.act for change in incident.changes]


@pytest.fixture
def suspected() -> Incident:
    return open_incident("x", declared(ONSET + 2, ONSET))


@pytest.fixture
def ongoing(suspected: Incident) -> Incident:
    return lasting(apply_finding(suspected, Confirmed(0, ONSET + 4, 0)), ONSET + 14)


@pytest.fixture
def resolved(ongoing: Incident) -> Incident:
    return apply_finding(ongoing, Recovered(0, ONSET + 70, 0, ONSET + 65))


def test_a_declared_outage_is_suspected_from_its_onset(suspected: Incident) -> None:
    assert suspected.state is State.SUSPECTED
    assert suspected.started_at == datetime(2023, 12, 21, 5, 7, tzinfo=UTC)
    assert suspected.detected_at == datetime(2023, 12, 21, 5, 10, tzinfo=UTC)
    assert suspected.id == "x-20231221-0510"
    (change,) = suspected.changes
    assert (change.act, change.by, change.at) == ("declared", "lapwing", suspected.detected_at)
    assert change.details == {"log_evidence": 21.5, "log_threshold": 16.0}


def test_simulated_incidents_say_so() -> None:
    assert open_incident("x", declared(ONSET), simulated=True).simulated


def test_a_confirmed_outage_is_ongoing_once_it_lasts_a_quarter_of_an_hour(
    suspected: Incident,
) -> None:
    confirmed = apply_finding(suspected, Confirmed(0, ONSET + 4, 0))
    assert confirmed.state is State.CONFIRMED
    assert confirmed.confirmed_at == start_of(ONSET + 5)
    assert lasting(confirmed, ONSET + 13) is confirmed
    assert lasting(confirmed, ONSET + 14).state is State.ONGOING
    assert lasting(suspected, ONSET + 500) is suspected


def test_it_ends_where_the_detector_says(resolved: Incident) -> None:
    assert resolved.state is State.RESOLVED
    assert resolved.ended_at == start_of(ONSET + 65)
    assert resolved.changes[-1].at == start_of(ONSET + 71)
    assert acts(resolved) == ["declared", "confirmed", "lasted", "recovered"]


def test_an_end_is_never_before_the_start(suspected: Incident) -> None:
    ended = apply_finding(suspected, Recovered(0, ONSET + 9, 0, ONSET - 3))
    assert ended.ended_at == suspected.started_at + timedelta(minutes=1)


def test_a_dip_does_not_end_it(ongoing: Incident) -> None:
    dipped = apply_finding(ongoing, Receding(0, ONSET + 20, 0))
    assert (dipped.state, dipped.ended_at) == (State.RECOVERING, None)
    assert apply_finding(dipped, Relapsed(0, ONSET + 25, 0)).state is State.ONGOING


def test_an_unconfirmed_outage_relapses_into_suspicion(suspected: Incident) -> None:
    dipped = apply_finding(suspected, Receding(0, ONSET + 5, 0))
    assert apply_finding(dipped, Relapsed(0, ONSET + 6, 0)).state is State.SUSPECTED


def test_it_can_be_confirmed_while_it_recovers(suspected: Incident) -> None:
    dipped = apply_finding(suspected, Receding(0, ONSET + 5, 0))
    confirmed = apply_finding(dipped, Confirmed(0, ONSET + 6, 0))
    assert (confirmed.state, confirmed.confirmed_at) == (State.RECOVERING, start_of(ONSET + 7))
    assert apply_finding(confirmed, Confirmed(0, ONSET + 8, 0)) is confirmed


@pytest.mark.parametrize("gap_min", [-1, 0, 30])
def test_two_bursts_with_a_short_gap_are_one_incident(resolved: Incident, gap_min: int) -> None:
    onset = ONSET + 65 + gap_min
    again = absorb_or_open("x", resolved, declared(onset + 2, onset))
    assert (again.id, again.started_at) == (resolved.id, resolved.started_at)
    assert (again.state, again.ended_at) == (State.ONGOING, None)
    assert again.changes[-1].act == "reopened"
    assert again.changes[-1].details["ended_before"] == "2023-12-21T06:12:00Z"


def test_after_a_long_gap_it_is_another_incident(resolved: Incident) -> None:
    other = absorb_or_open("x", resolved, declared(ONSET + 100, ONSET + 96))
    assert other.id != resolved.id
    assert other.state is State.SUSPECTED


def test_an_outage_of_the_past_is_not_part_of_a_later_one(resolved: Incident) -> None:
    assert absorb_or_open("x", resolved, declared(ONSET - 10)).id == "x-20231221-0458"


def test_the_first_outage_of_a_service_is_opened() -> None:
    assert absorb_or_open("x", None, declared(ONSET + 2)).state is State.SUSPECTED


def test_a_declaration_while_it_lasts_changes_nothing_but_takes_back_a_recovery(
    ongoing: Incident,
) -> None:
    assert absorb_or_open("x", ongoing, declared(ONSET + 30)) is ongoing
    dipped = apply_finding(ongoing, Receding(0, ONSET + 20, 0))
    assert absorb_or_open("x", dipped, declared(ONSET + 30)).state is State.ONGOING


def test_findings_about_what_is_over_change_nothing(resolved: Incident) -> None:
    for finding in (
        Confirmed(0, 1, 0),
        Receding(0, 1, 0),
        Relapsed(0, 1, 0),
        Recovered(0, 1, 0, 1),
    ):
        assert apply_finding(resolved, finding) is resolved


def test_figures_are_no_part_of_the_history(ongoing: Incident) -> None:
    share = SliceShare("city", "1273294", "Delhi", 400, 3.0, 0.4)
    figures = Figures(1200, 1100, start_of(ONSET + 9), 90, 800, 12.5, (share,), 7, 0.25)
    changed = update_figures(ongoing, figures)
    assert changed.changes == ongoing.changes
    assert {name: getattr(changed, name) for name in figures.__struct_fields__} == (
        msgspec.structs.asdict(figures)
    )


def test_a_table_without_a_state_is_refused() -> None:
    with pytest.raises(ValueError, match="no transitions are declared"):
        check_transitions({state: t for state, t in TRANSITIONS.items() if state != "merged"})


def test_a_table_with_an_unreachable_state_is_refused() -> None:
    without = {
        state: {step: to for step, to in steps.items() if step is not Step.MERGED}
        for state, steps in TRANSITIONS.items()
    }
    with pytest.raises(ValueError, match="nothing leads to"):
        check_transitions(without)


@pytest.mark.parametrize(
    ("step", "target"),
    [(Step.RELAPSED, State.ONGOING), (Step.CONFIRMED, State.ONGOING), (Step.RECEDED, State.MERGED)],
)
def test_what_is_over_comes_to_life_by_reopening_only(step: Step, target: State) -> None:
    with pytest.raises(ValueError, match="is over"):
        check_transitions({**TRANSITIONS, State.RESOLVED: {step: (target,)}})
