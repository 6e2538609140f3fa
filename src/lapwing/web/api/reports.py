"""Reports come in: one as JSON, many as lines of JSON, and the form of a service's page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, quote

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
    SecurityRequirement,
)
from litestar.params import FromPath, HeaderParameter

from lapwing.accounts.tokens import Token
from lapwing.kernel.refusals import Refusal
from lapwing.outages.intake.desk import IntakeDesk, LineAnswer, Receipt
from lapwing.outages.intake.submission import TEXT_LENGTH, WORD_LENGTH, ReportInput
from lapwing.web.api.incoming import (
    JSON_TYPES,
    REPORT_BYTES,
    REPORTS_PATH,
    Incoming,
    RawHeaders,
    body_of,
    cookie_header,
    sender_of,
    take_one,
)
from lapwing.web.errors import ProblemAnswer
from lapwing.web.parts import SiteParts

BATCH_BYTES: Final = 32 * 1024 * 1024
FORM_BYTES: Final = 8192
LINES_TYPES: Final = frozenset(
    {b"application/x-ndjson", b"application/jsonl", b"application/ndjson", b""}
)
FORM_TYPES: Final = frozenset({b"application/x-www-form-urlencoded"})

_NOT_KEPT: Final = (b"cache-control", b"no-store")


class BackfillInput(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Whose reports of the past are all in."""

    services: list[str]
    """Slugs."""


def _takes(media_type: str, schema: Schema) -> type[Operation]:
    """An operation whose body is documented so; its handler decodes the body itself."""
    body = RequestBody(content={media_type: OpenAPIMediaType(schema=schema)}, required=True)

    @dataclass
    class WithBody(Operation):
        def __post_init__(self) -> None:
            self.request_body = body

    return WithBody


def _text(meaning: str, length: int | None = WORD_LENGTH) -> Schema:
    return Schema(type=OpenAPIType.STRING, description=meaning, max_length=length)


def _number(meaning: str, limit: float) -> Schema:
    return Schema(type=OpenAPIType.NUMBER, description=meaning, minimum=-limit, maximum=limit)


_AT: Final = Schema(
    one_of=[Schema(type=OpenAPIType.STRING), Schema(type=OpenAPIType.NUMBER)],
    description="Operators only: ISO 8601 with an offset, or seconds or milliseconds since 1970.",
)
_REPORT_SCHEMA: Final = Schema(
    type=OpenAPIType.OBJECT,
    required=["service"],
    additional_properties=False,
    properties={
        "service": _text("The service's slug."),
        "symptom": _text("Key of one of the service's symptoms."),
        "platform": _text("Key of one of the service's platforms."),
        "city": _text("A city's name, or its GeoNames id."),
        "region": _text("Name or code of a state, for example `Texas` or `US.TX`."),
        "country": _text("ISO code or name."),
        "latitude": _number("Turned into the nearest city and forgotten.", 90),
        "longitude": _number("Goes with latitude.", 180),
        "text": _text("Never shown to the public.", TEXT_LENGTH),
        "at": _AT,
        "reporter": _text("Operators only: tells persons apart; kept as a keyed hash."),
        "network": _text("Operators only: the reporter's network."),
    },
)
_BACKFILL_SCHEMA: Final = Schema(
    type=OpenAPIType.OBJECT,
    required=["services"],
    additional_properties=False,
    properties={
        "services": Schema(type=OpenAPIType.ARRAY, items=_text("A service's slug."), min_items=1)
    },
)


def _problem(what: str) -> ResponseSpec:
    return ResponseSpec(ProblemAnswer, description=what, generate_examples=False)


_PROBLEMS: Final = {
    400: _problem("What was sent is not right; `field` says where."),
    401: _problem("The operator's token is missing or not valid."),
    403: _problem("Another site's page sent this."),
    404: _problem("There is no such service."),
    409: _problem("The Idempotency-Key came with another report before."),
    413: _problem("Too large."),
    415: _problem("Not the media type that is taken here."),
    428: _problem("Many forged reports arrive: a little work comes first; see `challenge`."),
    429: _problem("A limit is reached; see Retry-After."),
    503: _problem("It cannot be kept at the moment; see Retry-After."),
}

_OPERATORS_ONLY: Final[list[SecurityRequirement]] = [{"operator": []}]

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        max_length=WORD_LENGTH,
        description="Any text of your own. A retry with the same within 24 hours counts nothing"
        " and gets the same id.",
    ),
]


Work = Annotated[
    str | None,
    HeaderParameter(
        name="Lapwing-Work",
        max_length=WORD_LENGTH,
        description="Only after a 428: its challenge's ticket, a full stop and the number found.",
    ),
]


@post(
    REPORTS_PATH,
    operation_id="send_report",
    summary="Report that a service fails",
    description="Answered when the report is on disk. Without an operator's token, who reports"
    " and from which network comes from the connection alone.",
    tags=["reports"],
    status_code=202,
    operation_class=_takes("application/json", _REPORT_SCHEMA),
    security=[{}, *_OPERATORS_ONLY],
    responses={202: ResponseSpec(Receipt, description="Kept."), **_PROBLEMS},
)
async def send_report(
    request: Request[Any, Any, Any],
    parts: NamedDependency[SiteParts],
    idempotency_key: IdempotencyKey = None,
    work: Work = None,
) -> Response[bytes]:
    """Here for the document and for servers without the shortcut of `site.py`."""
    del idempotency_key, work  # in the document by their types, read with the other headers
    body, headers = await take_one(parts, request.scope, request.receive)
    return _response(body, 202, headers)


@post(
    "/api/v1/reports/batch",
    operation_id="send_reports",
    summary="Send many reports, each in a line of JSON",
    description="For operators. At most 10,000 lines; each is answered by itself, in a line with"
    " its number and its id or what is wrong with it. The good ones are kept together.",
    tags=["reports"],
    status_code=202,
    operation_class=_takes("application/x-ndjson", Schema(type=OpenAPIType.STRING)),
    security=_OPERATORS_ONLY,
    responses={
        202: ResponseSpec(
            LineAnswer, description="A line for each.", media_type="application/x-ndjson"
        ),
        **_PROBLEMS,
    },
)
async def send_reports(
    request: Request[Any, Any, Any],
    parts: NamedDependency[SiteParts],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    del idempotency_key  # in the document by its type, read with the other headers
    incoming = Incoming.of(request.scope)
    incoming.check_media_type(LINES_TYPES)
    token = await _operator(incoming, parts)
    desk: IntakeDesk = parts.intake
    body = await body_of(request.receive, BATCH_BYTES)
    answers = await desk.take_batch(body, token.name, incoming.idempotency_key)
    lines = msgspec.json.Encoder().encode_lines(answers)
    return _response(lines, 202, [(b"content-type", b"application/x-ndjson"), _NOT_KEPT])


@post(
    "/api/v1/backfills",
    operation_id="end_backfill",
    summary="Say that all reports of the past are in",
    description="For operators, at the end of an import: the history of these services is"
    " examined afresh. Answered when that is done.",
    tags=["reports"],
    status_code=200,
    operation_class=_takes("application/json", _BACKFILL_SCHEMA),
    security=_OPERATORS_ONLY,
    responses={200: ResponseSpec(BackfillInput, description="Examined."), **_PROBLEMS},
)
async def end_backfill(
    request: Request[Any, Any, Any], parts: NamedDependency[SiteParts]
) -> Response[bytes]:
    incoming = Incoming.of(request.scope)
    incoming.check_media_type(JSON_TYPES)
    await _operator(incoming, parts)
    body = await body_of(request.receive, REPORT_BYTES)
    try:
        given = msgspec.json.decode(body, type=BackfillInput)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(
            "invalid_backfill",
            'This takes {"services": ["x"]} with the slugs of the services.',
            field="services",
        ) from error
    desk: IntakeDesk = parts.intake
    examined = BackfillInput(await desk.end_backfill(given.services))
    headers = [(b"content-type", b"application/json"), _NOT_KEPT]
    return _response(msgspec.json.encode(examined), 200, headers)


@post(
    "/services/{slug:str}/reports",
    include_in_schema=False,
    status_code=303,
)
async def report_by_form(
    request: Request[Any, Any, Any],
    parts: NamedDependency[SiteParts],
    slug: FromPath[str],
) -> Response[bytes]:
    """The buttons of a service's page; leads to the page that says thanks."""
    incoming = Incoming.of(request.scope)
    incoming.check_media_type(FORM_TYPES)
    given = _form(await body_of(request.receive, FORM_BYTES), slug)
    sender = sender_of(request.scope, incoming, parts.settings)
    desk: IntakeDesk = parts.intake
    await desk.take_public(given, sender, work=incoming.work, by_form=True)
    location = (b"location", f"/services/{quote(desk.slug_of(slug))}/reported".encode())
    return _response(b"", 303, [location, _NOT_KEPT, *cookie_header(sender, parts.settings)])


HANDLERS = [send_report, send_reports, end_backfill, report_by_form]


async def _operator(incoming: Incoming, parts: SiteParts) -> Token:
    token: Token = await parts.tokens.identify(incoming.authorization, parts.clock.now())
    return token


def _form(body: bytes, slug: str) -> ReportInput:
    """The form's fields that are a report's; empty ones were not filled in."""
    try:
        sent = dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=40))
    except ValueError as error:
        raise Refusal("invalid_form", "This is not the form of our page.") from error
    return ReportInput(
        service=slug,
        symptom=sent.get("symptom"),
        platform=sent.get("platform"),
        city=sent.get("city"),
        region=sent.get("region"),
        country=sent.get("country"),
        text=sent.get("text"),
    )


def _response(body: bytes, status: int, headers: RawHeaders) -> Response[bytes]:
    named = {name.decode(): value.decode() for name, value in headers}
    media_type = named.pop("content-type", None)
    named.pop("content-length", None)
    return Response(body, status_code=status, media_type=media_type, headers=named)
