"""Whoever posts that a service fails is offered to count it as a report; one press does it.

Nothing is counted by itself: a post is no report, and people may speak of yesterday.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from litestar import Request

from lapwing.outages.views import ServiceLink
from lapwing.web.square.parts import SquareParts

_FIELD: Final = "fails"
_MOST: Final = 3


class ReportOffer(msgspec.Struct, frozen=True):
    service: ServiceLink
    symptoms: tuple[tuple[str, str], ...]
    """Key and label; one may be chosen."""


def with_offer(parts: SquareParts, text: str, path: str) -> str:
    """The page that somebody comes to who has posted this text: `path`, which has a query, with
    the services that it says fail."""
    slugs = sorted(parts.claims_in(text))[:_MOST]
    if not slugs:
        return path
    page, sign, place = path.partition("#")
    return f"{page}&{urlencode({_FIELD: ' '.join(slugs)})}{sign}{place}"


def offers_in(parts: SquareParts, request: Request[Any, Any, Any]) -> tuple[ReportOffer, ...]:
    """What that page offers; names that are no services are left out."""
    slugs = request.query_params.get(_FIELD, "").split()[:_MOST]
    found = ((parts.service_link(slug), slug) for slug in slugs)
    return tuple(
        ReportOffer(link, tuple(parts.symptoms_of(slug)))
        for link, slug in found
        if link is not None
    )
