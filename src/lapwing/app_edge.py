"""The part of the composition root that gives the edge what it needs of accounts and microblog."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Request
from litestar.types import ControllerRouterHandler

from lapwing.accounts.model import Account, Viewer
from lapwing.accounts.tokens import TokenRegistry
from lapwing.app_square import SquareApplication
from lapwing.kernel.instants import from_ms
from lapwing.microblog.model import Post
from lapwing.microblog.never_empty.home import Source
from lapwing.microblog.paging import Page
from lapwing.microblog.personal.catch_up import RULES, RULES_IN_WORDS
from lapwing.outages.views import BoardView, ServiceLink
from lapwing.ports.clock import Clock
from lapwing.web.accounts.oauth_api import oauth_routes
from lapwing.web.accounts.parts import AccountParts, PostExcerpt
from lapwing.web.accounts.routing import account_handlers
from lapwing.web.accounts.sessions import SessionCookies
from lapwing.web.client_address import TrustedProxies
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.site import MastodonSite
from lapwing.web.pages.rendering import Pages
from lapwing.web.square.drawing import Drawing
from lapwing.web.square.parts import CaughtUp, HomeSlice, SquareParts, Trend
from lapwing.web.square.routes import SearchPage, square_handlers, square_search

_OUTAGE_WORDS = {
    "operator",
    "backfills",
    "board",
    "calibration",
    "here",
    "incidents",
    "openapi.json",
    "places",
    "reports",
    "services",
}
"""First words behind /api/v1/ of the outages' own API."""
_TRENDS_SHOWN = 10
_ACCOUNT_LINKS = (
    ("Account", "/settings/account"),
    ("Security", "/settings/security"),
    ("Apps", "/settings/apps"),
    ("Your data", "/settings/export"),
)


@dataclass
class SquareEdge:
    """Pages and APIs of accounts and microblog."""

    square: SquareApplication
    pages: Pages
    tokens: TokenRegistry
    clock: Clock
    board: Callable[[], BoardView]
    service_link: Callable[[str], ServiceLink | None]
    find_incident_thread: Callable[[str], Post | None]
    claims_in: Callable[[str], Collection[str]]
    symptoms_of: Callable[[str], Sequence[tuple[str, str]]]

    def __post_init__(self) -> None:
        self._trusted = TrustedProxies(self.square.settings.trusted_proxies)
        self._cookies = SessionCookies(self.square.account_desk)
        self.square_parts = self._square_parts()
        self._drawing = Drawing(self.square_parts)
        self.account_parts = AccountParts(
            desk=self.square.account_desk,
            pages=self.pages,
            trusted=self._trusted,
            tokens=self.tokens,
            clock=self.clock,
            exporters=(self._export_posts,),
            find_post=self._find_excerpt,
            find_visible_post=self._find_visible_excerpt,
            frame_of=self._frame_of,
            push_key=self.square.web_push.public_key,
            password_grant=self.square.settings.password_grant,
        )

    def handlers(self) -> list[ControllerRouterHandler]:
        return [*account_handlers(self.account_parts), *square_handlers(self.square_parts)]

    def search_page(self) -> SearchPage:
        return square_search(self.square_parts)

    def mastodon_site(self) -> MastodonSite:
        square = self.square
        tables = square.state.personal
        parts = MastodonParts(
            settings=square.settings,
            context=square.context,
            timelines=square.timelines,
            home=square.home,
            desk=square.personal,
            account_desk=square.account_desk,
            media=square.media_processor,
            media_files=square.media_files,
            find_posts=square.searching.find,
            vapid_key=square.web_push.public_key,
            trending_tags=lambda _: [one.tag for one in tables.trends.tags(square.now_ms())],
            trending_posts=self._trending_posts,
            suggested=self._suggested,
        )
        routes = oauth_routes(self.account_parts)
        return MastodonSite(parts, self._trusted, routes, foreign=_OUTAGE_WORDS)

    def _square_parts(self) -> SquareParts:
        square = self.square
        return SquareParts(
            context=square.context,
            timelines=square.timelines,
            pages=self.pages,
            viewer_of=self._viewer_of,
            media_files=square.media_files,
            media=square.media_processor,
            read_home=self._read_home,
            catch_up=self._catch_up,
            find_posts=self._find_posts,
            board=self.board,
            service_link=self.service_link,
            trends=self._trends,
            trending_posts=self._trending_posts,
            suggested=self._suggested,
            desk=square.personal,
            account_desk=square.account_desk,
            account_links=_ACCOUNT_LINKS,
            push_key=square.web_push.public_key,
            find_incident_thread=self.find_incident_thread,
            claims_in=self.claims_in,
            symptoms_of=self.symptoms_of,
        )

    def _viewer_of(self, request: Request[Any, Any, Any]) -> Viewer | None:
        return self._cookies.find_viewer(request.headers)

    async def _read_home(self, viewer: Viewer, page: Page) -> HomeSlice:
        shown = self.square.home.read(viewer.account_id, page)
        since = None if shown.source is Source.LIVE else from_ms(shown.made_ms)
        return HomeSlice(shown.ids, since)

    async def _find_posts(self, viewer_id: int, text: str, page: Page) -> list[int]:
        return await self.square.searching.find(
            viewer_id, text, limit=page.limit, before_id=page.max_id
        )

    def _catch_up(self, viewer_id: int) -> CaughtUp:
        caught = self.square.personal.catch_up.for_viewer(viewer_id, self.square.now_ms())
        since = from_ms(caught.since_ms)
        return CaughtUp(
            ids=tuple(item.post_id for item in caught.items),
            reasons={item.post_id: item.why for item in caught.items},
            lead=f"Since {since:%d %B, %H:%M} UTC; chosen from {caught.chosen_from:,} posts.",
            rules=(RULES_IN_WORDS, *(f"{points} {text}" for _, points, text in RULES)),
        )

    def _trends(self, viewer_id: int) -> list[Trend]:
        del viewer_id
        found = self.square.state.personal.trends.tags(self.square.now_ms())
        return [Trend(one.tag, one.posts, one.people) for one in found[:_TRENDS_SHOWN]]

    def _trending_posts(self, viewer_id: int) -> list[int]:
        found = self.square.state.personal.trends.posts(viewer_id, self.square.now_ms())
        return [one.post_id for one in found]

    def _suggested(self, viewer_id: int) -> list[int]:
        suggestions = self.square.state.personal.suggestions
        return [one.account_id for one in suggestions.of(viewer_id, self.square.now_ms(), 40)]

    def _frame_of(self, account: Account | None) -> Any:
        viewer = None if account is None else Viewer(account, frozenset())
        return self._drawing.frame(viewer)

    def _find_excerpt(self, post_id: int) -> PostExcerpt | None:
        post = self.square.state.square.posts.find(post_id)
        author = None if post is None else self.square.state.accounts.find(post.account_id)
        if post is None or author is None:
            return None
        path = f"/@{author.username}/{post.id}"
        return PostExcerpt(str(post.id), path, post.text, author.username, len(post.media))

    def _find_visible_excerpt(self, viewer_id: int, post_id: int) -> PostExcerpt | None:
        square = self.square.state.square
        post = square.posts.find(post_id)
        may_see = post is not None and square.permissions.may_see(viewer_id, post)
        return self._find_excerpt(post_id) if may_see else None

    async def _export_posts(self, account_id: int) -> Mapping[str, bytes]:
        """What the microblog adds to somebody's data: their posts, as they are kept."""
        posts = self.square.state.square.posts
        own = [msgspec.structs.asdict(posts.get(one)) for one in posts.of(account_id)]
        return {"posts.json": msgspec.json.format(msgspec.json.encode(own))}
