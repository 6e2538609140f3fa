"""The map's circles: area by reports, colour by how far above normal, and where to look first."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from lapwing.outages.views import CityDot
from lapwing.web.pages import words
from lapwing.web.pages.projection import HEIGHT, WIDTH, project

MOST_DOTS = 120
"""Circles drawn at most; the smallest are left out, the tables beside the map have them."""
_LARGEST_PER_WIDTH = 0.024
"""Radius of the largest circle as a part of the visible width."""
_SMALLEST_PER_WIDTH = 0.0035
_FEWEST_TO_ZOOM = 5
"""Reports above normal; with fewer, the whole world is shown."""
_SHARE_TO_ZOOM = 0.8
_ASPECT = WIDTH / HEIGHT
_MOST_LABELS = 8
_LETTER_PER_WIDTH = 0.021
_CHANCE = 4.0
"""Standard deviations that chance may bring; less than that above normal has no colour."""
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
    named: bool = False
    """One of the places that the incident is told to be in."""


@dataclass(frozen=True, slots=True)
class Label:
    """A place's name, beside its circle; `x` is where the name begins."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class MapPicture:
    view_box: tuple[int, int, int, int]
    circles: tuple[Circle, ...]
    labels: tuple[Label, ...]
    """Names of the hardest-hit places, where the view is close enough to print them."""
    letter_height: float
    """Of the labels, in map units."""
    summary: str
    """For people who do not see the picture."""
    close: bool
    """The view is near enough for the finer shapes."""


def heat(reports: int, expected: float) -> int:
    """Step of the colour scale; a handful of reports never looks like an outage."""
    if reports - expected < _CHANCE * math.sqrt(max(expected, 1.0)):
        return 0
    ratio = reports / max(expected, 1.0)
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
    """The view of the few countries that hold most of what is above normal, or else the world."""
    excess: dict[str, float] = {}
    for dot in dots:
        above = max(dot.reports - dot.expected, 0.0)
        excess[dot.country] = excess.get(dot.country, 0.0) + above
    total = sum(excess.values())
    if total < _FEWEST_TO_ZOOM:
        return 0, 0, WIDTH, HEIGHT
    chosen: set[str] = set()
    held = 0.0
    for country in sorted(excess, key=lambda code: (-excess[code], code)):
        if held >= _SHARE_TO_ZOOM * total:
            break
        chosen.add(country)
        held += excess[country]
    spots = [project(dot.latitude, dot.longitude) for dot in dots if dot.country in chosen]
    xs, ys = [x for x, _ in spots], [y for _, y in spots]
    return _fit(min(xs), min(ys), max(xs), max(ys))


def picture(
    dots: tuple[CityDot, ...],
    *,
    zoom: bool = True,
    named: Callable[[CityDot], bool] = lambda dot: False,
) -> MapPicture:
    """The circles, largest first so that small ones lie on top, and the opening view. `named` are
    the places that stand out by a ring."""
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
        step = heat(dot.reports, dot.expected)
        circles.append(Circle(x, y, radius, step, _title(dot), index, named(dot)))
    if shown:
        leading = tuple(f"{dot.label} ({words.count(dot.reports)})" for dot in shown[:5])
        summary = "World map of reports. Most: " + words.listing(leading, 5) + "."
    else:
        summary = "World map of reports. There are none now."
    close = view[2] < _DETAIL_BELOW_WIDTH
    letter_height = view[2] * _LETTER_PER_WIDTH
    names = [dot.label for dot in shown]
    labels = _labels(circles, names, view, letter_height) if close else ()
    return MapPicture(view, tuple(circles), labels, letter_height, summary, close)


def _labels(
    circles: list[Circle],
    names: list[str],
    view: tuple[int, int, int, int],
    letter_height: float,
) -> tuple[Label, ...]:
    """Names of the largest circles, left out where one would lie on another or on a circle."""
    left, top, width, height = view
    taken = [
        (circle.x - circle.radius, circle.y - circle.radius, 2 * circle.radius, 2 * circle.radius)
        for circle in circles[: 2 * _MOST_LABELS]
    ]
    labels: list[Label] = []
    for circle, name in zip(circles, names, strict=True):
        text = name.partition(",")[0]
        x = circle.x + circle.radius + letter_height * 0.35
        box = (x, circle.y - letter_height / 2, len(text) * letter_height * 0.6, letter_height)
        inside = left < x and x + box[2] < left + width and top < circle.y < top + height
        if inside and len(labels) < _MOST_LABELS and not any(_overlap(box, one) for one in taken):
            labels.append(Label(x, circle.y + letter_height * 0.35, text))
            taken.append(box)
    return tuple(labels)


def _overlap(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> bool:
    """Whether two boxes (left, top, width, height) share ground."""
    return (
        one[0] < other[0] + other[2]
        and other[0] < one[0] + one[2]
        and one[1] < other[1] + other[3]
        and other[1] < one[1] + one[3]
    )
