"""Answers what is drawn and encoded already before any framework sees the request."""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from lapwing.web.contents import Variant, header_lines, preferred_encoding
from lapwing.web.security import SECURITY_HEADERS
from lapwing.web.snapshots import HotPage

if TYPE_CHECKING:
    from litestar.types import HTTPScope, Send

HotPages: TypeAlias = Mapping[bytes, HotPage]
"""By raw request target."""

_OK = b"HTTP/1.1 200 OK\r\n"
_UNCHANGED = b"HTTP/1.1 304 Not Modified\r\n"
_HEAD_BYTES = 64 * 1024
"""Of a request's line and headers; one piece as it comes from the network more is let through."""
_PATIENCE_S = 20.0
_NOT_PLAIN = frozenset({b"content-length", b"transfer-encoding", b"upgrade", b"expect"})


async def answer_hot(hot: HotPages, scope: HTTPScope, send: Send) -> bool:
    """Answers what has a hot page over ASGI, renewing it where that is due: a stampede that
    arrives in that moment would take the framework a while. False: somebody else's request."""
    if scope["method"] not in ("GET", "HEAD") or scope["query_string"]:
        return False
    page = hot.get(scope["path"].encode())
    if page is None:
        return False
    accepted, known = b"", None
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            accepted = value
        elif name == b"if-none-match":
            known = value
    encoding = preferred_encoding(accepted)
    variant = page.ready_variant(encoding)
    if variant is None:
        try:
            variant = await page.fresh_variant(encoding)
        except Exception:
            return False  # the framework meets the same and answers it
    if known is not None and variant.is_known_by(known):
        await _send(send, 304, variant.headers_unchanged, b"")
    else:
        body = variant.body if scope["method"] == "GET" else b""
        await _send(send, 200, variant.headers, body)
    return True


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


class FastPathProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which answers hot pages as soon as the parser has read a request.

    Parsing, keep-alive, pipelining and everything that is not hot stay uvicorn's; a hot answer
    is given only while none of the connection's requests is still being worked on, so answers
    keep their order, and only while the reader keeps up, so nothing piles up.
    Such answers are not in the access log.

    What uvicorn does not bound is bounded here: the bytes of a request's head, and how long
    somebody may hold a connection without getting on with a request (`patience_s` to twice that).
    """

    hot: HotPages
    """Set by `fast_path_protocol`."""
    patience_s = _PATIENCE_S

    _look: TimerHandle | None = None
    """The next look at whether the sender gets on."""
    _looked_at = (0, 0)
    """Heads begun and pieces received at the last look."""
    _heads_begun = 0
    _pieces = 0
    _head_bytes = 0
    """Of the head being read, but for the piece in which it began."""
    _in_head = False
    _in_message = False
    _is_ours = False
    """Whether the request being read is answered (or, when closing, ignored) here."""
    _variant: Variant | None = None
    _head_only = False
    _is_known = False
    _answered_at = 0.0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}  # streams write to it directly
        self._look = self.loop.call_later(self.patience_s, self._look_for_progress)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        # A timer for every request is dear: an armed one stays, and looks when it rings.
        timer, self.timeout_keep_alive_task = self.timeout_keep_alive_task, None
        heads_begun = self._heads_begun
        self._pieces += 1
        super().data_received(data)
        if self._in_head and self._heads_begun == heads_begun:
            self._bound_head(len(data))
        if self._keep_alive_timer() is not None or self._is_working():
            if timer is not None:
                timer.cancel()
        elif timer is not None:
            self.timeout_keep_alive_task = timer
        elif self._answered_at:
            self._arm_keep_alive(self.timeout_keep_alive)

    def on_message_begin(self) -> None:
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._in_message = self._in_head = True
        self._heads_begun += 1
        self._head_bytes = 0

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._variant = self._hot_variant()
        self._is_ours = self._variant is not None or self.transport.is_closing()
        if self._is_ours:
            return
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url = url
        self.headers.extend(headers)
        self.expect_100_continue = expects
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._is_ours:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_message = False
        if not self._is_ours:
            super().on_message_complete()
        elif self._variant is not None:
            self._write(self._variant)

    def send_400_response(self, msg: str) -> None:
        self._end_with(400, msg)

    def timeout_keep_alive_handler(self) -> None:
        idle_s = self.loop.time() - self._answered_at
        if idle_s < self.timeout_keep_alive:
            self._arm_keep_alive(self.timeout_keep_alive - idle_s)
        elif self._in_message:
            self.timeout_keep_alive_task = None
        else:
            super().timeout_keep_alive_handler()

    def _hot_variant(self) -> Variant | None:
        page = self.hot.get(self.url)
        if page is None or self.flow.write_paused or self._is_working():
            return None
        method = self.parser.get_method()
        if method not in (b"GET", b"HEAD") or self.transport.is_closing():
            return None
        accepted, known = b"", None
        for name, value in self.headers:
            if name == b"accept-encoding":
                accepted = value
            elif name == b"if-none-match":
                known = value
            elif name in _NOT_PLAIN:
                return None
        variant = page.ready_variant(preferred_encoding(accepted))
        if variant is not None:
            self._head_only = method == b"HEAD"
            self._is_known = known is not None and variant.is_known_by(known)
        return variant

    def _is_working(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # None before the first; typed otherwise
        return cycle is not None and not cycle.response_complete

    def _keep_alive_timer(self) -> TimerHandle | None:
        return self.timeout_keep_alive_task

    def _write(self, variant: Variant) -> None:
        stays = self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive()
        parts = [_UNCHANGED if self._is_known else _OK]
        for name, value in self.server_state.default_headers:
            parts += (name, b": ", value, b"\r\n")
        if not stays:
            parts.append(b"connection: close\r\n")
        if self._is_known:
            parts.append(variant.wire_unchanged)
        else:
            parts.append(variant.wire_head if self._head_only else variant.wire)
        self.transport.write(b"".join(parts))
        self.server_state.total_requests += 1
        self._answered_at = self.loop.time()
        if not stays:
            self.transport.close()

    def _bound_head(self, size_bytes: int) -> None:
        self._head_bytes += size_bytes
        if self._head_bytes > _HEAD_BYTES and not self.transport.is_closing():
            self._end_with(431, f"A request's line and headers may have {_HEAD_BYTES} bytes.")

    def _look_for_progress(self) -> None:
        """Ends the connection of somebody who began no request, not even the first, or did not
        get on with one since the last look."""
        looked_at, self._looked_at = self._looked_at, (self._heads_begun, self._pieces)
        if self._in_head:
            stalls = looked_at[0] == self._heads_begun
        elif self._in_message:
            stalls = looked_at[1] == self._pieces and not self.flow.read_paused
        else:
            stalls = self._heads_begun == 0
        if stalls:
            self.transport.close()
        elif not self.transport.is_closing():
            self._look = self.loop.call_later(self.patience_s, self._look_for_progress)

    def _end_with(self, status: int, text: str) -> None:
        """Says why and ends the connection; says nothing in the middle of another answer."""
        if not self._is_working():
            headers = [
                *self.server_state.default_headers,
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"content-length", str(len(text)).encode()),
                (b"connection", b"close"),
                (b"cache-control", b"no-store"),
                *SECURITY_HEADERS,
            ]
            self.transport.write(STATUS_LINE[status] + header_lines(headers) + text.encode())
        self.transport.close()

    def _arm_keep_alive(self, after_s: float) -> None:
        if not self.transport.is_closing():
            self.timeout_keep_alive_task = self.loop.call_later(
                after_s, self.timeout_keep_alive_handler
            )


def fast_path_protocol(hot: HotPages) -> type[FastPathProtocol]:
    """The protocol class for `uvicorn.Config(http=...)`, which takes a class and no more."""
    return type("HotPagesProtocol", (FastPathProtocol,), {"hot": hot})
