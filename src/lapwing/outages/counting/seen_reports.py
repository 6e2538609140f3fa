"""Reports that are known one by one, chosen by where they count."""

from __future__ import annotations

import numpy as np

from lapwing.kernel.instants import Minute
from lapwing.outages.counting.recent_reports import ReportColumns
from lapwing.outages.detection.model import BoolArray, FloatArray, IntArray
from lapwing.outages.model import Dimension


class SeenReports:
    """Some of a service's reports in a stretch of minutes; columns have one entry per report."""

    def __init__(
        self, start: Minute, end: Minute, columns: ReportColumns, chosen: IntArray
    ) -> None:
        self.start, self.end = start, end
        self._columns, self._chosen = columns, chosen
        self.minutes = columns.minutes[chosen]
        self.networks = columns.at(Dimension.NETWORK)[chosen].astype(np.int64)
        self.cities = columns.at(Dimension.CITY)[chosen].astype(np.int64)
        self.blocks = columns.blocks[chosen].astype(np.int64)
        self.trusted = columns.trusted[chosen]

    def only(self, which: BoolArray) -> SeenReports:
        return SeenReports(self.start, self.end, self._columns, self._chosen[which])

    def since(self, start: Minute) -> SeenReports:
        """Those from this minute on, which is in the stretch."""
        later = self._chosen[self.minutes >= start]
        return SeenReports(start, self.end, self._columns, later)

    def at(self, node: int, dimension: Dimension) -> SeenReports:
        """Those that count at a node of the service."""
        if dimension is Dimension.SERVICE:
            return self
        return self.only(self._columns.at(dimension)[self._chosen] == node)

    def untrusted(self) -> SeenReports:
        return self.only(~self.trusted)


def how_often(values: IntArray, names: IntArray) -> FloatArray:
    """How often each of `names` (ascending) is among the values."""
    places = np.searchsorted(names, values)
    found = places < len(names)
    found[found] = names[places[found]] == values[found]
    out: FloatArray = np.bincount(places[found], minlength=len(names)).astype(np.float64)
    return out
