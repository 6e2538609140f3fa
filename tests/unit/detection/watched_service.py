"""Feeds a detector: counts by node and minute in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.local_time import ZoneLocalTime
from lapwing.outages.detection.model import Finding, MinuteCounts, MinuteOutcome, NodeSpec
from lapwing.outages.detection.rule import Rule
from lapwing.outages.model import Dimension

START = 480_000 * 60
"""A full hour in the year 2024."""
RULE = Rule()
LOCAL_TIME = ZoneLocalTime({"IN": "Asia/Kolkata", "US": "America/Chicago"})


def whole(service: int = 0) -> NodeSpec:
    return NodeSpec(service, Dimension.SERVICE, "")


def city(name: str, service: int = 0) -> NodeSpec:
    return NodeSpec(service, Dimension.CITY, name, "US")


def new_detector(*specs: NodeSpec, midstream: bool = False) -> Detector:
    detector = Detector(RULE, LOCAL_TIME)
    detector.add_nodes(specs or [whole()])
    if midstream:
        for spec in specs or [whole()]:
            if spec.dimension is Dimension.SERVICE:
                detector.begin_midstream(spec.service)
    return detector


def minute_counts(minute: int, counts: Mapping[int, int], spread: bool = True) -> MinuteCounts:
    nodes = np.array(sorted(n for n, y in counts.items() if y), dtype=np.int64)
    values = np.array([counts[n] for n in nodes.tolist()], dtype=np.int64)
    return MinuteCounts(minute, nodes, values, np.full(len(nodes), spread))


def close(detector: Detector, counts: Mapping[int, int], spread: bool = True) -> MinuteOutcome:
    """Closes the next minute."""
    minute = START if detector.minute is None else detector.minute + 1
    return detector.close_minute(minute_counts(minute, counts, spread))


def feed(
    detector: Detector, minutes: int, counts: Callable[[int], Mapping[int, int]]
) -> list[Finding]:
    """Closes `minutes` minutes; `counts` is asked with 0, 1, 2, ..."""
    return [f for step in range(minutes) for f in close(detector, counts(step)).findings]


def feed_series(detector: Detector, series: Sequence[int]) -> list[Finding]:
    """Counts of node 0, minute by minute."""
    return feed(detector, len(series), lambda step: {0: series[step]})


def quiet(detector: Detector, minutes: int) -> list[Finding]:
    return feed(detector, minutes, lambda step: {})


def usual(rate: float, minutes: int, seed: int = 0) -> list[int]:
    """Poisson reports at a steady rate per minute."""
    out: list[int] = np.random.default_rng(seed).poisson(rate, minutes).tolist()
    return out


def of_kind(findings: Sequence[Finding], kind: type[Finding]) -> Iterator[Finding]:
    return (finding for finding in findings if isinstance(finding, kind))
