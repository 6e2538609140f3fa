from datetime import UTC, datetime, timedelta

import pytest

from lapwing.outages.story.wording import (
    Times,
    about,
    capital,
    counted,
    listed,
    ordinal,
    percent,
    sentence,
    short_span,
    span,
)

ONSET = datetime(2023, 12, 21, 5, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (0, "0"),
        (37, "37"),
        (999, "999"),
        (1_000, "1,000"),
        (1_204, "about 1,200"),
        (9_960, "around 10,000"),
        (65_312, "around 65,000"),
        (1_234_567, "around 1,200,000"),
    ],
)
def test_large_numbers_are_told_to_two_figures(number: int, told: str) -> None:
    assert about(number) == told


def test_one_is_singular_and_none_is_plural() -> None:
    assert counted(1, "report", "reports") == "1 report"
    assert counted(0, "report", "reports") == "0 reports"


@pytest.mark.parametrize(
    ("minutes", "long", "short"),
    [
        (0, "under a minute", "under a minute"),
        (1, "1 minute", "1 min"),
        (45, "45 minutes", "45 min"),
        (60, "1 hour", "1 h"),
        (78, "1 hour 18 minutes", "1 h 18 min"),
        (125, "2 hours 5 minutes", "2 h 5 min"),
        (1_440, "1 day", "1 d"),
        (1_445, "1 day", "1 d"),
        (3_061, "2 days 3 hours", "2 d 3 h"),
    ],
)
def test_a_span_is_told_in_its_two_largest_units(minutes: int, long: str, short: str) -> None:
    assert span(minutes) == long
    assert short_span(minutes) == short


@pytest.mark.parametrize(
    ("number", "told"),
    [(2, "second"), (9, "ninth"), (11, "11th"), (21, "21st"), (112, "112th"), (33, "33rd")],
)
def test_ordinals(number: int, told: str) -> None:
    assert ordinal(number) == told


def test_lists_read_as_english() -> None:
    assert listed([]) == ""
    assert listed(["Delhi"]) == "Delhi"
    assert listed(["Delhi", "Mumbai"]) == "Delhi and Mumbai"
    assert listed(["Delhi", "Mumbai", "Nagpur"]) == "Delhi, Mumbai and Nagpur"
    assert listed(["Android", "iPhone and iPad"]) == "Android; iPhone and iPad"


def test_small_shares_are_not_told_as_nothing() -> None:
    assert percent(0.004) == "under 1 %"
    assert percent(0.64) == "64 %"


def test_a_sentence_keeps_its_own_end_and_a_brand_its_spelling() -> None:
    assert sentence("is  it\nover?") == "Is it over?"
    assert sentence('Most say "Can\'t log in"') == 'Most say "Can\'t log in".'
    assert sentence("  ") == ""
    assert capital("iCloud has problems") == "iCloud has problems"


def test_times_are_told_in_the_zone_with_its_name() -> None:
    india = Times("Asia/Kolkata")
    assert india.with_zone(ONSET) == "10:37 IST"
    assert Times("America/Argentina/Buenos_Aires").with_zone(ONSET) == "02:07 UTC-3"
    assert Times("Asia/Kathmandu").with_zone(ONSET) == "10:52 UTC+5:45"
    assert Times("UTC").with_zone(ONSET) == "05:07 UTC"


def test_another_day_is_named() -> None:
    india = Times("Asia/Kolkata")
    assert india.since(ONSET, ONSET + timedelta(hours=2)) == "10:37 IST"
    assert india.since(ONSET, ONSET + timedelta(hours=20)) == "10:37 IST yesterday"
    assert india.since(ONSET, ONSET + timedelta(days=2)) == "10:37 IST on 21 December"
    assert india.since(ONSET, ONSET + timedelta(days=20)) == "10:37 IST on 21 December 2023"


def test_a_span_over_midnight_or_new_year_names_both_days() -> None:
    times = Times("UTC")
    late = datetime(2023, 12, 30, 23, 40, tzinfo=UTC)
    assert times.from_to(late, late + timedelta(minutes=5)) == (
        "from 23:40 to 23:45 UTC on 30 December 2023"
    )
    assert times.from_to(late, late + timedelta(hours=1)) == (
        "from 23:40 on 30 December to 00:40 UTC on 31 December 2023"
    )
    assert times.from_to(late, late + timedelta(hours=25)) == (
        "from 23:40 on 30 December 2023 to 00:40 UTC on 1 January 2024"
    )
