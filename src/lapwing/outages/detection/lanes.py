"""Local outages beside one another: what each leaves of its service to be watched on.

While one place, platform, symptom or network is in trouble, slices that may count the same reports
say nothing new and carry no weight; those that hold all of its reports (the service as a whole,
the country) are judged by what is left without it; all others go on as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np

from lapwing.kernel.instants import Minute
from lapwing.outages.detection.layout import BLOCK, FADING, FREE, HOURS_KEPT, OPEN, Tables
from lapwing.outages.detection.model import FloatArray, IntArray
from lapwing.outages.detection.outage_rows import OutageRows
from lapwing.outages.detection.overlap import extent, holding, overlapping
from lapwing.outages.detection.rule import Rule

_LEAST_LEFT: Final = 0.02
"""Of a rate, however much of it is in trouble: some reports name no place."""
_LEAST_RATE: Final = 1e-9
_NO_TAIL: Final = 1e-3
"""Reports per minute below which a fading tail is forgotten."""
_REMEMBERED_MIN: Final = (HOURS_KEPT + 1) * 60
"""So long after its end an outage's hours may still be about to teach."""


class Lanes:
    """Works on the nodes' `explained`, `left` and `tail`, and on fading outages. Holds only what
    follows from the tables."""

    def __init__(self, rule: Rule, tables: Tables) -> None:
        self._rule = rule
        self._tables = tables
        self._rows = OutageRows(tables)
        self._pairs: tuple[IntArray, IntArray] | None = None

    # --- what is watched on

    def mark(self, service: int) -> IntArray:
        """After a change in a service's outages, or of its nodes; returns the nodes that an open
        outage explained before and none does now."""
        tables, nodes = self._tables, self._tables.nodes
        rows, own = tables.rows_of(service), tables.own(service)
        explained = np.zeros(len(rows), np.bool_)
        tail, taken = np.zeros(len(rows)), np.zeros(len(rows))
        whole = bool(tables.services["whole"][service])
        for row in self._rows.of(service):
            node = self._extent(row)
            if whole or node == own:
                continue
            shared, holds = overlapping(nodes, rows, node), holding(nodes, rows, node)
            if tables.outages["state"][row] == OPEN:
                explained |= shared
                taken += np.where(holds, nodes["mid"][node], 0.0)
            else:
                tail += np.where(shared | holds, tables.outages["tail"][row], 0.0)
        freed = rows[nodes["explained"][rows] & ~explained]
        nodes["explained"][rows] = explained
        nodes["tail"][rows] = tail
        nodes["left"][rows] = self._left(rows, taken)
        self._pairs = None
        return freed

    def services(self) -> list[int]:
        """Those that have open or fading outages."""
        return self._rows.services()

    def forget_pairs(self) -> None:
        """The tables were overwritten."""
        self._pairs = None

    def _left(self, rows: IntArray, taken: FloatArray) -> FloatArray:
        """Part of each node's upper bound that holds for the rest of it, with the doubt about how
        large that rest usually is."""
        nodes = self._tables.nodes
        out = np.ones(len(rows))
        some = np.flatnonzero(taken)
        here = rows[some]
        share = np.maximum(
            1.0 - taken[some] / np.maximum(nodes["mid"][here], _LEAST_RATE), _LEAST_LEFT
        )
        doubt = 1.0 / np.sqrt(nodes["learned"][here] * share + 1.0)
        out[some] = np.minimum(share * (1.0 + self._rule.z * doubt), 1.0)
        return out

    def _extent(self, row: int) -> int:
        """The node of all that may belong to an outage."""
        table = self._tables.outages
        rows = self._tables.rows_of(int(table["service"][row]))
        return extent(self._tables.nodes, rows, int(table["node"][row]))

    def holders(self, service: int, node: int) -> IntArray:
        """The nodes that are judged by what an outage at `node` leaves of them."""
        rows = self._tables.rows_of(service)
        return rows[holding(self._tables.nodes, rows, node)]

    def pairs(self) -> tuple[IntArray, IntArray]:
        """Nodes that hold open local outages, and beside each of them that outage's extent."""
        if self._pairs is None:
            holders: list[int] = []
            parts: list[int] = []
            for row in self._rows.in_state(OPEN):
                service = int(self._tables.outages["service"][row])
                node = self._extent(row)
                if node != self._tables.own(service):
                    held = self.holders(service, node).tolist()
                    holders += held
                    parts += [node] * len(held)
            self._pairs = np.array(holders, np.int64), np.array(parts, np.int64)
        return self._pairs

    def rest_of(self, rows: IntArray, counts: FloatArray) -> FloatArray:
        """A minute's counts at sorted `rows`, without those of open local outages at the nodes
        that hold them."""
        holders, parts = self.pairs()
        if not holders.size or not rows.size:
            return counts
        at, known = _find(rows, parts)
        taken = np.where(known, counts[at], 0.0)
        where, reported = _find(rows, holders)
        rest = counts.copy()
        np.subtract.at(rest, where[reported], taken[reported])
        return np.maximum(rest, 0.0)

    def rest_in_blocks(
        self, service: int, holder: int, slots: Sequence[int], besides: Sequence[int] = ()
    ) -> FloatArray:
        """The same in these slots of ten minutes, and without the reports of `besides`."""
        blocks = self._tables.nodes["blocks"]
        left: FloatArray = blocks[holder, slots].astype(np.float64)
        for part in self._held(service, holder, besides):
            left -= blocks[part, slots]
        return np.maximum(left, 0.0)

    def left_besides(self, service: int, nodes: Sequence[int]) -> float:
        """Part of the service's normal rate that would be left with outages at `nodes` too."""
        mid, own = self._tables.nodes["mid"], self._tables.own(service)
        taken = sum(float(mid[part]) for part in self._held(service, own, nodes))
        return float(self._left(np.array([own]), np.array([taken]))[0])

    def _held(self, service: int, holder: int, besides: Sequence[int]) -> list[int]:
        """Extents of the open outages at `holder`, and of those that may be opened."""
        nodes, rows = self._tables.nodes, self._tables.rows_of(service)
        parts = [self._extent(row) for row in self._rows.of(service, OPEN)]
        held = [part for part in parts if holder in self.holders(service, part)]
        return held + [extent(nodes, rows, node) for node in besides]

    def share_reports(self, service: int, one: int, other: int) -> bool:
        """Whether trouble at one node may be seen at the other."""
        nodes, rows = self._tables.nodes, self._tables.rows_of(service)
        shared = overlapping(nodes, rows, extent(nodes, rows, one))
        return bool(shared[rows == other].any() or shared[rows == extent(nodes, rows, other)].any())

    # --- what is over

    def fade(self, minute: Minute, blocks: int) -> None:
        """So many times ten minutes have passed: tails fade, and what is long over is forgotten."""
        table = self._tables.outages
        table["tail"][:] *= 2.0 ** (-BLOCK * blocks / table["half_life"])
        old = (table["state"] == FADING) & (table["tail"] < _NO_TAIL)
        old &= table["ended"] + _REMEMBERED_MIN < minute
        services = self._rows.services()
        for row in np.flatnonzero(old).tolist():
            self._rows.drop(row)
        for service in services:
            self.mark(service)

    # --- what teaches

    def leave_out(
        self,
        column: Literal["hours", "blocks"],
        slot: int,
        start: Minute,
        end: Minute,
        exposure: float,
    ) -> None:
        """Counts of [start, end), kept in this slot, become what they would have been without the
        local outages of that time: what is usual there in `exposure` minutes, and at the nodes
        that hold them the rest."""
        table = self._tables.outages
        lesson_from = table["declared"] + self._rule.longest_incident_lesson
        meant = (table["state"] != FREE) & ~table["teaches"]
        meant &= (table["onset"] < end) & (start < lesson_from)
        meant &= (table["state"] == OPEN) | (table["ended"] > start)
        for row in self._rows.ordered(np.flatnonzero(meant)):
            if not self._rows.is_whole(row):
                self._leave_out(row, self._tables.nodes[column], slot, exposure)

    def _leave_out(self, row: int, column: FloatArray, slot: int, minutes: float) -> None:
        nodes = self._tables.nodes
        node = self._extent(row)
        rows = self._tables.rows_of(int(self._tables.outages["service"][row]))
        excess = max(0.0, float(column[node, slot] - nodes["mid"][node] * minutes))
        holders = rows[holding(nodes, rows, node)]
        column[holders, slot] = np.maximum(column[holders, slot] - excess, 0.0)
        shared = rows[overlapping(nodes, rows, node)]
        usual = nodes["mid"][shared] * minutes
        column[shared, slot] = np.minimum(column[shared, slot], usual)


def _find(rows: IntArray, wanted: IntArray) -> tuple[IntArray, IntArray]:
    """Where each wanted number is in the sorted `rows`, and whether it is there."""
    at = np.minimum(np.searchsorted(rows, wanted), len(rows) - 1)
    return at, rows[at] == wanted
