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
from lapwing.outages.detection.model import (
    Confirmed,
    Declared,
    Finding,
    Grown,
    MinuteCounts,
    MinuteOutcome,
)
from lapwing.outages.events import CountsChanged, IncidentChanged
from lapwing.outages.incident_enquiries import Asked, Enquiries
from lapwing.outages.incidents.acts import absorb, apply_act
from lapwing.outages.incidents.figures import Course, Label, Slices, figures_of
from lapwing.outages.incidents.lanes import LaneIndex, lane_name, lane_of, same_place
from lapwing.outages.incidents.local_log import local_log
from lapwing.outages.incidents.model import OPEN_STATES, Incident, Scope, State, is_held
from lapwing.outages.incidents.tracking import (
    absorb_or_open,
    apply_finding,
    grown,
    lasting,
    update_figures,
    with_part,
)
from lapwing.outages.journal import OperatorActed
from lapwing.outages.model import Dimension
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
        enquiries: Enquiries,
        label: Label,
        present_minute: Callable[[], Minute],
        *,
        simulated: bool,
    ) -> None:
        """`label` names slices for people; `present_minute`: the one that is counted now."""
        self.incidents: dict[str, Incident] = {}
        self._lanes = LaneIndex()
        self.logs: dict[str, IncidentLog] = {}
        """Of incidents that are open or ended less than an hour ago."""
        self.finished: dict[str, IncidentSeries] = {}
        """Counts of incidents whose log was closed, until the database has them."""
        self.unsaved: set[str] = set()
        """Incidents that the database does not have as they are now."""
        self.some_wait = False
        """Some open ones are due to be looked at."""
        self._nodes = nodes
        self._windows = windows
        self._detector = detector
        self._changes = changes
        self._enquiries = enquiries
        self._label = label
        self._sums: dict[str, RunningSums] = {}
        """Of the logs, by incident."""
        self._present_minute = present_minute
        self._simulated = simulated

    @property
    def latest(self) -> dict[str, str]:
        """Id of the latest incident by lane."""
        return self._lanes.latest

    def get_incident(self, incident: str) -> Incident:
        found = self.incidents.get(incident)
        if found is None:
            raise Refusal("unknown_incident", f"There is no incident {incident!r}.")
        return found

    def open_incidents_of(self, slug: str) -> list[Incident]:
        """That of the whole service first, then those with the largest excess."""
        found = [self.incidents[incident] for incident in self._lanes.open_of(slug)]
        return sorted(
            found, key=lambda one: (one.scope is not None, one.expected - one.reports, one.id)
        )

    def open_incident_of(self, slug: str) -> Incident | None:
        """The first of them."""
        return next(iter(self.open_incidents_of(slug)), None)

    def latest_incident_of(self, slug: str) -> Incident | None:
        """The first of the open ones, or else that which ended last."""
        open_now = self.open_incident_of(slug)
        if open_now is not None:
            return open_now
        ended = (self.incidents[one] for one in self._lanes.latest_of(slug))
        return max(ended, key=_end_key, default=None)

    def incidents_of(self, slug: str) -> Iterator[Incident]:
        return (incident for incident in self.incidents.values() if incident.service == slug)

    def follow_what_is_open(self, slug: str) -> None:
        """After a history was examined afresh: the detector follows the service's open incidents
        to their end, and nothing else."""
        service = self._nodes.find_service(slug)
        if service is None:
            return
        followed = set()
        for incident in self.open_incidents_of(slug):
            _, node = self._node_of(incident)
            if node is None or self.incidents[incident.id] is not incident:
                continue
            for part in self._detector.declare(service, node, minute_of(incident.started_at)):
                self.find(part)
            followed.add(node)
            if not self._detector.is_open_at(service, node):
                self._fold_in(incident)
        for outage in self._detector.open_outages(service):
            if outage.node not in followed:
                self._detector.resolve(service, outage.node)

    def _fold_in(self, incident: Incident) -> None:
        """It cannot be followed beside those that are: it is part of the first of them."""
        into = self.open_incidents_of(incident.service)[0]
        if into.id != incident.id:
            at = self._present_minute()
            self._put(grown(incident, into.id, at))
            self._put(with_part(into, incident.id, at))

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
        before, into = self.get_incident(acted.incident), self._merge_target(acted)
        after = apply_act(before, acted, into)
        if after.state in OPEN_STATES and before.state not in OPEN_STATES:
            self._check_free(after)
        if after.state is State.MERGED and before.state in OPEN_STATES and into is not None:
            self._check_free(into, besides=before.id)
        return after

    def _check_free(self, incident: Incident, besides: str = "") -> None:
        """Whether an incident that is to be open may be."""
        if incident.state in OPEN_STATES and incident.id in self._lanes.open_of(incident.service):
            return
        for other in self.open_incidents_of(incident.service):
            same = other.scope is None or lane_of(other) == lane_of(incident)
            if same and other.id not in (incident.id, besides):
                raise Refusal(
                    "another_incident_open",
                    f"{other.id} is open, and a service, or a part of it, has one open incident"
                    " at a time; merge the two instead.",
                )
        service, node = self._node_of(incident)
        if not besides and incident.scope is not None and service is not None and node is not None:
            known = self._detector.is_open_at(service, node)
            if not known and not self._detector.may_open(service, node):
                raise Refusal(
                    "another_incident_open",
                    f"An open incident may be the same trouble as {incident.id}, seen from another"
                    " side; merge the two instead.",
                )

    def take_incidents(self, slug: str, incidents: list[Incident]) -> None:
        """Incidents that were found in a history examined afresh."""
        for incident in incidents:
            self._put(incident)
        lanes: dict[str, list[Incident]] = {}
        for one in self.incidents_of(slug):
            if one.state is not State.MERGED:
                lanes.setdefault(lane_of(one), []).append(one)
        for mine in lanes.values():
            self._lanes.set_latest(max(mine, key=_lane_key))

    def remember(self, incidents: list[Incident]) -> None:
        """Records of before the journal's beginning; one that was open ended unseen."""
        older = [one for one in incidents if one.id not in self.incidents]
        for incident in sorted(older, key=lambda one: (one.detected_at, one.id)):
            self.incidents[incident.id] = incident
            if incident.state in OPEN_STATES:
                self._end_unwatched(incident)
        unknown = {lane_of(one) for one in older} - self.latest.keys()
        for one in sorted(older, key=lambda one: (one.detected_at, one.id)):
            if lane_of(one) in unknown:
                self._lanes.set_latest(self.incidents[one.id])

    def continue_from(
        self, latest: dict[str, str], logs: dict[str, IncidentLog], incidents: list[Incident]
    ) -> None:
        """Takes over what a checkpoint kept (`checkpoint.py`)."""
        self.logs = logs
        self.incidents = {incident.id: incident for incident in incidents}
        for incident in latest.values():
            self._lanes.set_latest(self.incidents[incident])
        for one in incidents:
            self._lanes.note(one)

    def give_up(self) -> None:
        """Nobody listened for long: what was open ended unseen."""
        for slug in self._lanes.open_services():
            for incident in self.open_incidents_of(slug):
                self._end_unwatched(incident)
        for incident_id in list(self.logs):
            self._close_log(incident_id)

    # --- what happens to them

    def find(self, finding: Finding) -> None:
        scope = self._scope_of(finding.service, finding.node)
        latest = self.latest.get(lane_name(self._nodes.slugs[finding.service], scope))
        before = None if latest is None else self.incidents[latest]
        match finding:
            case Declared():
                self._declare(finding, before, scope)
            case Grown():
                self._grow(finding, before)
            case Confirmed() if before is not None and is_held(before):
                pass  # until its reports are no longer out of line
            case _ if before is not None:
                self._put(apply_finding(before, finding))

    def _declare(self, declared: Declared, before: Incident | None, scope: Scope | None) -> None:
        root = self._merged_root(before)
        incident = absorb_or_open(
            self._nodes.slugs[declared.service],
            root if root is not None and same_place(root.scope, scope) else None,
            declared,
            scope=scope,
            taken=self.incidents,
            simulated=self._simulated,
        )
        if incident.id not in self.logs:
            self.logs[incident.id] = self._new_log(incident, declared.service, declared.minute)
        self._put(incident)

    def _grow(self, finding: Grown, before: Incident | None) -> None:
        slug = self._nodes.slugs[finding.service]
        lane = lane_name(slug, self._scope_of(finding.service, finding.into))
        into = self.incidents[self.latest[lane]] if lane in self.latest else None
        if before is None or into is None or before.state not in OPEN_STATES:
            return
        self._put(grown(before, into.id, finding.minute + 1))
        self._put(with_part(into, before.id, finding.minute + 1))

    def act(self, acted: OperatorActed) -> None:
        """Acts were checked before they were written; one that no longer fits is passed over."""
        try:
            incident = self.check_act(acted)
        except Refusal:
            return
        into, before = self._merge_target(acted), self.incidents[acted.incident]
        self._put(incident)
        if incident.state is State.MERGED and into is not None:
            self._absorb(into, before, acted)
        self._tell_detector(before, incident)
        if incident.state in OPEN_STATES or incident.id in self.logs:
            self._count_again(self.incidents[incident.id])

    def _absorb(self, into: Incident, before: Incident, acted: OperatorActed) -> None:
        """What is found of the merged one's lane is told of the incident that it went into, if
        they are of one place; else it is followed to its end, and nothing told of it."""
        absorbed = absorb(into, before, acted)
        lane = lane_of(into)
        self._put(absorbed)
        if lane != lane_of(before):
            self._tell_detector(into, absorbed)
            self._follow_instead(before, absorbed)
        elif self.latest.get(lane) == before.id:
            self._lanes.set_latest(absorbed)
        self._count_again(self.incidents[into.id])

    def _follow_instead(self, before: Incident, absorbed: Incident) -> None:
        """Where what was merged is in the way of following what it went into (the service of one
        of its places, say), or that would stay open for ever."""
        service, node = self._node_of(absorbed)
        if service is None or node is None or absorbed.state not in OPEN_STATES:
            return
        _, merged = self._node_of(before)
        if merged is not None and not self._detector.is_open_at(service, node):
            self._detector.resolve(service, merged)
            self._follow(service, node)

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
        service, node = self._node_of(after)
        was_open, is_open = before.state in OPEN_STATES, after.state in OPEN_STATES
        if service is None or node is None or was_open == is_open or after.state is State.MERGED:
            return
        if is_open:
            self._follow(service, node)
        elif after.state is State.FALSE_ALARM:
            self._detector.dismiss(service, node)
        else:
            self._detector.resolve(service, node)

    def _follow(self, service: int, node: int) -> None:
        parts = self._detector.reopen(service, node)
        # If it has forgotten the outage:
        parts += self._detector.declare(service, node, self._present_minute())
        for part in parts:
            self.find(part)

    def _node_of(self, incident: Incident) -> tuple[int | None, int | None]:
        """Service and node of its scope; None: not known (any more), or not counted yet."""
        service = self._nodes.find_service(incident.service)
        if service is None:
            return None, None
        scope = incident.scope
        if scope is None:
            node: int | None = int(self._nodes.own[service])
        else:
            node = self._nodes.find_node(service, Dimension(scope.dimension), scope.value)
        return service, node if node is not None and node < len(self._detector) else None

    def _scope_of(self, service: int, node: int) -> Scope | None:
        spec = self._nodes.specs[node]
        if spec.dimension is Dimension.SERVICE:
            return None
        label = self._label(self._nodes.slugs[service], spec.dimension, spec.value)
        return Scope(str(spec.dimension), spec.value, label)

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
            self._lanes.set_latest(incident)
        self._lanes.note(incident)
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
        log = IncidentLog(
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
        _, node = self._node_of(incident)
        if incident.scope is None or node is None:
            return log
        return local_log(log, node, int(self._nodes.own[service]), self._detector)

    def log_minute(self, counts: MinuteCounts, outcome: MinuteOutcome) -> None:
        lasting_on = []
        for incident_id in list(self.logs):
            log, incident = self.logs[incident_id], self.incidents[incident_id]
            if self._is_logged_out(incident, counts.minute):
                self._close_log(incident_id)
                continue
            minute = counts.minute
            log.skip_to(minute)
            self._log(log, incident, outcome)
            if incident.ended_at is None or incident.changes[-1].at == start_of(counts.minute + 1):
                lasting_on.append((lasting(incident, counts.minute), log))
        self._refigure(lasting_on)
        self._enquire(counts.minute)

    def _enquire(self, minute: Minute) -> None:
        asked = self._asked()
        answers = self._enquiries.answer(asked, minute + 1)
        self.some_wait = answers.others_wait
        for one in asked:
            incident = answers.changed.get(one.incident.id, one.incident)
            if one.incident.state is State.SUSPECTED and not is_held(incident):
                outages = self._detector.open_outages(one.service)
                if any(outage.confirmed and outage.node == one.node for outage in outages):
                    incident = apply_finding(incident, Confirmed(one.service, minute, one.node))
            self._put(incident)

    def look_on(self) -> None:
        """Between two minutes: at the next incident that had to wait."""
        answers = self._enquiries.look_on(self._asked(), self._present_minute())
        self.some_wait = answers.others_wait
        for incident in answers.changed.values():
            self._put(incident)
            self._changes.publish(CountsChanged(incident.service))

    def _asked(self) -> list[Asked]:
        open_now = ((self.incidents[one], log) for one, log in self.logs.items())
        return [
            Asked(incident, log, node, len(self._lanes.open_of(incident.service)) == 1)
            for incident, log in open_now
            if incident.state in OPEN_STATES and (node := self._node_of(incident)[1]) is not None
        ]

    def _log(self, log: IncidentLog, incident: Incident, outcome: MinuteOutcome) -> None:
        service, minute = log.service, outcome.minute
        mine = self._windows.slices(service, minute, minute + 1)
        _, nodes, counts = mine[0] if mine else (minute, _NOTHING, _NOTHING)
        own = int(self._nodes.own[service])
        total, trusted = int(counts[nodes == own].sum()), 0
        if total:
            trusted = self._windows.trusted(service, minute, minute + 1)
        expected, upper = float(outcome.expected[service]), float(outcome.upper[service])
        _, node = self._node_of(incident)
        if incident.scope is not None and node is not None:
            within = self._detector.inside(nodes, node)
            nodes, counts = nodes[within], counts[within]
            here = int(counts[nodes == node].sum())
            trusted = round(trusted * here / max(total, 1))
            total = here
            expected, upper = self._detector.band_at(node)
        log.trusted += trusted
        log.add(total, expected, upper, nodes.tolist(), counts.tolist())

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


def _end_key(incident: Incident) -> tuple[float, str]:
    ended_at = incident.ended_at or incident.detected_at
    return ended_at.timestamp(), incident.id


def _lane_key(incident: Incident) -> tuple[bool, float, str]:
    return incident.state in OPEN_STATES, incident.detected_at.timestamp(), incident.id
