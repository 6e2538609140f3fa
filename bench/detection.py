"""The detector's speed: whole path from a minute's counts to its decisions, and replays.

`python -m bench detection`. A series-minute is one minute of one slice, whether or not anybody
reported there. Times are processor times, so that other work on the machine matters less.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.local_time import ZoneLocalTime
from lapwing.outages.detection.model import IntArray, MinuteCounts, NodeSpec
from lapwing.outages.detection.rule import DIMENSIONS, Rule
from lapwing.outages.model import Dimension

START = 480_000 * 60
MIX = (
    (Dimension.COUNTRY, 0.04),
    (Dimension.REGION, 0.2),
    (Dimension.CITY, 0.5),
    (Dimension.PLATFORM, 0.02),
    (Dimension.SYMPTOM, 0.04),
    (Dimension.NETWORK, 0.2),
)


def measure() -> list[dict[str, Any]]:
    rows = [
        _live("10,000 services x 200 slices, a third of them with reports", 10_000, 200, 1 / 3, 20),
        _live("10,000 services x 200 slices, 1 in 200 with reports", 10_000, 200, 1 / 200, 40),
    ]
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    rows += [
        {
            "name": "memory of that process at its peak, minutes included",
            "value": peak_gb,
            "unit": "GB",
            "limit": 2.0,
            "better": "lower",
        },
        _live("1,000 services x 20 slices, a third of them with reports", 1000, 20, 1 / 3, 300),
        _live("1,000 services x 20 slices, 1 in 100 with reports", 1000, 20, 0.01, 600),
        _replay("replay of 3 weeks, 150 services x 50 slices", (150, 50), 21, 15_000, 20.0),
        _replay("replay of 14 days, one service x 2,000 slices", (1, 2000), 14, 500, 15.0),
    ]
    return rows


def _live(name: str, services: int, slices: int, busy: float, minutes: int) -> dict[str, Any]:
    drawn = _scattered(services * slices, busy)
    feed = (replace(drawn[minute % len(drawn)], minute=START + minute) for minute in range(minutes))
    seconds = _feed(services, slices, feed)
    rate = services * slices * minutes / seconds
    return {"name": name, "value": rate, "unit": "series-minutes/s", "limit": 5e6}


def _replay(
    name: str, size: tuple[int, int], days: int, reports_a_day: int, limit_s: float
) -> dict[str, Any]:
    services, slices = size
    drawn = _reported(services, slices, days * 1440, reports_a_day / 1440)
    seconds = _feed(services, slices, drawn)
    return {"name": name, "value": seconds, "unit": "s", "limit": limit_s, "better": "lower"}


def _feed(services: int, slices: int, minutes: Iterable[MinuteCounts]) -> float:
    """Processor seconds for closing these minutes."""
    detector = Detector(Rule(), ZoneLocalTime({}))
    detector.add_nodes([spec for number in range(services) for spec in _specs(number, slices)])
    for number in range(services):
        detector.begin_midstream(number)
    began = time.process_time()
    for counts in minutes:
        detector.close_minute(counts)
    return time.process_time() - began


def _specs(service: int, slices: int) -> list[NodeSpec]:
    specs = [NodeSpec(service, Dimension.SERVICE, "")]
    for dimension, share in MIX:
        count = max(1, round(share * slices))
        specs += [NodeSpec(service, dimension, str(value)) for value in range(count)]
    cities = range(slices, 2 * slices)
    specs += [NodeSpec(service, Dimension.CITY, str(value)) for value in cities]
    return specs[:slices]


def _scattered(nodes: int, busy: float) -> list[MinuteCounts]:
    """A few minutes in which a share `busy` of all slices has reports, to be used in turn."""
    rng = np.random.default_rng(1)
    drawn = []
    for _ in range(16 if nodes < 100_000 else 4):
        touched: IntArray = np.flatnonzero(rng.random(nodes) < busy)
        reports = rng.geometric(0.6, len(touched))
        drawn.append(MinuteCounts(0, touched, reports, np.ones(len(touched), dtype=np.bool_)))
    return drawn


def _reported(services: int, slices: int, minutes: int, rate: float) -> list[MinuteCounts]:
    """Reports at `rate` a minute, each at its service and at one slice of every dimension."""
    rng = np.random.default_rng(1)
    dimension = np.array([DIMENSIONS.index(spec.dimension) for spec in _specs(0, slices)])
    groups = [np.flatnonzero(dimension == code) for code in np.unique(dimension)]
    drawn = []
    for minute in range(minutes):
        service = rng.integers(0, services, rng.poisson(rate)) * slices
        picked = [
            service + group[(rng.random(len(service)) ** 3 * len(group)).astype(np.int64)]
            for group in groups
        ]
        nodes, counts = np.unique(np.concatenate(picked), return_counts=True)
        drawn.append(MinuteCounts(START + minute, nodes, counts, np.ones(len(nodes), np.bool_)))
    return drawn
