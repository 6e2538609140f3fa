"""Which part of the reports carries the excess: as few attributes as explain it, or everywhere."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lapwing.outages.detection.localisation.problem import (
    UNKNOWN,
    Problem,
    Subset,
    condensed,
    selected,
)
from lapwing.outages.detection.localisation.pruning import pruned
from lapwing.outages.detection.localisation.search import Search, poisson_score
from lapwing.outages.detection.localisation.shares import Shares, members, restricted
from lapwing.outages.detection.localisation.significance import PValues
from lapwing.outages.detection.model import BoolArray

MOST_P_VALUE = 0.01
"""A localisation, each attribute of it, and an excess are told if at most this likely by chance."""
MOST_PARTS = 3
_LEAST_PART = 0.1
"""A further part that carries less of the excess is not told."""


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
    found: list[_Excess] = []
    for _ in range(MOST_PARTS):
        one = _first_part(rest)
        if one is None or (found and one.excess < _LEAST_PART * found[0].excess):
            break
        found.append(one)
        if one.everywhere:
            break
        rest = _without(rest, one.subset)
    # Elsewhere may be less than was expected: then all of the excess is in the parts.
    whole = max(problem.reports - problem.expected, sum(one.excess for one in found), 1e-9)
    return tuple(
        Part(one.subset, one.reports, one.expected, one.excess / whole, one.p_value)
        for one in found
    )


@dataclass(frozen=True, slots=True)
class _Excess:
    subset: Subset
    reports: float
    expected: float
    excess: float
    """Of reports, also of those that do not say where they belong."""
    p_value: float

    @property
    def everywhere(self) -> bool:
        return all(choice is None for choice in self.subset)


def _first_part(problem: Problem) -> _Excess | None:
    """What is not sure of an attribute is looked for on a coarser level: not the city, but the
    region; at last the attribute is left out."""
    shares = Shares(problem)
    p_values = PValues(problem, shares)
    levels = tuple(len(axis.levels) for axis in problem.axes)
    found = Search(problem, levels).best()
    while found.score > 0.0:
        subset = pruned(problem, shares, found.subset)
        if not restricted(subset):
            p_value = _p_of_excess(problem)
            told = p_value <= MOST_P_VALUE
            return _excess(problem, shares, subset, p_value) if told else None
        unsure = _unsure(p_values, subset)
        if not unsure:
            return _excess(problem, shares, subset, p_values.overall(subset))
        coarser = [_coarser(levels, subset, a) for a in unsure]
        tried = [(Search(problem, fewer).best(), fewer) for fewer in coarser]
        found, levels = max(tried, key=lambda one: one[0].score)
    return None


def _unsure(p_values: PValues, subset: Subset) -> list[int]:
    """The axes of which one must be left out, or told on a coarser level."""
    chosen = restricted(subset)
    unsure = [a for a in chosen if p_values.given_others(subset, a) > MOST_P_VALUE]
    if not unsure and p_values.overall(subset) > MOST_P_VALUE:
        return chosen
    return unsure


def _coarser(levels: tuple[int, ...], subset: Subset, axis: int) -> tuple[int, ...]:
    choice = subset[axis]
    fewer = 0 if choice is None else choice.level
    return (*levels[:axis], fewer, *levels[axis + 1 :])


def _excess(problem: Problem, shares: Shares, subset: Subset, p_value: float) -> _Excess:
    inside, known = _inside(problem, subset), _known(problem, subset)
    reports = float(problem.counts[inside].sum())
    said = float(problem.counts[known].sum()) / max(problem.reports, 1e-9)
    expected = float(problem.expected * said * shares.of(subset))
    excess = max(0.0, reports - expected) / max(said, 1e-9)
    return _Excess(subset, reports, expected, excess, p_value)


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
