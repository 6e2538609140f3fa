"""Whose clock a slice lives by: hours of the week follow civil time, daylight saving included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from zoneinfo import ZoneInfo

from lapwing.kernel.instants import Minute, start_of


class LocalTime(Protocol):
    """How far a country's clocks are ahead of UTC."""

    def __call__(self, country: str, minute: Minute) -> int:
        """Minutes ahead of UTC at the start of `minute`; 0 for a country it does not know."""
        ...


class ZoneLocalTime:
    """By the IANA zone in which most people of a country live, from the installed zone data."""

    def __init__(self, zone_of_country: Mapping[str, str]) -> None:
        """`zone_of_country`: for example {"IN": "Asia/Kolkata"}. Raises ZoneInfoNotFoundError."""
        self._zones = {country: ZoneInfo(zone) for country, zone in zone_of_country.items()}

    def __call__(self, country: str, minute: Minute) -> int:
        zone = self._zones.get(country)
        if zone is None:
            return 0
        offset = start_of(minute).astimezone(zone).utcoffset()
        return 0 if offset is None else int(offset.total_seconds()) // 60
