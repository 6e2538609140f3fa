"""Addresses of services under another name: an alias, or the slug in other letters."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar import Request, Response

from lapwing.web.parts import SiteParts

_REMEMBERED_S = 3600
"""By browsers; the operator's list may give the name to another service one day."""


def moved(request: Request[Any, Any, Any], parts: SiteParts, name: str) -> Response[bytes] | None:
    """The way to the same address under the service's slug; None where `name` is the slug, or
    nothing is called so. `name` stands in the path after `services/`."""
    service = parts.catalogue.find_named(name)
    if service is None or service.slug == name:
        return None
    before, services, after = request.url.path.partition("/services/")
    _, slash, rest = after.partition("/")
    target = quote(f"{before}{services}{service.slug}{slash}{rest}")
    query = f"?{request.url.query}" if request.url.query else ""
    return Response(
        b"",
        status_code=308,
        headers={
            "Location": target + query,
            "Cache-Control": f"public, max-age={_REMEMBERED_S}",
        },
    )
