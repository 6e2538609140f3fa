""" "Is it me?" and the calibration, as JSON."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter

from lapwing.outages.asked_views import CalibrationView, NearbyView
from lapwing.outages.queries.nearby import Visitor
from lapwing.web.answers import data
from lapwing.web.api.outages import AWAY, MOVED, NOT_FOUND, REFUSED, Slug
from lapwing.web.client_address import TrustedProxies
from lapwing.web.moved import moved
from lapwing.web.parts import SiteParts

CITY_COOKIE: Final = "lapwing_city"
_COOKIE_VALUE = re.compile(r"[1-9][0-9]{0,9}")

City = Annotated[
    str | None,
    QueryParameter(description="A city's name, or its GeoNames id.", max_length=120),
]
Country = Annotated[
    str | None,
    QueryParameter(description="ISO code, where it is not the connection's.", max_length=2),
]


@get(
    "/api/v1/services/{slug:str}/me",
    operation_id="get_nearby",
    summary="Is it me? What is reported from your city, country and network",
    description="Country and network come from the connection's address, which is not kept; the"
    " city from `city`, or from the cookie in which this site remembers the one you chose. Fewer"
    " than three reports are told to nobody.",
    tags=["outages"],
    responses={
        200: ResponseSpec(NearbyView, description="The answer.", generate_examples=False),
        308: MOVED,
        400: REFUSED,
        404: NOT_FOUND,
        503: AWAY,
    },
)
async def get_nearby(
    request: Request[Any, Any, Any],
    parts: NamedDependency[SiteParts],
    trusted: NamedDependency[TrustedProxies],
    slug: Slug,
    city: City = None,
    country: Country = None,
) -> Response[bytes]:
    elsewhere = moved(request, parts, slug)
    if elsewhere is not None:
        return elsewhere
    view = parts.nearby.find(slug, visitor_of(request, parts, trusted, city, country))
    return data(request, view, cache_control=b"no-store")


@get(
    "/api/v1/calibration",
    operation_id="get_calibration",
    summary="The promised false-alarm rate beside what was observed",
    tags=["outages"],
    responses={
        200: ResponseSpec(CalibrationView, description="Both.", generate_examples=False),
        503: AWAY,
    },
)
async def get_calibration(
    request: Request[Any, Any, Any], parts: NamedDependency[SiteParts]
) -> Response[bytes]:
    return data(request, parts.calibration())


def visitor_of(
    request: Request[Any, Any, Any],
    parts: SiteParts,
    trusted: TrustedProxies,
    city: str | None,
    country: str | None,
) -> Visitor:
    """Raises `Refusal` for a country that does not exist. `city` None: the remembered one; a
    name that nothing is called leaves the country."""
    address = trusted.client_of(request.scope)
    guess = parts.geography.country_of(address) if address else None
    guess = parts.gazetteer.find_country(guess) if guess else None
    network = parts.network_of(address) if address else None
    asked = remembered_city(request) if city is None else city.strip()
    if not asked and not country:
        return Visitor(guess, None, network)
    place, _ = parts.gazetteer.resolve(
        city=int(asked) if _COOKIE_VALUE.fullmatch(asked) else asked,
        country=country or (None if "," in asked else guess),
    )
    return Visitor(place.country or guess, place.city, network)


def remembered_city(request: Request[Any, Any, Any]) -> str:
    """Id of the city that the visitor chose before; empty: none."""
    value = request.cookies.get(CITY_COOKIE, "")
    return value if _COOKIE_VALUE.fullmatch(value) else ""


HANDLERS = [get_nearby, get_calibration]
