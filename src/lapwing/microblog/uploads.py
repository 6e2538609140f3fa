"""Media that were uploaded and belong to no post yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from lapwing.microblog.model import Attachment

KEPT_MS = 24 * 3600 * 1000
"""After which an upload that was never posted goes."""


class Uploads:
    name = "uploads"

    def __init__(self) -> None:
        self._kept: dict[int, Attachment] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, media_id: int) -> Attachment | None:
        return self._kept.get(media_id)

    def add(self, media: Attachment) -> None:
        self._kept[media.id] = media

    def forget(self, media_id: int) -> Attachment | None:
        """What was there under the id."""
        return self._kept.pop(media_id, None)

    def last_id(self) -> int:
        return max(self._kept, default=0)

    def older_than(self, bound_id: int) -> list[Attachment]:
        return [media for media in self._kept.values() if media.id < bound_id]

    def erase(self, account_id: int) -> tuple[Attachment, ...]:
        """Those of an account, which go."""
        own = tuple(one for one in self._kept.values() if one.account_id == account_id)
        for media in own:
            del self._kept[media.id]
        return own

    def capture(self) -> Iterator[bytes]:
        yield msgspec.msgpack.encode(list(self._kept.values()))

    def restore(self, chunks: Iterable[bytes]) -> None:
        for chunk in chunks:
            for media in msgspec.msgpack.decode(chunk, type=list[Attachment]):
                self.add(media)
