"""The counts of the last day by slice: one flat pair of arrays a minute, sorted by service.

Ten thousand services need no object each and minute that way, only eight bytes a count.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lapwing.kernel.instants import Minute
from lapwing.outages.counting.rows_by_service import (
    Int32Array,
    RowsByService,
    between,
    sorted_by_service,
)
from lapwing.outages.detection.model import IntArray, MinuteCounts

_NONE: Int32Array = np.zeros(0, np.int32)


@dataclass(frozen=True, slots=True)
class _Part(RowsByService):
    """A minute's counts."""

    nodes: Int32Array
    counts: Int32Array


class MinuteSlices:
    """Parts by minute, oldest first, none of a minute without reports."""

    def __init__(self, kept_min: int) -> None:
        self._kept_min = kept_min
        self._parts: deque[_Part] = deque()

    def add(self, counts: MinuteCounts, service_of: IntArray) -> None:
        """The next minute; what is older than `kept_min` is forgotten."""
        while self._parts and self._parts[0].minute <= counts.minute - self._kept_min:
            self._parts.popleft()
        if len(counts.nodes):
            services = service_of[counts.nodes]
            self._parts.append(_part(counts.minute, services, counts.nodes, counts.counts))

    def of(
        self, service: int, start: Minute, end: Minute
    ) -> list[tuple[Minute, IntArray, IntArray]]:
        """Per minute of [start, end) that had reports of the service: nodes and counts."""
        found = []
        number = np.int32(service)
        for part in between(self._parts, start, end):
            mine = part.of(number)
            if mine.stop > mine.start:
                nodes, counts = part.nodes[mine], part.counts[mine]
                found.append((part.minute, nodes.astype(np.int64), counts.astype(np.int64)))
        return found

    def sums(self, service: int | None, start: Minute, end: Minute) -> dict[int, int]:
        """Reports by node over [start, end); None: of all services."""
        parts = between(self._parts, start, end)
        number = None if service is None else np.int32(service)
        cuts = [slice(None) if number is None else part.of(number) for part in parts]
        if not cuts:
            return {}
        nodes = np.concatenate([part.nodes[cut] for part, cut in zip(parts, cuts, strict=True)])
        counts = np.concatenate([part.counts[cut] for part, cut in zip(parts, cuts, strict=True)])
        unique, inverse = np.unique(nodes, return_inverse=True)
        sums = np.bincount(inverse, weights=counts).astype(np.int64)
        return dict(zip(unique.tolist(), sums.tolist(), strict=True))

    def replace(self, service: int, given: list[tuple[Minute, IntArray, IntArray]]) -> None:
        """Puts these minutes in the place of a service's own."""
        new = {minute: (nodes, counts) for minute, nodes, counts in given}
        old = {part.minute: part for part in self._parts}
        parts = (
            _with_service(minute, old.get(minute), service, new.get(minute))
            for minute in sorted(old.keys() | new.keys())
        )
        self._parts = deque(part for part in parts if len(part.nodes))

    def state(self) -> dict[str, list[NDArray[Any]]]:
        """Columns, each in pieces one behind the other; no copies, for parts never change."""
        parts = list(self._parts)
        sizes = [(part.minute, len(part.services), len(part.nodes)) for part in parts]
        return {
            "parts": [np.array(sizes, np.int64).reshape(-1, 3)],
            "services": [_NONE, *(part.services for part in parts)],
            "starts": [_NONE, *(part.starts for part in parts)],
            "nodes": [_NONE, *(part.nodes for part in parts)],
            "counts": [_NONE, *(part.counts for part in parts)],
        }

    def load(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Goes on where `state()` was taken; only into an empty one."""
        services, starts = state["services"], state["starts"]
        nodes, counts = state["nodes"], state["counts"]
        service = start = node = 0
        for minute, width, length in state["parts"].tolist():
            self._parts.append(
                _Part(
                    minute,
                    services[service : service + width].copy(),
                    starts[start : start + width + 1].copy(),
                    nodes[node : node + length].copy(),
                    counts[node : node + length].copy(),
                )
            )
            service, start, node = service + width, start + width + 1, node + length


def _part(
    minute: Minute, services: NDArray[Any], nodes: NDArray[Any], counts: NDArray[Any]
) -> _Part:
    order, distinct, starts = sorted_by_service(services)
    return _Part(
        minute,
        distinct,
        starts,
        nodes[order].astype(np.int32),
        counts[order].astype(np.int32),
    )


def _with_service(
    minute: Minute, part: _Part | None, service: int, new: tuple[IntArray, IntArray] | None
) -> _Part:
    nothing = np.zeros(0, np.int64)
    nodes, counts = new or (nothing, nothing)
    services = np.full(len(nodes), service)
    if part is not None:
        others = part.service_by_row()
        rest = others != service
        services = np.concatenate([services, others[rest]])
        nodes = np.concatenate([nodes, part.nodes[rest]])
        counts = np.concatenate([counts, part.counts[rest]])
    if not len(nodes):
        empty = nothing.astype(np.int32)
        return _Part(minute, empty, np.zeros(1, np.int32), empty, empty)
    return _part(minute, services, nodes, counts)
