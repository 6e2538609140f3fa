"""How soon outages are declared: ours beside other rules, at the same rate of false alarms.

Services are watched for weeks. Then, at several instants, the world is branched: every branch
brings each service an outage of its own, of some size, shape and extent, on the same background.
The other rules go on for weeks without any outage, which gives their thresholds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from lapwing.outages.detection.model import BoolArray, FloatArray, IntArray
from lapwing.outages.detection.rule import Rule
from lapwing.outages.evaluation import simulated_world as world
from lapwing.outages.evaluation.comparators import Comparators, TimeOfDay
from lapwing.outages.evaluation.simulated_watch import SimulatedWatch
from lapwing.outages.evaluation.simulated_world import SLICES, SLOTS, START_OF
from lapwing.outages.evaluation.simulation import (
    HOUR,
    Choice,
    Cohort,
    Stream,
    Traits,
    counted,
    drawn,
)
from lapwing.outages.model import Dimension

SIZES: Final = (2, 5, 10, 50)
"""Excess over the mean rate of what fails."""
LEAST_RATES: Final = (0.3, 1.0, 3.0, 20.0)
"""Reports per minute that an outage of each size brings at least."""
SHAPES: Final = ("at once", "over 10 minutes", "S-shaped", "over 30 minutes")
EXTENTS: Final = ("everywhere", "one country", "one city area")
WITHIN: Final = 60
"""Minutes within which an outage is found or missed."""
MISSED: Final = float("inf")
BUCKET: Final = 15
_AHEAD_HOURS: Final = 2
_BRANCH: Final = 90
_LATEST_ONSET: Final = _BRANCH - WITHIN
_STRETCH_HOURS: Final = 6


@dataclass(frozen=True, slots=True)
class Plan:
    learn_days: int = 28
    instants: int = 12
    hours_between: int = 7
    branches: int = 6
    """At every instant; each brings every service one outage."""
    tune_from_day: int = 14
    tune_days: int = 75
    """Over which the other rules' thresholds are found."""

    @property
    def last_hour(self) -> int:
        branching = self.learn_days * 24 + self.instants * self.hours_between
        return max(branching, (self.tune_from_day + self.tune_days) * 24)


@dataclass(slots=True)
class Outages:
    """One row per outage. `extent`, `size` and `shape` are positions in the lists above."""

    service: IntArray
    per_day: FloatArray
    extent: IntArray
    size: IntArray
    shape: IntArray
    delay_min: FloatArray
    """Of our rule; MISSED if not within the hour."""
    highest: Mapping[str, FloatArray]
    """By rule: its statistic's highest value up to each minute, shape (outages, WITHIN)."""
    onset_minute: IntArray
    """In its branch."""
    buckets: FloatArray
    """15-minute counts of the whole service, up to the end of the branch; only of outages
    everywhere of the first branches, else empty rows: shape (outages, 0 or more)."""


@dataclass(slots=True)
class CohortOutages:
    outages: list[Outages]
    peaks: dict[tuple[str, int], FloatArray]
    """By rule and extent: the highest statistic per stretch of hours and service, while nothing
    was wrong."""
    per_day: FloatArray
    tuned_days: float


class Series:
    """What the other rules watch: the whole service, its countries, its areas. Columns run by
    extent, then by service."""

    def __init__(self, traits: Traits) -> None:
        used = traits.country_share > 0.0
        self._services = len(used)
        chosen = [self._of(extent, used) for extent in range(len(EXTENTS))]
        places = np.concatenate(chosen)
        self._column = np.full(self._services * SLICES, -1)
        self._column[places] = np.arange(len(places))
        self._bounds = np.cumsum([0, *(len(each) for each in chosen)])
        self._first = [np.searchsorted(each // SLICES, np.arange(len(used))) for each in chosen]

    def __len__(self) -> int:
        return int(self._bounds[-1])

    def _of(self, extent: int, used: BoolArray) -> IntArray:
        services = np.arange(self._services)
        if extent == 0:
            return services * SLICES
        first, width = (
            (START_OF[Dimension.COUNTRY], 1)
            if extent == 1
            else (START_OF[Dimension.AREA], world.AREAS)
        )
        service, slot = np.nonzero(used)
        start = service * SLICES + first + slot * width
        out: IntArray = (start[:, None] + np.arange(width)).ravel()
        return out

    def counts(self, positions: IntArray, counts: IntArray, minutes: int) -> FloatArray:
        """Shape (minutes, series)."""
        minute, place = np.divmod(positions, self._services * SLICES)
        column = self._column[place]
        mine = column >= 0
        out = np.zeros((minutes, len(self)), dtype=np.float32)
        out[minute[mine], column[mine]] = counts[mine]
        return out.astype(np.float64)

    def highest(self, statistic: FloatArray, extent: int) -> FloatArray:
        """Of each service's series of this extent, per minute: shape (minutes, services)."""
        part = statistic[:, self._bounds[extent] : self._bounds[extent + 1]]
        out: FloatArray = np.maximum.reduceat(part, self._first[extent], axis=1)
        return out


@dataclass(slots=True)
class _Hour:
    positions: IntArray
    counts: IntArray


class _Run:
    def __init__(self, cohort: Cohort, plan: Plan, rule: Rule) -> None:
        self.cohort, self.plan = cohort, plan
        self.traits = Traits(cohort)
        self.stream = Stream(cohort, self.traits)
        self.watch = SimulatedWatch(self.traits, rule)
        self.series = Series(self.traits)
        self.others = Comparators(len(self.series))
        self.usual = TimeOfDay(len(self.series))
        self.slicing, self.branching = cohort.generator(2), cohort.generator(3)
        self.ahead: deque[_Hour] = deque()
        self.buckets: list[FloatArray] = []
        self.found: list[Outages] = []
        self.stretch: dict[tuple[str, int], FloatArray] = {}
        self.peaks: dict[tuple[str, int], list[FloatArray]] = {}

    def run(self) -> CohortOutages:
        plan = self.plan
        first, every = plan.learn_days * 24, plan.hours_between
        last = first + every * (plan.instants - 1)
        for hour in range(plan.last_hour):
            while len(self.ahead) < _AHEAD_HOURS:
                positions, counts = counted(self.stream.next_hour(), self.traits, self.slicing)
                self.ahead.append(_Hour(positions, counts))
            if first <= hour <= last and (hour - first) % every == 0:
                for branch in range(plan.branches):
                    self.found.append(self._branch(hour, keep=branch == 0))
            self._go_on(hour, watching=hour <= last)
        return CohortOutages(
            self.found,
            {key: np.array(peaks) for key, peaks in self.peaks.items()},
            self.traits.per_day,
            plan.last_hour / 24 - plan.tune_from_day,
        )

    def _go_on(self, hour: int, *, watching: bool) -> None:
        now = self.ahead.popleft()
        if watching:
            self.watch.close(now.positions, now.counts)
        counts = self.series.counts(now.positions, now.counts, HOUR)
        if watching:
            self.buckets.append(_in_buckets(counts[:, : self.cohort.services]))
        if hour >= (self.plan.tune_from_day - 1) * 24:
            told = self.others.judge(counts, self.usual.rates(hour))
            if hour >= self.plan.tune_from_day * 24:
                self._keep_peaks(hour, told)
        self.usual.learn(hour, counts.sum(axis=0))

    def _keep_peaks(self, hour: int, told: Mapping[str, FloatArray]) -> None:
        for name, statistic in told.items():
            for extent in range(len(EXTENTS)):
                key = (name, extent)
                peak = self.series.highest(statistic.max(axis=0, keepdims=True), extent)[0]
                before = self.stretch.get(key)
                self.stretch[key] = peak if before is None else np.maximum(before, peak)
        if hour % _STRETCH_HOURS == _STRETCH_HOURS - 1:
            for key, peak in self.stretch.items():
                self.peaks.setdefault(key, []).append(peak.astype(np.float32))
            self.stretch = {}

    def _branch(self, hour: int, *, keep: bool) -> Outages:
        rng, traits = self.branching, self.traits
        n = self.cohort.services
        onset = int(rng.integers(0, _LATEST_ONSET))
        kind = (np.arange(n) + rng.integers(0, 48)) % 48
        extent, size, shape = kind // 16, kind // 4 % 4, kind % 4
        rate, city = _excess(traits, rng, hour / 24, extent, size)
        over_time = np.stack([_course(np.arange(_BRANCH) - onset, each) for each in SHAPES], axis=1)
        excess = drawn(traits, rng, over_time[:, shape][:, :, None] * rate, city)
        positions, counts = self._with(counted(excess, traits, rng, _BRANCH))
        delay = self._our_delay(positions, counts, onset)
        series = self.series.counts(positions, counts, _BRANCH)
        mean = self.usual.rates(hour, _BRANCH)
        highest = {
            name: self._highest(statistic[onset : onset + WITHIN], extent)
            for name, statistic in self.others.copy().judge(series, mean).items()
        }
        chosen = np.flatnonzero(~np.isnan(delay))
        buckets = np.zeros((n, 0))
        if keep:
            buckets = np.concatenate([*self.buckets, _in_buckets(series[:, :n])], axis=0).T
        return Outages(
            self.cohort.number * n + chosen, traits.per_day[chosen], extent[chosen], size[chosen],
            shape[chosen], delay[chosen], {name: one[chosen] for name, one in highest.items()},
            np.full(len(chosen), onset), buckets[chosen].astype(np.float32),
        )  # fmt: skip

    def _with(self, excess: tuple[IntArray, IntArray]) -> tuple[IntArray, IntArray]:
        """The background of the branch's minutes and the excess over it."""
        hour = self.cohort.services * SLICES * HOUR
        positions = [base.positions + place * hour for place, base in enumerate(self.ahead)]
        every = np.concatenate([*positions, excess[0]])
        counts = np.concatenate([*(base.counts for base in self.ahead), excess[1]])
        inside = every < self.cohort.services * SLICES * _BRANCH
        together, where = np.unique(every[inside], return_inverse=True)
        total = np.bincount(where, counts[inside]).astype(np.int64)
        return together, total

    def _our_delay(self, positions: IntArray, counts: IntArray, onset: int) -> FloatArray:
        """Per service; NaN where an outage was open already or was declared before the onset."""
        delay = np.full(self.cohort.services, MISSED)
        delay[self.watch.open_services()] = np.nan
        began = self.watch.minute + onset
        for service, minute in self.watch.copy().close(positions, counts, _BRANCH):
            if delay[service] == MISSED:
                took = minute + 1 - began
                delay[service] = took if 0 < took <= WITHIN else np.nan if took <= 0 else MISSED
        return delay

    def _highest(self, statistic: FloatArray, extent: IntArray) -> FloatArray:
        """Up to each minute, at the extent of each service's outage: (services, minutes)."""
        by_extent = [self.series.highest(statistic, each) for each in range(len(EXTENTS))]
        mine = np.stack(by_extent)[extent, :, np.arange(len(extent))]
        out: FloatArray = np.maximum.accumulate(mine, axis=1).astype(np.float32)
        return out


def run_cohort(cohort: Cohort, plan: Plan, rule: Rule) -> CohortOutages:
    """Outages and quiet weeks of one cohort, which must be sliced and without launches."""
    return _Run(cohort, plan, rule).run()


def _excess(
    traits: Traits, rng: np.random.Generator, day: float, extent: IntArray, size: IntArray
) -> tuple[FloatArray, Choice]:
    """Full excess rate per service and slot, and the cities that it comes from."""
    usual = traits.places
    if usual is None:
        raise ValueError("outages of countries and areas need slices")
    n = len(extent)
    slot = (rng.random(n)[:, None] > np.cumsum(traits.country_share, axis=1)).sum(axis=1)
    slot = np.minimum(slot, (traits.country_share > 0.0).sum(axis=1) - 1)
    area = rng.integers(0, world.AREAS, n)
    in_slot = np.where((extent == 0)[:, None], True, np.arange(SLOTS) == slot[:, None])
    in_area = np.where((extent < 2)[:, None], True, area[:, None] == world.AREA_OF_CITY)
    share = usual.city_share * in_area[:, None, :]
    part = traits.country_share * in_slot * share.sum(axis=2)
    normal = traits.level(day) / 1440.0 * part.sum(axis=1)
    full = np.maximum(np.array(SIZES)[size] * normal, np.array(LEAST_RATES)[size])
    rate = full[:, None] * part / part.sum(axis=1, keepdims=True)
    return rate, Choice(share / share.sum(axis=2, keepdims=True))


def _course(minutes: IntArray, shape: str) -> FloatArray:
    """Part of the full excess, 0 to 1, so many minutes after the onset."""
    after = np.maximum(minutes + 0.5, 0.0)
    match shape:
        case "at once":
            part = np.ones(len(minutes))
        case "S-shaped":
            part = 1.0 / (1.0 + np.exp(-(after - 10.0) / 2.5))
        case "over 10 minutes":
            part = np.minimum(after / 10.0, 1.0)
        case _:
            part = np.minimum(after / 30.0, 1.0)
    return np.where(minutes >= 0, part, 0.0)


def _in_buckets(counts: FloatArray) -> FloatArray:
    out: FloatArray = counts.reshape(-1, BUCKET, counts.shape[1]).sum(axis=1)
    return out
