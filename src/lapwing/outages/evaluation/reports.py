"""Single reports of a service through the live path: what it would have declared, and where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from lapwing.kernel.instants import from_ms, minute_of_ms, start_of
from lapwing.outages.backfill import Examination
from lapwing.outages.counting.nodes import NodeTable
from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.local_time import LocalTime
from lapwing.outages.detection.model import Declared, MinuteCounts, MinuteOutcome, NodeSpec
from lapwing.outages.detection.places import Places
from lapwing.outages.detection.rule import Rule
from lapwing.outages.model import Dimension, ReportRow
from lapwing.outages.watch import Watch

GROWN_REPORTS = 12
GROWN_WITHIN = timedelta(hours=12)
CLUSTER_REPORTS = 3
CLUSTER_WITHIN = timedelta(hours=1)
"""So many reports from one city in so short a time are a cluster."""
ALL_OF = "everywhere"


@dataclass(frozen=True, slots=True)
class Alarm:
    """A declared outage and what became of it."""

    where: NodeSpec
    onset_at: datetime
    declared_at: datetime
    first_report_at: datetime
    """Of its slice, since the onset."""
    reports_12h: int
    """Of its slice, in the 12 hours after the declaration."""

    @property
    def grew(self) -> bool:
        return self.reports_12h >= GROWN_REPORTS

    @property
    def delay_min(self) -> float:
        return (self.declared_at - self.first_report_at).total_seconds() / 60


@dataclass(frozen=True, slots=True)
class Cluster:
    """A city's first three reports within an hour, after which at least twelve came in 12 hours."""

    city: int
    area: int | None
    region: str | None
    first_at: datetime
    third_at: datetime
    reports_12h: int


@dataclass(frozen=True, slots=True)
class Evaluated:
    alarms: tuple[Alarm, ...]
    clusters: tuple[Cluster, ...]

    @property
    def grew(self) -> int:
        return sum(alarm.grew for alarm in self.alarms)

    @property
    def precision(self) -> float | None:
        return self.grew / len(self.alarms) if self.alarms else None

    @property
    def median_delay_min(self) -> float | None:
        delays = [alarm.delay_min for alarm in self.alarms if alarm.grew]
        return median(delays) if delays else None

    def found(self, cluster: Cluster) -> Alarm | None:
        """The alarm at the cluster's city or region that stands or comes after its first report,
        within 12 hours."""
        until = cluster.third_at + GROWN_WITHIN
        for alarm in self.alarms:
            here = alarm.where.value in (str(cluster.city), str(cluster.area), cluster.region)
            if here and cluster.first_at <= alarm.declared_at <= until:
                return alarm
        return None


def evaluate(
    rows: Sequence[ReportRow], rule: Rule, local_time: LocalTime, places: Places
) -> Evaluated:
    """Of one service's reports, oldest first (at least one), examined as an import's are."""
    listening = _Listening(rule, local_time, places)
    live = Watch(Detector(rule, local_time, places), _no_label)
    fresh = Watch(listening, _no_label, midstream=True)
    until = minute_of_ms(rows[-1].at_ms) + 1
    Examination(rows[0].service, until, live, fresh, [], list(rows)).run()
    nodes = fresh.nodes
    opened = {
        incident.detected_at: incident.id
        for incident in fresh.records.incidents_of(rows[0].service)
    }
    alarms = [
        _alarm(declared, nodes, rows, places)
        for declared in listening.declared
        if start_of(declared.minute + 1) in opened
    ]
    return Evaluated(tuple(alarms), tuple(clusters(rows, places)))


class _Listening(Detector):
    """Remembers what it declared."""

    def __init__(self, rule: Rule, local_time: LocalTime, places: Places) -> None:
        super().__init__(rule, local_time, places)
        self.declared: list[Declared] = []

    def close_minute(self, counts: MinuteCounts) -> MinuteOutcome:
        outcome = super().close_minute(counts)
        self.declared += [found for found in outcome.findings if isinstance(found, Declared)]
        return outcome


def _no_label(_slug: str, _dimension: Dimension, value: str) -> str:
    return value


def _alarm(
    declared: Declared, nodes: NodeTable, rows: Sequence[ReportRow], places: Places
) -> Alarm:
    where = nodes.specs[declared.node]
    belongs = _belongs(where, places)
    declared_at = start_of(declared.minute + 1)
    mine = [from_ms(row.at_ms) for row in rows if belongs(row)]
    onset_at = start_of(declared.onset_minute)
    return Alarm(
        where=where,
        onset_at=onset_at,
        declared_at=declared_at,
        first_report_at=min((at for at in mine if at >= onset_at), default=declared_at),
        reports_12h=sum(declared_at <= at < declared_at + GROWN_WITHIN for at in mine),
    )


def _belongs(where: NodeSpec, places: Places) -> Callable[[ReportRow], bool]:
    if where.dimension is Dimension.AREA:
        return lambda row: row.city is not None and str(places.area_of(row.city)) == where.value
    if where.dimension is Dimension.SERVICE:
        return lambda _row: True
    return lambda row: str(getattr(row, where.dimension.value)) == where.value


def clusters(rows: Sequence[ReportRow], places: Places) -> list[Cluster]:
    """Per city, in the order of time; a city's next one begins 12 hours after the last at the
    soonest."""
    times: dict[int, list[ReportRow]] = {}
    for row in rows:
        if row.city is not None:
            times.setdefault(row.city, []).append(row)
    found = [each for mine in times.values() for each in _of_city(mine, places)]
    return sorted(found, key=lambda each: each.third_at)


def _of_city(rows: Sequence[ReportRow], places: Places) -> list[Cluster]:
    found: list[Cluster] = []
    instants = [from_ms(row.at_ms) for row in rows]
    for place in range(CLUSTER_REPORTS - 1, len(rows)):
        first_at, third_at = instants[place - CLUSTER_REPORTS + 1], instants[place]
        if found and third_at < found[-1].third_at + GROWN_WITHIN:
            continue
        later = sum(third_at < at <= third_at + GROWN_WITHIN for at in instants)
        city = rows[place].city
        if city is not None and third_at - first_at <= CLUSTER_WITHIN and later >= GROWN_REPORTS:
            area, region = places.area_of(city), rows[place].region
            found.append(Cluster(city, area, region, first_at, third_at, later))
    return found
