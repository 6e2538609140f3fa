"""Other rules for the same counts, as the literature and Downdetector describe them.

Each gives a statistic per series and minute; an alarm is where it exceeds its threshold. They are
given the benefit of every doubt: looked at every minute, a time-of-day mean of clean weeks, and
thresholds that are found afterwards on the very minutes on which they must not alarm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from lapwing.outages.detection.model import FloatArray

WINDOW: Final = 15
"""Minutes of counts that the window rules compare."""
PAST: Final = WINDOW * 10
"""Minutes of counts before the first judged one that `Comparators.judge` needs."""

_LEAST_PER_WINDOW: Final = 1.0
_C2_BUCKETS, _C2_GAP = 7, 2
_C2_LEAST_SD: Final = 0.5
_CUSUM_LEAST_RATE: Final = 0.01
_NB_SIZE: Final = 4.0
_EWMA_WEIGHT: Final = 0.1
_EWMA_LEAST_RATE: Final = 0.02

FIXED = "15-minute count over time-of-day mean"
C2 = "EARS C2, 15 minutes"
EWMA = "EWMA"
_RUNS: Final[Mapping[str, Callable[[FloatArray, FloatArray], FloatArray]]] = {
    "Poisson CUSUM, 2 times": lambda y, m: _poisson_step(y, m, 2.0),
    "Poisson CUSUM, 5 times": lambda y, m: _poisson_step(y, m, 5.0),
    "negative-binomial CUSUM, 2.5 times": lambda y, m: _negative_binomial_step(y, m, 2.5),
}
NAMES: Final = (FIXED, C2, EWMA, *_RUNS)


class Comparators:
    """Running state of every rule over `series` series. Deterministic; `copy` to branch off."""

    def __init__(self, series: int) -> None:
        self._sums = {name: np.zeros(series) for name in _RUNS}
        self._smooth = np.zeros(series)
        self._past = np.zeros((PAST, series), dtype=np.float32)

    def copy(self) -> Comparators:
        other = Comparators(0)
        other._sums = dict(self._sums)
        other._smooth, other._past = self._smooth, self._past
        return other

    def judge(self, counts: FloatArray, mean: FloatArray) -> dict[str, FloatArray]:
        """Statistics of the next minutes. `counts` and `mean` (time-of-day mean per minute) have
        shape (minutes, series), and so has each statistic."""
        y = np.asarray(counts, dtype=np.float64)
        known: FloatArray = np.concatenate((self._past, y))
        recent = _window_sums(known)
        told = {
            FIXED: recent[-len(y) :] / np.maximum(mean * WINDOW, _LEAST_PER_WINDOW),
            C2: _c2(recent, len(y)),
            EWMA: self._ewma(y, mean),
        }
        for name, step in _RUNS.items():
            told[name] = self._run(name, step(y, np.maximum(mean, _CUSUM_LEAST_RATE)))
        self._past = known[-PAST:].astype(np.float32)
        return told

    def _run(self, name: str, steps: FloatArray) -> FloatArray:
        """S <- max(0, S + step) over the minutes, in closed form."""
        total = np.cumsum(steps, axis=0)
        lowest = np.minimum.accumulate(np.minimum(total, 0.0), axis=0)
        out: FloatArray = np.maximum(total - lowest, total + self._sums[name])
        self._sums[name] = out[-1]
        return out

    def _ewma(self, y: FloatArray, mean: FloatArray) -> FloatArray:
        """Of the count less its mean, in standard deviations of that."""
        smooth = self._smooth
        out = np.empty_like(y)
        for minute, news in enumerate(y - mean):
            smooth = smooth + _EWMA_WEIGHT * (news - smooth)
            out[minute] = smooth
        self._smooth = smooth
        variance = np.maximum(mean, _EWMA_LEAST_RATE) * _EWMA_WEIGHT / (2.0 - _EWMA_WEIGHT)
        scaled: FloatArray = out / np.sqrt(variance)
        return scaled


def _window_sums(known: FloatArray) -> FloatArray:
    """Counts of the WINDOW minutes up to each minute from WINDOW - 1 on."""
    total = np.cumsum(known, axis=0)
    total = np.concatenate((np.zeros((1, total.shape[1])), total))
    out: FloatArray = total[WINDOW:] - total[:-WINDOW]
    return out


def _c2(recent: FloatArray, minutes: int) -> FloatArray:
    """Standard deviations above the mean of seven windows, of which the latest is two back."""
    end = len(recent)
    back = [
        recent[end - minutes - lag * WINDOW : end - lag * WINDOW]
        for lag in range(_C2_GAP + 1, _C2_GAP + 1 + _C2_BUCKETS)
    ]
    mean = np.mean(back, axis=0)
    sd = np.std(back, axis=0, ddof=1)
    out: FloatArray = (recent[-minutes:] - mean) / np.maximum(sd, _C2_LEAST_SD)
    return out


def _poisson_step(y: FloatArray, mean: FloatArray, times: float) -> FloatArray:
    """Log likelihood ratio of `times` the mean to the mean."""
    out: FloatArray = y * np.log(times) - (times - 1.0) * mean
    return out


def _negative_binomial_step(y: FloatArray, mean: FloatArray, times: float) -> FloatArray:
    size = _NB_SIZE
    shrunk = np.log((size + mean) / (size + times * mean))
    out: FloatArray = y * (np.log(times) + shrunk) + size * shrunk
    return out


class TimeOfDay:
    """Mean reports per minute of every series by hour of the day, over the days seen so far."""

    def __init__(self, series: int) -> None:
        self._reports = np.zeros((24, series))
        self._hours = np.zeros(24)

    def learn(self, hour: int, reports: FloatArray) -> None:
        """`reports` of a whole hour, per series; `hour` counts on for ever."""
        self._reports[hour % 24] += reports
        self._hours[hour % 24] += 1.0

    def rates(self, hour: int, minutes: int = 60) -> FloatArray:
        """For the minutes from the start of `hour`, shape (minutes, series), between the middles
        of the hours; an hour that was never seen counts as empty."""
        by_hour = self._reports / np.maximum(self._hours, 1.0)[:, None] / 60.0
        at = hour + (np.arange(minutes) + 0.5) / 60.0 - 0.5
        first = np.floor(at).astype(np.int64)
        part = (at - first)[:, None]
        out: FloatArray = by_hour[first % 24] * (1.0 - part) + by_hour[(first + 1) % 24] * part
        return out


def tuned_threshold(peaks: FloatArray, allowed: int) -> float:
    """The lowest threshold at which no more than `allowed` alarms are raised where nothing is
    wrong. `peaks`: the largest statistic per stretch of time and service, shape (stretches,
    services); alarms in stretches that follow each other are one."""
    levels = np.unique(np.sort(peaks, axis=None)[-(20 * allowed + 200) :])[::-1]
    threshold = float(levels[0])
    for level in levels:
        above = peaks > level
        alarms = int(above[0].sum() + (above[1:] & ~above[:-1]).sum())
        if alarms > allowed:
            break
        threshold = float(level)
    return threshold
