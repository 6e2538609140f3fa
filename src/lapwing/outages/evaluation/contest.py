"""Who declares an outage first: Lapwing on Downdetector's own counts, or Downdetector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from lapwing.outages.evaluation.buckets import (
    BUCKET_MIN,
    Bucket,
    BucketRule,
    BucketWatch,
    HoursOfDay,
)

QUIET_BEFORE = timedelta(hours=2)
"""Buckets that end so long before Downdetector's time are quiet; a declaration in them is an
episode, a later one is about the incident."""

SAME_WITHIN = timedelta(minutes=BUCKET_MIN / 2)
"""Stamps lie a few seconds beside Downdetector's time, which is told to the minute."""


@dataclass(frozen=True, slots=True)
class Archived:
    """One incident as Downdetector's archive has it."""

    name: str
    service: str
    declared_at: datetime
    """Since when Downdetector itself spoke of problems."""
    buckets: tuple[Bucket, ...]
    """Oldest first; without any it can only be missed."""


@dataclass(frozen=True, slots=True)
class Score:
    """Of all incidents under one reading of the stamps."""

    incidents: int
    earlier: int
    same: int
    later: int
    missed: int
    median_lead_min: float | None
    """Minutes before Downdetector, over the incidents that were declared."""
    quiet_days: float
    episodes: int
    leads_min: Mapping[str, float | None]
    """By incident; None: missed."""


def declarations(incidents: Iterable[Archived], rule: BucketRule) -> dict[str, list[datetime]]:
    """Every declaration by incident, each at its bucket's stamp.

    An incident is fed by itself. What is normal is known from the incidents of the same service
    whose last bucket is older than its first, and from nothing else.
    """
    by_service: dict[str, list[Archived]] = {}
    found: dict[str, list[datetime]] = {}
    for incident in incidents:
        found[incident.name] = []
        if incident.buckets:
            by_service.setdefault(incident.service, []).append(incident)
    for ones in by_service.values():
        for incident in ones:
            watch = BucketWatch(rule, _known_before(incident, ones, rule))
            found[incident.name] = [each.stamp for each in incident.buckets if watch.take(each)]
    return found


def _known_before(incident: Archived, others: Sequence[Archived], rule: BucketRule) -> HoursOfDay:
    hours = HoursOfDay(rule)
    for other in others:
        if other.buckets[-1].stamp < incident.buckets[0].stamp:
            hours.learn(other.buckets)
    return hours


def score(
    incidents: Sequence[Archived],
    declared: Mapping[str, Sequence[datetime]],
    known_after: timedelta,
) -> Score:
    """`known_after`: how long after its stamp a bucket's count is taken to be known."""
    leads: dict[str, float | None] = {}
    episodes, quiet = 0, 0
    for incident in incidents:
        calm_until = incident.declared_at - QUIET_BEFORE
        quiet += sum(bucket.stamp + known_after <= calm_until for bucket in incident.buckets)
        told = [at + known_after for at in declared[incident.name]]
        episodes += sum(at <= calm_until for at in told)
        first = min((at for at in told if at > calm_until), default=None)
        lead = None if first is None else (incident.declared_at - first).total_seconds() / 60
        leads[incident.name] = lead
    margin = SAME_WITHIN.total_seconds() / 60
    known = [lead for lead in leads.values() if lead is not None]
    return Score(
        incidents=len(incidents),
        earlier=sum(lead > margin for lead in known),
        same=sum(-margin <= lead <= margin for lead in known),
        later=sum(lead < -margin for lead in known),
        missed=len(leads) - len(known),
        median_lead_min=median(known) if known else None,
        quiet_days=quiet * BUCKET_MIN / 1440,
        episodes=episodes,
        leads_min=leads,
    )
