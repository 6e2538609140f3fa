"""Reading on behind a journal that another process writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from lapwing.adapters import journal_tail
from lapwing.adapters.file_journal import FileJournal
from lapwing.adapters.journal_tail import JournalTail, TailLost


class Note(msgspec.Struct, tag="note"):
    instant_ms: int
    text: str


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[FileJournal[Note]]:
    journal = FileJournal[Note](tmp_path, Note, segment_bytes=400)
    yield journal
    await journal.close()


def _segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.journal"))


def _texts(tail: JournalTail[Note]) -> list[str]:
    """All that is there."""
    texts = []
    while entries := tail.read_new():
        texts += [entry.text for _, entry in entries]
    return texts


async def test_entries_come_once_in_their_order_over_all_segments(
    journal: FileJournal[Note], tmp_path: Path
) -> None:
    tail = JournalTail[Note](tmp_path, Note, 0)
    assert _texts(tail) == []
    for number in range(30):
        await journal.append(Note(0, f"note {number}"))
        if number % 7 == 0:
            assert _texts(tail)[-1] == f"note {number}"
    assert _texts(tail) == ["note 29"]
    assert tail.position == journal.last_position
    assert len(_segments(tmp_path)) > 2
    tail.close()


async def test_it_begins_behind_any_entry(journal: FileJournal[Note], tmp_path: Path) -> None:
    positions = [await journal.append(Note(0, f"note {number}")) for number in range(30)]
    for number, position in enumerate(positions):
        tail = JournalTail[Note](tmp_path, Note, position)
        assert _texts(tail) == [f"note {later}" for later in range(number + 1, 30)]
        assert tail.position == positions[-1]
        tail.close()


async def test_positions_are_the_journals(journal: FileJournal[Note], tmp_path: Path) -> None:
    tail = JournalTail[Note](tmp_path, Note, 0)
    positions = [await journal.append(Note(0, "x")) for _ in range(30)]
    read = []
    while entries := tail.read_new():
        read += [position for position, _ in entries]
    assert read == positions
    tail.close()


async def test_entries_longer_than_what_is_read_at_once(
    journal: FileJournal[Note], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_tail, "_READ_BYTES", 64)
    texts = ["x" * length for length in (1, 500, 3, 20, 64, 2)]
    for text in texts:
        await journal.append(Note(0, text))
    tail = JournalTail[Note](tmp_path, Note, 0)
    assert _texts(tail) == texts
    tail.close()


async def test_a_torn_end_is_waited_for_until_it_is_whole(
    journal: FileJournal[Note], tmp_path: Path
) -> None:
    await journal.append(Note(0, "whole"))
    await journal.append(Note(0, "half"))
    path = _segments(tmp_path)[-1]
    content = path.read_bytes()
    path.write_bytes(content[:-5])
    tail = JournalTail[Note](tmp_path, Note, 0)
    assert _texts(tail) == ["whole"]
    assert _texts(tail) == []
    path.write_bytes(content)
    assert _texts(tail) == ["half"]
    tail.close()


async def test_a_torn_end_that_is_cut_off_and_written_over(
    journal: FileJournal[Note], tmp_path: Path
) -> None:
    await journal.append(Note(0, "whole"))
    path = _segments(tmp_path)[-1]
    good = path.read_bytes()
    path.write_bytes(good + b"LWrc half a record")
    tail = JournalTail[Note](tmp_path, Note, 0)
    assert _texts(tail) == ["whole"]
    await journal.close()
    again = FileJournal[Note](tmp_path, Note)
    await again.append(Note(0, "after the restart"))
    assert _texts(tail) == ["after the restart"]
    await again.close()
    tail.close()


async def test_a_journal_that_goes_back_is_lost(journal: FileJournal[Note], tmp_path: Path) -> None:
    await journal.append(Note(0, "one"))
    path = _segments(tmp_path)[-1]
    size = path.stat().st_size
    await journal.append(Note(0, "two"))
    tail = JournalTail[Note](tmp_path, Note, 0)
    assert _texts(tail) == ["one", "two"]
    with path.open("r+b") as file:
        file.truncate(size)
    with pytest.raises(TailLost):
        tail.read_new()
    tail.close()


async def test_a_journal_that_was_dropped_before_it_was_read_is_lost(
    journal: FileJournal[Note], tmp_path: Path
) -> None:
    for number in range(30):
        await journal.append(Note(0, f"note {number}"))
    journal.drop_before(journal.last_position)
    with pytest.raises(TailLost):
        JournalTail[Note](tmp_path, Note, 0).read_new()


async def test_what_is_dropped_meanwhile_is_read_to_its_end(
    journal: FileJournal[Note], tmp_path: Path
) -> None:
    await asyncio.gather(*(journal.append(Note(0, f"note {number}")) for number in range(5)))
    tail = JournalTail[Note](tmp_path, Note, 0)
    tail.read_new()
    for number in range(5, 30):
        await journal.append(Note(0, f"note {number}"))
        _texts(tail)
    journal.drop_before(journal.last_position)
    await journal.append(Note(0, "the last"))
    assert _texts(tail)[-1] == "the last"
    tail.close()


async def test_a_tail_whose_next_segments_are_gone_is_lost(
    journal: FileJournal[Note], tmp_path: Path
) -> None:
    await journal.append(Note(0, "first"))
    tail = JournalTail[Note](tmp_path, Note, 0)
    assert _texts(tail) == ["first"]
    for number in range(40):
        await journal.append(Note(0, f"note {number}"))
    journal.drop_before(journal.last_position)
    with pytest.raises(TailLost):
        _texts(tail)
    tail.close()
