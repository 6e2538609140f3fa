"""`lapwing demo` as a newcomer starts it, made short: from the quiet board to the story."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.real_server import RealServer, run_lapwing, utc, wait_until

START = utc("2023-12-21T05:07:00")
SHOW_S = 12


class ShortDemo(RealServer):
    """Answering is being looked at: the show begins with the first answer."""

    def command(self) -> Sequence[str]:
        program = super().command()[0]
        return [program, "demo", "--port", str(self.port), f"--seconds={SHOW_S}", "--days=8"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of LAPWING_DATA in which real things lie."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    folder.mkdir()
    (folder / "lapwing.sqlite3").write_text("real")
    return folder


@pytest.fixture(scope="module")
def demo(data: Path) -> Iterator[ShortDemo]:
    server = ShortDemo(data)
    server.start()
    yield server
    server.close()


def _latest(demo: ShortDemo) -> dict[str, Any]:
    incidents = demo.get("/api/v1/incidents?service=x")["incidents"]
    return dict(incidents[0]) if incidents else {}


def test_a_visitors_report_counts_at_the_time_of_the_demo(demo: ShortDemo) -> None:
    """Nobody of the simulated people is in New Zealand."""
    wait_until("the outage is noticed", lambda: _latest(demo), within_s=60)
    assert demo.report(1, country="NZ", symptom="feed").status_code == 202

    def from_new_zealand() -> dict[int, int]:
        counts = demo.get("/api/v1/services/x/counts?minutes=240")
        start = counts["start_minute"]
        return {
            start + at: reports
            for one in counts["slices"]
            if (one["dimension"], one["value"]) == ("country", "NZ")
            for at, reports in enumerate(one["reports"])
            if reports
        }

    ((minute, reports),) = wait_until("it counts", from_new_zealand, within_s=60).items()
    first = int(START.timestamp()) // 60
    assert first <= minute < first + 180
    assert reports == 1


def test_the_outage_runs_through_to_its_story(demo: ShortDemo) -> None:
    wait_until("it is over", lambda: _latest(demo).get("state") == "resolved", within_s=90)
    found = _latest(demo)
    assert found["simulated"]
    assert abs(utc(found["started_at"].removesuffix("Z")) - START) <= timedelta(minutes=3)
    page = demo.client.get(f"/incidents/{found['id']}").text
    assert "simulated" in page
    assert "Delhi" in page


def test_the_minute_before_the_alarm_can_be_asked_about(demo: ShortDemo) -> None:
    wait_until("the outage is noticed", lambda: _latest(demo), within_s=60)
    detected_at = utc(_latest(demo)["detected_at"].removesuffix("Z"))
    asked = "/api/v1/services/x/explanation?at={:%Y-%m-%dT%H:%MZ}"
    verdicts = [
        demo.get(asked.format(at))["explanation"]["verdict"]
        for at in (detected_at - timedelta(minutes=1), detected_at)
    ]
    assert verdicts[0] in ("not_enough", "held_back")
    assert verdicts[1] == "declared"


def test_it_writes_to_a_folder_of_its_own_and_leaves_the_rest_alone(
    demo: ShortDemo, data: Path
) -> None:
    assert {path.name for path in data.iterdir()} == {"demo", "lapwing.sqlite3"}
    assert (data / "lapwing.sqlite3").read_text() == "real"
    assert "simulated" in (data / "demo" / "simulated.txt").read_text()


def test_a_second_demo_on_the_same_folder_is_refused_in_words(demo: ShortDemo, data: Path) -> None:
    ended = run_lapwing(data, "demo", "--port", "0")
    assert ended.returncode == 2
    assert "A demo is running already" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_it_ends_at_a_signal(demo: ShortDemo) -> None:
    assert demo.stop() == 0
    assert "Traceback" not in demo.log


def test_a_taken_port_is_refused_in_words_before_anything_is_counted(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run_lapwing(tmp_path / "data", "demo", "--port", str(port))
    assert ended.returncode == 2
    assert f"127.0.0.1:{port}" in ended.stderr
    assert "--port" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "data").exists()


def test_a_folder_with_anything_else_is_not_emptied(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine")
    ended = run_lapwing(tmp_path / "data", "demo", "--port", "0", "--data", str(tmp_path))
    assert ended.returncode == 2
    assert "not a demo" in ended.stderr
    assert (tmp_path / "letters.txt").read_text() == "mine"
