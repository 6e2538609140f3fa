"""The normal rate is learnt from normal hours, by civil time, and not from outages."""

from __future__ import annotations

import numpy as np
import pytest
from watched_service import close, feed, feed_series, new_detector, quiet, usual, whole

from lapwing.outages.detection.baseline import HourOfWeek
from lapwing.outages.detection.layout import Tables
from lapwing.outages.detection.model import Declared, NodeSpec
from lapwing.outages.detection.rule import Rule
from lapwing.outages.model import Dimension

DAY = 1440
OWN = np.array([0])


def test_the_usual_rate_is_learnt_within_two_days() -> None:
    detector = new_detector(midstream=True)
    feed_series(detector, usual(0.5, 2 * DAY))
    assert detector.expected(OWN)[0] == pytest.approx(0.5, rel=0.2)


def test_an_outage_teaches_nothing() -> None:
    detector = new_detector(midstream=True)
    feed_series(detector, usual(0.5, 2 * DAY))
    before = detector.expected(OWN)[0]
    findings = feed_series(detector, usual(10.0, 120, seed=1))
    assert any(isinstance(finding, Declared) for finding in findings)
    feed_series(detector, usual(0.5, 6 * 60, seed=2))
    assert detector.expected(OWN)[0] == pytest.approx(before, rel=0.25)


def test_minutes_in_which_nobody_listened_do_not_lower_the_expectation() -> None:
    detector = new_detector(midstream=True)
    feed_series(detector, usual(0.5, 2 * DAY))
    assert detector.minute is not None
    detector.skip_to(detector.minute + 3 * DAY)
    close(detector, {})
    assert detector.expected(OWN)[0] == pytest.approx(0.5, rel=0.2)


def test_a_daily_pattern_is_followed_after_a_week() -> None:
    tables, one = Tables(Rule()), np.ones(1)
    tables.profiles.extend(1)
    hours = HourOfWeek(Rule(), tables.profiles)
    for hour in range(9 * 24):
        counts = (120.0 if hour % 24 >= 12 else 12.0) * one
        hours.learn(np.array([hour]), counts, counts, one, exposure=60.0)

    quiet_half, busy_half = (hours.rates_at(np.array([9 * 24 + at]), one)[0] for at in (6, 18))
    assert quiet_half == pytest.approx(0.2, rel=0.5)
    assert busy_half == pytest.approx(2.0, rel=0.3)


def test_a_slice_takes_its_learnt_share_of_the_whole() -> None:
    detector = new_detector(whole(), NodeSpec(0, Dimension.PLATFORM, "android"), midstream=True)
    rng = np.random.default_rng(4)

    def counts(step: int) -> dict[int, int]:
        reports = int(rng.poisson(1.0))
        return {0: reports, 1: int(rng.binomial(reports, 0.3))}

    feed(detector, 2 * DAY, counts)
    expected = detector.expected(np.array([0, 1]))
    assert expected[1] / expected[0] == pytest.approx(0.3, rel=0.2)


def test_a_new_slice_of_an_old_service_is_expected_to_bring_nearly_nothing() -> None:
    detector = new_detector(midstream=True)
    feed_series(detector, usual(0.5, 2 * DAY))
    fresh = detector.add_nodes([NodeSpec(0, Dimension.CITY, "5128581", "US")])
    assert 0 < detector.expected(fresh)[0] < 0.001


def test_a_service_never_reported_on_is_expected_to_stay_quiet() -> None:
    detector = new_detector()
    quiet(detector, 60)
    assert 0 < detector.expected(OWN)[0] * DAY <= 3.1
