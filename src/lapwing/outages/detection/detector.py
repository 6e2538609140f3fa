"""The detector: counts of a minute in, declared outages and their course out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lapwing.kernel.instants import Minute
from lapwing.outages.detection.accumulation import Accumulation, onset
from lapwing.outages.detection.episodes import Episodes, Watched
from lapwing.outages.detection.evidence import EmptyMinute
from lapwing.outages.detection.expectation import Expectation, Rows
from lapwing.outages.detection.keeping import (
    State,
    all_columns,
    copy_service,
    put_all,
    put_service,
)
from lapwing.outages.detection.layout import BLOCK, BLOCKS_KEPT, HOURS_KEPT, Tables
from lapwing.outages.detection.local_time import LocalTime
from lapwing.outages.detection.model import (
    BoolArray,
    Declared,
    Finding,
    FloatArray,
    IntArray,
    MinuteCounts,
    MinuteOutcome,
    NodeSpec,
    Recovered,
)
from lapwing.outages.detection.places import Places, UnknownPlaces
from lapwing.outages.detection.rule import DIMENSIONS, Rule
from lapwing.outages.model import Dimension

_OWN_PROFILE: Final = frozenset({Dimension.SERVICE, Dimension.COUNTRY})
_PLACES: Final = frozenset({Dimension.REGION, Dimension.AREA, Dimension.CITY})
_UNKNOWN: Final = UnknownPlaces()
_NONE: Final = -1
_CHUNK: Final = 1 << 15
"""Nodes handled at once: their intermediate arrays stay in the processor's cache."""
_EVERYWHERE: Final = 0.1
"""From this part of the evidence on at the service's own node, the trouble is not local."""


class Detector:
    """Watches every service and slice at once. Deterministic: same calls, same results.

    Not for several threads. Numbers of nodes and services are positions in the order added.
    """

    def __init__(self, rule: Rule, local_time: LocalTime, places: Places = _UNKNOWN) -> None:
        self.rule = rule
        self.local_time = local_time
        self.places = places
        tables = self._tables = Tables(rule)
        self._nodes, self._profiles = tables.nodes, tables.profiles
        self._services = tables.services
        self._expectation = Expectation(rule, local_time, tables)
        self._accumulation = Accumulation(rule, tables.nodes, EmptyMinute(rule))
        self._episodes = Episodes(rule, tables.services)
        self._profile_of: dict[tuple[int, str], int] = {}
        self._minute: Minute = _NONE
        self._tick = 0
        self._observed_in_block = 0
        self._observed_in_hour = np.zeros(HOURS_KEPT, dtype=np.int64)
        self._threshold = np.exp(rule.log_threshold)
        self._band: tuple[FloatArray, FloatArray] = (np.empty(0), np.empty(0))

    # --- what is watched ---

    @property
    def minute(self) -> Minute | None:
        """The last closed minute; None before the first."""
        return None if self._minute == _NONE else self._minute

    def __len__(self) -> int:
        """Number of nodes."""
        return len(self._nodes)

    def add_nodes(self, specs: Sequence[NodeSpec]) -> IntArray:
        """Numbers new nodes in order; a service's own SERVICE node comes before its slices.

        Raises ValueError for a slice of an unknown service or a service out of order; nothing
        is added then.
        """
        self._check(specs)
        first, profiles_before = len(self._nodes), len(self._profiles)
        self._nodes.extend(len(specs))
        rows = np.arange(first, first + len(specs))
        for row, spec in zip(rows.tolist(), specs, strict=True):
            if spec.dimension in _OWN_PROFILE:
                self._add_profile(row, spec)
        nodes = self._nodes
        nodes["service"][rows] = [spec.service for spec in specs]
        nodes["dimension"][rows] = [DIMENSIONS.index(spec.dimension) for spec in specs]
        nodes["key"][rows] = [_checksum(spec) for spec in specs]
        nodes["own"][rows] = [spec.dimension in _OWN_PROFILE for spec in specs]
        nodes["profile"][rows] = [self._profile_for(spec) for spec in specs]
        nodes["prior_share"][rows] = [self._prior_share(spec) for spec in specs]
        nodes["tick"][rows] = self._tick
        if self._minute != _NONE and len(specs):
            fresh = np.arange(profiles_before, len(self._profiles))
            self._expectation.look_ahead(self._minute, fresh)
            self._expectation.interpolate(self._minute, fresh)
            self._renew(rows)
            self._band = self._expectation.band()
        return rows

    def expected(self, nodes: IntArray) -> FloatArray:
        """Reports per minute that are normal now, for any nodes."""
        out: FloatArray = self._nodes["mid"][nodes].copy()
        return out

    def is_open(self, service: int) -> bool:
        return bool(self._services["open"][service])

    # --- time ---

    def close_minute(self, counts: MinuteCounts) -> MinuteOutcome:
        """Takes in the next minute. Raises ValueError if it is not the one after the last."""
        minute = counts.minute
        if self._minute not in (_NONE, minute - 1):
            raise ValueError(f"minute {minute} does not follow {self._minute}")
        if self._minute == _NONE or minute % BLOCK == 0:
            self._refresh(minute)
        self._minute = minute
        findings: list[Finding] = []
        if counts.observed:
            self._take(counts)
            findings = self._follow(counts) + self._declare(minute)
            findings.sort(key=lambda finding: finding.service)
        if minute % 60 == 59:
            self._close_hour(minute // 60)
        evidence = np.log(np.maximum(self._services["evidence"], 1e-9))
        return MinuteOutcome(minute, *self._band, evidence, tuple(findings))

    def _take(self, counts: MinuteCounts) -> None:
        self._tick += 1
        self._observed_in_block += 1
        hour = self._minute // 60 % HOURS_KEPT
        self._observed_in_hour[hour] += 1
        rows = counts.nodes
        if not rows.size:
            return
        nodes, y = self._nodes, counts.counts.astype(np.float64)
        nodes["hours"][rows, hour] += y
        nodes["blocks"][rows, self._minute // BLOCK % BLOCKS_KEPT] += y
        for chunk in _chunks(len(rows)):
            self._weigh(rows[chunk], y[chunk], counts.spread[chunk])
        whole = nodes["dimension"][rows] == 0
        self._expectation.see_counts(rows[whole], y[whole])

    def _weigh(self, rows: IntArray, y: FloatArray, spread: BoolArray) -> None:
        """Adds the evidence of these nodes' counts to their services'."""
        nodes, services = self._nodes, self._services
        service = nodes["service"][rows]
        phi = self.rule.dispersion_floor + nodes["mu0"][rows] * services["inverse_r"][service]
        log_e = self._accumulation.log_evidence(
            rows, y, phi, spread, self._tick - nodes["reported"][rows]
        )
        change = self._accumulation.absorb(rows, log_e, self._minute, self._tick)
        np.add.at(services["evidence"], service, change)

    # --- outages ---

    def _declare(self, minute: Minute) -> list[Finding]:
        services = self._services
        ripe = services["evidence"] >= self._threshold
        ripe &= ~services["open"]
        ripe &= (services["learns_until"] <= minute) | services["tentative"]
        return [
            finding
            for service in np.flatnonzero(ripe).tolist()
            if (finding := self._examine(service, minute)) is not None
        ]

    def _examine(self, service: int, minute: Minute) -> Declared | None:
        """`evidence` is an upper bound between refreshes; here it is made exact."""
        rows = self._tables.rows_of(service)
        self._accumulation.settle(rows, self._tick)
        parts = self._accumulation.weighted(rows)
        total = float(parts.sum())
        self._services["evidence"][service] = total
        if total < self._threshold:
            return None
        own = int(self._services["node"][service])
        heaviest = int(rows[np.argmax(parts)])
        if parts[rows == own].sum() >= _EVERYWHERE * total:
            heaviest = own
        began = onset(self._nodes["cusum"][heaviest], self._nodes["start"][heaviest], minute)
        self._open(service, minute, began, heaviest)
        return Declared(
            service, minute, began, float(np.log(total)), self.rule.log_threshold, heaviest
        )

    def _open(self, service: int, minute: Minute, began: Minute, heaviest: int) -> None:
        own = int(self._services["node"][service])
        self._episodes.open(service, minute, began, (own, heaviest))
        this_hour = minute // 60
        first = max(began // 60, this_hour - HOURS_KEPT + 1)
        for hour in range(first, this_hour + 1):
            self._services["tainted"][service, hour % HOURS_KEPT] = True
        self._renew_service(service)

    def _renew_service(self, service: int) -> None:
        """What is tolerated there is other than before."""
        rows = self._tables.rows_of(service)
        self._accumulation.settle(rows, self._tick)
        self._renew(rows)
        self._band = self._expectation.band()

    def _follow(self, counts: MinuteCounts) -> list[Finding]:
        services, found = self._services, []
        for service in np.flatnonzero(services["open"]).tolist():
            watched = tuple(
                self._watch(int(node), service, counts) for node in services["tracked"][service]
            )
            self._taint(service, counts.minute)
            news = self._episodes.follow(service, counts.minute, watched)
            found += news
            if news and isinstance(news[-1], Recovered):
                self._end(service)
        return found

    def _watch(self, node: int, service: int, counts: MinuteCounts) -> Watched:
        nodes = self._nodes
        mu0 = nodes["mu0"][node]
        place = int(np.searchsorted(counts.nodes, node))
        if place == counts.nodes.size or counts.nodes[place] != node:
            return Watched(0.0, float(mu0), tuple(nodes["empty"][node].tolist()))
        phi = self.rule.dispersion_floor + mu0 * self._services["inverse_r"][service]
        log_e = self._accumulation.log_evidence(
            np.array([node]),
            counts.counts[place : place + 1].astype(np.float64),
            np.array([phi]),
            counts.spread[place : place + 1],
            self._tick - nodes["reported"][[node]],
        )
        return Watched(float(counts.counts[place]), float(mu0), tuple(log_e[0].tolist()))

    def _taint(self, service: int, minute: Minute) -> None:
        services = self._services
        if minute - int(services["declared"][service]) < self.rule.longest_incident_lesson:
            services["tainted"][service, minute // 60 % HOURS_KEPT] = True

    def _end(self, service: int, *, dismissed: bool = False) -> None:
        services, rows = self._services, self._tables.rows_of(service)
        tracked = services["tracked"][service]
        if tracked[0] != _NONE:
            own, local = self._nodes["mu0"][tracked].tolist()
            glow = self._episodes.afterglow(service, (own, local), whole_peak=dismissed)
            services["tolerance"][service], services["tail"][service] = glow
        rule = self.rule
        half_life = rule.dismissed_half_life if dismissed else rule.tail_half_life
        services["tolerance_half_life"][service] = half_life
        services["open"][service] = False
        services["level_from"][service] = self._minute + 3 * BLOCK
        services["evidence"][service] = 0.0
        self._accumulation.settle(rows, self._tick)
        self._accumulation.clear(rows)
        self._renew_service(service)

    def declare(self, service: int, minute: Minute) -> None:
        """An operator opens an outage by hand, beginning at `minute`; no-op while one is open."""
        if not self.is_open(service):
            self._open(service, max(self._minute, minute), minute, self._own(service))

    def reopen(self, service: int) -> None:
        """The last outage goes on: its end was no end. No-op while one is open."""
        services = self._services
        if not self.is_open(service) and services["tracked"][service, 0] != _NONE:
            services["open"][service] = True
            services["receding"][service] = False
            services["calm"][service] = 0.0
            services["calm_start"][service] = self._minute + 1
            services["tolerance"][service] = 1.0
            services["tail"][service] = 0.0
            self._renew_service(service)

    def dismiss(self, service: int) -> None:
        """An operator's word that this is normal: the outage is closed, its hours teach, and its
        rate counts as normal, fading while the baseline learns."""
        self._services["tainted"][service] = False
        self._end(service, dismissed=True)

    def resolve(self, service: int) -> None:
        """An operator's word that the outage is over; its fading tail counts as normal."""
        self._end(service)

    def begin_midstream(self, service: int) -> None:
        """The service's history begins in the middle of its life (an import): for the warm-up
        that follows it learns its normal rate and declares nothing."""
        start = 0 if self._minute == _NONE else self._minute + 1
        self._services["learns_until"][service] = start + self.rule.warm_up

    def begin_unknown(self, service: int) -> None:
        """The server is new and nobody knows yet what is ordinary here: for the warm-up only the
        service as a whole can be declared, and against no less than `unknown_rate`."""
        self.begin_midstream(service)
        self._services["tentative"][service] = True
        if self._minute != _NONE:
            self._renew_service(service)
            self._expectation.renew_weights()

    # --- renewal ---

    def _refresh(self, minute: Minute) -> None:
        """Every ten minutes: evidence brought forward, expectations and weights renewed."""
        services = self._services
        if self._minute == _NONE:
            starts = services["learns_until"] > 0
            services["learns_until"][starts] += minute
        services["tentative"][:] &= services["learns_until"] > minute
        for chunk in _chunks(len(self._nodes)):
            self._accumulation.settle(chunk, self._tick)
        self._expectation.close_block(minute, self._observed_in_block)
        self._observed_in_block = 0
        if self._minute == _NONE or minute % 60 == 0:
            self._expectation.look_ahead(minute)
        self._expectation.interpolate(minute)
        for chunk in _chunks(len(self._nodes)):
            self._renew(chunk)
        self._expectation.renew_weights()
        if (services["learns_until"] > minute).any():
            learning = (services["learns_until"] > minute)[self._nodes["service"]]
            learning &= (self._nodes["dimension"] != 0) | ~services["tentative"][
                self._nodes["service"]
            ]
            self._accumulation.clear(np.flatnonzero(learning))
        parts = self._accumulation.weighted(slice(None))
        services["evidence"][:] = np.bincount(self._nodes["service"], parts, len(services))
        self._band = self._expectation.band()

    def _renew(self, rows: Rows) -> None:
        """New bounds of the normal rate, from now on; evidence must be settled there."""
        mu0, phi = self._expectation.bounds(rows)
        self._accumulation.renew(rows, mu0, phi)

    def _close_hour(self, hour: int) -> None:
        """The hour before the previous one teaches; its place is free for the next."""
        taught = hour - (HOURS_KEPT - 1)
        slot = taught % HOURS_KEPT
        exposure = float(self._observed_in_hour[slot])
        if exposure > 0.0:
            self._expectation.learn(taught, slot, exposure, self._minute)
        self._expectation.clear_hour(slot)
        self._observed_in_hour[slot] = 0

    def skip_to(self, minute: Minute) -> None:
        """Nobody listens until `minute`, the next to be closed: nothing is learnt of that time,
        and what was pending is settled. Cheap however long it was."""
        if self._minute == _NONE or minute <= self._minute + 1:
            return
        last, self._minute = self._minute, minute - 1
        if minute // 60 != last // 60:
            for hour in range(last // 60, last // 60 + HOURS_KEPT):
                self._close_hour(hour)
        if minute // BLOCK != last // BLOCK:
            self._expectation.fade(last, minute)
            self._expectation.look_ahead(minute)
            self._refresh(minute)

    # --- rows ---

    def _own(self, service: int) -> int:
        return int(self._services["node"][service])

    def _check(self, specs: Sequence[NodeSpec]) -> None:
        known = len(self._services)
        for spec in specs:
            if spec.dimension is Dimension.SERVICE:
                if spec.service != known:
                    raise ValueError(f"service {spec.service} where {known} is next")
                known += 1
            elif not 0 <= spec.service < known:
                raise ValueError(f"slice of unknown service {spec.service}: {spec}")

    def _add_profile(self, row: int, spec: NodeSpec) -> None:
        number = len(self._profiles)
        self._profiles.extend(1)
        profiles = self._profiles
        profiles["node"][number] = row
        profiles["service"][number] = spec.service
        zone = spec.value if spec.dimension is Dimension.COUNTRY else spec.country
        if zone is not None:
            profiles["zone"][number] = self._expectation.zone_number(zone)
        if spec.dimension is Dimension.SERVICE:
            self._services.extend(1)
            self._services["node"][spec.service] = row
            self._services["profile"][spec.service] = number
            self._profile_of[spec.service, ""] = number
            return
        # Nobody reported from there so far, which was watched as long as the service was.
        parent = self._profile_of[spec.service, ""]
        profiles["parent"][number] = parent
        profiles["minutes"][number] = profiles["minutes"][parent]
        self._profile_of[spec.service, spec.value] = number

    def _prior_share(self, spec: NodeSpec) -> float:
        by_people = self.places.share(spec)
        return 1.0 / self.rule.prior_values[spec.dimension] if by_people is None else by_people

    def _profile_for(self, spec: NodeSpec) -> int:
        if spec.dimension is Dimension.SERVICE:
            return self._profile_of[spec.service, ""]
        if spec.dimension is Dimension.COUNTRY:
            return self._profile_of[spec.service, spec.value]
        whole = self._profile_of[spec.service, ""]
        if spec.dimension in _PLACES and spec.country is not None:
            return self._profile_of.get((spec.service, spec.country), whole)
        return whole

    # --- keeping and moving ---

    def state(self) -> State:
        """Everything that changes while it runs, for `load`; not copies."""
        clock = [self._minute, self._tick, self._observed_in_block, *self._observed_in_hour]
        return {"clock": np.array(clock, dtype=np.int64)} | all_columns(self._tables)

    def load(self, specs: Iterable[NodeSpec], state: Mapping[str, NDArray[Any]]) -> None:
        """Makes this empty detector go on exactly where `state()` was taken.

        `specs`: every node in the order of numbers. Raises ValueError if they are not those of
        the state.
        """
        waiting = iter(specs)
        while part := list(islice(waiting, _CHUNK)):
            self.add_nodes(part)
        put_all(self._tables, state)
        minute, tick, in_block, *in_hour = state["clock"].tolist()
        self._minute, self._tick, self._observed_in_block = minute, tick, in_block
        self._observed_in_hour[:] = in_hour
        self._band = self._expectation.band()

    def extract(self, service: int) -> State:
        """A copy of one service's rows, for `graft`."""
        self._accumulation.settle(self._tables.rows_of(service), self._tick)
        return {"minute": np.array([self._minute])} | copy_service(self._tables, service)

    def graft(self, service: int, part: Mapping[str, NDArray[Any]]) -> None:
        """Puts an extracted service in the place of this one's, which must have the same slices,
        in whatever order, and have closed the same minute (ValueError otherwise)."""
        if int(part["minute"][0]) != self._minute:
            raise ValueError(
                f"the part ends at minute {int(part['minute'][0])}, not {self._minute}"
            )
        put_service(self._tables, service, part)
        self._nodes["tick"][self._tables.rows_of(service)] = self._tick
        self._band = self._expectation.band()


def _checksum(spec: NodeSpec) -> int:
    words = f"{spec.dimension}={spec.value}".encode()
    return int.from_bytes(blake2b(words, digest_size=8).digest(), "big", signed=True)


def _chunks(length: int) -> list[slice]:
    return [slice(start, min(start + _CHUNK, length)) for start in range(0, length, _CHUNK)]
