"""How fast reports are taken: singly and durably over HTTP, and in bulk through the same desk.

Singly: wrk posts to `/api/v1/reports` and to an empty POST handler of the same server; the
server has one core, wrk the other. In bulk: parse, validate, journal and caps of NDJSON batches,
per second of processor time. Run: `python -m bench.intake`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from litestar import post
from tests.site.edge import SampleGeography, sample_parts
from tests.unit.intake.desk_parts import X

from bench.site_under_test import free_port, wait_until_up
from lapwing.adapters.clocks import SystemClock
from lapwing.adapters.file_journal import FileJournal
from lapwing.adapters.key_file import KeyFile
from lapwing.outages.catalogue.loading import Catalogue
from lapwing.outages.intake.caps import Caps
from lapwing.outages.intake.desk import IntakeDesk
from lapwing.outages.intake.limits import Allowance, Limits
from lapwing.outages.intake.reporter_keys import ReporterKeys
from lapwing.outages.journal import Entry, ReportsTaken
from lapwing.outages.places.gazetteer import Gazetteer
from lapwing.ports.journal import Position
from lapwing.web.api.reports import HANDLERS
from lapwing.web.serving import create_server
from lapwing.web.site import create_site

SERVER_CORE, WRK_CORE = 0, 1
CONNECTIONS = 64
SHARE_OF_EMPTY = 0.6
BULK_PER_S = 100_000
BATCHES = 30
BATCH_LINES = 10_000

_SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local body = '{"service":"x","symptom":"feed","platform":"android","city":"Mumbai","country":"IN"}'
request = function()
  local cookie = string.format("lw_reporter=%022d", math.random(1, 100000000))
  return wrk.format(nil, nil, {["Content-Type"] = "application/json", ["Cookie"] = cookie}, body)
end
"""


class KnowsAll(SampleGeography):
    """Every address is in India and in a network of its own number."""

    def network_of(self, _: object) -> str | None:
        return "AS55836"


def make_desk(folder: Path) -> tuple[IntakeDesk, FileJournal]:
    """A desk that keeps what it takes in `folder`; caps follow the journal, as in Watch."""
    journal = FileJournal(folder / "journal", Entry)
    caps = Caps()

    def follow(_: Position, entry: Entry) -> None:
        if isinstance(entry, ReportsTaken):
            caps.select(entry.rows)

    journal.follow(follow)
    clock = SystemClock()
    desk = IntakeDesk(
        catalogue=Catalogue.of([X], {"social": "Social"}),
        gazetteer=Gazetteer.load(),
        geography=KnowsAll(),
        keys=ReporterKeys(KeyFile(folder / "reporter_keys"), clock.now()),
        limits=Limits(Allowance(per_person_hour=1_000_000, per_network_minute=100_000_000)),
        journal=journal,
        clock=clock,
    )
    return desk, journal


@post("/bench/empty", status_code=202, include_in_schema=False)
async def empty() -> None:
    """What one report per request is measured against."""


async def serve(port: int, folder: Path) -> None:
    desk, journal = make_desk(folder)
    parts = replace(sample_parts(), intake=desk, clock=SystemClock(), journal=journal)
    site = create_site(parts, [*HANDLERS, empty])
    await create_server(site, host="127.0.0.1", port=port, log_level="warning").serve()
    await journal.close()


@contextmanager
def server(folder: Path) -> Iterator[str]:
    port = free_port()
    command = ["taskset", "-c", str(SERVER_CORE), sys.executable, "-m", "bench.intake"]
    process = subprocess.Popen([*command, "--serve", str(port), "--folder", str(folder)])
    try:
        wait_until_up(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def posts_per_s(url: str, script: Path, seconds: int) -> float:
    """Requests a second that wrk gets answered; any answer that is no success ends the bench."""
    command = ["taskset", "-c", str(WRK_CORE), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}"]
    said = subprocess.run(
        [*command, "-s", str(script), url], capture_output=True, text=True, check=True
    ).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if rate is None or "Non-2xx" in said:
        raise SystemExit(f"wrk says:\n{said}")
    return float(rate[1])


def measure_single(seconds: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script = folder / "report.lua"
        script.write_text(_SCRIPT)
        with server(folder) as url:
            targets = (f"{url}/bench/empty", f"{url}/api/v1/reports")
            for target in targets:
                posts_per_s(target, script, 1)
            rates = [posts_per_s(target, script, seconds) for target in targets]
    nothing, reports = rates
    return [
        _row("empty POST handler", nothing, "requests/s", None),
        _row("one report per request, durable", reports, "requests/s", None),
        _row("share of the empty handler", reports / nothing, "ratio", SHARE_OF_EMPTY),
    ]


def measure_bulk() -> list[dict[str, Any]]:
    """With and without reporters, since those are hashed and capped one by one."""
    trusted = asyncio.run(_bulk_rate(with_reporters=False))
    persons = asyncio.run(_bulk_rate(with_reporters=True))
    return [
        _row("bulk NDJSON, trusted import", trusted, "reports/s", BULK_PER_S),
        _row("bulk NDJSON, with reporters", persons, "reports/s", BULK_PER_S),
    ]


async def _bulk_rate(*, with_reporters: bool) -> float:
    batches = [_batch(number, with_reporters) for number in range(3)]
    with tempfile.TemporaryDirectory() as name:
        desk, journal = make_desk(Path(name))
        await desk.take_batch(batches[0], "bench")
        begun_s = time.process_time()
        for number in range(BATCHES):
            answers = await desk.take_batch(batches[number % 3], "bench", f"batch-{number}")
            if answers[-1].id is None:
                raise SystemExit(f"refused: {answers[-1]}")
        took_s = time.process_time() - begun_s
        await journal.close()
    return BATCHES * BATCH_LINES / took_s


def _batch(number: int, with_reporters: bool) -> bytes:
    begin = datetime.now(UTC) - timedelta(days=2)
    cities = ("Mumbai", "Delhi", "Bengaluru", "Kolkata", "Chennai", "Nagpur")
    lines = []
    for line in range(BATCH_LINES):
        report = {
            "service": "x",
            "symptom": ("feed", "login")[line % 2],
            "platform": ("android", "web")[line % 2],
            "city": cities[line % len(cities)],
            "country": "IN",
            "at": (begin + timedelta(milliseconds=line * 10)).isoformat(),
        }
        if with_reporters:
            report |= {"reporter": f"person {number} {line}", "network": f"AS{line % 50}"}
        lines.append(json.dumps(report).encode())
    return b"\n".join(lines)


def _row(name: str, value: float, unit: str, limit: float | None) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "limit": limit}


def measure(seconds: int = 8) -> list[dict[str, Any]]:
    """Rows of name, value, unit and limit (what must be reached; None: only for comparison)."""
    return [*measure_single(seconds), *measure_bulk()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", type=int, help="serve on this port; for the bench itself")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--seconds", type=int, default=8)
    arguments = parser.parse_args()
    if arguments.serve:
        os.sched_setaffinity(0, {SERVER_CORE})
        asyncio.run(serve(arguments.serve, arguments.folder))
        return
    for row in measure(arguments.seconds):
        print(json.dumps(row))


if __name__ == "__main__":
    main()
