"""The journal: everything that changes what Lapwing knows of outages, in one order, for ever.

All live state of pillar 1 is a fold over these entries (`watch.py`), so a restart that reads the
last checkpoint and the entries after it arrives at the same state.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, TypeAlias

import msgspec

from lapwing.outages.model import ReportRow


class ReportsTaken(msgspec.Struct, tag="reports", array_like=True, gc=False):
    """Reports that were acknowledged together."""

    received_ms: int
    rows: list[ReportRow]


class TimePassed(msgspec.Struct, tag="time", array_like=True, gc=False):
    """The clock showed `now_ms`: every minute that ended before is closed."""

    now_ms: int


class OperatorActed(msgspec.Struct, tag="act", array_like=True):
    """An operator's word on an incident: confirm, dismiss, merge, edit, annotate, open."""

    at_ms: int
    by: str
    act: str
    incident: str
    details: dict[str, Any]
    request: str = ""
    """Marks the request that brought it, so that a retry of it is known."""


class BackfillEnded(msgspec.Struct, tag="backfill", array_like=True):
    """Reports of the past are all in: these services' history is to be examined afresh."""

    at_ms: int
    services: list[str]


Entry: TypeAlias = ReportsTaken | TimePassed | OperatorActed | BackfillEnded

Position: TypeAlias = int
"""Grows with every entry; 0 is before the first."""


class Journal(Protocol):
    """Contract: `tests/contracts/test_journal.py`."""

    async def append(self, entry: Entry) -> Position:
        """Returns when the entry is on disk; concurrent calls share one flush.

        Entries are applied in the order of their positions: `append` delivers each entry to the
        subscriber (see `follow`) in that order, exactly once, before it returns.
        Raises `Unavailable` when it cannot be written; nothing of the entry is kept then.
        """
        ...

    def read(self, after: Position) -> Iterator[tuple[Position, Entry]]:
        """Entries behind a position, oldest first; a torn last entry is not there."""
        ...

    @property
    def last_position(self) -> Position: ...
