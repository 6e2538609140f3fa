"""Which posts say that a service fails now."""

from __future__ import annotations

import pytest
from tests.outage_sentences import CLAIMS, NAMES, OTHERS, UNSEEN

from lapwing.microblog.text.outage_claims.claims import LONGEST_READ, OutageClaims

CLAIMED = OutageClaims(NAMES.items())
MISTAKEN = {
    "Three down, two to go",
    "So Spotify decided to die today. Not working at all.",
    "Facebook Messenger... fine. Facebook itself? Down.",
    "インスタ落ちてない？見れないんだけど",
}
"""What the rules get wrong, as far as is known."""
ALL = [*CLAIMS, *((language, text, set[str]()) for language, text in OTHERS), *UNSEEN]


@pytest.mark.parametrize(
    ("text", "slugs"), [(text, slugs) for _, text, slugs in ALL if text not in MISTAKEN]
)
def test_what_a_post_claims(text: str, slugs: set[str]) -> None:
    assert CLAIMED.made_in(text) == slugs


def test_nearly_all_are_understood() -> None:
    """Precision over recall: a wrong claim may count against a service that works."""
    right = wrong = missed = 0
    for _, text, slugs in ALL:
        found = CLAIMED.made_in(text)
        right += len(found & slugs)
        wrong += len(found - slugs)
        missed += len(slugs - found)
    assert len(ALL) > 450
    assert right / (right + wrong) > 0.98
    assert right / (right + missed) > 0.97


def test_what_comes_late_in_a_post_changes_what_it_says() -> None:
    for text in (
        "X is down. Edit: back up now",
        "X was back up for a minute, now it is down again, no wait. It's working again",
        "X is down but it's back",
    ):
        assert CLAIMED.made_in(text) == set()
    assert CLAIMED.made_in("It was back up for a minute. X is down again") == {"x"}


def test_links_and_what_comes_after_the_limit_are_not_read() -> None:
    assert CLAIMED.made_in("https://x.com/is-x-down") == set()
    assert CLAIMED.made_in("a " * (LONGEST_READ // 2) + "X is down") == set()


@pytest.mark.parametrize("case", [str.upper, str.title])
def test_capitals_do_not_matter(case: object) -> None:
    assert callable(case)
    for text in ("is whatsapp down?", "instagram not working", "twitter is down"):
        assert CLAIMED.made_in(case(text))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "✗ ▼ N M",
            "N is down",
            "X " * 400,
            "is X down? " * 90,
            "not " * 240 + "X",
            "X , " * 240,
        ),
        *(
            "#" * 900,
            "#x" * 400,
            "no X " * 200,
            "throwing X errors",
            "\x00X\ud800 down",
            "geht X nicht" * 80,
        ),
    ],
)
def test_no_text_is_too_odd(text: str) -> None:
    assert CLAIMED.made_in(text) <= {"x"}


def test_the_longest_name_is_meant() -> None:
    claims = OutageClaims([("google", ["Google"]), ("google-meet", ["Google Meet"])])
    assert claims.made_in("Google Meet is down") == {"google-meet"}


def test_without_names_nothing_is_claimed() -> None:
    assert OutageClaims([]).made_in("X is down") == set()
