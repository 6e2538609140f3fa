"""The site on a real server in the test's own event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from lapwing.web.serving import SiteServer, create_server
from lapwing.web.site import Site


@dataclass
class Running:
    """A server that listens, and its port."""

    server: SiteServer
    port: int
    serving: asyncio.Task[None]


@asynccontextmanager
async def running(site: Site, *, keep_alive_s: int = 5) -> AsyncIterator[Running]:
    """Serves until the block ends."""
    server = create_server(site, host="127.0.0.1", port=0, log_level="critical")
    server.config.timeout_keep_alive = keep_alive_s
    started = asyncio.Event()
    startup = server.startup

    async def start(*arguments: object, **named: object) -> None:
        await startup()
        started.set()

    server.startup = start  # type: ignore[method-assign]  # tells when the port is known
    serving = asyncio.create_task(server.serve())
    await started.wait()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Running(server, port, serving)
    finally:
        server.should_exit = True
        await serving
