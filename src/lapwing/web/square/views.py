"""What the microblog's pages show: plain values, made for one viewer, nothing left to ask."""

from __future__ import annotations

from datetime import datetime

import msgspec
from markupsafe import Markup

from lapwing.outages.views import ServiceCard, ServiceLink


class AccountView(msgspec.Struct, frozen=True):
    """Somebody, as a line in a list or over a post shows them."""

    id: str
    username: str
    name: str
    """The display name, or the username where there is none."""
    path: str
    """`/@name`."""
    avatar: str
    """Address of the picture; empty: a drawn one."""
    tint: int
    """Which of the drawn pictures' colours, 0 to 7."""
    bot: bool = False
    locked: bool = False
    service: ServiceLink | None = None
    """The watched service whose outages this account tells."""
    note: str = ""
    """The profile's text, as written; for lists of accounts."""

    @property
    def initial(self) -> str:
        return next((letter for letter in self.name if letter.isalnum()), "?").upper()


class MediaView(msgspec.Struct, frozen=True):
    id: str
    kind: str
    """`image`, `gifv`, `video`, `audio`."""
    url: str
    preview: str
    """Address of the small picture; empty for sound."""
    description: str
    width: int = 0
    """In pixels, of the preview; 0: not known."""
    height: int = 0
    focus: tuple[float, float] = (0.0, 0.0)
    """What must stay visible: -1 to 1 from the left and from the bottom."""


class OptionView(msgspec.Struct, frozen=True):
    title: str
    votes: int
    share: float
    """Of those who voted, 0 to 1."""
    chosen: bool
    leads: bool


class PollView(msgspec.Struct, frozen=True):
    options: tuple[OptionView, ...]
    voters: int
    ends_at: datetime
    over: bool
    multiple: bool
    told: bool
    """Whether the result is shown to this viewer now."""
    may_vote: bool


class CardView(msgspec.Struct, frozen=True):
    url: str
    title: str
    description: str
    site: str
    image: str
    width: int
    height: int


class QuoteView(msgspec.Struct, frozen=True):
    """A post inside another; its words are all that is shown."""

    author: AccountView
    path: str
    at: datetime
    html: Markup
    warning: str
    has_media: bool


class PostView(msgspec.Struct, frozen=True):
    id: str
    """Of the post that is shown: the original where it stands here as a repost."""
    entry_id: str
    """Its place on the timeline: the repost's id, or its own."""
    author: AccountView
    path: str
    """`/@name/ID`."""
    at: datetime
    html: Markup
    language: str
    visibility: str
    warning: str
    sensitive: bool
    edited_at: datetime | None = None
    reposted_by: AccountView | None = None
    answers: AccountView | None = None
    """Whom it answers."""
    media: tuple[MediaView, ...] = ()
    poll: PollView | None = None
    card: CardView | None = None
    quote: QuoteView | None = None
    quote_gone: bool = False
    app_name: str = ""
    replies: int = 0
    reposts: int = 0
    quotes: int = 0
    likes: int = 0
    liked: bool = False
    reposted: bool = False
    bookmarked: bool = False
    pinned: bool = False
    thread_muted: bool = False
    is_own: bool = False
    may_repost: bool = False
    may_quote: bool = False
    filtered: str = ""
    """Title of the viewer's filter that puts a warning before the whole post."""
    reason: str = ""
    """Why it is shown here, where a rule chose it."""

    @property
    def shows_wide(self) -> bool:
        """Whether its pictures are best seen one below the other: two wide ones, as charts are."""
        return len(self.media) == 2 and all(
            media.kind == "image" and media.width > 1.5 * media.height for media in self.media
        )


class TimelineView(msgspec.Struct, frozen=True):
    """One page of posts."""

    posts: tuple[PostView, ...]
    newest: str = ""
    """Id of the newest entry that was looked at; news are above it."""
    older: str = ""
    """Address of the page below; empty: this is the end."""
    news: str = ""
    """Address that tells how many entries are above `since`; empty: nobody needs to ask."""
    stale_since: datetime | None = None


class TabView(msgspec.Struct, frozen=True):
    label: str
    path: str
    current: bool = False


class Relationship(msgspec.Struct, frozen=True):
    """What the viewer is to somebody."""

    following: bool = False
    requested: bool = False
    followed_by: bool = False
    blocking: bool = False
    muting: bool = False
    notifying: bool = False
    shows_reposts: bool = True
    featured: bool = False
    note: str = ""


class FieldView(msgspec.Struct, frozen=True):
    name: str
    value: Markup


class ProfileView(msgspec.Struct, frozen=True):
    account: AccountView
    note: Markup
    fields: tuple[FieldView, ...]
    header: str
    joined_at: datetime
    posts: int
    following: int
    followers: int
    hides_relations: bool
    is_own: bool
    silenced: bool
    relationship: Relationship | None
    """None: nobody is signed in, or it is the viewer's own profile."""


class NoticeView(msgspec.Struct, frozen=True):
    """One line of the notifications: what some people did, and the post it was about."""

    id: str
    kind: str
    at: datetime
    accounts: tuple[AccountView, ...]
    """The newest of them."""
    count: int
    """How many people there are in all."""
    post: PostView | None
    unread: bool
    text: str = ""


class TrendView(msgspec.Struct, frozen=True):
    tag: str
    path: str
    posts: int
    people: int


class BesideView(msgspec.Struct, frozen=True):
    """What stands beside the posts on a wide screen; the same for everybody."""

    down: tuple[ServiceCard, ...]
    trends: tuple[TrendView, ...]


class ComposerView(msgspec.Struct, frozen=True):
    """The form for a post, as it was filled in so far."""

    action: str = "/compose"
    request: str = ""
    """Idempotency key: pressing twice posts once."""
    text: str = ""
    warning: str = ""
    sensitive: bool = False
    visibility: str = "public"
    language: str = "en"
    reply_to: PostView | None = None
    quote: PostView | None = None
    editing: str = ""
    """Id of the post that is edited; empty: a new one."""
    media: tuple[MediaView, ...] = ()
    poll_options: tuple[str, ...] = ()
    poll_seconds: int = 86_400
    poll_multiple: bool = False
    poll_hides: bool = False
    due: str = ""
    """As the browser's field for date and time writes it."""
    zone: str = ""
    problem: str = ""
    problem_field: str = ""


class FrameView(msgspec.Struct, frozen=True):
    """What of the frame belongs to the viewer."""

    account: AccountView | None = None
    unread: int = 0
