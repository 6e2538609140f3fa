"""A small Lapwing for tests of the edge: real pages, places and bus; sample views behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from ipaddress import IPv4Address, IPv6Address

import msgspec
from tests import sample_views

from lapwing.adapters.local_bus import LocalBus
from lapwing.kernel.refusals import Refusal
from lapwing.outages.asked_views import ExplanationView, NearbyView
from lapwing.outages.incidents.model import State, StateFilter, is_in
from lapwing.outages.model import Service
from lapwing.outages.places.gazetteer import Gazetteer
from lapwing.outages.queries.nearby import Visitor
from lapwing.outages.views import (
    BoardView,
    CountsView,
    IncidentSummary,
    IncidentView,
    ServiceView,
    SliceCounts,
)
from lapwing.settings import Settings
from lapwing.web.pages.rendering import Pages
from lapwing.web.parts import SiteParts


class SampleQueries:
    """Sample views that a test may change; `error` is raised instead where one is set."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.version = 1
        self.reports_1h = 1204
        self.drawn = 0
        """How many views were asked for."""
        self.any_service = False
        """Whether every slug is a service."""
        self._incidents = {
            view.summary.id: view
            for view in (sample_views.incident_view(), _renamed("x-20231222-0001"))
        }

    def change(self, reports_1h: int) -> None:
        """Something that every page shows is other than before."""
        self.reports_1h = reports_1h
        self.version += 1

    def board(self) -> BoardView:
        self._ask()
        return msgspec.structs.replace(sample_views.board(), reports_1h=self.reports_1h)

    def board_version(self) -> int:
        return self.version

    def service(self, slug: str) -> ServiceView:
        self._ask()
        self._known(slug)
        view = sample_views.service_view()
        return msgspec.structs.replace(view, reports_1h=self.reports_1h)

    def service_version(self, slug: str) -> int:
        return self.version

    def counts(self, slug: str, minutes: int) -> CountsView:
        self._ask()
        self._known(slug)
        whole = SliceCounts("service", "", "All", (1,) * minutes)
        return CountsView(sample_views.AS_OF, slug, 28_385_000, (whole,))

    async def incident(self, incident_id: str) -> IncidentView:
        self._ask()
        if incident_id not in self._incidents:
            raise Refusal("unknown_incident", f"There is no incident {incident_id!r}.")
        view = self._incidents[incident_id]
        return msgspec.structs.replace(view, expected=float(self.reports_1h))

    def incident_version(self, incident_id: str) -> int:
        return self.version

    async def incidents(
        self,
        service: str | None = None,
        state: StateFilter | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> list[IncidentSummary]:
        self._ask()
        newest_first = sorted(self._incidents.values(), key=lambda v: v.summary.id, reverse=True)
        return [
            view.summary
            for view in newest_first
            if (service is None or view.summary.service.slug == service)
            and is_in(State(view.summary.state), state)
            and (before is None or view.summary.id < before)
        ][:limit]

    def _ask(self) -> None:
        if self.error is not None:
            raise self.error
        self.drawn += 1

    def _known(self, slug: str) -> None:
        if slug != sample_views.X.slug and not self.any_service:
            raise Refusal("unknown_service", f"There is no service {slug!r}.", field="slug")


class SampleExplanations:
    """Of the outage of X; every other time is too early to know anything."""

    async def explain(self, slug: str, at: datetime | None = None) -> ExplanationView:
        if slug != sample_views.X.slug:
            raise Refusal("unknown_service", f"There is no service {slug!r}.", field="service")
        if at is not None and at > sample_views.AS_OF:
            raise Refusal("not_yet", "That minute is not over yet.", field="at")
        if at is not None and at < sample_views.ONSET:
            raise Refusal("nothing_known", "No counts are kept of that time.", field="at")
        return sample_views.explanation_view("not_enough" if at is None else "declared")


class SampleNearby:
    """Remembers who asked."""

    def __init__(self) -> None:
        self.asked: list[Visitor] = []

    def find(self, slug: str, visitor: Visitor) -> NearbyView:
        if slug != sample_views.X.slug:
            raise Refusal("unknown_service", f"There is no service {slug!r}.", field="slug")
        self.asked.append(visitor)
        return sample_views.nearby_view(city=None if visitor.city is None else "Pune")


class SampleCatalogue:
    def search(self, text: str, limit: int = 20) -> Sequence[Service]:
        x = Service("x", "X", "social", "https://x.com", (), (), aliases=("twitter",))
        return [x] if text.lower() in {"x", "twitter"} else []

    def find_named(self, text: str) -> Service | None:
        return next(iter(self.search(text)), None)


class SampleGeography:
    def country_of(self, address: IPv4Address | IPv6Address) -> str | None:
        return {"203.0.113.7": "IN", "198.51.100.9": "US", "192.0.2.5": "AN"}.get(str(address))


class StoppedClock:
    speed = 1.0

    def now(self) -> datetime:
        return sample_views.AS_OF


@cache
def _pages() -> Pages:
    return Pages()


@cache
def _gazetteer() -> Gazetteer:
    return Gazetteer.load()


def sample_parts(
    settings: Settings | None = None, queries: SampleQueries | None = None
) -> SiteParts:
    return SiteParts(
        queries=queries or SampleQueries(),
        pages=_pages(),
        bus=LocalBus(),
        clock=StoppedClock(),
        settings=settings or Settings(),
        catalogue=SampleCatalogue(),
        gazetteer=_gazetteer(),
        geography=SampleGeography(),
        explanations=SampleExplanations(),
        nearby=SampleNearby(),
        network_of=lambda address: f"AS{address.packed[-1]}",
        calibration=sample_views.calibration_view,
        methodology=lambda: "# How an outage is recognised\n\nBy counting.",
    )


def _renamed(incident_id: str) -> IncidentView:
    view = sample_views.incident_view("ongoing")
    summary = msgspec.structs.replace(view.summary, id=incident_id)
    return msgspec.structs.replace(view, summary=summary)
