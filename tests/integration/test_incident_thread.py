"""From a post to the watch and from an incident to its thread: the whole application in process,
its clock in the test's hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.real_server import ndjson, utc

from lapwing.adapters.clocks import SteppedClock
from lapwing.app import Application, compose
from lapwing.kernel.instants import to_ms
from lapwing.outages.journal import TimePassed
from lapwing.settings import Settings

START = utc("2026-06-20T06:00:00")
TROUBLE = 25
"""Reports a minute while it is down."""


class Town:
    """The application, and one browser at it."""

    def __init__(self, data: Path, clock: SteppedClock) -> None:
        self.settings = Settings(data=data)
        self.clock = clock

    async def open(self) -> None:
        self.application: Application = compose(self.settings, clock=self.clock)
        await self.application.start(working=False)
        while await self.application.handoffs.service_accounts.open_missing():
            pass
        transport = httpx.ASGITransport(self.application.asgi)  # type: ignore[arg-type]  # httpx types scopes as plain dicts
        self.web = httpx.AsyncClient(transport=transport, base_url="http://lapwing.test")
        self.operator = {"Authorization": f"Bearer {self.application.console_secret}"}

    async def close(self) -> None:
        await self.web.aclose()
        await self.application.stop()

    async def minute(self, reports: int) -> None:
        line = {"service": "x", "symptom": "feed", "city": "Pune", "country": "IN"}
        if reports:
            answer = await self.web.post(
                "/api/v1/reports/batch",
                content=ndjson([line] * reports),
                headers=self.operator | {"Content-Type": "application/x-ndjson"},
            )
            assert answer.status_code == 202, answer.text
        self.clock.move_to(self.clock.now() + timedelta(minutes=1))
        await self.application.journal.append(TimePassed(to_ms(self.clock.now())))
        await self.tell()

    async def tell(self) -> None:
        """What the background would do by now."""
        handoffs = self.application.handoffs
        while await handoffs.incident_posts.step():
            pass
        for step in handoffs.steps(1.0):
            if step.name in ("hint_posts", "note_incidents"):
                await step.run()
        while await handoffs.incident_posts.step():
            pass

    async def until(self, state: str, reports: int, within_min: int) -> str:
        for _ in range(within_min):
            await self.minute(reports)
            found = (await self.json("/api/v1/incidents?service=x"))["incidents"]
            if found and found[0]["state"] == state:
                return str(found[0]["id"])
        raise AssertionError(f"not {state} within {within_min} minutes")

    async def json(self, path: str) -> Any:
        answer = await self.web.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def statuses(self) -> list[dict[str, Any]]:
        """Of @x_outages, as apps get them, oldest first."""
        account = await self.json("/api/v1/accounts/lookup?acct=x_outages")
        assert account["bot"]
        found: list[dict[str, Any]] = await self.json(
            f"/api/v1/accounts/{account['id']}/statuses?limit=40"
        )
        return found[::-1]


@pytest.fixture
async def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    monkeypatch.setattr("lapwing.web.snapshots.RENEWAL_S", 0.0)
    made = Town(tmp_path / "data", SteppedClock(START))
    await made.open()
    yield made
    await made.close()


async def test_an_outage_is_one_thread_in_every_app_and_survives_a_restart(town: Town) -> None:
    for _ in range(2 * 60):
        await town.minute(0)
    incident = await town.until("suspected", TROUBLE, 10)
    [opening] = await town.statuses()
    assert incident in opening["content"]
    assert opening["visibility"] == "public"
    pictures = opening["media_attachments"]
    assert [one["type"] for one in pictures] == ["image", "image"]
    assert pictures[0]["description"].startswith("Chart of the reports per minute")
    assert pictures[1]["description"].startswith("Map of the reports about X")
    assert "Pune with " in pictures[1]["description"]
    assert pictures[0]["meta"]["original"]["width"] == 1200
    await town.until("confirmed", TROUBLE, 30)
    await town.close()
    await town.open()
    await town.tell()
    assert len(await town.statuses()) == 2
    await town.until("resolved", 0, 90)
    told = await town.statuses()
    assert len({one["id"] for one in told}) == len(told) >= 4
    assert [one["in_reply_to_id"] for one in told] == [None, *(one["id"] for one in told[:-1])]
    assert told[0]["edited_at"] is not None
    assert "Over at " in told[-1]["content"]
    assert len(told[-1]["media_attachments"]) == 2
    public = await town.json("/api/v1/timelines/public")
    assert {one["id"] for one in public} == {told[0]["id"], told[-1]["id"]}
    part = await town.web.get(f"/incidents/{incident}/thread?part=1")
    assert part.headers["cache-control"] == "private, no-store"
    assert part.text.count("data-post=") == len(told)


async def test_a_post_becomes_a_hint_and_a_press_makes_it_a_report(town: Town) -> None:
    form = {"username": "asha", "email": "asha@example.org", "password": "correct horse battery"}
    assert (await town.web.post("/sign-up", data=form)).status_code == 303
    answer = await town.web.post("/compose", data={"request": "1", "text": "Twitter is down"})
    assert answer.headers["location"] == "/home?said=posted&fails=x"
    await town.minute(0)
    watch = town.application.watch
    assert watch.hints.parts(watch.present_minute).keys() == {"x"}
    before = (await town.json("/api/v1/services/x"))["reports_1h"]
    page = (await town.web.get(answer.headers["location"])).text
    assert 'action="/services/x/reports"' in page
    for _ in range(2):
        pressed = await town.web.post("/services/x/reports", data={"symptom": "feed"})
        assert pressed.headers["location"] == "/services/x/reported"
    await town.minute(0)
    assert (await town.json("/api/v1/services/x"))["reports_1h"] == before + 1
