"""Asked before an outage is declared: is it more than one or two networks that say so?

Reports whose network is not known (an operator's trusted import, history of which only counts are
kept) are not judged: the caps are off for them as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

import numpy as np

from lapwing.kernel.instants import Minute
from lapwing.outages.counting.nodes import NodeTable
from lapwing.outages.counting.recent_reports import (
    NO_BLOCK,
    NO_NODE,
    RecentReports,
)
from lapwing.outages.counting.seen_reports import SeenReports, how_often
from lapwing.outages.counting.usual_networks import Usual, UsualNetworks
from lapwing.outages.counting.windows import WINDOW_MIN, Windows
from lapwing.outages.detection.accumulation import onset
from lapwing.outages.detection.admission import Candidate, Verdict
from lapwing.outages.detection.concentration import Concentration, concentration
from lapwing.outages.detection.corroboration import (
    BLOCK_PARTNERS,
    PARTNERS,
    Grouped,
    Normal,
    log_corroborated,
    log_more,
)
from lapwing.outages.detection.layout import Tables
from lapwing.outages.detection.model import FloatArray, IntArray, MinuteCounts
from lapwing.outages.detection.rule import Rule
from lapwing.outages.model import Dimension

WINDOW_BACK_MIN: Final = 45
LONGEST_BACK_MIN: Final = 360
"""How far back a slow candidate's own onset is followed."""
_NEEDED_PART: Final = 0.9
"""Of the evidence at which an outage is declared that the capped one must reach: it is a little
smaller than the sum over all slices in a true outage as well."""
_KNOWN_PART: Final = 0.5
"""Of the counted reports that must be known one by one for the rule to judge."""
_LOG_REAL_EXCESS: Final = float(np.log(10.0))
_GROWTH_MIN: Final = 3
"""Least minutes over which a whole is asked whether it has grown."""
_SUSPECTS: Final = 2
"""So many of the networks with the largest excess are tried by themselves."""
_PLACE_PRIOR: Final = 20.0
"""Reports for which the country's networks stand in at a place with few of its own."""
_BLOCK_PRIOR: Final = 50.0
_FEW_CITIES_FROM: Final = 20
"""Reports of a network on the day before from which on its usual cities are known."""
_LOCAL_FROM: Final = 8
"""Reports of a place on the day before from which on its usual networks are known."""
_LOCAL_NETWORKS: Final = 2
_LOCAL_PART: Final = 0.6
_LOCAL_MOST: Final = 0.5
"""A place that usually brings more than this part of the service is not local."""
_WHOLES: Final = frozenset({Dimension.SERVICE, Dimension.PLATFORM, Dimension.SYMPTOM})
_TOWNS: Final = frozenset({Dimension.AREA, Dimension.CITY})


_REFUSED_AGAIN_MIN: Final = 10
_BESET_MIN: Final = 2


class _Refused(NamedTuple):
    """From the first to the last minute in which a service's candidates were not admitted."""

    first: Minute
    last: Minute


class Learns(Protocol):
    """What is asked of the detector."""

    @property
    def rule(self) -> Rule: ...

    def expected(self, nodes: IntArray) -> FloatArray: ...

    @property
    def minute(self) -> Minute | None: ...

    @property
    def tables(self) -> Tables: ...


class Corroborating:
    """Answers the detector (`Detector.admit`), and says how concentrated an outage is."""

    def __init__(
        self, recent: RecentReports, windows: Windows, nodes: NodeTable, detector: Learns
    ) -> None:
        self._recent = recent
        self._windows = windows
        self._nodes = nodes
        self._detector = detector
        self._usual = UsualNetworks(nodes, detector.tables)
        self._refused: dict[int, _Refused] = {}
        self._closing: MinuteCounts | None = None

    def __call__(self, candidate: Candidate) -> Verdict:
        verdict = self._judge(candidate)
        if not verdict.admitted:
            self._refuse(candidate.service, candidate.minute)
        elif verdict.node == candidate.node:
            self._refused.pop(candidate.service, None)
        return verdict

    def _refuse(self, service: int, minute: Minute) -> None:
        before = self._refused.get(service)
        again = before is not None and minute - before.last <= _REFUSED_AGAIN_MIN
        first = before.first if before is not None and again else minute
        self._refused[service] = _Refused(first, minute)

    def expect(self, closing: MinuteCounts) -> None:
        """What the minute that is closing has counted: the windows have it only after it."""
        self._closing = closing

    def refused_of(self, slug: str) -> Minute | None:
        """The last minute in which a candidate of the service was not admitted, since the
        start; None once one was."""
        found = self._refusals_of(slug)
        return None if found is None else found.last

    def beset_of(self, slug: str) -> Minute | None:
        """The same, from the third minute on: a true outage is soon told by enough networks."""
        found = self._refusals_of(slug)
        return None if found is None or found.last - found.first < _BESET_MIN else found.last

    def _refusals_of(self, slug: str) -> _Refused | None:
        service = self._nodes.find_service(slug)
        return None if service is None else self._refused.get(service)

    def _judge(self, candidate: Candidate) -> Verdict:
        node, dimension = candidate.node, self._nodes.specs[candidate.node].dimension
        of_service = self._reports(candidate.service, self._start(candidate), candidate.minute + 1)
        seen = of_service.at(node, dimension)
        before = self._windows.slice_sums(candidate.service, seen.start, seen.end - 1)
        counted = self._counted(before, node, seen)
        known = int((seen.networks != NO_NODE).sum())
        if known < _KNOWN_PART * counted or not counted:
            return Verdict(counted > 0, node)  # what nobody reports any more is no outage
        if dimension is Dimension.NETWORK:
            return Verdict(self._is_one_network(candidate, node, of_service), node)
        if self._say_several_networks(candidate, seen) or (
            dimension in _TOWNS and self._is_usual_town(candidate, seen)
        ):
            return Verdict(True, node)
        for network in self._suspects(seen):
            if self._others_are_quiet(candidate, network, of_service) and self._is_one_network(
                candidate, network, of_service
            ):
                return Verdict(True, network)
        return Verdict(False, node)

    # --- several networks

    def _say_several_networks(self, candidate: Candidate, seen: SeenReports) -> bool:
        """Reports without a network are one group, trusted ones one without a cap."""
        networks, groups = np.unique(seen.networks, return_inverse=True)
        known = networks[networks != NO_NODE]
        usual = self._usual_there(candidate.service, candidate.node, known, candidate.minute)
        without = len(networks) - len(known)  # NO_NODE is the least, hence the first
        groups = np.where(seen.trusted, len(networks), groups)
        rest = max(0.0, 1.0 - float(usual.shares.sum())) / (without + 1)
        shares = np.concatenate([[rest] * without, usual.shares, [rest]])
        weights = np.concatenate([np.ones(without), usual.weights, [np.inf]])
        return self._enough(candidate, candidate.node, seen, groups, shares, weights, PARTNERS)

    def _usual_there(self, service: int, node: int, networks: IntArray, minute: Minute) -> Usual:
        """Which part of a slice's reports these networks usually bring."""
        spec = self._nodes.specs[node]
        scope = int(self._nodes.own[service])
        if spec.dimension not in _WHOLES:
            scope = scope if (country := self._country(service, node)) is None else country
        usual = self._usual.of(service, networks, scope, self._detector.minute)
        if spec.dimension in _WHOLES or spec.dimension is Dimension.COUNTRY:
            return usual
        end = minute - WINDOW_BACK_MIN
        before = self._reports(service, end - LONGEST_BACK_MIN, end).at(node, spec.dimension)
        counts = how_often(before.networks, networks)
        shares = (counts + _PLACE_PRIOR * usual.shares) / (len(before.networks) + _PLACE_PRIOR)
        return usual._replace(shares=shares)

    # --- one network

    def _suspects(self, seen: SeenReports) -> list[int]:
        """The networks with the largest excess."""
        networks, counts = np.unique(seen.networks[seen.networks != NO_NODE], return_counts=True)
        excess = counts - self._detector.expected(networks) * (seen.end - seen.start)
        order = np.argsort(-excess, kind="stable")[:_SUSPECTS]
        return [int(networks[one]) for one in order if excess[one] > 0.0]

    def _is_one_network(self, candidate: Candidate, network: int, of_service: SeenReports) -> bool:
        """Several of its blocks and several cities say so, and the whole has really grown."""
        seen = of_service.at(network, Dimension.NETWORK).untrusted()
        return (
            self._has_grown(candidate, network, seen, of_service)
            and self._say_several(candidate, network, seen, seen.blocks, NO_BLOCK, BLOCK_PARTNERS)
            and (
                self._say_several(candidate, network, seen, seen.cities, NO_NODE, PARTNERS)
                or self._are_all_its_cities(candidate, network, seen)
            )
        )

    def _say_several(
        self,
        candidate: Candidate,
        node: int,
        seen: SeenReports,
        groups: IntArray,
        nobody: int,
        partners: int,
    ) -> bool:
        """Blocks or cities; `nobody` stands for none. None has a part that is usual, which only
        makes it harder."""
        names, numbers = np.unique(groups, return_inverse=True)
        weights = np.where(names == nobody, 0.0, 1.0)
        return self._enough(candidate, node, seen, numbers, np.zeros(len(names)), weights, partners)

    def _are_all_its_cities(self, candidate: Candidate, network: int, seen: SeenReports) -> bool:
        """Of a network that has people in one or two cities only."""
        end = seen.start
        before = self._reports(candidate.service, end - WINDOW_MIN, end)
        cities = before.at(network, Dimension.NETWORK).cities
        usual = np.unique(cities[cities != NO_NODE])
        few = len(usual) <= PARTNERS and len(cities) >= _FEW_CITIES_FROM
        return few and bool(np.isin(usual, seen.cities).all())

    def _others_are_quiet(
        self, candidate: Candidate, network: int, of_service: SeenReports
    ) -> bool:
        """Whether what the other networks bring since the onset is usual: else it is the first
        minutes of something larger, and the next ones will tell."""
        start = max(of_service.start, min(candidate.onset, candidate.minute - _GROWTH_MIN + 1))
        since = of_service.since(start)
        mine = len(since.at(network, Dimension.NETWORK).networks)
        own = int(self._nodes.own[candidate.service])
        before = self._windows.slice_sums(candidate.service, start, since.end - 1)
        others = self._counted(before, own, since) - mine
        usual = max(self._upper(own) - self._expected(network), 1e-3) * (since.end - start)
        return log_more(others, usual, max(others - usual, 0.0)) < candidate.phi * _LOG_REAL_EXCESS

    def _has_grown(
        self, candidate: Candidate, network: int, seen: SeenReports, of_service: SeenReports
    ) -> bool:
        """A carrier that renumbers moves reports and adds none, neither to the service nor to its
        country, whose own ups and downs (one standard error here) are no growth either. Counted
        since the network's own reports are more: if it renumbered, since then."""
        service = candidate.service
        nodes, minute = self._detector.tables.nodes, candidate.minute
        began = onset(nodes["cusum"][network], nodes["start"][network], minute)
        start = max(seen.start, min(began, minute - _GROWTH_MIN + 1))
        length = seen.end - start
        seen, of_service = seen.since(start), of_service.since(start)
        more = len(seen.networks) - self._expected(network) * length
        if more <= 0.0:
            return False
        before = self._windows.slice_sums(service, start, seen.end - 1)
        wholes = [(int(self._nodes.own[service]), Dimension.SERVICE)]
        country = self._country(service, network)
        if country is not None:
            wholes.append((country, Dimension.COUNTRY))
        return any(
            log_more(
                self._counted(before, node, of_service.at(node, dimension)),
                (self._expected(node) + self._upper(node)) / 2.0 * length,
                more,
            )
            >= _LOG_REAL_EXCESS
            for node, dimension in wholes
        )

    def _counted(self, before: Mapping[int, int], node: int, seen: SeenReports) -> int:
        """Counted reports of a node, whose own that are known one by one are `seen`; `before` are
        the counts until the minute that is closing."""
        last = int((seen.minutes == seen.end - 1).sum())
        closing = self._closing
        if closing is not None and closing.minute == seen.end - 1:
            last = max(last, int(closing.counts[closing.nodes == node].sum()))
        return before.get(node, 0) + last

    # --- a town with one or two networks

    def _is_usual_town(self, candidate: Candidate, seen: SeenReports) -> bool:
        """The networks that say so are the ones that usually report from there, and they do from
        several blocks."""
        whole = self._expected(int(self._nodes.own[candidate.service]))
        if self._expected(candidate.node) > _LOCAL_MOST * whole:
            return False
        end, dimension = seen.start, self._nodes.specs[candidate.node].dimension
        before = self._reports(candidate.service, end - WINDOW_MIN, end)
        networks = before.at(candidate.node, dimension).networks
        usual, counts = np.unique(networks, return_counts=True)
        few = usual[np.argsort(-counts, kind="stable")[:_LOCAL_NETWORKS]]
        if len(networks) < _LOCAL_FROM or np.isin(networks, few).mean() < _LOCAL_PART:
            return False
        mine = seen.only(np.isin(seen.networks, few)).untrusted()
        return self._say_several(
            candidate, candidate.node, mine, mine.blocks, NO_BLOCK, BLOCK_PARTNERS
        )

    # --- how concentrated

    def concentration(
        self, service: int, node: int, start: Minute, end: Minute
    ) -> Concentration | None:
        """Of the reports at `node` in [start, end); None where no networks are known."""
        dimension = self._nodes.specs[node].dimension
        seen = self._reports(service, start, end).at(node, dimension).untrusted()
        known = seen.only(seen.networks != NO_NODE)
        if not len(known.networks):
            return None
        networks, counts = np.unique(known.networks, return_counts=True)
        usual = self._usual_there(service, node, networks, start)
        blocks, of_blocks = np.unique(known.blocks, return_counts=True)
        before = self._reports(service, start - LONGEST_BACK_MIN, start).at(node, dimension)
        return concentration(
            networks=counts,
            usual=usual.shares,
            expected=self._expected(node) * (end - start),
            blocks=of_blocks,
            usual_blocks=how_often(before.blocks, blocks) / (len(before.blocks) + _BLOCK_PRIOR),
            strange=usual.strange,
            one_network=dimension is Dimension.NETWORK,
        )

    # --- what is asked for

    def _enough(
        self,
        candidate: Candidate,
        node: int,
        seen: SeenReports,
        groups: IntArray,
        shares: FloatArray,
        weights: FloatArray,
        partners: int,
    ) -> bool:
        """Whether the capped evidence is; groups are numbered from 0."""
        threshold = _NEEDED_PART * candidate.log_threshold
        length = seen.end - seen.start
        grouped = Grouped(seen.minutes - seen.start, groups, shares, weights, length)
        normal = Normal(self._upper(node), candidate.phi)
        rule = self._detector.rule
        return log_corroborated(grouped, normal, rule, threshold, partners) >= threshold

    def _upper(self, node: int) -> float:
        """Upper bound of a node's normal reports per minute."""
        return float(self._detector.tables.nodes["mu0"][node])

    def _expected(self, node: int) -> float:
        return float(self._detector.expected(np.array([node]))[0])

    def _country(self, service: int, node: int) -> int | None:
        """Of a slice that lies in one."""
        country = self._nodes.specs[node].country
        if country is None:
            return None
        return self._nodes.find_node(service, Dimension.COUNTRY, country)

    def _start(self, candidate: Candidate) -> Minute:
        began = max(candidate.onset, candidate.minute - LONGEST_BACK_MIN)
        return min(began, candidate.minute - WINDOW_BACK_MIN)

    def _reports(self, service: int, start: Minute, end: Minute) -> SeenReports:
        columns = self._recent.of(service, start, end)
        return SeenReports(start, end, columns, np.arange(len(columns)))
