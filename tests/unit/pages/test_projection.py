"""The server places circles where d3-geo has drawn the land."""

from __future__ import annotations

import pytest

from lapwing.web.pages.projection import HEIGHT, WIDTH, project

# From d3-geo 3.1.2: geoNaturalEarth1().rotate([-11, 0]).scale(365).translate([1000, 506])
D3_POINTS = [
    ("Delhi", 28.65, 77.23, 1353.076, 321.587),
    ("New York", 40.71, -74.01, 566.4, 243.858),
    ("Buenos Aires", -34.61, -58.38, 637.253, 728.916),
    ("Sydney", -33.87, 151.21, 1735.027, 724.14),
    ("Honolulu", 21.31, -157.86, 83.298, 368.996),
    ("Anadyr", 64.73, 177.51, 1728.332, 97.519),
    ("the Gulf of Guinea", 0.0, 0.0, 938.986, 506.0),
]


@pytest.mark.parametrize(("name", "latitude", "longitude", "x", "y"), D3_POINTS)
def test_a_city_lies_where_d3_puts_it(
    name: str, latitude: float, longitude: float, x: float, y: float
) -> None:
    assert project(latitude, longitude) == pytest.approx((x, y), abs=0.001), name


def test_every_inhabited_place_lies_on_the_map() -> None:
    for latitude in range(-54, 84, 6):
        for longitude in range(-180, 181, 10):
            x, y = project(latitude, longitude)
            assert 0 <= x <= WIDTH
            assert 0 <= y <= HEIGHT
