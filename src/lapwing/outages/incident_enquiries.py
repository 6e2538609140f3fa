"""What the single reports of open incidents say: where and for whom, and how few bring them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from lapwing.kernel.instants import Minute, minute_of
from lapwing.outages.corroborating import Corroborating
from lapwing.outages.counting.incident_log import IncidentLog
from lapwing.outages.counting.windows import Windows
from lapwing.outages.incidents.localised import recorded
from lapwing.outages.incidents.localising import Localiser
from lapwing.outages.incidents.localising_turns import Candidate, in_turn
from lapwing.outages.incidents.model import Incident, State

_KNOWN_PART = 0.5
"""Of the counted reports that must be known one by one for an answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An open incident; `node` is that of its scope."""

    incident: Incident
    log: IncidentLog
    node: int
    alone: bool
    """It is the only open one of its service: the service's whole excess is its own."""

    @property
    def service(self) -> int:
        return self.log.service


class Answers(NamedTuple):
    changed: Mapping[str, Incident]
    """The incidents whose answers are other than before, by id."""
    others_wait: bool
    """Further ones are due to be looked at."""


class Enquiries:
    """Works on what the watch has; notes in the logs when an incident was looked at."""

    def __init__(
        self, windows: Windows, localiser: Localiser, corroborating: Corroborating
    ) -> None:
        self._windows = windows
        self._localiser = localiser
        self._corroborating = corroborating

    def answer(self, asked: Sequence[Asked], end: Minute) -> Answers:
        """At the close of a minute. `end`: the minute after it."""
        due, others_wait = in_turn((_candidate(one) for one in asked if one.alone), end)
        found = {one.incident.id: self._weighed(one, end) for one in asked if _is_weighed(one, due)}
        return Answers(self._looked_at(asked, due, end, found), others_wait)

    def look_on(self, asked: Sequence[Asked], end: Minute) -> Answers:
        """Between two closes: the next one that had to wait."""
        due, others_wait = in_turn((_candidate(one) for one in asked if one.alone), end, most=1)
        found = {
            one.incident.id: self._weighed(one, end) for one in asked if one.incident.id in due
        }
        return Answers(self._looked_at(asked, due, end, found), others_wait)

    def _looked_at(
        self, asked: Sequence[Asked], due: Sequence[str], end: Minute, weighed: dict[str, Incident]
    ) -> dict[str, Incident]:
        """Those that are due, with where and for whom, and the other weighed ones."""
        by_id = {one.incident.id: one for one in asked}
        located = {
            incident_id: self._located(by_id[incident_id], weighed[incident_id], end)
            for incident_id in due
        }
        for incident_id in due:
            by_id[incident_id].log.looked = end
        return weighed | located

    def _weighed(self, one: Asked, end: Minute) -> Incident:
        start = minute_of(one.incident.started_at)
        found = self._corroborating.concentration(one.service, one.node, start, end)
        return msgspec.structs.replace(one.incident, concentration=found)

    def _located(self, one: Asked, incident: Incident, end: Minute) -> Incident:
        start = minute_of(incident.started_at)
        usual = float(self._windows.expected(one.service, start, end).sum())
        localised = self._localiser.localise(one.service, start, end, usual)
        if localised.reports < _KNOWN_PART * incident.reports:
            return incident
        return msgspec.structs.replace(incident, localised=recorded(incident.localised, localised))


def _candidate(one: Asked) -> Candidate:
    incident = one.incident
    before = incident.localised[-1] if incident.localised else None
    return Candidate(
        incident.id,
        declared=minute_of(incident.detected_at),
        reports=incident.reports,
        expected=incident.expected,
        before=before,
        looked=max(one.log.looked, 0 if before is None else minute_of(before.at)),
    )


def _is_weighed(one: Asked, due: Sequence[str]) -> bool:
    """Every minute until it is confirmed, later when it is looked at anyway."""
    return one.incident.state is State.SUSPECTED or one.incident.id in due
