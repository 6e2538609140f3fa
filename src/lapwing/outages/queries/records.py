"""Incidents as pages show them."""

from __future__ import annotations

import math
from datetime import datetime

from lapwing.kernel.instants import Minute, minute_of
from lapwing.outages.catalogue.catalogue import Catalogue
from lapwing.outages.incidents.model import Incident, is_held
from lapwing.outages.model import Dimension, Service
from lapwing.outages.places.gazetteer import Gazetteer
from lapwing.outages.queries.live import dots_of, stepped
from lapwing.outages.queries.zones import time_zone_of
from lapwing.outages.store import IncidentSeries
from lapwing.outages.story.answers import earlier_within_a_day
from lapwing.outages.story.findings import where
from lapwing.outages.story.telling import Telling
from lapwing.outages.story.writer import write
from lapwing.outages.views import (
    CityDot,
    Frame,
    IncidentPart,
    IncidentSummary,
    IncidentView,
    ServiceLink,
    Shading,
)
from lapwing.outages.watch import Watch

MOST_FRAMES = 120
PLACES_SHOWN = 6


def link_to(service: Service) -> ServiceLink:
    return ServiceLink(
        slug=service.slug,
        name=service.name,
        category=service.category,
        icon=service.icon,
        colour=service.colour,
        initials=initials_of(service.name),
    )


def initials_of(name: str) -> str:
    """One or two letters that stand for a service without a picture."""
    words = [word for word in name.replace("-", " ").split() if word[0].isalnum()]
    if len(words) > 1:
        return (words[0][0] + words[1][0]).upper()
    return name[:2].strip().capitalize() if name else "?"


class Records:
    """Builds summaries and whole views of incidents."""

    def __init__(self, watch: Watch, catalogue: Catalogue, gazetteer: Gazetteer) -> None:
        self._watch = watch
        self._catalogue = catalogue
        self._gazetteer = gazetteer
        self._summaries: dict[str, tuple[Incident, datetime, IncidentSummary]] = {}

    def service_of(self, incident: Incident) -> Service:
        """The service; one that left the catalogue keeps its record under its slug."""
        service = self._catalogue.find(incident.service)
        if service is not None:
            return service
        return Service(incident.service, incident.service, "other", "", (), ())

    def telling(self, incident: Incident, now: datetime) -> Telling:
        log = self._watch.records.logs.get(incident.id)
        per_minute: tuple[tuple[Minute, int], ...] = ()
        if log is not None:
            per_minute = tuple(enumerate(log.totals, log.first_minute))
        others = tuple(self._watch.records.incidents_of(incident.service))
        return Telling(
            incident=incident,
            service=self.service_of(incident),
            now=now,
            time_zone=time_zone_of(incident, self._gazetteer),
            per_minute=tuple(
                pair for pair in per_minute if pair[0] >= minute_of(incident.started_at)
            ),
            earlier=earlier_within_a_day(incident, others),
        )

    def summary(self, incident: Incident, now: datetime) -> IncidentSummary:
        known = self._summaries.get(incident.id)
        over = incident.ended_at is not None
        if known is not None and known[0] is incident and (over or known[1] == now):
            return known[2]
        summary = self._summary(incident, now)
        self._summaries[incident.id] = (incident, now, summary)
        return summary

    def _summary(self, incident: Incident, now: datetime) -> IncidentSummary:
        end = incident.ended_at or now
        story = write(self.telling(incident, now))
        return IncidentSummary(
            id=incident.id,
            service=link_to(self.service_of(incident)),
            state=incident.state,
            headline=incident.title or story.headline,
            started_at=incident.started_at,
            detected_at=incident.detected_at,
            ended_at=incident.ended_at,
            duration_min=max(0, int((end - incident.started_at).total_seconds() // 60)),
            reports=incident.reports,
            peak_15_min=incident.peak_15_min,
            places=places_of(incident),
            simulated=incident.simulated,
            confirmed_at=incident.confirmed_at,
            peak_per_minute=incident.peak_per_minute,
            leading=incident.leading,
            scope=incident.scope,
            place=None if incident.scope is None else incident.scope.label,
        )

    def view(
        self, incident: Incident, counted: IncidentSeries | None, now: datetime
    ) -> IncidentView:
        """`counted` None: nothing is kept per minute, and chart and map stay empty."""
        counted = counted or IncidentSeries(minute_of(incident.started_at), (), (), ())
        length = len(counted.counts)
        step_min = max(1, math.ceil(length / 300))
        start = minute_of(incident.started_at)
        end = counted.start_minute + length
        stop = minute_of(incident.ended_at) if incident.ended_at is not None else end
        dots, frames, frame_min = self._map(counted, start, max(start + 1, stop))
        shading = Shading(
            incident.id, start, None if incident.ended_at is None else minute_of(incident.ended_at)
        )
        return IncidentView(
            as_of=now,
            summary=self.summary(incident, now),
            story=write(self.telling(incident, now)),
            confirmed_at=incident.confirmed_at,
            peak_at=incident.peak_at,
            peak_per_minute=incident.peak_per_minute,
            reports_first_20_min=incident.reports_first_20_min,
            expected=incident.expected,
            trusted_share=incident.trusted_share,
            networks_seen=incident.networks_seen,
            series=stepped(
                counted.start_minute,
                list(counted.counts),
                list(counted.expected),
                list(counted.upper),
                step_min,
            ),
            shadings=(shading,),
            dots=dots,
            frames=frames,
            frame_min=frame_min,
            leading=incident.leading,
            changes=incident.changes,
            cause=incident.cause,
            merged_into=incident.merged_into,
            parts=self._parts(incident),
            localised=incident.localised,
            concentration=incident.concentration,
            held=is_held(incident),
        )

    def _parts(self, incident: Incident) -> tuple[IncidentPart, ...]:
        known = (self._watch.records.incidents.get(part) for part in incident.parts)
        parts = (
            IncidentPart(one.id, None if one.scope is None else one.scope.label, one.started_at)
            for one in known
            if one is not None
        )
        return tuple(sorted(parts, key=lambda part: (part.started_at, part.id)))

    def _map(
        self, counted: IncidentSeries, start: Minute, stop: Minute
    ) -> tuple[tuple[CityDot, ...], tuple[Frame, ...], int]:
        """Dots over [start, stop), and the same in steps for the time slider."""
        shift = start - counted.start_minute
        placed = [part for part in counted.slices if part.dimension in ("city", "country")]
        sums = {
            (Dimension(part.dimension), part.value): sum(
                part.counts[max(0, shift) : stop - counted.start_minute]
            )
            for part in placed
        }
        dots = dots_of(
            {key: count for key, count in sums.items() if count > 0}, {}, self._gazetteer
        )
        frame_min = max(1, math.ceil((stop - start) / MOST_FRAMES))
        index = {str(dot.city): number for number, dot in enumerate(dots) if dot.city is not None}
        cities = [part for part in placed if part.dimension == "city" and part.value in index]
        frames = []
        for low in range(start, stop, frame_min):
            span = slice(max(0, low - counted.start_minute), low + frame_min - counted.start_minute)
            shown = [(index[part.value], sum(part.counts[span])) for part in cities]
            frames.append(
                Frame(low, sum(counted.counts[span]), tuple(pair for pair in shown if pair[1]))
            )
        return dots, tuple(frames), frame_min


def places_of(incident: Incident) -> tuple[str, ...]:
    """The hardest-hit cities or regions, else countries; those alone that the story names."""
    found = where(incident)
    return found.places or tuple(part.label for part in found.countries[:PLACES_SHOWN])
