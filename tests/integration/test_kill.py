"""`kill -9` at any moment: no acknowledged report is lost, none is counted twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import httpx
from tests.real_server import (
    SetClockServer,
    address_of,
    by_minute,
    ndjson,
    no_cookies,
)

ROUNDS = 3
LINES = 20
PAST = "2026-06-20T04:{:02}:00+00:00"


@dataclass
class Sending:
    """One request as it is sent and, if need be, sent again under the same key."""

    number: int
    lines: list[dict[str, object]]
    operators: bool
    ids: list[str] = field(default_factory=list)
    """Acknowledged ones, by line."""

    @property
    def key(self) -> str:
        return f"key-{self.number}"


@dataclass
class Load:
    """Reports on their way, until the server is killed under them."""

    server: SetClockServer
    random: Random
    requests: list[Sending] = field(default_factory=list)
    acknowledged: int = 0
    kill_at: int = 0

    async def run(self) -> None:
        """Posts from eight sides at once, and kills at the drawn acknowledgement."""
        self.kill_at = self.acknowledged + self.random.randrange(10, 150)
        headers = self.server.operator()
        async with self._client() as client:
            await asyncio.gather(
                *[self._keep_on(client, headers, operators=False) for _ in range(6)],
                *[self._keep_on(client, headers, operators=True) for _ in range(2)],
                self._end_backfills(client, headers),
            )

    async def retry(self, requests: Iterable[Sending]) -> None:
        headers = self.server.operator()
        async with self._client() as client:
            for request in requests:
                before = list(request.ids)
                await self._send(client, headers, request)
                assert not before or request.ids == before, "a retry is answered as before"

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.server.url, timeout=15, trust_env=False, cookies=no_cookies()
        )

    async def _keep_on(
        self, client: httpx.AsyncClient, headers: dict[str, str], *, operators: bool
    ) -> None:
        while self.server.process is not None:
            request = self._next(operators=operators)
            try:
                await self._send(client, headers, request)
            except httpx.TransportError:
                return
            self.acknowledged += 1
            if self.acknowledged % 9 == 0:
                self.server.set_clock(self.server.now + timedelta(minutes=1))
            if self.acknowledged >= self.kill_at and self.server.process is not None:
                self.server.kill()

    async def _end_backfills(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        while self.server.process is not None:
            try:
                await client.post(
                    "/api/v1/backfills", json={"services": ["instagram"]}, headers=headers
                )
            except httpx.TransportError:
                return

    def _next(self, *, operators: bool) -> Sending:
        number = len(self.requests)
        lines: list[dict[str, object]] = [{"service": "x", "platform": "android", "country": "IN"}]
        if operators:
            past = PAST.format(self.random.randrange(60))
            lines = [
                {"service": "x", "platform": "web", "country": "IN"}
                if line % 2
                else {"service": "instagram", "platform": "web", "at": past}
                for line in range(LINES)
            ]
        request = Sending(number, lines, operators)
        self.requests.append(request)
        return request

    async def _send(
        self, client: httpx.AsyncClient, headers: dict[str, str], request: Sending
    ) -> None:
        own = {"Idempotency-Key": request.key}
        if request.operators:
            own |= headers | {"Content-Type": "application/x-ndjson"}
            path, body = "/api/v1/reports/batch", ndjson(request.lines)
        else:
            own |= {"X-Forwarded-For": address_of(request.number)}
            own |= {"Content-Type": "application/json"}
            path, body = "/api/v1/reports", json.dumps(request.lines[0]).encode()
        answer = await client.post(path, content=body, headers=own)
        assert answer.status_code == 202, answer.text
        request.ids = [json.loads(line)["id"] for line in answer.text.splitlines()]


async def test_no_acknowledged_report_is_lost_and_none_is_counted_twice(
    set_clock_server: SetClockServer,
) -> None:
    server = set_clock_server
    load = Load(server, Random(20231221))
    server.start()
    for _ in range(ROUNDS):
        await load.run()
        server.start()
        unanswered = [one for one in load.requests if not one.ids]
        answered = [one for one in load.requests if one.ids]
        _check_counted(server, answered, of=load.requests)
        await load.retry(unanswered)
        await load.retry(load.random.sample(answered, 10))
    ids = [each for request in load.requests for each in request.ids]
    assert len(ids) == len(set(ids)) == sum(len(request.lines) for request in load.requests)
    _check_counted(server, load.requests, of=load.requests)


def _check_counted(server: SetClockServer, sure: list[Sending], *, of: list[Sending]) -> None:
    """Every report of `sure` is counted once, and of the others at most once."""
    answer = server.client.post(
        "/api/v1/backfills", json={"services": ["instagram"]}, headers=server.operator()
    )
    assert answer.status_code == 200, answer.text
    server.pass_minutes(1)
    for service, platform in (("x", "android"), ("x", "web"), ("instagram", "web")):
        counts = by_minute(server.get(f"/api/v1/services/{service}/counts?minutes=1440"))
        counted = sum(counts["platform", platform].values())
        least, most = (_sent(requests, service, platform) for requests in (sure, of))
        assert least <= counted <= most, f"{service} on {platform}"


def _sent(requests: list[Sending], service: str, platform: str) -> int:
    return sum(
        line["service"] == service and line["platform"] == platform
        for request in requests
        for line in request.lines
    )
