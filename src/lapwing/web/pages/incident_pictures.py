"""An incident's chart and map as pictures, 1200 by 675, each with what it shows in words.

For posts: they are read in apps that know nothing of these pages, by people who may not see them.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

import msgspec
from markupsafe import escape

from lapwing.kernel.instants import start_of
from lapwing.outages.incidents.model import OPEN_STATES, State
from lapwing.outages.views import CityDot, IncidentView, Point
from lapwing.web.pages import cards, charts, icons, localised, maps, words
from lapwing.web.pages.assets import Assets

WIDTH: Final = 1200
HEIGHT: Final = 675
_HEAD: Final = 112
_FOOT: Final = 42
_LEFT: Final = 92
_RIGHT: Final = 40
_TIMES: Final = 44
"""Height of the line of times below the chart."""
_PLACES_TOLD: Final = 6
_HEAT: Final = ("#8b9a96", "#eda63a", "#dd6a35", "#b52a52", "#5f1260")
_STYLE: Final = """
text { font-family: Inter; fill: #14211f }
.faint { fill: #43514e; font-size: 20px }
.chart-incident { fill: #b3261e; fill-opacity: 0.09 }
.chart-grid { stroke: #14211f; stroke-opacity: 0.16; fill: none }
.chart-band { fill: #0f5c57; fill-opacity: 0.2 }
.chart-area { fill: #14211f; fill-opacity: 0.08 }
.chart-usual { fill: none }
.chart-line { fill: none; stroke: #14211f; stroke-width: 4; stroke-linejoin: round }
.badge-plate { stroke: #000; stroke-opacity: 0.12 }
"""


class Sketch(msgspec.Struct, frozen=True):
    """A picture to be drawn, and what is to be seen in it."""

    svg: str
    text: str


class IncidentPictures:
    """Of the shapes and badges that the front end's build left."""

    def __init__(self, assets: Assets) -> None:
        self._symbols = assets.symbols("icons.svg")
        self._land = {close: _shapes(assets.text(name)) for close, name in _LAND.items()}

    def sketches(self, view: IncidentView) -> tuple[Sketch, ...]:
        """The chart, and the map where any place is known."""
        found = []
        if len(view.series.points) > 1:
            found.append(Sketch(self.chart_svg(view), chart_in_words(view)))
        if any(dot.reports for dot in view.dots):
            found.append(Sketch(self.map_svg(view), map_in_words(view)))
        return tuple(found)

    def chart_svg(self, view: IncidentView) -> str:
        width, height = WIDTH - _LEFT - _RIGHT, HEIGHT - _HEAD - _FOOT - _TIMES - 20
        inside, top = charts.drawing(view.series, view.shadings, width, height)
        first, last = view.series.points[0].minute, _end(view)
        times = "".join(
            f'<text class="faint" x="{_LEFT + width * part / 4:.0f}" y="{_HEAD + height + 48}" '
            f'text-anchor="{("start", "middle", "middle", "middle", "end")[part]}">'
            f"{escape(_clock(view, first + (last - first) * part // 4))}</text>"
            for part in range(5)
        )
        scale = "".join(
            f'<text class="faint" x="{_LEFT - 12}" y="{_HEAD + 20 + height * (1 - part) + 8:.0f}" '
            f'text-anchor="end">{words.short_count(top * part)}</text>'
            for part in (0, 0.5, 1)
        )
        legend = (
            f'<rect x="{_LEFT}" y="{HEIGHT - 33}" width="26" height="16" fill="#0f5c57" '
            f'fill-opacity="0.2"/><text class="faint" x="{_LEFT + 36}" y="{HEIGHT - 18}">'
            f"Normal range · line: reports {_per_step(view)}</text>"
        )
        plot = f'<g transform="translate({_LEFT} {_HEAD + 20})">{inside}</g>'
        return self._framed(view, plot + scale + times + legend)

    def map_svg(self, view: IncidentView) -> str:
        picture = maps.picture(view.dots, named=localised.names_of(view.localised))
        left, top, width, height = picture.view_box
        circles = "".join(
            f'<circle cx="{one.x:.1f}" cy="{one.y:.1f}" r="{one.radius:.2f}" '
            f'fill="{_HEAT[one.heat]}" fill-opacity="0.78" stroke="#fff" '
            f'stroke-width="{width / 900:.2f}"/>'
            for one in picture.circles
        )
        labels = "".join(
            f'<text x="{one.x:.1f}" y="{one.y:.1f}" font-size="{picture.letter_height:.1f}" '
            f'font-weight="700" stroke="#f6f5f0" stroke-width="{picture.letter_height / 5:.2f}" '
            f'paint-order="stroke">{escape(one.text)}</text>'
            for one in picture.labels
        )
        land, borders = self._land[picture.close]
        world = (
            f'<svg y="{_HEAD}" width="{WIDTH}" height="{HEIGHT - _HEAD - _FOOT}" '
            f'viewBox="{left} {top} {width} {height}" preserveAspectRatio="xMidYMid slice">'
            f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="#dfe6e4"/>'
            f'<g color="#fbfaf6" fill="#fbfaf6">{land}</g>'
            f'<g color="#c3ccc8" fill="none" stroke="#c3ccc8" '
            f'stroke-width="{width / 1400:.2f}">{borders}</g>'
            f"{circles}{labels}</svg>"
        )
        return self._framed(view, world + _heat_legend())

    def _framed(self, view: IncidentView, drawing: str) -> str:
        summary = view.summary
        path = self._symbols.get(summary.service.icon or "")
        badge = icons.inside(summary.service, icons.drawn(path) if path else None)
        title = cards.wrapped(view.story.headline, 32, WIDTH - 160, 1)[0]
        note = "Simulated data · " if summary.simulated else ""
        as_of = f"{note}{words.stamp(view.as_of, view.story.time_zone)} · Lapwing"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}"><style>{_STYLE}</style>'
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#f6f5f0"/>{drawing}'
            f'<rect width="{WIDTH}" height="{_HEAD}" fill="#f6f5f0"/>'
            f'<svg x="36" y="28" width="56" height="56" viewBox="0 0 48 48">{badge}</svg>'
            f'<text x="112" y="52" font-size="32" font-weight="700">{escape(title)}</text>'
            f'<text class="faint" x="112" y="84">{escape(as_of)}</text></svg>'
        )


_LAND: Final = {False: "world.svg", True: "world-fine.svg"}


def _shapes(svg: str) -> tuple[str, str]:
    """Land and borders as elements that can be drawn where they stand."""
    found = dict(re.findall(r'<path id="(land|borders)"([^>]*)>', svg))
    drawn = {name: f"<path{rest.rstrip('/')}/>" for name, rest in found.items()}
    return drawn.get("land", ""), drawn.get("borders", "")


def _heat_legend() -> str:
    x, parts = 36.0, []
    for colour, label in zip(_HEAT, maps.HEAT_LABELS, strict=True):
        parts.append(
            f'<circle cx="{x + 9:.0f}" cy="{HEIGHT - 21}" r="9" fill="{colour}"/>'
            f'<text class="faint" x="{x + 26:.0f}" y="{HEIGHT - 14}">{escape(label)}</text>'
        )
        x += 56 + cards.width_of(label, 20)
    return "".join(parts)


def chart_in_words(view: IncidentView) -> str:
    """What the chart shows, for people who do not see it."""
    points, name = view.series.points, view.summary.service.name
    started = _at(view, view.summary.started_at)
    usual = sum(point.expected for point in points) / len(points)
    told = [
        f"Chart of the reports {_per_step(view)} that people make about {name}, from"
        f" {_clock(view, points[0].minute)} to {_clock(view, _end(view))}.",
        f"Usually there are {_rate(usual)}; the normal range ends at"
        f" {_rate(max(point.upper for point in points))}.",
    ]
    highest = max(points, key=lambda point: point.reports)
    at = _clock(view, highest.minute)
    told.append(f"From {started} they rise, to {words.count(highest.reports)} at {at} at the most.")
    told.append(_last_in_words(view, points[-1]))
    return _marked(view, told)


def _last_in_words(view: IncidentView, last: Point) -> str:
    if State(view.summary.state) in OPEN_STATES:
        return f"At the end of the chart there are {words.count(last.reports)}."
    ended_at = view.summary.ended_at
    if ended_at is None:
        return ""
    return f"At {_at(view, ended_at)} they are back to normal."


def map_in_words(view: IncidentView) -> str:
    """The hardest-hit places and their numbers."""
    ranked = sorted((dot for dot in view.dots if dot.reports), key=lambda dot: -dot.reports)
    countries = len({dot.country for dot in ranked})
    places = words.plural(len(ranked), "place")
    span = f"{places} in {words.plural(countries, 'country', 'countries')}"
    told = [
        f"Map of the reports about {view.summary.service.name} since"
        f" {_at(view, view.summary.started_at)}: circles on {span}, larger for more reports.",
        f"The most: {'; '.join(_place(dot) for dot in ranked[:_PLACES_TOLD])}.",
    ]
    return _marked(view, told)


def _place(dot: CityDot) -> str:
    usual = "hardly any" if dot.expected < 0.5 else words.count(dot.expected)
    return f"{dot.label} with {words.plural(dot.reports, 'report')}, usually {usual}"


def _marked(view: IncidentView, told: list[str]) -> str:
    simulated = ["Simulated data."] if view.summary.simulated else []
    return " ".join([*filter(None, told), *simulated])


def _rate(number: float) -> str:
    return "hardly any" if number < 0.5 else f"about {words.count(number)}"


def _per_step(view: IncidentView) -> str:
    step_min = view.series.step_min
    return "per minute" if step_min == 1 else f"per {step_min} minutes"


def _end(view: IncidentView) -> int:
    return view.series.points[-1].minute + view.series.step_min


def _clock(view: IncidentView, minute: int) -> str:
    return _at(view, start_of(minute))


def _at(view: IncidentView, at: datetime) -> str:
    return words.clock(at, view.story.time_zone)
