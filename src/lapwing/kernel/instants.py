"""Instants and minutes. An instant is an aware UTC datetime; a minute counts from 1970."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeAlias

Minute: TypeAlias = int
"""Whole minutes since 1970-01-01T00:00Z; minute m spans [60 m, 60 m + 60) seconds."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MS_PER_MINUTE = 60_000


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970; refuses nothing, but `at` must be aware."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


def minute_of(at: datetime) -> Minute:
    return to_ms(at) // MS_PER_MINUTE


def minute_of_ms(ms: int) -> Minute:
    return ms // MS_PER_MINUTE


def start_of(minute: Minute) -> datetime:
    """The instant at which the minute begins."""
    return EPOCH + timedelta(minutes=minute)
