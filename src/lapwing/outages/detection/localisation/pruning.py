"""Which values of a choice belong to the explanation, each for itself."""

from __future__ import annotations

import numpy as np
from scipy.special import gammainc

from lapwing.outages.detection.localisation.problem import Axis, Choice, Problem, Subset
from lapwing.outages.detection.localisation.shares import Shares, members
from lapwing.outages.detection.model import BoolArray, FloatArray

_LEAST_OF_EXCESS = 0.02
"""Of its choice's excess: a value that brings less is not worth naming."""
_MOST_P_VALUE = 0.05
_CLUMP = 1.5
"""Reports of one household or street: single values' counts vary by so much more than those of
many values together."""


def pruned(problem: Problem, shares: Shares, subset: Subset) -> Subset:
    """Without the values that add little to the excess, or are not surely above what is expected
    of them; the surest one always stays."""
    for a, choice in enumerate(subset):
        if choice is not None and len(choice.values) > 1:
            kept = _kept(problem, shares, subset, a, choice)
            subset = (*subset[:a], kept, *subset[a + 1 :])
    return subset


def _kept(problem: Problem, shares: Shares, subset: Subset, a: int, choice: Choice) -> Choice:
    axis, values = problem.axes[a], list(choice.values)
    level = axis.levels[choice.level]
    inside = np.where(_others(problem, subset, a), problem.counts, 0.0)
    counts = np.bincount(level.codes + 2, inside, len(level.shares) + 2)[2:][values]
    expected = problem.expected * (level.shares * shares.factors(a, level, subset))[values]
    gain = counts - expected
    p_values = (
        _tail(counts.astype(np.float64), expected, problem.dispersion * _CLUMP) * level.values
    )
    keep = (gain >= _LEAST_OF_EXCESS * gain.sum()) & (p_values <= _MOST_P_VALUE)
    keep[p_values.argmin()] = True
    return Choice(choice.level, tuple(np.array(values)[keep].tolist()))


def _others(problem: Problem, subset: Subset, a: int) -> BoolArray:
    """Reports that may be in the choices of the other axes."""
    inside = np.ones(len(problem.counts), np.bool_)
    for b, (axis, choice) in enumerate(zip(problem.axes, subset, strict=True)):
        if choice is not None and b != a:
            inside &= _members(axis, choice)
    return inside


def _members(axis: Axis, choice: Choice) -> BoolArray:
    level = axis.levels[choice.level]
    return members(level.codes, choice, len(level.shares), unknown=True)


def _tail(counts: FloatArray, expected: FloatArray, dispersion: float) -> FloatArray:
    """P(a Poisson count, clumped by `dispersion`, is at least so large)."""
    out: FloatArray = gammainc(np.maximum(counts / dispersion, 1e-9), expected / dispersion)
    return out
