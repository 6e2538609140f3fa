"""Which slices may count the same reports."""

from __future__ import annotations

import numpy as np
import pytest
from watched_service import LOCAL_TIME, RULE

from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.model import NodeSpec
from lapwing.outages.detection.overlap import extent, holding, overlapping
from lapwing.outages.model import Dimension

HOMES = {1: ("US.TX", 1), 2: ("US.LA", 1), 3: ("US.TX", 3), 4: ("IN.07", 4)}
"""City -> region and area: the area of 1 reaches into another region."""


class Borders:
    def share(self, place: NodeSpec) -> None:
        return None

    def area_of(self, city: int) -> int | None:
        return HOMES[city][1] if city in HOMES else None

    def region_of(self, city: int) -> str | None:
        return HOMES[city][0] if city in HOMES else None


NAMES = (
    *("service ", "country US", "country IN", "region US.TX", "region US.LA", "region IN.07"),
    *("area 1", "area 3", "area 4", "city 1", "city 2", "city 3", "city 4"),
    *("platform web", "platform ios", "symptom tv", "symptom app", "network AS1", "network AS2"),
)


def _spec(name: str) -> NodeSpec:
    of, _, value = name.partition(" ")
    dimension = Dimension(of)
    if dimension not in (Dimension.REGION, Dimension.AREA, Dimension.CITY):
        return NodeSpec(0, dimension, value)
    indian = value in ("4", "IN.07")
    return NodeSpec(0, dimension, value, "IN" if indian else "US")


@pytest.fixture(scope="module")
def detector() -> Detector:
    made = Detector(RULE, LOCAL_TIME, Borders())
    made.add_nodes([_spec(name) for name in NAMES])
    return made


OTHERS = {*NAMES[13:]}
ROWS = np.arange(len(NAMES))


def named(found: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> set[str]:
    return {NAMES[row] for row in np.flatnonzero(found).tolist()}


@pytest.mark.parametrize(
    ("name", "shared", "held_by"),
    [
        ("city 1", {"city 1", "area 1", "region US.TX"}, {"service ", "country US"}),
        (
            "area 1",
            {"area 1", "city 1", "city 2", "region US.TX", "region US.LA"},
            {"service ", "country US"},
        ),
        (
            "region US.TX",
            {"region US.TX", "area 1", "area 3", "city 1", "city 3"},
            {"service ", "country US"},
        ),
        ("region US.LA", {"region US.LA", "area 1", "city 2"}, {"service ", "country US"}),
        ("country IN", {"country IN", "region IN.07", "area 4", "city 4"}, {"service "}),
    ],
)
def test_places_share_reports_where_one_lies_in_the_other_or_they_meet(
    detector: Detector, name: str, shared: set[str], held_by: set[str]
) -> None:
    nodes, node = detector.tables.nodes, NAMES.index(name)
    assert named(overlapping(nodes, ROWS, node)) == shared | OTHERS
    assert named(holding(nodes, ROWS, node)) == held_by


@pytest.mark.parametrize(
    ("name", "sibling"), [("platform web", "platform ios"), ("network AS1", "network AS2")]
)
def test_a_platform_or_network_shares_with_all_but_its_siblings(
    detector: Detector, name: str, sibling: str
) -> None:
    found = named(overlapping(detector.tables.nodes, ROWS, NAMES.index(name)))
    assert found == set(NAMES) - {sibling, "service "}


def test_symptoms_are_never_apart(detector: Detector) -> None:
    found = named(overlapping(detector.tables.nodes, ROWS, NAMES.index("symptom tv")))
    assert found == set(NAMES) - {"service "}


def test_a_city_s_trouble_reaches_as_far_as_its_area(detector: Detector) -> None:
    nodes = detector.tables.nodes
    assert NAMES[extent(nodes, ROWS, NAMES.index("city 2"))] == "area 1"
    assert NAMES[extent(nodes, ROWS, NAMES.index("region US.TX"))] == "region US.TX"


def test_what_counts_nothing_but_a_place_s_reports(detector: Detector) -> None:
    assert named(detector.inside(ROWS, NAMES.index("area 1"))) == {"area 1", "city 1", "city 2"}
    assert named(detector.inside(ROWS, NAMES.index("platform web"))) == {"platform web"}
