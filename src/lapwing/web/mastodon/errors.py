"""What clients are told when something does not happen: `{"error": ...}`, in Mastodon's words
where programs look for them."""

from __future__ import annotations

import math
from typing import Final

import structlog

from lapwing.kernel.refusals import Refusal, TooMany, Unavailable
from lapwing.web.mastodon.answers import Answer, error_of

logger = structlog.get_logger(__name__)

NOT_FOUND: Final = "Record not found"
_FAILED: Final = "Validation failed: "

_AS_IT_IS: Final = {
    "no_such_method": 404,
    "method_not_allowed": 405,
    "too_large": 413,
    "wrong_media_type": 415,
    "invalid_json": 400,
    "invalid_body": 400,
    "invalid_encoding": 400,
    "too_many_parameters": 400,
    "missing_parameter": 400,
    "unknown_stream": 400,
    "too_many_streams": 400,
    "incomplete": 400,
    "token_invalid": 401,
    "token_required": 401,
    "login_disabled": 403,
    "user_required": 422,
    "record_invalid": 422,
    "media_processing": 206,
}
"""Status of refusals whose words are told unchanged."""

_WORDS: Final = {
    "outside_scope": (403, "This action is outside the authorized scopes"),
    "forbidden": (403, "This action is not allowed"),
    "not_allowed": (403, "This action is not allowed"),
    "login_required": (401, "The access token is invalid"),
}
"""Status and Mastodon's own words."""

_NO_RECORD: Final = frozenset({"unknown_option", "unknown_choice", "unknown_media"})
"""What is not known is a value in these, no record."""


def answer_to(error: Exception, path: str) -> Answer:
    """What to say about an error; a bug is logged and said to be one, without its inner text."""
    if isinstance(error, TooMany):
        return _later(error_of(error.message, 429), error.retry_after_s)
    if isinstance(error, Refusal):
        return _answer_to_refusal(error)
    if isinstance(error, Unavailable):
        return _later(error_of(error.message, 503), error.retry_after_s)
    logger.error("request_failed", path=path, exc_info=error)
    return error_of("Something went wrong on our end. It is logged; please try again.", 500)


def _answer_to_refusal(error: Refusal) -> Answer:
    code = error.code
    if code in _AS_IT_IS:
        answer = error_of(error.message, _AS_IT_IS[code])
        if answer.status == 401:
            answer.headers.append((b"www-authenticate", b'Bearer realm="Mastodon"'))
        return answer
    if code in _WORDS:
        status, text = _WORDS[code]
        return error_of(text, status)
    if code.startswith("unknown_") and code not in _NO_RECORD:
        return error_of(NOT_FOUND, 404)
    text = error.message
    if not text.startswith(_FAILED):
        text = f"{_FAILED}{text}"
    if error.field is None:
        return error_of(text, 422)
    details = {error.field: [{"error": f"ERR_{code.upper()}", "description": error.message}]}
    return error_of(text, 422, details=details)


def _later(answer: Answer, after_s: float) -> Answer:
    answer.headers.append((b"retry-after", b"%d" % max(1, math.ceil(after_s))))
    return answer
