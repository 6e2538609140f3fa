"""What a localisation is worked out from: reports by their values, and what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lapwing.outages.detection.model import FloatArray, IntArray

UNKNOWN = -1
"""Code of a report that says nothing on this axis; it may belong to any subset of it."""

ELSEWHERE = -2
"""Code of a report that is known on a coarser level of the axis only."""

NO_GROUP = -1

_HASH_SEED = 20_220_510
_ALL_BITS = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Level:
    """One way to divide an axis: cities, or countries. Values are numbered 0 upwards."""

    codes: IntArray
    """Value by report, else `UNKNOWN` or `ELSEWHERE`."""
    shares: FloatArray
    """By value: its part of what is expected of reports that are known on this axis; sum <= 1."""
    groups: IntArray
    """By value: the country it belongs to, or `NO_GROUP`: the networks of a country have their
    customers there, and are not expected elsewhere."""
    values: int
    """How many values there might be; those never seen are among them."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Places, platforms, symptoms or networks; a ladder of levels where one divides another."""

    levels: tuple[Level, ...]
    tilt: float
    """Standard deviation of the logarithm by which a value's part of an outage that is
    everywhere differs from its part of ordinary reports."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Reports of a window, alike ones together, beside what was expected in that time."""

    axes: tuple[Axis, ...]
    counts: FloatArray
    """How many reports have the codes of each place in `Level.codes`."""
    expected: float
    """Of all reports in that time."""
    dispersion: float = 1.0
    """Variance of a count over its mean: one trouble can bring several reports of one street."""
    group_shares: FloatArray = field(default_factory=lambda: np.zeros(0))
    """By group: its part of what is expected of reports whose place is known."""
    before: Before | None = None
    """Reports of ordinary times, which tell what values usually go together."""

    @property
    def reports(self) -> float:
        return float(self.counts.sum())


@dataclass(frozen=True, slots=True)
class Before:
    """Codes of ordinary reports, per axis and level as in the problem's axes."""

    codes: tuple[tuple[IntArray, ...], ...]

    def __len__(self) -> int:
        return len(self.codes[0][0]) if self.codes else 0


@dataclass(frozen=True, slots=True)
class Choice:
    """Values of one level of an axis; ascending."""

    level: int
    values: tuple[int, ...]


Subset = tuple[Choice | None, ...]
"""A choice per axis; None: all values."""


def condensed(problem: Problem) -> Problem:
    """The same with reports alike counted together."""
    columns = [level.codes for axis in problem.axes for level in axis.levels]
    first, inverse = alike(columns)
    counts = np.bincount(inverse, problem.counts, len(first)).astype(np.float64)
    return replace(selected(problem, first), counts=counts)


def selected(problem: Problem, rows: NDArray[Any]) -> Problem:
    """The same with these rows alone, given by position or by a mask."""
    axes = tuple(
        replace(
            axis, levels=tuple(replace(level, codes=level.codes[rows]) for level in axis.levels)
        )
        for axis in problem.axes
    )
    return replace(problem, axes=axes, counts=problem.counts[rows])


def alike(columns: Sequence[IntArray]) -> tuple[IntArray, IntArray]:
    """First position of each distinct row of the columns, and by row which of them it is.

    Rows are told apart by sums of 64 random bits per value: among a million distinct ones, two
    are mistaken for each other once in 37 million cases.
    """
    random = np.random.default_rng(_HASH_SEED)
    keys: NDArray[np.uint64] = np.zeros(len(columns[0]), np.uint64)
    for codes in columns:
        table = random.integers(0, _ALL_BITS, int(codes.max(initial=0)) + 3, np.uint64, True)
        keys += table[codes]
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return first, inverse
