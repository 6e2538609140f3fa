"""Operators' acts by HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest
from tests import sample_views
from tests.site.edge import StoppedClock, sample_parts

from lapwing.accounts.tokens import TokenRegistry, make_token
from lapwing.adapters.memory_journal import MemoryJournal
from lapwing.adapters.memory_store import MemoryTokenStore
from lapwing.kernel.instants import minute_of
from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.outages.detection.model import Declared
from lapwing.outages.incidents.acts import apply_act
from lapwing.outages.incidents.model import Incident
from lapwing.outages.incidents.tracking import open_incident
from lapwing.outages.journal import Entry, OperatorActed
from lapwing.ports.journal import Position
from lapwing.web.api.operator import OperatorDesk, operator_handlers
from lapwing.web.site import Site, create_site

MINUTE = minute_of(sample_views.AS_OF - timedelta(hours=1))


@dataclass
class Incidents:
    """Follows the journal as the watch does."""

    known: dict[str, Incident] = field(default_factory=dict)

    def get(self, incident: str) -> Incident:
        if incident not in self.known:
            raise Refusal("unknown_incident", f"There is no incident {incident!r}.")
        return self.known[incident]

    def check(self, acted: OperatorActed) -> Incident:
        into = self.known.get(str(acted.details.get("into")))
        return apply_act(self.get(acted.incident), acted, into)

    def apply(self, _: Position, entry: Entry) -> None:
        assert isinstance(entry, OperatorActed)
        self.known[entry.incident] = self.check(entry)


@dataclass
class Desk:
    site: Site
    client: httpx.AsyncClient
    journal: MemoryJournal
    incident: Incident

    async def act(self, *, key: str | None = None, **body: Any) -> httpx.Response:
        path = f"/api/v1/incidents/{self.incident.id}/acts"
        headers = {} if key is None else {"Idempotency-Key": key}
        return await self.client.post(path, json=body, headers=headers)


async def open_desk(journal: MemoryJournal) -> Desk:
    incidents = Incidents()
    incident = open_incident("x", Declared(0, MINUTE, MINUTE - 2, 20.0, 16.0, 0))
    incidents.known[incident.id] = incident
    journal.follow(incidents.apply)
    store = MemoryTokenStore()
    token, secret = make_token("desk", sample_views.AS_OF)
    await store.add(token)
    desk = OperatorDesk(
        TokenRegistry(store), journal, StoppedClock(), incidents.check, incidents.get
    )
    site = create_site(sample_parts(), operator_handlers(desk))
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(site),
        base_url="http://lapwing",
        headers={"Authorization": f"Bearer {secret}"},
    )
    return Desk(site, client, journal, incident)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    opened = await open_desk(MemoryJournal())
    async with opened.client:
        yield opened


async def test_an_act_is_written_and_answered_with_the_changed_incident(desk: Desk) -> None:
    answer = await desk.act(act="confirm", note="seen here")
    assert answer.status_code == 200
    changed = msgspec.json.decode(answer.content, type=Incident)
    assert (changed.state, changed.confirmed_at) == ("confirmed", sample_views.AS_OF)
    assert (changed.changes[-1].by, changed.changes[-1].note) == ("desk", "seen here")
    ((_, entry),) = desk.journal.read(0)
    assert isinstance(entry, OperatorActed)
    assert (entry.by, entry.act, entry.details) == ("desk", "confirm", {"note": "seen here"})


async def test_null_takes_a_title_away_and_what_is_missing_stays(desk: Desk) -> None:
    await desk.act(act="edit", title="Posts gone", cause="DNS")
    changed = (await desk.act(act="edit", title=None)).json()
    assert (changed["title"], changed["cause"]) == (None, "DNS")


async def test_a_retry_with_the_same_key_acts_once(desk: Desk) -> None:
    first = await desk.act(key="k1", act="annotate", note="seen")
    again = await desk.act(key="k1", act="annotate", note="seen")
    assert again.status_code == 200
    assert again.json() == first.json()
    assert len(list(desk.journal.read(0))) == 1
    assert (await desk.act(key="k2", act="annotate", note="seen")).status_code == 200
    assert len(list(desk.journal.read(0))) == 2


async def test_retries_that_come_at_once_act_once(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.act(key="k", act="dismiss") for _ in range(3)))
    assert [answer.status_code for answer in answers] == [200] * 3
    assert len(list(desk.journal.read(0))) == 1


async def test_a_key_is_of_one_act(desk: Desk) -> None:
    await desk.act(key="k1", act="annotate", note="seen")
    other = await desk.act(key="k1", act="annotate", note="gone")
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert (await desk.act(key="k" * 999, act="annotate", note="seen")).status_code == 400


async def test_a_key_is_not_shown_in_the_history(desk: Desk) -> None:
    answer = await desk.act(key="between-us", act="annotate", note="seen")
    assert "between-us" not in answer.text


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_an_act_is_json_and_says_so(desk: Desk, media_type: str) -> None:
    path = f"/api/v1/incidents/{desk.incident.id}/acts"
    answer = await desk.client.post(
        path, content=b'{"act": "dismiss"}', headers={"Content-Type": media_type}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "wrong_media_type")
    assert list(desk.journal.read(0)) == []


async def test_without_a_valid_token_nothing_is_even_looked_at(desk: Desk) -> None:
    path = f"/api/v1/incidents/{desk.incident.id}/acts"
    for header, code in (("", "token_required"), ("Bearer wrong", "token_invalid")):
        answer = await desk.client.post(path, content=b"{", headers={"Authorization": header})
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, code)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert list(desk.journal.read(0)) == []


async def test_an_unknown_incident_is_not_found(desk: Desk) -> None:
    answer = await desk.client.post("/api/v1/incidents/x-1/acts", json={"act": "confirm"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_incident")


async def test_an_impossible_act_is_a_conflict_and_is_not_written(desk: Desk) -> None:
    await desk.act(act="dismiss")
    answer = await desk.act(act="dismiss")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "incident_not_open")
    assert len(list(desk.journal.read(0))) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", None),
        (b"{", None),
        (b"[]", None),
        (b"\xff", None),
        (b'{"note": "x"}', "act"),
        (b'{"act": "explode"}', "act"),
        (b'{"act": "confirm", "colour": "red"}', "colour"),
        (b'{"act": "annotate", "note": 5}', "note"),
        (b'{"act": "annotate", "note": " "}', "note"),
        (b'{"act": "edit", "started_at": "soon"}', "started_at"),
        (b'{"act": "merge", "into": "x-1"}', "into"),
        (b'{"act": "merge"}', "into"),
    ],
)
async def test_a_body_that_is_not_right_is_refused(
    desk: Desk, body: bytes, field: str | None
) -> None:
    path = f"/api/v1/incidents/{desk.incident.id}/acts"
    named = {"Content-Type": "application/json"}
    answer = await desk.client.post(path, content=body, headers=named)
    assert answer.status_code == 400
    problem = answer.json()["error"]
    assert problem["code"] == "invalid_json" if body in (b"", b"{", b"\xff") else problem["code"]
    assert problem["field"] == field
    assert "data is wrong" not in problem["message"]


async def test_text_stays_text(desk: Desk) -> None:
    hostile = "'); DROP TABLE incidents;-- <script>alert(1)</script> ☃"
    changed = (await desk.act(act="annotate", note=hostile)).json()
    assert changed["changes"][-1]["note"] == hostile


async def test_a_journal_that_cannot_be_written_is_told_with_when_to_come_again() -> None:
    journal = MemoryJournal()
    desk = await open_desk(journal)
    journal.out_of_order = Unavailable("The disk is full.", retry_after_s=5.0)
    async with desk.client:
        answer = await desk.act(act="confirm")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
