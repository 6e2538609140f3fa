""" "Is it me?": what is reported from one visitor's city, country and network."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

from lapwing.outages.asked_views import ChosenCity, NearbyLine, NearbyView
from lapwing.outages.catalogue.catalogue import Catalogue
from lapwing.outages.detection.surprise import FEW, sign_of
from lapwing.outages.incidents.model import Incident
from lapwing.outages.labels import Labels
from lapwing.outages.model import Dimension, Service
from lapwing.outages.places.gazetteer import Gazetteer
from lapwing.outages.queries.live import Sums, expected_by_slice, reports_at
from lapwing.outages.queries.outages import CONDITION
from lapwing.outages.queries.records import link_to
from lapwing.outages.queries.zones import time_zone_of
from lapwing.outages.story.answers import answer
from lapwing.outages.story.nearby import ADVICE, WINDOW_MIN, advises, headline, line, telling
from lapwing.outages.story.wording import in_a_sentence
from lapwing.outages.watch import Watch

REMEMBERED: Final = 2000
_PLACED: Final = frozenset(
    {
        Dimension.COUNTRY,
        Dimension.REGION,
        Dimension.AREA,
        Dimension.CITY,
        Dimension.NETWORK,
    }
)


class Visitor(NamedTuple):
    """Where somebody asks from, as far as that is known; nobody in particular."""

    country: str | None = None
    city: int | None = None
    network: str | None = None


class Nearby:
    """Answers from memory; the same question in the same state is answered once."""

    def __init__(
        self,
        watch: Watch,
        catalogue: Catalogue,
        gazetteer: Gazetteer,
        now: Callable[[], datetime],
    ) -> None:
        self._watch = watch
        self._catalogue = catalogue
        self._gazetteer = gazetteer
        self._now = now
        self._labels = Labels(catalogue, gazetteer)
        self._usual: OrderedDict[str, tuple[int, dict[tuple[Dimension, str], float]]]
        self._usual = OrderedDict()
        self._answered: OrderedDict[tuple[str, Visitor], tuple[int, NearbyView]] = OrderedDict()

    def find(self, slug: str, visitor: Visitor) -> NearbyView:
        """Raises `Refusal` (`unknown_service`)."""
        service = self._catalogue.get(slug)
        watch = self._watch
        version = watch.changes.versions.get(slug, 0) + watch.present_minute
        known = self._answered.get((slug, visitor))
        if known is not None and known[0] == version:
            return known[1]
        view = self._find(service, visitor)
        self._answered[slug, visitor] = version, view
        self._answered.move_to_end((slug, visitor))
        while len(self._answered) > REMEMBERED:
            self._answered.popitem(last=False)
        return view

    def _find(self, service: Service, visitor: Visitor) -> NearbyView:
        watch, now, slug = self._watch, self._now(), service.slug
        latest = watch.records.latest_incident_of(slug)
        incident = watch.records.open_incident_of(slug)
        slices = frozenset(self._slices(visitor, coarse=True))
        has_problems = any(_is_felt(one, slices) for one in watch.records.open_incidents_of(slug))
        lines = self._lines(service, visitor, has_problems)
        signs = telling([(Dimension(one.dimension), one.sign) for one in lines])
        city = None if visitor.city is None else self._gazetteer.find_by_id(visitor.city)
        return NearbyView(
            as_of=now,
            service=link_to(service),
            condition="ok" if incident is None else CONDITION[incident.state],
            answer=answer(
                service.name,
                latest,
                now=now,
                time_zone=time_zone_of(latest, self._gazetteer),
                reports=reports_at(
                    watch, slug, None if latest is None else latest.scope, WINDOW_MIN
                ),
                window_min=WINDOW_MIN,
            ),
            headline=headline(service.name, signs, has_problems=has_problems),
            lines=lines,
            advice=ADVICE if advises(signs, has_problems=has_problems) else (),
            window_min=WINDOW_MIN,
            city=None if city is None else ChosenCity(city.id, city.name, city.country),
            simulated=watch.simulated,
        )

    def _lines(
        self, service: Service, visitor: Visitor, has_problems: bool
    ) -> tuple[NearbyLine, ...]:
        sums = self._watch.live_sums(service.slug, WINDOW_MIN)
        usual = self._usual_of(service.slug)
        return tuple(
            self._line(where, label, sums, usual, key, has_problems)
            for where, label, key in self._places(service.slug, visitor)
        )

    def _line(
        self,
        where: str,
        label: str,
        sums: Sums,
        usual: dict[tuple[Dimension, str], float],
        key: tuple[Dimension, str],
        has_problems: bool,
    ) -> NearbyLine:
        reports, expected = sums.get(key, 0), usual.get(key, 0.0)
        rule = self._watch.detector.rule
        sign = sign_of(reports, expected, has_problems=has_problems, rule=rule)
        shown = reports if reports >= FEW else None
        return NearbyLine(
            dimension=key[0].value,
            label=label,
            reports=shown,
            expected=round(expected, 2),
            sign=sign,
            told=line(where, shown, expected, sign, has_problems=has_problems),
        )

    def _places(self, slug: str, visitor: Visitor) -> list[tuple[str, str, tuple[Dimension, str]]]:
        """In words, by name, and the slice: the nearest first."""
        found = []
        for dimension, value in self._slices(visitor):
            label = self._labels.label(slug, dimension, value)
            where = f"In {label}"
            if dimension is Dimension.COUNTRY:
                where = f"In {in_a_sentence(label)}"
            elif dimension is Dimension.AREA:
                where = f"In the {label}"
            elif dimension is Dimension.NETWORK:
                hidden = value.startswith("net-")
                label = "Your network" if hidden else label
                where = "On your network" if hidden else f"On your network ({label})"
            found.append((where, label, (dimension, value)))
        return found

    def _slices(self, visitor: Visitor, *, coarse: bool = False) -> list[tuple[Dimension, str]]:
        """What is told of; `coarse`: with those that are not, but may be what is in trouble."""
        slices = []
        country = visitor.country
        if visitor.city is not None:
            slices.append((Dimension.CITY, str(visitor.city)))
            area = self._watch.detector.places.area_of(visitor.city)
            if area is not None and area != visitor.city:
                slices.append((Dimension.AREA, str(area)))
            city = self._gazetteer.find_by_id(visitor.city)
            country = country if city is None else city.country
            if coarse and city is not None and city.region is not None:
                slices.append((Dimension.REGION, city.region))
            if coarse and area is not None:
                slices.append((Dimension.AREA, str(area)))
        if country is not None:
            slices.append((Dimension.COUNTRY, country))
        if visitor.network is not None:
            slices.append((Dimension.NETWORK, visitor.network))
        return slices

    def _usual_of(self, slug: str) -> dict[tuple[Dimension, str], float]:
        """By slice; the same for a minute."""
        minute = self._watch.present_minute
        known = self._usual.get(slug)
        if known is None or known[0] != minute:
            known = minute, expected_by_slice(self._watch, slug, WINDOW_MIN)
            self._usual[slug] = known
            if len(self._usual) > REMEMBERED:
                self._usual.popitem(last=False)
        return known[1]


def _is_felt(incident: Incident, slices: frozenset[tuple[Dimension, str]]) -> bool:
    """Whether an incident may be felt there: that of another place is not."""
    scope = incident.scope
    return scope is None or (
        scope.dimension not in _PLACED or (Dimension(scope.dimension), scope.value) in slices
    )
