"""From a report's 202 to its effect on an open page, while reports come in at 2,000 a second and
others ask for pages. The whole of Lapwing runs, as `lapwing serve`. Run:
`python -m bench.report_to_page`.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvloop
from tests.real_server import RealServer, address_of

from bench.pages import SERVER_CORE, WRK_CORE, row, stampede

RATE_PER_S = 2000
TICK_S = 0.02
CONNECTIONS = 20
PROBED = "reddit"
"""A service without other reports, so that what changes its page is the probe's report alone."""


@contextmanager
def lapwing() -> Iterator[RealServer]:
    with tempfile.TemporaryDirectory() as folder:
        server = RealServer(
            Path(folder, "data"),
            reports_per_person_hour="1000000",
            reports_per_network_minute="1000000",
        )
        server.start()
        _pin(server)
        try:
            yield server
        finally:
            server.close()


def _pin(server: RealServer) -> None:
    """The server gets one core, everybody who asks it the other, so that it is measured and not
    how three programs share two cores."""
    assert server.process is not None
    for thread in Path(f"/proc/{server.process.pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {SERVER_CORE})
    os.sched_setaffinity(0, {WRK_CORE})


async def report_at_rate(port: int, answered: list[int], refused: list[int]) -> None:
    """Single reports on X from ever new persons, at `RATE_PER_S`, over kept-alive connections."""
    people = itertools.count(1000)
    links = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CONNECTIONS)]

    async def count_answers(reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            _, found, status = line.partition(b"HTTP/1.1 ")  # may follow the body before it
            if found:
                (answered if status.startswith(b"202") else refused)[0] += 1

    counting = [asyncio.create_task(count_answers(reader)) for reader, _ in links]
    started_at = time.monotonic()
    sent = 0
    try:
        while True:
            due = int((time.monotonic() - started_at) * RATE_PER_S)
            for _ in range(sent, due):
                links[sent % CONNECTIONS][1].write(_report("x", next(people)))
                sent += 1
            await asyncio.sleep(TICK_S)
    finally:
        for task in counting:
            task.cancel()
        for _, writer in links:
            writer.close()


def _report(service: str, person: int) -> bytes:
    body = json.dumps({"service": service, "platform": "android", "country": "IN"}).encode()
    return (
        b"POST /api/v1/reports HTTP/1.1\r\nHost: lapwing.test\r\nContent-Type: application/json\r\n"
        b"X-Forwarded-For: %s\r\nContent-Length: %d\r\n\r\n%s"
        % (address_of(person).encode(), len(body), body)
    )


async def probe(url: str, probes: int) -> list[float]:
    """Milliseconds from each 202 to the message that it caused, on one open page."""
    lateness_ms: list[float] = []
    told = asyncio.Event()

    async def listen(client: httpx.AsyncClient) -> None:
        async with client.stream("GET", f"/live/services/{PROBED}", timeout=None) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("id: "):
                    told.set()

    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        listening = asyncio.create_task(listen(client))
        await told.wait()
        for number in range(probes):
            await asyncio.sleep(random.uniform(0, 2))
            told.clear()
            report = {"service": PROBED, "country": "IN"}
            forwarded = {"X-Forwarded-For": address_of(500_000 + number)}
            answer = await client.post("/api/v1/reports", json=report, headers=forwarded)
            answer.raise_for_status()
            taken_at = time.monotonic()
            await asyncio.wait_for(told.wait(), timeout=60)
            lateness_ms.append((time.monotonic() - taken_at) * 1000)
        listening.cancel()
    return sorted(lateness_ms)


async def under_load(server: RealServer, probes: int) -> list[dict[str, Any]]:
    answered, refused = [0], [0]
    loading = asyncio.create_task(report_at_rate(server.port, answered, refused))
    await asyncio.sleep(2)
    before, started_at = answered[0], time.monotonic()
    late_ms = await probe(server.url, probes)
    rate = (answered[0] - before) / (time.monotonic() - started_at)
    pages = await asyncio.to_thread(stampede, f"{server.url}/services/x", seconds=8)
    loading.cancel()
    await asyncio.gather(loading, return_exceptions=True)
    return [
        row("reports taken meanwhile", rate, "reports/s", limit=RATE_PER_S * 0.95),
        row("reports refused meanwhile", refused[0], "reports", limit=0, better="lower"),
        row("202 to the open page, median", late_ms[len(late_ms) // 2], "ms"),
        row(
            "202 to the open page, 99 %",
            late_ms[int(len(late_ms) * 0.99)],
            "ms",
            limit=1500,
            better="lower",
        ),
        row("pages meanwhile, 256 connections", pages.pages_per_s, "pages/s"),
        row("slowest 1 % of them", pages.p99_ms, "ms", limit=50, better="lower"),
    ]


def measure(probes: int = 100) -> list[dict[str, Any]]:
    with lapwing() as server:
        return uvloop.run(under_load(server, probes))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--probes", type=int, default=100)
    for one in measure(parser.parse_args().probes):
        print(json.dumps(one))


if __name__ == "__main__":
    main()
