"""`lapwing explain` on a running server: the declaration, before it and after it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from tests.real_server import SetClockServer, run_lapwing


def _explained(server: SetClockServer, at: datetime) -> dict[str, Any]:
    ended = run_lapwing(server.data, "explain", "x", "--at", at.isoformat(), "--json")
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_a_declaration_is_explained_when_it_is_made_and_later(
    set_clock_server: SetClockServer,
) -> None:
    server = set_clock_server
    server.start()
    server.pass_minutes(3)
    server.send_lines([{"service": "x", "city": "Pune", "country": "IN"}] * 30)
    server.pass_minutes(1)
    (incident,) = server.get("/api/v1/incidents")["incidents"]
    detected_at = datetime.fromisoformat(incident["detected_at"])
    live = _explained(server, detected_at)
    server.pass_minutes(12)
    server.stop()
    server.start()
    again = _explained(server, detected_at)
    assert again["worked_out_again"] is True
    for view in (live, again):
        assert view["explanation"]["verdict"] == "declared"
        assert view["incident"] == incident["id"]
        assert view["explanation"]["nodes"][0]["observed"] == 30
    assert again["told"] == live["told"]
    after = _explained(server, detected_at + timedelta(minutes=1))
    assert after["explanation"]["verdict"] == "open"
    ended = run_lapwing(server.data, "explain", "x", "--at", detected_at.isoformat())
    assert "An outage of X was declared when this minute ended." in ended.stdout
    assert "Pune" in ended.stdout
    ended = run_lapwing(server.data, "explain", "x", "--at", "2099-01-01")
    assert ended.returncode == 2
    assert "not over yet" in ended.stderr
