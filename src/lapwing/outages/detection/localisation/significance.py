"""How likely so concentrated an excess is when everything is alike everywhere.

The null: ordinary reports follow their shares, and the excess (if any) does so too but for a
tilt: its share of a value differs by a log-normal factor, because an outage that is everywhere
is not reported from everywhere in the ratio of ordinary days. A subset was looked for, so the
probability is multiplied by 1 over the subset's prior weight (union bound): the p-value holds
however the search went.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import betainc, expit, log_ndtr

from lapwing.outages.detection.localisation.problem import UNKNOWN, Problem, Subset
from lapwing.outages.detection.localisation.search import code_length
from lapwing.outages.detection.localisation.shares import (
    Expected,
    Shares,
    members,
    restricted,
    spread,
)
from lapwing.outages.detection.model import BoolArray

_Z = np.arange(-6.0, 9.01, 0.25)
_Z_WEIGHT = np.exp(-0.5 * _Z**2) * 0.25 / math.sqrt(2.0 * math.pi)


def tail(inside: float, reports: float, part: float, ordinary: float, sd: float) -> float:
    """P(at least `inside` of `reports`), where `part` of ordinary reports are inside, and of the
    excess a part whose log odds are normal around the same with deviation `sd`.

    `ordinary` is the fraction of the reports that are ordinary. Counts need not be whole.
    """
    if inside <= 0.0 or part >= 1.0:
        return 1.0
    part = max(part, 1e-12)
    log_odds = math.log(part) - math.log1p(-part)
    tilted = ordinary * part + (1.0 - ordinary) * expit(log_odds + _Z * sd)
    upper = betainc(inside, max(reports - inside, 0.0) + 1.0, tilted)
    beyond = math.exp(float(log_ndtr(-float(_Z[-1]))))
    return min(1.0, float((upper * _Z_WEIGHT).sum()) + beyond)


class PValues:
    """p-values of subsets of one problem."""

    def __init__(self, problem: Problem, shares: Shares) -> None:
        self._problem = problem
        self._shares = shares

    def overall(self, subset: Subset) -> float:
        """p-value of the subset against "everywhere alike"; 1 for all values on all axes."""
        chosen = restricted(subset)
        if not chosen:
            return 1.0
        known, inside = self._known(chosen), self._inside(subset, chosen)
        expected = self._shares.overall(subset)
        probability = self._tail(inside & known, known, expected, 1.0, subset, chosen)
        return self._bounded(probability, subset)

    def given_others(self, subset: Subset, axis: int) -> float:
        """p-value of the choice on one axis among the reports that the other choices leave."""
        others = [a for a in restricted(subset) if a != axis]
        around = self._inside(subset, others) & self._known([axis])
        whole = self._shares.of((*subset[:axis], None, *subset[axis + 1 :]))
        probability = self._tail(
            around & self._inside(subset, [axis]),
            around,
            self._shares.given(subset, axis),
            whole,
            subset,
            [axis],
        )
        alone = (None,) * axis + (subset[axis],) + (None,) * (len(subset) - axis - 1)
        return self._bounded(probability, alone)

    def _tail(
        self,
        inside: BoolArray,
        around: BoolArray,
        expected: Expected,
        whole: float,
        subset: Subset,
        axes: list[int],
    ) -> float:
        counts = self._problem.counts
        reports = float(counts[around].sum())
        if reports <= 0.0:
            return 1.0
        said = reports / max(float(counts.sum()), 1e-300) if whole == 1.0 else 1.0
        ordinary = min(1.0, self._problem.expected * whole * said / reports)
        variance = expected.doubt**2 + sum(
            spread(self._problem.axes[a], choice) ** 2
            for a in axes
            if (choice := subset[a]) is not None
        )
        phi = self._problem.dispersion
        taken = float(counts[inside].sum())
        return tail(taken / phi, reports / phi, expected.part, ordinary, math.sqrt(variance))

    def _bounded(self, probability: float, subset: Subset) -> float:
        """Each axis is restricted or not with the same prior weight."""
        length = len(subset) * math.log(2.0) + sum(
            code_length(len(axis.levels), axis.levels[choice.level].values, len(choice.values))
            for axis, choice in zip(self._problem.axes, subset, strict=True)
            if choice is not None
        )
        return math.exp(min(0.0, math.log(max(probability, 1e-300)) + length))

    def _known(self, axes: list[int]) -> BoolArray:
        known = np.ones(len(self._problem.counts), np.bool_)
        for a in axes:
            known &= self._problem.axes[a].levels[0].codes != UNKNOWN
        return known

    def _inside(self, subset: Subset, axes: list[int]) -> BoolArray:
        inside = np.ones(len(self._problem.counts), np.bool_)
        for a in axes:
            choice = subset[a]
            if choice is not None:
                level = self._problem.axes[a].levels[choice.level]
                inside &= members(level.codes, choice, len(level.shares))
        return inside
