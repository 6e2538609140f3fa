"""The edge alone, on sample views, in a process of its own."""

from __future__ import annotations

import asyncio
import socket
import time

from tests.site.edge import SampleQueries, sample_parts

from lapwing.outages.events import CountsChanged
from lapwing.web.serving import create_server
from lapwing.web.site import create_site


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until_up(port: int, timeout_s: float = 20) -> None:
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"nothing listens on port {port}")


async def serve_in_process(port: int, *, changes_per_s: float) -> None:
    """Serves until the signal; what is shown changes so often, and the bus says so.

    The count shown is the time of the change: monotonic milliseconds, modulo 1e9."""
    parts = sample_parts()
    queries = parts.queries
    assert isinstance(queries, SampleQueries)
    server = create_server(create_site(parts), host="127.0.0.1", port=port, log_level="warning")

    async def change() -> None:
        while True:
            await asyncio.sleep(1 / changes_per_s)
            queries.change(int(time.monotonic() * 1000 % 1e9))
            parts.bus.publish(CountsChanged("x"))

    changing = asyncio.create_task(change())
    await server.serve()
    changing.cancel()
