"""A server's first days: ordinary reports are no outage, a burst is."""

import numpy as np
import pytest

from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.rule import Rule
from lapwing.outages.journal import ReportsTaken, TimePassed
from lapwing.outages.model import ReportRow
from lapwing.outages.watch import Watch

START_MIN = 28_400_000


def fresh() -> Watch:
    return Watch(Detector(Rule(), lambda country, minute: 0), lambda slug, of, value: value)


def row(number: int, minute: int, network: int) -> ReportRow:
    return ReportRow(
        id=number,
        at_ms=minute * 60_000,
        service="x",
        country="IN",
        city=number % 7,
        network=f"n{network}",
        block=f"b{number}",
        reporter=f"r{number}",
    )


def feed(watch: Watch, minute: int, rows: list[ReportRow]) -> None:
    watch.apply(minute, ReportsTaken(minute * 60_000, rows))
    watch.apply(minute, TimePassed((minute + 1) * 60_000))


@pytest.mark.parametrize("per_day", [72, 500])
def test_ordinary_reports_from_the_first_minute_are_no_outage(per_day: int) -> None:
    chance = np.random.default_rng(20231221)
    watch = fresh()
    counts = chance.poisson(per_day / 1440, 3 * 1440)
    number = 0
    for minute, count in enumerate(counts.tolist(), START_MIN):
        networks = chance.integers(0, 12, count).tolist()
        feed(watch, minute, [row(number + n, minute, one) for n, one in enumerate(networks)])
        number += count
    assert list(watch.records.incidents) == []


def test_a_burst_in_the_first_hour_is_declared_within_minutes() -> None:
    watch = fresh()
    for minute in range(START_MIN, START_MIN + 30):
        feed(watch, minute, [])
    for minute in range(START_MIN + 30, START_MIN + 33):
        feed(watch, minute, [row(minute * 100 + n, minute, n) for n in range(20)])
    assert len(watch.records.incidents) == 1
