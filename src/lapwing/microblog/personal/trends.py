"""What many people write about now, and read.

The rule, for hashtags and links: each person counts once, and for half as much every twelve hours.
What a person used within the last day adds up to `recent`; `usual` is how many people a day used
it in the week before. The score is recent² / (recent + usual): something new scores as many as
speak of it, something that is used every day must be used more than usual. At least two people.

The rule for posts: everybody who answers, reposts, quotes or likes a post counts once, for the
strongest of these (3, 2, 2 and 1), and the sum halves every twelve hours of the post's age. At
least two people; nothing older than three days; answers do not trend.

Never counted: accounts that are silenced, suspended, automated or do not want to be discovered;
posts that are sensitive, have a warning, or are not public; an author's own acts. Of a post only
the first ten hashtags count.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from heapq import nlargest
from typing import Any, Final

import msgspec

from lapwing.microblog.entries import (
    AccountErased,
    CardFound,
    PostDeleted,
    PostEdited,
    PostHidden,
    PostMarked,
    PostWritten,
)
from lapwing.microblog.model import Card, Mark, Post, Visibility
from lapwing.microblog.personal.trend_counts import (
    DAY_MS,
    HALF_LIFE_MS,
    Counts,
    DayCount,
    SavedCounts,
    Standing,
)
from lapwing.microblog.square import Change, Square
from lapwing.microblog.text.hashtags import normalise_hashtag

FEWEST_PEOPLE: Final = 2
OLDEST_POST_MS: Final = 3 * DAY_MS
ANSWER, REPOST, QUOTE, LIKE = 3, 2, 2, 1
_MOST_TAGS: Final = 10
_MOST_POSTS: Final = 5000
"""With acts on them, the latest, that are ranked."""
_LOOKED_AT_CLOSELY: Final = 200
"""Of those that come first at a glance."""
_RANKED_FOR_MS: Final = 60_000


class TrendingTag(msgspec.Struct, frozen=True):
    tag: str
    """As it was written last."""
    score: float
    people: int
    """Of the last day."""
    posts: int
    usual: float
    """People a day before."""

    @property
    def why(self) -> str:
        return _why(self.people, self.usual)


class TrendingLink(msgspec.Struct, frozen=True):
    card: Card
    score: float
    people: int
    posts: int
    usual: float

    @property
    def why(self) -> str:
        return _why(self.people, self.usual)


class TrendingPost(msgspec.Struct, frozen=True):
    post_id: int
    score: float
    people: int

    @property
    def why(self) -> str:
        return f"{self.people} people answered, reposted, quoted or liked it"


class _Chunk(msgspec.Struct, array_like=True):
    tags: SavedCounts
    links: SavedCounts
    cards: dict[int, str]
    acted_on: list[int]


class Trends:
    name = "trends"

    def __init__(self, square: Square) -> None:
        self._square = square
        self._tags, self._links = Counts(), Counts()
        self._cards: dict[int, str] = {}
        """Addresses of links that count, by post."""
        self._acted_on: OrderedDict[int, None] = OrderedDict()
        """Posts by when something was done with them last; the latest last."""
        self._ranked: dict[str, tuple[int, Any]] = {}
        """By what is ranked: when, and what came out. No state."""
        self._steps: dict[type, Callable[[Change, Any], None]] = {
            PostWritten: self._hear_post,
            PostEdited: self._hear_edit,
            PostHidden: self._hear_edit,
            PostDeleted: self._hear_removal,
            AccountErased: self._hear_removal,
            PostMarked: self._hear_mark,
            CardFound: self._hear_card,
        }

    def tags(self, now_ms: int) -> list[TrendingTag]:
        """The highest score first."""
        return self._rank("tags", now_ms, self._rank_tags)

    def links(self, now_ms: int) -> list[TrendingLink]:
        return self._rank("links", now_ms, self._rank_links)

    def posts(self, viewer_id: int, now_ms: int) -> list[TrendingPost]:
        """Those that the viewer may see and wants."""
        permissions, find = self._square.permissions, self._square.posts.find
        found = []
        for one in self._rank("posts", now_ms, self._rank_posts):
            post = find(one.post_id)
            if (
                post is not None
                and permissions.may_see(viewer_id, post)
                and permissions.wants(viewer_id, post, now_ms)
            ):
                found.append(one)
        return found

    def history(self, tag: str, now_ms: int) -> list[DayCount]:
        """Of the last seven days, today first."""
        return self._tags.history(normalise_hashtag(tag), now_ms)

    def link_history(self, url: str, now_ms: int) -> list[DayCount]:
        return self._links.history(url, now_ms)

    def hear(self, change: Change) -> None:
        step = self._steps.get(type(change.entry))
        if step is not None:
            step(change, change.entry)

    def _hear_post(self, change: Change, entry: PostWritten) -> None:
        post = entry.post
        for near in (post.repost_of_id, post.quote_of_id, post.reply_to_id):
            if near:
                self._note_act(near)
        if _may_count(post):
            for key, name in _tags_of(post).items():
                self._tags.add(key, name, post.account_id, post.created_ms)

    def _hear_edit(self, change: Change, entry: PostEdited | PostHidden) -> None:
        post, before = self._square.posts.get(entry.post_id), change.before
        if before is None:
            return
        had = _tags_of(before) if _may_count(before) else {}
        has = _tags_of(post) if _may_count(post) else {}
        for key in had.keys() - has.keys():
            self._tags.take_back(key, post.account_id, post.created_ms)
        for key in has:
            if key not in had:
                self._tags.add(key, has[key], post.account_id, post.created_ms)
        if post.card is None or not _may_count(post):
            self._drop_card(post)

    def _hear_removal(self, change: Change, entry: Any) -> None:
        for post in change.removed:
            self._acted_on.pop(post.id, None)
            self._drop_card(post)
            if _may_count(post):
                for key in _tags_of(post):
                    self._tags.take_back(key, post.account_id, post.created_ms)

    def _hear_mark(self, change: Change, entry: PostMarked) -> None:
        if entry.mark is Mark.LIKE and entry.on and change.is_news:
            self._note_act(entry.post_id)

    def _hear_card(self, change: Change, entry: CardFound) -> None:
        post = self._square.posts.find(entry.post_id)
        if post is None:
            return
        self._drop_card(post)
        if _may_count(post):
            self._cards[post.id] = entry.card.url
            self._links.add(entry.card.url, str(post.id), post.account_id, post.created_ms)

    def _drop_card(self, post: Post) -> None:
        url = self._cards.pop(post.id, None)
        if url is not None:
            self._links.take_back(url, post.account_id, post.created_ms)

    def _note_act(self, post_id: int) -> None:
        post = self._square.posts.find(post_id)
        if post is None or not _may_count(post) or post.reply_to_id:
            return
        self._acted_on[post_id] = None
        self._acted_on.move_to_end(post_id)
        if len(self._acted_on) > _MOST_POSTS:
            self._acted_on.popitem(last=False)

    # Ranking

    def _rank(self, what: str, now_ms: int, rank: Callable[[int], list[Any]]) -> list[Any]:
        """What was ranked less than a minute ago serves."""
        at_ms, ranked = self._ranked.get(what, (0, None))
        if ranked is None or not 0 <= now_ms - at_ms < _RANKED_FOR_MS:
            ranked = rank(now_ms)
            self._ranked[what] = now_ms, ranked
        return list(ranked)

    def _counts(self, account_id: int) -> bool:
        account = self._square.accounts.find(account_id)
        return (
            account is not None
            and not account.bot
            and account.discoverable
            and self._square.permissions.is_public_voice(account_id)
        )

    def _standings(self, counts: Counts, now_ms: int) -> list[tuple[str, Standing]]:
        found = []
        for name in counts.busiest(now_ms, _LOOKED_AT_CLOSELY):
            standing = counts.standing(name, now_ms, self._counts)
            if standing.people >= FEWEST_PEOPLE:
                found.append((name, standing))
        found.sort(key=lambda one: (-one[1].score, one[0]))
        return found

    def _rank_tags(self, now_ms: int) -> list[TrendingTag]:
        return [
            TrendingTag(self._tags.shown(name), at.score, at.people, at.posts, at.usual)
            for name, at in self._standings(self._tags, now_ms)
        ]

    def _rank_links(self, now_ms: int) -> list[TrendingLink]:
        found = []
        for name, at in self._standings(self._links, now_ms):
            post = self._square.posts.find(int(self._links.shown(name)))
            if post is not None and post.card is not None:
                found.append(TrendingLink(post.card, at.score, at.people, at.posts, at.usual))
        return found

    def _rank_posts(self, now_ms: int) -> list[TrendingPost]:
        found = []
        young = map(self._square.posts.find, self._acted_on)
        glanced = (
            (self._most_points(post) * _left_of(post, now_ms), post.id)
            for post in young
            if post is not None and now_ms - post.created_ms <= OLDEST_POST_MS
        )
        for _, post_id in nlargest(_LOOKED_AT_CLOSELY, glanced):
            post = self._square.posts.get(post_id)
            acts = self._acts_on(post) if self._counts(post.account_id) else {}
            if len(acts) >= FEWEST_PEOPLE:
                score = sum(acts.values()) * _left_of(post, now_ms)
                found.append(TrendingPost(post_id, score, len(acts)))
        found.sort(key=lambda one: (-one.score, -one.post_id))
        return found

    def _most_points(self, post: Post) -> int:
        """Its points if everybody counted, for each act."""
        posts = self._square.posts
        return (
            LIKE * len(posts.markers(post.id, Mark.LIKE))
            + QUOTE * len(posts.quotes_of(post.id))
            + REPOST * len(posts.reposts_of(post.id))
            + ANSWER * len(posts.replies_to(post.id))
        )

    def _acts_on(self, post: Post) -> dict[int, int]:
        """By who acted: the strongest act's points."""
        posts, acts = self._square.posts, dict[int, int]()
        for account_id in posts.markers(post.id, Mark.LIKE):
            acts[account_id] = LIKE
        for others, points in (
            (posts.quotes_of(post.id), QUOTE),
            (posts.reposts_of(post.id), REPOST),
            (posts.replies_to(post.id), ANSWER),
        ):
            for other in map(posts.get, others):
                acts[other.account_id] = max(points, acts.get(other.account_id, 0))
        acts.pop(post.account_id, None)
        return {one: points for one, points in acts.items() if self._counts(one)}

    def capture(self) -> Iterator[bytes]:
        yield msgspec.msgpack.encode(
            _Chunk(self._tags.saved(), self._links.saved(), self._cards, list(self._acted_on))
        )

    def restore(self, chunks: Iterable[bytes]) -> None:
        decoder = msgspec.msgpack.Decoder(_Chunk)
        for content in chunks:
            chunk = decoder.decode(content)
            self._tags.take(chunk.tags)
            self._links.take(chunk.links)
            self._cards.update(chunk.cards)
            self._acted_on.update(dict.fromkeys(chunk.acted_on))


def _may_count(post: Post) -> bool:
    return (
        post.visibility is Visibility.PUBLIC
        and not post.sensitive
        and not post.warning
        and not post.is_repost
    )


def _left_of(post: Post, now_ms: int) -> float:
    """What is left of a post's points at its age."""
    age_ms: float = max(0, now_ms - post.created_ms)
    return float(0.5 ** (age_ms / HALF_LIFE_MS))


def _tags_of(post: Post) -> dict[str, str]:
    """Names by key."""
    return {normalise_hashtag(name): name for name in post.tags[:_MOST_TAGS]}


def _why(people: int, usual: float) -> str:
    usually = f"usually {usual:.0f} a day" if usual >= 0.5 else "usually hardly anybody"
    return f"{people} people in the last day; {usually}"
