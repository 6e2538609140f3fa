"""An incident's life: what the detector finds and what operators say, step by step.

Pure: a function takes the present incident and returns the changed one, with the change at the
end of its history. The instant of a detector's step is the close of the minute that brought it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Any

import msgspec

from lapwing.kernel.instants import Minute, minute_of, start_of
from lapwing.outages.detection.model import (
    Confirmed,
    Declared,
    Finding,
    Receding,
    Recovered,
    Relapsed,
)
from lapwing.outages.incidents.model import OPEN_STATES, Change, Incident, Scope, SliceShare, State

DETECTOR = "lapwing"
"""Who made a change that nobody but the statistics made."""

LASTING_AFTER_MIN = 15
"""A confirmed outage is ongoing once it is this old, counted from its onset."""

ONE_INCIDENT_GAP_MIN = 30
"""A new onset at most this long after an incident's end is the same incident again."""


class Step(StrEnum):
    """What can happen to an incident; also the `act` of its entry in the history."""

    DECLARED = "declared"
    CONFIRMED = "confirmed"
    LASTED = "lasted"
    RECEDED = "receded"
    RELAPSED = "relapsed"
    RECOVERED = "recovered"
    REOPENED = "reopened"
    DISMISSED = "dismissed"
    RESOLVED = "resolved"
    MERGED = "merged"
    ABSORBED = "absorbed"
    EDITED = "edited"
    ANNOTATED = "annotated"


FIRST_STATE = State.SUSPECTED

TRANSITIONS: Mapping[State, Mapping[Step, tuple[State, ...]]] = {
    State.SUSPECTED: {
        Step.CONFIRMED: (State.CONFIRMED,),
        Step.RECEDED: (State.RECOVERING,),
        Step.RECOVERED: (State.RESOLVED,),
        Step.RESOLVED: (State.RESOLVED,),
        Step.DISMISSED: (State.FALSE_ALARM,),
        Step.MERGED: (State.MERGED,),
    },
    State.CONFIRMED: {
        Step.LASTED: (State.ONGOING,),
        Step.RECEDED: (State.RECOVERING,),
        Step.RECOVERED: (State.RESOLVED,),
        Step.RESOLVED: (State.RESOLVED,),
        Step.DISMISSED: (State.FALSE_ALARM,),
        Step.MERGED: (State.MERGED,),
    },
    State.ONGOING: {
        Step.RECEDED: (State.RECOVERING,),
        Step.RECOVERED: (State.RESOLVED,),
        Step.RESOLVED: (State.RESOLVED,),
        Step.DISMISSED: (State.FALSE_ALARM,),
        Step.MERGED: (State.MERGED,),
    },
    State.RECOVERING: {
        Step.CONFIRMED: (State.RECOVERING,),
        Step.RELAPSED: (State.ONGOING, State.SUSPECTED),
        Step.RECOVERED: (State.RESOLVED,),
        Step.RESOLVED: (State.RESOLVED,),
        Step.DISMISSED: (State.FALSE_ALARM,),
        Step.MERGED: (State.MERGED,),
    },
    State.RESOLVED: {
        Step.REOPENED: (State.ONGOING, State.SUSPECTED),
        Step.CONFIRMED: (State.RESOLVED,),
        Step.DISMISSED: (State.FALSE_ALARM,),
        Step.MERGED: (State.MERGED,),
    },
    State.FALSE_ALARM: {
        Step.RECOVERED: (State.FALSE_ALARM,),
        Step.REOPENED: (State.ONGOING, State.SUSPECTED, State.RESOLVED),
    },
    State.MERGED: {},
}
"""Where a step may lead. Of several targets the incident's own past chooses: an outage that was
confirmed before goes on as ongoing, else it is suspected again. Steps that are not here at any
state (edited, annotated, absorbed) leave the state as it is."""

VERDICTS = frozenset({Step.CONFIRMED, Step.DISMISSED, Step.MERGED})
"""What may still be said of an outage that is over, since that is when most is known."""


class Figures(msgspec.Struct, frozen=True):
    """What the counts say of an incident so far; see `Incident` for each field."""

    reports: int
    reports_first_20_min: int
    peak_at: datetime | None
    peak_per_minute: int
    peak_15_min: int
    expected: float
    leading: tuple[SliceShare, ...] = ()
    networks_seen: int = 0
    trusted_share: float = 0.0


def incident_id(service: str, detected_at: datetime, taken: Container[str] = ()) -> str:
    """`x-20231221-0509`, or `x-20231221-0509-2` where that is taken; `detected_at` is UTC."""
    first = f"{service}-{detected_at:%Y%m%d-%H%M}"
    if first not in taken:
        return first
    numbered = (f"{first}-{number}" for number in count(2))
    return next(one for one in numbered if one not in taken)


def open_incident(
    service: str,
    declared: Declared,
    *,
    scope: Scope | None = None,
    taken: Container[str] = (),
    simulated: bool = False,
) -> Incident:
    """A new, suspected incident of the service with this slug; `taken` ids are others'."""
    detected_at = _close_of(declared.minute)
    incident = Incident(
        id=incident_id(service, detected_at, taken),
        service=service,
        state=FIRST_STATE,
        started_at=start_of(declared.onset_minute),
        detected_at=detected_at,
        simulated=simulated,
        scope=scope,
    )
    details = {
        "log_evidence": round(declared.log_evidence, 2),
        "log_threshold": round(declared.log_threshold, 2),
    }
    return with_change(incident, detected_at, DETECTOR, Step.DECLARED, details=details)


def absorb_or_open(
    service: str,
    previous: Incident | None,
    declared: Declared,
    *,
    scope: Scope | None = None,
    taken: Container[str] = (),
    simulated: bool = False,
) -> Incident:
    """The incident that a declared outage belongs to: the previous one of its scope, or a new one.

    Two bursts with a short gap are one incident: it is reopened under its id and keeps its start.
    `previous` is the latest there; for a merged one give the incident that it went into.
    """

    def fresh() -> Incident:
        return open_incident(service, declared, scope=scope, taken=taken, simulated=simulated)

    if previous is None or declared.onset_minute < minute_of(previous.started_at):
        return fresh()
    if previous.state in OPEN_STATES:
        return apply_finding(previous, declared)
    ended_at = previous.ended_at
    if previous.state is not State.RESOLVED or ended_at is None:
        return fresh()
    gap = start_of(declared.onset_minute) - ended_at
    if gap > timedelta(minutes=ONE_INCIDENT_GAP_MIN):
        return fresh()
    details = {
        "gap_min": max(0, int(gap.total_seconds() // 60)),
        "ended_before": instant_text(ended_at),
    }
    reopened = msgspec.structs.replace(previous, state=resumed_state(previous), ended_at=None)
    return moved(previous, reopened, _close_of(declared.minute), Step.REOPENED, details=details)


def apply_finding(incident: Incident, finding: Finding) -> Incident:
    """The incident after one of the detector's findings about it, `Grown` apart (`grown`).

    A finding that means nothing in the present state (a second confirmation; anything about an
    incident that an operator has closed) returns the very same incident.
    """
    step = _FINDING_STEPS[type(finding)]
    if isinstance(finding, Declared) and incident.state is State.RECOVERING:
        step = Step.RELAPSED
    if step not in TRANSITIONS[incident.state] or incident.state is State.RESOLVED:
        return incident
    at = _close_of(finding.minute)
    match finding:
        case Confirmed():
            return confirmed(incident, at, DETECTOR)
        case Receding():
            changed = msgspec.structs.replace(incident, state=State.RECOVERING)
        case Declared() | Relapsed():
            changed = msgspec.structs.replace(incident, state=resumed_state(incident))
        case Recovered():
            return _recovered(incident, finding)
    return moved(incident, changed, at, step)


def grown(incident: Incident, into: str, minute: Minute) -> Incident:
    """An open local incident that at the start of `minute` became part of the larger one of this
    id."""
    at = start_of(minute)
    changed = msgspec.structs.replace(
        incident,
        state=State.MERGED,
        merged_into=into,
        ended_at=max(at, incident.started_at),
    )
    note = "It grew and became part of a larger outage."
    return moved(incident, changed, at, Step.MERGED, note=note, details={"into": into})


def with_part(incident: Incident, part: str, minute: Minute) -> Incident:
    """The larger incident, of which that of the id `part` became a part by growing."""
    changed = msgspec.structs.replace(incident, parts=(*incident.parts, part))
    return with_change(changed, start_of(minute), DETECTOR, Step.ABSORBED, details={"merged": part})


def lasting(incident: Incident, minute: Minute) -> Incident:
    """Ongoing, if it is confirmed and at the close of `minute` has lasted; else the same one."""
    lasted_min = minute + 1 - minute_of(incident.started_at)
    if incident.state is not State.CONFIRMED or lasted_min < LASTING_AFTER_MIN:
        return incident
    changed = msgspec.structs.replace(incident, state=State.ONGOING)
    return moved(incident, changed, _close_of(minute), Step.LASTED)


def update_figures(incident: Incident, figures: Figures) -> Incident:
    """With fresh figures. They change every minute and are no part of the history."""
    return msgspec.structs.replace(incident, **msgspec.structs.asdict(figures))


def confirmed(incident: Incident, at: datetime, by: str, note: str = "") -> Incident:
    """Borne out; keeps the instant of the first confirmation. The step must be possible."""
    (state,) = TRANSITIONS[incident.state][Step.CONFIRMED]
    changed = msgspec.structs.replace(
        incident, state=state, confirmed_at=incident.confirmed_at or at
    )
    if changed == incident:
        return incident
    return moved(incident, changed, at, Step.CONFIRMED, by=by, note=note)


def resumed_state(incident: Incident) -> State:
    """How an outage goes on that was thought to be over."""
    return State.SUSPECTED if incident.confirmed_at is None else State.ONGOING


def is_over(incident: Incident) -> bool:
    """Whether the reports are back to normal, whatever an operator said of the incident since."""
    for change in reversed(incident.changes):
        if change.act in (Step.RECOVERED, Step.RESOLVED):
            return True
        if change.act in (Step.DECLARED, Step.REOPENED, Step.RELAPSED):
            return False
    return incident.ended_at is not None


def with_change(
    incident: Incident,
    at: datetime,
    by: str,
    step: Step,
    *,
    note: str = "",
    details: Mapping[str, Any] | None = None,
) -> Incident:
    """The incident with one more entry in its history, which tells its present state."""
    change = Change(
        at=at, by=by, act=step, state=incident.state, note=note, details=dict(details or {})
    )
    return msgspec.structs.replace(incident, changes=(*incident.changes, change))


def check_transitions(transitions: Mapping[State, Mapping[Step, tuple[State, ...]]]) -> None:
    """Raises ValueError unless the table is whole: every state is declared and can be reached,
    and what is over comes to life again by reopening only."""
    if missing := set(State) - set(transitions):
        raise ValueError(f"no transitions are declared for {sorted(missing)}")
    for state, steps in transitions.items():
        for step, targets in steps.items():
            _check_targets(state, step, targets)
    reached = _reachable(transitions)
    if unreachable := set(State) - reached:
        raise ValueError(f"nothing leads to {sorted(unreachable)}")


def _check_targets(state: State, step: Step, targets: Iterable[State]) -> None:
    for target in targets:
        if target not in State:
            raise ValueError(f"{state} -> {step} leads to {target!r}, which is no state")
        revives = state not in OPEN_STATES and target in OPEN_STATES
        if revives and step is not Step.REOPENED:
            raise ValueError(f"{state} is over: only reopening leads to {target}, not {step}")
        verdict = step in VERDICTS or step is Step.REOPENED
        if state not in OPEN_STATES and target is not state and not verdict:
            raise ValueError(f"{state} is over: {step} cannot make it {target}")


def _reachable(transitions: Mapping[State, Mapping[Step, tuple[State, ...]]]) -> set[State]:
    reached: set[State] = set()
    frontier = {FIRST_STATE}
    while frontier:
        reached |= frontier
        targets = (steps.values() for state, steps in transitions.items() if state in frontier)
        frontier = {state for options in targets for chosen in options for state in chosen}
        frontier -= reached
    return reached


_FINDING_STEPS: Mapping[type, Step] = {
    Declared: Step.DECLARED,
    Confirmed: Step.CONFIRMED,
    Receding: Step.RECEDED,
    Relapsed: Step.RELAPSED,
    Recovered: Step.RECOVERED,
}


def _recovered(incident: Incident, finding: Recovered) -> Incident:
    at = _close_of(finding.minute)
    if incident.state is State.FALSE_ALARM:
        if is_over(incident):
            return incident
        return with_change(incident, at, DETECTOR, Step.RECOVERED)
    earliest_end = incident.started_at + timedelta(minutes=1)
    ended_at = max(start_of(finding.end_minute), earliest_end)
    changed = msgspec.structs.replace(incident, state=State.RESOLVED, ended_at=ended_at)
    return moved(
        incident, changed, at, Step.RECOVERED, details={"ended_at": instant_text(ended_at)}
    )


def moved(
    before: Incident,
    after: Incident,
    at: datetime,
    step: Step,
    *,
    by: str = DETECTOR,
    note: str = "",
    details: Mapping[str, Any] | None = None,
) -> Incident:
    """`after`, with the step in its history; ValueError if the table does not allow the step."""
    if after.state not in TRANSITIONS[before.state].get(step, ()):
        raise ValueError(f"{before.id}: {step} does not lead from {before.state} to {after.state}")
    return with_change(after, at, by, step, note=note, details=details)


def _close_of(minute: Minute) -> datetime:
    return start_of(minute + 1)


def instant_text(at: datetime) -> str:
    """As the history writes an instant: `2023-12-21T05:07:00Z`."""
    return at.isoformat().replace("+00:00", "Z")


check_transitions(TRANSITIONS)
