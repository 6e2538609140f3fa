"""The things of one person. Instants are milliseconds since 1970; 0 stands for never."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from lapwing.microblog.actions.composing import Draft


class NotificationKind(StrEnum):
    """What somebody is told of. New kinds go to the end: places in this order are stored."""

    MENTION = "mention"
    REPOST = "repost"
    LIKE = "like"
    FOLLOW = "follow"
    REQUEST = "request"
    """Somebody asks to follow."""
    POLL = "poll"
    """A poll ended that one asked or voted in."""
    EDIT = "edit"
    """A post changed that one reposted."""
    POST = "post"
    """Somebody wrote of whose every post one wants to hear."""
    QUOTE = "quote"
    QUOTED_EDIT = "quoted_edit"
    """A post changed that one quoted."""
    WARNING = "warning"
    """The moderators acted on one's account."""


class Rule(StrEnum):
    """What happens to notifications of a sort."""

    ACCEPT = "accept"
    FILTER = "filter"
    """They wait as a request of their sender."""
    DROP = "drop"


class NotificationPolicy(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """From whom somebody wants to be told at once."""

    for_not_following: Rule = Rule.ACCEPT
    for_not_followers: Rule = Rule.ACCEPT
    for_new_accounts: Rule = Rule.ACCEPT
    for_private_mentions: Rule = Rule.FILTER
    for_limited_accounts: Rule = Rule.FILTER


class RepliesPolicy(StrEnum):
    """Which answers of a list's members are on the list."""

    FOLLOWED = "followed"
    """Answers to those whom the owner follows."""
    LIST = "list"
    """Answers to other members."""
    NONE = "none"


class AccountList(msgspec.Struct, array_like=True, frozen=True):
    id: int
    account_id: int
    """Its owner; nobody else knows of it."""
    title: str
    replies: RepliesPolicy = RepliesPolicy.LIST
    exclusive: bool = False
    """Its members are not on the home timeline."""
    members: tuple[int, ...] = ()
    """In the order in which they were put on it."""


class FilterContext(StrEnum):
    HOME = "home"
    """And lists."""
    NOTIFICATIONS = "notifications"
    PUBLIC = "public"
    THREAD = "thread"
    ACCOUNT = "account"


class FilterAction(StrEnum):
    WARN = "warn"
    HIDE = "hide"
    BLUR = "blur"


class FilterKeyword(msgspec.Struct, array_like=True, frozen=True, gc=False):
    id: int
    keyword: str
    """Plain text, never a pattern."""
    whole_word: bool = False


class FilterPost(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A single post that a filter is for."""

    id: int
    post_id: int


class Filter(msgspec.Struct, array_like=True, frozen=True):
    id: int
    account_id: int
    title: str
    contexts: tuple[FilterContext, ...]
    action: FilterAction = FilterAction.WARN
    expires_ms: int = 0
    keywords: tuple[FilterKeyword, ...] = ()
    posts: tuple[FilterPost, ...] = ()


class FilterResult(msgspec.Struct, frozen=True, gc=False):
    """Why a filter takes a post."""

    filter: Filter
    keywords: tuple[str, ...]
    post_ids: tuple[int, ...]


class Marker(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """How far somebody has read."""

    last_read_id: int
    version: int
    at_ms: int


class Conversation(msgspec.Struct, array_like=True, frozen=True):
    """A thread of posts for the mentioned only, as one of its people has it."""

    id: int
    account_id: int
    """Whose view it is."""
    thread_id: int
    unread: bool
    post_ids: tuple[int, ...]
    """The newest of them, oldest first; never empty."""

    @property
    def last_post_id(self) -> int:
        return self.post_ids[-1]


class FollowedTag(msgspec.Struct, array_like=True, frozen=True, gc=False):
    id: int
    tag: str
    """Its key: one for all spellings."""
    name: str
    """As it was written."""


class ScheduledPost(msgspec.Struct, array_like=True, frozen=True):
    id: int
    account_id: int
    due_ms: int
    draft: Draft
    params: str
    """JSON with what was asked for, as it was asked: shown, never read."""
    made_ms: int = 0
    request: str = ""
    """Idempotency key of the request that brought it."""
    refused: str = ""
    """Why it could not be posted when it was due; empty: it has not been tried."""


class KeptDraft(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What somebody began to write and goes on with on another device."""

    id: int
    account_id: int
    kept_ms: int
    content: str
    """JSON of the composer; the server reads nothing in it but `media_ids`."""
    media_ids: tuple[int, ...] = ()


class PushPolicy(StrEnum):
    """Of whose doings a device wants to be told."""

    ALL = "all"
    FOLLOWED = "followed"
    FOLLOWER = "follower"
    NONE = "none"


class PushSubscription(msgspec.Struct, array_like=True, frozen=True):
    """Where a browser or an app waits for Web Push (RFC 8030)."""

    id: int
    account_id: int
    session_id: int
    """Session or token that it was made with; it ends with it."""
    endpoint: str
    p256dh: str
    """The device's public key, URL-safe base64."""
    auth: str
    """The device's secret, URL-safe base64."""
    kinds: tuple[NotificationKind, ...] = ()
    policy: PushPolicy = PushPolicy.ALL
    standard: bool = False
    """As RFC 8291 has it, not as its draft did."""
