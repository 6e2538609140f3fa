"""How long a post is."""

from __future__ import annotations

import pytest

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.text.measuring import check_length, count_characters, measure
from lapwing.microblog.text.parsing import parse


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("Is X down?", 10),
        ("https://a.bc", 23),
        ("https://example.com/" + "a" * 500 + " !", 25),
        ("example.com", 11),
        ("@bob", 4),
        ("@bob@a.very.long.host.example hi", 7),
        ("#tag", 4),
        ("नमस्ते", 3),
        ("👩‍👩‍👧‍👦🇮🇳🏳️‍🌈", 3),
        ("🇮🇳" * 10, 10),
        ("e\u0301", 1),
        ("한국어", 3),
        ("a\nb", 3),
    ],
)
def test_what_counts(text: str, length: int) -> None:
    assert measure(text) == length


def test_the_warning_counts_too() -> None:
    assert measure("abc", "é!") == 5


def test_a_row_of_flags_is_counted_without_looking_back() -> None:
    assert count_characters("🇮🇳" * 50_000 + "🇮") == 50_001


def test_a_post_that_is_too_long_is_refused_with_its_length() -> None:
    check_length(parse("é" * 500), "", 500)
    with pytest.raises(Refusal, match="501 characters; at most 500"):
        check_length(parse("é" * 499), "ab", 500)
