"""What people do not want to read: filters by keyword and by single posts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import msgspec

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.entries import AccountErased
from lapwing.microblog.model import Post
from lapwing.microblog.personal.entries import FilterDeleted, FilterPut
from lapwing.microblog.personal.filter_matching import CompiledFilters
from lapwing.microblog.personal.model import (
    Filter,
    FilterAction,
    FilterContext,
    FilterKeyword,
    FilterPost,
    FilterResult,
)
from lapwing.microblog.posts import Posts
from lapwing.microblog.square import Change

MOST_FILTERS: Final = 100
MOST_KEYWORDS: Final = 200
"""Of one filter."""
LONGEST_KEYWORD: Final = 100
MOST_FILTERED_POSTS: Final = 500
_MOST_COMPILED: Final = 2000
_NO_FILTERS: Final[dict[int, Filter]] = {}


class Filters:
    """Everybody's filters. A filter may only be seen and used by its owner."""

    name = "filters"

    def __init__(self, posts: Posts) -> None:
        self._posts = posts
        self._filters: dict[int, dict[int, Filter]] = {}
        self._compiled: OrderedDict[int, CompiledFilters] = OrderedDict()
        """Of those who read lately; no state."""
        self._steps: dict[type, Callable[[Any], None]] = {
            FilterPut: self._put,
            FilterDeleted: self._delete,
            AccountErased: self._erase,
        }

    def of(self, account_id: int) -> list[Filter]:
        """In the order of their making."""
        return list(self._filters.get(account_id, _NO_FILTERS).values())

    def get(self, account_id: int, filter_id: int) -> Filter:
        """The account's own filter. Raises `Refusal`."""
        found = self._filters.get(account_id, _NO_FILTERS).get(filter_id)
        if found is None:
            raise unknown_filter()
        return found

    def get_by_keyword(self, account_id: int, keyword_id: int) -> tuple[Filter, FilterKeyword]:
        """Raises `Refusal`. A keyword's id is also the id of the filter in the API's version 1."""
        for one in self.of(account_id):
            for keyword in one.keywords:
                if keyword.id == keyword_id:
                    return one, keyword
        raise unknown_filter()

    def get_by_post(self, account_id: int, filter_post_id: int) -> tuple[Filter, FilterPost]:
        """Raises `Refusal`."""
        for one in self.of(account_id):
            for kept in one.posts:
                if kept.id == filter_post_id:
                    return one, kept
        raise unknown_filter()

    def matches(
        self, viewer_id: int, post: Post, context: FilterContext, now_ms: int
    ) -> list[FilterResult]:
        """Why the viewer's filters take a post there; of a repost, what it reposts. Never one's
        own posts."""
        if viewer_id not in self._filters:
            return []
        shown = self._posts.find(post.repost_of_id) if post.repost_of_id else post
        if shown is None or shown.account_id == viewer_id:
            return []
        return self._compiled_of(viewer_id).matches(shown, context, now_ms)

    def hides(self, viewer_id: int, post: Post, context: FilterContext, now_ms: int) -> bool:
        """Whether the post is not even to be hinted at."""
        found = self.matches(viewer_id, post, context, now_ms)
        return any(result.filter.action is FilterAction.HIDE for result in found)

    def hear(self, change: Change) -> None:
        step = self._steps.get(type(change.entry))
        if step is not None:
            step(change.entry)

    def _compiled_of(self, viewer_id: int) -> CompiledFilters:
        compiled = self._compiled.get(viewer_id)
        if compiled is None:
            compiled = self._compiled[viewer_id] = CompiledFilters(self.of(viewer_id))
            if len(self._compiled) > _MOST_COMPILED:
                self._compiled.popitem(last=False)
        return compiled

    def _put(self, entry: FilterPut) -> None:
        put = entry.filter
        filters = self._filters.get(put.account_id, _NO_FILTERS)
        if put.id not in filters and len(filters) >= MOST_FILTERS:
            raise Refusal("too_many_filters", f"One may have at most {MOST_FILTERS} filters.")
        self._filters.setdefault(put.account_id, {})[put.id] = put
        self._compiled.pop(put.account_id, None)

    def _delete(self, entry: FilterDeleted) -> None:
        self.get(entry.account_id, entry.filter_id)
        del self._filters[entry.account_id][entry.filter_id]
        if not self._filters[entry.account_id]:
            del self._filters[entry.account_id]
        self._compiled.pop(entry.account_id, None)

    def _erase(self, entry: AccountErased) -> None:
        self._filters.pop(entry.account_id, None)
        self._compiled.pop(entry.account_id, None)

    def capture(self) -> Iterator[bytes]:
        for account_id in sorted(self._filters):
            yield msgspec.msgpack.encode(self.of(account_id))

    def restore(self, chunks: Iterable[bytes]) -> None:
        decoder = msgspec.msgpack.Decoder(list[Filter])
        for chunk in chunks:
            for one in decoder.decode(chunk):
                self._filters.setdefault(one.account_id, {})[one.id] = one


def unknown_filter() -> Refusal:
    return Refusal("unknown_filter", "There is no such filter.")
