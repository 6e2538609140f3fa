"""A service's reports per quarter of an hour, given to the detector as they become known.

A bucket's count is known when it is complete. It is then spread evenly over its minutes, as
coarse rollups are when history is examined afresh, and the detector takes them minute by minute:
the same code as live. So a decision may only be told at the bucket's end, and it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lapwing.kernel.instants import Minute, minute_of
from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.local_time import ZoneLocalTime
from lapwing.outages.detection.model import Declared, MinuteCounts, NodeSpec
from lapwing.outages.detection.rule import Rule
from lapwing.outages.model import Dimension

BUCKET_MIN = 15

_SPECS = (NodeSpec(0, Dimension.SERVICE, ""),)
_NOBODY = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Bucket:
    stamp: datetime
    """Taken as the bucket's end: its reports came in the quarter of an hour before."""
    reports: int

    @property
    def first_minute(self) -> Minute:
        return minute_of(self.stamp) - BUCKET_MIN


class BucketFeed:
    """A detector of one service without slices, fed with buckets in the order of time."""

    def __init__(self, rule: Rule, state: Mapping[str, NDArray[Any]] | None = None) -> None:
        """`state` is what another feed's `state` gave: this one goes on from there."""
        self._detector = Detector(rule, ZoneLocalTime({}))
        if state is None:
            self._detector.add_nodes(_SPECS)
        else:
            self._detector.load(_SPECS, state)

    def state(self) -> dict[str, NDArray[Any]]:
        return self._detector.state()

    def take(self, buckets: Sequence[Bucket]) -> list[datetime]:
        """Stamps of the buckets that brought a declaration. Buckets of a time that is known
        already are passed over; a gap before the first one was not watched."""
        detector = self._detector
        known = detector.minute
        fresh = [b for b in buckets if known is None or b.first_minute > known]
        if not fresh:
            return []
        if known is not None and fresh[0].first_minute > known + 1:
            if detector.is_open(0):
                detector.resolve(0)
            detector.skip_to(fresh[0].first_minute)
        return [bucket.stamp for bucket in fresh if self._close(bucket)]

    def _close(self, bucket: Bucket) -> bool:
        """Whether an outage was declared in it."""
        declared = False
        for place in range(BUCKET_MIN):
            count = _share(bucket.reports, place + 1) - _share(bucket.reports, place)
            some = slice(0, 1 if count else 0)
            outcome = self._detector.close_minute(
                MinuteCounts(
                    minute=bucket.first_minute + place,
                    nodes=np.zeros(1, np.int64)[some],
                    counts=np.array([count], np.int64)[some],
                    spread=np.ones(1, np.bool_)[some],
                )
            )
            declared |= any(isinstance(found, Declared) for found in outcome.findings)
        return declared


def _share(reports: int, minutes: int) -> int:
    return reports * minutes // BUCKET_MIN
