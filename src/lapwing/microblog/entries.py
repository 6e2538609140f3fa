"""What the square's journal holds of the microblog: everything that changes its state, in order.

An entry has everything resolved (ids, instants, who is mentioned): folding it again gives the
same state. All live state is `square.Square`, a fold over these.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from lapwing.microblog.model import (
    Attachment,
    Card,
    FollowOptions,
    Mark,
    Poll,
    Post,
    QuotePolicy,
    Relation,
)


class _Entry(msgspec.Struct, array_like=True, frozen=True):
    at_ms: int

    @property
    def instant_ms(self) -> int:
        return self.at_ms


class PostWritten(_Entry, tag="post", frozen=True):
    """A post, a reply, a quote or a repost."""

    post: Post
    request: str = ""
    """Idempotency key of the request that brought it."""
    scheduled_id: int = 0
    """The scheduled post that it was until now."""


class PostEdited(_Entry, tag="edit", frozen=True):
    post_id: int
    text: str
    warning: str
    sensitive: bool
    language: str
    mentions: tuple[int, ...]
    tags: tuple[str, ...]
    services: tuple[str, ...]
    media: tuple[Attachment, ...]
    poll: Poll | None


class PostDeleted(_Entry, tag="delete", frozen=True):
    """By its author, or by a moderator."""

    post_id: int
    by: int
    keeps_media: bool = False
    """They are uploads again: their author is to write the post anew."""


class PostHidden(_Entry, tag="hide", frozen=True):
    """A moderator has a post's media shown only to who asks for them."""

    post_id: int


class QuotePolicySet(_Entry, tag="quote-policy", frozen=True):
    """The author of a post says anew who may quote it; quotes that are there stay."""

    post_id: int
    policy: QuotePolicy


class QuoteRevoked(_Entry, tag="quote-revoked", frozen=True):
    """The author of a quoted post does not want to be quoted in this one."""

    post_id: int


class CardFound(_Entry, tag="card", frozen=True):
    """The page that a post links to told what it is."""

    post_id: int
    card: Card


class PostMarked(_Entry, tag="mark", frozen=True):
    account_id: int
    post_id: int
    mark: Mark
    on: bool


class PollVoted(_Entry, tag="vote", frozen=True):
    account_id: int
    post_id: int
    choices: tuple[int, ...]
    """Indices of the options."""


class PollEnded(_Entry, tag="poll-ended", frozen=True):
    post_id: int


class RelationChanged(_Entry, tag="relation", frozen=True):
    """One account follows, asks, blocks, mutes or features another, or does no more."""

    account_id: int
    target_id: int
    relation: Relation
    on: bool
    options: FollowOptions = FollowOptions()
    hides_notifications: bool = True
    """Of a muted account."""
    ends_ms: int = 0
    """Of a mute; 0: never."""


class FollowAnswered(_Entry, tag="follow-answered", frozen=True):
    """A locked account lets somebody follow it, or does not."""

    account_id: int
    asker_id: int
    accepted: bool


class PrivateNoteWritten(_Entry, tag="private-note", frozen=True):
    """What one account notes for itself about another."""

    account_id: int
    target_id: int
    text: str


class MediaAdded(_Entry, tag="media", frozen=True):
    """An upload that belongs to no post yet."""

    media: Attachment


class MediaDescribed(_Entry, tag="media-described", frozen=True):
    media: Attachment


class MediaForgotten(_Entry, tag="media-forgotten", frozen=True):
    media_id: int


class AccountErased(_Entry, tag="erased", frozen=True):
    """An account was deleted for good: all that it wrote and did here goes."""

    account_id: int


PostEntry: TypeAlias = (
    PostWritten
    | PostEdited
    | PostDeleted
    | PostHidden
    | CardFound
    | QuotePolicySet
    | QuoteRevoked
    | PostMarked
    | PollVoted
    | PollEnded
    | RelationChanged
    | FollowAnswered
    | PrivateNoteWritten
    | MediaAdded
    | MediaDescribed
    | MediaForgotten
    | AccountErased
)
