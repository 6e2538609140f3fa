"""The counted reports of the last day, one row each: which of their values go together.

Counts by slice cannot tell whether the excess of a city and that of a network are the same
reports. Ten million rows take some 330 MB, in columns and without an object each.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from lapwing.kernel.instants import Minute
from lapwing.outages.counting.nodes import RowNodes
from lapwing.outages.counting.rows_by_service import (
    Int32Array,
    RowsByService,
    between,
    sorted_by_service,
)
from lapwing.outages.counting.windows import WINDOW_MIN
from lapwing.outages.detection.model import BoolArray, IntArray
from lapwing.outages.model import SLICED_BY, Dimension, ReportRow

ROWS_KEPT = 10_000_000
"""Most rows, of all services together: a thousand reports a second for nearly three hours."""

NO_NODE = -1
"""Where a report does not say."""

NO_BLOCK = 0

Alike: TypeAlias = Sequence[tuple[RowNodes, Sequence[ReportRow]]]
"""Reports by the nodes that they count at."""

_ROW_OF: dict[Dimension, int] = {dimension: row for row, dimension in enumerate(SLICED_BY)}
_SERVICE = list(Dimension).index(Dimension.SERVICE)
_SLICED = [list(Dimension).index(dimension) for dimension in SLICED_BY]


@dataclass(frozen=True, slots=True)
class ReportColumns:
    """Reports of one service, oldest minute first; every column has one entry per report."""

    minutes: IntArray
    nodes: Int32Array
    """Shape (dimensions, reports), the dimensions as in `SLICED_BY`; `NO_NODE` where none."""
    blocks: NDArray[np.uint32]
    """Checksum of the address block (else of the reporter); `NO_BLOCK` where neither is known."""
    trusted: BoolArray

    def __len__(self) -> int:
        return len(self.minutes)

    def every(self, step: int) -> ReportColumns:
        """The first report, and every `step`th after it."""
        return ReportColumns(
            self.minutes[::step],
            self.nodes[:, ::step],
            self.blocks[::step],
            self.trusted[::step],
        )

    def at(self, dimension: Dimension) -> Int32Array:
        """Node of this dimension by report."""
        row: Int32Array = self.nodes[_ROW_OF[dimension]]
        return row


@dataclass(frozen=True, slots=True)
class _Part(RowsByService):
    """A minute's reports."""

    nodes: Int32Array
    blocks: NDArray[np.uint32]
    trusted: BoolArray

    def __len__(self) -> int:
        return len(self.blocks)

    def with_rows(
        self, service: int, nodes: Int32Array, blocks: NDArray[np.uint32], trusted: BoolArray
    ) -> _Part:
        """With more rows of a service behind those that it has."""
        return _part(
            self.minute,
            np.concatenate([self.service_by_row(), np.full(len(blocks), service, np.int32)]),
            np.concatenate([self.nodes, nodes], axis=1),
            np.concatenate([self.blocks, blocks]),
            np.concatenate([self.trusted, trusted]),
        )


class RecentReports:
    """Parts by minute, oldest first, none of a minute without reports; 26 hours of them, and
    fewer where they would be more than `rows_kept` rows (the newest minute always stays)."""

    def __init__(self, rows_kept: int = ROWS_KEPT) -> None:
        self._rows_kept = rows_kept
        self._parts: deque[_Part] = deque()
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def close(
        self,
        minute: Minute,
        alike: Alike,
        service_of: IntArray,
        dimension_of: IntArray,
    ) -> None:
        """The next minute: its counted reports, grouped by the nodes that they count at.

        `service_of` is the service by node, `dimension_of` the position in `Dimension` by node.
        """
        if alike:
            self._append(_part_of(minute, alike, service_of, dimension_of))
        self._forget(minute)

    def of(
        self, service: int, start: Minute, end: Minute, most: int | None = None
    ) -> ReportColumns:
        """The service's reports in [start, end), as far as they are kept; of more than `most` the
        newest whole minutes that are enough."""
        number = np.int32(service)
        cuts = [(part, part.of(number)) for part in between(self._parts, start, end)]
        found = [(part, cut) for part, cut in cuts if cut.stop > cut.start]
        if most is not None:
            sums = np.cumsum([cut.stop - cut.start for _, cut in reversed(found)])
            found = found[max(0, len(found) - 1 - int(sums.searchsorted(most))) :]
        lengths = [cut.stop - cut.start for _, cut in found]
        return ReportColumns(
            minutes=np.repeat(np.array([part.minute for part, _ in found], np.int64), lengths),
            nodes=_joined([part.nodes[:, cut] for part, cut in found], np.int32, len(SLICED_BY)),
            blocks=_joined([part.blocks[cut] for part, cut in found], np.uint32),
            trusted=_joined([part.trusted[cut] for part, cut in found], np.bool_),
        )

    def take_in(
        self, service: int, other: RecentReports, other_service: int, new: IntArray
    ) -> None:
        """Adds another's reports of a service to ours of the same minutes: late reports that were
        examined. `new` is our node by its node."""
        last = self._parts[-1].minute if self._parts else None
        parts = {part.minute: part for part in self._parts}
        numbers = np.concatenate([new, [NO_NODE]]).astype(np.int32)  # so that -1 stays -1
        for part in other._parts:
            cut = part.of(np.int32(other_service))
            if cut.stop > cut.start:
                here = parts.get(part.minute, _empty(part.minute))
                nodes = numbers[part.nodes[:, cut]]
                parts[part.minute] = here.with_rows(
                    service, nodes, part.blocks[cut], part.trusted[cut]
                )
        self._parts = deque(parts[minute] for minute in sorted(parts))
        self._rows = sum(len(part) for part in self._parts)
        if self._parts:
            self._forget(self._parts[-1].minute if last is None else last)

    def state(self) -> dict[str, list[NDArray[Any]]]:
        """Columns, each in pieces one behind the other; no copies, for parts never change."""
        parts, none = list(self._parts), _empty(0)
        sizes = [(part.minute, len(part.services), len(part)) for part in parts]
        return {
            "parts": [np.array(sizes, np.int64).reshape(-1, 3)],
            "services": [none.services, *(part.services for part in parts)],
            "starts": [none.services, *(part.starts for part in parts)],
            "nodes": [none.nodes.T, *(part.nodes.T for part in parts)],
            "blocks": [none.blocks, *(part.blocks for part in parts)],
            "trusted": [none.trusted, *(part.trusted for part in parts)],
        }

    def load(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Goes on where `state()` was taken; only into an empty one."""
        services, starts = state["services"], state["starts"]
        nodes, blocks, trusted = state["nodes"], state["blocks"], state["trusted"]
        service = start = row = 0
        for minute, width, length in state["parts"].tolist():
            self._append(
                _Part(
                    minute,
                    services[service : service + width].copy(),
                    starts[start : start + width + 1].copy(),
                    nodes[row : row + length].T.copy(),
                    blocks[row : row + length].copy(),
                    trusted[row : row + length].copy(),
                )
            )
            service, start, row = service + width, start + width + 1, row + length

    def _append(self, part: _Part) -> None:
        self._parts.append(part)
        self._rows += len(part)

    def _forget(self, minute: Minute) -> None:
        parts = self._parts
        while parts and (
            parts[0].minute <= minute - WINDOW_MIN
            or (self._rows > self._rows_kept and len(parts) > 1)
        ):
            self._rows -= len(parts.popleft())


def _part_of(
    minute: Minute,
    groups: Alike,
    service_of: IntArray,
    dimension_of: IntArray,
) -> _Part:
    sizes = [len(rows) for _, rows in groups]
    widths = [len(nodes) for nodes, _ in groups]
    flat = np.fromiter(chain.from_iterable(nodes for nodes, _ in groups), np.int64, sum(widths))
    group = np.repeat(np.arange(len(groups)), widths)
    table = np.full((len(Dimension), len(groups)), NO_NODE, np.int32)
    table[dimension_of[flat], group] = flat
    rows = [row for _, alike in groups for row in alike]
    return _part(
        minute,
        np.repeat(service_of[table[_SERVICE]], sizes),
        np.repeat(table[_SLICED], sizes, axis=1),
        np.fromiter((_block_number(row) for row in rows), np.uint32, len(rows)),
        np.fromiter((row.trusted for row in rows), np.bool_, len(rows)),
    )


def _block_number(row: ReportRow) -> int:
    """The same for the same block on every machine; two blocks in four billion look alike."""
    block = row.block or row.reporter
    return NO_BLOCK if block is None else max(1, crc32(block.encode()))


def _part(
    minute: Minute,
    services: NDArray[Any],
    nodes: Int32Array,
    blocks: NDArray[np.uint32],
    trusted: BoolArray,
) -> _Part:
    order, distinct, starts = sorted_by_service(services)
    return _Part(
        minute,
        distinct,
        starts,
        nodes[:, order],
        blocks[order],
        trusted[order],
    )


def _empty(minute: Minute) -> _Part:
    nothing = np.zeros(0, np.int32)
    return _Part(
        minute,
        nothing,
        np.zeros(1, np.int32),
        np.zeros((len(SLICED_BY), 0), np.int32),
        nothing.astype(np.uint32),
        nothing.astype(np.bool_),
    )


def _joined(arrays: list[NDArray[Any]], kind: type[np.generic], height: int = 0) -> NDArray[Any]:
    if arrays:
        return np.concatenate(arrays, axis=-1)
    return np.zeros((height, 0) if height else 0, kind)
