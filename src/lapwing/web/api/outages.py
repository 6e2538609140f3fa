"""What the pages show, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import PathParameter, QueryParameter

from lapwing.kernel.refusals import Refusal
from lapwing.outages.incidents.model import StateFilter
from lapwing.outages.views import (
    BoardView,
    CountsView,
    IncidentSummary,
    IncidentView,
    ServiceCard,
    ServiceView,
)
from lapwing.web.answers import answer, data
from lapwing.web.errors import ProblemAnswer
from lapwing.web.moved import moved
from lapwing.web.parts import SiteParts
from lapwing.web.snapshots import BOARD, Form, Key, Kind, Snapshots

REFUSED = ResponseSpec(
    ProblemAnswer, description="What was asked for is not right.", generate_examples=False
)
NOT_FOUND = ResponseSpec(
    ProblemAnswer, description="There is no such thing.", generate_examples=False
)
MOVED = ResponseSpec(
    None, description="Known under another slug; see Location.", generate_examples=False
)
AWAY = ResponseSpec(
    ProblemAnswer, description="Something behind is away; see Retry-After.", generate_examples=False
)


def _ok(shape: Any, what: str) -> ResponseSpec:
    return ResponseSpec(shape, description=what, generate_examples=False)


class ServicesAnswer(msgspec.Struct, frozen=True):
    as_of: datetime
    services: tuple[ServiceCard, ...]
    """Those with trouble first, hardest first; then the others by name. With `q`: best first."""


class IncidentsAnswer(msgspec.Struct, frozen=True):
    incidents: list[IncidentSummary]
    """Newest first."""
    next: str | None
    """Give it as `before` to get the page after this one; null: there is none."""


Slug = Annotated[
    str, PathParameter(description="The service's slug, for example `x`.", max_length=80)
]
IncidentPath = Annotated[
    str, PathParameter(description="For example `x-20231221-0509`.", max_length=120)
]
Query = Annotated[
    str | None,
    QueryParameter(description="Words to look for; forgives typing mistakes.", max_length=100),
]


@get(
    "/api/v1/board",
    operation_id="get_board",
    summary="What is down now",
    tags=["outages"],
    responses={200: _ok(BoardView, "The home page."), 503: AWAY},
)
async def get_board(
    request: Request[Any, Any, Any], snapshots: NamedDependency[Snapshots]
) -> Response[bytes]:
    return answer(request, await snapshots.content(BOARD, Form.DATA))


@get(
    "/api/v1/services",
    operation_id="list_services",
    summary="Services with their condition",
    tags=["outages"],
    responses={200: _ok(ServicesAnswer, "The services."), 400: REFUSED, 503: AWAY},
)
async def list_services(
    request: Request[Any, Any, Any],
    parts: NamedDependency[SiteParts],
    snapshots: NamedDependency[Snapshots],
    category: Annotated[
        str | None, QueryParameter(description="Key of a category of the board.", max_length=80)
    ] = None,
    country: Annotated[
        str | None,
        QueryParameter(description="ISO code; services that serve it.", pattern="^[A-Za-z]{2}$"),
    ] = None,
    condition: Annotated[
        Literal["ok", "suspected", "down", "recovering"] | None,
        QueryParameter(description="Only in this condition."),
    ] = None,
    q: Query = None,
) -> Response[bytes]:
    board = await _board(snapshots)
    cards = found_cards(parts, board, q) if q else (*board.down, *board.fine)
    wanted = country.upper() if country else None
    chosen = tuple(
        card
        for card in cards
        if (category is None or card.service.category == category)
        and (condition is None or card.condition == condition)
        and (wanted is None or not card.countries or wanted in card.countries)
    )
    return data(request, ServicesAnswer(board.as_of, chosen))


@get(
    "/api/v1/services/{slug:str}",
    operation_id="get_service",
    summary="One service: its condition, chart, places and history",
    tags=["outages"],
    description="An alias, or the slug in other letters, answers with the way to the slug.",
    responses={
        200: _ok(ServiceView, "The service."),
        308: MOVED,
        400: REFUSED,
        404: NOT_FOUND,
        503: AWAY,
    },
)
async def get_service(
    request: Request[Any, Any, Any],
    parts: NamedDependency[SiteParts],
    snapshots: NamedDependency[Snapshots],
    slug: Slug,
) -> Response[bytes]:
    elsewhere = moved(request, parts, slug)
    if elsewhere is not None:
        return elsewhere
    return answer(request, await snapshots.content(Key(Kind.SERVICE, slug), Form.DATA))


@get(
    "/api/v1/services/{slug:str}/counts",
    operation_id="get_counts",
    summary="A service's live counts per minute and slice",
    tags=["outages"],
    responses={200: _ok(CountsView, "The counts."), 400: REFUSED, 404: NOT_FOUND, 503: AWAY},
)
async def get_counts(
    request: Request[Any, Any, Any],
    parts: NamedDependency[SiteParts],
    slug: Slug,
    minutes: Annotated[
        int, QueryParameter(description="How far back, in minutes.", ge=1, le=1440)
    ] = 60,
) -> Response[bytes]:
    return data(request, parts.queries.counts(slug, minutes))


@get(
    "/api/v1/incidents",
    operation_id="list_incidents",
    summary="Incidents, newest first",
    tags=["outages"],
    responses={
        200: _ok(IncidentsAnswer, "A page of incidents."),
        400: REFUSED,
        404: NOT_FOUND,
        503: AWAY,
    },
)
async def list_incidents(
    request: Request[Any, Any, Any],
    parts: NamedDependency[SiteParts],
    service: Annotated[
        str | None, QueryParameter(description="Only of this service (slug).", max_length=80)
    ] = None,
    state_: Annotated[
        StateFilter | None,
        QueryParameter(name="state", description="Only in this state; `open`: all that last."),
    ] = None,
    before: Annotated[
        str | None, QueryParameter(description="`next` of the page before.", max_length=120)
    ] = None,
    limit: Annotated[int, QueryParameter(description="Incidents on a page.", ge=1, le=200)] = 50,
) -> Response[bytes]:
    found, following = await incidents_page(parts, service, state_, before, limit)
    return data(request, IncidentsAnswer(found, following))


@get(
    "/api/v1/incidents/{incident_id:str}",
    operation_id="get_incident",
    summary="One incident: its story, chart, places and history",
    tags=["outages"],
    responses={200: _ok(IncidentView, "The incident."), 400: REFUSED, 404: NOT_FOUND, 503: AWAY},
)
async def get_incident(
    request: Request[Any, Any, Any],
    snapshots: NamedDependency[Snapshots],
    incident_id: IncidentPath,
) -> Response[bytes]:
    return answer(request, await snapshots.content(Key(Kind.INCIDENT, incident_id), Form.DATA))


async def incidents_page(
    parts: SiteParts,
    service: str | None,
    state: StateFilter | None,
    before: str | None,
    limit: int,
) -> tuple[list[IncidentSummary], str | None]:
    """A page of incidents and the cursor of the one after it."""
    found = await parts.queries.incidents(service, state, before, limit + 1)
    page = found[:limit]
    return page, page[-1].id if len(found) > limit else None


def found_cards(parts: SiteParts, board: BoardView, words: str) -> tuple[ServiceCard, ...]:
    """Cards of the services that the words mean, best first."""
    cards = {card.service.slug: card for card in (*board.down, *board.fine)}
    found = parts.catalogue.search(words)
    return tuple(cards[service.slug] for service in found if service.slug in cards)


async def _board(snapshots: Snapshots) -> BoardView:
    view = await snapshots.view(BOARD)
    if not isinstance(view, BoardView):
        raise Refusal("unknown_page", "There is no board.")
    return view


HANDLERS = [get_board, list_services, get_service, get_counts, list_incidents, get_incident]
