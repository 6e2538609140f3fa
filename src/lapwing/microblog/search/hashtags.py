"""Finds hashtags by how they begin."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nsmallest

from lapwing.microblog.text.hashtags import LONGEST_HASHTAG, normalise_hashtag


def search_hashtags(
    text: str, hashtags: Iterable[tuple[str, int]], limit: int, offset: int = 0
) -> list[str]:
    """Normalised names that begin with the text (its "#" may be there): the same first, then the
    most used. `hashtags`: normalised name and how often it is used."""
    typed = normalise_hashtag(text.strip()[: LONGEST_HASHTAG + 1].lstrip("#＃"))
    if not typed or limit <= 0:
        return []
    found = ((name != typed, -uses, name) for name, uses in hashtags if name.startswith(typed))
    return [name for _, _, name in nsmallest(offset + limit, found)[offset:]]
