"""Media files in memory, for tests and trials."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from pathlib import Path

from lapwing.ports.media_files import KeptFile, make_key


class MemoryMediaFiles:
    """`ports.media_files.MediaFiles`; gone with the process."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[bytes, datetime]] = {}

    async def put(self, source: str | bytes, extension: str) -> KeptFile:
        key = make_key(extension)
        content = (
            source
            if isinstance(source, bytes)
            else await asyncio.to_thread(Path(source).read_bytes)
        )
        self._files[key] = content, datetime.now(UTC)
        return KeptFile(key, len(content))

    async def find(self, key: str) -> KeptFile | None:
        found = self._files.get(key)
        return None if found is None else KeptFile(key, len(found[0]))

    async def read(
        self, key: str, first: int = 0, count: int | None = None
    ) -> AsyncIterator[bytes]:
        content, _ = self._files.get(key, (b"", None))
        if piece := content[first : None if count is None else first + count]:
            yield piece

    async def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._files.pop(key, None)

    async def total_bytes(self) -> int:
        return sum(len(content) for content, _ in self._files.values())

    async def kept_before(self, at: datetime) -> AsyncIterator[KeptFile]:
        for key, (content, put_at) in list(self._files.items()):
            if put_at < at:
                yield KeptFile(key, len(content))
