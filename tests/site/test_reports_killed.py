"""The desk is killed while it takes reports, and its senders try again: each counts once."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from lapwing.adapters.file_journal import FileJournal
from lapwing.outages.journal import Entry, ReportsTaken

ROOT = Path(__file__).parents[2]

TAKER = """
import asyncio, os, sys
from pathlib import Path
from tests.unit.intake.desk_parts import ANN, START, SteppedClock, make_desk
from lapwing.adapters.file_journal import FileJournal
from lapwing.adapters.key_file import KeyFile
from lapwing.outages.intake.limits import Allowance
from lapwing.outages.intake.submission import ReportInput
from lapwing.outages.journal import Entry

async def main():
    folder, first = Path(sys.argv[1]), int(sys.argv[2])
    journal = FileJournal(folder / "journal", Entry, segment_bytes=30_000)
    desk = make_desk(
        journal, SteppedClock(START), allowance=Allowance(10**9, 10**9),
        store=KeyFile(folder / "keys"),
    )
    async def single(number):
        report = ReportInput("x", text=f"number {number}")
        receipt = await desk.take_public(report, ANN, f"single {number}")
        os.write(1, b"%d %s\\n" % (number, receipt.id.encode()))
    async def batch(number):
        line = b'{"service":"x","text":"number %d"}\\n'
        body = b"".join(line % (number + k) for k in range(3))
        answers = await desk.take_batch(body, "ann", f"batch {number}")
        for answer in answers:
            os.write(1, b"%d %s\\n" % (number + answer.line - 1, answer.id.encode()))
    number = first
    while True:
        await asyncio.gather(*(single(number + k) for k in range(7)), batch(number + 7))
        number += 10

asyncio.run(main())
"""


def taken_until_killed(folder: Path, first: int, enough: int) -> dict[int, str]:
    """Numbers and ids that were acknowledged before the process was killed."""
    command = [sys.executable, "-c", TAKER, str(folder), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as taker:
        assert taker.stdout is not None
        told = b""
        while len(told) < enough:
            some = os.read(taker.stdout.fileno(), 4096)
            assert some, "the taker ended by itself"
            told += some
        taker.kill()
        told += taker.stdout.read()
    lines = told[: told.rfind(b"\n")].decode().split("\n")
    return {int(number): report_id for number, report_id in map(str.split, lines)}


@pytest.mark.parametrize("seed", [1, 2])
def test_no_acknowledged_report_is_lost_and_none_counted_twice(tmp_path: Path, seed: int) -> None:
    moments = random.Random(seed)
    acknowledged: dict[int, str] = {}
    first = 0
    for _ in range(3):
        told = taken_until_killed(tmp_path, first, moments.randrange(30, 9000))
        for number, report_id in told.items():
            assert acknowledged.setdefault(number, report_id) == report_id
        # all that the killed desk may have had is sent again, and some that it acknowledged
        first = max(0, min(max(told) // 10 * 10 - 20, max(acknowledged)))
    rows = [
        row
        for _, entry in FileJournal(tmp_path / "journal", Entry).read(0)
        if isinstance(entry, ReportsTaken)
        for row in entry.rows
    ]
    assert max(Counter(row.text for row in rows).values()) == 1
    kept = {row.text: str(row.id) for row in rows}
    for number, report_id in acknowledged.items():
        assert kept[f"number {number}"] == report_id
