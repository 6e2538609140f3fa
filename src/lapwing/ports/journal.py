"""The journal: what happened, in one order, on disk; live state is a fold over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeAlias, TypeVar

Position: TypeAlias = int
"""Grows with every entry; 0 is before the first."""


class Journalled(Protocol):
    """An entry: a msgspec struct that knows its instant."""

    @property
    def instant_ms(self) -> int:
        """When it happened, milliseconds since 1970."""
        ...


E = TypeVar("E", bound=Journalled)


class Journal(Protocol[E]):
    """Contract: `tests/contracts/test_journal.py`."""

    async def append(self, entry: E) -> Position:
        """Returns when the entry is on disk; concurrent calls share one flush.

        Entries are applied in the order of their positions: `append` delivers each entry to the
        subscriber (see `follow`) in that order, exactly once, before it returns, and raises what
        the subscriber raises.
        Raises `Unavailable` when it cannot be written; nothing of the entry is kept then.
        """
        ...

    def follow(self, subscriber: Callable[[Position, E], None]) -> None:
        """`subscriber` is called on the event loop with every entry from now on, in order."""
        ...

    def read(self, after: Position) -> Iterator[tuple[Position, E]]:
        """Entries behind a position, oldest first; a torn last entry is not there."""
        ...

    @property
    def last_position(self) -> Position: ...
