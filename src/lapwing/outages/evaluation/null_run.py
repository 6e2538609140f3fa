"""Nothing is wrong, and what is declared all the same: false incidents against the budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lapwing.outages.detection.rule import MINUTES_PER_YEAR, Rule
from lapwing.outages.evaluation.intervals import poisson_rate
from lapwing.outages.evaluation.simulated_watch import SimulatedWatch
from lapwing.outages.evaluation.simulation import START, Cohort, Stream, Traits, counted

VOLUME_EDGES: Final = (3.0, 30.0, 600.0)
"""Reports a day that divide the volume classes."""
VOLUMES: Final = ("under 3 a day", "3 to 30", "30 to 600", "over 600")
ALONE, SLICED = "services alone", "services with slices"
LAUNCHED: Final = "launched in mid-run"
ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class ServiceYears:
    """One simulated service and what was declared there."""

    per_day: float
    launched: bool
    years: float
    """Watched, the warm-up left out."""
    false_incidents: int


@dataclass(frozen=True, slots=True)
class ClassResult:
    """`rate`, `low`, `high` (95 %) and `budget`: false incidents per service and year."""

    counted: str
    volume: str
    services: int
    service_years: float
    false_incidents: int
    rate: float
    low: float
    high: float
    budget: float

    @property
    def holds(self) -> bool:
        """Not above the budget by more than chance explains."""
        return self.low <= self.budget


def run_cohort(cohort: Cohort, rule: Rule) -> list[ServiceYears]:
    """One entry per service of the cohort that was watched at all."""
    traits = Traits(cohort)
    stream = Stream(cohort, traits)
    watch = SimulatedWatch(traits, rule)
    rng = cohort.generator(2)
    false_incidents = np.zeros(cohort.services, dtype=np.int64)
    for _ in range(cohort.days * 24):
        for service, _minute in watch.close(*counted(stream.next_hour(), traits, rng)):
            false_incidents[service] += 1
    begins = np.where(
        traits.launched, START + traits.launch_day * 1440.0, float(START + rule.warm_up)
    )
    years = (START + cohort.days * 1440 - begins) / MINUTES_PER_YEAR
    known = set(watch.service_of)
    return [
        ServiceYears(
            float(traits.per_day[service]),
            bool(traits.launched[service]),
            float(years[service]),
            int(false_incidents[service]),
        )
        for service in range(cohort.services)
        if service in known
    ]


def by_class(kind: str, services: Sequence[ServiceYears], budget: float) -> list[ClassResult]:
    """Per volume class, for launched services and for all; `kind`: ALONE or SLICED. Classes
    without a service are left out."""
    classes: dict[str, list[ServiceYears]] = {name: [] for name in (*VOLUMES, LAUNCHED, ALL)}
    for service in services:
        classes[ALL].append(service)
        volume = VOLUMES[volume_of(service.per_day)]
        classes[LAUNCHED if service.launched else volume].append(service)
    return [_result(kind, name, ones, budget) for name, ones in classes.items() if ones]


def volume_of(per_day: float) -> int:
    """Position in VOLUMES."""
    return int(np.searchsorted(VOLUME_EDGES, per_day, side="right"))


def _result(kind: str, volume: str, services: Iterable[ServiceYears], budget: float) -> ClassResult:
    ones = list(services)
    years = sum(one.years for one in ones)
    events = sum(one.false_incidents for one in ones)
    low, high = poisson_rate(events, years)
    return ClassResult(kind, volume, len(ones), years, events, events / years, low, high, budget)
