"""What part of a service's ordinary reports a subset has, from the shares of single values.

Axes are taken as independent, but for the country that places and networks have in common: given
the country, a city's reports come from the networks of that country and from no other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from lapwing.outages.detection.localisation.problem import (
    NO_GROUP,
    UNKNOWN,
    Axis,
    Choice,
    Level,
    Problem,
    Subset,
)
from lapwing.outages.detection.model import BoolArray, FloatArray, IntArray

_ABROAD = 0.05
"""Part of a network's reports that may come from anywhere: roaming, tunnels, wrong places."""
_PSEUDO_REPORTS = 5.0
"""Weight of independence against what ordinary reports say of values that go together."""


class Expected(NamedTuple):
    part: float
    """Of ordinary reports, 0 to 1."""
    doubt: float
    """Standard deviation of the logarithm of its odds."""


class Shares:
    """Parts of 1 by subset, for reports that are known on the axes that it restricts."""

    def __init__(self, problem: Problem, unknown: Sequence[float] | None = None) -> None:
        """`unknown`: by axis the fraction of reports that say nothing there. With it, a part is
        that of the reports that may be in the subset; without, of those that say where they are.
        """
        self._axes = problem.axes
        self._unknown = list(unknown or [0.0] * len(problem.axes))
        self._before = problem.before
        self._mass = problem.group_shares
        self._groups = len(self._mass)
        self.grouped = [
            any(level.groups.max(initial=NO_GROUP) > NO_GROUP for level in axis.levels)
            for axis in self._axes
        ]

    def of(self, subset: Subset) -> float:
        """The subset's part, by independence given the country."""
        plain = [
            self._or_unknown(
                a, self._axes[a].levels[choice.level].shares[list(choice.values)].sum()
            )
            for a, choice in enumerate(subset)
            if choice is not None and not self.grouped[a]
        ]
        return math.prod(map(float, plain)) * self._of_grouped(subset)

    def factors(self, axis: int, level: Level, subset: Subset) -> FloatArray:
        """By value of the level: part that the other axes' choices have where this value is."""
        others = _without(subset, axis)
        if not self.grouped[axis]:
            return np.full(len(level.shares), self.of(others))
        plain = tuple(None if self.grouped[a] else one for a, one in enumerate(others))
        by_group = np.full(self._groups + 1, self.of(plain))
        for a, choice in enumerate(others):
            if choice is not None and self.grouped[a]:
                by_group = by_group * self._within(a, choice)
        return by_group[level.groups]

    def given(self, subset: Subset, axis: int) -> Expected:
        """The subset's part of the one that has all values on `axis`."""
        whole = _without(subset, axis)
        product = min(1.0, self.of(subset) / max(self.of(whole), 1e-300))
        alone = all(choice is None for choice in whole)
        return Expected(product, 0.0) if alone else self._seen(subset, whole, product)

    def overall(self, subset: Subset) -> Expected:
        """The subset's part of everything."""
        product = min(1.0, self.of(subset))
        alone = sum(choice is not None for choice in subset) < 2
        everything: Subset = (None,) * len(subset)
        return Expected(product, 0.0) if alone else self._seen(subset, everything, product)

    def _seen(self, subset: Subset, whole: Subset, product: float) -> Expected:
        """Not below what ordinary reports show: some values go together (an app has no "website"
        to fail)."""
        if self._before is None:
            return Expected(product, 0.0)
        inside = np.ones(len(self._before), np.bool_)
        around = inside.copy()
        for a, choice in enumerate(subset):
            if choice is not None:
                codes = self._before.codes[a][choice.level]
                member = members(codes, choice, len(self._axes[a].levels[choice.level].shares))
                inside &= member
                around &= codes != UNKNOWN if whole[a] is None else member
        yes = float(inside.sum()) + _PSEUDO_REPORTS * product
        no = float((around & ~inside).sum()) + _PSEUDO_REPORTS * (1.0 - product)
        if yes <= product * (yes + no) or no <= 0.0:
            return Expected(product, 0.0)
        return Expected(yes / (yes + no), math.sqrt(1.0 / yes + 1.0 / no))

    def _of_grouped(self, subset: Subset) -> float:
        chosen = [
            (a, choice) for a, choice in enumerate(subset) if choice is not None and self.grouped[a]
        ]
        if not chosen:
            return 1.0
        within = np.ones(self._groups + 1)
        for a, choice in chosen[:-1]:
            within = within * self._within(a, choice)
        axis, last = chosen[-1]
        level, values = self._axes[axis].levels[last.level], list(last.values)
        inside = float((level.shares[values] * within[level.groups[values]]).sum())
        unknown = self._unknown[axis]
        return (1.0 - unknown) * inside + unknown * float(within[-1])

    def _within(self, axis: int, choice: Choice) -> FloatArray:
        """By group: the choice's part of it; in the last place: of everything."""
        level = self._axes[axis].levels[choice.level]
        values = list(choice.values)
        shares, groups = level.shares[values], level.groups[values]
        known = groups != NO_GROUP
        sums = np.bincount(groups[known], shares[known], self._groups)
        mass = self._mass
        parts = np.minimum(1.0, np.divide(sums, mass, np.zeros(self._groups), where=mass > 0.0))
        whole = shares.sum()
        parts = (1.0 - _ABROAD) * parts + _ABROAD * whole
        out: FloatArray = self._or_unknown(axis, np.append(parts, whole))
        return out

    def _or_unknown(self, axis: int, part: Any) -> Any:
        unknown = self._unknown[axis]
        return unknown + (1.0 - unknown) * part


def members(codes: IntArray, choice: Choice, values: int, unknown: bool = False) -> BoolArray:
    """Which reports are in the choice; `unknown`: whether those that do not say are."""
    table = np.zeros(values + 2, np.bool_)  # the last two places are those of the negative codes
    table[list(choice.values)] = True
    table[UNKNOWN] = unknown
    return table[codes]


def spread(axis: Axis, choice: Choice) -> float:
    """Standard deviation of the logarithm of the odds of the choice, when every value's logarithm
    has the axis's tilt (by the delta method)."""
    shares = axis.levels[choice.level].shares
    inside = shares[list(choice.values)]
    part = min(max(float(inside.sum()), 1e-12), 1.0 - 1e-12)
    squares = float((inside**2).sum())
    # Values that were never seen share what is left evenly; the largest known ones dominate.
    outside = max(0.0, float((shares**2).sum()) - squares)
    return axis.tilt * math.sqrt(squares / part**2 + outside / (1.0 - part) ** 2)


def _without(subset: Subset, axis: int) -> Subset:
    return (*subset[:axis], None, *subset[axis + 1 :])


def restricted(subset: Subset) -> list[int]:
    """The axes on which not all values are chosen."""
    return [a for a, choice in enumerate(subset) if choice is not None]
