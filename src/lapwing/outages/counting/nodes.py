"""Numbers for the slices that are counted, given in the order in which they are first seen."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from lapwing.outages.counting.node_specs import NodeSpecs
from lapwing.outages.detection.model import IntArray, NodeSpec
from lapwing.outages.model import Dimension, ReportRow, Slice

RowNodes: TypeAlias = tuple[int, ...]
"""The nodes that one report counts at; the service's own is the first."""

ROWS_REMEMBERED = 100_000
"""Combinations of a report's values whose nodes are looked up at once; forgotten when full."""

NUMBERS_REMEMBERED = 500_000
"""Nodes of services that were looked into lately; forgotten when full, found again in `specs`."""


def _no_area(_city: int) -> None:
    return None


class NodeTable:
    """The slices known so far; a slice's number is its node in the detector."""

    def __init__(self, area_of: Callable[[int], int | None] = _no_area) -> None:
        """`area_of`: id of the city whose area a city belongs to."""
        self._area_of = area_of
        self.specs = NodeSpecs()
        self.slugs: list[str] = []
        """Slug by service number."""
        self.nodes_of_service: list[array[int]] = []
        self._services: dict[str, int] = {}
        self._numbers: dict[int, dict[int, int]] = {}
        """Service -> key in `specs` -> node; of the services asked for lately."""
        self._remembered = 0
        self._rows: dict[tuple[object, ...], RowNodes] = {}
        self._service_of = np.zeros(0, np.int64)
        self._dimension_of = np.zeros(0, np.int64)
        self._own = np.zeros(0, np.int64)

    @property
    def service_of(self) -> IntArray:
        """Service number by node."""
        have = len(self._service_of)
        if have < len(self.specs):
            self._service_of = np.concatenate([self._service_of, self.specs.services(have)])
        return self._service_of

    @property
    def dimension_of(self) -> IntArray:
        """Position in `Dimension` by node."""
        have = len(self._dimension_of)
        if have < len(self.specs):
            more = self.specs.dimensions(have)
            self._dimension_of = np.concatenate([self._dimension_of, more])
        return self._dimension_of

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
            self.nodes_of_service.append(array("i"))
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

    def take_over(self, specs: NodeSpecs, slugs: list[str]) -> None:
        """Goes on from a table that was kept; only into an empty one."""
        self.specs, self.slugs = specs, list(slugs)
        self._services = {slug: number for number, slug in enumerate(slugs)}
        self.nodes_of_service = [array("i") for _ in slugs]
        for node, service in enumerate(self.service_of.tolist()):
            self.nodes_of_service[service].append(node)

    def node(self, service: int, dimension: Dimension, value: str, country: str | None) -> int:
        key = self.specs.key(dimension, value)
        number = None if key is None else self._numbers_of(service).get(key)
        if number is None:
            number = self._add(NodeSpec(service, dimension, value, country))
        return number

    def find_node(self, service: int, dimension: Dimension, value: str) -> int | None:
        """None: nobody has reported from there."""
        key = self.specs.key(dimension, value)
        return None if key is None else self._numbers_of(service).get(key)

    def slice_of(self, node: int) -> Slice:
        spec = self.specs[node]
        return Slice(self.slugs[spec.service], spec.dimension, spec.value)

    def _nodes(self, row: ReportRow) -> RowNodes:
        service = self.service(row.service)
        own = self.nodes_of_service[service][0]
        area = None if row.city is None else self._area_of(row.city)
        values = (
            (Dimension.COUNTRY, row.country, row.country),
            (Dimension.REGION, row.region, row.country),
            (Dimension.CITY, None if row.city is None else str(row.city), row.country),
            (Dimension.AREA, None if area is None else str(area), row.country),
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
        self.nodes_of_service[spec.service].append(number)
        known = self._numbers.get(spec.service)
        if known is not None:
            known[self.specs.key_of(number)] = number
            self._remembered += 1
        return number

    def _numbers_of(self, service: int) -> dict[int, int]:
        known = self._numbers.get(service)
        if known is None:
            nodes = self.nodes_of_service[service]
            if self._remembered + len(nodes) > NUMBERS_REMEMBERED:
                self._numbers.clear()
                self._remembered = 0
            known = self._numbers[service] = {self.specs.key_of(node): node for node in nodes}
            self._remembered += len(nodes)
        return known
