"""Intervals around measured rates and quantiles; 95 % unless said otherwise."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from scipy.stats import chi2

from lapwing.outages.detection.model import FloatArray, IntArray

DRAWS: Final = 300


class Interval(NamedTuple):
    low: float
    high: float


def poisson_rate(events: int, exposure: float, level: float = 0.95) -> Interval:
    """Exact interval (Garwood) of a rate of which so many events were seen in `exposure` (> 0)."""
    tail = (1.0 - level) / 2.0
    low = chi2.ppf(tail, 2 * events) / 2.0 if events else 0.0
    return Interval(float(low / exposure), float(chi2.isf(tail, 2 * events + 2) / 2.0 / exposure))


def resampled(group: IntArray, seed: int = 0, draws: int = DRAWS) -> IntArray:
    """How often each row is drawn in each bootstrap draw, shape (draws, rows). Whole groups are
    drawn together: one service's outages resemble each other."""
    rng = np.random.default_rng(seed)
    _, member = np.unique(group, return_inverse=True)
    groups = int(member.max()) + 1
    times = [np.bincount(rng.integers(0, groups, groups), minlength=groups) for _ in range(draws)]
    out: IntArray = np.array(times)[:, member]
    return out


def quantiles(values: FloatArray, times: IntArray, at: float) -> FloatArray:
    """A quantile of every draw. `values` may hold infinity; `times` is from `resampled`."""
    order = np.argsort(values)
    weight = np.cumsum(times[:, order], axis=1)
    place = (weight < at * weight[:, -1:]).sum(axis=1)
    out: FloatArray = values[order][np.minimum(place, len(values) - 1)]
    return out


def means(values: FloatArray, times: IntArray) -> FloatArray:
    """The mean of every draw."""
    out: FloatArray = times @ values / times.sum(axis=1)
    return out


def middle(draws: FloatArray, level: float = 0.95) -> Interval:
    """The interval that holds this part of the draws."""
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(draws, [tail, 1.0 - tail], method="nearest")
    return Interval(float(low), float(high))
