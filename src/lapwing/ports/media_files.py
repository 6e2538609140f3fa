"""Where the files of attachments, avatars and previews are kept."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

CONTENT_TYPES: Final = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "mp3": "audio/mpeg",
}
"""By extension, every kind of file that is kept, and the only types they are served as."""

_KEY: Final = re.compile(r"[0-9a-f]{32}\.([a-z0-9]{1,4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class KeptFile:
    key: str
    """128 random bits and an extension, such as `5a…c0.jpg`: safe in a URL and in a path."""
    size_bytes: int

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[self.key.rpartition(".")[2]]


def make_key(extension: str) -> str:
    if extension not in CONTENT_TYPES:
        raise ValueError(f"no files of type {extension!r} are kept")
    return f"{secrets.token_hex(16)}.{extension}"


def is_key(text: str) -> bool:
    """Whether `text` has the form of a key; it says nothing about whether there is such a file."""
    found = _KEY.fullmatch(text)
    return found is not None and found[1] in CONTENT_TYPES


class MediaFiles(Protocol):
    """Contract: `tests/contracts/test_media_files.py`. A file never changes under its key.

    Every method raises `Unavailable` where the disk or server behind it does not answer.
    """

    async def put(self, source: str | bytes, extension: str) -> KeptFile:
        """Keeps the bytes, or a copy of the file at the path `source`, under a new key. When this
        returns, the file is whole and survives a loss of power."""
        ...

    async def find(self, key: str) -> KeptFile | None:
        """None also where `key` has not the form of a key."""
        ...

    def read(self, key: str, first: int = 0, count: int | None = None) -> AsyncIterator[bytes]:
        """The file in pieces from byte `first` on, `count` bytes or to its end. Nothing comes
        where there is no such file: ask `find` first. A file deleted meanwhile is read to its
        end."""
        ...

    async def delete(self, keys: Iterable[str]) -> None:
        """The files are gone when this returns; keys without a file are passed over."""
        ...

    async def total_bytes(self) -> int:
        """Size of all that is kept."""
        ...

    def kept_before(self, at: datetime) -> AsyncIterator[KeptFile]:
        """Every file put before `at`: for finding those that nothing refers to any more."""
        ...
