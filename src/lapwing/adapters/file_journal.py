"""The journal in append-only files: one write and one fsync for all entries that wait together.

A folder holds segments named by the position at which they begin. A segment is a header
(`MAGIC`) and records; a record is

    4 bytes   b"LWrc"
    4 bytes   length of the payload
    4 bytes   bytes from here back to the first record of the same group
    4 bytes   CRC32 over the two numbers and the payload
    payload   the entry as msgpack

all numbers little-endian. A group is what one fsync made durable. A damaged record is the torn
end of a write that was never acknowledged unless a whole record of a later group stands behind
it: the first is cut off at the start, the second refuses the start.

A position is the place behind an entry's record, counted in bytes from the first segment on.
"""

from __future__ import annotations

import asyncio
import os
import struct
import threading
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final, Generic, TypeVar

import msgspec

from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.ports.journal import Journalled, Position

E = TypeVar("E", bound=Journalled)

MAGIC: Final = b"LAPWING-JOURNAL1"
SEGMENT_BYTES: Final = 64 * 1024 * 1024
SEGMENT_MS: Final = 24 * 3600 * 1000
"""A segment spans no more time than this by its entries' own clock: segments are dropped whole,
and where few people report, old reports would otherwise stay for years."""
RETRY_AFTER_S: Final = 5.0

_MARK: Final = b"LWrc"
_HEAD: Final = struct.Struct("<4sIII")
HEAD_BYTES: Final = _HEAD.size
_SUMMED: Final = struct.Struct("<II")
_PATTERN: Final = "*.journal"

_sync = getattr(os, "fdatasync", os.fsync)


class JournalDamaged(Refusal):
    """A record that was once acknowledged cannot be read any more."""

    def __init__(self, path: Path, offset: int) -> None:
        super().__init__(
            "journal_damaged",
            f"The journal file {path.name} is damaged at byte {offset}: the record there fails "
            "its checksum though later ones are whole. Restore the file from a backup.",
        )


@dataclass(slots=True)
class _Waiting(Generic[E]):
    """An entry on its way to the disk."""

    entry: E
    payload: bytes
    done: asyncio.Future[Position]


@dataclass(slots=True)
class _Group(Generic[E]):
    waiting: list[_Waiting[E]]
    loop: asyncio.AbstractEventLoop


@dataclass(frozen=True, slots=True)
class _Segment:
    base: Position
    path: Path


class FileJournal(Generic[E]):
    """`ports.journal.Journal` in files of `folder`; at most one process may have it open."""

    def __init__(
        self, folder: Path, kinds: type[E] | Any, *, segment_bytes: int = SEGMENT_BYTES
    ) -> None:
        """Opens or begins the journal and cuts off a torn end; `kinds` is what its entries are.

        Raises `JournalDamaged` if the last file is damaged elsewhere, `Unavailable` if the folder
        cannot be written.
        """
        self._folder = folder
        self._decoder = msgspec.msgpack.Decoder[E](kinds)
        self._segment_bytes = segment_bytes
        self._segments_lock = threading.Lock()
        self._subscriber: Callable[[Position, E], None] | None = None
        self._waiting: list[_Waiting[E]] = []
        self._writing: _Group[E] | None = None
        self._scheduled = False
        self._groups: SimpleQueue[_Group[E] | None] = SimpleQueue()
        self._writer: threading.Thread | None = None
        self._closing = False
        self._idle: asyncio.Future[None] | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._segments = _segments_in(folder)
            if not self._segments:
                self._segments = [_begin_segment(folder, 0)]
            self._end = self._recover(self._segments[-1])
            self._file = os.open(self._segments[-1].path, os.O_RDWR)
        except OSError as error:
            raise _unavailable(error) from error
        self._written = self._end
        """Where the writer's thread goes on; runs ahead of `_end`."""
        self._began_ms = self._begin_of_last()
        """Instant of the first entry in the last segment; None: it has none."""
        self._dirty = False

    @property
    def last_position(self) -> Position:
        """Position of the last durable entry, or of the place where the first will begin."""
        return self._end

    @property
    def first_position(self) -> Position:
        """The earliest position behind which `read` still has every entry."""
        return self._segments[0].base

    def follow(self, subscriber: Callable[[Position, E], None]) -> None:
        """`subscriber` is called on the event loop with every entry from now on, in order."""
        self._subscriber = subscriber

    async def append(self, entry: E) -> Position:
        """See `Journal.append`."""
        if self._closing:
            raise Unavailable("The journal is closed.", retry_after_s=RETRY_AFTER_S)
        payload = msgspec.msgpack.encode(entry)
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Position] = loop.create_future()
        self._waiting.append(_Waiting(entry, payload, done))
        if self._writing is None and not self._scheduled:
            self._scheduled = True
            loop.call_soon(self._start_group, loop)
        return await done

    def read(self, after: Position) -> Iterator[tuple[Position, E]]:
        """See `Journal.read`; `JournalDamaged` where a record fails its checksum."""
        end = self._end
        segments = list(self._segments)
        first = max(0, bisect_right([segment.base for segment in segments], after) - 1)
        for segment in segments[first:]:
            yield from _read_segment(self._decoder, segment, after, end)

    def position_before(self, at_ms: int) -> Position:
        """A position behind which are all entries since `at_ms`, and few older ones."""
        for segment in reversed(self._segments):
            first = next(_read_segment(self._decoder, segment, segment.base, self._end), None)
            if first is not None and first[1].instant_ms < at_ms:
                return segment.base
        return self.first_position

    def drop_before(self, position: Position) -> int:
        """Removes whole segments that end at or before `position`; returns how many."""
        dropped = 0
        with self._segments_lock:
            while len(self._segments) > 1 and self._segments[1].base <= position:
                self._segments[0].path.unlink(missing_ok=True)
                self._segments = self._segments[1:]
                dropped += 1
        return dropped

    async def close(self) -> None:
        """Waits for what is being written, refuses what comes later."""
        self._closing = True
        if self._waiting or self._writing is not None:
            self._idle = asyncio.get_running_loop().create_future()
            await self._idle
        if self._writer is not None:
            self._groups.put(None)
            await asyncio.to_thread(self._writer.join)
            self._writer = None
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    # On the event loop

    def _start_group(self, loop: asyncio.AbstractEventLoop) -> None:
        self._scheduled = False
        if self._writer is None:
            self._writer = threading.Thread(target=self._write_groups, name="journal", daemon=True)
            self._writer.start()
        self._writing = _Group(self._waiting, loop)
        self._waiting = []
        self._groups.put(self._writing)

    def _finish_group(
        self, group: _Group[E], positions: list[Position], refused: Exception | None
    ) -> None:
        """The next group is under way before this one's entries are delivered."""
        if refused is None:
            self._end = positions[-1]
        self._writing = None
        if self._waiting:
            self._start_group(group.loop)
        if refused is not None:
            for waiting in group.waiting:
                if not waiting.done.done():
                    waiting.done.set_exception(refused)
        else:
            for waiting, position in zip(group.waiting, positions, strict=True):
                self._deliver(waiting, position)
        self._tell_if_idle()

    def _tell_if_idle(self) -> None:
        if self._idle is not None and self._writing is None and not self._idle.done():
            self._idle.set_result(None)

    def _deliver(self, waiting: _Waiting[E], position: Position) -> None:
        try:
            if self._subscriber is not None:
                self._subscriber(position, waiting.entry)
        except Exception as bug:  # the entry's own caller hears of it, the others go on
            if not waiting.done.done():
                waiting.done.set_exception(bug)
            return
        if not waiting.done.done():
            waiting.done.set_result(position)

    # In the writer's thread

    def _write_groups(self) -> None:
        while (group := self._groups.get()) is not None:
            positions: list[Position] = []
            refused: Exception | None = None
            try:
                positions = self._write(
                    [waiting.payload for waiting in group.waiting],
                    group.waiting[0].entry.instant_ms,
                )
            except Exception as error:  # a bug must not end the thread: all would wait for ever
                refused = _unavailable(error) if isinstance(error, OSError) else error
                self._dirty = True
                with suppress(OSError):  # else before the next write
                    self._cut()
            with suppress(RuntimeError):  # the loop was closed: nobody waits any more
                group.loop.call_soon_threadsafe(self._finish_group, group, positions, refused)

    def _write(self, payloads: list[bytes], at_ms: int) -> list[Position]:
        """Writes a group and returns its positions; after an OSError nothing of it counts.
        `at_ms` is the instant of its first entry."""
        if self._dirty:
            self._cut()
        full = self._written - self._segments[-1].base >= self._segment_bytes
        if full or (self._began_ms is not None and abs(at_ms - self._began_ms) >= SEGMENT_MS):
            self._next_segment()
        parts: list[bytes] = []
        positions: list[Position] = []
        back = 0
        for payload in payloads:
            length = len(payload)
            crc = zlib.crc32(payload, zlib.crc32(_SUMMED.pack(length, back)))
            parts.append(_HEAD.pack(_MARK, length, back, crc))
            parts.append(payload)
            back += _HEAD.size + length
            positions.append(self._written + back)
        _write_whole(self._file, b"".join(parts), self._written - self._segments[-1].base)
        _sync(self._file)
        self._written += back
        if self._began_ms is None:
            self._began_ms = at_ms
        return positions

    def _cut(self) -> None:
        """Takes back what a failed write may have left behind the last good record."""
        os.ftruncate(self._file, self._written - self._segments[-1].base)
        _sync(self._file)
        self._dirty = False

    def _next_segment(self) -> None:
        segment = _begin_segment(self._folder, self._written)
        file = os.open(segment.path, os.O_RDWR)
        os.close(self._file)
        self._file = file
        with self._segments_lock:
            self._segments = [*self._segments, segment]
        self._written += len(MAGIC)
        self._began_ms = None

    # At the start

    def _begin_of_last(self) -> int | None:
        last = self._segments[-1]
        first = next(_read_segment(self._decoder, last, last.base, self._end), None)
        return None if first is None else first[1].instant_ms

    def _recover(self, last: _Segment) -> Position:
        """Where the next record goes: behind the last whole one; what follows it is cut off."""
        size = last.path.stat().st_size
        if size < len(MAGIC):  # killed between making the file and writing its header
            last.path.unlink()
            _begin_segment(self._folder, last.base)
            return last.base + len(MAGIC)
        content = last.path.read_bytes()
        if not content.startswith(MAGIC):
            raise JournalDamaged(last.path, 0)
        good = _end_of_whole_records(content)
        if good < size:
            if _later_group_behind(content, good):
                raise JournalDamaged(last.path, good)
            with last.path.open("r+b") as file:
                file.truncate(good)
                os.fsync(file.fileno())
        return last.base + good


def _segments_in(folder: Path) -> list[_Segment]:
    """In their order; a gap between two means that a file is missing or was cut."""
    paths = sorted(path for path in folder.glob(_PATTERN) if path.stem.isdigit())
    segments = [_Segment(int(path.stem), path) for path in paths]
    for before, after in pairwise(segments):
        size = before.path.stat().st_size
        if before.base + size != after.base:
            raise JournalDamaged(before.path, size)
    return segments


def _begin_segment(folder: Path, base: Position) -> _Segment:
    path = folder / f"{base:020d}.journal"
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        _write_whole(file, MAGIC, 0)
        os.fsync(file)
    finally:
        os.close(file)
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return _Segment(base, path)


def _write_whole(file: int, content: bytes, offset: int) -> None:
    view = memoryview(content)
    while view:
        written = os.pwrite(file, view, offset)
        view = view[written:]
        offset += written


def record_at(content: bytes, offset: int) -> tuple[int, int] | None:
    """(end, bytes back to the group's start) of the whole record that begins here, if one does."""
    if offset + _HEAD.size > len(content):
        return None
    mark, length, back, crc = _HEAD.unpack_from(content, offset)
    start = offset + _HEAD.size
    if mark != _MARK or start + length > len(content):
        return None
    payload = memoryview(content)[start : start + length]
    if zlib.crc32(payload, zlib.crc32(_SUMMED.pack(length, back))) != crc:
        return None
    return start + length, back


def _end_of_whole_records(content: bytes) -> int:
    offset = len(MAGIC)
    while (record := record_at(content, offset)) is not None:
        offset = record[0]
    return offset


def _later_group_behind(content: bytes, damaged: int) -> bool:
    """Whether a whole record behind `damaged` belongs to a group that began after it."""
    offset = content.find(_MARK, damaged + 1)
    while offset >= 0:
        record = record_at(content, offset)
        if record is not None and offset - record[1] > damaged:
            return True
        offset = content.find(_MARK, offset + 1)
    return False


def read_journal(
    folder: Path, kinds: type[E] | Any, after: Position, until: Position | None = None
) -> Iterator[tuple[Position, E]]:
    """Entries behind `after`, up to `until` (None: all that are whole), of a journal that another
    process may be writing; nothing is changed. Raises `JournalDamaged`, `Unavailable`."""
    try:
        segments = _segments_in(folder)
        if not segments:
            return
        last = segments[-1]
        end = last.base + _end_of_whole_records(last.path.read_bytes()) if until is None else until
        decoder = msgspec.msgpack.Decoder[E](kinds)
        first = max(0, bisect_right([segment.base for segment in segments], after) - 1)
        for segment in segments[first:]:
            yield from _read_segment(decoder, segment, after, end)
    except OSError as error:
        raise _unavailable(error) from error


def _read_segment(
    decoder: msgspec.msgpack.Decoder[E], segment: _Segment, after: Position, end: Position
) -> Iterator[tuple[Position, E]]:
    """Entries of one segment whose record begins at or behind `after` and ends by `end`."""
    position = max(after, segment.base + len(MAGIC))
    with segment.path.open("rb", buffering=1 << 20) as file:
        file.seek(position - segment.base)
        while position < end and (head := file.read(_HEAD.size)):
            offset = position - segment.base
            if len(head) < _HEAD.size:
                raise JournalDamaged(segment.path, offset)
            mark, length, back, crc = _HEAD.unpack(head)
            payload = file.read(length)
            summed = zlib.crc32(payload, zlib.crc32(_SUMMED.pack(length, back)))
            if mark != _MARK or len(payload) != length or summed != crc:
                raise JournalDamaged(segment.path, offset)
            position += _HEAD.size + length
            yield position, decoder.decode(payload)


def _unavailable(error: OSError) -> Unavailable:
    return Unavailable(
        f"The journal cannot be written: {os.strerror(error.errno or 0)}.",
        retry_after_s=RETRY_AFTER_S,
    )
