"""Addresses of the pages for people."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.outages.incidents.model import StateFilter
from lapwing.outages.views import BoardView, ServiceCard, ServiceView
from lapwing.web.answers import answer, page
from lapwing.web.api.outages import found_cards, incidents_page
from lapwing.web.contents import PNG, Content
from lapwing.web.moved import moved
from lapwing.web.parts import SiteParts
from lapwing.web.snapshots import BOARD, Form, Key, Kind, Snapshots

_ICONS = {"/icon-192.png": 192, "/icon-512.png": 512, "/favicon.ico": 48}
"""Pixels by address. Browsers ask for the last unbidden, and take a PNG under that name."""

_INCIDENTS_ON_A_PAGE = 50
_ROBOTS = (
    b"User-agent: *\nDisallow: /live/\nDisallow: /search\nDisallow: /methodology/arithmetic\n"
    b"Disallow: /services/*/me\nDisallow: /home\nDisallow: /compose\nDisallow: /settings\n"
)

_Filter = Annotated[str | None, QueryParameter(max_length=80)]


@get("/", include_in_schema=False)
async def home(
    request: Request[Any, Any, Any],
    parts: NamedDependency[SiteParts],
    snapshots: NamedDependency[Snapshots],
    category: _Filter = None,
    country: _Filter = None,
) -> Response[bytes]:
    """The board; filtered ones are drawn from the same snapshot."""
    if not category and not country:
        return answer(request, await snapshots.content(BOARD, Form.PAGE))
    board = await snapshots.view(BOARD)
    assert isinstance(board, BoardView)  # noqa: S101 - by its key
    country = country.upper() if country else None
    _check(category, [key for key, _, _ in board.categories], "category")
    _check(country, [code for code, _, _ in board.countries], "country")
    return page(request, parts.pages.home(board, category or None, country))


@get("/services/{slug:str}", include_in_schema=False)
async def service(
    request: Request[Any, Any, Any],
    parts: NamedDependency[SiteParts],
    snapshots: NamedDependency[Snapshots],
    slug: FromPath[str],
) -> Response[bytes]:
    elsewhere = moved(request, parts, slug)
    if elsewhere is not None:
        return elsewhere
    return answer(request, await snapshots.content(Key(Kind.SERVICE, slug), Form.PAGE))


@get("/services/{slug:str}/reported", include_in_schema=False)
async def reported(
    request: Request[Any, Any, Any],
    parts: NamedDependency[SiteParts],
    snapshots: NamedDependency[Snapshots],
    slug: FromPath[str],
) -> Response[bytes]:
    """Thanks, after the form without JavaScript."""
    view = await snapshots.view(Key(Kind.SERVICE, slug))
    assert isinstance(view, ServiceView)  # noqa: S101 - by its key
    return page(request, parts.pages.reported(view))


@get("/services/{slug:str}/card.png", include_in_schema=False)
async def service_card(
    request: Request[Any, Any, Any], snapshots: NamedDependency[Snapshots], slug: FromPath[str]
) -> Response[bytes]:
    return answer(request, await snapshots.card(Key(Kind.SERVICE, slug)))


@get("/incidents", include_in_schema=False)
async def incidents(
    request: Request[Any, Any, Any],
    parts: NamedDependency[SiteParts],
    service_: Annotated[str | None, QueryParameter(name="service", max_length=80)] = None,
    state_: Annotated[StateFilter | None, QueryParameter(name="state")] = None,
    before: Annotated[str | None, QueryParameter(max_length=120)] = None,
) -> Response[bytes]:
    found, following = await incidents_page(parts, service_, state_, before, _INCIDENTS_ON_A_PAGE)
    return page(request, parts.pages.incidents(found, following))


@get("/incidents/{incident_id:str}", include_in_schema=False)
async def incident(
    request: Request[Any, Any, Any],
    snapshots: NamedDependency[Snapshots],
    incident_id: FromPath[str],
) -> Response[bytes]:
    return answer(request, await snapshots.content(Key(Kind.INCIDENT, incident_id), Form.PAGE))


@get("/incidents/{incident_id:str}/card.png", include_in_schema=False)
async def incident_card(
    request: Request[Any, Any, Any],
    snapshots: NamedDependency[Snapshots],
    incident_id: FromPath[str],
) -> Response[bytes]:
    return answer(request, await snapshots.card(Key(Kind.INCIDENT, incident_id)))


@get("/search", include_in_schema=False)
async def search(
    request: Request[Any, Any, Any],
    parts: NamedDependency[SiteParts],
    snapshots: NamedDependency[Snapshots],
    q: Annotated[str, QueryParameter(max_length=100)] = "",
) -> Response[bytes]:
    words = q.strip()
    try:
        board = await snapshots.view(BOARD)
    except Unavailable:
        if parts.search_page is None:
            raise
        results: tuple[ServiceCard, ...] = ()  # posts and people are found all the same
    else:
        assert isinstance(board, BoardView)  # noqa: S101 - by its key
        results = found_cards(parts, board, words) if words else ()
    if parts.search_page is not None:
        found: Response[bytes] = await parts.search_page(request, words, results)
        return found
    return page(request, parts.pages.search(words, results))


@get("/methodology", include_in_schema=False)
async def methodology(
    request: Request[Any, Any, Any], parts: NamedDependency[SiteParts]
) -> Response[bytes]:
    return page(request, parts.pages.methodology(parts.methodology()))


@get("/about-data", include_in_schema=False)
async def about_data(
    request: Request[Any, Any, Any], parts: NamedDependency[SiteParts]
) -> Response[bytes]:
    return page(request, parts.pages.about_data())


@get("/manifest.webmanifest", include_in_schema=False)
async def manifest(
    request: Request[Any, Any, Any], parts: NamedDependency[SiteParts]
) -> Response[bytes]:
    body = parts.pages.manifest().encode()
    return answer(request, Content(body, b"application/manifest+json"))


@get(list(_ICONS), include_in_schema=False)
async def icon(
    request: Request[Any, Any, Any], parts: NamedDependency[SiteParts]
) -> Response[bytes]:
    image = parts.pages.icon_png(_ICONS[request.url.path])
    return answer(request, Content(image, PNG, cache_control=b"public, max-age=86400"))


@get("/robots.txt", include_in_schema=False)
async def robots(request: Request[Any, Any, Any]) -> Response[bytes]:
    return answer(request, Content(_ROBOTS, b"text/plain; charset=utf-8"))


def _check(given: str | None, known: list[str], field: str) -> None:
    if given and given not in known:
        raise Refusal(
            f"unknown_{field}",
            f"There is no {field} {given!r} here; the filters on the home page list them.",
            field=field,
        )


HANDLERS = [
    home,
    service,
    reported,
    service_card,
    incidents,
    incident,
    incident_card,
    search,
    methodology,
    about_data,
    manifest,
    icon,
    robots,
]
