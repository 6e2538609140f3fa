"""Charts drawn on the server: the first paint, pages without JavaScript, and the cards.

The drawings stretch to whatever box they are shown in, so they hold no text; the page prints
the labels beside them. Colours come from the style sheet by class.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup

from lapwing.outages.views import Point, Series, Shading

WIDTH = 720
HEIGHT = 200


@dataclass(frozen=True, slots=True)
class Chart:
    picture: Markup
    top: int
    """Value at the upper edge, a round number."""
    minutes: tuple[int, ...]
    """Five instants, evenly spaced from the left edge to the right."""


def round_top(value: float) -> int:
    """The smallest round number (4, 5, 6, 8, 10, 12, 15, 20, 25 ...) that is not below `value`."""
    if value <= 4:
        return 4
    power = 10.0 ** math.floor(math.log10(value))
    for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10):
        if step * power >= value:
            return math.ceil(step * power)
    return math.ceil(10 * power)


def _path(points: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.4g} {y:.4g}" for x, y in points)


def _thinned(points: tuple[Point, ...], most: int) -> list[Point]:
    """At most `most` points; each stands for the highest of its group, so that no peak is lost."""
    group = max(1, math.ceil(len(points) / most))
    return [
        max(points[start : start + group], key=lambda point: point.reports)
        for start in range(0, len(points), group)
    ]


def _shading(
    shadings: tuple[Shading, ...], first: int, last: int, width: float, height: float
) -> str:
    span = max(1, last - first)
    bars = []
    for shading in shadings:
        start = max(first, shading.start_minute)
        end = min(last, last if shading.end_minute is None else shading.end_minute)
        if end > start:
            x, wide = (start - first) / span * width, (end - start) / span * width
            bars.append(
                f'<rect class="chart-incident" x="{x:.5g}" y="0" width="{wide:.5g}" '
                f'height="{height:g}"/>'
            )
    return "".join(bars)


def drawing(
    series: Series, shadings: tuple[Shading, ...], width: float = WIDTH, height: float = HEIGHT
) -> tuple[str, int]:
    """The inside of a chart's SVG, and the value at its upper edge."""
    points = _thinned(series.points, 360)
    highest = max((max(point.reports, point.upper) for point in points), default=0)
    top = round_top(highest)
    first = series.points[0].minute if series.points else 0
    last = series.points[-1].minute + series.step_min if series.points else 1
    span = max(1, last - first)

    def place(minute: float, value: float) -> tuple[float, float]:
        return (minute - first) / span * width, height - min(value, top) / top * (height - 4)

    parts = [_shading(shadings, first, last, width, height)]
    parts += [
        f'<path class="chart-grid" d="M0 {height - part * (height - 4):g}H{width:g}"/>'
        for part in (0.5, 1)
    ]
    if len(points) > 1:
        middle = series.step_min / 2
        line = [place(point.minute + middle, point.reports) for point in points]
        band = [place(point.minute + middle, point.upper) for point in points]
        usual = [place(point.minute + middle, point.expected) for point in points]
        floor = f"V{height:g}H{line[0][0]:.4g}Z"
        parts += [
            f'<path class="chart-band" d="{_path(band)}{floor}"/>',
            f'<path class="chart-area" d="{_path(line)}{floor}"/>',
            f'<path class="chart-usual" d="{_path(usual)}"/>',
            f'<path class="chart-line" d="{_path(line)}"/>',
        ]
    return "".join(parts), top


def chart(series: Series, shadings: tuple[Shading, ...]) -> Chart:
    """Reports over time with the expected band and the incidents shaded."""
    inside, top = drawing(series, shadings)
    first = series.points[0].minute if series.points else 0
    last = series.points[-1].minute + series.step_min if series.points else 0
    picture = Markup(  # noqa: S704 - numbers only
        f'<svg class="chart-svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" '
        f'aria-hidden="true" focusable="false">{inside}</svg>'
    )
    return Chart(picture, top, tuple(first + (last - first) * step // 4 for step in range(5)))


def sparkline(values: tuple[int, ...], width: int = 120, height: int = 28) -> Markup:
    """A day at a glance; empty for fewer than two values."""
    if len(values) < 2:
        return Markup()
    top = max(4, *values)
    points = [
        (index / (len(values) - 1) * width, height - 1 - value / top * (height - 3))
        for index, value in enumerate(values)
    ]
    return Markup(  # noqa: S704 - numbers only
        f'<svg class="spark" viewBox="0 0 {width} {height}" preserveAspectRatio="none" '
        f'aria-hidden="true" focusable="false">'
        f'<path class="spark-area" d="{_path(points)}V{height}H0Z"/>'
        f'<path class="spark-line" d="{_path(points)}"/></svg>'
    )


def for_islands(series: Series, shadings: tuple[Shading, ...], last: int | None = None) -> object:
    """The chart as JSON for the browser; `last` limits it to the newest points."""
    points = series.points if last is None else series.points[-last:]
    return {
        "step": series.step_min,
        "points": [
            [point.minute, point.reports, round(point.expected, 1), round(point.upper, 1)]
            for point in points
        ],
        "shadings": [[shading.start_minute, shading.end_minute] for shading in shadings],
    }
