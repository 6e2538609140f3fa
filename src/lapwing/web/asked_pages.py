"""Pages that are worked out for whoever asks: no snapshots, and personal ones kept by nobody."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, Response, get
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from lapwing.web.answers import answer, page
from lapwing.web.api.asked import CITY_COOKIE, City, visitor_of
from lapwing.web.api.explanations import AT_LENGTH, instant_of
from lapwing.web.client_address import TrustedProxies
from lapwing.web.contents import HTML, Content
from lapwing.web.moved import moved
from lapwing.web.parts import SiteParts

_REMEMBERED_S: Final = 180 * 86_400


@get("/methodology/arithmetic", include_in_schema=False)
async def arithmetic(
    request: Request[Any, Any, Any],
    parts: NamedDependency[SiteParts],
    service: Annotated[str, QueryParameter(max_length=80)] = "",
    at: Annotated[str, QueryParameter(max_length=AT_LENGTH)] = "",
) -> Response[bytes]:
    """Why an outage of a service was or was not declared in a minute; the form alone without."""
    words = service.strip()
    found = [one.slug for one in parts.catalogue.search(words)] if words else []
    slug = words if words in found or not found else found[0]
    view = await parts.explanations.explain(slug, instant_of(at)) if slug else None
    return page(request, parts.pages.arithmetic(view))


@get("/services/{slug:str}/me", include_in_schema=False)
async def me(
    request: Request[Any, Any, Any],
    parts: NamedDependency[SiteParts],
    trusted: NamedDependency[TrustedProxies],
    slug: FromPath[str],
    city: City = None,
    part: Annotated[str, QueryParameter(max_length=1)] = "",
) -> Response[bytes]:
    """ "Is it me?": a page, or (`part`) what stands on the service's page. A city that is given
    is remembered in a cookie of its id alone; an empty one is forgotten."""
    elsewhere = moved(request, parts, slug)
    if elsewhere is not None:
        return elsewhere
    view = parts.nearby.find(slug, visitor_of(request, parts, trusted, city, None))
    unknown = city.strip() if city and view.city is None else None
    pages = parts.pages
    html = pages.nearby_part(view, unknown) if part else pages.nearby(view, unknown)
    response = answer(request, Content(html.encode(), HTML, cache_control=b"no-store"))
    if city is not None and unknown is None:
        chosen = "" if view.city is None else str(view.city.id)
        response.set_cookie(
            Cookie(
                key=CITY_COOKIE,
                value=chosen,
                max_age=_REMEMBERED_S if chosen else 0,
                path="/",
                httponly=True,
                samesite="lax",
                secure=parts.settings.public_url.startswith("https:"),
            )
        )
    return response


@get("/calibration", include_in_schema=False)
async def calibration(
    request: Request[Any, Any, Any], parts: NamedDependency[SiteParts]
) -> Response[bytes]:
    return page(request, parts.pages.calibration(parts.calibration()))


HANDLERS = [arithmetic, me, calibration]
