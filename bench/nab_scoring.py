"""The score of the Numenta Anomaly Benchmark, from its published description (Lavin and Ahmad
2015, "Evaluating Real-time Anomaly Detection Algorithms", arXiv 1510.03336).

Every labelled window earns what its best detected row is worth: nearly `hit` at its left edge,
falling along a sigmoid to nothing at its right edge; an undetected window costs `miss`. Every
detected row outside costs up to `false_alarm`, less shortly after a window. The first rows of a
file are probation: nothing in them counts. Sums are scaled so that detecting nothing is 0 and
detecting every window in its first row is 100.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]

PROBATION_PART: Final = 0.15
PROBATION_MOST_ROWS: Final = 750
_STEEPNESS: Final = 5.0
_FAR: Final = 3.0
"""Widths of the last window after which a false alarm costs in full."""
_OUTSIDE: Final = -1


@dataclass(frozen=True, slots=True)
class Profile:
    """What a window found, a row detected in vain and a window missed weigh."""

    hit: float
    false_alarm: float
    miss: float


STANDARD: Final = Profile(1.0, 0.11, 1.0)
LOW_FALSE_POSITIVES: Final = Profile(1.0, 0.22, 1.0)
LOW_FALSE_NEGATIVES: Final = Profile(1.0, 0.11, 2.0)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A file's labels. `windows`: first and last row of each, in order, not overlapping."""

    rows: int
    windows: tuple[tuple[int, int], ...]

    @property
    def probation(self) -> int:
        """The first row that counts."""
        return min(math.floor(PROBATION_PART * self.rows), PROBATION_MOST_ROWS)


@dataclass(frozen=True, slots=True)
class Worth:
    """Per counted row: the window it is in (-1: none), what detecting it is worth there."""

    window: IntArray
    value: FloatArray


def worth(labelled: Labelled, profile: Profile) -> Worth:
    """Of every row from the end of the probation on."""
    window = np.full(labelled.rows, _OUTSIDE, dtype=np.int64)
    value = np.full(labelled.rows, -profile.false_alarm)
    full = _falling(np.array([-1.0]))[0]
    ends = [*(first for first, _ in labelled.windows), labelled.rows][1:]
    for number, (first, last) in enumerate(labelled.windows):
        width = last - first + 1
        inside, after = np.arange(first, last + 1), np.arange(last + 1, ends[number])
        window[inside] = number
        value[inside] = profile.hit * _falling((inside - last - 1) / width) / full
        value[after] = profile.false_alarm * _falling((after - last) / (width - 1))
    return Worth(window[labelled.probation :], value[labelled.probation :])


def _falling(position: FloatArray) -> FloatArray:
    """In widths of the window, 0 at its right edge: 0.99 at its left edge, -1 far behind it."""
    near: FloatArray = 2.0 / (1.0 + np.exp(_STEEPNESS * np.minimum(position, _FAR))) - 1.0
    return np.where(position > _FAR, -1.0, near)


def scores_by_threshold(
    files: Sequence[Labelled], scores: Sequence[FloatArray], profile: Profile
) -> tuple[FloatArray, FloatArray]:
    """Every threshold that differs from the next, falling from infinity, and the scaled score
    (at most 100) of detecting all rows at or above it. `scores`: one array of rows per file."""
    worths = [worth(labelled, profile) for labelled in files]
    counted = [
        np.asarray(each)[labelled.probation :] for each, labelled in zip(scores, files, strict=True)
    ]
    first = np.cumsum([0, *(len(labelled.windows) for labelled in files)])
    window = np.concatenate(
        [
            np.where(w.window < 0, _OUTSIDE, w.window + n)
            for w, n in zip(worths, first, strict=False)
        ]
    )
    value, score = np.concatenate([w.value for w in worths]), np.concatenate(counted)
    order = np.argsort(-score, kind="stable")
    gains = _gains(window[order], value[order], profile)
    last_of_equal = np.flatnonzero(np.append(np.diff(score[order]) != 0.0, True))
    reachable = len(np.unique(window[window >= 0]))
    lost = -profile.miss * reachable
    totals = lost + np.concatenate([[0.0], np.cumsum(gains)[last_of_equal]])
    thresholds = np.concatenate([[np.inf], score[order][last_of_equal]])
    # Scaled by all windows; one that lies wholly in the probation can be neither won nor lost.
    windows = int(first[-1])
    return thresholds, 100.0 * (totals - lost) / (profile.hit * windows - lost)


def _gains(window: IntArray, value: FloatArray, profile: Profile) -> FloatArray:
    """What each row adds to the sum, rows in the order of detection."""
    gains = value.copy()
    for number in np.unique(window[window >= 0]).tolist():
        rows = np.flatnonzero(window == number)
        best = np.maximum.accumulate(np.maximum(value[rows], -profile.miss))
        gains[rows] = np.diff(best, prepend=-profile.miss)
    return gains


def score_at(
    files: Sequence[Labelled], scores: Sequence[FloatArray], profile: Profile, threshold: float
) -> float:
    """Of detecting all rows whose score is `threshold` or more."""
    thresholds, totals = scores_by_threshold(files, scores, profile)
    return float(totals[np.flatnonzero(thresholds >= threshold)[-1]])


def best_threshold(
    files: Sequence[Labelled], scores: Sequence[FloatArray], profile: Profile
) -> tuple[float, float]:
    """The threshold of the highest score over these files, and that score: what the benchmark
    grants every detector."""
    thresholds, totals = scores_by_threshold(files, scores, profile)
    best = int(np.argmax(totals))
    return float(thresholds[best]), float(totals[best])
