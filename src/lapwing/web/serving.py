"""uvicorn, set up for the site: hot pages before everything, live streams ended at the signal."""

from __future__ import annotations

import logging
import resource
import socket
from asyncio import BaseTransport
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from lapwing.web.fast_path import HotPages, fast_path_protocol
from lapwing.web.security import transport_headers

if TYPE_CHECKING:
    from litestar.types import Receive, Scope, Send

_SHUTDOWN_S = 10
"""How long running requests have before they are cut off."""

_SOCKET_LOG = logging.getLogger("lapwing.sockets")
_SOCKET_LOG.setLevel(logging.WARNING)
_SOCKET_BYTES = 16 * 1024
"""Of a message that comes over a WebSocket."""

_BACKLOG = 4096
"""Connections that wait for being accepted when many come at once."""


class Served(Protocol):
    """An ASGI application with what the server that runs it has to know."""

    public_url: str

    @property
    def hot(self) -> HotPages: ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...

    def close_streams(self) -> None:
        """Ends what stays open by itself: the server stops."""
        ...


class StreamSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSockets, whose connections streams may write to directly. Their addresses are
    not logged: tokens are in them."""

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.logger = _SOCKET_LOG
        self.app_state = {**self.app_state, "transport": transport}


class SiteServer(uvicorn.Server):
    """A server that ends the open streams first, for uvicorn waits until they have ended."""

    def __init__(self, config: uvicorn.Config, site: Served) -> None:
        super().__init__(config)
        self._site = site

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """A signal ends `serve`; uvicorn would then raise it again, which ends the process before
        it has saved anything."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        _allow_many_connections()
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._site.close_streams()
        await super().shutdown(sockets)


def create_server(site: Served, *, host: str, port: int, log_level: str = "info") -> SiteServer:
    """The server; `serve()` runs it until SIGINT or SIGTERM. Port 0 takes a free one."""
    config = uvicorn.Config(
        site,
        host=host,
        port=port,
        log_level=log_level,
        access_log=False,
        loop="uvloop",
        http=fast_path_protocol(site.hot),
        ws=StreamSocketProtocol,
        ws_max_size=_SOCKET_BYTES,
        ws_per_message_deflate=False,
        lifespan="on",
        backlog=_BACKLOG,
        proxy_headers=False,  # client_address.py reads them by our own rule
        server_header=False,
        headers=transport_headers(site.public_url),
        timeout_graceful_shutdown=_SHUTDOWN_S,
    )
    return SiteServer(config, site)


def _allow_many_connections() -> None:
    """Each open page is a file to the kernel: as many as the machine's owner allows, not the
    1,024 that most systems give a process unless it asks."""
    _, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))
