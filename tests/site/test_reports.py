"""Reports by HTTP: what goes in, what comes out, and what is refused how."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from tests.site.edge import sample_parts
from tests.unit.intake.desk_parts import make_desk, rows_of

from lapwing.accounts.tokens import Token
from lapwing.adapters.memory_journal import MemoryJournal
from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.outages.intake.limits import Allowance
from lapwing.outages.journal import BackfillEnded
from lapwing.settings import Settings
from lapwing.web.api.incoming import COOKIE, REPORT_BYTES
from lapwing.web.api.reports import BATCH_BYTES, HANDLERS
from lapwing.web.site import create_site

OPERATOR = {"Authorization": "Bearer secret"}
REPORT = {"service": "x", "symptom": "feed", "platform": "android"}


class OneToken:
    """Knows the operator ann by the word "secret"."""

    async def identify(self, authorization: str | None, now: datetime) -> Token:
        if authorization is None:
            raise Refusal("token_required", "This needs a token.")
        if authorization != OPERATOR["Authorization"]:
            raise Refusal("token_invalid", "This token is unknown.")
        return Token("ann", "", datetime(2023, 1, 1, tzinfo=UTC))


@dataclass
class Lapwing:
    client: httpx.AsyncClient
    journal: MemoryJournal

    async def post(self, path: str, content: bytes | str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(path, content=content, headers=named)


@asynccontextmanager
async def serve(
    settings: Settings | None = None,
    *,
    allowance: Allowance | None = None,
    peer: str = "203.0.113.7",
) -> AsyncIterator[Lapwing]:
    journal = MemoryJournal()
    parts = sample_parts(settings)
    desk = make_desk(journal, allowance=allowance)
    parts = replace(parts, intake=desk, tokens=OneToken(), journal=journal)
    site: Any = create_site(parts, HANDLERS)
    transport = httpx.ASGITransport(site, client=(peer, 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://lapwing.test") as client:
        yield Lapwing(client, journal)


@pytest.fixture
async def lapwing() -> AsyncIterator[Lapwing]:
    async with serve() as served:
        yield served


async def test_a_report_is_answered_with_its_id(lapwing: Lapwing) -> None:
    answer = await lapwing.client.post("/api/v1/reports", json=REPORT)
    assert answer.status_code == 202
    (row,) = rows_of(lapwing.journal)
    assert answer.json() == {"id": str(row.id), "notes": []}
    assert row.country == "IN"


async def test_the_document_says_which_addresses_need_a_token(lapwing: Lapwing) -> None:
    paths = (await lapwing.client.get("/api/v1/openapi.json")).json()["paths"]
    needs = {path: paths[path]["post"]["security"] for path in paths if "post" in paths[path]}
    assert needs["/api/v1/reports"] == [{}, {"operator": []}]
    assert needs["/api/v1/reports/batch"] == [{"operator": []}]
    assert needs["/api/v1/backfills"] == [{"operator": []}]


async def test_the_reporters_cookie_is_given_once_and_tells_browsers_apart(
    lapwing: Lapwing,
) -> None:
    first = await lapwing.client.post("/api/v1/reports", json=REPORT)
    given = first.headers["set-cookie"]
    assert given.startswith(f"{COOKIE}=")
    assert "HttpOnly" in given
    assert "SameSite=lax" in given
    assert "Max-Age=172800" in given
    second = await lapwing.client.post("/api/v1/reports", json=REPORT)
    assert "set-cookie" not in second.headers
    lapwing.client.cookies.clear()
    await lapwing.client.post("/api/v1/reports", json=REPORT)
    one, same, other = rows_of(lapwing.journal)
    assert one.reporter == same.reporter != other.reporter


async def test_only_trusted_proxies_say_who_they_forward_for() -> None:
    async with serve(peer="10.0.0.1") as plain:
        await plain.post("/api/v1/reports", json.dumps(REPORT), x_forwarded_for="203.0.113.7")
        assert rows_of(plain.journal)[0].country is None
    settings = Settings(trusted_proxies=("10.0.0.0/8",))
    async with serve(settings, peer="10.0.0.1") as behind:
        await behind.post("/api/v1/reports", json.dumps(REPORT), x_forwarded_for="203.0.113.7")
        assert rows_of(behind.journal)[0].country == "IN"


async def test_a_retry_with_the_same_key_is_harmless(lapwing: Lapwing) -> None:
    answers = [
        await lapwing.post("/api/v1/reports", json.dumps(REPORT), idempotency_key="k1")
        for _ in range(3)
    ]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(rows_of(lapwing.journal)) == 1


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (b"{", 400, "invalid_json", None),
        (b"", 400, "invalid_json", None),
        ('{"service":"x"}'.encode("utf-16"), 400, "invalid_json", None),
        (b'{"service":"nope"}', 404, "unknown_service", "service"),
        (b'{"service":"x","symptom":"<b>"}', 400, "unknown_symptom", "symptom"),
        (
            b'{"service":"x","latitude":91,"longitude":0}',
            400,
            "coordinates_out_of_range",
            "latitude",
        ),
        (b'{"service":"x","latitude":1e999,"longitude":0}', 400, None, "latitude"),
        (b'{"service":"x","at":"2023-12-21T05:00:00Z"}', 400, "operator_only", "at"),
        (b'{"service":"x","colour":"red"}', 400, "unknown_field", "colour"),
        (b'{"service":"x","text":"' + b"y" * 281 + b'"}', 400, "text_too_long", "text"),
        (b'{"service":"x","text":"' + b"y" * REPORT_BYTES + b'"}', 413, "too_large", None),
    ],
)
async def test_bad_input_is_told_what_is_wrong_where(
    lapwing: Lapwing, body: bytes, status: int, code: str | None, field: str | None
) -> None:
    answer = await lapwing.post("/api/v1/reports", body, content_type="application/json")
    error = answer.json()["error"]
    assert answer.status_code == status
    assert error["code"] == (code or error["code"])
    assert error["field"] == field
    assert error["message"]
    assert rows_of(lapwing.journal) == []


async def test_other_media_types_are_refused(lapwing: Lapwing) -> None:
    for path in ("/api/v1/reports", "/api/v1/reports/batch", "/services/x/reports"):
        answer = await lapwing.post(path, b"{}", content_type="text/plain", **OPERATOR)
        assert answer.status_code == 415


async def test_other_sites_cannot_make_a_browser_report(lapwing: Lapwing) -> None:
    form = "application/x-www-form-urlencoded"
    answer = await lapwing.post(
        "/services/x/reports", "symptom=feed", content_type=form, sec_fetch_site="cross-site"
    )
    assert answer.status_code == 403
    assert rows_of(lapwing.journal) == []


async def test_a_limit_is_a_429_that_says_when(lapwing: Lapwing) -> None:
    async with serve(allowance=Allowance(per_person_hour=1)) as served:
        await served.client.post("/api/v1/reports", json=REPORT)
        answer = await served.client.post("/api/v1/reports", json=REPORT)
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "too_many_reports"
    assert int(answer.headers["retry-after"]) > 0


async def test_a_full_disk_is_a_503_that_says_when(lapwing: Lapwing) -> None:
    lapwing.journal.out_of_order = Unavailable("The disk is full.", retry_after_s=5)
    for path, headers in (("/api/v1/reports", {}), ("/api/v1/reports/batch", OPERATOR)):
        answer = await lapwing.client.post(path, json=REPORT, headers=headers)
        if answer.status_code == 415:
            answer = await lapwing.post(path, json.dumps(REPORT), **headers)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"


async def test_operators_say_when_and_who(lapwing: Lapwing) -> None:
    report = {**REPORT, "at": "2023-12-20T00:00:00Z", "reporter": "c7", "network": "AS1"}
    answer = await lapwing.client.post("/api/v1/reports", json=report, headers=OPERATOR)
    assert answer.status_code == 202
    assert "set-cookie" not in answer.headers
    assert rows_of(lapwing.journal)[0].network == "AS1"
    wrong = await lapwing.client.post(
        "/api/v1/reports", json=report, headers={"Authorization": "Bearer guess"}
    )
    assert wrong.status_code == 401


async def test_a_batch_is_answered_line_by_line(lapwing: Lapwing) -> None:
    body = b'{"service":"x"}\nnonsense\n{"service":"x","city":"Nowhere at all","country":"IN"}\n'
    answer = await lapwing.post("/api/v1/reports/batch", body, **OPERATOR)
    assert answer.status_code == 202
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    first, second, third = (json.loads(line) for line in answer.text.splitlines())
    ids = [str(row.id) for row in rows_of(lapwing.journal)]
    assert first == {"line": 1, "id": ids[0]}
    assert (second["line"], second["error"]["code"]) == (2, "invalid_json")
    assert third == {"line": 3, "id": ids[1], "notes": ["city_unknown"]}


async def test_batches_and_backfills_need_a_token(lapwing: Lapwing) -> None:
    for path in ("/api/v1/reports/batch", "/api/v1/backfills"):
        assert (await lapwing.post(path, b"{}")).status_code == 401


async def test_a_batch_that_is_too_large_is_a_413(lapwing: Lapwing) -> None:
    body = b'{"service":"x"}\n' * 10_001
    assert (await lapwing.post("/api/v1/reports/batch", body, **OPERATOR)).status_code == 413
    huge = b"x" * (BATCH_BYTES + 1)
    assert (await lapwing.post("/api/v1/reports/batch", huge, **OPERATOR)).status_code == 413


async def test_a_backfills_end_is_told(lapwing: Lapwing) -> None:
    answer = await lapwing.client.post(
        "/api/v1/backfills", json={"services": ["x"]}, headers=OPERATOR
    )
    assert (answer.status_code, answer.json()) == (200, {"services": ["x"]})
    ((_, entry),) = lapwing.journal.read(0)
    assert isinstance(entry, BackfillEnded)
    wrong = await lapwing.client.post("/api/v1/backfills", json={"service": 1}, headers=OPERATOR)
    assert wrong.json()["error"]["field"] == "services"


async def test_the_form_takes_two_taps_and_says_thanks(lapwing: Lapwing) -> None:
    answer = await lapwing.client.post("/services/x/reports", data={"symptom": "feed", "city": ""})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/services/x/reported"
    assert COOKIE in answer.headers["set-cookie"]
    (row,) = rows_of(lapwing.journal)
    assert (row.symptom, row.country, row.city) == ("feed", "IN", None)


async def test_a_form_sent_to_a_services_name_leads_to_the_services_own_page(
    lapwing: Lapwing,
) -> None:
    answer = await lapwing.client.post("/services/X/reports", data={"symptom": "feed"})
    assert answer.headers["location"] == "/services/x/reported"
    assert rows_of(lapwing.journal)[0].service == "x"


async def test_the_forms_city_is_found(lapwing: Lapwing) -> None:
    await lapwing.client.post("/services/x/reports", data={"city": "Mumbai", "country": "IN"})
    assert rows_of(lapwing.journal)[0].city == 1275339


async def test_a_wrong_form_is_a_page_for_people(lapwing: Lapwing) -> None:
    answer = await lapwing.client.post("/services/x/reports", data={"symptom": "<script>"})
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script>" not in answer.text.partition("<main")[2]
    unknown = await lapwing.client.post("/services/nope/reports", data={"symptom": "feed"})
    assert unknown.status_code == 404
    many = await lapwing.client.post("/services/x/reports", data={f"f{k}": "v" for k in range(99)})
    assert many.status_code == 400


async def test_the_openapi_document_says_what_reports_take(lapwing: Lapwing) -> None:
    document = (await lapwing.client.get("/api/v1/openapi.json")).json()
    operation = document["paths"]["/api/v1/reports"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema["required"] == ["service"]
    assert {"202", "400", "429", "503"} <= operation["responses"].keys()
