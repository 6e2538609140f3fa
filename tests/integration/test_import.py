"""`lapwing import` from a file to the list of incidents, through every interruption."""

from __future__ import annotations

import csv
import json
import signal
import sqlite3
import subprocess
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from tests.real_server import RealServer, run_lapwing, start_lapwing, wait_until
from tests.stalling_proxy import StallingProxy

CITIES = {
    "Houston": "Texas",
    "Dallas": "Texas",
    "Chicago": "Illinois",
    "Los Angeles": "California",
    "Phoenix": "Arizona",
}
OPTIONS = (
    "--map=created_at=at,town=city,state=region,kind=symptom",
    "--set=service=spectrum",
    "--set=country=US",
    "--value=kind:TV=tv",
)
OUTAGE_MIN = 90


@dataclass
class ReportFile:
    """Reports in time's order, with an outage of one city three days before their end."""

    path: Path
    good: int
    by_city: Counter[str]
    outage_at: datetime


def _make_file(folder: Path, days: int) -> ReportFile:
    random = Random(5)
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start -= timedelta(days=days + 3)
    outage_at = start + timedelta(days=days - 3, hours=17, minutes=20)
    rows = [
        (start + timedelta(minutes=random.uniform(0, days * 1440)), random.choice([*CITIES]))
        for _ in range(days * 24 * 20)
    ]
    rows += [
        (outage_at + timedelta(minutes=random.uniform(0, OUTAGE_MIN)), "Houston")
        for _ in range(OUTAGE_MIN * 12)
    ]
    rows.sort()
    path = folder / "reports.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["created_at", "town", "state", "kind", "id"])
        for number, (at, city) in enumerate(rows, start=2):
            stands = "yesterday" if number == 100 else f"{at:%Y-%m-%dT%H:%M:%SZ}"
            kind = "tv set" if number == 7000 else ""
            town = "Nowhereville" if number == 50 else city
            writer.writerow([stands, town, CITIES[city], kind, number])
    counted = Counter(
        city for number, (_, city) in enumerate(rows, start=2) if number not in {50, 100, 7000}
    )
    return ReportFile(path, len(rows) - 2, counted, outage_at)


def _saved(data: Path) -> Counter[str]:
    """Reports in the database: of the service under "", of its cities by name's number."""
    with closing(sqlite3.connect(data / "lapwing.sqlite")) as database:
        rows = database.execute(
            "SELECT value, sum(reports) FROM rollups JOIN slices ON slices.id = slice_id"
            " WHERE dimension IN ('service', 'city') GROUP BY value"
        ).fetchall()
    return Counter(dict(rows))


def _import(data: Path, file: ReportFile) -> str:
    """What the command printed about it."""
    ended = run_lapwing(data, "import", str(file.path), *OPTIONS)
    assert ended.returncode == 0, ended.stderr
    return ended.stderr


def _incidents(data: Path) -> list[dict[str, Any]]:
    ended = run_lapwing(data, "incidents", "--json")
    assert ended.returncode == 0, ended.stderr
    found: list[dict[str, Any]] = json.loads(ended.stdout)
    return found


def _check_whole(data: Path, file: ReportFile) -> None:
    """Every good line is counted once, and the outage is found where and when it was."""
    saved = _saved(data)
    assert saved.pop("") == file.good
    assert sorted(saved.values()) == sorted(file.by_city.values())
    (outage,) = _incidents(data)
    assert outage["service"] == "spectrum"
    assert outage["state"] == "resolved"
    started_at = datetime.fromisoformat(outage["started_at"])
    assert abs(started_at - file.outage_at) < timedelta(minutes=10)
    assert outage["places"][0] == "Houston"


def _interrupted(data: Path, file: ReportFile, signal_number: int) -> None:
    """Begins the import and interrupts it when a first part is in."""
    process = start_lapwing(data, "import", str(file.path), *OPTIONS)
    wait_until(
        "a part is in", lambda: _is_under_way(data) or process.poll() is not None, every_s=0.0005
    )
    said = _told_after(process, signal_number)
    assert "Traceback" not in said
    assert process.returncode != 0, "it was too fast to be interrupted"


def _told_after(process: subprocess.Popen[str], signal_number: int) -> str:
    """What it said until it ended: as people do, it is told again while it goes on."""
    for _ in range(10):
        process.send_signal(signal_number)
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=3)[1]
    process.kill()
    process.communicate()
    raise AssertionError("The import goes on whatever it is told.")


def _is_under_way(data: Path) -> bool:
    notes = list((data / "imports").glob("*.json"))
    return bool(notes) and json.loads(notes[0].read_text())["sent"] > 0


def test_an_import_without_a_server_survives_every_interruption(
    tmp_path: Path,
) -> None:
    report_file = _make_file(tmp_path, days=21)
    data = tmp_path / "data"
    _interrupted(data, report_file, signal.SIGKILL)
    said = _import(data, report_file)
    assert "line 7000: " in said
    assert "tv set" in said
    _check_whole(data, report_file)


def test_an_import_into_a_running_server_goes_on_after_both_were_interrupted(
    tmp_path: Path,
) -> None:
    report_file = _make_file(tmp_path, days=28)
    server = RealServer(tmp_path / "data")
    try:
        server.start()
        with StallingProxy(server.data, b"POST /api/v1/reports/batch", let_through=1):
            _interrupted(server.data, report_file, signal.SIGINT)
        server.kill()
        server.start()
        assert "1 of the file by region or country" in _import(server.data, report_file)
        assert "line 100: " in _import(server.data, report_file), "refused lines are tried again"
        server.kill()
        server.start()
        _check_whole(server.data, report_file)
    finally:
        server.close()
