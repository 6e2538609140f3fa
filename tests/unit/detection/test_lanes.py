"""Several local outages of one service at once, and what becomes of them in a larger one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import pytest
from watched_service import LOCAL_TIME, RULE, START, close, feed, of_kind, quiet

from lapwing.outages.detection.admission import Candidate, Verdict
from lapwing.outages.detection.course import MOST_LOCAL, MOST_REFUSED
from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.keeping import State
from lapwing.outages.detection.model import (
    Confirmed,
    Declared,
    Finding,
    Grown,
    NodeSpec,
    Recovered,
)
from lapwing.outages.model import Dimension

DAY = 1440
CITIES = {1: ("US.TX", 1), 2: ("US.TX", 1), 3: ("US.OH", 3), 4: ("US.NC", 4), 5: ("US.TX", 5)}
"""City -> region and area: 2 is a suburb of 1."""


class FewPlaces:
    def share(self, place: NodeSpec) -> None:
        return None

    def area_of(self, city: int) -> int | None:
        return CITIES[city][1] if city in CITIES else None

    def region_of(self, city: int) -> str | None:
        return CITIES[city][0] if city in CITIES else None


def _specs() -> list[NodeSpec]:
    values = (
        (Dimension.SERVICE, ""),
        (Dimension.COUNTRY, "US"),
        *((Dimension.CITY, str(city)) for city in CITIES),
        *((Dimension.AREA, area) for area in ("1", "3", "4", "5")),
        *((Dimension.REGION, region) for region in ("US.TX", "US.OH", "US.NC")),
        *((Dimension.PLATFORM, platform) for platform in ("web", "ios")),
    )
    places = (Dimension.CITY, Dimension.AREA, Dimension.REGION)
    return [NodeSpec(0, of, value, "US" if of in places else None) for of, value in values]


SPECS = _specs()
NODE = {(spec.dimension, spec.value): number for number, spec in enumerate(SPECS)}
WHOLE = 0
PLATFORMS = (NODE[Dimension.PLATFORM, "web"], NODE[Dimension.PLATFORM, "ios"])


def of_city(city: int) -> list[int]:
    """The nodes at which a report from a city counts, its platform apart."""
    region, area = CITIES[city]
    return [
        *(WHOLE, NODE[Dimension.COUNTRY, "US"], NODE[Dimension.REGION, region]),
        *(NODE[Dimension.AREA, str(area)], NODE[Dimension.CITY, str(city)]),
    ]


class Feed:
    """Poisson reports by city, each on either platform; cities change their rates as told."""

    def __init__(self, seed: int = 1) -> None:
        self.rates = dict.fromkeys(CITIES, 0.02)
        self._rng = np.random.default_rng(seed)

    def minute(self, _step: int = 0) -> Mapping[int, int]:
        counts: dict[int, int] = {}
        for city, rate in self.rates.items():
            for _ in range(int(self._rng.poisson(rate))):
                for node in (*of_city(city), PLATFORMS[int(self._rng.integers(2))]):
                    counts[node] = counts.get(node, 0) + 1
        return counts


@cache
def _known() -> State:
    detector = Detector(RULE, LOCAL_TIME, FewPlaces())
    detector.add_nodes(SPECS)
    detector.begin_midstream(0)
    made = Feed(seed=7)
    assert feed(detector, 3 * DAY, made.minute) == []
    return detector.state()


def known_service() -> Detector:
    detector = Detector(RULE, LOCAL_TIME, FewPlaces())
    detector.load(SPECS, _known())
    return detector


def places_of(findings: list[Finding], kind: type[Finding] = Declared) -> list[str]:
    specs = [SPECS[found.node] for found in of_kind(findings, kind)]
    return [f"{spec.dimension} {spec.value}".strip() for spec in specs]


def open_places(detector: Detector) -> list[str]:
    specs = [SPECS[outage.node] for outage in detector.open_outages(0)]
    return [f"{spec.dimension} {spec.value}".strip() for spec in specs]


def test_two_cities_in_trouble_at_once_are_two_outages() -> None:
    detector, made = known_service(), Feed()
    made.rates[3] = made.rates[4] = 0.6
    findings = feed(detector, 60, made.minute)
    assert sorted(place[-1] for place in places_of(findings)) == ["3", "4"]
    assert len(list(of_kind(findings, Confirmed))) == 2
    assert len(open_places(detector)) == 2


def test_a_third_one_an_hour_later_is_an_outage_of_its_own() -> None:
    detector, made = known_service(), Feed()
    made.rates[3] = made.rates[4] = 0.6
    feed(detector, 60, made.minute)
    made.rates[1] = 0.6
    findings = feed(detector, 60, made.minute)
    assert [place[-1] for place in places_of(findings)] == ["1"]
    assert len(open_places(detector)) == 3


def test_it_is_seen_about_as_soon_as_if_it_were_alone() -> None:
    delays = []
    for others in (0.02, 0.6):
        detector, made = known_service(), Feed()
        made.rates[3] = others
        feed(detector, 60, made.minute)
        made.rates[4] = 0.6
        began = detector.minute or 0
        findings = feed(detector, 90, made.minute)
        (found,) = [one for one in of_kind(findings, Declared) if one.minute > began]
        delays.append(found.minute - began)
    assert max(delays) <= 30


def test_the_lasting_trouble_of_a_city_is_one_outage_however_long() -> None:
    detector, made = known_service(), Feed()
    made.rates[3] = 0.6
    findings = feed(detector, 5 * 60, made.minute)
    assert [place[-1] for place in places_of(findings)] == ["3"]


def test_one_ends_while_the_other_goes_on() -> None:
    detector, made = known_service(), Feed()
    made.rates[3] = made.rates[4] = 0.6
    feed(detector, 60, made.minute)
    made.rates[3] = 0.02
    findings = feed(detector, 90, made.minute)
    assert [place[-1] for place in places_of(findings, Recovered)] == ["3"]
    assert places_of(findings) == []
    assert [place[-1] for place in open_places(detector)] == ["4"]
    assert detector.is_open(0)


def test_the_afterglow_of_one_hides_no_other() -> None:
    detector, made = known_service(), Feed()
    made.rates[3] = 2.0
    feed(detector, 60, made.minute)
    made.rates[3] = 0.02
    feed(detector, 45, made.minute)
    assert open_places(detector) == []
    made.rates[4] = 0.6
    findings = feed(detector, 60, made.minute)
    assert [place[-1] for place in places_of(findings)] == ["4"]


def test_a_city_within_an_open_outage_s_area_opens_none() -> None:
    detector, made = known_service(), Feed()
    made.rates[1] = 0.6
    first = feed(detector, 60, made.minute)
    made.rates[2] = 0.6
    more = feed(detector, 60, made.minute)
    assert len(places_of(first + more)) == 1
    assert not detector.may_open(0, NODE[Dimension.REGION, "US.TX"])
    assert detector.may_open(0, NODE[Dimension.AREA, "5"])


def test_a_local_one_that_grows_is_part_of_one_national_one() -> None:
    detector, made = known_service(), Feed()
    made.rates[3] = 0.6
    before = feed(detector, 60, made.minute)
    made.rates = dict.fromkeys(CITIES, 1.0)
    findings = feed(detector, 60, made.minute)
    assert [place[-1] for place in places_of(before)] == ["3"]
    assert places_of(findings) == ["service"]
    (grown,) = of_kind(findings, Grown)
    assert isinstance(grown, Grown)
    (local,) = of_kind(before, Declared)
    assert (grown.node, grown.into) == (local.node, WHOLE)
    assert open_places(detector) == ["service"]


def test_the_national_one_began_when_the_others_did() -> None:
    detector, made = known_service(), Feed()
    made.rates[3] = 0.6
    feed(detector, 120, made.minute)
    began = (detector.minute or 0) + 1
    made.rates = dict.fromkeys(CITIES, 1.0)
    (found,) = of_kind(feed(detector, 30, made.minute), Declared)
    assert isinstance(found, Declared)
    assert abs(found.onset_minute - began) <= 10


@pytest.mark.parametrize("rate", [0.3, 1.0, 5.0])
def test_a_sudden_national_one_is_one_outage_in_the_end(rate: float) -> None:
    detector, made = known_service(), Feed()
    made.rates = dict.fromkeys(CITIES, rate)
    findings = feed(detector, 60, made.minute)
    assert open_places(detector) == ["service"]
    assert len(places_of(findings)) <= 2


def test_nothing_local_is_declared_while_all_of_it_is_down() -> None:
    detector, made = known_service(), Feed()
    made.rates = dict.fromkeys(CITIES, 1.0)
    feed(detector, 60, made.minute)
    made.rates[3] = 20.0
    assert places_of(feed(detector, 30, made.minute)) == []


def test_what_is_left_after_a_national_one_is_seen_again() -> None:
    detector, made = known_service(), Feed()
    made.rates = dict.fromkeys(CITIES, 2.0)
    feed(detector, 60, made.minute)
    made.rates = dict.fromkeys(CITIES, 0.02)
    feed(detector, 60, made.minute)
    assert open_places(detector) == []
    feed(detector, 180, made.minute)
    made.rates[4] = 0.6
    assert [place[-1] for place in places_of(feed(detector, 60, made.minute))] == ["4"]


def test_a_day_of_local_trouble_teaches_the_rest_nothing() -> None:
    calm, troubled = known_service(), known_service()
    made = Feed()
    feed(calm, DAY, made.minute)
    made = Feed()
    made.rates[3] = 0.6
    feed(troubled, DAY, made.minute)
    nodes = np.array([WHOLE, NODE[Dimension.CITY, "4"], NODE[Dimension.CITY, "3"]])
    ratio = troubled.expected(nodes) / calm.expected(nodes)
    assert np.all(ratio < 1.6), ratio
    assert np.all(ratio > 0.6), ratio


def test_so_many_local_ones_are_a_national_one() -> None:
    cities = [NodeSpec(0, Dimension.CITY, f"c{n}", "US") for n in range(MOST_LOCAL + 5)]
    detector = Detector(RULE, LOCAL_TIME)
    detector.add_nodes([NodeSpec(0, Dimension.SERVICE, ""), *cities])
    quiet(detector, 60)
    for city in range(1, MOST_LOCAL + 1):
        assert detector.declare(0, city, START + 60) == []
    assert len(detector.open_outages(0)) == MOST_LOCAL
    last = MOST_LOCAL + 1
    findings = feed(detector, 10, lambda step: {WHOLE: 1, last: 1})
    assert [found.node for found in of_kind(findings, Declared)] == [WHOLE]
    assert len(list(of_kind(findings, Grown))) == MOST_LOCAL


# --- the operator's word


def test_one_of_two_is_dismissed_and_stays_away() -> None:
    detector, made = known_service(), Feed()
    made.rates[3] = made.rates[4] = 0.6
    feed(detector, 60, made.minute)
    dismissed = detector.open_outages(0)[0].node
    detector.dismiss(0, dismissed)
    assert [one.node for one in detector.open_outages(0)] != [dismissed]
    assert places_of(feed(detector, 3 * 60, made.minute)) == []


def test_one_is_reopened_beside_another() -> None:
    detector, made = known_service(), Feed()
    made.rates[3] = made.rates[4] = 0.6
    feed(detector, 60, made.minute)
    node = detector.open_outages(0)[0].node
    detector.resolve(0, node)
    assert len(detector.open_outages(0)) == 1
    detector.reopen(0, node)
    assert len(detector.open_outages(0)) == 2
    made.rates[3] = made.rates[4] = 0.02
    assert len(list(of_kind(feed(detector, 90, made.minute), Recovered))) == 2


def test_what_is_opened_by_hand_for_all_takes_in_the_local_ones() -> None:
    detector, made = known_service(), Feed()
    made.rates[3] = made.rates[4] = 0.6
    feed(detector, 60, made.minute)
    grown = detector.declare(0, WHOLE, (detector.minute or 0) - 5)
    assert len(grown) == 2
    assert open_places(detector) == ["service"]
    assert detector.declare(0, NODE[Dimension.CITY, "3"], detector.minute or 0) == []
    assert open_places(detector) == ["service"]


# --- admission


def test_what_is_not_admitted_is_asked_about_again_each_minute() -> None:
    detector, made = known_service(), Feed()
    asked: list[Candidate] = []

    def refuse(candidate: Candidate) -> Verdict:
        asked.append(candidate)
        return Verdict(False, candidate.node)

    detector.admit = refuse
    made.rates[3] = 0.6
    assert feed(detector, 60, made.minute) == []
    asked_in = Counter(one.minute for one in asked)
    assert len(asked_in) > 10
    assert max(asked_in.values()) <= 1 + MOST_REFUSED
    detector.admit = lambda candidate: Verdict(True, candidate.node)
    assert [place[-1] for place in places_of(feed(detector, 5, made.minute))] == ["3"]


def test_a_verdict_may_name_another_slice() -> None:
    detector, made = known_service(), Feed()
    elsewhere = NODE[Dimension.PLATFORM, "web"]
    detector.admit = lambda candidate: Verdict(True, elsewhere)
    made.rates[3] = 0.6
    findings = feed(detector, 60, made.minute)
    assert places_of(findings) == ["platform web"]


# --- kept and moved


def test_several_open_outages_are_kept_and_moved_exactly() -> None:
    detector, made = known_service(), Feed()
    made.rates[3] = made.rates[4] = 0.6
    feed(detector, 60, made.minute)
    restored = Detector(RULE, LOCAL_TIME, FewPlaces())
    restored.load(SPECS, detector.state())
    moved = _moved(detector)
    made.rates[3] = 0.02
    minutes = [made.minute() for _ in range(120)]
    runs = [_run(one, minutes) for one in (detector, restored, moved)]
    assert runs[0] == runs[1] == runs[2]
    assert any(isinstance(found, Recovered) for found in runs[0])


def _moved(detector: Detector) -> Detector:
    """The service in another detector, which had an outage of its own there."""
    other = known_service()
    other.declare(0, NODE[Dimension.CITY, "5"], other.minute or 0)
    while (other.minute or 0) < (detector.minute or 0):
        close(other, {})
    other.graft(0, detector.extract(0))
    return other


def _run(detector: Detector, minutes: list[Mapping[int, int]]) -> list[Finding]:
    step: Callable[[int], Mapping[int, int]] = minutes.__getitem__
    return feed(detector, len(minutes), step)
