from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfoNotFoundError

import pytest

from lapwing.kernel.instants import minute_of
from lapwing.outages.detection.local_time import ZoneLocalTime

LOCAL_TIME = ZoneLocalTime({"IN": "Asia/Kolkata", "US": "America/Chicago"})
WINTER, SUMMER = (minute_of(datetime(2026, month, 1, tzinfo=UTC)) for month in (1, 7))


def test_offsets_follow_civil_time_with_daylight_saving() -> None:
    assert LOCAL_TIME("IN", WINTER) == LOCAL_TIME("IN", SUMMER) == 330
    assert LOCAL_TIME("US", WINTER) == -360
    assert LOCAL_TIME("US", SUMMER) == -300


def test_an_unknown_country_lives_by_utc() -> None:
    assert LOCAL_TIME("XX", SUMMER) == 0


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        ZoneLocalTime({"IN": "Asia/Nowhere"})
