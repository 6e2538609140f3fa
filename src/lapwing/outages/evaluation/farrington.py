"""A sample of the outages for Farrington Flexible, which is too slow for all of them.

It judges counts of 15 minutes by the same time of the last three weeks, as it judges weeks by the
same season of the last years.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lapwing.outages.detection.model import BoolArray, FloatArray
from lapwing.outages.evaluation.delay_run import BUCKET, MISSED, SIZES, CohortOutages

FARRINGTON: Final = "Farrington Flexible"
BUCKETS_A_WEEK: Final = 7 * 24 * 60 // BUCKET
WEEKS_BACK: Final = 3
_LEAST_BUCKETS: Final = (WEEKS_BACK + 1) * BUCKETS_A_WEEK - 24
_JUDGED: Final = 6


@dataclass(frozen=True, slots=True)
class Sampled:
    buckets: FloatArray
    """Reports of the service per 15 minutes; the last `judged` are to be judged."""
    judged: int
    onset_min: int
    """After the start of the first judged one."""
    size: int
    our_delay_min: float


@dataclass(frozen=True, slots=True)
class SampleScore:
    times: int
    outages: int
    median_min: float
    missed: float
    our_median_min: float
    our_missed: float


def sampled(cohorts: Sequence[CohortOutages], most: int) -> list[Sampled]:
    """Outages everywhere, evenly from all that have counts of enough weeks before them."""
    cases = [
        Sampled(
            part.buckets[row, -(WEEKS_BACK + 1) * BUCKETS_A_WEEK :],
            _JUDGED,
            int(part.onset_minute[row]),
            int(part.size[row]),
            float(part.delay_min[row]),
        )
        for cohort in cohorts
        for part in cohort.outages
        if part.buckets.shape[1] >= _LEAST_BUCKETS
        for row in np.flatnonzero(part.extent == 0).tolist()
    ]
    step = max(1, math.ceil(len(cases) / most))
    return cases[::step]


def delays_of(cases: Sequence[Sampled], alarms: BoolArray) -> list[SampleScore]:
    """`alarms`: by case and judged bucket. Known at the bucket's end; a bucket that is over
    before the onset is not looked at."""
    ends = (np.arange(alarms.shape[1]) + 1.0) * BUCKET
    after = ends - np.array([case.onset_min for case in cases])[:, None]
    delays = np.where(alarms & (after > 0.0) & (after <= 60.0), after, MISSED).min(axis=1)
    ours = np.array([case.our_delay_min for case in cases])
    size = np.array([case.size for case in cases])
    return [
        SampleScore(
            times,
            int(mine.sum()),
            float(np.quantile(delays[mine], 0.5, method="inverted_cdf")),
            float(np.mean(delays[mine] == MISSED)),
            float(np.quantile(ours[mine], 0.5, method="inverted_cdf")),
            float(np.mean(ours[mine] == MISSED)),
        )
        for place, times in enumerate(SIZES)
        if (mine := size == place).any()
    ]
