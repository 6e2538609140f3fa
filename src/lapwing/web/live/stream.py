"""Server-sent events over ASGI: `/live/board`, `/live/services/{slug}`, `/live/incidents/{id}`.

Plain ASGI, because thousands of these stay open and each should cost little.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from ipaddress import IPv6Address, ip_network
from typing import TYPE_CHECKING

from lapwing.kernel.refusals import Refusal, TooMany, Unavailable
from lapwing.web.client_address import TrustedProxies
from lapwing.web.contents import Encoding, preferred_encoding
from lapwing.web.live.hub import Listener, LiveHub, Message
from lapwing.web.security import SECURITY_HEADERS, Headers
from lapwing.web.snapshots import BOARD, Key, Kind

if TYPE_CHECKING:
    from litestar.types import HTTPScope, Receive, Send

PREFIX = "/live/"

_RETRY_MS = (1500, 5000)
"""A reader whose connection broke comes back after a time between these, not all at once."""

_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_ENCODINGS = (b"gzip",)
_KINDS = {"services": Kind.SERVICE, "incidents": Kind.INCIDENT}


class LiveStreams:
    """The ASGI end of the hub."""

    def __init__(
        self, hub: LiveHub, trusted: TrustedProxies, *, per_address: int, limit: int = 20_000
    ) -> None:
        """At most `limit` streams are open, and `per_address` of one address (of IPv6: one /64),
        for a few machines could otherwise take all there are."""
        self._hub = hub
        self._trusted = trusted
        self._per_address = per_address
        self._limit = limit
        self._open: Counter[str] = Counter()
        """By address; nothing of it is kept when its last stream has ended."""

    async def join(self, scope: HTTPScope) -> tuple[Key, Listener]:
        """Who asks, as a listener; raises `Refusal` (`TooMany` for the address's limit) and
        `Unavailable`, and what drawing raises."""
        key = key_of(scope["path"])
        if self._hub.listening >= self._limit:
            raise Unavailable("Too many pages listen already; this one is as of its loading.")
        last_id = _asked(scope, b"last-event-id").decode("latin-1")
        self._enter(scope)
        try:
            return key, await self._hub.join(key, last_id or None)
        except BaseException:
            self._leave(scope)
            raise

    async def converse(
        self, key: Key, listener: Listener, scope: HTTPScope, receive: Receive, send: Send
    ) -> None:
        """Tells the listener what is new until either side ends it."""
        accepted = _asked(scope, b"accept-encoding")
        encoding = preferred_encoding(accepted, _ENCODINGS)
        watch = asyncio.create_task(_watch_for_end(receive, listener))
        try:
            await _converse(listener, send, encoding)
        finally:
            self._hub.leave(key, listener)
            self._leave(scope)
            watch.cancel()

    def _enter(self, scope: HTTPScope) -> None:
        address = self._address_of(scope)
        if self._open[address] >= self._per_address and address:
            raise TooMany(
                "too_many_live_pages",
                f"{self._per_address} pages follow live from your address already; this one is as"
                " of its loading. Close some and load it again.",
                retry_after_s=60.0,
            )
        self._open[address] += 1

    def _leave(self, scope: HTTPScope) -> None:
        address = self._address_of(scope)
        self._open[address] -= 1
        if self._open[address] <= 0:
            del self._open[address]

    def _address_of(self, scope: HTTPScope) -> str:
        """Empty where it is not known: over a Unix socket, or behind a proxy on this machine that
        nobody said is to be trusted."""
        address = self._trusted.client_of(scope)
        if address is None or address.is_loopback:
            return ""
        if isinstance(address, IPv6Address):
            return str(ip_network((address, 64), strict=False))
        return str(address)


def _asked(scope: HTTPScope, header: bytes) -> bytes:
    return next((value for name, value in scope["headers"] if name == header), b"")


def key_of(path: str) -> Key:
    """The key that a path under /live/ listens to; raises `Refusal` unknown_page."""
    parts = path.removeprefix(PREFIX).split("/")
    if parts == ["board"]:
        return BOARD
    if len(parts) == 2 and parts[0] in _KINDS and parts[1]:
        return Key(_KINDS[parts[0]], parts[1])
    raise Refusal("unknown_page", "There is nothing to listen to at this address.")


async def _converse(listener: Listener, send: Send, encoding: Encoding) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": _headers(encoding)})
    retry_ms = random.randint(*_RETRY_MS)  # noqa: S311 - spreads load, guards nothing
    hello = Message(b"retry: %d\n\n" % retry_ms)
    begin = _GZIP_HEADER if encoding else b""
    await _send_piece(send, begin + _bytes_of(hello, encoding))
    while (message := await listener.next_message()) is not None:
        await _send_piece(send, _bytes_of(message, encoding))
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _send_piece(send: Send, piece: bytes) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _watch_for_end(receive: Receive, listener: Listener) -> None:
    while True:
        if (await receive())["type"] == "http.disconnect":
            listener.close()
            return


def _bytes_of(message: Message, encoding: Encoding) -> bytes:
    return message.gzipped if encoding else message.text


def _headers(encoding: Encoding) -> Headers:
    return [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store, no-transform"),
        (b"x-accel-buffering", b"no"),
        (b"vary", b"accept-encoding"),
        *([(b"content-encoding", encoding)] if encoding else []),
        *SECURITY_HEADERS,
    ]
