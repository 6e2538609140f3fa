"""What the edge is made of: `app.py` fills it, the handlers read it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from lapwing.outages.asked_views import CalibrationView, ExplanationView, NearbyView
from lapwing.outages.catalogue.catalogue import UnknownService
from lapwing.outages.incidents.model import StateFilter
from lapwing.outages.model import Service
from lapwing.outages.places.gazetteer import Gazetteer
from lapwing.outages.queries.nearby import Visitor
from lapwing.outages.views import (
    BoardView,
    CountsView,
    IncidentSummary,
    IncidentView,
    ServiceCard,
    ServiceView,
)
from lapwing.ports.bus import Bus
from lapwing.ports.clock import Clock
from lapwing.settings import Settings
from lapwing.web.client_address import Address


class Queries(Protocol):
    """What is shown. All but `incident` and `incidents` answer from memory.

    A version grows when what is shown changed. All raise `Unavailable` while what they need is
    away.
    """

    def board(self) -> BoardView: ...

    def board_version(self) -> int: ...

    def service(self, slug: str) -> ServiceView:
        """Raises `Refusal` unknown_service."""
        ...

    def service_version(self, slug: str) -> int: ...

    def counts(self, slug: str, minutes: int) -> CountsView:
        """The last `minutes` of a service, per minute and slice.
        Raises `Refusal` unknown_service."""
        ...

    def incident(self, incident_id: str) -> Awaitable[IncidentView]:
        """Raises `Refusal` unknown_incident."""
        ...

    def incident_version(self, incident_id: str) -> int: ...

    def incidents(
        self,
        service: str | None = None,
        state: StateFilter | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> Awaitable[list[IncidentSummary]]:
        """Newest first; `before` is the id of the last one of the page before."""
        ...


class Explains(Protocol):
    def explain(self, slug: str, at: datetime | None = None) -> Awaitable[ExplanationView]:
        """Why an outage was or was not declared in the minute closed last at `at` (None: now).

        Raises `Refusal` (unknown_service, not_yet, nothing_known, not_watched), `TooMany` and
        `Unavailable`."""
        ...


class AnswersNearby(Protocol):
    def find(self, slug: str, visitor: Visitor) -> NearbyView:
        """One service as seen from where somebody asks. Raises `Refusal` unknown_service."""
        ...


class Pages(Protocol):
    """Draws views as whole pages and live fragments (HTML) and link-preview images (PNG)."""

    def home(
        self, board: BoardView, category: str | None = None, country: str | None = None
    ) -> str: ...

    def home_live(self, board: BoardView) -> str: ...

    def service(self, view: ServiceView) -> str: ...

    def service_live(self, view: ServiceView) -> str: ...

    def service_card_png(self, view: ServiceView) -> bytes: ...

    def incident(self, view: IncidentView) -> str: ...

    def incident_live(self, view: IncidentView) -> str: ...

    def incident_card_png(self, view: IncidentView) -> bytes: ...

    def incidents(
        self, incidents: Sequence[IncidentSummary], next_cursor: str | None = None
    ) -> str: ...

    def search(self, query: str, results: Sequence[ServiceCard]) -> str: ...

    def reported(self, view: ServiceView) -> str: ...

    def methodology(self, text: str) -> str: ...

    def about_data(self) -> str: ...

    def arithmetic(self, view: ExplanationView | None) -> str: ...

    def nearby(self, view: NearbyView, unknown_city: str | None = None) -> str: ...

    def nearby_part(self, view: NearbyView, unknown_city: str | None = None) -> str: ...

    def calibration(self, view: CalibrationView) -> str: ...

    def problem(
        self, status: int, code: str, message: str, unknown: UnknownService | None = None
    ) -> str: ...

    def icon_png(self, size: int) -> bytes: ...

    def manifest(self) -> str: ...


class Catalogue(Protocol):
    def search(self, text: str, limit: int = 20) -> Sequence[Service]:
        """Services by name and alias, best first; forgives typing mistakes."""
        ...

    def find_named(self, text: str) -> Service | None:
        """The service whose slug, name or alias this is, in any case."""
        ...


class Geography(Protocol):
    def country_of(self, address: Address) -> str | None:
        """ISO code of the country that an address is in."""
        ...


@dataclass(frozen=True)
class SiteParts:
    """Everything that the edge needs from behind it."""

    queries: Queries
    pages: Pages
    bus: Bus
    clock: Clock
    settings: Settings
    catalogue: Catalogue
    gazetteer: Gazetteer
    geography: Geography
    methodology: Callable[[], str]
    """The rule in force, as Markdown."""
    explanations: Explains
    nearby: AnswersNearby
    network_of: Callable[[Address], str]
    """The network of an address, or the keyed hash that stands for it where it is not known."""
    calibration: Callable[[], CalibrationView]
    intake: Any = None
    tokens: Any = None
    journal: Any = None
    search_page: Callable[[Any, str, Sequence[ServiceCard]], Awaitable[Any]] | None = None
    """Answers a request for the search in everything, given the services that were found; None:
    only services are searched."""
