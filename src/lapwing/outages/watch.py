"""The fold over the journal: reports become counts, counts become findings, findings incidents.

Nothing here asks the clock or waits for anything: the same entries in the same order give the
same state, which is what makes a restart (checkpoint, then the journal's tail) exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from lapwing.kernel.instants import Minute, minute_of, minute_of_ms, start_of
from lapwing.kernel.refusals import Refusal
from lapwing.outages.counting.incident_log import MARGIN_MIN, IncidentLog, to_series
from lapwing.outages.counting.nodes import NodeTable
from lapwing.outages.counting.open_minute import OpenMinute
from lapwing.outages.counting.windows import WINDOW_MIN, Windows
from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.model import Declared, Finding, MinuteCounts, MinuteOutcome
from lapwing.outages.events import CountsChanged, IncidentChanged, MinuteClosed, OutageEvent
from lapwing.outages.incidents.acts import absorb, apply_act
from lapwing.outages.incidents.figures import Label, figures_of
from lapwing.outages.incidents.model import OPEN_STATES, Incident, State
from lapwing.outages.incidents.tracking import (
    absorb_or_open,
    apply_finding,
    lasting,
    update_figures,
)
from lapwing.outages.intake.caps import Caps
from lapwing.outages.journal import (
    BackfillEnded,
    Entry,
    OperatorActed,
    Position,
    ReportsTaken,
    TimePassed,
)
from lapwing.outages.model import Dimension, ReportRow, Slice
from lapwing.outages.store import IncidentSeries

LATE_MIN = 2
"""A report about a minute that closed at most this long ago counts in the open one, and so does
one about the present hour; an older one is history, and waits until its service is examined
afresh."""

DOWNTIME_MIN = 5
"""When the time jumps by more, nobody was listening in between."""

_NOTHING = np.zeros(0, np.int64)

NEW_SERVER_MIN = 2 * 1440
"""So long a server is new: what is ordinary here, nobody has counted yet."""

Publish: TypeAlias = Callable[[OutageEvent], None]


@dataclass(frozen=True, slots=True)
class ClosedMinute:
    """What one minute leaves for the database; `position` is of the entry that closed it."""

    position: Position
    counts: MinuteCounts
    outcome: MinuteOutcome


class Watch:
    """All live state of pillar 1. One instance per process; its methods never wait."""

    def __init__(
        self,
        detector: Detector,
        label: Label,
        *,
        simulated: bool = False,
        midstream: bool = False,
    ) -> None:
        """`label` names slices for people. `midstream`: what comes is the middle of its services'
        lives (an import, a demo), so that a first day is learnt from before anything is said."""
        self.position: Position = 0
        self.nodes = NodeTable(detector.places.area_of)
        self.caps = Caps()
        self.windows = Windows()
        self.detector = detector
        self.incidents: dict[str, Incident] = {}
        self.latest: dict[str, str] = {}
        """Id of each service's latest incident."""
        self.logs: dict[str, IncidentLog] = {}
        """Of incidents that are open or ended less than an hour ago."""
        self.finished: dict[str, IncidentSeries] = {}
        """Counts of incidents whose log was closed, until the database has them."""
        self.open_minute: OpenMinute | None = None
        self.history: dict[str, list[ReportRow]] = {}
        """Reports of the past by service, until it is examined afresh."""
        self.ready_to_examine: set[str] = set()
        self.examined: dict[str, Position] = {}
        """By service: its late reports up to here are in the store's rollups."""
        self.closed: list[ClosedMinute] = []
        """Minutes that the database does not have yet."""
        self.changed_incidents: set[str] = set()
        self.versions: dict[str, int] = {}
        """Per service, grows whenever anything about it changed; "" is all of them."""
        self.publish: Publish = _nobody
        self.simulated = simulated
        self._label = label
        self._midstream = midstream
        self._announced = 0

    # --- entries

    def apply(self, position: Position, entry: Entry) -> None:
        """Takes the journal's next entry. A bug may cost what the minute that ends would have
        told of incidents; the reports are counted and the minutes go on."""
        self.position = position
        match entry:
            case ReportsTaken(received_ms=received_ms, rows=rows):
                try:
                    self._pass_time(received_ms)
                finally:
                    self._take(rows, minute_of_ms(received_ms))
            case TimePassed(now_ms=now_ms):
                self._pass_time(now_ms)
            case OperatorActed():
                self._act(entry)
            case BackfillEnded(services=services):
                self.ready_to_examine.update(set(services) & self.history.keys())

    @property
    def present_minute(self) -> Minute:
        """The minute that is counted now; 0 before the first entry."""
        return 0 if self.open_minute is None else self.open_minute.minute

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
        return self.present_minute

    def forget_history(self, slug: str, taken: int) -> None:
        """The first `taken` late reports of a service were examined."""
        rest = self.history.pop(slug, [])[taken:]
        if rest:
            self.history[slug] = rest
        else:
            self.ready_to_examine.discard(slug)

    def take_incidents(self, slug: str, incidents: list[Incident]) -> None:
        """Incidents that were found in a history examined afresh."""
        for incident in incidents:
            self._put(incident)
        mine = [one for one in self.incidents_of(slug) if one.state is not State.MERGED]
        if mine:
            last = max(mine, key=lambda one: (one.state in OPEN_STATES, one.detected_at, one.id))
            self.latest[slug] = last.id

    def continue_from(
        self,
        detector: Detector,
        latest: dict[str, str],
        logs: dict[str, IncidentLog],
        versions: dict[str, int],
        incidents: list[Incident],
    ) -> None:
        """Takes over what a checkpoint kept (`checkpoint.py`)."""
        self.detector = detector
        self._announced = len(detector)
        self.latest = latest
        self.logs = logs
        self.versions = versions
        self.incidents = {incident.id: incident for incident in incidents}

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

    # --- reports

    def _take(self, rows: list[ReportRow], received: Minute) -> None:
        """Whether a row is late goes by the clock that gave it its time: while that has stepped
        back behind the open minute, reports count there."""
        opened = self.open_minute
        if opened is None:
            return
        touched: set[str] = set()
        oldest = min(received - LATE_MIN, hour_of(received))
        for row in rows:
            minute = row.at_ms // 60_000
            if minute < oldest:
                self._keep_late(row)
            elif self.caps.take(row, opened.minute):
                opened.add(self.nodes.of_row(row), row)
                touched.add(row.service)
        for slug in touched:
            self._touch(slug)
            self.publish(CountsChanged(slug))

    def _keep_late(self, row: ReportRow) -> None:
        """For its service's examination; one that the rollups hold already only asks for it."""
        late = self.history.setdefault(row.service, [])
        if self.position > self.examined.get(row.service, 0):
            late.append(row)
        else:
            self.ready_to_examine.add(row.service)

    # --- time

    def _pass_time(self, now_ms: int) -> None:
        now = minute_of_ms(now_ms)
        opened = self.open_minute
        if opened is None:
            self.open_minute = OpenMinute(now)
            return
        if now <= opened.minute:
            return
        observed = now - opened.minute <= DOWNTIME_MIN
        try:
            self._close(opened.closed(), self._trusted_by_service(opened))
            if observed:
                for minute in range(opened.minute + 1, now):
                    self._close(_empty(minute))
            else:
                self.skip_to(now)
        finally:
            self.open_minute = OpenMinute(now)

    def skip_to(self, minute: Minute) -> None:
        """Nobody listened until `minute`: nothing is learnt, and what was open is given up."""
        if minute - self.present_minute > MARGIN_MIN:
            for slug in list(self.latest):
                incident = self.open_incident_of(slug)
                if incident is not None:
                    self._end_unwatched(incident)
            for incident_id in list(self.logs):
                self._close_log(incident_id)
        self.detector.skip_to(minute)
        self.open_minute = OpenMinute(minute)

    def close(self, counts: MinuteCounts, trusted: dict[int, int] | None = None) -> None:
        """Closes a minute whose counts are known already: examining history afresh."""
        self.open_minute = OpenMinute(counts.minute)
        self._close(counts, trusted)
        self.open_minute = OpenMinute(counts.minute + 1)

    def _begin(self, service: int) -> None:
        """Of a service first reported on when the server is old, little is expected; a new
        server only has not heard of it yet."""
        first = self.windows.first
        if self._midstream:
            self.detector.begin_midstream(service)
        elif first is None or self.present_minute - first < NEW_SERVER_MIN:
            self.detector.begin_unknown(service)

    def announce(self) -> None:
        """Tells the detector of slices that were seen for the first time."""
        new = self.nodes.specs[self._announced :]
        if not new:
            return
        self.detector.add_nodes(new)
        self._announced = len(self.nodes.specs)
        for spec in new:
            if spec.dimension is Dimension.SERVICE:
                self._begin(spec.service)

    def _close(self, counts: MinuteCounts, trusted: dict[int, int] | None = None) -> None:
        self.announce()
        self.detector.skip_to(counts.minute)  # nothing, unless a bug cost the minutes before
        outcome = self.detector.close_minute(counts)
        if trusted:
            self.windows.add_trusted(counts.minute, trusted)
        self.windows.close(counts, outcome, self.nodes.service_of, self.nodes.own)
        self.closed.append(ClosedMinute(self.position, counts, outcome))
        for finding in outcome.findings:
            self._find(finding)
        self._log_minute(counts, outcome)
        self.versions[""] = self.versions.get("", 0) + 1
        self.publish(MinuteClosed(counts.minute))

    # --- incidents

    def _find(self, finding: Finding) -> None:
        slug = self.nodes.slugs[finding.service]
        before = self.latest_incident_of(slug)
        if isinstance(finding, Declared):
            incident = absorb_or_open(
                slug, self._merged_root(before), finding, simulated=self.simulated
            )
            if incident.id not in self.logs:
                self.logs[incident.id] = self._new_log(incident, finding.service, finding.minute)
        elif before is not None:
            incident = apply_finding(before, finding)
        else:
            return
        self._put(incident)

    def _merged_root(self, incident: Incident | None) -> Incident | None:
        while incident is not None and incident.merged_into is not None:
            incident = self.incidents.get(incident.merged_into)
        return incident

    def _act(self, acted: OperatorActed) -> None:
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

    def _count_again(self, incident: Incident) -> None:
        """After an act. Where its log is closed, or begins too late for it, there is a new one if
        the last day's counts reach back so far."""
        first = minute_of(incident.started_at) - MARGIN_MIN
        log, service = self.logs.get(incident.id), self.nodes.find_service(incident.service)
        short = log is None or first < log.first_minute
        if short and service is not None and first >= self.present_minute - WINDOW_MIN:
            log = self.logs[incident.id] = self._new_log(incident, service, self.present_minute)
        if log is None:
            self._put(incident)
        else:
            self._refigure(incident, log)

    def _tell_detector(self, before: Incident, after: Incident) -> None:
        service = self.nodes.find_service(after.service)
        was_open, is_open = before.state in OPEN_STATES, after.state in OPEN_STATES
        if service is None or was_open == is_open or after.state is State.MERGED:
            return
        if is_open:
            self.detector.reopen(service)
            self.detector.declare(service, self.present_minute)  # if it has forgotten the outage
        elif after.state is State.FALSE_ALARM:
            self.detector.dismiss(service)
        else:
            self.detector.resolve(service)

    def _merge_target(self, acted: OperatorActed) -> Incident | None:
        return self.incidents.get(str(acted.details.get("into", "")))

    def _end_unwatched(self, incident: Incident) -> None:
        """An outage whose end nobody saw is closed where the watching stopped."""
        act = OperatorActed(
            at_ms=self.present_minute * 60_000,
            by="lapwing",
            act="resolve",
            incident=incident.id,
            details={"note": "Nobody listened after this; when it really ended is not known."},
        )
        self._act(act)

    def _put(self, incident: Incident) -> None:
        before = self.incidents.get(incident.id)
        if before is incident:
            return
        self.incidents[incident.id] = incident
        if before is None or incident.state in OPEN_STATES:
            self.latest[incident.service] = incident.id
        self.changed_incidents.add(incident.id)
        self._touch(incident.service)
        if before is None or before.changes != incident.changes:
            state_before = None if before is None else before.state
            self.publish(
                IncidentChanged(incident.id, incident.service, state_before, incident.state)
            )

    def _touch(self, slug: str) -> None:
        self.versions[slug] = self.versions.get(slug, 0) + 1
        self.versions[""] = self.versions.get("", 0) + 1

    # --- the incidents' own counts

    def _new_log(self, incident: Incident, service: int, end: Minute) -> IncidentLog:
        """From an hour before the onset up to the minute before `end`, which is closing now."""
        start = minute_of(incident.started_at) - MARGIN_MIN
        return IncidentLog(
            service=service,
            first_minute=start,
            totals=self.windows.totals(service, start, end).tolist(),
            expected=self.windows.expected(service, start, end).tolist(),
            upper=self.windows.upper(service, start, end).tolist(),
            parts=[
                (minute, nodes.tolist(), counts.tolist())
                for minute, nodes, counts in self.windows.slices(service, start, end)
            ],
            trusted=self.windows.trusted(service, start, end),
        )

    def _log_minute(self, counts: MinuteCounts, outcome: MinuteOutcome) -> None:
        for incident_id in list(self.logs):
            log, incident = self.logs[incident_id], self.incidents[incident_id]
            if self._is_logged_out(incident, counts.minute):
                self._close_log(incident_id)
                continue
            minute = counts.minute
            mine = self.windows.slices(log.service, minute, minute + 1)
            _, nodes, here = mine[0] if mine else (minute, _NOTHING, _NOTHING)
            own = int(self.nodes.own[log.service])
            log.skip_to(counts.minute)
            log.trusted += self.windows.trusted(log.service, counts.minute, counts.minute + 1)
            log.add(
                int(here[nodes == own].sum()),
                float(outcome.expected[log.service]),
                float(outcome.upper[log.service]),
                nodes.tolist(),
                here.tolist(),
            )
            if incident.ended_at is None or incident.changes[-1].at == start_of(counts.minute + 1):
                self._refigure(lasting(incident, counts.minute), log)

    def _close_log(self, incident_id: str) -> None:
        self.finished[incident_id] = to_series(self.logs.pop(incident_id), self.slice_of)
        self.changed_incidents.add(incident_id)

    def _is_logged_out(self, incident: Incident, minute: Minute) -> bool:
        if incident.state is State.MERGED:
            return True
        return incident.ended_at is not None and minute >= minute_of(incident.ended_at) + MARGIN_MIN

    def _refigure(self, incident: Incident, log: IncidentLog) -> None:
        end = self.log_end(incident) if incident.ended_at is not None else log.end_minute
        figures = figures_of(
            incident, log, end, self.nodes.specs, self.detector.expected, self._label
        )
        self._put(update_figures(incident, figures))

    def _trusted_by_service(self, opened: OpenMinute) -> dict[int, int]:
        return {self.nodes.specs[own].service: count for own, count in opened.trusted.items()}

    def series_of(self, incident: str) -> IncidentSeries | None:
        """The incident's own counts while they are in memory."""
        log = self.logs.get(incident)
        return self.finished.get(incident) if log is None else to_series(log, self.slice_of)

    @property
    def detector_nodes(self) -> int:
        """How many nodes the detector knows: those of the minute that is open come later."""
        return self._announced

    def slice_of(self, node: int) -> Slice:
        spec = self.nodes.specs[node]
        return Slice(self.nodes.slugs[spec.service], spec.dimension, spec.value)

    def live_sums(self, slug: str, minutes: int) -> dict[tuple[Dimension, str], int]:
        """Counts by slice of the last `minutes` closed minutes and the open one."""
        service = self.nodes.find_service(slug)
        sums = {} if service is None else self.live_counts(service, minutes)
        specs = ((self.nodes.specs[node], count) for node, count in sums.items())
        return {(spec.dimension, spec.value): count for spec, count in specs}

    def live_counts(self, service: int | None, minutes: int) -> dict[int, int]:
        """Counts by node of the last `minutes` closed minutes and the open one; None: of all."""
        if self.open_minute is None:
            return {}
        sums = self.windows.slice_sums(service, self.present_minute - minutes, self.present_minute)
        now = self.open_minute.counts
        for node in now if service is None else self.nodes.nodes_of_service[service]:
            count = now.get(node)
            if count:
                sums[node] = sums.get(node, 0) + count
        return sums


def hour_of(minute: Minute) -> Minute:
    """The first minute of its hour."""
    return minute // 60 * 60


def _empty(minute: Minute) -> MinuteCounts:
    return MinuteCounts(minute, _NOTHING, _NOTHING, np.zeros(0, np.bool_))


def _nobody(event: OutageEvent) -> None:
    """Before anybody listens."""
