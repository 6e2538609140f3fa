"""The expectation-based scan for tables of measures: which elements carry the deviation.

An element names one value on each of some attributes (`cdn=5, p2p=0`). Counts are scored as in
`lapwing.outages.detection.localisation.search`; measures that fall or rise (rates, amounts) by
the same likelihood ratio for a normal error. Tables are dense, so every element is tried.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from lapwing.outages.detection.model import FloatArray, IntArray

Score = Callable[[FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a measure. `observed` and `expected` are summed over an element's rows and scored:
    counts beside expected counts, or weighted deviations beside weights."""

    codes: tuple[IntArray, ...]
    """Value by row, per attribute."""
    sizes: tuple[int, ...]
    observed: FloatArray
    expected: FloatArray
    score: Score


@dataclass(frozen=True, slots=True)
class Element:
    attributes: tuple[int, ...]
    values: tuple[int, ...]
    score: float


def normal_score(deviation: FloatArray, weight: FloatArray) -> FloatArray:
    """log(P(deviations | their common mean) / P(deviations | 0)) of weighted sums; one-sided."""
    return np.where(deviation > 0.0, deviation**2 / (2.0 * np.maximum(weight, 1e-300)), 0.0)


def scan(table: Table, most: int, least_share: float, price: float = 1.0) -> list[Element]:
    """The elements that explain most, one after the other, each on the rows that the ones before
    leave, while one is worth its code and `least_share` of the first one's score."""
    left = np.ones(len(table.observed), np.bool_)
    found: list[Element] = []
    while len(found) < most:
        best = max(_best_by_attributes(table, left, price), key=lambda one: one.score)
        if best.score <= 0.0 or (found and best.score < least_share * found[0].score):
            break
        found.append(best)
        named = zip(best.attributes, best.values, strict=True)
        left &= ~np.logical_and.reduce([table.codes[a] == value for a, value in named])
    return found


def _best_by_attributes(table: Table, left: np.ndarray, price: float) -> Iterator[Element]:
    observed, expected = np.where(left, table.observed, 0.0), np.where(left, table.expected, 0.0)
    count = len(table.codes)
    for width in range(1, count + 1):
        for attributes in itertools.combinations(range(count), width):
            sizes = [table.sizes[a] for a in attributes]
            rows = np.ravel_multi_index([table.codes[a] for a in attributes], sizes)
            cells = math.prod(sizes)
            scores = table.score(
                np.bincount(rows, observed, cells), np.bincount(rows, expected, cells)
            )
            top = int(scores.argmax())
            code = math.log(count) + math.log(math.comb(count, width)) + math.log(cells)
            values = np.unravel_index(top, sizes)
            yield Element(attributes, tuple(map(int, values)), float(scores[top]) - price * code)
