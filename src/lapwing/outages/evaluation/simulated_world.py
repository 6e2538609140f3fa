"""A small world in which simulated services are used: countries with their clocks, regions, areas,
cities and networks, and the slices in which a service's reports are counted there.

The world is made up, so that a run needs no data; six real time zones give it real changes to and
from daylight saving.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from lapwing.outages.detection.local_time import ZoneLocalTime
from lapwing.outages.detection.model import FloatArray, IntArray, NodeSpec
from lapwing.outages.model import Dimension

ZONES: Final = {
    "US": "America/Chicago",
    "GB": "Europe/London",
    "IN": "Asia/Kolkata",
    "BR": "America/Sao_Paulo",
    "DE": "Europe/Berlin",
    "AU": "Australia/Sydney",
}
COUNTRIES: Final = tuple(ZONES)
SLOTS: Final = 3
"""A service is used in this many countries at most; a slot is one of them."""
REGIONS: Final = 4
AREAS: Final = 12
CITIES: Final = 25
NETWORKS: Final = 5
"""Of each country."""
PLATFORMS: Final = 4
SYMPTOMS: Final = 6
NOWHERE: Final = -1

CLOCKS: Final = ZoneLocalTime(ZONES)


class _Part(NamedTuple):
    dimension: Dimension
    per_slot: int
    slots: int


_PARTS: Final = (
    _Part(Dimension.SERVICE, 1, 1),
    _Part(Dimension.COUNTRY, 1, SLOTS),
    _Part(Dimension.REGION, REGIONS, SLOTS),
    _Part(Dimension.AREA, AREAS, SLOTS),
    _Part(Dimension.CITY, CITIES, SLOTS),
    _Part(Dimension.PLATFORM, PLATFORMS, 1),
    _Part(Dimension.SYMPTOM, SYMPTOMS, 1),
    _Part(Dimension.NETWORK, NETWORKS, SLOTS),
)


def _starts() -> dict[Dimension, int]:
    starts, at = {}, 0
    for part in _PARTS:
        starts[part.dimension] = at
        at += part.per_slot * part.slots
    return starts


START_OF: Final = _starts()
"""Where a dimension's slices begin among a service's; within it they run by slot, then by value."""
SLICES: Final = sum(part.per_slot * part.slots for part in _PARTS)
"""Of one service, the service itself included (number 0)."""


def _people() -> FloatArray:
    raw = 1.0 / np.arange(1.0, CITIES + 1.0)
    out: FloatArray = raw / raw.sum()
    return out


def _areas() -> IntArray:
    """The first cities are centres; of three others two live with a centre, one by itself."""
    others = [NOWHERE if place % 3 == 0 else place % AREAS for place in range(CITIES - AREAS)]
    return np.array([*range(AREAS), *others])


PEOPLE: Final = _people()
"""Share of its country's people that each city has, the largest first; sum 1."""
AREA_OF_CITY: Final = _areas()
REGION_OF_CITY: Final = np.where(AREA_OF_CITY == NOWHERE, np.arange(CITIES), AREA_OF_CITY) % REGIONS


class SimulatedPlaces:
    """What a gazetteer would know of this world."""

    def share(self, place: NodeSpec) -> float | None:
        match place.dimension:
            case Dimension.CITY | Dimension.AREA:
                return float(PEOPLE[int(place.value) % CITIES])
            case Dimension.REGION:
                region = int(place.value.partition(".")[2])
                return float(PEOPLE[region == REGION_OF_CITY].sum())
            case _:
                return None

    def area_of(self, city: int) -> int | None:
        area = int(AREA_OF_CITY[city % CITIES])
        return None if area == NOWHERE else city - city % CITIES + area

    def region_of(self, city: int) -> str | None:
        return f"{COUNTRIES[city // CITIES]}.{REGION_OF_CITY[city % CITIES]}"


def spec_of(service: int, number: int, countries: tuple[int, ...]) -> NodeSpec:
    """Slice `number` of a service that is used in these countries (numbers, by slot)."""
    part = next(part for part in reversed(_PARTS) if START_OF[part.dimension] <= number)
    slot, value = divmod(number - START_OF[part.dimension], part.per_slot)
    if part.slots == 1:
        return NodeSpec(service, part.dimension, "" if number == 0 else str(value))
    country = COUNTRIES[countries[slot]]
    match part.dimension:
        case Dimension.COUNTRY:
            return NodeSpec(service, part.dimension, country, country)
        case Dimension.REGION:
            return NodeSpec(service, part.dimension, f"{country}.{value}", country)
        case Dimension.NETWORK:
            value = countries[slot] * NETWORKS + value
            return NodeSpec(service, part.dimension, f"AS{value}", country)
        case _:
            return NodeSpec(service, part.dimension, str(countries[slot] * CITIES + value), country)
