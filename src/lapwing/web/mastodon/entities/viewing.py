"""What is one viewer's own about a post: whether they like it, reposted it, filter it."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Final

from lapwing.microblog.model import Mark, Post, QuotePolicy, Relation, Visibility
from lapwing.microblog.square import Change, Square
from lapwing.web.mastodon.answers import encode

_VIEWERS_KEPT = 20_000
_AUTOMATIC: Final = {
    QuotePolicy.PUBLIC: ["public"],
    QuotePolicy.FOLLOWERS: ["followers"],
    QuotePolicy.NOBODY: [],
}


def _approval(policy: QuotePolicy, word: str) -> bytes:
    form = {"automatic": _AUTOMATIC[policy], "manual": [], "current_user": word}
    return b',"quote_approval":' + encode(form)


_APPROVALS: Final = {
    (policy, may): _approval(policy, "automatic" if may else "denied")
    for policy in QuotePolicy
    for may in (False, True)
}


def _word(truth: int) -> bytes:
    return b"true" if truth else b"false"


_FLAGS: Final = [
    b',"favourited":%b,"reblogged":%b,"muted":%b,"bookmarked":%b'
    % (_word(n & 1), _word(n & 2), _word(n & 4), _word(n & 8))
    for n in range(16)
]
_LIKES, _REPOSTED, _MUTED, _KEPT = 1, 2, 4, 8
_UNFILTERED: Final = b',"filtered":[]}'
_ENDS: Final = {
    (flags, policy, may): _FLAGS[flags] + _APPROVALS[policy, may] + _UNFILTERED
    for flags in range(16)
    for policy in QuotePolicy
    for may in (False, True)
}
"""Of others' posts that no filter takes."""


class RepostedBy:
    """Which posts each of the present viewers has reposted."""

    def __init__(self, square: Square) -> None:
        self._posts = square.posts
        self._kept: OrderedDict[int, set[int]] = OrderedDict()
        square.listen(self._hear)

    def of(self, viewer_id: int) -> set[int]:
        found = self._kept.get(viewer_id)
        if found is None:
            found = {post.repost_of_id for post in self._reposts_of(viewer_id)}
            self._kept[viewer_id] = found
            if len(self._kept) > _VIEWERS_KEPT:
                self._kept.popitem(last=False)
        return found

    def _reposts_of(self, viewer_id: int) -> list[Post]:
        own = (self._posts.find(post_id) for post_id in self._posts.of(viewer_id))
        return [post for post in own if post is not None and post.repost_of_id]

    def _hear(self, change: Change) -> None:
        added = change.added
        if added is not None and added.repost_of_id and added.account_id in self._kept:
            self._kept[added.account_id].add(added.repost_of_id)
        for post in change.removed:
            if post.repost_of_id and post.account_id in self._kept:
                self._kept[post.account_id].discard(post.repost_of_id)


class Eye:
    """One viewer during one answer: what their posts' forms end with."""

    __slots__ = ("_follows", "_keeps", "_likes", "_muted", "_pins", "_reposted", "viewer_id")

    def __init__(self, square: Square, reposted_by: RepostedBy, viewer_id: int) -> None:
        posts = square.posts
        self.viewer_id = viewer_id
        self._likes = posts.marked(viewer_id, Mark.LIKE)
        self._keeps = posts.marked(viewer_id, Mark.BOOKMARK)
        self._pins = posts.marked(viewer_id, Mark.PIN)
        self._reposted = reposted_by.of(viewer_id)
        self._follows = square.relations.of(viewer_id, Relation.FOLLOW)
        muted = posts.marked(viewer_id, Mark.MUTE_THREAD)
        self._muted: set[int] = {posts.get(one).thread_id for one in muted} if len(muted) else set()

    def end(self, post: Post, filtered: Any = None) -> bytes:
        """The last members of a post's form, and its closing brace."""
        post_id = post.repost_of_id or post.id
        flags = 0
        if self._likes and post_id in self._likes:
            flags = _LIKES
        if post_id in self._reposted:
            flags |= _REPOSTED
        if self._muted and post.thread_id in self._muted:
            flags |= _MUTED
        if self._keeps and post_id in self._keeps:
            flags |= _KEPT
        if post.account_id != self.viewer_id:
            if not filtered:
                return _ENDS[flags, post.quote_policy, self._may_quote(post)]
            approval = _APPROVALS[post.quote_policy, self._may_quote(post)]
            return _FLAGS[flags] + approval + b',"filtered":' + encode(filtered) + b"}"
        pinned = b""
        if post.visibility is not Visibility.MENTIONED and not post.repost_of_id:
            pinned = b',"pinned":' + _word(post.id in self._pins)
        approval = _APPROVALS[post.quote_policy, not post.repost_of_id]
        return _FLAGS[flags] + pinned + approval + _UNFILTERED

    def _may_quote(self, post: Post) -> bool:
        """As `Permissions.may_quote`, for a post that is seen already."""
        policy = post.quote_policy
        if policy is QuotePolicy.NOBODY or post.repost_of_id:
            return False
        if post.visibility is not Visibility.PUBLIC and post.visibility is not Visibility.QUIET:
            return False
        return policy is QuotePolicy.PUBLIC or post.account_id in self._follows


def end_of_new(policy: QuotePolicy) -> bytes:
    """Of a post that a follower of its author has done nothing with and filters not."""
    return _FLAGS[0] + _APPROVALS[policy, policy is not QuotePolicy.NOBODY] + _UNFILTERED


ENDS_FOR_NOBODY: Final = {policy: _APPROVALS[policy, False] + b"}" for policy in QuotePolicy}
"""What a post's form ends with for who is not signed in."""
