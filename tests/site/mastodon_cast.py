"""The Mastodon API in process, over a small square whose people have tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx
from tests.site.square_cast import HOST, AsItIs, Cast

from lapwing.accounts.access import digest_of
from lapwing.accounts.entries import AppRegistered, TokenIssued
from lapwing.accounts.opening import create_account
from lapwing.microblog.never_empty.home import Home
from lapwing.microblog.never_empty.kept_pages import KeptPages
from lapwing.settings import Settings
from lapwing.web.client_address import TrustedProxies
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.routing import Routes
from lapwing.web.mastodon.site import MastodonSite

ALL = ("read", "write", "follow", "push")
OUTSIDE = ("203.0.113.7", 4711)


async def _finds_nothing(viewer_id: int, text: str, **more: Any) -> list[int]:
    del viewer_id, text, more
    return []


@dataclass
class MastodonCast:
    """`settings` are the limits that a test is about."""

    settings: Settings = field(default_factory=lambda: Settings(url=f"http://{HOST}"))
    cast: Cast = field(default_factory=Cast)
    routes: Routes = field(default_factory=Routes)
    """More routes, for what the API itself never does."""

    def __post_init__(self) -> None:
        cast = self.cast
        square = cast.state.square
        now_ms = cast.context.now_ms
        self.parts = MastodonParts(
            settings=self.settings,
            context=cast.context,
            timelines=cast.timelines,
            home=Home(square, cast.timelines, KeptPages(), now_ms),
            desk=cast.desk,
            account_desk=cast.account_desk,
            media=AsItIs(cast.files),
            media_files=cast.files,
            find_posts=_finds_nothing,
        )
        self.site = MastodonSite(
            self.parts, TrustedProxies(), self.routes, foreign={"reports", "services"}
        )
        self._app_id = 0

    async def join(self, username: str, scopes: tuple[str, ...] = ALL, **more: Any) -> Person:
        """Somebody with a token."""
        account = await create_account(self.cast.account_desk, username, **more)
        return Person(self, account.id, username, await self.issue(account.id, scopes))

    async def issue(self, account_id: int, scopes: tuple[str, ...] = ALL) -> str:
        """A token of an account's, or (0) an app's own."""
        desk = self.cast.account_desk
        if not self._app_id:
            self._app_id = desk.fresh_id()
            await desk.write(
                AppRegistered(
                    *(desk.now_ms(), self._app_id, "client", digest_of("secret")),
                    *("An app", "https://app.example", ("urn:ietf:wg:oauth:2.0:oob",), ALL),
                )
            )
        grant_id = desk.fresh_id()
        secret = f"token-{grant_id}"
        await desk.write(
            TokenIssued(
                desk.now_ms(), grant_id, digest_of(secret), self._app_id, account_id, scopes
            )
        )
        return secret

    def client(self, token: str = "", **more: Any) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(app=self.site, client=OUTSIDE, **more)
        return httpx.AsyncClient(
            transport=transport, base_url=f"http://{HOST}/api/v1", headers=headers
        )


@dataclass
class Person:
    api: MastodonCast
    id: int
    username: str
    token: str

    async def ask(self, method: str, path: str, expected: int = 200, **more: Any) -> httpx.Response:
        async with self.api.client(self.token) as client:
            response = await client.request(method, path, **more)
        assert response.status_code == expected, response.text
        return response

    async def get(self, path: str, expected: int = 200, **params: Any) -> Any:
        return (await self.ask("GET", path, expected, params=params)).json()

    async def post(self, path: str, expected: int = 200, **body: Any) -> Any:
        return (await self.ask("POST", path, expected, json=body)).json()

    async def write(self, text: str, **more: Any) -> Any:
        return await self.post("/statuses", status=text, **more)
