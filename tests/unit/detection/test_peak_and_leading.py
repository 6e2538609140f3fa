from __future__ import annotations

import numpy as np

from lapwing.outages.detection.leading import leading_rows, share_of_excess
from lapwing.outages.detection.peak import Peak, peak_of


def test_peak_is_the_largest_minute_and_the_largest_quarter_hour() -> None:
    series = [0] * 20 + [50] + [0] * 20 + [10] * 15 + [0] * 5
    assert peak_of(series) == Peak(per_minute=50, at=20, per_window=150, window_start=41)


def test_peak_of_a_short_or_empty_series() -> None:
    assert peak_of([3, 1]) == Peak(3, 0, 4, 0)
    assert peak_of([]) == Peak(0, 0, 0, 0)


def rows(groups: list[int], excess: list[float], most: int = 8) -> list[int]:
    return leading_rows(np.array(groups), np.array(excess), most).tolist()


def test_slices_are_ranked_by_excess_within_their_group() -> None:
    assert rows([2, 1, 1, 1, 2], [5.0, 40.0, 50.0, -5.0, 80.0]) == [2, 1, 4, 0]


def test_the_first_of_equal_slices_comes_first_and_no_more_than_asked_for() -> None:
    assert rows([3, 3, 3, 3], [1.0, 2.0, 2.0, 2.0], 2) == [1, 2]


def test_no_slices_have_no_leading_ones() -> None:
    assert rows([], []) == []
    assert rows([1], [0.0]) == []


def shares(excess: list[float], reports: float, expected: float, largest: float) -> list[float]:
    whole = np.full(len(excess), reports), np.full(len(excess), expected)
    found = share_of_excess(np.array(excess), *whole, np.full(len(excess), largest))
    return found.round(2).tolist()


def test_a_share_is_of_the_whole_excess() -> None:
    assert shares([50.0, 40.0], 120.0, 20.0, 80.0) == [0.5, 0.4]


def test_a_share_is_never_more_than_the_whole() -> None:
    assert shares([59.0], 60.0, 20.0, 40.0) == [1.0]


def test_one_city_s_excess_leads_where_the_whole_is_as_usual() -> None:
    assert shares([2.0, 107.0, 4.0], 282.0, 280.0, 107.0) == [0.02, 1.0, 0.04]
