"""Which part of the reports carries the excess: as few attributes as explain it, or everywhere."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lapwing.outages.detection.localisation.problem import (
    UNKNOWN,
    Choice,
    Problem,
    Subset,
    condensed,
    selected,
)
from lapwing.outages.detection.localisation.search import Search, poisson_score
from lapwing.outages.detection.localisation.shares import Shares, members
from lapwing.outages.detection.localisation.significance import PValues
from lapwing.outages.detection.model import BoolArray

MOST_P_VALUE = 0.01
"""A localisation, each attribute of it, and an excess are told if at most this likely by chance."""
MOST_PARTS = 3
_LEAST_OF_EXCESS = 0.02
"""A value that brings less of its subset's excess does not belong to the explanation."""


@dataclass(frozen=True, slots=True)
class Part:
    """A subset that carries excess; all values on all axes is "everywhere"."""

    subset: Subset
    reports: float
    """In it, among those that say where they belong."""
    expected: float
    excess_share: float
    """Its part of the whole excess, 0 to 1."""
    p_value: float
    """Of an excess so concentrated if everything were alike everywhere; of "everywhere": of so
    many reports if nothing were wrong."""

    @property
    def everywhere(self) -> bool:
        return all(choice is None for choice in self.subset)


def localise(problem: Problem) -> tuple[Part, ...]:
    """The parts of the excess, the first found first; empty if there is too little of it.

    Deterministic. The cost grows with the distinct reports, not with the values' combinations.
    """
    rest = condensed(problem)
    excess = max(rest.reports - rest.expected, 1e-9)
    parts: list[Part] = []
    for _ in range(MOST_PARTS):
        part = _first_part(rest, excess)
        if part is None or (parts and _negligible(part)):
            break
        parts.append(part)
        if part.everywhere:
            break
        rest = _without(rest, part.subset)
    return tuple(parts)


def _first_part(problem: Problem, excess: float) -> Part | None:
    """What is not sure of an attribute is looked for on a coarser level: not the city, but the
    region; at last the attribute is left out."""
    shares = Shares(problem)
    p_values = PValues(problem, shares)
    levels = [len(axis.levels) for axis in problem.axes]
    while True:
        found = Search(problem, levels).best()
        if found.score <= 0.0:
            return None
        subset = _pruned(problem, shares, found.subset)
        doubtful = {
            a: p_values.given_others(subset, a)
            for a, choice in enumerate(subset)
            if choice is not None
        }
        weakest = max(doubtful, key=lambda a: doubtful[a], default=None)
        if weakest is None:
            p_value = _p_of_excess(problem)
            told = p_value <= MOST_P_VALUE
            return _part(problem, shares, subset, excess, p_value) if told else None
        if doubtful[weakest] <= MOST_P_VALUE:
            p_value = p_values.overall(subset)
            if p_value <= MOST_P_VALUE:
                return _part(problem, shares, subset, excess, p_value)
        choice = subset[weakest]
        levels[weakest] = 0 if choice is None else choice.level


def _pruned(problem: Problem, shares: Shares, subset: Subset) -> Subset:
    """Without values that hardly add to the excess: a stray report from a village."""
    for a, choice in enumerate(subset):
        if choice is None or len(choice.values) == 1:
            continue
        level = problem.axes[a].levels[choice.level]
        inside = np.ones(len(problem.counts), np.bool_)
        for b, other in enumerate(subset):
            if other is not None and b != a:
                at = problem.axes[b].levels[other.level]
                inside &= members(at.codes, other, len(at.shares), unknown=True)
        counts = np.bincount(
            level.codes + 2, np.where(inside, problem.counts, 0.0), len(level.shares) + 2
        )[2:]
        values = list(choice.values)
        expected = problem.expected * level.shares * shares.factors(a, level, subset)
        gain = (counts - expected)[values]
        kept = gain >= _LEAST_OF_EXCESS * gain.sum()
        taken = tuple(value for value, keep in zip(values, kept.tolist(), strict=True) if keep)
        subset = (*subset[:a], Choice(choice.level, taken), *subset[a + 1 :])
    return subset


def _part(problem: Problem, shares: Shares, subset: Subset, excess: float, p_value: float) -> Part:
    inside, known = _inside(problem, subset), _known(problem, subset)
    reports = float(problem.counts[inside].sum())
    said = float(problem.counts[known].sum()) / max(problem.reports, 1e-9)
    expected = problem.expected * said * shares.of(subset)
    of_known = excess * said
    return Part(
        subset=subset,
        reports=reports,
        expected=expected,
        excess_share=min(1.0, max(0.0, (reports - expected) / max(of_known, 1e-9))),
        p_value=p_value,
    )


def _inside(problem: Problem, subset: Subset, unknown: bool = False) -> BoolArray:
    inside = np.ones(len(problem.counts), np.bool_)
    for axis, choice in zip(problem.axes, subset, strict=True):
        if choice is not None:
            level = axis.levels[choice.level]
            inside &= members(level.codes, choice, len(level.shares), unknown)
    return inside


def _known(problem: Problem, subset: Subset) -> BoolArray:
    """Reports that say on every restricted axis where they belong."""
    known = np.ones(len(problem.counts), np.bool_)
    for axis, choice in zip(problem.axes, subset, strict=True):
        if choice is not None:
            known &= axis.levels[choice.level].codes != UNKNOWN
    return known


def _without(problem: Problem, subset: Subset) -> Problem:
    """The reports outside the subset; those that may be in it go with it. What is expected stays:
    an excess among the rest must be large beside all of it."""
    return selected(problem, ~_inside(problem, subset, unknown=True))


def _p_of_excess(problem: Problem) -> float:
    score = poisson_score(np.array([problem.reports]), np.array([problem.expected]))
    return math.exp(-min(700.0, float(score[0]) / problem.dispersion))


def _negligible(part: Part) -> bool:
    return part.excess_share < 0.05
