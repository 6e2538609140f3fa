"""The detector: counts of a minute in, declared outages and their course out."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lapwing.kernel.instants import Minute
from lapwing.outages.detection.accumulation import Accumulation, Rows, onset
from lapwing.outages.detection.baseline import HourOfWeek, LocalLevel
from lapwing.outages.detection.columns import Columns
from lapwing.outages.detection.episodes import Episodes, Watched
from lapwing.outages.detection.evidence import EmptyMinute
from lapwing.outages.detection.layout import (
    BLOCK,
    HOURS_KEPT,
    node_columns,
    profile_columns,
    service_columns,
)
from lapwing.outages.detection.local_time import LocalTime
from lapwing.outages.detection.model import (
    Declared,
    Finding,
    FloatArray,
    IntArray,
    MinuteCounts,
    MinuteOutcome,
    NodeSpec,
    Recovered,
)
from lapwing.outages.detection.rule import DIMENSIONS, Rule
from lapwing.outages.model import Dimension

State = dict[str, NDArray[Any]]

_OWN_PROFILE: Final = frozenset({Dimension.SERVICE, Dimension.COUNTRY})
_PLACES: Final = frozenset({Dimension.REGION, Dimension.CITY})
_SLICE_DIMENSIONS: Final = len(DIMENSIONS) - 1
_NONE: Final = -1
_TABLES: Final = ("nodes", "profiles", "services")
_BAND: Final = 3.1
"""Standard deviations of the band that holds 99.9 % of normal minutes."""
_SMALL_SLICE: Final = 5.0
"""Reports an hour that a slice may always learn, however unexpected."""


class Detector:
    """Watches every service and slice at once. Deterministic: same calls, same results.

    Not for several threads. Numbers of nodes and services are positions in the order added.
    """

    def __init__(self, rule: Rule, local_time: LocalTime) -> None:
        self.rule = rule
        self._local_time = local_time
        self._nodes = Columns(node_columns(rule))
        self._profiles = Columns(profile_columns())
        self._services = Columns(service_columns(rule))
        self._empty = EmptyMinute(rule)
        self._hour_of_week = HourOfWeek(rule, self._profiles)
        self._level = LocalLevel(rule, self._nodes, self._profiles)
        self._accumulation = Accumulation(rule, self._nodes, self._empty)
        self._episodes = Episodes(rule, self._services)
        self._zones: list[str] = []
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
        first = len(self._nodes)
        self._nodes.extend(len(specs))
        rows = np.arange(first, first + len(specs))
        for row, spec in zip(rows.tolist(), specs, strict=True):
            if spec.dimension in _OWN_PROFILE:
                self._add_profile(row, spec)
        nodes = self._nodes
        for row, spec in zip(rows.tolist(), specs, strict=True):
            nodes["service"][row] = spec.service
            nodes["dimension"][row] = DIMENSIONS.index(spec.dimension)
            nodes["key"][row] = zlib.crc32(f"{spec.dimension}={spec.value}".encode())
            nodes["own"][row] = spec.dimension in _OWN_PROFILE
            nodes["profile"][row] = self._profile_for(spec)
            nodes["prior_share"][row] = 1.0 / self.rule.prior_values[spec.dimension]
        nodes["tick"][rows] = self._tick
        if self._minute != _NONE and len(specs):
            if nodes["own"][rows].any():
                self._look_ahead(self._minute + 1)
                self._hour_of_week.interpolate(_middle(self._minute))
            self._renew_bounds(rows)
            self._renew_band()
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
            self._close_hour(minute)
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
        nodes, services = self._nodes, self._services
        y = counts.counts.astype(np.float64)
        nodes["hours"][rows, hour] += y
        nodes["blocks"][rows, self._minute // BLOCK % 3] += y
        service = nodes["service"][rows]
        phi = self.rule.dispersion_floor + nodes["mu0"][rows] * services["inverse_r"][service]
        log_e = self._accumulation.log_evidence(rows, y, phi, counts.spread)
        change = self._accumulation.absorb(rows, log_e, self._minute, self._tick)
        evidence = services["evidence"]
        evidence += np.bincount(service, change, len(services))
        whole = nodes["dimension"][rows] == 0
        self._see_dispersion(rows[whole], service[whole], y[whole])

    def _see_dispersion(self, rows: IntArray, service: IntArray, y: FloatArray) -> None:
        """Squares of the minutes with reports; those of the empty ones come at the refresh."""
        mid = self._nodes["mid"][rows]
        mu0 = self._nodes["mu0"][rows]
        y = np.minimum(y, mu0 + 6.0 * np.sqrt(self.rule.dispersion_floor * mu0 + mu0**2) + 2.0)
        news = (y * y - 2.0 * y * mid) / (1.0 + mid) ** 2
        self._services["excess_square"][service] += np.where(
            self._services["open"][service], 0.0, news
        )

    # --- outages ---

    def _declare(self, minute: Minute) -> list[Finding]:
        services = self._services
        ripe = services["evidence"] >= self._threshold
        ripe &= ~services["open"] & (services["learns_until"] <= minute)
        return [
            finding
            for service in np.flatnonzero(ripe).tolist()
            if (finding := self._examine(service, minute)) is not None
        ]

    def _examine(self, service: int, minute: Minute) -> Declared | None:
        """`evidence` is an upper bound between refreshes; here it is made exact."""
        rows = self._rows_of(service)
        self._accumulation.settle(rows, self._tick)
        parts = self._accumulation.weighted(rows)
        total = float(parts.sum())
        self._services["evidence"][service] = total
        if total < self._threshold:
            return None
        own = int(self._services["node"][service])
        heaviest = int(rows[np.argmax(parts)])
        if parts[rows == own].sum() >= 0.1 * total:
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
                factor = self._episodes.excess_factor(service, tuple(w.mu0 for w in watched))
                self._end(service, factor, self.rule.tail_half_life)
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
        )
        return Watched(float(counts.counts[place]), float(mu0), tuple(log_e[0].tolist()))

    def _taint(self, service: int, minute: Minute) -> None:
        services = self._services
        if minute - int(services["declared"][service]) < self.rule.longest_incident_lesson:
            services["tainted"][service, minute // 60 % HOURS_KEPT] = True

    def _end(self, service: int, tolerance: float, half_life: float) -> None:
        services, rows = self._services, self._rows_of(service)
        services["open"][service] = False
        services["tolerance"][service] = tolerance
        services["tolerance_half_life"][service] = half_life
        services["level_from"][service] = self._minute + 3 * BLOCK
        services["evidence"][service] = 0.0
        self._accumulation.settle(rows, self._tick)
        self._accumulation.clear(rows)
        self._renew_bounds(rows)
        self._renew_band()

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

    def dismiss(self, service: int) -> None:
        """An operator's word that this is normal: the outage is closed, its hours teach, and its
        rate counts as normal, fading while the baseline learns."""
        services = self._services
        tracked = services["tracked"][service]
        tolerance = 1.0
        if tracked[0] != _NONE:
            mu0 = tuple(float(self._nodes["mu0"][node]) for node in tracked)
            peaks = services["peak"][service] / self.rule.recovery_share_of_peak
            services["peak"][service] = peaks
            tolerance = self._episodes.excess_factor(service, mu0)
        services["tainted"][service] = False
        self._end(service, tolerance, self.rule.dismissed_half_life)

    def begin_midstream(self, service: int) -> None:
        """The service's history begins in the middle of its life (an import): for the warm-up
        that follows it learns its normal rate and declares nothing."""
        start = 0 if self._minute == _NONE else self._minute + 1
        self._services["learns_until"][service] = start + self.rule.warm_up

    # --- renewal ---

    def _refresh(self, minute: Minute) -> None:
        """Every ten minutes: evidence brought forward, expectations and weights renewed."""
        services = self._services
        if self._minute == _NONE:
            starts = services["learns_until"] > 0
            services["learns_until"][starts] += minute
        self._accumulation.settle(slice(None), self._tick)
        self._see_empty_minutes()
        frozen = services["open"] | (services["level_from"] > minute)
        self._level.rotate(minute // BLOCK, self._observed_in_block, frozen)
        self._observed_in_block = 0
        if self._minute == _NONE or minute % 60 == 0:
            self._look_ahead(minute)
        self._hour_of_week.interpolate(_middle(minute))
        fade = 2.0 ** (-BLOCK / services["tolerance_half_life"])
        services["tolerance"][:] = np.maximum(services["tolerance"] * fade, 1.0)
        self._renew_bounds(slice(None))
        self._renew_weights()
        self._renew_band()

    def _see_empty_minutes(self) -> None:
        """The dispersion's share of mean squares over the block that ended."""
        services, rule = self._services, self.rule
        mid = self._nodes["mid"][services["node"]]
        watched = np.where(services["open"], 0.0, float(self._observed_in_block))
        scale = watched / (1.0 + mid) ** 2
        kept = 2.0 ** (-BLOCK / rule.dispersion_half_life)
        news = (mid * mid - rule.dispersion_floor * mid) * scale
        services["excess_square"][:] = (services["excess_square"] + news) * kept
        services["mean_square"][:] = (services["mean_square"] + mid * mid * scale) * kept
        prior = rule.dispersion_prior_minutes
        inverse = (services["excess_square"] + prior / rule.dispersion_r) / (
            services["mean_square"] + prior
        )
        services["inverse_r"][:] = np.clip(inverse, 0.02, 1.0)

    def _look_ahead(self, minute: Minute) -> None:
        self._hour_of_week.look_ahead(self._civil_hours(minute), self._profile_prior())

    def _profile_prior(self) -> FloatArray:
        out: FloatArray = self._nodes["prior_share"][self._profiles["node"]].astype(np.float64)
        return out

    def _civil_hours(self, minute: Minute) -> IntArray:
        offsets = np.array(
            [self._local_time(zone, minute) for zone in self._zones] + [0], dtype=np.int64
        )
        out: IntArray = (minute + offsets[self._profiles["zone"]]) // 60
        return out

    def _renew_bounds(self, rows: Rows) -> None:
        """Expected rate, its upper bound and the evidence of an empty minute."""
        nodes, profiles, services, rule = self._nodes, self._profiles, self._services, self.rule
        profile = nodes["profile"][rows]
        service = nodes["service"][rows]
        own = nodes["own"][rows]
        pattern = profiles["rate"][profile] * profiles["level"][profile]
        learned = nodes["learned"][rows]
        pseudo = rule.share_pseudo_reports
        whole = nodes["learned"][profiles["node"]][profile]
        share = (learned + pseudo) / (whole + pseudo / nodes["prior_share"][rows])
        lagged = share * (profiles["level_expected"] * profiles["level"])[profile]
        level = self._level.ratio(nodes["level_seen"][rows], lagged)
        mid = np.where(own, pattern, pattern * np.minimum(share, 1.0) * level)
        nodes["mid"][rows] = mid
        doubt = (self._hour_of_week.log_variance() + 1.0 / profiles["effective"])[profile]
        doubt = doubt + np.where(own, 0.0, 1.0 / (learned + pseudo))
        busy = profiles["rate"][services["profile"]] * 1440.0 > rule.busy_per_day
        z = np.where(busy, rule.z_busy, rule.z)[service]
        mu0 = np.maximum(mid * (1.0 + z * np.sqrt(doubt)) * services["tolerance"][service], 1e-6)
        nodes["mu0"][rows] = mu0
        phi = rule.dispersion_floor + mu0 * services["inverse_r"][service]
        nodes["empty"][rows] = self._empty.log_evidence(mu0, phi)

    def _renew_weights(self) -> None:
        """The tree: half on the whole service, half on its slices; each dimension alike, within
        it half by share and half evenly, with room for slices not seen yet."""
        nodes, services = self._nodes, self._services
        width = len(DIMENSIONS)
        group = nodes["service"] * width + nodes["dimension"]
        size = len(services) * width
        count = np.bincount(group, minlength=size)
        mid = np.bincount(group, nodes["mid"], size)
        whole = np.repeat(nodes["mid"][services["node"]], width)
        by_share = nodes["mid"] / np.maximum(mid, whole)[group]
        evenly = 1.0 / (1.5 * count + self.rule.unseen_slices)[group]
        weight = (0.25 / _SLICE_DIMENSIONS) * (by_share + evenly)
        nodes["weight"][:] = np.where(nodes["dimension"] == 0, 0.5, weight)
        services["group_mid"][:] = mid.reshape(-1, width)
        services["group_count"][:] = count.reshape(-1, width)
        parts = self._accumulation.weighted(slice(None))
        services["evidence"][:] = np.bincount(nodes["service"], parts, len(services))

    def _renew_band(self) -> None:
        nodes, services = self._nodes, self._services
        own = services["node"]
        mid, mu0 = nodes["mid"][own], nodes["mu0"][own]
        phi = self.rule.dispersion_floor + mu0 * services["inverse_r"]
        upper = mu0 + _BAND * np.sqrt(phi * mu0) + 1.0
        for array in (mid, upper):
            array.setflags(write=False)
        self._band = (mid, upper)

    def _close_hour(self, minute: Minute) -> None:
        """The hour before the previous one teaches; its place is free for the next."""
        hour = minute // 60 - (HOURS_KEPT - 1)
        slot = hour % HOURS_KEPT
        exposure = float(self._observed_in_hour[slot])
        services, nodes = self._services, self._nodes
        if exposure > 0.0:
            learning = services["learns_until"] > minute
            untouched = ~services["tainted"][:, slot]
            self._learn(self._civil_hours(hour * 60), slot, exposure, learning, untouched)
        nodes["hours"][:, slot] = 0.0
        services["tainted"][:, slot] = False
        self._observed_in_hour[slot] = 0

    def _learn(
        self,
        civil: IntArray,
        slot: int,
        exposure: float,
        learning: NDArray[np.bool_],
        untouched: NDArray[np.bool_],
    ) -> None:
        nodes, profiles, rule = self._nodes, self._profiles, self.rule
        counts = nodes["hours"][profiles["node"], slot].astype(np.float64)
        expected = self._hour_of_week.rates_at(civil, self._profile_prior()) * exposure
        weights = self._hour_of_week.weights(counts, expected)
        lasting = self._services["open"] & untouched
        certain = (learning | lasting)[profiles["service"]]
        weights = np.where(certain, 1.0, weights) * untouched[profiles["service"]]
        self._hour_of_week.learn(civil, counts, expected, weights, exposure)
        seen = nodes["hours"][:, slot].astype(np.float64)
        most = np.maximum(_SMALL_SLICE, 4.0 * nodes["mid"] * exposure)
        trusting = nodes["own"] | certain[nodes["profile"]]
        learnt = np.where(trusting, seen, np.minimum(seen, most)) * weights[nodes["profile"]]
        kept = 2.0 ** (-1.0 / (168.0 * rule.share_half_life_weeks))
        nodes["learned"][:] = nodes["learned"] * kept + learnt

    # --- rows ---

    def _own(self, service: int) -> int:
        return int(self._services["node"][service])

    def _rows_of(self, service: int) -> IntArray:
        return np.flatnonzero(self._nodes["service"] == service)

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
            if zone not in self._zones:
                self._zones.append(zone)
            profiles["zone"][number] = self._zones.index(zone)
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
        """Everything that changes while it runs, for `restore`; copies."""
        clock = [self._minute, self._tick, self._observed_in_block, *self._observed_in_hour]
        out: State = {"clock": np.array(clock, dtype=np.int64)}
        for name in _TABLES:
            table = self._table(name)
            everything = np.arange(len(table))
            out |= {f"{name}.{key}": kept for key, kept in table.take(everything).items()}
        return out

    @classmethod
    def restore(
        cls,
        rule: Rule,
        local_time: LocalTime,
        specs: Sequence[NodeSpec],
        state: Mapping[str, NDArray[Any]],
    ) -> Detector:
        """A detector that goes on exactly where `state()` was taken.

        `specs`: every node in the order of numbers. Raises ValueError if they are not those of
        the state.
        """
        detector = cls(rule, local_time)
        detector.add_nodes(specs)
        if not np.array_equal(detector._nodes["key"], state["nodes.key"]):
            raise ValueError("the checkpoint's slices are not those it is restored with")
        order = {name: len(detector._table(name)) for name in _TABLES}
        for name in _TABLES:
            table = detector._table(name)
            part = {key: state[f"{name}.{key}"] for key in table.names()}
            if len(part["node" if name != "nodes" else "key"]) != order[name]:
                raise ValueError(f"the checkpoint has another number of {name}")
            table.put(np.arange(order[name]), part)
        minute, tick, in_block, *in_hour = state["clock"].tolist()
        detector._minute, detector._tick, detector._observed_in_block = minute, tick, in_block
        detector._observed_in_hour[:] = in_hour
        detector._renew_band()
        return detector

    def extract(self, service: int) -> State:
        """A copy of one service's rows, for `graft`."""
        rows = self._rows_of(service)
        profiles = np.flatnonzero(self._profiles["service"] == service)
        self._accumulation.settle(rows, self._tick)
        out: State = {"minute": np.array([self._minute])}
        for name, chosen in zip(_TABLES, (rows, profiles, np.array([service])), strict=True):
            out |= {f"{name}.{key}": kept for key, kept in self._table(name).take(chosen).items()}
        out["nodes.profile"] = np.searchsorted(profiles, out["nodes.profile"])
        for key in ("profiles.node", "services.node", "services.tracked"):
            out[key] = np.where(out[key] < 0, _NONE, np.searchsorted(rows, out[key]))
        return out

    def graft(self, service: int, part: Mapping[str, NDArray[Any]]) -> None:
        """Puts an extracted service in the place of this one's, which must have the same nodes
        in the same order and have closed the same minute (ValueError otherwise)."""
        rows = self._rows_of(service)
        profiles = np.flatnonzero(self._profiles["service"] == service)
        if not np.array_equal(self._nodes["key"][rows], part["nodes.key"]):
            raise ValueError("the part's slices are not those of this service, in this order")
        if int(part["minute"][0]) != self._minute:
            raise ValueError(f"the part ends at {int(part['minute'][0])}, not {self._minute}")
        kept_structure = {
            "nodes": ("service", "profile", "tick"),
            "profiles": ("node", "service", "parent", "zone"),
            "services": ("node", "profile"),
        }
        for name, chosen in zip(_TABLES, (rows, profiles, np.array([service])), strict=True):
            table = self._table(name)
            news = {key: part[f"{name}.{key}"] for key in table.names()}
            for key in kept_structure[name]:
                news[key] = table[key][chosen]
            if name == "services":
                tracked = news["tracked"]
                news["tracked"] = np.where(tracked < 0, _NONE, rows[np.maximum(tracked, 0)])
            table.put(chosen, news)
        self._nodes["tick"][rows] = self._tick
        self._renew_band()

    def _table(self, name: str) -> Columns:
        return {"nodes": self._nodes, "profiles": self._profiles, "services": self._services}[name]


def _middle(minute: Minute) -> float:
    """Minute of the hour in the middle of the block that `minute` is in."""
    return minute // BLOCK * BLOCK % 60 + BLOCK / 2
