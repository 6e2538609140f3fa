"""Cities to choose from, and the country that the asker's connection comes from."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter

from lapwing.web.answers import data
from lapwing.web.client_address import TrustedProxies
from lapwing.web.errors import ProblemAnswer
from lapwing.web.parts import SiteParts


class PlaceSuggestion(msgspec.Struct, frozen=True):
    """A city; `id` is GeoNames'."""

    id: int
    name: str
    country: str
    country_name: str
    region: str | None
    region_name: str | None
    latitude: float
    longitude: float


class PlacesAnswer(msgspec.Struct, frozen=True):
    places: tuple[PlaceSuggestion, ...]
    """Best first."""


class Here(msgspec.Struct, frozen=True):
    country: str | None
    """ISO code; null where the connection does not tell."""
    country_name: str | None


@get(
    "/api/v1/places",
    operation_id="suggest_places",
    summary="Cities by the beginning of their name",
    tags=["places"],
    responses={
        200: ResponseSpec(PlacesAnswer, description="The cities.", generate_examples=False),
        400: ResponseSpec(ProblemAnswer, description="Wrong words.", generate_examples=False),
    },
)
async def suggest_places(
    request: Request[Any, Any, Any],
    parts: NamedDependency[SiteParts],
    q: Annotated[str, QueryParameter(description="What was typed so far.", max_length=100)],
    country: Annotated[
        str | None,
        QueryParameter(description="ISO code; its cities come first.", pattern="^[A-Za-z]{2}$"),
    ] = None,
) -> Response[bytes]:
    gazetteer = parts.gazetteer
    cities = gazetteer.suggest(q, country.upper() if country else None)
    places = tuple(
        PlaceSuggestion(
            id=city.id,
            name=city.name,
            country=city.country,
            country_name=gazetteer.country(city.country).name,
            region=city.region,
            region_name=gazetteer.region_name(city.region) if city.region else None,
            latitude=city.latitude,
            longitude=city.longitude,
        )
        for city in cities
    )
    return data(request, PlacesAnswer(places), cache_control=b"public, max-age=86400")


@get(
    "/api/v1/here",
    operation_id="get_here",
    summary="The country that your connection comes from",
    description="Guessed from the address, which is not kept.",
    tags=["places"],
    responses={200: ResponseSpec(Here, description="The country.", generate_examples=False)},
)
async def get_here(
    request: Request[Any, Any, Any],
    parts: NamedDependency[SiteParts],
    trusted: NamedDependency[TrustedProxies],
) -> Response[bytes]:
    address = trusted.client_of(request.scope)
    guess = parts.geography.country_of(address) if address else None
    code = parts.gazetteer.find_country(guess) if guess else None
    name = parts.gazetteer.country(code).name if code else None
    return data(request, Here(code, name), cache_control=b"no-store")


HANDLERS = [suggest_places, get_here]
