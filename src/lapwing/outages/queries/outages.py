"""The questions that pages and programs ask of pillar 1."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import numpy as np

from lapwing.kernel.instants import minute_of
from lapwing.outages.catalogue.catalogue import Catalogue
from lapwing.outages.incidents.model import Incident, State, StateFilter, is_in
from lapwing.outages.labels import Labels
from lapwing.outages.model import Dimension, Service
from lapwing.outages.places.gazetteer import Gazetteer
from lapwing.outages.queries.live import (
    DAY_MIN,
    HOUR_MIN,
    bars_of,
    dots_of,
    expected_by_slice,
    expected_in,
    reports_at,
    reports_in,
    series_of,
    sparkline_of,
)
from lapwing.outages.queries.records import Records, link_to, places_of
from lapwing.outages.queries.zones import time_zone_of
from lapwing.outages.store import IncidentSeries, OutageStore
from lapwing.outages.story.answers import answer, history
from lapwing.outages.views import (
    Bar,
    BoardView,
    CountsView,
    IncidentSummary,
    IncidentView,
    ServiceCard,
    ServiceView,
    Shading,
    SliceCounts,
)
from lapwing.outages.watch import Watch

ANSWER_MIN = 20
RECENT_SHOWN = 12
PAST_SHOWN = 20
BARS_SHOWN = 12

CONDITION = {
    State.SUSPECTED: "suspected",
    State.CONFIRMED: "down",
    State.ONGOING: "down",
    State.RECOVERING: "recovering",
}


class OutageQueries:
    """Answers from memory; only an old incident's own series comes from the store."""

    def __init__(
        self,
        watch: Watch,
        catalogue: Catalogue,
        gazetteer: Gazetteer,
        store: OutageStore,
        now: Callable[[], datetime],
    ) -> None:
        self._watch = watch
        self._catalogue = catalogue
        self._gazetteer = gazetteer
        self._store = store
        self._now = now
        self._labels = Labels(catalogue, gazetteer)
        self._records = Records(watch, catalogue, gazetteer)
        self._versions: dict[str, tuple[Incident, int]] = {}
        """Of incidents that were asked for: the one seen last, and how many there were."""
        self.watched_since: datetime | None = None

    # --- versions: grow whenever what is shown may be other than before

    def board_version(self) -> int:
        return self._watch.changes.versions.get("", 0)

    def service_version(self, slug: str) -> int:
        return self._watch.changes.versions.get(slug, 0) + self._watch.present_minute

    def incident_version(self, incident: str) -> int:
        found = self._watch.records.get_incident(incident)
        known, version = self._versions.get(incident, (None, 0))
        if known is not found:
            version += 1
            self._versions[incident] = (found, version)
        live = incident in self._watch.records.logs
        return version + (self.service_version(found.service) if live else 0)

    # --- pages

    def board(self) -> BoardView:
        now = self._now()
        cards = [self._card(service, now) for service in self._catalogue.services]
        down = [card for card in cards if card.condition != "ok"]
        down.sort(key=lambda card: card.expected_1h - card.reports_1h)
        fine = sorted(
            (card for card in cards if card.condition == "ok"),
            key=lambda card: card.service.name.casefold(),
        )
        incidents = self._newest_first(list(self._watch.records.incidents.values()))[:RECENT_SHOWN]
        sums, expected = self._everything()
        return BoardView(
            as_of=now,
            down=tuple(down),
            fine=tuple(fine),
            categories=self._categories(),
            countries=self._countries(),
            dots=dots_of(sums, expected, self._gazetteer),
            recent=tuple(self._records.summary(incident, now) for incident in incidents),
            reports_1h=sum(card.reports_1h for card in cards),
            simulated=self._watch.simulated,
        )

    def service(self, slug: str) -> ServiceView:
        service = self._catalogue.get(slug)
        now, watch = self._now(), self._watch
        card = self._card(service, now)
        open_now = watch.records.open_incidents_of(slug)
        incidents = tuple(self._records.summary(one, now) for one in open_now)
        sums = watch.live_sums(slug, HOUR_MIN)
        expected = expected_by_slice(watch, slug, HOUR_MIN)
        past = self._newest_first(list(watch.records.incidents_of(slug)))

        def bars(dimension: Dimension) -> tuple[Bar, ...]:
            return bars_of(slug, dimension, sums, expected, self._labels.label, BARS_SHOWN)

        return ServiceView(
            as_of=now,
            service=card.service,
            category_label=self._catalogue.categories.get(service.category, service.category),
            home_page=service.home_page,
            aliases=service.aliases,
            condition=card.condition,
            answer=card.answer,
            symptoms=tuple((one.key, one.label) for one in service.symptoms),
            platforms=tuple((one.key, one.label) for one in service.platforms),
            incident=next(iter(incidents), None),
            also=incidents[1:],
            series=series_of(watch, slug),
            shadings=self._shadings(past),
            reports_1h=card.reports_1h,
            expected_1h=card.expected_1h,
            dots=dots_of(sums, expected, self._gazetteer),
            countries=bars(Dimension.COUNTRY),
            cities=bars(Dimension.CITY),
            platform_bars=bars(Dimension.PLATFORM),
            symptom_bars=bars(Dimension.SYMPTOM),
            network_bars=bars(Dimension.NETWORK),
            past=tuple(
                self._records.summary(one, now) for one in past[:PAST_SHOWN] if one not in open_now
            ),
            history=history(
                service.name,
                past,
                now=now,
                time_zone=card.time_zone,
                watched_since=self.watched_since,
            ),
            simulated=watch.simulated,
            time_zone=card.time_zone,
        )

    async def incident(self, incident: str) -> IncidentView:
        """Raises `Refusal` (`unknown_incident`), and `Unavailable` where its series cannot be
        read."""
        found = self._watch.records.get_incident(incident)
        return self._records.view(found, await self._series_of(found), self._now())

    async def incidents(
        self,
        service: str | None = None,
        state: StateFilter | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> list[IncidentSummary]:
        """Newest detection first; `before` is the id of the last one of the page before."""
        now = self._now()
        found = self._newest_first(
            [
                one
                for one in self._watch.records.incidents.values()
                if (service is None or one.service == service) and is_in(one.state, state)
            ]
        )
        if before is not None:
            last = self._watch.records.get_incident(before)
            found = [one for one in found if _age_key(one) < _age_key(last)]
        return [self._records.summary(one, now) for one in found[:limit]]

    def incident_record(self, incident: str) -> Incident:
        """The incident with its whole history; raises `Refusal` (`unknown_incident`)."""
        return self._watch.records.get_incident(incident)

    def counts(self, slug: str, minutes: int) -> CountsView:
        """Closed minutes per slice, of at most the last day."""
        self._catalogue.get(slug)
        watch = self._watch
        end = watch.present_minute
        start = end - min(minutes, DAY_MIN)
        service = watch.nodes.find_service(slug)
        rows: dict[int, list[int]] = {}
        if service is not None:
            rows[int(watch.nodes.own[service])] = [0] * (end - start)
            for minute, nodes, counts in watch.windows.slices(service, start, end):
                for node, count in zip(nodes.tolist(), counts.tolist(), strict=True):
                    rows.setdefault(node, [0] * (end - start))[minute - start] = count
        parts = [(watch.nodes.slice_of(node), row) for node, row in sorted(rows.items())]
        return CountsView(
            as_of=self._now(),
            service=slug,
            start_minute=start,
            slices=tuple(
                SliceCounts(
                    dimension=one.dimension,
                    value=one.value,
                    label=self._labels.label(slug, one.dimension, one.value),
                    reports=tuple(row),
                )
                for one, row in parts
            ),
        )

    # --- parts

    def _card(self, service: Service, now: datetime) -> ServiceCard:
        watch, slug = self._watch, service.slug
        open_now = watch.records.open_incidents_of(slug)
        incident = next(iter(open_now), None)
        latest = watch.records.latest_incident_of(slug)
        late, early = reports_in(watch, slug, 15), reports_in(watch, slug, 30)
        before = early - late
        time_zone = time_zone_of(latest, self._gazetteer)
        return ServiceCard(
            service=link_to(service),
            condition="ok" if incident is None else CONDITION[incident.state],
            answer=answer(
                service.name,
                latest,
                now=now,
                time_zone=time_zone,
                reports=reports_at(
                    watch, slug, None if latest is None else latest.scope, ANSWER_MIN
                ),
                window_min=ANSWER_MIN,
            ),
            since_at=None if incident is None else incident.started_at,
            reports_1h=reports_in(watch, slug, HOUR_MIN),
            expected_1h=expected_in(watch, slug, HOUR_MIN),
            change=round(late / before, 2) if before >= 10 else None,
            sparkline=sparkline_of(watch, slug),
            places=() if incident is None else places_of(incident),
            incident=None if incident is None else incident.id,
            countries=service.countries,
            also=tuple(self._records.summary(one, now) for one in open_now[1:]),
            time_zone=time_zone,
        )

    def _everything(
        self,
    ) -> tuple[dict[tuple[Dimension, str], int], dict[tuple[Dimension, str], float]]:
        """Counts and expectations of the last hour by place, over all services."""
        sums: dict[tuple[Dimension, str], int] = {}
        usual: dict[tuple[Dimension, str], float] = {}
        watch = self._watch
        counts = watch.live_counts(None, HOUR_MIN)
        nodes = np.array(list(counts), np.int64)
        known = nodes < len(watch.detector)
        rates = np.zeros(len(nodes))
        rates[known] = watch.detector.expected(nodes[known]) * HOUR_MIN
        for (node, count), rate in zip(counts.items(), rates.tolist(), strict=True):
            spec = watch.nodes.specs[node]
            if spec.dimension in (Dimension.CITY, Dimension.COUNTRY):
                key = spec.dimension, spec.value
                sums[key] = sums.get(key, 0) + count
                usual[key] = usual.get(key, 0.0) + rate
        return sums, usual

    async def _series_of(self, incident: Incident) -> IncidentSeries | None:
        live = self._watch.records.series_of(incident.id)
        return live if live is not None else await self._store.read_incident_series(incident.id)

    def _shadings(self, incidents: list[Incident]) -> tuple[Shading, ...]:
        start = self._watch.present_minute - DAY_MIN
        return tuple(
            Shading(
                one.id,
                minute_of(one.started_at),
                None if one.ended_at is None else minute_of(one.ended_at),
            )
            for one in incidents
            if (one.ended_at is None or minute_of(one.ended_at) > start)
            and one.state not in (State.MERGED, State.FALSE_ALARM)
        )

    def _categories(self) -> tuple[tuple[str, str, int], ...]:
        counts: dict[str, int] = {}
        for service in self._catalogue.services:
            counts[service.category] = counts.get(service.category, 0) + 1
        return tuple(
            (key, label, counts[key])
            for key, label in self._catalogue.categories.items()
            if key in counts
        )

    def _countries(self) -> tuple[tuple[str, str, int], ...]:
        counts: dict[str, int] = {}
        for service in self._catalogue.services:
            for country in service.countries:
                counts[country] = counts.get(country, 0) + 1
        found = [
            (code, self._labels.label("", Dimension.COUNTRY, code), count)
            for code, count in counts.items()
        ]
        return tuple(sorted(found, key=lambda one: one[1]))

    def _newest_first(self, incidents: list[Incident]) -> list[Incident]:
        return sorted(incidents, key=_age_key, reverse=True)


def _age_key(incident: Incident) -> tuple[datetime, str]:
    return incident.detected_at, incident.id
