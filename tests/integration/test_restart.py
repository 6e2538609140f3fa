"""A server that stops, or is killed, comes back with the same pages."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import Any

from tests.real_server import SetClockServer, by_minute, wait_until

CITIES = ("Mumbai", "Delhi", "Chennai")


def _shown(server: SetClockServer) -> dict[str, Any]:
    """All that the pages show of counts, expectations and incidents."""
    shown = {
        path: server.get(path)
        for path in (
            "/api/v1/services/x/counts?minutes=1440",
            "/api/v1/services/x",
            "/api/v1/services/jio",
            "/api/v1/board",
            "/api/v1/incidents",
        )
    }
    for incident in shown["/api/v1/incidents"]["incidents"]:
        path = f"/api/v1/incidents/{incident['id']}"
        shown[path] = server.get(path)
    for view in shown.values():
        view.pop("as_of", None)
    return shown


def _lines(reports: int) -> list[dict[str, object]]:
    return [
        {
            "service": "x",
            "platform": "web",
            "symptom": "feed",
            "city": CITIES[one % 3],
            "country": "IN",
        }
        for one in range(reports)
    ]


def _live_through_an_outage(server: SetClockServer) -> None:
    """Two quiet hours, forty minutes of trouble, a quarter of an hour of calm."""
    for _ in range(24):
        server.set_clock(server.now + timedelta(minutes=5))
        server.send_lines([*_lines(1), {"service": "jio", "country": "IN"}])
    for minute in range(40):
        server.set_clock(server.now + timedelta(minutes=1))
        server.send_lines(_lines(30 + minute % 7))
        for person in range(3):
            answer = server.report(100 * minute + person, platform="ios", country="GB")
            assert answer.status_code == 202
    for _ in range(5):
        server.set_clock(server.now + timedelta(minutes=3))
        server.send_lines(_lines(1))
    server.send_lines(_lines(2))


def _saved_x(server: SetClockServer) -> int:
    """Reports of the service x in the database's rollups per minute."""
    with closing(sqlite3.connect(server.data / "lapwing.sqlite")) as database:
        (total,) = database.execute(
            "SELECT coalesce(sum(reports), 0) FROM rollups JOIN slices ON slices.id = slice_id"
            " JOIN counted_services ON counted_services.id = rollups.service_id"
            " WHERE dimension = 'service' AND slug = 'x'"
        ).fetchone()
    return int(total)


def test_a_restart_gives_the_same_pages(set_clock_server: SetClockServer) -> None:
    server = set_clock_server
    server.start()
    _live_through_an_outage(server)
    before = _shown(server)
    services = {one["service"]["slug"] for one in before["/api/v1/incidents"]["incidents"]}
    assert "x" in services
    assert before["/api/v1/services/x"]["reports_1h"] > 1000
    for end in (server.kill, server.stop):
        end()
        server.start()
        assert _shown(server) == before, f"after {end.__name__}"
    assert '"entries": 0' in _last_line(server.log, "restored"), "an orderly stop saves everything"

    server.pass_minutes(1)
    counts = by_minute(server.get("/api/v1/services/x/counts?minutes=1440"))
    counted = sum(counts["service", ""].values())
    assert counted == 24 + sum(33 + minute % 7 for minute in range(40)) + 5 + 2
    wait_until("the database has every count once", lambda: _saved_x(server) == counted)


def _last_line(log: str, word: str) -> str:
    return [line for line in log.splitlines() if word in line][-1]
