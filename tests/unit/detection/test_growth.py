"""What a week's memory cannot follow: launches, growth, and services with next to no reports."""

from __future__ import annotations

import numpy as np
import pytest

from lapwing.outages.detection.baseline import HourOfWeek
from lapwing.outages.detection.layout import Tables
from lapwing.outages.detection.rule import Rule

RULE = Rule()
ONE = np.ones(1)


@pytest.fixture
def hours() -> HourOfWeek:
    tables = Tables(RULE)
    tables.profiles.extend(1)
    return HourOfWeek(RULE, tables.profiles)


def day_level(hours: HourOfWeek) -> float:
    return float(hours._profiles["day_level"][0])


def test_single_reports_teach_however_little_was_expected(hours: HourOfWeek) -> None:
    expected = 0.001 * ONE
    assert hours.weights(ONE, expected)[0] == 1.0
    assert hours.weights(2.0 * ONE, expected)[0] == 1.0
    assert hours.weights(12.0 * ONE, expected)[0] < 0.01


def test_growth_that_doubles_every_day_is_followed_within_a_factor_of_two(
    hours: HourOfWeek,
) -> None:
    for hour in range(72):
        hours.follow_days(10.0 * 2.0 ** (hour / 24.0) * ONE, 10.0 * ONE, ONE)

    assert 4.0 < day_level(hours) <= 8.0


def test_hours_of_an_outage_leave_the_days_level_as_it_is(hours: HourOfWeek) -> None:
    for _ in range(48):
        hours.follow_days(10.0 * ONE, 10.0 * ONE, ONE)
    before = day_level(hours)
    for _ in range(6):
        hours.follow_days(500.0 * ONE, 10.0 * ONE, 0.0 * ONE)

    assert day_level(hours) == before == pytest.approx(1.0, abs=0.01)


def test_one_wild_hour_moves_the_days_level_little(hours: HourOfWeek) -> None:
    for _ in range(48):
        hours.follow_days(10.0 * ONE, 10.0 * ONE, ONE)
    hours.follow_days(500.0 * ONE, 10.0 * ONE, ONE)

    assert day_level(hours) < 1.15
