"""Under attack: 428 with a challenge, and 202 with the work done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from tests.site.edge import sample_parts
from tests.unit.intake.desk_parts import START, make_desk, rows_of
from tests.unit.intake.work_done import work_for

from lapwing.adapters.memory_journal import MemoryJournal
from lapwing.kernel.instants import minute_of
from lapwing.outages.intake.proof_of_work import Challenge, Challenges, Gate
from lapwing.web.api.reports import HANDLERS
from lapwing.web.site import create_site

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
REPORT = b'{"service": "x", "symptom": "feed"}'


@pytest.fixture
def journal() -> MemoryJournal:
    return MemoryJournal()


@pytest.fixture
async def client(journal: MemoryJournal) -> AsyncIterator[httpx.AsyncClient]:
    gate = Gate(Challenges(b"key", 6), {"x": minute_of(START)}.get)
    parts = replace(sample_parts(), intake=make_desk(journal, gate=gate), journal=journal)
    site: Any = create_site(parts, HANDLERS)
    transport = httpx.ASGITransport(site, client=("203.0.113.7", 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://lapwing.test") as client:
        yield client


async def test_the_problem_brings_the_challenge(
    client: httpx.AsyncClient, journal: MemoryJournal
) -> None:
    asked = await client.post("/api/v1/reports", content=REPORT)
    assert asked.status_code == 428
    error = asked.json()["error"]
    assert error["code"] == "work_required"
    work = work_for(Challenge(**error["challenge"]))
    taken = await client.post("/api/v1/reports", content=REPORT, headers={"Lapwing-Work": work})
    assert taken.status_code == 202
    again = await client.post("/api/v1/reports", content=REPORT, headers={"Lapwing-Work": work})
    assert again.status_code == 428
    assert len(rows_of(journal)) == 1


async def test_other_problems_have_no_challenge(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/reports", content=b"{}")
    assert answer.status_code == 400
    assert "challenge" not in answer.json()["error"]


async def test_the_form_is_asked_by_a_page_after_a_few_reports(
    client: httpx.AsyncClient, journal: MemoryJournal
) -> None:
    for _ in range(2):
        answer = await client.post("/services/x/reports", content=b"symptom=feed", headers=FORM)
        assert answer.status_code == 303
    asked = await client.post("/services/x/reports", content=b"symptom=feed", headers=FORM)
    assert asked.status_code == 428
    assert "text/html" in asked.headers["content-type"]
    seed, bits, ticket = asked.headers["lapwing-challenge"].split(" ")
    work = work_for(Challenge(seed, int(bits), ticket))
    headers = FORM | {"Lapwing-Work": work}
    taken = await client.post("/services/x/reports", content=b"symptom=feed", headers=headers)
    assert taken.status_code == 303
    assert len(rows_of(journal)) == 3


async def test_it_is_in_the_document(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/v1/openapi.json")).json()
    operation = document["paths"]["/api/v1/reports"]["post"]
    assert "428" in operation["responses"]
    assert "Lapwing-Work" in {one["name"] for one in operation["parameters"]}
    schemas = document["components"]["schemas"]
    problem = next(schema for name, schema in schemas.items() if name.endswith("Problem"))
    assert "challenge" in problem["properties"]
    assert "challenge" not in problem["required"]
