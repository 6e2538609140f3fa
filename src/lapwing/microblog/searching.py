"""Searches posts: in the database, which has all of them, or, while it is away, among the newest.

The index is written behind: what a change touched waits here until the database has taken it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, Final

import structlog

from lapwing.accounts.entries import AccountDeleted
from lapwing.accounts.model import Standing
from lapwing.accounts.moderation_entries import Sanctioned
from lapwing.kernel.refusals import Unavailable
from lapwing.microblog.breaker import Breaker
from lapwing.microblog.entries import PostDeleted, PostEdited, PostWritten
from lapwing.microblog.model import Post, Visibility
from lapwing.microblog.search.posts import PostSearch, SearchablePost
from lapwing.microblog.search.queries import SearchQuery, parse_query
from lapwing.microblog.search.recent import RecentPostSearch
from lapwing.microblog.search.searchable import searchable
from lapwing.microblog.square import Change, Square

_log = structlog.get_logger()

PATIENCE_S: Final = 0.8
_IN_A_STEP: Final = 500
_REMEMBERED: Final = 20_000
_IN_A_ROUND: Final = 60
_MOST_ROUNDS: Final = 5
_BEGUN_AGAIN_MS: Final = 3_600_000
"""The whole index is written anew no more often than this."""


def posts_touched(entries: Iterable[Any]) -> set[int]:
    """Posts of which an index that missed these entries does not know how they are."""
    touched = set()
    for entry in entries:
        if isinstance(entry, PostWritten):
            touched.add(entry.post.id)
        elif isinstance(entry, (PostEdited, PostDeleted)):
            touched.add(entry.post_id)
        elif isinstance(entry, Sanctioned):
            touched.update(entry.post_ids)
    return touched


def accounts_touched(entries: Iterable[Any]) -> set[int]:
    """Accounts of which these entries may have deleted all."""
    return {
        entry.account_id for entry in entries if isinstance(entry, (AccountDeleted, Sanctioned))
    }


class Searching:
    """Ids of posts that match; the caller asks who may see them."""

    def __init__(
        self,
        square: Square,
        whole: PostSearch,
        now_ms: Callable[[], int],
        *,
        writes: bool = True,
    ) -> None:
        """`writes` tells whether it is this process that writes the database's index."""
        self._writes = writes
        self._square = square
        self._now_ms = now_ms
        self._whole = whole
        self._recent = RecentPostSearch(_REMEMBERED)
        self._breaker = Breaker()
        self._touched: dict[int, None] = {}
        """Posts that the database's index does not have as they are; in their order."""
        self._heard: dict[int, None] = {}
        """Posts that the index of the newest does not have as they are."""
        self._gone: set[int] = set()
        """Deleted accounts of which the database's index may still have posts: which these were
        is not known any more."""
        self._indexing = 0
        self._begun_again_ms = 0

    async def begin(self, touched: Iterable[int] | None, accounts: Iterable[int] = ()) -> None:
        """Fills the index of the newest. `touched` are the posts that the database's index does
        not have as they are, and `accounts` those that may be gone since; None: it may have
        none."""
        if touched is None:
            accounts = (account.id for account in self._square.accounts.all())
        self._gone.update(one for one in accounts if self._is_gone(one))
        posts = self._square.posts
        newest = islice(reversed(list(posts.all_ids())), _REMEMBERED)
        found = [
            self._searchable(posts.get(one)) for one in newest if self._is_kept(posts.get(one))
        ]
        await self._recent.index(found)
        self._touched.update(dict.fromkeys(posts.all_ids() if touched is None else touched))

    def hear(self, change: Change) -> None:
        """A listener of the square."""
        for post in (change.added, change.before, *change.removed):
            if post is not None:
                self._touched[post.id] = self._heard[post.id] = None

    @property
    def waiting(self) -> int:
        """Posts that the database's index does not have yet."""
        return len(self._touched)

    async def step(self) -> bool:
        """Brings some changes into the index; whether there were any."""
        await self._remember()
        if not self._writes:
            self._touched.clear()
        for account_id in list(self._gone):
            await self._whole.remove_account(account_id)
            self._gone.discard(account_id)
        ids = list(islice(self._touched, _IN_A_STEP))
        if not ids:
            return False
        kept, gone = self._as_they_are(ids)
        for one in ids:
            self._touched.pop(one, None)
        self._indexing += 1
        try:
            await self._whole.remove(gone)
            await self._whole.index(kept)
        except BaseException:  # also where nobody waits any more: the index still lacks them
            self._touched.update(dict.fromkeys(ids))
            raise
        finally:
            self._indexing -= 1
        return True

    async def _remember(self) -> None:
        heard, self._heard = self._heard, {}
        kept, gone = self._as_they_are(heard)
        await self._recent.index(kept)
        await self._recent.remove(gone)

    def _as_they_are(self, ids: Iterable[int]) -> tuple[list[SearchablePost], set[int]]:
        """What of them belongs into an index, and what does not any more."""
        present = (self._square.posts.find(one) for one in ids)
        kept = [self._searchable(post) for post in present if post and self._is_kept(post)]
        return kept, set(ids) - {post.id for post in kept}

    async def search(
        self, query: SearchQuery, limit: int, before_id: int | None, account_id: int | None
    ) -> list[int]:
        """Newest first. While the database does not answer, only the newest posts are searched;
        what it does not have of these is found all the same."""
        if self._touched:
            await self._catch_up()
        await self._remember()
        newest = await self._recent.search(query, limit, before_id, account_id)
        is_behind = bool(self._touched or self._indexing or not self._writes)
        try:
            async with self._breaker.guarding(PATIENCE_S):
                found = await self._whole.search(query, limit, before_id, account_id)
                if len(found) == limit:
                    newest = [one for one in newest if one > found[-1]]
                missing = set(newest).difference(found)
        except Unavailable as error:
            _log.warning("search_by_memory", reason=str(error))
            return newest
        if not is_behind:
            self._note_missing({one for one in missing if one not in self._touched})
        return sorted(missing.union(found), reverse=True)[:limit]

    def _note_missing(self, missing: set[int]) -> None:
        """The database has lost posts that it had: who knows which others. It gets all again; or
        these alone, where all are on their way since a short while."""
        lost: Iterable[int] = [one for one in missing if self._square.posts.find(one) is not None]
        if not lost:
            return
        now_ms = self._now_ms()
        _log.error("index_lost_posts", noticed=len(missing))
        if now_ms - self._begun_again_ms >= _BEGUN_AGAIN_MS:
            self._begun_again_ms = now_ms
            lost = self._square.posts.all_ids()
        self._touched.update(dict.fromkeys(lost))

    async def find(
        self,
        viewer_id: int,
        text: str,
        *,
        limit: int,
        account_id: int | None = None,
        before_id: int | None = None,
    ) -> list[int]:
        """Ids of matching posts that the viewer may see and that may be found: public ones, and
        one's own. Raises `Refusal` for a query that cannot be understood."""
        viewer = self._square.accounts.find(viewer_id)
        query = parse_query(text, me=viewer.username if viewer else None)
        found: list[int] = []
        for _ in range(_MOST_ROUNDS):
            ids = await self.search(query, _IN_A_ROUND, before_id, account_id)
            found.extend(one for one in ids if self._may_be_found(viewer_id, one))
            if len(found) >= limit or len(ids) < _IN_A_ROUND:
                break
            before_id = ids[-1]
        return found[:limit]

    def _may_be_found(self, viewer_id: int, post_id: int) -> bool:
        post = self._square.posts.find(post_id)
        if post is None:
            return False
        if post.account_id == viewer_id:
            return True
        permissions = self._square.permissions
        return (
            post.visibility is Visibility.PUBLIC
            and permissions.is_public_voice(post.account_id)
            and permissions.may_see(viewer_id, post)
            and permissions.wants(viewer_id, post, self._now_ms())
        )

    async def _catch_up(self) -> None:
        """So that one finds what one has just written."""
        try:
            async with self._breaker.guarding(PATIENCE_S):
                await self.step()
        except Unavailable:
            return

    def _is_gone(self, account_id: int) -> bool:
        account = self._square.accounts.find(account_id)
        return account is None or account.standing is Standing.DELETED

    def _searchable(self, post: Post) -> SearchablePost:
        author = self._square.accounts.find(post.account_id)
        return searchable(post, author.username if author else "")

    def _is_kept(self, post: Post) -> bool:
        """Posts for few are found by those few on their own timelines; reposts have no words."""
        return not post.is_repost and post.visibility is not Visibility.MENTIONED
