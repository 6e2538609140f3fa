"""What the microblog's pages are made of: `app.py` fills it, the handlers read it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import msgspec
from litestar import Request

from lapwing.accounts.desk import AccountDesk
from lapwing.accounts.model import Viewer
from lapwing.microblog.actions.context import Context
from lapwing.microblog.media.processing import MediaProcessor
from lapwing.microblog.model import Post
from lapwing.microblog.paging import Page
from lapwing.microblog.personal.desk import PersonalDesk
from lapwing.microblog.timelines import Timelines
from lapwing.outages.views import BoardView, ServiceLink
from lapwing.ports.media_files import MediaFiles
from lapwing.web.pages.rendering import Pages

SIGN_IN_PATH = "/sign-in"


def _no_thread(incident_id: str) -> Post | None:
    del incident_id
    return None


def _no_claims(text: str) -> Collection[str]:
    del text
    return ()


def _no_symptoms(slug: str) -> Sequence[tuple[str, str]]:
    del slug
    return ()


class HomeSlice(msgspec.Struct, frozen=True):
    """Ids for one page of home, and since when nothing newer could be had."""

    ids: tuple[int, ...]
    stale_since: datetime | None = None


class CaughtUp(msgspec.Struct, frozen=True):
    """What mattered to a viewer since the last visit."""

    ids: tuple[int, ...]
    reasons: dict[int, str]
    """By which rule, in words."""
    lead: str
    """Since when, and from how many posts it was chosen."""
    rules: tuple[str, ...]
    """All rules, in words."""


class Trend(msgspec.Struct, frozen=True):
    tag: str
    """As most write it."""
    posts: int
    people: int


class ReadsHome(Protocol):
    def __call__(self, viewer: Viewer, page: Page) -> Awaitable[HomeSlice]:
        """Never raises because something behind is away: it answers with what is known."""
        ...


class FindsPosts(Protocol):
    def __call__(self, viewer_id: int, text: str, page: Page) -> Awaitable[Sequence[int]]:
        """Ids of posts that have all that is asked for, the newest first, all of which the viewer
        may see. Raises `Refusal` for a query that cannot be understood, `Unavailable`."""
        ...


@dataclass(frozen=True)
class SquareParts:
    """Everything that the microblog's pages need."""

    context: Context
    timelines: Timelines
    pages: Pages
    viewer_of: Callable[[Request[Any, Any, Any]], Viewer | None]
    """Who is signed in by the browser's session."""
    media_files: MediaFiles
    media: MediaProcessor
    read_home: ReadsHome
    catch_up: Callable[[int], CaughtUp]
    find_posts: FindsPosts
    board: Callable[[], BoardView]
    service_link: Callable[[str], ServiceLink | None]
    """By slug."""
    trends: Callable[[int], Sequence[Trend]]
    """Hashtags of the day, the most used first; of the viewer's asking."""
    trending_posts: Callable[[int], Sequence[int]]
    suggested: Callable[[int], Sequence[int]]
    """Accounts that the viewer may want to follow."""
    desk: PersonalDesk
    account_desk: AccountDesk
    find_incident_thread: Callable[[str], Post | None] = _no_thread
    """By incident: the post that began its thread, or that of the larger one that it is part of.
    Raises `Refusal` where there is no such incident."""
    claims_in: Callable[[str], Collection[str]] = _no_claims
    """Slugs of the services that a text says fail."""
    symptoms_of: Callable[[str], Sequence[tuple[str, str]]] = _no_symptoms
    """Key and label, by a service's slug."""
    push_key: str = ""
    """Public key for Web Push (VAPID), URL-safe base64; empty: there is none."""
    sign_in_path: str = SIGN_IN_PATH
    complain_path: str = "/complain"
    """Where posts and accounts are reported to the moderators; gets `account` and `post`."""
    account_links: Sequence[tuple[str, str]] = field(default_factory=tuple)
    """Labels and addresses of the pages about signing in, for the settings."""
