"""What operators do from the command line is in the running server's record and on its pages."""

from __future__ import annotations

import json

import pytest
from tests.real_server import SetClockServer, run_lapwing, wait_until


@pytest.fixture
def incident(set_clock_server: SetClockServer) -> str:
    """A server on which X is in trouble; the incident's id."""
    server = set_clock_server
    server.start()
    server.send_lines([{"service": "x", "city": "Pune", "country": "IN"}] * 30)
    server.pass_minutes(1)
    (found,) = server.get("/api/v1/incidents")["incidents"]
    return str(found["id"])


def _told(server: SetClockServer, *arguments: str) -> str:
    ended = run_lapwing(server.data, "incidents", *arguments)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_what_an_operator_says_is_in_the_history_and_on_the_pages(
    set_clock_server: SetClockServer, incident: str
) -> None:
    server = set_clock_server
    assert _told(server, "annotate", incident, "The vendor is told.").startswith(incident)
    _told(server, "edit", incident, "--title", "X is slow", "--cause", "A cable was cut.")
    _told(server, "confirm", incident, "--note", "Seen by ourselves.")
    record = json.loads(_told(server, "show", incident, "--json"))
    said = {change["act"]: change for change in record["changes"] if change["by"] != "lapwing"}
    assert list(said) == ["annotated", "edited", "confirmed"]
    assert said["annotated"]["note"] == "The vendor is told."
    assert said["edited"]["details"]["after"]["title"] == "X is slow"
    assert record["summary"]["headline"] == "X is slow"
    assert record["cause"] == "A cable was cut."
    page = f"/incidents/{incident}"
    wait_until("the page has the cause", lambda: "A cable was cut." in server.client.get(page).text)
    assert "X is slow" in server.client.get(page).text

    ended = run_lapwing(server.data, "incidents", "confirm", "x-19990101-0000")
    assert ended.returncode == 2
    assert "x-19990101-0000" in ended.stderr
    assert "Traceback" not in ended.stderr

    _told(server, "dismiss", incident, "--note", "It was an exercise.")
    server.kill()
    server.start()
    record = server.get(f"/api/v1/incidents/{incident}")
    assert record["summary"]["state"] == "false_alarm"
    assert [one["act"] for one in record["changes"]][-1] == "dismissed"
    assert server.get("/api/v1/services/x")["condition"] == "ok"
