"""Reads what another process appends to a journal of `file_journal`, from a position on.

Nothing is ever written. A record is there when it is whole, which may be some milliseconds before
its writer knows that it is on the disk.
"""

from __future__ import annotations

import os
from pathlib import Path
from time import monotonic
from typing import Any, Final, Generic, TypeVar

import msgspec

from lapwing.adapters.file_journal import HEAD_BYTES, MAGIC, record_at
from lapwing.kernel.refusals import Refusal
from lapwing.ports.journal import Journalled, Position

E = TypeVar("E", bound=Journalled)

_READ_BYTES: Final = 1 << 20
_TORN_S: Final = 5.0
"""A record that is still not whole after this, though more stands behind it, never will be."""


class TailLost(Refusal):
    """The journal does not go on where the reader is: it has to begin anew."""

    def __init__(self, position: Position) -> None:
        super().__init__("journal_elsewhere", f"The journal does not go on at {position}.")


class JournalTail(Generic[E]):
    """Entries behind a position, as they come."""

    def __init__(self, folder: Path, kinds: type[E] | Any, after: Position) -> None:
        """`after` is a position of an entry, or 0."""
        self.folder = folder
        self._decoder = msgspec.msgpack.Decoder[E](kinds)
        self.position = after
        """Behind the last entry that was read."""
        self._file = -1
        self._base = 0
        self._torn_since_s = 0.0

    def read_new(self) -> list[tuple[Position, E]]:
        """At most about a megabyte of entries; none: there are no more at present.
        Raises `TailLost`, and `OSError` where the files cannot be read."""
        if self._file < 0 and not self._open():
            return []
        offset = self.position - self._base
        size = os.fstat(self._file).st_size
        if size < offset:
            raise TailLost(self.position)
        if size == offset:
            return self.read_new() if self._go_on() else []
        content = os.pread(self._file, _READ_BYTES, offset)
        entries = self._decode(content)
        if not entries and len(content) == _READ_BYTES:  # one entry that is longer than that
            entries = self._decode(os.pread(self._file, size - offset, offset))
        self._note_progress(bool(entries))
        return entries

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _decode(self, content: bytes) -> list[tuple[Position, E]]:
        entries = []
        begin = end = 0
        while (record := record_at(content, begin)) is not None:
            end = record[0]
            payload = memoryview(content)[begin + HEAD_BYTES : end]
            entries.append((self.position + end, self._decoder.decode(payload)))
            begin = end
        self.position += end
        return entries

    def _note_progress(self, progressed: bool) -> None:
        if progressed:
            self._torn_since_s = 0.0
        elif not self._torn_since_s:
            self._torn_since_s = monotonic()
        elif monotonic() - self._torn_since_s > _TORN_S:
            self._torn_since_s = 0.0
            raise TailLost(self.position)

    def _open(self) -> bool:
        """The segment that has the position, or begins at it."""
        bases = sorted(int(path.stem) for path in self.folder.glob("*.journal"))
        before = [base for base in bases if base <= self.position]
        if not before:
            if bases:
                raise TailLost(self.position)
            return False
        return self._begin(before[-1])

    def _go_on(self) -> bool:
        """To the next segment, if this one is full."""
        if self.position == self._base + len(MAGIC):
            return False
        if self._path(self.position).exists():
            return self._begin(self.position)
        if not os.fstat(self._file).st_nlink:  # dropped, and those behind it as well
            raise TailLost(self.position)
        return False

    def _begin(self, base: Position) -> bool:
        file = os.open(self._path(base), os.O_RDONLY)
        if os.fstat(file).st_size < len(MAGIC):  # its header is just being written
            os.close(file)
            return False
        self.close()
        self._file, self._base = file, base
        self.position = max(self.position, base + len(MAGIC))
        return True

    def _path(self, base: Position) -> Path:
        return self.folder / f"{base:020d}.journal"
