from __future__ import annotations

import re

import pytest
from tests.sample_views import series

from lapwing.outages.views import Point, Series, Shading
from lapwing.web.pages import charts


@pytest.mark.parametrize(
    ("value", "top"), [(0, 4), (3, 4), (5, 5), (11, 12), (21, 25), (620, 800), (65031, 80000)]
)
def test_the_upper_edge_is_a_round_number(value: int, top: int) -> None:
    assert charts.round_top(value) == top


def test_a_peak_of_one_minute_survives_the_thinning() -> None:
    points = [Point(minute, 0, 1.0, 2.0) for minute in range(1440)]
    points[777] = Point(777, 90, 1.0, 2.0)
    picture, top = charts.drawing(Series(1, tuple(points)), ())
    assert top == 100
    line = re.search(r'class="chart-line" d="([^"]+)"', picture)
    assert line
    heights = [float(pair.split()[1]) for pair in line[1].lstrip("M").split("L")]
    assert min(heights) == pytest.approx(charts.HEIGHT - 0.9 * (charts.HEIGHT - 4), abs=0.5)


def test_an_open_incident_is_shaded_to_the_right_edge() -> None:
    data = series(trouble=True)
    start = data.points[-7].minute
    picture, _ = charts.drawing(data, (Shading("x", start, None),))
    shade = re.search(r'chart-incident" x="([\d.]+)" y="0" width="([\d.]+)"', picture)
    assert shade
    assert float(shade[1]) + float(shade[2]) == pytest.approx(charts.WIDTH, abs=0.1)


def test_nothing_to_draw_is_no_error() -> None:
    assert charts.chart(Series(5, ()), ()).top == 4
    assert charts.sparkline(()) == ""


def test_the_tail_for_open_pages_holds_the_newest_points() -> None:
    data = series(trouble=True)
    tail = charts.for_islands(data, (), last=3)
    assert isinstance(tail, dict)
    assert [point[0] for point in tail["points"]] == [p.minute for p in data.points[-3:]]
