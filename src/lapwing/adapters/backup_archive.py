"""A backup: everything of the data folder in one compressed file, taken while Lapwing runs.

A gzip-compressed tar archive with the files under their names in the folder, and as its last
member `manifest.json` with each one's size and SHA-256, so that an archive that was cut short has
none. The database is a copy as of one instant that is older than the journal's; what it lacks is
in the journal's tail and is folded in at the next start.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

from lapwing.kernel.refusals import Refusal

MANIFEST = "manifest.json"
DATABASE_MEMBER = "database.sqlite"
FORMAT = 1
LEFT_OUT = ("owner.lock", "owner.json", "*.part", "*keys*", "*.sqlite", "*-wal", "*-shm")
"""Names of files that no backup holds: who owns the folder now, what is half written, the keys
that make reporters' hashes (a copy would outlive their destruction), and the database's own files,
of which a clean copy is made."""

_CHUNK_BYTES = 1 << 20

Advance = Callable[[int], None]
"""Told the bytes done since the last call."""


class FileEntry(msgspec.Struct, frozen=True):
    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds. Database: `sqlite`, or `postgresql` (then it is not in the file)."""

    format: int
    version: str
    made_at: datetime
    database: str
    files: tuple[FileEntry, ...]


@dataclass(frozen=True)
class Source:
    """What is backed up; `database` None: it is on a server and dumped with its own tools."""

    folder: Path
    database: Path | None


def write_backup(
    source: Source, target: Path, *, version: str, made_at: datetime, advance: Advance
) -> Manifest:
    """Writes the archive; the target is there whole or not at all.

    Raises `Refusal` (`no_data`, `backup_exists`).
    """
    if not source.folder.is_dir():
        raise Refusal("no_data", f"There is no data folder {source.folder} to back up.")
    if target.exists():
        raise Refusal("backup_exists", f"{target} is there already; name another file.")
    part = target.with_name(target.name + ".part")
    try:
        with ExitStack() as stack:
            file = stack.enter_context(_private_file(part))
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as archive:
                manifest = _write_members(archive, source, version, made_at, advance)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def restore_backup(archive: Path, source: Source, *, advance: Advance) -> Manifest:
    """Puts a backup's files where they belong, after every checksum was verified.

    Raises `Refusal`: `folder_not_empty`, `database_exists`, `no_backup`, `backup_damaged`,
    `backup_too_new`.
    """
    folder = source.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refusal(
            "folder_not_empty", f"{folder} is not empty; a backup is restored into an empty folder."
        )
    if source.database is not None and source.database.exists():
        raise Refusal("database_exists", f"There is a database {source.database} already.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=folder.parent) as staging_name:
        staging = Path(staging_name) / "data"
        staging.mkdir(mode=0o700)
        manifest = _unpack(archive, staging, advance)
        _place(staging, source)
    return manifest


def _write_members(
    archive: tarfile.TarFile, source: Source, version: str, made_at: datetime, advance: Advance
) -> Manifest:
    entries: list[FileEntry] = []
    with ExitStack() as stack:
        opened = _open_files(source, stack, {})
        if source.database is not None and source.database.exists():
            snapshot = stack.enter_context(_database_snapshot(source.database))
            with snapshot.open("rb") as file:
                entries.append(_add(archive, DATABASE_MEMBER, file, advance))
        opened = _open_files(source, stack, opened)
        sizes = {name: os.fstat(file.fileno()).st_size for name, file in opened.items()}
        entries += [
            _add(archive, name, opened[name], advance, sizes[name]) for name in sorted(opened)
        ]
    manifest = Manifest(
        format=FORMAT,
        version=version,
        made_at=made_at,
        database="postgresql" if source.database is None else "sqlite",
        files=tuple(entries),
    )
    content = msgspec.json.format(msgspec.json.encode(manifest))
    _add(archive, MANIFEST, io.BytesIO(content), advance, len(content))
    return manifest


def _open_files(
    source: Source, stack: ExitStack, opened: dict[str, IO[bytes]]
) -> dict[str, IO[bytes]]:
    """Those open already and all others: what is open can be read though it is removed."""
    found = dict(opened)
    for path in sorted(source.folder.rglob("*")):
        name = path.relative_to(source.folder).as_posix()
        left_out = path == source.database or any(path.match(pattern) for pattern in LEFT_OUT)
        if name in found or left_out or path.is_symlink() or not path.is_file():
            continue
        with suppress(FileNotFoundError):
            found[name] = stack.enter_context(path.open("rb"))
    return found


@contextmanager
def _database_snapshot(database: Path) -> Iterator[Path]:
    """A copy as of one instant; readers and the writer are not held up."""
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=database.parent) as folder:
        copy = Path(folder) / DATABASE_MEMBER
        with closing(sqlite3.connect(database, timeout=30.0)) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
        yield copy


def _add(
    archive: tarfile.TarFile, name: str, file: IO[bytes], advance: Advance, size: int | None = None
) -> FileEntry:
    """Adds the file's first `size` bytes: a journal that grows meanwhile is cut there."""
    member = tarfile.TarInfo(name)
    member.size = os.fstat(file.fileno()).st_size if size is None else size
    member.mode = 0o600
    reading = _Summed(file, advance)
    archive.addfile(member, reading)
    return FileEntry(name=name, size=member.size, sha256=reading.sha256.hexdigest())


class _Summed(io.RawIOBase):
    """Reads a file on and sums what was read."""

    def __init__(self, file: IO[bytes], advance: Advance) -> None:
        self._file = file
        self._advance = advance
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size)
        self.sha256.update(content)
        self._advance(len(content))
        return content


def _unpack(archive: Path, staging: Path, advance: Advance) -> Manifest:
    found: dict[str, FileEntry] = {}
    manifest: Manifest | None = None
    try:
        with tarfile.open(archive, mode="r:gz") as opened:
            for member in opened:
                content = opened.extractfile(member)
                if content is None or manifest is not None:
                    raise _damaged(archive, f"{member.name!r} has no place in it")
                if member.name == MANIFEST:
                    manifest = _read_manifest(archive, content.read())
                    continue
                found[member.name] = _write_out(archive, staging, member.name, content, advance)
    except FileNotFoundError:
        raise Refusal("no_backup", f"There is no file {archive}.") from None
    except (tarfile.TarError, EOFError, OSError) as error:
        raise _damaged(archive, str(error)) from error
    if manifest is None:
        raise _damaged(archive, "it was cut short")
    if missing := [entry.name for entry in manifest.files if found.get(entry.name) != entry]:
        raise _damaged(archive, f"{', '.join(missing)} differs from what was backed up")
    if found.keys() != {entry.name for entry in manifest.files}:
        raise _damaged(archive, "it has files that its manifest does not name")
    return manifest


def _read_manifest(archive: Path, content: bytes) -> Manifest:
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except msgspec.MsgspecError as error:
        raise _damaged(archive, f"its manifest cannot be read: {error}") from error
    if manifest.format > FORMAT:
        raise Refusal(
            "backup_too_new",
            f"{archive} was made by Lapwing {manifest.version}; restore it with that or later.",
        )
    return manifest


def _write_out(
    archive: Path, staging: Path, name: str, content: IO[bytes], advance: Advance
) -> FileEntry:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts:
        raise _damaged(archive, f"{name!r} leads out of the folder")
    path = staging.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    reading = _Summed(content, advance)
    with _private_file(path) as file:
        shutil.copyfileobj(reading, file, _CHUNK_BYTES)
        file.flush()
        os.fsync(file.fileno())
        size = file.tell()
    return FileEntry(name=name, size=size, sha256=reading.sha256.hexdigest())


def _place(staging: Path, source: Source) -> None:
    snapshot = staging / DATABASE_MEMBER
    outside: Path | None = None
    if snapshot.exists() and source.database is not None:
        if source.database.is_relative_to(source.folder):
            inside = staging / source.database.relative_to(source.folder)
            inside.parent.mkdir(parents=True, exist_ok=True)
            snapshot.replace(inside)
        else:
            outside = source.database
            outside.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(snapshot, outside)
    try:
        if source.folder.exists():
            source.folder.rmdir()
        staging.replace(source.folder)
    except OSError:
        if outside is not None:
            outside.unlink(missing_ok=True)
        raise


def _private_file(path: Path) -> IO[bytes]:
    """New, for its owner's eyes only: it holds what people wrote with their reports."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _damaged(archive: Path, what: str) -> Refusal:
    return Refusal("backup_damaged", f"{archive} is damaged or no backup: {what}.")
