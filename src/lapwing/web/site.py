"""The whole site as one ASGI application: snapshots first, then live streams, then Litestar."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Litestar, Response, get
from litestar.di import NamedDependency, Provide
from litestar.enums import ScopeType
from litestar.types import ControllerRouterHandler

from lapwing.kernel.refusals import Refusal
from lapwing.web.api import asked, explanations, outages, places
from lapwing.web.api.incoming import REPORTS_PATH, take_one
from lapwing.web.asked_pages import HANDLERS as ASKED_HANDLERS
from lapwing.web.client_address import TrustedProxies
from lapwing.web.errors import (
    INTERNAL_ERROR,
    answer_to,
    exception_handlers,
    log_bug,
    problem_response,
)
from lapwing.web.fast_path import answer_hot
from lapwing.web.live.hub import LiveHub
from lapwing.web.live.stream import PREFIX as LIVE_PREFIX
from lapwing.web.live.stream import LiveStreams
from lapwing.web.openapi import ArrayLikeSchema, openapi_config
from lapwing.web.page_routes import HANDLERS as PAGE_HANDLERS
from lapwing.web.parts import SiteParts
from lapwing.web.security import (
    PREFLIGHT_ANSWER,
    READ_FROM_ANYWHERE,
    SECURITY_HEADERS,
    Headers,
    comes_from_another_site,
)
from lapwing.web.snapshots import Snapshots
from lapwing.web.static_files import static_files

if TYPE_CHECKING:
    from litestar.types import HTTPScope, Message, Receive, Scope, Send

    from lapwing.web.mastodon.site import MastodonSite
    from lapwing.web.reading.entrance import ReaderEntrance

STATIC_FOLDER = Path(__file__).parent / "static"

BODY_LIMIT_BYTES = 64 * 1024
"""For requests whose handler sets no limit of its own."""

_PERSONAL = ("/api/v1/here", "/me")
"""How addresses end whose answers depend on who asks: no other site may read them."""


class Site:
    """The ASGI application.

    `hot` and `hub` are for the server that runs it: see `serving.py`.
    """

    def __init__(
        self,
        parts: SiteParts,
        app: Litestar,
        snapshots: Snapshots,
        hub: LiveHub,
        streams: LiveStreams,
        mastodon: MastodonSite | None = None,
    ) -> None:
        self.hot = snapshots.hot
        self.hub = hub
        self.app = app
        self._parts = parts
        self.public_url = parts.settings.public_url
        self._streams = streams
        self._mastodon = mastodon
        self.entrance: ReaderEntrance | None = None
        """For readers beside this process."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.WEBSOCKET and self._mastodon is not None:
            await self._mastodon.serve_socket(scope, receive, send)
            return
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        if self.entrance is not None and self.entrance.admits(scope):
            await self.entrance.answer(self._answer, scope, receive, send)
            return
        await self._answer(scope, receive, send)

    def close_streams(self) -> None:
        """Ends what stays open by itself: the server stops."""
        self.hub.close()
        if self._mastodon is not None:
            self._mastodon.streaming.hub.close()

    async def _answer(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        if await answer_hot(self.hot, scope, send):
            return
        method, path = scope["method"], scope["path"]
        if self._mastodon is not None and self._mastodon.handles(path, list(scope["headers"])):
            await self._mastodon(scope, receive, send)
            return
        outgoing = _Outgoing(scope, send)
        if path.startswith("/api/") and method == "OPTIONS":
            await outgoing.send_empty(204, PREFLIGHT_ANSWER)
        elif comes_from_another_site(method, scope["headers"]):
            refusal = Refusal("cross_site", "Only this site's own pages may send this.")
            await self._refuse(refusal, scope, receive, outgoing)
        elif path.startswith(LIVE_PREFIX) and method == "GET":
            await self._live(scope, receive, send, outgoing)
        elif path == REPORTS_PATH and method == "POST":
            await self._take_report(scope, receive, outgoing)
        else:
            asked: Any = {**scope, "method": "GET"} if method == "HEAD" else scope
            await self.app(asked, receive, outgoing)

    async def _live(
        self, scope: HTTPScope, receive: Receive, send: Send, outgoing: _Outgoing
    ) -> None:
        try:
            key, listener = await self._streams.join(scope)
        except Exception as error:
            await self._refuse(error, scope, receive, outgoing)
        else:
            await self._streams.converse(key, listener, scope, receive, send)

    async def _take_report(self, scope: HTTPScope, receive: Receive, outgoing: _Outgoing) -> None:
        """The busiest writing route goes past the framework, which costs more than the work."""
        try:
            body, headers = await take_one(self._parts, scope, receive)
        except Exception as error:
            await self._refuse(error, scope, receive, outgoing)
        else:
            await outgoing({"type": "http.response.start", "status": 202, "headers": headers})
            await outgoing({"type": "http.response.body", "body": body, "more_body": False})

    async def _refuse(
        self, error: Exception, scope: HTTPScope, receive: Receive, outgoing: _Outgoing
    ) -> None:
        answer = answer_to(error)
        if answer.status == INTERNAL_ERROR:
            log_bug(error, scope["path"])
        response = problem_response(self._parts.pages, scope["path"], answer)
        asgi = response.to_asgi_response(app=None, request=self.app.request_class(scope))
        await asgi(scope, receive, outgoing)


class _Outgoing:
    """Adds the headers that every answer has, and drops a body that HEAD did not ask for."""

    __slots__ = ("_added", "_head_only", "_send")

    def __init__(self, scope: HTTPScope, send: Send) -> None:
        path = scope["path"]
        self._send = send
        self._head_only = scope["method"] == "HEAD"
        readable = path.startswith("/api/") and not path.endswith(_PERSONAL)
        self._added = READ_FROM_ANYWHERE if readable and scope["method"] in _READING else []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            present = {name for name, _ in headers}
            added = [pair for pair in (*SECURITY_HEADERS, *self._added) if pair[0] not in present]
            await self._send({**message, "headers": [*headers, *added]})
        elif self._head_only and message["type"] == "http.response.body":
            if not message.get("more_body", False):
                await self._send({**message, "body": b""})
        else:
            await self._send(message)

    async def send_empty(self, status: int, headers: Headers) -> None:
        await self({"type": "http.response.start", "status": status, "headers": headers})
        await self({"type": "http.response.body", "body": b"", "more_body": False})


_READING = frozenset({"GET", "HEAD"})


def create_site(
    parts: SiteParts,
    more_handlers: Sequence[ControllerRouterHandler] = (),
    *,
    static_folder: Path = STATIC_FOLDER,
    mastodon: MastodonSite | None = None,
) -> Site:
    """The site made of its parts; `more_handlers` are Litestar's.

    Handlers get by name: `parts`, `snapshots` and `trusted` (`TrustedProxies`).
    """
    snapshots = Snapshots(parts.queries, parts.pages)
    snapshots.hot.update(static_files(static_folder))
    hub = LiveHub(snapshots, parts.bus)
    trusted = TrustedProxies(parts.settings.trusted_proxies)

    @asynccontextmanager
    async def live(_: Litestar) -> AsyncIterator[None]:
        running = asyncio.create_task(hub.run())
        yield
        hub.close()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    app = Litestar(
        [
            *PAGE_HANDLERS,
            *ASKED_HANDLERS,
            *outages.HANDLERS,
            *explanations.HANDLERS,
            *asked.HANDLERS,
            *places.HANDLERS,
            *more_handlers,
            healthz,
        ],
        dependencies={
            "parts": Provide(lambda: parts, sync_to_thread=False),
            "snapshots": Provide(lambda: snapshots, sync_to_thread=False),
            "trusted": Provide(lambda: trusted, sync_to_thread=False),
        },
        exception_handlers=exception_handlers(parts.pages),
        lifespan=[live],
        logging_config=None,
        openapi_config=openapi_config(),
        plugins=[ArrayLikeSchema()],
        request_max_body_size=BODY_LIMIT_BYTES,
        debug=False,
    )
    streams = LiveStreams(hub, trusted, per_address=parts.settings.live_pages_per_address)
    return Site(parts, app, snapshots, hub, streams, mastodon)


@get("/healthz", include_in_schema=False)
async def healthz(parts: NamedDependency[SiteParts]) -> Response[bytes]:
    """Whether what is shown can be had; for load balancers."""
    parts.queries.board_version()
    body = msgspec.json.encode({"status": "ok", "now": parts.clock.now()})
    headers = {"Cache-Control": "no-store"}
    return Response(body, media_type="application/json", headers=headers)
