"""A reader as one ASGI application: reads of the square from its own copy, all else by the writer.

While the writer is away, posts are taken all the same and wait here; outage pages are shown as
they last were; other writes are refused with when to come again.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Final, Protocol

from litestar.enums import ScopeType

from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.microblog.never_empty.beside import Headers
from lapwing.ports.journal import Position
from lapwing.web.errors import answer_to as page_answer_to
from lapwing.web.errors import problem_response
from lapwing.web.live.stream import PREFIX as LIVE_PREFIX
from lapwing.web.mastodon.errors import answer_to as api_answer_to
from lapwing.web.parts import Pages
from lapwing.web.reading.entrance import read_body
from lapwing.web.reading.kept_answers import MOST_BYTES, KeptAnswer, KeptAnswers, may_be_kept
from lapwing.web.site import Site

if TYPE_CHECKING:
    from litestar.types import Message, Receive, Scope, Send

    from lapwing.web.mastodon.site import MastodonSite

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_PAGES: Final = re.compile(
    r"/(home|local|tags|lists|bookmarks|likes|notifications|follow-requests|mutes|blocks|scheduled"
    r"|compose|frame|offline|service-worker\.js|media|static|posts)(/.*)?"
    r"|/@[^/]+(/.*)?"
    r"|/settings(/(profile|preferences|filters(/.*)?))?"
)
_OWN_WITHOUT_WRITER: Final = frozenset({"/explore", "/search"})
"""The writer adds to them what is down."""
_TAKES_POSTS: Final = frozenset({"/api/v1/statuses", "/compose"})
_POST_BYTES: Final = 64 * 1024
"""Of a request whose post may wait here: text, no files."""
_POST_PATIENCE_S: Final = 5.0
_PAGE_PATIENCE_S: Final = 10.0
_PATIENCE_S: Final = 60.0
_CATCH_UP_S: Final = 2.0


class Answer(Protocol):
    """Of the writer; its body is still coming."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Headers: ...
    @property
    def body(self) -> AsyncIterator[bytes]: ...
    @property
    def position(self) -> Position: ...


class Writer(Protocol):
    def ask(
        self,
        method: str,
        target: str,
        headers: Headers,
        body: AsyncIterator[bytes] | bytes,
        client: str,
        patience_s: float | None,
    ) -> AbstractAsyncContextManager[Answer]:
        """Raises `Unavailable` while the writer is away."""
        ...


class Replica(Protocol):
    @property
    def silent_since_ms(self) -> int:
        """Since when the writer has not been heard; 0: it is there."""
        ...

    async def wait_for(self, position: Position, patience_s: float) -> bool:
        """Until the copy has all up to the position; whether it has in time."""
        ...


class ReaderSite:
    """`local` answers what this process knows itself."""

    def __init__(
        self,
        local: Site,
        mastodon: MastodonSite,
        pages: Pages,
        writer: Writer,
        replica: Replica,
        now_ms: Callable[[], int],
    ) -> None:
        self.hot = local.hot
        self.public_url = local.public_url
        self._local = local
        self._mastodon = mastodon
        self._pages = pages
        self._writer = writer
        self._replica = replica
        self._now_ms = now_ms
        self._kept = KeptAnswers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or self._is_own(scope):
            await self._local(scope, receive, send)
        else:
            await _Passing(self, scope, send).pass_on(receive)

    def close_streams(self) -> None:
        self._local.close_streams()

    def _is_own(self, scope: Any) -> bool:
        path: str = scope["path"]
        if scope["method"] not in _READING:
            return False
        if _OWN_PAGES.fullmatch(path):
            return True
        return self._mastodon.handles(path, list(scope["headers"]))


class _Passing:
    """One request on its way to the writer."""

    def __init__(self, site: ReaderSite, scope: Any, send: Send) -> None:
        self._site = site
        self._scope = scope
        self._send = send
        self._path: str = scope["path"]
        self._reads = scope["method"] in _READING
        query = scope["query_string"].decode("latin-1")
        raw: bytes = scope.get("raw_path") or self._path.encode()
        self._target = raw.decode("latin-1").partition("?")[0] + (f"?{query}" if query else "")
        self._started = False

    async def pass_on(self, receive: Receive) -> None:
        may_wait = self._scope["method"] == "POST" and self._path in _TAKES_POSTS
        if may_wait and self._length() > _POST_BYTES:
            may_wait = False
        body: bytes | AsyncIterator[bytes] = b""
        try:
            if may_wait:
                body = await read_body(receive, _POST_BYTES)
                self._name_request()
            elif not self._reads:
                body = _pieces(receive)
            await self._ask_while_wanted(body, receive)
        except Unavailable as away:
            if self._started:
                raise
            if may_wait and isinstance(body, bytes):
                await self._site._local(self._scope, _replayed(body), self._send)
            else:
                await self._without_writer(away)
        except Refusal as refusal:
            await self._refuse(refusal)

    def _length(self) -> int:
        given = dict(self._scope["headers"]).get(b"content-length", b"")
        return int(given) if given.isdigit() else _POST_BYTES + 1

    def _name_request(self) -> None:
        """With a key of ours where it has none: it may be sent twice, and be taken once."""
        headers = self._scope["headers"]
        if self._path.startswith("/api/") and b"idempotency-key" not in dict(headers):
            key = secrets.token_hex(16).encode()
            self._scope = {**self._scope, "headers": [*headers, (b"idempotency-key", key)]}

    async def _ask_while_wanted(self, body: bytes | AsyncIterator[bytes], receive: Receive) -> None:
        """Live pages never end by themselves: they end when nobody reads them any more."""
        if not self._path.startswith(LIVE_PREFIX):
            await self._ask(body)
            return
        asking = asyncio.create_task(self._ask(body))
        leaving = asyncio.create_task(_disconnected(receive))
        try:
            await asyncio.wait({asking, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if asking.done():
                await asking
        finally:
            for task in (asking, leaving):
                task.cancel()
            await asyncio.gather(asking, leaving, return_exceptions=True)

    async def _ask(self, body: bytes | AsyncIterator[bytes]) -> None:
        site, scope = self._site, self._scope
        if site._replica.silent_since_ms:
            raise Unavailable("The part of this server that writes is away.", retry_after_s=5.0)
        headers = list(scope["headers"])
        if self._reads:
            headers = [pair for pair in headers if pair[0] != b"accept-encoding"]
            headers.append((b"accept-encoding", b"identity"))
        client = scope.get("client")
        asked = site._writer.ask(
            scope["method"],
            self._target,
            headers,
            body,
            client[0] if client else "",
            self._patience_s(),
        )
        async with asked as answer:
            if not self._reads and answer.position:
                await site._replica.wait_for(answer.position, _CATCH_UP_S)
            await self._hand_on(answer)

    def _patience_s(self) -> float | None:
        if self._path.startswith(LIVE_PREFIX):
            return None
        if self._path in _TAKES_POSTS:
            return _POST_PATIENCE_S
        return _PAGE_PATIENCE_S if self._reads else _PATIENCE_S

    async def _hand_on(self, answer: Answer) -> None:
        keeping = self._scope["method"] == "GET" and may_be_kept(answer.status, answer.headers)
        kept: list[bytes] = []
        size = 0
        await self._start(answer.status, answer.headers)
        async for piece in answer.body:
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})
            size += len(piece)
            if keeping and size <= MOST_BYTES:
                kept.append(piece)
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        if keeping and size <= MOST_BYTES:
            made = KeptAnswer(self._site._now_ms(), answer.headers, b"".join(kept))
            self._site._kept.keep(self._target, made)

    async def _without_writer(self, away: Unavailable) -> None:
        if self._path in _OWN_WITHOUT_WRITER and self._reads:
            await self._site._local(self._scope, _replayed(b""), self._send)
            return
        kept = self._site._kept.find(self._target) if self._reads else None
        if kept is None:
            await self._refuse(away)
            return
        headers, body = kept.told(self._site._now_ms())
        await self._start(200, headers)
        shown = b"" if self._scope["method"] == "HEAD" else body
        await self._send({"type": "http.response.body", "body": shown, "more_body": False})

    async def _refuse(self, error: Exception) -> None:
        if self._path.startswith(("/api/", "/oauth/token", "/oauth/revoke")):
            answer = api_answer_to(error, self._path)
            headers = [*answer.headers, (b"content-length", b"%d" % len(answer.body))]
            await self._start(answer.status, headers)
            body: Message = {
                "type": "http.response.body",
                "body": answer.body,
                "more_body": False,
            }
            await self._send(body)
            return
        response = problem_response(self._site._pages, self._path, page_answer_to(error))
        request = self._site._local.app.request_class(self._scope)
        asgi = response.to_asgi_response(app=None, request=request)
        await asgi(self._scope, _nothing, self._send)

    async def _start(self, status: int, headers: Headers) -> None:
        self._started = True
        await self._send({"type": "http.response.start", "status": status, "headers": headers})


async def _pieces(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            return
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return


def _replayed(body: bytes) -> Receive:
    """What was read once, to be read again."""
    messages: list[Any] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


async def _disconnected(receive: Receive) -> None:
    while True:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            return


async def _nothing() -> Any:
    return {"type": "http.disconnect"}
