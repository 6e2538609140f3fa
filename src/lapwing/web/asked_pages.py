"""Pages that are worked out for whoever asks: no snapshots, and not kept by anybody."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from lapwing.web.answers import page
from lapwing.web.api.explanations import AT_LENGTH, instant_of
from lapwing.web.parts import SiteParts


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


HANDLERS = [arithmetic]
