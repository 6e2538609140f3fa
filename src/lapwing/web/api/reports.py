"""Reports come in: one as JSON, many as lines of JSON, and the form of a service's page."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, quote

import msgspec
from litestar import Request, Response, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromPath, HeaderParameter

from lapwing.accounts.tokens import Token
from lapwing.kernel.refusals import Refusal
from lapwing.outages.intake.desk import IntakeDesk, LineAnswer, Receipt, Sender, decode_report
from lapwing.outages.intake.submission import TEXT_LENGTH, WORD_LENGTH, ReportInput
from lapwing.web.client_address import TrustedProxies
from lapwing.web.errors import ProblemAnswer
from lapwing.web.parts import SiteParts

REPORT_BYTES: Final = 16_384
BATCH_BYTES: Final = 32 * 1024 * 1024
FORM_BYTES: Final = 8192

COOKIE: Final = "lw_reporter"
_COOKIE_AGE_S: Final = 48 * 3600
_COOKIE_IN: Final = re.compile(rb"(?:^|;)\s*" + COOKIE.encode() + rb"=([A-Za-z0-9_-]{22})(?:;|$)")
JSON_TYPES: Final = frozenset({"application/json", ""})
LINES_TYPES: Final = frozenset(
    {"application/x-ndjson", "application/jsonl", "application/ndjson", ""}
)
FORM_TYPES: Final = frozenset({"application/x-www-form-urlencoded"})

_encoder: Final = msgspec.json.Encoder()


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
    413: _problem("Too large."),
    415: _problem("Not the media type that is taken here."),
    429: _problem("A limit is reached; see Retry-After."),
    503: _problem("It cannot be kept at the moment; see Retry-After."),
}

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        max_length=WORD_LENGTH,
        description="Any text of your own. A retry with the same within 24 hours counts nothing"
        " and gets the same id.",
    ),
]


@post(
    "/api/v1/reports",
    operation_id="send_report",
    summary="Report that a service fails",
    description="Answered when the report is on disk. Without an operator's token, who reports"
    " and from which network comes from the connection alone.",
    tags=["reports"],
    status_code=202,
    request_max_body_size=REPORT_BYTES,
    operation_class=_takes("application/json", _REPORT_SCHEMA),
    responses={202: ResponseSpec(Receipt, description="Kept."), **_PROBLEMS},
)
async def send_report(
    request: Request[Any, Any, Any],
    parts: NamedDependency[SiteParts],
    trusted: NamedDependency[TrustedProxies],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    _check_media_type(request, JSON_TYPES)
    given = decode_report(await request.body())
    desk: IntakeDesk = parts.intake
    authorization = request.headers.get("authorization")
    if authorization is not None:
        token = await parts.tokens.identify(authorization, parts.clock.now())
        receipt = await desk.take_operators(given, token.name, idempotency_key)
        return _json(receipt, 202)
    sender = _sender(request, trusted)
    receipt = await desk.take_public(given, sender, idempotency_key)
    return _json(receipt, 202, _cookies(sender, parts))


@post(
    "/api/v1/reports/batch",
    operation_id="send_reports",
    summary="Send many reports, each in a line of JSON",
    description="For operators. At most 10,000 lines; each is answered by itself, in a line with"
    " its number and its id or what is wrong with it. The good ones are kept together.",
    tags=["reports"],
    status_code=202,
    request_max_body_size=BATCH_BYTES,
    operation_class=_takes("application/x-ndjson", Schema(type=OpenAPIType.STRING)),
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
    _check_media_type(request, LINES_TYPES)
    token = await _operator(request, parts)
    desk: IntakeDesk = parts.intake
    answers = await desk.take_batch(await request.body(), token.name, idempotency_key)
    return Response(
        _encoder.encode_lines(answers), status_code=202, media_type="application/x-ndjson"
    )


@post(
    "/api/v1/backfills",
    operation_id="end_backfill",
    summary="Say that all reports of the past are in",
    description="For operators, at the end of an import: the history of these services is"
    " examined afresh. Answered when that is done.",
    tags=["reports"],
    status_code=200,
    request_max_body_size=BATCH_BYTES,
    operation_class=_takes("application/json", _BACKFILL_SCHEMA),
    responses={200: ResponseSpec(BackfillInput, description="Examined."), **_PROBLEMS},
)
async def end_backfill(
    request: Request[Any, Any, Any], parts: NamedDependency[SiteParts]
) -> Response[bytes]:
    _check_media_type(request, JSON_TYPES)
    await _operator(request, parts)
    try:
        given = msgspec.json.decode(await request.body(), type=BackfillInput)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(
            "invalid_backfill",
            'This takes {"services": ["x"]} with the slugs of the services.',
            field="services",
        ) from error
    desk: IntakeDesk = parts.intake
    return _json(BackfillInput(await desk.end_backfill(given.services)), 200)


@post(
    "/services/{slug:str}/reports",
    include_in_schema=False,
    status_code=303,
    request_max_body_size=FORM_BYTES,
)
async def report_by_form(
    request: Request[Any, Any, Any],
    parts: NamedDependency[SiteParts],
    trusted: NamedDependency[TrustedProxies],
    slug: FromPath[str],
) -> Response[bytes]:
    """The buttons of a service's page; leads to the page that says thanks."""
    _check_media_type(request, FORM_TYPES)
    given = _form(await request.body(), slug)
    sender = _sender(request, trusted)
    desk: IntakeDesk = parts.intake
    await desk.take_public(given, sender)
    return Response(
        b"",
        status_code=303,
        headers={"Location": f"/services/{quote(slug)}/reported", "Cache-Control": "no-store"},
        cookies=_cookies(sender, parts),
    )


HANDLERS = [send_report, send_reports, end_backfill, report_by_form]


def _check_media_type(request: Request[Any, Any, Any], media_types: frozenset[str]) -> None:
    """Raises `Refusal` (`wrong_media_type`)."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in media_types:
        wanted = ", ".join(sorted(media_types - {""}))
        raise Refusal(
            "wrong_media_type", f"Send this with Content-Type {wanted}.", field="Content-Type"
        )
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Refusal(
            "wrong_media_type", "Send this without compression.", field="Content-Encoding"
        )


async def _operator(request: Request[Any, Any, Any], parts: SiteParts) -> Token:
    authorization = request.headers.get("authorization")
    token: Token = await parts.tokens.identify(authorization, parts.clock.now())
    return token


def _sender(request: Request[Any, Any, Any], trusted: TrustedProxies) -> Sender:
    address = trusted.client_of(request.scope)
    for name, value in request.scope["headers"]:
        if name == b"cookie" and (found := _COOKIE_IN.search(value)) is not None:
            return Sender(address, found[1].decode(), known_by_cookie=True)
    return Sender(address, secrets.token_urlsafe(16), known_by_cookie=False)


def _cookies(sender: Sender, parts: SiteParts) -> list[Cookie]:
    """Tells visitors behind one address apart, for as long as the reporter keys live."""
    if sender.known_by_cookie:
        return []
    secure = parts.settings.public_url.startswith("https:")
    return [
        Cookie(
            COOKIE,
            value=sender.cookie,
            max_age=_COOKIE_AGE_S,
            httponly=True,
            secure=secure,
            samesite="lax",
        )
    ]


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


def _json(
    value: msgspec.Struct, status: int, cookies: list[Cookie] | None = None
) -> Response[bytes]:
    return Response(
        _encoder.encode(value),
        status_code=status,
        media_type="application/json",
        cookies=cookies,
        headers={"Cache-Control": "no-store"},
    )
