"""Instants and dates as the API writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from lapwing.kernel.instants import to_ms
from lapwing.kernel.refusals import Refusal

_DAY_MS: Final = 86_400_000


def instant(ms: int) -> str:
    """`2026-11-23T08:50:00.000Z`"""
    at = datetime.fromtimestamp(ms / 1000, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03}Z"


def instant_or_none(ms: int) -> str | None:
    """0 stands for never."""
    return instant(ms) if ms else None


def date(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d}"


def midnight(ms: int) -> str:
    """The beginning of the day: the hour at which somebody joined is nobody's business."""
    return instant(ms - ms % _DAY_MS)


def parse_instant(text: str, field: str) -> int:
    """Milliseconds since 1970 of an ISO 8601 instant; without a zone it is UTC.
    Raises `Refusal` (`record_invalid`), in Mastodon's words."""
    try:
        at = datetime.fromisoformat(text.strip().replace(" ", "T", 1))
        return to_ms(at if at.tzinfo is not None else at.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise Refusal("record_invalid", "Record invalid", field=field) from None
