"""A bug in what follows from the counts costs what it concerns, not the minutes after it."""

from __future__ import annotations

import pytest
from tests.unit.watching.lived import Lived

from lapwing.outages.detection.model import MinuteCounts, MinuteOutcome
from lapwing.outages.model import Dimension


class BugError(Exception):
    pass


def failing_label(slug: str, of: Dimension, value: str) -> str:
    raise BugError


def test_minutes_go_on_while_an_incident_cannot_be_described() -> None:
    lived = Lived()
    lived.live(60)
    lived.watch.records._label = failing_label
    failures = 0
    for _ in range(30):
        lived.report(10)
        lived.minute += 1
        try:
            lived.report(20)
        except BugError:
            failures += 1
    assert failures > 0
    assert lived.watch.present_minute == lived.minute
    assert lived.watch.windows.totals(0, lived.minute - 29, lived.minute).tolist() == [30] * 29


def test_a_detector_that_failed_in_one_minute_takes_the_next() -> None:
    lived = Lived()
    lived.live(10, 1)
    close = lived.watch.detector.close_minute

    def fail(counts: MinuteCounts) -> MinuteOutcome:
        raise BugError

    lived.watch.detector.close_minute = fail  # type: ignore[method-assign]
    with pytest.raises(BugError):
        lived.jump(1)
    lived.watch.detector.close_minute = close  # type: ignore[method-assign]
    lived.jump(1)
    lived.live(5, 2)
    assert lived.watch.windows.totals(0, lived.minute - 5, lived.minute).sum() == 10
