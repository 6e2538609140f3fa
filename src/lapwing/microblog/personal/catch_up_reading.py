"""Reads from the square what catching up is decided by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import Final

import msgspec

from lapwing.kernel.ids import IdSequence
from lapwing.microblog.id_sets import IdSet
from lapwing.microblog.model import Mark, Post, Relation
from lapwing.microblog.paging import Page, merge
from lapwing.microblog.personal.catch_up import CatchUpItem, PostFacts, rank
from lapwing.microblog.personal.markers import Markers
from lapwing.microblog.square import Square

DAY_MS: Final = 24 * 3_600_000
OLDEST_MS: Final = 14 * DAY_MS
"""Nobody catches up with more than two weeks."""
_MOST_LOOKED_AT: Final = 3000
_USUAL_OF: Final = 20
"""Earlier posts of an author that say what is usual."""
_OWN_ACTS: Final = 300
"""Of the viewer's latest that say with whom they have to do."""


class CaughtUp(msgspec.Struct, frozen=True):
    items: tuple[CatchUpItem, ...]
    """Those that mattered most first."""
    chosen_from: int
    """Posts that the viewer could have read."""
    since_ms: int


class CatchUp:
    """Reads what `rank` needs."""

    def __init__(self, square: Square, markers: Markers) -> None:
        self._square = square
        self._markers = markers

    def for_viewer(self, viewer_id: int, now_ms: int, limit: int = 40) -> CaughtUp:
        """Since the post that the viewer read last at home, or for a day where that is not known;
        only what the viewer may see and wants to."""
        since_id = self._markers.last_read(viewer_id, "home") or IdSequence.bound(now_ms - DAY_MS)
        since_id = max(since_id, IdSequence.bound(now_ms - OLDEST_MS))
        found = self.gather(viewer_id, since_id, now_ms)
        return CaughtUp(tuple(rank(found, limit)), len(found), IdSequence.ms_of(since_id))

    def gather(self, viewer_id: int, since_id: int, now_ms: int) -> list[PostFacts]:
        """What is known of each post after `since_id` by those whom the viewer follows, and of
        each that they reposted."""
        square = self._square
        followees = square.relations.of(viewer_id, Relation.FOLLOW)
        close = self._close_to(viewer_id)
        page = Page(limit=_MOST_LOOKED_AT, since_id=since_id)
        newest = merge([square.posts.of(one) for one in followees], page)
        posts: dict[int, Post] = {}
        for one in map(square.posts.get, islice(newest, _MOST_LOOKED_AT)):
            post = square.posts.find(one.repost_of_id) if one.repost_of_id else one
            if post is not None and post.id > since_id and post.account_id != viewer_id:
                posts[post.id] = post
        usual: dict[int, float] = {}
        return [
            self._facts(post, followees, close, usual, since_id)
            for post in posts.values()
            if square.permissions.may_see(viewer_id, post)
            and square.permissions.wants(viewer_id, post, now_ms)
        ]

    def _facts(
        self,
        post: Post,
        followees: IdSet,
        close: frozenset[int],
        usual: dict[int, float],
        since_id: int,
    ) -> PostFacts:
        author_id, posts = post.account_id, self._square.posts
        if author_id not in usual:
            usual[author_id] = self._usual_acts(author_id, since_id)
        author = self._square.accounts.get(author_id)
        passed_on = [*posts.reposts_of(post.id), *posts.quotes_of(post.id)]
        return PostFacts(
            post_id=post.id,
            author_id=author_id,
            answered=self._count(posts.replies_to(post.id), followees, author_id),
            reposted=self._count(passed_on, followees, author_id),
            liked=_in_both(posts.markers(post.id, Mark.LIKE), followees, author_id),
            acts=self._acts(post.id),
            usual=usual[author_id],
            outage=bool(post.services or author.service),
            close=author_id in close,
        )

    def _count(self, post_ids: Iterable[int], followees: IdSet, author_id: int) -> int:
        authors = {self._square.posts.get(one).account_id for one in post_ids}
        return sum(1 for one in authors if one != author_id and one in followees)

    def _acts(self, post_id: int) -> int:
        posts = self._square.posts
        return (
            len(posts.replies_to(post_id))
            + len(posts.reposts_of(post_id))
            + len(posts.quotes_of(post_id))
            + len(posts.markers(post_id, Mark.LIKE))
        )

    def _usual_acts(self, author_id: int, before_id: int) -> float:
        """On each of the author's own posts before the visit."""
        own = self._square.posts.of(author_id)
        end = own.count_below(before_id + 1)
        earlier = [own[place] for place in range(max(0, end - _USUAL_OF), end)]
        written = [one for one in earlier if not self._square.posts.get(one).is_repost]
        return sum(map(self._acts, written)) / len(written) if written else 0.0

    def _close_to(self, viewer_id: int, most: int = 5) -> frozenset[int]:
        """Whom the viewer answers, reposts and likes most."""
        posts = self._square.posts
        own, liked = posts.of(viewer_id), posts.marked(viewer_id, Mark.LIKE)
        acts: Counter[int] = Counter()
        for post in map(posts.get, _latest(own, _OWN_ACTS)):
            acts[post.reply_to_account_id] += 1
            for other_id in (post.repost_of_id, post.quote_of_id):
                other = posts.find(other_id) if other_id else None
                if other is not None:
                    acts[other.account_id] += 1
        acts.update(posts.get(one).account_id for one in _latest(liked, _OWN_ACTS))
        del acts[0], acts[viewer_id]
        ordered = sorted(acts.items(), key=lambda one: (-one[1], one[0]))
        return frozenset(one for one, number in ordered[:most] if number > 1)


def _in_both(ones: IdSet, others: IdSet, but: int) -> int:
    few, many = (ones, others) if len(ones) < len(others) else (others, ones)
    return sum(1 for one in few if one != but and one in many)


def _latest(ids: IdSet, most: int) -> list[int]:
    return [ids[place] for place in range(max(0, len(ids) - most), len(ids))]
