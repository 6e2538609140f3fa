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


def test_the_whole_weeks_pattern_moves_along_with_growth(hours: HourOfWeek) -> None:
    learn_flat(hours, 168, rate=1.0)
    grow(hours, 168, rate=1.0, doubling_days=1.5)

    while_small, at_the_end = rate_at(hours, 168 + 6), rate_at(hours, 168 + 162)
    assert at_the_end < 3.0 * while_small  # it has grown to the twentyfold in between
    assert day_level(hours) < 2.0


def test_of_a_service_that_grows_hours_teach_the_pattern_and_not_the_growth(
    hours: HourOfWeek,
) -> None:
    learn_flat(hours, 168, rate=1.0)
    before = rate_at(hours, 5)
    hours._profiles["day_level"][:] = 4.0
    hours._profiles["day_seen"][:] = 8000.0
    hours.learn(at(173), 240.0 * ONE, 240.0 * ONE, ONE, 60.0)

    assert rate_at(hours, 5) == pytest.approx(before, rel=0.01)


def test_what_is_not_learnt_yet_is_no_growth(hours: HourOfWeek) -> None:
    for hour in range(48):
        pattern = 60.0 * hours.rates_at(at(hour), ONE)
        hours.learn(at(hour), 30.0 * ONE, pattern, ONE, 60.0)
        hours.follow_days(30.0 * ONE, pattern, ONE)

    assert rate_at(hours, 40) == pytest.approx(0.5, rel=0.05)


def test_chance_at_a_quiet_service_is_no_growth(hours: HourOfWeek) -> None:
    learn_flat(hours, 168, rate=0.005)
    before = hours._profiles["minutes"].sum()
    for _ in range(2):
        hours.follow_days(3.0 * ONE, 0.3 * ONE, ONE)

    assert day_level(hours) > 1.3
    assert hours._profiles["minutes"].sum() == before


def test_more_doubt_is_added_while_a_service_grows(hours: HourOfWeek) -> None:
    assert hours.growth_doubt()[0] == 0.0
    hours._profiles["day_level"][:] = 2.0
    assert hours.growth_doubt()[0] == pytest.approx(0.22, abs=0.01)


def test_little_is_known_of_the_hours_of_a_service_that_has_just_begun(hours: HourOfWeek) -> None:
    assert effective(hours) < 4.0
    learn_flat(hours, 24 * 28, rate=0.1)
    assert effective(hours) > 40.0


def at(hour: int) -> np.ndarray:
    return np.array([hour])


def rate_at(hours: HourOfWeek, hour: int) -> float:
    return float(hours.rates_at(at(hour), ONE)[0])


def effective(hours: HourOfWeek) -> float:
    hours.look_ahead(at(12), ONE, slice(None))
    return float(hours._profiles["effective"][0])


def learn_flat(hours: HourOfWeek, number: int, *, rate: float) -> None:
    for hour in range(number):
        counts = 60.0 * rate * ONE
        hours.learn(at(hour), counts, counts, ONE, 60.0)


def grow(hours: HourOfWeek, start: int, *, rate: float, doubling_days: float) -> None:
    for hour in range(168):
        counts = 60.0 * rate * 2.0 ** (hour / 24.0 / doubling_days) * ONE
        pattern = 60.0 * hours.rates_at(at(start + hour), ONE)
        hours.learn(at(start + hour), counts, pattern * day_level(hours), ONE, 60.0)
        hours.follow_days(counts, pattern, ONE)
