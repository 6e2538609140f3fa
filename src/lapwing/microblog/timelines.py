"""What is shown where: home, public, hashtag, list, account, thread.

Home is merged on reading from the newest posts of those whom one follows: there is no queue that
could lag or lose, and a new follow shows at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from lapwing.microblog.id_sets import IdSet
from lapwing.microblog.model import FollowOptions, Mark, Post, Relation, Visibility
from lapwing.microblog.paging import Page, take
from lapwing.microblog.square import Square
from lapwing.microblog.text.hashtags import normalise_hashtag

_MOST_ANCESTORS = 4096
_MOST_DESCENDANTS = 4096
_OF_STRANGERS_ANCESTORS = 40
_OF_STRANGERS_DESCENDANTS = 60
"""For who is not signed in, as Mastodon has it."""


class AccountFilter(msgspec.Struct, frozen=True):
    """Which of an account's posts are asked for."""

    only_media: bool = False
    exclude_replies: bool = False
    exclude_reposts: bool = False
    pinned: bool = False
    tagged: str = ""


class TagFilter(msgspec.Struct, frozen=True):
    """Hashtags beside the timeline's own."""

    any_of: tuple[str, ...] = ()
    all_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    only_media: bool = False


_ALL_OF_IT = AccountFilter()
_ANY_TAGGED = TagFilter()


class Timelines:
    """Ids of posts, newest first. Every one of them is seen by its viewer (0: nobody signed in)."""

    def __init__(self, square: Square, now_ms: Callable[[], int]) -> None:
        self._square = square
        self._now_ms = now_ms
        self.followed_tags_of: Callable[[int], Iterable[str]] = _no_tags
        self.hidden_from_home_of: Callable[[int], frozenset[int]] = _nobody
        """Followees whom one keeps in exclusive lists."""

    def home(self, viewer_id: int, page: Page) -> list[int]:
        """Posts of oneself and of those whom one follows, with the followed hashtags."""
        square = self._square
        followees = square.relations.of(viewer_id, Relation.FOLLOW)
        hidden = self.hidden_from_home_of(viewer_id)
        sources = [square.posts.of(one) for one in followees if one not in hidden]
        sources.append(square.posts.of(viewer_id))
        sources.extend(square.posts.tagged(tag) for tag in self.followed_tags_of(viewer_id))
        return take(sources, page, self._shows_at_home(viewer_id, followees))

    def newest_at_home(self, viewer_id: int, since_id: int) -> bool:
        """Whether anything newer than `since_id` may be there: what an idle app asks for."""
        posts = self._square.posts
        if _is_newer(posts.of(viewer_id), since_id):
            return True
        followees = self._square.relations.of(viewer_id, Relation.FOLLOW)
        return any(_is_newer(posts.of(one), since_id) for one in followees) or any(
            _is_newer(posts.tagged(tag), since_id) for tag in self.followed_tags_of(viewer_id)
        )

    def belongs_home(self, viewer_id: int, post: Post) -> bool:
        """Whether a post is on the viewer's home timeline: asked by streams."""
        followees = self._square.relations.of(viewer_id, Relation.FOLLOW)
        by_followee = post.account_id == viewer_id or (
            post.account_id in followees
            and post.account_id not in self.hidden_from_home_of(viewer_id)
        )
        if not by_followee:
            tags = {normalise_hashtag(tag) for tag in post.tags}
            if post.visibility is not Visibility.PUBLIC or tags.isdisjoint(
                self.followed_tags_of(viewer_id)
            ):
                return False
        return self._shows_at_home(viewer_id, followees)(post.id)

    def belongs_in_public(self, viewer_id: int, post: Post) -> bool:
        """Whether a public post is on public and hashtag timelines: asked by streams."""
        return self._shows_publicly(viewer_id)(post)

    def public(self, viewer_id: int, page: Page, *, only_media: bool = False) -> list[int]:
        """Public posts of everybody here; no replies to others, no reposts."""
        get = self._square.posts.get
        shows_publicly = self._shows_publicly(viewer_id)

        def shows(post_id: int) -> bool:
            post = get(post_id)
            if only_media and not post.media:
                return False
            return not _answers_others(post) and shows_publicly(post)

        return take([self._square.posts.public], page, shows)

    def tag(
        self, viewer_id: int, tag: str, page: Page, chosen: TagFilter = _ANY_TAGGED
    ) -> list[int]:
        """Public posts with the hashtag or one of `any_of`, with all of `all_of`."""
        posts = self._square.posts
        sources = [posts.tagged(one) for one in (tag, *chosen.any_of)]
        wanted = [posts.tagged(one) for one in chosen.all_of]
        unwanted = [posts.tagged(one) for one in chosen.none_of]
        shows_publicly = self._shows_publicly(viewer_id)

        def shows(post_id: int) -> bool:
            if any(post_id not in ids for ids in wanted):
                return False
            if any(post_id in ids for ids in unwanted):
                return False
            post = posts.get(post_id)
            return bool(post.media or not chosen.only_media) and shows_publicly(post)

        return take(sources, page, shows)

    def service(self, viewer_id: int, slug: str, page: Page) -> list[int]:
        """Public posts that name a watched service."""
        posts = self._square.posts
        shows_publicly = self._shows_publicly(viewer_id)
        return take([posts.about(slug)], page, lambda post_id: shows_publicly(posts.get(post_id)))

    def members(
        self,
        viewer_id: int,
        members: Iterable[int],
        page: Page,
        replies: Callable[[Post], bool] | None = None,
    ) -> list[int]:
        """Posts of a list's members; `replies` says which replies belong on it (None: all)."""
        posts = self._square.posts
        ids = IdSet(members)

        def shows(post_id: int) -> bool:
            post = posts.get(post_id)
            if replies is not None and _answers_others(post) and not replies(post):
                return False
            return self._shows(viewer_id, post)

        return take([posts.of(one) for one in ids], page, shows)

    def account(
        self, viewer_id: int, account_id: int, page: Page, chosen: AccountFilter = _ALL_OF_IT
    ) -> list[int]:
        """What an account wrote and reposted."""
        square = self._square
        posts = square.posts
        source = posts.marked(account_id, Mark.PIN) if chosen.pinned else posts.of(account_id)
        tagged = posts.tagged(chosen.tagged) if chosen.tagged else None

        def shows(post_id: int) -> bool:
            post = posts.get(post_id)
            if chosen.only_media and not post.media:
                return False
            if chosen.exclude_reposts and post.is_repost:
                return False
            if chosen.exclude_replies and _answers_others(post):
                return False
            if tagged is not None and post_id not in tagged:
                return False
            return square.permissions.may_see(viewer_id, post)

        return take([source], page, shows)

    def marked(self, viewer_id: int, mark: Mark, page: Page) -> list[int]:
        """Posts that the viewer likes or has bookmarked, by the posts' own order."""
        posts = self._square.posts
        may_see = self._square.permissions.may_see
        return take(
            [posts.marked(viewer_id, mark)],
            page,
            lambda post_id: may_see(viewer_id, posts.get(post_id)),
        )

    def thread(self, viewer_id: int, post: Post) -> tuple[list[int], list[int]]:
        """(ancestors, oldest first; descendants, each below what it answers) of a post."""
        most = _MOST_ANCESTORS if viewer_id else _OF_STRANGERS_ANCESTORS
        ancestors: list[int] = []
        answered = self._square.posts.find(post.reply_to_id)
        while answered is not None and len(ancestors) < most:
            if not self._square.permissions.may_see(viewer_id, answered):
                break
            ancestors.append(answered.id)
            answered = self._square.posts.find(answered.reply_to_id)
        most = _MOST_DESCENDANTS if viewer_id else _OF_STRANGERS_DESCENDANTS
        descendants: list[int] = []
        for one in self._below(viewer_id, post.id):
            descendants.append(one)
            if len(descendants) >= most:
                break
        return ancestors[::-1], descendants

    def _below(self, viewer_id: int, post_id: int) -> Iterator[int]:
        """Depth first; without recursion, as threads may be deeper than Python's stack."""
        posts = self._square.posts
        left = list(posts.replies_to(post_id))[::-1]
        while left:
            one = left.pop()
            reply = posts.find(one)
            if reply is None or not self._shows(viewer_id, reply):
                continue
            yield one
            left.extend(list(posts.replies_to(one))[::-1])

    def _shows(self, viewer_id: int, post: Post) -> bool:
        permissions = self._square.permissions
        return permissions.may_see(viewer_id, post) and permissions.wants(
            viewer_id, post, self._now_ms()
        )

    def _shows_publicly(self, viewer_id: int) -> Callable[[Post], bool]:
        square = self._square
        is_wanted = square.permissions.wanted_by(viewer_id, self._now_ms())
        is_public_voice = square.permissions.is_public_voice

        def shows(post: Post) -> bool:
            return is_wanted(post) and (
                is_public_voice(post.account_id)
                or square.relations.follows(viewer_id, post.account_id)
            )

        return shows

    def _shows_at_home(self, viewer_id: int, followees: IdSet) -> Callable[[int], bool]:
        square = self._square
        find, options_of = square.posts.find, square.relations.options_of
        is_wanted = square.permissions.wanted_by(viewer_id, self._now_ms())
        chooses = square.relations.has_options(viewer_id)
        may_see, is_public_voice = square.permissions.may_see, square.permissions.is_public_voice
        by_strangers = any(True for _ in self.followed_tags_of(viewer_id))

        def shows(post_id: int) -> bool:
            post = find(post_id)
            if post is None:
                return False
            author_id = post.account_id
            if author_id == viewer_id:
                return may_see(viewer_id, post)
            if not is_wanted(post):
                return False
            if by_strangers and author_id not in followees and not is_public_voice(author_id):
                return False
            is_stray = not post.repost_of_id and post.reply_to_id
            if is_stray and not _is_near(post, viewer_id, followees):
                return False
            return not chooses or _is_chosen(post, options_of(viewer_id, author_id))

        return shows


def _is_chosen(post: Post, options: FollowOptions) -> bool:
    if post.repost_of_id and not options.shows_reposts:
        return False
    return not options.languages or post.language in options.languages


def _is_near(reply: Post, viewer_id: int, followees: IdSet) -> bool:
    """Replies to strangers are of no use to who does not see what they answer."""
    answered = reply.reply_to_account_id
    return answered in (viewer_id, reply.account_id) or answered in followees


def _answers_others(post: Post) -> bool:
    return post.reply_to_id != 0 and post.reply_to_account_id != post.account_id


def _is_newer(source: IdSet, since_id: int) -> bool:
    ids = source.ids
    return bool(ids) and ids[-1] > since_id


def _no_tags(viewer_id: int) -> Iterable[str]:
    del viewer_id
    return ()


def _nobody(viewer_id: int) -> frozenset[int]:
    del viewer_id
    return frozenset()
