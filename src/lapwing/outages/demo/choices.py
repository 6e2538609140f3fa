"""Many weighted choices at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from lapwing.outages.detection.model import IntArray


class Choices:
    """Several lists of weights, from any of which can be drawn."""

    def __init__(self, weights: Sequence[Sequence[float]]) -> None:
        """Each list has at least one positive weight; they need not sum to 1."""
        lengths = np.array([len(row) for row in weights], np.int64)
        self._last = np.cumsum(lengths) - 1
        self._first = self._last - lengths + 1
        # Row i covers (i, i + 1], so that one search finds row and choice together.
        self._ends = np.concatenate(
            [number + np.cumsum(row) / np.sum(row) for number, row in enumerate(weights)]
        )

    def draw(self, rng: Generator, rows: IntArray) -> IntArray:
        """For each row number a position in that row's list."""
        found = np.searchsorted(self._ends, rows + rng.random(len(rows)), side="right")
        found = np.clip(found, self._first[rows], self._last[rows])
        return (found - self._first[rows]).astype(np.int64)
