"""What the square's journal holds of people's own things. See `microblog.entries`."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from lapwing.microblog.personal.model import (
    Filter,
    KeptDraft,
    NotificationPolicy,
    PushSubscription,
    RepliesPolicy,
    ScheduledPost,
)


class _Entry(msgspec.Struct, array_like=True, frozen=True):
    at_ms: int

    @property
    def instant_ms(self) -> int:
        return self.at_ms


class NotificationsCleared(_Entry, tag="own:cleared", frozen=True):
    """All that somebody had been told by then."""

    account_id: int


class NotificationsDismissed(_Entry, tag="own:dismissed", frozen=True):
    account_id: int
    notification_ids: tuple[int, ...]


class NotificationPolicySet(_Entry, tag="own:policy", frozen=True):
    account_id: int
    policy: NotificationPolicy


class NotificationRequestsAnswered(_Entry, tag="own:requests-answered", frozen=True):
    """Filtered notifications of these senders are let in, from now on too, or thrown away."""

    account_id: int
    sender_ids: tuple[int, ...]
    accepted: bool


class ListMade(_Entry, tag="own:list", frozen=True):
    account_id: int
    list_id: int
    title: str
    replies: RepliesPolicy
    exclusive: bool


class ListEdited(_Entry, tag="own:list-edited", frozen=True):
    account_id: int
    list_id: int
    title: str
    replies: RepliesPolicy
    exclusive: bool


class ListDeleted(_Entry, tag="own:list-deleted", frozen=True):
    account_id: int
    list_id: int


class ListMembersChanged(_Entry, tag="own:list-members", frozen=True):
    """Accounts are put on a list, or taken from it."""

    account_id: int
    list_id: int
    member_ids: tuple[int, ...]
    on: bool


class FilterPut(_Entry, tag="own:filter", frozen=True):
    """A filter is as follows from now on."""

    filter: Filter


class FilterDeleted(_Entry, tag="own:filter-deleted", frozen=True):
    account_id: int
    filter_id: int


class MarkerSet(_Entry, tag="own:marker", frozen=True):
    account_id: int
    timeline: str
    last_read_id: int


class ConversationRead(_Entry, tag="own:conversation-read", frozen=True):
    account_id: int
    conversation_id: int
    unread: bool = False


class ConversationDeleted(_Entry, tag="own:conversation-deleted", frozen=True):
    """For one of its people; the posts stay."""

    account_id: int
    conversation_id: int


class TagFollowed(_Entry, tag="own:tag-followed", frozen=True):
    """A hashtag is followed, or no more; `follow_id` is 0 then."""

    account_id: int
    name: str
    on: bool
    follow_id: int = 0


class TagFeatured(_Entry, tag="own:tag-featured", frozen=True):
    """A hashtag is shown on one's profile, or no more; `featured_id` is 0 then."""

    account_id: int
    name: str
    on: bool
    featured_id: int = 0


class PostScheduled(_Entry, tag="own:scheduled", frozen=True):
    """A post is to be written later; with a known id it takes the place of that one."""

    scheduled: ScheduledPost


class ScheduledPostCancelled(_Entry, tag="own:scheduled-cancelled", frozen=True):
    account_id: int
    scheduled_id: int


class DraftKept(_Entry, tag="own:draft", frozen=True):
    """With a known id it takes the place of that one."""

    draft: KeptDraft


class DraftForgotten(_Entry, tag="own:draft-forgotten", frozen=True):
    account_id: int
    draft_id: int


class PushSubscribed(_Entry, tag="own:push", frozen=True):
    """It takes the place of the one of the same session."""

    subscription: PushSubscription


class PushUnsubscribed(_Entry, tag="own:push-ended", frozen=True):
    """Its owner wants it no more, or its endpoint is gone."""

    account_id: int
    session_id: int


class SuggestionDismissed(_Entry, tag="own:suggestion-dismissed", frozen=True):
    account_id: int
    target_id: int


PersonalEntry: TypeAlias = (
    NotificationsCleared
    | NotificationsDismissed
    | NotificationPolicySet
    | NotificationRequestsAnswered
    | ListMade
    | ListEdited
    | ListDeleted
    | ListMembersChanged
    | FilterPut
    | FilterDeleted
    | MarkerSet
    | ConversationRead
    | ConversationDeleted
    | TagFollowed
    | TagFeatured
    | PostScheduled
    | ScheduledPostCancelled
    | DraftKept
    | DraftForgotten
    | PushSubscribed
    | PushUnsubscribed
    | SuggestionDismissed
)
