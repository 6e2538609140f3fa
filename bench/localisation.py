"""Where and for whom: how often the answer is right, how often a place is made up, and how fast.

`python -m bench localisation`. Cases are made: 40 cities, 4 platforms, 6 symptoms and 15 networks;
5 to 200 ordinary reports in a window and 30 to 3,000 above them, in a subset of one to three
dimensions; for false answers, everywhere, with shares tilted by a log-normal factor. Speed is
measured on a world of 10,000 slices in five dimensions. In the storm a whole watch has 300 services
that fail in one minute. Times are processor times.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from lapwing.kernel.instants import Minute
from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.localisation.problem import NO_GROUP, Axis, Level, Problem
from lapwing.outages.detection.localisation.scan import Part, localise
from lapwing.outages.detection.model import FloatArray, IntArray
from lapwing.outages.detection.rule import Rule
from lapwing.outages.incidents.localising import DISPERSION, TILT
from lapwing.outages.journal import Entry, ReportsTaken, TimePassed
from lapwing.outages.model import ReportRow
from lapwing.outages.watch import Watch

VALUES = (40, 4, 6, 15)
CASES = 300
TILTS = (0.0, 0.2, 0.4)
WORLD_REPORTS = 50_000
CITIES, AREAS, REGIONS, COUNTRIES, NETWORKS = 6_000, 1_500, 400, 60, 2_000
STORM = 300
"""Incidents at once, each of a small service."""
STORM_START = 28_385_280
"""A minute at midnight."""

Wanted = set[tuple[int, int]]


def measure() -> list[dict[str, Any]]:
    return [*_accuracy(), *_made_up(), *_speed(), *_storm()]


def _accuracy() -> Iterator[dict[str, Any]]:
    random = np.random.default_rng(1)
    right = wrong = missed = exact = 0
    spent_ms = []
    for _ in range(CASES):
        problem, wanted = _case(random, local=True)
        began = time.process_time()
        parts = localise(problem)
        spent_ms.append(1000 * (time.process_time() - began))
        found = _named(parts)
        right += len(found & wanted)
        wrong += len(found - wanted)
        missed += len(wanted - found)
        exact += found == wanted
    f1 = 2 * right / (2 * right + wrong + missed)
    yield {"name": "F1 of attributes", "value": f1, "unit": "of 1", "limit": 0.95}
    yield {"name": "cases exactly right", "value": 100 * exact / CASES, "unit": "%"}
    yield {"name": "a case, median", "value": float(np.median(spent_ms)), "unit": "ms"}


def _made_up() -> Iterator[dict[str, Any]]:
    for tilt in TILTS:
        random = np.random.default_rng(2)
        places = 0
        for _ in range(CASES):
            problem, _ = _case(random, local=False, tilt=tilt)
            places += any(not part.everywhere for part in localise(problem))
        yield {
            "name": f"{CASES} outages everywhere, shares tilted by {tilt}: told as local",
            "value": places,
            "unit": "cases",
            "limit": round(0.01 * CASES),
            "better": "lower",
        }


def _case(random: np.random.Generator, *, local: bool, tilt: float = 0.0) -> tuple[Problem, Wanted]:
    ordinary = float(np.exp(random.uniform(np.log(5), np.log(200))))
    excess = float(np.exp(random.uniform(np.log(30), np.log(3000))))
    wanted = _subset(random) if local else set()
    before, above = int(random.poisson(ordinary)), int(random.poisson(excess))
    axes = []
    for dimension, values in enumerate(VALUES):
        shares = random.dirichlet(np.full(values, 3.0))
        if values > 10:
            shares = random.permutation(1.0 / np.arange(1, values + 1))
            shares /= shares.sum()
        weights = shares * np.exp(random.normal(0.0, tilt, values))
        chosen = [value for at, value in wanted if at == dimension]
        if chosen:
            weights = np.where(np.isin(np.arange(values), chosen), weights, 0.0)
        codes = np.concatenate(
            [
                random.choice(values, before, p=shares),
                random.choice(values, above, p=weights / weights.sum()),
            ]
        )
        axes.append(Axis((_level(codes, shares),), TILT))
    return Problem(tuple(axes), np.ones(before + above), ordinary), wanted


def _subset(random: np.random.Generator) -> Wanted:
    """One to three dimensions, one to three values of each, not all of any."""
    dimensions = random.choice(len(VALUES), random.choice([1, 2, 3], p=[0.5, 0.35, 0.15]), False)
    return {
        (int(dimension), int(value))
        for dimension in dimensions
        for value in random.choice(
            VALUES[dimension], random.integers(1, 3 if VALUES[dimension] < 5 else 4), False
        )
    }


def _level(codes: IntArray, shares: FloatArray, groups: IntArray | None = None) -> Level:
    alone = np.full(len(shares), NO_GROUP)
    return Level(codes, shares, alone if groups is None else groups, len(shares))


def _named(parts: tuple[Part, ...]) -> Wanted:
    return {
        (dimension, value)
        for part in parts[:1]
        for dimension, choice in enumerate(part.subset)
        if choice is not None
        for value in choice.values
    }


# --- speed


def _speed() -> Iterator[dict[str, Any]]:
    limited: dict[str, Any] = {"unit": "ms", "limit": 200, "better": "lower"}
    for name, local in (("one area's", True), ("an outage everywhere", False)):
        problem = _world(np.random.default_rng(3), WORLD_REPORTS, 3000.0, local=local)
        spent_ms = min(_spent_ms(problem) for _ in range(5))
        yield {"name": f"10,000 slices, 50,000 reports, {name}", "value": spent_ms} | limited
    random = np.random.default_rng(4)
    storm = [_seen(_world(random, 25, 2.0, local=bool(n % 2))) for n in range(STORM)]
    spent_s = sum(map(_spent_ms, storm)) / 1000
    yield {"name": f"{STORM} incidents of 25 reports, all together", "value": spent_s, "unit": "s"}


def _storm() -> Iterator[dict[str, Any]]:
    """Until each of them has its first answer; the clock is told every half second."""
    watch = Watch(Detector(Rule(), lambda country, minute: 0), lambda slug, of, value: value)
    random, minute, position, looks_ms = np.random.default_rng(5), STORM_START, 0, []
    declared: Minute | None = None
    while declared is None or not _all_answered(watch):
        rows = [row for n in range(STORM) for row in _failing(random, f"s{n}", minute)]
        for half in range(120):
            entry: Entry = TimePassed(minute * 60_000 + half * 500)
            if half == 118:
                entry = ReportsTaken(minute * 60_000 + half * 500, rows)
            position += 1
            began = time.process_time()
            watch.apply(position, entry)
            if 1 < half < 118:
                looks_ms.append(1000 * (time.process_time() - began))
        minute += 1
        if declared is None and watch.records.incidents:
            declared = minute - 1
    within = minute - declared
    yield {"name": f"{STORM} at once: first answer of the last", "value": within, "unit": "min"}
    busiest = max(sum(looks_ms[at : at + 116]) for at in range(0, len(looks_ms), 116))
    share = {"value": busiest / 600, "unit": "% of a processor", "limit": 10, "better": "lower"}
    yield {"name": "looks between minutes, the busiest minute"} | share
    yield {"name": "the longest look between minutes", "value": max(looks_ms), "unit": "ms"}


def _all_answered(watch: Watch) -> bool:
    known = watch.records.incidents.values()
    return len(known) == STORM and all(one.localised for one in known)


def _failing(random: np.random.Generator, slug: str, minute: Minute) -> Iterator[ReportRow]:
    """30 reports of a minute, from all over or from one city."""
    local = int(slug[1:]) % 2
    for number in range(30):
        city = 7 if local else int(random.integers(0, 500))
        yield ReportRow(
            id=int(random.integers(1, 1 << 60)),
            at_ms=minute * 60_000 + 1_000 * number,
            service=slug,
            symptom=str(random.integers(0, 6)),
            platform=str(random.integers(0, 4)),
            country=str(city % 20),
            city=city,
            reporter=f"{slug}-{minute}-{number}",
            network=f"n{city % 20}-{random.integers(0, 8)}",
            block=f"b{random.integers(0, 1 << 40)}",
        )


def _spent_ms(problem: Problem) -> float:
    began = time.process_time()
    localise(problem)
    return 1000 * (time.process_time() - began)


def _world(random: np.random.Generator, reports: int, ordinary: float, *, local: bool) -> Problem:
    area_of = random.integers(0, AREAS, CITIES)
    region_of = random.integers(0, REGIONS, AREAS)[area_of]
    country_of = random.integers(0, COUNTRIES, REGIONS)[region_of]
    weights = random.pareto(1.1, CITIES) + 0.01
    cities = weights / weights.sum()
    city = random.choice(CITIES, reports, p=cities)
    if local:
        large = int(np.argsort(-np.bincount(area_of, cities))[5])
        inside = np.where(area_of == large, cities, 0.0)
        above = max(0, reports - int(random.poisson(ordinary)))
        city[:above] = random.choice(CITIES, above, p=inside / inside.sum())
    countries = np.bincount(country_of, cities, COUNTRIES)
    home = np.arange(NETWORKS) % COUNTRIES
    customers = random.pareto(1.1, NETWORKS) + 0.01
    within = customers / np.bincount(home, customers)[home]
    network = np.zeros(reports, np.int64)
    for country in range(COUNTRIES):
        here = np.flatnonzero(country_of[city] == country)
        mine = np.flatnonzero(home == country)
        network[here] = random.choice(mine, len(here), p=within[mine])
    levels = tuple(
        _level(of_city[city], np.bincount(of_city, cities, size), country)
        for of_city, size, country in (
            (country_of, COUNTRIES, np.arange(COUNTRIES)),
            (region_of, REGIONS, _home(region_of, country_of, REGIONS)),
            (area_of, AREAS, _home(area_of, country_of, AREAS)),
            (np.arange(CITIES), CITIES, country_of),
        )
    )
    plain = [np.array([0.4, 0.3, 0.2, 0.1]), np.full(8, 0.125)]
    drawn = [_level(random.choice(len(one), reports, p=one), one) for one in plain]
    axes = [levels, *((one,) for one in drawn), (_level(network, within * countries[home], home),)]
    return Problem(
        tuple(Axis(one, TILT) for one in axes), np.ones(reports), ordinary, DISPERSION, countries
    )


def _seen(problem: Problem) -> Problem:
    """With the values alone that reports name, as an incident's problem is posed."""
    axes = []
    for axis in problem.axes:
        levels = []
        for level in axis.levels:
            seen, codes = np.unique(level.codes, return_inverse=True)
            levels.append(Level(codes, level.shares[seen], level.groups[seen], level.values))
        axes.append(Axis(tuple(levels), axis.tilt))
    return replace(problem, axes=tuple(axes))


def _home(of_city: IntArray, country_of: IntArray, size: int) -> IntArray:
    home = np.full(size, NO_GROUP)
    home[of_city] = country_of
    return home
