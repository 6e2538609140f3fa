"""How many reports a service has on an ordinary day of the demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zlib import crc32

from lapwing.outages.model import Service

KNOWN_PER_DAY: Mapping[str, float] = {
    "whatsapp": 650.0,
    "instagram": 750.0,
    "facebook": 600.0,
    "x": 600.0,
    "youtube": 550.0,
    "chatgpt": 300.0,
    "jio": 250.0,
    "airtel": 225.0,
    "discord": 200.0,
    "tiktok": 175.0,
    "xfinity": 175.0,
    "spectrum": 165.0,
    "google": 150.0,
    "netflix": 150.0,
    "roblox": 150.0,
    "playstation-network": 125.0,
    "reddit": 125.0,
    "telegram": 125.0,
    "upi": 125.0,
}
"""The busiest, and the one of the reference event."""

_TOTAL_PER_DAY = 8_000.0
_LEAST, _MOST = 0.5, 300.0
_TAIL = 1.8
"""Above 1: most services have few reports, some have many."""
_PER_COUNTRY = 12.0
"""A service with few reports a day has them from few countries: one more for so many."""


def reports_per_day(services: Sequence[Service]) -> list[float]:
    """Half a report to 750 a day, together about 8,000; the same for a slug everywhere."""
    known = sum(KNOWN_PER_DAY.get(service.slug, 0.0) for service in services)
    raw = {
        service.slug: _LEAST * (_MOST / _LEAST) ** _chance(service.slug) ** _TAIL
        for service in services
        if service.slug not in KNOWN_PER_DAY
    }
    others = sum(raw.values())
    scale = min(1.0, max(0.0, _TOTAL_PER_DAY - known) / others) if others else 1.0
    return [
        round(KNOWN_PER_DAY.get(service.slug) or max(_LEAST, scale * raw[service.slug]), 3)
        for service in services
    ]


def countries_at(per_day: float) -> int:
    """From how many countries a service is reported on that has so many reports a day."""
    return 1 + int(per_day / _PER_COUNTRY)


def weekend_factor(slug: str) -> float:
    """Reports of Saturday and Sunday beside a working day's, 0.8 to 1.25."""
    return round(0.8 + 0.45 * _chance(f"weekend of {slug}"), 3)


def _chance(text: str) -> float:
    """A number in [0, 1) that belongs to the text."""
    return crc32(text.encode()) / 2**32
