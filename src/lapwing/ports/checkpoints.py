"""Where states are kept that shorten a restart: each stands for the journal up to its position."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeAlias

from lapwing.ports.journal import Position

Chunk: TypeAlias = tuple[str, bytes]
"""A part's name and some of what it holds."""


class Checkpoints(Protocol):
    """Contract: `tests/contracts/test_checkpoints.py`."""

    def positions(self) -> list[Position]:
        """Of those that are kept, newest first."""
        ...

    def read(self, position: Position) -> Iterator[Chunk]:
        """What was written, in its order. Raises `Refusal` (`checkpoint_damaged`) as soon as
        something is met that is not as it was written."""
        ...

    def write(self, position: Position, chunks: Iterable[Chunk]) -> None:
        """Keeps it, durable, and forgets all but the two newest. Raises `Unavailable`."""
        ...
