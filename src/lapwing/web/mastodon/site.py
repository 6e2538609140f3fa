"""The Mastodon API as one ASGI application, beside the framework: it costs the busiest answers
more than their making. One place for who asks, scopes, limits, CORS and the form of errors."""

from __future__ import annotations

import secrets
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from lapwing.accounts.model import Standing
from lapwing.accounts.oauth import note_use
from lapwing.accounts.private import Grant
from lapwing.accounts.scopes import allows
from lapwing.kernel.refusals import Refusal, TooMany, Unavailable
from lapwing.web.accounts.last_use import LastUse
from lapwing.web.client_address import TrustedProxies
from lapwing.web.mastodon.answers import Answer, Headers
from lapwing.web.mastodon.bodies import forget_uploads, read_params
from lapwing.web.mastodon.errors import answer_to
from lapwing.web.mastodon.handlers import ROUTES
from lapwing.web.mastodon.params import Params, parse_form
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.rate_limits import Count, Kind, RateLimits, headers_of
from lapwing.web.mastodon.requests import Request
from lapwing.web.mastodon.routing import Route, Router, Routes
from lapwing.web.mastodon.streaming.site import Streaming

if TYPE_CHECKING:
    from litestar.types import Receive, Send

_ALWAYS: Final[Headers] = [
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"Link, X-RateLimit-Reset, X-RateLimit-Limit, X-RateLimit-Remaining, X-Request-Id,"
        b" X-Timeline-Source, Age, Retry-After",
    ),
    (b"vary", b"Authorization, Origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"same-origin"),
]
_NOT_KEPT: Final[Headers] = [(b"cache-control", b"private, no-store")]
_PREFLIGHT: Final[Headers] = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, Idempotency-Key, Accept"),
    (b"access-control-max-age", b"86400"),
    (b"content-length", b"0"),
]
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_BESIDE: Final = ("/oauth/", "/nodeinfo/", "/.well-known/", "/health", "/avatars/", "/headers/")
"""How addresses of the API begin that are not under /api; others there are pages."""


class MastodonSite:
    """`handles` says which paths it answers."""

    def __init__(
        self, parts: MastodonParts, trusted: TrustedProxies, *lists: Routes, foreign: set[str]
    ) -> None:
        """`lists` are other packages' routes in the same manner; `foreign` the first words
        behind /api/vN/ of addresses that are not the Mastodon API's."""
        self._parts = parts
        self._trusted = trusted
        self._foreign = frozenset(foreign)
        self.streaming = Streaming(parts)
        self._router = Router(*ROUTES, *lists)
        self._last_use = LastUse(parts.account_desk)
        settings = parts.settings
        self._limits = RateLimits(
            parts.now_ms,
            requests=settings.api_requests_per_5_minutes,
            media=settings.api_uploads_per_30_minutes,
            deletions=settings.api_uploads_per_30_minutes,
        )
        self._request_ids = (f"{secrets.token_hex(8)}-{number:x}".encode() for number in count())

    def handles(self, path: str, headers: list[tuple[bytes, bytes]]) -> bool:
        """Whether a request is the Mastodon API's. `/api/v1/reports` is two things: reports of
        outages, and complaints, which somebody signed in sends by an app."""
        if not path.startswith("/api/"):
            return path.startswith(_BESIDE) and self._router.has(path.rstrip("/"))
        segments = path.rstrip("/").split("/")
        word = segments[3] if len(segments) > 3 else ""
        if word not in self._foreign:
            return True
        if word != "reports" or len(segments) > 4:
            return False
        return self._parts.accounts.find_grant(_secret_in(dict(headers))) is not None

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        method = scope["method"]
        if method == "OPTIONS":
            await _send(send, 204, _PREFLIGHT, b"")
            return
        if method == "GET" and self.streaming.is_stream(scope["path"]):
            streamed = await self._stream(scope, receive, send)
            if streamed is None:
                return
            answer, counted = streamed, None
        else:
            answer, counted = await self._answer(scope, receive)
        headers = [
            *answer.headers,
            *_ALWAYS,
            *([] if answer.is_cacheable else _NOT_KEPT),
            (b"content-length", b"%d" % len(answer.body)),
            (b"x-request-id", next(self._request_ids)),
        ]
        if counted is not None:
            headers += headers_of(counted)
        await _send(send, answer.status, headers, b"" if method == "HEAD" else answer.body)

    async def serve_socket(self, scope: Any, receive: Receive, send: Send) -> None:
        """A WebSocket: the streaming API's. Whatever else is refused."""
        if self.streaming.is_stream(scope["path"]):
            await self.streaming.serve_socket(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "Nothing is here"})

    async def _stream(self, scope: Any, receive: Receive, send: Send) -> Answer | None:
        try:
            return await self.streaming.serve_events(scope, send, receive)
        except Exception as error:
            return answer_to(error, scope["path"])

    async def _answer(self, scope: Any, receive: Receive) -> tuple[Answer, Count | None]:
        path: str = scope["path"]
        counted: Count | None = None
        request: Request | None = None
        try:
            if len(path) > 1 and path.endswith("/"):
                path = path.rstrip("/")
            method = scope["method"]
            route, args = self._router.find("GET" if method == "HEAD" else method, path)
            request = Request(scope, path, self._trusted)
            request.args = args
            self._identify(request, route)
            counted = self._count(request, route)
            if request.grant is not None:
                await self._note_use(request.grant)
            await self._read(request, route, receive)
            return await route.handler(self._parts, request), counted
        except Exception as error:
            if isinstance(error, TooMany) and request is not None:
                counted = self._limits.limited(Kind.REQUEST, _who(request))
            return answer_to(error, path), counted
        finally:
            if request is not None and request.has_uploads:
                forget_uploads(request.params)

    def _identify(self, request: Request, route: Route) -> None:
        """Who asks, and whether they may. Raises `Refusal`."""
        request.secret = _secret_in(request.headers)
        if request.secret:
            accounts = self._parts.accounts
            grant = request.grant = accounts.find_grant(request.secret)
            if grant is None:
                raise Refusal("token_invalid", "The access token is invalid")
            if grant.account_id:
                request.viewer = accounts.viewer_of_grant(grant)
                if request.viewer is None:
                    raise self._away(grant.account_id)
                self._last_use.hear(grant, self._parts.now_ms())
        if request.grant is None:
            if route.needs_token:
                raise Refusal("token_required", "The access token is invalid")
            return
        if route.scope and not any(
            allows(request.grant.scopes, scope) for scope in route.scope.split()
        ):
            raise Refusal("outside_scope", "This action is outside the authorized scopes")
        if route.needs_user and request.viewer is None:
            raise Refusal("user_required", "This method requires an authenticated user")

    async def _note_use(self, grant: Grant) -> None:
        """So that people see when an app came last; a day's first request writes it."""
        with suppress(Refusal, Unavailable):
            await note_use(self._parts.account_desk, grant)

    def _away(self, account_id: int) -> Refusal:
        account = self._parts.accounts.find(account_id)
        standing = Standing.DELETED if account is None else account.standing
        return Refusal("login_disabled", _AWAY.get(standing, "Your login is currently disabled"))

    def _count(self, request: Request, route: Route) -> Count | None:
        who = _who(request)
        counted = self._limits.take(Kind.REQUEST, who)
        if route.kind is Kind.REQUEST:
            return counted
        return self._limits.take(route.kind, who) or counted

    async def _read(self, request: Request, route: Route, receive: Receive) -> None:
        if request.query:
            request.params = parse_form(request.query)
        content_type = request.get_header(b"content-type")
        if request.method not in _WITH_BODY and not content_type:
            return
        request.has_body = True
        limit = self._parts.upload_bytes if route.takes_files else 0
        body: Params = await read_params(content_type, receive, file_bytes=limit)
        request.has_uploads = route.takes_files and any(body.uploads())
        request.params = request.params.merged(body)


_AWAY: Final = {
    Standing.UNCONFIRMED: "Your login is missing a confirmed e-mail address",
    Standing.WAITING: "Your login is currently pending approval",
}


def _who(request: Request) -> int | str:
    return request.viewer_id or request.address_key


def _secret_in(headers: dict[bytes, bytes]) -> str:
    scheme, _, secret = headers.get(b"authorization", b"").partition(b" ")
    return secret.strip().decode("latin-1") if scheme.lower() == b"bearer" else ""


async def _send(send: Send, status: int, headers: Headers, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
