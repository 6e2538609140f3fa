"""Ordinary days: every service has some trouble somewhere, more in the evening than at night."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.random import Generator

from lapwing.kernel.instants import EPOCH, to_ms
from lapwing.outages.demo.choices import Choices
from lapwing.outages.demo.rows import Columns, Words, draw_blocks, reports
from lapwing.outages.demo.volumes import countries_at, reports_per_day, weekend_factor
from lapwing.outages.demo.world import COUNTRIES, HOURS, NETWORK_SHARES, WORLD, Cities, cities_of
from lapwing.outages.detection.model import FloatArray, IntArray
from lapwing.outages.model import ReportRow, Service

SEED = 20231221
_FIRST_SEQUENCE = 1 << 19
_QUARTERS = 96
_QUARTER_MS = 900_000
_DAY_MS = _QUARTERS * _QUARTER_MS

_HOUR_SD = 0.12
"""Standard deviation of the logarithm of what one hour brings beside its usual."""
_HOUR_MEMORY = 0.6
_HOUSEHOLD = 0.01
"""After so many reports on a busy service, a second one comes from the same household."""
_BUSY_PER_DAY = 20.0
_HOUSEHOLD_MS = 600_000
_CITY_SIZE = 0.75
"""Reports grow less than in proportion to a city's people."""
_NO_SYMPTOM = 0.03
_NO_CITY = 0.08
_PLATFORM_WEIGHTS = {"android": 0.42, "ios": 0.28, "web": 0.22, "desktop": 0.08}
_OTHER_PLATFORM = 0.12


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Every (service, country) from which reports come, with its part of the service's."""

    service: IntArray
    country: IntArray
    per_day: FloatArray


class Background:
    """Ordinary reports on all services, day by day. A UTC day is always the same, whichever days
    are asked for before it."""

    def __init__(self, services: Sequence[Service], gazetteer: Cities, seed: int = SEED) -> None:
        """Services without a country in the table of the world are left out."""
        self._seed = seed
        self._countries = list(COUNTRIES)
        self._zones = [ZoneInfo(gazetteer.time_zone_of(code)) for code in self._countries]
        self._cities = [cities_of(code, gazetteer) for code in self._countries]
        self._services = [service for service in services if _countries_of(service)]
        self._per_day = np.array(reports_per_day(self._services))
        self._pairs = self._make_pairs()
        self._weekend = np.array([weekend_factor(service.slug) for service in self._services])
        self.words = Words(
            services=[service.slug for service in self._services],
            symptoms=[[symptom.key for symptom in service.symptoms] for service in self._services],
            platforms=[[platform.key for platform in each.platforms] for each in self._services],
            countries=self._countries,
            cities=self._cities,
        )
        self._towns = Choices(
            [[(city.population + 1.0) ** _CITY_SIZE for city in row] for row in self._cities]
        )
        self._networks = Choices([NETWORK_SHARES] * len(self._countries))
        self._symptoms = Choices(
            [[1.0 / (rank + 1) for rank in range(len(row))] for row in self.words.symptoms]
        )
        self._platforms = Choices(
            [
                [_PLATFORM_WEIGHTS.get(key, _OTHER_PLATFORM) for key in row]
                for row in self.words.platforms
            ]
        )

    def between(self, start_at: datetime, end_at: datetime) -> Iterator[list[ReportRow]]:
        """Reports of [start_at, end_at) in the order of time, in one list per UTC day."""
        start_ms, end_ms = to_ms(start_at), to_ms(end_at)
        for day in range(start_ms // _DAY_MS, -(-end_ms // _DAY_MS)):
            rows = self.day(day)
            if day * _DAY_MS < start_ms or (day + 1) * _DAY_MS > end_ms:
                rows = [row for row in rows if start_ms <= row.at_ms < end_ms]
            yield rows

    def day(self, day: int) -> list[ReportRow]:
        """All reports of a UTC day, counted from 1970."""
        rng = np.random.Generator(np.random.PCG64([self._seed, day]))
        counts = rng.poisson(np.round(self._rates(rng, day), 9))
        cells = np.repeat(np.arange(counts.size), counts.ravel())
        pair, quarter = cells // _QUARTERS, cells % _QUARTERS
        at_ms = day * _DAY_MS + quarter * _QUARTER_MS + rng.integers(0, _QUARTER_MS, len(cells))
        columns = self._columns(rng, self._pairs.service[pair], self._pairs.country[pair], at_ms)
        columns = self._with_households(rng, columns, (day + 1) * _DAY_MS)
        return reports(columns, self.words, rng, first_sequence=_FIRST_SEQUENCE)

    def _make_pairs(self) -> _Pairs:
        number = {code: index for index, code in enumerate(self._countries)}
        service, country, per_day = [], [], []
        for index, volume in enumerate(self._per_day.tolist()):
            codes = _countries_of(self._services[index])[: countries_at(volume)]
            whole = sum(COUNTRIES[code][0] for code in codes)
            for code in codes:
                service.append(index)
                country.append(number[code])
                per_day.append(volume * COUNTRIES[code][0] / whole)
        return _Pairs(np.array(service), np.array(country), np.array(per_day))

    def _rates(self, rng: Generator, day: int) -> FloatArray:
        """Expected reports by pair and quarter of an hour."""
        hour = np.array(HOURS) / np.mean(HOURS)
        shapes = np.empty((len(self._countries), _QUARTERS))
        weekend = np.empty((len(self._countries), _QUARTERS), np.bool_)
        midnight = EPOCH + timedelta(days=day)
        for index, zone in enumerate(self._zones):
            offset = midnight.astimezone(zone).utcoffset() or timedelta(0)
            local_h = (np.arange(_QUARTERS) + 0.5) / 4 + offset / timedelta(hours=1)
            shapes[index] = np.interp(local_h % 24, np.arange(25), [*hour, hour[0]])
            weekday = (midnight.weekday() + np.floor(local_h / 24).astype(np.int64)) % 7
            weekend[index] = weekday >= 5
        pairs = self._pairs
        days = np.where(weekend[pairs.country], self._weekend[pairs.service][:, None], 1.0)
        wander = np.repeat(self._hour_effects(rng), 4, axis=1)[pairs.service]
        rates: FloatArray = (
            pairs.per_day[:, None] / _QUARTERS * shapes[pairs.country] * days * wander
        )
        return rates

    def _hour_effects(self, rng: Generator) -> FloatArray:
        """By service and hour: neighbouring hours are alike."""
        noise = rng.standard_normal((len(self._services), 24))
        effects = np.empty_like(noise)
        effects[:, 0] = noise[:, 0]
        fresh = (1 - _HOUR_MEMORY**2) ** 0.5
        for hour in range(1, 24):
            effects[:, hour] = _HOUR_MEMORY * effects[:, hour - 1] + fresh * noise[:, hour]
        return np.exp(_HOUR_SD * effects)

    def _columns(
        self, rng: Generator, service: IntArray, country: IntArray, at_ms: IntArray
    ) -> Columns:
        count = len(at_ms)
        symptom = self._symptoms.draw(rng, service)
        city = self._towns.draw(rng, country)
        return Columns(
            at_ms=at_ms,
            service=service,
            symptom=np.where(rng.random(count) < _NO_SYMPTOM, -1, symptom),
            platform=self._platforms.draw(rng, service),
            country=country,
            city=np.where(rng.random(count) < _NO_CITY, -1, city),
            network=self._networks.draw(rng, country),
            block=draw_blocks(rng, count),
        )

    def _with_households(self, rng: Generator, columns: Columns, day_end_ms: int) -> Columns:
        """Some reports have a second one, of somebody else on the same line, within minutes."""
        likely = np.where(self._per_day[columns.service] >= _BUSY_PER_DAY, _HOUSEHOLD, 0.0)
        chosen = np.flatnonzero(rng.random(len(likely)) < likely)
        later_ms = columns.at_ms[chosen] + rng.integers(1, _HOUSEHOLD_MS, len(chosen))
        kept = later_ms < day_end_ms
        both = columns.take(np.concatenate([np.arange(len(likely)), chosen[kept]]))
        both.at_ms[len(likely) :] = later_ms[kept]
        return both


def _countries_of(service: Service) -> list[str]:
    """Those of the table, in its order."""
    used = service.countries or WORLD
    return [code for code in COUNTRIES if code in used]


def history(
    services: Sequence[Service], gazetteer: Cities, days: int, end_at: datetime, seed: int = SEED
) -> Iterator[list[ReportRow]]:
    """The ordinary reports of the days before `end_at`, in the order of time, by UTC day."""
    return Background(services, gazetteer, seed).between(end_at - timedelta(days=days), end_at)
