"""Whatever happens in whatever order, an incident's life stays legal and its history grows."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from lapwing.kernel.refusals import Refusal
from lapwing.outages.detection.model import Confirmed, Declared, Receding, Recovered, Relapsed
from lapwing.outages.incidents.acts import Act, absorb, apply_act
from lapwing.outages.incidents.model import OPEN_STATES, Incident, State
from lapwing.outages.incidents.tracking import (
    TRANSITIONS,
    Step,
    absorb_or_open,
    apply_finding,
    lasting,
    open_incident,
)
from lapwing.outages.journal import OperatorActed

START = 28_385_640
EVENTS = st.one_of(
    st.sampled_from(["declared", "confirmed", "receding", "relapsed", "recovered", "minute"]),
    st.sampled_from(list(Act)),
)
DETAILS = st.fixed_dictionaries(
    {},
    optional={
        "note": st.text(max_size=20),
        "title": st.none() | st.text(max_size=20),
        "cause": st.none() | st.text(max_size=20),
        "started_at": st.datetimes().map(lambda at: at.isoformat() + "Z") | st.just("2023-01-01"),
        "ended_at": st.sampled_from(["2023-12-21T00:30:00Z", "2024-01-01T00:00:00Z", ""]),
    },
)
OTHER = open_incident("x", Declared(0, START - 500, START - 502, 1.0, 1.0, 0))
NO_STATE_CHANGE = {Step.EDITED, Step.ANNOTATED, Step.ABSORBED}


def _after(incident: Incident, event: str, minute: int, details: dict[str, object]) -> Incident:
    match event:
        case "declared":
            changed = absorb_or_open("x", incident, Declared(0, minute, minute - 1, 1.0, 1.0, 0))
            return changed if changed.id == incident.id else incident
        case "confirmed":
            return apply_finding(incident, Confirmed(0, minute, 0))
        case "receding":
            return apply_finding(incident, Receding(0, minute, 0))
        case "relapsed":
            return apply_finding(incident, Relapsed(0, minute, 0))
        case "recovered":
            return apply_finding(incident, Recovered(0, minute, 0, minute - 5))
        case "minute":
            return lasting(incident, minute)
    acted = OperatorActed(minute * 60_000, "desk", event, incident.id, details)
    try:
        changed = apply_act(incident, acted, OTHER)
    except Refusal:
        return incident
    if changed.state is State.MERGED and incident.state is not State.MERGED:
        _check_step(OTHER, absorb(OTHER, incident, acted))
    return changed


def _check_step(before: Incident, after: Incident) -> None:
    assert after.changes[: len(before.changes)] == before.changes
    states = [before.state, *(change.state for change in after.changes[len(before.changes) :])]
    for was, change in zip(states, after.changes[len(before.changes) :], strict=False):
        step = Step(change.act)
        if step in NO_STATE_CHANGE:
            assert change.state is was
        else:
            assert change.state in TRANSITIONS[was][step]
    assert after.state is states[-1]
    assert (after.ended_at is None) == (after.state in OPEN_STATES)
    assert after.ended_at is None or after.ended_at >= after.started_at
    assert after.started_at <= after.detected_at
    if before.state != after.state or before.ended_at != after.ended_at:
        assert len(after.changes) > len(before.changes)


@given(st.lists(st.tuples(EVENTS, st.integers(1, 40), DETAILS), max_size=30))
def test_every_life_is_legal(events: list[tuple[str, int, dict[str, object]]]) -> None:
    minute = START
    incident = open_incident("x", Declared(0, minute, minute - 2, 20.0, 16.0, 0))
    for event, later, details in events:
        minute += later
        allowed = {"into": OTHER.id, "note": details.get("note", "")}
        after = _after(incident, event, minute, allowed if event == Act.MERGE else details)
        _check_step(incident, after)
        incident = after
    encoded = msgspec.msgpack.encode(incident)
    assert msgspec.msgpack.decode(encoded, type=Incident) == incident


@given(st.lists(st.tuples(EVENTS, st.integers(1, 40)), max_size=15))
def test_the_same_life_twice_is_the_same_incident(events: list[tuple[str, int]]) -> None:
    def live() -> Incident:
        minute = START
        incident = open_incident("x", Declared(0, minute, minute - 2, 20.0, 16.0, 0))
        for event, later in events:
            minute += later
            incident = _after(incident, event, minute, {"note": "n"})
        return incident

    assert live() == live()
