"""The whole site with accounts, in process."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx
from tests.account_desk import PASSWORD, Office, open_office
from tests.site.edge import StoppedClock, sample_parts

from lapwing.accounts.tokens import TokenRegistry, make_token
from lapwing.adapters.media.memory_media_files import MemoryMediaFiles
from lapwing.adapters.memory_store import MemoryTokenStore
from lapwing.microblog.actions.context import Context
from lapwing.microblog.media.limits import MediaLimits
from lapwing.microblog.media.processing import MediaProcessor
from lapwing.microblog.never_empty.home import Home
from lapwing.microblog.never_empty.kept_pages import KeptPages
from lapwing.microblog.personal.desk import PersonalDesk
from lapwing.microblog.personal.tables import PersonalTables
from lapwing.microblog.square import Square
from lapwing.microblog.timelines import Timelines
from lapwing.settings import Settings
from lapwing.web.accounts.oauth_api import oauth_routes
from lapwing.web.accounts.parts import AccountParts
from lapwing.web.accounts.routing import account_handlers
from lapwing.web.client_address import TrustedProxies
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.site import MastodonSite
from lapwing.web.site import Site, create_site

URL = "http://testserver.local"


@dataclass
class AccountSite:
    """A browser at the site, and what stands behind it."""

    office: Office
    parts: AccountParts
    browser: httpx.AsyncClient
    operator_secret: str

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.browser.get(path, **more)

    async def post(self, path: str, **form: str) -> httpx.Response:
        """A form of the site's own pages."""
        headers = {"Sec-Fetch-Site": "same-origin"}
        return await self.browser.post(path, data=form, headers=headers)

    async def sign_in(self, login: str = "asha", password: str = PASSWORD) -> httpx.Response:
        return await self.post("/sign-in", login=login, password=password)

    @property
    def session(self) -> str | None:
        return self.browser.cookies.get(self.parts.cookies.name)

    def mailed_path(self) -> str:
        """The path of the link in the newest letter."""
        found = re.search(URL + r"(/\S+)", self.office.mailer.letters[-1].text)
        assert found is not None
        return found[1]


class NoMedia:
    """Of a square in which nobody shows pictures."""

    limits = MediaLimits()


def _api(office: Office, settings: Settings) -> MastodonParts:
    """The Mastodon API over a square in which nobody says anything."""
    square = Square(office.accounts)
    context = Context(square, office.journal, office.desk.ids, office.clock)
    timelines = Timelines(square, office.clock)
    return MastodonParts(
        settings=settings,
        context=context,
        timelines=timelines,
        home=Home(square, timelines, KeptPages(), office.clock),
        desk=PersonalDesk(context, PersonalTables(square)),
        account_desk=office.desk,
        media=cast(MediaProcessor, NoMedia()),
        media_files=MemoryMediaFiles(),
        find_posts=_find_nothing,
    )


async def _find_nothing(viewer_id: int, text: str, **more: Any) -> list[int]:
    del viewer_id, text, more
    return []


def make_account_site(office: Office, url: str = URL) -> Site:
    """For a real server."""
    parts, _ = _parts(office, url)
    return _site(office, parts, url)


@asynccontextmanager
async def account_site(
    office: Office | None = None, *, address: str = "203.0.113.7", **more: Any
) -> AsyncIterator[AccountSite]:
    office = office or open_office()
    parts, secret = _parts(office, URL, **more)
    transport = httpx.ASGITransport(_site(office, parts, URL), client=(address, 4711))
    async with httpx.AsyncClient(transport=transport, base_url=URL) as browser:
        yield AccountSite(office, parts, browser, secret)


def _parts(office: Office, url: str, **more: Any) -> tuple[AccountParts, str]:
    """And an operator's secret."""
    token, secret = make_token("operator", StoppedClock().now())
    parts = AccountParts(
        desk=office.desk,
        pages=sample_parts(Settings(url=url)).pages,
        trusted=TrustedProxies(),
        tokens=TokenRegistry(MemoryTokenStore(), [token]),
        clock=StoppedClock(),
        **more,
    )
    return parts, secret


def _site(office: Office, parts: AccountParts, url: str) -> Site:
    settings = Settings(url=url)
    api = MastodonSite(
        _api(office, settings), TrustedProxies(), oauth_routes(parts), foreign={"operator"}
    )
    return create_site(sample_parts(settings), account_handlers(parts), mastodon=api)
