"""The fold over the journal: reports become counts, counts become findings, findings incidents.

Nothing here asks the clock or waits for anything: the same entries in the same order give the
same state, which is what makes a restart (checkpoint, then the journal's tail) exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from lapwing.kernel.instants import Minute, minute_of_ms
from lapwing.outages.changes import Changes
from lapwing.outages.corroborating import Corroborating
from lapwing.outages.counting.incident_log import MARGIN_MIN
from lapwing.outages.counting.nodes import NodeTable
from lapwing.outages.counting.open_minute import OpenMinute
from lapwing.outages.counting.post_hints import PostHints
from lapwing.outages.counting.recent_reports import Alike, RecentReports
from lapwing.outages.counting.windows import Windows
from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.model import MinuteCounts, MinuteOutcome
from lapwing.outages.events import CountsChanged, MinuteClosed, OutageEvent
from lapwing.outages.incident_enquiries import Enquiries
from lapwing.outages.incident_records import IncidentRecords
from lapwing.outages.incidents.figures import Label
from lapwing.outages.incidents.localising import Localiser
from lapwing.outages.incidents.localising_turns import LOOK_EVERY_MS
from lapwing.outages.intake.caps import Caps
from lapwing.outages.journal import (
    BackfillEnded,
    Entry,
    OperatorActed,
    PostsHinted,
    ReportsTaken,
    TimePassed,
)
from lapwing.outages.model import Dimension, ReportRow
from lapwing.ports.journal import Position

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
        self.hints = PostHints()
        self.windows = Windows()
        self.recent = RecentReports()
        self.detector = detector
        self.changes = Changes()
        self.corroborating = Corroborating(self.recent, self.windows, self.nodes, detector)
        detector.admit = self.corroborating
        localiser = Localiser(self.nodes, self.recent, detector.expected, label)
        self.records = IncidentRecords(
            self.nodes,
            self.windows,
            detector,
            self.changes,
            Enquiries(self.windows, localiser, self.corroborating),
            label,
            lambda: self.present_minute,
            simulated=simulated,
        )
        self.open_minute: OpenMinute | None = None
        self.history: dict[str, list[ReportRow]] = {}
        """Reports of the past by service, until it is examined afresh."""
        self.ready_to_examine: set[str] = set()
        self.examined: dict[str, Position] = {}
        """By service: its late reports up to here are in the store's rollups."""
        self.closed: list[ClosedMinute] = []
        """Minutes that the database does not have yet."""
        self.before_change: Callable[[], None] = _nothing
        """Called before anything changes but what reports change in the open minute: a checkpoint
        that is being taken piece by piece then takes the rest."""
        self.looked_ms = 0
        """When the last incident was looked at between two minutes, by the entries' time."""
        self.simulated = simulated
        self._midstream = midstream

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
                self._look_on(received_ms)
            case TimePassed(now_ms=now_ms):
                self._pass_time(now_ms)
                self._look_on(now_ms)
            case OperatorActed():
                self.before_change()
                self.records.act(entry)
            case BackfillEnded(services=services):
                self.ready_to_examine.update(set(services) & self.history.keys())
            case PostsHinted(at_ms=at_ms, hints=hints):
                self.hints.take(at_ms, hints)

    @property
    def present_minute(self) -> Minute:
        """The minute that is counted now; 0 before the first entry."""
        return 0 if self.open_minute is None else self.open_minute.minute

    def forget_history(self, slug: str, taken: int) -> None:
        """The first `taken` late reports of a service were examined."""
        rest = self.history.pop(slug, [])[taken:]
        if rest:
            self.history[slug] = rest
        else:
            self.ready_to_examine.discard(slug)

    # --- incidents that had to wait for a look

    def has_look_due(self, now_ms: int) -> bool:
        """Whether the next entry, at this time, would take one."""
        apart = now_ms - self.looked_ms
        return self.records.some_wait and not 0 <= apart < LOOK_EVERY_MS

    def _look_on(self, now_ms: int) -> None:
        if self.has_look_due(now_ms):
            self.before_change()
            self.announce()
            self.looked_ms = now_ms
            self.records.look_on()

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
            self.changes.touch(slug)
            self.changes.publish(CountsChanged(slug))

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
            self._close(opened.closed(), self._trusted_by_service(opened), opened.alike)
            if observed:
                for minute in range(opened.minute + 1, now):
                    self._close(_empty(minute))
            else:
                self.skip_to(now)
        finally:
            self.open_minute = OpenMinute(now)

    def skip_to(self, minute: Minute) -> None:
        """Nobody listened until `minute`: nothing is learnt, and what was open is given up."""
        self.before_change()
        if minute - self.present_minute > MARGIN_MIN:
            self.records.give_up()
        self.detector.skip_to(minute)
        self.open_minute = OpenMinute(minute)

    def close(
        self, counts: MinuteCounts, trusted: dict[int, int] | None = None, alike: Alike = ()
    ) -> None:
        """Closes a minute whose counts are known already: examining history afresh. `alike`:
        those of its reports that are known one by one."""
        self.open_minute = OpenMinute(counts.minute)
        self._close(counts, trusted, alike)
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
        new = self.nodes.specs[len(self.detector) :]
        if not new:
            return
        self.before_change()
        self.detector.add_nodes(new)
        for spec in new:
            if spec.dimension is Dimension.SERVICE:
                self._begin(spec.service)

    def _close(
        self, counts: MinuteCounts, trusted: dict[int, int] | None = None, alike: Alike = ()
    ) -> None:
        self.before_change()
        self.announce()
        nodes = self.nodes
        self.recent.close(counts.minute, alike, nodes.service_of, nodes.dimension_of)
        self.detector.skip_to(counts.minute)  # nothing, unless a bug cost the minutes before
        self.corroborating.expect(counts)
        self.detector.lower_thresholds(self._hinted(counts.minute))
        outcome = self.detector.close_minute(counts)
        if trusted:
            self.windows.add_trusted(counts.minute, trusted)
        self.windows.close(counts, outcome, nodes.service_of, nodes.own)
        self.closed.append(ClosedMinute(self.position, counts, outcome))
        for finding in outcome.findings:
            self.records.find(finding)
        self.records.log_minute(counts, outcome)
        self.changes.touch_all()
        self.changes.publish(MinuteClosed(counts.minute))

    def _hinted(self, minute: Minute) -> dict[int, float]:
        """By service that was reported on: the part of the evidence that posts stand for."""
        parts = self.hints.parts(minute).items()
        found = ((self.nodes.find_service(slug), part) for slug, part in parts)
        return {service: part for service, part in found if service is not None}

    def _trusted_by_service(self, opened: OpenMinute) -> dict[int, int]:
        return {self.nodes.specs[own].service: count for own, count in opened.trusted.items()}

    # --- what is counted now

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


def _nothing() -> None:
    """No checkpoint is being taken."""


def _empty(minute: Minute) -> MinuteCounts:
    return MinuteCounts(minute, _NOTHING, _NOTHING, np.zeros(0, np.bool_))
