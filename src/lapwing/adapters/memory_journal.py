"""The journal in memory, for tests and for what need not outlive the process."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

import msgspec

from lapwing.kernel.refusals import Unavailable
from lapwing.ports.journal import Journalled, Position

E = TypeVar("E", bound=Journalled)


class MemoryJournal(Generic[E]):
    """`ports.journal.Journal`; passes the same contract suite as the one in files."""

    def __init__(self) -> None:
        self._entries: list[tuple[Position, E]] = []
        self._subscriber: Callable[[Position, E], None] | None = None
        self._first: Position = 0
        self.out_of_order: Unavailable | None = None
        """What every append raises, while set: as if the disk were full."""

    @property
    def last_position(self) -> Position:
        return self._entries[-1][0] if self._entries else self._first

    @property
    def first_position(self) -> Position:
        return self._first

    def follow(self, subscriber: Callable[[Position, E], None]) -> None:
        """`subscriber` is called with every entry from now on, in order."""
        self._subscriber = subscriber

    async def append(self, entry: E) -> Position:
        """See `Journal.append`."""
        if self.out_of_order is not None:
            raise self.out_of_order
        msgspec.msgpack.encode(entry)  # refuses what the file could not hold either
        position = self.last_position + 1
        self._entries.append((position, entry))
        if self._subscriber is not None:
            self._subscriber(position, entry)
        return position

    def read(self, after: Position) -> Iterator[tuple[Position, E]]:
        """See `Journal.read`."""
        first = bisect_right(self._entries, after, key=lambda kept: kept[0])
        yield from self._entries[first:]

    def position_before(self, at_ms: int) -> Position:
        """A position behind which are all entries since `at_ms`."""
        del at_ms
        return self._first

    def drop_before(self, position: Position) -> int:
        """Forgets the entries up to `position`; returns how many."""
        kept = [one for one in self._entries if one[0] > position]
        dropped = len(self._entries) - len(kept)
        if dropped:
            self._first = max(self._first, min(position, self.last_position))
        self._entries = kept
        return dropped

    async def close(self) -> None:
        """Nothing to wait for."""
