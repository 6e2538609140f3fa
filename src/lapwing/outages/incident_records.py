"""The incidents of all services: what the detector finds and operators do, with their counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from lapwing.kernel.instants import Minute, minute_of, start_of
from lapwing.kernel.refusals import Refusal
from lapwing.outages.changes import Changes
from lapwing.outages.counting.incident_log import (
    MARGIN_MIN,
    IncidentLog,
    RunningSums,
    to_series,
)
from lapwing.outages.counting.nodes import NodeTable
from lapwing.outages.counting.windows import WINDOW_MIN, Windows
from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.model import Declared, Finding, MinuteCounts, MinuteOutcome
from lapwing.outages.events import IncidentChanged
from lapwing.outages.incidents.acts import absorb, apply_act
from lapwing.outages.incidents.figures import Course, Label, Slices, figures_of
from lapwing.outages.incidents.model import OPEN_STATES, Incident, State
from lapwing.outages.incidents.tracking import (
    absorb_or_open,
    apply_finding,
    lasting,
    update_figures,
)
from lapwing.outages.journal import OperatorActed
from lapwing.outages.store import IncidentSeries

_NOTHING = np.zeros(0, np.int64)


class IncidentRecords:
    """Part of the watch's state; never waits."""

    def __init__(
        self,
        nodes: NodeTable,
        windows: Windows,
        detector: Detector,
        changes: Changes,
        label: Label,
        present_minute: Callable[[], Minute],
        *,
        simulated: bool,
    ) -> None:
        """`label` names slices for people; `present_minute`: the one that is counted now."""
        self.incidents: dict[str, Incident] = {}
        self.latest: dict[str, str] = {}
        """Id of each service's latest incident."""
        self.logs: dict[str, IncidentLog] = {}
        """Of incidents that are open or ended less than an hour ago."""
        self.finished: dict[str, IncidentSeries] = {}
        """Counts of incidents whose log was closed, until the database has them."""
        self.unsaved: set[str] = set()
        """Incidents that the database does not have as they are now."""
        self._nodes = nodes
        self._windows = windows
        self._detector = detector
        self._changes = changes
        self._label = label
        self._sums: dict[str, RunningSums] = {}
        """Of the logs, by incident."""
        self._present_minute = present_minute
        self._simulated = simulated

    def get_incident(self, incident: str) -> Incident:
        found = self.incidents.get(incident)
        if found is None:
            raise Refusal("unknown_incident", f"There is no incident {incident!r}.")
        return found

    def open_incident_of(self, slug: str) -> Incident | None:
        latest = self.latest_incident_of(slug)
        return latest if latest is not None and latest.state in OPEN_STATES else None

    def latest_incident_of(self, slug: str) -> Incident | None:
        incident = self.latest.get(slug)
        return None if incident is None else self.incidents[incident]

    def incidents_of(self, slug: str) -> Iterator[Incident]:
        return (incident for incident in self.incidents.values() if incident.service == slug)

    def log_end(self, incident: Incident) -> Minute:
        """The minute after the incident's last one, or after the last closed one."""
        if incident.ended_at is not None:
            return minute_of(incident.ended_at)
        return self._present_minute()

    def series_of(self, incident: str) -> IncidentSeries | None:
        """The incident's own counts while they are in memory."""
        log = self.logs.get(incident)
        return self.finished.get(incident) if log is None else to_series(log, self._nodes.slice_of)

    def check_act(self, acted: OperatorActed) -> Incident:
        """The incident as the act would leave it; raises `Refusal`, changes nothing."""
        before = self.get_incident(acted.incident)
        after = apply_act(before, acted, self._merge_target(acted))
        other = self.open_incident_of(before.service)
        if after.state in OPEN_STATES and other is not None and other.id != after.id:
            raise Refusal(
                "another_incident_open",
                f"{other.id} is open, and a service has one open incident at a time;"
                " merge the two instead.",
            )
        return after

    def take_incidents(self, slug: str, incidents: list[Incident]) -> None:
        """Incidents that were found in a history examined afresh."""
        for incident in incidents:
            self._put(incident)
        mine = [one for one in self.incidents_of(slug) if one.state is not State.MERGED]
        if mine:
            last = max(mine, key=lambda one: (one.state in OPEN_STATES, one.detected_at, one.id))
            self.latest[slug] = last.id

    def remember(self, incidents: list[Incident]) -> None:
        """Records of before the journal's beginning; one that was open ended unseen."""
        older = [one for one in incidents if one.id not in self.incidents]
        for incident in sorted(older, key=lambda one: (one.detected_at, one.id)):
            self.incidents[incident.id] = incident
            if incident.state in OPEN_STATES:
                self._end_unwatched(incident)
        for slug in {one.service for one in older} - self.latest.keys():
            mine = sorted(self.incidents_of(slug), key=lambda one: (one.detected_at, one.id))
            self.latest[slug] = mine[-1].id

    def continue_from(
        self, latest: dict[str, str], logs: dict[str, IncidentLog], incidents: list[Incident]
    ) -> None:
        """Takes over what a checkpoint kept (`checkpoint.py`)."""
        self.latest = latest
        self.logs = logs
        self.incidents = {incident.id: incident for incident in incidents}

    def give_up(self) -> None:
        """Nobody listened for long: what was open ended unseen."""
        for slug in list(self.latest):
            incident = self.open_incident_of(slug)
            if incident is not None:
                self._end_unwatched(incident)
        for incident_id in list(self.logs):
            self._close_log(incident_id)

    # --- what happens to them

    def find(self, finding: Finding) -> None:
        slug = self._nodes.slugs[finding.service]
        before = self.latest_incident_of(slug)
        if isinstance(finding, Declared):
            incident = absorb_or_open(
                slug, self._merged_root(before), finding, simulated=self._simulated
            )
            if incident.id not in self.logs:
                self.logs[incident.id] = self._new_log(incident, finding.service, finding.minute)
        elif before is not None:
            incident = apply_finding(before, finding)
        else:
            return
        self._put(incident)

    def act(self, acted: OperatorActed) -> None:
        """Acts were checked before they were written; one that no longer fits is passed over."""
        try:
            incident = self.check_act(acted)
        except Refusal:
            return
        into, before = self._merge_target(acted), self.incidents[acted.incident]
        if incident.state is State.MERGED and into is not None:
            if self.latest.get(into.service) == incident.id:
                self.latest[into.service] = into.id
            self._count_again(absorb(into, before, acted))
        self._tell_detector(before, incident)
        if incident.state in OPEN_STATES or incident.id in self.logs:
            self._count_again(incident)
        else:
            self._put(incident)

    def _merged_root(self, incident: Incident | None) -> Incident | None:
        while incident is not None and incident.merged_into is not None:
            incident = self.incidents.get(incident.merged_into)
        return incident

    def _count_again(self, incident: Incident) -> None:
        """After an act. Where its log is closed, or begins too late for it, there is a new one if
        the last day's counts reach back so far."""
        first = minute_of(incident.started_at) - MARGIN_MIN
        log, service = self.logs.get(incident.id), self._nodes.find_service(incident.service)
        short = log is None or first < log.first_minute
        if short and service is not None and first >= self._present_minute() - WINDOW_MIN:
            log = self.logs[incident.id] = self._new_log(incident, service, self._present_minute())
        if log is None:
            self._put(incident)
        else:
            self._refigure([(incident, log)])

    def _tell_detector(self, before: Incident, after: Incident) -> None:
        service = self._nodes.find_service(after.service)
        was_open, is_open = before.state in OPEN_STATES, after.state in OPEN_STATES
        if service is None or was_open == is_open or after.state is State.MERGED:
            return
        if is_open:
            self._detector.reopen(service)
            # If it has forgotten the outage:
            self._detector.declare(service, self._present_minute())
        elif after.state is State.FALSE_ALARM:
            self._detector.dismiss(service)
        else:
            self._detector.resolve(service)

    def _merge_target(self, acted: OperatorActed) -> Incident | None:
        return self.incidents.get(str(acted.details.get("into", "")))

    def _end_unwatched(self, incident: Incident) -> None:
        """An outage whose end nobody saw is closed where the watching stopped."""
        act = OperatorActed(
            at_ms=self._present_minute() * 60_000,
            by="lapwing",
            act="resolve",
            incident=incident.id,
            details={"note": "Nobody listened after this; when it really ended is not known."},
        )
        self.act(act)

    def _put(self, incident: Incident) -> None:
        before = self.incidents.get(incident.id)
        if before is incident:
            return
        self.incidents[incident.id] = incident
        if before is None or incident.state in OPEN_STATES:
            self.latest[incident.service] = incident.id
        self.unsaved.add(incident.id)
        self._changes.touch(incident.service)
        if before is None or before.changes != incident.changes:
            state_before = None if before is None else before.state
            self._changes.publish(
                IncidentChanged(incident.id, incident.service, state_before, incident.state)
            )

    # --- their own counts

    def _new_log(self, incident: Incident, service: int, end: Minute) -> IncidentLog:
        """From an hour before the onset up to the minute before `end`, which is closing now."""
        start = minute_of(incident.started_at) - MARGIN_MIN
        return IncidentLog(
            service=service,
            first_minute=start,
            totals=self._windows.totals(service, start, end).tolist(),
            expected=self._windows.expected(service, start, end).tolist(),
            upper=self._windows.upper(service, start, end).tolist(),
            parts=[
                (minute, nodes.tolist(), counts.tolist())
                for minute, nodes, counts in self._windows.slices(service, start, end)
            ],
            trusted=self._windows.trusted(service, start, end),
        )

    def log_minute(self, counts: MinuteCounts, outcome: MinuteOutcome) -> None:
        lasting_on = []
        for incident_id in list(self.logs):
            log, incident = self.logs[incident_id], self.incidents[incident_id]
            if self._is_logged_out(incident, counts.minute):
                self._close_log(incident_id)
                continue
            minute = counts.minute
            mine = self._windows.slices(log.service, minute, minute + 1)
            _, nodes, here = mine[0] if mine else (minute, _NOTHING, _NOTHING)
            own = int(self._nodes.own[log.service])
            log.skip_to(counts.minute)
            log.trusted += self._windows.trusted(log.service, counts.minute, counts.minute + 1)
            log.add(
                int(here[nodes == own].sum()),
                float(outcome.expected[log.service]),
                float(outcome.upper[log.service]),
                nodes.tolist(),
                here.tolist(),
            )
            if incident.ended_at is None or incident.changes[-1].at == start_of(counts.minute + 1):
                lasting_on.append((lasting(incident, counts.minute), log))
        self._refigure(lasting_on)

    def _close_log(self, incident_id: str) -> None:
        self.finished[incident_id] = to_series(self.logs.pop(incident_id), self._nodes.slice_of)
        self._sums.pop(incident_id, None)
        self.unsaved.add(incident_id)

    def _is_logged_out(self, incident: Incident, minute: Minute) -> bool:
        if incident.state is State.MERGED:
            return True
        return incident.ended_at is not None and minute >= minute_of(incident.ended_at) + MARGIN_MIN

    def _refigure(self, counted: Sequence[tuple[Incident, IncidentLog]]) -> None:
        slices = Slices(
            self._nodes.specs, self._nodes.dimension_of, self._detector.expected, self._label
        )
        courses = [self._course(incident, log) for incident, log in counted]
        for course, figures in zip(courses, figures_of(courses, slices), strict=True):
            self._put(update_figures(course.incident, figures))

    def _course(self, incident: Incident, log: IncidentLog) -> Course:
        end = self.log_end(incident) if incident.ended_at is not None else log.end_minute
        return Course(incident, log, self._sums.setdefault(incident.id, RunningSums()), end)
