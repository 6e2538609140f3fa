"""How many forged reports a false incident takes, and what the defence costs true outages.

The real watch, with its caps, lives through days of ordinary reports; every attack and every
outage goes on from a copy of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np

from lapwing.kernel.instants import MS_PER_MINUTE, Minute
from lapwing.outages.checkpoint import packed, restore
from lapwing.outages.detection.admission import admit_all
from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.model import Declared
from lapwing.outages.detection.rule import Rule
from lapwing.outages.evaluation import flood_world as world
from lapwing.outages.evaluation.flood_world import VOLUMES, Forger, Rows
from lapwing.outages.journal import ReportsTaken, TimePassed
from lapwing.outages.model import Dimension, ReportRow
from lapwing.outages.watch import Watch

DAYS: Final = 6
BUSY: Final = world.START + DAYS * 1440
"""19:00 civil time."""
QUIET: Final = BUSY + 9 * 60
"""04:00 civil time."""
LASTS_MIN: Final = 45
NETWORKS: Final = (1, 10, 100, 1000)
PER_MIN: Final = (1.0, 5.0, 25.0, 100.0)
"""Speeds that a forger tries; the one that needs the fewest reports is told."""
FLOOD_PER_MIN: Final = 50.0
FLOOD_AHEAD_MIN: Final = 15
OUTAGES: Final = ("5 times", "20 times", "one network", "one city")
RULE_ON, RULE_OFF, UNDER_FLOOD = "with the rule", "without it", "with it, under a flood"
SCOPES: Final = ("service", "place", "network")
_TELLING: Final = {
    "5 times": ("service",),
    "20 times": ("service",),
    "one network": ("network", "service"),
    "one city": ("place", "service"),
}
"""Which scopes tell such an outage."""
_NETWORK, _CITY = 2, 4
"""Of the outages of one network and of one city: number by size, 0 the largest."""

ByMinute = dict[Minute, list[ReportRow]]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Attack:
    """At one volume, by the scope of the false incident."""

    forger: Forger
    per_day: int
    needed: Mapping[str, int | None]
    """Forged reports; None: not with the most that were tried."""
    held: Mapping[str, float | None]
    """Part of these incidents that are held as suspicious an hour after the beginning."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Minutes from the onset of a true outage to its declaration."""

    outage: str
    per_day: int
    defence: str
    median_min: float | None
    missed: int
    outages: int


@dataclass(frozen=True, slots=True)
class FloodRun:
    attacks: tuple[Attack, ...]
    delays: tuple[Delay, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A service's first declaration in a scope."""

    minute: Minute
    held: bool


FoundBy = dict[tuple[str, str], Found]
"""By service and scope: `service`, `place` or `network`."""


class Lived:
    """Days of ordinary reports, and copies of the watch that saw them."""

    def __init__(
        self, rule: Rule, seed: int, days: int = DAYS, volumes: Mapping[int, int] = VOLUMES
    ) -> None:
        """`volumes`: services by their reports a day, and how many there are."""
        self._rule = rule
        self.services = {
            f"{per_day}-{number}": per_day
            for per_day, count in volumes.items()
            for number in range(count)
        }
        rng = np.random.default_rng([seed, 1])
        rows = Rows(rng)
        start, length = BUSY - days * 1440, days * 1440 + QUIET - BUSY + 2 * LASTS_MIN
        self.ordinary: ByMinute = {}
        for slug, per_day in self.services.items():
            minutes = world.ordinary(rng, per_day, start, length)
            self._add(rows.of(slug, world.people(rng, minutes)))
        self._add(rows.of(world.ELSEWHERE, world.acquaintance(max(NETWORKS), start, days)))
        self._kept: dict[Minute, dict[str, bytes]] = {}
        watch = self._fresh()
        for minute in range(start, QUIET + 1):
            if minute in (BUSY, QUIET):
                self._kept[minute] = packed(watch)
            _live(watch, minute, self.ordinary.get(minute, []))

    def first_declared(
        self,
        start: Minute,
        length_min: int,
        more: ByMinute,
        *,
        ordinary: ByMinute | None = None,
        defended: bool = True,
    ) -> FoundBy:
        """Within `length_min` of `start` (`BUSY` or `QUIET`) with these reports besides the
        ordinary ones (or those that are given)."""
        ordinary = self.ordinary if ordinary is None else ordinary
        watch = self._fresh()
        restore(watch, self._kept[start], [])
        if not defended:
            watch.detector.admit = admit_all
        first: dict[tuple[str, str], Declared] = {}
        for minute in range(start, start + length_min + 1):
            _live(watch, minute, ordinary.get(minute, []) + more.get(minute, []))
            for declared in _declared(watch):
                spec = watch.nodes.specs[declared.node]
                key = (watch.nodes.slugs[declared.service], scope_of(spec.dimension))
                first.setdefault(key, declared)
        return {
            key: Found(declared.minute, _is_held(watch, declared))
            for key, declared in first.items()
        }

    def _fresh(self) -> Watch:
        detector = Detector(self._rule, world.offset_min, world.FloodPlaces())
        return Watch(detector, lambda _slug, _of, value: value, midstream=True)

    def _add(self, rows: Iterator[ReportRow]) -> None:
        for row in rows:
            self.ordinary.setdefault(row.at_ms // MS_PER_MINUTE, []).append(row)


def scope_of(dimension: Dimension) -> str:
    if dimension is Dimension.NETWORK:
        return "network"
    places = (Dimension.CITY, Dimension.AREA, Dimension.REGION)
    return "place" if dimension in places else "service"


def run(rule: Rule, progress: Progress, *, seed: int = 20231221, rounds: int = 4) -> FloodRun:
    """`rounds`: how often each true outage is repeated."""
    lived = Lived(rule, seed)
    forgers = [
        Forger(networks, knowing, local)
        for local in (False, True)
        for knowing in (False, True)
        for networks in NETWORKS
    ]
    steps = len(forgers) * len(PER_MIN) + len(OUTAGES) * rounds
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        progress(done, steps)

    attacks = [found for forger in forgers for found in attack(lived, forger, seed, step)]
    delays = [found for outage in OUTAGES for found in measure(lived, outage, seed, rounds, step)]
    return FloodRun(tuple(attacks), tuple(delays))


# --- forged reports


def attack(
    lived: Lived, forger: Forger, seed: int, step: Callable[[], None] = lambda: None
) -> list[Attack]:
    """Per volume the median over its services of the reports needed, at the best speed."""
    start = QUIET if forger.knowing else BUSY
    best: dict[tuple[int, str], tuple[float, float]] = {}
    for per_min in PER_MIN:
        forged, sent = _forged(lived.services, forger, per_min, seed, start)
        found = lived.first_declared(start, LASTS_MIN, forged)
        for per_day in set(lived.services.values()):
            slugs = [slug for slug, volume in lived.services.items() if volume == per_day]
            for scope in SCOPES:
                hits = [(slug, found[slug, scope]) for slug in slugs if (slug, scope) in found]
                needed = [float(sent[slug][hit.minute - start]) for slug, hit in hits]
                middle = median(needed + [np.inf] * (len(slugs) - len(hits)))
                held = sum(hit.held for _, hit in hits) / max(1, len(hits))
                known = best.setdefault((per_day, scope), (np.inf, 0.0))
                best[per_day, scope] = min(known, (middle, held))
        step()
    volumes = sorted(set(lived.services.values()))
    return [_attack(forger, per_day, best) for per_day in volumes]


def _attack(
    forger: Forger, per_day: int, best: Mapping[tuple[int, str], tuple[float, float]]
) -> Attack:
    found = {scope: best[per_day, scope] for scope in SCOPES}
    return Attack(
        forger,
        per_day,
        {scope: None if np.isinf(n) else round(n) for scope, (n, _) in found.items()},
        {scope: None if np.isinf(n) else held for scope, (n, held) in found.items()},
    )


def _forged(
    services: Iterable[str], forger: Forger, per_min: float, seed: int, start: Minute
) -> tuple[ByMinute, dict[str, list[int]]]:
    """Rows by minute, and per service how many were sent up to the end of each minute."""
    rng = np.random.default_rng([seed, 2, forger.networks, int(forger.knowing), int(per_min)])
    rows = Rows(rng)
    forged: ByMinute = {}
    sent: dict[str, list[int]] = {}
    for slug in services:
        drawn = forger.draw(rng, per_min, start, LASTS_MIN)
        _put(forged, rows.of(slug, drawn))
        counts = np.bincount(drawn.minute - start, minlength=LASTS_MIN + 1)
        sent[slug] = counts.cumsum().tolist()
    return forged, sent


# --- true outages


def measure(
    lived: Lived, outage: str, seed: int, rounds: int, step: Callable[[], None] = lambda: None
) -> list[Delay]:
    """With the rule, without it, and with it while one network floods."""
    delays: dict[tuple[int, str], list[float]] = {}
    onset = BUSY + FLOOD_AHEAD_MIN
    for turn in range(rounds):
        rng = np.random.default_rng([seed, 3, OUTAGES.index(outage), turn])
        true = _true(lived.services, outage, rng, onset)
        flooder = Forger(1, knowing=True)
        flood, _ = _forged(lived.services, flooder, FLOOD_PER_MIN, seed + turn, BUSY)
        both = {minute: true.get(minute, []) + flood.get(minute, []) for minute in true | flood}
        length = FLOOD_AHEAD_MIN + LASTS_MIN
        found = {
            RULE_ON: lived.first_declared(BUSY, length, true),
            RULE_OFF: lived.first_declared(BUSY, length, true, defended=False),
            UNDER_FLOOD: lived.first_declared(BUSY, length, both),
        }
        for defence, first in found.items():
            for slug, per_day in lived.services.items():
                at = [
                    first[slug, scope].minute
                    for scope in _TELLING[outage]
                    if (slug, scope) in first and first[slug, scope].minute >= onset
                ]
                took = min(at) - onset + 1 if at else np.inf
                delays.setdefault((per_day, defence), []).append(float(took))
        step()
    return [_delay(outage, *key, delays[key]) for key in sorted(delays)]


def _delay(outage: str, per_day: int, defence: str, took: list[float]) -> Delay:
    middle = median(took)
    missed = sum(np.isinf(took).tolist())
    return Delay(outage, per_day, defence, None if np.isinf(middle) else middle, missed, len(took))


def _true(
    services: Mapping[str, int], outage: str, rng: np.random.Generator, onset: Minute
) -> ByMinute:
    """At once, over `LASTS_MIN`; of one network or city as if its part reported 20 times as
    often, and at least one report a minute."""
    rows = Rows(rng)
    found: ByMinute = {}
    for slug, per_day in services.items():
        rate = world.usual_rate(per_day, onset)
        network = city = None
        match outage:
            case "5 times":
                more = max(4.0 * rate, 0.5)
            case "20 times":
                more = max(19.0 * rate, 1.0)
            case "one network":
                network, more = _NETWORK, max(19.0 * rate * world.CUSTOMERS[_NETWORK], 1.0)
            case _:
                city, more = _CITY, max(19.0 * rate * world.PEOPLE[_CITY], 1.0)
        counts = rng.poisson(more, LASTS_MIN)
        minutes = np.repeat(np.arange(onset, onset + LASTS_MIN), counts)
        _put(found, rows.of(slug, world.people(rng, minutes, city=city, network=network)))
    return found


# --- the watch


def _put(found: ByMinute, rows: Iterator[ReportRow]) -> None:
    for row in rows:
        found.setdefault(row.at_ms // MS_PER_MINUTE, []).append(row)


def _live(watch: Watch, minute: Minute, rows: list[ReportRow]) -> None:
    """Opens the minute, which closes the one before, and fills it."""
    at_ms = minute * MS_PER_MINUTE
    watch.closed.clear()
    watch.apply(watch.position + 1, TimePassed(at_ms))
    if rows:
        watch.apply(watch.position + 1, ReportsTaken(at_ms + 30_000, rows))


def _is_held(watch: Watch, declared: Declared) -> bool:
    end = watch.present_minute
    told = watch.corroborating.concentration(
        declared.service, declared.node, declared.onset_minute, end
    )
    return told is not None and told.suspicious


def _declared(watch: Watch) -> list[Declared]:
    return [
        found
        for closed in watch.closed
        for found in closed.outcome.findings
        if isinstance(found, Declared)
    ]
