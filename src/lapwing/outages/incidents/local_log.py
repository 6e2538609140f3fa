"""The counts of a local incident, out of those of its service. Pure."""

from __future__ import annotations

from typing import Protocol

import msgspec
import numpy as np

from lapwing.outages.counting.incident_log import IncidentLog
from lapwing.outages.detection.model import BoolArray, FloatArray, IntArray


class KnowsSlices(Protocol):
    def expected(self, nodes: IntArray) -> FloatArray:
        """Reports per minute that are normal now."""
        ...

    def band_at(self, node: int) -> tuple[float, float]:
        """The same of one node, and the upper edge of the band of normal minutes."""
        ...

    def inside(self, nodes: IntArray, node: int) -> BoolArray:
        """Which of these nodes of one service count nothing but reports of `node`."""
        ...


def local_log(log: IncidentLog, node: int, own: int, detector: KnowsSlices) -> IncidentLog:
    """A service's log as the log of one of its slices: of the reports of `node`, and of the slices
    within it. What was expected there in past minutes is its present share of the service."""
    totals = [0] * len(log.totals)
    parts = []
    for minute, nodes, counts in log.parts:
        within = detector.inside(np.array(nodes, np.int64), node).tolist()
        kept = [
            pair
            for pair, inside in zip(zip(nodes, counts, strict=True), within, strict=True)
            if inside
        ]
        if kept:
            parts.append((minute, [pair[0] for pair in kept], [pair[1] for pair in kept]))
            totals[minute - log.first_minute] = dict(kept).get(node, 0)
    here, whole = detector.expected(np.array([node, own])).tolist()
    share = here / max(whole, 1e-9)
    expected = [round(min(share, 1.0) * one, 4) for one in log.expected]
    mid, upper = detector.band_at(node)
    reported = sum(log.totals)
    return msgspec.structs.replace(
        log,
        totals=totals,
        expected=expected,
        upper=[round(one + upper - mid, 4) for one in expected],
        parts=parts,
        trusted=round(log.trusted * sum(totals) / reported) if reported else 0,
    )
