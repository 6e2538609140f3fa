"""From which networks reports usually come, at a service and on the whole server."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from lapwing.kernel.instants import Minute
from lapwing.outages.counting.nodes import NodeTable
from lapwing.outages.detection.layout import Tables
from lapwing.outages.detection.model import FloatArray, IntArray
from lapwing.outages.model import Dimension

ACQUAINTED_FROM: Final = 3.0
"""Reports (decayed) that the server has from a network before it is no stranger."""
STRANGER_WEIGHT: Final = 0.25
"""What a network that never reported counts beside a known one."""

_SERVICE_PRIOR: Final = 50.0
"""Reports for which the share over all services stands in at a service with few of its own."""
_OF_NONE: Final = 200.0
"""Reports of no network in particular that a share over all services is measured against."""
_TELLING_FROM: Final = 100.0
"""Reports on the server from which on it can tell who is a stranger."""
_MOST_STRANGERS: Final = 0.5
"""Where strangers usually bring more than this, being one says nothing."""
_NEXT_STRANGER: Final = 5.0
_DIMENSIONS: Final = tuple(Dimension)
_NETWORK: Final = _DIMENSIONS.index(Dimension.NETWORK)


class Usual(NamedTuple):
    """One entry per network that was asked for."""

    shares: FloatArray
    """Usual part of the reports; together at most 1."""
    strange: FloatArray
    """1: never reported on this server, 0: known."""

    @property
    def weights(self) -> FloatArray:
        out: FloatArray = 1.0 - (1.0 - STRANGER_WEIGHT) * self.strange
        return out


class UsualNetworks:
    """Nothing of its own to keep: all of it is in the nodes and what the detector learnt there,
    looked at afresh every minute."""

    def __init__(self, nodes: NodeTable, tables: Tables) -> None:
        """`tables`: the detector's, of which what it learnt by node is read."""
        self._nodes = nodes
        self._tables = tables
        self._seen = 0
        self._networks = np.zeros(0, np.int64)
        self._names = np.zeros(0, np.int64)
        self._name_of: dict[int, int] = {}
        self._by_name = np.zeros(0)
        self._minute: Minute | None = None
        self._strangers = 1.0

    def of(self, service: int, networks: IntArray, scope: int, minute: Minute | None) -> Usual:
        """At `scope`, a node of the service that stands for a whole (itself or a country).
        `minute`: the last one that the detector closed, or is closing."""
        self._look(minute)
        here = self._learned(networks)
        names = [self._name_of[node] for node in networks.tolist()]
        everywhere = self._by_name[names] if names else np.zeros(0)
        own = int(self._nodes.own[service])
        of_scope, whole = self._learned(np.array([scope, own])).tolist()
        part = 1.0 if scope == own or whole <= 0.0 else max(of_scope / whole, 1e-3)
        prior = np.minimum(everywhere / (self._by_name.sum() + _OF_NONE) / part, 1.0)
        shares = (here + _SERVICE_PRIOR * prior) / (max(of_scope, here.sum()) + _SERVICE_PRIOR)
        shares /= max(1.0, float(shares.sum()))
        return Usual(shares, self._strange(everywhere))

    def _strange(self, everywhere: FloatArray) -> FloatArray:
        if self._strangers > _MOST_STRANGERS or self._by_name.sum() < _TELLING_FROM:
            return np.zeros(len(everywhere))
        out: FloatArray = 1.0 - np.minimum(everywhere / ACQUAINTED_FROM, 1.0)
        return out

    def _learned(self, nodes: IntArray) -> FloatArray:
        """Reports that nodes have been seen with, fading over weeks."""
        out: FloatArray = self._tables.nodes["learned"][nodes]
        return out

    def _look(self, minute: Minute | None) -> None:
        new = self._seen < len(self._nodes.specs)
        if new:
            self._see_new()
        if new or minute != self._minute:
            self._minute = minute
            learned = self._learned(self._networks)
            size = int(self._names.max(initial=-1)) + 1
            by_name = np.bincount(self._names, learned, size).astype(np.float64)
            self._by_name = by_name
            total = float(self._by_name.sum())
            rare = float(self._by_name[self._by_name < ACQUAINTED_FROM].sum())
            self._strangers = (rare + _NEXT_STRANGER) / (total + _NEXT_STRANGER)

    def _see_new(self) -> None:
        specs, first = self._nodes.specs, self._seen
        new = first + np.flatnonzero(self._nodes.dimension_of[first:] == _NETWORK)
        names = [specs.key_of(node) // len(_DIMENSIONS) for node in new.tolist()]
        self._name_of.update(zip(new.tolist(), names, strict=True))
        self._networks = np.concatenate([self._networks, new])
        self._names = np.concatenate([self._names, np.array(names, np.int64)])
        self._seen = len(specs)
