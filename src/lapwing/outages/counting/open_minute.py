"""The counts of one minute while its reports come in."""

from __future__ import annotations

import numpy as np

from lapwing.kernel.instants import Minute
from lapwing.outages.counting.nodes import RowNodes
from lapwing.outages.detection.model import MinuteCounts
from lapwing.outages.model import ReportRow

SPREAD_BLOCKS = 5
SPREAD_NETWORKS = 3


class _Alike:
    """The reports that count at the same nodes."""

    __slots__ = ("added", "rows")

    def __init__(self) -> None:
        self.rows: list[ReportRow] = []
        self.added = 0
        """So many of them are in the counts."""


class OpenMinute:
    """Adds reports up; `closed` gives what the detector takes."""

    def __init__(self, minute: Minute) -> None:
        self.minute = minute
        self.trusted: dict[int, int] = {}
        """Reports without caps, by the service's own node."""
        self.rows: list[ReportRow] = []
        self._counts: dict[int, int] = {}
        self._alike: dict[RowNodes, _Alike] = {}
        self._new: set[RowNodes] = set()

    def add(self, nodes: RowNodes, row: ReportRow) -> None:
        alike = self._alike.get(nodes)
        if alike is None:
            alike = self._alike[nodes] = _Alike()
        alike.rows.append(row)
        self._new.add(nodes)
        if row.trusted:
            self.trusted[nodes[0]] = self.trusted.get(nodes[0], 0) + 1
        self.rows.append(row)

    @property
    def alike(self) -> list[tuple[RowNodes, list[ReportRow]]]:
        """The reports by the nodes that they count at."""
        return [(nodes, alike.rows) for nodes, alike in self._alike.items()]

    @property
    def counts(self) -> dict[int, int]:
        """Reports by node."""
        counts = self._counts
        for nodes in self._new:
            alike = self._alike[nodes]
            more = len(alike.rows) - alike.added
            alike.added += more
            for node in nodes:
                counts[node] = counts.get(node, 0) + more
        self._new.clear()
        return counts

    def closed(self) -> MinuteCounts:
        by_node = self.counts
        nodes = np.fromiter(by_node.keys(), np.int64, len(by_node))
        counts = np.fromiter(by_node.values(), np.int64, len(by_node))
        order = np.argsort(nodes)
        nodes = nodes[order]
        spread_nodes = np.fromiter(sorted(self._spread()), np.int64)
        return MinuteCounts(
            minute=self.minute,
            nodes=nodes,
            counts=counts[order],
            spread=np.isin(nodes, spread_nodes, assume_unique=True),
        )

    def _spread(self) -> set[int]:
        """Nodes whose reports come from at least five blocks in three networks, or are trusted.

        An operator names reporters and networks but no blocks: each reporter stands for one.

        An operator's import without origin cannot be spread by this rule, so half of a node's
        reports being trusted is enough.
        """
        counts = self.counts
        blocks: dict[int, set[str | None]] = {}
        networks: dict[int, set[str | None]] = {}
        trusted: dict[int, int] = {}
        for nodes, alike in self._alike.items():
            own = [row for row in alike.rows if not row.trusted]
            without_caps = len(alike.rows) - len(own)
            if without_caps:
                for node in nodes:
                    trusted[node] = trusted.get(node, 0) + without_caps
            several = [node for node in nodes if counts[node] >= SPREAD_BLOCKS]
            if own and several:
                blocks_here = {row.block or row.reporter for row in own}
                networks_here = {row.network for row in own}
                for node in several:
                    blocks.setdefault(node, set()).update(blocks_here)
                    networks.setdefault(node, set()).update(networks_here)
        spread = {node for node, count in trusted.items() if 2 * count >= counts[node]}
        spread.update(
            node
            for node, seen in blocks.items()
            if len(seen) >= SPREAD_BLOCKS and len(networks[node]) >= SPREAD_NETWORKS
        )
        return spread
