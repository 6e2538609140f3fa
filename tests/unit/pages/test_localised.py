"""Where and for whom, as an incident's page draws it."""

from __future__ import annotations

import msgspec
from tests import sample_views

from lapwing.outages.incidents.localised import Attribute
from lapwing.web.pages.localised import names_of, where
from lapwing.web.pages.rendering import Pages

ANSWERS = sample_views.incident_view().localised


def test_the_newest_answer_is_drawn_and_the_others_are_its_history() -> None:
    drawn = where(ANSWERS)
    assert drawn is not None
    assert [round(row.share, 1) for row in drawn.rows] == [0.6, 0.4]
    assert drawn.rows[0].label == "Delhi, Mumbai, Bengaluru and 3 more · Posts don’t load"
    assert drawn.rows[1].label == "Everywhere, for everybody"
    assert drawn.rows[0].chance == "less than 1 in 1,000,000"
    assert [at for at, _ in drawn.earlier] == [ANSWERS[0].since]
    assert "Delhi" in drawn.earlier[0][1]


def test_nothing_is_drawn_where_it_was_not_worked_out() -> None:
    assert where(()) is None
    view = msgspec.structs.replace(sample_views.incident_view(), localised=())
    assert "Where and for whom" not in Pages().incident(view)


def test_countries_and_areas_are_places_of_the_map_too() -> None:
    part = ANSWERS[0].parts[0]
    area = msgspec.structs.replace(
        part, attributes=(Attribute("area", ("5128581",), ("New York City area",)),)
    )
    country = msgspec.structs.replace(part, attributes=(Attribute("country", ("AR",), ("",)),))
    answer = msgspec.structs.replace(ANSWERS[0], parts=(area, country))
    named = names_of((ANSWERS[1], answer))
    assert {dot.label for dot in sample_views.dots() if named(dot)} == {"New York", "Buenos Aires"}
