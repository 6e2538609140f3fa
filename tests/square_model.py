"""The square once more, as plainly as can be: sets of pairs and a list of posts, no index at all.

What the real one answers from its indexes is compared with this.
"""

from __future__ import annotations

from typing import Any

import msgspec

from lapwing.accounts.entries import AccountDeleted, AccountOpened
from lapwing.accounts.moderation_entries import Sanctioned
from lapwing.accounts.moderation_model import Act
from lapwing.microblog import entries as square
from lapwing.microblog.model import FollowOptions, Post, Relation, Visibility
from lapwing.microblog.personal.entries import TagFollowed

_STANDINGS = {
    Act.SUSPEND: "suspended",
    Act.UNSUSPEND: "active",
    Act.SILENCE: "silenced",
    Act.UNSILENCE: "active",
}
EVERYBODY = (Visibility.PUBLIC, Visibility.QUIET)


class PlainSquare:
    """Takes the entries that the real one took. Ids of people and posts are the same."""

    def __init__(self) -> None:
        self.standing: dict[int, str] = {}
        self.posts: dict[int, Post] = {}
        self.relations: set[tuple[int, Relation, int]] = set()
        self.options: dict[tuple[int, int], FollowOptions] = {}
        self.mutes: dict[tuple[int, int], int] = {}
        self.tags: set[tuple[int, str]] = set()

    def take(self, entry: Any) -> None:
        match entry:
            case AccountOpened():
                self.standing[entry.account_id] = "active"
            case Sanctioned() if entry.act in _STANDINGS:
                self.standing[entry.account_id] = _STANDINGS[entry.act]
            case AccountDeleted():
                self._erase(entry.account_id)
            case square.PostWritten():
                self.posts[entry.post.id] = entry.post
            case square.PostEdited():
                self._edit(entry)
            case square.PostDeleted():
                self._delete(entry.post_id)
            case square.RelationChanged():
                self._relate(entry)
            case square.FollowAnswered():
                self._answer(entry)
            case TagFollowed():
                pair = entry.account_id, entry.name.lower()
                self.tags.add(pair) if entry.on else self.tags.discard(pair)

    def _edit(self, entry: square.PostEdited) -> None:
        post = self.posts[entry.post_id]
        self.posts[post.id] = msgspec.structs.replace(
            post, text=entry.text, mentions=entry.mentions, tags=entry.tags
        )

    def _delete(self, post_id: int) -> None:
        self.posts = {
            one.id: one for one in self.posts.values() if post_id not in (one.id, one.repost_of_id)
        }

    def _relate(self, entry: square.RelationChanged) -> None:
        one, other = entry.account_id, entry.target_id
        pair = one, entry.relation, other
        if not entry.on:
            self.relations.discard(pair)
            return
        self.relations.add(pair)
        if entry.relation in (Relation.FOLLOW, Relation.REQUEST):
            self.options[one, other] = entry.options
        if entry.relation is Relation.FOLLOW:
            self.relations.discard((one, Relation.REQUEST, other))
        if entry.relation is Relation.MUTE:
            self.mutes[one, other] = entry.ends_ms
        if entry.relation is Relation.BLOCK:
            for relation in (Relation.FOLLOW, Relation.REQUEST, Relation.FEATURE):
                self.relations -= {(one, relation, other), (other, relation, one)}

    def _answer(self, entry: square.FollowAnswered) -> None:
        asked = entry.asker_id, Relation.REQUEST, entry.account_id
        self.relations.discard(asked)
        if entry.accepted:
            self.relations.add((entry.asker_id, Relation.FOLLOW, entry.account_id))

    def _erase(self, account_id: int) -> None:
        self.standing[account_id] = "deleted"
        for post in list(self.posts.values()):
            if post.account_id == account_id:
                self._delete(post.id)
        self.relations = {one for one in self.relations if account_id not in (one[0], one[2])}
        self.tags = {one for one in self.tags if one[0] != account_id}

    # Questions

    def follows(self, one: int, other: int) -> bool:
        return (one, Relation.FOLLOW, other) in self.relations

    def blocks(self, one: int, other: int) -> bool:
        return (one, Relation.BLOCK, other) in self.relations

    def is_apart(self, one: int, other: int) -> bool:
        return self.blocks(one, other) or self.blocks(other, one)

    def mutes_now(self, one: int, other: int, now_ms: int) -> bool:
        if (one, Relation.MUTE, other) not in self.relations:
            return False
        ends_ms = self.mutes[one, other]
        return not ends_ms or now_ms < ends_ms

    def may_see(self, viewer: int, post: Post) -> bool:
        if post.repost_of_id:
            reposted = self.posts.get(post.repost_of_id)
            if reposted is None or not self.may_see(viewer, reposted):
                return False
        author = post.account_id
        if viewer == author:
            return True
        if self.standing[author] not in ("active", "silenced") or self.is_apart(viewer, author):
            return False
        if post.visibility in EVERYBODY:
            return True
        if viewer and viewer in post.mentions:
            return True
        return post.visibility is Visibility.FOLLOWERS and self.follows(viewer, author)

    def wants(self, viewer: int, post: Post, now_ms: int) -> bool:
        involved = {post.account_id, *post.mentions}
        if post.repost_of_id:
            involved.add(self.posts[post.repost_of_id].account_id)
        return not any(
            self.blocks(viewer, one) or self.mutes_now(viewer, one, now_ms)
            for one in involved - {viewer}
        )

    def home(self, viewer: int, now_ms: int) -> list[int]:
        return [one for one in sorted(self.posts) if self._at_home(viewer, one, now_ms)]

    def _at_home(self, viewer: int, post_id: int, now_ms: int) -> bool:
        post = self.posts[post_id]
        author = post.account_id
        if not self.may_see(viewer, post):
            return False
        if author == viewer:
            return True
        if not self.wants(viewer, post, now_ms):
            return False
        if not self.follows(viewer, author):
            tagged = any((viewer, tag.lower()) in self.tags for tag in post.tags)
            public = post.visibility is Visibility.PUBLIC and self.standing[author] == "active"
            if not (tagged and public):
                return False
        if post.repost_of_id:
            return self.options.get((viewer, author), FollowOptions()).shows_reposts
        answered = post.reply_to_account_id
        return not answered or answered in (viewer, author) or self.follows(viewer, answered)

    def public(self, viewer: int, now_ms: int) -> list[int]:
        return [
            one.id
            for one in sorted(self.posts.values(), key=lambda post: post.id)
            if one.visibility is Visibility.PUBLIC
            and not one.repost_of_id
            and (not one.reply_to_id or one.reply_to_account_id == one.account_id)
            and self.may_see(viewer, one)
            and (not viewer or self.wants(viewer, one, now_ms))
            and (self.standing[one.account_id] == "active" or self.follows(viewer, one.account_id))
        ]


def page_of(ids: list[int], limit: int, max_id: int, since_id: int, min_id: int) -> list[int]:
    """The page of a timeline whose ids are in growing order; 0 stands for no bound."""
    within = [one for one in ids if one > max(since_id, min_id) and (not max_id or one < max_id)]
    part = within[:limit] if min_id else within[-limit:]
    return part[::-1]
