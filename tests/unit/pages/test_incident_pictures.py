from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import msgspec
from tests.sample_views import HOSTILE_NAME, incident_view

from lapwing.outages.views import Series
from lapwing.web.pages.assets import Assets
from lapwing.web.pages.incident_pictures import (
    HEIGHT,
    WIDTH,
    IncidentPictures,
    chart_in_words,
    map_in_words,
)

PICTURES = IncidentPictures(Assets())


def test_chart_and_map_are_of_one_size() -> None:
    for sketch in PICTURES.sketches(incident_view()):
        picture = ElementTree.fromstring(sketch.svg)
        assert (picture.get("width"), picture.get("height")) == (str(WIDTH), str(HEIGHT))


def test_the_chart_has_the_normal_range_the_line_and_its_scale() -> None:
    svg = PICTURES.chart_svg(incident_view())
    assert 'class="chart-band"' in svg
    assert 'class="chart-line"' in svg
    assert ">600</text>" in svg
    assert ">08:12 IST</text>" in svg


def test_the_map_names_the_hardest_hit_places() -> None:
    svg = PICTURES.map_svg(incident_view())
    for place in ("Delhi", "Mumbai", "Kolkata"):
        assert f">{place}</text>" in svg


def test_hostile_names_leave_them_well_formed() -> None:
    view = incident_view()
    story = msgspec.structs.replace(view.story, headline=HOSTILE_NAME * 20)
    dots = tuple(msgspec.structs.replace(dot, label=HOSTILE_NAME) for dot in view.dots)
    hostile = msgspec.structs.replace(view, story=story, dots=dots)
    for sketch in PICTURES.sketches(hostile):
        ElementTree.fromstring(sketch.svg)


def test_the_chart_in_words_has_its_numbers() -> None:
    assert chart_in_words(incident_view("resolved")) == (
        "Chart of the reports per minute that people make about X, from 08:12 IST to 11:12 IST."
        " Usually there are about 7; the normal range ends at about 17."
        " From 10:37 IST they rise, to 593 at 11:11 IST at the most."
        " At 11:49 IST they are back to normal. Simulated data."
    )
    assert "At the end of the chart there are 593." in chart_in_words(incident_view("ongoing"))


def test_the_map_in_words_has_places_and_numbers() -> None:
    assert map_in_words(incident_view()).startswith(
        "Map of the reports about X since 10:37 IST: circles on 12 places in 7 countries, larger"
        " for more reports. The most: Delhi with 812 reports, usually 2; Mumbai with 640 reports,"
        " usually 3; Bengaluru with 505 reports"
    )


def test_words_fit_into_a_description() -> None:
    view = incident_view()
    dots = tuple(msgspec.structs.replace(dot, label="x" * 100) for dot in view.dots)
    assert len(map_in_words(msgspec.structs.replace(view, dots=dots))) < 1500


def test_what_is_not_known_is_not_drawn() -> None:
    view = msgspec.structs.replace(incident_view(), dots=())
    assert len(PICTURES.sketches(view)) == 1
    nothing = msgspec.structs.replace(view, series=Series(1, ()))
    assert PICTURES.sketches(nothing) == ()


def test_only_simulated_data_is_called_so() -> None:
    view = incident_view()
    summary = msgspec.structs.replace(view.summary, simulated=False)
    for sketch in PICTURES.sketches(msgspec.structs.replace(view, summary=summary)):
        assert "Simulated" not in sketch.svg + sketch.text
    for sketch in PICTURES.sketches(view):
        assert "Simulated" in sketch.svg
        assert "Simulated" in sketch.text
