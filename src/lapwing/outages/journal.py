"""The journal: everything that changes what Lapwing knows of outages, in one order, for ever.

All live state of pillar 1 is a fold over these entries (`watch.py`), so a restart that reads the
last checkpoint and the entries after it arrives at the same state.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from lapwing.outages.model import ReportRow
from lapwing.ports.journal import Journal as AnyJournal


class ReportsTaken(msgspec.Struct, tag="reports", array_like=True, gc=False):
    """Reports that were acknowledged together."""

    received_ms: int
    rows: list[ReportRow]

    @property
    def instant_ms(self) -> int:
        return self.received_ms


class TimePassed(msgspec.Struct, tag="time", array_like=True, gc=False):
    """The clock showed `now_ms`: every minute that ended before is closed."""

    now_ms: int

    @property
    def instant_ms(self) -> int:
        return self.now_ms


class OperatorActed(msgspec.Struct, tag="act", array_like=True):
    """An operator's word on an incident: confirm, dismiss, merge, edit, annotate, open."""

    at_ms: int
    by: str
    act: str
    incident: str
    details: dict[str, Any]
    request: str = ""
    """Marks the request that brought it, so that a retry of it is known."""

    @property
    def instant_ms(self) -> int:
        return self.at_ms


class BackfillEnded(msgspec.Struct, tag="backfill", array_like=True):
    """Reports of the past are all in: these services' history is to be examined afresh."""

    at_ms: int
    services: list[str]

    @property
    def instant_ms(self) -> int:
        return self.at_ms


class PostHint(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A public post said that the service fails."""

    service: str
    """Slug."""
    account: str
    """Keyed hash of whose post it was; the key is destroyed after two days."""


class PostsHinted(msgspec.Struct, tag="hints", array_like=True, gc=False):
    """What people posted lately. A weak signal: no reports."""

    at_ms: int
    hints: list[PostHint]

    @property
    def instant_ms(self) -> int:
        return self.at_ms


Entry: TypeAlias = ReportsTaken | TimePassed | OperatorActed | BackfillEnded | PostsHinted

Journal: TypeAlias = AnyJournal[Entry]
