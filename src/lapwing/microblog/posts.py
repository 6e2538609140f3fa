"""All posts, and what people put on them: likes, reposts, votes, replies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

import msgspec

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.id_sets import NOTHING, IdSet
from lapwing.microblog.model import Mark, Post, Version, Visibility
from lapwing.microblog.text.hashtags import normalise_hashtag

_IN_A_CHUNK = 5000


_known_name = lru_cache(maxsize=10_000)(normalise_hashtag)


class _Chunk(msgspec.Struct, array_like=True):
    """Some of the posts, in a checkpoint."""

    posts: list[Post] = []
    versions: dict[int, list[Version]] = {}
    marked: dict[str, dict[int, bytes]] = {}
    votes: dict[int, dict[int, tuple[int, ...]]] = {}


class Posts:
    """The posts by id, with the indexes that timelines are read from."""

    name = "posts"

    def __init__(self) -> None:
        self._posts: dict[int, Post] = {}
        self._by_account: dict[int, IdSet] = {}
        self._by_tag: dict[str, IdSet] = {}
        self._by_service: dict[str, IdSet] = {}
        self._by_subject: dict[str, int] = {}
        self._replies: dict[int, IdSet] = {}
        self._reposts: dict[int, IdSet] = {}
        self._quotes: dict[int, IdSet] = {}
        self._untold_by_account: dict[int, IdSet] = {}
        """Posts for the mentioned only: their number tells others that somebody writes to few."""
        self._untold_replies: dict[int, IdSet] = {}
        self.public = IdSet()
        """Ids of the public posts that are no reposts."""
        self.versions: dict[int, list[Version]] = {}
        """Earlier versions of the edited posts, oldest first."""
        self._marked: dict[Mark, dict[int, IdSet]] = {mark: {} for mark in Mark}
        self._marked_by: dict[Mark, dict[int, IdSet]] = {mark: {} for mark in Mark}
        self._votes: dict[int, dict[int, tuple[int, ...]]] = {}

    def __len__(self) -> int:
        return len(self._posts)

    def find(self, post_id: int) -> Post | None:
        return self._posts.get(post_id)

    def get(self, post_id: int) -> Post:
        """Raises `Refusal` (`unknown_post`)."""
        post = self._posts.get(post_id)
        if post is None:
            raise unknown_post()
        return post

    def all_ids(self) -> list[int]:
        """In growing order."""
        return sorted(self._posts)

    def last_id(self) -> int:
        return max(self._posts, default=0)

    def of(self, account_id: int) -> IdSet:
        """Ids of what the account wrote and reposted."""
        return self._by_account.get(account_id, NOTHING)

    def tagged(self, tag: str) -> IdSet:
        """Ids of the public posts with a hashtag, in any spelling."""
        return self._by_tag.get(normalise_hashtag(tag), NOTHING)

    def tags(self) -> Iterable[str]:
        """Keys of all hashtags."""
        return self._by_tag.keys()

    def about(self, service: str) -> IdSet:
        """Ids of the public posts that name a watched service."""
        return self._by_service.get(service, NOTHING)

    def find_about(self, subject: str) -> Post | None:
        """The server's own post with that subject."""
        return self._posts.get(self._by_subject.get(subject, 0))

    def replies_to(self, post_id: int) -> IdSet:
        return self._replies.get(post_id, NOTHING)

    def reposts_of(self, post_id: int) -> IdSet:
        """Ids of the posts that repost it."""
        return self._reposts.get(post_id, NOTHING)

    def quotes_of(self, post_id: int) -> IdSet:
        return self._quotes.get(post_id, NOTHING)

    def count_told(self, account_id: int) -> int:
        """Posts and reposts of the account, but those for the mentioned only."""
        return len(self.of(account_id)) - len(self._untold_by_account.get(account_id, NOTHING))

    def find_newest_told(self, account_id: int) -> Post | None:
        """The newest of those that `count_told` counts."""
        own, untold = self.of(account_id), self._untold_by_account.get(account_id, NOTHING)
        for place in range(len(own) - 1, -1, -1):
            if own[place] not in untold:
                return self._posts[own[place]]
        return None

    def count_told_replies(self, post_id: int) -> int:
        """Replies to the post, but those for the mentioned only."""
        return len(self.replies_to(post_id)) - len(self._untold_replies.get(post_id, NOTHING))

    def find_repost(self, account_id: int, post_id: int) -> Post | None:
        """The account's repost of a post."""
        for repost_id in self.reposts_of(post_id):
            if self._posts[repost_id].account_id == account_id:
                return self._posts[repost_id]
        return None

    def marked(self, account_id: int, mark: Mark) -> IdSet:
        """Ids of the posts on which the account has put the mark."""
        return self._marked[mark].get(account_id, NOTHING)

    def markers(self, post_id: int, mark: Mark) -> IdSet:
        """Ids of the accounts that have put the mark on the post."""
        return self._marked_by[mark].get(post_id, NOTHING)

    def votes(self, post_id: int) -> dict[int, tuple[int, ...]]:
        """Indices of the chosen options, by who voted."""
        return self._votes.get(post_id, {})

    # Changes

    def add(self, post: Post) -> None:
        self._posts[post.id] = post
        self._index(post)

    def replace(self, post: Post) -> None:
        """The same post with other words."""
        self._unindex(self._posts[post.id])
        self.add(post)

    def remove(self, post_id: int) -> None:
        """With all marks and votes on it; replies stay, reposts are the caller's to remove."""
        post = self._posts.pop(post_id)
        self._unindex(post)
        self.versions.pop(post_id, None)
        self._votes.pop(post_id, None)
        for mark in Mark:
            for account_id in self._marked_by[mark].pop(post_id, NOTHING):
                self._marked[mark][account_id].discard(post_id)
        self._reposts.pop(post_id, None)

    def mark(self, account_id: int, post_id: int, mark: Mark) -> bool:
        """Whether it was not there yet."""
        if not self._marked[mark].setdefault(account_id, IdSet()).add(post_id):
            return False
        self._marked_by[mark].setdefault(post_id, IdSet()).add(account_id)
        return True

    def unmark(self, account_id: int, post_id: int, mark: Mark) -> bool:
        if not self._marked[mark].get(account_id, IdSet()).discard(post_id):
            return False
        self._marked_by[mark][post_id].discard(account_id)
        return True

    def vote(self, account_id: int, post_id: int, choices: tuple[int, ...]) -> None:
        self._votes.setdefault(post_id, {})[account_id] = choices

    def forget_votes(self, post_id: int) -> None:
        self._votes.pop(post_id, None)

    def erase(self, account_id: int) -> None:
        """Marks and votes of an account; its posts are the caller's to remove."""
        for mark in Mark:
            for post_id in self._marked[mark].pop(account_id, NOTHING):
                self._marked_by[mark][post_id].discard(account_id)
        for votes in self._votes.values():
            votes.pop(account_id, None)

    def _indexes(self, post: Post) -> Iterator[tuple[dict[int, IdSet], int]]:
        yield self._by_account, post.account_id
        is_untold = post.visibility is Visibility.MENTIONED
        if is_untold:
            yield self._untold_by_account, post.account_id
        if post.reply_to_id:
            yield self._replies, post.reply_to_id
            if is_untold:
                yield self._untold_replies, post.reply_to_id
        if post.repost_of_id:
            yield self._reposts, post.repost_of_id
        if post.quote_of_id:
            yield self._quotes, post.quote_of_id

    def _words(self, post: Post) -> Iterator[tuple[dict[str, IdSet], str]]:
        if post.visibility is Visibility.PUBLIC:
            for tag in post.tags:
                yield self._by_tag, normalise_hashtag(tag)
            for service in post.services:
                yield self._by_service, service

    def _index(self, post: Post) -> None:
        for numbered, number in self._indexes(post):
            numbered.setdefault(number, IdSet()).add(post.id)
        for named, name in self._words(post):
            named.setdefault(name, IdSet()).add(post.id)
        if post.visibility is Visibility.PUBLIC and not post.repost_of_id:
            self.public.add(post.id)
        if post.subject:
            self._by_subject[post.subject] = post.id

    def _unindex(self, post: Post) -> None:
        for numbered, number in self._indexes(post):
            if number in numbered:
                numbered[number].discard(post.id)
        for named, name in self._words(post):
            if name in named:
                named[name].discard(post.id)
        self.public.discard(post.id)
        self._by_subject.pop(post.subject, None)

    # The checkpoint

    def capture(self) -> Iterator[bytes]:
        """Some thousand posts at a time. The caller sees to it that nothing changes meanwhile."""
        encode = msgspec.msgpack.encode
        posts = iter(sorted(self._posts))
        while ids := list(islice(posts, _IN_A_CHUNK)):
            yield encode(_Chunk(posts=[self._posts[one] for one in ids]))
        for mark in Mark:
            packed = {one: ids.packed() for one, ids in self._marked[mark].items() if len(ids)}
            yield encode(_Chunk(marked={mark.value: packed}))
        yield encode(_Chunk(versions=self.versions, votes=self._votes))

    def restore(self, chunks: Iterable[bytes]) -> None:
        decoder = msgspec.msgpack.Decoder(_Chunk)
        for content in chunks:
            chunk = decoder.decode(content)
            self._load(chunk.posts)
            self.versions.update(chunk.versions)
            self._votes.update(chunk.votes)
            for name, packed in chunk.marked.items():
                self._restore_marks(Mark(name), packed)

    def _load(self, posts: list[Post]) -> None:
        """Adds posts in the order of their ids: the plain ones, which most are, without the detour
        by `_index`, as a start with two millions of them is waited for."""
        keep, by_account, public = self._posts, self._by_account, self.public.ids
        for post in posts:
            post_id = post.id
            is_plain = post.visibility is Visibility.PUBLIC and not (
                post.reply_to_id or post.repost_of_id or post.quote_of_id or post.subject
            )
            if not is_plain or post.services or (public and public[-1] >= post_id):
                self.add(post)
                continue
            keep[post_id] = post
            own = by_account.get(post.account_id)
            if own is None:
                own = by_account[post.account_id] = IdSet()
            own.add(post_id)
            public.append(post_id)
            for tag in post.tags:
                self._tag(tag).add(post_id)

    def _tag(self, tag: str) -> IdSet:
        name = _known_name(tag)
        found = self._by_tag.get(name)
        if found is None:
            found = self._by_tag[name] = IdSet()
        return found

    def _restore_marks(self, mark: Mark, packed: dict[int, bytes]) -> None:
        for account_id in sorted(packed):
            marked = self._marked[mark][account_id] = IdSet.unpacked(packed[account_id])
            for post_id in marked:
                self._marked_by[mark].setdefault(post_id, IdSet()).add(account_id)


def already_voted() -> Refusal:
    """In Mastodon's words, which apps look for."""
    return Refusal("already_voted", "You have already voted on this poll")


def unknown_post() -> Refusal:
    """Said of posts that are not there and, alike, of those that the asker may not see."""
    return Refusal("unknown_post", "There is no such post.")
