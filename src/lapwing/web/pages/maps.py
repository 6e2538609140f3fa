"""The map's circles: area by reports, colour by how far above normal, and where to look first."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lapwing.outages.views import CityDot
from lapwing.web.pages import words
from lapwing.web.pages.projection import HEIGHT, WIDTH, project

MOST_DOTS = 120
"""Circles drawn at most; the smallest are left out, the tables beside the map have them."""
_LARGEST_PER_WIDTH = 0.03
"""Radius of the largest circle as a part of the visible width."""
_SMALLEST_PER_WIDTH = 0.0035
_ASPECT = WIDTH / HEIGHT
_HEAT_STEPS = (2.0, 4.0, 8.0, 16.0)
_DETAIL_BELOW_WIDTH = 900
"""Map units; a closer view shows the finer coastline."""
HEAT_LABELS = ("about as usual", "2 times", "4 times", "8 times", "16 times and more")


@dataclass(frozen=True, slots=True)
class Circle:
    x: float
    y: float
    radius: float
    heat: int
    """0 (as usual) to 4."""
    title: str
    index: int
    """Place in the view's list of dots, by which the frames of an incident name it."""


@dataclass(frozen=True, slots=True)
class MapPicture:
    view_box: tuple[int, int, int, int]
    circles: tuple[Circle, ...]
    most: int
    """Reports of the largest circle."""
    summary: str
    """For people who do not see the picture."""
    close: bool
    """The view is near enough for the finer shapes."""


def heat(reports: int, expected: float) -> int:
    """Step of the colour scale; a handful of reports never looks like an outage."""
    if reports - expected < 3:
        return 0
    ratio = reports / max(expected, 0.5)
    return sum(ratio >= step for step in _HEAT_STEPS)


def _title(dot: CityDot) -> str:
    usual = words.expected(dot.expected)
    return f"{dot.label}: {words.plural(dot.reports, 'report')}, usually {usual}"


def _fit(x0: float, y0: float, x1: float, y1: float) -> tuple[int, int, int, int]:
    """The part of the map, in its own proportions, that shows this rectangle with some air."""
    width = max((x1 - x0) * 1.5, (y1 - y0) * 1.5 * _ASPECT, WIDTH / 9)
    if width > WIDTH * 0.7:
        return 0, 0, WIDTH, HEIGHT
    height = width / _ASPECT
    left = min(max((x0 + x1) / 2 - width / 2, 0), WIDTH - width)
    top = min(max((y0 + y1) / 2 - height / 2, 0), HEIGHT - height)
    return round(left), round(top), round(width), round(height)


def opening_view(dots: tuple[CityDot, ...]) -> tuple[int, int, int, int]:
    """The smallest view with nine tenths of what is above normal; the world if it is spread."""
    weighted = [
        (max(dot.reports - dot.expected, 0.0), project(dot.latitude, dot.longitude)) for dot in dots
    ]
    total = sum(weight for weight, _ in weighted)
    if total < 5:
        return 0, 0, WIDTH, HEIGHT
    xs = sorted((x, weight) for weight, (x, _) in weighted)
    ys = sorted((y, weight) for weight, (_, y) in weighted)
    x0, x1 = _middle(xs, total)
    y0, y1 = _middle(ys, total)
    return _fit(x0, y0, x1, y1)


def _middle(values: list[tuple[float, float]], total: float) -> tuple[float, float]:
    """Where the middle nine tenths of the weight begin and end."""
    low = high = values[0][0]
    seen = 0.0
    for value, weight in values:
        if seen <= total * 0.05:
            low = value
        if seen < total * 0.95:
            high = value
        seen += weight
    return low, high


def picture(dots: tuple[CityDot, ...], *, zoom: bool = True) -> MapPicture:
    """The circles, largest first so that small ones lie on top, and the opening view."""
    ranked = sorted(enumerate(dots), key=lambda pair: -pair[1].reports)[:MOST_DOTS]
    indices = [index for index, dot in ranked if dot.reports]
    shown = [dots[index] for index in indices]
    view = opening_view(tuple(shown)) if zoom else (0, 0, WIDTH, HEIGHT)
    most = shown[0].reports if shown else 0
    circles = []
    for index, dot in zip(indices, shown, strict=True):
        x, y = project(dot.latitude, dot.longitude)
        radius = view[2] * _LARGEST_PER_WIDTH * math.sqrt(dot.reports / max(most, 10))
        radius = max(radius, view[2] * _SMALLEST_PER_WIDTH)
        circles.append(Circle(x, y, radius, heat(dot.reports, dot.expected), _title(dot), index))
    if shown:
        names = tuple(f"{dot.label} ({words.count(dot.reports)})" for dot in shown[:5])
        summary = "World map of reports. Most: " + words.listing(names, 5) + "."
    else:
        summary = "World map of reports. There are none now."
    return MapPicture(view, tuple(circles), most, summary, view[2] < _DETAIL_BELOW_WIDTH)
