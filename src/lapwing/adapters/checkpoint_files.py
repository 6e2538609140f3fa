"""`ports.checkpoints.Checkpoints` in files, one each.

A file is `MAGIC` and records: lengths of name and content and the CRC32 of both (little-endian),
name, content. The last record has neither name nor content: without it the file is not whole.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Final

from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.ports.checkpoints import Chunk
from lapwing.ports.journal import Position

MAGIC: Final = b"LAPWING-SQUARE-1"
_HEAD: Final = struct.Struct("<III")
_SUFFIX: Final = ".checkpoint"
_KEPT: Final = 2


class CheckpointFiles:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def positions(self) -> list[Position]:
        stems = (path.stem for path in self._folder.glob(f"*{_SUFFIX}"))
        return sorted((int(stem) for stem in stems if stem.isdigit()), reverse=True)

    def read(self, position: Position) -> Iterator[Chunk]:
        path = self._path(position)
        try:
            with path.open("rb", buffering=1 << 20) as file:
                yield from _records(file, path.name)
        except OSError as error:
            raise _damaged(path.name) from error

    def write(self, position: Position, chunks: Iterable[Chunk]) -> None:
        part = self._path(position).with_suffix(".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with part.open("wb", buffering=1 << 20) as file:
                file.write(MAGIC)
                for name, content in _named(chunks):
                    file.write(_record(name, content))
                file.write(_record(b"", b""))
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._path(position))
            _sync_folder(self._folder)
            for old in self.positions()[_KEPT:]:
                self._path(old).unlink(missing_ok=True)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise Unavailable(
                f"The checkpoint cannot be written: {os.strerror(error.errno or 0)}."
            ) from error

    def _path(self, position: Position) -> Path:
        return self._folder / f"{position:020d}{_SUFFIX}"


def _named(chunks: Iterable[Chunk]) -> Iterator[tuple[bytes, bytes]]:
    for name, content in chunks:
        yield name.encode(), content


def _record(name: bytes, content: bytes) -> bytes:
    crc = zlib.crc32(content, zlib.crc32(name))
    return _HEAD.pack(len(name), len(content), crc) + name + content


def _records(file: IO[bytes], path_name: str) -> Iterator[Chunk]:
    if file.read(len(MAGIC)) != MAGIC:
        raise _damaged(path_name)
    while True:
        head = file.read(_HEAD.size)
        if len(head) < _HEAD.size:
            raise _damaged(path_name)
        name_length, length, crc = _HEAD.unpack(head)
        name, content = file.read(name_length), file.read(length)
        if len(content) < length or zlib.crc32(content, zlib.crc32(name)) != crc:
            raise _damaged(path_name)
        if not name:
            return
        yield name.decode(), content


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _damaged(name: str) -> Refusal:
    return Refusal(
        "checkpoint_damaged", f"The checkpoint {name} is damaged; an earlier one serves."
    )
