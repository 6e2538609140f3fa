"""How far everybody has read, so that the next device goes on there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from lapwing.microblog.entries import AccountErased
from lapwing.microblog.personal.entries import MarkerSet
from lapwing.microblog.personal.model import Marker
from lapwing.microblog.square import Change

TIMELINES: Final = ("home", "notifications")
_IN_A_CHUNK: Final = 10_000
_NO_MARKERS: Final[dict[str, Marker]] = {}


class Markers:
    """Ids of what was read last, with how often the marker was moved."""

    name = "markers"

    def __init__(self) -> None:
        self._markers: dict[int, dict[str, Marker]] = {}

    def of(self, account_id: int) -> dict[str, Marker]:
        """By timeline; not to be changed by the caller."""
        return self._markers.get(account_id, _NO_MARKERS)

    def last_read(self, account_id: int, timeline: str) -> int:
        """0: nothing yet."""
        marker = self.of(account_id).get(timeline)
        return 0 if marker is None else marker.last_read_id

    def hear(self, change: Change) -> None:
        entry = change.entry
        if isinstance(entry, MarkerSet):
            before = self.of(entry.account_id).get(entry.timeline)
            version = 1 if before is None else before.version + 1
            marker = Marker(entry.last_read_id, version, entry.at_ms)
            self._markers.setdefault(entry.account_id, {})[entry.timeline] = marker
        elif isinstance(entry, AccountErased):
            self._markers.pop(entry.account_id, None)

    def capture(self) -> Iterator[bytes]:
        accounts = sorted(self._markers)
        for first in range(0, len(accounts), _IN_A_CHUNK):
            part = accounts[first : first + _IN_A_CHUNK]
            yield msgspec.msgpack.encode({one: self._markers[one] for one in part})

    def restore(self, chunks: Iterable[bytes]) -> None:
        decoder = msgspec.msgpack.Decoder(dict[int, dict[str, Marker]])
        for chunk in chunks:
            self._markers.update(decoder.decode(chunk))
