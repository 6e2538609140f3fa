"""A service's last hours, from the live window: series, bars and dots."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from lapwing.kernel.instants import Minute
from lapwing.outages.incidents.figures import Label
from lapwing.outages.incidents.model import Scope
from lapwing.outages.model import Dimension
from lapwing.outages.places.gazetteer import Gazetteer
from lapwing.outages.views import Bar, CityDot, Point, Series
from lapwing.outages.watch import Watch

DAY_MIN = 1440
HOUR_MIN = 60
STEP_MIN = 5
SPARK_STEP_MIN = 30

Sums = dict[tuple[Dimension, str], int]


def series_of(watch: Watch, slug: str) -> Series:
    """The last 24 hours in steps that end with the last closed minute."""
    end = watch.present_minute
    service = watch.nodes.find_service(slug)
    if service is None:
        points = [Point(minute, 0, 0.0, 0.0) for minute in range(end - DAY_MIN, end, STEP_MIN)]
        return Series(STEP_MIN, tuple(points))
    start = end - DAY_MIN
    return stepped(
        start,
        watch.windows.totals(service, start, end).tolist(),
        watch.windows.expected(service, start, end).tolist(),
        watch.windows.upper(service, start, end).tolist(),
        STEP_MIN,
    )


def stepped(
    start: Minute,
    totals: list[int],
    expected: list[float],
    upper: list[float],
    step_min: int,
) -> Series:
    """Minutes summed to steps; margins of independent minutes add up in squares."""
    points = []
    for low in range(0, len(totals), step_min):
        part = slice(low, low + step_min)
        middle = sum(expected[part])
        margins = (high - mean for high, mean in zip(upper[part], expected[part], strict=True))
        edge = middle + math.sqrt(sum(margin * margin for margin in margins))
        points.append(Point(start + low, sum(totals[part]), round(middle, 2), round(edge, 2)))
    return Series(step_min, tuple(points))


def sparkline_of(watch: Watch, slug: str) -> tuple[int, ...]:
    """Reports of the last 24 hours in half hours, the open minute included."""
    service = watch.nodes.find_service(slug)
    if service is None:
        return (0,) * (DAY_MIN // SPARK_STEP_MIN)
    end = watch.present_minute + 1
    totals = watch.windows.totals(service, end - DAY_MIN, end)
    totals[-1] += open_count(watch, service)
    return tuple(totals.reshape(-1, SPARK_STEP_MIN).sum(axis=1).tolist())


def open_count(watch: Watch, service: int) -> int:
    """Reports of the minute that is counted now."""
    if watch.open_minute is None:
        return 0
    return watch.open_minute.counts.get(int(watch.nodes.own[service]), 0)


def reports_in(watch: Watch, slug: str, minutes: int) -> int:
    """Reports of the last closed minutes and the open one."""
    service = watch.nodes.find_service(slug)
    if service is None:
        return 0
    end = watch.present_minute
    return int(watch.windows.totals(service, end - minutes, end).sum()) + open_count(watch, service)


def reports_at(watch: Watch, slug: str, scope: Scope | None, minutes: int) -> int:
    """The same of a part of the service."""
    if scope is None:
        return reports_in(watch, slug, minutes)
    counts = watch.live_sums(slug, minutes)
    return counts.get((Dimension(scope.dimension), scope.value), 0)


def expected_in(watch: Watch, slug: str, minutes: int) -> float:
    service = watch.nodes.find_service(slug)
    if service is None:
        return 0.0
    end = watch.present_minute
    return round(float(watch.windows.expected(service, end - minutes, end).sum()), 2)


def expected_by_slice(watch: Watch, slug: str, minutes: int) -> dict[tuple[Dimension, str], float]:
    """What would be usual now in `minutes`, by slice that was ever reported on."""
    service = watch.nodes.find_service(slug)
    if service is None or len(watch.detector) == 0:
        return {}
    nodes = np.array(watch.nodes.nodes_of_service[service], np.int64)
    nodes = nodes[nodes < len(watch.detector)]
    rates = watch.detector.expected(nodes) * minutes
    specs = (watch.nodes.specs[node] for node in nodes.tolist())
    return {
        (spec.dimension, spec.value): rate for spec, rate in zip(specs, rates.tolist(), strict=True)
    }


def bars_of(
    slug: str,
    dimension: Dimension,
    sums: Sums,
    expected: Mapping[tuple[Dimension, str], float],
    label: Label,
    limit: int,
) -> tuple[Bar, ...]:
    """The slices of a dimension with the most reports first."""
    mine = [(value, count) for (of, value), count in sums.items() if of is dimension]
    whole = sum(count for _, count in mine) or 1
    mine.sort(key=lambda pair: (-pair[1], pair[0]))
    return tuple(
        Bar(
            dimension,
            value,
            label(slug, dimension, value),
            count,
            round(expected.get((dimension, value), 0.0), 2),
            round(count / whole, 4),
        )
        for value, count in mine[:limit]
    )


def dots_of(
    sums: Sums,
    expected: Mapping[tuple[Dimension, str], float],
    gazetteer: Gazetteer,
    limit: int = 400,
) -> tuple[CityDot, ...]:
    """Cities, and for reports without a city their country's middle; most reports first.

    Places that the gazetteer does not have (any more) are on no map.
    """
    cities = [
        (city, count, expected.get((dimension, value), 0.0))
        for (dimension, value), count in sums.items()
        if dimension is Dimension.CITY and (city := gazetteer.find_by_id(int(value))) is not None
    ]
    dots = [
        CityDot(city.id, city.name, city.country, city.latitude, city.longitude, count, round(m, 2))
        for city, count, m in cities
    ]
    dots.extend(_country_dots(sums, expected, gazetteer, dots))
    dots.sort(key=lambda dot: (-dot.reports, dot.label))
    return tuple(dots[:limit])


def _country_dots(
    sums: Sums,
    expected: Mapping[tuple[Dimension, str], float],
    gazetteer: Gazetteer,
    city_dots: Iterable[CityDot],
) -> list[CityDot]:
    in_cities: dict[str, int] = {}
    expected_in_cities: dict[str, float] = {}
    for dot in city_dots:
        in_cities[dot.country] = in_cities.get(dot.country, 0) + dot.reports
        expected_in_cities[dot.country] = expected_in_cities.get(dot.country, 0.0) + dot.expected
    dots = []
    for (dimension, code), count in sums.items():
        rest = count - in_cities.get(code, 0)
        if dimension is not Dimension.COUNTRY or rest <= 0:
            continue
        known = gazetteer.find_country(code)
        if known is None:
            continue
        country = gazetteer.country(known)
        usual = expected.get((dimension, code), 0.0) - expected_in_cities.get(code, 0.0)
        dots.append(
            CityDot(
                None,
                country.name,
                code,
                country.latitude,
                country.longitude,
                rest,
                round(max(0.0, usual), 2),
            )
        )
    return dots
