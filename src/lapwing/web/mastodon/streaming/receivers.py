"""Open connections. Events are written straight to the connection's transport: through ASGI each
would cost a task's turn, and ten thousand turns are a second."""

from __future__ import annotations

from asyncio import Transport
from typing import Final

from lapwing.web.mastodon.streaming.events import Event, chunk

SLOWEST_BYTES: Final = 1024 * 1024
"""Who lets so much pile up is cut off, and comes back when it can keep up."""
_THUMP: Final = b":thump\n\n"


class Receiver:
    """One connection and who is behind it; None of `viewer_id`'s rights are kept here: they are
    asked for each event."""

    __slots__ = ("secret", "transport", "viewer_id")

    def __init__(self, transport: Transport, viewer_id: int, secret: str) -> None:
        self.transport = transport
        self.viewer_id = viewer_id
        self.secret = secret

    def put(self, event: Event, label: tuple[str, ...]) -> None:
        raise NotImplementedError

    def thump(self) -> None:
        """Shows that the connection is alive, where nothing else does."""

    def end(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()

    def _write(self, content: bytes) -> None:
        transport = self.transport
        if transport.is_closing():
            return
        if transport.get_write_buffer_size() > SLOWEST_BYTES:
            transport.abort()
        else:
            transport.write(content)


class ServerSentReceiver(Receiver):
    __slots__ = ("_chunked",)

    def __init__(self, transport: Transport, viewer_id: int, secret: str, *, chunked: bool) -> None:
        super().__init__(transport, viewer_id, secret)
        self._chunked = chunked

    def put(self, event: Event, label: tuple[str, ...]) -> None:
        self._write(event.server_sent(chunked=self._chunked))

    def thump(self) -> None:
        self._write(chunk(_THUMP) if self._chunked else _THUMP)


class SocketReceiver(Receiver):
    __slots__ = ()

    def put(self, event: Event, label: tuple[str, ...]) -> None:
        self._write(event.frame(label))
