"""How what went wrong is answered: one table, one shape."""

from __future__ import annotations

import math
import re
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from lapwing.kernel.refusals import Refusal, TooMany, Unavailable
from lapwing.outages.catalogue.catalogue import UnknownService
from lapwing.outages.intake.proof_of_work import Challenge, WorkRequired

logger = structlog.get_logger(__name__)

INTERNAL_ERROR = 500

STATUS_OF_REFUSAL = {
    "unknown_service": 404,
    "unknown_incident": 404,
    "unknown_place": 404,
    "unknown_token": 404,
    "unknown_page": 404,
    "unknown_account": 404,
    "unknown_post": 404,
    "unknown_list": 404,
    "unknown_filter": 404,
    "unknown_request": 404,
    "unknown_scheduled_post": 404,
    "unknown_conversation": 404,
    "unknown_complaint": 404,
    "unknown_sanction": 404,
    "unknown_block": 404,
    "nothing_known": 404,
    "not_watched": 404,
    "not_authorised": 401,
    "token_required": 401,
    "token_invalid": 401,
    "forbidden": 403,
    "cross_site": 403,
    "wrong_state": 409,
    "conflict": 409,
    "incident_not_open": 409,
    "incident_not_closed": 409,
    "another_incident_open": 409,
    "incident_merged": 409,
    "incident_already_confirmed": 409,
    "merge_target_closed": 409,
    "already_exists": 409,
    "idempotency_key_reused": 409,
    "too_large": 413,
    "wrong_media_type": 415,
}
"""Refusals whose status is not 400. A limit (`TooMany`) is 429 whatever its code."""

_CODE_OF_STATUS = {
    400: "invalid_input",
    401: "not_authorised",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "wrong_media_type",
    429: "too_many",
}

_MESSAGE_OF_STATUS = {
    404: "There is no such page.",
    405: "This address does not take that method.",
    413: "The request is too large.",
}


_MISSING = re.compile(r"Missing required \w+ parameter '(?P<name>[^']+)'")
"""How Litestar says so."""

_BODY = "data"
"""What Litestar calls a request's body, where it speaks of the whole of it."""
_NAMED_FIELD = re.compile(r"field `(?P<name>[^`]*)`")
_NOT_JSON = re.compile(
    r"JSON is malformed|Input data was truncated|Invalid UTF-8|The body is wrong: 'data'$"
)
"""How msgspec and Litestar say so."""


class Problem(msgspec.Struct, frozen=True):
    """What is wrong, for machines (`code`) and for people (`message`)."""

    code: str
    message: str
    field: str | None = None
    """The part of the input that is meant, where there is one."""
    challenge: Challenge | msgspec.UnsetType = msgspec.UNSET
    """The work to be done first, where it is asked for."""


class ProblemAnswer(msgspec.Struct, frozen=True):
    """The one shape of every error under /api."""

    error: Problem


class Answer(msgspec.Struct, frozen=True):
    """A problem with its HTTP clothes."""

    status: int
    problem: Problem
    headers: dict[str, str] = {}
    unknown: UnknownService | None = None
    """Which service is not known."""


def answer_to(error: Exception) -> Answer:
    """What to say about an error; a bug is said to be one, without its inner text."""
    if isinstance(error, TooMany):
        return Answer(429, Problem(error.code, error.message), _retry_after(error.retry_after_s))
    if isinstance(error, WorkRequired):
        asked = error.challenge
        words = f"{asked.seed} {asked.bits} {asked.ticket}"
        problem = Problem(error.code, error.message, challenge=asked)
        return Answer(428, problem, {"Lapwing-Challenge": words})
    if isinstance(error, Refusal):
        status = STATUS_OF_REFUSAL.get(error.code, 400)
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
        unknown = error if isinstance(error, UnknownService) else None
        return Answer(status, Problem(error.code, error.message, error.field), headers, unknown)
    if isinstance(error, Unavailable):
        return Answer(503, Problem("unavailable", error.message), _retry_after(error.retry_after_s))
    if isinstance(error, HTTPException) and error.status_code < 500:
        return _answer_to_framework(error)
    return Answer(
        INTERNAL_ERROR,
        Problem("internal_error", "Something broke on our side. It is logged; please try again."),
    )


def _retry_after(seconds: float) -> dict[str, str]:
    return {"Retry-After": str(max(1, math.ceil(seconds)))}


def _answer_to_framework(error: HTTPException) -> Answer:
    status = error.status_code
    field = None
    message = _MESSAGE_OF_STATUS.get(status, error.detail)
    missing = _MISSING.match(error.detail)
    if missing:
        field = missing["name"]
        message = f"{field} is missing."
    elif isinstance(error, ValidationException) and isinstance(error.extra, list) and error.extra:
        first: Any = error.extra[0]
        message = str(first.get("message"))
        field = str(first.get("key") or "").rstrip("_") or None
        if field == _BODY:
            named = _NAMED_FIELD.search(message)
            field = named["name"] if named is not None else None
        wrong = field if first.get("key") != _BODY else "The body"
        message = f"{wrong or 'The input'} is wrong: {message}"
    if status == 400 and _NOT_JSON.match(message):
        return Answer(status, Problem("invalid_json", "This is not JSON in UTF-8."))
    code = _CODE_OF_STATUS.get(status, "invalid_input")
    return Answer(status, Problem(code, message, field), dict(error.headers or {}))


def wants_json(path: str) -> bool:
    """Errors are pages everywhere but where programs ask."""
    return path.startswith(("/api/", "/live/", "/healthz"))


def log_bug(error: Exception, path: str) -> None:
    logger.error("request_failed", path=path, exc_info=error)


def exception_handlers(pages: Any) -> ExceptionHandlersMap:
    """Litestar's handlers; `pages.problem` draws what people see."""

    def handle(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        answer = answer_to(error)
        if answer.status == INTERNAL_ERROR:
            log_bug(error, request.url.path)
        return problem_response(pages, request.url.path, answer)

    return {Refusal: handle, Unavailable: handle, HTTPException: handle, Exception: handle}


def problem_response(pages: Any, path: str, answer: Answer) -> Response[bytes]:
    headers = {**answer.headers, "Cache-Control": "no-store"}
    if wants_json(path):
        body = msgspec.json.encode(ProblemAnswer(answer.problem))
        media_type = "application/json"
    else:
        problem = answer.problem
        body = pages.problem(answer.status, problem.code, problem.message, answer.unknown).encode()
        media_type = "text/html"
    return Response(body, status_code=answer.status, media_type=media_type, headers=headers)
