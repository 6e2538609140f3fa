"""Ids that sort by time: milliseconds, then 21 bits that tell ids of one millisecond apart."""

from __future__ import annotations

from typing import NewType

ReportId = NewType("ReportId", int)
IncidentId = NewType("IncidentId", str)

_SEQUENCE_BITS = 21


class IdSequence:
    """Gives ids that only ever grow, also when the clock steps back. Not for several threads."""

    def __init__(self, last: int = 0) -> None:
        self._last = last

    def take(self, now_ms: int, count: int = 1) -> int:
        """The first of `count` consecutive fresh ids."""
        first = max(self._last + 1, now_ms << _SEQUENCE_BITS)
        self._last = first + count - 1
        return first

    @staticmethod
    def bound(at_ms: int) -> int:
        """Below it are the ids that were taken before the instant."""
        return at_ms << _SEQUENCE_BITS

    @staticmethod
    def ms_of(one: int) -> int:
        """About when the id was taken, in milliseconds since 1970."""
        return one >> _SEQUENCE_BITS
