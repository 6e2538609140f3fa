"""Which request brought which post: a retry of it is answered with the same post."""

from __future__ import annotations

from collections import OrderedDict

REMEMBERED_MS = 3600 * 1000


class Requests:
    """Idempotency keys of the last hour, each with the account that sent it."""

    def __init__(self) -> None:
        self._posts: OrderedDict[tuple[int, str], tuple[int, int]] = OrderedDict()

    def remember(self, account_id: int, request: str, post_id: int, at_ms: int) -> None:
        while self._posts:
            _, (_, oldest_ms) = next(iter(self._posts.items()))
            if oldest_ms > at_ms - REMEMBERED_MS:
                break
            self._posts.popitem(last=False)
        if request:
            self._posts[account_id, request] = post_id, at_ms

    def find(self, account_id: int, request: str) -> int | None:
        """The post that the request brought."""
        found = self._posts.get((account_id, request)) if request else None
        return None if found is None else found[0]
