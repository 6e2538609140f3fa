"""From a post to its author's followers' open timelines: ten thousand of them on one process.

Each follower has its own token and connection (server-sent events of `user`). Lateness counts from
the sending of the request that posts to the arrival of the event at each follower.
Run: `python -m bench streaming`.
"""

from __future__ import annotations

import asyncio
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any, cast

import uvloop

from bench.pages import WRK_CORE
from bench.square_population import Size, write_population
from bench.timelines import Server

FOLLOWERS = 10_000
POSTS = 10
_PAUSE_S = 1.5
_OPENING_AT_ONCE = 200


class Follower(asyncio.Protocol):
    """Notes when each event of a post comes."""

    def __init__(self, token: str, came_s: dict[bytes, list[float]]) -> None:
        self._token = token
        self._came_s = came_s
        self.is_open = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.WriteTransport, transport).write(
            b"GET /api/v1/streaming/user HTTP/1.1\r\nHost: localhost\r\n"
            b"Authorization: Bearer " + self._token.encode() + b"\r\n\r\n"
        )

    def data_received(self, data: bytes) -> None:
        if not self.is_open.done():
            if b" 200 " not in data[:20]:
                raise SystemExit(data[:200].decode())
            self.is_open.set_result(None)
        at = data.find(b"streamed-")
        if at >= 0:
            self._came_s.setdefault(data[at : at + 12], []).append(time.monotonic())


async def follow_and_post(port: int, tokens: list[str]) -> dict[str, float]:
    author, *followers = tokens
    came_s: dict[bytes, list[float]] = {}
    loop = asyncio.get_running_loop()
    opened: list[Follower] = []
    for first in range(0, len(followers), _OPENING_AT_ONCE):
        some = followers[first : first + _OPENING_AT_ONCE]
        made = await asyncio.gather(
            *(
                loop.create_connection(lambda one=one: Follower(one, came_s), "127.0.0.1", port)  # type: ignore[misc]
                for one in some
            )
        )
        opened += [protocol for _, protocol in made]
    await asyncio.gather(*(one.is_open for one in opened))
    await asyncio.sleep(1)
    sent_s: dict[bytes, float] = {}
    for number in range(POSTS):
        mark = b"streamed-%03d" % number
        sent_s[mark] = time.monotonic()
        await _post(port, author, mark)
        await asyncio.sleep(_PAUSE_S)
    late = sorted(at - sent_s[mark] for mark, all_at in came_s.items() for at in all_at)
    if not late:
        raise SystemExit("No follower heard anything.")
    return {
        "heard": len(late) / (len(followers) * POSTS),
        "p50_ms": late[len(late) // 2] * 1000,
        "p99_ms": late[int(len(late) * 0.99)] * 1000,
        "last_ms": late[-1] * 1000,
    }


async def _post(port: int, token: str, mark: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = b'{"status": "' + mark + b'"}'
    writer.write(
        b"POST /api/v1/statuses HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\nAuthorization: Bearer " + token.encode() + b"\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body) + body
    )
    said = await reader.read()
    writer.close()
    if b" 200 " not in said[:20]:
        raise SystemExit(said[:300].decode())


def measure() -> list[dict[str, Any]]:
    """Rows for the table and the record."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    size = Size(FOLLOWERS + 1, 20, 10_000, tokens=FOLLOWERS + 1, all_follow_the_first=True)
    with tempfile.TemporaryDirectory() as folder:
        tokens = write_population(Path(folder), size)
        server = Server(Path(folder))
        before = server.resident_bytes
        present = os.sched_getaffinity(0)
        try:
            os.sched_setaffinity(0, {WRK_CORE})
            found = uvloop.run(follow_and_post(server.port, tokens))
            full = server.resident_bytes
        finally:
            os.sched_setaffinity(0, present)
            server.stop()

    def row(name: str, value: float, unit: str, **limit: Any) -> dict[str, Any]:
        return {"name": name, "value": value, "unit": unit, **limit}

    return [
        row("events that arrived", found["heard"] * 100, "%", limit=100),
        row("post to open timelines, median", found["p50_ms"], "ms"),
        row("post to open timelines, p99", found["p99_ms"], "ms", limit=300, better="lower"),
        row("post to open timelines, last", found["last_ms"], "ms"),
        row("memory for a connection", (full - before) / FOLLOWERS / 1024, "kB"),
    ]
