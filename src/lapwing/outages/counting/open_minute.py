"""The counts of one minute while its reports come in."""

from __future__ import annotations

import numpy as np

from lapwing.kernel.instants import Minute
from lapwing.outages.counting.nodes import RowNodes
from lapwing.outages.detection.model import MinuteCounts
from lapwing.outages.model import ReportRow

SPREAD_BLOCKS = 5
SPREAD_NETWORKS = 3


class OpenMinute:
    """Adds reports up; `closed` gives what the detector takes."""

    def __init__(self, minute: Minute) -> None:
        self.minute = minute
        self.counts: dict[int, int] = {}
        self.trusted: dict[int, int] = {}
        """Reports without caps, by the service's own node."""
        self.rows: list[ReportRow] = []
        self._nodes: list[RowNodes] = []

    def add(self, nodes: RowNodes, row: ReportRow) -> None:
        counts = self.counts
        for node in nodes:
            counts[node] = counts.get(node, 0) + 1
        if row.trusted:
            self.trusted[nodes[0]] = self.trusted.get(nodes[0], 0) + 1
        self.rows.append(row)
        self._nodes.append(nodes)

    def closed(self) -> MinuteCounts:
        nodes = np.fromiter(self.counts.keys(), np.int64, len(self.counts))
        counts = np.fromiter(self.counts.values(), np.int64, len(self.counts))
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

        An operator's import without origin cannot be spread by this rule, so half of a node's
        reports being trusted is enough.
        """
        blocks: dict[int, set[str | None]] = {}
        networks: dict[int, set[str | None]] = {}
        trusted: dict[int, int] = {}
        for nodes, row in zip(self._nodes, self.rows, strict=True):
            for node in nodes:
                if row.trusted:
                    trusted[node] = trusted.get(node, 0) + 1
                elif self.counts[node] >= SPREAD_BLOCKS:
                    blocks.setdefault(node, set()).add(row.block)
                    networks.setdefault(node, set()).add(row.network)
        spread = {node for node, count in trusted.items() if 2 * count >= self.counts[node]}
        spread.update(
            node
            for node, seen in blocks.items()
            if len(seen) >= SPREAD_BLOCKS and len(networks[node]) >= SPREAD_NETWORKS
        )
        return spread
