"""Draws the views: HTML pages, the fragments that keep them live, and their preview images.

Nothing here is personal: a page is one snapshot for everybody. What belongs to the reader (time
zone, theme, country) is added in the browser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from lapwing.kernel.instants import start_of
from lapwing.microblog.text.usernames import service_username
from lapwing.outages.asked_views import CalibrationView, ExplanationView, NearbyView
from lapwing.outages.catalogue.catalogue import UnknownService
from lapwing.outages.detection.explanation import Verdict
from lapwing.outages.detection.surprise import Sign
from lapwing.outages.queries.records import link_to
from lapwing.outages.story import arithmetic
from lapwing.outages.views import (
    Bar,
    BoardView,
    IncidentSummary,
    IncidentView,
    ServiceCard,
    ServiceLink,
    ServiceView,
)
from lapwing.web.pages import cards, charts, icons, localised, maps, words
from lapwing.web.pages.assets import STATIC_FOLDER, Assets

_LIVE_POINTS = 30
"""Newest points of a chart that a live message carries; the page has brought the others."""
_LEADING = {
    "city": "Cities",
    "country": "Countries",
    "symptom": "What failed",
    "platform": "On what",
    "network": "Networks",
}
_MOST_LEADING = 8
_TONES = {
    Verdict.DECLARED: "down",
    Verdict.OPEN: "down",
    Verdict.LEARNING: "quiet",
    Verdict.ENOUGH: "suspected",
    Verdict.HELD_BACK: "suspected",
    Verdict.NOT_ENOUGH: "ok",
}
_MINUTE = timedelta(minutes=1)
_TO_THE_MINUTE = "%Y-%m-%dT%H:%M"
_ENTRY = "src/main.ts"


class Pages:
    """`base_url` (for example `https://lapwing.example`) makes addresses in link previews whole."""

    def __init__(self, *, base_url: str = "", static_folder: Path = STATIC_FOLDER) -> None:
        self._assets = Assets(static_folder)
        self._base_url = base_url.rstrip("/")
        self._symbols = self._assets.symbols("icons.svg")
        self._sprite_url = self._assets.url("icons.svg") or ""
        mark = re.search(r'<path d="([^"]+)"', self._assets.text("mark.svg"))
        self._mark = mark[1] if mark else ""
        self._cards = cards.Cards(self._assets, self._symbols, self._mark)
        self._markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
        self._templates = self._environment()

    @property
    def is_built(self) -> bool:
        """Whether the front end's build is there; pages are bare without it."""
        return self._assets.is_built

    @property
    def templates(self) -> Environment:
        """For the pages of other pillars, in the same frame."""
        return self._templates

    @property
    def assets(self) -> Assets:
        return self._assets

    def home(
        self, board: BoardView, category: str | None = None, country: str | None = None
    ) -> str:
        """The home page; the filters are a category's key and a country's code."""
        return self._draw("home.html", **self._board(board, category, country))

    def home_live(self, board: BoardView) -> str:
        """What changes on the unfiltered home page."""
        return self._line("home_live.html", **self._board(board, None, None))

    def service(self, view: ServiceView) -> str:
        return self._draw(
            "service.html",
            **self._service(view),
            chart=charts.chart(view.series, view.shadings),
            chart_data=charts.for_islands(view.series, view.shadings),
        )

    def service_live(self, view: ServiceView) -> str:
        """What changes on a service's page."""
        data = charts.for_islands(view.series, view.shadings, last=_LIVE_POINTS)
        return self._line("service_live.html", **self._service(view), chart_data=data)

    def incident(self, view: IncidentView) -> str:
        return self._draw(
            "incident.html",
            **self._incident(view),
            chart=charts.chart(view.series, view.shadings),
            chart_data=charts.for_islands(view.series, view.shadings),
        )

    def incident_live(self, view: IncidentView) -> str:
        """What changes on an incident's page."""
        data = charts.for_islands(view.series, view.shadings, last=_LIVE_POINTS)
        return self._line("incident_live.html", **self._incident(view), chart_data=data)

    def incidents(
        self, incidents: Sequence[IncidentSummary], next_cursor: str | None = None
    ) -> str:
        """The record: newest first; `next_cursor` goes into the link to older ones."""
        return self._draw("incidents.html", incidents=incidents, next_cursor=next_cursor)

    def search(self, query: str, results: Sequence[ServiceCard]) -> str:
        return self._draw("search.html", query=query, results=results)

    def reported(self, view: ServiceView) -> str:
        """Thanks for a report, whether it counts or the same person's counts already."""
        return self._draw("reported.html", view=view)

    def methodology(self, text: str) -> str:
        """The methodology page, from its Markdown."""
        return self._draw("methodology.html", text=Markup(self._markdown.render(text)))  # noqa: S704 - the parser escapes HTML

    def about_data(self) -> str:
        return self._draw("about_data.html")

    def arithmetic(self, view: ExplanationView | None) -> str:
        """Why an outage was or was not declared; without a view, the form that asks."""
        values: dict[str, Any] = {"view": view}
        if view is not None:
            found = view.explanation
            values |= {
                "tone": _TONES[found.verdict],
                "meter": min(max(found.log_evidence, 0.0) / found.log_threshold, 1.1),
                "earlier": (view.at - _MINUTE).strftime(_TO_THE_MINUTE),
                "later": (view.at + _MINUTE).strftime(_TO_THE_MINUTE),
            }
        return self._draw("arithmetic.html", **values)

    def nearby(self, view: NearbyView, unknown_city: str | None = None) -> str:
        """ "Is it me?" as a page of its own; `unknown_city` is a name that nothing is called."""
        return self._draw("nearby.html", **_nearby(view, unknown_city))

    def nearby_part(self, view: NearbyView, unknown_city: str | None = None) -> str:
        """The same for the service's page."""
        return self._draw("nearby_part.html", **_nearby(view, unknown_city))

    def calibration(self, view: CalibrationView) -> str:
        """Promised and observed false alarms."""
        return self._draw("calibration.html", view=view, most=_most(view))

    def problem(
        self, status: int, code: str, message: str, unknown: UnknownService | None = None
    ) -> str:
        """An error page for people; `status` is HTTP's. For a service that is `unknown` it offers
        those that may have been meant, and the search."""
        near = () if unknown is None else tuple(link_to(service) for service in unknown.near)
        asked = None if unknown is None else unknown.asked
        return self._draw(
            "problem.html", status=status, code=code, message=message, asked=asked, near=near
        )

    def service_card_svg(self, view: ServiceView) -> str:
        return self._cards.service(view)

    def service_card_png(self, view: ServiceView) -> bytes:
        """Link-preview image, 1200 by 630."""
        return self._cards.png(self._cards.service(view))

    def incident_card_svg(self, view: IncidentView) -> str:
        return self._cards.incident(view)

    def incident_card_png(self, view: IncidentView) -> bytes:
        """Link-preview image, 1200 by 630."""
        return self._cards.png(self._cards.incident(view))

    def icon_png(self, size: int) -> bytes:
        """Lapwing's own icon, `size` pixels square."""
        return self._cards.icon_png(size)

    def manifest(self) -> str:
        """The web app manifest; its icons are at `/icon-192.png` and `/icon-512.png`."""
        sizes = (192, 512)
        return json.dumps(
            {
                "name": "Lapwing",
                "short_name": "Lapwing",
                "description": "Is it down, or is it me?",
                "id": "/",
                "scope": "/",
                "start_url": "/",
                "display": "standalone",
                "categories": ["social", "news", "utilities"],
                "shortcuts": [
                    {"name": "Home", "url": "/home"},
                    {"name": "Write a post", "url": "/compose"},
                    {"name": "Notifications", "url": "/notifications"},
                ],
                "share_target": {
                    "action": "/compose",
                    "method": "GET",
                    "params": {"title": "title", "text": "text", "url": "url"},
                },
                "background_color": "#f6f5f0",
                "theme_color": "#0d3b38",
                "icons": [
                    {
                        "src": f"/icon-{size}.png",
                        "sizes": f"{size}x{size}",
                        "type": "image/png",
                        "purpose": "any maskable",
                    }
                    for size in sizes
                ],
            }
        )

    def _environment(self) -> Environment:
        environment = Environment(
            loader=PackageLoader("lapwing.web", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.globals.update(
            words=words,
            arithmetic=arithmetic,
            charts=charts,
            badge=self._badge,
            asset=self._assets.url,
            scripts=self._assets.url(_ENTRY),
            styles=self._assets.styles(_ENTRY),
            styles_of=self._assets.styles,
            base_url=self._base_url,
            outage_account=service_username,
            bird_path=self._mark,
            nav="",
            zone=None,
            heat_labels=maps.HEAT_LABELS,
            minute_at=start_of,
        )
        environment.filters.update(
            count=words.count,
            short=words.short_count,
            duration=words.duration,
            data=_for_script,
        )
        return environment

    def _badge(self, service: ServiceLink, inline: bool = False) -> Markup:
        """`inline` brings the picture with the page: for one service, not for a list of many."""
        symbol = None
        if service.icon in self._symbols:
            path = self._symbols[service.icon]
            symbol = icons.drawn(path) if inline else icons.used(self._sprite_url, service.icon)
        return icons.badge(service, symbol)

    def draw(self, template: str, **values: Any) -> str:
        """A page of another part of the site."""
        return self._draw(template, **values)

    def _draw(self, template: str, **values: Any) -> str:
        return self._templates.get_template(template).render(**values)

    def _line(self, template: str, **values: Any) -> str:
        """A fragment on one line, as the data of one server-sent event."""
        return " ".join(self._draw(template, **values).split())

    def _board(self, board: BoardView, category: str | None, country: str | None) -> dict[str, Any]:
        def fits(card: ServiceCard) -> bool:
            return (category is None or card.service.category == category) and (
                country is None or not card.countries or country in card.countries
            )

        down = [card for card in board.down if fits(card)]
        fine = [card for card in board.fine if fits(card)]
        dots = tuple(dot for dot in board.dots if country is None or dot.country == country)
        return {
            "board": board,
            "category": category,
            "country": country,
            "down": down,
            "fine": fine,
            "shelves": _shelves(board, [*down, *fine]),
            "map": maps.picture(dots, zoom=country is not None),
            "state": {"down": [card.service.slug for card in down], "fine": len(fine)},
            "stale": _stale(board.as_of, board.stale_since),
        }

    def _service(self, view: ServiceView) -> dict[str, Any]:
        return {
            "view": view,
            "zone": view.time_zone,
            "map": maps.picture(view.dots),
            "stale": _stale(view.as_of, view.stale_since),
        }

    def _incident(self, view: IncidentView) -> dict[str, Any]:
        return {
            "view": view,
            "zone": view.story.time_zone,
            "leading": _leading(view),
            "where": localised.where(view.localised),
            "map": maps.picture(view.dots, named=localised.names_of(view.localised)),
            "stale": _stale(view.as_of, view.stale_since),
        }


def _nearby(view: NearbyView, unknown_city: str | None) -> dict[str, Any]:
    return {
        "view": view,
        "unknown_city": unknown_city,
        "tones": {
            Sign.YES: "down",
            Sign.MAYBE: "suspected",
            Sign.NONE: "ok",
            Sign.TOO_FEW: "quiet",
        },
    }


def _most(view: CalibrationView) -> float:
    """The rate at the right end of the calibration's pictures: twice the budget, unless what was
    observed is more."""
    run = view.simulated_run
    rates = [each.rate for each in run.classes] if run is not None else []
    if view.own is not None:
        rates += [view.own.dismissed.rate, view.own.dismissed_or_never_borne_out.rate]
    return max([2.0 * view.budget, *(1.25 * rate for rate in rates)])


def _shelves(board: BoardView, cards: list[ServiceCard]) -> list[tuple[str, list[ServiceCard]]]:
    """The services under the label of their category, by name."""
    by_category: dict[str, list[ServiceCard]] = {}
    for card in sorted(cards, key=lambda card: card.service.name.casefold()):
        by_category.setdefault(card.service.category, []).append(card)
    labels = {key: label for key, label, _ in board.categories}
    shelves = [(labels.get(key, key), found) for key, found in by_category.items()]
    return sorted(shelves, key=lambda shelf: shelf[0])


def _leading(view: IncidentView) -> list[tuple[str, list[Bar]]]:
    """The hardest-hit slices as bars, by dimension."""
    groups = []
    for dimension, title in _LEADING.items():
        bars = [
            Bar(part.dimension, part.value, part.label, part.reports, part.expected, share)
            for part in view.leading
            if part.dimension == dimension and (share := max(0.0, part.excess_share)) >= 0.005
        ]
        if bars:
            groups.append((title, bars[:_MOST_LEADING]))
    return groups


def _stale(as_of: datetime, since_at: datetime | None) -> str | None:
    return None if since_at is None else words.age(as_of, since_at)


def _for_script(value: object) -> Markup:
    """JSON that is safe inside `<script>`, whatever the names in it hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped above
