"""An outage from the first report to its record, over HTTP, minute by minute of a set clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.real_server import address_of, ndjson, no_cookies, utc

from lapwing.adapters.clocks import SteppedClock
from lapwing.app import Application, compose
from lapwing.kernel.instants import to_ms
from lapwing.outages.journal import TimePassed
from lapwing.settings import Settings

START = utc("2026-06-20T06:00:00")
TROUBLE = 25
"""Reports a minute while it is down."""


class Lapwing:
    """The whole application in this process, its clock in the test's hand."""

    def __init__(self, application: Application, clock: SteppedClock) -> None:
        self.application = application
        self.clock = clock
        transport = httpx.ASGITransport(application.asgi)
        self.client = httpx.AsyncClient(
            transport=transport, base_url="http://lapwing.test", cookies=no_cookies()
        )
        self.operator = {"Authorization": f"Bearer {application.console_secret}"}
        self._person = 0

    async def minute(self, reports: int, service: str = "x") -> None:
        """So many reports, of them one by a person of the public; then the minute is over."""
        if reports:
            self._person += 1
            answer = await self.client.post(
                "/api/v1/reports",
                json={"service": service, "platform": "ios", "country": "IN"},
                headers={"X-Forwarded-For": address_of(self._person)},
            )
            assert answer.status_code == 202, answer.text
        line = {"service": service, "symptom": "feed", "city": "Pune", "country": "IN"}
        if reports > 1:
            answer = await self.client.post(
                "/api/v1/reports/batch",
                content=ndjson([line] * (reports - 1)),
                headers=self.operator | {"Content-Type": "application/x-ndjson"},
            )
            assert answer.status_code == 202, answer.text
        self.clock.move_to(self.clock.now() + timedelta(minutes=1))
        await self.application.journal.append(TimePassed(to_ms(self.clock.now())))

    async def quiet_hours(self, hours: int) -> None:
        for minute in range(hours * 60):
            await self.minute(int(minute % 240 == 0))

    async def incidents(self, service: str = "x") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.json(f"/api/v1/incidents?service={service}"))[
            "incidents"
        ]
        return found

    async def until(self, state: str, reports: int, *, within_min: int) -> str:
        """Minutes with so many reports until the latest incident has the state; its id."""
        seen = []
        for _ in range(within_min):
            await self.minute(reports)
            found = await self.incidents()
            seen.append(found[0]["state"] if found else None)
            if seen[-1] == state:
                return str(found[0]["id"])
        raise AssertionError(f"not {state} within {within_min} minutes: {seen}")

    async def act(self, incident: str, act: str, **details: str) -> dict[str, Any]:
        answer = await self.client.post(
            f"/api/v1/incidents/{incident}/acts", json={"act": act, **details},
            headers=self.operator,
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        changed: dict[str, Any] = answer.json()
        return changed

    async def json(self, path: str) -> Any:
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def page(self, path: str) -> str:
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture
async def lapwing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Lapwing]:
    monkeypatch.setattr("lapwing.web.snapshots.RENEWAL_S", 0.0)
    clock = SteppedClock(START)
    settings = Settings(data=tmp_path / "data", trusted_proxies=("127.0.0.0/8",))
    application = compose(settings, clock=clock)
    await application.start()
    served = Lapwing(application, clock)
    await served.quiet_hours(5)
    yield served
    await served.client.aclose()
    await application.stop()


async def test_an_outage_is_followed_from_suspicion_to_its_end(lapwing: Lapwing) -> None:
    assert "No:" in (await lapwing.json("/api/v1/services/x"))["answer"]
    assert await lapwing.incidents() == []
    began_at = lapwing.clock.now()
    told = {
        "suspected": (TROUBLE, 5, "suspected"),
        "confirmed": (TROUBLE, 30, "down"),
        "ongoing": (TROUBLE, 30, "down"),
        "recovering": (0, 30, "recovering"),
        "resolved": (0, 60, "ok"),
    }
    incident = ""
    for state, (reports, within_min, condition) in told.items():
        before, incident = incident, await lapwing.until(state, reports, within_min=within_min)
        assert before in ("", incident), "it is one incident from start to end"
        service = await lapwing.json("/api/v1/services/x")
        assert service["condition"] == condition
        assert (service["incident"] is None) == (state == "resolved")
        record = await lapwing.json(f"/api/v1/incidents/{incident}")
        assert record["summary"]["state"] == state
        assert "X" in record["story"]["headline"]
        assert len(record["story"]["post"]) <= 280
        assert incident in await lapwing.page("/")
        assert incident in await lapwing.page("/services/x")
        assert "Pune" in await lapwing.page(f"/incidents/{incident}")
    started_at = utc(record["summary"]["started_at"].removesuffix("Z"))
    assert abs(started_at - began_at) <= timedelta(minutes=3)
    acts = [change["act"] for change in record["changes"]]
    assert acts == ["declared", "confirmed", "lasted", "receded", "recovered"]
    assert record["summary"]["leading"][0]["label"]
    assert record["summary"]["places"][0] == "Pune"


async def test_a_dip_does_not_end_it_and_two_bursts_are_one_incident(lapwing: Lapwing) -> None:
    incident = await lapwing.until("confirmed", TROUBLE, within_min=30)
    for reports in [TROUBLE] * 10 + [2] * 3 + [TROUBLE] * 5:
        await lapwing.minute(reports)
        assert (await lapwing.json("/api/v1/services/x"))["condition"] != "ok"
    await lapwing.until("resolved", 0, within_min=60)
    for _ in range(10):
        await lapwing.minute(0)
    assert await lapwing.until("ongoing", TROUBLE, within_min=30) == incident
    assert len(await lapwing.incidents()) == 1
    acts = [one["act"] for one in (await lapwing.json(f"/api/v1/incidents/{incident}"))["changes"]]
    assert "reopened" in acts


async def test_an_operator_calls_a_burst_a_false_alarm_and_it_stays_one(lapwing: Lapwing) -> None:
    incident = await lapwing.until("suspected", TROUBLE, within_min=10)
    await lapwing.act(incident, "annotate", note="A class was told to try the form.")
    assert (await lapwing.act(incident, "dismiss", note="An exercise."))["state"] == "false_alarm"
    for _ in range(5):
        await lapwing.minute(2)
    record = await lapwing.json(f"/api/v1/incidents/{incident}")
    assert record["summary"]["state"] == "false_alarm"
    notes = [change["note"] for change in record["changes"]]
    assert notes[-2:] == ["A class was told to try the form.", "An exercise."]
    service = await lapwing.json("/api/v1/services/x")
    assert (service["condition"], service["incident"]) == ("ok", None)
    assert service["shadings"] == []
