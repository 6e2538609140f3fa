"""Numbers for the slices that are counted, given in the order in which they are first seen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np

from lapwing.outages.detection.model import IntArray, NodeSpec
from lapwing.outages.model import Dimension, ReportRow

RowNodes: TypeAlias = tuple[int, ...]
"""The nodes that one report counts at; the service's own is the first."""

ROWS_REMEMBERED = 100_000
"""Combinations of a report's values whose nodes are looked up at once; forgotten when full."""


class NodeTable:
    """The slices known so far; a slice's number is its node in the detector."""

    def __init__(self) -> None:
        self.specs: list[NodeSpec] = []
        self.slugs: list[str] = []
        """Slug by service number."""
        self.nodes_of_service: list[list[int]] = []
        self._services: dict[str, int] = {}
        self._numbers: dict[tuple[int, Dimension, str], int] = {}
        self._rows: dict[tuple[object, ...], RowNodes] = {}
        self._service_of = np.zeros(0, np.int64)
        self._own = np.zeros(0, np.int64)

    @property
    def service_of(self) -> IntArray:
        """Service number by node."""
        have = len(self._service_of)
        if have < len(self.specs):
            new = np.array([spec.service for spec in self.specs[have:]], np.int64)
            self._service_of = np.concatenate([self._service_of, new])
        return self._service_of

    @property
    def own(self) -> IntArray:
        """A service's own node, by service number."""
        if len(self._own) < len(self.slugs):
            self._own = np.array([nodes[0] for nodes in self.nodes_of_service], np.int64)
        return self._own

    def find_service(self, slug: str) -> int | None:
        return self._services.get(slug)

    def service(self, slug: str) -> int:
        """The service's number; a new service gets the next one, and its own node."""
        number = self._services.get(slug)
        if number is None:
            number = len(self.slugs)
            self._services[slug] = number
            self.slugs.append(slug)
            self.nodes_of_service.append([])
            self._add(NodeSpec(number, Dimension.SERVICE, ""))
        return number

    def of_row(self, row: ReportRow) -> RowNodes:
        """The nodes of a report; each (service, dimension, value) once."""
        key = (
            row.service,
            row.symptom,
            row.platform,
            row.country,
            row.region,
            row.city,
            row.network,
        )
        nodes = self._rows.get(key)
        if nodes is None:
            if len(self._rows) >= ROWS_REMEMBERED:
                self._rows.clear()
            nodes = self._rows[key] = self._nodes(row)
        return nodes

    def extend(self, specs: Iterable[NodeSpec], slugs: list[str]) -> None:
        """Takes over a table that was kept; only into an empty one."""
        for spec in specs:
            if spec.dimension is Dimension.SERVICE:
                self.service(slugs[spec.service])
            else:
                self._add(spec)

    def node(self, service: int, dimension: Dimension, value: str, country: str | None) -> int:
        number = self._numbers.get((service, dimension, value))
        if number is None:
            number = self._add(NodeSpec(service, dimension, value, country))
        return number

    def _nodes(self, row: ReportRow) -> RowNodes:
        service = self.service(row.service)
        own = self._numbers[(service, Dimension.SERVICE, "")]
        values = (
            (Dimension.COUNTRY, row.country, row.country),
            (Dimension.REGION, row.region, row.country),
            (Dimension.CITY, None if row.city is None else str(row.city), row.country),
            (Dimension.PLATFORM, row.platform, None),
            (Dimension.SYMPTOM, row.symptom, None),
            (Dimension.NETWORK, row.network, row.country),
        )
        return own, *(
            self.node(service, dimension, value, country)
            for dimension, value, country in values
            if value is not None
        )

    def _add(self, spec: NodeSpec) -> int:
        number = len(self.specs)
        self.specs.append(spec)
        self._numbers[(spec.service, spec.dimension, spec.value)] = number
        self.nodes_of_service[spec.service].append(number)
        return number
