"""A service's recent reports in real columns, with the rates that a detector would expect."""

from __future__ import annotations

from typing import Any

import numpy as np

from lapwing.outages.counting.nodes import NodeTable
from lapwing.outages.counting.recent_reports import RecentReports
from lapwing.outages.detection.model import FloatArray, IntArray
from lapwing.outages.incidents.localised import Localised
from lapwing.outages.incidents.localising import Localiser
from lapwing.outages.model import Dimension, ReportRow

START = 28_000_000
ONSET = START + 1400


class Reported:
    """`usual` gives a day's ordinary reports; the rates are theirs."""

    def __init__(self, usual: list[dict[str, Any]], area_of: dict[int, int] | None = None) -> None:
        self.nodes = NodeTable((area_of or {}).get)
        self.recent = RecentReports()
        self._minute = START
        self._counts: dict[int, int] = {}
        for number, fields in enumerate(usual):
            self.report(START + number * 1300 // len(usual), [fields])
        for node in self._rows(usual):
            self._counts[node] = self._counts.get(node, 0) + 1

    def report(self, minute: int, given: list[dict[str, Any]]) -> None:
        alike: dict[tuple[int, ...], list[ReportRow]] = {}
        for fields in given:
            row = ReportRow(id=1, at_ms=0, service="x", **fields)
            alike.setdefault(self.nodes.of_row(row), []).append(row)
        table = self.nodes
        self.recent.close(minute, alike.items(), table.service_of, table.dimension_of)

    def rate_of(self, nodes: IntArray) -> FloatArray:
        """Per minute; of a slice never seen a little."""
        return np.array([self._counts.get(node, 0) + 0.3 for node in nodes.tolist()]) / 1300

    def localised(self, end: int) -> Localised:
        localiser = Localiser(self.nodes, self.recent, self.rate_of, label)
        expected = float(self.rate_of(self.nodes.own)[0]) * (end - ONSET)
        return localiser.localise(0, ONSET, end, expected)

    def _rows(self, given: list[dict[str, Any]]) -> list[int]:
        rows = [ReportRow(id=1, at_ms=0, service="x", **fields) for fields in given]
        return [node for row in rows for node in self.nodes.of_row(row)]


def label(slug: str, dimension: Dimension, value: str) -> str:
    return f"{dimension} {value}"
