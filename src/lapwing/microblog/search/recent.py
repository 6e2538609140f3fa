"""The newest posts in memory: searched while the database is away."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Sequence
from sys import intern
from typing import Final, NamedTuple

from lapwing.microblog.search.posts import EVERY_POST, SearchablePost, account_key
from lapwing.microblog.search.queries import SearchQuery, Term

_SHARE_DROPPED: Final = 32
"""Of a full index so small a part of the oldest goes at once: sorting is seldom, room is used."""


class _Indexed(NamedTuple):
    words: tuple[str, ...]
    keys: tuple[str, ...]
    created_ms: int


class RecentPostSearch:
    """A `PostSearch` over at most `capacity` posts, those with the highest ids."""

    def __init__(self, capacity: int = 20_000) -> None:
        if capacity < 1:
            raise ValueError("capacity must be at least 1")
        self._capacity = capacity
        self._position = 0
        self._posts: dict[int, _Indexed] = {}
        self._ids: list[int] = []
        """Ascending."""
        self._with: dict[str, set[int]] = {}
        self._vocabulary: list[str] = []
        self._vocabulary_of = 0
        """How many words there were when the vocabulary was sorted; -1: sort it anew."""

    def __len__(self) -> int:
        return len(self._posts)

    async def index(self, posts: Sequence[SearchablePost]) -> None:
        for post in posts:
            self._drop(post.id)
            self._put(post)
        if len(self._ids) > self._capacity:
            room = self._capacity // _SHARE_DROPPED
            for post_id in self._ids[: len(self._ids) - self._capacity + room]:
                self._drop(post_id)

    async def remove(self, ids: Collection[int]) -> None:
        for post_id in ids:
            self._drop(post_id)

    async def remove_account(self, account_id: int) -> None:
        await self.remove(tuple(self._with.get(account_key(account_id), ())))

    async def read_position(self) -> int:
        return self._position

    async def save_position(self, position: int) -> None:
        self._position = position

    async def search(
        self,
        query: SearchQuery,
        limit: int,
        before_id: int | None = None,
        account_id: int | None = None,
    ) -> list[int]:
        if query.is_empty or limit <= 0:
            return []
        found: list[int] = []
        for post_id in sorted(self._candidates(query, account_id), reverse=True):
            if before_id is not None and post_id >= before_id:
                continue
            if _matches(query, self._posts[post_id]):
                found.append(post_id)
                if len(found) == limit:
                    break
        return found

    def _put(self, post: SearchablePost) -> None:
        words = tuple(map(intern, post.words()))
        keys = tuple(map(intern, post.keys()))
        self._posts[post.id] = _Indexed(words, keys, post.created_ms)
        if not self._ids or post.id > self._ids[-1]:
            self._ids.append(post.id)
        else:
            insort(self._ids, post.id)
        for word in {*words, *keys}:
            self._with.setdefault(word, set()).add(post.id)

    def _drop(self, post_id: int) -> None:
        post = self._posts.pop(post_id, None)
        if post is None:
            return
        del self._ids[bisect_left(self._ids, post_id)]
        for word in {*post.words, *post.keys}:
            having = self._with[word]
            having.discard(post_id)
            if not having:
                del self._with[word]
                self._vocabulary_of = -1

    def _candidates(self, query: SearchQuery, account_id: int | None) -> set[int]:
        """Posts that have all words of the wanted terms, in whatever order."""
        sets = [self._with.get(EVERY_POST, set())]
        if account_id is not None:
            sets.append(self._with.get(account_key(account_id), set()))
        for term in query.wanted:
            whole = term.words[:-1] if term.begun else term.words
            sets.extend(self._with.get(word, set()) for word in whole)
            if term.begun:
                sets.append(self._beginning_with(term.words[-1]))
        return set.intersection(*sorted(sets, key=len))

    def _beginning_with(self, beginning: str) -> set[int]:
        if self._vocabulary_of != len(self._with):
            self._vocabulary = sorted(self._with)
            self._vocabulary_of = len(self._with)
        start = bisect_left(self._vocabulary, beginning)
        found: set[int] = set()
        for word in self._vocabulary[start:]:
            if not word.startswith(beginning):
                break
            found |= self._with[word]
        return found


def _matches(query: SearchQuery, post: _Indexed) -> bool:
    if query.from_ms is not None and post.created_ms < query.from_ms:
        return False
    if query.until_ms is not None and post.created_ms >= query.until_ms:
        return False
    return all(_has(post, term) for term in query.wanted) and not any(
        _has(post, term) for term in query.unwanted
    )


def _has(post: _Indexed, term: Term) -> bool:
    if len(term.words) == 1:
        return _has_word(post.words, term) or _has_word(post.keys, term)
    first, length = term.words[0], len(term.words)
    return any(
        word == first and _is_run(post.words[at : at + length], term)
        for at, word in enumerate(post.words)
    )


def _has_word(words: Iterable[str], term: Term) -> bool:
    if term.begun:
        return any(word.startswith(term.words[0]) for word in words)
    return term.words[0] in words


def _is_run(words: tuple[str, ...], term: Term) -> bool:
    if not term.begun:
        return words == term.words
    return (
        len(words) == len(term.words)
        and words[:-1] == term.words[:-1]
        and words[-1].startswith(term.words[-1])
    )
