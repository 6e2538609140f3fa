"""Public posts that say that a service fails are told to the watch, as a weak signal."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from typing import Any, Final, Protocol

from lapwing.accounts.model import Account, Standing
from lapwing.handoffs.telling_pace import is_of_incident
from lapwing.microblog.entries import PostWritten
from lapwing.microblog.model import Post, Visibility
from lapwing.microblog.square import Change, Square
from lapwing.outages.counting.post_hints import HINT_MIN
from lapwing.outages.journal import PostHint, PostsHinted

READ_AT_ONCE: Final = 20
"""Posts a step: reading one takes one or two tenths of a millisecond, and others wait."""
_MOST_WAITING: Final = 5_000
"""While more come than can be read, the oldest are let go: a weak signal needs not all of them."""
_HINT_MS: Final = HINT_MIN * 60_000


class Appends(Protocol):
    async def append(self, entry: Any) -> Any: ...


class PostHints:
    """Hears the square, and writes into the journal of outages."""

    def __init__(
        self,
        square: Square,
        claims_in: Callable[[str], Collection[str]],
        key_of: Callable[[int], str],
        journal: Appends,
        now_ms: Callable[[], int],
    ) -> None:
        """`claims_in`: slugs of the services that a text says fail; `key_of` an account: a keyed
        hash that stands for it."""
        self._square = square
        self._claims_in = claims_in
        self._key_of = key_of
        self._journal = journal
        self._now_ms = now_ms
        self._waiting: deque[int] = deque(maxlen=_MOST_WAITING)
        self._told: dict[tuple[int, str], int] = {}
        """When an account last said so of a service, within the hour."""

    @property
    def waiting(self) -> int:
        """Posts that are not read yet."""
        return len(self._waiting)

    def hear(self, change: Change) -> None:
        """Called with every change of the square."""
        post = change.added
        if post is None or not isinstance(change.entry, PostWritten):
            return
        if post.visibility is Visibility.PUBLIC and post.text:
            self._waiting.append(post.id)

    async def step(self) -> bool:
        """Reads some of the posts that wait. Never says that there are more: in a flood of posts
        a few of them will do, and those who wait for pages come first. Raises `Unavailable`."""
        now_ms = self._now_ms()
        hints = []
        for _ in range(min(READ_AT_ONCE, len(self._waiting))):
            post = self._square.posts.find(self._waiting.popleft())
            author = None if post is None else self._square.accounts.find(post.account_id)
            if post is not None and author is not None and self._is_heard(post, author):
                hints += self._hints_of(post, now_ms)
        if hints:
            self._told = {one: at for one, at in self._told.items() if now_ms - at < _HINT_MS}
            await self._journal.append(PostsHinted(now_ms, hints))
        return False

    def _is_heard(self, post: Post, author: Account) -> bool:
        """Public posts of people in good standing. Answers to what Lapwing itself told are none:
        they would let an incident confirm itself."""
        if author.standing is not Standing.ACTIVE or author.bot or author.service:
            return False
        begun_by = self._square.posts.find(post.thread_id)
        return not (post.is_repost or post.subject or is_of_incident(begun_by))

    def _hints_of(self, post: Post, now_ms: int) -> list[PostHint]:
        found = []
        for slug in sorted(self._claims_in(post.text)):
            key = post.account_id, slug
            if now_ms - self._told.get(key, -_HINT_MS) < _HINT_MS:
                continue
            self._told[key] = now_ms
            found.append(PostHint(slug, self._key_of(post.account_id)))
        return found
