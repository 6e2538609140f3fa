from __future__ import annotations

from lapwing.outages.detection.leading import Counted, leading_slices
from lapwing.outages.detection.peak import Peak, peak_of


def test_peak_is_the_largest_minute_and_the_largest_quarter_hour() -> None:
    series = [0] * 20 + [50] + [0] * 20 + [10] * 15 + [0] * 5
    assert peak_of(series) == Peak(per_minute=50, at=20, per_window=150, window_start=41)


def test_peak_of_a_short_or_empty_series() -> None:
    assert peak_of([3, 1]) == Peak(3, 0, 4, 0)
    assert peak_of([]) == Peak(0, 0, 0, 0)


def test_slices_are_ranked_by_excess_within_their_dimension() -> None:
    shares = leading_slices(
        [
            Counted("city", "delhi", 60, 10.0),
            Counted("city", "mumbai", 45, 5.0),
            Counted("city", "pune", 3, 8.0),
            Counted("platform", "web", 100, 20.0),
        ],
        reports=120,
        expected=20.0,
    )
    assert [(s.dimension, s.value, round(s.excess_share, 2)) for s in shares] == [
        ("city", "delhi", 0.5),
        ("city", "mumbai", 0.4),
        ("platform", "web", 0.8),
    ]


def test_a_share_is_never_more_than_the_whole() -> None:
    (only,) = leading_slices([Counted("city", "delhi", 60, 1.0)], reports=60, expected=20.0)
    assert only.excess_share == 1.0


def test_one_city_s_excess_leads_where_the_whole_is_as_usual() -> None:
    slices = [
        Counted("country", "US", 282, 280.0),
        Counted("city", "4726206", 112, 5.0),
        Counted("city", "4691930", 6, 2.0),
    ]
    ranked = leading_slices(slices, 282, 280.0)
    shares = {one.value: round(one.excess_share, 2) for one in ranked}
    assert shares == {"US": 0.02, "4726206": 1.0, "4691930": 0.04}
