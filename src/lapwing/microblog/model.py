"""What people write here. Ids sort by time; instants are milliseconds since 1970."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Visibility(StrEnum):
    PUBLIC = "public"
    QUIET = "quiet"
    """Everybody may read it, but it is on no public timeline, in no trend and no search."""
    FOLLOWERS = "followers"
    MENTIONED = "mentioned"
    """Only its author and those whom it mentions."""


class QuotePolicy(StrEnum):
    """Who may quote a post."""

    PUBLIC = "public"
    FOLLOWERS = "followers"
    NOBODY = "nobody"


class MediaKind(StrEnum):
    IMAGE = "image"
    GIFV = "gifv"
    """A short silent video that plays in a loop."""
    VIDEO = "video"
    AUDIO = "audio"
    UNKNOWN = "unknown"


class Attachment(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A media file of a post; `file` and `preview` are keys among the media files."""

    id: int
    account_id: int
    kind: MediaKind
    file: str
    preview: str
    description: str = ""
    """Its text for those who do not see it."""
    blurhash: str = ""
    meta: str = "{}"
    """JSON with sizes, lengths and focus, as `microblog.media` makes it."""


class Poll(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What a post asks; its votes are kept beside."""

    options: tuple[str, ...]
    ends_ms: int
    multiple: bool = False
    hides_totals: bool = False
    """Until it ends."""


class Card(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What a linked page says of itself."""

    url: str
    title: str
    description: str = ""
    kind: str = "link"
    provider_name: str = ""
    author_name: str = ""
    image: str = ""
    """Key among the media files."""
    width: int = 0
    height: int = 0
    blurhash: str = ""


class Post(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One post. A repost is a post with `repost_of_id` and no words of its own."""

    id: int
    account_id: int
    created_ms: int
    text: str = ""
    visibility: Visibility = Visibility.PUBLIC
    language: str = "en"
    warning: str = ""
    """Shown in place of the text until the reader asks for it."""
    sensitive: bool = False
    reply_to_id: int = 0
    reply_to_account_id: int = 0
    thread_id: int = 0
    """Of the post that began the thread; its own id where it began one."""
    repost_of_id: int = 0
    quote_of_id: int = 0
    quote_policy: QuotePolicy = QuotePolicy.PUBLIC
    mentions: tuple[int, ...] = ()
    """Account ids, in the order of the text."""
    tags: tuple[str, ...] = ()
    """As written, without `#`."""
    services: tuple[str, ...] = ()
    """Slugs of the watched services that it names by `$`."""
    media: tuple[Attachment, ...] = ()
    poll: Poll | None = None
    card: Card | None = None
    app_name: str = ""
    edited_ms: int = 0
    """0: never."""
    subject: str = ""
    """What it tells, where it is one of the server's own: no two posts have one subject."""
    app_website: str = ""
    quote_revoked: bool = False
    """The author of the quoted post does not want to be quoted here."""

    @property
    def is_repost(self) -> bool:
        return self.repost_of_id != 0

    @property
    def is_for_everybody(self) -> bool:
        """Whether somebody who is not signed in may read it."""
        return self.visibility in (Visibility.PUBLIC, Visibility.QUIET)


class Version(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What a post said until `until_ms`, or says now."""

    created_ms: int
    text: str
    warning: str
    sensitive: bool
    media: tuple[Attachment, ...] = ()
    poll: Poll | None = None


class Mark(StrEnum):
    """What a person may put on a post."""

    LIKE = "like"
    BOOKMARK = "bookmark"
    PIN = "pin"
    """On the author's own profile."""
    MUTE_THREAD = "mute_thread"


class Relation(StrEnum):
    """What one account may be to another; directed."""

    FOLLOW = "follow"
    REQUEST = "request"
    """Asks a locked account to follow it."""
    BLOCK = "block"
    MUTE = "mute"
    FEATURE = "feature"
    """On one's profile."""


class FollowOptions(msgspec.Struct, array_like=True, frozen=True, gc=False):
    shows_reposts: bool = True
    notifies: bool = False
    """Of each new post."""
    languages: tuple[str, ...] = ()
    """Empty: all."""
