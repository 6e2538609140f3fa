import numpy as np
import pytest

from lapwing.outages.evaluation.comparators import FIXED, NAMES
from lapwing.outages.evaluation.delay_run import EXTENTS, MISSED, WITHIN, CohortOutages, Outages
from lapwing.outages.evaluation.delay_scores import OURS, columns, pool
from lapwing.outages.evaluation.farrington import Sampled, delays_of

SERVICES = 40


def cohort(our_delay: float, their_minute: int) -> CohortOutages:
    """All outages everywhere, 5 times, at once; every other rule is above its quiet peak from
    `their_minute` on."""
    highest = np.zeros((SERVICES, WITHIN))
    highest[:, their_minute - 1 :] = 2.0
    zeros = np.zeros(SERVICES, dtype=np.int64)
    outages = Outages(
        service=np.arange(SERVICES),
        per_day=np.full(SERVICES, 100.0),
        extent=zeros,
        size=zeros + 1,
        shape=zeros,
        delay_min=np.full(SERVICES, our_delay),
        highest=dict.fromkeys(NAMES, highest),
        onset_minute=zeros,
        buckets=np.zeros((SERVICES, 0)),
    )
    peaks = {(name, extent): np.ones((8, SERVICES)) for name in NAMES for extent in range(3)}
    return CohortOutages([outages], peaks, outages.per_day, 2.0)


def test_a_rule_that_is_sooner_is_said_to_be_better() -> None:
    (by_size, by_shape) = columns(pool([cohort(our_delay=20.0, their_minute=12)], 0.1))

    assert by_size.name == f"{EXTENTS[0]}, 5 times"
    assert by_size.outages == by_shape.outages == SERVICES
    ours, *others = by_size.scores
    assert (ours.rule, ours.median_min, ours.better) == (OURS, 20.0, ())
    assert {score.median_min for score in others} == {12.0}
    assert all(score.better == ("median", "90 %", "mean") for score in others)


def test_a_rule_that_misses_is_not() -> None:
    made = cohort(our_delay=59.0, their_minute=WITHIN + 1)

    ours, *others = columns(pool([made], 0.1))[0].scores

    assert ours.missed == 0.0
    assert {score.median_min for score in others} == {MISSED}
    assert {score.missed for score in others} == {1.0}
    assert not any(score.better for score in others)


def test_thresholds_come_from_quiet_weeks() -> None:
    made = cohort(our_delay=20.0, their_minute=12)
    for extent in range(len(EXTENTS)):
        made.peaks[FIXED, extent] = np.full((8, SERVICES), 3.0)

    scores = {score.rule: score for score in columns(pool([made], 0.1))[0].scores}

    assert scores[FIXED].missed == 1.0


def test_a_bucket_is_known_at_its_end_and_only_after_the_onset() -> None:
    case = Sampled(np.zeros(10), judged=6, onset_min=20, size=1, our_delay_min=7.0)
    alarms = np.array([[True, False, True, False, False, False], [False] * 6])

    (score,) = delays_of([case, case], alarms)

    assert (score.times, score.outages) == (5, 2)
    assert score.median_min == pytest.approx(25.0)
    assert score.missed == 0.5
    assert score.our_median_min == 7.0
