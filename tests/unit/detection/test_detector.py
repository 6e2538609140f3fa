"""From counts to declared outages and their course."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from watched_service import (
    LOCAL_TIME,
    RULE,
    START,
    city,
    close,
    feed,
    feed_series,
    minute_counts,
    new_detector,
    of_kind,
    quiet,
    usual,
    whole,
)

from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.keeping import State
from lapwing.outages.detection.model import (
    Confirmed,
    Declared,
    Finding,
    NodeSpec,
    Receding,
    Recovered,
    Relapsed,
)
from lapwing.outages.model import Dimension

DAY = 1440


def declared(findings: list[Finding]) -> Declared:
    (found,) = of_kind(findings, Declared)
    assert isinstance(found, Declared)
    return found


def settled(rate: float, days: int = 2, *more: NodeSpec) -> Detector:
    """A detector that knows one service's usual rate."""
    specs = [whole(), *more]
    detector = Detector(RULE, LOCAL_TIME)
    detector.load(specs, settled_state(rate, days, *more))
    return detector


@cache
def settled_state(rate: float, days: int, *more: NodeSpec) -> State:
    detector = new_detector(whole(), *more, midstream=True)
    assert feed_series(detector, usual(rate, days * DAY)) == []
    return detector.state()


# --- nobody ever reported


@pytest.mark.parametrize(
    ("series", "latest"),
    [([60], 1), ([10, 10, 10], 3), ([3] * 5, 5), ([1] * 9, 9), ([1, 0, 0] * 7, 19)],
    ids=["60 at once", "10 a minute", "3 a minute", "1 a minute", "1 in 3 minutes"],
)
def test_a_new_service_is_declared_down_within_minutes(series: list[int], latest: int) -> None:
    detector = new_detector()
    quiet(detector, 1)
    findings = feed_series(detector, series)
    assert declared(findings).minute - START <= latest


def test_five_reports_at_once_and_then_nothing_is_no_outage() -> None:
    detector = new_detector()
    assert feed_series(detector, [0, 5] + [0] * 120) == []


def test_a_crowd_from_few_networks_does_not_declare_within_a_minute() -> None:
    detector = new_detector()
    assert not close(detector, {0: 500}, spread=False).findings


def test_a_report_now_and_then_is_no_outage() -> None:
    detector = new_detector()
    days = [0] * (3 * DAY)
    for minute in (100, 900, 1700, 1760, 3000, 4000):
        days[minute] = 1
    assert feed_series(detector, days) == []


# --- a known service


def test_a_steady_service_is_left_alone() -> None:
    detector = settled(0.35)
    assert feed_series(detector, usual(0.35, 2 * DAY, seed=8)) == []


def test_the_reference_outage_is_declared_within_three_minutes_of_its_onset() -> None:
    detector = settled(500 / DAY)
    onset = START + 2 * DAY
    ramp = [round(5.7 * (step + 1)) for step in range(20)]
    found = declared(feed_series(detector, ramp))
    assert found.minute - onset <= 2
    assert abs(found.onset_minute - onset) <= 1
    assert found.node == 0


def test_one_city_in_trouble_is_seen_while_the_rest_is_quiet() -> None:
    detector = settled(0.5, 2, city("San Antonio"), city("Akron"))
    rng = np.random.default_rng(5)

    def counts(step: int) -> dict[int, int]:
        local = int(rng.poisson(0.5))
        return {0: int(rng.poisson(0.5)) + local, 1: local}

    found = declared(feed(detector, 60, counts))
    assert found.node == 1
    assert found.minute - (START + 2 * DAY) <= 25


def test_an_outage_is_confirmed_by_what_follows() -> None:
    detector = settled(0.2)
    findings = feed_series(detector, [8] * 20)
    (confirmed,) = of_kind(findings, Confirmed)
    assert 1 <= confirmed.minute - declared(findings).minute <= 3


def test_a_single_burst_is_never_confirmed() -> None:
    detector = settled(0.2)
    findings = feed_series(detector, [60, *usual(0.2, 120, seed=3)])
    assert declared(findings)
    assert not list(of_kind(findings, Confirmed))


def test_an_outage_ends_where_the_calm_began() -> None:
    detector = settled(0.5)
    findings = feed_series(detector, usual(20.0, 60, seed=1) + usual(0.5, 60, seed=2))
    (over,) = of_kind(findings, Recovered)
    assert isinstance(over, Recovered)
    assert abs(over.end_minute - (START + 2 * DAY + 60)) <= 1
    assert over.minute - over.end_minute <= 12
    assert [type(f) for f in findings] == [Declared, Confirmed, Receding, Recovered]


def test_a_dip_does_not_end_an_outage() -> None:
    detector = settled(0.5)
    dip = usual(20.0, 40, seed=1) + usual(12.0, 15, seed=2) + usual(20.0, 40, seed=3)
    assert not list(of_kind(feed_series(detector, dip), Recovered))


def test_a_short_silence_is_a_relapse_not_two_outages() -> None:
    detector = settled(0.5)
    findings = feed_series(detector, [20] * 40 + [0] * 6 + [20] * 40)
    assert list(of_kind(findings, Relapsed))
    assert not list(of_kind(findings, Recovered))
    assert declared(findings)


def test_the_fading_tail_of_an_outage_is_not_the_next_one() -> None:
    detector = settled(0.5)
    rng = np.random.default_rng(2)
    tail = [int(rng.poisson(200 * 2 ** (-step / 15))) for step in range(180)]
    findings = feed_series(detector, [200] * 40 + tail)
    assert declared(findings)
    assert list(of_kind(findings, Recovered))


def test_after_one_city_s_outage_the_rest_of_the_service_is_still_watched() -> None:
    detector = settled(0.5, 2, city("San Antonio"), city("Akron"))
    feed(detector, 60, lambda step: {0: 2, 1: 2})
    quiet(detector, 90)
    assert not detector.is_open(0)
    assert declared(feed_series(detector, [8] * 10))


def test_after_one_city_s_outage_the_next_city_s_is_seen() -> None:
    detector = settled(0.5, 2, city("San Antonio"), city("Akron"))
    feed(detector, 60, lambda step: {0: 2, 1: 2})
    quiet(detector, 90)
    found = declared(feed(detector, 40, lambda step: {0: step % 2, 2: step % 2}))
    assert found.node == 2


def test_an_outage_that_never_ends_becomes_normal() -> None:
    detector = settled(0.5)
    findings = feed_series(detector, usual(3.0, 2 * DAY + DAY // 2, seed=6))
    assert list(of_kind(findings, Recovered))


# --- the operator's word


def test_dismissed_trouble_is_not_declared_again() -> None:
    detector = settled(0.5)
    assert declared(feed_series(detector, usual(3.0, 60, seed=1)))
    detector.dismiss(0, 0)
    assert not detector.is_open(0)
    assert feed_series(detector, usual(3.0, DAY, seed=2)) == []


def test_an_operator_opens_an_outage_by_hand() -> None:
    detector = settled(0.5)
    detector.declare(0, 0, START + 2 * DAY - 5)
    assert detector.is_open(0)
    findings = feed_series(detector, usual(0.5, 120, seed=1))
    assert list(of_kind(findings, Recovered))


def test_a_reopened_outage_goes_on() -> None:
    detector = settled(0.5)
    feed_series(detector, [20] * 40 + [0] * 30)
    assert not detector.is_open(0)
    detector.reopen(0, 0)
    assert detector.is_open(0)
    assert list(of_kind(feed_series(detector, [0] * 60), Recovered))


# --- use


def test_minutes_must_follow_one_another() -> None:
    detector = new_detector()
    close(detector, {})
    with pytest.raises(ValueError, match="does not follow"):
        detector.close_minute(minute_counts(START + 2, {}))


def test_a_slice_of_an_unknown_service_is_refused_and_nothing_added() -> None:
    detector = new_detector()
    with pytest.raises(ValueError, match="unknown service"):
        detector.add_nodes([whole(1), city("Akron", service=7)])
    assert len(detector) == 1


def test_services_are_numbered_in_order() -> None:
    with pytest.raises(ValueError, match="1 is next"):
        new_detector().add_nodes([whole(2)])


def test_nodes_are_numbered_in_the_order_added_while_it_runs() -> None:
    detector = new_detector()
    quiet(detector, 25)
    numbers = detector.add_nodes([city("Akron"), whole(1), NodeSpec(1, Dimension.COUNTRY, "IN")])
    assert numbers.tolist() == [1, 2, 3]
    outcome = close(detector, {1: 1, 3: 2})
    assert len(outcome.expected) == len(outcome.upper) == len(outcome.log_evidence) == 2


def test_checkpoints_of_other_slices_are_refused() -> None:
    state = new_detector(whole(), city("Akron")).state()
    with pytest.raises(ValueError, match="checkpoint"):
        Detector(RULE, LOCAL_TIME).load([whole(), city("Toledo")], state)


def test_time_in_which_nobody_listened_is_skipped() -> None:
    detector = settled(0.5)
    minute = detector.minute
    assert minute is not None
    detector.skip_to(minute + 1000)
    assert detector.close_minute(minute_counts(minute + 1000, {0: 1})).findings == ()
