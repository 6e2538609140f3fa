"""The live detector over simulated reports: slices are made known as live, when first seen."""

from __future__ import annotations

from typing import Final

import numpy as np

from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.model import Declared, IntArray, MinuteCounts, NodeSpec
from lapwing.outages.detection.rule import Rule
from lapwing.outages.evaluation.simulated_world import (
    CLOCKS,
    NETWORKS,
    SLICES,
    SLOTS,
    START_OF,
    SimulatedPlaces,
    spec_of,
)
from lapwing.outages.evaluation.simulation import HOUR, SPREAD_REPORTS, START, Traits
from lapwing.outages.model import Dimension

UNSEEN: Final = -1
_ONE_NETWORK: Final = range(
    START_OF[Dimension.NETWORK], START_OF[Dimension.NETWORK] + SLOTS * NETWORKS
)


class SimulatedWatch:
    """Services known from the start begin in the middle of their lives and only learn for the
    warm-up; one that is launched later begins unknown, at its first report."""

    def __init__(self, traits: Traits, rule: Rule) -> None:
        self.traits = traits
        self.services = len(traits.per_day)
        self.slices = 1 if traits.places is None else SLICES
        self._node = np.full(self.services * self.slices, UNSEEN, dtype=np.int64)
        self.service_of: list[int] = []
        """By the detector's service number."""
        self.specs: list[NodeSpec] = []
        self.detector = Detector(rule, CLOCKS, SimulatedPlaces())
        self.minute = START
        established = np.flatnonzero(~traits.launched)
        self._make_known(established * self.slices)
        for number in range(len(established)):
            self.detector.begin_midstream(number)

    def copy(self) -> SimulatedWatch:
        """One that goes on from here by itself."""
        other = object.__new__(SimulatedWatch)
        other.traits, other.services, other.slices = self.traits, self.services, self.slices
        other._node, other.minute = self._node.copy(), self.minute
        other.service_of, other.specs = list(self.service_of), list(self.specs)
        other.detector = Detector(self.detector.rule, CLOCKS, SimulatedPlaces())
        other.detector.load(self.specs, self.detector.state())
        return other

    def open_services(self) -> list[int]:
        return [
            service
            for number, service in enumerate(self.service_of)
            if self.detector.is_open(number)
        ]

    def close(
        self, positions: IntArray, counts: IntArray, minutes: int = HOUR
    ) -> list[tuple[int, int]]:
        """Takes in the next minutes, as `counted` gives them. Returns the declared outages:
        service and minute."""
        size = self.services * self.slices
        minute, place = np.divmod(positions, size)
        self._make_known(np.unique(place[self._node[place] == UNSEEN]))
        nodes = self._node[place]
        order = np.argsort(minute * len(self.specs) + nodes)
        nodes, counts, place = nodes[order], counts[order], place[order]
        number = place % self.slices
        spread = (counts >= SPREAD_REPORTS) & ~np.isin(number, _ONE_NETWORK)
        edges = np.searchsorted(minute[order], np.arange(minutes + 1))
        found: list[tuple[int, int]] = []
        for step in range(minutes):
            part = slice(edges[step], edges[step + 1])
            now = MinuteCounts(self.minute + step, nodes[part], counts[part], spread[part])
            found += [
                (self.service_of[finding.service], finding.minute)
                for finding in self.detector.close_minute(now).findings
                if isinstance(finding, Declared)
            ]
        self.minute += minutes
        return found

    def _make_known(self, places: IntArray) -> None:
        """Ascending, so that a service comes before its countries and these before the rest."""
        if not places.size:
            return
        numbers = {service: number for number, service in enumerate(self.service_of)}
        new = []
        for place in places.tolist():
            service, part = divmod(place, self.slices)
            if part == 0:
                numbers[service] = len(self.service_of)
                self.service_of.append(service)
            countries = tuple(self.traits.countries[service].tolist())
            new.append(spec_of(numbers[service], part, countries))
        self._node[places] = self.detector.add_nodes(new)
        self.specs += new
