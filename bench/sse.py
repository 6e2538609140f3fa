"""Thousands of open live pages on one process: memory, and how late the last one hears of a change.

A service changes ten times a second; each listener reads the compressed stream as a browser does.
Lateness counts from the oldest change that a message is the first to show, so it holds the wait
for the second between two messages. Run: `python -m bench.sse`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import resource
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import uvloop

from bench.site_under_test import free_port, serve_in_process, wait_until_up

CHANGES_PER_S = 10
SAMPLED = 500
"""Connections whose messages are read."""

_REQUEST = b"GET /live/services/x HTTP/1.1\r\nHost: lapwing.test\r\nAccept-Encoding: gzip\r\n\r\n"
_COUNT = re.compile(r"\d{1,3}(?:,\d{3}){2}")
"""The time of the change in milliseconds, shown as the reports of the last hour."""


_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


class Browser(asyncio.Protocol):
    """Keeps what a stream brings and when; it is read afterwards, so that reading delays nobody."""

    def __init__(self) -> None:
        self._pieces: list[tuple[float, bytes]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.WriteTransport, transport).write(_REQUEST)

    def data_received(self, data: bytes) -> None:
        self._pieces.append((time.monotonic() * 1000 % 1e9, data))

    def heard_after(self, instant_ms: float) -> bool:
        return bool(self._pieces) and self._pieces[-1][0] > instant_ms

    def lateness_ms(self, after_ms: float) -> list[float]:
        """Of the messages that came after an instant."""
        found: list[float] = []
        shown_ms: int | None = None
        for came_ms, message in self._messages():
            counts = [int(text.replace(",", "")) for text in _COUNT.findall(message)]
            newest_ms = max((count for count in counts if count <= came_ms), default=None)
            if newest_ms is None:
                continue
            if shown_ms is not None and came_ms > after_ms:
                found.append(came_ms - shown_ms - 1000 / CHANGES_PER_S)
            shown_ms = newest_ms
        return found

    def _messages(self) -> Iterator[tuple[float, str]]:
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        raw, text, started = b"", "", False
        for came_ms, data in self._pieces:
            raw += data
            if not started:
                head, started, rest = raw.partition(b"\r\n\r\n")
                if not started:
                    continue
                if b" 200 " not in head.split(b"\r\n")[0]:
                    raise SystemExit(head.decode())
                raw = rest
            while (chunk := _first_chunk(raw)) is not None:
                raw = raw[raw.index(b"\r\n") + 2 + len(chunk) + 2 :]
                text += inflate.decompress(chunk.removeprefix(_GZIP_HEADER)).decode()
            *messages, text = text.split("\n\n")
            yield from ((came_ms, one) for one in messages if one.startswith("id: "))


def _first_chunk(raw: bytes) -> bytes | None:
    """The first whole chunk of a chunked body (RFC 9112, 7.1)."""
    size, found, rest = raw.partition(b"\r\n")
    if not found or len(rest) < int(size, 16) + 2:
        return None
    return rest[: int(size, 16)]


async def listen(port: int, connections: int, seconds: float) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    opened_at = loop.time()
    browsers = [
        (await loop.create_connection(Browser, "127.0.0.1", port))[1] for _ in range(connections)
    ]
    open_s = loop.time() - opened_at
    await asyncio.sleep(3)
    after_ms = time.monotonic() * 1000 % 1e9
    await asyncio.sleep(seconds)
    reached = sum(browser.heard_after(after_ms) for browser in browsers)
    sample = browsers[:: max(1, connections // SAMPLED)]
    late = sorted(one for browser in sample for one in browser.lateness_ms(after_ms))
    return {
        "opened_in_s": open_s,
        "reached": reached,
        "p50_ms": late[len(late) // 2],
        "p99_ms": late[int(len(late) * 0.99)],
    }


def resident_mb(process_id: int) -> float:
    status = Path(f"/proc/{process_id}/status").read_text()
    match = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(match.group(1)) / 1024 if match else 0.0


def measure(connections: int = 5000, seconds: float = 10) -> list[dict[str, Any]]:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.sse", "--serve", str(port)])
    try:
        wait_until_up(port)
        before_mb = resident_mb(process.pid)
        found = uvloop.run(listen(port, connections, seconds))
        full_mb = resident_mb(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)

    def row(name: str, value: float, unit: str, **limit: Any) -> dict[str, Any]:
        return {"name": name, "value": value, "unit": unit, **limit}

    return [
        row("open pages that were told", found["reached"], "pages", limit=connections),
        row("memory of the process", full_mb, "MB", limit=1000, better="lower"),
        row("of that without listeners", before_mb, "MB"),
        row("opening all of them", found["opened_in_s"], "s"),
        row("change to message, median", found["p50_ms"], "ms"),
        row("change to message, 99 %", found["p99_ms"], "ms", limit=1500, better="lower"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", type=int, help="serve on this port; for the bench itself")
    parser.add_argument("--connections", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    if arguments.serve:
        uvloop.run(serve_in_process(arguments.serve, changes_per_s=CHANGES_PER_S))
        return
    for row in measure(arguments.connections, arguments.seconds):
        print(json.dumps(row))


if __name__ == "__main__":
    main()
