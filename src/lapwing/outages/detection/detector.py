"""The detector: counts of a minute in, declared outages and their course out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lapwing.kernel.instants import Minute
from lapwing.outages.detection.accumulation import Accumulation
from lapwing.outages.detection.admission import Admit, admit_all
from lapwing.outages.detection.course import Clock, Course
from lapwing.outages.detection.evidence import EmptyMinute
from lapwing.outages.detection.expectation import Expectation, Rows
from lapwing.outages.detection.keeping import (
    State,
    all_columns,
    copy_service,
    put_all,
    put_service,
)
from lapwing.outages.detection.lanes import Lanes
from lapwing.outages.detection.layout import BLOCK, BLOCKS_KEPT, HOURS_KEPT, Tables
from lapwing.outages.detection.local_time import LocalTime
from lapwing.outages.detection.model import (
    BoolArray,
    Confirmed,
    Declared,
    Finding,
    FloatArray,
    Grown,
    IntArray,
    MinuteCounts,
    MinuteOutcome,
    NodeSpec,
    OpenOutage,
)
from lapwing.outages.detection.overlap import inside, key_of, place_keys
from lapwing.outages.detection.places import Places, UnknownPlaces
from lapwing.outages.detection.rule import DIMENSIONS, Rule
from lapwing.outages.model import Dimension

_OWN_PROFILE: Final = frozenset({Dimension.SERVICE, Dimension.COUNTRY})
_IN_COUNTRIES: Final = frozenset(
    {Dimension.REGION, Dimension.AREA, Dimension.CITY, Dimension.NETWORK}
)
_UNKNOWN: Final = UnknownPlaces()
_NONE: Final = -1
_CHUNK: Final = 1 << 15
"""Nodes handled at once: their intermediate arrays stay in the processor's cache."""


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
        self._lanes = Lanes(rule, tables)
        self._clock = Clock(_NONE)
        self._course = Course(
            rule, tables, self._expectation, self._accumulation, self._lanes, self._clock
        )
        self.admit: Admit = admit_all
        """Asked before an outage is declared."""
        self._profile_of: dict[tuple[int, str], int] = {}
        self._observed_in_hour = np.zeros(HOURS_KEPT, dtype=np.int64)
        self._band: tuple[FloatArray, FloatArray] = (np.empty(0), np.empty(0))

    # --- what is watched ---

    @property
    def minute(self) -> Minute | None:
        """The last closed minute; None before the first."""
        return None if self._clock.minute == _NONE else self._clock.minute

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
        nodes["key"][rows] = [key_of(spec.dimension, spec.value) for spec in specs]
        self._put_places(rows, specs)
        nodes["own"][rows] = [spec.dimension in _OWN_PROFILE for spec in specs]
        nodes["profile"][rows] = [self._profile_for(spec) for spec in specs]
        nodes["prior_share"][rows] = [self._prior_share(spec) for spec in specs]
        nodes["tick"][rows] = self._clock.tick
        touched = {spec.service for spec in specs}
        self._tables.forget_rows(touched)
        if self._clock.minute != _NONE and len(specs):
            fresh = np.arange(profiles_before, len(self._profiles))
            self._expectation.look_ahead(self._clock.minute, fresh)
            self._expectation.interpolate(self._clock.minute, fresh)
            self._renew(rows)
            for service in touched.intersection(self._lanes.services()):
                self._lanes.mark(service)
            self._band = self._expectation.band()
        return rows

    def _put_places(self, rows: IntArray, specs: Sequence[NodeSpec]) -> None:
        """Where each of the nodes lies."""
        keys = np.array([place_keys(spec, self.places) for spec in specs], np.int64)
        for column, name in enumerate(("country", "region", "area")):
            self._nodes[name][rows] = keys.reshape(-1, 3)[:, column]

    def expected(self, nodes: IntArray) -> FloatArray:
        """Reports per minute that are normal now, for any nodes."""
        out: FloatArray = self._nodes["mid"][nodes].copy()
        return out

    def band_at(self, node: int) -> tuple[float, float]:
        """Expected reports of a minute now, and the upper edge of the band of normal ones."""
        return self._expectation.band_at(node)

    def inside(self, nodes: IntArray, node: int) -> BoolArray:
        """Which of these nodes of one service count nothing but reports of `node`."""
        return inside(self._nodes, nodes, node)

    # --- time ---

    def close_minute(self, counts: MinuteCounts) -> MinuteOutcome:
        """Takes in the next minute. Raises ValueError if it is not the one after the last."""
        minute = counts.minute
        if self._clock.minute not in (_NONE, minute - 1):
            raise ValueError(f"minute {minute} does not follow {self._clock.minute}")
        if self._clock.minute == _NONE or minute % BLOCK == 0:
            self._refresh(minute)
        self._clock.minute = minute
        findings: list[Finding] = []
        if counts.observed:
            self._take(counts)
            findings = self._course.follow(counts) + self._course.declare_ripe(self.admit)
            findings.sort(key=lambda finding: finding.service)
            if any(not isinstance(finding, Confirmed) for finding in findings):
                self._band = self._expectation.band()
        if minute % 60 == 59:
            self._close_hour(minute // 60)
        evidence = np.log(np.maximum(self._services["evidence"], 1e-9))
        for found in findings:  # what it was before it was only that of the rest
            if isinstance(found, Declared):
                evidence[found.service] = max(evidence[found.service], found.log_evidence)
        return MinuteOutcome(minute, *self._band, evidence, tuple(findings))

    def lower_thresholds(self, parts: Mapping[int, float]) -> None:
        """From now on, by service: the part of the needed evidence that need not be brought by
        reports, 0 to less than 1. Services that are not named need all of it."""
        self._course.lowered = parts

    def _take(self, counts: MinuteCounts) -> None:
        self._clock.tick += 1
        self._clock.in_block += 1
        hour = self._clock.minute // 60 % HOURS_KEPT
        self._observed_in_hour[hour] += 1
        rows = counts.nodes
        if not rows.size:
            return
        nodes, y = self._nodes, counts.counts.astype(np.float64)
        nodes["hours"][rows, hour] += y
        nodes["blocks"][rows, self._clock.minute // BLOCK % BLOCKS_KEPT] += y
        self._weigh_all(rows, self._lanes.rest_of(rows, y), counts.spread)
        whole = nodes["dimension"][rows] == 0
        self._expectation.see_counts(rows[whole], y[whole])

    def _weigh_all(self, rows: IntArray, y: FloatArray, spread: BoolArray) -> None:
        if not y.all():
            some = np.flatnonzero(y)
            rows, y, spread = rows[some], y[some], spread[some]
        for chunk in _chunks(len(rows)):
            self._weigh(rows[chunk], y[chunk], spread[chunk])

    def _weigh(self, rows: IntArray, y: FloatArray, spread: BoolArray) -> None:
        """Adds the evidence of these nodes' counts to their services'."""
        nodes, services = self._nodes, self._services
        service = nodes["service"][rows]
        phi = self.rule.dispersion_floor + nodes["mu0"][rows] * services["inverse_r"][service]
        log_e = self._accumulation.log_evidence(
            rows, y, phi, spread, self._clock.tick - nodes["reported"][rows]
        )
        change = self._accumulation.absorb(rows, log_e, self._clock.minute, self._clock.tick)
        np.add.at(services["evidence"], service, change)

    # --- outages ---

    @property
    def tick(self) -> int:
        """Minutes in which somebody listened, so far."""
        return self._clock.tick

    @property
    def tables(self) -> Tables:
        """To read from: what it knows of every node, service and outage."""
        return self._tables

    def is_open(self, service: int) -> bool:
        """Any outage of it."""
        return bool(self._services["open"][service])

    def is_open_at(self, service: int, node: int) -> bool:
        return self._course.is_open(service, node)

    def may_open(self, service: int, node: int) -> bool:
        """Not where one is open, nor where an open one may be what is reported."""
        return self._course.may_open(service, node)

    def open_outages(self, service: int) -> tuple[OpenOutage, ...]:
        """In the order of their declaration."""
        return self._course.open_outages(service)

    def declare(self, service: int, node: int, minute: Minute) -> list[Grown]:
        """An operator opens an outage by hand, beginning at `minute`; nothing happens where it may
        not be open. Those that it holds become parts of it."""
        return self._acted(self._course.declare(service, node, minute))

    def reopen(self, service: int, node: int) -> list[Grown]:
        """The last outage there goes on: its end was no end. Nothing happens if it is forgotten,
        or may not be open."""
        return self._acted(self._course.reopen(service, node))

    def dismiss(self, service: int, node: int) -> None:
        """An operator's word that this is normal: the outage is closed, its hours teach, and its
        rate counts as normal, fading while the baseline learns."""
        self._course.dismiss(service, node)
        self._acted([])

    def resolve(self, service: int, node: int) -> None:
        """An operator's word that the outage is over; its fading tail counts as normal."""
        self._course.resolve(service, node)
        self._acted([])

    def _acted(self, grown: list[Grown]) -> list[Grown]:
        self._band = self._expectation.band()
        return grown

    def begin_midstream(self, service: int) -> None:
        """The service's history begins in the middle of its life (an import): for the warm-up
        that follows it learns its normal rate and declares nothing."""
        start = 0 if self._clock.minute == _NONE else self._clock.minute + 1
        self._services["learns_until"][service] = start + self.rule.warm_up

    def begin_unknown(self, service: int) -> None:
        """The server is new and nobody knows yet what is ordinary here: for the warm-up only the
        service as a whole can be declared, and against no less than `unknown_rate`."""
        self.begin_midstream(service)
        self._services["tentative"][service] = True
        if self._clock.minute != _NONE:
            rows = self._tables.rows_of(service)
            self._accumulation.settle(rows, self._clock.tick)
            self._renew(rows)
            self._expectation.renew_weights(rows)
            self._band = self._expectation.band()

    # --- renewal ---

    def _refresh(self, minute: Minute) -> None:
        """Every ten minutes: evidence brought forward, expectations and weights renewed."""
        services = self._services
        if self._clock.minute == _NONE:
            starts = services["learns_until"] > 0
            services["learns_until"][starts] += minute
        services["tentative"][:] &= services["learns_until"] > minute
        for chunk in _chunks(len(self._nodes)):
            self._accumulation.settle(chunk, self._clock.tick)
        block = minute // BLOCK
        entering = (block - BLOCKS_KEPT) * BLOCK
        self._lanes.leave_out("blocks", block % BLOCKS_KEPT, entering, entering + BLOCK, BLOCK)
        self._expectation.close_block(minute, self._clock.in_block)
        self._lanes.fade(minute, 1)
        self._clock.in_block = 0
        if self._clock.minute == _NONE or minute % 60 == 0:
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
            self._lanes.leave_out("hours", slot, taught * 60, taught * 60 + 60, exposure)
            self._expectation.learn(taught, slot, exposure, self._clock.minute)
        self._expectation.clear_hour(slot)
        self._observed_in_hour[slot] = 0

    def skip_to(self, minute: Minute) -> None:
        """Nobody listens until `minute`, the next to be closed: nothing is learnt of that time,
        and what was pending is settled. Cheap however long it was."""
        if self._clock.minute == _NONE or minute <= self._clock.minute + 1:
            return
        last, self._clock.minute = self._clock.minute, minute - 1
        if minute // 60 != last // 60:
            for hour in range(last // 60, last // 60 + HOURS_KEPT):
                self._close_hour(hour)
        if minute // BLOCK != last // BLOCK:
            self._expectation.fade(last, minute)
            self._lanes.fade(minute, minute // BLOCK - last // BLOCK)
            self._expectation.look_ahead(minute)
            self._refresh(minute)

    # --- rows ---

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
        if spec.dimension in _IN_COUNTRIES and spec.country is not None:
            return self._profile_of.get((spec.service, spec.country), whole)
        return whole

    # --- keeping and moving ---

    def state(self) -> State:
        """Everything that changes while it runs, for `load`; not copies."""
        clock = self._clock
        times = [clock.minute, clock.tick, clock.in_block, *self._observed_in_hour]
        return {"clock": np.array(times, dtype=np.int64)} | all_columns(self._tables)

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
        self._clock.minute, self._clock.tick, self._clock.in_block = minute, tick, in_block
        self._lanes.forget_pairs()
        self._observed_in_hour[:] = in_hour
        self._band = self._expectation.band()

    def extract(self, service: int) -> State:
        """A copy of one service's rows, for `graft`."""
        self._accumulation.settle(self._tables.rows_of(service), self._clock.tick)
        return {"minute": np.array([self._clock.minute])} | copy_service(self._tables, service)

    def graft(self, service: int, part: Mapping[str, NDArray[Any]]) -> None:
        """Puts an extracted service in the place of this one's, which must have the same slices,
        in whatever order, and have closed the same minute (ValueError otherwise)."""
        if int(part["minute"][0]) != self._clock.minute:
            raise ValueError(
                f"the part ends at minute {int(part['minute'][0])}, not {self._clock.minute}"
            )
        put_service(self._tables, service, part)
        self._lanes.forget_pairs()
        self._nodes["tick"][self._tables.rows_of(service)] = self._clock.tick
        self._band = self._expectation.band()


def _chunks(length: int) -> list[slice]:
    return [slice(start, min(start + _CHUNK, length)) for start in range(0, length, _CHUNK)]
