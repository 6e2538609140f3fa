"""Hashtags that somebody follows, and those that they show on their profile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import msgspec

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.entries import AccountErased
from lapwing.microblog.personal.entries import TagFeatured, TagFollowed
from lapwing.microblog.personal.model import FollowedTag
from lapwing.microblog.posts import Posts
from lapwing.microblog.square import Change
from lapwing.microblog.text.hashtags import normalise_hashtag

MOST_FOLLOWED: Final = 1000
MOST_FEATURED: Final = 10
_LOOKED_AT: Final = 400
"""Newest posts from which hashtags are proposed for the profile."""
_NO_TAGS: Final[dict[str, FollowedTag]] = {}


class TagUse(msgspec.Struct, frozen=True):
    """How one account uses a hashtag in public."""

    posts: int
    last_ms: int
    """0: never."""


class _Chunk(msgspec.Struct, array_like=True):
    followed: dict[int, dict[str, FollowedTag]]
    featured: dict[int, dict[str, FollowedTag]]


class Tags:
    name = "tags"

    def __init__(self) -> None:
        self._followed: dict[int, dict[str, FollowedTag]] = {}
        self._featured: dict[int, dict[str, FollowedTag]] = {}
        self._followers: dict[str, set[int]] = {}

    def followed_by(self, account_id: int) -> list[FollowedTag]:
        """The latest last."""
        return list(self._followed.get(account_id, _NO_TAGS).values())

    def followed_keys(self, account_id: int) -> Iterable[str]:
        """For the home timeline; not to be changed by the caller."""
        return self._followed.get(account_id, _NO_TAGS).keys()

    def follows(self, account_id: int, name: str) -> bool:
        return normalise_hashtag(name) in self._followed.get(account_id, _NO_TAGS)

    def followers_of(self, name: str) -> Iterable[int]:
        """For streams; not to be changed by the caller."""
        return self._followers.get(normalise_hashtag(name), ())

    def featured_by(self, account_id: int) -> list[FollowedTag]:
        """The latest last."""
        return list(self._featured.get(account_id, _NO_TAGS).values())

    def features(self, account_id: int, name: str) -> bool:
        return normalise_hashtag(name) in self._featured.get(account_id, _NO_TAGS)

    def get_featured(self, account_id: int, featured_id: int) -> FollowedTag:
        """Raises `Refusal`."""
        for tag in self.featured_by(account_id):
            if tag.id == featured_id:
                return tag
        raise Refusal("unknown_tag", "This hashtag is not on your profile.")

    def find_featured(self, account_id: int, name: str) -> FollowedTag | None:
        return self._featured.get(account_id, _NO_TAGS).get(normalise_hashtag(name))

    def hear(self, change: Change) -> None:
        entry = change.entry
        if isinstance(entry, TagFollowed):
            key = normalise_hashtag(entry.name)
            _put(self._followed, entry, key, entry.follow_id, MOST_FOLLOWED)
            self._index(entry.account_id, key)
        elif isinstance(entry, TagFeatured):
            key = normalise_hashtag(entry.name)
            _put(self._featured, entry, key, entry.featured_id, MOST_FEATURED)
        elif isinstance(entry, AccountErased):
            self._featured.pop(entry.account_id, None)
            for key in self._followed.pop(entry.account_id, _NO_TAGS):
                self._index(entry.account_id, key)

    def _index(self, account_id: int, key: str) -> None:
        if key in self._followed.get(account_id, _NO_TAGS):
            self._followers.setdefault(key, set()).add(account_id)
            return
        followers = self._followers.get(key, set())
        followers.discard(account_id)
        if not followers:
            self._followers.pop(key, None)

    def capture(self) -> Iterator[bytes]:
        yield msgspec.msgpack.encode(_Chunk(self._followed, self._featured))

    def restore(self, chunks: Iterable[bytes]) -> None:
        decoder = msgspec.msgpack.Decoder(_Chunk)
        for content in chunks:
            chunk = decoder.decode(content)
            self._followed.update(chunk.followed)
            self._featured.update(chunk.featured)
            for account_id, followed in chunk.followed.items():
                for key in followed:
                    self._index(account_id, key)


def tag_use(posts: Posts, account_id: int, name: str) -> TagUse:
    """How often and when last the account used a hashtag in public posts. The cost grows with the
    smaller of its posts and the hashtag's."""
    tagged, own = posts.tagged(name), posts.of(account_id)
    few, many = (tagged, own) if len(tagged) < len(own) else (own, tagged)
    found = [post_id for post_id in few if post_id in many]
    last = posts.get(found[-1]).created_ms if found else 0
    return TagUse(len(found), last)


def most_used_tags(posts: Posts, account_id: int, limit: int = 10) -> list[str]:
    """Hashtags of the account's newest public posts, the most used first: as written last."""
    own = posts.of(account_id)
    newest = (own[place] for place in range(len(own) - 1, -1, -1))
    uses: Counter[str] = Counter()
    names: dict[str, str] = {}
    for post in map(posts.get, islice(newest, _LOOKED_AT)):
        if post.is_for_everybody:
            for tag in post.tags:
                key = normalise_hashtag(tag)
                names.setdefault(key, tag)
                uses[key] += 1
    return [names[key] for key, _ in uses.most_common(limit)]


def _put(
    table: dict[int, dict[str, FollowedTag]],
    entry: TagFollowed | TagFeatured,
    key: str,
    own_id: int,
    most: int,
) -> None:
    present = table.get(entry.account_id, _NO_TAGS)
    if not entry.on:
        if key in present:
            del present[key]
            if not present:
                del table[entry.account_id]
        return
    if key in present:
        return
    if len(present) >= most:
        raise Refusal("too_many_tags", f"Validation failed: At most {most} hashtags.")
    table.setdefault(entry.account_id, {})[key] = FollowedTag(own_id, key, entry.name)
