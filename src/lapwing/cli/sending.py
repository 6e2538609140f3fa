"""Sends reports in batches to a Lapwing, through whatever it goes through for a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import httpx
import msgspec

from lapwing.cli.report_files import Line
from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.outages.intake.desk import LineAnswer

BATCH_LINES: Final = 5000
_TRIES: Final = 8
_LONGEST_PAUSE_S: Final = 30.0

_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(LineAnswer)


async def send_lines(
    client: httpx.AsyncClient, lines: Sequence[Line], key: str | None
) -> list[tuple[Line, LineAnswer]]:
    """Every line that could be read, with the server's answer.

    Tries again while Lapwing is away for a moment; the key makes that harmless. Raises `Refusal`
    and `Unavailable`.
    """
    body = b"\n".join(b"" if line.wrong else _encoder.encode(line.fields) for line in lines)
    if not body.strip():
        return []
    headers = {"Content-Type": "application/x-ndjson"}
    if key is not None:
        headers["Idempotency-Key"] = key
    answer = await post(client, "/api/v1/reports/batch", body, headers, again=key is not None)
    said = _decoder.decode_lines(answer.content)
    return [(lines[each.line - 1], each) for each in said]


async def post(
    client: httpx.AsyncClient, path: str, body: bytes, headers: dict[str, str], *, again: bool
) -> httpx.Response:
    """A successful answer. With `again` it is tried again after a 429, a 503 or silence."""
    pause_s = 1.0
    for last in [*[False] * (_TRIES - 1), True]:
        try:
            answer = await client.post(path, content=body, headers=headers)
        except httpx.TransportError as error:
            if last or not again:
                raise Unavailable(f"Lapwing does not answer: {error}.") from error
        else:
            if answer.is_success:
                return answer
            if last or not again or answer.status_code not in (429, 503):
                raise _refusal(answer)
            pause_s = max(pause_s, float(answer.headers.get("retry-after", 0)))
        await asyncio.sleep(min(pause_s, _LONGEST_PAUSE_S))
        pause_s *= 2
    raise AssertionError  # the last try returns or raises


def _refusal(answer: httpx.Response) -> Refusal | Unavailable:
    try:
        error: dict[str, Any] = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        return Unavailable(f"Lapwing answers {answer.status_code} to {answer.request.url}.")
    if answer.status_code == 503:
        return Unavailable(error["message"])
    return Refusal(error["code"], error["message"], field=error.get("field"))
