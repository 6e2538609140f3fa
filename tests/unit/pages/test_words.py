from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lapwing.web.pages import words


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "0 min"), (59.6, "1 h"), (72, "1 h 12 min"), (1440, "1 day"), (3000, "2 days 2 h")],
)
def test_spans_read_as_people_say_them(minutes: float, text: str) -> None:
    assert words.duration(minutes) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (12, "12 times as many as 15 minutes before"),
        (3.4, "3.4 times as many as 15 minutes before"),
        (1.5, "up 50% in 15 minutes"),
        (1.0, "steady for 15 minutes"),
        (0.5, "down 50% in 15 minutes"),
    ],
)
def test_the_change_reads_as_people_say_it(ratio: float, text: str) -> None:
    assert words.change(ratio) == text


def test_long_lists_of_places_are_cut() -> None:
    assert words.listing(()) == ""
    assert words.listing(("Delhi",)) == "Delhi"
    assert words.listing(("Delhi", "Pune")) == "Delhi and Pune"
    assert words.listing(("Delhi", "Pune", "Agra", "Surat")) == "Delhi, Pune, Agra and 1 more"


def test_the_word_to_print_large_is_cut_off_the_answer() -> None:
    assert words.split_answer("Yes: X fails") == ("Yes", "X fails")
    assert words.split_answer("No: nobody reports more") == ("No", "Nobody reports more")
    assert words.split_answer("X seems fine") == ("", "X seems fine")
    assert words.split_answer("Reported since ten hours: by many") == (
        "",
        "Reported since ten hours: by many",
    )


def test_age_is_told_in_words() -> None:
    now = datetime(2023, 12, 21, 5, 42, tzinfo=UTC)
    assert words.age(now, now - timedelta(seconds=20)) == "less than a minute"
    assert words.age(now, now - timedelta(minutes=4)) == "4 min"


def test_instants_are_told_in_the_zone_of_the_page() -> None:
    at = datetime(2023, 12, 21, 20, 37, tzinfo=UTC)
    assert words.clock(at, "Asia/Kolkata") == "02:07 IST"
    assert words.stamp(at, "Asia/Kolkata") == "22 Dec 2023, 02:07 IST"
    assert words.stamp(at) == "21 Dec 2023, 20:37 UTC"
    assert words.zone(at, "Asia/Kolkata") == "IST (Asia/Kolkata)"
    assert words.zone(at, "UTC") == "UTC"


def test_a_sentence_is_cut_at_the_instant_it_tells() -> None:
    at = datetime(2023, 12, 21, 5, 7, tzinfo=UTC)
    now = at + timedelta(hours=1)
    text = "X has had problems since 10:37 IST; 1,204 reports in 20 minutes"
    assert words.around(text, at, now, "Asia/Kolkata") == (
        "X has had problems since ",
        "10:37 IST",
        "; 1,204 reports in 20 minutes",
    )
    assert words.around(text, at, now, "America/New_York") == (text, "", "")
    assert words.around(text, None, now, "Asia/Kolkata") == (text, "", "")
