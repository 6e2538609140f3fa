"""Simulated services with nothing wrong: who reports when and where, hour by hour.

The process is not the detector's model. Reports are single people's, at a rate that follows the
civil day and week of each country, holidays, growth, and a wander that the detector cannot know;
minutes are over-dispersed, and some reports bring others from the same household. Some services
begin in mid-run and grow from nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from lapwing.outages.detection.model import BoolArray, FloatArray, IntArray
from lapwing.outages.evaluation import simulated_world as world
from lapwing.outages.evaluation.simulated_world import COUNTRIES, SLICES, SLOTS, START_OF
from lapwing.outages.model import Dimension

START: Final = 28_753_920
"""First minute of a run: Monday, 2 September 2024, 00:00 UTC. Five of the six clocks change within
the next nine weeks or never."""
HOUR: Final = 60
SPREAD_REPORTS: Final = 6
"""So many reports of a minute come from five address blocks and three networks as good as surely
(households are small)."""
_LEAST_PER_DAY, _MOST_PER_DAY = 0.3, 16_000.0
_LAUNCHED: Final = 0.1
_FIRST_PER_DAY: Final = 2.0
"""What a launched service begins with."""
_HOLIDAYS: Final = 1 / 30
_LATEST_OTHER_MIN: Final = 20
_MEAN_OTHERS: Final = 1.4
"""Reports that one brings which brings any: 1 at least."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Services that are simulated together. The same cohort is the same run, on every machine."""

    seed: int
    number: int
    services: int
    days: int
    sliced: bool = False
    launches: bool = True

    def generator(self, purpose: int = 0) -> np.random.Generator:
        return np.random.default_rng([self.seed, self.number, int(self.sliced), purpose])


class Traits:
    """What the services of a cohort are like; arrays with one row per service."""

    def __init__(self, cohort: Cohort) -> None:
        rng, n = cohort.generator(), cohort.services
        place = (np.arange(n) + rng.random(n)) / n
        self.per_day: FloatArray = _LEAST_PER_DAY * (_MOST_PER_DAY / _LEAST_PER_DAY) ** place
        """Reports on an ordinary day once it is established, 0.3 to 16,000."""
        order = np.argsort(rng.random((n, len(COUNTRIES))), axis=1)
        self.countries: IntArray = order[:, :SLOTS]
        used = np.arange(SLOTS) < rng.integers(1, SLOTS + 1, n)[:, None]
        share = rng.gamma(1.0, 1.0, (n, SLOTS)) * used
        self.country_share: FloatArray = share / share.sum(axis=1, keepdims=True)
        self.swing: FloatArray = rng.uniform(0.3, 1.2, n)
        self.second_swing: FloatArray = rng.uniform(0.0, 0.4, n)
        self.peak_hour: FloatArray = rng.normal(19.0, 2.5, n)
        self.weekend: FloatArray = rng.uniform(0.65, 1.35, n)
        self.holiday: FloatArray = rng.uniform(0.6, 1.4, n)
        self.weekly_growth: FloatArray = np.exp(rng.normal(0.0, 0.03, n))
        self.wander: FloatArray = rng.uniform(0.08, 0.30, n)
        self.memory: FloatArray = rng.uniform(0.5, 0.9, n)
        self.size: FloatArray = rng.uniform(3.5, 8.0, n)
        """Of the gamma by which a minute's rate varies."""
        self.clumped: FloatArray = rng.uniform(0.0, 0.16, n)
        """Part of the reports that bring others from the same household."""
        latest = max(4.0, cohort.days / 2)
        launched = rng.random(n) < (_LAUNCHED if cohort.launches else 0.0)
        self.launch_day: FloatArray = np.where(launched, rng.uniform(3.0, latest, n), -1.0)
        self.doubling_days: FloatArray = rng.uniform(1.0, 4.0, n)
        self.holidays: BoolArray = rng.random((cohort.days + 2, len(COUNTRIES))) < _HOLIDAYS
        self.places = Whereabouts(rng, n) if cohort.sliced else None

    @property
    def launched(self) -> BoolArray:
        out: BoolArray = self.launch_day >= 0.0
        return out

    def level(self, day: float) -> FloatArray:
        """Reports a day at this time, season apart; `day` counts from the start of the run."""
        grown = self.per_day * self.weekly_growth ** (day / 7.0)
        age = day - self.launch_day
        first = np.minimum(_FIRST_PER_DAY, self.per_day / 2)
        odds = (self.per_day / first - 1.0) * 2.0 ** (-age / self.doubling_days)
        growing = np.where(age >= 0.0, self.per_day / (1.0 + odds), 0.0)
        return np.where(self.launched, growing, grown)

    def season(self, minute: int) -> FloatArray:
        """Rate of each country's people over their week's mean, shape (services, SLOTS)."""
        ahead = np.array([world.CLOCKS(country, minute) for country in COUNTRIES])
        civil = (minute + ahead)[self.countries]
        hour = civil % 1440 / 60.0 - self.peak_hour[:, None]
        angle = 2.0 * np.pi / 24.0 * hour
        shape = (
            np.exp(
                self.swing[:, None] * np.cos(angle) + self.second_swing[:, None] * np.cos(2 * angle)
            )
            / self._mean_shape()
        )
        weekday = (civil // 1440 + 3) % 7  # 1 January 1970 was a Thursday
        shape = shape * np.where(weekday >= 5, self.weekend[:, None], 1.0)
        day = np.clip((civil - START) // 1440 + 1, 0, len(self.holidays) - 1)
        off = self.holidays[day, self.countries]
        return shape * np.where(off, self.holiday[:, None], 1.0)

    def _mean_shape(self) -> FloatArray:
        angle = 2.0 * np.pi / 24.0 * np.arange(24.0)[:, None]
        shape = np.exp(self.swing * np.cos(angle) + self.second_swing * np.cos(2.0 * angle))
        out: FloatArray = shape.mean(axis=0)[:, None]
        return out


class Whereabouts:
    """From which city and network, on which platform and with which symptom people report."""

    def __init__(self, rng: np.random.Generator, services: int) -> None:
        tilt = np.exp(0.5 * rng.normal(size=(services, SLOTS, world.CITIES)))
        self.city_share: FloatArray = _shares(world.PEOPLE * tilt)
        networks = (services, SLOTS, world.NETWORKS)
        self.city = Choice(self.city_share)
        """City and network by group: service x SLOTS + slot."""
        self.network = Choice(_shares(rng.gamma(1.0, 1.0, networks) + 0.02))
        self._platform = Choice(_shares(rng.gamma(2.0, 1.0, (services, world.PLATFORMS))))
        self._symptom = Choice(_shares(rng.gamma(1.0, 1.0, (services, world.SYMPTOMS)) + 0.02))

    def slices(self, rng: np.random.Generator, reports: Reports) -> tuple[IntArray, ...]:
        """The slices in which each report counts; NOWHERE where it has no area."""
        slot, city = reports.slot, reports.city
        area = world.AREA_OF_CITY[city]
        in_area = START_OF[Dimension.AREA] + slot * world.AREAS + area
        region = slot * world.REGIONS + world.REGION_OF_CITY[city]
        return (
            np.zeros(len(slot), dtype=np.int64),
            START_OF[Dimension.COUNTRY] + slot,
            START_OF[Dimension.REGION] + region,
            np.where(area == world.NOWHERE, world.NOWHERE, in_area),
            START_OF[Dimension.CITY] + slot * world.CITIES + city,
            START_OF[Dimension.PLATFORM] + self._platform.draw(rng, reports.service),
            START_OF[Dimension.SYMPTOM] + self._symptom.draw(rng, reports.service),
            START_OF[Dimension.NETWORK] + slot * world.NETWORKS + reports.network,
        )


class Choice:
    """Draws one of several values, in each group by its own shares."""

    def __init__(self, shares: FloatArray) -> None:
        """`shares`: last axis the values, sum 1; the axes before it, flattened, the groups."""
        flat = shares.reshape(-1, shares.shape[-1])
        self._values = flat.shape[1]
        cumulative = np.minimum(np.cumsum(flat, axis=1), 1.0)
        cumulative[:, -1] = 1.0
        self._edges = (cumulative + np.arange(len(flat))[:, None]).ravel()

    def draw(self, rng: np.random.Generator, group: IntArray) -> IntArray:
        place = np.searchsorted(self._edges, group + rng.random(len(group)), side="right")
        out: IntArray = np.minimum(place - group * self._values, self._values - 1)
        return out


def _shares(raw: FloatArray) -> FloatArray:
    out: FloatArray = raw / raw.sum(axis=-1, keepdims=True)
    return out


@dataclass(slots=True)
class Reports:
    """Single reports in columns. `minute` counts from the start of an hour; `slot`, `city` and
    `network` are numbers within the service's countries."""

    minute: IntArray
    service: IntArray
    slot: IntArray
    city: IntArray
    network: IntArray

    def chosen(self, which: BoolArray | IntArray) -> Reports:
        return Reports(*(getattr(self, name)[which] for name in Reports.__slots__))

    def joined(self, other: Reports) -> Reports:
        return Reports(
            *(
                np.concatenate((getattr(self, name), getattr(other, name)))
                for name in Reports.__slots__
            )
        )


class Stream:
    """The reports of a cohort, one hour after the other."""

    def __init__(self, cohort: Cohort, traits: Traits) -> None:
        self.traits = traits
        self._rng = cohort.generator(1)
        n = cohort.services
        self._shared = self._rng.normal(size=n)
        self._own = self._rng.normal(size=(n, SLOTS))
        self._minute = START
        self._before = self._rates(START)
        none = np.zeros(0, dtype=np.int64)
        self._late = Reports(none, none, none, none, none)

    def next_hour(self) -> Reports:
        """Of the next 60 minutes, in no particular order."""
        self._step()
        after = self._rates(self._minute + HOUR)
        part = ((np.arange(HOUR) + 0.5) / HOUR)[:, None, None]
        rate = self._before * (1.0 - part) + after * part
        self._minute += HOUR
        self._before = after
        first = self._first_reports(rate)
        reports = first.joined(self._others(first)).joined(self._late)
        late = reports.minute >= HOUR
        self._late = reports.chosen(late)
        self._late.minute -= HOUR
        return reports.chosen(~late)

    def _first_reports(self, rate: FloatArray) -> Reports:
        """Of each household."""
        if self.traits.places is None:  # where people are does not matter: one draw is enough
            rate = np.concatenate(
                (rate.sum(axis=2, keepdims=True), np.zeros((*rate.shape[:2], SLOTS - 1))), axis=2
            )
        return drawn(
            self.traits, self._rng, rate / (1.0 + _MEAN_OTHERS * self.traits.clumped)[:, None]
        )

    def _others(self, first: Reports) -> Reports:
        rng = self._rng
        brings = np.flatnonzero(rng.random(len(first.minute)) < self.traits.clumped[first.service])
        others = first.chosen(
            np.repeat(brings, 1 + rng.binomial(2, (_MEAN_OTHERS - 1.0) / 2.0, len(brings)))
        )
        wait = rng.geometric(1 / 3, len(others.minute)) - 1
        others.minute = others.minute + np.minimum(wait, _LATEST_OTHER_MIN)
        return others

    def _step(self) -> None:
        """One hour further in the wander."""
        rng, memory = self._rng, self.traits.memory
        news = np.sqrt(1.0 - memory**2)
        self._shared = memory * self._shared + news * rng.normal(size=len(memory))
        self._own = memory[:, None] * self._own + news[:, None] * rng.normal(size=self._own.shape)

    def _rates(self, minute: int) -> FloatArray:
        """Reports per minute now, shape (services, SLOTS)."""
        traits = self.traits
        wander = np.sqrt(0.6) * self._shared[:, None] + np.sqrt(0.4) * self._own
        sd = traits.wander[:, None]
        level = traits.level((minute - START) / 1440.0)[:, None] / 1440.0
        out: FloatArray = (
            level * traits.country_share * traits.season(minute) * np.exp(sd * wander - sd**2 / 2)
        )
        return out


def drawn(
    traits: Traits, rng: np.random.Generator, rate: FloatArray, city: Choice | None = None
) -> Reports:
    """Over-dispersed reports at `rate` per minute, shape (minutes, services, SLOTS), from the
    service's usual cities or those of `city`; without households."""
    noise = rng.standard_gamma(traits.size, rate.shape[:2]) / traits.size
    counts = rng.poisson(rate * noise[:, :, None]).ravel()
    cells = np.flatnonzero(counts)
    cell = np.repeat(cells, counts[cells])
    minute, group = np.divmod(cell, rate.shape[1] * SLOTS)
    if traits.places is None:
        nowhere = np.zeros(len(group), dtype=np.int64)
        return Reports(minute, group // SLOTS, nowhere, nowhere, nowhere)
    usual = traits.places
    where = (usual.city if city is None else city).draw(rng, group)
    network = usual.network.draw(rng, group)
    return Reports(minute, group // SLOTS, group % SLOTS, where, network)


def counted(
    reports: Reports, traits: Traits, rng: np.random.Generator, minutes: int = HOUR
) -> tuple[IntArray, IntArray]:
    """The slices with reports, minute by minute: positions (minute x services + service) x SLICES
    + slice, ascending, and how many. Without slices SLICES is 1."""
    services = len(traits.per_day)
    row = reports.minute * services + reports.service
    if traits.places is None:
        totals = np.bincount(row, minlength=minutes * services)
    else:
        parts = [
            (row * SLICES + number)[number != world.NOWHERE]
            for number in traits.places.slices(rng, reports)
        ]
        totals = np.bincount(np.concatenate(parts), minlength=minutes * services * SLICES)
    positions = np.flatnonzero(totals)
    return positions, totals[positions]
