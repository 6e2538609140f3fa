"""Which posts say that a service fails now."""

from __future__ import annotations

import pytest
from tests.outage_sentences import CLAIMS, NAMES, OTHERS, UNSEEN

from lapwing.microblog.text.outage_claims.claims import LONGEST_READ, claims_outage
from lapwing.microblog.text.outage_claims.names import ServiceNames

SERVICES = ServiceNames(NAMES.items())
MISTAKEN = {
    "Three down, two to go",
    "So Spotify decided to die today. Not working at all.",
    "Facebook Messenger... fine. Facebook itself? Down.",
    "インスタ落ちてない？見れないんだけど",
}
"""What the rules get wrong, as far as is known."""
ALL = [*CLAIMS, *((language, text, set[str]()) for language, text in OTHERS), *UNSEEN]


@pytest.mark.parametrize(
    ("language", "text", "slugs"), [each for each in ALL if each[1] not in MISTAKEN]
)
def test_what_a_post_claims(language: str, text: str, slugs: set[str]) -> None:
    assert claims_outage(text, language, SERVICES) == slugs


def test_nearly_all_are_understood() -> None:
    """Precision over recall: a wrong claim may count against a service that works."""
    right = wrong = missed = 0
    for language, text, slugs in ALL:
        found = claims_outage(text, language, SERVICES)
        right += len(found & slugs)
        wrong += len(found - slugs)
        missed += len(slugs - found)
    assert len(ALL) > 450
    assert right / (right + wrong) > 0.98
    assert right / (right + missed) > 0.97


@pytest.mark.parametrize("text", [text for _, text, slugs in CLAIMS if slugs][::5])
def test_the_language_is_only_a_hint(text: str) -> None:
    assert claims_outage(text, "en", SERVICES) == claims_outage(text, None, SERVICES)


def test_what_comes_late_in_a_post_changes_what_it_says() -> None:
    for text in (
        "X is down. Edit: back up now",
        "X was back up for a minute, now it is down again, no wait. It's working again",
        "X is down but it's back",
    ):
        assert claims_outage(text, "en", SERVICES) == set()
    assert claims_outage("It was back up for a minute. X is down again", "en", SERVICES) == {"x"}


def test_links_and_what_comes_after_the_limit_are_not_read() -> None:
    assert claims_outage("https://x.com/is-x-down", "en", SERVICES) == set()
    assert claims_outage("a " * (LONGEST_READ // 2) + "X is down", "en", SERVICES) == set()


@pytest.mark.parametrize("case", [str.upper, str.title])
def test_capitals_do_not_matter(case: object) -> None:
    assert callable(case)
    for text in ("is whatsapp down?", "instagram not working", "twitter is down"):
        assert claims_outage(case(text), "en", SERVICES)


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
    assert claims_outage(text, "de", SERVICES) <= {"x"}


def test_the_longest_name_is_meant() -> None:
    names = ServiceNames([("google", ["Google"]), ("google-meet", ["Google Meet"])])
    assert claims_outage("Google Meet is down", "en", names) == {"google-meet"}


def test_without_names_nothing_is_claimed() -> None:
    assert claims_outage("X is down", "en", ServiceNames([])) == set()
