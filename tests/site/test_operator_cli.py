"""`lapwing incidents` and `lapwing token`, as they are typed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.site.test_operator import Desk, open_desk
from typer.testing import CliRunner

from lapwing.adapters.memory_journal import MemoryJournal
from lapwing.adapters.sql.database import open_database
from lapwing.adapters.sql.token_store import SqlTokenStore
from lapwing.cli import incidents, token
from lapwing.kernel.refusals import Refusal
from lapwing.settings import Settings

runner = CliRunner()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    opened = asyncio.run(open_desk(MemoryJournal()))

    @asynccontextmanager
    async def connect(_: Settings) -> AsyncIterator[object]:
        yield opened.client

    monkeypatch.setattr(incidents, "open_connection", connect)
    return opened


def _incidents(*arguments: str) -> str:
    result = runner.invoke(incidents.app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_incidents_as_json_say_what_scripts_need(desk: Desk) -> None:
    first, *_ = json.loads(_incidents("--json"))
    assert first["service"] == "x"
    wanted = {"id", "state", "started_at", "detected_at", "confirmed_at", "ended_at", "reports"}
    assert wanted | {"peak_15_min", "peak_per_minute", "leading", "headline"} <= first.keys()


def test_incidents_are_narrowed_by_service_state_and_start(desk: Desk) -> None:
    every = json.loads(_incidents("--json"))
    assert json.loads(_incidents("--json", "--service", "nobody")) == []
    assert json.loads(_incidents("--json", "--since", "2100-01-01")) == []
    assert json.loads(_incidents("--json", "--since", "2023-12-01T00:00+05:30")) == every
    resolved = json.loads(_incidents("--json", "--state", "resolved"))
    assert {one["state"] for one in resolved} <= {"resolved"}


def test_a_table_shows_every_incident(desk: Desk) -> None:
    for one in json.loads(_incidents("--json")):
        assert one["id"] in _incidents()
    assert "No incidents" in _incidents("--service", "nobody")


def test_an_incident_is_told_with_its_story(desk: Desk) -> None:
    (first, *_) = json.loads(_incidents("--json"))
    view = json.loads(_incidents("show", first["id"], "--json"))
    assert view["story"]["headline"] in _incidents("show", first["id"])


def test_an_act_goes_through_and_tells_the_state(desk: Desk) -> None:
    assert _incidents("confirm", desk.incident.id, "--note", "seen") == (
        f"{desk.incident.id}: confirmed\n"
    )
    assert "confirmed" in _incidents("edit", desk.incident.id, "--title", "Posts gone")
    assert "resolved" in _incidents("resolve", desk.incident.id, "--cause", "DNS")
    details = [entry.details for _, entry in desk.journal.read(0)]  # type: ignore[union-attr]
    assert details == [{"note": "seen"}, {"title": "Posts gone"}, {"cause": "DNS"}]


def test_what_the_server_refuses_is_told_in_its_words(desk: Desk) -> None:
    with pytest.raises(Refusal, match="There is no incident 'x-1'"):
        _incidents("dismiss", "x-1")
    with pytest.raises(Refusal, match="is no date or instant"):
        _incidents("--since", "yesterday")


def test_a_token_is_made_listed_and_revoked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAPWING_DATA", str(tmp_path / "data"))

    def run(*arguments: str) -> str:
        result = runner.invoke(token.app, list(arguments), catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    assert run("list") == "No tokens.\n"
    secret = run("create", "desk", "--days", "3").strip()
    assert secret.startswith("lapwing_")
    listed = run("list")
    assert "desk" in listed
    assert "valid until 2" in listed
    assert secret not in listed
    assert run("revoke", "desk") == "desk is revoked.\n"
    assert "revoked 2" in run("list")
    with pytest.raises(Refusal, match="no valid token named desk"):
        run("revoke", "desk")

    async def kept() -> list[str]:
        database = await open_database(f"sqlite:///{tmp_path / 'data' / 'lapwing.sqlite'}")
        tokens = await SqlTokenStore(database).load()
        await database.close()
        return [repr(one) for one in tokens]

    assert secret not in str(asyncio.run(kept()))
