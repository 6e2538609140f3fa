"""Ordinary reports, true outages and forged reports, one by one, for `evaluate flood`.

A made-up country with 25 cities (people as 1 over rank, the smaller half living with a larger one)
and 25 networks (likewise), so that a run needs no data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from lapwing.kernel.instants import MS_PER_MINUTE, Minute
from lapwing.outages.detection.model import FloatArray, IntArray, NodeSpec
from lapwing.outages.model import Dimension, ReportRow

COUNTRY: Final = "US"
CITIES: Final = 25
NETWORKS: Final = 25
CENTRES: Final = 12
"""Cities from this number on belong to the area of one before."""
BLOCKS: Final = 1000
"""Address blocks of a network."""
VOLUMES: Final = {60: 2, 600: 2, 6000: 1}
"""Reports a day of a service, and how many such services there are."""
ELSEWHERE: Final = "elsewhere"
"""A service at which forgers make their networks known."""
START: Final = 28_753_920
"""Monday, 2 September 2024, 00:00 UTC."""
OFFSET_MIN: Final = -300
_BY_HOUR: Final = (
    *(0.42, 0.27, 0.19, 0.16, 0.18, 0.30, 0.52, 0.78, 0.98, 1.10, 1.17, 1.21),
    *(1.24, 1.22, 1.19, 1.20, 1.25, 1.33, 1.44, 1.58, 1.66, 1.55, 1.19, 0.87),
)
_SIZE: Final = 4.0
"""Of the gamma by which a minute's rate varies."""
_WANDER: Final = 0.15
_MEMORY: Final = 0.7
FORGED_CITY: Final = 9
_RENTED: Final = 100_000
_ACQUAINTING: Final = 4
_SYMPTOMS: Final = ("feed", "login", "app", "site", "other")
_PLATFORMS: Final = ("android", "ios", "web")


def _by_rank(count: int) -> FloatArray:
    raw = 1.0 / np.arange(1.0, count + 1.0)
    out: FloatArray = raw / raw.sum()
    return out


PEOPLE: Final = _by_rank(CITIES)
CUSTOMERS: Final = _by_rank(NETWORKS)


class FloodPlaces:
    """What a gazetteer would know of the made-up country."""

    def share(self, place: NodeSpec) -> float | None:
        if place.dimension in (Dimension.CITY, Dimension.AREA):
            return float(PEOPLE[int(place.value)])
        return None

    def area_of(self, city: int) -> int | None:
        return city % CENTRES

    def region_of(self, city: int) -> str | None:
        return region_of(city)


def region_of(city: int) -> str:
    return f"{COUNTRY}.{city % 4}"


def offset_min(country: str, minute: int) -> int:
    return OFFSET_MIN


@dataclass(frozen=True, slots=True)
class Drawn:
    """Reports in columns; from NETWORKS on, `network` is one that people do not have."""

    minute: IntArray
    network: IntArray
    block: IntArray
    city: IntArray


class Rows:
    """Columns become reports with fresh reporters."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._id = 0

    def of(self, service: str, drawn: Drawn) -> Iterator[ReportRow]:
        count = len(drawn.minute)
        symptoms = self._rng.choice(len(_SYMPTOMS), count, p=_by_rank(len(_SYMPTOMS)))
        platforms = self._rng.choice(len(_PLATFORMS), count, p=_by_rank(len(_PLATFORMS)))
        columns = (drawn.minute, drawn.network, drawn.block, drawn.city, symptoms, platforms)
        for minute, network, block, city, symptom, platform in zip(
            *(column.tolist() for column in columns), strict=True
        ):
            self._id += 1
            yield ReportRow(
                id=self._id,
                at_ms=minute * MS_PER_MINUTE + 30_000,
                service=service,
                symptom=_SYMPTOMS[symptom],
                platform=_PLATFORMS[platform],
                country=COUNTRY,
                region=region_of(city),
                city=city,
                reporter=f"{id(self)}-{self._id}",
                network=f"AS{network}",
                block=f"{network}/{block}",
            )


def usual_rate(per_day: float, minute: Minute) -> float:
    """Per minute, by the civil time of day."""
    hour, past = divmod((minute + OFFSET_MIN) % 1440, 60)
    after = _BY_HOUR[(hour + 1) % 24]
    return per_day / 1440.0 * (_BY_HOUR[hour] + (after - _BY_HOUR[hour]) * past / 60)


def people(
    rng: np.random.Generator,
    minutes: IntArray,
    *,
    city: int | None = None,
    network: int | None = None,
) -> Drawn:
    """Reports of real people in these minutes, of one city or network if that is given."""
    count = len(minutes)
    networks = rng.choice(NETWORKS, count, p=CUSTOMERS)
    cities = rng.choice(CITIES, count, p=PEOPLE)
    return Drawn(
        minutes,
        networks if network is None else np.full(count, network),
        rng.integers(0, BLOCKS, count),
        cities if city is None else np.full(count, city),
    )


def ordinary(rng: np.random.Generator, per_day: float, start: Minute, length_min: int) -> IntArray:
    """The minutes of a service's ordinary reports: by the hour, wandering, over-dispersed."""
    hours = -(-length_min // 60) + 1
    noise = rng.normal(size=hours)
    for hour in range(1, hours):
        noise[hour] = _MEMORY * noise[hour - 1] + (1 - _MEMORY**2) ** 0.5 * noise[hour]
    minutes = np.arange(start, start + length_min)
    rates = np.array([usual_rate(per_day, minute) for minute in minutes.tolist()])
    rates *= np.exp(_WANDER * noise[(minutes - start) // 60])
    counts = rng.poisson(rates * rng.standard_gamma(_SIZE, length_min) / _SIZE)
    out: IntArray = np.repeat(minutes, counts)
    return out


@dataclass(frozen=True, slots=True)
class Forger:
    """Who sends forged reports, and how."""

    networks: int
    knowing: bool
    """Knows the rule: takes networks, blocks and cities as people have them, begins slowly and at
    the quietest hour. Otherwise its networks are rented ones that nobody reports from, with
    four blocks each."""
    local: bool = False
    """Names one city only; else cities as people live."""

    def draw(self, rng: np.random.Generator, per_min: float, start: Minute, last: int) -> Drawn:
        """So many a minute, over `last` minutes; the knowing one begins with a tenth of it."""
        ramp = np.linspace(0.1, 1.0, last) if self.knowing else np.ones(last)
        minutes = np.repeat(np.arange(start, start + last), rng.poisson(per_min * ramp))
        turn = np.arange(len(minutes))
        cities = rng.choice(CITIES, len(minutes), p=PEOPLE)
        return Drawn(
            minutes,
            self._names()[turn % self.networks],
            turn % (BLOCKS if self.knowing else 4),
            np.full(len(minutes), FORGED_CITY) if self.local else cities,
        )

    def _names(self) -> IntArray:
        first = 0 if self.knowing else _RENTED
        return np.arange(first, first + self.networks)


def acquaintance(networks: int, start: Minute, days: int) -> Drawn:
    """A few reports beforehand, by which networks that people do not have become known."""
    names = np.repeat(np.arange(NETWORKS, networks), _ACQUAINTING)
    turn = np.arange(len(names))
    minutes = np.sort(start + turn * 7919 % (days * 1440))
    return Drawn(minutes, names, turn % BLOCKS, turn % CITIES)
