"""The benchmark's score on cases small enough to work out by hand.

Twenty rows, a window of rows 10 to 14; three rows of probation. A detection at the window's left
edge is worth 1, at its last row (2 / (1 + e^-1) - 1) / (2 / (1 + e^-5) - 1) = 0.46839.
"""

from __future__ import annotations

import numpy as np
import pytest
from bench.nab_scoring import (
    LOW_FALSE_NEGATIVES,
    LOW_FALSE_POSITIVES,
    STANDARD,
    Labelled,
    Profile,
    best_threshold,
    score_at,
)

LABELLED = Labelled(20, ((10, 14),))


def scored(rows: list[int], labelled: Labelled = LABELLED, profile: Profile = STANDARD) -> float:
    told = np.zeros(labelled.rows)
    told[rows] = 1.0
    return score_at([labelled], [told], profile, 1.0)


def test_nothing_told_is_0_and_the_window_in_its_first_row_100() -> None:
    for profile in (STANDARD, LOW_FALSE_POSITIVES, LOW_FALSE_NEGATIVES):
        assert scored([], profile=profile) == 0.0
        assert scored([10], profile=profile) == pytest.approx(100.0)


def test_late_in_the_window_earns_less() -> None:
    assert scored([14]) == pytest.approx(50 * (1 + 0.468393), abs=1e-3)
    assert scored([14], profile=LOW_FALSE_NEGATIVES) == pytest.approx(
        100 * (2 + 0.468393) / 3, abs=1e-3
    )


def test_only_the_best_row_of_a_window_counts() -> None:
    assert scored([12, 13, 14]) == pytest.approx(scored([12]))
    assert scored([10, 11]) == pytest.approx(100.0)


def test_false_alarms_cost_each_less_just_after_a_window() -> None:
    assert scored([10, 5]) == pytest.approx(100 - 50 * 0.11)
    assert scored([10, 5, 6]) == pytest.approx(100 - 50 * 0.22)
    assert scored([10, 5], profile=LOW_FALSE_POSITIVES) == pytest.approx(100 - 50 * 0.22)
    # A quarter of the window's span behind it: 2 / (1 + e^-1.25) - 1 = 0.554600.
    assert scored([10, 15]) == pytest.approx(100 - 50 * 0.11 * 0.554600, abs=1e-3)


def test_far_behind_a_window_costs_in_full() -> None:
    labelled = Labelled(40, ((10, 12),))
    assert labelled.probation == 6
    assert scored([10, 19], labelled) == pytest.approx(100 - 50 * 0.11)


def test_probation_does_not_count() -> None:
    assert scored([0, 1, 2, 10]) == pytest.approx(100.0)
    assert scored([3, 10]) == pytest.approx(100 - 50 * 0.11)
    assert Labelled(100_000, ()).probation == 750


def test_the_second_window_is_told_from_what_follows_the_first() -> None:
    two = Labelled(30, ((10, 14), (20, 24)))
    assert scored([10, 20], two) == pytest.approx(100.0)
    assert scored([20], two) == pytest.approx(50.0)
    nearer = scored([10, 20, 16], two)
    assert scored([10, 20, 19], two) < nearer < 100.0


def test_best_threshold_weighs_hits_against_false_alarms() -> None:
    scores = np.zeros(20)
    scores[5], scores[10], scores[16] = 0.9, 0.8, 0.7
    threshold, best = best_threshold([LABELLED], [scores], STANDARD)
    assert threshold == 0.8
    assert best == pytest.approx(100 - 50 * 0.11)
    assert score_at([LABELLED], [scores], STANDARD, 0.85) == pytest.approx(-50 * 0.11)
    assert score_at([LABELLED], [scores], STANDARD, 0.95) == 0.0


def test_several_files_are_one_sum() -> None:
    other = Labelled(20, ())
    told, quiet = np.zeros(20), np.zeros(20)
    told[10] = 1.0
    assert score_at([LABELLED, other], [told, quiet], STANDARD, 1.0) == pytest.approx(100.0)
    quiet[8] = 1.0
    assert score_at([LABELLED, other], [told, quiet], STANDARD, 1.0) == pytest.approx(94.5)


def test_window_inside_the_probation_can_be_neither_won_nor_lost() -> None:
    early = Labelled(20, ((0, 1), (10, 14)))
    assert scored([], early) == 0.0
    assert scored([10], early) == pytest.approx(100 * 2 / 3)
