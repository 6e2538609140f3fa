"""Why an outage was or was not declared, as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter

from lapwing.kernel.refusals import Refusal
from lapwing.outages.asked_views import ExplanationView
from lapwing.web.answers import data
from lapwing.web.api.outages import AWAY, NOT_FOUND, REFUSED, Slug
from lapwing.web.errors import ProblemAnswer
from lapwing.web.parts import SiteParts

AT_LENGTH: Final = 40
TOO_MANY = ResponseSpec(
    ProblemAnswer, description="Others wait for theirs; see Retry-After.", generate_examples=False
)


@get(
    "/api/v1/services/{slug:str}/explanation",
    operation_id="explain_service",
    summary="Why an outage was or was not declared: the detector's arithmetic of one minute",
    description="The minute closed last is read off the live detector; an earlier one is worked"
    " out again from the counts that are kept, which can take some seconds.",
    tags=["outages"],
    responses={
        200: ResponseSpec(ExplanationView, description="The arithmetic.", generate_examples=False),
        400: REFUSED,
        404: NOT_FOUND,
        429: TOO_MANY,
        503: AWAY,
    },
)
async def explain_service(
    request: Request[Any, Any, Any],
    parts: NamedDependency[SiteParts],
    slug: Slug,
    at: Annotated[
        str | None,
        QueryParameter(
            description="Instant (ISO 8601; without an offset: UTC): the minute closed last then"
            " is explained. Left out: now.",
            max_length=AT_LENGTH,
        ),
    ] = None,
) -> Response[bytes]:
    return data(request, await parts.explanations.explain(slug, instant_of(at)))


def instant_of(text: str | None) -> datetime | None:
    """None for an empty text. A plus that was not encoded in the address came as a space."""
    text = (text or "").strip()
    if not text:
        return None
    if "T" in text:
        text = text.replace(" ", "+")
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refusal(
            "invalid_instant",
            f"{text[:AT_LENGTH]!r} is no instant; write 2023-12-21T10:37+05:30.",
            field="at",
        ) from None


HANDLERS = [explain_service]
