"""A restart while outages of several kinds are open, by places and networks, goes on exactly."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from functools import cache
from typing import Any

import msgspec

from lapwing.outages.checkpoint import packed, restore
from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.rule import Rule
from lapwing.outages.incidents.model import OPEN_STATES, Incident, State, is_held
from lapwing.outages.journal import Entry, OperatorActed, ReportsTaken, TimePassed
from lapwing.outages.model import Dimension, ReportRow
from lapwing.outages.watch import Watch

START = 28_385_280
KNOWN_MIN = 24 * 60
SERVICES = ("x", "jio")
CITIES = range(30)
LIVES = 6
STEPS = 5


def _fresh() -> Watch:
    detector = Detector(Rule(warm_up=120), lambda country, minute: 0)
    return Watch(detector, lambda slug, of, value: value)


class _Life:
    """Made-up entries of one life, from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.entries: list[Entry] = []
        self.minute = START
        self._id = 0

    def minutes(self, length: int, trouble: list[dict[str, Any]]) -> None:
        for _ in range(length):
            rows = [self._row(service) for service in SERVICES if self.random.random() < 0.5]
            rows += [self._row(**one) for one in trouble for _ in range(one["reports"])]
            self.entries.append(ReportsTaken(self.minute * 60_000 + 30_000, rows))
            self.minute += 1
            self.entries.append(TimePassed(self.minute * 60_000))

    def step(self) -> None:
        """Several kinds of trouble beside each other, each at a service."""
        trouble = [
            {"service": service} | self._trouble()
            for service in SERVICES
            for _ in range(self.random.randint(0, 2))
        ]
        self.minutes(self.random.randint(4, 25), trouble)

    def _trouble(self) -> dict[str, Any]:
        town = {"city": self.random.choice(CITIES), "reports": self.random.randint(2, 3)}
        network = {"network": self.random.randint(4, 5), "reports": self.random.randint(2, 4)}
        strangers = {"strange": self.random.randint(0, 9), "reports": self.random.randint(3, 9)}
        everywhere = {"reports": self.random.randint(3, 9)}
        return self.random.choice((town, town, town, network, network, strangers, everywhere))

    def _row(
        self,
        service: str,
        city: int | None = None,
        network: int | None = None,
        reports: int = 1,
        strange: int | None = None,
    ) -> ReportRow:
        self._id += 1
        draw = self.random
        place = draw.choice(CITIES) if city is None else city
        one = draw.choice((0, 0, 0, 1, 1, 2, 4, 5)) if network is None else network
        if strange is not None and draw.random() < 0.6:
            one = 50 + strange
        return ReportRow(
            id=self._id,
            at_ms=self.minute * 60_000 + draw.randrange(60_000),
            service=service,
            symptom=draw.choice(("login", "app", None)),
            platform=draw.choice(("web", "ios")),
            country="IN" if place < 20 else "US",
            city=place,
            reporter=f"r{self._id}",
            network=f"n{one}",
            block=f"b{one}-{draw.randrange(5000)}",
        )


@cache
def _known() -> tuple[dict[str, bytes], list[Incident]]:
    """A watch to which its services' ordinary days are known."""
    life, watch = _Life(0), _fresh()
    life.minutes(KNOWN_MIN, [])
    for position, entry in enumerate(life.entries, 1):
        watch.apply(position, entry)
    return packed(watch), list(watch.records.incidents.values())


def _restored(blobs: dict[str, bytes], incidents: list[Incident]) -> Watch:
    """With the incidents as the database gives them back."""
    watch, kept = _fresh(), msgspec.json.encode(incidents)
    assert restore(watch, blobs, msgspec.json.decode(kept, type=list[Incident]))
    return watch


def _digest(watch: Watch) -> dict[str, Any]:
    incidents = {key: msgspec.to_builtins(one) for key, one in watch.records.incidents.items()}
    return {**packed(watch), "known": incidents}


def _count(watch: Watch, seen: Counter[str]) -> None:
    """What is open at a restart."""
    open_now = [one for one in watch.records.incidents.values() if one.state in OPEN_STATES]
    of_service = Counter(one.service for one in open_now)
    seen["none"] += not open_now
    seen["several of a service"] += max(of_service.values(), default=0) > 1
    seen["of both services"] += len(of_service) > 1
    seen["held"] += any(map(is_held, open_now))
    seen["localised"] += any(one.localised for one in open_now)
    seen["merged before"] += any(
        one.state is State.MERGED for one in watch.records.incidents.values()
    )
    for one in open_now:
        seen["whole" if one.scope is None else one.scope.dimension] += 1


def _act(life: _Life, watch: Watch) -> OperatorActed | None:
    """An operator's, on a random incident; some make no sense and are passed over."""
    known = list(watch.records.incidents.values())
    if not known:
        return None
    incident, other = life.random.choice(known[-4:]), life.random.choice(known[-4:])
    act = life.random.choice(("dismiss", "resolve", "reopen", "reopen", "merge", "merge", "edit"))
    details: dict[str, Any] = {}
    if act == "merge":
        details["into"] = other.id
    if act == "edit":
        details["started_at"] = (incident.started_at - timedelta(minutes=7)).isoformat()
    return OperatorActed(life.minute * 60_000, "ada", act, incident.id, details)


def _check_followed(watch: Watch) -> None:
    """The detector follows every open incident, so that it will end."""
    for one in watch.records.incidents.values():
        if one.state in OPEN_STATES:
            service = watch.nodes.find_service(one.service)
            assert service is not None
            node = int(watch.nodes.own[service])
            if one.scope is not None:
                dimension = Dimension(one.scope.dimension)
                node = watch.nodes.find_node(service, dimension, one.scope.value) or -1
            assert watch.detector.is_open_at(service, node), one


def _lived(seed: int, seen: Counter[str]) -> None:
    life, whole = _Life(seed), _restored(*_known())
    life.minute += KNOWN_MIN
    after: list[Watch] = []
    position = 0
    for _ in range(STEPS):
        life.entries.clear()
        life.step()
        cut = life.random.randrange(len(life.entries))
        for number, entry in enumerate(life.entries):
            if number == cut:
                _count(whole, seen)
                after.append(_restored(packed(whole), list(whole.records.incidents.values())))
            act = _act(life, whole) if life.random.random() < 0.04 else None
            for one in (entry, act) if act else (entry,):
                position += 1
                for watch in (whole, *after):
                    watch.apply(position, one)
                _check_followed(whole)
    for watch in after:
        assert _digest(watch) == _digest(whole)


def test_a_restart_amid_outages_gives_the_same_state() -> None:
    seen: Counter[str] = Counter()
    for seed in range(1, LIVES + 1):
        _lived(seed, seen)
    wanted = {"whole", "city", "network", "several of a service", "held", "localised"}
    assert wanted <= {what for what, times in seen.items() if times}, seen
