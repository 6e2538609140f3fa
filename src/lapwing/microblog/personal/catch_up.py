"""Catch up: what mattered since the last visit, by rules that are shown.

Points are given for what others did with a post; every post says which rule brought it.
`catch_up_reading.py` finds what is known of each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from itertools import islice
from typing import Final

import msgspec

MOST_PER_AUTHOR: Final = 3
_TIMES_USUAL: Final = 2.0


class Reason(StrEnum):
    ANSWERED = "answered"
    REPOSTED = "reposted"
    LIKED = "liked"
    UNUSUAL = "unusual"
    OUTAGE = "outage"
    CLOSE = "close"


RULES: Final[tuple[tuple[Reason, int, str], ...]] = (
    (Reason.ANSWERED, 3, "points for each person you follow who answered it"),
    (Reason.REPOSTED, 2, "points for each person you follow who reposted or quoted it"),
    (Reason.LIKED, 1, "point for each person you follow who likes it"),
    (
        Reason.UNUSUAL,
        3,
        "points where it got at least twice as many answers, reposts and likes as its author's"
        " posts usually do, and at least three",
    ),
    (Reason.OUTAGE, 3, "points where it tells of an outage or names a watched service"),
    (Reason.CLOSE, 2, "points where it is by one of the five people whom you answer and like most"),
)
"""Shown beside the list: what brings a post there, with how many points."""
RULES_IN_WORDS: Final = (
    f"Posts since your last visit by people you follow, and what they reposted: those with the most"
    f" points first, at most {MOST_PER_AUTHOR} of each author, the newer first among equals."
)
_POINTS: Final = {reason: points for reason, points, _ in RULES}


class PostFacts(msgspec.Struct, frozen=True):
    """What is known of one post, for one viewer."""

    post_id: int
    author_id: int
    answered: int = 0
    """By how many people whom the viewer follows; the author does not count."""
    reposted: int = 0
    liked: int = 0
    acts: int = 0
    """Answers, reposts, quotes and likes by everybody."""
    usual: float = 0.0
    """Of them, on the author's earlier posts."""
    outage: bool = False
    close: bool = False


class CatchUpItem(msgspec.Struct, frozen=True):
    post_id: int
    points: int
    reasons: tuple[Reason, ...]
    """Those with the most points first."""
    why: str


def rank(found: Iterable[PostFacts], limit: int) -> list[CatchUpItem]:
    """The posts with the most points, the newer first among equals; those without any are left
    out, and so are an author's further ones."""
    items = []
    for facts in found:
        points = points_of(facts)
        if points:
            reasons = tuple(sorted(points, key=lambda reason: -points[reason]))
            total = sum(points.values())
            item = CatchUpItem(facts.post_id, total, reasons, why(facts, reasons))
            items.append((facts.author_id, item))
    items.sort(key=lambda item: (-item[1].points, -item[1].post_id))
    of_author: Counter[int] = Counter()
    kept = []
    for author_id, item in items:
        of_author[author_id] += 1
        if of_author[author_id] <= MOST_PER_AUTHOR:
            kept.append(item)
    return kept[:limit]


def points_of(facts: PostFacts) -> dict[Reason, int]:
    """By rule; only those that apply."""
    unusual = facts.acts >= 3 and facts.acts >= _TIMES_USUAL * facts.usual
    times = {
        Reason.ANSWERED: facts.answered,
        Reason.REPOSTED: facts.reposted,
        Reason.LIKED: facts.liked,
        Reason.UNUSUAL: int(unusual),
        Reason.OUTAGE: int(facts.outage),
        Reason.CLOSE: int(facts.close),
    }
    return {reason: times[reason] * _POINTS[reason] for reason in Reason if times[reason]}


def why(facts: PostFacts, reasons: Iterable[Reason]) -> str:
    """The two strongest reasons in words."""
    words = {
        Reason.ANSWERED: f"{_people(facts.answered)} you follow answered",
        Reason.REPOSTED: f"{_people(facts.reposted)} you follow reposted it",
        Reason.LIKED: f"{_people(facts.liked)} you follow {_likes(facts.liked)} it",
        Reason.UNUSUAL: "More answers and likes than usual for its author",
        Reason.OUTAGE: "About an outage",
        Reason.CLOSE: "By somebody whom you often answer or like",
    }
    first, *others = [words[reason] for reason in islice(reasons, 2)]
    return "; ".join([first, *(text[0].lower() + text[1:] for text in others)])


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"


def _likes(number: int) -> str:
    return "likes" if number == 1 else "like"
