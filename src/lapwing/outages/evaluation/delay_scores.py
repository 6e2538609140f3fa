"""The table of delays: ours beside the other rules, column by column, with intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lapwing.outages.detection.model import BoolArray, FloatArray, IntArray
from lapwing.outages.evaluation.comparators import NAMES, tuned_threshold
from lapwing.outages.evaluation.delay_run import (
    EXTENTS,
    MISSED,
    SHAPES,
    SIZES,
    WITHIN,
    CohortOutages,
)
from lapwing.outages.evaluation.intervals import Interval, means, middle, quantiles, resampled
from lapwing.outages.evaluation.null_run import VOLUMES, volume_of

OURS: Final = "Lapwing"


@dataclass(frozen=True, slots=True)
class Score:
    """How soon one rule is in one column; infinite where it is not within the hour."""

    rule: str
    median_min: float
    median: Interval
    within_90_min: float
    """90 % are declared within."""
    within_90: Interval
    missed: float
    """Share not declared within the hour."""
    missed_interval: Interval
    mean_min: float
    """A missed one counts as 60."""
    mean: Interval
    better: tuple[str, ...] = ()
    """Figures in which it is better than ours beyond the interval of the difference."""


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    outages: int
    scores: tuple[Score, ...]
    """Ours first."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """All cohorts' outages in one table; delays by rule, ours first."""

    service: IntArray
    extent: IntArray
    size: IntArray
    shape: IntArray
    delays_min: dict[str, FloatArray]
    service_years: float
    """Quiet ones, over which the other rules' thresholds were found."""


def pool(cohorts: Sequence[CohortOutages], budget: float) -> Pooled:
    """`budget`: false alarms per service and year to which the other rules are tuned, in each
    volume class by itself and rounded up, in their favour."""
    parts = [outages for cohort in cohorts for outages in cohort.outages]
    per_day = np.concatenate([part.per_day for part in parts])
    extent = np.concatenate([part.extent for part in parts])
    volume = _volumes(per_day)
    delays = {OURS: np.concatenate([part.delay_min for part in parts])}
    for name in NAMES:
        thresholds = _thresholds(cohorts, name, budget)
        highest = np.concatenate([part.highest[name] for part in parts])
        above = highest > thresholds[extent, volume][:, None]
        delays[name] = np.where(above[:, -1], above.argmax(axis=1) + 1.0, MISSED)
    return Pooled(
        np.concatenate([part.service for part in parts]),
        extent,
        np.concatenate([part.size for part in parts]),
        np.concatenate([part.shape for part in parts]),
        delays,
        sum(len(cohort.per_day) * cohort.tuned_days for cohort in cohorts) / 365.0,
    )


def _volumes(per_day: FloatArray) -> IntArray:
    return np.array([volume_of(rate) for rate in per_day.tolist()])


def _thresholds(cohorts: Sequence[CohortOutages], name: str, budget: float) -> FloatArray:
    """By extent and volume class."""
    volume = _volumes(np.concatenate([cohort.per_day for cohort in cohorts]))
    out = np.full((len(EXTENTS), len(VOLUMES)), np.inf)
    for extent in range(len(EXTENTS)):
        peaks = np.concatenate([cohort.peaks[name, extent] for cohort in cohorts], axis=1)
        for each in np.unique(volume).tolist():
            mine = peaks[:, volume == each]
            years = mine.shape[1] * cohorts[0].tuned_days / 365.0
            out[extent, each] = tuned_threshold(mine, math.ceil(budget * years))
    return out


def columns(pooled: Pooled) -> list[Column]:
    """By extent and size, and by shape over all of them; those without an outage left out."""
    chosen = [
        (f"{where}, {times} times", (pooled.extent == extent) & (pooled.size == size))
        for extent, where in enumerate(EXTENTS)
        for size, times in enumerate(SIZES)
    ]
    chosen += [(shape, pooled.shape == place) for place, shape in enumerate(SHAPES)]
    return [_column(name, pooled, which) for name, which in chosen if which.any()]


def _column(name: str, pooled: Pooled, which: BoolArray) -> Column:
    times = resampled(pooled.service[which])
    delays = {rule: each[which] for rule, each in pooled.delays_min.items()}
    ours = _draws(delays[OURS], times)
    scores = tuple(_score(rule, each, times, ours) for rule, each in delays.items())
    return Column(name, int(which.sum()), scores)


def _draws(delays: FloatArray, times: IntArray) -> dict[str, FloatArray]:
    return {
        "median": quantiles(delays, times, 0.5),
        "90 %": quantiles(delays, times, 0.9),
        "missed": means((delays == MISSED).astype(np.float64), times),
        "mean": means(np.minimum(delays, WITHIN), times),
    }


def _score(rule: str, delays: FloatArray, times: IntArray, ours: dict[str, FloatArray]) -> Score:
    draws = _draws(delays, times)
    better = tuple(
        figure for figure in draws if rule != OURS and _clearly_less(draws[figure], ours[figure])
    )
    ranked = np.sort(delays)
    count = len(ranked)
    return Score(
        rule,
        float(ranked[math.ceil(0.5 * count) - 1]),
        middle(draws["median"]),
        float(ranked[math.ceil(0.9 * count) - 1]),
        middle(draws["90 %"]),
        float(np.mean(delays == MISSED)),
        middle(draws["missed"]),
        float(np.minimum(delays, WITHIN).mean()),
        middle(draws["mean"]),
        better,
    )


def _clearly_less(other: FloatArray, ours: FloatArray) -> bool:
    """Whether the interval of the difference, draw by draw, lies below 0."""
    same = other == ours  # infinity less infinity is no difference
    difference = np.where(same, 0.0, other - np.where(same, 0.0, ours))
    return middle(difference).high < 0.0
