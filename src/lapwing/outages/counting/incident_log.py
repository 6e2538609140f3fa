"""What is counted of one incident, minute by minute, from an hour before it to an hour after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import msgspec
import numpy as np

from lapwing.kernel.instants import Minute
from lapwing.outages.detection.model import IntArray
from lapwing.outages.model import Dimension, Slice
from lapwing.outages.store import IncidentSeries, SliceSeries

MARGIN_MIN = 60
"""How long before the onset and after the end is kept."""


SLICES_KEPT = 300
"""Most slices of one dimension that stay with the record, those with most reports."""


Part: TypeAlias = tuple[Minute, list[int], list[int]]
"""Minute, nodes in ascending order and their counts."""

_NOTHING: IntArray = np.zeros(0, np.int64)


class IncidentLog(msgspec.Struct):
    """Counts of a service's minutes from `first_minute` on."""

    service: int
    first_minute: Minute
    totals: list[int] = []
    expected: list[float] = []
    upper: list[float] = []
    parts: list[Part] = []
    trusted: int = 0
    looked: Minute = 0
    """The last minute in which it was asked where and for whom it is; 0: never."""

    @property
    def end_minute(self) -> Minute:
        """First minute that is not in the log."""
        return self.first_minute + len(self.totals)

    def totals_in(self, start: Minute, end: Minute) -> IntArray:
        """Reports per minute of [start, end), as far as it is logged."""
        low = max(0, start - self.first_minute)
        return np.array(self.totals[low : max(low, end - self.first_minute)], np.int64)

    def expected_in(self, start: Minute, end: Minute) -> float:
        low = max(0, start - self.first_minute)
        return float(sum(self.expected[low : max(low, end - self.first_minute)]))

    def add(
        self, total: int, expected: float, upper: float, nodes: list[int], counts: list[int]
    ) -> None:
        """The next minute."""
        if nodes:
            self.parts.append((self.end_minute, nodes, counts))
        self.totals.append(total)
        self.expected.append(round(expected, 4))
        self.upper.append(round(upper, 4))

    def skip_to(self, minute: Minute) -> None:
        """Nobody listened until `minute`, which is added next."""
        while self.end_minute < minute:
            self.add(0, 0.0, 0.0, [], [])

    def whole_sums(self) -> dict[int, int]:
        """Reports by node."""
        nodes, sums = RunningSums().over(self, self.first_minute, self.end_minute)
        return dict(zip(nodes.tolist(), sums.tolist(), strict=True))

    def renumbered(self, service: int, numbers: Sequence[int]) -> IncidentLog:
        """The same under another's numbers: `numbers` gives its node by ours."""
        parts: list[Part] = []
        for minute, nodes, counts in self.parts:
            pairs = sorted(zip((numbers[node] for node in nodes), counts, strict=True))
            parts.append((minute, [node for node, _ in pairs], [count for _, count in pairs]))
        return msgspec.structs.replace(self, service=service, parts=parts)


class RunningSums:
    """Reports by node from one minute of a log to its end, gone on with as the log grows. No part
    of the state: what is forgotten is added up again."""

    def __init__(self) -> None:
        self._log: IncidentLog | None = None
        self._start = 0
        self._parts = 0
        self._nodes, self._sums = _NOTHING, _NOTHING

    def over(self, log: IncidentLog, start: Minute, end: Minute) -> tuple[IntArray, IntArray]:
        """Nodes, ascending, and their reports over [start, end); not to be written to. Cheap when
        it is the same log and start as before, and all of the log."""
        if end < log.end_minute:
            return _sums_of([part for part in log.parts if start <= part[0] < end])
        if log is not self._log or start != self._start:
            self._log, self._start, self._parts = log, start, 0
            self._nodes, self._sums = _NOTHING, _NOTHING
        new = [part for part in log.parts[self._parts :] if part[0] >= start]
        self._parts = len(log.parts)
        if new:
            self._add(*_sums_of(new))
        return self._nodes, self._sums

    def _add(self, nodes: IntArray, counts: IntArray) -> None:
        known = self._nodes
        place = known.searchsorted(nodes)
        if not len(known) or not (known.take(place, mode="clip") == nodes).all():
            self._nodes = np.union1d(known, nodes)
            sums = np.zeros(len(self._nodes), np.int64)
            sums[self._nodes.searchsorted(known)] = self._sums
            self._sums, place = sums, self._nodes.searchsorted(nodes)
        self._sums[place] += counts


def _sums_of(parts: list[Part]) -> tuple[IntArray, IntArray]:
    if not parts:
        return _NOTHING, _NOTHING
    if len(parts) == 1:
        return np.array(parts[0][1], np.int64), np.array(parts[0][2], np.int64)
    nodes = np.concatenate([np.array(nodes, np.int64) for _, nodes, _ in parts])
    counts = np.concatenate([np.array(counts, np.int64) for _, _, counts in parts])
    unique, place = np.unique(nodes, return_inverse=True)
    sums = np.zeros(len(unique), np.int64)
    np.add.at(sums, place, counts)
    return unique, sums


def to_series(log: IncidentLog, slice_of: Callable[[int], Slice]) -> IncidentSeries:
    """The form in which the counts stay with the record."""
    sums = log.whole_sums()
    kept: dict[int, list[int]] = {}
    taken: dict[Dimension, int] = {}
    for node in sorted(sums, key=lambda one: (-sums[one], one)):
        dimension = slice_of(node).dimension
        taken[dimension] = taken.get(dimension, 0) + 1
        if dimension is not Dimension.SERVICE and taken[dimension] <= SLICES_KEPT:
            kept[node] = [0] * len(log.totals)
    for minute, nodes, counts in log.parts:
        for node, count in zip(nodes, counts, strict=True):
            if node in kept and minute >= log.first_minute:
                kept[node][minute - log.first_minute] = count
    return IncidentSeries(
        start_minute=log.first_minute,
        counts=tuple(log.totals),
        expected=tuple(log.expected),
        upper=tuple(log.upper),
        slices=tuple(
            SliceSeries(slice_of(node).dimension, slice_of(node).value, tuple(counts))
            for node, counts in kept.items()
        ),
    )
