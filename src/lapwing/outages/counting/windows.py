"""The last day of every service, in memory: totals, what was expected, and counts by slice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lapwing.kernel.instants import Minute
from lapwing.outages.counting.minute_slices import MinuteSlices
from lapwing.outages.detection.model import FloatArray, IntArray, MinuteCounts, MinuteOutcome

WINDOW_MIN = 1560
"""26 hours: a day's chart and the hours that an opening incident looks back."""


class Windows:
    """One row per service, a ring over the minutes, and per service its slices' counts.

    Everything is of closed minutes, `last` being the newest; `first` the first. What an
    examination of history brings (`take_over`) may be older than that.
    """

    def __init__(self) -> None:
        self.first: Minute | None = None
        self.last: Minute | None = None
        self._totals: NDArray[np.int32] = np.zeros((0, WINDOW_MIN), np.int32)
        self._expected: NDArray[np.float32] = np.zeros((0, WINDOW_MIN), np.float32)
        self._upper: NDArray[np.float32] = np.zeros((0, WINDOW_MIN), np.float32)
        self._slices = MinuteSlices(WINDOW_MIN)
        self._trusted: dict[Minute, dict[int, int]] = {}

    def close(
        self, counts: MinuteCounts, outcome: MinuteOutcome, service_of: IntArray, own: IntArray
    ) -> None:
        """Takes a closed minute. `service_of` is the service by node, `own` the node by service."""
        services = len(own)
        self._grow(services)
        minute = counts.minute
        self._clear_gap(minute)
        column = minute % WINDOW_MIN
        dense = np.zeros(len(service_of), np.int32)
        dense[counts.nodes] = counts.counts
        self._totals[:services, column] = dense[own]
        self._expected[:services, column] = outcome.expected[:services]
        self._upper[:services, column] = outcome.upper[:services]
        self._slices.add(counts, service_of)
        self.first = minute if self.first is None else self.first
        self.last = minute

    def totals(self, service: int, start: Minute, end: Minute) -> IntArray:
        """Reports per minute in [start, end); 0 where nothing is known."""
        return self._row(self._totals, service, start, end).astype(np.int64)

    def expected(self, service: int, start: Minute, end: Minute) -> FloatArray:
        return self._row(self._expected, service, start, end).astype(np.float64)

    def upper(self, service: int, start: Minute, end: Minute) -> FloatArray:
        return self._row(self._upper, service, start, end).astype(np.float64)

    def slices(
        self, service: int, start: Minute, end: Minute
    ) -> list[tuple[Minute, IntArray, IntArray]]:
        """Per minute of [start, end) that had reports: nodes and their counts."""
        return self._slices.of(service, start, end)

    def slice_sums(self, service: int | None, start: Minute, end: Minute) -> dict[int, int]:
        """Reports by node over [start, end); None: of all services."""
        return self._slices.sums(service, start, end)

    def add_trusted(self, minute: Minute, by_service: dict[int, int]) -> None:
        """Reports of the minute that no cap applied to, by service."""
        self._trusted[minute] = dict(by_service)
        for old in [kept for kept in self._trusted if kept <= minute - WINDOW_MIN]:
            del self._trusted[old]

    def trusted(self, service: int, start: Minute, end: Minute) -> int:
        """Reports in [start, end) that no cap applied to."""
        return sum(
            self._trusted[minute].get(service, 0)
            for minute in range(start, end)
            if minute in self._trusted
        )

    def take_over(self, service: int, other: Windows, other_service: int, new: IntArray) -> None:
        """Puts another's service in place of ours; `new` is our node by its node."""
        self._grow(service + 1)
        if self.last is None or other.last is None:
            return
        start, end = self.last - WINDOW_MIN + 1, self.last + 1
        columns = np.arange(start, end) % WINDOW_MIN
        self._totals[service, columns] = other.totals(other_service, start, end)
        self._expected[service, columns] = other.expected(other_service, start, end)
        self._upper[service, columns] = other.upper(other_service, start, end)
        self._slices.replace(
            service,
            [
                (minute, *_sorted_pair(new[nodes], counts))
                for minute, nodes, counts in other.slices(other_service, start, end)
            ],
        )

    def state(self) -> dict[str, list[NDArray[Any]]]:
        """Columns, each in pieces one behind the other. Nothing large is copied: the rings change
        when a minute is closed or a service taken over."""
        trusted = [
            (minute, service, count)
            for minute, by_service in self._trusted.items()
            for service, count in by_service.items()
        ]
        return {
            "span": [np.array([-1 if self.first is None else self.first, self.last or -1])],
            "trusted": [np.array(trusted, np.int64).reshape(-1, 3)],
            "totals": [self._totals],
            "expected": [self._expected],
            "upper": [self._upper],
            **self._slices.state(),
        }

    def load(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Goes on where `state()` was taken; only into empty ones."""
        first, last = (int(value) for value in state["span"])
        self.first, self.last = (None, None) if first < 0 else (first, last)
        self._totals = state["totals"]
        self._expected = state["expected"]
        self._upper = state["upper"]
        self._slices.load(state)
        for minute, service, count in state["trusted"].tolist():
            self._trusted.setdefault(minute, {})[service] = count

    def _row(
        self, ring: NDArray[Any], service: int, start: Minute, end: Minute
    ) -> NDArray[np.float64]:
        result: NDArray[np.float64] = np.zeros(max(0, end - start))
        if self.last is None or service >= len(ring):
            return result
        low = max(start, self.last - WINDOW_MIN + 1)
        high = min(end, self.last + 1)
        if low < high:
            columns = np.arange(low, high) % WINDOW_MIN
            result[low - start : high - start] = ring[service, columns]
        return result

    def _grow(self, services: int) -> None:
        have = len(self._totals)
        if services > have:
            rows = max(services, have + have // 4, 64)
            self._totals = _taller(self._totals, rows)
            self._expected = _taller(self._expected, rows)
            self._upper = _taller(self._upper, rows)

    def _clear_gap(self, minute: Minute) -> None:
        """Minutes in which nobody counted read as zero, not as what stood there a day ago."""
        if self.last is None or minute == self.last + 1:
            return
        gap = np.arange(max(self.last + 1, minute - WINDOW_MIN), minute) % WINDOW_MIN
        for ring in (self._totals, self._expected, self._upper):
            ring[:, gap] = 0


def _sorted_pair(nodes: IntArray, counts: IntArray) -> tuple[IntArray, IntArray]:
    order = np.argsort(nodes)
    return nodes[order], counts[order]


def _taller(ring: NDArray[Any], rows: int) -> NDArray[Any]:
    taller = np.zeros((rows, ring.shape[1]), ring.dtype)
    taller[: len(ring)] = ring
    return taller
