from __future__ import annotations

import pytest
from tests.sample_views import dots, incident_view

from lapwing.outages.views import CityDot
from lapwing.web.pages import maps
from lapwing.web.pages.localised import names_of
from lapwing.web.pages.projection import HEIGHT, WIDTH, project

WORLD = (0, 0, WIDTH, HEIGHT)


def dot(reports: int, expected: float = 1.0, **where: float) -> CityDot:
    return CityDot(
        1,
        "Pune",
        "IN",
        where.get("latitude", 18.5),
        where.get("longitude", 73.9),
        reports,
        expected,
    )


def test_the_area_of_a_circle_grows_with_its_reports() -> None:
    four, one = maps.picture((dot(400), dot(100))).circles
    assert four.radius == pytest.approx(2 * one.radius)


@pytest.mark.parametrize(
    ("reports", "expected", "step"),
    [(2, 0.0, 0), (9, 4.0, 0), (14, 4.0, 1), (40, 10.0, 2), (90, 10.0, 3), (500, 1.0, 4)],
)
def test_the_colour_says_how_far_above_normal(reports: int, expected: float, step: int) -> None:
    assert maps.heat(reports, expected) == step


def test_trouble_in_one_country_opens_the_map_there() -> None:
    left, top, width, height = maps.opening_view(dots())
    assert width < WIDTH / 2
    for city in dots()[:6]:
        x, y = project(city.latitude, city.longitude)
        assert left < x < left + width
        assert top < y < top + height


def test_a_quiet_map_shows_the_world() -> None:
    assert maps.opening_view(()) == WORLD
    assert maps.opening_view((dot(2),)) == WORLD


def test_trouble_all_over_shows_the_world() -> None:
    spread = (
        dot(100, latitude=40.7, longitude=-74.0),
        dot(100, latitude=-33.9, longitude=151.2),
        dot(100, latitude=51.5, longitude=0.0),
    )
    assert maps.opening_view(spread) == WORLD


def test_many_places_are_limited_to_the_largest() -> None:
    many = tuple(dot(reports) for reports in range(1, 400))
    circles = maps.picture(many).circles
    assert len(circles) == maps.MOST_DOTS
    assert circles[0].index == 398


def test_the_map_is_told_in_words() -> None:
    assert "Delhi (812)" in maps.picture(dots()).summary
    assert "none" in maps.picture(()).summary


def test_names_on_the_map_do_not_cover_each_other() -> None:
    names = [label.text for label in maps.picture(dots()).labels]
    assert "Delhi" in names
    assert "Bengaluru" not in names, "it would lie on Chennai's circle"


def test_the_places_that_an_incident_is_told_to_be_in_stand_out() -> None:
    drawn = maps.picture(dots(), named=names_of(incident_view().localised))
    named = {dots()[circle.index].label for circle in drawn.circles if circle.named}
    assert named == {"Delhi", "Mumbai", "Bengaluru", "Kolkata", "Chennai", "Nagpur"}
    assert not any(circle.named for circle in maps.picture(dots(), named=names_of(())).circles)
