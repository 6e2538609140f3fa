"""Which outages are open: declared, followed to their end, and what operators say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lapwing.kernel.instants import Minute
from lapwing.outages.detection.accumulation import Accumulation, Stretches, onset
from lapwing.outages.detection.admission import Admit, Candidate
from lapwing.outages.detection.episodes import Episodes, Watched
from lapwing.outages.detection.expectation import Expectation
from lapwing.outages.detection.lanes import Lanes
from lapwing.outages.detection.layout import BLOCK, BLOCKS_KEPT, FADING, HOURS_KEPT, OPEN, Tables
from lapwing.outages.detection.model import (
    Declared,
    Finding,
    Grown,
    IntArray,
    MinuteCounts,
    OpenOutage,
    Recovered,
)
from lapwing.outages.detection.outage_rows import OutageRows
from lapwing.outages.detection.rule import DIMENSIONS, Rule
from lapwing.outages.model import Dimension

_EVERYWHERE: Final = 0.1
"""With this part of the evidence at the service's own node, all of it may be in trouble."""
_NEVER_ALL: Final = frozenset({Dimension.SERVICE, Dimension.SYMPTOM})
_WITHIN_COUNTRIES: Final = frozenset({Dimension.REGION, Dimension.AREA, Dimension.CITY})
_LOCAL: Final = [
    DIMENSIONS.index(one) for one in (Dimension.CITY, Dimension.AREA, Dimension.NETWORK)
]
MOST_REFUSED: Final = 3
"""Slices that are asked about in a minute after the first was refused."""
_FEW_PLACES: Final = 3
"""So many at once may be as many local outages, and nothing that they have in common."""
_LOOKED_AT: Final = 12
"""Slices with the most evidence, of which one may be all of the trouble."""
_LEAST_REST: Final = 0.2
"""With less than this part of the excess elsewhere, it is local;"""
_REST_IN_TROUBLE: Final = 20.0
"""or with less evidence than this against the rest."""
_MOST: Final = 0.5
"""A slice that usually brings this part of the reports is no part of the service but most of it."""
MOST_LOCAL: Final = 20
"""Local outages of one service at once; one more, and it is everywhere."""


@dataclass(slots=True)
class Clock:
    minute: Minute
    """The last one that closed or is closing."""
    tick: int = 0
    """Minutes in which somebody listened."""
    in_block: int = 0
    """Of these, in the block that is counted."""


class Course:
    """Works on the tables; holds nothing of its own that lasts."""

    def __init__(
        self,
        rule: Rule,
        tables: Tables,
        expectation: Expectation,
        accumulation: Accumulation,
        lanes: Lanes,
        clock: Clock,
    ) -> None:
        self._rule = rule
        self._tables = tables
        self._nodes, self._services = tables.nodes, tables.services
        self._outages = tables.outages
        self._expectation = expectation
        self._accumulation = accumulation
        self._lanes = lanes
        self._clock = clock
        self._rows = OutageRows(tables)
        self._episodes = Episodes(rule, tables.outages)
        self._threshold = np.exp(rule.log_threshold)
        self.lowered: Mapping[int, float] = {}
        """By service: the part of the threshold that reports need not bring."""

    # --- asked

    def open_outages(self, service: int) -> tuple[OpenOutage, ...]:
        return tuple(self._rows.told(row) for row in self._rows.of(service, OPEN))

    def is_open(self, service: int, node: int) -> bool:
        return self._rows.find(service, node, OPEN) is not None

    def may_open(self, service: int, node: int) -> bool:
        """Not where one is open, nor where an open one may be what is reported."""
        if self.is_open(service, node) or self._services["whole"][service]:
            return False
        return not self._nodes["explained"][node]

    # --- declared

    def declare_ripe(self, admit: Admit) -> list[Finding]:
        """Where the evidence has reached its threshold and `admit` has nothing against it."""
        services, minute = self._services, self._clock.minute
        ripe = services["evidence"] >= self._threshold
        for service in self.lowered:
            ripe[service] = services["evidence"][service] >= self._needed(service)
        ripe &= ~services["whole"]
        ripe &= (services["learns_until"] <= minute) | services["tentative"]
        found: list[Finding] = []
        for service in np.flatnonzero(ripe).tolist():
            found += self._examine(service, admit)
        return found

    def _examine(self, service: int, admit: Admit) -> list[Finding]:
        """One outage after the other, until what is left is not enough for one."""
        found: list[Finding] = []
        refused: list[int] = []
        while (node := self._heaviest(service, refused)) is not None:
            candidate = self._candidate(service, node)
            verdict = admit(candidate)
            if not verdict.admitted or not self.may_open(service, verdict.node):
                refused.append(node)
                continue
            log_evidence = float(np.log(self._services["evidence"][service]))
            began = self._onset(verdict.node)
            grown = self._open(service, verdict.node, began, log_evidence)
            declared = Declared(
                service,
                candidate.minute,
                began,
                log_evidence,
                self._rule.log_threshold,
                verdict.node,
            )
            found += [declared, *grown]
            if self._services["whole"][service]:
                break
        return found

    def _needed(self, service: int) -> float:
        """Evidence that the service's reports must bring now."""
        return float(self._threshold * (1.0 - self.lowered.get(service, 0.0)))

    def _heaviest(self, service: int, refused: Sequence[int]) -> int | None:
        """Where the next outage is; None: the evidence is not enough. `evidence` is an upper bound
        between refreshes; here it is made exact. Beside what was refused in this minute (a flood
        from one network, say) a city, area or network must have enough by itself."""
        rows, own = self._tables.rows_of(service), self._tables.own(service)
        self._accumulation.settle(rows, self._clock.tick)
        parts = self._accumulation.weighted(rows)
        total = float(parts.sum())
        self._services["evidence"][service] = total
        if total < self._needed(service) or len(refused) > MOST_REFUSED:
            return None
        if refused:
            local = np.isin(self._nodes["dimension"][rows], _LOCAL) & ~np.isin(rows, refused)
            heaviest = int(np.argmax(np.where(local, parts, 0.0)))
            enough = local[heaviest] and parts[heaviest] >= self._threshold
            return int(rows[heaviest]) if enough else None
        if len(self._rows.of(service, OPEN)) >= MOST_LOCAL:
            return own
        ranked = rows[np.argsort(-parts)[:_LOOKED_AT]]
        if float(parts[rows == own].sum()) < _EVERYWHERE * total:
            node = int(ranked[0])
            return own if self._is_most(service, [node]) else node
        return self._narrowed(service, [int(node) for node in ranked]) or own

    def _is_most(self, service: int, nodes: Sequence[int]) -> bool:
        """Whether these slices usually bring most of the service's reports, or too little is known
        of the service to say so."""
        own, slices = self._tables.own(service), list(nodes)
        known = float(self._nodes["learned"][own])
        if known < self._rule.share_concentration:
            return True
        usual = (self._nodes[name] for name in ("mid", "learned"))
        return any(float(one[slices].sum()) >= _MOST * float(one[own]) for one in usual)

    def _narrowed(self, service: int, ranked: list[int]) -> int | None:
        """The slice that is all of the trouble, or the first of a few places that are; None: it
        is everywhere."""
        nodes = self._nodes
        may_be = [
            node
            for node in ranked
            if nodes["weight"][node] > 0.0
            and DIMENSIONS[int(nodes["dimension"][node])] not in _NEVER_ALL
            and not self._is_most(service, [node])
        ]
        for node in may_be:
            if self._are_all_of_it(service, [node]):
                return node
        places: list[int] = []
        for node in may_be:
            within = DIMENSIONS[int(nodes["dimension"][node])] in _WITHIN_COUNTRIES
            if within and not any(self._lanes.share_reports(service, node, one) for one in places):
                places.append(node)
            if len(places) > 1 and self._are_all_of_it(service, places):
                return places[0]
            if len(places) == _FEW_PLACES:
                break
        return None

    def _are_all_of_it(self, service: int, chosen: list[int]) -> bool:
        """Whether the service would be as usual but for these slices."""
        nodes, own = self._nodes, self._tables.own(service)
        if self._is_most(service, chosen):
            return False
        began = min(self._onset(node) for node in chosen)
        stretches = self._stretches(service, own, began, besides=chosen)
        left = self._lanes.left_besides(service, chosen) / float(nodes["left"][own])
        minutes = sum(length for _, length, _ in stretches)
        usual = float(nodes["mid"][own] * nodes["left"][own]) * minutes
        excess = sum(count for _, _, count in self._stretches(service, own, began)) - usual
        rest = sum(count for _, _, count in stretches) - usual * left
        if rest < _LEAST_REST * max(excess, 1.0):
            return True
        mu0 = float(nodes["mu0"][own]) * left
        phi = self._rule.dispersion_floor + mu0 * float(self._services["inverse_r"][service])
        sr, _, _ = self._accumulation.over(stretches, mu0, phi)
        return float(sr.mean()) < _REST_IN_TROUBLE

    def _candidate(self, service: int, node: int) -> Candidate:
        return Candidate(
            service,
            node,
            onset=self._onset(node),
            minute=self._clock.minute,
            mu0=float(self._nodes["mu0"][node]),
            phi=self._phi(service, node),
            log_threshold=self._rule.log_threshold,
        )

    def _onset(self, node: int) -> Minute:
        return onset(self._nodes["cusum"][node], self._nodes["start"][node], self._clock.minute)

    def _open(
        self, service: int, node: int, began: Minute, log_evidence: float = 0.0
    ) -> list[Grown]:
        """The outages that it holds become parts of it."""
        grown, earliest = self._take_in(service, node)
        row = self._rows.add(service, node)
        self._episodes.begin(row, max(self._clock.minute, began), began)
        self._outages["log_evidence"][row] = log_evidence
        self._outages["weight"][row] = self._nodes["weight"][node]
        if self._rows.is_whole(row):
            self._taint_from(service, min(began, earliest))
        self._begin_watching(service, node, began)
        return grown

    def _take_in(self, service: int, node: int) -> tuple[list[Grown], Minute]:
        """Forgets the open outages all of whose reports are the node's too; with the earliest of
        their onsets, or now."""
        outages, minute = self._outages, self._clock.minute
        grown: list[Grown] = []
        earliest = minute
        for row in self._rows.of(service, OPEN):
            part = int(outages["node"][row])
            if node in self._lanes.holders(service, part):
                grown.append(Grown(service, minute, part, into=node))
                earliest = min(earliest, int(outages["onset"][row]))
                self._rows.drop(row)
        return grown, earliest

    def _begin_watching(self, service: int, node: int, began: Minute) -> None:
        """The rest of the service, beside the outage at `node`."""
        whole = node == self._tables.own(service)
        if whole:
            self._services["whole"][service] = True
            self._services["tolerance"][service] = 1.0
            table = self._outages
            table["tail"][table["service"] == service] = 0.0
        self._services["open"][service] = True
        self._mark(service)
        if not whole:
            for holder in self._lanes.holders(service, node).tolist():
                self._restart(service, holder, began)
            self._weigh_up(service)

    def _restart(self, service: int, holder: int, began: Minute) -> None:
        """A node that was judged by all its reports is judged by what the open local outages leave
        of them, as far back as its counts go but not from before `began`."""
        stretches = self._stretches(service, holder, began)
        self._accumulation.restart(holder, stretches, self._phi(service, holder))

    def _stretches(
        self, service: int, holder: int, began: Minute, besides: Sequence[int] = ()
    ) -> Stretches:
        """What the last half hour's blocks of ten minutes, from `began` on, brought at a node
        apart from the open local outages, and apart from `besides`."""
        now = self._clock.minute // BLOCK
        blocks = range(max(now - BLOCKS_KEPT + 1, began // BLOCK), now + 1)
        slots = [block % BLOCKS_KEPT for block in blocks]
        counts = self._lanes.rest_in_blocks(service, holder, slots, besides).tolist()
        return [
            (
                max(block * BLOCK, began),
                BLOCK if block < now else max(self._clock.in_block, 1),
                count,
            )
            for block, count in zip(blocks, counts, strict=True)
        ]

    def _phi(self, service: int, node: int) -> float:
        mu0 = float(self._nodes["mu0"][node])
        return self._rule.dispersion_floor + mu0 * float(self._services["inverse_r"][service])

    def _mark(self, service: int) -> IntArray:
        """What is explained, tolerated and expected there is other than before; returns the nodes
        that nothing explains any more."""
        rows = self._tables.rows_of(service)
        self._accumulation.settle(rows, self._clock.tick)
        freed = self._lanes.mark(service)
        self._accumulation.renew(rows, *self._expectation.bounds(rows))
        self._expectation.renew_weights(rows)
        return freed

    def _weigh_up(self, service: int) -> None:
        parts = self._accumulation.weighted(self._tables.rows_of(service))
        self._services["evidence"][service] = float(parts.sum())

    # --- followed

    def follow(self, counts: MinuteCounts) -> list[Finding]:
        """One more minute of every open outage."""
        rows = self._rows.in_state(OPEN)
        if not rows:
            return []
        found: list[Finding] = []
        for row, seen in zip(rows, self._watch(rows, counts), strict=True):
            if self._rows.is_whole(row):
                self._taint(row)
            news = self._episodes.follow(row, counts.minute, seen)
            found += news
            if news and isinstance(news[-1], Recovered):
                self._end(row)
        return found

    def _watch(self, rows: list[int], counts: MinuteCounts) -> list[Watched]:
        nodes = self._nodes
        followed = self._outages["node"][rows].astype(np.int64)
        inverse_r = self._services["inverse_r"][self._outages["service"][rows]]
        mu0 = nodes["mu0"][followed]
        reports = np.zeros(len(rows))
        log_e = nodes["empty"][followed]
        if counts.nodes.size:
            at = np.minimum(np.searchsorted(counts.nodes, followed), counts.nodes.size - 1)
            here = np.flatnonzero(counts.nodes[at] == followed)
            reports[here] = counts.counts[at[here]]
            log_e[here] = self._accumulation.log_evidence(
                followed[here],
                reports[here],
                self._rule.dispersion_floor + mu0[here] * inverse_r[here],
                counts.spread[at[here]],
                self._clock.tick - nodes["reported"][followed[here]],
            )
        columns = (reports.tolist(), mu0.tolist(), inverse_r.tolist(), log_e.tolist())
        return [
            Watched(reported, usual, inverse, tuple(evidence))
            for reported, usual, inverse, evidence in zip(*columns, strict=True)
        ]

    def _taint(self, row: int) -> None:
        service, minute = int(self._outages["service"][row]), self._clock.minute
        if minute - int(self._outages["declared"][row]) < self._rule.longest_incident_lesson:
            self._services["tainted"][service, minute // 60 % HOURS_KEPT] = True

    def _taint_from(self, service: int, began: Minute) -> None:
        this_hour = self._clock.minute // 60
        for hour in range(max(began // 60, this_hour - HOURS_KEPT + 1), this_hour + 1):
            self._services["tainted"][service, hour % HOURS_KEPT] = True

    # --- over

    def _end(self, row: int, *, dismissed: bool = False) -> None:
        service, node = int(self._outages["service"][row]), int(self._outages["node"][row])
        rule, mu0 = self._rule, float(self._nodes["mu0"][node])
        glow = self._episodes.afterglow(row, mu0, whole_peak=dismissed)
        half_life = rule.dismissed_half_life if dismissed else rule.tail_half_life
        self._rows.fade(row, self._clock.minute)
        self._outages["teaches"][row] = dismissed
        if node == self._tables.own(service):
            self._services["whole"][service] = False
            self._services["tolerance"][service] = glow / mu0
            self._services["tolerance_half_life"][service] = half_life
            self._services["level_from"][service] = self._clock.minute + 3 * BLOCK
        else:
            self._outages["tail"][row], self._outages["half_life"][row] = glow, half_life
        self._services["open"][service] = bool(self._rows.of(service, OPEN))
        self._go_on_watching(service, node)

    def _go_on_watching(self, service: int, node: int) -> None:
        """The outage at `node` is over: what it was evidence of is forgotten."""
        freed = self._mark(service)
        if node == self._tables.own(service):
            self._accumulation.clear(self._tables.rows_of(service))
        else:
            self._accumulation.clear(freed)
            self._accumulation.clear(self._lanes.holders(service, node))
        self._weigh_up(service)

    # --- the operator's word

    def declare(self, service: int, node: int, minute: Minute) -> list[Grown]:
        """Opened by hand, beginning at `minute`; nothing happens where it may not."""
        return self._open(service, node, minute) if self.may_open(service, node) else []

    def reopen(self, service: int, node: int) -> list[Grown]:
        """The last outage there goes on: its end was no end. Nothing happens if it is forgotten,
        or may not be open."""
        row = self._rows.find(service, node, FADING)
        if row is None or not self.may_open(service, node):
            return []
        grown, _ = self._take_in(service, node)
        self._outages["state"][row] = OPEN
        self._outages["tail"][row] = 0.0
        self._episodes.resume(row, self._clock.minute)
        self._begin_watching(service, node, self._clock.minute)
        return grown

    def dismiss(self, service: int, node: int) -> None:
        """This is normal: the outage is closed, its hours teach, and its rate counts as normal,
        fading while the baseline learns."""
        row = self._rows.find(service, node, OPEN)
        if row is None:
            return
        if self._rows.is_whole(row):
            self._services["tainted"][service] = False
        self._end(row, dismissed=True)

    def resolve(self, service: int, node: int) -> None:
        """The outage is over; its fading tail counts as normal."""
        row = self._rows.find(service, node, OPEN)
        if row is not None:
            self._end(row)
