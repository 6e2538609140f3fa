"""Which request brought which post: a retry of it is answered with the same post."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator

import msgspec

REMEMBERED_MS = 3600 * 1000


class Requests:
    """Idempotency keys of the last hour, each with the account that sent it."""

    name = "requests"

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

    def forget(self, account_id: int, request: str) -> None:
        """The request is welcome as if it had not come."""
        self._posts.pop((account_id, request), None)

    def capture(self) -> Iterator[bytes]:
        rows = [(*key, *kept) for key, kept in self._posts.items()]
        yield msgspec.msgpack.encode(rows)

    def restore(self, chunks: Iterable[bytes]) -> None:
        for chunk in chunks:
            rows = msgspec.msgpack.decode(chunk, type=list[tuple[int, str, int, int]])
            for account_id, request, post_id, at_ms in rows:
                self._posts[account_id, request] = post_id, at_ms
