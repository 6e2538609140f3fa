"""The subset with the most excess for its size: penalised expectation-based Poisson scan.

Score: Neill, "Expectation-based scan statistics for monitoring spatial time series" (2009). The
best values of one axis, given the other axes', are a prefix of those ordered by observed over
expected: Neill, "Fast subset scan for spatial pattern detection" (2012); nearly so when each value
costs something to name.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from lapwing.outages.detection.localisation.problem import (
    UNKNOWN,
    Axis,
    Choice,
    Level,
    Problem,
    Subset,
)
from lapwing.outages.detection.localisation.shares import Shares, members
from lapwing.outages.detection.model import BoolArray, FloatArray, IntArray

SINGLES = 3
"""Best single values of each level from which the search starts."""
_MOST_SWEEPS = 8
_ALIKE = 1e-9


@dataclass(frozen=True, slots=True)
class Found:
    subset: Subset
    score: float
    """Excess in natural logs of a likelihood ratio, minus the length of the subset's code."""


def code_length(levels: int, values: int, chosen: int) -> float:
    """Natural log of 1 over the prior weight of a choice; over all choices the weights sum to
    less than 1."""
    subsets = gammaln(values + 1) - gammaln(chosen + 1) - gammaln(values - chosen + 1)
    return math.log(levels) + float(subsets) + math.log(chosen * (chosen + 1))


def penalty(problem: Problem, subset: Subset) -> float:
    """What a subset must bring to be preferred to "everything". A level's values cost no less
    than those of a finer one, or a city would be told as its region."""
    return sum(
        code_length(len(axis.levels), _most_values(axis), len(choice.values))
        for axis, choice in zip(problem.axes, subset, strict=True)
        if choice is not None
    )


def poisson_score(counts: FloatArray, expected: FloatArray) -> FloatArray:
    """log(P(counts | rate as observed) / P(counts | rate as expected)); 0 where not above."""
    ratio = np.maximum(counts, 1e-300) / np.maximum(expected, 1e-300)
    score = counts * np.log(ratio) + expected - counts
    return np.where(counts > expected, score, 0.0)


class Search:
    """Climbs from "everything" and from promising single values, one axis at a time, until no axis
    gains. (Random starts besides found nothing better in some hundred made-up cases.)"""

    def __init__(self, problem: Problem, levels: Sequence[int] | None = None) -> None:
        """`levels`: how many of an axis' levels, from the first on, may be chosen from."""
        self._problem = problem
        allowed = [len(axis.levels) for axis in problem.axes] if levels is None else levels
        self._levels = [axis.levels[:n] for axis, n in zip(problem.axes, allowed, strict=True)]
        self._free = [a for a, several in enumerate(self._levels) if several]
        self._all = np.ones(len(problem.counts), np.bool_)
        reports = max(problem.reports, 1e-300)
        self._unknown = [
            float(problem.counts[axis.levels[0].codes == UNKNOWN].sum()) / reports
            for axis in problem.axes
        ]
        self._shares = Shares(problem, self._unknown)
        self._climbed: dict[Subset, Found] = {}
        self._stepped: dict[tuple[int, Subset], tuple[Choice | None, float]] = {}
        """By axis and what is chosen on the others: many climbs meet on their way."""
        self._code_lengths = [
            _code_lengths(axis, max((len(level.shares) for level in axis.levels), default=0))
            for axis in problem.axes
        ]

    def best(self) -> Found:
        found = [self._climb(start) for start in self._starts()]
        return max(found, key=lambda one: one.score)

    def _starts(self) -> list[Subset]:
        nothing: Subset = (None,) * len(self._problem.axes)
        return [nothing] + [
            _replaced(nothing, a, Choice(place, (value,)))
            for a in self._free
            for place, level in enumerate(self._levels[a])
            for value in self._best_singles(level)
        ]

    def _best_singles(self, level: Level) -> list[int]:
        counts = _by_value(level, self._problem.counts)[2:]
        scores = poisson_score(counts, self._problem.expected * level.shares)
        best = np.argsort(-scores, kind="stable")[:SINGLES]
        return [int(value) for value in best if scores[value] > 0.0]

    def _climb(self, start: Subset) -> Found:
        subset, score = start, -math.inf
        inside = [self._inside(a, choice) for a, choice in enumerate(subset)]
        for _ in range(_MOST_SWEEPS):
            if subset in self._climbed:
                return self._climbed[subset]
            before = subset
            for a in self._free:
                choice, score = self._step(a, subset, inside)
                if choice != subset[a]:
                    subset = _replaced(subset, a, choice)
                    inside[a] = self._inside(a, choice)
            if subset == before:
                break
        found = Found(subset, score)
        self._climbed[start] = self._climbed[subset] = found
        return found

    def _step(
        self, axis: int, subset: Subset, inside: list[BoolArray]
    ) -> tuple[Choice | None, float]:
        """The best choice on an axis while the others stay, and the whole subset's score."""
        others = _replaced(subset, axis, None)
        known = self._stepped.get((axis, others))
        if known is None:
            known = self._stepped[axis, others] = self._best_choice(axis, others, inside)
        return known

    def _best_choice(
        self, axis: int, others: Subset, inside: list[BoolArray]
    ) -> tuple[Choice | None, float]:
        problem = self._problem
        mask = np.logical_and.reduce(
            [one for one, choice in zip(inside, others, strict=True) if choice is not None]
            or [self._all]
        )
        counts = np.where(mask, problem.counts, 0.0)
        fixed = penalty(problem, others)
        whole = problem.expected * self._shares.of(others)
        score = poisson_score(np.array([counts.sum()]), np.array([whole]))
        best_score = float(score[0]) / problem.dispersion - fixed
        best: Choice | None = None
        for place, level in enumerate(self._levels[axis]):
            unknown = self._unknown[axis]
            expected = problem.expected * (1.0 - unknown) * level.shares
            expected = expected * self._shares.factors(axis, level, others)
            for values, scores in self._prefixes(level, counts, expected, unknown * whole):
                lengths = self._code_lengths[axis][: len(values)]
                scores = scores / problem.dispersion - fixed - lengths
                top = int(scores.argmax())
                alike = 0.0 if best is None else _ALIKE  # of levels as good, the finer one
                if scores[top] > best_score - alike:
                    best_score = float(scores[top])
                    best = Choice(place, tuple(sorted(values[: top + 1].tolist())))
        return best, best_score

    @staticmethod
    def _prefixes(
        level: Level, counts: FloatArray, expected: FloatArray, unknown: float
    ) -> Iterator[tuple[IntArray, FloatArray]]:
        """Values by observed over expected, largest first, and the score of each prefix together
        with the reports that do not say; then the same by the values' own scores, as a village's
        one report has a large ratio, but does not pay for being named."""
        by_code = _by_value(level, counts)
        observed = by_code[2:]
        seen = np.flatnonzero(observed > 0.0)
        if not len(seen):
            return
        counts, expected = observed[seen], expected[seen]
        for merit in (counts / np.maximum(expected, 1e-300), poisson_score(counts, expected)):
            order = np.argsort(-merit, kind="stable")
            sums = by_code[1] + np.cumsum(counts[order]), unknown + np.cumsum(expected[order])
            yield seen[order], poisson_score(*sums)

    def _inside(self, axis: int, choice: Choice | None) -> BoolArray:
        if choice is None:
            return self._all
        level = self._problem.axes[axis].levels[choice.level]
        return members(level.codes, choice, len(level.shares), unknown=True)


def _most_values(axis: Axis) -> int:
    return max(level.values for level in axis.levels)


def _by_value(level: Level, counts: FloatArray) -> FloatArray:
    """Reports elsewhere, those that do not say, then by value."""
    out: FloatArray = np.bincount(level.codes + 2, counts, len(level.shares) + 2).astype(np.float64)
    return out


def _code_lengths(axis: Axis, most: int) -> FloatArray:
    """Of 1, 2, ... up to `most` values."""
    chosen, values = np.arange(1, most + 1), _most_values(axis)
    subsets = gammaln(values + 1) - gammaln(chosen + 1) - gammaln(values - chosen + 1)
    out: FloatArray = math.log(len(axis.levels)) + subsets + np.log(chosen * (chosen + 1.0))
    return out


def _replaced(subset: Subset, axis: int, choice: Choice | None) -> Subset:
    return (*subset[:axis], choice, *subset[axis + 1 :])
