"""Which places a card names."""

from __future__ import annotations

from datetime import UTC, datetime

from lapwing.outages.incidents.model import Incident, SliceShare, State
from lapwing.outages.queries.records import places_of

AT = datetime(2023, 12, 21, 5, 9, tzinfo=UTC)


def incident(*leading: tuple[str, str, int, float]) -> Incident:
    parts = tuple(
        SliceShare(dimension, label, label, reports, 0.0, share)
        for dimension, label, reports, share in leading
    )
    return Incident("x-20231221-0509", "x", State.ONGOING, AT, AT, leading=parts)


def test_the_hardest_hit_cities_are_named_or_else_the_countries() -> None:
    india = ("country", "India", 900, 0.9)
    assert places_of(incident(india, ("city", "Delhi", 300, 0.3), ("city", "Pune", 100, 0.1))) == (
        "Delhi",
        "Pune",
    )
    assert places_of(incident(india)) == ("India",)


def test_one_of_ten_thousand_reports_names_no_place() -> None:
    few = incident(("country", "India", 1, 0.0001), ("city", "Nagpur", 1, 0.0001))
    assert places_of(few) == ()
