"""What is counted of one incident, minute by minute, from an hour before it to an hour after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

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


class IncidentLog(msgspec.Struct):
    """Counts of a service's minutes from `first_minute` on; `parts` are (minute, nodes, counts)."""

    service: int
    first_minute: Minute
    totals: list[int] = []
    expected: list[float] = []
    upper: list[float] = []
    parts: list[tuple[Minute, list[int], list[int]]] = []
    trusted: int = 0
    sums_from: Minute = 0
    running: dict[int, int] = {}
    """Reports by node from `sums_from` to the end, kept so that no minute adds all up again."""

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
            if self.end_minute >= self.sums_from:
                _add_up(self.running, nodes, counts)
        self.totals.append(total)
        self.expected.append(round(expected, 4))
        self.upper.append(round(upper, 4))

    def skip_to(self, minute: Minute) -> None:
        """Nobody listened until `minute`, which is added next."""
        while self.end_minute < minute:
            self.add(0, 0.0, 0.0, [], [])

    def sums(self, start: Minute, end: Minute) -> dict[int, int]:
        """Reports by node over [start, end); cheap when asked again for the same start and all."""
        if end < self.end_minute:
            return self._summed(start, end)
        if start != self.sums_from:
            self.sums_from, self.running = start, self._summed(start, end)
        return self.running

    def whole_sums(self) -> dict[int, int]:
        return self._summed(self.first_minute, self.end_minute)

    def _summed(self, start: Minute, end: Minute) -> dict[int, int]:
        sums: dict[int, int] = {}
        for minute, nodes, counts in self.parts:
            if start <= minute < end:
                _add_up(sums, nodes, counts)
        return sums

    def renumbered(self, service: int, numbers: Sequence[int]) -> IncidentLog:
        """The same under another's numbers: `numbers` gives its node by ours."""
        parts = [
            (minute, [numbers[node] for node in nodes], counts)
            for minute, nodes, counts in self.parts
        ]
        return msgspec.structs.replace(self, service=service, parts=parts, sums_from=0, running={})


def _add_up(sums: dict[int, int], nodes: Iterable[int], counts: Iterable[int]) -> None:
    for node, count in zip(nodes, counts, strict=True):
        sums[node] = sums.get(node, 0) + count


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
