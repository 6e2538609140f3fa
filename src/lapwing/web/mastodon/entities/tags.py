"""Tag and FeaturedTag."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from lapwing.microblog.square import Square
from lapwing.microblog.text.hashtags import normalise_hashtag
from lapwing.web.mastodon.entities.addresses import Addresses

_DAY_MS: Final = 86_400_000
_DAYS: Final = 7
_COUNTED: Final = 2000
"""Of the newest posts with a hashtag so many are counted by day."""


class TagEntities:
    def __init__(self, square: Square, addresses: Addresses, now_ms: Callable[[], int]) -> None:
        self._square = square
        self._addresses = addresses
        self._now_ms = now_ms
        self.follows: Callable[[int, str], bool] = lambda viewer_id, name: False
        self.features: Callable[[int, str], bool] = lambda viewer_id, name: False

    def form(self, name: str, viewer_id: int) -> dict[str, Any]:
        key = normalise_hashtag(name)
        form: dict[str, Any] = {
            "id": key,
            "name": key,
            "url": self._addresses.tag(key),
            "history": self._history(key),
            "trendable": True,
            "usable": True,
            "requires_review": False,
        }
        if viewer_id:
            form["following"] = self.follows(viewer_id, key)
            form["featuring"] = self.features(viewer_id, key)
        return form

    def _history(self, key: str) -> list[dict[str, str]]:
        """Of seven days, today first: posts and people."""
        posts = self._square.posts
        today = self._now_ms() // _DAY_MS
        uses = [0] * _DAYS
        people: list[set[int]] = [set() for _ in range(_DAYS)]
        ids = posts.tagged(key)
        for place in range(len(ids) - 1, max(-1, len(ids) - 1 - _COUNTED), -1):
            post = posts.get(ids[place])
            ago = today - post.created_ms // _DAY_MS
            if ago >= _DAYS:
                break
            if ago >= 0:
                uses[ago] += 1
                people[ago].add(post.account_id)
        return [
            {
                "day": str((today - ago) * _DAY_MS // 1000),
                "accounts": str(len(people[ago])),
                "uses": str(uses[ago]),
            }
            for ago in range(_DAYS)
        ]
