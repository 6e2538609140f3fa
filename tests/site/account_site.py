"""The whole site with accounts, in process."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import httpx
from tests.account_desk import PASSWORD, Office, open_office
from tests.site.edge import StoppedClock, sample_parts

from lapwing.accounts.desk import AccountDesk
from lapwing.accounts.registry import Accounts
from lapwing.accounts.tokens import TokenRegistry, make_token
from lapwing.adapters.memory_store import MemoryTokenStore
from lapwing.microblog.square import Square
from lapwing.microblog.state import SquareState
from lapwing.settings import Settings
from lapwing.web.accounts.oauth_api import oauth_routes
from lapwing.web.accounts.parts import AccountParts
from lapwing.web.accounts.routing import account_handlers
from lapwing.web.client_address import TrustedProxies
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


@dataclass
class _Api:
    """As much of the Mastodon API's parts as apps and tokens need."""

    office: Office
    settings: Settings = field(default_factory=Settings)
    upload_bytes: int = 0
    square: Square = field(default_factory=lambda: SquareState().square)

    @property
    def accounts(self) -> Accounts:
        return self.office.accounts

    @property
    def account_desk(self) -> AccountDesk:
        return self.office.desk

    def now_ms(self) -> int:
        return self.office.clock.now_ms


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
    api = MastodonSite(
        cast(Any, _Api(office)), TrustedProxies(), oauth_routes(parts), foreign={"operator"}
    )
    return create_site(sample_parts(Settings(url=url)), account_handlers(parts), mastodon=api)
