"""Media files in a folder of this machine: `folder/5a/5a…c0.jpg`.

A file is written in the same folder under a name that is no key, made durable, and then renamed, so
that what has a key is whole. What a killed process left half-written goes at the next start.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from lapwing.kernel.refusals import Unavailable
from lapwing.ports.media_files import KeptFile, is_key, make_key

_PART: Final = ".part"
_PIECE_BYTES: Final = 256 * 1024


class DiskMediaFiles:
    """`ports.media_files.MediaFiles`; one process puts, any number may read."""

    def __init__(self, folder: Path) -> None:
        """Makes the folder; raises `Unavailable` where it cannot be written."""
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for part in folder.glob(f"*/*{_PART}"):
                part.unlink()
        except OSError as error:
            raise _unavailable(error) from error

    async def put(self, source: str | bytes, extension: str) -> KeptFile:
        return await asyncio.to_thread(self._put, source, make_key(extension))

    async def find(self, key: str) -> KeptFile | None:
        return await asyncio.to_thread(self._find, key) if is_key(key) else None

    async def read(
        self, key: str, first: int = 0, count: int | None = None
    ) -> AsyncIterator[bytes]:
        if not is_key(key):
            return
        handle = await asyncio.to_thread(self._open, key)
        if handle is None:
            return
        try:
            while count is None or count > 0:
                wanted = _PIECE_BYTES if count is None else min(count, _PIECE_BYTES)
                piece = await asyncio.to_thread(_read_piece, handle, wanted, first)
                if not piece:
                    return
                yield piece
                first += len(piece)
                count = None if count is None else count - len(piece)
        finally:
            os.close(handle)

    async def delete(self, keys: Iterable[str]) -> None:
        await asyncio.to_thread(self._delete, [key for key in keys if is_key(key)])

    async def total_bytes(self) -> int:
        return await asyncio.to_thread(lambda: sum(size for _, size, _ in self._all()))

    async def kept_before(self, at: datetime) -> AsyncIterator[KeptFile]:
        for key, size, put_s in await asyncio.to_thread(lambda: list(self._all())):
            if put_s < at.timestamp():
                yield KeptFile(key, size)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key

    def _put(self, source: str | bytes, key: str) -> KeptFile:
        path = self._path(key)
        part = path.with_name(key + _PART)
        try:
            if not path.parent.exists():
                path.parent.mkdir(exist_ok=True)
                _sync_folder(self._folder)
            try:
                size = _write(part, source)
                part.rename(path)
            except OSError:
                part.unlink(missing_ok=True)
                raise
            _sync_folder(path.parent)
        except OSError as error:
            raise _unavailable(error) from error
        return KeptFile(key, size)

    def _find(self, key: str) -> KeptFile | None:
        try:
            return KeptFile(key, self._path(key).stat().st_size)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unavailable(error) from error

    def _open(self, key: str) -> int | None:
        try:
            return os.open(self._path(key), os.O_RDONLY)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unavailable(error) from error

    def _delete(self, keys: list[str]) -> None:
        try:
            for key in keys:
                self._path(key).unlink(missing_ok=True)
            for folder in {self._path(key).parent for key in keys}:
                if folder.exists():
                    _sync_folder(folder)
        except OSError as error:
            raise _unavailable(error) from error

    def _all(self) -> Iterator[tuple[str, int, float]]:
        """Key, bytes and time of the last change in seconds since 1970."""
        try:
            for folder in sorted(self._folder.iterdir()):
                if folder.is_dir():
                    yield from _files_in(folder)
        except OSError as error:
            raise _unavailable(error) from error


def _files_in(folder: Path) -> Iterator[tuple[str, int, float]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if not is_key(entry.name):
                continue
            try:
                facts = entry.stat()
            except FileNotFoundError:  # deleted meanwhile
                continue
            yield entry.name, facts.st_size, facts.st_mtime


def _write(part: Path, source: str | bytes) -> int:
    with part.open("xb") as file:
        if isinstance(source, bytes):
            file.write(source)
        else:
            with Path(source).open("rb") as whole:
                shutil.copyfileobj(whole, file, _PIECE_BYTES)
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def _read_piece(handle: int, count: int, first: int) -> bytes:
    try:
        return os.pread(handle, count, first)
    except OSError as error:
        raise _unavailable(error) from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unavailable(error: OSError) -> Unavailable:
    return Unavailable("Pictures and videos cannot be reached at the moment.", detail=str(error))
