"""The contract of `outages.journal.Journal`, over the journal in files and the one in memory;
then what only files can suffer: torn ends, damage, a full disk, a killed process."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lapwing.adapters.file_journal import MAGIC, FileJournal, JournalDamaged
from lapwing.adapters.memory_journal import MemoryJournal
from lapwing.kernel.refusals import Unavailable
from lapwing.outages.journal import BackfillEnded, Entry, OperatorActed, ReportsTaken, TimePassed
from lapwing.outages.model import ReportRow
from lapwing.ports.journal import Position

Journal = FileJournal | MemoryJournal


def reports(first: int, count: int = 1, text: str | None = None) -> ReportsTaken:
    rows = [ReportRow(id=first + k, at_ms=first, service="x", text=text) for k in range(count)]
    return ReportsTaken(first, rows)


def files_in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


@pytest.fixture(params=["file", "memory"])
async def journal(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Journal]:
    made: Journal = FileJournal(tmp_path, Entry) if request.param == "file" else MemoryJournal()
    yield made
    await made.close()


@pytest.fixture
async def file_journal(tmp_path: Path) -> AsyncIterator[FileJournal]:
    made = FileJournal(tmp_path, Entry)
    yield made
    await made.close()


async def test_every_kind_of_entry_reads_back_as_it_was(journal: Journal) -> None:
    entries: list[Entry] = [
        reports(5, 2, text="zwölf"),
        TimePassed(60_000),
        OperatorActed(61_000, "ann", "edit", "x-1", {"cause": "cable", "n": 1}),
        BackfillEnded(62_000, ["x", "y"]),
    ]
    positions = [await journal.append(entry) for entry in entries]
    assert list(journal.read(0)) == list(zip(positions, entries, strict=True))


async def test_positions_grow_and_reading_goes_on_behind_one(journal: Journal) -> None:
    positions = [await journal.append(reports(k)) for k in range(10)]
    assert positions == sorted(set(positions))
    assert positions[0] > 0
    assert journal.last_position == positions[-1]
    assert [position for position, _ in journal.read(positions[3])] == positions[4:]
    assert list(journal.read(positions[-1])) == []


async def test_subscriber_has_every_entry_in_order_before_its_append_returns(
    journal: Journal,
) -> None:
    heard: list[tuple[Position, Entry]] = []
    journal.follow(lambda position, entry: heard.append((position, entry)))

    async def append(number: int) -> None:
        entry = reports(number)
        position = await journal.append(entry)
        assert (position, entry) in heard

    await asyncio.gather(*(append(number) for number in range(200)))
    assert heard == list(journal.read(0))
    assert [entry.rows[0].id for _, entry in heard if isinstance(entry, ReportsTaken)] == list(
        range(200)
    )


async def test_dropping_keeps_everything_behind_the_position(journal: Journal) -> None:
    positions = [await journal.append(reports(k)) for k in range(5)]
    journal.drop_before(positions[2])
    assert [position for position, _ in journal.read(positions[2])] == positions[3:]
    assert await journal.append(reports(9)) > positions[-1]


async def test_an_entry_that_cannot_be_written_down_harms_no_other(journal: Journal) -> None:
    good = asyncio.ensure_future(journal.append(reports(1)))
    with pytest.raises(UnicodeEncodeError):
        await journal.append(reports(2, text="\ud800"))
    kept = await good
    assert [position for position, _ in journal.read(0)] == [kept]


async def test_a_subscriber_that_fails_on_one_entry_still_gets_the_next(journal: Journal) -> None:
    heard: list[Entry] = []

    def hear(_: Position, entry: Entry) -> None:
        heard.append(entry)
        if entry == TimePassed(1):
            raise LookupError("a bug")

    journal.follow(hear)
    answers = await asyncio.gather(
        journal.append(TimePassed(1)), journal.append(TimePassed(2)), return_exceptions=True
    )
    assert isinstance(answers[0], LookupError)
    assert isinstance(answers[1], int)
    assert heard == [TimePassed(1), TimePassed(2)]


async def test_reading_can_begin_at_an_instant(journal: Journal) -> None:
    for k in range(5):
        await journal.append(TimePassed(k * 1000))
    found = [entry for _, entry in journal.read(journal.position_before(3000))]
    assert found[-2:] == [TimePassed(3000), TimePassed(4000)]


# Files


async def test_opening_again_goes_on_where_it_ended(tmp_path: Path) -> None:
    first = FileJournal(tmp_path, Entry)
    written = [await first.append(reports(k)) for k in range(3)]
    await first.close()
    second = FileJournal(tmp_path, Entry)
    assert second.last_position == written[-1]
    written.append(await second.append(reports(3)))
    assert [position for position, _ in second.read(0)] == written
    await second.close()


async def test_segments_rotate_and_old_ones_can_go(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path, Entry, segment_bytes=200)
    positions = [await journal.append(reports(k, text="y" * 100)) for k in range(20)]
    assert len(files_in(tmp_path)) > 5
    assert [position for position, _ in journal.read(0)] == positions
    assert journal.drop_before(positions[10]) > 0
    assert [position for position, _ in journal.read(positions[10])] == positions[11:]
    since = [entry for _, entry in journal.read(journal.position_before(15))]
    assert len(since) <= 7
    assert since[-1] == reports(19, text="y" * 100)
    await journal.close()
    again = FileJournal(tmp_path, Entry, segment_bytes=200)
    assert again.last_position >= positions[-1]
    assert [position for position, _ in again.read(positions[10])] == positions[11:]
    await again.close()


async def test_reports_of_a_day_can_be_dropped_however_few_there_are(tmp_path: Path) -> None:
    day_ms = 24 * 3600 * 1000
    journal = FileJournal(tmp_path, Entry)
    await journal.append(TimePassed(7))
    await journal.append(TimePassed(day_ms))
    await journal.close()
    again = FileJournal(tmp_path, Entry)
    await again.append(TimePassed(day_ms + 6))
    assert len(files_in(tmp_path)) == 1
    following = [await again.append(TimePassed(day_ms + 7 + k)) for k in range(3)]
    assert len(files_in(tmp_path)) == 2
    assert again.drop_before(again.position_before(day_ms + 8)) == 1
    assert [position for position, _ in again.read(0)] == following
    await again.close()


@pytest.mark.parametrize("cut", [1, 5, 20, 40])
async def test_a_torn_end_is_cut_off(tmp_path: Path, cut: int) -> None:
    journal = FileJournal(tmp_path, Entry)
    kept = await journal.append(reports(1))
    await journal.append(reports(2, text="z" * 100))
    await journal.close()
    (path,) = files_in(tmp_path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - cut)
    again = FileJournal(tmp_path, Entry)
    assert [position for position, _ in again.read(0)] == [kept]
    behind = await again.append(reports(3))
    assert list(again.read(kept)) == [(behind, reports(3))]
    await again.close()


async def test_a_hole_in_the_last_group_is_a_torn_end(tmp_path: Path) -> None:
    """After a power cut a later block of one write may be there and an earlier one not."""
    journal = FileJournal(tmp_path, Entry)
    kept = await journal.append(reports(1))
    await asyncio.gather(*(journal.append(reports(k, text="z" * 50)) for k in range(2, 6)))
    await journal.close()
    (path,) = files_in(tmp_path)
    with path.open("r+b") as file:
        file.seek(kept + 30)
        file.write(b"\0" * 40)
    again = FileJournal(tmp_path, Entry)
    assert [position for position, _ in again.read(0)] == [kept]
    await again.close()


async def test_damage_in_the_middle_refuses_the_start_and_says_where(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path, Entry)
    first = await journal.append(reports(1))
    await journal.append(reports(2))
    await journal.close()
    (path,) = files_in(tmp_path)
    with path.open("r+b") as file:
        file.seek(first - 1)
        file.write(b"\xff")
    with pytest.raises(JournalDamaged, match=rf"{path.name} is damaged at byte {len(MAGIC)}"):
        FileJournal(tmp_path, Entry)


async def test_damage_in_an_older_segment_stops_reading_there(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path, Entry, segment_bytes=50)
    for k in range(5):
        await journal.append(reports(k, text="y" * 100))
    path = files_in(tmp_path)[0]
    with path.open("r+b") as file:
        file.seek(60)
        file.write(b"\xff")
    with pytest.raises(JournalDamaged, match=path.name):
        list(journal.read(0))
    await journal.close()


def test_a_segment_killed_before_its_header_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / f"{0:020d}.journal").write_bytes(MAGIC[:3])
    assert list(FileJournal(tmp_path, Entry).read(0)) == []


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """The kernel refuses to let any file grow beyond `size` bytes: a disk that is full there."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


async def test_a_full_disk_refuses_the_whole_group_and_recovers_by_itself(
    file_journal: FileJournal,
) -> None:
    kept = await file_journal.append(reports(1))
    heard: list[Entry] = []
    file_journal.follow(lambda _, entry: heard.append(entry))
    with files_no_larger_than(kept + 100):
        answers = await asyncio.gather(
            *(file_journal.append(reports(k, text="y" * 40)) for k in range(2, 6)),
            return_exceptions=True,
        )
        assert all(isinstance(answer, Unavailable) for answer in answers)
        with pytest.raises(Unavailable, match="cannot be written"):
            await file_journal.append(reports(6, text="y" * 200))
    assert heard == []
    behind = await file_journal.append(reports(7))
    assert list(file_journal.read(kept)) == [(behind, reports(7))]
    assert heard == [reports(7)]


async def test_a_full_disk_at_the_turn_of_a_segment_loses_nothing(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path, Entry, segment_bytes=100)
    kept = await journal.append(reports(1, text="y" * 100))
    with files_no_larger_than(60), pytest.raises(Unavailable):
        await journal.append(reports(2, text="y" * 100))
    behind = await journal.append(reports(3))
    assert [position for position, _ in journal.read(0)] == [kept, behind]
    await journal.close()
    again = FileJournal(tmp_path, Entry)
    assert [position for position, _ in again.read(0)] == [kept, behind]
    await again.close()


async def test_a_closed_journal_takes_nothing(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path, Entry)
    last = asyncio.ensure_future(journal.append(reports(1)))
    await asyncio.sleep(0)
    await journal.close()
    assert await last == journal.last_position
    with pytest.raises(Unavailable):
        await journal.append(reports(2))


WRITER = """
import asyncio, os, sys
from pathlib import Path
from lapwing.adapters.file_journal import FileJournal
from lapwing.outages.journal import Entry, ReportsTaken
from lapwing.outages.model import ReportRow

async def main():
    journal = FileJournal(Path(sys.argv[1]), Entry, segment_bytes=20_000)
    number = int(sys.argv[2])
    async def one(number):
        row = ReportRow(id=number, at_ms=number, service="x", text="y" * (number % 300))
        await journal.append(ReportsTaken(number, [row]))
        os.write(1, b"%d\\n" % number)
    while True:
        await asyncio.gather(*(one(number + k) for k in range(20)))
        number += 20

asyncio.run(main())
"""


def test_kill_9_loses_nothing_acknowledged_and_doubles_nothing(tmp_path: Path) -> None:
    """The writer tells every acknowledged number on its standard output and is killed at a
    random point of it, again and again over the same folder."""
    moments = random.Random(20231221)
    acknowledged: set[int] = set()
    for start in range(0, 8_000_000, 1_000_000):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(start)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            told = b""
            enough = moments.randrange(10, 6000)
            while len(told) < enough:
                told += os.read(writer.stdout.fileno(), 4096)
            writer.kill()
            told += writer.stdout.read()
        whole_lines = told[: told.rfind(b"\n")].split(b"\n")
        acknowledged.update(map(int, whole_lines))
    found = [
        entry.rows[0].id
        for _, entry in FileJournal(tmp_path, Entry).read(0)
        if isinstance(entry, ReportsTaken)
    ]
    assert len(found) == len(set(found))
    assert acknowledged <= set(found)
    assert len(acknowledged) > 80
