"""Where and what: the slices of an outage ranked by their excess over what was expected there."""

from __future__ import annotations

import numpy as np

from lapwing.outages.detection.model import FloatArray, IntArray

MOST = 8
"""Leading slices of one dimension."""


def leading_rows(groups: IntArray, excess: FloatArray, most: int = MOST) -> IntArray:
    """Positions of the at most `most` largest excesses of each group, largest first, group by
    group in their order; the first of equal ones first. What has no excess is left out.

    All of many outages at once is a hundred times faster than one at a time.
    """
    some = np.flatnonzero(excess > 0.0)
    order: IntArray = some[np.lexsort((-excess[some], groups[some]))]
    begins = np.flatnonzero(np.diff(groups[order], prepend=-1))
    lengths = np.diff(begins, append=len(order))
    rank = np.arange(len(order)) - np.repeat(begins, lengths)
    return order[rank < most]


def share_of_excess(
    excess: FloatArray, reports: FloatArray, expected: FloatArray, largest: FloatArray
) -> FloatArray:
    """A slice's part of its service's whole excess, 0 to 1; or of the largest slice's, where one
    city's excess is lost in the ups and downs of the whole."""
    whole = np.maximum(np.maximum(reports - expected, largest), 1e-9)
    out: FloatArray = np.minimum(1.0, excess / whole)
    return out
