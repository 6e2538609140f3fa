"""Incidents that an examination of history finds again: which known one each is, and what it keeps
of that."""

from __future__ import annotations

from typing import Final

import msgspec

from lapwing.outages.incidents.lanes import lane_of
from lapwing.outages.incidents.model import Incident, State
from lapwing.outages.incidents.tracking import DETECTOR, Step, resumed_state

_DECISIONS: Final = frozenset(
    {Step.DISMISSED, Step.RESOLVED, Step.REOPENED, Step.ABSORBED, Step.MERGED}
)
_BORNE_OUT: Final = frozenset({Step.CONFIRMED, Step.LASTED})


def known_by_found(known: list[Incident], found: list[Incident]) -> dict[str, Incident]:
    """Found incident's id -> the incident that it is: that of its id, else one of its time; of
    the same place."""
    same = {one.id: one for one in known}
    pairs = {
        one.id: same.pop(one.id)
        for one in found
        if one.id in same and lane_of(one) == lane_of(same[one.id])
    }
    for one in found:
        match = next(
            (
                other
                for other in same.values()
                if lane_of(one) == lane_of(other) and _overlap(one, other)
            ),
            None,
        )
        if one.id not in pairs and match is not None:
            pairs[one.id] = same.pop(match.id)
    return pairs


def is_decided(known: Incident) -> bool:
    """Whether an operator has closed, opened or merged it."""
    return any(change.act in _DECISIONS for change in known.changes if change.by != DETECTOR)


def with_what_is_known(found: Incident, known: Incident) -> Incident:
    """A found incident that was known before keeps its id, what operators said of it, and what
    its single reports told: of its minutes there may be only counts now, and these alone confirm
    nothing that was held for its reports."""
    if found.concentration is None and _was_held(known):
        found = _unconfirmed(found)
    acts = [change for change in known.changes if change.by != DETECTOR]
    edited = {name for change in acts for name in change.details.get("after", ())}
    kept = {
        name: getattr(known, name) for name in ("title", "cause", "started_at") if name in edited
    }
    if "ended_at" in edited and found.ended_at is not None:
        kept["ended_at"] = known.ended_at
    merged = msgspec.structs.replace(
        found,
        parts=tuple(dict.fromkeys((*found.parts, *known.parts))),
        confirmed_at=found.confirmed_at or known.confirmed_at,
        localised=found.localised or known.localised,
        concentration=found.concentration or known.concentration,
        changes=tuple(sorted([*found.changes, *acts], key=lambda change: change.at)),
        **kept,
    )
    if merged.state is State.SUSPECTED:
        return msgspec.structs.replace(merged, state=resumed_state(merged))
    return merged


def _overlap(one: Incident, other: Incident) -> bool:
    return (other.ended_at is None or one.started_at < other.ended_at) and (
        one.ended_at is None or other.started_at < one.ended_at
    )


def _was_held(known: Incident) -> bool:
    """It is, or ended, suspected for its reports."""
    concentration = known.concentration
    return known.confirmed_at is None and concentration is not None and concentration.suspicious


def _unconfirmed(found: Incident) -> Incident:
    """The same, as if nothing had borne it out."""
    return msgspec.structs.replace(
        found,
        state=_before_it_was_borne_out(found.state),
        confirmed_at=None,
        changes=tuple(
            msgspec.structs.replace(change, state=_before_it_was_borne_out(change.state))
            for change in found.changes
            if change.act not in _BORNE_OUT
        ),
    )


def _before_it_was_borne_out(state: State) -> State:
    return State.SUSPECTED if state in (State.CONFIRMED, State.ONGOING) else state
