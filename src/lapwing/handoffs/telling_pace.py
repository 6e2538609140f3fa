"""How many incidents are told, and to whom, so that a storm of them makes none of posts.

Counted from the posts that are there: a restart changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from lapwing.handoffs.incident_words import Stage
from lapwing.microblog.model import Post, Visibility
from lapwing.microblog.square import Square

LOCAL_THREADS_AN_HOUR: Final = 3
"""Of one service. Its followers hear of more only once the whole of it fails; those that wait are
told when there is room, if they are open then."""
PUBLIC_OPENINGS: Final = 6
"""On public timelines within `PUBLIC_MS`, of all services together; what is more is told to
followers alone. When one company's cloud takes a hundred services with it, six say so."""
PUBLIC_MS: Final = 15 * 60_000
_HOUR_MS: Final = 3_600_000
_LOOKED_AT: Final = 60
"""Newest posts of an account among which the openings of the last hour are."""


def subject_of(incident_id: str, stage: Stage) -> str:
    return f"incident/{incident_id}/{stage.value}"


def is_of_incident(post: Post | None) -> bool:
    """Whether the post belongs to the thread that this one began."""
    return post is not None and post.subject.startswith("incident/")


class TellingPace:
    def __init__(self, square: Square) -> None:
        self._square = square

    def has_room_for_local(self, account_id: int, now_ms: int) -> bool:
        """Whether a local incident of the service with this account may begin a thread now."""
        openings = self._openings_since(account_id, now_ms - _HOUR_MS)
        local = sum(post.visibility is not Visibility.PUBLIC for post in openings)
        return local < LOCAL_THREADS_AN_HOUR

    def has_room_in_public(self, account_ids: Iterable[int], now_ms: int) -> bool:
        """Whether one more opening may stand on public timelines now."""
        since_ms = now_ms - PUBLIC_MS
        public = (
            post
            for account_id in account_ids
            for post in self._openings_since(account_id, since_ms)
            if post.visibility is Visibility.PUBLIC
        )
        return sum(1 for _ in islice(public, PUBLIC_OPENINGS)) < PUBLIC_OPENINGS

    def _openings_since(self, account_id: int, since_ms: int) -> Iterator[Post]:
        posts = self._square.posts
        ids = posts.of(account_id)
        for place in range(len(ids) - 1, max(-1, len(ids) - 1 - _LOOKED_AT), -1):
            post = posts.get(ids[place])
            if post.created_ms < since_ms:
                return
            if is_of_incident(post) and post.subject.endswith(f"/{Stage.OPENING.value}"):
                yield post
